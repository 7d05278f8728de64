#include "rsp/base/base64.h"

#include <fmt/format.h>

namespace rsp {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kForeign = 0xFF, kBlank = 0xFE, kPadding = 0xFD;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> values;
  values.fill(kForeign);
  for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<std::uint8_t>(kAlphabet[i])] = i;
  for (char blank : {' ', '\t', '\r', '\n'}) values[static_cast<std::uint8_t>(blank)] = kBlank;
  values[static_cast<std::uint8_t>('=')] = kPadding;
  return values;
}();

}  // namespace

std::string to_base64(BytesView octets) {
  std::string out((octets.size() + 2) / 3 * 4, '=');
  std::size_t o = 0;
  std::size_t whole = octets.size() / 3 * 3;
  for (std::size_t i = 0; i < whole; i += 3, o += 4) {
    std::uint32_t group = std::uint32_t{octets[i]} << 16 | octets[i + 1] << 8 | octets[i + 2];
    out[o] = kAlphabet[group >> 18];
    out[o + 1] = kAlphabet[group >> 12 & 0x3F];
    out[o + 2] = kAlphabet[group >> 6 & 0x3F];
    out[o + 3] = kAlphabet[group & 0x3F];
  }
  for (std::size_t i = whole; i < octets.size(); i += 3) {
    std::size_t left = std::min<std::size_t>(3, octets.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < left ? octets[i + k] : 0u);
    for (std::size_t k = 0; k <= left; ++k) out[o + k] = kAlphabet[group >> (18 - 6 * k) & 0x3F];
    o += 4;
  }
  return out;
}

Result<Bytes> from_base64(std::string_view text) {
  Bytes out(text.size() / 4 * 3);
  std::size_t i = 0, o = 0;
  // Groups of four digits, up to the first one with anything else in it.
  for (; i + 4 <= text.size(); i += 4, o += 3) {
    std::array<std::uint8_t, 4> v;
    for (std::size_t k = 0; k < 4; ++k) v[k] = kValues[static_cast<std::uint8_t>(text[i + k])];
    if (((v[0] | v[1] | v[2] | v[3]) & 0xC0) != 0) break;
    out[o] = static_cast<std::uint8_t>(v[0] << 2 | v[1] >> 4);
    out[o + 1] = static_cast<std::uint8_t>(v[1] << 4 | v[2] >> 2);
    out[o + 2] = static_cast<std::uint8_t>(v[2] << 6 | v[3]);
  }
  out.resize(o);
  std::uint32_t group = 0;
  int digits = 0;
  bool padded = false;
  for (; i < text.size(); ++i) {
    std::uint8_t value = kValues[static_cast<std::uint8_t>(text[i])];
    if (value == kBlank) continue;
    if (value == kPadding) {
      padded = true;
      continue;
    }
    if (value == kForeign || padded) {
      return failure({.layer = Layer::kDecode,
                      .text = fmt::format("character {} does not belong into base64", i + 1)});
    }
    group = group << 6 | value;
    if (++digits == 4) {
      out.push_back(static_cast<std::uint8_t>(group >> 16));
      out.push_back(static_cast<std::uint8_t>(group >> 8));
      out.push_back(static_cast<std::uint8_t>(group));
      digits = 0;
      group = 0;
    }
  }
  if (digits == 1) {
    return failure({.layer = Layer::kDecode, .text = "base64 ends in the middle of an octet"});
  }
  if (digits > 1) out.push_back(static_cast<std::uint8_t>(group >> (digits == 2 ? 4 : 10)));
  if (digits > 2) out.push_back(static_cast<std::uint8_t>(group >> 2));
  return out;
}

}  // namespace rsp
