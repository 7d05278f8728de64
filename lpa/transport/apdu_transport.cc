#include "lpa/transport/apdu_transport.h"

#include <fmt/format.h>

#include "lpa/transport/logical_channel.h"
#include "lpa/transport/proactive.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"

namespace lpa {
namespace {

using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;

}  // namespace

std::unexpected<rsp::Error> card_gone() {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .code = "cardGone",
                       .text = "the card gave no answer",
                       .hint = "it has lost its power; reset it"});
}

rsp::Result<rsp::Bytes> InProcessLink::transmit(rsp::BytesView command, rsp::Deadline) {
  rsp::Bytes response = card_.transmit(command);
  if (response.empty()) return card_gone();
  return response;
}

rsp::Result<rsp::Bytes> ApduTransport::connect(rsp::Deadline deadline) {
  RSP_TRY(rsp::Bytes atr, link_.reset(deadline));
  announce(deadline);
  return atr;
}

void ApduTransport::announce(rsp::Deadline deadline) {
  (void)send(terminal_capability(), deadline);
  if (proactive_ == Proactive::kLeave) return;
  (void)send({0x80, rsp::card::kTerminalProfileIns, 0, 0, terminal_profile(), std::nullopt},
             deadline);
}

void ApduTransport::answer_proactive(rsp::card::StatusWord sw, rsp::Deadline deadline) {
  // A card that always has one more command is no reason to stay here for ever.
  constexpr int kMost = 16;
  for (int i = 0; i < kMost && sw.sw1() == 0x91; ++i) {
    std::uint16_t size = sw.sw2() == 0 ? 256 : sw.sw2();
    auto fetched = transmit_once({0x80, rsp::card::kFetchIns, 0, 0, {}, size}, deadline);
    if (!fetched) return;
    rsp::Bytes answer = terminal_response(fetched->data);
    if (answer.empty()) return;
    auto done = transmit_once(
        {0x80, rsp::card::kTerminalResponseIns, 0, 0, std::move(answer), std::nullopt}, deadline);
    if (!done) return;
    sw = done->sw;
  }
}

rsp::Result<rsp::card::Channel> ApduTransport::open_channel(rsp::BytesView aid,
                                                            rsp::Deadline deadline) {
  // Le 01 and not 00: there are cards that open the channel for both and refuse the SELECT after 00
  // (field fault F12).
  RSP_TRY(std::uint8_t channel, open_logical_channel(aid, 1, [&](const CommandApdu& command) {
            return send(command, deadline);
          }));
  return rsp::card::Channel{channel, channel};
}

rsp::Status ApduTransport::close_channel(rsp::card::Channel channel, rsp::Deadline deadline) {
  RSP_TRY(ResponseApdu closed, send(close_logical_channel(channel.cla_channel), deadline));
  if (!closed.sw.success()) return rsp::failure(refused_by_card("MANAGE CHANNEL close", closed.sw));
  return {};
}

rsp::Result<ResponseApdu> ApduTransport::transmit(rsp::card::Channel, const CommandApdu& command,
                                                  rsp::Deadline deadline) {
  return send(command, deadline);
}

rsp::Status ApduTransport::reset(rsp::Deadline deadline) {
  RSP_CHECK(connect(deadline));
  return {};
}

rsp::Result<ResponseApdu> ApduTransport::send(const CommandApdu& command, rsp::Deadline deadline) {
  auto response = transmit_once(command, deadline);
  if (response && response->sw.sw1() == 0x91 && proactive_ == Proactive::kAnswer)
    answer_proactive(response->sw, deadline);
  return response;
}

rsp::Result<ResponseApdu> ApduTransport::transmit_once(const CommandApdu& command,
                                                       rsp::Deadline deadline) {
  RSP_TRY(rsp::Bytes response, link_.transmit(command.encode(), deadline));
  return ResponseApdu::parse(response);
}

}  // namespace lpa
