"""PC/SC without anybody's help: a pcscd with vpcd that belongs to the test, and a client over libpcsclite by ctypes.

pcscd's folder cannot be chosen, so each one runs where /run is a folder of its own; its socket is seen from outside as well.
"""
import contextlib
import ctypes
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

PATIENCE = 60
DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so"
# vpcd of Debian 12 has two slots, with one port after the other.
READERS = ["Virtual PCD 00 00", "Virtual PCD 00 01"]

ENTER = 'mount -t tmpfs none /run && mkdir /run/pcscd && mount --bind "$1" /run/pcscd && exec "$2" --foreground --config "$3"'


def daemon_program():
    return shutil.which("pcscd", path=os.environ["PATH"] + ":/usr/sbin")


def what_is_missing():
    """What scripts/setup installs and is not there; None where all is there."""
    if daemon_program() is None:
        return "pcscd is missing; scripts/setup installs it"
    if not os.path.exists(DRIVER):
        return "vsmartcard-vpcd is missing; scripts/setup installs it"
    if shutil.which("opensc-tool") is None:
        return "opensc is missing; scripts/setup installs it"
    return None


def own_namespace():
    """The command that starts another one where it may mount things that nobody else sees; None where that is forbidden."""
    for command in (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"]):
        with contextlib.suppress(OSError):
            if subprocess.run([*command, "mount", "-t", "tmpfs", "none", "/run"], capture_output=True,
                              check=False).returncode == 0:
                return command
    return None


def two_free_ports():
    """The first of two ports in a row; below those that the system gives to anybody who asks."""
    while True:
        first = random.randrange(20_000, 32_000)
        with socket.socket() as one, socket.socket() as two, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", first))
            two.bind(("127.0.0.1", first + 1))
            return first


class Pcscd:
    """A pcscd whose vpcd listens on `port` and the next one, or, with connects=True, connects to them."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.process, self.port = None, None
        # The library reads it once a process.
        self.environment = {**os.environ, "PCSCLITE_CSOCK_NAME": str(self.socket)}
        os.environ["PCSCLITE_CSOCK_NAME"] = str(self.socket)

    @property
    def socket(self):
        return self.directory / "run" / "pcscd.comm"

    def log(self):
        return (self.directory / "log").read_text()

    @contextlib.contextmanager
    def running(self, port, connects=False):
        self.port = port
        configuration = self.directory / "conf"
        configuration.mkdir(exist_ok=True)
        host = "127.0.0.1" if connects else "/dev/null"
        (configuration / "vpcd").write_text(f'FRIENDLYNAME "Virtual PCD"\nDEVICENAME {host}:{port}\n'
                                            f"LIBPATH {DRIVER}\nCHANNELID {port}\n")
        try:
            self.start()
            yield self
        finally:
            self.stop()

    def start(self):
        run = self.directory / "run"
        shutil.rmtree(run, ignore_errors=True)
        run.mkdir()
        with open(self.directory / "log", "w") as log:
            self.process = subprocess.Popen(
                [*own_namespace(), "sh", "-c", ENTER, "sh", run, daemon_program(), self.directory / "conf"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self.socket.exists():
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=0.01)
                raise AssertionError(f"pcscd ended at once: {self.log()}")
            assert time.monotonic() < deadline, "pcscd does not get ready"

    def stop(self, with_signal=signal.SIGTERM):
        if self.process is not None:
            self.process.send_signal(with_signal)
            self.process.wait(timeout=PATIENCE)
            self.process = None

    def opensc_tool(self, *arguments):
        ran = subprocess.run(["opensc-tool", *arguments], env=self.environment, capture_output=True, text=True,
                             timeout=PATIENCE, check=False)
        assert ran.returncode == 0, f"{ran.stdout}{ran.stderr}{self.log()}"
        return ran.stdout


# --- The client ---

SCOPE_SYSTEM = 2
SHARE_EXCLUSIVE, SHARE_SHARED = 1, 2
PROTOCOL_T0 = 1
LEAVE_CARD, RESET_CARD, UNPOWER_CARD = 0, 1, 2
STATE_CHANGED, STATE_PRESENT, STATE_MUTE = 0x02, 0x20, 0x200
NO_READERS = 0x8010002E

DWORD = ctypes.c_ulong


class ReaderState(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("user_data", ctypes.c_void_p), ("current", DWORD), ("event", DWORD),
                ("atr_size", DWORD), ("atr", ctypes.c_ubyte * 33)]


class ProtocolHeader(ctypes.Structure):
    _fields_ = [("protocol", DWORD), ("size", DWORD)]


class PcscError(Exception):
    """A call of the library failed; `code` says how."""

    def __init__(self, function, code):
        super().__init__(f"{function}: {code:08X}")
        self.code = code


def library():
    loaded = ctypes.CDLL("libpcsclite.so.1")

    def call(function, *arguments):
        code = getattr(loaded, function)(*arguments) & 0xFFFFFFFF
        if code != 0:
            raise PcscError(function, code)

    return call


class Client:
    """A PC/SC application."""

    def __init__(self):
        self.call = library()
        self.context = ctypes.c_long()
        self.call("SCardEstablishContext", DWORD(SCOPE_SYSTEM), None, None, ctypes.byref(self.context))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(PcscError):
            self.call("SCardReleaseContext", self.context)

    def readers(self):
        size = DWORD()
        try:
            self.call("SCardListReaders", self.context, None, None, ctypes.byref(size))
            names = ctypes.create_string_buffer(size.value)
            self.call("SCardListReaders", self.context, None, names, ctypes.byref(size))
        except PcscError as error:
            if error.code == NO_READERS:
                return []
            raise
        return [name.decode() for name in names.raw[:size.value].split(b"\0") if name]

    def wait_for(self, reader, present=True):
        """Until a card is in the reader, or none is; its ATR."""
        state = ReaderState(name=reader.encode())
        deadline = time.monotonic() + PATIENCE
        while True:
            left = max(0, int(1000 * (deadline - time.monotonic())))
            self.call("SCardGetStatusChange", self.context, DWORD(left), ctypes.byref(state), DWORD(1))
            if bool(state.event & STATE_PRESENT) == present and not state.event & STATE_MUTE:
                return bytes(state.atr[:state.atr_size])
            state.current = state.event & ~STATE_CHANGED

    def connect(self, reader, share=SHARE_EXCLUSIVE):
        return Connection(self, reader, share)


class Connection:
    """A card in a reader, by T=0 and nothing else, as lpac has it."""

    def __init__(self, client, reader, share):
        self.call, self.share = client.call, share
        self.handle, protocol = ctypes.c_long(), DWORD()
        self.call("SCardConnect", client.context, reader.encode(), DWORD(share), DWORD(PROTOCOL_T0),
                  ctypes.byref(self.handle), ctypes.byref(protocol))
        assert protocol.value == PROTOCOL_T0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(PcscError):
            self.disconnect(LEAVE_CARD)

    def disconnect(self, disposition=LEAVE_CARD):
        self.call("SCardDisconnect", self.handle, DWORD(disposition))

    def reset(self, how=RESET_CARD):
        protocol = DWORD()
        self.call("SCardReconnect", self.handle, DWORD(self.share), DWORD(PROTOCOL_T0), DWORD(how), ctypes.byref(protocol))

    def atr(self):
        size = DWORD(33)
        atr = (ctypes.c_ubyte * 33)()
        self.call("SCardStatus", self.handle, None, ctypes.byref(DWORD(0)), None, None, atr, ctypes.byref(size))
        return bytes(atr[:size.value])

    def transmit(self, command):
        """Octets to octets, with the status word."""
        header = ProtocolHeader(PROTOCOL_T0, ctypes.sizeof(ProtocolHeader))
        answer = ctypes.create_string_buffer(264)
        size = DWORD(len(answer))
        self.call("SCardTransmit", self.handle, ctypes.byref(header), command, DWORD(len(command)), None, answer,
                  ctypes.byref(size))
        return answer.raw[:size.value]

    def apdu(self, command):
        """The same in hexadecimal."""
        return self.transmit(bytes.fromhex(command)).hex().upper()

    def fetch(self, command):
        """(data, status word): with GET RESPONSE for 61xx, and again with the right length for 6Cxx, as readers of T=0 do."""
        octets = bytes.fromhex(command)
        answer = self.transmit(octets)
        if answer[-2] == 0x6C:
            answer = self.transmit(octets[:4] + answer[-1:])
        data = answer[:-2]
        while answer[-2] == 0x61:
            answer = self.transmit(octets[:1] + b"\xc0\x00\x00" + answer[-1:])
            data += answer[:-2]
        return data, answer[-2:].hex().upper()
