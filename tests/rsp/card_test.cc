// Command and response APDUs, class bytes, STORE DATA blocks and the segments of a BPP.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/card/apdu.h"
#include "rsp/card/store_data.h"

namespace rsp::card {
namespace {

using testing::ElementsAre;

/// Hexadecimal with blanks.
Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return from_hex(digits).value();
}

// --- Command APDUs (ISO 7816-4, 5.1) ---

struct CommandVector {
  const char* apdu;
  std::uint8_t cla, ins, p1, p2;
  const char* data;
  int le;  // 0: none
};
const CommandVector kCommandVectors[] = {
    {"00700000", 0x00, 0x70, 0x00, 0x00, "", 0},                // case 1
    {"0070000001", 0x00, 0x70, 0x00, 0x00, "", 1},              // case 2
    {"00C0000000", 0x00, 0xC0, 0x00, 0x00, "", 256},            // case 2, Le 00 is 256
    {"80E2910003BF2000", 0x80, 0xE2, 0x91, 0x00, "BF2000", 0},  // case 3
    {"81E2910103BF200000", 0x81, 0xE2, 0x91, 0x01, "BF2000", 256},
    {"00A4040002A00021", 0x00, 0xA4, 0x04, 0x00, "A000", 0x21},  // case 4
};

TEST(CommandApdu, HasFourCases) {
  for (const auto& [apdu, cla, ins, p1, p2, data, le] : kCommandVectors) {
    auto command = CommandApdu::parse(from_hex(apdu).value());
    ASSERT_TRUE(command) << apdu;
    EXPECT_EQ(to_hex(Bytes{command->cla, command->ins, command->p1, command->p2}),
              to_hex(Bytes{cla, ins, p1, p2}));
    EXPECT_EQ(to_hex(command->data), data) << apdu;
    EXPECT_EQ(command->le.value_or(0), le) << apdu;
    EXPECT_EQ(to_hex(command->encode()), apdu);
  }
}

TEST(CommandApdu, RoundTripsEveryLcAndLe) {
  for (std::size_t lc = 0; lc <= 255; ++lc) {
    for (int le = 0; le <= 256; ++le) {
      CommandApdu command{0x80, 0xE2, 0x91, 0x07, Bytes(lc, 0x5A), std::nullopt};
      if (le != 0) command.le = static_cast<std::uint16_t>(le);
      auto again = CommandApdu::parse(command.encode());
      ASSERT_TRUE(again) << lc << " " << le;
      EXPECT_EQ(again->data.size(), lc) << lc << " " << le;
      EXPECT_EQ(again->le, command.le) << lc << " " << le;
    }
  }
}

std::string problem_of(const Bytes& apdu) {
  auto command = CommandApdu::parse(apdu);
  if (command) return "accepted";
  EXPECT_EQ(command.error().layer, Layer::kDecode);
  return command.error().text;
}

TEST(CommandApdu, ShorterThanAHeaderIsRefused) {
  EXPECT_EQ(problem_of({}), "a command APDU has at least 4 octets, this has 0");
  EXPECT_EQ(problem_of("00A404"_x), "a command APDU has at least 4 octets, this has 3");
}

TEST(CommandApdu, ExtendedLengthsAreRefusedInWords) {
  std::string extended =
      "extended lengths are not supported; use short ones, at most 255 octets of data";
  EXPECT_EQ(problem_of("80E29100 000003 BF2000"_x), extended) << "case 3";
  EXPECT_EQ(problem_of("00C00000 000100"_x), extended) << "case 2";
  EXPECT_EQ(problem_of("80E29100 000003 BF2000 0000"_x), extended) << "case 4";
}

TEST(CommandApdu, LengthsThatDoNotMatchAreRefused) {
  EXPECT_EQ(problem_of("80E29100 03 BF20"_x), "Lc says 3 octets of data, 2 octets follow it");
  EXPECT_EQ(problem_of("80E29100 03 BF200000 00"_x),
            "Lc says 3 octets of data, 5 octets follow it");
  EXPECT_EQ(problem_of(concat({"80E29100 FF"_x, Bytes(254)})),
            "Lc says 255 octets of data, 254 octets follow it");
}

// --- Responses and status words ---

TEST(ResponseApdu, IsDataAndStatusWord) {
  auto response = ResponseApdu::parse("BF2000 6A82"_x);
  ASSERT_TRUE(response);
  EXPECT_EQ(to_hex(response->data), "BF2000");
  EXPECT_EQ(response->sw, kFileNotFound);
  EXPECT_EQ(to_hex(response->encode()), "BF20006A82");
}

TEST(ResponseApdu, MayBeTheStatusWordAlone) {
  auto response = ResponseApdu::parse("9000"_x);
  ASSERT_TRUE(response);
  EXPECT_TRUE(response->data.empty());
  EXPECT_TRUE(response->sw.success());
}

TEST(ResponseApdu, WithoutAStatusWordIsRefused) {
  EXPECT_EQ(ResponseApdu::parse({}).error().text,
            "a response APDU has at least 2 octets, this has 0");
  EXPECT_EQ(ResponseApdu::parse("90"_x).error().layer, Layer::kDecode);
}

// SGP.22 5.7.2, pitfall H 26: 91xx is success.
TEST(StatusWord, SuccessIs9000And91xxAndNothingElse) {
  int successes = 0;
  for (int value = 0; value <= 0xFFFF; ++value)
    successes += StatusWord(static_cast<std::uint16_t>(value)).success();
  EXPECT_EQ(successes, 257);
  EXPECT_TRUE(StatusWord(0x9000).success());
  EXPECT_TRUE(StatusWord(0x9100).success());
  EXPECT_TRUE(StatusWord(0x910B).success());
  EXPECT_FALSE(StatusWord(0x6A88).success());
}

TEST(StatusWord, SaysWhatToDoNext) {
  EXPECT_TRUE(StatusWord(0x6121).more_data());
  EXPECT_FALSE(StatusWord(0x6C21).more_data());
  EXPECT_TRUE(StatusWord(0x6C21).wrong_length());
  EXPECT_EQ(StatusWord(0x6C21).sw1(), 0x6C);
  EXPECT_EQ(StatusWord(0x6C21).sw2(), 0x21);
}

TEST(StatusWord, IsShownAsFourDigits) {
  EXPECT_EQ(to_string(kOk), "9000");
  EXPECT_EQ(to_string(StatusWord(0x0001)), "0001");
  EXPECT_EQ(to_string(StatusWord(0x6A8F)), "6A8F");
}

TEST(StatusWord, HasAMeaning) {
  EXPECT_EQ(meaning(kOk), "done");
  EXPECT_EQ(meaning(kFileNotFound), "file or application not found");
  EXPECT_EQ(meaning(kConditionsNotSatisfied), "conditions of use not satisfied");
  EXPECT_EQ(meaning(StatusWord(0x61FF)), "more data: GET RESPONSE");
  EXPECT_EQ(meaning(StatusWord(0x6C10)), "wrong Le, SW2 says the right one");
  EXPECT_EQ(meaning(StatusWord(0x910B)), "done, a proactive command is waiting");
  EXPECT_EQ(meaning(StatusWord(0x63C2)), "warning, state changed");
  EXPECT_EQ(meaning(StatusWord(0x1234)), "unknown status word");
}

TEST(StatusWord, EveryNamedOneHasAMeaningOfItsOwn) {
  std::set<std::string_view> meanings;
  for (StatusWord sw :
       {kOk, kWrongLength, kMemoryFailure, kLogicalChannelNotSupported,
        kSecureMessagingNotSupported, kConditionsNotSatisfied, kWrongData, kFunctionNotSupported,
        kFileNotFound, kIncorrectP1P2, kReferencedDataNotFound, kInstructionNotSupported,
        kClassNotSupported, kNoPreciseDiagnosis}) {
    EXPECT_NE(meaning(sw), "unknown status word") << to_string(sw);
    EXPECT_TRUE(meanings.insert(meaning(sw)).second) << to_string(sw);
  }
}

// --- Class bytes (ISO 7816-4, 5.4.1; B.1) ---

TEST(ClassByte, NamesChannels0To19InBothCodings) {
  for (std::uint8_t channel = 0; channel <= kMaxChannel; ++channel) {
    std::uint8_t iso = cla_on_channel(0x00, channel), gp = cla_on_channel(0x80, channel);
    EXPECT_EQ(iso, channel < 4 ? channel : 0x40 | (channel - 4));
    EXPECT_EQ(gp, channel < 4 ? 0x80 | channel : 0xC0 | (channel - 4));
    EXPECT_EQ(channel_of(iso), channel);
    EXPECT_EQ(channel_of(gp), channel);
    EXPECT_TRUE(is_iso_class(iso));
    EXPECT_FALSE(is_iso_class(gp));
    EXPECT_FALSE(has_secure_messaging(iso)) << static_cast<int>(channel);
    EXPECT_FALSE(has_secure_messaging(gp)) << static_cast<int>(channel);
  }
}

TEST(ClassByte, ChainingDoesNotHideTheChannel) {
  EXPECT_EQ(channel_of(0x12), 2);
  EXPECT_EQ(channel_of(0x5F), 19);
  EXPECT_FALSE(has_secure_messaging(0x12));
}

TEST(ClassByte, TellsSecureMessaging) {
  for (std::uint8_t cla : {0x04, 0x08, 0x0C, 0x84, 0x0D, 0x60, 0x6F, 0xE0}) {
    EXPECT_TRUE(has_secure_messaging(cla)) << static_cast<int>(cla);
  }
}

// --- STORE DATA (SGP.22 2.5.5, 5.7.2; B.2) ---

TEST(StoreData, ShortCommandIsOneLastBlockWithoutLe) {
  auto blocks = store_data_blocks("BF2000"_x, 255);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 1u);
  EXPECT_EQ(to_hex(blocks->front().encode()), "80E2910003BF2000");
}

