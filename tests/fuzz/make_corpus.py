#!/usr/bin/python3
"""Makes the seeds in corpus/: small inputs from which a fuzzer finds its way, and which every test run replays.

What a fuzzer found is added to the same folders by hand; this script never removes a file. Sessions with the card
are recorded by record_corpus.cc.
"""

import base64
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE.parent / "vectors"
sys.path.insert(0, str(VECTORS))
sys.dont_write_bytecode = True
import make_vectors  # noqa: E402  (found beside this folder)

LONGEST = 1200


def seed(target, name, octets):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(octets)


def messages(vectors):
    """The fullest vector of each message and its first invalid one; the order of messages is that of AllMessages."""
    for index, message in enumerate(make_vectors.MESSAGES):
        mine = [v for v in vectors if v["message"] == message and len(v["der"]) <= 2 * LONGEST]
        good = [v for v in mine if "invalid" not in v]
        alternatives = {}
        for vector in good:
            value = vector["value"]
            kind = next(iter(value), "") if len(value) == 1 else ""
            if kind not in alternatives or len(vector["der"]) > len(alternatives[kind]["der"]):
                alternatives[kind] = vector
        bad = [v for v in mine if "invalid" in v][:1]
        for vector in list(alternatives.values()) + bad:
            seed("tlv_and_messages", vector["name"].replace("/", "-"), bytes([index]) + bytes.fromhex(vector["der"]))


def packages(vectors):
    for vector in vectors:
        if vector["message"] == "boundProfilePackage" and len(vector["der"]) <= 2 * LONGEST:
            seed("bpp_segments", vector["name"].partition("/")[2], bytes.fromhex(vector["der"]))


def at_answers():
    """A module that does everything right, and faults of the field: one piece for each command of a session."""
    ok = b"\r\nOK\r\n"
    eid = b"BF3E125A1089049032123451234512345678901235029000"
    session = [ok, ok, ok, b"\r\n+CPIN: READY\r\n" + ok, b'\r\n+CSIM: 4,"9000"\r\n' + ok]
    good = [b"\r\n+CCHO: 1\r\n" + ok, b'\r\n+CGLA: 48,"' + eid + b'"\r\n' + ok, ok]
    module = [b"\r\nQuectel\r\n" + ok, b"\r\nEC25\r\n" + ok, ok, b"\r\n861234567890123\r\n" + ok,
              b"\r\n+QCCID: 8988211000000000019F\r\n" + ok, b"\r\n+CEREG: 2,5\r\n" + ok]
    csim = [b"\r\n+CME ERROR: 13\r\n"] * 8 + [b'\r\n+CSIM: 6,"019000"\r\n' + ok, b'\r\n+CSIM: 4,"6121"\r\n' + ok]
    faults = {
        "good": good + module,
        "bare-handle": [b"\r\n\r\n1\r\n" + ok] + good[1:],
        "long-handle": [b"\r\n+CCHO: 000000000385a7cf\r\n" + ok] + good[1:],
        "csim": csim,
        "cut-hex": [good[0], b'\r\n+CGLA: 48,"' + eid[:20] + b"\r\n+QIND: 1\r\n" + eid[20:] + b'"\r\n' + ok],
        "no-comma": [good[0], b"\r\n+CGLA: " + eid + b"\r\n" + ok],
        "late": [good[0], b"", good[1], ok, b"\r\n+CMEE: 1\r\n" + ok],
        "words": [b"\r\n+CME ERROR: Parameters error\r\n"] * 4,
    }
    for name, answers in faults.items():
        for kind, piece in ((0, 255), (5, 1)):
            octets = bytes([kind, piece]) + b"".join(len(a).to_bytes(2, "big") + a for a in session + answers)
            seed("at_answer", "%s-%d" % (name, kind), octets)


def activation_codes():
    for number, text in enumerate((
            "LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815", "lpa:1$smdp.example.com:8443$TOKEN$2.999.10$1",
            "1$smdp.example.com$", "LPA:1$smdp.example.com$TOKEN$$1", " 1 $ a $ b $ 1.3.6.1.4.1.31746 ",
            "LPA:1$[::1]:443$X", "LPA:2$a$b", "LPA:1", "", "LPA:1$a$b$c$d$e", "1$a$b$2.999$2")):
        seed("activation_code", "%02d" % number, text.encode())


