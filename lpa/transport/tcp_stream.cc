#include "lpa/transport/tcp_stream.h"

#include <fmt/format.h>

#include <boost/asio.hpp>

#include "lpa/transport/run_io.h"

namespace lpa {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class TcpStream::Impl {
 public:
  explicit Impl(std::string address) : address_(std::move(address)) {}

  rsp::Status open(rsp::Deadline deadline) {
    if (socket_.is_open()) return {};
    auto colon = address_.rfind(':');
    if (colon == std::string::npos) {
      return rsp::failure(
          {.layer = rsp::Layer::kInput,
           .path = address_,
           .text = fmt::format("'{}' is no address of a module: HOST:PORT", address_)});
    }
    error_code result;
    tcp::resolver resolver(context_);
    tcp::resolver::results_type endpoints;
    resolver.async_resolve(address_.substr(0, colon), address_.substr(colon + 1),
                           [&](error_code error, auto results) {
                             result = error;
                             endpoints = results;
                           });
    if (!run_io(context_, deadline, [&] { resolver.cancel(); })) return late("connect");
    if (result) return failed("connect", result);
    asio::async_connect(socket_, endpoints,
                        [&](error_code error, const tcp::endpoint&) { result = error; });
    if (!run_io(context_, deadline, [&] { close(); })) return late("connect");
    if (result) return failed("connect", result);
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);
    return {};
  }

  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
    error_code result;
    std::size_t count = 0;
    socket_.async_read_some(asio::buffer(into.data(), into.size()),
                            [&](error_code error, std::size_t transferred) {
                              result = error;
                              count = transferred;
                            });
    bool in_time = run_io(context_, deadline, [&] { cancel(); });
    if (count > 0) return count;
    if (!in_time) return std::size_t(0);
    return failed("read", result);
  }

  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) {
    error_code result;
    asio::async_write(socket_, asio::buffer(octets.data(), octets.size()),
                      [&](error_code error, std::size_t) { result = error; });
    if (!run_io(context_, deadline, [&] { cancel(); })) return late("write");
    if (result) return failed("write", result);
    return {};
  }

  bool is_open() const { return socket_.is_open(); }
  const std::string address_;

 private:
  void cancel() {
    error_code ignored;
    socket_.cancel(ignored);
  }
  std::unexpected<rsp::Error> late(std::string_view what) {
    return rsp::failure({.layer = rsp::Layer::kTimeout,
                         .step = std::string(what),
                         .path = address_,
                         .text = fmt::format("{} did not answer in time", address_)});
  }
  std::unexpected<rsp::Error> failed(std::string_view what, error_code error) {
    close();
    return rsp::failure(
        {.layer = rsp::Layer::kTransport,
         .step = std::string(what),
         .path = address_,
         .text = fmt::format("the module at {} cannot be reached: {}", address_, error.message()),
         .hint = "is the server of the serial port (ser2net) running there, and nobody else "
                 "connected to it?"});
  }

  asio::io_context context_{1};
  tcp::socket socket_{context_};
};

TcpStream::TcpStream(std::string address) : impl_(std::make_unique<Impl>(std::move(address))) {}
TcpStream::~TcpStream() = default;
rsp::Status TcpStream::open(rsp::Deadline deadline) { return impl_->open(deadline); }
void TcpStream::close() { impl_->close(); }
bool TcpStream::is_open() const { return impl_->is_open(); }
rsp::Result<std::size_t> TcpStream::read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
  return impl_->read(into, deadline);
}
rsp::Status TcpStream::write(rsp::BytesView octets, rsp::Deadline deadline) {
  return impl_->write(octets, deadline);
}
const std::string& TcpStream::name() const { return impl_->address_; }

}  // namespace lpa
