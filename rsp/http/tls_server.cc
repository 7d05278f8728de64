#include "rsp/http/tls_server.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <optional>

namespace rsp::http::tls {
namespace {

// Numbers of named groups (IANA, TLS Supported Groups).
constexpr unsigned kP256 = 23;
constexpr unsigned kBrainpoolP256 = 26;

unsigned group_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (!EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr)) return 0;
  std::string_view curve = name.data();
  if (curve == "prime256v1") return kP256;
  return curve == "brainpoolP256r1" ? kBrainpoolP256 : 0;
}

BytesView extension(SSL* session, unsigned type) {
  const unsigned char* data = nullptr;
  std::size_t size = 0;
  if (!SSL_client_hello_get0_ext(session, type, &data, &size)) return {};
  return {data, size};
}

/// The one host name of the server_name extension (RFC 6066, 3): list length (2 octets), type
/// (1 octet, 0), name length (2 octets), name. Empty if there is none; OpenSSL itself complains
/// about a malformed one later.
std::string_view server_name(SSL* session) {
  BytesView data = extension(session, TLSEXT_TYPE_server_name);
  if (data.size() < 5 || data[2] != TLSEXT_NAMETYPE_host_name) return {};
  return text_of(data.subspan(5));
}

/// Whether the client lists a group. One that sends no list takes any (RFC 8422, 4).
bool supports(SSL* session, unsigned group) {
  BytesView data = extension(session, TLSEXT_TYPE_supported_groups);
  if (data.empty() || group == 0) return true;
  for (std::size_t at = 2; at + 2 <= data.size(); at += 2) {
    if (big_endian(data.subspan(at, 2)) == group) return true;
  }
  return false;
}

Error at_fault(Layer layer, std::string path, std::string text) {
  ERR_clear_error();
  return {.layer = layer, .path = std::move(path), .text = std::move(text)};
}

}  // namespace

Result<std::unique_ptr<ServerSide>> ServerSide::create(const ServerOptions& options) {
  if (options.identities.empty()) {
    return failure(at_fault(Layer::kInput, "identities", "a TLS server needs a certificate"));
  }
  std::unique_ptr<ServerSide> out(new ServerSide(options));
  for (std::size_t i = 0; i < options.identities.size(); ++i) {
    RSP_TRY(Identity identity, out->load(options.identities[i], fmt::format("identities[{}]", i)));
    out->identities_.push_back(std::move(identity));
  }
  // A session begins in the first context; on_hello moves it where it belongs.
  SSL_CTX_set_client_hello_cb(out->identities_[0].context.get(), &ServerSide::on_hello, out.get());
  return out;
}

Result<ServerSide::Identity> ServerSide::load(const TlsIdentity& source,
                                              const std::string& path) const {
  Identity out;
  RSP_TRY(out.certificate, parse_certificate(source.certificate, path + ".certificate"));
  RSP_TRY(Key key, parse_key(source.private_key, path + ".private_key"));
  out.group = group_of(key.get());
  out.context = make_context(TLS_server_method(), options_.max_tls, options_.key_log);
  SSL_CTX* context = out.context.get();
  if (SSL_CTX_use_certificate(context, out.certificate.get()) != 1) {
    return failure(at_fault(Layer::kCrypto, path + ".certificate",
                            "OpenSSL does not take this certificate for a server"));
  }
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return failure(at_fault(Layer::kCrypto, path + ".private_key",
                            "this is not the private key of the certificate"));
  }
  for (std::size_t i = 0; i < source.chain.size(); ++i) {
    RSP_TRY(Certificate issuer,
            parse_certificate(source.chain[i], fmt::format("{}.chain[{}]", path, i)));
    must(SSL_CTX_add1_chain_cert(context, issuer.get()), "certificate of the chain");
  }
  return out;
}

Session ServerSide::new_session() {
  Session session(SSL_new(identities_[0].context.get()));
  must(session != nullptr, "new session");
  return session;
}

const ServerSide::Identity& ServerSide::choose(ssl_st* session) const {
  std::string_view name = server_name(session);
  const Identity* best = &identities_[0];
  int best_score = -1;
  for (const Identity& identity : identities_) {
    int score = 2 * (!name.empty() && is_for(*identity.certificate, name)) +
                supports(session, identity.group);
    if (score > best_score) {
      best = &identity;
      best_score = score;
    }
  }
  return *best;
}

int ServerSide::on_hello(ssl_st* session, int* /*alert*/, void* self) {
  const Identity& identity = static_cast<ServerSide*>(self)->choose(session);
  SSL_set_SSL_CTX(session, identity.context.get());
  // The version is chosen after this, so that only this identity is held to TLS 1.2.
  if (identity.group == kBrainpoolP256) SSL_set_max_proto_version(session, TLS1_2_VERSION);
  return SSL_CLIENT_HELLO_SUCCESS;
}

}  // namespace rsp::http::tls
