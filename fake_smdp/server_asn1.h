// The ASN.1 binding of ES9+ and ES11 (SGP.22 v2, 6.6): one path, and the function is the tag.
#pragma once

#include "fake_smdp/server.h"

namespace smdp {

inline constexpr std::string_view kAsn1Path = "/gsma/rsp2/asn1";
inline constexpr std::string_view kAsn1ContentType = "application/x-gsma-rsp-asn1";
/// X-Admin-Protocol of every answer.
inline constexpr std::string_view kAdminProtocol = "gsma/rsp/v2.2.2";

/// A RemoteProfileProvisioningRequest in DER. 400 where it is none; 204 for a notification.
rsp::http::Response handle_asn1(const Services& services, std::string_view body);

}  // namespace smdp
