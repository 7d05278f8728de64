// Setting single fields of messages by path, with values as the JSON view has them. What may stand
// in a path, and what value fits there, can be checked without a message.
#pragma once

#include <charconv>

#include "rsp/base/text.h"
#include "rsp/json/asn1_json.h"

namespace rsp {
namespace json_view {

/// "sequenceOf86[2]" as a name and an index; -1 without one.
struct PathToken {
  std::string_view name;
  std::ptrdiff_t index = -1;
};
/// Nothing where the text is no path: empty names, brackets without a number.
std::optional<std::vector<PathToken>> split_path(std::string_view path);
/// A visitor of `fields` that goes down a path, in either case (profileMetadata and profileMetaData
/// are met), making optional fields and alternatives on its way.
class FieldSetter {
 public:
  /// `value` is null to look only. With `missing_elements` lists grow as the path needs it.
  FieldSetter(std::span<const PathToken> path, const Json* value, bool missing_elements,
              std::string walked)
      : path_(path),
        value_(value),
        missing_elements_(missing_elements),
        walked_(std::move(walked)) {}

  template <asn1::Message T>
  std::optional<Error> into(T& message) {
    T::fields(*this, message);
    if (!found_) {
      std::string names;
      for (std::string_view name : names_) names += (names.empty() ? "" : ", ") + std::string(name);
      fail("has no field '" + std::string(path_[0].name) + "'",
           names.empty() ? "it has no fields" : "its fields are " + names);
    }
    return std::move(error_);
  }

  template <class T, class... Spec>
  void operator()(asn1::Tag tag, std::string_view name, T& value, const Spec&... spec) {
    names_.push_back(name);
    if (found_ || !same_text(name, path_[0].name)) return;
    found_ = true;
    descend(1, tag, value, spec...);
  }
  template <class T, class D>
  void operator()(asn1::Tag tag, std::string_view name, T& value, const asn1::Default<D>&) {
    (*this)(tag, name, value);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::variant<A...>& choice, const asn1::OneOf<N>& of) {
    if (name.empty()) return alternative(0, choice, of);
    names_.push_back(name);
    if (found_ || !same_text(name, path_[0].name)) return;
    found_ = true;
    descend(1, {}, choice, of);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::optional<std::variant<A...>>& choice,
                  const asn1::OneOf<N>& of) {
    (*this)(name, choice ? *choice : choice.emplace(), of);
  }

 private:
  /// `value` is the field of the token before `next`.
  template <class T, class... Spec>
  void descend(std::size_t next, asn1::Tag tag, T& value, const Spec&... spec) {
    const PathToken& token = path_[next - 1];
    if (token.index >= 0) return element(next, token.index, value, spec...);
    if (next < path_.size()) return inside(next, value, spec...);
    if (value_ == nullptr) return;
    if constexpr (requires { value.reset(); }) {
      assign(tag, value.emplace(), spec...);
    } else {
      assign(tag, value, spec...);
    }
  }
  template <class T, class... Spec>
  void assign(asn1::Tag tag, T& value, const Spec&... spec) {
    error_ = Reader::assign(*value_, walked_ + path_text(path_.size()), tag, value, spec...);
  }

  // --- The value of a field that the path goes on into ---
  template <class T, class... Spec>
  void inside(std::size_t next, std::optional<T>& value, const Spec&... spec) {
    inside(next, value ? *value : value.emplace(), spec...);
  }
  template <class T>
  void inside(std::size_t next, asn1::Signed<T>& value) {
    value.der.clear();  // what was signed is no longer what it holds
    inside(next, value.value);
  }
  template <class T>
  void inside(std::size_t next, asn1::Boxed<T>& value) {
    inside(next, *value);
  }
  template <asn1::Message T>
  void inside(std::size_t next, T& value) {
    FieldSetter inner(path_.subspan(next), value_, missing_elements_,
                      walked_ + path_text(next) + ".");
    error_ = inner.into(value);
  }
  template <class... A, std::size_t N>
  void inside(std::size_t next, std::variant<A...>& choice, const asn1::OneOf<N>& of) {
    bool before = std::exchange(found_, false);
    names_.clear();
    alternative(next, choice, of);
    if (!found_ && !error_) {
      fail("has no alternative '" + std::string(path_[next].name) + "'", alternatives(of));
    }
    found_ = before;
  }
  template <class T, class... Spec>
  void inside(std::size_t next, T&, const Spec&...) {
    fail("has no fields inside", "the path should end at " + walked_ + path_text(next));
  }

