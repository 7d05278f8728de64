#include "hil/card.h"

#include <fmt/format.h>

#include "lpa/transport/socket_link.h"

namespace hil {

rsp::Result<OpenCard> open_card(
    const std::string& name,
    const std::function<rsp::Result<rsp::pki::CertificateStore>()>& certificates,
    rsp::Random& random, rsp::TraceSink* trace, CurveChoice curves) {
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
            SimCard::open(rest, store ? &*store : nullptr, random, {}, trace, curves));
    card.link = std::make_unique<lpa::InProcessLink>(card.simulated->euicc());
  } else if (kind == "socket" && !rest.empty()) {
    card.link = std::make_unique<lpa::SocketLink>(rest);
  } else {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "card",
                         .text = fmt::format("'{}' names no card", name),
                         .hint = std::string(kCardHelp)});
  }
  card.transport = std::make_unique<lpa::ApduTransport>(*card.link);
  return card;
}

}  // namespace hil
