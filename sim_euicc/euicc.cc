#include "sim_euicc/euicc.h"

#include <algorithm>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "sim_euicc/default_file_system.h"
#include "sim_euicc/ota/update_metadata.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::card::StatusWord;

constexpr std::string_view kEcasdAid = "A0000005591010FFFFFFFF8900000200";
constexpr StatusWord kCommandChainingNotSupported{0x6884};

/// Whether a command says that more of it follows (ISO 7816-4 5.6, bit 5 of CLA in either coding).
bool is_chained(std::uint8_t cla) { return (cla & 0x10) != 0; }

rsp::Bytes with_check_octet(rsp::Bytes atr) {
  std::uint8_t check = 0;
  for (std::size_t i = 1; i < atr.size(); ++i) check ^= atr[i];
  atr.push_back(check);
  return atr;
}

std::array<std::uint8_t, 4> header_of(const CommandApdu& command) {
  return {command.cla, command.ins, command.p1, command.p2};
}

/// The FCI of an application without files: its AID, and the longest command data (GlobalPlatform
/// Card Specification 11.9.3.1).
rsp::Bytes plain_fci(rsp::BytesView aid) {
  using namespace rsp::asn1;
  Writer fci;
  fci.constructed(application(15), [&] {  // 6F
    fci.primitive(context(4), aid);
    fci.constructed(context(5), [&] { fci.raw(rsp::Bytes{0x9F, 0x65, 0x01, 0xFF}); });
  });
  return fci.take();
}

}  // namespace

Euicc::Euicc(std::shared_ptr<const Persona> persona, Credentials credentials, Env env,
             Memory memory)
    : persona_(std::move(persona)),
      credentials_(std::move(credentials)),
      env_(env),
      memory_(std::move(memory)),
      isd_r_(*persona_, credentials_, cat_, env_),
      uicc_(env_.random, persona_->memory) {}

rsp::Result<std::unique_ptr<Euicc>> Euicc::power_up(Persona persona, Credentials credentials,
                                                    Env env) {
  return power_up(std::make_shared<const Persona>(std::move(persona)), std::move(credentials), env);
}

rsp::Result<std::unique_ptr<Euicc>> Euicc::power_up(std::shared_ptr<const Persona> persona,
                                                    Credentials credentials, Env env) {
  RSP_TRY(Memory memory, Memory::open(env.storage, *persona));
  std::unique_ptr<Euicc> euicc(
      new Euicc(std::move(persona), std::move(credentials), env, std::move(memory)));
  euicc->reset();
  if (auto path = euicc->uicc_.damaged_file(euicc->memory_.begin()))
    return rsp::failure(damaged_file(env.storage, *euicc->uicc_.running(), *path));
  return euicc;
}

// Channels are emptied and not erased: the command that does it has come on one of them.
void Euicc::begin_channels() {
  for (auto& [number, channel] : channels_) channel = {};
  channels_[0].open = true;
}

bool Euicc::is_open(std::uint8_t channel) const {
  auto found = channels_.find(channel);
  return found != channels_.end() && found->second.open;
}

rsp::Bytes Euicc::reset() {
  begin_channels();
  cat_ = {};
  ota_.reset();
  lpa_capability_.reset();
  first_get_response_ = true;
  Transaction tx = memory_.begin();
  isd_r_.power_on(tx);
  // Where the storage fails now, an interrupted load stays recorded and a switch stays pending:
  // both are carried out at the next power-on.
  if (auto committed = tx.commit(); !committed && env_.trace != nullptr) {
    env_.trace->event({rsp::TraceKind::kCommit,
                       rsp::Party::kEuicc,
                       rsp::Party::kEuicc,
                       "commit failed",
                       committed.error().text,
                       {}});
  }
  run_enabled_profile();
  rsp::Bytes atr = with_check_octet(persona_->atr);
  if (env_.trace != nullptr) {
    env_.trace->event(
        {rsp::TraceKind::kPower, rsp::Party::kEuicc, rsp::Party::kLpa, "reset", "ATR", atr});
  }
  return atr;
}

