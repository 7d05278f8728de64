// module serve: a fake cellular module with a software card in it, for programs that speak AT.
#include <fmt/format.h>

#include <csignal>

#include "cli/command.h"
#include "cli/module_recover.h"
#include "hil/fake_module/front_end.h"
#include "hil/fake_module/presets.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

struct ModuleOptions {
  std::string pty, second_pty, tcp, dialect = "plain", persona, eid;
  std::vector<std::string> quirks;
  std::optional<std::filesystem::path> quirk_file, store;
  std::uint32_t speed = 20;
  ReadyFileOption ready_file;
  ResolveOption resolve;
  PkiOptions pki;
  FaultsOption faults;
};

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// A file of quirks; each of them is used, besides those that --quirk names.
rsp::Result<std::vector<hil::ModulePreset>> own_quirks(ModuleOptions& options) {
  if (!options.quirk_file) return std::vector<hil::ModulePreset>{};
  RSP_TRY(hil::Document document, hil::Document::load(*options.quirk_file));
  RSP_TRY(auto quirks, hil::read_module_quirks(document));
  for (const hil::ModulePreset& quirk : quirks) {
    if (std::ranges::find(options.quirks, quirk.name) == options.quirks.end())
      options.quirks.push_back(quirk.name);
  }
  return quirks;
}

rsp::Json to_json(const std::vector<hil::QuirkReport>& quirks) {
  rsp::Json list = rsp::Json::array();
  for (const hil::QuirkReport& quirk : quirks) {
    rsp::Json row{{"quirk", quirk.name}, {"used", quirk.used}};
    if (!quirk.complaint.empty()) row["complaint"] = quirk.complaint;
    if (quirk.used == 0) say(fmt::format("quirk '{}' was never met", quirk.name));
    list.push_back(std::move(row));
  }
  return list;
}

void print_quirks(const rsp::Json& document) {
  if (!document.contains("quirks")) return;
  for (const auto& row : document.at("quirks"))
    fmt::print("{:<30} met {} times\n", row.at("quirk").get<std::string>(),
               row.at("used").get<std::uint64_t>());
}

Outcome serve(App& app, ModuleOptions options) {
  options.ready_file.clear();
  if (options.pty.empty() && options.tcp.empty())
    return usage("--pty", "the module has no port", "give --pty LINK or --tcp ADDRESS:PORT");
  auto place = [](const std::string& link) {
    return std::filesystem::absolute(link).lexically_normal();
  };
  if (!options.pty.empty() && !options.second_pty.empty() &&
      place(options.pty) == place(options.second_pty))
    return usage("--second-pty", "it is the link of --pty", "each port has a link of its own");
  RSP_TRY(auto resolve, options.resolve.parse());
  RSP_TRY(auto faults,
          options.faults.open(app, {"at", "apdu", "storage", "message", "signing", "crypto"}));
  bool given = faults != nullptr;
  if (!given) faults = std::make_unique<hil::FaultPlan>();
  RSP_TRY(auto own, own_quirks(options));
  RSP_TRY(hil::ModuleSettings settings,
          hil::module_settings(options.dialect, options.quirks, own, *faults));
  std::optional<hil::PersonaFile> persona;
  if (!options.persona.empty()) {
    RSP_TRY(persona, hil::load_persona(options.persona));
  }
  RSP_TRY(auto certificates, options.pki.open(app));
  RSP_TRY(auto card,
          hil::SimCard::open(options.store, &certificates, app.random, persona, nullptr,
                             options.pki.curves(), faults.get(),
                             options.eid.empty() ? std::nullopt : std::optional(options.eid), say));
  rsp::http::ClientOptions http;
  http.trusted_certificates = hil::ci_certificates(certificates);
  http.resolve = resolve;
  http.key_log = key_log_from_environment();
  rsp::http::Client client(std::move(http));
  hil::FakeModule module(card->card(), std::move(settings), *faults,
                         {.transport = &client, .clock = &app.clock, .speed = options.speed});

  // A client finds the module as it is some time after its start.
  constexpr hil::ModuleTime kStarted = std::chrono::minutes(1);
  module.switch_on(hil::ModuleTime(0));
  module.advance(kStarted);
  for (hil::ModulePort port : hil::kModulePorts) module.take_output(port);

  hil::ModuleFrontEnd front(module, kStarted, [](const std::string& line) { say(line); });
  front.stop_on({SIGINT, SIGTERM});
  rsp::Json ready{{"eid", rsp::to_hex(card->euicc().eid())}, {"dialect", options.dialect}};
  if (!options.quirks.empty()) ready["quirks"] = options.quirks;
  if (!options.pty.empty()) {
    RSP_TRY(ready["tty"], front.add_pty(hil::ModulePort::kPrimary, options.pty));
    ready["pty"] = options.pty;
    ready["card"] = "at:" + options.pty;
  }
  if (!options.second_pty.empty()) {
    RSP_TRY(ready["secondTty"], front.add_pty(hil::ModulePort::kSecondary, options.second_pty));
    ready["secondPty"] = options.second_pty;
  }
  if (!options.tcp.empty()) {
    RSP_TRY(ListenAddress listen, parse_listen("--tcp", options.tcp));
    RSP_TRY(ready["tcp"], front.add_tcp(hil::ModulePort::kPrimary, listen.address, listen.port));
    if (!ready.contains("card")) ready["card"] = "at-tcp:" + ready["tcp"].get<std::string>();
  }
  say(fmt::format("eUICC {} is in a {} at {}", ready["eid"].get<std::string>(), options.dialect,
                  ready["card"].get<std::string>()));
  RSP_CHECK(options.ready_file.write(ready));
  front.run();
  if (!options.quirks.empty())
    ready["quirks"] = to_json(hil::report_quirks(options.quirks, own, module, *faults));
  if (given) ready["faults"] = report_faults(*faults);
  return ready;
}

