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
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <list>
#include <optional>
#include <utility>

#include "rsp/base/text.h"
#include "rsp/http/server_stream.h"
#include "rsp/http/tls_server.h"
#include "rsp/http/wire.h"

namespace rsp::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;
using tcp = asio::ip::tcp;
using Steady = std::chrono::steady_clock;
using Parser = beast::http::request_parser<beast::http::string_body>;
using beast::http::field;

/// Completes with an error code instead of an exception.
auto into(error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

// What is read ahead of the parser. Beast limits a header, but not the lines between chunks.
constexpr std::size_t kReadAhead = 64 << 10;

// Octets of one reading: as many as a TLS record has.
constexpr std::size_t kPiece = 16 << 10;

constexpr std::chrono::minutes kLongerThanClientsWait{5};

// Connections in the order in which the server last did something for them: took them, agreed with
// them on TLS, or had a whole request of them. Octets that come in one by one do not count.
struct Session;
using Sessions = std::list<std::shared_ptr<Session>>;

struct Session {
  Session(tcp::socket socket, tls::Session tls, const ServerOptions& options)
      : stream(std::move(socket), std::move(tls)), buffer(options.max_header + kReadAhead) {}

  tcp::socket& socket() { return stream.socket(); }
  void close() {
    error_code ignored;
    socket().close(ignored);
    if (pause) pause->cancel();
  }

  ServerStream stream;
  beast::flat_buffer buffer;
  Steady::time_point deadline;              // of what goes on, whatever that is
  bool is_late = false;                     // it has passed
  std::optional<asio::steady_timer> pause;  // of an answer that is sent slowly
  bool answering = false;    // between the end of a request and the end of its answer
  bool gives_way = false;    // closed to have room for others
  std::size_t buffered = 0;  // octets of the body that is being received
  Bytes client_certificate;
  Sessions::iterator self;
};

Response plain_answer(int status, std::string_view text) {
  return {.status = status,
          .body = fmt::format(R"({{"error":"{}"}})", text),
          .headers = {{"Content-Type", "application/json"}}};
}

/// What to say about a request that could not be read, or nothing if nobody listens any more.
std::optional<Response> refusal(error_code ec) {
  using beast::http::error;
  if (ec == beast::error::timeout) return plain_answer(408, "request timeout");
  if (ec == asio::error::operation_not_supported)
    return plain_answer(501, "unknown transfer coding");
  if (ec == asio::error::invalid_argument) return plain_answer(417, "unknown expectation");
  if (ec == error::body_limit) return plain_answer(413, "content too large");
  if (ec == error::header_limit) return plain_answer(431, "header too large");
  if (ec == error::end_of_stream || ec == error::partial_message) return std::nullopt;
  bool is_http = ec.category() == make_error_code(error::bad_version).category();
  return is_http ? std::optional(plain_answer(400, "bad request")) : std::nullopt;
}

Request to_request(Parser& parser, const Bytes& client_certificate) {
  auto message = parser.release();
  Request out{.method = std::string(message.method_string()),
              .target = std::string(message.target()),
              .body = std::move(message.body()),
              .headers = {},
              .host = std::string(message[field::host]),
              .client_certificate = client_certificate};
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
  Statistics statistics() const {
    return {.requests = requests_, .connections = connections_, .gave_way = gave_way_};
  }

 private:
  asio::awaitable<void> accept_all();
  asio::awaitable<void> make_room();
  asio::awaitable<void> pause_accepting(std::chrono::milliseconds span);
  asio::awaitable<void> serve(Session& session, Admission::Fate fate);
  asio::awaitable<bool> open(Session& session);
  asio::awaitable<void> swallow(Session& session);
  asio::awaitable<bool> exchange(Session& session);
  asio::awaitable<error_code> wait_for_request(Session& session);
  asio::awaitable<error_code> read(Session& session, Parser& parser);
  asio::awaitable<error_code> look_at_header(Session& session, const Parser& parser);
  asio::awaitable<bool> answer(Session& session, Parser& parser);
  asio::awaitable<void> spoil(Session& session, const Response& response);
  std::string what_is_sent(const Response& response) const;
  asio::awaitable<bool> write_slowly(Session& session, std::string_view message,
                                     const Response& response);
  asio::awaitable<void> refuse(Session& session, error_code ec);
  asio::awaitable<void> close(Session& session);

  template <class Attempt>
  asio::awaitable<error_code> complete(Session& session, Attempt attempt);
  asio::awaitable<error_code> ready(Session& session);
  asio::awaitable<error_code> fill(Session& session);
  asio::awaitable<bool> write(Session& session, std::string_view message);
  void allow(Session& session, std::chrono::milliseconds span);
  void watch(Steady::time_point until);
  void look_for_late_ones();

  Status bind(const tcp::endpoint& to);
  void start(tcp::socket socket);
  void close_all();
  bool give_way(std::string_view why);
  bool close_first(std::string_view why, bool (*may)(const Session&));
  void served(Session& session);
  void count_buffered(Session& session, std::size_t octets);
  Response handle(const Request& request) const;
  std::string encode(const Response& response, Persistence after) const;
  void log(const std::string& line) const;

  const ServerOptions options_;
  const Handler handler_;
  std::unique_ptr<tls::ServerSide> tls_;
  std::atomic<std::size_t> requests_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  std::atomic<std::size_t> gave_way_ = 0;
  std::uint64_t taken_ = 0;   // connections, from the first one on
  std::size_t buffered_ = 0;  // octets of all bodies that are being received
  bool stopping_ = false;
  std::uint16_t port_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_{io_};
  asio::steady_timer room_{io_};
  asio::steady_timer watch_{io_};  // for the deadline that passes first, or an earlier moment
  Steady::time_point watched_ = Steady::time_point::max();
  Sessions sessions_;  // after what its sockets need
};

Status Server::Impl::listen() {
  if (options_.security == Security::kTls) {
    RSP_TRY(tls_, tls::ServerSide::create(options_));
  }
  if (options_.max_connections == 0) {
    return failure({.layer = Layer::kInput,
                    .path = "max_connections",
                    .text = "a server that may have no connection serves nobody",
                    .hint = "allow at least one"});
  }
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
    error_code ec;
    // Nobody gives way before somebody else is there.
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, into(ec));
    co_await make_room();
    if (stopping_) co_return;
    tcp::socket socket = co_await acceptor_.async_accept(into(ec));
    if (!ec) {
      start(std::move(socket));
    } else if (!stopping_) {
      log(fmt::format("cannot accept a connection: {}", ec.message()));
      // No file descriptor is left, as a rule. Without a pause this would be a busy loop.
      bool out_of_descriptors = ec == asio::error::no_descriptors;
      bool freed = out_of_descriptors && give_way("no file descriptor is left");
      if (!freed) co_await pause_accepting(std::chrono::milliseconds(100));
    }
  }
}

