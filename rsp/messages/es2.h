// ES2+: what an operator and an SM-DP+ say to each other (SGP.22 v2, 5.3). It has a JSON binding
// only (6.5.2.1 to 6.5.2.5; rsp/json/function_json.h), so members are declared for that.
#pragma once

#include "rsp/messages/common.h"
#include "rsp/messages/status_code.h"

namespace rsp {

inline constexpr std::string_view kEs2PathPrefix = "/gsma/rsp2/es2plus/";

/// Who calls, and his number for the call (5.2.6): mandatory in ES2+ and ES12.
struct FunctionCall {
  std::string requester_identifier, call_identifier;
  static void members(auto&& f, auto& m) {
    f("functionRequesterIdentifier", m.requester_identifier);
    f("functionCallIdentifier", m.call_identifier);
  }
};

struct NoOutput {
  static void members(auto&&, auto&) {}
};

struct DownloadOrderOk {
  std::string iccid;  // digits, as everywhere in ES2+
  static void members(auto&& f, auto& m) { f("iccid", m.iccid); }
};
/// 5.3.1: a profile by its ICCID, or any one of a type.
struct DownloadOrderRequest {
  using Ok = DownloadOrderOk;
  static constexpr std::string_view kFunction = "downloadOrder";
  std::optional<std::string> eid, iccid, profile_type;
  static void members(auto&& f, auto& m) {
    f("eid", m.eid);
    f("iccid", m.iccid);
    f("profileType", m.profile_type);
  }
};

struct ConfirmOrderOk {
  std::optional<std::string> eid;
  std::string matching_id;
  std::optional<std::string> smdp_address;
  static void members(auto&& f, auto& m) {
    f("eid", m.eid);
    f("matchingId", m.matching_id);
    f("smdpAddress", m.smdp_address);
  }
};
/// 5.3.2.
struct ConfirmOrderRequest {
  using Ok = ConfirmOrderOk;
  static constexpr std::string_view kFunction = "confirmOrder";
  std::string iccid;
  std::optional<std::string> eid;
  /// Absent: the SM-DP+ makes one up. Empty: for the default SM-DP+ of the eUICC.
  std::optional<std::string> matching_id;
  std::optional<std::string> confirmation_code, smds_address;
  bool release_flag = false;
  static void members(auto&& f, auto& m) {
    f("iccid", m.iccid);
    f("eid", m.eid);
    f("matchingId", m.matching_id);
    f("confirmationCode", m.confirmation_code);
    f("smdsAddress", m.smds_address);
    f("releaseFlag", m.release_flag);
  }
};

/// What becomes of the profile of a cancelled order.
enum class FinalProfileStatus { kAvailable, kUnavailable };
constexpr auto enum_names(FinalProfileStatus) {
  using enum FinalProfileStatus;
  return asn1::named<FinalProfileStatus>(
      {{kAvailable, "Available"}, {kUnavailable, "Unavailable"}});
}
/// 5.3.3.
struct CancelOrderRequest {
  using Ok = NoOutput;
  static constexpr std::string_view kFunction = "cancelOrder";
  std::string iccid;
  std::optional<std::string> eid, matching_id;
  FinalProfileStatus final_profile_status_indicator = FinalProfileStatus::kUnavailable;
  static void members(auto&& f, auto& m) {
    f("iccid", m.iccid);
    f("eid", m.eid);
    f("matchingId", m.matching_id);
    f("finalProfileStatusIndicator", m.final_profile_status_indicator);
  }
};

/// 5.3.4.
struct ReleaseProfileRequest {
  using Ok = NoOutput;
  static constexpr std::string_view kFunction = "releaseProfile";
  std::string iccid;
  static void members(auto&& f, auto& m) { f("iccid", m.iccid); }
};

/// How far a download has come (5.3.5). The numbers are those of ostelco-core, an implementation of
/// ES2+; SGP.22's own are not public.
enum class NotificationPoint {
  kEligibilityCheck = 1,
  kConfirmationFailure = 2,
  kBppDownload = 3,
  kBppInstallation = 4
};

/// functionExecutionStatus, as the header of an answer has it and this request as well.
struct ExecutionStatus {
  std::string status = "Executed-Success";
  std::optional<StatusCode> status_code_data;
  static void members(auto&& f, auto& m) {
    f("status", m.status);
    f("statusCodeData", m.status_code_data);
  }
};

/// 5.3.5, from the SM-DP+ to the operator; answered with HTTP 204.
struct HandleDownloadProgressInfoRequest {
  static constexpr std::string_view kFunction = "handleDownloadProgressInfo";
  std::optional<std::string> eid;
  std::string iccid, profile_type;
  std::string timestamp;  // "2026-11-28T12:00:00Z" (6.5.2.5)
  std::uint32_t notification_point_id = 0;
  ExecutionStatus notification_point_status;
  std::optional<std::string> result_data;  // base64 of the result that the eUICC has signed
  static void members(auto&& f, auto& m) {
    f("eid", m.eid);
    f("iccid", m.iccid);
    f("profileType", m.profile_type);
    f("timestamp", m.timestamp);
    f("notificationPointId", m.notification_point_id);
    f("notificationPointStatus", m.notification_point_status);
    f("resultData", m.result_data);
  }
};

}  // namespace rsp
