// SGP.23 4.2.11: ES10b.LoadBoundProfilePackage (SGP.22 5.7.6), on both curves: whole packages,
// their results, and what may come in between. What is wrong inside a package is in the suites of
// ES8+.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kFirstAid = "A0000005591010FFFFFFFF8900001000";
constexpr std::string_view kSecondAid = "A0000005591010FFFFFFFF8900001100";

/// So much metadata that it takes two TLVs.
rsp::StoreMetadataRequest long_metadata() {
  auto metadata = metadata_for(1);
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = Bytes(1000, 0x89);
  return metadata;
}

class LoadBoundProfilePackage : public SessionCase {
 protected:
  using SessionCase::SessionCase;

  /// The whole load of one profile, its result, and what the card holds then.
  void expect_installed(const rsp::StoreMetadataRequest& metadata, KeyMode mode,
                        std::size_t block_size = 255) {
    auto segments = segments_for(metadata, mode);
    EXPECT_TRUE(is_result(card, load(segments, block_size),
                          {.profile = 1, .final_result = success_result()}));
    for (bool cycled : {false, true}) {
      if (cycled) card.power_cycle();
      EXPECT_EQ(text_of(card.euicc->memory()),
                fmt::format("profile {} {} disabled '' {} octets\n"
                            "notification 1 installed\n"
                            "next number 2, default SM-DP+ '', one-time key none, load none\n",
                            kFirstAid, iccid_digits(1), package_for(metadata).size()));
      EXPECT_EQ(session_of(card), "none");
      EXPECT_EQ(card.command("BF2D00").substr(0, 4), "BF2D");
    }
    EXPECT_EQ(to_hex(rsp::asn1::encode(card.euicc->memory().find(iccid(1))->metadata)),
              to_hex(rsp::asn1::encode(metadata)));
  }

  // --- The sequences of both curves ---

  void S01_Nominal_SessionKeys() { expect_installed(metadata_for(1), KeyMode::kSessionKeys); }
  void S02_Nominal_ProfileProtectionKeys() {
    expect_installed(metadata_for(1), KeyMode::kRandomKeys);
  }
  void S03_Nominal_SessionKeysAndMetadataInTwoSegments() {
    expect_installed(long_metadata(), KeyMode::kSessionKeys);
  }
  void S04_Nominal_ProfileProtectionKeysAndMetadataInTwoSegments() {
    expect_installed(long_metadata(), KeyMode::kRandomKeys);
  }
  void S05_Nominal_BlocksOf120Octets() {
    expect_installed(metadata_for(1), KeyMode::kRandomKeys, 120);
  }

  void S06_Nominal_ResultStaysUntilItIsRemoved() {
    std::string answer = load(segments_for(metadata_for(1)));
    std::string kept = tlv("BF2B", tlv("A0", answer.substr(0, answer.size() - 4))) + "9000";
    expect_answer_and_no_change(card, "BF2B00", kept);
    card.power_cycle();
    expect_answer_and_no_change(card, "BF2B00", kept);
    EXPECT_EQ(card.command("BF3003800101"), "BF30038001009000");
    expect_answer_and_no_change(card, "BF2B00", "BF2B02A0009000");
    EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
  }

  void S07_Nominal_RetryWithTheSameOneTimeKeyAfterAnInterruption() {
    auto segments = segments_for(metadata_for(1));
    EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
    card.power_cycle();
    dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
    card.prepare(dp);
    EXPECT_EQ(to_hex(card.prepared.euicc_signed2.value.euicc_otpk), to_hex(*dp.offered_otpk));
    // Only the transaction and the key of the server could differ, and they do not: the package is
    // the one of the first try.
    EXPECT_TRUE(is_result(card, load(segments),
                          {.sequence_number = 2, .profile = 1, .final_result = success_result()}));
    EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install"));
  }

  void S08_Error_InterruptedByPowerLoss() {
    auto segments = segments_for(metadata_for(1));
    for (std::size_t i = 0; i + 1 < segments.size(); ++i)
      EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
    card.power_cycle();
    std::string answer = card.command("BF2B00");
    ASSERT_GT(answer.size(), 20U);
    // Not specified: which command an interruption is reported for, and whether it names the
    // profile.
    std::string expected = ExpectedResult{.final_result = error_result(5, 11)}.data();
    EXPECT_THAT(answer, ::testing::HasSubstr(expected));
    EXPECT_THAT(card.profiles(), IsEmpty());
    remove_notifications(card);
    EXPECT_EQ(card.euicc->memory().memory_used(), 0U);
  }
};

