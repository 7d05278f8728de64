#include "rsp/pki/eid.h"

#include <fmt/format.h>

namespace rsp::pki {
namespace {

constexpr std::size_t kSize = 32, kChecked = 30;

/// The two digits that make the whole number leave 1 when it is divided by 97.
std::string check_digits(std::string_view checked) {
  int remainder = 0;
  for (char digit : checked) remainder = (remainder * 10 + (digit - '0')) % 97;
  return fmt::format("{:02}", 98 - remainder * 100 % 97);
}

std::unexpected<Error> refused(std::string text, std::string hint) {
  return failure(
      {.layer = Layer::kInput, .path = "eid", .text = std::move(text), .hint = std::move(hint)});
}

}  // namespace

Status check_eid(std::string_view eid) {
  if (eid.size() != kSize || eid.find_first_not_of("0123456789") != std::string_view::npos)
    return refused(fmt::format("'{}' is no EID", eid), "an EID has 32 digits");
  std::string right = check_digits(eid.substr(0, kChecked));
  if (eid.substr(kChecked) != right)
    return refused(fmt::format("the check digits of the EID {} are wrong", eid),
                   fmt::format("they would be {}", right));
  return {};
}

std::string next_eid(std::string eid) {
  eid.resize(kChecked);
  auto at = eid.find_last_not_of('9');
  std::size_t first_nine = at == std::string::npos ? 0 : at + 1;
  if (at != std::string::npos) ++eid[at];
  std::fill(eid.begin() + static_cast<std::ptrdiff_t>(first_nine), eid.end(), '0');
  return eid + check_digits(eid);
}

}  // namespace rsp::pki
