#include "hil/declare/values.h"

#include <charconv>

namespace hil {

std::string Scalar<rsp::VersionType>::read(const Json& json, rsp::VersionType& value) {
  constexpr std::string_view wrong = "should be a version, such as \"2.2.2\"";
  if (!json.is_string()) return std::string(wrong);
  const auto& text = json.get_ref<const std::string&>();
  const char* at = text.data();
  const char* end = at + text.size();
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto [next, error] = std::from_chars(at, end, value[i]);
    if (error != std::errc() || (i < 2 ? next == end || *next != '.' : next != end))
      return std::string(wrong);
    at = next + 1;
  }
  return "";
}

bool is_digits(std::string_view text, std::size_t least, std::size_t most) {
  return text.size() >= least && text.size() <= most &&
         text.find_first_not_of("0123456789") == text.npos;
}

}  // namespace hil
