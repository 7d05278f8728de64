// euicc serve: the software card for other people's programs.
#include <fmt/format.h>

#include <iostream>
#include <thread>

#include "cli/command.h"
#include "rsp/base/hex.h"
#include "sim_euicc/frontends/lpac_stdio.h"
#include "sim_euicc/frontends/socket.h"

namespace cli {
namespace {

struct ServeOptions {
  std::string frontend;
  std::optional<std::filesystem::path> store, ready_file;
  PkiOptions pki;
  FaultsOption faults;
};

rsp::Json ready_document(hil::SimCard& card, std::string_view frontend) {
  return {{"eid", rsp::to_hex(card.euicc().eid())}, {"frontend", std::string(frontend)}};
}

rsp::Status announce(const ServeOptions& options, const rsp::Json& ready) {
  if (options.ready_file) return write_file(*options.ready_file, rsp::dump(ready, 2) + "\n");
  return {};
}

Outcome serve_socket(const ServeOptions& options, const std::string& address, hil::SimCard& card) {
  block_termination_signals();
  RSP_TRY(auto frontend, sim::SocketFrontend::listen(address, card.card()));
  std::string host = address.substr(0, address.rfind(':'));
  rsp::Json ready = ready_document(card, "socket");
  ready["card"] = fmt::format("socket:{}:{}", host.empty() ? "127.0.0.1" : host, frontend->port());
  RSP_CHECK(announce(options, ready));
  say(fmt::format("eUICC {} is at --card {}", ready["eid"].get<std::string>(),
                  ready["card"].get<std::string>()));
  std::thread runner([&] { frontend->run(); });
  wait_for_termination();
  frontend->stop();
  runner.join();
  return ready;
}

Outcome serve(App& app, const ServeOptions& options) {
  auto colon = options.frontend.find(':');
  std::string kind = options.frontend.substr(0, colon);
  std::string address =
      colon == std::string::npos ? "127.0.0.1:0" : options.frontend.substr(colon + 1);
  if (kind != "socket" && kind != "lpac-stdio") {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--frontend",
                         .text = fmt::format("there is no front end '{}'", kind),
                         .hint = "there are socket[:HOST:PORT] and lpac-stdio"});
  }
  RSP_TRY(auto store, options.pki.open(app));
  RSP_TRY(auto faults,
          options.faults.open(app, {"apdu", "storage", "message", "signing", "crypto"}));
  RSP_TRY(auto card, hil::SimCard::open(options.store, &store, app.random, {}, nullptr,
                                        options.pki.curves(), faults.get()));
  rsp::Json document;
  if (kind == "socket") {
    RSP_TRY(document, serve_socket(options, address, *card));
  } else {
    document = ready_document(*card, kind);
    RSP_CHECK(announce(options, document));
    sim::serve_lpac_stdio(card->card(), std::cin, std::cout, std::cerr);
  }
  if (faults != nullptr) document["faults"] = report_faults(*faults);
  return document;
}

}  // namespace

void add_euicc(App& app) {
  CLI::App* euicc_app = app.parser.add_subcommand("euicc", "the software eUICC");
  euicc_app->require_subcommand(1);
  auto options = std::make_shared<ServeOptions>();
  // The front end owns standard output while it runs, so this command prints nothing when it ends.
  CLI::App* serve_app =
      app.add(*euicc_app, "serve", "offer a card to other programs until SIGINT or SIGTERM",
              {[&app, options] { return serve(app, *options); }, [](const rsp::Json&) {}});
  serve_app->add_option("--frontend", options->frontend, "socket[:HOST:PORT] or lpac-stdio")
      ->required();
  serve_app->add_option("--store", options->store,
                        "file that keeps the card; one that does not exist is a new card");
  serve_app->add_option("--ready-file", options->ready_file,
                        "file that says, once the card is there, where");
  options->pki.add_to(*serve_app);
  options->faults.add_to(*serve_app);
}

}  // namespace cli
