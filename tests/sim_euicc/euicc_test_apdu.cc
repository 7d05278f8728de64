// ATR, logical channels, SELECT, STORE DATA and GET RESPONSE, in the octets that go over the wire.
#include <fmt/format.h>

#include <set>

#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using Atr = EuiccTest;
using Select = EuiccTest;
using ManageChannel = EuiccTest;
using ClassByte = EuiccTest;
using CommandFormat = EuiccTest;
using StoreData = EuiccTest;
using GetResponse = EuiccTest;
using Reset = EuiccTest;

constexpr std::string_view kSelectIsdR = "00A4040C10A0000005591010FFFFFFFF8900000100";
/// GetEID in one block, and its answer of 21 octets.
constexpr std::string_view kGetEid = "80E2910006BF3E035C015A";
constexpr std::string_view kEid = "BF3E125A1089049032123451234512345678901235";

std::string hex(unsigned octet) { return fmt::format("{:02X}", octet); }

TEST_F(ClassByte, CommandChainingIsNotSupported) {  // ISO 7816-4 5.6, 5.1.3
  for (std::string_view command : {"10A4000C023F00", "90F2000000", "10D600000155",
                                   "90E2910003BF2E00", "50A4000C023F00", "1070000001"})
    EXPECT_EQ(card.apdu(command), "6884") << command;
}

// --- Answer to reset (ISO 7816-3, TS 102 221 6.3) ---

/// The first TB of the interface octets after the first T=15.
std::optional<std::uint8_t> first_tb_for_t15(BytesView atr) {
  std::size_t at = 1;
  std::uint8_t announced = atr[at++];  // T0
  bool global = false;
  while (true) {
    if ((announced & 0x10) != 0) ++at;  // TA
    if ((announced & 0x20) != 0) {
      if (global) return atr[at];
      ++at;
    }
    if ((announced & 0x40) != 0) ++at;  // TC
    if ((announced & 0x80) == 0) return std::nullopt;
    announced = atr[at++];  // TD
    global = global || (announced & 0x0F) == 0x0F;
  }
}

TEST_F(Atr,
       SaysThatEuiccFunctionsAreSupported) {  // SGP.23 4.2.1: b8 and b2 of the first TB after T=15
  auto tb = first_tb_for_t15(card.euicc->reset());
  ASSERT_TRUE(tb);
  EXPECT_EQ(*tb & 0x82, 0x82) << hex(*tb);
}

TEST_F(Atr, EndsWithACheckOctetThatMakesTheSumZero) {  // ISO 7816-3 8.2.5
  Bytes atr = card.euicc->reset();
  std::uint8_t sum = 0;
  for (std::size_t i = 1; i < atr.size(); ++i) sum ^= atr[i];
  EXPECT_EQ(sum, 0) << to_hex(atr);
}

// --- SELECT ---

TEST_F(Select, MasterFileShowsThatTerminalCapabilityIsSupported) {  // TS 102 221 11.1.1.4.6.3
  std::string fcp = card.apdu("00A40004023F0000");
  EXPECT_THAT(fcp, ::testing::StartsWith("62"));
  EXPECT_THAT(fcp, ::testing::HasSubstr("A506800171870101"));
  EXPECT_THAT(fcp, ::testing::EndsWith("9000"));
}

TEST_F(Select, IsdRAnswersAnFciWithItsAidAndSvn) {  // SGP.22 5.7.1
  EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF890000010000"),
            "6F1F8410A0000005591010FFFFFFFF8900000100A5049F6501FFE0058203020202"
            "9000");
}

TEST_F(Select, IsdRHas33OctetsToFetchWhereNoLengthWasExpected) {  // field: SELECT gets 6121
  EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF8900000100"), "6121");
  EXPECT_THAT(card.apdu("00C0000021"), ::testing::StartsWith("6F1F"));
}

TEST_F(Select, ARightTruncatedAidSelectsTheIsdR) {  // ISO 7816-4 8.2.2.2
  EXPECT_THAT(card.apdu("00A4040005A00000055900"), ::testing::EndsWith("9000"));
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
}

TEST_F(Select, AnAidShorterThanItsRidSelectsNothing) {
  EXPECT_EQ(card.apdu("00A4040004A0000005"), "6A82");
}

TEST_F(Select, AnAidLongerThanTheIsdRsSelectsNothing) {
  EXPECT_EQ(card.apdu("00A4040011A0000005591010FFFFFFFF890000010000"), "6A82");
}

TEST_F(Select, AnUnknownAidIsNotFound) {
  EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF8900001000"), "6A82");
}

