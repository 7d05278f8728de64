// Each quirk by its name, and what is seen of it; the numbers are those of the faults of the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/hil/fake_module_support.h"

namespace hil {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kGetEid = "80E2910006BF3E035C015A";

class Quirks : public ModuleTest {
 protected:
  void start_with(const std::string& quirk, const std::string& dialect = "plain") {
    start(dialect, {quirk});
    ask("ATE0");
    ask("AT+CMEE=1");
  }
};

TEST(QuirkTable, NamesAreThereOnceAndEachIsExplained) {
  std::set<std::string> names;
  for (const auto* table : {&module_dialects(), &module_quirks()}) {
    for (const ModulePreset& preset : *table) {
      EXPECT_TRUE(names.insert(preset.name).second) << preset.name;
      EXPECT_FALSE(preset.description.empty()) << preset.name;
      EXPECT_TRUE(preset.seen_on) << preset.name;
    }
  }
}

TEST(QuirkTable, WrongNamesAreToldWithTheRightOnes) {
  FaultPlan plan;
  auto quirk = module_settings("plain", {"ccho-bare-hanlde"}, {}, plan);
  ASSERT_FALSE(quirk);
  EXPECT_THAT(quirk.error().message(), HasSubstr("ccho-bare-handle"));
  EXPECT_FALSE(module_settings("plain", {"cgla-silent", "cgla-silent"}, {}, plan));
  EXPECT_FALSE(module_settings("quectel-ec26", {}, {}, plan));
}

TEST(QuirkTable, AFileOfQuirksIsCheckedWithItsPlaces) {
  auto wrong = [](const char* text) {
    auto read = read_module_quirks(Document::parse(text, "own.json").value());
    return read ? "" : read.error().message();
  };
  EXPECT_EQ(wrong(R"([{"name": "a", "settings": {"handle": "hex"}}])"), "");
  EXPECT_THAT(wrong(R"([{"name": "a", "settings": {"handel": "hex"}}])"),
              HasSubstr("own.json:1: /0/settings"));
  EXPECT_THAT(wrong(R"([{"name": "a", "settings": {"families": ["nokia"]}}])"), HasSubstr("nokia"));
  EXPECT_THAT(wrong(R"([{"name": "a", "faults": [{"where": {"at": {"command": "("}},
                         "action": {"noFinal": {}}}]}])"),
              HasSubstr("no regular expression"));
  EXPECT_THAT(wrong(R"([{"name": "a"}, {"name": "a"}])"), HasSubstr("'a' is there twice"));
  EXPECT_THAT(wrong(R"([{"name": "a", "faults": [{"where": {"at": {"command": ""}},
                         "action": {"pieces": {"octets": 1, "pause": "0s"}}}]}])"),
              HasSubstr("pause"));
  EXPECT_THAT(wrong(R"([{"name": "a", "faults": [{"where": {"apdu": {}},
                         "action": {"delay": {"by": "1s"}}}]}])"),
              HasSubstr("here are at"));
}

TEST_F(Quirks, OnesOwnComeBeforeThoseOfTheProgram) {
  auto own = read_module_quirks(Document::parse(R"([{"name": "cgla-silent", "faults": [
        {"where": {"at": {"command": "^\\+CSQ"}}, "when": "always",
         "action": {"reply": {"lines": ["+CSQ: 0,0"], "final": "DONE"}}}]}])",
                                                "own.json")
                                    .value());
  start("plain", {"cgla-silent"}, own.value());
  EXPECT_EQ(ask("AT+CSQ"), "+CSQ: 0,0\r\n\r\nDONE");
  EXPECT_EQ(used("cgla-silent"), 1U);
}

// --- Sessions

TEST_F(Quirks, F01HexHandle) {
  start_with("ccho-hex-handle");
  EXPECT_EQ(open_isd_r(), "+CCHO: 000000000385a7cf\r\n\r\nOK");
  EXPECT_THAT(cgla("000000000385a7cf", kGetEid), StartsWith("+CGLA: 4,\"61"));
  EXPECT_EQ(ask("AT+CCHC=000000000385a7cf"), "OK");
  EXPECT_EQ(effect("handle"), 1U);
}

