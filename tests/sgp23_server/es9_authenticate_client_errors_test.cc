// SGP.23 4.3.14.2.2: ES9+.AuthenticateClient that is refused (SGP.22 5.6.3, 3.1.2).
#include "server_case.h"

#include "rsp/pki/issuer.h"
#include "rsp/pki/role.h"

namespace sgp23_server {
namespace {

using rsp::pki::CertificateTemplate;
using rsp::pki::Extension;
using rsp::pki::Identity;
using rsp::pki::Role;
using std::chrono::hours;

// --- Certificates ---

/// What a client shows: the chain as it would be, and what is wrong with it.
struct Chain {
  const TestPki& pki;
  rsp::Random& random;
  CertificateTemplate eum, euicc;
  /// Who signs: the CI and the EUM, where a row puts nobody else in their place.
  std::optional<Identity> ci, eum_signer;
  /// The octets that are shown in place of what was issued.
  std::optional<Bytes> shown_eum, shown_euicc;
};

struct CertificateFault {
  const char* name;
  const char* code;
  std::function<void(Chain&)> change;
};
void PrintTo(const CertificateFault& row, std::ostream* out) { *out << row.name; }

Bytes der_of(const Identity& identity) { return rsp::to_bytes(identity.certificate.der()); }

/// The signature's last bit turned.
void break_signature(Bytes& der) { der.back() ^= 0x01; }

/// The same name and key identifier as the true issuer has, and another key.
Identity impostor_of(const Identity& issuer, CertificateTemplate what, rsp::Random& random) {
  what.subject_key_id = rsp::to_bytes(issuer.certificate.subject_key_id());
  return rsp::pki::issue_self_signed(what, rsp::crypto::PrivateKey::generate(issuer.key.curve()),
                                     random);
}

rsp::pki::RawExtension unknown_extension(bool critical) {
  return {rsp::asn1::oid_from_text("2.999.77").value(), critical, Bytes{5, 0}};
}

/// A wrong EID in an eUICC certificate that is right in all else.
auto with_eid(std::string_view eid) {
  return
      [eid](Chain& chain) { chain.euicc.subject = rsp::pki::euicc_template(eid, today()).subject; };
}
auto eum_without(Extension extension) {
  return [extension](Chain& chain) { chain.eum = chain.eum.without(extension); };
}
auto euicc_without(Extension extension) {
  return [extension](Chain& chain) { chain.euicc = chain.euicc.without(extension); };
}
auto eum_of_role(Role role) {
  return [role](Chain& chain) { chain.eum.policies = {rsp::pki::policy_of(role)}; };
}
auto euicc_of_role(Role role) {
  return [role](Chain& chain) { chain.euicc.policies = {rsp::pki::policy_of(role)}; };
}
void limit_to_tls(CertificateTemplate& what) {
  what.extensions.push_back(Extension::kExtendedKeyUsage);
  what.extended_key_usage = {rsp::asn1::oid_from_text("1.3.6.1.5.5.7.3.1").value()};
}

const CertificateFault kCertificateFaults[] = {
    {"X01_Nominal_NoFault", "ok", [](Chain&) {}},
    {"X02_Nominal_UnknownExtensionThatIsNotCritical", "ok",
     [](Chain& chain) {
       chain.eum.more_extensions = {unknown_extension(false)};
       chain.euicc.more_extensions = {unknown_extension(false)};
     }},
    {"X03_Nominal_LastSecondOfBoth", "ok",
     [](Chain& chain) {
       chain.eum.not_after = today();
       chain.euicc.not_after = today();
     }},

    // Case 1: the EUM certificate is invalid.
    {"S01_Error_EumNoCertificate", "8.1.2/6.1",
     [](Chain& chain) { chain.shown_eum = "3003020101"_hex; }},
    {"S01_Error_EumCutShort", "8.1.2/6.1",
     [](Chain& chain) {
       Bytes inner = element(chain.pki.eum->certificate.der(), "30").content;
       chain.shown_eum = tlv("30", BytesView(inner).first(inner.size() - 8));
     }},
    {"S01_Error_EumSignatureBroken", "8.1.2/6.1",
     [](Chain& chain) { break_signature(chain.shown_eum.emplace(der_of(*chain.pki.eum))); }},
    {"S01_Error_EumSignedByAnotherKeyOfThatName", "8.1.2/6.1",
     [](Chain& chain) {
       chain.ci =
           impostor_of(chain.pki.ci, rsp::pki::ci_template(today() - hours(24)), chain.random);
     }},
    {"S01_Error_EumSignatureAlgorithm", "8.1.2/6.1",
     [](Chain& chain) {  // ecdsa-with-SHA384
       chain.eum.signature_algorithm = rsp::asn1::oid_from_text("1.2.840.10045.4.3.3").value();
     }},
    {"S01_Error_EumCurve", "8.1.2/6.1",
     [](Chain& chain) {  // secp384r1
       chain.eum.curve = rsp::asn1::oid_from_text("1.3.132.0.34").value();
     }},
    {"S01_Error_EumWithoutPolicy", "8.1.2/6.1", eum_without(Extension::kCertificatePolicies)},
    {"S01_Error_EumOfRoleEuicc", "8.1.2/6.1", eum_of_role(Role::kEuicc)},
    {"S01_Error_EumOfRoleDpAuth", "8.1.2/6.1", eum_of_role(Role::kDpAuth)},
    {"S01_Error_EumOfRoleCi", "8.1.2/6.1", eum_of_role(Role::kCi)},
    {"S01_Error_EumWithoutKeyUsage", "8.1.2/6.1", eum_without(Extension::kKeyUsage)},
    {"S01_Error_EumKeyUsage", "8.1.2/6.1",
     [](Chain& chain) { chain.eum.key_usage = {rsp::pki::kDigitalSignature}; }},
    {"S01_Error_EumWithoutBasicConstraints", "8.1.2/6.1",
     eum_without(Extension::kBasicConstraints)},
    {"S01_Error_EumThatIsNoCa", "8.1.2/6.1",
     [](Chain& chain) { chain.eum.basic_constraints = {.ca = false, .path_length = {}}; }},
    {"S01_Error_EumWithoutPathLength", "8.1.2/6.1",
     [](Chain& chain) { chain.eum.basic_constraints = {.ca = true, .path_length = {}}; }},
    {"S01_Error_EumPathLengthOfOne", "8.1.2/6.1",
     [](Chain& chain) { chain.eum.basic_constraints = {.ca = true, .path_length = 1}; }},
    {"S01_Error_EumWithoutNameConstraints", "8.1.2/6.1", eum_without(Extension::kNameConstraints)},
    {"S01_Error_EumWithoutSubjectAltName", "8.1.2/6.1", eum_without(Extension::kSubjectAltName)},
    {"S01_Error_EumWithoutOid", "8.1.2/6.1",
     [](Chain& chain) {
       chain.eum.registered_ids = {};
       chain.eum.dns_names = {"eum.example.com"};
     }},
    {"S01_Error_EumWithoutSubjectKeyIdentifier", "8.1.2/6.1",
     [](Chain& chain) {
       // Nothing is left that the eUICC's certificate could name.
       chain.eum = chain.eum.without(Extension::kSubjectKeyId);
       chain.euicc = chain.euicc.without(Extension::kAuthorityKeyId);
     }},
    {"S01_Error_EumLimitedToTls", "8.1.2/6.1", [](Chain& chain) { limit_to_tls(chain.eum); }},
    {"S01_Error_EumUnknownCriticalExtension", "8.1.2/6.1",
     [](Chain& chain) { chain.eum.more_extensions = {unknown_extension(true)}; }},
    {"S01_Error_EumIsAServer", "8.1.2/6.1",
     [](Chain& chain) { chain.shown_eum = der_of(*chain.pki.dp_auth); }},
    {"S01_Error_EumIsTheCi", "8.1.2/6.1",
     [](Chain& chain) { chain.shown_eum = der_of(chain.pki.ci); }},

    // Case 2: it has expired, or is not valid yet (Not specified: the code of that).
    {"S02_Error_EumExpired", "8.1.2/6.3",
     [](Chain& chain) { chain.eum.not_after = today() - std::chrono::seconds(1); }},
    {"S02_Error_EumNotYetValid", "8.1.2/6.3",
     [](Chain& chain) { chain.eum.not_before = today() + hours(1); }},

    // Case 3: the eUICC certificate is invalid.
    {"S03_Error_EuiccNoCertificate", "8.1.3/6.1",
     [](Chain& chain) { chain.shown_euicc = "3000"_hex; }},
    {"S03_Error_EuiccSignatureBroken", "8.1.3/6.1",
     [](Chain& chain) {
       chain.shown_eum = der_of(*chain.pki.eum);
       break_signature(chain.shown_euicc.emplace(der_of(*chain.pki.euicc)));
     }},
    {"S03_Error_EuiccSignedByAnotherKeyOfThatName", "8.1.3/6.1",
     [](Chain& chain) {
       chain.shown_eum = der_of(*chain.pki.eum);
       chain.eum_signer = impostor_of(
           *chain.pki.eum, rsp::pki::eum_template(rsp::pki::kTestEumRange, today() - hours(24)),
           chain.random);
     }},
    {"S03_Error_EuiccSignatureAlgorithm", "8.1.3/6.1",
     [](Chain& chain) {
       chain.euicc.signature_algorithm = rsp::asn1::oid_from_text("1.2.840.10045.4.3.3").value();
     }},
    {"S03_Error_EuiccCurve", "8.1.3/6.1",
     [](Chain& chain) {  // FRP256v1, which SGP.22 allows and this server does not have
       chain.euicc.curve = rsp::asn1::oid_from_text("1.2.250.1.223.101.256.1").value();
     }},
    {"S03_Error_EuiccOfAnotherEum", "8.1.3/6.1",
     [](Chain& chain) { chain.euicc.authority_key_id = Bytes(20, 0x11); }},
    {"S03_Error_EuiccOfAnotherIssuer", "8.1.3/6.1",
     [](Chain& chain) {
       chain.euicc.issuer = {{rsp::pki::NameField::kOrganization, "Another EUM"}};
     }},
    {"S03_Error_EuiccWithoutPolicy", "8.1.3/6.1", euicc_without(Extension::kCertificatePolicies)},
    {"S03_Error_EuiccOfRoleEum", "8.1.3/6.1", euicc_of_role(Role::kEum)},
    {"S03_Error_EuiccOfRoleDpPb", "8.1.3/6.1", euicc_of_role(Role::kDpPb)},
    {"S03_Error_EuiccWithoutKeyUsage", "8.1.3/6.1", euicc_without(Extension::kKeyUsage)},
    {"S03_Error_EuiccKeyUsage", "8.1.3/6.1",
     [](Chain& chain) { chain.euicc.key_usage = {rsp::pki::kKeyAgreement}; }},
    {"S03_Error_EuiccThatMaySignCertificates", "8.1.3/6.1",
     [](Chain& chain) {
       chain.euicc.key_usage = {rsp::pki::kDigitalSignature, rsp::pki::kKeyCertSign};
     }},
    {"S03_Error_EuiccThatIsACa", "8.1.3/6.1",
     [](Chain& chain) {
       chain.euicc.extensions.push_back(Extension::kBasicConstraints);
       chain.euicc.basic_constraints = {.ca = true, .path_length = 0};
     }},
    {"S03_Error_EuiccLimitedToTls", "8.1.3/6.1", [](Chain& chain) { limit_to_tls(chain.euicc); }},
    {"S03_Error_EuiccUnknownCriticalExtension", "8.1.3/6.1",
     [](Chain& chain) { chain.euicc.more_extensions = {unknown_extension(true)}; }},
    {"S03_Error_EuiccWithoutEid", "8.1.3/6.1",
     [](Chain& chain) {
       std::erase_if(chain.euicc.subject, [](const auto& attribute) {
         return attribute.field == rsp::pki::NameField::kSerialNumber;
       });
     }},
    {"S03_Error_EuiccWithAShortEid", "8.1.3/6.1", with_eid("8904903212345123451234567890")},
    {"S03_Error_EuiccWithAnEidThatIsNotDigits", "8.1.3/6.1",
     with_eid("8904903212345123451234567890123A")},
    {"S03_Error_EuiccOfAnotherOrganisation", "8.1.3/6.1",
     [](Chain& chain) {
       for (auto& [field, text] : chain.euicc.subject) {
         if (field == rsp::pki::NameField::kOrganization) text = "Another EUM";
       }
     }},
    // The EID is outside what the EUM's nameConstraints permit (SGP.22 4.5.2.1.0.3). osmo-smdpp
    // answers 8.1.4/6.1 here; SGP.22 has no such subject, and a certificate that violates the name
    // constraints above it is an invalid one.
    {"S03_Error_EuiccWithAnEidOutsideTheRange", "8.1.3/6.1",
     with_eid("89033023123451234512345678901235")},
    {"S03_Error_EuiccIsAServer", "8.1.3/6.1",
     [](Chain& chain) { chain.shown_euicc = der_of(*chain.pki.dp_auth); }},
    {"S03_Error_EuiccIsItsEum", "8.1.3/6.1",
     [](Chain& chain) {
       chain.shown_eum = der_of(*chain.pki.eum);
       chain.shown_euicc = der_of(*chain.pki.eum);
     }},

    // Case 4: it has expired, or is not valid yet.
    {"S04_Error_EuiccExpired", "8.1.3/6.3",
     [](Chain& chain) { chain.euicc.not_after = today() - std::chrono::seconds(1); }},
    {"S04_Error_EuiccNotYetValid", "8.1.3/6.3",
     [](Chain& chain) { chain.euicc.not_before = today() + hours(1); }},

    // Case 7: the CI of the EUM certificate is unknown, by key or by name.
    {"S07_Error_CiUnknown", "8.11.1/3.9",
     [](Chain& chain) {
       chain.ci = rsp::pki::issue_self_signed(
           rsp::pki::ci_template(today() - hours(24)),
           rsp::crypto::PrivateKey::generate(chain.pki.ci.key.curve()), chain.random);
     }},
    {"S07_Error_CiOfAnotherName", "8.11.1/3.9",
     [](Chain& chain) {
       chain.eum.issuer = {{rsp::pki::NameField::kCommonName, "Another CI"}};
     }},
    {"S07_Error_CiKeyIdentifierUnknown", "8.11.1/3.9",
     [](Chain& chain) { chain.eum.authority_key_id = Bytes(20, 0x11); }},
};

class TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Certificates
    : public ServerCase,
      public ::testing::WithParamInterface<CertificateFault> {};

// The chain is judged before the signature, which is good by the key of the eUICC certificate, and
// before the order, which is left as it was.
TEST_P(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Certificates, Sequence) {
  add_order();
  auto year_ago = today() - hours(365 * 24);
  Chain chain{.pki = pki,
              .random = random,
              .eum = rsp::pki::eum_template(rsp::pki::kTestEumRange, year_ago),
              .euicc = rsp::pki::euicc_template(rsp::pki::kTestEid, year_ago)};
  GetParam().change(chain);
  auto new_key = [&] { return rsp::crypto::PrivateKey::generate(euicc.key.curve()); };
  Identity eum = rsp::pki::issue(chain.eum, chain.ci ? *chain.ci : pki.ci, new_key(), random);
  // Where the EUM's own certificate is shown, its key signs too.
  bool true_eum = chain.shown_eum && *chain.shown_eum == der_of(*pki.eum);
  const Identity& signer = chain.eum_signer ? *chain.eum_signer : true_eum ? *pki.eum : eum;
  Identity card = rsp::pki::issue(chain.euicc, signer, new_key(), random);

  euicc.eum_certificate = chain.shown_eum.value_or(der_of(eum));
  euicc.certificate = chain.shown_euicc.value_or(der_of(card));
  euicc.key = card.key;
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), GetParam().code);
  EXPECT_EQ(server().journal().back().outcome, GetParam().code);
  EXPECT_EQ(history(), "released");
  EXPECT_EQ(order().download_attempts, GetParam().code == std::string_view("ok") ? 1U : 0U);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Certificates,
                         ::testing::ValuesIn(kCertificateFaults), by_name());

