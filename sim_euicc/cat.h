// The card application toolkit: proactive commands on their way to the terminal (ETSI TS 102 223,
// TS 102 221 7.4.2 and 11.2).
#pragma once

#include <list>
#include <optional>

#include "rsp/base/bytes.h"

namespace sim {

/// What a proactive command is there for, so that the terminal's answer can be acted on.
enum class ProactivePurpose : std::uint8_t {
  kProfileSwitch,  // REFRESH; the switch is carried out with its TERMINAL RESPONSE
  kOther
};

struct ProactiveCommand {
  rsp::Bytes octets;  // D0 ...
  ProactivePurpose purpose = ProactivePurpose::kOther;
};

/// One terminal session: from TERMINAL PROFILE on, commands wait, are fetched and are answered, one
/// at a time.
class Cat {
 public:
  /// TERMINAL PROFILE (11.2.1): what the terminal can do.
  void start(rsp::BytesView terminal_profile);
  /// Whether the terminal has said that it carries out REFRESH. Before TERMINAL PROFILE no
  /// proactive command may be sent.
  bool supports_refresh() const;
  bool started() const { return started_; }

  /// Dropped where the terminal has not sent TERMINAL PROFILE, before which nothing may be sent (TS
  /// 102 223 6.1), and where it has fetched none of the last kMaxWaiting.
  void queue(ProactiveCommand command);
  static constexpr std::size_t kMaxWaiting = 32;
  /// Whether a command waits or has been fetched and not been answered: then ES10c answers catBusy.
  bool busy() const { return fetched_.has_value() || !waiting_.empty(); }
  /// Octets of the command that waits, for 91xx; 0 where none waits or one is being carried out.
  std::size_t waiting() const;
  /// FETCH: the command, or nothing where none waits.
  std::optional<rsp::Bytes> fetch();
  /// TERMINAL RESPONSE: the command that it answers, now done with. Nothing where none was fetched.
  std::optional<ProactiveCommand> respond();
  /// A command number for the next command, 1 to 254.
  std::uint8_t next_number();

 private:
  bool started_ = false;
  rsp::Bytes terminal_profile_;
  std::list<ProactiveCommand> waiting_;
  std::optional<ProactiveCommand> fetched_;
  std::uint8_t last_number_ = 0;
};

/// Modes of REFRESH for a profile switch (TS 102 223 6.4.7).
enum class RefreshMode : std::uint8_t { kUiccReset = 0x04, kEuiccProfileStateChange = 0x09 };
rsp::Bytes refresh_command(std::uint8_t number, RefreshMode mode);

/// The general result in a TERMINAL RESPONSE (TS 102 223 8.12); nothing where it has none, or its
/// objects are malformed.
std::optional<std::uint8_t> general_result(rsp::BytesView terminal_response);
/// 00 to 0F: the command was performed, perhaps in part.
constexpr bool performed(std::uint8_t result) { return result < 0x10; }

}  // namespace sim
