// Profiles and notifications as programs and people see them: on the command line and in Python.
#pragma once

#include "lpa/lpa.h"
#include "rsp/json/asn1_json.h"

namespace hil {

/// {"iccid", "isdpAid", "state", "nickname", "name", "provider", "class"}; the first two and the
/// nickname only where the card tells them.
rsp::Json describe(const rsp::ProfileInfo& info);
/// {"sequenceNumber", "event", "address", "iccid"}; the last only where there is one.
rsp::Json describe(const rsp::NotificationMetadata& metadata);

/// A profile by its ICCID, or by its AID where the text begins with the RID of ISD-Ps. Error:
/// Layer::kInput with `path` for anything else.
rsp::Result<rsp::ProfileIdentifier> parse_profile_identifier(const std::string& text,
                                                             std::string_view path);

}  // namespace hil