TEST_F(Quirks, F02BareHandleWithBlankLines) {
  start_with("ccho-bare-handle");
  EXPECT_EQ(say("AT+CCHO=\"" + std::string(kIsdR) + "\""), "\r\n\r\n1\r\n\r\n\r\n\r\nOK\r\n\r\n");
}

TEST_F(Quirks, F03NoSpace) {
  start_with("ccho-no-space");
  EXPECT_EQ(open_isd_r(), "+CCHO:1\r\n\r\nOK");
  start_with("cgla-no-space");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA:4,\"61"));
}

TEST_F(Quirks, F04F05F29CchoErrors) {
  start_with("ccho-cme-13");
  EXPECT_EQ(ask("AT+CCHO=?"), "OK");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 13");
  start_with("ccho-cme-3");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 3");
  start_with("ccho-cme-text");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: Parameters error");
  EXPECT_EQ(ask("AT+CCHC=1"), "ERROR");
}

TEST_F(Quirks, F06F07TestForms) {
  start_with("no-test-forms");
  for (const char* line : {"AT+CCHO=?", "AT+CCHC=?", "AT+CGLA=?", "AT+CSIM=?"})
    EXPECT_EQ(ask(line), "ERROR") << line;
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
  start_with("no-test-forms-silent");
  EXPECT_EQ(ask("AT+CCHO=?"), "");
  EXPECT_EQ(pass(seconds(60)), "");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
}

TEST_F(Quirks, F08CchcError) {
  start_with("cchc-error");
  open_isd_r();
  EXPECT_EQ(ask("AT+CCHC=1"), "ERROR");
  EXPECT_TRUE(module->sim().sessions().empty()) << "closed all the same";
}

TEST_F(Quirks, F09CglaSilent) {
  start_with("cgla-silent");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA"));
  EXPECT_EQ(cgla("1", kGetEid), "");
  EXPECT_EQ(pass(seconds(300)), "");
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA"));
}

TEST_F(Quirks, F10LastSegmentError) {
  start_with("last-segment-error");
  open_isd_r();
  // An answer with BF37 is not to be had without a package; RetrieveNotificationsList has one.
  std::string list = cgla("1", "80E2910003BF2B00");
  EXPECT_THAT(list, StartsWith("+CGLA: 4,\"61"));
  EXPECT_EQ(cgla("1", "80C0000000"), "ERROR");
}

TEST_F(Quirks, F11CommandsThatAreMissing) {
  start_with("ccho-missing", "quectel-ec25");
  EXPECT_EQ(open_isd_r(), "ERROR");
  EXPECT_EQ(ask("AT+CGLA=?"), "ERROR");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  start_with("csim-missing");
  EXPECT_EQ(csim("0070000001"), "ERROR");
}

