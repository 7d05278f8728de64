#include "hil/declare/schema.h"

namespace hil {

Json or_variable(Json schema) {
  // A text that is checked no further takes variables as it is.
  if (schema.empty() || schema == Json{{"type", "string"}}) return schema;
  return {{"anyOf",
           Json::array({std::move(schema), {{"type", "string"}, {"pattern", "\\$\\{[^}]+\\}"}}})}};
}

}  // namespace hil
