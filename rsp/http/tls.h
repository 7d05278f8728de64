// What client and server have in common over OpenSSL: contexts, certificates, and failures in
// words. For the inside of this layer; no OpenSSL header is needed to include it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"
#include "rsp/http/types.h"

struct evp_pkey_st;
struct ssl_ctx_st;
struct ssl_method_st;
struct ssl_st;
struct x509_st;

namespace rsp::http::tls {

struct Release {
  void operator()(evp_pkey_st* key) const;
  void operator()(ssl_ctx_st* context) const;
  void operator()(ssl_st* session) const;
  void operator()(x509_st* certificate) const;
};
using Key = std::unique_ptr<evp_pkey_st, Release>;
using Context = std::unique_ptr<ssl_ctx_st, Release>;
using Session = std::unique_ptr<ssl_st, Release>;
using Certificate = std::unique_ptr<x509_st, Release>;

/// A context with the versions, curves and cipher suites of this layer, and without any way to
/// resume a session. `key_log` must outlive it. Throws std::runtime_error if OpenSSL refuses,
/// which no peer can cause.
Context make_context(const ssl_method_st* method, TlsVersion newest, const KeyLog& key_log);

/// OpenSSL's number of a version.
int version_number(TlsVersion version);

// Numbers of named groups (IANA, TLS Supported Groups).
constexpr unsigned kP256 = 23;
constexpr unsigned kBrainpoolP256 = 26;

/// An identity in the hands of OpenSSL.
struct LoadedIdentity {
  Certificate certificate;
  unsigned group = 0;  // the TLS number of the key's curve; 0 for any other kind
};
/// Has a context show an identity. Error: input or crypto, at "path.certificate" and so on.
Result<LoadedIdentity> use_identity(ssl_ctx_st& context, const TlsIdentity& identity,
                                    const std::string& path);

/// Throws std::runtime_error with OpenSSL's reason: for calls that cannot fail in a sound program.
void must(bool done, const char* what);

/// Error: input, at `path`.
Result<Certificate> parse_certificate(BytesView der, std::string_view path);
/// Error: input, at `path`.
Result<Key> parse_key(BytesView pkcs8, std::string_view path);

/// DER of the certificate that the other end of a session has shown; empty if it has not.
Bytes peer_certificate(const ssl_st& session);
/// DER of a certificate.
Bytes to_der(const x509_st& certificate);
/// DNS names and addresses that a certificate is for, joined by commas.
std::string names_of(const x509_st& certificate);
/// "CN=...,O=..." as RFC 2253 writes it.
std::string subject_of(const x509_st& certificate);
/// The same for the issuer, and its key identifier where the certificate has it, because CIs of the
/// same name are common: "CN=Test CI, key F54172BD...".
std::string issuer_of(const x509_st& certificate);
/// "2031-01-31 12:00 UTC": the first and the last moment of validity.
std::string begin_of(const x509_st& certificate);
std::string end_of(const x509_st& certificate);
/// Whether a certificate's subjectAltName has this DNS name. The common name does not count.
bool is_for(const x509_st& certificate, std::string_view name);

/// A failed handshake, or a record that OpenSSL did not take, from the code of its error queue.
/// The layer is transport; `peer` is how the text calls the other side.
Error describe_failure(unsigned long code, std::string_view peer);

}  // namespace rsp::http::tls
