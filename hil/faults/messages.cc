#include "hil/faults/messages.h"

#include <map>

#include "rsp/asn1/writer.h"
#include "rsp/base/base64.h"
#include "rsp/base/text.h"
#include "rsp/json/es9_json.h"
#include "rsp/json/field_path.h"
#include "rsp/messages/all.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Result;
using rsp::Status;
using rsp::asn1::ElementChain;
using rsp::asn1::Mutation;
using rsp::asn1::Tag;

std::unexpected<rsp::Error> refused(std::string_view path, std::string text) {
  return rsp::failure(
      {.layer = rsp::Layer::kInput, .path = std::string(path), .text = std::move(text)});
}

/// Puts two elements of one structure into each other's place.
Result<Bytes> swap_siblings(BytesView der, ElementChain first, ElementChain second) {
  auto parent_of = [](const ElementChain& chain) {
    return chain.size() < 2 ? nullptr : chain[chain.size() - 2].whole.data();
  };
  if (parent_of(first) == nullptr || parent_of(first) != parent_of(second))
    return refused("", "only fields of one structure can change places");
  if (second.back().whole.data() < first.back().whole.data()) std::swap(first, second);
  const BytesView a = first.back().whole, b = second.back().whole;
  first.pop_back();
  const BytesView content = first.back().content;
  auto offset = [&](BytesView part) {
    return static_cast<std::size_t>(part.data() - content.data());
  };
  std::size_t after_a = offset(a) + a.size();
  Bytes swapped =
      rsp::concat({content.first(offset(a)), b, content.subspan(after_a, offset(b) - after_a), a,
                   content.subspan(offset(b) + b.size())});
  return rsp::asn1::replace(der, first, rsp::asn1::set_content(std::move(swapped))(first.back()));
}

/// A structure in DER under a tag.
template <rsp::asn1::Message T>
MessageType der_type(Tag tag, std::string_view name) {
  auto locate = [tag, name](BytesView der, std::string_view path) {
    return rsp::asn1::locate_as<T>(tag, name, der, path);
  };
  MessageType type;
  type.check = [](std::string_view path, const Json* value) -> Status {
    if (path.empty() && value == nullptr) return {};
    return rsp::check_field<T>(path, value);
  };
  type.set = [tag, name](BytesView der, std::string_view path, const Json& value) -> Result<Bytes> {
    RSP_TRY(T message, rsp::asn1::decode_as<T>(tag, name, der));
    RSP_CHECK(rsp::set_field(message, path, value));
    return rsp::asn1::encode_as(tag, message);
  };
  type.mutate = [locate](BytesView der, std::string_view path,
                         const Mutation& mutation) -> Result<Bytes> {
    RSP_TRY(ElementChain chain, locate(der, path));
    return rsp::asn1::replace(der, chain, mutation(chain.back()));
  };
  type.swap = [locate](BytesView der, std::string_view path,
                       std::string_view with) -> Result<Bytes> {
    RSP_TRY(ElementChain first, locate(der, path));
    RSP_TRY(ElementChain second, locate(der, with));
    return swap_siblings(der, std::move(first), std::move(second));
  };
  return type;
}

/// Octets without fields.
MessageType opaque_type() {
  MessageType type;
  auto only_whole = [](std::string_view path) -> Status {
    if (path.empty()) return {};
    return refused(path, "there are no fields to name here");
  };
  type.check = [only_whole](std::string_view path, const Json* value) -> Status {
    if (value != nullptr) return refused(path, "there are no fields to set here");
    return only_whole(path);
  };
  type.set = [](BytesView, std::string_view path, const Json&) -> Result<Bytes> {
    return refused(path, "there are no fields to set here");
  };
  type.mutate = [only_whole](BytesView octets, std::string_view path,
                             const Mutation& mutation) -> Result<Bytes> {
    RSP_CHECK(only_whole(path));
    return mutation(rsp::asn1::Element{{}, false, octets, octets});
  };
  type.swap = [](BytesView, std::string_view path, std::string_view) -> Result<Bytes> {
    return refused(path, "there are no fields to swap here");
  };
  return type;
}

// --- JSON bodies of ES9+
// ------------------------------------------------------------------------------------------

/// A path into a body: the member, and the rest of it.
std::pair<std::string_view, std::string_view> split_member(std::string_view path) {
  auto dot = path.find('.');
  return {path.substr(0, dot), dot == path.npos ? std::string_view() : path.substr(dot + 1)};
}

