"""A second LPA, small and with nothing in common with ours: it drives the card as lpac does (APDUs by newline-JSON, blocks
of 120 octets, case 3 without Le) and the server by Python's own TLS, HTTP and JSON. What both LPAs agree on with card and
server is not a mistake that they share.
"""
import base64
import hashlib
import json
import ssl
import urllib.request
from typing import NamedTuple

ISD_R = "A0000005591010FFFFFFFF8900000100"

# --- BER-TLV ---


class Tlv(NamedTuple):
    tag: str  # hexadecimal, "BF38"
    value: bytes
    whole: bytes

    @property
    def header(self):
        return self.whole[:len(self.whole) - len(self.value)]


def parse(octets):
    """The TLVs that stand one after the other in `octets`."""
    found, at = [], 0
    while at < len(octets):
        start = at
        at += 1
        if octets[start] & 0x1F == 0x1F:
            while octets[at] & 0x80:
                at += 1
            at += 1
        tag = octets[start:at].hex().upper()
        length = octets[at]
        at += 1
        if length & 0x80:
            count = length & 0x7F
            length = int.from_bytes(octets[at:at + count], "big")
            at += count
        assert at + length <= len(octets), f"{tag} at {start} is cut off"
        found.append(Tlv(tag, octets[at:at + length], octets[start:at + length]))
        at += length
    return found


def find(octets, *path):
    """The first TLV down a path of tags: find(response, "BF3E", "5A").value."""
    for tag in path:
        found = next((tlv for tlv in parse(octets) if tlv.tag == tag), None)
        assert found, f"no {tag} in {octets.hex()}"
        octets = found.value
    return found


def tlv(tag, *parts):
    value = b"".join(parts)
    if len(value) < 0x80:
        length = bytes([len(value)])
    else:
        count = (len(value).bit_length() + 7) // 8
        length = bytes([0x80 | count]) + len(value).to_bytes(count, "big")
    return bytes.fromhex(tag) + length + value


def swapped(digits):
    """An ICCID as it is coded: two digits an octet, the second one first, F where none is left."""
    padded = digits.ljust(20, "F")
    return bytes.fromhex("".join(padded[n + 1] + padded[n] for n in range(0, 20, 2)))


# --- The card ---