class TC_eUICC_ES10b_LoadBoundProfilePackageNIST : public LoadBoundProfilePackage {
 protected:
  TC_eUICC_ES10b_LoadBoundProfilePackageNIST() : LoadBoundProfilePackage(Curve::kNistP256) {}
};
class TC_eUICC_ES10b_LoadBoundProfilePackageBRP : public LoadBoundProfilePackage {
 protected:
  TC_eUICC_ES10b_LoadBoundProfilePackageBRP() : LoadBoundProfilePackage(Curve::kBrainpoolP256r1) {}
};

#define ON_BOTH_CURVES(sequence)                                               \
  TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageNIST, sequence) { sequence(); } \
  TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageBRP, sequence) { sequence(); }

ON_BOTH_CURVES(S01_Nominal_SessionKeys)
ON_BOTH_CURVES(S02_Nominal_ProfileProtectionKeys)
ON_BOTH_CURVES(S03_Nominal_SessionKeysAndMetadataInTwoSegments)
ON_BOTH_CURVES(S04_Nominal_ProfileProtectionKeysAndMetadataInTwoSegments)
ON_BOTH_CURVES(S05_Nominal_BlocksOf120Octets)
ON_BOTH_CURVES(S06_Nominal_ResultStaysUntilItIsRemoved)
ON_BOTH_CURVES(S07_Nominal_RetryWithTheSameOneTimeKeyAfterAnInterruption)
ON_BOTH_CURVES(S08_Error_InterruptedByPowerLoss)

// --- Nominal, on NIST P-256 alone ---

class TC_eUICC_ES10b_LoadBoundProfilePackage : public SessionCase {};

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S01_Nominal_OnlyTheLastSegmentAnswersWithData) {
  auto segments = segments_for(long_metadata(), KeyMode::kRandomKeys);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    EXPECT_EQ(card.command(to_hex(segments[i])), "9000") << i;
  EXPECT_TRUE(is_result(card, card.command(to_hex(segments.back())),
                        {.profile = 1, .final_result = success_result()}));
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S02_Nominal_InstallNotificationAfterTheResult) {
  auto metadata = metadata_for(1);
  metadata.notification_configuration_info = {
      {{rsp::kNotificationInstall}, "operator.example", {}}};
  EXPECT_TRUE(is_result(card, load(segments_for(metadata)),
                        {.profile = 1, .final_result = success_result()}));
  // ListNotification: the result to the SM-DP+, then what the operator asked for.
  std::string iccid_tlv = "5A0A988812010000000000F1";
  expect_answer_and_no_change(
      card, "BF2800",
      tlv("BF28", tlv("A0", tlv("BF2F", "80010181020780" + tlv("0C", text(kHost)) + iccid_tlv) +
                                tlv("BF2F", "80010281020780" + tlv("0C", text("operator.example")) +
                                                iccid_tlv))) +
          "9000");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S03_Nominal_WhileAnotherProfileIsEnabled) {
  card.install(2);
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  unsigned next = card.euicc->memory().settings.next_sequence_number;
  EXPECT_TRUE(is_result(
      card, load(segments_for(metadata_for(1))),
      {.sequence_number = next, .profile = 1, .final_result = success_result(kSecondAid)}));
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(2) + " enabled", iccid_digits(1) + " disabled"));
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S04_Nominal_IsdPOfADeletedProfileIsFreeAgain) {
  card.install(2);
  card.install(3);
  EXPECT_EQ(card.remove(iccid(2)), "ok");
  unsigned next = card.euicc->memory().settings.next_sequence_number;
  EXPECT_TRUE(is_result(card, load(segments_for(metadata_for(1))),
                        {.sequence_number = next, .profile = 1, .final_result = success_result()}));
  EXPECT_THAT(card.profiles(),
              ElementsAre(iccid_digits(1) + " disabled", iccid_digits(3) + " disabled"));
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S05_Nominal_EnabledAndReadByItsFiles) {
  EXPECT_TRUE(is_result(card, load(segments_for(metadata_for(1))),
                        {.profile = 1, .final_result = success_result()}));
  EXPECT_EQ(card.command("BF3111A00C5A0A988812010000000000F1810100"), "BF31038001009000");
  EXPECT_EQ(card.apdu("00A4000C022FE2"), "9000");  // EF.ICCID
  EXPECT_EQ(card.apdu("00B000000A"), "988812010000000000F19000");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S06_Nominal_OnAChannelOfTheFurtherCoding) {
  auto segments = segments_for(metadata_for(1));
  EXPECT_EQ(card.apdu("00700005"), "9000");
  EXPECT_EQ(card.apdu("41A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  std::string answer;
  for (const Bytes& segment : segments) {
    auto blocks = rsp::card::store_data_blocks(segment, 200).value();
    for (auto& block : blocks) {
      block.cla = 0xC1;
      answer = to_hex(card.euicc->transmit(block.encode()));
    }
  }
  ASSERT_EQ(answer.substr(0, 2), "61");
  EXPECT_TRUE(is_result(card, card.apdu("41C00000" + answer.substr(2)),
                        {.profile = 1, .final_result = success_result()}));
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackage, S07_Nominal_CancelSessionInMidLoad) {
  auto segments = segments_for(metadata_for(1));
  std::string before = state_of(card);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
  EXPECT_EQ(
      card.cancel_session(dp.transaction_id, rsp::CancelSessionReason::kLoadBppExecutionError),
      "ok");
  EXPECT_EQ(state_of(card), before);
  expect_answer_and_no_change(card, to_hex(segments[4]), "6A88");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), IsEmpty());
}

