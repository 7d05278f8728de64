// SGP.23 4.3.13: ES9+.GetBoundProfilePackage (SGP.22 5.6.2, 2.5.3, 2.5.4, 3.1.3).
#include "server_case.h"

namespace sgp23_server {
namespace {

using rsp::crypto::PrivateKey;

/// How a profile is protected and whether a code is asked for: the four variants of every group.
struct Variant {
  const char* name;
  KeyMode mode = KeyMode::kSessionKeys;
  bool has_code = false;
  bool two_segments = false;
  std::string_view code() const { return has_code ? kCode : std::string_view(); }
};
void PrintTo(const Variant& row, std::ostream* out) { *out << row.name; }

class VariantCase : public ServerCase, public ::testing::WithParamInterface<Variant> {
 protected:
  explicit VariantCase(Curve curve = Curve::kNistP256) : ServerCase(curve) {
    config.key_mode = GetParam().mode;
  }
  void order_of_variant() {
    add_order({.code = GetParam().code(), .icon = GetParam().two_segments ? 1024U : 0U});
  }
  /// The package must be protected as the row says.
  void expect_variant(const OpenedPackage& package) const {
    EXPECT_EQ(package.replace_keys.has_value(), GetParam().mode == KeyMode::kRandomKeys);
    EXPECT_EQ(package.metadata_segments, GetParam().two_segments ? 2U : 1U);
    EXPECT_GT(package.profile_segments, 1U);
  }
  void download_nominal() {
    order_of_variant();
    Session session = authenticated();
    EXPECT_EQ(session.code_wanted, GetParam().has_code);
    EXPECT_EQ(session.offered_otpk, std::nullopt);
    expect_variant(opened(package(session, GetParam().code()), session));
    EXPECT_EQ(history(), "released, downloaded");
    EXPECT_EQ(order().eid.has_value(), true) << "the order is linked to the EID";
    EXPECT_EQ(journal(),
              "initiateAuthentication ok, authenticateClient ok, getBoundProfilePackage ok");
  }
  /// A first download whose package was delivered, with the eUICC's one-time key.
  Session first_download() {
    order_of_variant();
    Session first = downloaded(GetParam().code());
    expect_variant(opened(post("getBoundProfilePackage", last_body), first));
    return first;
  }
};

// --- Nominal ---

class TC_SM_DPp_ES9p_GetBoundProfilePackageNIST : public VariantCase {};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST, Sequence) { download_nominal(); }
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_GetBoundProfilePackageNIST,
    ::testing::Values(Variant{"S01_Nominal_SessionKeys"},
                      Variant{"S02_Nominal_SessionKeysAndCode", KeyMode::kSessionKeys, true},
                      Variant{"S03_Nominal_ProfileProtectionKeys", KeyMode::kRandomKeys},
                      Variant{"S04_Nominal_ProfileProtectionKeysAndCode", KeyMode::kRandomKeys,
                              true},
                      Variant{"S05_Nominal_SessionKeysAndMetadataOfTwoSegments",
                              KeyMode::kSessionKeys, false, true},
                      Variant{"S06_Nominal_ProfileProtectionKeysAndMetadataOfTwoSegments",
                              KeyMode::kRandomKeys, false, true}),
    by_name());

class TC_SM_DPp_ES9p_GetBoundProfilePackageBRP : public VariantCase {
 protected:
  TC_SM_DPp_ES9p_GetBoundProfilePackageBRP() : VariantCase(Curve::kBrainpoolP256r1) {}
};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackageBRP, Sequence) { download_nominal(); }
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_GetBoundProfilePackageBRP,
    ::testing::Values(Variant{"S01_Nominal_SessionKeys"},
                      Variant{"X01_Nominal_SessionKeysAndCode", KeyMode::kSessionKeys, true},
                      Variant{"X02_Nominal_ProfileProtectionKeys", KeyMode::kRandomKeys},
                      Variant{"X03_Nominal_ProfileProtectionKeysCodeAndTwoSegments",
                              KeyMode::kRandomKeys, true, true}),
    by_name());

// --- The ends of segments (SGP.22 2.5.3): 1008 octets of metadata, 1007 of the profile ---

class TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments : public ServerCase {
 protected:
  OpenedPackage package_of(const OrderPlan& plan) {
    euicc.free_memory = 1'000'000;
    add_order(plan);
    Session session = authenticated();
    return opened(package(session), session);
  }
  /// Metadata has 164 octets beside an icon of this size, with its headers.
  static constexpr std::size_t kBesideTheIcon = 164;
};

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments, X01_Nominal_MetadataOfAFullSegment) {
  OpenedPackage package = package_of({.icon = 1008 - kBesideTheIcon});
  EXPECT_EQ(package.metadata.size(), 1008U);
  EXPECT_EQ(package.metadata_segments, 1U);
}
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments, X02_Nominal_MetadataOfOneOctetMore) {
  OpenedPackage package = package_of({.icon = 1009 - kBesideTheIcon});
  EXPECT_EQ(package.metadata.size(), 1009U);
  EXPECT_EQ(package.metadata_segments, 2U);
}
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments, X03_Nominal_ProfileOfFullSegments) {
  OpenedPackage package = package_of({.profile_size = 5 * 1007});
  EXPECT_EQ(package.profile_segments, 5U) << "no empty one at the end";
}
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments, X04_Nominal_ProfileOfOneOctetMore) {
  OpenedPackage package = package_of({.profile_size = 5 * 1007 + 1});
  EXPECT_EQ(package.profile_segments, 6U);
}
// The length of the sequence takes three octets.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackageNIST_Segments, X05_Nominal_LargeProfile) {
  OpenedPackage package = package_of({.profile_size = 300'000});
  EXPECT_EQ(package.profile_segments, 298U);
}

// --- A retry with the same one-time key, or with another one though the server offers it ---

class ReuseCase : public VariantCase {
 protected:
  using VariantCase::VariantCase;
  /// The same package but for InitialiseSecureChannel, which is signed for this transaction.
  void retry_with_the_same_key() {
    Session first = first_download();
    OpenedPackage before = opened(post("getBoundProfilePackage", last_body), first);

    Session second = authenticated();
    EXPECT_EQ(second.offered_otpk, rsp::to_bytes(first.otsk->public_key().point()));
    OpenedPackage after = opened(package(second, GetParam().code(), first.otsk), second);
    EXPECT_NE(second.transaction_id, first.transaction_id);
    EXPECT_EQ(to_hex(after.protected_part), to_hex(before.protected_part));
    EXPECT_EQ(to_hex(after.smdp_otpk), to_hex(before.smdp_otpk));
    EXPECT_NE(to_hex(after.signature), to_hex(before.signature));
    EXPECT_EQ(state(), "downloaded");
    EXPECT_EQ(order().download_attempts, 2U);
  }
  /// Bound anew: another key of the server, so nothing of the first package is left.
  void retry_with_another_key(bool expect_offer) {
    Session first = first_download();
    OpenedPackage before = opened(post("getBoundProfilePackage", last_body), first);

    Session second = authenticated();
    EXPECT_EQ(second.offered_otpk.has_value(), expect_offer);
    if (expect_offer) {
      EXPECT_EQ(second.offered_otpk, rsp::to_bytes(first.otsk->public_key().point()));
    }
    OpenedPackage after = opened(package(second, GetParam().code()), second);
    expect_variant(after);
    EXPECT_NE(to_hex(after.smdp_otpk), to_hex(before.smdp_otpk));
    EXPECT_NE(to_hex(after.protected_part), to_hex(before.protected_part));
    if (after.replace_keys) {
      EXPECT_NE(to_hex(*after.replace_keys), to_hex(*before.replace_keys));
    }
    EXPECT_EQ(state(), "downloaded");
    // What the server offers from now on is the key that was used last.
    Session third = authenticated();
    EXPECT_EQ(third.offered_otpk.has_value(), expect_offer);
    if (expect_offer) {
      EXPECT_EQ(third.offered_otpk, rsp::to_bytes(second.otsk->public_key().point()));
    }
  }
};

/// Rows of the four variants, with names that begin with consecutive numbers.
std::vector<Variant> four_variants(const char* const (&names)[4]) {
  return {{names[0], KeyMode::kSessionKeys, false},
          {names[1], KeyMode::kSessionKeys, true},
          {names[2], KeyMode::kRandomKeys, false},
          {names[3], KeyMode::kRandomKeys, true}};
}

class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST : public ReuseCase {};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST, Sequence) {
  retry_with_the_same_key();
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST,
    ::testing::ValuesIn(four_variants({"S01_Nominal_SessionKeys", "S02_Nominal_SessionKeysAndCode",
                                       "S03_Nominal_ProfileProtectionKeys",
                                       "S04_Nominal_ProfileProtectionKeysAndCode"})),
    by_name());

