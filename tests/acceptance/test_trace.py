"""`esimbench trace`: captures with tshark as the judge, redaction, and what it makes of files that are no traces."""
import json
import re
import subprocess

import pytest
from conftest import EID, ICCID, Program
from wireshark import WRONG

ES9 = "/gsma/rsp2/es9plus/"


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A directory with all that a demo leaves, and the document it printed."""
    directory = tmp_path_factory.mktemp("demo")
    program = Program(directory)
    document = program("demo", "--out", "out", "--json").json
    document["directory"] = directory / "out"
    document["exchanges"] = (directory / "out" / "trace.ndjson").read_text().count('"name":"C-APDU"')
    return document


def event(**members):
    return json.dumps({"t": 0, "layer": "step", "from": "test", "to": "test", **members}) + "\n"


# --- The capture ---

def test_a_demo_leaves_a_capture_without_a_flaw(demo, tshark):
    capture = demo["directory"] / "trace.pcapng"
    assert tshark.fields(capture, WRONG, "frame.number", "_ws.expert.message") == []
    assert len(tshark.fields(capture, "tcp.flags.syn == 1", "frame.number")) == 2 * demo["tlsHandshakes"]
    assert len(tshark.fields(capture, "tcp.flags.fin == 1", "frame.number")) == 2 * demo["tlsHandshakes"]


def test_every_apdu_is_sim_traffic(demo, tshark):
    capture = demo["directory"] / "trace.pcapng"
    frames = tshark.fields(capture, "gsm_sim && !(frame.comment contains \"ATR\")", "gsm_sim.apdu.ins", "ip.src", "ip.dst")
    assert len(frames) == demo["exchanges"]
    assert {(frame[1], frame[2]) for frame in frames} == {("127.0.0.2", "127.0.0.3")}
    instructions = [int(frame[0], 0) for frame in frames]
    assert {0x70, 0xA4, 0xC0, 0xE2} <= set(instructions) and instructions.count(0xE2) > 20
    assert "a0000005591010ffffffff8900000100" in tshark(capture, "-Y", "gsm_sim").lower()


def test_tls_is_decrypted(demo, tshark):
    capture = demo["directory"] / "trace.pcapng"
    requests = tshark.fields(capture, "tls && http.request", "http.request.method", "http.request.uri", "http.user_agent")
    assert requests == [["POST", ES9 + name, "gsma-rsp-lpad"] for name in (
        "initiateAuthentication", "authenticateClient", "getBoundProfilePackage", "handleNotification", "handleNotification")]
    assert tshark.fields(capture, "tls && http.response", "http.response.code") == [["200"]] * 3 + [["204"]] * 2
    bodies = tshark(capture, "-Y", "http && json", "-V")
    assert "smdpAddress" in bodies and "testsmdpplus1.example.com" in bodies and "Executed-Success" in bodies


def test_the_time_is_that_of_the_clock(demo, tshark):
    start = json.loads((demo["directory"] / "trace.ndjson").read_text().splitlines()[0])["start"]
    first = tshark.fields(demo["directory"] / "trace.pcapng", "frame.number == 1", "frame.time_epoch")[0][0]
    shown = subprocess.run(["date", "-u", "-d", f"@{float(first):.0f}", "+%Y-%m-%dT%H:%M"], capture_output=True, text=True,
                           check=True).stdout.strip()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", start)
    assert shown[:13] == start[:13]


def test_notes_are_comments(run, tmp_path, tshark):
    trace = (event(name="lpa.download", detail="TEST-1") + event(layer="fault", name="status", detail="8.2.6/3.8")
             + event(t=5, layer="apdu", **{"from": "LPA", "to": "eUICC"}, hex="0070000001")
             + event(t=6, layer="apdu", **{"from": "eUICC", "to": "LPA"}, hex="019000") + event(name="then", detail="ok"))
    (tmp_path / "trace.ndjson").write_text(trace)
    run("trace", "pcapng", "trace.ndjson", "--out", "trace.pcapng")
    comments = tshark.fields(tmp_path / "trace.pcapng", "frame.comment", "frame.number", "frame.comment")
    assert comments == [["1", r"step: lpa.download TEST-1\nfault: status 8.2.6/3.8\nstep: then ok"]]


def test_http_without_tls_is_readable_too(run, demo, tmp_path, tshark):
    # A redacted trace has no TLS records, like one of a server in the same process.
    run("trace", "redact", demo["directory"] / "trace.ndjson", "--out", "redacted.ndjson")
    run("trace", "pcapng", "redacted.ndjson", "--out", "redacted.pcapng")
    capture = tmp_path / "redacted.pcapng"
    assert tshark.fields(capture, WRONG, "frame.number", "_ws.expert.message") == []
    uris = tshark.fields(capture, "http.request && !tls", "http.request.uri")
    assert [uri for uri, in uris][:3] == [ES9 + name for name in (
        "initiateAuthentication", "authenticateClient", "getBoundProfilePackage")]
    assert len(tshark.fields(capture, "http && json", "frame.number")) == 8
    assert len(tshark.fields(capture, "gsm_sim && !(frame.comment contains \"ATR\")", "frame.number")) == demo["exchanges"]


def test_the_script_names_what_store_data_carries(run, demo, tmp_path, tshark):
    run("trace", "lua", "--out", "esimbench.lua")
    script, capture = tmp_path / "esimbench.lua", demo["directory"] / "trace.pcapng"
    assert script.read_text() == run("trace", "lua").stdout
    frames = tshark.fields(capture, "esimbench.function", "esimbench.function", "esimbench.message", "esimbench.segment",
                           "esimbench.block", "esimbench.last", "esimbench.status", script=script)
    assert ["ES10b.GetEUICCChallenge", "request", "", "0", "1", "6115 more data: GET RESPONSE"] in frames
    assert ["ES10b.GetEUICCChallenge", "response", "", "", "", "9000 done"] in frames
    functions = list(dict.fromkeys(frame[0] for frame in frames))
    assert functions == [
        "ES10c.GetEID", "ES10b.GetEUICCInfo1", "ES10b.GetEUICCChallenge", "ES10b.AuthenticateServer",
        "ES10b.PrepareDownload", "ES10b.LoadBoundProfilePackage", "ES10b.ListNotification",
        "ES10b.RetrieveNotificationsList", "ES10b.RemoveNotificationFromList", "ES10c.EnableProfile", "ES10c.GetProfilesInfo"]
    segments = list(dict.fromkeys(frame[2] for frame in frames if frame[2]))
    assert segments == ["InitialiseSecureChannel", "ConfigureISDP", "StoreMetadata, header", "StoreMetadata",
                        "ReplaceSessionKeys", "LoadProfileElements, header", "LoadProfileElements"]
    # Blocks of one command lead back to the first one.
    authenticate = tshark.fields(capture, 'esimbench.function == "ES10b.AuthenticateServer" && esimbench.block',
                                 "frame.number", "esimbench.block", "esimbench.first", script=script)
    assert [block for _, block, _ in authenticate] == [str(number) for number in range(len(authenticate))]
    assert {first for _, _, first in authenticate[1:]} == {authenticate[0][0]}
    assert "ATR 3B9F" in tshark(capture, "-X", f"lua_script:{tshark.give(script)}").upper()
    assert tshark.fields(capture, WRONG, "frame.number", "_ws.expert.message", script=script) == []


# --- Other forms ---

def test_show_is_for_people(run, demo):
    shown = run("trace", "show", demo["directory"] / "trace.ndjson").stdout
    assert re.search(r"^#\d+ \d+\.\d{3} ms es10 LPA > eUICC\n    ES10b\.AuthenticateServer\n", shown, re.M)
    assert "        serverAddress 83 " in shown and "    81E29" in shown
    assert "\033" not in shown


def test_show_as_one_document(run, demo):
    document = run("trace", "show", demo["directory"] / "trace.ndjson", "--json").json
    lines = [json.loads(line) for line in (demo["directory"] / "trace.ndjson").read_text().splitlines()[1:]]
    assert document["dropped"] == 0
    assert [(e["n"], e["t"], e["layer"], e.get("hex")) for e in document["events"]] == [
        (line["n"], line["t"], line["layer"], line.get("hex")) for line in lines]
    eid = next(e for e in document["events"] if e["title"] == "ES10c.GetEID" and e["from"] == "eUICC")
    assert eid["messages"][0]["json"]["eidValue"] == EID and eid["reference"] == "SGP.22 5.7.20"


def test_html(run, demo, tmp_path):
    run("trace", "html", demo["directory"] / "trace.ndjson", "--out", "page.html")
    page = (tmp_path / "page.html").read_text()
    assert page.startswith("<!DOCTYPE html>") and "<h1>trace.ndjson</h1>" in page and ICCID in page


# --- Redaction ---

def test_nothing_survives_redaction(run, demo, tmp_path):
    source = demo["directory"] / "trace.ndjson"
    document = run("trace", "redact", source, "--out", "redacted.ndjson", "--map", "map.json", "--json").json
    assert {"EID": 1, "ICCID": 1, "MatchingID": 1}.items() <= document["replaced"].items()
    assert document["leftOut"] > 10
    before, after = source.read_text().lower(), (tmp_path / "redacted.ndjson").read_text().lower()
    swapped = "".join(b + a for a, b in zip(ICCID[::2], ICCID[1::2] + "f"))
    for value in (EID, EID.encode().hex(), swapped, b"DEMO-0001".hex()):
        assert value in before and value not in after
    for value in (ICCID, "demo-0001"):
        assert value not in after
    assert "client_handshake" not in after and '"layer":"tls"' not in after
    for entry in json.loads((tmp_path / "map.json").read_text()):
        assert entry["original"].lower() not in after
        assert entry["pseudonym"].lower() in after or entry["kind"] in ("ICCID", "IMSI", "MatchingID")  # not as they are read


def test_a_redacted_trace_says_the_same_about_the_procedure(run, demo):
    source = demo["directory"] / "trace.ndjson"
    run("trace", "redact", source, "--out", "redacted.ndjson")

    def story(file):
        events = run("trace", "show", file, "--json")["events"]
        return [(e["t"], e["title"], e.get("outcome"), [(m["name"], m.get("error")) for m in e.get("messages", [])])
                for e in events if e["layer"] not in ("tls", "keys")]

    assert story("redacted.ndjson") == story(source)


def test_the_seed_decides_the_pseudonyms(run, demo, tmp_path):
    for name, seed in (("a", ["--seed", "x"]), ("b", ["--seed", "x"]), ("c", ["--seed", "y"]), ("d", []), ("e", [])):
        run("trace", "redact", demo["directory"] / "trace.ndjson", "--out", name, *seed)
    a, b, c, d, e = ((tmp_path / name).read_text() for name in "abcde")
    assert a == b and len({a, c, d, e}) == 4


# --- Bad input ---

GOOD = event(t=1)
BAD = {
    "empty": ("", "bad", "there is no trace in it"),
    "blank": ("\n\n", "bad", "there is no trace in it"),
    "cut": (GOOD + GOOD[:30], "bad:2", "the line is no JSON, or is cut short"),
    "rubbish": (b"\x00\xff\x7fELF\x02" * 99, "bad:1", "the line is no JSON, or is cut short"),
    "pcapng": (b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00\x4d\x3c\x2b\x1a", "bad:", "the line is no JSON, or is cut short"),
    "a list": (GOOD + "[1]\n", "bad:2", "the line is no JSON object"),
    "no time": ('{"layer":"step","from":"test","to":"test"}', "bad:1", "member 't' is missing"),
    "a time that is text": (GOOD + event(t="1"), "bad:2", "member 't' should be a whole number"),
    "another layer": (event(layer="xml"), "bad:1", "member 'layer' is none that a trace knows"),
    "another party": (event(to="me"), "bad:1", "member 'to' is none that a trace knows"),
    "hex that is none": (event(hex="xyz"), "bad:1", "member 'hex' is no hexadecimal"),
    "another format": ('{"format":"x"}\n', "bad:1", "member 'format' is not"),
    "nested": ("[" * 50_000 + "]" * 50_000, "bad:1", "the line is no JSON object"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("verb", ["show", "html", "pcapng", "redact"])
def test_a_file_that_is_no_trace(run, tmp_path, verb, name):
    content, path, text = BAD[name]
    (tmp_path / "bad").write_bytes(content if isinstance(content, bytes) else content.encode())
    out = [] if verb == "show" else ["--out", "out"]
    error = run("trace", verb, "bad", *out, "--json", check=2).error
    assert error["layer"] == "input" and error["path"].startswith(path) and error["text"].startswith(text)
    assert not (tmp_path / "out").exists()


def test_files_that_are_not_there_or_cannot_be_written(run, demo, tmp_path):
    assert run("trace", "show", "nowhere", "--json", check=2).error["path"] == "nowhere"
    assert run("trace", "show", tmp_path, "--json", check=2).error["layer"] == "input"
    source = demo["directory"] / "trace.ndjson"
    for verb in ("html", "pcapng", "redact"):
        assert run("trace", verb, source, "--out", "no/such/folder/x", "--json", check=3).error["layer"] == "storage"
        run("trace", verb, source, check=2)  # without --out
    run("trace", "lua", "--out", "no/such/folder/x", check=3)
    run("trace", check=2)
    run("trace", "other", source, check=2)


def test_what_a_trace_says_does_not_reach_the_terminal_as_commands(run, tmp_path):
    (tmp_path / "trace").write_text(event(name="\033[31mred\007", detail="\033]0;title\007 \x7f"))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f]", run("trace", "show", "trace").stdout)


def test_odd_events_are_taken(run, tmp_path):
    parties = [("LPA", "eUICC"), ("eUICC", "LPA"), ("SM-DP+", "LPA"), ("test", "SM-DP+")]
    layers = ["apdu", "es10", "es8", "http", "tls", "keys", "commit", "power", "step", "fault"]
    (tmp_path / "odd").write_text("".join(
        event(t=n, layer=layer, **{"from": a, "to": b}, name="\u202e\r\n", detail=detail, hex=octets)
        for n, (layer, (a, b), detail, octets) in enumerate(
            (layer, party, detail, octets) for layer in layers for party in parties
            for detail in ("", "{\"iccid\":[]}", "\u0000" * 3) for octets in ("", "00", "BF38", "FF" * 70_000))))
    run("trace", "show", "odd")
    for verb in ("html", "pcapng", "redact"):
        run("trace", verb, "odd", "--out", verb)
