#include "tls_by_hand.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>
#include <stdexcept>

namespace sgp23_server {
namespace {

[[noreturn]] void fail(std::string_view what) {
  char reason[256] = "";
  if (unsigned long error = ERR_get_error(); error != 0)
    ERR_error_string_n(error, reason, sizeof reason);
  throw std::runtime_error(fmt::format("{}: {}", what, reason));
}

int connected_socket(std::uint16_t port) {
  int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // A server that is silent must not hold up the tests.
  timeval limit{.tv_sec = 20, .tv_usec = 0};
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("no connection");
  return socket;
}

}  // namespace

TlsConnection::TlsConnection(const TlsOffer& offer, std::uint16_t port, SSL_SESSION* resume) {
  ERR_clear_error();
  context_ = SSL_CTX_new(TLS_client_method());
  // The security level is what the tests choose, so that old versions can be offered at all.
  SSL_CTX_set_security_level(context_, 0);
  SSL_CTX_set_min_proto_version(context_, offer.oldest);
  SSL_CTX_set_max_proto_version(context_, offer.newest);
  if (!offer.ciphers_of_tls12.empty() &&
      SSL_CTX_set_cipher_list(context_, offer.ciphers_of_tls12.c_str()) != 1)
    fail("ciphers");
  if (!offer.groups.empty() && SSL_CTX_set1_groups_list(context_, offer.groups.c_str()) != 1)
    fail("groups");
  const unsigned char* at = offer.trusted_ci.data();
  X509* ci = d2i_X509(nullptr, &at, static_cast<long>(offer.trusted_ci.size()));
  X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), ci);
  X509_free(ci);
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
  ssl_ = SSL_new(context_);
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_);
  X509_VERIFY_PARAM_set_time(
      rules,
      std::chrono::duration_cast<std::chrono::seconds>(offer.now.time_since_epoch()).count());
  X509_VERIFY_PARAM_set1_host(rules, offer.host.c_str(), 0);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  SSL_set_tlsext_host_name(ssl_, offer.host.c_str());
  if (resume != nullptr) SSL_set_session(ssl_, resume);
  SSL_set_fd(ssl_, connected_socket(port));
  if (SSL_connect(ssl_) != 1) {
    long verdict = SSL_get_verify_result(ssl_);
    std::string why = verdict == X509_V_OK ? "" : X509_verify_cert_error_string(verdict);
    close(SSL_get_fd(ssl_));
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    fail("the handshake failed " + why);
  }
}

TlsConnection::~TlsConnection() {
  SSL_shutdown(ssl_);
  close(SSL_get_fd(ssl_));
  SSL_free(ssl_);
  SSL_CTX_free(context_);
}

std::string TlsConnection::version() const { return SSL_get_version(ssl_); }
std::string TlsConnection::cipher() const { return SSL_get_cipher_name(ssl_); }

rsp::Bytes TlsConnection::certificate() const {
  X509* peer = SSL_get0_peer_certificate(ssl_);
  rsp::Bytes der(static_cast<std::size_t>(i2d_X509(peer, nullptr)));
  unsigned char* out = der.data();
  i2d_X509(peer, &out);
  return der;
}
std::size_t TlsConnection::chain_length() const {
  return static_cast<std::size_t>(sk_X509_num(SSL_get_peer_cert_chain(ssl_)));
}
bool TlsConnection::was_resumed() const { return SSL_session_reused(ssl_) == 1; }
SSL_SESSION* TlsConnection::session() const { return SSL_get_session(ssl_); }

rsp::http::Response TlsConnection::send(const rsp::http::Request& request) {
  std::string message =
      fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", request.method,
                  request.target, request.host, request.body.size());
  for (const auto& header : request.headers)
    message += fmt::format("{}: {}\r\n", header.name, header.value);
  message += "\r\n" + request.body;
  if (SSL_write(ssl_, message.data(), static_cast<int>(message.size())) <= 0) fail("write");

  rsp::http::Response response;
  std::string status = read_line();  // "HTTP/1.1 200 OK"
  if (!status.starts_with("HTTP/1.1 ") || status.size() < 12) fail("no HTTP: " + status);
  std::from_chars(status.data() + 9, status.data() + 12, response.status);
  for (std::string line = read_line(); !line.empty(); line = read_line()) {
    std::size_t colon = line.find(':');
    if (colon == line.npos) fail("no header: " + line);
    std::size_t value = line.find_first_not_of(' ', colon + 1);
    response.headers.push_back(
        {line.substr(0, colon), value == line.npos ? std::string() : line.substr(value)});
  }
  std::string_view length = response.header("Content-Length");
  std::size_t size = 0;
  std::from_chars(length.data(), length.data() + length.size(), size);
  response.body = read(size);
  return response;
}

std::string TlsConnection::read_line() {
  std::size_t end;
  while ((end = unread_.find("\r\n")) == unread_.npos) {
    char buffer[4096];
    int size = SSL_read(ssl_, buffer, sizeof buffer);
    if (size <= 0) fail("the answer ends in its head");
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
  std::string line = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return line;
}

std::string TlsConnection::read(std::size_t wanted) {
  while (unread_.size() < wanted) {
    char buffer[16384];
    int size = SSL_read(ssl_, buffer, sizeof buffer);
    if (size <= 0) fail("the answer ends in its body");
    unread_.append(buffer, static_cast<std::size_t>(size));
  }
  std::string body = unread_.substr(0, wanted);
  unread_.erase(0, wanted);
  return body;
}

}  // namespace sgp23_server
