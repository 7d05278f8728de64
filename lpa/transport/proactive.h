// What a terminal owes a card that has a proactive command waiting (ETSI TS 102 223): to fetch it
// and to answer. A card whose REFRESH nobody answers may refuse all else until its reset (field
// fault F41), and one with an open proactive session is busy (F44).
#pragma once

#include "rsp/base/bytes.h"

namespace lpa {

/// TERMINAL PROFILE of a terminal that knows REFRESH and little more; without one cards send no
/// proactive command.
rsp::Bytes terminal_profile();

/// The data of the TERMINAL RESPONSE to what FETCH has brought: done, whatever it is. An LPA shows
/// nothing and asks nobody, and a card that wants more goes on by itself. Empty where the octets
/// are no proactive command.
rsp::Bytes terminal_response(rsp::BytesView proactive_command);

}  // namespace lpa
