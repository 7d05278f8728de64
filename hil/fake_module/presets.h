// Dialects and quirks: named settings and faults, out of the program's own tables or out of a file.
#pragma once

#include "hil/fake_module/fake_module.h"
#include "hil/faults/plan.h"

namespace hil {

/// A dialect, named after a real part, or a quirk that any of them may have besides.
struct ModulePreset {
  std::string name, description;
  std::vector<std::string> field_faults;  // "F02": what it reproduces
  std::optional<std::string> seen_on;
  Json settings = Json::object();  // of ModuleSettings: what differs
  Json faults = Json::array();     // of the hook `at`
  static void fields(auto&& f, auto& m) {
    f("name", m.name, "for --quirk");
    f("description", m.description, "what is seen of it", kOptional);
    f("fieldFaults", m.field_faults, "numbers of the faults of the field that it reproduces",
      kOptional);
    f("seenOn", m.seen_on, "the real module, and who says it");
    f("settings", m.settings, "what of the module is otherwise", kOptional);
    f("faults", m.faults, "faults of the hook `at`, as `--faults` has them", kOptional);
  }
};

/// The tables that are part of the program, in their order.
const std::vector<ModulePreset>& module_dialects();
const std::vector<ModulePreset>& module_quirks();

/// A list of quirks, each name once. Error: Layer::kInput with file, line and place.
rsp::Result<std::vector<ModulePreset>> read_module_quirks(const Document& document);

/// What a module is after its dialect and its quirks, whose faults are put into the plan under the
/// name of their quirk. `own` are quirks of the caller, which come before those of the same name
/// that are part of the program. Error: Layer::kInput for a name that there is not, or that is
/// given twice, and for a fault whose id another one has.
rsp::Result<ModuleSettings> module_settings(const std::string& dialect,
                                            const std::vector<std::string>& quirks,
                                            const std::vector<ModulePreset>& own, FaultPlan& plan);

/// How a quirk fared.
struct QuirkReport {
  std::string name;
  /// How often its settings and its faults had an effect on what a client did.
  std::uint64_t used = 0;
  /// Why it was never met; empty where it was.
  std::string complaint = {};
};
/// Of quirks that module_settings() was given, with the same `own`.
std::vector<QuirkReport> report_quirks(const std::vector<std::string>& quirks,
                                       const std::vector<ModulePreset>& own,
                                       const FakeModule& module, const FaultPlan& plan);

/// Dialects, quirks and settings as tables in Markdown.
std::string module_reference();

}  // namespace hil
