// HTTPS by a module's own stack (Quectel: AT+QHTTP..., AT+QSSLCFG), for hosts whose only way to a
// server is the module.
#pragma once

#include "lpa/transport/at_tls_context.h"
#include "rsp/http/client.h"

namespace lpa {

struct AtHttpOptions {
  int context = 1;  // of the packet data network; it has to be active
  AtTlsContext tls;
  std::size_t max_body = 16 << 20;
};

/// Requests go out as they are (requestheader=1), since the module's list of content types has no
/// application/json. Redirections are not followed, and nothing is sent twice.
///
/// Of the answer, only status and body are known: its headers stay in the module.
class AtHttp final : public rsp::http::Transport {
 public:
  /// `port` must outlive it.
  AtHttp(AtPort& port, AtHttpOptions options) : port_(port), options_(std::move(options)) {}

  /// Error, with step "HTTPS host": transport with the module's code ("QHTTPPOST 703") or final
  /// result, timeout, http (no status), input (host or request).
  rsp::Result<rsp::http::Response> send(std::string_view host, const rsp::http::Request& request,
                                        rsp::Deadline deadline) override;

 private:
  rsp::Result<rsp::http::Response> exchange(std::string_view host,
                                            const rsp::http::Request& request,
                                            rsp::Deadline deadline);
  rsp::Status configure(rsp::Deadline deadline);
  rsp::Result<std::string> body(std::optional<std::size_t> size, rsp::Deadline deadline);

  AtPort& port_;
  AtHttpOptions options_;
  std::optional<std::size_t> configured_in_;  // the session of the port
};

}  // namespace lpa
