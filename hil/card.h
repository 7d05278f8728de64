// A road to a card by its name, as command line and Python have it.
#pragma once

#include <functional>

#include "hil/setup.h"

namespace hil {

/// What stands behind the name of a card. Members depend on those before them.
struct OpenCard {
  std::unique_ptr<SimCard> simulated;
  std::unique_ptr<lpa::ApduLink> link;
  std::unique_ptr<rsp::card::CardTransport> transport;
};

inline constexpr std::string_view kCardHelp =
    "sim:FILE (a software card, new where the file does not exist) or socket:HOST:PORT";

/// `certificates` is asked for only where a new card needs some. Error: Layer::kInput for a kind of
/// card that there is not, and as of the card.
rsp::Result<OpenCard> open_card(
    const std::string& name,
    const std::function<rsp::Result<rsp::pki::CertificateStore>()>& certificates,
    rsp::Random& random, rsp::TraceSink* trace = nullptr, CurveChoice curves = {});

}  // namespace hil
