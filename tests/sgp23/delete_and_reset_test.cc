// SGP.23 4.2.23 and 4.2.24: ES10c.DeleteProfile and eUICCMemoryReset (SGP.22 5.7.18, 5.7.19).
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr unsigned kOk = 0;
std::string delete_answer(unsigned result, std::string_view sw = "9000") {
  return answered("BF33", result, sw);
}
std::string reset_answer(unsigned result, std::string_view sw = "9000") {
  return answered("BF34", result, sw);
}

/// Profile 1 is disabled, profile 2 runs. Notifications 1 and 2 are their installation results, 3
/// is enable of 2.
class SecondRuns : public CardCase {
 protected:
  SecondRuns() {
    first = card.install(1);
    second = card.install(2);
    EXPECT_EQ(card.enable(iccid(2)), "ok");
  }
  rsp::Aid first, second;
};

// --- 4.2.23 DeleteProfile ---

constexpr unsigned kNotFound = 1, kNotDisabled = 2, kByPolicy = 3;
using TC_eUICC_ES10c_DeleteProfile = SecondRuns;

TEST_F(TC_eUICC_ES10c_DeleteProfile, S01_Nominal_ByIccid) {
  EXPECT_EQ(card.command("BF330C5A0A988812010000000000F1"), "BF33038001009000");
  EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(2)));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable", "4 delete"));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S02_Nominal_ByAid) {
  EXPECT_EQ(card.command(delete_command(by_aid(first))), delete_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S03_Nominal_NotificationInFull) {
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), delete_answer(kOk));
  EXPECT_EQ(card.command("BF280481020410"),
            tlv_text("BF28", tlv_text("A0", notification_metadata(4, kDeleteBit, 1))) + "9000");
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S04_Nominal_OfATestProfile) {
  card.install(of_class(3, rsp::ProfileClass::kTest));
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S05_Nominal_OfAProvisioningProfile) {
  card.install(of_class(3, rsp::ProfileClass::kProvisioning));
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S06_Nominal_Ppr1DoesNotForbidItWhileDisabled) {
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  card.install(with_rules(3, {rsp::kPpr1}));
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  EXPECT_THAT(card.profiles(), IsEmpty());
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S07_Nominal_MemoryAndIccidAreFree) {
  remove_notifications(card);
  std::string before = card.command("BF2200");
  card.install(3);
  EXPECT_NE(card.command("BF2200"), before);
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  remove_notifications(card);
  EXPECT_EQ(card.command("BF2200"), before) << "extCardResource is as it was";
  card.install(3);
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S08_Nominal_WithoutConfigurationNoNotification) {
  auto metadata = metadata_for(3);
  metadata.notification_configuration_info.reset();
  card.install(metadata);
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable", "4 install"));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S09_Nominal_ANotificationForEachAddress) {
  auto metadata = metadata_for(3);
  metadata.notification_configuration_info = {{{rsp::kNotificationDelete}, "a.example", {}},
                                              {{rsp::kNotificationDelete}, "b.example", {}}};
  card.install(metadata);
  EXPECT_EQ(card.command(delete_command(by_iccid(3))), delete_answer(kOk));
  std::string list = notification_metadata(5, kDeleteBit, 3, "a.example") +
                     notification_metadata(6, kDeleteBit, 3, "b.example");
  EXPECT_EQ(card.command("BF280481020410"), tlv_text("BF28", tlv_text("A0", list)) + "9000");
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S10_Nominal_NoRefreshIsSent) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), delete_answer(kOk));
  EXPECT_EQ(card.apdu(kFetch), "6985");
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S11_Nominal_WhatItHeldIsGoneFromANewOneOfItsIccid) {
  EXPECT_EQ(card.command(tlv_text("BF29", by_iccid(1) + "9004776F726B")), answered("BF29", 0));
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), delete_answer(kOk));
  card.install(1);
  EXPECT_EQ(card.command(tlv_text("BF2D", tlv_text("A0", by_iccid(1)) + "5C0190")),
            "BF2D04A002E3009000");
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S12_Error_NotFoundByIccidAndByAid) {
  expect_refused(card, delete_command(by_iccid(9)), delete_answer(kNotFound));
  expect_refused(card, delete_command(unknown_aid()), delete_answer(kNotFound));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S13_Error_NotFoundTheSecondTime) {
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), delete_answer(kOk));
  expect_refused(card, delete_command(by_iccid(1)), delete_answer(kNotFound));
  expect_refused(card, delete_command(by_aid(first)), delete_answer(kNotFound));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S14_Error_NotInDisabledState) {
  expect_refused(card, delete_command(by_iccid(2)), delete_answer(kNotDisabled));
  expect_refused(card, delete_command(by_aid(second)), delete_answer(kNotDisabled));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S15_Error_DisallowedByPpr2) {
  rsp::Aid third = card.install(with_rules(3, {rsp::kPpr2}));
  expect_refused(card, delete_command(by_iccid(3)), delete_answer(kByPolicy));
  expect_refused(card, delete_command(by_aid(third)), delete_answer(kByPolicy));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S16_Error_EnabledComesBeforePpr2) {
  card.install(with_rules(3, {rsp::kPpr2}));
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  expect_refused(card, delete_command(by_iccid(3)), delete_answer(kNotDisabled));
}

