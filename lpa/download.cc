#include "lpa/download.h"

#include <fmt/format.h>

#include "rsp/card/store_data.h"
#include "rsp/crypto/bsp.h"
#include "rsp/crypto/digest.h"

namespace lpa {
namespace {

using rsp::CancelSessionReason;
using rsp::Layer;
using rsp::asn1::name_of;

/// How a session ends after a call to the server has failed: both reasons leave the order as it is,
/// so that the user can try again (SGP.22 5.6.5).
CancelSessionReason reason_after(const rsp::Error& error) {
  return error.layer == Layer::kTimeout ? CancelSessionReason::kTimeout
                                        : CancelSessionReason::kPostponed;
}

/// The profile metadata out of the 88 segments, which carry a MAC but are not encrypted.
rsp::Result<rsp::StoreMetadataRequest> metadata_of(rsp::BytesView bpp) {
  RSP_TRY(auto package, rsp::asn1::decode<rsp::BoundProfilePackage>(bpp));
  rsp::Bytes octets;
  for (const rsp::Bytes& segment : package.sequence_of_88) {
    if (segment.size() < rsp::crypto::kBspMacSize) {
      return rsp::failure(rule_error(Layer::kDecode, "", "", "boundProfilePackage.sequenceOf88",
                                     "a metadata segment is shorter than its MAC"));
    }
    rsp::append(octets, rsp::BytesView(segment).first(segment.size() - rsp::crypto::kBspMacSize));
  }
  return rsp::asn1::decode<rsp::StoreMetadataRequest>(octets);
}

bool same_policy_rules(const rsp::StoreMetadataRequest& a, const rsp::StoreMetadataRequest& b) {
  return a.profile_policy_rules.value_or(rsp::asn1::BitString{}) ==
         b.profile_policy_rules.value_or(rsp::asn1::BitString{});
}

/// SGP.22 2.9.2.1: E in a digit of mccMnc stands for any digit; an empty GID for any value, an
/// absent one only for absent.
bool is_for(const rsp::OperatorId& allowed, const rsp::OperatorId& owner) {
  auto digit_fits = [](int wanted, int actual) { return wanted == 0x0E || wanted == actual; };
  for (std::size_t i = 0; i < allowed.mcc_mnc.size(); ++i) {
    std::uint8_t wanted = allowed.mcc_mnc[i], actual = owner.mcc_mnc[i];
    if (!digit_fits(wanted >> 4, actual >> 4) || !digit_fits(wanted & 0x0F, actual & 0x0F))
      return false;
  }
  auto gid_fits = [](const auto& wanted, const auto& actual) {
    return wanted && wanted->empty() ? true : wanted == actual;
  };
  return gid_fits(allowed.gid1, owner.gid1) && gid_fits(allowed.gid2, owner.gid2);
}

/// Whether an entry of the Rules Authorisation Table authorises a rule for the profile's owner.
bool authorises(const rsp::ProfilePolicyAuthorisationRule& entry, unsigned rule,
                const rsp::OperatorId& owner) {
  return entry.ppr_ids.test(rule) &&
         std::ranges::any_of(entry.allowed_operators,
                             [&](const auto& allowed) { return is_for(allowed, owner); });
}

std::string hint_for(rsp::ErrorReason reason) {
  using enum rsp::ErrorReason;
  switch (reason) {
    case kIccidAlreadyExistsOnEuicc:
      return "the profile is on this eUICC already";
    case kInsufficientMemoryForProfile:
      return "delete a profile and try again";
    case kInterruption:
      return "try again";
    case kPeProcessingError:
      return "the eUICC cannot install this profile package; simaResponse says which element";
    case kScp03tSecurityError:
      return "the package was changed on its way, or bound for another eUICC";
    default:
      return "";
  }
}

}  // namespace

rsp::Result<Download> DownloadSession::run(DownloadTarget target) {
  // A root SM-DS may name another SM-DS, which names the SM-DP+; more than that is a circle.
  constexpr int kMostServers = 4;
  for (int servers = 0; servers < kMostServers; ++servers) {
    auto outcome = steps(target);
    if (!outcome) {
      if (outcome.error().cancel) cancel(*outcome.error().cancel);
      return rsp::failure(std::move(outcome).error().error);
    }
    if (auto* done = std::get_if<Download>(&*outcome)) return std::move(*done);
    const Event& event = std::get<Event>(*outcome);
    target = {.address = event.server, .matching_id = event.id};
  }
  return rsp::failure(rule_error(Layer::kServer, "event retrieval", "", "rspServerAddress",
                                 "each SM-DS names another one"));
}

DownloadSession::Step<DownloadSession::Outcome> DownloadSession::steps(
    const DownloadTarget& target) {
  address_ = target.address;
  RSP_TRY(auto server, initiate_authentication(target.smdp_oid));
  bool at_smds = is_smds(server);
  RSP_TRY(auto authenticated, authenticate_server(server, target.matching_id));
  if (at_smds) return next_server(std::move(authenticated));
  RSP_TRY(auto client, authenticate_client(std::move(authenticated)));
  RSP_CHECK(check_policy_rules(client.profile_metadata));
  RSP_CHECK(agreed(user_.consent(client.profile_metadata), "", "the profile"));
  bool cc_required =
      target.confirmation_code_required || client.smdp_signed2.value.cc_required_flag;
  RSP_TRY(auto hash_cc, confirmation_code_hash(cc_required));
  RSP_TRY(auto prepared, prepare_download(client, hash_cc));
  RSP_TRY(rsp::Bytes bpp, get_bound_profile_package(std::move(prepared)));
  RSP_CHECK(check_metadata(bpp, client.profile_metadata));
  RSP_TRY(auto result, load(bpp));
  return conclude(result, client.profile_metadata);
}

DownloadSession::Step<DownloadSession::Outcome> DownloadSession::next_server(
    rsp::AuthenticateServerResponse response) {
  RSP_TRY(auto events, search_events(std::move(response)));
  if (!events.empty()) return events.front();
  return std::unexpected(
      Failure{rule_error(Layer::kServer, "ES11.AuthenticateClient", "", "eventEntries",
                         fmt::format("{} has no event for this eUICC", address_),
                         "the order may be for another EID, or the profile downloaded already"),
              std::nullopt});
}

DownloadSession::Step<rsp::AuthenticateClientOk> DownloadSession::authenticate_client(
    rsp::AuthenticateServerResponse response) {
  constexpr std::string_view step = "ES9+.AuthenticateClient";
  user_.progress({"authenticating the eUICC"});
  auto client = lpa_.es9_.authenticate_client(address_, {transaction_id_, std::move(response), {}},
                                              lpa_.http_deadline());
  if (!client) {
    auto reason = reason_after(client.error());
    return std::unexpected(Failure{std::move(client).error(), reason});
  }
  if (client->transaction_id != transaction_id_ ||
      client->smdp_signed2.value.transaction_id != transaction_id_) {
    return std::unexpected(Failure{rule_error(Layer::kServer, step, "", "transactionId",
                                              "the server answers for another transaction"),
                                   CancelSessionReason::kUndefinedReason});
  }
  return *std::move(client);
}

DownloadSession::Step<void> DownloadSession::agreed(UserInterface::Consent consent,
                                                    std::string_view path, std::string_view what) {
  auto ended = [&](CancelSessionReason reason, std::string text) {
    return std::unexpected(Failure{
        rule_error(Layer::kInput, "end user", name_of(reason), std::string(path), std::move(text)),
        reason});
  };
  switch (consent) {
    case UserInterface::Consent::kYes:
      break;
    case UserInterface::Consent::kNo:
      return ended(CancelSessionReason::kEndUserRejection,
                   fmt::format("the user refused {}", what));
    case UserInterface::Consent::kLater:
      return ended(CancelSessionReason::kPostponed, "the user postponed the download");
  }
  return {};
}

// SGP.22 2.9.2.4 and 3.1.3 step 3: what the card would refuse need not be downloaded.
DownloadSession::Step<void> DownloadSession::check_policy_rules(
    const rsp::StoreMetadataRequest& metadata) {
  if (!metadata.profile_policy_rules || metadata.profile_policy_rules->none()) return {};
  const rsp::asn1::BitString& rules = *metadata.profile_policy_rules;
  auto refused = [](std::string text) {
    return std::unexpected(
        Failure{rule_error(Layer::kServer, "profile policy rules", "pprNotAllowed",
                           "profilePolicyRules", std::move(text)),
                CancelSessionReason::kPprNotAllowed});
  };
  auto table = lpa_.rules_authorisation_table();
  if (!table)
    return std::unexpected(
        Failure{std::move(table).error(), CancelSessionReason::kUndefinedReason});
  rsp::asn1::BitString consent_needed;
  for (unsigned rule : rules.bits()) {
    if (rule == rsp::kPprUpdateControl) continue;
    if (!metadata.profile_owner)
      return refused(fmt::format("a profile with PPR{} must name its owner", rule));
    // The first entry that matches counts.
    auto entry = std::ranges::find_if(
        *table, [&](const auto& row) { return authorises(row, rule, *metadata.profile_owner); });
    if (entry == table->end())
      return refused(
          fmt::format("the eUICC authorises no profile of this operator with PPR{}", rule));
    if (entry->ppr_flags.test(rsp::kConsentRequired)) consent_needed.set(rule);
  }
  if (rules.test(rsp::kPpr1)) {
    auto installed = lpa_.profiles();
    if (!installed)
      return std::unexpected(
          Failure{std::move(installed).error(), CancelSessionReason::kUndefinedReason});
    bool operational = std::ranges::any_of(*installed, [](const rsp::ProfileInfo& info) {
      return info.profile_class.value_or(rsp::ProfileClass::kOperational) ==
             rsp::ProfileClass::kOperational;
    });
    if (operational) return refused("a profile with PPR1 can only be the first operational one");
  }
  if (consent_needed.none()) return {};
  return agreed(user_.policy_consent(consent_needed), "profilePolicyRules",
                "the profile's policy rules");
}

// SGP.22 3.1.3 step 6: SHA-256 over the hash of the code's characters and the TransactionID's
// octets.
DownloadSession::Step<std::optional<rsp::Octets<32>>> DownloadSession::confirmation_code_hash(
    bool required) {
  if (!required) return std::optional<rsp::Octets<32>>();
  auto code = user_.confirmation_code();
  if (!code || code->empty()) {
    return std::unexpected(Failure{
        rule_error(Layer::kInput, "confirmation code", "confirmationCodeMissing", "",
                   "this download needs a confirmation code",
                   "the operator gives it with the activation code; use --confirmation-code"),
        CancelSessionReason::kPostponed});
  }
  auto hash = rsp::crypto::sha256(rsp::view_of(*code));
  return std::optional(rsp::crypto::sha256({hash, transaction_id_}));
}

DownloadSession::Step<rsp::PrepareDownloadResponse> DownloadSession::prepare_download(
    const rsp::AuthenticateClientOk& client, std::optional<rsp::Octets<32>> hash_cc) {
  user_.progress({"preparing the download"});
  rsp::PrepareDownloadRequest request{
      client.smdp_signed2, client.smdp_signature2, hash_cc, client.smdp_certificate, {}};
  auto response = lpa_.es10_.call(request);
  if (!response)
    return std::unexpected(
        Failure{std::move(response).error(), CancelSessionReason::kUndefinedReason});
  if (auto* error = std::get_if<rsp::PrepareDownloadResponseError>(&response->result)) {
    std::string code = name_of(error->download_error_code);
    return std::unexpected(
        Failure{rule_error(Layer::kCard, request.kFunction, code, "",
                           fmt::format("the eUICC does not accept the download: {}", code)),
                CancelSessionReason::kUndefinedReason});
  }
  return *std::move(response);
}

DownloadSession::Step<rsp::Bytes> DownloadSession::get_bound_profile_package(
    rsp::PrepareDownloadResponse response) {
  user_.progress({"downloading the profile package"});
  rsp::GetBoundProfilePackageRequest request{transaction_id_, std::move(response), {}};
  auto package = lpa_.es9_.get_bound_profile_package(address_, request, lpa_.http_deadline());
  // The same again is no other request to the server (SGP.22 3.1.3.2), and a network that fails in
  // the middle of the one large answer is the one that is met most (field fault F77).
  bool lost = !package && (package.error().layer == Layer::kTransport ||
                           package.error().layer == Layer::kTimeout);
  if (lost && lpa_.options_.persistence == Persistence::kUntilDone)
    package = lpa_.es9_.get_bound_profile_package(address_, request, lpa_.http_deadline());
  if (!package) {
    auto reason = reason_after(package.error());
    return std::unexpected(Failure{std::move(package).error(), reason});
  }
  if (package->transaction_id != transaction_id_) {
    return std::unexpected(
        Failure{rule_error(Layer::kServer, "ES9+.GetBoundProfilePackage", "", "transactionId",
                           "the server answers for another transaction"),
                CancelSessionReason::kUndefinedReason});
  }
  return std::move(package->bound_profile_package.der);
}

// SGP.22 3.1.3.2 step 8: what the user agreed to is what gets installed.
DownloadSession::Step<void> DownloadSession::check_metadata(
    rsp::BytesView bpp, const rsp::StoreMetadataRequest& announced) {
  constexpr std::string_view step = "Bound Profile Package";
  auto bound = metadata_of(bpp);
  if (!bound) {
    return std::unexpected(Failure{at_step(std::move(bound).error(), step),
                                   CancelSessionReason::kLoadBppExecutionError});
  }
  if (!same_policy_rules(*bound, announced)) {
    return std::unexpected(
        Failure{rule_error(Layer::kServer, step, "pprNotAllowed", "profilePolicyRules",
                           "the policy rules in the package are not those that were announced"),
                CancelSessionReason::kPprNotAllowed});
  }
  if (rsp::asn1::encode(*bound) != rsp::asn1::encode(announced)) {
    return std::unexpected(
        Failure{rule_error(Layer::kServer, step, "metadataMismatch", "profileMetadata",
                           "the metadata in the package is not what was announced"),
                CancelSessionReason::kMetadataMismatch});
  }
  return {};
}

// SGP.22 3.1.3.3: an answer with data ends the load; a status word that is no success cancels the
// session.
DownloadSession::Step<rsp::ProfileInstallationResult> DownloadSession::load(rsp::BytesView bpp) {
  constexpr std::string_view step = "ES10b.LoadBoundProfilePackage";
  auto failed = [](rsp::Error error) {
    return std::unexpected(Failure{std::move(error), CancelSessionReason::kLoadBppExecutionError});
  };
  auto segments = rsp::card::bpp_segments(bpp);
  if (!segments) return failed(at_step(std::move(segments).error(), step));
  for (std::size_t i = 0; i < segments->size(); ++i) {
    auto done = static_cast<std::size_t>((*segments)[i].data() - bpp.data());
    user_.progress({"installing", done, bpp.size()});
    auto answer = lpa_.es10_.load_segment((*segments)[i]);
    if (!answer) {
      if (auto result = result_on_card()) return *std::move(result);
      answer.error().path = fmt::format("segment {} of {}", i + 1, segments->size());
      return failed(std::move(answer).error());
    }
    if (answer->empty()) continue;
    auto result = rsp::asn1::decode<rsp::ProfileInstallationResult>(*answer);
    if (!result) return failed(at_step(std::move(result).error(), step));
    return *std::move(result);
  }
  return failed(rule_error(Layer::kCard, step, "", "",
                           "the eUICC took the whole package and reported no result"));
}

// The answer to the last segment may be lost on its way while the profile is on the card (field
// fault F10): then the result waits among the notifications, and nowhere else.
std::optional<rsp::ProfileInstallationResult> DownloadSession::result_on_card() {
  if (lpa_.options_.persistence == Persistence::kOnce) return std::nullopt;
  rsp::RetrieveNotificationsListRequest request;
  request.search_criteria = rsp::asn1::BitString{rsp::kNotificationInstall};
  auto response = lpa_.es10_.call(request);
  if (!response) return std::nullopt;
  auto* list = std::get_if<rsp::PendingNotificationList>(&response->result);
  if (list == nullptr) return std::nullopt;
  for (rsp::PendingNotification& pending : *list) {
    auto* result = std::get_if<rsp::ProfileInstallationResult>(&pending);
    if (result != nullptr && result->data.value.transaction_id == transaction_id_)
      return std::move(*result);
  }
  return std::nullopt;
}

DownloadSession::Step<DownloadSession::Outcome> DownloadSession::conclude(
    const rsp::ProfileInstallationResult& result, const rsp::StoreMetadataRequest& metadata) {
  const rsp::ProfileInstallationResultData& data = result.data.value;
  if (auto* success = std::get_if<rsp::SuccessResult>(&data.final_result)) {
    return Download{metadata, success->aid, data.notification_metadata.seq_number};
  }
  auto& error = std::get<rsp::ErrorResult>(data.final_result);
  std::string code = name_of(error.error_reason);
  return std::unexpected(Failure{
      rule_error(
          Layer::kCard, "ES10b.LoadBoundProfilePackage", code, name_of(error.bpp_command_id),
          fmt::format("the installation failed at {}: {}", name_of(error.bpp_command_id), code),
          hint_for(error.error_reason)),
      std::nullopt});  // the result has ended the session
}

}  // namespace lpa
