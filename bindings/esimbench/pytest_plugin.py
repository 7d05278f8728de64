"""The pytest plugin: fixtures of one testbed a test, scenario files as tests, traces of what failed.

pytest loads this module in every project on the machine, so that it imports nothing but pytest and the standard
library; the native module is loaded by the first fixture or scenario file that needs it.
"""
from __future__ import annotations

import contextlib
import hashlib
import os
import pathlib
import re
import secrets
import sys
import types
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any, Callable, Generator, Iterator, Literal, cast

import pytest

if TYPE_CHECKING:
    from . import Case, CaseResult, Clock, Euicc, Faults, Lpa, Smdp, Testbed, Trace

SCENARIO_SUFFIX = ".esim.json"
DEFAULT_TRACE_DIRECTORY = "esimbench-traces"
SECTION = "esimbench trace"
# Of a trace in a report; its files have all of it.
LINES_SHOWN = 400
# Of a trace file, without its ending: file systems take 255 octets.
LONGEST_NAME = 150


# --- Options: on the command line, in the ini file, in the environment
# ---------------------------------------------------------------------

@dataclass(frozen=True)
class Option:
    """One setting: --esimbench-NAME, esimbench_NAME, ESIMBENCH_NAME, in this order."""

    name: str
    default: str
    help: str
    metavar: str | None = None
    choices: tuple[str, ...] | None = None

    @property
    def ini(self) -> str:
        return f"esimbench_{self.name}"

    @property
    def variable(self) -> str:
        return self.ini.upper()

    def value(self, config: pytest.Config) -> str:
        """What is said first. UsageError names the place where it is said wrongly."""
        sources = ((f"--esimbench-{self.name}", config.getoption(self.ini)), (self.ini, config.getini(self.ini)),
                   (self.variable, os.environ.get(self.variable)))
        source, value = next(((source, value) for source, value in sources if value), ("", self.default))
        if value and self.choices and value not in self.choices:
            raise pytest.UsageError(f"{source}: '{value}' is none of: {', '.join(self.choices)}")
        return value


SEED = Option("seed", "1", "seed of the run, from which each test has its own; 'random' makes one up", metavar="N")
ROAD = Option("road", "in-process", "how the LPA reaches the server", choices=("in-process", "https"))
TRACES = Option("traces", "", f"directory for trace files (default: {DEFAULT_TRACE_DIRECTORY} with --esimbench-keep)",
                metavar="DIR")
KEEP = Option("keep", "", "which tests leave trace files (default: failed with --esimbench-traces, else never)",
              choices=("never", "failed", "always"))
OPTIONS = (SEED, ROAD, TRACES, KEEP)


class Hooks:
    """Hooks of this plugin for others."""

    @staticmethod
    def pytest_esimbench_trace(item: pytest.Item, paths: dict[str, pathlib.Path]) -> None:
        """Called when the trace files of a test have been written: "ndjson", "pcapng", "html" to their paths."""


@dataclass(frozen=True)
class Settings:
    """What the options say, in their final form."""

    seed: int
    road: Literal["in-process", "https"]
    traces: pathlib.Path
    keep: Literal["never", "failed", "always"]

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        traces, keep = TRACES.value(config), KEEP.value(config)
        # Option.value() lets nothing else through.
        return cls(seed=run_seed(config), road=cast(Any, ROAD.value(config)),
                   traces=config.invocation_params.dir / (traces or DEFAULT_TRACE_DIRECTORY),
                   keep=cast(Any, keep or ("failed" if traces else "never")))


def run_seed(config: pytest.Config) -> int:
    text = SEED.value(config)
    try:
        seed = int(text, 0)
    except ValueError:
        raise pytest.UsageError(f"{SEED.ini}: '{text}' is neither a number nor 'random'") from None
    if not 0 <= seed < 2 ** 64:
        raise pytest.UsageError(f"{SEED.ini}: {seed} is not between 0 and 2^64")
    return seed


# --- Per test
# ---------------------------------------------------------------------

