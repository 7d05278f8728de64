#include "sim_euicc/isd_r.h"

#include "rsp/asn1/reader.h"
#include "rsp/base/hex.h"

namespace sim {
namespace {

using rsp::asn1::context;
using rsp::asn1::Tag;

/// What GetProfilesInfo tells without a tag list (SGP.22 5.7.15).
rsp::ProfileInfo default_info(const Profile& profile) {
  const rsp::StoreMetadataRequest& metadata = profile.metadata;
  rsp::ProfileInfo info;
  info.iccid = metadata.iccid;
  info.isdp_aid = profile.aid;
  info.profile_state = profile.state;
  if (!profile.nickname.empty()) info.profile_nickname = profile.nickname;
  info.service_provider_name = metadata.service_provider_name;
  info.profile_name = metadata.profile_name;
  info.icon_type = metadata.icon_type;
  info.icon = metadata.icon;
  info.profile_class = metadata.profile_class;
  return info;
}

rsp::ProfileInfo whole_info(const Profile& profile) {
  rsp::ProfileInfo info = default_info(profile);
  info.notification_configuration_info = profile.metadata.notification_configuration_info;
  info.profile_owner = profile.metadata.profile_owner;
  info.dp_proprietary_data = profile.dp_proprietary_data;
  info.profile_policy_rules = profile.metadata.profile_policy_rules;
  return info;
}

/// Clears every field of a ProfileInfo that a tag list does not name, by its declaration.
class KeepTags {
 public:
  explicit KeepTags(const std::vector<Tag>& tags) : tags_(tags) {}
  template <class T>
  void operator()(Tag tag, std::string_view, std::optional<T>& field, const auto&...) {
    if (std::ranges::find(tags_, tag) == tags_.end()) field.reset();
  }