void Euicc::leave_profile(Position& position) {
  position.at = {};
  bool of_profile =
      position.selected == Application::kIsdP || position.selected == Application::kSecurityDomain;
  if (of_profile) position.selected = Application::kFileSystem;
}

void Euicc::run_enabled_profile() {
  const Profile* enabled = memory_.state().enabled_profile();
  // A reset mostly finds the profile that has run before.
  std::shared_ptr<const ProfileImage> image = uicc_.shared_image();
  bool same = enabled != nullptr && image != nullptr && image->package() == enabled->package;
  if (!same) image = nullptr;
  if (enabled != nullptr && !same) {
    image = env_.packages != nullptr ? env_.packages->image(enabled->package, persona_->features)
                                     : make_image(enabled->package, persona_->features);
  }
  std::optional<rsp::Aid> aid;
  if (enabled != nullptr) aid = enabled->aid;
  // A package that an earlier version of this program has taken and this one does not install
  // leaves a card without files, not without a card.
  without_files_ = enabled != nullptr && image == nullptr;
  if (image == nullptr) image = default_file_system(persona_->iccid_without_profile);
  uicc_.run(std::move(aid), std::move(image));
  for (auto& [number, channel] : channels_) {
    leave_profile(channel.position);
    if (channel.withheld) leave_profile(channel.withheld->position);
  }
}

void Euicc::settle() {
  const Profile* enabled = memory_.state().enabled_profile();
  bool same = enabled == nullptr ? !uicc_.running() : uicc_.running() == enabled->aid;
  if (!same) run_enabled_profile();
  if (isd_r_.take_refresh() && cat_.supports_refresh()) {
    cat_.queue({refresh_command(cat_.next_number(), persona_->refresh_mode),
                ProactivePurpose::kProfileSwitch});
  }
}

rsp::Bytes Euicc::transmit(rsp::BytesView octets) {
  auto command = CommandApdu::parse(octets);
  Answer answer = command ? execute(*command) : refuse(rsp::card::kWrongLength);
  rsp::Bytes response = rsp::card::ResponseApdu{std::move(answer.data), answer.sw}.encode();
  delay_ += persona_->timing.of(octets, response.size(), isd_r_.take_work());
  if (env_.trace != nullptr) {
    env_.trace->event({rsp::TraceKind::kApdu, rsp::Party::kLpa, rsp::Party::kEuicc, "C-APDU", "",
                       rsp::to_bytes(octets)});
    env_.trace->event({rsp::TraceKind::kApdu, rsp::Party::kEuicc, rsp::Party::kLpa, "R-APDU",
                       std::string(rsp::card::meaning(answer.sw)), response});
  }
  return response;
}

Answer Euicc::execute(const CommandApdu& command) {
  Transaction tx = memory_.begin();
  Answer answer = dispatch(command, tx);
  if (auto committed = tx.commit(); !committed) {
    // Nothing has changed, so nothing may be told as done, nor be had by another command.
    isd_r_.drop_session();
    uicc_.forget_verifications();
    Channel& channel = channels_[rsp::card::channel_of(command.cla)];
    channel.response.clear();
    channel.withheld.reset();
    return refuse(rsp::card::kMemoryFailure);
  }
  settle();
  // 91xx: done, and a proactive command waits (ETSI TS 102 221 7.4.2.1). The blocks of a command
  // that is still coming get 9000 (SGP.22 5.7.2).
  bool block = command.ins == rsp::card::kStoreDataIns && command.p1 != rsp::card::kP1LastBlock;
  if (answer.sw == rsp::card::kOk && cat_.waiting() > 0 && !block) {
    answer.sw = StatusWord(static_cast<std::uint16_t>(0x9100 | (cat_.waiting() & 0xFF)));
  }
  return answer;
}

