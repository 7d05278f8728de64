// The certificates of testbeds: one good set a process and curve, and each of the ways to be wrong.
#pragma once

#include "rsp/http/types.h"
#include "rsp/pki/chain.h"
#include "rsp/pki/test_pki.h"

namespace hil {

/// The day on which every testbed begins, so that a run does not depend on the day it is made.
rsp::Clock::TimePoint testbed_epoch();

/// A whole test PKI, valid from the epoch on; made once a process, because making keys is slow.
const rsp::pki::TestPki& testbed_pki(rsp::crypto::Curve curve);

/// A CI of the same name that nobody trusts.
const rsp::pki::Identity& untrusted_ci(rsp::crypto::Curve curve);

/// A certificate by name, for faults that put it in the place of a good one: "eum.expired",
/// "dpAuth.otherOid". Good ones are "eum", "euicc", "dpAuth" and so on. All are made for the keys
/// of the good set, so that signatures still fit. Empty where there is none of that name.
rsp::Bytes testbed_certificate(rsp::crypto::Curve curve, std::string_view name);
std::vector<std::string> testbed_certificate_names();

/// What the certificates of a server are made for, and by whom.
struct CertificateSubject {
  std::string host;
  std::string oid;  // of the SM-DP+
  rsp::Clock::TimePoint then;
  const rsp::pki::Identity& ci;
};
/// A certificate for TLS with a new key, by name: "dpTls", "dpTls.expired", or of another role,
/// "dpAuth". Error: Layer::kInput where there is none of that name.
rsp::Result<rsp::http::TlsIdentity> make_tls_identity(const CertificateSubject& subject,
                                                      std::string_view name);
/// A certificate of any name but those of an eUICC, issued for a key that its owner has, so that
/// signatures still fit. Error: Layer::kInput where there is none of that name.
rsp::Result<rsp::Bytes> make_certificate(const CertificateSubject& subject, std::string_view name,
                                         const rsp::crypto::PrivateKey& key);
/// make_tls_identity() for the server of testbeds.
rsp::Result<rsp::http::TlsIdentity> testbed_tls_identity(rsp::crypto::Curve curve,
                                                         std::string_view name);
std::vector<std::string> tls_certificate_names();
/// The names of make_certificate().
std::vector<std::string> server_certificate_names();

}  // namespace hil
