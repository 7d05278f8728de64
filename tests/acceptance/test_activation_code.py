"""Activation codes as QR codes, with zbarimg as the judge of what is in them."""
import contextlib
import os
import shutil
import subprocess

import pytest
from conftest import ICCID, PATIENCE, iccids

CODE = "LPA:1$testsmdpplus1.example.com$MATCHING-ID-0001"
QUOTED_OID = "LPA:1$smdp.example.com:8443$A-1$2.999.10$1"
CARD = "sim:card.db"

needs_zbarimg = pytest.mark.skipif(shutil.which("zbarimg") is None, reason="zbarimg (package zbar-tools) is not here")


def zbarimg(file):
    """What a QR reader that is not ours sees."""
    ran = subprocess.run(["zbarimg", "--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", file], capture_output=True,
                         text=True, timeout=PATIENCE, check=True)
    return ran.stdout.removesuffix("\n")


def pgm(lines, scale=6):
    """Half blocks as a picture that zbarimg reads: blocks are light."""
    rows = []
    for line in lines:
        rows.append([c in "█▀" for c in line])
        rows.append([c in "█▄" for c in line])
    rows = rows[:2 * len(lines) - 1]  # an odd number of rows leaves the last half line below the code
    pixels = b"".join(bytes(255 if light else 0 for light in row for _ in range(scale)) * scale for row in rows)
    return b"P5 %d %d 255\n" % (len(rows[0]) * scale, len(rows) * scale) + pixels


def test_the_terminal_gets_half_blocks_and_the_code(run):
    lines = run("smdp", "activation-code", CODE).stdout.splitlines()
    assert lines[-1] == CODE
    assert len(lines) == 18 and {len(line) for line in lines[:-1]} == {33}
    assert "\033" not in "".join(lines), "colours are for terminals"


def on_a_terminal(run, *arguments):
    """Standard output of a run that takes it for a terminal."""
    ours, its = os.openpty()
    with run.start(*arguments, stdin=subprocess.DEVNULL, stdout=its) as process:
        os.close(its)
        text = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while chunk := os.read(ours, 4096):
                text += chunk
        os.close(ours)
        assert process.wait(timeout=PATIENCE) == 0
    return text.decode().splitlines()


def test_a_terminal_gets_colours_that_are_right_on_dark_and_light(run):
    plain = run("smdp", "activation-code", CODE).stdout.splitlines()
    coloured = on_a_terminal(run, "smdp", "activation-code", CODE)
    assert coloured == [f"\033[38;5;231;48;5;16m{line}\033[0m" for line in plain[:-1]] + [CODE]
    run.environment["NO_COLOR"] = "1"
    assert on_a_terminal(run, "smdp", "activation-code", CODE) == plain


@needs_zbarimg
@pytest.mark.parametrize("correction", "LMQH")
def test_the_half_blocks_read(run, tmp_path, correction):
    lines = run("smdp", "activation-code", CODE, "--correction", correction).stdout.splitlines()
    (tmp_path / "code.pgm").write_bytes(pgm(lines[:-1]))
    assert zbarimg(tmp_path / "code.pgm") == CODE


@needs_zbarimg
@pytest.mark.parametrize("code", [CODE, QUOTED_OID, "LPA:1$h$", "LPA:1$h$" + "x" * 240])
def test_a_png_reads(run, tmp_path, code):
    made = run("smdp", "activation-code", code, "--out", "code.png", "--json").json
    assert (made["activationCode"], made["file"]) == (code, "code.png")
    assert zbarimg(tmp_path / "code.png") == code


@needs_zbarimg
@pytest.mark.skipif(shutil.which("rsvg-convert") is None, reason="rsvg-convert (package librsvg2-bin) is not here")
def test_an_svg_reads(run, tmp_path):
    run("smdp", "activation-code", CODE, "--out", "code.svg")
    subprocess.run(["rsvg-convert", "code.svg", "-o", "drawn.png"], cwd=tmp_path, timeout=PATIENCE, check=True)
    assert zbarimg(tmp_path / "drawn.png") == CODE


