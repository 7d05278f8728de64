// A judge that is not us: the command line of OpenSSL reads and verifies what rsp/pki issues.
#include <gtest/gtest.h>

#include "pki_test_support.h"
#include "rsp/pki/pem.h"

namespace rsp::pki::testing {
namespace {

/// Certificates as PEM files for OpenSSL.
class PkiOpenssl : public ::testing::TestWithParam<Curve> {
 protected:
  void SetUp() override {
    if (run("openssl version").status != 0) GTEST_SKIP() << "there is no openssl command";
    add("ci", pki_.ci.certificate);
  }

  std::string add(const std::string& name, const Certificate& certificate) {
    return dir_.write(name + ".pem", to_pem("CERTIFICATE", certificate.der())).string();
  }
  std::string file(const std::string& name) const {
    return (dir_.path() / (name + ".pem")).string();
  }

  /// openssl verify on the day of the test PKI, strictly after RFC 5280.
  Outcome verify(const std::string& options, const std::string& name) {
    auto day = std::chrono::duration_cast<std::chrono::seconds>(today().time_since_epoch()).count();
    return run("openssl verify -x509_strict -check_ss_sig -attime " + std::to_string(day + 60) +
               " -CAfile " + file("ci") + " " + options + " " + file(name));
  }
  std::string text_of(const Certificate& certificate) {
    return run("openssl x509 -noout -text -in " + add("shown", certificate)).output;
  }

