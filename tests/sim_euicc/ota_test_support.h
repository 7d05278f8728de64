// What the tests of commands over the air share: an operator that has the keys of a made profile,
// and a sink that remembers what reached it.
#pragma once

#include <gtest/gtest.h>

#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "sim_euicc/ota/ota_receiver.h"
#include "sim_euicc/ota/remote_script.h"
#include "sim_euicc/ota/update_metadata.h"

namespace sim::ota::testing {

using rsp::Bytes;
using rsp::BytesView;
using rsp::to_hex;
using rsp::operator""_hex;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;
namespace scp80 = rsp::crypto::scp80;

/// ISD-P of the profile under test.
inline Bytes isd_p() { return "A0000005591010FFFFFFFF8900001200"_hex; }

/// The security domain of a profile as `esimbench profile make` writes it: AES keys of version 1,
/// TARs B20100 and 000000, a checksum as the least protection; RFM with TARs of its own.
inline OtaSecurityDomain made_domain() {
  auto package =
      rsp::saip::make_package({.iccid_digits = "8900112233445566778", .imsi = "001010123456789"});
  return mno_security_domain(package.value(), isd_p()).value().value();
}

/// Metadata with both rules and an icon.
inline rsp::StoreMetadataRequest metadata_with_pprs_and_icon() {
  rsp::StoreMetadataRequest metadata;
  metadata.service_provider_name = std::string("Operator");
  metadata.profile_name = std::string("Profile");
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = "89504E47"_hex;
  metadata.profile_policy_rules = rsp::asn1::BitString{rsp::kPpr1, rsp::kPpr2};
  return metadata;
}

/// A profile's metadata behind the rules of update_metadata(), and files that say 9000 to anything.
struct ProfileSink final : CommandSink {
  rsp::StoreMetadataRequest metadata = metadata_with_pprs_and_icon();
  std::size_t updates = 0;
  std::vector<std::string> others;  // AID and command
  ResponseApdu answer{.data = {}, .sw = rsp::card::kOk};

  StatusWord update_metadata(const rsp::UpdateMetadataRequest& request) override {
    auto updated = ota::update_metadata(metadata, request);
    if (!updated) return updated.error();
    metadata = *updated;
    ++updates;
    return rsp::card::kOk;
  }
  ResponseApdu execute(BytesView aid, const CommandApdu& command) override {
    others.push_back(to_hex(aid) + " " + to_hex(command.encode()));
    return answer;
  }
};

/// INSTALL [for personalization] for an application (GlobalPlatform Card
/// Specification, 11.5.2.3.6).
inline CommandApdu install_for_personalization(BytesView aid) {
  Bytes data{0, 0, static_cast<std::uint8_t>(aid.size())};
  rsp::append(data, aid);
  rsp::append(data, Bytes(3));
  return {.cla = 0x80, .ins = 0xE6, .p1 = 0x20, .p2 = 0x00, .data = data, .le = {}};
}

/// STORE DATA blocks of BER-TLV data.
inline std::vector<CommandApdu> store_data(BytesView data, std::size_t block_size = 200) {
  std::vector<CommandApdu> blocks;
  for (std::size_t at = 0; at == 0 || at < data.size(); at += block_size) {
    BytesView block = data.subspan(at, std::min(block_size, data.size() - at));
    blocks.push_back(
        {.cla = 0x80,
         .ins = 0xE2,
         .p1 = at + block.size() == data.size() ? std::uint8_t{0x90} : std::uint8_t{0x10},
         .p2 = static_cast<std::uint8_t>(blocks.size()),
         .data = rsp::to_bytes(block),
         .le = {}});
  }
  return blocks;
}

/// INSTALL [for personalization] that names the ISD-P as a profile does, then STORE DATA.
inline std::vector<CommandApdu> for_isd_p(BytesView data, std::size_t block_size = 200) {
  std::vector<CommandApdu> commands = store_data(data, block_size);
  commands.insert(commands.begin(), install_for_personalization(reserved_isd_p_aid()));
  return commands;
}
inline std::vector<CommandApdu> update_commands(const rsp::UpdateMetadataRequest& request) {
  return for_isd_p(rsp::asn1::encode(request));
}

/// The operator's end.
struct Operator {
  scp80::KeySet keys = made_domain().key_versions.at(1).keys;
  // Checksum, ciphered, counter higher; receipt always, ciphered with checksum, by SMS-SUBMIT.
  scp80::CommandHeader header{.security = scp80::decode_spi({0x16, 0x39}),
                              .kic = 0x12,
                              .kid = 0x12,
                              .tar = {0xB2, 0x01, 0x00}};
  std::uint64_t counter = 0;
  SmsPpSender sender;

  Bytes packet(BytesView script) {
    return scp80::protect_command({header, ++counter, rsp::to_bytes(script)}, keys).value();
  }
  std::vector<Bytes> envelopes(BytesView script) {
    return sms_pp_download(packet(script), sender).value();
  }
  std::vector<Bytes> compact(const std::vector<CommandApdu>& commands) {
    return envelopes(compact_script(commands));
  }
  std::vector<Bytes> expanded(const std::vector<CommandApdu>& commands) {
    return envelopes(expanded_script(commands));
  }

  /// The response in what a card gave, protected as asked.
  rsp::Result<scp80::ResponsePacket> response(const OtaOutcome& outcome) const {
    RSP_TRY(Bytes packet, response_octets(outcome));
    return scp80::unprotect_response(packet, header, keys);
  }
  static rsp::Result<Bytes> response_octets(const OtaOutcome& outcome) {
    if (!outcome.proactive_commands.empty())
      return response_in_short_messages(outcome.proactive_commands);
    return response_in_deliver_report(outcome.envelope.data);
  }
};

/// A profile on a card, with its counters.
struct CardUnderTest {
  OtaSecurityDomain domain = made_domain();
  ProfileSink sink;
  OtaReceiver receiver;

  OtaOutcome receive(BytesView envelope) {
    OtaOutcome outcome = receiver.receive(envelope, domain, sink);
    if (outcome.counter)
      domain.key_versions.at(outcome.counter->key_version).counter = outcome.counter->counter;
    return outcome;
  }
  /// All parts; the outcome of the last.
  OtaOutcome receive(const std::vector<Bytes>& envelopes) {
    OtaOutcome outcome;
    for (const Bytes& envelope : envelopes) outcome = receive(envelope);
    return outcome;
  }
};

}  // namespace sim::ota::testing
