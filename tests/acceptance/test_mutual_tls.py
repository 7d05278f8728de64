"""ES2+, ES12 and ES15 with certificates of the clients (mutual TLS), at the listener of ES9+ or at one of their own."""
import json
import subprocess

import pytest

from conftest import EID, ICCID, PATIENCE, openssl

ES2 = "/gsma/rsp2/es2plus/downloadOrder"
ES9 = "/gsma/rsp2/es9plus/initiateAuthentication"
ES12 = "/gsma/rsp2/es12/registerEvent"


@pytest.fixture
def pki(run, tmp_path):
    run("pki", "create", "P", "--curve", "nist")
    return tmp_path / "P"


@pytest.fixture
def operator(tmp_path):
    """An operator's certificate under a CA that is no CI, as openssl makes one: (certificate, key, CA)."""
    ca, ca_key, key, request, certificate = (tmp_path / name for name in ("ca.pem", "ca.key", "op.key", "op.csr", "op.pem"))
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    openssl("req", "-x509", *curve, "-keyout", ca_key, "-out", ca, "-subj", "/CN=Operator CA", "-days", "30")
    openssl("req", *curve, "-keyout", key, "-out", request, "-subj", "/CN=operator")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-out", certificate, "-days", "30")
    return certificate, key, ca


def curl(server, port, pki, path, *arguments, host="localhost", body=None):
    """(curl's exit status, HTTP status, body)."""
    command = ["curl", "-sS", "--noproxy", "*", "-o", "-", "-w", "\n%{http_code}",
               "--resolve", f"{host}:{port}:127.0.0.1", "--cacert", pki / "CERT_CI_ECDSA_NIST.pem",
               "-H", "Content-Type: application/json", "-H", "X-Admin-Protocol: gsma/rsp/v2.2.0",
               "--data-binary", json.dumps(body or {}), *arguments, f"https://{host}:{port}{path}"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    text, _, status = ran.stdout.rpartition("\n")
    return ran.returncode, int(status), text


def shown(certificate, key):
    return ["--cert", certificate, "--key", key, "--key-type", "DER" if key.suffix == ".der" else "PEM"]


def of_the_pki(pki, role):
    """A certificate that everybody here trusts, and its key."""
    return pki / f"CERT_S_SM_{role}_NIST.pem", pki / f"SK_S_SM_{role}_NIST.der"


def order_download(run, server, *arguments, port=None, **how):
    return run("smdp", "order", "download", "--server", f"localhost:{port or server.ready['port']}", "--pki", "P",
               "--resolve", "localhost:127.0.0.1", "--iccid", ICCID, "--json", *arguments, **how)


@pytest.mark.parametrize("how", ["optional", "required"])
def test_es2_at_the_listener_of_es9(run, serve, profile, pki, operator, how):
    certificate, key, ca = operator
    with serve("--stock", profile, "--pki", "P", "--client-certificates", how, "--client-ca", ca) as server:
        port = server.ready["port"]
        # An LPA has no certificate, and needs none.
        assert curl(server, port, pki, ES9)[1] == 200
        status, http, body = curl(server, port, pki, ES2)
        assert http == (403 if how == "required" else 200)
        assert how == "optional" or body == "ES2+ needs a certificate of the client (mutual TLS)\n"
        if how == "required":
            refused = order_download(run, server, check=1)
            assert refused.error["layer"] == "http" and refused.error["code"] == "403"
        ordered = order_download(run, server, "--client-certificate", certificate, "--client-key", key)
        assert ordered["iccid"] == ICCID


def test_es2_at_a_listener_of_its_own(run, serve, profile, pki, operator):
    certificate, key, ca = operator
    with serve("--stock", profile, "--pki", "P", "--es2-listen", "127.0.0.1:0", "--client-certificates", "required",
               "--client-ca", ca) as server:
        port, es2 = server.ready["port"], server.ready["es2Port"]
        assert port != es2
        # Each listener has its own functions, and says so.
        assert curl(server, port, pki, ES9)[1] == 200
        assert curl(server, port, pki, ES2)[1:] == (
            404, "functions are at /gsma/rsp2/es9plus/, /gsma/rsp2/asn1\n")
        assert curl(server, es2, pki, ES9, *shown(certificate, key))[1:] == (404, "functions are at /gsma/rsp2/es2plus/\n")
        # Without a certificate TLS ends before anything is asked.
        status, http, _ = curl(server, es2, pki, ES2)
        assert status != 0 and http == 0
        refused = order_download(run, server, port=es2, check=1)
        assert refused.error["layer"] == "transport", refused
        assert order_download(run, server, "--client-certificate", certificate, "--client-key", key, port=es2)["iccid"] == ICCID


def test_a_certificate_of_somebody_else_is_refused(run, serve, profile, pki, operator):
    certificate, key, _ = operator
    with serve("--stock", profile, "--pki", "P", "--client-certificates", "optional") as server:
        refused = order_download(run, server, "--client-certificate", certificate, "--client-key", key, check=1)
        assert refused.error["layer"] == "transport", refused
        # Those under the CIs are taken without a word.
        tls = of_the_pki(pki, "DP_TLS")
        assert order_download(run, server, "--client-certificate", tls[0], "--client-key", tls[1])["iccid"] == ICCID


def test_es12_is_for_the_role_of_an_sm_dp(run, serve, pki, tmp_path):
    with serve("--smds", "smds.example.com", "--pki", "P", "--client-certificates", "required") as server:
        port, host = server.ready["port"], "smds.example.com"
        assert curl(server, port, pki, ES12, host=host)[1] == 403
        status, http, body = curl(server, port, pki, ES12, *shown(*of_the_pki(pki, "DP_TLS")), host=host)
        assert http == 200 and "1.6" in body  # the empty body is looked at
        status, http, body = curl(server, port, pki, ES12, *shown(*of_the_pki(pki, "DS_TLS")), host=host)
        assert (http, body) == (403, "ES12 is for a certificate of the role SM-DP+ TLS; the client's is for SM-DS TLS\n")


def test_an_sm_dp_registers_its_event_with_its_certificate(run, serve, profile, pki):
    with serve("--smds", "smds.example.com", "--pki", "P", "--client-certificates", "required") as smds:
        with serve("--stock", profile, "--pki", "P",
                   "--resolve", f"smds.example.com:127.0.0.1:{smds.ready['port']}") as server:
            order_download(run, server, "--eid", EID)
            order = ["smdp", "order", "confirm", "--server", server.address, "--pki", "P", "--iccid", ICCID, "--eid", EID,
                     "--smds", f"smds.example.com:{smds.ready['port']}", "--release"]
            run(*order)
            assert "es12/registerEvent 200 ok" in smds.log()


def test_options_that_do_not_go_together_are_refused(run, serve, profile, pki, operator):
    certificate, key, ca = operator
    base = ["smdp", "serve", "--stock", profile, "--pki", "P", "--json"]
    assert run(*base, "--client-ca", ca, check=2).error["path"] == "--client-ca"
    assert run(*base, "--es2-listen", "nowhere", check=2).error["path"] == "--es2-listen"
    wrong = run(*base, "--client-certificates", "required", "--client-ca", profile, check=2)
    assert str(profile) in wrong.error["path"] + wrong.error["text"], wrong
    one = run("smdp", "order", "release", "--server", "localhost", "--iccid", ICCID, "--client-key", key, "--json", check=2)
    assert "--client-certificate" in one.error["text"] + one.stderr, one
