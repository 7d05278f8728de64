// The rules by which SGP.22 accepts a certificate (4.5.2.1 and 4.5.2.2). Each is judged on its own
// certificate and issuer, so that a caller can tell the EUM from the eUICC and answer with the code
// of its own interface.
//
// Dates are judged apart, by check_validity(): servers and LPA have a clock, an eUICC has none.
// Revocation is judged apart too: crl.h reads the lists, and who keeps them looks into them.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/pki/certificate.h"
#include "rsp/pki/role.h"

namespace rsp::pki {

enum class ChainProblem {
  kNotParsable,
  kWrongIssuer,  // another name or key identifier than the issuer's, or an issuer that may not
                 // issue this role
  kUnsupportedAlgorithm,  // signed with something else than ECDSA with SHA-256
  kUnsupportedCurve,      // of the certificate's own key or of its issuer's
  kBadSignature,
  kWrongRole,
  kKeyUsage,
  kExtendedKeyUsage,
  kBasicConstraints,
  kPathLength,
  kNameConstraints,
  kMissingExtension,
  kUnknownCriticalExtension,
  kBadEid,           // the subject's serialNumber is not 32 digits
  kEidOutsideRange,  // the EUM may not issue this EID
  kNotYetValid,
  kExpired,
};
/// "wrongIssuer", "keyUsage" and so on.
std::string_view to_string(ChainProblem kind);

/// Why a certificate is refused: the rule, and a sentence for people.
struct Problem {
  ChainProblem kind;
  std::string text;
};
/// As an Error of Layer::kCrypto with the rule's name as its code.
Error to_error(const Problem& problem, std::string_view path);

/// Whether `subject` is a certificate for `role` that `issuer` has signed: the issuer's name and
/// key identifier, an issuer of the right role that may sign, the signature, the role's policy,
/// keyUsage, extKeyUsage, basicConstraints with path length, the extensions that the role needs,
/// and no critical one that is unknown. Costs one signature verification, the first time. The
/// issuer itself is taken as good; for a CI give it twice. Not specified: whether an extension that
/// must be critical may come without the flag. Accepted, since the flag only concerns those who do
/// not know the extension (RFC 5280 4.2).
std::optional<Problem> check_issued(const Certificate& subject, const Certificate& issuer,
                                    Role role);

/// The certificate, if it can be read (otherwise kNotParsable) and check_issued() finds no problem.
std::expected<Certificate, Problem> parse_issued(BytesView der, const Certificate& issuer,
                                                 Role role);

/// Whether `now` is within the period of validity, whose both ends belong to it (RFC 5280 4.1.2.5).
std::optional<Problem> check_validity(const Certificate& certificate, Clock::TimePoint now);

/// Whether the EUM may name this eUICC so: the subject's organisation is one of the permitted, and
/// its serialNumber, the EID, begins with that one's prefix (SGP.22 4.5.2.1.0.3). A prefix, where
/// RFC 5280 would compare whole names.
std::optional<Problem> check_name_constraints(const Certificate& euicc, const Certificate& eum);

/// Which certificate of CI, EUM, eUICC is at fault: 8.1.2 or 8.1.3 to a server.
enum class ChainLink { kEum, kEuicc };
struct ChainFault {
  ChainLink at;
  Problem problem;
};
/// Judges EUM under CI, then eUICC under EUM, then the EID.
std::optional<ChainFault> check_euicc_chain(const Certificate& euicc, const Certificate& eum,
                                            const Certificate& ci);

/// The serialNumber of the subject: 32 digits in a certificate that check_euicc_chain() accepts.
std::string eid_of(const Certificate& euicc);

/// The roots that somebody trusts. They are parsed once and their keys made once. A root is trusted
/// as it is: its signature is not looked at.
class TrustAnchors {
 public:
  /// Error: Layer::kCrypto for what is no CI certificate, has no key identifier of 20 octets or no
  /// supported key. A root that is there already is not added again.
  Status add(Certificate ci);
  /// The root with this SubjectKeyIdentifier, the CI PKID of the protocol; null where there is
  /// none.
  const Certificate* find(BytesView key_id) const;
  /// The root that a certificate names as its issuer; null where it is not trusted.
  const Certificate* issuer_of(const Certificate& certificate) const;
  /// In the order in which they were added.
  const std::vector<Certificate>& all() const { return roots_; }

 private:
  std::vector<Certificate> roots_;
};

}  // namespace rsp::pki
