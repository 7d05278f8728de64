#include "fake_smdp/server.h"

#include <fmt/format.h>

#include "fake_smdp/server_asn1.h"
#include "rsp/base/text.h"
#include "rsp/json/es9_json.h"
#include "rsp/json/function_json.h"
#include "rsp/pki/role.h"

namespace smdp {
namespace {

using rsp::http::Request;
using rsp::http::Response;

Response json_response(std::string body) {
  return {200,
          std::move(body),
          {{"Content-Type", std::string(rsp::kJsonContentType)},
           {std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}}};
}

Response no_content() {
  return {204, "", {{std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}}};
}

Response plain(int status, std::string text) {
  return {status, std::move(text), {{"Content-Type", "text/plain"}}};
}

/// "application/json" in any case, with parameters or without (RFC 9110 8.3.1).
bool is_type(std::string_view content_type, std::string_view wanted) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  return rsp::same_text(type, wanted);
}

/// A body that is no request of the function; the member is named, so that its author finds it.
Response malformed(const rsp::Error& error) {
  return json_response(
      rsp::failed_body({"1.6", "2.1", error.path, "the request is malformed: " + error.text}));
}

template <class Ok>
Response respond(const Answer<Ok>& answer) {
  return json_response(answer ? rsp::es9_ok_body(*answer) : rsp::failed_body(answer.error()));
}

// --- ES9+ and ES11 ---

template <class Server, class Wanted, class Ok>
Response call_es9(Server& server, Answer<Ok> (Server::*function)(const Wanted&),
                  std::string_view body) {
  auto request = rsp::parse_es9_request<Wanted>(body);
  if (!request) return malformed(request.error());
  return respond((server.*function)(*request));
}

Response notification(Smdp& smdp, std::string_view body) {
  auto request = rsp::parse_es9_request<rsp::HandleNotificationRequest>(body);
  if (!request) return malformed(request.error());
  smdp.handle_notification(*request);
  return no_content();
}

Response es9(Smdp& smdp, std::string_view function, std::string_view body) {
  if (function == rsp::InitiateAuthenticationRequest::kFunction)
    return call_es9(smdp, &Smdp::initiate_authentication, body);
  if (function == rsp::AuthenticateClientRequest::kFunction)
    return call_es9(smdp, &Smdp::authenticate_client, body);
  if (function == rsp::GetBoundProfilePackageRequest::kFunction)
    return call_es9(smdp, &Smdp::get_bound_profile_package, body);
  if (function == rsp::CancelSessionRequestEs9::kFunction)
    return call_es9(smdp, &Smdp::cancel_session, body);
  if (function == rsp::HandleNotificationRequest::kFunction) return notification(smdp, body);
  return plain(404, fmt::format("no function '{}' on ES9+\n", function));
}

Response es11(Smds& smds, std::string_view function, std::string_view body) {
  if (function == rsp::InitiateAuthenticationRequest::kFunction)
    return call_es9(smds, &Smds::initiate_authentication, body);
  if (function == rsp::AuthenticateClientRequest::kFunction)
    return call_es9(smds, &Smds::authenticate_client, body);
  return plain(404, fmt::format("no function '{}' on ES11\n", function));
}

// --- ES2+, ES12 and ES15 ---

template <class Server, class Wanted, class Ok>
Response call(Server& server,
              Answer<Ok> (Server::*function)(const rsp::FunctionCall&, const Wanted&),
              std::string_view body) {
  auto received = rsp::parse_function_request<Wanted>(body);
  if (!received) return malformed(received.error());
  auto answer = (server.*function)(received->call, received->request);
  return json_response(answer ? rsp::function_ok_body(*answer) : rsp::failed_body(answer.error()));
}

Response es2(Es2& es2, std::string_view function, std::string_view body) {
  if (function == rsp::DownloadOrderRequest::kFunction)
    return call(es2, &Es2::download_order, body);
  if (function == rsp::ConfirmOrderRequest::kFunction) return call(es2, &Es2::confirm_order, body);
  if (function == rsp::CancelOrderRequest::kFunction) return call(es2, &Es2::cancel_order, body);
  if (function == rsp::ReleaseProfileRequest::kFunction)
    return call(es2, &Es2::release_profile, body);
  return plain(404, fmt::format("no function '{}' on ES2+\n", function));
}

Response es12(Smds& smds, std::string_view function, std::string_view body) {
  if (function == rsp::RegisterEventRequest::kFunction)
    return call(smds, &Smds::register_event, body);
  if (function == rsp::DeleteEventRequest::kFunction) return call(smds, &Smds::delete_event, body);
  return plain(404, fmt::format("no function '{}' on ES12\n", function));
}

// --- What all requests have in common ---

/// What is wrong with method and headers (6.5.1.2); nothing where they are good. A missing
/// X-Admin-Protocol is tolerated, since real LPAs leave it out.
std::optional<Response> wrong_headers(const Request& request, std::string_view content_type) {
  if (request.method != "POST") {
    Response refused = plain(405, "RSP functions are called with POST\n");
    refused.headers.push_back({"Allow", "POST"});  // RFC 9110 15.5.6
    return refused;
  }
  std::string protocol(request.header(rsp::kAdminProtocolHeader));
  if (!protocol.empty() && !protocol.starts_with("gsma/rsp/v2")) {
    return json_response(
        rsp::failed_body({"1.2.2", "2.1", protocol, "unsupported X-Admin-Protocol"}));
  }
  std::string type(request.header("Content-Type"));
  if (!is_type(type, content_type)) {
    return json_response(rsp::failed_body(
        {"1.2.1", "2.1", type, fmt::format("the Content-Type should be {}", content_type)}));
  }
  return std::nullopt;
}

struct Path {
  std::string_view interface, prefix;
  Callers callers;                          // kDevices or kServers
  std::optional<rsp::pki::Role> of_client;  // role of the certificate that a client may show
  bool (*offered)(const Services&);
  Response (*run)(const Services&, std::string_view function, std::string_view body);
};
constexpr auto kHasSmdp = [](const Services& s) { return s.smdp != nullptr; };
constexpr auto kHasSmds = [](const Services& s) { return s.smds != nullptr; };
constexpr auto kHasEs2 = [](const Services& s) { return s.es2 != nullptr; };
constexpr auto kRunEs12 = [](const Services& s, std::string_view f, std::string_view b) {
  return es12(*s.smds, f, b);
};
// ES2+: whose certificate it is, is a matter between operator and SM-DP+ (SGP.22 2.6.6).
constexpr Path kPaths[] = {
    {"ES9+", rsp::kEs9PathPrefix, Callers::kDevices, std::nullopt, kHasSmdp,
     [](const Services& s, std::string_view f, std::string_view b) { return es9(*s.smdp, f, b); }},
    {"ES11", rsp::kEs9PathPrefix, Callers::kDevices, std::nullopt, kHasSmds,
     [](const Services& s, std::string_view f, std::string_view b) { return es11(*s.smds, f, b); }},
    {"ES2+", rsp::kEs2PathPrefix, Callers::kServers, std::nullopt, kHasEs2,
     [](const Services& s, std::string_view f, std::string_view b) { return es2(*s.es2, f, b); }},
    {"ES12", rsp::kEs12PathPrefix, Callers::kServers, rsp::pki::Role::kDpTls, kHasSmds, kRunEs12},
    {"ES15", rsp::kEs15PathPrefix, Callers::kServers, rsp::pki::Role::kDsTls, kHasSmds, kRunEs12},
};

bool calls_at(Callers one, const Services& services) {
  return services.callers == Callers::kAll || services.callers == one;
}
bool is_offered(const Path& path, const Services& services) {
  return calls_at(path.callers, services) && path.offered(services);
}

/// Why a client may not call an interface between servers, which is for those who have shown who
/// they are; nothing where it may.
std::optional<Response> wrong_client(const Path& path, const Services& services,
                                     const Request& request) {
  if (path.callers != Callers::kServers) return std::nullopt;
  if (request.client_certificate.empty()) {
    if (!services.servers_need_certificates) return std::nullopt;
    return plain(
        403, fmt::format("{} needs a certificate of the client (mutual TLS)\n", path.interface));
  }
  if (!path.of_client) return std::nullopt;
  auto certificate = rsp::pki::Certificate::parse(request.client_certificate);
  auto role = certificate ? rsp::pki::role_of(*certificate) : std::nullopt;
  if (role == path.of_client) return std::nullopt;
  return plain(403, fmt::format("{} is for a certificate of the role {}; the client's is for {}\n",
                                path.interface, to_string(*path.of_client),
                                role ? to_string(*role) : "nothing in RSP"));
}

Response dispatch(const Services& services, const Request& request) {
  bool has_asn1 = calls_at(Callers::kDevices, services);
  if (request.target == kAsn1Path && has_asn1) {
    if (auto wrong = wrong_headers(request, kAsn1ContentType)) return *std::move(wrong);
    return handle_asn1(services, request.body);
  }
  for (const Path& path : kPaths) {
    if (!request.target.starts_with(path.prefix) || !is_offered(path, services)) continue;
    if (auto wrong = wrong_client(path, services, request)) return *std::move(wrong);
    if (auto wrong = wrong_headers(request, "application/json")) return *std::move(wrong);
    return path.run(services, std::string_view(request.target).substr(path.prefix.size()),
                    request.body);
  }
  std::vector<std::string_view> offered;
  for (const Path& path : kPaths) {
    if (is_offered(path, services)) offered.push_back(path.prefix);
  }
  if (has_asn1) offered.push_back(kAsn1Path);
  if (offered.empty()) return plain(404, "this host has no function at this listener\n");
  return plain(404, fmt::format("functions are at {}\n", fmt::join(offered, ", ")));
}

}  // namespace

Response handle(const Services& services, const Request& request, rsp::TraceSink* trace) {
  if (services.journal != nullptr) services.journal->begin(request.target, request.body);
  Response response = dispatch(services, request);
  if (services.journal != nullptr) services.journal->end(response.status, response.body);
  if (trace != nullptr) {
    trace->event({rsp::TraceKind::kHttp,
                  rsp::Party::kLpa,
                  rsp::Party::kServer,
                  "POST " + request.target,
                  request.body,
                  {}});
    trace->event({rsp::TraceKind::kHttp,
                  rsp::Party::kServer,
                  rsp::Party::kLpa,
                  std::to_string(response.status),
                  response.body,
                  {}});
  }
  return response;
}

Response handle_es9(Smdp& smdp, const Request& request, rsp::TraceSink* trace) {
  return handle({.smdp = &smdp}, request, trace);
}

}  // namespace smdp
