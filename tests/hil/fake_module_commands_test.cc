// What a fake module answers to each command, octet by octet where that matters.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/fake_module/at_command.h"
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

// --- Lines

std::vector<std::string> names(std::string_view line) {
  std::vector<std::string> out;
  auto commands = parse_at_line(line);
  if (!commands) return {"?"};
  for (const AtCommand& command : *commands) out.push_back(command.name);
  return out;
}

TEST(AtLine, BasicCommandsFollowEachOtherAndOthersAreDividedBySemicolons) {
  EXPECT_THAT(names("E0V1"), ElementsAre("E", "V"));
  EXPECT_THAT(names("e0+cmee=1;+CPIN?;&F"), ElementsAre("E", "+CMEE", "+CPIN", "&F"));
  EXPECT_THAT(names("+QHTTPCFG=\"a;b\",1;+CSQ"), ElementsAre("+QHTTPCFG", "+CSQ"));
  EXPECT_THAT(names(""), ElementsAre(""));
  EXPECT_THAT(names("Q0V1E1S0=0+CSQ"), ElementsAre("Q", "V", "E", "S", "+CSQ"));
  EXPECT_THAT(names("S3?S0=1"), ElementsAre("S", "S"));
}

TEST(AtLine, FormsAndArguments) {
  auto set = parse_at_line("+CGLA=1, 10 ,\"0070000001\",")->front();
  EXPECT_EQ(set.form, AtForm::kSet);
  ASSERT_EQ(set.arguments.size(), 4U);
  EXPECT_EQ(set.number(1), 10U);
  EXPECT_TRUE(set.arguments[2].quoted);
  EXPECT_EQ(set.text_of(2), "0070000001");
  EXPECT_EQ(set.text_of(3), "");
  EXPECT_EQ(set.text_of(4), "");
  EXPECT_EQ(parse_at_line("+CPIN?")->front().form, AtForm::kRead);
  EXPECT_EQ(parse_at_line("+CPIN=?")->front().form, AtForm::kTest);
}

TEST(AtLine, WhatIsNoCommandIsNone) {
  for (const char* line : {"+", "+CPIN!", "1", "?", "&", "\x80", "+CSQ=1;?"})
    EXPECT_THAT(names(line), ElementsAre("?")) << line;
  std::string many;
  for (std::size_t i = 0; i <= kMostCommandsOnALine; ++i) many += "E0";
  EXPECT_THAT(names(many), ElementsAre("?"));
}

// --- The engine

/// Whatever it is asked, it has 256 octets, and there are more.
class EndlessCard final : public rsp::card::Card {
 public:
  rsp::Bytes reset() override { return {0x3B, 0x00}; }
  rsp::Bytes transmit(rsp::BytesView) override {
    rsp::Bytes out(256, 0xAB);
    rsp::append(out, rsp::Bytes{0x61, 0x00});
    return out;
  }
};

class Commands : public ModuleTest {};

TEST_F(Commands, AnAnswerIsEchoedAndFramedAsV250Says) {
  start();
  EXPECT_EQ(say("AT"), "AT\r\r\nOK\r\n");
  EXPECT_EQ(say("ATE0"), "ATE0\r\r\nOK\r\n");
  EXPECT_EQ(say("AT+CMEE?"), "\r\n+CMEE: 0\r\n\r\nOK\r\n");
  EXPECT_EQ(say("ATV0"), "0\r");
  EXPECT_EQ(say("AT+CMEE?"), "+CMEE: 0\r\n0\r");
  EXPECT_EQ(say("ATV1E1"), "\r\nOK\r\n");
  EXPECT_EQ(say("ATZ"), "ATZ\r\r\nOK\r\n");
}

TEST_F(Commands, RegistersAreSetAndRead) {
  start();
  EXPECT_EQ(ask("ATS0=0"), "OK");
  EXPECT_EQ(ask("ATS3?"), "013\r\n\r\nOK");
  EXPECT_EQ(ask("ATQ0V1E1S0=2"), "OK");
  EXPECT_EQ(ask("ATS0?"), "002\r\n\r\nOK");
  for (const char* line : {"ATS0=", "ATS0=256", "ATS256=1", "ATS?", "ATS0=x"})
    EXPECT_EQ(ask(line), "ERROR") << line;
  EXPECT_EQ(ask("ATZ"), "OK");
  EXPECT_EQ(ask("ATS0?"), "000\r\n\r\nOK");
}

