#include "rsp/http/client.h"

#include <fmt/format.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <optional>
#include <utility>

#include "rsp/base/text.h"
#include "rsp/http/lookup.h"
#include "rsp/http/response_reader.h"
#include "rsp/http/tls_client.h"
#include "rsp/http/wire.h"
#include "rsp/http/wire_tap.h"

namespace rsp::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Steady = Deadline::Steady;

constexpr std::uint16_t kHttps = 443;

// When it was that time ran out or a connection broke.
constexpr std::string_view kConnecting = "while connecting";
constexpr std::string_view kHandshake = "in the TLS handshake";
constexpr std::string_view kSending = "while sending the request";
constexpr std::string_view kWaiting = "while waiting for the answer";
constexpr std::string_view kReading = "while reading the answer";

struct Connection {
  Connection(asio::io_context& io, tls::Session session) : stream(io, session.release()) {}
  ~Connection() { say_goodbye(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  tcp::socket& socket() { return stream.next_layer(); }

  /// False if the server has hung up, or has sent what nobody asked for.
  bool is_usable() {
    error_code ec;
    char unexpected = 0;
    socket().non_blocking(true, ec);
    if (!ec) stream.read_some(asio::buffer(&unexpected, 1), ec);
    return ec == asio::error::would_block;
  }

  /// Sends close_notify if it can be done without waiting, so that servers see a regular end.
  void say_goodbye() {
    error_code ec;
    if (!established || !socket().is_open()) return;
    socket().non_blocking(true, ec);
    stream.shutdown(ec);
  }

  asio::ssl::stream<tcp::socket> stream;
  std::optional<tls::TappedWire> tapped;  // after the stream, so that it ends first
  bool established = false;               // the handshake is done
  bool reusable = false;                  // the latest answer left it ready for another request
  Steady::time_point idle_since{};
};

std::unexpected<Error> out_of_time(std::string_view when) {
  return failure({.layer = Layer::kTimeout,
                  .text = fmt::format("time ran out {}", when),
                  .hint = "check that the server is alive and can be reached, or allow more time"});
}

bool is_tls(error_code ec) { return ec.category() == asio::error::get_ssl_category(); }

bool is_hang_up(error_code ec) {
  return ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
         ec == asio::error::connection_reset || ec == asio::error::broken_pipe;
}

/// ECONNREFUSED and the like.
std::string code_of(error_code ec) {
  if (ec.category() != boost::system::system_category()) return {};
  const char* name = strerrorname_np(ec.value());
  return name ? name : "";
}

Error broken(error_code ec, std::string_view when) {
  if (is_tls(ec)) return tls::describe_failure(static_cast<unsigned>(ec.value()), "the server");
  std::string why = is_hang_up(ec) ? "the server closed the connection" : ec.message();
  return {.layer = Layer::kTransport, .code = code_of(ec), .text = fmt::format("{} {}", why, when)};
}

Error not_connected(error_code ec, const tcp::endpoint& to) {
  Error out{.layer = Layer::kTransport, .code = code_of(ec)};
  std::string address = to.address().to_string();
  out.text = fmt::format("no connection to {} port {}: {}", address, to.port(), ec.message());
  out.hint = ec == asio::error::connection_refused
                 ? fmt::format("is the server running, and is {} its port?", to.port())
                 : "check the address and the network";
  return out;
}

Result<Authority> authority_of(std::string_view host) {
  RSP_TRY(Authority authority, parse_authority(host));
  if (!authority.port) authority.port = kHttps;
  return authority;
}

/// What connections are kept by.
std::string key_of(const Authority& authority) {
  return fmt::format("{}:{}", lower_case(authority.host), *authority.port);
}

/// A name that the options say nothing about keeps its own host as the address.
Result<Authority> place_of(const Authority& wanted, const ClientOptions& options) {
  for (const auto& [name, address] : options.resolve) {
    if (!same_text(name, wanted.host)) continue;
    RSP_TRY(Authority out, parse_authority(address));
    if (!out.port) out.port = wanted.port;
    return out;
  }
  return wanted;
}

}  // namespace

class Client::Impl {
 public:
  explicit Impl(ClientOptions options)
      : options_(std::move(options)), tls_(tls::ClientSide::create(options_)) {}

  Result<Response> send(std::string_view host, const Request& request, Deadline deadline);
  Status connect(std::string_view host, Deadline deadline);

