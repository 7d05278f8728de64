"""The pytest plugin, in pytest runs of its own."""
import importlib.machinery
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest

import esimbench

PACKAGE = pathlib.Path(esimbench.__file__).parent

SCENARIOS = {
    "case": json.dumps({
        "format": 1, "name": "corrupt", "title": "A segment is corrupted", "reference": ["SGP.22 3.1.3"],
        "tags": ["smoke", "es9"], "given": {"orders": {"A": {}}},
        "cases": [{"name": "good", "code": "scp03tSecurityError"}, {"name": "bad", "code": "no such reason"}],
        "faults": [{"where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 1}}}],
        "when": [{"lpa.download": {"order": "A"}, "fails": {"layer": "card", "code": "${case.code}"}}],
        "then": {"profiles": []}}, indent=1),
    "other": json.dumps({
        "format": 1, "name": "needs-https", "requires": ["https"], "given": {"orders": {"A": {}}},
        "when": [{"lpa.download": {"order": "A"}}]}),
}

FIVE_LINES = """
    from esimbench import Profile

    def test_download(lpa, smdp, euicc):
        order = smdp.order()
        lpa.enable(lpa.download(order))
        lpa.deliver_notifications()
        assert euicc.profiles == [Profile(iccid=order.iccid, state="enabled")]
        assert smdp.received(order) == ["install", "enable"]
"""


@pytest.fixture(autouse=True)
def undisturbed(monkeypatch):
    """What the outer run was told is not for the inner one."""
    for name in list(os.environ):
        if name.startswith(("ESIMBENCH_", "PYTEST_ADDOPTS", "PYTEST_XDIST")):
            monkeypatch.delenv(name)


def test_five_lines_download_a_profile(pytester):
    pytester.makepyfile(FIVE_LINES)
    result = pytester.runpytest("-W", "error", "--strict-markers")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines([f"esimbench {esimbench.__version__}: seed 1, road in-process"])


def test_all_fixtures_are_of_one_testbed_and_every_test_has_a_new_one(pytester):
    pytester.makepyfile("""
        def test_one(testbed, lpa, smdp, euicc, faults, trace, clock):
            testbed.step("mark")
            faults.apdu({"number": 1}, answer={"sw": "6F00"}, optional=True)
            assert "mark" in trace and len(testbed.faults.report()) == 1
            assert lpa.download(smdp.order()).iccid == euicc.profiles[0].iccid
            clock.advance(60)
            assert testbed.clock.now == clock.now

        def test_two(trace, euicc):
            assert "mark" not in trace and euicc.profiles == []
    """)
    pytester.runpytest().assert_outcomes(passed=2)


# --- Options

def test_markers_and_parameters_set_options(pytester):
    pytester.makepyfile("""
        import pytest

        pytestmark = pytest.mark.esimbench(memory=1000, road="https")

        def test_module(testbed, euicc):
            assert (testbed.road, euicc.free_memory) == ("https", 1000)

        @pytest.mark.esimbench(memory=2000, seed=7)
        def test_nearest(testbed, euicc):
            assert (testbed.road, euicc.free_memory, testbed.seed) == ("https", 2000, 7)

        @pytest.mark.esimbench(memory=2000)
        @pytest.mark.parametrize("testbed", [{"memory": 3000, "road": "in-process"}], indirect=True)
        def test_parameter(testbed, euicc):
            assert (testbed.road, euicc.free_memory) == ("in-process", 3000)

        @pytest.mark.esimbench(memry=1)
        def test_misspelt(testbed):
            pass

        @pytest.mark.esimbench("https")
        def test_positional(testbed):
            pass
    """)
    result = pytester.runpytest("--strict-markers")
    result.assert_outcomes(passed=3, errors=2)
    result.stdout.fnmatch_lines(["*memry*", "*takes keywords only*"])


SHOW = """
    def test_show(testbed, pytestconfig):
        from esimbench.pytest_plugin import SETTINGS
        settings = pytestconfig.stash[SETTINGS]
        print("shown:", settings.seed, settings.road, settings.keep, testbed.road)
"""


@pytest.mark.parametrize("command_line, ini, environment, shown", [
    ([], "", {}, "1 in-process never in-process"),
    ([], "", {"SEED": "4", "ROAD": "https", "KEEP": "always"}, "4 https always https"),
    ([], "esimbench_seed=3\nesimbench_road=in-process", {"SEED": "4", "ROAD": "https"}, "3 in-process never in-process"),
    (["--esimbench-seed=0x10"], "esimbench_seed=3", {"SEED": "4"}, "16 in-process never in-process"),
    (["--esimbench-traces=t"], "", {}, "1 in-process failed in-process"),
])
def test_command_line_before_ini_before_environment(command_line, ini, environment, shown, pytester, monkeypatch):
    for name, value in environment.items():
        monkeypatch.setenv(f"ESIMBENCH_{name}", value)
    pytester.makeini(f"[pytest]\n{ini}\n")
    pytester.makepyfile(SHOW)
    pytester.runpytest("-s", *command_line).stdout.fnmatch_lines([f"*shown: {shown}*"])


@pytest.mark.parametrize("argument, words", [
    ("--esimbench-seed=x", "*'x' is neither a number nor 'random'*"), ("--esimbench-seed=-1", "*not between 0 and*"),
    ("--esimbench-road=sea", "*--esimbench-road: 'sea' is none of: in-process, https*"),
    ("--esimbench-keep=some", "*'some' is none of: never, failed, always*")])
def test_wrong_options_are_usage_errors(argument, words, pytester):
    result = pytester.runpytest(argument)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([words])


def seeds_of(result):
    return sorted(line.split(" seeded ")[1] for line in result.outlines if " seeded " in line)


def test_each_test_has_its_own_seed_out_of_the_runs(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("n", [1, 2])
        def test_seed(n, testbed):
            print("", "seeded", n, testbed.seed)
    """)
    one, again, other = (seeds_of(pytester.runpytest("-s", f"--esimbench-seed={seed}")) for seed in (1, 1, 2))
    assert one == again and len({*one, *other}) == 4
    assert seeds_of(pytester.runpytest("-s", "--esimbench-seed=random")) != one


# --- Failures

def test_a_failure_has_its_trace_and_files(pytester):
    pytester.makepyfile("""
        def test_fails(lpa, smdp):
            lpa.download(smdp.order())
            assert not "this is the end"

        def test_passes(lpa):
            assert lpa.eid()
    """)
    pytester.makeconftest("""
        def pytest_esimbench_trace(item, paths):
            print("told of", item.name, *sorted(path.name for path in paths.values()))
    """)
    result = pytester.runpytest("--esimbench-traces=traces", "--junitxml=junit.xml", "-s")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*told of test_fails *.html *.ndjson *.pcapng", "*- Captured esimbench trace call -*",
                                 "*ES10b.PrepareDownload*", "*commit*"])
    names = sorted(path.name for path in (pytester.path / "traces").iterdir())
    stem = "test_a_failure_has_its_trace_and_files.py-test_fails"
    assert names == [f"{stem}.html", f"{stem}.ndjson", f"{stem}.pcapng"]
    for line in (pytester.path / "traces" / f"{stem}.ndjson").read_text().splitlines():
        json.loads(line)
    junit = xml.etree.ElementTree.parse(pytester.path / "junit.xml")
    properties = {(case.get("name"), prop.get("name")): prop.get("value")
                  for case in junit.iter("testcase") for prop in case.iter("property")}
    assert {*properties} == {("test_fails", f"esimbench_trace_{kind}") for kind in ("ndjson", "pcapng", "html")}
    assert pathlib.Path(properties["test_fails", "esimbench_trace_ndjson"]).is_file()


def test_files_of_all_tests_are_kept(pytester):
    pytester.makepyfile(test_it="def test_passes(lpa):\n    lpa.eid()\n")
    pytester.runpytest("--esimbench-keep=always").assert_outcomes(passed=1)
    assert (pytester.path / "esimbench-traces" / "test_it.py-test_passes.html").is_file()


def test_a_directory_that_cannot_be_made_loses_no_report(pytester):
    pytester.makepyfile("def test_fails(lpa):\n    assert not lpa.eid()\n")
    (pytester.path / "file").write_text("")
    pytester.runpytest("--esimbench-traces=file/below").assert_outcomes(failed=1)


def test_an_unused_fault_fails_its_test(pytester):
    pytester.makepyfile("""
        import pytest

        def test_unused(lpa, faults):
            faults.apdu({"tag": "BF31"}, answer={"sw": "6F00"}, id="never comes")
            lpa.eid()

        def test_optional(faults):
            faults.apdu({"tag": "BF31"}, answer={"sw": "6F00"}, optional=True)

        def test_failed_anyhow(faults):
            faults.apdu({"tag": "BF31"}, answer={"sw": "6F00"})
            assert False, "for a reason of its own"

        def test_skipped(faults):
            faults.apdu({"tag": "BF31"}, answer={"sw": "6F00"})
            pytest.skip()

        @pytest.mark.xfail(strict=True)
        def test_fails_as_expected(lpa, faults):
            faults.apdu({"tag": "BF31"}, answer={"sw": "6F00"})
            assert not lpa.eid()
    """)
    result = pytester.runpytest("--esimbench-traces=traces")
    result.assert_outcomes(passed=2, failed=1, errors=1, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of test_unused*", "fault 'never comes' (answer at apdu tag BF31) *"])
    assert "Traceback" not in result.stdout.str()
    kept = {path.stem.rpartition("-")[2] for path in (pytester.path / "traces").iterdir()}
    assert kept == {"test_unused", "test_failed_anyhow"}


def test_assertions_explain_codes(pytester):
    pytester.makepyfile("""
        from esimbench import ErrorCode, StatusWord, Tlv

        def test_status_word():
            assert StatusWord(0x6A88) == 0x9000

        def test_code():
            assert ErrorCode("8.2.6/3.8") == "8.2.7/3.8"

        def test_tree():
            assert Tlv("A003800101") == Tlv("A003800102")

        def test_plain():
            assert 1 == 2
    """)
    result = pytester.runpytest()
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(["*assert status word 6A88 == 9000", "*6A88 = referenced data not found", "*9000 = done",
                                 "*assert code '8.2.6/3.8' == '8.2.7/3.8'", "*8.2.6/3.8 = *MatchingID*",
                                 "*assert the same elements", "*- *80 01", "*+ *80 02", "*assert 1 == 2"])


# --- Together with others

def test_a_timeout_ends_what_blocks_and_the_session_goes_on(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.timeout(0.5)
        @pytest.mark.esimbench(road="https", http_timeout=30)
        def test_blocked(lpa, smdp, faults):
            faults.transport("initiateAuthentication", stall={})
            lpa.download(smdp.order())

        def test_next(lpa, smdp):
            lpa.download(smdp.order())
    """)
    begun = time.monotonic()
    result = pytester.runpytest_subprocess("--durations=0", "-vv")
    assert time.monotonic() - begun < 10
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["*Failed: Timeout >0.5s*"])
    [took] = [float(line.split("s call")[0]) for line in result.outlines if "s call" in line and "blocked" in line]
    assert took < 1.5


def test_workers_of_xdist_do_the_same(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("n", range(6))
        def test_it(n, testbed, lpa, smdp, record_property):
            record_property("seed", testbed.seed)
            lpa.download(smdp.order())
            assert n != 3

        @pytest.mark.xdist_group("a group")
        def test_grouped(testbed, record_property):
            record_property("seed", testbed.seed)
    """)
    pytester.makefile(".esim.json", **SCENARIOS)

    def run(*arguments):
        result = pytester.runpytest_subprocess("--junitxml=junit.xml", "-ojunit_family=xunit1", *arguments)
        result.assert_outcomes(failed=2, passed=7, skipped=1)
        result.stdout.fnmatch_lines(["*- Captured esimbench trace call -*"])
        return {case.get("name").partition("@")[0]: [prop.get("value") for prop in case.iter("property")]
                for case in xml.etree.ElementTree.parse(pytester.path / "junit.xml").iter("testcase")}
    alone = run("-p", "no:xdist")
    assert alone == run("-n", "2", "--dist", "loadgroup") and len(alone) == 10


def test_a_random_seed_is_the_same_for_all_workers(pytester):
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("n", range(4))
        def test_it(n, pytestconfig, record_property):
            from esimbench.pytest_plugin import SETTINGS
            record_property("seed", pytestconfig.stash[SETTINGS].seed)
    """)
    result = pytester.runpytest_subprocess("-n", "2", "--esimbench-seed=random", "--junitxml=junit.xml")
    result.assert_outcomes(passed=4)
    seeds = {prop.get("value") for prop in xml.etree.ElementTree.parse(pytester.path / "junit.xml").iter("property")}
    [seed] = seeds
    result.stdout.fnmatch_lines([f"esimbench *: seed {seed}, *"])


def test_configuring_twice_does_no_harm(pytester):
    pytester.makepyfile("""
        pytest_plugins = ["pytester"]

        def test_nested(pytester, lpa):
            pytester.makepyfile("def test_inner(lpa):\\n    assert lpa.eid()\\n")
            pytester.runpytest_inprocess().assert_outcomes(passed=1)
            assert lpa.eid()
    """)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def copy_with_broken_module(directory):
    """The package as it is, with a native module that does not load."""
    source = PACKAGE.parent
    shutil.copytree(source, directory, symlinks=False, ignore=shutil.ignore_patterns("_esimbench*.so", "__pycache__"))
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    (directory / "esimbench" / f"_esimbench{suffix}").write_bytes(b"this is no library")
    return directory


def test_a_broken_native_module_breaks_nobody_else(pytester):
    broken = copy_with_broken_module(pytester.path / "broken")
    environment = {**os.environ, "PYTHONPATH": str(broken)}

    def run(*arguments):
        return subprocess.run([sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments], text=True,
                              env=environment, cwd=pytester.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    pytester.makepyfile(test_others="def test_others():\n    assert 1 == 1\n\ndef test_bad():\n    assert 'a' == 'b'\n",
                        test_ours="def test_ours(lpa):\n    pass\n")
    pytester.makefile(".esim.json", **SCENARIOS)
    assert run("--version").returncode == 0
    others = run("test_others.py")
    assert "1 failed, 1 passed" in others.stdout and "esimbench" in others.stdout
    ours = run("test_ours.py")
    assert "1 error" in ours.stdout and "esimbench cannot be used: its native module does not load" in ours.stdout
    all_of_it = run("--continue-on-collection-errors")
    assert "1 failed, 1 passed, 3 errors" in all_of_it.stdout and "INTERNALERROR" not in all_of_it.stdout


def test_pytest_alone_loads_no_native_module(pytester):
    pytester.makepyfile("import sys\n\ndef test_it():\n    assert 'esimbench._esimbench' not in sys.modules\n")
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


# --- Scenario files

def test_the_cases_of_a_file_are_tests(pytester):
    pytester.makefile(".esim.json", **SCENARIOS)
    result = pytester.runpytest("-v", "-W", "error", "--strict-markers")
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["case.esim.json::corrupt/good PASSED*", "case.esim.json::corrupt/bad FAILED*",
                                 "other.esim.json::needs-https SKIPPED (not applicable: *"])
    # The engine's words, and nothing of how they came here.
    result.stdout.fnmatch_lines(["*_ corrupt/bad _*", "*case.esim.json:*", "*no such reason*", "*seed *",
                                 "*- Captured esimbench trace call -*"])
    for noise in ("pytest_plugin.py", "Traceback", "def run("):
        assert noise not in result.stdout.str()


def test_cases_are_chosen_by_name_and_tag(pytester):
    pytester.makefile(".esim.json", **SCENARIOS)
    pytester.runpytest("-k", "good", "--strict-markers").assert_outcomes(passed=1, deselected=2)
    pytester.runpytest("-m", "smoke and es9", "--strict-markers").assert_outcomes(passed=1, failed=1, deselected=1)
    pytester.runpytest("-m", "not smoke").assert_outcomes(skipped=1, deselected=2)
    pytester.runpytest("case.esim.json::corrupt/good").assert_outcomes(passed=1)
    listed = pytester.runpytest("--collect-only", "-q")
    listed.stdout.fnmatch_lines(["case.esim.json::corrupt/good", "case.esim.json::corrupt/bad"])


def test_a_tag_is_never_somebody_elses_marker(pytester):
    tags = ["timeout", "skip", "xfail", "esimbench", "parametrize", "quick"]
    pytester.makefile(".esim.json", tagged=json.dumps({**json.loads(SCENARIOS["other"]), "requires": [], "tags": tags}))
    pytester.makeini("[pytest]\nmarkers = quick: does not take long\n")
    pytester.runpytest("-W", "error", "--strict-markers").assert_outcomes(passed=1)
    for expression in ("quick", "tag_timeout and tag_skip"):
        pytester.runpytest("-m", expression, "--strict-markers").assert_outcomes(passed=1)
    pytester.runpytest("-m", "timeout or skip or tag_quick").assert_outcomes(deselected=1)


def test_a_case_is_not_applicable_on_one_road_only(pytester):
    pytester.makefile(".esim.json", other=SCENARIOS["other"])
    pytester.runpytest().assert_outcomes(skipped=1)
    pytester.runpytest("--esimbench-road=https").assert_outcomes(passed=1)


def test_a_failed_case_leaves_its_trace(pytester):
    pytester.makefile(".esim.json", **SCENARIOS)
    pytester.makeconftest("""
        def pytest_esimbench_trace(item, paths):
            assert all(path.is_file() for path in paths.values())
            print("told of", item.name, *sorted(paths))
    """)
    result = pytester.runpytest("-s", "--esimbench-traces=traces", "--junitxml=junit.xml")
    result.stdout.fnmatch_lines(["*told of corrupt/bad html ndjson pcapng"])
    junit = xml.etree.ElementTree.parse(pytester.path / "junit.xml")
    [bad] = [case for case in junit.iter("testcase") if case.get("name") == "corrupt/bad"]
    properties = {prop.get("name"): prop.get("value") for prop in bad.iter("property")}
    assert pathlib.Path(properties["esimbench_trace_ndjson"]).is_file() and properties["esimbench_seed"].isdigit()
    assert properties["esimbench_reference"] == "SGP.22 3.1.3"


def test_a_file_with_a_mistake_says_where(pytester):
    pytester.makefile(".esim.json", wrong='{"format": 1,\n "name": "a",\n "wen": []}', no_json="{")
    result = pytester.runpytest()
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*wrong.esim.json*'wen' is not known*"])
    assert "Traceback" not in result.stdout.str()


def test_all_scenarios_of_the_project_are_collected(pytester):
    folder = pathlib.Path(__file__).resolve().parents[2] / "scenarios"
    cases = [case for file in esimbench.find_scenarios(folder) for case in esimbench.load_scenario(file)]
    result = pytester.runpytest("--collect-only", "-q", "-W", "error", "--strict-markers", f"--rootdir={folder}", folder)
    assert result.ret == 0 and cases
    collected = [line for line in result.outlines if "::" in line]
    assert sorted(line.partition("::")[2] for line in collected) == sorted(case.name for case in cases)


def test_names_of_files_are_short_and_differ(pytester):
    from esimbench.pytest_plugin import in_file_name
    first, second = (in_file_name(f"test_it.py::test[{'x' * 300}{n}]") for n in (1, 2))
    assert first != second and len(first) == len(second) < 200 and first.startswith("test_it.py-test-x")
    assert in_file_name("a/b.py::test[c d/..]") == "a-b.py-test-c-d-"[:-1]


def test_a_case_is_run_from_python(tmp_path):
    file = tmp_path / "a.esim.json"
    file.write_text(SCENARIOS["case"])
    good, bad = esimbench.load_scenario(file)
    assert (good.name, good.tags, good.references, good.file) == ("corrupt/good", ["smoke", "es9"], ["SGP.22 3.1.3"], file)
    assert esimbench.find_scenarios(tmp_path) == [file]
    passed, failed = (esimbench.run_case(case, seed=3, trace_directory=tmp_path / "traces") for case in (good, bad))
    assert (passed.verdict, passed.findings, passed.text(), passed.traces) == ("passed", [], "", {})
    assert failed.verdict == "failed" and "scp03tSecurityError" in failed.text() and failed.to_dict()["verdict"] == "failed"
    assert failed.findings[0].expected and failed.findings[0].actual and ":" in failed.findings[0].place
    assert "ES10b.PrepareDownload" in failed.trace and pathlib.Path(failed.traces["ndjson"]).is_file()
    assert [report.used for report in passed.faults] == [1]
    assert passed.seed == esimbench.run_case(good, seed=3).seed != failed.seed
    assert esimbench.scenario_schema()["type"] == "object" and "lpa.download" in esimbench.scenario_reference()


def test_a_case_that_blocks_is_ended_by_a_timeout(pytester):
    pytester.makefile(".esim.json", stalls=json.dumps({
        "format": 1, "name": "stalls",
        "given": {"road": "https", "orders": {"A": {}}, "lpa": {"httpTimeout": "30s"}},
        "faults": [{"where": {"transport": "any"}, "action": {"stall": {}}, "when": "always"}],
        "when": [{"lpa.download": {"order": "A"}}]}))
    begun = time.monotonic()
    result = pytester.runpytest_subprocess("--timeout=0.5")
    assert time.monotonic() - begun < 10
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*Failed: Timeout >0.5s*"])
