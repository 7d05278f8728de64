// One profile download with all rules for an LPA (SGP.22 v2, 3.1.2, 3.1.3, 3.0.1).
#pragma once

#include "lpa/lpa.h"

namespace lpa {

class DownloadSession {
 public:
  DownloadSession(Lpa& lpa, const UserInterface& user) : lpa_(lpa), user_(user) {}

  /// `matching_id` is absent for a download from the default SM-DP+.
  rsp::Result<Download> run(const std::string& address, std::optional<std::string> matching_id,
                            const std::optional<rsp::asn1::Oid>& smdp_oid,
                            bool confirmation_code_required);

 private:
  /// A failure, and the reason with which the session is to be cancelled; none where there is no
  /// session (any more).
  struct Failure {
    rsp::Error error;
    std::optional<rsp::CancelSessionReason> cancel;
  };
  template <class T>
  using Step = std::expected<T, Failure>;

  Step<Download> steps(std::optional<std::string> matching_id,
                       const std::optional<rsp::asn1::Oid>& smdp_oid,
                       bool confirmation_code_required);
  Step<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::optional<rsp::asn1::Oid>& smdp_oid);
  Step<rsp::AuthenticateServerResponse> authenticate_server(
      const rsp::InitiateAuthenticationOk& server, std::optional<std::string> matching_id);
  Step<rsp::AuthenticateClientOk> authenticate_client(rsp::AuthenticateServerResponse response);
  /// Ends the download as the user wants it, unless that is to go on.
  Step<void> agreed(UserInterface::Consent consent, std::string_view path, std::string_view what);
  Step<void> check_policy_rules(const rsp::StoreMetadataRequest& metadata);
  Step<std::optional<rsp::Octets<32>>> confirmation_code_hash(bool required);
  Step<rsp::PrepareDownloadResponse> prepare_download(const rsp::AuthenticateClientOk& client,
                                                      std::optional<rsp::Octets<32>> hash_cc);
  Step<rsp::Bytes> get_bound_profile_package(rsp::PrepareDownloadResponse response);
  Step<void> check_metadata(rsp::BytesView bpp, const rsp::StoreMetadataRequest& announced);
  Step<rsp::ProfileInstallationResult> load(rsp::BytesView bpp);
  Step<Download> conclude(const rsp::ProfileInstallationResult& result,
                          const rsp::StoreMetadataRequest& metadata);

  /// Ends the session on the card and tells the server. What goes wrong here adds nothing to the
  /// first cause.
  void cancel(rsp::CancelSessionReason reason);

  Lpa& lpa_;
  const UserInterface& user_;
  std::string address_;
  rsp::TransactionId transaction_id_;
};

}  // namespace lpa
