// HTTPS over a module's TLS sockets (Quectel: AT+QSSLOPEN...), for modules whose HTTP is missing or
// of no use, and for hosts whose only way to a server is the module.
#pragma once

#include "lpa/transport/at_tls_context.h"
#include "rsp/http/client.h"

namespace lpa {

struct AtTlsOptions {
  int context = 1;  // of the packet data network; it has to be active
  int socket = 0;   // the module's number of the connection
  AtTlsContext tls;
  std::size_t max_body = 16 << 20;
};

/// HTTP/1.1 is spoken here, and the module carries the octets: one connection is kept for the next
/// request to the same server. Redirections are not followed. As with any client, a request goes
/// out again only where the server had hung up before it had all of it.
class AtTls final : public rsp::http::Transport {
 public:
  /// `port` must outlive it.
  AtTls(AtPort& port, AtTlsOptions options) : port_(port), options_(std::move(options)) {}

  /// Error, with step "HTTPS host": transport with the module's code ("QSSLOPEN 566"), with its
  /// final result, or where the connection ended too early; timeout; http (no HTTP, too large);
  /// input (host or request).
  rsp::Result<rsp::http::Response> send(std::string_view host, const rsp::http::Request& request,
                                        rsp::Deadline deadline) override;

 private:
  rsp::Result<rsp::http::Response> exchange(std::string_view host,
                                            const rsp::http::Request& request,
                                            rsp::Deadline deadline);
  rsp::Status open(const std::string& host, std::uint16_t port, rsp::Deadline deadline);
  /// Error of a first piece: nothing has reached the server.
  rsp::Status write(std::string_view message, bool& begun, rsp::Deadline deadline);
  rsp::Result<rsp::http::Response> read(bool to_head, rsp::Deadline deadline);
  void close(rsp::Deadline deadline);

  AtPort& port_;
  AtTlsOptions options_;
  std::optional<std::size_t> configured_in_;  // the session of the port
  std::string connected_to_;                  // "host:port"; empty: no connection
};

}  // namespace lpa
