#include "lpa/session.h"

#include <fmt/format.h>

#include "rsp/base/text.h"
#include "rsp/pki/certificate.h"
#include "rsp/pki/role.h"

namespace lpa {

using rsp::CancelSessionReason;
using rsp::Layer;
using rsp::asn1::name_of;

rsp::Error rule_error(Layer layer, std::string_view step, std::string code, std::string path,
                      std::string text, std::string hint) {
  return {layer,           std::string(step), std::move(code),
          std::move(path), std::move(text),   std::move(hint)};
}

// SGP.22 3.1.2 steps 1 to 9. Until the eUICC has authenticated the server there is no session to
// cancel.
Session::Step<rsp::InitiateAuthenticationOk> Session::initiate_authentication(
    const std::optional<rsp::asn1::Oid>& smdp_oid) {
  constexpr std::string_view step = "ES9+.InitiateAuthentication";
  auto failed = [](rsp::Error error) {
    return std::unexpected(Failure{std::move(error), std::nullopt});
  };
  user_.progress({"authenticating the server"});
  auto info = lpa_.info1();
  if (!info) return failed(std::move(info).error());
  auto challenge = lpa_.es10_.call(rsp::GetEuiccChallengeRequest{});
  if (!challenge) return failed(std::move(challenge).error());
  auto server = lpa_.es9_.initiate_authentication(
      address_, {challenge->euicc_challenge, address_, *std::move(info), {}}, lpa_.http_deadline());
  if (!server) return failed(std::move(server).error());

  const rsp::ServerSigned1& signed1 = server->server_signed1.value;
  transaction_id_ = server->transaction_id;
  if (signed1.transaction_id != server->transaction_id) {
    return failed(
        rule_error(Layer::kServer, step, "", "serverSigned1.transactionId",
                   "the TransactionID inside serverSigned1 is another than the one beside it"));
  }
  if (!rsp::same_text(signed1.server_address, address_)) {
    return failed(rule_error(Layer::kServer, step, "", "serverSigned1.serverAddress",
                             fmt::format("the server says that it is '{}', called was '{}'",
                                         signed1.server_address, address_)));
  }
  if (smdp_oid) {
    auto certificate = rsp::pki::Certificate::parse(server->server_certificate.der);
    if (!certificate) return failed(at_step(std::move(certificate).error(), step));
    if (certificate->registered_id() != *smdp_oid) {
      return failed(
          rule_error(Layer::kServer, step, "", "serverCertificate",
                     fmt::format("the activation code names SM-DP+ {}, the certificate is of {}",
                                 to_string(*smdp_oid), to_string(certificate->registered_id()))));
    }
  }
  return *std::move(server);
}

Session::Step<rsp::AuthenticateServerResponse> Session::authenticate_server(
    const rsp::InitiateAuthenticationOk& server, std::optional<std::string> matching_id) {
  rsp::AuthenticateServerRequest request;
  request.server_signed1 = server.server_signed1;
  request.server_signature1 = server.server_signature1;
  request.euicc_ci_pkid_to_be_used = server.euicc_ci_pkid_to_be_used;
  request.server_certificate = server.server_certificate;
  request.ctx_params1.value = {std::move(matching_id), lpa_.options_.device_info, {}};
  auto response = lpa_.es10_.call(request);
  if (!response) {
    // The eUICC may have taken it all the same; then the session must go.
    return std::unexpected(
        Failure{std::move(response).error(), CancelSessionReason::kUndefinedReason});
  }
  if (auto* error = std::get_if<rsp::AuthenticateResponseError>(&response->result)) {
    std::string code = name_of(error->authenticate_error_code);
    return std::unexpected(
        Failure{rule_error(Layer::kCard, request.kFunction, code, "",
                           fmt::format("the eUICC does not accept the server: {}", code),
                           "is the server's certificate of a CI that the eUICC trusts?"),
                std::nullopt});
  }
  return *std::move(response);
}

bool Session::is_smds(const rsp::InitiateAuthenticationOk& server) {
  auto certificate = rsp::pki::Certificate::parse(server.server_certificate.der);
  return certificate && rsp::pki::role_of(*certificate) == rsp::pki::Role::kDsAuth;
}

Session::Step<std::vector<Event>> Session::search_events(rsp::AuthenticateServerResponse response) {
  constexpr std::string_view step = "ES11.AuthenticateClient";
  user_.progress({"asking for events"});
  auto answer = lpa_.es9_.search_events(address_, {transaction_id_, std::move(response), {}},
                                        lpa_.http_deadline());
  if (!answer) return std::unexpected(Failure{std::move(answer).error(), std::nullopt});
  if (answer->transaction_id != transaction_id_) {
    return std::unexpected(Failure{rule_error(Layer::kServer, step, "", "transactionId",
                                              "the server answers for another transaction"),
                                   std::nullopt});
  }
  std::vector<Event> events;
  for (rsp::EventEntry& entry : answer->event_entries)
    events.push_back({std::move(entry.event_id), std::move(entry.rsp_server_address)});
  return events;
}

void Session::cancel(rsp::CancelSessionReason reason) {
  user_.progress({"cancelling the session"});
  auto cancelled = lpa_.es10_.call(rsp::CancelSessionRequest{transaction_id_, reason, {}});
  if (!cancelled) return;
  (void)lpa_.es9_.cancel_session(address_, {transaction_id_, *std::move(cancelled), {}},
                                 lpa_.http_deadline());
}

// --- Event Retrieval
// ----------------------------------------------------------------------------------------------

rsp::Result<std::vector<Event>> EventRetrieval::run(const std::string& smds) {
  address_ = smds;
  auto events = steps();
  if (events) return *std::move(events);
  if (events.error().cancel) cancel(*events.error().cancel);
  return rsp::failure(std::move(events).error().error);
}

EventRetrieval::Step<std::vector<Event>> EventRetrieval::steps() {
  RSP_TRY(auto server, initiate_authentication(std::nullopt));
  if (!is_smds(server)) {
    return std::unexpected(
        Failure{rule_error(Layer::kServer, "ES11.InitiateAuthentication", "", "serverCertificate",
                           fmt::format("{} is no SM-DS", address_),
                           "is it an SM-DP+? then download from it"),
                std::nullopt});
  }
  RSP_TRY(auto authenticated, authenticate_server(server, std::nullopt));
  return search_events(std::move(authenticated));
}

}  // namespace lpa
