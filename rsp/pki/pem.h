// The textual encoding of RFC 7468.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"

namespace rsp::pki {

struct PemBlock {
  std::string label;  // "CERTIFICATE", "PRIVATE KEY", "EC PRIVATE KEY"
  Bytes der;
};

/// All blocks of a text, with whatever stands between them left out. A block that is not closed or
/// no base64, such as an encrypted key, is left out as well.
std::vector<PemBlock> parse_pem(std::string_view text);

/// One block, in lines of 64 characters.
std::string to_pem(std::string_view label, BytesView der);

}  // namespace rsp::pki
