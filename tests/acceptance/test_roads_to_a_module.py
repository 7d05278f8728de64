"""A card in a module over every road: a terminal, a server of serial ports (ser2net) without protocol and with RFC 2217, and
servers that the module itself reaches; what a trace has of it, and how a module that is stuck is got going."""
import contextlib
import json
import shutil
import socket
import subprocess
import time

import pytest
from conftest import EID, ICCID, PATIENCE, serving
from test_fake_module import Line

SECOND = "8988211000000000027"


@pytest.fixture
def module(run):
    """`with module(...)`: a fake module at the link `m0`, with the card in card.db."""
    return lambda *arguments: serving(run, "module", "serve", "--pty", run.directory / "m0", "--store", "card.db", "--speed", "100",
                                      *arguments)


def register(line):
    """Until the module has a network."""
    line.ask("AT+CEREG=1")
    if not any(",1" in answer or answer == "+CEREG: 1" for answer in line.ask("AT+CEREG?")):
        line.read_until(b"+CEREG: 1\r\n")


@contextlib.contextmanager
def ser2net(directory, accepter):
    """The port m0 behind a TCP port, which is told."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (directory / "ser2net.yaml").write_text(
        f"%YAML 1.1\n---\nconnection: &m0\n  accepter: {accepter},127.0.0.1,{port}\n"
        f"  connector: serialdev,{directory / 'm0'},115200n81,local\n")
    with open(directory / "ser2net.log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([shutil.which("ser2net") or "/usr/sbin/ser2net", "-n", "-c", directory / "ser2net.yaml"],
                                  stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), PATIENCE):
                break
            assert server.poll() is None, (directory / "ser2net.log").read_text()
            assert time.monotonic() < deadline, "ser2net does not listen"
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(PATIENCE)


@pytest.mark.parametrize("road", ["at", "at-tcp", "at-rfc2217"])
def test_download_enable_reset_and_iccid(run, serve, module, profile, road):
    """The ICCID that the module itself tells after a restart is the downloaded profile's."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(serve("--profile", profile, "--matching-id", "M"))
        stack.enter_context(module("--dialect", "quectel-eg25"))
        with contextlib.ExitStack() as way:
            card = f"at:{run.directory / 'm0'}"
            if road != "at":
                accepter = "tcp" if road == "at-tcp" else "telnet(rfc2217),tcp"
                card = f"{road}:{way.enter_context(ser2net(run.directory, accepter))}"
            assert run("lpa", "info", "--card", card, "--json")["eid"] == EID
            run("lpa", "download", server.code(), "--card", card)
            run("lpa", "enable", ICCID, "--card", card)
        line = Line.open(run.directory / "m0")
        line.ask("AT+CFUN=1,1")
        line.read_until(b"PB DONE\r\n")
        assert line.ask("AT+QCCID")[0].startswith(f"+QCCID: {ICCID}")
        line.close()
    assert [order["state"] for order in server.final["orders"]] == ["installed"]


@pytest.mark.parametrize("stack", ["http", "tls"])
def test_servers_are_reached_through_the_module(run, serve, module, profile, tmp_path, stack):
    """The host has no way to the server but the module, and the module has a network by the profile that is enabled."""
    run("pki", "create", "P", "--curve", "nist")
    run("profile", "make", "--iccid", SECOND, "--imsi", "001010000000002", "--out", "second.der")
    at = f"at:{tmp_path / 'm0'}"
    with serve("--profile", profile, "--profile", "second.der", "--matching-id", "A", "--matching-id", "B", "--pki", "P") as server:
        run("lpa", "download", server.code(0), "--card", "sim:card.db", "--pki", "P")
        run("lpa", "enable", ICCID, "--card", "sim:card.db", "--pki", "P")
        with module("--dialect", "quectel-eg25", "--pki", "P", "--resolve", "localhost:127.0.0.1"):
            line = Line.open(tmp_path / "m0")
            register(line)
            line.close()
            run("lpa", "download", server.code(1), "--card", at, "--pki", "P", f"--through-module={stack}", "--trace", "t.ndjson")
            assert SECOND in [one["iccid"] for one in run("lpa", "profiles", "--card", at, "--json")["profiles"]]
    assert [order["state"] for order in server.final["orders"]] == ["installed", "installed"]
    commands = [event["detail"] for event in events("t.ndjson", tmp_path) if event.get("name") == "AT command"]
    asked = "AT+QHTTPPOST=" if stack == "http" else "AT+QSSLSEND="
    assert sum(command.startswith(asked) for command in commands) >= 4, commands
    assert sum(command.startswith("AT+QSSLOPEN=") for command in commands) == (1 if stack == "tls" else 0), commands


