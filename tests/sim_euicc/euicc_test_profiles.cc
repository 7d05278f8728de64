// ES10c: GetProfilesInfo, EnableProfile, DisableProfile, DeleteProfile, SetNickname,
// eUICCMemoryReset.
#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using GetProfilesInfo = EuiccTest;
using EnableProfile = EuiccTest;
using DisableProfile = EuiccTest;
using DeleteProfile = EuiccTest;
using SetNickname = EuiccTest;
using MemoryReset = EuiccTest;

rsp::StoreMetadataRequest with_rules(unsigned number, const rsp::asn1::BitString& rules) {
  auto metadata = metadata_for(number);
  metadata.profile_policy_rules = rules;
  metadata.profile_owner = test_operator();
  return metadata;
}

rsp::StoreMetadataRequest of_class(unsigned number, rsp::ProfileClass profile_class) {
  auto metadata = metadata_for(number);
  metadata.profile_class = profile_class;
  return metadata;
}

// --- GetProfilesInfo (SGP.22 5.7.15) ---

/// The tags in each E3 of an answer: {"5A 4F 9F70", ...}.
std::vector<std::string> tags_in(Bench& card, std::string_view command) {
  Bytes answer = rsp::from_hex(card.command(command)).value();
  std::vector<std::string> out;
  auto outer = rsp::asn1::Reader(answer).peek();
  auto list = rsp::asn1::Reader(outer->content).peek();
  EXPECT_EQ(to_string(list->tag, list->constructed), "A0") << to_hex(answer);
  rsp::asn1::Reader profiles(list->content);
  while (auto profile = profiles.next()) {
    EXPECT_EQ(to_string(profile->tag, profile->constructed), "E3");
    std::string tags;
    rsp::asn1::Reader fields(profile->content);
    while (auto field = fields.next()) {
      tags += (tags.empty() ? "" : " ") + to_string(field->tag, field->constructed);
    }
    out.push_back(tags);
  }
  return out;
}

/// ICCIDs' numbers of the profiles that a search finds.
std::vector<std::string> found(
    Bench& card, const std::variant<rsp::Aid, rsp::Iccid, rsp::ProfileClass>& search) {
  rsp::ProfileInfoListRequest request;
  request.search_criteria = search;
  auto response = card.call(request);
  std::vector<std::string> out;
  for (const auto& info : std::get<rsp::ProfileInfoList>(response.result)) {
    out.push_back(rsp::from_swapped_bcd(*info.iccid));
  }
  return out;
}

TEST_F(GetProfilesInfo, ANewCardHasAnEmptyList) {
  EXPECT_EQ(card.command("BF2D00"), "BF2D02A0009000");
}

TEST_F(GetProfilesInfo, WithoutATagListGivesTheDefaultSet) {
  card.install(1);
  EXPECT_THAT(tags_in(card, "BF2D00"), ElementsAre("5A 4F 9F70 91 92 95"));
}

TEST_F(GetProfilesInfo, TheDefaultSetHasNicknameAndIconWhereThereAreSuch) {
  auto metadata = metadata_for(1);
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = Bytes(100, 0x89);
  card.install(metadata);
  card.call(rsp::SetNicknameRequest{iccid(1), std::string("mine"), {}});
  EXPECT_THAT(tags_in(card, "BF2D00"), ElementsAre("5A 4F 9F70 90 91 92 93 94 95"));
}

TEST_F(GetProfilesInfo, ATagListGivesExactlyWhatItNamesAndWhatThereIs) {
  auto metadata = with_rules(1, {rsp::kPpr2});
  card.install(metadata);
  // 94 and 90 are named, but there is no icon and no nickname.
  EXPECT_THAT(tags_in(card, "BF2D0B5C095A9F709490B6B7B899"), ElementsAre("5A 9F70 B6 B7 B8 99"));
}

TEST_F(GetProfilesInfo, ATagThatNobodyKnowsIsPassedOver) {
  card.install(1);
  EXPECT_THAT(tags_in(card, "BF2D055C035A9F7B"), ElementsAre("5A"));
}