TEST_F(Quirks, F12ManageChannelLe00) {
  start_with("manage-channel-le00-unusable");
  EXPECT_EQ(csim("0070000000"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  EXPECT_EQ(csim("01A4040010" + std::string(kIsdR)), "+CSIM: 4,\"6985\"\r\n\r\nOK");
  csim("0070800100");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  EXPECT_THAT(csim("01A4040010" + std::string(kIsdR)), StartsWith("+CSIM: 4,\"61"));
}

TEST_F(Quirks, F13StatusOnACsimChannel) {
  start_with("csim-channel-status-fails");
  csim("0070000001");
  EXPECT_EQ(csim("81F2000000"), "+CSIM: 4,\"6F00\"\r\n\r\nOK");
}

TEST_F(Quirks, F14BasicChannelOnly) {
  start_with("csim-basic-only");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 4,\"6881\"\r\n\r\nOK");
  EXPECT_EQ(open_isd_r(), "ERROR");
}

TEST_F(Quirks, F15SelectByCsimFails) {
  start_with("csim-select-cme-0");
  csim("0070000001");
  EXPECT_EQ(csim("01A4040010" + std::string(kIsdR)), "+CME ERROR: 0");
  EXPECT_EQ(csim("01A4040010" + std::string(kIsdR)), "+CME ERROR: 0");
  EXPECT_THAT(csim("01A4040010" + std::string(kIsdR)), StartsWith("+CSIM: 4,\"61"));
}

TEST_F(Quirks, F16ChannelsLeftOpen) {
  start_with("channel-leak");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 20");
  EXPECT_EQ(ask("AT+CCHC=2"), "OK");
  EXPECT_EQ(open_isd_r(), "+CCHO: 4\r\n\r\nOK");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK") << "the SIM was reset, and nothing is left";
  start("sierra-em75xx", {"channel-leak"});
  EXPECT_EQ(open_isd_r(), "ERROR");
  EXPECT_EQ(ask("AT+CCHC=000000000385a7d0"), "OK") << "sessions that are left have such names too";
  EXPECT_EQ(open_isd_r(), "+CCHO: 000000000385a7d2\r\n\r\nOK");
  start_with("channel-leak-forever");
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(open_isd_r(), "+CCHO: " + std::to_string(i) + "\r\n\r\nOK");
    EXPECT_EQ(ask("AT+CCHC=" + std::to_string(i)), "OK");
  }
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 20");
}

TEST_F(Quirks, F96ChannelFour) {
  start_with("channels-from-4");
  EXPECT_EQ(open_isd_r(), "+CCHO: 4\r\n\r\nOK");
  EXPECT_THAT(cgla("4", kGetEid), StartsWith("+CGLA: 4,\"61"));
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"059000\"\r\n\r\nOK");
  EXPECT_EQ(csim("8FE2910003BF2D00"), "+CSIM: 4,\"6882\"\r\n\r\nOK")
      << "beyond channel 3 the class has another coding: these bits ask for secure messaging";
  EXPECT_THAT(csim("41A4040010" + std::string(kIsdR)), StartsWith("+CSIM: 4,\"61"));
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(open_isd_r(), "+CCHO: 4\r\n\r\nOK") << "the module takes them again";
}

// --- Lines

TEST_F(Quirks, F17Echo) {
  start("plain", {"truncated-echo"});
  EXPECT_EQ(say("AT+CCHC=1"), "T+CCHC=1\r\r\nERROR\r\n");
  start("plain", {"echo-stays-on"});
  say("ATE0");
  EXPECT_EQ(say("AT"), "AT\r\r\nOK\r\n");
}

TEST_F(Quirks, F18UrcBetween) {
  start_with("urc-between");
  EXPECT_EQ(say("AT+CCHO=\"" + std::string(kIsdR) + "\""),
            "\r\n+CCHO: 1\r\n\r\n+CREG: 5\r\n\r\nOK\r\n");
  start("plain", {"urc-in-echo"});
  say("AT");
  EXPECT_EQ(say("AT+CSQ"), "AT\r\n*EMRDY: 1\r\n+CSQ\r\r\n+CSQ: 24,99\r\n\r\nOK\r\n");
}

TEST_F(Quirks, F19UrcInsideHex) {
  start_with("urc-inside-hex");
  open_isd_r();
  cgla("1", kGetEid);
  EXPECT_THAT(cgla("1", "80C0000015"), StartsWith("+CGLA: 46,\"BF3E125A10\r\n+CREG: 5\r\n89"));
}

TEST_F(Quirks, F20LateAnswer) {
  start_with("late-answer");
  csim("0070000001");
  EXPECT_EQ(csim("0070000001"), "");
  pass(seconds(11));
  EXPECT_EQ(ask("AT"), "") << "it waits behind the late one";
  EXPECT_EQ(pass(seconds(1)), "\r\n+CSIM: 6,\"029000\"\r\n\r\nOK\r\n\r\nOK\r\n");
}

