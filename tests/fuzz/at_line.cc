// Any octets from a client of the fake module. Input: an octet that chooses a dialect, one that
// chooses a quirk, then what the client writes; FF in it lets a second go by.
//
// Promises: the module answers or is silent, but no more than its backlog waits; what comes out
// comes from the engine alone; a reset leads back to a module that answers AT.
#include "hil/fake_module/fake_module.h"
#include "hil/fake_module/presets.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/input.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;

namespace {

/// Takes every command, and answers with some of it.
class AnyCard final : public rsp::card::Card {
 public:
  Bytes reset() override { return {0x3B, 0x00}; }
  Bytes transmit(BytesView command) override {
    if (command.size() < 4) return {0x67, 0x00};
    switch (command[1]) {
      case 0x70:
        if (command[2] == 0x80) return {0x90, 0x00};
        return {static_cast<std::uint8_t>(1 + next_++ % 19), 0x90, 0x00};
      case 0xE2:
        return {0x61, command[3]};
      case 0xC0:
        return rsp::concat({command, Bytes{0x91, 0x0B}});
      case 0x12:
        return {0xD0, 0x09, 0x81, 0x03, 0x01, 0x01, command[3], 0x82, 0x02, 0x81, 0x82, 0x90, 0x00};
      case 0xB0:
        return {0x98, 0x88, 0x12, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x91, 0x90, 0x00};
      default:
        return rsp::concat({command.subspan(0, 4), Bytes{0x90, 0x00}});
    }
  }

 private:
  std::size_t next_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  const auto& dialects = hil::module_dialects();
  const auto& quirks = hil::module_quirks();
  const std::string& dialect = dialects[input.octet() % dialects.size()].name;
  std::size_t quirk = input.octet() % (quirks.size() + 1);
  std::vector<std::string> chosen;
  if (quirk < quirks.size()) chosen.push_back(quirks[quirk].name);
  hil::FaultPlan plan;
  auto settings = hil::module_settings(dialect, chosen, {}, plan);
  require(settings.has_value(), "the tables are good");
  AnyCard card;
  hil::FakeModule module(card, *settings, plan, {.speed = 100});
  hil::ModuleTime now{0};
  module.switch_on(now);
  module.advance(now += std::chrono::minutes(1));
  std::string_view stream = rsp::text_of(input.rest());
  while (!stream.empty()) {
    auto end = stream.find('\xFF');
    module.receive(hil::ModulePort::kPrimary, stream.substr(0, end), now);
    if (end == stream.npos) break;
    module.advance(now += std::chrono::seconds(1));
    stream.remove_prefix(end + 1);
  }
  module.advance(now += std::chrono::hours(24));
  for (hil::ModulePort port : hil::kModulePorts) {
    std::size_t octets = 0;
    for (const hil::PortOutput& output : module.take_output(port)) octets += output.octets.size();
    require(octets <= 8 << 20, "the backlog has an end");
  }
  module.switch_on(now);
  module.advance(now += std::chrono::minutes(1));
  std::string before;
  for (const hil::PortOutput& output : module.take_output(hil::ModulePort::kPrimary))
    before += output.octets;
  module.receive(hil::ModulePort::kPrimary, "\rAT\r", now);
  module.advance(now += std::chrono::minutes(1));
  std::string out;
  for (const hil::PortOutput& output : module.take_output(hil::ModulePort::kPrimary))
    out += output.octets;
  require(out.contains("OK"), "a module that was switched on answers AT");
  return 0;
}
