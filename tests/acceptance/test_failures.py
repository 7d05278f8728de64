"""What goes wrong, and how it ends: with the right exit status, one JSON document, in time, and with a card that is fine."""
import contextlib
import errno
import os
import signal
import sqlite3
import subprocess
import time

import pytest
from conftest import ICCID, PATIENCE, Program, iccids, serving
from faulty_server import FAULTS, FUNCTIONS, deaf, silence, spoiling

CARD = "sim:card.db"
DONE, FAILED, USAGE, ENVIRONMENT, TIMED_OUT = range(5)


def card_is_fine(run, serve, profile, *options):
    """Nothing is on the card, and a download from a server that works succeeds."""
    assert iccids(run, CARD) == []
    with serve("--profile", profile, "--matching-id", "FINE", *options) as server:
        run("lpa", "download", server.code(), "--card", CARD, *options)
    assert iccids(run, CARD) == [ICCID]


# --- Usage ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    [], ["fly"], ["lpa"], ["lpa", "fly"], ["lpa", "profiles"], ["--nonsense"], ["demo", "--nonsense"], ["demo", "surplus"],
    ["lpa", "profiles", "--card", CARD, "--nonsense"], ["lpa", "enable", "--card", CARD],
    ["lpa", "profiles", "--card", CARD, "--block-size", "0"],
    ["lpa", "profiles", "--card", CARD, "--block-size", "256"], ["lpa", "profiles", "--card", CARD, "--block-size", "x"],
    ["lpa", "profiles", "--card", CARD, "--timeout", "0"], ["lpa", "profiles", "--card", CARD, "--timeout", "-1"],
    ["lpa", "profiles", "--card", CARD, "--timeout", "soon"], ["lpa", "profiles", "--card", CARD, "--curve", "round"],
    ["lpa", "profiles", "--card", CARD, "--timeout", "1e300"], ["lpa", "profiles", "--card", CARD, "--timeout", "nan"],
    ["lpa", "profiles", "--card", CARD, "--timeout", "86401"],
    ["lpa", "profiles", "--card", CARD, "--isd-r-aid", "xyz"],
    ["lpa", "profiles", "--card", ""], ["lpa", "profiles", "--card", "sim"], ["lpa", "profiles", "--card", "sim:"],
    ["lpa", "profiles", "--card", "card.db"], ["lpa", "profiles", "--card", "usb:0"],
    ["lpa", "profiles", "--card", "socket:nowhere"], ["lpa", "enable", "123", "--card", CARD],
    ["lpa", "enable", "", "--card", CARD], ["lpa", "enable", "8988x", "--card", CARD],
    ["lpa", "nickname", "A0000005591010FFFFFFFF8900001000", "x", "--card", CARD],
    ["lpa", "download", "LPA:1$localhost$M", "--card", CARD, "--resolve", "localhost"],
    ["lpa", "download", "LPA:1$localhost$M", "--card", CARD, "--resolve", ":"],
    ["smdp", "serve"], ["smdp", "serve", "--profile", "p.der", "--key-mode", "none"],
    ["smdp", "serve", "--profile", "p.der", "--listen", "here"],
    ["smdp", "serve", "--profile", "p.der", "--listen", "127.0.0.1:65536"],
    ["smdp", "serve", "--profile", "p.der", "--matching-id", "A", "--matching-id", "B"],
    ["smdp", "serve", "--profile", "p.der", "--eid", "12"],
    ["smdp", "serve", "--profile", "p.der", "--matching-id", "-"],
    ["smdp", "serve", "--profile", "p.der", "--profile", "p.der", "--matching-id", "A", "--matching-id", "A"],
    ["euicc", "serve"], ["euicc", "serve", "--frontend", "pigeon"],
    ["pki", "create"], ["pki", "show"], ["profile", "make"], ["profile", "show"],
], ids=" ".join)
def test_wrong_usage(run, arguments):
    run("profile", "make", "--out", "p.der")
    refused = run(*arguments, "--json", check=USAGE)
    assert refused.error["layer"] == "input" and refused.error["text"]
    # Without --json there is nothing on standard output, and a reason on standard error.
    people = run(*arguments, check=USAGE)
    assert people.stdout == "" and people.stderr.strip()


