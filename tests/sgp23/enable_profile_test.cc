// SGP.23 4.2.21: ES10c.EnableProfile (SGP.22 5.7.16; sgp22.md B.4, C.7, C.8).
//   Case1: refreshFlag FALSE; Case2: refreshFlag TRUE; Case3: errors; further ones by their
//   subject.
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Not;

constexpr unsigned kOk = 0, kNotFound = 1, kNotDisabled = 2, kByPolicy = 3, kWrongReenabling = 4,
                   kCatBusy = 5;
std::string enable_answer(unsigned result, std::string_view sw = "9000") {
  return answered("BF31", result, sw);
}

/// Two operational profiles, both disabled. Their installation results are number 1 and 2.
class TwoProfiles : public CardCase {
 protected:
  explicit TwoProfiles(Curve curve = Curve::kNistP256) : CardCase(curve) {
    first = card.install(1);
    second = card.install(2);
  }
  rsp::Aid first, second;
};

// --- Case 1: without REFRESH ---

using TC_eUICC_ES10c_EnableProfile_Case1 = TwoProfiles;

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S01_Nominal_ByIccidWithNoneEnabled) {
  EXPECT_EQ(running_iccid(card), "none");
  EXPECT_EQ(card.command("BF3111A00C5A0A988812010000000000F1810100"), "BF31038001009000");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(1), is_disabled(2)));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable"));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S02_Nominal_ByAidWithNoneEnabled) {
  EXPECT_EQ(card.command(enable_command(by_aid(second))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S03_Nominal_ByIccidDisablesTheOther) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S04_Nominal_ByAidDisablesTheOther) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_aid(second))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S05_Nominal_NotifiedAsDisableThenEnable) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  std::string list = notification_metadata(3, kEnableBit, 1) +
                     notification_metadata(4, kDisableBit, 1) +
                     notification_metadata(5, kEnableBit, 2);
  EXPECT_EQ(card.command("BF280481020560"), tlv_text("BF28", tlv_text("A0", list)) + "9000");
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S06_Nominal_SurvivesPowerCycle) {
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  std::string before = whole_state(card);
  card.power_cycle();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S07_Nominal_WithoutConfigurationNoNotification) {
  auto metadata = metadata_for(3);
  metadata.notification_configuration_info.reset();
  card.install(metadata);
  EXPECT_EQ(card.command(enable_command(by_iccid(3))), enable_answer(kOk));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 install"));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S08_Nominal_ATerminalThatKnowsRefreshGetsNone) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kNoRefresh)), enable_answer(kOk));
  EXPECT_EQ(card.apdu(kFetch), "6985");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S09_Nominal_RefreshFlagOtherThanFFIsTrueToo) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1), "810101")), enable_answer(kOk, "910B"));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S10_Nominal_TheIsdPOfTheEnabledProfileIsSelectable) {
  std::string select = "00A4040C10" + to_hex(first);
  EXPECT_EQ(card.apdu(select), "6A82");
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
  EXPECT_EQ(card.apdu(select), "9000");
  EXPECT_EQ(card.apdu("00A4040C10" + to_hex(second)), "6A82");
}

class TC_eUICC_ES10c_EnableProfile_Case1BRP : public TwoProfiles {
 protected:
  TC_eUICC_ES10c_EnableProfile_Case1BRP() : TwoProfiles(Curve::kBrainpoolP256r1) {}
};

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1BRP, S01_Nominal_NotificationsAreSignedOnBrainpool) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  auto pending = card.pending();
  ASSERT_EQ(pending.size(), 5U);
  for (std::size_t i = 2; i < 5; ++i) {
    auto& other = std::get<rsp::OtherSignedNotification>(pending[i]);
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {other.tbs_other_notification.der},
                          other.euicc_notification_signature));
  }
}

// --- Case 2: with REFRESH ---