Outcome list(const std::vector<hil::ModulePreset>& presets, const char* name) {
  rsp::Json rows = rsp::Json::array();
  for (const hil::ModulePreset& preset : presets) {
    rsp::Json row{{"name", preset.name}, {"description", preset.description}};
    if (!preset.field_faults.empty()) row["fieldFaults"] = preset.field_faults;
    if (preset.seen_on) row["seenOn"] = *preset.seen_on;
    if (!preset.settings.empty()) row["settings"] = preset.settings;
    if (!preset.faults.empty()) row["faults"] = preset.faults;
    rows.push_back(std::move(row));
  }
  return rsp::Json{{name, std::move(rows)}};
}

void print_list(const rsp::Json& document, const char* name) {
  for (const auto& row : document.at(name))
    fmt::print("{:<30} {}\n", row.at("name").get<std::string>(),
               row.at("description").get<std::string>());
}

}  // namespace

void add_module(App& app) {
  CLI::App* module_app =
      app.parser.add_subcommand("module", "a fake cellular module, with a software eUICC in it");
  module_app->require_subcommand(1);
  auto options = std::make_shared<ModuleOptions>();
  CLI::App* serve_app =
      app.add(*module_app, "serve", "offer the module's AT ports until SIGINT or SIGTERM",
              {[&app, options] { return serve(app, *options); }, print_quirks});
  serve_app->add_option("--pty", options->pty,
                        "link that is made to the pseudo terminal of the primary AT port");
  serve_app->add_option("--second-pty", options->second_pty, "the same for the secondary AT port");
  serve_app->add_option("--tcp", options->tcp,
                        "ADDRESS:PORT where the primary AT port is, without any protocol");
  serve_app->add_option("--dialect", options->dialect, "a name of `module dialects` (plain)");
  serve_app->add_option("--quirk", options->quirks, "a name of `module quirks`; may repeat");
  serve_app->add_option("--quirks", options->quirk_file, "file with quirks of one's own, all used");
  serve_app->add_option("--store", options->store,
                        "file that keeps the card; one that does not exist is a new card");
  serve_app->add_option("--eid", options->eid, "EID of a new card");
  serve_app->add_option("--persona", options->persona, "what kind of card a new one is");
  serve_app
      ->add_option("--speed", options->speed,
                   "how many times faster than a real one the module starts and registers (20)")
      ->check(CLI::Range(1, 10000));
  options->ready_file.add_to(*serve_app, "file that says, once the ports are there, where");
  options->resolve.add_to(*serve_app);
  options->pki.add_to(*serve_app);
  options->faults.add_to(*serve_app);
  app.add(*module_app, "dialects", "list the modules that there are to choose from",
          {[] { return list(hil::module_dialects(), "dialects"); },
           [](const rsp::Json& document) { print_list(document, "dialects"); }});
  add_module_recover(app, *module_app);
  auto reference = std::make_shared<bool>(false);
  CLI::App* quirks_app =
      app.add(*module_app, "quirks", "list what may be wrong with a module besides",
              {[reference]() -> Outcome {
                 if (*reference) return rsp::Json{{"reference", hil::module_reference()}};
                 return list(hil::module_quirks(), "quirks");
               },
               [](const rsp::Json& document) {
                 if (document.contains("reference")) {
                   fmt::print("{}", document.at("reference").get<std::string>());
                 } else {
                   print_list(document, "quirks");
                 }
               }});
  quirks_app->add_flag("--reference", *reference, "all tables, as the manual has them");
}

}  // namespace cli