TEST_F(Quirks, F21F22F23WhoElseIsThere) {
  start_with("slow-sim");
  EXPECT_EQ(csim("0070000001"), "");
  EXPECT_EQ(pass(seconds(1)), "\r\n+CSIM: 6,\"019000\"\r\n\r\nOK\r\n");
  start_with("foreign-answer");
  csim("0070000001");
  EXPECT_THAT(csim("0070000001"), StartsWith("+QGPS: "));
  start("plain", {"overlap-cme-100", "late-answer"});
  ask("ATE0+CMEE=1");
  csim("0070000001");
  csim("0070000001");
  EXPECT_EQ(ask("AT"), "");
  EXPECT_THAT(pass(seconds(12)), EndsWith("\r\n+CME ERROR: 100\r\n"));
}

TEST_F(Quirks, F24Quotes) {
  start_with("quotes-required");
  EXPECT_EQ(ask("AT+CSIM=10,0070000001"), "+CME ERROR: 50");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  start_with("unquoted-hex");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,019000\r\n\r\nOK");
  start_with("lower-case-hex");
  EXPECT_THAT(csim("80F2000000"), Not(HasSubstr("A")));
}

TEST_F(Quirks, F25F26GetResponse) {
  start_with("refuse-ins");
  EXPECT_EQ(csim("00C0000010"), "+CME ERROR: 3");
  start_with("auto-get-response");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA: 46,\"BF3E12"));
  EXPECT_GT(effect("getsResponse"), 0U);
}

TEST_F(Quirks, F28LineLimits) {
  start_with("line-limit-80");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
  EXPECT_EQ(cgla("1", "80E2910040" + std::string(128, '0')), "ERROR");
  start_with("line-limit-280");
  open_isd_r();
  EXPECT_THAT(cgla("1", "80E2910078" + std::string(240, '0')), StartsWith("+CGLA: "));
  EXPECT_EQ(cgla("1", "80E29100FF" + std::string(510, '0')), "ERROR");
}

TEST_F(Quirks, SerialOddities) {
  start_with("cgla-no-comma");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA: \"61"));
  start_with("cgla-wrong-length");
  open_isd_r();
  cgla("1", kGetEid);
  EXPECT_THAT(cgla("1", "80C0000015"), StartsWith("+CGLA: 48,\"BF3E"));
  start_with("cgla-cut-hex");
  open_isd_r();
  cgla("1", kGetEid);
  EXPECT_THAT(cgla("1", "80C0000015"), HasSubstr("9\"\r\n\r\nOK"));
  start_with("ok-before-data");
  open_isd_r();
  cgla("1", kGetEid);
  EXPECT_THAT(cgla("1", "80C0000015"), StartsWith("OK\r\n\r\n+CGLA: 46"));
  start_with("lf-only", "quectel-ec25");
  EXPECT_EQ(say("AT"), "\nOK\n");
  say("AT+CFUN=0");
  say("AT+CFUN=1");
  EXPECT_EQ(pass(milliseconds(200)), "\n+CPIN: READY\n");
}

TEST_F(Quirks, OctetsComeOneByOneAndUrcsBehindThem) {
  start_with("one-byte-chunks");
  pass(seconds(1));  // what the lines before get
  EXPECT_EQ(say("AT"), "\r");
  EXPECT_THAT(pieces(milliseconds(50)), ElementsAre("\n", "O", "K", "\r", "\n"));
  say("AT+CEREG=1");
  pass(seconds(1));
  say("AT+CFUN=4");
  say("AT+CFUN=1");
  pass(milliseconds(2995));  // five milliseconds before it registers
  say("ATI");
  EXPECT_THAT(pass(seconds(1)), EndsWith("\r\n\r\nOK\r\n\r\n+CEREG: 1\r\n"));
}

