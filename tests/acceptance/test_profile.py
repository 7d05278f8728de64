"""Profile packages: made and shown."""
import os
import threading

import pytest
from conftest import ICCID, IMSI, PATIENCE


def test_make_says_what_it_has_made(run, tmp_path):
    made = run("profile", "make", "--iccid", ICCID, "--imsi", IMSI, "--out", "p.der", "--json").json
    assert (made["result"], made["file"], made["iccid"], made["imsi"]) == ("ok", "p.der", ICCID, IMSI)
    assert made["size"] == (tmp_path / "p.der").stat().st_size
    assert made["authentication"] == [{"application": "usim", "algorithm": "milenage"}]
    assert made["elements"][0] == "header" and made["elements"][-1] == "end" and "usim" in made["elements"]
    assert made["findings"] == []


def test_show_says_the_same(run):
    made = run("profile", "make", "--iccid", ICCID, "--imsi", IMSI, "--out", "p.der", "--json").json
    assert run("profile", "show", "p.der", "--json").json == made
    people = run("profile", "show", "p.der").stdout
    assert ICCID in people and IMSI in people and "milenage" in people


def test_the_same_parameters_make_the_same_octets(run, tmp_path):
    for name in ("a", "b"):
        run("profile", "make", "--iccid", ICCID, "--imsi", IMSI, "--out", name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("option, value", [
    ("--iccid", "898821100000000001"),
    ("--iccid", "89882110000000000193"),
    ("--imsi", "310410123456789"),
    ("--k", "000102030405060708090a0b0c0d0e0f"),
    ("--opc", "000102030405060708090A0B0C0D0E0F"),
    ("--name", "a profile type"),
    ("--spn", "Zürich"),
    ("--msisdn", "+41791234567"),
    ("--mnc-length", "3"),
])
def test_each_parameter_goes_in(run, tmp_path, option, value):
    run("profile", "make", "--out", "plain.der")
    run("profile", "make", option, value, "--out", "p.der")
    assert (tmp_path / "p.der").read_bytes() != (tmp_path / "plain.der").read_bytes()
    shown = run("profile", "show", "p.der", "--json").json
    name = {"--iccid": "iccid", "--imsi": "imsi", "--name": "profileType"}.get(option)
    if name:
        assert shown[name] == value
    if option in ("--k", "--opc"):
        assert bytes.fromhex(value) in (tmp_path / "p.der").read_bytes()


@pytest.mark.parametrize("option, value", [
    ("--iccid", ""), ("--iccid", "12345678901234567"), ("--iccid", "1" * 21), ("--iccid", "89x8211000000000019"),
    ("--imsi", ""), ("--imsi", "12345"), ("--imsi", "1" * 16), ("--imsi", "00101000000000a"),
    ("--k", "00"), ("--k", "0" * 33), ("--k", "g" * 32), ("--opc", "00" * 15), ("--opc", "zz" * 16),
    ("--mnc-length", "1"), ("--mnc-length", "4"), ("--mnc-length", "-2"), ("--mnc-length", "two"),
    ("--mnc-length", "99999999999999999999"),
    ("--name", ""), ("--name", "x" * 101),
    ("--spn", "x" * 17), ("--spn", "\udcff"), ("--msisdn", "abc"), ("--msisdn", "+"), ("--msisdn", "1" * 21),
])
def test_bad_parameters_are_refused_and_nothing_is_written(run, tmp_path, option, value):
    refused = run("profile", "make", option, value, "--out", "p.der", "--json", check=2)
    assert refused.error["layer"] == "input" and refused.error["text"]
    assert list(tmp_path.glob("p.der*")) == []


def test_a_file_that_cannot_be_written_is_the_environments_fault(run, tmp_path):
    assert run("profile", "make", "--out", "no/such/folder/p.der", "--json", check=3).error["layer"] == "storage"
    (tmp_path / "folder").mkdir()
    run("profile", "make", "--out", "folder", "--json", check=3)
    assert list((tmp_path / "folder").iterdir()) == [] and list(tmp_path.glob("*.tmp")) == []


def test_output_goes_through_a_pipe(run, tmp_path):
    """And so to /dev/stdout or /dev/null, instead of into their place."""
    os.mkfifo(tmp_path / "pipe")
    received = []
    reader = threading.Thread(target=lambda: received.append((tmp_path / "pipe").read_bytes()), daemon=True)
    reader.start()
    made = run("profile", "make", "--out", "pipe", "--json")
    reader.join(timeout=PATIENCE)
    assert (tmp_path / "pipe").is_fifo() and len(received[0]) == made["size"]


def test_output_goes_through_a_symbolic_link(run, tmp_path):
    (tmp_path / "link").symlink_to("target")
    run("profile", "make", "--out", "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "target").stat().st_size > 1000


def test_a_failed_write_leaves_the_old_file(run, tmp_path):
    run("profile", "make", "--out", "p.der")
    before = (tmp_path / "p.der").read_bytes()
    run("profile", "make", "--iccid", "1", "--out", "p.der", check=2)
    assert (tmp_path / "p.der").read_bytes() == before


HOSTILE = {
    "text": b"hello\n",
    "zeros": bytes(1000),
    "ones": b"\xff" * 1000,
    "one tag": b"\xa0",
    "no length": b"\xa0\x80",
    "a length without end": b"\xa0\x84\xff\xff\xff\xff",
    "nested": b"\xa0\x80" * 5000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_no_package_is_refused_with_its_name(run, tmp_path, name):
    (tmp_path / "p.der").write_bytes(HOSTILE[name])
    for command in (("profile", "show", "p.der"), ("smdp", "serve", "--profile", "p.der")):
        refused = run(*command, "--json", check=(1, 2))
        assert "p.der" in refused.error.get("path", "") + refused.error.get("step", "")


def test_an_empty_file_is_not_served(run, tmp_path):
    (tmp_path / "p.der").touch()
    run("smdp", "serve", "--profile", "p.der", "--json", check=(1, 2))


def test_every_cut_of_a_package_is_refused_with_the_place(run, tmp_path, profile):
    whole = profile.read_bytes()
    for length in range(1, len(whole), len(whole) // 25):
        (tmp_path / "cut.der").write_bytes(whole[:length])
        refused = run("profile", "show", "cut.der", "--json", check=None)
        # A package cut between two elements is well-formed; what an eUICC would object to is a finding.
        assert refused.status == 1 or refused["findings"], length