// --- Signature, challenge, transaction ---

class TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases : public ServerCase {
 protected:
  std::string code_of(const Json& body) { return post("authenticateClient", body).code(); }
  /// Nothing was counted or changed, and a good client is served.
  void expect_untouched(std::string_view matching_id = kMatchingId) {
    EXPECT_EQ(history(matching_id), "released");
    EXPECT_EQ(order(matching_id).download_attempts, 0U);
  }
};

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S05_Error_Signature) {
  add_order();
  Session session = begin();
  Signed1 signed1 = signed1_of(session, euicc, std::string(kMatchingId));
  auto body_with = [&](BytesView signature) {
    Json body = authenticate_body(session, euicc, signed1);
    body["authenticateServerResponse"] =
        to_base64(tlv("BF38", tlv("A0", {signed1.der(), tlv("5F37", signature), euicc.certificate,
                                         euicc.eum_certificate})));
    return body;
  };
  Bytes good = euicc.sign(signed1.der()), changed = good;
  changed.back() ^= 0x01;
  EXPECT_EQ(code_of(body_with(changed)), "8.1/6.1");
  EXPECT_EQ(code_of(body_with(pki.dp_auth->key.sign({signed1.der()}))), "8.1/6.1");
  EXPECT_EQ(code_of(body_with({})), "8.1/6.1");
  EXPECT_EQ(code_of(body_with(Bytes(64, 0))), "8.1/6.1");
  EXPECT_EQ(code_of(body_with(BytesView(good).first(63))), "8.1/6.1");
  expect_untouched();
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S06_Error_ServerChallenge) {
  add_order();
  Session session = begin(), other = begin();
  Signed1 signed1 = signed1_of(session, euicc, std::string(kMatchingId));
  signed1.server_challenge = other.server_challenge;
  EXPECT_EQ(code_of(authenticate_body(session, euicc, signed1)), "8.1/6.1");
  expect_untouched();
  EXPECT_EQ(authenticate(session).code(), "ok");
}

class TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_States
    : public ServerCase,
      public ::testing::WithParamInterface<smdp::OrderState> {};
TEST_P(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_States, S08_Error_NotReleased) {
  add_order({.state = GetParam()});
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.2/1.2");
  EXPECT_EQ(order().state, GetParam());
  EXPECT_EQ(order().history.size(), 1U);
  EXPECT_EQ(order().download_attempts, 0U);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_States,
                         ::testing::Values(smdp::OrderState::kAvailable,
                                           smdp::OrderState::kAllocated, smdp::OrderState::kLinked,
                                           smdp::OrderState::kConfirmed,
                                           smdp::OrderState::kInstalled, smdp::OrderState::kError,
                                           smdp::OrderState::kUnavailable),
                         [](const auto& row) {
                           return std::string(rsp::asn1::name_of(row.param));
                         });

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S09_Error_TransactionIdInJson) {
  add_order();
  Session session = begin();
  Json body = authenticate_body(session, euicc, signed1_of(session, euicc, std::nullopt));
  for (const char* id : {"00", "0123456789ABCDEF0123456789ABCDEF"}) {
    body["transactionId"] = id;
    EXPECT_EQ(code_of(body), "8.10.1/3.9") << id;
  }
  expect_untouched();
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S10_Error_TransactionIdInAsn1) {
  add_order();
  Session session = begin(), other = begin();
  Signed1 signed1 = signed1_of(session, euicc, std::string(kMatchingId));
  signed1.transaction_id = other.transaction_id;
  EXPECT_EQ(code_of(authenticate_body(session, euicc, signed1)), "8.10.1/3.9");
  signed1.transaction_id = Bytes{0x00};
  EXPECT_EQ(code_of(authenticate_body(session, euicc, signed1)), "8.10.1/3.9");
  expect_untouched();
}

