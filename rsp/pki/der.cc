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

}  // namespace rsp::pki