@dataclass
class Evidence:
    """What a failing test leaves behind."""

    text: str
    files: Callable[[pathlib.Path, str], dict[str, pathlib.Path]]


SETTINGS = pytest.StashKey[Settings]()
EVIDENCE = pytest.StashKey[Callable[[], "Evidence"]]()
ENDED_EARLY = pytest.StashKey[bool]()


def node_name(item: pytest.Item) -> str:
    """The node id, without the group that pytest-xdist appends to it under --dist loadgroup."""
    group = item.get_closest_marker("xdist_group")
    name = (group.args[0] if group.args else group.kwargs.get("name")) if group else None
    suffix = f"@{name}"
    return item.nodeid[:-len(suffix)] if group and item.nodeid.endswith(suffix) else item.nodeid


def seed_of(item: pytest.Item) -> int:
    """Out of the seed of the run and the test's name, so that neither order nor worker matters."""
    text = f"{item.config.stash[SETTINGS].seed}:{node_name(item)}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def in_file_name(text: str) -> str:
    name = re.sub(r"[^\w.=+-]+", "-", text).strip("-.")
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME - 9]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def testbed_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Of markers, the nearest first, over those of the run; a parameter of the fixture is before all of them."""
    options: dict[str, Any] = {"seed": seed_of(request.node), "road": request.config.stash[SETTINGS].road}
    for marker in reversed(list(request.node.iter_markers("esimbench"))):
        if marker.args:
            raise pytest.UsageError("pytest.mark.esimbench takes keywords only: the options of esimbench.Testbed")
        options.update(marker.kwargs)
    options.update(getattr(request, "param", {}))
    return options


def write_trace(trace: Trace, directory: pathlib.Path, stem: str, title: str) -> dict[str, pathlib.Path]:
    directory.mkdir(parents=True, exist_ok=True)
    paths = {}
    contents = {"ndjson": trace.to_ndjson().encode(), "pcapng": trace.to_pcapng(), "html": trace.to_html(title).encode()}
    for kind, content in contents.items():
        paths[kind] = directory / f"{stem}.{kind}"
        paths[kind].write_bytes(content)
    return paths


def shortened(text: str) -> str:
    lines = text.splitlines()
    left_out = len(lines) - LINES_SHOWN
    if left_out <= 0:
        return text.rstrip("\n")
    return "\n".join([f"... {left_out} earlier events ...", *lines[left_out:]])


def keep_evidence(item: pytest.Item, failed: bool) -> str | None:
    """Writes the trace files of a test where they are wanted. The trace for the report, where that is wanted."""
    find = item.stash.get(EVIDENCE, None)
    if find is None:
        return None
    settings = item.config.stash[SETTINGS]
    wants_files = settings.keep == "always" or (settings.keep == "failed" and failed)
    if not failed and not wants_files:
        return None
    evidence = find()
    if wants_files:
        with contextlib.suppress(OSError):  # a full disk is no reason to lose the report
            tell_of_files(item, evidence.files(settings.traces, in_file_name(node_name(item))))
    return shortened(evidence.text) if failed else None


def tell_of_files(item: pytest.Item, paths: dict[str, pathlib.Path]) -> None:
    known = {name for name, _ in item.user_properties}
    item.user_properties.extend((f"esimbench_trace_{kind}", str(path)) for kind, path in paths.items()
                                if f"esimbench_trace_{kind}" not in known)
    if paths:
        item.ihook.pytest_esimbench_trace(item=item, paths=paths)


# --- Fixtures
# ---------------------------------------------------------------------

@pytest.fixture
def testbed(request: pytest.FixtureRequest) -> Iterator[Testbed]:
    """A testbed of this test's own. Options: @pytest.mark.esimbench(road="https", memory=65536)."""
    try:
        from . import Testbed
    except ImportError as error:
        pytest.fail(f"esimbench cannot be used: its native module does not load: {error}", pytrace=False)
    item = request.node
    item.stash[ENDED_EARLY] = False  # a test may be run again
    with Testbed(**testbed_options(request)) as bench:
        item.stash[EVIDENCE] = lambda: Evidence(
            bench.trace.text(), lambda directory, stem: write_trace(bench.trace, directory, stem, item.name))
        try:
            yield bench
            complain_of_faults(item, bench)
        finally:
            del item.stash[EVIDENCE]


