// Octets as text, digits, randomness, time and errors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <thread>

#include "rsp/base/base64.h"
#include "rsp/base/clock.h"
#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/base/result.h"
#include "rsp/base/trace.h"

namespace rsp {
namespace {

using testing::ElementsAre;

// --- Octets ---

TEST(Bytes, ConcatJoinsInOrderAndTakesEmptyParts) {
  EXPECT_EQ(concat({"01"_hex, {}, "0203"_hex}), "010203"_hex);
  EXPECT_EQ(concat({}), Bytes{});
}

TEST(Bytes, EqualComparesLengthAndContent) {
  EXPECT_TRUE(equal("0102"_hex, "0102"_hex));
  EXPECT_FALSE(equal("0102"_hex, "010203"_hex));
  EXPECT_FALSE(equal("0102"_hex, "0103"_hex));
  EXPECT_TRUE(equal({}, {}));
}

TEST(Bytes, BigEndianReadsUpToEightOctets) {
  EXPECT_EQ(big_endian({}), 0u);
  EXPECT_EQ(big_endian("FF"_hex), 255u);
  EXPECT_EQ(big_endian("0100"_hex), 256u);
  EXPECT_EQ(big_endian("FFFFFFFFFFFFFFFF"_hex), UINT64_MAX);
}

TEST(Bytes, TextAndOctetsAreViewsOfTheSameMemory) {
  std::string text("a\0\xFF", 3);
  EXPECT_EQ(to_bytes(view_of(text)), "6100FF"_hex);
  EXPECT_EQ(text_of("6100FF"_hex), text);
}

// --- Hexadecimal ---

TEST(Hex, IsWrittenInUpperCase) {
  EXPECT_EQ(to_hex(Bytes{0x00, 0x0F, 0xAB, 0xFF}), "000FABFF");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, IsReadInEitherCase) {
  EXPECT_EQ(from_hex("00ffAbCd").value(), (Bytes{0x00, 0xFF, 0xAB, 0xCD}));
  EXPECT_EQ(from_hex("").value(), Bytes{});
}

TEST(Hex, RoundTripsEveryOctet) {
  Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  EXPECT_EQ(from_hex(to_hex(all)).value(), all);
}

TEST(Hex, OddLengthIsRefusedWithTheLength) {
  auto octets = from_hex("ABC");
  ASSERT_FALSE(octets);
  EXPECT_EQ(octets.error().layer, Layer::kDecode);
  EXPECT_EQ(octets.error().text, "hexadecimal text has an odd length of 3");
}

TEST(Hex, ForeignCharacterIsRefusedWithItsPosition) {
  EXPECT_EQ(from_hex("0G").error().text, "character 2 is no hexadecimal digit");
  // The neighbours of the digits in ASCII, a blank, a sign, and an octet beyond ASCII.
  for (char foreign : {'/', ':', '@', 'G', '`', 'g', ' ', '-', '\xC3', '\0'}) {
    EXPECT_FALSE(from_hex(std::string("0") + foreign)) << static_cast<int>(foreign);
    EXPECT_FALSE(from_hex(foreign + std::string("0"))) << static_cast<int>(foreign);
  }
}

TEST(Hex, MalformedLiteralIsABugAndThrows) { EXPECT_THROW("0G"_hex, std::logic_error); }

// --- Base64 (RFC 4648) ---

struct Base64Vector {
  std::string octets, text;
};
// RFC 4648, clause 10, and the two characters that the alphabets differ in.
const Base64Vector kBase64Vectors[] = {
    {"", ""},
    {"f", "Zg=="},
    {"fo", "Zm8="},
    {"foo", "Zm9v"},
    {"foob", "Zm9vYg=="},
    {"fooba", "Zm9vYmE="},
    {"foobar", "Zm9vYmFy"},
    {"\xFB\xEF\xFF", "++//"},
};

TEST(Base64, WritesTheVectorsOfRfc4648) {
  for (const auto& [octets, text] : kBase64Vectors) EXPECT_EQ(to_base64(view_of(octets)), text);
}

TEST(Base64, ReadsTheVectorsOfRfc4648) {
  for (const auto& [octets, text] : kBase64Vectors) {
    auto read = from_base64(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(text_of(*read), octets);
  }
}

TEST(Base64, RoundTripsEveryLengthUpTo100) {
  SeededRandom random(64);
  for (std::size_t size = 0; size <= 100; ++size) {
    Bytes octets(size);
    random.fill(octets);
    std::string text = to_base64(octets);
    EXPECT_EQ(text.size(), (size + 2) / 3 * 4);
    EXPECT_EQ(from_base64(text).value(), octets) << text;
  }
}

// Field fault F72: some servers break lines as in MIME, or leave the padding out.
TEST(Base64, LineBreaksAndBlanksAreSkippedAnywhere) {
  EXPECT_EQ(from_base64("Zm9v\r\nYmFy\r\n").value(), to_bytes(view_of("foobar")));
  EXPECT_EQ(from_base64(" Z\tm 9\nv ").value(), to_bytes(view_of("foo")));
  EXPECT_EQ(from_base64("Zg=\r\n=\n").value(), to_bytes(view_of("f")));
  EXPECT_EQ(from_base64(" \r\n").value(), Bytes{});
}

TEST(Base64, MissingPaddingIsAccepted) {
  EXPECT_EQ(from_base64("Zg").value(), to_bytes(view_of("f")));
  EXPECT_EQ(from_base64("Zg=").value(), to_bytes(view_of("f")));
  EXPECT_EQ(from_base64("Zm8").value(), to_bytes(view_of("fo")));
}

TEST(Base64, ForeignCharactersAreRefusedWithTheirPosition) {
  EXPECT_EQ(from_base64("Zm9v*mFy").error().text, "character 5 does not belong into base64");
  // The alphabet for file names is another one (RFC 4648, clause 5).
  for (char foreign : {'-', '_', '.', ',', '\0', '\x80', '\xFF'}) {
    EXPECT_FALSE(from_base64(std::string("Zm9") + foreign)) << static_cast<int>(foreign);
  }
}

TEST(Base64, NothingComesAfterThePadding) {
  EXPECT_EQ(from_base64("Zg==Zg==").error().text, "character 5 does not belong into base64");
}

TEST(Base64, OneDigitAloneGivesNoOctet) {
  EXPECT_EQ(from_base64("Zm9vY").error().text, "base64 ends in the middle of an octet");
  EXPECT_EQ(from_base64("Z").error().layer, Layer::kDecode);
}

// --- Swapped digits (SGP.22 pitfall H 2) ---

TEST(SwappedBcd, IccidOf19DigitsEndsInAnFOnTheWire) {
  EXPECT_EQ(to_hex(to_swapped_bcd("8929901012345678905", 10).value()), "989209012143658709F5");
  EXPECT_EQ(from_swapped_bcd("989209012143658709F5"_hex), "8929901012345678905");
}

TEST(SwappedBcd, IccidOf20DigitsFillsAllOctets) {
  EXPECT_EQ(to_hex(to_swapped_bcd("89001012012341234012", 10).value()), "98000121103214320421");
  EXPECT_EQ(from_swapped_bcd("98000121103214320421"_hex), "89001012012341234012");
}

TEST(SwappedBcd, ShorterNumbersAreFilledWithF) {
  EXPECT_EQ(to_hex(to_swapped_bcd("123", 4).value()), "21F3FFFF");
  EXPECT_EQ(to_hex(to_swapped_bcd("", 2).value()), "FFFF");
  EXPECT_EQ(from_swapped_bcd("21F3FFFF"_hex), "123");
  EXPECT_EQ(from_swapped_bcd("FFFF"_hex), "");
  EXPECT_EQ(from_swapped_bcd({}), "");
}

// Field fault F57: cards with an F inside the ICCID exist, and it must not cut the number.
TEST(SwappedBcd, AnFInTheMiddleIsKept) {
  EXPECT_EQ(from_swapped_bcd("98F2FF01F5"_hex), "892FFF105");
}

TEST(SwappedBcd, OtherNibblesAreShownAsTheyAre) { EXPECT_EQ(from_swapped_bcd("A1CB"_hex), "1ABC"); }

TEST(SwappedBcd, TooManyDigitsAreRefused) {
  auto octets = to_swapped_bcd("123456789012345678901", 10);
  ASSERT_FALSE(octets);
  EXPECT_EQ(octets.error().layer, Layer::kInput);
  EXPECT_EQ(octets.error().text, "21 digits do not fit into 10 octets");
}

TEST(SwappedBcd, WhatIsNoDigitIsRefusedWithItsPosition) {
  EXPECT_EQ(to_swapped_bcd("89A", 10).error().text, "character 3 of '89A' is no digit");
  for (std::string foreign : {"/", ":", "F", " ", "-"})
    EXPECT_FALSE(to_swapped_bcd(foreign, 1)) << foreign;
}

// --- Randomness ---

// The words were computed from the published description: splitmix64 over the seed for the state,
// then xoshiro256**. Those for 0 are also the published ones of other implementations.
TEST(SeededRandom, IsXoshiro256StarStar) {
  auto words = [](std::uint64_t seed) {
    SeededRandom random(seed);
    std::vector<std::uint64_t> out(4);
    for (auto& word : out) word = random.next();
    return out;
  };
  EXPECT_THAT(words(0), ElementsAre(0x99EC5F36CB75F2B4, 0xBF6E1F784956452A, 0x1A5F849D4933E6E0,
                                    0x6AA594F1262D2D2C));
  EXPECT_THAT(words(1), ElementsAre(0xB3F2AF6D0FC710C5, 0x853B559647364CEA, 0x92F89756082A4514,
                                    0x642E1C7BC266A3A7));
  EXPECT_THAT(words(42), ElementsAre(0x15780B2E0C2EC716, 0x6104D9866D113A7E, 0xAE17533239E499A1,
                                     0xECB8AD4703B360A1));
}

TEST(SeededRandom, FillsOctetsFromTheLowEndOfEachWord) {
  SeededRandom random(0);
  EXPECT_EQ(to_hex(random.octets<10>()), "B4F275CB365FEC992A45");
}

TEST(SeededRandom, OneSeedGivesOneStream) {
  SeededRandom a(7), b(7), c(8);
  Octets<32> first = a.octets<32>();
  EXPECT_EQ(to_hex(first), to_hex(b.octets<32>()));
  EXPECT_NE(to_hex(first), to_hex(c.octets<32>()));
  EXPECT_NE(to_hex(first), to_hex(a.octets<32>()));
}

TEST(SystemRandom, DoesNotRepeatAcrossItsBlocks) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 64; ++i) seen.insert(to_hex(random.octets<16>()));
  EXPECT_EQ(seen.size(), 64u);
}

// --- Time ---

TEST(Deadline, InTheFutureHasTimeLeft) {
  Deadline deadline = Deadline::after(std::chrono::hours(1));
  EXPECT_FALSE(deadline.passed());
  EXPECT_GT(deadline.remaining(), std::chrono::minutes(59));
  EXPECT_LE(deadline.remaining(), std::chrono::hours(1));
}

TEST(Deadline, InThePastHasNoTimeLeftAndNeverANegativeOne) {
  Deadline deadline = Deadline::after(std::chrono::seconds(-5));
  EXPECT_TRUE(deadline.passed());
  EXPECT_EQ(deadline.remaining(), std::chrono::milliseconds(0));
}

// Rounding down would make a caller wait for 0 ms over and over in the last millisecond.
TEST(Deadline, ThatHasNotPassedHasAtLeastAMillisecondLeft) {
  Deadline deadline = Deadline::after(std::chrono::milliseconds(3));
  while (!deadline.passed()) {
    auto left = deadline.remaining();
    if (deadline.passed()) break;
    ASSERT_GE(left, std::chrono::milliseconds(1));
  }
}

TEST(ManualClock, StandsStillUntilItIsMoved) {
  ManualClock clock(Clock::TimePoint(std::chrono::seconds(1000)));
  EXPECT_EQ(clock.now(), clock.now());
  clock.advance(std::chrono::milliseconds(5));
  EXPECT_EQ(clock.now().time_since_epoch(), std::chrono::milliseconds(1000005));
  clock.set(Clock::TimePoint(std::chrono::seconds(1)));
  EXPECT_EQ(clock.now().time_since_epoch(), std::chrono::seconds(1));
}

// --- Errors ---

TEST(Error, MessageHasEveryPartThatIsKnown) {
  Error error{.layer = Layer::kCard,
              .step = "ES10c.EnableProfile",
              .code = "catBusy",
              .path = "enableResult",
              .text = "the card is busy",
              .hint = "try again"};
  EXPECT_EQ(error.message(),
            "card, ES10c.EnableProfile [catBusy] at enableResult: the card is busy (try again)");
}

TEST(Error, MessageLeavesOutWhatIsNotKnown) {
  EXPECT_EQ((Error{.layer = Layer::kTimeout, .text = "nothing came"}).message(),
            "timeout: nothing came");
  EXPECT_EQ((Error{.layer = Layer::kApdu, .code = "6A82", .text = "x"}).message(),
            "apdu [6A82]: x");
}

TEST(Error, StepIsFilledInOnlyWhereThereIsNone) {
  EXPECT_EQ(at_step({.text = "x"}, "outer").step, "outer");
  EXPECT_EQ(at_step({.step = "inner", .text = "x"}, "outer").step, "inner");
}

TEST(Error, EveryLayerHasANameOfItsOwn) {
  using enum Layer;
  std::set<std::string_view> names;
  for (Layer layer :
       {kInput, kTransport, kApdu, kCard, kDecode, kCrypto, kHttp, kServer, kTimeout, kStorage}) {
    names.insert(to_string(layer));
  }
  EXPECT_EQ(names.size(), 10u);
  EXPECT_FALSE(names.contains("unknown"));
}

Result<int> half(int number) {
  if (number % 2 != 0) return failure({.text = "odd"});
  return number / 2;
}
Result<int> quarter(int number) {
  RSP_TRY(int halved, half(number));
  return half(halved);
}
Status even(int number) {
  RSP_CHECK(half(number));
  return {};
}

TEST(Result, TryGivesTheValueOrReturnsTheError) {
  EXPECT_EQ(quarter(8).value(), 2);
  EXPECT_EQ(quarter(6).error().text, "odd");
  EXPECT_EQ(quarter(3).error().text, "odd");
  EXPECT_TRUE(even(2));
  EXPECT_EQ(even(1).error().text, "odd");
}

// --- Trace ---

TEST(TraceRecorder, KeepsEventsInTheOrderTheyCame) {
  TraceRecorder recorder;
  recorder.event({TraceKind::kApdu, Party::kLpa, Party::kEuicc, "SELECT", "", "00A4"_hex});
  recorder.event({TraceKind::kHttp, Party::kLpa, Party::kServer, "POST", "", {}});
  ASSERT_EQ(recorder.records().size(), 2u);
  EXPECT_EQ(recorder.records()[0].event.name, "SELECT");
  EXPECT_EQ(to_hex(recorder.records()[0].event.bytes), "00A4");
  EXPECT_LE(recorder.records()[0].at, recorder.records()[1].at);
}

TraceEvent note(std::string name) {
  return {TraceKind::kStep, Party::kLpa, Party::kLpa, std::move(name), "", {}};
}

TEST(TraceRecorder, KnowsWhenItBegan) {
  auto before = std::chrono::system_clock::now();
  TraceRecorder recorder;
  EXPECT_GE(recorder.start(), std::chrono::floor<std::chrono::microseconds>(before));
  EXPECT_LE(recorder.start(), std::chrono::system_clock::now());
  EXPECT_EQ(recorder.trace().start, recorder.start());
}

TEST(TraceRecorder, CountsWhatItHasNoRoomFor) {
  TraceRecorder few(TraceLimits{.events = 2});
  for (const char* name : {"a", "b", "c", "d"}) few.event(note(name));
  EXPECT_EQ(few.records().size(), 2u);
  EXPECT_EQ(few.dropped(), 2u);
  EXPECT_EQ(few.trace().dropped, 2u);

  TraceRecorder small(TraceLimits{.octets = 10});
  small.event(note("12345"));
  small.event(note("123456"));
  // It would fit, but there would be a gap before it.
  small.event(note("1"));
  EXPECT_EQ(small.records().size(), 1u);
  EXPECT_EQ(small.dropped(), 2u);
}

TEST(TraceRecorder, TakesEventsOfSeveralThreads) {
  TraceRecorder recorder(TraceLimits{.events = 1500});
  auto report = [&] {
    for (int i = 0; i < 1000; ++i) recorder.event(note("x"));
  };
  std::thread other(report);
  report();
  other.join();
  EXPECT_EQ(recorder.records().size(), 1500u);
  EXPECT_EQ(recorder.dropped(), 500u);
  EXPECT_TRUE(std::ranges::is_sorted(recorder.records(), {}, &TraceRecord::at));
}

TEST(Trace, KindsAndPartiesAreFoundByTheirNames) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(TraceKind::kFault); ++i) {
    auto kind = static_cast<TraceKind>(i);
    EXPECT_TRUE(names.insert(to_string(kind)).second);
    EXPECT_EQ(trace_kind(to_string(kind)), kind);
  }
  for (int i = 0; i <= static_cast<int>(Party::kTest); ++i) {
    auto who = static_cast<Party>(i);
    EXPECT_TRUE(names.insert(to_string(who)).second);
    EXPECT_EQ(party(to_string(who)), who);
  }
  for (std::string_view none : {"unknown", "", "APDU", "lpa"}) {
    EXPECT_EQ(trace_kind(none), std::nullopt);
    EXPECT_EQ(party(none), std::nullopt);
  }
}

}  // namespace
}  // namespace rsp
