#include "hil/fake_module/fake_module.h"

#include <fmt/format.h>

namespace hil {
namespace {

using std::chrono::milliseconds;

/// A port whose client does not read loses what comes, as one without flow control does.
constexpr std::size_t kMostBacklog = 4 << 20;
constexpr std::size_t kMostEvents = 200'000;
/// Between the answer to a reset and the reset.
constexpr milliseconds kResetDelay{100};
constexpr int kInputTimeout = 726;
/// 1980-01-06, where GPS time begins, as a module shows that knows no time.
constexpr rsp::Clock::TimePoint kUnset{std::chrono::seconds(315'964'800)};

std::string_view text_of(LineEnd end) {
  switch (end) {
    case LineEnd::kLf:
      return "\n";
    case LineEnd::kCr:
      return "\r";
    default:
      return "\r\n";
  }
}

}  // namespace

FakeModule::FakeModule(rsp::card::Card& card, ModuleSettings settings, FaultPlan& plan,
                       FakeModuleOptions options)
    : settings_(std::move(settings)),
      plan_(plan),
      options_(options),
      note_([this](std::string_view setting) { ++effects_[std::string(setting)]; }),
      sim_(card, settings_, note_) {
  ports_[0].name = "primary";
  ports_[1].name = "secondary";
  if (settings_.clock_unset) date_ = kUnset;
}

// --- Time ---

void FakeModule::at(ModuleTime when, Event event) {
  if (events_.size() < kMostEvents) events_.emplace(when, std::move(event));
}

void FakeModule::advance(ModuleTime now) {
  while (!events_.empty() && events_.begin()->first <= now) {
    auto due = events_.extract(events_.begin());
    now_ = std::max(now_, due.key());
    Event& event = due.mapped();
    if (event.port != nullptr) put(*event.port, std::move(event.output));
    if (event.run) event.run();
  }
  now_ = std::max(now_, now);
}

std::optional<ModuleTime> FakeModule::next_due() const {
  if (events_.empty()) return std::nullopt;
  return events_.begin()->first;
}

std::vector<PortOutput> FakeModule::take_output(ModulePort port) {
  port_of(port).backlog = 0;
  return std::exchange(port_of(port).output, {});
}

void FakeModule::put(Port& port, PortOutput output) {
  if (output.kind == PortOutput::Kind::kOctets) {
    if (port.gone || port.backlog + output.octets.size() > kMostBacklog) return;
    port.backlog += output.octets.size();
    bool more = !port.output.empty() && port.output.back().kind == PortOutput::Kind::kOctets;
    if (more) {
      port.output.back().octets += output.octets;
      return;
    }
  } else {
    port.gone = output.kind == PortOutput::Kind::kGone;
  }
  port.output.push_back(std::move(output));
}

void FakeModule::take_away(Port& port, ModuleTime until) {
  std::erase_if(events_, [&](const auto& entry) {
    const Event& event = entry.second;
    return event.port == &port && event.output.kind == PortOutput::Kind::kOctets;
  });
  port.line.clear();
  port.data.reset();
  port.busy_until = now_;
  put(port, {PortOutput::Kind::kGone});
  at(until, {&port, {PortOutput::Kind::kBack}});
}

// --- Input ---

void FakeModule::receive(ModulePort which, std::string_view octets, ModuleTime now) {
  advance(now);
  Port& port = port_of(which);
  for (char octet : octets) {
    if (!on_ || !listening_ || port.gone) return;
    if (port.data) {
      take_data(port, octet);
    } else {
      take_octet(port, octet);
    }
  }
  // A module carries out what is in its buffer even though the port goes meanwhile (F34).
  if (std::exchange(drops_ports_, false)) drop_ports();
}

void FakeModule::take_octet(Port& port, char octet) {
  if (octet == '\r') return take_line(port);
  if (octet == '\n' || octet == '\0') return;  // behind a CR, or nothing
  if (octet == '\b') {
    if (!port.line.empty()) port.line.pop_back();
  } else if (port.line.size() < settings_.longest_line) {
    port.line += octet;
  } else {
    port.too_long = true;
  }
}

void FakeModule::take_line(Port& port) {
  std::string line = std::exchange(port.line, "");
  bool too_long = std::exchange(port.too_long, false);
  std::string echo = line + "\r";
  std::size_t first = line.find_first_not_of(' ');
  bool is_command = first != line.npos && line.size() >= first + 2 && (line[first] | 0x20) == 'a' &&
                    (line[first + 1] | 0x20) == 't';
  if (!is_command) {
    AtDelivery nothing{.silent = true};
    return send(port, port.settings.echo ? echo : "", at_ok(), nothing);
  }
  bool overlaps = settings_.refuses_overlap && port.busy_until > now_;
  std::string command = line.substr(first + 2);
  bool echoes = port.settings.echo;
  held_.emplace();
  AtExchange exchange{command, port.name, [&] {
                        if (too_long) return note_("longestLine"), at_error();
                        if (overlaps) return note_("refusesOverlap"), at_cme(100);
                        return carry_out(port, command);
                      }};
  plan_.apply<AtHook>(exchange);
  const AtAnswer& answer = exchange.own();
  EchoMode as = exchange.delivery.echo.value_or(echoes ? EchoMode::kOn : EchoMode::kOff);
  if (as == EchoMode::kOff || (as == EchoMode::kTruncated && !echoes)) echo.clear();
  if (as == EchoMode::kTruncated && !echo.empty()) echo.erase(0, 1);
  send(port, echo, answer, exchange.delivery);
  std::vector<AtUrc> held = *std::exchange(held_, std::nullopt);
  for (const AtUrc& late : held)
    urc(late.text, std::max(port.busy_until, now_) - now_ + late.after);
  if (answer.data && !exchange.delivery.silent) await_data(port, *answer.data);
  look_at_sim();
  if (std::exchange(restarts_, false)) begin(std::max(port.busy_until, now_) + kResetDelay - now_);
  if (std::exchange(powers_down_, false)) {
    on_ = false;
    ++life_;
    sim_.power_off();
    at(now_ + scaled(milliseconds(3000)), {&ports_[0], {.octets = "\r\nPOWERED DOWN\r\n"}});
  }
  advance(now_);
}

AtAnswer FakeModule::carry_out(Port& port, std::string_view line) {
  auto commands = parse_at_line(line);
  if (!commands) return at_error();
  AtContext here = context(port);
  AtAnswer whole;
  for (const AtCommand& command : *commands) {
    const AtRow* row = find_command(settings_, command.name);
    AtAnswer one = row == nullptr ? at_error() : row->run(here, command);
    whole.lines.insert(whole.lines.end(), one.lines.begin(), one.lines.end());
    whole.urcs.insert(whole.urcs.end(), one.urcs.begin(), one.urcs.end());
    whole.final = one.final;
    whole.data = std::move(one.data);
    if (whole.final.kind != AtFinal::Kind::kOk || whole.data) break;
  }
  return whole;
}

AtContext FakeModule::context(Port& port) {
  return {.settings = settings_,
          .sim = sim_,
          .network = network_,
          .http = http_,
          .tls_sockets = tls_sockets_,
          .port = port.settings,
          .control = *this,
          .note = note_,
          .transport = options_.transport,
          .date =
              [this] {
                if (date_) return *date_ + (now_ - date_since_);
                return options_.clock != nullptr ? options_.clock->now() : rsp::SystemClock().now();
              },
          .set_date =
              [this](rsp::Clock::TimePoint date) {
                date_ = date;
                date_since_ = now_;
              }};
}

void FakeModule::await_data(Port& port, AtData data) {
  port.received.clear();
  at(now_ + data.patience, {.run = [this, &port, number = ++port.data_number] {
       if (!port.data || port.data_number != number) return;
       port.data.reset();
       send(port, "", at_cme(kInputTimeout), {});
     }});
  port.data = std::move(data);
}

void FakeModule::take_data(Port& port, char octet) {
  port.received += octet;
  if (port.received.size() < port.data->octets) return;
  AtData data = *std::exchange(port.data, std::nullopt);
  AtAnswer answer = data.done(std::exchange(port.received, ""));
  send(port, "", answer, {});
}

// --- Output ---

std::string FakeModule::final_line(const Port& port, const AtFinal& final) const {
  bool verbose = port.settings.verbose;
  switch (final.kind) {
    case AtFinal::Kind::kNone:
    case AtFinal::Kind::kPrompt:
      return "";
    case AtFinal::Kind::kOk:
      return verbose ? "OK" : "0";
    case AtFinal::Kind::kText:
      return final.text;
    case AtFinal::Kind::kError:
      return verbose ? "ERROR" : "4";
    case AtFinal::Kind::kCme:
      break;
  }
  switch (final.form.value_or(static_cast<AtFinal::Form>(port.settings.cmee))) {
    case AtFinal::Form::kNumeric:
      return fmt::format("+CME ERROR: {}", final.code);
    case AtFinal::Form::kText:
      return fmt::format("+CME ERROR: {}", cme_text(final.code));
    default:
      return verbose ? "ERROR" : "4";
  }
}

void FakeModule::send(Port& port, const std::string& echo, const AtAnswer& answer,
                      const AtDelivery& delivery) {
  if (delivery.port_gone) return take_away(port, now_ + *delivery.port_gone);
  bool blank = settings_.blank_lines || delivery.blank_lines;
  std::string end(text_of(delivery.line_end.value_or(LineEnd::kCrLf)));
  auto framed = [&](const std::string& text) {
    if (!port.settings.verbose) return text + end;
    return (blank ? end : "") + end + text + end + (blank ? end : "");
  };
  std::string before, between, after, lines, echoed = echo;
  std::vector<std::string> texts = answer.lines;
  for (const InsertedUrc& urc : delivery.urcs) {
    std::string text = framed(urc.text);
    switch (urc.spot) {
      case UrcSpot::kInsideEcho:
        if (!echoed.empty()) echoed.insert(std::min(urc.at, echoed.size()), text);
        break;
      case UrcSpot::kInsideHex:
        if (!texts.empty()) texts.back().insert(std::min(urc.at, texts.back().size()), text);
        break;
      case UrcSpot::kBefore:
        before += text;
        break;
      case UrcSpot::kBetween:
        between += text;
        break;
      case UrcSpot::kAfter:
        after += text;
        break;
    }
  }
  std::string joined;
  for (const std::string& text : texts) joined += (joined.empty() ? "" : end) + text;
  if (!texts.empty()) lines = framed(joined);
  if (!texts.empty() && blank) note_("blankLines");
  std::string final = final_line(port, answer.final);
  if (!final.empty()) final = port.settings.verbose ? framed(final) : final + "\r";
  if (answer.final.kind == AtFinal::Kind::kPrompt) final = "\r\n> ";
  if (delivery.no_final) final.clear();
  std::string whole = delivery.silent        ? echoed
                      : delivery.final_first ? echoed + before + final + between + lines + after
                                             : echoed + before + lines + between + final + after;
  auto card = std::chrono::ceil<milliseconds>(sim_.take_delay());
  ModuleTime when = std::max(port.busy_until, now_) + delivery.delay + card;
  std::size_t piece = delivery.piece == 0 ? whole.size() : delivery.piece;
  for (std::size_t from = 0; from < whole.size(); from += piece) {
    if (from > 0) when += delivery.pause;
    at(when, {&port, {.octets = whole.substr(from, piece)}});
  }
  for (const AtUrc& urc : answer.urcs)
    at(when + urc.after, {&port, {.octets = "\r\n" + urc.text + "\r\n"}});
  port.busy_until = when;
  advance(now_);
}

void FakeModule::urc(std::string text, ModuleTime after) {
  if (held_) return held_->push_back({after, std::move(text)});
  if (settings_.urc_port == "uart1") return note_("urcPort");
  if (settings_.urc_port == "usbmodem") note_("urcPort");
  Port& port = ports_[settings_.urc_port == "usbmodem" ? 1 : 0];
  at(now_ + after, {&port, {.octets = "\r\n" + expand(text) + "\r\n"}});
}

// --- Commands ---

void FakeModule::restart() { restarts_ = true; }
void FakeModule::power_down() { powers_down_ = true; }

}  // namespace hil
