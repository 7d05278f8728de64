// What every subcommand shares: one way to run, to print, to fail.
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "hil/faults/plan.h"
#include "hil/setup.h"
#include "lpa/lpa.h"
#include "rsp/json/asn1_json.h"

namespace cli {

/// Exit statuses; scripts rely on them.
enum Exit : int {
  kDone = 0,
  kFailed = 1,
  kUsage = 2,
  kEnvironment = 3,
  kTimedOut = 4,
  kInternal = 5
};
int exit_status(const rsp::Error& error);

/// The document of a command that succeeded, without "result": "ok", which is added.
using Outcome = rsp::Result<rsp::Json>;

/// One subcommand that was chosen: how to run it, and how to show its document to a person.
struct Command {
  std::function<Outcome()> run;
  std::function<void(const rsp::Json&)> show;
  /// The exit status of a command that was carried out; kDone where it is empty.
  std::function<int(const rsp::Json&)> status = {};
};

/// Where subcommands put themselves when they are parsed, and what they all may use.
struct App {
  CLI::App parser{
      "A test bench for eSIM provisioning: a software eUICC, a mock SM-DP+ and a full LPA."};
  bool json = false;
  std::optional<Command> chosen;
  rsp::SystemClock clock;
  rsp::SystemRandom random;

  /// A subcommand with --json that becomes the chosen one when it is parsed.
  CLI::App* add(CLI::App& parent, const std::string& name, const std::string& description,
                Command command);
};

/// Data for people goes to standard output, talk about it to standard error.
void say(const std::string& line);
/// A line of progress: to standard error, and only where that is a terminal.
void progress(std::string_view line);
/// The same as a bar, where the step has a measure.
void show_progress(const lpa::Progress& now);

/// --pki DIR and --curve nist|brainpool|both, as several subcommands take them.
struct PkiOptions {
  std::optional<std::filesystem::path> directory;
  std::string curve = "both";

  void add_to(CLI::App& app);
  hil::CurveChoice curves() const;
  /// Opens, or makes and says so.
  rsp::Result<rsp::pki::CertificateStore> open(App& app) const;
};

/// What a command can put in the place of variables in faults.
struct FaultVariables {
  /// For people: which there are. Empty: none.
  std::string known;
  /// The value of one; nothing where there is none of that name. Error: it cannot be had here.
  std::function<rsp::Result<std::optional<rsp::Json>>(const std::string& name)> value_of;
};

/// --faults FILE, --case NAME and --seed N: faults for a server or a card that other programs use.
struct FaultsOption {
  std::optional<std::filesystem::path> file;
  std::string case_name;
  std::optional<std::uint64_t> seed;

  void add_to(CLI::App& app);
  /// The plan of the file: a list of faults, or a scenario's, of the case that --case names. Null
  /// without a file. Error: Layer::kInput with file and line, also for a hook that is none of
  /// `hooks`, and for a variable that has no value.
  rsp::Result<std::unique_ptr<hil::FaultPlan>> open(App& app, const std::vector<std::string>& hooks,
                                                    const FaultVariables& variables = {}) const;

 private:
  rsp::Result<hil::Document> load() const;
};
/// How the faults fared, for the command's document; says what was not as planned.
rsp::Json report_faults(const hil::FaultPlan& plan);

/// --ready-file FILE of a server: where it is, once it is there.
struct ReadyFileOption {
  std::optional<std::filesystem::path> file;
  void add_to(CLI::App& app, const std::string& description);
  /// Removes what an earlier server has said; to be called before anything else is done, so that
  /// nobody takes that for this one's word. A pipe or a device stays.
  void clear() const;
  rsp::Status write(const rsp::Json& document) const;
};

/// --resolve HOST:ADDRESS, repeated.
struct ResolveOption {
  std::vector<std::string> pairs;
  void add_to(CLI::App& app);
  rsp::Result<std::map<std::string, std::string>> parse() const;
};

/// ADDRESS:PORT of an option; port 0, or none, for any free one.
struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};
/// Error: Layer::kInput with the option.
rsp::Result<ListenAddress> parse_listen(const std::string& option, const std::string& text);

/// A file's octets. Error: Layer::kInput with the file; also where it has more than `most`.
rsp::Result<rsp::Bytes> read_file(const std::filesystem::path& file,
                                  std::uintmax_t most = 16 << 20);
/// The DER in a file: of its first PEM block with this label, or the file itself where it is no
/// PEM. Error: Layer::kInput with the file.
rsp::Result<rsp::Bytes> read_der(const std::filesystem::path& file, std::string_view label);
/// Writes beside the file and renames, so that nobody ever reads half of it. Error: Layer::kStorage
/// with the file.
rsp::Status write_file(const std::filesystem::path& file, std::string_view content);

/// A line for SSLKEYLOGFILE, where that variable is set; empty otherwise.
rsp::http::KeyLog key_log_from_environment();

/// Blocks SIGINT and SIGTERM in this thread and those it starts; call before any is started.
void block_termination_signals();
/// Waits until one of them comes.
void wait_for_termination();

void add_demo(App& app);
void add_smdp(App& app);
void add_euicc(App& app);
void add_explain(App& app);
void add_lpa(App& app);
void add_module(App& app);
void add_pki(App& app);
void add_profile(App& app);
void add_run(App& app);
void add_faults(App& app);
void add_schema(App& app);
void add_trace(App& app);

}  // namespace cli
