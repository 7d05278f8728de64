#!/usr/bin/env python3
"""Which fault that was met in the field is covered by which test: docs/field-faults.md, out of the tests' names and the quirks of
the fake module.

Usage: field_faults.py           (writes the page)
       field_faults.py --check   (exit status 1 where it is not the one that would be written)
"""
import collections
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "field-faults.md"

# What goes wrong, in a line each. `None` as the second: a test is expected; else why there is none.
FAULTS = {
    "F01": ("+CCHO names a channel with a long hexadecimal word", None),
    "F02": ("+CCHO answers a bare number, with empty lines around it", None),
    "F03": ("no space behind the colon of +CCHO or +CGLA", None),
    "F04": ("+CCHO gets +CME ERROR: 13 where the SIM is no eUICC", None),
    "F05": ("+CCHO gets an error in words, and +CCHC does not exist", None),
    "F06": ("test forms get ERROR though the commands work", None),
    "F07": ("test forms get no answer at all", None),
    "F08": ("+CCHC of a channel that is not open gets ERROR", None),
    "F09": ("no answer to +CGLA", None),
    "F10": ("the last segment of a package gets ERROR, and the profile is installed", None),
    "F11": ("+CCHO does nothing", None),
    "F12": ("a channel opened with Le 00 refuses SELECT; with Le 01 it works", None),
    "F13": ("a channel opened by +CSIM is of no use, while +CGLA works", None),
    "F14": ("no route reaches the ISD-R", None),
    "F15": ("SELECT of the ISD-R gets +CME ERROR: 0 until the SIM was switched off and on", None),
    "F16": ("a client that was killed has left channels open", None),
    "F17": ("the echo is on, or lacks its first character", None),
    "F18": ("unsolicited lines between data and OK, or inside the echo", None),
    "F19": ("an unsolicited line in the middle of the digits", None),
    "F20": ("the answer to a command comes when the next one waits", None),
    "F21": ("a client that sends a command again gets two answers", None),
    "F22": ("another program reads and writes the same port", None),
    "F23": ("overlapping commands get +CME ERROR: 100", None),
    "F24": ("quotes around the digits are wanted, or are not there", None),
    "F25": ("+CSIM refuses GET RESPONSE and other instructions", None),
    "F26": ("the module sends GET RESPONSE itself", None),
    "F27": ("the card wants another P2 in SELECT", None),
    "F28": ("long command lines are refused", None),
    "F29": ("+CCHO gets +CME ERROR: 3, the maker's policy", None),
    "F30": ("+CRSM does not tell the ICCID", None),
    "F31": ("the ICCID has padding, small letters, or one digit less", None),
    "F32": ("the ICCID is unknown while the SIM is off", None),
    "F33": ("the SIM falls off the bus for some commands", None),
    "F34": ("CFUN=0 takes the port away", None),
    "F35": ("unsolicited lines go to the other port", None),
    "F36": ("an answer without OK", None),
    "F37": ("+CME ERROR: 14 for a while", None),
    "F38": ("an LPA inside the module holds the ISD-R", None),
    "F39": ("REFRESH is ignored, and the old ICCID stays", None),
    "F40": ("6985 for ten seconds after a switch", None),
    "F41": ("enabling answers 91xx, and the card waits for FETCH and TERMINAL RESPONSE", None),
    "F42": ("6985 until a reset, without a proactive command", None),
    "F43": ("91xx taken for an error", None),
    "F44": ("catBusy until the proactive session is ended", None),
    "F45": ("enabling works without REFRESH only, or by AID only", None),
    "F46": ("enabling a profile that is enabled gets profileNotInDisabledState", None),
    "F47": ("EnableProfile without its inner tag gets 7F", "the LPA encodes by the declaration; the card's answer is a case of SGP.23"),
    "F48": ("segments of a package on different channels", None),
    "F49": ("9000 taken for success while the answer has an error code", None),
    "F80": ("QMI and MBIM refuse the ISD-R", "there is no road by QMI or MBIM"),
    "F81": ("a slot switch by MBIM needs a second more", "there is no road by MBIM"),
    "F82": ("another slot is active", "the LPA shows what the module says of its SIM, and does not switch slots"),
    "F83": ("PC/SC: sharing, no card, protocol, unresponsive", "a road of its own: tests/acceptance/test_pcsc.py"),
    "F84": ("two clients take turns at a reader", "the LPA takes the card for itself: tests/acceptance/test_pcsc.py"),
    "F85": ("the reader takes no extended APDU", "the LPA sends short APDUs only"),
    "F86": ("a virtual reader shows the old ICCID after REFRESH", "the LPA resets and reads again: tests/acceptance/test_pcsc.py"),
    "F87": ("a power cycle that is cancelled leaves the SIM off", None),
    "F88": ("a caller who goes away cancels EnableProfile half-way", "nothing cancels a command under way: the LPA is one thread"),
    "F89": ("the module sends four-octet APDUs and does not follow 6Cxx", "of the card: the persona nrf91-friendly"),
    "F90": ("the module does not tell the card that there is an LPA", None),
    "F91": ("GET RESPONSE gets 6F00 though the command was carried out", "of the card; the LPA reads the state again"),
    "F92": ("+CGLA without a comma", None),
    "F93": ("more than 256 blocks in one command", None),
    "F94": ("ATZ undoes what others have set", None),
    "F95": ("the port has another name after a reset", None),
    "F96": ("channels from 4 on have another coding of the class", None),
}
# Tests that are older than this list, by the fault that they are about.
OLDER = {
    "F25": [], "F33": [], "F42": ["ASwitchResetsTheCard"],
    "F43": ["AProactiveCommandInTheMiddleIsNoError"], "F46": ["EnablingAnEnabledOneIsNoError"],
    "F48": ["SelectsTheIsdROnceForAllCalls"], "F49": ["TheSameCodeForAnotherReasonIsAnError"], "F93": ["MoreThan256BlocksAreRefused", "AtMost256Blocks"],
}