TEST_F(Commands, LineFeedsBehindCarriageReturnsAreNothing) {
  start();
  module->receive(kPrimary, "AT\r\nATE0\r\n", now);
  EXPECT_EQ(taken(), "AT\r\r\nOK\r\nATE0\r\r\nOK\r\n");
}

TEST_F(Commands, WhatIsNoCommandLineIsEchoedAndNothingElse) {
  start();
  EXPECT_EQ(say("hello"), "hello\r");
  EXPECT_EQ(say("A"), "A\r");
  EXPECT_EQ(ask("AT+NOSUCH"), "ERROR");
  EXPECT_EQ(ask("AT+"), "ERROR");
}

TEST_F(Commands, ErrorsHaveThreeForms) {
  start();
  EXPECT_EQ(ask("AT+CGLA=9,10,\"0070000001\""), "ERROR");
  ask("AT+CMEE=1");
  EXPECT_EQ(ask("AT+CGLA=9,10,\"0070000001\""), "+CME ERROR: 21");
  ask("AT+CMEE=2");
  EXPECT_EQ(ask("AT+CGLA=9,10,\"0070000001\""), "+CME ERROR: invalid index");
  EXPECT_EQ(ask("AT+CMEE=3"), "+CME ERROR: Incorrect parameters");
  EXPECT_EQ(ask("AT&F"), "OK");
  EXPECT_EQ(ask("AT+CMEE?"), "+CMEE: 0\r\n\r\nOK");
}

TEST_F(Commands, AnEndlessLineIsRefusedOnce) {
  start();
  ask("ATE0");
  module->receive(kPrimary, "AT" + std::string(100'000, 'A'), now);
  EXPECT_EQ(taken(), "");
  EXPECT_EQ(say(""), "\r\nERROR\r\n");
  EXPECT_EQ(say("AT"), "\r\nOK\r\n");
}

TEST_F(Commands, Identity) {
  start("quectel-ec25");
  EXPECT_EQ(ask("ATI"), "Quectel\r\nEC25\r\nRevision: EC25EFAR06A01M4G\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CGMI"), "Quectel\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CGMM"), "EC25\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QGMR"), "EC25EFAR06A01M4G\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CGSN"), "866758040000010\r\n\r\nOK");
  EXPECT_EQ(ask("AT+GSN"), "866758040000010\r\n\r\nOK");
}

// --- The SIM

TEST_F(Commands, TheSimIsReadyAndTellsItsNumbers) {
  start("quectel-ec25");
  EXPECT_EQ(ask("AT+CPIN?"), "+CPIN: READY\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QCCID"), "+QCCID: 8988211000000000019\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CCID"), "+CCID: 8988211000000000019\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CIMI"), "001010000000001\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QINISTAT"), "+QINISTAT: 7\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QSIMSTAT?"), "+QSIMSTAT: 0,1\r\n\r\nOK");
}

TEST_F(Commands, EachFamilyHasItsNameForTheIccid) {
  start("sierra-em75xx");
  EXPECT_EQ(ask("AT!ICCID?"), "!ICCID: 8988211000000000019\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QCCID"), "ERROR");
  start("telit-le910");
  EXPECT_EQ(ask("AT#CCID"), "#CCID: 8988211000000000019\r\n\r\nOK");
  start("simcom-7600");
  EXPECT_EQ(ask("AT+CICCID"), "+CICCID: 8988211000000000019\r\n\r\nOK");
  start("nrf91");
  EXPECT_EQ(ask("AT%XICCID"), "%XICCID: 8988211000000000019\r\n\r\nOK");
}

TEST_F(Commands, FilesAreReadByCrsm) {
  start();
  EXPECT_EQ(ask("AT+CRSM=176,12258,0,0,10"), "+CRSM: 144,0,\"988812010000000010F9\"\r\n\r\nOK")
      << "EF.ICCID";
  EXPECT_THAT(ask("AT+CRSM=176,28423,0,0,9"), StartsWith("+CRSM: 144,0,\"08")) << "EF.IMSI";
  EXPECT_THAT(ask("AT+CRSM=192,12258"), StartsWith("+CRSM: 144,0,\"62")) << "its FCP";
  EXPECT_EQ(ask("AT+CRSM=176,4660,0,0,9"), "+CRSM: 106,130\r\n\r\nOK") << "no such file";
  EXPECT_EQ(ask("AT+CRSM=176"), "+CRSM: 106,130\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CRSM=1,1"), "ERROR");
}

