#!/usr/bin/env python3
"""Which distinct faults `smdp serve --faults` reproduces: chooses a scenario case for each, and makes docs/served-faults.md.

Usage: served_faults.py PROGRAM            write the page
       served_faults.py --check PROGRAM    exit status 1 where the page is another, or has fewer faults than promised
       served_faults.py --self-test        only show that the choice finds what it should

test_served_faults.py runs every case that is chosen here against the program. The cases come out of `run --expand`.
"""
import json
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "served-faults.md"
PROMISED = 60

SERVER_HOOKS = ("connection", "transport", "http", "header", "message", "signing", "crypto", "bpp")
SIGNED_BY_THE_CARD = ("euiccSigned1", "euiccSigned2", "euiccCancelSessionSigned", "profileInstallationResultData",
                      "tbsOtherNotification")
CERTIFICATE = re.compile(r"\$\{certificates\.([^}]*)\}")
# What `smdp serve` and `lpa download` can be told of what a case starts from, and of its steps.
GIVEN = {"road": None, "curve": None, "orders": ("matchingId", "confirmationCode", "filler"), "server": ("keyMode",), "lpa": ("httpTimeout",)}
DOWNLOAD = {"order", "confirmationCode", "smdpOid"}


@dataclass(frozen=True)
class Fault:
    """What makes a fault another than the next one: its values do not, but for certificates, each of which is wrong
    in a way of its own."""
    hook: str
    place: str
    action: str
    what: str

    def __str__(self):
        return f"`{self.hook}`{' ' if self.place else ''}{self.place}: `{self.action}`{' ' if self.what else ''}{self.what}"


def fault_of(json_):
    (hook, where), = json_["where"].items()
    (action, parameters), = json_["action"].items()
    if hook == "message":
        place = where["function"] + (" (request)" if where.get("part") == "request" else "")
    elif isinstance(where, dict):
        place = where.get("of", "")
    else:
        place = where
    what = parameters.get("path", "") if hook in ("message", "signing") else ""
    if hook == "connection":
        what = parameters.get("name", parameters.get("version", ""))
    certificate = CERTIFICATE.fullmatch(str(parameters.get("value", "")))
    if certificate:
        what += " to " + certificate[1]
    return Fault(hook, place, action, what)


@dataclass
class Case:
    name: str
    scenario: dict
    faults: tuple = ()
    steps: list = field(default_factory=list)
    reason: str = ""  # why it cannot be served; empty where it can

    @property
    def errors(self):
        """How its steps are to fail; none where all are to succeed."""
        return [step["fails"] for step in self.steps if "fails" in step]

    def ends(self):
        return "; ".join(map(text_of_error, self.errors)) or "the download succeeds"

    def rank(self):
        """The lower, the better it shows what its faults do: by an error that says much, and in few steps."""
        brainpool = self.scenario.get("given", {}).get("curve") == "brainpool"
        return (not self.errors, -sum(map(len, self.errors)), len(self.steps), brainpool, self.name)


def text_of_error(error):
    code = f"`{error['code']}`" if "code" in error else ""
    return ", ".join(filter(None, (error.get("layer"), error.get("step"), error.get("path"), code)))


def at_the_server(fault):
    if fault.hook not in SERVER_HOOKS:
        return False
    if fault.hook == "message":
        return fault.place.startswith("ES9+.")
    return fault.place not in SIGNED_BY_THE_CARD


def steps_of(scenario):
    """All steps, where there are several faults; with one they go as far as the first that is to fail."""
    steps = []
    for step in scenario["when"]:
        steps.append(step)
        if "fails" in step and len(scenario["faults"]) == 1:
            break
    return steps


def name_of(step):
    return next(name for name in step if "." in name)


def reason_against(case):
    """Why a case cannot be shown by `smdp serve` and `lpa download`; empty where it can."""
    given = case.scenario.get("given", {})
    if "virtual-time" in case.scenario.get("requires", []):
        return "needs a clock that is not real"
    if "result" in case.scenario.get("then", {}):
        return "is judged at its end"
    for name, value in given.items():
        if name.startswith("//"):
            continue
        if name not in GIVEN:
            return f"starts from a {name} of its own"
        members = value.values() if name == "orders" else [value]
        for member in members:
            strange = sorted(set(member) - set(GIVEN[name])) if GIVEN[name] else []
            if strange:
                return f"starts from {strange[0]} at {name}"
    for fault in case.scenario["faults"]:
        if "changeOrder" in fault["action"]:
            return "changes an order"
        if "probability" in str(fault.get("when", "")):
            return "strikes at random"
        if "(request)" in fault_of(fault).place and CERTIFICATE.search(json.dumps(fault)):
            return "has a certificate of an eUICC, whose key the server has not"
        rest = CERTIFICATE.sub("", json.dumps(fault))
        if "${" in rest:
            return "has a value of its run"
    for step in case.steps:
        name = name_of(step)
        if name not in ("lpa.download", "lpa.deliverNotifications"):
            return f"has a step {name}"
        if set(step[name]) - DOWNLOAD:
            return f"has a download with {sorted(set(step[name]) - DOWNLOAD)[0]}"
        if name == "lpa.deliverNotifications" and "fails" in step:
            return "fails at a notification, which `lpa download` delivers by itself"
    return ""


