#include "rsp/pki/store.h"

#include <algorithm>

namespace rsp::pki {
namespace {

/// RFC 6125 6.4.1: host names are compared without regard to case, in ASCII.
bool same_host(std::string_view a, std::string_view b) {
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool is_for_host(const Certificate& certificate, std::string_view host) {
  return std::ranges::any_of(certificate.extensions().dns_names,
                             [&](std::string_view name) { return same_host(name, host); });
}

bool is_on(const Certificate& certificate, crypto::Curve curve) {
  auto own = certificate.curve();
  return own && *own == curve;
}

/// Whether a TLS client is better served by `a`.
bool is_preferred(const Certificate& a, const Certificate& b) {
  bool nist_a = is_on(a, crypto::Curve::kNistP256), nist_b = is_on(b, crypto::Curve::kNistP256);
  return nist_a != nist_b ? nist_a : a.not_after() > b.not_after();
}

Identity identity(const StoredCertificate& stored) { return {stored.certificate, *stored.key}; }

}  // namespace

bool CertificateStore::is_usable(const StoredCertificate& stored, Role role) const {
  return stored.role == role && stored.key && stored.issuer;
}

std::vector<Certificate> CertificateStore::trust_anchors(crypto::Curve curve) const {
  std::vector<Certificate> out;
  for (const Certificate& root : anchors_.all()) {
    if (is_on(root, curve)) out.push_back(root);
  }
  return out;
}

std::optional<Identity> CertificateStore::ci_identity(BytesView key_id) const {
  for (const StoredCertificate& stored : certificates_) {
    if (!is_usable(stored, Role::kCi)) continue;
    if (equal(stored.certificate.subject_key_id(), key_id)) return identity(stored);
  }
  return std::nullopt;
}

std::vector<Identity> CertificateStore::identities(Role role, crypto::Curve curve) const {
  std::vector<Identity> out;
  for (const StoredCertificate& stored : certificates_) {
    if (is_usable(stored, role) && is_on(stored.certificate, curve)) {
      out.push_back(identity(stored));
    }
  }
  return out;
}

std::vector<ServerIdentity> CertificateStore::servers(Role auth, std::optional<Role> pb,
                                                      Role tls) const {
  std::vector<ServerIdentity> out;
  for (const StoredCertificate& stored : certificates_) {
    if (!is_usable(stored, auth)) continue;
    ServerIdentity server{
        stored.certificate.registered_id(), issuer_of(stored), identity(stored), std::nullopt, {}};
    auto belongs = [&](const StoredCertificate& other, Role role) {
      return is_usable(other, role) && issuer_of(other) == server.ci &&
             other.certificate.registered_id() == server.oid;
    };
    for (const StoredCertificate& other : certificates_) {
      if (pb && !server.pb && belongs(other, *pb)) server.pb = identity(other);
      if (belongs(other, tls)) server.tls.push_back(identity(other));
    }
    bool is_known = std::ranges::any_of(out, [&](const ServerIdentity& known) {
      return known.oid == server.oid && known.ci == server.ci;
    });
    if (!is_known && (!pb || server.pb)) out.push_back(std::move(server));
  }
  return out;
}

std::vector<ServerIdentity> CertificateStore::smdps() const {
  return servers(Role::kDpAuth, Role::kDpPb, Role::kDpTls);
}

std::vector<ServerIdentity> CertificateStore::smdss() const {
  return servers(Role::kDsAuth, std::nullopt, Role::kDsTls);
}

std::optional<Identity> CertificateStore::tls_for(std::string_view host,
                                                  Clock::TimePoint now) const {
  const StoredCertificate* best = nullptr;
  for (const StoredCertificate& stored : certificates_) {
    if (!is_usable(stored, Role::kDpTls) && !is_usable(stored, Role::kDsTls)) continue;
    const Certificate& certificate = stored.certificate;
    if (!is_for_host(certificate, host) || check_validity(certificate, now)) continue;
    if (!best || is_preferred(certificate, best->certificate)) best = &stored;
  }
  if (!best) return std::nullopt;
  return identity(*best);
}

std::vector<CardIdentity> CertificateStore::cards() const {
  std::vector<CardIdentity> out;
  for (const StoredCertificate& stored : certificates_) {
    if (!is_usable(stored, Role::kEuicc)) continue;
    const StoredCertificate& eum = certificates_[*stored.issuer];
    out.push_back({issuer_of(eum), eum.certificate, identity(stored), eum.key});
  }
  return out;
}

std::vector<CardIdentity> CertificateStore::cards(BytesView ci_key_id) const {
  std::vector<CardIdentity> out = cards();
  std::erase_if(
      out, [&](const CardIdentity& card) { return !equal(card.ci.subject_key_id(), ci_key_id); });
  return out;
}

}  // namespace rsp::pki
