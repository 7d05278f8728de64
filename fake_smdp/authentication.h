// Mutual authentication with an eUICC, as SM-DP+ (ES9+) and SM-DS (ES11) do it: which certificate
// to show, and who the eUICC is (SGP.22 v2, 3.1.2, 5.6.1, 5.6.3 and 5.8).
#pragma once

#include "fake_smdp/outside.h"
#include "fake_smdp/seam.h"
#include "rsp/base/clock.h"
#include "rsp/pki/store.h"

namespace smdp {

/// The server that authenticates itself.
struct AuthenticatingServer {
  /// First digits of its status codes: "8.8" of an SM-DP+, "8.9" of an SM-DS.
  std::string_view subject;
  std::span<const std::string> addresses;  // compared without regard to case
  std::span<const rsp::pki::ServerIdentity> identities;
  const rsp::pki::TrustAnchors& trusted_cis;
  rsp::VersionType lowest_svn{}, highest_svn{};  // the ends included
};

struct ChosenIdentity {
  const rsp::pki::ServerIdentity* identity = nullptr;
  rsp::Bytes ci_pkid;  // euiccCiPKIdToBeUsed
};

/// What InitiateAuthentication checks: x.1/3.8 another server's address, x.3/3.1 a version that is
/// not served, x.2/3.1 no CI in common, x.4/3.7 no certificate that the eUICC can verify. `usable`
/// may leave out identities.
Answer<ChosenIdentity> choose_identity(
    const AuthenticatingServer& server, const rsp::InitiateAuthenticationRequest& request,
    const std::function<bool(const rsp::pki::ServerIdentity&)>& usable);

/// The answer, signed. `seam` may be null.
rsp::InitiateAuthenticationOk sign_initiation(const ChosenIdentity& chosen,
                                              const rsp::InitiateAuthenticationRequest& request,
                                              const rsp::TransactionId& transaction_id,
                                              const rsp::Challenge& server_challenge, Seam* seam);

/// An eUICC that has proved who it is.
struct KnownEuicc {
  rsp::Eid eid{};
  rsp::crypto::PublicKey key;
  rsp::Bytes certificate;
};

/// What AuthenticateClient checks of certificates, signature and challenge: 8.1.2 and 8.1.3
/// with 6.1 (invalid) or 6.3 (expired), 8.11.1/3.9 (unknown CI), 8.1/6.1.
Answer<KnownEuicc> authenticate_euicc(const rsp::AuthenticateResponseOk& response,
                                      const rsp::Challenge& server_challenge,
                                      const rsp::pki::TrustAnchors& trusted_cis,
                                      rsp::Clock::TimePoint now);

}  // namespace smdp