/// Has connections give way until there is room for one more.
asio::awaitable<void> Server::Impl::make_room() {
  while (sessions_.size() >= options_.max_connections && !stopping_) {
    give_way("there are as many connections as allowed");
    co_await pause_accepting(std::chrono::hours(1));
  }
}

/// Until a connection has ended, but no longer than a span.
asio::awaitable<void> Server::Impl::pause_accepting(std::chrono::milliseconds span) {
  error_code ec;
  room_.expires_after(span);
  co_await room_.async_wait(into(ec));
}

/// Closes the connection for which nothing was done for the longest time. False: there is none.
bool Server::Impl::give_way(std::string_view why) {
  // Who is being answered comes last: with the answer it would lose word of what has changed.
  return close_first(why, [](const Session& session) { return !session.answering; }) ||
         close_first(why, [](const Session&) { return true; });
}

bool Server::Impl::close_first(std::string_view why, bool (*may)(const Session&)) {
  auto oldest = std::ranges::find_if(
      sessions_, [&](const auto& session) { return !session->gives_way && may(*session); });
  if (oldest == sessions_.end()) return false;
  (*oldest)->gives_way = true;
  (*oldest)->close();
  buffered_ -= std::exchange((*oldest)->buffered, 0);
  ++gave_way_;
  log(fmt::format("a connection gave way: {}", why));
  return true;
}

void Server::Impl::served(Session& session) {
  sessions_.splice(sessions_.end(), sessions_, session.self);
}