Answer Euicc::dispatch(const CommandApdu& command, Transaction& tx) {
  // Class bytes: 0x and 4x of ISO 7816-4, 8x and Cx of GlobalPlatform; 6x and Ex are 4x and Cx with
  // secure messaging, and 2x and Ax mean nothing.
  bool further_coding = (command.cla & 0x40) != 0;
  if ((!further_coding && (command.cla & 0x20) != 0) || command.cla == 0xFF)
    return refuse(rsp::card::kClassNotSupported);
  if (rsp::card::has_secure_messaging(command.cla))
    return refuse(rsp::card::kSecureMessagingNotSupported);
  if (is_chained(command.cla)) return refuse(kCommandChainingNotSupported);
  std::uint8_t number = rsp::card::channel_of(command.cla);
  if (number > rsp::card::kMaxChannel || !is_open(number))
    return refuse(rsp::card::kLogicalChannelNotSupported);
  Channel& channel = channels_[number];
  if (command.ins == rsp::card::kGetResponseIns) {
    channel.withheld.reset();
    return get_response(channel, command);
  }
  channel.response.clear();  // any other command gives up what was waiting
  CommandApdu whole = command;
  bool lenient = persona_->transmission == Transmission::kLenient;
  // A header without a fifth octet goes over T=0 with P3 00, which is an Le of 256 (ISO 7816-3
  // 12.2.1).
  bool no_case_1 = lenient || persona_->transmission == Transmission::kT0;
  if (no_case_1 && whole.data.empty() && !whole.le) whole.le = 256;
  tx.keep(channel.position);
  Position before = channel.position;
  Answer answer = carry_out(channel, whole, tx);
  if (lenient && answer.sw.wrong_length()) {
    whole.le = answer.sw.sw2() == 0 ? 256 : answer.sw.sw2();
    answer = application_command(channel, whole, tx);
  }
  answer = deliver(channel, whole, std::move(answer));
  // 6Cxx: not carried out yet (ISO 7816-4 5.1.3). The channel stands where it stood.
  if (answer.sw.wrong_length()) channel.position = std::move(before);
  return answer;
}

Answer Euicc::carry_out(Channel& channel, const CommandApdu& command, Transaction& tx) {
  auto withheld = std::exchange(channel.withheld, std::nullopt);
  bool again = withheld && command.data.empty() && withheld->header == header_of(command);
  if (!again) return application_command(channel, command, tx);
  channel.position = std::move(withheld->position);
  return std::move(withheld->answer);
}

std::optional<Answer> Euicc::card_command(Channel& channel, const CommandApdu& command,
                                          Transaction& tx) {
  bool iso = rsp::card::is_iso_class(command.cla);
  auto of_class = [&](bool wanted, auto run) {
    return iso == wanted ? run() : refuse(rsp::card::kClassNotSupported);
  };
  constexpr bool kIso = true, kProprietary = false;
  switch (command.ins) {
    case rsp::card::kSelectIns:
      return of_class(kIso, [&] { return select(channel, command, tx); });
    case rsp::card::kManageChannelIns:
      return of_class(kIso, [&] { return manage_channel(channel, command); });
    case rsp::card::kStoreDataIns:
      return of_class(kProprietary, [&] { return store_data(channel, command, tx); });
    case rsp::card::kTerminalCapabilityIns:
      return of_class(kProprietary, [&] { return terminal_capability(command); });
    case rsp::card::kTerminalProfileIns:
      return of_class(kProprietary, [&] { return terminal_profile(command, tx); });
    case rsp::card::kFetchIns:
      return of_class(kProprietary, [&] { return fetch(command); });
    case rsp::card::kTerminalResponseIns:
      return of_class(kProprietary, [&] { return terminal_response(command, tx); });
    case rsp::card::kEnvelopeIns:
      return of_class(kProprietary, [&] { return envelope(command, tx); });
    case rsp::card::kGetDataIns:
      return get_data(channel, command);
    default:
      return std::nullopt;
  }
}

