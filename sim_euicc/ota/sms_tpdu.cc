#include "sim_euicc/ota/sms_tpdu.h"

#include <numeric>

namespace sim::ota {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Result;

// The first octet of a TPDU (TS 23.040, 9.2.3.1 and 9.2.3.23).
constexpr std::uint8_t kMessageType = 0x03, kDeliver = 0x00, kSubmit = 0x01;
constexpr std::uint8_t kValidityPeriodFormat = 0x18, kUserDataHeader = 0x40;
constexpr std::uint8_t kMoreMessagesToSend = 0x04;  // set where there are none
constexpr std::size_t kMaxAddressDigits = 20, kTimeStamp = 7;

std::unexpected<rsp::Error> bad(std::string_view path, std::string text) {
  return rsp::failure({.layer = rsp::Layer::kDecode,
                       .step = "short message",
                       .path = std::string(path),
                       .text = std::move(text)});
}

/// A cursor that gives octets one after the other, or nothing once they do not suffice.
class Cursor {
 public:
  explicit Cursor(BytesView rest) : rest_(rest) {}
  std::optional<BytesView> take(std::size_t count) {
    if (count > rest_.size()) return std::nullopt;
    BytesView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  std::optional<std::uint8_t> octet() {
    auto one = take(1);
    return one ? std::optional((*one)[0]) : std::nullopt;
  }
  BytesView rest() const { return rest_; }

 private:
  BytesView rest_;
};

/// 8-bit data in any of the forms that TS 23.038, 4 has for it.
bool is_8_bit(std::uint8_t data_coding_scheme) {
  if ((data_coding_scheme & 0xC0) == 0x00) return (data_coding_scheme & 0x0C) == 0x04;
  return (data_coding_scheme & 0xF4) == 0xF4;
}

Result<Bytes> take_address(Cursor& from) {
  auto digits = from.octet();
  if (!digits) return bad("TP-Address", "is missing");
  if (*digits > kMaxAddressDigits) return bad("TP-Address", "has more than 20 digits");
  auto rest = from.take(1 + (*digits + 1) / 2);
  if (!rest) return bad("TP-Address", "is cut short");
  return rsp::concat({BytesView(&*digits, 1), *rest});
}

Result<std::vector<InformationElement>> parse_header(BytesView header) {
  std::vector<InformationElement> elements;
  for (Cursor rest(header); !rest.rest().empty();) {
    auto identifier = rest.octet(), length = rest.octet();
    auto data = length ? rest.take(*length) : std::nullopt;
    if (!data) return bad("TP-UD", "an element of the user data header is cut short");
    elements.push_back({*identifier, rsp::to_bytes(*data)});
  }
  return elements;
}

/// TP-UDL and TP-UD, which end the TPDU.
rsp::Status take_user_data(Cursor& from, std::uint8_t first, ShortMessage& message) {
  if (!is_8_bit(message.data_coding_scheme)) return bad("TP-DCS", "is not 8-bit data");
  auto length = from.octet();
  if (!length) return bad("TP-UDL", "is missing");
  if (*length > kMaxUserData) return bad("TP-UDL", "is more than 140 octets");
  if (*length != from.rest().size()) return bad("TP-UDL", "is not the length of the user data");
  if ((first & kUserDataHeader) != 0) {
    auto header_length = from.octet();
    auto header = header_length ? from.take(*header_length) : std::nullopt;
    if (!header) return bad("TP-UD", "the user data header is cut short");
    RSP_TRY(message.header, parse_header(*header));
  }
  message.user_data = rsp::to_bytes(from.rest());
  return {};
}

Bytes encode_header(const std::vector<InformationElement>& elements) {
  Bytes out;
  for (const InformationElement& element : elements) {
    out.push_back(element.identifier);
    out.push_back(static_cast<std::uint8_t>(element.data.size()));
    rsp::append(out, element.data);
  }
  if (!out.empty()) out.insert(out.begin(), static_cast<std::uint8_t>(out.size()));
  return out;
}

void append_user_data(Bytes& to, const ShortMessage& message) {
  Bytes header = encode_header(message.header);
  to.push_back(static_cast<std::uint8_t>(header.size() + message.user_data.size()));
  rsp::append(to, header);
  rsp::append(to, message.user_data);
}

std::uint8_t first_octet(std::uint8_t type, const ShortMessage& message) {
  return static_cast<std::uint8_t>(type | (message.header.empty() ? 0 : kUserDataHeader));
}

const InformationElement* concatenation_element(const ShortMessage& message) {
  const InformationElement* wide = message.element(kConcatenation16);
  return wide != nullptr ? wide : message.element(kConcatenation8);
}

ReferenceWidth width_of(const ShortMessage& message) {
  return message.element(kConcatenation16) != nullptr ? ReferenceWidth::kTwoOctets
                                                      : ReferenceWidth::kOneOctet;
}

InformationElement concatenation_element(const Concatenation& of, ReferenceWidth width) {
  auto high = static_cast<std::uint8_t>(of.reference >> 8);
  auto low = static_cast<std::uint8_t>(of.reference);
  if (width == ReferenceWidth::kOneOctet) return {kConcatenation8, {low, of.parts, of.part}};
  return {kConcatenation16, {high, low, of.parts, of.part}};
}

ShortMessage joined(std::map<std::uint8_t, ShortMessage> parts) {
  ShortMessage whole = std::move(parts.begin()->second);
  std::erase_if(whole.header, [](const InformationElement& e) {
    return e.identifier == kConcatenation8 || e.identifier == kConcatenation16;
  });
  for (auto next = std::next(parts.begin()); next != parts.end(); ++next)
    rsp::append(whole.user_data, next->second.user_data);
  return whole;
}

}  // namespace

const InformationElement* ShortMessage::element(std::uint8_t identifier) const {
  auto found = std::ranges::find(header, identifier, &InformationElement::identifier);
  return found == header.end() ? nullptr : &*found;
}

Result<ShortMessage> parse_sms_deliver(BytesView tpdu) {
  Cursor from(tpdu);
  auto first = from.octet();
  if (!first || (*first & kMessageType) != kDeliver) return bad("TP-MTI", "is no SMS-DELIVER");
  ShortMessage message;
  RSP_TRY(message.address, take_address(from));
  auto fixed = from.take(2 + kTimeStamp);
  if (!fixed) return bad("TP-SCTS", "is cut short");
  message.protocol_identifier = (*fixed)[0];
  message.data_coding_scheme = (*fixed)[1];
  RSP_CHECK(take_user_data(from, *first, message));
  return message;
}

Result<ShortMessage> parse_sms_submit(BytesView tpdu) {
  Cursor from(tpdu);
  auto first = from.octet();
  if (!first || (*first & kMessageType) != kSubmit) return bad("TP-MTI", "is no SMS-SUBMIT");
  if ((*first & kValidityPeriodFormat) != 0) return bad("TP-VPF", "is not expected");
  if (!from.octet()) return bad("TP-MR", "is missing");
  ShortMessage message;
  RSP_TRY(message.address, take_address(from));
  auto fixed = from.take(2);
  if (!fixed) return bad("TP-DCS", "is cut short");
  message.protocol_identifier = (*fixed)[0];
  message.data_coding_scheme = (*fixed)[1];
  RSP_CHECK(take_user_data(from, *first, message));
  return message;
}

Bytes encode_sms_deliver(const ShortMessage& message, const rsp::Octets<7>& time_stamp) {
  Bytes out{first_octet(kDeliver | kMoreMessagesToSend, message)};
  rsp::append(out, message.address);
  rsp::append(out, Bytes{message.protocol_identifier, message.data_coding_scheme});
  rsp::append(out, time_stamp);
  append_user_data(out, message);
  return out;
}

Bytes encode_sms_submit(const ShortMessage& message) {
  Bytes out{first_octet(kSubmit, message), 0x00};  // TP-MR, which the terminal replaces
  rsp::append(out, message.address);
  rsp::append(out, Bytes{message.protocol_identifier, message.data_coding_scheme});
  append_user_data(out, message);
  return out;
}

std::optional<Concatenation> concatenation_of(const ShortMessage& message) {
  const InformationElement* element = concatenation_element(message);
  if (element == nullptr) return std::nullopt;
  std::size_t reference_size = element->identifier == kConcatenation16 ? 2 : 1;
  BytesView data = element->data;
  if (data.size() != reference_size + 2) return std::nullopt;
  Concatenation out{
      .reference = static_cast<std::uint16_t>(rsp::big_endian(data.first(reference_size))),
      .parts = data[reference_size],
      .part = data[reference_size + 1]};
  if (out.part == 0 || out.part > out.parts) return std::nullopt;
  return out;
}

Result<std::vector<ShortMessage>> split_message(const ShortMessage& message,
                                                std::uint16_t reference, ReferenceWidth width) {
  std::size_t header = encode_header(message.header).size();
  if (header + message.user_data.size() <= kMaxUserData) return std::vector{message};
  std::size_t own = width == ReferenceWidth::kOneOctet ? 5 : 6;  // the concatenation element
  std::size_t first_room =
      kMaxUserData - std::min(kMaxUserData, std::max<std::size_t>(header, 1) + own);
  std::size_t room = kMaxUserData - 1 - own;
  std::size_t size = message.user_data.size();
  std::size_t parts = 1 + (size - std::min(size, first_room) + room - 1) / room;
  if (parts > 255 || first_room == 0) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .step = "short message",
                         .text = "the data does not fit 255 short messages"});
  }
  std::vector<ShortMessage> out;
  for (std::size_t at = 0; out.size() < parts;) {
    std::size_t take = std::min(size - at, at == 0 ? first_room : room);
    ShortMessage part = message;
    if (at != 0) part.header.clear();
    Concatenation place{reference, static_cast<std::uint8_t>(parts),
                        static_cast<std::uint8_t>(out.size() + 1)};
    part.header.insert(part.header.begin(), concatenation_element(place, width));
    part.user_data = rsp::to_bytes(BytesView(message.user_data).subspan(at, take));
    out.push_back(std::move(part));
    at += take;
  }
  return out;
}

