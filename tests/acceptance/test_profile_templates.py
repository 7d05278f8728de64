"""Profiles made of templates: one by options, many by CSV."""
import json

import pytest
from conftest import ICCID

CSV = ("ICCID,IMSI,K,OPc,MSISDN,PIN1\r\n"
       "8988211000000000011,001010000000001,00112233445566778899AABBCCDDEEFF,"
       "FFEEDDCCBBAA99887766554433221100,+41791234567,1234\r\n"
       "8988211000000000029,001010000000002,102132435465768798A9BACBDCEDFE0F,"
       "0FFEEDDCCBBAA9988776655443322110,,\r\n")


def test_a_template_gets_what_is_given_and_keeps_the_rest(run):
    run("profile", "make", "--name", "my template", "--msisdn", "1", "--spn", "Mine", "--out", "t.der")
    run("profile", "make", "--template", "t.der", "--iccid", "8988211000000000011", "--imsi", "001010000000001",
        "--out", "p.der")
    shown = run("profile", "show", "p.der", "--json").json
    assert (shown["iccid"], shown["imsi"]) == ("8988211000000000011", "001010000000001")
    assert shown["profileType"] == "my template" and shown["findings"] == []


def test_a_made_profile_and_a_personalised_one_are_the_same(run, tmp_path):
    values = ("--iccid", "8988211000000000011", "--imsi", "001010000000001", "--k", "11" * 16, "--opc", "22" * 16,
              "--msisdn", "+1234", "--pin1", "1111", "--puk1", "22222222", "--pin2", "3333", "--puk2", "44444444",
              "--adm1", "0011223344556677")
    run("profile", "make", "--msisdn", "1", "--out", "t.der")
    run("profile", "make", "--template", "t.der", *values, "--out", "a.der")
    run("profile", "make", *values, "--out", "b.der")
    assert (tmp_path / "a.der").read_bytes() == (tmp_path / "b.der").read_bytes()


def test_op_makes_the_opc_of_the_key(run, tmp_path):
    """Test set 1 of 3GPP TS 35.208."""
    k, op, opc = ("465B5CE8B199B49FAA5F0A2EE238A6BC", "CDC202D5123E20F62B6D676AC72CB318",
                  "CD63CB71954A9F4E48A5994E37A02BAF")
    run("profile", "make", "--k", k, "--op", op, "--out", "a.der")
    run("profile", "make", "--k", k, "--opc", opc, "--out", "b.der")
    assert (tmp_path / "a.der").read_bytes() == (tmp_path / "b.der").read_bytes()
    run("profile", "make", "--op", op, "--out", "c.der", check=2)


@pytest.mark.parametrize("with_template", [True, False])
def test_a_csv_makes_a_package_a_line(run, tmp_path, with_template):
    (tmp_path / "orders.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())
    run("profile", "make", "--msisdn", "1", "--out", "t.der")
    template = ("--template", "t.der") if with_template else ()
    made = run("profile", "make", *template, "--csv", "orders.csv", "--out", "profiles", "--json").json
    assert [(p["line"], p["iccid"], p["imsi"], p["file"]) for p in made["profiles"]] == [
        (2, "8988211000000000011", "001010000000001", "profiles/8988211000000000011.der"),
        (3, "8988211000000000029", "001010000000002", "profiles/8988211000000000029.der")]
    assert made["warnings"] == []
    for profile in made["profiles"]:
        shown = run("profile", "show", profile["file"], "--json").json
        assert (shown["iccid"], shown["imsi"], shown["findings"]) == (profile["iccid"], profile["imsi"], [])
    assert bytes.fromhex("102132435465768798A9BACBDCEDFE0F") in (tmp_path / made["profiles"][1]["file"]).read_bytes()


def test_a_wrong_check_digit_is_a_warning(run, tmp_path):
    (tmp_path / "orders.csv").write_text("iccid\n8988211000000000012\n")
    warned = run("profile", "make", "--csv", "orders.csv", "--out", "profiles")
    assert "line 2, column iccid" in warned.stderr and "8988211000000000012.der" in warned.stdout


@pytest.mark.parametrize("csv, place", [
    ("", "line 1"),
    ("imsi\n1\n", "line 1"),
    ("iccid,colour\n", "line 1, column colour"),
    ("iccid;imsi\n", "line 1, column iccid;imsi"),
    (f"iccid,imsi\n{ICCID},001\n", "line 2, column imsi"),
    (f"iccid,imsi\n{ICCID}\n", "line 2"),
    ("iccid\n8.98821E+18\n", "line 2, column iccid"),
    (f"iccid\n{ICCID}\n\n{ICCID}\n", "line 4, column iccid"),
    (f"iccid,k\n{ICCID},{'0' * 32}\n", "line 2, column k"),
    (f"iccid,k,op\n{ICCID},{'0' * 32},xx\n", "line 2, column op"),
    (f"iccid,msisdn\n{ICCID},123\n", "line 2, column msisdn"),
    (f'iccid\n"{ICCID}\n', "line 2"),
])
def test_a_bad_csv_is_refused_with_its_place_and_nothing_is_written(run, tmp_path, csv, place):
    (tmp_path / "orders.csv").write_text(csv)
    run("profile", "make", "--out", "t.der")  # without an EF.MSISDN
    refused = run("profile", "make", "--template", "t.der", "--csv", "orders.csv", "--out", "profiles", "--json", check=2)
    assert refused.error["path"] == place and "orders.csv" in refused.error["step"], json.dumps(refused.error)
    assert not (tmp_path / "profiles").exists()


def test_a_template_that_is_none_is_refused_with_its_name(run, tmp_path):
    (tmp_path / "t.der").write_bytes(b"no package")
    assert "t.der" in run("profile", "make", "--template", "t.der", "--out", "p.der", "--json", check=1).error["step"]


def test_what_only_a_made_profile_has_excludes_a_template(run):
    run("profile", "make", "--out", "t.der")
    run("profile", "make", "--template", "t.der", "--spn", "x", "--out", "p.der", check=2)


def test_published_packages_are_templates(run, shared_data):
    template = shared_data / "profiles" / "TS48v7_SAIP2.3_BERTLV_SUCI.der"
    if not template.is_file():
        pytest.skip("the published data has no such package")
    run("profile", "make", "--template", template, "--iccid", "8988211000000000011", "--imsi", "001010000000001",
        "--k", "11" * 16, "--pin1", "1111", "--puk1", "22222222", "--adm1", "33333333", "--out", "p.der")
    shown = run("profile", "show", "p.der", "--json").json
    assert (shown["iccid"], shown["imsi"]) == ("8988211000000000011", "001010000000001")
