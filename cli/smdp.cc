// smdp serve: the mock SM-DP+ over HTTPS. smdp activation-code is in a file of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <thread>

#include "cli/activation_code.h"
#include "cli/command.h"
#include "cli/smdp_order.h"
#include "cli/smdp_orders.h"
#include "cli/smdp_servers.h"
#include "hil/faults/seams.h"
#include "hil/management.h"
#include "hil/mock_server.h"
#include "lpa/activation_code.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

struct ServeOptions {
  std::string listen = "127.0.0.1:0";
  std::string host = "localhost";
  OrderOptions orders;
  std::vector<std::string> also;  // further SM-DP+
  std::string smds, root_smds, operator_host;
  ServersOption servers;
  ResolveOption resolve;
  std::string key_mode = "random";
  std::optional<std::string> manage;
  ReadyFileOption ready_file;
  bool qr = false, oid_in_code = false;
  PkiOptions pki;
  FaultsOption faults;
};

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

rsp::Status check(const ServeOptions& options) {
  if (!options.orders.any() && options.smds.empty() && !options.manage) {
    return usage("--profile", "there is nothing to download",
                 "name a profile package, a --csv with an order a line, one --stock for ES2+, a "
                 "--store with orders, or --manage to make them later");
  }
  if (!options.root_smds.empty() && options.smds.empty())
    return usage("--root-smds", "only an SM-DS passes events on", "give it a name with --smds");
  return options.orders.check();
}

/// `code` has what the codes of all orders share.
rsp::Json describe(const smdp::Order& order, lpa::ActivationCode code) {
  code.matching_id = order.matching_id;
  code.confirmation_code_required = order.confirmation_code_hash.has_value();
  rsp::Json out;
  out["key"] = order.key;
  out["matchingId"] = order.matching_id;
  out["iccid"] = rsp::from_swapped_bcd(order.metadata.iccid);
  out["profileName"] = order.metadata.profile_name;
  out["state"] = rsp::asn1::name_of(order.state);
  // A profile in stock, and an order that is not confirmed, have none yet.
  bool has_code = order.is_order() && (!order.matching_id.empty() || order.is_open());
  out["activationCode"] = has_code ? code.to_string() : "";
  out["confirmationCodeRequired"] = code.confirmation_code_required;
  if (order.eid) out["eid"] = rsp::to_hex(*order.eid);
  out["history"] = order.history;
  return out;
}

rsp::Json describe(const smdp::OrderStore& orders, const std::string& host, std::uint16_t port,
                   const lpa::ActivationCode& code) {
  rsp::Json out{{"host", host}, {"port", port}, {"url", fmt::format("https://{}", code.address)}};
  out["orders"] = rsp::Json::array();
  for (const smdp::Order* order : orders.all()) out["orders"].push_back(describe(*order, code));
  return out;
}

void print(const rsp::Json& document) {
  for (const auto& order : document.at("orders")) {
    fmt::print("{}  {}  {}\n", order.at("activationCode").get<std::string>(),
               order.at("iccid").get<std::string>(), order.at("state").get<std::string>());
  }
}

/// ${certificates.NAME} in faults: made by the CI that the server works under.
decltype(FaultVariables::value_of) certificates_for_faults(
    const App& app, const ServeOptions& options, const rsp::pki::CertificateStore& store) {
  return [&](const std::string& name) -> rsp::Result<std::optional<rsp::Json>> {
    constexpr std::string_view kPrefix = "certificates.";
    if (!name.starts_with(kPrefix)) return std::nullopt;
    RSP_TRY(rsp::Bytes der,
            hil::certificate_of_fault(store, options.host, app.clock, name.substr(kPrefix.size()),
                                      options.pki.curves()));
    return rsp::Json(rsp::to_hex(der));
  };
}

