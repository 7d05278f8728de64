"""The mock SM-DP+ is killed in the middle of downloads: no order is lost, none is in a state that SGP.22 does not have."""
import contextlib
import json
import random
import signal
import subprocess
import time

import pytest
from conftest import ICCID, PATIENCE, iccids

STATES = {"available", "allocated", "linked", "confirmed", "released", "downloaded", "installed", "error", "unavailable"}
# What may follow what in an order's history where nothing is cancelled and nothing fails (SGP.22 3.1.6).
FOLLOWS = {"released": {"downloaded"}, "downloaded": {"installed", "downloaded"}, "installed": set()}
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
    return server, json.loads(ready_file.read_text())["orders"][0], log


def download(order):
    return ("lpa", "download", order["activationCode"], "--pki", "pki", "--card", "sim:card.db", "--timeout", "5")


def killed_after(run, arguments, requests, delay):
    """Serves until so many requests are answered, or the LPA has ended before, and a little longer; then the server is
    killed. Returns the order as it was at the start."""
    server, order, log = started(run, arguments, "killed")
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
        if order["state"] == "installed":
            break
    # The store is sound, and a card that has not got the profile yet gets it.
    server, order, _ = started(run, arguments, "last")
    if order["state"] in ("released", "downloaded"):
        run(*download(order), "--json", check=(0, 1))
        assert ICCID in iccids(run, "sim:card.db")
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=PATIENCE) == 0
