// A server's end of one connection, with TLS or without. For the inside of this layer.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <string>
#include <string_view>

#include "rsp/http/tls.h"

struct bio_method_st;

namespace rsp::http {

/// Does what can be done at once and never waits. would_block: the rest can be done when the socket
/// is ready for what wanted() says. One recv for what a client has sent and one send for an answer,
/// however many TLS records those are.
class ServerStream {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using error_code = boost::system::error_code;

  /// `tls` null: without TLS.
  ServerStream(Socket socket, tls::Session tls);
  ServerStream(const ServerStream&) = delete;
  ServerStream& operator=(const ServerStream&) = delete;

  Socket& socket() { return socket_; }
  /// Null without TLS.
  ssl_st* tls() { return tls_.get(); }
  Socket::wait_type wanted() const;

  /// What is there, at most as much as there is room for. eof: the client has ended the connection.
  /// Errors of TLS are of Asio's SSL category.
  std::size_t read_some(boost::asio::mutable_buffer into, error_code& ec);
  /// Whether octets that have left the socket wait to be read: it need not become ready for them.
  bool has_read_ahead() const;
  /// Takes all of it, and keeps what the socket has no room for yet. After would_block, flush()
  /// goes on.
  error_code write(std::string_view octets);
  error_code flush();
  error_code handshake();
  /// The end of TLS, as far as it concerns this side; nothing without TLS.
  error_code shutdown();
  /// Takes some octets off the wire that nobody is going to read.
  error_code discard();

 private:
  static const bio_method_st* bio_method();
  template <class Operation>
  error_code perform(Operation operation);

  Socket socket_;
  std::string out_;  // for the socket
  std::size_t sent_ = 0;
  tls::Session tls_;  // after what its BIO works on
};

}  // namespace rsp::http
