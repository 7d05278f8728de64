// How a logical channel to an application is opened with APDUs of ours (ISO 7816-4, TS 102 221),
// whatever carries them.
#pragma once

#include <functional>
#include <string_view>

#include "rsp/base/bytes.h"
#include "rsp/card/apdu.h"

namespace lpa {

using SendApdu = std::function<rsp::Result<rsp::card::ResponseApdu>(const rsp::card::CommandApdu&)>;

/// MANAGE CHANNEL with this Le (1, or 256 for an encoded 00), and SELECT on the channel that the
/// card assigns; where it refuses the application, the channel is closed again. Error: of `send`;
/// Layer::kApdu with the status word, and "MANAGE CHANNEL" or "SELECT" as step.
rsp::Result<std::uint8_t> open_logical_channel(rsp::BytesView aid, std::uint16_t le,
                                               const SendApdu& send);
rsp::card::CommandApdu close_logical_channel(std::uint8_t channel);
/// Says that there are extended logical channels and LUId, LPDd and LDSd (TS 102 221 11.1.19.2,
/// SGP.22 3.4.2).
rsp::card::CommandApdu terminal_capability();
/// The error that a status word is.
rsp::Error refused_by_card(std::string_view step, rsp::card::StatusWord sw);

}  // namespace lpa
