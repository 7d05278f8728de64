"""The card behind a socket: frames of two octets of length and a payload, as vpcd has them."""
import contextlib
import os
import socket

import pytest
from conftest import EID, ICCID, PATIENCE, iccids, serving
from independent_lpa import ISD_R, find, swapped, tlv

OFF, ON, RESET, ATR = b"\x00", b"\x01", b"\x02", b"\x04"


class Client:
    def __init__(self, card):
        if isinstance(card, socket.socket):
            self.socket = card
            return
        name = card if isinstance(card, str) else card.ready["card"]
        host, port = name.removeprefix("socket:").rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, payload):
        self.socket.sendall(len(payload).to_bytes(2, "big") + payload)

    def receive(self):
        def exactly(count):
            octets = b""
            while len(octets) < count:
                more = self.socket.recv(count - len(octets))
                assert more, "the card has hung up"
                octets += more
            return octets

        return exactly(int.from_bytes(exactly(2), "big"))

    def ask(self, payload):
        self.send(payload)
        return self.receive()

    def apdu(self, text):
        return self.ask(bytes.fromhex(text)).hex().upper()


def read_eid(client):
    """Channel 1, ISD-R, GetEID."""
    assert client.apdu("0070000001") == "019000"
    assert client.apdu(f"01A4040010{ISD_R}")[:2] in ("61", "90")
    assert client.apdu("81E2910006BF3E035C015A") == "6115"
    return client.apdu("81C0000015").removeprefix("BF3E125A10").removesuffix("9000")


def test_the_ready_file_says_where_the_card_is(serve_card):
    with serve_card() as card:
        assert card.ready["eid"] == EID
        assert card.ready["card"].startswith("socket:127.0.0.1:") and not card.ready["card"].endswith(":0")
        assert card.ready == {"eid": EID, "frontend": "socket", "card": card.ready["card"],
                              "address": card.ready["card"].removeprefix("socket:")}


def test_the_frames_are_as_documented(serve_card):
    with serve_card() as card, Client(card) as client:
        client.send(ON)  # no answer
        atr = client.ask(ATR)
        # TS 102 221 6.3: direct convention, historical bytes, and a checksum over all but the first octet.
        assert atr[0] == 0x3B
        checksum = 0
        for octet in atr[1:]:
            checksum ^= octet
        assert checksum == 0
        assert read_eid(client) == EID
        client.send(RESET)
        assert client.ask(ATR) == atr
        # A reset closes channels.
        assert client.apdu("81E2910006BF3E035C015A") == "6881"
        assert read_eid(client) == EID
        client.send(OFF)
        # Without power a card answers nothing; the reader still knows its ATR.
        assert client.ask(ATR) == atr
        assert client.apdu("0070000001") == ""
        client.send(ON)
        assert client.ask(ATR) == atr
        assert client.apdu("81E2910006BF3E035C015A") == "6881"


def test_many_frames_at_once_are_answered_in_order(serve_card):
    with serve_card() as card, Client(card) as client:
        client.send(ON)
        frame = b"\x00\x05" + bytes.fromhex("0070000001")
        client.socket.sendall(frame * 5)
        assert [client.receive().hex() for _ in range(5)] == [f"0{n}9000" for n in range(1, 6)]


def test_a_frame_may_come_octet_by_octet(serve_card):
    with serve_card() as card, Client(card) as client:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in b"\x00\x01\x01" + b"\x00\x05" + bytes.fromhex("0070000001"):
            client.socket.sendall(bytes([octet]))
        assert client.receive().hex() == "019000"


def test_the_card_keeps_its_state_from_one_client_to_the_next(run, serve, serve_card, profile):
    with serve("--profile", profile, "--matching-id", "M") as server, serve_card() as card:
        run("lpa", "download", server.code(), "--card", card.ready["card"])
        with Client(card) as first:
            first.send(ON)
            assert read_eid(first) == EID
        with Client(card) as second:
            # Nobody has switched the power: the channel is still open, the ISD-R still selected.
            assert second.apdu("81E2910006BF3E035C015A") == "6115"
        assert iccids(run, card.ready["card"]) == [ICCID]


@pytest.mark.parametrize("octets", [
    b"", b"\x00", b"\x00\x05\x00\xa4", b"\xff\xff" + bytes(100), bytes(2), bytes(3000), b"\xff" * 70000,
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", b"\x00\x01\x99", b"\x00\x01\x03" * 10,
    b"\xff\xff" + b"\x80" * 65535, b"\x01\x06" + bytes(262),
], ids=lambda octets: f"{len(octets)}-{octets[:4].hex()}")
def test_half_frames_and_garbage_harm_nobody(run, serve_card, octets):
    with serve_card() as card:
        with Client(card) as rude:
            with contextlib.suppress(OSError):
                rude.socket.sendall(octets)
        with Client(card) as rude:
            rude.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            with contextlib.suppress(OSError):
                rude.socket.sendall(octets)  # and then a reset of the connection
        assert iccids(run, card.ready["card"]) == []


def test_an_empty_frame_is_an_apdu_of_no_length(serve_card):
    with serve_card() as card, Client(card) as client:
        client.send(ON)
        assert client.ask(b"").hex() == "6700"


