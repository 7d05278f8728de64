// Faults of modules that were met in the field, each under its number.
#include "at_test_support.h"

namespace lpa::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using AtFieldFault = AtTest;

constexpr const char* kOk = "BF3E125A10890490321234512345123456789012359000";

TEST_F(AtFieldFault, F01_CchoAnswersALongHandle) {
  is_good();
  on("AT+CCHO", lines({"+CCHO: 000000000385a7cf", "OK"}));
  EXPECT_EQ(get_eid(), kOk);
  // The handle as it is, and the class of channel 0.
  EXPECT_EQ(module.sent.back(), "AT+CGLA=000000000385a7cf,22,\"80E2910006BF3E035C015A\"");
}

TEST_F(AtFieldFault, F02_CchoAnswersABareNumber) {
  is_good();
  on("AT+CCHO", "\r\n\r\n1\r\n\r\n\r\nOK\r\n");
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_THAT(module.sent.back(), HasSubstr("AT+CGLA=1,"));
}

TEST_F(AtFieldFault, F03_CchoAnswersWithoutASpace) {
  is_good();
  on("AT+CCHO", lines({"+CCHO:1", "OK"}));
  on("AT+CGLA", std::string("\r\n+CGLA:46,") + kOk + "\r\nOK\r\n");
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F03_CchoAnswersMoreThanAHandle) {
  is_good();
  on("AT+CCHO", lines({"+CCHO: \"1\",\"6F009000\"", "OK"}));
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_THAT(module.sent.back(), HasSubstr("AT+CGLA=1,"));
}

TEST_F(AtFieldFault, F04_CchoFailsOnACardThatIsNoEuicc) {
  on("AT+CCHO", lines({"+CME ERROR: 13"}));
  on("AT+CSIM", [](const std::string& command) {
    if (quoted(command) == "0070000001") return apdu_answer("+CSIM", "019000");
    return apdu_answer("+CSIM", quoted(command).substr(2, 2) == "A4" ? "6A82" : "9000");
  });
  EXPECT_EQ(summary(open()), "apdu SELECT 6A82");
  // Nothing was left open.
  EXPECT_THAT(module.sent.back(), HasSubstr("00708001"));
}

