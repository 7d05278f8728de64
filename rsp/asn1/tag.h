// Tags and tag-length-value elements of BER and DER (X.690).
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "rsp/base/bytes.h"

namespace rsp::asn1 {

enum class TagClass : std::uint8_t {
  kUniversal = 0x00,
  kApplication = 0x40,
  kContext = 0x80,
  kPrivate = 0xC0
};

/// A tag's class and number. Whether an element is constructed follows from its type, so it is not
/// part of the tag.
struct Tag {
  TagClass tag_class = TagClass::kUniversal;
  std::uint32_t number = 0;
  friend auto operator<=>(const Tag&, const Tag&) = default;
};

constexpr Tag universal(std::uint32_t number) { return {TagClass::kUniversal, number}; }
constexpr Tag application(std::uint32_t number) { return {TagClass::kApplication, number}; }
constexpr Tag context(std::uint32_t number) { return {TagClass::kContext, number}; }
constexpr Tag private_use(std::uint32_t number) { return {TagClass::kPrivate, number}; }

inline constexpr Tag kBoolean = universal(1), kInteger = universal(2), kBitString = universal(3),
                     kOctetString = universal(4), kNull = universal(5),
                     kObjectIdentifier = universal(6), kUtf8String = universal(12),
                     kSequence = universal(16), kSet = universal(17);

/// One element of an encoding. The views point into the buffer that was read.
struct Element {
  Tag tag;
  bool constructed = false;
  BytesView content;
  BytesView whole;  // tag, length and content
  std::size_t header_size() const { return whole.size() - content.size(); }
};

/// The identifier octets, as specifications print them: "BF38", "5F37", "30".
std::string to_string(Tag tag, bool constructed);

}  // namespace rsp::asn1
