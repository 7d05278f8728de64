// SGP.23 4.2.22: ES10c.DisableProfile (SGP.22 5.7.17; sgp22.md B.4, C.7, C.8).
//   Case1: refreshFlag FALSE; Case2: refreshFlag TRUE; Case3: errors; further ones by their
//   subject.
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Not;

constexpr unsigned kOk = 0, kNotFound = 1, kNotEnabled = 2, kByPolicy = 3, kCatBusy = 5;
std::string disable_answer(unsigned result, std::string_view sw = "9000") {
  return answered("BF32", result, sw);
}

/// Profile 1 runs, profile 2 is disabled. Notifications 1 and 2 are their installation results, 3
/// is enable.
class OneRuns : public CardCase {
 protected:
  OneRuns() {
    first = card.install(1);
    second = card.install(2);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
  }
  void expect_enabled() {
    EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
    EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(1), is_disabled(2)));
    EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable"));
  }
  void expect_disabled() {
    EXPECT_EQ(running_iccid(card), "none");
    EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_disabled(2)));
    EXPECT_THAT(card.notifications(),
                ElementsAre("1 install", "2 install", "3 enable", "4 disable"));
  }
  rsp::Aid first, second;
};

// --- Case 1: without REFRESH ---

using TC_eUICC_ES10c_DisableProfile_Case1 = OneRuns;

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S01_Nominal_ByIccid) {
  EXPECT_EQ(card.command("BF3211A00C5A0A988812010000000000F1810100"), "BF32038001009000");
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S02_Nominal_ByAid) {
  EXPECT_EQ(card.command(disable_command(by_aid(first))), disable_answer(kOk));
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S03_Nominal_NotificationInFull) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  EXPECT_EQ(card.command("BF280481020520"),
            tlv_text("BF28", tlv_text("A0", notification_metadata(4, kDisableBit, 1))) + "9000");
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S04_Nominal_SurvivesPowerCycle) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  card.power_cycle();
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S05_Nominal_TheFileSystemIsTheDefaultOne) {
  EXPECT_EQ(card.apdu("00A4000C022F00"), "9000");
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  EXPECT_EQ(card.apdu("00A4000C022F00"), "6A82");
  EXPECT_EQ(card.apdu("00A4040C07A0000000871002"), "6A82");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_EQ(card.apdu("00A4000C022F08"), "9000");
  EXPECT_EQ(card.apdu("00A4040C10" + to_hex(first)), "6A82") << "the ISD-P is locked";
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S06_Nominal_ATerminalThatKnowsRefreshGetsNone) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(disable_command(by_iccid(1), kNoRefresh)), disable_answer(kOk));
  EXPECT_EQ(card.apdu(kFetch), "6985");
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S07_Nominal_RefreshFlagWithoutTerminalProfile) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1), kRefresh)), disable_answer(kOk));
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S08_Nominal_AndEnabledAgain) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  EXPECT_EQ(card.command(enable_command(by_aid(first))), answered("BF31", 0));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  EXPECT_THAT(card.notifications(),
              ElementsAre("1 install", "2 install", "3 enable", "4 disable", "5 enable"));
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case1, S09_Nominal_WithoutConfigurationNoNotification) {
  auto metadata = metadata_for(3);
  metadata.notification_configuration_info.reset();
  card.install(metadata);                  // 4
  EXPECT_EQ(card.enable(iccid(3)), "ok");  // 5: disable of 1
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), disable_answer(kOk));
  EXPECT_THAT(card.notifications(),
              ElementsAre("1 install", "2 install", "3 enable", "4 install", "5 disable"));
  EXPECT_EQ(running_iccid(card), "none");
}

// --- Case 2: with REFRESH ---

