#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/pki/chain.h"
#include "sim_euicc/crl.h"
#include "sim_euicc/event_bits.h"
#include "sim_euicc/isd_r.h"

namespace sim {
namespace {

using rsp::asn1::kSequence;
using rsp::asn1::name_of;
using rsp::asn1::seal;
using rsp::crypto::sign;

/// Content octets of a TS 102 226 extended card resource TLV.
rsp::Bytes number_octets(std::size_t value) {
  rsp::Octets<4> octets;
  for (std::size_t i = 0; i < 4; ++i) octets[3 - i] = static_cast<std::uint8_t>(value >> 8 * i);
  return rsp::to_bytes(octets);
}

bool has_event(const Notification& notification,
               const std::optional<rsp::asn1::BitString>& filter) {
  if (!filter) return true;
  return std::ranges::any_of(filter->bits(), [&](unsigned bit) {
    return notification.metadata.profile_management_operation.test(bit);
  });
}

/// The tag, length and value of a signature, as it stands in the structures that chain signatures.
rsp::Bytes signature_tlv(rsp::BytesView signature) {
  return rsp::asn1::tlv(rsp::kSignatureTag, signature);
}

}  // namespace

// --- Information
// --------------------------------------------------------------------------------------------------

rsp::EuiccInfo2 IsdR::euicc_info2(const Transaction& tx) const {
  rsp::EuiccInfo2 info;
  info.profile_version = persona_.profile_version;
  info.svn = persona_.svn;
  info.euicc_firmware_ver = persona_.firmware_version;
  rsp::asn1::Writer
      resource;  // TS 102 226 8.2.1.7.2: applications, free non-volatile and volatile memory
  resource.primitive(rsp::asn1::context(1),
                     rsp::Bytes{static_cast<std::uint8_t>(tx.state().profiles.size())});
  resource.primitive(rsp::asn1::context(2), number_octets(free_memory(tx)));
  resource.primitive(rsp::asn1::context(3), number_octets(32 * 1024));
  info.ext_card_resource = resource.take();
  info.uicc_capability = {1,  2,  4,  6, 16,
                          17, 19, 20, 22};  // USIM, ISIM, Milenage, TUAK, multiple, BER-TLV, links
  info.ts102241_version = persona_.ts102241_version;
  info.globalplatform_version = persona_.global_platform_version;
  info.rsp_capability.set(rsp::kDeviceInfoExtensibilitySupport);
  if (free_memory(tx) > kIsdPOctets) info.rsp_capability.set(rsp::kAdditionalProfile);
  if (persona_.crl_support) info.rsp_capability.set(rsp::kCrlSupport);
  if (persona_.test_profiles) info.rsp_capability.set(rsp::kTestProfileSupport);
  for (const auto& ci : credentials_.trusted_cis) {
    info.ci_pkid_list_for_verification.push_back(rsp::to_bytes(ci.subject_key_id()));
  }
  for (const SigningIdentity& identity : credentials_.signing) {
    info.ci_pkid_list_for_signing.push_back(identity.ci_pkid);
  }
  info.euicc_category = rsp::EuiccCategory::kMedium;
  info.pp_version = persona_.protection_profile_version;
  info.sas_accreditation_number = persona_.sas_accreditation_number;
  return info;
}

rsp::EuiccInfo1 IsdR::get_euicc_info1(const rsp::GetEuiccInfo1Request&, Transaction& tx) {
  rsp::EuiccInfo2 info = euicc_info2(tx);  // one source for the lists that both must show alike
  return {info.svn,
          std::move(info.ci_pkid_list_for_verification),
          std::move(info.ci_pkid_list_for_signing),
          {}};
}

rsp::EuiccInfo2 IsdR::get_euicc_info2(const rsp::GetEuiccInfo2Request&, Transaction& tx) {
  return euicc_info2(tx);
}

rsp::GetRatResponse IsdR::get_rat(const rsp::GetRatRequest&, Transaction&) {
  return {persona_.rules_authorisation_table, {}};
}

// --- Mutual authentication
// ----------------------------------------------------------------------------------------

// SGP.22 3.1.2 and 5.7.7: a new challenge starts a session and drops the old one with all it held.
rsp::GetEuiccChallengeResponse IsdR::get_euicc_challenge(const rsp::GetEuiccChallengeRequest&,
                                                         Transaction& tx) {
  rsp::Challenge challenge = random_.octets<16>();
  tx.set_load_in_progress(std::nullopt);
  session_ = Challenged{challenge};
  return {.euicc_challenge = challenge};
}

rsp::AuthenticateServerResponse IsdR::authenticate_server(
    const rsp::AuthenticateServerRequest& request, Transaction& tx) {
  auto outcome = authenticate(request, tx);
  if (outcome) return {*std::move(outcome)};
  step("AuthenticateServer refused", name_of(outcome.error()));
  // Not specified: whether the challenge may be answered again. We drop it, so that each is
  // answered once.
  drop_session();
  return {rsp::AuthenticateResponseError{
      request.server_signed1.value.transaction_id, outcome.error(), {}}};
}

// SGP.22 5.7.13, the checks in its order.
IsdR::AuthenticateOutcome IsdR::authenticate(const rsp::AuthenticateServerRequest& request,
                                             const Transaction& tx) {
  using enum rsp::AuthenticateErrorCode;
  const rsp::ServerSigned1& signed1 = request.server_signed1.value;
  auto* challenged = std::get_if<Challenged>(&session_);
  if (challenged == nullptr) return std::unexpected(kNoSessionContext);

  auto certificate = rsp::pki::Certificate::parse(request.server_certificate.der);
  if (!certificate) return std::unexpected(kInvalidCertificate);
  if (!certificate->curve()) return std::unexpected(kUnsupportedCurve);
  const rsp::pki::Certificate* ci = issuer_of(*certificate);
  if (ci == nullptr) return std::unexpected(kCiPkUnknown);
  auto role = rsp::pki::role_of(*certificate);
  if (role != rsp::pki::Role::kDpAuth && role != rsp::pki::Role::kDsAuth)
    return std::unexpected(kInvalidOid);
  if (rsp::pki::check_issued(*certificate, *ci, *role)) return std::unexpected(kInvalidCertificate);
  if (is_revoked(*certificate, *ci, tx.state())) return std::unexpected(kInvalidCertificate);
  auto server_key = certificate->public_key();
  if (!server_key) return std::unexpected(kInvalidCertificate);

  if (!server_key->verify({request.server_signed1.der}, request.server_signature1)) {
    return std::unexpected(kInvalidSignature);
  }
  if (signed1.euicc_challenge != challenged->challenge)
    return std::unexpected(kEuiccChallengeMismatch);
  auto identity = std::ranges::find(credentials_.signing, request.euicc_ci_pkid_to_be_used,
                                    &SigningIdentity::ci_pkid);
  if (identity == credentials_.signing.end()) return std::unexpected(kCiPkUnknown);

  rsp::EuiccSigned1 answer;
  answer.transaction_id = signed1.transaction_id;
  answer.server_address = signed1.server_address;
  answer.server_challenge = signed1.server_challenge;
  answer.euicc_info2 = euicc_info2(tx);
  answer.ctx_params1 = request.ctx_params1;
  auto sealed = seal(kSequence, std::move(answer));
  auto signature = sign(seam_, "euiccSigned1", sealed.der, identity->key);
  session_ =
      Authenticated{signed1.transaction_id, signed1.server_address, certificate->registered_id(),
                    static_cast<std::size_t>(identity - credentials_.signing.begin()), signature};
  return rsp::AuthenticateResponseOk{std::move(sealed),
                                     rsp::to_bytes(signature),
                                     {rsp::to_bytes(identity->euicc.der())},
                                     {rsp::to_bytes(identity->eum.der())},
                                     {}};
}

// --- Download preparation
// -----------------------------------------------------------------------------------------

rsp::PrepareDownloadResponse IsdR::prepare_download(const rsp::PrepareDownloadRequest& request,
                                                    Transaction& tx) {
  std::optional<Authenticated> server;
  if (auto* authenticated = std::get_if<Authenticated>(&session_)) server = *authenticated;
  // A second try in the same session happens after a confirmation code was refused.
  if (auto* prepared = std::get_if<DownloadPrepared>(&session_)) server = prepared->server;
  PrepareOutcome outcome = std::unexpected(rsp::DownloadErrorCode::kNoSessionContext);
  if (server) outcome = prepare(request, *server, tx);
  if (outcome) return {*std::move(outcome)};
  step("PrepareDownload refused", name_of(outcome.error()));
  return {rsp::PrepareDownloadResponseError{
      request.smdp_signed2.value.transaction_id, outcome.error(), {}}};
}

// SGP.22 5.7.5, the checks in its order.
IsdR::PrepareOutcome IsdR::prepare(const rsp::PrepareDownloadRequest& request,
                                   const Authenticated& server, Transaction& tx) {
  using enum rsp::DownloadErrorCode;
  const rsp::SmdpSigned2& signed2 = request.smdp_signed2.value;

  auto certificate = rsp::pki::Certificate::parse(request.smdp_certificate.der);
  if (!certificate) return std::unexpected(kInvalidCertificate);
  auto curve = certificate->curve();
  if (!curve) return std::unexpected(kUnsupportedCurve);
  const rsp::pki::Certificate* ci = issuer_of(*certificate);
  if (ci == nullptr || rsp::pki::check_issued(*certificate, *ci, rsp::pki::Role::kDpPb)) {
    return std::unexpected(kInvalidCertificate);
  }
  if (is_revoked(*certificate, *ci, tx.state())) return std::unexpected(kInvalidCertificate);
  // CERT.DPauth and CERT.DPpb must belong to one SM-DP+.
  if (certificate->registered_id() != server.smdp_oid) return std::unexpected(kInvalidCertificate);
  auto key = certificate->public_key();
  if (!key) return std::unexpected(kInvalidCertificate);

  if (!key->verify({request.smdp_signed2.der, signature_tlv(server.euicc_signature1)},
                   request.smdp_signature2)) {
    return std::unexpected(kInvalidSignature);
  }
  if (signed2.transaction_id != server.transaction_id)
    return std::unexpected(kInvalidTransactionId);
  // Not specified: the code for a hash that is missing; there is none of its own.
  if (signed2.cc_required_flag && !request.hash_cc) return std::unexpected(kUndefinedError);

  rsp::crypto::PrivateKey otsk = otpk_for(signed2, server, *curve, tx);
  rsp::EuiccSigned2 answer;
  answer.transaction_id = signed2.transaction_id;
  answer.euicc_otpk = rsp::to_bytes(otsk.public_key().point());
  if (signed2.cc_required_flag) answer.hash_cc = request.hash_cc;
  auto sealed = seal(kSequence, std::move(answer));
  auto signature =
      sign(seam_, "euiccSigned2", sealed.der, credentials_.signing[server.signing_identity].key,
           signature_tlv(request.smdp_signature2));
  session_ = DownloadPrepared{server, *std::move(key), std::move(otsk)};
  return rsp::PrepareDownloadResponseOk{std::move(sealed), rsp::to_bytes(signature), {}};
}

rsp::crypto::PrivateKey IsdR::otpk_for(const rsp::SmdpSigned2& signed2, const Authenticated& server,
                                       rsp::crypto::Curve curve, Transaction& tx) {
  const auto& unused = tx.state().unused_otpk;
  bool offered = signed2.bpp_euicc_otpk && unused && unused->smdp_oid == server.smdp_oid &&
                 unused->key.curve() == curve &&
                 rsp::equal(*signed2.bpp_euicc_otpk, unused->key.public_key().point());
  if (offered) return unused->key;
  auto key = rsp::crypto::PrivateKey::generate(curve);
  tx.set_unused_otpk(UnusedOtpk{server.smdp_oid, key});
  return key;
}

// SGP.22 5.7.14.
rsp::CancelSessionResponse IsdR::cancel_session(const rsp::CancelSessionRequest& request,
                                                Transaction& tx) {
  const Authenticated* server = nullptr;
  if (auto* authenticated = std::get_if<Authenticated>(&session_)) server = authenticated;
  if (auto* prepared = std::get_if<DownloadPrepared>(&session_)) server = &prepared->server;
  if (auto* installing = std::get_if<Installing>(&session_)) server = &installing->server;
  if (server == nullptr || server->transaction_id != request.transaction_id) {
    return {rsp::CancelSessionError::kInvalidTransactionId};
  }

  rsp::EuiccCancelSessionSigned answer{
      request.transaction_id, server->smdp_oid, request.reason, {}};
  auto sealed = seal(kSequence, std::move(answer));
  auto signature = sign(seam_, "euiccCancelSessionSigned", sealed.der,
                        credentials_.signing[server->signing_identity].key);
  tx.set_load_in_progress(std::nullopt);
  drop_session();

  return {rsp::CancelSessionResponseOk{std::move(sealed), rsp::to_bytes(signature), {}}};
}

// --- Notifications
// ------------------------------------------------------------------------------------------------

rsp::ListNotificationResponse IsdR::list_notification(const rsp::ListNotificationRequest& request,
                                                      Transaction& tx) {
  rsp::NotificationMetadataList list;
  for (const auto& [number, notification] : tx.state().notifications) {
    if (has_event(notification, request.profile_management_operation))
      list.push_back(notification.metadata);
  }
  return {std::move(list)};
}

rsp::RetrieveNotificationsListResponse IsdR::retrieve_notifications_list(
    const rsp::RetrieveNotificationsListRequest& request, Transaction& tx) {
  const std::uint32_t* wanted = nullptr;
  std::optional<rsp::asn1::BitString> filter;
  if (request.search_criteria) {
    wanted = std::get_if<std::uint32_t>(&*request.search_criteria);
    if (wanted == nullptr) filter = std::get<rsp::asn1::BitString>(*request.search_criteria);
  }
  rsp::PendingNotificationList list;
  for (const auto& [number, notification] : tx.state().notifications) {
    if (wanted != nullptr ? number != *wanted : !has_event(notification, filter)) continue;
    if (auto pending = pending_notification(notification, credentials_))
      list.push_back(*std::move(pending));
  }
  return {std::move(list)};
}

rsp::NotificationSentResponse IsdR::remove_notification_from_list(
    const rsp::NotificationSentRequest& request, Transaction& tx) {
  if (!tx.state().notifications.contains(request.seq_number)) {
    return {.delete_notification_status = rsp::DeleteNotificationStatus::kNothingToDelete};
  }
  tx.erase_notification(request.seq_number);
  return {.delete_notification_status = rsp::DeleteNotificationStatus::kOk};
}

std::size_t IsdR::notifications_of(const Profile& profile, rsp::NotificationBit event) {
  if (!profile.metadata.notification_configuration_info) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      *profile.metadata.notification_configuration_info,
      [&](const auto& configured) { return configured.profile_management_operation.test(event); }));
}

