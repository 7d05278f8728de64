// SGP.23 4.2.6: ES8+.ReplaceSessionKeys (SGP.22 5.5.4), the one 87 in A2: from the first 86 on the
// profile protection keys hold, and the counter starts again.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

constexpr unsigned kCommand = 4;  // bppCommandId replaceSessionKeys
constexpr unsigned kLoadProfileElements = 5;
constexpr unsigned kIncorrectInput = 1, kStructure = 7, kSecurity = 8;
// Segments: 0 BF36 and BF23, 1 A0, 2 A1, 3 the 88, 4 A2, 5 A3, then the 86s.
constexpr std::size_t kKeys = 4, kPackageHeader = 5, kPackage = 6;

/// BF26 with these lengths of MAC chaining value, encryption key and MAC key.
Bytes keys_of(std::size_t mcv, std::size_t enc, std::size_t mac) {
  return rsp::from_hex(tlv("BF26", tlv("80", to_hex(Bytes(mcv, 0x01))) +
                                       tlv("81", to_hex(Bytes(enc, 0x02))) +
                                       tlv("82", to_hex(Bytes(mac, 0x03)))))
      .value();
}

class TC_eUICC_ES8p_ReplaceSessionKeys : public SessionCase {
 protected:
  BppPlan plan() {
    return dp.plan(metadata_for(1), package_for(metadata_for(1)), KeyMode::kRandomKeys);
  }
  void expect_installed(const std::vector<Bytes>& segments) {
    EXPECT_TRUE(is_result(card, load(segments), {.profile = 1, .final_result = success_result()}));
    EXPECT_THAT(card.profiles(), ::testing::ElementsAre(iccid_digits(1) + " disabled"));
    EXPECT_EQ(*card.euicc->memory().find(iccid(1))->package, package_for(metadata_for(1)));
    EXPECT_EQ(session_of(card), "none");
  }
};

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S01_Nominal_ProfileProtectionKeys) {
  expect_installed(card.bind(dp, plan()).segments());
}

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S02_Nominal_AnswersNothing) {
  auto segments = card.bind(dp, plan()).segments();
  for (std::size_t i = 0; i < kKeys; ++i) EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
  expect_answer_and_no_change(card, to_hex(segments[kKeys]), "9000");
}

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S03_Nominal_KeysOfAllZeros) {
  auto zeros = plan();
  zeros.random_keys = {};
  zeros.keys = rsp::from_hex(
                   "BF2636"
                   "8010" +
                   to_hex(Bytes(16)) + "8110" + to_hex(Bytes(16)) + "8210" + to_hex(Bytes(16)))
                   .value();
  expect_installed(card.bind(dp, zeros).segments());
}

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S04_Nominal_AfterMetadataInTwoSegments) {
  auto metadata = metadata_for(1);
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = Bytes(1000, 0x89);
  expect_installed(segments_for(metadata, KeyMode::kRandomKeys));
}

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S05_Nominal_OnePackageProtectedOnceForTwoSessions) {
  // Profile protection keys are what lets a server protect a package before it knows the card: the
  // same 86s are good in another session.
  Bpp first = card.bind(dp, plan());
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  Bpp second = card.bind(dp, plan());
  EXPECT_NE(second.configure, first.configure);
  second.package = first.package;
  expect_installed(second.segments());
}