TEST_F(Commands, SimOffGetsNoSim) {
  start("quectel-ec25");
  ask("AT+CMEE=1");
  EXPECT_EQ(ask("AT+CFUN=0"), "OK");
  for (const char* line : {"AT+CPIN?", "AT+QCCID", "AT+CIMI", "AT+CSIM=10,\"0070000001\""})
    EXPECT_EQ(ask(line), "+CME ERROR: 10") << line;
  EXPECT_EQ(ask("AT+CFUN=4"), "OK");
  EXPECT_EQ(ask("AT+QCCID"), "+QCCID: 8988211000000000019\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CFUN=7"), "+CME ERROR: 50");
}

TEST_F(Commands, APinIsEnteredAndTheModuleGoesOn) {
  start("quectel-ec25");
  ask("ATE0+CMEE=1");
  EXPECT_EQ(csim("002800010830303030FFFFFFFF"), "+CSIM: 4,\"9000\"\r\n\r\nOK") << "ENABLE PIN";
  ask("AT+CEREG=1");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(pass(seconds(10)), "\r\n+CPIN: SIM PIN\r\n") << "and no more without it";
  EXPECT_EQ(ask("AT+CIMI"), "+CME ERROR: 11");
  EXPECT_EQ(ask("AT+CPIN=\"9999\""), "+CME ERROR: 16");
  for (const char* line : {"AT+CPIN=\"000\"", "AT+CPIN=\"00000000000\"", "AT+CPIN=\"abcd\"",
                           "AT+CPIN=\"0000\",\"1111\"", "AT+CPIN="})
    EXPECT_EQ(ask(line), "+CME ERROR: 50") << line;
  EXPECT_EQ(ask("AT+CPIN=\"0000\""), "OK");
  EXPECT_EQ(pass(seconds(10)),
            "\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n\r\nSMS DONE\r\n\r\nPB DONE"
            "\r\n\r\n+CEREG: 1\r\n");
  EXPECT_EQ(ask("AT+CPIN=\"0000\""), "+CME ERROR: 3") << "none is wanted";
}

TEST_F(Commands, ABlockedPinIsUnblocked) {
  start();
  ask("ATE0+CMEE=1");
  csim("002800010830303030FFFFFFFF");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  for (int i = 0; i < 3; ++i) ask("AT+CPIN=\"9999\"");
  EXPECT_EQ(ask("AT+CPIN?"), "+CPIN: SIM PUK\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CPIN=\"0000\""), "+CME ERROR: 12");
  EXPECT_EQ(ask("AT+CPIN=\"12345678\",\"4711\""), "+CME ERROR: 16");
  EXPECT_EQ(ask("AT+CPIN=\"11111111\",\"4711\""), "OK");
  EXPECT_EQ(ask("AT+CPIN?"), "+CPIN: READY\r\n\r\nOK");
  ask("AT+CFUN=0");
  ask("AT+CFUN=1");
  EXPECT_EQ(ask("AT+CPIN=\"4711\""), "OK") << "the new one";
}

// --- APDUs

TEST_F(Commands, WhatTheModuleFetchesItselfHasAnEnd) {
  EndlessCard endless;
  plan.clear();
  module.emplace(endless, *module_settings("plain", {"auto-get-response"}, {}, plan), plan);
  module->switch_on(now);
  pass(std::chrono::minutes(1));
  ask("ATE0");
  std::string digits(2 * 8192, 'A');
  for (std::size_t i = 1; i < digits.size(); i += 2) digits[i] = 'B';
  EXPECT_EQ(csim("80F2000000"), "+CSIM: 16388,\"" + digits + "6100\"\r\n\r\nOK");
}

