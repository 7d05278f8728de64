// The framing of vpcd, without sockets.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "sim_euicc/frontends/vpcd_frames.h"

namespace sim::testing {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Bytes octets(std::string_view hex) { return *rsp::from_hex(hex); }

void feed(FrameBuffer& frames, BytesView more) {
  while (!more.empty()) {
    std::span<std::uint8_t> space = frames.space();
    ASSERT_FALSE(space.empty());
    std::size_t count = std::min(space.size(), more.size());
    std::copy_n(more.begin(), count, space.begin());
    frames.filled(count);
    more = more.subspan(count);
  }
}

/// All payloads that are complete.
std::vector<std::string> payloads(FrameBuffer& frames) {
  std::vector<std::string> out;
  while (auto payload = frames.next()) out.push_back(rsp::to_hex(*payload));
  return out;
}

TEST(FrameBuffer, GivesPayloadsInOrder) {
  FrameBuffer frames;
  feed(frames, octets("0001040005007000000100000002ABCD"));
  EXPECT_THAT(payloads(frames), ElementsAre("04", "0070000001", "", "ABCD"));
  EXPECT_FALSE(frames.midway());
}

TEST(FrameBuffer, WaitsForTheRestOfALength) {
  FrameBuffer frames;
  feed(frames, octets("00"));
  EXPECT_THAT(payloads(frames), IsEmpty());
  EXPECT_TRUE(frames.midway());
  feed(frames, octets("0104"));
  EXPECT_THAT(payloads(frames), ElementsAre("04"));
}

TEST(FrameBuffer, WaitsForTheRestOfAPayload) {
  FrameBuffer frames;
  feed(frames, octets("000500700000"));
  EXPECT_THAT(payloads(frames), IsEmpty());
  EXPECT_TRUE(frames.midway());
  feed(frames, octets("01000104"));
  EXPECT_THAT(payloads(frames), ElementsAre("0070000001", "04"));
}

TEST(FrameBuffer, TakesOctetAfterOctet) {
  FrameBuffer frames;
  std::vector<std::string> got;
  for (std::uint8_t octet : octets("0001040002010200000001FF")) {
    feed(frames, {&octet, 1});
    for (std::string& payload : payloads(frames)) got.push_back(std::move(payload));
  }
  EXPECT_THAT(got, ElementsAre("04", "0102", "", "FF"));
}

TEST(FrameBuffer, HoldsTheLongestFrame) {
  FrameBuffer frames;
  Bytes longest(kMostPayload);
  for (std::size_t i = 0; i < longest.size(); ++i) longest[i] = static_cast<std::uint8_t>(i * 7);
  feed(frames, octets("000104FFFF"));
  EXPECT_THAT(payloads(frames), ElementsAre("04"));
  feed(frames, longest);
  auto payload = frames.next();
  ASSERT_TRUE(payload);
  EXPECT_TRUE(rsp::equal(*payload, longest));
  feed(frames, octets("000104"));
  EXPECT_THAT(payloads(frames), ElementsAre("04"));
}

TEST(FrameBuffer, HoldsNoMoreThanOneFrameBetweenReads) {
  FrameBuffer frames;
  Bytes flood;
  for (int i = 0; i < 10'000; ++i) rsp::append(flood, octets("0002AAAA"));
  std::size_t count = 0, most = 0;
  for (BytesView rest = flood; !rest.empty();) {
    std::span<std::uint8_t> space = frames.space();
    most = std::max(most, space.size());
    std::size_t some = std::min(space.size(), rest.size());
    std::copy_n(rest.begin(), some, space.begin());
    frames.filled(some);
    rest = rest.subspan(some);
    count += payloads(frames).size();
  }
  EXPECT_EQ(count, 10'000U);
  EXPECT_LE(most, kMostPayload + 2);
}

TEST(FrameBuffer, ForgetsHalfAFrame) {
  FrameBuffer frames;
  feed(frames, octets("0005AABB"));
  frames.clear();
  EXPECT_FALSE(frames.midway());
  feed(frames, octets("000104"));
  EXPECT_THAT(payloads(frames), ElementsAre("04"));
}

TEST(Frame, IsLengthAndPayload) {
  Bytes frame = octets("FFFF");
  write_frame(frame, octets("9000"));
  EXPECT_EQ(rsp::to_hex(frame), "00029000");
  write_frame(frame, {});
  EXPECT_EQ(rsp::to_hex(frame), "0000");
  write_frame(frame, Bytes(0x1234));
  EXPECT_EQ(frame.size(), 0x1236U);
  EXPECT_EQ(rsp::to_hex(BytesView(frame).first(2)), "1234");
}

/// Answers each command with itself, and numbers its resets in the ATR.
class EchoCard final : public rsp::card::Card {
 public:
  Bytes reset() override { return {0x3B, ++resets}; }
  Bytes transmit(BytesView command) override {
    ++commands;
    return rsp::to_bytes(command);
  }
  std::uint8_t resets = 0;
  int commands = 0;
};

class VpcdCardTest : public ::testing::Test {
 protected:
  /// The answer in hexadecimal, "nothing" where there is none.
  std::string ask(std::string_view payload) {
    auto answer = card.answer_to(octets(payload));
    return answer ? rsp::to_hex(*answer) : "nothing";
  }
  EchoCard honest;
  VpcdCard card{honest};
};

TEST_F(VpcdCardTest, PowerAndResetGetNoAnswer) {
  EXPECT_EQ(ask("01"), "nothing");
  EXPECT_EQ(ask("02"), "nothing");
  EXPECT_EQ(ask("00"), "nothing");
  EXPECT_EQ(honest.resets, 2);
}

TEST_F(VpcdCardTest, TellsTheAtrOfTheLastReset) {
  ask("01");
  EXPECT_EQ(ask("04"), "3B01");
  EXPECT_EQ(ask("04"), "3B01");
  ask("02");
  EXPECT_EQ(ask("04"), "3B02");
}

TEST_F(VpcdCardTest, HasAnAtrBeforeAnybodySwitchedItOn) {
  EXPECT_EQ(ask("04"), "3B01");
  EXPECT_EQ(ask("04"), "3B01");
}

// vpcd asks a card that is off for its ATR several times a second, to see whether it is there.
TEST_F(VpcdCardTest, TellsItsAtrWithoutPowerAndStaysOff) {
  ask("01");
  ask("00");
  EXPECT_EQ(ask("04"), "3B01");
  EXPECT_EQ(ask("00A40000"), "");
  EXPECT_EQ(honest.resets, 1);
}

TEST_F(VpcdCardTest, AnswersNothingWithoutPower) {
  ask("00");
  EXPECT_EQ(ask("00A40000"), "");
  EXPECT_EQ(honest.commands, 0);
  ask("01");
  EXPECT_EQ(ask("00A40000"), "00A40000");
}

TEST_F(VpcdCardTest, HasPowerFromTheBeginning) { EXPECT_EQ(ask("00A40000"), "00A40000"); }

TEST_F(VpcdCardTest, GivesAnEmptyPayloadToTheCard) {
  EXPECT_EQ(ask(""), "");
  EXPECT_EQ(honest.commands, 1);
}

TEST_F(VpcdCardTest, IgnoresOtherSingleOctets) {
  for (const char* payload : {"03", "05", "10", "7F", "80", "FF"})
    EXPECT_EQ(ask(payload), "nothing");
  EXPECT_EQ(honest.commands, 0);
  EXPECT_EQ(honest.resets, 0);
}

TEST_F(VpcdCardTest, ReportsAnAnswerThatNoFrameCarries) {
  EXPECT_EQ(card.answer_to(Bytes(kMostPayload))->size(), kMostPayload);
  EXPECT_EQ(rsp::to_hex(*card.answer_to(Bytes(kMostPayload + 1))), "6F00");
}

}  // namespace
}  // namespace sim::testing
