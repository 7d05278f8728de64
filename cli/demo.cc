// demo: a whole download in one process, over real HTTPS on loopback.
#include <fmt/format.h>

#include "cli/command.h"
#include "hil/authentication_centre.h"
#include "hil/card.h"
#include "hil/trace/html.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"
#include "lpa/lpa.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/saip/profile_maker.h"

namespace cli {
namespace {

struct DemoOptions {
  std::optional<std::filesystem::path> out;
  std::string persona = "default";
  PkiOptions pki;
};

constexpr std::string_view kHost = "testsmdpplus1.example.com", kMatchingId = "DEMO-0001";

rsp::saip::ProfileParameters demo_parameters() {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = "8988211000000000019";
  parameters.imsi = "001010000000001";
  return parameters;
}

rsp::Result<smdp::Order> demo_order(const std::string& address) {
  RSP_TRY(rsp::Bytes package, rsp::saip::make_profile(demo_parameters()));
  smdp::Order order;
  order.matching_id = kMatchingId;
  RSP_TRY(order.metadata, smdp::metadata_for(package, "esimbench", "Demo profile", address));
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  return order;
}

/// Appends the names of what was acknowledged. Error: the first notification that was not.
rsp::Status deliver(lpa::Lpa& lpa, rsp::Json& names) {
  RSP_TRY(auto deliveries, lpa.deliver_notifications());
  for (const lpa::Delivery& delivery : deliveries) {
    if (delivery.error) return rsp::failure(*delivery.error);
    names.push_back(
        std::string(rsp::notification_event_name(delivery.metadata.profile_management_operation)));
  }
  return {};
}

/// The LPA's part: everything between the activation code and the enabled profile.
rsp::Result<rsp::Json> provision(lpa::Lpa& lpa, const std::string& address) {
  rsp::Json out;
  RSP_TRY(rsp::Eid eid, lpa.eid());
  out["eid"] = rsp::to_hex(eid);
  RSP_TRY(auto code, lpa::ActivationCode::parse(fmt::format("LPA:1${}${}", address, kMatchingId)));
  out["activationCode"] = code.to_string();
  lpa::UserInterface user;
  user.progress = show_progress;
  RSP_TRY(lpa::Download download, lpa.download(code, user));
  rsp::Json delivered = rsp::Json::array();
  RSP_CHECK(deliver(lpa, delivered));
  RSP_CHECK(lpa.enable(download.metadata.iccid));
  RSP_CHECK(deliver(lpa, delivered));
  RSP_TRY(auto profiles, lpa.profiles());
  for (const rsp::ProfileInfo& profile : profiles) {
    if (profile.iccid != download.metadata.iccid) continue;
    out["iccid"] = rsp::from_swapped_bcd(*profile.iccid);
    out["name"] = std::string(profile.profile_name.value_or(std::string()));
    out["provider"] = std::string(profile.service_provider_name.value_or(std::string()));
    out["state"] = rsp::asn1::name_of(*profile.profile_state);
  }
  out["notificationsDelivered"] = std::move(delivered);
  return out;
}

/// One command to the USIM; its data. Error: Layer::kApdu with the status word.
rsp::Result<rsp::Bytes> ask(rsp::card::Card& card, const rsp::card::CommandApdu& command,
                            std::string_view step) {
  RSP_TRY(auto response, rsp::card::ResponseApdu::parse(card.transmit(command.encode())));
  // Over T=0 the answer to a command with data is fetched.
  if (response.sw.more_data()) {
    rsp::card::CommandApdu fetch{0x00, rsp::card::kGetResponseIns,      0, 0,
                                 {},   std::uint16_t{response.sw.sw2()}};
    RSP_TRY(response, rsp::card::ResponseApdu::parse(card.transmit(fetch.encode())));
  }
  if (response.sw.success()) return std::move(response.data);
  return rsp::failure({.layer = rsp::Layer::kApdu,
                       .step = std::string(step),
                       .code = rsp::card::to_string(response.sw),
                       .text = std::string(rsp::card::meaning(response.sw))});
}

/// What a module does with the profile after its restart: it reads who the subscriber is, and
/// answers the network's challenge.
rsp::Status use_profile(rsp::card::Card& card, rsp::Random& random, rsp::Json& out) {
  auto usim = rsp::saip::made_usim_aid();
  RSP_CHECK(ask(card, {0x00, 0xA4, 0x04, 0x0C, usim, {}}, "SELECT USIM"));
  RSP_CHECK(ask(card, {0x00, 0xA4, 0x00, 0x0C, {0x6F, 0x07}, {}}, "SELECT EF.IMSI"));
  RSP_TRY(rsp::Bytes imsi, ask(card, {0x00, 0xB0, 0x00, 0x00, {}, 9}, "READ BINARY"));
  // The length, then the digits behind a nibble for parity (3GPP TS 31.102 4.2.2).
  out["imsi"] = rsp::from_swapped_bcd(rsp::BytesView(imsi).subspan(1)).substr(1);

  auto parameters = demo_parameters();
  RSP_TRY(auto network, hil::AuthenticationCentre::create({.algorithm_options = {0x01},
                                                           .key = rsp::to_bytes(parameters.k),
                                                           .opc = rsp::to_bytes(parameters.opc)}));
  auto rand = random.octets<16>();
  constexpr rsp::crypto::Sqn kFirst{0x00, 0x00, 0x00, 0x00, 0x00, 0x20};
  rsp::Bytes challenge = hil::authenticate_data(rand, network.autn(rand, kFirst));
  RSP_TRY(rsp::Bytes answer, ask(card, {0x00, 0x88, 0x00, 0x81, challenge, 256}, "AUTHENTICATE"));
  rsp::Bytes expected = network.expected_res(rand);
  bool known = answer.size() >= 2 + expected.size() && answer[0] == 0xDB &&
               rsp::equal(rsp::BytesView(answer).subspan(2, expected.size()), expected);
  out["authenticated"] = known;
  if (known) return {};
  return rsp::failure({.layer = rsp::Layer::kCard,
                       .step = "AUTHENTICATE",
                       .text = "the network does not know the USIM by its answer"});
}

/// trace.ndjson, trace.pcapng and report.html, also of a run that failed: then they are wanted
/// most.
rsp::Status write_trace(const std::filesystem::path& directory,
                        const rsp::TraceRecorder& recorder) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  rsp::Trace trace = recorder.trace();
  RSP_CHECK(write_file(directory / "trace.ndjson", hil::to_ndjson(trace)));
  rsp::Bytes capture = hil::to_pcapng(trace);
  RSP_CHECK(write_file(directory / "trace.pcapng", rsp::text_of(capture)));
  return write_file(directory / "report.html",
                    hil::to_html("esimbench demo: one profile download", trace));
}

Outcome demo(App& app, const DemoOptions& options) {
  RSP_TRY(hil::PersonaFile persona, hil::load_persona(options.persona));
  RSP_TRY(auto store, options.pki.open(app));
  auto start = std::chrono::steady_clock::now();
  rsp::TraceRecorder recorder;
  rsp::TraceSink* trace = options.out ? &recorder : nullptr;

  RSP_TRY(auto config, hil::smdp_config(store, std::string(kHost), {}, options.pki.curves()));
  rsp::http::ServerOptions http;
  RSP_TRY(http.identities,
          hil::tls_identities(store, std::string(kHost), config.identities.front().oid, app.clock,
                              app.random, options.pki.curves()));
  http.key_log = key_log_from_environment();
  // The server runs on a thread of its own, so it has its own source of randomness.
  rsp::SystemRandom server_random;
  std::unique_ptr<smdp::Smdp> server;
  RSP_TRY(auto listening,
          rsp::http::Server::listen(std::move(http), [&](const rsp::http::Request& request) {
            return smdp::handle_es9(*server, request, nullptr);
          }));
  std::uint16_t port = listening->port();
  std::string address = fmt::format("{}:{}", kHost, port);
  smdp::OrderStore orders;
  RSP_TRY(smdp::Order order, demo_order(address));
  RSP_CHECK(orders.add(std::move(order)));
  config.addresses = {address};
  server = std::make_unique<smdp::Smdp>(std::move(config), orders, app.clock, server_random);
  rsp::http::ServerThread running(std::move(listening));

  RSP_TRY(auto card, hil::SimCard::open(std::nullopt, &store, app.random, persona, trace,
                                        options.pki.curves()));
  hil::RealTimeLink link(card->card());
  lpa::ApduTransport transport(link);
  std::optional<lpa::HttpsEs9> es9;
  es9.emplace(
      lpa::HttpsEs9Options{.trusted_cis = hil::ci_certificates(store),
                           .resolve = {{std::string(kHost), fmt::format("127.0.0.1:{}", port)}},
                           .trace = trace});
  lpa::LpaOptions lpa_options;
  lpa_options.trace = trace;
  lpa_options.es10.isd_r_aid = card->euicc().persona().isd_r_aid;
  auto outcome = [&]() -> Outcome {
    lpa::Lpa lpa(transport, *es9, std::move(lpa_options));
    RSP_TRY(rsp::Json out, provision(lpa, address));
    out["apduCount"] = lpa.apdu_count();
    RSP_CHECK(use_profile(card->euicc(), app.random, out));
    return out;
  }();
  auto statistics = es9->statistics();
  es9.reset();  // closes its connection, which belongs to the trace
  running.stop();
  if (options.out) RSP_CHECK(write_trace(*options.out, recorder));
  RSP_TRY(rsp::Json document, std::move(outcome));
  if (options.out) document["report"] = (*options.out / "report.html").string();
  document["orderState"] = rsp::asn1::name_of(orders.find(kMatchingId)->state);
  document["httpCalls"] = statistics.requests;
  document["tlsHandshakes"] = statistics.connections;
  auto took = std::chrono::steady_clock::now() - start;
  document["milliseconds"] = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  return document;
}

void print(const rsp::Json& document) {
  auto line = [](const char* name, const std::string& value) {
    fmt::print("{:<24} {}\n", name, value);
  };
  line("EID", document.at("eid").get<std::string>());
  line("activation code", document.at("activationCode").get<std::string>());
  line("ICCID", document.at("iccid").get<std::string>());
  line("profile", fmt::format("{} ({})", document.at("name").get<std::string>(),
                              document.at("provider").get<std::string>()));
  line("state", document.at("state").get<std::string>());
  line("subscriber",
       fmt::format("{} (authenticated by the network)", document.at("imsi").get<std::string>()));
  line("order at the SM-DP+", document.at("orderState").get<std::string>());
  std::string delivered;
  for (const auto& name : document.at("notificationsDelivered"))
    delivered += (delivered.empty() ? "" : ", ") + name.get<std::string>();
  line("notifications", delivered + " (acknowledged)");
  line("traffic", fmt::format("{} APDUs, {} HTTPS calls over {} TLS connection(s)",
                              document.at("apduCount").get<std::size_t>(),
                              document.at("httpCalls").get<std::size_t>(),
                              document.at("tlsHandshakes").get<std::size_t>()));
  line("time", fmt::format("{} ms", document.at("milliseconds").get<std::int64_t>()));
  if (document.contains("report")) line("report", document.at("report").get<std::string>());
}

}  // namespace

void add_demo(App& app) {
  auto options = std::make_shared<DemoOptions>();
  CLI::App* demo_app = app.add(
      app.parser, "demo", "download, install, enable and report a profile, all on this machine",
      {[&app, options] { return demo(app, *options); }, print});
  demo_app->add_option("--out", options->out, "directory for a trace and a report");
  demo_app->add_option("--persona", options->persona,
                       "what kind of card: a name of `euicc personas`, or a file");
  options->pki.add_to(*demo_app);
}

}  // namespace cli