Answer Euicc::application_command(Channel& channel, const CommandApdu& command, Transaction& tx) {
  if (auto answer = card_command(channel, command, tx)) return *std::move(answer);
  if (channel.position.selected != Application::kFileSystem)
    return refuse(rsp::card::kInstructionNotSupported);
  return uicc_.handle(command, channel.position.at, tx);
}

// --- Selection ---

Answer Euicc::select(Channel& channel, const CommandApdu& command, Transaction& tx) {
  constexpr std::uint8_t kByAid = 0x04;
  if (persona_->quirks.select_wants_p2_0c && command.p1 != kByAid && command.p2 == 0)
    return refuse(StatusWord(0x6B00));
  if (command.p1 == kByAid) return select_by_aid(channel, command, tx);
  // From an application without files, a file is looked for from the MF.
  Selection at =
      channel.position.selected == Application::kFileSystem ? channel.position.at : Selection{};
  Answer answer = uicc_.handle(command, at, tx);
  if (answer.sw.sw1() == 0x90 || answer.sw.sw1() == 0x62) {
    channel.position.selected = Application::kFileSystem;
    channel.position.at = std::move(at);
  }
  return answer;
}

std::vector<Euicc::Selectable> Euicc::selectables(rsp::BytesView aid) const {
  std::vector<Selectable> all;
  auto add = [&](Application application, rsp::BytesView whole, FileIndex adf = kNoFile) {
    if (whole.size() >= aid.size() && rsp::equal(whole.first(aid.size()), aid))
      all.push_back({application, rsp::to_bytes(whole), adf});
  };
  add(Application::kIsdR, persona_->isd_r_aid);
  for (const rsp::Bytes& alias : persona_->isd_r_aliases) add(Application::kIsdR, alias);
  add(Application::kEcasd, *rsp::from_hex(kEcasdAid));
  // Of ISD-Ps only the enabled one takes commands (GlobalPlatform: the others are locked).
  if (uicc_.running()) add(Application::kIsdP, *uicc_.running());
  for (FileIndex adf : uicc_.applications(aid))
    add(Application::kFileSystem, uicc_.image().aid(adf), adf);
  for (const rsp::Bytes& domain : uicc_.security_domains())
    add(Application::kSecurityDomain, domain);
  return all;
}

// ISO 7816-4 11.1.1, ETSI TS 102 221 11.1.1: a right-truncated AID selects too, from the five
// octets of the RID on; P2 then says which of several.
Answer Euicc::select_by_aid(Channel& channel, const CommandApdu& command, Transaction& tx) {
  enum Occurrence : std::uint8_t { kFirst = 0, kLast = 1, kNext = 2, kPrevious = 3 };
  constexpr std::size_t kRid = 5, kLongest = 16;
  // ETSI TS 102 221 table 11.2. Sessions of applications are not there to be terminated.
  constexpr std::uint8_t kReserved = 0xB0, kTerminate = 0x40, kReturn = 0x0C,
                         kReservedReturn = 0x08;
  if ((command.p2 & kReserved) != 0 || (command.p2 & kReturn) == kReservedReturn)
    return refuse(rsp::card::kIncorrectP1P2);
  if ((command.p2 & kTerminate) != 0) return refuse(rsp::card::kFunctionNotSupported);
  if (command.data.size() < kRid || command.data.size() > kLongest)
    return refuse(rsp::card::kFileNotFound);
  auto found = selectables(command.data);
  if (found.empty()) return refuse(rsp::card::kFileNotFound);
  auto here = std::ranges::find(found, channel.position.selected_aid, &Selectable::aid);
  auto chosen = found.begin();
  switch (command.p2 & 0x03) {
    case kFirst:
      break;
    case kLast:
      chosen = std::prev(found.end());
      break;
    case kNext:
      chosen = here == found.end() ? found.begin() : std::next(here);
      break;
    case kPrevious:
      chosen = here == found.begin() ? found.end() : std::prev(here);
      break;
  }
  if (chosen == found.end()) return refuse(rsp::card::kFileNotFound);

  channel.command.clear();
  channel.next_block = 0;
  channel.position.selected = chosen->application;
  channel.position.selected_aid = chosen->aid;
  if (chosen->application == Application::kFileSystem)
    return uicc_.select_file(chosen->adf, command, channel.position.at, tx);
  if ((command.p2 & 0x0C) == 0x0C) return {};
  return {chosen->application == Application::kIsdR ? isd_r_.fci(chosen->aid)
                                                    : plain_fci(chosen->aid)};
}