def test_the_lpa_works_through_the_socket(run, serve_card):
    with serve_card("--store", "card.db") as card:
        name = card.ready["card"]
        assert iccids(run, name) == []
        assert run("lpa", "info", "--card", name, "--json")["eid"] == EID
        run("lpa", "default-smdp", "smdp.example.com", "--card", name)
    assert run("lpa", "default-smdp", "--card", "sim:card.db", "--json")["defaultSmdp"] == "smdp.example.com"


def test_power_that_goes_in_the_middle_of_a_load_is_reported(run, serve, serve_card, profile, tmp_path):
    """The segments of a download stop at some point, and the power goes: nothing is installed, and the card says why."""
    import independent_lpa

    class SocketCard(independent_lpa.StdioCard):
        def __init__(self, client, segments_to_send):
            self.client, self.left, self.dialogue = client, segments_to_send, []
            client.send(ON)
            assert client.apdu("0070000001") == "019000"
            client.apdu(f"01A4040010{ISD_R}")
            self.channel = 1

        def transmit(self, apdu):
            if apdu[1] == 0xE2 and apdu[5] in (0x86, 0x87, 0x88, 0xA0, 0xA1, 0xA2, 0xA3) and apdu[3] == 0:
                self.left -= 1
                if self.left < 0:
                    raise ConnectionAbortedError
            answer = self.client.ask(apdu)
            return answer[:-2], answer[-2:].hex().upper()

    run("pki", "create", "P")
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M") as smdp, serve_card("--pki", "P") as card:
        server = independent_lpa.Es9(smdp.address, tmp_path / "P" / "CERT_CI_ECDSA_NIST.pem")
        with Client(card) as client, pytest.raises(ConnectionAbortedError):
            independent_lpa.download(SocketCard(client, 5), server, "M")
        name = card.ready["card"]
        assert iccids(run, name) == []
        with Client(card) as client:
            client.send(OFF)
            [(_, _, notification)] = independent_lpa.pending_notifications(SocketCard(client, 0))
        error = find(notification, "BF37", "BF27", "A2", "A1").value
        assert find(error, "81").value == b"\x0b"  # installFailedDueToInterruption

        # The report opens the order for another try, by another LPA.
        [sent] = run("lpa", "notifications", "--send", "--card", name, "--pki", "P", "--json")["notifications"]
        assert sent["delivered"]
        run("lpa", "download", smdp.code(), "--card", name, "--pki", "P")
        assert iccids(run, name) == [ICCID]
    assert smdp.orders()["M"]["state"] == "installed"


def test_profiles_are_found_by_iccid_through_raw_apdus(run, serve, serve_card, profile):
    with serve("--profile", profile, "--matching-id", "M") as server, serve_card() as card:
        run("lpa", "download", server.code(), "--card", card.ready["card"])
        with Client(card) as client:
            client.send(ON)
            client.apdu("0070000001")
            client.apdu(f"01A4040010{ISD_R}")
            request = tlv("BF2D", tlv("A0", tlv("5A", swapped(ICCID))), tlv("5C", b"\x9f\x70"))
            status = client.apdu(f"81E29100{len(request):02X}" + request.hex())
            assert client.apdu("81C00000" + status[2:]) == "BF2D08A006E3049F7001009000"


# --- Several cards in one process ---

NEXT_EIDS = ["89049032123451234512345678901332", "89049032123451234512345678901429"]


def test_each_card_has_its_own_address_and_its_own_eid(serve_card):
    with serve_card("--frontend", "socket", "--frontend", "vpcd-listen:127.0.0.1:0") as server:
        cards = server.ready["cards"]
        assert [card["eid"] for card in cards] == [EID, *NEXT_EIDS]
        assert [card["frontend"] for card in cards] == ["socket", "socket", "vpcd-listen"]
        assert len({card["address"] for card in cards}) == 3
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(Client(card["card"])) for card in cards]
            assert [read_eid(client) for client in clients] == [EID, *NEXT_EIDS]
            # A reset of one is nothing to the others.
            clients[0].send(RESET)
            assert [client.apdu("81E2910006BF3E035C015A") for client in clients] == ["6881", "6115", "6115"]


def test_stores_and_eids_belong_to_the_cards_in_order(run, serve_card):
    chosen = "89049032000000000000000000010057"
    with serve_card("--frontend", "socket", "--frontend", "socket", "--store", "one.db", "--store", "-", "--store",
                    "three.db", "--eid", "-", "--eid", "-", "--eid", chosen) as server:
        eids = [card["eid"] for card in server.ready["cards"]]
        assert eids == [EID, NEXT_EIDS[0], chosen]
        run("lpa", "default-smdp", "smdp.example.com", "--card", server.ready["cards"][2]["card"])
    assert run("lpa", "info", "--card", "sim:one.db", "--json")["eid"] == EID
    three = run("lpa", "info", "--card", "sim:three.db", "--json")
    assert (three["eid"], three["defaultSmdp"]) == (chosen, "smdp.example.com")

    # What is in files stays as it is, and a new card gets an EID that none of them has.
    with serve_card("--frontend", "socket", "--frontend", "socket", "--store", "-", "--store", "three.db", "--store",
                    "one.db") as server:
        assert [card["eid"] for card in server.ready["cards"]] == [NEXT_EIDS[0], chosen, EID]


