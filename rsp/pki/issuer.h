// Issues certificates, good ones and bad ones on purpose: a template says what stands in one, and
// every part of it can be left out or made wrong.
//
//   CertificateTemplate expired = dp_auth_template("2.999.10", now - years(4));
//   Identity bad = issue(dp_auth_template(oid, now).without(Extension::kKeyUsage), ci, key,
//   random);
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rsp/base/random.h"
#include "rsp/pki/certificate.h"
#include "rsp/pki/role.h"

namespace rsp::pki {

/// An extension given as its octets.
struct RawExtension {
  asn1::Oid oid;
  bool critical = false;
  Bytes value;
};

/// A name that an EUM may give to its eUICCs.
struct PermittedNameTemplate {
  std::string organization;
  std::string serial_number_prefix;
};

/// Everything that stands in a certificate. What is optional and not set is taken from the issuer
/// and the keys.
struct CertificateTemplate {
  int version = 3;
  /// Content octets; random where empty.
  Bytes serial;
  /// Written into both places, whatever the signature is. ECDSA with SHA-256 where not set.
  std::optional<asn1::Oid> signature_algorithm;
  std::optional<Name> issuer;
  Clock::TimePoint not_before;
  Clock::TimePoint not_after;
  Name subject;
  std::optional<asn1::Oid> curve;
  std::optional<Bytes> public_point;

  /// Which extensions are written, in this order; the members below are their values.
  std::vector<Extension> extensions;
  std::set<Extension> critical;
  /// The first 20 octets of SHA-256 of the point (RFC 7093 method 1) where not set.
  std::optional<Bytes> subject_key_id;
  std::optional<Bytes> authority_key_id;
  asn1::BitString key_usage;
  std::vector<asn1::Oid> extended_key_usage;
  std::vector<asn1::Oid> policies;
  std::vector<std::string> dns_names;
  std::vector<asn1::Oid> registered_ids;
  BasicConstraints basic_constraints;
  std::vector<PermittedNameTemplate> permitted_names;
  std::vector<std::string> crl_uris;
  /// Written after the others.
  std::vector<RawExtension> more_extensions;

  /// The DER of the signature, in place of a good one.
  std::optional<Bytes> signature;

  /// The same without an extension.
  CertificateTemplate without(Extension extension) const;
};

/// The DER of a certificate for a public key. Does not check it, so it may be malformed where the
/// template is.
Bytes issue_der(const CertificateTemplate& what, const Identity& issuer,
                const crypto::PublicKey& key, Random& random);
/// A certificate for a key, signed by the issuer's. Throws std::invalid_argument where the template
/// gives something that Certificate::parse() refuses; issue_der() is there for these.
Identity issue(const CertificateTemplate& what, const Identity& issuer, crypto::PrivateKey key,
               Random& random);
/// The same, signed by its own key and with its own subject as the issuer.
Identity issue_self_signed(const CertificateTemplate& what, crypto::PrivateKey key, Random& random);

/// A copy in which the last bit of the signature is turned: well-formed and wrong.
Certificate with_broken_signature(const Certificate& certificate);

}  // namespace rsp::pki
