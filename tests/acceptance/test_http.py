"""ES9+ over HTTPS as curl sees it: what a call that is not right is answered with, connections and TLS that fail on purpose,
and a server that serves among many that want nothing of it."""
import json
import resource
import socket
import subprocess
from dataclasses import dataclass

import pytest
from conftest import PATIENCE

INITIATE = "/gsma/rsp2/es9plus/initiateAuthentication"
GOOD = {"Content-Type": "application/json", "X-Admin-Protocol": "gsma/rsp/v2.2.2"}


@dataclass
class Answer:
    exit: int  # of curl
    status: int
    headers: dict  # names in lower case
    body: str
    stderr: str

    @property
    def code(self):
        """subjectCode/reasonCode of functionExecutionStatus (SGP.22 6.5.1.4)."""
        status = json.loads(self.body)["header"]["functionExecutionStatus"]
        assert status["status"] == "Failed", self.body
        return "{subjectCode}/{reasonCode}".format(**status["statusCodeData"])


class Curl:
    """Calls a server, whose certificate it believes by the CI alone; without a certificate of its own."""

    def __init__(self, server, ci):
        self.server, self.ci = server, ci

    def __call__(self, path=INITIATE, headers=GOOD, body="{}", method="POST", more=()):
        arguments = ["curl", "-sS", "-i", "--max-time", str(PATIENCE), "--cacert", self.ci, "-X", method, "--data-binary", "@-",
                     "-H", "Expect:"]
        # An empty header has curl leave its own one out.
        for name, value in ({"Content-Type": ""} | headers).items():
            arguments += ["-H", f"{name}: {value}" if value else f"{name}:"]
        ran = subprocess.run([*arguments, *more, f"https://{self.server.address}{path}"], input=body.encode(),
                             capture_output=True, timeout=2 * PATIENCE)
        head, _, rest = ran.stdout.decode().partition("\r\n\r\n")
        line, *fields = head.split("\r\n")
        names = dict(field.split(": ", 1) for field in fields)
        return Answer(ran.returncode, int(line.split()[1]) if line else 0, {k.lower(): v for k, v in names.items()},
                      rest, ran.stderr.decode())


@pytest.fixture
def ci(run, tmp_path):
    run("pki", "create", "P", "--curve", "nist")
    return tmp_path / "P" / "CERT_CI_ECDSA_NIST.pem"


@pytest.fixture
def curl(serve, profile, ci):
    with serve("--profile", profile, "--pki", "P") as server:
        yield Curl(server, ci)


@pytest.mark.parametrize("path, method, status", [
    ("/", "POST", 404), ("/gsma/rsp2/es9plus/", "POST", 404), ("/gsma/rsp2/es9plus/initiateAuthenticatio", "POST", 404),
    ("/gsma/rsp2/es3plus/downloadOrder", "POST", 404), (INITIATE + "/", "POST", 404), (INITIATE + "?x=1", "POST", 404),
    (INITIATE, "GET", 405), (INITIATE, "PUT", 405), (INITIATE, "OPTIONS", 405),
])
def test_what_is_no_call_gets_a_status_of_http(curl, path, method, status):
    answer = curl(path, method=method)
    assert answer.status == status
    assert status != 405 or answer.headers["allow"] == "POST"  # RFC 9110, 15.5.6


@pytest.mark.parametrize("headers, code", [
    ({"Content-Type": ""}, "1.2.1/2.1"), ({"Content-Type": "text/plain"}, "1.2.1/2.1"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, "1.2.1/2.1"),
    ({"X-Admin-Protocol": "gsma/rsp/v3.0.0"}, "1.2.2/2.1"), ({"X-Admin-Protocol": "nonsense"}, "1.2.2/2.1"),
    # These are good, and the body is looked at. A missing X-Admin-Protocol is tolerated, since real LPAs leave it out.
    ({"Content-Type": "APPLICATION/JSON; charset=UTF-8"}, "1.6/2.1"), ({"X-Admin-Protocol": ""}, "1.6/2.1"),
    ({"X-Admin-Protocol": "gsma/rsp/v2.6.1"}, "1.6/2.1"),
])
def test_a_wrong_header_is_answered_by_its_code(curl, headers, code):
    answer = curl(headers=GOOD | headers)
    assert (answer.status, answer.code) == (200, code)
    assert answer.headers["x-admin-protocol"].startswith("gsma/rsp/v2.")
    assert answer.headers["content-type"].startswith("application/json")


