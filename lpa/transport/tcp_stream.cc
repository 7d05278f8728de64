#include "lpa/transport/tcp_stream.h"

#include <fmt/format.h>

#include <boost/asio.hpp>

#include "lpa/transport/run_io.h"
#include "rsp/http/lookup.h"
#include "rsp/http/wire.h"

namespace lpa {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

class TcpStream::Impl {
 public:
  Impl(std::string address, TcpPeer peer) : address_(std::move(address)), peer_(peer) {}

  rsp::Status open(rsp::Deadline deadline) {
    if (socket_.is_open()) return {};
    auto place = rsp::http::parse_authority(address_);
    if (!place || !place->port) {
      return rsp::failure(
          {.layer = rsp::Layer::kInput,
           .path = address_,
           .text = fmt::format("'{}' is no address of a {}: HOST:PORT", address_, peer_.name)});
    }
    std::vector<std::string> addresses{place->host};
    if (!rsp::http::is_address(place->host)) {
      auto found = rsp::http::look_up(place->host, deadline);
      if (!found) {
        found.error().hint = "check the name of the host";
        return rsp::failure(at_step(std::move(found).error(), "connect"));
      }
      addresses = *std::move(found);
    }
    std::vector<tcp::endpoint> endpoints;
    for (const std::string& each : addresses) {
      error_code bad;
      auto address = asio::ip::make_address(each, bad);
      if (!bad) endpoints.emplace_back(address, *place->port);
    }
    error_code result = asio::error::host_not_found;
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
    return rsp::failure(
        {.layer = rsp::Layer::kTimeout,
         .step = std::string(what),
         .path = address_,
         .text = fmt::format("the {} at {} did not answer in time", peer_.name, address_)});
  }
  std::unexpected<rsp::Error> failed(std::string_view what, error_code error) {
    close();
    return rsp::failure({.layer = rsp::Layer::kTransport,
                         .step = std::string(what),
                         .path = address_,
                         .text = fmt::format("the {} at {} cannot be reached: {}", peer_.name,
                                             address_, error.message()),
                         .hint = std::string(peer_.hint)});
  }

  const TcpPeer peer_;
  asio::io_context context_{1};
  tcp::socket socket_{context_};
};

TcpStream::TcpStream(std::string address, TcpPeer peer)
    : impl_(std::make_unique<Impl>(std::move(address), peer)) {}
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
