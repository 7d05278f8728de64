#include "rsp/pki/name.h"

#include <utility>

#include "rsp/pki/der.h"
#include "rsp/pki/oids.h"

namespace rsp::pki {
namespace {

using View = std::string_view NameView::*;

struct FieldRow {
  NameField field;
  const KnownOid& oid;
  View view;
  std::string_view abbreviation;
  asn1::Tag tag;
};
constexpr asn1::Tag kPrintableString = asn1::universal(19);
constexpr FieldRow kFields[] = {
    {NameField::kCountry, kCountry, &NameView::country, "C", kPrintableString},
    {NameField::kOrganization, kOrganization, &NameView::organization, "O", asn1::kUtf8String},
    {NameField::kOrganizationalUnit, kOrganizationalUnit, &NameView::organizational_unit, "OU",
     asn1::kUtf8String},
    {NameField::kSerialNumber, kSerialNumber, &NameView::serial_number, "serialNumber",
     kPrintableString},
    {NameField::kCommonName, kCommonName, &NameView::common_name, "CN", asn1::kUtf8String},
};

/// One octet a character: UTF8String, PrintableString, TeletexString, IA5String.
bool is_plain_text(asn1::Tag tag) {
  return tag == asn1::kUtf8String || tag == kPrintableString || tag == asn1::universal(20) ||
         tag == asn1::universal(22);
}

void keep(NameView& name, BytesView type, const asn1::Element& value) {
  for (const FieldRow& row : kFields) {
    if (!equal(row.oid.content(), type) || !is_plain_text(value.tag)) continue;
    std::string_view& view = name.*row.view;
    if (view.empty()) view = text_of(value.content);
    return;
  }
  name.has_others = true;
}

}  // namespace

Result<NameView> parse_name(BytesView content, std::string_view path) {
  NameView name;
  asn1::Reader relative_names(content);
  while (!relative_names.at_end()) {
    RSP_TRY(auto set, take_constructed(relative_names, asn1::kSet, path));
    if (set.content.empty()) return malformed(path, "a relative name has no attribute");
    asn1::Reader attributes(set.content);
    while (!attributes.at_end()) {
      RSP_TRY(auto attribute, take_sequence(attributes, path));
      asn1::Reader reader(attribute.content);
      RSP_TRY(auto type, take_oid(reader, path));
      auto value = reader.next();
      if (!value) return malformed(path, value.error());
      RSP_CHECK(at_end(reader, path));
      keep(name, type, *value);
    }
  }
  return name;
}

std::string to_string(const NameView& name) {
  std::string out;
  for (const FieldRow& row : kFields) {
    std::string_view text = name.*row.view;
    if (text.empty()) continue;
    if (!out.empty()) out += ", ";
    out.append(row.abbreviation).append("=").append(text);
  }
  return out;
}

void write_name(asn1::Writer& writer, const Name& name) {
  writer.constructed(asn1::kSequence, [&] {
    for (const NameAttribute& attribute : name) {
      const FieldRow& row = *std::ranges::find(kFields, attribute.field, &FieldRow::field);
      writer.constructed(asn1::kSet, [&] {
        writer.constructed(asn1::kSequence, [&] {
          writer.primitive(asn1::kObjectIdentifier, row.oid.content());
          writer.primitive(row.tag, view_of(attribute.text));
        });
      });
    }
  });
}

}  // namespace rsp::pki
