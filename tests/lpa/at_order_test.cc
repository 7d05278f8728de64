// Whose answer a line is: nothing that comes before, late or by itself is taken for the answer to
// the command that goes out next.
#include "at_test_support.h"

namespace lpa::testing {
namespace {

using ::testing::HasSubstr;

struct AtOrder : AtTest {
  rsp::card::CommandApdu get_data{0x80,        0xE2, 0x91, 0, *rsp::from_hex("BF3E035C015A"),
                                  std::nullopt};
};

// A program that was killed, or a reset, left a command that ends while the port is being opened.
TEST_F(AtOrder, OpeningThePortOutlivesACommandOfAnotherProgram) {
  is_good();
  for (int late_after = 1; late_after <= 3; ++late_after) {
    // The module answers in the order of its commands, the foreign one first.
    std::string queue = apdu_answer("+CGLA", "6F00");
    int pings = 0;
    bool held = true;
    on("AT", [&](const std::string& text) -> std::optional<std::string> {
      if (!held) return std::nullopt;
      queue += ScriptedModule::usual(text);
      if (text == "AT" && ++pings == late_after) {
        held = false;
        return std::exchange(queue, {});
      }
      return "";
    });
    AtPort port(module, {});
    ASSERT_TRUE(port.open(soon())) << late_after;
    auto answer = port.send({.text = "AT+CPIN?", .answer = AtCommand::Answer::kPrefixed}, soon());
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->first(), "READY") << late_after;
    port.close();
    rules.erase(rules.begin());
  }
}

TEST_F(AtOrder, AMarkThatDoesNotComeLeavesThePortOutOfStep) {
  AtPort port(module, {});
  must(port.open(soon()));
  on("AT+CSQ", std::string());
  EXPECT_EQ(summary(port.send({.text = "AT+CSQ"}, soon())), "timeout AT+CSQ");
  on("AT+CMEE?", std::string());
  EXPECT_EQ(summary(port.send({.text = "AT+CPIN?"}, soon())), "timeout AT+CMEE");
  EXPECT_EQ(count("AT+CPIN"), 0u);
  rules.erase(rules.begin());
  EXPECT_TRUE(port.send({.text = "AT+CPIN?"}, soon()));
}

// A call that nobody took: its end is no final result of ours.
TEST_F(AtOrder, ACallThatEndsEndsNoCommand) {
  is_good();
  auto channel = must(open());
  module.say("\r\nRING\r\n\r\nNO CARRIER\r\n");
  on("AT+CGLA", "\r\nNO CARRIER\r\n" + apdu_answer("+CGLA", kEid));
  auto response = transport().transmit(channel, get_data, soon());
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(rsp::to_hex(response->encode()), kEid);
}

// OK came first, and the answer too late: it is not the next one's.
TEST_F(AtOrder, AnAnswerBehindItsCommandIsNotTheNextOnes) {
  is_good();
  auto channel = must(open());
  on("AT+CGLA", lines({"OK"}));
  EXPECT_EQ(summary(transport().transmit(channel, get_data, soon())), "decode AT+CGLA noAnswer");
  module.say(lines({"+CGLA: 4,\"6F00\""}));
  on("AT+CGLA", apdu_answer("+CGLA", kEid));
  EXPECT_EQ(rsp::to_hex(must(transport().transmit(channel, get_data, soon())).encode()), kEid);
}

// Octets that never make a line.
TEST_F(AtOrder, AFloodWithoutLinesEndsWithTheDeadline) {
  NoisyStream flood(module);
  AtPort port(flood, {.ping = std::chrono::milliseconds(20)});
  must(port.open(soon()));
  on("AT+CSQ", std::string());
  for (const char* noise : {"xxxx", "\r\n", "\0\0"}) {
    flood.noise = noise;
    auto answer = port.send({.text = "AT+CSQ", .deadline = std::chrono::milliseconds(20)}, soon());
    EXPECT_EQ(answer.error().layer, Layer::kTimeout) << noise;
    flood.noise.clear();
    port.close();
    must(port.open(soon()));
  }
}

TEST_F(AtOrder, F87_ADeadlineThatIsOverLeavesTheCardOn) {
  is_good();
  must(open());
  on("AT+CFUN=0", [&](const std::string&) -> std::optional<std::string> { return ""; });
  // Silence takes what there was of the deadline.
  (void)transport().reset(rsp::Deadline::after(std::chrono::milliseconds(0)));
  EXPECT_EQ(count("AT+CFUN=1"), 1u);
}

TEST_F(AtOrder, AModuleThatIsSilentOnCsimIsAskedOnce) {
  is_good();
  on("AT+CSIM", std::string());
  options.route = std::nullopt;
  EXPECT_EQ(get_eid(), kEid);
  must(transport().reset(soon()));
  EXPECT_EQ(get_eid(), kEid);
  EXPECT_EQ(count("AT+CSIM"), 1u);
}

// The module crashed and came back: its channels are gone, and the LPA opens another one.
TEST_F(AtOrder, AModuleThatStartedAnewGetsANewChannel) {
  is_good();
  Es10Client es10(transport(), {});
  rsp::GetEuiccDataRequest request;
  must(es10.call(request));
  on("AT+CGLA", [this](const std::string&) {
    module.gone = true;
    return std::string();
  });
  EXPECT_EQ(es10.call(request).error().layer, Layer::kTransport);
  module.gone = false;
  bool opened = false;
  on("AT+CCHO", [&](const std::string&) {
    opened = true;
    return lines({"+CCHO: 1", "OK"});
  });
  on("AT+CGLA", [&](const std::string&) {
    return opened ? apdu_answer("+CGLA", kEid) : lines({"+CME ERROR: 100"});
  });
  EXPECT_EQ(summary(es10.call(request)), "transport AT+CGLA CME 100");
  EXPECT_TRUE(es10.call(request));
}

}  // namespace
}  // namespace lpa::testing
