#include "rsp/pki/der_writer.h"

namespace rsp::pki {

using asn1::context;
using asn1::Writer;

Bytes name_der(const Name& name) {
  Writer writer;
  write_name(writer, name);
  return writer.take();
}

void write_oids(Writer& writer, const std::vector<asn1::Oid>& oids) {
  writer.constructed(asn1::kSequence, [&] {
    for (const asn1::Oid& oid : oids) writer.primitive(asn1::kObjectIdentifier, oid.content);
  });
}

void write_extension(Writer& writer, const RawExtension& extension) {
  writer.constructed(asn1::kSequence, [&] {
    writer.primitive(asn1::kObjectIdentifier, extension.oid.content);
    if (extension.critical) writer.primitive(asn1::kBoolean, Bytes{0xFF});
    writer.primitive(asn1::kOctetString, extension.value);
  });
}

void write_authority_key_id(Writer& writer, BytesView key_id) {
  writer.constructed(asn1::kSequence, [&] { writer.primitive(context(0), key_id); });
}

void write_distribution_point_name(Writer& writer, const std::string& uri) {
  writer.constructed(context(0), [&] {
    writer.constructed(context(0), [&] { writer.primitive(context(6), view_of(uri)); });
  });
}

Bytes signed_der(BytesView to_be_signed, const asn1::Oid& algorithm, BytesView signature) {
  Writer writer;
  writer.constructed(asn1::kSequence, [&] {
    writer.raw(to_be_signed);
    write_oids(writer, {algorithm});
    writer.primitive(asn1::kBitString, concat({Bytes{0}, signature}));
  });
  return writer.take();
}

}  // namespace rsp::pki