TEST_F(Select, AnUnknownAidLeavesTheSelectionAsItWas) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF8900001000"), "6A82");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
}

TEST_F(Select, P2With0CAsksForNoData) {  // ISO 7816-4 table 40
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
}

TEST_F(Select, AFileThatIsNotThereIsNotFound) { EXPECT_EQ(card.apdu("00A40004026F07"), "6A82"); }

TEST_F(Select, BySomethingElseThanFileOrNameIsRefused) {
  EXPECT_EQ(card.apdu("00A4020C023F00"), "6A86");
}

// --- MANAGE CHANNEL (ISO 7816-4 11.1.2) ---

TEST_F(ManageChannel, OpensTheLowestFreeChannel) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("0070000001"), "029000");
  EXPECT_EQ(card.apdu("00708001"), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
}

TEST_F(ManageChannel, OpensTheChannelThatTheTerminalNames) {
  EXPECT_EQ(card.apdu("00700005"), "9000");
  EXPECT_THAT(card.apdu("41" + std::string(kSelectIsdR.substr(2))), "9000");
}

TEST_F(ManageChannel, DoesNotOpenAChannelTwice) {
  EXPECT_EQ(card.apdu("00700005"), "9000");
  EXPECT_EQ(card.apdu("00700005"), "6A81");
}

TEST_F(ManageChannel, HasNineteenChannelsToGive) {
  for (unsigned number = 1; number <= 19; ++number) {
    EXPECT_EQ(card.apdu("0070000001"), hex(number) + "9000");
  }
  EXPECT_EQ(card.apdu("0070000001"), "6A81");
}

TEST_F(ManageChannel, KnowsNoChannelBeyondNineteen) {
  EXPECT_EQ(card.apdu("00700014"), "6A86");
  EXPECT_EQ(card.apdu("00708014"), "6A86");
}

TEST_F(ManageChannel, AChannelCannotBeClosedTwice) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("00708001"), "9000");
  EXPECT_EQ(card.apdu("00708001"), "6881");
}

TEST_F(ManageChannel, TheBasicChannelCannotBeClosed) { EXPECT_EQ(card.apdu("00708000"), "6A86"); }

TEST_F(ManageChannel, AClosedChannelForgetsWhatWasSelected) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01" + std::string(kSelectIsdR.substr(2))), "9000");
  EXPECT_EQ(card.apdu("00708001"), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("81" + std::string(kGetEid.substr(2))), "6985");
}

TEST_F(ManageChannel, P1OtherThanOpenAndCloseIsRefused) {
  EXPECT_EQ(card.apdu("0070400001"), "6A86");
}

// --- Class bytes (ISO 7816-4 5.4.1, GlobalPlatform 11.1.4) ---

TEST_F(ClassByte, NamesEachOfTheChannels) {
  for (unsigned number = 1; number <= 19; ++number) {
    ASSERT_EQ(card.apdu("0070000001"), hex(number) + "9000");
    // Channels 0 to 3 are in bits 1 and 2, the others less 4 in bits 1 to 4 of the further coding.
    std::string iso = hex(number < 4 ? number : 0x40 + number - 4);
    std::string gp = hex(number < 4 ? 0x80 + number : 0xC0 + number - 4);
    EXPECT_EQ(card.apdu(iso + std::string(kSelectIsdR.substr(2))), "9000") << number;
    EXPECT_EQ(card.apdu(gp + std::string(kGetEid.substr(2)) + "00"), std::string(kEid) + "9000")
        << number;
  }
}

TEST_F(ClassByte, OfAChannelThatIsNotOpen) {
  for (std::string_view cla : {"81", "82", "83", "C0", "CF"}) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kGetEid.substr(2))), "6881") << cla;
  }
  for (std::string_view cla : {"01", "03", "40", "4F"}) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kSelectIsdR.substr(2))), "6881") << cla;
  }
}

TEST_F(ClassByte, WithSecureMessagingIsNotSupported) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  for (std::string_view cla : {"84", "88", "8C", "E0", "EF"}) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kGetEid.substr(2))), "6882") << cla;
  }
  for (std::string_view cla : {"04", "08", "0C", "60"}) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kSelectIsdR.substr(2))), "6882") << cla;
  }
}

TEST_F(ClassByte, ThatNobodyHasDefinedIsNotSupported) {
  for (std::string_view cla : {"20", "A0", "FF"}) {
    EXPECT_EQ(card.apdu(std::string(cla) + "A4000C023F00"), "6E00") << cla;
  }
}

