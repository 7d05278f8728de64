#include "rsp/messages/common.h"

#include <fmt/format.h>

namespace rsp {

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
