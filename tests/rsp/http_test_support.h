// What tests of rsp/http share: a CI that issues certificates for TLS, a server and a client of it,
// and plain sockets.
#pragma once

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <openssl/ec.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rsp/http/client.h"
#include "rsp/http/server.h"

namespace rsp::http {

using namespace std::chrono_literals;

constexpr const char* kP256 = "P-256";
constexpr const char* kBrainpool = "brainpoolP256r1";
constexpr long kDay = 86'400;

template <auto kFree>
struct Free {
  void operator()(auto* object) const { kFree(object); }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Free<kFree>>;
using TestKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using TestCertificate = Owned<X509, X509_free>;

/// What a certificate of these tests may differ in. Times are seconds from now.
struct Leaf {
  std::string names = "DNS:smdp.example";
  const char* curve = kP256;
  long begin = -kDay;
  long end = kDay;
};

inline void add_extension(X509* to, int id, const std::string& value) {
  Owned<X509_EXTENSION, X509_EXTENSION_free> extension(
      X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()));
  X509_add_ext(to, extension.get(), -1);
}

/// A certificate issuer that lives as long as a test.
class TestCi {
 public:
  explicit TestCi(const char* curve = kP256, const std::string& name = "Test CI")
      : key_(EVP_EC_gen(curve)), certificate_(begin(name, key_.get(), {})) {
    add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    add_extension(certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  }

  Bytes certificate() const { return der(certificate_.get()); }

  TlsIdentity issue(const Leaf& leaf = {}) const {
    TestKey key(EVP_EC_gen(leaf.curve));
    TestCertificate out = begin("TLS", key.get(), leaf);
    add_extension(out.get(), NID_ext_key_usage, "critical,serverAuth,clientAuth");
    add_extension(out.get(), NID_subject_alt_name, leaf.names);
    X509_set_issuer_name(out.get(), X509_get_subject_name(certificate_.get()));
    X509_sign(out.get(), key_.get(), EVP_sha256());
    return {.certificate = der(out.get()), .chain = {}, .private_key = der(key.get())};
  }

 private:
  static TestCertificate begin(const std::string& name, EVP_PKEY* key, const Leaf& leaf) {
    TestCertificate out(X509_new());
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), leaf.begin);
    X509_gmtime_adj(X509_getm_notAfter(out.get()), leaf.end);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_pubkey(out.get(), key);
    return out;
  }

  static Bytes der(X509* certificate) {
    Bytes out(static_cast<std::size_t>(i2d_X509(certificate, nullptr)));
    unsigned char* at = out.data();
    i2d_X509(certificate, &at);
    return out;
  }

  static Bytes der(EVP_PKEY* key) {
    Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> wrapped(EVP_PKEY2PKCS8(key));
    Bytes out(static_cast<std::size_t>(i2d_PKCS8_PRIV_KEY_INFO(wrapped.get(), nullptr)));
    unsigned char* at = out.data();
    i2d_PKCS8_PRIV_KEY_INFO(wrapped.get(), &at);
    return out;
  }

  TestKey key_;
  TestCertificate certificate_;
};

inline Response echo(const Request& request) {
  return {.body = request.method + " " + request.target + " " + request.body,
          .headers = {{"X-Host", request.host}, {"X-Given", std::string(request.header("X-ASK"))}}};
}

struct HttpTest : testing::Test {
  ServerOptions server_options() const {
    ServerOptions out;
    out.identities = {ci.issue()};
    return out;
  }

  static std::unique_ptr<ServerThread> start(ServerOptions options, Handler handler = echo) {
    auto server = Server::listen(std::move(options), std::move(handler));
    if (!server) throw std::runtime_error(server.error().message());
    return std::make_unique<ServerThread>(*std::move(server));
  }

  /// A client that trusts the CI of the test and finds smdp.example at a server.
  ClientOptions client_options(const ServerThread& server) const {
    ClientOptions out;
    out.trusted_certificates = {ci.certificate()};
    out.resolve = {{"smdp.example", fmt::format("127.0.0.1:{}", server.port())}};
    out.timeout = 20s;
    return out;
  }

  /// The error of one request to `host`, or an empty one with the text "no error".
  static Error failure_of(ClientOptions options, std::string_view host = "smdp.example") {
    auto response = Client(std::move(options)).send(host, {});
    return response ? Error{.text = "no error"} : response.error();
  }

  TestCi ci;
};

/// A socket of 127.0.0.1 that gives up after a while, so that no test can hang.
class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    timeval patience{.tv_sec = 20, .tv_usec = 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    int at_once = 1;  // a small second write would wait for the other end's delayed ACK
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
  }
  Socket() : Socket(socket(AF_INET, SOCK_STREAM, 0)) {}
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int fd() const { return fd_; }

  std::uint16_t listen_anywhere() {
    sockaddr_in at = loopback(0);
    socklen_t size = sizeof at;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&at), size) || listen(fd_, 8) ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size)) {
      throw std::runtime_error("no port to listen on");
    }
    return ntohs(at.sin_port);
  }

  void connect_to(std::uint16_t port) {
    sockaddr_in at = loopback(port);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&at), sizeof at)) {
      throw std::runtime_error("no connection");
    }
  }

 private:
  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }

  int fd_;
};

/// A client of TLS that takes one step at a time, to be as slow or as wrong as a test wants.
class TlsPeer {
 public:
  TlsPeer() : context_(SSL_CTX_new(TLS_client_method())), tls_(SSL_new(context_.get())) {
    SSL_set_fd(tls_.get(), socket_.fd());
  }
  explicit TlsPeer(std::uint16_t port) : TlsPeer() { open(port); }

  /// Whether a TLS session came about.
  bool open(std::uint16_t port) {
    socket_.connect_to(port);
    return SSL_connect(tls_.get()) == 1;
  }
  bool send(std::string_view text) {
    return SSL_write(tls_.get(), text.data(), static_cast<int>(text.size())) > 0;
  }
  /// All that comes until the server closes the connection.
  std::string rest() {
    std::string out;
    char octet = 0;
    while (SSL_read(tls_.get(), &octet, 1) == 1) out += octet;
    return out;
  }

 private:
  Socket socket_;
  Owned<SSL_CTX, SSL_CTX_free> context_;
  Owned<SSL, SSL_free> tls_;
};

}  // namespace rsp::http
