#!/usr/bin/env python3
"""Which case covers which group of SGP.23: makes the coverage pages in docs/, or checks them.

Usage: coverage.py PROGRAM            write the page of PROGRAM, from the names of its tests: docs/sgp23-coverage.md of
                                      sgp23_tests (the eUICC), docs/sgp23-server-coverage.md of sgp23_server_tests
       coverage.py --check PROGRAM    exit status 1 where the page is another, a row of groups.json has neither a case
                                      nor a reason, a suite belongs to no row, a sequence has no kind, or a sequence
                                      that a row lists has neither a test nor a reason
       coverage.py --self-test        only show that the checks find what they should

Reads groups.json and introduction.md in the folder of the program's tests, and the scenario files in scenarios/.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
KIND = re.compile(r"(?:^|[_/])(Nominal|Error)_")
NUMBER = re.compile(r"(?:^|/)S([0-9]+)_")


class Suite:
    """Where the tests of a program are, and the page about them."""
    def __init__(self, program):
        self.program = pathlib.Path(program).name
        name = self.program.removesuffix("_tests")
        self.folder = ROOT / "tests" / name
        self.page = ROOT / "docs" / ("%s-coverage.md" % name.replace("_", "-"))

    def groups(self):
        return json.loads((self.folder / "groups.json").read_text())["groups"]

    def introduction(self):
        return (self.folder / "introduction.md").read_text()


def tests_of(program):
    """Suites with the names of their sequences, in the order of the program."""
    listing = subprocess.run([program, "--gtest_list_tests"], capture_output=True, text=True, check=True).stdout
    return parse_listing(listing)


def parse_listing(listing):
    suites = {}
    suite = None
    for line in listing.splitlines():
        name = line.split("#")[0].rstrip()
        if name.endswith(".") and not name.startswith(" "):
            suite = suites.setdefault(name[:-1].split("/")[-1], [])
        elif name.startswith("  ") and suite is not None:
            # "Sequence" is what a table of sequences is called, and says nothing.
            suite.append(name.strip().removeprefix("Sequence/"))
    return {name: sequences for name, sequences in suites.items() if sequences}


def scenarios_in(folder):
    """(name, references, number of cases) of each scenario file."""
    found = []
    for file in sorted(folder.rglob("*.esim.json")):
        document = json.loads(file.read_text())
        references = document.get("reference") or []
        references = [references] if isinstance(references, str) else references
        found.append((file.name.removesuffix(".esim.json"), references, max(1, len(document.get("cases", [])))))
    return found


def of_section(reference, section):
    """Whether a reference is to this section or a part of it: 4.2.1 is not 4.2.10."""
    return re.match(r"SGP\.23 %s(?![0-9])" % re.escape(section), reference) is not None


def row_of(suite, groups):
    """The row with the longest prefix of this suite's name."""
    fitting = [(len(prefix), group) for group in groups for prefix in group["suites"] if suite.startswith(prefix)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def count(sequences):
    kinds = [KIND.search(sequence) for sequence in sequences]
    nominal = sum(1 for kind in kinds if kind and kind.group(1) == "Nominal")
    errors = sum(1 for kind in kinds if kind and kind.group(1) == "Error")
    return nominal, errors


def sequences_of(group, own):
    """Of the sequences that SGP.23 has for this row: those that are played, and those that are not."""
    played = {match.group(1) for names in own.values() for name in names if (match := NUMBER.search(name))}
    listed = group.get("sequences", [])
    return [number for number in listed if number in played], [number for number in listed if number not in played]


def complaints_about_sequences(group, own):
    if "sequences" not in group:
        return []
    _, left = sequences_of(group, own)
    complaints = ["%s #%s has neither a test nor a reason" % (group["section"], number)
                  for number in left if own and not any("#" + number in reason for reason in group["missing"])]
    complaints += ["%s.%s is none of the sequences of %s" % (suite, name, group["section"])
                   for suite, names in own.items() for name in names
                   if (match := NUMBER.search(name)) and match.group(1) not in group["sequences"]]
    return complaints


def collect(groups, suites, scenarios):
    """Each row with its suites and scenario files, and the complaints about what does not fit."""
    complaints = ["%s belongs to no row of groups.json" % suite for suite in suites if row_of(suite, groups) is None]
    complaints += ["%s.%s says neither Nominal nor Error" % (suite, name)
                   for suite, names in suites.items() for name in names if not KIND.search(name)]
    rows = []
    for group in groups:
        own = {suite: names for suite, names in suites.items() if row_of(suite, groups) is group}
        files = [(name, cases) for name, references, cases in scenarios
                 if name in group.get("scenarios", []) or any(of_section(r, group["section"]) for r in references)]
        if not own and not files and not group["missing"]:
            complaints.append("%s %s has neither a case nor a reason" % (group["section"], group["title"]))
        complaints += complaints_about_sequences(group, own)
        rows.append((group, own, files))
    known = {name for name, _, _ in scenarios}
    complaints += ["%s: there is no scenario %s" % (group["section"], name)
                   for group in groups for name in group.get("scenarios", []) if name not in known]
    return rows, complaints


def page_of(introduction, rows):
    lines = [introduction]
    counted = any("sequences" in group for group, _, _ in rows)
    totals = [sum(part) for part in zip(*(count([n for names in own.values() for n in names]) for _, own, _ in rows))]
    lines.append("%d sequences: %d nominal, %d error." % (sum(totals), *totals))
    lines += ["", "| § | group |%s nominal | error | scenario cases | missing, and why |" % (" sequences |" if counted else ""),
              "|---|---|%s---:|---:|---:|---|" % ("---:|" if counted else "")]
    for group, own, files in rows:
        nominal, errors = count([name for names in own.values() for name in names])
        cases = sum(cases for _, cases in files)
        missing = "; ".join(group["missing"]) or "–"
        played, left = sequences_of(group, own)
        of = " %s |" % ("%d of %d" % (len(played), len(played) + len(left)) if played or left else "–")
        lines.append("| %s | %s |%s %s | %s | %s | %s |" % (
            group["section"], group["title"], of if counted else "", nominal or "–", errors or "–", cases or "–", missing))
    for group, own, files in rows:
        lines += ["", "## %s %s" % (group["section"], group["title"]), ""]
        for suite, names in sorted(own.items()):
            lines.append("- `%s`: %s" % (suite, ", ".join(name.replace("_", " ") for name in names)))
        if files:
            lines.append("- scenarios: %s" % ", ".join(
                "`%s`%s" % (name, " (%d)" % cases if cases > 1 else "") for name, cases in files))
        if not own and not files:
            lines.append("Nothing: %s." % "; ".join(group["missing"]))
    return "\n".join(lines) + "\n"


def self_test():
    suites = parse_listing("main\nTC_A.\n  S01_Nominal_X\nRows/TC_AB.\n  Sequence/S02_Error_Y  # GetParam() = 1\nTC_C.\n  Z\n")
    assert suites == {"TC_A": ["S01_Nominal_X"], "TC_AB": ["S02_Error_Y"], "TC_C": ["Z"]}, suites
    groups = [{"section": "4.2.1", "title": "a", "suites": ["TC_A"], "missing": []},
              {"section": "4.2.10", "title": "b", "suites": ["TC_AB"], "missing": []},
              {"section": "4.2.2", "title": "c", "suites": ["TC_D"], "missing": []}]
    scenarios = [("one", ["SGP.23 4.2.10 #01"], 3)]
    rows, complaints = collect(groups, suites, scenarios)
    assert [sorted(own) for _, own, _ in rows] == [["TC_A"], ["TC_AB"], []]
    assert [files for _, _, files in rows] == [[], [("one", 3)], []]
    assert complaints == ["TC_C belongs to no row of groups.json", "TC_C.Z says neither Nominal nor Error",
                          "4.2.2 c has neither a case nor a reason"], complaints
    groups[0]["sequences"] = ["01", "02", "03"]
    groups[0]["missing"] = ["#03: void here"]
    suites = {"TC_A": ["S01_Nominal_X", "X01_Nominal_X", "S04_Error_X"]}
    assert sequences_of(groups[0], suites) == (["01"], ["02", "03"])
    assert complaints_about_sequences(groups[0], suites) == [
        "4.2.1 #02 has neither a test nor a reason", "TC_A.S04_Error_X is none of the sequences of 4.2.1"]
    assert "| 4.2.1 | a | 1 of 3 | 2 | 1 | – | #03: void here |" in page_of("", [(groups[0], suites, [])])
    assert count(["S01_Nominal_X", "S02_Error_NominalValue", "S03_Error_Rows/Y", "S04_Rows/Error_Z"]) == (1, 3)


def main():
    self_test()
    arguments = [argument for argument in sys.argv[1:] if argument not in ("--check", "--self-test")]
    if "--self-test" in sys.argv[1:]:
        return 0
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    suite = Suite(arguments[0])
    rows, complaints = collect(suite.groups(), tests_of(arguments[0]), scenarios_in(ROOT / "scenarios"))
    page = page_of(suite.introduction(), rows)
    if "--check" not in sys.argv[1:]:
        suite.page.write_text(page)
    elif not suite.page.exists() or suite.page.read_text() != page:
        complaints.append("%s is not what the tests say; write it anew with tests/sgp23/coverage.py build/tests/%s"
                          % (suite.page.relative_to(ROOT), suite.program))
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
