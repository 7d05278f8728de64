#include "tests/fuzz/support/server.h"

#include <chrono>
#include <map>

#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "tests/fuzz/support/cheap_ec.h"

namespace fuzz {
namespace {

using rsp::append;
using rsp::Bytes;
using rsp::BytesView;
using rsp::asn1::constructed_tlv;
using rsp::asn1::context;

constexpr std::string_view kAddress = rsp::pki::kTestDpHost;

/// Tag and length of a constructed element around this content.
Bytes header_of(rsp::asn1::Tag tag, const Bytes& content) {
  Bytes whole = constructed_tlv(tag, content);
  return {whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(content.size())};
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

template <class Protect>
std::vector<Bytes> protect(BytesView octets, std::size_t piece, Protect one) {
  std::vector<Bytes> out;
  for (std::size_t at = 0; at < octets.size(); at += piece)
    out.push_back(one(octets.subspan(at, std::min(piece, octets.size() - at))));
  return out;
}

const rsp::crypto::PrivateKey& otsk() {
  static const auto key = [] {
    restart_keys(500);
    return rsp::crypto::PrivateKey::generate(rsp::crypto::Curve::kNistP256);
  }();
  return key;
}

}  // namespace

rsp::Clock::TimePoint today() {
  return rsp::Clock::TimePoint(std::chrono::sys_days(std::chrono::year_month_day(
      std::chrono::year(2026), std::chrono::month(1), std::chrono::day(1))));
}

const rsp::pki::TestPki& pki() {
  static const rsp::pki::TestPki made = [] {
    restart_keys(1);
    rsp::SeededRandom random(1);
    return rsp::pki::make_test_pki(rsp::crypto::Curve::kNistP256, today(), random);
  }();
  return made;
}

std::string iccid_digits(unsigned number) {
  return "898821100000000001" + std::to_string(number % 10) + "0";
}

rsp::Iccid iccid(unsigned number) {
  rsp::Iccid out;
  std::ranges::copy(rsp::to_swapped_bcd(iccid_digits(number), 10).value(), out.begin());
  return out;
}

const Bytes& profile_package(unsigned number) {
  static std::map<unsigned, Bytes> made;
  Bytes& package = made[number];
  if (package.empty()) {
    rsp::saip::ProfileParameters parameters;
    parameters.iccid_digits = iccid_digits(number);
    parameters.imsi = "001010000000001";
    package = rsp::saip::make_profile(parameters).value();
  }
  return package;
}

rsp::StoreMetadataRequest metadata_for(unsigned number) {
  rsp::StoreMetadataRequest metadata;
  metadata.iccid = iccid(number);
  metadata.service_provider_name = std::string("Provider");
  metadata.profile_name = std::string("Profile");
  metadata.notification_configuration_info.emplace();
  for (unsigned event : {rsp::kNotificationInstall, rsp::kNotificationEnable,
                         rsp::kNotificationDisable, rsp::kNotificationDelete})
    metadata.notification_configuration_info->push_back({{event}, std::string(kAddress), {}});
  return metadata;
}

BppPlan plan_for(unsigned profile, KeyMode mode) {
  BppPlan plan;
  rsp::DpProprietaryData data{pki().dp_pb->certificate.registered_id(), {}};
  plan.configure = rsp::asn1::encode(rsp::ConfigureIsdpRequest{data, {}});
  plan.metadata = rsp::asn1::encode(metadata_for(profile));
  plan.random_keys.initial_mac_chaining_value.fill(0x01);
  plan.random_keys.enc.fill(0x02);
  plan.random_keys.mac.fill(0x03);
  if (mode == KeyMode::kRandomKeys) {
    plan.replace_keys = rsp::asn1::encode(
        rsp::ReplaceSessionKeysRequest{Bytes(16, 0x01), Bytes(16, 0x02), Bytes(16, 0x03)});
  }
  plan.package = profile_package(profile);
  return plan;
}

const rsp::TransactionId& Server::transaction_id() {
  static const rsp::TransactionId id{Bytes(16, 0xA5)};
  return id;
}

rsp::AuthenticateServerRequest Server::authenticate_server(const rsp::Challenge& challenge) {
  rsp::Challenge server_challenge;
  server_challenge.fill(0x5C);
  rsp::AuthenticateServerRequest request;
  request.server_signed1 = rsp::asn1::seal(
      rsp::asn1::kSequence,
      rsp::ServerSigned1{transaction_id(), challenge, std::string(kAddress), server_challenge, {}});
  request.server_signature1 = rsp::to_bytes(pki().dp_auth->key.sign({request.server_signed1.der}));
  request.euicc_ci_pkid_to_be_used = rsp::to_bytes(pki().ci.certificate.subject_key_id());
  request.server_certificate.der = rsp::to_bytes(pki().dp_auth->certificate.der());
  return request;
}

rsp::PrepareDownloadRequest Server::prepare_download(BytesView euicc_signature1) {
  rsp::PrepareDownloadRequest request;
  request.smdp_signed2 = rsp::asn1::seal(
      rsp::asn1::kSequence, rsp::SmdpSigned2{transaction_id(), false, std::nullopt, {}});
  request.smdp_signature2 = rsp::to_bytes(pki().dp_pb->key.sign(
      {request.smdp_signed2.der, rsp::asn1::tlv(rsp::kSignatureTag, euicc_signature1)}));
  request.smdp_certificate.der = rsp::to_bytes(pki().dp_pb->certificate.der());
  return request;
}

std::vector<Bytes> Server::segments(const BppPlan& plan, BytesView euicc_otpk,
                                    const rsp::Eid& eid) {
  rsp::InitialiseSecureChannelRequest initialise;
  initialise.transaction_id = transaction_id();
  initialise.control_ref_template = {Bytes{0x88}, Bytes{0x10}, Bytes(16, 0x48)};
  initialise.smdp_otpk = rsp::to_bytes(otsk().public_key().point());
  initialise.smdp_sign =
      rsp::to_bytes(pki().dp_pb->key.sign({rsp::smdp_sign_input(initialise, euicc_otpk)}));
  auto peer = rsp::crypto::PublicKey::from_point(otsk().curve(), euicc_otpk).value();
  rsp::crypto::Bsp bsp(rsp::crypto::derive_bsp_keys(otsk().agree(peer).value(),
                                                    initialise.control_ref_template.host_id, eid));

  Bytes begin = rsp::asn1::encode(initialise);
  Bytes configure = constructed_tlv(context(0), bsp.encrypt_and_mac(0x87, plan.configure));
  auto metadata = protect(plan.metadata, plan.piece,
                          [&](BytesView piece) { return bsp.mac_only(0x88, piece); });
  std::optional<Bytes> keys;
  if (plan.replace_keys) {
    keys = constructed_tlv(context(2), bsp.encrypt_and_mac(0x87, *plan.replace_keys));
    bsp = rsp::crypto::Bsp(plan.random_keys);
  }
  auto package = protect(plan.package, plan.piece,
                         [&](BytesView piece) { return bsp.encrypt_and_mac(0x86, piece); });

  Bytes metadata_content = joined(metadata), package_content = joined(package);
  Bytes content = joined({begin, configure, constructed_tlv(context(1), metadata_content),
                          keys.value_or(Bytes{}), constructed_tlv(context(3), package_content)});
  std::vector<Bytes> out{joined({header_of(rsp::BoundProfilePackage::kTag, content), begin}),
                         configure, header_of(context(1), metadata_content)};
  out.insert(out.end(), metadata.begin(), metadata.end());
  if (keys) out.push_back(*keys);
  out.push_back(header_of(context(3), package_content));
  out.insert(out.end(), package.begin(), package.end());
  return out;
}

}  // namespace fuzz
