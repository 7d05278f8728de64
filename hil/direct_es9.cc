#include "hil/direct_es9.h"

#include "rsp/json/es9_json.h"

namespace hil {
namespace {

template <class Ok>
rsp::Result<Ok> result_of(smdp::Answer<Ok> answer) {
  if (answer) return *std::move(answer);
  return rsp::failure(rsp::to_error(answer.error()));
}

}  // namespace

rsp::Result<rsp::InitiateAuthenticationOk> DirectEs9::initiate_authentication(
    const std::string&, const rsp::InitiateAuthenticationRequest& request, rsp::Deadline) {
  return result_of(smdp_.initiate_authentication(request));
}
rsp::Result<rsp::AuthenticateClientOk> DirectEs9::authenticate_client(
    const std::string&, const rsp::AuthenticateClientRequest& request, rsp::Deadline) {
  return result_of(smdp_.authenticate_client(request));
}
rsp::Result<rsp::AuthenticateClientOkEs11> DirectEs9::search_events(
    const std::string& address, const rsp::AuthenticateClientRequest&, rsp::Deadline) {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = "ES11.AuthenticateClient",
                       .text = address + " is no SM-DS"});
}
rsp::Result<rsp::GetBoundProfilePackageOk> DirectEs9::get_bound_profile_package(
    const std::string&, const rsp::GetBoundProfilePackageRequest& request, rsp::Deadline) {
  return result_of(smdp_.get_bound_profile_package(request));
}
rsp::Status DirectEs9::cancel_session(const std::string&,
                                      const rsp::CancelSessionRequestEs9& request, rsp::Deadline) {
  RSP_CHECK(result_of(smdp_.cancel_session(request)));
  return {};
}
rsp::Status DirectEs9::handle_notification(const std::string&,
                                           const rsp::PendingNotification& notification,
                                           rsp::Deadline) {
  smdp_.handle_notification({notification, {}});
  return {};
}

}  // namespace hil
