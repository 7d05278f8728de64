// run, faults, schema: scenarios and what may stand in them.
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <fstream>
#include <set>
#include <thread>

#include "cli/command.h"
#include "hil/persona_file.h"
#include "hil/scenario/runner.h"

namespace cli {
namespace {

struct RunCommandOptions {
  std::vector<std::filesystem::path> paths;
  std::vector<std::string> tags, references, names;
  std::string shard, road = "in-process", keep = "failed", junit, tap, ndjson;
  std::optional<std::filesystem::path> traces;
  std::string seed;
  unsigned jobs = 1, repeat = 1;
  bool list = false, expand = false, until_failure = false;
};

constexpr std::size_t kMostResults = 100'000;

volatile std::sig_atomic_t stop_requested = 0;
void request_stop(int) { stop_requested = 1; }

rsp::Error bad_option(std::string option, std::string text) {
  return {.layer = rsp::Layer::kInput, .path = std::move(option), .text = std::move(text)};
}

rsp::Error cannot_write(const std::string& file) {
  return {.layer = rsp::Layer::kStorage,
          .path = file,
          .text = fmt::format("cannot write {}: {}", file, std::strerror(errno)),
          .hint = "does its folder exist, and may you write there?"};
}

/// "2/4": the second quarter.
struct Shard {
  unsigned number = 1, of = 1;
};
rsp::Result<Shard> parse_shard(const std::string& text) {
  Shard shard;
  if (text.empty()) return shard;
  const char* end = text.data() + text.size();
  auto [slash, error] = std::from_chars(text.data(), end, shard.number);
  bool good = error == std::errc() && slash != end && *slash == '/';
  if (good) {
    auto [last, second_error] = std::from_chars(slash + 1, end, shard.of);
    good = second_error == std::errc() && last == end;
  }
  if (good && shard.number >= 1 && shard.number <= shard.of) return shard;
  return rsp::failure(bad_option("--shard", "'" + text + "' is no shard, such as 1/4"));
}

rsp::Result<std::uint64_t> parse_seed(const std::string& text) {
  std::uint64_t seed = 0;
  const char* end = text.data() + text.size();
  auto [last, error] = std::from_chars(text.data(), end, seed);
  if (error == std::errc() && last == end) return seed;
  return rsp::failure(bad_option("--seed", "'" + text + "' is no whole number below 2^64"));
}

bool any_matches(const std::vector<std::string>& wanted, const std::vector<std::string>& has) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const std::string& one) {
           return std::ranges::any_of(
               has, [&](const std::string& other) { return other.contains(one); });
         });
}

bool chosen(const RunCommandOptions& options, const hil::Case& one) {
  bool tagged = options.tags.empty() || std::ranges::any_of(options.tags, [&](const auto& tag) {
                  return std::ranges::find(one.tags, tag) != one.tags.end();
                });
  return tagged && any_matches(options.references, one.references) &&
         any_matches(options.names, {one.name});
}

/// A file as one path, however it is named.
std::filesystem::path one_path(const std::filesystem::path& file) {
  std::error_code error;
  auto path = std::filesystem::weakly_canonical(file, error);
  return error ? file : path;
}

