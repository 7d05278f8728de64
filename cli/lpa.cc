// lpa VERB: the LPA against any card and any server.
#include <fmt/format.h>

#include <charconv>

#include "cli/command.h"
#include "cli/lpa_verb.h"
#include "hil/card.h"
#include "hil/describe.h"
#include "hil/trace/html.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"
#include "lpa/lpa.h"
#include "lpa/transport/module_road.h"
#include "rsp/base/hex.h"
#include "rsp/pki/pem.h"

namespace cli {
namespace {

struct LpaArguments {
  std::string card;
  PkiOptions pki;
  ResolveOption resolve;
  std::size_t block_size = 255;
  std::string isd_r_aid;
  std::string persona;
  std::string imei;
  bool once = false;
  std::string through_module;  // "http" or "tls": HTTPS by the module's own stack
  double timeout = 60;
  std::optional<std::filesystem::path> trace;
};

/// An LPA with its card and its way to servers, for the length of one command.
struct Bench {
  hil::OpenCard card;
  std::unique_ptr<lpa::Es9> server;
  std::unique_ptr<lpa::Lpa> lpa;
};

/// The device whose IMEI is this one; the TAC is the first eight digits of it.
rsp::Result<rsp::DeviceInfo> device_with_imei(rsp::DeviceInfo device, const std::string& imei) {
  bool digits = imei.find_first_not_of("0123456789") == imei.npos;
  if (!digits || imei.size() < 14 || imei.size() > 16) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--imei",
                         .text = fmt::format("'{}' is no IMEI", imei),
                         .hint = "14 to 16 digits; AT+CGSN tells a module's"});
  }
  rsp::Octets<8> octets{};
  RSP_TRY(rsp::Bytes swapped, rsp::to_swapped_bcd(imei, octets.size()));
  std::ranges::copy(swapped, octets.begin());
  // As in an IMEI of 3GPP TS 23.003: the TAC stands in front.
  std::copy_n(octets.begin(), device.tac.size(), device.tac.begin());
  device.imei = octets;
  return device;
}

/// The way to servers through the module that the card is in, by its HTTP or its TLS sockets.
rsp::Result<std::unique_ptr<lpa::Es9>> server_through(const hil::OpenCard& card,
                                                      const std::string& stack,
                                                      const lpa::HttpsEs9Options& https) {
  if (!https.resolve.empty()) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--resolve",
                         .text = "a module looks names up by itself",
                         .hint = "leave it out; a fake module has a --resolve of its own"});
  }
  if (card.module == nullptr) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--through-module",
                         .text = "the card is in no module",
                         .hint = "it goes with at:, at-tcp: and at-rfc2217:"});
  }
  lpa::AtTlsContext tls;
  for (const rsp::Bytes& ci : https.trusted_cis)
    tls.trusted_pem += rsp::pki::to_pem("CERTIFICATE", ci);
  auto by = stack == "tls" ? lpa::ModuleStack::kTls : lpa::ModuleStack::kHttp;
  return std::make_unique<lpa::JsonEs9>(lpa::module_road(card.module->port(), by, std::move(tls)),
                                        lpa::JsonEs9Options{https.protocol_version, https.trace});
}

