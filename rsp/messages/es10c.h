// ES10c: local profile management (SGP.22 v2, 5.7.15 to 5.7.21).
#pragma once

#include "rsp/messages/common.h"

namespace rsp {

// --- GetProfilesInfo (5.7.15)
// -------------------------------------------------------------------------------------

struct RefDo {
  asn1::OctetsOfEither<20, 32> device_app_id_ref_do;
  std::optional<asn1::OctetsOf<0, 127>> pkg_ref_do;
  static void fields(auto&& f, auto& m) {
    f(asn1::private_use(1), "deviceAppIdRefDo", m.device_app_id_ref_do);
    f(asn1::private_use(10), "pkgRefDo", m.pkg_ref_do);
  }
};
struct ArDo {
  Octets<8> perm_ar_do{};
  static void fields(auto&& f, auto& m) { f(asn1::private_use(27), "permArDo", m.perm_ar_do); }
};
/// An access rule for device applications (SGP.22 2.2.2, Android).
struct RefArDo {
  RefDo ref_do;
  ArDo ar_do;
  static void fields(auto&& f, auto& m) {
    f(asn1::private_use(1), "refDo", m.ref_do);
    f(asn1::private_use(3), "arDo", m.ar_do);
  }
};

struct ProfileInfo {
  static constexpr asn1::Tag kTag = asn1::private_use(3);  // E3
  static constexpr std::string_view kName = "profileInfo";
  static constexpr bool kTagsDescend = true;
  std::optional<Iccid> iccid;
  std::optional<Aid> isdp_aid;
  std::optional<ProfileState> profile_state;
  std::optional<asn1::TextOf<0, 64>> profile_nickname;
  std::optional<asn1::TextOf<0, 32>> service_provider_name;
  std::optional<asn1::TextOf<0, 64>> profile_name;
  std::optional<IconType> icon_type;
  std::optional<asn1::OctetsOf<0, 1024>> icon;
  std::optional<ProfileClass> profile_class;
  std::optional<std::vector<NotificationConfiguration>> notification_configuration_info;
  std::optional<OperatorId> profile_owner;
  std::optional<DpProprietaryData> dp_proprietary_data;
  std::optional<asn1::BitString> profile_policy_rules;
  std::optional<std::vector<RefArDo>> ref_ar_do;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kIccidTag, "iccid", m.iccid);
    f(kAidTag, "isdpAid", m.isdp_aid);
    f(asn1::context(112), "profileState", m.profile_state);
    f(asn1::context(16), "profileNickname", m.profile_nickname);
    f(asn1::context(17), "serviceProviderName", m.service_provider_name);
    f(asn1::context(18), "profileName", m.profile_name);
    f(asn1::context(19), "iconType", m.icon_type);
    f(asn1::context(20), "icon", m.icon);
    f(asn1::context(21), "profileClass", m.profile_class);
    f(asn1::context(22), "notificationConfigurationInfo", m.notification_configuration_info,
      Each{asn1::kSequence});
    f(asn1::context(23), "profileOwner", m.profile_owner);
    f(asn1::context(24), "dpProprietaryData", m.dp_proprietary_data);
    f(asn1::context(25), "profilePolicyRules", m.profile_policy_rules);
    f(asn1::context(118), "refArDo", m.ref_ar_do, Each{asn1::private_use(2)});
  }
};

enum class ProfileInfoListError { kIncorrectInputValues = 1, kUndefinedError = 127 };
constexpr auto enum_names(ProfileInfoListError) {
  using enum ProfileInfoListError;
  return asn1::named<ProfileInfoListError>(
      {{kIncorrectInputValues, "incorrectInputValues"}, {kUndefinedError, "undefinedError"}});
}
struct ProfileInfoList : std::vector<ProfileInfo> {
  static constexpr Each kSpec{ProfileInfo::kTag};
};
struct ProfileInfoListResponse {
  static constexpr asn1::Tag kTag = asn1::context(45);  // BF2D
  static constexpr std::string_view kName = "profileInfoListResponse";
  std::variant<ProfileInfoList, ProfileInfoListError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "profileInfoListOk"},
            asn1::Alternative{asn1::context(1), "profileInfoListError"}});
  }
};
struct ProfileInfoListRequest {
  using Response = ProfileInfoListResponse;
  static constexpr std::string_view kFunction = "ES10c.GetProfilesInfo";
  static constexpr asn1::Tag kTag = asn1::context(45);
  static constexpr std::string_view kName = "profileInfoListRequest";
  std::optional<std::variant<Aid, Iccid, ProfileClass>> search_criteria;
  std::optional<Bytes> tag_list;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "searchCriteria", m.search_criteria,
      OneOf{asn1::Alternative{kAidTag, "isdpAid"}, asn1::Alternative{kIccidTag, "iccid"},
            asn1::Alternative{asn1::context(21), "profileClass"}});
    f(kTagListTag, "tagList", m.tag_list);
  }
};

