// Which sequence numbers a USIM accepts: 3GPP TS 33.102 Annex C.2, as a profile configures it.
#include "tests/sim_euicc/aka_test_support.h"

namespace sim::testing {
namespace {

constexpr std::uint64_t kDefaultDelta = std::uint64_t{1} << 28;
constexpr std::uint8_t kAgeLimit = 0x01, kWrapAround = 0x02;

AkaParameter with(std::uint8_t options, std::uint64_t delta, std::uint64_t age_limit) {
  AkaParameter parameter = milenage();
  parameter.sqn_options = {options};
  parameter.sqn_delta = seq_octets(delta);
  parameter.sqn_age_limit = seq_octets(age_limit);
  return parameter;
}

// --- Freshness (C.2.2) ---

TEST(SqnFreshness, AHigherSeqIsFresh) {
  Usim usim(milenage());
  for (std::uint64_t seq : {1, 2, 3, 10, 11}) EXPECT_TRUE(usim.accepts(seq, 0)) << seq;
}

TEST(SqnFreshness, ASeqOfZeroIsNeverFresh) {
  Usim usim(milenage());
  for (std::size_t ind = 0; ind < kIndCount; ++ind) EXPECT_FALSE(usim.accepts(0, ind)) << ind;
}

TEST(SqnFreshness, AReplayIsNotFresh) {
  Usim usim(milenage());
  EXPECT_TRUE(usim.accepts(5, 0));
  EXPECT_FALSE(usim.accepts(5, 0));
}

TEST(SqnFreshness, ALowerSeqOfTheSameIndIsNotFresh) {
  Usim usim(milenage());
  EXPECT_TRUE(usim.accepts(5, 9));
  EXPECT_FALSE(usim.accepts(4, 9));
}

TEST(SqnFreshness, ALowerSeqOfAnotherIndIsFreshOnce) {
  Usim usim(milenage());
  EXPECT_TRUE(usim.accepts(100, 0));
  EXPECT_TRUE(usim.accepts(50, 1));
  EXPECT_FALSE(usim.accepts(50, 1));
  EXPECT_TRUE(usim.accepts(50, 31));
}

TEST(SqnFreshness, VectorsOfThirtyTwoDomainsMayComeInAnyOrder) {
  Usim usim(milenage());
  for (std::size_t ind = kIndCount; ind-- > 0;) EXPECT_TRUE(usim.accepts(1 + ind, ind)) << ind;
}

TEST(SqnFreshness, IndBeginsAgainAfter31) {
  Usim usim(milenage());
  for (std::uint64_t number = 0; number < 3 * kIndCount; ++number)
    EXPECT_TRUE(usim.accepts(1 + number, number % kIndCount)) << number;
  for (std::uint64_t number = 0; number < 2 * kIndCount; ++number)
    EXPECT_FALSE(usim.accepts(1 + number, number % kIndCount)) << number;
}

TEST(SqnFreshness, AcceptingChangesTheEntryOfItsIndOnly) {
  Usim usim(milenage());
  SqnState expected;
  EXPECT_TRUE(usim.accepts(7, 4));
  expected.seq[4] = 7;
  EXPECT_EQ(usim.state, expected);
  EXPECT_TRUE(usim.accepts(3, 30));
  expected.seq[30] = 3;
  EXPECT_EQ(usim.state, expected);
}

TEST(SqnFreshness, BeginsWithSqnInit) {
  AkaParameter parameter = milenage();
  parameter.sqn_init[3] = seq_octets(40);
  Usim usim(parameter);
  EXPECT_FALSE(usim.accepts(40, 3));
  EXPECT_TRUE(usim.accepts(40, 2));
  EXPECT_TRUE(usim.accepts(41, 3));
}

TEST(SqnFreshness, EndsWithTheHighestSeq) {
  Usim usim(with(0, 0, 0));
  EXPECT_TRUE(usim.accepts(kMaxSeq, 31));
  EXPECT_EQ(to_hex(usim.state.highest()), "FFFFFFFFFFFF");
  EXPECT_FALSE(usim.accepts(kMaxSeq, 31));
}

// --- SQN_MS ---

TEST(SqnMs, IsZeroWhereNothingWasAcceptedYet) { EXPECT_EQ(SqnState{}.highest(), Sqn{}); }

TEST(SqnMs, IsTheHighestAnywhereWithItsInd) {
  SqnState state;
  state.seq[3] = 20;
  state.seq[9] = 21;
  state.seq[30] = 7;
  EXPECT_EQ(state.highest(), sqn_of(21, 9));
}

TEST(SqnMs, HasTheHighestIndOfSeveral) {
  SqnState state;
  state.seq.fill(20);
  EXPECT_EQ(state.highest(), sqn_of(20, 31));
}

TEST(SqnMs, IsWhatAutsBringsWhateverIndWasRefused) {
  Usim usim(milenage());
  EXPECT_TRUE(usim.accepts(20, 3));
  EXPECT_TRUE(usim.accepts(10, 5));
  EXPECT_EQ(usim.sqn_ms(usim.challenge_with(sqn_of(10, 5))), sqn_of(20, 3));
}

TEST(SqnMs, LetsTheNetworkGoOn) {  // TS 33.102 6.3.5
  Usim usim(milenage());
  EXPECT_TRUE(usim.accepts(200, 17));
  auto known = usim.sqn_ms(usim.challenge_with(sqn_of(1, 17)));
  ASSERT_TRUE(known);
  std::uint64_t number = rsp::big_endian(*known);
  EXPECT_TRUE(usim.accepts((number >> kIndBits) + 1, (number + 1) % kIndCount));
}

// --- Protection against wrap-around (C.2.1) ---

TEST(SqnDelta, AJumpOfDeltaIsAccepted) {
  Usim usim(with(kWrapAround, 1000, 0));
  EXPECT_TRUE(usim.accepts(1000, 0));
  EXPECT_TRUE(usim.accepts(2000, 0));
}

TEST(SqnDelta, AJumpOfMoreIsNot) {
  Usim usim(with(kWrapAround, 1000, 0));
  EXPECT_FALSE(usim.accepts(1001, 0));
  EXPECT_TRUE(usim.accepts(500, 0));
  EXPECT_FALSE(usim.accepts(1501, 0));
}

TEST(SqnDelta, CountsFromTheHighestSeqOfAnyInd) {
  Usim usim(with(kWrapAround, 1000, 0));
  EXPECT_TRUE(usim.accepts(1000, 0));
  EXPECT_FALSE(usim.accepts(2001, 1));
  EXPECT_TRUE(usim.accepts(2000, 1));
}

TEST(SqnDelta, IsTwoToThe28ByDefault) {
  Usim usim(milenage());
  EXPECT_FALSE(usim.accepts(kDefaultDelta + 1, 0));
  EXPECT_TRUE(usim.accepts(kDefaultDelta, 0));
}

TEST(SqnDelta, LimitsNothingWithoutItsOption) {
  Usim usim(with(0, 1000, 0));
  EXPECT_TRUE(usim.accepts(1001, 0));
  EXPECT_TRUE(usim.accepts(kMaxSeq, 0));
}

TEST(SqnDelta, OfZeroLetsNothingIn) {
  Usim usim(with(kWrapAround, 0, 0));
  EXPECT_FALSE(usim.accepts(1, 0));
}

// --- Age limit (C.2.2) ---

TEST(SqnAgeLimit, AnOlderSeqThanLIsRefusedThoughItsIndIsFresh) {
  Usim usim(with(kAgeLimit, 0, 10));
  EXPECT_TRUE(usim.accepts(100, 0));
  EXPECT_FALSE(usim.accepts(90, 1));
  EXPECT_TRUE(usim.accepts(91, 1));
}

TEST(SqnAgeLimit, OfOneTakesTheLatestOnly) {
  Usim usim(with(kAgeLimit, 0, 1));
  EXPECT_TRUE(usim.accepts(100, 0));
  EXPECT_FALSE(usim.accepts(99, 1));
  EXPECT_TRUE(usim.accepts(100, 1));
}

TEST(SqnAgeLimit, OfZeroTakesOnlyHigherOnes) {
  Usim usim(with(kAgeLimit, 0, 0));
  EXPECT_TRUE(usim.accepts(100, 0));
  EXPECT_FALSE(usim.accepts(100, 1));
  EXPECT_TRUE(usim.accepts(101, 1));
}

TEST(SqnAgeLimit, LimitsNothingWithoutItsOption) {
  Usim usim(with(kWrapAround, 1000, 10));
  EXPECT_TRUE(usim.accepts(100, 0));
  EXPECT_TRUE(usim.accepts(1, 1));
}

TEST(SqnAgeLimit, AndDeltaMayBothApply) {
  Usim usim(with(kAgeLimit | kWrapAround, 1000, 10));
  EXPECT_TRUE(usim.accepts(1000, 0));
  EXPECT_FALSE(usim.accepts(990, 1));
  EXPECT_FALSE(usim.accepts(2001, 1));
  EXPECT_TRUE(usim.accepts(995, 1));
}

// --- The test algorithm (TS 34.108 8.1.2) ---

TEST(SqnOfATestUsim, IsNotCheckedAtAll) {
  Usim usim(test_algorithm());
  EXPECT_TRUE(usim.accepts(kMaxSeq, 0));
  EXPECT_TRUE(usim.accepts(kMaxSeq, 0));
  EXPECT_TRUE(usim.accepts(0, 0));
}

TEST(SqnOfATestUsim, IsKeptWhereItIsHigher) {
  Usim usim(test_algorithm());
  EXPECT_TRUE(usim.challenge_with(sqn_of(7, 2)).new_state);
  EXPECT_FALSE(usim.challenge_with(sqn_of(6, 2)).new_state);
  EXPECT_EQ(usim.state.highest(), sqn_of(7, 2));
}

TEST(SqnOfATestUsim, ComesInAutsWhereTheAmfAsksForIt) {
  Usim usim(test_algorithm());
  EXPECT_TRUE(usim.accepts(7, 2));
  auto answer = usim.challenge_with(sqn_of(8, 2), rsp::crypto::kAmfResynch);
  EXPECT_EQ(usim.sqn_ms(answer), sqn_of(7, 2));
  EXPECT_FALSE(answer.new_state);
}

TEST(SqnFreshness, DoesNotDependOnTheAmf) {
  Usim usim(milenage());
  EXPECT_EQ(usim.challenge_with(sqn_of(8, 2), rsp::crypto::kAmfResynch).data[0], 0xDB);
}

}  // namespace
}  // namespace sim::testing
