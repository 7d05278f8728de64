// Any APDUs to the software eUICC. Input: an octet that picks the state to begin in, an octet that
// picks the kind of card, then commands, resets and losses of power as fuzz::play() reads them.
//
// Promises: those of fuzz::Card after every command; and what the card keeps it can read again.
//
// Keys are cheap and the same in every process (support/cheap_ec.h), so an input may hold signed
// messages and a whole download.
#include "tests/fuzz/support/card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  fuzz::Input input(data, size);
  fuzz::Card& card = fuzz::card_in(input);
  fuzz::play(card, input);
  if (card.unwritten()) return 0;
  card.check_storage();
  card.warm_reset();
  return 0;
}
