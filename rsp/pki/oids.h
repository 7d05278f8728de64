// The object identifiers of certificates, encoded by the compiler.
#pragma once

#include "rsp/asn1/types.h"

namespace rsp::pki {

/// An OBJECT IDENTIFIER that the program knows by its dotted text.
class KnownOid {
 public:
  consteval explicit KnownOid(std::string_view dotted) {
    std::uint64_t arc = 0, first = 0;
    std::size_t arcs = 0;
    for (std::size_t i = 0; i <= dotted.size(); ++i) {
      if (i < dotted.size() && dotted[i] != '.') {
        arc = 10 * arc + static_cast<std::uint64_t>(dotted[i] - '0');
        continue;
      }
      if (arcs == 0) first = arc;
      if (arcs > 0) add(arcs == 1 ? 40 * first + arc : arc);
      ++arcs;
      arc = 0;
    }
  }

  constexpr BytesView content() const { return {octets_.data(), size_}; }
  asn1::Oid oid() const { return {to_bytes(content())}; }

 private:
  consteval void add(std::uint64_t arc) {
    int shift = 0;
    while (arc >> (shift + 7) != 0) shift += 7;
    for (; shift >= 0; shift -= 7) {
      octets_[size_++] =
          static_cast<std::uint8_t>((arc >> shift & 0x7F) | (shift != 0 ? 0x80U : 0U));
    }
  }

  std::array<std::uint8_t, 12> octets_{};
  std::size_t size_ = 0;
};

// RFC 5480 and RFC 5639.
inline constexpr KnownOid kEcPublicKey("1.2.840.10045.2.1"), kPrime256v1("1.2.840.10045.3.1.7"),
    kBrainpoolP256r1("1.3.36.3.3.2.8.1.1.7"), kEcdsaWithSha256("1.2.840.10045.4.3.2");
// X.520 attribute types.
inline constexpr KnownOid kCommonName("2.5.4.3"), kSerialNumber("2.5.4.5"), kCountry("2.5.4.6"),
    kOrganization("2.5.4.10"), kOrganizationalUnit("2.5.4.11");
// RFC 5280 4.2.1.12.
inline constexpr KnownOid kServerAuth("1.3.6.1.5.5.7.3.1"), kClientAuth("1.3.6.1.5.5.7.3.2"),
    kAnyExtendedKeyUsage("2.5.29.37.0");
// Entries of a CRL: RFC 5280 5.3.1 and 5.3.2, and id-rspExt of SGP.22 Annex H.
inline constexpr KnownOid kReasonCode("2.5.29.21"), kInvalidityDate("2.5.29.24"),
    kExpirationDate("2.23.146.1.2.0.1");

}  // namespace rsp::pki