TEST_F(GetProfilesInfo, TheMetadataIsWhatWasStored) {
  auto metadata = metadata_for(1);
  card.install(metadata);
  auto info = std::get<rsp::ProfileInfoList>(card.call(rsp::ProfileInfoListRequest{}).result).at(0);
  EXPECT_EQ(info.iccid, metadata.iccid);
  EXPECT_EQ(*info.service_provider_name, metadata.service_provider_name);
  EXPECT_EQ(*info.profile_name, metadata.profile_name);
  EXPECT_EQ(info.profile_class, rsp::ProfileClass::kOperational);
  EXPECT_EQ(info.profile_state, rsp::ProfileState::kDisabled);
}

TEST_F(GetProfilesInfo, SearchesByIccidAidAndClass) {
  card.install(1);
  rsp::Aid aid = card.install(of_class(2, rsp::ProfileClass::kTest));
  EXPECT_THAT(found(card, iccid(1)), ElementsAre(iccid_digits(1)));
  EXPECT_THAT(found(card, aid), ElementsAre(iccid_digits(2)));
  EXPECT_THAT(found(card, rsp::ProfileClass::kTest), ElementsAre(iccid_digits(2)));
  EXPECT_THAT(found(card, rsp::ProfileClass::kOperational), ElementsAre(iccid_digits(1)));
}

TEST_F(GetProfilesInfo, ASearchThatFindsNothingIsAnEmptyList) {
  card.install(1);
  EXPECT_THAT(found(card, iccid(2)), IsEmpty());
  EXPECT_THAT(found(card, rsp::Aid("A0000005591010FFFFFFFF8900002000"_hex)), IsEmpty());
  EXPECT_THAT(found(card, rsp::ProfileClass::kProvisioning), IsEmpty());
}

TEST_F(GetProfilesInfo, ATagListThatIsCutShortIsRefused) {
  EXPECT_EQ(card.command("BF2D045C025A9F"), "BF2D038101019000");
}

// --- EnableProfile (SGP.22 5.7.16) ---

TEST_F(EnableProfile, ByIccid) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " enabled"));
}

TEST_F(EnableProfile, ByAid) {
  rsp::Aid aid = card.install(1);
  EXPECT_EQ(card.enable(aid), "ok");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " enabled"));
}

TEST_F(EnableProfile, TheRefreshFlagMakesNoDifferenceToTheState) {
  card.install(1);
  EXPECT_EQ(card.command("BF3111A00C5A0A988812010000000000F18101FF"), "BF31038001009000");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " enabled"));
}

TEST_F(EnableProfile, OneThatIsNotThereIsNotFound) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(2)), "iccidOrAidNotFound");
  EXPECT_EQ(card.enable(rsp::Aid("A0000005591010FFFFFFFF8900002000"_hex)), "iccidOrAidNotFound");
}

TEST_F(EnableProfile, OneThatIsEnabledIsNotInDisabledState) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(1)), "profileNotInDisabledState");
}

TEST_F(EnableProfile, DisablesTheOneBefore) {
  card.install(1);
  card.install(2);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(1) + " disabled", iccid_digits(2) + " enabled"));
}

TEST_F(EnableProfile, ASwitchIsNotifiedAsDisableThenEnableWithNumbersInARow) {  // pitfall C.6
  card.install(1);
  card.install(2);
  card.enable(iccid(1));
  card.enable(iccid(2));
  EXPECT_THAT(card.notifications(),
              ElementsAre("1 install", "2 install", "3 enable", "4 disable", "5 enable"));
  auto pending = card.pending();
  EXPECT_EQ(rsp::metadata_of(pending.at(3)).iccid, iccid(1));
  EXPECT_EQ(rsp::metadata_of(pending.at(4)).iccid, iccid(2));
}

TEST_F(EnableProfile, Ppr1OfTheRunningProfileForbidsTheSwitch) {  // SGP.22 2.9.1
  card.install(with_rules(1, {rsp::kPpr1}));
  card.install(2);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "disallowedByPolicy");
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(1) + " enabled", iccid_digits(2) + " disabled"));
}

TEST_F(EnableProfile, ATestProfileMayRunInPlaceOfOneWithPpr1) {  // SGP.22 2.9.1
  card.install(with_rules(1, {rsp::kPpr1}));
  card.install(of_class(2, rsp::ProfileClass::kTest));
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
}