Outcome serve(App& app, const ServeOptions& options) {
  options.ready_file.clear();
  RSP_CHECK(check(options));
  RSP_CHECK(options.servers.check());
  RSP_TRY(ListenAddress listen, parse_listen("--listen", options.listen));
  ListenAddress manage;
  if (options.manage) {
    RSP_TRY(manage, parse_listen("--manage", *options.manage));
  }
  RSP_TRY(Stores stores, open_stores(options.orders));
  smdp::OrderStore& orders = stores.orders;
  RSP_TRY(auto store, options.pki.open(app));
  auto log = [](std::string_view line) { say(fmt::format("smdp: {}", line)); };
  hil::MockServerOptions wanted{.host = options.host,
                                .smds = options.smds,
                                .root_smds = options.root_smds,
                                .operator_host = options.operator_host,
                                .servers_need_certificates = options.servers.required(),
                                .curves = options.pki.curves(),
                                .log = log};
  wanted.events = &stores.events;
  if (options.key_mode == "session") wanted.key_mode = smdp::KeyMode::kSessionKeys;
  RSP_TRY(wanted.resolve, options.resolve.parse());
  for (const std::string& text : options.also) {
    auto further = hil::parse_further_smdp(text);
    if (!further) return usage("--also " + text, further.error().text, further.error().hint);
    wanted.also.push_back(*std::move(further));
  }
  const std::vector<std::string> hooks{"connection", "transport", "http",   "header",
                                       "message",    "signing",   "crypto", "bpp"};
  FaultVariables variables{"${certificates.NAME}", certificates_for_faults(app, options, store)};
  RSP_TRY(auto faults, options.faults.open(app, hooks, variables));
  if (faults == nullptr && options.manage)  // it may get some while it runs
    faults = std::make_unique<hil::FaultPlan>(rsp::big_endian(app.random.octets<4>()));
  std::optional<hil::ServerSeam> seam;
  if (faults != nullptr) wanted.seam = &seam.emplace(*faults);
  rsp::OffsetClock clock(app.clock);
  RSP_TRY(auto server, hil::MockServer::create(store, std::move(wanted), clock, app.random));

  rsp::http::ServerOptions http{.address = listen.address, .port = listen.port};
  http.identities = server->tls_identities();
  http.clock = &clock;
  http.key_log = key_log_from_environment();
  http.log = log;
  rsp::http::ServerOptions http_apart = http;
  RSP_CHECK(options.servers.ask_at_first(http, store));
  if (faults != nullptr) {
    http.admit = hil::with_faults_in_journal(server->journal(), *faults, server->mutex(),
                                             hil::admission(*faults, /*has_tls=*/true));
    faults->world().advance_clock = [&](std::chrono::milliseconds by) {
      clock.set_offset(clock.offset() + by);
    };
    faults->world().forget_sessions = [&] {
      server->forget_sessions();
      return rsp::Status();
    };
    faults->world().tls_identity = [&](const std::string& name) {
      return hil::tls_identity_of_fault(store, options.host, server->oid(), app.clock, name,
                                        options.pki.curves());
    };
  }

  // The address that profiles and activation codes name holds the port, which is known once the
  // server listens; requests are answered only after that.
  block_termination_signals();
  auto handler_for = [&](smdp::Callers callers) {
    rsp::http::Handler handler = [&, callers](const rsp::http::Request& request) {
      auto response = server->handle(request, callers);
      say(fmt::format("smdp: {} {} {}", request.target, response.status,
                      server->journal().entries().back().outcome));
      return response;
    };
    if (faults != nullptr) {
      handler = hil::with_faults_in_journal(server->journal(), *faults,
                                            hil::with_faults(*faults, std::move(handler)));
    }
    return hil::one_at_a_time(server->mutex(), std::move(handler));
  };
  RSP_TRY(auto listening,
          rsp::http::Server::listen(std::move(http), handler_for(options.servers.first())));
  RSP_TRY(auto listening_apart, options.servers.listen_apart(std::move(http_apart), store,
                                                             handler_for(smdp::Callers::kServers)));
  std::uint16_t port = listening->port();
  std::string address = port == 443 ? options.host : fmt::format("{}:{}", options.host, port);
  RSP_CHECK(add_orders(options.orders, address, orders, app.random));
  server->start(orders, port);
  lpa::ActivationCode code{.address = address};
  if (options.oid_in_code) code.smdp_oid = server->oid();

  rsp::http::ServerThread running(std::move(listening));
  std::optional<rsp::http::ServerThread> running_apart;
  if (listening_apart != nullptr) running_apart.emplace(std::move(listening_apart));
  rsp::Json ready = describe(orders, options.host, port, code);
  if (running_apart) ready["es2Port"] = running_apart->port();
  std::optional<hil::PlanSwitches> switches;
  std::unique_ptr<hil::ManagementListener> management;
  if (options.manage) {
    smdp::ManagementConfig managed{
        .orders = orders,
        .journal = server->journal(),
        .clock = clock,
        .random = app.random,
        .address = address,
        .smdp_oid = code.smdp_oid ? rsp::asn1::to_string(*code.smdp_oid) : "",
        .smdps = server->smdps(),
        .event_registrar = server->event_registrar(),
        .faults = &switches.emplace(*faults, hooks),
        .connections = [&running] { return running.statistics(); },
        .service_provider_name = options.orders.service_provider_name,
        .profile_name = options.orders.profile_name};
    if (server->smds() != nullptr) managed.smdss = {server->smds()};
    auto listener = hil::ManagementListener::listen(
        manage.address, manage.port, server->mutex(), std::move(managed),
        [](std::string_view line) { say(fmt::format("manage: {}", line)); });
    if (!listener) {
      listener.error().path = "--manage";
      return rsp::failure(std::move(listener).error());
    }
    management = *std::move(listener);
    ready["managementUrl"] = management->url();
    say(fmt::format("management at {}", management->url()));
  }
  RSP_CHECK(options.ready_file.write(ready));
  say(fmt::format("SM-DP+ at https://{}", address));
  if (running_apart) say(fmt::format("ES2+ at https://{}:{}", options.host, running_apart->port()));
  for (const smdp::Smdp* smdp : server->smdps()) {
    const std::string& name = smdp->config().addresses.front();
    if (name != address) say(fmt::format("SM-DP+ at https://{}", name));
  }
  if (!options.smds.empty())
    say(fmt::format("SM-DS at https://{}", server->address_of(options.smds)));
  for (const auto& order : ready["orders"]) {
    std::string text = order["activationCode"];
    say("  " + (text.empty() ? "in stock: " + order["iccid"].get<std::string>() : text));
    if (options.qr && !text.empty()) {
      RSP_TRY(std::string picture, qr_for_people(text, STDERR_FILENO));
      say(picture);
    }
  }
  wait_for_termination();
  management.reset();
  running.stop();
  if (running_apart) running_apart->stop();
  rsp::Json document = describe(orders, options.host, port, code);
  if (faults != nullptr && (options.faults.file || !faults->report().empty()))
    document["faults"] = report_faults(*faults);
  return document;
}

}  // namespace