TEST_F(ClassByte, OfTheWrongKindForTheInstruction) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("00" + std::string(kGetEid.substr(2))), "6E00");
  EXPECT_EQ(card.apdu("80" + std::string(kSelectIsdR.substr(2))), "6E00");
  EXPECT_EQ(card.apdu("8070000001"), "6E00");
  EXPECT_EQ(card.apdu("00AA00000AA9088100820101830107"), "6E00");
}

// --- The four cases of a command ---

TEST_F(CommandFormat, AnInstructionThatIsNotKnown) {
  EXPECT_EQ(card.apdu("003E0000"), "6D00");
  EXPECT_EQ(card.apdu("80E60000"), "6D00");
}

TEST_F(CommandFormat, ExtendedLengthsAreNotSupported) {
  EXPECT_EQ(card.apdu("00A4040C000010A0000005591010FFFFFFFF8900000100"), "6700");
}

TEST_F(CommandFormat, LcThatIsNotTheNumberOfOctets) {
  EXPECT_EQ(card.apdu("00A4040C10A000000559"), "6700");
  EXPECT_EQ(card.apdu("00A4000C023F000000"), "6700");
}

TEST_F(CommandFormat, LessThanAHeader) {
  EXPECT_EQ(card.apdu(""), "6700");
  EXPECT_EQ(card.apdu("00A404"), "6700");
}

TEST_F(CommandFormat, Case1HasItsAnswerFetched) {
  std::string announced = card.apdu("00A40004");  // the MF, since nothing else is named
  ASSERT_EQ(announced.substr(0, 2), "61");
  EXPECT_THAT(card.apdu("00C00000" + announced.substr(2)), ::testing::EndsWith("9000"));
}

TEST_F(CommandFormat, Case2HasItsAnswerAtOnce) {
  EXPECT_THAT(card.apdu("00A4000400"),
              ::testing::AllOf(::testing::StartsWith("62"), ::testing::EndsWith("9000")));
}

TEST_F(CommandFormat, TerminalCapabilityIsTaken) {  // TS 102 221 11.1.19
  EXPECT_EQ(card.apdu("80AA00000AA9088100820101830107"), "9000");
}

// --- STORE DATA (SGP.22 5.7.2) ---

TEST_F(StoreData, WithoutASelectedIsdRIsRefused) {
  EXPECT_EQ(card.apdu(kGetEid), "6985");
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6985");
}

TEST_F(StoreData, P1IsLastBlockOrMoreBlocksOrRefused) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  for (unsigned p1 : {0x00, 0x01, 0x10, 0x80, 0x81, 0x90, 0xFF}) {
    EXPECT_EQ(card.apdu("80E2" + hex(p1) + "0006BF3E035C015A"), "6A86") << hex(p1);
  }
}

TEST_F(StoreData, BlocksThatAreNotTheLastAnswerWithoutData) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF3E035C00"), "9000");
  EXPECT_EQ(card.apdu("80E2910102015A00"), std::string(kEid) + "9000");
}

TEST_F(StoreData, TheFirstBlockIsNumberZero) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2910106BF3E035C015A"), "6A86");
}

TEST_F(StoreData, ABlockOutOfOrderEndsTheCommand) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF3E035C"), "9000");
  EXPECT_EQ(card.apdu("80E2910202015A"), "6A86");
  EXPECT_EQ(card.apdu("80E2910102015A"), "6A86") << "the first block should be forgotten";
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
}

TEST_F(StoreData, ARepeatedBlockIsOutOfOrder) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110002BF3E"), "9000");
  EXPECT_EQ(card.apdu("80E2110102035C"), "9000");
  EXPECT_EQ(card.apdu("80E2110102035C"), "6A86");
}

TEST_F(StoreData, BlockZeroStartsAnew) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF2D8102"), "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
}

TEST_F(StoreData, HasUpTo256Blocks) {  // P2 is one octet
  // SetDefaultDpAddress with 249 characters is 256 octets long.
  std::string address(249, 'a');
  Bytes command = rsp::asn1::encode(rsp::SetDefaultDpAddressRequest{address, {}});
  ASSERT_EQ(command.size(), 256U);
  EXPECT_EQ(card.command(to_hex(command), 1), "BF3F038001009000");
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, address);
}

TEST_F(StoreData, AfterBlock255OnlyBlockZeroCanCome) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  for (unsigned block = 0; block < 256; ++block) {
    ASSERT_EQ(card.apdu("80E211" + hex(block) + "0130"), "9000") << block;
  }
  EXPECT_EQ(card.apdu("80E291FF0130"), "6A86");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
}

