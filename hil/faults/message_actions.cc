// What faults do to messages, to signatures, and to Bound Profile Packages.
#include <fmt/format.h>

#include "hil/faults/hooks.h"
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
  static void fields(auto&& f, auto& m) { f("octets", m.octets, "how many are left"); }
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

/// A TLV of a one-octet tag with other content.
Bytes with_content(BytesView tlv, BytesView content) {
  return rsp::concat({tlv.first(1), rsp::asn1::der_length(content.size()), content});
}

BytesView content_of(BytesView tlv) {
  std::size_t header = (tlv[1] & 0x80) != 0 ? 2 + (tlv[1] & 0x7Fu) : 2;
  return tlv.subspan(header);
}

struct WrongKey {
  static constexpr std::string_view kDoc =
      "Signs with another key of the same curve, or protects with other session keys.";
  static void fields(auto&&, auto&) {}
  Status apply(CryptoPlace& place, FaultContext& context) const {
    if (place.key != nullptr) {
      // Made once a process and curve: making one costs more than a signature.
      static const rsp::crypto::PrivateKey nist =
          rsp::crypto::PrivateKey::generate(rsp::crypto::Curve::kNistP256);
      static const rsp::crypto::PrivateKey brainpool =
          rsp::crypto::PrivateKey::generate(rsp::crypto::Curve::kBrainpoolP256r1);
      *place.key = (*place.key)->curve() == rsp::crypto::Curve::kNistP256 ? &nist : &brainpool;
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
struct SkipMac {
  static constexpr std::string_view kDoc = "Leaves the MAC out.";
  static void fields(auto&&, auto&) {}
  std::string problem(const WhichCrypto& where) const {
    return is_part(where.name) ? "" : "a signature has no MAC";
  }
  Status apply(CryptoPlace& place, FaultContext&) const {
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
  std::string problem(const WhichCrypto& where) const {
    return is_part(where.name) ? "" : "a signature has no counter";
  }
  Status apply(CryptoPlace& place, FaultContext&) const {
    place.bsp->skip_counter(by);
    place.protected_tlv = place.honest(*place.part);
    return {};
  }
};

// --- bpp
// ----------------------------------------------------------------------------------------------------------

/// A segment by its number: 1 is the first, -1 the last.
rsp::Result<std::size_t> index_of(std::int32_t segment, std::size_t count) {
  std::int64_t index = segment > 0 ? segment - 1 : static_cast<std::int64_t>(count) + segment;
  if (index >= 0 && std::cmp_less(index, count)) return static_cast<std::size_t>(index);
  return rsp::failure(
      {.layer = rsp::Layer::kInput,
       .path = "segment",
       .text = fmt::format("there is no segment {}, the list has {}", segment, count)});
}

std::string segment_problem(std::int32_t segment) {
  return segment == 0 ? "segments are counted from 1, or from the end with -1" : "";
}

/// The list that `where` names, for changing; hooks are given it for looking.
std::vector<Bytes>& list_of(BppHook::Place& place) {
  return const_cast<std::vector<Bytes>&>(*place.chosen);
}

struct Corrupt {
  static constexpr std::string_view kDoc = "Turns one bit of a segment.";
  std::int32_t segment = 1;
  std::uint32_t bit = 0;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
    f("bit", m.bit, "of its content, from the highest of the first octet", kOptional);
  }
  std::string problem() const { return segment_problem(segment); }
  Status apply(BppHook::Place& place, FaultContext&) const {
    auto& list = list_of(place);
    RSP_TRY(std::size_t index, index_of(segment, list.size()));
    Bytes& octets = list[index];
    if (octets.empty()) return {};
    std::size_t at = bit % (8 * octets.size());
    octets[at / 8] ^= static_cast<std::uint8_t>(0x80 >> at % 8);
    return {};
  }
};
struct DropSegment {
  static constexpr std::string_view kDoc = "Leaves a segment out.";
  std::int32_t segment = 1;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
  }
  std::string problem() const { return segment_problem(segment); }
  Status apply(BppHook::Place& place, FaultContext&) const {
    auto& list = list_of(place);
    RSP_TRY(std::size_t index, index_of(segment, list.size()));
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(index));
    return {};
  }
};
struct SwapSegments {
  static constexpr std::string_view kDoc = "Puts two segments in each other's place.";
  std::int32_t segment = 1, with = 2;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
    f("with", m.with, "the other one");
  }
  std::string problem() const {
    std::string first = segment_problem(segment);
    return first.empty() ? segment_problem(with) : first;
  }
  Status apply(BppHook::Place& place, FaultContext&) const {
    auto& list = list_of(place);
    RSP_TRY(std::size_t a, index_of(segment, list.size()));
    RSP_TRY(std::size_t b, index_of(with, list.size()));
    std::swap(list[a], list[b]);
    return {};
  }
};
struct RepeatSegment {
  static constexpr std::string_view kDoc = "Sends a segment twice.";
  std::int32_t segment = 1;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
  }
  std::string problem() const { return segment_problem(segment); }
  Status apply(BppHook::Place& place, FaultContext&) const {
    auto& list = list_of(place);
    RSP_TRY(std::size_t index, index_of(segment, list.size()));
    Bytes again = list[index];
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(index), std::move(again));
    return {};
  }
};
struct TruncateSegment {
  static constexpr std::string_view kDoc =
      "Cuts a segment short; the lengths around it are mended.";
  std::int32_t segment = 1;
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) {
    f("segment", m.segment, "its number from 1, or from the end with -1");
    f("octets", m.octets, "how many are left");
  }
  std::string problem() const { return segment_problem(segment); }
  Status apply(BppHook::Place& place, FaultContext&) const {
    auto& list = list_of(place);
    RSP_TRY(std::size_t index, index_of(segment, list.size()));
    if (octets < list[index].size()) list[index].resize(octets);
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
  if (find_signed(name) == nullptr)
    return "'" + name +
           "' is nothing that is signed or protected: " + suggestion(name, signed_names());
  return segment && !is_part(name) ? name + " is signed as a whole and has no segments" : "";
}

std::vector<Bytes>* WhichList::list(rsp::BoundProfilePackage& package) const {
  if (name == "firstSequenceOf87") return &package.first_sequence_of_87;
  if (name == "sequenceOf88") return &package.sequence_of_88;
  if (name == "sequenceOf86") return &package.sequence_of_86;
  return package.second_sequence_of_87 ? &*package.second_sequence_of_87 : nullptr;
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
      action<Hook, WrongKey>("wrongKey"),
      action<Hook, SkipMac>("skipMac"),
      action<Hook, WrongCounter>("wrongCounter"),
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
