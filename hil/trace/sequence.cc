#include "hil/trace/sequence.h"

#include <algorithm>
#include <map>

#include "hil/trace/explain.h"
#include "rsp/card/store_data.h"

namespace hil {
namespace {

using rsp::Party;
using rsp::TraceEvent;
using rsp::TraceKind;
using Records = std::span<const rsp::TraceRecorder::Record>;
using Kind = SequenceLine::Kind;

constexpr std::string_view kLoad = "ES10b.LoadBoundProfilePackage";

bool carries_apdu(std::string_view at_line) {
  return at_line.find("+CGLA") != at_line.npos || at_line.find("+CSIM") != at_line.npos;
}

/// Puts commands together from APDUs, as a card does.
class Assembler {
 public:
  void command(std::size_t index, rsp::BytesView apdu) {
    auto parsed = rsp::card::CommandApdu::parse(apdu);
    if (!parsed) return start(index, false);
    bool repeated = !commands.empty() && commands.back().sw && commands.back().sw->wrong_length();
    if (parsed->ins == rsp::card::kGetResponseIns && !commands.empty()) {
      commands.back().apdus.push_back(index);
    } else if (parsed->ins != rsp::card::kStoreDataIns) {
      start(index, false);
    } else if (open_ && parsed->p2 != 0) {
      commands.back().apdus.push_back(index);
    } else if (repeated && commands.back().octets == parsed->data) {
      commands.back().apdus.push_back(index);  // once more, with the Le that 6Cxx named
      return;
    } else {
      start(index, true);
    }
    if (parsed->ins != rsp::card::kStoreDataIns) return;
    rsp::append(commands.back().octets, parsed->data);
    open_ = parsed->p1 != rsp::card::kP1LastBlock;
  }

  void response(std::size_t index, rsp::BytesView apdu) {
    if (commands.empty()) start(index, false);
    CardCommand& current = commands.back();
    if (current.apdus.back() != index) current.apdus.push_back(index);
    auto parsed = rsp::card::ResponseApdu::parse(apdu);
    if (!parsed) return;
    rsp::append(current.answer, parsed->data);
    current.sw = parsed->sw;
  }

  std::vector<CardCommand> commands;

 private:
  void start(std::size_t index, bool store_data) {
    commands.push_back({.apdus = {index}, .store_data = store_data});
    open_ = false;
  }

  bool open_ = false;
};

/// Walks the records once and makes lines.
class Folder {
 public:
  explicit Folder(Records records) : records_(records), commands_(card_commands(records)) {
    for (std::size_t c = 0; c < commands_.size(); ++c) {
      first_.push_back(commands_[c].apdus.front());
      for (std::size_t index : commands_[c].apdus) owner_[index] = c;
    }
    claim();
  }

  std::vector<SequenceLine> fold() {
    for (std::size_t i = 0; i < records_.size(); ++i) record(i);
    // A command that was put together from APDUs has its answer where the last of them stands.
    std::ranges::stable_sort(lines_, {}, &SequenceLine::index);
    return std::move(lines_);
  }

 private:
  /// Gives each ES10 and ES8+ command event the APDUs that carried it: those right before or after
  /// it, if they say the same. A card reports the event before the last APDU, others may do so
  /// before the first or after the last.
  void claim() {
    for (std::size_t i = 0; i < records_.size(); ++i) {
      const TraceEvent& event = records_[i].event;
      bool command = (event.kind == TraceKind::kEs10 || event.kind == TraceKind::kEs8) &&
                     event.from == Party::kLpa;
      if (!command) continue;
      auto next = owner_.lower_bound(i);
      if (next != owner_.end() && take(next->second, i)) continue;
      if (next != owner_.begin()) take(std::prev(next)->second, i);
    }
  }
  bool take(std::size_t command, std::size_t event) {
    if (!commands_[command].store_data || commands_[command].octets != records_[event].event.bytes)
      return false;
    if (!claimed_.emplace(command, event).second) return false;
    claims_[event] = command;
    return true;
  }

  void record(std::size_t index) {
    const TraceEvent& event = records_[index].event;
    switch (event.kind) {
      case TraceKind::kApdu:
        return apdu(index);
      case TraceKind::kEs10:
        return es10(index);
      case TraceKind::kEs8:
        return es8(index);
      case TraceKind::kHttp:
        return http(index);
      case TraceKind::kTls:
      case TraceKind::kKeys:
        return;  // what they carry is an HTTP message of its own
      case TraceKind::kAt:
        // An APDU in it is an event of its own, and an OK says nothing more.
        if (!carries_apdu(event.detail) && event.detail != "OK") add(Kind::kNote, index, event);
        return;
      case TraceKind::kCommit:
      case TraceKind::kPower:
      case TraceKind::kStep:
      case TraceKind::kFault:
        add(Kind::kNote, index, event);
        return;
    }
  }

  void apdu(std::size_t index) {
    std::size_t c = owner_.at(index);
    if (first_[c] != index || claimed_.contains(c)) return;
    CardCommand& command = commands_[c];
    if (!command.store_data) {
      bool joins = !lines_.empty() && lines_.back().kind == Kind::kCardCommands;
      SequenceLine& line =
          joins ? lines_.back() : add(Kind::kCardCommands, index, records_[index].event);
      line.commands.push_back(std::move(command));
    } else if (segment_kind(command.octets) != nullptr) {
      segment(index, std::move(command));
    } else {
      put_together(index, std::move(command));
    }
  }

