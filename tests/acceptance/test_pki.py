"""Test certificates: made, listed, and looked at by openssl (SGP.22 v2 certificate profiles, SGP.26 as measured)."""
import functools
import re
import shutil
import ssl

import pytest
from conftest import EID, ICCID, Program, iccids, openssl
from independent_lpa import find, parse

CURVES = {"NIST": "prime256v1", "BRP": "brainpoolP256r1"}
SERVERS = ["S_SM_DPauth_ECDSA_{}", "S_SM_DPpb_ECDSA_{}", "S_SM_DP_TLS_{}", "S_SM_DSauth_ECDSA_{}", "S_SM_DS_TLS_{}"]


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    """A directory of certificates, to read only."""
    directory = tmp_path_factory.mktemp("pki")
    Program(directory)("pki", "create", "P")
    return directory / "P"


@functools.cache
def text(certificate):
    return openssl("x509", "-inform", "DER", "-in", certificate, "-noout", "-text", "-nameopt", "RFC2253")


def extension(certificate, name):
    """(critical, value) of an extension as openssl prints it, or None."""
    found = re.search(rf"^ +X509v3 {re.escape(name)}: ?(critical)?\s*\n((?: {{16,}}.*\n)+)", text(certificate), re.M)
    if not found:
        return None
    return bool(found[1]), " ".join(line.strip() for line in found[2].splitlines())


def field(certificate, name):
    return re.search(rf"{re.escape(name)} ?: ?(.*)", text(certificate))[1].strip()


def key_id(certificate, name):
    return extension(certificate, name)[1].removeprefix("keyid:").replace(":", "")


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("name", [*SERVERS, "EUM_ECDSA_{}"])
def test_openssl_verifies_what_the_ci_has_issued(pki, curve, name):
    ci, certificate = pki / f"CERT_CI_ECDSA_{curve}.pem", pki / f"CERT_{name.format(curve)}.pem"
    assert openssl("verify", "-x509_strict", "-CAfile", ci, certificate).endswith(": OK\n")


# By RFC 5280 the EUM's name constraint, a directory name of organisation and EID prefix, would have to be a prefix of the
# eUICC's subject, which SGP.22 (4.5.2.1) does not mean it to be: openssl refuses the eUICC certificate for that, GSMA's own
# as well. It does so after it has found the issuer and before it looks at the signature, which is checked here apart.
@pytest.mark.parametrize("curve", CURVES)
def test_openssl_verifies_the_signature_on_the_euicc_certificate(pki, tmp_path, curve):
    eum, euicc = pki / f"CERT_EUM_ECDSA_{curve}.pem", pki / f"CERT_EUICC_ECDSA_{curve}.der"
    signed, _, signature = parse(find(euicc.read_bytes(), "30").value)
    (tmp_path / "signed").write_bytes(signed.whole)
    (tmp_path / "signature").write_bytes(signature.value[1:])  # without the BIT STRING's count of unused bits
    (tmp_path / "key").write_text(openssl("x509", "-in", eum, "-noout", "-pubkey"))
    assert openssl("dgst", "-sha256", "-verify", tmp_path / "key", "-signature", tmp_path / "signature",
                   tmp_path / "signed") == "Verified OK\n"
    assert key_id(euicc, "Authority Key Identifier") == key_id(pki / f"CERT_EUM_ECDSA_{curve}.der", "Subject Key Identifier")


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("other", CURVES)
def test_openssl_verifies_under_the_right_ci_only(pki, curve, other):
    verified = openssl("verify", "-CAfile", pki / f"CERT_CI_ECDSA_{other}.pem", pki / f"CERT_EUM_ECDSA_{curve}.pem",
                       check=False)
    assert verified.endswith(": OK\n") == (curve == other)


