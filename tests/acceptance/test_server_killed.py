"""The mock SM-DP+ and SM-DS are killed in the middle of what they do: no order and no event is lost, and no order is in a state
that SGP.22 does not have."""
import contextlib
import json
import random
import signal
import subprocess
import time
import urllib.request

import pytest
from conftest import EID, ICCID, PATIENCE, iccids

STATES = {"available", "allocated", "linked", "confirmed", "released", "downloaded", "installed", "error", "unavailable"}
# What may follow what in an order's history where nothing is cancelled (SGP.22 3.1.6). A profile that the card has got although the
# server did not hear of it cannot be installed again.
FAILED = "install failed: storeMetadata, installFailedDueToIccidAlreadyExistsOnEuicc"
FOLLOWS = {"released": {"downloaded"}, "downloaded": {"installed", "downloaded", FAILED}, "installed": set(), FAILED: {"error"},
           "error": set()}
REQUESTS = 4  # of a download: initiateAuthentication, authenticateClient, getBoundProfilePackage, handleNotification


def started(run, arguments, name):
    """A server and what its ready file says."""
    ready_file, log = run.directory / f"{name}.json", run.directory / f"{name}.log"
    ready_file.unlink(missing_ok=True)
    with open(log, "w") as log_file:
        server = run.start(*arguments, "--ready-file", ready_file, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                           stderr=log_file)
    deadline = time.monotonic() + PATIENCE
    while not ready_file.exists():
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
    return server, json.loads(ready_file.read_text()), log


def download(order):
    return ("lpa", "download", "--once", order["activationCode"], "--pki", "pki", "--card", "sim:card.db", "--timeout", "5")


def killed_after(run, arguments, requests, delay):
    """Serves until so many requests are answered, or the LPA has ended before, and a little longer; then the server is
    killed. Returns the order as it was at the start."""
    server, ready, log = started(run, arguments, "killed")
    order = ready["orders"][0]
    try:
        lpa = run.start(*download(order), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while log.read_text().count("/gsma/rsp2/es9plus/") < requests:
            with contextlib.suppress(subprocess.TimeoutExpired):
                lpa.wait(timeout=0.001)
                break
        end = time.perf_counter() + delay
        while time.perf_counter() < end:
            pass
        server.send_signal(signal.SIGKILL)
        lpa.wait(timeout=PATIENCE)
    finally:
        server.kill()
        server.wait()
    return order


@pytest.mark.parametrize("requests", range(REQUESTS + 1))
def test_an_order_survives_a_kill_at_any_moment_of_a_download(run, profile, requests):
    seed = 4711 + requests
    print("seed", seed)
    moments = random.Random(seed)
    arguments = ["smdp", "serve", "--pki", "pki", "--profile", profile, "--matching-id", "KILLED", "--store", "orders.db"]
    before = ["released"]
    for _ in range(4):
        order = killed_after(run, arguments, requests, moments.uniform(0, 0.004))
        assert order["state"] in STATES
        history = order["history"]
        assert history[:len(before)] == before, "what was once in the history stays"
        for earlier, later in zip(history, history[1:]):
            assert later in FOLLOWS[earlier], history
        assert order["state"] == history[-1]
        before = history
        if order["state"] in ("installed", "error"):
            assert ICCID in iccids(run, "sim:card.db")
            break
    # The store is sound, and a card that has not got the profile yet gets it.
    server, ready, _ = started(run, arguments, "last")
    order = ready["orders"][0]
    if order["state"] in ("released", "downloaded"):
        run(*download(order), "--json", check=(0, 1))
        assert ICCID in iccids(run, "sim:card.db")
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=PATIENCE) == 0


# --- Events of the SM-DS, in the same file ---

SMDS = "testrootsmds.example.com"


def managed(run, arguments, name):
    """A server, its log, its ES2+ and its management API as functions."""
    server, ready, log = started(run, arguments, name)

    def order(function, iccid, *more, how=run):
        return how("smdp", "order", function, "--iccid", iccid, "--eid", EID, "--server", f"localhost:{ready['port']}",
                   "--pki", "pki", "--requester", "OP", "--timeout", "5", *more)

    def ask(path):
        with urllib.request.urlopen(ready["managementUrl"] + path, timeout=PATIENCE) as answer:
            return json.load(answer)
    return server, log, order, ask


def quietly(run):
    """Starts the program, and does not wait."""
    return lambda *arguments: run.start(*arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_an_event_survives_a_kill_at_any_moment(run, tmp_path):
    seed = 2311
    print("seed", seed)
    moments = random.Random(seed)
    numbers = [f"89882110000000{n:05}" for n in range(100, 108)]
    (tmp_path / "stock.csv").write_text("iccid\n" + "\n".join(numbers))
    arguments = ["smdp", "serve", "--pki", "pki", "--stock-csv", "stock.csv", "--owner", "OP", "--smds", SMDS,
                 "--store", "orders.db", "--manage", "127.0.0.1:0"]
    confirmation = ("--smds", SMDS, "--release")
    for turn, iccid in enumerate(numbers):
        # Killed while the order is confirmed, which registers its event.
        server, log, order, _ = managed(run, arguments, f"killed-{turn}")
        try:
            order("download", iccid)
            client = order("confirm", iccid, "--matching-id", f"EVENT-{turn}", *confirmation, how=quietly(run))
            if turn % 2:  # from its answer on; else from its beginning on
                while "confirmOrder" not in log.read_text() and client.poll() is None:
                    pass
            end = time.perf_counter() + moments.uniform(0, 0.004 if turn % 2 else 0.05)
            while time.perf_counter() < end:
                pass
            server.send_signal(signal.SIGKILL)
            client.wait(timeout=PATIENCE)
        finally:
            server.kill()
            server.wait()

        server, _, order, ask = managed(run, arguments, f"after-{turn}")
        try:
            orders = {one["key"]: one for one in ask("/api/orders")["orders"]}
            events = {event["eventId"] for event in ask("/api/events")["events"]}
            released = {one["matchingId"] for one in orders.values() if one["state"] == "released"}
            assert all(orders[earlier]["state"] == "released" for earlier in numbers[1 if turn > 1 else 0:turn])
            # Whoever got an answer finds the event; what was killed in between may have left one.
            assert released <= events <= released | {f"EVENT-{turn}"}
            if orders[iccid]["state"] != "released":
                order("confirm", iccid, "--matching-id", f"EVENT-{turn}", *confirmation)
                assert f"EVENT-{turn}" in {event["eventId"] for event in ask("/api/events")["events"]}
            if turn == 1:  # what is deleted stays so
                order("cancel", numbers[0], "--matching-id", "EVENT-0", "--final-status", "Unavailable")
            server.send_signal(signal.SIGKILL)
        finally:
            server.kill()
            server.wait()

    server, _, _, ask = managed(run, arguments, "last")
    assert {event["eventId"] for event in ask("/api/events")["events"]} == {f"EVENT-{n}" for n in range(1, len(numbers))}
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=PATIENCE) == 0