class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Rejected : public ReuseCase {
};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Rejected, Sequence) {
  retry_with_another_key(true);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Rejected,
    ::testing::ValuesIn(four_variants({"S05_Nominal_OfferRejected_SessionKeys",
                                       "S06_Nominal_OfferRejected_SessionKeysAndCode",
                                       "S07_Nominal_OfferRejected_ProfileProtectionKeys",
                                       "S08_Nominal_OfferRejected_ProfileProtectionKeysAndCode"})),
    by_name());

class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_BRP : public ReuseCase {
 protected:
  TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_BRP()
      : ReuseCase(Curve::kBrainpoolP256r1) {}
};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_BRP, Sequence) {
  retry_with_the_same_key();
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_BRP,
                         ::testing::Values(Variant{"S01_Nominal_SessionKeys"},
                                           Variant{"X01_Nominal_ProfileProtectionKeys",
                                                   KeyMode::kRandomKeys}),
                         by_name());

/// The server does not say which key it has seen, as it may (SGP.22 5.6.3: bppEuiccOtpk is
/// optional).
class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_NIST : public ReuseCase {
 protected:
  TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_NIST() {
    config.offers_otpk = false;
  }
};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_NIST, Sequence) {
  retry_with_another_key(false);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_NIST,
    ::testing::ValuesIn(four_variants({"S01_Nominal_SessionKeys", "S02_Nominal_SessionKeysAndCode",
                                       "S03_Nominal_ProfileProtectionKeys",
                                       "S04_Nominal_ProfileProtectionKeysAndCode"})),
    by_name());

class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_BRP : public ReuseCase {
 protected:
  TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_BRP()
      : ReuseCase(Curve::kBrainpoolP256r1) {
    config.offers_otpk = false;
  }
};
TEST_P(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_BRP, Sequence) {
  retry_with_another_key(false);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_DifferentOTPK_BRP,
                         ::testing::Values(Variant{"S01_Nominal_SessionKeys"},
                                           Variant{"X01_Nominal_ProfileProtectionKeys",
                                                   KeyMode::kRandomKeys}),
                         by_name());

// --- Retries that are no rows of variants ---

class TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others : public ServerCase {};

// A wrong code first: the order is still there, and the right code is taken in the same session.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others,
       S09_Nominal_CodeRetry) {
  add_order({.code = kCode});
  Session session = authenticated();
  EXPECT_TRUE(session.code_wanted);
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(order().wrong_confirmation_codes, 1U);
  EXPECT_EQ(history(), "released");
  opened(package(session, kCode, session.otsk), session);
  EXPECT_EQ(history(), "released, downloaded");
}

// The code is wrong in a session that then ends; the next session has the next try.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others,
       X01_Nominal_CodeRetryInAnotherSession) {
  add_order({.code = kCode});
  Session first = authenticated();
  EXPECT_EQ(package(first, kWrongCode).code(), "8.2.7/3.8");
  Session second = authenticated();
  EXPECT_EQ(second.offered_otpk, std::nullopt) << "nothing was bound";
  opened(package(second, kCode), second);
}

// Twice in one session, as after an answer that was lost: octet for octet the same but for the
// signature.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others,
       X02_Nominal_TheSameRequestAgain) {
  add_order();
  Session session = downloaded();
  Json body = last_body;
  OpenedPackage first = opened(post("getBoundProfilePackage", body), session);
  OpenedPackage again = opened(post("getBoundProfilePackage", body), session);
  EXPECT_EQ(to_hex(first.protected_part), to_hex(again.protected_part));
}

