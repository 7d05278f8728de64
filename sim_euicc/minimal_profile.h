// The files of an IoT Minimal Profile that its package leaves out, because the eUICC can make them
// from the profile header (TCA IP 7.5).
#pragma once

#include "rsp/base/result.h"
#include "rsp/saip/file.h"

namespace sim {

/// What PE-IoT would say about this member if it were there, as far as the template's row is not
/// enough. Not specified in the ASN.1 module: access rules are those of TCA IP 9.9, and the ADF is
/// 7FF0. Nothing where there is no more to say; nothing as well for an ADF where the header has no
/// IotOptions.
std::optional<rsp::saip::File> implied_file(std::string_view member,
                                            const rsp::saip::ProfileHeader& header);

}  // namespace sim
