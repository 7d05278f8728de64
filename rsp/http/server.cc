#include "rsp/http/server.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <optional>
#include <set>

#include "rsp/http/tls_server.h"
#include "rsp/http/wire.h"

namespace rsp::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Parser = beast::http::request_parser<beast::http::string_body>;
using beast::http::field;

/// Completes with an error code instead of an exception.
auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

struct Session {
  Session(tcp::socket socket, tls::Session tls) : stream(std::move(socket), tls.release()) {}

  tcp::socket& socket() { return stream.next_layer().socket(); }
  void allow(std::chrono::milliseconds span) { stream.next_layer().expires_after(span); }

  asio::ssl::stream<beast::tcp_stream> stream;
  beast::flat_buffer buffer;
  bool answering = false;  // between the end of a request and the end of its answer
};

Response plain_answer(int status, std::string_view text) {
  return {.status = status,
          .body = fmt::format(R"({{"error":"{}"}})", text),
          .headers = {{"Content-Type", "application/json"}}};
}

/// What to say about a request that could not be read, or nothing if nobody listens any more.
std::optional<Response> refusal(error_code ec) {
  using beast::http::error;
  if (ec == error::body_limit) return plain_answer(413, "content too large");
  if (ec == error::header_limit) return plain_answer(431, "header too large");
  if (ec == error::end_of_stream || ec == error::partial_message) return std::nullopt;
  bool is_http = ec.category() == make_error_code(error::bad_version).category();
  return is_http ? std::optional(plain_answer(400, "bad request")) : std::nullopt;
}

Request to_request(Parser& parser) {
  auto message = parser.release();
  Request out{.method = std::string(message.method_string()),
              .target = std::string(message.target()),
              .body = std::move(message.body()),
              .headers = {},
              .host = std::string(message[field::host])};
  for (const auto& header : message) {
    out.headers.push_back({std::string(header.name_string()), std::string(header.value())});
  }
  return out;
}

std::string reason_of(int status) {
  auto known = beast::http::int_to_status(static_cast<unsigned>(status));
  if (known == beast::http::status::unknown) return "Unknown";
  return std::string(beast::http::obsolete_reason(known));
}

std::unexpected<Error> cannot_listen(const ServerOptions& options, error_code ec) {
  Error out{.layer = Layer::kTransport};
  out.text =
      fmt::format("cannot listen on {} port {}: {}", options.address, options.port, ec.message());
  if (ec == asio::error::address_in_use) out.hint = "something else has it; port 0 is any free one";
  if (ec == asio::error::access_denied) out.hint = "ports below 1024 are root's; take a higher one";
  return failure(std::move(out));
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerOptions options, Handler handler)
      : options_(std::move(options)), handler_(std::move(handler)) {}

  Status listen();
  std::uint16_t port() const { return port_; }
  void run() { io_.run(); }
  void stop() {
    asio::post(io_, [this] { close_all(); });
  }
  Statistics statistics() const { return {.requests = requests_, .connections = connections_}; }

 private:
  asio::awaitable<void> accept_all();
  asio::awaitable<void> wait_for_slot();
  asio::awaitable<void> serve(tcp::socket socket);
  asio::awaitable<bool> open(Session& session);
  asio::awaitable<bool> exchange(Session& session);
  asio::awaitable<error_code> wait_for_request(Session& session);
  asio::awaitable<error_code> read(Session& session, Parser& parser);
  asio::awaitable<bool> answer(Session& session, Parser& parser);
  asio::awaitable<void> spoil(Session& session, const Response& response);
  asio::awaitable<void> refuse(Session& session, error_code ec);
  asio::awaitable<bool> write(Session& session, std::string message);
  asio::awaitable<void> close(Session& session);

  Status bind(const tcp::endpoint& to);
  void start(tcp::socket socket);
  void close_all();
  Response handle(const Request& request) const;
  std::string encode(const Response& response, Persistence after) const;
  void log(const std::string& line) const;

  const ServerOptions options_;
  const Handler handler_;
  std::unique_ptr<tls::ServerSide> tls_;
  std::atomic<std::size_t> requests_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  std::set<Session*> sessions_;
  std::size_t open_ = 0;  // connections accepted and not yet ended
  bool stopping_ = false;
  std::uint16_t port_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer slot_free_{io_};
};

Status Server::Impl::listen() {
  RSP_TRY(tls_, tls::ServerSide::create(options_));
  error_code ec;
  auto address = asio::ip::make_address(options_.address, ec);
  if (ec) {
    return failure({.layer = Layer::kInput,
                    .path = "address",
                    .text = fmt::format("'{}' is no IP address", options_.address),
                    .hint = "give an address of this machine, such as 127.0.0.1"});
  }
  RSP_CHECK(bind({address, options_.port}));
  asio::co_spawn(io_, accept_all(), [](std::exception_ptr failed) {
    if (failed) std::rethrow_exception(failed);
  });
  return {};
}