def test_a_server_knows_cards_with_other_eids(run, serve, serve_card, profile):
    with serve("--profile", profile, "--matching-id", "M", "--eid", NEXT_EIDS[0]) as smdp, \
            serve_card("--frontend", "socket") as server:
        first, second = [card["card"] for card in server.ready["cards"]]
        refused = run("lpa", "download", smdp.code(), "--card", first, "--json", check=1)
        assert refused.error["code"] == "8.1.1/3.8"
        run("lpa", "download", smdp.code(), "--card", second)
        assert (iccids(run, first), iccids(run, second)) == ([], [ICCID])


def test_an_eid_must_be_one_that_the_eum_may_give(run):
    for eid, says in (("89049032123451234512345678901234", "check digits"), ("8904", "no EID"),
                      ("89001012012341234012345678901224", "89049032")):
        refused = run("euicc", "serve", "--frontend", "socket", "--eid", eid, "--json", check=2)
        assert says in refused.error["text"], refused


def test_certificates_without_the_key_of_the_eum_are_for_one_card(run, serve_card, tmp_path):
    run("pki", "create", "P", "--curve", "nist")
    [key] = (tmp_path / "P").glob("SK_EUM*")
    key.unlink()
    with serve_card("--pki", "P") as card:
        assert card.ready["eid"] == EID
    refused = run("euicc", "serve", "--frontend", "socket", "--frontend", "socket", "--pki", "P", "--json", check=2)
    assert "holds no key of an EUM" in refused.error["text"]


@pytest.mark.parametrize("arguments, says", [
    ((), "no front end"),
    (("--frontend", "pigeon"), "no front end 'pigeon'"),
    (("--frontend", "socket:127.0.0.1:x"), "port is no number"),
    (("--frontend", "socket", "--store", "a", "--store", "b"), "given 2 times"),
    (("--frontend", "socket", "--eid", EID, "--eid", EID), "given 2 times"),
    (("--frontend", "socket", "--frontend", "socket", "--store", "a.db", "--store", "./a.db"), "for two cards"),
    (("--frontend", "lpac-stdio", "--frontend", "socket"), "lpac-stdio serves one card"),
    (("--frontend", "lpac-stdio:3"), "no address"),
    (("--frontend", "vpcd:127.0.0.1"), "no address"),
    (("--frontend", "vpcd:127.0.0.1:35963", "--frontend", "vpcd:127.0.0.1:35963"), "another card goes there"),
    (("--frontend", "fd:x"), "no descriptor"),
    (("--frontend", "fd"), "no descriptor"),
    (("--fd", "77"), "no stream socket"),
], ids=lambda value: " ".join(value) if isinstance(value, tuple) else "")
def test_what_cannot_be_served_is_told(run, arguments, says):
    refused = run("euicc", "serve", *arguments, "--json", check=(1, 2))
    assert says in refused.error["text"], refused


# --- Inherited sockets ---


def test_a_connected_socket_is_served_until_its_peer_goes(run):
    ours, its = socket.socketpair()
    ours.settimeout(PATIENCE)
    with its, serving(run, "euicc", "serve", "--fd", its.fileno(), pass_fds=[its.fileno()]) as server:
        assert server.ready == {"eid": EID, "frontend": "fd", "address": f"fd:{its.fileno()}"}
        its.close()
        with Client(ours) as client:
            client.send(ON)
            assert read_eid(client) == EID
        # Nobody can come after that, so the program ends by itself.
        server.process.wait(timeout=PATIENCE)


def test_a_listening_socket_is_served_client_after_client(run, tmp_path):
    for family, address in (socket.AF_INET, ("127.0.0.1", 0)), (socket.AF_UNIX, os.path.relpath(tmp_path / "socket")):
        with socket.socket(family) as listening:
            listening.bind(address)
            listening.listen()
            number = listening.fileno()
            with serving(run, "euicc", "serve", "--frontend", f"fd:{number}", pass_fds=[number]):
                for _ in range(3):
                    with socket.socket(family) as connection:
                        connection.settimeout(PATIENCE)
                        connection.connect(listening.getsockname())
                        with Client(connection) as client:
                            client.send(ON)
                            assert read_eid(client) == EID


def test_several_inherited_sockets_are_several_cards(run):
    pairs = [socket.socketpair() for _ in range(2)]
    numbers = [its.fileno() for _, its in pairs]
    with serving(run, "euicc", "serve", "--fd", numbers[0], "--fd", numbers[1], pass_fds=numbers) as server:
        assert [card["address"] for card in server.ready["cards"]] == [f"fd:{number}" for number in numbers]
        for (ours, its), eid in zip(pairs, [EID, NEXT_EIDS[0]]):
            its.close()
            ours.settimeout(PATIENCE)
            with Client(ours) as client:
                client.send(ON)
                assert read_eid(client) == eid
        server.process.wait(timeout=PATIENCE)
