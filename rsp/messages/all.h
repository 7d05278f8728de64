// Every message that can stand alone, in one list: what the schema check, the vectors and the
// fuzzers walk.
#pragma once

#include "rsp/messages/es10a.h"
#include "rsp/messages/es10b.h"
#include "rsp/messages/es10c.h"
#include "rsp/messages/es6.h"
#include "rsp/messages/es8.h"
#include "rsp/messages/es9.h"

namespace rsp {

template <class... M>
struct MessageList {
  /// Calls f.template operator()<M>() for each message.
  template <class F>
  static void for_each(F&& f) {
    (f.template operator()<M>(), ...);
  }
};

using AllMessages = MessageList<
    InitialiseSecureChannelRequest, ConfigureIsdpRequest, StoreMetadataRequest,
    ReplaceSessionKeysRequest, BoundProfilePackage, ProfileInstallationResultData,
    ProfileInstallationResult, NotificationMetadata, EuiccConfiguredAddressesRequest,
    EuiccConfiguredAddressesResponse, SetDefaultDpAddressRequest, SetDefaultDpAddressResponse,
    GetEuiccInfo1Request, EuiccInfo1, GetEuiccInfo2Request, EuiccInfo2, GetEuiccChallengeRequest,
    GetEuiccChallengeResponse, AuthenticateServerRequest, AuthenticateServerResponse,
    PrepareDownloadRequest, PrepareDownloadResponse, CancelSessionRequest, CancelSessionResponse,
    ListNotificationRequest, ListNotificationResponse, RetrieveNotificationsListRequest,
    RetrieveNotificationsListResponse, NotificationSentRequest, NotificationSentResponse,
    OtherSignedNotification, LoadCrlRequest, LoadCrlResponse, GetRatRequest, GetRatResponse,
    ProfileInfo, ProfileInfoListRequest, ProfileInfoListResponse, EnableProfileRequest,
    EnableProfileResponse, DisableProfileRequest, DisableProfileResponse, DeleteProfileRequest,
    DeleteProfileResponse, EuiccMemoryResetRequest, EuiccMemoryResetResponse, GetEuiccDataRequest,
    GetEuiccDataResponse, SetNicknameRequest, SetNicknameResponse, InitiateAuthenticationRequest,
    AuthenticateClientRequest, GetBoundProfilePackageRequest, HandleNotificationRequest,
    CancelSessionRequestEs9, RemoteProfileProvisioningRequest, RemoteProfileProvisioningResponse,
    UpdateMetadataRequest>;

}  // namespace rsp
