#include "hil/fake_module/sim_slot.h"

#include <fmt/format.h>

#include "rsp/base/text.h"
#include "rsp/card/store_data.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;

constexpr std::uint8_t kStatusIns = 0xF2, kReadBinaryIns = 0xB0, kVerifyIns = 0x20,
                       kUnblockIns = 0x2C, kAuthenticateIns = 0x88;
/// The first octets of every AID of a USIM (3GPP TS 31.110).
constexpr rsp::Octets<7> kUsim{0xA0, 0x00, 0x00, 0x00, 0x87, 0x10, 0x02};
/// And of every ISD-R (SGP.02 and SGP.22); aliases of single cards are not known to a module.
constexpr rsp::Octets<7> kGsmaRid{0xA0, 0x00, 0x00, 0x05, 0x59, 0x10, 0x10};
/// An answer that a module puts together by GET RESPONSE fits into the line of an AT answer that
/// LPAs have room for.
constexpr std::size_t kMostCollected = 8192;
constexpr int kMostRounds = 64;
/// +CME ERROR codes (3GPP TS 27.007 9.2).
constexpr int kNotAllowed = 3, kNoSim = 10, kMemoryFull = 20, kInvalidIndex = 21, kNotFound = 22,
              kIncorrectParameters = 50, kUnknown = 100;

std::unexpected<rsp::Error> cme(int code) {
  return rsp::failure({.layer = rsp::Layer::kApdu, .code = std::to_string(code)});
}

int cme_of(StatusWord sw) {
  if (sw == rsp::card::kFileNotFound) return kNotFound;
  if (sw == rsp::card::kFunctionNotSupported) return kMemoryFull;
  if (sw == rsp::card::kConditionsNotSatisfied) return kNotAllowed;
  return kUnknown;
}

StatusWord sw_of(BytesView response) {
  if (response.size() < 2) return {};
  return StatusWord(static_cast<std::uint16_t>(rsp::big_endian(response.last(2))));
}

Bytes answer(StatusWord sw) { return ResponseApdu{{}, sw}.encode(); }

/// A PIN or PUK as the card has it (TS 102 221 9.5.1): digits, and FF behind them.
Bytes code_value(std::string_view digits) {
  Bytes value(8, 0xFF);
  std::ranges::copy(digits.substr(0, value.size()), value.begin());
  return value;
}

bool begins_with(BytesView octets, BytesView start) {
  return octets.size() >= start.size() && rsp::equal(octets.first(start.size()), start);
}

}  // namespace

SimSlot::SimSlot(rsp::card::Card& card, const ModuleSettings& settings, Note note)
    : card_(card), settings_(settings), note_(std::move(note)) {}

void SimSlot::power_on() {
  if (powered_) return;
  powered_ = true;
  start(Memory::kForgotten);
}

void SimSlot::power_off() {
  powered_ = false;
  state_ = SimState::kOff;
  sessions_.clear();
  left_.clear();
  csim_channels_.clear();
  iccid_.clear();
  imsi_.clear();
}

bool SimSlot::answers() const {
  if (!powered_ && settings_.slot != settings_.esim_slot) note_("slot");
  return powered_;
}

void SimSlot::start(Memory memory) {
  card_.reset();
  sessions_.clear();
  left_.clear();
  csim_channels_.clear();
  next_handle_ = 1;
  if (!settings_.terminal_capability.empty())
    command({0x80, rsp::card::kTerminalCapabilityIns, 0, 0, settings_.terminal_capability, {}});
  // All that a module may know, REFRESH (TS 102 223 5.2, octet 3) among it.
  command({0x80, rsp::card::kTerminalProfileIns, 0, 0, Bytes(20, 0xFF), {}});
  for (own_channels_ = 0; own_channels_ < settings_.own_channels && open_channel();) {
    ++own_channels_;
    ++next_handle_;  // so that sessions have the numbers of their channels
  }
  // The client was killed before the module was looked at first; a reset frees what it held.
  for (std::uint32_t i = 0; !was_started_ && i < settings_.left_open; ++i) {
    if (auto channel = open_channel()) left_.insert(new_session(*channel));
  }
  was_started_ = true;
  if (memory == Memory::kForgotten || !settings_.stale_iccid) {
    read_files();
  } else {
    note_("staleIccid");
  }
}

