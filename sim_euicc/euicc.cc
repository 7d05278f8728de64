#include "sim_euicc/euicc.h"

#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::card::StatusWord;

/// T=0 and, by TA2 of the global interface bytes, "eUICC functions supported": the first TB after
/// T=15 has b8 and b2 set (SGP.22 via TS 102 221 6.3.3). Historical bytes as of a UICC without an
/// enabled profile.
constexpr std::string_view kAtr = "3B9F96803FC7828031E073FE211F65D0020000000000";

/// A UICC's master file: FCP with supported system commands b1 (TERMINAL CAPABILITY), TS 102
/// 221 11.1.1.4.
constexpr std::string_view kMfFcp =
    "621C8202782183023F00A5038701018A01058B032F0601C60690010083010A";

StatusWord more(std::size_t left) {
  return StatusWord(static_cast<std::uint16_t>(0x6100 | (left >= 256 ? 0 : left)));
}

rsp::Bytes atr_with_check() {
  rsp::Bytes atr = *rsp::from_hex(kAtr);
  std::uint8_t check = 0;
  for (std::size_t i = 1; i < atr.size(); ++i) check ^= atr[i];
  atr.push_back(check);
  return atr;
}

}  // namespace

Euicc::Euicc(Persona persona, Credentials credentials, Env env, Memory memory)
    : persona_(std::move(persona)),
      credentials_(std::move(credentials)),
      env_(env),
      memory_(std::move(memory)),
      isd_r_(persona_, credentials_, env_.random, env_.trace, env_.seam) {}

rsp::Result<std::unique_ptr<Euicc>> Euicc::power_up(Persona persona, Credentials credentials,
                                                    Env env) {
  RSP_TRY(Memory memory, Memory::open(env.storage, persona));
  std::unique_ptr<Euicc> euicc(
      new Euicc(std::move(persona), std::move(credentials), env, std::move(memory)));
  euicc->reset();
  return euicc;
}

rsp::Bytes Euicc::reset() {
  channels_ = {};
  channels_[0].open = true;
  Transaction tx(memory_.state());
  isd_r_.power_on(tx);
  // Where the storage fails now, the interrupted load stays recorded and is reported at the next
  // power-on.
  if (auto committed = memory_.commit(std::move(tx)); !committed && env_.trace != nullptr) {
    env_.trace->event({rsp::TraceKind::kCommit,
                       rsp::Party::kEuicc,
                       rsp::Party::kEuicc,
                       "commit failed",
                       committed.error().text,
                       {}});
  }
  rsp::Bytes atr = atr_with_check();
  if (env_.trace != nullptr) {
    env_.trace->event(
        {rsp::TraceKind::kPower, rsp::Party::kEuicc, rsp::Party::kLpa, "reset", "ATR", atr});
  }
  return atr;
}

rsp::Bytes Euicc::transmit(rsp::BytesView octets) {
  auto command = CommandApdu::parse(octets);
  Answer answer{{}, rsp::card::kWrongLength};
  if (command) {
    Transaction tx(memory_.state());
    answer = dispatch(*command, tx);
    if (auto committed = memory_.commit(std::move(tx)); !committed) {
      // Nothing has changed, so nothing may be told as done, nor be fetched with GET RESPONSE.
      isd_r_.drop_session();
      channels_[rsp::card::channel_of(command->cla)].response.clear();
      answer = {{}, rsp::card::kMemoryFailure};
    }
  }
  rsp::Bytes response = rsp::card::ResponseApdu{std::move(answer.data), answer.sw}.encode();
  if (env_.trace != nullptr) {
    env_.trace->event({rsp::TraceKind::kApdu, rsp::Party::kLpa, rsp::Party::kEuicc, "C-APDU", "",
                       rsp::to_bytes(octets)});
    env_.trace->event({rsp::TraceKind::kApdu, rsp::Party::kEuicc, rsp::Party::kLpa, "R-APDU",
                       std::string(rsp::card::meaning(answer.sw)), response});
  }
  return response;
}

Answer Euicc::dispatch(const CommandApdu& command, Transaction& tx) {
  // Class bytes: 0x and 4x of ISO 7816-4, 8x and Cx of GlobalPlatform; 6x and Ex are 4x and Cx with
  // secure messaging, and 2x and Ax mean nothing.
  bool further_coding = (command.cla & 0x40) != 0;
  if ((!further_coding && (command.cla & 0x20) != 0) || command.cla == 0xFF)
    return {{}, rsp::card::kClassNotSupported};
  if (rsp::card::has_secure_messaging(command.cla))
    return {{}, rsp::card::kSecureMessagingNotSupported};
  std::uint8_t number = rsp::card::channel_of(command.cla);
  if (number > rsp::card::kMaxChannel || !channels_[number].open)
    return {{}, rsp::card::kLogicalChannelNotSupported};
  Channel& channel = channels_[number];
  bool iso = rsp::card::is_iso_class(command.cla);
  if (command.ins == rsp::card::kGetResponseIns) return get_response(channel, command);
  channel.response.clear();  // any other command gives up what was waiting
  switch (command.ins) {
    case rsp::card::kSelectIns:
      return iso ? select(channel, command) : Answer{{}, rsp::card::kClassNotSupported};
    case rsp::card::kManageChannelIns:
      return iso ? manage_channel(command) : Answer{{}, rsp::card::kClassNotSupported};
    case rsp::card::kTerminalCapabilityIns:
      return iso ? Answer{{}, rsp::card::kClassNotSupported} : Answer{};
    case rsp::card::kStoreDataIns:
      if (iso) return {{}, rsp::card::kClassNotSupported};
      return deliver(channel, command, store_data(channel, command, tx));
    default:
      return {{}, rsp::card::kInstructionNotSupported};
  }
}