def bodies(by_name):
    """The octet is the place in the list of readers: notification, four requests, four responses."""
    def b64(text):
        return base64.b64encode(bytes.fromhex(text)).decode()

    def body(index, name, members):
        seed("es9_json", name, bytes([index]) + json.dumps(members).encode())

    def executed(**members):
        return dict({"header": {"functionExecutionStatus": {"status": "Executed-Success"}}}, **members)

    transaction = make_vectors.TX
    signature = b64("5F3740" + make_vectors.SIGNATURE)
    certificate = b64(make_vectors.CERTIFICATE)
    signed = {"transactionId": transaction, "serverSignature1": signature, "serverCertificate": certificate,
              "serverSigned1": b64("303D8010" + transaction + "8110" + "11" * 16 + "8303612E62" + "8410" + "22" * 16),
              "euiccCiPKIdToBeUsed": b64("0414" + "33" * 20)}
    body(0, "notification", {"pendingNotification": b64(by_name["otherSignedNotification/maximal"])})
    body(0, "result", {"pendingNotification": b64(by_name["profileInstallationResult/maximal"])})
    body(1, "initiate", {"euiccChallenge": b64("10" * 16), "smdpAddress": "smdp.example.com",
                         "euiccInfo1": b64(by_name["euiccInfo1/maximal"])})
    body(2, "authenticate", {"transactionId": transaction,
                             "authenticateServerResponse": b64(by_name["authenticateServerResponse/ok-minimal"])})
    body(3, "package", {"transactionId": transaction,
                        "prepareDownloadResponse": b64(by_name["prepareDownloadResponse/ok-maximal"])})
    body(4, "cancel", {"transactionId": transaction,
                       "cancelSessionResponse": b64(by_name["cancelSessionResponse/ok"])})
    body(5, "initiated", executed(**signed))
    body(6, "authenticated", executed(
        transactionId=transaction, profileMetadata=b64(by_name["storeMetadataRequest/maximal"]),
        smdpSigned2=b64("30158010" + transaction + "010100"), smdpSignature2=signature, smdpCertificate=certificate))
    body(7, "packaged", executed(transactionId=transaction,
                                 boundProfilePackage=b64(by_name["boundProfilePackage/empty-lists"])))
    body(8, "cancelled", executed())
    body(8, "failed", {"header": {"functionExecutionStatus": {"status": "Failed", "statusCodeData": {
        "subjectCode": "8.2.6", "reasonCode": "3.8", "subjectIdentifier": "X", "message": "Refused"}}}})


def profile_packages():
    header = "A0198001028101038302" + "8900" + "A506" + "8100" + "8400" + "8500" + "A603" + "060153"
    end = "AA07A00580008101" + "01"
    seed("upp", "header-and-end", bytes.fromhex(header + end))
    seed("upp", "end", bytes.fromhex(end))


def crls():
    """Whole lists with a signature of one octet: plain, with entries, a part, a delta."""
    def tlv(tag, *parts):
        content = b"".join(bytes.fromhex(part) if isinstance(part, str) else part for part in parts)
        size = len(content)
        length = bytes([size]) if size < 128 else b"\x81" + bytes([size]) if size < 256 else b"\x82" + size.to_bytes(2, "big")
        return bytes.fromhex(tag) + length + content

    def extension(oid, value, critical=True):
        return tlv("30", tlv("06", oid), "0101FF" if critical else "", tlv("04", value))

    def time(text):
        return tlv("17" if len(text) == 13 else "18", text.encode())

    def crl(entries, extensions):
        algorithm = tlv("30", "06082A8648CE3D040302")
        body = [tlv("02", "01"), algorithm, "300D310B300906035504030C024349", time("260301000000Z"), time("290228000000Z")]
        if entries:
            body.append(tlv("30", *entries))
        return tlv("30", tlv("30", *body, tlv("A0", tlv("30", *extensions))), algorithm, "03020042")

    always = [extension("551D23", tlv("30", tlv("80", "11" * 20)), False), extension("551D14", tlv("02", "07"), False)]
    ends = tlv("30", extension("67811201020001", time("270218080000Z")), extension("551D15", "0A0101", False))
    entries = [tlv("30", tlv("02", "0158F741F660"), time("260228080000Z"), ends),
               tlv("30", tlv("02", "00"), time("20500101000000Z"))]
    scope = tlv("30", tlv("A0", tlv("A0", tlv("86", b"http://a.example/A.crl"))), "8101FF")
    seed("crl", "nothing-revoked", crl([], always))
    seed("crl", "entries", crl(entries, always + [extension("551D1C", scope)]))
    seed("crl", "part", crl(entries, always + [extension("67811201020002", "020103"), extension("67811201020003", "020102")]))
    seed("crl", "delta", crl(entries, always + [extension("551D1B", "020105")]))
    seed("crl", "unknown-critical", crl([], always + [extension("2A0304", "0500")]))


