// smdp serve: the mock SM-DP+ over HTTPS.
#include <fmt/format.h>

#include <charconv>
#include <thread>

#include "cli/command.h"
#include "hil/faults/seams.h"
#include "lpa/activation_code.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:0";
  std::string host = "localhost";
  std::vector<std::filesystem::path> profiles;
  std::vector<std::string> matching_ids, confirmation_codes, eids;
  std::string service_provider_name = "esimbench", profile_name = "Test profile";
  std::string key_mode = "random";
  std::optional<std::filesystem::path> store;
  ReadyFileOption ready_file;
  PkiOptions pki;
  FaultsOption faults;
};

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};

rsp::Result<ListenAddress> parse_listen(const std::string& text) {
  auto colon = text.rfind(':');
  ListenAddress out{text.substr(0, colon)};
  std::string_view port =
      colon == std::string::npos ? "0" : std::string_view(text).substr(colon + 1);
  auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (problem != std::errc() || end != port.data() + port.size()) {
    return usage("--listen", fmt::format("'{}' is not ADDRESS:PORT", text),
                 "for example 127.0.0.1:0 for any free port");
  }
  return out;
}

/// "XXXXX-XXXXX-XXXXX-XXXXX" of digits and capital letters, as operators print them.
std::string random_matching_id(rsp::Random& random) {
  constexpr std::string_view alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string id;
  for (std::uint8_t octet : random.octets<20>()) {
    if (id.size() % 6 == 5) id += '-';
    id += alphabet[octet % alphabet.size()];
  }
  return id;
}

/// The n-th of an option that may be given once an order; empty or "-" is none.
std::string nth(const std::vector<std::string>& values, std::size_t n) {
  return n < values.size() && values[n] != "-" ? values[n] : "";
}

rsp::Result<smdp::Order> make_order(const ServeOptions& options, std::size_t n,
                                    const std::string& address, rsp::Random& random) {
  smdp::Order order;
  RSP_TRY(rsp::Bytes package, read_file(options.profiles[n]));
  auto metadata =
      smdp::metadata_for(package, options.service_provider_name, options.profile_name, address);
  if (!metadata) {
    rsp::Error error = std::move(metadata).error();
    error.step = options.profiles[n].string() + (error.step.empty() ? "" : ", ") + error.step;
    return rsp::failure(std::move(error));
  }
  order.metadata = *std::move(metadata);
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  order.matching_id = nth(options.matching_ids, n);
  if (std::string code = nth(options.confirmation_codes, n); !code.empty()) {
    order.confirmation_code_hash = smdp::hash_confirmation_code(code);
  }
  if (std::string eid = nth(options.eids, n); !eid.empty()) {
    auto octets = rsp::from_hex(eid);
    if (!octets || octets->size() != 16)
      return usage("--eid", fmt::format("'{}' is no EID of 32 digits", eid));
    order.eid.emplace();
    std::ranges::copy(*octets, order.eid->begin());
  }
  bool for_default = n < options.matching_ids.size() && order.matching_id.empty();
  if (for_default && !order.eid)
    return usage("--matching-id", "an order without MatchingID needs an --eid");
  if (order.matching_id.empty() && !for_default) order.matching_id = random_matching_id(random);
  return order;
}

rsp::Result<smdp::OrderStore> open_orders(const ServeOptions& options, const std::string& address,
                                          rsp::Random& random) {
  smdp::OrderStore orders;
  if (options.store) {
    RSP_TRY(orders, smdp::OrderStore::open(*options.store));
  }
  for (std::size_t n = 0; n < options.profiles.size(); ++n) {
    RSP_TRY(smdp::Order order, make_order(options, n, address, random));
    // The same command line again, with the orders of the last time in the store: those go on as
    // they were.
    if (options.store && orders.find(order.matching_id) != nullptr) continue;
    RSP_CHECK(orders.add(std::move(order)));
  }
  return orders;
}

rsp::Status check(const ServeOptions& options) {
  if (options.profiles.empty() && !options.store) {
    return usage("--profile", "there is nothing to download",
                 "name a profile package, or a --store with orders");
  }
  for (auto [option, count] : {std::pair{"--matching-id", options.matching_ids.size()},
                               {"--confirmation-code", options.confirmation_codes.size()},
                               {"--eid", options.eids.size()}}) {
    if (count > options.profiles.size()) {
      return usage(
          option,
          fmt::format("it is given {} times, --profile {} times", count, options.profiles.size()),
          "each --profile is an order; use - where one order has none");
    }
  }
  return {};
}

rsp::Json describe(const smdp::Order& order, const std::string& address) {
  lpa::ActivationCode code{address, order.matching_id, std::nullopt,
                           order.confirmation_code_hash.has_value()};
  rsp::Json out;
  out["matchingId"] = order.matching_id;
  out["iccid"] = rsp::from_swapped_bcd(order.metadata.iccid);
  out["profileName"] = order.metadata.profile_name;
  out["state"] = rsp::asn1::name_of(order.state);
  out["activationCode"] = code.to_string();
  out["confirmationCodeRequired"] = code.confirmation_code_required;
  if (order.eid) out["eid"] = rsp::to_hex(*order.eid);
  out["history"] = order.history;
  return out;
}

