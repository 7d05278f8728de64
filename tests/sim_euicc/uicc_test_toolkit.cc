// Proactive commands and profile switches with REFRESH (ETSI TS 102 221 7.4.2, TS 102 223 6.4.7,
// SGP.22 5.7.16 to 5.7.19).
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::StartsWith;

constexpr std::string_view kTerminalProfile = "801000000400008000";  // REFRESH is known
constexpr std::string_view kRefresh = "D009810301010482028182";
constexpr std::string_view kDone = "801400000C810301010482028281830100";
constexpr std::string_view kBusy = "801400000C810301010482028281830120";

/// A terminal that knows REFRESH; profile 1 runs, profile 2 waits.
class Toolkit : public UiccTest {
 protected:
  Toolkit() {
    card.install(2);
    EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  }
  std::string switch_by_refresh(unsigned number, std::string_view function = "BF31") {
    return card.command(std::string(function) + "11A00C5A0A" + to_hex(iccid(number)) + "8101FF");
  }
  std::string running_iccid() {
    card.apdu("00A4000C023F00");
    if (card.apdu("00A4000C022FE2") != "9000") return "none";
    return card.apdu("00B000000A").substr(0, 20);
  }
};
using RefreshedSwitch = Toolkit;
using ProactiveSession = Toolkit;

TEST_F(RefreshedSwitch, AnswersOkAndThatACommandWaits) {
  EXPECT_EQ(switch_by_refresh(2), "BF3103800100910B");
}

TEST_F(RefreshedSwitch, GivesRefreshToFetch) {
  switch_by_refresh(2);
  EXPECT_EQ(card.apdu("801200000B"), std::string(kRefresh) + "9000");
}

TEST_F(RefreshedSwitch, HasNotHappenedBeforeTheTerminalAnswers) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(running_iccid(), to_hex(iccid(1)));
  EXPECT_THAT(card.profiles(),
              ElementsAre("8988211000000000001 enabled", "8988211000000000002 disabled"));
  EXPECT_THAT(card.notifications(), ::testing::Not(::testing::Contains("3 disable")));
}

TEST_F(RefreshedSwitch, HappensWithTheTerminalResponse) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu(kDone), "9000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

TEST_F(RefreshedSwitch, ClosesTheChannels) {
  EXPECT_EQ(card.apdu("0070000001").substr(2), "9000");
  switch_by_refresh(2);
  card.apdu("801200000B");
  card.apdu(kDone);
  EXPECT_EQ(card.apdu("01A4000C023F00"), "6881");
}