TEST_F(AtFieldFault, F05_CchoFailsWithWordsAndCchcIsNotThere) {
  on("AT+CCHO", lines({"+CME ERROR: Parameters error"}));
  on("AT+CCHC", lines({"ERROR"}));
  on("AT+CSIM", [](const std::string& command) {
    return apdu_answer("+CSIM", quoted(command) == "0070000001" ? "029000" : kOk);
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(transport().route(), AtRoute::kCsim);
  // And stays there: what does not work is not tried again for each channel.
  module.sent.clear();
  EXPECT_TRUE(open());
  EXPECT_EQ(count("AT+CCHO"), 0u);
}

TEST_F(AtFieldFault, F06_TestFormsAreRefused) {
  is_good();
  on("AT+CCHO=?", lines({"ERROR"}));
  on("AT+CGLA=?", lines({"ERROR"}));
  EXPECT_EQ(get_eid(), kOk);
}

// Nobody asks for them.
TEST_F(AtFieldFault, F07_TestFormsAreNotAnswered) {
  is_good();
  EXPECT_EQ(get_eid(), kOk);
  for (const std::string& command : module.sent) EXPECT_THAT(command, Not(HasSubstr("=?")));
}

TEST_F(AtFieldFault, F08_ClosingFails) {
  is_good();
  on("AT+CCHC", lines({"ERROR"}));
  auto channel = must(open());
  EXPECT_TRUE(transport().close_channel(channel, soon()));
  EXPECT_TRUE(transport().close_channel(channel, soon()));
  EXPECT_EQ(count("AT+CCHC"), 1u);
}

TEST_F(AtFieldFault, F09_CglaIsNotAnswered) {
  is_good();
  on("AT+CGLA", std::string());
  EXPECT_EQ(get_eid(), "timeout AT+CGLA");
  EXPECT_EQ(count("AT+CGLA"), 1u);
}

TEST_F(AtFieldFault, F10_CglaRefusesTheLastSegment) {
  is_good();
  on("AT+CGLA", lines({"ERROR"}));
  auto channel = must(open());
  auto response = transport().transmit(
      channel, {0x80, 0xE2, 0x91, 0, *rsp::from_hex("86029000"), std::nullopt}, soon());
  EXPECT_EQ(summary(response), "transport AT+CGLA ERROR");
  EXPECT_THAT(response.error().hint, HasSubstr("profiles and notifications"));
  EXPECT_EQ(count("AT+CGLA"), 1u);
}

TEST_F(AtFieldFault, F11_CchoDoesNothing) {
  on("AT+CCHO", lines({"ERROR"}));
  on("AT+CSIM", [](const std::string& command) {
    return apdu_answer("+CSIM", quoted(command) == "0070000001" ? "019000" : kOk);
  });
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F12_AChannelOpenedWithLe00RefusesSelect) {
  options.route = AtRoute::kCsim;
  std::string le;
  on("AT+CSIM", [&](const std::string& command) {
    std::string apdu = quoted(command);
    if (apdu.starts_with("00700000")) le = apdu.substr(8);
    if (apdu.starts_with("00700000")) return apdu_answer("+CSIM", "019000");
    return apdu_answer("+CSIM", le == "01" || apdu.substr(2, 2) != "A4" ? kOk : "6A81");
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(le, "01");
}

// And the other way round.
TEST_F(AtFieldFault, F12_AChannelOpenedWithLe01RefusesSelect) {
  options.route = AtRoute::kCsim;
  std::string le;
  on("AT+CSIM", [&](const std::string& command) {
    std::string apdu = quoted(command);
    if (apdu.starts_with("00700000")) le = apdu.substr(8);
    if (apdu.starts_with("00700000")) return apdu_answer("+CSIM", "019000");
    return apdu_answer("+CSIM", le == "00" || apdu.substr(2, 2) != "A4" ? kOk : "6A81");
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(le, "00");
}

TEST_F(AtFieldFault, F13_AChannelOfCsimIsOfNoUse) {
  dialect.first_route = AtRoute::kCsim;
  dialect.second_route = AtRoute::kCcho;
  is_good();
  on("AT+CSIM", [&](const std::string& command) {
    return apdu_answer("+CSIM", quoted(command).starts_with("0070000") ? "019000" : "6F00");
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(transport().route(), AtRoute::kCcho);
}

TEST_F(AtFieldFault, F14_NoRouteReachesTheIsdR) {
  on("AT+CCHO", lines({"ERROR"}));
  on("AT+CSIM", lines({"+CME ERROR: 4"}));
  auto channel = open();
  EXPECT_EQ(summary(channel), "transport AT+CCHO ERROR");
  EXPECT_THAT(channel.error().text, HasSubstr("the module cannot reach the ISD-R; by ccho: "));
  EXPECT_THAT(channel.error().text, HasSubstr("by csim: the module answered CME 4"));
}

TEST_F(AtFieldFault, F16_ChannelsWereLeftOpen) {
  is_good();
  int open_channels = 3;
  on("AT+CCHC=", [&](const std::string&) {
    --open_channels;
    return lines({"OK"});
  });
  on("AT+CCHO", [&](const std::string&) {
    return open_channels > 0 ? lines({"+CME ERROR: 13"}) : lines({"+CCHO: 1", "OK"});
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(count("AT+CCHO"), 2u);
  EXPECT_EQ(count("AT+CCHC"), 3u);
}

TEST_F(AtFieldFault, F16_ChannelsWereLeftOpenBelowCsim) {
  options.route = AtRoute::kCsim;
  std::set<std::string> left{"01", "02", "03"};
  on("AT+CSIM", [&](const std::string& command) {
    std::string apdu = quoted(command);
    if (apdu.starts_with("007080")) left.erase(apdu.substr(6, 2));
    if (apdu.starts_with("0070000")) return apdu_answer("+CSIM", left.empty() ? "019000" : "6A81");
    return apdu_answer("+CSIM", kOk);
  });
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F17_TheEchoIsOnOrCut) {
  is_good();
  module.echo = true;
  EXPECT_EQ(get_eid(), kOk);
  on("AT+CCHO", "T+CCHO=\"" + rsp::to_hex(aid) + "\"\r\r\n+CCHO: 1\r\n\r\nOK\r\n");
  on("AT+CGLA", "A=1,22,\"80E2910006BF3E035C015A\"\r" + apdu_answer("+CGLA", kOk));
  module.echo = false;
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F18_UnsolicitedLinesStandAnywhere) {
  is_good();
  on("AT+CCHO", "AT+CC*EMRDY: 1\r\nHO=\"" + rsp::to_hex(aid) + "\"\r\r\n+CREG: 1\r\n" +
                    lines({"RDY", "+CCHO: 1", "+QIND: SMS DONE", "POWERED DOWN", "OK"}));
  on("AT+CGLA", lines({"+CEREG: 5", "+CGLA: 46,\"" + std::string(kOk) + "\"", "^boot.rom", "OK"}));
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_THAT(module.sent.back(), HasSubstr("AT+CGLA=1,"));
}

TEST_F(AtFieldFault, F19_AnUnsolicitedLineCutsTheHex) {
  is_good();
  std::string hex = kOk;
  on("AT+CGLA", "\r\n+CGLA: 46,\"" + hex.substr(0, 21) + "\r\n+QIND: \"csq\",31,99\r\n" +
                    hex.substr(21) + "\"\r\n\r\nOK\r\n");
  EXPECT_EQ(get_eid(), kOk);
  // Where octets are lost it is an error, and the command is not sent again.
  on("AT+CGLA", "\r\n+CGLA: 46,\"" + hex.substr(0, 21) + "\r\n+QIND: 1\r\n" + hex.substr(24) +
                    "\"\r\n\r\nOK\r\n");
  module.sent.clear();
  EXPECT_EQ(get_eid(), "decode AT+CGLA cutAnswer");
  EXPECT_EQ(count("AT+CGLA"), 1u);
}

// The module is busy beyond the command's time; then its answers come in the order of the commands.
TEST_F(AtFieldFault, F20_AnAnswerComesTooLate) {
  is_good();
  auto channel = must(open());
  rsp::card::CommandApdu command{0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF3E035C015A"), std::nullopt};
  for (int silences = 1; silences < 10; ++silences) {
    std::optional<std::string> queue;
    int left = silences;
    on("AT", [&](const std::string& text) -> std::optional<std::string> {
      if (text.starts_with("AT+CGLA") && !queue && left > 0)
        return queue.emplace(apdu_answer("+CGLA", "6F00")), "";
      std::string good =
          text.starts_with("AT+CGLA") ? apdu_answer("+CGLA", kOk) : ScriptedModule::usual(text);
      if (!queue) return good;
      *queue += good;
      return "";
    });
    module.on_silence = [&] {
      if (queue && --left == 0) module.say(*std::exchange(queue, std::nullopt));
    };
    // The silence in which its time ends is the first.
    auto late = transport().transmit(channel, command, soon());
    EXPECT_EQ(summary(late), "timeout AT+CGLA");
    // A module that is not heard of at all stays an error, and no answer is taken for another.
    auto next = transport().transmit(channel, command, soon());
    while (!next && left > 0) next = transport().transmit(channel, command, soon());
    if (!next) next = transport().transmit(channel, command, soon());
    ASSERT_TRUE(next) << silences << " " << summary(next);
    EXPECT_EQ(rsp::to_hex(next->encode()), kOk) << silences;
    rules.erase(rules.begin());
    module.on_silence = nullptr;
  }
}

TEST_F(AtFieldFault, F21_NothingIsSentTwice) {
  is_good();
  on("AT+CGLA", std::string());
  EXPECT_EQ(get_eid(), "timeout AT+CGLA");
  for (const char* code : {"ERROR", "+CME ERROR: 13", "+CME ERROR: 100"}) {
    module.sent.clear();
    on("AT+CGLA", lines({code}));
    EXPECT_THAT(get_eid(), HasSubstr("transport AT+CGLA"));
    EXPECT_EQ(count("AT+CGLA"), 1u) << code;
  }
}

// What another program's commands bring is not taken for an answer.
TEST_F(AtFieldFault, F22_AnotherProgramUsesThePort) {
  is_good();
  on("AT+CGLA", lines({"+QGPS: (1-4),(0-255)", "OK"}));
  auto channel = must(open());
  auto response = transport().transmit(
      channel, {0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF2D00"), std::nullopt}, soon());
  EXPECT_EQ(summary(response), "decode AT+CGLA noAnswer");
  EXPECT_THAT(response.error().hint, HasSubstr("ModemManager"));
}

TEST_F(AtFieldFault, F23_OneCommandAtATime) {
  is_good();
  on("AT+CGLA", lines({"+CME ERROR: 100"}));
  auto channel = must(open());
  auto response = transport().transmit(
      channel, {0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF2D00"), std::nullopt}, soon());
  EXPECT_THAT(response.error().hint, HasSubstr("at the same time"));
}

TEST_F(AtFieldFault, F24_HexIsSentWithQuotesAndTakenWithout) {
  is_good();
  on("AT+CGLA", [](const std::string& command) {
    EXPECT_THAT(command, HasSubstr(",\"80E2"));
    return lines({"+CGLA: 46," + std::string(kOk), "OK"});
  });
  EXPECT_EQ(get_eid(), kOk);
}

// The module has fetched the answer by itself.
TEST_F(AtFieldFault, F26_AnAnswerComesWithout61xx) {
  is_good();
  on("AT+CGLA", apdu_answer("+CGLA", kOk));
  Es10Client client(transport(), {});
  EXPECT_TRUE(client.call(rsp::GetEuiccDataRequest{}));
  EXPECT_EQ(client.apdu_count(), 1u);
}

TEST_F(AtFieldFault, F27_SelectWantsAnotherP2) {
  options.route = AtRoute::kCsim;
  on("AT+CSIM", [&](const std::string& command) {
    std::string apdu = quoted(command);
    if (apdu.starts_with("0070")) return apdu_answer("+CSIM", "019000");
    if (apdu.starts_with("01A40400")) return apdu_answer("+CSIM", "6B00");
    return apdu_answer("+CSIM", kOk);
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(count("AT+CSIM=42,\"01A4040C10"), 1u);
}

TEST_F(AtFieldFault, F28_LongLinesAreRefused) {
  options.block_size = 255;
  for (const char* refusal : {"ERROR", "+CME ERROR: 3", "+CGLA: 4,\"6601\""}) {
    made.reset();
    module.sent.clear();
    is_good();
    on("AT+CGLA", [&](const std::string& command) {
      if (command.size() > 200)
        return lines({refusal, refusal[1] == 'C' && refusal[2] == 'G' ? "OK" : ""});
      bool last = quoted(command).substr(4, 2) == "91";
      return apdu_answer("+CGLA", last ? kOk : "9000");
    });
    Es10Client client(transport(), {});
    auto answer = client.send("test", rsp::Bytes(300, 0x11));
    EXPECT_TRUE(answer) << summary(answer);
    // 255, 120, and then five of 60.
    EXPECT_EQ(count("AT+CGLA"), 7u) << refusal;
    EXPECT_EQ(transport().block_size(), 60u);
    client.close();
  }
}

// A length that has passed before is not what a refusal is about.
TEST_F(AtFieldFault, F28_ALengthThatHasPassedStays) {
  options.block_size = 255;
  is_good();
  on("AT+CGLA", apdu_answer("+CGLA", "9000"));
  Es10Client client(transport(), {});
  EXPECT_TRUE(client.send("test", rsp::Bytes(255, 0x11)));
  on("AT+CGLA", lines({"ERROR"}));
  EXPECT_EQ(summary(client.send("test", rsp::Bytes(255, 0x11))), "transport AT+CGLA ERROR");
  EXPECT_EQ(transport().block_size(), 255u);
}

TEST_F(AtFieldFault, F29_TheModulesPolicyForbidsIt) {
  options.route = AtRoute::kCcho;
  on("AT+CCHO", lines({"+CME ERROR: 3"}));
  auto channel = open();
  EXPECT_EQ(summary(channel), "transport AT+CCHO CME 3");
  EXPECT_THAT(channel.error().hint, HasSubstr("ask its vendor"));
}

TEST_F(AtFieldFault, F30_CrsmDoesNotTellTheIccid) {
  on("AT+CRSM", lines({"+CME ERROR: 3"}));
  on("AT+QCCID", lines({"+QCCID: 8988211000000000019F", "OK"}));
  must(transport().connect(soon()));
  EXPECT_EQ(must(module_iccid(transport().port(), **at_dialect("quectel-eg91x"), soon())),
            "8988211000000000019");
}

TEST_F(AtFieldFault, F30_OnlyCrsmTellsTheIccid) {
  on("AT+CCID", lines({"ERROR"}));
  on("AT+ICCID", lines({"+CME ERROR: 100"}));
  on("AT+CRSM=176,12258", lines({"+CRSM: 144,0,\"981211000000000000F1\"", "OK"}));
  must(transport().connect(soon()));
  EXPECT_EQ(must(module_iccid(transport().port(), dialect, soon())),
            "892111000000000000"
            "1");
}

TEST_F(AtFieldFault, F31_AnIccidHasPaddingOrNone) {
  on("AT+CCID", lines({"+CCID: \"8988211000000000019f\"", "OK"}));
  must(transport().connect(soon()));
  auto iccid = must(module_iccid(transport().port(), dialect, soon()));
  EXPECT_EQ(iccid, "8988211000000000019");
  EXPECT_TRUE(same_iccid(iccid, "89882110000000000190"));
}

TEST_F(AtFieldFault, F32_TheIccidIsUnknownWhileTheCardIsOff) {
  std::string function = "0";
  on("AT+CFUN", [&](const std::string& command) {
    if (command == "AT+CFUN?") return lines({"+CFUN: " + function, "OK"});
    function = command.substr(8);
    return lines({"OK"});
  });
  auto iccid = [&](const std::string&) {
    return function == "0" ? lines({"+CME ERROR: 13"})
                           : lines({"+CCID: 8988211000000000019", "OK"});
  };
  on("AT+CCID", iccid);
  on("AT+ICCID", iccid);
  on("AT+CRSM", iccid);
  must(transport().connect(soon()));
  EXPECT_EQ(must(module_iccid(transport().port(), dialect, soon())), "8988211000000000019");
  EXPECT_EQ(function, "0");
}

TEST_F(AtFieldFault, F34_TheResetTakesThePortAway) {
  dialect.port_drops = true;
  options.port.ping = std::chrono::milliseconds(1);
  is_good();
  must(open());
  std::size_t before = module.opened;
  EXPECT_TRUE(transport().reset(soon()));
  EXPECT_EQ(module.opened, before + 1);
  // Both in one write.
  auto off = std::ranges::find(module.sent, "AT+CFUN=0");
  ASSERT_NE(off, module.sent.end());
  EXPECT_EQ(*std::next(off), "AT+CFUN=1");
  EXPECT_EQ(get_eid(), kOk);
}

// URCs went to another port: the state is asked for.
TEST_F(AtFieldFault, F35_NothingIsSaidOfTheCard) {
  is_good();
  int asked = 0;
  dialect.ready_deadline = std::chrono::seconds(2);
  on("AT+CPIN?", [&](const std::string&) {
    return ++asked < 3 ? lines({"+CME ERROR: 14"}) : lines({"+CPIN: READY", "OK"});
  });
  EXPECT_TRUE(transport().reset(soon()));
  EXPECT_EQ(asked, 3);
}

TEST_F(AtFieldFault, F36_AnAnswerEndsWithoutOk) {
  is_good();
  options.route = AtRoute::kCcho;
  on("AT+CCHO", lines({"+CCHO: 1"}));
  on("AT+CGLA", lines({"+CGLA: 46,\"" + std::string(kOk) + "\""}));
  dialect.idle_end = std::chrono::milliseconds(5);
  EXPECT_EQ(get_eid(), kOk);
  // Only where the dialect says so.
  made.reset();
  dialect.idle_end = std::chrono::milliseconds(0);
  EXPECT_EQ(get_eid(), "timeout AT+CCHO");
}

TEST_F(AtFieldFault, F37_TheCardIsBusy) {
  is_good();
  int busy = 3;
  on("AT+CGLA", [&](const std::string&) {
    return busy-- > 0 ? lines({"+CME ERROR: SIM busy"}) : apdu_answer("+CGLA", kOk);
  });
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_EQ(count("AT+CGLA"), 4u);
  module.sent.clear();
  on("AT+CGLA", lines({"+CME ERROR: 14"}));
  EXPECT_EQ(get_eid(), "transport AT+CGLA CME 14");
  EXPECT_EQ(count("AT+CGLA"), 1u + static_cast<std::size_t>(options.busy_tries));
}

TEST_F(AtFieldFault, F38_AnLpaInsideHoldsTheIsdR) {
  dialect = hurried(**at_dialect("quectel-rm5xx"));
  on("AT+CCHO", lines({"+CME ERROR: 13"}));
  on("AT+CSIM", lines({"+CME ERROR: 13"}));
  EXPECT_THAT(open().error().hint, HasSubstr("AT+QESIM=\"lpa_enable\",0"));
}

// The card is switched off and on after every change, whatever the module makes of REFRESH.
TEST_F(AtFieldFault, F39_RefreshIsIgnored) {
  is_good();
  must(open());
  module.sent.clear();
  EXPECT_TRUE(transport().reset(soon()));
  EXPECT_EQ(count("AT+CFUN=0"), 1u);
  EXPECT_EQ(count("AT+CFUN=1"), 1u);
}

TEST_F(AtFieldFault, F40_TheCardRefusesForAWhileAfterAReset) {
  is_good();
  dialect.ready_deadline = std::chrono::seconds(2);
  options.route = AtRoute::kCcho;
  EXPECT_TRUE(transport().reset(soon()));
  int refusals = 3;
  on("AT+CCHO", [&](const std::string&) {
    return refusals-- > 0 ? lines({"+CME ERROR: 13"}) : lines({"+CCHO: 1", "OK"});
  });
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F58_TheNewProfileWantsItsPin) {
  is_good();
  on("AT+CPIN?", lines({"+CPIN: SIM PIN", "OK"}));
  EXPECT_TRUE(transport().reset(soon()));
  EXPECT_EQ(count("AT+CPIN?"), 1u);
  EXPECT_EQ(must(sim_state(transport().port(), soon())), SimState::kPin);
  EXPECT_EQ(get_eid(), kOk);
}

TEST_F(AtFieldFault, F59_NoProfileIsEnabled) {
  is_good();
  for (const char* answer : {"+CME ERROR: 10", "+CME ERROR: 13", "+CPIN: NOT INSERTED"}) {
    on("AT+CPIN?", lines({answer, *answer == '+' && answer[2] == 'P' ? "OK" : ""}));
    EXPECT_TRUE(transport().reset(soon())) << answer;
    EXPECT_EQ(get_eid(), kOk) << answer;
  }
}

TEST_F(AtFieldFault, F87_AResetThatFailsLeavesTheCardOn) {
  is_good();
  must(open());
  on("AT+CFUN=0", lines({"+CME ERROR: 100"}));
  EXPECT_EQ(summary(transport().reset(soon())), "transport AT+CFUN CME 100");
  EXPECT_EQ(module.sent.back(), "AT+CFUN=1");
}

TEST_F(AtFieldFault, F90_TheModuleForgetsThatThereIsAnLpa) {
  is_good();
  must(open());
  std::size_t capability = 0, channel = 0;
  for (std::size_t i = 0; i < module.sent.size(); ++i) {
    if (module.sent[i] == "AT+CSIM=30,\"80AA00000AA9088100820101830107\"") capability = i + 1;
    if (module.sent[i].starts_with("AT+CCHO")) channel = i + 1;
  }
  EXPECT_GT(capability, 0u);
  EXPECT_LT(capability, channel);
}

TEST_F(AtFieldFault, F92_AnAnswerWithoutAComma) {
  is_good();
  on("AT+CGLA", lines({"+CGLA: " + std::string(kOk), "OK"}));
  EXPECT_EQ(get_eid(), kOk);
  for (const char* bad : {"+CGLA:", "+CGLA: ,", "+CGLA: 48", "+CGLA: \"", "+CGLA: ZZ"}) {
    on("AT+CGLA", lines({bad, "OK"}));
    EXPECT_EQ(get_eid(), "decode AT+CGLA cutAnswer") << bad;
  }
}

TEST_F(AtFieldFault, F94_NobodysSettingsAreReset) {
  std::vector<std::string> all;
  module.answer = [&](const std::string& command) -> std::optional<std::string> {
    all.push_back(command);
    return std::nullopt;
  };
  must(transport().connect(soon()));
  EXPECT_THAT(all, ::testing::Contains("ATE0"));
  EXPECT_THAT(all, ::testing::Contains("AT+CMEE=1"));
  for (const std::string& command : all) EXPECT_THAT(command, Not(HasSubstr("ATZ")));
}

TEST_F(AtFieldFault, F96_AChannelOfTheFurtherCoding) {
  options.route = AtRoute::kCsim;
  on("AT+CSIM", [&](const std::string& command) {
    std::string apdu = quoted(command);
    if (apdu.starts_with("0070")) return apdu_answer("+CSIM", "139000");
    return apdu_answer("+CSIM", apdu.starts_with("4FA404") ? "9000" : "6881");
  });
  auto channel = must(open());
  EXPECT_EQ(int(channel.cla_channel), 19);
}

}  // namespace
}  // namespace lpa::testing
