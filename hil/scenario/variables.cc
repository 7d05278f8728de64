#include "hil/scenario/variables.h"

namespace hil {

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (auto at = text.find("${"); at != text.npos; at = text.find("${", at + 2)) {
    auto end = text.find('}', at);
    if (end == text.npos) break;
    names.emplace_back(text.substr(at + 2, end - at - 2));
  }
  return names;
}

namespace {

Json substitute_text(const std::string& text,
                     const std::function<const Json*(const std::string&)>& value_of) {
  auto names = variables_in(text);
  if (names.size() == 1 && text == "${" + names[0] + "}") {
    const Json* value = value_of(names[0]);
    return value == nullptr ? Json(text) : *value;
  }
  std::string out = text;
  for (const std::string& name : names) {
    const Json* value = value_of(name);
    if (value == nullptr) continue;
    std::string variable = "${" + name + "}";
    out.replace(out.find(variable), variable.size(),
                value->is_string() ? value->get<std::string>() : value->dump());
  }
  return out;
}

}  // namespace

Json substitute(const Json& json, const std::function<const Json*(const std::string&)>& value_of) {
  if (json.is_string()) return substitute_text(json.get_ref<const std::string&>(), value_of);
  if (json.is_object()) {
    Json out = Json::object();
    for (const auto& [name, member] : json.items()) {
      Json key = substitute_text(name, value_of);
      out[key.is_string() ? key.get<std::string>() : key.dump()] = substitute(member, value_of);
    }
    return out;
  }
  if (json.is_array()) {
    Json out = Json::array();
    for (const Json& member : json) out.push_back(substitute(member, value_of));
    return out;
  }
  return json;
}

const Json* find_dotted(const Json& tree, std::string_view name) {
  const Json* at = &tree;
  while (!name.empty()) {
    // Names may have dots in them, such as certificates: the longest that is there counts.
    if (!at->is_object()) return nullptr;
    std::string_view part = name;
    while (!at->contains(std::string(part))) {
      auto dot = part.rfind('.');
      if (dot == part.npos) return nullptr;
      part = part.substr(0, dot);
    }
    at = &at->at(std::string(part));
    name.remove_prefix(std::min(name.size(), part.size() + 1));
  }
  return at;
}

}  // namespace hil
