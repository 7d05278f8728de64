#include "hil/testbed/in_process_http.h"

#include <fmt/format.h>

#include "rsp/base/text.h"
#include "rsp/http/wire.h"

namespace hil {

using rsp::Layer;
using rsp::http::Delivery;
using rsp::http::Response;

namespace {

std::unexpected<rsp::Error> failed(Layer layer, std::string code, std::string text,
                                   std::string hint = "") {
  return rsp::failure(
      {.layer = layer, .code = std::move(code), .text = std::move(text), .hint = std::move(hint)});
}

std::unexpected<rsp::Error> out_of_time(std::string_view when) {
  return failed(Layer::kTimeout, "", fmt::format("time ran out {}", when),
                "check that the server is alive and can be reached, or allow more time");
}

std::unexpected<rsp::Error> no_answer(std::string code) {
  return failed(Layer::kTransport, std::move(code),
                "the server closed the connection without an answer",
                "it may or may not have acted on the request; its log should tell");
}

std::unexpected<rsp::Error> cut_short(std::size_t octets) {
  return failed(Layer::kTransport, "truncatedAnswer",
                fmt::format("the answer was cut short after {} octets of its body", octets),
                "the server, or something in between, closed the connection too early");
}

/// How long an answer takes that comes in pieces.
std::chrono::milliseconds duration_of(const Response& response) {
  auto wire = rsp::http::to_wire(response, "OK", rsp::http::Persistence::kKeep);
  std::size_t octets = wire ? wire->size() : response.body.size();
  std::size_t piece = std::max<std::size_t>(response.sent, 1);
  return response.pause * static_cast<std::int64_t>((octets - 1) / piece);
}

}  // namespace

rsp::Result<Response> InProcessHttp::send(std::string_view host, const rsp::http::Request& request,
                                          rsp::Deadline deadline) {
  std::string name = rsp::lower_case(host);
  auto exchange = [&]() -> rsp::Result<Response> {
    if (!connected_.contains(name)) RSP_CHECK(connect(name, deadline));
    rsp::http::Request received = request;
    received.host = host;
    return deliver(name, handler_(received), deadline);
  };
  auto response = exchange();
  if (response) return response;
  connected_.erase(name);
  return rsp::failure(at_step(std::move(response).error(), fmt::format("HTTPS {}", host)));
}

rsp::Status InProcessHttp::connect(const std::string& host, rsp::Deadline deadline) {
  using Fate = rsp::http::Admission::Fate;
  switch (admit_().fate) {
    case Fate::kServed:
      break;
    case Fate::kRefused:
      return failed(Layer::kTransport, "ECONNREFUSED",
                    fmt::format("no connection to {}: Connection refused", host),
                    "is the server running?");
    case Fate::kReset:
      return failed(Layer::kTransport, "ECONNRESET",
                    "the server closed the connection in the TLS handshake");
    case Fate::kSilent:
      waited_(deadline.remaining());
      return out_of_time("in the TLS handshake");
  }
  connected_.insert(host);
  return {};
}

rsp::Result<Response> InProcessHttp::deliver(const std::string& host, Response response,
                                             rsp::Deadline deadline) {
  switch (response.delivery) {
    case Delivery::kWhole:
      break;
    case Delivery::kReset:
      return no_answer("ECONNRESET");
    case Delivery::kNothing:
      waited_(deadline.remaining());
      return out_of_time("while waiting for the answer");
    case Delivery::kCutHeader:
      return response.sent == 0 ? no_answer("") : cut_short(0);
    case Delivery::kCutOff:
      return cut_short(std::min(response.sent, response.body.size()));
    case Delivery::kRaw:
      return failed(Layer::kHttp, "", "what came back is not HTTP/1.1",
                    "check that the port belongs to an HTTPS server");
    case Delivery::kSlow:
      if (auto span = duration_of(response); span < deadline.remaining()) {
        waited_(span);
        break;
      }
      waited_(deadline.remaining());
      return out_of_time("while reading the answer");
  }
  if (std::size_t most = rsp::http::ClientOptions().max_body; response.body.size() > most) {
    return failed(Layer::kHttp, "", fmt::format("the answer's body is larger than {} octets", most),
                  "this client takes no more");
  }
  if (rsp::same_text(response.header("Connection"), "close")) connected_.erase(host);
  return response;
}

}  // namespace hil
