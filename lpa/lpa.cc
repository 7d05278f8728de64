#include "lpa/lpa.h"

#include <fmt/format.h>

#include <set>

#include "lpa/download.h"
#include "lpa/profile_switch.h"
#include "lpa/result_code.h"
#include "rsp/asn1/reader.h"
#include "rsp/base/text.h"

namespace lpa {

rsp::DeviceInfo LpaOptions::default_device_info() {
  rsp::DeviceInfo info;
  info.tac = {0x35, 0x29, 0x06, 0x11};
  rsp::VersionType release_15{15, 0, 0};
  info.device_capabilities.gsm = release_15;
  info.device_capabilities.utran = release_15;
  info.device_capabilities.eutran_epc = release_15;
  return info;
}

Lpa::Lpa(rsp::card::CardTransport& card, Es9& server, LpaOptions options)
    : es9_(server), options_(std::move(options)), es10_(card, options_.es10) {}

// --- The card
// -----------------------------------------------------------------------------------------------------

rsp::Result<rsp::Eid> Lpa::eid() {
  RSP_TRY(auto response, es10_.call(rsp::GetEuiccDataRequest{}));
  return response.eid_value;
}

rsp::Result<rsp::EuiccInfo1> Lpa::info1() { return es10_.call(rsp::GetEuiccInfo1Request{}); }
rsp::Result<rsp::EuiccInfo2> Lpa::info2() { return es10_.call(rsp::GetEuiccInfo2Request{}); }

rsp::Result<rsp::EuiccConfiguredAddressesResponse> Lpa::addresses() {
  return es10_.call(rsp::EuiccConfiguredAddressesRequest{});
}

rsp::Result<std::vector<rsp::ProfilePolicyAuthorisationRule>> Lpa::rules_authorisation_table() {
  RSP_TRY(auto response, es10_.call(rsp::GetRatRequest{}));
  return std::move(response.rat);
}

rsp::Result<std::vector<rsp::ProfileInfo>> Lpa::profiles() {
  rsp::ProfileInfoListRequest request;
  RSP_TRY(auto response, es10_.call(request));
  if (auto* list = std::get_if<rsp::ProfileInfoList>(&response.result)) {
    return std::vector<rsp::ProfileInfo>(std::move(*list));
  }
  RSP_CHECK(check_result(request.kFunction, std::get<rsp::ProfileInfoListError>(response.result)));
  return std::vector<rsp::ProfileInfo>{};
}

rsp::Status Lpa::enable(const rsp::ProfileIdentifier& profile) {
  return ProfileSwitch(*this, rsp::ProfileState::kEnabled).run(profile);
}
rsp::Status Lpa::disable(const rsp::ProfileIdentifier& profile) {
  return ProfileSwitch(*this, rsp::ProfileState::kDisabled).run(profile);
}

rsp::Status Lpa::remove(const rsp::ProfileIdentifier& profile) {
  rsp::DeleteProfileRequest request{profile};
  RSP_TRY(auto response, es10_.call(request));
  std::string_view hint = response.delete_result == rsp::DeleteResult::kProfileNotInDisabledState
                              ? "disable the profile first"
                              : "";
  return check_result(request.kFunction, response.delete_result, hint);
}

rsp::Status Lpa::set_nickname(const rsp::Iccid& iccid, const std::string& nickname) {
  rsp::SetNicknameRequest request{iccid, nickname, {}};
  RSP_TRY(auto response, es10_.call(request));
  return check_result(request.kFunction, response.set_nickname_result);
}

rsp::Status Lpa::set_default_smdp(const std::string& address) {
  rsp::SetDefaultDpAddressRequest request{address, {}};
  RSP_TRY(auto response, es10_.call(request));
  return check_result(request.kFunction, response.set_default_dp_address_result);
}

rsp::Result<std::vector<std::int64_t>> Lpa::load_crl(rsp::BytesView der) {
  rsp::asn1::Reader reader(der);
  if (!reader.next_if(rsp::asn1::kSequence) || !reader.at_end()) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .step = std::string(rsp::LoadCrlRequest::kFunction),
                         .text = "the CRL is not one DER element"});
  }
  rsp::LoadCrlRequest request{{rsp::to_bytes(der)}, {}};
  RSP_TRY(auto response, es10_.call(request));
  if (auto* ok = std::get_if<rsp::LoadCrlResponseOk>(&response.result)) {
    return std::move(ok->missing_parts).value_or(std::vector<std::int64_t>{});
  }
  RSP_CHECK(check_result(request.kFunction, std::get<rsp::LoadCrlError>(response.result)));
  return std::vector<std::int64_t>{};
}

