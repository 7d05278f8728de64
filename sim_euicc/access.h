// Access rules in expanded format: what a record of EF.ARR allows, and to whom (ETSI TS 102 221,
// 9.2.4).
#pragma once

#include <functional>

#include "rsp/base/bytes.h"

namespace sim {

/// What a command does to an EF or a directory. The value is the bit of the access mode byte
/// (AM_DO, ETSI TS 102 221 9.2.5), for EFs and, where the name says so, for directories.
enum class AccessMode : std::uint8_t {
  kRead = 0x01,
  kUpdate = 0x02,
  kWrite = 0x04,
  kDeactivate = 0x08,
  kActivate = 0x10,
  kTerminate = 0x20,
  kDelete = 0x40
};

/// Whether the PIN or ADM key with this reference counts as presented.
using KeyCheck = std::function<bool(std::uint8_t reference)>;

/// Whether a record of EF.ARR lets a command with this mode happen: the first access mode of the
/// record that names the mode decides by its security condition. INCREASE goes by its instruction
/// code (84 01 32), as do others that have no bit. A mode that no rule names is never allowed.
bool access_allowed(rsp::BytesView record, AccessMode mode, const KeyCheck& verified);
bool access_allowed_by_instruction(rsp::BytesView record, std::uint8_t ins,
                                   const KeyCheck& verified);

}  // namespace sim
