#include "euicc_test_support.h"

#include <fmt/format.h>

namespace sim::testing {
namespace {

using rsp::asn1::constructed_tlv;
using rsp::asn1::context;
using rsp::asn1::kSequence;
using rsp::asn1::seal;

/// Tag and length of a constructed element around this content.
Bytes header_of(rsp::asn1::Tag tag, const Bytes& content) {
  Bytes whole = constructed_tlv(tag, content);
  return {whole.begin(), whole.end() - static_cast<std::ptrdiff_t>(content.size())};
}

Bytes joined(const std::vector<Bytes>& parts) {
  Bytes out;
  for (const Bytes& part : parts) rsp::append(out, part);
  return out;
}

std::vector<Bytes> pieces(BytesView octets, std::size_t size) {
  std::vector<Bytes> out;
  for (std::size_t at = 0; at < octets.size(); at += size) {
    out.push_back(rsp::to_bytes(octets.subspan(at, std::min(size, octets.size() - at))));
  }
  return out;
}

}  // namespace

std::string iccid_digits(unsigned number) { return fmt::format("89882110000000000{:02}", number); }

rsp::Iccid iccid(unsigned number) {
  rsp::Iccid out;
  std::ranges::copy(rsp::to_swapped_bcd(iccid_digits(number), 10).value(), out.begin());
  return out;
}

rsp::StoreMetadataRequest metadata_for(unsigned number) {
  rsp::StoreMetadataRequest metadata;
  metadata.iccid = iccid(number);
  metadata.service_provider_name = std::string("Provider");
  metadata.profile_name = fmt::format("Profile {}", number);
  metadata.notification_configuration_info.emplace();
  for (unsigned event :
       {rsp::kNotificationEnable, rsp::kNotificationDisable, rsp::kNotificationDelete}) {
    metadata.notification_configuration_info->push_back({{event}, std::string(kHost), {}});
  }
  return metadata;
}

Bytes package_for(const rsp::StoreMetadataRequest& metadata) {
  std::string iccid = rsp::from_swapped_bcd(metadata.iccid);
  if (!metadata.profile_owner) return testing_world::make_profile(iccid);
  // The IMSI of the owner's network; MNCs of three digits are not needed here.
  std::string digits = rsp::from_swapped_bcd(metadata.profile_owner->mcc_mnc);
  std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  return testing_world::make_profile(iccid, digits + std::string(15 - digits.size(), '1'));
}

rsp::OperatorId test_operator() { return {{0x00, 0xF1, 0x10}, std::nullopt, std::nullopt, {}}; }

// --- Bound Profile Packages ---

std::vector<Bytes> Bpp::segments() const {
  Bytes metadata_content = joined(metadata), package_content = joined(package);
  Bytes configure_list = constructed_tlv(context(0), configure);
  std::optional<Bytes> keys_list;
  if (keys) keys_list = constructed_tlv(context(2), *keys);
  Bytes content =
      joined({initialise, configure_list, constructed_tlv(context(1), metadata_content),
              keys_list.value_or(Bytes{}), constructed_tlv(context(3), package_content)});

  std::vector<Bytes> out;
  out.push_back(joined({header_of(rsp::BoundProfilePackage::kTag, content), initialise}));
  out.push_back(configure_list);
  out.push_back(header_of(context(1), metadata_content));
  out.insert(out.end(), metadata.begin(), metadata.end());
  if (keys_list) out.push_back(*keys_list);
  out.push_back(header_of(context(3), package_content));
  out.insert(out.end(), package.begin(), package.end());
  return out;
}

Dp::Dp(const rsp::pki::TestPki& pki)
    : auth(*pki.dp_auth),
      pb(*pki.dp_pb),
      ci_pkid(rsp::to_bytes(pki.ci.certificate.subject_key_id())),
      otsk(rsp::crypto::PrivateKey::generate(pb.key.curve())) {}

rsp::AuthenticateServerRequest Dp::authenticate_server(const rsp::Challenge& challenge) const {
  rsp::AuthenticateServerRequest request;
  rsp::Challenge server_challenge;
  server_challenge.fill(0x5C);
  request.server_signed1 =
      seal(kSequence, rsp::ServerSigned1{transaction_id, challenge, address, server_challenge, {}});
  request.server_signature1 = rsp::to_bytes(auth.key.sign({request.server_signed1.der}));
  request.euicc_ci_pkid_to_be_used = ci_pkid;
  request.server_certificate.der = rsp::to_bytes(auth.certificate.der());
  request.ctx_params1.value = {matching_id, lpa::LpaOptions::default_device_info(), {}};
  return request;
}

rsp::PrepareDownloadRequest Dp::prepare_download(const rsp::AuthenticateResponseOk& euicc) const {
  rsp::PrepareDownloadRequest request;
  rsp::SmdpSigned2 signed2{transaction_id, confirmation_code_required, std::nullopt, {}};
  if (offered_otpk) signed2.bpp_euicc_otpk = *offered_otpk;
  request.smdp_signed2 = seal(kSequence, std::move(signed2));
  request.smdp_signature2 =
      rsp::to_bytes(pb.key.sign({request.smdp_signed2.der, signature_tlv(euicc.euicc_signature1)}));
  request.hash_cc = hash_cc;
  request.smdp_certificate.der = rsp::to_bytes(pb.certificate.der());
  return request;
}

BppPlan Dp::plan(const rsp::StoreMetadataRequest& metadata, BytesView package,
                 smdp::KeyMode mode) const {
  BppPlan plan;
  plan.initialise.transaction_id = transaction_id;
  plan.initialise.control_ref_template = {Bytes{0x88}, Bytes{0x10}, Bytes(16, 0x48)};
  plan.initialise.smdp_otpk = rsp::to_bytes(otsk.public_key().point());
  rsp::DpProprietaryData data{pb.certificate.registered_id(), {}};
  plan.configure = rsp::asn1::encode(rsp::ConfigureIsdpRequest{data, {}});
  plan.metadata = pieces(rsp::asn1::encode(metadata), rsp::crypto::kMaxMacOnlyPlaintext);
  if (mode == smdp::KeyMode::kRandomKeys) {
    plan.random_keys.initial_mac_chaining_value.fill(0x01);
    plan.random_keys.enc.fill(0x02);
    plan.random_keys.mac.fill(0x03);
    plan.keys = rsp::asn1::encode(
        rsp::ReplaceSessionKeysRequest{Bytes(16, 0x01), Bytes(16, 0x02), Bytes(16, 0x03)});
  }
  plan.package = pieces(package, rsp::crypto::kMaxEncryptedPlaintext);
  return plan;
}

Bpp Dp::protect(BppPlan plan, BytesView euicc_otpk, const rsp::Eid& eid) const {
  plan.initialise.smdp_sign =
      rsp::to_bytes(pb.key.sign({rsp::smdp_sign_input(plan.initialise, euicc_otpk)}));
  auto peer = rsp::crypto::PublicKey::from_point(otsk.curve(), euicc_otpk).value();
  rsp::crypto::Bsp bsp(rsp::crypto::derive_bsp_keys(
      otsk.agree(peer).value(), plan.initialise.control_ref_template.host_id, eid));

  Bpp bpp;
  bpp.initialise = rsp::asn1::encode(plan.initialise);
  bpp.configure = bsp.encrypt_and_mac(0x87, plan.configure);
  for (const Bytes& piece : plan.metadata) bpp.metadata.push_back(bsp.mac_only(0x88, piece));
  if (plan.keys) {
    bpp.keys = bsp.encrypt_and_mac(0x87, *plan.keys);
    bsp = rsp::crypto::Bsp(plan.random_keys);
  }
  for (const Bytes& piece : plan.package) bpp.package.push_back(bsp.encrypt_and_mac(0x86, piece));
  return bpp;
}

// --- The card ---

void Bench::power_cycle() {
  power_up();
  channel_.reset();
}

std::string Bench::apdu(std::string_view command) {
  return to_hex(transmit(rsp::from_hex(command).value()));
}

Bytes Bench::transmit(BytesView command) {
  rsp::card::Card& card = road != nullptr ? *road : *euicc;
  Bytes response = card.transmit(command);
  if (response.empty()) throw PowerLost{};
  return response;
}

Reply Bench::command(BytesView octets, std::size_t block_size) {
  if (!channel_) {
    std::string opened = apdu("0070000001");
    EXPECT_EQ(opened.size(), 6U) << opened;
    channel_ = opened.substr(1, 1);
    std::string aid = to_hex(persona.isd_r_aid);
    EXPECT_EQ(apdu(fmt::format("0{}A4040C{:02X}{}", *channel_, aid.size() / 2, aid)).substr(0, 1),
              "9");
  }
  std::uint8_t number = static_cast<std::uint8_t>(channel_->front() - '0');
  auto send = [&](rsp::card::CommandApdu block) {
    block.cla = rsp::card::cla_on_channel(block.cla, number);
    auto response = rsp::card::ResponseApdu::parse(transmit(block.encode())).value();
    return Reply{std::move(response.data), response.sw.value()};
  };
  Reply reply;
  auto blocks = rsp::card::store_data_blocks(octets, block_size).value();
  for (auto& block : blocks) {
    reply = send(std::move(block));
    while (reply.sw >> 8 == 0x61) {
      std::uint16_t left = (reply.sw & 0xFF) == 0 ? 256 : reply.sw & 0xFF;
      Reply more = send({0x00, rsp::card::kGetResponseIns, 0, 0, {}, left});
      rsp::append(reply.data, more.data);
      reply.sw = more.sw;
    }
    if (reply.sw != 0x9000) return reply;
  }
  return reply;
}

std::string Bench::command(std::string_view octets, std::size_t block_size) {
  Reply reply = command(rsp::from_hex(octets).value(), block_size);
  return fmt::format("{}{:04X}", to_hex(reply.data), reply.sw);
}

// --- Sessions ---

rsp::Challenge Bench::challenge() { return call(rsp::GetEuiccChallengeRequest{}).euicc_challenge; }

std::string Bench::authenticate_server(const rsp::AuthenticateServerRequest& request) {
  auto response = call(request);
  if (auto* error = std::get_if<rsp::AuthenticateResponseError>(&response.result)) {
    return name_of(error->authenticate_error_code);
  }
  authenticated = std::get<rsp::AuthenticateResponseOk>(std::move(response.result));
  return "ok";
}

std::string Bench::prepare_download(const rsp::PrepareDownloadRequest& request) {
  auto response = call(request);
  if (auto* error = std::get_if<rsp::PrepareDownloadResponseError>(&response.result)) {
    return name_of(error->download_error_code);
  }
  prepared = std::get<rsp::PrepareDownloadResponseOk>(std::move(response.result));
  return "ok";
}

std::string Bench::cancel_session(const rsp::TransactionId& transaction_id,
                                  rsp::CancelSessionReason reason) {
  auto response = call(rsp::CancelSessionRequest{transaction_id, reason, {}});
  if (auto* error = std::get_if<rsp::CancelSessionError>(&response.result)) return name_of(*error);
  cancelled = std::get<rsp::CancelSessionResponseOk>(std::move(response.result));
  return "ok";
}

void Bench::authenticate(const Dp& dp) {
  EXPECT_EQ(authenticate_server(dp.authenticate_server(challenge())), "ok");
}

void Bench::prepare(const Dp& dp) {
  authenticate(dp);
  EXPECT_EQ(prepare_download(dp.prepare_download(authenticated)), "ok");
}

std::string Bench::load(const std::vector<Bytes>& segments) {
  result.reset();
  result_der.clear();
  for (const Bytes& segment : segments) {
    Reply reply = command(segment);
    if (reply.sw != 0x9000) return fmt::format("{:04X}", reply.sw);
    if (reply.data.empty()) continue;
    auto decoded = rsp::asn1::decode<rsp::ProfileInstallationResult>(reply.data);
    if (!decoded) return "no result: " + to_hex(reply.data);
    result_der = std::move(reply.data);
    result = *std::move(decoded);
    return outcome_of(*result);
  }
  return "waiting";
}

Bpp Bench::bind(const Dp& dp, const BppPlan& plan) {
  prepare(dp);
  return dp.protect(plan, prepared.euicc_signed2.value.euicc_otpk, euicc->eid());
}

rsp::Aid Bench::install(const rsp::StoreMetadataRequest& metadata) {
  Dp dp(pki);
  EXPECT_EQ(load(bind(dp, dp.plan(metadata, package_for(metadata))).segments()), "installed");
  auto* success =
      result ? std::get_if<rsp::SuccessResult>(&result->data.value.final_result) : nullptr;
  return success != nullptr ? rsp::Aid(success->aid) : rsp::Aid{};
}

// --- Profiles and notifications ---

std::string Bench::enable(const rsp::ProfileIdentifier& profile) {
  return name_of(call(rsp::EnableProfileRequest{profile, false, {}}).enable_result);
}
std::string Bench::disable(const rsp::ProfileIdentifier& profile) {
  return name_of(call(rsp::DisableProfileRequest{profile, false, {}}).disable_result);
}
std::string Bench::remove(const rsp::ProfileIdentifier& profile) {
  return name_of(call(rsp::DeleteProfileRequest{profile}).delete_result);
}
std::string Bench::memory_reset(const rsp::asn1::BitString& options) {
  return name_of(call(rsp::EuiccMemoryResetRequest{options, {}}).reset_result);
}

std::vector<std::string> Bench::profiles() {
  std::vector<std::string> out;
  auto response = call(rsp::ProfileInfoListRequest{});
  for (const auto& info : std::get<rsp::ProfileInfoList>(response.result)) {
    out.push_back(rsp::from_swapped_bcd(*info.iccid) + " " + name_of(*info.profile_state));
  }
  return out;
}

std::vector<std::string> Bench::notifications() {
  std::vector<std::string> out;
  auto response = call(rsp::ListNotificationRequest{});
  for (const auto& metadata : std::get<rsp::NotificationMetadataList>(response.result)) {
    out.push_back(fmt::format("{} {}", metadata.seq_number,
                              rsp::notification_event_name(metadata.profile_management_operation)));
  }
  return out;
}

rsp::PendingNotificationList Bench::pending() {
  return std::get<rsp::PendingNotificationList>(
      call(rsp::RetrieveNotificationsListRequest{}).result);
}

std::string Bench::remove_notification(std::uint32_t number) {
  return name_of(call(rsp::NotificationSentRequest{number, {}}).delete_notification_status);
}

// --- Judging ---

::testing::AssertionResult signed_by(BytesView certificate, rsp::crypto::MessageParts parts,
                                     BytesView signature) {
  auto parsed = rsp::pki::Certificate::parse(certificate);
  if (!parsed) return ::testing::AssertionFailure() << parsed.error().message();
  if (!parsed->public_key()->verify(parts, signature)) {
    return ::testing::AssertionFailure() << "the signature is wrong";
  }
  return ::testing::AssertionSuccess();
}

Bytes signature_tlv(BytesView signature) { return rsp::asn1::tlv(rsp::kSignatureTag, signature); }

std::string outcome_of(const rsp::ProfileInstallationResult& result) {
  auto* error = std::get_if<rsp::ErrorResult>(&result.data.value.final_result);
  if (error == nullptr) return "installed";
  return name_of(error->bpp_command_id) + ": " + name_of(error->error_reason);
}

namespace {

/// What has changed in a profile since it was installed.
std::string text_of(const ProfileData& data) {
  std::string out;
  for (const auto& [path, file] : data.files) {
    out += fmt::format(" {} {} {} grown {};", path,
                       file.content ? to_hex(*file.content) : "as installed", file.lcsi.value_or(0),
                       file.grown.value_or(0));
  }
  for (const PinData& pin : data.codes.pins) {
    out += fmt::format(" PIN {}/{:02X} {} {} left {};", pin.pin_set, pin.reference,
                       to_hex(pin.value), pin.attempts_left, pin.enabled ? "enabled" : "disabled");
  }
  for (const PukData& puk : data.codes.puks)
    out += fmt::format(" PUK {:02X} {} left;", puk.reference, puk.attempts_left);
  for (const auto& [path, sqn] : data.sequence_numbers) {
    out += " sequence numbers of " + path;
    for (const auto& one : sqn.sqn) out += " " + to_hex(one);
    out += ";";
  }
  return out.empty() ? out : "has changed:" + out + "\n";
}

}  // namespace

std::string text_of(const NonVolatile& memory) {
  std::string out;
  for (const auto& [aid, profile] : memory.profiles) {
    out += fmt::format("profile {} {} {} '{}' {} octets\n", to_hex(aid),
                       rsp::from_swapped_bcd(profile.metadata.iccid), name_of(profile.state),
                       profile.nickname, profile.package->size());
  }
  for (const auto& [number, notification] : memory.notifications) {
    auto result = notification.installation_result();
    out += fmt::format(
        "notification {} {}\n", number,
        result ? outcome_of(*result)
               : rsp::notification_event_name(notification.metadata.profile_management_operation));
  }
  for (const auto& [aid, data] : memory.data) {
    std::string changed = text_of(data);
    if (!changed.empty()) out += to_hex(aid) + " " + changed;
  }
  const auto& [next_number, address, pending_switch, before_test] = memory.settings;
  if (pending_switch) {
    out += fmt::format("a switch to {} is pending\n",
                       pending_switch->enable ? to_hex(*pending_switch->enable) : "nothing");
  }
  if (before_test) out += fmt::format("{} ran before\n", to_hex(*before_test));
  for (const auto& [key, crl] : memory.crls) {
    out += fmt::format("{} {} octets\n", key, crl.der().size());
  }
  out += fmt::format("next number {}, default SM-DP+ '{}', one-time key {}, load {}\n", next_number,
                     address, memory.unused_otpk ? "kept" : "none",
                     memory.load_in_progress ? "begun" : "none");
  return out;
}

std::string exact_text_of(const NonVolatile& memory) {
  std::string out = text_of(memory);
  for (const auto& [aid, profile] : memory.profiles) {
    out += fmt::format(
        "profile {} package {} metadata {} {}\n", to_hex(aid),
        to_hex(rsp::crypto::sha256(*profile.package)), to_hex(rsp::asn1::encode(profile.metadata)),
        profile.dp_proprietary_data
            ? to_hex(rsp::asn1::encode_as(rsp::asn1::context(24), *profile.dp_proprietary_data))
            : "");
  }
  for (const auto& [number, notification] : memory.notifications)
    out += fmt::format("notification {} {}\n", number, to_hex(*notification.record));
  for (const auto& [key, crl] : memory.crls) out += key + " " + to_hex(crl.der()) + "\n";
  for (const auto& [aid, data] : memory.data)
    out += fmt::format("{} counters {}\n", to_hex(aid), to_hex(rsp::asn1::encode(data.ota)));
  if (memory.unused_otpk) {
    out += fmt::format("one-time key {} for {}\n",
                       to_hex(memory.unused_otpk->key.public_key().point()),
                       rsp::asn1::to_string(memory.unused_otpk->smdp_oid));
  }
  return out;
}

void remove_notifications(Bench& card) {
  while (!card.euicc->memory().notifications.empty())
    ASSERT_EQ(card.remove_notification(card.euicc->memory().notifications.begin()->first), "ok");
}

}  // namespace sim::testing
