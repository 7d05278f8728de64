#include "lpa/transport/at_tls_context.h"

#include <fmt/format.h>

namespace lpa {

rsp::Status set_in_module(AtPort& port, const std::string& command, rsp::Deadline deadline) {
  auto answer = port.demand({.text = command}, deadline);
  if (answer) return {};
  answer.error().hint +=
      fmt::format("{}the module may have no HTTPS of its own: let the host's network be used",
                  answer.error().hint.empty() ? "" : "; ");
  return rsp::failure(std::move(answer).error());
}

rsp::Status set_up_tls(AtPort& port, const AtTlsContext& context, rsp::Deadline deadline) {
  auto set = [&](const std::string& setting) {
    return set_in_module(port, "AT+QSSLCFG=" + setting, deadline);
  };
  int number = context.number;
  RSP_CHECK(set(fmt::format("\"sslversion\",{},3", number)));
  RSP_CHECK(set(fmt::format("\"ciphersuite\",{},0xFFFF", number)));
  if (!context.trusted_pem.empty()) {
    // One from before is in the way of the new one, and none is no error.
    RSP_CHECK(port.send({.text = fmt::format("AT+QFDEL=\"{}\"", context.file)}, deadline));
    AtCommand load{.text = fmt::format("AT+QFUPL=\"{}\",{},{}", context.file,
                                       context.trusted_pem.size(), kModuleDataSeconds),
                   .deadline = kModuleNetwork};
    RSP_TRY(AtAnswer loaded, port.send_data(load, rsp::view_of(context.trusted_pem), deadline));
    if (!loaded.final.ok()) return rsp::failure(at_error(load.text, loaded.final));
    RSP_CHECK(set(fmt::format("\"cacert\",{},\"{}\"", number, context.file)));
  }
  RSP_CHECK(set(fmt::format("\"seclevel\",{},{}", number, context.trusted_pem.empty() ? 0 : 1)));
  // Older firmware sends no name and does not know the setting.
  RSP_CHECK(port.send({.text = fmt::format("AT+QSSLCFG=\"sni\",{},1", number)}, deadline));
  return {};
}

rsp::Error at_host(rsp::Error error, std::string_view host) {
  error.step = fmt::format("HTTPS {}{}{}", host, error.step.empty() ? "" : ", ", error.step);
  return error;
}

}  // namespace lpa
