#include "lpa/transport/at_http.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rsp/http/wire.h"

namespace lpa {
namespace {

/// For the end of a request that went wrong, whatever is left of its deadline.
constexpr std::chrono::milliseconds kToStop{3'000};

/// "0,200,512": the module's own result, the status, and the length of the body where it is known.
struct HttpResult {
  unsigned code = 0;
  std::optional<unsigned> status;
  std::optional<std::size_t> size;
};

rsp::Result<HttpResult> parse_result(std::string_view text) {
  std::vector<unsigned> numbers;
  std::string_view rest = text;
  while (!rest.empty() && numbers.size() < 3) {
    std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    unsigned value = 0;
    auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), value);
    if (error != std::errc() || end != part.data() + part.size()) break;
    numbers.push_back(value);
  }
  if (numbers.empty()) {
    return rsp::failure({.layer = rsp::Layer::kDecode,
                         .code = "noAnswer",
                         .text = fmt::format("'{}' is no result of HTTP", text.substr(0, 40))});
  }
  HttpResult out{.code = numbers[0]};
  if (numbers.size() > 1) out.status = numbers[1];
  if (numbers.size() > 2) out.size = numbers[2];
  return out;
}

std::string_view hint_of(unsigned code) {
  switch (code) {
    case 702:
      return "no answer in time: is the data connection up (AT+CGACT?)?";
    case 703:
      return "the module's HTTP is busy with another request: AT+QHTTPSTOP";
    case 714:
      return "the module cannot look the name up: is there a DNS for its data connection?";
    default:
      return "is the data connection up, is the module's clock right (AT+CCLK?), and does it trust "
             "the server's issuer?";
  }
}

std::unexpected<rsp::Error> refused(std::string_view command, unsigned code) {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .code = fmt::format("{} {}", command, code),
                       .text = fmt::format("the module's HTTP stack failed with {}", code),
                       .hint = std::string(hint_of(code))});
}

}  // namespace

rsp::Status AtHttp::configure(rsp::Deadline deadline) {
  RSP_CHECK(port_.open(deadline));
  if (configured_in_ == port_.sessions()) return {};
  auto set = [&](const std::string& setting) {
    return set_in_module(port_, "AT+QHTTPCFG=" + setting, deadline);
  };
  RSP_CHECK(set(fmt::format("\"contextid\",{}", options_.context)));
  RSP_CHECK(set(fmt::format("\"sslctxid\",{}", options_.tls.number)));
  RSP_CHECK(set("\"requestheader\",1"));
  RSP_CHECK(set("\"responseheader\",0"));
  RSP_CHECK(set_up_tls(port_, options_.tls, deadline));
  configured_in_ = port_.sessions();
  return {};
}

rsp::Result<rsp::http::Response> AtHttp::send(std::string_view host,
                                              const rsp::http::Request& request,
                                              rsp::Deadline deadline) {
  auto response = exchange(host, request, deadline);
  if (response) return response;
  // A request that still goes on would have the module too busy for the next one.
  if (response.error().layer != rsp::Layer::kInput)
    (void)port_.send({.text = "AT+QHTTPSTOP"}, rsp::Deadline::after(kToStop));
  return rsp::failure(at_host(std::move(response).error(), host));
}

rsp::Result<rsp::http::Response> AtHttp::exchange(std::string_view host,
                                                  const rsp::http::Request& request,
                                                  rsp::Deadline deadline) {
  RSP_CHECK(rsp::http::parse_authority(host));
  RSP_TRY(std::string wire, rsp::http::to_wire(request, host));
  RSP_CHECK(configure(deadline));
  std::string url =
      fmt::format("https://{}{}", host, request.target.empty() ? "/" : request.target);
  AtCommand set_url{.text = fmt::format("AT+QHTTPURL={},{}", url.size(), kModuleDataSeconds),
                    .deadline = kModuleNetwork};
  RSP_TRY(AtAnswer url_set, port_.send_data(set_url, rsp::view_of(url), deadline));
  if (!url_set.final.ok()) return rsp::failure(at_error(set_url.text, url_set.final));

  // The result may come before the OK or after it; one of an earlier request must not count.
  port_.forget("+QHTTPPOST");
  AtCommand post{.text = fmt::format("AT+QHTTPPOST={},{},{}", wire.size(), kModuleDataSeconds,
                                     kModuleDataSeconds),
                 .deadline = kModuleNetwork};
  RSP_TRY(AtAnswer posted, port_.send_data(post, rsp::view_of(wire), deadline));
  if (!posted.final.ok()) return rsp::failure(at_error(post.text, posted.final));
  RSP_TRY(std::string text,
          port_.wait_for("+QHTTPPOST",
                         deadline.no_later_than(rsp::Deadline::Steady::now() + kModuleNetwork)));
  RSP_TRY(HttpResult result, parse_result(text));
  if (result.code != 0) return refused("QHTTPPOST", result.code);
  if (!result.status || *result.status < 100 || *result.status > 999) {
    return rsp::failure({.layer = rsp::Layer::kHttp,
                         .step = "AT+QHTTPPOST",
                         .text = "the module tells no HTTP status"});
  }
  rsp::http::Response response{.status = static_cast<int>(*result.status)};
  bool has_body = response.status != 204 && result.size.value_or(1) > 0;
  if (has_body) {
    RSP_TRY(response.body, body(result.size, deadline));
  }
  return response;
}

rsp::Result<std::string> AtHttp::body(std::optional<std::size_t> size, rsp::Deadline deadline) {
  if (size.value_or(0) > options_.max_body) {
    return rsp::failure({.layer = rsp::Layer::kHttp,
                         .step = "AT+QHTTPREAD",
                         .text = fmt::format("a body of {} octets is too long", *size)});
  }
  port_.forget("+QHTTPREAD");
  AtCommand read{.text = fmt::format("AT+QHTTPREAD={}", kModuleDataSeconds),
                 .deadline = kModuleNetwork};
  // A body that came in chunks has no length; its end is where the module goes on.
  // The result comes before the OK or after it.
  AtDataEnd end{.octets = size,
                .marks = {"\r\nOK\r\n\r\n+QHTTPREAD:", "\r\n+QHTTPREAD: 0\r\n\r\nOK\r\n"},
                .most = options_.max_body};
  RSP_TRY(rsp::Bytes data, port_.receive_data(read, end, deadline));
  RSP_TRY(std::string text, port_.wait_for("+QHTTPREAD", deadline));
  RSP_TRY(HttpResult result, parse_result(text));
  if (result.code != 0) return refused("QHTTPREAD", result.code);
  return std::string(rsp::text_of(data));
}

}  // namespace lpa
