"""What the LPA does with profiles that are installed."""
import pytest
from conftest import EID, ICCID, iccids

CARD = "sim:card.db"
SECOND = "8988211000000000027"


@pytest.fixture
def server(run, serve, profile):
    """A running server, and two of its profiles on the card."""
    run("profile", "make", "--iccid", SECOND, "--out", "second.der")
    with serve("--profile", profile, "--profile", "second.der", "--matching-id", "A", "--matching-id", "B",
               "--name", "Test profile", "--spn", "esimbench") as running:
        run("lpa", "download", running.code(0), "--card", CARD)
        run("lpa", "download", running.code(1), "--card", CARD)
        yield running


def states(run):
    return {p["iccid"]: p["state"] for p in run("lpa", "profiles", "--card", CARD, "--json")["profiles"]}


def events(outcome):
    return [(n["event"], n.get("iccid"), n["delivered"]) for n in outcome["notifications"]]


def test_enable_disable_and_delete_are_reported(run, server):
    assert events(run("lpa", "enable", ICCID, "--card", CARD, "--json")) == [("enable", ICCID, True)]
    assert states(run) == {ICCID: "enabled", SECOND: "disabled"}

    # A switch disables the other profile, and says so first.
    switched = run("lpa", "enable", SECOND, "--card", CARD, "--json")
    assert events(switched) == [("disable", ICCID, True), ("enable", SECOND, True)]
    assert states(run) == {ICCID: "disabled", SECOND: "enabled"}

    assert events(run("lpa", "disable", SECOND, "--card", CARD, "--json")) == [("disable", SECOND, True)]
    assert events(run("lpa", "delete", SECOND, "--card", CARD, "--json")) == [("delete", SECOND, True)]
    assert states(run) == {ICCID: "disabled"}

    server.stop()
    orders = server.orders()
    assert orders["A"]["history"] == ["released", "downloaded", "installed", "enable", "disable"]
    assert orders["B"]["history"] == ["released", "downloaded", "installed", "enable", "disable", "delete"]


def test_a_profile_goes_by_the_aid_of_its_isdp_too(run, server):
    first = run("lpa", "profiles", "--card", CARD, "--json")["profiles"][0]
    run("lpa", "enable", first["isdpAid"], "--card", CARD)
    assert states(run)[first["iccid"]] == "enabled"


def test_changes_that_make_no_sense_are_refused_by_name(run, server):
    run("lpa", "enable", ICCID, "--card", CARD)
    # What was wanted is so already.
    run("lpa", "enable", ICCID, "--card", CARD)

    def refused(*arguments):
        return run("lpa", *arguments, "--card", CARD, "--json", check=1).error["code"]

    assert refused("disable", SECOND) == "profileNotInEnabledState"
    assert refused("delete", ICCID) == "profileNotInDisabledState"
    assert refused("enable", "8988211000000000035") == "iccidOrAidNotFound"
    assert refused("delete", "8988211000000000035") == "iccidOrAidNotFound"
    assert refused("nickname", "8988211000000000035", "name") == "iccidNotFound"
    assert states(run) == {ICCID: "enabled", SECOND: "disabled"}


def test_nicknames_are_kept_shown_and_removed(run, server):
    def nickname():
        return run("lpa", "profiles", "--card", CARD, "--json")["profiles"][0].get("nickname")

    assert nickname() is None
    run("lpa", "nickname", ICCID, "für unterwegs ☎", "--card", CARD)
    assert nickname() == "für unterwegs ☎"
    assert "für unterwegs ☎" in run("lpa", "profiles", "--card", CARD).stdout
    run("lpa", "nickname", ICCID, "", "--card", CARD)
    assert nickname() in (None, "")


def test_a_nickname_has_at_most_64_octets(run, server):
    run("lpa", "nickname", ICCID, "x" * 64, "--card", CARD)
    run("lpa", "nickname", ICCID, "x" * 65, "--card", CARD, check=(1, 2))
    assert run("lpa", "profiles", "--card", CARD, "--json")["profiles"][0]["nickname"] == "x" * 64


