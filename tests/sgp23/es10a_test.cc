// SGP.23 4.2.8 and 4.2.9: ES10a.GetEuiccConfiguredAddresses (SGP.22 5.7.3) and
// ES10a.SetDefaultDpAddress (5.7.4).
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

constexpr std::string_view kGetAddresses = "BF3C00";
constexpr std::string_view kOk = "BF3F038001009000", kUndefinedError = "BF3F0380017F9000";

/// What GetEuiccConfiguredAddresses answers: without an address the default is absent, not empty.
std::string addresses(std::string_view default_dp = "",
                      std::string_view root_ds = "testrootsmds.example.com") {
  std::string content = default_dp.empty() ? "" : tlv("80", text(default_dp));
  return tlv("BF3C", content + tlv("81", text(root_ds))) + "9000";
}
/// SetDefaultDpAddress.
std::string set(std::string_view address) { return tlv("BF3F", tlv("80", text(address))); }

/// Sends a load as far as the card is in the middle of it.
void begin_load(Bench& card) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
}

// --- 4.2.8 ---

using TC_eUICC_ES10a_GetEuiccConfiguredAddresses = Case;

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S01_Nominal_WithoutDefaultSmDp) {
  expect_answer_and_no_change(card, kGetAddresses,
                              "BF3C1A8118"
                              "74657374726F6F74736D64732E6578616D706C652E636F6D"
                              "9000");
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S02_Nominal_WithDefaultSmDp) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, kGetAddresses, addresses(kHost));
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S03_Nominal_AddressesFromTheFactory) {
  Bench other;
  other.persona.default_dp_address = "smdp.example";
  other.persona.root_ds_address = "smds.example";
  other.start();
  expect_answer_and_no_change(other, kGetAddresses, addresses("smdp.example", "smds.example"));
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S04_Nominal_TheSameTwice) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, kGetAddresses, addresses(kHost));
  expect_answer_and_no_change(card, kGetAddresses, addresses(kHost));
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S05_Nominal_WithAnEnabledProfile) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  expect_answer_and_no_change(card, kGetAddresses, addresses());
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S06_Nominal_ElementOfALaterVersionIsTolerated) {
  expect_answer_and_no_change(card, "BF3C03820101", addresses());
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S07_Nominal_InASession) {
  Dp dp(card.pki);
  card.authenticate(dp);
  expect_answer_and_no_change(card, kGetAddresses, addresses());
  EXPECT_EQ(session_of(card), "authenticated");
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S08_Error_WhileAPackageIsLoaded) {
  begin_load(card);
  expect_answer_and_no_change(card, kGetAddresses, "6985");
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S09_Error_LengthBeyondTheEnd) {
  expect_answer_and_no_change(card, "BF3C01", "6A80");
}

TEST_F(TC_eUICC_ES10a_GetEuiccConfiguredAddresses, S10_Error_OctetsBehindTheCommand) {
  expect_answer_and_no_change(card, "BF3C0000", "6A80");
}

// --- 4.2.9 ---

class TC_eUICC_ES10a_SetDefaultDpAddress : public Case {
 protected:
  void expect_default(std::string_view address) {
    for (bool cycled : {false, true}) {
      if (cycled) card.power_cycle();
      EXPECT_EQ(card.command(kGetAddresses), addresses(address));
    }
  }
};

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S01_Nominal_Set) {
  EXPECT_EQ(card.command("BF3F058003612E62"), kOk);
  expect_default("a.b");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S02_Nominal_Replace) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(card.command(set("smdp2.example")), kOk);
  expect_default("smdp2.example");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S03_Nominal_SetTheSameAgain) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, set(kHost), kOk);
  expect_default(kHost);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S04_Nominal_Clear) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(card.command("BF3F028000"), kOk);
  expect_default("");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S05_Nominal_ClearWhereNoneIsSet) {
  expect_answer_and_no_change(card, "BF3F028000", kOk);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S06_Nominal_ClearWhatTheFactorySet) {
  Bench other;
  other.persona.default_dp_address = "smdp.example";
  other.start();
  EXPECT_EQ(other.command("BF3F028000"), kOk);
  EXPECT_EQ(other.command(kGetAddresses), addresses());
  other.power_cycle();
  EXPECT_EQ(other.command(kGetAddresses), addresses());
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S07_Nominal_AddressOf255Characters) {
  std::string address(255, 'a');  // takes two STORE DATA blocks
  EXPECT_EQ(card.command(set(address)), kOk);
  expect_default(address);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S08_Nominal_InBlocksOfOneOctet) {
  EXPECT_EQ(card.command(set(kHost), 1), kOk);
  expect_default(kHost);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S09_Nominal_UpperCaseIsKept) {
  EXPECT_EQ(card.command(set("SMDP.Example")), kOk);
  expect_default("SMDP.Example");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S10_Nominal_ThenMemoryResetOfTheAddress) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(card.command("BF340482020520"), "BF34038001009000");
  expect_default("");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S11_Nominal_ThenMemoryResetOfProfiles) {
  card.install(1);
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(card.command("BF340482020780"), "BF34038001009000");
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
  expect_default(kHost);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S12_Nominal_InASession) {
  Dp dp(card.pki);
  card.authenticate(dp);
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(session_of(card), "authenticated");
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
  EXPECT_EQ(card.command(kGetAddresses), addresses(kHost));
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S13_Nominal_LeavesProfilesAndNotifications) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  std::string before = state_of(card);
  EXPECT_EQ(card.command(set(kHost)), kOk);
  std::string expected = before;
  expected.replace(expected.find("default SM-DP+ ''"), 17,
                   fmt::format("default SM-DP+ '{}'", kHost));
  EXPECT_EQ(state_of(card), expected);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S14_Error_WithoutAddress) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, "BF3F00", kUndefinedError);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S15_Error_AnotherElementInItsPlace) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, "BF3F058103612E62", kUndefinedError);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S16_Error_LengthBeyondTheEnd) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, "BF3F058009612E62", kUndefinedError);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S17_Error_AddressThatIsNoUtf8) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  expect_answer_and_no_change(card, "BF3F048002C328", kUndefinedError);
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S18_Error_WhileAPackageIsLoaded) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  begin_load(card);
  expect_answer_and_no_change(card, set("other.example"), "6985");
}

TEST_F(TC_eUICC_ES10a_SetDefaultDpAddress, S19_Error_LastBlockMissing) {
  EXPECT_EQ(card.command(set(kHost)), kOk);
  EXPECT_EQ(card.apdu("81E2110007BF3F058003612E"), "9000");
  card.power_cycle();
  EXPECT_EQ(card.command(kGetAddresses), addresses(kHost));
}

}  // namespace
}  // namespace sgp23