rsp::Result<Bench> open(App& app, const LpaArguments& arguments, bool wants_server,
                        rsp::TraceSink* trace) {
  Bench bench;
  lpa::LpaOptions options;
  options.es10.block_size = arguments.block_size;
  options.es10.timeout =
      std::chrono::milliseconds(static_cast<std::int64_t>(arguments.timeout * 1000));
  options.http_timeout = options.es10.timeout;
  if (!arguments.isd_r_aid.empty()) {
    auto aid = rsp::from_hex(arguments.isd_r_aid);
    if (!aid)
      return rsp::failure(
          {.layer = rsp::Layer::kInput, .path = "--isd-r-aid", .text = aid.error().text});
    options.es10.isd_r_aid = *std::move(aid);
  } else {
    for (std::string_view known : lpa::known_isd_r_aids())
      options.es10.further_isd_r_aids.push_back(*rsp::from_hex(known));
  }
  if (!arguments.imei.empty()) {
    RSP_TRY(options.device_info, device_with_imei(std::move(options.device_info), arguments.imei));
  }
  if (!arguments.once) {
    options.persistence = lpa::Persistence::kUntilDone;
    options.es10.settling = std::chrono::seconds(15);
  }
  options.trace = trace;
  lpa::HttpsEs9Options https;
  https.trace = trace;
  if (wants_server) {
    RSP_TRY(auto store, arguments.pki.open(app));
    https.trusted_cis = hil::ci_certificates(store);
    RSP_TRY(https.resolve, arguments.resolve.parse());
    https.key_log = key_log_from_environment();
  }
  std::optional<hil::PersonaFile> persona;
  if (!arguments.persona.empty()) {
    RSP_TRY(persona, hil::load_persona(arguments.persona));
  }
  RSP_TRY(bench.card, hil::open_card(
                          arguments.card, [&] { return arguments.pki.open(app); }, app.random,
                          trace, arguments.pki.curves(), persona));
  // Of a card in this process the AID is known.
  if (arguments.isd_r_aid.empty() && bench.card.simulated)
    options.es10.isd_r_aid = bench.card.simulated->euicc().persona().isd_r_aid;
  if (!arguments.through_module.empty()) {
    RSP_TRY(bench.server, server_through(bench.card, arguments.through_module, https));
  } else {
    bench.server = std::make_unique<lpa::HttpsEs9>(std::move(https));
  }
  bench.lpa = std::make_unique<lpa::Lpa>(*bench.card.transport, *bench.server, std::move(options));
  return bench;
}

/// By the end of its name: a capture, a page, or NDJSON.
rsp::Status write_trace(const std::filesystem::path& file, const rsp::Trace& trace) {
  if (file.extension() == ".pcapng") return write_file(file, rsp::text_of(hil::to_pcapng(trace)));
  if (file.extension() == ".html") return write_file(file, hil::to_html("esimbench lpa", trace));
  return write_file(file, hil::to_ndjson(trace));
}

Outcome with_lpa(App& app, const LpaArguments& arguments, bool wants_server,
                 const std::function<Outcome(lpa::Lpa&)>& run, rsp::TraceSink* trace) {
  RSP_TRY(Bench bench, open(app, arguments, wants_server, trace));
  return run(*bench.lpa);
}

using hil::describe;

rsp::Json describe(const std::vector<lpa::Delivery>& deliveries) {
  rsp::Json out = rsp::Json::array();
  for (const lpa::Delivery& delivery : deliveries) {
    rsp::Json entry = describe(delivery.metadata);
    entry["delivered"] = !delivery.error;
    if (delivery.error) entry["error"] = delivery.error->message();
    out.push_back(std::move(entry));
  }
  return out;
}

}  // namespace

rsp::Json deliver(lpa::Lpa& lpa) {
  auto deliveries = lpa.deliver_notifications();
  return deliveries ? describe(*deliveries) : rsp::Json::array();
}

void print_notifications(const rsp::Json& list) {
  for (const auto& entry : list) {
    std::string state = entry.contains("delivered")
                            ? entry.at("delivered").get<bool>() ? "delivered" : "waiting"
                            : "waiting";
    fmt::print("notification {} {} to {}: {}\n", entry.at("sequenceNumber").get<std::uint32_t>(),
               entry.at("event").get<std::string>(), entry.at("address").get<std::string>(), state);
    if (entry.contains("error")) say("  " + entry.at("error").get<std::string>());
  }
}

