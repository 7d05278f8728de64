"""The LPA over the AT port of the fake module: every dialect, and everything that is known to be wrong with modules.

Each quirk that concerns an LPA either does not matter, or is a clean failure within the deadline.
"""
import json
import os
import subprocess

import pytest
from conftest import BINARY, EID, ICCID, PATIENCE, serving
from test_fake_module import Line, Watch

DIALECTS = [row["name"] for row in json.loads(subprocess.run([BINARY, "module", "dialects", "--json"], check=True, text=True,
                                                              capture_output=True).stdout)["dialects"]]
QUIRKS = [row["name"] for row in json.loads(subprocess.run([BINARY, "module", "quirks", "--json"], check=True, text=True,
                                                            capture_output=True).stdout)["quirks"]]


@pytest.fixture
def module(run):
    """`with module(...) as server`: a fake module at the link `m0`, with the card in card.db."""
    return lambda *arguments: serving(run, "module", "serve", "--pty", run.directory / "m0", "--store", "card.db", "--speed", "100",
                                      *arguments)


@pytest.fixture
def at(run):
    return f"at:{run.directory / 'm0'}"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_whole_download_over_each_dialect(run, serve, module, at, profile, dialect):
    with serve("--profile", profile, "--matching-id", "M") as server, module("--dialect", dialect):
        assert run("lpa", "info", "--card", at, "--json")["eid"] == EID
        run("lpa", "download", server.code(), "--card", at)
        run("lpa", "enable", ICCID, "--card", at)
        [listed] = run("lpa", "profiles", "--card", at, "--json")["profiles"]
        assert (listed["iccid"], listed["state"]) == (ICCID, "enabled")
        if dialect.startswith("quectel"):
            line = Line.open(run.directory / "m0")
            assert line.ask("AT+QCCID")[0].startswith(f"+QCCID: {ICCID}")
            line.close()
    assert [order["state"] for order in server.final["orders"]] == ["installed"]


# What a list of the profiles of an empty card does not meet: other commands, another route, long lines, switches of profiles, HTTP.
UNMET = {
    "no-test-forms", "no-test-forms-silent", "last-segment-error", "manage-channel-le00-unusable",
    "csim-channel-status-fails", "csim-select-cme-0", "overlap-cme-100", "quotes-required", "line-limit-80",
    "line-limit-280", "crsm-iccid-cme-3", "iccid-with-f", "iccid-lower-case", "sim-in-cfun0", "cfun0-drops-port",
    "reset-drops-port", "urcs-on-other-port", "no-final-ok", "refresh-ignored", "refresh-not-fetched", "stale-iccid",
    "busy-after-refresh", "clock-1980", "http-715", "http-703", "qssl-566", "stale-mbn", "data-over-other-sim",
    "case-1-apdu"}


@pytest.mark.parametrize("quirk", QUIRKS)
def test_no_quirk_hangs_or_crashes(run, module, at, quirk):
    with module("--quirk", quirk, "--dialect", "quectel-eg25") as server:
        outcome = run("lpa", "profiles", "--card", at, "--timeout", "8", "--json", check=(0, 1, 4))
        if outcome.status != 0:
            error = outcome.error
            assert error["layer"] in ("transport", "timeout", "apdu", "decode", "card") and error["text"], error
            # Whatever it was, the next try works, or fails as clearly.
            run("lpa", "profiles", "--card", at, "--timeout", "8", "--json", check=(0, 1, 4))
        [report] = server.stop()["quirks"]
    assert (report["used"] == 0) == (quirk in UNMET), report


def test_the_port_is_for_one_at_a_time(run, module, at):
    """While one program waits for the module, another one is told who has the port."""
    with module("--dialect", "plain", "--quirk", "cgla-silent") as server, Watch(run.directory) as folder:
        first = run.start("lpa", "profiles", "--card", at, "--timeout", PATIENCE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
        try:
            folder.until(lambda: "m0 is open" in server.log())
            error = run("lpa", "profiles", "--card", at, "--json", check=1).error
            assert first.poll() is None
        finally:
            first.kill()
            first.wait()
        assert error["code"] == "portInUse" and str(first.pid) in error["text"], error
        folder.until(lambda: "m0 is closed" in server.log())
        run("lpa", "profiles", "--card", at, "--timeout", "8", check=(0, 4))  # 4: it is this one that gets no answer


def test_over_tcp(run, serve, module, profile):
    with serve("--profile", profile, "--matching-id", "M") as server, module("--tcp", "127.0.0.1:0") as fake:
        card = f"at-tcp:{fake.ready['tcp']}"
        run("lpa", "download", server.code(), "--card", card)
        assert [one["iccid"] for one in run("lpa", "profiles", "--card", card, "--json")["profiles"]] == [ICCID]


def test_the_answer_to_the_last_segment_is_lost(run, serve, module, at, profile):
    """Field fault F10: the module says ERROR, and the card has installed the profile."""
    with serve("--profile", profile, "--matching-id", "M") as server, \
            module("--dialect", "quectel-ec25", "--quirk", "last-segment-error"):
        done = run("lpa", "download", server.code(), "--card", at, "--json")
        assert done["iccid"] == ICCID
    assert [order["state"] for order in server.final["orders"]] == ["installed"]


def test_what_is_no_euicc_is_named(run, module, at):
    with module("--quirk", "csim-basic-only"):
        error = run("lpa", "info", "--card", at, "--json", check=1).error
    assert "ISD-R" in error["text"], error


def test_no_module_behind_the_port(run, tmp_path):
    error = run("lpa", "info", "--card", f"at:{tmp_path / 'nothing'}", "--json", check=1).error
    assert error["layer"] == "transport" and str(tmp_path / "nothing") in json.dumps(error), error
    controller, terminal = os.openpty()
    try:
        error = run("lpa", "info", "--card", f"at:{os.ttyname(terminal)}", "--timeout", "2", "--json", check=(1, 4)).error
        assert error["step"] == "AT" or "AT" in error["text"], error
    finally:
        os.close(controller)
        os.close(terminal)
