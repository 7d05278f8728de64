// What people write in JSON, declared once: a struct with one function that names each member, what
// it is for, and what it may be.
//
//   struct Nickname {
//     static constexpr std::string_view kDoc = "Names a profile on the card.";
//     std::string iccid;
//     std::string nickname;
//     static void fields(auto&& f, auto& m) {
//       f("iccid", m.iccid, "which profile");
//       f("nickname", m.nickname, "its new name; an empty one clears it", kOptional);
//     }
//   };
//
// The reader (this file), the JSON Schema (schema.h) and the documentation that is made of it walk
// that one declaration. std::optional members may be left out; members marked kOptional keep the
// value that they are made with. A value of a type of its own needs a Scalar<T>.
#pragma once

#include <chrono>
#include <concepts>
#include <limits>

#include "hil/declare/document.h"
#include "rsp/card/apdu.h"

namespace hil {

/// Whether a text such as "${orders.A.iccid}" may still stand for a value. A file is checked before
/// anything runs, when such values are not known yet.
enum class Variables { kPending, kResolved };

struct OptionalMark {};
inline constexpr OptionalMark kOptional{};
/// The ends included.
struct Range {
  std::int64_t least, most;
};

template <class T>
concept DeclaredStruct = std::is_class_v<T> && requires(T& m) {
  T::fields([](auto&&...) {}, m);
};

/// What a whole value says that its members by themselves do not: `std::string problem() const`,
/// empty where it is fine.
template <class T>
concept Checked = requires(const T& value) {
  { value.problem() } -> std::convertible_to<std::string>;
};

// --- Values
// -------------------------------------------------------------------------------------------------------

/// Reads one value; `read` says what it should have been, or nothing. `schema` is its JSON Schema.
template <class T>
struct Scalar;

template <>
struct Scalar<bool> {
  static std::string read(const Json& json, bool& value) {
    if (!json.is_boolean()) return "should be true or false";
    value = json.get<bool>();
    return "";
  }
  static Json schema() { return {{"type", "boolean"}}; }
};

template <std::integral T>
requires(!std::same_as<T, bool>) struct Scalar<T> {
  static std::string read(const Json& json, T& value) {
    if (!json.is_number_integer()) return "should be a whole number";
    bool huge = json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX;
    if constexpr (std::same_as<T, std::uint64_t>) {
      if (json.is_number_unsigned()) return value = json.get<std::uint64_t>(), "";
    }
    if (huge || !std::in_range<T>(json.get<std::int64_t>())) {
      return "should be " + std::to_string(std::numeric_limits<T>::min()) + " to " +
             std::to_string(std::numeric_limits<T>::max());
    }
    value = static_cast<T>(json.get<std::int64_t>());
    return "";
  }
  static Json schema() {
    Json schema{{"type", "integer"}};
    if (std::is_unsigned_v<T>) schema["minimum"] = 0;
    return schema;
  }
};

template <>
struct Scalar<double> {
  static std::string read(const Json& json, double& value) {
    if (!json.is_number()) return "should be a number";
    value = json.get<double>();
    return "";
  }
  static Json schema() { return {{"type", "number"}}; }
};

template <>
struct Scalar<std::string> {
  static std::string read(const Json& json, std::string& value) {
    if (!json.is_string()) return "should be a text";
    value = json.get<std::string>();
    return "";
  }
  static Json schema() { return {{"type", "string"}}; }
};

template <>
struct Scalar<rsp::Bytes> {
  static std::string read(const Json& json, rsp::Bytes& value) {
    auto octets =
        json.is_string() ? rsp::from_hex(json.get_ref<const std::string&>()) : rsp::failure({});
    if (!octets) return "should be octets in hexadecimal";
    value = *std::move(octets);
    return "";
  }
  static Json schema() { return {{"type", "string"}, {"pattern", "^([0-9A-Fa-f]{2})*$"}}; }
};

template <>
struct Scalar<std::uint8_t> {
  static std::string read(const Json& json, std::uint8_t& value) {
    rsp::Bytes octets;
    if (!Scalar<rsp::Bytes>::read(json, octets).empty() || octets.size() != 1)
      return "should be one octet in hexadecimal, such as \"E2\"";
    value = octets[0];
    return "";
  }
  static Json schema() { return {{"type", "string"}, {"pattern", "^[0-9A-Fa-f]{2}$"}}; }
};

template <>
struct Scalar<rsp::card::StatusWord> {
  static std::string read(const Json& json, rsp::card::StatusWord& value) {
    rsp::Bytes octets;
    if (!Scalar<rsp::Bytes>::read(json, octets).empty() || octets.size() != 2)
      return "should be a status word, such as \"6A88\"";
    value = rsp::card::StatusWord(static_cast<std::uint16_t>(rsp::big_endian(octets)));
    return "";
  }
  static Json schema() { return {{"type", "string"}, {"pattern", "^[0-9A-Fa-f]{4}$"}}; }
};

/// "250ms", "30s", "5min", "2h", "31d".
template <>
struct Scalar<std::chrono::milliseconds> {
  static std::string read(const Json& json, std::chrono::milliseconds& value);
  static Json schema() { return {{"type", "string"}, {"pattern", "^[0-9]{1,9}(ms|s|min|h|d)$"}}; }
};

template <>
struct Scalar<Json> {
  static std::string read(const Json& json, Json& value) {
    value = json;
    return "";
  }
  static Json schema() { return Json::object(); }
};

template <rsp::asn1::NamedEnum T>
struct Scalar<T> {
  static std::vector<std::string> names() {
    std::vector<std::string> names;
    for (const auto& [candidate, name] : enum_names(T{})) names.emplace_back(name);
    return names;
  }
  static std::string read(const Json& json, T& value) {
    if (!json.is_string()) return "should be the name of a value";
    for (const auto& [candidate, name] : enum_names(T{})) {
      if (name == json.get_ref<const std::string&>()) return value = candidate, "";
    }
    return "is no value of this: " + suggestion(json.get_ref<const std::string&>(), names());
  }
  static Json schema() { return {{"enum", names()}}; }
};

template <class T>
concept ScalarValue = requires(const Json& json, T& value) {
  { Scalar<T>::read(json, value) } -> std::convertible_to<std::string>;
};

/// Whether a value has a variable in it, anywhere.
bool has_variable(const Json& json);

// --- Reading
// ------------------------------------------------------------------------------------------------------

class Reader;

template <class T>
void read_value(const Json& json, const Place& place, Problems& problems, Variables variables,
                T& value);

/// A visitor of `fields` that reads the members of an object.
class ObjectReader {
 public:
  ObjectReader(const Json& json, const Place& place, Problems& problems, Variables variables)
      : json_(json), place_(place), problems_(problems), variables_(variables) {}

