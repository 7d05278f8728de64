#include "tests/fuzz/support/tlv_mutator.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "rsp/asn1/edit.h"
#include "rsp/asn1/writer.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size)
    __attribute__((weak));

namespace fuzz {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::asn1::Element;
using rsp::asn1::ElementChain;

constexpr int kDepth = 12;

/// Every element with those around it, outermost first.
void collect(BytesView tlvs, ElementChain& around, std::vector<ElementChain>& out, int depth) {
  rsp::asn1::Reader reader(tlvs);
  while (!reader.at_end()) {
    auto element = reader.next();
    if (!element) return;
    around.push_back(*element);
    out.push_back(around);
    if (element->constructed && depth > 0) collect(element->content, around, out, depth - 1);
    around.pop_back();
  }
}

std::vector<ElementChain> elements_of(BytesView tlvs) {
  std::vector<ElementChain> out;
  ElementChain around;
  collect(tlvs, around, out, kDepth);
  return out;
}

/// The octets of an element with another content, its tag as it stands there.
Bytes with_content(const Element& element, BytesView content) {
  BytesView whole = element.whole;
  std::size_t tag = 1;
  if ((whole[0] & 0x1F) == 0x1F) {
    while (tag < whole.size() && (whole[tag] & 0x80) != 0) ++tag;
    ++tag;
  }
  return rsp::concat({whole.first(tag), rsp::asn1::der_length(content.size()), content});
}

/// Content as the fuzzer itself would alter it; without a fuzzer, one bit turned.
Bytes altered(BytesView content, std::uint64_t number) {
  Bytes out = rsp::to_bytes(content);
  if (LLVMFuzzerMutate != nullptr) {
    std::size_t size = out.size();
    out.resize(size + 64);
    out.resize(LLVMFuzzerMutate(out.data(), size, out.size()));
  } else if (!out.empty()) {
    rsp::asn1::flip_bit(out, number);
  }
  return out;
}

Bytes replacement_for(const Element& element, const Element& other, std::uint64_t number) {
  switch (number % 8) {
    case 0:
      return {};
    case 1:
      return rsp::concat({element.whole, element.whole});
    case 2:
      return rsp::to_bytes(other.whole);
    case 3:
      return rsp::concat({other.whole, element.whole});
    case 4:
      return with_content(element, {});
    case 5:
      return with_content(element, other.content);
    default:
      return with_content(element, altered(element.content, number / 8));
  }
}

}  // namespace

BytesView pick_element(BytesView tlvs, std::uint64_t number) {
  auto all = elements_of(tlvs);
  return all.empty() ? BytesView{} : all[number % all.size()].back().whole;
}

Bytes mutate_tlvs(BytesView tlvs, std::uint64_t number) {
  auto all = elements_of(tlvs);
  if (all.empty()) return rsp::to_bytes(tlvs);
  const ElementChain& chain = all[number % all.size()];
  const Element& other = all[number / 7 % all.size()].back();
  Bytes changed = replacement_for(chain.back(), other, number / 31);
  return rsp::asn1::replace(tlvs, chain, changed);
}

}  // namespace fuzz
