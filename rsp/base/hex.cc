#include "rsp/base/hex.h"

#include <fmt/format.h>

#include <stdexcept>

namespace rsp {
namespace {

constexpr std::string_view kDigits = "0123456789ABCDEF";

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

}  // namespace

std::string to_hex(BytesView octets) {
  std::string out(octets.size() * 2, '\0');
  for (std::size_t i = 0; i < octets.size(); ++i) {
    out[2 * i] = kDigits[octets[i] >> 4];
    out[2 * i + 1] = kDigits[octets[i] & 0x0F];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) {
    return failure({.layer = Layer::kDecode,
                    .text = fmt::format("hexadecimal text has an odd length of {}", text.size())});
  }
  Bytes out(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    int value = nibble(text[i]);
    if (value < 0) {
      return failure({.layer = Layer::kDecode,
                      .text = fmt::format("character {} is no hexadecimal digit", i + 1)});
    }
    out[i / 2] = static_cast<std::uint8_t>(out[i / 2] << 4 | value);
  }
  return out;
}

Bytes operator""_hex(const char* text, std::size_t size) {
  auto octets = from_hex({text, size});
  if (!octets) throw std::logic_error(octets.error().text);
  return *std::move(octets);
}

Result<Bytes> to_swapped_bcd(std::string_view digits, std::size_t size) {
  if (digits.size() > 2 * size) {
    return failure(
        {.layer = Layer::kInput,
         .text = fmt::format("{} digits do not fit into {} octets", digits.size(), size)});
  }
  Bytes out(size, 0xFF);
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (digits[i] < '0' || digits[i] > '9') {
      return failure({.layer = Layer::kInput,
                      .text = fmt::format("character {} of '{}' is no digit", i + 1, digits)});
    }
    auto digit = static_cast<std::uint8_t>(digits[i] - '0');
    out[i / 2] = i % 2 == 0 ? static_cast<std::uint8_t>(0xF0 | digit)
                            : static_cast<std::uint8_t>((out[i / 2] & 0x0F) | digit << 4);
  }
  return out;
}

std::string from_swapped_bcd(BytesView octets) {
  std::string out;
  for (std::uint8_t octet : octets) {
    out += kDigits[octet & 0x0F];
    out += kDigits[octet >> 4];
  }
  out.erase(out.find_last_not_of('F') + 1);
  return out;
}

}  // namespace rsp
