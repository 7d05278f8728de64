#include "hil/trace/decode.h"

#include <fmt/format.h>

#include <map>

#include "rsp/asn1/decoder.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/crypto/bsp.h"
#include "rsp/messages/all.h"
#include "rsp/pki/role.h"
#include "rsp/pki/time.h"

namespace hil {
namespace {

using rsp::BytesView;
using rsp::Json;
using rsp::asn1::Tag;

constexpr std::size_t kMaxOctets = 72;
/// Of a list of octet strings, such as the segments of a BPP, the first ones tell enough.
constexpr std::ptrdiff_t kMaxListed = 4;

std::string hex_cut(BytesView octets) {
  if (octets.size() <= kMaxOctets) return rsp::to_hex(octets);
  return fmt::format("{}... ({} octets)", rsp::to_hex(octets.first(kMaxOctets)), octets.size());
}

std::string certificate_text(BytesView der) {
  auto certificate = rsp::pki::Certificate::parse(der);
  if (!certificate) return certificate.error().text;
  auto role = rsp::pki::role_of(*certificate);
  auto day = [](rsp::Clock::TimePoint time) { return rsp::pki::time_text(time).substr(0, 10); };
  return fmt::format("{} certificate of {}, issued by {}, valid {} to {}",
                     role ? rsp::pki::to_string(*role) : "X.509",
                     to_string(certificate->subject_name()), to_string(certificate->issuer_name()),
                     day(certificate->not_before()), day(certificate->not_after()));
}

constexpr std::string_view kIccid = "iccid";  // wherever a message has one

/// What octets say that are a number to people and an OCTET STRING to ASN.1.
std::string meaning_by_name(std::string_view name, BytesView content) {
  if (name == kIccid) return rsp::from_swapped_bcd(content);
  rsp::VersionType version;
  if (content.size() != version.size()) return {};
  for (std::string_view ending : {"svn", "Version", "Ver", "SupportedRelease"}) {
    if (!name.ends_with(ending)) continue;
    std::ranges::copy(content, version.begin());
    return rsp::version_text(version);
  }
  return {};
}

/// Collects the elements that a decoder recognises, also of a message that turns out to be
/// malformed.
class FieldCollector final : public rsp::asn1::DecodeObserver {
 public:
  struct Seen {
    DecodedField field;
    std::string path;
    rsp::Bytes content;
  };

  void element(const rsp::asn1::Path& path) override {
    const rsp::asn1::Element& element = *path.element;
    Seen seen;
    for (const auto* at = path.parent; at != nullptr; at = at->parent)
      seen.field.depth += at->element != nullptr;
    if (path.index >= kMaxListed && !element.constructed)
      return skip(seen.field.depth, element.content.size());
    seen.field.name = path.name;
    if (path.index >= 0) seen.field.name += fmt::format("[{}]", path.index);
    seen.field.tag = to_string(element.tag, element.constructed);
    seen.path = to_string(path);
    if (element.constructed) {
      if (path.name.ends_with("ertificate")) seen.field.meaning = certificate_text(element.whole);
    } else {
      seen.field.octets = hex_cut(element.content);
      seen.content = rsp::to_bytes(element.content);
      seen.field.meaning = meaning_by_name(path.name, element.content);
    }
    skipped_ = 0;
    elements.push_back(std::move(seen));
  }

  std::vector<Seen> elements;

 private:
  void skip(std::size_t depth, std::size_t size) {
    if (skipped_ == 0) elements.push_back({{.depth = depth}, {}, {}});
    ++skipped_;
    skipped_octets_ = skipped_ == 1 ? size : skipped_octets_ + size;
    elements.back().field.name = fmt::format("... {} more", skipped_);
    elements.back().field.meaning = fmt::format("{} octets", skipped_octets_);
  }