class OneRunsInATerminal : public OneRuns {
 protected:
  OneRunsInATerminal() { EXPECT_EQ(card.apdu(kTerminalProfile), "9000"); }
  void disable_with_refresh() {
    EXPECT_EQ(card.command(disable_command(by_iccid(1), kRefresh)), disable_answer(kOk, "910B"));
  }
  void fetch() { EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000"); }
};
using TC_eUICC_ES10c_DisableProfile_Case2 = OneRunsInATerminal;

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S01_Nominal_DisabledWithTheTerminalResponse) {
  disable_with_refresh();
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S02_Nominal_EnabledUntilThen) {
  disable_with_refresh();
  expect_enabled();
  fetch();
  expect_enabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S03_Nominal_ResetInPlaceOfFetch) {
  disable_with_refresh();
  card.power_cycle();
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S04_Nominal_ResetInPlaceOfTheResponse) {
  disable_with_refresh();
  fetch();
  card.power_cycle();
  expect_disabled();
  card.power_cycle();
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S05_Nominal_ByAid) {
  EXPECT_EQ(card.command(disable_command(by_aid(first), kRefresh)), disable_answer(kOk, "910B"));
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S06_Nominal_TerminalThatIsBusyDisablesWithItsReset) {
  disable_with_refresh();
  fetch();
  EXPECT_EQ(card.apdu(kTerminalBusy), "9000");
  expect_enabled();
  card.power_cycle();
  expect_disabled();
}

TEST_F(TC_eUICC_ES10c_DisableProfile_Case2, S07_Nominal_ChannelsAreLost) {
  disable_with_refresh();
  fetch();
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  EXPECT_EQ(card.apdu("01A4000C023F00"), "6881");
}

// --- Case 3: errors, in each form ---

struct DisableForm {
  std::string name;
  bool by_aid;
  std::string_view refresh;
};
void PrintTo(const DisableForm& row, std::ostream* out) { *out << row.name; }

class TC_eUICC_ES10c_DisableProfile_Case3 : public OneRunsInATerminal,
                                            public ::testing::WithParamInterface<DisableForm> {
 protected:
  std::string command(unsigned number, const rsp::Aid& aid) const {
    return disable_command(GetParam().by_aid ? by_aid(aid) : by_iccid(number), GetParam().refresh);
  }
};

TEST_P(TC_eUICC_ES10c_DisableProfile_Case3, S01_Error_IccidOrAidNotFound) {
  rsp::Aid unknown("A0000005591010FFFFFFFF890000FF00"_hex);
  expect_refused(card, command(9, unknown), disable_answer(kNotFound));
}

TEST_P(TC_eUICC_ES10c_DisableProfile_Case3, S02_Error_ProfileNotInEnabledState) {
  expect_refused(card, command(2, second), disable_answer(kNotEnabled));
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  expect_refused(card, command(1, first), disable_answer(kNotEnabled));
}

TEST_P(TC_eUICC_ES10c_DisableProfile_Case3, S03_Error_DisallowedByPpr1) {
  EXPECT_EQ(card.command(reset_command("0780")), answered("BF34", 0, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  reopen_isd_r(card);
  rsp::Aid third = card.install(with_rules(3, {rsp::kPpr1}));
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  expect_refused(card, command(3, third), disable_answer(kByPolicy));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

TEST_P(TC_eUICC_ES10c_DisableProfile_Case3, S04_Error_CatBusyWhileRefreshIsOpen) {
  disable_with_refresh();
  expect_refused(card, command(1, first), disable_answer(kCatBusy, "910B"));
  fetch();
  expect_refused(card, command(1, first), disable_answer(kCatBusy));
}
INSTANTIATE_TEST_SUITE_P(Forms, TC_eUICC_ES10c_DisableProfile_Case3,
                         ::testing::Values(DisableForm{"ByIccid", false, kNoRefresh},
                                           DisableForm{"ByAid", true, kNoRefresh},
                                           DisableForm{"ByIccidWithRefresh", false, kRefresh},
                                           DisableForm{"ByAidWithRefresh", true, kRefresh}),
                         [](const auto& row) { return row.param.name; });

using TC_eUICC_ES10c_DisableProfile_OrderOfChecks = OneRunsInATerminal;

TEST_F(TC_eUICC_ES10c_DisableProfile_OrderOfChecks, S01_Error_NotFoundAndStateAlsoWhileBusy) {
  disable_with_refresh();
  expect_refused(card, disable_command(by_iccid(9)), disable_answer(kNotFound, "910B"));
  expect_refused(card, disable_command(by_iccid(2)), disable_answer(kNotEnabled, "910B"));
}

TEST(TC_eUICC_ES10c_DisableProfile_CatBusy, S01_Error_WhileAnotherProactiveCommandIsOpen) {
  Bench card;
  card.persona.proactive_at_start = {"D009810301260082028182"_hex};
  card.start();
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  expect_refused(card, disable_command(by_iccid(1)), disable_answer(kCatBusy, "910B"));
  EXPECT_EQ(card.apdu(kFetch), "D0098103012600820281829000");
  EXPECT_EQ(card.apdu("801400000C810301260082028281830100"), "9000");
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

// --- PPR and classes (sgp22.md C.7, C.8) ---

using TC_eUICC_ES10c_DisableProfile_PPR = CardCase;

TEST_F(TC_eUICC_ES10c_DisableProfile_PPR, S01_Nominal_Ppr2DoesNotForbidIt) {
  card.install(with_rules(1, {rsp::kPpr2}));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), disable_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1)));
}