// --- MatchingID and EID ---

/// Which order there is, what the client asks for, and what it gets.
struct Refusal {
  const char* name;
  OrderPlan order;
  std::optional<std::string> matching_id;
  const char* code;
};
void PrintTo(const Refusal& row, std::ostream* out) { *out << row.name; }

class TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Orders
    : public ServerCase,
      public ::testing::WithParamInterface<Refusal> {};
TEST_P(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Orders, Sequence) {
  smdp::Order& refused = add_order(GetParam().order);
  Session session = begin();
  EXPECT_EQ(authenticate(session, GetParam().matching_id).code(), GetParam().code);
  EXPECT_EQ(server().journal().back().outcome, GetParam().code);
  EXPECT_EQ(refused.state, smdp::OrderState::kReleased);
  EXPECT_EQ(refused.history.size(), 1U);
  EXPECT_EQ(refused.download_attempts, 0U);
  // The session leads nowhere: there is nothing to be bound.
  EXPECT_EQ(package(session).code(), "8.10.1/3.9");
}
const std::string kId(kMatchingId), kEvent(kEventId), kUnknown(kUnknownId);
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases_Orders,
    ::testing::Values(
        Refusal{"S11_Error_DefaultSmdpWithABadMatchingId",
                {.matching_id = "", .eid = rsp::pki::kTestEid},
                kUnknown,
                "8.2.6/3.8"},
        Refusal{"S12_Error_ActivationCodeWithABadMatchingId",
                {.eid = rsp::pki::kTestEid},
                kUnknown,
                "8.2.6/3.8"},
        Refusal{"S13_Error_SmdsWithABadMatchingId",
                {.matching_id = kEvent, .eid = rsp::pki::kTestEid},
                kUnknown,
                "8.2.6/3.8"},
        Refusal{"S14_Error_DefaultSmdpForAnotherEid",
                {.matching_id = "", .eid = kOtherEid},
                "",
                "8.1.1/3.8"},
        Refusal{"S14_Error_DefaultSmdpForAnotherEidWithoutMatchingId",
                {.matching_id = "", .eid = kOtherEid},
                std::nullopt,
                "8.1.1/3.8"},
        Refusal{"S19_Error_SmdsForAnotherEid",
                {.matching_id = kEvent, .eid = kOtherEid},
                kEvent,
                "8.1.1/3.8"},
        Refusal{"S20_Error_ActivationCodeForAnotherEid", {.eid = kOtherEid}, kId, "8.1.1/3.8"},
        // The order is tied to no EID, and the MatchingID is none of ours. Where it is the one of
        // an order for another EID (as some read case 21) the EID is at fault, as in case 20.
        Refusal{
            "S21_Error_ActivationCodeNotTiedToTheEidWithABadMatchingId", {}, kUnknown, "8.2.6/3.8"},
        // A MatchingID has its case, and no blanks around it.
        Refusal{"X01_Error_MatchingIdInLowerCase", {}, "04386-agyft-a74y8-3f815", "8.2.6/3.8"},
        Refusal{"X02_Error_MatchingIdWithABlank", {}, kId + " ", "8.2.6/3.8"},
        // Nothing waits for an eUICC that asks without a MatchingID.
        Refusal{"X03_Error_NoMatchingIdAndNoDefaultOrder", {}, std::nullopt, "8.2.6/3.8"}),
    by_name());