  std::size_t skipped_ = 0, skipped_octets_ = 0;
};

// --- What octets mean ---
// The JSON view comes out of the same declaration as the paths that a decoder reports, so a path
// leads from an element to its value there.

using Leaves = std::map<std::string, const Json*, std::less<>>;

void collect_leaves(const std::string& path, const Json& json, Leaves& leaves) {
  if (json.is_object()) {
    for (const auto& [name, member] : json.items())
      collect_leaves(path + "." + name, member, leaves);
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      collect_leaves(fmt::format("{}[{}]", path, i), json[i], leaves);
  } else {
    leaves.emplace(path, &json);
  }
}

std::string bits_meaning(std::string_view path, std::string_view bits) {
  std::vector<std::string> names;
  bool events = path.ends_with("profileManagementOperation");
  for (unsigned bit = 0; bit < bits.size(); ++bit) {
    if (bits[bit] != '1') continue;
    names.push_back(events && bit <= rsp::kNotificationDelete
                        ? std::string(rsp::notification_event_name({bit}))
                        : fmt::format("bit {}", bit));
  }
  return names.empty() ? "no bit" : fmt::format("{}", fmt::join(names, ", "));
}

std::string meaning_of(std::string_view path, const Json& leaf, BytesView content) {
  if (leaf.is_null()) return {};
  if (!leaf.is_string()) return rsp::dump(leaf);
  const auto& text = leaf.get_ref<const std::string&>();
  if (text == rsp::to_hex(content)) return {};  // an OCTET STRING
  bool verbatim = text == rsp::text_of(content);
  if (!verbatim && text.find_first_not_of("01") == std::string::npos)
    return bits_meaning(path, text);
  return text;
}

void add_meanings(const std::string& root, const Json& json,
                  std::vector<FieldCollector::Seen>& elements) {
  Leaves leaves;
  collect_leaves(root, json, leaves);
  for (FieldCollector::Seen& seen : elements) {
    auto leaf = leaves.find(seen.path);
    if (leaf == leaves.end() || !seen.field.meaning.empty() || seen.field.tag.empty()) continue;
    seen.field.meaning = meaning_of(seen.path, *leaf->second, seen.content);
  }
  // No decoder reports elements that are not declared; the JSON view has them.
  for (const auto& [path, leaf] : leaves) {
    if (!path.ends_with(".unknown")) continue;
    elements.push_back(
        {{.depth = 1, .name = path.substr(root.size() + 1), .octets = leaf->get<std::string>()},
         {},
         {}});
  }
}

template <class T>
Json view_of_value(const T& value) {
  if constexpr (rsp::asn1::Message<T>) {
    return rsp::to_json(value);
  } else if constexpr (requires { value.value; }) {
    return rsp::to_json(value.value);
  } else if constexpr (requires { value.der; }) {
    return rsp::to_hex(value.der);
  } else {
    return rsp::to_hex(value);
  }
}

// --- Messages ---

/// Adds one element to a message, and gives its JSON view; null where it does not decode.
template <class T>
Json add_element(DecodedMessage& message, Tag tag, std::string_view name, BytesView der) {
  FieldCollector collector;
  auto value = rsp::asn1::decode_as<T>(tag, name, der, &collector);
  Json view;
  if (value) {
    view = view_of_value(*value);
    add_meanings(std::string(name), view, collector.elements);
  } else if (message.error.empty()) {
    message.error = value.error().text;
  }
  for (FieldCollector::Seen& seen : collector.elements)
    message.fields.push_back(std::move(seen.field));
  return view;
}

template <rsp::asn1::TopLevel T>
DecodedMessage decode_message(BytesView der) {
  DecodedMessage message{.name = std::string(T::kName)};
  message.json = add_element<T>(message, T::kTag, T::kName, der);
  return message;
}

// --- Tables out of the list of all messages ---

template <class M>
concept Es10Request = requires {
  typename M::Response;
};
template <class M>
concept Es9Request = !Es10Request<M> && requires {
  M::kFunction;
};

struct Es10Function {
  std::string_view name;
  Tag tag;
  DecodedMessage (*request)(BytesView);
  DecodedMessage (*response)(BytesView);
};

const std::vector<Es10Function>& es10_table() {
  static const std::vector<Es10Function> table = [] {
    std::vector<Es10Function> rows;
    rsp::AllMessages::for_each([&]<class M>() {
      if constexpr (Es10Request<M>) {
        rows.push_back(
            {M::kFunction, M::kTag, &decode_message<M>, &decode_message<typename M::Response>});
      }
    });
    return rows;
  }();
  return table;
}

/// All of ES10 begins with BFxx. The tag alone decides, so that what is cut short is still known
/// for what it is.
const Es10Function* find_es10(BytesView message) {
  if (message.size() < 2 || message[0] != 0xBF) return nullptr;
  auto row = std::ranges::find(es10_table(), rsp::asn1::context(message[1]), &Es10Function::tag);
  return row == es10_table().end() ? nullptr : &*row;
}

/// A visitor of `fields` that decodes the member of a JSON body in which each field travels
/// (SGP.22 6.5.2).
class BodyReader {
 public:
  BodyReader(const Json& body, DecodedMessage& message) : body_(body), message_(message) {}

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, T& value, const Spec&... spec) {
    auto member = find(name);
    if (member == body_.end() || !member->is_string()) return;
    std::string key = member.key();
    const auto& text = member->template get_ref<const std::string&>();
    if constexpr (std::same_as<T, std::string>) {
      plain(key, {.meaning = text});
    } else if constexpr (std::same_as<T, rsp::TransactionId>) {
      plain(key, {.octets = text});
    } else {
      auto octets = rsp::from_base64(text);
      if (!octets) return fail(key + " is no base64: " + octets.error().text);
      element(tag, key, *octets, value, spec...);
    }
  }

