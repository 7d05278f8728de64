#include "tests/fuzz/support/card.h"

#include <array>
#include <functional>
#include <map>
#include <set>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/pki/crl_issuer.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/cheap_ec.h"

namespace fuzz {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::operator""_hex;
using sim::Persona;

const sim::Credentials& credentials() {
  static const sim::Credentials made =
      sim::make_credentials(
          {pki().ci.certificate},
          {{pki().euicc->certificate, pki().eum->certificate, pki().euicc->key, {}}})
          .value();
  return made;
}

sim::PackagePool& packages() {
  static sim::PackagePool pool;
  return pool;
}

/// The pool keeps nothing alive by itself. Installing a package takes a hundred times as long as an
/// input should, so those of the states to begin in stay.
void keep_images(const sim::NonVolatile& memory) {
  static std::vector<std::shared_ptr<const sim::ProfileImage>> kept;
  for (const auto& [aid, profile] : memory.profiles)
    kept.push_back(packages().image(profile.package, {}));
}

std::vector<Persona> make_personas() {
  std::vector<Persona> out(1);
  auto add = [&](auto change) { change(out.emplace_back()); };
  add([](Persona& p) { p.transmission = sim::Transmission::kT0; });
  add([](Persona& p) { p.transmission = sim::Transmission::kLenient; });
  add([](Persona& p) { p.quirks.es10_waits_for_refresh = true; });
  add([](Persona& p) { p.quirks.es10_waits_for_reset = true; });
  add([](Persona& p) { p.quirks.enable_only_without_refresh = true; });
  add([](Persona& p) { p.quirks.enable_only_by_aid_with_refresh = true; });
  add([](Persona& p) { p.quirks.cat_busy = 1; });
  add([](Persona& p) { p.quirks.enabling_again_is_ok = true; });
  add([](Persona& p) { p.quirks.basic_channel_only = true; });
  add([](Persona& p) { p.quirks.m2m_only = true; });
  add([](Persona& p) { p.quirks.select_wants_p2_0c = true; });
  add([](Persona& p) { p.quirks.needs_terminal_capability = true; });
  add([](Persona& p) { p.quirks.refuses_tag_list = true; });
  add([](Persona& p) {
    p.quirks.first_get_response_fails = true;
    p.transmission = sim::Transmission::kT0;
  });
  add([](Persona& p) { p.quirks.longest_bpp_block = 100; });
  add([](Persona& p) { p.quirks.refused_profile_type = "test"; });
  add([](Persona& p) { p.quirks.fallback_iccid = iccid_digits(1); });
  add([](Persona& p) { p.memory = 12 * 1024; });
  add([](Persona& p) {
    p.svn = {2, 6, 1};
    p.test_profiles = p.crl_support = false;
    p.rules_authorisation_table.clear();
  });
  add([](Persona& p) {
    p.iccid_without_profile = iccid(9);
    p.refresh_mode = sim::RefreshMode::kEuiccProfileStateChange;
    p.proactive_at_start = {"D009810301250082028182"_hex};
  });
  return out;
}

const std::vector<std::shared_ptr<const Persona>>& personas() {
  static const auto made = [] {
    std::vector<std::shared_ptr<const Persona>> out;
    for (Persona& persona : make_personas())
      out.push_back(std::make_shared<const Persona>(std::move(persona)));
    return out;
  }();
  return made;
}

/// What a status word may begin with (ISO 7816-4, ETSI TS 102 221 10.2).
bool exists(rsp::card::StatusWord sw) {
  std::uint8_t high = sw.sw1();
  return high == 0x90 || high == 0x91 || (high >= 0x61 && high <= 0x6F) || high == 0x98;
}

}  // namespace

const std::shared_ptr<const Persona>& persona(std::uint8_t number) {
  return personas()[number % personas().size()];
}
std::uint8_t persona_count() { return static_cast<std::uint8_t>(personas().size()); }

rsp::Status FuzzStorage::commit(std::span<const sim::StorageWrite> writes) {
  ++attempts_;
  switch (std::exchange(fault_, Fault::kNone)) {
    case Fault::kNone:
      break;
    case Fault::kRefuses:
      return rsp::failure({.layer = rsp::Layer::kStorage, .text = "the input says so"});
    case Fault::kLosesPowerBefore:
      throw PowerLost{};
    case Fault::kLosesPowerAfter:
      write(writes);
      throw PowerLost{};
  }
  write(writes);
  return {};
}

void FuzzStorage::write(std::span<const sim::StorageWrite> writes) {
  ++writes_;
  for (const sim::StorageWrite& write : writes) written_[write.key] = write.value;
}

sim::StorageRecords FuzzStorage::records() const {
  sim::StorageRecords records = *start_;
  for (const auto& [key, value] : written_) {
    if (value != nullptr) {
      records[key] = value;
    } else {
      records.erase(key);
    }
  }
  return records;
}

