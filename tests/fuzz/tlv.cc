// Any octets as BER-TLV, read by the one reader that everything here goes through.
//
// Promises: elements lie one behind the other inside of what was given; looking changes nothing;
// and an element that is written again reads as the same.
#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;

namespace {

bool inside(BytesView part, BytesView whole) {
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

void check(const rsp::asn1::Element& element, BytesView input) {
  require(inside(element.whole, input) && inside(element.content, element.whole),
          "an element lies where it was read");
  Bytes written = element.constructed
                      ? rsp::asn1::constructed_tlv(element.tag, rsp::to_bytes(element.content))
                      : rsp::asn1::tlv(element.tag, element.content);
  require(written.size() <= element.whole.size(), "DER is the shortest form");
  auto again = rsp::asn1::Reader(written).peek();
  require(again && again->tag == element.tag && rsp::equal(again->content, element.content),
          "what is written reads as the same");
}

void walk(BytesView input, int depth) {
  rsp::asn1::Reader reader(input);
  while (!reader.at_end()) {
    const auto looked = reader.peek();
    BytesView before = reader.rest();
    auto element = reader.next();
    require(looked.has_value() == element.has_value(), "looking changes nothing");
    if (!element) {
      require(!element.error().empty(), "an error says something");
      return;
    }
    require(element->whole.data() == before.data() && !element->whole.empty(),
            "an element begins where the one before it ends");
    check(*element, input);
    if (element->constructed && depth > 0) walk(element->content, depth - 1);
  }
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(0)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  walk({data, size}, 16);
  return 0;
}