# Critical or not, and the values, by role: key usage, certificate policy, subject alternative name, basic constraints.
FIELDS = {
    "CI_ECDSA_{}": ("Certificate Sign, CRL Sign", (True, "0"), "Registered ID:2.999.1", "CA:TRUE"),
    "EUM_ECDSA_{}": ("Certificate Sign", (True, "2"), "Registered ID:2.999.5", "CA:TRUE, pathlen:0"),
    "EUICC_ECDSA_{}": ("Digital Signature", (True, "1"), None, None),
    "S_SM_DPauth_ECDSA_{}": ("Digital Signature", (True, "4"), "Registered ID:2.999.10", None),
    "S_SM_DPpb_ECDSA_{}": ("Digital Signature", (True, "5"), "Registered ID:2.999.10", None),
    "S_SM_DP_TLS_{}": ("Digital Signature", (False, "3"), "DNS:testsmdpplus1.example.com, Registered ID:2.999.10", None),
    "S_SM_DSauth_ECDSA_{}": ("Digital Signature", (True, "7"), "Registered ID:2.999.15", None),
    "S_SM_DS_TLS_{}": ("Digital Signature", (False, "6"), "DNS:testrootsmds.example.com, Registered ID:2.999.15", None),
}


@pytest.mark.parametrize("curve", CURVES)
@pytest.mark.parametrize("name", FIELDS)
def test_certificates_have_the_fields_of_their_role(pki, curve, name):
    certificate = pki / f"CERT_{name.format(curve)}.der"
    usage, (policy_critical, policy), alternative, constraints = FIELDS[name]
    assert field(certificate, "ASN1 OID") == CURVES[curve]
    assert field(certificate, "Signature Algorithm") == "ecdsa-with-SHA256"
    assert extension(certificate, "Key Usage") == (True, usage)
    assert extension(certificate, "Certificate Policies") == (policy_critical, f"Policy: 2.23.146.1.2.1.{policy}")
    assert extension(certificate, "Subject Alternative Name") == (alternative and (False, alternative))
    assert extension(certificate, "Basic Constraints") == (constraints and (True, constraints))
    tls = (True, "TLS Web Server Authentication, TLS Web Client Authentication") if "TLS" in name else None
    assert extension(certificate, "Extended Key Usage") == tls
    issuer = {"CI_ECDSA_{}": None, "EUICC_ECDSA_{}": "EUM_ECDSA_{}"}.get(name, "CI_ECDSA_{}")
    if issuer:
        assert key_id(certificate, "Authority Key Identifier") == \
            key_id(pki / f"CERT_{issuer.format(curve)}.der", "Subject Key Identifier")


@pytest.mark.parametrize("curve", CURVES)
def test_the_eum_may_issue_for_its_range_of_eids_only(pki, curve):
    critical, constraint = extension(pki / f"CERT_EUM_ECDSA_{curve}.der", "Name Constraints")
    euicc = field(pki / f"CERT_EUICC_ECDSA_{curve}.der", "Subject")
    organisation = re.search(r"O=([^,]+)", euicc)[1]
    assert (critical, constraint) == (True, f"Permitted: DirName:O = {organisation}, serialNumber = {EID[:8]}")
    assert f"serialNumber={EID}" in euicc


def test_the_euicc_certificate_does_not_expire_and_tls_certificates_do_soon(pki):
    assert field(pki / "CERT_EUICC_ECDSA_NIST.der", "Not After") == "Dec 31 23:59:59 9999 GMT"
    tls = pki / "CERT_S_SM_DP_TLS_NIST.pem"
    for days, expired in ((397, "will not expire"), (399, "will expire")):
        assert expired in openssl("x509", "-in", tls, "-noout", "-checkend", days * 86400, check=False)


@pytest.mark.parametrize("curve", CURVES)
def test_each_certificate_has_its_key_and_its_pem_copy(pki, curve):
    for name in FIELDS:
        certificate, key = (pki / f"{kind}_{name.format(curve)}" for kind in ("CERT", "SK"))
        pem = certificate.with_suffix(".pem")
        assert ssl.PEM_cert_to_DER_cert(pem.read_text()) == certificate.with_suffix(".der").read_bytes()
        assert openssl("x509", "-in", pem, "-noout", "-pubkey") == \
            openssl("pkey", "-inform", "DER", "-in", key.with_suffix(".der"), "-pubout")


