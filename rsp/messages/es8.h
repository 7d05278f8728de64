// ES8+: what an SM-DP+ sends to the eUICC inside a Bound Profile Package (SGP.22 v2, 5.5 and Annex
// H).
#pragma once

#include "rsp/messages/common.h"

namespace rsp {

enum class RemoteOpId { kInstallBoundProfilePackage = 1 };
constexpr auto enum_names(RemoteOpId) {
  return asn1::named<RemoteOpId>(
      {{RemoteOpId::kInstallBoundProfilePackage, "installBoundProfilePackage"}});
}

struct ControlRefTemplate {
  asn1::OctetsOf<1, 1> key_type, key_len;
  asn1::OctetsOf<1, 16> host_id;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "keyType", m.key_type);
    f(asn1::context(1), "keyLen", m.key_len);
    f(asn1::context(4), "hostId", m.host_id);
  }
};

/// ES8+.InitialiseSecureChannel (5.5.1).
struct InitialiseSecureChannelRequest {
  static constexpr asn1::Tag kTag = asn1::context(35);  // BF23
  static constexpr std::string_view kName = "initialiseSecureChannelRequest";
  static constexpr bool kTagsDescend = true;
  RemoteOpId remote_op_id = RemoteOpId::kInstallBoundProfilePackage;
  TransactionId transaction_id;
  ControlRefTemplate control_ref_template;
  PublicPoint smdp_otpk;
  Signature smdp_sign;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(2), "remoteOpId", m.remote_op_id);
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(6), "controlRefTemplate", m.control_ref_template);
    f(kPublicKeyTag, "smdpOtpk", m.smdp_otpk);
    f(kSignatureTag, "smdpSign", m.smdp_sign);
  }
};
/// What smdpSign covers: the fields before it and otPK.EUICC, without an outer tag (2.6.2).
Bytes smdp_sign_input(const InitialiseSecureChannelRequest& request, BytesView euicc_otpk);

/// ES8+.ConfigureISDP (5.5.2).
struct ConfigureIsdpRequest {
  static constexpr asn1::Tag kTag = asn1::context(36);  // BF24
  static constexpr std::string_view kName = "configureISDPRequest";
  std::optional<DpProprietaryData> dp_proprietary_data;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(24), "dpProprietaryData", m.dp_proprietary_data);
  }
};

/// ES8+.StoreMetadata (5.5.3), and the profile metadata of ES9+.AuthenticateClient.
struct StoreMetadataRequest {
  static constexpr asn1::Tag kTag = asn1::context(37);  // BF25
  static constexpr std::string_view kName = "storeMetadataRequest";
  Iccid iccid{};
  asn1::TextOf<0, 32> service_provider_name;
  asn1::TextOf<0, 64> profile_name;
  std::optional<IconType> icon_type;
  std::optional<asn1::OctetsOf<0, 1024>> icon;
  ProfileClass profile_class = ProfileClass::kOperational;
  std::optional<std::vector<NotificationConfiguration>> notification_configuration_info;
  std::optional<OperatorId> profile_owner;
  std::optional<asn1::BitString> profile_policy_rules;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kIccidTag, "iccid", m.iccid);
    f(asn1::context(17), "serviceProviderName", m.service_provider_name);
    f(asn1::context(18), "profileName", m.profile_name);
    f(asn1::context(19), "iconType", m.icon_type);
    f(asn1::context(20), "icon", m.icon);
    f(asn1::context(21), "profileClass", m.profile_class, Default{ProfileClass::kOperational});
    f(asn1::context(22), "notificationConfigurationInfo", m.notification_configuration_info,
      Each{asn1::kSequence});
    f(asn1::context(23), "profileOwner", m.profile_owner);
    f(asn1::context(25), "profilePolicyRules", m.profile_policy_rules);
  }
};

/// ES8+.ReplaceSessionKeys (5.5.4).
struct ReplaceSessionKeysRequest {
  static constexpr asn1::Tag kTag = asn1::context(38);  // BF26
  static constexpr std::string_view kName = "replaceSessionKeysRequest";
  Bytes initial_mac_chaining_value, ppk_enc, ppk_cmac;  // 16 octets each
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "initialMacChainingValue", m.initial_mac_chaining_value);
    f(asn1::context(1), "ppkEnc", m.ppk_enc);
    f(asn1::context(2), "ppkCmac", m.ppk_cmac);
  }
};

/// The Bound Profile Package (2.5.4). Its segments stay opaque: only the eUICC can open them.
struct BoundProfilePackage {
  static constexpr asn1::Tag kTag = asn1::context(54);  // BF36
  static constexpr std::string_view kName = "boundProfilePackage";
  InitialiseSecureChannelRequest initialise_secure_channel_request;
  std::vector<Bytes> first_sequence_of_87, sequence_of_88;
  std::optional<std::vector<Bytes>> second_sequence_of_87;
  std::vector<Bytes> sequence_of_86;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(35), "initialiseSecureChannelRequest", m.initialise_secure_channel_request);
    f(asn1::context(0), "firstSequenceOf87", m.first_sequence_of_87, Each{asn1::context(7)});
    f(asn1::context(1), "sequenceOf88", m.sequence_of_88, Each{asn1::context(8)});
    f(asn1::context(2), "secondSequenceOf87", m.second_sequence_of_87, Each{asn1::context(7)});
    f(asn1::context(3), "sequenceOf86", m.sequence_of_86, Each{asn1::context(6)});
  }
  static constexpr bool kTagsDescend = true;
};