def test_a_timeout_out_of_range_says_the_range(run):
    refused = run("lpa", "profiles", "--card", CARD, "--timeout", "0", check=USAGE)
    assert "0.001 to 86400" in refused.stderr and len(refused.stderr) < 500


@pytest.mark.parametrize("frontend", ["socket:999999", "socket:nowhere:1", "socket:127.0.0.1:x", "vpcd:127.0.0.1", "vpcd-listen:127.0.0.1:65536", "fd:x"])
def test_a_front_end_with_a_bad_address_makes_nothing(run, tmp_path, frontend):
    refused = run("euicc", "serve", "--frontend", frontend, "--store", "new.db", "--json", check=USAGE)
    assert refused.error["path"] == "--frontend" and frontend.split(":", 1)[1] in refused.error["text"]
    assert list(tmp_path.iterdir()) == []


def test_a_nickname_that_is_too_long_says_how_long_it_may_be(run):
    refused = run("lpa", "nickname", ICCID, "n" * 65, "--card", CARD, "--json", check=USAGE)
    assert "64 octets" in refused.error["text"]


def test_a_crl_that_is_none_is_named(run, tmp_path):
    (tmp_path / "no.crl").write_text("no CRL")
    refused = run("lpa", "load-crl", "no.crl", "--card", CARD, "--json", check=None)
    assert refused.status != DONE and refused.error["step"].startswith("no.crl")


def test_an_option_without_its_value(run):
    assert "--card" in run("lpa", "profiles", "--json", "--card", check=USAGE).error["text"]


def test_an_unknown_option_is_named(run):
    assert "--nonsense" in run("lpa", "profiles", "--card", CARD, "--nonsense", "--json", check=USAGE).error["text"]


@pytest.mark.parametrize("arguments", [["--help"], ["lpa", "--help"], ["lpa", "download", "--help"], ["--version"]])
def test_help_and_version_are_no_errors(run, arguments):
    outcome = run(*arguments)
    assert outcome.stdout and outcome.stderr == ""


@pytest.mark.parametrize("code, part", [
    ("nonsense", None), ("LPA:", None), ("LPA:1", None), ("LPA:1$localhost", None), ("LPA:2$localhost$M", "format"),
    ("LPA:1$$M", "address"), ("LPA:1$local host$M", "address"), ("LPA:1$localhost/x$M", "address"),
    ("LPA:1$localhost$M$nonsense", "oid"), ("LPA:1$localhost$M$2.999.10$yes", None),
    ("LPA:1$localhost$ä", "matchingId"), ("LPA:1$localhost$" + "M" * 300, None), ("LPA:1$" + "x" * 100000 + "$M", None),
])
def test_bad_activation_codes_name_the_part(run, code, part):
    refused = run("lpa", "download", code, "--card", CARD, "--json", check=USAGE)
    assert refused.error["step"] == "activation code"
    assert part is None or refused.error["path"] == part