def complain_of_faults(item: pytest.Item, bench: Testbed) -> None:
    """A fault that never struck means that the test did not test what it says. One that ended early is excused."""
    unused = bench.faults.unused
    if not unused or item.stash[ENDED_EARLY]:
        return
    item.add_report_section("teardown", SECTION, keep_evidence(item, failed=True) or "")
    pytest.fail("\n".join(f"fault '{report.id}' ({report.action} at {report.where}) {report.complaint}"
                          for report in unused), pytrace=False)


@pytest.fixture
def lpa(testbed: Testbed) -> Lpa:
    """The LPA of the test's testbed."""
    return testbed.lpa


@pytest.fixture
def euicc(testbed: Testbed) -> Euicc:
    """The software eUICC of the test's testbed."""
    return testbed.euicc


@pytest.fixture
def smdp(testbed: Testbed) -> Smdp:
    """The mock SM-DP+ of the test's testbed."""
    return testbed.smdp


@pytest.fixture
def faults(testbed: Testbed) -> Faults:
    """What is to go wrong on the test's testbed. One that does not strike as planned fails the test."""
    return testbed.faults


@pytest.fixture
def trace(testbed: Testbed) -> Trace:
    """Everything that happened on the test's testbed so far."""
    return testbed.trace


@pytest.fixture
def clock(testbed: Testbed) -> Clock:
    """The clock of the test's testbed."""
    return testbed.clock


# --- Scenario files
# ---------------------------------------------------------------------

class ScenarioFile(pytest.Module):
    """A scenario file. Each of its cases is a test function of a module that is made up for them."""

    def _getobj(self) -> types.ModuleType:
        try:
            from . import EsimError, load_scenario
        except ImportError as error:
            raise self.CollectError(f"esimbench cannot be used: its native module does not load: {error}") from None
        module = types.ModuleType(self.path.name)
        module.__file__ = str(self.path)
        try:
            cases = load_scenario(self.path)
        except EsimError as error:
            raise self.CollectError(str(error)) from None
        for case in cases:
            setattr(module, case.name, self.function(case))
        return module

    def function(self, case: Case) -> Callable[..., None]:
        def run(request: pytest.FixtureRequest) -> None:
            run_scenario(request.node, case)
        # So that pytest says the file, and not this one.
        run.__code__ = run.__code__.replace(co_filename=str(self.path), co_firstlineno=1)
        run.__name__ = run.__qualname__ = case.name
        run.__doc__ = case.title
        for tag in case.tags:
            run = getattr(pytest.mark, marker_of(self.config, tag))(run)
        run.esimbench_case = case  # type: ignore[attr-defined]
        return run

    def istestfunction(self, obj: object, name: str) -> bool:
        return hasattr(obj, "esimbench_case")


def marker_of(config: pytest.Config, tag: str) -> str:
    """A tag's marker, known from here on, for --strict-markers.

    A marker that takes arguments does something: "timeout" or "skip" on a case must not. Such tags get "tag_" before them.
    """
    known = [line.partition(":")[0].strip() for line in config.getini("markers")]
    name = f"tag_{tag}" if any(marker.startswith(f"{tag}(") for marker in known) else tag
    if name not in known:
        config.addinivalue_line("markers", f"{name}: tag of scenario files")
    return name


def run_scenario(item: pytest.Item, case: Case) -> None:
    from . import run_case
    settings = item.config.stash[SETTINGS]
    # The engine names files by the case only, and two scenario files may have cases of one name.
    directory = settings.traces / in_file_name(node_name(item).partition("::")[0])
    result = run_case(case, seed=settings.seed, road=settings.road, trace_directory=directory, keep=settings.keep)
    item.user_properties.append(("esimbench_seed", str(result.seed)))
    item.user_properties.extend(("esimbench_reference", reference) for reference in result.references)
    paths = {kind: pathlib.Path(path) for kind, path in result.traces.items()}
    item.stash[EVIDENCE] = lambda: Evidence(result.trace, lambda directory, stem: paths)
    judge(result)


