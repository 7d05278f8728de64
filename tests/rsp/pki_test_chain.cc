// The rules of SGP.22 4.5.2.1 and 4.5.2.2, one test each.
#include <gtest/gtest.h>

#include "pki_test_support.h"
#include "rsp/pki/oids.h"

namespace rsp::pki {

void PrintTo(ChainProblem problem, std::ostream* out) { *out << to_string(problem); }
void PrintTo(const Problem& problem, std::ostream* out) {
  *out << to_string(problem.kind) << ": " << problem.text;
}

namespace testing {
namespace {

std::optional<ChainProblem> kind_of(const std::optional<Problem>& problem) {
  return problem ? std::optional(problem->kind) : std::nullopt;
}

const Identity& ci() { return test_pki().ci; }

/// What is wrong with a certificate that follows a template, under the CI.
std::optional<ChainProblem> judged(const CertificateTemplate& what, Role role) {
  return kind_of(check_issued(issued(what, ci()), ci().certificate, role));
}

CertificateTemplate dp_auth() { return dp_auth_template(kTestDpOid, today()); }
CertificateTemplate dp_tls() {
  return dp_tls_template({std::string(kTestDpHost)}, kTestDpOid, today());
}
CertificateTemplate eum() { return eum_template(kTestEumRange, today()); }

// --- What is accepted ---

TEST(PkiChain, EveryRoleIsAcceptedOnBothCurves) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    const TestPki& pki = test_pki(curve);
    const Certificate& root = pki.ci.certificate;
    EXPECT_FALSE(check_issued(root, root, Role::kCi));
    EXPECT_FALSE(check_issued(pki.dp_auth->certificate, root, Role::kDpAuth));
    EXPECT_FALSE(check_issued(pki.dp_pb->certificate, root, Role::kDpPb));
    EXPECT_FALSE(check_issued(pki.dp_tls->certificate, root, Role::kDpTls));
    EXPECT_FALSE(check_issued(pki.ds_auth->certificate, root, Role::kDsAuth));
    EXPECT_FALSE(check_issued(pki.ds_tls->certificate, root, Role::kDsTls));
    EXPECT_FALSE(check_euicc_chain(pki.euicc->certificate, pki.eum->certificate, root));
  }
}

TEST(PkiChain, TheRoleIsThatOfThePolicy) {
  EXPECT_EQ(role_of(ci().certificate), Role::kCi);
  EXPECT_EQ(role_of(test_pki().ds_auth->certificate), Role::kDsAuth);
  EXPECT_EQ(asn1::to_string(policy_of(Role::kDpPb)), "2.23.146.1.2.1.5");
  CertificateTemplate none = dp_auth();
  none.policies = {asn1::oid_from_text("2.23.146.1.2.1.8").value()};
  EXPECT_EQ(role_of(issued(none, ci())), std::nullopt);
}

TEST(PkiChain, TheEidIsTheSerialNumberOfTheSubject) {
  EXPECT_EQ(eid_of(test_pki().euicc->certificate), kTestEid);
}

// --- Issuer and signature ---

TEST(PkiChain, WrongIssuer_Name) {
  CertificateTemplate what = dp_auth();
  what.issuer = Name{{NameField::kCommonName, "Another CI"}};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kWrongIssuer);
}

TEST(PkiChain, WrongIssuer_KeyIdentifier) {
  CertificateTemplate what = dp_auth();
  what.authority_key_id = Bytes(20, 1);
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kWrongIssuer);
}

TEST(PkiChain, AKeyIdentifierThatIsNotThereIsNotCompared) {
  EXPECT_EQ(judged(dp_auth().without(Extension::kAuthorityKeyId), Role::kDpAuth), std::nullopt);
}

TEST(PkiChain, AnAuthorityKeyIdThatOnlyNamesTheIssuerIsNotCompared) {
  CertificateTemplate what = dp_auth().without(Extension::kAuthorityKeyId);
  // authorityCertIssuer and authorityCertSerialNumber
  what.more_extensions = {{oid_of(Extension::kAuthorityKeyId), false, "3005A100820101"_hex}};
  EXPECT_EQ(judged(what, Role::kDpAuth), std::nullopt);
}

TEST(PkiChain, WrongIssuer_RoleThatDoesNotIssueThis) {
  EXPECT_EQ(judged(euicc_template(kTestEid, today()), Role::kEuicc), ChainProblem::kWrongIssuer);
  Certificate below_eum = issued(dp_auth(), *test_pki().eum);
  EXPECT_EQ(kind_of(check_issued(below_eum, test_pki().eum->certificate, Role::kDpAuth)),
            ChainProblem::kWrongIssuer);
}

