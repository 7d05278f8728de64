// Text whose letters mean the same in either case: host names, header names, prefixes. Only ASCII
// has cases here, whatever the locale.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rsp {

/// An ASCII letter in lower case; anything else as it is.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// ASCII letters in lower case.
constexpr std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = lower(c);
  return out;
}

/// Equal but for the case of ASCII letters.
constexpr bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace rsp
