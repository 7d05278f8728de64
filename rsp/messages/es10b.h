// ES10b: profile download and notifications (SGP.22 v2, 5.7.5 to 5.7.14 and 5.7.22).
#pragma once

#include "rsp/base/result.h"
#include "rsp/messages/es8.h"

namespace rsp {

// --- GetEUICCInfo (5.7.8)
// -----------------------------------------------------------------------------------------

struct EuiccInfo1 {
  static constexpr asn1::Tag kTag = asn1::context(32);  // BF20
  static constexpr std::string_view kName = "euiccInfo1";
  VersionType svn{};
  std::vector<Bytes> ci_pkid_list_for_verification, ci_pkid_list_for_signing;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(2), "svn", m.svn);
    f(asn1::context(9), "euiccCiPKIdListForVerification", m.ci_pkid_list_for_verification,
      Each{asn1::kOctetString});
    f(asn1::context(10), "euiccCiPKIdListForSigning", m.ci_pkid_list_for_signing,
      Each{asn1::kOctetString});
  }
};
struct GetEuiccInfo1Request {
  using Response = EuiccInfo1;
  static constexpr std::string_view kFunction = "ES10b.GetEUICCInfo1";
  static constexpr asn1::Tag kTag = asn1::context(32);
  static constexpr std::string_view kName = "getEuiccInfo1Request";
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};

struct CertificationDataObject {
  std::string platform_label, discovery_base_url;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "platformLabel", m.platform_label);
    f(asn1::context(1), "discoveryBaseURL", m.discovery_base_url);
  }
};

/// Bits of RspCapability.
enum RspCapabilityBit : unsigned {
  kAdditionalProfile = 0,
  kCrlSupport = 1,
  kRpmSupport = 2,
  kTestProfileSupport = 3,
  kDeviceInfoExtensibilitySupport = 4
};
enum class EuiccCategory { kOther = 0, kBasic = 1, kMedium = 2, kContactless = 3 };
constexpr auto enum_names(EuiccCategory) {
  using enum EuiccCategory;
  return asn1::named<EuiccCategory>({{kOther, "other"},
                                     {kBasic, "basicEuicc"},
                                     {kMedium, "mediumEuicc"},
                                     {kContactless, "contactlessEuicc"}});
}
struct EuiccInfo2 {
  static constexpr asn1::Tag kTag = asn1::context(34);  // BF22
  static constexpr std::string_view kName = "euiccInfo2";
  static constexpr bool kTagsDescend = true;
  VersionType profile_version{}, svn{}, euicc_firmware_ver{};
  Bytes ext_card_resource;
  asn1::BitString uicc_capability;
  std::optional<VersionType> ts102241_version, globalplatform_version;
  asn1::BitString rsp_capability;
  std::vector<Bytes> ci_pkid_list_for_verification, ci_pkid_list_for_signing;
  std::optional<EuiccCategory> euicc_category;
  std::optional<asn1::BitString> forbidden_profile_policy_rules;
  VersionType pp_version{};
  asn1::TextOf<0, 64> sas_accreditation_number;
  std::optional<CertificationDataObject> certification_data_object;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(1), "profileVersion", m.profile_version);
    f(asn1::context(2), "svn", m.svn);
    f(asn1::context(3), "euiccFirmwareVer", m.euicc_firmware_ver);
    f(asn1::context(4), "extCardResource", m.ext_card_resource);
    f(asn1::context(5), "uiccCapability", m.uicc_capability);
    f(asn1::context(6), "ts102241Version", m.ts102241_version);
    f(asn1::context(7), "globalplatformVersion", m.globalplatform_version);
    f(asn1::context(8), "rspCapability", m.rsp_capability);
    f(asn1::context(9), "euiccCiPKIdListForVerification", m.ci_pkid_list_for_verification,
      Each{asn1::kOctetString});
    f(asn1::context(10), "euiccCiPKIdListForSigning", m.ci_pkid_list_for_signing,
      Each{asn1::kOctetString});
    f(asn1::context(11), "euiccCategory", m.euicc_category);
    f(asn1::context(25), "forbiddenProfilePolicyRules", m.forbidden_profile_policy_rules);
    f(asn1::kOctetString, "ppVersion", m.pp_version);
    f(asn1::kUtf8String, "sasAcreditationNumber", m.sas_accreditation_number);
    f(asn1::context(12), "certificationDataObject", m.certification_data_object);
  }
};
struct GetEuiccInfo2Request {
  using Response = EuiccInfo2;
  static constexpr std::string_view kFunction = "ES10b.GetEUICCInfo2";
  static constexpr asn1::Tag kTag = asn1::context(34);
  static constexpr std::string_view kName = "getEuiccInfo2Request";
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};