// --- Eligibility (SGP.22 3.1.2): what fails here ends the order ---

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S15_Error_NoEligibleProfile) {
  add_order().metadata.profile_class = rsp::ProfileClass::kTest;
  euicc.rsp_capability = "0780"_hex;  // no test profiles
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.2.5/4.3");
  EXPECT_EQ(history(), "released, error");
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S16_Error_OrderExpired) {
  add_order().expires = today();
  Session in_time = begin();
  EXPECT_EQ(authenticate(in_time).code(), "ok") << "the last moment is in time";
  clock.advance(std::chrono::milliseconds(1));
  Session late = begin();
  EXPECT_EQ(authenticate(late).code(), "8.8.5/4.10");
  EXPECT_EQ(history(), "released, error");
  Session later = begin();
  EXPECT_EQ(authenticate(later).code(), "8.2/1.2");
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, S17_Error_TooManyAttempts) {
  config.max_download_attempts = 2;
  add_order();
  authenticated();
  authenticated();
  Session third = begin();
  EXPECT_EQ(authenticate(third).code(), "8.8.5/6.4");
  EXPECT_EQ(order().download_attempts, 2U);
  EXPECT_EQ(history(), "released, error");
}

// Attempts are counted whatever they end with; a refused client is none.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X01_Error_TooManyAttemptsWithPackages) {
  config.max_download_attempts = 2;
  add_order();
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  downloaded();
  Session theirs = begin(other);
  EXPECT_EQ(authenticate(theirs, other, kId).code(), "8.1.1/3.8");
  downloaded();
  Session third = begin();
  EXPECT_EQ(authenticate(third).code(), "8.8.5/6.4");
  EXPECT_EQ(history(), "released, downloaded, error");
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X02_Error_NotEnoughMemory) {
  add_order();
  auto size = static_cast<std::uint32_t>(order().profile_package->size());
  euicc.free_memory = size;
  Session enough = begin();
  EXPECT_EQ(authenticate(enough).code(), "ok");
  euicc.free_memory = size - 1;
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.1/4.8");
  EXPECT_EQ(history(), "released, error");
}

