// Drives the mock SM-DP+ with what a software eUICC really signs, one function at a time, so that a
// test can alter any message on its way.
#pragma once

#include <stdexcept>

#include "lpa/es10_client.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/crypto/digest.h"
#include "tests/world.h"

namespace smdp::testing {

using rsp::CancelSessionReason;
using rsp::asn1::kSequence;
using rsp::asn1::name_of;
using testing_world::World;

/// A value, or the end of the test with what went wrong.
template <class T>
T must(rsp::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  return *std::move(result);
}
template <class T>
T must(Answer<T> answer) {
  if (!answer) throw std::runtime_error(to_string(answer.error()) + " " + answer.error().message);
  return *std::move(answer);
}
template <class Ok, class... Others>
Ok& must_be(std::variant<Others...>& choice) {
  if (!std::holds_alternative<Ok>(choice))
    throw std::runtime_error("the eUICC answered with an error");
  return std::get<Ok>(choice);
}

/// "ok", or the status code.
template <class T>
std::string code_of(const Answer<T>& answer) {
  return answer ? "ok" : to_string(answer.error());
}

/// A confirmation code as PrepareDownload carries it (SGP.22 3.1.3 step 6; C.1 rule 10).
inline rsp::Octets<32> hash_cc(std::string_view code, const rsp::TransactionId& transaction_id) {
  return rsp::crypto::sha256({hash_confirmation_code(code), transaction_id});
}

/// The signature with tag and length, as chained signatures cover it.
inline rsp::Bytes signature_tlv(rsp::BytesView signature) {
  return rsp::asn1::tlv(rsp::kSignatureTag, signature);
}

/// A card and the LPA side of one download, a step a call. `from` steps ask the card, the others
/// the server.
class Device {
 public:
  Device(Smdp& server, sim::Credentials credentials, sim::Persona persona = {})
      : server_(server),
        euicc_(must(sim::Euicc::power_up(std::move(persona), std::move(credentials),
                                         {random_, storage_}))) {}

  sim::Euicc& euicc() { return *euicc_; }
  lpa::Es10Client& es10() { return es10_; }
  template <class Request>
  typename Request::Response call(const Request& request) {
    return must(es10_.call(request));
  }

  // --- What goes to the server, signed by the card ---
  rsp::InitiateAuthenticationRequest initiate_request() {
    auto info = call(rsp::GetEuiccInfo1Request{});
    auto challenge = call(rsp::GetEuiccChallengeRequest{}).euicc_challenge;
    return {challenge, std::string(testing_world::kHost), std::move(info), {}};
  }
  rsp::AuthenticateServerResponse authenticate_server(const rsp::InitiateAuthenticationOk& server,
                                                      std::optional<std::string> matching_id,
                                                      rsp::DeviceInfo device = device_info()) {
    rsp::AuthenticateServerRequest request;
    request.server_signed1 = server.server_signed1;
    request.server_signature1 = server.server_signature1;
    request.euicc_ci_pkid_to_be_used = server.euicc_ci_pkid_to_be_used;
    request.server_certificate = server.server_certificate;
    request.ctx_params1.value = {std::move(matching_id), std::move(device), {}};
    return call(request);
  }
  /// Everything up to AuthenticateClient, which is not called yet.
  rsp::AuthenticateClientRequest client_request(std::optional<std::string> matching_id = "TEST",
                                                rsp::DeviceInfo device = device_info()) {
    auto server = must(server_.initiate_authentication(initiate_request()));
    auto response = authenticate_server(server, std::move(matching_id), std::move(device));
    must_be<rsp::AuthenticateResponseOk>(response.result);
    return {server.transaction_id, std::move(response), {}};
  }
  rsp::GetBoundProfilePackageRequest package_request(
      const rsp::AuthenticateClientOk& client, std::optional<rsp::Octets<32>> hashed_code = {}) {
    auto response = call(rsp::PrepareDownloadRequest{
        client.smdp_signed2, client.smdp_signature2, hashed_code, client.smdp_certificate, {}});
    must_be<rsp::PrepareDownloadResponseOk>(response.result);
    return {client.transaction_id, std::move(response), {}};
  }
  rsp::CancelSessionRequestEs9 cancel_request(const rsp::TransactionId& transaction_id,
                                              CancelSessionReason reason) {
    auto response = call(rsp::CancelSessionRequest{transaction_id, reason, {}});
    must_be<rsp::CancelSessionResponseOk>(response.result);
    return {transaction_id, std::move(response), {}};
  }

  // --- Steps with the server's answer ---
  rsp::AuthenticateClientOk authenticate(std::optional<std::string> matching_id = "TEST") {
    return must(server_.authenticate_client(client_request(std::move(matching_id))));
  }
  rsp::GetBoundProfilePackageOk download(std::optional<std::string> matching_id = "TEST") {
    return must(server_.get_bound_profile_package(package_request(authenticate(matching_id))));
  }
  /// Loads a package. What the card reports, or nothing where it ended without a report.
  std::optional<rsp::ProfileInstallationResult> install(rsp::BytesView bpp) {
    for (rsp::BytesView segment : must(rsp::card::bpp_segments(bpp))) {
      rsp::Bytes answer = must(es10_.load_segment(segment));
      if (!answer.empty()) return must(rsp::asn1::decode<rsp::ProfileInstallationResult>(answer));
    }
    return std::nullopt;
  }
  rsp::ProfileInstallationResult download_and_install(
      std::optional<std::string> matching_id = "TEST") {
    return install(download(std::move(matching_id)).bound_profile_package.der).value();
  }
  /// What waits on the card, in the order of sequence numbers.
  rsp::PendingNotificationList notifications() {
    auto response = call(rsp::RetrieveNotificationsListRequest{});
    return must_be<rsp::PendingNotificationList>(response.result);
  }

