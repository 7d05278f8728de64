#include "rsp/http/tls_server.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <optional>

namespace rsp::http::tls {
namespace {

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

/// Where a session keeps the certificate that its handshake failed for.
int culprit_slot() {
  static const int slot =
      SSL_get_ex_new_index(0, nullptr, nullptr, nullptr,
                           [](void*, void* certificate, CRYPTO_EX_DATA*, int, long, void*) {
                             X509_free(static_cast<X509*>(certificate));
                           });
  return slot;
}

/// Called by OpenSSL for each certificate of a client's chain; a failed session does not keep them.
int note_culprit(int good, X509_STORE_CTX* chain) {
  if (good) return good;
  auto* session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(chain, SSL_get_ex_data_X509_STORE_CTX_idx()));
  X509* culprit = X509_STORE_CTX_get_current_cert(chain);
  if (culprit == nullptr || SSL_get_ex_data(session, culprit_slot()) != nullptr) return good;
  X509_up_ref(culprit);
  SSL_set_ex_data(session, culprit_slot(), culprit);
  return good;
}

}  // namespace

Result<std::unique_ptr<ServerSide>> ServerSide::create(const ServerOptions& options) {
  if (options.identities.empty()) {
    return failure(
        {.layer = Layer::kInput, .path = "identities", .text = "a TLS server needs a certificate"});
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
  out.context = make_context(TLS_server_method(), options_.max_tls, options_.key_log);
  RSP_TRY(LoadedIdentity loaded, use_identity(*out.context, source, path));
  out.certificate = std::move(loaded.certificate);
  out.group = loaded.group;
  RSP_CHECK(ask_clients(*out.context));
  return out;
}

Status ServerSide::ask_clients(ssl_ctx_st& context) const {
  if (options_.client_certificates == ClientCertificates::kNone) return {};
  if (options_.client_cas.empty()) {
    return failure({.layer = Layer::kInput,
                    .path = "client_cas",
                    .text = "clients are asked for certificates, and no CI of theirs is trusted",
                    .hint = "give the certificate of the CI that issues them"});
  }
  int mode = SSL_VERIFY_PEER;
  if (options_.client_certificates == ClientCertificates::kRequired)
    mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  SSL_CTX_set_verify(&context, mode, &note_culprit);
  // What the caller trusts is trusted, whether or not it signed itself (a CI may have SubCAs).
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(&context), X509_V_FLAG_PARTIAL_CHAIN);
  for (std::size_t i = 0; i < options_.client_cas.size(); ++i) {
    RSP_TRY(Certificate ca,
            parse_certificate(options_.client_cas[i], fmt::format("client_cas[{}]", i)));
    must(X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), ca.get()), "trust a certificate");
    must(SSL_CTX_add_client_CA(&context, ca.get()), "name of a CA");
  }
  return {};
}

Result<Session> ServerSide::new_session(const Admission& admission) const {
  // A session holds its context for as long as it lives.
  std::optional<Identity> other;
  if (admission.identity) {
    RSP_TRY(other, load(*admission.identity, "identity"));
  }
  Session session(SSL_new(other ? other->context.get() : identities_[0].context.get()));
  must(session != nullptr, "new session");
  if (other && other->group == kBrainpoolP256)
    SSL_set_max_proto_version(session.get(), TLS1_2_VERSION);
  if (admission.only) {
    int version = version_number(*admission.only);
    // What is older than TLS 1.2 signs with SHA-1, which OpenSSL has but for the asking.
    if (version < TLS1_2_VERSION) {
      SSL_set_security_level(session.get(), 0);
      must(SSL_set_cipher_list(session.get(), "ECDHE"), "cipher suites");
    }
    must(SSL_set_min_proto_version(session.get(), version) &&
             SSL_set_max_proto_version(session.get(), version),
         "the only version");
  }
  if (options_.clock) {
    auto now = std::chrono::floor<std::chrono::seconds>(options_.clock->now());
    X509_VERIFY_PARAM_set_time(SSL_get0_param(session.get()), now.time_since_epoch().count());
  }
  return session;
}

std::string ServerSide::explain(const ssl_st& session, unsigned long code) {
  const void* noted = SSL_get_ex_data(&session, culprit_slot());
  long verdict = SSL_get_verify_result(&session);
  if (noted != nullptr && verdict != X509_V_OK) {
    const X509& culprit = *static_cast<const X509*>(noted);
    return fmt::format("the client's certificate {}, issued by {}, is not accepted: {}",
                       subject_of(culprit), issuer_of(culprit),
                       X509_verify_cert_error_string(verdict));
  }
  if (ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
    return "the client has shown no certificate, and one is required";
  return describe_failure(code, "the client").text;
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