// Not specified: the profile that a pending REFRESH is about to enable, or to disable.
TEST_F(TC_eUICC_ES10c_DeleteProfile, S17_Error_NotInDisabledStateWhileASwitchIsPending) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(1), kRefresh)), answered("BF31", 0, "910B"));
  expect_refused(card, delete_command(by_iccid(1)), delete_answer(kNotDisabled, "910B"));
  expect_refused(card, delete_command(by_iccid(2)), delete_answer(kNotDisabled, "910B"));
}

TEST_F(TC_eUICC_ES10c_DeleteProfile, S18_Error_ConditionsNotSatisfiedWhileLoading) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(3), package_for(metadata_for(3)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, delete_command(by_iccid(1)), "6985");
}

class TC_eUICC_ES10c_DeleteProfile_Malformed : public SecondRuns,
                                               public ::testing::WithParamInterface<MalformedRow> {
};

TEST_P(TC_eUICC_ES10c_DeleteProfile_Malformed, S01_Error_UndefinedErrorAndNothingChanged) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_DeleteProfile_Malformed,
    ::testing::Values(
        MalformedRow{"WithoutBody", "BF3300", "BF330380017F9000"},
        MalformedRow{"WithA0", "BF330EA00C5A0A988812010000000000F1", "BF330380017F9000"},
        MalformedRow{"WithARefreshFlag", "BF330F5A0A988812010000000000F1810100",
                     "BF330380017F9000"},
        MalformedRow{"IccidOfNineOctets", "BF330B5A09988812010000000000", "BF330380017F9000"},
        MalformedRow{"IccidOfElevenOctets", "BF330D5A0B988812010000000000F1FF", "BF330380017F9000"},
        MalformedRow{"CutShort", "BF330C5A0A98881201", "BF330380017F9000"}),
    name_of_row);

// --- 4.2.24 eUICCMemoryReset ---

constexpr unsigned kNothingToDelete = 1, kCatBusy = 5;
constexpr std::string_view kSetDefaultAddress = "BF3F058003612E62", kGetAddresses = "BF3C00";

/// Operational 1 and 2, test 3, provisioning 4; 1 runs, and there is a default SM-DP+.
class EachClass : public CardCase {
 protected:
  EachClass() {
    card.install(1);
    card.install(2);
    card.install(of_class(3, rsp::ProfileClass::kTest));
    card.install(of_class(4, rsp::ProfileClass::kProvisioning));
    EXPECT_EQ(card.enable(iccid(1)), "ok");  // notification 5
    EXPECT_EQ(card.command(kSetDefaultAddress), answered("BF3F", 0));
  }
  bool has_default_address() {
    return card.command(kGetAddresses).find("8003612E62") != std::string::npos;
  }
};

/// Options as content of the BIT STRING, and what is left.
struct OptionsRow {
  std::string name, bits;
  unsigned result;
  std::vector<std::string> left;
  bool address_left;
};
void PrintTo(const OptionsRow& row, std::ostream* out) { *out << row.bits; }
std::string name_of_options(const ::testing::TestParamInfo<OptionsRow>& row) {
  return row.param.name;
}

class TC_eUICC_ES10c_eUICCMemoryReset_Options : public EachClass,
                                                public ::testing::WithParamInterface<OptionsRow> {};

TEST_P(TC_eUICC_ES10c_eUICCMemoryReset_Options, S01_Nominal_DeletesWhatIsChosen) {
  const auto& row = GetParam();
  EXPECT_EQ(card.command(reset_command(row.bits)), reset_answer(row.result));
  EXPECT_THAT(card.profiles(), ::testing::ElementsAreArray(row.left));
  EXPECT_EQ(has_default_address(), row.address_left);
  EXPECT_EQ(card.notifications().size(), 5U + 4U - row.left.size()) << "a delete for each";
  std::string before = whole_state(card);
  card.power_cycle();
  EXPECT_EQ(whole_state(card), before);
}
const std::vector<std::string> kAll = {is_enabled(1), is_disabled(2), is_disabled(3),
                                       is_disabled(4)};
