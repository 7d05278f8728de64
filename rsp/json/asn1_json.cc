#include "rsp/json/asn1_json.h"

namespace rsp {
namespace json_view {

std::string bits_text(const asn1::BitString& bits) {
  std::string text;
  for (unsigned bit : bits.bits()) {
    text.resize(bit, '0');
    text += '1';
  }
  return text;
}

std::optional<asn1::BitString> bits_from_text(std::string_view text) {
  asn1::BitString bits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '0' && text[i] != '1') return std::nullopt;
    if (text[i] == '1') bits.set(static_cast<unsigned>(i));
  }
  return bits;
}

}  // namespace json_view

std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rsp