def tests_by_fault():
    """F01 -> ["AtFieldFault.F01_...", ...], out of what is in the tests' sources."""
    found = collections.defaultdict(list)
    sources = "\n".join(file.read_text() for file in sorted(ROOT.glob("tests/*/*.cc")))
    for suite, name in re.findall(r"TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", sources):
        number = re.match(r"F\d\d_", name)
        if number:
            found[number[0][:3]].append(f"{suite}.{name}")
        for fault, names in OLDER.items():
            if name in names:
                found[fault].append(f"{suite}.{name}")
    return found


def quirks_by_fault():
    found = collections.defaultdict(list)
    for quirk in json.loads((ROOT / "hil/fake_module/quirks.json").read_text()):
        for fault in quirk.get("fieldFaults", []):
            found[fault].append(quirk["name"])
    return found


def page():
    tests, quirks = tests_by_fault(), quirks_by_fault()
    rows = []
    for fault, (what, why_not) in FAULTS.items():
        covered = [f"`{name}`" for name in tests[fault]] + [f"quirk `{name}`" for name in quirks[fault]]
        text = ", ".join(covered) or why_not or "not covered"
        if covered and why_not:
            text += f"; {why_not}"
        rows.append(f"| {fault} | {what} | {text} |")
    return f"""# Faults met in the field

What real modules, cards and programs were seen to do, as far as it concerns an LPA at an AT port, and which test covers it. A
quirk is one of the [fake module](fake-module.md): `tests/acceptance/test_lpa_over_module.py` has the LPA meet each of them. Made
by `tests/field_faults.py`.

| fault | what | covered by |
|---|---|---|
{chr(10).join(rows)}
"""


def tests_that_are_not_there():
    """Tests that the table of docs/modules.md names (module-at-dialects C.5) and nobody has written."""
    table = (ROOT / "docs/modules.md").read_text().split("## Where lpac fails", 1)[1].split("\n## ", 1)[0]
    sources = "".join((ROOT / "tests/lpa" / name).read_text() for name in ("at_module_test.cc", "at_field_fault_test.cc"))
    rows = [line.split("|") for line in table.splitlines() if line.startswith("| ") and "`" in line]
    named = {name.split(".")[-1] for row in rows for name in re.findall(r"`(\w[\w.]*)`", row[4]) if not name.endswith(".cc")}
    return sorted(name for name in named if not re.search(rf'"{name}"|\b{name}\b|\b{name}_', sources))


def main():
    if sys.argv[1:] == ["--check"]:
        if missing := tests_that_are_not_there():
            sys.exit(f"docs/modules.md names tests that there are not: {', '.join(missing)}")
        if PAGE.read_text() != page():
            sys.exit(f"{PAGE.relative_to(ROOT)} is not up to date: run tests/field_faults.py")
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        PAGE.write_text(page())


if __name__ == "__main__":
    main()
