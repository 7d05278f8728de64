"""The objects of the package, one testbed a test."""
import datetime
import gc
import json
import pickle

import pytest

import esimbench
from esimbench import CardError, InputError, Profile, ServerError, StatusWord, Testbed, Tlv


# --- A whole download

def test_a_profile_is_downloaded_enabled_and_reported(lpa, smdp, euicc):
    order = smdp.order()
    profile = lpa.download(order.activation_code)
    lpa.enable(profile.iccid)
    assert all(delivery.delivered for delivery in lpa.deliver_notifications())
    assert euicc.profiles == [Profile(iccid=order.iccid, state="enabled")]
    assert smdp.received(order) == ["install", "enable"]


def test_the_lpa_and_the_card_tell_the_same(lpa, euicc, smdp):
    order = smdp.order(name="A", provider="B")
    download = lpa.download(order)
    lpa.set_nickname(download, "C")
    [by_lpa], [by_card] = lpa.profiles(), euicc.profiles
    assert by_lpa == by_card == Profile(iccid=order.iccid, state="disabled", nickname="C", name="A", provider="B",
                                        profile_class="operational", isdp_aid=download.isdp_aid)
    assert lpa.eid() == euicc.eid and len(euicc.eid) == 32
    assert lpa.info1()["svn"] == "020202"
    assert lpa.info2()["svn"] == "020202"
    assert lpa.addresses()["rootDsAddress"]


def test_disable_delete_and_reset(lpa, euicc, smdp):
    first, second = smdp.order(), smdp.order()
    lpa.download(first)
    lpa.enable(first)
    lpa.disable(first)
    assert euicc.profiles == [Profile(state="disabled")]
    lpa.delete(euicc.profiles[0])
    assert euicc.profiles == []
    assert [waiting.event for waiting in lpa.notifications()] == ["install", "enable", "disable", "delete"]
    assert lpa.notifications() == euicc.notifications
    lpa.remove_notification(lpa.notifications()[0])
    assert [waiting.sequence_number for waiting in euicc.notifications] == [2, 3, 4]
    lpa.download(second)
    lpa.memory_reset()
    assert lpa.profiles() == []
    with pytest.raises(CardError, match="nothingToDelete"):
        lpa.memory_reset()


def test_a_download_from_the_default_server(lpa, euicc, smdp):
    order = smdp.order(matching_id="", for_this_card=True)
    lpa.set_default_smdp(smdp.address)
    assert lpa.addresses()["defaultDpAddress"] == smdp.address
    assert lpa.download_from_default().iccid == order.iccid
    assert order.eid == euicc.eid


def test_segment_3_is_corrupted(lpa, euicc, smdp, faults):
    order, free = smdp.order(), euicc.free_memory
    faults.bpp("sequenceOf86", corrupt={"segment": 3})
    with pytest.raises(CardError) as failure:
        lpa.download(order)
    assert failure.value.code == "scp03tSecurityError" and "ErrorReason 8" in repr(failure.value.code)
    assert failure.value.path == "loadProfileElements"
    assert (euicc.profiles, euicc.free_memory, euicc.session) == ([], free, "none")
    lpa.deliver_notifications()
    assert smdp.received(order) == ["install failed: loadProfileElements, scp03tSecurityError"]
    assert order.state == "error"


# --- What the user is asked

def test_the_user_sees_the_metadata_and_refuses(lpa, smdp, euicc):
    order, seen = smdp.order(name="Expensive"), []
    with pytest.raises(InputError, match="endUserRejection"):
        lpa.download(order, consent=lambda metadata: seen.append(metadata["profileName"]) or False)
    assert seen == ["Expensive"]
    assert (euicc.profiles, smdp.calls["cancelSession"], smdp.calls["getBoundProfilePackage"]) == ([], 1, 0)
    order = smdp.order()
    with pytest.raises(InputError, match="postponed"):
        lpa.download(order, consent=lambda metadata: "later")
    assert lpa.download(order, consent=lambda metadata: True).iccid == order.iccid


