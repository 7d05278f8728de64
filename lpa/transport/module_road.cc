#include "lpa/transport/module_road.h"

#include "lpa/transport/at_http.h"
#include "lpa/transport/at_tls.h"

namespace lpa {

std::unique_ptr<rsp::http::Transport> module_road(AtPort& port, ModuleStack stack,
                                                  AtTlsContext tls) {
  if (stack == ModuleStack::kTls)
    return std::make_unique<AtTls>(port, AtTlsOptions{.tls = std::move(tls)});
  return std::make_unique<AtHttp>(port, AtHttpOptions{.tls = std::move(tls)});
}

}  // namespace lpa
