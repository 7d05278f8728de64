#include "rsp/pki/crl_issuer.h"

#include <stdexcept>

#include "rsp/pki/der_writer.h"
#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {
namespace {

using asn1::context;
using asn1::Writer;

constexpr asn1::Tag kEnumerated = asn1::universal(10);
/// SGP.26.
constexpr std::chrono::days kCrlLife(1095);

RawExtension reason_code(RevocationReason reason) {
  Bytes code{static_cast<std::uint8_t>(reason)};
  return {kReasonCode.oid(), false, asn1::tlv(kEnumerated, code)};
}

/// Critical, as cards have been sent it.
RawExtension expiration_date(Clock::TimePoint when) {
  Writer writer;
  write_time(writer, when);
  return {kExpirationDate.oid(), true, writer.take()};
}

void write_entry(Writer& writer, const RevokedTemplate& entry) {
  std::vector<RawExtension> extensions;
  if (entry.reason) extensions.push_back(reason_code(*entry.reason));
  if (entry.expiration_date) extensions.push_back(expiration_date(*entry.expiration_date));
  for (const RawExtension& extension : entry.more_extensions) extensions.push_back(extension);
  writer.constructed(asn1::kSequence, [&] {
    writer.primitive(asn1::kInteger, entry.serial);
    write_time(writer, entry.revocation_date);
    if (extensions.empty()) return;
    writer.constructed(asn1::kSequence, [&] {
      for (const RawExtension& extension : extensions) write_extension(writer, extension);
    });
  });
}

void write_flag(Writer& writer, std::uint32_t tag, bool value) {
  if (value) writer.primitive(context(tag), Bytes{0xFF});
}

void write_scope(Writer& writer, const CrlTemplate& what) {
  writer.constructed(asn1::kSequence, [&] {
    if (what.distribution_point_uri) {
      write_distribution_point_name(writer, *what.distribution_point_uri);
    }
    write_flag(writer, 1, what.only_user_certificates);
    write_flag(writer, 2, what.only_ca_certificates);
    write_flag(writer, 4, what.indirect);
    write_flag(writer, 5, what.only_attribute_certificates);
  });
}

Bytes extension_value(CrlExtension extension, const CrlTemplate& what, BytesView key_id) {
  Writer writer;
  switch (extension) {
    case CrlExtension::kAuthorityKeyId:
      write_authority_key_id(writer, what.authority_key_id.value_or(to_bytes(key_id)));
      break;
    case CrlExtension::kCrlNumber:
      writer.integer(asn1::kInteger, what.number);
      break;
    case CrlExtension::kDeltaCrlIndicator:
      writer.integer(asn1::kInteger, what.base_number);
      break;
    case CrlExtension::kIssuingDistributionPoint:
      write_scope(writer, what);
      break;
    case CrlExtension::kTotalPartialCrlNumber:
      writer.integer(asn1::kInteger, what.total_parts);
      break;
    case CrlExtension::kPartialCrlNumber:
      writer.integer(asn1::kInteger, what.part);
      break;
  }
  return writer.take();
}

void write_extensions(Writer& writer, const CrlTemplate& what, BytesView key_id) {
  if (what.extensions.empty() && what.more_extensions.empty()) return;
  writer.constructed(context(0), [&] {
    writer.constructed(asn1::kSequence, [&] {
      for (CrlExtension extension : what.extensions) {
        write_extension(writer, {oid_of(extension), what.critical.contains(extension),
                                 extension_value(extension, what, key_id)});
      }
      for (const RawExtension& extension : what.more_extensions) write_extension(writer, extension);
    });
  });
}

Bytes tbs_der(const CrlTemplate& what, const Certificate& issuer, const asn1::Oid& algorithm) {
  Writer writer;
  writer.constructed(asn1::kSequence, [&] {
    if (what.version != 1) writer.integer(asn1::kInteger, what.version - 1);
    write_oids(writer, {algorithm});
    writer.raw(what.issuer ? name_der(*what.issuer) : to_bytes(issuer.subject()));
    write_time(writer, what.this_update);
    if (what.next_update) write_time(writer, *what.next_update);
    if (!what.revoked.empty()) {
      writer.constructed(asn1::kSequence, [&] {
        for (const RevokedTemplate& entry : what.revoked) write_entry(writer, entry);
      });
    }
    write_extensions(writer, what, issuer.subject_key_id());
  });
  return writer.take();
}

Crl parsed(BytesView der) {
  auto crl = Crl::parse(der);
  if (!crl) throw std::invalid_argument(crl.error().message());
  return *std::move(crl);
}

}  // namespace

CrlTemplate CrlTemplate::without(CrlExtension extension) const {
  CrlTemplate copy = *this;
  std::erase(copy.extensions, extension);
  return copy;
}

CrlTemplate CrlTemplate::revoking(const Certificate& certificate,
                                  std::optional<RevocationReason> reason) const {
  CrlTemplate copy = *this;
  copy.revoked.push_back(
      {to_bytes(certificate.serial()), this_update, reason, certificate.not_after(), {}});
  return copy;
}

CrlTemplate CrlTemplate::as_part(std::int64_t which, std::int64_t total) const {
  CrlTemplate copy = *this;
  for (CrlExtension extension :
       {CrlExtension::kTotalPartialCrlNumber, CrlExtension::kPartialCrlNumber}) {
    copy.extensions.push_back(extension);
    copy.critical.insert(extension);
  }
  copy.part = which;
  copy.total_parts = total;
  return copy;
}

CrlTemplate CrlTemplate::as_delta(std::int64_t base) const {
  CrlTemplate copy = *this;
  copy.extensions.push_back(CrlExtension::kDeltaCrlIndicator);
  copy.critical.insert(CrlExtension::kDeltaCrlIndicator);
  copy.base_number = base;
  return copy;
}

CrlTemplate crl_template(Clock::TimePoint now, std::int64_t number) {
  CrlTemplate out;
  out.this_update = std::chrono::floor<std::chrono::seconds>(now);
  out.next_update = out.this_update + kCrlLife;
  out.extensions = {CrlExtension::kAuthorityKeyId, CrlExtension::kCrlNumber};
  out.critical = {CrlExtension::kIssuingDistributionPoint};
  out.number = number;
  return out;
}

Bytes issue_crl_der(const CrlTemplate& what, const Identity& issuer) {
  asn1::Oid algorithm = what.signature_algorithm.value_or(kEcdsaWithSha256.oid());
  Bytes tbs = tbs_der(what, issuer.certificate, algorithm);
  return signed_der(tbs, algorithm, what.signature ? *what.signature : issuer.key.sign_der({tbs}));
}

Crl issue_crl(const CrlTemplate& what, const Identity& issuer) {
  return parsed(issue_crl_der(what, issuer));
}

Crl with_broken_signature(const Crl& crl) {
  // The signature is the last element, and s the last of its numbers.
  Bytes der = to_bytes(crl.der());
  der.back() ^= 1;
  return parsed(der);
}

}  // namespace rsp::pki
