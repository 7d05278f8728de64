#include "hil/testbed/certificates.h"

#include <functional>

namespace hil {
namespace {

using rsp::crypto::Curve;
using rsp::pki::CertificateTemplate;
using rsp::pki::Extension;
using rsp::pki::Identity;
using rsp::pki::TestPki;

rsp::pki::TestPki make(Curve curve, std::uint64_t seed) {
  rsp::SeededRandom random(seed);
  return rsp::pki::make_test_pki(curve, testbed_epoch(), random);
}

/// A role of the PKI: its template, its key, and who issues it.
struct Role {
  std::string_view name;
  std::function<CertificateTemplate()> what;
  const Identity& (*identity)(const TestPki&);
  bool under_eum = false;
};

const std::vector<Role>& roles() {
  using namespace rsp::pki;
  auto then = testbed_epoch();
  static const std::vector<Role> table{
      {"eum", [=] { return eum_template(kTestEumRange, then); },
       [](const TestPki& pki) -> const Identity& { return *pki.eum; }},
      {"euicc", [=] { return euicc_template(kTestEid, then); },
       [](const TestPki& pki) -> const Identity& { return *pki.euicc; }, true},
      {"dpAuth", [=] { return dp_auth_template(kTestDpOid, then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_auth; }},
      {"dpTls", [=] { return dp_tls_template({std::string(kTestDpHost)}, kTestDpOid, then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_tls; }},
      {"dpPb", [=] { return dp_pb_template(kTestDpOid, then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_pb; }},
  };
  return table;
}

/// A way for a certificate to be wrong.
struct Wrong {
  std::string_view name;
  std::function<void(CertificateTemplate&)> change;
  bool other_issuer = false, broken_signature = false;
  std::vector<std::string_view> only = {};  // roles that can be wrong like this; all where empty

  bool is_for(std::string_view role) const {
    return only.empty() || std::ranges::find(only, role) != only.end();
  }
};

const std::vector<Wrong>& wrongs() {
  using std::chrono::days;
  static const std::vector<Wrong> table{
      {"expired",
       [](CertificateTemplate& t) {
         t.not_before -= days(4000);
         t.not_after = t.not_before + days(365);
       }},
      {"notYetValid",
       [](CertificateTemplate& t) {
         t.not_before += days(3650);
         t.not_after = t.not_before + days(365);
       }},
      {"brokenSignature", [](CertificateTemplate&) {}, false, true},
      {"otherCi", [](CertificateTemplate&) {}, true},
      {"noKeyUsage", [](CertificateTemplate& t) { t = t.without(Extension::kKeyUsage); }},
      {"wrongKeyUsage", [](CertificateTemplate& t) { t.key_usage = {rsp::pki::kKeyEncipherment}; }},
      {"noPolicy", [](CertificateTemplate& t) { t = t.without(Extension::kCertificatePolicies); }},
      {"tlsRole",
       [](CertificateTemplate& t) {
         t.policies = {
             rsp::pki::dp_tls_template({"x"}, rsp::pki::kTestDpOid, testbed_epoch()).policies};
       },
       false,
       false,
       {"eum", "euicc", "dpAuth", "dpPb"}},
      {"authRole",
       [](CertificateTemplate& t) {
         t.policies = rsp::pki::dp_auth_template(rsp::pki::kTestDpOid, testbed_epoch()).policies;
       },
       false,
       false,
       {"dpTls", "dpPb"}},
      {"otherHost",
       [](CertificateTemplate& t) { t.dns_names = {"other.example.com"}; },
       false,
       false,
       {"dpTls"}},
      {"otherOid",
       [](CertificateTemplate& t) { t.registered_ids = {*rsp::asn1::oid_from_text("2.999.12")}; },
       false,
       false,
       {"eum", "dpAuth", "dpPb", "dpTls"}},
      {"otherEid",
       [](CertificateTemplate& t) {
         for (auto& attribute : t.subject) {
           if (attribute.field == rsp::pki::NameField::kSerialNumber)
             attribute.text = "89033023123451234512345678901299";
         }
       },
       false,
       false,
       {"euicc"}},
  };
  return table;
}

}  // namespace

rsp::Clock::TimePoint testbed_epoch() {
  using namespace std::chrono;
  return time_point_cast<milliseconds>(sys_days(year(2026) / 1 / 1));
}

const TestPki& testbed_pki(Curve curve) {
  static const TestPki nist = make(Curve::kNistP256, 1);
  if (curve == Curve::kNistP256) return nist;
  static const TestPki brainpool = make(Curve::kBrainpoolP256r1, 1);
  return brainpool;
}

const Identity& untrusted_ci(Curve curve) {
  static const Identity nist = make(Curve::kNistP256, 2).ci;
  if (curve == Curve::kNistP256) return nist;
  static const Identity brainpool = make(Curve::kBrainpoolP256r1, 2).ci;
  return brainpool;
}

rsp::Bytes testbed_certificate(Curve curve, std::string_view name) {
  const TestPki& pki = testbed_pki(curve);
  if (name == "ci") return rsp::to_bytes(pki.ci.certificate.der());
  std::string_view role_name = name.substr(0, name.find('.'));
  auto role = std::ranges::find(roles(), role_name, &Role::name);
  if (role == roles().end()) return {};
  const Identity& good = role->identity(pki);
  if (role_name.size() == name.size()) return rsp::to_bytes(good.certificate.der());
  auto wrong = std::ranges::find(wrongs(), name.substr(role_name.size() + 1), &Wrong::name);
  if (wrong == wrongs().end() || !wrong->is_for(role_name)) return {};
  CertificateTemplate what = role->what();
  wrong->change(what);
  const Identity& issuer = wrong->other_issuer ? untrusted_ci(curve)
                           : role->under_eum   ? *pki.eum
                                               : pki.ci;
  rsp::SeededRandom random(3);
  Identity made = rsp::pki::issue(what, issuer, good.key, random);
  if (wrong->broken_signature)
    return rsp::to_bytes(rsp::pki::with_broken_signature(made.certificate).der());
  return rsp::to_bytes(made.certificate.der());
}

std::vector<std::string> testbed_certificate_names() {
  std::vector<std::string> names{"ci"};
  for (const Role& role : roles()) {
    names.emplace_back(role.name);
    for (const Wrong& wrong : wrongs()) {
      if (wrong.is_for(role.name))
        names.push_back(std::string(role.name) + "." + std::string(wrong.name));
    }
  }
  return names;
}

}  // namespace hil
