"""What every acceptance test shares: the program, a place of its own for each test, servers that end with it.

ESIMBENCH names the program (default: the one in build/), ESIMBENCH_SHARED_DATA a directory with published test data.
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("ESIMBENCH") or str(ROOT / "build" / "esimbench")
SHARED_DATA = os.environ.get("ESIMBENCH_SHARED_DATA")

# Nothing here takes a second; this is for a machine that is busy with other things.
PATIENCE = 60

ICCID = "8988211000000000019"
IMSI = "001010000000001"
EID = "89049032123451234512345678901235"


@dataclass
class Outcome:
    """How one run of the program ended."""

    arguments: list
    status: int
    stdout: str
    stderr: str
    json: dict | None = None

    def __getitem__(self, name):
        return self.json[name]

    @property
    def error(self):
        return self.json["error"]


def looks_sane(outcome):
    """What holds for every run, however it ends: a documented status, and no crash behind it."""
    assert outcome.status in range(6), f"ended with {outcome.status}\n{outcome}"
    for sign in ("terminate called", "Sanitizer", "Assertion", "runtime error:", "what():", "Traceback"):
        assert sign not in outcome.stderr, outcome.stderr


class Program:
    """Runs the program in a directory and with a state folder that belong to one test."""

    def __init__(self, directory: pathlib.Path):
        self.directory = directory
        self.environment = {**os.environ, "XDG_STATE_HOME": str(directory / "state"), "LC_ALL": "C.UTF-8"}
        for name in ("SSLKEYLOGFILE", "NO_COLOR"):
            self.environment.pop(name, None)

    def start(self, *arguments, **popen):
        popen = {"cwd": self.directory, "env": self.environment, **popen}
        return subprocess.Popen([BINARY, *map(str, arguments)], **popen)

    def __call__(self, *arguments, check=0, environment=None, timeout=PATIENCE):
        """Runs to the end. With --json, standard output must be exactly one document, on success and on failure.

        check: the exit status that is expected, several of them, or None for any."""
        ran = subprocess.run([BINARY, *map(str, arguments)], cwd=self.directory,
                             env={**self.environment, **(environment or {})}, stdin=subprocess.DEVNULL,
                             capture_output=True, text=True, errors="replace", timeout=timeout)
        outcome = Outcome(list(map(str, arguments)), ran.returncode, ran.stdout, ran.stderr)
        looks_sane(outcome)
        if "--json" in arguments:
            outcome.json = json.loads(ran.stdout)  # fails on none, on two, and on anything around it
            assert outcome.json["result"] in (("ok",) if outcome.status == 0 else ("error", "failed")), outcome
        if check is not None:
            wanted = (check,) if isinstance(check, int) else check
            assert outcome.status in wanted, outcome
        return outcome


class Server:
    """A `smdp serve` or `euicc serve` that runs; `ready` is what it said once it was there."""

    def __init__(self, process, ready, directory, log):
        self.process, self.ready, self.directory, self._log = process, ready, directory, log
        self.final = None

    @property
    def address(self):
        return f"{self.ready['host']}:{self.ready['port']}"

    def code(self, order=0):
        return self.ready["orders"][order]["activationCode"]

    def log(self):
        return self._log.read_text()

    def orders(self):
        """The orders as the server printed them when it ended, by MatchingID."""
        return {order["matchingId"]: order for order in self.final["orders"]}

    def stop(self, with_signal=signal.SIGTERM):
        if self.final is not None:
            return self.final
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        out, _ = self.process.communicate(timeout=PATIENCE)
        outcome = Outcome(self.process.args, self.process.returncode, out, self.log(), json.loads(out) if out else {})
        looks_sane(outcome)
        assert outcome.status == 0, outcome
        self.final = outcome.json
        return self.final


@contextlib.contextmanager
def serving(program, *arguments, **popen):
    """Starts a server, waits until it is ready, ends it by SIGTERM."""
    number = len(list(program.directory.glob("ready-*")))
    ready_file = program.directory / f"ready-{number}-{arguments[0]}.json"
    log = program.directory / f"log-{number}-{arguments[0]}"
    ready_file.unlink(missing_ok=True)
    with open(log, "w") as log_file:
        process = program.start(*arguments, "--ready-file", ready_file, "--json", stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=log_file, text=True, **popen)
    server = None
    try:
        deadline = time.monotonic() + PATIENCE
        while not ready_file.exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.02)
                pytest.fail(f"the server ended at once: {process.stdout.read()}{log.read_text()}")
            assert time.monotonic() < deadline, "the server does not get ready"
        server = Server(process, json.loads(ready_file.read_text()), program.directory, log)
        yield server
        server.stop()
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="session", autouse=True)
def program_is_there():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is no program; build it, or name it in ESIMBENCH", returncode=3)


@pytest.fixture
def run(tmp_path):
    """run("lpa", "profiles", ..., check=0) -> Outcome."""
    return Program(tmp_path)


@pytest.fixture
def serve(run):
    """with serve("--profile", ...) as server: a mock SM-DP+ on a free port, named localhost unless told otherwise."""
    return lambda *arguments: serving(run, "smdp", "serve", *arguments)


@pytest.fixture
def serve_card(run):
    """with serve_card() as card: a software card behind a socket."""
    return lambda *arguments: serving(run, "euicc", "serve", "--frontend", "socket:127.0.0.1:0", *arguments)


@pytest.fixture
def profile(run, tmp_path):
    """A small profile package."""
    run("profile", "make", "--iccid", ICCID, "--imsi", IMSI, "--out", "profile.der")
    return tmp_path / "profile.der"


@pytest.fixture
def shared_data():
    """The directory of published test data."""
    if not SHARED_DATA or not pathlib.Path(SHARED_DATA).is_dir():
        pytest.skip("ESIMBENCH_SHARED_DATA names no directory of published test data")
    return pathlib.Path(SHARED_DATA)


def openssl(*arguments, data=None, check=True):
    """The openssl program: another opinion on what is ours."""
    ran = subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, timeout=PATIENCE)
    if check:
        assert ran.returncode == 0, f"openssl {' '.join(map(str, arguments))}: {ran.stderr.decode()}"
    return ran.stdout.decode(errors="replace")


def iccids(run, card):
    """The profiles that a card lists."""
    return [profile["iccid"] for profile in run("lpa", "profiles", "--card", card, "--json")["profiles"]]


@pytest.fixture(scope="session")
def tshark(tmp_path_factory):
    """tshark as an unprivileged user: tshark(file, *arguments) and tshark.fields(file, filter, *names)."""
    from wireshark import Tshark  # it shares what stands above
    if shutil.which("tshark") is None:
        pytest.fail("tshark is missing; scripts/setup installs it")
    with tempfile.TemporaryDirectory() as directory:
        yield Tshark(pathlib.Path(directory))