def test_a_code_is_put_together_of_its_parts(run):
    made = run("smdp", "activation-code", "--address", "smdp.example.com:8443", "--matching-id", "A-1",
               "--oid", "2.999.10", "--confirmation-code-required", "--json").json
    assert made["activationCode"] == QUOTED_OID
    assert (made["address"], made["matchingId"], made["oid"]) == ("smdp.example.com:8443", "A-1", "2.999.10")
    assert made["confirmationCodeRequired"] is True
    assert made["qr"]["modules"] == 17 + 4 * made["qr"]["version"]


@pytest.mark.parametrize("arguments", [
    (), ("LPA:1",), ("LPA:2$h$m",), (CODE, "--oid", "2.999"), ("--address", "h", "--oid", "x"),
    ("--address", "h", "--matching-id", "a$b"), ("--address", "h h"), ("--matching-id", "m"),
    (CODE, "--out", "code.gif"), (CODE, "--out", "code"), (CODE, "--scale", "0"), (CODE, "--correction", "X"),
])
def test_bad_arguments_are_usage(run, tmp_path, arguments):
    assert run("smdp", "activation-code", *arguments, "--json", check=2).error["text"]
    assert not list(tmp_path.glob("code*"))


@needs_zbarimg
def test_a_code_is_read_from_a_picture(run):
    run("smdp", "activation-code", QUOTED_OID, "--out", "code.png")
    read = run("smdp", "activation-code", "--qr-image", "code.png", "--json").json
    assert (read["activationCode"], read["oid"]) == (QUOTED_OID, "2.999.10")


@needs_zbarimg
def test_download_takes_the_code_from_a_picture(run, serve, profile):
    with serve("--profile", profile, "--oid-in-code") as server:
        assert server.code().count("$") == 3
        run("smdp", "activation-code", server.code(), "--out", "code.png")
        run("lpa", "download", "--qr-image", "code.png", "--card", CARD)
        assert iccids(run, CARD) == [ICCID]


def test_the_server_shows_codes_where_they_are_asked_for(run, serve, profile):
    with serve("--profile", profile, "--profile", profile, "--qr") as server:
        pass
    lines = [line for line in server.log().splitlines() if line.startswith("█")]
    assert len(lines) >= 2 * 16
    with serve("--profile", profile) as server:
        pass
    assert "█" not in server.log()


def test_without_zbarimg_the_package_is_named(run, tmp_path):
    run("smdp", "activation-code", CODE, "--out", "code.png")
    refused = run("lpa", "download", "--qr-image", "code.png", "--card", CARD, "--json", check=3,
                  environment={"PATH": str(tmp_path)})
    assert "zbar-tools" in refused.error["hint"]


@needs_zbarimg
@pytest.mark.parametrize("content", [b"", b"no picture", b"P5 8 8 255\n" + bytes(64)])
def test_a_picture_without_a_code_is_refused_with_its_name(run, tmp_path, content):
    (tmp_path / "code.pgm").write_bytes(content)
    refused = run("smdp", "activation-code", "--qr-image", "code.pgm", "--json", check=2)
    assert refused.error["path"] == "code.pgm"


def test_a_picture_that_is_not_there_is_refused(run):
    assert run("smdp", "activation-code", "--qr-image", "no.png", "--json", check=2).error["path"] == "no.png"


@needs_zbarimg
def test_several_activation_codes_in_a_picture_are_refused(run, tmp_path):
    blocks = [run("smdp", "activation-code", CODE[:-1] + end).stdout.splitlines()[:-1] for end in "12"]
    (tmp_path / "two.pgm").write_bytes(pgm([a + b for a, b in zip(*blocks)]))
    refused = run("smdp", "activation-code", "--qr-image", "two.pgm", "--json", check=2)
    assert "2 of its QR codes" in refused.error["text"]


def test_of_several_codes_the_activation_code_is_taken(run, tmp_path):
    """As on a leaflet that has a web address beside it; a script says what zbarimg would."""
    (tmp_path / "bin").mkdir()
    script = tmp_path / "bin" / "zbarimg"
    script.write_text(f"#!/bin/sh\necho https://example.com\necho '{CODE}'\necho '{CODE}'\n")
    script.chmod(0o755)
    (tmp_path / "leaflet.png").write_bytes(b"a picture")
    read = run("smdp", "activation-code", "--qr-image", "leaflet.png", "--json",
               environment={"PATH": str(script.parent) + os.pathsep + os.environ["PATH"]}).json
    assert read["activationCode"] == CODE