void SimSlot::read_files() {
  if (settings_.sends_case1) {
    note_("sendsCase1");
    send(Bytes{0x80, kStatusIns, 0x00, 0x00});
  }
  command({0x00, rsp::card::kSelectIns, 0x00, 0x0C, {0x3F, 0x00}, {}});
  iccid_ = read_file(Bytes{0x2F, 0xE2}, 10);
  imsi_.clear();
  state_ = SimState::kReady;
  auto usim = command({0x00, rsp::card::kSelectIns, 0x04, 0x0C, rsp::to_bytes(kUsim), {}});
  if (!usim.sw.success()) return;
  Bytes imsi = read_file(Bytes{0x6F, 0x07}, 9);
  if (imsi.size() == 9 && imsi[0] != 0xFF) {
    // The first nibble is for parity (3GPP TS 24.008 10.5.1.4).
    std::string digits = rsp::from_swapped_bcd(BytesView(imsi).subspan(1));
    imsi_ = digits.empty() ? "" : digits.substr(1);
    return;
  }
  ResponseApdu pin = command({0x00, kVerifyIns, 0x00, 0x01, {}, {}});
  if (pin.sw.value() == 0x6983 || pin.sw.value() == 0x63C0) state_ = SimState::kPuk;
  if (pin.sw.sw1() == 0x63 && pin.sw.value() != 0x63C0) state_ = SimState::kPin;
}

Bytes SimSlot::read_file(BytesView id, std::uint16_t octets) {
  if (!command({0x00, rsp::card::kSelectIns, 0x00, 0x0C, rsp::to_bytes(id), {}}).sw.success())
    return {};
  ResponseApdu read = command({0x00, kReadBinaryIns, 0, 0, {}, octets});
  return read.sw.success() ? read.data : Bytes{};
}

std::string SimSlot::iccid() const {
  if (iccid_.empty()) return "";
  if (settings_.iccid_form == IccidForm::kDigits) return rsp::from_swapped_bcd(iccid_);
  note_("iccidForm");
  std::string digits;
  for (std::uint8_t octet : iccid_) digits += fmt::format("{:X}{:X}", octet & 15, octet >> 4);
  return settings_.iccid_form == IccidForm::kLowerCase ? rsp::lower_case(digits) : digits;
}

StatusWord SimSlot::enter_code(std::uint8_t ins, Bytes value) {
  StatusWord sw = command({0x00, ins, 0x00, 0x01, std::move(value), {}}).sw;
  if (sw.success()) change_ = Change::kUnlocked;
  read_files();
  return sw;
}

StatusWord SimSlot::verify_pin(std::string_view digits) {
  return enter_code(kVerifyIns, code_value(digits));
}

StatusWord SimSlot::unblock_pin(std::string_view puk, std::string_view digits) {
  return enter_code(kUnblockIns, rsp::concat({code_value(puk), code_value(digits)}));
}

// --- APDUs ---

Bytes SimSlot::send(BytesView apdu) { return card_.transmit(apdu); }

Bytes SimSlot::send_and_get(BytesView apdu) {
  Bytes response = send(apdu);
  bool wrong_length = sw_of(response).wrong_length() && apdu.size() >= 4;
  if (wrong_length && settings_.sends_case1) note_("sendsCase1");
  if (wrong_length && !settings_.sends_case1) {
    auto parsed = CommandApdu::parse(apdu);
    if (!parsed) return response;
    parsed->le = sw_of(response).sw2() == 0 ? 256 : sw_of(response).sw2();
    response = send(parsed->encode());
  }
  Bytes collected;
  for (int i = 0; i < kMostRounds && sw_of(response).more_data(); ++i) {
    rsp::append(collected, BytesView(response).first(response.size() - 2));
    if (collected.size() >= kMostCollected)
      return rsp::concat({collected, BytesView(response).last(2)});
    response = send(Bytes{static_cast<std::uint8_t>(apdu[0] & ~0x80), rsp::card::kGetResponseIns, 0,
                          0, sw_of(response).sw2()});
  }
  return rsp::concat({collected, response});
}

