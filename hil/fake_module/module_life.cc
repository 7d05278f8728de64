// How a module lives: it starts, has a SIM, and finds its network.
#include <fmt/format.h>

#include "hil/fake_module/fake_module.h"

namespace hil {
namespace {

using std::chrono::milliseconds;

/// How long a port is away, where +CFUN=0 or a reset takes it.
constexpr milliseconds kPortGone{2000};

}  // namespace

void FakeModule::switch_on(ModuleTime now) {
  advance(now);
  on_ = true;
  begin({});
}

/// Everything anew: what clients have set on their ports, channels, the network.
void FakeModule::begin(ModuleTime after) {
  at(now_ + after, {.run = [this, life = ++life_] {
       if (life != life_) return;
       listening_ = false;
       stop_sim();
       sim_.set_internal_lpa(settings_.internal_lpa);
       sim_.set_busy(false);
       network_ = {};
       http_ = {};
       tls_sockets_.clear();
       for (Port& port : ports_) {
         drop_output(port);
         forget_data(port);
         port.settings = {};
         port.line.clear();
         port.too_long = false;
       }
       if (settings_.reset_drops_port && life > 1) {
         note_("resetDropsPort");
         drop_ports();
       }
       ModuleTime at_last{0};
       for (const TimedLine& line : settings_.boot) {
         at_last += scaled(line.after);
         urc(line.text, at_last);
       }
       at(now_ + at_last, {.run = [this, life] {
            if (life != life_) return;
            listening_ = true;
            start_sim();
          }});
     }});
  advance(now_);
}

void FakeModule::drop_ports() {
  for (Port& port : ports_) take_away(port, now_ + scaled(kPortGone));
}

/// What it and its network would have said is not said any more.
void FakeModule::stop_sim() {
  ++sim_life_;
  ++registration_;
  sim_.power_off();
}

void FakeModule::start_sim() {
  if (settings_.slot != settings_.esim_slot) return note_("slot");
  if (!sim_.powered()) sim_.power_on();
  sim_started();
}

void FakeModule::sim_started() {
  ++sim_life_;
  std::ignore = sim_.take_change();
  tell_lines(settings_.sim_ready);
  register_with_network();
}

void FakeModule::tell_lines(const std::vector<TimedLine>& lines) {
  ModuleTime after{0};
  for (const TimedLine& line : lines) {
    if (line.with_sim && sim_.state() != SimState::kReady) continue;
    after += scaled(line.after);
    later(after, [this, text = line.text, life = sim_life_] {
      if (life == sim_life_) urc(text);
    });
  }
}

std::string FakeModule::expand(const std::string& text) const {
  constexpr std::string_view kPin = "{cpin}";
  auto at = text.find(kPin);
  if (at == text.npos) return text;
  std::string_view state = sim_.state() == SimState::kReady ? "READY"
                           : sim_.state() == SimState::kPin ? "SIM PIN"
                           : sim_.state() == SimState::kPuk ? "SIM PUK"
                                                            : "NOT INSERTED";
  return std::string(text).replace(at, kPin.size(), state);
}

void FakeModule::set_functionality(std::uint32_t functionality) {
  network_.functionality = functionality;
  if (functionality == 0) {
    if (settings_.cfun0_drops_port) {
      note_("cfun0DropsPort");
      drops_ports_ = true;
    }
    ++registration_;
    set_registered(std::nullopt);
    if (settings_.sim_in_cfun0) return note_("simInCfun0");
    return stop_sim();
  }
  if (!sim_.powered()) return start_sim();
  register_with_network();
}

/// After a command: the card may have asked for a REFRESH, or have got its PIN.
void FakeModule::look_at_sim() {
  SimSlot::Change change = sim_.take_change();
  if (change == SimSlot::Change::kNone) return;
  if (change != SimSlot::Change::kUnlocked && settings_.busy_after_refresh.count() > 0) {
    sim_.set_busy(true);
    at(now_ + settings_.busy_after_refresh, {.run = [this, life = life_] {
         if (life == life_) sim_.set_busy(false);
       }});
  }
  set_registered(std::nullopt);
  sim_started();
}

void FakeModule::register_with_network() {
  std::uint64_t attempt = ++registration_;
  bool other = settings_.other_sim_network;
  bool can = network_.functionality == 1 && (other || !sim_.imsi().empty());
  if (can && settings_.stale_mbn && !known_iccid_.empty() && known_iccid_ != sim_.ef_iccid()) {
    note_("staleMbn");
    can = false;
  }
  if (!can) return set_registered(std::nullopt);
  at(now_ + scaled(settings_.registers_after), {.run = [this, attempt, other] {
       if (attempt != registration_) return;
       known_iccid_ = sim_.ef_iccid();
       set_registered(other || sim_.imsi().starts_with(settings_.home_network) ? 1 : 5);
     }});
}

void FakeModule::set_registered(std::optional<std::uint32_t> stat) {
  if (stat == network_.registered) return;
  network_.registered = stat;
  std::uint32_t now = stat ? *stat : network_.functionality == 1 ? settings_.unregistered : 0;
  for (const auto& [name, report] : network_.reports) {
    if (report == 0) continue;
    bool where = report >= 2 && stat;
    urc(fmt::format("{}: {}{}", name, now, where ? ",\"0001\",\"00000001\",7" : ""));
  }
}

}  // namespace hil
