// ES9+: what the LPA and an SM-DP+ say to each other (SGP.22 v2, 5.6), in its ASN.1 binding. The
// JSON binding of the same structs is in rsp/json.
#pragma once

#include "rsp/messages/es10b.h"
#include "rsp/messages/es11.h"
#include "rsp/messages/status_code.h"

namespace rsp {

/// Where the JSON binding has its functions (6.5.2): a POST to this and the request's kFunction.
inline constexpr std::string_view kEs9PathPrefix = "/gsma/rsp2/es9plus/";

struct InitiateAuthenticationOk;
struct AuthenticateClientOk;
struct GetBoundProfilePackageOk;
struct CancelSessionOk;

// --- InitiateAuthentication (5.6.1)
// -------------------------------------------------------------------------------

struct InitiateAuthenticationRequest {
  using Ok = InitiateAuthenticationOk;
  static constexpr std::string_view kFunction = "initiateAuthentication";
  static constexpr asn1::Tag kTag = asn1::context(57);  // BF39
  static constexpr std::string_view kName = "initiateAuthenticationRequest";
  Challenge euicc_challenge{};
  std::string smdp_address;
  EuiccInfo1 euicc_info1;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(1), "euiccChallenge", m.euicc_challenge);
    f(asn1::context(3), "smdpAddress", m.smdp_address);
    f(EuiccInfo1::kTag, "euiccInfo1", m.euicc_info1);
  }
};
struct InitiateAuthenticationOk {
  TransactionId transaction_id;
  asn1::Signed<ServerSigned1> server_signed1;
  Signature server_signature1;
  Bytes euicc_ci_pkid_to_be_used;
  Certificate server_certificate;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::kSequence, "serverSigned1", m.server_signed1);
    f(kSignatureTag, "serverSignature1", m.server_signature1);
    f(asn1::kOctetString, "euiccCiPKIdToBeUsed", m.euicc_ci_pkid_to_be_used);
    f(asn1::kSequence, "serverCertificate", m.server_certificate);
  }
};

// --- AuthenticateClient (5.6.3)
// -----------------------------------------------------------------------------------

struct AuthenticateClientRequest {
  using Ok = AuthenticateClientOk;
  static constexpr std::string_view kFunction = "authenticateClient";
  static constexpr asn1::Tag kTag = asn1::context(59);  // BF3B
  static constexpr std::string_view kName = "authenticateClientRequest";
  TransactionId transaction_id;
  AuthenticateServerResponse authenticate_server_response;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(AuthenticateServerResponse::kTag, "authenticateServerResponse",
      m.authenticate_server_response);
  }
};
struct AuthenticateClientOk {
  TransactionId transaction_id;
  StoreMetadataRequest profile_metadata;
  asn1::Signed<SmdpSigned2> smdp_signed2;
  Signature smdp_signature2;
  Certificate smdp_certificate;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(StoreMetadataRequest::kTag, "profileMetaData", m.profile_metadata);
    f(asn1::kSequence, "smdpSigned2", m.smdp_signed2);
    f(kSignatureTag, "smdpSignature2", m.smdp_signature2);
    f(asn1::kSequence, "smdpCertificate", m.smdp_certificate);
  }
};

// --- GetBoundProfilePackage (5.6.2)
// -------------------------------------------------------------------------------

struct GetBoundProfilePackageRequest {
  using Ok = GetBoundProfilePackageOk;
  static constexpr std::string_view kFunction = "getBoundProfilePackage";
  static constexpr asn1::Tag kTag = asn1::context(58);  // BF3A
  static constexpr std::string_view kName = "getBoundProfilePackageRequest";
  TransactionId transaction_id;
  PrepareDownloadResponse prepare_download_response;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(PrepareDownloadResponse::kTag, "prepareDownloadResponse", m.prepare_download_response);
  }
};
/// The package stays as it came: the LPA cuts it into segments and never opens it.
struct GetBoundProfilePackageOk {
  TransactionId transaction_id;
  asn1::Any bound_profile_package;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(BoundProfilePackage::kTag, "boundProfilePackage", m.bound_profile_package);
  }
};

