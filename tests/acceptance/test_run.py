"""Scenario files: run, reported, and refused where they are not right."""
import json
import os
import pathlib
import signal
import subprocess
import xml.etree.ElementTree as ET

import pytest
from conftest import PATIENCE, ROOT
from wireshark import WRONG

DONE, FAILED, USAGE = range(3)
SCENARIOS = ROOT / "scenarios"

TEN_LINES = """{
  "$schema": "../scenario.schema.json", "format": 1, "name": "third-segment-corrupt",
  "title": "A wrong bit in the third segment ends the load with scp03tSecurityError",
  "given": {"orders": {"A": {}}},
  "faults": [{"where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 3}}}],
  "when": [
    {"lpa.download": {"order": "A"}, "fails": {"layer": "card", "code": "scp03tSecurityError"}}
  ],
  "then": {"profiles": [], "memory": "unchanged", "session": "none"}
}
"""


def write(directory, name, **members):
    """A scenario file around some members."""
    document = {"format": 1, "name": name, "when": [{"lpa.info": {}}], **members}
    (directory / f"{name}.esim.json").write_text(json.dumps(document, indent=1))


# --- The how-to of docs/scenarios.md ---

def test_the_ten_lines_of_the_how_to_pass(run, tmp_path):
    manual = (ROOT / "docs" / "scenarios.md").read_text()
    assert TEN_LINES.strip() in "\n".join(line.removeprefix("    ") for line in manual.splitlines())
    (tmp_path / "third.esim.json").write_text(TEN_LINES)
    assert run("run", "third.esim.json", "--json")["summary"]["passed"] == 1


def test_made_wrong_they_fail_with_expected_and_actual(run, tmp_path):
    (tmp_path / "third.esim.json").write_text(TEN_LINES.replace('"code": "scp03tSecurityError"', '"code": "interrupted"'))
    outcome = run("run", "third.esim.json", check=FAILED)
    assert "third.esim.json:7: /when/0" in outcome.stderr
    assert "[scp03tSecurityError]" in outcome.stderr and '"code":"interrupted"' in outcome.stderr
    assert "0 passed, 1 failed" in outcome.stdout
    again = outcome.stderr.split("again with: ")[1].split("\n")[0].split()
    assert run("run", "third.esim.json", *again, "--json", check=FAILED)["summary"]["seed"] == int(again[1])


def test_with_a_misspelt_key_they_name_the_key(run, tmp_path):
    (tmp_path / "third.esim.json").write_text(TEN_LINES.replace('"bpp"', '"bbp"'))
    outcome = run("run", "third.esim.json", check=USAGE)
    assert "third.esim.json:5: /faults/0/where/bbp" in outcome.stderr and "did you mean 'bpp'?" in outcome.stderr
    assert outcome.stdout == ""


# --- Choosing and repeating ---

@pytest.fixture
def many(tmp_path):
    (tmp_path / "s" / "deep").mkdir(parents=True)
    for number in range(10):
        write(tmp_path / ("s/deep" if number % 2 else "s"), f"c{number}", tags=[f"t{number % 3}"], reference=[f"SGP.23 4.{number}"])
    return tmp_path / "s"


def names(outcome):
    return [case["name"] for case in outcome["cases"]]


def test_cases_are_chosen_by_tag_reference_and_name(run, many):
    assert len(names(run("run", "s", "--list", "--json"))) == 10
    assert names(run("run", "s", "--list", "--tag", "t1", "--json")) == ["c4", "c1", "c7"]
    assert names(run("run", "s", "--list", "--reference", "4.3", "--json")) == ["c3"]
    assert names(run("run", "s", "-k", "c8", "-k", "c9", "--json")) == ["c8", "c9"]
    assert run("run", "s", "-k", "none", check=USAGE).stdout == ""


def test_cases_are_expanded(run, tmp_path):
    write(tmp_path, "base", when=[{"lpa.info": {}}], tags=["inherited"])
    write(tmp_path, "rows", include=["base.esim.json"], cases=[{"name": "a", "step": {"lpa.info": {}}}, {"name": "b", "step": {"lpa.profiles": {}}}],
          when=["${case.step}"])
    first, second = run("run", "rows.esim.json", "--expand", "--json")["cases"]
    assert (first["name"], first["scenario"]["when"], first["scenario"]["tags"]) == ("rows/a", [{"lpa.info": {}}], ["inherited"])
    assert second["scenario"]["when"] == [{"lpa.profiles": {}}] and "cases" not in second["scenario"]
    assert '"lpa.profiles"' in run("run", "rows.esim.json", "--expand", "-k", "rows/b").stdout


