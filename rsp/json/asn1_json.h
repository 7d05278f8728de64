// The JSON view of ASN.1 messages, both ways, out of their declarations: for people, vectors and
// scenario files.
//
// OCTET STRING: upper-case hexadecimal. UTF8String: text. Named INTEGER: its name, or the number
// where it has none. BIT STRING: "011", first character bit 0, trailing zeros dropped. OBJECT
// IDENTIFIER: dotted. CHOICE: an object with the alternative's name. Any: hexadecimal of the whole
// element. Unknown elements: member "unknown", hexadecimal.
#pragma once

#include <nlohmann/json.hpp>

#include "rsp/asn1/encoder.h"
#include "rsp/asn1/types.h"
#include "rsp/base/hex.h"
#include "rsp/base/result.h"

namespace rsp {

using Json = nlohmann::ordered_json;

namespace json_view {

std::string bits_text(const asn1::BitString& bits);
/// Nothing where a character is neither 0 nor 1.
std::optional<asn1::BitString> bits_from_text(std::string_view text);

/// A visitor of `fields` that fills a JSON object.
class Writer {
 public:
  template <asn1::Message T>
  static Json object(const T& message) {
    Writer writer;
    T::fields(writer, message);
    if constexpr (asn1::KeepsUnknown<T>) {
      if (!message.unknown.elements.empty())
        writer.out_["unknown"] = to_hex(message.unknown.elements);
    }
    return std::move(writer.out_);
  }

  template <class T, class... Spec>
  void operator()(asn1::Tag, std::string_view name, const T& value, const Spec&... spec) {
    out_[std::string(name)] = of(value, spec...);
  }
  template <class T, class... Spec>
  void operator()(asn1::Tag, std::string_view name, const std::optional<T>& value,
                  const Spec&... spec) {
    if (value) out_[std::string(name)] = of(*value, spec...);
  }
  template <class T, class D>
  void operator()(asn1::Tag, std::string_view name, const T& value, const asn1::Default<D>&) {
    out_[std::string(name)] = of(value);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, const std::variant<A...>& choice,
                  const asn1::OneOf<N>& of_what) {
    Json alternative = of(choice, of_what);
    if (name.empty()) {
      out_.update(alternative);
    } else {
      out_[std::string(name)] = std::move(alternative);
    }
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, const std::optional<std::variant<A...>>& choice,
                  const asn1::OneOf<N>& of_what) {
    if (choice) (*this)(name, *choice, of_what);
  }

 private:
  static Json of(const asn1::OctetVector auto& value) { return to_hex(value); }
  static Json of(const asn1::Text auto& value) { return std::string(value); }
  template <std::size_t N>
  static Json of(const Octets<N>& value) {
    return to_hex(value);
  }
  static Json of(bool value) { return value; }
  template <asn1::Number T>
  static Json of(T value) {
    if constexpr (asn1::NamedEnum<T>) {
      for (const auto& [candidate, name] : enum_names(value)) {
        if (candidate == value) return std::string(name);
      }
    }
    return static_cast<std::int64_t>(value);
  }
  static Json of(asn1::Null) { return nullptr; }
  static Json of(const asn1::Oid& value) { return to_string(value); }
  static Json of(const asn1::BitString& value) { return bits_text(value); }
  static Json of(const asn1::Any& value) { return to_hex(value.der); }
  static Json of(const asn1::ImplicitAny& value) { return to_hex(value.der); }
  template <class T>
  static Json of(const asn1::Signed<T>& value) {
    return of(value.value);
  }
  template <asn1::Message T>
  static Json of(const T& value) {
    return object(value);
  }
  template <class T>
  static Json of(const std::vector<T>& list, asn1::Each) {
    Json out = Json::array();
    for (const T& element : list) out.push_back(of(element));
    return out;
  }
  template <class... A, std::size_t N>
  static Json of(const std::vector<std::variant<A...>>& list, const asn1::OneOf<N>& of_what) {
    Json out = Json::array();
    for (const auto& element : list) out.push_back(of(element, of_what));
    return out;
  }
  template <asn1::DescribedList T>
  static Json of(const T& list) {
    return of(static_cast<const std::vector<typename T::value_type>&>(list), T::kSpec);
  }
  template <class... A, std::size_t N>
  static Json of(const std::variant<A...>& choice, const asn1::OneOf<N>& of_what) {
    Json out = Json::object();
    out[std::string(of_what.alternatives[choice.index()].name)] =
        std::visit([](const auto& alternative) { return of(alternative); }, choice);
    return out;
  }

  Json out_ = Json::object();
};

/// A visitor of `fields` that reads a JSON object.
class Reader {
 public:
  template <asn1::Message T>
  static Result<T> object(const Json& json, const std::string& path) {
    T message{};
    Reader reader(json, path);
    reader.fill(message);
    if (reader.error_) return failure(*std::move(reader.error_));
    return message;
  }