// --- One card ---

Card::Card(std::shared_ptr<const Persona> persona, std::shared_ptr<const sim::StorageRecords> start)
    : persona_(std::move(persona)), storage_(std::move(start)) {
  power_up();
}

void Card::power_up() {
  auto card = sim::Euicc::power_up(persona_, credentials(),
                                   {random_, storage_, nullptr, nullptr, &packages()});
  require(card.has_value(), "what the card keeps it can read again");
  euicc_ = *std::move(card);
  writes_read_ = storage_.writes();
  fresh_ = true;
  attempts_checked_.reset();
  check();
}

void Card::power_cycle() {
  if (storage_.writes() == writes_read_) return warm_reset();
  try {
    power_up();
  } catch (const PowerLost&) {
    power_up();
  }
}

void Card::warm_reset() {
  if (std::exchange(fresh_, true)) return;
  try {
    euicc_->reset();
  } catch (const PowerLost&) {
    power_up();
  }
  check();
}

void Card::restart() {
  random_ = rsp::SeededRandom(7);
  next_sequence_number_ = 0;
  bool written = storage_.writes() > 0;
  storage_.restart();
  if (written) return power_up();
  euicc_->reset();
  fresh_ = true;
}

Bytes Card::transmit(BytesView apdu) {
  if (recorded_) recorded_->push_back(rsp::to_bytes(apdu));
  fresh_ = false;
  Bytes response;
  try {
    response = euicc_->transmit(apdu);
  } catch (const PowerLost&) {
    power_up();
    return {};
  }
  require(response.size() >= 2 && response.size() <= 258,
          "every command gets at most 256 octets and a status word");
  auto sw = rsp::card::StatusWord(
      static_cast<std::uint16_t>(response[response.size() - 2] << 8 | response.back()));
  require(exists(sw), "a status word is one of ISO 7816-4 or ETSI TS 102 221");
  check();
  return response;
}

void Card::check() {
  // Nothing changes without a write, or the attempt at one.
  if (std::exchange(attempts_checked_, storage_.attempts()) == storage_.attempts()) return;
  const sim::NonVolatile& memory = euicc_->memory();
  std::size_t enabled = 0;
  for (auto profile = memory.profiles.begin(); profile != memory.profiles.end(); ++profile) {
    if (profile->second.state == rsp::ProfileState::kEnabled) ++enabled;
    for (auto other = std::next(profile); other != memory.profiles.end(); ++other)
      require(other->second.metadata.iccid != profile->second.metadata.iccid,
              "an ICCID is on the card once");
  }
  require(enabled <= 1, "at most one profile is enabled");
  for (const auto& [number, notification] : memory.notifications) {
    require(number == notification.metadata.seq_number, "a notification has its own number");
    require(number < memory.settings.next_sequence_number, "no number is given twice");
  }
  require(memory.settings.next_sequence_number >= next_sequence_number_, "numbers only go up");
  next_sequence_number_ = memory.settings.next_sequence_number;
  require(memory.memory_used() <= persona_->memory || persona_ != persona(0),
          "what is kept fits into the memory");
  for (const auto& [aid, data] : memory.data)
    require(memory.profiles.contains(aid), "what was written belongs to a profile");
  require(memory.settings.default_dp_address.size() <= 1024, "an address has an end");
}

void Card::check_storage() {
  storage_.plan(FuzzStorage::Fault::kNone);
  auto again = sim::Memory::open(storage_, *persona_);
  require(again.has_value(), "what the card keeps it can read again");
  const sim::NonVolatile &kept = again->state(), &known = euicc_->memory();
  require(kept.profiles.size() == known.profiles.size() &&
              kept.notifications.size() == known.notifications.size() &&
              kept.crls.size() == known.crls.size() && kept.data.size() == known.data.size() &&
              kept.settings.next_sequence_number == known.settings.next_sequence_number &&
              kept.load_in_progress.has_value() == known.load_in_progress.has_value() &&
              kept.unused_otpk.has_value() == known.unused_otpk.has_value(),
          "the storage holds what the card remembers");
}

void Card::select_isd_r() {
  transmit("0070000001"_hex);
  const Bytes& aid = persona_->isd_r_aid;
  transmit(
      rsp::concat({Bytes{0x01, 0xA4, 0x04, 0x0C, static_cast<std::uint8_t>(aid.size())}, aid}));
}