std::optional<ShortMessage> ShortMessageAssembler::add(ShortMessage part) {
  auto concatenation = concatenation_of(part);
  if (!concatenation) return part;
  Place place = place_for(part, *concatenation);
  place->received.insert_or_assign(concatenation->part, std::move(part));
  if (place->received.size() < place->parts) {
    make_room(place);
    return std::nullopt;
  }
  ShortMessage whole = joined(std::move(place->received));
  incomplete_.erase(place);
  return whole;
}

std::size_t ShortMessageAssembler::octets() const {
  std::size_t sum = 0;
  for (const Incomplete& message : incomplete_) {
    for (const auto& [number, part] : message.received) sum += part.user_data.size();
  }
  return sum;
}

ShortMessageAssembler::Place ShortMessageAssembler::place_for(const ShortMessage& part,
                                                              const Concatenation& concatenation) {
  ReferenceWidth width = width_of(part);
  auto found = std::ranges::find_if(incomplete_, [&](const Incomplete& message) {
    return message.address == part.address && message.width == width &&
           message.reference == concatenation.reference;
  });
  // The reference is in use again: what was left of the earlier message will not come any more.
  if (found != incomplete_.end() && found->parts != concatenation.parts)
    found = incomplete_.erase(found), found = incomplete_.end();
  if (found != incomplete_.end()) return found;
  return incomplete_.insert(incomplete_.end(), {.address = part.address,
                                                .width = width,
                                                .reference = concatenation.reference,
                                                .parts = concatenation.parts,
                                                .received = {}});
}

void ShortMessageAssembler::make_room(Place keep) {
  while (incomplete_.size() > kMaxMessages || octets() > kMaxOctets) {
    Place oldest = incomplete_.begin();
    if (oldest == keep) ++oldest;
    if (oldest == incomplete_.end()) return;
    incomplete_.erase(oldest);
  }
}

}  // namespace sim::ota
