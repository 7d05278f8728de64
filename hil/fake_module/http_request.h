// Requests as clients of a module's HTTP and TLS stacks write them, and the settings of those
// stacks.
#pragma once

#include "hil/fake_module/commands.h"

namespace hil {

/// A whole request with its header. `target` is for one that names none. What frames the message,
/// and to whom it goes, is left out: it is the transport's to say. Nothing where it is none.
std::optional<rsp::http::Request> parse_request(std::string_view raw, std::string_view target);
/// Headers that say how a message is framed.
bool is_framing(std::string_view name);
/// How many octets the request has that `raw` begins with; nothing while it is not all there.
std::optional<std::size_t> whole_request(std::string_view raw);

/// Values of a configuration command: the keys, then the value. Bounded, since a client may send
/// any names.
AtAnswer configure_module(std::map<std::string, std::string>& values, const AtCommand& command,
                          std::size_t keys);
bool is_set(const std::map<std::string, std::string>& values, const std::string& key);

/// A module whose clock is wrong finds no certificate valid (F75), unless this TLS context does not
/// look.
bool dates_fail(AtContext& at, const std::string& tls_context);

}  // namespace hil