ResponseApdu SimSlot::command(CommandApdu apdu) {
  Bytes response = send_and_get(apdu.encode());
  follow_proactive(response);
  return ResponseApdu::parse(response).value_or(ResponseApdu{});
}

bool SimSlot::refused_here(const CommandApdu& apdu) const {
  bool es10 = apdu.ins == rsp::card::kStoreDataIns;
  bool isd_r =
      apdu.ins == rsp::card::kSelectIns && apdu.p1 == 0x04 && begins_with(apdu.data, kGsmaRid);
  // What the card was told at its start decides what it offers to an LPA (F90).
  if (isd_r && settings_.terminal_capability != ModuleSettings().terminal_capability)
    note_("terminalCapability");
  if (busy_ && es10) return note_("busyAfterRefresh"), true;
  if (internal_lpa_ && (es10 || isd_r)) return note_("internalLpa"), true;
  return false;
}

/// Error: the code of +CME ERROR.
rsp::Result<std::uint8_t> SimSlot::open_channel() {
  ResponseApdu opened = command({0x00, rsp::card::kManageChannelIns, 0, 0, {}, std::uint16_t{1}});
  if (!opened.sw.success() || opened.data.size() != 1) return cme(cme_of(opened.sw));
  return opened.data[0];
}

std::string SimSlot::new_session(std::uint8_t channel) {
  std::uint32_t number = next_handle_++;
  std::string session = settings_.handle == HandleForm::kHex
                            ? fmt::format("{:016x}", 0x0385A7CEU + number)  // as a Sierra's (F01)
                            : std::to_string(number);
  sessions_[session] = channel;
  return session;
}

/// A client that opens a channel meets those that are open already.
void SimSlot::note_opening() {
  if (!left_.empty()) note_("leftOpen");
  if (own_channels_ > 0) note_("ownChannels");
}

std::optional<Bytes> SimSlot::transmit(BytesView apdu) {
  if (!answers()) return std::nullopt;
  auto parsed = CommandApdu::parse(apdu);
  std::uint8_t channel = apdu.empty() ? 0 : rsp::card::channel_of(apdu[0]);
  if (parsed) {
    if (refused_here(*parsed)) return answer(rsp::card::kConditionsNotSatisfied);
    bool manage = parsed->ins == rsp::card::kManageChannelIns;
    if (manage && parsed->p1 == 0x00) note_opening();
    if (manage && settings_.csim_keeps_to_basic_channel) {
      note_("csimKeepsToBasicChannel");
      return answer(rsp::card::kLogicalChannelNotSupported);
    }
    auto opened = csim_channels_.find(channel);
    if (opened != csim_channels_.end()) {
      if (settings_.le00_channel_unusable && opened->second &&
          parsed->ins == rsp::card::kSelectIns) {
        note_("le00ChannelUnusable");
        return answer(rsp::card::kConditionsNotSatisfied);
      }
      if (settings_.csim_channel_status_fails && parsed->ins == kStatusIns) {
        note_("csimChannelStatusFails");
        return answer(rsp::card::kNoPreciseDiagnosis);
      }
    }
  }
  if (settings_.gets_response) note_("getsResponse");
  Bytes response = settings_.gets_response && parsed ? send_and_get(apdu) : send(apdu);
  if (parsed && parsed->ins == rsp::card::kManageChannelIns && sw_of(response).success()) {
    if (parsed->p1 == 0x00 && response.size() == 3) csim_channels_[response[0]] = parsed->le == 256;
    if (parsed->p1 == 0x80) {
      csim_channels_.erase(parsed->p2);
      std::erase_if(left_, [&](const auto& s) { return sessions_.at(s) == parsed->p2; });
      std::erase_if(sessions_, [&](const auto& s) { return s.second == parsed->p2; });
    }
  }
  follow_proactive(response);
  return response;
}

