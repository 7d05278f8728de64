#include "rsp/pki/issuer.h"

#include <bit>
#include <stdexcept>

#include "rsp/pki/der_writer.h"
#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {
namespace {

using asn1::context;
using asn1::Writer;

/// The key that signs and what the certificate says of its owner.
struct Signer {
  BytesView name;
  BytesView key_id;
  const crypto::PrivateKey& key;
};

/// RFC 7093 section 2, method 1.
Bytes key_id_of(BytesView point) {
  auto digest = crypto::sha256(point);
  return Bytes(digest.begin(), digest.begin() + 20);
}

Bytes subject_key_id(const CertificateTemplate& what, BytesView point) {
  return what.subject_key_id.value_or(key_id_of(what.public_point ? *what.public_point : point));
}

/// Eight octets; the top bits make it positive and leave no octet to spare.
Bytes random_serial(Random& random) {
  auto octets = random.octets<8>();
  octets[0] = static_cast<std::uint8_t>((octets[0] & 0x3F) | 0x40);
  return Bytes(octets.begin(), octets.end());
}

void write_policies(Writer& writer, const std::vector<asn1::Oid>& policies) {
  writer.constructed(asn1::kSequence, [&] {
    for (const asn1::Oid& policy : policies) write_oids(writer, {policy});
  });
}

/// A named-bit list without its trailing zero bits (X.690 11.2.2).
void write_key_usage(Writer& writer, const asn1::BitString& bits) {
  Bytes content{0};
  append(content, bits.octets);
  while (content.size() > 1 && content.back() == 0) content.pop_back();
  if (content.size() > 1) {
    content[0] = static_cast<std::uint8_t>(std::countr_zero(content.back()));
  }
  writer.primitive(asn1::kBitString, content);
}

void write_alternative_names(Writer& writer, const CertificateTemplate& what) {
  writer.constructed(asn1::kSequence, [&] {
    for (const std::string& name : what.dns_names) writer.primitive(context(2), view_of(name));
    for (const asn1::Oid& oid : what.registered_ids) writer.primitive(context(8), oid.content);
  });
}

void write_basic_constraints(Writer& writer, const BasicConstraints& constraints) {
  writer.constructed(asn1::kSequence, [&] {
    if (constraints.ca) writer.primitive(asn1::kBoolean, Bytes{0xFF});
    if (constraints.path_length) writer.integer(asn1::kInteger, *constraints.path_length);
  });
}

void write_name_constraints(Writer& writer, const std::vector<PermittedNameTemplate>& permitted) {
  auto write_subtree = [&](const PermittedNameTemplate& name) {
    writer.constructed(context(4), [&] {
      write_name(writer, {{NameField::kOrganization, name.organization},
                          {NameField::kSerialNumber, name.serial_number_prefix}});
    });
  };
  writer.constructed(asn1::kSequence, [&] {
    writer.constructed(context(0), [&] {
      for (const auto& name : permitted) {
        writer.constructed(asn1::kSequence, [&] { write_subtree(name); });
      }
    });
  });
}

void write_distribution_points(Writer& writer, const std::vector<std::string>& uris) {
  writer.constructed(asn1::kSequence, [&] {
    for (const std::string& uri : uris) {
      writer.constructed(asn1::kSequence, [&] { write_distribution_point_name(writer, uri); });
    }
  });
}

Bytes extension_value(Extension extension, const CertificateTemplate& what, const Signer& signer,
                      BytesView point) {
  Writer writer;
  switch (extension) {
    case Extension::kSubjectKeyId:
      writer.primitive(asn1::kOctetString, subject_key_id(what, point));
      break;
    case Extension::kAuthorityKeyId:
      write_authority_key_id(writer, what.authority_key_id.value_or(to_bytes(signer.key_id)));
      break;
    case Extension::kKeyUsage:
      write_key_usage(writer, what.key_usage);
      break;
    case Extension::kSubjectAltName:
      write_alternative_names(writer, what);
      break;
    case Extension::kBasicConstraints:
      write_basic_constraints(writer, what.basic_constraints);
      break;
    case Extension::kNameConstraints:
      write_name_constraints(writer, what.permitted_names);
      break;
    case Extension::kCrlDistributionPoints:
      write_distribution_points(writer, what.crl_uris);
      break;
    case Extension::kCertificatePolicies:
      write_policies(writer, what.policies);
      break;
    case Extension::kExtendedKeyUsage:
      write_oids(writer, what.extended_key_usage);
      break;
  }
  return writer.take();
}

void write_extensions(Writer& writer, const CertificateTemplate& what, const Signer& signer,
                      BytesView point) {
  if (what.extensions.empty() && what.more_extensions.empty()) return;
  writer.constructed(context(3), [&] {
    writer.constructed(asn1::kSequence, [&] {
      for (Extension extension : what.extensions) {
        write_extension(writer, {oid_of(extension), what.critical.contains(extension),
                                 extension_value(extension, what, signer, point)});
      }
      for (const RawExtension& extension : what.more_extensions) write_extension(writer, extension);
    });
  });
}

const KnownOid& oid_of(crypto::Curve curve) {
  return curve == crypto::Curve::kNistP256 ? kPrime256v1 : kBrainpoolP256r1;
}

void write_public_key(Writer& writer, const CertificateTemplate& what,
                      const crypto::PublicKey& key) {
  asn1::Oid curve = what.curve.value_or(oid_of(key.curve()).oid());
  BytesView point = what.public_point ? BytesView(*what.public_point) : BytesView(key.point());
  writer.constructed(asn1::kSequence, [&] {
    write_oids(writer, {kEcPublicKey.oid(), curve});
    writer.primitive(asn1::kBitString, concat({Bytes{0}, point}));
  });
}

Bytes tbs_der(const CertificateTemplate& what, const Signer& signer, const crypto::PublicKey& key,
              const asn1::Oid& algorithm, Random& random) {
  Writer writer;
  writer.constructed(asn1::kSequence, [&] {
    if (what.version != 1) {
      writer.constructed(context(0), [&] { writer.integer(asn1::kInteger, what.version - 1); });
    }
    writer.primitive(asn1::kInteger, what.serial.empty() ? random_serial(random) : what.serial);
    write_oids(writer, {algorithm});
    writer.raw(what.issuer ? name_der(*what.issuer) : to_bytes(signer.name));
    writer.constructed(asn1::kSequence, [&] {
      write_time(writer, what.not_before);
      write_time(writer, what.not_after);
    });
    write_name(writer, what.subject);
    write_public_key(writer, what, key);
    write_extensions(writer, what, signer, key.point());
  });
  return writer.take();
}

Bytes certificate_der(const CertificateTemplate& what, const Signer& signer,
                      const crypto::PublicKey& key, Random& random) {
  asn1::Oid algorithm = what.signature_algorithm.value_or(kEcdsaWithSha256.oid());
  Bytes tbs = tbs_der(what, signer, key, algorithm, random);
  return signed_der(tbs, algorithm, what.signature ? *what.signature : signer.key.sign_der({tbs}));
}

Certificate parsed(BytesView der) {
  auto certificate = Certificate::parse(der);
  if (!certificate) throw std::invalid_argument(certificate.error().message());
  return *std::move(certificate);
}

}  // namespace