TEST(StoreData, LongCommandIsCutAndCounted) {
  Bytes command(600);
  SeededRandom(6).fill(command);
  auto blocks = store_data_blocks(command, 255);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 3u);
  Bytes joined;
  for (std::size_t i = 0; i < 3; ++i) {
    const CommandApdu& block = (*blocks)[i];
    EXPECT_EQ(block.p1, i < 2 ? 0x11 : 0x91);
    EXPECT_EQ(block.p2, i);
    EXPECT_EQ(block.le, std::nullopt);
    append(joined, block.data);
  }
  EXPECT_EQ((*blocks)[2].data.size(), 90u);
  EXPECT_EQ(joined, command);
}

// Pitfall H 12: an LPA in the field sends an empty last block for an exact multiple.
TEST(StoreData, ExactMultipleHasNoEmptyBlock) {
  auto blocks = store_data_blocks(Bytes(510), 255);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 2u);
  EXPECT_EQ(blocks->back().p1, kP1LastBlock);
  EXPECT_EQ(blocks->back().data.size(), 255u);
}

TEST(StoreData, EveryBlockSizeGivesTheCommandBack) {
  Bytes command(300);
  SeededRandom(7).fill(command);
  for (std::size_t block_size = 2; block_size <= 255; ++block_size) {
    auto blocks = store_data_blocks(command, block_size);
    ASSERT_TRUE(blocks) << block_size;
    Bytes joined;
    for (const auto& block : *blocks) {
      EXPECT_LE(block.data.size(), block_size);
      append(joined, block.data);
    }
    EXPECT_EQ(joined, command) << block_size;
  }
}

