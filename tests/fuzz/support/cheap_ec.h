// Stands in place of rsp/crypto/ec.cc in fuzz targets: keys and signatures with the same sizes and
// rules, that anybody could forge and that cost next to nothing.
//
// The seam is the linker's: cheap_ec.cc defines all that ec.cc defines, so that the latter stays in
// its archive. What ships knows nothing of it. With it a signature depends on nothing but key and
// message, so a recorded session is good in every process and on every day.
#pragma once

#include <cstdint>

namespace fuzz {

/// PrivateKey::generate() counts from here on: the same keys come again.
void restart_keys(std::uint64_t first);

}  // namespace fuzz
