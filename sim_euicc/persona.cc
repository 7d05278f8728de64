#include "sim_euicc/persona.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"
#include "rsp/pki/chain.h"

namespace sim {

std::vector<rsp::ProfilePolicyAuthorisationRule> Persona::default_rat() {
  rsp::OperatorId any{{0xEE, 0xEE, 0xEE}, rsp::Bytes{}, rsp::Bytes{}, {}};
  rsp::OperatorId any_without_gid{{0xEE, 0xEE, 0xEE}, std::nullopt, std::nullopt, {}};
  return {{{rsp::kPpr1, rsp::kPpr2}, {any, any_without_gid}, {rsp::kConsentRequired}, {}}};
}

rsp::Bytes Persona::default_isd_r_aid() {
  return *rsp::from_hex("A0000005591010FFFFFFFF8900000100");
}

// T=0 and, by the first TB after T=15 with b8 and b2 set, "eUICC functions supported" (SGP.22 via
// ETSI TS 102 221 6.3.3). Historical bytes as of a UICC without an enabled profile.
rsp::Bytes Persona::default_atr() {
  return *rsp::from_hex("3B9F96803FC7828031E073FE211F65D0020000000000");
}

rsp::Result<Credentials> make_credentials(std::vector<rsp::pki::Certificate> trusted_cis,
                                          std::vector<SigningIdentity> signing) {
  auto refused = [](std::string text) {
    return rsp::failure(
        {.layer = rsp::Layer::kCrypto,
         .step = "personalisation",
         .text = std::move(text),
         .hint = "`esimbench pki create DIR` makes a complete set of certificates"});
  };
  if (trusted_cis.empty()) return refused("a card needs the certificate of at least one CI");
  if (signing.empty())
    return refused("a card needs an eUICC certificate with its key and the certificate of its EUM");
  std::string eid;
  for (SigningIdentity& identity : signing) {
    auto ci = std::ranges::find_if(trusted_cis, [&](const auto& candidate) {
      return rsp::equal(candidate.subject_key_id(), identity.eum.authority_key_id());
    });
    if (ci == trusted_cis.end())
      return refused("the CI that issued the EUM certificate is not there");
    identity.ci_pkid = rsp::to_bytes(ci->subject_key_id());
    std::string this_eid = rsp::pki::eid_of(identity.euicc);
    if (!eid.empty() && this_eid != eid) {
      return refused(
          fmt::format("the eUICC certificates are of two cards, {} and {}", eid, this_eid));
    }
    eid = this_eid;
  }
  auto octets = rsp::from_hex(eid);
  if (!octets || octets->size() != 16) {
    return refused(
        fmt::format("the eUICC certificate's serialNumber '{}' is no EID of 32 digits", eid));
  }
  Credentials credentials{std::move(trusted_cis), std::move(signing), {}};
  std::ranges::copy(*octets, credentials.eid.begin());
  return credentials;
}

}  // namespace sim
