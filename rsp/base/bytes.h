// Octet strings, the currency of every layer.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rsp {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;
/// OCTET STRING (SIZE(N)).
template <std::size_t N>
using Octets = std::array<std::uint8_t, N>;

/// Compares two octet strings. std::span has no operator== of its own.
inline bool equal(BytesView a, BytesView b) { return std::ranges::equal(a, b); }

inline void append(Bytes& to, BytesView more) { to.insert(to.end(), more.begin(), more.end()); }

/// The parts one after the other, in one allocation.
inline Bytes concat(std::initializer_list<BytesView> parts) {
  std::size_t size = 0;
  for (BytesView part : parts) size += part.size();
  Bytes out;
  out.reserve(size);
  for (BytesView part : parts) append(out, part);
  return out;
}

inline Bytes to_bytes(BytesView view) { return Bytes(view.begin(), view.end()); }

/// The octets of a text, as they are.
inline BytesView view_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Octets taken as text, without checking that they are UTF-8.
inline std::string_view text_of(BytesView octets) {
  return {reinterpret_cast<const char*>(octets.data()), octets.size()};
}

/// Big-endian unsigned value of at most eight octets.
inline std::uint64_t big_endian(BytesView octets) {
  std::uint64_t value = 0;
  for (std::uint8_t octet : octets) value = value << 8 | octet;
  return value;
}

}  // namespace rsp