rsp::Json describe(const smdp::OrderStore& orders, const std::string& host, std::uint16_t port,
                   const std::string& address) {
  rsp::Json out{{"host", host}, {"port", port}, {"url", fmt::format("https://{}", address)}};
  out["orders"] = rsp::Json::array();
  for (const smdp::Order* order : orders.all()) out["orders"].push_back(describe(*order, address));
  return out;
}

void print(const rsp::Json& document) {
  for (const auto& order : document.at("orders")) {
    fmt::print("{}  {}  {}\n", order.at("activationCode").get<std::string>(),
               order.at("iccid").get<std::string>(), order.at("state").get<std::string>());
  }
}

Outcome serve(App& app, const ServeOptions& options) {
  options.ready_file.clear();
  RSP_CHECK(check(options));
  RSP_TRY(ListenAddress listen, parse_listen(options.listen));
  RSP_TRY(auto store, options.pki.open(app));
  RSP_TRY(auto config, hil::smdp_config(store, options.host, {}, options.pki.curves()));
  config.key_mode =
      options.key_mode == "session" ? smdp::KeyMode::kSessionKeys : smdp::KeyMode::kRandomKeys;

  rsp::http::ServerOptions http{.address = listen.address, .port = listen.port};
  RSP_TRY(http.identities, hil::tls_identities(store, options.host, config.identities.front().oid,
                                               app.clock, app.random, options.pki.curves()));
  http.key_log = key_log_from_environment();
  http.log = [](std::string_view line) { say(fmt::format("smdp: {}", line)); };

  RSP_TRY(auto faults, options.faults.open(app, {"transport", "http", "header", "message",
                                                 "signing", "crypto", "bpp"}));
  std::optional<hil::ServerSeam> seam;
  if (faults != nullptr) config.seam = &seam.emplace(*faults);

  // The address that profiles and activation codes name holds the port, which is known once the
  // server listens; requests are answered only after that.
  std::unique_ptr<smdp::Smdp> server;
  block_termination_signals();
  rsp::http::Handler handler = [&](const rsp::http::Request& request) {
    auto response = smdp::handle_es9(*server, request, nullptr);
    say(fmt::format("smdp: {} {} {}", request.target, response.status,
                    server->journal().empty() ? "" : server->journal().back().outcome));
    return response;
  };
  if (faults != nullptr) handler = hil::with_faults(*faults, std::move(handler));
  RSP_TRY(auto listening, rsp::http::Server::listen(std::move(http), std::move(handler)));
  std::uint16_t port = listening->port();
  std::string address = port == 443 ? options.host : fmt::format("{}:{}", options.host, port);
  RSP_TRY(auto orders, open_orders(options, address, app.random));
  config.addresses = {address, options.host};
  server = std::make_unique<smdp::Smdp>(std::move(config), orders, app.clock, app.random);

  rsp::http::ServerThread running(std::move(listening));
  rsp::Json ready = describe(orders, options.host, port, address);
  RSP_CHECK(options.ready_file.write(ready));
  say(fmt::format("SM-DP+ at https://{}", address));
  for (const auto& order : ready["orders"]) say("  " + order["activationCode"].get<std::string>());
  wait_for_termination();
  running.stop();
  rsp::Json document = describe(orders, options.host, port, address);
  if (faults != nullptr) document["faults"] = report_faults(*faults);
  return document;
}

}  // namespace

void add_smdp(App& app) {
  CLI::App* smdp_app = app.parser.add_subcommand("smdp", "the mock SM-DP+");
  smdp_app->require_subcommand(1);
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve_app =
      app.add(*smdp_app, "serve",
              "serve ES9+ until SIGINT or SIGTERM, then print what became of the orders",
              {[&app, options] { return serve(app, *options); }, print});
  serve_app->add_option("--listen", options->listen, "ADDRESS:PORT, port 0 for any free one")
      ->capture_default_str();
  serve_app->add_option("--host", options->host, "name by which LPAs call the server")
      ->capture_default_str();
  serve_app->add_option("--profile", options->profiles, "profile package (DER); each is an order");
  serve_app->add_option("--matching-id", options->matching_ids,
                        "MatchingID of each order (default: random); - for none");
  serve_app->add_option("--confirmation-code", options->confirmation_codes,
                        "confirmation code of each order; - for none");
  serve_app->add_option("--eid", options->eids, "EID that each order is linked to; - for none");
  serve_app
      ->add_option("--spn", options->service_provider_name, "service provider name in the metadata")
      ->capture_default_str();
  serve_app->add_option("--name", options->profile_name, "profile name in the metadata")
      ->capture_default_str();
  serve_app
      ->add_option("--key-mode", options->key_mode,
                   "protection of profiles: session keys, or random keys of their own")
      ->check(CLI::IsMember({"session", "random"}))
      ->capture_default_str();
  serve_app->add_option("--store", options->store, "file that keeps the orders");
  options->ready_file.add_to(*serve_app,
                             "file that gets host, port and activation codes once it listens");
  options->pki.add_to(*serve_app);
  options->faults.add_to(*serve_app);
}

}  // namespace cli
