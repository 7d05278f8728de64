// A key on a curve that SGP.22 does not have, for tests of whoever should refuse it.
#pragma once

#include "rsp/base/bytes.h"

namespace rsp::crypto {

struct ForeignKey {
  Bytes point;  // 04 x y
  Bytes pkcs8;  // DER
};
/// A new key on NIST P-384.
ForeignKey generate_p384_key();

}  // namespace rsp::crypto
