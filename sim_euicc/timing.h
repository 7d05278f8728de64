// How long a real card takes. The card itself never waits: it says how long it would have taken
// (rsp::card::Card::take_delay()), and whoever drives it moves a virtual clock or lets real time
// pass.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rsp/base/bytes.h"

namespace sim {

/// Names of BPP segments by what they are for (SGP.22 5.5), in TimingProfile::work. The segment
/// that ends a load has a name of its own, since the profile is installed then.
inline constexpr std::string_view kInitialiseSecureChannelWork = "ES8+.InitialiseSecureChannel",
                                  kConfigureIsdpWork = "ES8+.ConfigureISDP",
                                  kStoreMetadataWork = "ES8+.StoreMetadata",
                                  kReplaceSessionKeysWork = "ES8+.ReplaceSessionKeys",
                                  kLoadProfileElementsWork = "ES8+.LoadProfileElements",
                                  kLastSegmentWork = "ES8+.LastSegment";

struct TimingProfile {
  using Duration = std::chrono::nanoseconds;
  /// For every APDU, and for each octet of command and response, status word included.
  Duration command{0}, octet{0};
  /// By the name of a function of ES10 ("ES10b.AuthenticateServer"), of a BPP segment, or of an
  /// instruction ("SELECT"); see timed_instructions(). What is not named takes no time.
  std::map<std::string, Duration, std::less<>> work;

  /// How long one APDU takes in all. `function` is the ES10 function or BPP segment that it has
  /// completed, or empty.
  Duration of(rsp::BytesView command, std::size_t response_size, std::string_view function) const;
};

/// Profiles that were measured: "sysmoeuicc1-c2t". Nothing for another name.
std::optional<TimingProfile> timing_preset(std::string_view name);
std::vector<std::string> timing_preset_names();
/// The instructions that TimingProfile::work may name.
std::vector<std::string> timed_instructions();

}  // namespace sim