def cases_of(expanded):
    """Those whose faults are all at the server, in the order of their names."""
    found = []
    for one in sorted(expanded, key=lambda one: one["name"]):
        scenario = one["scenario"]
        if not scenario.get("faults"):
            continue
        case = Case(one["name"], scenario, tuple(fault_of(fault) for fault in scenario["faults"]), steps_of(scenario))
        if not all(at_the_server(fault) for fault in case.faults):
            continue
        case.reason = reason_against(case)
        found.append(case)
    return found


def choose(cases):
    """The best case for each fault, and for those with none: the best case that shows it in process."""
    served, in_process = {}, {}
    for case in sorted(cases, key=Case.rank):
        (in_process if case.reason else served).setdefault(case.faults, case)
    return served, {faults: case for faults, case in in_process.items() if faults not in served}


def expanded_by(program):
    ran = subprocess.run([program, "run", "--expand", "--json", ROOT / "scenarios"], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)["cases"]


def served_cases(program):
    served, _ = choose(cases_of(expanded_by(program)))
    return list(served.values())


# --- The page


def rows(chosen):
    order = {hook: number for number, hook in enumerate(SERVER_HOOKS)}

    def key(item):
        return [(order[fault.hook], fault.place, fault.action, fault.what) for fault in item[0]]

    return sorted(chosen.items(), key=key)


def cell(text):
    return text.replace("|", "\\|")


def count(chosen):
    """How many faults there are, also where several make one row."""
    return len({fault for faults in chosen for fault in faults})


def page_of(served, in_process):
    lines = [
        "# Faults of the server, and the cases that show them", "",
        "Made by `tests/acceptance/served_faults.py` out of the files in `scenarios/`; `tests/acceptance/test_served_faults.py` runs",
        "each case of the first table: its faults go to a file, `esimbench smdp serve --faults FILE` has the order, `esimbench lpa",
        "download` must end as the case says, over real HTTPS, and the server's closing document must say that the fault struck.",
        "A row is another fault than the next by its hook, the function or message, the action and the field; what a field is set to",
        "makes no other fault, unless it is a certificate. Where several faults strike one after the other, they are one row.",
        "To see one by hand:", "",
        "    esimbench smdp serve --profile profile.der --faults scenarios/es9/transport.esim.json --case initiateauthentication-drop", "",
        f"## {count(served)} faults over HTTPS", "",
        "| fault | case | ends with |", "|---|---|---|"]
    lines += [cell_row(faults, case, case.ends()) for faults, case in rows(served)]
    lines += ["", "## More, in process", "",
              "These take more than one download from a server with an order: `esimbench run` shows them.", "",
              "| fault | case | because the case |", "|---|---|---|"]
    lines += [cell_row(faults, case, case.reason) for faults, case in rows(in_process)]
    return "\n".join(lines) + "\n"


def cell_row(faults, case, last):
    return f"| {cell(', then '.join(map(str, faults)))} | {case.name} | {cell(last)} |"


def self_test():
    def one(name, faults, when=None, **given):
        return {"name": name, "scenario": {"given": {"orders": {"A": {}}, **given}, "faults": faults,
                                           "when": when or [{"lpa.download": {"order": "A"}, "fails": {"layer": "http", "code": "503"}}]}}

    status = [{"where": {"http": "any"}, "action": {"status": {"code": 503}}}]
    card = [{"where": {"apdu": {}}, "action": {"powerCut": {}}}]
    other = [{"where": {"message": {"function": "ES9+.A"}}, "action": {"set": {"path": "c", "value": "${certificates.dpAuth.otherCi}"}}}]
    served, in_process = choose(cases_of([
        one("b", status), one("a", status), one("c", card), one("d", other), one("e", other, server={"rebinds": False}),
        one("f", [{"where": {"bpp": "sequenceOf86"}, "action": {"drop": {"segment": 1}}}], [{"clock.advance": {}}])]))
    assert [case.name for case in served.values()] == ["a", "d"], served
    assert [case.name for case in in_process.values()] == ["f"], in_process
    assert str(next(iter(served.values())).faults[0]) == "`http` any: `status`"
    assert "to dpAuth.otherCi" in str(list(served)[1][0]) and served[list(served)[1]].ends() == "http, `503`"
    assert "has a step clock.advance" in page_of(served, in_process)


def main(arguments):
    self_test()
    if arguments == ["--self-test"]:
        return 0
    check = arguments[:1] == ["--check"]
    if len(arguments) != 1 + check:
        print(__doc__)
        return 2
    served, in_process = choose(cases_of(expanded_by(arguments[-1])))
    page = page_of(served, in_process)
    if count(served) < PROMISED:
        print(f"{count(served)} faults are served, and {PROMISED} are promised")
        return 1
    if not check:
        PAGE.write_text(page)
    elif not PAGE.exists() or PAGE.read_text() != page:
        print(f"{PAGE.relative_to(ROOT)} is not what the scenarios make of it; run: {pathlib.Path(__file__).relative_to(ROOT)} PROGRAM")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
