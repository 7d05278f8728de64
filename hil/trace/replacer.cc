#include "hil/trace/replacer.h"

#include <algorithm>

#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/json/asn1_json.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Json;

constexpr std::size_t kShortText = 8, kShortOctets = 5;

bool is_alphanumeric(std::uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}
bool is_base64(char c) {
  return is_alphanumeric(static_cast<std::uint8_t>(c)) || c == '+' || c == '/';
}

Bytes octets_of(std::string_view text) { return rsp::to_bytes(rsp::view_of(text)); }

/// Digits in the order of reading, F where one is missing.
Bytes plain_bcd(std::string digits) {
  if (digits.size() % 2 != 0) digits += 'F';
  return rsp::from_hex(digits).value();
}
Bytes swapped_bcd(const std::string& digits) {
  return rsp::to_swapped_bcd(digits, (digits.size() + 1) / 2).value();
}
/// TS 31.102 4.2.2: the parity of the number of digits, then the digits.
Bytes ef_imsi(const std::string& digits) {
  return swapped_bcd((digits.size() % 2 != 0 ? "9" : "1") + digits);
}

/// What base64 without its padding holds, and how many characters of it are no whole group.
struct Decoded {
  Bytes octets;
  std::size_t rest = 0;
};
std::optional<Decoded> decode(std::string_view text) {
  // One character too many is the sign of a text that was cut.
  std::size_t rest = text.size() % 4 == 1 ? 1 : 0;
  auto octets = rsp::from_base64(text.substr(0, text.size() - rest));
  if (!octets) return std::nullopt;
  return Decoded{*std::move(octets), rest};
}

}  // namespace

void Replacer::add(const Identifier& from, std::string_view to) {
  std::string other(to);
  switch (form_of(from.kind)) {
    case IdentifierForm::kHex:
      return add_octets(rsp::from_hex(from.value).value(), rsp::from_hex(other).value());
    case IdentifierForm::kText:
      return add_text(from.value, other);
    case IdentifierForm::kDigits:
      add_text(from.value, other);
      add_octets(plain_bcd(from.value), plain_bcd(other));
      add_octets(swapped_bcd(from.value), swapped_bcd(other));
      if (from.kind == IdentifierKind::kImsi) add_octets(ef_imsi(from.value), ef_imsi(other));
  }
}

void Replacer::add_text(std::string_view from, std::string_view to) {
  add_pattern({octets_of(from), octets_of(to), from.size() < kShortText});
  std::string hex = rsp::to_hex(rsp::view_of(from)), other = rsp::to_hex(rsp::view_of(to));
  for (auto spell : {+[](std::string text) { return text; },
                     +[](std::string text) { return rsp::lower_case(text); }})
    add_pattern({octets_of(spell(hex)), octets_of(spell(other)), hex.size() < kShortText});
}

void Replacer::add_octets(Bytes from, Bytes to) {
  std::string hex = rsp::to_hex(from), other = rsp::to_hex(to);
  for (auto spell : {+[](std::string text) { return text; },
                     +[](std::string text) { return rsp::lower_case(text); }})
    add_pattern({octets_of(spell(hex)), octets_of(spell(other)), hex.size() < kShortText});
  bool guarded = from.size() < kShortOctets;
  add_pattern({std::move(from), std::move(to), guarded});
}

void Replacer::add_pattern(Pattern pattern) {
  if (!pattern.from.empty()) patterns_.push_back(std::move(pattern));
}

void Replacer::finish() {
  std::ranges::stable_sort(patterns_, std::greater(),
                           [](const Pattern& pattern) { return pattern.from.size(); });
  for (auto& indices : by_first_octet_) indices.clear();
  for (std::size_t i = 0; i < patterns_.size(); ++i)
    by_first_octet_[patterns_[i].from[0]].push_back(i);
}

bool Replacer::matches(const Pattern& pattern, BytesView octets, std::size_t at) const {
  std::size_t size = pattern.from.size();
  if (octets.size() - at < size || !rsp::equal(octets.subspan(at, size), pattern.from))
    return false;
  if (!pattern.guarded) return true;
  bool behind_its_length = at > 0 && octets[at - 1] == size;
  bool a_word = (at == 0 || !is_alphanumeric(octets[at - 1])) &&
                (at + size == octets.size() || !is_alphanumeric(octets[at + size])) &&
                std::ranges::all_of(pattern.from, [](std::uint8_t c) { return c >= 0x20; });
  return behind_its_length || a_word;
}

bool Replacer::replace(std::span<std::uint8_t> octets) const {
  bool changed = false;
  for (std::size_t at = 0; at < octets.size();) {
    const auto& candidates = by_first_octet_[octets[at]];
    auto match = std::ranges::find_if(
        candidates, [&](std::size_t i) { return matches(patterns_[i], octets, at); });
    if (match == candidates.end()) {
      ++at;
      continue;
    }
    const Pattern& pattern = patterns_[*match];
    std::ranges::copy(pattern.to, octets.begin() + static_cast<std::ptrdiff_t>(at));
    at += pattern.from.size();
    changed = true;
  }
  return changed;
}

std::string Replacer::replace_text(std::string_view text) const {
  std::string out(text);
  for (std::size_t at = 0; at < out.size();) {
    std::size_t end = at;
    while (end < out.size() && is_base64(out[end])) ++end;
    constexpr std::size_t kLeast = 4;
    if (end - at >= kLeast) {
      auto decoded = decode(std::string_view(out).substr(at, end - at));
      if (decoded && replace(decoded->octets)) {
        std::string encoded = rsp::to_base64(decoded->octets);
        out.replace(at, end - at - decoded->rest, encoded, 0, end - at - decoded->rest);
      }
    }
    at = end + 1;
  }
  replace({reinterpret_cast<std::uint8_t*>(out.data()), out.size()});
  return out;
}

namespace {

/// Whether any string was changed.
bool replace_strings(const Replacer& replacer, Json& json) {
  bool changed = false;
  if (json.is_string()) {
    const auto& text = json.get_ref<const std::string&>();
    // Base64 with line breaks comes as a whole only.
    auto whole = text.find_first_of("\r\n ") == std::string::npos ? std::nullopt : decode(text);
    std::string replaced = whole && replacer.replace(whole->octets) ? rsp::to_base64(whole->octets)
                                                                    : replacer.replace_text(text);
    changed = replaced != text;
    if (changed) json = std::move(replaced);
  } else if (json.is_array()) {
    for (Json& element : json) changed |= replace_strings(replacer, element);
  } else if (json.is_object()) {
    Json out = Json::object();
    for (auto& [name, member] : json.items()) {
      std::string other = replacer.replace_text(name);
      changed |= other != name;
      changed |= replace_strings(replacer, member);
      out[other] = std::move(member);
    }
    json = std::move(out);
  } else if (json.is_number()) {
    // A long number may be one that identifies something.
    std::string text = rsp::dump(json), replaced = replacer.replace_text(text);
    changed = replaced != text;
    // No number of JSON begins with zero.
    if (changed && replaced[0] == '0') replaced[0] = '1';
    if (changed) json = Json::parse(replaced, nullptr, /*allow_exceptions=*/false);
  }
  return changed;
}

}  // namespace

std::string Replacer::replace_body(const std::string& body) const {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.is_structured()) return replace_text(body);
  // A body without anything to replace stays as it was written, blanks and all.
  return replace_strings(*this, json) ? rsp::dump(json) : body;
}

}  // namespace hil