namespace {

// --- Verbs ---

Outcome info(lpa::Lpa& lpa) {
  RSP_TRY(rsp::Eid eid, lpa.eid());
  RSP_TRY(auto info2, lpa.info2());
  RSP_TRY(auto addresses, lpa.addresses());
  rsp::Json out;
  out["eid"] = rsp::to_hex(eid);
  out["svn"] = rsp::version_text(info2.svn);
  out["profileVersion"] = rsp::version_text(info2.profile_version);
  out["firmwareVersion"] = rsp::version_text(info2.euicc_firmware_ver);
  if (addresses.default_dp_address) out["defaultSmdp"] = *addresses.default_dp_address;
  out["rootSmds"] = addresses.root_ds_address;
  out["euiccInfo2"] = rsp::to_json(info2);
  return out;
}

void print_info(const rsp::Json& document) {
  for (const auto& [name, value] : document.items()) {
    if (value.is_string()) fmt::print("{:<16} {}\n", name, value.get<std::string>());
  }
}

Outcome profiles(lpa::Lpa& lpa) {
  RSP_TRY(auto list, lpa.profiles());
  rsp::Json out;
  out["profiles"] = rsp::Json::array();
  for (const rsp::ProfileInfo& profile : list) out["profiles"].push_back(describe(profile));
  return out;
}

void print_profiles(const rsp::Json& document) {
  if (document.at("profiles").empty()) fmt::print("no profiles\n");
  for (const auto& profile : document.at("profiles")) {
    fmt::print("{:<20} {:<8} {} ({})\n", profile.value("iccid", "?"),
               profile.at("state").get<std::string>(),
               profile.value("nickname", profile.at("name").get<std::string>()),
               profile.at("provider").get<std::string>());
  }
}

using Change = rsp::Status (lpa::Lpa::*)(const rsp::ProfileIdentifier&);

Outcome change(lpa::Lpa& lpa, Change operation, const std::string& profile, const char* state) {
  RSP_TRY(rsp::ProfileIdentifier identifier, hil::parse_profile_identifier(profile, "PROFILE"));
  RSP_CHECK((lpa.*operation)(identifier));
  return rsp::Json{{"profile", profile}, {"state", state}, {"notifications", deliver(lpa)}};
}

void print_change(const rsp::Json& document) {
  fmt::print("{} is {}\n", document.at("profile").get<std::string>(),
             document.at("state").get<std::string>());
  print_notifications(document.at("notifications"));
}

Outcome nickname(lpa::Lpa& lpa, const std::string& profile, const std::string& name) {
  RSP_TRY(rsp::ProfileIdentifier identifier, hil::parse_profile_identifier(profile, "PROFILE"));
  auto* iccid = std::get_if<rsp::Iccid>(&identifier);
  if (iccid == nullptr) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput, .path = "PROFILE", .text = "a nickname is set by ICCID"});
  }
  constexpr std::size_t kMost = 64;  // SGP.22 5.7.21
  if (name.size() > kMost) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "NAME",
                         .text = fmt::format("a nickname has {} octets at most, this one has {}",
                                             kMost, name.size())});
  }
  RSP_CHECK(lpa.set_nickname(*iccid, name));
  return rsp::Json{{"profile", profile}, {"nickname", name}};
}

struct NotificationArguments {
  bool send = false;
  std::uint32_t since = 0;
  std::optional<std::uint32_t> remove;
};

Outcome notifications(lpa::Lpa& lpa, const NotificationArguments& arguments) {
  rsp::Json out;
  if (arguments.remove) RSP_CHECK(lpa.remove_notification(*arguments.remove));
  if (arguments.send) {
    RSP_TRY(auto deliveries, lpa.deliver_notifications(arguments.since));
    out["notifications"] = describe(deliveries);
    return out;
  }
  RSP_TRY(auto list, lpa.notifications());
  out["notifications"] = rsp::Json::array();
  for (const auto& metadata : list) {
    if (metadata.seq_number >= arguments.since) out["notifications"].push_back(describe(metadata));
  }
  return out;
}

Outcome default_smdp(lpa::Lpa& lpa, const std::optional<std::string>& address) {
  if (address) RSP_CHECK(lpa.set_default_smdp(*address));
  RSP_TRY(auto addresses, lpa.addresses());
  return rsp::Json{{"defaultSmdp", addresses.default_dp_address.value_or("")}};
}