// What one fault says is not carried out is not, though another wants to see its answer.
TEST_F(Quirks, AFaultThatLooksAtAnswersComesLast) {
  auto own = read_module_quirks(Document::parse(R"([{"name": "own", "faults": [
        {"where": {"at": {"command": "^\\+CCHO=", "answers": "\\+CCHO"}}, "when": "always",
         "action": {"noFinal": {}}},
        {"where": {"at": {"command": "^\\+CCHO="}}, "when": {"nth": 1}, "action": {"error": {"code": 3}}}]}])",
                                                "own.json")
                                    .value());
  start("plain", {"own"}, own.value());
  ask("ATE0+CMEE=1");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 3");
  EXPECT_TRUE(module->sim().sessions().empty());
  EXPECT_EQ(open_isd_r(), "+CCHO: 1");
}

// --- The SIM

TEST_F(Quirks, F30F31Iccid) {
  start_with("crsm-iccid-cme-3", "quectel-ec25");
  EXPECT_EQ(ask("AT+CRSM=176,12258,0,0,10"), "+CME ERROR: 3");
  EXPECT_EQ(ask("AT+QCCID"), "+QCCID: 8988211000000000019\r\n\r\nOK");
  start_with("iccid-with-f", "quectel-ec25");
  EXPECT_EQ(ask("AT+CCID"), "+CCID: 8988211000000000019F\r\n\r\nOK");
  start_with("iccid-lower-case", "quectel-ec25");
  EXPECT_EQ(ask("AT+CCID"), "+CCID: 8988211000000000019f\r\n\r\nOK");
}

TEST_F(Quirks, F32SimInCfun0) {
  start_with("sim-in-cfun0", "quectel-ec25");
  ask("AT+CFUN=0");
  EXPECT_EQ(ask("AT+QCCID"), "+QCCID: 8988211000000000019\r\n\r\nOK");
}

TEST_F(Quirks, F33F37ErrorsThatPass) {
  start_with("csim-fails-thrice");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(csim("0070000001"), "+CME ERROR: 0");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  start_with("cme-14-once");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 14");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
}

TEST_F(Quirks, F34F95PortsThatGo) {
  start_with("cfun0-drops-port");
  EXPECT_THAT(say("AT+CFUN=0"), EndsWith("<gone>"));
  EXPECT_EQ(say("AT"), "");
  EXPECT_EQ(pass(seconds(2)), "<back>");
  EXPECT_EQ(ask("AT+CFUN?"), "+CFUN: 0\r\n\r\nOK");
  start_with("cfun0-drops-port");
  module->receive(kPrimary, "AT+CFUN=0\rAT+CFUN=1\r", now);
  EXPECT_THAT(taken(), EndsWith("<gone>"));
  pass(seconds(2));
  EXPECT_EQ(ask("AT+CFUN?"), "+CFUN: 1\r\n\r\nOK") << "what was in one write is all carried out";
  start_with("reset-drops-port");
  say("AT+CFUN=1,1");
  EXPECT_EQ(pass(seconds(1)), "<gone>");
  EXPECT_THAT(pass(seconds(5)), StartsWith("<back>"));
  start_with("port-drops-once");
  csim("0070000001");
  csim("0070000001");
  EXPECT_EQ(csim("0070000001"), "<gone>");
  EXPECT_EQ(pass(seconds(1)), "<back>");
  EXPECT_EQ(ask("AT"), "OK");
}

TEST_F(Quirks, F35UrcsOnTheOtherPort) {
  start_with("urcs-on-other-port", "quectel-ec25");
  taken(kSecondary);
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(pass(seconds(5)), "");
  EXPECT_THAT(taken(kSecondary), HasSubstr("+QUSIM: 1"));
}

TEST_F(Quirks, F36NoFinalOk) {
  start_with("no-final-ok");
  EXPECT_EQ(say("AT+CGSN"), "\r\n004999010640000\r\n");
}

