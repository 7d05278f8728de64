// Quirk F64: how some cards encode the event of a notification.
#pragma once

#include "rsp/base/bytes.h"

namespace sim {

/// Rewrites every profileManagementOperation of notification metadata (BF2F) within these elements
/// as a BIT STRING of four bits, with its trailing zeros. Lengths stay as they are.
void add_event_zeros(rsp::Bytes& elements);

}  // namespace sim
