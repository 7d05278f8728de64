#include "rsp/json/field_path.h"

#include "rsp/base/text.h"

namespace rsp::json_view {

std::optional<std::vector<PathToken>> split_path(std::string_view path) {
  std::vector<PathToken> tokens;
  while (true) {
    std::string_view part = path.substr(0, path.find('.'));
    PathToken token{part.substr(0, part.find('['))};
    if (token.name.empty() || token.name.contains(']')) return std::nullopt;
    if (std::string_view bracket = part.substr(token.name.size()); !bracket.empty()) {
      const char* end = bracket.data() + bracket.size() - 1;
      auto [read, error] = std::from_chars(bracket.data() + 1, end, token.index);
      bool good = bracket.size() > 2 && *end == ']' && error == std::errc() && read == end;
      if (!good || token.index < 0) return std::nullopt;
    }
    tokens.push_back(token);
    if (part.size() == path.size()) return tokens;
    path.remove_prefix(part.size() + 1);
  }
}

Error no_path(std::string_view path) {
  return {.layer = Layer::kInput,
          .path = std::string(path),
          .text = "'" + std::string(path) + "' is no path to a field",
          .hint = "names are joined by dots, elements of lists counted from 0: a.b[2].c"};
}

}  // namespace rsp::json_view
