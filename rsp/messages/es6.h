// ES6: what an operator's OTA platform sends to the ISD-P of its profile (SGP.22 v2, 5.4).
#pragma once

#include "rsp/messages/common.h"

namespace rsp {

/// ES6.UpdateMetadata (5.4.1). Absent fields keep their value. Version 2 has no response to it but
/// the status word of STORE DATA.
struct UpdateMetadataRequest {
  static constexpr asn1::Tag kTag = asn1::context(42);  // BF2A
  static constexpr std::string_view kName = "updateMetadataRequest";
  std::optional<asn1::TextOf<0, 32>> service_provider_name;
  std::optional<asn1::TextOf<0, 64>> profile_name;
  std::optional<IconType> icon_type;
  std::optional<asn1::OctetsOf<0, 1024>> icon;
  std::optional<asn1::BitString> profile_policy_rules;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(17), "serviceProviderName", m.service_provider_name);
    f(asn1::context(18), "profileName", m.profile_name);
    f(asn1::context(19), "iconType", m.icon_type);
    f(asn1::context(20), "icon", m.icon);
    f(asn1::context(25), "profilePolicyRules", m.profile_policy_rules);
  }
};

}  // namespace rsp
