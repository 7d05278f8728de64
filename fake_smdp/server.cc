#include "fake_smdp/server.h"

#include <fmt/format.h>

#include "rsp/json/es9_json.h"

namespace smdp {
namespace {

using rsp::http::Request;
using rsp::http::Response;

Response json_response(std::string body) {
  return {200,
          std::move(body),
          {{"Content-Type", std::string(rsp::kJsonContentType)},
           {"X-Admin-Protocol", "gsma/rsp/v2.2.2"}}};
}

Response plain(int status, std::string text) {
  return {status, std::move(text), {{"Content-Type", "text/plain"}}};
}

/// "application/json" in any case, with parameters or without (RFC 9110 8.3.1).
bool is_json(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  return std::ranges::equal(type, std::string_view("application/json"), {}, lower, lower);
}

/// A body that is no request of the function; the member is named, so that its author finds it.
Response malformed(const rsp::Error& error) {
  return json_response(
      rsp::es9_failed_body({"1.6", "2.1", error.path, "the request is malformed: " + error.text}));
}

template <class Ok>
Response respond(const Answer<Ok>& answer) {
  return json_response(answer ? rsp::es9_ok_body(*answer) : rsp::es9_failed_body(answer.error()));
}

template <class Wanted>
struct Function {
  Answer<typename Wanted::Ok> (Smdp::*call)(const Wanted&);
  Response operator()(Smdp& smdp, std::string_view body) const {
    auto request = rsp::parse_es9_request<Wanted>(body);
    if (!request) return malformed(request.error());
    return respond((smdp.*call)(*request));
  }
};

Response notification(Smdp& smdp, std::string_view body) {
  auto request = rsp::parse_es9_request<rsp::HandleNotificationRequest>(body);
  if (!request) return malformed(request.error());
  smdp.handle_notification(*request);
  return {204, "", {{"X-Admin-Protocol", "gsma/rsp/v2.2.2"}}};
}

Response dispatch(Smdp& smdp, std::string_view function, std::string_view body) {
  if (function == rsp::InitiateAuthenticationRequest::kFunction) {
    return Function<rsp::InitiateAuthenticationRequest>{&Smdp::initiate_authentication}(smdp, body);
  }
  if (function == rsp::AuthenticateClientRequest::kFunction) {
    return Function<rsp::AuthenticateClientRequest>{&Smdp::authenticate_client}(smdp, body);
  }
  if (function == rsp::GetBoundProfilePackageRequest::kFunction) {
    return Function<rsp::GetBoundProfilePackageRequest>{&Smdp::get_bound_profile_package}(smdp,
                                                                                          body);
  }
  if (function == rsp::CancelSessionRequestEs9::kFunction) {
    return Function<rsp::CancelSessionRequestEs9>{&Smdp::cancel_session}(smdp, body);
  }
  if (function == rsp::HandleNotificationRequest::kFunction) return notification(smdp, body);
  return plain(404, fmt::format("no function '{}' on ES9+\n", function));
}

}  // namespace

Response handle_es9(Smdp& smdp, const Request& request, rsp::TraceSink* trace) {
  std::string_view target = request.target;
  if (!target.starts_with(rsp::kEs9PathPrefix))
    return plain(404, "ES9+ is at /gsma/rsp2/es9plus/\n");
  if (request.method != "POST") {
    Response refused = plain(405, "ES9+ functions are called with POST\n");
    refused.headers.push_back({"Allow", "POST"});  // RFC 9110 15.5.6
    return refused;
  }
  // SGP.22 6.5.1.2 wants both headers. A missing X-Admin-Protocol is tolerated, since real LPAs
  // leave it out.
  std::string_view protocol = request.header(rsp::kAdminProtocolHeader);
  if (!protocol.empty() && !protocol.starts_with("gsma/rsp/v2")) {
    return json_response(rsp::es9_failed_body(
        {"1.2.2", "2.1", std::string(protocol), "unsupported X-Admin-Protocol"}));
  }
  if (!is_json(request.header("Content-Type"))) {
    return json_response(
        rsp::es9_failed_body({"1.2.1", "2.1", std::string(request.header("Content-Type")),
                              "the Content-Type should be application/json"}));
  }
  Response response = dispatch(smdp, target.substr(rsp::kEs9PathPrefix.size()), request.body);
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

}  // namespace smdp
