#include "rsp/pki/crl.h"

#include "rsp/base/hex.h"
#include "rsp/pki/der.h"
#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {
namespace {

using asn1::context;
using asn1::Element;
using asn1::Reader;

constexpr std::string_view kListPath = "crl.tbsCertList.crlExtensions",
                           kEntriesPath = "crl.tbsCertList.revokedCertificates";
constexpr asn1::Tag kEnumerated = asn1::universal(10);
constexpr asn1::Tag kUtcTime = asn1::universal(23), kGeneralizedTime = asn1::universal(24);
/// RFC 5280 5.2.3.
constexpr std::size_t kMaxNumberSize = 20;

BytesView without_leading_zeros(BytesView octets) {
  while (!octets.empty() && octets.front() == 0) octets = octets.subspan(1);
  return octets;
}

Result<CrlNumber> take_number(Reader& reader, std::string_view path) {
  RSP_TRY(auto element, take_primitive(reader, asn1::kInteger, path));
  if (element.content.empty()) return malformed(path, "an INTEGER has at least one octet");
  if ((element.content[0] & 0x80) != 0) return malformed(path, "the number is negative");
  CrlNumber number{without_leading_zeros(element.content)};
  if (number.magnitude.size() > kMaxNumberSize) {
    return malformed(path, "the number has more than 20 octets (RFC 5280 5.2.3)");
  }
  return number;
}

Result<std::uint32_t> take_small_number(Reader& reader, std::string_view path) {
  RSP_TRY(auto number, take_number(reader, path));
  if (number.magnitude.size() > 4) return malformed(path, "the number is too large");
  return static_cast<std::uint32_t>(big_endian(number.magnitude));
}

/// An implicitly tagged BOOLEAN DEFAULT FALSE.
Result<bool> take_flag(Reader& reader, std::uint32_t tag, std::string_view path) {
  auto element = reader.next_if(context(tag));
  if (!element) return false;
  if (element->constructed || element->content.size() != 1) {
    return malformed(path, "a BOOLEAN has one octet");
  }
  return element->content[0] != 0;
}

Result<IssuingDistributionPoint> take_distribution_point(Reader& value, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  IssuingDistributionPoint out;
  out.der = sequence.whole;
  Reader reader(sequence.content);
  if (auto name = reader.next_if(context(0))) {
    RSP_CHECK(read_distribution_point_name(name->content, out.uris, path));
  }
  RSP_TRY(out.only_user_certificates, take_flag(reader, 1, path));
  RSP_TRY(out.only_ca_certificates, take_flag(reader, 2, path));
  reader.next_if(context(3));  // onlySomeReasons: a certificate it lists is revoked all the same
  RSP_TRY(out.indirect, take_flag(reader, 4, path));
  RSP_TRY(out.only_attribute_certificates, take_flag(reader, 5, path));
  RSP_CHECK(at_end(reader, path));
  return out;
}

struct ExtensionRow {
  CrlExtension extension;
  std::string_view name;
  KnownOid oid;
};
constexpr ExtensionRow kExtensions[] = {
    {CrlExtension::kAuthorityKeyId, "authorityKeyIdentifier", KnownOid("2.5.29.35")},
    {CrlExtension::kCrlNumber, "cRLNumber", KnownOid("2.5.29.20")},
    {CrlExtension::kDeltaCrlIndicator, "deltaCRLIndicator", KnownOid("2.5.29.27")},
    {CrlExtension::kIssuingDistributionPoint, "issuingDistributionPoint", KnownOid("2.5.29.28")},
    {CrlExtension::kTotalPartialCrlNumber, "totalPartialCrlNumber", KnownOid("2.23.146.1.2.0.2")},
    {CrlExtension::kPartialCrlNumber, "partialCrlNumber", KnownOid("2.23.146.1.2.0.3")},
};

const ExtensionRow& row_of(CrlExtension extension) {
  return *std::ranges::find(kExtensions, extension, &ExtensionRow::extension);
}

Status read_value(CrlExtension extension, Reader& value, CrlExtensions& out,
                  std::string_view path) {
  switch (extension) {
    case CrlExtension::kAuthorityKeyId: {
      RSP_TRY(out.authority_key_id, take_authority_key_id(value, path));
      return {};
    }
    case CrlExtension::kCrlNumber: {
      RSP_TRY(out.number, take_number(value, path));
      return {};
    }
    case CrlExtension::kDeltaCrlIndicator: {
      RSP_TRY(out.base_number, take_number(value, path));
      return {};
    }
    case CrlExtension::kIssuingDistributionPoint: {
      RSP_TRY(out.distribution_point, take_distribution_point(value, path));
      return {};
    }
    case CrlExtension::kTotalPartialCrlNumber: {
      RSP_TRY(out.total_parts, take_small_number(value, path));
      return {};
    }
    case CrlExtension::kPartialCrlNumber: {
      RSP_TRY(out.part, take_small_number(value, path));
      return {};
    }
  }
  return {};
}

/// Notes a critical extension that nobody here understands; others may be passed over.
void pass_over(const ExtensionView& extension, CrlExtensions& out) {
  if (extension.critical && !out.unknown_critical) {
    out.unknown_critical = asn1::Oid{to_bytes(extension.oid)};
  }
}

Status parse_list_extensions(BytesView content, CrlExtensions& out) {
  unsigned present = 0;  // a bit for each row
  Reader list(content);
  while (!list.at_end()) {
    RSP_TRY(auto entry, take_extension(list, kListPath));
    auto row = std::ranges::find_if(kExtensions, [&](const ExtensionRow& known) {
      return equal(known.oid.content(), entry.oid);
    });
    if (row == std::end(kExtensions)) {
      pass_over(entry, out);
      continue;
    }
    unsigned bit = 1U << (row - kExtensions);
    if ((present & bit) != 0) return malformed(kListPath, std::string(row->name) + " comes twice");
    present |= bit;
    Reader value(entry.value);
    Status read = read_value(row->extension, value, out, kListPath);
    if (read) read = at_end(value, kListPath);
    if (!read) read.error().path.append(".").append(row->name);
    RSP_CHECK(read);
  }
  return {};
}

Result<RevocationReason> take_reason(Reader& value, std::string_view path) {
  RSP_TRY(auto element, take_primitive(value, kEnumerated, path));
  if (element.content.size() != 1 || element.content[0] > 10 || element.content[0] == 7) {
    return malformed(path, "no reason of RFC 5280");
  }
  return static_cast<RevocationReason>(element.content[0]);
}

Status read_entry_extension(const ExtensionView& extension, RevokedCertificate& entry,
                            CrlExtensions& list) {
  constexpr std::string_view kPath = "crl.tbsCertList.revokedCertificates.crlEntryExtensions";
  Reader value(extension.value);
  if (equal(extension.oid, kReasonCode.content())) {
    RSP_TRY(entry.reason, take_reason(value, kPath));
    return at_end(value, kPath);
  }
  if (equal(extension.oid, kExpirationDate.content())) {
    RSP_TRY(entry.expiration_date, take_time(value, kPath));
    return at_end(value, kPath);
  }
  // When the key is thought to have been lost says nothing more than that the certificate is
  // revoked.
  if (!equal(extension.oid, kInvalidityDate.content())) pass_over(extension, list);
  return {};
}

std::string quoted(const NameView& name) { return "\"" + to_string(name) + "\""; }

}  // namespace

