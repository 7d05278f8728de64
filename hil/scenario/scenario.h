// Scenario files (*.esim.json): what is given, what goes wrong, what happens, and how it should
// end.
#pragma once

#include "hil/declare/schema.h"
#include "hil/testbed/testbed.h"

namespace hil {

/// One case: a scenario, or one row of its table of cases. Checked, so that running it meets no
/// mistake that could be seen in the file.
struct Case {
  std::string id;  // "es9/address.esim.json::wrong-host"; without a table, only the file
  std::filesystem::path file;
  std::string name;  // of the scenario, with the name of the row behind a slash
  std::string title;
  std::vector<std::string> references;  // "SGP.23 4.3.12.2.1 #03"
  std::vector<std::string> tags;
  std::vector<std::string> needs;  // capabilities of the bench it runs on ("requires")
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  std::optional<std::uint64_t> seed;
  /// Everything, with the values of the row in place of ${case...}.
  Document document;
};

/// The cases of one file. Error: Layer::kInput; every problem is in its text, hint and path, and
/// `problems`, if not null, gets them one by one.
rsp::Result<std::vector<Case>> load_scenario(const std::filesystem::path& file,
                                             Problems* problems = nullptr);
/// The same from a text; includes are sought beside `name`.
rsp::Result<std::vector<Case>> parse_scenario(std::string_view text, const std::string& name,
                                              Problems* problems = nullptr);
/// The scenario files in a folder and all below it, or the one file, in order. Error: Layer::kInput
/// for what does not exist, and for a folder without any.
rsp::Result<std::vector<std::filesystem::path>> find_scenarios(const std::filesystem::path& where);

/// The JSON Schema (draft 7) of scenario files.
Json scenario_schema();
/// The reference of everything that may stand in one, in Markdown.
std::string scenario_reference();

}  // namespace hil
