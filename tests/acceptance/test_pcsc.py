"""The card in a reader: vpcd's two ways of coming together, opensc-tool, and sessions as lpac and pySim-shell have them."""
import contextlib
import pathlib
import signal
import tempfile
import time

import pytest
from conftest import EID, ICCID, IMSI, PATIENCE, iccids, serving
from independent_lpa import ISD_R, find, parse, swapped, tlv
from pcsc import READERS, RESET_CARD, UNPOWER_CARD, Client, Pcscd, own_namespace, two_free_ports, what_is_missing

NEXT_EID = "89049032123451234512345678901332"
MODES = ["vpcd listens", "vpcd connects"]


@pytest.fixture(scope="session")
def pcscd():
    """Where a pcscd can be run: with pcscd.running(port): ... One at a time."""
    if missing := what_is_missing():
        pytest.fail(missing)
    if own_namespace() is None:
        pytest.skip("pcscd needs a folder of its own at /run, which only root may mount here")
    with tempfile.TemporaryDirectory(prefix="pcsc-") as directory:
        yield Pcscd(directory)


@pytest.fixture
def inserted(run, pcscd):
    """with inserted(mode, *options) as server: a pcscd with two cards in its two slots; options go to `euicc serve`."""

    @contextlib.contextmanager
    def insert(mode=MODES[0], *options):
        port = two_free_ports()
        if mode == "vpcd connects":
            # The cards come first, and both of them: this vpcd takes pcscd down where it finds nobody.
            with serving(run, "euicc", "serve", "--frontend", f"vpcd-listen:127.0.0.1:{port}", "--frontend",
                         f"vpcd-listen:127.0.0.1:{port + 1}", *options) as server, pcscd.running(port, connects=True):
                wait_for_both()
                yield server
        else:
            with pcscd.running(port), serving(run, "euicc", "serve", "--frontend", f"vpcd:127.0.0.1:{port}", "--frontend",
                                              f"vpcd:127.0.0.1:{port + 1}", *options) as server:
                wait_for_both()
                yield server

    return insert


def wait_for_both():
    with Client() as client:
        for reader in READERS:
            client.wait_for(reader)


def get_eid(card, channel=0):
    """SELECT ISD-R and GetEID, on a channel that is open."""
    data, status = card.fetch(f"0{channel}A4040010{ISD_R}")
    assert status == "9000"
    data, status = card.fetch(f"8{channel}E2910006BF3E035C015A")
    assert status == "9000"
    return find(data, "BF3E", "5A").value.hex()


# --- opensc-tool ---


@pytest.mark.parametrize("mode", MODES)
def test_opensc_tool_lists_the_readers_and_selects_the_isd_r(inserted, pcscd, mode):
    with inserted(mode):
        listed = pcscd.opensc_tool("--list-readers").splitlines()
        for reader in READERS:
            assert any(line.endswith(reader) and " Yes " in line for line in listed), listed
        for number in "0", "1":
            answer = pcscd.opensc_tool("--reader", number, "--send-apdu", f"00A4040010{ISD_R}")
            assert "Received (SW1=0x90, SW2=0x00)" in answer
            assert pcscd.opensc_tool("--reader", number, "--atr").startswith("3b:")


def test_two_cards_in_two_readers_differ(inserted, pcscd):
    with inserted() as server:
        said = [card["eid"] for card in server.ready["cards"]]
        assert said == [EID, NEXT_EID]
        atrs = [pcscd.opensc_tool("--reader", number, "--atr") for number in "01"]
        assert atrs[0] == atrs[1]
        with Client() as client:
            for reader, eid in zip(READERS, said):
                with client.connect(reader) as card:
                    assert get_eid(card) == eid
        # And by opensc-tool alone, which prints each octet of the answer in hexadecimal.
        for number, eid in zip("01", said):
            shown = pcscd.opensc_tool("--reader", number, "--send-apdu", f"00A4040010{ISD_R}", "--send-apdu",
                                      "80E2910006BF3E035C015A00")
            octets = "".join(line[:48] for line in shown.splitlines() if not line.startswith(("Send", "Rece")))
            assert eid in octets.replace(" ", ""), shown


# --- PC/SC ---