TEST(PkiChain, WrongIssuer_MayNotSign) {
  CertificateTemplate what = ci_template(today());
  what.key_usage = {kCrlSign};
  Identity no_signer =
      issue_self_signed(what, crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  Certificate below = issued(dp_auth(), no_signer);
  EXPECT_EQ(kind_of(check_issued(below, no_signer.certificate, Role::kDpAuth)),
            ChainProblem::kWrongIssuer);
}

TEST(PkiChain, BadSignature) {
  Certificate broken = with_broken_signature(test_pki().dp_auth->certificate);
  EXPECT_EQ(kind_of(check_issued(broken, ci().certificate, Role::kDpAuth)),
            ChainProblem::kBadSignature);
}

TEST(PkiChain, BadSignature_NotEvenASignature) {
  CertificateTemplate what = dp_auth();
  what.signature = Bytes{};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kBadSignature);
}

TEST(PkiChain, BadSignature_SameNameOtherKey) {
  Identity other = issue_self_signed(ci_template(today()),
                                     crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  Certificate forged = issued(dp_auth(), {ci().certificate, other.key});
  EXPECT_EQ(kind_of(check_issued(forged, ci().certificate, Role::kDpAuth)),
            ChainProblem::kBadSignature);
}

TEST(PkiChain, UnsupportedAlgorithm) {
  CertificateTemplate what = dp_auth();
  what.signature_algorithm = asn1::oid_from_text("1.2.840.10045.4.3.3");
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kUnsupportedAlgorithm);
}

TEST(PkiChain, UnsupportedCurve) {
  CertificateTemplate what = dp_auth();
  what.curve = asn1::oid_from_text("1.3.132.0.34");
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kUnsupportedCurve);
}

TEST(PkiChain, UnsupportedCurve_PointOfTheIssuerNotOnIt) {
  CertificateTemplate what = ci_template(today());
  what.public_point = Bytes(65, 4);
  Identity root =
      issue_self_signed(what, crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  EXPECT_EQ(kind_of(check_issued(root.certificate, root.certificate, Role::kCi)),
            ChainProblem::kUnsupportedCurve);
}

// --- Role and usage ---

TEST(PkiChain, WrongRole) {
  EXPECT_EQ(kind_of(check_issued(test_pki().dp_pb->certificate, ci().certificate, Role::kDpAuth)),
            ChainProblem::kWrongRole);
}

TEST(PkiChain, KeyUsage_WithoutDigitalSignature) {
  CertificateTemplate what = dp_auth();
  what.key_usage = {kKeyAgreement};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kKeyUsage);
}

TEST(PkiChain, KeyUsage_OfAnEumWithoutCertSign) {
  CertificateTemplate what = eum();
  what.key_usage = {kDigitalSignature};
  EXPECT_EQ(judged(what, Role::kEum), ChainProblem::kKeyUsage);
}

TEST(PkiChain, KeyUsage_CertSignWithoutBeingACa) {
  CertificateTemplate what = dp_auth();
  what.key_usage = {kDigitalSignature, kKeyCertSign};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kKeyUsage);
}

TEST(PkiChain, ExtendedKeyUsage_OfTlsWithoutServerAuth) {
  CertificateTemplate what = dp_tls();
  what.extended_key_usage = {kClientAuth.oid()};
  EXPECT_EQ(judged(what, Role::kDpTls), ChainProblem::kExtendedKeyUsage);
}

TEST(PkiChain, ExtendedKeyUsage_ThatLeavesNoRoomForRsp) {
  CertificateTemplate what = dp_auth();
  what.extensions.push_back(Extension::kExtendedKeyUsage);
  what.extended_key_usage = {kServerAuth.oid()};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kExtendedKeyUsage);
}

TEST(PkiChain, BasicConstraints_AnEumIsACa) {
  CertificateTemplate what = eum();
  what.basic_constraints = {};
  EXPECT_EQ(judged(what, Role::kEum), ChainProblem::kBasicConstraints);
}

TEST(PkiChain, BasicConstraints_AServerIsNoCa) {
  CertificateTemplate what = dp_auth();
  what.extensions.push_back(Extension::kBasicConstraints);
  what.basic_constraints.ca = true;
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kBasicConstraints);
}

TEST(PkiChain, PathLength_OfAnEumIsZero) {
  CertificateTemplate what = eum();
  what.basic_constraints.path_length = 1;
  EXPECT_EQ(judged(what, Role::kEum), ChainProblem::kPathLength);
  what.basic_constraints.path_length.reset();
  EXPECT_EQ(judged(what, Role::kEum), ChainProblem::kPathLength);
}

