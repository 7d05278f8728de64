#include "fake_smdp/authentication.h"

#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/pki/chain.h"

namespace smdp {

// The first CI that the eUICC can sign under and we can verify, in the eUICC's order of priority,
// and our identity under a CI that the eUICC can verify: the same CI where possible.
Answer<ChosenIdentity> choose_identity(
    const AuthenticatingServer& server, const rsp::InitiateAuthenticationRequest& request,
    const std::function<bool(const rsp::pki::ServerIdentity&)>& usable) {
  auto refused = [&](std::string_view part, std::string_view reason, std::string identifier = "") {
    return status(std::string(server.subject).append(part), reason, "", std::move(identifier));
  };
  bool ours = std::ranges::any_of(server.addresses, [&](const std::string& own) {
    return rsp::same_text(own, request.smdp_address);
  });
  if (!ours) return refused(".1", "3.8", request.smdp_address);
  const rsp::EuiccInfo1& info = request.euicc_info1;
  if (info.svn < server.lowest_svn || info.svn > server.highest_svn)
    return refused(".3", "3.1", rsp::version_text(info.svn));

  auto verifiable = [&](const rsp::pki::ServerIdentity& identity) {
    return usable(identity) &&
           std::ranges::any_of(info.ci_pkid_list_for_verification, [&](const rsp::Bytes& id) {
             return rsp::equal(id, identity.ci.subject_key_id());
           });
  };
  ChosenIdentity chosen;
  bool common_ci = false;
  for (const rsp::Bytes& candidate : info.ci_pkid_list_for_signing) {
    if (server.trusted_cis.find(candidate) == nullptr) continue;
    if (!common_ci) chosen.ci_pkid = candidate;
    common_ci = true;
    for (const auto& identity : server.identities) {
      if (!verifiable(identity)) continue;
      if (rsp::equal(identity.ci.subject_key_id(), candidate))
        return ChosenIdentity{&identity, candidate};
      if (chosen.identity == nullptr) chosen.identity = &identity;
    }
  }
  if (!common_ci) return refused(".2", "3.1");
  if (chosen.identity == nullptr) return refused(".4", "3.7");
  return chosen;
}

rsp::InitiateAuthenticationOk sign_initiation(const ChosenIdentity& chosen,
                                              const rsp::InitiateAuthenticationRequest& request,
                                              const rsp::TransactionId& transaction_id,
                                              const rsp::Challenge& server_challenge, Seam* seam) {
  auto signed1 = rsp::asn1::seal(
      rsp::asn1::kSequence,
      rsp::ServerSigned1{
          transaction_id, request.euicc_challenge, request.smdp_address, server_challenge, {}});
  const rsp::pki::Identity& auth = chosen.identity->auth;
  auto signature = rsp::crypto::sign(seam, "serverSigned1", signed1.der, auth.key);
  return {transaction_id,
          std::move(signed1),
          rsp::to_bytes(signature),
          chosen.ci_pkid,
          {rsp::to_bytes(auth.certificate.der())},
          {}};
}

Answer<KnownEuicc> authenticate_euicc(const rsp::AuthenticateResponseOk& response,
                                      const rsp::Challenge& server_challenge,
                                      const rsp::pki::TrustAnchors& trusted_cis,
                                      rsp::Clock::TimePoint now) {
  auto eum = rsp::pki::Certificate::parse(response.eum_certificate.der);
  if (!eum) return status("8.1.2", "6.1", eum.error().text);
  auto euicc = rsp::pki::Certificate::parse(response.euicc_certificate.der);
  if (!euicc) return status("8.1.3", "6.1", euicc.error().text);
  const auto* ci = trusted_cis.issuer_of(*eum);
  if (ci == nullptr) return status("8.11.1", "3.9");
  if (auto fault = rsp::pki::check_euicc_chain(*euicc, *eum, *ci)) {
    return status(fault->at == rsp::pki::ChainLink::kEum ? "8.1.2" : "8.1.3", "6.1",
                  fault->problem.text);
  }
  if (auto problem = rsp::pki::check_validity(*eum, now))
    return status("8.1.2", "6.3", problem->text);
  if (auto problem = rsp::pki::check_validity(*euicc, now))
    return status("8.1.3", "6.3", problem->text);
  auto key = euicc->public_key();
  if (!key || !key->verify({response.euicc_signed1.der}, response.euicc_signature1))
    return status("8.1", "6.1", "euiccSignature1 is wrong");
  if (response.euicc_signed1.value.server_challenge != server_challenge)
    return status("8.1", "6.1", "serverChallenge is not the one of this session");
  KnownEuicc known{{}, *std::move(key), response.euicc_certificate.der};
  known.eid = *rsp::parse_eid(rsp::pki::eid_of(*euicc));  // check_euicc_chain() has seen it
  return known;
}

}  // namespace smdp
