// T=0 as ISO 7816-3 has it, the reader that leaves nothing of it, and the card for modems that do
// not know it (field fault F89).
#include <fmt/format.h>

#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr std::string_view kSelectIsdR = "00A4040C10A0000005591010FFFFFFFF8900000100";
constexpr std::string_view kGetEid = "80E2910006BF3E035C015A";
constexpr std::string_view kEid = "BF3E125A1089049032123451234512345678901235";

/// A card with a profile that runs.
class Transmitting : public ::testing::Test {
 protected:
  explicit Transmitting(Transmission transmission) {
    card.persona.transmission = transmission;
    card.start();
    card.install(1);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    card.power_cycle();
  }
  void select(std::string_view file_id) {
    EXPECT_EQ(card.apdu("00A4000C02" + std::string(file_id)), "9000");
  }
  Bench card;
};
struct T0 : Transmitting {
  T0() : Transmitting(Transmission::kT0) {}
};
struct Transparent : Transmitting {
  Transparent() : Transmitting(Transmission::kTransparent) {}
};
struct Lenient : Transmitting {
  Lenient() : Transmitting(Transmission::kLenient) {}
};

// --- T=0 ---

TEST_F(T0, ACommandWithDataAndAnAnswerGets61) {  // ISO 7816-3 12.2.1, case 4
  for (std::string_view le : {"", "00", "21"})
    EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF8900000100" + std::string(le)), "6121")
        << le;
  EXPECT_EQ(card.apdu("00C0000021"),
            "6F1F8410A0000005591010FFFFFFFF8900000100A5049F6501FFE00582030202029000");
}

TEST_F(T0, StoreDataWithAnAnswerGets61AndThenTheAnswer) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), "6115");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
}

TEST_F(T0, ACommandWithDataAndNoAnswerGets9000) {  // case 3
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
}

TEST_F(T0, ReadBinaryOfAnotherLengthGets6CWithTheRightOne) {  // case 2
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000000"), "6C0A");
  EXPECT_EQ(card.apdu("00B00000FF"), "6C0A");
  EXPECT_EQ(card.apdu("00B000000A"), to_hex(iccid(1)) + "9000");
}

TEST_F(T0, ReadBinaryOfAPartGetsIt) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000002"), to_hex(iccid(1)).substr(0, 4) + "9000");
  EXPECT_EQ(card.apdu("00B0000803"), "6C02");
}

TEST_F(T0, AHeaderAloneIsAnLeOf256) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B00000"), "6C0A");
}

TEST_F(T0, ReadRecordOfAnotherLengthGets6CWithTheRightOne) {
  select("2F00");
  std::string length = card.apdu("00B2010400");
  ASSERT_THAT(length, StartsWith("6C"));
  EXPECT_EQ(card.apdu("00B2010401"), length);
  EXPECT_THAT(card.apdu("00B20104" + length.substr(2)), EndsWith("9000"));
}

TEST_F(T0, A6CLeavesTheRecordPointerWhereItWas) {  // ISO 7816-4 5.3.3: the command comes again
  select("2F06");
  std::string length = card.apdu("00B2000200").substr(2);
  std::string first = card.apdu("00B20104" + length);
  EXPECT_EQ(card.apdu("00B20002" + length), first);
}

TEST_F(T0, FetchOfAnotherLengthGets6CWithTheRightOne) {
  card.install(2);
  card.apdu("801000000400008000");
  EXPECT_EQ(card.command("BF3111A00C5A0A" + to_hex(iccid(2)) + "8101FF"), "BF3103800100910B");
  EXPECT_EQ(card.apdu("8012000000"), "6C0B");
  EXPECT_EQ(card.apdu("8012000005"), "6C0B");
  EXPECT_EQ(card.apdu("801200000B"), "D0098103010104820281829000");
}

TEST_F(T0, GetResponseForMoreThanThereIsGets6CAndKeepsIt) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000000"), "6C15");
  EXPECT_EQ(card.apdu("00C0000016"), "6C15");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu("00C0000015"), "6985");
}

TEST_F(T0, GetResponseForLessThanThereIsSaysWhatIsLeft) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000005"), std::string(kEid.substr(0, 10)) + "6110");
  EXPECT_EQ(card.apdu("00C0000010"), std::string(kEid.substr(10)) + "9000");
}

TEST_F(T0, AnswersOfMoreThan256OctetsAreFetchedPieceByPiece) {
  for (unsigned number = 2; number <= 6; ++number) card.install(number);
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2910003BF2D00"), "6100");  // 256 or more
  std::string piece = card.apdu("00C0000000"), whole = piece.substr(0, 512);
  EXPECT_EQ(piece.size(), 516U);
  while (piece.substr(piece.size() - 4, 2) == "61") {
    piece = card.apdu("00C00000" + piece.substr(piece.size() - 2));
    whole += piece.substr(0, piece.size() - 4);
  }
  EXPECT_THAT(piece, EndsWith("9000"));
  // BF2D 82 xxxx: the length says how much it should be.
  ASSERT_THAT(whole, StartsWith("BF2D82"));
  EXPECT_EQ(whole.size() / 2, 5 + std::stoul(whole.substr(6, 4), nullptr, 16));
}

TEST_F(T0, AnotherCommandGivesUpWhatWaits) {  // ISO 7816-4 5.3.4
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_EQ(card.apdu("00C0000015"), "6985");
}

TEST_F(T0, AnErrorHasNothingToFetch) {
  EXPECT_EQ(card.apdu("00A4000402FFFF"), "6A82");
  EXPECT_EQ(card.apdu("00C0000000"), "6985");
}

// --- T=0: 6Cxx means not carried out (ISO 7816-4 5.1.3, ETSI TS 102 221 7.3.1.1) ---

