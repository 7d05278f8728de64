// The C++ types that stand for ASN.1 types, and the vocabulary in which messages declare their
// fields.
//
// A message is a struct with one function that names every component once, in wire order:
//
//   struct ServerSigned1 {
//     TransactionId transaction_id;
//     std::optional<std::string> matching_id;
//     asn1::Unknown unknown;
//     static void fields(auto&& f, auto& m) {
//       f(context(0), "transactionId", m.transaction_id);
//       f(context(1), "matchingId", m.matching_id);
//     }
//   };
//
// Encoder, Decoder, the JSON view, mutation by path and the schema check all walk that one
// declaration.
//
//   std::optional<T>                   OPTIONAL
//   f(tag, name, member, Default{v})   DEFAULT v
//   std::vector<T>, Each{tag}          SEQUENCE OF T, each element with that tag
//   struct X : std::vector<T> { kSpec } the same, where a list is an alternative of a CHOICE
//   std::variant<A, B>, OneOf{...}     CHOICE; with a tag before the name it stands in an element
//   of its own Signed<T>                          a structure whose received bytes are kept,
//   because a signature covers them Boxed<T>                           a structure kept apart, in
//   large CHOICEs Any                                one whole element of that tag, kept as it is
//   Unknown                            a member of this name keeps trailing elements that are not
//   declared
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "rsp/asn1/tag.h"

namespace rsp::asn1 {

struct Null {
  friend bool operator==(Null, Null) = default;
};

/// OBJECT IDENTIFIER, held as its content octets.
struct Oid {
  Bytes content;
  friend auto operator<=>(const Oid&, const Oid&) = default;
};
/// "2.23.146.1.2.1.4". Content that is no OID gives its hexadecimal form.
std::string to_string(const Oid& oid);
/// Nothing where the text is not at least two numbers joined by dots, or numbers exceed 64 bits.
std::optional<Oid> oid_from_text(std::string_view dotted);

/// BIT STRING, here always a list of named bits: bit 0 is the first, and trailing zeros mean
/// nothing (X.690 11.2.2).
struct BitString {
  BitString() = default;
  BitString(std::initializer_list<unsigned> set_bits) {
    for (unsigned bit : set_bits) set(bit);
  }
  bool test(unsigned bit) const {
    return bit / 8 < octets.size() && (octets[bit / 8] >> (7 - bit % 8) & 1) != 0;
  }
  void set(unsigned bit) {
    if (octets.size() <= bit / 8) octets.resize(bit / 8 + 1);
    octets[bit / 8] = static_cast<std::uint8_t>(octets[bit / 8] | 0x80 >> bit % 8);
  }
  /// The numbers of the bits that are set.
  std::vector<unsigned> bits() const;
  bool none() const {
    return std::ranges::all_of(octets, [](std::uint8_t o) { return o == 0; });
  }
  /// Equal sets of bits, whatever the number of trailing zeros.
  friend bool operator==(const BitString& a, const BitString& b) { return a.bits() == b.bits(); }

  Bytes octets;
};

/// One whole element, kept as it came.
struct Any {
  Bytes der;
  friend bool operator==(const Any&, const Any&) = default;
};

/// A SEQUENCE that is kept as it is but for its tag, which the field's own tag replaces on the wire
/// (implicit tagging).
struct ImplicitAny {
  Bytes der;  // with its own tag 30
  friend bool operator==(const ImplicitAny&, const ImplicitAny&) = default;
};

/// A structure kept apart, with the value semantics of the structure itself: for large alternatives
/// of a CHOICE, which would otherwise make every element of a list as large as they are.
template <class T>
class Boxed {
 public:
  Boxed() : value_(std::make_unique<T>()) {}
  Boxed(T value)
      : value_(std::make_unique<T>(std::move(value))) {
  }  // NOLINT: a T is meant to become one silently
  Boxed(const Boxed& other) : Boxed(*other.value_) {}
  Boxed(Boxed&&) noexcept = default;
  Boxed& operator=(Boxed other) noexcept {
    value_ = std::move(other.value_);
    return *this;
  }
  ~Boxed() = default;
  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