Outcome load_crl(lpa::Lpa& lpa, const std::filesystem::path& file) {
  RSP_TRY(rsp::Bytes der, read_der(file, "X509 CRL"));
  auto missing = lpa.load_crl(der);
  if (!missing) {
    rsp::Error error = std::move(missing).error();
    error.step = file.string() + (error.step.empty() ? "" : ", ") + error.step;
    return rsp::failure(std::move(error));
  }
  return rsp::Json{{"file", file.string()}, {"missingParts", *missing}};
}

void print_load_crl(const rsp::Json& document) {
  const auto& missing = document.at("missingParts");
  fmt::print("loaded {}\n", document.at("file").get<std::string>());
  if (!missing.empty()) fmt::print("parts still missing: {}\n", missing.dump());
}

Outcome reset(lpa::Lpa& lpa) {
  RSP_CHECK(lpa.memory_reset({rsp::kDeleteOperationalProfiles, rsp::kDeleteFieldLoadedTestProfiles,
                              rsp::kResetDefaultSmdpAddress}));
  return rsp::Json{{"notifications", deliver(lpa)}};
}

/// What is wrong with a --timeout; empty where nothing is.
std::string timeout_problem(const std::string& text) {
  constexpr double kLeast = 0.001, kMost = 86400;
  double seconds = 0;
  const char* end = text.data() + text.size();
  auto [rest, problem] = std::from_chars(text.data(), end, seconds);
  // So that what is not a number is none between them.
  bool good = problem == std::errc() && rest == end && seconds >= kLeast && seconds <= kMost;
  return good ? ""
              : fmt::format("'{}' is not a number of seconds from {} to {}", text, kLeast, kMost);
}

}  // namespace

CLI::App* add_lpa_verb(App& app, CLI::App& parent, const std::string& name,
                       const std::string& description, bool wants_server,
                       std::function<Outcome(lpa::Lpa&)> run,
                       std::function<void(const rsp::Json&)> show) {
  auto arguments = std::make_shared<LpaArguments>();
  CLI::App* verb = app.add(parent, name, description,
                           {[&app, arguments, wants_server, run = std::move(run)]() -> Outcome {
                              if (!arguments->trace)
                                return with_lpa(app, *arguments, wants_server, run, nullptr);
                              // In front of everything else: a trace that cannot be written is no
                              // surprise at the end.
                              RSP_CHECK(write_trace(*arguments->trace, {}));
                              rsp::TraceRecorder recorder;
                              Outcome outcome =
                                  with_lpa(app, *arguments, wants_server, run, &recorder);
                              auto written = write_trace(*arguments->trace, recorder.trace());
                              if (outcome && !written)
                                return rsp::failure(std::move(written).error());
                              return outcome;
                            },
                            std::move(show)});
  verb->add_option("--card", arguments->card, std::string(hil::kCardHelp))->required();
  verb->add_option("--block-size", arguments->block_size, "octets in one STORE DATA command")
      ->check(CLI::Range(1, 255))
      ->capture_default_str();
  verb->add_option("--persona", arguments->persona,
                   "what kind of card a new sim:FILE is: a name of `euicc personas`, or a file");
  verb->add_option("--isd-r-aid", arguments->isd_r_aid,
                   "AID of the ISD-R, where a card has its own");
  verb->add_flag("--once", arguments->once,
                 "each command once: what is in doubt has failed, and is not looked into");
  verb->add_option("--trace", arguments->trace,
                   "file that gets all APDUs, AT lines and HTTP messages: NDJSON, a capture for "
                   "Wireshark where it ends in .pcapng, a page where it ends in .html");
  verb->add_option("--imei", arguments->imei,
                   "IMEI that servers are told; its first digits are the TAC");
  verb->add_option("--timeout", arguments->timeout,
                   "seconds for one command to the card or one call to a server")
      ->check(timeout_problem)
      ->capture_default_str();
  arguments->pki.add_to(*verb);
  if (wants_server) {
    arguments->resolve.add_to(*verb);
    verb->add_flag("--through-module{http}", arguments->through_module,
                   "reach servers by the module that the card is in: by its HTTP, or with =tls by "
                   "its TLS sockets")
        ->check(CLI::IsMember({"http", "tls"}));
  }
  return verb;
}