TEST(StoreData, EmptyCommandIsOneEmptyBlock) {
  auto blocks = store_data_blocks({}, 255);
  ASSERT_TRUE(blocks);
  ASSERT_EQ(blocks->size(), 1u);
  EXPECT_EQ(to_hex(blocks->front().encode()), "80E29100");
}

// P2 counts in one octet: 256 blocks, 65,280 octets.
TEST(StoreData, AtMost256Blocks) {
  auto longest = store_data_blocks(Bytes(65280), 255);
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->size(), 256u);
  EXPECT_EQ(longest->back().p2, 255);
  auto longer = store_data_blocks(Bytes(65281), 255);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().layer, Layer::kInput);
  EXPECT_EQ(longer.error().text,
            "65281 octets need 257 STORE DATA blocks of 255, at most 256 can be counted");
  EXPECT_FALSE(store_data_blocks(Bytes(257), 1));
  EXPECT_TRUE(store_data_blocks(Bytes(256), 1));
}

TEST(StoreData, BlockSizesOutside1To255AreRefused) {
  EXPECT_EQ(store_data_blocks("01"_x, 0).error().text,
            "a STORE DATA block has 1 to 255 octets, not 0");
  EXPECT_EQ(store_data_blocks("01"_x, 256).error().text,
            "a STORE DATA block has 1 to 255 octets, not 256");
}

