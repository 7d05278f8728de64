#include "rsp/asn1/reader.h"

#include "rsp/base/hex.h"

namespace rsp::asn1 {
namespace {

constexpr std::uint8_t kLongTag = 0x1F, kMore = 0x80, kConstructed = 0x20;

}  // namespace

Reader::Next Reader::parse() const {
  std::size_t at = 0;
  if (rest_.empty()) return std::unexpected("nothing is left");
  std::uint8_t first = rest_[at++];
  Element element;
  element.tag = {static_cast<TagClass>(first & 0xC0), static_cast<std::uint32_t>(first & kLongTag)};
  element.constructed = (first & kConstructed) != 0;
  if (element.tag.number == kLongTag) {
    element.tag.number = 0;
    // X.690 8.1.2.4.2: the first of the further octets does not begin the number with zeros.
    if (at < rest_.size() && rest_[at] == kMore) {
      return std::unexpected("the tag is not in its shortest form");
    }
    std::uint8_t octet = 0;
    do {
      if (at == rest_.size()) return std::unexpected("the tag is cut short");
      if (element.tag.number >> 21 != 0) return std::unexpected("the tag number is too large");
      octet = rest_[at++];
      element.tag.number = element.tag.number << 7 | (octet & 0x7F);
    } while ((octet & kMore) != 0);
    if (element.tag.number < kLongTag)
      return std::unexpected("the tag is not in its shortest form");
  }
  if (at == rest_.size()) return std::unexpected("the length is missing");
  std::size_t length = rest_[at++];
  if ((length & kMore) != 0) {
    std::size_t octets = length & 0x7F;
    if (octets == 0) return std::unexpected("indefinite lengths are not allowed");
    if (octets > 4) return std::unexpected("the length has more than four octets");
    if (rest_.size() - at < octets) return std::unexpected("the length is cut short");
    length = big_endian(rest_.subspan(at, octets));
    at += octets;
  }
  if (rest_.size() - at < length) return std::unexpected("the content is cut short");
  element.content = rest_.subspan(at, length);
  element.whole = rest_.first(at + length);
  return element;
}

Reader::Next Reader::next() {
  Next element = peek();
  if (element) skip(*element);
  return element;
}

std::optional<Element> Reader::next_if(Tag tag) {
  auto element = peek();
  if (!element || element->tag != tag) return std::nullopt;
  skip(*element);
  return *element;
}

std::string to_string(Tag tag, bool constructed) {
  auto first = static_cast<std::uint8_t>(static_cast<std::uint8_t>(tag.tag_class) |
                                         (constructed ? kConstructed : 0));
  if (tag.number < kLongTag) return to_hex(Bytes{static_cast<std::uint8_t>(first | tag.number)});
  Bytes octets{static_cast<std::uint8_t>(first | kLongTag)};
  for (int shift = 28; shift > 0; shift -= 7) {
    if (tag.number >> shift != 0) {
      octets.push_back(static_cast<std::uint8_t>(kMore | (tag.number >> shift & 0x7F)));
    }
  }
  octets.push_back(static_cast<std::uint8_t>(tag.number & 0x7F));
  return to_hex(octets);
}

}  // namespace rsp::asn1