@pytest.mark.parametrize("callback", ["consent", "confirmation_code", "progress", "policy_consent"])
def test_what_a_callback_raises_comes_out_and_the_session_ends(callback, lpa, smdp, euicc):
    order = smdp.order(confirmation_code="1", policy_rules=["ppr1"], owner={"mcc_mnc": "00F110"})

    class Oops(Exception):
        pass

    def call(*_):
        raise Oops

    with pytest.raises(Oops):
        lpa.download(order, **{"confirmation_code": "1", callback: call})
    assert euicc.session == "none" and euicc.profiles == []
    assert lpa.download(smdp.order()) and not euicc.check_invariants()


def test_consent_must_be_an_answer(lpa, smdp):
    with pytest.raises(TypeError, match="consent is True, False or \"later\", not None"):
        lpa.download(smdp.order(), consent=lambda metadata: None)


def test_a_callback_may_look_at_the_testbed(lpa, smdp, euicc):
    sessions = []
    lpa.download(smdp.order(), consent=lambda metadata: sessions.append(euicc.session) or True)
    assert sessions == ["authenticated"]


def test_confirmation_code_three_times(lpa, smdp):
    order = smdp.order(confirmation_code="4711")
    assert order.confirmation_code_required
    codes = []
    for wrong in ("0000", "0001", "0002"):
        with pytest.raises(ServerError) as failure:
            lpa.download(order, confirmation_code=wrong)
        codes.append(failure.value.code)
    assert codes == ["8.2.7/3.8", "8.2.7/3.8", "8.2.7/6.4"]
    assert order.wrong_confirmation_codes == 3


def test_policy_rules_are_named(lpa, smdp):
    asked = []
    order = smdp.order(policy_rules=["ppr1", "ppr2"], owner={"mcc_mnc": b"\x00\xf1\x10"})
    lpa.download(order, policy_consent=lambda rules: asked.extend(rules) or True)
    assert asked == ["ppr1", "ppr2"]


# --- The server

def test_an_order_shows_how_things_are_now(lpa, smdp):
    order = smdp.order(matching_id="A-1", imsi="001010000000042")
    assert repr(order) == "<Order 'A-1' released>"
    assert order.activation_code == f"LPA:1${smdp.address}$A-1"
    lpa.download(order)
    assert (order.state, order.download_attempts) == ("downloaded", 1)
    lpa.deliver_notifications()
    assert order.history == ["released", "downloaded", "installed"]
    assert smdp.orders == [order] and order.metadata["profileName"] == "Test profile"


def test_a_matching_id_that_is_none(lpa, smdp):
    with pytest.raises(ServerError) as failure:
        lpa.download(smdp.activation_code("NOPE"))
    error = failure.value
    assert (error.code, error.subject, error.reason) == ("8.2.6/3.8", "8.2.6", "3.8")
    assert (error.layer, error.step) == ("server", "ES9+.AuthenticateClient")
    assert smdp.calls["getBoundProfilePackage"] == 0


def test_what_cannot_be_ordered(smdp):
    for options, words in (({"iccid": "12"}, "iccid"), ({"state": "lost"}, "none of: available"),
                           ({"matching_id": ""}, "for_this_card"), ({"eid": "12"}, "EID"),
                           ({"expires_after": -1}, "no span of time"), ({"owner": {"x": "00"}}, "mcc_mnc")):
        with pytest.raises(InputError, match=words):
            smdp.order(**options)
    with pytest.raises(TypeError):
        smdp.order(no_such_option=1)
    smdp.order(matching_id="TWICE")
    with pytest.raises(InputError, match="TWICE"):
        smdp.order(matching_id="TWICE")


def test_an_order_expires_on_the_one_clock(lpa, smdp, clock):
    order = smdp.order(expires_after=datetime.timedelta(days=31))
    before = clock.now
    clock.advance(datetime.timedelta(days=32))
    assert clock.now - before == datetime.timedelta(days=32) and clock.now.tzinfo is datetime.timezone.utc
    with pytest.raises(ServerError, match=r"8\.8\.5/4\.10"):
        lpa.download(order)


def test_a_restart_loses_sessions_only(smdp, lpa):
    order = smdp.order()
    smdp.restart()
    assert lpa.download(order).iccid == order.iccid


# --- The card

