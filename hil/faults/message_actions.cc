// What faults do to messages, to signatures, and to Bound Profile Packages.
#include <fmt/format.h>

#include "hil/faults/hooks.h"
#include "rsp/asn1/edit.h"
#include "rsp/asn1/writer.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Status;

// --- message, signing
// ---------------------------------------------------------------------------------------------
// The same edits at both hooks: of what travels, and of what is about to be signed.

/// What is wrong with a path or value at a place that `where` names.
template <class Where>
std::string path_problem(const Where& where, std::string_view path, const Json* value = nullptr) {
  const MessageType* type = where.type();
  if (type == nullptr) return "";
  auto checked = type->check(path, value);
  if (checked) return "";
  return checked.error().text + (checked.error().hint.empty() ? "" : "; " + checked.error().hint);
}

Status put(MessagePlace& place, rsp::Result<Bytes> changed) {
  if (!changed) return rsp::failure(std::move(changed).error());
  if (changed->empty()) return rsp::failure({.text = "nothing would be left of the message"});
  place.octets = *std::move(changed);
  return {};
}

struct Set {
  static constexpr std::string_view kDoc =
      "Sets a field to a value, as `trace show` has it: octets in hexadecimal, names of enumerated "
      "values, bits as \"011\". An optional field that is absent is made.";
  std::string path;
  Json value;
  static void fields(auto&& f, auto& m) {
    f("path", m.path, "the field, such as serverSigned1.serverAddress");
    f("value", m.value, "its new value");
  }
  std::string problem(const auto& where) const { return path_problem(where, path, &value); }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.set(place.octets, path, value));
  }
};
struct Octets {
  static constexpr std::string_view kDoc =
      "Replaces the content of a field by octets, whether they make sense there or not.";
  std::string path;
  Bytes content;
  static void fields(auto&& f, auto& m) {
    f("path", m.path, "the field; the whole message where empty");
    f("content", m.content, "the octets in hexadecimal");
  }
  std::string problem(const auto& where) const { return path_problem(where, path); }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.mutate(place.octets, path, [&](const rsp::asn1::Element& element) {
      return element.whole.size() == element.content.size()
                 ? content
                 : rsp::asn1::set_content(content)(element);
    }));
  }
};
struct Omit {
  static constexpr std::string_view kDoc = "Leaves a field out.";
  std::string path;
  static void fields(auto&& f, auto& m) { f("path", m.path, "the field"); }
  std::string problem(const auto& where) const { return path_problem(where, path); }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.mutate(place.octets, path, rsp::asn1::omit()));
  }
};
struct Duplicate {
  static constexpr std::string_view kDoc = "Has a field twice.";
  std::string path;
  static void fields(auto&& f, auto& m) { f("path", m.path, "the field"); }
  std::string problem(const auto& where) const { return path_problem(where, path); }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.mutate(place.octets, path, rsp::asn1::duplicate()));
  }
};
struct Reorder {
  static constexpr std::string_view kDoc =
      "Puts two fields of one structure in each other's place.";
  std::string path, with;
  static void fields(auto&& f, auto& m) {
    f("path", m.path, "one field");
    f("with", m.with, "the other");
  }
  std::string problem(const auto& where) const {
    if (path == with) return "a field cannot change places with itself";
    auto parent = [](const std::string& field) { return field.substr(0, field.rfind('.') + 1); };
    if (parent(path) != parent(with)) return "only fields of one structure can change places";
    std::string first = path_problem(where, path);
    return first.empty() ? path_problem(where, with) : first;
  }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.swap(place.octets, path, with));
  }
};
struct Flip {
  static constexpr std::string_view kDoc = "Turns one bit of a field's content.";
  std::string path;
  std::uint32_t bit = 0;
  static void fields(auto&& f, auto& m) {
    f("path", m.path, "the field; the whole message where empty");
    f("bit", m.bit, "from the highest of the first octet; counts around at the end", kOptional);
  }
  std::string problem(const auto& where) const { return path_problem(where, path); }
  Status apply(MessagePlace& place, FaultContext&) const {
    return put(place, place.type.mutate(place.octets, path, rsp::asn1::flip_bit(bit)));
  }
};
struct Truncate {
  static constexpr std::string_view kDoc = "Cuts the whole message short, without mending lengths.";
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many are left; a command to the card cannot be emptied");
  }
  std::string problem(const auto& where) const {
    bool body = where.text().starts_with("ES9+");
    return octets > 0 || body ? "" : "something must be left of it";
  }
  Status apply(MessagePlace& place, FaultContext&) const {
    if (octets < place.octets.size()) place.octets.resize(octets);
    return {};
  }
};

