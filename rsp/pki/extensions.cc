#include "rsp/pki/extensions.h"

#include "rsp/pki/der.h"
#include "rsp/pki/name.h"

namespace rsp::pki {
namespace {

using asn1::context;
using asn1::Element;
using asn1::Reader;

constexpr std::string_view kPath = "certificate.tbsCertificate.extensions";
/// 2.5.29, to which one arc is added.
constexpr std::uint8_t kIdCe[] = {0x55, 0x1D};

Status read_subject_key_id(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto id, take_primitive(value, asn1::kOctetString, path));
  out.subject_key_id = id.content;
  return {};
}

Status read_authority_key_id(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(out.authority_key_id, take_authority_key_id(value, path));
  return {};
}

Status read_key_usage(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto element, take_primitive(value, asn1::kBitString, path));
  RSP_TRY(auto bits, bit_string(element, path));
  out.key_usage.octets = to_bytes(bits.octets);
  return {};
}

Status read_oids(Reader& value, std::vector<asn1::Oid>& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  Reader reader(sequence.content);
  while (!reader.at_end()) {
    RSP_TRY(auto oid, take_oid(reader, path));
    out.push_back({to_bytes(oid)});
  }
  return {};
}

Status read_policies(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  Reader policies(sequence.content);
  while (!policies.at_end()) {
    RSP_TRY(auto policy, take_sequence(policies, path));
    Reader reader(policy.content);
    RSP_TRY(auto oid, take_oid(reader, path));
    out.policies.push_back({to_bytes(oid)});
  }
  return {};
}

Status read_alternative_names(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  return each_general_name(sequence.content, path, [&](const Element& name) {
    if (name.tag == context(2)) out.dns_names.push_back(text_of(name.content));
    if (name.tag == context(8)) out.registered_ids.push_back({to_bytes(name.content)});
  });
}

Status read_basic_constraints(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  Reader reader(sequence.content);
  RSP_TRY(out.basic_constraints.ca, take_default_false(reader, path));
  if (reader.at_end()) return {};
  RSP_TRY(auto length, take_primitive(reader, asn1::kInteger, path));
  if (length.content.empty() || length.content.size() > 4 || length.content[0] >= 0x80) {
    return malformed(path, "the path length is not a small number");
  }
  out.basic_constraints.path_length = static_cast<unsigned>(big_endian(length.content));
  return at_end(reader, path);
}

/// Reads one GeneralSubtree. What is no directory name of organisation and serial number is noted,
/// not understood.
Status read_subtree(Reader& subtrees, Extensions& out, std::string_view path) {
  RSP_TRY(auto subtree, take_sequence(subtrees, path));
  Reader reader(subtree.content);
  auto base = reader.next();
  if (!base) return malformed(path, base.error());
  if (base->tag != context(4) || !base->constructed || !reader.at_end()) {
    out.has_other_name_constraints = true;
    return {};
  }
  Reader directory_name(base->content);
  RSP_TRY(auto rdn_sequence, take_sequence(directory_name, path));
  RSP_TRY(auto name, parse_name(rdn_sequence.content, path));
  if (name.has_others || !name.country.empty() || !name.organizational_unit.empty() ||
      !name.common_name.empty()) {
    out.has_other_name_constraints = true;
  }
  out.permitted_names.push_back({name.organization, name.serial_number});
  return at_end(directory_name, path);
}

Status read_name_constraints(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  Reader reader(sequence.content);
  if (auto permitted = reader.next_if(context(0))) {
    Reader subtrees(permitted->content);
    while (!subtrees.at_end()) RSP_CHECK(read_subtree(subtrees, out, path));
  }
  if (reader.next_if(context(1))) out.has_other_name_constraints = true;
  return at_end(reader, path);
}