// --- Segments of a BPP (SGP.22 2.5.5; C.2) ---

/// The segments in hexadecimal, or the error's text.
std::vector<std::string> segments_of(const Bytes& bpp) {
  auto segments = bpp_segments(bpp);
  if (!segments) {
    EXPECT_EQ(segments.error().layer, Layer::kDecode);
    return {segments.error().text};
  }
  std::vector<std::string> out;
  for (BytesView segment : *segments) out.push_back(to_hex(segment));
  return out;
}

/// A package by hand, as lengths and contents: the children of BF36.
Bytes bpp(const Bytes& children) { return asn1::constructed_tlv(asn1::context(54), children); }

TEST(BppSegments, WithoutReplaceSessionKeys) {
  EXPECT_THAT(segments_of("BF3618 BF2303820101 A003870111 A106880121880122 A303860141"_x),
              ElementsAre("BF3618BF2303820101", "A003870111", "A106", "880121", "880122", "A303",
                          "860141"));
}

TEST(BppSegments, WithReplaceSessionKeys) {
  EXPECT_THAT(
      segments_of(
          "BF3620 BF2303820101 A003870111 A103880121 A203870131 A309 860141 860142 860143"_x),
      ElementsAre("BF3620BF2303820101", "A003870111", "A103", "880121", "A203870131", "A309",
                  "860141", "860142", "860143"));
}

TEST(BppSegments, TogetherAreThePackage) {
  Bytes package =
      "BF3620 BF2303820101 A003870111 A103880121 A203870131 A309 860141 860142 860143"_x;
  auto segments = bpp_segments(package);
  ASSERT_TRUE(segments);
  const std::uint8_t* at = package.data();
  for (BytesView segment : *segments) {
    EXPECT_EQ(segment.data(), at) << "each begins where the one before it ends";
    at = segment.data() + segment.size();
  }
  EXPECT_EQ(at, package.data() + package.size());
}

TEST(BppSegments, HeadersKeepTheirLengthForms) {
  // Lengths of a real package take two and three octets; an SM-DP+ may also send longer forms than
  // it must.
  Bytes package = "BF3682001F BF238103820101 A08103870111 A1820003880121 A383000006860141860142"_x;
  EXPECT_THAT(segments_of(package),
              ElementsAre("BF3682001FBF238103820101", "A08103870111", "A1820003", "880121",
                          "A383000006", "860141", "860142"));
}

TEST(BppSegments, ListsMayBeEmpty) {
  EXPECT_THAT(segments_of(bpp("BF2300 A000 A100 A300"_x)),
              ElementsAre("BF3609BF2300", "A000", "A100", "A300"));
}

