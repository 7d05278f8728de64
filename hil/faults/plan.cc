#include "hil/faults/plan.h"

#include <fmt/format.h>

namespace hil {
namespace {

const std::vector<std::string> kMembers{"id", "where", "when", "action", "matches"};

template <class Hook>
std::vector<std::string> action_names() {
  std::vector<std::string> names;
  for (const auto& row : Hook::actions()) names.emplace_back(row.name);
  return names;
}

/// Calls f with a hook type by its name.
template <class F>
void with_hook(const std::string& name, F&& f) {
  AllHooks::for_each([&]<class Hook>() {
    if (Hook::kName == name) f.template operator()<Hook>();
  });
}

}  // namespace

std::vector<std::string> hook_names() {
  std::vector<std::string> names;
  AllHooks::for_each([&]<class Hook>() { names.emplace_back(Hook::kName); });
  return names;
}

Json to_json(const FaultReport& report) {
  Json out{{"id", report.id},
           {"where", report.where},
           {"action", report.action},
           {"matched", report.seen},
           {"used", report.used}};
  if (!report.complaint.empty()) out["complaint"] = report.complaint;
  return out;
}

void FaultPlan::add(const Json& list, const Place& place, Problems& problems, Variables variables) {
  if (!list.is_array()) return problems.add(place, "should be a list of faults");
  for (std::size_t i = 0; i < list.size(); ++i) add_one(list[i], place.at(i), problems, variables);
}

rsp::Result<std::string> FaultPlan::add(const Json& fault) {
  std::lock_guard lock(mutex_);
  Document document = Document::of(fault, "fault");
  Problems problems;
  add_one(document.json(), Place(document), problems, Variables::kResolved);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return report().back().id;
}

void FaultPlan::add_one(const Json& fault, const Place& place, Problems& problems,
                        Variables variables) {
  if (!fault.is_object()) return problems.add(place, "should be an object");
  std::size_t before = problems.size();
  for (const auto& [name, value] : fault.items()) {
    if (name.starts_with("$") || name.starts_with("//")) continue;
    if (std::ranges::find(kMembers, name) == kMembers.end())
      problems.add(place.at(name), "'" + name + "' is not known here", suggestion(name, kMembers));
  }
  for (const char* name : {"where", "action"}) {
    if (!fault.contains(name)) problems.add(place, fmt::format("'{}' is missing", name));
  }
  if (problems.size() != before) return;

  Common common;
  common.definition = fault;
  common.order = ++count_;
  common.id = fmt::format("fault {}", count_);
  if (auto id = fault.find("id"); id != fault.end())
    read_value(*id, place.at("id"), problems, variables, common.id);
  if (auto when = fault.find("when"); when != fault.end())
    read_value(*when, place.at("when"), problems, variables, common.when);
  if (auto matches = fault.find("matches"); matches != fault.end())
    read_value(*matches, place.at("matches"), problems, variables, common.matches.emplace());
  for (const FaultReport& other : report()) {
    if (other.id == common.id)
      problems.add(place.at("id"), "there is a fault '" + other.id + "' already");
  }
  auto hook =
      one_of(fault.at("where"), place.at("where"), hook_names(), {}, "place of a fault", problems);
  if (!hook) return;
  with_hook(*hook, [&]<class Hook>() {
    read_hook<Hook>(fault, place, std::move(common), problems, variables);
  });
}

template <class Hook>
void FaultPlan::read_hook(const Json& fault, const Place& place, Common common, Problems& problems,
                          Variables variables) {
  Armed<Hook> armed;
  std::size_t before = problems.size();
  const std::string hook(Hook::kName);
  read_value(fault.at("where").at(hook), place.at("where").at(hook), problems, variables,
             armed.where);
  auto name = one_of(fault.at("action"), place.at("action"), action_names<Hook>(), {},
                     "action of the hook '" + hook + "'", problems);
  if (!name || problems.size() != before) return;
  auto rows = Hook::actions();
  auto row = std::ranges::find(rows, *name, &Action<Hook>::name);
  armed.effect = row->read(fault.at("action").at(*name), place.at("action").at(*name), problems,
                           variables, armed.where);
  common.action = *name;
  armed.common = std::move(common);
  if (problems.size() == before)
    std::get<std::list<Armed<Hook>>>(armed_).push_back(std::move(armed));
}

bool FaultPlan::remove(std::string_view id) {
  std::lock_guard lock(mutex_);
  bool removed = false;
  std::apply(
      [&](auto&... lists) {
        ((removed |= std::erase_if(lists, [&](const auto& f) { return f.common.id == id; }) > 0),
         ...);
      },
      armed_);
  return removed;
}

bool FaultPlan::set_enabled(std::string_view id, bool enabled) {
  std::lock_guard lock(mutex_);
  bool found = false;
  for_each([&](auto& fault) {
    if (fault.common.id != id) return;
    found = true;
    if (enabled && !fault.common.enabled) fault.common.seen_before = fault.common.seen;
    fault.common.enabled = enabled;
  });
  return found;
}

void FaultPlan::clear() {
  std::lock_guard lock(mutex_);
  std::apply([](auto&... lists) { (lists.clear(), ...); }, armed_);
}

std::vector<FaultReport> FaultPlan::report() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<std::size_t, FaultReport>> found;
  AllHooks::for_each([&]<class Hook>() {
    for (const Armed<Hook>& fault : std::get<std::list<Armed<Hook>>>(armed_)) {
      const Common& common = fault.common;
      FaultReport report{common.id,     fmt::format("{} {}", Hook::kName, fault.where.text()),
                         common.action, common.seen,
                         common.used,   common.when.complaint(common.seen, common.used)};
      report.failed = common.failed;
      // Who says how many matches there should be knows better than `when`, but for a fault that
      // was matched and never struck.
      bool struck =
          common.used > 0 || (common.seen == 0 && common.matches && common.matches->min == 0);
      if (common.matches && struck) report.complaint.clear();
      if (common.matches && !common.matches->holds(common.seen)) {
        report.complaint =
            fmt::format("should have been matched {} times, and was matched {} times",
                        common.matches->text(), common.seen);
      }
      if (!common.enabled) report.complaint.clear();
      report.enabled = common.enabled;
      report.definition = common.definition;
      if (!common.failure.empty()) report.complaint = "could not act: " + common.failure;
      found.emplace_back(common.order, std::move(report));
    }
  });
  std::ranges::sort(found, {}, [](const auto& entry) { return entry.first; });
  std::vector<FaultReport> reports;
  for (auto& [order, report] : found) reports.push_back(std::move(report));
  return reports;
}