class StdioCard:
    """What lpac is to a card behind `LPAC_APDU=stdio`: `process` has the card at its standard input and output."""

    def __init__(self, process):
        self.process = process
        self.dialogue = []  # (command, response) APDUs as they went over, in hexadecimal
        self.channel = None

    def ask_line(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def ask(self, func, param=None):
        answer = self.ask_line(json.dumps({"type": "apdu", "payload": {"func": func, "param": param}}))
        assert answer.keys() == {"type", "payload"} and answer["type"] == "apdu", answer
        return answer["payload"]

    def open(self, aid=ISD_R):
        assert self.ask("connect")["ecode"] == 0
        self.channel = self.ask("logic_channel_open", aid)["ecode"]
        assert self.channel > 0

    def close(self):
        assert self.ask("logic_channel_close", f"{self.channel:02X}")["ecode"] == 0
        assert self.ask("disconnect")["ecode"] == 0

    def transmit(self, apdu):
        """(data, status word in hexadecimal)"""
        payload = self.ask("transmit", apdu.hex().upper())
        assert payload["ecode"] == 0
        self.dialogue.append((apdu.hex().upper(), payload["data"].upper()))
        octets = bytes.fromhex(payload["data"])
        return octets[:-2], octets[-2:].hex().upper()

    def command(self, octets, block_size=120):
        """An ES10 command, or a segment of a Bound Profile Package, in STORE DATA blocks; the answer to the last."""
        blocks = [octets[at:at + block_size] for at in range(0, len(octets), block_size)]
        for number, block in enumerate(blocks):
            last = number == len(blocks) - 1
            header = bytes([0x80 | self.channel, 0xE2, 0x91 if last else 0x11, number, len(block)])
            data, status = self.transmit(header + block)
            assert data == b"", "data never comes together with a command that had data"
            assert last or status == "9000", status
        answer = b""
        while status.startswith("61"):
            data, status = self.transmit(bytes([0x80 | self.channel, 0xC0, 0, 0, int(status[2:], 16)]))
            answer += data
        assert status == "9000", status
        return answer


# --- The server ---


class Refused(Exception):
    """The server reports a status code, "8.2.6/3.8"."""


class Es9:
    def __init__(self, address, ci_certificate):
        self.address = address
        self.tls = ssl.create_default_context(cafile=ci_certificate)

    def post(self, function, body):
        """HTTP status and the JSON document of the answer, None where there is none."""
        request = urllib.request.Request(
            f"https://{self.address}/gsma/rsp2/es9plus/{function}", method="POST", data=json.dumps(body).encode(),
            headers={"User-Agent": "gsma-rsp-lpad", "X-Admin-Protocol": "gsma/rsp/v2.2.2",
                     "Content-Type": "application/json"})
        with urllib.request.urlopen(request, context=self.tls, timeout=30) as response:
            octets = response.read()
            return response.status, json.loads(octets) if octets else None

    def call(self, function, **members):
        encoded = {name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                   for name, value in members.items()}
        status, document = self.post(function, encoded)
        execution = document["header"]["functionExecutionStatus"]
        if execution["status"] != "Executed-Success":
            code = execution["statusCodeData"]
            raise Refused(f"{code['subjectCode']}/{code['reasonCode']}")
        assert status == 200
        return document


def octets_of(document, name):
    return base64.b64decode(document[name], validate=True)


# --- The procedure (SGP.22 3.1.2, 3.1.3) ---


def download(card, server, matching_id, confirmation_code=None):
    """From InitiateAuthentication to the last segment. Returns the ProfileInstallationResult and the profile metadata."""
    challenge = find(card.command(tlv("BF2E")), "BF2E", "80").value
    info1 = find(card.command(tlv("BF20")), "BF20").whole
    initiated = server.call("initiateAuthentication", euiccChallenge=challenge, euiccInfo1=info1,
                            smdpAddress=server.address)
    transaction = initiated["transactionId"]
    assert transaction == transaction.upper()

    device_info = tlv("A1", tlv("80", bytes.fromhex("35290611")), tlv("A1"))
    context = tlv("A0", tlv("80", matching_id.encode()), device_info)
    authenticated = card.command(tlv("BF38", octets_of(initiated, "serverSigned1"),
                                     octets_of(initiated, "serverSignature1"),
                                     octets_of(initiated, "euiccCiPKIdToBeUsed"),
                                     octets_of(initiated, "serverCertificate"), context))
    assert find(authenticated, "BF38", "A0")  # authenticateResponseOk
    client = server.call("authenticateClient", transactionId=transaction, authenticateServerResponse=authenticated)

    signed2 = octets_of(client, "smdpSigned2")
    hash_cc = b""
    if find(signed2, "30", "01").value != b"\0":
        code_hash = hashlib.sha256(confirmation_code.encode()).digest()
        hash_cc = tlv("04", hashlib.sha256(code_hash + bytes.fromhex(transaction)).digest())
    prepared = card.command(tlv("BF21", signed2, octets_of(client, "smdpSignature2"), hash_cc,
                                octets_of(client, "smdpCertificate")))
    assert find(prepared, "BF21", "A0")  # downloadResponseOk
    bound = server.call("getBoundProfilePackage", transactionId=transaction, prepareDownloadResponse=prepared)

    answers = [card.command(segment) for segment in segments(octets_of(bound, "boundProfilePackage"))]
    assert not any(answers[:-1]), "only the last segment is answered with data"
    return find(answers[-1], "BF37"), find(octets_of(client, "profileMetadata"), "BF25")


def segments(package):
    """A Bound Profile Package as it goes to the card (SGP.22 2.5.5)."""
    outer = find(package, "BF36")
    first, *rest = parse(outer.value)
    assert first.tag == "BF23"
    yield outer.header + first.whole
    for part in rest:
        if part.tag in ("A0", "A2"):
            yield part.whole
        else:
            assert part.tag in ("A1", "A3"), part.tag
            yield part.header
            yield from (element.whole for element in parse(part.value))


def pending_notifications(card):
    """All that wait, as (sequence number, address, the notification's octets)."""
    found = []
    for entry in parse(find(card.command(tlv("BF2B")), "BF2B", "A0").value):
        metadata = find(entry.value, "BF27", "BF2F") if entry.tag == "BF37" else find(entry.value, "BF2F")
        found.append((find(metadata.value, "80").value, find(metadata.value, "0C").value.decode(), entry.whole))
    return found


def deliver(card, server):
    """Sends what waits and removes it from the card. Returns how many there were."""
    waiting = pending_notifications(card)
    for number, address, octets in waiting:
        assert address == server.address
        status, document = server.post("handleNotification", {"pendingNotification": base64.b64encode(octets).decode()})
        assert (status, document) == (204, None)
        assert find(card.command(tlv("BF30", tlv("80", number))), "BF30", "80").value == b"\0"
    return len(waiting)
