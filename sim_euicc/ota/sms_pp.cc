#include "sim_euicc/ota/sms_pp.h"

#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"

namespace sim::ota {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Result;
using rsp::asn1::context;
using rsp::asn1::Element;
using rsp::asn1::private_use;
using rsp::asn1::Reader;
using rsp::asn1::Tag;

// BER-TLV templates and the numbers of COMPREHENSION-TLV tags (ETSI TS 101 220, 7.2).
constexpr Tag kSmsPpDownload = private_use(17), kProactiveCommand = private_use(16);  // D1, D0
constexpr std::uint32_t kCommandDetails = 0x01, kDeviceIdentities = 0x02, kAddress = 0x06,
                        kSmsTpdu = 0x0B;
constexpr std::uint8_t kDeviceUicc = 0x81, kDeviceNetwork = 0x83;
constexpr std::uint8_t kSendShortMessage = 0x13;

/// (U)SIM Data Download, and 8-bit data of class 2: for the card (TS 31.115, 4.2).
constexpr std::uint8_t kDataDownload = 0x7F, kClass2 = 0xF6;

/// The user data header of a response packet in one short message.
constexpr rsp::Octets<3> kResponseHeader{0x02, kResponsePacketIdentifier, 0x00};

std::unexpected<rsp::Error> bad(std::string_view path, std::string text) {
  return rsp::failure({.layer = rsp::Layer::kDecode,
                       .step = "SMS-PP",
                       .path = std::string(path),
                       .text = std::move(text)});
}

/// The elements of a template by their numbers, whether comprehension is required (80) or not.
Result<std::map<std::uint32_t, BytesView>> comprehension_tlvs(BytesView content) {
  std::map<std::uint32_t, BytesView> elements;
  for (Reader reader(content); !reader.at_end();) {
    auto element = reader.next();
    if (!element) return bad("", std::string(element.error()));
    if (!elements.emplace(element->tag.number, element->content).second)
      return bad(to_string(element->tag, false), "comes twice");
  }
  return elements;
}

Result<BytesView> single(Tag tag, std::string_view name, BytesView input) {
  Reader reader(input);
  auto element = reader.next_if(tag);
  if (!element) return bad(name, "is missing");
  if (!reader.at_end()) return bad(name, "has octets after its end");
  return element->content;
}

/// The TPDU of a template in which the device identities are as expected.
Result<BytesView> tpdu_in(BytesView content, std::uint8_t source, std::uint8_t destination) {
  RSP_TRY(auto elements, comprehension_tlvs(content));
  auto devices = elements.find(kDeviceIdentities), tpdu = elements.find(kSmsTpdu);
  if (devices == elements.end()) return bad("device identities", "is missing");
  if (!rsp::equal(devices->second, Bytes{source, destination}))
    return bad("device identities", "does not name network and UICC");
  if (tpdu == elements.end()) return bad("SMS TPDU", "is missing");
  return tpdu->second;
}

Bytes device_identities(std::uint8_t source, std::uint8_t destination) {
  return rsp::asn1::tlv(context(kDeviceIdentities), Bytes{source, destination});
}

/// A template of CAT: its tag says nothing of being constructed (TS 101 220, 7.2).
Bytes cat_template(Tag tag, std::initializer_list<BytesView> elements) {
  return rsp::asn1::tlv(tag, rsp::concat(elements));
}

Bytes send_command(const ShortMessage& message) {
  constexpr std::uint8_t kNumber = 0x01, kNoPacking = 0x00;
  return cat_template(
      kProactiveCommand,
      {rsp::asn1::tlv(context(kCommandDetails), Bytes{kNumber, kSendShortMessage, kNoPacking}),
       device_identities(kDeviceUicc, kDeviceNetwork),
       rsp::asn1::tlv(context(kSmsTpdu), encode_sms_submit(message))});
}

}  // namespace

Result<ShortMessage> parse_sms_pp_download(BytesView envelope) {
  RSP_TRY(BytesView content, single(kSmsPpDownload, "SMS-PP DOWNLOAD", envelope));
  RSP_TRY(BytesView tpdu, tpdu_in(content, kDeviceNetwork, kDeviceUicc));
  return parse_sms_deliver(tpdu);
}

bool has_command_packet(const ShortMessage& message) {
  return message.element(kCommandPacketIdentifier) != nullptr;
}

std::optional<Bytes> deliver_report(BytesView response_packet) {
  if (response_packet.size() > kMaxUserData - kResponseHeader.size()) return std::nullopt;
  return rsp::concat({kResponseHeader, response_packet});
}

Result<std::vector<Bytes>> send_short_message(BytesView address, BytesView response_packet,
                                              std::uint8_t reference) {
  // Not specified: TP-PID and TP-DCS of a proof of receipt. An ordinary message of 8-bit data.
  ShortMessage message{.address = rsp::to_bytes(address),
                       .protocol_identifier = 0x00,
                       .data_coding_scheme = kClass2,
                       .header = {{kResponsePacketIdentifier, {}}},
                       .user_data = rsp::to_bytes(response_packet)};
  RSP_TRY(auto parts, split_message(message, reference, ReferenceWidth::kOneOctet));
  std::vector<Bytes> commands;
  for (const ShortMessage& part : parts) commands.push_back(send_command(part));
  return commands;
}

Result<std::vector<Bytes>> sms_pp_download(BytesView command_packet, const SmsPpSender& sender) {
  ShortMessage message{.address = sender.originating_address,
                       .protocol_identifier = kDataDownload,
                       .data_coding_scheme = kClass2,
                       .header = {{kCommandPacketIdentifier, {}}},
                       .user_data = rsp::to_bytes(command_packet)};
  RSP_TRY(auto parts, split_message(message, sender.reference, sender.width));
  std::vector<Bytes> envelopes;
  for (const ShortMessage& part : parts)
    envelopes.push_back(sms_pp_envelope(encode_sms_deliver(part, sender.time_stamp)));
  return envelopes;
}

Bytes sms_pp_envelope(BytesView tpdu) {
  constexpr rsp::Octets<6> kServiceCentre{0x91, 0x55, 0x55, 0x55, 0x00, 0xF0};
  return cat_template(kSmsPpDownload,
                      {device_identities(kDeviceNetwork, kDeviceUicc),
                       rsp::asn1::tlv(rsp::asn1::universal(kAddress), kServiceCentre),
                       rsp::asn1::tlv(context(kSmsTpdu), tpdu)});
}

Result<Bytes> response_in_deliver_report(BytesView answer) {
  if (answer.size() < kResponseHeader.size() ||
      !rsp::equal(answer.first(kResponseHeader.size()), kResponseHeader))
    return bad("SMS-DELIVER-REPORT", "does not begin with the header of a response packet");
  return rsp::to_bytes(answer.subspan(kResponseHeader.size()));
}

Result<Bytes> response_in_short_messages(std::span<const Bytes> commands) {
  ShortMessageAssembler assembler;
  for (const Bytes& command : commands) {
    RSP_TRY(BytesView content, single(kProactiveCommand, "proactive command", command));
    RSP_TRY(BytesView tpdu, tpdu_in(content, kDeviceUicc, kDeviceNetwork));
    RSP_TRY(ShortMessage part, parse_sms_submit(tpdu));
    auto whole = assembler.add(std::move(part));
    if (!whole) continue;
    if (whole->element(kResponsePacketIdentifier) == nullptr)
      return bad("SMS-SUBMIT", "carries no response packet");
    return std::move(whole->user_data);
  }
  return bad("SMS-SUBMIT", "a part of the response packet is missing");
}

}  // namespace sim::ota
