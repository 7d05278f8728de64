// GET CHALLENGE and AUTHENTICATE (ETSI TS 102 221, 11.1.16; 3GPP TS 31.102, 7.1).
#include <algorithm>

#include "rsp/base/hex.h"
#include "sim_euicc/aka.h"
#include "sim_euicc/uicc.h"
#include "sim_euicc/usim_fields.h"

namespace sim {
namespace {

using rsp::card::CommandApdu;
using rsp::operator""_hex;

/// Whether an AID is an ISIM's (ETSI TS 101 220: 3GPP's RID, application 1004).
bool is_isim(rsp::BytesView aid) {
  const rsp::Bytes isim = "A0000000871004"_hex;
  return aid.size() >= isim.size() && rsp::equal(aid.first(isim.size()), isim);
}

SqnState state_of(const SqnData& data) {
  SqnState state;
  for (std::size_t i = 0; i < std::min(data.sqn.size(), state.seq.size()); ++i)
    state.seq[i] = rsp::big_endian(data.sqn[i]);
  return state;
}

SqnData stored_form(const SqnState& state) {
  SqnData data;
  for (std::uint64_t seq : state.seq) {
    rsp::Octets<6> octets{};
    for (std::size_t i = 0; i < 6; ++i) octets[5 - i] = static_cast<std::uint8_t>(seq >> 8 * i);
    data.sqn.push_back(octets);
  }
  return data;
}

}  // namespace

Answer Uicc::get_challenge(const CommandApdu& command, Selection&, Transaction&) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty() || !command.le) return refuse(rsp::card::kWrongLength);
  rsp::Bytes challenge(*command.le);
  random_.fill(challenge);
  return {std::move(challenge)};
}

Answer Uicc::authenticate(const CommandApdu& command, Selection& at, Transaction& tx) {
  if (command.p1 != 0) return refuse(rsp::card::kIncorrectP1P2);
  auto keys = std::ranges::find(image_->akas(), at.application, &ImageAka::application);
  if (at.application == kNoFile || keys == image_->akas().end() || !running_)
    return refuse(rsp::card::kConditionsNotSatisfied);
  if (!pin1_satisfied(at.application, tx)) return refuse(rsp::card::kSecurityNotSatisfied);
  auto aka = Aka::create(keys->parameter);
  if (!aka) return refuse(rsp::card::kConditionsNotSatisfied);

  std::string path = image_->path(keys->source);
  SqnState state = aka->initial_state();
  if (const ProfileData* data = changes(tx)) {
    auto stored = data->sequence_numbers.find(path);
    if (stored != data->sequence_numbers.end()) state = state_of(stored->second);
  }
  AkaServices services{false, false};
  constexpr std::uint16_t kServiceTable = 0x6F38;
  FileIndex table = image_->child(at.application, kServiceTable);
  if (table != kNoFile && !is_isim(image_->aid(at.application))) {
    rsp::Bytes offered = content(table, tx);
    services = {has_service(offered, 27), has_service(offered, 38)};
  }
  auto answer = aka->authenticate(command.p2, command.data, state, services);
  if (answer.new_state) tx.put_sequence_numbers(*running_, path, stored_form(*answer.new_state));
  return {std::move(answer.data), answer.sw};
}

}  // namespace sim