Status Server::Impl::bind(const tcp::endpoint& to) {
  error_code ec;
  acceptor_.open(to.protocol(), ec);
  // A server that was just stopped leaves its port in TIME_WAIT, and must be able to come back.
  if (!ec) acceptor_.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_.bind(to, ec);
  if (!ec) acceptor_.listen(tcp::acceptor::max_listen_connections, ec);
  if (!ec) port_ = acceptor_.local_endpoint(ec).port();
  if (ec) return cannot_listen(options_, ec);
  return {};
}

asio::awaitable<void> Server::Impl::accept_all() {
  while (!stopping_) {
    co_await wait_for_slot();
    if (stopping_) co_return;
    error_code ec;
    tcp::socket socket = co_await acceptor_.async_accept(into(ec));
    if (!ec) {
      start(std::move(socket));
    } else if (!stopping_) {
      // No file descriptor is left, as a rule; without a pause this would be a busy loop.
      log(fmt::format("cannot accept a connection: {}", ec.message()));
      slot_free_.expires_after(std::chrono::milliseconds(100));
      co_await slot_free_.async_wait(into(ec));
    }
  }
}

asio::awaitable<void> Server::Impl::wait_for_slot() {
  while (open_ >= options_.max_connections && !stopping_) {
    error_code ec;
    slot_free_.expires_at(asio::steady_timer::time_point::max());
    co_await slot_free_.async_wait(into(ec));
  }
}

void Server::Impl::start(tcp::socket socket) {
  ++open_;
  asio::co_spawn(io_, serve(std::move(socket)), [this](std::exception_ptr failed) {
    --open_;
    slot_free_.cancel();
    if (failed) std::rethrow_exception(failed);
  });
}

void Server::Impl::close_all() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  slot_free_.cancel();
  for (Session* session : sessions_) {
    if (!session->answering) session->stream.next_layer().close();
  }
}

asio::awaitable<void> Server::Impl::serve(tcp::socket socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  Session session(std::move(socket), tls_->new_session());
  struct Listed {
    std::set<Session*>& list;
    Session* session;
    Listed(std::set<Session*>& in, Session* one) : list(in), session(one) { list.insert(one); }
    ~Listed() { list.erase(session); }
  } listed(sessions_, &session);

  if (!co_await open(session)) co_return;
  bool goes_on = true;
  while (goes_on && !stopping_) goes_on = co_await exchange(session);
  if (session.socket().is_open()) co_await close(session);
}

asio::awaitable<bool> Server::Impl::open(Session& session) {
  error_code ec;
  session.allow(options_.request_timeout);
  co_await session.stream.async_handshake(asio::ssl::stream_base::server, into(ec));
  if (ec && !stopping_) log(fmt::format("TLS handshake failed: {}", ec.message()));
  if (!ec) ++connections_;
  co_return !ec;
}

/// One request and its answer. False: the connection is to be closed.
asio::awaitable<bool> Server::Impl::exchange(Session& session) {
  error_code ec = co_await wait_for_request(session);
  if (ec) co_return false;
  Parser parser;
  ec = co_await read(session, parser);
  if (ec) {
    co_await refuse(session, ec);
    co_return false;
  }
  session.answering = true;
  bool goes_on = co_await answer(session, parser);
  session.answering = false;
  co_return goes_on;
}

/// Waits for the first octets, because a client may take longer to begin a request than to send it.
asio::awaitable<error_code> Server::Impl::wait_for_request(Session& session) {
  error_code ec;
  if (session.buffer.size() > 0) co_return ec;
  session.allow(options_.idle_timeout);
  std::size_t size =
      co_await session.stream.async_read_some(session.buffer.prepare(4096), into(ec));
  session.buffer.commit(size);
  co_return ec;
}

