"""The fake module as other programs meet it: a terminal, a TCP port, lines of AT, and HTTPS through its own stack."""
import contextlib
import ctypes
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

import pytest
from conftest import EID, ICCID, IMSI, PATIENCE, serving

USAGE = 2
ISD_R = "A0000005591010FFFFFFFF8900000100"


class Line:
    """One AT port, by a descriptor."""

    def __init__(self, descriptor):
        self.descriptor = descriptor

    @classmethod
    def open(cls, path):
        return cls(os.open(path, os.O_RDWR | os.O_NOCTTY))

    def close(self):
        os.close(self.descriptor)

    def is_gone(self):
        """Whether the port goes away: what comes before is of no interest."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.descriptor], [], [], 1)
            try:
                if ready and not os.read(self.descriptor, 4096):
                    return True
            except OSError:
                return True
        return False

    def read_until(self, *ends):
        out, deadline = b"", time.monotonic() + PATIENCE
        while not any(out.endswith(end) for end in ends):
            assert time.monotonic() < deadline, out
            ready, _, _ = select.select([self.descriptor], [], [], 1)
            if ready:
                more = os.read(self.descriptor, 4096)
                assert more, f"the port is gone: {out}"
                out += more
        return out.decode()

    def ask(self, line):
        """The lines of an answer, without echo and empty ones."""
        os.write(self.descriptor, line.encode() + b"\r")
        out = self.read_until(*(end + more for end in (b"OK\r\n", b"ERROR\r\n") for more in (b"", b"\r\n")))
        return [text for text in out.replace("\r", "\n").split("\n") if text and text != line]

    def give(self, command, octets, end):
        os.write(self.descriptor, command.encode() + b"\r")
        self.read_until(b"CONNECT\r\n")
        os.write(self.descriptor, octets)
        return self.read_until(end)


class Watch:
    """Waits until something is true of a folder, and looks whenever something in it has changed."""

    CHANGES = 0x002 | 0x080 | 0x100  # IN_MODIFY, IN_MOVED_TO, IN_CREATE

    def __init__(self, folder):
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.inotify_init1(os.O_CLOEXEC)
        assert libc.inotify_add_watch(self.descriptor, os.fsencode(folder), self.CHANGES) >= 0, os.strerror(ctypes.get_errno())

    def until(self, holds):
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, "it does not come"
            if select.select([self.descriptor], [], [], 1)[0]:
                os.read(self.descriptor, 4096)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)


@pytest.fixture
def module(run):
    """`with module(...) as server`: a fake module at the link `modem`."""
    return lambda *arguments: serving(run, "module", "serve", "--store", "card.db", *arguments)


@pytest.fixture
def installed(run, serve, profile):
    """A card with an enabled profile in card.db."""
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db")
    run("lpa", "enable", ICCID, "--card", "sim:card.db")


def test_a_channel_over_a_terminal(module, tmp_path):
    with module("--pty", tmp_path / "modem", "--dialect", "quectel-eg91x") as server:
        assert server.ready["card"] == f"at:{tmp_path / 'modem'}" and server.ready["eid"] == EID
        assert os.readlink(tmp_path / "modem") == server.ready["tty"]
        line = Line.open(tmp_path / "modem")
        assert line.ask("ATE0") == ["OK"]
        assert line.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
        assert line.ask(f'AT+CCHO="{ISD_R}"') == ["+CCHO: 1", "OK"]
        assert line.ask('AT+CGLA=1,22,"80E2910006BF3E035C015A"') == [f'+CGLA: 46,"BF3E125A10{EID}9000"', "OK"]
        assert line.ask("AT+CCHC=1") == ["OK"]
        line.close()
        # The next client finds the module as it was left, and no words of before.
        line = Line.open(tmp_path / "modem")
        assert line.ask("AT+CMEE?") == ["+CMEE: 0", "OK"]
        line.close()
    assert not os.path.lexists(tmp_path / "modem")


def test_the_next_client_gets_no_words_for_the_last_one(module, tmp_path):
    with module("--pty", "modem", "--dialect", "plain") as server, Watch(tmp_path) as folder:
        for number in range(1, 11):
            line = Line.open(tmp_path / "modem")
            assert line.ask("AT+CMEE?") == ["+CMEE: 0", "OK"]
            os.write(line.descriptor, b"ATI\r" * 1000)  # and reads none of what it gets
            line.close()
            folder.until(lambda: server.log().count("modem is closed") == number)


def test_tcp_and_two_terminals_are_ports_of_one_module(module, tmp_path, installed):
    with module("--pty", "modem", "--second-pty", "modem2", "--tcp", "127.0.0.1:0", "--dialect", "quectel-ec25") as server:
        host, port = server.ready["tcp"].rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            assert Line(client.fileno()).ask("AT+QCCID") == [f"+QCCID: {ICCID}", "OK"]
        second = Line.open(tmp_path / "modem2")
        assert second.ask("AT+CIMI") == [IMSI, "OK"]
        second.close()
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            assert Line(client.fileno()).ask("AT") == ["OK"], "the next client"


def test_a_port_goes_and_comes_back(module, tmp_path):
    with module("--pty", "modem", "--quirk", "reset-drops-port", "--dialect", "quectel-ec25", "--speed", "50") as server, \
            Watch(tmp_path) as folder:
        line = Line.open(tmp_path / "modem")
        line.ask("AT+CFUN=1,1")
        assert line.is_gone()
        line.close()
        folder.until((tmp_path / "modem").exists)
        line = Line.open(tmp_path / "modem")
        out, deadline = b"", time.monotonic() + PATIENCE
        while b"OK\r\n" not in out:  # nobody listens before the module has started
            assert time.monotonic() < deadline, out
            os.write(line.descriptor, b"AT\r")
            if select.select([line.descriptor], [], [], 0.2)[0]:
                out += os.read(line.descriptor, 4096)
        line.close()
        assert server.stop()["quirks"] == [{"quirk": "reset-drops-port", "used": 1}]


def test_quirks_are_reported_when_the_module_ends(module, tmp_path):
    (tmp_path / "own.json").write_text(json.dumps([
        {"name": "deaf", "faults": [{"where": {"at": {"command": "^\\+CSQ"}}, "when": "always",
                                     "action": {"reply": {"final": "ERROR"}}}]}]))
    with module("--pty", "modem", "--quirk", "ccho-bare-handle", "--quirk", "cgla-silent", "--quirks", "own.json") as server:
        line = Line.open(tmp_path / "modem")
        assert line.ask("AT+CSQ") == ["ERROR"]
        assert line.ask(f'AT+CCHO="{ISD_R}"') == ["1", "OK"]
        line.close()
        by_name = {quirk["quirk"]: quirk for quirk in server.stop()["quirks"]}
        assert by_name["deaf"]["used"] == 1 and by_name["ccho-bare-handle"]["used"] >= 1
        assert by_name["cgla-silent"]["complaint"] and "cgla-silent" in server.log()


def test_how_often_quirks_were_met_is_told_to_people_too(run, tmp_path):
    process = run.start("module", "serve", "--pty", "modem", "--store", "card.db", "--quirk", "lf-only", "--quirk", "cgla-silent",
                        "--ready-file", "ready.json", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        with Watch(tmp_path) as folder:
            folder.until((tmp_path / "ready.json").exists)
        line = Line.open(tmp_path / "modem")
        os.write(line.descriptor, b"AT\r")
        line.read_until(b"OK\n", b"OK\r\n")
        line.close()
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    told = [line.split() for line in out.splitlines()]
    assert ["lf-only", "met", "1", "times"] in told and ["cgla-silent", "met", "0", "times"] in told, out


@contextlib.contextmanager
def silent_server():
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_server_that_says_nothing_stops_neither_the_ports_nor_the_end(module, tmp_path, installed):
    with silent_server() as port, module("--pty", "modem", "--dialect", "quectel-eg25", "--resolve", "localhost:127.0.0.1") as fake:
        line = Line.open(tmp_path / "modem")
        line.ask("ATE0")
        url = f"https://localhost:{port}/".encode()
        line.give(f"AT+QHTTPURL={len(url)},10", url, b"OK\r\n")
        assert line.ask("AT+QHTTPGET=60000") == ["OK"], "how it went comes later"
        assert line.ask("AT+CSQ") == ["+CSQ: 24,99", "OK"]
        assert line.ask("AT+QHTTPSTOP") == ["OK"]
        assert line.ask(f'AT+QSSLOPEN=1,1,1,"localhost",{port},0') == ["OK"]
        assert line.ask("AT") == ["OK"]
        line.close()
        began = time.monotonic()
        fake.stop()
        assert time.monotonic() - began < PATIENCE / 2, "QSSLOPEN would have gone on for 150 s"


def test_a_client_that_does_not_read_costs_little_memory(module):
    def kilobytes(process):
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0])

    with module("--tcp", "127.0.0.1:0") as server:
        host, port = server.ready["tcp"].rsplit(":", 1)
        before = kilobytes(server.process)
        with socket.create_connection((host, int(port)), timeout=PATIENCE) as client:
            line = b"ATI\r"
            client.sendall(line * 600_000)  # some sixty octets for each
            client.shutdown(socket.SHUT_WR)
            with socket.create_connection((host, int(port)), timeout=PATIENCE) as next_client:
                assert Line(next_client.fileno()).ask("AT") == ["OK"], "all of it was taken in"
        assert kilobytes(server.process) - before < 24_000


def test_https_through_the_modules_own_stack(module, serve, profile, tmp_path, installed):
    with serve("--profile", profile, "--matching-id", "M") as smdp, \
            module("--pty", "modem", "--dialect", "quectel-eg25", "--resolve", f"{smdp.ready['host']}:127.0.0.1") as _:
        line = Line.open(tmp_path / "modem")
        line.ask("ATE0")
        line.ask('AT+QHTTPCFG="requestheader",1')
        url = f"https://{smdp.address}/gsma/rsp2/es9plus/initiateAuthentication".encode()
        line.give(f"AT+QHTTPURL={len(url)},10", url, b"OK\r\n")
        body = b'{"smdpAddress":"x"}'
        request = (b"POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\nHost: " + smdp.address.encode() +
                   b"\r\nX-Admin-Protocol: gsma/rsp/v2.2.2\r\nContent-Type: application/json\r\nContent-Length: " +
                   str(len(body)).encode() + b"\r\n\r\n" + body)
        out = line.give(f"AT+QHTTPPOST={len(request)},10,60", request, b"\r\n")
        while "+QHTTPPOST:" not in out or not out.endswith("\r\n"):
            out += line.read_until(b"\r\n")
        assert "+QHTTPPOST: 0,200," in out, out
        os.write(line.descriptor, b"AT+QHTTPREAD=60\r")
        answer = line.read_until(b"+QHTTPREAD: 0\r\n")
        assert "CONNECT" in answer and "functionExecutionStatus" in answer
        line.close()


@pytest.mark.parametrize("arguments, place", [
    ([], "--pty"), (["--pty", "modem", "--dialect", "nokia"], "--dialect"), (["--pty", "modem", "--quirk", "deaf"], "--quirk"),
    (["--pty", "no/such/folder/modem"], "no/such/folder/modem"), (["--pty", "card.db"], "card.db"), (["--pty", "modem", "--second-pty", "./modem"], "--second-pty")])
def test_mistakes_have_a_place(run, arguments, place):
    pathlib.Path(run.directory / "card.db").touch()
    refused = run("module", "serve", *arguments, "--json", check=None)
    assert refused.status in (1, USAGE, 3) and refused.error["path"] == place


def test_dialects_and_quirks_are_listed(run):
    assert "quectel-eg25" in run("module", "dialects").stdout and "F02" in run("module", "quirks", "--json").stdout
    manual = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "fake-module.md").read_text()
    assert run("module", "quirks", "--reference").stdout in manual, \
        "write it anew: esimbench module quirks --reference"