TEST_F(Quirks, F38InternalLpa) {
  start_with("internal-lpa", "quectel-rm5xx");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 3");
  EXPECT_EQ(csim("00A4040010" + std::string(kIsdR)), "+CSIM: 4,\"6985\"\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QESIM=\"lpa_enable\""), "+QESIM: \"lpa_enable\",1\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QESIM=\"lpa_enable\",0"), "OK");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 3") << "not before a reset";
  ask("AT+CFUN=1,1");
  pass(seconds(60));
  EXPECT_THAT(open_isd_r(), HasSubstr("+CCHO: 1"));
}

TEST_F(Quirks, F39RefreshIgnoredAndStaleIccid) {
  start("quectel-ec25", {"refresh-ignored"});
  open_isd_r();
  enable("1", kSecondIccid);
  cgla("1", "80C0000000");
  EXPECT_THAT(ask("AT+QCCID"), HasSubstr(kFirstIccid));
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_THAT(ask("AT+QCCID"), HasSubstr(kSecondIccid));
  start("quectel-ec25", {"stale-iccid"});
  open_isd_r();
  enable("1", kSecondIccid);
  cgla("1", "80C0000000");
  EXPECT_THAT(ask("AT+QCCID"), HasSubstr(kFirstIccid));
  EXPECT_GT(effect("staleIccid"), 0U);
}

TEST_F(Quirks, F41F44RefreshNotFetched) {
  start_with("refresh-not-fetched", "quectel-ec25");
  open_isd_r();
  enable("1", kSecondIccid);
  EXPECT_THAT(cgla("1", "80C0000000"), EndsWith("910B\"\r\n\r\nOK"));
  enable("1", kSecondIccid);
  EXPECT_THAT(cgla("1", "80C0000000"), HasSubstr("BF3103800105")) << "catBusy";
}

TEST_F(Quirks, F40BusyAfterRefresh) {
  start_with("busy-after-refresh");
  open_isd_r();
  enable("1", kSecondIccid);
  cgla("1", "80C0000000");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), HasSubstr("6985"));
  pass(seconds(10));
  EXPECT_THAT(cgla("1", kGetEid), HasSubstr("\"61"));
}

TEST_F(Quirks, F79StaleMbn) {
  start_with("stale-mbn", "quectel-ec25");
  open_isd_r();
  enable("1", kSecondIccid);
  cgla("1", "80C0000000");
  pass(seconds(60));
  EXPECT_EQ(ask("AT+CEREG?"), "+CEREG: 0,2\r\n\r\nOK");
  ask("AT+QMBNCFG=\"AutoSel\",1");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  pass(seconds(60));
  EXPECT_EQ(ask("AT+CEREG?"), "+CEREG: 0,1\r\n\r\nOK");
}

TEST_F(Quirks, F82OtherSlot) {
  start_with("other-slot", "quectel-ec25");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 10");
  EXPECT_EQ(ask("AT+QUIMSLOT?"), "+QUIMSLOT: 2\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QUIMSLOT=1"), "OK");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
}

TEST_F(Quirks, F89F90WhatTheModuleSaysToTheCard) {
  start_with("case-1-apdu");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(effect("sendsCase1"), 1U);
  persona.quirks.needs_terminal_capability = true;
  start_with("no-euicc-capability");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
  EXPECT_EQ(cgla("1", kGetEid), "+CGLA: 4,\"6985\"\r\n\r\nOK");
  start("plain");
  open_isd_r();
  EXPECT_THAT(cgla("1", kGetEid), StartsWith("+CGLA: 4,\"61"));
}

// --- What is told at the end

TEST_F(Quirks, NoneIsMetWhereNobodyDoesAnything) {
  for (const ModulePreset& quirk : module_quirks()) {
    start("quectel-eg25", {quirk.name});
    pass(std::chrono::hours(1));
    EXPECT_EQ(met(quirk.name).used, 0U) << quirk.name;
    EXPECT_NE(met(quirk.name).complaint, "") << quirk.name;
  }
}