void add_lpa(App& app) {
  CLI::App* lpa_app = app.parser.add_subcommand("lpa", "the Local Profile Assistant");
  lpa_app->require_subcommand(1);
  add_lpa_verb(app, *lpa_app, "info", "EID, versions and addresses of the card", false, info,
               print_info);
  add_lpa_verb(app, *lpa_app, "profiles", "profiles on the card", false, profiles, print_profiles);

  add_lpa_download(app, *lpa_app);
  CLI::App* verb = nullptr;

  auto add_change = [&](const char* name, const char* description, Change operation,
                        const char* state) {
    auto profile = std::make_shared<std::string>();
    CLI::App* change_verb = add_lpa_verb(
        app, *lpa_app, name, description, true,
        [=](lpa::Lpa& lpa) { return change(lpa, operation, *profile, state); }, print_change);
    change_verb->add_option("PROFILE", *profile, "ICCID, or AID of the ISD-P")->required();
  };
  add_change("enable", "enable a profile and report it", &lpa::Lpa::enable, "enabled");
  add_change("disable", "disable a profile and report it", &lpa::Lpa::disable, "disabled");
  add_change("delete", "delete a disabled profile and report it", &lpa::Lpa::remove, "deleted");

  auto named = std::make_shared<std::string>(), name = std::make_shared<std::string>();
  verb = add_lpa_verb(
      app, *lpa_app, "nickname", "give a profile a nickname; an empty one removes it", false,
      [named, name](lpa::Lpa& lpa) { return nickname(lpa, *named, *name); },
      [](const rsp::Json& document) {
        fmt::print("{}\n", document.at("nickname").get<std::string>());
      });
  verb->add_option("PROFILE", *named, "ICCID")->required();
  verb->add_option("NAME", *name, "nickname")->required();

  auto which = std::make_shared<NotificationArguments>();
  verb = add_lpa_verb(
      app, *lpa_app, "notifications", "notifications that wait on the card", true,
      [which](lpa::Lpa& lpa) { return notifications(lpa, *which); },
      [](const rsp::Json& document) { print_notifications(document.at("notifications")); });
  verb->add_flag("--send", which->send, "deliver them, and remove those that are acknowledged");
  verb->add_option("--since", which->since, "only those with this sequence number and later ones")
      ->capture_default_str();
  verb->add_option("--remove", which->remove, "remove one that was not delivered");

  auto address = std::make_shared<std::optional<std::string>>();
  verb = add_lpa_verb(
      app, *lpa_app, "default-smdp", "show or set the card's default SM-DP+", false,
      [address](lpa::Lpa& lpa) { return default_smdp(lpa, *address); },
      [](const rsp::Json& document) {
        fmt::print("{}\n", document.at("defaultSmdp").get<std::string>());
      });
  verb->add_option("ADDRESS", *address, "host name to set; an empty one clears it");

  auto crl = std::make_shared<std::filesystem::path>();
  verb = add_lpa_verb(
      app, *lpa_app, "load-crl", "load a certificate revocation list into the card", false,
      [crl](lpa::Lpa& lpa) { return load_crl(lpa, *crl); }, print_load_crl);
  verb->add_option("FILE", *crl, "the CRL, PEM or DER")->required();

  add_lpa_verb(
      app, *lpa_app, "reset", "delete all profiles and the default SM-DP+ (eUICC memory reset)",
      true, reset,
      [](const rsp::Json& document) { print_notifications(document.at("notifications")); });
}

}  // namespace cli
