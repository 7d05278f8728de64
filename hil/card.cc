#include "hil/card.h"

#include <fmt/format.h>

#include <charconv>
#include <thread>

#include "lpa/transport/lpac_stdio.h"
#include "lpa/transport/pcsc_link.h"
#include "lpa/transport/rfc2217_stream.h"
#include "lpa/transport/serial_stream.h"
#include "lpa/transport/socket_link.h"
#include "lpa/transport/tcp_stream.h"

namespace hil {
namespace {

rsp::Error bad_card(std::string path, std::string text, std::string_view hint = kCardHelp) {
  return {.layer = rsp::Layer::kInput,
          .path = std::move(path),
          .text = std::move(text),
          .hint = std::string(hint)};
}

/// A card that is elsewhere, and tells nobody what passes.
class TracedLink final : public lpa::ApduLink {
 public:
  TracedLink(std::unique_ptr<lpa::ApduLink> link, rsp::TraceSink& trace)
      : link_(std::move(link)), trace_(trace) {}
  rsp::Result<rsp::Bytes> reset(rsp::Deadline deadline) override {
    auto atr = link_->reset(deadline);
    if (atr) {
      trace_.event(
          {rsp::TraceKind::kPower, rsp::Party::kEuicc, rsp::Party::kLpa, "reset", "ATR", *atr});
    }
    return atr;
  }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override {
    trace_.event({rsp::TraceKind::kApdu, rsp::Party::kLpa, rsp::Party::kEuicc, "C-APDU", "",
                  rsp::to_bytes(command)});
    auto response = link_->transmit(command, deadline);
    if (response) {
      trace_.event(
          {rsp::TraceKind::kApdu, rsp::Party::kEuicc, rsp::Party::kLpa, "R-APDU", "", *response});
    }
    return response;
  }

 private:
  std::unique_ptr<lpa::ApduLink> link_;
  rsp::TraceSink& trace_;
};

/// What stands behind the question mark of a module's name.
struct ModuleSettings {
  unsigned baud = 115200;
  lpa::AtTransportOptions options;
};

template <class Number>
rsp::Result<Number> number_of(std::string_view name, std::string_view text, Number least,
                              Number most) {
  Number value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool good =
      error == std::errc() && end == text.data() + text.size() && value >= least && value <= most;
  if (good) return value;
  return rsp::failure(bad_card(
      "card", fmt::format("{}={} is no number from {} to {}", name, text, least, most), ""));
}

rsp::Status set(ModuleSettings& settings, std::string_view name, std::string_view value) {
  if (name == "dialect") {
    RSP_TRY(settings.options.dialect, lpa::at_dialect(value));
  } else if (name == "baud") {
    RSP_TRY(settings.baud, number_of<unsigned>(name, value, 50, 4'000'000));
  } else if (name == "block") {
    RSP_TRY(settings.options.block_size, number_of<std::size_t>(name, value, 1, 255));
  } else if (name == "route" && (value == "ccho" || value == "csim")) {
    settings.options.route = value == "ccho" ? lpa::AtRoute::kCcho : lpa::AtRoute::kCsim;
  } else {
    return rsp::failure(bad_card("card",
                                 fmt::format("'{}={}' says nothing of a module", name, value),
                                 "dialect=NAME, baud=N, route=ccho or csim, block=N"));
  }
  return {};
}

rsp::Result<ModuleSettings> settings_of(std::string_view text) {
  ModuleSettings settings;
  while (!text.empty()) {
    std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    std::size_t equals = part.find('=');
    RSP_CHECK(set(settings, part.substr(0, equals),
                  equals == part.npos ? std::string_view() : part.substr(equals + 1)));
  }
  return settings;
}

bool is_module(std::string_view kind) {
  return kind == "at" || kind == "at-tcp" || kind == "at-rfc2217";
}

/// "at:/dev/ttyUSB2?baud=9600": `kind` stands before the colon, `rest` behind it.
rsp::Result<OpenCard> open_module(std::string_view kind, const std::string& rest,
                                  rsp::TraceSink* trace) {
  std::size_t question = rest.find('?');
  std::string place = rest.substr(0, question);
  if (place.empty()) return rsp::failure(bad_card("card", fmt::format("{}: names no port", kind)));
  RSP_TRY(ModuleSettings settings,
          settings_of(question == rest.npos ? std::string_view()
                                            : std::string_view(rest).substr(question + 1)));
  settings.options.trace = trace;
  OpenCard card;
  if (kind == "at") {
    card.line = std::make_unique<lpa::SerialStream>(place, lpa::SerialOptions{settings.baud});
  } else {
    card.line = std::make_unique<lpa::TcpStream>(place);
    if (kind == "at-rfc2217")
      card.line = std::make_unique<lpa::Rfc2217Stream>(std::move(card.line), settings.baud);
  }
  auto transport = std::make_unique<lpa::AtTransport>(*card.line, settings.options);
  card.module = transport.get();
  card.transport = std::move(transport);
  return card;
}

}  // namespace

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
  if (is_module(kind)) {
    if (persona) {
      return rsp::failure(
          bad_card("persona", "the card in a module is what it is", "a persona is for sim:FILE"));
    }
    return open_module(kind, rest, trace);
  }
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
      return rsp::failure(bad_card("persona", "the card at a socket is what it is",
                                   "a persona is for sim:FILE; a server of cards has its own"));
    }
    card.link = std::make_unique<lpa::SocketLink>(rest);
  } else if (kind == "pcsc") {
    card.link = std::make_unique<lpa::PcscLink>(rest);
  } else if (kind == "lpac-stdio" && !rest.empty()) {
    card.transport = std::make_unique<lpa::LpacStdioTransport>(rest, trace);
    return card;
  } else {
    return rsp::failure(bad_card("card", fmt::format("'{}' names no card", name)));
  }
  if (trace != nullptr && !card.simulated)
    card.link = std::make_unique<TracedLink>(std::move(card.link), *trace);
  card.transport = std::make_unique<lpa::ApduTransport>(*card.link, lpa::Proactive::kAnswer);
  return card;
}

}  // namespace hil
