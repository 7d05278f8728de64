"""Calls that wait: other threads go on, and signals end them."""
import json
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

import esimbench
from esimbench import DeadlineError, Lpa, Testbed

# What may be lost between a signal and the end of a call. A machine that is busy with other things may lose more now and
# then, so that the best of a few tries counts.
NOTICED = 0.05
TRIES = 5


@pytest.fixture
def stalled():
    """A testbed whose server lets every client wait for longer than any test."""
    with Testbed(road="https", http_timeout=30) as testbed:
        testbed.faults.transport("any", stall={}, when="always")
        yield testbed


class Alarm(Exception):
    pass


@pytest.fixture
def alarm():
    """alarm(call): makes a call that does not end by itself, and has a signal raise Alarm in it."""
    def ring(*_):
        raise Alarm

    before, mine = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    signal.signal(signal.SIGALRM, ring)

    def interrupt(call, expected=Alarm, after=0.1):
        lost = []
        while len(lost) < TRIES and not (lost and min(lost) < NOTICED):
            begun = time.monotonic()
            signal.setitimer(signal.ITIMER_REAL, after)
            with pytest.raises(expected):
                call()
            lost.append(time.monotonic() - begun - after)
            assert lost[-1] > -0.01, "it ended before the signal came"
        assert min(lost) < NOTICED
    yield interrupt
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    signal.setitimer(signal.ITIMER_REAL, *mine)


def test_a_signal_ends_a_blocked_download(stalled, alarm):
    order = stalled.smdp.order()
    alarm(lambda: stalled.lpa.download(order))
    assert stalled.euicc.session in ("none", "challenged")


def test_control_c_ends_a_blocked_download(stalled, alarm):
    order = stalled.smdp.order()
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    alarm(lambda: stalled.lpa.download(order), expected=KeyboardInterrupt)


def test_the_lpa_works_again_after_a_signal(stalled, alarm):
    order = stalled.smdp.order()
    alarm(lambda: stalled.lpa.download(order))
    stalled.faults.clear()
    assert stalled.lpa.download(order).iccid == order.iccid


def test_a_signal_ends_waiting_for_an_order(testbed, alarm):
    order = testbed.smdp.order()
    alarm(lambda: testbed.smdp.wait(order, "installed", timeout=30))


def test_a_signal_ends_waiting_for_another_thread(alarm):
    with Testbed(road="https", http_timeout=2) as testbed:
        testbed.faults.transport("any", stall={}, when="always")
        order, inside, failures = testbed.smdp.order(), threading.Event(), []

        def download():
            try:
                testbed.lpa.download(order, progress=lambda step: inside.set())
            except DeadlineError as error:
                failures.append(error)
        thread = threading.Thread(target=download)
        thread.start()
        assert inside.wait(10)
        alarm(testbed.lpa.eid)
        alarm(testbed.close)
        # Who only looks at the server or the trace does not wait.
        assert testbed.smdp.orders == [order] and "ES9+.InitiateAuthentication" in testbed.trace
        thread.join()
        assert len(failures) == 1


def test_other_threads_go_on(stalled, alarm):
    counted, going = [0], threading.Event()

    def count():
        while not going.is_set():
            counted[0] += 1
            time.sleep(0)  # gives the GIL back at once, or it would count before the download begins
    thread = threading.Thread(target=count)
    thread.start()
    order = stalled.smdp.order()
    alarm(lambda: stalled.lpa.download(order))
    going.set()
    thread.join()
    assert counted[0] > 10  # none at all where the GIL is held


def test_waiting_ends_when_another_thread_downloads(testbed):
    order = testbed.smdp.order()
    thread = threading.Thread(target=lambda: (testbed.lpa.download(order), testbed.lpa.deliver_notifications()))
    thread.start()
    testbed.smdp.wait(order, "installed", timeout=30)
    thread.join()


def test_waiting_has_an_end(testbed):
    order = testbed.smdp.order()
    with pytest.raises(DeadlineError) as failure:
        testbed.smdp.wait(order, "installed", timeout=0.05)
    assert failure.value.text == "the order is 'released', not 'installed'"
    with pytest.raises(esimbench.InputError):
        testbed.smdp.wait(order, "eaten", timeout=0)


def test_two_threads_take_turns(testbed):
    orders = [testbed.smdp.order() for _ in range(8)]
    threads = [threading.Thread(target=lambda mine=mine: [testbed.lpa.download(order) for order in mine])
               for mine in (orders[:4], orders[4:])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(testbed.euicc.profiles) == 8


# --- An LPA by itself

@pytest.fixture
def served_order(tmp_path):
    """A server in another process with one order: its activation code, and where the name in it leads to."""
    binary, pki, profile, ready = os.environ.get("ESIMBENCH"), tmp_path / "pki", tmp_path / "p.der", tmp_path / "ready"
    if not binary:
        pytest.skip("ESIMBENCH names no program")
    subprocess.run([binary, "profile", "make", "--iccid", "8988211000000000019", "--imsi", "001010000000001", "--out",
                    profile], check=True)
    server = subprocess.Popen([binary, "smdp", "serve", "--host", "smdp.example.com", "--pki", pki, "--profile", profile,
                               "--matching-id", "M-1", "--ready-file", ready], stderr=subprocess.PIPE, text=True)
    with server:
        try:
            assert any("SM-DP+ at" in line for line in server.stderr), "the server ended"
            yield json.loads(ready.read_text())
        finally:
            server.terminate()


def test_an_lpa_by_itself_over_https(tmp_path, served_order):
    lpa = Lpa(f"sim:{tmp_path / 'card.db'}", pki=tmp_path / "pki",
              resolve={"smdp.example.com": f"127.0.0.1:{served_order['port']}"}, timeout=30)
    assert len(lpa.eid()) == 32 and lpa.profiles() == []
    download = lpa.download(served_order["orders"][0]["activationCode"])
    lpa.enable(download)
    assert [delivery.delivered for delivery in lpa.deliver_notifications()] == [True, True]
    assert lpa.profiles() == [esimbench.Profile(iccid="8988211000000000019", state="enabled")]


def test_a_card_that_does_not_answer_is_left_at_a_signal(alarm):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        lpa = Lpa("socket:127.0.0.1:%d" % listening.getsockname()[1], trusted_cis=[], timeout=30)
        alarm(lpa.eid)


def test_a_card_that_is_none():
    with pytest.raises(esimbench.InputError, match="names no card"):
        Lpa("nothing", trusted_cis=[])
    with pytest.raises(esimbench.TransportError):
        Lpa("socket:127.0.0.1:1", trusted_cis=[]).eid()
