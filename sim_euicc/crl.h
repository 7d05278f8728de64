// What CRLs on the card say of a certificate.
#pragma once

#include "rsp/pki/certificate.h"
#include "sim_euicc/non_volatile.h"

namespace sim {

/// Whether a CRL that was loaded lists a certificate of this CI, or the CI itself. Where a later
/// one of the same scope takes it back (removeFromCRL), it is not revoked.
bool is_revoked(const rsp::pki::Certificate& certificate, const rsp::pki::Certificate& ci,
                const NonVolatile& state);

}  // namespace sim