  TempDir dir_;
  const TestPki& pki_ = test_pki(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Curves, PkiOpenssl,
                         ::testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& which) {
                           return which.param == Curve::kNistP256 ? "Nist" : "Brainpool";
                         });

TEST_P(PkiOpenssl, AcceptsEveryCertificateUnderTheCi) {
  for (const auto& identity : {pki_.eum, pki_.dp_auth, pki_.dp_pb, pki_.ds_auth}) {
    add("leaf", identity->certificate);
    Outcome outcome = verify("", "leaf");
    EXPECT_EQ(outcome.status, 0) << outcome.output;
  }
  EXPECT_EQ(verify("", "ci").status, 0);
}

TEST_P(PkiOpenssl, AcceptsTlsCertificatesForTheirHost) {
  add("dp", pki_.dp_tls->certificate);
  add("ds", pki_.ds_tls->certificate);
  EXPECT_EQ(verify("-purpose sslserver -verify_hostname testsmdpplus1.example.com", "dp").status,
            0);
  EXPECT_EQ(verify("-purpose sslserver -verify_hostname testrootsmds.example.com", "ds").status, 0);
  EXPECT_NE(verify("-purpose sslserver -verify_hostname other.example.com", "dp").status, 0);
}

// OpenSSL compares names as RFC 5280 does, whole, and not by prefix as SGP.22 has it; so it refuses
// every eUICC under its EUM, the published one too. Without the constraint the chain is one that it
// can judge.
TEST_P(PkiOpenssl, AcceptsTheEuiccChainWithoutTheNameConstraint) {
  CertificateTemplate what =
      eum_template(kTestEumRange, today()).without(Extension::kNameConstraints);
  Identity eum = issue(what, pki_.ci, pki_.eum->key, test_random());
  add("eum", eum.certificate);
  add("euicc", pki_.euicc->certificate);
  Outcome outcome = verify("-untrusted " + file("eum"), "euicc");
  EXPECT_EQ(outcome.status, 0) << outcome.output;
}

TEST_P(PkiOpenssl, SaysOfTheEuiccChainWhatItSaysOfThePublishedOne) {
  add("eum", pki_.eum->certificate);
  add("euicc", pki_.euicc->certificate);
  Outcome ours = verify("-untrusted " + file("eum"), "euicc");
  EXPECT_NE(ours.output.find("permitted subtree violation"), std::string::npos) << ours.output;
  SKIP_WITHOUT_SHARED_DATA("sgp26");
  add("ci", published("sgp26/CERT_CI_ECDSA_NIST.der"));
  add("eum", published("sgp26/CERT_EUM_ECDSA_NIST.der"));
  add("euicc", published("sgp26/CERT_EUICC_ECDSA_NIST.der"));
  Outcome theirs = verify("-untrusted " + file("eum"), "euicc");
  EXPECT_NE(theirs.output.find("permitted subtree violation"), std::string::npos) << theirs.output;
}

TEST_P(PkiOpenssl, RefusesABrokenSignature) {
  add("leaf", with_broken_signature(pki_.dp_auth->certificate));
  EXPECT_NE(verify("", "leaf").output.find("certificate signature failure"), std::string::npos);
}

const char* const kKeyUsageCritical = "X509v3 Key Usage: critical\n";
const char* const kPoliciesCritical = "X509v3 Certificate Policies: critical\n";

TEST_P(PkiOpenssl, ShowsTheFieldsOfACi) {
  EXPECT_TRUE(shows(
      text_of(pki_.ci.certificate),
      {"Version: 3", "ecdsa-with-SHA256", "Subject Key Identifier", "Basic Constraints: critical\n",
       "CA:TRUE\n", kPoliciesCritical, "2.23.146.1.2.1.0", kKeyUsageCritical,
       "Certificate Sign, CRL Sign", "Registered ID:2.999.1", "CRL-A.crl", "CRL-B.crl"}));
}

TEST_P(PkiOpenssl, ShowsTheFieldsOfAnEum) {
  EXPECT_TRUE(shows(text_of(pki_.eum->certificate),
                    {"Authority Key Identifier", "Subject Key Identifier", kKeyUsageCritical,
                     "Certificate Sign\n", kPoliciesCritical, "2.23.146.1.2.1.2",
                     "Registered ID:2.999.5", "Basic Constraints: critical\n", "CA:TRUE, pathlen:0",
                     "CRL-B.crl", "Name Constraints: critical\n", "Permitted:\n",
                     "DirName:O = esimbench Test EUM, serialNumber = 89049032"}));
}

TEST_P(PkiOpenssl, ShowsTheFieldsOfAnEuicc) {
  EXPECT_TRUE(shows(
      text_of(pki_.euicc->certificate),
      {"Not After : Dec 31 23:59:59 9999 GMT", "serialNumber = 89049032123451234512345678901235",
       kKeyUsageCritical, "Digital Signature\n", kPoliciesCritical, "2.23.146.1.2.1.1"}));
}

TEST_P(PkiOpenssl, ShowsTheFieldsOfServers) {
  struct {
    const Certificate& certificate;
    const char* oid;
    const char* policy;
  } const kServers[] = {
      {pki_.dp_auth->certificate, "Registered ID:2.999.10\n", "2.23.146.1.2.1.4"},
      {pki_.dp_pb->certificate, "Registered ID:2.999.10\n", "2.23.146.1.2.1.5"},
      {pki_.ds_auth->certificate, "Registered ID:2.999.15\n", "2.23.146.1.2.1.7"},
  };
  for (const auto& [certificate, oid, policy] : kServers) {
    EXPECT_TRUE(shows(text_of(certificate), {"Authority Key Identifier", "Subject Key Identifier",
                                             oid, kKeyUsageCritical, "Digital Signature\n",
                                             kPoliciesCritical, policy, "CRL-A.crl", "CRL-B.crl"}));
  }
}

TEST_P(PkiOpenssl, ShowsTheFieldsOfTlsServers) {
  EXPECT_TRUE(
      shows(text_of(pki_.dp_tls->certificate),
            {"Not Before: Mar  1 00:00:00 2026", "Not After : Apr  2 23:59:59 2027",
             kKeyUsageCritical, "Digital Signature\n", "X509v3 Extended Key Usage: critical\n",
             "TLS Web Server Authentication, TLS Web Client Authentication",
             "X509v3 Certificate Policies: \n", "2.23.146.1.2.1.3",
             "DNS:testsmdpplus1.example.com, Registered ID:2.999.10", "CRL-A.crl"}));
  EXPECT_TRUE(shows(text_of(pki_.ds_tls->certificate),
                    {"2.23.146.1.2.1.6", "DNS:testrootsmds.example.com, Registered ID:2.999.15"}));
}

}  // namespace
}  // namespace rsp::pki::testing