/// A terminal that carries out REFRESH; profile 1 runs.
class WithTerminal : public TwoProfiles {
 protected:
  WithTerminal() {
    EXPECT_EQ(card.enable(iccid(1)), "ok");  // notification 3
    EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  }
  void enable_second() {
    EXPECT_EQ(card.command(enable_command(by_iccid(2), kRefresh)), enable_answer(kOk, "910B"));
  }
  void fetch() { EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000"); }
  void expect_not_switched() {
    EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
    EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(1), is_disabled(2)));
    EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable"));
  }
  void expect_switched() {
    EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
    EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
    EXPECT_THAT(card.notifications(),
                ElementsAre("1 install", "2 install", "3 enable", "4 disable", "5 enable"));
  }
};
using TC_eUICC_ES10c_EnableProfile_Case2 = WithTerminal;

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S01_Nominal_SwitchesWithTheTerminalResponse) {
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S02_Nominal_NotSwitchedBeforeFetch) {
  enable_second();
  expect_not_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S03_Nominal_NotSwitchedBetweenFetchAndResponse) {
  enable_second();
  fetch();
  expect_not_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S04_Nominal_ResetInPlaceOfFetchSwitches) {
  enable_second();
  card.power_cycle();
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S05_Nominal_ResetInPlaceOfTheResponseSwitches) {
  enable_second();
  fetch();
  card.power_cycle();
  expect_switched();
  card.power_cycle();
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S06_Nominal_ByAid) {
  EXPECT_EQ(card.command(enable_command(by_aid(second), kRefresh)), enable_answer(kOk, "910B"));
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S07_Nominal_ChannelsAreLostWithTheSwitch) {
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu("01A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  EXPECT_EQ(card.apdu("01A4040C10A0000005591010FFFFFFFF8900000100"), "6881");
  EXPECT_EQ(card.apdu("00B000000A"), "6986") << "on the basic channel, the MF is selected";
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S08_Nominal_WithNoneEnabled) {
  EXPECT_EQ(card.disable(iccid(1)), "ok");  // 4
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.notifications(), Contains("5 enable"));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S09_Nominal_TerminalThatIsBusySwitchesWithItsReset) {
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu(kTerminalBusy), "9000");
  expect_not_switched();
  card.power_cycle();
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S10_Nominal_EachCommandSaysThatRefreshWaits) {
  enable_second();
  EXPECT_EQ(card.apdu("00A4000C023F00"), "910B");
  EXPECT_EQ(card.command("BF3E035C015A").substr(42), "910B");
  fetch();
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S11_Error_FetchOfAWrongLengthAndTheSecondTime) {
  enable_second();
  EXPECT_EQ(card.apdu("801200000C"), "6C0B");
  fetch();
  EXPECT_EQ(card.apdu(kFetch), "6985");
  expect_not_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S12_Error_TerminalResponseWithoutFetch) {
  enable_second();
  EXPECT_EQ(card.apdu(kPerformed), "6985");
  expect_not_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S13_Error_TerminalResponseWithoutResult) {
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu("8014000009810301010482028281"), "6A80");
  expect_not_switched();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  expect_switched();
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case2, S14_Nominal_TheNextRefreshHasTheNextNumber) {
  enable_second();
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), enable_answer(kOk, "910B"));
  EXPECT_EQ(card.apdu(kFetch), "D0098103020104820281829000");
  EXPECT_EQ(card.apdu("801400000C810302010482028281830100"), "9000");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST(TC_eUICC_ES10c_EnableProfile_Case2_StateChange, S01_Nominal_RefreshOfAProfileStateChange) {
  Bench card;
  card.persona.refresh_mode = sim::RefreshMode::kEuiccProfileStateChange;
  card.start();
  card.install(1);
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), enable_answer(kOk, "910B"));
  EXPECT_EQ(card.apdu(kFetch), "D0098103010109820281829000");
  EXPECT_EQ(card.apdu("801400000C810301010982028281830100"), "9000");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S11_Nominal_RefreshFlagWithoutTerminalProfile) {
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), enable_answer(kOk));
  EXPECT_EQ(card.apdu(kFetch), "6985");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S12_Nominal_RefreshFlagForATerminalWithoutRefresh) {
  EXPECT_EQ(card.apdu("801000000400000000"), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S13_Nominal_WhatWasSelectedOfTheOldProfileIsGone) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu("0070000200"), "9000");
  EXPECT_EQ(card.apdu("02A4040C07A0000000871002"), "9000");
  EXPECT_EQ(card.apdu("02A4000C026F07"), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(card.apdu("02B0000009"), "6986");
  EXPECT_EQ(card.apdu("02A4000C026F07"), "6A82");
  EXPECT_EQ(card.apdu("02A4040C07A0000000871002"), "9000") << "the USIM of the new one";
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Case1, S14_Nominal_ANotificationForEachAddress) {
  auto metadata = metadata_for(3);
  metadata.notification_configuration_info = {
      {{rsp::kNotificationEnable}, "a.example", {}},
      {{rsp::kNotificationEnable, rsp::kNotificationDisable}, "b.example", {}}};
  card.install(metadata);
  EXPECT_EQ(card.command(enable_command(by_iccid(3))), enable_answer(kOk));
  std::string list = notification_metadata(4, kEnableBit, 3, "a.example") +
                     notification_metadata(5, kEnableBit, 3, "b.example");
  EXPECT_EQ(card.command("BF280481020640"), tlv_text("BF28", tlv_text("A0", list)) + "9000");
}

// --- Case 3: errors ---

