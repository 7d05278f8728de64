// A builder of DER elements. Lengths are filled in when an element is closed.
#pragma once

#include <utility>

#include "rsp/asn1/tag.h"

namespace rsp::asn1 {

class Writer {
 public:
  /// Identifier, shortest length, content.
  void primitive(Tag tag, BytesView content);
  /// A constructed element around whatever `body` writes.
  template <class Body>
  void constructed(Tag tag, Body&& body) {
    identifier(tag, true);
    std::size_t start = out_.size();
    body();
    insert_length(start);
  }
  /// Bytes that are elements already.
  void raw(BytesView elements) { append(out_, elements); }
  /// INTEGER content in the fewest octets.
  void integer(Tag tag, std::int64_t value);

  BytesView written() const { return out_; }
  Bytes take() { return std::move(out_); }

 private:
  void identifier(Tag tag, bool constructed);
  void insert_length(std::size_t content_start);
  Bytes out_;
};

/// One primitive element by itself.
Bytes tlv(Tag tag, BytesView content);
/// One constructed element around elements.
Bytes constructed_tlv(Tag tag, BytesView elements);
/// The length octets of DER for a content of this size.
Bytes der_length(std::size_t size);

}  // namespace rsp::asn1