TEST_F(TC_eUICC_ES10c_DisableProfile_PPR, S02_Error_Ppr1AlsoAfterPowerCycle) {
  card.install(with_rules(1, {rsp::kPpr1, rsp::kPpr2}));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  card.power_cycle();
  expect_refused(card, disable_command(by_iccid(1)), disable_answer(kByPolicy));
}

class TC_eUICC_ES10c_DisableProfile_TestProfile : public CardCase {
 protected:
  TC_eUICC_ES10c_DisableProfile_TestProfile() {
    card.install(1);
    card.install(2);
    card.install(of_class(3, rsp::ProfileClass::kTest));
  }
};

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile, S01_Nominal_TheOneThatRanBeforeRunsAgain) {
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  std::size_t before = card.notifications().size();
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2), is_disabled(3)));
  EXPECT_EQ(card.notifications().size(), before + 2) << "disable of 3, enable of 2";
}

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile, S02_Nominal_WithRefresh) {
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(disable_command(by_iccid(3), kRefresh)), disable_answer(kOk, "910B"));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
  card.power_cycle();
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile, S03_Nominal_NoneWhereNoneRanBefore) {
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile, S04_Nominal_NoneWhereThatOneIsDeleted) {
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile, S05_Nominal_ANewProfileIsNotTakenForTheOldOne) {
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  card.install(5);  // in the ISD-P that was free
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_DisableProfile_TestProfile,
       S06_Nominal_ProvisioningProfileLeavesNoneEnabled) {
  card.install(of_class(4, rsp::ProfileClass::kProvisioning));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(4)), "ok");
  EXPECT_EQ(card.command(disable_command(by_iccid(4))), disable_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

// --- A load, malformed ---

using TC_eUICC_ES10c_DisableProfile_Session = OneRuns;

TEST_F(TC_eUICC_ES10c_DisableProfile_Session, S01_Error_ConditionsNotSatisfiedWhileLoading) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(3), package_for(metadata_for(3)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, disable_command(by_iccid(1)), "6985");
}

class TC_eUICC_ES10c_DisableProfile_Malformed : public OneRuns,
                                                public ::testing::WithParamInterface<MalformedRow> {
};

TEST_P(TC_eUICC_ES10c_DisableProfile_Malformed, S01_Error_UndefinedErrorAndNothingChanged) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_DisableProfile_Malformed,
    ::testing::Values(
        MalformedRow{"WithoutBody", "BF3200", "BF320380017F9000"},
        MalformedRow{"WithoutRefreshFlag", "BF320EA00C5A0A988812010000000000F1",
                     "BF320380017F9000"},
        MalformedRow{"WithoutIdentifier", "BF3203810100", "BF320380017F9000"},
        MalformedRow{"WithoutA0", "BF320F5A0A988812010000000000F1810100", "BF320380017F9000"},
        MalformedRow{"IccidOfElevenOctets", "BF3212A00D5A0B988812010000000000F1FF810100",
                     "BF320380017F9000"},
        MalformedRow{"CutShort", "BF3211A00C5A0A9888120100", "BF320380017F9000"}),
    name_of_row);

}  // namespace
}  // namespace sgp23