template <class Hook>
constexpr std::array kMessageActions{
    action<Hook, Set>("set"),           action<Hook, Octets>("octets"),
    action<Hook, Omit>("omit"),         action<Hook, Duplicate>("duplicate"),
    action<Hook, Reorder>("reorder"),   action<Hook, Flip>("flip"),
    action<Hook, Truncate>("truncate"),
};

// --- crypto
// -------------------------------------------------------------------------------------------------------

const std::vector<std::string> kParts{"configureISDP", "storeMetadata", "replaceSessionKeys",
                                      "loadProfileElements"};

bool is_part(const std::string& name) { return std::ranges::find(kParts, name) != kParts.end(); }

/// Empty where a place is a part of a package, which has what others have not.
std::string no_part(const WhichCrypto& where, std::string_view what) {
  if (is_part(where.name)) return "";
  return fmt::format("{} no {}",
                     where.name == kSessionKeys ? "session keys have" : "a signature has", what);
}

/// A TLV of a one-octet tag with other content.
Bytes with_content(BytesView tlv, BytesView content) {
  return rsp::concat({tlv.first(1), rsp::asn1::der_length(content.size()), content});
}

BytesView content_of(BytesView tlv) {
  std::size_t header = (tlv[1] & 0x80) != 0 ? 2 + (tlv[1] & 0x7Fu) : 2;
  return tlv.subspan(header);
}

/// Two faults at one part would undo each other.
Status still_to_do(const CryptoPlace& place) {
  if (place.protected_tlv.empty()) return {};
  return rsp::failure({.text = "another fault has protected this part already"});
}

/// A key of each curve that belongs to nobody, made once a process: making one costs more than a
/// signature.
const rsp::crypto::PrivateKey& other_key(rsp::crypto::Curve curve) {
  using rsp::crypto::Curve;
  using rsp::crypto::PrivateKey;
  static const PrivateKey nist = PrivateKey::generate(Curve::kNistP256);
  static const PrivateKey brainpool = PrivateKey::generate(Curve::kBrainpoolP256r1);
  return curve == Curve::kNistP256 ? nist : brainpool;
}

struct WrongKey {
  static constexpr std::string_view kDoc =
      "Signs with another key of the same curve, or protects with other session keys.";
  static void fields(auto&&, auto&) {}
  std::string problem(const WhichCrypto& where) const {
    return where.name == kSessionKeys ? "session keys are derived; wrongHostId derives wrong ones"
                                      : "";
  }
  Status apply(CryptoPlace& place, FaultContext& context) const {
    RSP_CHECK(still_to_do(place));
    if (place.key != nullptr) {
      *place.key = &other_key((*place.key)->curve());
      return {};
    }
    rsp::crypto::BspKeys keys;
    for (auto* octets : {&keys.initial_mac_chaining_value, &keys.enc, &keys.mac})
      context.random.fill(*octets);
    rsp::crypto::Bsp other(keys);
    const smdp::BppPart& part = *place.part;
    place.protected_tlv = part.tag == 0x88 ? other.mac_only(part.tag, part.plaintext)
                                           : other.encrypt_and_mac(part.tag, part.plaintext);
    return {};
  }
};
struct WrongCurve {
  static constexpr std::string_view kDoc =
      "Signs with a key of the other curve: brainpoolP256r1 in place of NIST P-256, or the "
      "reverse.";
  static void fields(auto&&, auto&) {}
  std::string problem(const WhichCrypto& where) const {
    bool is_signature = !is_part(where.name) && where.name != kSessionKeys;
    return is_signature ? "" : "only a signature is made on a curve";
  }
  Status apply(CryptoPlace& place, FaultContext&) const {
    using rsp::crypto::Curve;
    bool nist = (*place.key)->curve() == Curve::kNistP256;
    *place.key = &other_key(nist ? Curve::kBrainpoolP256r1 : Curve::kNistP256);
    return {};
  }
};
struct WrongHostId {
  static constexpr std::string_view kDoc =
      "Derives the session keys with another hostId than the one that the package names and that "
      "is signed.";
  static void fields(auto&&, auto&) {}
  std::string problem(const WhichCrypto& where) const {
    return where.name == kSessionKeys ? "" : "only sessionKeys are derived with a hostId";
  }
  Status apply(CryptoPlace& place, FaultContext&) const {
    place.host_id->push_back(0);
    return {};
  }
};
struct SkipMac {
  static constexpr std::string_view kDoc = "Leaves the MAC out.";
  static void fields(auto&&, auto&) {}
  std::string problem(const WhichCrypto& where) const { return no_part(where, "MAC"); }
  Status apply(CryptoPlace& place, FaultContext&) const {
    RSP_CHECK(still_to_do(place));
    Bytes whole = place.honest(*place.part);
    BytesView content = content_of(whole);
    place.protected_tlv =
        with_content(whole, content.first(content.size() - rsp::crypto::kBspMacSize));
    return {};
  }
};
struct WrongCounter {
  static constexpr std::string_view kDoc =
      "Encrypts with a counter that is ahead; the MAC is right for that.";
  std::uint32_t by = 1;
  static void fields(auto&& f, auto& m) {
    f("by", m.by, "how far ahead", kOptional, Range{1, 1'000'000});
  }
  std::string problem(const WhichCrypto& where) const { return no_part(where, "counter"); }
  Status apply(CryptoPlace& place, FaultContext&) const {
    RSP_CHECK(still_to_do(place));
    place.bsp->skip_counter(by);
    place.protected_tlv = place.honest(*place.part);
    return {};
  }
};

