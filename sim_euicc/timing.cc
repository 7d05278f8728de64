#include "sim_euicc/timing.h"

#include <algorithm>
#include <array>

namespace sim {
namespace {

using std::chrono::duration_cast;
using Milliseconds = std::chrono::duration<double, std::milli>;

struct Instruction {
  std::uint8_t ins;
  std::string_view name;
};
constexpr std::array kInstructions = {
    Instruction{0xA4, "SELECT"},
    Instruction{0xB0, "READ BINARY"},
    Instruction{0xD6, "UPDATE BINARY"},
    Instruction{0xB2, "READ RECORD"},
    Instruction{0xDC, "UPDATE RECORD"},
    Instruction{0xA2, "SEARCH RECORD"},
    Instruction{0x32, "INCREASE"},
    Instruction{0xF2, "STATUS"},
    Instruction{0x88, "AUTHENTICATE"},
    Instruction{0x84, "GET CHALLENGE"},
    Instruction{0x20, "VERIFY PIN"},
    Instruction{0x24, "CHANGE PIN"},
    Instruction{0x26, "DISABLE PIN"},
    Instruction{0x28, "ENABLE PIN"},
    Instruction{0x2C, "UNBLOCK PIN"},
    Instruction{0x70, "MANAGE CHANNEL"},
    Instruction{0xCA, "GET DATA"},
    Instruction{0xC0, "GET RESPONSE"},
    Instruction{0x10, "TERMINAL PROFILE"},
    Instruction{0xAA, "TERMINAL CAPABILITY"},
    Instruction{0x12, "FETCH"},
    Instruction{0x14, "TERMINAL RESPONSE"},
    Instruction{0xC2, "ENVELOPE"},
    Instruction{0xE2, "STORE DATA"},
};

std::string_view instruction_name(rsp::BytesView command) {
  if (command.size() < 2) return "";
  auto row = std::ranges::find(kInstructions, command[1], &Instruction::ins);
  return row == kInstructions.end() ? "" : row->name;
}

struct Measured {
  std::string_view work;
  double milliseconds;
};

/// Medians of 176 downloads by a sysmoEUICC1-C2T in a PC/SC reader. Transfer is apart: 1.07 ms for
/// each APDU and 62.3 us for each octet. Segments that were measured together have one value.
constexpr std::array kSysmoEuicc1C2t = {
    Measured{"ES10b.GetEUICCChallenge", 4.6},
    Measured{"ES10b.GetEUICCInfo1", 40},
    Measured{"ES10b.AuthenticateServer", 2960},
    Measured{"ES10b.PrepareDownload", 3710},
    Measured{kInitialiseSecureChannelWork, 1450},
    // The medians of single segments are 0.6 to 1.5 s.
    Measured{kLoadProfileElementsWork, 1000},
    Measured{kLastSegmentWork, 3790},
};

struct Preset {
  std::string_view name;
  double command, octet;  // milliseconds
  std::span<const Measured> work;
};
constexpr std::array kPresets = {Preset{"sysmoeuicc1-c2t", 1.07, 0.0623, kSysmoEuicc1C2t}};

TimingProfile::Duration span_of(double milliseconds) {
  return duration_cast<TimingProfile::Duration>(Milliseconds(milliseconds));
}

}  // namespace

TimingProfile::Duration TimingProfile::of(rsp::BytesView octets, std::size_t response_size,
                                          std::string_view function) const {
  Duration all = command + octet * static_cast<std::int64_t>(octets.size() + response_size);
  for (std::string_view name : {instruction_name(octets), function}) {
    if (auto found = work.find(name); found != work.end()) all += found->second;
  }
  return all;
}

std::optional<TimingProfile> timing_preset(std::string_view name) {
  auto preset = std::ranges::find(kPresets, name, &Preset::name);
  if (preset == kPresets.end()) return std::nullopt;
  TimingProfile profile{span_of(preset->command), span_of(preset->octet), {}};
  for (const Measured& row : preset->work)
    profile.work[std::string(row.work)] = span_of(row.milliseconds);
  return profile;
}

std::vector<std::string> timing_preset_names() {
  std::vector<std::string> names;
  for (const Preset& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

std::vector<std::string> timed_instructions() {
  std::vector<std::string> names;
  for (const Instruction& row : kInstructions) names.emplace_back(row.name);
  return names;
}

}  // namespace sim
