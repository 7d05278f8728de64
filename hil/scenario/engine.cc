#include "hil/scenario/engine.h"

#include <fmt/format.h>

#include <fstream>

#include "hil/scenario/observations.h"
#include "hil/scenario/variables.h"
#include "hil/trace/html.h"
#include "hil/trace/pcapng.h"

namespace hil {
namespace {

using Steady = std::chrono::steady_clock;

/// FNV-1a, so that the seed of a case does not depend on the standard library.
std::uint64_t hash(std::string_view text, std::uint64_t start) {
  std::uint64_t out = start ^ 0xcbf29ce484222325;
  for (char c : text) out = (out ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
  return out;
}

/// The end of a case's time, or that somebody wants to stop.
class CaseInterrupt final : public rsp::Interrupt {
 public:
  CaseInterrupt(Steady::time_point end, rsp::Interrupt* outer) : end_(end), outer_(outer) {}
  bool requested() override { return late() || (outer_ != nullptr && outer_->requested()); }
  bool late() const { return Steady::now() >= end_; }

 private:
  Steady::time_point end_;
  rsp::Interrupt* outer_;
};

std::string shown(const Json& value) {
  std::string text = rsp::dump(value);
  constexpr std::size_t kMost = 400;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "...";
}

/// The parameters of a step for the trace, which others may get to see.
std::string step_detail(Json parameters) {
  if (parameters.contains("confirmationCode")) parameters["confirmationCode"] = "(a code)";
  return parameters.empty() ? "" : shown(parameters);
}

std::string describe_outcome(const Json& outcome) {
  if (outcome.value("ok", false)) return "succeeded";
  std::string code = outcome.value("code", "");
  std::string out =
      fmt::format("failed: {}, {}{}: {}", outcome.value("layer", ""), outcome.value("step", ""),
                  code.empty() ? "" : " [" + code + "]", outcome.value("text", ""));
  if (std::string hint = outcome.value("hint", ""); !hint.empty()) out += " (" + hint + ")";
  return out;
}

/// "orders.A.state is "error", expected "installed"".
std::string describe(const Mismatch& mismatch, const std::string& whole) {
  std::string what = whole + mismatch.path;
  bool absent = mismatch.actual.is_null() && !mismatch.text.empty();
  std::string out = absent ? fmt::format("{} {}", what, mismatch.text)
                           : fmt::format("{} is {}", what, shown(mismatch.actual));
  out += ", expected " + shown(mismatch.expected);
  if (!absent && !mismatch.text.empty()) out += ": " + mismatch.text;
  return out;
}

/// Runs one case; makes findings and keeps the testbed for whoever wants its trace.
class Runner {
 public:
  Runner(const Case& what, const RunOptions& options, CaseResult& result)
      : case_(what),
        result_(result),
        options_(options),
        interrupt_(Steady::now() + what.timeout, options.interrupt) {}

  void run() {
    if (!applicable() || !set_up()) return;
    bool finished = steps();
    if (!finished) {
      faults();
      quirks();
      result_.verdict = interrupt_.late() || result_.verdict == Verdict::kError ? Verdict::kError
                                                                                : Verdict::kFailed;
      return;
    }
    then();
    invariants();
    faults();
    quirks();
    if (!result_.findings.empty() && result_.verdict == Verdict::kPassed)
      result_.verdict = Verdict::kFailed;
  }

  Testbed* testbed() { return testbed_.get(); }

 private:
  const Json& json() const { return case_.document.json(); }
  Place place(std::string_view name) const { return Place(case_.document).at(name); }
  void find(const Place& where, std::string text, Json expected = nullptr, Json actual = nullptr) {
    result_.findings.push_back(
        {where.text(), std::move(text), std::move(expected), std::move(actual)});
  }
  void error(const Place& where, std::string text) {
    result_.verdict = Verdict::kError;
    find(where, std::move(text));
  }

  Road road() const {
    auto given = json().find("given");
    bool own = given != json().end() && given->value("road", "") == "https";
    return own ? Road::kHttps : options_.road;
  }

  bool applicable() {
    auto offered = capabilities(road());
    for (const std::string& needed : case_.needs) {
      if (std::ranges::find(offered, needed) != offered.end()) continue;
      result_.verdict = Verdict::kNotApplicable;
      find(place("requires"), fmt::format("this bench does not offer {}; it offers {}", needed,
                                          fmt::join(offered, ", ")));
      return false;
    }
    return true;
  }

  bool set_up() {
    Given given;
    if (auto found = json().find("given"); found != json().end()) {
      Problems problems;
      read_value(*found, place("given"), problems, Variables::kResolved, given);
    }
    TestbedOptions options = given.options();
    options.seed = result_.seed;
    options.road = road();
    options.interrupt = &interrupt_;
    auto testbed = Testbed::create(std::move(options));
    if (!testbed) {
      error(place("given"), testbed.error().message());
      return false;
    }
    testbed_ = *std::move(testbed);
    if (options_.watch) options_.watch(testbed_.get());
    run_.emplace(Run{*testbed_, {}, Json::object()});
    testbed_->faults().world().change_order = [this](const OrderChange& change) {
      return run_->change_order(change);
    };
    auto& variables = run_->variables;
    variables["eid"] = rsp::to_hex(testbed_->euicc().eid());
    variables["address"] = testbed_->address();
    variables["smds"] = testbed_->smds_address();
    variables["seed"] = result_.seed;
    variables["results"] = Json::object();
    for (const auto& [name, order] : given.orders) {
      if (auto added = run_->add_order(name, order.input()); !added) {
        error(place("given").at("orders").at(name), added.error().message());
        return false;
      }
    }
    variables["memoryBefore"] = testbed_->memory_used();
    return add_faults();
  }

  bool add_faults() {
    auto faults = json().find("faults");
    if (faults == json().end()) return true;
    Problems problems;
    Json list;
    if (!resolve(*faults, place("faults"), list)) return false;
    testbed_->faults().add(list, place("faults"), problems);
    for (const rsp::Error& problem : problems.list()) {
      result_.verdict = Verdict::kError;
      result_.findings.push_back({problem.path, problem.text, nullptr, nullptr});
    }
    return problems.empty();
  }

  /// Variables of the run become their values. Certificates are made when they are asked for.
  Json resolved(const Json& json) {
    Json made;
    return substitute(json, [&](const std::string& name) -> const Json* {
      if (name.starts_with("certificates.")) {
        made = rsp::to_hex(testbed_certificate(testbed_->options().curve, name.substr(13)));
        return &made;
      }
      if (name.starts_with("crls.")) {
        made = rsp::to_hex(testbed_crl(testbed_->options().curve, name.substr(5)));
        return &made;
      }
      const Json* value = find_dotted(run_->variables, name);
      if (value == nullptr) unresolved_.push_back(name);
      return value;
    });
  }
  /// The same, and whether every variable had a value; else the case cannot go on.
  bool resolve(const Json& json, const Place& here, Json& out) {
    out = resolved(json);
    for (const std::string& name : std::exchange(unresolved_, {})) {
      auto parent = name.substr(0, name.rfind('.'));
      const Json* around = find_dotted(run_->variables, parent);
      std::vector<std::string> there;
      if (around != nullptr && around->is_object()) {
        for (const auto& [member, value] : around->items()) there.push_back(member);
      }
      error(here, fmt::format("${{{}}} has no value: {}", name,
                              suggestion(name.substr(parent.size() + 1), there)));
    }
    return result_.verdict != Verdict::kError;
  }

  // --- when ---

  /// False where the case cannot go on.
  bool steps() {
    const Json& list = json().at("when");
    bool judged_at_the_end = json().contains("then") && json().at("then").contains("result");
    for (std::size_t i = 0; i < list.size(); ++i) {
      bool last = i + 1 == list.size();
      if (!one_step(list[i], place("when").at(i), last && judged_at_the_end)) return false;
    }
    return true;
  }

  bool one_step(const Json& object, const Place& here, bool judged_later) {
    Json beside = Json::object();
    std::string name;
    for (const auto& [member, value] : object.items()) {
      bool frame = std::ranges::find(step_frame_names(), member) != step_frame_names().end();
      if (frame) beside[member] = value;
      if (!frame && find_step(member) != nullptr) name = member;
    }
    Json frame_json;
    if (!resolve(beside, here, frame_json)) return false;
    auto frame = read_json<StepFrame>(frame_json, here.text());
    if (!frame) return error(here, frame.error().message()), false;
    for (std::uint32_t turn = 0; turn < frame->times; ++turn) {
      Json parameters;
      if (!resolve(object.at(name), here, parameters)) return false;
      testbed_->step(name, step_detail(parameters));
      auto result = find_step(name)->run(parameters, *run_);
      if (interrupt_.requested()) return cut_off(here, name), false;
      Json outcome = outcome_of(result);
      testbed_->step(name + " done", describe_outcome(outcome));
      run_->variables["last"] = outcome;
      bool last_turn = turn + 1 == frame->times;
      if (!judge_step(*frame, name, outcome, here, judged_later && last_turn)) return false;
      if (frame->as) run_->variables["results"][*frame->as] = outcome;
    }
    return true;
  }

  void cut_off(const Place& here, const std::string& name) {
    result_.verdict = Verdict::kError;
    std::string why = interrupt_.late() ? fmt::format("went on beyond the timeout of {} ms",
                                                      case_.timeout.count())
                                        : std::string("was interrupted");
    testbed_->step(name + " cut off", why);
    find(here, fmt::format("step {} {}", name, why));
  }

  bool judge_step(const StepFrame& frame, const std::string& name, const Json& outcome,
                  const Place& here, bool judged_later) {
    if (frame.fails) {
      auto mismatch = compare_error(*frame.fails, outcome);
      if (!mismatch) return true;
      find(here,
           fmt::format("step {} {}, and was to fail otherwise: expected {}", name,
                       describe_outcome(outcome), shown(*frame.fails)),
           *frame.fails, outcome);
      return false;
    }
    if (!outcome.value("ok", false)) {
      if (judged_later && !frame.returns) return true;
      find(here, fmt::format("step {} {}", name, describe_outcome(outcome)));
      return false;
    }
    if (!frame.returns) return true;
    auto mismatch = compare(*frame.returns, outcome);
    if (!mismatch) return true;
    find(here.at("returns"), describe(*mismatch, "the result of " + name), mismatch->expected,
         mismatch->actual);
    return true;
  }

  // --- then ---

  void then() {
    auto block = json().find("then");
    if (block == json().end()) return;
    for (const auto& [name, pattern] : block->items()) {
      const ObservationRow* row = find_observation(name);
      if (row == nullptr || name == "invariants") continue;
      Json expected;
      if (!resolve(pattern, place("then").at(name), expected)) return;
      auto mismatch = row->judge != nullptr ? row->judge(expected, *run_)
                                            : compare(expected, row->observe(*run_));
      if (!mismatch) continue;
      find(place("then").at(name), describe(*mismatch, name), mismatch->expected, mismatch->actual);
    }
  }

  void invariants() {
    for (const std::string& broken : testbed_->broken_invariants())
      find(place("then").at("invariants"), "the card is broken: " + broken);
  }

  void faults() {
    result_.faults = testbed_->faults().report();
    for (std::size_t i = 0; i < result_.faults.size(); ++i) {
      const FaultReport& fault = result_.faults[i];
      if (fault.complaint.empty() || is_of_dialect(fault)) continue;
      find(place("faults").at(i),
           fmt::format("'{}' ({} at {}) {}", fault.id, fault.action, fault.where, fault.complaint));
    }
  }

  /// What a module of that kind does is no promise of the scenario that it will be met.
  bool is_of_dialect(const FaultReport& fault) const {
    const auto& module = testbed_->options().module;
    return module && (fault.id == module->dialect || fault.id.starts_with(module->dialect + " "));
  }

  /// Of a module: its faults are among the others.
  void quirks() {
    if (testbed_->module() == nullptr) return;
    const std::vector<std::string>& names = testbed_->options().module->quirks;
    auto reports = report_quirks(names, {}, *testbed_->module(), testbed_->faults());
    for (std::size_t i = 0; i < reports.size(); ++i) {
      auto quirk = std::ranges::find(module_quirks(), names[i], &ModulePreset::name);
      if (reports[i].complaint.empty() || !quirk->faults.empty()) continue;
      find(place("given").at("module").at("quirks").at(i),
           fmt::format("quirk '{}' was never met: {}", names[i], reports[i].complaint));
    }
  }

  const Case& case_;
  CaseResult& result_;
  const RunOptions& options_;
  CaseInterrupt interrupt_;
  std::optional<Run> run_;  // the server of the testbed may still use it
  std::unique_ptr<Testbed> testbed_;
  std::vector<std::string> unresolved_;
};

/// A file name out of a case's name.
std::string file_stem(const std::string& name) {
  std::string out = name;
  std::ranges::replace(out, '/', '.');
  return out;
}

}  // namespace

void write_traces(const RunOptions& options, rsp::TraceRecorder& trace, CaseResult& result) {
  std::error_code error;
  std::filesystem::create_directories(options.trace_directory, error);
  auto write = [&](const std::string& kind, const std::string& content) {
    auto file = options.trace_directory / (file_stem(result.name) + "." + kind);
    std::ofstream out(file, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (out.flush()) {
      result.traces[kind] = file.string();
    } else {
      result.findings.push_back({file.string(), "the trace cannot be written", nullptr, nullptr});
    }
  };
  const rsp::Trace recorded = trace.trace();
  write("ndjson", to_ndjson(recorded));
  write("pcapng", std::string(rsp::text_of(to_pcapng(recorded))));
  write("html", to_html(result.name + ": " + rsp::asn1::name_of(result.verdict), recorded));
}

std::vector<std::string> capabilities(Road road) {
  if (road == Road::kHttps) return {"https", "faults", "power-cut"};
  return {"virtual-time", "faults", "power-cut"};
}

CaseResult blank_result(const Case& what, std::uint64_t run_seed) {
  CaseResult result;
  result.id = what.id;
  result.name = what.name;
  result.file = what.file.generic_string();
  result.title = what.title;
  result.references = what.references;
  result.tags = what.tags;
  result.run_seed = run_seed;
  result.seed = what.seed.value_or(hash(what.name, run_seed));
  return result;
}

CaseResult run_case(const Case& what, const RunOptions& options) {
  CaseResult result = blank_result(what, options.seed);
  auto begun = Steady::now();
  Runner runner(what, options, result);
  try {
    runner.run();
  } catch (const std::exception& fault) {
    result.verdict = Verdict::kError;
    result.findings.push_back({what.file.generic_string(),
                               std::string("a fault of this program: ") + fault.what(), nullptr,
                               nullptr});
  }
  result.took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begun);
  if (options.watch) options.watch(nullptr);
  bool bad = result.verdict == Verdict::kFailed || result.verdict == Verdict::kError;
  bool keep = options.keep == RunOptions::Keep::kAlways ||
              (options.keep == RunOptions::Keep::kNotPassed && bad);
  if (keep && runner.testbed() != nullptr) write_traces(options, runner.testbed()->trace(), result);
  return result;
}

std::string CaseResult::text() const {
  std::string out;
  for (const Finding& finding : findings)
    out += fmt::format("{}{}\n    {}", out.empty() ? "" : "\n", finding.place, finding.text);
  if (verdict != Verdict::kNotApplicable && verdict != Verdict::kPassed)
    out += fmt::format("\nagain with: --seed {} --name {}", run_seed, name);
  for (const auto& [kind, file] : traces) out += fmt::format("\ntrace {}", file);
  return out;
}

Json to_json(const CaseResult& result) {
  Json out{{"id", result.id},
           {"name", result.name},
           {"verdict", rsp::asn1::name_of(result.verdict)},
           {"seconds", static_cast<double>(result.took.count()) / 1e6},
           {"seed", result.seed},
           {"runSeed", result.run_seed},
           {"file", result.file}};
  if (!result.title.empty()) out["title"] = result.title;
  if (!result.references.empty()) out["reference"] = result.references;
  if (!result.tags.empty()) out["tags"] = result.tags;
  Json findings = Json::array();
  for (const Finding& finding : result.findings) {
    Json one{{"place", finding.place}, {"text", finding.text}};
    if (!finding.expected.is_null()) one["expected"] = finding.expected;
    if (!finding.actual.is_null()) one["actual"] = finding.actual;
    findings.push_back(std::move(one));
  }
  if (!findings.empty()) out["findings"] = std::move(findings);
  Json faults = Json::array();
  for (const FaultReport& fault : result.faults) faults.push_back(to_json(fault));
  if (!faults.empty()) out["faults"] = std::move(faults);
  if (!result.traces.empty()) out["traces"] = result.traces;
  return out;
}

}  // namespace hil
