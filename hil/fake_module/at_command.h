// AT command lines (ITU-T V.250 5, 3GPP TS 27.007 4) as data.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hil {

/// AT+X, AT+X?, AT+X=? and AT+X=1.
enum class AtForm { kExecute, kRead, kTest, kSet };

struct AtArgument {
  std::string text;  // without its quotes
  bool quoted = false;
};

struct AtCommand {
  std::string name;  // in upper case: "+CGLA", "E", "&F"; empty for AT alone
  AtForm form = AtForm::kExecute;
  std::vector<AtArgument> arguments;
  std::string text;  // as it was written

  /// Empty where there is no such argument.
  const std::string& text_of(std::size_t index) const;
  /// Nothing where there is none, or it is no decimal number.
  std::optional<std::uint32_t> number(std::size_t index) const;
};

/// What stands behind "AT" on one line: basic commands one behind the other, others divided by
/// semicolons. Nothing where a part of it is no command, or there are more than
/// kMostCommandsOnALine.
std::optional<std::vector<AtCommand>> parse_at_line(std::string_view line);
inline constexpr std::size_t kMostCommandsOnALine = 32;

/// A parameter for the answer, quoted.
std::string at_quoted(std::string_view text);
/// "+CME ERROR: 13" in words (3GPP TS 27.007 9.2).
std::string_view cme_text(int code);

}  // namespace hil