TEST(PkiChain, PathLength_OfTheCiMustLeaveRoomForAnEum) {
  CertificateTemplate what = ci_template(today());
  what.basic_constraints.path_length = 0;
  Identity root =
      issue_self_signed(what, crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  EXPECT_EQ(kind_of(check_issued(issued(eum(), root), root.certificate, Role::kEum)),
            ChainProblem::kPathLength);
  EXPECT_FALSE(check_issued(issued(dp_auth(), root), root.certificate, Role::kDpAuth));
  EXPECT_FALSE(check_issued(root.certificate, root.certificate, Role::kCi));
}

TEST(PkiChain, MissingExtension) {
  struct {
    CertificateTemplate what;
    Role role;
    std::vector<Extension> needed;
  } const kCases[] = {
      {dp_auth(),
       Role::kDpAuth,
       {Extension::kKeyUsage, Extension::kCertificatePolicies, Extension::kSubjectAltName}},
      {dp_tls(), Role::kDpTls, {Extension::kExtendedKeyUsage, Extension::kSubjectAltName}},
      {eum(),
       Role::kEum,
       {Extension::kBasicConstraints, Extension::kNameConstraints, Extension::kSubjectKeyId}},
  };
  for (const auto& [what, role, needed] : kCases) {
    for (Extension extension : needed) {
      EXPECT_EQ(judged(what.without(extension), role), ChainProblem::kMissingExtension)
          << to_string(role) << " without " << to_string(extension);
    }
  }
}

TEST(PkiChain, MissingExtension_NoOidAmongTheNames) {
  CertificateTemplate what = dp_tls();
  what.registered_ids.clear();
  EXPECT_EQ(judged(what, Role::kDpTls), ChainProblem::kMissingExtension);
}

TEST(PkiChain, UnknownCriticalExtension) {
  CertificateTemplate what = dp_auth();
  what.more_extensions = {{asn1::oid_from_text("2.999.77").value(), true, "0500"_hex}};
  EXPECT_EQ(judged(what, Role::kDpAuth), ChainProblem::kUnknownCriticalExtension);
}

TEST(PkiChain, AnUnknownExtensionThatIsNotCriticalIsPassedOver) {
  CertificateTemplate what = dp_auth();
  what.more_extensions = {{asn1::oid_from_text("2.999.77").value(), false, "0500"_hex}};
  EXPECT_EQ(judged(what, Role::kDpAuth), std::nullopt);
}

TEST(PkiChain, NotParsable) {
  auto problem = parse_issued("3000"_hex, ci().certificate, Role::kDpAuth);
  ASSERT_FALSE(problem);
  EXPECT_EQ(problem.error().kind, ChainProblem::kNotParsable);
}

TEST(PkiChain, AProblemBecomesAnError) {
  Error error = to_error({ChainProblem::kExpired, "it expired"}, "eumCertificate");
  EXPECT_EQ(error.layer, Layer::kCrypto);
  EXPECT_EQ(error.code, "expired");
  EXPECT_EQ(error.path, "eumCertificate");
}

// --- Dates ---

TEST(PkiValidity, BothEndsBelongToThePeriod) {
  const Certificate& tls = test_pki().dp_tls->certificate;
  EXPECT_FALSE(check_validity(tls, tls.not_before()));
  EXPECT_FALSE(check_validity(tls, tls.not_after()));
  EXPECT_FALSE(check_validity(tls, tls.not_after() + std::chrono::milliseconds(999)));
}

TEST(PkiValidity, NotYetValid) {
  const Certificate& tls = test_pki().dp_tls->certificate;
  EXPECT_EQ(kind_of(check_validity(tls, tls.not_before() - std::chrono::milliseconds(1))),
            ChainProblem::kNotYetValid);
}

TEST(PkiValidity, Expired) {
  const Certificate& tls = test_pki().dp_tls->certificate;
  auto problem = check_validity(tls, today() + days(398));
  EXPECT_EQ(kind_of(problem), ChainProblem::kExpired);
  EXPECT_EQ(problem->text, "it expired on 2027-04-02 23:59:59 UTC");
}

TEST(PkiValidity, AnEuiccDoesNotExpire) {
  EXPECT_FALSE(check_validity(test_pki().euicc->certificate, day(7000, 1, 1)));
}

// --- EUM and eUICC ---

/// What is wrong with an eUICC certificate that follows a template, under the EUM.
std::optional<ChainFault> judged_euicc(const CertificateTemplate& what) {
  return check_euicc_chain(issued(what, *test_pki().eum), test_pki().eum->certificate,
                           ci().certificate);
}

TEST(PkiEuiccChain, TheFaultIsAtTheEum) {
  Certificate broken = with_broken_signature(test_pki().eum->certificate);
  auto fault = check_euicc_chain(test_pki().euicc->certificate, broken, ci().certificate);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEum);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kBadSignature);
}

