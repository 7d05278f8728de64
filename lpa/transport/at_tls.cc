#include "lpa/transport/at_tls.h"

#include <fmt/format.h>

#include <charconv>

#include "rsp/http/response_reader.h"
#include "rsp/http/wire.h"

namespace lpa {
namespace {

using Answer = AtCommand::Answer;

/// Octets that one +QSSLSEND and one +QSSLRECV take (Quectel SSL application note).
constexpr std::size_t kMostSent = 1460, kMostReceived = 1500;
constexpr std::uint16_t kHttps = 443;
constexpr std::chrono::milliseconds kToClose{12'000};

/// What stands behind the socket's number in "0,566" or ""closed",0"; nothing where the line is of
/// another socket.
std::optional<std::string> of_socket(std::string_view line, int socket) {
  std::size_t comma = line.find(',');
  if (comma == line.npos) return std::nullopt;
  std::string first = unquoted(line.substr(0, comma)), second = unquoted(line.substr(comma + 1));
  std::string own = std::to_string(socket);
  if (first == own) return second;
  return second.substr(0, second.find(',')) == own ? std::optional(first) : std::nullopt;
}

}  // namespace

rsp::Result<rsp::http::Response> AtTls::send(std::string_view host,
                                             const rsp::http::Request& request,
                                             rsp::Deadline deadline) {
  auto response = exchange(host, request, deadline);
  if (response) return response;
  close(deadline);
  return rsp::failure(at_host(std::move(response).error(), host));
}

rsp::Result<rsp::http::Response> AtTls::exchange(std::string_view host,
                                                 const rsp::http::Request& request,
                                                 rsp::Deadline deadline) {
  RSP_TRY(rsp::http::Authority authority, rsp::http::parse_authority(host));
  RSP_TRY(std::string wire, rsp::http::to_wire(request, host));
  std::uint16_t to = authority.port.value_or(kHttps);
  RSP_CHECK(port_.open(deadline));
  if (configured_in_ != port_.sessions()) {
    // A module that has started anew knows neither settings nor connection.
    connected_to_.clear();
    RSP_CHECK(set_up_tls(port_, options_.tls, deadline));
    configured_in_ = port_.sessions();
  }
  bool kept = connected_to_ == fmt::format("{}:{}", authority.host, to);
  if (!kept) RSP_CHECK(open(authority.host, to, deadline));
  bool begun = false;
  auto written = write(wire, begun, deadline);
  if (!written && kept && !begun && written.error().layer != rsp::Layer::kTimeout) {
    RSP_CHECK(open(authority.host, to, deadline));
    written = write(wire, begun, deadline);
  }
  if (!written) return rsp::failure(std::move(written).error());
  return read(request.method == "HEAD", deadline);
}

rsp::Status AtTls::open(const std::string& host, std::uint16_t to, rsp::Deadline deadline) {
  close(deadline);
  // Another program may have left it open.
  RSP_CHECK(port_.send(
      {.text = fmt::format("AT+QSSLCLOSE={}", options_.socket), .deadline = kToClose}, deadline));
  port_.forget("+QSSLOPEN");
  port_.forget("+QSSLURC");
  AtCommand command{.text = fmt::format("AT+QSSLOPEN={},{},{},\"{}\",{},0", options_.context,
                                        options_.tls.number, options_.socket, host, to),
                    .deadline = kModuleNetwork};
  RSP_CHECK(port_.demand(command, deadline));
  auto until = deadline.no_later_than(rsp::Deadline::Steady::now() + kModuleNetwork);
  std::optional<std::string> result;
  while (!result) {
    RSP_TRY(std::string line, port_.wait_for("+QSSLOPEN", until));
    result = of_socket(line, options_.socket);
  }
  if (*result != "0") {
    return rsp::failure({.layer = rsp::Layer::kTransport,
                         .code = "QSSLOPEN " + *result,
                         .text = fmt::format("the module has no TLS connection: {}", *result),
                         .hint =
                             "is the data connection up (AT+CGACT?), is the module's clock right "
                             "(AT+CCLK?), and does it trust the server's issuer?"});
  }
  connected_to_ = fmt::format("{}:{}", host, to);
  return {};
}

void AtTls::close(rsp::Deadline deadline) {
  if (connected_to_.empty()) return;
  connected_to_.clear();
  // A module that has closed it already says ERROR, which is as good.
  (void)port_.send({.text = fmt::format("AT+QSSLCLOSE={}", options_.socket), .deadline = kToClose},
                   deadline);
}

rsp::Status AtTls::write(std::string_view message, bool& begun, rsp::Deadline deadline) {
  while (!message.empty()) {
    std::string_view piece = message.substr(0, kMostSent);
    AtCommand command{.text = fmt::format("AT+QSSLSEND={},{}", options_.socket, piece.size()),
                      .deadline = kModuleNetwork,
                      .data = AtCommand::Data::kPrompt};
    RSP_TRY(AtAnswer sent, port_.send_data(command, rsp::view_of(piece), deadline));
    if (!sent.final.ok()) return rsp::failure(at_error(command.text, sent.final));
    begun = true;
    message.remove_prefix(piece.size());
  }
  return {};
}

rsp::Result<rsp::http::Response> AtTls::read(bool to_head, rsp::Deadline deadline) {
  rsp::http::ResponseReader reader({.body = options_.max_body}, to_head);
  AtCommand receive{.text = fmt::format("AT+QSSLRECV={},{}", options_.socket, kMostReceived),
                    .deadline = kModuleNetwork};
  bool closed = false;
  while (!reader.is_done()) {
    RSP_TRY(rsp::Bytes octets, port_.receive_counted(receive, kMostReceived, deadline));
    RSP_CHECK(reader.put(rsp::text_of(octets)));
    if (!octets.empty()) continue;
    if (closed) {
      // A module does not say how TLS ended; an answer without a length could have been cut.
      RSP_CHECK(reader.end(false));
      break;
    }
    // The module says once that there is something, and not again before all of it was read.
    std::optional<std::string> what;
    while (!what) {
      RSP_TRY(std::string line, port_.wait_for("+QSSLURC", deadline));
      what = of_socket(line, options_.socket);
    }
    closed = *what == "closed";
  }
  if (closed || !reader.is_reusable()) close(deadline);
  return reader.take();
}

}  // namespace lpa
