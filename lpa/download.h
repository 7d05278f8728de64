// One profile download with all rules for an LPA (SGP.22 v2, 3.1.2, 3.1.3, 3.0.1).
#pragma once

#include "lpa/session.h"

namespace lpa {

/// What is downloaded from where.
struct DownloadTarget {
  std::string address;
  std::optional<std::string> matching_id;  // absent for a download from the default SM-DP+
  std::optional<rsp::asn1::Oid> smdp_oid;
  bool confirmation_code_required = false;
};

class DownloadSession final : private Session {
 public:
  DownloadSession(Lpa& lpa, const UserInterface& user) : Session(lpa, user) {}

  /// From an SM-DP+, or from the one that an SM-DS at that address names for the MatchingID, which
  /// is an EventID there.
  rsp::Result<Download> run(DownloadTarget target);

 private:
  /// A profile, or where to go on to.
  using Outcome = std::variant<Download, Event>;

  Step<Outcome> steps(const DownloadTarget& target);
  Step<Outcome> next_server(rsp::AuthenticateServerResponse response);
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
  /// The result of this download that waits on the card.
  std::optional<rsp::ProfileInstallationResult> result_on_card();
  Step<Outcome> conclude(const rsp::ProfileInstallationResult& result,
                         const rsp::StoreMetadataRequest& metadata);
};

}  // namespace lpa
