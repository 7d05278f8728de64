// Base64 as RFC 4648 has it, and as real servers send it.
#pragma once

#include <string>
#include <string_view>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"

namespace rsp {

/// Standard alphabet, padded, on one line.
std::string to_base64(BytesView octets);

/// Accepts line breaks and blanks anywhere and a missing padding, as some SM-DP+ send it (field
/// fault F72). Error: the position of a foreign character, or a length that no octets give.
Result<Bytes> from_base64(std::string_view text);

}  // namespace rsp
