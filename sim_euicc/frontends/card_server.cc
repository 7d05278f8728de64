#include "sim_euicc/frontends/card_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio.hpp>
#include <charconv>
#include <list>

#include "sim_euicc/frontends/vpcd_frames.h"

namespace sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
/// TCP or Unix: an inherited socket may be either.
using Stream = asio::generic::stream_protocol;
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

std::unexpected<rsp::Error> refused(std::string_view step, const std::string& address,
                                    std::string_view why, std::string_view hint) {
  return rsp::failure({.layer = rsp::Layer::kTransport,
                       .step = std::string(step.substr(0, step.find(' '))),
                       .path = address,
                       .text = fmt::format("cannot {} {}: {}", step, address, why),
                       .hint = std::string(hint)});
}

constexpr std::string_view kListenHint =
    "an address is HOST:PORT, such as 127.0.0.1:0 for any free port";
constexpr std::string_view kConnectHint = "an address is HOST:PORT, such as 127.0.0.1:35963";
constexpr std::string_view kDescriptorHint =
    "it must be a stream socket, connected or listening, that this program has inherited";

/// HOST and PORT as they were written; a port that is not there is empty.
struct HostAndPort {
  std::string host, port;
};

/// The last colon divides, unless it belongs to an IPv6 address in brackets, which are taken off.
HostAndPort split(const std::string& address) {
  auto colon = address.rfind(':');
  if (address.ends_with(']')) colon = std::string::npos;
  HostAndPort parts{address.substr(0, colon),
                    colon == std::string::npos ? "" : address.substr(colon + 1)};
  if (parts.host.starts_with('[') && parts.host.ends_with(']'))
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  return parts;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

rsp::Result<tcp::endpoint> parse_listen(const std::string& address) {
  auto [host, port_text] = split(address);
  auto port = parse_port(port_text.empty() ? "0" : port_text);
  if (!port) return refused("listen on", address, "the port is no number", kListenHint);
  error_code error;
  auto ip = asio::ip::make_address(host.empty() ? "127.0.0.1" : host, error);
  if (error) return refused("listen on", address, "the host is no IP address", kListenHint);
  return tcp::endpoint(ip, *port);
}

rsp::Result<HostAndPort> parse_connect(const std::string& address) {
  HostAndPort parts = split(address);
  if (parts.host.empty() || parse_port(parts.port).value_or(0) == 0)
    return refused("connect to", address, "that is no address", kConnectHint);
  return parts;
}

std::string to_text(const tcp::endpoint& endpoint) {
  std::string host = endpoint.address().to_string();
  return fmt::format("{}:{}", endpoint.address().is_v6() ? "[" + host + "]" : host,
                     endpoint.port());
}

int option_of(int descriptor, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

void set_tcp_option(int descriptor, int name) {
  int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, name, &on, sizeof on);
}

}  // namespace

class CardServer::Impl {
 public:
  explicit Impl(CardServerOptions options) : options_(std::move(options)) {}

  rsp::Result<std::string> listen(const std::string& address, rsp::card::Card& card) {
    RSP_TRY(tcp::endpoint endpoint, parse_listen(address));
    try {
      tcp::acceptor acceptor(context_, endpoint);
      std::string bound = to_text(acceptor.local_endpoint());
      Offer& offer = add(card, bound);
      offer.acceptor = std::move(acceptor);
      start(serve_listening(offer));
      return bound;
    } catch (const boost::system::system_error& failure) {
      return refused("listen on", address, failure.code().message(), kListenHint);
    }
  }

  rsp::Status connect(const std::string& address, rsp::card::Card& card) {
    RSP_TRY(HostAndPort parts, parse_connect(address));
    bool taken = std::ranges::any_of(offers_, [&](const Offer& o) { return o.name == address; });
    if (taken)
      return refused("connect to", address, "another card goes there", "a slot takes one card");
    start(serve_connecting(add(card, address), parts.host, parts.port));
    return {};
  }

  rsp::Status adopt(int descriptor, rsp::card::Card& card) {
    std::string name = fmt::format("descriptor {}", descriptor);
    if (option_of(descriptor, SO_TYPE) != SOCK_STREAM)
      return refused("use", name, "it is no stream socket", kDescriptorHint);
    Stream protocol(option_of(descriptor, SO_DOMAIN), option_of(descriptor, SO_PROTOCOL));
    sockaddr_storage peer;
    socklen_t size = sizeof peer;
    bool listens = option_of(descriptor, SO_ACCEPTCONN) == 1;
    bool connected = ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0;
    if (!listens && !connected)
      return refused("use", name, "it neither listens nor is connected", kDescriptorHint);
    error_code error;
    Offer& offer = add(card, name);
    if (listens) {
      offer.acceptor.assign(protocol, descriptor, error);
    } else {
      offer.client.assign(protocol, descriptor, error);
    }
    if (error) {
      offers_.pop_back();
      return refused("use", name, error.message(), kDescriptorHint);
    }
    start(listens ? serve_listening(offer) : serve_connected(offer));
    return {};
  }