const std::vector<std::string> kWithoutOperational = {is_disabled(3), is_disabled(4)};
const std::vector<std::string> kWithoutTest = {is_enabled(1), is_disabled(2), is_disabled(4)};
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_eUICCMemoryReset_Options,
    ::testing::Values(OptionsRow{"Operational", "0780", 0, kWithoutOperational, true},
                      OptionsRow{"Test", "0640", 0, kWithoutTest, true},
                      OptionsRow{"DefaultAddress", "0520", 0, kAll, false},
                      OptionsRow{"OperationalAndTest", "06C0", 0, {is_disabled(4)}, true},
                      OptionsRow{"OperationalAndAddress", "05A0", 0, kWithoutOperational, false},
                      OptionsRow{"TestAndAddress", "0560", 0, kWithoutTest, false},
                      OptionsRow{"All", "05E0", 0, {is_disabled(4)}, false},
                      OptionsRow{"AllInAnUnshortenedOctet", "00E0", 0, {is_disabled(4)}, false}),
    name_of_options);

using TC_eUICC_ES10c_eUICCMemoryReset_NoOption = EachClass;

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset_NoOption, S01_Error_NothingToDeleteWithoutABit) {
  expect_refused(card, reset_command("00"), reset_answer(kNothingToDelete));
  expect_refused(card, reset_command("0500"), reset_answer(kNothingToDelete));
}

// deletePreLoadedTestProfiles and deleteProvisioningProfiles, which a card of version 2 does not
// know.
TEST_F(TC_eUICC_ES10c_eUICCMemoryReset_NoOption, S02_Error_NothingToDeleteWithBitsOfVersion3) {
  expect_refused(card, reset_command("0318"), reset_answer(kNothingToDelete));
}

using TC_eUICC_ES10c_eUICCMemoryReset = EachClass;

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S01_Nominal_TheEnabledProfileGoesAtOnceWithoutTerminal) {
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S02_Nominal_RefreshWhereTheEnabledProfileGoes) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  EXPECT_EQ(running_iccid(card), "none");
  reopen_isd_r(card);
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(3), is_disabled(4)));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S03_Nominal_NoRefreshWhereTheEnabledProfileStays) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(reset_command("0640")), reset_answer(kOk));
  EXPECT_EQ(card.apdu(kFetch), "6985");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S04_Nominal_DeleteNotificationsInFull) {
  EXPECT_EQ(card.command(reset_command("06C0")), reset_answer(kOk));
  std::string list = notification_metadata(6, kDeleteBit, 1) +
                     notification_metadata(7, kDeleteBit, 2) +
                     notification_metadata(8, kDeleteBit, 3);
  EXPECT_EQ(card.command("BF280481020410"), tlv_text("BF28", tlv_text("A0", list)) + "9000");
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S05_Nominal_TheCounterGoesOn) {
  EXPECT_EQ(card.command(reset_command("05E0")), reset_answer(kOk));
  for (unsigned number = 1; number <= 8; ++number)
    EXPECT_EQ(card.remove_notification(number), "ok") << number;
  card.power_cycle();
  card.install(1);
  EXPECT_THAT(card.notifications(), ElementsAre("9 install"));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S06_Nominal_WaitingNotificationsStay) {
  std::string before = card.command("BF2B00");
  EXPECT_EQ(card.command(reset_command("0520")), reset_answer(kOk));
  EXPECT_EQ(card.command("BF2B00"), before);
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S07_Nominal_EidInfoAndRatStay) {
  std::string eid = card.command("BF3E035C015A"), rat = card.command("BF4300");
  EXPECT_EQ(card.command(reset_command("05E0")), reset_answer(kOk));
  EXPECT_EQ(card.command("BF3E035C015A"), eid);
  EXPECT_EQ(card.command("BF4300"), rat);
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S08_Nominal_MemoryIsFreeAgain) {
  EXPECT_EQ(card.command(reset_command("06C0")), reset_answer(kOk));
  EXPECT_EQ(card.command(delete_command(by_iccid(4))), delete_answer(kOk));
  remove_notifications(card);
  Bench fresh;
  fresh.start();
  EXPECT_EQ(card.command("BF2200"), fresh.command("BF2200"));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S09_Nominal_DropsTheSession) {  // sgp22.md C.1 rule 20
  Dp dp(card.pki);
  card.authenticate(dp);
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S10_Nominal_ErasesAnUnusedOneTimeKey) {
  Dp dp(card.pki);
  card.prepare(dp);
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  card.prepare(dp);
  EXPECT_NE(to_hex(card.prepared.euicc_signed2.value.euicc_otpk), to_hex(*dp.offered_otpk));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S11_Nominal_ARunningTestProfileGoesToo) {
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.command(reset_command("0640")), reset_answer(kOk));
  EXPECT_EQ(running_iccid(card), "none");
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_disabled(2), is_disabled(4)));
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), answered("BF31", 0));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S12_Nominal_WhatRanBeforeATestProfileIsForgotten) {
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
  card.install(5);  // in the ISD-P of the one that ran before
  EXPECT_EQ(card.command(disable_command(by_iccid(3))), answered("BF32", 0));
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S13_Error_NothingToDeleteTheSecondTime) {
  EXPECT_EQ(card.command(reset_command("05E0")), reset_answer(kOk));
  expect_refused(card, reset_command("05E0"), reset_answer(kNothingToDelete));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S14_Error_CatBusyWhileRefreshIsOpen) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(2), kRefresh)), answered("BF31", 0, "910B"));
  expect_refused(card, reset_command("05E0"), reset_answer(kCatBusy, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  expect_refused(card, reset_command("05E0"), reset_answer(kCatBusy));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset, S15_Error_ConditionsNotSatisfiedWhileLoading) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(5), package_for(metadata_for(5)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, reset_command("05E0"), "6985");
}

