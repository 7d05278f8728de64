// An input of a fuzzer, read from the front. What is not there reads as zeros and as nothing, so
// that every input means something.
#pragma once

#include <algorithm>

#include "rsp/base/bytes.h"

namespace fuzz {

class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(data, size) {}
  explicit Input(rsp::BytesView octets) : rest_(octets) {}

  bool empty() const { return rest_.empty(); }
  rsp::BytesView rest() const { return rest_; }
  std::uint8_t octet() {
    rsp::BytesView one = take(1);
    return one.empty() ? 0 : one[0];
  }
  std::size_t two_octets() {
    std::size_t high = octet();
    return high << 8 | octet();
  }
  /// That many octets, or all that are left.
  rsp::BytesView take(std::size_t count) {
    rsp::BytesView out = rest_.first(std::min(count, rest_.size()));
    rest_ = rest_.subspan(out.size());
    return out;
  }
  /// Octets behind two octets with their number.
  rsp::BytesView counted() { return take(two_octets()); }

 private:
  rsp::BytesView rest_;
};

}  // namespace fuzz