  template <class... A, std::size_t N>
  void alternative(std::size_t at, std::variant<A...>& choice, const asn1::OneOf<N>& of) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (try_alternative<I>(at, choice, of.alternatives[I]), ...);
    }
    (std::index_sequence_for<A...>());
  }
  template <std::size_t I, class... A>
  void try_alternative(std::size_t at, std::variant<A...>& choice,
                       const asn1::Alternative& alternative) {
    names_.push_back(alternative.name);
    if (found_ || !same_text(alternative.name, path_[at].name)) return;
    found_ = true;
    auto* held = std::get_if<I>(&choice);
    descend(at + 1, alternative.tag, held != nullptr ? *held : choice.template emplace<I>());
  }
  template <std::size_t N>
  static std::string alternatives(const asn1::OneOf<N>& of) {
    std::string names;
    for (const auto& one : of.alternatives)
      names += (names.empty() ? "" : ", ") + std::string(one.name);
    return "its alternatives are " + names;
  }

  // --- Elements of lists ---
  template <class T, class... Spec>
  void element(std::size_t next, std::ptrdiff_t index, std::optional<T>& value,
               const Spec&... spec) {
    element(next, index, value ? *value : value.emplace(), spec...);
  }
  template <class T>
  void element(std::size_t next, std::ptrdiff_t index, std::vector<T>& list, asn1::Each each) {
    if (T* one = at(index, list)) element_value(next, each.tag, *one);
  }
  template <class... A, std::size_t N>
  void element(std::size_t next, std::ptrdiff_t index, std::vector<std::variant<A...>>& list,
               const asn1::OneOf<N>& of) {
    if (auto* one = at(index, list)) element_value(next, {}, *one, of);
  }
  template <asn1::DescribedList T>
  void element(std::size_t next, std::ptrdiff_t index, T& list) {
    element(next, index, static_cast<std::vector<typename T::value_type>&>(list), T::kSpec);
  }
  template <class T, class... Spec>
  void element(std::size_t, std::ptrdiff_t, T&, const Spec&...) {
    fail("is no list", "leave out the number in brackets");
  }
  template <class T>
  T* at(std::ptrdiff_t index, std::vector<T>& list) {
    constexpr std::size_t kMaxElements = 10'000;
    auto wanted = static_cast<std::size_t>(index);
    if (wanted >= list.size() && missing_elements_ && wanted < kMaxElements)
      list.resize(wanted + 1);
    if (wanted < list.size()) return &list[wanted];
    fail("has only " + std::to_string(list.size()) + " elements", "the first is [0]");
    return nullptr;
  }
  template <class T, class... Spec>
  void element_value(std::size_t next, asn1::Tag tag, T& value, const Spec&... spec) {
    if (next < path_.size()) return inside(next, value, spec...);
    if (value_ != nullptr) assign(tag, value, spec...);
  }

  /// The path up to, and without, the token `end`.
  std::string path_text(std::size_t end) const {
    std::string out;
    for (std::size_t i = 0; i < end; ++i) {
      out += (i == 0 ? "" : ".") + std::string(path_[i].name);
      if (path_[i].index >= 0) out += "[" + std::to_string(path_[i].index) + "]";
    }
    return out;
  }
  void fail(std::string text, std::string hint) {
    if (error_) return;
    std::string where = walked_.empty() ? "the message" : walked_.substr(0, walked_.size() - 1);
    error_ = Error{.layer = Layer::kInput,
                   .path = walked_ + path_text(path_.size()),
                   .text = where + " " + text,
                   .hint = std::move(hint)};
  }

  std::span<const PathToken> path_;
  const Json* value_;
  bool missing_elements_;
  std::string walked_;  // the path to the message in hand, with a dot behind it
  bool found_ = false;
  std::vector<std::string_view> names_;
  std::optional<Error> error_;
};

Error no_path(std::string_view path);

}  // namespace json_view

/// Sets the field at a path ("serverSigned1.serverAddress", "rat[0].pprIds"); optional fields and
/// alternatives are made on the way. Error: Layer::kInput for a path or value that does not fit.
template <asn1::Message T>
Status set_field(T& message, std::string_view path, const Json& value) {
  auto tokens = json_view::split_path(path);
  if (!tokens) return failure(json_view::no_path(path));
  auto error = json_view::FieldSetter(*tokens, &value, false, "").into(message);
  return error ? Status(failure(*std::move(error))) : Status();
}

/// Whether messages of this type can have a field at that path, and, where `value` is not null, one
/// with that value. Error: as of set_field().
template <asn1::Message T>
Status check_field(std::string_view path, const Json* value = nullptr) {
  auto tokens = json_view::split_path(path);
  if (!tokens) return failure(json_view::no_path(path));
  T message{};
  auto error = json_view::FieldSetter(*tokens, value, true, "").into(message);
  return error ? Status(failure(*std::move(error))) : Status();
}

}  // namespace rsp
