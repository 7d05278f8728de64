#include "hil/fake_module/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <stdexcept>

#include "hil/declare/reference.h"
#include "hil/fake_module/shipped_presets.h"

namespace hil {
namespace {

rsp::Result<std::vector<ModulePreset>> read_presets(const Document& document) {
  Problems problems;
  Place root(document);
  std::vector<ModulePreset> presets;
  read_value(document.json(), root, problems, Variables::kResolved, presets);
  std::set<std::string> names;
  for (std::size_t i = 0; problems.empty() && i < presets.size(); ++i) {
    if (!names.insert(presets[i].name).second)
      problems.add(root.at(i).at("name"), fmt::format("'{}' is there twice", presets[i].name));
  }
  for (std::size_t i = 0; problems.empty() && i < presets.size(); ++i) {
    ModuleSettings checked;
    read_value(presets[i].settings, root.at(i).at("settings"), problems, Variables::kResolved,
               checked);
    FaultPlan plan;
    plan.add(presets[i].faults, root.at(i).at("faults"), problems);
    if (problems.empty())
      check_served_faults(presets[i].faults, root.at(i).at("faults"), {"at"}, problems);
  }
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return presets;
}

/// A table of the program's own; a mistake in one is a bug.
std::vector<ModulePreset> shipped(std::string_view text, const char* name) {
  auto document = Document::parse(text, name);
  if (!document) throw std::logic_error(document.error().message());
  auto presets = read_presets(*document);
  if (!presets) throw std::logic_error(presets.error().message());
  return *std::move(presets);
}

const ModulePreset* find(const std::vector<ModulePreset>& presets, const std::string& name) {
  auto found = std::ranges::find(presets, name, &ModulePreset::name);
  return found == presets.end() ? nullptr : &*found;
}

std::vector<std::string> names_of(const std::vector<ModulePreset>& presets) {
  std::vector<std::string> names;
  for (const ModulePreset& preset : presets) names.push_back(preset.name);
  return names;
}

const ModulePreset* find_quirk(const std::string& name, const std::vector<ModulePreset>& own) {
  const ModulePreset* quirk = find(own, name);
  return quirk != nullptr ? quirk : find(module_quirks(), name);
}

/// The faults of a preset; those without an id have one after its name.
Json faults_of(const ModulePreset& preset) {
  Json faults = preset.faults;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    if (faults[i].contains("id")) continue;
    faults[i]["id"] = faults.size() == 1 ? preset.name : fmt::format("{} {}", preset.name, i + 1);
  }
  return faults;
}

/// Both were checked when they were read, but for ids that others have. Error: as
/// module_settings().
rsp::Status take(const ModulePreset& preset, ModuleSettings& settings, FaultPlan& plan) {
  Document document = Document::of(preset.settings, preset.name);
  Problems problems;
  std::vector<std::string> missing = settings.missing;
  read_value(document.json(), Place(document), problems, Variables::kResolved, settings);
  if (preset.settings.contains("missing"))  // a quirk takes more away
    settings.missing.insert(settings.missing.end(), missing.begin(), missing.end());
  Document list = Document::of(faults_of(preset), preset.name);
  plan.add(list.json(), Place(list), problems);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return {};
}

/// How often a setting had an effect.
std::uint64_t effects_of(const FakeModule& module, const std::string& setting, const Json& value) {
  auto count = [&](const std::string& name) {
    auto effect = module.effects().find(name);
    return effect == module.effects().end() ? 0 : effect->second;
  };
  if (setting != "missing") return count(setting);
  std::uint64_t sum = 0;
  for (const Json& command : value) sum += count("missing " + command.get<std::string>());
  return sum;
}

std::string table(const std::vector<ModulePreset>& presets) {
  std::string out;
  for (const ModulePreset& preset : presets) {
    std::string seen = fmt::format("{}", fmt::join(preset.field_faults, ", "));
    if (preset.seen_on) seen += (seen.empty() ? "" : ": ") + *preset.seen_on;
    out += fmt::format("| `{}` | {} | {} |\n", preset.name, escape_cell(preset.description),
                       escape_cell(seen));
  }
  return out;
}

}  // namespace