def test_apdus(euicc):
    assert StatusWord(euicc.transmit("00A4040000")) == 0x6A82
    assert StatusWord(euicc.transmit(bytes.fromhex("0070000001"))).success
    assert euicc.reset()[0] in (0x3B, 0x3F)
    euicc.power_off()
    assert not euicc.powered
    with pytest.raises(esimbench.TransportError):
        euicc.transmit("0070000001")
    euicc.power_on()
    assert euicc.transmit("0070000001") and euicc.check_invariants() == []


@pytest.mark.parametrize("segment", [1, 2])
def test_power_is_lost_while_the_profile_is_loaded(segment, lpa, smdp, euicc):
    order = smdp.order()
    euicc.cut_power(tag="86", when={"nth": segment})
    with pytest.raises(esimbench.TransportError):
        lpa.download(order)
    euicc.power_on()
    assert euicc.check_invariants() == [] and lpa.profiles() == []
    assert [waiting.event for waiting in lpa.notifications()] == ["install"]
    lpa.deliver_notifications()
    assert smdp.received(order) == ["install failed: loadProfileElements, installFailedDueToInterruption"]


def test_a_write_is_cut(lpa, smdp, euicc, faults):
    lpa.download(smdp.order())
    faults.cut_power(record="profile", moment="after")
    with pytest.raises(esimbench.TransportError):
        lpa.enable(euicc.profiles[0])
    euicc.power_on()
    assert euicc.profiles == [Profile(state="enabled")]


def test_personas():
    with Testbed(memory=1000, svn="2.1.0", default_dp_address="a.example") as testbed:
        assert testbed.lpa.info2()["svn"] == "020100"
        assert testbed.lpa.addresses()["defaultDpAddress"] == "a.example"
        assert testbed.euicc.free_memory == 1000
        with pytest.raises(ServerError, match=r"8\.1/4\.8"):
            testbed.lpa.download(testbed.smdp.order())


@pytest.mark.parametrize("options", [{"curve": "brainpool"}, {"key_mode": "session"}, {"road": "https"},
                                     {"block_size": 100}])
def test_other_testbeds_download_too(options):
    with Testbed(**options) as testbed:
        order = testbed.smdp.order()
        assert testbed.lpa.download(order).iccid == order.iccid


@pytest.mark.parametrize("options", [{"curve": "x"}, {"road": "x"}, {"svn": "2"}, {"key_mode": "x"}, {"block_size": 0},
                                     {"http_timeout": -1},
                                     {"tls_certificate": "x", "road": "https"}])
def test_wrong_options_say_what_there_is(options):
    with pytest.raises(InputError) as failure:
        Testbed(**options)
    assert failure.value.path == next(iter(options))


@pytest.mark.parametrize("options", [{}, {"quirks": ["urc-inside-hex"]}, {"quirks": ["data-over-other-sim"], "es9": "tls"}])
def test_a_card_in_a_module(options):
    with Testbed(module="quectel-eg25", **options) as testbed:
        order = testbed.smdp.order()
        testbed.lpa.download(order)
        testbed.lpa.enable(order.iccid)
        assert testbed.euicc.profiles[0].state == "enabled"
        assert any(event.kind == "at" and event.detail.startswith("AT+CCHO") for event in testbed.trace.events)


@pytest.mark.parametrize("options", [{"module": "nonsense"}, {"module": "plain", "quirks": ["nonsense"]}, {"quirks": ["lf-only"]},
                                     {"es9": "http"}, {"module": "plain", "es9": "pigeon"}])
def test_a_module_that_there_is_not(options):
    with pytest.raises(esimbench.InputError):
        Testbed(**options)


def test_a_server_with_a_wrong_certificate():
    with Testbed(road="https", tls_certificate="dpTls.expired") as testbed, pytest.raises(esimbench.CryptoError):
        testbed.lpa.download(testbed.smdp.order())


def test_the_same_seed_makes_the_same_transaction():
    def transaction(seed):
        with Testbed(seed=seed) as testbed:
            testbed.lpa.download(testbed.smdp.order())
            [answer, *_] = testbed.trace.sequence("SM-DP+ -> LPA: ES9+.InitiateAuthentication")
            return json.loads(answer.detail.partition(" ")[2] or answer.detail)["transactionId"]
    assert transaction(5) == transaction(5) != transaction(6)


