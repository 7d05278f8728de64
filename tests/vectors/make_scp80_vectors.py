#!/usr/bin/python3
"""Generate scp80.json: known answers for secured packets over the air.

Nothing here is taken from the C++ implementation.  It is written from ETSI TS 102 225
(packets, SPI, KIc, KID) and 3GPP TS 31.115 (what a short message adds), over the
primitives of python3-cryptography and zlib.  Before anything is written, this
implementation is compared with packets that others published.

Usage: make_scp80_vectors.py [output file]      (default: scp80.json beside this file)
       make_scp80_vectors.py --check            (compare with the existing file only)
"""

import json
import os
import sys
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

try:
    from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
except ImportError:
    TripleDES = algorithms.TripleDES

# ---------------------------------------------------------------------------
# TS 102 225, 5.1
# ---------------------------------------------------------------------------

INTEGRITY = {"none": 0, "rc": 1, "cc": 2}
COUNTER = {"none": 0, "notChecked": 1, "higher": 2, "oneHigher": 3}
POR = {"none": 0, "always": 1, "onError": 2}


def spi(integrity="none", ciphered=False, counter="none", por="none", por_integrity="none",
        por_ciphered=False, submit=False):
    """5.1.1: bits from the right; b1b2 integrity, b3 ciphering, b4b5 counter | b1b2 when,
    b3b4 integrity, b5 ciphering, b6 bearer (TS 31.115)."""
    return bytes([INTEGRITY[integrity] + 4 * ciphered + 8 * COUNTER[counter],
                  POR[por] + 4 * INTEGRITY[por_integrity] + 16 * por_ciphered + 32 * submit])


class Key:
    """One key: 'AES' or '3DES', and how long a checksum it makes."""

    def __init__(self, cipher, value, mac_length=8):
        self.cipher, self.value, self.mac_length = cipher, bytes.fromhex(value), mac_length
        self.block = 16 if cipher == "AES" else 8

    def _algorithm(self):
        if self.cipher == "AES":
            return algorithms.AES(self.value)
        return TripleDES(self.value + self.value[:8] if len(self.value) == 16 else self.value)

    def cbc(self, data):
        encryptor = Cipher(self._algorithm(), modes.CBC(bytes(self.block))).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def mac(self, data):
        """5.1.3: AES in CMAC mode; triple DES in CBC mode over data filled up with zeros."""
        if self.cipher == "AES":
            cmac = CMAC(self._algorithm())
            cmac.update(data)
            return cmac.finalize()[:self.mac_length]
        return self.cbc(data + bytes(-len(data) % 8))[-8:][:self.mac_length]

    def indication(self, version):
        low = 2 if self.cipher == "AES" else 5 if len(self.value) == 16 else 9
        return 16 * version + low

    def described(self):
        return {"cipher": self.cipher, "value": self.value.hex().upper(),
                "macLength": self.mac_length}


def checksum(kind, key, data):
    if kind == 0:
        return b""
    if kind == 1:
        return zlib.crc32(data).to_bytes(4, "big")
    return key.mac(data)


def sealed(clear, before, data, kind, mac_key, cipher_key, preamble):
    """Length, what is in clear, counter and padding counter and more, RC/CC/DS, data.

    'before' is a function of the padding counter."""
    size = {0: 0, 1: 4}.get(kind) if kind < 2 else mac_key.mac_length
    padding = -(len(before(0)) + size + len(data)) % cipher_key.block if cipher_key else 0
    data += bytes(padding)
    clear = bytes([clear[0] + size]) + clear[1:]
    length = (len(clear) + len(before(padding)) + size + len(data)).to_bytes(2, "big")
    check = checksum(kind, mac_key, preamble + length + clear + before(padding) + data)
    body = before(padding) + check + data
    return length + clear + (cipher_key.cbc(body) if cipher_key else body)


def command(security, kic, kid, tar, counter, data, kic_key=None, kid_key=None):
    """5.1: CPL CHL SPI KIc KID TAR CNTR PCNTR RC/CC/DS data."""
    clear = bytes([13]) + security + bytes([kic, kid]) + tar
    return sealed(clear, lambda padding: counter.to_bytes(5, "big") + bytes([padding]), data,
                  security[0] & 3, kid_key, kic_key if security[0] & 4 else None, b"")