enum class BppCommandId {
  kInitialiseSecureChannel = 0,
  kConfigureIsdp = 1,
  kStoreMetadata = 2,
  kStoreMetadata2 = 3,
  kReplaceSessionKeys = 4,
  kLoadProfileElements = 5
};
constexpr auto enum_names(BppCommandId) {
  return asn1::named<BppCommandId>(
      {{BppCommandId::kInitialiseSecureChannel, "initialiseSecureChannel"},
       {BppCommandId::kConfigureIsdp, "configureISDP"},
       {BppCommandId::kStoreMetadata, "storeMetadata"},
       {BppCommandId::kStoreMetadata2, "storeMetadata2"},
       {BppCommandId::kReplaceSessionKeys, "replaceSessionKeys"},
       {BppCommandId::kLoadProfileElements, "loadProfileElements"}});
}

enum class ErrorReason {
  kIncorrectInputValues = 1,
  kInvalidSignature = 2,
  kInvalidTransactionId = 3,
  kUnsupportedCrtValues = 4,
  kUnsupportedRemoteOperationType = 5,
  kUnsupportedProfileClass = 6,
  kScp03tStructureError = 7,
  kScp03tSecurityError = 8,
  kIccidAlreadyExistsOnEuicc = 9,
  kInsufficientMemoryForProfile = 10,
  kInterruption = 11,
  kPeProcessingError = 12,
  kDataMismatch = 13,
  kTestProfileInvalidNaaKey = 14,
  kPprNotAllowed = 15,
  kUnknownError = 127
};
constexpr auto enum_names(ErrorReason) {
  using enum ErrorReason;
  return asn1::named<ErrorReason>(
      {{kIncorrectInputValues, "incorrectInputValues"},
       {kInvalidSignature, "invalidSignature"},
       {kInvalidTransactionId, "invalidTransactionId"},
       {kUnsupportedCrtValues, "unsupportedCrtValues"},
       {kUnsupportedRemoteOperationType, "unsupportedRemoteOperationType"},
       {kUnsupportedProfileClass, "unsupportedProfileClass"},
       {kScp03tStructureError, "scp03tStructureError"},
       {kScp03tSecurityError, "scp03tSecurityError"},
       {kIccidAlreadyExistsOnEuicc, "installFailedDueToIccidAlreadyExistsOnEuicc"},
       {kInsufficientMemoryForProfile, "installFailedDueToInsufficientMemoryForProfile"},
       {kInterruption, "installFailedDueToInterruption"},
       {kPeProcessingError, "installFailedDueToPEProcessingError"},
       {kDataMismatch, "installFailedDueToDataMismatch"},
       {kTestProfileInvalidNaaKey, "testProfileInstallFailedDueToInvalidNaaKey"},
       {kPprNotAllowed, "pprNotAllowed"},
       {kUnknownError, "installFailedDueToUnknownError"}});
}

struct SuccessResult {
  asn1::OctetsOf<5, 16> aid;
  Bytes sima_response;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(kAidTag, "aid", m.aid);
    f(asn1::kOctetString, "simaResponse", m.sima_response);
  }
};

struct ErrorResult {
  BppCommandId bpp_command_id{};
  ErrorReason error_reason = ErrorReason::kUnknownError;
  std::optional<Bytes> sima_response;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "bppCommandId", m.bpp_command_id);
    f(asn1::context(1), "errorReason", m.error_reason);
    f(asn1::context(2), "simaResponse", m.sima_response);
  }
};

struct ProfileInstallationResultData {
  static constexpr asn1::Tag kTag = asn1::context(39);  // BF27
  static constexpr std::string_view kName = "profileInstallationResultData";
  static constexpr bool kTagsDescend = true;
  TransactionId transaction_id;
  NotificationMetadata notification_metadata;
  asn1::Oid smdp_oid;
  std::variant<SuccessResult, ErrorResult> final_result;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(NotificationMetadata::kTag, "notificationMetadata", m.notification_metadata);
    f(asn1::kObjectIdentifier, "smdpOid", m.smdp_oid);
    f(asn1::context(2), "finalResult", m.final_result,
      OneOf{asn1::Alternative{asn1::context(0), "successResult"},
            asn1::Alternative{asn1::context(1), "errorResult"}});
  }
};

/// The signed report of a finished or failed installation (2.5.6).
struct ProfileInstallationResult {
  static constexpr asn1::Tag kTag = asn1::context(55);  // BF37
  static constexpr std::string_view kName = "profileInstallationResult";
  asn1::Signed<ProfileInstallationResultData> data;
  Signature euicc_sign_pir;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(ProfileInstallationResultData::kTag, "profileInstallationResultData", m.data);
    f(kSignatureTag, "euiccSignPIR", m.euicc_sign_pir);
  }
};

}  // namespace rsp
