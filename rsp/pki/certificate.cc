#include "rsp/pki/certificate.h"

#include <optional>

#include "rsp/pki/der.h"
#include "rsp/pki/oids.h"
#include "rsp/pki/time.h"

namespace rsp::pki {

struct Certificate::State {
  Bytes der;
  BytesView tbs, serial, issuer, subject, curve_oid, point, algorithm, signature;
  int version = 1;
  NameView issuer_name, subject_name;
  Clock::TimePoint not_before, not_after;
  Extensions extensions;
  std::optional<Result<crypto::PublicKey>> key;

  Status read();
  Status read_tbs(BytesView content, BytesView outer_algorithm);
  Status read_head(asn1::Reader& tbs, BytesView outer_algorithm);
  Status read_validity(asn1::Reader& tbs);
  Status read_public_key(asn1::Reader& tbs);
  Status read_tail(asn1::Reader& tbs);
};

Status Certificate::State::read() {
  RSP_TRY(auto parts,
          signed_parts(der, {"certificate", "certificate.tbsCertificate",
                             "certificate.signatureAlgorithm", "certificate.signatureValue"}));
  tbs = parts.to_be_signed.whole;
  algorithm = parts.algorithm_oid;
  signature = parts.signature;
  return read_tbs(parts.to_be_signed.content, parts.algorithm.whole);
}

Status Certificate::State::read_tbs(BytesView content, BytesView outer_algorithm) {
  asn1::Reader reader(content);
  RSP_CHECK(read_head(reader, outer_algorithm));
  constexpr std::string_view kIssuer = "certificate.tbsCertificate.issuer";
  RSP_TRY(auto issuer_element, take_sequence(reader, kIssuer));
  issuer = issuer_element.whole;
  RSP_TRY(issuer_name, parse_name(issuer_element.content, kIssuer));
  RSP_CHECK(read_validity(reader));
  constexpr std::string_view kSubject = "certificate.tbsCertificate.subject";
  RSP_TRY(auto subject_element, take_sequence(reader, kSubject));
  subject = subject_element.whole;
  RSP_TRY(subject_name, parse_name(subject_element.content, kSubject));
  RSP_CHECK(read_public_key(reader));
  return read_tail(reader);
}

Status Certificate::State::read_head(asn1::Reader& tbs_reader, BytesView outer_algorithm) {
  constexpr std::string_view kVersion = "certificate.tbsCertificate.version";
  if (auto explicit_version = tbs_reader.next_if(asn1::context(0))) {
    asn1::Reader reader(explicit_version->content);
    RSP_TRY(auto number, take_primitive(reader, asn1::kInteger, kVersion));
    if (!explicit_version->constructed || !reader.at_end() || number.content.size() != 1 ||
        number.content[0] > 2) {
      return malformed(kVersion, "not a version of X.509");
    }
    version = number.content[0] + 1;
  }
  constexpr std::string_view kSerial = "certificate.tbsCertificate.serialNumber";
  RSP_TRY(auto number, take_primitive(tbs_reader, asn1::kInteger, kSerial));
  if (number.content.empty()) return malformed(kSerial, "an INTEGER has at least one octet");
  serial = number.content;
  constexpr std::string_view kAlgorithm = "certificate.tbsCertificate.signature";
  RSP_TRY(auto inner_algorithm, take_sequence(tbs_reader, kAlgorithm));
  if (!equal(inner_algorithm.whole, outer_algorithm)) {
    return malformed(kAlgorithm, "it differs from signatureAlgorithm (RFC 5280 4.1.1.2)");
  }
  return {};
}

Status Certificate::State::read_validity(asn1::Reader& tbs_reader) {
  RSP_TRY(auto validity, take_sequence(tbs_reader, "certificate.tbsCertificate.validity"));
  asn1::Reader reader(validity.content);
  RSP_TRY(not_before, take_time(reader, "certificate.tbsCertificate.validity.notBefore"));
  RSP_TRY(not_after, take_time(reader, "certificate.tbsCertificate.validity.notAfter"));
  return at_end(reader, "certificate.tbsCertificate.validity");
}

Status Certificate::State::read_public_key(asn1::Reader& tbs_reader) {
  constexpr std::string_view kPath = "certificate.tbsCertificate.subjectPublicKeyInfo";
  RSP_TRY(auto info, take_sequence(tbs_reader, kPath));
  asn1::Reader reader(info.content);
  RSP_TRY(auto key_algorithm, take_sequence(reader, kPath));
  RSP_TRY(auto bits, take_primitive(reader, asn1::kBitString, kPath));
  RSP_CHECK(at_end(reader, kPath));
  RSP_TRY(auto octets, bit_string(bits, kPath));
  if (octets.unused != 0) return malformed(kPath, "the key is not whole octets");
  point = octets.octets;
  asn1::Reader algorithm_reader(key_algorithm.content);
  RSP_TRY(auto key_type, take_oid(algorithm_reader, kPath));
  if (!equal(key_type, kEcPublicKey.content())) return {};
  if (auto curve = algorithm_reader.next_if(asn1::kObjectIdentifier)) curve_oid = curve->content;
  return {};
}

Status Certificate::State::read_tail(asn1::Reader& tbs_reader) {
  constexpr std::string_view kPath = "certificate.tbsCertificate.extensions";
  // issuerUniqueID and subjectUniqueID mean nothing here.
  tbs_reader.next_if(asn1::context(1));
  tbs_reader.next_if(asn1::context(2));
  if (tbs_reader.at_end()) return {};
  RSP_TRY(auto outer, take_constructed(tbs_reader, asn1::context(3), kPath));
  RSP_CHECK(at_end(tbs_reader, "certificate.tbsCertificate"));
  if (version != 3) return malformed(kPath, "only version 3 has extensions (RFC 5280 4.1.2.1)");
  asn1::Reader reader(outer.content);
  RSP_TRY(auto list, take_sequence(reader, kPath));
  RSP_CHECK(at_end(reader, kPath));
  return parse_extensions(list.content, extensions);
}

Result<Certificate> Certificate::parse(BytesView der) {
  auto state = std::make_shared<State>();
  state->der = to_bytes(der);
  RSP_CHECK(state->read());
  return Certificate(std::move(state));
}

BytesView Certificate::der() const { return state_->der; }
BytesView Certificate::tbs() const { return state_->tbs; }
int Certificate::version() const { return state_->version; }
BytesView Certificate::serial() const { return state_->serial; }
BytesView Certificate::issuer() const { return state_->issuer; }
BytesView Certificate::subject() const { return state_->subject; }
const NameView& Certificate::issuer_name() const { return state_->issuer_name; }
const NameView& Certificate::subject_name() const { return state_->subject_name; }
Clock::TimePoint Certificate::not_before() const { return state_->not_before; }
Clock::TimePoint Certificate::not_after() const { return state_->not_after; }
asn1::Oid Certificate::curve_oid() const { return {to_bytes(state_->curve_oid)}; }
BytesView Certificate::public_point() const { return state_->point; }
const Extensions& Certificate::extensions() const { return state_->extensions; }
asn1::Oid Certificate::signature_algorithm() const { return {to_bytes(state_->algorithm)}; }
BytesView Certificate::signature() const { return state_->signature; }

Result<crypto::Curve> Certificate::curve() const {
  if (equal(state_->curve_oid, kPrime256v1.content())) return crypto::Curve::kNistP256;
  if (equal(state_->curve_oid, kBrainpoolP256r1.content())) return crypto::Curve::kBrainpoolP256r1;
  std::string text = "the key is not on a named elliptic curve";
  if (!state_->curve_oid.empty()) {
    text = "curve " + asn1::to_string(curve_oid()) + " is not supported";
  }
  return failure({.layer = Layer::kCrypto,
                  .code = "unsupportedCurve",
                  .path = "certificate.tbsCertificate.subjectPublicKeyInfo",
                  .text = std::move(text)});
}

namespace {

/// The keys of certificates that this thread has seen lately. The same few come with every session,
/// and making a key with its OpenSSL contexts costs a sixth of verifying with it. Keys remember
/// what they have verified; all else of a certificate is judged anew.
Result<crypto::PublicKey> key_of(crypto::Curve curve, BytesView point) {
  struct Seen {
    crypto::Curve curve;
    crypto::PublicKey key;
  };
  constexpr std::size_t kMaxSeen = 16;
  thread_local std::vector<Seen> seen;
  for (const Seen& entry : seen) {
    if (entry.curve == curve && equal(entry.key.point(), point)) return entry.key;
  }
  RSP_TRY(auto key, crypto::PublicKey::from_point(curve, point));
  if (seen.size() == kMaxSeen) seen.erase(seen.begin());
  seen.push_back({curve, key});
  return key;
}

}  // namespace

Result<crypto::PublicKey> Certificate::public_key() const {
  if (!state_->key) {
    RSP_TRY(auto on_curve, curve());
    state_->key = key_of(on_curve, state_->point);
  }
  return *state_->key;
}

asn1::Oid Certificate::registered_id() const {
  const auto& ids = extensions().registered_ids;
  return ids.empty() ? asn1::Oid{} : ids.front();
}

}  // namespace rsp::pki