# --- Files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [
    ["profile", "show", "missing"], ["smdp", "serve", "--profile", "missing"], ["pki", "show", "missing"],
    ["profile", "show", "."], ["smdp", "serve", "--profile", "."], ["pki", "show", "file"],
    ["demo", "--pki", "file"], ["lpa", "download", "LPA:1$localhost:1$M", "--card", CARD, "--pki", "file"],
], ids=" ".join)
def test_input_that_is_not_there_or_no_file_is_named(run, tmp_path, arguments):
    (tmp_path / "file").write_text("a file, and no directory\n")
    refused = run(*arguments, "--json", check=(USAGE, ENVIRONMENT))
    assert refused.error["path"] in (arguments[-1], arguments[-1] + "/")
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize("arguments", [
    ["lpa", "profiles", "--card", "sim:no/such/folder/card.db"], ["lpa", "profiles", "--card", "sim:."],
    ["smdp", "serve", "--profile", "p.der", "--store", "no/such/folder/orders.db"],
    ["smdp", "serve", "--profile", "p.der", "--ready-file", "no/such/folder/ready"],
    ["euicc", "serve", "--frontend", "socket", "--ready-file", "no/such/folder/ready"],
    ["profile", "make", "--out", "no/such/folder/p.der"],
    ["demo", "--out", "file/out"], ["pki", "create", "file/P"],
], ids=" ".join)
def test_places_that_cannot_be_written_are_the_environments_fault(run, tmp_path, arguments):
    run("profile", "make", "--out", "p.der")
    (tmp_path / "file").write_text("a file, and no directory\n")
    refused = run(*arguments, "--json", check=ENVIRONMENT)
    assert refused.error["layer"] == "storage" and refused.error["text"]


def no_database(file):
    file.write_bytes(b"This is no database. " * 100)


def another_programs_database(file):
    with sqlite3.connect(file) as database:
        database.execute("CREATE TABLE things (thing)")


def a_database_of_orders(file):
    program = Program(file.parent)
    program("profile", "make", "--out", "q.der")
    with serving(program, "smdp", "serve", "--profile", "q.der", "--store", file):
        pass


