// Fields with one octet of length before them, as GlobalPlatform and TS 102 226 have them.
#pragma once

#include <optional>

#include "rsp/base/bytes.h"

namespace sim::ota {

/// The value of the field that `from` begins with, consumed with its length. Nothing, and nothing
/// consumed, where it is cut short.
inline std::optional<rsp::BytesView> take_length_value(rsp::BytesView& from) {
  if (from.empty() || from[0] > from.size() - 1) return std::nullopt;
  rsp::BytesView value = from.subspan(1, from[0]);
  from = from.subspan(1 + value.size());
  return value;
}

}  // namespace sim::ota