TEST_F(T0, ManageChannelOpensOneChannelHoweverOftenItsLengthWasWrong) {
  EXPECT_EQ(card.apdu("0070000000"), "6C01");
  EXPECT_EQ(card.apdu("0070000005"), "6C01");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("0070000000"), "6C01");
  EXPECT_EQ(card.apdu("0070000001"), "029000");
}

TEST_F(T0, SelectWithAWrongLengthLeavesTheApplicationSelected) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  std::string length = card.apdu("00A4000400");
  ASSERT_THAT(length, StartsWith("6C"));
  EXPECT_EQ(card.apdu(std::string(kGetEid)), "6115") << "another command: the ISD-R has it";
  EXPECT_EQ(card.apdu("00A4000400"), length);
  EXPECT_THAT(card.apdu("00A40004" + length.substr(2)), EndsWith("9000"));
  EXPECT_EQ(card.apdu(std::string(kGetEid)), "6985") << "now the MF is selected";
}

TEST_F(T0, AStoreDataWithoutDataIsCarriedOutOnce) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2110003BF2E00"), "9000");
  EXPECT_EQ(card.apdu("80E2910100"), "6C15");
  EXPECT_EQ(card.apdu("80E2910114"), "6C15");
  EXPECT_THAT(card.apdu("80E2910115"), ::testing::AllOf(StartsWith("BF2E12"), EndsWith("9000")));
  EXPECT_EQ(card.apdu("80E2910115"), "6A86") << "it is given once";
}

TEST_F(T0, TheRecordPointerMovesWithTheAnswerOnly) {
  select("2F06");
  std::string length = card.apdu("00B2000200").substr(2);
  std::string first = card.apdu("00B20002" + length);
  EXPECT_EQ(card.apdu("00B20004" + length), first) << "the current one";
  EXPECT_EQ(card.apdu("00B2000200"), "6C" + length);
  EXPECT_EQ(card.apdu("00B20004" + length), first) << "another command: it has not moved";
  EXPECT_EQ(card.apdu("00B20002" + length), card.apdu("00B20204" + length));
}

TEST_F(T0, WhatWasWithheldGoesToTheSameCommandOnly) {
  EXPECT_EQ(card.apdu("0070000000"), "6C01");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "029000") << "a new one";
  EXPECT_EQ(card.apdu("0070000000"), "6C01");
  EXPECT_EQ(card.apdu("00C0000001"), "6985");
  EXPECT_EQ(card.apdu("0070000001"), "049000");
}

TEST_F(T0, AfterASwitchNothingOfTheProfileThatRanIsSelected) {
  EXPECT_THAT(card.profiles(), ::testing::SizeIs(1)) << "on the channel of the ISD-R";
  EXPECT_EQ(card.apdu("00A4040C10A0000000871002FF01FF018900000100"), "9000");
  std::string length = card.apdu("80F2000000");
  ASSERT_THAT(length, StartsWith("6C"));
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_THAT(card.apdu("80F20000" + length.substr(2)), EndsWith("9000")) << "as it was then";
  EXPECT_THAT(card.apdu("80F2000000"), StartsWith("6C"));
  EXPECT_EQ(card.apdu("00A4000C026F07"), "6A82");
}

// --- Transparent ---

TEST_F(Transparent, DataComesAtOnceWhereTheCommandHasRoom) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "00"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "15"), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu(std::string(kGetEid) + "14"), "6115");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000000"), std::string(kEid) + "9000");
}

TEST_F(Transparent, ReadBinaryTo256GivesAllThereIsAndMoreIsAWrongLength) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000000"), to_hex(iccid(1)) + "9000");
  EXPECT_EQ(card.apdu("00B000000B"), "6C0A");
}

TEST_F(Transparent, GetResponseHasNoParametersAndNoData) {  // ISO 7816-4 11.7.1
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0010015"), "6A86");
  EXPECT_EQ(card.apdu("00C0000001AA"), "6700");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
}

// --- Lenient (F89) ---

TEST_F(Lenient, StatusWithoutLeGetsItsAnswer) {
  EXPECT_THAT(card.apdu("80F20000"), ::testing::AllOf(StartsWith("62"), EndsWith("9000")));
  EXPECT_EQ(card.apdu("80F20000"), card.apdu("80F2000000"));
}

TEST_F(Lenient, ReadWithoutLeGetsAllThereIs) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B00000"), to_hex(iccid(1)) + "9000");
}

TEST_F(Lenient, NoLengthIsWrong) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B00000FF"), to_hex(iccid(1)) + "9000");
  EXPECT_EQ(card.apdu("00B0000803"), to_hex(iccid(1)).substr(16) + "9000");
  select("2F00");
  std::string record = card.apdu("00B2010400");
  EXPECT_THAT(record, EndsWith("9000"));
  EXPECT_EQ(card.apdu("00B20104FE"), record);
}

TEST_F(Lenient, FetchWithoutTheRightLengthGetsTheCommand) {
  card.install(2);
  card.apdu("801000000400008000");
  card.command("BF3111A00C5A0A" + to_hex(iccid(2)) + "8101FF");
  EXPECT_EQ(card.apdu("80120000"), "D0098103010104820281829000");
}

TEST_F(Lenient, GetResponseForMoreThanThereIsGivesWhatThereIs) {
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu(kGetEid), "6115");
  EXPECT_EQ(card.apdu("00C0000030"), std::string(kEid) + "9000");
}

TEST_F(Lenient, ACommandWithoutAnAnswerIsStillCase1) {
  EXPECT_EQ(card.apdu("00700001"), "9000");
  EXPECT_EQ(card.apdu("00708001"), "9000");
}

}  // namespace
}  // namespace sim::testing
