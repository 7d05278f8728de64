// An HTTPS server for handlers that are plain functions; plain HTTP where that is asked for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/clock.h"
#include "rsp/base/result.h"
#include "rsp/http/types.h"

namespace rsp::http {

/// Answers one request. Runs on the server's only thread, so nothing else happens meanwhile.
/// What it throws becomes status 500, without a word about the reason in the answer.
using Handler = std::function<Response(const Request&)>;

/// Whether clients are asked for a certificate (mutual TLS, as ES2+ has it).
enum class ClientCertificates {
  kNone,      // they are not asked
  kOptional,  // they may show one; a wrong one is refused
  kRequired,  // they must show one
};

/// kNone is for what never leaves the machine: plain HTTP, without identities.
enum class Security { kTls, kNone };

struct ServerOptions {
  Security security = Security::kTls;
  std::string address = "127.0.0.1";  // an IP address of this machine
  std::uint16_t port = 0;             // 0: any free one
  /// At least one with TLS. The one whose DNS names match the server name the client asks for is
  /// used, the first if none does; among equals the first on a curve that the client supports. One
  /// with a brainpool key is served over TLS 1.2, as TLS 1.3 has no such curve.
  std::vector<TlsIdentity> identities;
  ClientCertificates client_certificates = ClientCertificates::kNone;
  /// DER certificates of the issuers whose certificates clients may show. The system's own store
  /// plays no part.
  std::vector<Bytes> client_cas;
  std::chrono::milliseconds idle_timeout{30'000};     // between requests of one connection
  std::chrono::milliseconds request_timeout{10'000};  // for a handshake, a request, an answer
  std::size_t max_body = 16 << 20;
  std::size_t max_header = 16 << 10;
  /// When there are as many, the one for which the server has done nothing for the longest time
  /// gives way to a new one: who is idle, or sends octet by octet, keeps nobody else out.
  std::size_t max_connections = 512;
  /// Octets of bodies that are being received, over all connections. Beyond that, too, the one that
  /// has been at it for the longest time gives way.
  std::size_t max_buffered = 64 << 20;
  TlsVersion max_tls = TlsVersion::k1_3;  // the oldest is always TLS 1.2
  /// What day it is for certificates of clients. Null: the machine's own clock.
  const Clock* clock = nullptr;
  /// Asked for every connection, which are counted from 1, before anything is read from it. Null:
  /// all are served. Runs on the server's thread.
  std::function<Admission(std::uint64_t connection)> admit;
  KeyLog key_log;
  /// A line for each connection that went wrong: failed handshakes, bad requests, exceptions,
  /// connections that gave way.
  std::function<void(std::string_view line)> log;
};

/// HTTP/1.1 with connections kept alive. The same TLS as the client's. A request that is not read
/// gets 400, 408, 413, 417, 431 or 501 and the end of its connection.
class Server {
 public:
  /// Binds and listens, so that clients may connect from here on; run() serves them.
  /// Error: input (address, identities, client_cas, max_connections), crypto (a key that is not the
  /// certificate's), transport (the port is taken or may not be used).
  static Result<std::unique_ptr<Server>> listen(ServerOptions options, Handler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  /// Serves until stop(). Call it once.
  void run();
  /// From any thread, handlers included, also before run(). Answers under way are still sent.
  void stop();
  /// From any thread.
  Statistics statistics() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Runs a server on a thread of its own for as long as it exists.
class ServerThread {
 public:
  explicit ServerThread(std::unique_ptr<Server> server);
  ~ServerThread();
  ServerThread(const ServerThread&) = delete;
  ServerThread& operator=(const ServerThread&) = delete;

  std::uint16_t port() const { return server_->port(); }
  Statistics statistics() const { return server_->statistics(); }
  /// Stops the server and waits for its thread. Harmless when repeated.
  void stop();

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

}  // namespace rsp::http
