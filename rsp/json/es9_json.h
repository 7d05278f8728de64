// The JSON binding of ES9+ (SGP.22 v2, 6.5): bodies of requests and responses, and the status
// header.
//
// Binary members are base64 of an element with its tag and length, except euiccChallenge, which is
// the bare octets; transactionId is upper-case hexadecimal (pitfall H 28).
#pragma once

#include <string>
#include <variant>

#include "rsp/base/result.h"
#include "rsp/json/status_json.h"
#include "rsp/messages/es9.h"

namespace rsp {

/// The body of a request. Defined for the requests of ES9+.
template <class Request>
std::string es9_request_body(const Request& request);
/// A request out of a body. Error: Layer::kDecode with the member's path, such as "euiccInfo1.svn".
template <class Request>
Result<Request> parse_es9_request(std::string_view body);

/// The body of a successful response; `Ok` is the Ok type of a request.
template <class Ok>
std::string es9_ok_body(const Ok& ok);
/// The outputs of a response body. Errors: Layer::kServer with code "8.2.6/3.8" where the server
/// reports failure; Layer::kDecode where the body is not what the binding says.
template <class Ok>
Result<Ok> parse_es9_response(std::string_view body);

}  // namespace rsp
