// GET CHALLENGE and AUTHENTICATE (ETSI TS 102 221, 11.1.16; 3GPP TS 31.102, 7.1).
#include "sim_euicc/uicc.h"

namespace sim {

using rsp::card::CommandApdu;

Answer Uicc::get_challenge(const CommandApdu& command, Selection&, Transaction&) {
  if (command.p1 != 0 || command.p2 != 0) return refuse(rsp::card::kIncorrectP1P2);
  if (!command.data.empty() || !command.le) return refuse(rsp::card::kWrongLength);
  rsp::Bytes challenge(*command.le);
  random_.fill(challenge);
  return {std::move(challenge)};
}

Answer Uicc::authenticate(const CommandApdu&, Selection&, Transaction&) {
  return refuse(rsp::card::kInstructionNotSupported);
}

}  // namespace sim