  template <class T, class... Spec>
  void operator()(std::string_view name, T& value, std::string_view, const Spec&... spec) {
    constexpr bool optional = (std::same_as<Spec, OptionalMark> || ...);
    const Json* member = find(name);
    if (member == nullptr) {
      if (!optional) missing(name);
      return;
    }
    read(name, *member, value, spec...);
  }
  template <class T, class... Spec>
  void operator()(std::string_view name, std::optional<T>& value, std::string_view,
                  const Spec&... spec) {
    if (const Json* member = find(name)) read(name, *member, value.emplace(), spec...);
  }

  /// Complains about members that were not asked for. Names that begin with '$' or '//' are
  /// comments of editors and people.
  void refuse_others();

 private:
  const Json* find(std::string_view name) {
    known_.emplace_back(name);
    auto found = json_.find(std::string(name));
    return found == json_.end() ? nullptr : &*found;
  }
  void missing(std::string_view name) {
    problems_.add(place_, "'" + std::string(name) + "' is missing");
  }
  template <class T, class... Spec>
  void read(std::string_view name, const Json& json, T& value, const Spec&... spec) {
    std::size_t before = problems_.size();
    read_value(json, place_.at(name), problems_, variables_, value);
    if (problems_.size() == before) (check(name, value, spec), ...);
  }
  template <class T>
  void check(std::string_view name, const T& value, const Range& range) {
    bool good = !std::cmp_less(value, range.least) && !std::cmp_greater(value, range.most);
    // A value that is not known yet has the one it was made with.
    if (!good && !has_variable(json_.at(std::string(name)))) {
      problems_.add(place_.at(name), "should be " + std::to_string(range.least) + " to " +
                                         std::to_string(range.most));
    }
  }
  template <class T>
  void check(std::string_view, const T&, OptionalMark) {}

  const Json& json_;
  const Place& place_;
  Problems& problems_;
  Variables variables_;
  std::vector<std::string> known_;
};

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
struct IsMap : std::false_type {};
template <class T>
struct IsMap<std::map<std::string, T>> : std::true_type {};

template <class T>
void read_value(const Json& json, const Place& place, Problems& problems, Variables variables,
                T& value) {
  bool pending = variables == Variables::kPending && json.is_string() && has_variable(json);
  if constexpr (ScalarValue<T>) {
    if (pending) return;
    if (std::string problem = Scalar<T>::read(json, value); !problem.empty())
      problems.add(place, problem);
  } else if constexpr (IsVector<T>::value) {
    if (pending) return;
    if (!json.is_array()) return problems.add(place, "should be a list");
    value.clear();
    for (std::size_t i = 0; i < json.size(); ++i)
      read_value(json[i], place.at(i), problems, variables, value.emplace_back());
  } else if constexpr (IsMap<T>::value) {
    if (pending) return;
    if (!json.is_object()) return problems.add(place, "should be an object");
    value.clear();
    for (const auto& [name, member] : json.items())
      read_value(member, place.at(name), problems, variables, value[name]);
  } else {
    static_assert(DeclaredStruct<T>, "needs a Scalar<T> or a `fields` function");
    if (pending) return;
    if (!json.is_object()) return problems.add(place, "should be an object");
    std::size_t before = problems.size();
    ObjectReader reader(json, place, problems, variables);
    T::fields(reader, value);
    reader.refuse_others();
    if constexpr (Checked<T>) {
      std::string problem = problems.size() == before ? value.problem() : "";
      if (!problem.empty() && !(variables == Variables::kPending && has_variable(json)))
        problems.add(place, problem);
    }
  }
}

/// The value of a document that was made by a program, such as one that a Python caller gave.
template <class T>
rsp::Result<T> read_json(const Json& json, std::string name) {
  Document document = Document::of(json, std::move(name));
  Problems problems;
  T value{};
  read_value(document.json(), Place(document), problems, Variables::kResolved, value);
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return value;
}

/// The one member of an object whose names are rows of a table: a step, a hook, an action. Members
/// in `beside` may stand next to it. Nothing where it is not one, which is then reported.
std::optional<std::string> one_of(const Json& json, const Place& place,
                                  const std::vector<std::string>& names,
                                  const std::vector<std::string>& beside, std::string_view what,
                                  Problems& problems);

}  // namespace hil
