// SGP.23 4.2.25 to 4.2.27: ES10c.GetEID, ES10c.SetNickname and ES10b.GetRAT (SGP.22 5.7.20 to
// 5.7.22).
#include "profile_management_support.h"
#include "rsp/pki/chain.h"

namespace sgp23 {
namespace {

using ::testing::ElementsAre;

// --- 4.2.25 GetEID ---

using TC_eUICC_ES10c_GetEID = CardCase;
/// The EID of the SGP.26 test certificates: 32 digits without swapped nibbles (sgp22.md H 1).
constexpr std::string_view kEidAnswer = "BF3E125A10890490321234512345123456789012359000";

TEST_F(TC_eUICC_ES10c_GetEID, S01_Nominal_OnANewCard) {
  expect_refused(card, "BF3E035C015A", std::string(kEidAnswer));
}

TEST_F(TC_eUICC_ES10c_GetEID, S02_Nominal_WithAProfileEnabledAndAfterPowerCycle) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command("BF3E035C015A"), kEidAnswer);
  card.power_cycle();
  EXPECT_EQ(card.command("BF3E035C015A"), kEidAnswer);
}

TEST_F(TC_eUICC_ES10c_GetEID, S03_Nominal_IsTheSerialNumberOfTheEuiccCertificate) {
  Dp dp(card.pki);
  card.authenticate(dp);
  auto certificate = rsp::pki::Certificate::parse(card.authenticated.euicc_certificate.der).value();
  EXPECT_EQ(tlv_text("BF3E", tlv_text("5A", rsp::pki::eid_of(certificate))) + "9000", kEidAnswer);
}

TEST_F(TC_eUICC_ES10c_GetEID,
       S04_Nominal_IsTheSameFromTheEcasd) {  // GET DATA, as M2M cards have it
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000200"), "9000");
  EXPECT_EQ(card.apdu("80CA005A00"),
            "5A1089049032123451234512345678901235"
            "9000");
}

TEST_F(TC_eUICC_ES10c_GetEID, S05_Nominal_HasTheCheckDigitsOfAnEid) {  // mod 97 is 1
  unsigned rest = 0;
  for (char digit : kEidAnswer.substr(10, 32)) rest = (rest * 10 + digit - '0') % 97;
  EXPECT_EQ(rest, 1U);
}

TEST_F(TC_eUICC_ES10c_GetEID, S06_Nominal_LengthsInTheLongForm) {
  EXPECT_EQ(card.command("BF3E81035C015A"), kEidAnswer);
  EXPECT_EQ(card.command("BF3E8200045C81015A"), kEidAnswer);
}

class TC_eUICC_ES10c_GetEID_Malformed : public CardCase,
                                        public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10c_GetEID_Malformed, S01_Error_WrongData) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ES10c_GetEID_Malformed,
                         ::testing::Values(MalformedRow{"WithoutTagList", "BF3E00", "6A80"},
                                           MalformedRow{"EmptyTagList", "BF3E025C00", "6A80"},
                                           MalformedRow{"TagListOfTwoOctets", "BF3E045C025A5A",
                                                        "6A80"},
                                           MalformedRow{"CutShort", "BF3E035C01", "6A80"}),
                         name_of_row);

// --- 4.2.26 SetNickname ---

constexpr unsigned kOk = 0, kIccidNotFound = 1;
std::string nickname_command(unsigned number, std::string_view text) {
  return tlv_text("BF29", by_iccid(number) + tlv_text("90", text_as_hex(text)));
}
std::string nickname_answer(unsigned result) { return answered("BF29", result); }

/// Two profiles; the first one runs.
class TwoToName : public CardCase {
 protected:
  TwoToName() {
    card.install(1);
    card.install(2);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
  }
  /// GetProfilesInfo of one profile with the tag of the nickname only.
  std::string shown(unsigned number) {
    return card.command(tlv_text("BF2D", tlv_text("A0", by_iccid(number)) + "5C0190"));
  }
  static std::string shown_as(std::string_view text) {
    std::string content = text.empty() ? "" : tlv_text("90", text_as_hex(text));
    return tlv_text("BF2D", tlv_text("A0", tlv_text("E3", content))) + "9000";
  }
};
using TC_eUICC_ES10c_SetNickname = TwoToName;

TEST_F(TC_eUICC_ES10c_SetNickname, S01_Nominal_OfTheEnabledProfile) {
  EXPECT_EQ(card.command("BF29125A0A988812010000000000F19004776F726B"), "BF29038001009000");
  EXPECT_EQ(shown(1), shown_as("work"));
  EXPECT_EQ(shown(2), shown_as(""));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S02_Nominal_OfADisabledProfile) {
  EXPECT_EQ(card.command(nickname_command(2, "work")), nickname_answer(kOk));
  EXPECT_EQ(shown(2), shown_as("work"));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S03_Nominal_TheNextOneReplacesIt) {
  EXPECT_EQ(card.command(nickname_command(1, "work")), nickname_answer(kOk));
  EXPECT_EQ(card.command(nickname_command(1, "home")), nickname_answer(kOk));
  EXPECT_EQ(shown(1), shown_as("home"));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S04_Nominal_AnEmptyOneTakesItAway) {
  EXPECT_EQ(card.command(nickname_command(1, "work")), nickname_answer(kOk));
  EXPECT_EQ(card.command(nickname_command(1, "")), nickname_answer(kOk));
  EXPECT_EQ(shown(1), shown_as(""));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S05_Nominal_Of64Octets) {
  EXPECT_EQ(card.command(nickname_command(1, std::string(64, 'x'))), nickname_answer(kOk));
  EXPECT_EQ(shown(1), shown_as(std::string(64, 'x')));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S06_Nominal_InUtf8) {
  EXPECT_EQ(card.command(nickname_command(1, "työ 仕事")), nickname_answer(kOk));
  EXPECT_EQ(shown(1), shown_as("työ 仕事"));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S07_Nominal_SurvivesPowerCycleAndSwitch) {
  EXPECT_EQ(card.command(nickname_command(2, "work")), nickname_answer(kOk));
  card.power_cycle();
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(shown(2), shown_as("work"));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S08_Nominal_MakesNoNotificationAndNoRefresh) {
  auto before = card.notifications();
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(nickname_command(1, "work")), nickname_answer(kOk));
  EXPECT_EQ(card.notifications(), before);
  EXPECT_EQ(card.apdu(kFetch), "6985");
}