/// A visitor of `fields` that finds the elements of a body's member by the member's declared type.
class MemberLocator {
 public:
  MemberLocator(std::string_view member, BytesView der, std::string_view rest)
      : member_(member), der_(der), rest_(rest) {}

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, T&, const Spec&... spec) {
    if (!rsp::same_text(name, member_)) return;
    found = locate<T>(tag, name, spec...);
  }
  Result<ElementChain> found = refused("", "there is no such member");

 private:
  template <class T>
  Result<ElementChain> locate(Tag tag, std::string_view name) {
    if constexpr (rsp::asn1::TopLevel<T>) {
      return rsp::asn1::locate_as<T>(T::kTag, name, der_, rest_);
    } else if (tag == rsp::BoundProfilePackage::kTag) {
      return rsp::asn1::locate_as<rsp::BoundProfilePackage>(tag, name, der_, rest_);
    } else {
      return rsp::asn1::locate_as<T>(tag, name, der_, rest_);
    }
  }
  template <class T, std::size_t N>
  Result<ElementChain> locate(Tag, std::string_view, const rsp::asn1::OneOf<N>& of) {
    return locate_alternative(static_cast<T*>(nullptr), of);
  }
  template <class... A, std::size_t N>
  Result<ElementChain> locate_alternative(std::variant<A...>*, const rsp::asn1::OneOf<N>& of) {
    auto [name, inner] = split_member(rest_);
    std::size_t index = 0;
    Result<ElementChain> out = refused(rest_, "the notification is of another kind");
    (((of.alternatives[index].name == name
           ? void(out = rsp::asn1::locate_as<A>(of.alternatives[index].tag, name, der_, inner))
           : void()),
      ++index),
     ...);
    return out;
  }

  std::string_view member_;
  BytesView der_;
  std::string_view rest_;
};