// ISO 7816-4 11.1.2, ETSI TS 102 221 11.1.17.
Answer Euicc::manage_channel(const Channel& channel, const CommandApdu& command) {
  constexpr std::uint8_t kOpen = 0x00, kClose = 0x80;
  if (persona_->quirks.basic_channel_only) return refuse(rsp::card::kLogicalChannelNotSupported);
  std::uint8_t highest = persona_->highest_channel;
  if (command.p1 == kClose) {
    if (command.p2 == 0 || command.p2 > highest) return refuse(rsp::card::kIncorrectP1P2);
    if (!is_open(command.p2)) return refuse(rsp::card::kLogicalChannelNotSupported);
    channels_[command.p2] = {};
    return {};
  }
  if (command.p1 != kOpen || command.p2 > highest) return refuse(rsp::card::kIncorrectP1P2);
  std::uint8_t number = command.p2;
  if (number == 0) {
    for (std::uint8_t candidate = 1; candidate <= highest && number == 0; ++candidate) {
      if (!is_open(candidate)) number = candidate;
    }
    if (number == 0) return refuse(rsp::card::kFunctionNotSupported);
  } else if (is_open(number)) {
    return refuse(rsp::card::kFunctionNotSupported);
  }
  // From the basic channel it begins at the MF, from another one where that one stands.
  Channel opened;
  opened.open = true;
  opened.opening = ++openings_;
  bool from_basic = &channel == &channels_[0];
  if (!from_basic && channel.position.selected == Application::kFileSystem)
    opened.position.at = channel.position.at;
  channels_[number] = std::move(opened);
  if (command.p2 != 0) return {};  // the terminal chose the number and knows it
  return {rsp::Bytes{number}};
}

// --- The eUICC's own applications ---

// SGP.22 5.7.2: P1 says whether more blocks follow, P2 counts them from 00 for each command.
Answer Euicc::store_data(Channel& channel, const CommandApdu& command, Transaction& tx) {
  if (channel.position.selected != Application::kIsdR)
    return refuse(rsp::card::kConditionsNotSatisfied);
  const Quirks& quirks = persona_->quirks;
  if (quirks.needs_terminal_capability && !lpa_capability_)
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (quirks.longest_bpp_block != 0 && command.data.size() > quirks.longest_bpp_block &&
      isd_r_.loading())
    return refuse(rsp::card::kWrongData);
  bool last = command.p1 == rsp::card::kP1LastBlock;
  if (!last && command.p1 != rsp::card::kP1MoreBlocks) return refuse(rsp::card::kIncorrectP1P2);
  if (command.p2 == 0) {
    channel.command.clear();
    channel.next_block = 0;
  }
  if (command.p2 != channel.next_block) {
    channel.command.clear();
    channel.next_block = 0;
    return refuse(rsp::card::kIncorrectP1P2);
  }
  ++channel.next_block;  // after block 255 it is 256, which no P2 equals: a command has at most 256
                         // blocks
  rsp::append(channel.command, command.data);
  if (!last) return {};
  rsp::Bytes whole = std::move(channel.command);
  channel.command.clear();
  channel.next_block = 0;
  if (whole.empty()) return refuse(rsp::card::kWrongData);
  return isd_r_.handle(whole, channel.opening, tx);
}