  /// One value of a message, by the declaration of its field. The error, if there is one.
  template <class T, class... Spec>
  static std::optional<Error> assign(const Json& json, const std::string& path, asn1::Tag tag,
                                     T& value, const Spec&... spec) {
    Reader reader(json, path);
    reader.get(json, path, tag, value, spec...);
    return std::move(reader.error_);
  }

  template <class T, class... Spec>
  void operator()(asn1::Tag tag, std::string_view name, T& value, const Spec&... spec) {
    if (const Json* member = find(name)) {
      get(*member, at(name), tag, value, spec...);
    } else {
      fail(at(name), "is missing");
    }
  }
  template <class T, class... Spec>
  void operator()(asn1::Tag tag, std::string_view name, std::optional<T>& value,
                  const Spec&... spec) {
    value.reset();
    if (const Json* member = find(name)) get(*member, at(name), tag, value.emplace(), spec...);
  }
  template <class T, class D>
  void operator()(asn1::Tag tag, std::string_view name, T& value,
                  const asn1::Default<D>& otherwise) {
    value = otherwise.value;
    if (const Json* member = find(name)) get(*member, at(name), tag, value);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::variant<A...>& choice, const asn1::OneOf<N>& of) {
    if (name.empty()) {
      for (const auto& alternative : of.alternatives)
        find(alternative.name);  // so that none counts as unknown
      return get(json_, path_, {}, choice, of);
    }
    (*this)(asn1::Tag{}, name, choice, of);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::optional<std::variant<A...>>& choice,
                  const asn1::OneOf<N>& of) {
    (*this)(asn1::Tag{}, name, choice, of);
  }

 private:
  Reader(const Json& json, std::string path) : json_(json), path_(std::move(path)) {}

  template <asn1::Message T>
  void fill(T& message) {
    if (!json_.is_object()) return fail(path_, "should be an object");
    T::fields(*this, message);
    if constexpr (asn1::KeepsUnknown<T>) {
      if (const Json* unknown = find("unknown"))
        get(*unknown, at("unknown"), {}, message.unknown.elements);
    }
    for (const auto& [name, member] : json_.items()) {
      if (std::ranges::find(known_, name) == known_.end()) fail(at(name), "is not known here");
    }
  }
  const Json* find(std::string_view name) {
    known_.emplace_back(name);
    auto found = json_.find(std::string(name));
    return found == json_.end() ? nullptr : &*found;
  }
  std::string at(std::string_view name) const {
    return path_ + (path_.empty() ? "" : ".") + std::string(name);
  }
  void fail(const std::string& path, std::string_view what) {
    if (error_) return;
    error_ = Error{.layer = Layer::kInput, .path = path, .text = path + " " + std::string(what)};
  }