// --- GetEUICCChallenge (5.7.7)
// ------------------------------------------------------------------------------------

struct GetEuiccChallengeResponse {
  static constexpr asn1::Tag kTag = asn1::context(46);  // BF2E
  static constexpr std::string_view kName = "getEuiccChallengeResponse";
  Challenge euicc_challenge{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "euiccChallenge", m.euicc_challenge);
  }
};
struct GetEuiccChallengeRequest {
  using Response = GetEuiccChallengeResponse;
  static constexpr std::string_view kFunction = "ES10b.GetEUICCChallenge";
  static constexpr asn1::Tag kTag = asn1::context(46);
  static constexpr std::string_view kName = "getEuiccChallengeRequest";
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};

// --- AuthenticateServer (5.7.13)
// ----------------------------------------------------------------------------------

struct ServerSigned1 {
  TransactionId transaction_id;
  Challenge euicc_challenge{};
  std::string server_address;
  Challenge server_challenge{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(1), "euiccChallenge", m.euicc_challenge);
    f(asn1::context(3), "serverAddress", m.server_address);
    f(asn1::context(4), "serverChallenge", m.server_challenge);
  }
};

/// The highest release that the device supports, per technology.
struct DeviceCapabilities {
  std::optional<VersionType> gsm, utran, cdma2000_onex, cdma2000_hrpd, cdma2000_ehrpd, eutran_epc,
      contactless, rsp_crl, nr_epc, nr_5gc, eutran_5gc;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "gsmSupportedRelease", m.gsm);
    f(asn1::context(1), "utranSupportedRelease", m.utran);
    f(asn1::context(2), "cdma2000onexSupportedRelease", m.cdma2000_onex);
    f(asn1::context(3), "cdma2000hrpdSupportedRelease", m.cdma2000_hrpd);
    f(asn1::context(4), "cdma2000ehrpdSupportedRelease", m.cdma2000_ehrpd);
    f(asn1::context(5), "eutranEpcSupportedRelease", m.eutran_epc);
    f(asn1::context(6), "contactlessSupportedRelease", m.contactless);
    f(asn1::context(7), "rspCrlSupportedVersion", m.rsp_crl);
    f(asn1::context(8), "nrEpcSupportedRelease", m.nr_epc);
    f(asn1::context(9), "nr5gcSupportedRelease", m.nr_5gc);
    f(asn1::context(10), "eutran5gcSupportedRelease", m.eutran_5gc);
  }
};
struct DeviceInfo {
  Octets<4> tac{};
  DeviceCapabilities device_capabilities;
  std::optional<Octets<8>> imei;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "tac", m.tac);
    f(asn1::context(1), "deviceCapabilities", m.device_capabilities);
    f(asn1::context(2), "imei", m.imei);
  }
};
struct CtxParamsForCommonAuthentication {
  std::optional<std::string> matching_id;
  DeviceInfo device_info;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "matchingId", m.matching_id);
    f(asn1::context(1), "deviceInfo", m.device_info);
  }
};
/// What the LPA tells the server through the eUICC. Kept as received, because the eUICC echoes it
/// octet by octet.
using CtxParams1 = asn1::Signed<CtxParamsForCommonAuthentication>;
inline constexpr asn1::Tag kCtxParams1Tag = asn1::context(0);

enum class AuthenticateErrorCode {
  kInvalidCertificate = 1,
  kInvalidSignature = 2,
  kUnsupportedCurve = 3,
  kNoSessionContext = 4,
  kInvalidOid = 5,
  kEuiccChallengeMismatch = 6,
  kCiPkUnknown = 7,
  kUndefinedError = 127
};
constexpr auto enum_names(AuthenticateErrorCode) {
  using enum AuthenticateErrorCode;
  return asn1::named<AuthenticateErrorCode>({{kInvalidCertificate, "invalidCertificate"},
                                             {kInvalidSignature, "invalidSignature"},
                                             {kUnsupportedCurve, "unsupportedCurve"},
                                             {kNoSessionContext, "noSessionContext"},
                                             {kInvalidOid, "invalidOid"},
                                             {kEuiccChallengeMismatch, "euiccChallengeMismatch"},
                                             {kCiPkUnknown, "ciPKUnknown"},
                                             {kUndefinedError, "undefinedError"}});
}

