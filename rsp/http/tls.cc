#include "rsp/http/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <stdexcept>

#include "rsp/base/hex.h"

namespace rsp::http::tls {
namespace {

// P-256 stands behind X25519 and is needed even where X25519 wins, because in TLS 1.2 this list
// also says which curves a certificate may have.
constexpr const char* kGroups = "X25519:P-256:brainpoolP256r1";
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

int key_log_slot() {
  static const int slot = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return slot;
}

void write_key_log(const SSL* session, const char* line) {
  const void* key_log = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), key_log_slot());
  (*static_cast<const KeyLog*>(key_log))(line);
}

unsigned group_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  if (!EVP_PKEY_get_group_name(key, name.data(), name.size(), nullptr)) return 0;
  std::string_view curve = name.data();
  if (curve == "prime256v1") return kP256;
  return curve == "brainpoolP256r1" ? kBrainpoolP256 : 0;
}

std::string last_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason ? reason : "no reason given";
}

std::string to_text(X509_NAME* name) {
  std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  long size = BIO_get_mem_data(out.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string to_text(const ASN1_TIME* time) {
  std::tm when{};
  if (!ASN1_TIME_to_tm(time, &when)) return "an unknown date";
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", when.tm_year + 1900, when.tm_mon + 1,
                     when.tm_mday, when.tm_hour, when.tm_min);
}

/// A name may hold any octet, and messages go to terminals.
std::string printable(const ASN1_STRING* text) {
  std::string out(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                  static_cast<std::size_t>(ASN1_STRING_length(text)));
  std::ranges::replace_if(
      out, [](char c) { return c <= 0x20 || c >= 0x7F; }, '?');
  return out;
}

std::string to_text(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) return printable(name.d.dNSName);
  if (name.type != GEN_IPADD) return {};
  std::unique_ptr<char, void (*)(char*)> text(i2s_ASN1_OCTET_STRING(nullptr, name.d.iPAddress),
                                              [](char* p) { OPENSSL_free(p); });
  return text ? fmt::format("address {}", text.get()) : std::string();
}

std::string_view hint_for_alert(int alert) {
  switch (alert) {
    case SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_INSUFFICIENT_SECURITY:
      return "both sides need TLS 1.2 or 1.3, ECDHE with AES-GCM, and P-256 or brainpoolP256r1";
    case TLS13_AD_CERTIFICATE_REQUIRED:
      return "this server wants to know who its clients are; give it a certificate of a CI that it "
             "trusts";
    case SSL_AD_UNRECOGNIZED_NAME:
      return "the server does not know the name it was asked for";
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_DECRYPT_ERROR:
      return "the certificate was not accepted; have both sides use the same PKI";
    default:
      return "";
  }
}

std::string alert_text(int alert) {
  // OpenSSL 3.0 has no words for this one (RFC 8446, 6.2).
  if (alert == TLS13_AD_CERTIFICATE_REQUIRED) return "certificate required";
  return SSL_alert_desc_string_long(alert);
}

std::string alert_name(int alert) {
  std::string name = alert_text(alert);
  std::ranges::replace(name, ' ', '_');
  return name;
}

}  // namespace

void Release::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void Release::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }
void Release::operator()(ssl_st* session) const { SSL_free(session); }
void Release::operator()(x509_st* certificate) const { X509_free(certificate); }

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(fmt::format("OpenSSL: {}: {}", what, last_reason()));
}

int version_number(TlsVersion version) {
  switch (version) {
    case TlsVersion::k1_0:
      return TLS1_VERSION;
    case TlsVersion::k1_1:
      return TLS1_1_VERSION;
    case TlsVersion::k1_2:
      return TLS1_2_VERSION;
    case TlsVersion::k1_3:
      return TLS1_3_VERSION;
  }
  return TLS1_3_VERSION;
}

Context make_context(const ssl_method_st* method, TlsVersion newest, const KeyLog& key_log) {
  Context context(SSL_CTX_new(method));
  must(context != nullptr, "new context");
  SSL_CTX* raw = context.get();
  must(SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION), "oldest version");
  must(SSL_CTX_set_max_proto_version(raw, version_number(newest)), "newest version");
  must(SSL_CTX_set1_groups_list(raw, kGroups), "curves");
  must(SSL_CTX_set_cipher_list(raw, kCiphers), "cipher suites");
  // SGP.23 has the LPA not reuse session keys, and connections are kept alive instead.
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(raw, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_num_tickets(raw, 0);
  // Who is trusted is nothing to show: the chain that is sent is the one that was given.
  SSL_CTX_set_mode(raw, SSL_MODE_NO_AUTO_CHAIN);
  if (key_log) {
    must(SSL_CTX_set_ex_data(raw, key_log_slot(), const_cast<KeyLog*>(&key_log)), "key log");
    SSL_CTX_set_keylog_callback(raw, write_key_log);
  }
  return context;
}

