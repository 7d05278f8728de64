#include "cli/command.h"

#include <fmt/format.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <mutex>

#include "hil/scenario/scenario.h"
#include "hil/scenario/variables.h"
#include "rsp/pki/pem.h"

namespace cli {

int exit_status(const rsp::Error& error) {
  switch (error.layer) {
    case rsp::Layer::kInput:
      return kUsage;
    case rsp::Layer::kStorage:
      return kEnvironment;
    case rsp::Layer::kTimeout:
      return kTimedOut;
    default:
      return kFailed;
  }
}

CLI::App* App::add(CLI::App& parent, const std::string& name, const std::string& description,
                   Command command) {
  CLI::App* sub = parent.add_subcommand(name, description);
  sub->add_flag("--json", json, "print exactly one JSON document, also on failure");
  sub->callback([this, command = std::move(command)] { chosen = command; });
  return sub;
}

void say(const std::string& line) {
  // Never an exception: there is nobody left to tell of it.
  std::fputs((line + "\n").c_str(), stderr);
}

void progress(std::string_view line) {
  static const bool terminal = isatty(STDERR_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
  if (terminal) std::fputs(("\r\033[K" + std::string(line)).c_str(), stderr);
  if (terminal && line.empty()) std::fflush(stderr);
}

void show_progress(const lpa::Progress& now) {
  if (now.total == 0) return progress(now.step);
  constexpr std::size_t kWidth = 30;
  std::size_t full = kWidth * now.done / now.total;
  progress(fmt::format("{} [{:=<{}}{: <{}}] {} of {} octets", now.step, "", full, "", kWidth - full,
                       now.done, now.total));
}

void PkiOptions::add_to(CLI::App& app) {
  app.add_option("--pki", directory,
                 "directory with certificates and keys; one that does not exist is made (default: "
                 "one shared by all in the "
                 "user's state folder)");
  app.add_option("--curve", curve, "which certificates to use: nist, brainpool or both")
      ->check(CLI::IsMember({"nist", "brainpool", "both"}))
      ->capture_default_str();
}

hil::CurveChoice PkiOptions::curves() const {
  if (curve == "nist") return {rsp::crypto::Curve::kNistP256};
  if (curve == "brainpool") return {rsp::crypto::Curve::kBrainpoolP256r1};
  return {};
}

rsp::Result<rsp::pki::CertificateStore> PkiOptions::open(App& app) const {
  RSP_TRY(hil::OpenedPki opened, hil::open_pki(directory, app.clock, app.random));
  if (opened.origin == hil::PkiOrigin::kMade) {
    say(fmt::format("made new test certificates in {}", opened.store.directory().string()));
  }
  return std::move(opened.store);
}

void FaultsOption::add_to(CLI::App& app) {
  app.add_option("--faults", file, "file with faults, as scenarios have them, or a scenario");
  app.add_option("--case", case_name, "which case of that scenario, where it has several");
  app.add_option("--seed", seed, "of what is random in the faults (default: a new one, told)");
}

/// A list of faults as it is, a scenario as one of its cases.
rsp::Result<hil::Document> FaultsOption::load() const {
  RSP_TRY(hil::Document document, hil::Document::load(*file));
  bool scenario = document.json().is_object() && document.json().contains("format");
  if (!scenario && case_name.empty()) return document;
  RSP_TRY(std::vector<hil::Case> cases, hil::load_scenario(*file));
  if (case_name.empty() && cases.size() == 1) return std::move(cases.front().document);
  std::vector<std::string> names;
  for (hil::Case& one : cases) {
    // Of "scenario/row" the row will do.
    std::string row = one.name.substr(one.name.find('/') + 1);
    if (case_name == one.name || case_name == row) return std::move(one.document);
    names.push_back(std::move(row));
  }
  std::string text = case_name.empty()
                         ? fmt::format("{} has {} cases", file->string(), cases.size())
                         : fmt::format("{} has no case '{}'", file->string(), case_name);
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = "--case",
                       .text = std::move(text),
                       .hint = case_name.empty() ? "name one, such as " + names.front()
                                                 : hil::suggestion(case_name, names)});
}

rsp::Result<std::unique_ptr<hil::FaultPlan>> FaultsOption::open(
    App& app, const std::vector<std::string>& hooks, const FaultVariables& variables) const {
  if (!file) {
    if (case_name.empty()) return nullptr;
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--case",
                         .text = "there is no scenario to take the case from",
                         .hint = "name its file with --faults"});
  }
  RSP_TRY(hil::Document document, load());
  hil::Place place(document);
  const rsp::Json* list = &document.json();
  if (list->is_object() && list->contains("faults")) {
    list = &list->at("faults");
    place = place.at("faults");
  }
  std::optional<rsp::Error> problem_with_value;
  rsp::Json value;
  rsp::Json resolved = hil::substitute(*list, [&](const std::string& name) -> const rsp::Json* {
    if (!variables.value_of || problem_with_value) return nullptr;
    auto found = variables.value_of(name);
    if (!found) {
      problem_with_value = found.error();
      problem_with_value->path = place.text();
    }
    if (!found || !*found) return nullptr;
    value = **std::move(found);
    return &value;
  });
  if (problem_with_value) return rsp::failure(*std::move(problem_with_value));
  std::uint64_t used = seed.value_or(rsp::big_endian(app.random.octets<4>()));
  auto plan = std::make_unique<hil::FaultPlan>(used);
  hil::Problems problems;
  std::string hint = "write the value out";
  if (!variables.known.empty()) hint += "; known are " + variables.known;
  hil::check_no_variables(resolved, place, hint, problems);
  if (problems.empty()) plan->add(resolved, place, problems);
  if (problems.empty()) hil::check_served_faults(resolved, place, hooks, problems);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  say(fmt::format("{} fault(s), seed {}", resolved.size(), used));
  return plan;
}