struct Crl::State {
  Bytes der;
  BytesView tbs, issuer, algorithm, signature;
  int version = 1;
  NameView issuer_name;
  Clock::TimePoint this_update;
  std::optional<Clock::TimePoint> next_update;
  std::vector<RevokedCertificate> revoked;
  CrlExtensions extensions;

  Status read();
  Status read_head(Reader& reader, BytesView outer_algorithm);
  Status read_dates(Reader& reader);
  Status read_revoked(Reader& reader);
  Status read_entry(Reader& entries);
  Status read_extensions(Reader& reader);
};

Status Crl::State::read() {
  RSP_TRY(auto parts, signed_parts(der, {"crl", "crl.tbsCertList", "crl.signatureAlgorithm",
                                         "crl.signatureValue"}));
  tbs = parts.to_be_signed.whole;
  algorithm = parts.algorithm_oid;
  signature = parts.signature;
  Reader reader(parts.to_be_signed.content);
  RSP_CHECK(read_head(reader, parts.algorithm.whole));
  RSP_CHECK(read_dates(reader));
  RSP_CHECK(read_revoked(reader));
  RSP_CHECK(read_extensions(reader));
  return at_end(reader, "crl.tbsCertList");
}

Status Crl::State::read_head(Reader& reader, BytesView outer_algorithm) {
  if (auto number = reader.next_if(asn1::kInteger)) {
    if (number->constructed || !equal(number->content, Bytes{1})) {
      return malformed("crl.tbsCertList.version", "where there is a version, it is 2");
    }
    version = 2;
  }
  constexpr std::string_view kAlgorithm = "crl.tbsCertList.signature";
  RSP_TRY(auto inner_algorithm, take_sequence(reader, kAlgorithm));
  if (!equal(inner_algorithm.whole, outer_algorithm)) {
    return malformed(kAlgorithm, "it differs from signatureAlgorithm (RFC 5280 5.1.1.2)");
  }
  constexpr std::string_view kIssuer = "crl.tbsCertList.issuer";
  RSP_TRY(auto issuer_element, take_sequence(reader, kIssuer));
  issuer = issuer_element.whole;
  RSP_TRY(issuer_name, parse_name(issuer_element.content, kIssuer));
  return {};
}

