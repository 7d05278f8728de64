// DER out of a message's declaration.
#pragma once

#include "rsp/asn1/reader.h"
#include "rsp/asn1/types.h"
#include "rsp/asn1/writer.h"

namespace rsp::asn1 {

/// A visitor of `fields` that writes each component.
class Encoder {
 public:
  explicit Encoder(Writer& writer) : writer_(writer) {}

  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view, const T& value, const Spec&... spec) {
    put(tag, value, spec...);
  }
  template <class T, class... Spec>
  void operator()(Tag tag, std::string_view, const std::optional<T>& value, const Spec&... spec) {
    if (value) put(tag, *value, spec...);
  }
  template <class T, class D>
  void operator()(Tag tag, std::string_view, const T& value, const Default<D>& otherwise) {
    if (!(value == otherwise.value)) put(tag, value);  // X.690 11.5: DER leaves a default out
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view, const std::variant<A...>& choice, const OneOf<N>& of) {
    put_choice(choice, of);
  }
  template <class... A, std::size_t N>
  void operator()(std::string_view, const std::optional<std::variant<A...>>& choice,
                  const OneOf<N>& of) {
    if (choice) put_choice(*choice, of);
  }

  void put(Tag tag, const OctetVector auto& value) { writer_.primitive(tag, value); }
  void put(Tag tag, const Text auto& value) { writer_.primitive(tag, view_of(value)); }
  template <std::size_t N>
  void put(Tag tag, const Octets<N>& value) {
    writer_.primitive(tag, value);
  }
  void put(Tag tag, bool value) {
    std::uint8_t octet = value ? 0xFF : 0x00;
    writer_.primitive(tag, {&octet, 1});
  }
  void put(Tag tag, Number auto value) { writer_.integer(tag, static_cast<std::int64_t>(value)); }
  void put(Tag tag, Null) { writer_.primitive(tag, {}); }
  void put(Tag tag, const Oid& value) { writer_.primitive(tag, value.content); }
  void put(Tag tag, const BitString& value);
  void put(Tag, const Any& value) { writer_.raw(value.der); }
  void put(Tag tag, const ImplicitAny& value);
  template <class T>
  void put(Tag tag, const Signed<T>& value) {
    value.der.empty() ? put(tag, value.value) : writer_.raw(value.der);
  }
  template <class T>
  void put(Tag tag, const Boxed<T>& value) {
    put(tag, *value);
  }
  template <Message T>
  void put(Tag tag, const T& value) {
    writer_.constructed(tag, [&] { put_fields(value); });
  }
  template <class T>
  void put(Tag tag, const std::vector<T>& list, Each each) {
    writer_.constructed(tag, [&] {
      for (const T& element : list) put(each.tag, element);
    });
  }
  template <class... A, std::size_t N>
  void put(Tag tag, const std::vector<std::variant<A...>>& list, const OneOf<N>& of) {
    writer_.constructed(tag, [&] {
      for (const auto& element : list) put_choice(element, of);
    });
  }
  template <DescribedList T>
  void put(Tag tag, const T& list) {
    put(tag, static_cast<const std::vector<typename T::value_type>&>(list), T::kSpec);
  }
  template <class... A, std::size_t N>
  void put(Tag tag, const std::variant<A...>& choice, const OneOf<N>& of) {
    writer_.constructed(tag, [&] { put_choice(choice, of); });
  }

 private:
  template <Message T>
  void put_fields(const T& value) {
    T::fields(*this, value);
    if constexpr (KeepsUnknown<T>) writer_.raw(value.unknown.elements);
  }
  template <class... A, std::size_t N>
  void put_choice(const std::variant<A...>& choice, const OneOf<N>& of) {
    static_assert(sizeof...(A) == N,
                  "a CHOICE names as many alternatives as its variant has types");
    Tag tag = of.alternatives[choice.index()].tag;
    std::visit([&](const auto& alternative) { put(tag, alternative); }, choice);
  }

  Writer& writer_;
};

inline void Encoder::put(Tag tag, const BitString& value) {
  // X.690 11.2.2: a list of named bits drops its trailing zeros.
  Bytes content{0};
  append(content, value.octets);
  while (content.size() > 1 && content.back() == 0) content.pop_back();
  if (content.size() > 1) {
    std::uint8_t last = content.back();
    while ((last >> content[0] & 1) == 0) ++content[0];
  }
  writer_.primitive(tag, content);
}

inline void Encoder::put(Tag tag, const ImplicitAny& value) {
  auto element = Reader(value.der).peek();
  writer_.constructed(tag, [&] {
    if (element) writer_.raw(element->content);
  });
}

/// DER of a value under the tag given.
template <class T>
Bytes encode_as(Tag tag, const T& value) {
  Writer writer;
  Encoder(writer).put(tag, value);
  return writer.take();
}

/// DER of a message under its own tag.
template <TopLevel T>
Bytes encode(const T& message) {
  return encode_as(T::kTag, message);
}

/// A structure with the bytes that are to be signed.
template <class T>
Signed<T> seal(Tag tag, T value) {
  Bytes der = encode_as(tag, value);
  return {std::move(value), std::move(der)};
}

}  // namespace rsp::asn1
