// Host names to addresses, within a deadline.
#pragma once

#include <string>
#include <vector>

#include "rsp/base/clock.h"
#include "rsp/base/result.h"

namespace rsp::http {

/// The addresses of a name as the system knows them, in its order; at least one.
/// Error: timeout, or transport if the name is not known.
Result<std::vector<std::string>> look_up(const std::string& name, Deadline deadline);

}  // namespace rsp::http
