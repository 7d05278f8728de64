// Comma-separated values (RFC 4180).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/result.h"

namespace rsp {

struct CsvRecord {
  std::size_t line = 0;  // on which it begins, from 1
  std::vector<std::string> fields;
};

/// All records of a text, the header's among them. Lines end with CRLF or LF, a field in quotes may
/// hold commas, line ends and doubled quotes, a byte order mark at the start and empty lines are
/// passed over. Error: Layer::kInput with "line N" as path for a quote where none may be or one
/// that is never closed.
Result<std::vector<CsvRecord>> parse_csv(std::string_view text);

}  // namespace rsp