def test_private_keys_are_for_their_owner_only(pki):
    modes = {file.name: file.stat().st_mode & 0o077 for file in pki.glob("SK_*")}
    assert modes and not any(modes.values())


def test_show_lists_what_create_has_made(run, pki):
    listed = run("pki", "show", pki, "--json").json
    assert listed["unused"] == []
    roles = sorted((c["role"], c["curve"]) for c in listed["certificates"])
    assert [role for role, _ in roles if role in ("CI", "EUM", "eUICC")] == ["CI", "CI", "EUM", "EUM", "eUICC", "eUICC"]
    assert len(roles) == 16 and all(c["key"] for c in listed["certificates"])
    assert not any("problem" in c for c in listed["certificates"])
    assert {c["eid"] for c in listed["certificates"] if c["role"] == "eUICC"} == {EID}
    people = run("pki", "show", pki).stdout
    assert people.count("\n") > 16 and "not used" not in people


@pytest.mark.parametrize("curve, count", [("nist", 8), ("brainpool", 8), ("both", 16)])
def test_create_makes_the_curves_that_are_asked_for(run, curve, count):
    assert len(run("pki", "create", "P", "--curve", curve, "--json")["certificates"]) == count


def test_create_takes_an_eid_and_host_names(run, serve, profile, tmp_path):
    eid = "89033023000000000000000000000019"
    run("pki", "create", "P", "--eid", eid, "--host", "one.example.com", "--host", "two.example.com")
    assert f"serialNumber={eid}" in field(tmp_path / "P" / "CERT_EUICC_ECDSA_NIST.der", "Subject")
    assert extension(tmp_path / "P" / "CERT_S_SM_DP_TLS_NIST.der", "Subject Alternative Name")[1] == \
        "DNS:one.example.com, DNS:two.example.com, Registered ID:2.999.10"
    with serve("--pki", "P", "--host", "two.example.com", "--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db", "--pki", "P",
            "--resolve", "two.example.com:127.0.0.1")
    assert server.orders()["M"]["eid"] == eid


@pytest.mark.parametrize("eid", ["", "1", EID[:-1], EID + "0", "x" * 32, EID[:-1] + "A"])
def test_create_refuses_what_is_no_eid(run, tmp_path, eid):
    assert run("pki", "create", "P", "--eid", eid, "--json", check=2).error["path"] == "--eid"
    assert not (tmp_path / "P").exists()


def test_a_crl_revokes_a_server_on_a_card(run, serve, profile, tmp_path):
    run("pki", "create", "P")
    revoked = tmp_path / "P" / "CERT_S_SM_DPauth_ECDSA_NIST.der"
    empty = run("pki", "crl", "P", "--number", 1, "--out", "empty.der", "--json")
    assert (empty["number"], empty["revoked"]) == (1, 0)
    assert run("pki", "crl", "P", "--revoke", revoked, "--out", "list.pem", "--json")["number"] > 1
    serial = openssl("x509", "-inform", "DER", "-in", revoked, "-noout", "-serial").strip().removeprefix("serial=")
    for name, form in (("empty.der", "DER"), ("list.pem", "PEM")):
        shown = openssl("crl", "-inform", form, "-in", tmp_path / name, "-noout", "-text", "-verify",
                        "-CAfile", tmp_path / "P" / "CERT_CI_ECDSA_NIST.pem")
        assert (f"Serial Number: {serial}" in shown) == (name == "list.pem")

    def load(name, **how):
        return run("lpa", "load-crl", name, "--card", "sim:card.db", "--pki", "P", "--curve", "nist", "--json", **how)

    def download(**how):
        return run("lpa", "download", server.code(), "--card", "sim:card.db", "--pki", "P", "--curve", "nist",
                   "--resolve", "testsmdpplus1.example.com:127.0.0.1", "--json", **how)

    with serve("--pki", "P", "--profile", profile, "--matching-id", "M", "--curve", "nist") as server:
        assert load("empty.der")["missingParts"] == []
        assert load("list.pem")["missingParts"] == []
        assert load("empty.der", check=1).error["code"] == "fresherCrlAlreadyLoaded"
        refused = download(check=1).error
        assert (refused["step"], refused["code"]) == ("ES10b.AuthenticateServer", "invalidCertificate")
        run("pki", "crl", "P", "--number", 1 << 40, "--out", "later.der")
        load("later.der")
        assert download()["iccid"] == ICCID


