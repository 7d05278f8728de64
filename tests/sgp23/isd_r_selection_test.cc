// SGP.23 4.2.1: the ATR (ETSI TS 102 221 6.3.3), and the selection of the ISD-R (SGP.22 5.7.1).
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

constexpr std::string_view kAid = "A0000005591010FFFFFFFF8900000100";
/// 6F { 84 AID, A5 { 9F65 longest command data }, E0 { 82 SVN 2.2.2 } }.
constexpr std::string_view kFci =
    "6F1F8410A0000005591010FFFFFFFF8900000100A5049F6501FFE0058203020202";
constexpr std::string_view kGetEid = "E2910006BF3E035C015A00";
constexpr std::string_view kEid = "BF3E125A10890490321234512345123456789012359000";

class TC_eUICC_ATR_And_ISDR_Selection : public Case {
 protected:
  /// SELECT by AID with this class, P2 and Le.
  std::string select(std::string_view cla = "00", std::string_view p2 = "00",
                     std::string_view le = "00", std::string_view aid = kAid) {
    return card.apdu(fmt::format("{}A404{}{:02X}{}{}", cla, p2, aid.size() / 2, aid, le));
  }
  std::string answer() const { return std::string(kFci) + "9000"; }
  /// The ISD-R takes commands of this class.
  void expect_selected(std::string_view cla) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kGetEid)), kEid);
  }
  void expect_not_selected(std::string_view cla) {
    EXPECT_EQ(card.apdu(std::string(cla) + std::string(kGetEid)), "6985");
  }
};

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S01_Nominal_AtrSaysThatEuiccFunctionsAreSupported) {
  // The first TB after the first T=15, octet 7, has b8 and b2; A6 is the exclusive or of the rest.
  std::string atr = to_hex(card.euicc->reset());
  EXPECT_EQ(atr, "3B9F96803FC7828031E073FE211F65D0020000000000A6");
  std::uint8_t tb = rsp::from_hex(atr).value().at(6);
  EXPECT_EQ(tb & 0x82, 0x82) << "b8 and b2: eUICC functions";
  EXPECT_EQ(tb & 0x01, 0x00) << "b1: no logical SE interfaces (MEP)";
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S02_Nominal_AtrWithAnEnabledProfile) {
  std::string without = to_hex(card.euicc->reset());
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(to_hex(card.euicc->reset()), without);
  EXPECT_EQ(card.euicc->memory().enabled_profile()->metadata.iccid, iccid(1));
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S03_Nominal_SelectOnTheBasicChannel) {
  std::string before = state_of(card);
  EXPECT_EQ(select(), answer());
  expect_selected("80");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S04_Nominal_SelectAndGetResponse) {
  EXPECT_EQ(select("00", "00", ""), "6121");
  EXPECT_EQ(card.apdu("00C0000021"), answer());
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S05_Nominal_SelectOnALogicalChannel) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(select("01"), answer());
  expect_selected("81");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S06_Nominal_SelectOnAChannelOfTheFurtherCoding) {
  EXPECT_EQ(card.apdu("00700004"), "9000");
  EXPECT_EQ(card.apdu("00700013"), "9000");
  EXPECT_EQ(select("40"), answer());
  EXPECT_EQ(select("4F"), answer());
  expect_selected("C0");
  expect_selected("CF");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S07_Nominal_SelectOnTwoChannels) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("0070000001"), "029000");
  EXPECT_EQ(select("01"), answer());
  EXPECT_EQ(select("02"), answer());
  expect_selected("81");
  expect_selected("82");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S08_Nominal_SelectWithAnEnabledProfile) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  std::string before = state_of(card);
  EXPECT_EQ(select(), answer());
  expect_selected("80");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S09_Nominal_SelectAgain) {
  EXPECT_EQ(select(), answer());
  EXPECT_EQ(select(), answer());
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S10_Nominal_SelectWithoutAnswer) {
  EXPECT_EQ(select("00", "0C", ""), "9000");
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S11_Nominal_SelectByItsRid) {
  // ISO 7816-4: a right-truncated AID; the ISD-R is the first application that it fits.
  EXPECT_EQ(select("00", "00", "00", "A000000559"), answer());
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S12_Nominal_TerminalCapabilityBeforeIt) {
  // The MF announces the command (A5 { 87 01 01 }); then an LPAd and its functions are announced.
  EXPECT_THAT(card.apdu("00A40004023F0000"), ::testing::HasSubstr("870101"));
  EXPECT_EQ(card.apdu("80AA000005A903830107"), "9000");
  EXPECT_EQ(select(), answer());
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S13_Nominal_FciOfVersion261) {
  Bench other;
  other.persona.svn = {2, 6, 1};
  other.start();
  EXPECT_EQ(other.apdu("00A4040010A0000005591010FFFFFFFF890000010000"),
            "6F1F8410A0000005591010FFFFFFFF8900000100A5049F6501FFE00582030206019000");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S14_Nominal_SelectOfTheEcasd) {
  EXPECT_EQ(select("00", "00", "00", "A0000005591010FFFFFFFF8900000200"),
            "6F188410A0000005591010FFFFFFFF8900000200A5049F6501FF9000");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S15_Nominal_SelectAfterALoadWasInterrupted) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
  card.power_cycle();
  EXPECT_EQ(select(), answer());
  expect_selected("80");
  EXPECT_THAT(card.notifications(), ::testing::ElementsAre("1 install"));
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S16_Error_UnknownAid) {
  EXPECT_EQ(select(), answer());
  EXPECT_EQ(select("00", "00", "00", "A0000005591010FFFFFFFF89000001FF"), "6A82");
  expect_selected("80");  // the selection stays as it was
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S17_Error_AidOfAnIsdPThatIsNotEnabled) {
  std::string aid = to_hex(card.install(1));
  EXPECT_EQ(aid, "A0000005591010FFFFFFFF8900001000");
  EXPECT_EQ(select("00", "00", "00", aid), "6A82");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S18_Error_AidWithOneOctetMore) {
  EXPECT_EQ(select("00", "00", "00", std::string(kAid) + "00"), "6A82");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S19_Error_AidOfFourOctets) {
  EXPECT_EQ(select("00", "00", "00", "A0000005"), "6A82");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S20_Error_NoOtherApplicationOfThatAid) {
  EXPECT_EQ(select(), answer());
  EXPECT_EQ(select("00", "02"), "6A82");
  expect_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S21_Error_ChannelThatIsNotOpen) {
  EXPECT_EQ(select("01"), "6881");
  EXPECT_EQ(select("40"), "6881");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S22_Error_ChannelThatWasClosed) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(select("01"), answer());
  EXPECT_EQ(card.apdu("00708001"), "9000");
  EXPECT_EQ(select("01"), "6881");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  expect_not_selected("81");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S23_Error_SecureMessaging) {
  EXPECT_EQ(select("04"), "6882");
  EXPECT_EQ(select("0C"), "6882");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S24_Error_ClassOfGlobalPlatform) {
  EXPECT_EQ(select("80"), "6E00");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S25_Error_LcThatIsNotTheLengthOfTheAid) {
  EXPECT_EQ(card.apdu("00A4040011" + std::string(kAid)), "6700");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S26_Error_CommandWithoutSelection) {
  expect_not_selected("80");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  expect_not_selected("80");
}

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S27_Error_SelectionDoesNotOutliveAReset) {
  EXPECT_EQ(select(), answer());
  card.power_cycle();
  expect_not_selected("80");
}

}  // namespace
}  // namespace sgp23
