#include "lpa/transport/logical_channel.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"

namespace lpa {
namespace {

using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;

rsp::Status select(rsp::BytesView aid, std::uint8_t channel, const SendApdu& send) {
  rsp::card::StatusWord sw;
  // Some cards want no FCP to be asked for (field fault F27).
  for (std::uint8_t p2 : {0x00, 0x0C}) {
    CommandApdu command{rsp::card::cla_on_channel(0x00, channel),
                        rsp::card::kSelectIns,
                        0x04,
                        p2,
                        rsp::to_bytes(aid),
                        std::nullopt};
    RSP_TRY(ResponseApdu selected, send(command));
    sw = selected.sw;
    if (sw.success() || sw.more_data()) return {};
    bool about_p2 = sw.value() == 0x6B00 || sw == rsp::card::kIncorrectP1P2;
    if (!about_p2) break;
  }
  return rsp::failure(refused_by_card("SELECT", sw));
}

}  // namespace

rsp::Error refused_by_card(std::string_view step, rsp::card::StatusWord sw) {
  return {.layer = rsp::Layer::kApdu,
          .step = std::string(step),
          .code = to_string(sw),
          .text = fmt::format("the card answered {}: {}", to_string(sw), rsp::card::meaning(sw))};
}

rsp::Result<std::uint8_t> open_logical_channel(rsp::BytesView aid, std::uint16_t le,
                                               const SendApdu& send) {
  RSP_TRY(ResponseApdu opened, send({0x00, rsp::card::kManageChannelIns, 0, 0, {}, le}));
  if (!opened.sw.success()) return rsp::failure(refused_by_card("MANAGE CHANNEL", opened.sw));
  bool is_channel =
      opened.data.size() == 1 && opened.data[0] != 0 && opened.data[0] <= rsp::card::kMaxChannel;
  if (!is_channel) {
    return rsp::failure(
        {.layer = rsp::Layer::kApdu,
         .step = "MANAGE CHANNEL",
         .text = fmt::format("the card answered '{}' where a channel number should be",
                             rsp::to_hex(opened.data))});
  }
  std::uint8_t channel = opened.data[0];
  auto selected = select(aid, channel, send);
  if (selected) return channel;
  (void)send(close_logical_channel(channel));
  return rsp::failure(std::move(selected).error());
}

CommandApdu close_logical_channel(std::uint8_t channel) {
  return {0x00, rsp::card::kManageChannelIns, 0x80, channel, {}, std::nullopt};
}

CommandApdu terminal_capability() {
  return {0x80, rsp::card::kTerminalCapabilityIns,      0,
          0,    *rsp::from_hex("A9088100820101830107"), std::nullopt};
}

}  // namespace lpa