std::string ModuleSettings::problem() const {
  static const std::vector<std::string> known{"quectel", "fibocom", "sierra", "simcom",
                                              "telit",   "nordic",  "huawei"};
  for (const std::string& family : families) {
    if (std::ranges::find(known, family) == known.end())
      return fmt::format("'{}' is no family: {}", family, suggestion(family, known));
  }
  if (channels < 1 || channels > rsp::card::kMaxChannel) return "channels should be 01 to 13";
  for (const std::string& port :
       {std::string("usbat"), std::string("usbmodem"), std::string("uart1")}) {
    if (urc_port == port) return "";
  }
  return "urcPort should be usbat, usbmodem or uart1";
}

const std::vector<ModulePreset>& module_dialects() {
  static const std::vector<ModulePreset> table = shipped(kShippedDialects, "dialects.json");
  return table;
}

const std::vector<ModulePreset>& module_quirks() {
  static const std::vector<ModulePreset> table = shipped(kShippedQuirks, "quirks.json");
  return table;
}

rsp::Result<std::vector<ModulePreset>> read_module_quirks(const Document& document) {
  return read_presets(document);
}

rsp::Result<ModuleSettings> module_settings(const std::string& dialect,
                                            const std::vector<std::string>& quirks,
                                            const std::vector<ModulePreset>& own, FaultPlan& plan) {
  const ModulePreset* base = find(module_dialects(), dialect);
  if (base == nullptr)
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--dialect",
                         .text = fmt::format("there is no dialect '{}'", dialect),
                         .hint = suggestion(dialect, names_of(module_dialects()))});
  ModuleSettings settings;
  RSP_CHECK(take(*base, settings, plan));
  std::set<std::string> given;
  for (const std::string& name : quirks) {
    const ModulePreset* quirk = find_quirk(name, own);
    if (quirk == nullptr)
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = "--quirk",
                           .text = fmt::format("there is no quirk '{}'", name),
                           .hint = suggestion(name, names_of(module_quirks()))});
    if (!given.insert(name).second)
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = "--quirk",
                           .text = fmt::format("quirk '{}' is given twice", name)});
    RSP_CHECK(take(*quirk, settings, plan));
  }
  return settings;
}

std::vector<QuirkReport> report_quirks(const std::vector<std::string>& quirks,
                                       const std::vector<ModulePreset>& own,
                                       const FakeModule& module, const FaultPlan& plan) {
  std::vector<QuirkReport> reports;
  std::vector<FaultReport> faults = plan.report();
  for (const std::string& name : quirks) {
    const ModulePreset& quirk = *find_quirk(name, own);
    QuirkReport report{name, 0, "nothing that was done has met it"};
    for (const auto& [setting, value] : quirk.settings.items())
      report.used += effects_of(module, setting, value);
    for (const Json& fault : faults_of(quirk)) {
      auto found = std::ranges::find(faults, fault.at("id").get<std::string>(), &FaultReport::id);
      if (found == faults.end()) continue;
      report.used += found->used - found->failed;
      if (found->failed > 0) report.complaint = found->complaint;
    }
    if (report.used > 0) report.complaint.clear();
    reports.push_back(std::move(report));
  }
  return reports;
}

std::string module_reference() {
  return "## Dialects\n\n| dialect | what it is | from |\n|---|---|---|\n" +
         table(module_dialects()) + "\n## Quirks\n\n| quirk | what it does | seen on |\n" +
         "|---|---|---|\n" + table(module_quirks()) + "\n## A quirk in a file\n" +
         table_of(object_schema_of<ModulePreset>()) + "\n### settings\n" +
         table_of(object_schema_of<ModuleSettings>());
}

}  // namespace hil
