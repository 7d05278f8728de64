// module recover: what to do with a module whose card cannot be reached any more.
#include "cli/module_recover.h"

#include <fmt/format.h>

#include "cli/shell.h"
#include "hil/card.h"
#include "lpa/transport/recovery.h"

namespace cli {
namespace {

struct RecoverArguments {
  std::string card, power_command;
  lpa::RecoveryRung from = lpa::RecoveryRung::kChannels;
  int timeout = 300;
};

Outcome recover(App& app, const RecoverArguments& arguments) {
  RSP_TRY(hil::OpenCard card,
          hil::open_card(
              arguments.card,
              []() -> rsp::Result<rsp::pki::CertificateStore> {
                return rsp::failure({.layer = rsp::Layer::kInput,
                                     .path = "--card",
                                     .text = "only a card in a module has a ladder"});
              },
              app.random));
  if (card.module == nullptr) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--card",
                         .text = "the card is in no module",
                         .hint = "name it by its port: at:, at-tcp: or at-rfc2217:"});
  }
  lpa::RecoveryOptions options;
  options.first = arguments.from;
  options.told = [](const lpa::RecoveryStep& step) {
    say(fmt::format("{} {} ({} ms)", step.name,
                    step.result ? "helped" : "did not help: " + step.result.error().message(),
                    step.took.count()));
  };
  if (!arguments.power_command.empty()) {
    options.power_cycle = [&](rsp::Deadline deadline) {
      return run_shell(arguments.power_command, deadline);
    };
  }
  auto done = lpa::recover(*card.module, options,
                           rsp::Deadline::after(std::chrono::seconds(arguments.timeout)));
  rsp::Json steps = rsp::Json::array();
  for (const lpa::RecoveryStep& step : done.steps) {
    rsp::Json each{{"step", step.name},
                   {"helped", step.result.has_value()},
                   {"milliseconds", step.took.count()}};
    if (!step.result) each["error"] = step.result.error().message();
    steps.push_back(std::move(each));
  }
  if (done.works()) return rsp::Json{{"helped", done.steps.back().name}, {"steps", steps}};
  rsp::Error error = done.steps.empty()
                         ? rsp::Error{.layer = rsp::Layer::kTimeout, .text = "no time was left"}
                         : done.steps.back().result.error();
  error.step = "recover" + (error.step.empty() ? "" : ", " + error.step);
  error.text = "nothing has helped; the last step: " + error.text;
  error.hint = arguments.power_command.empty()
                   ? "give it a way to the module's power: --power-command 'uhubctl -a cycle ...'"
                   : "is it the right port, and is there an eUICC in the module?";
  return rsp::failure(std::move(error));
}

}  // namespace

void add_module_recover(App& app, CLI::App& module_app) {
  auto arguments = std::make_shared<RecoverArguments>();
  CLI::App* verb = app.add(
      module_app, "recover",
      "reach the card in a module again: close channels, reopen the port, switch the SIM off and "
      "on, reset the module, cycle its power; up to what helps",
      {[&app, arguments] { return recover(app, *arguments); },
       [](const rsp::Json& document) {
         fmt::print("the card answers after: {}\n", document.at("helped").get<std::string>());
       }});
  verb->add_option("--card", arguments->card, "at:PORT, at-tcp:HOST:PORT or at-rfc2217:HOST:PORT")
      ->required();
  verb->add_option("--power-command", arguments->power_command,
                   "shell command that takes the module's power away and gives it back");
  static const std::map<std::string, lpa::RecoveryRung> kRungs{
      {"channels", lpa::RecoveryRung::kChannels},
      {"port", lpa::RecoveryRung::kPort},
      {"sim", lpa::RecoveryRung::kSim},
      {"module", lpa::RecoveryRung::kModule},
      {"power", lpa::RecoveryRung::kPower}};
  verb->add_option("--from", arguments->from, "leave out what is milder than this")
      ->transform(CLI::CheckedTransformer(kRungs).description("channels|port|sim|module|power"));
  verb->add_option("--timeout", arguments->timeout, "seconds for all of it")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
}

}  // namespace cli