TEST_F(TC_eUICC_ES8p_ReplaceSessionKeys, S06_Error_PackageUnderSessionKeysAllTheSame) {
  Bpp with_keys = card.bind(dp, plan());
  auto without = plan();
  without.keys.reset();
  with_keys.package =
      dp.protect(without, card.prepared.euicc_signed2.value.euicc_otpk, card.euicc->eid()).package;
  auto segments = with_keys.segments();
  segments.resize(kPackage + 1);
  EXPECT_TRUE(
      is_result(card, load(segments),
                {.profile = 1, .final_result = error_result(kLoadProfileElements, kSecurity)}));
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

// --- Errors, each on a card with a profile; the result names the profile, whose metadata had come

LoadFault fault(std::string name, std::size_t at, unsigned command, unsigned reason) {
  return {.name = std::move(name),
          .at = at,
          .command = command,
          .reason = reason,
          .mode = KeyMode::kRandomKeys,
          .names_profile = true};
}
LoadFault planned(std::string name, Bytes keys) {
  LoadFault out = fault(std::move(name), kKeys, kCommand, kIncorrectInput);
  out.plan = [keys = std::move(keys)](BppPlan& plan) { plan.keys = keys; };
  return out;
}
LoadFault damaged(std::string name, unsigned reason, std::function<void(Bytes&)> change) {
  LoadFault out = fault(std::move(name), kKeys, kCommand, reason);
  out.bpp = [change = std::move(change)](Bpp& bpp) { change(*bpp.keys); };
  return out;
}
LoadFault cut(std::string name, std::size_t at, unsigned command,
              std::function<void(std::vector<Bytes>&)> change) {
  LoadFault out = fault(std::move(name), at, command, kStructure);
  out.segments = std::move(change);
  return out;
}

std::vector<LoadFault> faults() {
  LoadFault left_out =
      fault("S19_Error_LeftOutOfThePackage", kPackageHeader, kLoadProfileElements, kSecurity);
  left_out.bpp = [](Bpp& bpp) { bpp.keys.reset(); };
  LoadFault other =
      fault("S20_Error_PackageUnderOtherKeys", kPackage, kLoadProfileElements, kSecurity);
  other.plan = [](BppPlan& plan) { plan.random_keys.mac[0] ^= 1; };
  LoadFault chaining = fault("S21_Error_PackageUnderAnotherChainingValue", kPackage,
                             kLoadProfileElements, kSecurity);
  chaining.plan = [](BppPlan& plan) { plan.random_keys.initial_mac_chaining_value[15] ^= 1; };
  return {
      planned("S01_Error_AnotherCommand", "BF2400"_hex),
      planned("S02_Error_EmptyRequest", "BF2600"_hex),
      planned("S03_Error_ChainingValueOf15Octets", keys_of(15, 16, 16)),
      planned("S04_Error_EncryptionKeyOf15Octets", keys_of(16, 15, 16)),
      planned("S05_Error_MacKeyOf15Octets", keys_of(16, 16, 15)),
      planned("S06_Error_KeysOf32Octets", keys_of(16, 32, 32)),
      planned("S07_Error_EmptyMacKey", keys_of(16, 16, 0)),
      planned("S08_Error_OctetsBehindTheCommand", rsp::concat({keys_of(16, 16, 16), "00"_hex})),
      damaged("S09_Error_Mac", kSecurity, [](Bytes& keys) { keys.back() ^= 1; }),
      damaged("S10_Error_CiphertextAltered", kSecurity,
              [](Bytes& keys) { keys.at(keys.size() - 10) ^= 1; }),
      damaged("S11_Error_Tag86", kStructure, [](Bytes& keys) { keys[0] = 0x86; }),
      damaged("S12_Error_Tag88", kStructure, [](Bytes& keys) { keys[0] = 0x88; }),
      damaged("S13_Error_Twice", kStructure, [](Bytes& keys) { rsp::append(keys, Bytes(keys)); }),
      damaged("S14_Error_EmptyList", kStructure, [](Bytes& keys) { keys.clear(); }),
      damaged("S15_Error_NoRoomForAMac", kStructure,
              [](Bytes& keys) { keys = "870701020304050607"_hex; }),
      cut("S16_Error_HeaderAlone", kKeys, kCommand,
          [](std::vector<Bytes>& segments) { segments[kKeys].resize(2); }),
      cut("S17_Error_LeftOutOfTheSegments", kKeys, kLoadProfileElements,
          [](std::vector<Bytes>& segments) { segments.erase(segments.begin() + kKeys); }),
      cut("S18_Error_SentASecondTime", kPackageHeader, kLoadProfileElements,
          [](std::vector<Bytes>& segments) {
            segments.insert(segments.begin() + kKeys, Bytes(segments[kKeys]));
          }),
      left_out,
      other,
      chaining,
  };
}

class TC_eUICC_ES8p_ReplaceSessionKeysErrorCases : public ::testing::TestWithParam<LoadFault> {};

TEST_P(TC_eUICC_ES8p_ReplaceSessionKeysErrorCases, Sequence) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_ReplaceSessionKeysErrorCases,
                         ::testing::ValuesIn(faults()), by_name());

}  // namespace
}  // namespace sgp23