// Not specified: what a card does whose notifications nobody fetches. Results of loads give way,
// the others do not; where those fill the room, what would make another one is refused.
bool IsdR::can_notify(std::size_t count, const Transaction& tx) const {
  auto stay = std::ranges::count_if(tx.state().notifications, [](const auto& entry) {
    return !entry.second.is_installation_result();
  });
  return static_cast<std::size_t>(stay) + count <= persona_.max_notifications;
}

// SGP.22 3.5: where memory is full, the oldest result of a load may go.
void IsdR::make_room_for_notification(std::size_t octets, Transaction& tx) const {
  auto full = [&] {
    const NonVolatile& state = tx.state();
    bool many = state.notifications.size() >= persona_.max_notifications;
    return many || (octets > 0 && state.memory_used() + octets > persona_.memory);
  };
  while (full()) {
    auto oldest = std::ranges::find_if(tx.state().notifications, [](const auto& entry) {
      return entry.second.is_installation_result();
    });
    if (oldest == tx.state().notifications.end()) return;
    tx.erase_notification(oldest->first);
  }
}

void IsdR::notify(const Profile& profile, rsp::NotificationBit event, Transaction& tx) {
  if (!profile.metadata.notification_configuration_info) return;
  const SigningIdentity& identity = credentials_.signing.front();
  for (const auto& configured : *profile.metadata.notification_configuration_info) {
    if (!configured.profile_management_operation.test(event)) continue;
    make_room_for_notification(0, tx);
    rsp::NotificationMetadata metadata{tx.take_sequence_number(),
                                       {event},
                                       configured.notification_address,
                                       profile.metadata.iccid,
                                       {}};
    auto sealed = seal(rsp::NotificationMetadata::kTag, metadata);
    if (persona_.quirks.event_bits_with_zeros) add_event_zeros(sealed.der);
    auto signature = sign(seam_, "tbsOtherNotification", sealed.der, identity.key);
    OtherNotificationRecord record{std::move(sealed), rsp::to_bytes(signature), 0};
    tx.put_notification({std::move(metadata), share(rsp::asn1::encode(record))});
  }
}

}  // namespace sim
