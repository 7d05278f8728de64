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

std::size_t count_elements(BytesView tlvs, int depth = kDepth) {
  std::size_t count = 0;
  rsp::asn1::Reader reader(tlvs);
  while (!reader.at_end()) {
    auto element = reader.next();
    if (!element) break;
    ++count;
    if (element->constructed && depth > 0) count += count_elements(element->content, depth - 1);
  }
  return count;
}

/// The element with a number, counted from the front and a list before its elements, with those
/// around it, outermost first. `number` is counted down.
bool find_element(BytesView tlvs, std::size_t& number, ElementChain& around, int depth = kDepth) {
  rsp::asn1::Reader reader(tlvs);
  while (!reader.at_end()) {
    auto element = reader.next();
    if (!element) return false;
    around.push_back(*element);
    if (number-- == 0) return true;
    if (element->constructed && depth > 0 &&
        find_element(element->content, number, around, depth - 1))
      return true;
    around.pop_back();
  }
  return false;
}

ElementChain element_at(BytesView tlvs, std::size_t number) {
  ElementChain chain;
  find_element(tlvs, number, chain);
  return chain;
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

Bytes mutate_tlvs(BytesView tlvs, std::uint64_t number) {
  std::size_t count = count_elements(tlvs);
  if (count == 0) return rsp::to_bytes(tlvs);
  ElementChain chain = element_at(tlvs, number % count);
  Element other = element_at(tlvs, number / 7 % count).back();
  return rsp::asn1::replace(tlvs, chain, replacement_for(chain.back(), other, number / 31));
}

}  // namespace fuzz
