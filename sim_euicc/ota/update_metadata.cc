#include "sim_euicc/ota/update_metadata.h"

namespace sim::ota {
namespace {

/// The bits that are set in both.
rsp::asn1::BitString intersection(const rsp::asn1::BitString& a, const rsp::asn1::BitString& b) {
  rsp::asn1::BitString both;
  for (unsigned bit : a.bits()) {
    if (b.test(bit)) both.set(bit);
  }
  return both;
}

bool acceptable(const rsp::UpdateMetadataRequest& request) {
  // Version 2 allows 91, 92, 93, 94 and 99 only; what version 3 adds is refused as unknown.
  if (!request.unknown.elements.empty()) return false;
  if (request.icon.has_value() != request.icon_type.has_value()) return false;
  if (request.icon_type && *request.icon_type != rsp::IconType::kJpg &&
      *request.icon_type != rsp::IconType::kPng)
    return false;
  // 5.4.1: the control is zero, which means that rules can be unset and not set.
  return !request.profile_policy_rules ||
         !request.profile_policy_rules->test(rsp::kPprUpdateControl);
}

void update_icon(rsp::StoreMetadataRequest& metadata, const rsp::UpdateMetadataRequest& request) {
  if (!request.icon) return;
  metadata.icon_type = request.icon_type;
  metadata.icon = request.icon;
  // Not specified: how an icon is removed. One without octets is none.
  if (request.icon->empty()) {
    metadata.icon_type.reset();
    metadata.icon.reset();
  }
}

}  // namespace

std::expected<rsp::StoreMetadataRequest, rsp::card::StatusWord> update_metadata(
    const rsp::StoreMetadataRequest& current, const rsp::UpdateMetadataRequest& request) {
  if (!acceptable(request)) return std::unexpected(rsp::card::kWrongData);
  rsp::StoreMetadataRequest updated = current;
  if (request.service_provider_name) updated.service_provider_name = *request.service_provider_name;
  if (request.profile_name) updated.profile_name = *request.profile_name;
  update_icon(updated, request);
  // A rule stays set only where it was set and the request has it set (5.4.1). So nothing is asked
  // of the rules authorisation table: what it would forbid cannot come about.
  if (request.profile_policy_rules && updated.profile_policy_rules) {
    updated.profile_policy_rules =
        intersection(*updated.profile_policy_rules, *request.profile_policy_rules);
  }
  return updated;
}

}  // namespace sim::ota