struct PadPart {
  static constexpr std::string_view kDoc =
      "Appends zero octets to the plaintext of a part before it is protected: encryption and MAC "
      "are "
      "right for a segment that is longer than one may be (SGP.22 2.5.3).";
  std::uint32_t octets = 1100;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many; 1100, too many for any part, where left out", kOptional,
      Range{1, 60'000});
  }
  std::string problem(const WhichCrypto& where) const { return no_part(where, "plaintext"); }
  Status apply(CryptoPlace& place, FaultContext&) const {
    RSP_CHECK(still_to_do(place));
    Bytes longer = rsp::concat({place.part->plaintext, Bytes(octets, 0)});
    smdp::BppPart part = *place.part;
    part.plaintext = longer;
    place.protected_tlv = place.honest(part);
    return {};
  }
};

// --- bpp
// ----------------------------------------------------------------------------------------------------------

/// What all of these act on: one segment of the list.
struct OneSegment {
  std::int32_t segment = 1;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
  }
  std::string problem() const {
    return segment == 0 ? "segments are counted from 1, or from the end with -1" : "";
  }
  /// Error: Layer::kInput where the list has fewer.
  static rsp::Result<std::vector<Bytes>::iterator> find(std::int32_t number,
                                                        std::vector<Bytes>& list) {
    std::int64_t index = number > 0 ? number - 1 : static_cast<std::int64_t>(list.size()) + number;
    if (index >= 0 && std::cmp_less(index, list.size())) return list.begin() + index;
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .path = "segment",
         .text = fmt::format("there is no segment {}, the list has {}", number, list.size())});
  }
};

struct Corrupt : OneSegment {
  static constexpr std::string_view kDoc = "Turns one bit of a segment.";
  std::uint32_t bit = 0;
  static void fields(auto&& f, auto& m) {
    OneSegment::fields(f, m);
    f("bit", m.bit, "of its content, from the highest of the first octet", kOptional);
  }
  Status apply(BppPlace& place, FaultContext&) const {
    RSP_TRY(auto at, find(segment, *place.list));
    rsp::asn1::flip_bit(*at, bit);
    return {};
  }
};
struct DropSegment : OneSegment {
  static constexpr std::string_view kDoc = "Leaves a segment out.";
  Status apply(BppPlace& place, FaultContext&) const {
    RSP_TRY(auto at, find(segment, *place.list));
    place.list->erase(at);
    return {};
  }
};
struct SwapSegments : OneSegment {
  static constexpr std::string_view kDoc = "Puts two segments in each other's place.";
  std::int32_t with = 2;
  static void fields(auto&& f, auto& m) {
    OneSegment::fields(f, m);
    f("with", m.with, "the other one");
  }
  std::string problem() const {
    if (segment == with) return "a segment cannot change places with itself";
    return with == 0 ? OneSegment{0}.problem() : OneSegment::problem();
  }
  Status apply(BppPlace& place, FaultContext&) const {
    RSP_TRY(auto a, find(segment, *place.list));
    RSP_TRY(auto b, find(with, *place.list));
    std::iter_swap(a, b);
    return {};
  }
};
struct RepeatSegment : OneSegment {
  static constexpr std::string_view kDoc = "Sends a segment twice.";
  Status apply(BppPlace& place, FaultContext&) const {
    RSP_TRY(auto at, find(segment, *place.list));
    Bytes again = *at;
    place.list->insert(at, std::move(again));
    return {};
  }
};
struct TruncateSegment : OneSegment {
  static constexpr std::string_view kDoc =
      "Cuts a segment short; the lengths around it are mended.";
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) {
    OneSegment::fields(f, m);
    f("octets", m.octets, "how many are left");
  }
  Status apply(BppPlace& place, FaultContext&) const {
    RSP_TRY(auto at, find(segment, *place.list));
    if (octets < at->size()) at->resize(octets);
    return {};
  }
};

