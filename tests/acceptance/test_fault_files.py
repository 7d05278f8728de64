"""Faults of a server and of a card that other programs use."""
import json

import pytest
from conftest import PATIENCE

FAILED, USAGE = 1, 2
CARD = "sim:card.db"


def faults(directory, *list_, name="faults.json"):
    (directory / name).write_text(json.dumps(list_))
    return name


def test_a_server_with_faults_is_honest_afterwards(run, serve, profile, tmp_path):
    file = faults(tmp_path, {"id": "refused", "where": {"header": "authenticateClient"},
                             "action": {"fail": {"subject": "8.2.6", "reason": "3.8"}}})
    with serve("--profile", profile, "--matching-id", "M", "--faults", file, "--seed", "7") as server:
        assert "1 fault(s), seed 7" in server.log()
        refused = run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED)
        assert refused.error["code"] == "8.2.6/3.8"
        run("lpa", "download", server.code(), "--card", CARD)
        assert server.stop()["faults"] == [{"id": "refused", "where": "header authenticateClient", "action": "fail", "matched": 2, "used": 1}]


@pytest.mark.parametrize("action, layer", [("resetBefore", "transport"), ("resetAfter", "transport"), ("garbage", "http"), ("truncate", "transport")])
def test_connections_break_for_foreign_lpas_too(run, serve, profile, tmp_path, action, layer):
    file = faults(tmp_path, {"where": {"transport": "initiateAuthentication"}, "action": {action: {}}})
    with serve("--profile", profile, "--faults", file) as server:
        broken = run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED)
        assert broken.error["layer"] == layer
        run("lpa", "download", server.code(), "--card", CARD)


def test_a_fault_that_was_never_used_is_told(run, serve, profile, tmp_path):
    file = faults(tmp_path, {"id": "spare", "where": {"bpp": "sequenceOf86"}, "action": {"drop": {"segment": 1}}})
    with serve("--profile", profile, "--faults", file) as server:
        final = server.stop()
        assert "never used" in final["faults"][0]["complaint"] and "'spare'" in server.log()


def test_a_card_with_faults(run, serve, serve_card, profile, tmp_path):
    file = faults(tmp_path,
                  {"where": {"apdu": {"tag": "86"}}, "when": {"nth": 2}, "action": {"powerCut": {}}},
                  {"where": {"apdu": {"tag": "BF2E"}}, "action": {"delay": {"by": "50ms"}}})
    with serve("--profile", profile) as server, serve_card("--store", "other.db", "--faults", file) as card:
        cut = run("lpa", "download", server.code(), "--card", card.ready["card"], "--json", check=FAILED)
        assert (cut.error["layer"], cut.error["code"]) == ("transport", "cardGone")
        run("lpa", "download", server.code(), "--card", card.ready["card"])
        assert [fault["used"] for fault in card.stop()["faults"]] == [1, 1]


def test_the_faults_of_a_scenario_serve_too(run, serve, profile, tmp_path):
    (tmp_path / "s.esim.json").write_text(json.dumps({
        "format": 1, "name": "s", "when": [{"lpa.info": {}}],
        "faults": [{"where": {"http": "initiateAuthentication"}, "action": {"status": {"code": 503}}}]}))
    with serve("--profile", profile, "--faults", "s.esim.json") as server:
        assert run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED).error["code"] == "503"


TWO_CASES = {"format": 1, "name": "s", "given": {"orders": {"A": {}}}, "faults": ["${case.fault}"],
             "when": [{"lpa.download": {"order": "A"}, "fails": {"layer": "http"}}],
             "cases": [{"name": name, "fault": {"where": {"http": "initiateAuthentication"}, "action": {"status": {"code": code}}}}
                       for name, code in (("one", 501), ("two", 502))]}


def test_one_case_of_a_scenario_serves(run, serve, profile, tmp_path):
    (tmp_path / "s.esim.json").write_text(json.dumps(TWO_CASES))
    for name in ("two", "s/two"):
        with serve("--profile", profile, "--faults", "s.esim.json", "--case", name) as server:
            assert run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED).error["code"] == "502"
    for options, says in (([], "name one, such as one"), (["--case", "tow"], "did you mean 'two'?")):
        refused = run("smdp", "serve", "--profile", profile, "--faults", "s.esim.json", *options, "--json", check=USAGE)
        assert refused.error["path"] == "--case" and says in refused.error["hint"]
    assert run("smdp", "serve", "--profile", profile, "--case", "one", "--json", check=USAGE).error["path"] == "--case"


def test_the_clock_of_a_server_goes_on_by_a_fault(run, serve, profile, tmp_path):
    file = faults(tmp_path, {"where": {"transport": "authenticateClient"}, "action": {"clock": {"by": "31min"}}})
    with serve("--profile", profile, "--faults", file) as server:
        expired = run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED)
        assert (expired.error["step"], expired.error["code"]) == ("ES9+.AuthenticateClient", "8.10.1/3.9")
        run("lpa", "download", server.code(), "--card", CARD)


def test_a_fault_strikes_at_a_further_smdp_too(run, serve, profile, tmp_path):
    second = "second.example.com"
    file = faults(tmp_path, {"where": {"crypto": {"of": "serverSigned1"}}, "action": {"wrongKey": {}}})
    with serve("--profile", profile, "--matching-id", "M", "--also", second, "--faults", file) as server:
        there = ["--resolve", f"{second}:127.0.0.1:{server.ready['port']}"]
        code = f"LPA:1${second}:{server.ready['port']}$M"
        assert run("lpa", "download", code, "--card", CARD, *there, "--json", check=FAILED).error["code"] == "invalidSignature"
        assert server.stop()["faults"][0]["used"] == 1


@pytest.mark.parametrize("name, says", [("dpAuth.expird", "did you mean"), ("dpAuth", None)])
def test_certificates_are_made_for_faults(run, serve, profile, tmp_path, name, says):
    file = faults(tmp_path, {"where": {"message": {"function": "ES9+.AuthenticateClient"}},
                             "action": {"set": {"path": "smdpCertificate", "value": "${certificates.%s}" % name}}})
    if says:
        assert says in run("smdp", "serve", "--profile", profile, "--faults", file, "--json", check=USAGE).error["hint"]
        return
    with serve("--profile", profile, "--faults", file) as server:
        assert run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED).error["code"] == "invalidCertificate"


@pytest.mark.parametrize("text, says", [
    ('[{"where": {"http": "any"}, "action": {"body": {"text": "${eid}"}}}]', "'${eid}' has no value here"),
    ("", "is empty"), ("{}", "should be a list"), ("[{}]", "'where' is missing"), ('[{"where": {"bbp": 1}, "action": {}}]', "did you mean 'bpp'"),
    ('[{"where": {"apdu": {}}, "action": {"delay": {"by": "1s"}}}]', "nothing comes to the hook 'apdu' here"),
    ("[[[", "f.json:1"),
])
def test_a_file_that_is_not_right_is_refused_before_anything_is_served(run, profile, tmp_path, text, says):
    (tmp_path / "f.json").write_text(text)
    outcome = run("smdp", "serve", "--profile", profile, "--faults", "f.json", "--ready-file", "r.json", check=USAGE, timeout=PATIENCE)
    assert says in outcome.stderr and not (tmp_path / "r.json").exists()
