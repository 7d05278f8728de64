// What the card answers to one command.
#pragma once

#include "rsp/card/apdu.h"

namespace sim {

/// Response data and status word of one command.
struct Answer {
  rsp::Bytes data;
  rsp::card::StatusWord sw = rsp::card::kOk;
};

inline Answer refuse(rsp::card::StatusWord sw) { return {{}, sw}; }

}  // namespace sim
