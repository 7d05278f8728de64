// The EID of an eUICC: 32 digits, the last two of which check the others (ISO 7064 MOD 97-10;
// SGP.02 2.2.2, SGP.29).
#pragma once

#include <string>
#include <string_view>

#include "rsp/base/result.h"

namespace rsp::pki {

/// Whether it is one. Error: Layer::kInput for a text that is not 32 digits, or whose check digits
/// are others; the hint tells which are right.
Status check_eid(std::string_view eid);

/// The EID that is one higher in the digits that are not check digits, with check digits of its
/// own. After the highest comes the lowest. `eid` has 32 digits.
std::string next_eid(std::string eid);

}  // namespace rsp::pki
