#include "tests/bench/tls_floor.h"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <stdexcept>
#include <vector>

#include "tests/bench/floor.h"

namespace bench {
namespace {

// So many of one kind in a row, that the clock does not matter.
constexpr std::size_t kBatch = 100;

void must(bool good) {
  if (!good) throw std::runtime_error("an OpenSSL operation failed");
}

}  // namespace

struct TlsRecords::Ends {
  SSL_CTX *server_context = SSL_CTX_new(TLS_server_method()),
          *client_context = SSL_CTX_new(TLS_client_method());
  SSL *server = nullptr, *client = nullptr;

  Ends() {
    EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
    X509* certificate = X509_new();
    must(X509_gmtime_adj(X509_getm_notBefore(certificate), 0) != nullptr &&
         X509_gmtime_adj(X509_getm_notAfter(certificate), 86'400) != nullptr &&
         X509_set_pubkey(certificate, key) == 1 && X509_sign(certificate, key, EVP_sha256()) > 0 &&
         SSL_CTX_use_certificate(server_context, certificate) == 1 &&
         SSL_CTX_use_PrivateKey(server_context, key) == 1 &&
         SSL_CTX_set_min_proto_version(server_context, TLS1_3_VERSION) == 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
    server = SSL_new(server_context);
    client = SSL_new(client_context);
    BIO *to_server = BIO_new(BIO_s_mem()), *to_client = BIO_new(BIO_s_mem());
    for (BIO* way : {to_server, to_client}) {
      BIO_set_mem_eof_return(way, -1);
      BIO_up_ref(way);  // each is one end's to read and the other's to write
    }
    SSL_set_bio(server, to_server, to_client);
    SSL_set_bio(client, to_client, to_server);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int flight = 0; flight < 3; ++flight) {
      SSL_do_handshake(client);
      SSL_do_handshake(server);
    }
    must(SSL_is_init_finished(server) == 1 && SSL_is_init_finished(client) == 1);
  }
  ~Ends() {
    for (SSL* end : {server, client}) SSL_free(end);
    for (SSL_CTX* context : {server_context, client_context}) SSL_CTX_free(context);
  }
};

TlsRecords::TlsRecords() : ends_(std::make_unique<Ends>()) {}
TlsRecords::~TlsRecords() = default;

double TlsRecords::measure(std::span<const RecordSizes> exchanges) {
  double spent = 0;
  std::vector<char> octets;
  auto write = [&](SSL* end, std::size_t size) {
    octets.resize(std::max(octets.size(), size));
    for (std::size_t i = 0; i < kBatch; ++i)
      must(SSL_write(end, octets.data(), static_cast<int>(size)) > 0);
  };
  auto read = [&](SSL* end, std::size_t size) {
    octets.resize(std::max(octets.size(), size));
    for (std::size_t left = size * kBatch; left > 0;) {
      int got = SSL_read(end, octets.data(), static_cast<int>(std::min(left, octets.size())));
      must(got > 0);
      left -= static_cast<std::size_t>(got);
    }
  };
  for (const RecordSizes& exchange : exchanges) {
    write(ends_->client, exchange.received);
    double start = cpu_microseconds();
    read(ends_->server, exchange.received);
    write(ends_->server, exchange.sent);
    spent += cpu_microseconds() - start;
    read(ends_->client, exchange.sent);
  }
  return spent / kBatch;
}

}  // namespace bench