// rspCapability without additionalProfile: there is one profile and no room for another.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X03_Error_NoFurtherProfile) {
  add_order();
  euicc.rsp_capability = "0410"_hex;
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.1/4.8");
  EXPECT_EQ(history(), "released, error");
}

// --- What the specification's cases leave out ---

// C.1 rule 5: both lists of the eUICC say the same version.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X04_Error_VersionsDiffer) {
  add_order();
  euicc.svn2 = "020300"_hex;
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.8.3/3.1");
  expect_untouched();
}

// Not specified: the status for an eUICC that refused the server; 4.2 is "execution error".
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X05_Error_EuiccRefusedTheServer) {
  add_order();
  Session session = begin();
  Json body = {
      {"transactionId", session.transaction},
      {"authenticateServerResponse",
       to_base64(tlv("BF38", tlv("A1", {tlv("80", session.transaction_id), "020102"_hex})))}};
  EXPECT_EQ(code_of(body), "8.1/4.2");
  expect_untouched();
}

TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X06_Error_SessionThatHasExpired) {
  add_order();
  Session session = begin();
  clock.advance(config.session_lifetime + std::chrono::milliseconds(1));
  EXPECT_EQ(authenticate(session).code(), "8.10.1/3.9");
  expect_untouched();
}

// One bit of what was signed.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X07_Error_SignedOctetsChanged) {
  add_order();
  Session session = begin();
  Signed1 signed1 = signed1_of(session, euicc, std::string(kMatchingId));
  Json body = authenticate_body(session, euicc, signed1);
  Bytes response = from_base64(body["authenticateServerResponse"].get<std::string>());
  Bytes address = rsp::to_bytes(rsp::view_of(kHost));
  auto at = std::ranges::search(response, address).begin();
  ASSERT_NE(at, response.end());
  *at ^= 0x20;
  body["authenticateServerResponse"] = to_base64(response);
  EXPECT_EQ(code_of(body), "8.1/6.1");
  expect_untouched();
}

