#include "hil/declare/reference.h"

#include <fmt/format.h>

#include <algorithm>

namespace hil {

std::string type_text(const Json& schema) {
  if (schema.contains("anyOf")) return type_text(schema["anyOf"][0]);
  if (schema.contains("oneOf")) {
    std::string out;
    for (const Json& one : schema["oneOf"]) {
      if (std::string text = type_text(one); !out.contains(text))
        out += (out.empty() ? "" : " or ") + text;
    }
    return out;
  }
  if (schema.contains("const")) return "`" + rsp::dump(schema["const"]) + "`";
  if (schema.contains("enum")) {
    std::string out;
    for (const Json& one : schema["enum"])
      out += (out.empty() ? "`" : ", `") + one.get<std::string>() + "`";
    return out;
  }
  std::string type = schema.value("type", "anything");
  if (type == "array") return "list of " + type_text(schema["items"]);
  if (type == "integer") return "number";
  if (type == "string" && schema.contains("pattern")) {
    std::string pattern = schema["pattern"];
    if (pattern.contains("ms|s|min")) return "time span";
    if (pattern.contains("A-Fa-f")) return "hexadecimal";
    if (pattern.contains("\\.")) return "version";
  }
  if (type == "string") return "text";
  return type;
}

std::string escape_cell(std::string text) {
  for (std::size_t at = 0; (at = text.find('|', at)) != text.npos; at += 2) text.insert(at, "\\");
  return text;
}

std::string table_of(const Json& schema) {
  bool wrapped = !schema.contains("properties") && schema.contains("anyOf");
  const Json& object = wrapped ? schema["anyOf"][0] : schema;
  if (!object.contains("properties") || object["properties"].empty()) return "";
  std::string out = "\n| member | is | |\n|---|---|---|\n";
  for (const auto& [name, member] : object["properties"].items()) {
    bool required = object.contains("required") &&
                    std::ranges::find(object["required"], Json(name)) != object["required"].end();
    std::string type = type_text(member);
    if (type.size() > 160) type = "a name; a wrong one is answered with those that there are";
    out += fmt::format("| `{}`{} | {} | {} |\n", name, required ? " *" : "", escape_cell(type),
                       escape_cell(member.value("description", "")));
  }
  return out;
}

}  // namespace hil
