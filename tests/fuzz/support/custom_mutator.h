// The custom mutator of targets whose inputs are a few octets and then TLVs: a target says
// ESIMBENCH_TLVS_BEHIND(number of octets) once.
#pragma once

#include <algorithm>
#include <cstring>

#include "tests/fuzz/support/tlv_mutator.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size)
    __attribute__((weak));

namespace fuzz {

/// Half of the time what the fuzzer does by itself, else one or two changes to the TLVs behind the
/// first `prefix` octets.
inline std::size_t mutate_behind(std::size_t prefix, std::uint8_t* data, std::size_t size,
                                 std::size_t max_size, unsigned seed) {
  std::uint64_t number = seed * 0x9E3779B97F4A7C15;
  if (size <= prefix || number >> 63 == 0) return LLVMFuzzerMutate(data, size, max_size);
  rsp::Bytes changed = mutate_tlvs({data + prefix, size - prefix}, number >> 16);
  if ((number >> 62 & 1) != 0) changed = mutate_tlvs(changed, number >> 8 ^ number << 13);
  std::size_t fits = std::min(changed.size(), max_size - prefix);
  if (fits > 0) std::memcpy(data + prefix, changed.data(), fits);
  return prefix + fits;
}

}  // namespace fuzz

#define ESIMBENCH_TLVS_BEHIND(prefix)                                                   \
  extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,  \
                                                 std::size_t max_size, unsigned seed) { \
    return fuzz::mutate_behind(prefix, data, size, max_size, seed);                     \
  }
