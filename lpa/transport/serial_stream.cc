#include "lpa/transport/serial_stream.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>

#include <boost/asio/read.hpp>
#include <boost/asio/serial_port.hpp>
#include <boost/asio/write.hpp>

#include "lpa/transport/port_lock.h"
#include "lpa/transport/run_io.h"

namespace lpa {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

}  // namespace

class SerialStream::Impl {
 public:
  Impl(std::string path, SerialOptions options)
      : path_(std::move(path)), options_(std::move(options)) {}
  ~Impl() { close(); }

  rsp::Status open() {
    if (port_.is_open()) return {};
    std::error_code unknown;
    std::filesystem::path device = std::filesystem::canonical(path_, unknown);
    if (unknown) return failed("open", unknown.message());
    RSP_TRY(lock_, PortLock::take(options_.lock_folder, device));
    error_code error;
    port_.open(path_, error);
    if (error == boost::system::errc::device_or_resource_busy) return in_use(device);
    if (error) return failed("open", error.message());
    int fd = port_.native_handle();
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return in_use(device);
    (void)::ioctl(fd, TIOCEXCL);
    using port = asio::serial_port_base;
    // A pseudo-terminal takes any of these and a port that does not is used as it is.
    error_code ignored;
    port_.set_option(port::character_size(8), ignored);
    port_.set_option(port::parity(port::parity::none), ignored);
    port_.set_option(port::stop_bits(port::stop_bits::one), ignored);
    port_.set_option(port::flow_control(port::flow_control::none), ignored);
    port_.set_option(port::baud_rate(options_.baud), error);
    if (error) {
      return failed("open", fmt::format("{} baud: {}", options_.baud, error.message()),
                    "take a rate that the port has: 9600, 115200, 921600");
    }
    return {};
  }

  void close() {
    if (port_.is_open()) (void)::ioctl(port_.native_handle(), TIOCNXCL);
    error_code ignored;
    port_.close(ignored);
    lock_.release();
  }

  rsp::Result<std::size_t> read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
    if (!port_.is_open()) return failed("read", "it is not open");
    error_code result;
    std::size_t count = 0;
    port_.async_read_some(asio::buffer(into.data(), into.size()),
                          [&](error_code error, std::size_t transferred) {
                            result = error;
                            count = transferred;
                          });
    bool in_time = run_io(context_, deadline, [&] { cancel(); });
    if (count > 0) return count;
    if (!in_time) return std::size_t(0);
    return gone("read", result);
  }

  rsp::Status write(rsp::BytesView octets, rsp::Deadline deadline) {
    if (!port_.is_open()) return failed("write", "it is not open");
    error_code result;
    asio::async_write(port_, asio::buffer(octets.data(), octets.size()),
                      [&](error_code error, std::size_t) { result = error; });
    bool in_time = run_io(context_, deadline, [&] { cancel(); });
    if (in_time && result) return gone("write", result);
    if (in_time) return {};
    return rsp::failure({.layer = rsp::Layer::kTimeout,
                         .step = "write",
                         .path = path_,
                         .text = fmt::format("{} takes no more octets", path_),
                         .hint = "does the module wait for flow control (AT+IFC=0,0)?"});
  }

  const std::string path_;

  bool is_open() const { return port_.is_open(); }

 private:
  void cancel() {
    error_code ignored;
    port_.cancel(ignored);
  }
  std::unexpected<rsp::Error> in_use(const std::filesystem::path& device) {
    close();
    return rsp::failure(port_in_use(path_, holder_of(device)));
  }
  std::unexpected<rsp::Error> gone(std::string_view what, error_code error) {
    close();
    return failed(what, error.message(),
                  "the module was reset or pulled out; its port may come back under another name");
  }
  std::unexpected<rsp::Error> failed(std::string_view what, std::string_view why,
                                     std::string_view hint =
                                         "is the module there? Its ports are "
                                         "in /dev/serial/by-id") {
    close();
    return rsp::failure({.layer = rsp::Layer::kTransport,
                         .step = std::string(what),
                         .path = path_,
                         .text = fmt::format("{} cannot be used: {}", path_, why),
                         .hint = std::string(hint)});
  }

  SerialOptions options_;
  asio::io_context context_{1};
  asio::serial_port port_{context_};
  PortLock lock_;
};

SerialStream::SerialStream(std::string path, SerialOptions options)
    : impl_(std::make_unique<Impl>(std::move(path), std::move(options))) {}
SerialStream::~SerialStream() = default;
rsp::Status SerialStream::open(rsp::Deadline) { return impl_->open(); }
void SerialStream::close() { impl_->close(); }
bool SerialStream::is_open() const { return impl_->is_open(); }
rsp::Result<std::size_t> SerialStream::read(std::span<std::uint8_t> into, rsp::Deadline deadline) {
  return impl_->read(into, deadline);
}
rsp::Status SerialStream::write(rsp::BytesView octets, rsp::Deadline deadline) {
  return impl_->write(octets, deadline);
}
const std::string& SerialStream::name() const { return impl_->path_; }

}  // namespace lpa
