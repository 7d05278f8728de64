#include "lpa/transport/module.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rsp/base/hex.h"
#include "rsp/base/text.h"

namespace lpa {
namespace {

using Answer = AtCommand::Answer;

/// Digits of ICCIDs (ITU-T E.118): 19 with the check digit, 18 and 20 are met as well (F57).
constexpr std::size_t kLeastDigits = 18, kMostDigits = 20;

/// A module's answer in words, without the prefix of its command.
rsp::Result<std::string> text_of(AtPort& port, std::string_view command, rsp::Deadline deadline) {
  RSP_TRY(AtAnswer answer,
          port.send({.text = std::string(command), .answer = Answer::kText}, deadline));
  std::string all;
  if (!answer.final.ok()) return all;
  for (const std::string& line : answer.lines) {
    auto rest = behind_prefix(line, answer_prefix(command));
    all += fmt::format("{}{}", all.empty() ? "" : "\n", unquoted(rest.value_or(line)));
  }
  return all;
}

/// One word of it: a serial number among unsolicited lines.
std::string first_digits(std::string_view text, std::size_t least) {
  auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  for (std::size_t from = 0; from < text.size();) {
    auto begin =
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(from), text.end(), is_digit);
    auto end = std::find_if_not(begin, text.end(), is_digit);
    if (static_cast<std::size_t>(end - begin) >= least) return std::string(begin, end);
    from = static_cast<std::size_t>(end - text.begin());
  }
  return {};
}

std::optional<std::string> iccid_of_file(std::string_view answer) {
  // 144,0,"98..": EF.ICCID has ten octets with swapped digits.
  if (!answer.starts_with("144,")) return std::nullopt;
  auto octets = rsp::from_hex(unquoted(answer.substr(answer.rfind(',') + 1)));
  if (!octets || octets->size() != 10) return std::nullopt;
  return iccid_in(rsp::from_swapped_bcd(*octets));
}

rsp::Result<std::string> ask_iccid(AtPort& port, const AtDialect& dialect, rsp::Deadline deadline) {
  std::optional<rsp::Error> refusal;
  auto ask = [&](std::string_view text, std::string_view prefix) -> rsp::Result<std::string> {
    AtCommand command{
        .text = std::string(text), .answer = Answer::kText, .prefix = std::string(prefix)};
    RSP_TRY(AtAnswer answer, port.send(command, deadline));
    if (!answer.final.ok() && !refusal) refusal = at_error(text, answer.final);
    for (const std::string& line : answer.lines) {
      auto rest = behind_prefix(line, prefix.empty() ? answer_prefix(text) : prefix);
      bool is_file = rest && text.starts_with("AT+CRSM");
      if (auto found = is_file ? iccid_of_file(*rest) : iccid_in(rest.value_or(line)))
        return *found;
    }
    return std::string();
  };
  for (const IccidCommand& command : dialect.iccid) {
    if (command.text.empty()) break;
    RSP_TRY(std::string found, ask(command.text, command.prefix));
    if (!found.empty()) return found;
  }
  RSP_TRY(std::string found, ask("AT+CRSM=176,12258,0,0,10", ""));
  if (!found.empty()) return found;
  if (refusal) return rsp::failure(*std::move(refusal));
  return rsp::failure({.layer = rsp::Layer::kDecode,
                       .step = "ICCID",
                       .code = "noAnswer",
                       .text = "the module tells no ICCID",
                       .hint = "is a profile enabled?"});
}

}  // namespace

// --- The card ---

std::string_view to_string(SimState state) {
  constexpr std::string_view kNames[] = {"ready",  "PIN",     "PUK",      "locked",
                                         "absent", "failure", "not ready"};
  return kNames[static_cast<std::size_t>(state)];
}

SimState sim_state_of(const AtAnswer& answer) {
  if (answer.final.kind == AtFinal::Kind::kCme) {
    if (answer.final.code == "CME 10") return SimState::kAbsent;
    if (answer.final.code == "CME 11") return SimState::kPin;
    if (answer.final.code == "CME 12") return SimState::kPuk;
    if (answer.final.code == "CME 14") return SimState::kNotReady;
    return SimState::kFailure;
  }
  if (!answer.final.ok()) return SimState::kFailure;
  std::string text = rsp::lower_case(unquoted(answer.first()));
  if (text == "ready") return SimState::kReady;
  if (text == "not ready") return SimState::kNotReady;
  if (text == "not inserted") return SimState::kAbsent;
  if (text.starts_with("sim pin")) return SimState::kPin;
  if (text.starts_with("sim puk")) return SimState::kPuk;
  if (text.starts_with("ph-")) return SimState::kLocked;
  if (text == "sim busy" || text == "busy") return SimState::kNotReady;
  // Words of the module's own. Waiting for others would be waiting for ever.
  return SimState::kFailure;
}