/// All files are read, so that all that is wrong is told at once; nothing runs then.
rsp::Result<std::vector<hil::Case>> load_all(const RunCommandOptions& options) {
  hil::Problems problems;
  std::vector<hil::Case> cases;
  std::map<std::string, std::string> names;
  std::set<std::filesystem::path> read;
  std::optional<rsp::Error> first;
  std::size_t bad = 0;
  for (const auto& path : options.paths) {
    RSP_TRY(auto files, hil::find_scenarios(path));
    for (const auto& file : files) {
      // A file that is named twice, in whatever way, runs once.
      if (!read.insert(one_path(file)).second) continue;
      hil::Problems here;
      auto loaded = hil::load_scenario(file, &here);
      if (!loaded) {
        ++bad;
        if (!first) first = here.empty() ? loaded.error() : here.list().front();
        // The first of all is what the command ends with.
        std::vector<rsp::Error> list = here.empty() ? std::vector{loaded.error()} : here.list();
        for (const rsp::Error& problem : list) {
          if (problem != *first) say("esimbench: " + problem.message());
        }
        continue;
      }
      for (hil::Case& one : *loaded) {
        auto [other, fresh] = names.emplace(one.name, one.id);
        if (!fresh) {
          return rsp::failure({.layer = rsp::Layer::kInput,
                               .path = one.id,
                               .text = "the name '" + one.name + "' is taken by " + other->second,
                               .hint = "names are unique among the scenarios of a run"});
        }
        if (chosen(options, one)) cases.push_back(std::move(one));
      }
    }
  }
  if (!first) return cases;
  say(fmt::format("esimbench: {} file(s) are not right, so nothing was run", bad));
  return rsp::failure(*first);
}

rsp::Json list_of(const std::vector<hil::Case>& cases) {
  rsp::Json list = rsp::Json::array();
  for (const hil::Case& one : cases) {
    list.push_back({{"name", one.name},
                    {"id", one.id},
                    {"title", one.title},
                    {"tags", one.tags},
                    {"reference", one.references}});
  }
  return list;
}

/// Each case as it would run: with what its file includes, and the values of its row.
rsp::Json expanded(const std::vector<hil::Case>& cases) {
  rsp::Json list = list_of(cases);
  for (std::size_t i = 0; i < cases.size(); ++i) list[i]["scenario"] = cases[i].document.json();
  return list;
}

/// "-" is standard output.
rsp::Status write_report(const std::string& file, const std::string& content) {
  if (file.empty()) return {};
  if (file != "-") return write_file(file, content);
  fmt::print("{}", content);
  return {};
}

std::string summary_line(const rsp::Json& summary) {
  auto number = [&](const char* name) { return summary.at(name).get<std::size_t>(); };
  std::string out = fmt::format("{} passed, {} failed", number("passed"), number("failed"));
  if (number("errors") > 0) out += fmt::format(", {} errors", number("errors"));
  if (number("notApplicable") > 0)
    out += fmt::format(", {} not applicable", number("notApplicable"));
  out += fmt::format(" in {:.2f} s (seed {}, {} process{})", summary.at("seconds").get<double>(),
                     summary.at("seed").get<std::uint64_t>(), number("jobs"),
                     number("jobs") == 1 ? "" : "es");
  if (summary.at("interrupted").get<bool>()) out += ", interrupted";
  return out;
}

/// What would fail after all the work is seen before it.
rsp::Status check_outputs(const App& app, const RunCommandOptions& options) {
  int to_standard_output = app.json ? 1 : 0;
  for (const std::string* file : {&options.junit, &options.tap, &options.ndjson}) {
    if (*file == "-") ++to_standard_output;
    if (file->empty() || *file == "-") continue;
    std::ofstream out(*file, std::ios::app);
    if (!out) return rsp::failure(cannot_write(*file));
  }
  if (to_standard_output > 1)
    return rsp::failure(bad_option("-", "only one document goes to standard output"));
  if (!options.traces) {
    if (options.keep != "failed")
      return rsp::failure(
          bad_option("--keep", "there is no folder for traces; name it with --traces"));
    return {};
  }
  std::error_code error;
  std::filesystem::create_directories(*options.traces, error);
  if (access(options.traces->c_str(), W_OK) != 0 ||
      !std::filesystem::is_directory(*options.traces, error))
    return rsp::failure(cannot_write(options.traces->string()));
  return {};
}