 private:
  std::unique_ptr<T> value_;  // empty only after being moved from
};

/// Elements after the declared ones, kept and sent on (EXTENSIBILITY IMPLIED).
struct Unknown {
  Bytes elements;
  friend bool operator==(const Unknown&, const Unknown&) = default;
};

/// A decoded structure together with the exact bytes that a signature covers. A locally made one
/// has no `der` until it is encoded with seal().
template <class T>
struct Signed {
  T value;
  Bytes der;
};

/// An OCTET STRING or UTF8String with SIZE(Min..Max), checked when it is decoded. The size of a
/// UTF8String counts characters and not octets (X.680 51.5).
template <class Base, std::size_t Min, std::size_t Max>
struct Limited : Base {
  using Base::Base;
  Limited() = default;
  Limited(Base base) : Base(std::move(base)) {}  // NOLINT: a Base is meant to become one silently
  static constexpr std::size_t kMin = Min, kMax = Max;
};
template <std::size_t Min, std::size_t Max>
using OctetsOf = Limited<Bytes, Min, Max>;
template <std::size_t Min, std::size_t Max>
using TextOf = Limited<std::string, Min, Max>;

/// An OCTET STRING with SIZE(First | Second), checked when it is decoded.
template <std::size_t First, std::size_t Second>
struct OctetsOfEither : Bytes {
  using Bytes::Bytes;
  OctetsOfEither() = default;
  OctetsOfEither(Bytes octets) : Bytes(std::move(octets)) {}  // NOLINT: silently, as in Limited
  static constexpr std::size_t kFirst = First, kSecond = Second;
};

/// What is wrong with the size of a value: "has 17 octets, allowed are 1 to 16". Nothing where it
/// fits, or where the type has no limits.
template <class T>
std::optional<std::string> size_problem(std::size_t size, std::string_view unit) {
  std::string allowed;
  if constexpr (requires { T::kMax; }) {
    if (size >= T::kMin && size <= T::kMax) return std::nullopt;
    allowed = std::to_string(T::kMin);
    if (T::kMin != T::kMax) allowed += " to " + std::to_string(T::kMax);
  } else if constexpr (requires { T::kSecond; }) {
    if (size == T::kFirst || size == T::kSecond) return std::nullopt;
    allowed = std::to_string(T::kFirst) + " or " + std::to_string(T::kSecond);
  } else {
    return std::nullopt;
  }
  return "has " + std::to_string(size) + " " + std::string(unit) + ", allowed are " + allowed;
}

/// How many characters a UTF-8 text has; nothing where it is none: a sequence that is cut short,
/// overlong, a surrogate or beyond U+10FFFF (RFC 3629).
std::optional<std::size_t> count_characters(BytesView utf8);

// --- How a field says more than its type does
// ---------------------------------------------------------------------

template <class T>
struct Default {
  T value;
};
template <class T>
Default(T) -> Default<T>;

/// The tag of each element of a SEQUENCE OF.
struct Each {
  Tag tag;
};

struct Alternative {
  Tag tag;
  std::string_view name;
};
/// The alternatives of a CHOICE, in the order of the variant's types.
template <std::size_t N>
struct OneOf {
  std::array<Alternative, N> alternatives;
};
template <class... A>
OneOf(A...) -> OneOf<sizeof...(A)>;

template <class T>
concept Message = std::is_class_v<T> && requires(T& m) {
  T::fields([](auto&&...) {}, m);
};
/// A message with a tag and a name of its own, which can stand alone on the wire.
template <class T>
concept TopLevel = Message<T> && requires {
  { T::kTag } -> std::convertible_to<Tag>;
  { T::kName } -> std::convertible_to<std::string_view>;
};
template <class T>
concept KeepsUnknown = requires(T& m) {
  { m.unknown } -> std::convertible_to<Unknown>;
};
template <class T>
concept Text = std::derived_from<T, std::string>;
template <class T>
concept OctetVector = std::derived_from<T, Bytes>;
/// A list type that says itself how its elements look: `static constexpr Each kSpec{...}` or a
/// OneOf. Needed where a list is an alternative of a CHOICE.
template <class T>
concept DescribedList = requires {
  typename T::value_type;
  T::kSpec;
};
/// INTEGER, plain or enumerated.
template <class T>
concept Number = (std::integral<T> && !std::same_as<T, bool>) || std::is_enum_v<T>;
/// An enumeration with `enum_names(E)`: pairs of value and the specification's name.
template <class E>
concept NamedEnum = std::is_enum_v<E> && requires(E e) {
  enum_names(e);
};

/// The list that an `enum_names` function returns: asn1::named<E>({{E::kOk, "ok"}, ...}).
template <class E, std::size_t N>
constexpr auto named(const std::pair<E, std::string_view> (&list)[N]) {
  return std::to_array(list);
}

/// The specification's name of an enumerated value, or its number where it has none.
template <NamedEnum E>
std::string name_of(E value) {
  for (const auto& [candidate, name] : enum_names(value)) {
    if (candidate == value) return std::string(name);
  }
  return std::to_string(static_cast<std::int64_t>(value));
}

}  // namespace rsp::asn1
