// Hexadecimal text and the nibble-swapped digits of ISO 7812 numbers.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace rsp {

/// Upper-case hexadecimal, two characters an octet.
std::string to_hex(BytesView octets);

/// Octets of hexadecimal text of either case. Error: an odd length, or the position of what is not
/// a digit.
Result<Bytes> from_hex(std::string_view text);

/// A literal of the program's own; a malformed one is a bug and throws std::logic_error.
Bytes operator""_hex(const char* text, std::size_t size);

/// Digits as in EF.ICCID and EF.IMSI: the first digit in the low nibble, F pads the last octet
/// (SGP.22 pitfall H 2). `size` octets come out, filled with FF. Error: a character that is no
/// digit, or more digits than fit.
Result<Bytes> to_swapped_bcd(std::string_view digits, std::size_t size);

/// Digits in human order. Trailing Fs are padding and dropped; an F in the middle stays, as some
/// cards have it (F57).
std::string from_swapped_bcd(BytesView octets);

/// The two halves of each octet exchanged: digits in human order become those of EF.ICCID.
template <std::size_t kSize>
constexpr Octets<kSize> swapped_nibbles(Octets<kSize> octets) {
  for (std::uint8_t& octet : octets) octet = static_cast<std::uint8_t>(octet << 4 | octet >> 4);
  return octets;
}

}  // namespace rsp
