#include "fake_smdp/smdp.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "fake_smdp/authentication.h"
#include "fake_smdp/es2.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/pki/chain.h"
#include "rsp/saip/package.h"
#include "rsp/saip/summary.h"

namespace smdp {
namespace {

using rsp::StatusCode;
using rsp::asn1::kSequence;
using rsp::asn1::name_of;
using rsp::asn1::seal;
using rsp::crypto::sign;

std::unexpected<StatusCode> unknown_transaction(const rsp::TransactionId& id) {
  return status("8.10.1", "3.9", "", rsp::to_hex(id));
}

rsp::Bytes signature_tlv(rsp::BytesView signature) {
  return rsp::asn1::tlv(rsp::kSignatureTag, signature);
}

/// Free non-volatile memory out of extCardResource (TS 102 226 8.2.1.7.2, tag 82); nothing where it
/// does not say.
std::optional<std::uint64_t> free_memory(const rsp::EuiccInfo2& info) {
  rsp::asn1::Reader resource(info.ext_card_resource);
  while (auto element = resource.next()) {
    if (element->tag == rsp::asn1::context(2) && element->content.size() <= 8)
      return rsp::big_endian(element->content);
  }
  return std::nullopt;
}

}  // namespace

rsp::crypto::Digest hash_confirmation_code(std::string_view code) {
  return rsp::crypto::sha256(rsp::view_of(code));
}

rsp::Result<rsp::StoreMetadataRequest> metadata_for(rsp::BytesView profile_package,
                                                    std::string service_provider_name,
                                                    std::string profile_name, std::string address) {
  RSP_TRY(auto package, rsp::saip::decode_package(profile_package));
  const auto* header = rsp::saip::header_of(package);
  if (header == nullptr) {
    return rsp::failure({.layer = rsp::Layer::kDecode,
                         .path = "header",
                         .text = "the profile package has no header"});
  }
  rsp::StoreMetadataRequest metadata;
  metadata.iccid = rsp::saip::swapped_iccid(*header);
  metadata.service_provider_name = std::move(service_provider_name);
  metadata.profile_name = std::move(profile_name);
  std::vector<rsp::NotificationConfiguration> notifications;
  for (unsigned event :
       {rsp::kNotificationEnable, rsp::kNotificationDisable, rsp::kNotificationDelete}) {
    notifications.push_back({{event}, address, {}});
  }
  metadata.notification_configuration_info = std::move(notifications);
  return metadata;
}

Smdp::Smdp(SmdpConfig config, OrderStore& orders, const rsp::Clock& clock, rsp::Random& random,
           rsp::TraceSink* trace)
    : config_(std::move(config)),
      orders_(orders),
      clock_(clock),
      random_(random),
      trace_(trace),
      sessions_(config_.max_sessions, config_.session_lifetime),
      own_journal_(clock),
      journal_(config_.journal != nullptr ? *config_.journal : own_journal_) {}

// --- ES9+, as callers see it
// --------------------------------------------------------------------------------------

Answer<rsp::InitiateAuthenticationOk> Smdp::initiate_authentication(
    const rsp::InitiateAuthenticationRequest& request) {
  auto answer = initiate(request);
  rsp::TransactionId id = answer ? answer->transaction_id : rsp::TransactionId{};
  return record("initiateAuthentication", id, std::move(answer));
}
Answer<rsp::AuthenticateClientOk> Smdp::authenticate_client(
    const rsp::AuthenticateClientRequest& request) {
  return record("authenticateClient", request.transaction_id, authenticate(request));
}
Answer<rsp::GetBoundProfilePackageOk> Smdp::get_bound_profile_package(
    const rsp::GetBoundProfilePackageRequest& request) {
  return record("getBoundProfilePackage", request.transaction_id, bind(request));
}
Answer<rsp::CancelSessionOk> Smdp::cancel_session(const rsp::CancelSessionRequestEs9& request) {
  return record("cancelSession", request.transaction_id, cancel(request));
}
void Smdp::handle_notification(const rsp::HandleNotificationRequest& request) {
  Order* order = nullptr;
  if (auto* result = std::get_if<rsp::ProfileInstallationResult>(&request.pending_notification)) {
    std::string outcome = handle_result(*result, order);
    remember("handleNotification", result->data.value.transaction_id, order, std::move(outcome));
  } else {
    auto& other = std::get<rsp::OtherSignedNotification>(request.pending_notification);
    std::string outcome = handle_other(other, order);
    remember("handleNotification", {}, order, std::move(outcome));
  }
}

// --- InitiateAuthentication (SGP.22 5.6.1)
// ------------------------------------------------------------------------

Answer<rsp::InitiateAuthenticationOk> Smdp::initiate(
    const rsp::InitiateAuthenticationRequest& request) {
  AuthenticatingServer self{"8.8",
                            config_.addresses,
                            config_.identities,
                            config_.trusted_cis,
                            config_.lowest_svn,
                            config_.highest_svn};
  auto chosen = choose_identity(self, request, [](const rsp::pki::ServerIdentity& identity) {
    return identity.pb.has_value();
  });
  if (!chosen) return std::unexpected(chosen.error());
  Session session;
  session.identity = chosen->identity;
  session.server_challenge = random_.octets<16>();
  session.svn = request.euicc_info1.svn;
  rsp::Challenge server_challenge = session.server_challenge;
  rsp::TransactionId id(rsp::to_bytes(random_.octets<16>()));
  sessions_.begin(id, clock_.now(), std::move(session));
  return sign_initiation(*chosen, request, id, server_challenge, config_.seam);
}

// --- AuthenticateClient (SGP.22 5.6.3)
// ----------------------------------------------------------------------------

Answer<rsp::AuthenticateClientOk> Smdp::authenticate(
    const rsp::AuthenticateClientRequest& request) {
  Session* session = find_session(request.transaction_id);
  if (session == nullptr) return unknown_transaction(request.transaction_id);
  auto* response =
      std::get_if<rsp::AuthenticateResponseOk>(&request.authenticate_server_response.result);
  if (response == nullptr) {
    auto& error =
        std::get<rsp::AuthenticateResponseError>(request.authenticate_server_response.result);
    // Not specified: the status for an eUICC that refused us. 4.2 is "execution error".
    return status("8.1", "4.2",
                  "the eUICC refused the server: " + name_of(error.authenticate_error_code));
  }
  const rsp::EuiccSigned1& signed1 = response->euicc_signed1.value;
  if (signed1.transaction_id != request.transaction_id)
    return unknown_transaction(signed1.transaction_id);
  auto euicc =
      authenticate_euicc(*response, session->server_challenge, config_.trusted_cis, clock_.now());
  if (!euicc) return std::unexpected(euicc.error());
  // Transaction and challenge are no secret: whoever has seen them must not take the session over.
  if (session->euicc_key && session->euicc_certificate != euicc->certificate)
    return status("8.1", "6.1", "the session belongs to another eUICC");
  session->eid = euicc->eid;
  session->euicc_key = std::move(euicc->key);
  session->euicc_certificate = std::move(euicc->certificate);
  if (signed1.euicc_info2.svn != session->svn)
    return status("8.8.3", "3.1", "EUICCInfo1 and EUICCInfo2 differ in svn");
  const std::optional<std::string>& matching_id = signed1.ctx_params1.value.matching_id;
  auto found = find_order(matching_id, session->eid);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (auto checked = check_order(order, signed1.euicc_info2); !checked) {
    report(order, request.transaction_id, rsp::NotificationPoint::kEligibilityCheck,
           checked.error());
    return std::unexpected(checked.error());
  }
  report(order, request.transaction_id, rsp::NotificationPoint::kEligibilityCheck);

  session->stage = Stage::kClientAuthenticated;
  session->order_key = order.key;
  rsp::SmdpSigned2 signed2{
      request.transaction_id, order.confirmation_code_hash.has_value(), std::nullopt, {}};
  if (config_.offers_otpk && order.binding && order.eid == session->eid)
    signed2.bpp_euicc_otpk = order.binding->euicc_otpk;
  auto sealed = seal(kSequence, std::move(signed2));
  auto signature = sign(config_.seam, "smdpSigned2", sealed.der, session->identity->pb->key,
                        signature_tlv(response->euicc_signature1));
  session->smdp_signature2 = rsp::to_bytes(signature);
  return rsp::AuthenticateClientOk{request.transaction_id,
                                   order.metadata,
                                   std::move(sealed),
                                   session->smdp_signature2,
                                   {rsp::to_bytes(session->identity->pb->certificate.der())},
                                   {}};
}

// A default SM-DP+ download has no MatchingID, absent or empty (SGP.22 pitfall H 34). It is the EID
// that is wrong where default orders wait and none is for this eUICC (SGP.23 4.3.14.2.2 case 14).
Answer<Order*> Smdp::find_order(const std::optional<std::string>& matching_id,
                                const rsp::Eid& eid) {
  bool default_download = !matching_id || matching_id->empty();
  Order* order = default_download ? orders_.find_default(eid) : orders_.find(*matching_id);
  if (order == nullptr) {
    bool for_others =
        default_download && std::ranges::any_of(orders_.all(), [](const Order* other) {
          return other->matching_id.empty() && other->is_open();
        });
    return for_others ? status("8.1.1", "3.8", "", rsp::to_hex(eid))
                      : status("8.2.6", "3.8", "", matching_id.value_or(""));
  }
  if (order->eid && *order->eid != eid) return status("8.1.1", "3.8", "", rsp::to_hex(eid));
  return order;
}

Answer<void> Smdp::check_order(Order& order, const rsp::EuiccInfo2& info) {
  if (!order.is_open()) {
    return status("8.2", "1.2", "the order is " + name_of(order.state));
  }
  // SGP.22 3.1.2: what is not eligible ends the order.
  auto fail = [&](std::string_view subject, std::string_view reason, std::string message) {
    order.move_to(OrderState::kError);
    (void)orders_.save(order);
    return status(subject, reason, std::move(message));
  };
  if (order.expires && clock_.now() > *order.expires) return fail("8.8.5", "4.10", "");
  if (order.download_attempts >= config_.max_download_attempts) return fail("8.8.5", "6.4", "");
  ++order.download_attempts;
  if (order.metadata.profile_class == rsp::ProfileClass::kTest &&
      !info.rsp_capability.test(rsp::kTestProfileSupport)) {
    return fail("8.2.5", "4.3", "the eUICC takes no test profiles");
  }
  auto free = free_memory(info);
  if (free && *free < order.profile_package->size()) {
    return fail("8.1", "4.8",
                fmt::format("the eUICC has {} octets free, the profile needs {}", *free,
                            order.profile_package->size()));
  }
  if (!info.rsp_capability.test(rsp::kAdditionalProfile))
    return fail("8.1", "4.8", "the eUICC takes no more profiles");
  (void)orders_.save(order);
  return {};
}

// --- GetBoundProfilePackage (SGP.22 5.6.2)
// ------------------------------------------------------------------------

Answer<rsp::GetBoundProfilePackageOk> Smdp::bind(
    const rsp::GetBoundProfilePackageRequest& request) {
  Session* session = find_session(request.transaction_id);
  if (session == nullptr || session->stage == Stage::kInitiated)
    return unknown_transaction(request.transaction_id);
  auto* response =
      std::get_if<rsp::PrepareDownloadResponseOk>(&request.prepare_download_response.result);
  if (response == nullptr) {
    auto& error =
        std::get<rsp::PrepareDownloadResponseError>(request.prepare_download_response.result);
    return status("8.1", "4.2",
                  "the eUICC refused the download: " + name_of(error.download_error_code));
  }
  const rsp::EuiccSigned2& signed2 = response->euicc_signed2.value;
  if (signed2.transaction_id != request.transaction_id)
    return unknown_transaction(signed2.transaction_id);
  if (!session->euicc_key->verify(
          {response->euicc_signed2.der, signature_tlv(session->smdp_signature2)},
          response->euicc_signature2)) {
    return status("8.1", "6.1", "euiccSignature2 is wrong");
  }
  Order* order = order_of(*session);
  if (order == nullptr || !order->is_open()) return status("8.2", "1.2");
  // Another eUICC may have come first since this one authenticated; the link is made once.
  if (order->eid && *order->eid != session->eid)
    return status("8.1.1", "3.8", "", rsp::to_hex(session->eid));
  if (order->expires && clock_.now() > *order->expires) return status("8.8.5", "4.10");
  if (auto checked = check_confirmation_code(*order, signed2, request.transaction_id); !checked) {
    report(*order, request.transaction_id, rsp::NotificationPoint::kConfirmationFailure,
           checked.error());
    return std::unexpected(checked.error());
  }
  auto package = package_for(*order, *session, signed2);
  if (!package) {
    report(*order, request.transaction_id, rsp::NotificationPoint::kBppDownload, package.error());
    return std::unexpected(package.error());
  }

  session->stage = Stage::kPackageDelivered;
  order->eid = session->eid;
  rsp::Bytes der = encode_to_send(*package);
  order->binding = Binding{request.transaction_id, session->euicc_certificate, signed2.euicc_otpk,
                           std::make_shared<const rsp::BoundProfilePackage>(*std::move(package))};
  order->move_to(OrderState::kDownloaded);
  (void)orders_.save(*order);
  report(*order, request.transaction_id, rsp::NotificationPoint::kBppDownload);
  return rsp::GetBoundProfilePackageOk{request.transaction_id, {std::move(der)}, {}};
}

Answer<void> Smdp::check_confirmation_code(Order& order, const rsp::EuiccSigned2& signed2,
                                           const rsp::TransactionId& transaction_id) {
  if (!order.confirmation_code_hash) return {};
  if (!signed2.hash_cc) return status("8.2.7", "2.2");
  auto expected = rsp::crypto::sha256({*order.confirmation_code_hash, transaction_id});
  if (*signed2.hash_cc == expected) return {};
  ++order.wrong_confirmation_codes;
  bool exceeded = order.wrong_confirmation_codes >= config_.max_wrong_confirmation_codes;
  if (exceeded) order.move_to(OrderState::kError);
  (void)orders_.save(order);
  return status("8.2.7", exceeded ? "6.4" : "3.8");
}

/// A seam changes what is sent and not what is kept for a retry.
rsp::Bytes Smdp::encode_to_send(const rsp::BoundProfilePackage& package) const {
  if (config_.seam == nullptr) return rsp::asn1::encode(package);
  rsp::BoundProfilePackage sent = package;
  config_.seam->bound(sent);
  return rsp::asn1::encode(sent);
}

// SGP.22 3.1.3.2: the eUICC that shows the otPK of the last try again gets the same package, signed
// for this session.
Answer<rsp::BoundProfilePackage> Smdp::package_for(Order& order, const Session& session,
                                                   const rsp::EuiccSigned2& signed2) {
  const auto& last = order.binding;
  const rsp::crypto::PrivateKey& dp_pb = session.identity->pb->key;
  rsp::TransactionId id = signed2.transaction_id;
  if (last && last->package && last->euicc_otpk == signed2.euicc_otpk && order.eid == session.eid) {
    rsp::BoundProfilePackage package = *last->package;
    sign_again(package, id, signed2.euicc_otpk, dp_pb, config_.seam);
    return package;
  }
  if (last && order.eid == session.eid && !config_.rebinds) return status("8.2", "3.7");
  auto package = build_bpp({id, session.eid, signed2.euicc_otpk, dp_pb, session.identity->oid,
                            order.metadata, *order.profile_package, config_.key_mode, config_.seam},
                           random_);
  if (!package) return status("8.1", "6.1", package.error().text);
  return *std::move(package);
}

// --- CancelSession (SGP.22 5.6.5)
// ---------------------------------------------------------------------------------

Answer<rsp::CancelSessionOk> Smdp::cancel(const rsp::CancelSessionRequestEs9& request) {
  Session* session = find_session(request.transaction_id);
  if (session == nullptr) return unknown_transaction(request.transaction_id);
  auto* response =
      std::get_if<rsp::CancelSessionResponseOk>(&request.cancel_session_response.result);
  if (response == nullptr) {
    auto error = std::get<rsp::CancelSessionError>(request.cancel_session_response.result);
    return status("8.1", "4.2", "the eUICC did not cancel: " + name_of(error));
  }
  const rsp::EuiccCancelSessionSigned& cancelled = response->euicc_cancel_session_signed.value;
  if (cancelled.transaction_id != request.transaction_id)
    return unknown_transaction(cancelled.transaction_id);
  // Before AuthenticateClient we do not know the eUICC, so nothing that it signs can be believed.
  if (!session->euicc_key ||
      !session->euicc_key->verify({response->euicc_cancel_session_signed.der},
                                  response->euicc_cancel_session_signature)) {
    return status("8.1", "6.1");
  }
  if (cancelled.smdp_oid != session->identity->oid)
    return status("8.8", "3.10", "", to_string(cancelled.smdp_oid));

  bool retry = cancelled.reason == rsp::CancelSessionReason::kPostponed ||
               cancelled.reason == rsp::CancelSessionReason::kTimeout;
  Order* order = session->stage == Stage::kInitiated ? nullptr : order_of(*session);
  // Where another eUICC came first, the order is no longer this one's to end.
  if (order != nullptr && (!order->eid || *order->eid == session->eid)) {
    order->remember("cancelled: " + name_of(cancelled.reason));
    if (order->is_open()) order->move_to(retry ? OrderState::kReleased : OrderState::kError);
    // Not public: which status stands for which reason (5.3.5).
    report(*order, request.transaction_id, rsp::NotificationPoint::kBppDownload,
           StatusCode{"8.2", "4.2", "", "cancelled: " + name_of(cancelled.reason)});
    if (!retry) withdraw_event(*order, config_.smds);
    (void)orders_.save(*order);
  }
  sessions_.end(request.transaction_id);
  return rsp::CancelSessionOk{};
}

// --- HandleNotification (SGP.22 5.6.4)
// ----------------------------------------------------------------------------

std::string Smdp::handle_result(const rsp::ProfileInstallationResult& result, Order*& order) {
  const rsp::ProfileInstallationResultData& data = result.data.value;
  order = orders_.find_by_transaction(data.transaction_id);
  if (order == nullptr) return "ignored: unknown transaction";
  rsp::Bytes certificate = order->binding->euicc_certificate;
  std::optional<rsp::crypto::PublicKey> key;
  if (Session* session = find_session(data.transaction_id); session != nullptr) {
    key = session->euicc_key;
  } else if (auto parsed = rsp::pki::Certificate::parse(certificate)) {
    if (auto made = parsed->public_key()) key = *made;
  }
  if (!key || !key->verify({result.data.der}, result.euicc_sign_pir))
    return "refused: euiccSignPIR is wrong";
  std::string outcome = "install";
  if (auto* error = std::get_if<rsp::ErrorResult>(&data.final_result)) {
    outcome = fmt::format("install failed: {}, {}", name_of(error->bpp_command_id),
                          name_of(error->error_reason));
    // SGP.22 3.1.6: no way leads from Installed to Error, whatever an eUICC says afterwards.
    if (order->state == OrderState::kInstalled) return "ignored: the profile is installed";
    order->remember(outcome);
    // What is temporary may be tried again (ErrorReason 10 and 11).
    bool temporary = error->error_reason == rsp::ErrorReason::kInsufficientMemoryForProfile ||
                     error->error_reason == rsp::ErrorReason::kInterruption;
    // What was ended by a CancelSession before stays ended.
    if (order->state != OrderState::kError)
      order->move_to(temporary ? OrderState::kReleased : OrderState::kError);
    report(*order, data.transaction_id, rsp::NotificationPoint::kBppInstallation,
           StatusCode{"8.1", "4.2", "", outcome}, rsp::asn1::encode(result));
  } else {
    order->move_to(OrderState::kInstalled);
    report(*order, data.transaction_id, rsp::NotificationPoint::kBppInstallation, {},
           rsp::asn1::encode(result));
  }
  if (!order->is_open()) withdraw_event(*order, config_.smds);
  sessions_.end(data.transaction_id);
  (void)orders_.save(*order);
  return outcome;
}

std::string Smdp::handle_other(const rsp::OtherSignedNotification& notification, Order*& order) {
  auto eum = rsp::pki::Certificate::parse(notification.eum_certificate.der);
  auto euicc = rsp::pki::Certificate::parse(notification.euicc_certificate.der);
  if (!eum || !euicc) return "refused: a certificate cannot be read";
  const auto* ci = config_.trusted_cis.issuer_of(*eum);
  if (ci == nullptr) return "refused: unknown CI";
  if (auto fault = rsp::pki::check_euicc_chain(*euicc, *eum, *ci))
    return "refused: " + fault->problem.text;
  auto key = euicc->public_key();
  if (!key || !key->verify({notification.tbs_other_notification.der},
                           notification.euicc_notification_signature)) {
    return "refused: the signature is wrong";
  }
  const rsp::NotificationMetadata& metadata = notification.tbs_other_notification.value;
  std::string event(rsp::notification_event_name(metadata.profile_management_operation));
  rsp::Eid eid = *rsp::parse_eid(rsp::pki::eid_of(*euicc));  // check_euicc_chain() has seen it
  order = metadata.iccid ? orders_.find_by_iccid(*metadata.iccid, eid) : nullptr;
  if (order == nullptr) return event + ": no order of ours";
  order->remember(event);
  (void)orders_.save(*order);
  return event;
}

// --- Sessions and memory
// ------------------------------------------------------------------------------------------

Order* Smdp::order_of(const Session& session) { return orders_.find_by_key(session.order_key); }

void Smdp::report(const Order& order, const rsp::TransactionId& transaction_id,
                  rsp::NotificationPoint point, std::optional<StatusCode> failed,
                  rsp::BytesView result) const {
  if (config_.operator_of_profiles == nullptr) return;
  rsp::HandleDownloadProgressInfoRequest info;
  if (order.eid) info.eid = rsp::to_hex(*order.eid);
  info.iccid = rsp::from_swapped_bcd(order.metadata.iccid);
  info.profile_type = order.profile_type;
  auto seconds = std::chrono::floor<std::chrono::seconds>(clock_.now());
  info.timestamp = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(seconds));
  info.notification_point_id = static_cast<std::uint32_t>(point);
  if (failed) info.notification_point_status = {"Failed", std::move(failed)};
  if (!result.empty()) info.result_data = rsp::to_base64(result);
  config_.operator_of_profiles->progress(std::move(info), {order.key, transaction_id});
}

template <class T>
Answer<T> Smdp::record(std::string_view function, const rsp::TransactionId& transaction_id,
                       Answer<T> answer) {
  const Session* session = find_session(transaction_id);
  const Order* order =
      session == nullptr ? orders_.find_by_transaction(transaction_id) : order_of(*session);
  remember(function, transaction_id, order, answer ? "ok" : to_string(answer.error()));
  return answer;
}

void Smdp::remember(std::string_view function, const rsp::TransactionId& transaction_id,
                    const Order* order, std::string outcome) {
  JournalEntry& entry = journal_.current();
  entry.interface = "ES9+";
  entry.function = function;
  entry.transaction_id = transaction_id;
  if (order != nullptr) entry.order = order->key;
  entry.outcome = std::move(outcome);
  if (trace_ != nullptr) {
    trace_->event({rsp::TraceKind::kStep,
                   rsp::Party::kServer,
                   rsp::Party::kServer,
                   "ES9+." + entry.function,
                   entry.outcome,
                   {}});
  }
  journal_.end_direct();
}

}  // namespace smdp