/// Every error, with either flag, by ICCID and by AID: the answer, and a card as before.
struct EnableError {
  std::string name;
  bool by_aid;
  std::string_view refresh;
};
void PrintTo(const EnableError& row, std::ostream* out) { *out << row.name; }
const auto kForms = ::testing::Values(EnableError{"ByIccid", false, kNoRefresh},
                                      EnableError{"ByAid", true, kNoRefresh},
                                      EnableError{"ByIccidWithRefresh", false, kRefresh},
                                      EnableError{"ByAidWithRefresh", true, kRefresh});
std::string name_of_form(const ::testing::TestParamInfo<EnableError>& row) {
  return row.param.name;
}

class TC_eUICC_ES10c_EnableProfile_Case3 : public TwoProfiles,
                                           public ::testing::WithParamInterface<EnableError> {
 protected:
  TC_eUICC_ES10c_EnableProfile_Case3() { EXPECT_EQ(card.apdu(kTerminalProfile), "9000"); }
  std::string command(unsigned number, const rsp::Aid& aid) const {
    return enable_command(GetParam().by_aid ? by_aid(aid) : by_iccid(number), GetParam().refresh);
  }
};

TEST_P(TC_eUICC_ES10c_EnableProfile_Case3, S01_Error_IccidOrAidNotFound) {
  rsp::Aid unknown("A0000005591010FFFFFFFF890000FF00"_hex);
  expect_refused(card, command(9, unknown), enable_answer(kNotFound));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  expect_refused(card, command(9, unknown), enable_answer(kNotFound));
}

TEST_P(TC_eUICC_ES10c_EnableProfile_Case3, S02_Error_ProfileNotInDisabledState) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  expect_refused(card, command(1, first), enable_answer(kNotDisabled));
}

TEST_P(TC_eUICC_ES10c_EnableProfile_Case3, S03_Error_DisallowedByPpr1OfTheRunningProfile) {
  EXPECT_EQ(card.command(reset_command("0780")), answered("BF34", 0));
  card.install(with_rules(3, {rsp::kPpr1}));
  rsp::Aid fourth = card.install(4);
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  expect_refused(card, command(4, fourth), enable_answer(kByPolicy));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

TEST_P(TC_eUICC_ES10c_EnableProfile_Case3, S04_Error_WrongProfileReenabling) {
  card.install(of_class(3, rsp::ProfileClass::kTest));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  expect_refused(card, command(2, second), enable_answer(kWrongReenabling));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

TEST_P(TC_eUICC_ES10c_EnableProfile_Case3, S05_Error_CatBusyWhileRefreshIsOpen) {
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), enable_answer(kOk, "910B"));
  expect_refused(card, command(2, second), enable_answer(kCatBusy, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  expect_refused(card, command(2, second), enable_answer(kCatBusy));
}
INSTANTIATE_TEST_SUITE_P(Forms, TC_eUICC_ES10c_EnableProfile_Case3, kForms, name_of_form);

// The checks in the order of their results (sgp22.md C.8).
using TC_eUICC_ES10c_EnableProfile_OrderOfChecks = WithTerminal;

TEST_F(TC_eUICC_ES10c_EnableProfile_OrderOfChecks, S01_Error_NotFoundAlsoWhileBusy) {
  enable_second();
  expect_refused(card, enable_command(by_iccid(9)), enable_answer(kNotFound, "910B"));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_OrderOfChecks, S02_Error_NotInDisabledStateAlsoWhileBusy) {
  enable_second();
  expect_refused(card, enable_command(by_iccid(1)), enable_answer(kNotDisabled, "910B"));
}

// --- CAT ---

TEST(TC_eUICC_ES10c_EnableProfile_CatBusy, S01_Error_WhileAnotherProactiveCommandIsOpen) {
  Bench card;
  card.persona.proactive_at_start = {"D009810301260082028182"_hex};  // PROVIDE LOCAL INFORMATION
  card.start();
  card.install(1);
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  expect_refused(card, enable_command(by_iccid(1)), enable_answer(kCatBusy, "910B"));
  EXPECT_EQ(card.apdu(kFetch), "D0098103012600820281829000");
  expect_refused(card, enable_command(by_iccid(1)), enable_answer(kCatBusy));
  EXPECT_EQ(card.apdu("801400000C810301260082028281830100"), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

// --- PPR, test and provisioning profiles (sgp22.md C.7, C.8; SGP.21 test profiles) ---

using TC_eUICC_ES10c_EnableProfile_PPR = CardCase;

TEST_F(TC_eUICC_ES10c_EnableProfile_PPR, S01_Nominal_AProfileWithPpr1IsEnabled) {
  card.install(with_rules(1, {rsp::kPpr1}));
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_PPR, S02_Nominal_Ppr2OfTheRunningProfileDoesNotMatter) {
  card.install(with_rules(1, {rsp::kPpr2}));
  card.install(2);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_PPR, S03_Nominal_ATestProfileOverridesPpr1) {
  card.install(with_rules(1, {rsp::kPpr1}));
  card.install(of_class(2, rsp::ProfileClass::kTest));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_PPR, S04_Nominal_AProvisioningProfileOverridesPpr1) {
  card.install(with_rules(1, {rsp::kPpr1}));
  card.install(of_class(2, rsp::ProfileClass::kProvisioning));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_PPR, S05_Nominal_BackFromProvisioningToTheOneWithPpr1) {
  card.install(with_rules(1, {rsp::kPpr1}));
  card.install(of_class(2, rsp::ProfileClass::kProvisioning));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(1), is_disabled(2)));
}

/// Operational 1 and 2, test 3 and 4; 1 has been running, and 3 runs.
class TestProfileRuns : public CardCase {
 protected:
  TestProfileRuns() {
    card.install(1);
    card.install(2);
    card.install(of_class(3, rsp::ProfileClass::kTest));
    card.install(of_class(4, rsp::ProfileClass::kTest));
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    EXPECT_EQ(card.enable(iccid(3)), "ok");
  }
};
using TC_eUICC_ES10c_EnableProfile_TestProfile = TestProfileRuns;

TEST_F(TC_eUICC_ES10c_EnableProfile_TestProfile, S01_Nominal_TheOneThatRanBeforeIsEnabledAgain) {
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk)) << "now any may run";
}

