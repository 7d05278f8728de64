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
      note_([this](std::string_view setting) {
        if (has_client_) ++effects_[std::string(setting)];
      }),
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
    if (event.run) {
      event.run();
    } else if (event.output.kind == PortOutput::Kind::kOctets) {
      put_piece(due.key(), std::move(event));
    } else {
      put(*event.port, std::move(event.output));
    }
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

/// One event carries an answer from piece to piece, so that none is lost on the way.
void FakeModule::put_piece(ModuleTime when, Event event) {
  Port& port = *event.port;
  const std::string& octets = event.output.octets;
  std::size_t left = octets.size() - event.out;
  std::size_t size = event.piece == 0 ? left : std::min(left, event.piece);
  put(port, {.octets = octets.substr(event.out, size)});
  event.out += size;
  port.in_pieces = size < left;
  if (port.in_pieces) {
    ModuleTime next = when + event.pause;
    events_.emplace(next, std::move(event));
  } else if (!port.behind.empty()) {
    put(port, {.octets = std::exchange(port.behind, "")});
  }
}

/// What has not gone out yet is lost.
void FakeModule::drop_output(Port& port) {
  std::erase_if(events_, [&](const auto& entry) {
    const Event& event = entry.second;
    return event.port == &port && event.output.kind == PortOutput::Kind::kOctets;
  });
  port.in_pieces = false;
  port.behind.clear();
  port.busy_until = now_;
}

void FakeModule::take_away(Port& port, ModuleTime until) {
  drop_output(port);
  forget_data(port);
  port.line.clear();
  put(port, {PortOutput::Kind::kGone});
  events_.emplace(until, Event{&port, {PortOutput::Kind::kBack}});  // however full it is
}

// --- Input ---

void FakeModule::receive(ModulePort which, std::string_view octets, ModuleTime now) {
  advance(now);
  Port& port = port_of(which);
  for (char octet : octets) {
    if (!on_ || !listening_ || port.gone) return;
    has_client_ = true;
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
  AtExchange exchange{command, port.name, echoes, [&] {
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
  look_at_sim();
  release(port);
  if (answer.data && !exchange.delivery.silent) await_data(port, *answer.data);
  if (std::exchange(restarts_, false)) begin(std::max(port.busy_until, now_) + kResetDelay - now_);
  if (std::exchange(powers_down_, false)) {
    on_ = false;
    ++life_;
    stop_sim();
    network_ = {};
    http_ = {};
    tls_sockets_.clear();
    later(scaled(milliseconds(3000)), [this, life = life_] {
      if (life == life_) tell(ports_[0], "POWERED DOWN");
    });
  }
  advance(now_);
}

AtAnswer FakeModule::carry_out(Port& port, std::string_view line) {
  auto commands = parse_at_line(line);
  if (!commands) return at_error();
  AtContext here = context(port);
  AtAnswer whole;
  for (const AtCommand& command : *commands) {
    const AtRow* row = find_command(settings_, command.name, note_);
    AtAnswer one = row == nullptr ? at_error() : row->run(here, command);
    whole.lines.insert(whole.lines.end(), one.lines.begin(), one.lines.end());
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
          .tell =
              [this, &port](std::string text) {
                later({}, [this, &port, text, life = life_] {
                  if (life == life_) tell(port, text);
                });
              },
          .begin = [this](Errand errand) { begin_errand(std::move(errand)); },
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
  auto give_up = [this, &port] {
    port.data.reset();
    send(port, "", at_cme(kInputTimeout), {});
  };
  at(now_ + data.patience, {.run = give_up, .patience = &port});
  port.data = std::move(data);
}

void FakeModule::forget_data(Port& port) {
  port.data.reset();
  std::erase_if(events_, [&](const auto& entry) { return entry.second.patience == &port; });
}

void FakeModule::take_data(Port& port, char octet) {
  port.received += octet;
  if (port.received.size() < port.data->octets) return;
  AtData data = *std::exchange(port.data, std::nullopt);
  forget_data(port);
  held_.emplace();
  AtAnswer answer = data.done(std::exchange(port.received, ""));
  send(port, "", answer, {});
  release(port);
  advance(now_);
}

// --- Behind an answer ---

void FakeModule::later(ModuleTime after, std::function<void()> run) {
  if (held_) return held_->push_back({after, std::move(run)});
  at(now_ + after, {.run = std::move(run)});
}

/// The answer is on its way: what came up meanwhile follows it.
void FakeModule::release(Port& port) {
  ModuleTime out = std::max(port.busy_until, now_);
  std::vector<Held> held = *std::exchange(held_, std::nullopt);
  for (Held& one : held) at(out + one.after, {.run = std::move(one.run)});
}

void FakeModule::begin_errand(Errand errand) {
  later({}, [this, errand = std::move(errand)] {
    if (errand.stop->requested()) return;
    if (worker_) return worker_(errand);
    errand.work(*errand.stop);
    errand.done();
  });
}

void FakeModule::finish(const Errand& errand, ModuleTime now) {
  advance(now);
  if (!errand.stop->requested()) errand.done();
}

void FakeModule::urc(std::string text, ModuleTime after) {
  later(after, [this, text = std::move(text), life = life_] {
    if (life != life_) return;
    if (settings_.urc_port != "usbat") note_("urcPort");
    if (settings_.urc_port == "uart1") return;
    tell(ports_[settings_.urc_port == "usbmodem" ? 1 : 0], expand(text));
  });
}

/// Not between two pieces of one line.
void FakeModule::tell(Port& port, const std::string& text) {
  std::string_view end = text_of(settings_.line_end);
  if (settings_.line_end != LineEnd::kCrLf) note_("lineEnd");
  std::string line = fmt::format("{}{}{}", end, text, end);
  if (!port.in_pieces) return put(port, {.octets = std::move(line)});
  if (port.behind.size() < kMostBacklog) port.behind += line;
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
  std::string end(text_of(delivery.line_end.value_or(settings_.line_end)));
  if (settings_.line_end != LineEnd::kCrLf && !delivery.silent) note_("lineEnd");
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
  port.busy_until = when;
  if (delivery.piece != 0 && whole.size() > delivery.piece)
    port.busy_until += (whole.size() + delivery.piece - 1) / delivery.piece * delivery.pause;
  if (!whole.empty())
    at(when, {&port, {.octets = std::move(whole)}, delivery.piece, delivery.pause});
  advance(now_);
}

// --- Commands ---

void FakeModule::restart() { restarts_ = true; }
void FakeModule::power_down() { powers_down_ = true; }

}  // namespace hil