 private:
  const std::vector<Tag>& tags_;
};

/// The tags of a tag list (5C), which has no lengths in it. Nothing where the last one is cut
/// short.
std::optional<std::vector<Tag>> parse_tag_list(rsp::BytesView list) {
  std::vector<Tag> tags;
  for (std::size_t i = 0; i < list.size(); ++i) {
    Tag tag{static_cast<rsp::asn1::TagClass>(list[i] & 0xC0),
            static_cast<std::uint32_t>(list[i] & 0x1F)};
    if (tag.number == 0x1F) {
      if (++i == list.size() || (list[i] & 0x80) != 0) return std::nullopt;
      tag.number = list[i];
    }
    tags.push_back(tag);
  }
  return tags;
}

/// eUICCMemoryReset option of SGP.22 v3: deleteProvisioningProfiles.
constexpr unsigned kDeleteProvisioningProfiles = 4;

using Search = decltype(rsp::ProfileInfoListRequest::search_criteria);

bool matches(const Profile& profile, const Search& search) {
  if (!search) return true;
  if (auto* aid = std::get_if<rsp::Aid>(&*search)) return profile.aid == *aid;
  if (auto* iccid = std::get_if<rsp::Iccid>(&*search)) return profile.metadata.iccid == *iccid;
  return profile.metadata.profile_class == std::get<rsp::ProfileClass>(*search);
}

bool is_test(const Profile& profile) {
  return profile.metadata.profile_class == rsp::ProfileClass::kTest;
}

bool has_rule(const Profile& profile, rsp::Ppr rule) {
  return profile.metadata.profile_policy_rules && profile.metadata.profile_policy_rules->test(rule);
}

}  // namespace

rsp::ProfileInfoListResponse IsdR::get_profiles_info(const rsp::ProfileInfoListRequest& request,
                                                     Transaction& tx) {
  std::optional<std::vector<Tag>> tags;
  if (request.tag_list) {
    if (persona_.quirks.refuses_tag_list) return {rsp::ProfileInfoListError::kIncorrectInputValues};
    tags = parse_tag_list(*request.tag_list);
    if (!tags) return {rsp::ProfileInfoListError::kIncorrectInputValues};
  }
  rsp::ProfileInfoList list;
  for (const auto& [aid, profile] : tx.state().profiles) {
    if (!matches(profile, request.search_criteria)) continue;
    rsp::ProfileInfo info = tags ? whole_info(profile) : default_info(profile);
    if (tags) rsp::ProfileInfo::fields(KeepTags(*tags), info);
    list.push_back(std::move(info));
  }
  return {std::move(list)};
}

// --- Profile switches ---

void IsdR::set_state(const Profile& profile, rsp::ProfileState state, Transaction& tx) {
  Profile changed = profile;  // a copy, since the transaction's state moves
  changed.state = state;
  bool enabled = state == rsp::ProfileState::kEnabled;
  notify(changed, enabled ? rsp::kNotificationEnable : rsp::kNotificationDisable, tx);
  tx.put_profile(std::move(changed));
}

bool IsdR::cat_busy(const Transaction& tx) {
  if (busy_answers_ < persona_.quirks.cat_busy) {
    ++busy_answers_;
    return true;
  }
  return cat_.busy() || tx.state().settings.pending_switch.has_value();
}

// SGP.22 5.7.16, 5.7.17: with refreshFlag the switch takes effect when the terminal has carried out
// REFRESH, or is reset; without it, at once. A terminal that has not said that it knows REFRESH
// cannot be sent one, so that the switch takes effect at once as well.
void IsdR::begin_switch(std::optional<rsp::Aid> enable, Refresh refresh, Transaction& tx) {
  const Quirks& quirks = persona_.quirks;
  bool quirk = quirks.es10_waits_for_refresh || quirks.es10_waits_for_reset;
  if (refresh == Refresh::kNo || !(cat_.supports_refresh() || quirk)) return switch_to(enable, tx);
  tx.set_pending_switch(PendingSwitch{std::move(enable), {}});
  tx.keep(refresh_);
  tx.keep(waits_for_reset_);
  refresh_ = !quirks.es10_waits_for_reset;
  waits_for_reset_ = quirk;
}

void IsdR::carry_out_switch(Transaction& tx) {
  tx.keep(waits_for_reset_);
  waits_for_reset_ = false;
  auto pending = tx.state().settings.pending_switch;
  if (!pending) return;
  tx.set_pending_switch(std::nullopt);
  switch_to(pending->enable, tx);
}

// Not specified: TERMINAL PROFILE while a switch is pending. The REFRESH of the session before is
// gone with it, so that without another one everything would be catBusy until a reset.
void IsdR::resume_switch(Transaction& tx) {
  auto pending = tx.state().settings.pending_switch;
  if (!pending) return;
  tx.set_pending_switch(std::nullopt);
  begin_switch(pending->enable, Refresh::kYes, tx);
}

const Profile* IsdR::after_switch(const std::optional<rsp::Aid>& enable, const Transaction& tx) {
  const Profile* running = tx.state().enabled_profile();
  std::optional<rsp::Aid> next = enable;
  // Disabling a test profile enables the operational one that ran before it (SGP.21).
  if (!next && running != nullptr && is_test(*running))
    next = tx.state().settings.before_test_profile;
  if (!next) return nullptr;
  auto found = tx.state().profiles.find(*next);
  return found == tx.state().profiles.end() ? nullptr : &found->second;
}

bool IsdR::can_switch(const std::optional<rsp::Aid>& enable, const Transaction& tx) const {
  const Profile *running = tx.state().enabled_profile(), *next = after_switch(enable, tx);
  std::size_t count = 0;
  if (running != nullptr) count += notifications_of(*running, rsp::kNotificationDisable);
  if (next != nullptr) count += notifications_of(*next, rsp::kNotificationEnable);
  return can_notify(count, tx);
}

void IsdR::switch_to(const std::optional<rsp::Aid>& enable, Transaction& tx) {
  std::optional<Profile> running, target;
  if (const Profile* profile = tx.state().enabled_profile()) running = *profile;
  if (const Profile* profile = after_switch(enable, tx)) target = *profile;

  if (running) set_state(*running, rsp::ProfileState::kDisabled, tx);
  if (target) set_state(*target, rsp::ProfileState::kEnabled, tx);
  bool between_tests = running && target && is_test(*running) && is_test(*target);
  if (between_tests) return;
  std::optional<rsp::Aid> before;
  bool leaves_operational =
      running && running->metadata.profile_class == rsp::ProfileClass::kOperational;
  if (target && is_test(*target) && leaves_operational) before = running->aid;
  tx.set_before_test_profile(std::move(before));
}

void IsdR::fall_back(Transaction& tx) {
  if (persona_.quirks.fallback_iccid.empty()) return;
  for (const auto& [aid, profile] : tx.state().profiles) {
    bool is_fallback =
        rsp::from_swapped_bcd(profile.metadata.iccid) == persona_.quirks.fallback_iccid;
    if (!is_fallback) continue;
    if (profile.state != rsp::ProfileState::kEnabled) switch_to(rsp::Aid(aid), tx);
    return;
  }
}

// SGP.22 5.7.16, the checks in the order of its results.
rsp::EnableResult IsdR::check_enable(const rsp::EnableProfileRequest& request,
                                     const Profile* target, const Transaction& tx) {
  using enum rsp::EnableResult;
  const Quirks& quirks = persona_.quirks;
  bool by_aid = std::holds_alternative<rsp::Aid>(request.profile_identifier);
  if (quirks.enable_only_without_refresh && request.refresh_flag) return kUndefinedError;
  if (quirks.enable_only_by_aid_with_refresh && !(by_aid && request.refresh_flag))
    return kUndefinedError;
  if (target == nullptr) return kIccidOrAidNotFound;
  if (target->state != rsp::ProfileState::kDisabled) return kProfileNotInDisabledState;
  const Profile* running = tx.state().enabled_profile();
  rsp::ProfileClass target_class = target->metadata.profile_class;
  bool operational = target_class == rsp::ProfileClass::kOperational;
  // Test and provisioning profiles override PPR1 of the one that runs.
  if (running != nullptr && has_rule(*running, rsp::kPpr1) && operational)
    return kDisallowedByPolicy;
  // After a test profile, only the operational profile may run that ran before it.
  const auto& before = tx.state().settings.before_test_profile;
  bool from_test = running != nullptr && is_test(*running);
  if (from_test && operational && before && tx.state().profiles.contains(*before) &&
      *before != target->aid)
    return kWrongProfileReenabling;
  if (cat_busy(tx)) return kCatBusy;
  return can_switch(target->aid, tx) ? kOk : kUndefinedError;
}

rsp::EnableProfileResponse IsdR::enable_profile(const rsp::EnableProfileRequest& request,
                                                Transaction& tx) {
  const Profile* target = tx.state().find(request.profile_identifier);
  rsp::EnableResult result = check_enable(request, target, tx);
  bool again = result == rsp::EnableResult::kProfileNotInDisabledState;
  if (again && persona_.quirks.enabling_again_is_ok)
    return {.enable_result = rsp::EnableResult::kOk};
  if (result != rsp::EnableResult::kOk) return {.enable_result = result};

  begin_switch(target->aid, request.refresh_flag ? Refresh::kYes : Refresh::kNo, tx);

  return {.enable_result = rsp::EnableResult::kOk};
}

rsp::DisableProfileResponse IsdR::disable_profile(const rsp::DisableProfileRequest& request,
                                                  Transaction& tx) {
  const Profile* target = tx.state().find(request.profile_identifier);
  if (target == nullptr) return {.disable_result = rsp::DisableResult::kIccidOrAidNotFound};
  if (target->state != rsp::ProfileState::kEnabled) {
    return {.disable_result = rsp::DisableResult::kProfileNotInEnabledState};
  }
  if (has_rule(*target, rsp::kPpr1))
    return {.disable_result = rsp::DisableResult::kDisallowedByPolicy};
  if (cat_busy(tx)) return {.disable_result = rsp::DisableResult::kCatBusy};
  if (!can_switch(std::nullopt, tx)) return {.disable_result = rsp::DisableResult::kUndefinedError};

  begin_switch(std::nullopt, request.refresh_flag ? Refresh::kYes : Refresh::kNo, tx);

  return {.disable_result = rsp::DisableResult::kOk};
}

rsp::DeleteProfileResponse IsdR::delete_profile(const rsp::DeleteProfileRequest& request,
                                                Transaction& tx) {
  const Profile* target = tx.state().find(request.profile_identifier);
  if (target == nullptr) return {rsp::DeleteResult::kIccidOrAidNotFound};
  // Not specified: the profile that a pending switch is about to enable. It is as good as enabled.
  const auto& pending = tx.state().settings.pending_switch;
  bool about_to_run = pending && pending->enable == target->aid;
  if (target->state != rsp::ProfileState::kDisabled || about_to_run)
    return {rsp::DeleteResult::kProfileNotInDisabledState};
  if (has_rule(*target, rsp::kPpr2)) return {rsp::DeleteResult::kDisallowedByPolicy};
  if (!can_notify(notifications_of(*target, rsp::kNotificationDelete), tx))
    return {rsp::DeleteResult::kUndefinedError};

  Profile doomed = *target;
  notify(doomed, rsp::kNotificationDelete, tx);
  tx.erase_profile(doomed.aid);

  return {rsp::DeleteResult::kOk};
}

// SGP.22 5.7.19: deletes by class, whatever the state and the policy rules; the notification
// counter goes on.
rsp::EuiccMemoryResetResponse IsdR::memory_reset(const rsp::EuiccMemoryResetRequest& request,
                                                 Transaction& tx) {
  auto chosen = [&](const Profile& profile) {
    switch (profile.metadata.profile_class) {
      case rsp::ProfileClass::kOperational:
        return request.reset_options.test(rsp::kDeleteOperationalProfiles);
      case rsp::ProfileClass::kTest:
        return request.reset_options.test(rsp::kDeleteFieldLoadedTestProfiles);
      case rsp::ProfileClass::kProvisioning:  // an option of SGP.22 v3
        return persona_.svn[0] >= 3 && request.reset_options.test(kDeleteProvisioningProfiles);
    }
    return false;
  };
  if (cat_busy(tx)) return {.reset_result = rsp::ResetResult::kCatBusy};
  std::vector<Profile> doomed;
  std::size_t notifications = 0;
  for (const auto& [aid, profile] : tx.state().profiles) {
    if (!chosen(profile)) continue;
    doomed.push_back(profile);
    notifications += notifications_of(profile, rsp::kNotificationDelete);
  }
  bool address = request.reset_options.test(rsp::kResetDefaultSmdpAddress) &&
                 tx.state().settings.default_dp_address != persona_.default_dp_address;
  if (doomed.empty() && !address) return {.reset_result = rsp::ResetResult::kNothingToDelete};
  if (!can_notify(notifications, tx)) return {.reset_result = rsp::ResetResult::kUndefinedError};

  tx.keep(refresh_);
  for (const Profile& profile : doomed) {
    notify(profile, rsp::kNotificationDelete, tx);
    tx.erase_profile(profile.aid);
    if (profile.state == rsp::ProfileState::kEnabled) refresh_ = true;
  }
  if (address) tx.set_default_dp_address(persona_.default_dp_address);
  tx.set_unused_otpk(std::nullopt);
  drop_session();

  return {.reset_result = rsp::ResetResult::kOk};
}

rsp::GetEuiccDataResponse IsdR::get_eid(const rsp::GetEuiccDataRequest&, Transaction&) {
  return {.eid_value = credentials_.eid};
}

rsp::SetNicknameResponse IsdR::set_nickname(const rsp::SetNicknameRequest& request,
                                            Transaction& tx) {
  const Profile* target = tx.state().find(request.iccid);
  if (target == nullptr) return {.set_nickname_result = rsp::SetNicknameResult::kIccidNotFound};

  Profile renamed = *target;
  renamed.nickname = request.profile_nickname;
  tx.put_profile(std::move(renamed));

  return {.set_nickname_result = rsp::SetNicknameResult::kOk};
}

}  // namespace sim
