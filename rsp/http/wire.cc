#include "rsp/http/wire.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "rsp/base/text.h"

namespace rsp::http {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

/// RFC 9110, 5.6.2.
bool is_token(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::ranges::all_of(text, [&](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || kMarks.contains(c);
  });
}

bool has_header(const std::vector<Header>& headers, std::string_view name) {
  return std::ranges::any_of(headers, [&](const Header& h) { return same_text(h.name, name); });
}

std::unexpected<Error> unsendable(std::string path, std::string text) {
  return failure({.layer = Layer::kInput, .path = std::move(path), .text = std::move(text)});
}

/// A line end inside a header would begin a header that nobody meant to send.
Status add_headers(std::string& out, const std::vector<Header>& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return unsendable("headers", fmt::format("no header name: '{}'", name));
    if (std::ranges::any_of(value, [](char c) { return is_control(c) && c != '\t'; })) {
      return unsendable(name, "the header's value has a control character in it");
    }
    out += fmt::format("{}: {}\r\n", name, value);
  }
  return {};
}

bool has_length(const std::vector<Header>& headers) {
  return has_header(headers, "Content-Length") || has_header(headers, "Transfer-Encoding");
}

void finish(std::string& out, std::string_view body) {
  out += "\r\n";
  out += body;
}

Result<std::uint16_t> parse_port(std::string_view digits, std::string_view whole) {
  std::uint16_t port = 0;
  const char* end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, port);
  if (error == std::errc() && stop == end && port != 0) return port;
  return failure({.layer = Layer::kInput,
                  .text = fmt::format("'{}' has no valid port behind the colon", whole),
                  .hint = "a port is a number from 1 to 65535"});
}

/// A leading dot is refused because OpenSSL would take it for "any name below".
bool is_host(std::string_view text) {
  return !text.empty() && !text.starts_with('.') && std::ranges::none_of(text, [](char c) {
    return is_control(c) || std::string_view(" /\\?#@[]").contains(c);
  });
}

/// Host and what stands behind it: nothing, or a colon and a port.
std::pair<std::string_view, std::string_view> split_host(std::string_view text) {
  if (text.starts_with('[') && text.contains(']')) {
    std::size_t bracket = text.find(']');
    return {text.substr(1, bracket - 1), text.substr(bracket + 1)};
  }
  // More than one colon without brackets is an IPv6 address, which then has no port.
  if (std::ranges::count(text, ':') != 1) return {text, {}};
  std::size_t colon = text.find(':');
  return {text.substr(0, colon), text.substr(colon)};
}

}  // namespace

Result<Authority> parse_authority(std::string_view text) {
  auto [host, rest] = split_host(text);
  if (text.contains("//") || !is_host(host) || (!rest.empty() && rest.front() != ':')) {
    return failure({.layer = Layer::kInput,
                    .text = fmt::format("'{}' is no host name or address", text),
                    .hint = "give it as NAME or NAME:PORT, without https:// and without a path"});
  }
  Authority out{.host = std::string(host), .port = {}};
  if (!rest.empty()) {
    RSP_TRY(out.port, parse_port(rest.substr(1), text));
  }
  return out;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address;
  return inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

Result<std::string> to_wire(const Request& request, std::string_view host) {
  std::string_view target = request.target.empty() ? "/" : std::string_view(request.target);
  if (!is_token(request.method)) return unsendable("method", "the method is no HTTP method");
  if (std::ranges::any_of(target, [](char c) { return is_control(c) || c == ' '; })) {
    return unsendable("target", "the target has a blank or a control character in it");
  }
  std::string out = fmt::format("{} {} HTTP/1.1\r\n", request.method, target);
  if (!has_header(request.headers, "Host")) out += fmt::format("Host: {}\r\n", host);
  RSP_CHECK(add_headers(out, request.headers));
  // RFC 9110, 8.6: a POST says its length even when that is nought.
  bool has_body = !request.body.empty() || request.method == "POST" || request.method == "PUT";
  if (has_body && !has_length(request.headers)) {
    out += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  finish(out, request.body);
  return out;
}

Result<std::string> to_wire(const Response& response, std::string_view reason, Persistence after) {
  if (response.status < 100 || response.status > 999) {
    return unsendable("status", fmt::format("{} is no HTTP status", response.status));
  }
  std::string out = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason);
  RSP_CHECK(add_headers(out, response.headers));
  if (after == Persistence::kClose && !has_header(response.headers, "Connection")) {
    out += "Connection: close\r\n";
  }
  // RFC 9110, 8.6 and 6.4.1: these have no body, and a length would promise one.
  bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (bodiless) {
    finish(out, {});
    return out;
  }
  if (!has_length(response.headers)) {
    out += fmt::format("Content-Length: {}\r\n", response.body.size());
  }
  finish(out, response.body);
  return out;
}

}  // namespace rsp::http