// --- Enable, disable, delete (5.7.16 to 5.7.18)
// -------------------------------------------------------------------

enum class EnableResult {
  kOk = 0,
  kIccidOrAidNotFound = 1,
  kProfileNotInDisabledState = 2,
  kDisallowedByPolicy = 3,
  kWrongProfileReenabling = 4,
  kCatBusy = 5,
  kUndefinedError = 127
};
constexpr auto enum_names(EnableResult) {
  using enum EnableResult;
  return asn1::named<EnableResult>({{kOk, "ok"},
                                    {kIccidOrAidNotFound, "iccidOrAidNotFound"},
                                    {kProfileNotInDisabledState, "profileNotInDisabledState"},
                                    {kDisallowedByPolicy, "disallowedByPolicy"},
                                    {kWrongProfileReenabling, "wrongProfileReenabling"},
                                    {kCatBusy, "catBusy"},
                                    {kUndefinedError, "undefinedError"}});
}
struct EnableProfileResponse {
  static constexpr asn1::Tag kTag = asn1::context(49);  // BF31
  static constexpr std::string_view kName = "enableProfileResponse";
  EnableResult enable_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "enableResult", m.enable_result); }
};
struct EnableProfileRequest {
  using Response = EnableProfileResponse;
  static constexpr std::string_view kFunction = "ES10c.EnableProfile";
  static constexpr asn1::Tag kTag = asn1::context(49);
  static constexpr std::string_view kName = "enableProfileRequest";
  ProfileIdentifier profile_identifier;
  bool refresh_flag = false;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "profileIdentifier", m.profile_identifier, kProfileIdentifier);
    f(asn1::context(1), "refreshFlag", m.refresh_flag);
  }
};

enum class DisableResult {
  kOk = 0,
  kIccidOrAidNotFound = 1,
  kProfileNotInEnabledState = 2,
  kDisallowedByPolicy = 3,
  kCatBusy = 5,
  kUndefinedError = 127
};
constexpr auto enum_names(DisableResult) {
  using enum DisableResult;
  return asn1::named<DisableResult>({{kOk, "ok"},
                                     {kIccidOrAidNotFound, "iccidOrAidNotFound"},
                                     {kProfileNotInEnabledState, "profileNotInEnabledState"},
                                     {kDisallowedByPolicy, "disallowedByPolicy"},
                                     {kCatBusy, "catBusy"},
                                     {kUndefinedError, "undefinedError"}});
}
struct DisableProfileResponse {
  static constexpr asn1::Tag kTag = asn1::context(50);  // BF32
  static constexpr std::string_view kName = "disableProfileResponse";
  DisableResult disable_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "disableResult", m.disable_result); }
};
struct DisableProfileRequest {
  using Response = DisableProfileResponse;
  static constexpr std::string_view kFunction = "ES10c.DisableProfile";
  static constexpr asn1::Tag kTag = asn1::context(50);
  static constexpr std::string_view kName = "disableProfileRequest";
  ProfileIdentifier profile_identifier;
  bool refresh_flag = false;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "profileIdentifier", m.profile_identifier, kProfileIdentifier);
    f(asn1::context(1), "refreshFlag", m.refresh_flag);
  }
};