Outcome run_scenarios(App& app, const RunCommandOptions& options) {
  RSP_TRY(Shard shard, parse_shard(options.shard));
  RSP_TRY(std::vector<hil::Case> cases, load_all(options));
  hil::RunPlan plan;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (i % shard.of + 1 == shard.number) plan.cases.push_back(std::move(cases[i]));
  }
  if (options.expand) return rsp::Json{{"cases", expanded(plan.cases)}};
  if (options.list) return rsp::Json{{"cases", list_of(plan.cases)}};
  if (plan.cases.empty()) {
    return rsp::failure(bad_option("PATH", "no case is left to run; --list shows what is chosen"));
  }
  RSP_CHECK(check_outputs(app, options));
  plan.options.seed = rsp::big_endian(app.random.octets<4>());  // short enough to be typed
  if (!options.seed.empty()) {
    RSP_TRY(plan.options.seed, parse_seed(options.seed));
  }
  plan.options.road = options.road == "https" ? hil::Road::kHttps : hil::Road::kInProcess;
  if (options.traces) {
    plan.options.trace_directory = *options.traces;
    plan.options.keep =
        options.keep == "all" ? hil::RunOptions::Keep::kAlways : hil::RunOptions::Keep::kNotPassed;
  }
  plan.jobs = options.jobs == 0 ? std::max(1u, std::thread::hardware_concurrency()) : options.jobs;
  plan.repeat = options.repeat;
  plan.until_failure = options.until_failure;

  std::signal(SIGINT, request_stop);
  std::signal(SIGTERM, request_stop);
  std::vector<hil::CaseResult> results;
  auto listener = [&](const hil::CaseResult& result, const hil::RunSummary& so_far) {
    bool bad = result.verdict == hil::Verdict::kFailed || result.verdict == hil::Verdict::kError;
    // A run that goes on for days keeps what did not pass, and counts the rest.
    if (bad || results.size() < kMostResults) results.push_back(result);
    if (bad && !app.json) {
      progress("");
      say(fmt::format("{} {}\n{}\n", rsp::asn1::name_of(result.verdict), result.name,
                      result.text()));
    }
    progress(fmt::format("{}/{} {}{}", so_far.done(), so_far.planned, result.name,
                         so_far.failed + so_far.errors > 0
                             ? fmt::format(", {} not passed", so_far.failed + so_far.errors)
                             : ""));
  };
  hil::RunSummary summary = hil::run_cases(plan, listener, stop_requested);
  // Cases end in the order in which processes get to them; reports have them by name.
  std::ranges::stable_sort(results, {}, &hil::CaseResult::id);
  bool written = true;
  for (const auto& [file, content] : {std::pair{options.junit, hil::to_junit(results, summary)},
                                      {options.tap, hil::to_tap(results, summary)},
                                      {options.ndjson, hil::to_ndjson(results, summary)}}) {
    auto status = write_report(file, content);
    if (!status) say("esimbench: " + status.error().message());
    written = written && status.has_value();
  }
  rsp::Json list = rsp::Json::array();
  for (const hil::CaseResult& result : results) list.push_back(to_json(result));
  rsp::Json document{{"result", summary.good() && written ? "ok" : "failed"},
                     {"summary", to_json(summary)},
                     {"cases", std::move(list)}};
  if (!written) document["reports"] = "not written";
  return document;
}

void show_run(const rsp::Json& document) {
  if (document.contains("summary")) {
    for (const auto& one : document.at("cases")) {
      if (one.at("verdict") == "not applicable") {
        fmt::print("not applicable {}: {}\n", one.at("name").get<std::string>(),
                   one.at("findings").at(0).at("text").get<std::string>());
      }
    }
    fmt::print("{}\n", summary_line(document.at("summary")));
    return;
  }
  for (const auto& one : document.at("cases")) {
    if (one.contains("scenario")) {
      fmt::print("// {}\n{}\n", one.at("id").get<std::string>(), rsp::dump(one.at("scenario"), 2));
      continue;
    }
    fmt::print("{:<50} {}\n", one.at("name").get<std::string>(),
               one.at("title").get<std::string>());
  }
}

int run_status(const rsp::Json& document) {
  if (document.contains("reports")) return kEnvironment;
  return document.value("result", "ok") == "ok" ? kDone : kFailed;
}

