#include "sim_euicc/event_bits.h"

#include <span>

#include "rsp/asn1/reader.h"
#include "rsp/messages/common.h"

namespace sim {
namespace {

using rsp::asn1::context;
using rsp::asn1::Reader;
using rsp::asn1::Tag;

/// The part of `octets` that a view into them shows.
std::span<std::uint8_t> part_of(std::span<std::uint8_t> octets, rsp::BytesView view) {
  return octets.subspan(static_cast<std::size_t>(view.data() - octets.data()), view.size());
}

void walk(std::span<std::uint8_t> elements, bool in_metadata) {
  constexpr std::uint8_t kUnusedBits = 4;  // NotificationEvent has four bits
  Reader reader(elements);
  while (!reader.at_end()) {
    auto element = reader.next();
    if (!element) return;
    auto content = part_of(elements, element->content);
    bool event = in_metadata && element->tag == context(1) && content.size() == 2;
    if (event) content[0] = kUnusedBits;
    if (element->constructed) walk(content, element->tag == rsp::NotificationMetadata::kTag);
  }
}

}  // namespace

void add_event_zeros(rsp::Bytes& elements) { walk(elements, false); }

}  // namespace sim
