// Quirks of modules with which lpac's back ends for AT fail or hang; a few are met by none of the
// other tests.
#include "at_test_support.h"

namespace lpa::testing {
namespace {

using ::testing::HasSubstr;

constexpr const char* kOk = "BF3E125A10890490321234512345123456789012359000";

struct Quirk {
  const char* name;
  std::string ccho, cgla;
  const char* outcome = kOk;
  bool echo = false;
  std::size_t chunk = 4096;
};

std::string good_ccho() { return lines({"+CCHO: 1", "OK"}); }
std::string good_cgla() { return apdu_answer("+CGLA", kOk); }
std::string raw(std::string line) { return lines({line, "OK"}); }

struct AtQuirk : AtTest, ::testing::WithParamInterface<Quirk> {};

TEST_P(AtQuirk, EndsAsItShould) {
  const Quirk& quirk = GetParam();
  options.route = AtRoute::kCcho;
  on("AT+CCHO", quirk.ccho);
  on("AT+CGLA", quirk.cgla);
  module.echo = quirk.echo;
  module.chunk = quirk.chunk;
  EXPECT_EQ(get_eid(), quirk.outcome);
}

const std::string kHex = kOk;
const Quirk kQuirks[] = {
    {"Plain", good_ccho(), good_cgla()},
    {"EchoOn", good_ccho(), good_cgla(), kOk, true},
    {"OneOctetAtATime", good_ccho(), good_cgla(), kOk, true, 1},
    {"LowerCase", good_ccho(),
     rsp::lower_case(good_cgla()).replace(rsp::lower_case(good_cgla()).rfind("ok"), 2, "OK")},
    {"Unquoted", good_ccho(), raw("+CGLA: 46," + kHex)},
    {"HexHandle", raw("+CCHO: 000000000385a7cf"), good_cgla()},
    {"BareHandle", raw("1"), good_cgla()},
    {"NoSpace", raw("+CCHO:1"), raw("+CGLA:46,\"" + kHex + "\"")},
    {"UrcBeforeOk", good_ccho(), lines({"+CGLA: 46,\"" + kHex + "\"", "+CREG: 1", "OK"})},
    {"UrcInTheHex", good_ccho(),
     "\r\n+CGLA: 46,\"" + kHex.substr(0, 10) + "\r\n+CREG: 1\r\n" + kHex.substr(10) +
         "\"\r\nOK\r\n"},
    {"WrongLength", good_ccho(), raw("+CGLA: 50,\"" + kHex + "\"")},
    {"CutHex", good_ccho(), raw("+CGLA: 46,\"" + kHex.substr(0, 30) + "\""),
     "decode AT+CGLA cutAnswer"},
    {"MoreToFetch", good_ccho(), apdu_answer("+CGLA", "6115"), "6115"},
    {"ProactiveCommand", good_ccho(), apdu_answer("+CGLA", kHex.substr(0, 42) + "910B"),
     "BF3E125A1089049032123451234512345678901235910B"},
    {"OtherLength", good_ccho(), apdu_answer("+CGLA", "6C15"), "6C15"},
    {"AnswerAfterOk", good_ccho(), lines({"OK", "+CGLA: 46,\"" + kHex + "\""})},
    {"StatusWord6F00", good_ccho(), apdu_answer("+CGLA", "6F00"), "6F00"},
    {"CchoIsAnError", lines({"ERROR"}), good_cgla(), "transport AT+CCHO ERROR"},
    {"CchoIsACmeError", lines({"+CME ERROR: 13"}), good_cgla(), "transport AT+CCHO CME 13"},
    {"CchoIsACmeErrorInWords", lines({"+CME ERROR: SIM failure"}), good_cgla(),
     "transport AT+CCHO CME 13"},
    {"CglaIsACmeError", good_ccho(), lines({"+CME ERROR: 14"}), "transport AT+CGLA CME 14"},
    {"CglaIsSilent", good_ccho(), "", "timeout AT+CGLA"},
    {"CchoIsSilent", "", good_cgla(), "timeout AT+CCHO"},
    {"NoLength", good_ccho(), raw("+CGLA: " + kHex)},
};
INSTANTIATE_TEST_SUITE_P(Lpac, AtQuirk, ::testing::ValuesIn(kQuirks),
                         [](const auto& quirk) { return std::string(quirk.param.name); });

// The port goes away in the middle of a command, and a command later it is back.
TEST_F(AtTest, ThePortDisappears) {
  is_good();
  auto channel = must(open());
  rsp::card::CommandApdu command{0x80, 0xE2, 0x91, 0, *rsp::from_hex("BF3E035C015A"), std::nullopt};
  on("AT+CGLA", [&](const std::string&) {
    module.gone = true;
    return std::string();
  });
  EXPECT_EQ(summary(transport().transmit(channel, command, soon())), "transport AT+CGLA");
  EXPECT_EQ(transport().transmit(channel, command, soon()).error().layer, Layer::kTransport);
  module.gone = false;
  on("AT+CGLA", good_cgla());
  EXPECT_TRUE(transport().transmit(channel, command, soon()));
}

TEST_F(AtTest, AHundredThousandUnsolicitedLinesDoNotMatter) {
  is_good();
  std::string flood;
  for (int i = 0; i < 100'000; ++i) flood += "\r\n+CREG: 1\r\n";
  on("AT+CGLA", flood + good_cgla());
  EXPECT_EQ(get_eid(), kOk);
  EXPECT_GE(transport().port().unsolicited(), 100'000u);
}

// Lines that never end do not keep anybody beyond the deadline.
TEST_F(AtTest, UnsolicitedLinesWithoutEndEndWithTheDeadline) {
  is_good();
  auto channel = must(open());
  NoisyStream endless(module);
  AtPort port(endless, {});
  must(port.open(soon()));
  endless.noise = "+CREG: 1\r\n";
  on("AT+CSQ", std::string());
  auto answer = port.send({.text = "AT+CSQ", .deadline = std::chrono::milliseconds(20)}, soon());
  EXPECT_EQ(summary(answer), "timeout AT+CSQ");
  (void)channel;
}

TEST_F(AtTest, AnAnswerWithoutBoundsIsAnError) {
  is_good();
  std::string endless;
  for (int i = 0; i < 2000; ++i) endless += "\r\n+CCID: 1\r\n";
  on("AT+CCID", endless + "\r\nOK\r\n");
  must(transport().connect(soon()));
  auto answer =
      transport().port().send({.text = "AT+CCID", .answer = AtCommand::Answer::kPrefixed}, soon());
  EXPECT_EQ(summary(answer), "decode AT+CCID answerTooLong");
}

// A handle goes into the next command, so that it must not be a command itself.
TEST_F(AtTest, AHandleWithACommandInItIsRefused) {
  options.route = AtRoute::kCcho;
  for (const char* handle : {"+CCHO: 1;+CFUN=0", "+CCHO: 1\x01", "+CCHO: ", "+CCHO: \"1 2\""}) {
    on("AT+CCHO", lines({handle, "OK"}));
    EXPECT_EQ(summary(open()), "decode AT+CCHO noAnswer") << handle;
  }
}

// --- Dialects ---

TEST(AtDialects, AreFoundByWhatAModuleSays) {
  for (auto [text, name] : {std::pair{"Quectel\nEC25\nRevision: EC25EFAR06A11M4G", "quectel-ec25"},
                            {"EG25", "quectel-ec25"},
                            {"EG916Q-GL", "quectel-eg91x"},
                            {"RM520N-GL", "quectel-rm5xx"},
                            {"FIBOCOM\nFM350-GL", "fibocom-fm350"},
                            {"Sierra Wireless\nEM7590", "sierra-em75xx"},
                            {"SIMCOM_SIM7600E-H", "simcom-7600"},
                            {"Telit\nLE910C1-EU", "telit-le910"},
                            {"Nordic Semiconductor ASA\nnRF9160-SICA", "nrf91"},
                            {"Somebody's own", "27.007"},
                            {"", "27.007"}}) {
    EXPECT_EQ(dialect_of(text).name, name) << text;
  }
}

TEST(AtDialects, AreNamedOnce) {
  std::set<std::string_view> names;
  for (const AtDialect& dialect : at_dialects()) {
    EXPECT_TRUE(names.insert(dialect.name).second);
    EXPECT_EQ(*at_dialect(dialect.name), &dialect);
  }
  EXPECT_THAT(at_dialect("ec25").error().hint, HasSubstr("quectel-ec25"));
}

TEST_F(AtTest, TheModuleIsAskedForItsDialect) {
  is_good();
  on("AT+CGMM", lines({"EG25", "OK"}));
  AtTransport asked(module, {});
  must(asked.connect(soon()));
  EXPECT_EQ(asked.dialect().name, "quectel-ec25");
}

// --- Module functions ---

TEST_F(AtTest, AModuleSaysWhatItIs) {
  on("AT+CGMI", lines({"Quectel", "OK"}));
  on("AT+CGMM", lines({"+CGMM: \"EC25\"", "OK"}));
  on("AT+CGMR", lines({"EC25EFAR06A11M4G", "OK"}));
  on("AT+CGSN", lines({"ERROR"}));
  on("AT+GSN", lines({"861234567890123", "OK"}));
  AtPort port(module, {});
  auto found = must(identity(port, soon()));
  EXPECT_EQ(found.manufacturer, "Quectel");
  EXPECT_EQ(found.model, "EC25");
  EXPECT_EQ(found.revision, "EC25EFAR06A11M4G");
  EXPECT_EQ(found.imei, "861234567890123");
}

TEST(AtSimState, IsThatOfTheAnswer) {
  auto state = [](const std::string& final, std::vector<std::string> answer) {
    return to_string(sim_state_of({*final_result(final), std::move(answer)}));
  };
  EXPECT_EQ(state("OK", {"READY"}), "ready");
  EXPECT_EQ(state("OK", {"\"SIM PIN2\""}), "PIN");
  EXPECT_EQ(state("OK", {"SIM PUK"}), "PUK");
  EXPECT_EQ(state("OK", {"PH-NET PIN"}), "locked");
  EXPECT_EQ(state("OK", {"NOT INSERTED"}), "absent");
  EXPECT_EQ(state("OK", {"NOT READY"}), "not ready");
  EXPECT_EQ(state("OK", {"something else"}), "failure");
  EXPECT_EQ(state("OK", {}), "failure");
  EXPECT_EQ(state("ERROR", {}), "failure");
  EXPECT_EQ(state("+CME ERROR: 10", {}), "absent");
  EXPECT_EQ(state("+CME ERROR: SIM busy", {}), "not ready");
  EXPECT_EQ(state("+CME ERROR: 11", {}), "PIN");
}

TEST_F(AtTest, AModuleSaysWhereItIsRegistered) {
  AtPort port(module, {});
  on("AT+CEREG?", lines({"+CEREG: 2,5,\"1A2B\",\"01A2B3C4\",7", "OK"}));
  EXPECT_EQ(must(registration(port, soon())), Registration::kRoaming);
  on("AT+CEREG?", lines({"+CEREG: 0,90", "OK"}));
  on("AT+CGREG?", lines({"ERROR"}));
  on("AT+CREG?", lines({"+CREG: 0,0", "OK"}));
  EXPECT_EQ(must(registration(port, soon())), Registration::kUiccFailure);
  on("AT+CREG?", lines({"+CREG: 0,1", "OK"}));
  EXPECT_EQ(must(registration(port, soon())), Registration::kHome);
}

}  // namespace
}  // namespace lpa::testing