  template <asn1::OctetVector T>
  void get(const Json& json, const std::string& path, asn1::Tag, T& value) {
    auto octets = octets_of(json, path);
    if (!octets) return;
    if (auto problem = asn1::size_problem<T>(octets->size(), "octets")) return fail(path, *problem);
    value.assign(octets->begin(), octets->end());
  }
  template <asn1::Text T>
  void get(const Json& json, const std::string& path, asn1::Tag, T& value) {
    if (!json.is_string()) return fail(path, "should be a text");
    const auto& text = json.get_ref<const std::string&>();
    auto characters = asn1::count_characters(view_of(text));
    if (!characters) return fail(path, "is no UTF-8");
    if (auto problem = asn1::size_problem<T>(*characters, "characters"))
      return fail(path, *problem);
    value.assign(text);
  }
  template <std::size_t N>
  void get(const Json& json, const std::string& path, asn1::Tag, Octets<N>& value) {
    auto octets = octets_of(json, path);
    if (!octets) return;
    if (octets->size() != N) return fail(path, "should have " + std::to_string(N) + " octets");
    std::ranges::copy(*octets, value.begin());
  }
  void get(const Json& json, const std::string& path, asn1::Tag, bool& value) {
    if (!json.is_boolean()) return fail(path, "should be true or false");
    value = json.get<bool>();
  }
  template <asn1::Number T>
  void get(const Json& json, const std::string& path, asn1::Tag, T& value) {
    if constexpr (asn1::NamedEnum<T>) {
      if (json.is_string()) {
        for (const auto& [candidate, name] : enum_names(value)) {
          if (name == json.get_ref<const std::string&>()) return void(value = candidate);
        }
        return fail(path, "is no name of this enumeration");
      }
    }
    if (!json.is_number_integer()) return fail(path, "should be a whole number");
    // Json keeps what fits only into an unsigned number apart; here it would wrap around.
    bool fits = !json.is_number_unsigned() || json.get<std::uint64_t>() <= INT64_MAX;
    std::int64_t number = json.get<std::int64_t>();
    if constexpr (std::is_enum_v<T>) {
      fits = fits && std::in_range<std::underlying_type_t<T>>(number);
    } else {
      fits = fits && std::in_range<T>(number);
    }
    if (!fits) return fail(path, "is out of range");
    value = static_cast<T>(number);
  }
  void get(const Json& json, const std::string& path, asn1::Tag, asn1::Null&) {
    if (!json.is_null()) fail(path, "should be null");
  }
  void get(const Json& json, const std::string& path, asn1::Tag, asn1::Oid& value) {
    auto oid =
        json.is_string() ? asn1::oid_from_text(json.get_ref<const std::string&>()) : std::nullopt;
    if (!oid) return fail(path, "should be an object identifier such as 2.999.10");
    value = *std::move(oid);
  }
  void get(const Json& json, const std::string& path, asn1::Tag, asn1::BitString& value) {
    auto bits =
        json.is_string() ? bits_from_text(json.get_ref<const std::string&>()) : std::nullopt;
    if (!bits) return fail(path, "should be a text of 0s and 1s, bit 0 first");
    value = *std::move(bits);
  }
  void get(const Json& json, const std::string& path, asn1::Tag, asn1::Any& value) {
    if (auto octets = octets_of(json, path)) value.der = *std::move(octets);
  }
  void get(const Json& json, const std::string& path, asn1::Tag, asn1::ImplicitAny& value) {
    if (auto octets = octets_of(json, path)) value.der = *std::move(octets);
  }
  template <class T>
  void get(const Json& json, const std::string& path, asn1::Tag tag, asn1::Signed<T>& value) {
    get(json, path, tag, value.value);
    value.der = asn1::encode_as(tag, value.value);
  }
  template <asn1::Message T>
  void get(const Json& json, const std::string& path, asn1::Tag, T& value) {
    Reader inner(json, path);
    inner.fill(value);
    if (inner.error_ && !error_) error_ = std::move(inner.error_);
  }
  template <class T>
  void get(const Json& json, const std::string& path, asn1::Tag, std::vector<T>& list,
           asn1::Each each) {
    list.clear();
    if (!json.is_array()) return fail(path, "should be a list");
    for (const Json& element : json) {
      std::string at = path + "[" + std::to_string(list.size()) + "]";  // before the list grows
      get(element, at, each.tag, list.emplace_back());
    }
  }
  template <class... A, std::size_t N>
  void get(const Json& json, const std::string& path, asn1::Tag,
           std::vector<std::variant<A...>>& list, const asn1::OneOf<N>& of) {
    list.clear();
    if (!json.is_array()) return fail(path, "should be a list");
    for (const Json& element : json) {
      std::string at = path + "[" + std::to_string(list.size()) + "]";
      get(element, at, {}, list.emplace_back(), of);
    }
  }
  template <asn1::DescribedList T>
  void get(const Json& json, const std::string& path, asn1::Tag tag, T& list) {
    get(json, path, tag, static_cast<std::vector<typename T::value_type>&>(list), T::kSpec);
  }
  template <class... A, std::size_t N>
  void get(const Json& json, const std::string& path, asn1::Tag, std::variant<A...>& choice,
           const asn1::OneOf<N>& of) {
    bool hit = json.is_object()&& [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((json.contains(of.alternatives[I].name) &&
               (get(json.at(std::string(of.alternatives[I].name)),
                    path + "." + std::string(of.alternatives[I].name), of.alternatives[I].tag,
                    choice.template emplace<I>()),
                true)) ||
              ...);
    }
    (std::index_sequence_for<A...>());
    if (!hit) fail(path, "has none of the alternatives of this CHOICE");
  }

  std::optional<Bytes> octets_of(const Json& json, const std::string& path) {
    auto octets = json.is_string() ? from_hex(json.get_ref<const std::string&>()) : failure({});
    if (octets) return *std::move(octets);
    fail(path, "should be octets in hexadecimal");
    return std::nullopt;
  }

  const Json& json_;
  std::string path_;
  std::vector<std::string> known_;
  std::optional<Error> error_;
};

}  // namespace json_view

/// The view of a message as a JSON object.
template <asn1::Message T>
Json to_json(const T& message) {
  return json_view::Writer::object(message);
}

/// A message out of its JSON view. Error: Layer::kInput with the path of the member.
template <asn1::TopLevel T>
Result<T> from_json(const Json& json) {
  return json_view::Reader::object<T>(json, std::string(T::kName));
}

/// One text of a document, with foreign octets in strings replaced, so that nothing a peer sends
/// can make it fail.
std::string dump(const Json& json, int indent = -1);

}  // namespace rsp
