"""The linter of profile packages: its documents, its exit status, and that its manual is true."""
import pytest
from conftest import ROOT


def lint(run, *arguments, check=0):
    return run("profile", "lint", *arguments, "--json", check=check)


@pytest.fixture
def sound(run, tmp_path):
    """Without errors; it has no service centre, and its key is published."""
    run("profile", "make", "--iccid", "8988211000000000011", "--out", "sound.der")
    return tmp_path / "sound.der"


@pytest.fixture
def broken(sound):
    """EF.ICCID says something else than the header."""
    octets = sound.read_bytes()
    ef_iccid = bytes.fromhex("988812010000000010F1")
    assert octets.count(ef_iccid) == 1
    file = sound.with_name("broken.der")
    file.write_bytes(octets.replace(ef_iccid, ef_iccid[:-1] + b"\xf2"))
    return file


def test_a_sound_profile_has_no_errors(run, sound):
    linted = lint(run, sound)
    assert {finding["severity"] for finding in linted["files"][0]["findings"]} == {"warning", "note"}
    assert linted["counts"] == {"error": 0, "warning": 1, "note": 1}


def test_strict_fails_for_warnings(run, sound):
    assert lint(run, sound, "--strict", check=1)["result"] == "failed"


def test_a_finding_says_rule_place_meaning_and_remedy(run, sound, broken):
    linted = lint(run, sound, broken, check=1)
    assert [file["file"] for file in linted["files"]] == [str(sound), str(broken)]
    [error] = [f for file in linted["files"] for f in file["findings"] if f["severity"] == "error"]
    assert (error["rule"], error["element"], error["name"]) == ("iccid-differs", 1, "mf")
    assert error["path"] == "3F00/2FE2 (ef-iccid)" and "8988211000000000012" in error["text"]
    assert error["meaning"] and error["remedy"]


def test_people_get_a_line_with_file_element_and_rule(run, broken):
    out = run("profile", "lint", broken, check=1)
    assert f"{broken} element 1 (mf) 3F00/2FE2 (ef-iccid): error [iccid-differs]" in out.stdout
    assert "1 error(s), 1 warning(s), 1 note(s)" in out.stderr


def test_the_owner_of_the_metadata_is_compared(run, sound):
    lint(run, sound, "--owner", "00101")
    linted = lint(run, sound, "--owner", "26201", check=1)
    assert "owner-differs" in {finding["rule"] for finding in linted["files"][0]["findings"]}


@pytest.mark.parametrize("arguments", [(), ("no.der",), ("sound.der", "--owner", "1"), ("sound.der", "--use", "x")])
def test_wrong_usage(run, sound, arguments):
    assert lint(run, *arguments, check=2).error["text"]


def test_what_is_no_package_is_refused_with_its_name(run, tmp_path):
    (tmp_path / "p.der").write_bytes(b"hello")
    assert "p.der" in lint(run, "p.der", check=1).error["step"]


def test_published_packages_have_no_errors(run, shared_data):
    packages = sorted((shared_data / "profiles").glob("*.der"))
    if not packages:
        pytest.skip("the published data has no packages")
    assert lint(run, *packages)["counts"]["error"] == 0


def test_the_manual_has_every_rule(run):
    rules = lint(run, "--list-rules")["rules"]
    assert len({rule["rule"] for rule in rules}) == len(rules)
    manual = (ROOT / "docs" / "profiles.md").read_text()
    table = [line for line in manual.split("| rule |", 1)[1].splitlines() if line.startswith("| `")]
    assert table == [f"| `{r['rule']}` | {r['severity']} | {r['meaning']} | {r['remedy']} |" for r in rules]
