// The commands of a module as rows of tables, and what they work on.
#pragma once

#include <map>

#include "hil/fake_module/at_command.h"
#include "hil/fake_module/at_exchange.h"
#include "hil/fake_module/errand.h"
#include "hil/fake_module/sim_slot.h"
#include "rsp/http/client.h"

namespace hil {

/// Since the module was made.
using ModuleTime = std::chrono::milliseconds;

/// What a client has set on its port.
struct PortSettings {
  bool echo = true, verbose = true;
  std::uint32_t cmee = 0;
  std::map<std::uint32_t, std::uint32_t> registers = {{3, 13}, {4, 10}, {5, 8}};  // ATS; others 0
};

/// +QHTTP...: what has been set, and the last answer.
struct HttpState {
  std::map<std::string, std::string> configuration;  // +QHTTPCFG
  std::map<std::string, std::string> tls;            // +QSSLCFG, "sslversion,1"
  std::string url;
  std::map<std::string, std::string> files;  // of the module, by name
  std::optional<std::string> answer;         // what +QHTTPREAD gives
  Waiting request;                           // one at a time
};

/// +QSSLOPEN...: a connection with TLS that the module holds.
struct TlsSocket {
  std::string host;        // "host:port"
  std::string in;          // from the module's client, until it is a whole request
  std::string out;         // for it, until it reads it
  bool connected = false;  // before that it is being opened
  bool told = false;       // that there is something to read
  bool closed = false;     // by the server
  Waiting request;         // one at a time, as is the connecting
};
using TlsSockets = std::map<std::uint64_t, TlsSocket>;

struct NetworkState {
  std::uint32_t functionality = 1;                // +CFUN
  std::map<std::string, std::uint32_t> reports;   // "+CEREG": what was set
  std::optional<std::uint32_t> registered;        // 1 at home, 5 roaming
  std::map<std::uint32_t, std::string> contexts;  // +CGDCONT
  std::map<std::uint32_t, bool> active;           // +CGACT
  bool attached = true;
};

/// What commands may do to the module as a whole.
class ModuleControl {
 public:
  virtual ~ModuleControl() = default;
  virtual void set_functionality(std::uint32_t functionality) = 0;
  virtual void restart() = 0;
  virtual void power_down() = 0;
};

struct AtContext {
  ModuleSettings& settings;
  SimSlot& sim;
  NetworkState& network;
  HttpState& http;
  TlsSockets& tls_sockets;
  PortSettings& port;
  ModuleControl& control;
  const SimSlot::Note& note;
  rsp::http::Transport* transport;  // null: the network is not there
  /// A URC behind the answer to the command that is being carried out, on the port that it came by.
  std::function<void(std::string text)> tell;
  /// The same for what is begun behind the answer.
  std::function<void(Errand)> begin;
  std::function<rsp::Clock::TimePoint()> date;
  std::function<void(rsp::Clock::TimePoint)> set_date;
};

struct AtRow {
  std::string_view name;
  std::string_view families;  // "" for every module, else one that must be among the settings'
  AtAnswer (*run)(AtContext&, const AtCommand&);
};

/// In the order in which they are looked for.
std::span<const std::span<const AtRow>> at_tables();
std::span<const AtRow> general_commands();
std::span<const AtRow> sim_commands();
std::span<const AtRow> apdu_commands();
std::span<const AtRow> network_commands();
std::span<const AtRow> http_commands();
std::span<const AtRow> tls_commands();

/// The row of a command that this module has; null where it has none. One that the settings have
/// taken away is noted.
const AtRow* find_command(const ModuleSettings& settings, std::string_view name,
                          const SimSlot::Note& note);

/// For rows that have no more to say.
AtAnswer answer_ok(AtContext&, const AtCommand&);
inline constexpr int kCmeNotAllowed = 3, kCmeNotSupported = 4, kCmeNoSim = 10, kCmePin = 11,
                     kCmePuk = 12, kCmeSimFailure = 13, kCmeWrongPassword = 16,
                     kCmeIncorrectParameters = 50;
/// +CEREG and its kin as a number: what the network says now.
std::uint32_t registration(const AtContext& context);

}  // namespace hil
