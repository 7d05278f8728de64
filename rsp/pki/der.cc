#include "rsp/pki/der.h"

namespace rsp::pki {
namespace {

Result<asn1::Element> take(asn1::Reader& reader, asn1::Tag tag, std::string_view path) {
  auto element = reader.next();
  if (!element) return malformed(path, element.error());
  if (element->tag != tag) {
    return malformed(path, "tag " + asn1::to_string(element->tag, element->constructed) +
                               " stands where " + asn1::to_string(tag, element->constructed) +
                               " belongs");
  }
  return *element;
}

}  // namespace

std::unexpected<Error> malformed(std::string_view path, std::string_view text) {
  return failure({.layer = Layer::kDecode, .path = std::string(path), .text = std::string(text)});
}

Result<asn1::Element> take_constructed(asn1::Reader& reader, asn1::Tag tag, std::string_view path) {
  auto element = take(reader, tag, path);
  if (element && !element->constructed) return malformed(path, "the element is not constructed");
  return element;
}

Result<asn1::Element> take_primitive(asn1::Reader& reader, asn1::Tag tag, std::string_view path) {
  auto element = take(reader, tag, path);
  if (element && element->constructed) return malformed(path, "the element is not primitive");
  return element;
}

Result<BytesView> take_oid(asn1::Reader& reader, std::string_view path) {
  RSP_TRY(auto element, take_primitive(reader, asn1::kObjectIdentifier, path));
  if (element.content.empty() || (element.content.back() & 0x80) != 0) {
    return malformed(path, "the object identifier is incomplete");
  }
  return element.content;
}

Result<bool> take_default_false(asn1::Reader& reader, std::string_view path) {
  auto next = reader.peek();
  if (!next || next->tag != asn1::kBoolean) return false;
  RSP_TRY(auto element, take_primitive(reader, asn1::kBoolean, path));
  if (element.content.size() != 1) return malformed(path, "a BOOLEAN has one octet");
  return element.content[0] != 0;
}

Result<BitStringView> bit_string(const asn1::Element& element, std::string_view path) {
  BytesView content = element.content;
  if (content.empty()) return malformed(path, "the BIT STRING has no count of unused bits");
  unsigned unused = content[0];
  if (unused > 7 || (unused != 0 && content.size() == 1)) {
    return malformed(path, "the count of unused bits is impossible");
  }
  return BitStringView{unused, content.subspan(1)};
}

Status at_end(const asn1::Reader& reader, std::string_view path) {
  if (!reader.at_end()) return malformed(path, "more elements follow than the type has");
  return {};
}

Result<SignedParts> signed_parts(BytesView der, const SignedPaths& paths) {
  asn1::Reader reader(der);
  RSP_TRY(auto whole, take_sequence(reader, paths.whole));
  RSP_CHECK(at_end(reader, paths.whole));
  asn1::Reader parts(whole.content);
  SignedParts out;
  RSP_TRY(out.to_be_signed, take_sequence(parts, paths.to_be_signed));
  RSP_TRY(out.algorithm, take_sequence(parts, paths.algorithm));
  RSP_TRY(auto bits, take_primitive(parts, asn1::kBitString, paths.signature));
  RSP_TRY(auto octets, bit_string(bits, paths.signature));
  if (octets.unused != 0) return malformed(paths.signature, "the signature is not whole octets");
  out.signature = octets.octets;
  RSP_CHECK(at_end(parts, paths.whole));
  asn1::Reader algorithm(out.algorithm.content);
  RSP_TRY(out.algorithm_oid, take_oid(algorithm, paths.algorithm));
  return out;
}

Result<ExtensionView> take_extension(asn1::Reader& list, std::string_view path) {
  RSP_TRY(auto entry, take_sequence(list, path));
  asn1::Reader reader(entry.content);
  ExtensionView out;
  RSP_TRY(out.oid, take_oid(reader, path));
  RSP_TRY(out.critical, take_default_false(reader, path));
  RSP_TRY(auto value, take_primitive(reader, asn1::kOctetString, path));
  RSP_CHECK(at_end(reader, path));
  out.value = value.content;
  return out;
}

Result<BytesView> take_authority_key_id(asn1::Reader& value, std::string_view path) {
  RSP_TRY(auto sequence, take_sequence(value, path));
  asn1::Reader reader(sequence.content);
  auto id = reader.next_if(asn1::context(0));
  if (id && id->constructed) return malformed(path, "the key identifier is not primitive");
  // authorityCertIssuer and authorityCertSerialNumber say less than the key identifier.
  return id ? id->content : BytesView();
}

Status read_distribution_point_name(BytesView content, std::vector<std::string_view>& uris,
                                    std::string_view path) {
  asn1::Reader choice(content);
  auto full_name = choice.next_if(asn1::context(0));
  if (!full_name) return {};
  return each_general_name(full_name->content, path, [&](const asn1::Element& general) {
    if (general.tag == asn1::context(6)) uris.push_back(text_of(general.content));
  });
}

}  // namespace rsp::pki
