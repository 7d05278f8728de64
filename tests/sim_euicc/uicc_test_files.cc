// The file system of the running profile (ETSI TS 102 221, 8 and 11.1).
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::AnyOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using SelectFile = UiccTest;
using SelectApplication = UiccTest;
using Status = UiccTest;
using ReadBinary = UiccTest;
using UpdateBinary = UiccTest;
using ReadRecord = UiccTest;
using UpdateRecord = UiccTest;
using SearchRecord = UiccTest;
using LifeCycle = UiccTest;
using Access = UiccTest;

// --- SELECT (11.1.1) ---

TEST_F(SelectFile, ByFileIdGivesItsControlParameters) {
  EXPECT_EQ(card.apdu("00A40004022FE200"), "62178202412183022FE28A01058B032F06038002000A8801109000")
      << "transparent, activated, rule 3 of 2F06, 10 octets, SFI 2";
}

TEST_F(SelectFile, TheMfSaysThatTerminalCapabilityIsKnown) {
  EXPECT_THAT(card.apdu("00A40004023F0000"), HasSubstr("A506800171870101"));
}

TEST_F(SelectFile, ADirectoryTellsWhichPinsAreEnabled) {
  // PIN1 is disabled, ADM1 is enabled.
  EXPECT_THAT(card.apdu("00A40004023F0000"), HasSubstr("C60990014083010183010A"));
}

TEST_F(SelectFile, ARecordFileTellsLengthAndNumberOfItsRecords) {
  select_usim();
  EXPECT_THAT(card.apdu("00A40004026FB700"), HasSubstr("8205422100040283026FB7"));
}

TEST_F(SelectFile, P2CWantsNoData) { EXPECT_EQ(card.apdu("00A4000C022FE2"), "9000"); }

TEST_F(SelectFile, ThatIsNotThereIsNotFound) { EXPECT_EQ(card.apdu("00A4000C026F07"), "6A82"); }

TEST_F(SelectFile, ByAnIdOfThreeOctetsIsAWrongLength) {
  EXPECT_EQ(card.apdu("00A4000C033F0000"), "6700");
}

TEST_F(SelectFile, ByAnUnknownP1IsRefused) { EXPECT_EQ(card.apdu("00A4020C022FE2"), "6A86"); }

TEST_F(SelectFile, ByPathFromTheMf) {
  select_usim();
  EXPECT_EQ(card.apdu("00A4080C022FE2"), "9000");
  EXPECT_EQ(card.apdu("00B000000A"),
            "988812010000000000F1"
            "9000");
}

TEST_F(SelectFile, ByPathThroughTheCurrentApplication) {
  select_usim();
  select("3F00");
  EXPECT_EQ(card.apdu("00A4080C047FFF6F07"), "9000");
}

TEST_F(SelectFile, TheCurrentApplicationIsNoneWhereNoneWasSelected) {
  EXPECT_EQ(card.apdu("00A4080C047FFF6F07"), "6A82");
  EXPECT_EQ(card.apdu("00A4000C027FFF"), "6A82");
}

TEST_F(SelectFile, APathOfOddLengthIsAWrongLength) {
  EXPECT_EQ(card.apdu("00A4080C032FE200"), "6700");
}

TEST_F(SelectFile, TheParentIsTheMf) {
  select_usim();
  EXPECT_EQ(card.apdu("00A4030C"), "9000");
  select("2FE2");
}

TEST_F(SelectFile, FilesOfAnotherDirectoryAreNotSeen) {
  select_usim();
  EXPECT_EQ(card.apdu("00A4000C022FE2"), "6A82");
}

TEST_F(SelectFile, AnUnknownFileLeavesTheCurrentOneSelected) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00A4000C026F99"), "6A82");
  EXPECT_THAT(card.apdu("00B0000001"), EndsWith("9000"));
}

