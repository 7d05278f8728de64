// A command of somebody's own, such as one that switches a module's power.
#pragma once

#include <string>

#include "rsp/base/clock.h"
#include "rsp/base/result.h"

namespace cli {

/// Runs it with /bin/sh and waits for its end, its output where ours is. Where the deadline passes
/// first, it and all that it has started are killed. Error: Layer::kTransport where it fails;
/// kTimeout.
rsp::Status run_shell(const std::string& command, rsp::Deadline deadline);

}  // namespace cli