def test_shards_share_the_cases_out(run, many):
    shards = [names(run("run", "s", "--list", "--shard", f"{i}/3", "--json")) for i in (1, 2, 3)]
    assert sorted(sum(shards, [])) == sorted(names(run("run", "s", "--list", "--json")))
    for wrong in ("0/3", "4/3", "x", "1/", "1/0"):
        run("run", "s", "--shard", wrong, check=USAGE)


def test_the_same_seed_gives_the_same_seeds_in_any_order(run, many):
    one = run("run", "s", "--seed", "5", "--json")
    two = run("run", "s", "--seed", "5", "-j", "2", "--json")
    assert [(case["name"], case["seed"]) for case in one["cases"]] == [(case["name"], case["seed"]) for case in two["cases"]]
    assert one["summary"]["seed"] == 5
    assert run("run", "s", "--json")["summary"]["seed"] != run("run", "s", "--json")["summary"]["seed"]


def test_repeating(run, many):
    assert run("run", "s", "--repeat", "3", "--json")["summary"]["passed"] == 30


def test_until_failure_ends_with_the_failure(run, tmp_path):
    (tmp_path / "dice.esim.json").write_text(json.dumps({
        "format": 1, "name": "dice", "when": [{"lpa.info": {}}],
        "faults": [{"where": {"apdu": {"tag": "BF3E"}}, "when": {"probability": 0.2}, "action": {"answer": {"sw": "6F00"}}}]}))
    outcome = run("run", "dice.esim.json", "--until-failure", "--seed", "1", "--json", check=FAILED)
    assert outcome["summary"]["failed"] == 1 and outcome["summary"]["passed"] > 0


def test_ctrl_c_ends_cleanly_with_what_was_done(run, many, tmp_path):
    process = run.start("run", "s", "--repeat", "100000", "--junit", "j.xml", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        text=True, preexec_fn=os.setsid)
    children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while not children.read_text():
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of them
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == FAILED and "interrupted" in out, (out, err)
    assert int(ET.parse(tmp_path / "j.xml").getroot().get("tests")) < 1_000_000


# --- Reports ---

def test_reports_say_the_same(run, tmp_path):
    write(tmp_path, "good", reference=["SGP.22 5.7.20"])
    write(tmp_path, "bad", then={"session": "prepared"})
    write(tmp_path, "elsewhere", requires=["https"])
    outcome = run("run", ".", "--junit", "j.xml", "--tap", "t.tap", "--ndjson", "n.ndjson", "--traces", "traces", "--json", check=FAILED)
    assert {case["name"]: case["verdict"] for case in outcome["cases"]} == {
        "bad": "failed", "elsewhere": "not applicable", "good": "passed"}
    suite = ET.parse(tmp_path / "j.xml").getroot().find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    cases = {case.get("name"): case for case in suite.findall("testcase")}
    assert 'session is "none", expected "prepared"' in cases["bad"].find("failure").text
    assert cases["good"].find("properties/property[@name='reference']").get("value") == "SGP.22 5.7.20"
    trace = cases["bad"].find("properties/property[@name='trace.pcapng']").get("value")
    assert (tmp_path / trace).stat().st_size > 500 and not (tmp_path / "traces" / "good.pcapng").exists()
    tap = (tmp_path / "t.tap").read_text().splitlines()
    assert tap[:2] == ["TAP version 13", "1..3"]
    assert "not ok 1 - bad" in tap and "ok 2 - elsewhere # SKIP not applicable" in tap and "ok 3 - good" in tap
    lines = [json.loads(line) for line in (tmp_path / "n.ndjson").read_text().splitlines()]
    assert [line["type"] for line in lines] == ["case"] * 3 + ["summary"]


def test_a_report_goes_to_standard_output(run, tmp_path):
    write(tmp_path, "good")
    assert run("run", ".", "--tap", "-").stdout.startswith("TAP version 13\n1..1\nok 1 - good\n1 passed, 0 failed")


@pytest.mark.parametrize("options", [("--junit", "no/such/folder/j.xml"), ("--traces", "/dev/null/x"), ("--ndjson", "/dev/full/x")])
def test_what_cannot_be_written_is_told_before_anything_runs(run, tmp_path, options):
    write(tmp_path, "good")
    outcome = run("run", ".", *options, check=3)
    assert "cannot write" in outcome.stderr and outcome.stdout == ""