TEST(TC_eUICC_ES10b_LoadBoundProfilePackage_Proactive, S01_Nominal_WhileACommandWaitsToBeFetched) {
  // 91xx is success (SGP.22 5.7.2): of every segment, and with the result.
  Bench card;
  card.persona.proactive_at_start = {"D009810301050082028182"_hex};
  card.start();
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.apdu("801000000400008000"), "910B");
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    EXPECT_EQ(card.command(to_hex(segments[i])), "910B") << i;
  std::string answer = card.command(to_hex(segments.back()));
  ASSERT_THAT(answer, ::testing::EndsWith("910B"));
  EXPECT_TRUE(is_result(card, answer.substr(0, answer.size() - 4) + "9000",
                        {.profile = 1, .final_result = success_result()}));
  EXPECT_EQ(card.apdu("801200000B"), "D0098103010500820281829000");
}

TEST(TC_eUICC_ES10b_LoadBoundProfilePackage_TwoCIs, S01_Nominal_ResultUnderTheCiOfTheSession) {
  const auto &nist = testing_world::test_pki(Curve::kNistP256),
             &brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  Bench card;
  card.credentials = credentials_of_two_cis();
  card.start();
  Dp dp(nist);
  dp.ci_pkid = rsp::to_bytes(brainpool.ci.certificate.subject_key_id());
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load(segments), "installed");
  EXPECT_TRUE(signed_by(brainpool.euicc->certificate.der(), {card.result->data.der},
                        card.result->euicc_sign_pir));
  EXPECT_EQ(to_hex(card.result->data.der),
            (ExpectedResult{.profile = 1, .final_result = success_result()}.data()));
}

// --- Interruption (errorReason 11), wherever it happens ---

/// After how many segments the power is lost.
struct Interruption {
  std::string name;
  std::size_t segments;
};
void PrintTo(const Interruption& row, std::ostream* out) { *out << row.name; }

class TC_eUICC_ES10b_LoadBoundProfilePackage_Interrupted
    : public SessionCase,
      public ::testing::WithParamInterface<Interruption> {};

TEST_P(TC_eUICC_ES10b_LoadBoundProfilePackage_Interrupted, Sequence) {
  card.install(9);
  auto segments = segments_for(long_metadata(), KeyMode::kRandomKeys);
  ASSERT_EQ(segments.size(), 9U);
  std::string before = state_of(card);
  for (std::size_t i = 0; i < GetParam().segments; ++i)
    EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
  card.power_cycle();
  std::string interrupted = state_of(card);
  // Reported once; not specified: for which command, and whether the profile is named.
  std::string list = card.command("BF2B05A003800102");
  ASSERT_THAT(list, ::testing::StartsWith("BF2B8193A08190")) << list;
  EXPECT_TRUE(is_result(card, list.substr(14),
                        {.sequence_number = 2, .final_result = error_result(5, 11)}));
  card.power_cycle();
  EXPECT_EQ(state_of(card), interrupted);
  // Nothing else is there: without the result the card is as before.
  EXPECT_EQ(card.command("BF3003800102"), "BF30038001009000");
  before.replace(before.find("next number 2"), 13, "next number 3");
  EXPECT_EQ(state_of(card), before);
  EXPECT_EQ(session_of(card), "none");
}

