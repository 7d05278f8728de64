#include "hil/describe.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"

namespace hil {

rsp::Json describe(const rsp::ProfileInfo& info) {
  rsp::Json out;
  if (info.iccid) out["iccid"] = rsp::from_swapped_bcd(*info.iccid);
  if (info.isdp_aid) out["isdpAid"] = rsp::to_hex(*info.isdp_aid);
  out["state"] = info.profile_state ? rsp::asn1::name_of(*info.profile_state) : "unknown";
  if (info.profile_nickname) out["nickname"] = std::string(*info.profile_nickname);
  out["name"] = std::string(info.profile_name.value_or(std::string()));
  out["provider"] = std::string(info.service_provider_name.value_or(std::string()));
  out["class"] = rsp::asn1::name_of(info.profile_class.value_or(rsp::ProfileClass::kOperational));
  return out;
}

rsp::Json describe(const rsp::NotificationMetadata& metadata) {
  rsp::Json out;
  out["sequenceNumber"] = metadata.seq_number;
  out["event"] = std::string(rsp::notification_event_name(metadata.profile_management_operation));
  out["address"] = metadata.notification_address;
  if (metadata.iccid) out["iccid"] = rsp::from_swapped_bcd(*metadata.iccid);
  return out;
}

rsp::Result<rsp::ProfileIdentifier> parse_profile_identifier(const std::string& text,
                                                             std::string_view path) {
  if (text.starts_with("A0") || text.starts_with("a0")) {
    auto aid = rsp::from_hex(text);
    if (aid && aid->size() >= 5 && aid->size() <= 16)
      return rsp::ProfileIdentifier(rsp::Aid(*std::move(aid)));
  }
  auto octets = rsp::to_swapped_bcd(text, 10);
  if (!octets || text.size() < 18) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .path = std::string(path),
         .text = fmt::format("'{}' is neither an ICCID of 18 to 20 digits nor the AID of an ISD-P",
                             text),
         .hint = "`esimbench lpa profiles` lists both"});
  }
  rsp::Iccid iccid{};
  std::ranges::copy(*octets, iccid.begin());
  return rsp::ProfileIdentifier(iccid);
}

}  // namespace hil