struct EuiccSigned1 {
  TransactionId transaction_id;
  std::string server_address;
  Challenge server_challenge{};
  EuiccInfo2 euicc_info2;
  CtxParams1 ctx_params1;
  asn1::Unknown unknown;
  static constexpr bool kTagsDescend = true;
  static constexpr bool kTagTwice =
      true;  // 80 and A0: ctxParams1 is an untagged CHOICE with alternative [0]
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(3), "serverAddress", m.server_address);
    f(asn1::context(4), "serverChallenge", m.server_challenge);
    f(EuiccInfo2::kTag, "euiccInfo2", m.euicc_info2);
    f(kCtxParams1Tag, "ctxParams1", m.ctx_params1);
  }
};
struct AuthenticateResponseOk {
  asn1::Signed<EuiccSigned1> euicc_signed1;
  Signature euicc_signature1;
  Certificate euicc_certificate, eum_certificate;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::kSequence, "euiccSigned1", m.euicc_signed1);
    f(kSignatureTag, "euiccSignature1", m.euicc_signature1);
    f(asn1::kSequence, "euiccCertificate", m.euicc_certificate);
    f(asn1::kSequence, "eumCertificate", m.eum_certificate);
  }
};
struct AuthenticateResponseError {
  TransactionId transaction_id;
  AuthenticateErrorCode authenticate_error_code{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::kInteger, "authenticateErrorCode", m.authenticate_error_code);
  }
};
struct AuthenticateServerResponse {
  static constexpr asn1::Tag kTag = asn1::context(56);  // BF38
  static constexpr std::string_view kName = "authenticateServerResponse";
  std::variant<AuthenticateResponseOk, AuthenticateResponseError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "authenticateResponseOk"},
            asn1::Alternative{asn1::context(1), "authenticateResponseError"}});
  }
};
struct AuthenticateServerRequest {
  using Response = AuthenticateServerResponse;
  static constexpr std::string_view kFunction = "ES10b.AuthenticateServer";
  static constexpr asn1::Tag kTag = asn1::context(56);
  static constexpr std::string_view kName = "authenticateServerRequest";
  asn1::Signed<ServerSigned1> server_signed1;
  Signature server_signature1;
  Bytes euicc_ci_pkid_to_be_used;
  Certificate server_certificate;
  CtxParams1 ctx_params1;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::kSequence, "serverSigned1", m.server_signed1);
    f(kSignatureTag, "serverSignature1", m.server_signature1);
    f(asn1::kOctetString, "euiccCiPKIdToBeUsed", m.euicc_ci_pkid_to_be_used);
    f(asn1::kSequence, "serverCertificate", m.server_certificate);
    f(kCtxParams1Tag, "ctxParams1", m.ctx_params1);
  }
};

// --- PrepareDownload (5.7.5)
// --------------------------------------------------------------------------------------

