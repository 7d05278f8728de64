// The X.509 extensions that SGP.22 4.5.2.1.0 uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/asn1/types.h"
#include "rsp/base/result.h"

namespace rsp::pki {

/// An extension of RFC 5280. The value is the last arc of its identifier 2.5.29.x.
enum class Extension : std::uint8_t {
  kSubjectKeyId = 14,
  kKeyUsage = 15,
  kSubjectAltName = 17,
  kBasicConstraints = 19,
  kNameConstraints = 30,
  kCrlDistributionPoints = 31,
  kCertificatePolicies = 32,
  kAuthorityKeyId = 35,
  kExtendedKeyUsage = 37,
};
/// "keyUsage", the name of RFC 5280.
std::string_view to_string(Extension extension);
/// 2.5.29.x.
asn1::Oid oid_of(Extension extension);

/// Bits of keyUsage (RFC 5280 4.2.1.3).
enum KeyUsage : unsigned {
  kDigitalSignature = 0,
  kNonRepudiation = 1,
  kKeyEncipherment = 2,
  kDataEncipherment = 3,
  kKeyAgreement = 4,
  kKeyCertSign = 5,
  kCrlSign = 6,
};

struct BasicConstraints {
  bool ca = false;
  std::optional<unsigned> path_length;
};

/// One permitted directory name of an EUM certificate: which organisation may be named in its eUICC
/// certificates, and how their EIDs begin (SGP.22 4.5.2.1.0.3). Empty where the constraint does not
/// speak of it.
struct PermittedName {
  std::string_view organization;
  std::string_view serial_number_prefix;
};

/// What the extensions of a certificate say. Views point into the certificate.
struct Extensions {
  bool has(Extension extension) const { return (present & bit(extension)) != 0; }
  bool is_critical(Extension extension) const { return (critical & bit(extension)) != 0; }
  static std::uint64_t bit(Extension e) { return std::uint64_t{1} << static_cast<unsigned>(e); }

  BytesView subject_key_id;
  BytesView authority_key_id;
  asn1::BitString key_usage;
  std::vector<asn1::Oid> extended_key_usage;
  std::vector<asn1::Oid> policies;
  std::vector<std::string_view> dns_names;
  std::vector<asn1::Oid> registered_ids;
  BasicConstraints basic_constraints;
  std::vector<PermittedName> permitted_names;
  /// The nameConstraints say something else as well, which a verifier must not ignore (RFC
  /// 5280 4.2.1.10).
  bool has_other_name_constraints = false;
  std::vector<std::string_view> crl_uris;
  /// Extensions that are not in the enumeration.
  std::vector<asn1::Oid> unknown;
  std::vector<asn1::Oid> unknown_critical;

  /// Sets of bit().
  std::uint64_t present = 0, critical = 0;
};

/// Reads the content of SEQUENCE OF Extension. Error: Layer::kDecode, also for an extension that
/// comes twice.
Status parse_extensions(BytesView content, Extensions& out);

}  // namespace rsp::pki
