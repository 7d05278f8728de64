// Messages out of BER or DER, by their declaration; an error names the field.
#pragma once

#include <limits>
#include <type_traits>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/types.h"
#include "rsp/base/result.h"

namespace rsp::asn1 {

/// Where in a message a decoder stands: a list on the stack from the field up to the message.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  std::ptrdiff_t index = -1;         // of an element of a SEQUENCE OF
  const Element* element = nullptr;  // the bytes that hold it, once they were found
};
/// "authenticateServerRequest.serverSigned1.euiccChallenge", "sequenceOf86[3]".
std::string to_string(const Path& path);

/// Told of every element that a decoder recognises, outer before inner.
class DecodeObserver {
 public:
  virtual ~DecodeObserver() = default;
  virtual void element(const Path& path) = 0;
};

/// A visitor of `fields` that reads each component. Tolerated, because real peers differ: lengths
/// that are not the shortest, BIT STRINGs with trailing zeros, defaults that are spelled out, any
/// non-zero TRUE. Not tolerated: missing, repeated or unexpected fields, wrong sizes, undeclared
/// elements where no `unknown` member keeps them.
class Decoder {
 public:
  Decoder(BytesView content, const Path& path, DecodeObserver* observer = nullptr)
      : reader_(content), path_(path), observer_(observer) {}

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, T& value, const Spec&... spec) {
    if (error_) return;
    const Next& next = reader_.peek();
    if (!next || next->tag != tag) return unexpected(name, tag, next);
    take(*next, name, value, spec...);
  }
  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view name, std::optional<T>& value, const Spec&... spec) {
    value.reset();
    if (error_) return;
    const Next& next = reader_.peek();
    if (next && next->tag == tag) take(*next, name, value.emplace(), spec...);
  }
  template <class T, class D>
  void operator()(Tag tag, std::string_view name, T& value, const Default<D>& otherwise) {
    value = otherwise.value;
    if (error_) return;
    const Next& next = reader_.peek();
    if (next && next->tag == tag) take(*next, name, value);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::variant<A...>& choice, const OneOf<N>& of) {
    if (error_) return;
    if (!try_choice(name, choice, of)) fail(name, no_alternative(of.alternatives));
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view name, std::optional<std::variant<A...>>& choice,
                  const OneOf<N>& of) {
    choice.reset();
    if (error_) return;
    std::variant<A...> candidate;
    if (try_choice(name, candidate, of)) choice = std::move(candidate);
  }

  /// Reads the one element that a message is.
  template <class T>
  void top(Tag tag, T& value) {
    auto next = reader_.peek();
    if (!next || next->tag != tag) return unexpected("", tag, next);
    reader_.skip(*next);
    Path here{path_.parent, path_.name, path_.index, &*next};
    seen(here);
    get(*next, here, value);
  }
  /// The first error, or trailing bytes.
  std::optional<Error> finish() {
    if (!error_ && !reader_.at_end()) fail("", "has bytes after its end");
    return std::move(error_);
  }

 private:
  using Next = Reader::Next;

  template <class T, class... Spec>
  void take(const Element& element, std::string_view name, T& value, const Spec&... spec) {
    reader_.skip(element);
    Path here{&path_, name, -1, &element};
    seen(here);
    get(element, here, value, spec...);
  }
  template <class... A, std::size_t N>
  bool try_choice(std::string_view name, std::variant<A...>& choice, const OneOf<N>& of) {
    static_assert(sizeof...(A) == N,
                  "a CHOICE names as many alternatives as its variant has types");
    const Next& next = reader_.peek();
    if (!next) return false;
    Path outer{&path_, name};
    const Path& parent = name.empty() ? path_ : outer;
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((next->tag == of.alternatives[I].tag &&
               (take_alternative<I>(*next, parent, choice, of.alternatives[I].name), true)) ||
              ...);
    }
    (std::index_sequence_for<A...>());
  }
  template <std::size_t I, class... A>
  void take_alternative(const Element& element, const Path& parent, std::variant<A...>& choice,
                        std::string_view name) {
    reader_.skip(element);
    Path here{&parent, name, -1, &element};
    seen(here);
    get(element, here, choice.template emplace<I>());
  }

  // --- One element into one value ---
  template <OctetVector T>
  void get(const Element& e, const Path& at, T& value) {
    if (!primitive(e, at)) return;
    if (auto problem = size_problem<T>(e.content.size(), "octets")) return fail_at(at, *problem);
    value.assign(e.content.begin(), e.content.end());
  }
  template <Text T>
  void get(const Element& e, const Path& at, T& value) {
    if (!primitive(e, at)) return;
    auto characters = count_characters(e.content);
    if (!characters) return fail_at(at, "is no UTF-8");
    if (auto problem = size_problem<T>(*characters, "characters")) return fail_at(at, *problem);
    value.assign(e.content.begin(), e.content.end());
  }
  template <std::size_t N>
  void get(const Element& e, const Path& at, Octets<N>& value) {
    if (!primitive(e, at)) return;
    if (auto problem = size_problem<OctetsOf<N, N>>(e.content.size(), "octets"))
      return fail_at(at, *problem);
    std::ranges::copy(e.content, value.begin());
  }
  void get(const Element& e, const Path& at, bool& value) {
    if (!primitive(e, at)) return;
    if (auto problem = size_problem<OctetsOf<1, 1>>(e.content.size(), "octets"))
      return fail_at(at, *problem);
    value = e.content[0] != 0;
  }
  template <Number T>
  void get(const Element& e, const Path& at, T& value) {
    if (!primitive(e, at)) return;
    std::int64_t number = 0;
    if (!integer_of(e.content, number))
      return fail_at(at, "is an INTEGER of no or too many octets");
    if constexpr (std::is_enum_v<T>) {
      using U = std::underlying_type_t<T>;
      if (!std::in_range<U>(number)) return fail_at(at, "is out of range");
      value = static_cast<T>(number);
    } else {
      if (!std::in_range<T>(number)) return fail_at(at, "is out of range");
      value = static_cast<T>(number);
    }
  }
  void get(const Element& e, const Path& at, Null&) {
    if (primitive(e, at) && !e.content.empty()) fail_at(at, "is a NULL with content");
  }
  void get(const Element& e, const Path& at, Oid& value);
  void get(const Element& e, const Path& at, BitString& value);
  void get(const Element& e, const Path&, Any& value) { value.der = to_bytes(e.whole); }
  void get(const Element& e, const Path& at, ImplicitAny& value);
  template <class T>
  void get(const Element& e, const Path& at, Signed<T>& value) {
    value.der = to_bytes(e.whole);
    get(e, at, value.value);
  }
  template <class T>
  void get(const Element& e, const Path& at, Boxed<T>& value) {
    get(e, at, *value);
  }
  template <Message T>
  void get(const Element& e, const Path& at, T& value) {
    if (!constructed(e, at)) return;
    Decoder inner(e.content, at, observer_);
    T::fields(inner, value);
    if constexpr (KeepsUnknown<T>) inner.keep_unknown(value);
    adopt(inner);
  }
  template <class T>
  void get(const Element& e, const Path& at, std::vector<T>& list, Each each) {
    list.clear();
    if (!constructed(e, at)) return;
    Decoder inner(e.content, at, observer_);
    while (!inner.error_ && !inner.reader_.at_end()) {
      auto index = static_cast<std::ptrdiff_t>(list.size());  // before the list grows
      inner.take_listed(each, index, list.emplace_back());
    }
    adopt(inner);
  }
  template <class... A, std::size_t N>
  void get(const Element& e, const Path& at, std::vector<std::variant<A...>>& list,
           const OneOf<N>& of) {
    list.clear();
    if (!constructed(e, at)) return;
    Decoder inner(e.content, at, observer_);
    while (!inner.error_ && !inner.reader_.at_end()) {
      Path listed{at.parent, at.name, static_cast<std::ptrdiff_t>(list.size()), at.element};
      Decoder one(inner.reader_.rest(), listed, observer_);
      one("", list.emplace_back(), of);
      inner.reader_ = one.reader_;
      if (one.error_) inner.error_ = std::move(one.error_);
    }
    adopt(inner);
  }
  template <DescribedList T>
  void get(const Element& e, const Path& at, T& list) {
    get(e, at, static_cast<std::vector<typename T::value_type>&>(list), T::kSpec);
  }
  template <class... A, std::size_t N>
  void get(const Element& e, const Path& at, std::variant<A...>& choice, const OneOf<N>& of) {
    if (!constructed(e, at)) return;
    Decoder inner(e.content, at, observer_);
    inner("", choice, of);
    adopt(inner);
  }
  template <class T>
  void take_listed(Each each, std::ptrdiff_t index, T& value) {
    auto next = reader_.peek();
    Path here{path_.parent, path_.name, index, path_.element};
    if (!next || next->tag != each.tag) return fail_at(here, wrong_tag(each.tag, next));
    reader_.skip(*next);
    // The list's own element stays reachable, so that an edit of this one can mend the lengths
    // around it.
    Path listed{&path_, "", index, &*next};
    seen(listed);
    get(*next, listed, value);
  }

  // --- Unknown trailing elements ---
  struct DeclaredTags {
    Tag wanted;
    std::optional<std::string_view> found;  // the name of the field with that tag
    void operator()(Tag tag, std::string_view name, const auto&, const auto&...) {
      look(tag, name);
    }
    template <class T, std::size_t N>
    void operator()(std::string_view, const T&, const OneOf<N>& of) {
      for (const auto& alternative : of.alternatives) look(alternative.tag, alternative.name);
    }
    void look(Tag tag, std::string_view name) {
      if (tag == wanted && !found) found = name;
    }
  };
  template <KeepsUnknown T>
  void keep_unknown(T& value) {
    BytesView trailing = reader_.rest();
    value.unknown.elements = to_bytes(trailing);
    while (!error_ && !reader_.at_end()) {
      auto next = reader_.next();
      if (!next) return fail("", next.error());
      DeclaredTags declared{next->tag};
      T::fields(declared, value);
      if (declared.found) {
        fail(*declared.found,
             "comes twice or out of order: " + to_string(next->tag, next->constructed));
      }
    }
  }

  // --- Checks and errors ---
  static bool integer_of(BytesView content, std::int64_t& number);
  bool primitive(const Element& e, const Path& at);
  bool constructed(const Element& e, const Path& at);
  static std::string wrong_tag(Tag wanted, const Next& found);
  std::string no_alternative(std::span<const Alternative> alternatives) const;
  void unexpected(std::string_view name, Tag wanted, const Next& found);
  void fail(std::string_view name, std::string_view why);
  void fail_at(const Path& at, std::string_view why);
  void adopt(Decoder& inner) {
    if (auto error = inner.finish()) error_ = std::move(error);
  }
  void seen(const Path& path) {
    if (observer_ != nullptr) observer_->element(path);
  }

  Reader reader_;
  const Path& path_;
  DecodeObserver* observer_;
  std::optional<Error> error_;
};

/// A value out of the one element with this tag; `name` begins the path in an error. Errors:
/// Layer::kDecode.
template <class T>
Result<T> decode_as(Tag tag, std::string_view name, BytesView input,
                    DecodeObserver* observer = nullptr) {
  T value{};
  Path root{nullptr, name};
  Decoder decoder(input, root, observer);
  decoder.top(tag, value);
  if (auto error = decoder.finish()) return failure(*std::move(error));
  return value;
}

/// A message out of exactly its own element.
template <TopLevel T>
Result<T> decode(BytesView input, DecodeObserver* observer = nullptr) {
  return decode_as<T>(T::kTag, T::kName, input, observer);
}

}  // namespace rsp::asn1