struct SmdpSigned2 {
  TransactionId transaction_id;
  bool cc_required_flag = false;
  std::optional<PublicPoint> bpp_euicc_otpk;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::kBoolean, "ccRequiredFlag", m.cc_required_flag);
    f(kPublicKeyTag, "bppEuiccOtpk", m.bpp_euicc_otpk);
  }
};
struct EuiccSigned2 {
  TransactionId transaction_id;
  PublicPoint euicc_otpk;
  std::optional<Octets<32>> hash_cc;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(kPublicKeyTag, "euiccOtpk", m.euicc_otpk);
    f(asn1::kOctetString, "hashCc", m.hash_cc);
  }
};
enum class DownloadErrorCode {
  kInvalidCertificate = 1,
  kInvalidSignature = 2,
  kUnsupportedCurve = 3,
  kNoSessionContext = 4,
  kInvalidTransactionId = 5,
  kUndefinedError = 127
};
constexpr auto enum_names(DownloadErrorCode) {
  using enum DownloadErrorCode;
  return asn1::named<DownloadErrorCode>({{kInvalidCertificate, "invalidCertificate"},
                                         {kInvalidSignature, "invalidSignature"},
                                         {kUnsupportedCurve, "unsupportedCurve"},
                                         {kNoSessionContext, "noSessionContext"},
                                         {kInvalidTransactionId, "invalidTransactionId"},
                                         {kUndefinedError, "undefinedError"}});
}
struct PrepareDownloadResponseOk {
  asn1::Signed<EuiccSigned2> euicc_signed2;
  Signature euicc_signature2;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::kSequence, "euiccSigned2", m.euicc_signed2);
    f(kSignatureTag, "euiccSignature2", m.euicc_signature2);
  }
};
struct PrepareDownloadResponseError {
  TransactionId transaction_id;
  DownloadErrorCode download_error_code{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::kInteger, "downloadErrorCode", m.download_error_code);
  }
};
struct PrepareDownloadResponse {
  static constexpr asn1::Tag kTag = asn1::context(33);  // BF21
  static constexpr std::string_view kName = "prepareDownloadResponse";
  std::variant<PrepareDownloadResponseOk, PrepareDownloadResponseError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "downloadResponseOk"},
            asn1::Alternative{asn1::context(1), "downloadResponseError"}});
  }
};
struct PrepareDownloadRequest {
  using Response = PrepareDownloadResponse;
  static constexpr std::string_view kFunction = "ES10b.PrepareDownload";
  static constexpr asn1::Tag kTag = asn1::context(33);
  static constexpr std::string_view kName = "prepareDownloadRequest";
  asn1::Signed<SmdpSigned2> smdp_signed2;
  Signature smdp_signature2;
  std::optional<Octets<32>> hash_cc;
  Certificate smdp_certificate;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::kSequence, "smdpSigned2", m.smdp_signed2);
    f(kSignatureTag, "smdpSignature2", m.smdp_signature2);
    f(asn1::kOctetString, "hashCc", m.hash_cc);
    f(asn1::kSequence, "smdpCertificate", m.smdp_certificate);
  }
};

// --- CancelSession (5.7.14)
// ---------------------------------------------------------------------------------------

enum class CancelSessionReason {
  kEndUserRejection = 0,
  kPostponed = 1,
  kTimeout = 2,
  kPprNotAllowed = 3,
  kMetadataMismatch = 4,
  kLoadBppExecutionError = 5,
  kUndefinedReason = 127
};
constexpr auto enum_names(CancelSessionReason) {
  using enum CancelSessionReason;
  return asn1::named<CancelSessionReason>({{kEndUserRejection, "endUserRejection"},
                                           {kPostponed, "postponed"},
                                           {kTimeout, "timeout"},
                                           {kPprNotAllowed, "pprNotAllowed"},
                                           {kMetadataMismatch, "metadataMismatch"},
                                           {kLoadBppExecutionError, "loadBppExecutionError"},
                                           {kUndefinedReason, "undefinedReason"}});
}
enum class CancelSessionError { kInvalidTransactionId = 5, kUndefinedError = 127 };
constexpr auto enum_names(CancelSessionError) {
  using enum CancelSessionError;
  return asn1::named<CancelSessionError>(
      {{kInvalidTransactionId, "invalidTransactionId"}, {kUndefinedError, "undefinedError"}});
}
struct EuiccCancelSessionSigned {
  TransactionId transaction_id;
  asn1::Oid smdp_oid;
  CancelSessionReason reason{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(1), "smdpOid", m.smdp_oid);
    f(asn1::context(2), "reason", m.reason);
  }
};
struct CancelSessionResponseOk {
  asn1::Signed<EuiccCancelSessionSigned> euicc_cancel_session_signed;
  Signature euicc_cancel_session_signature;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::kSequence, "euiccCancelSessionSigned", m.euicc_cancel_session_signed);
    f(kSignatureTag, "euiccCancelSessionSignature", m.euicc_cancel_session_signature);
  }
};
struct CancelSessionResponse {
  static constexpr asn1::Tag kTag = asn1::context(65);  // BF41
  static constexpr std::string_view kName = "cancelSessionResponse";
  std::variant<CancelSessionResponseOk, CancelSessionError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "cancelSessionResponseOk"},
            asn1::Alternative{asn1::context(1), "cancelSessionResponseError"}});
  }
};
struct CancelSessionRequest {
  using Response = CancelSessionResponse;
  static constexpr std::string_view kFunction = "ES10b.CancelSession";
  static constexpr asn1::Tag kTag = asn1::context(65);
  static constexpr std::string_view kName = "cancelSessionRequest";
  TransactionId transaction_id;
  CancelSessionReason reason{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(1), "reason", m.reason);
  }
};

