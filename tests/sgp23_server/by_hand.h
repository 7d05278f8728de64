// The judge of the server's tests: DER, base64, ECDSA, key agreement and the protection of Bound
// Profile Packages, from SGP.22 and with OpenSSL alone. None of it is the code that the server
// uses, so that a mistake there is not made here too.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/ec.h"

namespace sgp23_server {

using rsp::Bytes;
using rsp::BytesView;
using rsp::to_hex;
using rsp::operator""_hex;

// --- DER ---

/// An element: identifier octets in hexadecimal, the shortest length, and the parts of its content.
Bytes tlv(std::string_view tag, std::initializer_list<BytesView> content);
inline Bytes tlv(std::string_view tag, BytesView content) { return tlv(tag, {content}); }
/// The same around a text.
Bytes text_tlv(std::string_view tag, std::string_view text);

/// An element as it came.
struct Element {
  std::string tag;  // "BF36"
  Bytes content, whole;
};
/// Elements one after the other. Throws std::runtime_error for what is no DER: also for a length
/// that is not the shortest.
std::vector<Element> elements(BytesView octets);
/// The one element that the octets are, which must have this tag.
Element element(BytesView octets, std::string_view tag);
/// What is in an element, which must be one, with this tag.
inline std::vector<Element> children(BytesView octets, std::string_view tag) {
  return elements(element(octets, tag).content);
}
/// "80 81 83": the tags in their order.
std::string tags_of(const std::vector<Element>& elements);
/// The content of the first element with a tag. Throws where there is none.
Bytes content_of(const std::vector<Element>& elements, std::string_view tag);

std::string to_base64(BytesView octets);
/// Throws for anything but one line of padded base64.
Bytes from_base64(std::string_view text);

// --- Signatures and certificates ---

Bytes sha256(BytesView octets);
/// Whether a raw signature (r, s) over a message is by the key of an X.509 certificate.
bool signed_by(BytesView certificate, BytesView message, BytesView signature);
/// Whether a certificate is signed by the key of another.
bool issued_by(BytesView certificate, BytesView issuer);
/// What SGP.22 4.5.2.1.0 has a certificate say, in text: certificate policies, DNS names and
/// registered identifiers.
struct CertificateNames {
  std::vector<std::string> policies, dns_names, registered_ids;
};
CertificateNames names_in(BytesView certificate);
/// The SubjectKeyIdentifier.
Bytes key_id_of(BytesView certificate);
/// hashCc (SGP.22 3.1.3 step 6): SHA-256 over the SHA-256 of the code's characters and the
/// transaction.
Bytes hash_of_code(std::string_view code, BytesView transaction_id);

// --- Bound Profile Packages ---

/// A package as an eUICC with its one-time key opens it (SGP.22 2.5.3, 2.5.4, 2.6.4).
struct OpenedPackage {
  // InitialiseSecureChannel
  Bytes initialise;  // BF23 as it came
  Bytes transaction_id, host_id, smdp_otpk, signature;
  Bytes signed_part;  // what smdpSign covers (2.6.2)
  // What was protected, put together again
  Bytes configure, metadata, profile;
  std::optional<Bytes> replace_keys;
  std::size_t metadata_segments = 0, profile_segments = 0;
  /// Everything behind InitialiseSecureChannel, as it came.
  Bytes protected_part;
};
/// Throws std::runtime_error with what is wrong: the order of the sequences, the size of a segment
/// (at most 1020 octets, and all but the last of a sequence full), a MAC, a padding.
OpenedPackage open_package(BytesView package, const rsp::crypto::PrivateKey& euicc_otsk,
                           BytesView eid);

}  // namespace sgp23_server
