// What a fuzz target promises; a broken promise ends the process, which is how a fuzzer learns of
// it.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace fuzz {

/// `what` is the promise that was broken.
inline void require(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

}  // namespace fuzz
