// smdp serve: the mock SM-DP+ over HTTPS. smdp activation-code is in a file of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <charconv>
#include <thread>

#include "cli/activation_code.h"
#include "cli/command.h"
#include "cli/smdp_order.h"
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
  std::vector<std::filesystem::path> profiles, stock;
  std::string profile_type = "test", owner;
  std::vector<std::string> also;  // further SM-DP+ by their host names
  std::string smds, root_smds, operator_host;
  ResolveOption resolve;
  std::vector<std::string> matching_ids, confirmation_codes, eids;
  std::string service_provider_name = "esimbench", profile_name = "Test profile";
  std::string key_mode = "random";
  std::optional<std::filesystem::path> store;
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

struct ListenAddress {
  std::string address;
  std::uint16_t port = 0;
};

rsp::Result<ListenAddress> parse_listen(const std::string& option, const std::string& text) {
  auto colon = text.rfind(':');
  ListenAddress out{text.substr(0, colon)};
  std::string_view port =
      colon == std::string::npos ? "0" : std::string_view(text).substr(colon + 1);
  auto [end, problem] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (problem != std::errc() || end != port.data() + port.size()) {
    return usage(option, fmt::format("'{}' is not ADDRESS:PORT", text),
                 "for example 127.0.0.1:0 for any free port");
  }
  return out;
}

/// The n-th of an option that may be given once an order; empty or "-" is none.
std::string nth(const std::vector<std::string>& values, std::size_t n) {
  return n < values.size() && values[n] != "-" ? values[n] : "";
}

/// A profile out of a file, as it is before anybody orders it.
rsp::Result<smdp::Order> load_profile(const ServeOptions& options,
                                      const std::filesystem::path& file,
                                      const std::string& address) {
  smdp::Order order;
  RSP_TRY(rsp::Bytes package, read_file(file));
  auto metadata =
      smdp::metadata_for(package, options.service_provider_name, options.profile_name, address);
  if (!metadata) {
    rsp::Error error = std::move(metadata).error();
    error.step = file.string() + (error.step.empty() ? "" : ", ") + error.step;
    return rsp::failure(std::move(error));
  }
  order.metadata = *std::move(metadata);
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  order.profile_type = options.profile_type;
  order.owner = options.owner;
  return order;
}

rsp::Result<smdp::Order> make_order(const ServeOptions& options, std::size_t n,
                                    const std::string& address, rsp::Random& random) {
  RSP_TRY(smdp::Order order, load_profile(options, options.profiles[n], address));
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
  if (order.matching_id.empty() && !for_default)
    order.matching_id = smdp::random_matching_id(random);
  if (auto problem = smdp::matching_id_problem(order.matching_id)) {
    return usage("--matching-id",
                 fmt::format("'{}' is no MatchingID: {}", order.matching_id, *problem),
                 "digits, capital letters and hyphens, at most 255 (SGP.22 4.1.1)");
  }
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
  for (const auto& file : options.stock) {
    RSP_TRY(smdp::Order profile, load_profile(options, file, address));
    if (options.store && orders.find_by_iccid(profile.metadata.iccid) != nullptr) continue;
    profile.state = smdp::OrderState::kAvailable;
    RSP_CHECK(orders.add(std::move(profile)));
  }
  return orders;
}

rsp::Status check(const ServeOptions& options) {
  if (options.profiles.empty() && options.stock.empty() && !options.store && options.smds.empty() &&
      !options.manage) {
    return usage("--profile", "there is nothing to download",
                 "name a profile package, one --stock for ES2+, a --store with orders, or --manage "
                 "to make them later");
  }
  if (!options.root_smds.empty() && options.smds.empty())
    return usage("--root-smds", "only an SM-DS passes events on", "give it a name with --smds");
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
  RSP_TRY(ListenAddress listen, parse_listen("--listen", options.listen));
  ListenAddress manage;
  if (options.manage) {
    RSP_TRY(manage, parse_listen("--manage", *options.manage));
  }
  RSP_TRY(auto store, options.pki.open(app));
  auto log = [](std::string_view line) { say(fmt::format("smdp: {}", line)); };
  hil::MockServerOptions wanted{.host = options.host,
                                .also = options.also,
                                .smds = options.smds,
                                .root_smds = options.root_smds,
                                .operator_host = options.operator_host,
                                .curves = options.pki.curves(),
                                .log = log};
  if (options.key_mode == "session") wanted.key_mode = smdp::KeyMode::kSessionKeys;
  RSP_TRY(wanted.resolve, options.resolve.parse());
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

  std::mutex mutex;  // of the management listener's thread and the protocol's
  rsp::http::ServerOptions http{.address = listen.address, .port = listen.port};
  http.identities = server->tls_identities();
  http.key_log = key_log_from_environment();
  http.log = log;
  if (faults != nullptr) {
    http.admit = hil::with_faults_in_journal(server->journal(), *faults, mutex,
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
  rsp::http::Handler handler = [&](const rsp::http::Request& request) {
    auto response = server->handle(request);
    say(fmt::format("smdp: {} {} {}", request.target, response.status,
                    server->journal().entries().back().outcome));
    return response;
  };
  if (faults != nullptr) {
    handler = hil::with_faults_in_journal(server->journal(), *faults,
                                          hil::with_faults(*faults, std::move(handler)));
  }
  if (options.manage) handler = hil::one_at_a_time(mutex, std::move(handler));
  RSP_TRY(auto listening, rsp::http::Server::listen(std::move(http), std::move(handler)));
  std::uint16_t port = listening->port();
  std::string address = port == 443 ? options.host : fmt::format("{}:{}", options.host, port);
  RSP_TRY(auto orders, open_orders(options, address, app.random));
  server->start(orders, port);
  lpa::ActivationCode code{.address = address};
  if (options.oid_in_code) code.smdp_oid = server->oid();

  rsp::http::ServerThread running(std::move(listening));
  rsp::Json ready = describe(orders, options.host, port, code);
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
        .service_provider_name = options.service_provider_name,
        .profile_name = options.profile_name};
    if (server->smds() != nullptr) managed.smdss = {server->smds()};
    auto listener = hil::ManagementListener::listen(
        manage.address, manage.port, mutex, std::move(managed),
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
  for (const std::string& host : options.also)
    say(fmt::format("SM-DP+ at https://{}", server->address_of(host)));
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
  serve_app->add_option("--stock", options->stock,
                        "profile package that waits for an order over ES2+");
  serve_app
      ->add_option("--profile-type", options->profile_type, "profileType of the profiles (ES2+)")
      ->capture_default_str();
  serve_app->add_option(
      "--owner", options->owner,
      "functionRequesterIdentifier of who alone may order them (default: anybody)");
  serve_app->add_option(
      "--also", options->also,
      "host name of a further SM-DP+ over the same orders, with the identity that "
      "the certificates have for it");
  serve_app->add_option("--smds", options->smds,
                        "host name under which an SM-DS is served as well");
  serve_app->add_option("--root-smds", options->root_smds,
                        "root SM-DS to which that one passes events on, HOST:PORT");
  serve_app->add_option(
      "--operator", options->operator_host,
      "who is told how downloads go (ES2+.HandleDownloadProgressInfo), HOST:PORT");
  options->resolve.add_to(*serve_app);
  serve_app->add_option("--manage", options->manage,
                        "ADDRESS:PORT of the management listener: a page and an API for orders, "
                        "journal, faults and clock (plain HTTP; keep it on loopback)");
  serve_app->add_option("--store", options->store, "file that keeps the orders");
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
