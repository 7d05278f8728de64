#include "hil/card.h"

#include <fmt/format.h>

#include <thread>

#include "lpa/transport/lpac_stdio.h"
#include "lpa/transport/pcsc_link.h"
#include "lpa/transport/socket_link.h"

namespace hil {

rsp::Result<rsp::Bytes> RealTimeLink::transmit(rsp::BytesView command, rsp::Deadline deadline) {
  auto response = link_.transmit(command, deadline);
  auto delay = card_.take_delay();
  if (delay.count() == 0) return response;
  auto done = std::chrono::steady_clock::now() + delay;
  bool in_time = deadline.wait([done](auto look) {
    std::this_thread::sleep_until(std::min(look, done));
    return std::chrono::steady_clock::now() >= done;
  });
  if (in_time) return response;
  return rsp::failure({.layer = rsp::Layer::kTimeout,
                       .text = "the card did not answer in time",
                       .hint = "its persona says how long it takes; allow more time"});
}

rsp::Result<OpenCard> open_card(
    const std::string& name,
    const std::function<rsp::Result<rsp::pki::CertificateStore>()>& certificates,
    rsp::Random& random, rsp::TraceSink* trace, CurveChoice curves,
    const std::optional<PersonaFile>& persona) {
  auto colon = name.find(':');
  std::string kind = name.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : name.substr(colon + 1);
  OpenCard card;
  if (kind == "sim" && !rest.empty()) {
    // Certificates are read only for a card that does not have its own yet.
    RSP_TRY(bool personalised, SimCard::is_personalised(rest));
    std::optional<rsp::pki::CertificateStore> store;
    if (!personalised) {
      RSP_TRY(store, certificates());
    }
    RSP_TRY(card.simulated,
            SimCard::open(rest, store ? &*store : nullptr, random, persona, trace, curves));
    card.link = std::make_unique<RealTimeLink>(card.simulated->card());
  } else if (kind == "socket" && !rest.empty()) {
    if (persona) {
      return rsp::failure({.layer = rsp::Layer::kInput,
                           .path = "persona",
                           .text = "the card at a socket is what it is",
                           .hint = "a persona is for sim:FILE; a server of cards has its own"});
    }
    card.link = std::make_unique<lpa::SocketLink>(rest);
  } else if (kind == "pcsc") {
    card.link = std::make_unique<lpa::PcscLink>(rest);
  } else if (kind == "lpac-stdio" && !rest.empty()) {
    card.transport = std::make_unique<lpa::LpacStdioTransport>(rest);
    return card;
  } else {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "card",
                         .text = fmt::format("'{}' names no card", name),
                         .hint = std::string(kCardHelp)});
  }
  card.transport = std::make_unique<lpa::ApduTransport>(*card.link, lpa::Proactive::kAnswer);
  return card;
}

}  // namespace hil
