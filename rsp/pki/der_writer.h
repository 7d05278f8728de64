// What certificates and CRLs are written with. For the inside of this layer.
#pragma once

#include <string>
#include <vector>

#include "rsp/asn1/writer.h"
#include "rsp/pki/issuer.h"

namespace rsp::pki {

/// A Name with its tag and length.
Bytes name_der(const Name& name);
/// SEQUENCE OF OBJECT IDENTIFIER; an AlgorithmIdentifier without parameters is one of one.
void write_oids(asn1::Writer& writer, const std::vector<asn1::Oid>& oids);
void write_extension(asn1::Writer& writer, const RawExtension& extension);
/// AuthorityKeyIdentifier with a keyIdentifier only.
void write_authority_key_id(asn1::Writer& writer, BytesView key_id);
/// The field distributionPoint with one address.
void write_distribution_point_name(asn1::Writer& writer, const std::string& uri);
/// What is signed, how, and the signature.
Bytes signed_der(BytesView to_be_signed, const asn1::Oid& algorithm, BytesView signature);

}  // namespace rsp::pki
