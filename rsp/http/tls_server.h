// The server's side of TLS: which identity to show to whom. For the inside of this layer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "rsp/http/server.h"
#include "rsp/http/tls.h"

namespace rsp::http::tls {

/// The TLS of one Server.
class ServerSide {
 public:
  /// `options` must outlive it. Error: input or crypto, at "identities[i]..." or "client_cas[i]".
  static Result<std::unique_ptr<ServerSide>> create(const ServerOptions& options);
  ServerSide(const ServerSide&) = delete;
  ServerSide& operator=(const ServerSide&) = delete;

  /// Error: input or crypto, where the admission has an identity that is of no use.
  Result<Session> new_session(const Admission& admission) const;
  /// Why a handshake failed, in words, from the code of OpenSSL's error queue.
  static std::string explain(const ssl_st& session, unsigned long code);

 private:
  struct Identity {
    Context context;
    Certificate certificate;
    unsigned group = 0;  // the TLS number of the key's curve; 0 if any client will do
  };

  explicit ServerSide(const ServerOptions& options) : options_(options) {}
  Result<Identity> load(const TlsIdentity& source, const std::string& path) const;
  Status ask_clients(ssl_ctx_st& context) const;
  const Identity& choose(ssl_st* session) const;
  static int on_hello(ssl_st* session, int* alert, void* self);

  const ServerOptions& options_;
  std::vector<Identity> identities_;
};

}  // namespace rsp::http::tls
