// Reading and writing certificates: every field, every kind of malformed input.
#include "rsp/pki/certificate.h"

#include <gtest/gtest.h>

#include "pki_test_support.h"
#include "rsp/pki/oids.h"
#include "rsp/pki/pem.h"
#include "rsp/pki/time.h"

namespace rsp::pki::testing {
namespace {

asn1::Oid oid(std::string_view dotted) { return asn1::oid_from_text(dotted).value(); }

// --- What is in a certificate ---

TEST(PkiCertificate, GivesTheNamesOfTheSubject) {
  const Certificate& euicc = test_pki().euicc->certificate;
  EXPECT_EQ(euicc.subject_name().country, "ES");
  EXPECT_EQ(euicc.subject_name().organization, kTestEumOrganization);
  EXPECT_EQ(euicc.subject_name().common_name, "Test eUICC");
  EXPECT_EQ(euicc.subject_name().serial_number, kTestEid);
  EXPECT_EQ(to_string(test_pki().ci.certificate.subject_name()),
            "C=IT, O=esimbench, OU=TESTCERT, CN=Test CI");
}

TEST(PkiCertificate, GivesTheExtensionsOfATlsCertificate) {
  const Extensions& tls = test_pki().dp_tls->certificate.extensions();
  EXPECT_EQ(tls.key_usage, (asn1::BitString{kDigitalSignature}));
  EXPECT_EQ(tls.extended_key_usage, (std::vector{kServerAuth.oid(), kClientAuth.oid()}));
  EXPECT_EQ(tls.policies, std::vector{oid("2.23.146.1.2.1.3")});
  EXPECT_EQ(tls.dns_names, std::vector<std::string_view>{kTestDpHost});
  EXPECT_EQ(tls.registered_ids, std::vector{oid("2.999.10")});
  EXPECT_EQ(tls.crl_uris, (std::vector<std::string_view>{"http://ci.test.example.com/CRL-A.crl",
                                                         "http://ci.test.example.com/CRL-B.crl"}));
  EXPECT_TRUE(tls.is_critical(Extension::kExtendedKeyUsage));
  EXPECT_FALSE(tls.is_critical(Extension::kCertificatePolicies));
  EXPECT_FALSE(tls.has(Extension::kBasicConstraints));
}

TEST(PkiCertificate, GivesTheConstraintsOfAnEum) {
  const Extensions& eum = test_pki().eum->certificate.extensions();
  EXPECT_TRUE(eum.basic_constraints.ca);
  EXPECT_EQ(eum.basic_constraints.path_length, 0U);
  ASSERT_EQ(eum.permitted_names.size(), 1U);
  EXPECT_EQ(eum.permitted_names[0].organization, kTestEumOrganization);
  EXPECT_EQ(eum.permitted_names[0].serial_number_prefix, kTestEumRange);
  EXPECT_FALSE(eum.has_other_name_constraints);
}

TEST(PkiCertificate, GivesKeyCurveAndKeyIdentifier) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    const Identity& ci = test_pki(curve).ci;
    EXPECT_EQ(ci.certificate.curve(), curve);
    ASSERT_TRUE(ci.certificate.public_key());
    EXPECT_EQ(ci.certificate.public_key()->point(), ci.key.public_key().point());
    EXPECT_EQ(ci.certificate.subject_key_id().size(), 20U);
    EXPECT_TRUE(equal(test_pki(curve).eum->certificate.authority_key_id(),
                      ci.certificate.subject_key_id()));
  }
}

TEST(PkiCertificate, ACopyOutlivesTheOriginal) {
  std::optional<Certificate> original =
      Certificate::parse(test_pki().euicc->certificate.der()).value();
  Certificate copy = *original;
  original.reset();
  EXPECT_EQ(copy.subject_name().serial_number, kTestEid);
  EXPECT_EQ(copy.tbs().data() - copy.der().data(), 4);
}

TEST(PkiCertificate, MayBeOnACurveThatIsNotSupported) {
  CertificateTemplate what = dp_auth_template(kTestDpOid, today());
  what.curve = oid("1.2.250.1.223.101.256.1");
  Certificate certificate = issued(what, test_pki().ci);
  ASSERT_FALSE(certificate.curve());
  EXPECT_EQ(certificate.curve().error().code, "unsupportedCurve");
  EXPECT_EQ(certificate.public_key().error().layer, Layer::kCrypto);
  EXPECT_EQ(certificate.curve_oid(), what.curve);
}

