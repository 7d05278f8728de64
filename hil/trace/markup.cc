#include "hil/trace/markup.h"

#include <fmt/format.h>

#include <array>

#include "rsp/json/asn1_json.h"

namespace hil {
namespace {

/// Arabic letter mark, left-to-right and right-to-left marks, embeddings, overrides and isolates
/// (UAX 9).
bool turns_direction(std::string_view utf8) {
  if (utf8.starts_with("\xD8\x9C")) return true;
  if (utf8.size() < 3 || utf8[0] != '\xE2') return false;
  auto second = static_cast<unsigned char>(utf8[1]), third = static_cast<unsigned char>(utf8[2]);
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

std::size_t length_of(char first) {
  auto octet = static_cast<unsigned char>(first);
  return octet < 0x80 ? 1 : octet < 0xE0 ? 2 : octet < 0xF0 ? 3 : 4;
}

/// "<U+202E>", already escaped.
std::string spelled_out(std::string_view utf8) {
  unsigned code = static_cast<unsigned char>(utf8[0]);
  if (utf8.size() == 2) code &= 0x1F;
  if (utf8.size() == 3) code &= 0x0F;
  for (char c : utf8.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return fmt::format("&lt;U+{:04X}&gt;", code);
}

}  // namespace

std::string escape_html(std::string_view text) {
  // Writing and reading JSON replaces what is no UTF-8.
  std::string utf8 = rsp::Json::parse(rsp::dump(rsp::Json(text))).get<std::string>();
  std::string out;
  out.reserve(utf8.size());
  for (std::size_t i = 0; i < utf8.size();) {
    std::string_view one = std::string_view(utf8).substr(i, length_of(utf8[i]));
    i += one.size();
    auto first = static_cast<unsigned char>(one[0]);
    bool control = (first < 0x20 && first != '\n' && first != '\t') || first == 0x7F ||
                   (first == 0xC2 && static_cast<unsigned char>(one[1]) < 0xA0);
    if (control || turns_direction(one)) {
      out += spelled_out(one);
    } else if (first == '&') {
      out += "&amp;";
    } else if (first == '<') {
      out += "&lt;";
    } else if (first == '>') {
      out += "&gt;";
    } else if (first == '"') {
      out += "&quot;";
    } else if (first == '\'') {
      out += "&#39;";
    } else {
      out += one;
    }
  }
  return out;
}

std::string start_tag(std::string_view name, const std::vector<Attribute>& attributes) {
  std::string out = "<" + std::string(name);
  for (const Attribute& attribute : attributes) {
    if (attribute.name.empty()) continue;
    out += fmt::format(" {}=\"{}\"", attribute.name, escape_html(attribute.value));
  }
  return out + ">";
}

}  // namespace hil