TEST_F(Commands, AChannelIsOpenedUsedAndClosed) {
  start();
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
  EXPECT_THAT(cgla("1", "80E2910006BF3E035C015A"), StartsWith("+CGLA: 4,\"61"));
  std::string eid = cgla("1", "80C0000015");
  EXPECT_EQ(eid, "+CGLA: 46,\"BF3E125A10" + rsp::to_hex(card->eid()) + "9000\"\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CCHC=1"), "OK");
  EXPECT_EQ(cgla("1", "80E2910006BF3E035C015A"), "ERROR");
  EXPECT_EQ(ask("AT+CCHC=1"), "ERROR") << "it is closed";
}

TEST_F(Commands, TheClassOfTheSessionCountsAndNotTheClients) {
  start("plain", {"auto-get-response"});
  open_isd_r();
  for (const char* cla : {"80", "81", "82", "83", "C0"})
    EXPECT_THAT(cgla("1", std::string(cla) + "E2910006BF3E035C015A"),
                StartsWith("+CGLA: 46,\"BF3E12"));
}

TEST_F(Commands, ThreeChannelsAndNoMore) {
  start();
  ask("AT+CMEE=1");
  for (const char* session : {"1", "2", "3"})
    EXPECT_EQ(open_isd_r(), std::string("+CCHO: ") + session + "\r\n\r\nOK");
  EXPECT_EQ(open_isd_r(), "+CME ERROR: 20");
}

TEST_F(Commands, AnApplicationThatIsNotThereLeavesNoChannel) {
  start();
  ask("AT+CMEE=1");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask("AT+CCHO=\"A0000000010203\""), "+CME ERROR: 22");
  EXPECT_EQ(open_isd_r(), "+CCHO: 1\r\n\r\nOK");
}

TEST_F(Commands, WrongApdusAreIncorrectParameters) {
  start();
  ask("AT+CMEE=1");
  open_isd_r();
  for (const char* line :
       {"AT+CGLA=1,22,\"80E2910006BF3E035C015\"", "AT+CGLA=1,20,\"80E2910006BF3E035C015A\"",
        "AT+CGLA=1,4,\"80E2\"", "AT+CGLA=1,22,\"80E2910006BF3E035C01XX\"", "AT+CGLA=1,22",
        "AT+CGLA=1", "AT+CSIM=10,\"00700000\"", "AT+CSIM=x,\"0070000001\"", "AT+CCHO=\"A\"",
        "AT+CCHO=\"\"", "AT+CSIM=10,\"0070000001\",1"})
    EXPECT_EQ(ask(line), "+CME ERROR: 50") << line;
  EXPECT_EQ(ask("AT+CGLA=1,8,\"80000000\""), "+CGLA: 4,\"6D00\"\r\n\r\nOK") << "still there";
}

TEST_F(Commands, ManageChannelIsNotForCgla) {
  start();
  ask("AT+CMEE=1");
  open_isd_r();
  EXPECT_EQ(cgla("1", "0070000001"), "+CME ERROR: 3");
  EXPECT_EQ(cgla("1", "0088008100"), "+CME ERROR: 3") << "nor is AUTHENTICATE";
}

// What lpac's at driver sends, with its line ends.
TEST_F(Commands, LpacsSequence) {
  start("plain", {"auto-get-response"});
  ask("ATE0");
  auto lpac = [&](const std::string& line) {
    module->receive(kPrimary, line + "\r\n", now);
    return taken();
  };
  EXPECT_EQ(lpac("AT"), "\r\nOK\r\n");
  for (const char* line : {"AT+CCHO=?", "AT+CCHC=?", "AT+CGLA=?"})
    EXPECT_EQ(lpac(line), "\r\nOK\r\n") << line;
  EXPECT_EQ(lpac("AT+CCHO=\"a0000005591010ffffffff8900000100\""), "\r\n+CCHO: 1\r\n\r\nOK\r\n");
  EXPECT_EQ(lpac("AT+CGLA=1,22,\"81e2910006bf3e035c015a\""),
            "\r\n+CGLA: 46,\"BF3E125A10" + rsp::to_hex(card->eid()) + "9000\"\r\n\r\nOK\r\n");
  EXPECT_EQ(lpac("AT+CCHC=1"), "\r\nOK\r\n");
}

