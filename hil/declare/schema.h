// JSON Schema (draft 7) out of declarations, for editors and for other people's validators.
#pragma once

#include "hil/declare/declare.h"

namespace hil {

template <class T>
Json schema_of();

/// A visitor of `fields` that describes the members of an object.
class ObjectSchema {
 public:
  template <class T, class... Spec>
  void operator()(std::string_view name, const T&, std::string_view description,
                  const Spec&... spec) {
    constexpr bool optional = (std::same_as<Spec, OptionalMark> || ...);
    if (!optional) required_.push_back(std::string(name));
    add(name, schema_of<T>(), description, spec...);
  }
  template <class T, class... Spec>
  void operator()(std::string_view name, const std::optional<T>&, std::string_view description,
                  const Spec&... spec) {
    add(name, schema_of<T>(), description, spec...);
  }
  Json take() {
    Json schema{{"type", "object"}, {"properties", std::move(properties_)}};
    if (!required_.empty()) schema["required"] = required_;
    schema["patternProperties"] = {{"^(\\$|//)", Json::object()}};
    schema["additionalProperties"] = false;
    return schema;
  }

 private:
  template <class... Spec>
  void add(std::string_view name, Json schema, std::string_view description, const Spec&... spec) {
    (limit(schema, spec), ...);
    if (!description.empty()) schema["description"] = description;
    properties_[std::string(name)] = std::move(schema);
  }
  static void limit(Json& schema, const Range& range) {
    Json& number = schema.contains("anyOf") ? schema["anyOf"][0] : schema;
    number["minimum"] = range.least;
    number["maximum"] = range.most;
  }
  static void limit(Json&, OptionalMark) {}

  Json properties_ = Json::object();
  std::vector<std::string> required_;
};

/// A value, or a text with a variable in its place.
Json or_variable(Json schema);
/// A schema without them, for files that have no variables.
Json without_variables(Json schema);

/// The members of a declared struct, by themselves.
template <DeclaredStruct T>
Json object_schema_of() {
  T made{};
  ObjectSchema visitor;
  T::fields(visitor, made);
  return visitor.take();
}

template <class T>
Json schema_of() {
  if constexpr (ScalarValue<T>) {
    return or_variable(Scalar<T>::schema());
  } else if constexpr (IsVector<T>::value) {
    return or_variable({{"type", "array"}, {"items", schema_of<typename T::value_type>()}});
  } else if constexpr (IsMap<T>::value) {
    return or_variable(
        {{"type", "object"}, {"additionalProperties", schema_of<typename T::mapped_type>()}});
  } else {
    return or_variable(object_schema_of<T>());
  }
}

}  // namespace hil