  static rsp::DeviceInfo device_info() { return lpa::LpaOptions::default_device_info(); }

 private:
  Smdp& server_;
  rsp::SeededRandom random_{7};
  sim::MemoryStorage storage_;
  std::unique_ptr<sim::Euicc> euicc_;
  lpa::InProcessLink link_{*euicc_};
  lpa::ApduTransport transport_{link_};
  lpa::Es10Client es10_{transport_, {}};
};

/// "success", or the reason for which a load failed.
inline std::string outcome_of(const rsp::ProfileInstallationResult& result) {
  auto* error = std::get_if<rsp::ErrorResult>(&result.data.value.final_result);
  return error == nullptr ? "success" : name_of(error->error_reason);
}

// --- Altering what a card has signed ---

inline rsp::AuthenticateResponseOk& ok_of(rsp::AuthenticateClientRequest& request) {
  return std::get<rsp::AuthenticateResponseOk>(request.authenticate_server_response.result);
}
inline rsp::PrepareDownloadResponseOk& ok_of(rsp::GetBoundProfilePackageRequest& request) {
  return std::get<rsp::PrepareDownloadResponseOk>(request.prepare_download_response.result);
}
inline rsp::CancelSessionResponseOk& ok_of(rsp::CancelSessionRequestEs9& request) {
  return std::get<rsp::CancelSessionResponseOk>(request.cancel_session_response.result);
}

inline void flip(rsp::Bytes& signature) { signature.back() ^= 0x01; }

/// A server with one released order "TEST", and a card.
struct SmdpTest : ::testing::Test {
  void start() {
    if (orders().all().empty()) world.add_order();
    world.start();
    device.emplace(*world.server, testing_world::card_credentials(world.pki), world.persona);
  }
  Smdp& server() { return *world.server; }
  OrderStore& orders() { return world.orders; }
  Order& order(std::string_view matching_id = "TEST") { return *orders().find(matching_id); }
  std::string state(std::string_view matching_id = "TEST") {
    return name_of(order(matching_id).state);
  }
  const rsp::crypto::PrivateKey& euicc_key() const { return world.pki.euicc->key; }

  /// A card with another EID under the same EUM.
  std::unique_ptr<Device> other_device() {
    auto key = rsp::crypto::PrivateKey::generate(euicc_key().curve());
    auto identity = rsp::pki::issue(rsp::pki::euicc_template(kOtherEid, world.clock.now()),
                                    *world.pki.eum, key, world.random);
    auto credentials = must(sim::make_credentials(
        {world.pki.ci.certificate},
        {{identity.certificate, world.pki.eum->certificate, identity.key, {}}}));
    return std::make_unique<Device>(server(), std::move(credentials));
  }

  /// Changes euiccSigned1 and signs it again, as an eUICC would that really said so.
  template <class Change>
  rsp::AuthenticateClientRequest altered(rsp::AuthenticateClientRequest request, Change change) {
    auto& ok = ok_of(request);
    change(ok.euicc_signed1.value);
    sign(ok, euicc_key());
    return request;
  }
  static void sign(rsp::AuthenticateResponseOk& ok, const rsp::crypto::PrivateKey& key) {
    ok.euicc_signed1.der = rsp::asn1::encode_as(kSequence, ok.euicc_signed1.value);
    ok.euicc_signature1 = rsp::to_bytes(key.sign({ok.euicc_signed1.der}));
  }
  /// The same with euiccSigned2, whose signature covers smdpSignature2 too.
  template <class Change>
  rsp::GetBoundProfilePackageRequest altered(rsp::GetBoundProfilePackageRequest request,
                                             const rsp::AuthenticateClientOk& client,
                                             Change change) {
    auto& ok = ok_of(request);
    change(ok.euicc_signed2.value);
    ok.euicc_signed2.der = rsp::asn1::encode_as(kSequence, ok.euicc_signed2.value);
    ok.euicc_signature2 = rsp::to_bytes(
        euicc_key().sign({ok.euicc_signed2.der, signature_tlv(client.smdp_signature2)}));
    return request;
  }
  template <class Change>
  rsp::CancelSessionRequestEs9 altered(rsp::CancelSessionRequestEs9 request, Change change) {
    auto& ok = ok_of(request);
    auto& signed_part = ok.euicc_cancel_session_signed;
    change(signed_part.value);
    signed_part.der = rsp::asn1::encode_as(kSequence, signed_part.value);
    ok.euicc_cancel_session_signature = rsp::to_bytes(euicc_key().sign({signed_part.der}));
    return request;
  }
  template <class Change>
  rsp::ProfileInstallationResult altered(rsp::ProfileInstallationResult result, Change change) {
    change(result.data.value);
    result.data.der =
        rsp::asn1::encode_as(rsp::ProfileInstallationResultData::kTag, result.data.value);
    result.euicc_sign_pir = rsp::to_bytes(euicc_key().sign({result.data.der}));
    return result;
  }

  static constexpr std::string_view kOtherEid = "89049032123451234512345678901334";

  World world;
  std::optional<Device> device;
};

inline const rsp::TransactionId kUnknownTransaction{rsp::Bytes{0xDE, 0xAD}};

}  // namespace smdp::testing
