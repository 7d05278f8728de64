// HTTP without a network: a request goes to a server's handler, and its answer comes back, or fails
// as it would over a wire.
#pragma once

#include <set>

#include "rsp/http/client.h"
#include "rsp/http/server.h"

namespace hil {

/// Every name leads to the one server, which decides itself whether it is its own. A connection is
/// kept for the next request to the same name, as rsp::http::Client does. What an Admission or an
/// answer's Delivery spoils gives the error that the client gives for it; the time that a client
/// would have waited is only told, not spent.
class InProcessHttp final : public rsp::http::Transport {
 public:
  /// `waited` is told how long a client would have waited; `admit` is asked for every connection.
  InProcessHttp(rsp::http::Handler handler, std::function<void(std::chrono::milliseconds)> waited,
                std::function<rsp::http::Admission()> admit)
      : handler_(std::move(handler)), waited_(std::move(waited)), admit_(std::move(admit)) {}
  rsp::Result<rsp::http::Response> send(std::string_view host, const rsp::http::Request& request,
                                        rsp::Deadline deadline) override;

 private:
  rsp::Status connect(const std::string& host, rsp::Deadline deadline);
  rsp::Result<rsp::http::Response> deliver(const std::string& host, rsp::http::Response response,
                                           rsp::Deadline deadline);

  rsp::http::Handler handler_;
  std::function<void(std::chrono::milliseconds)> waited_;
  std::function<rsp::http::Admission()> admit_;
  std::set<std::string> connected_;  // names to which a connection is kept
};

}  // namespace hil