def test_a_closed_testbed_says_so():
    testbed = Testbed(road="https")
    lpa, order, trace = testbed.lpa, testbed.smdp.order(), testbed.trace
    testbed.close()
    testbed.close()
    for ask in (lpa.eid, lambda: order.state, trace.text, lambda: testbed.smdp.calls, lambda: testbed.euicc.profiles):
        with pytest.raises(InputError, match="closed"):
            ask()


def test_parts_keep_their_testbed():
    lpa, smdp = Testbed().lpa, None
    gc.collect()
    assert len(lpa.eid()) == 32 and smdp is None


# --- Faults

def test_faults_of_every_kind_go_through_the_one_plan(faults):
    assert faults.add({"where": {"apdu": {"tag": b"\xbf\x2d"}}, "action": {"answer": {"sw": StatusWord(0x6F00)}},
                       "id": "a"}) == "a"
    assert faults.add(where={"transport": "any"}, action={"drop": {}}, when={"count": 2}) == "fault 2"
    assert faults.apdu({"ins": "E2"}, delay={"by": datetime.timedelta(seconds=5)}, optional=True) == "fault 3"
    assert [(report.id, report.action, report.used) for report in faults.report()] == [
        ("a", "answer", 0), ("fault 2", "drop", 0), ("fault 3", "delay", 0)]
    assert [report.id for report in faults.unused] == ["a", "fault 2"]
    assert faults.remove("a") and not faults.remove("a")
    faults.clear()
    assert faults.report() == []


def test_every_hook_is_a_method(faults):
    for hook in esimbench.faults_catalogue():
        assert hook["hook"] in dir(faults) and callable(getattr(faults, hook["hook"]))
    with pytest.raises(AttributeError, match="no hook of faults: connection, transport"):
        faults.no_such_hook
    with pytest.raises(InputError, match="did you mean 'stall'|stall"):
        faults.transport("any", stal={})


def test_a_status_word_on_the_third_apdu(lpa, faults):
    faults.apdu({"tag": "BF2D"}, answer={"sw": "6F00"})
    with pytest.raises(esimbench.ApduError) as failure:
        lpa.profiles()
    assert failure.value.sw == 0x6F00 and lpa.profiles() == []


def test_notifications_are_tried_again(lpa, smdp, faults, trace):
    order = smdp.order()
    lpa.download(order)
    faults.transport("handleNotification", resetAfter={})
    faults.http("handleNotification", status={"code": 503}, when={"nth": 2})
    for layer in ("transport", "http"):
        [delivery] = lpa.deliver_notifications()
        assert not delivery.delivered and delivery.error.layer == layer
    [delivery] = lpa.deliver_notifications()
    assert delivery.delivered and lpa.notifications() == []
    assert smdp.received(order) == ["install"] and smdp.calls["handleNotification"] == 3
    trace.sequence("ES9+.HandleNotification", "ES10b.RemoveNotificationFromList")


# --- Trace

def test_the_trace_is_searched(testbed, lpa, smdp, trace):
    testbed.step("begin", "here")
    lpa.download(smdp.order())
    assert "ES10b.AuthenticateServer" in trace and "ES10c.DisableProfile" not in trace
    assert trace.contains("begin", kind="step") and not trace.contains("begin", kind="apdu")
    assert trace.index("ES10b.PrepareDownload") < trace.index("write", kind="commit", start=20)
    found = trace.sequence("begin here", "ES9+.InitiateAuthentication", "ES10b.PrepareDownload")
    assert [event.kind for event in found] == ["step", "http", "es10"] and found[1].receiver == "SM-DP+"
    with pytest.raises(ValueError, match="'begin' does not come after 'ES10b.PrepareDownload', only earlier"):
        trace.sequence("ES10b.PrepareDownload", "begin")
    with pytest.raises(ValueError, match="no event"):
        trace.index("nowhere")
    assert len(trace) == len(trace.events) == len(trace.text().splitlines()) == len(trace.to_ndjson().splitlines()) - 1
    assert trace.to_pcapng().startswith(bytes.fromhex("0A0D0D0A"))
    assert trace.to_html("a title").startswith("<!DOCTYPE html>")