Result<Json> parse_body(BytesView body) {
  Json json = Json::parse(rsp::text_of(body), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return refused("", "the body is no JSON object");
  return json;
}

Bytes body_of(const Json& json) { return rsp::to_bytes(rsp::view_of(rsp::dump(json))); }

/// The key of a member, whatever the case of its letters.
Result<std::string> key_of(const Json& body, std::string_view member) {
  for (const auto& [name, value] : body.items()) {
    if (rsp::same_text(name, member)) return name;
  }
  return refused(member, "the body has no member '" + std::string(member) + "'");
}

/// How a member stands for octets.
enum class MemberForm { kBase64, kHex, kText };
MemberForm form_of(std::string_view key) {
  if (key == "transactionId") return MemberForm::kHex;
  return key == "smdpAddress" ? MemberForm::kText : MemberForm::kBase64;
}
Result<Bytes> octets_of(MemberForm form, const std::string& text) {
  if (form == MemberForm::kBase64) return rsp::from_base64(text);
  return form == MemberForm::kHex ? rsp::from_hex(text) : rsp::to_bytes(rsp::view_of(text));
}
std::string text_of(MemberForm form, BytesView octets) {
  if (form == MemberForm::kBase64) return rsp::to_base64(octets);
  return form == MemberForm::kHex ? rsp::to_hex(octets) : std::string(rsp::text_of(octets));
}

/// Leaves a member out, or has it twice, or changes its octets. What is no element by itself is
/// changed as the content of one.
Result<Bytes> mutate_member(const Json& body, const std::string& key, const Mutation& mutation) {
  const Json& value = body.at(key);
  if (!value.is_string()) return refused(key, "the member is no text");
  MemberForm form = form_of(key);
  RSP_TRY(Bytes octets, octets_of(form, value.get_ref<const std::string&>()));
  bool element = form == MemberForm::kBase64 && rsp::asn1::Reader(octets).peek().has_value() &&
                 key != "euiccChallenge";
  Bytes whole = element ? octets : rsp::asn1::tlv(rsp::asn1::kOctetString, octets);
  Bytes changed = mutation(*rsp::asn1::Reader(whole).peek());
  Json out = body;
  if (changed.empty()) {
    out.erase(key);
    return body_of(out);
  }
  if (rsp::equal(changed, rsp::concat({whole, whole}))) {
    std::string text = rsp::dump(out);
    text.insert(1, rsp::dump(Json(key)) + ":" + rsp::dump(value) + ",");
    return rsp::to_bytes(rsp::view_of(text));
  }
  if (!element) changed = rsp::to_bytes(rsp::asn1::Reader(changed).peek()->content);
  out[key] = text_of(form, changed);
  return body_of(out);
}

enum class BodyKind { kRequest, kResponse };

template <class M, BodyKind kind>
MessageType body_type() {
  auto octets_in = [](const Json& body, const std::string& key) -> Result<Bytes> {
    const Json& value = body.at(key);
    auto octets = value.is_string() ? rsp::from_base64(value.get_ref<const std::string&>())
                                    : rsp::failure({});
    if (!octets) return refused(key, "the member is no base64 text");
    return octets;
  };
  // What is found lies within `der`.
  auto locate = [](const std::string& key, BytesView der,
                   std::string_view rest) -> Result<ElementChain> {
    MemberLocator locator(key, der, rest);
    M fields{};
    M::fields(locator, fields);
    return locator.found;
  };
  MessageType type;
  type.check = [](std::string_view path, const Json* value) -> Status {
    if (path.empty() && value == nullptr) return {};
    auto [member, rest] = split_member(path);
    if (rsp::same_text(member, "boundProfilePackage") && !rest.empty()) {
      if (value != nullptr)
        return refused(
            path, "fields of a bound package cannot be set; the hook 'bpp' changes its segments");
      return rsp::check_field<rsp::BoundProfilePackage>(rest, nullptr);
    }
    return rsp::check_field<M>(path, value);
  };
  type.set = [](BytesView octets, std::string_view path, const Json& value) -> Result<Bytes> {
    std::string_view body = rsp::text_of(octets);
    std::string out;
    if constexpr (kind == BodyKind::kRequest) {
      RSP_TRY(M message, rsp::parse_es9_request<M>(body));
      RSP_CHECK(rsp::set_field(message, path, value));
      out = rsp::es9_request_body(message);
    } else {
      RSP_TRY(M message, rsp::parse_es9_response<M>(body));
      RSP_CHECK(rsp::set_field(message, path, value));
      out = rsp::es9_ok_body(message);
    }
    return rsp::to_bytes(rsp::view_of(out));
  };
  type.mutate = [octets_in, locate](BytesView octets, std::string_view path,
                                    const Mutation& mutation) -> Result<Bytes> {
    if (path.empty()) return mutation(rsp::asn1::Element{{}, false, octets, octets});
    RSP_TRY(Json body, parse_body(octets));
    auto [member, rest] = split_member(path);
    RSP_TRY(std::string key, key_of(body, member));
    if (rest.empty()) return mutate_member(body, key, mutation);
    RSP_TRY(Bytes der, octets_in(body, key));
    RSP_TRY(ElementChain chain, locate(key, der, rest));
    body[key] = rsp::to_base64(rsp::asn1::replace(der, chain, mutation(chain.back())));
    return body_of(body);
  };
  type.swap = [octets_in, locate](BytesView octets, std::string_view path,
                                  std::string_view with) -> Result<Bytes> {
    RSP_TRY(Json body, parse_body(octets));
    auto [member, rest] = split_member(path);
    auto [other, other_rest] = split_member(with);
    if (!rest.empty() && member == other) {
      RSP_TRY(std::string key, key_of(body, member));
      RSP_TRY(Bytes der, octets_in(body, key));
      RSP_TRY(ElementChain first, locate(key, der, rest));
      RSP_TRY(ElementChain second, locate(key, der, other_rest));
      RSP_TRY(Bytes swapped, swap_siblings(der, std::move(first), std::move(second)));
      body[key] = rsp::to_base64(swapped);
      return body_of(body);
    }
    RSP_TRY(std::string a, key_of(body, path));
    RSP_TRY(std::string b, key_of(body, with));
    std::swap(body[a], body[b]);
    return body_of(body);
  };
  return type;
}

// --- Tables
// -------------------------------------------------------------------------------------------------------

using Key = std::pair<std::string, MessagePart>;

const std::map<Key, MessageType>& message_table() {
  static const std::map<Key, MessageType> table = [] {
    std::map<Key, MessageType> rows;
    rsp::AllMessages::for_each([&]<class M>() {
      if constexpr (requires { typename M::Response; }) {
        using R = typename M::Response;
        rows[{std::string(M::kFunction), MessagePart::kRequest}] = der_type<M>(M::kTag, M::kName);
        rows[{std::string(M::kFunction), MessagePart::kResponse}] = der_type<R>(R::kTag, R::kName);
      } else if constexpr (requires { M::kFunction; }) {
        std::string name = es9_function_name(M::kFunction);
        rows[{name, MessagePart::kRequest}] = body_type<M, BodyKind::kRequest>();
        if constexpr (requires { typename M::Ok; })
          rows[{name, MessagePart::kResponse}] = body_type<typename M::Ok, BodyKind::kResponse>();
      }
    });
    using Result = rsp::ProfileInstallationResult;
    rows[{"ES10b.LoadBoundProfilePackage", MessagePart::kRequest}] = opaque_type();
    rows[{"ES10b.LoadBoundProfilePackage", MessagePart::kResponse}] =
        der_type<Result>(Result::kTag, Result::kName);
    return rows;
  }();
  return table;
}

const std::map<std::string, MessageType, std::less<>>& signed_table() {
  using namespace rsp;
  static const std::map<std::string, MessageType, std::less<>> table{
      {"serverSigned1", der_type<ServerSigned1>(asn1::kSequence, "serverSigned1")},
      {"smdpSigned2", der_type<SmdpSigned2>(asn1::kSequence, "smdpSigned2")},
      {"initialiseSecureChannelRequest",
       der_type<InitialiseSecureChannelRequest>(InitialiseSecureChannelRequest::kTag,
                                                InitialiseSecureChannelRequest::kName)},
      {"euiccSigned1", der_type<EuiccSigned1>(asn1::kSequence, "euiccSigned1")},
      {"euiccSigned2", der_type<EuiccSigned2>(asn1::kSequence, "euiccSigned2")},
      {"euiccCancelSessionSigned",
       der_type<EuiccCancelSessionSigned>(asn1::kSequence, "euiccCancelSessionSigned")},
      {"profileInstallationResultData",
       der_type<ProfileInstallationResultData>(ProfileInstallationResultData::kTag,
                                               ProfileInstallationResultData::kName)},
      {"tbsOtherNotification",
       der_type<NotificationMetadata>(NotificationMetadata::kTag, NotificationMetadata::kName)},
      {"configureISDP",
       der_type<ConfigureIsdpRequest>(ConfigureIsdpRequest::kTag, ConfigureIsdpRequest::kName)},
      {"storeMetadata",
       der_type<StoreMetadataRequest>(StoreMetadataRequest::kTag, StoreMetadataRequest::kName)},
      {"replaceSessionKeys", der_type<ReplaceSessionKeysRequest>(ReplaceSessionKeysRequest::kTag,
                                                                 ReplaceSessionKeysRequest::kName)},
      {"loadProfileElements", opaque_type()},
  };
  return table;
}

}  // namespace