TEST(BppSegments, OtherOuterElementsAreRefused) {
  std::string begin = "the Bound Profile Package does not begin with BF36 or is cut short";
  for (const Bytes& octets : {Bytes{}, "BF36"_x, "BF3703800100"_x, "9F3603800100"_x,
                              "BF3605BF230382"_x, "30030101FF"_x}) {
    EXPECT_THAT(segments_of(octets), ElementsAre(begin)) << to_hex(octets);
  }
  EXPECT_THAT(segments_of("BF3603BF2300 00"_x),
              ElementsAre("the Bound Profile Package has bytes after its end"));
}

TEST(BppSegments, MissingAndMisplacedElementsAreNamed) {
  const std::pair<Bytes, const char*> cases[] = {
      {""_x, "boundProfilePackage.initialiseSecureChannelRequest is missing: nothing is left"},
      {"A000"_x, "boundProfilePackage.initialiseSecureChannelRequest is missing: found A0"},
      {"9F2300"_x, "boundProfilePackage.initialiseSecureChannelRequest is missing: found 9F23"},
      {"BF2300"_x, "boundProfilePackage.firstSequenceOf87 is missing: nothing is left"},
      {"BF2300 A100"_x, "boundProfilePackage.firstSequenceOf87 is missing: found A1"},
      {"BF2300 8000"_x, "boundProfilePackage.firstSequenceOf87 is missing: found 80"},
      {"BF2300 A000"_x, "boundProfilePackage.sequenceOf88 is missing: nothing is left"},
      {"BF2300 A000 A000"_x, "boundProfilePackage.sequenceOf88 is missing: found A0"},
      {"BF2300 A000 A100"_x, "boundProfilePackage.sequenceOf86 is missing: nothing is left"},
      {"BF2300 A000 A100 A200"_x, "boundProfilePackage.sequenceOf86 is missing: nothing is left"},
      {"BF2300 A000 A100 A200 A200 A300"_x,
       "boundProfilePackage.sequenceOf86 is missing: found A2"},
      {"BF2300 A000 A100 A400"_x, "boundProfilePackage.sequenceOf86 is missing: found A4"},
      {"BF2300 A000 A100 8200 A300"_x,
       "boundProfilePackage.secondSequenceOf87 is missing: found 82"},
      {"BF2300 A000 A100 A300 A300"_x, "boundProfilePackage.sequenceOf86 is not the last element"},
      {"BF2300 A000 A100 A300 00"_x, "boundProfilePackage.sequenceOf86 is not the last element"},
      {"BF2300 A000 A103 870101 A300"_x, "boundProfilePackage.sequenceOf88 contains 87"},
      {"BF2300 A000 A100 A306 860101 880101"_x, "boundProfilePackage.sequenceOf86 contains 88"},
      {"BF2300 A000 A100 A302 8602"_x, "boundProfilePackage.sequenceOf86 the content is cut short"},
      {"BF2300 A000 A101 88 A300"_x, "boundProfilePackage.sequenceOf88 the length is missing"},
      {"BF2300 A000 A182"_x,
       "boundProfilePackage.sequenceOf88 is missing: the length is cut short"},
  };
  for (const auto& [children, text] : cases)
    EXPECT_THAT(segments_of(bpp(children)), ElementsAre(text));
}

TEST(BppSegments, EveryTruncationIsRefused) {
  Bytes package =
      "BF3620 BF2303820101 A003870111 A103880121 A203870131 A309 860141 860142 860143"_x;
  for (std::size_t size = 0; size < package.size(); ++size) {
    EXPECT_FALSE(bpp_segments(BytesView(package).first(size))) << size;
    // And where the length is mended, so that the cut is inside.
    if (size < 3) continue;
    Bytes inside(package.begin() + 3, package.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(bpp_segments(bpp(inside))) << size;
  }
}

}  // namespace
}  // namespace rsp::card
