// The file system of an eUICC on which no profile is enabled.
#pragma once

#include <memory>

#include "sim_euicc/profile_image.h"

namespace sim {

/// MF with EF.UMPC (SGP.22 via sgp22.md B.4), readable by everybody and writable by nobody, and the
/// EF.ARR that says so. With `iccid`, also an EF.ICCID with these ten octets, as some cards have
/// one (field fault F59).
std::shared_ptr<const ProfileImage> default_file_system(
    const std::optional<rsp::Octets<10>>& iccid);

}  // namespace sim