// lpac's at_csim driver.
TEST_F(Commands, LpacsSequenceByCsim) {
  start();
  EXPECT_EQ(ask("AT+CSIM=?"), "OK");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  EXPECT_THAT(csim("01A4040010" + std::string(kIsdR)), StartsWith("+CSIM: 4,\"61"));
  EXPECT_THAT(csim("81E2910006BF3E035C015A"), StartsWith("+CSIM: 4,\"6115"));
  EXPECT_THAT(csim("81C0000015"), StartsWith("+CSIM: 46,\"BF3E12"));
  EXPECT_EQ(csim("0070800100"), "+CSIM: 4,\"9000\"\r\n\r\nOK");
}

// euicc-go's driver: TERMINAL CAPABILITY before it opens a channel.
TEST_F(Commands, EuiccGosSequence) {
  start();
  EXPECT_EQ(csim("80AA00000AA9088100820101830107"), "+CSIM: 4,\"9000\"\r\n\r\nOK");
  EXPECT_EQ(csim("0070000001"), "+CSIM: 6,\"019000\"\r\n\r\nOK");
  EXPECT_THAT(csim("01A4040010" + std::string(kIsdR)), StartsWith("+CSIM: 4,\"61"));
}

// --- Switching profiles

TEST_F(Commands, ARefreshIsFollowedAndTheNewProfileRuns) {
  start("quectel-eg25");
  ask("AT+CEREG=1");
  open_isd_r();
  EXPECT_THAT(enable("1", kSecondIccid), StartsWith("+CGLA: "));
  cgla("1", "80C0000000");
  EXPECT_EQ(ask("AT+QCCID"), "+QCCID: " + std::string(kSecondIccid) + "\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CCHC=1"), "ERROR") << "a reset closes all channels";
  std::string urcs = pass(seconds(10));
  EXPECT_THAT(urcs, HasSubstr("\r\n+CPIN: READY\r\n"));
  EXPECT_THAT(urcs, HasSubstr("\r\n+QUSIM: 1\r\n"));
  EXPECT_THAT(urcs, HasSubstr("\r\n+CEREG: 1\r\n"));
}

// --- Time

TEST_F(Commands, TheModuleStartsOnItsTimeline) {
  switch_on("quectel-ec25");
  EXPECT_EQ(say("AT"), "") << "nobody listens yet";
  EXPECT_EQ(pass(milliseconds(2999)), "");
  EXPECT_EQ(pass(milliseconds(1)), "\r\nRDY\r\n");
  EXPECT_EQ(say("AT"), "AT\r\r\nOK\r\n");
  EXPECT_EQ(pass(milliseconds(200)), "\r\n+CPIN: READY\r\n");
  EXPECT_EQ(pass(milliseconds(200)), "\r\n+QUSIM: 1\r\n");
  EXPECT_EQ(pass(seconds(1)), "\r\nSMS DONE\r\n");
  EXPECT_EQ(pass(seconds(1)), "\r\nPB DONE\r\n");
  EXPECT_EQ(ask("AT+CEREG?"), "+CEREG: 0,2\r\n\r\nOK") << "it searches";
  pass(seconds(5));
  EXPECT_EQ(ask("AT+CEREG?"), "+CEREG: 0,1\r\n\r\nOK");
}

TEST_F(Commands, AResetIsAStartOfAllAnew) {
  start("quectel-ec25");
  ask("ATE0+CMEE=1");
  open_isd_r();
  EXPECT_EQ(say("AT+CFUN=1,1"), "\r\nOK\r\n");
  EXPECT_EQ(pass(seconds(1)), "");
  EXPECT_EQ(say("AT"), "") << "nobody listens";
  EXPECT_THAT(pass(seconds(10)), StartsWith("\r\nRDY\r\n"));
  EXPECT_EQ(say("AT+CMEE?"), "AT+CMEE?\r\r\n+CMEE: 0\r\n\r\nOK\r\n");
  EXPECT_EQ(ask("AT+CCHC=1"), "ERROR");
}

TEST_F(Commands, PowerDownIsForGood) {
  start("quectel-ec25");
  EXPECT_EQ(ask("AT+QPOWD"), "OK");
  EXPECT_EQ(pass(seconds(5)), "\r\nPOWERED DOWN\r\n");
  EXPECT_EQ(say("AT"), "");
}

