#include "lpa/transport/at_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rsp/asn1/reader.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"

namespace lpa {
namespace {

constexpr std::string_view kEnds = "\r\n", kBlanks = " \t\r\n";

bool is_hex(char c) {
  char low = rsp::lower(c);
  return (c >= '0' && c <= '9') || (low >= 'a' && low <= 'f');
}

std::string_view trimmed(std::string_view text) {
  std::size_t from = text.find_first_not_of(kBlanks);
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(kBlanks) - from + 1);
}

bool starts_with(std::string_view text, std::string_view front) {
  return text.size() >= front.size() && rsp::same_text(text.substr(0, front.size()), front);
}

std::optional<unsigned> number(std::string_view text) {
  unsigned value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// 27.007 9.2, as far as cards and modules without one are concerned.
struct CmeRow {
  unsigned code;
  std::string_view name;
  AtMeaning meaning;
};
constexpr std::string_view kNoEuicc =
    "a card that is no eUICC for consumer devices, or one that was just changed or is stuck: reset "
    "the SIM; or the module keeps applications to itself";
constexpr CmeRow kCme[] = {
    {0, "phone failure", {"the module failed", "reset the SIM, then the module"}},
    {3,
     "operation not allowed",
     {"the module does not allow it",
      "a policy of the module's firmware: ask its vendor for one that lets applications reach the "
      "ISD-R; another route may work (route=csim, route=ccho)"}},
    {4,
     "operation not supported",
     {"the module does not know the command", "try the other route (route=csim, route=ccho)"}},
    {10, "SIM not inserted", {"the module sees no card", "is it in, and is its slot selected?"}},
    {11, "SIM PIN required", {"the card wants its PIN", "enter it with AT+CPIN"}},
    {12, "SIM PUK required", {"the card wants its PUK", "enter it with AT+CPIN"}},
    {13, "SIM failure", {"the card or its application failed", kNoEuicc}},
    {14, "SIM busy", {"the card is busy", "wait; if it stays so, reset the SIM"}},
    {15, "SIM wrong", {"the module does not accept the card", "is the module locked to others?"}},
    {16, "incorrect password", {"the PIN is wrong", ""}},
    {17, "SIM PIN2 required", {"the card wants its PIN2", ""}},
    {18, "SIM PUK2 required", {"the card wants its PUK2", ""}},
    {20, "memory full", {"the memory is full", ""}},
    {21, "invalid index", {"there is no such index", ""}},
    {22, "not found", {"there is no such thing", ""}},
    {24, "text string too long", {"the line is too long for the module", "use smaller blocks"}},
    {25, "invalid characters in text string", {"the module reads the line otherwise", ""}},
    {30, "no network service", {"there is no network", "is the module registered?"}},
    {50,
     "incorrect parameters",
     {"the module does not take the parameters", "is the dialect right?"}},
    {100,
     "unknown",
     {"the module failed and does not say why",
      "does somebody else use this port or another one of the module at the same time?"}},
};

const CmeRow* cme_row(std::string_view code) {
  auto value = number(code);
  auto row = std::ranges::find_if(kCme, [&](const CmeRow& each) {
    return value ? each.code == *value : rsp::same_text(each.name, code);
  });
  return row == std::end(kCme) ? nullptr : row;
}

AtFinal extended(AtFinal::Kind kind, std::string_view family, std::string_view rest) {
  std::string text = unquoted(rest);
  const CmeRow* row = kind == AtFinal::Kind::kCme ? cme_row(text) : nullptr;
  return {kind, fmt::format("{} {}", family, row != nullptr ? std::to_string(row->code) : text)};
}

}  // namespace

// --- Lines ---

void AtLines::put(rsp::BytesView octets) {
  buffer_.erase(0, at_);
  at_ = 0;
  buffer_.append(octets.begin(), octets.end());
}

std::optional<std::string> AtLines::next() {
  while (at_ < buffer_.size()) {
    std::size_t end = std::min(buffer_.find_first_of(kEnds, at_), buffer_.size());
    line_.append(buffer_, at_, std::min(end - at_, longest_ - std::min(longest_, line_.size())));
    at_ = end;
    if (end == buffer_.size()) break;
    ++at_;
    std::string line(trimmed(std::exchange(line_, {})));
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

rsp::Bytes AtLines::take_raw() {
  std::string raw = std::exchange(line_, {}) + buffer_.substr(at_);
  buffer_.clear();
  at_ = 0;
  return rsp::Bytes(raw.begin(), raw.end());
}

void AtLines::clear() {
  buffer_.clear();
  line_.clear();
  at_ = 0;
}

// --- What a line is ---

std::optional<AtFinal> final_result(std::string_view line) {
  using Kind = AtFinal::Kind;
  line = trimmed(line);
  if (line == "OK") return AtFinal{};
  if (line == "ERROR") return AtFinal{Kind::kError, "ERROR"};
  if (line == "SEND OK") return AtFinal{Kind::kOk, "SEND OK"};  // of data for a socket
  if (auto rest = behind_prefix(line, "+CME ERROR")) return extended(Kind::kCme, "CME", *rest);
  if (auto rest = behind_prefix(line, "+CMS ERROR")) return extended(Kind::kCms, "CMS", *rest);
  if (line == "CONNECT" || line.starts_with("CONNECT ")) return AtFinal{Kind::kConnect, "CONNECT"};
  // Results of calls, and what some modules say of a command they do not know.
  for (std::string_view other :
       {"NO CARRIER", "ABORTED", "COMMAND NOT SUPPORT", "TOO MANY PARAMETERS", "SEND FAIL"}) {
    if (line == other) return AtFinal{Kind::kError, std::string(other)};
  }
  return std::nullopt;
}

AtMeaning meaning_of(const AtFinal& final) {
  if (final.kind == AtFinal::Kind::kCme) {
    if (const CmeRow* row = cme_row(final.code.substr(4))) return row->meaning;
  }
  return {"the module refused", ""};
}

std::string_view answer_prefix(std::string_view command) {
  if (!starts_with(command, "AT")) return {};
  command.remove_prefix(2);
  if (command.empty() || std::string_view("+^!#$%*_").find(command[0]) == std::string_view::npos)
    return {};
  return command.substr(0, command.find_first_of("=?"));
}

bool is_echo(std::string_view line, std::string_view command) {
  line = trimmed(line);
  command = trimmed(command);
  // Shorter ends of a command look like answers: "1" of AT+CCHC=1.
  constexpr std::size_t kLeast = 4;
  if (line == command) return true;
  if (line.size() >= kLeast && command.ends_with(line)) return true;
  return starts_with(line, "AT") && command.starts_with(line);
}

std::optional<std::string_view> behind_prefix(std::string_view line, std::string_view prefix) {
  line = trimmed(line);
  if (prefix.empty() || !starts_with(line, prefix)) return std::nullopt;
  line.remove_prefix(prefix.size());
  std::size_t colon = line.find_first_not_of(" \t");
  if (colon == std::string_view::npos || line[colon] != ':') return std::nullopt;
  return trimmed(line.substr(colon + 1));
}

std::string unquoted(std::string_view text) {
  text = trimmed(text);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"')
    text = text.substr(1, text.size() - 2);
  return std::string(trimmed(text));
}

// --- Answers with hexadecimal ---

namespace {

struct HexAnswer {
  std::optional<std::size_t> length;  // as declared: characters, or octets where a module errs
  std::string digits;
  bool closed = false;  // by a quote behind the digits
  bool torn = false;    // something that is no digit stood among them
};

bool exact(const HexAnswer& answer) {
  return answer.length &&
         (*answer.length == answer.digits.size() || *answer.length * 2 == answer.digits.size());
}

HexAnswer read_hex(const std::vector<std::string>& lines) {
  HexAnswer out;
  for (std::size_t i = 0; i < lines.size() && !out.closed && !(i > 0 && exact(out)); ++i) {
    std::string_view rest = trimmed(lines[i]);
    if (i == 0) {
      std::size_t comma = rest.find(',');
      if (comma != std::string_view::npos) {
        out.length = number(trimmed(rest.substr(0, comma)));
        if (!out.length) out.torn = true;
        rest = trimmed(rest.substr(comma + 1));
      }
      if (rest.starts_with('"')) rest.remove_prefix(1);
    }
    auto count = static_cast<std::size_t>(std::ranges::find_if_not(rest, is_hex) - rest.begin());
    std::string_view behind = rest.substr(count);
    bool ends = behind.starts_with('"');
    // Behind the first line only digits go on; all else is a line of its own.
    if (i > 0 && !ends && !behind.empty()) continue;
    out.digits += rest.substr(0, count);
    out.closed |= ends;
    out.torn |= !behind.empty() && !ends;
  }
  return out;
}

/// Whole TLVs in front of a status word: what is not cut anywhere looks so, and what is cut hardly
/// ever does.
bool holds_together(rsp::BytesView octets) {
  if (octets.size() < 2) return false;
  std::uint8_t sw1 = octets[octets.size() - 2];
  if ((sw1 & 0xF0) != 0x90 && (sw1 & 0xF0) != 0x60) return false;
  rsp::asn1::Reader reader(octets.first(octets.size() - 2));
  while (!reader.at_end()) {
    if (!reader.next()) return false;
  }
  return true;
}

}  // namespace

rsp::Result<rsp::Bytes> hex_of(const std::vector<std::string>& lines) {
  HexAnswer answer = read_hex(lines);
  auto bad = [&](std::string text) {
    return rsp::failure({.layer = rsp::Layer::kDecode,
                         .code = "cutAnswer",
                         .text = std::move(text),
                         .hint = "does another program read this port, or does the module write "
                                 "its own messages to it? The command is not sent again"});
  };
  bool whole = exact(answer);
  if (answer.digits.size() % 2 != 0 || (answer.torn && !whole)) {
    return bad(fmt::format("an answer with {} hexadecimal digits that are cut or mixed with others",
                           answer.digits.size()));
  }
  auto octets = rsp::from_hex(answer.digits);
  if (!octets) return bad(octets.error().text);
  if (whole || holds_together(*octets)) return octets;
  return bad(answer.length
                 ? fmt::format("an answer of {} digits where {} were announced",
                               answer.digits.size(), *answer.length)
                 : fmt::format("'{}' is no whole answer of a card", answer.digits.substr(0, 40)));
}

}  // namespace lpa
