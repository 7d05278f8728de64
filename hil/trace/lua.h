// A script that has Wireshark name what APDUs carry.
#pragma once

#include <string>

namespace hil {

/// esimbench.lua with its tables, which come out of the declarations of the messages.
std::string wireshark_script();

}  // namespace hil