// After a failure that may pass (SGP.22 2.5.6, reason 11) the same key gets the same package.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others,
       X03_Nominal_AfterAnInterruption) {
  add_order();
  Session first = downloaded();
  OpenedPackage before = opened(post("getBoundProfilePackage", last_body), first);
  EXPECT_EQ(post("handleNotification", notification_body(result(first, euicc, error_result(5, 11))))
                .code(),
            "204");
  EXPECT_EQ(state(), "released");
  Session second = authenticated();
  EXPECT_EQ(second.offered_otpk, rsp::to_bytes(first.otsk->public_key().point()));
  OpenedPackage after = opened(package(second, {}, first.otsk), second);
  EXPECT_EQ(to_hex(after.protected_part), to_hex(before.protected_part));
  EXPECT_EQ(state(), "downloaded");
}

// A server that does not bind again (SGP.22 3.1.3.2) refuses another key, and takes the first one.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_RetryCases_ReuseOTPK_NIST_Others,
       X04_Error_NoNewBinding) {
  config.rebinds = false;
  add_order();
  Session first = downloaded();
  Session second = authenticated();
  EXPECT_EQ(package(second).code(), "8.2/3.7");
  EXPECT_EQ(state(), "downloaded");
  opened(package(second, {}, first.otsk), second);
}

// --- Errors ---

class TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST : public ServerCase {
 protected:
  std::string code_of(const Json& body) { return post("getBoundProfilePackage", body).code(); }
  /// Whatever was refused, the honest request of the session is answered afterwards.
  void expect_session_alive(Session& session, std::string_view code = {}) {
    EXPECT_EQ(state(), "released");
    opened(package(session, code), session);
    EXPECT_EQ(history(), "released, downloaded");
  }
};

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, S01_Error_Signature) {
  add_order();
  Session session = authenticated();
  Signed2 signed2 = signed2_of(session, {}, {});
  // Another key, a signature without smdpSignature2, octets that were changed, none at all.
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  EXPECT_EQ(code_of(package_body(session, other, signed2)), "8.1/6.1");
  auto body_with = [&](BytesView signature) {
    Json body = package_body(session, euicc, signed2);
    body["prepareDownloadResponse"] =
        to_base64(tlv("BF21", tlv("A0", {signed2.der(), tlv("5F37", signature)})));
    return body;
  };
  EXPECT_EQ(code_of(body_with(euicc.sign(signed2.der()))), "8.1/6.1");
  EXPECT_EQ(code_of(body_with(Bytes(64, 0))), "8.1/6.1");
  EXPECT_EQ(code_of(body_with({})), "8.1/6.1");
  EXPECT_EQ(server().journal().back().outcome, "8.1/6.1");
  expect_session_alive(session);
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, S02_Error_TransactionIdInJson) {
  add_order();
  Session session = authenticated();
  Json body = package_body(session, euicc, signed2_of(session, {}, {}));
  body["transactionId"] = "0123456789ABCDEF";
  EXPECT_EQ(code_of(body), "8.10.1/3.9");
  expect_session_alive(session);
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, S03_Error_TransactionIdInAsn1) {
  add_order();
  Session session = authenticated();
  Signed2 signed2 = signed2_of(session, {}, {});
  signed2.transaction_id.back() ^= 0x01;
  EXPECT_EQ(code_of(package_body(session, euicc, signed2)), "8.10.1/3.9");
  expect_session_alive(session);
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, S04_Error_CodeMissing) {
  add_order({.code = kCode});
  Session session = authenticated();
  EXPECT_EQ(package(session).code(), "8.2.7/2.2");
  EXPECT_EQ(order().wrong_confirmation_codes, 0U) << "none is no wrong one";
  expect_session_alive(session, kCode);
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, S05_Error_CodeRefused) {
  add_order({.code = kCode});
  Session session = authenticated();
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(order().wrong_confirmation_codes, 1U);
  // The code's own hash, without the transaction, or with another one.
  Signed2 signed2 = signed2_of(session, {}, {});
  signed2.hashed_code = sha256(rsp::view_of(kCode));
  EXPECT_EQ(code_of(package_body(session, euicc, signed2)), "8.2.7/3.8");
  EXPECT_EQ(order().wrong_confirmation_codes, 2U);
  expect_session_alive(session, kCode);
}

