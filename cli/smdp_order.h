// smdp order: ES2+ as an operator calls it.
#pragma once

#include "cli/command.h"

namespace cli {

void add_smdp_order(App& app, CLI::App& smdp_app);

}  // namespace cli
