// How a module's own TLS is set up (Quectel: AT+QSSLCFG), for whatever it is used with.
#pragma once

#include <string>

#include "lpa/transport/at_port.h"

namespace lpa {

struct AtTlsContext {
  int number = 1;  // of AT+QSSLCFG
  /// Certificates (PEM) of the issuers that the module shall trust. They are loaded into a file of
  /// it. Empty: the module takes any server for the right one, which is good for tests only.
  std::string trusted_pem;
  std::string file = "UFS:esimbench_ci.pem";
};

/// A setting that the module has to take. Error: as of AtPort::demand, with a hint that the module
/// may have no HTTPS of its own.
rsp::Status set_in_module(AtPort& port, const std::string& command, rsp::Deadline deadline);

/// TLS 1.2 (SGP.22 2.6.6), the issuers to trust, and the server's name in the hello.
rsp::Status set_up_tls(AtPort& port, const AtTlsContext& context, rsp::Deadline deadline);

/// An error in a request by the module, with "HTTPS host" in front of its step.
rsp::Error at_host(rsp::Error error, std::string_view host);

/// What the module's manual allows for a connection (150 s for +QSSLOPEN), with room.
inline constexpr std::chrono::milliseconds kModuleNetwork{155'000};
/// The module's own deadlines for data, in seconds.
inline constexpr int kModuleDataSeconds = 60;

}  // namespace lpa
