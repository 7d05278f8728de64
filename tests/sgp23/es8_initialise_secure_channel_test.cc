// SGP.23 4.2.3: ES8+.InitialiseSecureChannel (SGP.22 5.5.1), the first segment of a Bound Profile
// Package: BF36 and the whole of BF23.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

constexpr unsigned kCommand = 0;  // bppCommandId initialiseSecureChannel
constexpr unsigned kIncorrectInput = 1, kInvalidSignature = 2, kInvalidTransactionId = 3,
                   kUnsupportedCrt = 4, kUnsupportedRemoteOperation = 5;

class TC_eUICC_ES8p_InitialiseSecureChannel : public SessionCase {
 protected:
  /// A plan whose package is for profile 1.
  BppPlan plan() { return dp.plan(metadata_for(1), package_for(metadata_for(1))); }
  /// The first segment gets 9000 alone, and the load is remembered; the rest ends in a profile.
  void expect_taken(const BppPlan& plan) {
    auto segments = card.bind(dp, plan).segments();
    std::string expected = state_of(card);
    expected.replace(expected.find("load none"), 9, "load begun");
    EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
    EXPECT_EQ(session_of(card), "loading");
    EXPECT_EQ(state_of(card), expected);
    std::vector<Bytes> rest(segments.begin() + 1, segments.end());
    EXPECT_TRUE(is_result(card, load(rest), {.profile = 1, .final_result = success_result()}));
  }
};

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S01_Nominal_SessionKeys) { expect_taken(plan()); }

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S02_Nominal_HostIdOfOneOctet) {
  auto changed = plan();
  changed.initialise.control_ref_template.host_id = Bytes{0x00};
  expect_taken(changed);
}

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S03_Nominal_HostIdOf16OctetsThatIsNoEid) {
  auto changed = plan();
  changed.initialise.control_ref_template.host_id = Bytes(16, 0xFF);
  expect_taken(changed);
}

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S04_Nominal_AfterARefusedOneInAnotherSession) {
  auto wrong = plan();
  wrong.initialise.transaction_id = Bytes(16, 0x77);
  EXPECT_TRUE(is_result(card, card.command(to_hex(card.bind(dp, wrong).segments()[0])),
                        {.final_result = error_result(kCommand, kInvalidTransactionId)}));
  auto segments = card.bind(dp, plan()).segments();
  EXPECT_TRUE(is_result(card, load(segments),
                        {.sequence_number = 2, .profile = 1, .final_result = success_result()}));
  EXPECT_THAT(card.profiles(), ::testing::ElementsAre(iccid_digits(1) + " disabled"));
}

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S05_Error_SignedForAnotherOneTimeKey) {
  card.prepare(dp);
  Bytes before = card.prepared.euicc_signed2.value.euicc_otpk;
  card.prepare(dp);  // another key, since the server has not offered the one before
  auto segments = dp.protect(plan(), before, card.euicc->eid()).segments();
  EXPECT_TRUE(is_result(card, card.command(to_hex(segments[0])),
                        {.final_result = error_result(kCommand, kInvalidSignature)}));
  EXPECT_EQ(session_of(card), "none");
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

TEST_F(TC_eUICC_ES8p_InitialiseSecureChannel, S06_Error_SignedWithTheKeyOfDpAuth) {
  card.prepare(dp);
  Dp other = dp;
  other.pb.key = dp.auth.key;
  auto segments =
      other.protect(plan(), card.prepared.euicc_signed2.value.euicc_otpk, card.euicc->eid())
          .segments();
  EXPECT_TRUE(is_result(card, card.command(to_hex(segments[0])),
                        {.final_result = error_result(kCommand, kInvalidSignature)}));
  EXPECT_EQ(session_of(card), "none");
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

// --- Errors, each on a card with a profile ---

LoadFault planned(std::string name, unsigned reason, std::function<void(BppPlan&)> change) {
  return {.name = std::move(name),
          .at = 0,
          .command = kCommand,
          .reason = reason,
          .plan = std::move(change)};
}
LoadFault damaged(std::string name, unsigned reason, std::function<void(Bpp&)> change) {
  return {.name = std::move(name),
          .at = 0,
          .command = kCommand,
          .reason = reason,
          .bpp = std::move(change)};
}
/// A second BF36 with BF23 at this place of a package that is being loaded.
LoadFault repeated(std::string name, std::size_t at, KeyMode mode, bool names_profile) {
  return {.name = std::move(name),
          .at = at,
          .command = kCommand,
          .reason = kIncorrectInput,
          .segments =
              [at](std::vector<Bytes>& segments) {
                segments.insert(segments.begin() + static_cast<std::ptrdiff_t>(at),
                                Bytes(segments[0]));
              },
          .mode = mode,
          .names_profile = names_profile};
}

std::vector<LoadFault> faults() {
  return {
      planned(
          "S01_Error_RemoteOperationType", kUnsupportedRemoteOperation,
          [](BppPlan& plan) { plan.initialise.remote_op_id = static_cast<rsp::RemoteOpId>(2); }),
      planned(
          "S02_Error_RemoteOperationTypeZero", kUnsupportedRemoteOperation,
          [](BppPlan& plan) { plan.initialise.remote_op_id = static_cast<rsp::RemoteOpId>(0); }),
      damaged("S03_Error_SignatureAltered", kInvalidSignature,
              [](Bpp& bpp) { bpp.initialise.back() ^= 1; }),
      planned("S04_Error_TransactionIdOfAnother", kInvalidTransactionId,
              [](BppPlan& plan) { plan.initialise.transaction_id = Bytes(16, 0x77); }),
      planned("S05_Error_TransactionIdCutShort", kInvalidTransactionId,
              [](BppPlan& plan) { plan.initialise.transaction_id = Bytes(15, 0xA5); }),
      planned("S06_Error_CrtKeyType", kUnsupportedCrt,
              [](BppPlan& plan) { plan.initialise.control_ref_template.key_type = {0x80}; }),
      // SM4 is of version 3.
      planned("S07_Error_CrtKeyTypeSm4", kUnsupportedCrt,
              [](BppPlan& plan) { plan.initialise.control_ref_template.key_type = {0x89}; }),
      planned("S08_Error_CrtKeyLength", kUnsupportedCrt,
              [](BppPlan& plan) { plan.initialise.control_ref_template.key_len = {0x20}; }),
      planned("S09_Error_HostIdEmpty", kIncorrectInput,
              [](BppPlan& plan) { plan.initialise.control_ref_template.host_id.clear(); }),
      planned("S10_Error_HostIdOf17Octets", kIncorrectInput,
              [](BppPlan& plan) { plan.initialise.control_ref_template.host_id.resize(17); }),
      planned("S11_Error_OneTimeKeyOffTheCurve", kIncorrectInput,
              [](BppPlan& plan) { plan.initialise.smdp_otpk.back() ^= 1; }),
      planned("S12_Error_OneTimeKeyCompressed", kIncorrectInput,
              [](BppPlan& plan) {
                plan.initialise.smdp_otpk.resize(33);
                plan.initialise.smdp_otpk[0] = 0x02;
              }),
      damaged("S13_Error_WithoutBody", kIncorrectInput,
              [](Bpp& bpp) { bpp.initialise = "BF2300"_hex; }),
      damaged("S14_Error_LeftOut", kIncorrectInput, [](Bpp& bpp) { bpp.initialise.clear(); }),
      repeated("S15_Error_SecondOneAtOnce", 1, KeyMode::kSessionKeys, false),
      repeated("S16_Error_SecondOneBeforeTheMetadata", 3, KeyMode::kSessionKeys, false),
      repeated("S17_Error_SecondOneBeforeTheKeys", 4, KeyMode::kRandomKeys, true),
      repeated("S18_Error_SecondOneInThePackage", 6, KeyMode::kRandomKeys, true),
  };
}

class TC_eUICC_ES8p_InitialiseSecureChannelErrorCases : public ::testing::TestWithParam<LoadFault> {
};

TEST_P(TC_eUICC_ES8p_InitialiseSecureChannelErrorCases, Sequence) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_InitialiseSecureChannelErrorCases,
                         ::testing::ValuesIn(faults()), by_name());

}  // namespace
}  // namespace sgp23