TEST(PkiEuiccChain, TheFaultIsAtTheEuicc) {
  Certificate broken = with_broken_signature(test_pki().euicc->certificate);
  auto fault = check_euicc_chain(broken, test_pki().eum->certificate, ci().certificate);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEuicc);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kBadSignature);
}

TEST(PkiEuiccChain, BadEid) {
  for (const char* eid : {"8904903212345123451234567890123", "890490321234512345123456789012355",
                          "8904903212345123451234567890123A", ""}) {
    auto fault = judged_euicc(euicc_template(eid, today()));
    ASSERT_TRUE(fault) << eid;
    EXPECT_EQ(fault->problem.kind, ChainProblem::kBadEid);
  }
}

TEST(PkiEuiccChain, EidOutsideRange) {
  auto fault = judged_euicc(euicc_template("89049033123451234512345678901234", today()));
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEuicc);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kEidOutsideRange);
}

TEST(PkiEuiccChain, NameConstraints_AnotherOrganisation) {
  CertificateTemplate what = euicc_template(kTestEid, today());
  what.subject[1].text = "Another EUM";
  auto fault = judged_euicc(what);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kNameConstraints);
}

TEST(PkiEuiccChain, AnEumMayHaveSeveralRanges) {
  CertificateTemplate what = eum_template("89033023", today());
  what.permitted_names.push_back({std::string(kTestEumOrganization), std::string(kTestEumRange)});
  Identity two_ranges =
      issue(what, ci(), crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  Certificate euicc = issued(euicc_template(kTestEid, today()), two_ranges);
  EXPECT_FALSE(check_euicc_chain(euicc, two_ranges.certificate, ci().certificate));
}

TEST(PkiEuiccChain, NameConstraints_ThatAreNotUnderstoodRefuse) {
  // The organisation and range that fit, and beside them a dNSName.
  asn1::Writer subtrees;
  subtrees.constructed(asn1::kSequence, [&] {
    subtrees.constructed(asn1::context(4), [&] {
      write_name(subtrees, {{NameField::kOrganization, std::string(kTestEumOrganization)},
                            {NameField::kSerialNumber, std::string(kTestEumRange)}});
    });
  });
  subtrees.constructed(asn1::kSequence,
                       [&] { subtrees.primitive(asn1::context(2), view_of("example.com")); });
  Bytes permitted = asn1::constructed_tlv(asn1::context(0), subtrees.written());
  CertificateTemplate what = eum().without(Extension::kNameConstraints);
  what.more_extensions = {{oid_of(Extension::kNameConstraints), true,
                           asn1::constructed_tlv(asn1::kSequence, permitted)}};
  Identity odd = issue(what, ci(), crypto::PrivateKey::generate(Curve::kNistP256), test_random());
  auto fault = check_euicc_chain(issued(euicc_template(kTestEid, today()), odd), odd.certificate,
                                 ci().certificate);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kNameConstraints);
}

// --- Trust anchors ---

TEST(PkiTrustAnchors, AreFoundByKeyIdentifierAndAsIssuers) {
  TrustAnchors anchors;
  ASSERT_TRUE(anchors.add(test_pki(Curve::kBrainpoolP256r1).ci.certificate));
  ASSERT_TRUE(anchors.add(ci().certificate));
  ASSERT_TRUE(anchors.add(ci().certificate));
  EXPECT_EQ(anchors.all().size(), 2U);
  EXPECT_EQ(*anchors.find(ci().certificate.subject_key_id()), ci().certificate);
  EXPECT_EQ(*anchors.issuer_of(test_pki().dp_auth->certificate), ci().certificate);
  EXPECT_EQ(anchors.find(Bytes(20)), nullptr);
  EXPECT_EQ(anchors.issuer_of(test_pki().euicc->certificate), nullptr);
}

TEST(PkiTrustAnchors, OnlyACiIsOne) {
  TrustAnchors anchors;
  EXPECT_FALSE(anchors.add(test_pki().eum->certificate));
  CertificateTemplate short_id = ci_template(today());
  short_id.subject_key_id = Bytes(8);
  EXPECT_FALSE(anchors.add(issued(short_id, ci())));
}

// --- The published certificates that must be refused ---

