#include "lpa/transport/at_port.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace lpa {
namespace {

using Steady = rsp::Deadline::Steady;
using Answer = AtCommand::Answer;
using Data = AtCommand::Data;

/// Whether a line can be the answer where the prefix is missing. Names of unsolicited results
/// ("RDY") are not digits.
bool is_bare_answer(std::string_view line) {
  constexpr std::size_t kLongest = 64;
  std::string token = unquoted(line);
  return !token.empty() && token.size() <= kLongest &&
         token.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

/// What asks for data in place of CONNECT.
constexpr std::string_view kPrompt = ">";

bool is_over(rsp::Deadline deadline) { return deadline.passed() || deadline.interrupted(); }

}  // namespace

std::string step_of(std::string_view command) {
  std::string_view step = command.substr(0, command.find_first_of("=?\r"));
  return std::string(step);
}

rsp::Error at_error(std::string_view command, const AtFinal& final) {
  AtMeaning meaning = meaning_of(final);
  return {.layer = rsp::Layer::kTransport,
          .step = step_of(command),
          .code = final.code,
          .text = fmt::format("the module answered {}: {}", final.code, meaning.text),
          .hint = std::string(meaning.hint)};
}

/// An answer that is coming in.
struct AtPort::Collected {
  AtAnswer answer;
  bool has_answer = false;
  bool ended = false;
  bool too_long = false;
};

// --- The session ---

rsp::Status AtPort::open(rsp::Deadline deadline) {
  if (ready_ && stream_.is_open()) return {};
  close();
  RSP_CHECK(stream_.open(deadline));
  return set_up(deadline);
}

rsp::Status AtPort::set_up(rsp::Deadline deadline) {
  // What a command of another program left behind is as bad as a late answer of our own.
  RSP_CHECK(resynchronise(deadline));
  ready_ = true;
  ++sessions_;
  RSP_CHECK(send({.text = "ATE0"}, deadline));
  // A module that does not know it answers ERROR, which is understood as well.
  RSP_CHECK(send({.text = "AT+CMEE=1"}, deadline));
  return {};
}

void AtPort::close() {
  ready_ = false;
  lines_.clear();
  kept_.clear();
  stream_.close();
}

rsp::Status AtPort::ping(rsp::Deadline deadline) {
  for (int i = 0; i < options_.pings; ++i) {
    RSP_CHECK(drain(deadline));
    auto until = deadline.no_later_than(Steady::now() + options_.ping);
    RSP_CHECK(write_line("AT", until));
    auto answer = collect({.text = "AT"}, until);
    if (answer) return {};
    if (answer.error().layer != rsp::Layer::kTimeout) return rsp::failure(answer.error());
    if (is_over(deadline)) break;
  }
  return silent("AT");
}

rsp::Status AtPort::resynchronise(rsp::Deadline deadline) {
  RSP_CHECK(ping(deadline));
  // The OK may have been the late one. This answer carries its name: an OK before it is not its
  // own, and nothing of earlier commands comes behind it.
  AtCommand marker{.text = "AT+CMEE?", .answer = Answer::kPrefixed};
  auto until = deadline.no_later_than(Steady::now() + options_.ping);
  RSP_CHECK(write_line(marker.text, until));
  Collected collected;
  while (!collected.ended && !is_over(until)) {
    RSP_TRY(auto line, next_line(until));
    if (!line) break;
    trace(rsp::Party::kEuicc, *line);
    take(*line, marker, collected);
    if (collected.ended && !collected.has_answer && collected.answer.final.ok()) collected = {};
  }
  if (!collected.ended) {
    out_of_step_ = true;
    return silent(marker.text);
  }
  // An ERROR may be the module's word on +CMEE, or a late one with an answer behind it.
  if (!collected.answer.final.ok()) RSP_CHECK(drain(deadline));
  out_of_step_ = false;
  return {};
}

/// A line that has been there for a while is no answer to what is sent next.
rsp::Status AtPort::take_pending() {
  // As much as a module says between two commands; one that never stops is heard out elsewhere.
  constexpr int kMost = 64;
  auto now = rsp::Deadline::after(std::chrono::milliseconds(0));
  for (int i = 0; i < kMost; ++i) {
    RSP_TRY(auto line, next_line(now));
    if (!line) break;
    trace(rsp::Party::kEuicc, *line);
    keep(*std::move(line));
  }
  return {};
}

rsp::Status AtPort::drain(rsp::Deadline deadline) {
  lines_.clear();
  // A module that is never quiet is asked in the middle of it.
  auto end = deadline.no_later_than(Steady::now() + options_.ping);
  while (!is_over(end)) {
    auto until = end.no_later_than(Steady::now() + options_.quiet);
    RSP_TRY(auto line, next_line(until));
    if (!line && lines_.unfinished().empty()) break;
    if (line)
      keep(*std::move(line));
    else
      lines_.clear();
  }
  return {};
}

// --- Commands ---

rsp::Result<AtAnswer> AtPort::send(const AtCommand& command, rsp::Deadline deadline) {
  if (!ready_) RSP_CHECK(open(deadline));
  if (out_of_step_) RSP_CHECK(resynchronise(deadline));
  if (auto taken = take_pending(); !taken) {
    ready_ = ready_ && stream_.is_open();
    return rsp::failure(at_step(std::move(taken).error(), step_of(command.text)));
  }
  auto until = deadline.no_later_than(Steady::now() + command.deadline);
  RSP_CHECK(write_line(command.text, until));
  return collect(command, until);
}

rsp::Result<AtAnswer> AtPort::demand(const AtCommand& command, rsp::Deadline deadline) {
  RSP_TRY(AtAnswer answer, send(command, deadline));
  if (!answer.final.ok()) return rsp::failure(at_error(command.text, answer.final));
  bool missing = answer.lines.empty() &&
                 (command.answer == Answer::kPrefixed || command.answer == Answer::kBare);
  if (missing) {
    return rsp::failure({.layer = rsp::Layer::kDecode,
                         .step = step_of(command.text),
                         .code = "noAnswer",
                         .text = "the module said OK and gave no answer",
                         .hint =
                             "does another program read this port? ModemManager does, unless it "
                             "is told not to: mmcli --inhibit-device"});
  }
  return answer;
}

rsp::Status AtPort::write_line(std::string_view text, rsp::Deadline deadline) {
  trace(rsp::Party::kLpa, text);
  std::string line(text);
  line += '\r';
  auto written =
      stream_.write({reinterpret_cast<const std::uint8_t*>(line.data()), line.size()}, deadline);
  if (written) return {};
  if (!stream_.is_open()) ready_ = false;
  out_of_step_ = true;
  return rsp::failure(at_step(std::move(written).error(), step_of(text)));
}

rsp::Status AtPort::post(std::string_view text, rsp::Deadline deadline) {
  if (!ready_) RSP_CHECK(open(deadline));
  out_of_step_ = true;
  return write_line(text, deadline);
}

rsp::Result<std::optional<std::string>> AtPort::next_line(rsp::Deadline deadline, bool or_prompt) {
  std::uint8_t chunk[4096];
  while (true) {
    if (auto line = lines_.next()) return line;
    // It ends with no line end: what comes behind it is written by us.
    if (or_prompt && unquoted(lines_.unfinished()) == kPrompt) {
      lines_.clear();
      return std::string(kPrompt);
    }
    RSP_TRY(std::size_t count, stream_.read(chunk, deadline));
    if (count == 0) return std::nullopt;
    lines_.put({chunk, count});
    // Octets that never make a line may come for ever.
    if (is_over(deadline)) return lines_.next();
  }
}

rsp::Result<AtAnswer> AtPort::collect(const AtCommand& command, rsp::Deadline deadline) {
  Collected collected;
  bool wants_answer = command.answer == Answer::kPrefixed || command.answer == Answer::kBare;
  auto until = deadline;
  while (true) {
    // Where a dialect leaves out the OK, silence after the answer stands for it.
    bool may_end = options_.idle_end.count() > 0 && collected.has_answer && !collected.ended;
    if (may_end) until = deadline.no_later_than(Steady::now() + options_.idle_end);
    // Asked for each line, since unsolicited ones may come for ever.
    auto line = is_over(until) ? rsp::Result<std::optional<std::string>>(std::nullopt)
                               : next_line(until, command.data == Data::kPrompt);
    if (!line) {
      ready_ = ready_ && stream_.is_open();
      out_of_step_ = true;
      return rsp::failure(at_step(std::move(line).error(), step_of(command.text)));
    }
    if (!*line) {
      bool quiet_end = may_end && !is_over(deadline);
      if (collected.ended || quiet_end) break;
      out_of_step_ = true;
      return silent(command.text);
    }
    trace(rsp::Party::kEuicc, **line);
    bool was_ended = collected.ended;
    take(**line, command, collected);
    if (!collected.ended) continue;
    bool missing = collected.answer.final.ok() && wants_answer && !collected.has_answer;
    if (!missing) break;
    // Some modules say OK first.
    if (!was_ended) until = deadline.no_later_than(Steady::now() + options_.late);
  }
  // What is missing may still come, and would be taken for the next answer.
  if (wants_answer && collected.answer.final.ok() && !collected.has_answer) out_of_step_ = true;
  if (collected.too_long) {
    return rsp::failure({.layer = rsp::Layer::kDecode,
                         .step = step_of(command.text),
                         .code = "answerTooLong",
                         .text = fmt::format("the answer has more than {} lines of {} characters",
                                             options_.most_lines, options_.longest_line)});
  }
  return std::move(collected.answer);
}

void AtPort::take(const std::string& line, const AtCommand& command, Collected& into) {
  if (!into.ended) {
    bool begins_data = command.data == Data::kPrompt && line == kPrompt;
    if (command.data == Data::kCounted) {
      if (auto count = behind_prefix(line, answer_prefix(command.text))) {
        into.answer.lines.emplace_back(*count);
        begins_data = true;
      }
    }
    if (begins_data) {
      into.answer.final = {AtFinal::Kind::kConnect, "CONNECT"};
      into.ended = true;
      return;
    }
    // The end of a call that somebody missed is no answer to anything.
    if (line == "NO CARRIER" && command.data == Data::kNone) return keep(line);
    if (auto final = final_result(line)) {
      into.answer.final = *std::move(final);
      into.ended = true;
      return;
    }
    if (!into.has_answer && is_echo(line, command.text)) return;
  }
  auto add = [&](std::string_view text) {
    into.has_answer = true;
    if (into.answer.lines.size() < options_.most_lines)
      into.answer.lines.emplace_back(text);
    else
      into.too_long = true;
    into.too_long |= line.size() >= options_.longest_line;
  };
  if (command.answer == Answer::kText) return add(line);
  std::string_view prefix =
      command.prefix.empty() ? answer_prefix(command.text) : std::string_view(command.prefix);
  if (auto rest = behind_prefix(line, prefix); rest && command.answer != Answer::kNone)
    return add(*rest);
  if (command.answer == Answer::kBare && !into.has_answer && is_bare_answer(line)) return add(line);
  // Perhaps the rest of an answer that was cut in two. Whoever reads the answer knows.
  bool may_continue = into.has_answer && command.answer == Answer::kPrefixed &&
                      into.answer.lines.size() < kKeptLines;
  if (may_continue) into.answer.lines.push_back(line);
  keep(line);
}

// --- Unsolicited lines ---

void AtPort::keep(std::string line) {
  ++unsolicited_count_;
  if (kept_.size() >= kKeptLines) kept_.pop_front();
  kept_.push_back(std::move(line));
}

void AtPort::forget(std::string_view prefix) {
  std::erase_if(kept_, [&](const std::string& line) { return behind_prefix(line, prefix); });
}

rsp::Result<std::string> AtPort::wait_for(std::string_view prefix, rsp::Deadline deadline) {
  for (auto line = kept_.begin(); line != kept_.end(); ++line) {
    if (auto rest = behind_prefix(*line, prefix)) {
      std::string found(*rest);
      kept_.erase(line);
      return found;
    }
  }
  while (!is_over(deadline)) {
    RSP_TRY(auto line, next_line(deadline));
    if (!line) break;
    trace(rsp::Party::kEuicc, *line);
    if (auto rest = behind_prefix(*line, prefix)) return std::string(*rest);
    keep(*std::move(line));
  }
  return rsp::failure({.layer = rsp::Layer::kTimeout,
                       .step = std::string(prefix),
                       .path = name(),
                       .text = fmt::format("the module's {} did not come in time", prefix)});
}

void AtPort::idle(std::chrono::milliseconds span, rsp::Deadline deadline) {
  auto until = deadline.no_later_than(Steady::now() + span);
  while (!is_over(until)) {
    auto line = next_line(until);
    // A line that is gone is found by whoever wants something of it.
    if (!line || !*line) return;
    trace(rsp::Party::kEuicc, **line);
    keep(**std::move(line));
  }
}

// --- Data ---

rsp::Result<AtAnswer> AtPort::send_data(const AtCommand& command, rsp::BytesView data,
                                        rsp::Deadline deadline) {
  AtCommand begin = command;
  if (begin.data == Data::kNone) begin.data = Data::kConnect;
  RSP_TRY(AtAnswer connected, send(begin, deadline));
  if (connected.final.kind != AtFinal::Kind::kConnect)
    return rsp::failure(at_error(command.text, connected.final));
  trace(rsp::Party::kLpa, fmt::format("({} octets of data)", data.size()));
  auto until = deadline.no_later_than(Steady::now() + command.deadline);
  if (auto written = stream_.write(data, until); !written) {
    out_of_step_ = true;
    return rsp::failure(at_step(std::move(written).error(), step_of(command.text)));
  }
  AtCommand rest = command;
  rest.data = Data::kConnect;
  return collect(rest, until);
}

rsp::Result<rsp::Bytes> AtPort::receive_data(const AtCommand& command, const AtDataEnd& end,
                                             rsp::Deadline deadline) {
  AtCommand begin = command;
  begin.data = Data::kConnect;
  RSP_TRY(AtAnswer connected, send(begin, deadline));
  if (connected.final.kind != AtFinal::Kind::kConnect)
    return rsp::failure(at_error(command.text, connected.final));
  return take_data(command, end, deadline.no_later_than(Steady::now() + command.deadline));
}

rsp::Result<rsp::Bytes> AtPort::receive_counted(const AtCommand& command, std::size_t most,
                                                rsp::Deadline deadline) {
  AtCommand counted = command;
  counted.data = Data::kCounted;
  RSP_TRY(AtAnswer answer, send(counted, deadline));
  bool counts = answer.final.kind == AtFinal::Kind::kConnect;
  if (!counts && !answer.final.ok()) return rsp::failure(at_error(command.text, answer.final));
  std::string_view text = answer.first();
  std::size_t size = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (text.empty() || problem != std::errc() || size > most) {
    out_of_step_ = counts;
    return rsp::failure(
        {.layer = rsp::Layer::kDecode,
         .step = step_of(command.text),
         .code = "noAnswer",
         .text = fmt::format("'{}' is no number of octets up to {}", text.substr(0, 40), most)});
  }
  return take_data(command, {.octets = size},
                   deadline.no_later_than(Steady::now() + command.deadline));
}

rsp::Result<rsp::Bytes> AtPort::take_data(const AtCommand& command, const AtDataEnd& end,
                                          rsp::Deadline until) {
  rsp::Bytes data = lines_.take_raw();
  std::size_t searched = 0;
  std::uint8_t chunk[4096];
  while (true) {
    // The CR of the line in front has ended it; its LF comes in front of the data.
    std::size_t begin = !data.empty() && data[0] == '\n' ? 1 : 0;
    std::optional<std::size_t> size;
    if (end.octets) {
      if (data.size() >= begin + *end.octets) size = *end.octets;
    } else {
      std::size_t longest = 0, first = std::string::npos;
      for (const std::string& mark : end.marks) {
        first = std::min(first, rsp::text_of(data).find(mark, searched));
        longest = std::max(longest, mark.size());
      }
      if (first != std::string::npos) size = std::max(first, begin) - begin;
      searched = data.size() - std::min(data.size(), longest);
    }
    if (size) {
      lines_.put(rsp::BytesView(data).subspan(begin + *size));
      trace(rsp::Party::kEuicc, fmt::format("({} octets of data)", *size));
      RSP_TRY(AtAnswer ended, collect({.text = command.text}, until));
      if (!ended.final.ok()) return rsp::failure(at_error(command.text, ended.final));
      auto from = data.begin() + static_cast<std::ptrdiff_t>(begin);
      return rsp::Bytes(from, from + static_cast<std::ptrdiff_t>(*size));
    }
    RSP_TRY(std::size_t count, stream_.read(chunk, until));
    if (count == 0 || data.size() > end.most) {
      out_of_step_ = true;
      if (count == 0) return silent(command.text);
      return rsp::failure({.layer = rsp::Layer::kDecode,
                           .step = step_of(command.text),
                           .code = "answerTooLong",
                           .text = fmt::format("more than {} octets of data", end.most)});
    }
    rsp::append(data, {chunk, count});
  }
}

// --- What is said about it ---

std::unexpected<rsp::Error> AtPort::silent(std::string_view command) const {
  return rsp::failure(
      {.layer = rsp::Layer::kTimeout,
       .step = step_of(command),
       .path = name(),
       .text = fmt::format("the module at {} did not answer in time", name()),
       .hint = command == "AT" ? "is this the AT port of the module, and is the baud rate right?"
                               : "whether the command was carried out is not known; it is not "
                                 "sent again"});
}

void AtPort::trace(rsp::Party from, std::string_view line) {
  if (options_.trace == nullptr) return;
  bool out = from == rsp::Party::kLpa;
  options_.trace->event({rsp::TraceKind::kAt,
                         from,
                         out ? rsp::Party::kEuicc : rsp::Party::kLpa,
                         out ? "AT command" : "AT line",
                         std::string(line),
                         {}});
}

}  // namespace lpa
