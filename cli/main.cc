// esimbench: the command line. Each subcommand is in a file of its own; this one only wires.
#include <fmt/format.h>

#include <cstdio>
#include <system_error>

#include "cli/command.h"
#include "hil/explain/explain.h"

namespace {

using cli::App;

void print_json(rsp::Json document) { fmt::print("{}\n", rsp::dump(document, 2)); }

rsp::Json error_document(const rsp::Error& error) {
  return {{"result", "error"}, {"error", hil::describe_error(error)}};
}

int finish(const App& app, const cli::Outcome& outcome) {
  cli::progress("");
  if (!outcome) {
    if (app.json) {
      print_json(error_document(outcome.error()));
    } else {
      cli::say("esimbench: " + hil::error_for_people(outcome.error()));
    }
    return cli::exit_status(outcome.error());
  }
  if (app.json) {
    rsp::Json document{{"result", "ok"}};
    document.update(*outcome);
    print_json(std::move(document));
  } else {
    app.chosen->show(*outcome);
  }
  return app.chosen->status ? app.chosen->status(*outcome) : cli::kDone;
}

/// What CLI11 has to say of the arguments: help and version are no errors, and with --json a
/// mistake is a document too.
int finish_parsing(App& app, const CLI::ParseError& error, bool wants_json) {
  if (error.get_exit_code() == 0) return app.parser.exit(error);
  if (wants_json) {
    print_json(
        error_document({.layer = rsp::Layer::kInput, .text = error.what(), .hint = "see --help"}));
  } else {
    app.parser.exit(error);
  }
  return cli::kUsage;
}

/// Output that nobody got is no success.
int not_written() {
  cli::say("esimbench: standard output cannot be written");
  return cli::kEnvironment;
}

}  // namespace

int main(int argc, char** argv) {
  bool wants_json = false;
  for (int i = 1; i < argc; ++i) wants_json |= std::string_view(argv[i]) == "--json";
  try {
    App app;
    app.parser.require_subcommand(1);
    app.parser.set_version_flag("--version", "esimbench " ESIMBENCH_VERSION);
    for (auto add : {cli::add_demo, cli::add_smdp, cli::add_euicc, cli::add_module, cli::add_lpa,
                     cli::add_pki, cli::add_profile, cli::add_run, cli::add_explain,
                     cli::add_faults, cli::add_schema, cli::add_trace})
      add(app);
    try {
      app.parser.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return finish_parsing(app, error, wants_json);
    }
    int status = finish(app, app.chosen->run());
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    return not_written();
  } catch (const std::system_error& error) {
    // Printing to a full disk or a closed pipe; whatever else the system refuses is told as well.
    if (std::ferror(stdout) != 0) return not_written();
    cli::say(fmt::format("esimbench: the system refused: {}", error.what()));
    return cli::kEnvironment;
  } catch (const std::exception& error) {
    // Exceptions are our own mistakes, or memory that ran out; what peers do comes as values.
    if (wants_json) {
      print_json({{"result", "error"}, {"error", {{"layer", "internal"}, {"text", error.what()}}}});
    } else {
      cli::say(fmt::format("esimbench: a fault of this program: {}", error.what()));
    }
    return cli::kInternal;
  }
}
