#include "cli/card.h"

#include <fmt/format.h>

#include "lpa/transport/socket_link.h"

namespace cli {

rsp::Result<OpenCard> open_card(App& app, const std::string& name, const PkiOptions& pki,
                                rsp::TraceSink* trace) {
  auto colon = name.find(':');
  std::string kind = name.substr(0, colon);
  std::string rest = colon == std::string::npos ? "" : name.substr(colon + 1);
  OpenCard card;
  if (kind == "sim" && !rest.empty()) {
    // Certificates are read only for a card that does not have its own yet.
    RSP_TRY(bool personalised, hil::SimCard::is_personalised(rest));
    std::optional<rsp::pki::CertificateStore> store;
    if (!personalised) {
      RSP_TRY(store, pki.open(app));
    }
    RSP_TRY(card.simulated, hil::SimCard::open(rest, store ? &*store : nullptr, app.random, {},
                                               trace, pki.curves()));
    card.link = std::make_unique<lpa::InProcessLink>(card.simulated->euicc());
  } else if (kind == "socket" && !rest.empty()) {
    card.link = std::make_unique<lpa::SocketLink>(rest);
  } else {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--card",
                         .text = fmt::format("'{}' names no card", name),
                         .hint = std::string(kCardHelp)});
  }
  card.transport = std::make_unique<lpa::ApduTransport>(*card.link);
  return card;
}

}  // namespace cli