@pytest.mark.parametrize("mode", MODES)
def test_a_reset_or_a_loss_of_power_closes_channels(inserted, mode):
    with inserted(mode), Client() as client, client.connect(READERS[0]) as card:
        atr = card.atr()
        for how in RESET_CARD, UNPOWER_CARD:
            assert card.apdu("0070000001") == "019000"
            assert get_eid(card, channel=1) == EID
            card.reset(how)
            assert card.atr() == atr
            assert card.apdu("81E2910006BF3E035C015A") == "6881"
        assert get_eid(card) == EID


@pytest.mark.parametrize("mode", MODES)
def test_no_apdu_waits_for_an_acknowledgement(inserted, mode):
    """vpcd 3.3 sends length and payload apart; 44 ms an APDU unless each part is acknowledged at once."""
    with inserted(mode), Client() as client, client.connect(READERS[0]) as card:
        get_eid(card)
        start = time.monotonic()
        for _ in range(100):
            assert card.apdu("80E2910003BF2E00") == "6115"
        assert time.monotonic() - start < 100 * 0.022
        # Nor does a reset, which has no answer that could bring the acknowledgement along.
        start = time.monotonic()
        for _ in range(50):
            card.reset()
        assert time.monotonic() - start < 50 * 0.022


def test_lpacs_apdus(inserted):
    with inserted(), Client() as client, client.connect(READERS[0]) as card:
        assert card.apdu("80AA00000AA9088100820101830107") == "9000"
        assert card.apdu("0070000001") == "019000"
        assert card.apdu(f"01A4040010{ISD_R}")[:2] in ("61", "90")
        assert card.apdu("81E2910006BF3E035C015A") == "6115"
        assert card.apdu("81C0000015") == f"BF3E125A10{EID}9000"
        assert card.apdu("0070800100") == "9000"