enum class DeleteResult {
  kOk = 0,
  kIccidOrAidNotFound = 1,
  kProfileNotInDisabledState = 2,
  kDisallowedByPolicy = 3,
  kUndefinedError = 127
};
constexpr auto enum_names(DeleteResult) {
  using enum DeleteResult;
  return asn1::named<DeleteResult>({{kOk, "ok"},
                                    {kIccidOrAidNotFound, "iccidOrAidNotFound"},
                                    {kProfileNotInDisabledState, "profileNotInDisabledState"},
                                    {kDisallowedByPolicy, "disallowedByPolicy"},
                                    {kUndefinedError, "undefinedError"}});
}
struct DeleteProfileResponse {
  static constexpr asn1::Tag kTag = asn1::context(51);  // BF33
  static constexpr std::string_view kName = "deleteProfileResponse";
  DeleteResult delete_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "deleteResult", m.delete_result); }
};
/// Unlike enable and disable, the identifier stands here without an A0 around it (SGP.22 pitfall H
/// 10).
struct DeleteProfileRequest {
  using Response = DeleteProfileResponse;
  static constexpr std::string_view kFunction = "ES10c.DeleteProfile";
  static constexpr asn1::Tag kTag = asn1::context(51);
  static constexpr std::string_view kName = "deleteProfileRequest";
  ProfileIdentifier profile_identifier;
  static void fields(auto&& f, auto& m) { f("", m.profile_identifier, kProfileIdentifier); }
};

// --- eUICCMemoryReset (5.7.19)
// ------------------------------------------------------------------------------------

/// Bits of resetOptions.
enum ResetOption : unsigned {
  kDeleteOperationalProfiles = 0,
  kDeleteFieldLoadedTestProfiles = 1,
  kResetDefaultSmdpAddress = 2
};
enum class ResetResult { kOk = 0, kNothingToDelete = 1, kCatBusy = 5, kUndefinedError = 127 };
constexpr auto enum_names(ResetResult) {
  using enum ResetResult;
  return asn1::named<ResetResult>({{kOk, "ok"},
                                   {kNothingToDelete, "nothingToDelete"},
                                   {kCatBusy, "catBusy"},
                                   {kUndefinedError, "undefinedError"}});
}
struct EuiccMemoryResetResponse {
  static constexpr asn1::Tag kTag = asn1::context(52);  // BF34
  static constexpr std::string_view kName = "euiccMemoryResetResponse";
  ResetResult reset_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "resetResult", m.reset_result); }
};
struct EuiccMemoryResetRequest {
  using Response = EuiccMemoryResetResponse;
  static constexpr std::string_view kFunction = "ES10c.eUICCMemoryReset";
  static constexpr asn1::Tag kTag = asn1::context(52);
  static constexpr std::string_view kName = "euiccMemoryResetRequest";
  asn1::BitString reset_options;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(2), "resetOptions", m.reset_options); }
};

// --- GetEID and SetNickname (5.7.20, 5.7.21)
// ----------------------------------------------------------------------

struct GetEuiccDataResponse {
  static constexpr asn1::Tag kTag = asn1::context(62);  // BF3E
  static constexpr std::string_view kName = "getEuiccDataResponse";
  Eid eid_value{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::application(26), "eidValue", m.eid_value); }
};
struct GetEuiccDataRequest {
  using Response = GetEuiccDataResponse;
  static constexpr std::string_view kFunction = "ES10c.GetEID";
  static constexpr asn1::Tag kTag = asn1::context(62);
  static constexpr std::string_view kName = "getEuiccDataRequest";
  Octets<1> tag_list{0x5A};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(kTagListTag, "tagList", m.tag_list); }
};

enum class SetNicknameResult { kOk = 0, kIccidNotFound = 1, kUndefinedError = 127 };
constexpr auto enum_names(SetNicknameResult) {
  using enum SetNicknameResult;
  return asn1::named<SetNicknameResult>(
      {{kOk, "ok"}, {kIccidNotFound, "iccidNotFound"}, {kUndefinedError, "undefinedError"}});
}
struct SetNicknameResponse {
  static constexpr asn1::Tag kTag = asn1::context(41);  // BF29
  static constexpr std::string_view kName = "setNicknameResponse";
  SetNicknameResult set_nickname_result{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "setNicknameResult", m.set_nickname_result);
  }
};
struct SetNicknameRequest {
  using Response = SetNicknameResponse;
  static constexpr std::string_view kFunction = "ES10c.SetNickname";
  static constexpr asn1::Tag kTag = asn1::context(41);
  static constexpr std::string_view kName = "setNicknameRequest";
  Iccid iccid{};
  asn1::TextOf<0, 64> profile_nickname;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kIccidTag, "iccid", m.iccid);
    f(asn1::context(16), "profileNickname", m.profile_nickname);
  }
};

}  // namespace rsp
