// A fake cellular module: an AT engine in front of a software card. Octets in, octets out; no
// sockets and no waiting. Who drives it says what time it is.
#pragma once

#include "hil/fake_module/commands.h"
#include "hil/faults/plan.h"

namespace hil {

enum class ModulePort { kPrimary, kSecondary };
inline constexpr std::array kModulePorts{ModulePort::kPrimary, ModulePort::kSecondary};

struct FakeModuleOptions {
  /// For +QHTTPPOST and its kin; null: every request fails.
  rsp::http::Transport* transport = nullptr;
  /// What day it is in the network; null: the machine's own clock.
  const rsp::Clock* clock = nullptr;
  /// How many times faster than its dialect says the module boots and registers.
  std::uint32_t speed = 1;
};

/// What comes out of a port.
struct PortOutput {
  enum class Kind { kOctets, kGone, kBack };
  Kind kind = Kind::kOctets;
  std::string octets = {};
};

class FakeModule final : private ModuleControl {
 public:
  /// Card and plan must outlive it.
  FakeModule(rsp::card::Card& card, ModuleSettings settings, FaultPlan& plan,
             FakeModuleOptions options = {});
  FakeModule(const FakeModule&) = delete;
  FakeModule& operator=(const FakeModule&) = delete;

  /// Power. Time does not go back from one call to the next.
  void switch_on(ModuleTime now);
  /// What a client has written. Nobody listens while the module starts, or is off.
  void receive(ModulePort port, std::string_view octets, ModuleTime now);
  /// What is due by now happens.
  void advance(ModuleTime now);
  /// Who does what takes its time. Without one it is done at once, so that tests know what comes
  /// when.
  void set_worker(std::function<void(Errand)> worker) { worker_ = std::move(worker); }
  /// The work of an errand has ended.
  void finish(const Errand& errand, ModuleTime now);
  /// When something happens next; nothing where nothing waits.
  std::optional<ModuleTime> next_due() const;
  /// What has come out since this was asked last.
  std::vector<PortOutput> take_output(ModulePort port);

  const ModuleSettings& settings() const { return settings_; }
  const SimSlot& sim() const { return sim_; }
  /// How often each of the settings that are no one's rule has had an effect on what a client did.
  const std::map<std::string, std::uint64_t, std::less<>>& effects() const { return effects_; }

 private:
  struct Port {
    std::string name;
    PortSettings settings;
    std::string line;
    bool too_long = false, gone = false;
    std::optional<AtData> data;
    std::string received;      // of the data
    ModuleTime busy_until{0};  // the last answer is out by then
    bool in_pieces = false;    // some of an answer is out, and some is not
    std::string behind;        // URCs that wait for its end
    std::vector<PortOutput> output;
    std::size_t backlog = 0;  // octets that wait to be taken
  };
  struct Event {
    Port* port = nullptr;
    PortOutput output = {};
    std::size_t piece = 0;  // octets that go out before a pause; 0: all
    ModuleTime pause{0};
    std::size_t out = 0;  // octets that have gone
    std::function<void()> run = {};
    Port* patience = nullptr;  // the end of this port's patience for data
  };
  /// What happens so long after the answer to the command that is being carried out.
  struct Held {
    ModuleTime after;
    std::function<void()> run;
  };

  // ModuleControl
  void set_functionality(std::uint32_t functionality) override;
  void restart() override;
  void power_down() override;

  Port& port_of(ModulePort port) { return ports_[static_cast<std::size_t>(port)]; }
  void take_octet(Port& port, char octet);
  void take_data(Port& port, char octet);
  void take_line(Port& port);
  AtAnswer carry_out(Port& port, std::string_view line);
  AtContext context(Port& port);
  void await_data(Port& port, AtData data);
  void forget_data(Port& port);
  void release(Port& port);
  void later(ModuleTime after, std::function<void()> run);
  void urc(std::string text, ModuleTime after = {});
  void tell(Port& port, const std::string& text);
  void begin_errand(Errand errand);
  void send(Port& port, const std::string& echo, const AtAnswer& answer,
            const AtDelivery& delivery);
  std::string final_line(const Port& port, const AtFinal& final) const;
  void at(ModuleTime when, Event event);
  void put(Port& port, PortOutput output);
  void put_piece(ModuleTime when, Event event);
  void drop_output(Port& port);
  void take_away(Port& port, ModuleTime until);

  void begin(ModuleTime after);
  void drop_ports();
  void stop_sim();
  void start_sim();
  void sim_started();
  void look_at_sim();
  void register_with_network();
  void set_registered(std::optional<std::uint32_t> stat);
  void tell_lines(const std::vector<TimedLine>& lines);
  ModuleTime scaled(ModuleTime time) const { return time / options_.speed; }
  std::string expand(const std::string& text) const;

  ModuleSettings settings_;
  FaultPlan& plan_;
  FakeModuleOptions options_;
  std::map<std::string, std::uint64_t, std::less<>> effects_;
  SimSlot::Note note_;
  SimSlot sim_;
  NetworkState network_;
  HttpState http_;
  TlsSockets tls_sockets_;
  std::array<Port, 2> ports_;
  std::multimap<ModuleTime, Event> events_;
  ModuleTime now_{0};
  bool on_ = false, listening_ = false;
  std::uint64_t life_ = 0;          // counts starts: what an earlier one has planned is void
  std::uint64_t registration_ = 0;  // counts attempts in the same way
  std::uint64_t sim_life_ = 0;      // and starts of the SIM
  rsp::Bytes known_iccid_;          // of the profile whose network is known (F79)
  std::optional<rsp::Clock::TimePoint> date_;  // where a client has set it, or nobody has
  ModuleTime date_since_{0};
  std::optional<std::vector<Held>> held_;  // while a command is carried out
  std::function<void(Errand)> worker_;
  bool has_client_ = false;  // somebody has written something
  bool restarts_ = false, powers_down_ = false, drops_ports_ = false;  // once the answer is out
};

}  // namespace hil