INSTANTIATE_TEST_SUITE_P(
    , TC_eUICC_ES10b_LoadBoundProfilePackage_Interrupted,
    ::testing::Values(Interruption{"S01_Error_AfterInitialiseSecureChannel", 1},
                      Interruption{"S02_Error_AfterConfigureISDP", 2},
                      Interruption{"S03_Error_AfterTheHeaderOfTheMetadata", 3},
                      Interruption{"S04_Error_BetweenTwoSegmentsOfMetadata", 4},
                      Interruption{"S05_Error_AfterTheMetadata", 5},
                      Interruption{"S06_Error_AfterReplaceSessionKeys", 6},
                      Interruption{"S07_Error_AfterTheHeaderOfThePackage", 7},
                      Interruption{"S08_Error_BeforeTheLastSegment", 8}),
    by_name());

// --- Errors of order; what each segment is wrong in is in the suites of ES8+ ---

class TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases : public SessionCase {
 protected:
  /// A package, loaded as far as before this segment.
  std::vector<Bytes> loaded_up_to(std::size_t count) {
    auto segments = segments_for(metadata_for(1));
    for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
    return segments;
  }
  /// The rest of a package is taken.
  void expect_to_go_on(const std::vector<Bytes>& segments, std::size_t from) {
    std::vector<Bytes> rest(segments.begin() + static_cast<std::ptrdiff_t>(from), segments.end());
    EXPECT_TRUE(is_result(card, load(rest), {.profile = 1, .final_result = success_result()}));
  }
};

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S01_Error_WithoutSession) {
  auto segments = segments_for(metadata_for(1));
  card.power_cycle();
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S02_Error_AfterTheChallenge) {
  auto segments = segments_for(metadata_for(1));
  card.challenge();
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S03_Error_AfterAuthenticateServer) {
  auto segments = segments_for(metadata_for(1));
  card.authenticate(dp);
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S04_Error_AfterCancelSession) {
  auto segments = segments_for(metadata_for(1));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S05_Error_AnotherSegmentFirst) {
  auto segments = segments_for(metadata_for(1));
  for (std::size_t i = 1; i < segments.size(); ++i)
    expect_answer_and_no_change(card, to_hex(segments[i]), "6A88");
  expect_to_go_on(segments, 0);
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S06_Error_PackageLoadedASecondTime) {
  auto segments = segments_for(metadata_for(1));
  expect_to_go_on(segments, 0);
  for (std::size_t i = 1; i < segments.size(); ++i)
    expect_answer_and_no_change(card, to_hex(segments[i]), "6A88");
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S07_Error_SegmentOnAnotherChannel) {
  auto segments = loaded_up_to(2);
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  std::string before = state_of(card);
  EXPECT_EQ(card.apdu("80E29100"
                      "02"
                      "A100"),
            "6985");  // as A1 would begin
  EXPECT_EQ(state_of(card), before);
  EXPECT_EQ(session_of(card), "loading");
  expect_to_go_on(segments, 2);
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S08_Error_BlockOutOfOrder) {
  auto segments = loaded_up_to(1);
  std::string before = state_of(card);
  EXPECT_EQ(card.apdu("81E2110002A01E"), "9000");
  EXPECT_EQ(card.apdu("81E291020187"), "6A86");
  EXPECT_EQ(state_of(card), before);
  expect_to_go_on(segments, 1);  // the segment anew, from block 0 on
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S09_Error_InterruptedByAResetAlone) {
  loaded_up_to(5);
  card.euicc->reset();
  EXPECT_EQ(text_of(card.euicc->memory()),
            "notification 1 loadProfileElements: installFailedDueToInterruption\n"
            "next number 2, default SM-DP+ '', one-time key kept, load none\n");
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S10_Error_InterruptedInMidSegment) {
  auto segments = loaded_up_to(5);
  EXPECT_EQ(card.apdu("81E211000A" + to_hex(BytesView(segments[5]).first(10))), "9000");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
  EXPECT_THAT(card.profiles(), IsEmpty());
}

