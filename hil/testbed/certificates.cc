#include "hil/testbed/certificates.h"

#include <functional>

#include "hil/declare/document.h"
#include "rsp/crypto/foreign_key.h"

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
  std::function<CertificateTemplate(const CertificateSubject&)> what;
  const Identity& (*identity)(const TestPki&);
  bool under_eum = false;
};

const std::vector<Role>& roles() {
  using namespace rsp::pki;
  using Subject = const CertificateSubject&;
  static const std::vector<Role> table{
      {"eum", [](Subject s) { return eum_template(kTestEumRange, s.then); },
       [](const TestPki& pki) -> const Identity& { return *pki.eum; }},
      {"euicc", [](Subject s) { return euicc_template(kTestEid, s.then); },
       [](const TestPki& pki) -> const Identity& { return *pki.euicc; }, true},
      {"dpAuth", [](Subject s) { return dp_auth_template(s.oid, s.then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_auth; }},
      {"dpTls", [](Subject s) { return dp_tls_template({s.host}, s.oid, s.then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_tls; }},
      {"dpPb", [](Subject s) { return dp_pb_template(s.oid, s.then); },
       [](const TestPki& pki) -> const Identity& { return *pki.dp_pb; }},
  };
  return table;
}

/// A way for a certificate to be wrong.
struct Wrong {
  std::string_view name;
  std::function<void(CertificateTemplate&)> change;
  bool other_issuer = false, broken_signature = false, self_signed = false, other_curve = false;
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
      {"selfSigned", [](CertificateTemplate&) {}, false, false, true},
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
       false,
       false,
       {"eum", "euicc", "dpAuth", "dpPb"}},
      {"authRole",
       [](CertificateTemplate& t) {
         t.policies = rsp::pki::dp_auth_template(rsp::pki::kTestDpOid, testbed_epoch()).policies;
       },
       false,
       false,
       false,
       false,
       {"dpTls", "dpPb"}},
      {"otherHost",
       [](CertificateTemplate& t) { t.dns_names = {"other.example.com"}; },
       false,
       false,
       false,
       false,
       {"dpTls"}},
      {"otherCurve", [](CertificateTemplate&) {}, false, false, false, true, {"dpTls"}},
      {"otherOid",
       [](CertificateTemplate& t) { t.registered_ids = {*rsp::asn1::oid_from_text("2.999.12")}; },
       false,
       false,
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

namespace {

CertificateSubject testbed_server(Curve curve) {
  return {std::string(rsp::pki::kTestDpHost), std::string(rsp::pki::kTestDpOid), testbed_epoch(),
          testbed_pki(curve).ci};
}

/// A name taken apart; no role where there is none of that name, no wrong for a good one.
struct Named {
  const Role* role = nullptr;
  const Wrong* wrong = nullptr;
};
Named find(std::string_view name) {
  std::string_view role_name = name.substr(0, name.find('.'));
  auto role = std::ranges::find(roles(), role_name, &Role::name);
  if (role == roles().end()) return {};
  if (role_name.size() == name.size()) return {&*role, nullptr};
  auto wrong = std::ranges::find(wrongs(), name.substr(role_name.size() + 1), &Wrong::name);
  if (wrong == wrongs().end() || !wrong->is_for(role_name)) return {};
  return {&*role, &*wrong};
}

/// The template of a certificate that is wrong, or good where `wrong` is null, issued for a key.
rsp::Bytes issue_as(const Wrong* wrong, CertificateTemplate what, const Identity& issuer,
                    const rsp::crypto::PrivateKey& key) {
  rsp::SeededRandom random(3);
  if (wrong == nullptr) return rsp::to_bytes(issue(what, issuer, key, random).certificate.der());
  wrong->change(what);
  const Identity& by = wrong->other_issuer ? untrusted_ci(issuer.key.curve()) : issuer;
  Identity made =
      wrong->self_signed ? issue_self_signed(what, key, random) : issue(what, by, key, random);
  return rsp::to_bytes(wrong->broken_signature
                           ? rsp::pki::with_broken_signature(made.certificate).der()
                           : made.certificate.der());
}

}  // namespace

rsp::Bytes testbed_certificate(Curve curve, std::string_view name) {
  const TestPki& pki = testbed_pki(curve);
  if (name == "ci") return rsp::to_bytes(pki.ci.certificate.der());
  auto [role, wrong] = find(name);
  if (role == nullptr) return {};
  const Identity& good = role->identity(pki);
  if (wrong == nullptr) return rsp::to_bytes(good.certificate.der());
  CertificateSubject subject = testbed_server(curve);
  if (wrong->other_curve) return make_tls_identity(subject, name).value().certificate;
  return issue_as(wrong, role->what(subject), role->under_eum ? *pki.eum : pki.ci, good.key);
}

rsp::Result<rsp::http::TlsIdentity> make_tls_identity(const CertificateSubject& subject,
                                                      std::string_view name) {
  auto [role, wrong] = find(name);
  if (role == nullptr || role->under_eum) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .text = "there is no certificate '" + std::string(name) + "' for TLS"});
  }
  CertificateTemplate what = role->what(subject);
  if (wrong != nullptr && wrong->other_curve) {
    rsp::SeededRandom random(3);
    rsp::crypto::ForeignKey key = rsp::crypto::generate_p384_key();
    what.curve = *rsp::asn1::oid_from_text("1.3.132.0.34");  // secp384r1 (RFC 5480, 2.1.1.1)
    what.public_point = key.point;
    const auto& unused = subject.ci.key.public_key();
    return rsp::http::TlsIdentity{
        rsp::pki::issue_der(what, subject.ci, unused, random), {}, std::move(key.pkcs8)};
  }
  auto key = rsp::crypto::PrivateKey::generate(subject.ci.key.curve());
  return rsp::http::TlsIdentity{
      issue_as(wrong, std::move(what), subject.ci, key), {}, key.to_pkcs8()};
}

rsp::Result<rsp::Bytes> make_certificate(const CertificateSubject& subject, std::string_view name,
                                         const rsp::crypto::PrivateKey& key) {
  if (name == "ci") return rsp::to_bytes(subject.ci.certificate.der());
  auto [role, wrong] = find(name);
  if (role == nullptr || role->under_eum) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .text = "there is no certificate '" + std::string(name) + "' here",
                         .hint = suggestion(name, server_certificate_names())});
  }
  if (wrong != nullptr && wrong->other_curve) {
    RSP_TRY(auto made, make_tls_identity(subject, name));
    return made.certificate;
  }
  return issue_as(wrong, role->what(subject), subject.ci, key);
}

rsp::Result<rsp::http::TlsIdentity> testbed_tls_identity(Curve curve, std::string_view name) {
  if (name != "dpTls") return make_tls_identity(testbed_server(curve), name);
  const Identity& good = *testbed_pki(curve).dp_tls;
  return rsp::http::TlsIdentity{rsp::to_bytes(good.certificate.der()), {}, good.key.to_pkcs8()};
}

std::vector<std::string> tls_certificate_names() {
  auto names = server_certificate_names();
  std::erase(names, "ci");
  return names;
}

std::vector<std::string> server_certificate_names() {
  auto names = testbed_certificate_names();
  std::erase_if(names, [](std::string_view name) {
    const Role* role = find(name).role;
    return role != nullptr && role->under_eum;
  });
  return names;
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
