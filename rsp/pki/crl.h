// One certificate revocation list (RFC 5280 section 5), read with a cursor like a certificate, and
// the rules by which it is accepted.
#pragma once

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/pki/chain.h"

namespace rsp::pki {

/// CRLReason (RFC 5280 5.3.1).
enum class RevocationReason : std::uint8_t {
  kUnspecified = 0,
  kKeyCompromise = 1,
  kCaCompromise = 2,
  kAffiliationChanged = 3,
  kSuperseded = 4,
  kCessationOfOperation = 5,
  kCertificateHold = 6,
  /// Only in a delta CRL: no longer revoked.
  kRemoveFromCrl = 8,
  kPrivilegeWithdrawn = 9,
  kAaCompromise = 10,
};

/// One entry of revokedCertificates.
struct RevokedCertificate {
  BytesView serial;  // the content octets of the INTEGER
  Clock::TimePoint revocation_date;
  RevocationReason reason = RevocationReason::kUnspecified;
  /// When the certificate ends by itself: the expirationDate of SGP.22, after which a list need not
  /// name it any more.
  std::optional<Clock::TimePoint> expiration_date;
};

/// cRLNumber: an INTEGER of at most 20 octets (RFC 5280 5.2.3), compared as a number.
struct CrlNumber {
  BytesView magnitude;  // big-endian, without leading zeros: empty for 0
  friend std::strong_ordering operator<=>(const CrlNumber& a, const CrlNumber& b);
  friend bool operator==(const CrlNumber& a, const CrlNumber& b) {
    return equal(a.magnitude, b.magnitude);
  }
};
/// In hexadecimal, "0" for 0.
std::string to_string(const CrlNumber& number);

/// Extensions of the list as a whole.
enum class CrlExtension {
  kAuthorityKeyId,
  kCrlNumber,
  kDeltaCrlIndicator,
  kIssuingDistributionPoint,
  // SGP.22: a list that is too long for one command comes in parts.
  kTotalPartialCrlNumber,
  kPartialCrlNumber,
};
/// "cRLNumber", the name of RFC 5280 or SGP.22.
std::string_view to_string(CrlExtension extension);
/// 2.5.29.x, or 2.23.146.1.2.0.x.
asn1::Oid oid_of(CrlExtension extension);

/// issuingDistributionPoint (RFC 5280 5.2.5): which certificates the list is about.
struct IssuingDistributionPoint {
  BytesView der;  // the whole value, by which scopes are compared
  std::vector<std::string_view> uris;
  bool only_user_certificates = false, only_ca_certificates = false;
  bool only_attribute_certificates = false, indirect = false;
};

/// What the extensions of a list say. Views point into it.
struct CrlExtensions {
  BytesView authority_key_id;
  std::optional<CrlNumber> number;
  /// BaseCRLNumber: there is one in a delta CRL.
  std::optional<CrlNumber> base_number;
  std::optional<IssuingDistributionPoint> distribution_point;
  std::optional<std::uint32_t> total_parts, part;
  /// The first critical extension that is not known here, of the list or of an entry.
  std::optional<asn1::Oid> unknown_critical;
};

/// A parsed list that owns its DER. Copies share it, so they are cheap; views stay valid as long as
/// one of them lives. Nothing in it changes, so copies may be read from several threads.
class Crl {
 public:
  /// Reads structure and types, not whether anything in them is right. Error: Layer::kDecode with
  /// the field, such as "crl.tbsCertList.thisUpdate".
  static Result<Crl> parse(BytesView der);

  BytesView der() const;
  /// TBSCertList with its tag and length: what the signature covers.
  BytesView tbs() const;
  /// 1 or 2, as people count.
  int version() const;
  /// Name with its tag and length, as it stands there.
  BytesView issuer() const;
  const NameView& issuer_name() const;
  Clock::TimePoint this_update() const;
  std::optional<Clock::TimePoint> next_update() const;
  const std::vector<RevokedCertificate>& revoked() const;
  /// The first entry for a serial number, given as the content octets of the INTEGER; null where
  /// there is none.
  const RevokedCertificate* find(BytesView serial) const;
  const CrlExtensions& extensions() const;
  bool is_delta() const { return extensions().base_number.has_value(); }
  /// In how many parts the whole comes: 1 where it is in one.
  std::uint32_t parts() const { return extensions().total_parts.value_or(1); }
  /// Which of them this is, from 1.
  std::uint32_t part() const { return extensions().part.value_or(1); }

  asn1::Oid signature_algorithm() const;
  /// SEQUENCE { INTEGER r, INTEGER s } where the algorithm is ECDSA.
  BytesView signature() const;

  friend bool operator==(const Crl& a, const Crl& b) { return equal(a.der(), b.der()); }

 private:
  struct State;
  explicit Crl(std::shared_ptr<const State> state) : state_(std::move(state)) {}
  std::shared_ptr<const State> state_;
};

/// More parts than this are no CRL for a card. Not specified: a limit.
inline constexpr std::uint32_t kMaxCrlParts = 256;

/// What the form of a list lacks for use on a card, as a sentence; nothing where all is well: it
/// needs authorityKeyIdentifier, cRLNumber and nextUpdate (RFC 5280 5.2 and 5.1.2.5), must not have
/// a critical extension that is not known, nor be about certificates of other issuers or attribute
/// certificates. A part says which it is of how many. Not specified: whether a delta CRL may come
/// in parts; here it may not.
std::optional<std::string> crl_form_problem(const Crl& crl);

/// Whether `issuer` has signed the list and may: name and key identifier, the keyUsage cRLSign (RFC
/// 5280 6.3.3 (f)), the signature. Costs one signature verification. Dates are not looked at.
std::optional<Problem> check_crl_signature(const Crl& crl, const Certificate& issuer);

}  // namespace rsp::pki
