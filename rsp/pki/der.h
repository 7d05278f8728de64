// Strict steps of a cursor over the DER of a certificate. For the inside of this layer.
#pragma once

#include <string_view>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/types.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"

namespace rsp::pki {

/// A decode error at a field: "certificate.tbsCertificate.validity".
std::unexpected<Error> malformed(std::string_view path, std::string_view text);

/// The next element, which must have this tag and be constructed.
Result<asn1::Element> take_constructed(asn1::Reader& reader, asn1::Tag tag, std::string_view path);
/// The next element, which must have this tag and be primitive.
Result<asn1::Element> take_primitive(asn1::Reader& reader, asn1::Tag tag, std::string_view path);
inline Result<asn1::Element> take_sequence(asn1::Reader& reader, std::string_view path) {
  return take_constructed(reader, asn1::kSequence, path);
}
/// The content octets of an OBJECT IDENTIFIER.
Result<BytesView> take_oid(asn1::Reader& reader, std::string_view path);
/// A BOOLEAN DEFAULT FALSE. Any octet but zero is true.
Result<bool> take_default_false(asn1::Reader& reader, std::string_view path);
/// The octets of a BIT STRING without its count of unused bits, which is returned apart.
struct BitStringView {
  unsigned unused = 0;
  BytesView octets;
};
Result<BitStringView> bit_string(const asn1::Element& element, std::string_view path);
Status at_end(const asn1::Reader& reader, std::string_view path);

}  // namespace rsp::pki