rsp::Result<std::string> SimSlot::open_session(BytesView aid) {
  if (!answers()) return cme(kNoSim);
  if (aid.empty() || aid.size() > 16) return cme(kIncorrectParameters);
  CommandApdu select{0x00, rsp::card::kSelectIns, 0x04, 0x00, rsp::to_bytes(aid), 256};
  if (refused_here(select)) return cme(kNotAllowed);
  note_opening();
  if (own_channels_ + sessions_.size() >= settings_.channels) return cme(kMemoryFull);
  RSP_TRY(std::uint8_t channel, open_channel());
  select.cla = rsp::card::cla_on_channel(0x00, channel);
  ResponseApdu selected = command(select);
  if (!selected.sw.success()) {
    command({0x00, rsp::card::kManageChannelIns, 0x80, channel, {}, {}});
    return cme(cme_of(selected.sw));
  }
  if (settings_.handle == HandleForm::kHex) note_("handle");
  return new_session(channel);
}

rsp::Result<Bytes> SimSlot::transmit_in(const std::string& session, BytesView apdu) {
  if (!answers()) return cme(kNoSim);
  auto found = sessions_.find(session);
  if (found == sessions_.end()) return cme(kInvalidIndex);
  auto parsed = CommandApdu::parse(apdu);
  if (!parsed) return cme(kIncorrectParameters);
  // 27.007 8.45: the module guards its channels, and authentication.
  if (parsed->ins == rsp::card::kManageChannelIns || parsed->ins == kAuthenticateIns)
    return cme(kNotAllowed);
  if (refused_here(*parsed)) return answer(rsp::card::kConditionsNotSatisfied);
  Bytes patched = rsp::to_bytes(apdu);
  std::uint8_t base = rsp::card::is_iso_class(patched[0]) ? 0x00 : 0x80;
  patched[0] = rsp::card::cla_on_channel(base, found->second);
  if (settings_.gets_response) note_("getsResponse");
  Bytes response = settings_.gets_response ? send_and_get(patched) : send(patched);
  follow_proactive(response);
  return response;
}

rsp::Status SimSlot::close_session(const std::string& session) {
  auto found = sessions_.find(session);
  if (found == sessions_.end()) {
    if (!settings_.unopened_close_is_ok) return cme(kInvalidIndex);
    note_("unopenedCloseIsOk");
    return {};
  }
  if (settings_.channel_leak) {
    note_("channelLeak");
    return {};
  }
  if (powered_) command({0x00, rsp::card::kManageChannelIns, 0x80, found->second, {}, {}});
  if (left_.erase(session) == 1) note_("leftOpen");
  sessions_.erase(session);
  return {};
}

// --- Proactive commands ---

void SimSlot::follow_proactive(BytesView response) {
  if (refreshing_ || sw_of(response).sw1() != 0x91) return;
  if (settings_.refresh == RefreshHandling::kNotFetched) return note_("refresh");
  refreshing_ = true;
  StatusWord sw = sw_of(response);
  for (int i = 0; i < kMostRounds && sw.sw1() == 0x91; ++i) {
    Bytes fetched = send_and_get(Bytes{0x80, rsp::card::kFetchIns, 0, 0, sw.sw2()});
    if (!sw_of(fetched).success()) break;
    fetched.resize(fetched.size() - 2);
    sw = answer_proactive(fetched);
  }
  refreshing_ = false;
}

StatusWord SimSlot::answer_proactive(BytesView command) {
  // D0, its length of one or two octets, then the command details: 81 03 number type qualifier.
  std::size_t at = command.size() > 2 && command[1] == 0x81 ? 3 : 2;
  if (command.size() < at + 5 || command[at + 1] != 3) return rsp::card::kOk;
  std::uint8_t number = command[at + 2], type = command[at + 3], qualifier = command[at + 4];
  Bytes done{0x81, 0x03, number, type, qualifier, 0x82, 0x02, 0x82, 0x81, 0x83, 0x01, 0x00};
  StatusWord sw = sw_of(
      send(CommandApdu{0x80, rsp::card::kTerminalResponseIns, 0, 0, std::move(done), {}}.encode()));
  constexpr std::uint8_t kRefresh = 0x01, kUiccReset = 0x04;
  if (type != kRefresh) return sw;
  if (settings_.refresh == RefreshHandling::kIgnored) return note_("refresh"), sw;
  change_ = Change::kRefreshed;
  if (qualifier == kUiccReset) {
    change_ = Change::kReset;
    start(Memory::kKept);
    return rsp::card::kOk;
  }
  if (settings_.stale_iccid) return note_("staleIccid"), sw;
  read_files();
  return sw;
}

}  // namespace hil
