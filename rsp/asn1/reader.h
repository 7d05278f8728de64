// A cursor over TLV elements: a view that is copied by value and either advances or stays.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "rsp/asn1/tag.h"

namespace rsp::asn1 {

/// Reads elements one after the other. Lengths of up to four octets are accepted in any form but the indefinite one,
/// since real peers send 81 and 82 forms where DER wants fewer (SGP.22 pitfall H 6).
class Reader {
 public:
  explicit Reader(BytesView input) : rest_(input) {}

  bool at_end() const { return rest_.empty(); }
  /// What has not been read yet.
  BytesView rest() const { return rest_; }

  /// The next element without consuming it; why there is none, in words, where there is none.
  std::expected<Element, std::string_view> peek() const;
  /// The next element, consumed.
  std::expected<Element, std::string_view> next();
  /// The next element if it has this tag, consumed; nothing otherwise, also at the end and on malformed input.
  std::optional<Element> next_if(Tag tag);
  void skip(const Element& element) { rest_ = rest_.subspan(element.whole.size()); }

 private:
  BytesView rest_;
};

}  // namespace rsp::asn1
