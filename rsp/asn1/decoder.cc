#include "rsp/asn1/decoder.h"

#include "rsp/asn1/writer.h"

namespace rsp::asn1 {

std::string to_string(const Path& path) {
  std::string out = path.parent == nullptr ? "" : to_string(*path.parent);
  if (!path.name.empty()) {
    if (!out.empty()) out += ".";
    out += path.name;
  }
  if (path.index >= 0) out += "[" + std::to_string(path.index) + "]";
  return out;
}

void Decoder::get(const Element& e, const Path& at, Oid& value) {
  if (!primitive(e, at)) return;
  if (e.content.empty() || (e.content.back() & 0x80) != 0) {
    return fail_at(at, "is an OBJECT IDENTIFIER that is cut short");
  }
  bool begins = true;
  for (std::uint8_t octet : e.content) {
    if (begins && octet == 0x80)
      return fail_at(at, "is an OBJECT IDENTIFIER with a number that begins with zeros");
    begins = (octet & 0x80) == 0;
  }
  value.content = to_bytes(e.content);
}

void Decoder::get(const Element& e, const Path& at, BitString& value) {
  if (!primitive(e, at)) return;
  if (e.content.empty() || e.content[0] > 7 || (e.content.size() == 1 && e.content[0] != 0)) {
    return fail_at(at, "is a BIT STRING with a wrong count of unused bits");
  }
  value.octets = to_bytes(e.content.subspan(1));
  if (!value.octets.empty()) {
    value.octets.back() = static_cast<std::uint8_t>(value.octets.back() & 0xFF << e.content[0]);
  }
}

void Decoder::get(const Element& e, const Path& at, ImplicitAny& value) {
  if (constructed(e, at)) value.der = constructed_tlv(kSequence, e.content);
}

bool Decoder::integer_of(BytesView content, std::int64_t& number) {
  if (content.empty() || content.size() > 8) return false;
  number = (content[0] & 0x80) != 0 ? -1 : 0;
  for (std::uint8_t octet : content)
    number = static_cast<std::int64_t>(static_cast<std::uint64_t>(number) << 8 | octet);
  return true;
}

bool Decoder::primitive(const Element& e, const Path& at) {
  if (e.constructed) fail_at(at, "is constructed and should be primitive");
  return !e.constructed;
}

bool Decoder::constructed(const Element& e, const Path& at) {
  if (!e.constructed) fail_at(at, "is primitive and should be constructed");
  return e.constructed;
}

std::string Decoder::wrong_tag(Tag wanted, const Next& found) {
  std::string expected = to_string(wanted, false) + " or " + to_string(wanted, true);
  if (!found) return "is missing: expected tag " + expected + ", but " + std::string(found.error());
  return "is missing: expected tag " + expected + ", found " +
         to_string(found->tag, found->constructed);
}

std::string Decoder::no_alternative(std::span<const Alternative> alternatives) const {
  std::string names;
  for (const auto& alternative : alternatives) {
    names += (names.empty() ? "" : ", ") + std::string(alternative.name);
  }
  auto found = reader_.peek();
  std::string instead =
      found ? "found " + to_string(found->tag, found->constructed) : std::string(found.error());
  return "has none of the alternatives " + names + ", but " + instead;
}

void Decoder::unexpected(std::string_view name, Tag wanted, const Next& found) {
  fail(name, wrong_tag(wanted, found));
}

void Decoder::fail(std::string_view name, std::string_view why) {
  if (name.empty()) return fail_at(path_, why);
  fail_at(Path{&path_, name}, why);
}

void Decoder::fail_at(const Path& at, std::string_view why) {
  if (error_) return;
  std::string path = to_string(at);
  error_ = Error{.layer = Layer::kDecode, .path = path, .text = path + " " + std::string(why)};
}

}  // namespace rsp::asn1
