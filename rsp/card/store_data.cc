#include "rsp/card/store_data.h"

#include <fmt/format.h>

#include "rsp/asn1/reader.h"

namespace rsp::card {

Result<std::vector<CommandApdu>> store_data_blocks(BytesView command, std::size_t block_size) {
  if (block_size == 0 || block_size > kMaxBlockSize) {
    return failure(
        {.layer = Layer::kInput,
         .text = fmt::format("a STORE DATA block has 1 to 255 octets, not {}", block_size)});
  }
  std::size_t count = command.empty() ? 1 : (command.size() + block_size - 1) / block_size;
  if (count > kMaxBlocks) {
    return failure({.layer = Layer::kInput,
                    .text = fmt::format(
                        "{} octets need {} STORE DATA blocks of {}, at most 256 can be counted",
                        command.size(), count, block_size),
                    .hint = "use larger blocks"});
  }
  std::vector<CommandApdu> blocks;
  blocks.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    BytesView data =
        command.subspan(i * block_size, std::min(block_size, command.size() - i * block_size));
    blocks.push_back({0x80, kStoreDataIns, i + 1 == count ? kP1LastBlock : kP1MoreBlocks,
                      static_cast<std::uint8_t>(i), to_bytes(data), std::nullopt});
  }
  return blocks;
}

namespace {

/// Walks the children of BF36 and collects segments.
class BppCutter {
 public:
  BppCutter(const asn1::Element& bpp) : bpp_(bpp), reader_(bpp.content) {}

  Result<std::vector<BytesView>> cut() {
    RSP_TRY(asn1::Element initialise, child(asn1::context(35), "initialiseSecureChannelRequest"));
    segments_.push_back(span_to(bpp_, initialise));
    RSP_CHECK(whole(asn1::context(0), "firstSequenceOf87"));
    RSP_CHECK(header_and_children(asn1::context(1), "sequenceOf88", asn1::context(8)));
    auto next = reader_.peek();
    if (next && next->tag == asn1::context(2))
      RSP_CHECK(whole(asn1::context(2), "secondSequenceOf87"));
    RSP_CHECK(header_and_children(asn1::context(3), "sequenceOf86", asn1::context(6)));
    if (!reader_.at_end()) return failure(problem("sequenceOf86", "is not the last element"));
    return std::move(segments_);
  }

 private:
  static Error problem(std::string_view field, std::string_view what) {
    std::string path = "boundProfilePackage." + std::string(field);
    return {.layer = Layer::kDecode, .path = path, .text = path + " " + std::string(what)};
  }
  /// From the outer element's tag to the end of its first child.
  static BytesView span_to(const asn1::Element& outer, const asn1::Element& child) {
    return outer.whole.first(outer.header_size() + child.whole.size());
  }
  Result<asn1::Element> child(asn1::Tag tag, std::string_view name) {
    auto next = reader_.peek();
    if (!next) return failure(problem(name, "is missing: " + std::string(next.error())));
    if (next->tag != tag || !next->constructed) {
      return failure(
          problem(name, "is missing: found " + asn1::to_string(next->tag, next->constructed)));
    }
    reader_.skip(*next);
    return *next;
  }
  Status whole(asn1::Tag tag, std::string_view name) {
    RSP_TRY(asn1::Element element, child(tag, name));
    segments_.push_back(element.whole);
    return {};
  }
  Status header_and_children(asn1::Tag tag, std::string_view name, asn1::Tag each) {
    RSP_TRY(asn1::Element list, child(tag, name));
    segments_.push_back(list.whole.first(list.header_size()));
    asn1::Reader children(list.content);
    while (!children.at_end()) {
      auto next = children.next();
      if (!next) return failure(problem(name, next.error()));
      if (next->tag != each) {
        return failure(problem(name, "contains " + asn1::to_string(next->tag, next->constructed)));
      }
      segments_.push_back(next->whole);
    }
    return {};
  }

  const asn1::Element& bpp_;
  asn1::Reader reader_;
  std::vector<BytesView> segments_;
};

}  // namespace

Result<std::vector<BytesView>> bpp_segments(BytesView bpp) {
  auto element = asn1::Reader(bpp).peek();
  if (!element || element->tag != asn1::context(54) || !element->constructed) {
    return failure({.layer = Layer::kDecode,
                    .path = "boundProfilePackage",
                    .text = "the Bound Profile Package does not begin with BF36 or is cut short"});
  }
  if (element->whole.size() != bpp.size()) {
    return failure({.layer = Layer::kDecode,
                    .path = "boundProfilePackage",
                    .text = "the Bound Profile Package has bytes after its end"});
  }
  return BppCutter(*element).cut();
}

}  // namespace rsp::card