rsp::Result<SimState> sim_state(AtPort& port, rsp::Deadline deadline) {
  RSP_TRY(AtAnswer answer, port.send({.text = "AT+CPIN?",
                                      .deadline = std::chrono::seconds(5),
                                      .answer = Answer::kPrefixed},
                                     deadline));
  return sim_state_of(answer);
}

// --- The network ---

std::string_view to_string(Registration state) {
  constexpr std::string_view kNames[] = {"not registered", "home",    "searching",   "denied",
                                         "unknown",        "roaming", "UICC failure"};
  return kNames[static_cast<std::size_t>(state)];
}

rsp::Result<Registration> registration(AtPort& port, rsp::Deadline deadline) {
  // 27.007 7.2; 90 is Nordic's.
  constexpr int kUiccFailure = 90;
  Registration best = Registration::kNone;
  for (const char* command : {"AT+CEREG?", "AT+CGREG?", "AT+CREG?"}) {
    RSP_TRY(AtAnswer answer, port.send({.text = command, .answer = Answer::kPrefixed}, deadline));
    if (!answer.final.ok()) continue;
    // "2,5,"tac",..." of a query.
    std::string_view text = answer.first();
    text = text.substr(std::min(text.find(',') + 1, text.size()));
    int state = 0;
    std::from_chars(text.data(), text.data() + text.size(), state);
    if (state == 1) return Registration::kHome;
    if (state == 5) return Registration::kRoaming;
    if (state == kUiccFailure) best = Registration::kUiccFailure;
    if (state >= 2 && state <= 4 && best == Registration::kNone)
      best = static_cast<Registration>(state);
  }
  return best;
}

// --- The module ---

rsp::Result<std::string> identification(AtPort& port, rsp::Deadline deadline) {
  std::string all;
  for (const char* command : {"ATI", "AT+CGMI", "AT+CGMM"}) {
    RSP_TRY(std::string text, text_of(port, command, deadline));
    all += text + "\n";
  }
  return all;
}

rsp::Result<ModuleIdentity> identity(AtPort& port, rsp::Deadline deadline) {
  ModuleIdentity out;
  RSP_TRY(out.manufacturer, text_of(port, "AT+CGMI", deadline));
  RSP_TRY(out.model, text_of(port, "AT+CGMM", deadline));
  RSP_TRY(out.revision, text_of(port, "AT+CGMR", deadline));
  constexpr std::size_t kImeiDigits = 14;  // and a check digit, or two of the software version
  for (const char* command : {"AT+CGSN", "AT+GSN"}) {
    RSP_TRY(std::string text, text_of(port, command, deadline));
    out.imei = first_digits(text, kImeiDigits);
    if (!out.imei.empty()) break;
  }
  return out;
}

// --- The ICCID ---

std::optional<std::string> iccid_in(std::string_view text) {
  auto is_part = [](char c) { return (c >= '0' && c <= '9') || rsp::lower(c) == 'f'; };
  for (auto at = text.begin(); at != text.end();) {
    at = std::find_if(at, text.end(), is_part);
    auto end = std::find_if_not(at, text.end(), is_part);
    std::string digits(at, end);
    at = end;
    digits.resize(digits.find_last_not_of("fF") + 1);
    for (char& c : digits) c = c == 'f' ? 'F' : c;
    if (digits.size() >= kLeastDigits && digits.size() <= kMostDigits) return digits;
  }
  return std::nullopt;
}

bool same_iccid(std::string_view a, std::string_view b) {
  auto first = iccid_in(a), second = iccid_in(b);
  if (!first || !second) return false;
  if (first->size() > second->size()) std::swap(first, second);
  // One without its check digit, or with a filler more.
  return second->size() - first->size() <= 1 && second->starts_with(*first);
}

rsp::Result<std::string> module_iccid(AtPort& port, const AtDialect& dialect,
                                      rsp::Deadline deadline) {
  auto found = ask_iccid(port, dialect, deadline);
  if (found || found.error().layer == rsp::Layer::kTimeout) return found;
  auto function = port.send({.text = "AT+CFUN?", .answer = Answer::kPrefixed}, deadline);
  bool is_off = function && function->final.ok() && function->first().starts_with('0');
  if (!is_off) return found;
  RSP_CHECK(port.demand({.text = "AT+CFUN=4", .deadline = dialect.function_deadline}, deadline));
  found = ask_iccid(port, dialect, deadline);
  // Back as it was, whatever came of it, and however long that took.
  auto enough = deadline.passed() ? rsp::Deadline::after(std::chrono::seconds(15)) : deadline;
  RSP_CHECK(port.demand({.text = "AT+CFUN=0", .deadline = dialect.function_deadline}, enough));
  return found;
}

}  // namespace lpa
