// ES9+ as the LPA calls it: an interface, and its implementation over HTTPS with the JSON binding.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "rsp/base/clock.h"
#include "rsp/base/trace.h"
#include "rsp/http/client.h"
#include "rsp/messages/es11.h"
#include "rsp/messages/es9.h"

namespace lpa {

/// The functions of an SM-DP+ or SM-DS at an address ("host" or "host:port"). Errors:
/// Layer::kServer with the status code where the server refuses; kTransport, kTimeout, kCrypto,
/// kHttp or kDecode where its answer never properly arrives.
class Es9 {
 public:
  virtual ~Es9() = default;
  virtual rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string& address, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline deadline) = 0;
  virtual rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) = 0;
  /// AuthenticateClient of an SM-DS (ES11), which answers with events.
  virtual rsp::Result<rsp::AuthenticateClientOkEs11> search_events(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) = 0;
  virtual rsp::Result<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const std::string& address, const rsp::GetBoundProfilePackageRequest& request,
      rsp::Deadline deadline) = 0;
  virtual rsp::Status cancel_session(const std::string& address,
                                     const rsp::CancelSessionRequestEs9& request,
                                     rsp::Deadline deadline) = 0;
  virtual rsp::Status handle_notification(const std::string& address,
                                          const rsp::PendingNotification& notification,
                                          rsp::Deadline deadline) = 0;
};

struct JsonEs9Options {
  /// SGP.22 version in X-Admin-Protocol.
  std::string protocol_version = "2.2.2";
  rsp::TraceSink* trace = nullptr;
};

/// The JSON binding (SGP.22 6.5) over any road for HTTP.
class JsonEs9 : public Es9 {
 public:
  JsonEs9(std::unique_ptr<rsp::http::Transport> http, JsonEs9Options options)
      : options_(std::move(options)), http_(std::move(http)) {}

  rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string& address, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline deadline) override;
  rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string& address, const rsp::AuthenticateClientRequest& request,
      rsp::Deadline deadline) override;
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

 protected:
  const rsp::http::Transport& http() const { return *http_; }

 private:
  rsp::Result<rsp::http::Response> post(const std::string& address, std::string_view function,
                                        std::string body, rsp::Deadline deadline);
  /// `Ok`: what it answers, as a server of this kind does.
  template <class Request, class Ok = typename Request::Ok>
  rsp::Result<Ok> call(const std::string& address, const Request& request, rsp::Deadline deadline);

  JsonEs9Options options_;
  std::unique_ptr<rsp::http::Transport> http_;
};

struct HttpsEs9Options {
  /// CI certificates (DER) under which the server's TLS certificate must stand, and nothing else.
  std::vector<rsp::Bytes> trusted_cis;
  /// Host name to address, so that a name needs no hosts file.
  std::map<std::string, std::string> resolve;
  /// SGP.22 version in X-Admin-Protocol.
  std::string protocol_version = "2.2.2";
  rsp::http::KeyLog key_log;
  /// HTTP messages, and the TLS records that carry them with the secrets that open those. Must
  /// outlive the client.
  rsp::TraceSink* trace = nullptr;
  /// What day it is for certificates. Null: the machine's own clock.
  const rsp::Clock* clock = nullptr;
};

/// The same over HTTPS.
class HttpsEs9 final : public JsonEs9 {
 public:
  explicit HttpsEs9(HttpsEs9Options options);

  /// Requests answered, and TLS handshakes made for them.
  rsp::http::Statistics statistics() const {
    return static_cast<const rsp::http::Client&>(http()).statistics();
  }
};

}  // namespace lpa