// GlobalPlatform GET DATA: the ECASD tells the EID, as M2M cards do (sgp22.md B.1).
Answer Euicc::get_data(const Channel& channel, const CommandApdu& command) {
  constexpr std::uint16_t kEidTag = 0x005A;
  if (channel.position.selected != Application::kEcasd)
    return refuse(rsp::card::kInstructionNotSupported);
  auto tag = static_cast<std::uint16_t>(command.p1 << 8 | command.p2);
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  if (tag != kEidTag) return refuse(rsp::card::kReferencedDataNotFound);
  rsp::asn1::Writer writer;
  writer.primitive(rsp::asn1::application(26), credentials_.eid);
  return {writer.take()};
}

// --- Terminal and toolkit ---

// ETSI TS 102 221 11.1.19: A9 with what the terminal has; 83 are the LPA's functions.
Answer Euicc::terminal_capability(const CommandApdu& command) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto capability = rsp::asn1::Reader(command.data).peek();
  if (!capability || capability->tag != rsp::asn1::context(9) || !capability->constructed)
    return refuse(rsp::card::kWrongData);
  std::optional<std::uint8_t> lpa;
  rsp::asn1::Reader reader(capability->content);
  while (!reader.at_end()) {
    auto item = reader.next();
    if (!item) return refuse(rsp::card::kWrongData);
    if (item->tag == rsp::asn1::context(3) && !item->content.empty()) lpa = item->content[0];
  }
  lpa_capability_ = lpa;
  return {};
}

Answer Euicc::terminal_profile(const CommandApdu& command, Transaction& tx) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (command.data.empty()) return refuse(rsp::card::kWrongLength);
  tx.keep(cat_);
  cat_ = {};
  cat_.start(command.data);
  for (const rsp::Bytes& proactive : persona_->proactive_at_start) cat_.queue({proactive});
  isd_r_.resume_switch(tx);
  return {};
}

Answer Euicc::fetch(const CommandApdu& command) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  if (cat_.waiting() == 0) return refuse(rsp::card::kConditionsNotSatisfied);
  bool whole = persona_->transmission != Transmission::kT0 && command.le == 256;
  if (!whole && command.le != cat_.waiting())
    return refuse(rsp::card::exact_length(cat_.waiting()));
  return {*cat_.fetch()};
}

Answer Euicc::terminal_response(const CommandApdu& command, Transaction& tx) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  auto result = general_result(command.data);
  if (!result) return refuse(rsp::card::kWrongData);
  tx.keep(cat_);
  auto answered = cat_.respond();
  if (!answered) return refuse(rsp::card::kConditionsNotSatisfied);
  // Not specified: a terminal that does not carry REFRESH out. The switch stays pending until a
  // reset, with which it takes effect all the same, or until TERMINAL PROFILE, after which REFRESH
  // comes again.
  if (answered->purpose != ProactivePurpose::kProfileSwitch || !performed(*result)) return {};
  isd_r_.carry_out_switch(tx);
  // The terminal begins anew: its channels are gone.
  for (auto& [number, channel] : channels_) tx.keep(channel);
  begin_channels();
  return {};
}

namespace {

/// What an operator's commands over the air reach: the metadata of the profile.
class ProfileCommands final : public ota::CommandSink {
 public:
  ProfileCommands(const rsp::Aid& profile, Transaction& tx) : profile_(profile), tx_(tx) {}
  StatusWord update_metadata(const rsp::UpdateMetadataRequest& request) override {
    Profile changed = tx_.state().profiles.at(profile_);
    auto metadata = ota::update_metadata(changed.metadata, request);
    if (!metadata) return metadata.error();
    changed.metadata = *std::move(metadata);
    tx_.put_profile(std::move(changed));
    return rsp::card::kOk;
  }

 private:
  const rsp::Aid& profile_;
  Transaction& tx_;
};

}  // namespace

