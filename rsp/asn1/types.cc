#include "rsp/asn1/types.h"

#include <charconv>

#include "rsp/base/hex.h"

namespace rsp::asn1 {

std::vector<unsigned> BitString::bits() const {
  std::vector<unsigned> out;
  for (unsigned bit = 0; bit < 8 * octets.size(); ++bit) {
    if (test(bit)) out.push_back(bit);
  }
  return out;
}

std::string to_string(const Oid& oid) {
  std::string out;
  std::uint64_t arc = 0;
  for (std::uint8_t octet : oid.content) {
    if (arc >> 57 != 0) return to_hex(oid.content);
    arc = arc << 7 | (octet & 0x7F);
    if ((octet & 0x80) != 0) continue;
    if (out.empty()) {
      // The first two arcs share one number, and 2.999 needs more than one octet for it (SGP.22
      // pitfall H 36).
      std::uint64_t root = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      out = std::to_string(root) + "." + std::to_string(arc - 40 * root);
    } else {
      out += "." + std::to_string(arc);
    }
    arc = 0;
  }
  bool complete = !oid.content.empty() && (oid.content.back() & 0x80) == 0;
  return complete ? out : to_hex(oid.content);
}

std::optional<std::size_t> count_characters(BytesView utf8) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < utf8.size(); ++count) {
    std::uint8_t first = utf8[i++];
    if (first < 0x80) continue;
    // The second octet's range is narrower after four of the first octets (RFC 3629, clause 4).
    std::uint8_t low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
    std::uint8_t high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
    std::size_t more = 0;
    if (first >= 0xC2 && first <= 0xDF) more = 1;
    if (first >= 0xE0 && first <= 0xEF) more = 2;
    if (first >= 0xF0 && first <= 0xF4) more = 3;
    if (more == 0 || utf8.size() - i < more) return std::nullopt;
    for (std::size_t k = 0; k < more; ++k, low = 0x80, high = 0xBF) {
      if (utf8[i + k] < low || utf8[i + k] > high) return std::nullopt;
    }
    i += more;
  }
  return count;
}

std::optional<Oid> oid_from_text(std::string_view dotted) {
  std::vector<std::uint64_t> arcs;
  const char* at = dotted.data();
  const char* end = at + dotted.size();
  while (true) {
    std::uint64_t arc = 0;
    auto [next, problem] = std::from_chars(at, end, arc);
    if (problem != std::errc()) return std::nullopt;
    arcs.push_back(arc);
    if (next == end) break;
    if (*next != '.') return std::nullopt;
    at = next + 1;
  }
  if (arcs.size() < 2 || arcs[0] > 2 || (arcs[0] < 2 && arcs[1] >= 40)) return std::nullopt;
  if (arcs[1] > UINT64_MAX - 80) return std::nullopt;
  arcs[1] += 40 * arcs[0];
  Oid oid;
  for (std::size_t i = 1; i < arcs.size(); ++i) {
    bool started = false;
    for (int shift = 63; shift >= 0; shift -= 7) {
      auto septet = static_cast<std::uint8_t>(arcs[i] >> shift & 0x7F);
      if (septet == 0 && !started && shift != 0) continue;
      started = true;
      oid.content.push_back(static_cast<std::uint8_t>(septet | (shift != 0 ? 0x80 : 0)));
    }
  }
  return oid;
}

}  // namespace rsp::asn1