def response(security, tar, counter, status, data, kic_key=None, kid_key=None):
    """5.2: RPL RHL TAR CNTR PCNTR status RC/CC/DS data; TS 31.115, 4.4: the checksum covers
    UDHL, IEIa and IEIDLa too."""
    return sealed(bytes([10]) + tar,
                  lambda padding: counter.to_bytes(5, "big") + bytes([padding, status]), data,
                  security[1] >> 2 & 3, kid_key, kic_key if security[1] & 16 else None,
                  bytes.fromhex("027100"))


# ---------------------------------------------------------------------------
# Vectors
# ---------------------------------------------------------------------------

VECTORS = []
AES_KIC = Key("AES", "00112233445566778899AABBCCDDEEFF")
AES_KID = Key("AES", "0F1E2D3C4B5A69788796A5B4C3D2E1F0")
AES_KID_4 = Key("AES", "0F1E2D3C4B5A69788796A5B4C3D2E1F0", 4)
AES192_KIC = Key("AES", "000102030405060708090A0B0C0D0E0F1011121314151617")
AES192_KID = Key("AES", "18191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F")
AES256_KIC = Key("AES", "00" * 16 + "FF" * 16)
AES256_KID = Key("AES", "A5" * 32)
DES2_KIC = Key("3DES", "0123456789ABCDEFFEDCBA9876543210")
DES2_KID = Key("3DES", "1032547698BADCFEEFCDAB8967452301")
DES3_KIC = Key("3DES", "0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123")
DES3_KID = Key("3DES", "89ABCDEF0123456789ABCDEF01234567CDEF0123456789AB")
KEYS = {"aes128": (AES_KIC, AES_KID), "aes128-mac4": (AES_KIC, AES_KID_4),
        "aes192": (AES192_KIC, AES192_KID), "aes256": (AES256_KIC, AES256_KID),
        "3des2": (DES2_KIC, DES2_KID), "3des3": (DES3_KIC, DES3_KID)}

TAR = bytes.fromhex("B20100")
SCRIPT = bytes.fromhex("AA0F" "220D" "80E2910007" "BF2A0499020520" "00")


def described(name, kind, security, kic, kid, counter, data, keys, packet, **more):
    vector = {"name": name, "kind": kind, "spi": security.hex().upper(), "kic": kic, "kid": kid,
              "tar": TAR.hex().upper(), "counter": counter, "data": data.hex().upper(),
              "packet": packet.hex().upper()}
    if keys[0]:
        vector["kicKey"] = keys[0].described()
    if keys[1]:
        vector["kidKey"] = keys[1].described()
    vector.update(more)
    VECTORS.append(vector)


def add_command(name, security, kic, kid, counter, data, keys):
    described("command/" + name, "command", security, kic, kid, counter, data, keys,
              command(security, kic, kid, TAR, counter, data, *keys))


def add_response(name, security, kic, kid, counter, status, data, keys):
    described("response/" + name, "response", security, kic, kid, counter, data, keys,
              response(security, TAR, counter, status, data, *keys), status=status)