def judge(result: CaseResult) -> None:
    __tracebackhide__ = True
    if result.verdict == "not applicable":
        pytest.skip(f"not applicable: {'; '.join(finding.text for finding in result.findings)}")
    if result.verdict != "passed":
        pytest.fail(result.text(), pytrace=False)


# --- Hooks of pytest
# ---------------------------------------------------------------------

def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("esimbench", "eSIM test bench")
    for option in OPTIONS:
        extra = {"metavar": option.metavar} if option.metavar else {}
        group.addoption(f"--esimbench-{option.name}", dest=option.ini, default=None,
                        help=f"{option.help} (ini {option.ini}, environment {option.variable})", **extra)
        parser.addini(option.ini, option.help, default="")


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "esimbench(**options): options of the test's testbed, as of esimbench.Testbed: "
                                       "road, seed, memory, svn, http_timeout ...")
    if SEED.value(config) == "random":
        of_controller = getattr(config, "workerinput", {}).get(SEED.ini)
        config.option.esimbench_seed = of_controller or str(secrets.randbits(32))
    config.stash[SETTINGS] = Settings.of(config)


@pytest.hookimpl(optionalhook=True)  # type: ignore[misc]  # pluggy of Debian 12 has no types
def pytest_configure_node(node: Any) -> None:
    """Of pytest-xdist: tells a worker the seed that was made up."""
    node.workerinput[SEED.ini] = str(node.config.stash[SETTINGS].seed)


def pytest_report_header(config: pytest.Config) -> str:
    settings = config.stash[SETTINGS]
    try:
        version = metadata.version("esimbench")
    except metadata.PackageNotFoundError:
        version = "(not installed)"
    kept = f", traces in {settings.traces}" if settings.keep != "never" else ""
    return f"esimbench {version}: seed {settings.seed}, road {settings.road}{kept}"


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> ScenarioFile | None:
    if not file_path.name.endswith(SCENARIO_SUFFIX):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)  # type: ignore[no-any-return]


# First, so that its report is what the others have made of it: an expected failure is none.
@pytest.hookimpl(hookwrapper=True, tryfirst=True)  # type: ignore[misc]  # pluggy of Debian 12 has no types
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    if call.excinfo is not None:
        item.stash[ENDED_EARLY] = True
    made = yield
    if call.when == "teardown":
        return
    report: pytest.TestReport = made.get_result()
    text = keep_evidence(item, report.failed)
    if text is not None:
        report.sections.append((f"Captured {SECTION} {call.when}", text))
    report.user_properties = list(item.user_properties)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Explains codes and trees. There are none where nobody has loaded what they are made by."""
    values = sys.modules.get("esimbench.values")
    if op != "==" or values is None:
        return None
    sides = (left, right)
    native = vars(sys.modules["esimbench"]).get("_esimbench")
    if native is not None and any(isinstance(side, native.Tlv) for side in sides):
        return compare_trees(left, right)
    if any(isinstance(side, values.StatusWord) for side in sides) and all(isinstance(side, int) for side in sides):
        words = [values.StatusWord(side) for side in sides if 0 <= side <= 0xFFFF]  # type: ignore[operator]
        return [f"status word {four_digits(left)} == {four_digits(right)}",
                *(f"{word} = {word.meaning}" for word in words)]
    if any(isinstance(side, values.ErrorCode) for side in sides) and all(isinstance(side, str) for side in sides):
        codes = [values.ErrorCode(side) for side in sides]
        return [f"code {str(left)!r} == {str(right)!r}",
                *(f"{code} = {code.meaning}" for code in codes if code.meaning)]
    return None


def four_digits(side: object) -> str:
    return f"{side:04X}" if type(side) is int else str(side)


def compare_trees(left: object, right: object) -> list[str]:
    import difflib
    differences = difflib.ndiff(str(left).splitlines(), str(right).splitlines())
    return ["the same elements", *differences]