  void stop_on(std::initializer_list<int> signals) {
    for (int signal : signals) signals_.add(signal);
    signals_.async_wait([this](error_code error, int) {
      if (!error) close_all();
    });
  }

  void run() {
    if (running_ == 0) signals_.cancel();
    context_.run();
  }

  void stop() {
    asio::post(context_, [this] { close_all(); });
  }

 private:
  /// One card at one place.
  struct Offer {
    Offer(asio::io_context& context, rsp::card::Card& card, std::string name)
        : name(std::move(name)),
          card(card),
          acceptor(context),
          client(context),
          resolver(context),
          pause(context),
          watch(context) {}
    std::string name;
    VpcdCard card;
    asio::basic_socket_acceptor<Stream> acceptor;
    Stream::socket client;
    tcp::resolver resolver;
    asio::steady_timer pause;

    FrameBuffer frames;
    rsp::Bytes answer;
    bool is_tcp = false;
    /// Whether something has come that no answer has acknowledged yet.
    bool unacknowledged = false;

    /// Ends a client that stops in the middle of a frame. The timer is set once and looks at what
    /// has become of it, so that an APDU costs no change of a timer.
    asio::steady_timer watch;
    bool watching = false;
    /// Whether the client has to do something now, and how often it or another one has done so.
    bool waits_for_client = false;
    std::uint64_t steps = 0;
  };

  Offer& add(rsp::card::Card& card, std::string name) {
    return offers_.emplace_back(context_, card, std::move(name));
  }

  void start(asio::awaitable<void> service) {
    ++running_;
    asio::co_spawn(context_, std::move(service), [this](std::exception_ptr failure) {
      if (--running_ == 0) signals_.cancel();
      if (failure) std::rethrow_exception(failure);  // a fault of ours; run() throws it
    });
  }

  void say(const Offer& offer, std::string_view what) {
    if (options_.log) options_.log(fmt::format("{}: {}", offer.name, what));
  }

  void close_all() {
    stopped_ = true;
    error_code ignored;
    signals_.cancel(ignored);
    for (Offer& offer : offers_) {
      offer.acceptor.close(ignored);
      offer.client.close(ignored);
      offer.resolver.cancel();
      offer.pause.cancel();
      offer.watch.cancel();
    }
  }

  asio::awaitable<void> wait(Offer& offer, std::chrono::nanoseconds time) {
    if (stopped_) co_return;
    offer.pause.expires_after(time);
    co_await offer.pause.async_wait(kAwait);
  }

  asio::awaitable<void> serve_listening(Offer& offer) {
    while (!stopped_) {
      auto [error, socket] = co_await offer.acceptor.async_accept(kAwait);
      if (!error) {
        offer.client = std::move(socket);
        co_await serve_client(offer);
      } else if (!stopped_) {
        // Too many open files, most likely: that may pass, and asking at once would not help.
        say(offer, fmt::format("cannot accept a client: {}", error.message()));
        co_await wait(offer, options_.most_pause);
      }
    }
  }

  asio::awaitable<void> serve_connecting(Offer& offer, std::string host, std::string port) {
    auto pause = options_.least_pause;
    std::string said;
    auto tell = [&](const std::string& what) {
      if (what != said) say(offer, said = what);  // the same failure for hours is told once
    };
    while (!stopped_) {
      error_code error = co_await connect(offer, host, port);
      if (stopped_) co_return;  // what stop() has cancelled is no failure
      tell(error ? error.message() : "connected");
      // A peer that hangs up without a word is no reason to come back at once.
      if (!error && co_await serve_client(offer)) pause = options_.least_pause;
      if (!error && !stopped_) tell("the connection is gone");
      co_await wait(offer, pause);
      pause = std::min(2 * pause, options_.most_pause);
    }
  }

  asio::awaitable<error_code> connect(Offer& offer, const std::string& host,
                                      const std::string& port) {
    auto [not_found, endpoints] = co_await offer.resolver.async_resolve(host, port, kAwait);
    if (not_found) co_return not_found;
    error_code error = asio::error::host_not_found;
    for (const auto& entry : endpoints) {
      error_code ignored;
      offer.client.close(ignored);
      if (stopped_) co_return asio::error::operation_aborted;
      auto [failed] = co_await offer.client.async_connect(entry.endpoint(), kAwait);
      error = failed ? failed : refuse_itself(offer);
      if (!error) break;
    }
    co_return error;
  }

  /// The ports of vpcd are among those that the system gives to clients. Where nobody listens, a
  /// client that gets the very port it calls is connected to itself.
  static error_code refuse_itself(Offer& offer) {
    error_code error;
    auto here = offer.client.local_endpoint(error), there = offer.client.remote_endpoint(error);
    if (error || here != there) return error;
    offer.client.close(error);
    return asio::error::connection_refused;
  }