TEST_F(SelectFile, EachChannelHasItsOwn) {
  select("2FE2");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01B000000A"), "6986");
  EXPECT_THAT(card.apdu("00B000000A"), EndsWith("9000"));
}

TEST_F(SelectFile, AChannelOpenedFromAnotherOneBeginsWhereThatStands) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01A4000C022FE2"), "9000");
  EXPECT_EQ(card.apdu("0170000001"), "029000");
  EXPECT_THAT(card.apdu("02B000000A"), EndsWith("9000"));
}

// --- SELECT by AID ---

TEST_F(SelectApplication, ByItsWholeAidGivesAFcpWithIt) {
  EXPECT_THAT(card.apdu("00A4040410A0000000871002FF01FF01890000010000"),
              AllOf(StartsWith("62"), HasSubstr("8410A0000000871002FF01FF018900000100"),
                    HasSubstr("83027FFF")));
}

TEST_F(SelectApplication, WithAReservedP2IsRefused) {  // table 11.2
  for (std::string_view p2 : {"08", "14", "24", "84"})
    EXPECT_EQ(card.apdu("00A404" + std::string(p2) + "07A0000000871002"), "6A86") << p2;
  EXPECT_EQ(card.apdu("00A4000C026F07"), "6A82") << "nothing was selected";
}

TEST_F(SelectApplication, DoesNotTerminateASession) {
  EXPECT_EQ(card.apdu("00A4044407A0000000871002"), "6A81");
  EXPECT_EQ(card.apdu("00A4000C026F07"), "6A82") << "nothing was selected";
}

TEST_F(SelectApplication, ByTheFirstOctetsOfItsAid) {
  EXPECT_EQ(card.apdu("00A4040C07A0000000871002"), "9000");
  select("6F07");
}

TEST_F(SelectApplication, OfTheGsmaRidTheFirstIsTheIsdR) {
  EXPECT_THAT(card.apdu("00A4040005A000000559"
                        "00"),
              HasSubstr("8410A0000005591010FFFFFFFF8900000100"));
}

TEST_F(SelectApplication, TheNextOneIsTheEcasdThenTheIsdPThenNone) {
  EXPECT_THAT(card.apdu("00A4040005A00000055900"), HasSubstr("8900000100"));
  EXPECT_THAT(card.apdu("00A4040205A00000055900"), HasSubstr("8900000200"));
  EXPECT_THAT(card.apdu("00A4040205A00000055900"), HasSubstr("8900001000"));
  EXPECT_EQ(card.apdu("00A4040205A00000055900"), "6A82");
}

TEST_F(SelectApplication, TheLastAndThePreviousOne) {
  EXPECT_THAT(card.apdu("00A4040105A00000055900"), HasSubstr("8900001000"));
  EXPECT_THAT(card.apdu("00A4040305A00000055900"), HasSubstr("8900000200"));
}

TEST_F(SelectApplication, TheSecurityDomainOfTheOperator) {
  EXPECT_THAT(card.apdu("00A4040008A00000015100000000"), HasSubstr("8408A000000151000000"));
}

TEST_F(SelectApplication, TheIsdPOfTheEnabledProfileOnly) {
  EXPECT_THAT(card.apdu("00A4040C10A0000005591010FFFFFFFF8900001000"), "9000");
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_THAT(card.apdu("00A4040C10A0000005591010FFFFFFFF8900001000"), "6A82");
}

TEST_F(SelectApplication, WithoutFilesKnowsNoFileCommands) {
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000200"), "9000");
  EXPECT_EQ(card.apdu("00B000000A"), "6D00");
}

TEST_F(SelectApplication, TheEcasdTellsTheEid) {
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000200"), "9000");
  EXPECT_EQ(card.apdu("80CA005A00"), "5A10" + to_hex(card.euicc->eid()) + "9000");
  EXPECT_EQ(card.apdu("80CA006600"), "6A88");
}

// --- STATUS (11.1.2) ---

