// A bare walker over BER-TLV, for comparison: how many inputs a second the fuzzer can do at all
// (scripts/fuzz ratio). It promises nothing.
#include <cstddef>
#include <cstdint>

namespace {

/// Counts the elements of `size` octets, into constructed ones down to a depth.
std::size_t walk(const std::uint8_t* at, std::size_t size, int depth) {
  std::size_t count = 0;
  const std::uint8_t* end = at + size;
  while (at < end) {
    bool constructed = (*at & 0x20) != 0;
    if ((*at++ & 0x1F) == 0x1F) {
      while (at < end && (*at & 0x80) != 0) ++at;
      if (at < end) ++at;
    }
    if (at >= end) return count;
    std::size_t length = *at++;
    if (length > 0x80) {
      std::size_t octets = length & 0x7F;
      if (octets > 4 || octets > static_cast<std::size_t>(end - at)) return count;
      for (length = 0; octets > 0; --octets) length = length << 8 | *at++;
    }
    if (length > static_cast<std::size_t>(end - at)) return count;
    ++count;
    if (constructed && depth > 0) count += walk(at, length, depth - 1);
    at += length;
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  volatile std::size_t count = walk(data, size, 8);
  static_cast<void>(count);
  return 0;
}