def apdus(by_name):
    """Streams for states 0 to 5 of support/card.h, on a card without quirks. An empty command is a loss of power."""
    def es10(der, channel=1):
        octets = bytes.fromhex(der)
        blocks = [octets[i:i + 200] for i in range(0, len(octets), 200)]
        out = []
        for number, block in enumerate(blocks):
            last = number == len(blocks) - 1
            out.append(bytes([0x80 | channel, 0xE2, 0x91 if last else 0x11, number, len(block)]) + block)
        return out

    def stream(state, name, commands):
        octets = bytes([state, 0])
        for command in commands:
            command = bytes.fromhex(command) if isinstance(command, str) else command
            octets += bytes([len(command)]) + command if command else bytes([0xFF, 4])
        seed("apdu_stream", name, octets)

    aid = "A0000005591010FFFFFFFF8900000100"
    response = "01C0000000"
    stream(0, "select", ["00A4040010" + aid, "00A4040010" + aid + "00", "00A40004023F00", "00A4000C023F00",
                         "80AA000005A903830107", "00B2000400", "0084000008", "FFFFFFFF", "00", ""])
    stream(0, "channels", ["0070000001"] * 4 + ["00708002", "00708003", "00708000", "0270000001", "0070000501",
                                                "0070800500", "80F2000000"])
    stream(0, "information", es10("BF2000") + [response] + es10("BF2200") + [response] + es10("BF3E035C015A") +
           [response] + es10("BF3C00") + [response] + es10("BF4300") + es10("BF2E00") + es10("BF2D00") + es10("BF2800"))
    stream(0, "blocks", ["81E2110002BF3E", "81E291010403" + "5C015A", "81E2110001BF", "81E2110101" + "22",
                         "81E2910301" + "00", "81E2910000", "81E2910003BF2000" + "00", "81E29100000003BF2000"])
    stream(0, "every-empty-request", [c for n in range(31, 80) for c in es10("BF%02X00" % n)])
    for name in ("authenticateServerRequest/minimal", "prepareDownloadRequest/minimal", "cancelSessionRequest/minimal",
                 "boundProfilePackage/minimal", "setDefaultDpAddressRequest/maximal", "loadCRLRequest/minimal"):
        stream(0, name.partition("/")[0], es10(by_name[name]))
    # The profiles that states 1 to 5 begin with, digits swapped: the first is enabled.
    iccid, other = "9888120100000000" + "10F9", "9888120100000000" + "20F7"
    enable = "BF3111A00C5A0A%s810100"
    disable = "BF3211A00C5A0A%s8101FF"
    stream(1, "profiles", es10("BF2D00") + [response] + es10("BF2D07A003950102" + "5C00") +
           es10(enable % other) + es10(disable % other) + es10("BF330C5A0A" + iccid) +
           es10("BF29125A0A" + iccid + "900441424344") + es10("BF3404820205E0"))
    stream(1, "notifications", es10("BF2800") + [response] + es10("BF2B05A003800101") + [response] +
           es10("BF3003800101") + es10("BF2B00") + es10("BF3003800101") + es10("BF280481020640"))
    stream(1, "power-cuts", es10(enable % other) + [""] + es10("BF2D00") + [""] + es10(disable % other))
    stream(2, "prepare", es10(by_name["prepareDownloadRequest/minimal"]) + es10("BF4115" + "8010" + "A5" * 16 + "810101"))
    stream(2, "cancel", es10("BF4115" + "8010" + "A5" * 16 + "810103") + es10("BF2E00"))
    stream(3, "package", es10(by_name["boundProfilePackage/minimal"]) + es10("BF2E00"))
    stream(3, "secure-channel", es10("BF36820126" + by_name["initialiseSecureChannelRequest/maximal"]))
    stream(4, "metadata", es10("8838" + "11" * 0x38) + es10("BF4115" + "8010" + "A5" * 16 + "810105"))
    stream(4, "other-tag", es10("BF2200") + es10("8900") + es10("A104") + es10("88020000"))
    stream(5, "elements", es10("8618" + "22" * 0x18) + es10("BF2D00"))
    stream(5, "power-cut", [""] + es10("BF2800") + [response] + es10("BF2B00"))


def main():
    vectors = json.loads((VECTORS / "messages.json").read_text(encoding="utf-8"))
    by_name = {vector["name"]: vector["der"] for vector in vectors}
    messages(vectors)
    packages(vectors)
    activation_codes()
    at_answers()
    bodies(by_name)
    profile_packages()
    crls()
    apdus(by_name)
    for folder in sorted((HERE / "corpus").iterdir()):
        files = list(folder.iterdir())
        print("%-18s %4d files, %d octets" % (folder.name, len(files), sum(f.stat().st_size for f in files)))


if __name__ == "__main__":
    main()
