#include "rsp/pki/role.h"

#include "rsp/pki/oids.h"

namespace rsp::pki {
namespace {

constexpr KnownOid kRspRole("2.23.146.1.2.1");

}  // namespace

std::string_view to_string(Role role) {
  switch (role) {
    case Role::kCi:
      return "CI";
    case Role::kEuicc:
      return "eUICC";
    case Role::kEum:
      return "EUM";
    case Role::kDpTls:
      return "SM-DP+ TLS";
    case Role::kDpAuth:
      return "SM-DP+ auth";
    case Role::kDpPb:
      return "SM-DP+ pb";
    case Role::kDsTls:
      return "SM-DS TLS";
    case Role::kDsAuth:
      return "SM-DS auth";
  }
  return "?";
}

asn1::Oid policy_of(Role role) {
  asn1::Oid oid = kRspRole.oid();
  oid.content.push_back(static_cast<std::uint8_t>(role));
  return oid;
}

std::optional<Role> role_of(const Certificate& certificate) {
  constexpr BytesView kBase = kRspRole.content();
  for (const asn1::Oid& policy : certificate.extensions().policies) {
    BytesView content = policy.content;
    if (content.size() != kBase.size() + 1 || !equal(content.first(kBase.size()), kBase)) continue;
    if (content.back() < kAllRoles.size()) return static_cast<Role>(content.back());
  }
  return std::nullopt;
}

}  // namespace rsp::pki