TEST_F(Commands, AModuleThatIsOffSaysNothing) {
  start("quectel-ec25");
  for (const char* line : {"AT+CEREG=1", "AT+CFUN=4", "AT+CFUN=1", "AT+QPOWD"}) ask(line);
  EXPECT_EQ(pass(seconds(60)), "\r\nPOWERED DOWN\r\n");
}

TEST_F(Commands, ASimThatIsOffAgainIsNotTold) {
  start("quectel-ec25");
  for (const char* line : {"AT+CFUN=0", "AT+CFUN=1", "AT+CFUN=0"}) ask(line);
  EXPECT_EQ(pass(seconds(60)), "");
}

TEST_F(Commands, RegistrationFollowsTheProfile) {
  start();
  ask("AT+CEREG=2");
  EXPECT_THAT(ask("AT+CEREG?"), StartsWith("+CEREG: 2,1,\"0001\""));
  EXPECT_EQ(ask("AT+COPS?"), "+COPS: 0,2,\"00101\",7\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CFUN=4"), "OK\r\n\r\n+CEREG: 0");
  EXPECT_EQ(ask("AT+CFUN=0"), "OK");
  EXPECT_EQ(ask("AT+CREG?"), "+CREG: 0,0\r\n\r\nOK");
}

TEST_F(Commands, WithoutAProfileThereIsNoNetworkAndNoIccid) {
  start("nrf91");
  open_isd_r();
  auto iccid = rsp::to_hex(rsp::to_swapped_bcd(kFirstIccid, 10).value());
  cgla("1", "80E2910014BF3211A00C5A0A" + iccid + "8101FF");
  cgla("1", "80C0000000");
  pass(seconds(10));
  EXPECT_EQ(ask("AT+CPIN?"), "+CPIN: READY\r\n\r\nOK")
      << "a card without a profile is a card (F59)";
  EXPECT_EQ(ask("AT+CEREG?"), "+CEREG: 0,90\r\n\r\nOK");
  EXPECT_EQ(ask("AT%XICCID"), "ERROR");
  EXPECT_EQ(ask("AT+CIMI"), "ERROR");
}

TEST_F(Commands, DataContexts) {
  start();
  EXPECT_EQ(ask("AT+CGDCONT=1,\"IPV4V6\",\"internet\""), "OK");
  EXPECT_EQ(ask("AT+CGDCONT?"), "+CGDCONT: 1,\"IPV4V6\",\"internet\",\"0.0.0.0\",0,0\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CGACT=1,1"), "OK");
  EXPECT_EQ(ask("AT+CGACT?"), "+CGACT: 1,1\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CGACT=1,2"), "ERROR");
  EXPECT_EQ(ask("AT+CGATT?"), "+CGATT: 1\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CSQ"), "+CSQ: 24,99\r\n\r\nOK");
}

TEST_F(Commands, TheClockIsSetAndGoesOn) {
  start();
  EXPECT_EQ(ask("AT+CCLK=\"26/02/03,04:05:06+00\""), "OK");
  pass(seconds(4));
  EXPECT_EQ(ask("AT+CCLK?"), "+CCLK: \"26/02/03,04:05:10+00\"\r\n\r\nOK");
  EXPECT_EQ(ask("AT+CCLK=\"yesterday\""), "ERROR");
}

TEST_F(Commands, TwoPortsHaveSettingsOfTheirOwnAndUrcsComeOnOne) {
  start("quectel-ec25");
  say("ATE0");
  EXPECT_EQ(say("AT", kSecondary), "AT\r\r\nOK\r\n");
  EXPECT_EQ(say("AT+QURCCFG=\"urcport\",\"usbmodem\""), "\r\nOK\r\n");
  say("AT+CFUN=0");
  say("AT+CFUN=1");
  EXPECT_EQ(pass(seconds(5)), "");
  EXPECT_THAT(taken(kSecondary), HasSubstr("+CPIN: READY"));
  EXPECT_EQ(ask("AT+QURCCFG=\"urcport\""), "+QURCCFG: \"urcport\",\"usbmodem\"\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QURCCFG=\"urcport\",\"lpt1\""), "ERROR");
}

}  // namespace
}  // namespace hil
