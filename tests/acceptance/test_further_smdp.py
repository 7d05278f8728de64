"""`smdp serve --also`: further SM-DP+ in one process, each in one line."""
import pytest

from conftest import openssl


@pytest.fixture
def pki(run, tmp_path):
    run("pki", "create", "P", "--curve", "both")
    return tmp_path / "P"


def certificate_of(server, host):
    """What openssl says of the certificate that the server shows for a host."""
    shown = openssl("s_client", "-connect", f"127.0.0.1:{server.ready['port']}", "-servername", host, "-tls1_2",
                    "-curves", "brainpoolP256r1:P-256", data=b"", check=False)
    return openssl("x509", "-noout", "-subject", "-ext", "subjectAltName", "-dates", "-text", data=shown.encode())


def download(run, server, host, *arguments, **how):
    port = server.ready["port"]
    return run("lpa", "download", f"LPA:1${host}:{port}$CODE", "--card", "sim:card", "--pki", "P",
               "--resolve", f"{host}:127.0.0.1:{port}", "--json", *arguments, **how)


def test_one_with_another_oid(run, serve, profile, pki):
    with serve("--profile", profile, "--matching-id", "CODE", "--pki", "P", "--also", "two.example.com,oid=2.999.20") as server:
        text = certificate_of(server, "two.example.com")
        assert "DNS:two.example.com" in text and "Registered ID:2.999.20" in text, text
        assert "Registered ID:2.999.20" not in certificate_of(server, "localhost")
        # Its other certificates have that OID as well: the card takes it for the one that the activation code names.
        port = server.ready["port"]
        refused = run("lpa", "download", f"LPA:1$localhost:{port}$CODE$2.999.20", "--card", "sim:card", "--pki", "P", "--json", check=1)
        assert "the activation code names SM-DP+ 2.999.20, the certificate is of 2.999.10" in refused.error["text"], refused
        done = run("lpa", "download", f"LPA:1$two.example.com:{port}$CODE$2.999.20", "--card", "sim:card", "--pki", "P",
                   "--resolve", f"two.example.com:127.0.0.1:{port}")
        assert done.status == 0


def test_one_on_another_curve(run, serve, profile, pki):
    with serve("--profile", profile, "--matching-id", "CODE", "--pki", "P", "--also", "bp.example.com,curve=brainpool") as server:
        assert "brainpoolP256r1" in certificate_of(server, "bp.example.com")
        assert download(run, server, "bp.example.com").status == 0


def test_one_with_expired_tls(run, serve, profile, pki):
    with serve("--profile", profile, "--matching-id", "CODE", "--pki", "P",
               "--also", "old.example.com,tls=dpTls.expired", "--also", "new.example.com") as server:
        refused = download(run, server, "old.example.com", check=1)
        assert refused.error["layer"] == "crypto" and refused.error["code"] == "CERT_HAS_EXPIRED", refused
        assert download(run, server, "new.example.com").status == 0


@pytest.mark.parametrize("text, words", [
    ("", "it has no host name"),
    ("a.example.com,oid=1.x", "'1.x' is no OID"),
    ("a.example.com,tls=dpTls.odd", "there is no certificate for TLS 'dpTls.odd'"),
    ("a.example.com,curve=p384", "'curve=p384' says nothing about an SM-DP+"),
])
def test_a_line_that_says_nothing_is_refused(run, profile, pki, text, words):
    refused = run("smdp", "serve", "--profile", profile, "--pki", "P", "--also", text, "--json", check=2)
    assert words in refused.error["text"], refused
    assert refused.error["path"].startswith("--also")
