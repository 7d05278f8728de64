// The native module of the package `esimbench`.
#include "bindings/bench.h"

PYBIND11_MODULE(_esimbench, module) {
  module.doc() = "A software eUICC, a mock SM-DP+ and an LPA, to be driven from Python.";
  module.attr("__version__") = ESIMBENCH_VERSION;
  bindings::bind_values(module);
  bindings::bind_faults(module);
  bindings::bind_trace(module);
  bindings::bind_lpa(module);
  bindings::bind_euicc(module);
  bindings::bind_smdp(module);
  bindings::bind_testbed(module);
  bindings::bind_scenarios(module);
}
