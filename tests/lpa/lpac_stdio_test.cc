// A card behind a program that speaks lpac's APDU protocol, and programs that speak it badly.
#include "lpa/transport/lpac_stdio.h"

#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

rsp::Deadline soon() { return rsp::Deadline::after(std::chrono::seconds(20)); }

/// A program that answers each line in turn with one of these.
std::string answering(const std::string& lines) {
  return "while read -r line; do " + lines + "; done";
}

TEST(LpacStdio, CallsAsLpacDoes) {
  LpacStdioTransport transport(
      R"(read -r a; echo '{"type":"apdu","payload":{"ecode":0}}'; )"
      R"(read -r b; echo '{"type":"apdu","payload":{"ecode":2}}'; )"
      R"(read -r c; case "$c" in *'"param":"81E2910003BF2D00"'*) )"
      R"(echo '{"type":"apdu","payload":{"ecode":0,"data":"BF2D9000"}}';; esac; read -r d)");
  EXPECT_EQ(summary(transport.connect(soon())), "ok");
  auto channel = must(transport.open_channel(Es10Options::default_isd_r_aid(), soon()));
  EXPECT_EQ(channel.cla_channel, 2);
  auto answer = must(transport.transmit(
      channel, {0x81, 0xE2, 0x91, 0x00, *rsp::from_hex("BF2D00"), std::nullopt}, soon()));
  EXPECT_EQ(rsp::to_hex(answer.data), "BF2D");
}

TEST(LpacStdio, ARefusalIsAnError) {
  LpacStdioTransport transport(answering(R"(echo '{"type":"apdu","payload":{"ecode":-1}}')"));
  auto refused = transport.connect(soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "the program refused 'connect' with -1");
}

TEST(LpacStdio, WhatIsNoAnswerIsShown) {
  for (const char* line :
       {"hello", "{}", "[1]", R"({"payload":{"ecode":"0"}})", R"({"payload":7})"}) {
    LpacStdioTransport transport(answering("echo '" + std::string(line) + "'"));
    auto refused = transport.connect(soon());
    ASSERT_FALSE(refused) << line;
    EXPECT_THAT(refused.error().text, ::testing::HasSubstr(line));
  }
}

TEST(LpacStdio, AProgramThatEndsIsAnErrorAtOnce) {
  for (const char* command : {"exit 3", "no-such-program-here 2>/dev/null"}) {
    LpacStdioTransport transport(command);
    auto refused = transport.connect(soon());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text, "the program has ended");
  }
}

TEST(LpacStdio, AProgramThatSaysNothingIsLateAndEndsWithUs) {
  LpacStdioTransport transport("cat >/dev/null");
  auto late = transport.connect(rsp::Deadline::after(std::chrono::milliseconds(20)));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().layer, Layer::kTimeout);
}

TEST(LpacStdio, AnAnswerWithoutAnEndIsLeft) {
  LpacStdioTransport transport("yes x | tr -d '\\n'");
  auto refused = transport.connect(soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().text, "the program's answer has no end");
}

}  // namespace
}  // namespace lpa::testing
