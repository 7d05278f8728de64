// SGP.23 4.2.19: ES10b.CancelSession (SGP.22 5.7.14).
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::IsEmpty;

/// A card and an SM-DP+, and how far their session is.
class CancelCase : public CardCase {
 protected:
  explicit CancelCase(Curve curve = Curve::kNistP256) : CardCase(curve), dp(card.pki) {}

  std::string command(unsigned reason) const {
    return fmt::format("BF41158010{}8101{:02X}", to_hex(dp.transaction_id), reason);
  }
  /// The answer must be signed, name transaction, server and reason, and end the session.
  void expect_cancelled(unsigned reason) {
    std::string before = text_of(card.euicc->memory());
    Reply reply = card.command(rsp::from_hex(command(reason)).value());
    EXPECT_EQ(reply.sw, 0x9000);
    std::string signed_part =
        fmt::format("301A8010{}810388370A8201{:02X}", to_hex(dp.transaction_id), reason);
    std::string text = to_hex(reply.data), head = "BF4161A05F" + signed_part + "5F3740";
    ASSERT_EQ(text.substr(0, head.size()), head);
    ASSERT_EQ(text.size(), head.size() + 128);
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {rsp::from_hex(signed_part).value()},
                          BytesView(reply.data).last(64)));
    std::size_t load = before.rfind("load begun");  // what a load that had begun leaves: nothing
    if (load != std::string::npos) before.replace(load, 10, "load none");
    EXPECT_EQ(text_of(card.euicc->memory()), before);
    expect_refused(card, command(reason), "BF41038101059000");
  }

  Dp dp;
};

/// Every reason of SGP.22 v2.
class ReasonCase : public CancelCase, public ::testing::WithParamInterface<unsigned> {
 protected:
  explicit ReasonCase(Curve curve = Curve::kNistP256) : CancelCase(curve) {}
};
std::string name_of_reason(const ::testing::TestParamInfo<unsigned>& row) {
  constexpr std::string_view kNames[] = {"EndUserRejection", "Postponed",
                                         "Timeout",          "PprNotAllowed",
                                         "MetadataMismatch", "LoadBppExecutionError"};
  return row.param < 6 ? std::string(kNames[row.param]) : "UndefinedReason";
}
const auto kReasons = ::testing::Values(0U, 1U, 2U, 3U, 4U, 5U, 127U);

class TC_eUICC_ES10b_CancelSession_BRP : public ReasonCase {
 protected:
  TC_eUICC_ES10b_CancelSession_BRP() : ReasonCase(Curve::kBrainpoolP256r1) {}
};

class TC_eUICC_ES10b_CancelSession_AfterAuthentication : public ReasonCase {};
class TC_eUICC_ES10b_CancelSession_AfterPreparation : public ReasonCase {};
class TC_eUICC_ES10b_CancelSession_DuringTheLoad : public ReasonCase {};

TEST_P(TC_eUICC_ES10b_CancelSession_AfterAuthentication, S01_Nominal_SignedAndOver) {
  card.authenticate(dp);
  expect_cancelled(GetParam());
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "noSessionContext");
}
TEST_P(TC_eUICC_ES10b_CancelSession_AfterPreparation, S01_Nominal_SignedAndOver) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  expect_cancelled(GetParam());
  EXPECT_EQ(card.load(segments), "6985");
  EXPECT_THAT(card.profiles(), IsEmpty());
}
TEST_P(TC_eUICC_ES10b_CancelSession_DuringTheLoad, S01_Nominal_SignedAndLeavesNoResult) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  Bytes next = segments[3];
  segments.resize(3);
  EXPECT_EQ(card.load(segments), "waiting");
  expect_cancelled(GetParam());
  EXPECT_EQ(card.load({next}), "6A88");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), IsEmpty());
  EXPECT_THAT(card.profiles(), IsEmpty());
}
TEST_P(TC_eUICC_ES10b_CancelSession_BRP, S01_Nominal_SignedOnBrainpool) {
  card.authenticate(dp);
  expect_cancelled(GetParam());
}
INSTANTIATE_TEST_SUITE_P(Reasons, TC_eUICC_ES10b_CancelSession_AfterAuthentication, kReasons,
                         name_of_reason);
