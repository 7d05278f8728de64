#include "lpa/transport/recovery.h"

#include <fmt/format.h>

#include "lpa/es10_client.h"

namespace lpa {
namespace {

using Steady = rsp::Deadline::Steady;
using Action = std::function<rsp::Status(rsp::Deadline)>;

rsp::Status reaches_isd_r(AtTransport& transport, rsp::Deadline deadline) {
  RSP_TRY(auto channel, transport.open_channel(Es10Options::default_isd_r_aid(), deadline));
  return transport.close_channel(channel, deadline);
}

}  // namespace

std::string Recovery::summary() const {
  std::string out;
  for (const RecoveryStep& step : steps) {
    out += fmt::format(
        "{}{} {}", out.empty() ? "" : "; ", step.name,
        step.result ? "helped" : fmt::format("did not help ({})", step.result.error().text));
  }
  return out;
}

Recovery recover(AtTransport& transport, const RecoveryOptions& options, rsp::Deadline deadline) {
  struct Rung {
    RecoveryRung which;
    const char* name;
    std::chrono::milliseconds span;
    Action action;
  };
  const Rung ladder[] = {
      {RecoveryRung::kChannels, "close channels", options.close_channels,
       [&](auto until) { return transport.close_all_channels(until); }},
      {RecoveryRung::kPort, "reopen port", options.reopen,
       [&](auto until) { return transport.reopen(until); }},
      {RecoveryRung::kSim, "SIM off and on", options.sim,
       [&](auto until) { return transport.reset(until); }},
      {RecoveryRung::kModule, "module reset", options.module,
       [&](auto until) { return transport.reset_module(until); }},
      {RecoveryRung::kPower, "power", options.power,
       [&](auto until) -> rsp::Status {
         RSP_CHECK(options.power_cycle(until));
         return transport.rejoin(until);
       }},
  };
  Recovery out;
  for (const Rung& rung : ladder) {
    bool possible = options.power_cycle || rung.which != RecoveryRung::kPower;
    if (!possible || rung.which < options.first || deadline.passed() || deadline.interrupted())
      continue;
    auto begin = Steady::now();
    auto until = deadline.no_later_than(begin + rung.span);
    rsp::Status result = rung.action(until);
    if (result) result = options.works ? options.works(until) : reaches_isd_r(transport, until);
    bool done = result.has_value();
    out.steps.push_back(
        {rung.name, std::move(result),
         std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - begin)});
    if (options.told) options.told(out.steps.back());
    if (done) break;
  }
  return out;
}

}  // namespace lpa
