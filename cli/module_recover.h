#pragma once

#include "cli/command.h"

namespace cli {

void add_module_recover(App& app, CLI::App& module_app);

}  // namespace cli
