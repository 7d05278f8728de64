// The header of the JSON binding, in which every function says how it went (SGP.22 v2, 6.5.1), and
// what status codes mean.
#pragma once

#include "rsp/json/asn1_json.h"
#include "rsp/messages/status_code.h"

namespace rsp {

inline constexpr std::string_view kAdminProtocolHeader = "X-Admin-Protocol";
inline constexpr std::string_view kJsonContentType = "application/json;charset=UTF-8";

/// The body of a response that reports failure.
std::string failed_body(const StatusCode& status);
/// What the body of a response reports: nothing where it reports success. Error: Layer::kServer, as
/// of to_error(); Layer::kDecode where it reports nothing at all.
std::optional<Error> reported_failure(const Json& body);

/// A member of an object; null where it is absent or there is no object.
const Json& member(const Json& object, const char* name);

/// A status code as the error it is to the caller: Layer::kServer, code "8.2.6/3.8", its meaning
/// and the server's own words.
Error to_error(const StatusCode& status);
/// What a status code says, in words: "MatchingID refused". Empty where SGP.22 does not list it.
std::string_view meaning(const StatusCode& status);

}  // namespace rsp