// SGP.22 3.1.3.2: over the limit the order is in error, and the right code is too late.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X01_Error_CodeWrongTooOften) {
  add_order({.code = kCode});
  Session session = authenticated();
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/6.4");
  EXPECT_EQ(history(), "released, error");
  EXPECT_EQ(package(session, kCode).code(), "8.2/1.2");
  Session second = begin();
  EXPECT_EQ(authenticate(second).code(), "8.2/1.2");
}

// The count is the order's and not the session's.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST,
       X02_Error_CodeWrongTooOftenOverSessions) {
  config.max_wrong_confirmation_codes = 2;
  add_order({.code = kCode});
  Session first = authenticated(), second = authenticated();
  EXPECT_EQ(package(first, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(package(second, kWrongCode).code(), "8.2.7/6.4");
  EXPECT_EQ(state(), "error");
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X03_Error_OrderExpiredMeanwhile) {
  add_order();
  order().expires = today() + std::chrono::minutes(5);
  Session session = authenticated();
  clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(package(session).code(), "8.8.5/4.10");
  // The order ends where eligibility is judged (SGP.22 3.1.2), so with the next session.
  EXPECT_EQ(history(), "released");
  Session next = begin();
  EXPECT_EQ(authenticate(next).code(), "8.8.5/4.10");
  EXPECT_EQ(history(), "released, error");
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X04_Error_BeforeAuthenticateClient) {
  add_order();
  Session session = begin();
  EXPECT_EQ(package(session).code(), "8.10.1/3.9");
  EXPECT_EQ(history(), "released");
}

TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X05_Error_SessionThatHasExpired) {
  add_order();
  Session session = authenticated();
  clock.advance(config.session_lifetime + std::chrono::milliseconds(1));
  EXPECT_EQ(package(session).code(), "8.10.1/3.9");
  EXPECT_EQ(history(), "released");
}

// Not specified: the status for an eUICC that refused; 4.2 is "execution error".
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X06_Error_EuiccRefusedTheDownload) {
  add_order();
  Session session = authenticated();
  Json body = {
      {"transactionId", session.transaction},
      {"prepareDownloadResponse",
       to_base64(tlv("BF21", tlv("A1", {tlv("80", session.transaction_id), "020102"_hex})))}};
  EXPECT_EQ(code_of(body), "8.1/4.2");
  expect_session_alive(session);
}

// An otPK that is no point on the curve is no key that the eUICC could have signed in good faith.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X07_Error_OneTimeKeyThatIsNoPoint) {
  add_order();
  Session session = authenticated();
  Signed2 signed2 = signed2_of(session, {}, {});
  signed2.otpk = Bytes(65, 0x04);
  EXPECT_EQ(code_of(package_body(session, euicc, signed2)), "8.1/6.1");
  expect_session_alive(session);
}

// Not specified: a code that nobody asked for. It is not looked at.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X10_Nominal_CodeThatIsNotWanted) {
  add_order();
  Session session = authenticated();
  EXPECT_FALSE(session.code_wanted);
  opened(package(session, kWrongCode), session);
  EXPECT_EQ(order().wrong_confirmation_codes, 0U);
}

// Two eUICCs have authenticated for an order that is nobody's; the first package links it.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X08_Error_AnotherEuiccWasFaster) {
  add_order();
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  Session theirs = begin(other);
  ASSERT_EQ(authenticate(theirs, other, std::string(kMatchingId)).code(), "ok");
  downloaded();
  EXPECT_EQ(package(theirs, other).code(), "8.1.1/3.8");
  EXPECT_EQ(history(), "released, downloaded");
}

// A finished download is not delivered again.
TEST_F(TC_SM_DPp_ES9p_GetBoundProfilePackage_ErrorCasesNIST, X09_Error_AfterTheInstallation) {
  add_order();
  Session session = authenticated(), late = authenticated();
  ASSERT_EQ(package(session).code(), "ok");
  ASSERT_EQ(post("handleNotification", notification_body(result(session, euicc, success_result())))
                .code(),
            "204");
  EXPECT_EQ(package(late).code(), "8.2/1.2");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

}  // namespace
}  // namespace sgp23_server