TEST(PkiCertificate, APointThatIsNotOnTheCurveGivesNoKey) {
  CertificateTemplate what = dp_auth_template(kTestDpOid, today());
  what.public_point = Bytes(65, 0x04);
  EXPECT_FALSE(issued(what, test_pki().ci).public_key());
}

// --- Times (RFC 5280 4.1.2.5) ---

Result<Clock::TimePoint> read_time(std::uint32_t tag, std::string_view text) {
  Bytes element = asn1::tlv(asn1::universal(tag), view_of(text));
  asn1::Reader reader(element);
  return take_time(reader, "time");
}

TEST(PkiTime, UtcTimeReachesFrom1950To2049) {
  EXPECT_EQ(read_time(23, "500101000000Z"), day(1950, 1, 1));
  EXPECT_EQ(read_time(23, "491231235959Z"), day(2050, 1, 1) - std::chrono::seconds(1));
}

TEST(PkiTime, GeneralizedTimeReachesTo9999) {
  EXPECT_EQ(read_time(24, "20500101000000Z"), day(2050, 1, 1));
  EXPECT_EQ(read_time(24, "99991231235959Z"), no_expiry());
}

TEST(PkiTime, OtherFormsAreRefused) {
  for (std::string_view text :
       {"", "2601010000Z", "260101000000", "260101000000+0100", "261301000000Z", "260230000000Z",
        "260101240000Z", "26010100000aZ", "260101006000Z", "260101000060Z", "-60101000000Z"}) {
    EXPECT_FALSE(read_time(23, text)) << text;
  }
  EXPECT_FALSE(read_time(24, "20260101000000.5Z"));
  EXPECT_FALSE(read_time(24, "202"));
  EXPECT_FALSE(read_time(4, "260101000000Z"));
}

TEST(PkiTime, IsWrittenAsItIsRead) {
  for (Clock::TimePoint time : {day(1949, 12, 31), day(1950, 1, 1), today(), day(2049, 12, 31),
                                day(2050, 1, 1), no_expiry()}) {
    asn1::Writer writer;
    write_time(writer, time);
    asn1::Reader reader(writer.written());
    EXPECT_EQ(take_time(reader, "time"), time) << time_text(time);
  }
  EXPECT_EQ(time_text(no_expiry()), "9999-12-31 23:59:59 UTC");
}

// --- Malformed certificates ---

TEST(PkiMalformed, EveryTruncationIsAnError) {
  for (const auto& identity : {test_pki().eum, test_pki().dp_tls}) {
    BytesView der = identity->certificate.der();
    for (std::size_t size = 0; size < der.size(); ++size) {
      auto cut = Certificate::parse(der.first(size));
      ASSERT_FALSE(cut) << size;
      ASSERT_EQ(cut.error().layer, Layer::kDecode);
    }
  }
}

TEST(PkiMalformed, NoChangedOctetVerifies) {
  const Certificate& ci = test_pki().ci.certificate;
  Bytes der = to_bytes(test_pki().eum->certificate.der());
  ASSERT_FALSE(check_issued(test_pki().eum->certificate, ci, Role::kEum));
  for (std::size_t at = 0; at < der.size(); ++at) {
    for (unsigned flip : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0xFFU}) {
      der[at] = static_cast<std::uint8_t>(der[at] ^ flip);
      ASSERT_FALSE(parse_issued(der, ci, Role::kEum)) << "octet " << at << ", flip " << flip;
      der[at] = static_cast<std::uint8_t>(der[at] ^ flip);
    }
  }
}

TEST(PkiMalformed, OctetsAfterTheCertificateAreAnError) {
  Bytes der = to_bytes(test_pki().ci.certificate.der());
  der.push_back(0);
  EXPECT_EQ(Certificate::parse(der).error().path, "certificate");
}

