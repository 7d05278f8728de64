#include "rsp/messages/common.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"

namespace rsp {

std::optional<Eid> parse_eid(std::string_view digits) {
  bool decimal = digits.find_first_not_of("0123456789") == digits.npos;
  if (digits.size() != 2 * Eid().size() || !decimal) return std::nullopt;
  Eid eid{};
  std::ranges::copy(*from_hex(digits), eid.begin());
  return eid;
}

std::string version_text(const VersionType& version) {
  return fmt::format("{}.{}.{}", version[0], version[1], version[2]);
}

std::string_view notification_event_name(const asn1::BitString& event) {
  if (event.test(kNotificationInstall)) return "install";
  if (event.test(kNotificationEnable)) return "enable";
  if (event.test(kNotificationDisable)) return "disable";
  if (event.test(kNotificationDelete)) return "delete";
  return "none";
}

}  // namespace rsp
