// The ways in which a module reaches servers for a host that has no network of its own.
#pragma once

#include <memory>

#include "lpa/transport/at_tls_context.h"
#include "rsp/http/client.h"

namespace lpa {

enum class ModuleStack {
  kHttp,  // AtHttp
  kTls,   // AtTls
};
/// `port` must outlive it.
std::unique_ptr<rsp::http::Transport> module_road(AtPort& port, ModuleStack stack,
                                                  AtTlsContext tls);

}  // namespace lpa
