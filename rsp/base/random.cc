#include "rsp/base/random.h"

#include <sys/random.h>

#include <bit>
#include <stdexcept>

namespace rsp {

void SystemRandom::fill(std::span<std::uint8_t> out) {
  for (std::uint8_t& octet : out) {
    if (used_ == pool_.size()) {
      // getentropy gives at most 256 octets a call and fails only where the kernel has no
      // generator.
      if (getentropy(pool_.data(), pool_.size()) != 0) {
        throw std::runtime_error("the kernel gives no random numbers");
      }
      used_ = 0;
    }
    octet = pool_[used_];
    pool_[used_++] = 0;
  }
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  // splitmix64 spreads the seed over the state, as the authors of xoshiro advise.
  for (std::uint64_t& word : state_) {
    seed += 0x9E3779B97F4A7C15;
    std::uint64_t z = seed;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    word = z ^ z >> 31;
  }
}

std::uint64_t SeededRandom::next() {
  std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

void SeededRandom::fill(std::span<std::uint8_t> out) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (i % 8 == 0) word = next();
    out[i] = static_cast<std::uint8_t>(word >> (i % 8 * 8));
  }
}

}  // namespace rsp
