// The steps of scenarios: one table, of which reading, schema and documentation are made.
#pragma once

#include <span>

#include "hil/scenario/given.h"

namespace hil {

/// A case that is being run.
struct Run {
  Testbed& testbed;
  std::map<std::string, smdp::Order*> orders;  // by the names of the scenario
  /// What ${...} stands for: "orders", "results", "eid" and so on.
  Json variables;

  /// Makes the order known by its name. Error: as of Testbed::add_order.
  rsp::Status add_order(const std::string& name, const OrderInput& input);
  /// For faults; the server is at work, so its lock is held already.
  rsp::Status change_order(const OrderChange& change);
};

/// What a step may refer to, as far as it is known before anything runs.
struct Scope {
  std::vector<std::string> orders;
  std::vector<std::string> results;  // names that earlier steps give to what they return ("as")
};

struct StepRow {
  std::string_view name, description;
  /// Reads the parameters; with variables pending only to check them.
  void (*check)(const Json& json, const Place& place, Problems& problems, Scope& scope);
  rsp::Result<Json> (*run)(const Json& json, Run& run);
  Json (*schema)();
};
std::span<const StepRow> step_rows();
/// Null where there is none of that name.
const StepRow* find_step(std::string_view name);

/// What stands beside the step in its object.
struct StepFrame {
  std::optional<std::string> as;
  std::optional<Json> fails, returns;
  std::uint32_t times = 1;
  static void fields(auto&& f, auto& m) {
    f("as", m.as, "a name for what the step returns: ${results.NAME.iccid}");
    f("fails", m.fails, "the step is to fail like this");
    f("returns", m.returns, "what the step returns has these members");
    f("times", m.times, "does it so often", kOptional, Range{1, 10'000});
  }
};
const std::vector<std::string>& step_frame_names();

/// How a step ended, as scenarios see it: {"ok": true, ...} or {"ok": false, "layer": ...}.
Json outcome_of(const rsp::Result<Json>& result);

}  // namespace hil