// --- HandleNotification (5.6.4)
// -----------------------------------------------------------------------------------

struct HandleNotificationRequest {
  static constexpr std::string_view kFunction = "handleNotification";
  static constexpr asn1::Tag kTag = asn1::context(61);  // BF3D
  static constexpr std::string_view kName = "handleNotification";
  PendingNotification pending_notification;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "pendingNotification", m.pending_notification, kPendingNotification);
  }
};

// --- CancelSession (5.6.5)
// ----------------------------------------------------------------------------------------

struct CancelSessionRequestEs9 {
  using Ok = CancelSessionOk;
  static constexpr std::string_view kFunction = "cancelSession";
  static constexpr asn1::Tag kTag = asn1::context(65);  // BF41
  static constexpr std::string_view kName = "cancelSessionRequestEs9";
  TransactionId transaction_id;
  CancelSessionResponse cancel_session_response;
  asn1::Unknown unknown;
  static void fields(auto&& f, auto& m) {
    f(asn1::context(0), "transactionId", m.transaction_id);
    f(asn1::context(1), "cancelSessionResponse", m.cancel_session_response);
  }
};

// --- The ASN.1 binding's envelopes (6.6)
// --------------------------------------------------------------------------

enum class InitiateAuthenticationError {
  kInvalidDpAddress = 1,
  kEuiccVersionNotSupportedByDp = 2,
  kCiPkNotSupported = 3
};
constexpr auto enum_names(InitiateAuthenticationError) {
  using enum InitiateAuthenticationError;
  return asn1::named<InitiateAuthenticationError>(
      {{kInvalidDpAddress, "invalidDpAddress"},
       {kEuiccVersionNotSupportedByDp, "euiccVersionNotSupportedByDp"},
       {kCiPkNotSupported, "ciPKNotSupported"}});
}
struct InitiateAuthenticationResponse {
  std::variant<InitiateAuthenticationOk, InitiateAuthenticationError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "initiateAuthenticationOk"},
            asn1::Alternative{asn1::context(1), "initiateAuthenticationError"}});
  }
};
enum class AuthenticateClientError {
  kEumCertificateInvalid = 1,
  kEumCertificateExpired = 2,
  kEuiccCertificateInvalid = 3,
  kEuiccCertificateExpired = 4,
  kEuiccSignatureInvalid = 5,
  kMatchingIdRefused = 6,
  kEidMismatch = 7,
  kNoEligibleProfile = 8,
  kCiPkUnknown = 9,
  kInvalidTransactionId = 10,
  kInsufficientMemory = 11,
  kUndefinedError = 127
};
constexpr auto enum_names(AuthenticateClientError) {
  using enum AuthenticateClientError;
  return asn1::named<AuthenticateClientError>(
      {{kEumCertificateInvalid, "eumCertificateInvalid"},
       {kEumCertificateExpired, "eumCertificateExpired"},
       {kEuiccCertificateInvalid, "euiccCertificateInvalid"},
       {kEuiccCertificateExpired, "euiccCertificateExpired"},
       {kEuiccSignatureInvalid, "euiccSignatureInvalid"},
       {kMatchingIdRefused, "matchingIdRefused"},
       {kEidMismatch, "eidMismatch"},
       {kNoEligibleProfile, "noEligibleProfile"},
       {kCiPkUnknown, "ciPKUnknown"},
       {kInvalidTransactionId, "invalidTransactionId"},
       {kInsufficientMemory, "insufficientMemory"},
       {kUndefinedError, "undefinedError"}});
}
struct AuthenticateClientResponseEs9 {
  std::variant<AuthenticateClientOk, AuthenticateClientError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "authenticateClientOk"},
            asn1::Alternative{asn1::context(1), "authenticateClientError"}});
  }
};
enum class GetBoundProfilePackageError {
  kEuiccSignatureInvalid = 1,
  kConfirmationCodeMissing = 2,
  kConfirmationCodeRefused = 3,
  kConfirmationCodeRetriesExceeded = 4,
  kBppRebindingRefused = 5,
  kDownloadOrderExpired = 6,
  kInvalidTransactionId = 95,
  kUndefinedError = 127
};
constexpr auto enum_names(GetBoundProfilePackageError) {
  using enum GetBoundProfilePackageError;
  return asn1::named<GetBoundProfilePackageError>(
      {{kEuiccSignatureInvalid, "euiccSignatureInvalid"},
       {kConfirmationCodeMissing, "confirmationCodeMissing"},
       {kConfirmationCodeRefused, "confirmationCodeRefused"},
       {kConfirmationCodeRetriesExceeded, "confirmationCodeRetriesExceeded"},
       {kBppRebindingRefused, "bppRebindingRefused"},
       {kDownloadOrderExpired, "downloadOrderExpired"},
       {kInvalidTransactionId, "invalidTransactionId"},
       {kUndefinedError, "undefinedError"}});
}
struct GetBoundProfilePackageResponse {
  std::variant<GetBoundProfilePackageOk, GetBoundProfilePackageError> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "getBoundProfilePackageOk"},
            asn1::Alternative{asn1::context(1), "getBoundProfilePackageError"}});
  }
};
enum class CancelSessionErrorEs9 {
  kInvalidTransactionId = 1,
  kEuiccSignatureInvalid = 2,
  kUndefinedError = 127
};
constexpr auto enum_names(CancelSessionErrorEs9) {
  using enum CancelSessionErrorEs9;
  return asn1::named<CancelSessionErrorEs9>({{kInvalidTransactionId, "invalidTransactionId"},
                                             {kEuiccSignatureInvalid, "euiccSignatureInvalid"},
                                             {kUndefinedError, "undefinedError"}});
}
struct CancelSessionOk {
  asn1::Unknown unknown;
  static void fields(auto&&, auto&) {}
};
struct CancelSessionResponseEs9 {
  std::variant<CancelSessionOk, CancelSessionErrorEs9> result;
  static void fields(auto&& f, auto& m) {
    f("", m.result,
      OneOf{asn1::Alternative{asn1::context(0), "cancelSessionOk"},
            asn1::Alternative{asn1::context(1), "cancelSessionError"}});
  }
};

