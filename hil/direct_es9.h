// An SM-DP+ called as functions, without HTTP and JSON between: for tests and benchmarks in one
// process.
#pragma once

#include "fake_smdp/smdp.h"
#include "lpa/es9_client.h"

namespace hil {

/// Every address leads to the one server, which decides itself whether the name is its own.
class DirectEs9 final : public lpa::Es9 {
 public:
  explicit DirectEs9(smdp::Smdp& smdp) : smdp_(smdp) {}

  rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string& address, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline deadline) override;
  rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) override;
  /// There is no SM-DS here.
  rsp::Result<rsp::AuthenticateClientOkEs11> search_events(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) override;
  rsp::Result<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const std::string& address, const rsp::GetBoundProfilePackageRequest& request,
      rsp::Deadline deadline) override;
  rsp::Status cancel_session(const std::string& address,
                             const rsp::CancelSessionRequestEs9& request,
                             rsp::Deadline deadline) override;
  rsp::Status handle_notification(const std::string& address,
                                  const rsp::PendingNotification& notification,
                                  rsp::Deadline deadline) override;

 private:
  smdp::Smdp& smdp_;
};

}  // namespace hil
