#include "rsp/asn1/writer.h"

namespace rsp::asn1 {
namespace {

/// Writes the length octets to `out`, which holds at least five; how many there are.
std::size_t write_length(std::size_t size, std::uint8_t* out) {
  if (size < 0x80) {
    out[0] = static_cast<std::uint8_t>(size);
    return 1;
  }
  std::size_t octets = 1;
  while (octets < 4 && size >> (8 * octets) != 0) ++octets;
  out[0] = static_cast<std::uint8_t>(0x80 | octets);
  for (std::size_t i = 0; i < octets; ++i) {
    out[1 + i] = static_cast<std::uint8_t>(size >> (8 * (octets - 1 - i)));
  }
  return 1 + octets;
}

}  // namespace

void Writer::primitive(Tag tag, BytesView content) {
  identifier(tag, false);
  std::uint8_t length[5];
  raw({length, write_length(content.size(), length)});
  raw(content);
}

void Writer::integer(Tag tag, std::int64_t value) {
  std::uint8_t octets[8];
  std::size_t first = 8;
  std::int64_t rest = value;
  do {
    octets[--first] = static_cast<std::uint8_t>(rest);
    rest >>= 8;
  } while (first > 0 && !(rest == 0 && octets[first] < 0x80) &&
           !(rest == -1 && octets[first] >= 0x80));
  primitive(tag, {octets + first, 8 - first});
}

void Writer::identifier(Tag tag, bool constructed) {
  auto first = static_cast<std::uint8_t>(static_cast<std::uint8_t>(tag.tag_class) |
                                         (constructed ? 0x20 : 0));
  if (tag.number < 0x1F) {
    out_.push_back(static_cast<std::uint8_t>(first | tag.number));
    return;
  }
  out_.push_back(static_cast<std::uint8_t>(first | 0x1F));
  for (int shift = 28; shift > 0; shift -= 7) {
    if (tag.number >> shift != 0) {
      out_.push_back(static_cast<std::uint8_t>(0x80 | (tag.number >> shift & 0x7F)));
    }
  }
  out_.push_back(static_cast<std::uint8_t>(tag.number & 0x7F));
}

void Writer::insert_length(std::size_t content_start) {
  std::uint8_t length[5];
  std::size_t octets = write_length(out_.size() - content_start, length);
  out_.insert(out_.begin() + static_cast<std::ptrdiff_t>(content_start), length, length + octets);
}

Bytes tlv(Tag tag, BytesView content) {
  Writer writer;
  writer.primitive(tag, content);
  return writer.take();
}

Bytes constructed_tlv(Tag tag, BytesView elements) {
  Writer writer;
  writer.constructed(tag, [&] { writer.raw(elements); });
  return writer.take();
}

Bytes der_length(std::size_t size) {
  std::uint8_t length[5];
  return Bytes(length, length + write_length(size, length));
}

}  // namespace rsp::asn1
