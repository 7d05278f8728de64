// Any text as a scenario file.
//
// Promise: it is a list of cases, or a mistake with a place; nothing runs.
#include "hil/scenario/scenario.h"
#include "tests/fuzz/require.h"

using fuzz::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hil::Problems problems;
  auto cases = hil::parse_scenario(rsp::text_of({data, size}), "fuzz.esim.json", &problems);
  if (cases) {
    require(problems.empty(), "what is taken has no mistakes");
    for (const hil::Case& one : *cases) require(!one.name.empty(), "a case has a name");
    return 0;
  }
  require(cases.error().layer == rsp::Layer::kInput, "a mistake is one of input");
  require(!cases.error().path.empty() && !cases.error().text.empty(), "a mistake has a place");
  return 0;
}
