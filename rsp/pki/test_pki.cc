#include "rsp/pki/test_pki.h"

#include <chrono>
#include <stdexcept>

#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {
namespace {

using std::chrono::days;
using enum Extension;

constexpr days kCiLife{34 * 365 + 8}, kThreeYears{3 * 365}, kTlsLife{398};
constexpr const char* kCrlA = "http://ci.test.example.com/CRL-A.crl";
constexpr const char* kCrlB = "http://ci.test.example.com/CRL-B.crl";

asn1::Oid oid_from(std::string_view dotted) {
  auto oid = asn1::oid_from_text(dotted);
  if (!oid) throw std::invalid_argument("\"" + std::string(dotted) + "\" is no object identifier");
  return *oid;
}

Clock::TimePoint whole_seconds(Clock::TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

/// What all certificates have: the role's policy, a key usage, and both critical but for TLS.
CertificateTemplate base(Role role, Clock::TimePoint now, days life, asn1::BitString key_usage) {
  CertificateTemplate out;
  out.not_before = whole_seconds(now);
  // The last second belongs to the period, so that it is as long as it says (RFC 5280 4.1.2.5).
  out.not_after = out.not_before + life - std::chrono::seconds(1);
  out.policies = {policy_of(role)};
  out.key_usage = std::move(key_usage);
  out.critical = {kKeyUsage, kCertificatePolicies};
  return out;
}

CertificateTemplate server_template(Role role, std::string_view common_name, std::string_view oid,
                                    Clock::TimePoint now) {
  CertificateTemplate out = base(role, now, kThreeYears, {kDigitalSignature});
  out.subject = {{NameField::kOrganization, std::string(kTestOrganization)},
                 {NameField::kCommonName, std::string(common_name)}};
  out.extensions = {kAuthorityKeyId, kSubjectKeyId,        kSubjectAltName,
                    kKeyUsage,       kCertificatePolicies, kCrlDistributionPoints};
  out.registered_ids = {oid_from(oid)};
  out.crl_uris = {kCrlA, kCrlB};
  return out;
}

CertificateTemplate tls_template(Role role, const std::vector<std::string>& host_names,
                                 std::string_view oid, Clock::TimePoint now) {
  if (host_names.empty()) throw std::invalid_argument("a TLS certificate needs a host name");
  CertificateTemplate out = server_template(role, host_names.front(), oid, now);
  out.not_after = out.not_before + kTlsLife - std::chrono::seconds(1);
  out.extensions = {kKeyUsage,       kExtendedKeyUsage, kCertificatePolicies,  kSubjectKeyId,
                    kAuthorityKeyId, kSubjectAltName,   kCrlDistributionPoints};
  out.critical = {kKeyUsage, kExtendedKeyUsage};
  out.extended_key_usage = {kServerAuth.oid(), kClientAuth.oid()};
  out.dns_names = host_names;
  return out;
}

}  // namespace

CertificateTemplate ci_template(Clock::TimePoint now) {
  CertificateTemplate out = base(Role::kCi, now, kCiLife, {kKeyCertSign, kCrlSign});
  out.subject = {{NameField::kCommonName, "Test CI"},
                 {NameField::kOrganizationalUnit, "TESTCERT"},
                 {NameField::kOrganization, std::string(kTestOrganization)},
                 {NameField::kCountry, "IT"}};
  out.extensions = {kSubjectKeyId, kBasicConstraints, kCertificatePolicies,
                    kKeyUsage,     kSubjectAltName,   kCrlDistributionPoints};
  out.critical.insert(kBasicConstraints);
  out.basic_constraints = {.ca = true, .path_length = std::nullopt};
  out.registered_ids = {oid_from(kTestCiOid)};
  out.crl_uris = {kCrlA, kCrlB};
  return out;
}

CertificateTemplate eum_template(std::string_view eid_range, Clock::TimePoint now) {
  CertificateTemplate out = base(Role::kEum, now, kThreeYears, {kKeyCertSign});
  out.subject = {{NameField::kCountry, "ES"},
                 {NameField::kOrganization, std::string(kTestEumOrganization)},
                 {NameField::kCommonName, "EUM Test"}};
  out.extensions = {kAuthorityKeyId,        kSubjectKeyId,   kKeyUsage,
                    kCertificatePolicies,   kSubjectAltName, kBasicConstraints,
                    kCrlDistributionPoints, kNameConstraints};
  out.critical.insert({kBasicConstraints, kNameConstraints});
  out.basic_constraints = {.ca = true, .path_length = 0};
  out.registered_ids = {oid_from(kTestEumOid)};
  out.permitted_names = {{std::string(kTestEumOrganization), std::string(eid_range)}};
  out.crl_uris = {kCrlB};
  return out;
}

CertificateTemplate euicc_template(std::string_view eid, Clock::TimePoint now) {
  CertificateTemplate out = base(Role::kEuicc, now, {}, {kDigitalSignature});
  out.not_after = no_expiry();
  out.subject = {{NameField::kCountry, "ES"},
                 {NameField::kOrganization, std::string(kTestEumOrganization)},
                 {NameField::kSerialNumber, std::string(eid)},
                 {NameField::kCommonName, "Test eUICC"}};
  out.extensions = {kAuthorityKeyId, kSubjectKeyId, kKeyUsage, kCertificatePolicies};
  return out;
}

CertificateTemplate dp_auth_template(std::string_view oid, Clock::TimePoint now) {
  return server_template(Role::kDpAuth, "TEST SM-DP+", oid, now);
}

CertificateTemplate dp_pb_template(std::string_view oid, Clock::TimePoint now) {
  return server_template(Role::kDpPb, "TEST SM-DP+", oid, now);
}

CertificateTemplate dp_tls_template(const std::vector<std::string>& host_names,
                                    std::string_view oid, Clock::TimePoint now) {
  return tls_template(Role::kDpTls, host_names, oid, now);
}

CertificateTemplate ds_auth_template(std::string_view oid, Clock::TimePoint now) {
  return server_template(Role::kDsAuth, "TEST SM-DS", oid, now);
}

CertificateTemplate ds_tls_template(const std::vector<std::string>& host_names,
                                    std::string_view oid, Clock::TimePoint now) {
  return tls_template(Role::kDsTls, host_names, oid, now);
}

TestPki make_test_pki(crypto::Curve curve, Clock::TimePoint now, Random& random,
                      const TestPkiOptions& options) {
  auto new_key = [&] { return crypto::PrivateKey::generate(curve); };
  TestPki pki{.ci = issue_self_signed(ci_template(now), new_key(), random)};
  auto under_ci = [&](const CertificateTemplate& what) {
    return issue(what, pki.ci, new_key(), random);
  };
  pki.eum = under_ci(eum_template(options.eid_range, now));
  pki.euicc = issue(euicc_template(options.eid, now), *pki.eum, new_key(), random);
  pki.dp_auth = under_ci(dp_auth_template(options.dp_oid, now));
  pki.dp_pb = under_ci(dp_pb_template(options.dp_oid, now));
  pki.dp_tls = under_ci(dp_tls_template(options.dp_hosts, options.dp_oid, now));
  pki.ds_auth = under_ci(ds_auth_template(options.ds_oid, now));
  pki.ds_tls = under_ci(ds_tls_template(options.ds_hosts, options.ds_oid, now));
  return pki;
}

}  // namespace rsp::pki
