#include "rsp/http/tls_client.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>

#include "rsp/http/wire.h"

namespace rsp::http::tls {
namespace {

/// What a verdict of X509_verify_cert is about, which decides the sentence.
enum class Fault { kExpired, kNotYet, kIssuer, kSignature, kName, kOther };

struct Verdict {
  long number;
  const char* code;  // OpenSSL's own name, without X509_V_ERR_
  Fault fault;
};

#define VERDICT(name, fault) \
  Verdict { X509_V_ERR_##name, #name, fault }
constexpr std::array kVerdicts = {
    VERDICT(CERT_HAS_EXPIRED, Fault::kExpired),
    VERDICT(CERT_NOT_YET_VALID, Fault::kNotYet),
    VERDICT(UNABLE_TO_GET_ISSUER_CERT, Fault::kIssuer),
    VERDICT(UNABLE_TO_GET_ISSUER_CERT_LOCALLY, Fault::kIssuer),
    VERDICT(UNABLE_TO_VERIFY_LEAF_SIGNATURE, Fault::kIssuer),
    VERDICT(DEPTH_ZERO_SELF_SIGNED_CERT, Fault::kIssuer),
    VERDICT(SELF_SIGNED_CERT_IN_CHAIN, Fault::kIssuer),
    VERDICT(CERT_UNTRUSTED, Fault::kIssuer),
    VERDICT(CERT_SIGNATURE_FAILURE, Fault::kSignature),
    VERDICT(HOSTNAME_MISMATCH, Fault::kName),
    VERDICT(IP_ADDRESS_MISMATCH, Fault::kName),
    VERDICT(INVALID_PURPOSE, Fault::kOther),
    VERDICT(INVALID_CA, Fault::kOther),
    VERDICT(PATH_LENGTH_EXCEEDED, Fault::kOther),
    VERDICT(KEYUSAGE_NO_CERTSIGN, Fault::kOther),
    VERDICT(UNHANDLED_CRITICAL_EXTENSION, Fault::kOther),
    VERDICT(EE_KEY_TOO_SMALL, Fault::kOther),
    VERDICT(CA_KEY_TOO_SMALL, Fault::kOther),
    VERDICT(CA_MD_TOO_WEAK, Fault::kOther),
};
#undef VERDICT

Verdict find_verdict(long number) {
  for (const Verdict& verdict : kVerdicts) {
    if (verdict.number == number) return verdict;
  }
  return {number, "", Fault::kOther};
}

Certificate share(X509* certificate) {
  if (certificate) X509_up_ref(certificate);
  return Certificate(certificate);
}

/// SNI and the name in the certificate. An address has no SNI (RFC 6066, 3).
void expect_host(SSL* session, std::string host) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(session);
  if (is_address(host)) {
    must(X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()), "address to expect");
    return;
  }
  if (host.ends_with('.')) host.pop_back();
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  must(X509_VERIFY_PARAM_set1_host(rules, host.data(), host.size()), "name to expect");
  must(SSL_set_tlsext_host_name(session, host.c_str()), "server name");
}

}  // namespace

ClientSide::ClientSide(const ClientOptions& options)
    : options_(options),
      context_(make_context(TLS_client_method(), options.max_tls, options.key_log)) {
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_cert_verify_callback(context_.get(), &ClientSide::verify, this);
  // What the caller trusts is trusted, whether or not it signed itself (a CI may have SubCAs).
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context_.get()), X509_V_FLAG_PARTIAL_CHAIN);
}

Result<std::unique_ptr<ClientSide>> ClientSide::create(const ClientOptions& options) {
  std::unique_ptr<ClientSide> out(new ClientSide(options));
  for (std::size_t i = 0; i < options.trusted_certificates.size(); ++i) {
    std::string path = fmt::format("trusted_certificates[{}]", i);
    RSP_CHECK(out->trust(options.trusted_certificates[i], path));
  }
  if (options.identity) {
    RSP_TRY(LoadedIdentity own, use_identity(*out->context_, *options.identity, "identity"));
    // TLS 1.3 has no such curve.
    if (own.group == kBrainpoolP256)
      must(SSL_CTX_set_max_proto_version(out->context_.get(), TLS1_2_VERSION), "newest version");
  }
  return out;
}

Status ClientSide::trust(BytesView der, std::string_view path) {
  RSP_TRY(Certificate certificate, parse_certificate(der, path));
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  must(X509_STORE_add_cert(store, certificate.get()), "trust a certificate");
  return {};
}

int ClientSide::verify(x509_store_ctx_st* chain, void* self) {
  auto& side = *static_cast<ClientSide*>(self);
  int verdict = X509_verify_cert(chain);
  side.leaf_ = share(X509_STORE_CTX_get0_cert(chain));
  side.culprit_ = share(X509_STORE_CTX_get_current_cert(chain));
  return verdict;
}

Session ClientSide::new_session(const std::string& host) {
  Session session(SSL_new(context_.get()));
  must(session != nullptr, "new session");
  expect_host(session.get(), host);
  if (options_.clock) {
    auto now = std::chrono::floor<std::chrono::seconds>(options_.clock->now());
    X509_VERIFY_PARAM_set_time(SSL_get0_param(session.get()), now.time_since_epoch().count());
  }
  leaf_.reset();
  culprit_.reset();
  return session;
}

Error ClientSide::explain(const ssl_st& session, unsigned long code,
                          const std::string& host) const {
  long verdict = SSL_get_verify_result(&session);
  if (verdict != X509_V_OK && leaf_) return explain_certificate(verdict, host);
  return describe_failure(code, "the server");
}

Error ClientSide::explain_certificate(long number, const std::string& host) const {
  const Verdict verdict = find_verdict(number);
  const X509& culprit = culprit_ ? *culprit_ : *leaf_;
  Error out{.layer = Layer::kCrypto, .code = verdict.code};
  switch (verdict.fault) {
    case Fault::kExpired:
      out.text =
          fmt::format("the certificate {} expired on {}", subject_of(culprit), end_of(culprit));
      out.hint = "renew it, or check the clock of this machine";
      break;
    case Fault::kNotYet:
      out.text = fmt::format("the certificate {} is not valid before {}", subject_of(culprit),
                             begin_of(culprit));
      out.hint = "check the clock of this machine";
      break;
    case Fault::kIssuer:
      out.text = fmt::format("the certificate {} is not issued by a trusted CI, but by {}",
                             subject_of(culprit), issuer_of(culprit));
      out.hint = options_.trusted_certificates.empty()
                     ? "no CI is trusted so far; name the folder with the CI's certificate: --pki"
                     : "name the folder with the certificate of the server's CI: --pki";
      break;
    case Fault::kSignature:
      out.text = fmt::format("the signature of the certificate {} does not fit its issuer's key",
                             subject_of(culprit));
      out.hint = "it was altered, or another CI of the same name issued it; check --pki";
      break;
    case Fault::kName:
      out.text = fmt::format("the certificate is for {}, not for {}", names_of(*leaf_), host);
      out.hint = "use a name it has, and --resolve NAME:ADDRESS to say where that is";
      break;
    case Fault::kOther:
      out.text = fmt::format("the certificate {} is not good: {}", subject_of(culprit),
                             X509_verify_cert_error_string(number));
      break;
  }
  return out;
}

Status ClientSide::check_peer() const {
  if (!options_.check_peer) return {};
  must(leaf_ != nullptr, "certificate of the server");
  return options_.check_peer(to_der(*leaf_));
}

}  // namespace rsp::http::tls