@pytest.mark.parametrize("with_signal", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("mode", MODES)
def test_cards_survive_a_restart_of_pcscd(inserted, pcscd, mode, with_signal):
    with inserted(mode):
        for _ in range(2):
            pcscd.stop(with_signal)
            pcscd.start()
            wait_for_both()
            with Client() as client:
                for reader, eid in zip(READERS, (EID, NEXT_EID)):
                    with client.connect(reader) as card:
                        assert get_eid(card) == eid


def test_cards_come_and_go_in_a_pcscd_that_stays(run, pcscd):
    port = two_free_ports()
    with pcscd.running(port), Client() as client:
        for _ in range(2):
            with serving(run, "euicc", "serve", "--frontend", f"vpcd:127.0.0.1:{port}", "--store", "card.db"):
                client.wait_for(READERS[0])
                with client.connect(READERS[0]) as card:
                    assert get_eid(card) == EID
            client.wait_for(READERS[0], present=False)


def test_a_client_that_dies_leaves_a_card_for_the_next(inserted, pcscd):
    with inserted():
        for _ in range(3):
            with Client() as client:
                client.connect(READERS[0])  # and the context ends without a word to the card
        assert "Received (SW1=0x90, SW2=0x00)" in pcscd.opensc_tool("--send-apdu", f"00A4040010{ISD_R}")


def test_what_is_downloaded_is_seen_in_the_reader(run, serve, inserted, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db")
    assert iccids(run, "sim:card.db") == [ICCID]
    with inserted(MODES[0], "--store", "card.db"), Client() as client, client.connect(READERS[0]) as card:
        get_eid(card)
        data, status = card.fetch("80E2910003BF2D00")
        assert status == "9000"
        [info] = parse(find(data, "BF2D", "A0").value)
        assert find(info.value, "5A").value == swapped(ICCID)


# --- pySim-shell ---

AIDS_THAT_PYSIM_PROBES = ["A0000005591010FFFFFFFF8900000200", "A000000003000000", "A00000015141434C00", "A000000087100A",
                          "A0000000871004", "A000000087100B"]


def test_pysim_tells_which_kind_of_card_it_is(inserted):
    """It takes a card that knows GetCerts (SGP.32) for one of the Internet of Things, and asks for the EID then."""
    with inserted(), Client() as client, client.connect(READERS[0]) as card:
        assert card.atr()[0] == 0x3B
        assert card.fetch(f"00A4040410{ISD_R}")[1] == "9000"
        data, status = card.fetch("80E2910003BF5600")
        assert data == b"" and status not in ("9000", "") and status[:2] in ("69", "6A", "6D")
        card.reset()
        assert get_eid(card) == EID
        for aid in AIDS_THAT_PYSIM_PROBES:
            assert card.fetch(f"00A40404{len(aid) // 2:02X}{aid}")[1] in ("9000", "6A82"), aid
        assert card.apdu("A0A40000023F00") == "6E00"
        card.reset()
        assert get_eid(card) == EID


@pytest.fixture
def with_profile(run, serve, inserted, profile):
    """A card in a reader with an enabled profile."""

    @contextlib.contextmanager
    def insert():
        with serve("--profile", profile, "--matching-id", "M") as server:
            run("lpa", "download", server.code(), "--card", "sim:card.db")
            run("lpa", "enable", ICCID, "--card", "sim:card.db")
        with inserted(MODES[0], "--store", "card.db"), Client() as client, client.connect(READERS[0]) as card:
            yield card

    return insert


def select(card, file):
    """SELECT by file identifier; the FCP template's elements."""
    data, status = card.fetch(f"00A4000402{file}")
    assert status == "9000", file
    return {element.tag: element.value for element in parse(find(data, "62").value)}


def record_shape(fcp):
    """(record length, number of records) of a linear fixed file (TS 102 221 11.1.1.4.3)."""
    descriptor = fcp["82"]
    assert descriptor[0] & 0x07 == 0x02 and len(descriptor) == 5
    return int.from_bytes(descriptor[2:4], "big"), descriptor[4]


def test_pysim_finds_its_way_through_the_file_system(with_profile):
    with with_profile() as card:
        # Start: MF and EF.DIR, before anything else.
        assert select(card, "3F00")["83"] == bytes.fromhex("3F00")
        fcp = select(card, "2F00")
        length, count = record_shape(fcp)
        assert {"83", "8A", "80"} <= fcp.keys() and ("8B" in fcp or "8C" in fcp)
        card.reset()

        # Directories of other kinds of cards are not there.
        select(card, "3F00")
        for file in "7F20", "7FE0", "7F25":
            assert card.fetch(f"00A4000402{file}")[1] == "6A82"

        # EF.DIR, record by record, names the USIM.
        select(card, "3F00")
        select(card, "2F00")
        applications = []
        for number in range(1, count + 1):
            data, status = card.fetch(f"00B2{number:02X}04{length:02X}")
            assert status == "9000" and len(data) == length
            if data[0] == 0x61:
                applications.append(find(data[:2 + data[1]], "61", "4F").value)
        assert card.fetch(f"00B2{count + 1:02X}04{length:02X}")[1] == "6A83"
        [usim] = [aid for aid in applications if aid.hex().upper().startswith("A0000000871002")]

        # EF.ARR and EF.ICCID.
        select(card, "3F00")
        length, _ = record_shape(select(card, "2F06"))
        data, status = card.fetch(f"00B20104{length:02X}")
        assert status == "9000" and data[0] in (0x80, 0x84)
        assert int.from_bytes(select(card, "2FE2")["80"], "big") == 10
        assert card.fetch("00B000000A") == (swapped(ICCID), "9000")

        # ADF.USIM by its full AID, and EF.IMSI.
        data, status = card.fetch(f"00A40404{len(usim):02X}{usim.hex()}")
        assert status == "9000" and find(data, "62", "84").value == usim
        assert {"82", "83", "8A", "C6"} <= {element.tag for element in parse(find(data, "62").value)}
        assert int.from_bytes(select(card, "6F07")["80"], "big") == 9
        digits = "9" + IMSI
        imsi = bytes([8]) + bytes.fromhex("".join(digits[n + 1] + digits[n] for n in range(0, 16, 2)))
        assert card.fetch("00B0000009") == (imsi, "9000")

        # The ISD-R beside it, and back to the MF.
        card.reset()
        select(card, "3F00")
        assert get_eid(card) == EID
        assert card.fetch("80E2910003BF2D00")[1] == "9000"
        select(card, "3F00")


def test_pysim_selects_the_ecasd(with_profile):
    with with_profile() as card:
        assert card.fetch("00A4040410A0000005591010FFFFFFFF8900000200")[1] == "9000"


# --- Bad peers ---


def test_a_reader_that_talks_nonsense_is_left_and_found_again(run):
    """A listener that is no vpcd: whatever it sends, the card comes back to it, until it is one."""
    import socket
    with socket.create_server(("127.0.0.1", 0)) as reader:
        reader.settimeout(PATIENCE)
        port = reader.getsockname()[1]
        with serving(run, "euicc", "serve", "--frontend", f"vpcd:127.0.0.1:{port}") as server:
            assert server.ready == {"eid": EID, "frontend": "vpcd", "address": f"127.0.0.1:{port}"}
            for octets in (b"", b"\0", b"\0\5\0\xa4", b"\0\0" * 100, b"\0\1\x99", b"HTTP/1.1 400\r\n\r\n", b"\xff" * 70000):
                slot, _ = reader.accept()
                with slot, contextlib.suppress(OSError):
                    slot.sendall(octets)
            slot, _ = reader.accept()
            with slot:
                slot.settimeout(PATIENCE)
                slot.sendall(b"\0\1\4")
                assert slot.recv(3)[2] == 0x3B


def test_vpcd_has_its_usual_ports_where_none_are_named(run):
    """Nobody listens there, or another one does: the address is what counts here."""
    with serving(run, "euicc", "serve", "--frontend", "vpcd", "--frontend", "socket", "--frontend", "vpcd") as server:
        addresses = [card["address"] for card in server.ready["cards"]]
        assert (addresses[0], addresses[2]) == ("127.0.0.1:35963", "127.0.0.1:35964")


def test_the_folder_of_other_daemons_stays_as_it_is(pcscd):
    before = pathlib.Path("/run/pcscd").exists()
    with pcscd.running(two_free_ports()):
        assert pathlib.Path("/run/pcscd").exists() == before


# --- Our own LPA ---

def test_our_lpa_downloads_enables_and_reads_again(run, serve, inserted, profile):
    """Over pcscd: a whole download, an enable that leads to REFRESH and a reset, and what the card says afterwards."""
    pcsc = f"pcsc:{READERS[0]}"
    with serve("--profile", profile, "--matching-id", "M") as server, inserted():
        assert run("lpa", "info", "--card", pcsc, "--json")["eid"] == EID
        run("lpa", "download", server.code(), "--card", pcsc)
        assert iccids(run, pcsc) == [ICCID]
        run("lpa", "enable", ICCID, "--card", pcsc)
        assert [profile["state"] for profile in run("lpa", "profiles", "--card", pcsc, "--json")["profiles"]] == ["enabled"]
        with Client() as client, client.connect(READERS[0]) as card:
            assert card.fetch("00A40004022FE2")[1] == "9000"
            assert swapped(ICCID) == card.fetch("00B000000A")[0], "EF.ICCID is the enabled profile's"
    assert [order["state"] for order in server.final["orders"]] == ["installed"]


def test_our_lpa_names_what_is_wrong_with_a_reader(run, inserted):
    with inserted():
        unknown = run("lpa", "info", "--card", "pcsc:No such reader", "--json", check=1).error
        assert unknown["code"] == "SCARD_E_UNKNOWN_READER" and READERS[0] in unknown["hint"], unknown
        both = run("lpa", "info", "--card", "pcsc:Virtual PCD", "--json", check=1).error
        assert both["text"] == "2 readers have 'Virtual PCD' in their name", both
        with Client() as client, client.connect(READERS[0]):
            busy = run("lpa", "info", "--card", f"pcsc:{READERS[0]}", "--json", check=1).error
            assert busy["code"] == "SCARD_E_SHARING_VIOLATION" and busy["path"] == READERS[0], busy
            assert "another program has the card" in busy["meaning"], busy
            # Without a name the next reader is as good.
            assert run("lpa", "info", "--card", "pcsc", "--json")["eid"]


def test_our_lpa_without_pcscd_says_so(run, tmp_path):
    gone = run("lpa", "info", "--card", "pcsc", "--json", check=1,
               environment={"PCSCLITE_CSOCK_NAME": str(tmp_path / "nobody")}).error
    assert gone["code"] == "SCARD_E_NO_SERVICE" and "start it" in gone["remedy"], gone