asio::awaitable<error_code> Server::Impl::read(Session& session, Parser& parser) {
  error_code ec;
  parser.body_limit(options_.max_body);
  parser.header_limit(static_cast<std::uint32_t>(options_.max_header));
  session.allow(options_.request_timeout);
  co_await beast::http::async_read_header(session.stream, session.buffer, parser, into(ec));
  if (ec) co_return ec;
  // RFC 9110, 10.1.1. Some libraries wait a second for this before they send a large body.
  if (same_text(parser.get()[field::expect], "100-continue")) {
    co_await write(session, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  co_await beast::http::async_read(session.stream, session.buffer, parser, into(ec));
  co_return ec;
}

asio::awaitable<bool> Server::Impl::answer(Session& session, Parser& parser) {
  // HTTP/1.0 has kept connections only by agreement, and nobody here needs it.
  bool keep = parser.keep_alive() && parser.get().version() >= 11;
  Request request = to_request(parser);
  Response response = handle(request);
  if (response.delivery != Delivery::kWhole) {
    ++requests_;
    co_await spoil(session, response);
    co_return false;
  }
  keep = keep && !stopping_ && !same_text(response.header("Connection"), "close");
  std::string message = encode(response, keep ? Persistence::kKeep : Persistence::kClose);
  if (request.method == "HEAD") message.resize(message.find("\r\n\r\n") + 4);
  ++requests_;
  session.allow(options_.request_timeout);
  if (!co_await write(session, std::move(message))) co_return false;
  co_return keep;
}

/// Sends less than an answer, as the handler has asked for, and ends the connection.
asio::awaitable<void> Server::Impl::spoil(Session& session, const Response& response) {
  error_code ec;
  if (response.delivery == Delivery::kNothing) {
    // Until the client hangs up, or the server stops, which closes idle connections.
    session.answering = false;
    session.allow(std::chrono::minutes(5));  // longer than any client waits
    std::array<char, 1> octet;
    co_await session.stream.async_read_some(asio::buffer(octet), into(ec));
    co_return;
  }
  std::string message;
  if (response.delivery == Delivery::kRaw) message = response.body;
  if (response.delivery == Delivery::kCutOff) {
    message = encode(response, Persistence::kKeep);
    std::size_t header = message.find("\r\n\r\n") + 4;
    message.resize(std::min(message.size(), header + response.sent));
  }
  session.allow(options_.request_timeout);
  if (!message.empty()) co_await write(session, std::move(message));
  // A socket closed with nothing to linger for is reset, unless what was sent should still arrive.
  if (response.delivery == Delivery::kReset) {
    session.socket().set_option(asio::socket_base::linger(true, 0), ec);
  }
  session.stream.next_layer().close();
}

asio::awaitable<void> Server::Impl::refuse(Session& session, error_code ec) {
  std::optional<Response> response = refusal(ec);
  if (!stopping_) log(fmt::format("a request could not be read: {}", ec.message()));
  if (!response) co_return;
  session.allow(options_.request_timeout);
  co_await write(session, encode(*response, Persistence::kClose));
}

asio::awaitable<bool> Server::Impl::write(Session& session, std::string message) {
  error_code ec;
  co_await asio::async_write(session.stream, asio::buffer(message), into(ec));
  co_return !ec;
}

/// Closing a socket that has unread input resets the connection, and the client may lose the answer
/// with it. So what it still sends is taken in until it closes too, or its time is up.
asio::awaitable<void> Server::Impl::close(Session& session) {
  error_code ec;
  if (stopping_) {
    // A client that keeps an idle connection must not hold up the end: say goodbye, and leave.
    session.socket().non_blocking(true, ec);
    session.stream.shutdown(ec);
    co_return;
  }
  session.allow(options_.request_timeout);
  co_await session.stream.async_shutdown(into(ec));
  session.socket().shutdown(tcp::socket::shutdown_send, ec);
  while (!ec && !stopping_) {
    session.buffer.clear();
    co_await session.stream.next_layer().async_read_some(session.buffer.prepare(16384), into(ec));
  }
}

Response Server::Impl::handle(const Request& request) const {
  try {
    return handler_(request);
  } catch (const std::exception& failed) {
    log(fmt::format("{} {} threw: {}", request.method, request.target, failed.what()));
  } catch (...) {
    log(fmt::format("{} {} threw something", request.method, request.target));
  }
  return plain_answer(500, "internal server error");
}

std::string Server::Impl::encode(const Response& response, Persistence after) const {
  auto message = to_wire(response, reason_of(response.status), after);
  if (message) return *std::move(message);
  log(fmt::format("an answer cannot be sent: {}", message.error().message()));
  return to_wire(plain_answer(500, "internal server error"), reason_of(500), after).value();
}

void Server::Impl::log(const std::string& line) const {
  if (options_.log) options_.log(line);
}

Result<std::unique_ptr<Server>> Server::listen(ServerOptions options, Handler handler) {
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler));
  if (auto listening = impl->listen(); !listening) {
    return failure(at_step(listening.error(), "listen"));
  }
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
std::uint16_t Server::port() const { return impl_->port(); }
void Server::run() { impl_->run(); }
void Server::stop() { impl_->stop(); }
Statistics Server::statistics() const { return impl_->statistics(); }

ServerThread::ServerThread(std::unique_ptr<Server> server)
    : server_(std::move(server)), thread_([this] { server_->run(); }) {}

ServerThread::~ServerThread() { stop(); }

void ServerThread::stop() {
  if (!thread_.joinable()) return;
  server_->stop();
  thread_.join();
}

}  // namespace rsp::http