 private:
  // The names differ in case: profileMetaData in ASN.1 is profileMetadata in JSON.
  Json::const_iterator find(std::string_view name) const {
    for (auto member = body_.begin(); member != body_.end(); ++member) {
      if (rsp::same_text(member.key(), name)) return member;
    }
    return body_.end();
  }
  void plain(const std::string& key, DecodedField field) {
    field.name = key;
    message_.json[key] = field.meaning + field.octets;
    message_.fields.push_back(std::move(field));
  }
  void fail(std::string text) {
    if (message_.error.empty()) message_.error = std::move(text);
  }

  template <std::size_t N>
  void element(Tag, const std::string& key, BytesView octets, rsp::Octets<N>&) {
    plain(key, {.octets = rsp::to_hex(octets)});  // euiccChallenge travels bare
  }
  template <class T>
  void element(Tag tag, const std::string& key, BytesView octets, T&) {
    if constexpr (rsp::asn1::TopLevel<T>) {
      message_.json[key] = add_element<T>(message_, T::kTag, key, octets);
    } else if (tag == rsp::BoundProfilePackage::kTag) {
      message_.json[key] = add_element<rsp::BoundProfilePackage>(message_, tag, key, octets);
    } else {
      message_.json[key] = add_element<T>(message_, tag, key, octets);
    }
  }
  /// A CHOICE without a tag of its own: the leading tag tells which of its alternatives it is.
  template <class... A, std::size_t N>
  void element(Tag, const std::string& key, BytesView octets, std::variant<A...>&,
               const rsp::OneOf<N>& of) {
    auto element = rsp::asn1::Reader(octets).peek();
    std::size_t index = 0;
    bool found = ((element && element->tag == of.alternatives[index].tag
                       ? (message_.json[key] = add_element<A>(message_, of.alternatives[index].tag,
                                                              of.alternatives[index].name, octets),
                          true)
                       : (++index, false)) ||
                  ...);
    if (!found) fail(key + " is none of its alternatives");
  }

  const Json& body_;
  DecodedMessage& message_;
};

template <class M>
DecodedMessage decode_body(const Json& body) {
  DecodedMessage message;
  BodyReader reader(body, message);
  M fields;
  M::fields(reader, fields);
  return message;
}

struct Es9Function {
  std::string_view name;
  DecodedMessage (*request)(const Json&);
  DecodedMessage (*response)(const Json&);  // null where the answer has no members
};

const std::vector<Es9Function>& es9_table() {
  static const std::vector<Es9Function> table = [] {
    std::vector<Es9Function> rows;
    rsp::AllMessages::for_each([&]<class M>() {
      if constexpr (Es9Request<M>) {
        Es9Function row{M::kFunction, &decode_body<M>, nullptr};
        if constexpr (requires { typename M::Ok; }) row.response = &decode_body<typename M::Ok>;
        rows.push_back(row);
      }
    });
    return rows;
  }();
  return table;
}

template <class Table>
std::vector<std::string_view> names_of(const Table& table) {
  std::vector<std::string_view> names;
  for (const auto& row : table) names.push_back(row.name);
  return names;
}

}  // namespace