// --- Notifications (5.7.9 to 5.7.11)
// ------------------------------------------------------------------------------

struct OtherSignedNotification {
  static constexpr asn1::Tag kTag = asn1::kSequence;
  static constexpr std::string_view kName = "otherSignedNotification";
  asn1::Signed<NotificationMetadata> tbs_other_notification;
  Signature euicc_notification_signature;
  Certificate euicc_certificate, eum_certificate;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(NotificationMetadata::kTag, "tbsOtherNotification", m.tbs_other_notification);
    f(kSignatureTag, "euiccNotificationSignature", m.euicc_notification_signature);
    f(asn1::kSequence, "euiccCertificate", m.euicc_certificate);
    f(asn1::kSequence, "eumCertificate", m.eum_certificate);
  }
};
using PendingNotification = std::variant<ProfileInstallationResult, OtherSignedNotification>;
inline constexpr OneOf kPendingNotification{
    asn1::Alternative{ProfileInstallationResult::kTag, "profileInstallationResult"},
    asn1::Alternative{OtherSignedNotification::kTag, "otherSignedNotification"}};
/// The part that names event, address and sequence number, of either kind.
const NotificationMetadata& metadata_of(const PendingNotification& notification);
/// A pending notification by itself, as JSON carries it.
Result<PendingNotification> decode_pending_notification(BytesView der);
Bytes encode_pending_notification(const PendingNotification& notification);

enum class NotificationListError { kNoResultAvailable = 1, kUndefinedError = 127 };
constexpr auto enum_names(NotificationListError) {
  using enum NotificationListError;
  return asn1::named<NotificationListError>(
      {{kNoResultAvailable, "noResultAvailable"}, {kUndefinedError, "undefinedError"}});
}
struct NotificationMetadataList : std::vector<NotificationMetadata> {
  static constexpr Each kSpec{NotificationMetadata::kTag};
};
/// ES10b.ListNotification (5.7.9).
struct ListNotificationResponse {
  static constexpr asn1::Tag kTag = asn1::context(40);  // BF28
  static constexpr std::string_view kName = "listNotificationResponse";
  std::variant<NotificationMetadataList, NotificationListError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "notificationMetadataList"},
            asn1::Alternative{asn1::context(1), "listNotificationsResultError"}});
  }
};
struct ListNotificationRequest {
  using Response = ListNotificationResponse;
  static constexpr std::string_view kFunction = "ES10b.ListNotification";
  static constexpr asn1::Tag kTag = asn1::context(40);
  static constexpr std::string_view kName = "listNotificationRequest";
  std::optional<asn1::BitString> profile_management_operation;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(1), "profileManagementOperation", m.profile_management_operation);
  }
};

struct PendingNotificationList : std::vector<PendingNotification> {
  static constexpr auto kSpec = kPendingNotification;
};
/// ES10b.RetrieveNotificationsList (5.7.10).
struct RetrieveNotificationsListResponse {
  static constexpr asn1::Tag kTag = asn1::context(43);  // BF2B
  static constexpr std::string_view kName = "retrieveNotificationsListResponse";
  std::variant<PendingNotificationList, NotificationListError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "notificationList"},
            asn1::Alternative{asn1::context(1), "notificationsListResultError"}});
  }
};
struct RetrieveNotificationsListRequest {
  using Response = RetrieveNotificationsListResponse;
  static constexpr std::string_view kFunction = "ES10b.RetrieveNotificationsList";
  static constexpr asn1::Tag kTag = asn1::context(43);
  static constexpr std::string_view kName = "retrieveNotificationsListRequest";
  std::optional<std::variant<std::uint32_t, asn1::BitString>> search_criteria;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "searchCriteria", m.search_criteria,
      OneOf{asn1::Alternative{asn1::context(0), "seqNumber"},
            asn1::Alternative{asn1::context(1), "profileManagementOperation"}});
  }
};