void Server::Impl::start(tcp::socket socket) {
  Admission admission;
  if (options_.admit) admission = options_.admit(++taken_);
  Result<tls::Session> session = tls::Session();
  if (tls_) session = tls_->new_session(admission);
  if (!session) {
    log(fmt::format("a connection is not served: {}", session.error().message()));
    return;
  }
  auto place = sessions_.insert(
      sessions_.end(), std::make_shared<Session>(std::move(socket), *std::move(session), options_));
  (*place)->self = place;
  asio::co_spawn(io_, serve(**place, admission.fate), [this, place](std::exception_ptr failed) {
    count_buffered(**place, 0);
    sessions_.erase(place);
    room_.cancel();
    if (stopping_ && sessions_.empty()) watch_.cancel();
    try {
      if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& what) {
      // Out of memory, for example: the others are served all the same.
      log(fmt::format("a connection was lost: {}", what.what()));
    }
  });
}

void Server::Impl::close_all() {
  stopping_ = true;
  error_code ignored;
  acceptor_.close(ignored);
  room_.cancel();
  // Where somebody is still being answered, the last of them ends it.
  if (sessions_.empty()) watch_.cancel();
  for (const auto& session : sessions_) {
    if (session->pause) session->pause->cancel();
    if (!session->answering) session->close();
  }
}

// --- Waiting ---

/// Has a connection end what it does now within a span.
void Server::Impl::allow(Session& session, std::chrono::milliseconds span) {
  session.deadline = Steady::now() + span;
  session.is_late = false;
  watch(session.deadline);
}

/// One timer for all connections, which is only set anew for a deadline before all others: a
/// request that comes in time costs none.
void Server::Impl::watch(Steady::time_point until) {
  if (until >= watched_) return;
  watched_ = until;
  watch_.expires_at(until);
  watch_.async_wait([this](error_code ec) {
    if (!ec) look_for_late_ones();
  });
}

void Server::Impl::look_for_late_ones() {
  watched_ = Steady::time_point::max();
  Steady::time_point now = Steady::now(), next = watched_;
  for (const auto& session : sessions_) {
    if (session->is_late) continue;
    if (session->deadline > now) {
      next = std::min(next, session->deadline);
      continue;
    }
    session->is_late = true;
    error_code ignored;
    session->socket().cancel(ignored);
  }
  if (next != watched_) watch(next);
}

/// Until the socket is ready for what the stream wants. timeout: the deadline has passed.
asio::awaitable<error_code> Server::Impl::ready(Session& session) {
  error_code ec;
  if (!session.is_late) co_await session.socket().async_wait(session.stream.wanted(), into(ec));
  if (session.is_late) ec = beast::error::timeout;
  co_return ec;
}

/// Tries until it is done.
template <class Attempt>
asio::awaitable<error_code> Server::Impl::complete(Session& session, Attempt attempt) {
  error_code ec = attempt();
  while (ec == asio::error::would_block) {
    ec = co_await ready(session);
    if (!ec) ec = attempt();
  }
  co_return ec;
}

/// Reads some octets into the buffer.
asio::awaitable<error_code> Server::Impl::fill(Session& session) {
  if (session.buffer.size() + kPiece > session.buffer.max_size())
    co_return beast::http::error::buffer_overflow;
  co_return co_await complete(session, [&session] {
    error_code ec;
    session.buffer.commit(session.stream.read_some(session.buffer.prepare(kPiece), ec));
    return ec;
  });
}

asio::awaitable<bool> Server::Impl::write(Session& session, std::string_view message) {
  error_code ec = session.stream.write(message);
  if (ec == asio::error::would_block)
    ec = co_await complete(session, [&session] { return session.stream.flush(); });
  co_return !ec;
}

// --- Connections ---

asio::awaitable<void> Server::Impl::serve(Session& session, Admission::Fate fate) {
  error_code ignored;
  session.socket().set_option(tcp::no_delay(true), ignored);
  if (fate == Admission::Fate::kReset || fate == Admission::Fate::kRefused) {
    session.socket().set_option(asio::socket_base::linger(true, 0), ignored);
    session.close();
    co_return;
  }
  if (fate == Admission::Fate::kSilent) {
    allow(session, kLongerThanClientsWait);
    co_await swallow(session);
    co_return;
  }
  if (!co_await open(session)) co_return;
  bool goes_on = true;
  while (goes_on && !stopping_) goes_on = co_await exchange(session);
  if (session.socket().is_open()) co_await close(session);
}