def test_a_full_disk_loses_no_verdict(run, tmp_path):
    write(tmp_path, "good")
    outcome = run("run", ".", "--junit", "/dev/full", "--tap", "t.tap", check=3)
    assert "1 passed, 0 failed" in outcome.stdout and "cannot write /dev/full" in outcome.stderr
    assert "ok 1 - good" in (tmp_path / "t.tap").read_text()


@pytest.mark.parametrize("command", [("run", "."), ("run", ".", "--list"), ("run", ".", "--json"), ("faults",), ("schema", "scenario")])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_output_that_nobody_gets(run, tmp_path, command, stream):
    write(tmp_path, "good")
    with open("/dev/full", "w") as full:
        other = "stderr" if stream == "stdout" else "stdout"
        process = run.start(*command, **{stream: full, other: subprocess.PIPE}, stdin=subprocess.DEVNULL)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == (3 if stream == "stdout" else 0)


def test_one_document_on_standard_output(run, tmp_path):
    write(tmp_path, "good")
    run("run", ".", "--json", "--junit", "-", check=USAGE)
    run("run", ".", "--tap", "-", "--junit", "-", check=USAGE)
    run("run", ".", "--keep", "all", check=USAGE)
    for seed in ("-1", "18446744073709551616", "x"):
        run("run", ".", "--seed", seed, check=USAGE)


def test_nothing_applicable_is_no_success(run, tmp_path):
    write(tmp_path, "elsewhere", requires=["https"])
    assert "0 passed, 0 failed, 1 not applicable" in run("run", ".", check=FAILED).stdout


def test_no_secret_of_a_step_survives_redaction(run, tmp_path):
    write(tmp_path, "secret", given={"orders": {"A": {"confirmationCode": "SECRET77"}}},
          when=[{"lpa.download": {"order": "A", "confirmationCode": "SECRET77"}}])
    run("run", ".", "--traces", "t", "--keep", "all")
    run("trace", "redact", "t/secret.ndjson", "--out", "red.ndjson")
    assert "SECRET77" not in (tmp_path / "red.ndjson").read_text()


# --- What is not right is told, and nothing runs ---

@pytest.mark.parametrize("text, says", [
    ("", "is empty"),
    ("\x00\x01", "f.esim.json:1"),
    ("[]", "should be an object"),
    ('{"format": 1, "name": "x", "name": "y", "when": []}', "stands twice"),
    ('{"format": 1, "name": "x", "when": [{"lpa.info": {}}], "include": ["f.esim.json"]}', "circle"),
    ('{"format": 1, "name": "x", "when": [{"lpa.info": {"deep": ' + "[" * 100 + "]" * 100 + "}}]}", "nested deeper"),
    ('{"format": 1, "name": "x", "when": [{"clock.advance": {"by": "1y"}}]}', "span of time"),
])
def test_files_that_are_not_right(run, tmp_path, text, says):
    (tmp_path / "f.esim.json").write_text(text)
    write(tmp_path, "good")
    outcome = run("run", ".", "--junit", "j.xml", check=USAGE)
    assert says in outcome.stderr and "nothing was run" in outcome.stderr
    assert not (tmp_path / "j.xml").exists()


def test_every_mistake_in_every_file_is_told(run, tmp_path):
    write(tmp_path, "one", them={}, when=[{"lpa.inof": {}}])
    write(tmp_path, "two", tag=["x"])
    outcome = run("run", ".", check=USAGE)
    assert outcome.stderr.count("did you mean") == 3
    assert "2 file(s) are not right" in outcome.stderr
    assert run("run", ".", "--json", check=USAGE).error["layer"] == "input"


def test_names_are_unique_in_a_run(run, tmp_path):
    (tmp_path / "a").mkdir()
    write(tmp_path, "same")
    write(tmp_path / "a", "same")
    assert "is taken by" in run("run", ".", check=USAGE).stderr
    assert run("run", "same.esim.json", "./same.esim.json", "--json")["summary"]["passed"] == 1


def test_what_does_not_exist(run, tmp_path):
    assert "no such file" in run("run", "nowhere", check=USAGE).stderr
    (tmp_path / "empty").mkdir()
    assert "no scenarios" in run("run", "empty", check=USAGE).stderr


