// Faults for whoever has none of his own: the file ready_made_faults.json as a text within the
// program.
#pragma once

#include <string_view>

namespace hil {

/// A list of faults as `--faults` has it, each with an "id" and a "//": what it is good for.
extern const std::string_view kReadyMadeFaults;

}  // namespace hil
