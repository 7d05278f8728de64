#include "lpa/activation_code.h"

#include <fmt/format.h>

#include <vector>

#include "rsp/base/text.h"

namespace lpa {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMaxLength = 255;

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  while (true) {
    auto dollar = text.find('$');
    parts.push_back(trim(text.substr(0, dollar)));
    if (dollar == std::string_view::npos) return parts;
    text.remove_prefix(dollar + 1);
  }
}

bool has_prefix(std::string_view text) {
  constexpr std::string_view prefix = "lpa:";
  return rsp::same_text(text.substr(0, prefix.size()), prefix);
}

std::unexpected<rsp::Error> refused(std::string_view part, std::string text,
                                    std::string_view hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .step = "activation code",
                       .path = std::string(part),
                       .text = std::move(text),
                       .hint = std::string(hint)});
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == ':' || c == '[' || c == ']' || c == '_';
}

bool is_printable(char c) { return c > ' ' && c < 0x7F; }

}  // namespace

rsp::Result<ActivationCode> ActivationCode::parse(std::string_view text) {
  text = trim(text);
  if (has_prefix(text)) text.remove_prefix(4);
  if (text.size() > kMaxLength) {
    return refused(
        "", fmt::format("it has {} characters, at most {} are allowed", text.size(), kMaxLength));
  }
  auto parts = split(text);
  constexpr std::string_view quote =
      "it looks like LPA:1$host$token; in a shell put it in single quotes";
  if (parts.size() < 3) {
    return refused(
        "", fmt::format("it has {} of at least 3 parts between dollar signs", parts.size()), quote);
  }
  if (parts[0] != "1")
    return refused("format", fmt::format("format '{}' is not known, only 1 is", parts[0]), quote);
  ActivationCode code;
  code.address = parts[1];
  if (code.address.empty()) return refused("address", "the address of the SM-DP+ is empty", quote);
  if (!std::ranges::all_of(code.address, is_host_character)) {
    return refused("address", fmt::format("'{}' is no host name", code.address));
  }
  code.matching_id = parts[2];
  if (!std::ranges::all_of(code.matching_id, is_printable)) {
    return refused("matchingId", "the token has a character that does not belong there");
  }
  if (parts.size() > 3 && !parts[3].empty()) {
    code.smdp_oid = rsp::asn1::oid_from_text(parts[3]);
    if (!code.smdp_oid)
      return refused("oid", fmt::format("'{}' is no object identifier such as 2.999.10", parts[3]));
  }
  if (parts.size() > 4 && !parts[4].empty()) {
    if (parts[4] != "1")
      return refused("confirmationCodeRequired",
                     fmt::format("the flag is '{}' and not 1", parts[4]));
    code.confirmation_code_required = true;
  }
  // SGP.22 4.1: further parts are for later versions and are passed over.
  return code;
}

std::string ActivationCode::to_string() const {
  std::string text = fmt::format("LPA:1${}${}", address, matching_id);
  if (smdp_oid || confirmation_code_required)
    text += "$" + (smdp_oid ? rsp::asn1::to_string(*smdp_oid) : "");
  if (confirmation_code_required) text += "$1";
  return text;
}

}  // namespace lpa
