"""The SGP.26 test certificates and TS.48 profile packages, where ESIMBENCH_SHARED_DATA has them."""
import shutil

import pytest
from conftest import EID, iccids, openssl

HOST = "testsmdpplus1.example.com"
CARD = "sim:card.db"


def download(run, serve, pki, package, *options):
    with serve("--pki", pki, "--host", HOST, "--profile", package, "--matching-id", "M", *options) as server:
        downloaded = run("lpa", "download", server.code(), "--card", CARD, "--pki", pki,
                         "--resolve", f"{HOST}:127.0.0.1", "--json", *options[options.index("--curve"):]
                         if "--curve" in options else ())
        enabled = run("lpa", "enable", downloaded["iccid"], "--card", CARD, "--pki", pki,
                      "--resolve", f"{HOST}:127.0.0.1", "--json")
        assert [n["delivered"] for n in downloaded["notifications"] + enabled["notifications"]] == [True, True]
    order = server.orders()["M"]
    assert (order["state"], order["eid"]) == ("installed", EID)
    assert run("lpa", "profiles", "--card", CARD, "--json")["profiles"][0]["state"] == "enabled"
    return downloaded["iccid"]


@pytest.mark.parametrize("curve", ["nist", "brainpool"])
def test_download_with_published_certificates_and_package(run, serve, shared_data, curve):
    package = shared_data / "profiles" / "TS48v7_SAIP2.3_NoBERTLV.der"
    iccid = download(run, serve, shared_data / "sgp26", package, "--curve", curve)
    assert iccids(run, CARD) == [iccid]
    assert run("profile", "show", package, "--json")["iccid"] == iccid


def test_both_curves_at_once(run, serve, shared_data):
    download(run, serve, shared_data / "sgp26", shared_data / "profiles" / "TS48v7_SAIP2.3_NoBERTLV.der")


@pytest.mark.parametrize("curve", ["nist", "brainpool"])
def test_pem_copies_under_other_names_in_folders_do_as_well(run, serve, shared_data, tmp_path, curve):
    pem = tmp_path / "pem"
    for n, file in enumerate(sorted((shared_data / "sgp26").glob("*.der"))):
        folder = pem / f"{n % 4}" / "sub folder"
        folder.mkdir(parents=True, exist_ok=True)
        command = "x509" if file.name.startswith("CERT") else "pkey"
        openssl(command, "-inform", "DER", "-in", file, "-out", folder / f"{n}.pem")
    download(run, serve, pem, shared_data / "profiles" / "TS48v7_SAIP2.3_NoBERTLV.der", "--curve", curve)


def test_every_published_package_is_installed_or_refused_for_what_show_names(run, serve, shared_data):
    packages = sorted((shared_data / "profiles").glob("*.der"))
    installed = 0
    for package in packages:
        shown = run("profile", "show", package, "--json")
        assert shown["elements"][0] == "header" and shown["elements"][-1] == "end", package
        objections = [finding["status"] for finding in shown["findings"] if finding["consequence"] == "aborts"]
        with serve("--profile", package, "--matching-id", "M") as server:
            card = f"sim:{package.stem}.db"
            downloaded = run("lpa", "download", server.code(), "--card", card, "--json", check=1 if objections else 0)
            assert iccids(run, card) == ([] if objections else [shown["iccid"]]), package
            if not objections:
                run("lpa", "enable", shown["iccid"], "--card", card)
                installed += 1
            else:
                assert downloaded.error["code"] == "installFailedDueToPEProcessingError"
    assert installed >= len(packages) - 1


def test_certificates_that_must_be_refused_are_named(run, shared_data, tmp_path):
    pki = tmp_path / "pki"
    shutil.copytree(shared_data / "sgp26", pki / "good")
    shutil.copytree(shared_data / "sgp26-invalid", pki / "bad")
    problems = {c["file"]: c.get("problem") for c in run("pki", "show", pki, "--json")["certificates"]}
    bad = {name: problem for name, problem in problems.items() if name.startswith("bad")}
    # This one is in order by itself; it is only of another eUICC than its tests expect.
    assert bad.pop("bad/CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der") is None
    assert len(bad) == 7 and all(bad.values()), bad


def test_expired_tls_certificates_are_not_used(run, serve, shared_data, profile):
    # The TLS certificate for this name expired in 2025; the CI's key is there, so the server makes one that is valid.
    host = "testsmdpplus2.example.com"
    with serve("--pki", shared_data / "sgp26", "--host", host, "--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", CARD, "--pki", shared_data / "sgp26",
            "--resolve", f"{host}:127.0.0.1")


def test_published_and_own_certificates_do_not_trust_each_other(run, serve, shared_data, profile):
    with serve("--pki", shared_data / "sgp26", "--profile", profile, "--matching-id", "M") as server:
        refused = run("lpa", "download", server.code(), "--card", CARD, "--json", check=1)
        assert refused.error["layer"] == "crypto"