Status Crl::State::read_dates(Reader& reader) {
  RSP_TRY(this_update, take_time(reader, "crl.tbsCertList.thisUpdate"));
  if (reader.at_end()) return {};
  auto next = reader.peek();
  if (!next || (next->tag != kUtcTime && next->tag != kGeneralizedTime)) return {};
  RSP_TRY(next_update, take_time(reader, "crl.tbsCertList.nextUpdate"));
  return {};
}

Status Crl::State::read_revoked(Reader& reader) {
  // Where nothing is revoked, the list is left out (RFC 5280 5.1.2.6); some leave it in, empty.
  auto list = reader.next_if(asn1::kSequence);
  if (!list) return {};
  if (!list->constructed) return malformed(kEntriesPath, "the element is not constructed");
  Reader entries(list->content);
  while (!entries.at_end()) RSP_CHECK(read_entry(entries));
  return {};
}

Status Crl::State::read_entry(Reader& entries) {
  RSP_TRY(auto element, take_sequence(entries, kEntriesPath));
  Reader reader(element.content);
  RevokedCertificate entry;
  RSP_TRY(auto serial, take_primitive(reader, asn1::kInteger, kEntriesPath));
  if (serial.content.empty()) {
    return malformed(kEntriesPath, "an INTEGER has at least one octet");
  }
  entry.serial = serial.content;
  RSP_TRY(entry.revocation_date, take_time(reader, kEntriesPath));
  if (!reader.at_end()) {
    if (version != 2) return malformed(kEntriesPath, "only version 2 has extensions");
    RSP_TRY(auto list, take_sequence(reader, kEntriesPath));
    Reader extensions_of_entry(list.content);
    while (!extensions_of_entry.at_end()) {
      RSP_TRY(auto extension, take_extension(extensions_of_entry, kEntriesPath));
      RSP_CHECK(read_entry_extension(extension, entry, extensions));
    }
  }
  revoked.push_back(entry);
  return at_end(reader, kEntriesPath);
}

Status Crl::State::read_extensions(Reader& reader) {
  if (reader.at_end()) return {};
  RSP_TRY(auto outer, take_constructed(reader, context(0), kListPath));
  if (version != 2) return malformed(kListPath, "only version 2 has extensions (RFC 5280 5.1.2.1)");
  Reader inside(outer.content);
  RSP_TRY(auto list, take_sequence(inside, kListPath));
  RSP_CHECK(at_end(inside, kListPath));
  return parse_list_extensions(list.content, extensions);
}

Result<Crl> Crl::parse(BytesView der) {
  auto state = std::make_shared<State>();
  state->der = to_bytes(der);
  RSP_CHECK(state->read());
  return Crl(std::move(state));
}