Result<Certificate> parse_certificate(BytesView der, std::string_view path) {
  const unsigned char* at = der.data();
  Certificate out(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
  if (out && at == der.data() + der.size()) return out;
  ERR_clear_error();
  return failure({.layer = Layer::kInput,
                  .path = std::string(path),
                  .text = "this is no X.509 certificate in DER",
                  .hint = "convert PEM with: openssl x509 -in FILE -outform DER"});
}

Result<Key> parse_key(BytesView pkcs8, std::string_view path) {
  const unsigned char* at = pkcs8.data();
  Key out(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(pkcs8.size())));
  if (out) return out;
  ERR_clear_error();
  return failure({.layer = Layer::kInput,
                  .path = std::string(path),
                  .text = "this is no private key in PKCS#8 DER",
                  .hint = "convert PEM with: openssl pkcs8 -topk8 -nocrypt -outform DER"});
}

Result<LoadedIdentity> use_identity(ssl_ctx_st& context, const TlsIdentity& identity,
                                    const std::string& path) {
  LoadedIdentity out;
  auto refused = [](std::string where, std::string text) {
    ERR_clear_error();
    return failure({.layer = Layer::kCrypto, .path = std::move(where), .text = std::move(text)});
  };
  RSP_TRY(out.certificate, parse_certificate(identity.certificate, path + ".certificate"));
  RSP_TRY(Key key, parse_key(identity.private_key, path + ".private_key"));
  out.group = group_of(key.get());
  if (SSL_CTX_use_certificate(&context, out.certificate.get()) != 1) {
    return refused(path + ".certificate", "OpenSSL does not take this certificate for TLS");
  }
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
    return refused(path + ".private_key", "this is not the private key of the certificate");
  }
  for (std::size_t i = 0; i < identity.chain.size(); ++i) {
    RSP_TRY(Certificate issuer,
            parse_certificate(identity.chain[i], fmt::format("{}.chain[{}]", path, i)));
    must(SSL_CTX_add1_chain_cert(&context, issuer.get()), "certificate of the chain");
  }
  return out;
}

Bytes peer_certificate(const ssl_st& session) {
  const X509* certificate = SSL_get0_peer_certificate(&session);
  return certificate ? to_der(*certificate) : Bytes();
}

Bytes to_der(const x509_st& certificate) {
  int size = i2d_X509(&certificate, nullptr);
  must(size > 0, "encode certificate");
  Bytes out(static_cast<std::size_t>(size));
  unsigned char* at = out.data();
  i2d_X509(&certificate, &at);
  return out;
}

std::string names_of(const x509_st& certificate) {
  std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> names(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(&certificate, NID_subject_alt_name, nullptr, nullptr)),
      &GENERAL_NAMES_free);
  std::string out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    std::string name = to_text(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty()) out += (out.empty() ? "" : ", ") + name;
  }
  return out.empty() ? "no name at all" : out;
}

std::string subject_of(const x509_st& certificate) {
  return to_text(X509_get_subject_name(&certificate));
}

std::string issuer_of(const x509_st& certificate) {
  std::string out = to_text(X509_get_issuer_name(&certificate));
  // The function takes a mutable certificate only because it may cache what it parsed.
  const ASN1_OCTET_STRING* key = X509_get0_authority_key_id(const_cast<X509*>(&certificate));
  if (!key) return out;
  auto size = static_cast<std::size_t>(ASN1_STRING_length(key));
  return fmt::format("{}, key {}", out, to_hex({ASN1_STRING_get0_data(key), size}));
}

std::string begin_of(const x509_st& certificate) {
  return to_text(X509_get0_notBefore(&certificate));
}

std::string end_of(const x509_st& certificate) { return to_text(X509_get0_notAfter(&certificate)); }

bool is_for(const x509_st& certificate, std::string_view name) {
  return X509_check_host(const_cast<X509*>(&certificate), name.data(), name.size(),
                         X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, nullptr) == 1;
}

Error describe_failure(unsigned long code, std::string_view peer) {
  int reason = ERR_GET_REASON(code);
  // The reason of a received alert is its number plus this offset (openssl/sslerr.h).
  if (int alert = reason - SSL_AD_REASON_OFFSET; alert >= 0 && alert <= 255) {
    return {.layer = Layer::kTransport,
            .code = alert_name(alert),
            .text = fmt::format("{} ended TLS with the alert '{}'", peer, alert_text(alert)),
            .hint = std::string(hint_for_alert(alert))};
  }
  if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST ||
      reason == SSL_R_PACKET_LENGTH_TOO_LONG) {
    return {.layer = Layer::kTransport,
            .text = fmt::format("{} does not speak TLS", peer),
            .hint = "check the port; only HTTPS is spoken here"};
  }
  const char* text = ERR_reason_error_string(code);
  return {.layer = Layer::kTransport,
          .text = fmt::format("TLS with {} failed: {}", peer, text ? text : "no reason given")};
}

}  // namespace rsp::http::tls