const MessageType* find_message(std::string_view function, MessagePart part) {
  auto found = message_table().find({std::string(function), part});
  return found == message_table().end() ? nullptr : &found->second;
}

std::vector<std::string> message_functions() {
  std::vector<std::string> names;
  for (const auto& [key, type] : message_table()) {
    if (names.empty() || names.back() != key.first) names.push_back(key.first);
  }
  return names;
}

std::string es9_function_name(std::string_view path_function) {
  std::string name(path_function);
  if (!name.empty())
    name[0] = static_cast<char>(name[0] >= 'a' && name[0] <= 'z' ? name[0] - 32 : name[0]);
  return "ES9+." + name;
}

const MessageType* find_signed(std::string_view name) {
  auto found = signed_table().find(name);
  return found == signed_table().end() ? nullptr : &found->second;
}

std::vector<std::string> signed_names() {
  std::vector<std::string> names;
  for (const auto& [name, type] : signed_table()) names.push_back(name);
  return names;
}

std::vector<std::string> es10_request_names() {
  std::vector<std::string> names;
  rsp::AllMessages::for_each([&]<class M>() {
    if constexpr (requires { typename M::Response; }) names.emplace_back(M::kFunction);
  });
  return names;
}

Result<Bytes> make_es10_request(std::string_view function, const Json& request) {
  Result<Bytes> made =
      rsp::failure({.layer = rsp::Layer::kInput,
                    .path = "function",
                    .text = "'" + std::string(function) + "' is no function of ES10",
                    .hint = suggestion(function, es10_request_names())});
  rsp::AllMessages::for_each([&]<class M>() {
    if constexpr (requires { typename M::Response; }) {
      if (M::kFunction != function) return;
      auto message = rsp::from_json<M>(request);
      made = message ? Result<Bytes>(rsp::asn1::encode(*message))
                     : rsp::failure(std::move(message).error());
    }
  });
  return made;
}

}  // namespace hil