def test_a_server_that_the_module_does_not_trust(run, serve, module, profile, tmp_path):
    """The module was given another CI: TLS fails where the module does it."""
    for name in ("P", "Q"):
        run("pki", "create", name, "--curve", "nist")
    with serve("--profile", profile, "--matching-id", "A", "--pki", "P") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db", "--pki", "P")
        run("lpa", "enable", ICCID, "--card", "sim:card.db", "--pki", "P")
        with module("--dialect", "quectel-eg25", "--pki", "Q", "--resolve", "localhost:127.0.0.1"):
            line = Line.open(tmp_path / "m0")
            register(line)
            line.close()
            error = run("lpa", "download", server.code(), "--card", f"at:{tmp_path / 'm0'}", "--pki", "P", "--through-module=tls",
                        "--json", check=1).error
    assert error["code"] == "QSSLOPEN 566" and error["layer"] == "transport", error


def test_a_module_is_needed_for_servers_through_it(run):
    call = ("lpa", "download", "LPA:1$localhost$M", "--card", "sim:other.db", "--through-module")
    assert run(*call, "--json", check=2).error["path"] == "--through-module"
    refused = run("lpa", "download", "LPA:1$localhost$M", "--card", "at:m0", "--through-module", "--resolve", "localhost:127.0.0.1", "--json",
                  check=2).error
    assert refused["path"] == "--resolve", refused


def events(name, directory):
    return [json.loads(line) for line in (directory / name).read_text().splitlines()[1:]]


def test_a_trace_has_at_lines_apdus_and_messages(run, serve, module, profile, tmp_path):
    at = f"at:{tmp_path / 'm0'}"
    with serve("--profile", profile, "--matching-id", "M") as server, module("--dialect", "quectel-eg25"):
        run("lpa", "download", server.code(), "--card", at, "--trace", "t.ndjson")
        layers = {event["layer"] for event in events("t.ndjson", tmp_path)}
        assert {"at", "apdu", "http", "tls"} <= layers, layers
        assert "ES10b.PrepareDownload" in run("trace", "show", "t.ndjson").stdout
        run("lpa", "profiles", "--card", at, "--trace", "t.html")
        assert "GetProfilesInfo" in (tmp_path / "t.html").read_text()
        run("lpa", "profiles", "--card", at, "--trace", "t.pcapng")
        seen = subprocess.run(["tshark", "-r", tmp_path / "t.pcapng", "-Y", "gsm_sim", "-T", "fields", "-e", "frame.number"],
                              capture_output=True, text=True, check=True, timeout=PATIENCE).stdout.split()
        assert len(seen) >= 3
    # What went wrong is in the trace as well; one that cannot be written is said before anything is done.
    run("lpa", "info", "--card", at, "--trace", "t.ndjson", check=1)
    assert (tmp_path / "t.ndjson").exists()
    error = run("lpa", "info", "--card", "sim:card.db", "--trace", "no/such/folder/t", "--json", check=3).error
    assert "no/such/folder" in error["path"], error


def test_a_module_is_got_going_again(run, module, tmp_path):
    card = ("--card", f"at:{tmp_path / 'm0'}")
    with module("--dialect", "quectel-eg25"):
        done = run("module", "recover", *card, "--json")
        assert done["helped"] == "close channels" and len(done["steps"]) == 1, done
        done = run("module", "recover", *card, "--from", "power", "--power-command", "touch cycled", "--json")
        assert done["helped"] == "power" and [step["step"] for step in done["steps"]] == ["power"], done
        assert (tmp_path / "cycled").exists()
        error = run("module", "recover", *card, "--from", "power", "--power-command", "exit 3", "--json", check=1).error
        assert "ended with status 3" in error["text"], error
        error = run("module", "recover", *card, "--from", "power", "--power-command", "sleep 60", "--timeout", "1", "--json",
                    check=4).error
        assert "did not end in time" in error["text"], error
    with module("--quirk", "other-slot"):
        failed = run("module", "recover", *card, "--timeout", "3", check=(1, 4))
        for step in ("close channels", "reopen port", "SIM off and on"):
            assert f"{step} did not help" in failed.stderr, failed.stderr
    refused = run("module", "recover", "--card", "sim:card.db", "--json", check=2).error
    assert refused["path"] == "--card", refused
