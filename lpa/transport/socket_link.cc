#include "lpa/transport/socket_link.h"

#include <fmt/format.h>

#include <boost/asio.hpp>

#include "lpa/transport/run_io.h"

namespace lpa {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr rsp::Octets<1> kReset{0x02}, kAskAtr{0x04};

rsp::Bytes framed(rsp::BytesView payload) {
  rsp::Bytes frame{static_cast<std::uint8_t>(payload.size() >> 8),
                   static_cast<std::uint8_t>(payload.size())};
  rsp::append(frame, payload);
  return frame;
}

}  // namespace

class SocketLink::Impl {
 public:
  explicit Impl(std::string address) : address_(std::move(address)) {}

  rsp::Status connect(rsp::Deadline deadline) {
    if (socket_.is_open()) return {};
    auto colon = address_.rfind(':');
    if (colon == std::string::npos) {
      return rsp::failure(
          {.layer = rsp::Layer::kInput,
           .path = address_,
           .text = fmt::format("'{}' is no address of a card: HOST:PORT", address_)});
    }
    error_code found;
    tcp::resolver resolver(context_);
    tcp::resolver::results_type endpoints;
    resolver.async_resolve(address_.substr(0, colon), address_.substr(colon + 1),
                           [&](error_code error, auto results) {
                             found = error;
                             endpoints = results;
                           });
    RSP_CHECK(run(found, deadline, "connect"));
    asio::async_connect(socket_, endpoints,
                        [&](error_code error, const tcp::endpoint&) { found = error; });
    RSP_CHECK(run(found, deadline, "connect"));
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    return {};
  }

  rsp::Status send(rsp::BytesView payload, rsp::Deadline deadline) {
    rsp::Bytes frame = framed(payload);
    error_code result;
    asio::async_write(socket_, asio::buffer(frame),
                      [&](error_code error, std::size_t) { result = error; });
    return run(result, deadline, "send");
  }

  rsp::Result<rsp::Bytes> receive(rsp::Deadline deadline) {
    rsp::Octets<2> length{};
    error_code result;
    asio::async_read(socket_, asio::buffer(length),
                     [&](error_code error, std::size_t) { result = error; });
    RSP_CHECK(run(result, deadline, "receive"));
    rsp::Bytes payload(rsp::big_endian(length));
    asio::async_read(socket_, asio::buffer(payload),
                     [&](error_code error, std::size_t) { result = error; });
    RSP_CHECK(run(result, deadline, "receive"));
    return payload;
  }

 private:
  /// Runs the operation that was just started. After a failure the connection is gone: the next
  /// answer could be an old one.
  rsp::Status run(error_code& result, rsp::Deadline deadline, std::string_view what) {
    error_code ignored;
    bool late = !run_io(context_, deadline, [&] { socket_.close(ignored); });
    if (!late && !result) return {};
    socket_.close(ignored);
    if (late) {
      return rsp::failure({.layer = rsp::Layer::kTimeout,
                           .step = std::string(what),
                           .path = address_,
                           .text = fmt::format("the card at {} did not answer in time", address_)});
    }
    return rsp::failure(
        {.layer = rsp::Layer::kTransport,
         .step = std::string(what),
         .path = address_,
         .text = fmt::format("the card at {} cannot be reached: {}", address_, result.message()),
         .hint = "is `esimbench euicc serve --frontend socket` running there?"});
  }

  std::string address_;
  asio::io_context context_{1};
  tcp::socket socket_{context_};
};

SocketLink::SocketLink(std::string address) : impl_(std::make_unique<Impl>(std::move(address))) {}
SocketLink::~SocketLink() = default;

rsp::Result<rsp::Bytes> SocketLink::reset(rsp::Deadline deadline) {
  RSP_CHECK(impl_->connect(deadline));
  RSP_CHECK(impl_->send(kReset, deadline));
  RSP_CHECK(impl_->send(kAskAtr, deadline));
  return impl_->receive(deadline);
}

rsp::Result<rsp::Bytes> SocketLink::transmit(rsp::BytesView command, rsp::Deadline deadline) {
  RSP_CHECK(impl_->connect(deadline));
  RSP_CHECK(impl_->send(command, deadline));
  RSP_TRY(rsp::Bytes response, impl_->receive(deadline));
  if (response.empty()) return card_gone();
  return response;
}

}  // namespace lpa
