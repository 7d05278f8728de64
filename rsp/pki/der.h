// Strict steps of a cursor over the DER of a certificate. For the inside of this layer.
#pragma once

#include <string_view>
#include <vector>

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

/// The three parts of what a CA signs: a certificate or a CRL (RFC 5280 4.1.1, 5.1.1).
struct SignedParts {
  asn1::Element to_be_signed, algorithm;
  BytesView algorithm_oid;
  BytesView signature;
};
/// What errors call the parts: "certificate", "certificate.tbsCertificate" and so on.
struct SignedPaths {
  std::string_view whole, to_be_signed, algorithm, signature;
};
Result<SignedParts> signed_parts(BytesView der, const SignedPaths& paths);

/// One Extension (RFC 5280 4.1).
struct ExtensionView {
  BytesView oid;
  bool critical = false;
  BytesView value;
};
Result<ExtensionView> take_extension(asn1::Reader& list, std::string_view path);

/// The keyIdentifier of an AuthorityKeyIdentifier; empty where it names the key in another way.
Result<BytesView> take_authority_key_id(asn1::Reader& value, std::string_view path);

/// Calls `use` with each GeneralName.
template <class Use>
Status each_general_name(BytesView content, std::string_view path, Use use) {
  asn1::Reader reader(content);
  while (!reader.at_end()) {
    auto name = reader.next();
    if (!name) return malformed(path, name.error());
    use(*name);
  }
  return {};
}

/// Adds the addresses in the content of a DistributionPointName; other kinds of name are passed
/// over.
Status read_distribution_point_name(BytesView content, std::vector<std::string_view>& uris,
                                    std::string_view path);

}  // namespace rsp::pki
