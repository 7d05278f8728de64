// The HTTPS front of the mock SM-DP+: the JSON binding of ES9+ (SGP.22 v2, 6.5).
#pragma once

#include "fake_smdp/smdp.h"
#include "rsp/http/server.h"

namespace smdp {

/// Answers one HTTP request out of the server's functions. `trace` may be null.
rsp::http::Response handle_es9(Smdp& smdp, const rsp::http::Request& request,
                               rsp::TraceSink* trace);

}  // namespace smdp