enum class DeleteNotificationStatus { kOk = 0, kNothingToDelete = 1, kUndefinedError = 127 };
constexpr auto enum_names(DeleteNotificationStatus) {
  using enum DeleteNotificationStatus;
  return asn1::named<DeleteNotificationStatus>(
      {{kOk, "ok"}, {kNothingToDelete, "nothingToDelete"}, {kUndefinedError, "undefinedError"}});
}
/// ES10b.RemoveNotificationFromList (5.7.11).
struct NotificationSentResponse {
  static constexpr asn1::Tag kTag = asn1::context(48);  // BF30
  static constexpr std::string_view kName = "notificationSentResponse";
  DeleteNotificationStatus delete_notification_status{};
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "deleteNotificationStatus", m.delete_notification_status);
  }
};
struct NotificationSentRequest {
  using Response = NotificationSentResponse;
  static constexpr std::string_view kFunction = "ES10b.RemoveNotificationFromList";
  static constexpr asn1::Tag kTag = asn1::context(48);
  static constexpr std::string_view kName = "notificationSentRequest";
  std::uint32_t seq_number = 0;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "seqNumber", m.seq_number); }
};

// --- LoadCRL (5.7.12)
// ---------------------------------------------------------------------------------------------

enum class LoadCrlError {
  kInvalidSignature = 1,
  kInvalidCrlFormat = 2,
  kNotEnoughMemorySpace = 3,
  kVerificationKeyNotFound = 4,
  kFresherCrlAlreadyLoaded = 5,
  kBaseCrlMissing = 6,
  kUndefinedError = 127
};
constexpr auto enum_names(LoadCrlError) {
  using enum LoadCrlError;
  return asn1::named<LoadCrlError>({{kInvalidSignature, "invalidSignature"},
                                    {kInvalidCrlFormat, "invalidCRLFormat"},
                                    {kNotEnoughMemorySpace, "notEnoughMemorySpace"},
                                    {kVerificationKeyNotFound, "verificationKeyNotFound"},
                                    {kFresherCrlAlreadyLoaded, "fresherCrlAlreadyLoaded"},
                                    {kBaseCrlMissing, "baseCrlMissing"},
                                    {kUndefinedError, "undefinedError"}});
}
struct LoadCrlResponseOk {
  std::optional<std::vector<std::int64_t>> missing_parts;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "missingParts", m.missing_parts, Each{asn1::kInteger});
  }
};
struct LoadCrlResponse {
  static constexpr asn1::Tag kTag = asn1::context(53);  // BF35
  static constexpr std::string_view kName = "loadCRLResponse";
  std::variant<LoadCrlResponseOk, LoadCrlError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "loadCRLResponseOk"},
            asn1::Alternative{asn1::context(1), "loadCRLResponseError"}});
  }
};
struct LoadCrlRequest {
  using Response = LoadCrlResponse;
  static constexpr std::string_view kFunction = "ES10b.LoadCRL";
  static constexpr asn1::Tag kTag = asn1::context(53);
  static constexpr std::string_view kName = "loadCRLRequest";
  asn1::ImplicitAny crl;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) { f(asn1::context(0), "crl", m.crl); }
};

// --- GetRAT (5.7.22)
// ----------------------------------------------------------------------------------------------

/// Bits of pprFlags.
enum PprFlag : unsigned { kConsentRequired = 0 };
struct ProfilePolicyAuthorisationRule {
  asn1::BitString ppr_ids;
  std::vector<OperatorId> allowed_operators;
  asn1::BitString ppr_flags;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "pprIds", m.ppr_ids);
    f(asn1::context(1), "allowedOperators", m.allowed_operators, Each{asn1::kSequence});
    f(asn1::context(2), "pprFlags", m.ppr_flags);
  }
};
struct GetRatResponse {
  static constexpr asn1::Tag kTag = asn1::context(67);  // BF43
  static constexpr std::string_view kName = "getRatResponse";
  std::vector<ProfilePolicyAuthorisationRule> rat;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "rat", m.rat, Each{asn1::kSequence});
  }
};
struct GetRatRequest {
  using Response = GetRatResponse;
  static constexpr std::string_view kFunction = "ES10b.GetRAT";
  static constexpr asn1::Tag kTag = asn1::context(67);
  static constexpr std::string_view kName = "getRatRequest";
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};

}  // namespace rsp