TEST_F(RefreshedSwitch, HappensWithAResetToo) {
  switch_by_refresh(2);
  card.euicc->reset();
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

TEST_F(RefreshedSwitch, SurvivesAPowerCutBeforeTheAnswer) {
  switch_by_refresh(2);
  card.power_cycle();
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

TEST_F(RefreshedSwitch, NotifiesOnceWhenItHappens) {
  auto before = card.notifications().size();
  switch_by_refresh(2);
  EXPECT_EQ(card.notifications().size(), before);
  card.power_cycle();
  EXPECT_EQ(card.notifications().size(), before + 2) << "disable and enable";
  card.power_cycle();
  EXPECT_EQ(card.notifications().size(), before + 2);
}

TEST_F(RefreshedSwitch, OfATerminalThatIsBusyHappensWithTheReset) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu(kBusy), "9000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(1)));
  card.euicc->reset();
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

// Not specified: a switch is pending and its REFRESH is not to be had any more.

TEST_F(RefreshedSwitch, IsRefreshedAnewAfterAnotherTerminalProfile) {
  switch_by_refresh(2);
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  EXPECT_EQ(card.apdu("801200000B"), std::string(kRefresh) + "9000");
  EXPECT_EQ(card.apdu(kDone), "9000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
  EXPECT_FALSE(card.euicc->memory().settings.pending_switch);
}

TEST_F(RefreshedSwitch, OfATerminalThatWasBusyIsRefreshedAnewAfterTerminalProfile) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu(kBusy), "9000");
  EXPECT_EQ(card.enable(iccid(2)), "catBusy");
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu(kDone), "9000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

TEST_F(RefreshedSwitch, HappensAtOnceWithATerminalProfileThatDoesNotKnowRefresh) {
  switch_by_refresh(2);
  EXPECT_EQ(card.apdu("80100000020100"), "9000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
}

TEST_F(RefreshedSwitch, DisablesTheRunningProfile) {
  EXPECT_EQ(switch_by_refresh(1, "BF32"), "BF3203800100910B");
  card.apdu("801200000B");
  card.apdu(kDone);
  EXPECT_EQ(running_iccid(), "none");
}

TEST_F(RefreshedSwitch, WithoutTheFlagHappensAtOnce) {
  EXPECT_EQ(card.command("BF3111A00C5A0A" + to_hex(iccid(2)) + "810100"), "BF31038001009000");
  EXPECT_EQ(running_iccid(), to_hex(iccid(2)));
}

TEST_F(RefreshedSwitch, TheProfileThatIsAboutToRunIsNotDeleted) {
  switch_by_refresh(2);
  EXPECT_EQ(card.remove(iccid(2)), "profileNotInDisabledState");
}

TEST_F(RefreshedSwitch, MemoryResetOfTheRunningProfileRefreshes) {
  EXPECT_EQ(card.command("BF340482020780"), "BF3403800100910B");
  EXPECT_EQ(running_iccid(), "none");
}

TEST(WithoutTerminalProfile, ASwitchHappensAtOnce) {
  Bench card;
  card.start();
  card.install(1);
  EXPECT_EQ(card.command("BF3111A00C5A0A" + to_hex(iccid(1)) + "8101FF"), "BF31038001009000");
  EXPECT_EQ(card.apdu("00A4000C022FE2"), "9000");
}

TEST(WithoutTerminalProfile, NothingIsFetched) {
  Bench card;
  card.start();
  EXPECT_EQ(card.apdu("8012000000"), "6985");
  EXPECT_EQ(card.apdu(kDone), "6985");
}

// --- The session (TS 102 221 7.4.2) ---

TEST_F(ProactiveSession, IsBusyUntilTheTerminalHasAnswered) {
  switch_by_refresh(2);
  EXPECT_EQ(card.enable(iccid(2)), "catBusy");
  EXPECT_EQ(card.disable(iccid(1)), "catBusy");
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles}), "catBusy");
  card.apdu("801200000B");
  EXPECT_EQ(card.enable(iccid(2)), "catBusy");
}

TEST_F(ProactiveSession, EveryCommandTellsThatOneWaitsUntilItIsFetched) {
  switch_by_refresh(2);
  EXPECT_EQ(card.apdu("00A4000C023F00"), "910B");
  EXPECT_EQ(card.apdu("801200000B").substr(22), "9000");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
}

TEST_F(ProactiveSession, FetchOfAnotherLengthSaysTheRightOne) {
  switch_by_refresh(2);
  EXPECT_EQ(card.apdu("8012000005"), "6C0B");
  EXPECT_EQ(card.apdu("801200000B"), std::string(kRefresh) + "9000");
}

TEST_F(ProactiveSession, FetchGivesEachCommandOnce) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu("801200000B"), "6985");
}

TEST_F(ProactiveSession, AMalformedTerminalResponseIsRefusedAndTheCommandStaysOpen) {
  switch_by_refresh(2);
  card.apdu("801200000B");
  EXPECT_EQ(card.apdu("8014000003810301"), "6A80");
  EXPECT_EQ(card.apdu(kDone), "9000");
}

TEST(ToolkitApplet, HasCommandsInStoreAfterTerminalProfile) {
  Bench card;
  card.persona.proactive_at_start = {"D009810301260082028182"_hex};
  card.start();
  card.install(1);
  EXPECT_EQ(card.apdu(kTerminalProfile), "910B");
  EXPECT_EQ(card.enable(iccid(1)), "catBusy");
  EXPECT_THAT(card.apdu("801200000B"), StartsWith("D0098103012600"));
  EXPECT_EQ(card.apdu("801400000C810301260082028281830100"), "9000");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
}

// --- TERMINAL CAPABILITY (TS 102 221 11.1.19), ENVELOPE ---