rsp::card::ResponseApdu Card::store_data(BytesView command, std::uint8_t channel,
                                         std::size_t block_size) {
  rsp::card::ResponseApdu answer{{}, rsp::card::kOk};
  auto blocks = rsp::card::store_data_blocks(command, block_size);
  if (!blocks) return answer;
  auto send = [&](rsp::card::CommandApdu apdu) {
    apdu.cla = rsp::card::cla_on_channel(apdu.cla, channel);
    auto response = rsp::card::ResponseApdu::parse(transmit(apdu.encode()));
    return response ? *std::move(response) : rsp::card::ResponseApdu{};
  };
  for (rsp::card::CommandApdu& block : *blocks) {
    auto response = send(std::move(block));
    rsp::append(answer.data, response.data);
    while (response.sw.more_data()) {
      response = send({0x00, rsp::card::kGetResponseIns, 0, 0, {}, std::uint16_t{256}});
      if (response.sw.wrong_length()) {
        std::uint16_t exact = response.sw.sw2() == 0 ? 256 : response.sw.sw2();
        response = send({0x00, rsp::card::kGetResponseIns, 0, 0, {}, exact});
      }
      rsp::append(answer.data, response.data);
    }
    answer.sw = response.sw;
    if (!answer.sw.success()) break;
  }
  return answer;
}

template <class Request>
typename Request::Response Card::call(const Request& request) {
  auto answer = store_data(rsp::asn1::encode(request));
  require(answer.sw.success(), "the card takes what a good SM-DP+ sends");
  auto response = rsp::asn1::decode<typename Request::Response>(answer.data);
  require(response.has_value(), "the card answers with a message");
  return *std::move(response);
}

// --- States to begin in ---

namespace {

Bytes authenticate(Card& card) {
  auto challenge = card.call(rsp::GetEuiccChallengeRequest{}).euicc_challenge;
  auto response = card.call(Server::authenticate_server(challenge));
  auto* ok = std::get_if<rsp::AuthenticateResponseOk>(&response.result);
  require(ok != nullptr, "the card takes a good server");
  return ok->euicc_signature1;
}

/// The card's one-time key.
Bytes prepare(Card& card) {
  auto response = card.call(Server::prepare_download(authenticate(card)));
  auto* ok = std::get_if<rsp::PrepareDownloadResponseOk>(&response.result);
  require(ok != nullptr, "the card prepares a good download");
  return ok->euicc_signed2.value.euicc_otpk;
}

void load(Card& card, const BppPlan& plan, std::size_t segments) {
  auto all = Server::segments(plan, prepare(card), card.euicc().eid());
  for (std::size_t i = 0; i < std::min(segments, all.size()); ++i)
    require(card.store_data(all[i]).sw.success(), "the card takes the segments of a good server");
}

void install(Card& card, BppPlan plan) {
  std::size_t before = card.euicc().memory().profiles.size();
  load(card, plan, SIZE_MAX);
  require(card.euicc().memory().profiles.size() == before + 1, "a good package installs");
}

void install(Card& card, unsigned profile) {
  install(card, plan_for(profile, KeyMode::kRandomKeys));
}

void enable(Card& card, unsigned profile, bool refresh) {
  rsp::EnableProfileRequest request;
  request.profile_identifier = iccid(profile);
  request.refresh_flag = refresh;
  require(card.call(request).enable_result == rsp::EnableResult::kOk,
          "an installed profile can be enabled");
}

void install_test_profile(Card& card) {
  BppPlan plan = plan_for(4, KeyMode::kSessionKeys);
  auto metadata = metadata_for(4);
  metadata.profile_class = rsp::ProfileClass::kTest;
  plan.metadata = rsp::asn1::encode(metadata);
  // Its keys are no test keys, so that it is refused; what is left is the notification of that.
  load(card, plan, SIZE_MAX);
}

void send_all(Card& card, std::initializer_list<std::string_view> commands) {
  for (std::string_view command : commands) card.transmit(rsp::from_hex(command).value());
}

/// Where the segments of a package begin that load() sends: BF23, A0, A1, 88, A2, A3.
constexpr std::size_t kBeforeMetadata = 3, kBeforePackage = 6;
constexpr std::string_view kTerminalProfile = "8010000014FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF";

/// How a state is reached: by what a card keeps, and what it does not.
struct Recipe {
  std::function<void(Card&)> kept, volatile_part;
};

Recipe recipe(Start start) {
  auto installed = [](Card& card) {
    install(card, 1);
    install(card, 2);
    enable(card, 1, false);
  };
  auto and_then = [installed](auto more) {
    return [installed, more](Card& card) {
      installed(card);
      more(card);
    };
  };
  switch (start) {
    case Start::kNew:
    case Start::kStates:
      return {};
    case Start::kInstalled:
      return {installed, {}};
    case Start::kAuthenticated:
      return {installed, [](Card& card) { authenticate(card); }};
    case Start::kPrepared:
      return {installed, [](Card& card) { prepare(card); }};
    case Start::kLoadingMetadata:
      return {installed,
              [](Card& card) { load(card, plan_for(3, KeyMode::kRandomKeys), kBeforeMetadata); }};
    case Start::kLoadingPackage:
      return {installed,
              [](Card& card) { load(card, plan_for(3, KeyMode::kRandomKeys), kBeforePackage); }};
    case Start::kSwitchPending:
      return {installed, [](Card& card) {
                send_all(card, {kTerminalProfile});
                enable(card, 2, true);
              }};
    case Start::kRefreshFetched:
      return {installed, [](Card& card) {
                send_all(card, {kTerminalProfile});
                enable(card, 2, true);
                send_all(card, {"801200000B", "8012000000"});
              }};
    case Start::kPinEnabled:
      return {and_then([](Card& card) {
                send_all(card, {"002800010830303030FFFFFFFF", "002000010831313131FFFFFFFF",
                                "002000010831313131FFFFFFFF"});
              }),
              {}};
    case Start::kCrlLoaded:
      return {and_then([](Card& card) {
                rsp::LoadCrlRequest request;
                auto list = rsp::pki::crl_template(today(), 7).revoking(pki().ds_auth->certificate);
                request.crl.der = rsp::pki::issue_crl_der(list, pki().ci);
                auto response = card.call(request);
                require(std::holds_alternative<rsp::LoadCrlResponseOk>(response.result),
                        "a good CRL is loaded");
              }),
              {}};
    case Start::kTestProfile:
      return {and_then(install_test_profile), {}};
    case Start::kChannels:
      return {installed, [](Card& card) {
                send_all(card, {"0070000001", "02A4040C10A0000000871002FF01FF018900000100",
                                "0070000001", "03A4040C10A0000005591010FFFFFFFF8900000100",
                                "0070000001", "40A4040C10A0000005591010FFFFFFFF8900000200"});
              }};
  }
  return {};
}

/// A state that is ready to begin in.
struct Prepared {
  std::shared_ptr<const sim::StorageRecords> records;
  std::vector<Bytes> commands;  // what leads to what is not kept
};

Prepared prepare(Start start) {
  restart_keys(1000);
  Recipe how = recipe(start);
  Card card(persona(0), std::make_shared<const sim::StorageRecords>());
  card.select_isd_r();
  if (how.kept) how.kept(card);
  Prepared out{std::make_shared<const sim::StorageRecords>(card.records()), {}};
  restart_keys(2000);
  Card fresh(persona(0), out.records);
  fresh.record();
  fresh.select_isd_r();
  keep_images(fresh.euicc().memory());
  if (how.volatile_part) how.volatile_part(fresh);
  out.commands = fresh.take_recorded();
  return out;
}

const Prepared& prepared(Start start) {
  static std::array<std::optional<Prepared>, static_cast<std::size_t>(Start::kStates)> made;
  auto& one = made[static_cast<std::size_t>(start)];
  if (!one) one = prepare(start);
  return *one;
}

}  // namespace

