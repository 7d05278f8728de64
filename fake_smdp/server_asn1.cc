#include "fake_smdp/server_asn1.h"

#include <fmt/format.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/json/status_json.h"

namespace smdp {
namespace {

using rsp::StatusCode;
using rsp::http::Response;

/// A status code of the JSON binding as a number of this one, which has fewer.
template <class Error>
struct Row {
  std::string_view subject, reason;
  Error error;
};
template <class Error, std::size_t N>
Error error_of(const StatusCode& status, const Row<Error> (&rows)[N], Error otherwise) {
  for (const Row<Error>& row : rows) {
    if (row.subject == status.subject && row.reason == status.reason) return row.error;
  }
  return otherwise;
}

rsp::InitiateAuthenticationError initiate_error(const StatusCode& status) {
  using enum rsp::InitiateAuthenticationError;
  static constexpr Row<rsp::InitiateAuthenticationError> kRows[] = {
      {"8.8.1", "3.8", kInvalidDpAddress},
      {"8.9.1", "3.8", kInvalidDpAddress},
      {"8.8.3", "3.1", kEuiccVersionNotSupportedByDp},
      {"8.9.3", "3.1", kEuiccVersionNotSupportedByDp},
  };
  return error_of(status, kRows, kCiPkNotSupported);
}

rsp::AuthenticateClientError authenticate_error(const StatusCode& status) {
  using enum rsp::AuthenticateClientError;
  static constexpr Row<rsp::AuthenticateClientError> kRows[] = {
      {"8.1.2", "6.1", kEumCertificateInvalid},
      {"8.1.2", "6.3", kEumCertificateExpired},
      {"8.1.3", "6.1", kEuiccCertificateInvalid},
      {"8.1.3", "6.3", kEuiccCertificateExpired},
      {"8.1", "6.1", kEuiccSignatureInvalid},
      {"8.2.6", "3.8", kMatchingIdRefused},
      {"8.1.1", "3.8", kEidMismatch},
      {"8.2.5", "4.3", kNoEligibleProfile},
      {"8.11.1", "3.9", kCiPkUnknown},
      {"8.10.1", "3.9", kInvalidTransactionId},
      {"8.1", "4.8", kInsufficientMemory},
  };
  return error_of(status, kRows, kUndefinedError);
}

rsp::AuthenticateClientErrorEs11 es11_error(const StatusCode& status) {
  using enum rsp::AuthenticateClientErrorEs11;
  static constexpr Row<rsp::AuthenticateClientErrorEs11> kRows[] = {
      {"8.1.2", "6.1", kEumCertificateInvalid},   {"8.1.2", "6.3", kEumCertificateExpired},
      {"8.1.3", "6.1", kEuiccCertificateInvalid}, {"8.1.3", "6.3", kEuiccCertificateExpired},
      {"8.1", "6.1", kEuiccSignatureInvalid},     {"8.9.5", "3.9", kEventIdUnknown},
      {"8.10.1", "3.9", kInvalidTransactionId},
  };
  return error_of(status, kRows, kUndefinedError);
}

rsp::GetBoundProfilePackageError package_error(const StatusCode& status) {
  using enum rsp::GetBoundProfilePackageError;
  static constexpr Row<rsp::GetBoundProfilePackageError> kRows[] = {
      {"8.1", "6.1", kEuiccSignatureInvalid},
      {"8.2.7", "2.2", kConfirmationCodeMissing},
      {"8.2.7", "3.8", kConfirmationCodeRefused},
      {"8.2.7", "6.4", kConfirmationCodeRetriesExceeded},
      {"8.2", "3.7", kBppRebindingRefused},
      {"8.8.5", "4.10", kDownloadOrderExpired},
      {"8.10.1", "3.9", kInvalidTransactionId},
  };
  return error_of(status, kRows, kUndefinedError);
}

rsp::CancelSessionErrorEs9 cancel_error(const StatusCode& status) {
  using enum rsp::CancelSessionErrorEs9;
  static constexpr Row<rsp::CancelSessionErrorEs9> kRows[] = {
      {"8.10.1", "3.9", kInvalidTransactionId},
      {"8.1", "6.1", kEuiccSignatureInvalid},
  };
  return error_of(status, kRows, kUndefinedError);
}

Response plain(int status, std::string text) {
  return {status, std::move(text), {{"Content-Type", "text/plain"}}};
}

template <class Envelope, class Ok, class ErrorOf>
Response respond(Answer<Ok> answer, ErrorOf error_of_status) {
  Envelope envelope;
  if (answer) {
    envelope.result = *std::move(answer);
  } else {
    envelope.result = error_of_status(answer.error());
  }
  rsp::RemoteProfileProvisioningResponse response;
  response.response = std::move(envelope);
  rsp::Bytes der = rsp::asn1::encode(response);
  return {200,
          std::string(rsp::text_of(der)),
          {{"Content-Type", std::string(kAsn1ContentType)},
           {std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}}};
}

struct Call {
  const Services& services;

  Response operator()(const rsp::InitiateAuthenticationRequest& request) const {
    auto answer = services.smdp != nullptr ? services.smdp->initiate_authentication(request)
                                           : services.smds->initiate_authentication(request);
    return respond<rsp::InitiateAuthenticationResponse>(std::move(answer), initiate_error);
  }
  Response operator()(const rsp::AuthenticateClientRequest& request) const {
    if (services.smdp == nullptr)
      return respond<rsp::AuthenticateClientResponseEs11>(
          services.smds->authenticate_client(request), es11_error);
    return respond<rsp::AuthenticateClientResponseEs9>(services.smdp->authenticate_client(request),
                                                       authenticate_error);
  }
  Response operator()(const rsp::GetBoundProfilePackageRequest& request) const {
    if (services.smdp == nullptr) return plain(404, "an SM-DS has no profiles\n");
    return respond<rsp::GetBoundProfilePackageResponse>(
        services.smdp->get_bound_profile_package(request), package_error);
  }
  Response operator()(const rsp::CancelSessionRequestEs9& request) const {
    if (services.smdp == nullptr) return plain(404, "an SM-DS has no download sessions\n");
    return respond<rsp::CancelSessionResponseEs9>(services.smdp->cancel_session(request),
                                                  cancel_error);
  }
  Response operator()(const rsp::HandleNotificationRequest& request) const {
    if (services.smdp == nullptr) return plain(404, "an SM-DS takes no notifications\n");
    services.smdp->handle_notification(request);
    return {204, "", {{std::string(rsp::kAdminProtocolHeader), std::string(kAdminProtocol)}}};
  }
};

}  // namespace

Response handle_asn1(const Services& services, std::string_view body) {
  if (services.smdp == nullptr && services.smds == nullptr)
    return plain(404, "ES9+ and ES11 are not offered here\n");
  auto request = rsp::asn1::decode<rsp::RemoteProfileProvisioningRequest>(rsp::view_of(body));
  if (!request) {
    return plain(400, fmt::format("the body is no RemoteProfileProvisioningRequest: {}\n",
                                  request.error().message()));
  }
  return std::visit(Call{services}, request->request);
}

}  // namespace smdp