Answer Euicc::short_message(rsp::BytesView envelope, Transaction& tx) {
  const rsp::Aid& profile = *uicc_.running();
  auto domains = uicc_.image().security_domains();
  auto rfms = uicc_.image().rfms();
  std::vector<const rsp::saip::Rfm*> managers;
  for (const rsp::saip::Rfm& rfm : rfms) managers.push_back(&rfm);
  auto domain = domains.empty()
                    ? rsp::Result<ota::OtaSecurityDomain>(rsp::failure({.text = "there is none"}))
                    : ota::ota_security_domain(domains.front(), managers, profile);
  if (!domain) return refuse(rsp::card::kReferencedDataNotFound);
  if (const ProfileData* data = tx.state().data_of(profile)) {
    for (const OtaCounter& kept : data->ota.counters) {
      auto version = domain->key_versions.find(kept.key_version);
      if (version != domain->key_versions.end()) version->second.counter = kept.counter;
    }
  }
  ProfileCommands commands(profile, tx);
  auto outcome = ota_.receive(envelope, *domain, commands);
  if (outcome.counter)
    tx.put_ota_counter(profile, {outcome.counter->key_version, outcome.counter->counter});
  if (!outcome.proactive_commands.empty()) tx.keep(cat_);
  for (rsp::Bytes& proactive : outcome.proactive_commands) cat_.queue({std::move(proactive)});
  return {std::move(outcome.envelope.data), outcome.envelope.sw};
}

Answer Euicc::envelope(const CommandApdu& command, Transaction& tx) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (command.data.empty()) return refuse(rsp::card::kWrongLength);
  auto object = rsp::asn1::Reader(command.data).peek();
  if (!object || object->whole.size() != command.data.size()) return refuse(rsp::card::kWrongData);
  constexpr auto kSmsPpDownload = rsp::asn1::private_use(17);  // D1
  if (object->tag == kSmsPpDownload && uicc_.running()) return short_message(command.data, tx);
  // No toolkit application has registered for an event, so nothing happens.
  return {};
}

// --- How answers go out ---

Answer Euicc::deliver(Channel& channel, const CommandApdu& command, Answer answer) {
  if (answer.data.empty()) return answer;
  std::size_t size = answer.data.size();
  bool t0 = persona_->transmission == Transmission::kT0;
  bool case_2 = command.data.empty() && command.le.has_value();
  if (t0 && case_2 && size <= 256) {
    if (*command.le == size) return answer;
    channel.withheld = Withheld{header_of(command), std::move(answer), channel.position};
    return refuse(rsp::card::exact_length(size));
  }
  bool fits = command.le && size <= *command.le;
  if (fits && !(t0 && !case_2)) return answer;
  channel.response = std::move(answer.data);
  channel.response_sw = answer.sw;
  first_get_response_ = true;
  return refuse(rsp::card::more_available(channel.response.size()));
}

// ISO 7816-4 11.7.1, ETSI TS 102 221 11.1.18.
Answer Euicc::get_response(Channel& channel, const CommandApdu& command) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty()) return refuse(rsp::card::kWrongLength);
  if (channel.response.empty()) return refuse(rsp::card::kConditionsNotSatisfied);
  if (persona_->quirks.first_get_response_fails && first_get_response_) {
    first_get_response_ = false;
    return refuse(rsp::card::kNoPreciseDiagnosis);
  }
  std::size_t wanted = command.le.value_or(256);
  std::size_t available = channel.response.size();
  bool any_length = wanted == 256 && persona_->transmission != Transmission::kT0;
  bool lenient = persona_->transmission == Transmission::kLenient;
  if (wanted > available && !any_length && !lenient)
    return refuse(rsp::card::exact_length(available));
  auto end = channel.response.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, available));
  Answer answer{rsp::Bytes(channel.response.begin(), end), channel.response_sw};
  channel.response.erase(channel.response.begin(), end);
  if (!channel.response.empty()) answer.sw = rsp::card::more_available(channel.response.size());
  return answer;
}

}  // namespace sim
