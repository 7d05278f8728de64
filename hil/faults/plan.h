// The faults of one run: read from data, consulted at the hooks, and asked afterwards whether each
// was used as planned.
#pragma once

#include <list>
#include <mutex>
#include <tuple>

#include "hil/faults/hooks.h"
#include "rsp/base/trace.h"

namespace hil {

/// How a fault fared.
struct FaultReport {
  std::string id;
  std::string where;   // "apdu ins E2 tag BF38"
  std::string action;  // "sw"
  std::uint64_t seen = 0, used = 0;
  /// Why this is not as planned; empty where it is.
  std::string complaint;
  bool enabled = true;
  Json definition = {};      // as it was read
  std::uint64_t failed = 0;  // of `used`: nothing came of it
};

Json to_json(const FaultReport& report);

class FaultPlan {
 public:
  /// Everything random in the faults comes out of `seed`.
  explicit FaultPlan(std::uint64_t seed = 1) : random_(seed) {}
  FaultPlan(const FaultPlan&) = delete;
  FaultPlan& operator=(const FaultPlan&) = delete;

  /// Adds the faults of a list, as scenario files and fault files have it. Two of one id are a
  /// problem.
  void add(const Json& list, const Place& place, Problems& problems,
           Variables variables = Variables::kResolved);
  /// Adds one that a program made. Error: Layer::kInput.
  rsp::Result<std::string> add(const Json& fault);
  /// Takes a fault away, with what was counted for it. False: there is none of that id.
  bool remove(std::string_view id);
  void clear();
  /// One that is disabled sees nothing. Enabled again it counts its matches from the first one on,
  /// so that {"nth": 1} strikes once more. False: there is none of that id.
  bool set_enabled(std::string_view id, bool enabled);

  /// Lets every fault that is for this place, and is due, strike.
  template <class Hook>
  void apply(typename Hook::Place& place) {
    std::lock_guard lock(mutex_);  // over real HTTPS card and server have threads of their own
    for (bool last : {false, true}) {
      for (Armed<Hook>& fault : std::get<std::list<Armed<Hook>>>(armed_)) {
        if (looks_at_answer(fault.where) == last) strike(fault, place);
      }
    }
  }
  template <class Hook>
  bool any() const {
    std::lock_guard lock(mutex_);  // connections come in while somebody changes the plan
    return !std::get<std::list<Armed<Hook>>>(armed_).empty();
  }

  std::vector<FaultReport> report() const;
  void set_trace(rsp::TraceSink* trace) { trace_ = trace; }
  FaultWorld& world() { return world_; }

  /// The schema of a list of faults.
  static Json schema();
  /// The table of hooks and actions, for `esimbench faults` and the documentation.
  static Json catalogue();

 private:
  struct Common {
    std::string id, action;
    When when;
    std::optional<ExpectedNumber> matches;
    std::uint64_t seen = 0, used = 0, failed = 0;
    std::uint64_t seen_before = 0;  // of `seen`: before it was last enabled
    bool enabled = true;
    std::string failure;
    std::size_t order = 0;
    Json definition;
  };
  template <class Hook>
  struct Armed {
    typename Hook::Where where;
    Effect<Hook> effect;
    Common common;
  };
  template <class... H>
  static std::tuple<std::list<Armed<H>>...> lists(HookList<H...>);
  /// Calls f with each fault, whatever its hook.
  void for_each(auto&& f) {
    std::apply([&](auto&... lists) { (std::ranges::for_each(lists, f), ...); }, armed_);
  }

  template <class Hook>
  void strike(Armed<Hook>& fault, typename Hook::Place& place) {
    Common& common = fault.common;
    if (!common.enabled || !fault.where.matches(place)) return;
    ++common.seen;
    if (!common.when.due(common.seen - common.seen_before, random_)) return;
    ++common.used;
    trace_use(common, Hook::kName, fault.where.text());
    FaultContext context{random_, world_};
    auto before = contents_of(place);
    rsp::Status applied = fault.effect(place, context);
    if (applied && before && before == contents_of(place))
      applied = rsp::failure({.text = "everything stayed as it was"});
    if (applied) return;
    ++common.failed;
    common.failure = applied.error().text;
  }
  static bool looks_at_answer(const auto& where) {
    if constexpr (requires { where.looks_at_answer(); }) {
      return where.looks_at_answer();
    } else {
      return false;
    }
  }

  /// What an action of a message or of a package has to change; nothing at other places.
  static std::optional<std::vector<rsp::Bytes>> contents_of(const auto& place) {
    if constexpr (requires { place.octets; }) {
      return std::vector<rsp::Bytes>{place.octets};
    } else if constexpr (requires { *place.list; }) {
      return *place.list;
    } else {
      return std::nullopt;
    }
  }

  void add_one(const Json& fault, const Place& place, Problems& problems, Variables variables);
  template <class Hook>
  void read_hook(const Json& fault, const Place& place, Common common, Problems& problems,
                 Variables variables);
  void trace_use(const Common& fault, std::string_view hook, const std::string& where);

  mutable std::recursive_mutex mutex_;  // an action may have the server answer, which asks again
  decltype(lists(AllHooks{})) armed_;
  std::size_t count_ = 0;
  rsp::SeededRandom random_;
  rsp::TraceSink* trace_ = nullptr;
  FaultWorld world_;
};

/// Adds a problem for each fault that has a variable in it. To be called before the faults are
/// read, since a variable is seldom of the right type.
void check_no_variables(const Json& list, const Place& place, const std::string& hint,
                        Problems& problems);
/// Further rules for a list of faults at a server or a card that other programs use: only these
/// hooks, nothing that only a scenario has.
void check_served_faults(const Json& list, const Place& place,
                         const std::vector<std::string>& hooks, Problems& problems);

}  // namespace hil
