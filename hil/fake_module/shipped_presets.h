// The files dialects.json and quirks.json as texts within the program.
#pragma once

#include <string_view>

namespace hil {

extern const std::string_view kShippedDialects, kShippedQuirks;

}  // namespace hil