TEST_F(TC_eUICC_ES10c_EnableProfile_TestProfile, S02_Nominal_FromOneTestProfileToTheNext) {
  EXPECT_EQ(card.command(enable_command(by_iccid(4))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(4)));
  expect_refused(card, enable_command(by_iccid(2)), enable_answer(kWrongReenabling));
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), enable_answer(kOk));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_TestProfile, S03_Error_WrongReenablingAlsoAfterPowerCycle) {
  card.power_cycle();
  expect_refused(card, enable_command(by_iccid(2)), enable_answer(kWrongReenabling));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_TestProfile, S04_Nominal_AnyMayRunWhereThatOneIsDeleted) {
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), answered("BF33", 0));
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_EnableProfile_TestProfile, S05_Nominal_ANewProfileIsNotTakenForTheOldOne) {
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), answered("BF33", 0));
  card.install(5);  // in the ISD-P that was free
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), enable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

// --- A session, a load ---

using TC_eUICC_ES10c_EnableProfile_Session = TwoProfiles;

TEST_F(TC_eUICC_ES10c_EnableProfile_Session, S01_Error_ConditionsNotSatisfiedWhileLoading) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(3), package_for(metadata_for(3)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, enable_command(by_iccid(1)), "6985");
}

TEST_F(TC_eUICC_ES10c_EnableProfile_Session, S02_Nominal_ASecondSwitchAtOnceWithoutRefresh) {
  for (unsigned number : {1U, 2U, 1U, 2U}) {
    EXPECT_EQ(card.command(enable_command(by_iccid(number))), enable_answer(kOk));
    EXPECT_EQ(running_iccid(card), to_hex(iccid(number)));
  }
  EXPECT_EQ(card.notifications().size(), 2U + 1 + 3 * 2);
}

// --- Malformed ---

class TC_eUICC_ES10c_EnableProfile_Malformed : public TwoProfiles,
                                               public ::testing::WithParamInterface<MalformedRow> {
};

TEST_P(TC_eUICC_ES10c_EnableProfile_Malformed, S01_Error_UndefinedErrorAndNothingChanged) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_EnableProfile_Malformed,
    ::testing::Values(
        MalformedRow{"WithoutBody", "BF3100", "BF310380017F9000"},
        MalformedRow{"WithoutRefreshFlag", "BF310EA00C5A0A988812010000000000F1",
                     "BF310380017F9000"},
        MalformedRow{"WithoutIdentifier", "BF3103810100", "BF310380017F9000"},
        MalformedRow{"WithAnEmptyIdentifier", "BF3105A000810100", "BF310380017F9000"},
        MalformedRow{"WithoutA0", "BF310F5A0A988812010000000000F1810100", "BF310380017F9000"},
        MalformedRow{"IccidOfNineOctets", "BF3110A00B5A09988812010000000000810100",
                     "BF310380017F9000"},
        MalformedRow{"BothIdentifiers",
                     "BF3123A01E4F10A0000005591010FFFFFFFF89000010005A0A988812010000000000F1810100",
                     "BF310380017F9000"},
        MalformedRow{"RefreshFlagWithoutOctet", "BF3110A00C5A0A988812010000000000F18100",
                     "BF310380017F9000"},
        MalformedRow{"RefreshFlagOfTwoOctets", "BF3112A00C5A0A988812010000000000F181020000",
                     "BF310380017F9000"},
        MalformedRow{"CutShort", "BF3111A00C5A0A9888120100", "BF310380017F9000"}),
    name_of_row);

}  // namespace
}  // namespace sgp23
