#include "rsp/asn1/edit.h"

#include "rsp/asn1/writer.h"
#include "rsp/base/hex.h"

namespace rsp::asn1 {
namespace {

ElementChain chain_of(const Path& path) {
  ElementChain chain;
  for (const Path* at = &path; at != nullptr; at = at->parent) {
    if (at->element != nullptr) chain.push_back(*at->element);
  }
  std::ranges::reverse(chain);
  return chain;
}

/// The identifier octets of an element, without its length.
BytesView identifier_of(const Element& element) {
  std::size_t size = 1;
  if ((element.whole[0] & 0x1F) == 0x1F) {
    while ((element.whole[size++] & 0x80) != 0) {
    }
  }
  return element.whole.first(size);
}

Bytes with_content(const Element& element, BytesView content) {
  return concat({identifier_of(element), der_length(content.size()), content});
}

}  // namespace

Bytes replace(BytesView der, const ElementChain& chain, BytesView replacement) {
  Bytes inner = to_bytes(replacement);
  for (std::size_t i = chain.size() - 1; i-- > 0;) {
    const Element& outer = chain[i];
    const Element& old = chain[i + 1];
    auto before = static_cast<std::size_t>(old.whole.data() - outer.content.data());
    Bytes content = concat(
        {outer.content.first(before), inner, outer.content.subspan(before + old.whole.size())});
    inner = with_content(outer, content);
  }
  auto before = static_cast<std::size_t>(chain.front().whole.data() - der.data());
  return concat({der.first(before), inner, der.subspan(before + chain.front().whole.size())});
}

Mutation set_content(Bytes content) {
  return [content = std::move(content)](const Element& e) { return with_content(e, content); };
}

Mutation omit() {
  return [](const Element&) { return Bytes{}; };
}

Mutation duplicate() {
  return [](const Element& e) { return concat({e.whole, e.whole}); };
}

void flip_bit(std::span<std::uint8_t> octets, std::size_t bit) {
  if (octets.empty()) return;
  std::size_t at = bit % (8 * octets.size());
  octets[at / 8] ^= static_cast<std::uint8_t>(0x80 >> at % 8);
}

Mutation flip_bit(std::size_t bit) {
  return [bit](const Element& e) {
    Bytes whole = to_bytes(e.whole);
    flip_bit(std::span(whole).subspan(e.header_size(), e.content.size()), bit);
    return whole;
  };
}

namespace internal {

void Locator::element(const Path& path) {
  if (chain_.empty() && to_string(path) == wanted_) chain_ = chain_of(path);
}

Result<ElementChain> Locator::found(const std::optional<Error>& decode_error) const {
  if (!chain_.empty()) return chain_;
  if (decode_error) return failure(*decode_error);
  return failure({.layer = Layer::kInput,
                  .path = wanted_,
                  .text = "the message has no field " + wanted_,
                  .hint = "a dump of the message lists its fields"});
}

void Dumper::element(const Path& path) {
  std::size_t depth = chain_of(path).size() - 1;
  text += std::string(2 * depth, ' ');
  text += path.name;
  if (path.index >= 0) text += "[" + std::to_string(path.index) + "]";
  text += " " + to_string(path.element->tag, path.element->constructed);
  if (!path.element->constructed) {
    BytesView content = path.element->content;
    bool cut = content.size() > max_octets_;
    text += " " + to_hex(content.first(cut ? max_octets_ : content.size()));
    if (cut) text += "... (" + std::to_string(content.size()) + " octets)";
  }
  text += "\n";
}

}  // namespace internal
}  // namespace rsp::asn1