rsp::Status Lpa::memory_reset(const rsp::asn1::BitString& options) {
  rsp::EuiccMemoryResetRequest request{options, {}};
  RSP_TRY(auto response, es10_.call(request));
  RSP_CHECK(check_result(request.kFunction, response.reset_result));
  return es10_.reset();
}

// --- Download
// -----------------------------------------------------------------------------------------------------

rsp::Result<Download> Lpa::download(const ActivationCode& code, const UserInterface& user) {
  return DownloadSession(*this, user)
      .run({code.address, code.matching_id, code.smdp_oid, code.confirmation_code_required});
}

rsp::Result<Download> Lpa::download_from_default(const UserInterface& user) {
  RSP_TRY(auto configured, addresses());
  if (!configured.default_dp_address || configured.default_dp_address->empty()) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .step = "download",
         .text = "the eUICC names no default SM-DP+",
         .hint = "set one with `esimbench lpa default-smdp`, give an activation code, or ask an "
                 "SM-DS with `esimbench lpa discover`"});
  }
  return DownloadSession(*this, user).run({.address = *configured.default_dp_address});
}

rsp::Result<Download> Lpa::download(const Event& event, const UserInterface& user) {
  return DownloadSession(*this, user).run({.address = event.server, .matching_id = event.id});
}

rsp::Result<std::vector<Event>> Lpa::discover(const std::optional<std::string>& smds,
                                              const UserInterface& user) {
  if (smds) return EventRetrieval(*this, user).run(*smds);
  RSP_TRY(auto configured, addresses());
  if (!configured.root_ds_address.empty())
    return EventRetrieval(*this, user).run(configured.root_ds_address);
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .step = "discover",
                       .text = "the eUICC names no root SM-DS",
                       .hint = "say which one to ask"});
}

// --- Notifications
// ------------------------------------------------------------------------------------------------

rsp::Result<std::vector<rsp::NotificationMetadata>> Lpa::notifications() {
  rsp::ListNotificationRequest request;
  RSP_TRY(auto response, es10_.call(request));
  if (auto* list = std::get_if<rsp::NotificationMetadataList>(&response.result)) {
    std::vector<rsp::NotificationMetadata> sorted(std::move(*list));
    std::ranges::sort(sorted, {}, &rsp::NotificationMetadata::seq_number);
    return sorted;
  }
  RSP_CHECK(check_result(request.kFunction, std::get<rsp::NotificationListError>(response.result)));
  return std::vector<rsp::NotificationMetadata>{};
}

rsp::Result<std::vector<Delivery>> Lpa::deliver_notifications(std::uint32_t since) {
  RSP_TRY(auto waiting, notifications());
  std::erase_if(waiting, [&](const auto& metadata) { return metadata.seq_number < since; });
  std::vector<Delivery> deliveries;
  std::set<std::string> silent;  // addresses that did not acknowledge
  for (const rsp::NotificationMetadata& metadata : waiting) {
    std::string address = rsp::lower_case(metadata.notification_address);
    if (silent.contains(address)) continue;
    auto delivered = deliver(metadata);
    if (!delivered) silent.insert(std::move(address));
    deliveries.push_back(
        {metadata, delivered ? std::nullopt : std::optional(std::move(delivered).error())});
  }
  return deliveries;
}

rsp::Status Lpa::deliver(const rsp::NotificationMetadata& metadata) {
  rsp::RetrieveNotificationsListRequest request;
  request.search_criteria = metadata.seq_number;
  RSP_TRY(auto response, es10_.call(request));
  auto* list = std::get_if<rsp::PendingNotificationList>(&response.result);
  if (list == nullptr || list->empty()) {
    return rsp::failure({.layer = rsp::Layer::kCard,
                         .step = std::string(request.kFunction),
                         .text = fmt::format("the eUICC lists notification {} but does not give it",
                                             metadata.seq_number)});
  }
  RSP_CHECK(
      es9_.handle_notification(metadata.notification_address, list->front(), http_deadline()));
  return remove_notification(metadata.seq_number);
}

rsp::Status Lpa::remove_notification(std::uint32_t sequence_number) {
  rsp::NotificationSentRequest request{sequence_number, {}};
  RSP_TRY(auto response, es10_.call(request));
  return check_result(request.kFunction, response.delete_notification_status);
}

}  // namespace lpa