/// Why a certificate that follows a template is not read: the path of the error.
std::string path_of_error(const CertificateTemplate& what) {
  auto key = crypto::PrivateKey::generate(Curve::kNistP256);
  Bytes der = issue_der(what, test_pki().ci, key.public_key(), test_random());
  auto certificate = Certificate::parse(der);
  return certificate ? "" : certificate.error().path;
}

TEST(PkiMalformed, AnExtensionThatComesTwiceIsAnError) {
  CertificateTemplate what = dp_auth_template(kTestDpOid, today());
  what.extensions.push_back(Extension::kKeyUsage);
  EXPECT_EQ(path_of_error(what), "certificate.tbsCertificate.extensions");
  CertificateTemplate unknown = dp_auth_template(kTestDpOid, today());
  unknown.more_extensions = {{oid("2.999.1"), false, "0500"_hex},
                             {oid("2.999.1"), true, "0500"_hex}};
  EXPECT_EQ(path_of_error(unknown), "certificate.tbsCertificate.extensions");
}

TEST(PkiMalformed, OnlyVersion3HasExtensions) {
  CertificateTemplate what = dp_auth_template(kTestDpOid, today());
  what.version = 2;
  EXPECT_EQ(path_of_error(what), "certificate.tbsCertificate.extensions");
  what.version = 4;
  EXPECT_EQ(path_of_error(what), "certificate.tbsCertificate.version");
}

TEST(PkiMalformed, BothSignatureAlgorithmsMustBeTheSame) {
  Bytes der = to_bytes(test_pki().ci.certificate.der());
  // The last arc of the outer ecdsa-with-SHA256 becomes that of SHA-384.
  BytesView algorithm = kEcdsaWithSha256.content();
  auto outer = std::ranges::find_end(der, algorithm);
  outer.back() = 0x03;
  EXPECT_EQ(Certificate::parse(der).error().path, "certificate.tbsCertificate.signature");
}

struct BadExtension {
  Extension extension;
  const char* value;
};

/// For the tests of values that no template can write.
class PkiMalformedExtension : public ::testing::TestWithParam<BadExtension> {};

TEST_P(PkiMalformedExtension, IsNamedInTheError) {
  auto [extension, value] = GetParam();
  CertificateTemplate what = dp_auth_template(kTestDpOid, today()).without(extension);
  what.more_extensions = {{oid_of(extension), false, from_hex(value).value()}};
  EXPECT_EQ(path_of_error(what),
            "certificate.tbsCertificate.extensions." + std::string(to_string(extension)));
}

INSTANTIATE_TEST_SUITE_P(
    Values, PkiMalformedExtension,
    ::testing::Values(BadExtension{Extension::kSubjectKeyId, ""},
                      BadExtension{Extension::kSubjectKeyId,
                                   "04020000"
                                   "00"},
                      BadExtension{Extension::kKeyUsage, "0300"},
                      BadExtension{Extension::kKeyUsage, "03020880"},
                      BadExtension{Extension::kKeyUsage, "030101"},
                      BadExtension{Extension::kBasicConstraints, "30020101"},
                      BadExtension{Extension::kBasicConstraints, "3003020180"},
                      BadExtension{Extension::kBasicConstraints, "30060101FF0400"},
                      BadExtension{Extension::kCertificatePolicies, "30023000"},
                      BadExtension{Extension::kCertificatePolicies,
                                   "3005300306"
                                   "0188"},
                      BadExtension{Extension::kSubjectAltName, "30028205"},
                      BadExtension{Extension::kNameConstraints, "3004A0023000"},
                      BadExtension{Extension::kNameConstraints, "3006A0043002A400"},
                      BadExtension{Extension::kNameConstraints, "3002A200"},
                      BadExtension{Extension::kCrlDistributionPoints, "30020500"},
                      BadExtension{Extension::kAuthorityKeyId, "3004A0020400"},
                      BadExtension{Extension::kExtendedKeyUsage, "3003060180"}));

// --- PEM (RFC 7468) ---

TEST(PkiPem, IsReadAsItIsWritten) {
  Bytes der = to_bytes(test_pki().ci.certificate.der());
  std::string text = "a comment\n" + to_pem("CERTIFICATE", der) + "\r\n" + to_pem("X", {});
  auto blocks = parse_pem(text);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].label, "CERTIFICATE");
  EXPECT_EQ(blocks[0].der, der);
  EXPECT_EQ(blocks[1].label, "X");
}