void show_faults(const rsp::Json& document) {
  for (const auto& hook : document.at("hooks")) {
    fmt::print("{}: {}\n", hook.at("hook").get<std::string>(), hook.at("is").get<std::string>());
    for (const auto& action : hook.at("actions")) {
      std::string parameters;
      for (const auto& [name, schema] :
           action.at("parameters").at("anyOf").at(0).at("properties").items())
        parameters += (parameters.empty() ? "" : ", ") + name;
      fmt::print("  {:<14} {}{}\n", action.at("name").get<std::string>(),
                 action.at("does").get<std::string>(),
                 parameters.empty() ? "" : " [" + parameters + "]");
    }
  }
}

struct SchemaOptions {
  std::string what = "scenario";
  bool reference = false;
};

Outcome schema(const SchemaOptions& options) {
  bool persona = options.what == "persona";
  if (options.reference)
    return rsp::Json{{"reference", persona ? hil::persona_reference() : hil::scenario_reference()}};
  return rsp::Json{{"schema", persona ? hil::persona_schema() : hil::scenario_schema()}};
}

}  // namespace

void add_run(App& app) {
  auto options = std::make_shared<RunCommandOptions>();
  CLI::App* run =
      app.add(app.parser, "run", "run scenario files (*.esim.json)",
              {[&app, options] { return run_scenarios(app, *options); }, show_run, run_status});
  run->add_option("PATH", options->paths, "scenario files, or folders of them")->required();
  run->add_option("--tag", options->tags, "only cases with this tag; may repeat");
  run->add_option("--reference", options->references,
                  "only cases with a reference that has this in it; may repeat");
  run->add_option("-k,--name", options->names, "only cases with this in their name; may repeat");
  run->add_option("--shard", options->shard, "I/N: every Nth case, from the Ith on");
  run->add_flag("--list", options->list, "only say which cases would run");
  run->add_flag("--expand", options->expand,
                "only print the cases as they would run, with what their files include and the "
                "values of their rows");
  run->add_option("-j,--jobs", options->jobs, "processes; 0: one for each core")
      ->check(CLI::Range(0, 256));
  run->add_option("--seed", options->seed, "of everything random (default: a new one, printed)");
  run->add_option("--repeat", options->repeat, "rounds of all cases, each with seeds of its own")
      ->check(CLI::Range(1, 1'000'000));
  run->add_flag("--until-failure", options->until_failure, "go on until a case fails");
  run->add_option("--road", options->road, "how the LPA reaches the server")
      ->check(CLI::IsMember({"in-process", "https"}));
  run->add_option("--traces", options->traces, "folder for the traces of cases");
  run->add_option("--keep", options->keep, "which cases leave a trace there")
      ->check(CLI::IsMember({"failed", "all"}));
  run->add_option("--junit", options->junit, "JUnit XML into this file, - for standard output");
  run->add_option("--tap", options->tap, "TAP into this file, - for standard output");
  run->add_option("--ndjson", options->ndjson, "one JSON object a line into this file, or -");
}

void add_faults(App& app) {
  app.add(app.parser, "faults", "list the places where faults can strike, and what they can do",
          {[]() -> Outcome {
             return rsp::Json{{"hooks", hil::FaultPlan::catalogue()}};
           },
           show_faults});
}

void add_schema(App& app) {
  auto options = std::make_shared<SchemaOptions>();
  CLI::App* sub = app.add(app.parser, "schema", "print the JSON Schema of a kind of file",
                          {[options] { return schema(*options); },
                           [](const rsp::Json& document) {
                             if (document.contains("reference")) {
                               fmt::print("{}", document.at("reference").get<std::string>());
                             } else {
                               fmt::print("{}\n", rsp::dump(document.at("schema"), 2));
                             }
                           }});
  sub->add_option("KIND", options->what, "scenario or persona")
      ->check(CLI::IsMember({"scenario", "persona"}));
  sub->add_flag("--reference", options->reference, "a reference in Markdown instead");
}

}  // namespace cli
