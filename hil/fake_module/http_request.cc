#include "hil/fake_module/http_request.h"

#include <fmt/format.h>

#include <charconv>

#include "rsp/base/text.h"

namespace hil {

using rsp::http::Request;

bool is_framing(std::string_view name) {
  return rsp::same_text(name, "Content-Length") || rsp::same_text(name, "Connection") ||
         rsp::same_text(name, "Transfer-Encoding");
}

std::optional<Request> parse_request(std::string_view raw, std::string_view target) {
  auto end = raw.find("\r\n\r\n");
  if (end == raw.npos) return std::nullopt;
  std::string_view head = raw.substr(0, end);
  auto line_end = head.find("\r\n");
  std::string_view first = head.substr(0, line_end);
  auto space = first.find(' '), second = first.find(' ', space + 1);
  if (space == first.npos || second == first.npos) return std::nullopt;
  Request request{std::string(first.substr(0, space)),
                  std::string(first.substr(space + 1, second - space - 1)),
                  std::string(raw.substr(end + 4))};
  if (request.target.empty()) request.target = std::string(target);
  while (line_end != head.npos) {
    head.remove_prefix(line_end + 2);
    line_end = head.find("\r\n");
    std::string_view line = head.substr(0, line_end);
    auto colon = line.find(':');
    if (colon == line.npos) return std::nullopt;
    std::string_view name = line.substr(0, colon), value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    if (is_framing(name) || rsp::same_text(name, "Host")) continue;
    request.headers.push_back({std::string(name), std::string(value)});
  }
  return request;
}

std::optional<std::size_t> whole_request(std::string_view raw) {
  auto end = raw.find("\r\n\r\n");
  if (end == raw.npos) return std::nullopt;
  std::size_t header = end + 4, body = 0;
  for (std::size_t at = raw.find("\r\n"); at < end; at = raw.find("\r\n", at + 2)) {
    std::string_view line = raw.substr(at + 2, raw.find("\r\n", at + 2) - at - 2);
    auto colon = line.find(':');
    if (colon == line.npos || !rsp::same_text(line.substr(0, colon), "Content-Length")) continue;
    std::string_view digits =
        line.substr(std::min(line.find_first_not_of(' ', colon + 1), line.size()));
    std::from_chars(digits.data(), digits.data() + digits.size(), body);
  }
  // Lengths that do not fit into a number of octets are of requests that never end.
  if (body > raw.size() - header) return std::nullopt;
  return header + body;
}

AtAnswer configure_module(std::map<std::string, std::string>& values, const AtCommand& command,
                          std::size_t keys) {
  if (command.form == AtForm::kTest) return at_ok();
  if (command.form != AtForm::kSet || command.arguments.size() < keys)
    return at_cme(kCmeIncorrectParameters);
  std::string key = rsp::lower_case(command.text_of(0)), shown = at_quoted(command.text_of(0));
  for (std::size_t i = 1; i < keys; ++i) {
    key += "," + command.text_of(i);
    shown += "," + command.text_of(i);
  }
  if (command.arguments.size() == keys) {
    auto found = values.find(key);
    std::string value = found == values.end() ? "0" : found->second;
    return at_line(fmt::format("{}: {},{}", command.name, shown, value));
  }
  if (values.size() >= 256 && !values.contains(key)) return at_cme(kCmeNotAllowed);
  const AtArgument& value = command.arguments[keys];
  values[key] = value.quoted ? at_quoted(value.text) : value.text;
  return at_ok();
}

bool is_set(const std::map<std::string, std::string>& values, const std::string& key) {
  auto found = values.find(key);
  return found != values.end() && found->second == "1";
}

bool dates_fail(AtContext& at, const std::string& tls_context) {
  if (!at.settings.clock_unset) return false;
  if (is_set(at.http.tls, "ignorelocaltime," + tls_context)) return false;
  if (at.date() >= rsp::Clock::TimePoint(std::chrono::hours(24 * 365 * 40))) return false;
  at.note("clockUnset");
  return true;
}

}  // namespace hil
