// smdp order: ES2+ as an operator calls it, against the mock SM-DP+ or another one.
#include "cli/smdp_order.h"

#include <fmt/format.h>

#include "fake_smdp/server_clients.h"

namespace cli {
namespace {

struct OrderOptions {
  std::string server, requester = "2.999.100", call_identifier;
  ResolveOption resolve;
  PkiOptions pki;
  std::optional<std::filesystem::path> client_certificate, client_key;
  double timeout = 30;

  rsp::DownloadOrderRequest download;
  rsp::ConfirmOrderRequest confirm;
  rsp::CancelOrderRequest cancel;
  rsp::ReleaseProfileRequest release;
  std::string final_status = "Unavailable";
  bool for_default_smdp = false;
};

/// The private key in a file, PEM or DER, PKCS#8 or SEC 1.
rsp::Result<rsp::crypto::PrivateKey> read_key(const std::filesystem::path& file) {
  auto der = read_der(file, "PRIVATE KEY");
  if (!der) der = read_der(file, "EC PRIVATE KEY");
  if (!der) return rsp::failure(der.error());
  auto key = rsp::crypto::PrivateKey::from_der(*der);
  if (!key) key.error().path = file.string();
  return key;
}

/// What the operator shows to prove who it is.
rsp::Result<std::optional<rsp::http::TlsIdentity>> identity(const OrderOptions& options) {
  if (!options.client_certificate) return std::nullopt;
  RSP_TRY(rsp::Bytes certificate, read_der(*options.client_certificate, "CERTIFICATE"));
  RSP_TRY(auto key, read_key(*options.client_key));
  return rsp::http::TlsIdentity{std::move(certificate), {}, key.to_pkcs8()};
}

template <class Request>
rsp::Result<typename Request::Ok> call(App& app, const OrderOptions& options,
                                       const Request& request) {
  RSP_TRY(auto store, options.pki.open(app));
  rsp::http::ClientOptions http;
  http.trusted_certificates = hil::ci_certificates(store);
  RSP_TRY(http.resolve, options.resolve.parse());
  RSP_TRY(http.identity, identity(options));
  rsp::http::Client client(std::move(http));
  std::string number = options.call_identifier;
  if (number.empty()) number = fmt::format("{}", app.clock.now().time_since_epoch().count());
  auto patience = std::chrono::milliseconds(static_cast<std::int64_t>(options.timeout * 1000));
  return smdp::call_function(client, options.server, rsp::kEs2PathPrefix,
                             {options.requester, number}, request, rsp::Deadline::after(patience));
}

Outcome download(App& app, const OrderOptions& options) {
  RSP_TRY(auto ok, call(app, options, options.download));
  return rsp::Json{{"iccid", ok.iccid}};
}

Outcome confirm(App& app, OrderOptions options) {
  if (options.for_default_smdp) options.confirm.matching_id = "";
  RSP_TRY(auto ok, call(app, options, options.confirm));
  rsp::Json out{{"matchingId", ok.matching_id}};
  if (ok.eid) out["eid"] = *ok.eid;
  if (ok.smdp_address) out["smdpAddress"] = *ok.smdp_address;
  return out;
}

Outcome cancel(App& app, OrderOptions options) {
  options.cancel.final_profile_status_indicator = options.final_status == "Available"
                                                      ? rsp::FinalProfileStatus::kAvailable
                                                      : rsp::FinalProfileStatus::kUnavailable;
  RSP_TRY(auto ok, call(app, options, options.cancel));
  return rsp::Json::object();
}

Outcome release(App& app, const OrderOptions& options) {
  RSP_TRY(auto ok, call(app, options, options.release));
  return rsp::Json::object();
}

void print(const rsp::Json& document) {
  bool anything = false;
  for (const auto& [name, value] : document.items()) {
    if (name == "result" || !value.is_string()) continue;
    fmt::print("{}: {}\n", name, value.get<std::string>());
    anything = true;
  }
  if (!anything) fmt::print("done\n");
}

}  // namespace

void add_smdp_order(App& app, CLI::App& smdp_app) {
  CLI::App* order_app = smdp_app.add_subcommand("order", "ES2+ as an operator calls it");
  order_app->require_subcommand(1);
  auto options = std::make_shared<OrderOptions>();
  auto add = [&](const std::string& name, const std::string& description, auto run) {
    CLI::App* sub = app.add(*order_app, name, description,
                            {[&app, options, run] { return run(app, *options); }, print});
    sub->add_option("--server", options->server, "SM-DP+, HOST or HOST:PORT")->required();
    sub->add_option("--requester", options->requester, "functionRequesterIdentifier")
        ->capture_default_str();
    sub->add_option("--call-id", options->call_identifier,
                    "functionCallIdentifier (default: the time)");
    sub->add_option("--timeout", options->timeout, "seconds for the whole call")
        ->check(CLI::Range(0.001, 86400.0))
        ->capture_default_str();
    CLI::Option* certificate =
        sub->add_option("--client-certificate", options->client_certificate,
                        "certificate (PEM or DER) for an SM-DP+ that asks for one (mutual TLS)");
    CLI::Option* key = sub->add_option("--client-key", options->client_key, "its private key");
    certificate->needs(key);
    key->needs(certificate);
    options->resolve.add_to(*sub);
    options->pki.add_to(*sub);
    return sub;
  };
  CLI::App* sub = add("download", "DownloadOrder: reserve a profile", download);
  CLI::Option* iccid = sub->add_option("--iccid", options->download.iccid, "this profile");
  sub->add_option("--profile-type", options->download.profile_type, "any profile of a type")
      ->excludes(iccid);
  sub->add_option("--eid", options->download.eid, "for this eUICC");

  sub = add("confirm", "ConfirmOrder: give it a MatchingID, and perhaps release it", confirm);
  sub->add_option("--iccid", options->confirm.iccid, "the profile")->required();
  sub->add_option("--eid", options->confirm.eid, "for this eUICC");
  CLI::Option* id = sub->add_option("--matching-id", options->confirm.matching_id,
                                    "MatchingID (default: the SM-DP+ makes one up)");
  sub->add_flag("--default-smdp", options->for_default_smdp,
                "an empty MatchingID: for the eUICC's default SM-DP+")
      ->excludes(id);
  sub->add_option("--confirmation-code", options->confirm.confirmation_code,
                  "what the user has to enter");
  sub->add_option("--smds", options->confirm.smds_address, "register an event at this SM-DS");
  sub->add_flag("--release", options->confirm.release_flag, "release it at once");

  sub = add("cancel", "CancelOrder: give it up", cancel);
  sub->add_option("--iccid", options->cancel.iccid, "the profile")->required();
  sub->add_option("--eid", options->cancel.eid, "the eUICC that it is linked to");
  sub->add_option("--matching-id", options->cancel.matching_id, "its MatchingID");
  sub->add_option("--final-status", options->final_status, "what becomes of the profile")
      ->check(CLI::IsMember({"Available", "Unavailable"}))
      ->capture_default_str();

  sub = add("release", "ReleaseProfile: eUICCs may come for it", release);
  sub->add_option("--iccid", options->release.iccid, "the profile")->required();
}

}  // namespace cli
