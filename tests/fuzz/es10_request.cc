// Any command to the ISD-R, whole and in blocks. Input: an octet that picks the state, an octet
// that picks the kind of card, an octet with the size of blocks, then commands as TLVs.
//
// Promises: those of fuzz::Card; and what the card answers to a request with 9000 is that request's
// response.
#include "rsp/asn1/decoder.h"
#include "rsp/messages/all.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/card.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
using rsp::BytesView;

namespace {

/// Whether `answer` is a response to `command`, where that is a request of ES10.
void check_answer(BytesView command, BytesView answer) {
  auto element = rsp::asn1::Reader(command).peek();
  if (!element || answer.empty()) return;
  rsp::AllMessages::for_each([&]<class M>() {
    if constexpr (requires {
                    typename M::Response;
                    M::kFunction;
                    M::kTag;
                  }) {
      if (element->tag != M::kTag) return;
      require(rsp::asn1::decode<typename M::Response>(answer).has_value(),
              "a request is answered with its response");
    }
  });
}

void send(fuzz::Card& card, BytesView command, std::size_t block) {
  auto answer = card.store_data(command, 1, block);
  if (answer.sw.success()) check_answer(command, answer.data);
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(3)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) return 0;
  fuzz::Input input(data, size);
  fuzz::Card& card = fuzz::card_in(input);
  std::size_t block = std::max<std::size_t>(input.octet(), 1);
  rsp::asn1::Reader reader(input.rest());
  while (!reader.at_end()) {
    auto element = reader.peek();
    if (!element) {
      send(card, reader.rest(), block);
      break;
    }
    reader.skip(*element);
    send(card, element->whole, block);
  }
  if (!card.unwritten()) card.check_storage();
  return 0;
}