struct RemoteProfileProvisioningRequest {
  static constexpr asn1::Tag kTag = asn1::context(2);  // A2
  static constexpr std::string_view kName = "remoteProfileProvisioningRequest";
  std::variant<InitiateAuthenticationRequest, AuthenticateClientRequest,
               GetBoundProfilePackageRequest, CancelSessionRequestEs9, HandleNotificationRequest>
      request;
  static void fields(auto&& f, auto& m) {
    f("", m.request,
      OneOf{asn1::Alternative{InitiateAuthenticationRequest::kTag,
                              InitiateAuthenticationRequest::kName},
            asn1::Alternative{AuthenticateClientRequest::kTag, AuthenticateClientRequest::kName},
            asn1::Alternative{GetBoundProfilePackageRequest::kTag,
                              GetBoundProfilePackageRequest::kName},
            asn1::Alternative{CancelSessionRequestEs9::kTag, CancelSessionRequestEs9::kName},
            asn1::Alternative{HandleNotificationRequest::kTag, HandleNotificationRequest::kName}});
  }
};
struct RemoteProfileProvisioningResponse {
  static constexpr asn1::Tag kTag = asn1::context(2);  // A2
  static constexpr std::string_view kName = "remoteProfileProvisioningResponse";
  std::variant<InitiateAuthenticationResponse, AuthenticateClientResponseEs9,
               GetBoundProfilePackageResponse, CancelSessionResponseEs9,
               AuthenticateClientResponseEs11>
      response;
  static void fields(auto&& f, auto& m) {
    f("", m.response,
      OneOf{asn1::Alternative{asn1::context(57), "initiateAuthenticationResponse"},
            asn1::Alternative{asn1::context(59), "authenticateClientResponseEs9"},
            asn1::Alternative{asn1::context(58), "getBoundProfilePackageResponse"},
            asn1::Alternative{asn1::context(65), "cancelSessionResponseEs9"},
            asn1::Alternative{asn1::context(64), "authenticateClientResponseEs11"}});
  }
};

}  // namespace rsp