void add_smdp(App& app) {
  CLI::App* smdp_app = app.parser.add_subcommand("smdp", "the mock SM-DP+");
  smdp_app->require_subcommand(1);
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve_app =
      app.add(*smdp_app, "serve",
              "serve ES9+ and ES2+ until SIGINT or SIGTERM, then print what became of the orders",
              {[&app, options] { return serve(app, *options); }, print});
  serve_app->add_option("--listen", options->listen, "ADDRESS:PORT, port 0 for any free one")
      ->capture_default_str();
  serve_app->add_option("--host", options->host, "name by which LPAs call the server")
      ->capture_default_str();
  options->orders.add_to(*serve_app);
  serve_app
      ->add_option("--key-mode", options->key_mode,
                   "protection of profiles: session keys, or random keys of their own")
      ->check(CLI::IsMember({"session", "random"}))
      ->capture_default_str();
  serve_app->add_option(
      "--also", options->also,
      "a further SM-DP+ over the same orders, HOST[,oid=OID][,curve=nist|brainpool]"
      "[,tls=CERTIFICATE]: by default with the identity that the certificates have for the host; "
      "tls=dpTls.expired and the like make its TLS wrong");
  serve_app->add_option("--smds", options->smds,
                        "host name under which an SM-DS is served as well");
  serve_app->add_option("--root-smds", options->root_smds,
                        "root SM-DS to which that one passes events on, HOST:PORT");
  serve_app->add_option(
      "--operator", options->operator_host,
      "who is told how downloads go (ES2+.HandleDownloadProgressInfo), HOST:PORT");
  options->servers.add_to(*serve_app);
  options->resolve.add_to(*serve_app);
  serve_app->add_option("--manage", options->manage,
                        "ADDRESS:PORT of the management listener: a page and an API for orders, "
                        "journal, faults and clock (plain HTTP; keep it on loopback)");
  options->ready_file.add_to(*serve_app,
                             "file that gets host, port and activation codes once it listens");
  serve_app->add_flag("--qr", options->qr, "show each activation code as a QR code as well");
  serve_app->add_flag("--oid-in-code", options->oid_in_code,
                      "name the SM-DP+ by its OID in the activation codes");
  options->pki.add_to(*serve_app);
  options->faults.add_to(*serve_app);
  add_smdp_order(app, *smdp_app);
  add_activation_code(app, *smdp_app);
}

}  // namespace cli
