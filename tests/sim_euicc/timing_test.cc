// How long a card would have taken: no test here waits.
#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::string_view kSelectIsdR = "00A4040C10A0000005591010FFFFFFFF8900000100";

class Timing : public ::testing::Test {
 protected:
  /// How long the commands since the last call would have taken.
  nanoseconds took() { return card.euicc->take_delay(); }
  Bench card;
  TimingProfile& timing = card.persona.timing;
};

TEST_F(Timing, ByDefaultNothingTakesAnyTime) {
  card.start();
  card.install(1);
  EXPECT_EQ(took(), 0ns);
}

TEST_F(Timing, EveryApduTakesItsTimeAndThatOfItsOctets) {
  timing.command = 1ms;
  timing.octet = 10us;
  card.start();
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(took(), 1ms + (21 + 2) * 10us);
}

TEST_F(Timing, IsTakenOnce) {
  timing.command = 1ms;
  card.start();
  card.apdu(kSelectIsdR);
  EXPECT_EQ(took(), 1ms);
  EXPECT_EQ(took(), 0ms);
}

TEST_F(Timing, AddsUpUntilItIsTaken) {
  timing.command = 1ms;
  card.start();
  for (int i = 0; i < 3; ++i) card.apdu(kSelectIsdR);
  EXPECT_EQ(took(), 3ms);
}

TEST_F(Timing, AnInstructionTakesItsOwn) {
  timing.work["SELECT"] = 5ms;
  card.start();
  card.apdu(kSelectIsdR);
  EXPECT_EQ(took(), 5ms);
  card.apdu("0070000001");
  EXPECT_EQ(took(), 0ms);
}

TEST_F(Timing, AFunctionTakesItsTimeWithTheBlockThatCompletesIt) {
  timing.work["ES10c.GetEID"] = 7ms;
  card.start();
  card.apdu(kSelectIsdR);
  EXPECT_EQ(card.apdu("80E2110003BF3E03"), "9000");
  EXPECT_EQ(took(), 0ms);
  EXPECT_EQ(card.apdu("80E29101035C015A"), "6115");
  EXPECT_EQ(took(), 7ms);
  card.apdu("00C0000015");
  EXPECT_EQ(took(), 0ms);
}

TEST_F(Timing, EachSegmentOfAPackageTakesThatOfWhatItIsFor) {
  timing.work[std::string(kInitialiseSecureChannelWork)] = 1s;
  timing.work[std::string(kConfigureIsdpWork)] = 10s;
  timing.work[std::string(kStoreMetadataWork)] = 100s;
  timing.work[std::string(kReplaceSessionKeysWork)] = 1000s;
  timing.work[std::string(kLoadProfileElementsWork)] = 10'000s;
  timing.work[std::string(kLastSegmentWork)] = 10'000'000s;
  card.start();
  Dp dp(card.pki);
  auto metadata = metadata_for(1);
  Bpp bpp = card.bind(dp, dp.plan(metadata, package_for(metadata)));
  ASSERT_EQ(bpp.metadata.size(), 1U);
  took();
  EXPECT_EQ(card.load(bpp.segments()), "installed");
  EXPECT_EQ(took(), 10'001'111s + (bpp.package.size() - 1) * 10'000s);
}

TEST_F(Timing, WhatIsNoCommandStillHasOctets) {
  timing.octet = 1ms;
  card.start();
  EXPECT_EQ(card.apdu("00"), "6700");
  EXPECT_EQ(took(), 3ms);
}

TEST_F(Timing, ADownloadByTheMeasuredCardTakesAboutTwentySeconds) {  // 22.1 s were measured
  timing = timing_preset("sysmoeuicc1-c2t").value();
  card.start();
  card.install(1);
  EXPECT_GT(took(), 13s);
  EXPECT_LT(took(), 25s);
}

TEST(TimingPreset, IsWhatWasMeasured) {
  auto timing = timing_preset("sysmoeuicc1-c2t").value();
  EXPECT_EQ(timing.command, 1070us);
  EXPECT_EQ(timing.octet, 62300ns);
  EXPECT_EQ(timing.work.at("ES10b.AuthenticateServer"), 2960ms);
  EXPECT_EQ(timing.work.at("ES10b.PrepareDownload"), 3710ms);
  EXPECT_EQ(timing.work.at("ES10b.GetEUICCChallenge"), 4600us);
}

TEST(TimingPreset, OfNobodyIsNone) { EXPECT_FALSE(timing_preset("nobody")); }

}  // namespace
}  // namespace sim::testing
