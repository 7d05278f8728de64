// What a certificate is for in remote SIM provisioning: the id-rspRole policies of SGP.22 Annex H.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "rsp/pki/certificate.h"

namespace rsp::pki {

/// The value is the last arc of the certificate policy 2.23.146.1.2.1.x (SGP.22 v2, and variant O
/// of v3).
enum class Role : std::uint8_t {
  kCi = 0,
  kEuicc = 1,
  kEum = 2,
  kDpTls = 3,
  kDpAuth = 4,
  kDpPb = 5,
  kDsTls = 6,
  kDsAuth = 7,
};
inline constexpr std::array kAllRoles = {Role::kCi,     Role::kEuicc, Role::kEum,   Role::kDpTls,
                                         Role::kDpAuth, Role::kDpPb,  Role::kDsTls, Role::kDsAuth};

/// "CI", "eUICC", "EUM", "SM-DP+ TLS", "SM-DP+ auth", "SM-DP+ pb", "SM-DS TLS", "SM-DS auth".
std::string_view to_string(Role role);

/// The certificate policy that stands for a role.
asn1::Oid policy_of(Role role);

/// The first of a certificate's policies that is a role; nothing where none is.
std::optional<Role> role_of(const Certificate& certificate);

}  // namespace rsp::pki
