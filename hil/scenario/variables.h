// ${...} in scenario files: values of a row of cases, known when a file is read, and values that
// are known only while it runs.
#pragma once

#include <functional>

#include "hil/declare/document.h"

namespace hil {

/// The names inside ${...} of a text, in order.
std::vector<std::string> variables_in(std::string_view text);

/// Puts values in the place of variables, everywhere in a document. A text that is nothing but one
/// variable becomes its value, whatever type that has. `value_of` gives null for a variable that is
/// to stay as it is.
Json substitute(const Json& json, const std::function<const Json*(const std::string&)>& value_of);

/// A value in a tree by a name with dots: "orders.A.iccid". Null where there is none.
const Json* find_dotted(const Json& tree, std::string_view name);

}  // namespace hil
