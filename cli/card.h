// --card: a road to a card by its name.
#pragma once

#include "cli/command.h"
#include "lpa/transport/apdu_transport.h"

namespace cli {

/// What stands behind a --card argument. Members depend on those before them.
struct OpenCard {
  std::unique_ptr<hil::SimCard> simulated;
  std::unique_ptr<lpa::ApduLink> link;
  std::unique_ptr<rsp::card::CardTransport> transport;
};

inline constexpr std::string_view kCardHelp =
    "sim:FILE (a software card, new where the file does not exist) or socket:HOST:PORT";

/// Error: Layer::kInput for a kind of card that there is not.
rsp::Result<OpenCard> open_card(App& app, const std::string& name, const PkiOptions& pki,
                                rsp::TraceSink* trace = nullptr);

}  // namespace cli
