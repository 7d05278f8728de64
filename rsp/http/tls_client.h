// The client's side of TLS: whom to trust, and why not. For the inside of this layer.
#pragma once

#include <memory>
#include <string>

#include "rsp/http/client.h"
#include "rsp/http/tls.h"

struct x509_store_ctx_st;

namespace rsp::http::tls {

/// The TLS of one Client. Handshakes follow each other, never overlap.
class ClientSide {
 public:
  /// `options` must outlive it. Error: input, if a certificate to trust is none; input or crypto,
  /// if the identity is of no use.
  static Result<std::unique_ptr<ClientSide>> create(const ClientOptions& options);
  ClientSide(const ClientSide&) = delete;
  ClientSide& operator=(const ClientSide&) = delete;

  /// A session that will accept nothing but a valid certificate for `host`.
  Session new_session(const std::string& host);
  /// Why the latest handshake failed, with the code of OpenSSL's error queue.
  Error explain(const ssl_st& session, unsigned long code, const std::string& host) const;
  /// ClientOptions::check_peer on the certificate of the latest handshake.
  Status check_peer() const;

 private:
  explicit ClientSide(const ClientOptions& options);
  Status trust(BytesView der, std::string_view path);
  Error explain_certificate(long verdict, const std::string& host) const;
  static int verify(x509_store_ctx_st* chain, void* self);

  const ClientOptions& options_;
  Context context_;
  // Kept by verify(), because a session that fails does not keep its certificates.
  Certificate leaf_;
  Certificate culprit_;  // the one in the chain that the verdict is about
};

}  // namespace rsp::http::tls