def test_crl_takes_certificates_of_one_ci_only(run, tmp_path):
    run("pki", "create", "P")
    both = [f"P/CERT_S_SM_DPauth_ECDSA_{curve}.pem" for curve in CURVES]
    for revoked in ([*both], ["P/CERT_EUICC_ECDSA_NIST.pem"], ["P/SK_EUM_ECDSA_NIST.der"], ["nothing.pem"]):
        arguments = [word for file in revoked for word in ("--revoke", file)]
        refused = run("pki", "crl", "P", *arguments, "--out", "list.der", "--json", check=(2, 3))
        assert refused.error["layer"] == "input"
    assert not (tmp_path / "list.der").exists()


def test_load_crl_refuses_a_file_without_one(run, tmp_path):
    run("pki", "create", "P")
    for file in ("P/CERT_CI_ECDSA_NIST.pem", "nothing.der"):
        assert run("lpa", "load-crl", file, "--card", "sim:card.db", "--pki", "P", "--json", check=(2, 3)).error["path"] == file
    (tmp_path / "list.der").write_bytes(b"no DER")
    assert run("lpa", "load-crl", "list.der", "--card", "sim:card.db", "--pki", "P", "--json", check=2).error["layer"] == "input"


def test_create_leaves_a_directory_that_holds_something(run, tmp_path):
    (tmp_path / "P").mkdir()
    (tmp_path / "P" / "mine").write_text("important")
    run("pki", "create", "P", "--json", check=2)
    assert [entry.name for entry in (tmp_path / "P").iterdir()] == ["mine"]


def test_files_are_known_by_what_is_in_them(run, serve, profile, pki, tmp_path):
    """Other names, other folders, PEM beside DER, keys and certificates in one file, and things that are neither."""
    scattered = tmp_path / "scattered"
    for n, file in enumerate(sorted(pki.glob("*.der"))):
        folder = scattered / f"folder{n % 3}" / "deeper"
        folder.mkdir(parents=True, exist_ok=True)
        command = "x509" if file.name.startswith("CERT") else "pkey"
        openssl(command, "-inform", "DER", "-in", file, "-out", folder / f"file{n}.txt")
    both = scattered / "both.pem"
    for kind in ("CERT", "SK"):
        command = "x509" if kind == "CERT" else "pkey"
        with open(both, "a") as out:
            out.write(openssl(command, "-inform", "DER", "-in", pki / f"{kind}_S_SM_DPauth_ECDSA_NIST.der"))
    (scattered / "README").write_text("no certificate")
    (scattered / "empty").touch()
    (scattered / "zeros.der").write_bytes(bytes(5000))
    shutil.copy(pki / "CERT_CI_ECDSA_NIST.der", scattered / "cut.der")
    (scattered / "cut.der").write_bytes((scattered / "cut.der").read_bytes()[:200])

    listed = run("pki", "show", "scattered", "--json").json
    assert len(listed["certificates"]) >= 16 and all(c["key"] for c in listed["certificates"])
    with serve("--pki", "scattered", "--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", "sim:card.db", "--pki", "scattered")
    assert iccids(run, "sim:card.db") == [ICCID]
