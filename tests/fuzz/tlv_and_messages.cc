// Any octets as any message. Input: one octet that picks the message, then its encoding.
//
// Promises: a message that decodes encodes to something that decodes to the same; JSON view and
// dump exist for every one.
#include "rsp/asn1/edit.h"
#include "rsp/json/asn1_json.h"
#include "rsp/messages/all.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;

namespace {

template <class M>
void try_message(BytesView der) {
  std::string text = rsp::asn1::dump<M>(der);
  auto message = rsp::asn1::decode<M>(der);
  if (!message) {
    require(!message.error().text.empty(), "an error says something");
    return;
  }
  Bytes encoded = rsp::asn1::encode(*message);
  auto again = rsp::asn1::decode<M>(encoded);
  require(again.has_value(), "what was decoded encodes to a message");
  require(rsp::asn1::encode(*again) == encoded, "encoding is stable");
  rsp::Json view = rsp::to_json(*message);
  require(rsp::to_json(*again) == view, "the value is the same after it was sent on");
  require(!rsp::dump(view).empty(), "the view can be shown");
  require(rsp::asn1::mutate<M>(der, "", rsp::asn1::flip_bit(7)).has_value(),
          "the message itself can be found");
  static_cast<void>(rsp::from_json<M>(view));
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(1)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  BytesView der(data + 1, size - 1);
  std::size_t count = 0;
  rsp::AllMessages::for_each([&]<class M>() { ++count; });
  std::size_t wanted = data[0] % count, at = 0;
  rsp::AllMessages::for_each([&]<class M>() {
    if (at++ == wanted) try_message<M>(der);
  });
  return 0;
}
