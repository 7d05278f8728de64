// A road to a card by its name, as command line and Python have it.
#pragma once

#include <functional>

#include "hil/setup.h"
#include "lpa/transport/at_transport.h"

namespace hil {

/// A card in this process that takes its time: an answer comes after Card::take_delay(). Error:
/// Layer::kTimeout where that is beyond the deadline, which is waited for.
class RealTimeLink final : public lpa::ApduLink {
 public:
  explicit RealTimeLink(rsp::card::Card& card) : card_(card), link_(card) {}
  rsp::Result<rsp::Bytes> reset(rsp::Deadline deadline) override { return link_.reset(deadline); }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override;

 private:
  rsp::card::Card& card_;
  lpa::InProcessLink link_;
};

/// What stands behind the name of a card. Members depend on those before them.
struct OpenCard {
  std::unique_ptr<SimCard> simulated;
  std::unique_ptr<lpa::ApduLink> link;
  std::unique_ptr<lpa::ByteStream> line;  // to a module
  std::unique_ptr<rsp::card::CardTransport> transport;
  lpa::AtTransport* module = nullptr;  // `transport`, where it is one
};

inline constexpr std::string_view kCardHelp =
    "sim:FILE (a software card, new where the file does not exist), pcsc[:READER], "
    "socket:HOST:PORT, lpac-stdio:COMMAND, at:/dev/ttyUSB2 (a module's AT port), at-tcp:HOST:PORT "
    "or at-rfc2217:HOST:PORT (the same behind a server of serial ports), with "
    "?dialect=NAME&baud=N&route=ccho|csim&block=N where wanted";

/// `certificates` is asked for only where a new card needs some; a persona is for a card in a file,
/// as of SimCard::open(). Error: Layer::kInput for a kind of card that there is not, and as of the
/// card.
rsp::Result<OpenCard> open_card(
    const std::string& name,
    const std::function<rsp::Result<rsp::pki::CertificateStore>()>& certificates,
    rsp::Random& random, rsp::TraceSink* trace = nullptr, CurveChoice curves = {},
    const std::optional<PersonaFile>& persona = {});

}  // namespace hil