Answer Euicc::select(Channel& channel, const CommandApdu& command) {
  bool wants_nothing = (command.p2 & 0x0C) == 0x0C;
  if (command.p1 == 0x04) {
    // A right-truncated AID selects too (ISO 7816-4 8.2.2.2), from the five octets of the RID on.
    rsp::BytesView aid = persona_.isd_r_aid;
    bool match = command.data.size() >= 5 && command.data.size() <= aid.size() &&
                 rsp::equal(aid.first(command.data.size()), command.data);
    if (!match) return {{}, rsp::card::kFileNotFound};
    channel.selected = Application::kIsdR;
    channel.command.clear();
    channel.next_block = 0;
    return deliver(channel, command, wants_nothing ? Answer{} : Answer{isd_r_.fci()});
  }
  if (command.p1 != 0x00) return {{}, rsp::card::kIncorrectP1P2};
  bool master_file = command.data.empty() || command.data == rsp::Bytes{0x3F, 0x00};
  if (!master_file) return {{}, rsp::card::kFileNotFound};
  channel.selected = Application::kMf;
  return deliver(channel, command, wants_nothing ? Answer{} : Answer{*rsp::from_hex(kMfFcp)});
}

// ISO 7816-4 11.1.2.
Answer Euicc::manage_channel(const CommandApdu& command) {
  if (command.p1 == 0x80) {
    if (command.p2 == 0 || command.p2 > rsp::card::kMaxChannel)
      return {{}, rsp::card::kIncorrectP1P2};
    if (!channels_[command.p2].open) return {{}, rsp::card::kLogicalChannelNotSupported};
    channels_[command.p2] = {};
    return {};
  }
  if (command.p1 != 0x00 || command.p2 > rsp::card::kMaxChannel)
    return {{}, rsp::card::kIncorrectP1P2};
  std::uint8_t number = command.p2;
  if (number == 0) {
    for (std::uint8_t candidate = 1; candidate <= rsp::card::kMaxChannel && number == 0;
         ++candidate) {
      if (!channels_[candidate].open) number = candidate;
    }
    if (number == 0) return {{}, rsp::card::kFunctionNotSupported};
  } else if (channels_[number].open) {
    return {{}, rsp::card::kFunctionNotSupported};
  }
  channels_[number] = {};
  channels_[number].open = true;
  if (command.p2 != 0) return {};  // the terminal chose the number and knows it
  return {rsp::Bytes{number}};
}

// SGP.22 5.7.2: P1 says whether more blocks follow, P2 counts them from 00 for each command.
Answer Euicc::store_data(Channel& channel, const CommandApdu& command, Transaction& tx) {
  if (channel.selected != Application::kIsdR) return {{}, rsp::card::kConditionsNotSatisfied};
  bool last = command.p1 == rsp::card::kP1LastBlock;
  if (!last && command.p1 != rsp::card::kP1MoreBlocks) return {{}, rsp::card::kIncorrectP1P2};
  if (command.p2 == 0) {
    channel.command.clear();
    channel.next_block = 0;
  }
  if (command.p2 != channel.next_block) {
    channel.command.clear();
    channel.next_block = 0;
    return {{}, rsp::card::kIncorrectP1P2};
  }
  ++channel.next_block;  // after block 255 it is 256, which no P2 equals: a command has at most 256
                         // blocks
  rsp::append(channel.command, command.data);
  if (!last) return {};
  rsp::Bytes whole = std::move(channel.command);
  channel.command.clear();
  channel.next_block = 0;
  if (whole.empty()) return {{}, rsp::card::kWrongData};
  return isd_r_.handle(whole, tx);
}

Answer Euicc::deliver(Channel& channel, const CommandApdu& command, Answer answer) {
  if (answer.data.empty()) return answer;
  if (command.le && answer.data.size() <= *command.le) return answer;
  channel.response = std::move(answer.data);
  channel.response_sw = answer.sw;
  return {{}, more(channel.response.size())};
}

Answer Euicc::get_response(Channel& channel, const CommandApdu& command) {
  if (channel.response.empty()) return {{}, rsp::card::kConditionsNotSatisfied};
  std::size_t wanted = command.le.value_or(256);
  std::size_t available = channel.response.size();
  if (wanted > available && wanted != 256) {
    return {{}, StatusWord(static_cast<std::uint16_t>(0x6C00 | (available & 0xFF)))};
  }
  auto end = channel.response.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, available));
  Answer answer{rsp::Bytes(channel.response.begin(), end), channel.response_sw};
  channel.response.erase(channel.response.begin(), end);
  if (!channel.response.empty()) answer.sw = more(channel.response.size());
  return answer;
}

}  // namespace sim