TEST_F(EnableProfile, SurvivesPowerLoss) {
  card.install(1);
  card.enable(iccid(1));
  card.power_cycle();
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " enabled"));
}

// --- DisableProfile (SGP.22 5.7.17) ---

TEST_F(DisableProfile, ByIccidAndByAid) {
  rsp::Aid aid = card.install(1);
  card.enable(aid);
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
  card.enable(aid);
  EXPECT_EQ(card.disable(aid), "ok");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
}

TEST_F(DisableProfile, OneThatIsNotThereIsNotFound) {
  EXPECT_EQ(card.disable(iccid(1)), "iccidOrAidNotFound");
}

TEST_F(DisableProfile, OneThatIsDisabledIsNotInEnabledState) {
  card.install(1);
  EXPECT_EQ(card.disable(iccid(1)), "profileNotInEnabledState");
}

TEST_F(DisableProfile, Ppr1ForbidsIt) {
  card.install(with_rules(1, {rsp::kPpr1}));
  card.enable(iccid(1));
  EXPECT_EQ(card.disable(iccid(1)), "disallowedByPolicy");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " enabled"));
}

TEST_F(DisableProfile, Ppr2DoesNotForbidIt) {
  card.install(with_rules(1, {rsp::kPpr2}));
  card.enable(iccid(1));
  EXPECT_EQ(card.disable(iccid(1)), "ok");
}

// --- DeleteProfile (SGP.22 5.7.18) ---

TEST_F(DeleteProfile, ByIccidAndByAid) {
  card.install(1);
  rsp::Aid aid = card.install(2);
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  EXPECT_EQ(card.remove(aid), "ok");
  EXPECT_THAT(card.profiles(), IsEmpty());
}

TEST_F(DeleteProfile, OneThatIsNotThereIsNotFound) {
  EXPECT_EQ(card.remove(iccid(1)), "iccidOrAidNotFound");
}

TEST_F(DeleteProfile, OneThatIsEnabledIsNotInDisabledState) {
  card.install(1);
  card.enable(iccid(1));
  EXPECT_EQ(card.remove(iccid(1)), "profileNotInDisabledState");
}

TEST_F(DeleteProfile, Ppr2ForbidsIt) {
  card.install(with_rules(1, {rsp::kPpr2}));
  EXPECT_EQ(card.remove(iccid(1)), "disallowedByPolicy");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
}

TEST_F(DeleteProfile, Ppr1DoesNotForbidItWhileTheProfileIsDisabled) {
  card.install(with_rules(1, {rsp::kPpr1}));
  EXPECT_EQ(card.remove(iccid(1)), "ok");
}

TEST_F(DeleteProfile, FreesTheIccidAndTheMemory) {
  card.install(1);
  card.remove(iccid(1));
  for (std::uint32_t number : {1U, 2U}) card.remove_notification(number);
  EXPECT_EQ(card.euicc->memory().memory_used(), 0U);
  card.install(1);
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
}

TEST_F(DeleteProfile, SurvivesPowerLoss) {
  card.install(1);
  card.remove(iccid(1));
  card.power_cycle();
  EXPECT_THAT(card.profiles(), IsEmpty());
}

// --- SetNickname (SGP.22 5.7.21) ---

std::string nickname_of(Bench& card) {
  auto info = std::get<rsp::ProfileInfoList>(card.call(rsp::ProfileInfoListRequest{}).result).at(0);
  return info.profile_nickname ? "'" + *info.profile_nickname + "'" : "none";
}
std::string set_nickname(Bench& card, unsigned number, const std::string& nickname) {
  return name_of(
      card.call(rsp::SetNicknameRequest{iccid(number), nickname, {}}).set_nickname_result);
}

TEST_F(SetNickname, IsShownUnderTag90) {  // pitfall H 22
  card.install(1);
  EXPECT_EQ(set_nickname(card, 1, "work"), "ok");
  EXPECT_EQ(card.command("BF2D035C0190"), "BF2D0AA008E3069004776F726B9000");
}