std::optional<ChainFault> judged_published(const char* euicc, const char* eum) {
  return check_euicc_chain(published(euicc), published(eum),
                           published("sgp26/CERT_CI_ECDSA_NIST.der"));
}
constexpr const char* kGoodEuicc = "sgp26/CERT_EUICC_ECDSA_NIST.der";
constexpr const char* kGoodEum = "sgp26/CERT_EUM_ECDSA_NIST.der";

TEST(PkiSgp26, TheGoodChainsAreAccepted) {
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  for (const char* curve : {"NIST", "BRP"}) {
    auto file = [&](const std::string& name) {
      return published("sgp26/CERT_" + name + "_" + curve + ".der");
    };
    Certificate root = file("CI_ECDSA");
    EXPECT_FALSE(check_issued(root, root, Role::kCi));
    EXPECT_FALSE(check_euicc_chain(file("EUICC_ECDSA"), file("EUM_ECDSA"), root));
    EXPECT_FALSE(check_issued(file("S_SM_DPauth_ECDSA"), root, Role::kDpAuth));
    EXPECT_FALSE(check_issued(file("S_SM_DPpb_ECDSA"), root, Role::kDpPb));
    EXPECT_FALSE(check_issued(file("S_SM_DP2auth_ECDSA"), root, Role::kDpAuth));
    EXPECT_FALSE(check_issued(file("S_SM_DP2pb_ECDSA"), root, Role::kDpPb));
    EXPECT_FALSE(check_issued(file("S_SM_DP_VARO_TLS"), root, Role::kDpTls));
  }
}

TEST(PkiSgp26, ExpiredTls) {
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  Certificate tls = published("sgp26/CERT_S_SM_DP2_TLS.der");
  EXPECT_EQ(kind_of(check_validity(tls, today())), ChainProblem::kExpired);
  EXPECT_FALSE(check_validity(tls, day(2025, 1, 1)));
}

TEST(PkiSgp26, EuiccExpired) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  const char* file = "sgp26-invalid/CERT_EUICC_ECDSA_NIST_EXPIRED.der";
  EXPECT_FALSE(judged_published(file, kGoodEum));
  EXPECT_EQ(kind_of(check_validity(published(file), today())), ChainProblem::kExpired);
}

TEST(PkiSgp26, EuiccInvalid_IssuedByItself) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  auto fault = judged_published("sgp26-invalid/CERT_EUICC_ECDSA_NIST_INVALID.der", kGoodEum);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEuicc);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kWrongIssuer);
}

TEST(PkiSgp26, EuiccInvalidEid_OutsideRange) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  auto fault = judged_published("sgp26-invalid/CERT_EUICC_ECDSA_NIST_INVALID_EID.der", kGoodEum);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kEidOutsideRange);
}

TEST(PkiSgp26, EuiccUnmatchedEid_IsAGoodChainOfAnotherCard) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  const char* file = "sgp26-invalid/CERT_EUICC_ECDSA_NIST_UNMATCHED_EID.der";
  EXPECT_FALSE(judged_published(file, kGoodEum));
  EXPECT_NE(eid_of(published(file)), kTestEid);
}

TEST(PkiSgp26, EumExpired) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  const char* file = "sgp26-invalid/CERT_EUM_ECDSA_NIST_EXPIRED.der";
  EXPECT_EQ(kind_of(check_validity(published(file), today())), ChainProblem::kExpired);
  // Its policy is that of DPauth, which alone would be enough.
  auto fault = judged_published(kGoodEuicc, file);
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEum);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kWrongRole);
}

TEST(PkiSgp26, EumInvalid_IssuedByItself) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  auto fault = judged_published(kGoodEuicc, "sgp26-invalid/CERT_EUM_ECDSA_NIST_INVALID.der");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->at, ChainLink::kEum);
  EXPECT_EQ(fault->problem.kind, ChainProblem::kWrongIssuer);
}

TEST(PkiSgp26, EumUnknownCi_HasNoTrustAnchor) {
  SKIP_WITHOUT_SHARED_DATA("sgp26-invalid");
  TrustAnchors anchors;
  ASSERT_TRUE(anchors.add(published("sgp26/CERT_CI_ECDSA_NIST.der")));
  Certificate eum = published("sgp26-invalid/CERT_EUM_ECDSA_NIST_UNKNOWN_CI.der");
  EXPECT_EQ(anchors.issuer_of(eum), nullptr);
  EXPECT_EQ(anchors.find(eum.authority_key_id()), nullptr);
  EXPECT_FALSE(anchors.add(published("sgp26-invalid/CERT_UNKNOWN_CI_ECDSA_NIST.der")));
}

}  // namespace
}  // namespace testing
}  // namespace rsp::pki