def a_card_cut_short(file):
    program = Program(file.parent)
    program("lpa", "info", "--card", f"sim:{file}")
    file.write_bytes(file.read_bytes()[:file.stat().st_size // 2])


def a_card_with_holes(file):
    program = Program(file.parent)
    program("lpa", "info", "--card", f"sim:{file}")
    octets = bytearray(file.read_bytes())
    octets[4096:] = b"\xff" * (len(octets) - 4096)
    file.write_bytes(octets)


@pytest.mark.parametrize("make", [no_database, another_programs_database, a_database_of_orders, a_card_cut_short,
                                  a_card_with_holes], ids=lambda make: make.__name__)
def test_a_card_file_that_is_none_is_refused_and_left_alone(run, tmp_path, make):
    file = tmp_path / "strange.db"
    make(file)
    before = file.read_bytes()[4096:]  # the first page has SQLite's own counters
    for verb in ("profiles", "info", "notifications"):
        refused = run("lpa", verb, "--card", f"sim:{file}", "--json", check=ENVIRONMENT)
        assert refused.error["layer"] == "storage" and refused.error["path"] == str(file)
    run("euicc", "serve", "--frontend", "socket", "--store", file, "--json", check=ENVIRONMENT)
    assert file.read_bytes()[4096:] == before


def a_card(file):
    Program(file.parent)("lpa", "info", "--card", f"sim:{file}")


@pytest.mark.parametrize("make", [no_database, another_programs_database, a_card], ids=lambda make: make.__name__)
def test_a_store_of_orders_that_is_none_is_refused_and_left_alone(run, tmp_path, profile, make):
    file = tmp_path / "strange.db"
    make(file)
    before = file.read_bytes()
    refused = run("smdp", "serve", "--profile", profile, "--store", file, "--json", check=ENVIRONMENT)
    assert refused.error["layer"] == "storage" and refused.error["path"] == str(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("arguments", [["euicc", "serve", "--frontend", "socket", "--store", "missing/card.db"],
                                       ["smdp", "serve", "--profile", "profile.der", "--store", "missing/orders.db"]])
def test_a_server_that_does_not_start_leaves_no_old_ready_file(run, tmp_path, profile, arguments):
    ready = tmp_path / "ready.json"
    ready.write_text('{"card": "socket:127.0.0.1:1"}')
    run(*arguments, "--ready-file", ready, check=ENVIRONMENT)
    assert not ready.exists()


def test_a_ready_file_in_a_folder_that_is_not_there_says_so(run):
    refused = run("euicc", "serve", "--frontend", "socket", "--ready-file", "missing/ready.json", "--json", check=ENVIRONMENT)
    assert "No such file or directory" in refused.error["text"]


def test_a_card_that_has_lost_its_key_does_not_get_a_new_one(run, tmp_path):
    run("lpa", "default-smdp", "smdp.example.com", "--card", CARD)
    with contextlib.closing(sqlite3.connect(tmp_path / "card.db")) as database:
        database.execute("DELETE FROM record WHERE key = 'credentials'")
        database.commit()
    refused = run("lpa", "info", "--card", CARD, "--json", check=ENVIRONMENT)
    assert "record credentials" in refused.error["text"] and "missing" in refused.error["text"]


def test_a_card_file_of_no_octets_is_a_new_card(run, tmp_path):
    (tmp_path / "card.db").touch()
    assert iccids(run, CARD) == []


def test_a_card_that_could_not_be_made_is_made_the_next_time(run):
    run("pki", "create", "P", "--curve", "nist")
    run("lpa", "profiles", "--card", CARD, "--pki", "P", "--curve", "brainpool", "--json", check=(USAGE, ENVIRONMENT))
    run("lpa", "profiles", "--card", CARD, "--pki", "P")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_card_that_may_not_be_written_is_the_environments_fault(run, tmp_path):
    run("lpa", "info", "--card", CARD)
    (tmp_path / "card.db").chmod(0o444)
    tmp_path.chmod(0o555)
    try:
        run("lpa", "default-smdp", "smdp.example.com", "--card", CARD, "--json", check=ENVIRONMENT)
    finally:
        tmp_path.chmod(0o755)


def test_a_directory_without_certificates_is_refused_and_named(run, tmp_path, profile):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "CERT_CI.der").write_text("no certificate")
    for directory in ("empty", "text"):
        for arguments in (["demo"], ["lpa", "download", "LPA:1$localhost:1$M", "--card", CARD],
                          ["lpa", "profiles", "--card", CARD],
                          ["smdp", "serve", "--profile", profile], ["euicc", "serve", "--frontend", "socket"]):
            refused = run(*arguments, "--pki", directory, "--json", check=(USAGE, ENVIRONMENT))
            assert refused.error["path"] == directory and "pki create" in refused.error["hint"]
        run("pki", "show", directory, "--json", check=(USAGE, ENVIRONMENT))
    # Nothing has come of it, so the right directory makes the card.
    run("lpa", "profiles", "--card", CARD)


@pytest.mark.parametrize("missing, needed_by", [
    ("EUICC", ["lpa", "profiles", "--card", CARD]), ("EUM", ["lpa", "profiles", "--card", CARD]),
    ("S_SM_DPauth", ["smdp", "serve", "--profile", "profile.der"]),
    ("S_SM_DPpb", ["smdp", "serve", "--profile", "profile.der"]),
])
def test_a_directory_without_one_kind_of_certificate_says_which(run, tmp_path, profile, missing, needed_by):
    run("pki", "create", "P")
    for file in (tmp_path / "P").glob(f"*_{missing}_*"):
        file.unlink()
    refused = run(*needed_by, "--pki", "P", "--json", check=(USAGE, ENVIRONMENT))
    assert refused.error["path"] == "P" and "certificate" in refused.error["text"]


# --- Servers that are not there, not trusted, or silent -------------------------------------------------------------


def test_no_server(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        code = server.code()
    refused = run("lpa", "download", code, "--card", CARD, "--json", check=FAILED)
    assert (refused.error["layer"], refused.error["code"]) == ("transport", errno.errorcode[errno.ECONNREFUSED])
    card_is_fine(run, serve, profile)


def test_no_such_name(run, serve, profile):
    # RFC 6761: a name below .invalid never exists.
    refused = run("lpa", "download", "LPA:1$no-such-name.invalid:443$M", "--card", CARD, "--timeout", "10", "--json",
                  check=(FAILED, TIMED_OUT))
    assert "no-such-name.invalid" in refused.error["text"] and "--resolve" in refused.error["hint"]
    card_is_fine(run, serve, profile)


def test_a_server_with_other_certificates(run, serve, profile):
    run("pki", "create", "foreign")
    with serve("--pki", "foreign", "--profile", profile, "--matching-id", "M") as server:
        refused = run("lpa", "download", server.code(), "--card", CARD, "--json", check=FAILED)
        assert refused.error["layer"] == "crypto" and "HTTPS" in refused.error["step"]
        # Nothing was said to a server that is not trusted.
        assert "initiateAuthentication" not in server.log()
    assert server.orders()["M"]["state"] == "released"
    card_is_fine(run, serve, profile)


def test_a_card_that_trusts_another_ci_than_the_lpa(run, serve, profile):
    """TLS is fine; it is the card that refuses, or the server that finds no CI in common."""
    run("pki", "create", "foreign")
    run("lpa", "info", "--card", CARD)
    with serve("--pki", "foreign", "--profile", profile, "--matching-id", "M") as server:
        refused = run("lpa", "download", server.code(), "--card", CARD, "--pki", "foreign", "--json", check=FAILED)
        assert refused.error["code"] == "8.8.2/3.1"
    card_is_fine(run, serve, profile)


def test_a_certificate_of_another_role_is_no_server(run, serve, profile, tmp_path):
    """The right CI, and a key for profile binding: by its policy no TLS server (SGP.22 2.6.6)."""
    run("pki", "create", "P")
    with spoiling(tmp_path / "P", name="S_SM_DPpb_ECDSA_NIST") as server:
        refused = run("lpa", "download", f"LPA:1$localhost:{server.port}$M", "--card", CARD, "--pki", "P", "--json",
                      check=FAILED)
        assert refused.error["layer"] == "crypto"
        assert server.calls == []
    card_is_fine(run, serve, profile, "--pki", "P")


def test_a_server_without_tls(run, serve, serve_card, profile):
    with serve_card() as not_a_server:  # whatever listens there, it does not do TLS
        port = not_a_server.ready["card"].rsplit(":", 1)[1]
        refused = run("lpa", "download", f"LPA:1$localhost:{port}$M", "--card", CARD, "--timeout", "0.5", "--json",
                      check=(FAILED, TIMED_OUT))
        assert "HTTPS" in refused.error["step"]
    card_is_fine(run, serve, profile)


def test_a_server_that_accepts_and_says_nothing_ends_with_the_deadline(run, serve, profile):
    with deaf() as port:
        begun = time.monotonic()
        late = run("lpa", "download", f"LPA:1$localhost:{port}$M", "--card", CARD, "--timeout", "0.5", "--json",
                   check=TIMED_OUT)
        took = time.monotonic() - begun
    assert late.error["layer"] == "timeout"
    assert 0.4 < took < 30  # and not the minute that is the default
    card_is_fine(run, serve, profile)


def test_a_card_that_accepts_and_says_nothing_ends_with_the_deadline(run):
    with deaf() as port:
        begun = time.monotonic()
        late = run("lpa", "profiles", "--card", f"socket:127.0.0.1:{port}", "--timeout", "0.5", "--json", check=TIMED_OUT)
        assert late.error["layer"] == "timeout"
        assert time.monotonic() - begun < 30


def test_no_card_behind_a_socket(run, serve_card):
    with serve_card() as card:
        name = card.ready["card"]
    assert run("lpa", "profiles", "--card", name, "--json", check=FAILED).error["layer"] == "transport"


# --- Servers that answer wrong ------------------------------------------------------------------------------------


@pytest.fixture
def spoiled(run, serve, profile, tmp_path):
    """spoiled(function, fault, ...): a download with the answer of one function spoiled; its outcome and the calls.

    At the end of the test the same server goes without faults: the order is open still, and the card takes the profile."""
    run("pki", "create", "P", "--host", "localhost")
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M") as server, \
            spoiling(tmp_path / "P", server.address) as spoiler:
        resolve = f"localhost:127.0.0.1:{spoiler.port}"

        def download(function, fault, *options, check):
            spoiler.faults, spoiler.calls = {function: fault} if function else {}, []
            outcome = run("lpa", "download", server.code(), "--card", CARD, "--pki", "P", "--resolve", resolve, *options,
                          "--json", check=check)
            return outcome, list(spoiler.calls)

        yield download
        assert iccids(run, CARD) == []
        download(None, None, check=DONE)
        assert iccids(run, CARD) == [ICCID]
    assert server.orders()["M"]["state"] == "installed"


def calls_of(number, outcome):
    """Up to the one that fails. GetBoundProfilePackage is asked for once more where its answer was lost (field fault F77)."""
    calls = list(FUNCTIONS[:number + 1])
    if calls[-1] == "getBoundProfilePackage" and outcome.error["layer"] in ("transport", "timeout"):
        calls.append(calls[-1])
    return calls


@pytest.mark.parametrize("fault", FAULTS)
def test_a_wrong_answer_ends_the_download_and_cancels_the_session(spoiled, fault):
    for number, function in enumerate(FUNCTIONS):
        outcome, calls = spoiled(function, FAULTS[fault], check=FAILED)
        assert outcome.error["step"].lower().startswith(f"es9+.{function}".lower()), outcome.error
        assert outcome.error["layer"] in ("http", "transport", "decode", "server"), outcome.error
        # Before the card has authenticated the server there is no session; afterwards the server hears of its end.
        expected = calls_of(number, outcome)
        if function != "initiateAuthentication":
            expected.append("cancelSession")
        assert calls == expected


@pytest.mark.parametrize("function", FUNCTIONS)
def test_silence_at_any_step_ends_with_the_deadline(spoiled, function):
    begun = time.monotonic()
    outcome, calls = spoiled(function, silence, "--timeout", "0.7", check=TIMED_OUT)
    assert time.monotonic() - begun < 30
    assert outcome.error["layer"] == "timeout"
    assert [call for call in calls if call != "cancelSession"] == calls_of(FUNCTIONS.index(function), outcome)


def test_a_notification_that_is_not_acknowledged_stays(run, serve, profile, tmp_path):
    run("pki", "create", "P", "--host", "localhost")
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M") as server, \
            spoiling(tmp_path / "P", server.address) as spoiler:
        resolve = ("--pki", "P", "--resolve", f"localhost:127.0.0.1:{spoiler.port}")
        for name, fault in (("http_500", FAULTS["http_500"]), ("empty_object", FAULTS["empty_object"]),
                            ("hang_up", FAULTS["hang_up"])):
            spoiler.faults["handleNotification"] = fault
            if name == "http_500":
                # The profile is installed, whatever becomes of the report.
                outcome = run("lpa", "download", server.code(), "--card", CARD, *resolve, "--json")
            else:
                outcome = run("lpa", "notifications", "--send", "--card", CARD, *resolve, "--json", check=(DONE, FAILED))
            assert [n["delivered"] for n in outcome.json.get("notifications", [{"delivered": False}])] == [False], name
            waiting = run("lpa", "notifications", "--card", CARD, *resolve, "--json")["notifications"]
            assert [n["event"] for n in waiting] == ["install"]
        spoiler.faults.clear()
        sent = run("lpa", "notifications", "--send", "--card", CARD, *resolve, "--json")["notifications"]
        assert [n["delivered"] for n in sent] == [True]
        assert run("lpa", "notifications", "--card", CARD, *resolve, "--json")["notifications"] == []


# --- Ends that nobody asked for -----------------------------------------------------------------------------------


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", ["smdp", "euicc"])
def test_servers_end_by_signal_with_their_last_word(run, serve, serve_card, profile, kind, with_signal):
    with (serve("--profile", profile, "--matching-id", "M") if kind == "smdp" else serve_card()) as server:
        final = server.stop(with_signal)
    assert final["result"] == "ok"
    assert server.ready.items() <= final.items() if kind == "euicc" else server.orders()["M"]["state"] == "released"


@pytest.mark.parametrize("function", [*FUNCTIONS, "handleNotification"])
@pytest.mark.parametrize("with_signal", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_lpa_that_is_killed_in_mid_download_does_no_harm(run, serve, profile, tmp_path, function, with_signal):
    run("pki", "create", "P", "--host", "localhost")
    with serve("--pki", "P", "--profile", profile, "--matching-id", "M") as server, \
            spoiling(tmp_path / "P", server.address) as spoiler:
        arguments = ("lpa", "download", server.code(), "--card", CARD, "--pki", "P",
                     "--resolve", f"localhost:127.0.0.1:{spoiler.port}")
        spoiler.faults[function] = silence
        lpa = run.start(*arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while function not in spoiler.calls and time.monotonic() < deadline:
            with pytest.raises(subprocess.TimeoutExpired):
                lpa.wait(timeout=0.02)
        lpa.send_signal(with_signal)
        lpa.wait(timeout=PATIENCE)
        spoiler.faults.clear()

        if function == "handleNotification":  # installed by then, and the report waits
            assert iccids(run, CARD) == [ICCID]
            run("lpa", "notifications", "--send", "--card", CARD, *arguments[5:])
        else:
            assert iccids(run, CARD) == []
            run(*arguments)
    assert iccids(run, CARD) == [ICCID]
    assert server.orders()["M"]["state"] == "installed"


@pytest.mark.parametrize("milliseconds", [0, 1, 2, 4, 8])
def test_a_card_whose_making_was_cut_off_is_made_again(run, tmp_path, milliseconds):
    run("pki", "create", "P")
    maker = run.start("lpa", "info", "--card", CARD, "--pki", "P", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not (tmp_path / "card.db").exists() and maker.poll() is None:
        pass
    with contextlib.suppress(subprocess.TimeoutExpired):
        maker.wait(timeout=milliseconds / 1000)
    maker.kill()
    maker.wait()
    run("lpa", "info", "--card", CARD, "--pki", "P")


def test_several_at_once_make_one_new_card(run):
    lpas = [run.start("lpa", "info", "--card", CARD, "--json", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(4)]
    results = [(*lpa.communicate(timeout=PATIENCE), lpa.returncode) for lpa in lpas]
    assert all(status in (DONE, ENVIRONMENT) for *_, status in results), results  # done, or in use by another
    run("lpa", "info", "--card", CARD)


def test_two_lpas_at_once_on_one_card_leave_it_whole(run, serve, tmp_path):
    """Each has the card or is told that it is in use; whoever says that it is done has done it."""
    profiles = []
    for n in range(4):
        profiles += ["--profile", f"p{n}.der", "--matching-id", f"M{n}"]
        run("profile", "make", "--iccid", f"898821100000000{n:04d}", "--out", f"p{n}.der")
    run("lpa", "info", "--card", CARD)
    with serve(*profiles) as server:
        lpas = [run.start("lpa", "download", server.code(n), "--card", CARD, "--json", stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) for n in range(4)]
        statuses = {}
        for n, lpa in enumerate(lpas):
            out, err = lpa.communicate(timeout=PATIENCE)
            assert lpa.returncode in (DONE, FAILED, ENVIRONMENT), out + err
            statuses[f"898821100000000{n:04d}"] = lpa.returncode
        done = sorted(iccid for iccid, status in statuses.items() if status == DONE)
        assert done and sorted(iccids(run, CARD)) == done
        # The others get theirs one after the other.
        for n, status in enumerate(statuses.values()):
            if status != DONE:
                run("lpa", "download", server.code(n), "--card", CARD)
    assert sorted(iccids(run, CARD)) == sorted(statuses)
