"""`esimbench demo`: a whole download with nothing given."""
import json
import re
import subprocess

import pytest
from conftest import EID, ICCID, PATIENCE


def test_one_document_says_that_all_of_it_worked(run):
    document = run("demo", "--json").json
    assert document.pop("milliseconds") >= 0
    port = re.fullmatch(r"LPA:1\$testsmdpplus1\.example\.com:(\d+)\$DEMO-0001", document.pop("activationCode"))
    assert port and 0 < int(port[1]) < 65536
    # How many APDUs it takes depends on lengths of signatures in certificates; how many calls does not.
    assert 40 < document.pop("apduCount") < 80
    assert document == {
        "result": "ok",
        "eid": EID,
        "iccid": ICCID,
        "name": "Demo profile",
        "provider": "esimbench",
        "state": "enabled",
        "imsi": "001010000000001",
        "authenticated": True,
        "notificationsDelivered": ["install", "enable"],
        "orderState": "installed",
        "httpCalls": 5,
        "tlsHandshakes": 1,
    }


def test_people_get_a_table(run):
    outcome = run("demo")
    lines = dict(re.split(r"  +", line, maxsplit=1) for line in outcome.stdout.splitlines())
    assert lines["EID"] == EID
    assert lines["ICCID"] == ICCID
    assert lines["profile"] == "Demo profile (esimbench)"
    assert lines["state"] == "enabled"
    assert lines["order at the SM-DP+"] == "installed"
    assert lines["notifications"] == "install, enable (acknowledged)"
    assert re.fullmatch(r"\d+ ms", lines["time"])
    # No colours and no progress where nobody sits at a terminal.
    assert "\033" not in outcome.stdout + outcome.stderr and "\r" not in outcome.stderr


def test_the_second_time_is_like_the_first(run):
    first, second = run("demo", "--json"), run("demo", "--json")
    assert "made new test certificates" in first.stderr
    assert second.stderr == ""
    for name in ("eid", "iccid", "state", "orderState", "notificationsDelivered", "httpCalls"):
        assert first[name] == second[name]


@pytest.mark.parametrize("curve", ["nist", "brainpool", "both"])
def test_each_curve(run, curve):
    outcome = run("demo", "--curve", curve, "--json")
    assert (outcome["state"], outcome["orderState"]) == ("enabled", "installed")


def test_several_at_once_make_one_set_of_certificates(run, tmp_path):
    processes = [run.start("demo", "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    results = [process.communicate(timeout=PATIENCE) + (process.returncode,) for process in processes]
    for out, err, status in results:
        assert (status, json.loads(out)["orderState"]) == (0, "installed"), err
    assert sum("made new test certificates" in err for _, err, _ in results) == 1
    # What was made and not used is gone again.
    assert [entry.name for entry in (tmp_path / "state" / "esimbench").iterdir()] == ["pki"]


def test_out_leaves_a_trace_and_a_report(run, tmp_path):
    run("demo", "--out", "out")
    lines = (tmp_path / "out" / "trace.ndjson").read_text().splitlines()
    assert len(lines) > 50 and all(isinstance(json.loads(line), dict) for line in lines)
    assert (tmp_path / "out" / "trace.pcapng").read_bytes()[:4] == b"\x0a\x0d\x0d\x0a"
    report = (tmp_path / "out" / "report.html").read_text()
    assert report.lstrip().lower().startswith("<!doctype html>") and ICCID in report
