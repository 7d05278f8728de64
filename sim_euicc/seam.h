// Where a test reaches into a card: whole commands on their way in, whole answers on their way out,
// and what is about to be signed. Honest cards have none.
#pragma once

#include "rsp/card/apdu.h"
#include "rsp/crypto/signing_seam.h"

namespace sim {

class Seam : public rsp::crypto::SigningSeam {
 public:
  /// One complete command as it was put together from STORE DATA blocks: an ES10 command, or a
  /// segment of a BPP. May be changed, but not be emptied.
  virtual void command(rsp::Bytes& command) = 0;
  /// What the card answers to it. Non-volatile changes are made whatever becomes of the answer.
  virtual void answer(rsp::BytesView command, rsp::Bytes& data, rsp::card::StatusWord& sw) = 0;
};

}  // namespace sim
