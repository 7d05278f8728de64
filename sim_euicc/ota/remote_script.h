// Scripts of commands in the data of a secured packet, and their results (ETSI TS 102 226, 5):
// compact, which is commands one after the other, and expanded, which is TLVs.
#pragma once

#include <functional>
#include <span>

#include "rsp/card/apdu.h"

namespace sim::ota {

/// Executes one command of a script.
using CommandHandler = std::function<rsp::card::ResponseApdu(const rsp::card::CommandApdu&)>;

/// A result has at most this many octets. Where a response would exceed it, its data is cut, its
/// status word is 62F1, and the script ends (TS 102 226, 5.2.1.1).
inline constexpr std::size_t kMaxScriptResult = 8192;

/// Executes a script until it ends or a command fails, and gives its result in the same format:
///   compact   number of commands executed, status word and data of the last
///   expanded  AB {80 number of commands executed, 23 response of each, 90 what is malformed}
/// or AF with indefinite length where the script has AE. A script without commands has an empty
/// result in compact format.
rsp::Bytes run_script(rsp::BytesView script, const CommandHandler& execute);

// --- For an OTA platform ---

rsp::Bytes compact_script(std::span<const rsp::card::CommandApdu> commands);
rsp::Bytes expanded_script(std::span<const rsp::card::CommandApdu> commands);

/// What is wrong with a script in expanded format (TS 102 226, table 5.12).
enum class BadFormat : std::uint8_t { kUnknownTag = 1, kWrongLength = 2, kLengthNotFound = 3 };

struct ScriptResult {
  std::size_t executed = 0;
  std::vector<rsp::card::ResponseApdu> responses;  // compact: of the last command only
  std::optional<BadFormat> bad_format;
  /// Why a script chaining or an immediate action was refused.
  std::optional<std::uint8_t> chaining_error, immediate_action_error;
};
/// Error: Layer::kDecode.
rsp::Result<ScriptResult> read_script_result(rsp::BytesView result);

}  // namespace sim::ota