# --- Values and errors

def test_status_words():
    word = StatusWord(0x6A88)
    assert word == 0x6A88 == StatusWord("6A88") == StatusWord(b"\x01\x6a\x88") and word != 0x9000
    assert repr(word) == "StatusWord(0x6A88: referenced data not found)" and str(word) == "6A88"
    assert StatusWord(0x9110).success and not word.success
    for wrong in (-1, 0x10000, b"\x90"):
        with pytest.raises(ValueError):
            StatusWord(wrong)


def test_trees():
    tlv = Tlv("BF3E0A80020102A10481020304")
    assert tlv["80"].value == b"\x01\x02" and tlv["A1/81"].value == b"\x03\x04" and tlv.find("A1/82") is None
    assert tlv.dump() == "BF3E\n  80 0102\n  A1\n    81 0304\n" == str(tlv)
    assert tlv == Tlv(bytes(tlv)) == bytes(tlv) and tlv != tlv["80"] and len({tlv, Tlv(bytes(tlv))}) == 1
    assert [element.tag for element in Tlv.parse_all("8000 8100".replace(" ", ""))] == ["80", "81"]
    with pytest.raises(KeyError):
        tlv["82"]
    for wrong in ("8001", "80008100", "", "80" * 1000):
        with pytest.raises(esimbench.DecodeError):
            Tlv(wrong)
    with pytest.raises(InputError):
        Tlv("8")
    with pytest.raises(esimbench.DecodeError):
        Tlv("30820101" + "30" * 600)


def test_codes_explain_themselves():
    assert "MatchingID" in esimbench.ErrorCode("8.2.6/3.8").meaning
    assert esimbench.ErrorCode("6A82").meaning == "file or application not found"
    assert esimbench.ErrorCode("scp03tSecurityError").meaning == "ErrorReason 8"
    assert esimbench.ErrorCode("what").meaning == "" and repr(esimbench.ErrorCode("what")) == "ErrorCode('what')"


def test_errors_show_everything_and_travel():
    assert {kind.layer for kind in esimbench.EsimError.__subclasses__()} == {
        "input", "transport", "apdu", "card", "decode", "crypto", "http", "server", "timeout", "storage"}
    error = esimbench.ServerError("no", step="ES9+.X", code="8.2.6/3.8", path="p", hint="h", message="all of it")
    for copy in (error, pickle.loads(pickle.dumps(error))):
        assert (str(copy), copy.text, copy.step, copy.code, copy.path, copy.hint, copy.layer) == (
            "all of it", "no", "ES9+.X", "8.2.6/3.8", "p", "h", "server")
    late = esimbench.DeadlineError("late")
    assert isinstance(late, TimeoutError) and isinstance(late, esimbench.EsimError) and str(late) == "late"


def test_octets_are_bytes_or_hexadecimal(euicc):
    for wrong in ("0", "XY"):
        with pytest.raises(InputError):
            euicc.transmit(wrong)
    for wrong in (1, None, [0]):
        with pytest.raises(TypeError):
            euicc.transmit(wrong)
    assert euicc.transmit(bytearray(b"\x00\x70\x00\x00\x01")) and euicc.transmit(memoryview(b"\x00\x70\x00\x00\x01"))


def test_every_public_object_is_documented():
    for name in esimbench.__all__:
        thing = getattr(esimbench, name)
        if not callable(thing):
            continue
        assert thing.__doc__, name
        for member, value in vars(thing).items() if isinstance(thing, type) else ():
            if not member.startswith("_") and (callable(value) or isinstance(value, property)):
                assert value.__doc__, f"{name}.{member}"


def test_what_names_no_profile(lpa):
    for wrong, kind in ((1, TypeError), ("12", InputError), (Profile(state="enabled"), InputError)):
        with pytest.raises(kind):
            lpa.enable(wrong)
    with pytest.raises(TypeError, match="activation_code"):
        lpa.download(1)
    with pytest.raises(InputError):
        lpa.download("nothing")