TEST_F(StoreData, BlocksOfAnySizeGiveTheSameAnswer) {
  card.install(1);
  // GetProfilesInfo with a tag list of 240 times 5A is 247 octets long.
  rsp::ProfileInfoListRequest request;
  request.tag_list = Bytes(240, 0x5A);
  Bytes command = rsp::asn1::encode(request);
  ASSERT_EQ(command.size(), 247U);
  for (std::size_t size = 1; size <= 255; ++size) {
    EXPECT_EQ(card.command(to_hex(command), size), "BF2D10A00EE30C5A0A988812010000000000F19000")
        << size;
  }
}

TEST_F(StoreData, WithoutAnyOctetIsWrongData) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E29100"), "6A80");
}

TEST_F(StoreData, ChannelsHaveTheirOwnBlocks) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01" + std::string(kSelectIsdR.substr(2))), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF3E035C"), "9000");
  EXPECT_EQ(card.apdu("81" + std::string(kGetEid.substr(2)) + "00"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu("80E2910102015A00"), std::string(kEid) + "9000");
}

TEST_F(StoreData, SelectingTheIsdRAgainForgetsTheBlocksSoFar) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF3E035C"), "9000");
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2910102015A"), "6A86");
}

TEST_F(StoreData, Case4GetsTheDataAtOnce) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "15"), std::string(kEid) + "9000");
}

TEST_F(StoreData, Case4WithTooSmallALengthHasTheDataFetched) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "14"), "6115");
}

// --- GET RESPONSE (ISO 7816-4 11.8.1) ---

TEST_F(GetResponse, GivesWhatWasAnnounced) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
}

TEST_F(GetResponse, GivesAllThereIsForLe00) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000000"), std::string(kEid) + "9000");
}

TEST_F(GetResponse, SaysHowMuchIsLeftAfterAPart) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000005"), "BF3E125A106110");
  EXPECT_EQ(card.apdu("00C0000010"), "890490321234512345123456789012359000");
}

TEST_F(GetResponse, CorrectsALengthThatIsTooLarge) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000016"), "6C15");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000")
      << "the data should still be there";
}

TEST_F(GetResponse, GivesALongAnswerInPieces) {
  card.enable(rsp::Aid(card.install(1)));
  card.apdu(kSelectIsdR);
  std::string announced = card.apdu("80E2910003BF2B00");
  std::string answer;
  std::size_t pieces = 0;
  while (announced.ends_with("6100")) {
    std::string piece = card.apdu("00C0000000");
    ASSERT_GE(piece.size(), 516U) << "256 octets and a status word";
    answer += piece.substr(0, piece.size() - 4);
    announced = piece.substr(piece.size() - 4);
    ++pieces;
  }
  ASSERT_EQ(announced.substr(0, 2), "61") << announced;
  std::string last = card.apdu("00C00000" + announced.substr(2));
  EXPECT_THAT(last, ::testing::EndsWith("9000"));
  answer += last.substr(0, last.size() - 4);
  EXPECT_GT(pieces, 3U);
  EXPECT_EQ(answer + "9000", card.command("BF2B00"));
}

TEST_F(GetResponse, HasNothingToGiveWithoutACommandBefore) {
  EXPECT_EQ(card.apdu("00C0000000"), "6985");
}

TEST_F(GetResponse, HasNothingToGiveASecondTime) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu("00C0000015"), "6985");
}

TEST_F(GetResponse, AnotherCommandGivesUpWhatWaited) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_EQ(card.apdu("00C0000015"), "6985");
}

TEST_F(GetResponse, BelongsToTheChannelOfTheCommand) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("01C0000015"), "6985");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
}

// --- Reset ---

TEST_F(Reset, ClosesAllChannelsButTheBasicOne) {
  for (unsigned number = 1; number <= 19; ++number) card.apdu("0070000001");
  card.euicc->reset();
  EXPECT_EQ(card.apdu("01" + std::string(kSelectIsdR.substr(2))), "6881");
  EXPECT_EQ(card.apdu("4F" + std::string(kSelectIsdR.substr(2))), "6881");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
}

TEST_F(Reset, ForgetsTheSelectionOfTheBasicChannel) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  card.euicc->reset();
  EXPECT_EQ(card.apdu(kGetEid), "6985");
}

TEST_F(Reset, ForgetsHalfACommand) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110004BF3E035C"), "9000");
  card.euicc->reset();
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2910102015A"), "6A86");
}

TEST_F(Reset, ForgetsWhatGetResponseWouldHaveGiven) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  card.euicc->reset();
  EXPECT_EQ(card.apdu("00C0000015"), "6985");
}

}  // namespace
}  // namespace sim::testing