asio::awaitable<bool> Server::Impl::open(Session& session) {
  error_code ec;
  ssl_st* tls = session.stream.tls();
  allow(session, options_.request_timeout);
  if (tls != nullptr)
    ec = co_await complete(session, [&session] { return session.stream.handshake(); });
  if (!ec) {
    ++connections_;
    served(session);
    if (tls != nullptr) session.client_certificate = tls::peer_certificate(*tls);
    co_return true;
  }
  bool is_tls = ec.category() == asio::error::get_ssl_category();
  // What was closed by this server itself is no failure of the handshake.
  if (!is_tls && (stopping_ || session.gives_way)) co_return false;
  log(fmt::format(
      "TLS handshake failed: {}",
      is_tls ? tls::ServerSide::explain(*tls, static_cast<unsigned>(ec.value())) : ec.message()));
  // The alert that says why must not be lost to a reset.
  session.socket().shutdown(tcp::socket::shutdown_send, ec);
  if (!ec) co_await swallow(session);
  co_return false;
}

/// Takes in what still comes, until the client closes the connection or its time is up.
asio::awaitable<void> Server::Impl::swallow(Session& session) {
  error_code ec;
  while (!ec && !stopping_) {
    // However fast it comes: others have their turn in between.
    ec = co_await ready(session);
    if (!ec) ec = session.stream.discard();
    if (ec == asio::error::would_block) ec = {};
  }
}

// --- Requests ---

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
  served(session);
  bool goes_on = co_await answer(session, parser);
  session.answering = false;
  co_return goes_on;
}

/// Waits for the first octets, because a client may take longer to begin a request than to send it.
asio::awaitable<error_code> Server::Impl::wait_for_request(Session& session) {
  allow(session, options_.idle_timeout);
  if (session.buffer.size() > 0 || session.stream.has_read_ahead()) {
    // A client that sends its requests without waiting for answers is not the only one.
    co_await asio::post(io_, asio::use_awaitable);
  } else if (error_code ec = co_await ready(session)) {
    co_return ec;
  }
  if (session.buffer.size() > 0) co_return error_code();
  co_return co_await fill(session);
}

/// A whole request. One that is there in one piece, as it is as a rule, is parsed at once.
asio::awaitable<error_code> Server::Impl::read(Session& session, Parser& parser) {
  error_code ec;
  bool header_seen = false, limited = false;
  parser.body_limit(options_.max_body);
  parser.header_limit(static_cast<std::uint32_t>(options_.max_header));
  while (true) {
    session.buffer.consume(parser.put(session.buffer.data(), ec));
    if (ec && ec != beast::http::error::need_more) co_return ec;
    if (parser.is_header_done() && !header_seen) {
      header_seen = true;
      if (error_code wrong = co_await look_at_header(session, parser)) co_return wrong;
    }
    if (parser.is_done()) co_return error_code();
    // The parser stops behind a header and behind pieces of a body.
    if (!ec && session.buffer.size() > 0) continue;
    count_buffered(session, parser.get().body().size());
    // From here on a request may take as long as the options say, however its octets come.
    if (!limited) allow(session, options_.request_timeout);
    limited = true;
    ec = co_await fill(session);
    if (ec == asio::error::eof) ec = beast::http::error::partial_message;
    if (ec) co_return ec;
  }
}

asio::awaitable<error_code> Server::Impl::look_at_header(Session& session, const Parser& parser) {
  const auto& header = parser.get();
  // RFC 9112, 6.1: where the coding is not known, nobody knows where the request ends.
  if (header.count(field::transfer_encoding) &&
      !same_text(header[field::transfer_encoding], "chunked"))
    co_return asio::error::operation_not_supported;
  // RFC 9110, 10.1.1. Some libraries wait a second for this before they send a large body.
  if (same_text(header[field::expect], "100-continue")) {
    co_await write(session, "HTTP/1.1 100 Continue\r\n\r\n");
  } else if (header.count(field::expect)) {
    co_return asio::error::invalid_argument;
  }
  co_return error_code();
}

