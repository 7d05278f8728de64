// A TLS client and as much of HTTP/1.1 as the server's answers need, over OpenSSL alone.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "rsp/base/clock.h"
#include "rsp/http/types.h"

struct ssl_ctx_st;
struct ssl_st;
struct ssl_session_st;

namespace sgp23_server {

struct TlsOffer {
  int oldest = 0x0303, newest = 0x0304;  // TLS 1.2 and 1.3 as the protocol numbers them
  std::string ciphers_of_tls12;          // empty: OpenSSL's own list
  std::string groups;                    // empty: OpenSSL's own list
  rsp::Bytes trusted_ci;                 // DER
  std::string host;                      // in SNI and in the certificate
  rsp::Clock::TimePoint now;
};

/// One connection to 127.0.0.1. Throws std::runtime_error with OpenSSL's words where the handshake
/// fails, also where the server's certificate does not lead to the CI.
class TlsConnection {
 public:
  TlsConnection(const TlsOffer& offer, std::uint16_t port, ssl_session_st* resume = nullptr);
  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  std::string version() const;  // "TLSv1.2"
  std::string cipher() const;   // "ECDHE-ECDSA-AES128-GCM-SHA256"
  rsp::Bytes certificate() const;
  /// How many certificates the server has sent.
  std::size_t chain_length() const;
  bool was_resumed() const;
  ssl_session_st* session() const;

  /// Sends a POST and reads an answer that has a Content-Length or no body.
  rsp::http::Response send(const rsp::http::Request& request);

 private:
  std::string read_line();
  std::string read(std::size_t size);

  ssl_ctx_st* context_ = nullptr;
  ssl_st* ssl_ = nullptr;
  std::string unread_;
};

}  // namespace sgp23_server