  asio::awaitable<void> serve_connected(Offer& offer) { co_await serve_client(offer); }

  /// Whether the client has sent anything that is a frame.
  asio::awaitable<bool> serve_client(Offer& offer) {
    prepare(offer);
    std::uint64_t before = ++offer.steps;
    while (co_await read(offer)) {
      while (auto payload = offer.frames.next()) {
        ++offer.steps;
        auto answer = offer.card.answer_to(*payload);
        if (auto delay = offer.card.take_delay(); delay.count() > 0) {
          offer.waits_for_client = false;
          co_await wait(offer, delay);
          if (stopped_) break;
        }
        if (answer && !co_await write(offer, *answer)) break;
      }
    }
    offer.waits_for_client = false;
    offer.watch.cancel();
    error_code ignored;
    offer.client.close(ignored);
    co_return offer.steps != before;
  }

  void prepare(Offer& offer) {
    offer.frames.clear();
    int domain = option_of(offer.client.native_handle(), SO_DOMAIN);
    offer.is_tcp = domain == AF_INET || domain == AF_INET6;
    if (offer.is_tcp) set_tcp_option(offer.client.native_handle(), TCP_NODELAY);
    error_code ignored;
    offer.client.non_blocking(true, ignored);
    offer.unacknowledged = false;
  }

  asio::awaitable<bool> read(Offer& offer) {
    if (offer.unacknowledged) acknowledge(offer);
    expect_client(offer, offer.frames.midway());
    auto [error, count] =
        co_await offer.client.async_read_some(asio::buffer(space_of(offer)), kAwait);
    offer.unacknowledged = true;
    if (!error) offer.frames.filled(count);
    co_return !error;
  }

  /// Acknowledges what no answer has: the first part of a frame, or one that gets none. vpcd 3.3
  /// sends the length of a frame and then its payload, and its system keeps the payload back until
  /// the length is acknowledged, which ours would put off by 40 ms.
  static void acknowledge(Offer& offer) {
    if (offer.is_tcp) set_tcp_option(offer.client.native_handle(), TCP_QUICKACK);
  }

  static asio::mutable_buffer space_of(Offer& offer) {
    std::span<std::uint8_t> space = offer.frames.space();
    return asio::buffer(space.data(), space.size());
  }

  /// By one write: a second one would wait for the acknowledgement of the first.
  asio::awaitable<bool> write(Offer& offer, rsp::BytesView answer) {
    write_frame(offer.answer, answer);
    // Nearly always all of it goes at once, which spares a turn of the event loop.
    error_code error;
    std::size_t sent = offer.client.write_some(asio::buffer(offer.answer), error);
    if (error && error != asio::error::would_block) co_return false;
    if (sent < offer.answer.size()) {
      expect_client(offer, true);
      auto [failed, rest] =
          co_await asio::async_write(offer.client, asio::buffer(offer.answer) + sent, kAwait);
      if (failed) co_return false;
    }
    offer.unacknowledged = false;
    ++offer.steps;
    co_return true;
  }

  void expect_client(Offer& offer, bool to_act) {
    offer.waits_for_client = to_act;
    if (to_act && !offer.watching) watch(offer);
  }

  void watch(Offer& offer) {
    offer.watching = true;
    offer.watch.expires_after(options_.patience);
    offer.watch.async_wait([this, &offer, seen = offer.steps](error_code error) {
      offer.watching = false;
      if (stopped_ || !offer.waits_for_client) return;
      if (error || offer.steps != seen) return watch(offer);  // it is about another client or frame
      say(offer, "the client stopped in the middle of a frame and was hung up on");
      error_code ignored;
      offer.client.close(ignored);
    });
  }

  CardServerOptions options_;
  asio::io_context context_{1};
  asio::signal_set signals_{context_};
  std::list<Offer> offers_;
  std::size_t running_ = 0;
  bool stopped_ = false;
};

CardServer::CardServer(CardServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

rsp::Status CardServer::check_listen(const std::string& address) {
  RSP_CHECK(parse_listen(address));
  return {};
}

rsp::Status CardServer::check_connect(const std::string& address) {
  RSP_CHECK(parse_connect(address));
  return {};
}

CardServer::~CardServer() = default;

rsp::Result<std::string> CardServer::listen(const std::string& address, rsp::card::Card& card) {
  return impl_->listen(address, card);
}
rsp::Status CardServer::connect(const std::string& address, rsp::card::Card& card) {
  return impl_->connect(address, card);
}
rsp::Status CardServer::adopt(int descriptor, rsp::card::Card& card) {
  return impl_->adopt(descriptor, card);
}
void CardServer::stop_on(std::initializer_list<int> signals) { impl_->stop_on(signals); }
void CardServer::run() { impl_->run(); }
void CardServer::stop() { impl_->stop(); }

}  // namespace sim
