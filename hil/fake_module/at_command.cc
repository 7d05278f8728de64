#include "hil/fake_module/at_command.h"

#include <algorithm>
#include <charconv>

namespace hil {
namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }
bool is_letter(char c) { return upper(c) >= 'A' && upper(c) <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// What the names of extended commands begin with: the standard + and vendors' own.
bool begins_extended(char c) { return std::string_view("+#^!%*$@").contains(c); }

/// A part of a line up to a divider that is not within quotes.
std::string_view take_until(std::string_view& rest, char divider) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != divider); ++end) {
    if (rest[end] == '"') quoted = !quoted;
  }
  std::string_view taken = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return taken;
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

void read_arguments(std::string_view text, AtCommand& command) {
  for (bool more = true; more;) {
    std::size_t before = text.size();
    std::string_view one = take_until(text, ',');
    more = one.size() < before;  // a comma was taken, and something follows, if only nothing
    one = trimmed(one);
    AtArgument argument{std::string(one)};
    if (one.size() >= 2 && one.starts_with('"') && one.ends_with('"'))
      argument = {std::string(one.substr(1, one.size() - 2)), true};
    command.arguments.push_back(std::move(argument));
  }
}

std::optional<AtCommand> parse_extended(std::string_view text) {
  AtCommand command;
  command.text = std::string(text);
  std::size_t end = 1;
  while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) || text[end] == '_'))
    ++end;
  if (end == 1) return std::nullopt;
  std::ranges::transform(text.substr(0, end), std::back_inserter(command.name), upper);
  std::string_view rest = trimmed(text.substr(end));
  if (rest.empty()) return command;
  if (rest == "?") return command.form = AtForm::kRead, command;
  if (rest == "=?") return command.form = AtForm::kTest, command;
  if (!rest.starts_with('=')) return std::nullopt;
  command.form = AtForm::kSet;
  read_arguments(rest.substr(1), command);
  return command;
}

/// E0, &F, I, Z0: a letter, or & and a letter, and digits. S0=1 and S0? (V.250 5.3.1) go on.
std::optional<AtCommand> take_basic(std::string_view& rest) {
  std::size_t end = rest.starts_with('&') ? 1 : 0;
  if (end >= rest.size() || !is_letter(rest[end])) return std::nullopt;
  ++end;
  AtCommand command;
  std::ranges::transform(rest.substr(0, end), std::back_inserter(command.name), upper);
  std::size_t digits = end;
  while (digits < rest.size() && is_digit(rest[digits])) ++digits;
  if (digits > end) command.arguments.push_back({std::string(rest.substr(end, digits - end))});
  std::size_t all = digits;
  bool is_register = command.name == "S" && digits > end && digits < rest.size();
  if (is_register && rest[digits] == '?') {
    command.form = AtForm::kRead;
    ++all;
  } else if (is_register && rest[digits] == '=') {
    command.form = AtForm::kSet;
    ++all;
    while (all < rest.size() && is_digit(rest[all])) ++all;
    command.arguments.push_back({std::string(rest.substr(digits + 1, all - digits - 1))});
  }
  command.text = std::string(rest.substr(0, all));
  rest.remove_prefix(all);
  return command;
}

}  // namespace

const std::string& AtCommand::text_of(std::size_t index) const {
  static const std::string none;
  return index < arguments.size() ? arguments[index].text : none;
}

std::optional<std::uint32_t> AtCommand::number(std::size_t index) const {
  const std::string& text = text_of(index);
  std::uint32_t value = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || problem != std::errc() || end != text.data() + text.size())
    return std::nullopt;
  return value;
}

std::optional<std::vector<AtCommand>> parse_at_line(std::string_view line) {
  std::vector<AtCommand> commands;
  std::string_view rest = trimmed(line);
  while (!rest.empty()) {
    if (rest.starts_with(';') || rest.starts_with(' ')) {
      rest.remove_prefix(1);
      continue;
    }
    auto command = begins_extended(rest[0]) ? parse_extended(trimmed(take_until(rest, ';')))
                                            : take_basic(rest);
    if (!command || commands.size() == kMostCommandsOnALine) return std::nullopt;
    commands.push_back(*std::move(command));
  }
  if (commands.empty()) commands.emplace_back();
  return commands;
}

std::string at_quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string_view cme_text(int code) {
  struct Row {
    int code;
    std::string_view text;
  };
  static constexpr Row rows[] = {
      {0, "phone failure"},
      {3, "operation not allowed"},
      {4, "operation not supported"},
      {10, "SIM not inserted"},
      {11, "SIM PIN required"},
      {12, "SIM PUK required"},
      {13, "SIM failure"},
      {14, "SIM busy"},
      {15, "SIM wrong"},
      {16, "incorrect password"},
      {20, "memory full"},
      {21, "invalid index"},
      {22, "not found"},
      {50, "Incorrect parameters"},
      {100, "unknown"},
  };
  auto row = std::ranges::find(rows, code, &Row::code);
  return row == std::end(rows) ? "unknown" : row->text;
}

}  // namespace hil
