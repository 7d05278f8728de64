// What to do with a module whose card cannot be reached any more, from the mildest to the harshest.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "lpa/transport/at_transport.h"

namespace lpa {

/// From the mildest to the harshest.
enum class RecoveryRung { kChannels, kPort, kSim, kModule, kPower };

struct RecoveryStep {
  std::string name;  // "close channels", "reopen port", "SIM off and on", "module reset", "power"
  rsp::Status result;
  std::chrono::milliseconds took{};
};

struct RecoveryOptions {
  /// What is milder is left out.
  RecoveryRung first = RecoveryRung::kChannels;
  /// Whether the card can be reached again. Empty: whether the ISD-R can be selected.
  std::function<rsp::Status(rsp::Deadline)> works;
  /// Takes the module's power away and gives it back, where there is a way to (a relay, a hub).
  std::function<rsp::Status(rsp::Deadline)> power_cycle;
  /// Told of each step when it is done.
  std::function<void(const RecoveryStep&)> told;
  /// For each step with the look whether it has helped.
  std::chrono::milliseconds close_channels{30'000}, reopen{30'000}, sim{90'000}, module{180'000},
      power{180'000};
};

/// What was done, in order. The last step is the one that helped, or the last that there is.
struct Recovery {
  std::vector<RecoveryStep> steps;
  bool works() const { return !steps.empty() && steps.back().result.has_value(); }
  /// "close channels failed (...); SIM off and on helped".
  std::string summary() const;
};

/// Goes up until something helps or the deadline passes.
Recovery recover(AtTransport& transport, const RecoveryOptions& options, rsp::Deadline deadline);

}  // namespace lpa