TEST(PkiPem, ABlockThatIsDamagedIsLeftOut) {
  std::string good = to_pem("X", "0500"_hex);
  EXPECT_EQ(parse_pem("-----BEGIN A-----\n!!\n-----END A-----\n" + good).size(), 1U);
  EXPECT_EQ(parse_pem("-----BEGIN A-----\nAAAA\n" + good).size(), 1U);
  EXPECT_TRUE(parse_pem("-----BEGIN A").empty());
}

// --- The published certificates ---

TEST(PkiSgp26, EveryPublishedCertificateIsRead) {
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  for (const char* folder : {"sgp26", "sgp26-invalid"}) {
    for (const auto& entry : fs::directory_iterator(shared_data() / folder)) {
      if (!entry.path().filename().string().starts_with("CERT_")) continue;
      EXPECT_TRUE(Certificate::parse(file_content(entry.path()))) << entry.path();
    }
  }
}

/// A template with the names, dates, numbers and keys of a certificate.
CertificateTemplate like(CertificateTemplate what, const Certificate& other) {
  what.serial = to_bytes(other.serial());
  what.not_before = other.not_before();
  what.not_after = other.not_after();
  what.public_point = to_bytes(other.public_point());
  what.subject_key_id = to_bytes(other.subject_key_id());
  return what;
}

/// The name of SGP.26's CI.
Name published_ci_name() {
  return {{NameField::kCommonName, "Test CI"},
          {NameField::kOrganizationalUnit, "TESTCERT"},
          {NameField::kOrganization, "RSPTEST"},
          {NameField::kCountry, "IT"}};
}

struct PublishedCase {
  const char* file;
  const char* issuer;
  CertificateTemplate what;
};

TEST(PkiSgp26, TemplatesGiveThePublishedOctets) {
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  CertificateTemplate ci = ci_template(today());
  ci.subject = published_ci_name();
  CertificateTemplate eum = eum_template(kTestEumRange, today());
  eum.subject[1].text = eum.permitted_names[0].organization = "RSP Test EUM";
  CertificateTemplate euicc = euicc_template(kTestEid, today());
  euicc.subject[1].text = "RSP Test EUM";
  CertificateTemplate dp_auth = dp_auth_template(kTestDpOid, today());
  CertificateTemplate dp_pb = dp_pb_template(kTestDpOid, today());
  CertificateTemplate dp_tls = dp_tls_template({"testsmdpplus2.example.com"}, "2.999.12", today());
  for (auto* what : {&dp_auth, &dp_pb, &dp_tls}) what->subject[0].text = "ACME";
  for (const auto& [file, issuer, what] :
       {PublishedCase{"CERT_CI_ECDSA_NIST.der", "CERT_CI_ECDSA_NIST.der", ci},
        PublishedCase{"CERT_EUM_ECDSA_NIST.der", "CERT_CI_ECDSA_NIST.der", eum},
        PublishedCase{"CERT_EUICC_ECDSA_NIST.der", "CERT_EUM_ECDSA_NIST.der", euicc},
        PublishedCase{"CERT_S_SM_DPauth_ECDSA_NIST.der", "CERT_CI_ECDSA_NIST.der", dp_auth},
        PublishedCase{"CERT_S_SM_DPpb_ECDSA_NIST.der", "CERT_CI_ECDSA_NIST.der", dp_pb},
        PublishedCase{"CERT_S_SM_DP2_TLS.der", "CERT_CI_ECDSA_NIST.der", dp_tls}}) {
    Certificate wanted = published(fs::path("sgp26") / file);
    Identity signer{published(fs::path("sgp26") / issuer), test_pki().ci.key};
    Bytes der =
        issue_der(like(what, wanted), signer, test_pki().ci.key.public_key(), test_random());
    auto made = Certificate::parse(der);
    ASSERT_TRUE(made) << made.error().message();
    EXPECT_EQ(to_hex(made->tbs()), to_hex(wanted.tbs())) << file;
  }
}

}  // namespace
}  // namespace rsp::pki::testing