CertificateTemplate CertificateTemplate::without(Extension extension) const {
  CertificateTemplate copy = *this;
  std::erase(copy.extensions, extension);
  return copy;
}

Bytes issue_der(const CertificateTemplate& what, const Identity& issuer,
                const crypto::PublicKey& key, Random& random) {
  const Certificate& above = issuer.certificate;
  return certificate_der(what, {above.subject(), above.subject_key_id(), issuer.key}, key, random);
}

Identity issue(const CertificateTemplate& what, const Identity& issuer, crypto::PrivateKey key,
               Random& random) {
  Certificate certificate = parsed(issue_der(what, issuer, key.public_key(), random));
  return {std::move(certificate), std::move(key)};
}

Identity issue_self_signed(const CertificateTemplate& what, crypto::PrivateKey key,
                           Random& random) {
  Bytes name = name_der(what.subject);
  Bytes key_id = subject_key_id(what, key.public_key().point());
  Certificate certificate =
      parsed(certificate_der(what, {name, key_id, key}, key.public_key(), random));
  return {std::move(certificate), std::move(key)};
}

Certificate with_broken_signature(const Certificate& certificate) {
  // The signature is the last element, and s the last of its numbers.
  Bytes der = to_bytes(certificate.der());
  der.back() ^= 1;
  return parsed(der);
}

}  // namespace rsp::pki