void FaultPlan::trace_use(const Common& fault, std::string_view hook, const std::string& where) {
  if (trace_ == nullptr) return;
  bool server = hook == ConnectionHook::kName || hook == TransportHook::kName ||
                hook == HttpHook::kName || hook == HeaderHook::kName || hook == BppHook::kName ||
                hook == CryptoHook::kName || where.starts_with("ES9+");
  rsp::Party at = server ? rsp::Party::kServer : rsp::Party::kEuicc;
  trace_->event({rsp::TraceKind::kFault,
                 at,
                 at,
                 fault.id,
                 fmt::format("{} at {} {}, match {}", fault.action, hook, where, fault.seen),
                 {}});
}

Json FaultPlan::schema() {
  Json alternatives = Json::array();
  AllHooks::for_each([&]<class Hook>() {
    Json actions = Json::object();
    for (const auto& row : Hook::actions()) {
      actions[std::string(row.name)] = row.schema();
      actions[std::string(row.name)]["description"] = row.description;
    }
    Json place = schema_of<typename Hook::Where>();
    place["description"] = Hook::kDoc;
    std::string name(Hook::kName);
    Json where{{"type", "object"},
               {"properties", {{name, std::move(place)}}},
               {"required", Json::array({name})},
               {"additionalProperties", false}};
    Json action{{"type", "object"},
                {"properties", std::move(actions)},
                {"minProperties", 1},
                {"maxProperties", 1},
                {"additionalProperties", false}};
    alternatives.push_back(
        {{"properties",
          {{"where", or_variable(std::move(where))}, {"action", or_variable(std::move(action))}}}});
  });
  Json when = schema_of<When>(), matches = schema_of<ExpectedNumber>();
  when["description"] = "at which of the places that match; the first one where left out";
  matches["description"] = "how many places should match in the whole run";
  Json fault{{"type", "object"},
             {"properties",
              {{"id", {{"type", "string"}, {"description", "its name in reports"}}},
               {"where", {{"description", "the place: a hook, and which of it"}}},
               {"when", std::move(when)},
               {"action", {{"description", "what happens there"}}},
               {"matches", std::move(matches)}}},
             {"required", Json::array({"where", "action"})},
             {"patternProperties", {{"^(\\$|//)", Json::object()}}},
             {"additionalProperties", false},
             {"anyOf", std::move(alternatives)}};
  return {{"type", "array"}, {"items", or_variable(std::move(fault))}};
}

void check_no_variables(const Json& list, const Place& place, const std::string& hint,
                        Problems& problems) {
  for (std::size_t i = 0; list.is_array() && i < list.size(); ++i) {
    std::string text = rsp::dump(list[i]);
    auto begin = text.find("${");
    if (begin == text.npos) continue;
    std::string name = text.substr(begin, text.find('}', begin) + 1 - begin);
    problems.add(place.at(i), fmt::format("'{}' has no value here", name), hint);
  }
}

void check_served_faults(const Json& list, const Place& place,
                         const std::vector<std::string>& hooks, Problems& problems) {
  for (std::size_t i = 0; problems.empty() && i < list.size(); ++i) {
    if (list[i].at("action").contains("changeOrder"))
      problems.add(place.at(i).at("action"), "'changeOrder' is for scenarios only");
    for (const auto& [hook, where] : list[i].at("where").items()) {
      if (std::ranges::find(hooks, hook) == hooks.end())
        problems.add(place.at(i).at("where"),
                     fmt::format("nothing comes to the hook '{}' here", hook),
                     fmt::format("here are {}", fmt::join(hooks, ", ")));
    }
  }
}

Json FaultPlan::catalogue() {
  Json hooks = Json::array();
  AllHooks::for_each([&]<class Hook>() {
    Json actions = Json::array();
    for (const auto& row : Hook::actions()) {
      actions.push_back(
          {{"name", row.name}, {"does", row.description}, {"parameters", row.schema()}});
    }
    hooks.push_back({{"hook", Hook::kName},
                     {"is", Hook::kDoc},
                     {"where", schema_of<typename Hook::Where>()},
                     {"actions", std::move(actions)}});
  });
  return hooks;
}

}  // namespace hil