void Server::Impl::count_buffered(Session& session, std::size_t octets) {
  if (session.gives_way) octets = 0;  // it goes with the connection
  buffered_ += octets - session.buffered;
  session.buffered = octets;
  auto holds = [](const Session& one) { return one.buffered > 0; };
  if (buffered_ > options_.max_buffered) close_first("too many octets of requests wait", holds);
}

asio::awaitable<bool> Server::Impl::answer(Session& session, Parser& parser) {
  // HTTP/1.0 has kept connections only by agreement, and nobody here needs it.
  bool keep = parser.keep_alive() && parser.get().version() >= 11;
  Request request = to_request(parser, session.client_certificate);
  Response response = handle(request);
  count_buffered(session, 0);
  bool whole = response.delivery == Delivery::kWhole || response.delivery == Delivery::kSlow;
  if (!whole) {
    ++requests_;
    co_await spoil(session, response);
    co_return false;
  }
  keep = keep && !stopping_ && !same_text(response.header("Connection"), "close");
  std::string message = encode(response, keep ? Persistence::kKeep : Persistence::kClose);
  if (request.method == "HEAD") message.resize(message.find("\r\n\r\n") + 4);
  ++requests_;
  allow(session, options_.request_timeout);
  bool sent = response.delivery == Delivery::kSlow
                  ? co_await write_slowly(session, message, response)
                  : co_await write(session, message);
  co_return sent&& keep;
}

/// Sends less than an answer, as the handler has asked for, and ends the connection.
asio::awaitable<void> Server::Impl::spoil(Session& session, const Response& response) {
  error_code ec;
  if (response.delivery == Delivery::kNothing) {
    // Until the client hangs up, or the server stops, which closes idle connections.
    session.answering = false;
    allow(session, kLongerThanClientsWait);
    co_await fill(session);
    co_return;
  }
  std::string message = what_is_sent(response);
  allow(session, options_.request_timeout);
  if (!message.empty()) co_await write(session, message);
  // A socket closed with nothing to linger for is reset, unless what was sent should still arrive.
  if (response.delivery == Delivery::kReset) {
    session.socket().set_option(asio::socket_base::linger(true, 0), ec);
  }
  session.close();
}

/// The octets of an answer that is spoiled.
std::string Server::Impl::what_is_sent(const Response& response) const {
  if (response.delivery == Delivery::kReset) return {};
  if (response.delivery == Delivery::kRaw) return response.body;
  std::string message = encode(response, Persistence::kKeep);
  std::size_t header = message.find("\r\n\r\n") + 4;
  // One octet less than the whole header is the most that still is no whole header.
  std::size_t end = response.delivery == Delivery::kCutHeader ? std::min(response.sent, header - 1)
                                                              : header + response.sent;
  message.resize(std::min(message.size(), end));
  return message;
}

asio::awaitable<bool> Server::Impl::write_slowly(Session& session, std::string_view message,
                                                 const Response& response) {
  std::size_t piece = std::max<std::size_t>(response.sent, 1);
  for (std::size_t at = 0; at < message.size(); at += piece) {
    if (at > 0) {
      error_code ec;
      session.pause.emplace(io_, response.pause);
      co_await session.pause->async_wait(into(ec));
      if (ec) co_return false;
    }
    allow(session, options_.request_timeout);
    if (!co_await write(session, message.substr(at, piece))) co_return false;
  }
  co_return true;
}

asio::awaitable<void> Server::Impl::refuse(Session& session, error_code ec) {
  std::optional<Response> response = refusal(ec);
  if (!stopping_ && !session.gives_way) {
    log(fmt::format("a request could not be read: {}", response ? response->body : ec.message()));
  }
  if (!response) co_return;
  allow(session, options_.request_timeout);
  co_await write(session, encode(*response, Persistence::kClose));
}

/// Closing a socket that has unread input resets the connection, and the client may lose the answer
/// with it. So what it still sends is taken in until it closes too, or its time is up.
asio::awaitable<void> Server::Impl::close(Session& session) {
  error_code ec = session.stream.shutdown();
  // A client that keeps an idle connection must not hold up the end: say goodbye, and leave.
  if (stopping_) co_return;
  allow(session, options_.request_timeout);
  if (ec == asio::error::would_block)
    co_await complete(session, [&session] { return session.stream.flush(); });
  session.socket().shutdown(tcp::socket::shutdown_send, ec);
  if (!ec) co_await swallow(session);
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
