#include "rsp/http/server_stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

namespace rsp::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// A message that was large once leaves no more memory behind than this.
constexpr std::size_t kKept = 16 << 10;

/// Why an operation of OpenSSL has not succeeded.
error_code reason_of(const SSL* session, int result) {
  unsigned long queued = ERR_peek_error();
  switch (SSL_get_error(session, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN:
      return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      if (queued == 0) {
        if (errno == 0) return asio::ssl::error::stream_truncated;
        return {errno, asio::error::get_system_category()};
      }
      [[fallthrough]];
    default:
      return {static_cast<int>(queued), asio::error::get_ssl_category()};
  }
}

}  // namespace

ServerStream::ServerStream(Socket socket, tls::Session tls)
    : socket_(std::move(socket)), tls_(std::move(tls)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  if (tls_ == nullptr) return;
  BIO* bio = BIO_new(bio_method());
  tls::must(bio != nullptr, "new BIO");
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(tls_.get(), bio, bio);
  SSL_set_accept_state(tls_.get());
  SSL_set_read_ahead(tls_.get(), 1);
  SSL_set_mode(tls_.get(), SSL_MODE_RELEASE_BUFFERS);
}

const BIO_METHOD* ServerStream::bio_method() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made =
        BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "rsp::http::ServerStream");
    tls::must(made != nullptr, "new BIO method");
    BIO_meth_set_read(made, [](BIO* bio, char* into, int size) {
      auto& self = *static_cast<ServerStream*>(BIO_get_data(bio));
      BIO_clear_retry_flags(bio);
      error_code ec;
      std::size_t got =
          self.socket_.read_some(asio::buffer(into, static_cast<std::size_t>(size)), ec);
      if (!ec) return static_cast<int>(got);
      if (ec == asio::error::would_block) BIO_set_retry_read(bio);
      // OpenSSL reads the reason from there.
      errno = ec == asio::error::eof ? 0 : ec.value();
      return ec == asio::error::eof ? 0 : -1;
    });
    BIO_meth_set_write(made, [](BIO* bio, const char* octets, int size) {
      static_cast<ServerStream*>(BIO_get_data(bio))
          ->out_.append(octets, static_cast<std::size_t>(size));
      return size;
    });
    BIO_meth_set_ctrl(
        made, [](BIO*, int what, long, void*) -> long { return what == BIO_CTRL_FLUSH ? 1 : 0; });
    return made;
  }();
  return method;
}

ServerStream::Socket::wait_type ServerStream::wanted() const {
  return sent_ < out_.size() ? Socket::wait_write : Socket::wait_read;
}

/// An operation of TLS, and the sending of what it has to send, whether or not it succeeded.
template <class Operation>
error_code ServerStream::perform(Operation operation) {
  if (error_code unsent = flush()) return unsent;
  ERR_clear_error();
  errno = 0;
  int result = operation();
  error_code ec = result > 0 ? error_code() : reason_of(tls_.get(), result);
  error_code unsent = flush();
  bool goes_on = !ec || ec == asio::error::would_block;
  return unsent && goes_on ? unsent : ec;
}

std::size_t ServerStream::read_some(asio::mutable_buffer into, error_code& ec) {
  if (tls_ == nullptr) return socket_.read_some(into, ec);
  std::size_t size = 0;
  ec = perform([&] { return SSL_read_ex(tls_.get(), into.data(), into.size(), &size); });
  if (size > 0) ec = {};  // what has to be sent for it goes out with what is sent next
  return size;
}

bool ServerStream::has_read_ahead() const {
  return tls_ != nullptr && SSL_has_pending(tls_.get()) == 1;
}

error_code ServerStream::write(std::string_view octets) {
  if (tls_ == nullptr) {
    out_ += octets;
    return flush();
  }
  // The BIO takes all there is, so that a write is never left half done.
  std::size_t size = 0;
  if (octets.empty()) return flush();
  return perform([&] { return SSL_write_ex(tls_.get(), octets.data(), octets.size(), &size); });
}

error_code ServerStream::flush() {
  while (sent_ < out_.size()) {
    error_code ec;
    sent_ += socket_.write_some(asio::buffer(out_) + sent_, ec);
    if (ec) return ec;
  }
  sent_ = 0;
  out_.clear();
  if (out_.capacity() > kKept) out_.shrink_to_fit();
  return {};
}

error_code ServerStream::handshake() {
  return perform([&] { return SSL_do_handshake(tls_.get()); });
}

error_code ServerStream::shutdown() {
  if (tls_ == nullptr) return {};
  // 0: the other side has not said goodbye yet, which is waited for elsewhere if at all.
  return perform([&] { return SSL_shutdown(tls_.get()) < 0 ? -1 : 1; });
}

error_code ServerStream::discard() {
  std::array<char, 16 << 10> scratch;
  error_code ec;
  socket_.read_some(asio::buffer(scratch), ec);
  return ec;
}

}  // namespace rsp::http