INSTANTIATE_TEST_SUITE_P(Reasons, TC_eUICC_ES10b_CancelSession_AfterPreparation, kReasons,
                         name_of_reason);
INSTANTIATE_TEST_SUITE_P(Reasons, TC_eUICC_ES10b_CancelSession_DuringTheLoad, kReasons,
                         name_of_reason);
INSTANTIATE_TEST_SUITE_P(Reasons, TC_eUICC_ES10b_CancelSession_BRP, kReasons, name_of_reason);

// --- Errors ---

constexpr std::string_view kInvalidTransactionId = "BF41038101059000";
using TC_eUICC_ES10b_CancelSession_ErrorCases = CancelCase;

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S01_Error_InvalidTransactionIdWithoutSession) {
  expect_refused(card, command(0), kInvalidTransactionId);
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S02_Error_InvalidTransactionIdAfterTheChallenge) {
  auto request = dp.authenticate_server(card.challenge());
  expect_refused(card, command(0), kInvalidTransactionId);
  EXPECT_EQ(card.authenticate_server(request), "ok") << "the challenge is there as before";
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S03_Error_InvalidTransactionIdOfAnotherSession) {
  card.authenticate(dp);
  expect_refused(card, "BF4115801077777777777777777777777777777777810100", kInvalidTransactionId);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S04_Error_InvalidTransactionIdCutShort) {
  card.authenticate(dp);
  std::string shorter = to_hex(dp.transaction_id).substr(2);
  expect_refused(card, "BF4114800F" + shorter + "810100", kInvalidTransactionId);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S05_Error_InvalidTransactionIdAfterInstallation) {
  card.install(1);
  expect_refused(card, command(5), kInvalidTransactionId);
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S06_Error_InvalidTransactionIdAfterAFailedLoad) {
  auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  bpp.configure.back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
  expect_refused(card, command(5), kInvalidTransactionId);
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S07_Error_InvalidTransactionIdAfterPowerCycle) {
  card.authenticate(dp);
  card.power_cycle();
  expect_refused(card, command(0), kInvalidTransactionId);
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S08_Error_InvalidTransactionIdOfADroppedSession) {
  card.prepare(dp);
  card.challenge();
  expect_refused(card, command(0), kInvalidTransactionId);
}

TEST_F(TC_eUICC_ES10b_CancelSession_ErrorCases, S09_Error_InvalidTransactionIdWhileLoading) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  Bytes last = segments.back();
  segments.pop_back();
  EXPECT_EQ(card.load(segments), "waiting");
  expect_refused(card, "BF4115801077777777777777777777777777777777810105", kInvalidTransactionId);
  EXPECT_EQ(card.load({last}), "installed") << "the load goes on";
}

class TC_eUICC_ES10b_CancelSession_Malformed : public CancelCase,
                                               public ::testing::WithParamInterface<MalformedRow> {
};

TEST_P(TC_eUICC_ES10b_CancelSession_Malformed, S01_Error_LeavesTheSession) {
  card.authenticate(dp);
  expect_refused(card, GetParam().command, GetParam().answer);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10b_CancelSession_Malformed,
    ::testing::Values(
        MalformedRow{"WithoutBody", "BF4100", "6A80"},
        MalformedRow{"WithoutReason", "BF41128010A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5", "6A80"},
        MalformedRow{"WithoutTransactionId", "BF4103810100", "6A80"},
        MalformedRow{"EmptyTransactionId", "BF41058000810100", "6A80"},
        MalformedRow{"TransactionIdOf17Octets",
                     "BF41168011A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5810100", "6A80"},
        MalformedRow{"EmptyReason", "BF41148010A5A5A5A5A5A5A5A5A5A5A5A5A5A5A5A58100", "6A80"},
        MalformedRow{"CutShort", "BF41158010A5A5A5A5A5A5A5A5", "6A80"}),
    name_of_row);

}  // namespace
}  // namespace sgp23
