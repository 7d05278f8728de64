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


@pytest.mark.parametrize("text, says", [
    ("", "is empty"), ("{}", "should be a list"), ("[{}]", "'where' is missing"), ('[{"where": {"bbp": 1}, "action": {}}]', "did you mean 'bpp'"),
    ('[{"where": {"apdu": {}}, "action": {"delay": {"by": "1s"}}}]', "nothing comes to the hook 'apdu' here"),
    ("[[[", "f.json:1"),
])
def test_a_file_that_is_not_right_is_refused_before_anything_is_served(run, profile, tmp_path, text, says):
    (tmp_path / "f.json").write_text(text)
    outcome = run("smdp", "serve", "--profile", profile, "--faults", "f.json", "--ready-file", "r.json", check=USAGE, timeout=PATIENCE)
    assert says in outcome.stderr and not (tmp_path / "r.json").exists()
