#!/usr/bin/env python3
"""`smdp serve` as a process: from its start to its first answer, and how much memory it has, idle and over 10,000 sessions.

Usage: server_process_bench.py ESIMBENCH [FILE]     the figures as JSON into FILE

A session is an InitiateAuthentication that nobody goes on with, which is what costs a server most memory; each is a request
over one kept connection. Goals: 100 ms to the first answer, 20 MB idle, and flat: what 10,000 sessions take is taken by the
first few thousand of them, which are as many as the server keeps.
"""
import base64
import http.client
import json
import os
import pathlib
import signal
import ssl
import statistics
import subprocess
import sys
import tempfile
import time

STARTS, SESSIONS, PER_READING = 15, 10_000, 1000
TARGET = "/gsma/rsp2/es9plus/initiateAuthentication"


def resident(pid):
    """MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


class Server:
    def __init__(self, binary, folder):
        ready = folder / "ready"
        os.mkfifo(ready)  # whoever reads it waits for the server without asking again and again
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [binary, "smdp", "serve", "--listen", "127.0.0.1:0", "--profile", folder / "profile.der", "--matching-id", "M",
             "--pki", folder / "pki", "--curve", "nist", "--ready-file", ready],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.port = json.loads(ready.read_text())["port"]
        ready.unlink()
        context = ssl.create_default_context(cafile=folder / "pki" / "CERT_CI_ECDSA_NIST.pem")
        self.connection = http.client.HTTPSConnection("localhost", self.port, context=context)

    def ask(self, body):
        self.connection.request("POST", TARGET, body, {"Content-Type": "application/json",
                                                       "X-Admin-Protocol": "gsma/rsp/v2.2.2"})
        return json.loads(self.connection.getresponse().read())

    def stop(self):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def request(binary, folder, port):
    """An InitiateAuthentication as a card under this CI makes it."""
    out = subprocess.run(["openssl", "x509", "-noout", "-ext", "subjectKeyIdentifier", "-in",
                          folder / "pki" / "CERT_CI_ECDSA_NIST.pem"], capture_output=True, text=True, check=True).stdout
    key_id = bytes.fromhex(out.splitlines()[-1].strip().replace(":", ""))
    listed = b"\x04\x14" + key_id
    info = b"\x82\x03\x02\x02\x02" + b"\xA9" + bytes([len(listed)]) + listed + b"\xAA" + bytes([len(listed)]) + listed
    return json.dumps({"euiccChallenge": base64.b64encode(bytes(16)).decode(),
                       "euiccInfo1": base64.b64encode(b"\xBF\x20" + bytes([len(info)]) + info).decode(),
                       "smdpAddress": f"localhost:{port}"})


def main(binary, report=None):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        subprocess.run([binary, "pki", "create", folder / "pki", "--curve", "nist"], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([binary, "profile", "make", "--iccid", "8988211000000000019", "--imsi", "001010000000001",
                        "--out", folder / "profile.der"], check=True, stdout=subprocess.DEVNULL)
        starts = []
        for _ in range(STARTS):
            server = Server(binary, folder)
            answer = server.ask("{}")
            starts.append((time.monotonic() - server.begun) * 1000)
            assert answer["header"]["functionExecutionStatus"]["status"] == "Failed", answer
            server.stop()
        server = Server(binary, folder)
        server.ask("{}")
        idle = resident(server.process.pid)
        body = request(binary, folder, server.port)
        readings = []
        for count in range(1, SESSIONS + 1):
            answer = server.ask(body)
            assert "serverSigned1" in answer, answer
            if count % PER_READING == 0:
                readings.append(round(resident(server.process.pid), 1))
        server.stop()
    figures = {"start_to_first_answer_ms": {"median": round(statistics.median(starts), 1), "least": round(min(starts), 1),
                                            "most": round(max(starts), 1)},
               "resident_idle_mib": round(idle, 1), "resident_mib_each_thousand_sessions": readings}
    print(json.dumps(figures, indent=2))
    if report:
        pathlib.Path(report).write_text(json.dumps(figures))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main(*sys.argv[1:])
