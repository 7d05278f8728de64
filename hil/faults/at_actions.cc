// What faults do to AT commands: another answer, a broken one, a late one, or none.
#include <fmt/format.h>

#include <regex>

#include "hil/fake_module/settings.h"
#include "hil/faults/hooks.h"
#include "rsp/base/text.h"

namespace hil {
namespace {

using rsp::Status;

/// std::regex recurses for each character, so that what it looks at must end somewhere.
constexpr std::size_t kLongestText = 2048;

constexpr auto kSyntax = std::regex::ECMAScript | std::regex::icase;

std::string problem_of(const std::string& expression) {
  if (expression.size() > 256) return "the regular expression has more than 256 characters";
  try {
    std::regex checked(expression, kSyntax);
    return "";
  } catch (const std::regex_error& error) {
    return fmt::format("'{}' is no regular expression: {}", expression, error.what());
  }
}

/// Digits between the last quotes of a line, or behind its last comma, colon or space.
struct HexPart {
  std::size_t at = 0, size = 0;
};
HexPart hex_part(const std::string& line) {
  std::size_t end = line.size();
  if (line.ends_with('"')) --end;
  std::size_t at = end;
  while (at > 0 && std::isxdigit(static_cast<unsigned char>(line[at - 1])) != 0) --at;
  return {at, end - at};
}

enum class CmeForm { kByCmee, kPlain, kNumeric, kText };
constexpr auto enum_names(CmeForm) {
  return rsp::asn1::named<CmeForm>({{CmeForm::kByCmee, "byCmee"},
                                    {CmeForm::kPlain, "plain"},
                                    {CmeForm::kNumeric, "numeric"},
                                    {CmeForm::kText, "text"}});
}
enum class HexCase { kUpper, kLower };
constexpr auto enum_names(HexCase) {
  return rsp::asn1::named<HexCase>({{HexCase::kUpper, "upper"}, {HexCase::kLower, "lower"}});
}

}  // namespace

constexpr auto enum_names(EchoMode) {
  return rsp::asn1::named<EchoMode>(
      {{EchoMode::kOff, "off"}, {EchoMode::kOn, "on"}, {EchoMode::kTruncated, "truncated"}});
}
constexpr auto enum_names(UrcSpot) {
  return rsp::asn1::named<UrcSpot>({{UrcSpot::kInsideEcho, "insideEcho"},
                                    {UrcSpot::kBefore, "before"},
                                    {UrcSpot::kBetween, "between"},
                                    {UrcSpot::kInsideHex, "insideHex"},
                                    {UrcSpot::kAfter, "after"}});
}

namespace {

struct Reply {
  static constexpr std::string_view kDoc = "Answers with these lines.";
  std::vector<std::string> lines;
  std::string final = "OK";
  bool carried_out = false;
  static void fields(auto&& f, auto& m) {
    f("lines", m.lines, "before the final one", kOptional);
    f("final", m.final, "the last line; OK where left out", kOptional);
    f("carriedOut", m.carried_out, "whether the module has done what the command says", kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (carried_out) exchange.own();
    exchange.answer = AtAnswer{lines, {AtFinal::Kind::kText, 0, final}};
    return {};
  }
};
struct CmeError {
  static constexpr std::string_view kDoc = "Answers with ERROR or +CME ERROR.";
  std::int32_t code = 0;
  CmeForm form = CmeForm::kByCmee;
  bool carried_out = false;
  static void fields(auto&& f, auto& m) {
    f("code", m.code, "of 3GPP TS 27.007 9.2, such as 13 for SIM failure", Range{0, 999});
    f("form", m.form, "plain is ERROR; byCmee (the default): as the client has asked for",
      kOptional);
    f("carriedOut", m.carried_out, "whether the module has done what the command says", kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (carried_out) exchange.own();
    exchange.answer = at_cme(code);
    if (form != CmeForm::kByCmee)
      exchange.answer->final.form =
          static_cast<AtFinal::Form>(static_cast<int>(form) - static_cast<int>(CmeForm::kPlain));
    return {};
  }
};
struct Silence {
  static constexpr std::string_view kDoc = "No answer at all.";
  bool carried_out = false;
  static void fields(auto&& f, auto& m) {
    f("carriedOut", m.carried_out, "whether the module has done what the command says", kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (carried_out) exchange.own();
    exchange.answer = at_ok();
    exchange.delivery.silent = true;
    return {};
  }
};
struct NoFinal {
  static constexpr std::string_view kDoc = "The answer has no final line.";
  static void fields(auto&&, auto&) {}
  Status apply(AtExchange& exchange, FaultContext&) const {
    exchange.delivery.no_final = true;
    return {};
  }
};
struct FinalFirst {
  static constexpr std::string_view kDoc = "The final line comes before the others.";
  static void fields(auto&&, auto&) {}
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (exchange.own().lines.empty()) return rsp::failure({.text = "the answer has no line"});
    exchange.delivery.final_first = true;
    return {};
  }
};
struct Late {
  static constexpr std::string_view kDoc =
      "The answer comes later. What is asked meanwhile is answered behind it.";
  std::chrono::milliseconds by{};
  static void fields(auto&& f, auto& m) { f("by", m.by, "such as 12s"); }
  Status apply(AtExchange& exchange, FaultContext&) const {
    exchange.delivery.delay += by;
    return {};
  }
};
struct Pieces {
  static constexpr std::string_view kDoc = "The answer comes in pieces.";
  std::uint32_t octets = 1;
  std::chrono::milliseconds pause{1};
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "at a time", Range{1, 65'536});
    f("pause", m.pause, "between two; 1ms where left out", kOptional);
  }
  std::string problem() const {
    return pause.count() > 0 ? "" : "without a pause the pieces are one";
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    exchange.delivery.piece = octets;
    exchange.delivery.pause = pause;
    return {};
  }
};
/// As it is with the faults so far.
EchoMode echo_of(const AtExchange& exchange) {
  EchoMode as_set = exchange.echoes ? EchoMode::kOn : EchoMode::kOff;
  return exchange.delivery.echo.value_or(as_set);
}
struct InsertUrc {
  static constexpr std::string_view kDoc = "Something unasked comes in the middle of the answer.";
  std::string text;
  UrcSpot spot = UrcSpot::kBetween;
  std::uint32_t at = 10;
  static void fields(auto&& f, auto& m) {
    f("text", m.text, "such as +CREG: 5");
    f("spot", m.spot, "between the lines and the final one where left out", kOptional);
    f("at", m.at,
      "insideEcho and insideHex: after so many characters of the echo or of the digits; 10 where "
      "left out",
      kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    std::size_t offset = at;
    if (spot == UrcSpot::kInsideEcho && echo_of(exchange) == EchoMode::kOff)
      return rsp::failure({.text = "there is no echo"});
    if (spot == UrcSpot::kInsideHex) {
      AtAnswer& answer = exchange.own();
      if (answer.lines.empty()) return rsp::failure({.text = "the answer has no line"});
      HexPart hex = hex_part(answer.lines.back());
      if (hex.size < 2) return rsp::failure({.text = "the answer has no hexadecimal digits"});
      offset = hex.at + std::min<std::size_t>(at, hex.size - 1);
    }
    exchange.delivery.urcs.push_back({spot, text, offset});
    return {};
  }
};
struct Echo {
  static constexpr std::string_view kDoc = "The command is echoed otherwise.";
  EchoMode as = EchoMode::kTruncated;
  static void fields(auto&& f, auto& m) {
    f("as", m.as, "truncated: without its first character, as T+CCHC=1");
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    EchoMode before = echo_of(exchange);
    bool nothing_to_cut = as == EchoMode::kTruncated && before == EchoMode::kOff;
    if (before == as || nothing_to_cut) return rsp::failure({.text = "the echo stayed as it was"});
    exchange.delivery.echo = as;
    return {};
  }
};
struct LineEnds {
  static constexpr std::string_view kDoc = "Lines end otherwise.";
  std::optional<LineEnd> as;
  bool blank_lines = false;
  static void fields(auto&& f, auto& m) {
    f("as", m.as, "as the module has them where left out");
    f("blankLines", m.blank_lines, "an empty line beside each", kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (as) exchange.delivery.line_end = as;
    exchange.delivery.blank_lines |= blank_lines;
    return {};
  }
};
/// Of actions that change each line of the answer. Error: nothing is changed.
template <class F>
Status change_lines(AtExchange& exchange, F&& change) {
  bool changed = false;
  for (std::string& line : exchange.own().lines) {
    std::string before = line;
    change(line);
    changed |= line != before;
  }
  if (changed) return {};
  return rsp::failure({.text = "the answer stayed as it was"});
}
struct Edit {
  static constexpr std::string_view kDoc =
      "Replaces something in each line: prefixes, spaces, quotes.";
  std::string find, with;
  static void fields(auto&& f, auto& m) {
    f("find", m.find, "a regular expression (ECMAScript)");
    f("with", m.with, "with $1 for what a group has found", kOptional);
  }
  std::string problem() const { return problem_of(find); }
  Status apply(AtExchange& exchange, FaultContext&) const {
    std::regex expression(find, kSyntax);
    return change_lines(exchange, [&](std::string& line) {
      std::string rest = line.size() > kLongestText ? line.substr(kLongestText) : "";
      line.resize(line.size() - rest.size());
      line = std::regex_replace(line, expression, with) + rest;
    });
  }
};
struct ChangeCase {
  static constexpr std::string_view kDoc = "Hexadecimal digits in another case.";
  HexCase to = HexCase::kLower;
  static void fields(auto&& f, auto& m) { f("to", m.to, "of the digits at a line's end"); }
  Status apply(AtExchange& exchange, FaultContext&) const {
    return change_lines(exchange, [&](std::string& line) {
      HexPart hex = hex_part(line);
      for (std::size_t i = hex.at; i < hex.at + hex.size; ++i)
        line[i] = to == HexCase::kLower
                      ? rsp::lower(line[i])
                      : static_cast<char>(std::toupper(static_cast<unsigned char>(line[i])));
    });
  }
};
struct CutHex {
  static constexpr std::string_view kDoc = "The last hexadecimal digits are missing.";
  std::uint32_t digits = 1;
  static void fields(auto&& f, auto& m) { f("digits", m.digits, "how many", Range{1, 65'536}); }
  Status apply(AtExchange& exchange, FaultContext&) const {
    return change_lines(exchange, [&](std::string& line) {
      HexPart hex = hex_part(line);
      std::size_t gone = std::min<std::size_t>(digits, hex.size);
      line.erase(hex.at + hex.size - gone, gone);
    });
  }
};
struct DeclaredLength {
  static constexpr std::string_view kDoc = "The length before the digits is not theirs.";
  std::int32_t by = 0;
  static void fields(auto&& f, auto& m) { f("by", m.by, "what is added", Range{-1000, 1000}); }
  Status apply(AtExchange& exchange, FaultContext&) const {
    return change_lines(exchange, [&](std::string& line) {
      auto comma = line.find(',');
      auto colon = line.rfind(' ', comma);
      if (comma == line.npos || colon == line.npos) return;
      int length = std::atoi(line.substr(colon + 1, comma - colon - 1).c_str());
      line.replace(colon + 1, comma - colon - 1, std::to_string(length + by));
    });
  }
};
struct ClosePort {
  static constexpr std::string_view kDoc = "The port goes away, and comes back.";
  std::chrono::milliseconds gone{500};
  bool carried_out = true;
  static void fields(auto&& f, auto& m) {
    f("for", m.gone, "500ms where left out", kOptional);
    f("carriedOut", m.carried_out, "whether the module has done what the command says: true",
      kOptional);
  }
  Status apply(AtExchange& exchange, FaultContext&) const {
    if (carried_out) exchange.own();
    exchange.answer = at_ok();
    exchange.delivery.port_gone = gone;
    return {};
  }
};

}  // namespace

std::string WhichCommand::problem() const {
  if (port && *port != "primary" && *port != "secondary")
    return "port should be primary or secondary";
  std::string problem = problem_of(command);
  return problem.empty() && answers ? problem_of(*answers) : problem;
}

bool WhichCommand::matches(AtExchange& exchange) const {
  if (port && *port != exchange.port) return false;
  auto is_found = [](const std::string& expression, const std::string& text) {
    return std::regex_search(text.substr(0, kLongestText), std::regex(expression, kSyntax));
  };
  if (!is_found(command, exchange.command)) return false;
  return !answers || std::ranges::any_of(exchange.own().lines, [&](const std::string& line) {
    return is_found(*answers, line);
  });
}

std::span<const Action<AtHook>> AtHook::actions() {
  static constexpr Action<AtHook> rows[] = {
      action<AtHook, Reply>("reply"),
      action<AtHook, CmeError>("error"),
      action<AtHook, Silence>("silence"),
      action<AtHook, NoFinal>("noFinal"),
      action<AtHook, FinalFirst>("finalFirst"),
      action<AtHook, Late>("delay"),
      action<AtHook, Pieces>("pieces"),
      action<AtHook, InsertUrc>("urc"),
      action<AtHook, Echo>("echo"),
      action<AtHook, LineEnds>("lineEnds"),
      action<AtHook, Edit>("edit"),
      action<AtHook, ChangeCase>("hexCase"),
      action<AtHook, CutHex>("cutHex"),
      action<AtHook, DeclaredLength>("declaredLength"),
      action<AtHook, ClosePort>("closePort"),
  };
  return rows;
}

}  // namespace hil
