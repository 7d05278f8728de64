#!/usr/bin/env python3
"""GetEUICCChallenge through pcscd and vpcd: our card in one reader against a card that only echoes in the other one, in
paired rounds of one run.

Usage: pcsc_bench.py ESIMBENCH ECHO_CARD [FILE]     the figures as JSON into FILE; exit status 3 where it cannot be run
"""
import contextlib
import ctypes
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "acceptance"))
from pcsc import (DWORD, PROTOCOL_T0, READERS, Client, Pcscd, ProtocolHeader, own_namespace, two_free_ports,  # noqa: E402
                  what_is_missing)

ROUNDS, BATCHES, EXCHANGES_PER_BATCH = 31, 10, 10
ISD_R = "A0000005591010FFFFFFFF8900000100"
COMMANDS = [bytes.fromhex("80E2910003BF2E00"), bytes.fromhex("80C0000015")]
CHALLENGE_ANSWER = 21 + 2


class Exchanges:
    """The same commands over and over, with everything that Python would make anew made before."""

    def __init__(self, connection):
        self.connection = connection
        self.answer, self.size = ctypes.create_string_buffer(264), DWORD()
        header = ctypes.byref(ProtocolHeader(PROTOCOL_T0, ctypes.sizeof(ProtocolHeader)))
        self.calls = [(connection.handle, header, command, DWORD(len(command)), None, self.answer, ctypes.byref(self.size))
                      for command in COMMANDS]

    def run(self):
        """Seconds for one batch; the length of the last answer stays in `size`."""
        call, size = self.connection.call, self.size
        start = time.perf_counter()
        for _ in range(EXCHANGES_PER_BATCH):
            for arguments in self.calls:
                size.value = 264
                call("SCardTransmit", *arguments)
        return time.perf_counter() - start


@contextlib.contextmanager
def started(*command):
    process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def measure(card, echo):
    """Microseconds an exchange of one round, of our card and of the other."""
    seconds = [0.0, 0.0]
    for _ in range(BATCHES):
        seconds[1] += echo.run()
        seconds[0] += card.run()
        assert card.size.value == CHALLENGE_ANSWER, "that is no challenge"
    return [1e6 * value / (BATCHES * EXCHANGES_PER_BATCH) for value in seconds]


def bench(program, echo_card, directory):
    port = two_free_ports()
    with Pcscd(directory).running(port), Client() as client, \
            started(program, "euicc", "serve", "--frontend", f"vpcd:127.0.0.1:{port}", "--pki", directory / "pki"), \
            started(echo_card, port + 1):
        for reader in READERS:
            client.wait_for(reader)
        with client.connect(READERS[0]) as card, client.connect(READERS[1]) as echo:
            assert card.fetch(f"00A4040010{ISD_R}")[1] == "9000"
            pair = Exchanges(card), Exchanges(echo)
            measure(*pair)  # warms what there is to warm
            rounds = [measure(*pair) for _ in range(ROUNDS)]
    ratios = sorted(ours / bare for ours, bare in rounds)
    return {"ratio_median": statistics.median(ratios), "p10": ratios[len(ratios) // 10],
            "p90": ratios[-1 - len(ratios) // 10], "rounds": ROUNDS,
            "card_us": statistics.median(ours for ours, _ in rounds),
            "echo_us": statistics.median(bare for _, bare in rounds)}


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    reason = what_is_missing() or (None if own_namespace() else "only root may give pcscd a folder of its own here")
    if reason:
        print(f"through pcscd and vpcd: not measured, {reason}")
        sys.exit(3)
    # One core for all of it: who shares one with whom makes more of a difference than the cards do.
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="pcsc-bench-") as directory:
        figures = bench(sys.argv[1], sys.argv[2], pathlib.Path(directory))
    print(f"GetEUICCChallenge through pcscd and vpcd: {figures['card_us']:.0f} us, an echo {figures['echo_us']:.0f} us, "
          f"ratio {figures['ratio_median']:.3f} (limit 1.5; p10 {figures['p10']:.3f}, p90 {figures['p90']:.3f})")
    if len(sys.argv) == 4:
        pathlib.Path(sys.argv[3]).write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
