// A cursor over TLV elements: a view that is copied by value and either advances or stays.
#pragma once

#include <expected>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>

#include "rsp/asn1/tag.h"

namespace rsp::asn1 {

/// Reads elements one after the other. Lengths of up to four octets are accepted in any form but
/// the indefinite one, since real peers send 81 and 82 forms where DER wants fewer (SGP.22 pitfall
/// H 6).
class Reader {
 public:
  using Next = std::expected<Element, std::string_view>;
  explicit Reader(BytesView input) : rest_(input) {}

  bool at_end() const { return rest_.empty(); }
  /// What has not been read yet.
  BytesView rest() const { return rest_; }

  /// The next element without consuming it; why there is none, in words, where there is none.
  /// Looking again costs nothing: optional fields that are absent all look at the same element.
  /// Valid until the reader looks further.
  const Next& peek() const {
    if (!looked_) {
      // In place: an assignment would copy the element twice, and this is the innermost step of
      // every decoder.
      static_assert(std::is_trivially_destructible_v<Next>);
      ::new (&next_) Next(parse());
      looked_ = true;
    }
    return next_;
  }
  /// The next element, consumed.
  Next next();
  /// The next element if it has this tag, consumed; nothing otherwise, also at the end and on
  /// malformed input.
  std::optional<Element> next_if(Tag tag);
  void skip(const Element& element) {
    rest_ = rest_.subspan(element.whole.size());
    looked_ = false;
  }

 private:
  Next parse() const;

  BytesView rest_;
  mutable Next next_;
  mutable bool looked_ = false;
};

}  // namespace rsp::asn1