TEST_F(Status, TellsTheCurrentDirectory) {
  EXPECT_THAT(card.apdu("80F2000000"), HasSubstr("83023F00"));
  select_usim();
  EXPECT_THAT(card.apdu("80F2000000"), HasSubstr("8410A0000000871002FF01FF018900000100"));
}

TEST_F(Status, TellsTheNameOfTheCurrentApplication) {
  EXPECT_EQ(card.apdu("80F2000100"), "6A88");
  select_usim();
  EXPECT_EQ(card.apdu("80F2000100"), "8410A0000000871002FF01FF0189000001009000");
}

TEST_F(Status, WithoutDataIsAnAnswerToo) { EXPECT_EQ(card.apdu("80F2000C"), "9000"); }

TEST_F(Status, OfTheInterindustryClassIsRefused) { EXPECT_EQ(card.apdu("00F2000000"), "6E00"); }

// --- READ BINARY (11.1.3) ---

TEST_F(ReadBinary, GivesTheIccid) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B000000A"), "988812010000000000F19000");
}

TEST_F(ReadBinary, FromAnOffset) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000802"), "00F19000");
}

TEST_F(ReadBinary, OfEverythingThatIsLeft) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000800"), "00F19000");
}

TEST_F(ReadBinary, ByShortFileIdentifierSelectsTheFile) {
  EXPECT_EQ(card.apdu("00B0820002"), "98889000");
  EXPECT_EQ(card.apdu("00B0000001"), "989000");
}

TEST_F(ReadBinary, OfMoreThanIsThereSaysHowMuchIs) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000003"), "9888129000");
  EXPECT_EQ(card.apdu("00B0000803"), "6C02");
}

TEST_F(ReadBinary, BeyondTheEndIsAWrongOffset) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00B0000A01"), "6B00");
}

TEST_F(ReadBinary, WithoutAFileHasNoCurrentOne) { EXPECT_EQ(card.apdu("00B0000001"), "6986"); }

TEST_F(ReadBinary, OfAShortFileIdentifierThatNobodyHasIsNotFound) {
  EXPECT_EQ(card.apdu("00B09D0001"), "6A82");
}

TEST_F(ReadBinary, OfARecordFileDoesNotFitItsStructure) {
  select("2F00");
  EXPECT_EQ(card.apdu("00B0000001"), "6981");
}

// --- UPDATE BINARY (11.1.4) ---

TEST_F(UpdateBinary, WritesWhatIsReadAfterwards) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D600000300F110"), "9000");
  EXPECT_EQ(card.apdu("00B0000004"), "00F110FF9000");
}

TEST_F(UpdateBinary, SurvivesAPowerCycle) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D600030300F110"), "9000");
  card.power_cycle();
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00B0000006"), "FFFFFF00F1109000");
}

TEST_F(UpdateBinary, BelongsToItsProfileOnly) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D600000300F110"), "9000");
  card.install(2);
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00B0000003"), "FFFFFF9000");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00B0000003"), "00F1109000");
}

TEST_F(UpdateBinary, GoesWithItsProfile) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D600000300F110"), "9000");
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  card.power_cycle();
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00B0000003"), "FFFFFF9000");
}

TEST_F(UpdateBinary, BeyondTheEndIsRefusedAndWritesNothing) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D6000B020102"), "6700");
  EXPECT_EQ(card.apdu("00D6000C0101"), "6B00");
  EXPECT_EQ(card.apdu("00B0000B01"), "FF9000");
}

TEST_F(UpdateBinary, OfNothingIsAWrongLength) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00D60000"), "6700");
}

// --- Records (11.1.5, 11.1.6) ---

TEST_F(ReadRecord, ByItsNumber) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2010404"), "11F2FF009000");
  EXPECT_EQ(card.apdu("00B2020404"), "19F1FF009000");
}

