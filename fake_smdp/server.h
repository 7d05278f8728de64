// The HTTPS front of the mock servers: the JSON binding of ES9+, ES11, ES2+, ES12 and ES15, and the
// ASN.1 binding of ES9+ and ES11 (SGP.22 v2, 6.5 and 6.6).
#pragma once

#include "fake_smdp/es2.h"
#include "fake_smdp/smdp.h"
#include "fake_smdp/smds.h"
#include "rsp/http/server.h"

namespace smdp {

/// Who calls at a listener: the LPAs of devices (ES9+, ES11), operators and other servers (ES2+,
/// ES12, ES15), or both.
enum class Callers { kAll, kDevices, kServers };

/// The functions behind one listener or one host name; null where it does not offer them. An SM-DP+
/// and an SM-DS have the same paths, so a host is one or the other.
struct Services {
  Smdp* smdp = nullptr;
  Smds* smds = nullptr;
  Es2* es2 = nullptr;
  /// Where requests and answers are written. The functions above must have the same one.
  Journal* journal = nullptr;
  Callers callers = Callers::kAll;
  /// Whether who calls ES2+, ES12 or ES15 must show a certificate. One that is shown must be of the
  /// role of the interface in any case: an SM-DP+'s for TLS at ES12, an SM-DS's at ES15.
  bool servers_need_certificates = false;
};

/// Answers one HTTP request. `trace` may be null.
rsp::http::Response handle(const Services& services, const rsp::http::Request& request,
                           rsp::TraceSink* trace);

/// The same for an SM-DP+ with ES9+ only.
rsp::http::Response handle_es9(Smdp& smdp, const rsp::http::Request& request,
                               rsp::TraceSink* trace);

}  // namespace smdp
