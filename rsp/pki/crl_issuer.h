// Issues CRLs, good ones and bad ones on purpose, as issuer.h does certificates.
//
//   Crl list = issue_crl(crl_template(now, 7).revoking(dp_auth.certificate), ci);
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "rsp/pki/crl.h"
#include "rsp/pki/issuer.h"

namespace rsp::pki {

/// One entry to be written.
struct RevokedTemplate {
  Bytes serial;  // content octets of the INTEGER
  Clock::TimePoint revocation_date;
  std::optional<RevocationReason> reason;
  std::optional<Clock::TimePoint> expiration_date;
  /// Written after the others.
  std::vector<RawExtension> more_extensions;
};

/// Everything that stands in a CRL. What is optional and not set is taken from the issuer, or is
/// not written.
struct CrlTemplate {
  int version = 2;
  /// Written into both places, whatever the signature is. ECDSA with SHA-256 where not set.
  std::optional<asn1::Oid> signature_algorithm;
  std::optional<Name> issuer;
  Clock::TimePoint this_update;
  std::optional<Clock::TimePoint> next_update;
  std::vector<RevokedTemplate> revoked;

  /// Which extensions are written, in this order; the members below are their values.
  std::vector<CrlExtension> extensions;
  std::set<CrlExtension> critical;
  std::optional<Bytes> authority_key_id;
  std::int64_t number = 0, base_number = 0;
  std::optional<std::string> distribution_point_uri;
  bool only_user_certificates = false, only_ca_certificates = false;
  bool only_attribute_certificates = false, indirect = false;
  std::int64_t total_parts = 1, part = 1;
  /// Written after the others.
  std::vector<RawExtension> more_extensions;

  /// The DER of the signature, in place of a good one.
  std::optional<Bytes> signature;

  /// The same without an extension.
  CrlTemplate without(CrlExtension extension) const;
  /// The same with one more certificate, revoked when the list is made. Its expirationDate is when
  /// the certificate ends.
  CrlTemplate revoking(const Certificate& certificate,
                       std::optional<RevocationReason> reason = std::nullopt) const;
  /// The same as one of several parts.
  CrlTemplate as_part(std::int64_t which, std::int64_t total) const;
  /// The same as what has changed since another CRL.
  CrlTemplate as_delta(std::int64_t base) const;
};

/// A list in which nothing is revoked, valid from `now` in whole seconds for three years, as the
/// CRLs of SGP.26 are, with authorityKeyIdentifier and cRLNumber.
CrlTemplate crl_template(Clock::TimePoint now, std::int64_t number);

/// The DER of a CRL. Does not check it, so it may be malformed where the template is.
Bytes issue_crl_der(const CrlTemplate& what, const Identity& issuer);
/// Throws std::invalid_argument where the template gives something that Crl::parse() refuses.
Crl issue_crl(const CrlTemplate& what, const Identity& issuer);

/// A copy in which the last bit of the signature is turned: well-formed and wrong.
Crl with_broken_signature(const Crl& crl);

}  // namespace rsp::pki