TEST_F(SetNickname, AnEmptyOneTakesItAway) {
  card.install(1);
  EXPECT_EQ(set_nickname(card, 1, "work"), "ok");
  EXPECT_EQ(set_nickname(card, 1, ""), "ok");
  EXPECT_EQ(nickname_of(card), "none");
}

TEST_F(SetNickname, OfAProfileThatIsNotThere) {
  card.install(1);
  EXPECT_EQ(set_nickname(card, 2, "work"), "iccidNotFound");
}

TEST_F(SetNickname, HasUpTo64Octets) {
  card.install(1);
  EXPECT_EQ(set_nickname(card, 1, std::string(64, 'x')), "ok");
  EXPECT_EQ(set_nickname(card, 1, std::string(65, 'y')), "undefinedError");
  EXPECT_EQ(nickname_of(card), "'" + std::string(64, 'x') + "'");
}

TEST_F(SetNickname, SurvivesPowerLoss) {
  card.install(1);
  set_nickname(card, 1, "työ");
  card.power_cycle();
  EXPECT_EQ(nickname_of(card), "'työ'");
}

// --- eUICCMemoryReset (SGP.22 5.7.19) ---

/// A card with an operational, a test and a provisioning profile.
void install_each_class(Bench& card) {
  card.install(1);
  card.install(of_class(2, rsp::ProfileClass::kTest));
  card.install(of_class(3, rsp::ProfileClass::kProvisioning));
}

TEST_F(MemoryReset, DeletesOperationalProfiles) {
  install_each_class(card);
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles}), "ok");
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(2) + " disabled", iccid_digits(3) + " disabled"));
}

TEST_F(MemoryReset, DeletesTestProfiles) {
  install_each_class(card);
  EXPECT_EQ(card.memory_reset({rsp::kDeleteFieldLoadedTestProfiles}), "ok");
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(1) + " disabled", iccid_digits(3) + " disabled"));
}

TEST_F(MemoryReset, DoesAllThatIsAskedForAtOnce) {
  install_each_class(card);
  card.command("BF3F058003612E62");
  EXPECT_EQ(card.command("BF3404820205E0"), "BF34038001009000");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(3) + " disabled"));
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, std::nullopt);
}

TEST_F(MemoryReset, AsksNeitherStateNorPolicyRules) {
  card.install(with_rules(1, {rsp::kPpr1, rsp::kPpr2}));
  card.enable(iccid(1));
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles}), "ok");
  EXPECT_THAT(card.profiles(), IsEmpty());
}

TEST(MemoryResetOfAPersona, BringsBackItsDefaultAddress) {
  Bench card;
  card.persona.default_dp_address = "smdp.example";
  card.start();
  card.command("BF3F058003612E62");
  EXPECT_EQ(card.memory_reset({rsp::kResetDefaultSmdpAddress}), "ok");
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, "smdp.example");
}

TEST_F(MemoryReset, SaysWhereThereIsNothingToDelete) {
  card.install(of_class(1, rsp::ProfileClass::kProvisioning));
  rsp::asn1::BitString all{rsp::kDeleteOperationalProfiles, rsp::kDeleteFieldLoadedTestProfiles,
                           rsp::kResetDefaultSmdpAddress};
  EXPECT_EQ(card.memory_reset(all), "nothingToDelete");
  EXPECT_EQ(card.memory_reset({}), "nothingToDelete");
}

TEST_F(MemoryReset, IsNotifiedAsDelete) {
  card.install(1);
  card.memory_reset({rsp::kDeleteOperationalProfiles});
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 delete"));
}

TEST_F(MemoryReset, DoesNotSetTheNotificationCounterBack) {  // SGP.22 3.5
  card.install(1);
  card.memory_reset({rsp::kDeleteOperationalProfiles});
  card.install(1);
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 delete", "3 install"));
}

TEST_F(MemoryReset, EndsTheSession) {  // sgp22.md C.1 rule 20
  card.install(1);
  Dp dp(card.pki);
  card.authenticate(dp);
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles}), "ok");
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(MemoryReset, SurvivesPowerLoss) {
  card.install(1);
  card.memory_reset({rsp::kDeleteOperationalProfiles});
  card.power_cycle();
  EXPECT_THAT(card.profiles(), IsEmpty());
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 delete"));
}

}  // namespace
}  // namespace sim::testing
