"""The card behind lpac's newline-JSON protocol: lpac's dialogue line by line, and a download by an independent LPA."""
import contextlib
import subprocess

import independent_lpa
import pytest
from conftest import BINARY, EID, ICCID, PATIENCE, iccids
from independent_lpa import Es9, StdioCard, find, parse, swapped, tlv


@pytest.fixture
def card(run):
    """`with card(...) as StdioCard`: lpac's place at a card in card.db."""

    @contextlib.contextmanager
    def stdio(*arguments):
        process = run.start("euicc", "serve", "--frontend", "lpac-stdio", "--store", "card.db", *arguments, text=True,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            one = StdioCard(process)
            yield one
            # lpac goes: so does the card, and leaves nothing behind on the road.
            out, one.talk = process.communicate(timeout=PATIENCE)
            assert (process.returncode, out) == (0, "")
        finally:
            process.kill()
            process.wait()

    return stdio


def answered(payload):
    return {"type": "apdu", "payload": payload}


def test_chip_info_line_by_line(card):
    with card() as lpac:
        say = lpac.ask_line
        assert say('{"type":"apdu","payload":{"func":"connect","param":null}}') == answered({"ecode": 0, "data": ""})
        assert say('{"type":"apdu","payload":{"func":"logic_channel_open","param":"A0000005591010FFFFFFFF8900000100"}}') \
            == answered({"ecode": 1, "data": ""})

        # GetEID: STORE DATA without Le, then GET RESPONSE on the same channel.
        assert say('{"type":"apdu","payload":{"func":"transmit","param":"81E2910006BF3E035C015A"}}') == \
            answered({"ecode": 0, "data": "6115"})
        assert say('{"type":"apdu","payload":{"func":"transmit","param":"81C0000015"}}') == \
            answered({"ecode": 0, "data": f"BF3E125A10{EID}9000"})

        # GetEuiccConfiguredAddresses: no default SM-DP+, the root SM-DS.
        root = b"testrootsmds.example.com".hex().upper()
        assert say('{"type":"apdu","payload":{"func":"transmit","param":"81E2910003BF3C00"}}') == \
            answered({"ecode": 0, "data": "611D"})
        assert say('{"type":"apdu","payload":{"func":"transmit","param":"81C000001D"}}') == \
            answered({"ecode": 0, "data": f"BF3C1A8118{root}9000"})

        # GetRAT and GetEUICCInfo2, whose contents are the card's own.
        lpac.channel = 1
        for rule in parse(find(lpac.command(tlv("BF43")), "BF43", "A0").value):
            assert [element.tag for element in parse(rule.value)] == ["80", "A1", "82"]
        info2 = {element.tag: element.value for element in parse(find(lpac.command(tlv("BF22")), "BF22").value)}
        assert info2["82"] == bytes([2, 2, 2])
        for name in ("81", "83", "84", "85", "88", "A9", "AA", "04", "0C"):
            assert info2[name], name
        assert [len(key.value) for key in parse(info2["A9"])] == [20, 20]

        assert say('{"type":"apdu","payload":{"func":"logic_channel_close","param":"01"}}') == \
            answered({"ecode": 0, "data": ""})
        assert say('{"type":"apdu","payload":{"func":"disconnect","param":null}}') == answered({"ecode": 0, "data": ""})


# The list of tags as older versions of lpac send it; later ones send none and get the same.
TAG_LIST = tlv("5C", bytes.fromhex("5A4F9F70909192939495"))


@pytest.mark.parametrize("request_octets", [tlv("BF2D"), tlv("BF2D", TAG_LIST)], ids=["no tag list", "tag list"])
def test_profile_list(run, serve, card, profile, request_octets):
    with card() as lpac:
        lpac.open()
        assert lpac.command(request_octets).hex().upper() == "BF2D02A000"
        lpac.close()
    with serve("--profile", profile, "--matching-id", "M", "--name", "a name", "--spn", "an operator") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db")
    run("lpa", "nickname", ICCID, "mine", "--card", "sim:card.db")
    with card() as lpac:
        lpac.open()
        [info] = parse(find(lpac.command(request_octets), "BF2D", "A0").value)
        lpac.close()
    assert info.tag == "E3"
    values = {element.tag: element.value for element in parse(info.value)}
    assert values.pop("4F").hex().upper().startswith("A0000005591010FFFFFFFF89")
    assert values == {
        "5A": swapped(ICCID),
        "9F70": b"\0",
        "90": b"mine",
        "91": b"an operator",
        "92": b"a name",
        "95": b"\2",
    }


@pytest.mark.parametrize("curve", ["nist", "brainpool"])  # of the card's certificates; TLS has its own
@pytest.mark.parametrize("key_mode", ["random", "session"])
@pytest.mark.parametrize("confirmation_code", [None, "1234"])
def test_whole_download(run, serve, card, profile, tmp_path, curve, key_mode, confirmation_code):
    run("pki", "create", "P")
    options = ["--confirmation-code", confirmation_code] if confirmation_code else []
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M", "--key-mode", key_mode, *options) as smdp, \
            card("--pki", "P", "--curve", curve) as lpac:
        server = Es9(smdp.address, tmp_path / "P" / "CERT_CI_ECDSA_NIST.pem")
        lpac.open()
        result, metadata = independent_lpa.download(lpac, server, "M", confirmation_code)
        assert find(metadata.value, "5A").value == swapped(ICCID)
        success = find(result.value, "BF27", "A2", "A0")
        aid = find(success.value, "4F").value

        # The result waits on the card, octet by octet the same, until the server has it.
        [(_, _, waiting)] = independent_lpa.pending_notifications(lpac)
        assert waiting == result.whole
        assert independent_lpa.deliver(lpac, server) == 1
        assert independent_lpa.pending_notifications(lpac) == []

        # Enable without REFRESH, then its notification.
        enabled = lpac.command(tlv("BF31", tlv("A0", tlv("4F", aid)), tlv("81", b"\0")))
        assert find(enabled, "BF31", "80").value == b"\0"
        lpac.close()
        lpac.open()
        assert independent_lpa.deliver(lpac, server) == 1
        lpac.close()

        # Every STORE DATA but the last of a command is answered by 9000 alone, and none is longer than 120 octets.
        stored = [(bytes.fromhex(command), response) for command, response in lpac.dialogue if command[2:4] == "E2"]
        assert len(stored) > 30
        assert all(response == "9000" for command, response in stored if command[2] == 0x11)
        assert all(len(command) == 5 + command[4] and command[4] <= 120 for command, _ in stored)
    order = smdp.orders()["M"]
    assert (order["state"], order["history"]) == ("installed", ["released", "downloaded", "installed", "enable"])
    [listed] = run("lpa", "profiles", "--card", "sim:card.db", "--json")["profiles"]
    assert (listed["iccid"], listed["state"]) == (ICCID, "enabled")


def test_what_our_lpa_installs_another_manages(run, serve, card, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db")
    with card() as lpac:
        lpac.open()
        by_iccid = tlv("5A", swapped(ICCID))
        for request, result in (
            (tlv("BF31", tlv("A0", by_iccid), tlv("81", b"\0")), 0),
            (tlv("BF31", tlv("A0", by_iccid), tlv("81", b"\0")), 2),  # profileNotInDisabledState
            (tlv("BF33", by_iccid), 2),
            (tlv("BF32", tlv("A0", by_iccid), tlv("81", b"\0")), 0),
            (tlv("BF29", by_iccid, tlv("90", "näm".encode())), 0),
            (tlv("BF33", by_iccid), 0),
            (tlv("BF33", by_iccid), 1),  # iccidOrAidNotFound
        ):
            answer = lpac.command(request)
            assert find(answer, request[:2].hex().upper(), "80").value == bytes([result]), request.hex()
        # lpac's reset of everything: bits 0 to 2 in two octets of BIT STRING content.
        assert find(lpac.command(bytes.fromhex("BF3404820205E0")), "BF34", "80").value == b"\1"
        lpac.close()
    assert iccids(run, "sim:card.db") == []


def test_a_wrong_confirmation_code_is_refused_to_others_as_well(run, serve, card, profile, tmp_path):
    run("pki", "create", "P", "--curve", "nist")
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M", "--confirmation-code", "1") as smdp, \
            card("--pki", "P") as lpac:
        server = Es9(smdp.address, tmp_path / "P" / "CERT_CI_ECDSA_NIST.pem")
        lpac.open()
        with pytest.raises(independent_lpa.Refused, match="8.2.7/3.8"):
            independent_lpa.download(lpac, server, "M", "2")
        # The same card goes on with a new session; nobody has cancelled the old one.
        independent_lpa.download(lpac, server, "M", "1")
        lpac.close()


def test_lines_that_are_no_commands_are_answered_or_passed_on(card):
    results = ['{"type":"lpa","payload":{"code":0,"message":"success","data":null}}',
               '{"type":"progress","payload":{"code":0,"message":"es10b_load_bound_profile_package"}}']
    failed = answered({"ecode": -1, "data": ""})
    with card() as lpac:
        for line in ("no JSON", "{", "[]", "17", "null", '"text"', "{}" * 2, "[" * 10000, "\x01", "ü" * 70000,
                     '{"type":"apdu"}', '{"type":"apdu","payload":{}}', '{"type":"apdu","payload":[]}',
                     '{"type":"apdu","payload":{"func":7,"param":null}}',
                     '{"type":"apdu","payload":{"func":"fly","param":null}}',
                     '{"type":"apdu","payload":{"func":"transmit","param":"8"}}',
                     '{"type":"apdu","payload":{"func":"transmit","param":"no hexadecimal"}}',
                     '{"type":"apdu","payload":{"func":"logic_channel_open","param":"A000000000"}}',
                     '{"type":"apdu","payload":{"func":"logic_channel_close","param":""}}',
                     '{"type":"apdu","payload":{"func":"logic_channel_close","param":"07"}}'):
            assert lpac.ask_line(line) == failed, line[:80]
        for line in results:
            lpac.process.stdin.write(line + "\n")
        lpac.process.stdin.write("\n")
        lpac.open()  # and it still works
        lpac.close()
    assert all(line in lpac.talk for line in results)


@pytest.mark.parametrize("apdu, status", [
    ("", "6700"), ("00", "6700"), ("0000", "6700"), ("000000", "6700"), ("00A40400FF00", "6700"),
    ("81E2910007BF3E035C015A", "6700"), ("81E291000000", "6700"), ("FFFFFFFFFF", "6E00"), ("A0A40000023F00", "6E00"),
    ("00FF0000", "6D00"), ("82E2910003BF3E00", "6881"), ("81E2120003BF3E00", "6A86"),
])
def test_apdus_that_make_no_sense_get_a_status_word(card, apdu, status):
    with card() as lpac:
        lpac.open()
        answer = lpac.ask("transmit", apdu)
        assert (answer["ecode"], answer["data"]) == (0, status)
        assert lpac.command(tlv("BF3E", tlv("5C", b"\x5a")))
        lpac.close()


def test_our_lpa_is_a_client_of_it_too(run, serve, profile):
    """The LPA over a program that is an APDU back end of lpac: our own front end."""
    card = f"lpac-stdio:{BINARY} euicc serve --frontend lpac-stdio --store card.db"
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", card)
        run("lpa", "enable", ICCID, "--card", card)
    assert iccids(run, "sim:card.db") == [ICCID]


def test_our_lpa_names_a_program_that_is_none(run):
    gone = run("lpa", "info", "--card", "lpac-stdio:exit 7", "--json", check=1).error
    assert gone["layer"] == "transport" and gone["text"] == "the program has ended", gone