BODIES = {
    "none": "", "blank": " ", "text": "x", "cut": "{", "list": "[]", "null": "null", "string": '"x"', "empty": "{}",
    "no-members": '{"header":{}}', "number": '{"euiccChallenge":1}', "deep": "[" * 100_000, "nul": "\0",
    "long": '{"transactionId":"' + "A" * 1_000_000 + '"}',
    "twice": '{"euiccChallenge":"AA==","euiccChallenge":"AA=="}',
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_no_request_is_malformed(curl, body, chunked):
    answer = curl(body=BODIES[body], more=("-H", "Transfer-Encoding: chunked") if chunked else ())
    assert (answer.status, answer.code) == (200, "1.6/2.1")


def test_too_much_of_anything_is_refused_and_service_goes_on(curl):
    assert curl(body="x" * (17 << 20)).status == 413
    assert curl(body="x" * (17 << 20), more=("-H", "Transfer-Encoding: chunked")).status == 413
    assert curl(headers=GOOD | {"X-Long": "x" * 20_000}).status == 431
    assert curl(path=INITIATE + "x" * 20_000).status == 431
    assert curl(headers=GOOD | {"Expect": "miracles"}).status == 417
    assert curl(more=("-H", "Transfer-Encoding: gzip")).status == 501
    assert curl().code == "1.6/2.1"


def test_silent_connections_keep_nobody_out(curl):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    crowd = []
    try:
        for number in range(min(2000, hard - 200)):
            crowd.append(socket.create_connection(("127.0.0.1", curl.server.ready["port"])))
            if number % 500 == 0:
                assert curl().status == 200
        assert curl().status == 200
    finally:
        for connection in crowd:
            connection.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert "a connection gave way" in curl.server.log()


# Exit statuses of curl. A reset may come before curl has looked whether there is a connection.
NO_TLS, BAD_CERTIFICATE = (7, 35), (60,)


@pytest.mark.parametrize("action, exits, says", [
    ({"refuse": {}}, NO_TLS, ""), ({"reset": {}}, NO_TLS, ""),
    ({"certificate": {"name": "dpTls.expired"}}, BAD_CERTIFICATE, "expired"),
    ({"certificate": {"name": "dpTls.notYetValid"}}, BAD_CERTIFICATE, "not yet valid"),
    ({"certificate": {"name": "dpTls.otherHost"}}, BAD_CERTIFICATE, "no alternative certificate subject name"),
    ({"certificate": {"name": "dpTls.selfSigned"}}, BAD_CERTIFICATE, "self"),
    ({"certificate": {"name": "dpTls.otherCi"}}, BAD_CERTIFICATE, ""),
    ({"tlsVersion": {"version": "1.3"}}, NO_TLS, "version"),
])
def test_tls_fails_for_foreign_lpas_as_often_as_planned(serve, profile, ci, tmp_path, action, exits, says):
    fault = {"id": "f", "where": {"connection": {}}, "when": {"nth": 2}, "action": action}
    (tmp_path / "f.json").write_text(json.dumps([fault]))
    with serve("--profile", profile, "--pki", "P", "--faults", "f.json") as server:
        curl = Curl(server, ci)
        limit = ("--tls-max", "1.2")
        assert curl(more=limit).status == 200
        failed = curl(more=limit)
        assert failed.exit in exits and says in failed.stderr, failed
        assert curl(more=limit).status == 200
        assert [(fault["id"], fault["matched"], fault["used"]) for fault in server.stop()["faults"]] == [("f", 3, 1)]
