// Runs cases of scenario files on a testbed. The same engine serves the command line and pytest.
#pragma once

#include "hil/scenario/scenario.h"

namespace hil {

enum class Verdict { kPassed, kFailed, kError, kNotApplicable };
constexpr auto enum_names(Verdict) {
  return rsp::asn1::named<Verdict>({{Verdict::kPassed, "passed"},
                                    {Verdict::kFailed, "failed"},
                                    {Verdict::kError, "error"},
                                    {Verdict::kNotApplicable, "not applicable"}});
}

/// One thing that is not as it should be.
struct Finding {
  std::string place;      // "file.esim.json:12: /then/orders/A"
  std::string text;       // "orders A is 'error', expected 'installed'"
  Json expected, actual;  // null where it is not a matter of two values
};

struct CaseResult {
  std::string id, name, file, title;
  std::vector<std::string> references, tags;
  Verdict verdict = Verdict::kPassed;
  /// Why it failed; why it could not be run (error); what is missing (not applicable).
  std::vector<Finding> findings;
  std::uint64_t seed = 0;      // of the case
  std::uint64_t run_seed = 0;  // of the run that it was made of
  std::chrono::microseconds took{0};
  std::vector<FaultReport> faults;
  /// Files that were written: "ndjson", "pcapng", "html" to their paths.
  std::map<std::string, std::string> traces;

  /// All findings, one a line, for people.
  std::string text() const;
};
Json to_json(const CaseResult& result);

struct RunOptions {
  /// Of the run; each case makes its own out of this and its name, so that its order does not
  /// matter.
  std::uint64_t seed = 1;
  Road road = Road::kInProcess;
  enum class Keep { kNever, kNotPassed, kAlways };
  /// Which cases leave their trace in `trace_directory`.
  Keep keep = Keep::kNever;
  std::filesystem::path trace_directory;
  /// Asked while a case blocks; may be null.
  rsp::Interrupt* interrupt = nullptr;
  /// Told of the testbed of a case before its first step, and null after its last; so that who
  /// watches over a case that does not end can still write its trace. May be empty.
  std::function<void(Testbed*)> watch;
};

/// What a testbed with this road offers to cases that require something.
std::vector<std::string> capabilities(Road road);

/// The result of a case that has not run: what names it, and its seed in this run.
CaseResult blank_result(const Case& what, std::uint64_t run_seed);

/// Writes the files of a case into RunOptions::trace_directory, and their names into the result.
void write_traces(const RunOptions& options, rsp::TraceRecorder& trace, CaseResult& result);

/// Never throws for anything that a case does. A case that goes on beyond its timeout ends with an
/// error, and its trace is written.
CaseResult run_case(const Case& what, const RunOptions& options);

}  // namespace hil