using Terminal = EuiccTest;

TEST_F(Terminal, CapabilityIsTaken) { EXPECT_EQ(card.apdu("80AA000005A903830107"), "9000"); }

TEST_F(Terminal, CapabilityThatIsNoTemplateIsWrongData) {
  EXPECT_EQ(card.apdu("80AA000003830107"), "6A80");
  EXPECT_EQ(card.apdu("80AA000005A903830207"), "6A80");
  EXPECT_EQ(card.apdu("80AA0000"), "6700");
}

TEST_F(Terminal, EnvelopeThatNobodyWaitsForIsTaken) {
  EXPECT_EQ(card.apdu("80C2000007D605990104820100"), "9000");
  EXPECT_EQ(card.apdu("80C2000003D60599"), "6A80");
}

// --- Test and provisioning profiles ---

class Classes : public EuiccTest {
 protected:
  rsp::StoreMetadataRequest of_class(unsigned number, rsp::ProfileClass profile_class) {
    auto metadata = metadata_for(number);
    metadata.profile_class = profile_class;
    return metadata;
  }
  void install_two_operational_and_two_test_profiles() {
    card.install(1);
    card.install(2);
    card.install(of_class(3, rsp::ProfileClass::kTest));
    card.install(of_class(4, rsp::ProfileClass::kTest));
  }
};

TEST_F(Classes, DisablingATestProfileEnablesTheOneThatRanBefore) {
  install_two_operational_and_two_test_profiles();
  card.enable(iccid(1));
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.disable(iccid(3)), "ok");
  EXPECT_THAT(card.profiles(), ::testing::Contains("8988211000000000001 enabled"));
}

TEST_F(Classes, DisablingATestProfileEnablesNoneWhereNoneRanBefore) {
  install_two_operational_and_two_test_profiles();
  EXPECT_EQ(card.enable(iccid(3)), "ok");
  EXPECT_EQ(card.disable(iccid(3)), "ok");
  EXPECT_THAT(card.profiles(), ::testing::Not(::testing::Contains(EndsWith("enabled"))));
}

TEST_F(Classes, AfterATestProfileAnotherOperationalOneIsRefused) {
  install_two_operational_and_two_test_profiles();
  card.enable(iccid(1));
  card.enable(iccid(3));
  EXPECT_EQ(card.enable(iccid(2)), "wrongProfileReenabling");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
}

TEST_F(Classes, FromOneTestProfileToTheNextTheFirstIsRemembered) {
  install_two_operational_and_two_test_profiles();
  card.enable(iccid(1));
  card.enable(iccid(3));
  EXPECT_EQ(card.enable(iccid(4)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "wrongProfileReenabling");
  card.power_cycle();
  EXPECT_EQ(card.enable(iccid(2)), "wrongProfileReenabling");
  EXPECT_EQ(card.disable(iccid(4)), "ok");
  EXPECT_THAT(card.profiles(), ::testing::Contains("8988211000000000001 enabled"));
}

TEST_F(Classes, WhereTheOneThatRanBeforeIsGoneAnyMayRun) {
  install_two_operational_and_two_test_profiles();
  card.enable(iccid(1));
  card.enable(iccid(3));
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
}

TEST_F(Classes, ANewProfileIsNotTakenForTheOneThatRanBefore) {
  install_two_operational_and_two_test_profiles();
  card.enable(iccid(1));
  card.enable(iccid(3));
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  card.install(5);  // gets the AID that is free
  EXPECT_EQ(card.disable(iccid(3)), "ok");
  EXPECT_THAT(card.profiles(), ::testing::Not(::testing::Contains(EndsWith("enabled"))));
}

TEST_F(Classes, AProvisioningProfileOverridesPpr1) {
  auto metadata = metadata_for(1);
  metadata.profile_policy_rules.emplace().set(rsp::kPpr1);
  metadata.profile_owner = test_operator();
  card.install(metadata);
  card.install(of_class(2, rsp::ProfileClass::kProvisioning));
  card.enable(iccid(1));
  EXPECT_EQ(card.enable(iccid(2)), "ok");
}

}  // namespace
}  // namespace sim::testing
