"""Errors that explain themselves: what failed, what it means and what to try, in words and as the same fields of --json."""
import json
import os

import pytest
from conftest import ROOT, serving

CARD = "sim:card.db"


@pytest.fixture
def download(run, serve, profile, tmp_path):
    """Downloads in a way that fails; the error of --json, after its words were seen to be the same."""

    def fails(*, served=(), faults=None, code="M", card=CARD, options=()):
        serving = ["--profile", profile, "--matching-id", "M", *served]
        if faults:
            (tmp_path / "faults.json").write_text(json.dumps(faults))
            serving += ["--faults", "faults.json"]
        with serve(*serving) as server:
            call = ["lpa", "download", f"LPA:1${server.address}${code}", "--card", card, *options]
            error = run(*call, "--json", check=(1, 2, 4)).error
            if not faults:  # one that strikes once has done so
                words = run(*call, check=(1, 2, 4)).stderr
                assert f"means: {error['meaning']}" in words and f"try: {error['remedy']}" in words, words
        for field in ("layer", "step", "text", "meaning", "remedy"):
            assert error.get(field), (field, error)
        return error

    return fails


def test_the_server_refuses_the_matching_id(download):
    error = download(code="OTHER")
    assert (error["subjectCode"], error["reasonCode"], error["clause"]) == ("8.2.6", "3.8", "SGP.22 5.6.3")


def test_the_confirmation_code_is_wrong(download):
    error = download(served=["--confirmation-code", "4711"], options=["--confirmation-code", "1"])
    assert (error["subjectCode"], error["reasonCode"]) == ("8.2.7", "3.8")


def test_the_confirmation_code_is_missing(download):
    error = download(served=["--confirmation-code", "4711"])
    assert error["code"] == "confirmationCodeMissing"


def test_the_tls_certificate_is_of_another_ci(download, run):
    run("lpa", "info", "--card", CARD)
    run("pki", "create", "other")
    error = download(options=["--pki", "other"])
    assert error["layer"] == "crypto" and "CI" in error["meaning"]


@pytest.fixture(params=["json", "words"])
def explained(run, request):
    """Runs what fails in one of the two forms; tests that can fail once only are run in each. The error of --json has the given
    fields, and the words say what it means and what to try."""

    def fails(*call, check=1, **fields):
        if request.param == "words":
            words = run(*call, check=check).stderr
            assert "means: " in words and "try: " in words, words
            for value in fields.values():
                assert value in words, (value, words)
            return words
        error = run(*call, "--json", check=check).error
        for field in ("layer", "text", "meaning", "remedy"):
            assert error.get(field), (field, error)
        for field, value in fields.items():
            assert value in str(error.get(field)), (field, error)
        return error["meaning"] + error["remedy"]

    return fails


def test_the_card_is_full(run, serve, profile, explained):
    run("profile", "make", "--iccid", "8988211000000000027", "--imsi", "001010000000002", "--filler", "6000", "--out",
        "second.der")
    with serve("--profile", profile, "--profile", "second.der", "--matching-id", "A", "--matching-id", "B") as server:
        run("lpa", "download", server.code(0), "--card", CARD, "--persona", "small-memory")
        said = explained("lpa", "download", server.code(1), "--card", CARD)
    assert "room" in said and "delete a profile" in said, said


def test_the_profile_is_on_the_card_already(run, serve, profile, explained):
    with serve("--profile", profile, "--profile", profile, "--matching-id", "A", "--matching-id", "B") as server:
        run("lpa", "download", server.code(0), "--card", CARD)
        said = explained("lpa", "download", server.code(1), "--card", CARD,
                         errorReason="installFailedDueToIccidAlreadyExistsOnEuicc", bppCommandId="")
    assert "already" in said, said


def test_the_card_fails_in_the_middle(serve, serve_card, profile, tmp_path, explained):
    (tmp_path / "faults.json").write_text(json.dumps([{"where": {"apdu": {"tag": "86"}}, "when": {"nth": 2},
                                                       "action": {"answer": {"sw": "6F00"}}}]))
    with serve("--profile", profile, "--matching-id", "M") as server, serve_card("--faults", "faults.json") as card:
        said = explained("lpa", "download", server.code(), "--card", card.ready["card"], sw="6F00")
    assert "block-size" in said, said


@pytest.fixture
def module(run):
    return lambda *arguments: serving(run, "module", "serve", "--pty", run.directory / "m0", "--store", "card.db", "--speed", "100",
                                      *arguments)


def test_the_module_refuses_the_last_segment(run, serve, module, profile, explained):
    """Field fault F10. Without --once the LPA looks on the card and finds the profile there."""
    with serve("--profile", profile, "--matching-id", "M") as server, module("--quirk", "last-segment-error"):
        said = explained("lpa", "download", server.code(), "--card", f"at:{run.directory / 'm0'}", "--once", code="ERROR",
                         step="AT+CGLA")
        assert "profiles and notifications" in said, said
        assert len(run("lpa", "profiles", "--card", f"at:{run.directory / 'm0'}", "--json")["profiles"]) == 1


def test_there_is_no_euicc_behind_the_port(run, serve, module, profile, explained):
    """A module with a card that has no ISD-R, and a port with no module."""
    with serve("--profile", profile, "--matching-id", "M") as server:
        with module("--quirk", "csim-basic-only"):
            said = explained("lpa", "download", server.code(), "--card", f"at:{run.directory / 'm0'}")
            assert "eUICC" in said, said
        controller, terminal = os.openpty()
        try:
            said = explained("lpa", "download", server.code(), "--card", f"at:{os.ttyname(terminal)}", check=4, step="AT")
            assert "AT port" in said, said
        finally:
            os.close(controller)
            os.close(terminal)


def test_the_network_breaks_in_the_package(download):
    fault = {"where": {"transport": "getBoundProfilePackage"}, "when": "always", "action": {"truncate": {}}}
    error = download(faults=[fault])
    assert error["layer"] == "transport" and error["step"].startswith("ES9+.GetBoundProfilePackage"), error


def test_the_policy_rules_are_not_allowed(download):
    """A profile with PPR1 that names no owner is none that a card could authorise."""
    fault = {"where": {"message": {"function": "ES9+.AuthenticateClient", "part": "response"}}, "when": "always",
             "action": {"set": {"path": "profileMetadata.profilePolicyRules", "value": "01"}}}
    error = download(faults=[fault])
    assert error["code"] == "pprNotAllowed" and "PPR1" in error["remedy"], error


def test_a_code_can_be_looked_up(run):
    assert "the server does not know the MatchingID" in run("explain", "8.2.6/3.8").stdout
    assert len(run("explain", "undefinedError", "--json")["meanings"]) > 1, "it stands for several things"
    assert run("explain", "6C05", "--json")["meanings"][0]["code"] == "6Cxx"
    assert "no code that is known" in run("explain", "nonsense", "--json", check=2).error["text"]
    assert len(run("explain", "CME 13", "--json")["meanings"]) == 1
    for nothing in ([], [""]):
        assert run("explain", *nothing, "--json", check=2).error["path"] == "CODE"


def test_the_reference_in_the_manual_is_the_one_that_is_printed(run):
    assert (ROOT / "docs" / "error-codes.md").read_text() == run("explain", "--reference").stdout, \
        "write it anew: esimbench explain --reference > docs/error-codes.md"