def test_a_case_that_hangs_ends_at_its_deadline_with_its_trace(run, tmp_path):
    write(tmp_path, "hang", timeout="300ms", given={"road": "https", "lpa": {"httpTimeout": "1h"}, "orders": {"A": {}}},
          faults=[{"where": {"transport": "authenticateClient"}, "action": {"stall": {}}}], when=[{"lpa.download": {"order": "A"}}])
    outcome = run("run", "hang.esim.json", "--traces", "t", "--json", check=FAILED)
    case = outcome["cases"][0]
    assert case["verdict"] == "error" and "beyond the timeout of 300 ms" in case["findings"][0]["text"]
    assert case["seconds"] < 10 and (tmp_path / case["traces"]["ndjson"]).stat().st_size > 1000


# --- Schema, catalogue, documentation ---

def test_the_schema_in_the_tree_is_the_one_that_is_printed(run):
    printed = run("schema", "scenario").stdout
    assert (SCENARIOS / "scenario.schema.json").read_text() == printed, \
        "write it anew: esimbench schema scenario > scenarios/scenario.schema.json"


def test_the_reference_in_the_manual_is_the_one_that_is_printed(run):
    assert (ROOT / "docs" / "scenario-reference.md").read_text() == run("schema", "scenario", "--reference").stdout, \
        "write it anew: esimbench schema scenario --reference > docs/scenario-reference.md"


def test_another_validator_takes_every_scenario_and_refuses_a_misspelt_one():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((SCENARIOS / "scenario.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = sorted(SCENARIOS.rglob("*.esim.json"))
    assert len(files) >= 60
    for file in files:
        document = json.loads(file.read_text())
        assert document["$schema"].endswith("scenario.schema.json"), file
        assert next(validator.iter_errors(document), None) is None, f"{file}: {next(validator.iter_errors(document)).message}"
    wrong = json.loads(TEN_LINES)
    wrong["faults"][0]["where"] = {"bbp": "sequenceOf86"}
    assert next(validator.iter_errors(wrong), None) is not None
    wrong = json.loads(TEN_LINES)
    wrong["then"]["profles"] = []
    assert next(validator.iter_errors(wrong), None) is not None


def test_faults_lists_every_hook_with_its_actions(run):
    hooks = {hook["hook"]: [action["name"] for action in hook["actions"]] for hook in run("faults", "--json")["hooks"]}
    assert {"drop", "stall", "resetBefore", "resetAfter", "truncate", "garbage"} <= set(hooks["transport"])
    assert {"answer", "delay", "powerCut", "truncate"} <= set(hooks["apdu"])
    text = run("faults").stdout
    for hook, actions in hooks.items():
        assert hook in text and all(action in text for action in actions)


# --- A capture of a case, as Wireshark sees it ---

def test_wireshark_reads_a_case_over_https(run, tmp_path, tshark):
    write(tmp_path, "seen", given={"road": "https", "orders": {"A": {}}},
          faults=[{"id": "bitten", "where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 3}}}],
          when=[{"lpa.download": {"order": "A"}, "fails": {"code": "scp03tSecurityError"}}])
    run("run", "seen.esim.json", "--traces", "t", "--keep", "all")
    capture = tmp_path / "t" / "seen.pcapng"
    assert tshark.fields(capture, WRONG, "frame.number", "_ws.expert.message") == []
    assert len(tshark.fields(capture, "gsm_sim.apdu.ins == 0xe2", "frame.number")) > 20
    uris = [row[0] for row in tshark.fields(capture, "tls && http.request", "http.request.uri")]
    assert uris[:3] == [f"/gsma/rsp2/es9plus/{name}" for name in ("initiateAuthentication", "authenticateClient", "getBoundProfilePackage")]
    assert "boundProfilePackage" in tshark(capture, "-Y", "http && json", "-V")
    comments = "\n".join(row[0] for row in tshark.fields(capture, "frame.comment", "frame.comment"))
    assert "step: lpa.download" in comments and "fault: bitten corrupt at bpp sequenceOf86" in comments


def test_wireshark_reads_a_case_in_process(run, tmp_path, tshark):
    write(tmp_path, "seen", given={"orders": {"A": {}}}, when=[{"lpa.download": {"order": "A"}}])
    run("run", "seen.esim.json", "--traces", "t", "--keep", "all")
    capture = tmp_path / "t" / "seen.pcapng"
    assert tshark.fields(capture, WRONG, "frame.number", "_ws.expert.message") == []
    assert len(tshark.fields(capture, "http.request", "http.request.uri")) == 3
    assert "smdpAddress" in tshark(capture, "-Y", "json", "-V")
