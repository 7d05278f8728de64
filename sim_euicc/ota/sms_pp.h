// Secured packets in short messages, on the card's side of the terminal (3GPP TS 31.111 and
// TS 31.115): ENVELOPE (SMS-PP DOWNLOAD) in, the answer to it or SEND SHORT MESSAGE out. Envelopes
// are also made here, for tests and for whoever plays the network.
#pragma once

#include <span>

#include "sim_euicc/ota/sms_tpdu.h"

namespace sim::ota {

/// The short message in an SMS-PP DOWNLOAD, D1 {82 device identities, 06 address, 8B TPDU}
/// (TS 31.111, 7.1.1.2). Error: Layer::kDecode with the element at fault.
rsp::Result<ShortMessage> parse_sms_pp_download(rsp::BytesView envelope);

/// Whether a message carries a command packet (TS 31.115, 4.2).
bool has_command_packet(const ShortMessage& message);

/// The answer to an ENVELOPE that goes back in SMS-DELIVER-REPORT: the response packet with its
/// user data header. Nothing where it is longer than a short message.
std::optional<rsp::Bytes> deliver_report(rsp::BytesView response_packet);

/// The proactive commands that send a response packet to the address that a command came from, in
/// as many short messages as it needs: D0 {81 command details, 82 device identities, 8B TPDU}
/// (TS 31.111, 6.6.9). `reference` tells the parts of one response from those of another. Error:
/// Layer::kInput where 255 short messages do not hold it.
rsp::Result<std::vector<rsp::Bytes>> send_short_message(rsp::BytesView address,
                                                        rsp::BytesView response_packet,
                                                        std::uint8_t reference);

/// How the network sends a command packet.
struct SmsPpSender {
  rsp::Bytes originating_address{0x04, 0x91, 0x21, 0x43};  // TP-OA: +1234
  rsp::Octets<7> time_stamp{};
  std::uint16_t reference = 1;
  ReferenceWidth width = ReferenceWidth::kOneOctet;
};
/// The ENVELOPE data for a command packet, one for each short message that it needs. Error:
/// Layer::kInput where 255 short messages do not hold it.
rsp::Result<std::vector<rsp::Bytes>> sms_pp_download(rsp::BytesView command_packet,
                                                     const SmsPpSender& sender = {});
/// ENVELOPE data around any TPDU.
rsp::Bytes sms_pp_envelope(rsp::BytesView tpdu);

/// The response packet in the answer to an ENVELOPE, or in a series of SEND SHORT MESSAGE commands.
/// Error: Layer::kDecode.
rsp::Result<rsp::Bytes> response_in_deliver_report(rsp::BytesView answer);
rsp::Result<rsp::Bytes> response_in_short_messages(std::span<const rsp::Bytes> commands);

}  // namespace sim::ota
