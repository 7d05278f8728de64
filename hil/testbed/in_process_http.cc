#include "hil/testbed/in_process_http.h"

#include <fmt/format.h>

namespace hil {

using rsp::Layer;
using rsp::http::Delivery;
using rsp::http::Response;

rsp::Result<Response> InProcessHttp::send(std::string_view host, const rsp::http::Request& request,
                                          rsp::Deadline deadline) {
  rsp::http::Request received = request;
  received.host = host;
  Response response = handler_(received);
  auto failed = [&](Layer layer, std::string code, std::string text, std::string hint) {
    return rsp::failure({.layer = layer,
                         .step = fmt::format("HTTPS {}", host),
                         .code = std::move(code),
                         .text = std::move(text),
                         .hint = std::move(hint)});
  };
  switch (response.delivery) {
    case Delivery::kWhole:
      return response;
    case Delivery::kReset:
      return failed(Layer::kTransport, "ECONNRESET",
                    "the server closed the connection without an answer",
                    "it may or may not have acted on the request; its log should tell");
    case Delivery::kNothing:
      waited_(deadline.remaining());
      return failed(Layer::kTimeout, "", "time ran out while waiting for the answer",
                    "check that the server is alive and can be reached, or allow more time");
    case Delivery::kCutOff:
      return failed(Layer::kTransport, "",
                    fmt::format("the answer was cut short after {} octets of its body",
                                std::min(response.sent, response.body.size())),
                    "the server, or something in between, closed the connection too early");
    case Delivery::kRaw:
      return failed(Layer::kHttp, "", "what came back is not HTTP/1.1",
                    "check that the port belongs to an HTTPS server");
  }
  return response;
}

}  // namespace hil
