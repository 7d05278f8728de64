// Distinguished names: read as the few attributes that SGP.22 uses, written in any order.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rsp/asn1/writer.h"
#include "rsp/base/result.h"

namespace rsp::pki {

/// The attributes of a Name that SGP.22 4.5.2.1 gives a meaning. The views point into the
/// certificate; an attribute that is not there is empty. Where one is repeated, the first counts.
struct NameView {
  std::string_view country, organization, organizational_unit, common_name, serial_number;
  /// Attributes of other types are present, or some in a string type that is not read (BMPString).
  bool has_others = false;
};

/// Reads the content of a Name (RDNSequence). Error: Layer::kDecode at `path`.
Result<NameView> parse_name(BytesView content, std::string_view path);

/// "C=ES, O=RSP Test EUM, CN=EUM Test", without attributes that are not there.
std::string to_string(const NameView& name);

enum class NameField { kCountry, kOrganization, kOrganizationalUnit, kCommonName, kSerialNumber };

struct NameAttribute {
  NameField field;
  std::string text;
};
/// A Name to be written, one relative name an attribute, in this order.
using Name = std::vector<NameAttribute>;

/// Countries and serial numbers become a PrintableString (X.520), the others a UTF8String, as in
/// the SGP.26 set.
void write_name(asn1::Writer& writer, const Name& name);

}  // namespace rsp::pki
