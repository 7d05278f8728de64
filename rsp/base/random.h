// Randomness passed in from outside. Keys and signature nonces come from OpenSSL; everything else
// comes from here.
#pragma once

#include <cstdint>

#include "rsp/base/bytes.h"

namespace rsp {

class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<std::uint8_t> out) = 0;

  template <std::size_t N>
  Octets<N> octets() {
    Octets<N> out;
    fill(out);
    return out;
  }
};

/// The kernel's generator, read ahead in blocks.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override;

 private:
  std::array<std::uint8_t, 256> pool_{};
  std::size_t used_ = 256;
};

/// xoshiro256** from a printed seed, so that a run can be repeated. For tests, never for secrets.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  void fill(std::span<std::uint8_t> out) override;
  /// The next 64 bits of the stream.
  std::uint64_t next();

 private:
  std::array<std::uint64_t, 4> state_;
};

}  // namespace rsp
