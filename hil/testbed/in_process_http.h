// HTTP without a network: a request goes to a server's handler, and its answer comes back, or fails
// as it would over a wire.
#pragma once

#include "rsp/http/client.h"
#include "rsp/http/server.h"

namespace hil {

/// Every name leads to the one server, which decides itself whether it is its own. What an answer's
/// Delivery spoils gives the error that rsp::http::Client gives for it; where nothing comes, the
/// time that a client would have waited is only told, not spent.
class InProcessHttp final : public rsp::http::Transport {
 public:
  /// `waited` is told how long a client would have waited.
  InProcessHttp(rsp::http::Handler handler, std::function<void(std::chrono::milliseconds)> waited)
      : handler_(std::move(handler)), waited_(std::move(waited)) {}
  rsp::Result<rsp::http::Response> send(std::string_view host, const rsp::http::Request& request,
                                        rsp::Deadline deadline) override;

 private:
  rsp::http::Handler handler_;
  std::function<void(std::chrono::milliseconds)> waited_;
};

}  // namespace hil