rsp::Json report_faults(const hil::FaultPlan& plan) {
  rsp::Json list = rsp::Json::array();
  for (const hil::FaultReport& fault : plan.report()) {
    if (!fault.complaint.empty())
      say(fmt::format("fault '{}' ({} at {}) {}", fault.id, fault.action, fault.where,
                      fault.complaint));
    list.push_back(to_json(fault));
  }
  return list;
}

void ReadyFileOption::add_to(CLI::App& app, const std::string& description) {
  app.add_option("--ready-file", file, description);
}

void ReadyFileOption::clear() const {
  std::error_code ignored;
  if (file &&
      std::filesystem::symlink_status(*file, ignored).type() == std::filesystem::file_type::regular)
    std::filesystem::remove(*file, ignored);
}

rsp::Status ReadyFileOption::write(const rsp::Json& document) const {
  if (!file) return {};
  return write_file(*file, rsp::dump(document, 2) + "\n");
}

void ResolveOption::add_to(CLI::App& app) {
  app.add_option("--resolve", pairs,
                 "HOST:ADDRESS: connect to ADDRESS (an IP address, with a port if wanted) for HOST")
      ->take_all();
}

rsp::Result<std::map<std::string, std::string>> ResolveOption::parse() const {
  std::map<std::string, std::string> map;
  for (const std::string& pair : pairs) {
    auto colon = pair.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == pair.size()) {
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = "--resolve",
                           .text = fmt::format("'{}' is not HOST:ADDRESS", pair),
                           .hint = "for example testsmdpplus1.example.com:127.0.0.1"});
    }
    map[pair.substr(0, colon)] = pair.substr(colon + 1);
  }
  return map;
}

rsp::Result<ListenAddress> parse_listen(const std::string& option, const std::string& text) {
  auto colon = text.rfind(':');
  ListenAddress out{text.substr(0, colon)};
  std::string_view port =
      colon == std::string::npos ? "0" : std::string_view(text).substr(colon + 1);
  auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (problem == std::errc() && end == port.data() + port.size()) return out;
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = option,
                       .text = fmt::format("'{}' is not ADDRESS:PORT", text),
                       .hint = "for example 127.0.0.1:0 for any free port"});
}

rsp::Result<rsp::Bytes> read_file(const std::filesystem::path& file, std::uintmax_t most) {
  auto refused = [&](std::string why) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = file.string(),
                         .text = fmt::format("cannot read {}: {}", file.string(), why)});
  };
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error))
    return refused(error ? error.message() : "it is no file");
  auto size = std::filesystem::file_size(file, error);
  if (error) return refused(error.message());
  if (size > most) return refused(fmt::format("it is larger than {} MiB", most >> 20));
  std::ifstream in(file, std::ios::binary);
  rsp::Bytes octets(size);
  in.read(reinterpret_cast<char*>(octets.data()), static_cast<std::streamsize>(size));
  if (!in) return refused("reading failed");
  return octets;
}

rsp::Result<rsp::Bytes> read_der(const std::filesystem::path& file, std::string_view label) {
  RSP_TRY(rsp::Bytes octets, read_file(file));
  std::string_view text = rsp::text_of(octets);
  if (!text.contains("-----BEGIN ")) return octets;
  for (auto& block : rsp::pki::parse_pem(text)) {
    if (block.label == label) return std::move(block.der);
  }
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = file.string(),
                       .text = fmt::format("{} holds no {}", file.string(), label)});
}

rsp::Status write_file(const std::filesystem::path& file, std::string_view content) {
  std::error_code status_error;
  auto kind = std::filesystem::symlink_status(file, status_error).type();
  if (kind != std::filesystem::file_type::regular &&
      kind != std::filesystem::file_type::not_found) {
    // A pipe, a device or a link is written to; renaming would put a file in its place.
    std::ofstream out(file, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (out.flush()) return {};
    return rsp::failure({.layer = rsp::Layer::kStorage,
                         .path = file.string(),
                         .text = fmt::format("cannot write {}", file.string())});
  }
  std::filesystem::path beside = file;
  beside += fmt::format(".{}.tmp", getpid());
  std::error_code error;
  {
    errno = 0;
    std::ofstream out(beside, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) error = {errno != 0 ? errno : EIO, std::generic_category()};
  }
  if (!error) std::filesystem::rename(beside, file, error);
  if (!error) return {};
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  return rsp::failure({.layer = rsp::Layer::kStorage,
                       .path = file.string(),
                       .text = fmt::format("cannot write {}: {}", file.string(), error.message()),
                       .hint = "does its folder exist, and may you write there?"});
}

rsp::http::KeyLog key_log_from_environment() {
  const char* file = std::getenv("SSLKEYLOGFILE");
  if (file == nullptr || *file == '\0') return {};
  auto out = std::make_shared<std::ofstream>(file, std::ios::app);
  auto lock = std::make_shared<std::mutex>();
  return [out, lock](std::string_view line) {
    std::lock_guard guard(*lock);
    *out << line << "\n" << std::flush;
  };
}

namespace {

sigset_t termination_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

void block_termination_signals() {
  sigset_t set = termination_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void wait_for_termination() {
  sigset_t set = termination_signals();
  int signal = 0;
  sigwait(&set, &signal);
}

}  // namespace cli
