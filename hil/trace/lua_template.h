// esimbench.lua as it stands beside this file; the build makes it a part of the program.
#pragma once

#include <string_view>

namespace hil {

extern const std::string_view kLuaTemplate;

}  // namespace hil