TEST_F(TC_eUICC_ES10b_LoadBoundProfilePackageErrorCases, S11_Error_NoMoreRoomForAProfile) {
  Bench full;
  full.persona.memory = room_for_one_and_a_half_profiles();
  full.start();
  full.install(2);
  Dp server(full.pki);
  auto segments =
      full.bind(server, server.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(full.load(segments),
            "loadProfileElements: "
            "installFailedDueToInsufficientMemoryForProfile");
  EXPECT_THAT(full.profiles(), ElementsAre(iccid_digits(2) + " disabled"));
  // Temporary: the one-time key is kept for another try.
  EXPECT_TRUE(full.euicc->memory().unused_otpk);
}

// --- Other functions while a package is loaded (SGP.22 3.1.5) ---

struct During {
  std::string name, command, answer;
};
void PrintTo(const During& row, std::ostream* out) { *out << row.name; }

class TC_eUICC_ES10b_LoadBoundProfilePackage_OtherCommands
    : public SessionCase,
      public ::testing::WithParamInterface<During> {};

TEST_P(TC_eUICC_ES10b_LoadBoundProfilePackage_OtherCommands, Sequence) {
  auto segments = segments_for(metadata_for(1), KeyMode::kRandomKeys);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    ASSERT_EQ(card.command(to_hex(segments[i])), "9000") << i;
    expect_answer_and_no_change(card, GetParam().command, GetParam().answer);
  }
  EXPECT_TRUE(is_result(card, card.command(to_hex(segments.back())),
                        {.profile = 1, .final_result = success_result()}));
}

INSTANTIATE_TEST_SUITE_P(
    , TC_eUICC_ES10b_LoadBoundProfilePackage_OtherCommands,
    ::testing::Values(
        During{"S01_Error_GetEUICCInfo1", "BF2000", "6985"},
        During{"S02_Error_GetEUICCInfo2", "BF2200", "6985"},
        During{"S03_Error_PrepareDownload", "BF2100", "6985"},
        During{"S04_Error_AuthenticateServer", "BF3800", "6985"},
        During{"S05_Error_ListNotification", "BF2800", "6985"},
        During{"S06_Error_RetrieveNotificationsList", "BF2B00", "6985"},
        During{"S07_Error_RemoveNotificationFromList", "BF3003800101", "6985"},
        During{"S08_Error_LoadCRL", "BF3500", "6985"},
        During{"S09_Error_GetProfilesInfo", "BF2D00", "6985"},
        During{"S10_Error_EnableProfile", "BF3111A00C5A0A988812010000000000F1810100", "6985"},
        During{"S11_Error_DisableProfile", "BF3211A00C5A0A988812010000000000F1810100", "6985"},
        During{"S12_Error_DeleteProfile", "BF330C5A0A988812010000000000F1", "6985"},
        During{"S13_Error_eUICCMemoryReset", "BF340482020780", "6985"},
        During{"S14_Error_GetEID", "BF3E035C015A", "6985"},
        During{"S15_Error_SetNickname", "BF290F5A0A988812010000000000F1900141", "6985"},
        During{"S16_Error_GetRAT", "BF4300", "6985"},
        During{"S17_Error_GetEuiccConfiguredAddresses", "BF3C00", "6985"},
        During{"S18_Error_SetDefaultDpAddress", "BF3F058003612E62", "6985"},
        // Unknown tags are refused and the session is kept.
        During{"S19_Error_UnknownPrimitiveTag", "890101", "6A88"},
        During{"S20_Error_UnknownConstructedTag", "A40102", "6A88"},
        During{"S21_Error_UnknownFunction", "BF7F00", "6A88"},
        During{"S22_Error_InitialiseSecureChannelAlone", "BF2300", "6A88"},
        During{"S23_Error_CancelSessionOfAnotherTransaction",
               "BF4115" + tlv("80", to_hex(Bytes(16, 0x77))) + "810105", "BF41038101059000"}),
    by_name());

}  // namespace
}  // namespace sgp23
