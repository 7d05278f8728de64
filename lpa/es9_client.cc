#include "lpa/es9_client.h"

#include <fmt/format.h>

#include "rsp/json/es9_json.h"
#include "rsp/pki/chain.h"

namespace lpa {
namespace {

/// SGP.22 2.6.6: the TLS certificate is one of an SM-DP+ or SM-DS, under a CI that we trust.
rsp::Status check_tls_certificate(rsp::BytesView der, const rsp::pki::TrustAnchors& anchors) {
  RSP_TRY(auto certificate, rsp::pki::Certificate::parse(der));
  auto role = rsp::pki::role_of(certificate);
  if (role != rsp::pki::Role::kDpTls && role != rsp::pki::Role::kDsTls) {
    return rsp::failure({.layer = rsp::Layer::kCrypto,
                         .code = "wrongRole",
                         .path = "TLS certificate",
                         .text = "the server's certificate is none for TLS of an SM-DP+ or SM-DS",
                         .hint = "it needs certificate policy 2.23.146.1.2.1.3 or .6"});
  }
  const auto* ci = anchors.issuer_of(certificate);
  if (ci == nullptr) {
    return rsp::failure({.layer = rsp::Layer::kCrypto,
                         .code = "unknownCi",
                         .path = "TLS certificate",
                         .text = "the server's certificate is of a CI that is not trusted here",
                         .hint = "give the CI's folder with --pki"});
  }
  if (auto problem = rsp::pki::check_issued(certificate, *ci, *role)) {
    return rsp::failure(rsp::pki::to_error(*problem, "TLS certificate"));
  }
  return {};
}

/// TLS records and what opens them become events, besides whatever else happens to the key log.
void trace_wire(rsp::http::ClientOptions& http, rsp::TraceSink& trace) {
  http.wire_tap = [&trace](const rsp::http::WireEvent& wire) {
    using Kind = rsp::http::WireEvent::Kind;
    bool comes_in = wire.kind == Kind::kReceived;
    trace.event({rsp::TraceKind::kTls, comes_in ? rsp::Party::kServer : rsp::Party::kLpa,
                 comes_in ? rsp::Party::kLpa : rsp::Party::kServer,
                 fmt::format("connection {}", wire.connection),
                 wire.kind == Kind::kOpened   ? "opened"
                 : wire.kind == Kind::kClosed ? "closed"
                                              : "",
                 rsp::to_bytes(wire.bytes)});
  };
  http.key_log = [&trace, also = http.key_log](std::string_view line) {
    trace.event({rsp::TraceKind::kKeys,
                 rsp::Party::kLpa,
                 rsp::Party::kServer,
                 "TLS secret",
                 std::string(line),
                 {}});
    if (also) also(line);
  };
}

rsp::http::ClientOptions client_options(const HttpsEs9Options& options) {
  rsp::http::ClientOptions http;
  http.trusted_certificates = options.trusted_cis;
  http.resolve = options.resolve;
  http.key_log = options.key_log;
  http.clock = options.clock;
  if (options.trace != nullptr) trace_wire(http, *options.trace);
  rsp::pki::TrustAnchors anchors;
  for (const rsp::Bytes& der : options.trusted_cis) {
    // One that does not parse is reported by the client itself, on every call.
    if (auto ci = rsp::pki::Certificate::parse(der)) (void)anchors.add(*std::move(ci));
  }
  http.check_peer = [anchors = std::move(anchors)](rsp::BytesView der) {
    return check_tls_certificate(der, anchors);
  };
  return http;
}

std::string step_of(std::string_view function) {
  std::string name(function);
  name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
  return "ES9+." + name;
}

}  // namespace

HttpsEs9::HttpsEs9(HttpsEs9Options options)
    : JsonEs9(std::make_unique<rsp::http::Client>(client_options(options)),
              {options.protocol_version, options.trace}) {}

rsp::Result<rsp::http::Response> JsonEs9::post(const std::string& address,
                                               std::string_view function, std::string body,
                                               rsp::Deadline deadline) {
  rsp::http::Request request;
  request.target = std::string(rsp::kEs9PathPrefix) + std::string(function);
  request.headers = {
      {"User-Agent", "gsma-rsp-lpad"},
      {std::string(rsp::kAdminProtocolHeader), "gsma/rsp/v" + options_.protocol_version},
      {"Content-Type", std::string(rsp::kJsonContentType)}};
  request.body = std::move(body);
  if (options_.trace != nullptr) {
    options_.trace->event({rsp::TraceKind::kHttp,
                           rsp::Party::kLpa,
                           rsp::Party::kServer,
                           step_of(function),
                           request.body,
                           {}});
  }
  auto response = http_->send(address, request, deadline);
  if (options_.trace != nullptr) {
    std::string name = response ? std::to_string(response->status) : "failed";
    options_.trace->event({rsp::TraceKind::kHttp,
                           rsp::Party::kServer,
                           rsp::Party::kLpa,
                           step_of(function) + " " + name,
                           response ? response->body : response.error().message(),
                           {}});
  }
  if (!response) {
    rsp::Error error = std::move(response).error();
    error.step = step_of(function) + ", " + error.step;
    return rsp::failure(std::move(error));
  }
  if (response->status < 200 || response->status > 299) {
    return rsp::failure(
        {.layer = rsp::Layer::kHttp,
         .step = step_of(function),
         .code = std::to_string(response->status),
         .text = fmt::format("{} answered with HTTP status {}", address, response->status),
         .hint = response->status == 404 ? "is this an SM-DP+?" : ""});
  }
  return response;
}

template <class Request, class Ok>
rsp::Result<Ok> JsonEs9::call(const std::string& address, const Request& request,
                              rsp::Deadline deadline) {
  RSP_TRY(rsp::http::Response response,
          post(address, Request::kFunction, rsp::es9_request_body(request), deadline));
  auto ok = rsp::parse_es9_response<Ok>(response.body);
  if (!ok) return rsp::failure(at_step(std::move(ok).error(), step_of(Request::kFunction)));
  return ok;
}

rsp::Result<rsp::InitiateAuthenticationOk> JsonEs9::initiate_authentication(
    const std::string& address, const rsp::InitiateAuthenticationRequest& request,
    rsp::Deadline deadline) {
  return call(address, request, deadline);
}
rsp::Result<rsp::AuthenticateClientOk> JsonEs9::authenticate_client(
    const std::string& address, const rsp::AuthenticateClientRequest& request,
    rsp::Deadline deadline) {
  return call(address, request, deadline);
}
rsp::Result<rsp::AuthenticateClientOkEs11> JsonEs9::search_events(
    const std::string& address, const rsp::AuthenticateClientRequest& request,
    rsp::Deadline deadline) {
  return call<rsp::AuthenticateClientRequest, rsp::AuthenticateClientOkEs11>(address, request,
                                                                             deadline);
}
rsp::Result<rsp::GetBoundProfilePackageOk> JsonEs9::get_bound_profile_package(
    const std::string& address, const rsp::GetBoundProfilePackageRequest& request,
    rsp::Deadline deadline) {
  return call(address, request, deadline);
}
rsp::Status JsonEs9::cancel_session(const std::string& address,
                                    const rsp::CancelSessionRequestEs9& request,
                                    rsp::Deadline deadline) {
  RSP_CHECK(call(address, request, deadline));
  return {};
}

// SGP.22 6.5.1.4: a notification is acknowledged with 204 and no body; another 2xx means that it
// was not taken as one.
rsp::Status JsonEs9::handle_notification(const std::string& address,
                                         const rsp::PendingNotification& notification,
                                         rsp::Deadline deadline) {
  rsp::HandleNotificationRequest request{notification, {}};
  RSP_TRY(rsp::http::Response response,
          post(address, request.kFunction, rsp::es9_request_body(request), deadline));
  if (response.status == 204) return {};
  return rsp::failure(
      {.layer = rsp::Layer::kHttp,
       .step = step_of(request.kFunction),
       .code = std::to_string(response.status),
       .text = fmt::format("{} did not acknowledge the notification with 204 but {}", address,
                           response.status)});
}

}  // namespace lpa