const std::vector<std::string> kLists{"firstSequenceOf87", "sequenceOf88", "secondSequenceOf87",
                                      "sequenceOf86"};

}  // namespace

std::string WhichMessage::problem() const {
  auto names = message_functions();
  if (std::ranges::find(names, name) == names.end())
    return "'" + name + "' is no function: " + suggestion(name, names);
  if (type() == nullptr) return name + " has no " + rsp::asn1::name_of(part) + " with fields";
  return "";
}

std::string Scalar<WhichSigned>::read(const Json& json, WhichSigned& value) {
  if (!json.is_string()) return "should be the name of what is signed or protected";
  value.name = json.get<std::string>();
  if (value.type() != nullptr) return "";
  return "'" + value.name +
         "' is nothing that is signed or protected: " + suggestion(value.name, signed_names());
}
Json Scalar<WhichSigned>::schema() { return {{"enum", signed_names()}}; }

std::string WhichCrypto::problem() const {
  if (find_signed(name) == nullptr && name != kSessionKeys) {
    auto names = signed_names();
    names.emplace_back(kSessionKeys);
    return "'" + name + "' is nothing that is signed or protected: " + suggestion(name, names);
  }
  return segment && !is_part(name) ? name + " is made as a whole and has no segments" : "";
}

bool WhichList::matches(BppPlace& place) const {
  rsp::BoundProfilePackage& package = place.package;
  place.list = nullptr;  // another fault may have looked at this place
  if (name == "firstSequenceOf87") place.list = &package.first_sequence_of_87;
  if (name == "sequenceOf88") place.list = &package.sequence_of_88;
  if (name == "sequenceOf86") place.list = &package.sequence_of_86;
  if (name == "secondSequenceOf87" && package.second_sequence_of_87)
    place.list = &*package.second_sequence_of_87;
  return place.list != nullptr;
}
std::string Scalar<WhichList>::read(const Json& json, WhichList& value) {
  if (!json.is_string()) return "should be the name of a list of segments";
  value.name = json.get<std::string>();
  if (std::ranges::find(kLists, value.name) != kLists.end()) return "";
  return "'" + value.name + "' is no list of segments: " + suggestion(value.name, kLists);
}
Json Scalar<WhichList>::schema() { return {{"enum", kLists}}; }

std::span<const Action<MessageHook>> MessageHook::actions() { return kMessageActions<MessageHook>; }
std::span<const Action<SigningHook>> SigningHook::actions() { return kMessageActions<SigningHook>; }

std::span<const Action<CryptoHook>> CryptoHook::actions() {
  using Hook = CryptoHook;
  static constexpr std::array rows{
      action<Hook, WrongKey>("wrongKey"),         action<Hook, WrongCurve>("wrongCurve"),
      action<Hook, WrongHostId>("wrongHostId"),   action<Hook, SkipMac>("skipMac"),
      action<Hook, WrongCounter>("wrongCounter"), action<Hook, PadPart>("pad"),
  };
  return rows;
}

std::span<const Action<BppHook>> BppHook::actions() {
  using Hook = BppHook;
  static constexpr std::array rows{
      action<Hook, Corrupt>("corrupt"),          action<Hook, DropSegment>("drop"),
      action<Hook, SwapSegments>("swap"),        action<Hook, RepeatSegment>("repeat"),
      action<Hook, TruncateSegment>("truncate"),
  };
  return rows;
}

}  // namespace hil