TEST_F(ReadRecord, TheNextAndThePreviousOne) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2000204"), "11F2FF009000");
  EXPECT_EQ(card.apdu("00B2000204"), "19F1FF009000");
  EXPECT_EQ(card.apdu("00B2000204"), "6A83");
  EXPECT_EQ(card.apdu("00B2000304"), "11F2FF009000");
  EXPECT_EQ(card.apdu("00B2000404"), "11F2FF009000") << "the current one";
}

TEST_F(ReadRecord, ThatIsNotThereIsNotFound) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2030404"), "6A83");
  EXPECT_EQ(card.apdu("00B2000404"), "6A83") << "no current one yet";
}

TEST_F(ReadRecord, OfAnotherLengthSaysTheRightOne) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2010405"), "6C04");
}

TEST_F(ReadRecord, AfterAWrongLengthTheRecordPointerStandsWhereItDid) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2000205"), "6C04");
  EXPECT_EQ(card.apdu("00B2000204"), "11F2FF009000");
}

TEST_F(ReadRecord, ByShortFileIdentifier) {
  select_usim();
  EXPECT_EQ(card.apdu("00B2010C04"), "11F2FF009000");
}

TEST_F(ReadRecord, InAnUnknownModeIsRefused) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00B2010004"), "6A86");
}

TEST_F(ReadRecord, OfTheDirectoryNamesTheUsim) {
  select("2F00");
  EXPECT_THAT(card.apdu("00B2010400"), StartsWith("61184F10A0000000871002FF01FF018900000100"));
}

TEST_F(UpdateRecord, WritesOneAndLeavesTheOthers) {
  select_usim();
  select("6F3C");  // EF.SMS, ten records of 176 octets
  std::string record = "01" + std::string(350, '0');
  EXPECT_EQ(card.apdu("00DC0204B0" + record), "9000");
  EXPECT_EQ(card.apdu("00B20204B0"), record + "9000");
  EXPECT_THAT(card.apdu("00B20104B0"), StartsWith("00FFFF"));
}

TEST_F(UpdateRecord, OfAnotherLengthIsRefused) {
  select_usim();
  select("6F3C");
  EXPECT_EQ(card.apdu("00DC02040201FF"), "6700");
}

TEST_F(SearchRecord, FindsTheNumbersOfRecords) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A2010401FF00"), "01029000");
  EXPECT_EQ(card.apdu("00A201040219F100"), "029000");
}

TEST_F(SearchRecord, GoesBackwardsToo) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A2020501FF00"), "02019000");
}

TEST_F(SearchRecord, WithoutARecordPointerBeginsAtTheEndItComesFrom) {  // 11.1.7
  select("2F00");
  EXPECT_EQ(card.apdu("00A20006030700A000"), "019000") << "backward from the previous one";
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A200060307001100"), "019000");
  EXPECT_EQ(card.apdu("00A20006030700FF00"), "6282") << "the pointer is at the first record";
  select("6FB7");
  EXPECT_EQ(card.apdu("00A20006030700FF00"), "02019000");
  select("6FB7");
  EXPECT_EQ(card.apdu("00A20006030600FF00"), "01029000") << "forward from the next one";
}

TEST_F(SearchRecord, EnhancedLooksFromAnOffset) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A201060304"
                      "00"
                      "11"
                      "00"),
            "019000");
  EXPECT_EQ(card.apdu("00A201060304"
                      "01"
                      "11"
                      "00"),
            "6282");
}

TEST_F(SearchRecord, ThatFindsNothingWarns) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A201040177"), "6282");
}

TEST_F(SearchRecord, FromARecordThatIsNotThereIsNotFound) {
  select_usim();
  select("6FB7");
  EXPECT_EQ(card.apdu("00A2030401FF"), "6A83");
}

// --- DEACTIVATE and ACTIVATE FILE (11.1.14, 11.1.15) ---

