#include "hil/declare/schema.h"

namespace hil {
namespace {

Json variable() { return {{"type", "string"}, {"pattern", "\\$\\{[^}]+\\}"}}; }

}  // namespace

Json or_variable(Json schema) {
  // A text that is checked no further takes variables as it is.
  if (schema.empty() || schema == Json{{"type", "string"}}) return schema;
  return {{"anyOf", Json::array({std::move(schema), variable()})}};
}

Json without_variables(Json schema) {
  bool wrapped = schema.is_object() && schema.contains("anyOf") && schema["anyOf"].size() == 2 &&
                 schema["anyOf"][1] == variable();
  if (wrapped) {
    Json inner = schema["anyOf"][0];
    schema.erase("anyOf");
    inner.update(schema);  // its description
    schema = std::move(inner);
  }
  if (!schema.is_structured()) return schema;
  for (Json& member : schema) member = without_variables(std::move(member));
  return schema;
}

}  // namespace hil
