#include "sim_euicc/isd_r.h"

#include "rsp/asn1/reader.h"

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

using Search = decltype(rsp::ProfileInfoListRequest::search_criteria);

bool matches(const Profile& profile, const Search& search) {
  if (!search) return true;
  if (auto* aid = std::get_if<rsp::Aid>(&*search)) return profile.aid == *aid;
  if (auto* iccid = std::get_if<rsp::Iccid>(&*search)) return profile.metadata.iccid == *iccid;
  return profile.metadata.profile_class == std::get<rsp::ProfileClass>(*search);
}

bool has_rule(const Profile& profile, rsp::Ppr rule) {
  return profile.metadata.profile_policy_rules && profile.metadata.profile_policy_rules->test(rule);
}

}  // namespace

rsp::ProfileInfoListResponse IsdR::get_profiles_info(const rsp::ProfileInfoListRequest& request,
                                                     Transaction& tx) {
  std::optional<std::vector<Tag>> tags;
  if (request.tag_list) {
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

void IsdR::disable(const Profile& profile, Transaction& tx) {
  Profile disabled = profile;
  disabled.state = rsp::ProfileState::kDisabled;
  notify(disabled, rsp::kNotificationDisable, tx);
  tx.put_profile(std::move(disabled));
}

// SGP.22 5.7.16. The switch takes effect at once in both forms of the command: with refreshFlag a
// card would queue REFRESH, and does so here only once there is a terminal that fetches proactive
// commands.
rsp::EnableProfileResponse IsdR::enable_profile(const rsp::EnableProfileRequest& request,
                                                Transaction& tx) {
  const Profile* target = tx.state().find(request.profile_identifier);
  if (target == nullptr) return {.enable_result = rsp::EnableResult::kIccidOrAidNotFound};
  if (target->state != rsp::ProfileState::kDisabled) {
    return {.enable_result = rsp::EnableResult::kProfileNotInDisabledState};
  }
  const Profile* running = tx.state().enabled_profile();
  bool overrides_ppr1 = target->metadata.profile_class != rsp::ProfileClass::kOperational;
  if (running != nullptr && has_rule(*running, rsp::kPpr1) && !overrides_ppr1) {
    return {.enable_result = rsp::EnableResult::kDisallowedByPolicy};
  }

  Profile enabled = *target;  // a copy, since the transaction's state moves
  enabled.state = rsp::ProfileState::kEnabled;
  if (running != nullptr) disable(Profile(*running), tx);
  notify(enabled, rsp::kNotificationEnable, tx);
  tx.put_profile(std::move(enabled));

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

  disable(Profile(*target), tx);

  return {.disable_result = rsp::DisableResult::kOk};
}

rsp::DeleteProfileResponse IsdR::delete_profile(const rsp::DeleteProfileRequest& request,
                                                Transaction& tx) {
  const Profile* target = tx.state().find(request.profile_identifier);
  if (target == nullptr) return {rsp::DeleteResult::kIccidOrAidNotFound};
  if (target->state != rsp::ProfileState::kDisabled)
    return {rsp::DeleteResult::kProfileNotInDisabledState};
  if (has_rule(*target, rsp::kPpr2)) return {rsp::DeleteResult::kDisallowedByPolicy};

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
      default:
        return false;
    }
  };
  std::vector<Profile> doomed;
  for (const auto& [aid, profile] : tx.state().profiles) {
    if (chosen(profile)) doomed.push_back(profile);
  }
  bool address = request.reset_options.test(rsp::kResetDefaultSmdpAddress) &&
                 tx.state().settings.default_dp_address != persona_.default_dp_address;
  if (doomed.empty() && !address) return {.reset_result = rsp::ResetResult::kNothingToDelete};

  for (const Profile& profile : doomed) {
    notify(profile, rsp::kNotificationDelete, tx);
    tx.erase_profile(profile.aid);
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
