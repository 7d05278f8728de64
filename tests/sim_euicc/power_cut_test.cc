// Power that goes away at every APDU and at every write of every operation that changes what a card
// remembers: afterwards the card is as before the interrupted command or as after it, and the
// operation can be carried out to its end (SGP.22 3.1.3.3, 3.5, 5.5 and 5.7).
//
// Writes are all or nothing here, as Storage promises; power_cut_test_sqlite.cc shows that a file
// keeps that promise.
#include <fmt/format.h>

#include "aka_test_support.h"
#include "power_cut_support.h"
#include "rsp/pki/crl_issuer.h"

namespace sim::testing {
namespace {

using smdp::KeyMode;

constexpr std::string_view kSelectUsim = "00A4040C10A0000000871002FF01FF018900000100";
constexpr std::string_view kTerminalProfile = "801000000400008000";
constexpr std::string_view kRefreshDone = "801400000C810301010482028281830100";
constexpr std::string_view kAdm1 = "0020000A083535353535353535";

/// Something that a card is told to do, and that changes what it remembers.
struct Operation {
  std::string name;
  std::function<void(Bench&)> prepare;
  std::function<void(CutRig&)> run;
  /// The fewest points that there can be, so that an empty enumeration is noticed.
  std::size_t least_apdus = 1, least_writes = 1;
};

// --- What the cards of the test have been through ---

void nothing(Bench&) {}
void two_profiles(Bench& card) {
  card.install(1);
  card.install(2);
  card.enable(iccid(1));
}
void running_profile(Bench& card) {
  card.install(1);
  card.enable(iccid(1));
}
void test_profile(Bench& card) {
  running_profile(card);
  auto metadata = metadata_for(2);
  metadata.profile_class = rsp::ProfileClass::kTest;
  card.install(metadata);
}
void running_test_profile(Bench& card) {
  test_profile(card);
  EXPECT_EQ(card.enable(iccid(2)), "ok");
}
void blocked_pin2(Bench& card) {
  running_profile(card);
  card.power_cycle();
  card.apdu(kSelectUsim);
  for (int i = 0; i < 3; ++i) card.apdu("00200081083939393939393939");
}

// --- Operations ---

/// APDUs that must be answered with success.
void send(CutRig& rig, std::initializer_list<std::string_view> commands) {
  for (std::string_view command : commands) {
    std::string answer = rig.card.apdu(command);
    EXPECT_TRUE(answer.ends_with("9000") || answer.starts_with("91")) << command << " " << answer;
  }
}

Operation apdus(std::string name, std::function<void(Bench&)> prepare,
                std::vector<std::string> commands) {
  std::size_t count = commands.size();
  auto run = [commands = std::move(commands)](CutRig& rig) {
    for (const std::string& command : commands) rig.card.apdu(command);
  };
  return {std::move(name), std::move(prepare), std::move(run), count, 1};
}

Operation called(std::string name, std::function<void(Bench&)> prepare,
                 std::function<std::string(Bench&)> call) {
  auto run = [call = std::move(call)](CutRig& rig) { EXPECT_EQ(call(rig.card), "ok"); };
  return {std::move(name), std::move(prepare), std::move(run), 3, 1};  // channel, SELECT, command
}

Operation load(std::string name, KeyMode mode, std::string outcome = "installed",
               std::function<void(BppPlan&)> spoil = {}) {
  auto run = [=](CutRig& rig) { EXPECT_EQ(download(rig.card, rig.otpk, 3, mode, spoil), outcome); };
  // Key pair, load begun, and the end of it.
  return {std::move(name), running_profile, run, 25, 3};
}

enum class Settled { kByTheTerminal, kByReset };
Operation refreshed(std::string name, std::function<void(Bench&)> prepare,
                    std::string_view function, unsigned number, Settled settled) {
  std::string command = std::string(function) + "11A00C5A0A" + to_hex(iccid(number)) + "8101FF";
  auto run = [=](CutRig& rig) {
    send(rig, {kTerminalProfile});
    EXPECT_EQ(rig.card.command(command), std::string(function) + "03800100910B");
    send(rig, {"801200000B"});
    if (settled == Settled::kByReset) return rig.reset();
    send(rig, {kRefreshDone});
  };
  // TERMINAL PROFILE, channel, SELECT, STORE DATA, FETCH, and TERMINAL RESPONSE where there is one.
  return {std::move(name), std::move(prepare), run, 5, 2};
}

std::string set_default_address(Bench& card) {
  return name_of(
      card.call(rsp::SetDefaultDpAddressRequest{"a.example", {}}).set_default_dp_address_result);
}
std::string set_nickname(Bench& card) {
  return name_of(
      card.call(rsp::SetNicknameRequest{iccid(1), std::string("mine"), {}}).set_nickname_result);
}
std::string load_crl(Bench& card) {
  // The same one each time: signatures differ in length.
  static const Bytes crl =
      rsp::pki::issue_crl_der(rsp::pki::crl_template(card.clock.now(), 1), card.pki.ci);
  auto answer = card.call(rsp::LoadCrlRequest{{crl}, {}});
  return std::holds_alternative<rsp::LoadCrlResponseOk>(answer.result) ? "ok" : "refused";
}
std::string reset_all(Bench& card) {
  return card.memory_reset({rsp::kDeleteOperationalProfiles, rsp::kDeleteFieldLoadedTestProfiles,
                            rsp::kResetDefaultSmdpAddress});
}

std::vector<Operation> operations_of_the_lpa() {
  auto other_iccid = [](BppPlan& plan) {
    Bytes other = testing_world::make_profile(iccid_digits(77));
    plan.package = {Bytes(other.begin(), other.begin() + 1000),
                    Bytes(other.begin() + 1000, other.end())};
  };
  auto no_end = [](BppPlan& plan) { plan.package.pop_back(); };
  auto by_call = [](auto function) { return function; };
  return {
      load("DownloadWithRandomKeys", KeyMode::kRandomKeys),
      load("DownloadWithSessionKeys", KeyMode::kSessionKeys),
      load("FailingDownloadWithRandomKeys", KeyMode::kRandomKeys,
           "loadProfileElements: installFailedDueToDataMismatch", other_iccid),
      load("FailingDownloadWithSessionKeys", KeyMode::kSessionKeys,
           "loadProfileElements: installFailedDueToPEProcessingError", no_end),
      called("Enable", two_profiles, [](Bench& card) { return card.enable(iccid(2)); }),
      refreshed("EnableWithRefresh", two_profiles, "BF31", 2, Settled::kByTheTerminal),
      refreshed("EnableWithRefreshAndReset", two_profiles, "BF31", 2, Settled::kByReset),
      called("Disable", running_profile, [](Bench& card) { return card.disable(iccid(1)); }),
      refreshed("DisableWithRefresh", running_profile, "BF32", 1, Settled::kByTheTerminal),
      called("EnableTestProfile", test_profile, [](Bench& card) { return card.enable(iccid(2)); }),
      called("DisableTestProfile", running_test_profile,
             [](Bench& card) { return card.disable(iccid(2)); }),
      refreshed("DisableTestProfileWithRefresh", running_test_profile, "BF32", 2,
                Settled::kByTheTerminal),
      called("Delete", two_profiles, [](Bench& card) { return card.remove(iccid(2)); }),
      called("MemoryReset", two_profiles, reset_all),
      called("RemoveNotification", two_profiles,
             [](Bench& card) { return card.remove_notification(2); }),
      called("SetNickname", running_profile, by_call(set_nickname)),
      called("SetDefaultDpAddress", nothing, by_call(set_default_address)),
      called("LoadCrl", nothing, by_call(load_crl)),
  };
}

std::vector<Operation> operations_of_the_terminal() {
  std::string usim(kSelectUsim), adm1(kAdm1);
  AuthenticationCentre network(milenage());
  std::string challenge = to_hex(sim::testing::challenge(kRand, network.autn(kRand, sqn_of(1, 0))));
  return {
      apdus("UpdateBinary", running_profile, {usim, "00A4000C026F7B", "00D600000300F110"}),
      apdus("UpdateRecord", running_profile,
            {usim, "00A4000C026F3C", "00DC0204B001" + std::string(350, '0')}),
      apdus("DeactivateFile", running_profile, {usim, "00A4000C026F7B", adm1, "00040000"}),
      apdus("VerifyWithAWrongPin", running_profile, {usim, "00200081083939393939393939"}),
      apdus("VerifyAfterAWrongPin",
            [](Bench& card) {
              running_profile(card);
              card.power_cycle();
              card.apdu(kSelectUsim);
              EXPECT_EQ(card.apdu("00200081083939393939393939"), "63C2");
            },
            {usim, "002000810830303030FFFFFFFF"}),
      apdus("ChangePin", running_profile, {"0024000A1035353535353535353131313131313131"}),
      apdus("EnablePin", running_profile, {usim, "002800010830303030FFFFFFFF"}),
      apdus("UnblockPin", blocked_pin2, {usim, "002C00811032323232323232323131313131313131"}),
      apdus("UnblockWithAWrongPuk", blocked_pin2,
            {usim, "002C00811039393939393939393131313131313131"}),
      apdus("Authenticate", running_profile, {usim, "0088008122" + challenge + "00"}),
  };
}

// --- The same operation without a cut ---

/// What a card is after a power-on, had its power gone away before or after something.
struct Step {
  std::string before, after;
};
struct Reference {
  StorageRecords start;
  std::vector<Step> apdus, writes;
  std::string first, last;
  NotificationHistory history;
};

StorageRecords prepared(const Operation& operation) {
  Bench card;
  card.start();
  operation.prepare(card);
  return card.storage.records();
}

Reference reference_of(const Operation& operation) {
  Reference out;
  out.start = prepared(operation);
  CutRig rig(out.start);
  std::vector<StorageRecords> snapshots;
  std::vector<std::uint64_t> apdus, writes;
  rig.observer = [&] {
    snapshots.push_back(rig.records());
    apdus.push_back(rig.apdus());
    writes.push_back(rig.writes());
  };
  operation.run(rig);
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < snapshots.size(); ++i) {
    bool same = i > 0 && snapshots[i] == snapshots[i - 1];
    texts.push_back(same ? texts.back() : powered_text(snapshots[i]));
  }
  for (std::size_t i = 0; i + 1 < texts.size(); i += 2) {
    if (apdus[i + 1] > apdus[i]) out.apdus.push_back({texts[i], texts[i + 1]});
    EXPECT_LE(writes[i + 1] - writes[i], 1U) << "a command is committed once";
    if (writes[i + 1] > writes[i]) out.writes.push_back({texts[i], texts[i + 1]});
  }
  out.first = powered_text(out.start);
  out.last = powered_text(rig.records());
  EXPECT_NE(canonical(out.first), canonical(out.last)) << "the operation does nothing";
  return out;
}

// --- What must hold after a cut ---

std::size_t enabled_profiles(const NonVolatile& memory) {
  return static_cast<std::size_t>(std::ranges::count_if(memory.profiles, [](const auto& entry) {
    return entry.second.state == rsp::ProfileState::kEnabled;
  }));
}

std::uint32_t next_number(const std::string& text) {
  std::size_t at = text.rfind("next number ");
  return static_cast<std::uint32_t>(std::stoul(text.substr(at + 12)));
}

void check_powered(CutRig& rig, const Reference& reference, const std::string& expected,
                   std::size_t interrupted) {
  std::string text = text_of(rig.card.euicc->memory());
  EXPECT_EQ(text, expected);
  EXPECT_EQ(exact_text_of(Memory::open(*rig.card.other_storage, {}).value().state()),
            exact_text_of(rig.card.euicc->memory()));
  EXPECT_THAT(canonical(text),
              ::testing::AnyOf(canonical(reference.first), canonical(reference.last)));
  EXPECT_LE(enabled_profiles(rig.card.euicc->memory()), 1U);
  EXPECT_EQ(interruptions(text), interrupted);
  EXPECT_FALSE(rig.records().contains("load"));
  EXPECT_FALSE(rig.card.euicc->memory().settings.pending_switch);
  rig.power_on();
  EXPECT_EQ(text_of(rig.card.euicc->memory()), text) << "after one more power-on";
}

void check_cut(const Operation& operation, const Reference& reference, const Cut& cut,
               const std::string& expected) {
  SCOPED_TRACE(operation.name + ", power lost " + cut.text());
  CutRig rig(reference.start);
  NotificationHistory history;
  history.observe(rig.records());
  rig.arm(cut);
  EXPECT_THROW(operation.run(rig), PowerLost);
  history.observe(rig.records());
  std::size_t interrupted = rig.records().contains("load") ? 1 : 0;
  bool key_kept = rig.records().contains("otpk");
  EXPECT_TRUE(interrupted == 0 || key_kept) << "the key may be used again";
  rig.power_on();
  history.observe(rig.records());
  check_powered(rig, reference, expected, interrupted);
  history.observe(rig.records());

  // What was not done is done again, and all is as without a cut.
  bool done = canonical(text_of(rig.card.euicc->memory())) == canonical(reference.last);
  if (!done) operation.run(rig);
  history.observe(rig.records());
  rig.power_on();
  history.observe(rig.records());
  std::string text = text_of(rig.card.euicc->memory());
  EXPECT_EQ(canonical(text), canonical(reference.last));
  EXPECT_EQ(interruptions(text), interrupted);
  EXPECT_EQ(next_number(text), next_number(reference.last) + interrupted);
}

/// Once the change is there it stays, and it is there before the answer to the last command is.
void check_order(const std::vector<Step>& steps, const Reference& reference) {
  bool done = false;
  for (const Step& step : steps) {
    for (const std::string& text : {step.before, step.after}) {
      bool last = canonical(text) == canonical(reference.last);
      EXPECT_TRUE(last || !done) << "done, and then not done";
      done = last;
    }
  }
  EXPECT_TRUE(done);
}

/// How a failure names the operation.
void PrintTo(const Operation& operation, std::ostream* out) { *out << operation.name; }

class PowerCut : public ::testing::TestWithParam<Operation> {};

TEST_P(PowerCut, AtEachApduAndEachWriteLeavesACardBeforeOrAfterTheCommand) {
  const Operation& operation = GetParam();
  Reference reference = reference_of(operation);
  check_order(reference.writes, reference);
  std::size_t points = 0;
  for (auto [place, steps] : {std::pair{Cut::Place::kApdu, &reference.apdus},
                              std::pair{Cut::Place::kWrite, &reference.writes}}) {
    for (std::size_t i = 0; i < steps->size(); ++i) {
      check_cut(operation, reference, {place, i + 1, Cut::Moment::kBefore}, (*steps)[i].before);
      check_cut(operation, reference, {place, i + 1, Cut::Moment::kAfter}, (*steps)[i].after);
      points += 2;
    }
  }
  EXPECT_GE(reference.apdus.size(), operation.least_apdus);
  EXPECT_GE(reference.writes.size(), operation.least_writes);
  RecordProperty("apdus", std::to_string(reference.apdus.size()));
  RecordProperty("writes", std::to_string(reference.writes.size()));
  RecordProperty("cut_points", std::to_string(points));
  fmt::print("{}: {} APDUs, {} writes, {} cut points\n", operation.name, reference.apdus.size(),
             reference.writes.size(), points);
}

auto by_name = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Lpa, PowerCut, ::testing::ValuesIn(operations_of_the_lpa()), by_name);
INSTANTIATE_TEST_SUITE_P(Terminal, PowerCut, ::testing::ValuesIn(operations_of_the_terminal()),
                         by_name);

// A power-on has work of its own: an interrupted load is reported, a pending switch carried out.
// Power that goes away in the middle of that leaves it to the next power-on.
TEST(PowerCutAtPowerOn, LeavesAnInterruptedLoadToTheNextOne) {
  CutRig rig({});
  rig.otpk.reset();
  Dp dp(rig.card.pki);
  auto segments =
      rig.card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(rig.card.load({segments[0]}), "waiting");
  for (auto moment : {Cut::Moment::kBefore, Cut::Moment::kAfter}) {
    CutRig again(rig.records());  // its start is a power-on too
    EXPECT_EQ(interruptions(text_of(again.card.euicc->memory())), 1U);
    CutRig cut(rig.records(), Cut{Cut::Place::kWrite, 1, moment});
    cut.power_on();
    EXPECT_THAT(cut.card.notifications(), ::testing::ElementsAre("1 install"));
    cut.power_on();
    EXPECT_THAT(cut.card.notifications(), ::testing::ElementsAre("1 install"));
  }
}

}  // namespace
}  // namespace sim::testing