Card& card_in(Start start, std::uint8_t persona_number) {
  static std::map<std::pair<Start, std::uint8_t>, std::unique_ptr<Card>> cards;
  const Prepared& state = prepared(start);
  persona_number = static_cast<std::uint8_t>(persona_number % personas().size());
  auto& card = cards[{start, persona_number}];
  restart_keys(2000);
  if (card != nullptr) {
    card->restart();
  } else {
    card = std::make_unique<Card>(persona(persona_number), state.records);
  }
  for (const Bytes& command : state.commands) card->transmit(command);
  return *card;
}

Card& card_in(Input& input) {
  auto start = static_cast<Start>(input.octet() % static_cast<std::uint8_t>(Start::kStates));
  return card_in(start, input.octet());
}

void play(Card& card, Input& input) {
  while (!input.empty()) {
    std::size_t length = input.octet();
    if (length == 0) {
      // Zeros are what inputs have most of: many in a row are one reset.
      while (!input.empty() && input.rest()[0] == 0) input.octet();
      card.warm_reset();
      card.select_isd_r();
    } else if (length < 0xFF) {
      card.transmit(input.take(length));
    } else {
      std::uint8_t what = input.octet();
      if (what < 3) {
        card.plan(static_cast<FuzzStorage::Fault>(what + 1));
      } else if (what == 3) {
        card.transmit(input.counted());
      } else {
        card.power_cycle();
        card.select_isd_r();
      }
    }
  }
}

Bytes stream_of(Start start, std::uint8_t persona_number, std::span<const Bytes> commands) {
  Bytes out{static_cast<std::uint8_t>(start), persona_number};
  for (const Bytes& command : commands) {
    if (command.size() < 0xFF) {
      out.push_back(static_cast<std::uint8_t>(command.size()));
    } else {
      auto size = command.size();
      out.insert(out.end(),
                 {0xFF, 3, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
    }
    rsp::append(out, command);
  }
  return out;
}

}  // namespace fuzz