Status read_distribution_points(Reader& value, Extensions& out, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  Reader points(sequence.content);
  while (!points.at_end()) {
    RSP_TRY(auto point, take_sequence(points, path));
    Reader reader(point.content);
    if (auto name = reader.next_if(context(0))) {
      RSP_CHECK(read_distribution_point_name(name->content, out.crl_uris, path));
    }
  }
  return {};
}

Status read_value(Extension extension, Reader& value, Extensions& out, std::string_view path) {
  switch (extension) {
    case Extension::kSubjectKeyId:
      return read_subject_key_id(value, out, path);
    case Extension::kKeyUsage:
      return read_key_usage(value, out, path);
    case Extension::kSubjectAltName:
      return read_alternative_names(value, out, path);
    case Extension::kBasicConstraints:
      return read_basic_constraints(value, out, path);
    case Extension::kNameConstraints:
      return read_name_constraints(value, out, path);
    case Extension::kCrlDistributionPoints:
      return read_distribution_points(value, out, path);
    case Extension::kCertificatePolicies:
      return read_policies(value, out, path);
    case Extension::kAuthorityKeyId:
      return read_authority_key_id(value, out, path);
    case Extension::kExtendedKeyUsage:
      return read_oids(value, out.extended_key_usage, path);
  }
  return {};
}

std::optional<Extension> known(BytesView oid) {
  if (oid.size() != 3 || oid[0] != kIdCe[0] || oid[1] != kIdCe[1]) return std::nullopt;
  auto extension = static_cast<Extension>(oid[2]);
  if (to_string(extension).empty()) return std::nullopt;
  return extension;
}

Status keep_unknown(BytesView oid, bool critical, Extensions& out) {
  asn1::Oid copy{to_bytes(oid)};
  if (std::ranges::find(out.unknown, copy) != out.unknown.end()) {
    return malformed(kPath, "extension " + asn1::to_string(copy) + " comes twice");
  }
  if (critical) out.unknown_critical.push_back(copy);
  out.unknown.push_back(std::move(copy));
  return {};
}

Status keep_known(Extension extension, bool critical, BytesView octets, Extensions& out) {
  std::uint64_t bit = Extensions::bit(extension);
  if ((out.present & bit) != 0) {
    return malformed(kPath, std::string(to_string(extension)) + " comes twice");
  }
  out.present |= bit;
  if (critical) out.critical |= bit;
  Reader value(octets);
  // The readers are given the path of the list, so that no text is made where nothing is wrong.
  Status read = read_value(extension, value, out, kPath);
  if (read) read = at_end(value, kPath);
  if (!read) read.error().path.append(".").append(to_string(extension));
  return read;
}

}  // namespace

std::string_view to_string(Extension extension) {
  switch (extension) {
    case Extension::kSubjectKeyId:
      return "subjectKeyIdentifier";
    case Extension::kKeyUsage:
      return "keyUsage";
    case Extension::kSubjectAltName:
      return "subjectAltName";
    case Extension::kBasicConstraints:
      return "basicConstraints";
    case Extension::kNameConstraints:
      return "nameConstraints";
    case Extension::kCrlDistributionPoints:
      return "cRLDistributionPoints";
    case Extension::kCertificatePolicies:
      return "certificatePolicies";
    case Extension::kAuthorityKeyId:
      return "authorityKeyIdentifier";
    case Extension::kExtendedKeyUsage:
      return "extKeyUsage";
  }
  return {};
}

asn1::Oid oid_of(Extension extension) {
  return {{kIdCe[0], kIdCe[1], static_cast<std::uint8_t>(extension)}};
}

Status parse_extensions(BytesView content, Extensions& out) {
  Reader list(content);
  while (!list.at_end()) {
    RSP_TRY(auto entry, take_extension(list, kPath));
    if (auto extension = known(entry.oid)) {
      RSP_CHECK(keep_known(*extension, entry.critical, entry.value, out));
    } else {
      RSP_CHECK(keep_unknown(entry.oid, entry.critical, out));
    }
  }
  return {};
}

}  // namespace rsp::pki
