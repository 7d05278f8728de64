// Tables in Markdown out of schemas.
#pragma once

#include "hil/declare/document.h"

namespace hil {

/// A type in a few words.
std::string type_text(const Json& schema);
/// A text as it may stand in a cell of a table.
std::string escape_cell(std::string text);
/// The members of an object, one a row; empty where it has none.
std::string table_of(const Json& schema);

}  // namespace hil