TEST(TC_eUICC_ES10c_eUICCMemoryReset_CatBusy, S01_Error_WhileAnotherProactiveCommandIsOpen) {
  Bench card;
  card.persona.proactive_at_start = {"D009810301260082028182"_hex};  // PROVIDE LOCAL INFORMATION
  card.start();
  card.install(1);
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  expect_refused(card, reset_command("0780"), reset_answer(kCatBusy, "910B"));
  EXPECT_EQ(card.apdu(kFetch), "D0098103012600820281829000");
  expect_refused(card, reset_command("0780"), reset_answer(kCatBusy));
  EXPECT_EQ(card.apdu("801400000C810301260082028281830100"), "9000");
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  EXPECT_THAT(card.profiles(), IsEmpty());
}

using TC_eUICC_ES10c_eUICCMemoryReset_NewCard = CardCase;

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset_NewCard, S01_Error_NothingToDelete) {
  for (std::string_view bits : {"0780", "0640", "0520", "05E0"})
    expect_refused(card, reset_command(bits), reset_answer(kNothingToDelete));
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset_NewCard, S02_Nominal_PolicyRulesDoNotMatter) {
  card.install(with_rules(1, {rsp::kPpr1, rsp::kPpr2}));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.command(reset_command("0780")), reset_answer(kOk));
  EXPECT_THAT(card.profiles(), IsEmpty());
  EXPECT_EQ(running_iccid(card), "none");
}

TEST_F(TC_eUICC_ES10c_eUICCMemoryReset_NewCard, S03_Error_NothingToDeleteWithOtherClassesOnly) {
  card.install(of_class(1, rsp::ProfileClass::kProvisioning));
  expect_refused(card, reset_command("06C0"), reset_answer(kNothingToDelete));
}

TEST(TC_eUICC_ES10c_eUICCMemoryReset_DefaultAddress, S01_Nominal_IsThatOfTheFactoryAgain) {
  Bench card;
  card.persona.default_dp_address = "smdp.example";
  card.start();
  std::string factory = card.command(kGetAddresses);
  EXPECT_EQ(card.command(kSetDefaultAddress), answered("BF3F", 0));
  EXPECT_EQ(card.command(reset_command("0520")), reset_answer(kOk));
  EXPECT_EQ(card.command(kGetAddresses), factory);
  expect_refused(card, reset_command("0520"), reset_answer(kNothingToDelete));
}

class TC_eUICC_ES10c_eUICCMemoryReset_Malformed
    : public EachClass,
      public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10c_eUICCMemoryReset_Malformed, S01_Error_UndefinedErrorAndNothingChanged) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_eUICCMemoryReset_Malformed,
    ::testing::Values(MalformedRow{"WithoutOptions", "BF3400", "BF340380017F9000"},
                      MalformedRow{"OptionsWithoutOctets", "BF34028200", "BF340380017F9000"},
                      MalformedRow{"EightUnusedBits", "BF3404820208E0", "BF340380017F9000"},
                      MalformedRow{"WrongTag", "BF3404810205E0", "BF340380017F9000"},
                      MalformedRow{"CutShort", "BF3404820205", "BF340380017F9000"}),
    name_of_row);

}  // namespace
}  // namespace sgp23
