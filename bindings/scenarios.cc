// Scenario files: reading them, running their cases.
#include <pybind11/stl/filesystem.h>

#include "bindings/bench.h"
#include "bindings/trace_text.h"
#include "hil/scenario/engine.h"

namespace bindings {
namespace {

/// How a case ended, with its trace as text.
struct PyCaseResult {
  hil::CaseResult result;
  std::string trace;
};

hil::RunOptions::Keep keep_of(const std::string& name) {
  if (name == "never") return hil::RunOptions::Keep::kNever;
  if (name == "failed") return hil::RunOptions::Keep::kNotPassed;
  if (name == "always") return hil::RunOptions::Keep::kAlways;
  raise_input("keep", "'" + name + "' is none of: never, failed, always");
}

PyCaseResult run_case(const hil::Case& what, std::uint64_t seed, const std::string& road,
                      const std::optional<std::filesystem::path>& trace_directory,
                      const std::string& keep) {
  Workplace place;
  PyCaseResult out;
  hil::Testbed* running = nullptr;
  hil::RunOptions options;
  options.seed = seed;
  options.road = enum_of<hil::Road>(road, "road");
  options.interrupt = &place.interrupt;
  if (trace_directory) {
    options.keep = keep_of(keep);
    options.trace_directory = *trace_directory;
  }
  // The testbed goes with the case; its trace is wanted afterwards.
  options.watch = [&](hil::Testbed* testbed) {
    if (testbed == nullptr && running != nullptr)
      out.trace = trace_text(running->trace().trace().records);
    running = testbed;
  };
  out.result = blocking(place, [&] { return hil::run_case(what, options); });
  return out;
}

template <class Member>
auto of_result(Member member) {
  return [member](const PyCaseResult& result) { return result.result.*member; };
}

void bind_case(py::module_& module) {
  py::class_<hil::Case>(module, "Case", "A case of a scenario file, checked and ready to run.")
      .def_readonly("id", &hil::Case::id, "The file, and the row of its table where it has one.")
      .def_readonly("file", &hil::Case::file, "Where it stands.")
      .def_readonly("name", &hil::Case::name, "Of the scenario, with the row's behind a slash.")
      .def_readonly("title", &hil::Case::title, "For people.")
      .def_readonly("references", &hil::Case::references, "Clauses and test cases it is about.")
      .def_readonly("tags", &hil::Case::tags, "By which cases are selected.")
      .def_readonly("needs", &hil::Case::needs, "What the bench has to offer.")
      .def_property_readonly(
          "timeout",
          [](const hil::Case& what) { return std::chrono::duration<double>(what.timeout).count(); },
          "Seconds after which it ends with an error.")
      .def("__repr__", [](const hil::Case& what) { return "<Case '" + what.name + "'>"; });
}

void bind_result(py::module_& module) {
  py::class_<hil::Finding>(module, "Finding", "One thing that is not as it should be.")
      .def_readonly("place", &hil::Finding::place, "\"file.esim.json:12: /then/orders/A\".")
      .def_readonly("text", &hil::Finding::text, "What is wrong, as a sentence.")
      .def_property_readonly(
          "expected", [](const hil::Finding& finding) { return to_python(finding.expected); },
          "The value that was expected; None where it is not a matter of two values.")
      .def_property_readonly(
          "actual", [](const hil::Finding& finding) { return to_python(finding.actual); },
          "The value that was found.")
      .def("__repr__", [](const hil::Finding& finding) {
        return "<Finding " + finding.place + ": " + finding.text + ">";
      });
  py::class_<PyCaseResult>(module, "CaseResult", "How a case ended.")
      .def_property_readonly("id", of_result(&hil::CaseResult::id), "As of the Case.")
      .def_property_readonly("name", of_result(&hil::CaseResult::name), "As of the Case.")
      .def_property_readonly("references", of_result(&hil::CaseResult::references),
                             "As of the Case.")
      .def_property_readonly(
          "verdict",
          [](const PyCaseResult& result) { return rsp::asn1::name_of(result.result.verdict); },
          "\"passed\", \"failed\", \"error\" (it could not be run) or \"not applicable\".")
      .def_property_readonly("findings", of_result(&hil::CaseResult::findings),
                             "Why it failed, could not be run, or what is missing.")
      .def_property_readonly("seed", of_result(&hil::CaseResult::seed), "What the case ran with.")
      .def_property_readonly(
          "seconds",
          [](const PyCaseResult& result) {
            return std::chrono::duration<double>(result.result.took).count();
          },
          "How long it took.")
      .def_property_readonly(
          "faults",
          [](const PyCaseResult& result) {
            py::list out;
            for (const auto& report : result.result.faults) out.append(to_fault_report(report));
            return out;
          },
          "How its faults fared, as a list of FaultReport.")
      .def_property_readonly(
          "traces", of_result(&hil::CaseResult::traces),
          "Files that were written: \"ndjson\", \"pcapng\", \"html\" to their paths.")
      .def_property_readonly(
          "trace", [](const PyCaseResult& result) { return to_python(rsp::Json(result.trace)); },
          "What happened, one line an event.")
      .def(
          "text", [](const PyCaseResult& result) { return result.result.text(); },
          "All findings, for people.")
      .def(
          "to_dict",
          [](const PyCaseResult& result) { return to_python(hil::to_json(result.result)); },
          "All of it as JSON has it.")
      .def("__repr__", [](const PyCaseResult& result) {
        return "<CaseResult '" + result.result.name + "' " +
               rsp::asn1::name_of(result.result.verdict) + ">";
      });
}

}  // namespace

void bind_scenarios(py::module_& module) {
  bind_case(module);
  bind_result(module);
  const hil::RunOptions options;
  module.def(
      "load_scenario",
      [](const std::filesystem::path& path) { return value_of(hil::load_scenario(path)); },
      py::arg("path"), "The cases of a scenario file. Raises InputError with every mistake in it.");
  module.def(
      "find_scenarios",
      [](const std::filesystem::path& path) { return value_of(hil::find_scenarios(path)); },
      py::arg("path"),
      "The scenario files in a folder and all below it, or the one file, in order.");
  module.def(
      "run_case", &run_case, py::arg("case"), py::kw_only(), py::arg("seed") = options.seed,
      py::arg("road") = "in-process", py::arg("trace_directory") = py::none(),
      py::arg("keep") = "failed",
      "Runs a case on a testbed of its own. Its seed is made of the run's `seed` and its name. "
      "Trace files are written where there is a directory for them, for cases that `keep` "
      "says: \"never\", \"failed\", \"always\".");
  module.def(
      "scenario_schema", [] { return to_python(hil::scenario_schema()); },
      "The JSON Schema (draft 7) of scenario files.");
  module.def(
      "scenario_reference", [] { return hil::scenario_reference(); },
      "The reference of all that may stand in a scenario file, in Markdown.");
}

}  // namespace bindings
