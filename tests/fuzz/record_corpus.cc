// Records sessions with the card of the fuzz targets and writes them as seeds: whole downloads, a
// switch with REFRESH, deletion, memory reset, the file system and its PINs, AUTHENTICATE, CRLs.
// Since keys and random numbers of the harness are always the same, a recorded session runs again
// as it was.
//
// Usage: fuzz_record_corpus FOLDER    writes FOLDER/TARGET/recorded-NAME; removes nothing
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/milenage.h"
#include "rsp/crypto/scp80.h"
#include "rsp/messages/all.h"
#include "rsp/pki/crl_issuer.h"
#include "rsp/saip/profile_maker.h"
#include "sim_euicc/ota/remote_script.h"
#include "sim_euicc/ota/sms_pp.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/card.h"

namespace {

using fuzz::Card;
using fuzz::Start;
using rsp::Bytes;
using rsp::BytesView;
using rsp::operator""_hex;

std::filesystem::path corpus;

void write(std::string_view target, std::string_view name, BytesView octets) {
  auto folder = corpus / target;
  std::filesystem::create_directories(folder);
  std::ofstream out(folder / ("recorded-" + std::string(name)), std::ios::binary);
  out.write(reinterpret_cast<const char*>(octets.data()),
            static_cast<std::streamsize>(octets.size()));
}

/// Plays a session and writes what was sent.
template <class Session>
void record(std::string_view name, Start start, std::uint8_t persona, Session session) {
  Card& card = fuzz::card_in(start, persona);
  card.record();
  session(card);
  write("apdu_stream", name, fuzz::stream_of(start, persona, card.take_recorded()));
}

void send(Card& card, std::initializer_list<std::string_view> commands) {
  for (std::string_view command : commands) card.transmit(rsp::from_hex(command).value());
}

template <class Request>
typename Request::Response call(Card& card, const Request& request) {
  auto answer = card.store_data(rsp::asn1::encode(request));
  auto response = rsp::asn1::decode<typename Request::Response>(answer.data);
  return response ? *std::move(response) : typename Request::Response{};
}

// --- Sessions ---

Bytes prepare(Card& card) {
  auto challenge = call(card, rsp::GetEuiccChallengeRequest{}).euicc_challenge;
  auto authenticated = call(card, fuzz::Server::authenticate_server(challenge));
  auto* server_ok = std::get_if<rsp::AuthenticateResponseOk>(&authenticated.result);
  fuzz::require(server_ok != nullptr, "the card takes a good server");
  auto response = call(card, fuzz::Server::prepare_download(server_ok->euicc_signature1));
  auto* ok = std::get_if<rsp::PrepareDownloadResponseOk>(&response.result);
  fuzz::require(ok != nullptr, "the card prepares a good download");
  return ok->euicc_signed2.value.euicc_otpk;
}

void download(Card& card, unsigned profile, fuzz::KeyMode mode) {
  auto segments =
      fuzz::Server::segments(fuzz::plan_for(profile, mode), prepare(card), card.euicc().eid());
  for (const Bytes& segment : segments) card.store_data(segment);
}

template <class Request>
void switch_profile(Card& card, unsigned profile, bool refresh) {
  Request request;
  request.profile_identifier = fuzz::iccid(profile);
  request.refresh_flag = refresh;
  call(card, request);
}

constexpr std::string_view kTerminalProfile = "8010000014FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";
constexpr std::string_view kUsim = "00A4040410A0000000871002FF01FF018900000100";

void answer_refresh(Card& card) {
  send(card, {"801200000B", "8012000000", "801400000C810301010482028281830100"});
}

void notifications(Card& card) {
  call(card, rsp::ListNotificationRequest{});
  call(card, rsp::RetrieveNotificationsListRequest{});
  for (std::uint32_t number : {1, 2, 3, 4}) {
    rsp::NotificationSentRequest sent;
    sent.seq_number = number;
    call(card, sent);
  }
}

void information(Card& card) {
  call(card, rsp::GetEuiccInfo1Request{});
  call(card, rsp::GetEuiccInfo2Request{});
  call(card, rsp::EuiccConfiguredAddressesRequest{});
  call(card, rsp::GetRatRequest{});
  call(card, rsp::GetEuiccDataRequest{});
  call(card, rsp::ProfileInfoListRequest{});
}

/// RAND and AUTN for the made profile, with a sequence number.
Bytes authenticate_data(std::uint8_t sqn_octet) {
  rsp::saip::ProfileParameters parameters;
  auto milenage = rsp::crypto::Milenage::create(parameters.k, parameters.opc).value();
  rsp::crypto::Rand rand;
  rand.fill(0x23);
  rsp::crypto::Sqn sqn{0, 0, 0, 0, 0, sqn_octet};
  rsp::crypto::Amf amf{0x80, 0x00};
  auto keys = milenage.f2345(rand);
  Bytes autn;
  for (std::size_t i = 0; i < sqn.size(); ++i)
    autn.push_back(static_cast<std::uint8_t>(sqn[i] ^ keys.ak[i]));
  rsp::append(autn, amf);
  rsp::append(autn, milenage.f1(rand, sqn, amf));
  return rsp::concat({Bytes{0x10}, rand, Bytes{0x10}, autn});
}

void authenticate(Card& card) {
  send(card, {kUsim});
  for (std::uint8_t sqn : {0x20, 0x40, 0x20}) {
    Bytes data = authenticate_data(sqn);
    card.transmit(rsp::concat(
        {"00880081"_hex, Bytes{static_cast<std::uint8_t>(data.size())}, data, Bytes{0}}));
  }
  send(card, {"00C0000000", "0084000008", "0084000000"});
}

void file_system(Card& card) {
  send(card, {"00A40004023F0000", "00A4000C022FE2", "00B000000A",         "00A4000C022F00",
              "00B2010400",       "00A4000C022F06", "00B2010426",         kUsim,
              "00A40004026F0700", "00B0000009",     "00A4080C047FFF6F07", "00B000000000",
              "00A40004026F0800", "80F2000000",     "80F2000C00",         "80F2010000",
              "00A4000C026F42",   "00B2010400",     "00A2010402FFFF",     "00B0870000"});
}

void pins(Card& card) {
  send(card, {"0020000A083535353535353535", "00A4000C022F05", "00D60000026565", "00B0000000",
              "002800010830303030FFFFFFFF", "002000010831313131FFFFFFFF", "0020000100",
              "002400011030303030FFFFFFFF31323334FFFFFFFF", "002600010831323334FFFFFFFF",
              "002C000110313131313131313130303030FFFFFFFF", "0004000000", "0044000000", kUsim,
              "00A4000C026F3B", "00DC010404FFFFFFFF", "002000810830303030FFFFFFFF"});
}

void toolkit(Card& card) {
  send(card, {"80AA000005A903830107", kTerminalProfile, "80C200000AD6088202828119010300",
              "8012000000", "80C2000005D303820202"});
  Bytes script = sim::ota::compact_script(std::vector<rsp::card::CommandApdu>{
      {.cla = 0x00, .ins = 0xA4, .p1 = 0, .p2 = 0, .data = "3F00"_hex, .le = {}}});
  rsp::crypto::scp80::CommandHeader header{.security = rsp::crypto::scp80::decode_spi({0x16, 0x39}),
                                           .kic = 0x12,
                                           .kid = 0x12,
                                           .tar = {0xB2, 0x01, 0x00}};
  rsp::crypto::scp80::Key key{.value = "000102030405060708090A0B0C0D0E0F"_hex};
  auto packet = rsp::crypto::scp80::protect_command({header, 1, script}, {key, key});
  auto envelopes = sim::ota::sms_pp_download(packet.value()).value();
  for (const Bytes& envelope : envelopes)
    card.transmit(
        rsp::concat({"80C20000"_hex, Bytes{static_cast<std::uint8_t>(envelope.size())}, envelope}));
  for (const Bytes& envelope : envelopes)
    write("ota_packet", "envelope",
          rsp::concat({Bytes{0, 0, static_cast<std::uint8_t>(envelope.size())}, envelope}));
  write("ota_packet", "header", rsp::concat({Bytes{1}, "16391212B2010001"_hex, script}));
  write("ota_packet", "compact-script", rsp::concat({Bytes{2}, script}));
  Bytes expanded = sim::ota::expanded_script(std::vector<rsp::card::CommandApdu>{
      {.cla = 0x80, .ins = 0xE2, .p1 = 0x90, .p2 = 0, .data = "BF2A00"_hex, .le = {}}});
  write("ota_packet", "expanded-script", rsp::concat({Bytes{2}, expanded}));
  write("ota_packet", "response",
        rsp::concat({Bytes{3}, "000E0AB201000000000001000000000000"_hex}));
}

void sessions() {
  record("first-download", Start::kNew, 0, [](Card& card) {
    download(card, 1, fuzz::KeyMode::kSessionKeys);
    switch_profile<rsp::EnableProfileRequest>(card, 1, false);
  });
  record("download-random-keys", Start::kInstalled, 1,
         [](Card& card) { download(card, 3, fuzz::KeyMode::kRandomKeys); });
  record("enable-with-refresh", Start::kInstalled, 0, [](Card& card) {
    send(card, {kTerminalProfile});
    switch_profile<rsp::EnableProfileRequest>(card, 2, true);
    answer_refresh(card);
    notifications(card);
  });
  record("disable-and-delete", Start::kInstalled, 0, [](Card& card) {
    switch_profile<rsp::DisableProfileRequest>(card, 1, false);
    rsp::DeleteProfileRequest remove;
    remove.profile_identifier = fuzz::iccid(1);
    call(card, remove);
    notifications(card);
  });
  record("memory-reset", Start::kInstalled, 0, [](Card& card) {
    rsp::EuiccMemoryResetRequest reset;
    for (unsigned bit : {0, 1, 2}) reset.reset_options.set(bit);
    call(card, reset);
    information(card);
  });
  record("information", Start::kInstalled, 2, information);
  record("notifications", Start::kInstalled, 0, notifications);
  record("cancel", Start::kNew, 0, [](Card& card) {
    prepare(card);
    rsp::CancelSessionRequest cancel;
    cancel.transaction_id = fuzz::Server::transaction_id();
    call(card, cancel);
  });
  record("file-system", Start::kInstalled, 0, file_system);
  record("file-system-t0", Start::kInstalled, 1, file_system);
  record("file-system-lenient", Start::kInstalled, 2, file_system);
  record("no-profile", Start::kNew, 20, file_system);
  record("pins", Start::kPinEnabled, 0, pins);
  record("authenticate", Start::kInstalled, 0, authenticate);
  record("toolkit", Start::kInstalled, 20, toolkit);
  record("refresh-pending", Start::kSwitchPending, 0, answer_refresh);
  record("refresh-fetched", Start::kRefreshFetched, 3, answer_refresh);
  record("channels", Start::kChannels, 0, [](Card& card) {
    send(card, {"02B0870000", "03E2910003BF2000", "01E2910003BF2D00", "40CA005A00", "0070800200",
                "0070000000", "02A40004023F0000"});
  });
}

// --- One layer at a time ---

void requests() {
  auto one = [](std::string_view name, Start start, BytesView der) {
    write("es10_request", name,
          rsp::concat({Bytes{static_cast<std::uint8_t>(start), 0, 255}, der}));
  };
  rsp::AllMessages::for_each([&]<class M>() {
    if constexpr (requires {
                    typename M::Response;
                    M::kFunction;
                  }) {
      one(M::kName, Start::kInstalled, rsp::asn1::encode(M{}));
    }
  });
  // The challenge that a card gives first in this state.
  Card& card = fuzz::card_in(Start::kInstalled, 0);
  auto challenge = call(card, rsp::GetEuiccChallengeRequest{}).euicc_challenge;
  Bytes get = rsp::asn1::encode(rsp::GetEuiccChallengeRequest{});
  auto request = fuzz::Server::authenticate_server(challenge);
  one("authenticate", Start::kInstalled, rsp::concat({get, rsp::asn1::encode(request)}));
  Card& other = fuzz::card_in(Start::kAuthenticated, 0);
  auto* session = std::get_if<sim::Authenticated>(&other.euicc().session());
  if (session != nullptr)
    one("prepare", Start::kAuthenticated,
        rsp::asn1::encode(fuzz::Server::prepare_download(session->euicc_signature1)));
  rsp::EnableProfileRequest enable;
  enable.profile_identifier = fuzz::iccid(2);
  one("enable", Start::kInstalled, rsp::asn1::encode(enable));
  rsp::DeleteProfileRequest remove;
  remove.profile_identifier = fuzz::iccid(2);
  one("delete", Start::kInstalled, rsp::asn1::encode(remove));
  rsp::SetNicknameRequest nickname;
  nickname.iccid = fuzz::iccid(1);
  nickname.profile_nickname = std::string("Name");
  one("nickname", Start::kInstalled, rsp::asn1::encode(nickname));
}

Bytes bpp(std::uint8_t flags, std::uint8_t piece, const fuzz::BppPlan& plan) {
  Bytes keys = (flags & 2) != 0 ? plan.replace_keys.value_or(Bytes{}) : Bytes{};
  return rsp::concat({Bytes{flags, piece}, keys, plan.configure, plan.metadata, plan.package});
}

void packages() {
  auto session = fuzz::plan_for(3, fuzz::KeyMode::kSessionKeys);
  auto random = fuzz::plan_for(3, fuzz::KeyMode::kRandomKeys);
  write("bpp", "session-keys", bpp(0, 255, session));
  write("bpp", "random-keys", bpp(1, 255, random));
  write("bpp", "keys-given", bpp(3, 255, random));
  write("bpp", "interrupted", bpp(0x30, 250, session));
  // A package that ends at once, for what comes before it.
  session.package = rsp::to_bytes(BytesView(session.package).first(64));
  write("bpp", "cut-short", bpp(0x10, 20, session));
  session.package = "AA07A0058000810101"_hex;
  write("bpp", "end-only", bpp(0, 255, session));
  session.metadata.resize(40);
  write("bpp", "bad-metadata", bpp(0, 255, session));
  write("upp", "made", fuzz::profile_package(1));
}

void lists() {
  auto one = [](std::string_view name, const rsp::pki::CrlTemplate& list) {
    write("crl", name, rsp::concat({Bytes{1}, rsp::pki::issue_crl_der(list, fuzz::pki().ci)}));
  };
  auto list = rsp::pki::crl_template(fuzz::today(), 8);
  one("empty", list);
  one("revoking", list.revoking(fuzz::pki().dp_auth->certificate));
  one("part", list.as_part(1, 3));
  one("delta", list.as_delta(7));
  write("crl", "unsigned", rsp::concat({Bytes{0}, rsp::pki::issue_crl_der(list, fuzz::pki().ci)}));
}

void frames() {
  write("vpcd_frame", "power-and-apdu", "030001010001040005000FA4000C0001020001000000"_hex);
  write("vpcd_frame", "cut-short", "01FFFF00A4"_hex);
}

void tlvs() {
  write("tlv", "request", "BF3E035C015A"_hex);
  write("tlv", "nested", "BF3811300F8010000102030405060708090A0B0C0D0E0F5F37820002AABB"_hex);
  write("tlv", "indefinite", "30800201010000"_hex);
  write("tlv", "long-tag", "7F8180010102"_hex);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", arguments[0]);
    return 2;
  }
  corpus = arguments[1];
  sessions();
  requests();
  packages();
  lists();
  frames();
  tlvs();
}
