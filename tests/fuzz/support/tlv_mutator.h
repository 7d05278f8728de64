// Changes octets that are BER-TLV in a way that keeps them so: whole elements are left out,
// doubled, moved or altered, and the lengths around them mended.
#pragma once

#include <cstdint>

#include "rsp/base/bytes.h"

namespace fuzz {

/// `tlvs` with one change that `number` picks. What is no TLV stays as it is.
rsp::Bytes mutate_tlvs(rsp::BytesView tlvs, std::uint64_t number);

}  // namespace fuzz
