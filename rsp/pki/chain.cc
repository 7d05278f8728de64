#include "rsp/pki/chain.h"

#include <span>

#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {
namespace {

using Found = std::optional<Problem>;

Found problem(ChainProblem kind, std::string text) { return Problem{kind, std::move(text)}; }

/// What SGP.22 4.5.2.1.0 asks of a role, besides its policy.
struct RoleRule {
  Role role;
  Role issuer;
  KeyUsage usage;
  bool is_ca;
  bool is_tls;
  std::span<const Extension> needed;
};

constexpr Extension kCiNeeds[] = {Extension::kSubjectKeyId};
constexpr Extension kEumNeeds[] = {Extension::kSubjectKeyId, Extension::kSubjectAltName,
                                   Extension::kNameConstraints};
constexpr Extension kServerNeeds[] = {Extension::kSubjectAltName};

constexpr RoleRule kRules[] = {
    {Role::kCi, Role::kCi, kKeyCertSign, true, false, kCiNeeds},
    {Role::kEuicc, Role::kEum, kDigitalSignature, false, false, {}},
    {Role::kEum, Role::kCi, kKeyCertSign, true, false, kEumNeeds},
    {Role::kDpTls, Role::kCi, kDigitalSignature, false, true, kServerNeeds},
    {Role::kDpAuth, Role::kCi, kDigitalSignature, false, false, kServerNeeds},
    {Role::kDpPb, Role::kCi, kDigitalSignature, false, false, kServerNeeds},
    {Role::kDsTls, Role::kCi, kDigitalSignature, false, true, kServerNeeds},
    {Role::kDsAuth, Role::kCi, kDigitalSignature, false, false, kServerNeeds},
};

const RoleRule& rule_of(Role role) { return *std::ranges::find(kRules, role, &RoleRule::role); }

std::string name_of(Role role) { return std::string(to_string(role)); }

std::string role_text(const Certificate& certificate) {
  auto role = role_of(certificate);
  return role ? "that of " + name_of(*role) : "no role of SGP.22";
}

/// RFC 5280 6.1.3 (a)(4), with names compared as octets: a CA writes its name the same way
/// everywhere (4.1.2.6).
Found check_link(const Certificate& subject, const Certificate& issuer) {
  if (!equal(subject.issuer(), issuer.subject())) {
    return problem(ChainProblem::kWrongIssuer,
                   "it is issued by \"" + to_string(subject.issuer_name()) + "\" and not by \"" +
                       to_string(issuer.subject_name()) + "\"");
  }
  BytesView wanted = subject.authority_key_id(), found = issuer.subject_key_id();
  if (!wanted.empty() && !equal(wanted, found)) {
    return problem(ChainProblem::kWrongIssuer,
                   "its authorityKeyIdentifier is not the subjectKeyIdentifier of \"" +
                       to_string(issuer.subject_name()) + "\"");
  }
  return std::nullopt;
}

/// RFC 5280 6.1.4 (k), (m), (n), and the depth of SGP.22's tree: an EUM issues eUICC certificates,
/// a CI all others.
Found check_issuer(const Certificate& subject, const Certificate& issuer, const RoleRule& rule) {
  const Extensions& extensions = issuer.extensions();
  if (role_of(issuer) != rule.issuer) {
    return problem(ChainProblem::kWrongIssuer,
                   "a certificate for " + name_of(rule.role) + " comes from a " +
                       name_of(rule.issuer) + ", and its issuer's role is " + role_text(issuer));
  }
  if (!extensions.basic_constraints.ca || !extensions.key_usage.test(kKeyCertSign)) {
    return problem(ChainProblem::kWrongIssuer, "its issuer is not allowed to sign certificates");
  }
  bool self_issued = equal(subject.subject(), subject.issuer());
  if (rule.is_ca && !self_issued && extensions.basic_constraints.path_length == 0U) {
    return problem(ChainProblem::kPathLength,
                   "its issuer's path length of 0 does not allow another issuer below it");
  }
  return std::nullopt;
}

Found check_signature(const Certificate& subject, const Certificate& issuer) {
  if (!equal(subject.signature_algorithm().content, kEcdsaWithSha256.content())) {
    return problem(ChainProblem::kUnsupportedAlgorithm,
                   "it is signed with " + asn1::to_string(subject.signature_algorithm()) +
                       " and not with ECDSA and SHA-256");
  }
  if (auto curve = subject.curve(); !curve) {
    return problem(ChainProblem::kUnsupportedCurve, curve.error().text);
  }
  auto key = issuer.public_key();
  if (!key) {
    return problem(ChainProblem::kUnsupportedCurve, "its issuer's key: " + key.error().text);
  }
  if (!key->verify_der({subject.tbs()}, subject.signature())) {
    return problem(ChainProblem::kBadSignature,
                   "it is not signed by the key of \"" + to_string(issuer.subject_name()) + "\"");
  }
  return std::nullopt;
}

Found check_role(const Certificate& subject, const RoleRule& rule) {
  const Extensions& extensions = subject.extensions();
  if (!extensions.has(Extension::kCertificatePolicies)) {
    return problem(ChainProblem::kMissingExtension, "it has no certificatePolicies");
  }
  const auto& policies = extensions.policies;
  if (std::ranges::find(policies, policy_of(rule.role)) == policies.end()) {
    return problem(ChainProblem::kWrongRole,
                   "its role is " + role_text(subject) + " and not that of " + name_of(rule.role));
  }
  return std::nullopt;
}

Found check_key_usage(const Extensions& extensions, const RoleRule& rule) {
  if (!extensions.has(Extension::kKeyUsage)) {
    return problem(ChainProblem::kMissingExtension, "it has no keyUsage");
  }
  if (!extensions.key_usage.test(rule.usage)) {
    return problem(ChainProblem::kKeyUsage, rule.usage == kKeyCertSign
                                                ? "its keyUsage has no keyCertSign"
                                                : "its keyUsage has no digitalSignature");
  }
  if (!rule.is_ca && extensions.key_usage.test(kKeyCertSign)) {
    return problem(ChainProblem::kKeyUsage,
                   "its keyUsage has keyCertSign, which only a CA has (RFC 5280 4.2.1.9)");
  }
  return std::nullopt;
}

/// For TLS servers the purpose must be given; for other roles there is none that would fit, so a
/// limit to purposes excludes them (RFC 5280 4.2.1.12).
Found check_extended_key_usage(const Extensions& extensions, const RoleRule& rule) {
  if (!extensions.has(Extension::kExtendedKeyUsage)) {
    if (!rule.is_tls) return std::nullopt;
    return problem(ChainProblem::kMissingExtension, "it has no extKeyUsage");
  }
  const KnownOid& wanted = rule.is_tls ? kServerAuth : kAnyExtendedKeyUsage;
  for (const asn1::Oid& purpose : extensions.extended_key_usage) {
    if (equal(purpose.content, wanted.content())) return std::nullopt;
  }
  return problem(ChainProblem::kExtendedKeyUsage,
                 rule.is_tls ? "its extKeyUsage has no serverAuth"
                             : "its extKeyUsage limits it to purposes that are not RSP");
}

Found check_basic_constraints(const Extensions& extensions, const RoleRule& rule) {
  const BasicConstraints& constraints = extensions.basic_constraints;
  if (rule.is_ca && !extensions.has(Extension::kBasicConstraints)) {
    return problem(ChainProblem::kMissingExtension, "it has no basicConstraints");
  }
  if (constraints.ca != rule.is_ca) {
    return problem(ChainProblem::kBasicConstraints, rule.is_ca
                                                        ? "its basicConstraints do not make it a CA"
                                                        : "its basicConstraints make it a CA");
  }
  if (rule.role == Role::kEum && constraints.path_length != 0U) {
    return problem(ChainProblem::kPathLength,
                   "its path length is not 0, as that of an EUM has to be");
  }
  return std::nullopt;
}

Found check_extensions(const Extensions& extensions, const RoleRule& rule) {
  if (!extensions.unknown_critical.empty()) {
    return problem(ChainProblem::kUnknownCriticalExtension,
                   "its critical extension " +
                       asn1::to_string(extensions.unknown_critical.front()) + " is not known");
  }
  for (Extension extension : rule.needed) {
    if (!extensions.has(extension)) {
      return problem(ChainProblem::kMissingExtension,
                     "it has no " + std::string(to_string(extension)));
    }
  }
  bool names_are_needed =
      std::ranges::find(rule.needed, Extension::kSubjectAltName) != rule.needed.end();
  if (names_are_needed && extensions.registered_ids.empty()) {
    return problem(ChainProblem::kMissingExtension,
                   "its subjectAltName has no registeredID, which is its OID");
  }
  return std::nullopt;
}

bool is_eid(std::string_view text) {
  return text.size() == 32 &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string_view to_string(ChainProblem kind) {
  switch (kind) {
    case ChainProblem::kNotParsable:
      return "notParsable";
    case ChainProblem::kWrongIssuer:
      return "wrongIssuer";
    case ChainProblem::kUnsupportedAlgorithm:
      return "unsupportedAlgorithm";
    case ChainProblem::kUnsupportedCurve:
      return "unsupportedCurve";
    case ChainProblem::kBadSignature:
      return "badSignature";
    case ChainProblem::kWrongRole:
      return "wrongRole";
    case ChainProblem::kKeyUsage:
      return "keyUsage";
    case ChainProblem::kExtendedKeyUsage:
      return "extendedKeyUsage";
    case ChainProblem::kBasicConstraints:
      return "basicConstraints";
    case ChainProblem::kPathLength:
      return "pathLength";
    case ChainProblem::kNameConstraints:
      return "nameConstraints";
    case ChainProblem::kMissingExtension:
      return "missingExtension";
    case ChainProblem::kUnknownCriticalExtension:
      return "unknownCriticalExtension";
    case ChainProblem::kBadEid:
      return "badEid";
    case ChainProblem::kEidOutsideRange:
      return "eidOutsideRange";
    case ChainProblem::kNotYetValid:
      return "notYetValid";
    case ChainProblem::kExpired:
      return "expired";
  }
  return "?";
}

Error to_error(const Problem& problem, std::string_view path) {
  return {.layer = Layer::kCrypto,
          .code = std::string(to_string(problem.kind)),
          .path = std::string(path),
          .text = "the certificate is refused: " + problem.text};
}

std::optional<Problem> check_issued(const Certificate& subject, const Certificate& issuer,
                                    Role role) {
  const RoleRule& rule = rule_of(role);
  const Extensions& extensions = subject.extensions();
  if (auto found = check_link(subject, issuer)) return found;
  if (auto found = check_issuer(subject, issuer, rule)) return found;
  if (auto found = check_signature(subject, issuer)) return found;
  if (auto found = check_role(subject, rule)) return found;
  if (auto found = check_key_usage(extensions, rule)) return found;
  if (auto found = check_extended_key_usage(extensions, rule)) return found;
  if (auto found = check_basic_constraints(extensions, rule)) return found;
  return check_extensions(extensions, rule);
}

std::expected<Certificate, Problem> parse_issued(BytesView der, const Certificate& issuer,
                                                 Role role) {
  auto certificate = Certificate::parse(der);
  if (!certificate) {
    return std::unexpected(Problem{ChainProblem::kNotParsable, certificate.error().message()});
  }
  if (auto found = check_issued(*certificate, issuer, role)) {
    return std::unexpected(std::move(*found));
  }
  return *std::move(certificate);
}

std::optional<Problem> check_validity(const Certificate& certificate, Clock::TimePoint now) {
  if (now < certificate.not_before()) {
    return problem(ChainProblem::kNotYetValid,
                   "it is valid only from " + time_text(certificate.not_before()));
  }
  // The last second counts in full, however fine the clock is.
  if (std::chrono::floor<std::chrono::seconds>(now) > certificate.not_after()) {
    return problem(ChainProblem::kExpired, "it expired on " + time_text(certificate.not_after()));
  }
  return std::nullopt;
}

std::optional<Problem> check_name_constraints(const Certificate& euicc, const Certificate& eum) {
  const Extensions& extensions = eum.extensions();
  if (extensions.has_other_name_constraints || extensions.permitted_names.empty()) {
    return problem(ChainProblem::kNameConstraints,
                   "its issuer's nameConstraints are none of organisation and serialNumber");
  }
  const NameView& name = euicc.subject_name();
  bool organization_is_permitted = false;
  for (const PermittedName& permitted : extensions.permitted_names) {
    if (!permitted.organization.empty() && permitted.organization != name.organization) continue;
    organization_is_permitted = true;
    if (name.serial_number.starts_with(permitted.serial_number_prefix)) return std::nullopt;
  }
  if (!organization_is_permitted) {
    return problem(ChainProblem::kNameConstraints,
                   "its organisation \"" + std::string(name.organization) +
                       "\" is not the one that its issuer's nameConstraints permit");
  }
  return problem(ChainProblem::kEidOutsideRange,
                 "its EID " + eid_of(euicc) + " is outside the range of its issuer, " +
                     std::string(extensions.permitted_names.front().serial_number_prefix));
}

std::optional<ChainFault> check_euicc_chain(const Certificate& euicc, const Certificate& eum,
                                            const Certificate& ci) {
  if (auto found = check_issued(eum, ci, Role::kEum)) {
    return ChainFault{ChainLink::kEum, std::move(*found)};
  }
  auto found = check_issued(euicc, eum, Role::kEuicc);
  if (!found && !is_eid(euicc.subject_name().serial_number)) {
    found = problem(ChainProblem::kBadEid,
                    "its subject's serialNumber \"" + eid_of(euicc) + "\" is no EID of 32 digits");
  }
  if (!found) found = check_name_constraints(euicc, eum);
  if (found) return ChainFault{ChainLink::kEuicc, std::move(*found)};
  return std::nullopt;
}

std::string eid_of(const Certificate& euicc) {
  return std::string(euicc.subject_name().serial_number);
}

Status TrustAnchors::add(Certificate ci) {
  constexpr std::size_t kCiPkIdSize = 20;
  auto refused = [](std::string text) {
    return failure({.layer = Layer::kCrypto,
                    .code = "trustAnchor",
                    .text = "the certificate is no root of trust: " + std::move(text)});
  };
  if (role_of(ci) != Role::kCi) return refused("its role is " + role_text(ci));
  if (ci.subject_key_id().size() != kCiPkIdSize) {
    return refused("its subjectKeyIdentifier has not 20 octets");
  }
  if (auto key = ci.public_key(); !key) return refused(key.error().text);
  if (std::ranges::find(roots_, ci) == roots_.end()) roots_.push_back(std::move(ci));
  return {};
}

const Certificate* TrustAnchors::find(BytesView key_id) const {
  auto found = std::ranges::find_if(
      roots_, [&](const Certificate& root) { return equal(root.subject_key_id(), key_id); });
  return found == roots_.end() ? nullptr : &*found;
}

const Certificate* TrustAnchors::issuer_of(const Certificate& certificate) const {
  auto found = std::ranges::find_if(
      roots_, [&](const Certificate& root) { return !check_link(certificate, root); });
  return found == roots_.end() ? nullptr : &*found;
}

}  // namespace rsp::pki