  /// A command of which nobody reported more than its APDUs, as with a real card.
  void put_together(std::size_t index, CardCommand command) {
    load_.reset();
    std::string name(es10_function(command.octets));
    if (name.empty()) name = "STORE DATA";
    SequenceLine& request =
        add(Kind::kMessage, index,
            {TraceKind::kEs10, Party::kLpa, Party::kEuicc, name, "", command.octets});
    request.function = name;
    request.commands.push_back(command);
    answer(command, name, request.at);
  }
  void answer(const CardCommand& command, const std::string& function,
              std::chrono::microseconds since) {
    if (!command.sw) return;
    SequenceLine& line = add(Kind::kMessage, command.apdus.back(),
                             {TraceKind::kEs10, Party::kEuicc, Party::kLpa, function,
                              to_string(*command.sw), command.answer});
    line.function = function;
    line.took = line.at - since;
  }

  /// One more segment. An answer with data, or a refusal, ends the load (SGP.22 3.1.3.3).
  void segment(std::size_t index, CardCommand command) {
    bool first = !command.octets.empty() && command.octets[0] == 0xBF;
    if (!load_ || first) {
      SequenceLine& line =
          add(Kind::kSegments, index,
              {TraceKind::kEs8, Party::kLpa, Party::kEuicc, std::string(kLoad), "", {}});
      line.function = kLoad;
      load_ = lines_.size() - 1;
    }
    SequenceLine& line = lines_[*load_];
    auto since = line.at;
    bool refused = command.sw && !command.sw->success();
    bool ends = !command.answer.empty() || refused;
    line.commands.push_back(command);
    if (ends) {
      load_.reset();
      answer(command, std::string(kLoad), since);
    }
  }

  void es10(std::size_t index) {
    const TraceEvent& event = records_[index].event;
    load_.reset();
    SequenceLine& line = add(Kind::kMessage, index, event);
    line.function = event.name;
    if (event.from != Party::kLpa) {
      line.took = since(es10_request_, event.name, line.at);
      return;
    }
    if (auto claim = claims_.find(index); claim != claims_.end()) {
      CardCommand& command = commands_[claim->second];
      line.at = std::min(line.at, records_[first_[claim->second]].at);
      line.commands.push_back(std::move(command));
    }
    es10_request_ = {event.name, line.at};
  }

  void es8(std::size_t index) {
    const TraceEvent& event = records_[index].event;
    if (event.from != Party::kLpa) {
      add(Kind::kMessage, index, event).function = kLoad;
      return;
    }
    auto claim = claims_.find(index);
    CardCommand command{.store_data = true, .octets = event.bytes};
    if (claim != claims_.end()) command = std::move(commands_[claim->second]);
    segment(index, std::move(command));
  }

  // The LPA records a request when it sends it, the server when it has answered it, so a message
  // may come twice, under another name but with the same body. Only the exchange under way is
  // looked at: a retry is a message of its own.
  void http(std::size_t index) {
    const TraceEvent& event = records_[index].event;
    bool request = direction_of(event) == Direction::kRequest;
    bool by_lpa = event.name.starts_with("ES9+.");
    std::optional<std::size_t>& seen = request ? http_request_line_ : http_response_line_;
    if (seen && lines_[*seen].event.detail == event.detail &&
        lines_[*seen].event.name.starts_with("ES9+.") != by_lpa) {
      lines_[*seen].same.push_back(index);
      return;
    }
    SequenceLine& line = add(Kind::kMessage, index, event);
    line.function = function_of(event);
    seen = lines_.size() - 1;
    if (request) {
      http_request_ = {line.function, line.at};
      http_response_line_.reset();
    } else {
      if (line.function.empty()) line.function = http_request_.name;
      line.took = since(http_request_, line.function, line.at);
    }
  }

  SequenceLine& add(Kind kind, std::size_t index, TraceEvent event) {
    lines_.push_back(
        {.kind = kind, .index = index, .at = records_[index].at, .event = std::move(event)});
    return lines_.back();
  }

  struct Request {
    std::string name;
    std::chrono::microseconds at{};
  };
  static std::optional<std::chrono::microseconds> since(const Request& request,
                                                        std::string_view name,
                                                        std::chrono::microseconds at) {
    if (request.name.empty() || request.name != name) return std::nullopt;
    return at - request.at;
  }

  Records records_;
  std::vector<CardCommand> commands_;           // each moves into its line
  std::vector<std::size_t> first_;              // the record where each begins
  std::map<std::size_t, std::size_t> owner_;    // record to command
  std::map<std::size_t, std::size_t> claimed_;  // command to event
  std::map<std::size_t, std::size_t> claims_;   // event to command
  std::vector<SequenceLine> lines_;
  std::optional<std::size_t> load_;  // the line of the package that is being loaded
  std::optional<std::size_t> http_request_line_, http_response_line_;
  Request es10_request_, http_request_;
};

}  // namespace

std::vector<CardCommand> card_commands(Records records) {
  Assembler assembler;
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TraceEvent& event = records[i].event;
    if (event.kind != TraceKind::kApdu) continue;
    if (event.from == Party::kLpa) {
      assembler.command(i, event.bytes);
    } else {
      assembler.response(i, event.bytes);
    }
  }
  return std::move(assembler.commands);
}

std::vector<SequenceLine> fold(Records records) { return Folder(records).fold(); }

}  // namespace hil