  const ClientOptions& options() const { return options_; }
  const Statistics& statistics() const { return statistics_; }

 private:
  using Owned = std::unique_ptr<Connection>;

  template <class Start>
  error_code run(tcp::socket& socket, Deadline deadline, Start start);

  Owned take_idle(const std::string& key);
  void keep(Owned connection, const Authority& authority);
  Result<Owned> open(const Authority& authority, Deadline deadline);
  Result<std::vector<tcp::endpoint>> locate(const Authority& authority, Deadline deadline);
  Status connect(tcp::socket& socket, const std::vector<tcp::endpoint>& places, Deadline deadline);
  Status handshake(Connection& connection, const std::string& host, Deadline deadline);
  error_code write(Connection& connection, std::string_view message, Deadline deadline);
  Result<Response> read(Connection& connection, const Request& request, Deadline deadline);

  const ClientOptions options_;
  const Result<std::unique_ptr<tls::ClientSide>> tls_;
  asio::io_context io_{1};
  std::map<std::string, Owned> idle_;  // by "host:port" in lower case
  Statistics statistics_;
  std::uint32_t tapped_ = 0;  // connections that somebody looked on
};

/// Runs one operation to its end. When time runs out first, the socket is closed, which ends it
/// too, and the connection is of no use any more.
template <class Start>
error_code Client::Impl::run(tcp::socket& socket, Deadline deadline, Start start) {
  std::optional<error_code> result;
  start([&result](error_code ec, std::size_t = 0) { result = ec; });
  io_.restart();
  deadline.wait([&](Steady::time_point moment) {
    io_.run_until(moment);
    return result.has_value();
  });
  if (result) return *result;
  error_code ignored;
  socket.close(ignored);
  io_.restart();
  io_.run();
  return asio::error::timed_out;
}

Result<Response> Client::Impl::send(std::string_view host, const Request& request,
                                    Deadline deadline) {
  if (!tls_) return failure(tls_.error());
  RSP_TRY(Authority authority, authority_of(host));
  RSP_TRY(const std::string message, to_wire(request, host));

  Owned connection = take_idle(key_of(authority));
  error_code unsent = asio::error::not_connected;
  if (connection) unsent = write(*connection, message, deadline);
  if (unsent && unsent != asio::error::timed_out) {
    // Nothing is lost yet: a server that was not sent a whole request cannot have acted on it.
    RSP_TRY(connection, open(authority, deadline));
    unsent = write(*connection, message, deadline);
  }
  if (unsent == asio::error::timed_out) return out_of_time(kSending);
  if (unsent) return failure(broken(unsent, kSending));

  RSP_TRY(Response response, read(*connection, request, deadline));
  ++statistics_.requests;
  if (connection->reusable) keep(std::move(connection), authority);
  return response;
}

Client::Impl::Owned Client::Impl::take_idle(const std::string& key) {
  auto node = idle_.extract(key);
  if (!node) return nullptr;
  Owned connection = std::move(node.mapped());
  bool fresh = Steady::now() - connection->idle_since < options_.max_idle;
  return fresh && connection->is_usable() ? std::move(connection) : nullptr;
}

Result<Client::Impl::Owned> Client::Impl::open(const Authority& authority, Deadline deadline) {
  RSP_TRY(auto places, locate(authority, deadline));
  auto connection = std::make_unique<Connection>(io_, (*tls_)->new_session(authority.host));
  RSP_CHECK(connect(connection->socket(), places, deadline));
  error_code ignored;
  connection->socket().set_option(tcp::no_delay(true), ignored);
  if (options_.wire_tap) {
    connection->tapped.emplace(*connection->stream.native_handle(), options_.wire_tap, ++tapped_);
  }
  RSP_CHECK(handshake(*connection, authority.host, deadline));
  connection->established = true;
  ++statistics_.connections;
  RSP_CHECK((*tls_)->check_peer());
  return connection;
}

Result<std::vector<tcp::endpoint>> Client::Impl::locate(const Authority& authority,
                                                        Deadline deadline) {
  RSP_TRY(Authority place, place_of(authority, options_));
  std::vector<std::string> addresses{place.host};
  if (!is_address(place.host)) {
    RSP_TRY(addresses, look_up(place.host, deadline));
  }
  std::vector<tcp::endpoint> out;
  for (const std::string& text : addresses) {
    error_code ec;
    auto address = asio::ip::make_address(text, ec);
    if (!ec) out.emplace_back(address, *place.port);
  }
  return out;
}

Status Client::Impl::connect(tcp::socket& socket, const std::vector<tcp::endpoint>& places,
                             Deadline deadline) {
  Status out = out_of_time(kConnecting);
  for (std::size_t i = 0; i < places.size() && !deadline.passed(); ++i) {
    // One address that swallows everything must not use up the time of those after it.
    auto share = deadline.remaining() / (places.size() - i);
    error_code ec = run(socket, deadline.no_later_than(Steady::now() + share),
                        [&](auto done) { socket.async_connect(places[i], std::move(done)); });
    if (!ec) return {};
    out = ec == asio::error::timed_out ? out_of_time(kConnecting)
                                       : Status(failure(not_connected(ec, places[i])));
    socket.close(ec);
  }
  return out;
}

Status Client::Impl::handshake(Connection& connection, const std::string& host, Deadline deadline) {
  auto& stream = connection.stream;
  error_code ec = run(connection.socket(), deadline, [&](auto done) {
    stream.async_handshake(asio::ssl::stream_base::client, std::move(done));
  });
  if (!ec) return {};
  if (ec == asio::error::timed_out) return out_of_time(kHandshake);
  if (!is_tls(ec)) return failure(broken(ec, kHandshake));
  auto code = static_cast<unsigned long>(ec.value());
  return failure((*tls_)->explain(*stream.native_handle(), code, host));
}

error_code Client::Impl::write(Connection& connection, std::string_view message,
                               Deadline deadline) {
  return run(connection.socket(), deadline, [&](auto done) {
    asio::async_write(connection.stream, asio::buffer(message), std::move(done));
  });
}

Result<Response> Client::Impl::read(Connection& connection, const Request& request,
                                    Deadline deadline) {
  ResponseReader reader({.body = options_.max_body, .header = options_.max_header},
                        request.method == "HEAD");
  std::array<char, 16 << 10> piece;  // as much as a TLS record has
  while (!reader.is_done()) {
    std::size_t size = 0;
    error_code ec = run(connection.socket(), deadline, [&](auto done) {
      connection.stream.async_read_some(
          asio::buffer(piece),
          [&size, done = std::move(done)](error_code ec, std::size_t n) mutable {
            size = n;
            done(ec);
          });
    });
    if (ec == asio::error::timed_out) return out_of_time(reader.has_begun() ? kReading : kWaiting);
    if (is_hang_up(ec)) {
      auto ended = reader.end(ec == asio::error::eof);
      if (ended) break;
      if (ended.error().code.empty()) ended.error().code = code_of(ec);
      return failure(std::move(ended).error());
    }
    if (ec) return failure(broken(ec, kReading));
    RSP_CHECK(reader.put({piece.data(), size}));
  }
  connection.reusable = reader.is_reusable();
  return reader.take();
}

Status Client::Impl::connect(std::string_view host, Deadline deadline) {
  if (!tls_) return failure(tls_.error());
  RSP_TRY(Authority authority, authority_of(host));
  Owned connection = take_idle(key_of(authority));
  if (!connection) {
    RSP_TRY(connection, open(authority, deadline));
  }
  keep(std::move(connection), authority);
  return {};
}

void Client::Impl::keep(Owned connection, const Authority& authority) {
  connection->idle_since = Steady::now();
  idle_[key_of(authority)] = std::move(connection);
}

Status Transport::connect(std::string_view /*host*/, Deadline /*deadline*/) { return {}; }

Client::Client(ClientOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<Response> Client::send(std::string_view host, const Request& request, Deadline deadline) {
  auto response = impl_->send(host, request, deadline);
  if (!response) return failure(at_step(response.error(), fmt::format("HTTPS {}", host)));
  return response;
}

Result<Response> Client::send(std::string_view host, const Request& request) {
  return send(host, request, Deadline::after(impl_->options().timeout));
}

Status Client::connect(std::string_view host, Deadline deadline) {
  auto connected = impl_->connect(host, deadline);
  if (!connected) return failure(at_step(connected.error(), fmt::format("HTTPS {}", host)));
  return {};
}

Statistics Client::statistics() const { return impl_->statistics(); }

}  // namespace rsp::http
