// A fake module with a card in it on which a profile is installed and enabled, and a second one is
// installed; time goes on as the test says.
#pragma once

#include "hil/fake_module/fake_module.h"
#include "hil/fake_module/presets.h"
#include "rsp/base/hex.h"
#include "tests/world.h"

namespace hil {

inline constexpr std::string_view kFirstIccid = "8988211000000000019",
                                  kSecondIccid = "8988211000000000027";
inline constexpr std::string_view kIsdR = "A0000005591010FFFFFFFF8900000100";

/// What a card holds after two downloads, made once a process.
inline const sim::StorageRecords& downloaded() {
  static const sim::StorageRecords records = [] {
    testing_world::World world;
    world.start();
    world.add_order("FIRST", std::string(kFirstIccid));
    world.add_order("SECOND", std::string(kSecondIccid));
    EXPECT_TRUE(world.lpa->download(world.activation_code("FIRST")));
    EXPECT_TRUE(world.lpa->download(world.activation_code("SECOND")));
    auto profiles = world.lpa->profiles().value();
    EXPECT_TRUE(world.lpa->enable(*profiles.front().iccid));
    return world.storage.load().value();
  }();
  return records;
}

class ModuleTest : public ::testing::Test {
 protected:
  using enum ModulePort;

  /// A module that has been on for a minute, and has said what it says when it starts.
  void start(const std::string& dialect = "plain", const std::vector<std::string>& quirks = {},
             const std::vector<ModulePreset>& own = {}) {
    switch_on(dialect, quirks, own);
    pass(std::chrono::minutes(1));
  }
  void switch_on(const std::string& dialect, const std::vector<std::string>& quirks = {},
                 const std::vector<ModulePreset>& own = {}) {
    storage = sim::MemoryStorage(downloaded());
    card = sim::Euicc::power_up(persona, world.credentials, {world.random, storage}).value();
    plan.clear();
    auto settings = module_settings(dialect, quirks, own, plan);
    EXPECT_TRUE(settings) << settings.error().message();
    module.emplace(*card, *settings, plan,
                   FakeModuleOptions{.transport = transport, .clock = &world.clock});
    module->switch_on(now);
  }
  /// What comes out while so much time goes by, apart by when it comes.
  std::vector<std::string> pieces(ModuleTime time) {
    std::vector<std::string> out;
    for (ModuleTime end = now + time; now < end;) {
      now = std::min(end, module->next_due().value_or(end));
      module->advance(now);
      if (std::string one = taken(); !one.empty()) out.push_back(std::move(one));
    }
    return out;
  }
  /// The same together.
  std::string pass(ModuleTime time, ModulePort port = kPrimary) {
    now += time;
    module->advance(now);
    return taken(port);
  }
  std::string taken(ModulePort port = kPrimary) {
    std::string out;
    for (const PortOutput& output : module->take_output(port)) {
      out += output.kind == PortOutput::Kind::kGone   ? "<gone>"
             : output.kind == PortOutput::Kind::kBack ? "<back>"
                                                      : output.octets;
    }
    return out;
  }
  /// What a line gets at once.
  std::string say(const std::string& line, ModulePort port = kPrimary) {
    module->receive(port, line + "\r", now);
    return taken(port);
  }
  /// The same without echo: what stands between the first and the last line end.
  std::string ask(const std::string& line) {
    std::string out = say(line);
    if (out.starts_with(line + "\r")) out.erase(0, line.size() + 1);
    while (out.starts_with("\r\n")) out.erase(0, 2);
    while (out.ends_with("\r\n")) out.erase(out.size() - 2);
    return out;
  }
  std::string open_isd_r() { return ask("AT+CCHO=\"" + std::string(kIsdR) + "\""); }
  /// +CGLA of a session, with an APDU in hexadecimal.
  std::string cgla(const std::string& session, const std::string& apdu) {
    return ask("AT+CGLA=" + session + "," + std::to_string(apdu.size()) + ",\"" + apdu + "\"");
  }
  std::string csim(const std::string& apdu) {
    return ask("AT+CSIM=" + std::to_string(apdu.size()) + ",\"" + apdu + "\"");
  }
  /// ES10c.EnableProfile with REFRESH, of the profile with this ICCID.
  std::string enable(const std::string& session, std::string_view iccid) {
    auto swapped = rsp::to_hex(rsp::to_swapped_bcd(iccid, 10).value());
    return cgla(session, "80E2910014BF3111A00C5A0A" + swapped + "8101FF");
  }
  /// How a quirk fared, of those that start() was given.
  QuirkReport met(const std::string& quirk, const std::vector<ModulePreset>& own = {}) const {
    return report_quirks({quirk}, own, *module, plan).front();
  }
  std::uint64_t effect(std::string_view setting) const {
    auto found = module->effects().find(setting);
    return found == module->effects().end() ? 0 : found->second;
  }
  std::uint64_t used(const std::string& fault) const {
    for (const FaultReport& report : plan.report()) {
      if (report.id == fault) return report.used;
    }
    return 0;
  }

  testing_world::World world;
  sim::Persona persona;
  sim::MemoryStorage storage;
  std::unique_ptr<sim::Euicc> card;
  FaultPlan plan;
  rsp::http::Transport* transport = nullptr;
  ModuleTime now{0};
  std::optional<FakeModule> module;
};

/// Remembers what it is asked, and answers what it is told to.
class RecordingServer final : public rsp::http::Transport {
 public:
  rsp::Result<rsp::http::Response> send(std::string_view to, const rsp::http::Request& request,
                                        rsp::Deadline) override {
    host = to;
    requests.push_back(request);
    if (failure) return rsp::failure(*failure);
    return answer;
  }
  rsp::Status connect(std::string_view to, rsp::Deadline) override {
    host = to;
    if (failure) return rsp::failure(*failure);
    return {};
  }
  std::string host;
  std::vector<rsp::http::Request> requests;
  rsp::http::Response answer{200, "{\"a\":1}", {{"Content-Type", "application/json"}}};
  std::optional<rsp::Error> failure;
};

/// A Quectel module whose network leads to one server.
class ServedModuleTest : public ModuleTest {
 protected:
  ServedModuleTest() { transport = &server; }
  void begin(const std::vector<std::string>& quirks = {}) {
    start("quectel-eg25", quirks);
    ask("ATE0");
    ask("AT+CMEE=1");
  }

  RecordingServer server;
};

}  // namespace hil