// The eUICC signs under brainpool, and the server's CI is a NIST one: no chain leads there.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X08_Error_ChainOfAnotherCurve) {
  add_order();
  Session session = begin();
  RawEuicc brainpool(pki_of(Curve::kBrainpoolP256r1));
  EXPECT_EQ(authenticate(session, brainpool, std::string(kMatchingId)).code(), "8.11.1/3.9");
  expect_untouched();
}

// A session belongs to the eUICC that has authenticated in it: another one that knows transaction
// and challenge, and has good certificates, neither takes it over nor spoils it.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X09_Error_AnotherEuiccInTheSameSession) {
  add_order();
  Session session = authenticated(), stolen = session;
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  EXPECT_EQ(authenticate(stolen, other, std::string(kMatchingId)).code(), "8.1/6.1");
  EXPECT_EQ(authenticate(stolen, other, std::string(kUnknownId)).code(), "8.1/6.1");
  EXPECT_EQ(package(stolen, other).code(), "8.1/6.1");
  EXPECT_EQ(post("cancelSession", cancel_body(stolen, other, 0)).code(), "8.1/6.1");
  EXPECT_EQ(order().download_attempts, 1U);
  opened(package(session), session);
  EXPECT_EQ(history(), "released, downloaded");
}

// The same eUICC may ask again, as after an answer that was lost; it is another attempt.
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_ErrorCases, X10_Nominal_TheSameRequestAgain) {
  add_order();
  Session session = authenticated();
  EXPECT_EQ(authenticate(session).code(), "ok");
  EXPECT_EQ(order().download_attempts, 2U);
  opened(package(session), session);
}

}  // namespace
}  // namespace sgp23_server
