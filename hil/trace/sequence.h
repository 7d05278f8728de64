// A trace folded into the lines of a sequence diagram: which records belong together.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rsp/base/trace.h"
#include "rsp/card/apdu.h"

namespace hil {

/// One command to the card and its answer, put together again from APDUs: STORE DATA blocks and GET
/// RESPONSE belong to one; any other APDU is one by itself.
struct CardCommand {
  std::vector<std::size_t> apdus;  // indices of the records it came from
  bool store_data = false;
  rsp::Bytes octets;  // what STORE DATA carried
  rsp::Bytes answer;
  std::optional<rsp::card::StatusWord> sw;  // the last one
};

/// A line is a message between two parties, or a note at one of them.
struct SequenceLine {
  enum class Kind { kMessage, kCardCommands, kSegments, kNote };
  Kind kind = Kind::kMessage;
  std::size_t index = 0;  // of the record it stands for, or of the first one
  std::chrono::microseconds at{};
  rsp::TraceEvent event;              // as recorded, or put together where only APDUs were
  std::string function;               // also of an answer that does not name it
  std::vector<CardCommand> commands;  // folded under it
  std::vector<std::size_t> same;      // records of the same message by the other end
  std::optional<std::chrono::microseconds> took;  // an answer: since its request
};

/// The commands that the APDUs of a trace make up, in order.
std::vector<CardCommand> card_commands(std::span<const rsp::TraceRecorder::Record> records);

/// ES10 commands with their APDUs under them, also those of which a trace has nothing but APDUs;
/// the segments of one Bound Profile Package as one line; APDUs in between, such as SELECT, as one
/// line; an HTTP message that both ends recorded once.
std::vector<SequenceLine> fold(std::span<const rsp::TraceRecorder::Record> records);

}  // namespace hil
