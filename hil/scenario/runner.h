// Many cases, in processes of their own: they share nothing, one that crashes or hangs takes no
// other with it, and each core works.
#pragma once

#include <csignal>

#include "hil/scenario/engine.h"

namespace hil {

struct RunPlan {
  std::vector<Case> cases;
  RunOptions options;
  unsigned jobs = 1;
  /// Rounds of all cases; each has its own seeds.
  unsigned repeat = 1;
  /// Ends with the first case that fails; with that, any number of rounds.
  bool until_failure = false;
};

struct RunSummary {
  std::size_t passed = 0, failed = 0, errors = 0, not_applicable = 0;
  std::size_t planned = 0;
  bool interrupted = false;
  std::chrono::microseconds took{0};
  std::uint64_t seed = 0;
  unsigned jobs = 1;

  /// A run in which nothing was applicable has shown nothing.
  bool good() const { return failed == 0 && errors == 0 && passed > 0 && !interrupted; }
  std::size_t done() const { return passed + failed + errors + not_applicable; }
  void count(Verdict verdict);
};
Json to_json(const RunSummary& summary);

/// Told of each case in the order in which they end.
using ResultListener = std::function<void(const CaseResult& result, const RunSummary& so_far)>;

/// Runs all. `stop` is looked at now and then; set, by a signal handler as a rule, the run ends
/// with what is done. Forks, so the caller should have no threads.
RunSummary run_cases(const RunPlan& plan, const ResultListener& listener,
                     const volatile std::sig_atomic_t& stop);

/// JUnit XML with one suite; references, seed and traces as properties of the cases.
std::string to_junit(const std::vector<CaseResult>& results, const RunSummary& summary);
/// Test Anything Protocol 13.
std::string to_tap(const std::vector<CaseResult>& results, const RunSummary& summary);
/// One object a line: the run, each case, the summary.
std::string to_ndjson(const std::vector<CaseResult>& results, const RunSummary& summary);
/// The result of a case out of what to_json() made of it.
CaseResult case_result_of(const Json& json);

}  // namespace hil