def make():
    for name, keys in KEYS.items():
        kic, kid = keys[0].indication(1), keys[1].indication(1)
        for what, options in (("cc", {"integrity": "cc"}),
                              ("ciphered", {"ciphered": True}),
                              ("cc-ciphered", {"integrity": "cc", "ciphered": True}),
                              ("rc-ciphered", {"integrity": "rc", "ciphered": True})):
            indications = (kic, 0x15 if what.startswith("rc") else kid)
            add_command("%s-%s" % (name, what), spi(counter="higher", **options), *indications,
                        0x0102030405, SCRIPT, keys)
        for what, options in (("cc", {"por_integrity": "cc"}),
                              ("ciphered", {"por_ciphered": True}),
                              ("cc-ciphered", {"por_integrity": "cc", "por_ciphered": True}),
                              ("rc-ciphered", {"por_integrity": "rc", "por_ciphered": True})):
            add_response("%s-%s" % (name, what), spi(integrity="cc", por="always", **options), kic,
                         kid, 0x0102030405, 0, bytes.fromhex("AB078001012302" "9000"), keys)
    # Every number of padding octets, and none.
    for size in range(17):
        add_command("aes128-padding-%d-octets-of-data" % size, spi("cc", True, "oneHigher"), 0x22,
                    0x22, size, bytes(range(size)), (AES_KIC, AES_KID))
        add_response("3des2-padding-%d-octets-of-data" % size,
                     spi("cc", True, por="onError", por_integrity="cc", por_ciphered=True,
                         submit=True), 0x35, 0x35, size, size % 11, bytes(range(size)),
                     (DES2_KIC, DES2_KID))
    none = (None, None)
    add_command("unprotected", spi(), 0, 0, 0, SCRIPT, none)
    add_command("rc", spi("rc"), 0, 0x05, 7, SCRIPT, none)
    add_command("rc-implicit", spi("rc"), 0, 0, 7, SCRIPT, none)
    add_command("without-data", spi("cc", True), 0x12, 0x12, 0xFFFFFFFFFF, b"", (AES_KIC, AES_KID))
    add_command("implicit-algorithms", spi("cc", True), 0x10, 0x10, 1, SCRIPT, (AES_KIC, AES_KID))
    add_command("long", spi("cc", True), 0x12, 0x12, 1, bytes(i % 251 for i in range(1500)),
                (AES_KIC, AES_KID))
    add_response("unprotected", spi(por="always"), 0, 0, 0, 9, b"", none)
    add_response("rc", spi("rc", por="always", por_integrity="rc"), 0, 5, 7, 2, b"", none)


# ---------------------------------------------------------------------------
# Packets that others published
# ---------------------------------------------------------------------------

def check():
    # CRC-32 of 01 02 03 04 05, the example of TS 102 225.
    assert zlib.crc32(bytes([1, 2, 3, 4, 5])) == 0x470B99F4
    # RFC 4493, the example of 16 octets.
    key = Key("AES", "2B7E151628AED2A6ABF7158809CF4F3C", 16)
    assert key.mac(bytes.fromhex("6BC1BEE22E409F96E93D7E117393172A")).hex() == \
        "070a16b46b4d4144f79bdd9dd04a287c"

    # osmocom/pysim, tests/unittests/test_ota.py: commands and responses of sysmoISIM cards.
    select = bytes.fromhex("00A40004023F00")
    tar = bytes.fromhex("B00011")
    ciphered_por = spi("cc", True, por="always", por_integrity="cc", por_ciphered=True)
    aes = (Key("AES", "200102030405060708090A0B0C0D0E0F"),
           Key("AES", "201102030405060708090A0B0C0D0E0F"))
    des = (Key("3DES", "300102030405060708090A0B0C0D0E0F"),
           Key("3DES", "301102030405060708090A0B0C0D0E0F"))
    assert command(ciphered_por, 0x22, 0x22, tar, 0, select, *aes).hex() == (
        "00281506192222b00011e87cceebb2d93083011ce294f93fc4d8de80da1abae8c37ca3e72ec4432e5058")
    assert command(ciphered_por, 0x35, 0x35, tar, 0, select, *des).hex() == (
        "00201506193535b00011ae733256918d050b87c94fbfe12e4dc402f262c41cf67f2f")
    ok = bytes.fromhex("016132")
    assert response(ciphered_por, tar, 0, 0, ok, *aes).hex() == (
        "002412b00011ebc6b497e2cad7aedf36ace0e3a29b38853f0fe9ccde81913be5702b73abce1f")
    assert response(ciphered_por, tar, 0, 0, ok, *des).hex() == (
        "001c12b000118bb989492c632529326a2f4681feb37c825bc9021c9f6d0b")

    names = [vector["name"] for vector in VECTORS]
    assert len(set(names)) == len(names)


def main():
    make()
    check()
    text = json.dumps(VECTORS, indent=1) + "\n"
    arguments = sys.argv[1:]
    beside = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scp80.json")
    if arguments == ["--check"]:
        with open(beside, encoding="utf-8") as file:
            if file.read() != text:
                sys.exit("scp80.json is not what this script generates")
    else:
        with open(arguments[0] if arguments else beside, "w", encoding="utf-8") as file:
            file.write(text)
    print("%d vectors" % len(VECTORS))


if __name__ == "__main__":
    main()