TEST_F(Quirks, EachIsMetByWhatItIsAbout) {
  struct Case {
    const char *quirk, *before, *meets;  // the line before is one that does not meet it
  };
  const std::string ccho = "AT+CCHO=\"" + std::string(kIsdR) + "\"";
  const Case cases[] = {{"ccho-missing", "AT+CSIM=10,\"0070000001\"", ccho.c_str()},
                        {"csim-missing", ccho.c_str(), "AT+CSIM=10,\"0070000001\""},
                        {"sim-in-cfun0", "AT+CFUN=4", "AT+CFUN=0"},
                        {"no-euicc-capability", "AT+QCCID", ccho.c_str()},
                        {"channel-leak", "AT+QCCID", ccho.c_str()},
                        {"channel-leak", "AT+CSQ", "AT+CCHC=2"},
                        {"channels-from-4", "AT+QCCID", ccho.c_str()},
                        {"case-1-apdu", "AT+CFUN=0", "AT+CFUN=1"},
                        {"other-slot", "AT+CSQ", "AT+CPIN?"},
                        {"iccid-with-f", "AT+CFUN=4", "AT+QCCID"},
                        {"iccid-lower-case", "AT+CFUN=4", "AT+QCCID"},
                        {"ccho-bare-handle", "AT+CSQ", ccho.c_str()},
                        {"lf-only", "hello", "AT"},
                        {"lower-case-hex", "AT+CSIM=10,\"0070000001\"", "AT+CSIM=8,\"00FF0000\""},
                        {"urc-in-echo", "AT", "AT+CSQ"}};
  for (const Case& one : cases) {
    start("quectel-eg25", {one.quirk});
    say(one.before);
    pass(seconds(60));
    EXPECT_EQ(met(one.quirk).used, 0U) << one.quirk << " " << one.before;
    say(one.meets);
    EXPECT_GT(met(one.quirk).used, 0U) << one.quirk << " " << one.meets;
    EXPECT_EQ(met(one.quirk).complaint, "") << one.quirk;
  }
}

TEST_F(Quirks, CommandsThatAreMissingAreToldApart) {
  start("plain", {"ccho-missing", "csim-missing"});
  csim("0070000001");
  EXPECT_EQ(met("csim-missing").used, 1U);
  EXPECT_EQ(met("ccho-missing").used, 0U);
}

TEST_F(Quirks, AFaultThatCannotActIsNotMet) {
  start("plain", {"urc-in-echo"});
  ask("ATE0");
  ask("AT");
  EXPECT_EQ(used("urc-in-echo"), 1U);
  EXPECT_EQ(met("urc-in-echo").used, 0U);
  EXPECT_EQ(met("urc-in-echo").complaint, "could not act: there is no echo");
  start("plain", {"lower-case-hex"});
  csim("0070000001");
  EXPECT_EQ(met("lower-case-hex").used, 0U) << "019000 has no letters";
  start("plain", {"echo-stays-on"});
  ask("AT");
  EXPECT_EQ(met("echo-stays-on").used, 0U) << "it is on";
}

TEST_F(Quirks, FaultsWithIdsOfTheirOwnBelongToTheirQuirk) {
  auto own = read_module_quirks(Document::parse(R"([{"name": "own", "faults": [
        {"id": "no signal", "where": {"at": {"command": "^\\+CSQ"}}, "when": "always",
         "action": {"error": {"code": 3}}}]},
       {"name": "other", "faults": [
        {"id": "no signal", "where": {"at": {"command": "^\\+CSQ"}}, "action": {"noFinal": {}}}]}])",
                                                "own.json")
                                    .value())
                 .value();
  start("plain", {"own"}, own);
  ask("AT+CSQ");
  EXPECT_EQ(met("own", own).used, 1U);
  FaultPlan both;
  EXPECT_FALSE(module_settings("plain", {"own", "other"}, own, both)) << "two of one id";
}

}  // namespace
}  // namespace hil
