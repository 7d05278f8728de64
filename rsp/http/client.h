// An HTTPS client that trusts the certificate issuers it is given and nobody else.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"
#include "rsp/http/types.h"

namespace rsp::http {

struct ClientOptions {
  /// DER certificates of the issuers (CI) to trust. The system's own store plays no part.
  std::vector<Bytes> trusted_certificates;
  /// Host name to address ("127.0.0.1", "127.0.0.1:8443", "[::1]:8443"). The name stays what is
  /// asked for in SNI, in the Host header and in the certificate; only the connection goes there.
  std::map<std::string, std::string> resolve;
  /// For a request that has no deadline of its own; covers everything from the look-up on.
  std::chrono::milliseconds timeout{30'000};
  /// How long an idle connection is worth keeping. Shorter than servers keep theirs, so that a
  /// request rarely meets a server that is just hanging up.
  std::chrono::milliseconds max_idle{15'000};
  std::size_t max_body = 16 << 20;
  std::size_t max_header = 16 << 10;
  /// Shown to servers that ask for a certificate of their clients. A server that does not accept
  /// it, or misses one, ends TLS with an alert, which is the error then.
  std::optional<TlsIdentity> identity;
  TlsVersion max_tls = TlsVersion::k1_3;
  /// More rules for the server's certificate (DER), such as its role in SGP.22. Called after the
  /// handshake has checked chain, dates and host name, before anything is sent.
  std::function<Status(BytesView certificate)> check_peer;
  KeyLog key_log;
  /// Sees the TLS records of every connection as they go over the wire. Null: nobody looks on, and
  /// nothing is copied for it.
  WireTap wire_tap;
  /// What day it is for certificates. Null: the machine's own clock.
  const Clock* clock = nullptr;
};

/// Any road on which a request reaches a server and an answer comes back.
class Transport {
 public:
  virtual ~Transport() = default;
  /// As Client::send.
  virtual Result<Response> send(std::string_view host, const Request& request,
                                Deadline deadline) = 0;
  /// Connects ahead of a request, where that means anything. Error: as of send().
  virtual Status connect(std::string_view host, Deadline deadline);
};

/// Blocking; for one thread at a time. Keeps one connection per host and port for the next request.
/// TLS 1.2 or 1.3, ECDHE with AEAD; P-256, X25519 and, in TLS 1.2, brainpoolP256r1.
class Client final : public Transport {
 public:
  /// A certificate to trust that is no certificate is reported by every send(), and so is an
  /// identity whose key does not fit.
  explicit Client(ClientOptions options);
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Sends a request to "host" (port 443) or "host:port" and waits for the answer, whatever its
  /// status. Redirections are not followed.
  ///
  /// A request is sent again over a new connection only if the server had hung up before it had
  /// all of it: a POST that might have been acted on is never repeated.
  ///
  /// Error, with step "HTTPS host": input (host, request, or options), transport (name, connection,
  /// TLS, an answer cut short), crypto (the server's certificate), http (no HTTP, too large),
  /// timeout, and whatever check_peer says.
  Result<Response> send(std::string_view host, const Request& request, Deadline deadline) override;
  /// The same within ClientOptions::timeout.
  Result<Response> send(std::string_view host, const Request& request);
  /// The connection is kept for the request that comes next.
  Status connect(std::string_view host, Deadline deadline) override;

  Statistics statistics() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rsp::http
