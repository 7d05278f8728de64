#include "sim_euicc/frontends/socket.h"

#include <fmt/format.h>

#include <boost/asio.hpp>
#include <charconv>

namespace sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::unexpected<rsp::Error> refused(const std::string& address, std::string_view why) {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = "listen",
                       .path = address,
                       .text = fmt::format("cannot listen on {}: {}", address, why),
                       .hint = "an address is HOST:PORT, such as 127.0.0.1:0 for any free port"});
}

}  // namespace

class SocketFrontend::Impl {
 public:
  Impl(tcp::endpoint endpoint, rsp::card::Card& card)
      : acceptor_(context_, endpoint), card_(card) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void run() {
    asio::co_spawn(context_, serve(), asio::detached);
    context_.run();
  }
  void stop() {
    asio::post(context_, [this] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
      client_.close(ignored);
    });
  }

 private:
  asio::awaitable<void> serve() {
    while (acceptor_.is_open()) {
      auto [error, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
      if (error) continue;
      client_ = std::move(socket);
      boost::system::error_code ignored;
      client_.set_option(tcp::no_delay(true), ignored);
      co_await serve_client();
      client_.close(ignored);
    }
  }

  asio::awaitable<void> serve_client() {
    rsp::Octets<2> length;
    rsp::Bytes payload;
    while (true) {
      auto [no_length, a] = co_await asio::async_read(client_, asio::buffer(length),
                                                      asio::as_tuple(asio::use_awaitable));
      if (no_length) co_return;
      payload.resize(rsp::big_endian(length));
      auto [no_payload, b] = co_await asio::async_read(client_, asio::buffer(payload),
                                                       asio::as_tuple(asio::use_awaitable));
      if (no_payload) co_return;
      auto answer = answer_to(payload);
      if (!answer) continue;
      rsp::Bytes frame{static_cast<std::uint8_t>(answer->size() >> 8),
                       static_cast<std::uint8_t>(answer->size())};
      rsp::append(frame, *answer);  // one write: two would wait for each other's acknowledgement
      auto [not_sent, c] = co_await asio::async_write(client_, asio::buffer(frame),
                                                      asio::as_tuple(asio::use_awaitable));
      if (not_sent) co_return;
    }
  }

  std::optional<rsp::Bytes> answer_to(const rsp::Bytes& payload) {
    constexpr std::uint8_t kPowerOff = 0x00, kPowerOn = 0x01, kReset = 0x02, kAtr = 0x04;
    if (payload.size() != 1) return card_.transmit(payload);
    switch (payload[0]) {
      case kPowerOn:
      case kReset:
        atr_ = card_.reset();
        return std::nullopt;
      case kAtr:
        if (atr_.empty()) atr_ = card_.reset();
        return atr_;
      case kPowerOff:
        atr_.clear();
        return std::nullopt;
      default:
        return std::nullopt;
    }
  }

  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  tcp::socket client_{context_};
  rsp::card::Card& card_;
  rsp::Bytes atr_;
};

SocketFrontend::SocketFrontend(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SocketFrontend::~SocketFrontend() = default;

rsp::Result<std::unique_ptr<SocketFrontend>> SocketFrontend::listen(const std::string& address,
                                                                    rsp::card::Card& card) {
  auto colon = address.rfind(':');
  std::string host = colon == std::string::npos ? address : address.substr(0, colon);
  std::string_view port_text =
      colon == std::string::npos ? "0" : std::string_view(address).substr(colon + 1);
  std::uint16_t port = 0;
  auto [end, problem] =
      std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (problem != std::errc() || end != port_text.data() + port_text.size())
    return refused(address, "the port is no number");
  boost::system::error_code error;
  auto ip = asio::ip::make_address(host.empty() ? "127.0.0.1" : host, error);
  if (error) return refused(address, "the host is no IP address");
  try {
    return std::unique_ptr<SocketFrontend>(
        new SocketFrontend(std::make_unique<Impl>(tcp::endpoint(ip, port), card)));
  } catch (const boost::system::system_error& failure) {
    return refused(address, failure.code().message());
  }
}

std::uint16_t SocketFrontend::port() const { return impl_->port(); }
void SocketFrontend::run() { impl_->run(); }
void SocketFrontend::stop() { impl_->stop(); }

}  // namespace sim