TEST_F(TC_eUICC_ES10c_SetNickname, S09_Error_IccidNotFound) {
  expect_refused(card, nickname_command(9, "work"), nickname_answer(kIccidNotFound));
}

TEST_F(TC_eUICC_ES10c_SetNickname, S10_Error_IccidNotFoundAfterDelete) {
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  expect_refused(card, nickname_command(2, "work"), nickname_answer(kIccidNotFound));
}

class TC_eUICC_ES10c_SetNickname_Malformed : public TwoToName,
                                             public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10c_SetNickname_Malformed, S01_Error_UndefinedErrorAndNothingChanged) {
  EXPECT_EQ(card.command(nickname_command(1, "kept")), nickname_answer(kOk));
  expect_refused(card, GetParam().command, GetParam().answer);
  EXPECT_EQ(shown(1), shown_as("kept"));
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_SetNickname_Malformed,
    ::testing::Values(
        MalformedRow{"WithoutBody", "BF2900", "BF290380017F9000"},
        MalformedRow{"WithoutNickname", "BF290C5A0A988812010000000000F1", "BF290380017F9000"},
        MalformedRow{"WithoutIccid", "BF29069004776F726B", "BF290380017F9000"},
        MalformedRow{"Of65Octets", nickname_command(1, std::string(65, 'y')), "BF290380017F9000"},
        MalformedRow{"IccidOfNineOctets", "BF29115A099888120100000000009004776F726B",
                     "BF290380017F9000"},
        MalformedRow{"CutShort", "BF29125A0A988812010000000000F190047769", "BF290380017F9000"}),
    name_of_row);

// --- 4.2.27 GetRAT ---

using TC_eUICC_ES10b_GetRAT = CardCase;

/// One ProfilePolicyAuthorisationRule in hexadecimal.
std::string rule_text(std::string_view ppr_bits, std::string_view operators,
                      std::string_view flags) {
  return tlv_text("30",
                  tlv_text("80", ppr_bits) + tlv_text("A1", operators) + tlv_text("82", flags));
}
std::string rat_answer(std::string_view rules) {
  return tlv_text("BF43", tlv_text("A0", rules)) + "9000";
}
/// PPR1 and PPR2 for any operator, with any GIDs and without, with the user's consent.
std::string default_rat_answer() {
  return rat_answer(rule_text("0560", "30098003EEEEEE8100820030058003EEEEEE", "0780"));
}

TEST_F(TC_eUICC_ES10b_GetRAT, S01_Nominal_TheTableOfTheFactory) {
  expect_refused(card, "BF4300", default_rat_answer());
}

TEST_F(TC_eUICC_ES10b_GetRAT, S02_Nominal_TheSameWithProfilesAndAfterPowerCycle) {
  card.install(with_rules(1, {rsp::kPpr1}));
  EXPECT_EQ(card.command("BF4300"), default_rat_answer());
  card.power_cycle();
  EXPECT_EQ(card.command("BF4300"), default_rat_answer());
}

TEST_F(TC_eUICC_ES10b_GetRAT, S03_Nominal_SurvivesMemoryReset) {
  card.install(1);
  EXPECT_EQ(card.command(reset_command("05E0")), answered("BF34", 0));
  EXPECT_EQ(card.command("BF4300"), default_rat_answer());
}

TEST(TC_eUICC_ES10b_GetRAT_OtherTables, S01_Nominal_AnEmptyTable) {
  Bench card;
  card.persona.rules_authorisation_table.clear();
  card.start();
  expect_refused(card, "BF4300", rat_answer(""));
}

TEST(TC_eUICC_ES10b_GetRAT_OtherTables, S02_Nominal_SeveralRulesInTheirOrder) {
  Bench card;
  rsp::OperatorId one{{0x00, 0xF1, 0x10}, Bytes{0x01}, std::nullopt, {}};
  rsp::OperatorId all{{0xEE, 0xEE, 0xEE}, std::nullopt, std::nullopt, {}};
  card.persona.rules_authorisation_table = {{{rsp::kPpr2}, {one}, {}, {}},
                                            {{rsp::kPpr1}, {all}, {rsp::kConsentRequired}, {}}};
  card.start();
  expect_refused(card, "BF4300",
                 rat_answer(rule_text("0520", "3008800300F110810101", "00") +
                            rule_text("0640", "30058003EEEEEE", "0780")));
}

TEST_F(TC_eUICC_ES10b_GetRAT, S04_Error_ConditionsNotSatisfiedWhileLoading) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, "BF4300", "6985");
}

TEST_F(TC_eUICC_ES10b_GetRAT, S05_Error_WrongDataWhereCutShort) {
  expect_refused(card, "BF4305", "6A80");
  expect_refused(card, "BF43", "6A80");
}

}  // namespace
}  // namespace sgp23