std::string to_text(const DecodedMessage& message) {
  std::string text;
  for (const DecodedField& field : message.fields) {
    text += std::string(2 * field.depth, ' ') + field.name;
    if (!field.tag.empty()) text += " " + field.tag;
    if (!field.octets.empty()) text += " " + field.octets;
    if (!field.meaning.empty()) text += " = " + field.meaning;
    text += "\n";
  }
  if (!message.error.empty()) text += "error: " + message.error + "\n";
  return text;
}

std::string_view es10_function(BytesView message) {
  const Es10Function* function = find_es10(message);
  return function == nullptr ? std::string_view() : function->name;
}

std::vector<Es10Tag> es10_tags() {
  std::vector<Es10Tag> tags;
  for (const Es10Function& row : es10_table())
    tags.push_back({to_string(row.tag, /*constructed=*/true), row.name});
  return tags;
}

std::vector<std::string_view> es10_functions() { return names_of(es10_table()); }
std::vector<std::string_view> es9_functions() { return names_of(es9_table()); }

std::vector<DecodedMessage> decode_es10(BytesView message, Direction direction) {
  if (const Es10Function* function = find_es10(message)) {
    return {(direction == Direction::kRequest ? function->request : function->response)(message)};
  }
  auto element = rsp::asn1::Reader(message).peek();
  if (element && element->tag == rsp::ProfileInstallationResult::kTag) {
    return {decode_message<rsp::ProfileInstallationResult>(message)};
  }
  return {};
}

std::vector<DecodedMessage> decode_segments(std::span<const BytesView> segments) {
  std::vector<DecodedMessage> messages;
  rsp::Bytes metadata;
  for (BytesView segment : segments) {
    if (segment.size() > 3 && segment[0] == 0xBF && segment[1] == 0x36) {
      // The header of BF36 promises far more than is here, so no reader takes it; its length octets
      // say where it ends.
      std::size_t header = (segment[2] & 0x80) != 0 ? 3 + (segment[2] & 0x7Fu) : 3;
      if (header < segment.size()) {
        messages.push_back(
            decode_message<rsp::InitialiseSecureChannelRequest>(segment.subspan(header)));
      }
    }
    auto element = rsp::asn1::Reader(segment).peek();
    if (element && element->tag == rsp::asn1::context(8) &&
        element->content.size() >= rsp::crypto::kBspMacSize) {
      rsp::append(metadata,
                  element->content.first(element->content.size() - rsp::crypto::kBspMacSize));
    }
  }
  if (!metadata.empty()) messages.push_back(decode_message<rsp::StoreMetadataRequest>(metadata));
  return messages;
}

std::vector<DecodedMessage> decode_es9(std::string_view function, const Json& body,
                                       Direction direction) {
  auto row = std::ranges::find(es9_table(), function, &Es9Function::name);
  if (row == es9_table().end() || !body.is_object()) return {};
  auto decode = direction == Direction::kRequest ? row->request : row->response;
  if (decode == nullptr) return {};
  DecodedMessage message = decode(body);
  if (message.fields.empty() && message.error.empty()) return {};
  message.name =
      fmt::format("{} {}", function, direction == Direction::kRequest ? "request" : "response");
  return {std::move(message)};
}

Json with_digits(Json view) {
  if (!view.is_structured()) return view;
  for (auto& [name, member] : view.items()) {
    auto octets = name == kIccid && member.is_string()
                      ? rsp::from_hex(member.get_ref<const std::string&>())
                      : rsp::Result<rsp::Bytes>(rsp::Bytes());
    bool is_number = octets && !octets->empty();
    member = is_number ? Json(meaning_by_name(name, *octets)) : with_digits(std::move(member));
  }
  return view;
}

Json shortened(const Json& json, std::size_t max_text) {
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    if (text.size() <= max_text) return json;
    return fmt::format("{}... ({} characters)", text.substr(0, max_text), text.size());
  }
  Json out = json;
  bool texts = out.is_array() &&
               std::ranges::all_of(out, [](const Json& element) { return element.is_string(); });
  if (texts && out.size() > 2 * kMaxListed) {
    out.erase(out.begin() + kMaxListed, out.end());
    out.push_back(fmt::format("... {} more", json.size() - kMaxListed));
  }
  if (out.is_structured()) {
    for (Json& member : out) member = shortened(member, max_text);
  }
  return out;
}

}  // namespace hil
