// The newline-JSON protocol by which lpac drives an external APDU back end (LPAC_APDU=stdio).
#pragma once

#include <iosfwd>

#include "rsp/card/transport.h"

namespace sim {

/// Serves until the input ends. Each line `{"type":"apdu","payload":{"func":F,"param":HEX|null}}`
/// gets one line
/// `{"type":"apdu","payload":{"ecode":N,"data":HEX}}`; lines of other types, which are lpac's own
/// output, are passed to `other`. A line that is neither gets ecode -1.
void serve_lpac_stdio(rsp::card::Card& card, std::istream& in, std::ostream& out,
                      std::ostream& other);

}  // namespace sim
