// Messages as octets, and addresses as text: what both ends need before a socket is opened.
// Messages are written as one piece, because a header and a body sent apart cost a round trip.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "rsp/base/result.h"
#include "rsp/http/types.h"

namespace rsp::http {

/// The place a connection goes to.
struct Authority {
  std::string host;  // a name or an IP address without brackets
  std::optional<std::uint16_t> port;
};

/// "name", "name:port", "192.0.2.1:port", "::1" or "[::1]:port".
/// Error: input, if it is empty, is a URL, or has no valid port behind the colon.
Result<Authority> parse_authority(std::string_view text);

/// True for an IPv4 or IPv6 address.
bool is_address(const std::string& host);

/// Header and body of a request to `host`, which becomes the Host header unless there is one.
/// Error: input, if a method, target or header would not survive the way.
Result<std::string> to_wire(const Request& request, std::string_view host);

/// Whether a connection goes on after a response.
enum class Persistence { kKeep, kClose };

/// Header and body of a response. Error: as for a request.
Result<std::string> to_wire(const Response& response, std::string_view reason, Persistence after);

}  // namespace rsp::http