TEST_F(LifeCycle, ADeactivatedFileIsNotRead) {
  select_usim();
  select("6F7B");
  verify_adm1();
  EXPECT_EQ(card.apdu("00040000"), "9000");
  EXPECT_EQ(card.apdu("00B0000001"), "6985");
  EXPECT_EQ(card.apdu("00A4000C026F7B"), "6283");
  EXPECT_EQ(card.apdu("00440000"), "9000");
  EXPECT_EQ(card.apdu("00B0000001"), "FF9000");
}

TEST_F(LifeCycle, NeedsTheKeyThatTheRuleNames) {
  select_usim();
  select("6F7B");
  EXPECT_EQ(card.apdu("00040000"), "6982");
}

// --- Access rules (9.2) ---

TEST_F(Access, WhatNobodyMayUpdateIsRefused) {
  select("2FE2");
  EXPECT_EQ(card.apdu("00D600000198"), "6982");
  verify_adm1();
  EXPECT_EQ(card.apdu("00D600000198"), "6982") << "EF.ICCID is never updated";
}

TEST_F(Access, WhatTheOperatorMayUpdateNeedsItsKey) {
  select_usim();
  select("6F46");
  EXPECT_EQ(card.apdu("00D600000101"), "6982");
  verify_adm1();
  EXPECT_EQ(card.apdu("00D600000101"), "9000");
}

TEST_F(Access, ADisabledPinCountsAsPresented) {
  select_usim();
  select("6F07");
  EXPECT_THAT(card.apdu("00B0000009"), EndsWith("9000"));
}

TEST_F(Access, AnEnabledPinMustBePresented) {
  EXPECT_EQ(card.apdu("002800010830303030FFFFFFFF"), "9000");
  card.power_cycle();
  select_usim();
  select("6F07");
  EXPECT_EQ(card.apdu("00B0000009"), "6982");
  EXPECT_EQ(card.apdu("002000010830303030FFFFFFFF"), "9000");
  EXPECT_THAT(card.apdu("00B0000009"), EndsWith("9000"));
}

TEST_F(Access, ThePinOfTheApplicationIsAskedFor) {
  select_usim();
  select("6F3B");  // EF.FDN, updated with PIN2
  std::string record(52, 'F');
  EXPECT_EQ(card.apdu("00DC01041A" + record), "6982");
  verify_pin2();
  EXPECT_EQ(card.apdu("00DC01041A" + record), "9000");
}

TEST_F(Access, IsForgottenWithAReset) {
  select_usim();
  verify_pin2();
  card.euicc->reset();
  select_usim();
  select("6F3B");
  EXPECT_EQ(card.apdu("00DC01041A" + std::string(52, 'F')), "6982");
}

// --- No profile (SGP.22 via sgp22.md B.4) ---

class WithoutAProfile : public EuiccTest {};

TEST_F(WithoutAProfile, ThereIsAMasterFile) {
  EXPECT_THAT(card.apdu("00A40004023F0000"), EndsWith("9000"));
}

TEST_F(WithoutAProfile, ThereIsEfUmpcToRead) {
  EXPECT_EQ(card.apdu("00A4000C022F08"), "9000");
  EXPECT_EQ(card.apdu("00B0000005"), "3C3C0000009000");
  EXPECT_EQ(card.apdu("00D60000013C"), "6982");
}

TEST_F(WithoutAProfile, ThereIsNoIccidAndNoUsim) {
  EXPECT_EQ(card.apdu("00A4000C022FE2"), "6A82");
  EXPECT_EQ(card.apdu("00A4040C07A0000000871002"), "6A82");
}

TEST(FieldFaultF59, SomeCardsHaveAnIccidWithoutAProfile) {
  Bench card;
  card.persona.iccid_without_profile =
      rsp::Octets<10>{0x98, 0x00, 0x10, 0x32, 0x54, 0x76, 0x98, 0x10, 0x32, 0x85};
  card.start();
  EXPECT_EQ(card.apdu("00A4000C022FE2"), "9000");
  EXPECT_EQ(card.apdu("00B000000A"), "980010325476981032859000");
}

}  // namespace
}  // namespace sim::testing