BytesView Crl::der() const { return state_->der; }
BytesView Crl::tbs() const { return state_->tbs; }
int Crl::version() const { return state_->version; }
BytesView Crl::issuer() const { return state_->issuer; }
const NameView& Crl::issuer_name() const { return state_->issuer_name; }
Clock::TimePoint Crl::this_update() const { return state_->this_update; }
std::optional<Clock::TimePoint> Crl::next_update() const { return state_->next_update; }
const std::vector<RevokedCertificate>& Crl::revoked() const { return state_->revoked; }
const CrlExtensions& Crl::extensions() const { return state_->extensions; }
asn1::Oid Crl::signature_algorithm() const { return {to_bytes(state_->algorithm)}; }
BytesView Crl::signature() const { return state_->signature; }

const RevokedCertificate* Crl::find(BytesView serial) const {
  auto found = std::ranges::find_if(state_->revoked, [&](const RevokedCertificate& entry) {
    return equal(entry.serial, serial);
  });
  return found == state_->revoked.end() ? nullptr : &*found;
}

std::strong_ordering operator<=>(const CrlNumber& a, const CrlNumber& b) {
  if (auto longer = a.magnitude.size() <=> b.magnitude.size(); longer != 0) return longer;
  return std::lexicographical_compare_three_way(a.magnitude.begin(), a.magnitude.end(),
                                                b.magnitude.begin(), b.magnitude.end());
}

std::string to_string(const CrlNumber& number) {
  return number.magnitude.empty() ? "0" : to_hex(number.magnitude);
}

std::string_view to_string(CrlExtension extension) { return row_of(extension).name; }
asn1::Oid oid_of(CrlExtension extension) { return row_of(extension).oid.oid(); }

std::optional<std::string> crl_form_problem(const Crl& crl) {
  const CrlExtensions& extensions = crl.extensions();
  if (extensions.unknown_critical) {
    return "its critical extension " + asn1::to_string(*extensions.unknown_critical) +
           " is not known";
  }
  if (extensions.authority_key_id.empty()) return "it has no authorityKeyIdentifier";
  if (!extensions.number) return "it has no cRLNumber";
  if (!crl.next_update()) return "it has no nextUpdate";
  if (const auto& scope = extensions.distribution_point) {
    if (scope->indirect) return "it is about certificates of other issuers";
    if (scope->only_attribute_certificates) return "it is about attribute certificates";
  }
  if (extensions.total_parts.has_value() != extensions.part.has_value()) {
    return "a part says which it is and of how many";
  }
  if (crl.parts() > kMaxCrlParts) return "it comes in too many parts";
  if (crl.part() < 1 || crl.part() > crl.parts()) return "it is none of its parts";
  if (extensions.part && crl.is_delta()) return "a delta CRL does not come in parts";
  return std::nullopt;
}

std::optional<Problem> check_crl_signature(const Crl& crl, const Certificate& issuer) {
  if (!equal(crl.issuer(), issuer.subject())) {
    return Problem{ChainProblem::kWrongIssuer, "it is issued by " + quoted(crl.issuer_name()) +
                                                   " and not by " + quoted(issuer.subject_name())};
  }
  BytesView wanted = crl.extensions().authority_key_id;
  if (!wanted.empty() && !equal(wanted, issuer.subject_key_id())) {
    return Problem{ChainProblem::kWrongIssuer,
                   "its authorityKeyIdentifier is not the subjectKeyIdentifier of " +
                       quoted(issuer.subject_name())};
  }
  const Extensions& of_issuer = issuer.extensions();
  if (of_issuer.has(Extension::kKeyUsage) && !of_issuer.key_usage.test(kCrlSign)) {
    return Problem{ChainProblem::kWrongIssuer, "its issuer is not allowed to sign CRLs"};
  }
  if (!equal(crl.signature_algorithm().content, kEcdsaWithSha256.content())) {
    return Problem{ChainProblem::kUnsupportedAlgorithm,
                   "it is signed with " + asn1::to_string(crl.signature_algorithm()) +
                       " and not with ECDSA and SHA-256"};
  }
  auto key = issuer.public_key();
  if (!key) return Problem{ChainProblem::kUnsupportedCurve, key.error().text};
  if (!key->verify_der({crl.tbs()}, crl.signature())) {
    return Problem{ChainProblem::kBadSignature,
                   "it is not signed by the key of " + quoted(issuer.subject_name())};
  }
  return std::nullopt;
}

}  // namespace rsp::pki