def test_notifications_wait_until_the_server_is_there_again(run, serve, profile):
    arguments = ("--profile", profile, "--matching-id", "M", "--store", "orders.db")
    with serve(*arguments) as server:
        run("lpa", "download", server.code(), "--card", CARD)
        port = server.ready["port"]

    enabled = run("lpa", "enable", ICCID, "--card", CARD, "--json")
    assert [(n["event"], n["delivered"]) for n in enabled["notifications"]] == [("enable", False)]
    assert "ECONNREFUSED" in enabled["notifications"][0]["error"] or "refused" in enabled["notifications"][0]["error"]
    # One that fails stops those behind it: a server gets them in order or not at all.
    run("lpa", "disable", ICCID, "--card", CARD)
    waiting = run("lpa", "notifications", "--card", CARD, "--json")["notifications"]
    assert [n["event"] for n in waiting] == ["enable", "disable"]
    assert waiting[0]["sequenceNumber"] < waiting[1]["sequenceNumber"]
    assert all(n["address"] == f"localhost:{port}" for n in waiting)

    with serve(*arguments) as server:
        # The address in the notifications is that of the first server; the name leads to the second.
        resolve = f"localhost:127.0.0.1:{server.ready['port']}"
        sent = run("lpa", "notifications", "--send", "--card", CARD, "--resolve", resolve, "--json")
        assert [(n["event"], n["delivered"]) for n in sent["notifications"]] == [("enable", True), ("disable", True)]
    assert server.orders()["M"]["history"][-2:] == ["enable", "disable"]
    assert run("lpa", "notifications", "--card", CARD, "--json")["notifications"] == []


def test_the_default_smdp_is_set_shown_and_cleared(run):
    def shown():
        return run("lpa", "default-smdp", "--card", CARD, "--json")["defaultSmdp"]

    assert shown() == ""
    run("lpa", "default-smdp", "smdp.example.com", "--card", CARD)
    assert shown() == "smdp.example.com"
    assert run("lpa", "info", "--card", CARD, "--json")["defaultSmdp"] == "smdp.example.com"
    run("lpa", "default-smdp", "", "--card", CARD)
    assert shown() == ""


def test_reset_deletes_profiles_and_the_default_smdp(run, server):
    run("lpa", "enable", ICCID, "--card", CARD)
    run("lpa", "default-smdp", "smdp.example.com", "--card", CARD)
    reset = run("lpa", "reset", "--card", CARD, "--json")
    assert sorted(n["iccid"] for n in reset["notifications"] if n["event"] == "delete") == [ICCID, SECOND]
    assert iccids(run, CARD) == []
    assert run("lpa", "default-smdp", "--card", CARD, "--json")["defaultSmdp"] == ""
    # Nothing is left to do.
    assert run("lpa", "reset", "--card", CARD, "--json", check=1).error["code"] == "nothingToDelete"


def test_info_names_the_card_and_what_it_can(run):
    info = run("lpa", "info", "--card", CARD, "--json").json
    assert (info["eid"], info["svn"], info["rootSmds"]) == (EID, "2.2.2", "testrootsmds.example.com")
    assert len(info["euiccInfo2"]["euiccCiPKIdListForSigning"]) == 2
    assert EID in run("lpa", "info", "--card", CARD).stdout


def test_a_card_keeps_its_certificates_whatever_happens_to_the_directory(run, tmp_path):
    run("pki", "create", "P", "--eid", "89049032000000000000000000000051")
    run("lpa", "info", "--card", CARD, "--pki", "P")
    (tmp_path / "P").rename(tmp_path / "gone")
    # No --pki, and the shared certificates are of another EID: the card is who it is.
    assert run("lpa", "info", "--card", CARD, "--json")["eid"] == "89049032000000000000000000000051"
    assert not (tmp_path / "state").exists()


def test_a_card_has_the_keys_of_the_curve_that_was_chosen(run):
    for curve, count in (("nist", 1), ("brainpool", 1), ("both", 2)):
        info = run("lpa", "info", "--card", f"sim:{curve}.db", "--curve", curve, "--json")
        assert len(info["euiccInfo2"]["euiccCiPKIdListForSigning"]) == count
