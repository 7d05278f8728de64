// Cards on sockets: who listens, who connects, and what becomes of bad clients.
#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "rsp/base/hex.h"
#include "sim_euicc/frontends/card_server.h"

namespace sim::testing {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Nothing here takes that long; it turns a hang into a failure.
constexpr timeval kPatience{30, 0};

/// Answers each command with its own octet and the command, or with a lot where asked for.
class EchoCard final : public rsp::card::Card {
 public:
  explicit EchoCard(std::uint8_t mark = 0xE0) : mark_(mark) {}
  Bytes reset() override { return {0x3B, ++resets_}; }
  Bytes transmit(BytesView command) override {
    if (rsp::equal(command, rsp::view_of("a lot"))) return Bytes(60'000);
    if (rsp::equal(command, rsp::view_of("throw"))) throw std::logic_error("a fault of the card");
    return rsp::concat({{&mark_, 1}, command});
  }

 private:
  std::uint8_t mark_, resets_ = 0;
};

/// A file descriptor that is closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() { close(); }
  int get() const { return number_; }
  int release() { return std::exchange(number_, -1); }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

/// Bound to a free port of loopback. Nobody can connect to it before it listens.
struct BoundSocket {
  BoundSocket() : descriptor(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor.get(), any, size) != 0 ||
        ::getsockname(descriptor.get(), any, &size) != 0)
      throw std::runtime_error("no port");
    port = ntohs(address.sin_port);
  }
  void listen() { ASSERT_EQ(::listen(descriptor.get(), 0), 0); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port); }

  Descriptor descriptor;
  std::uint16_t port = 0;
};

/// The other end of a card's connection.
class Peer {
 public:
  explicit Peer(Descriptor socket) : socket_(std::move(socket)) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  }
  static Peer to(const std::string& address) {
    sockaddr_in there =
        loopback(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    Descriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
    if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&there), sizeof there) != 0)
      throw std::runtime_error("nobody listens at " + address);
    return Peer(std::move(socket));
  }
  static Peer accepted_by(const BoundSocket& listening) {
    ::setsockopt(listening.descriptor.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    return Peer(Descriptor(::accept(listening.descriptor.get(), nullptr, nullptr)));
  }

  /// Whether all of it went out.
  bool send_raw(BytesView octets) {
    return ::send(socket_.get(), octets.data(), octets.size(), MSG_NOSIGNAL) ==
           static_cast<ssize_t>(octets.size());
  }
  bool send(std::string_view payload) {
    Bytes frame{static_cast<std::uint8_t>(payload.size() >> 8),
                static_cast<std::uint8_t>(payload.size())};
    rsp::append(frame, rsp::view_of(payload));
    return send_raw(frame);
  }
  /// A payload; "gone" where the card has hung up.
  std::string receive() {
    Bytes length(2);
    if (!fill(length)) return "gone";
    Bytes payload(rsp::big_endian(length));
    return fill(payload) ? std::string(rsp::text_of(payload)) : "gone";
  }
  std::string ask(std::string_view payload) { return send(payload) ? receive() : "gone"; }
  void close() { socket_.close(); }

 private:
  bool fill(Bytes& octets) {
    return ::recv(socket_.get(), octets.data(), octets.size(), MSG_WAITALL) ==
           static_cast<ssize_t>(octets.size());
  }
  Descriptor socket_;
};

/// What a server says, to be waited for.
class Log {
 public:
  void add(std::string_view line) {
    std::lock_guard lock(mutex_);
    lines_.emplace_back(line);
    changed_.notify_all();
  }
  /// Waits until so many lines have a part.
  bool has(std::string_view part, std::ptrdiff_t times = 1) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(kPatience.tv_sec),
                             [&] { return matches(part) >= times; });
  }
  std::ptrdiff_t count(std::string_view part) {
    std::lock_guard lock(mutex_);
    return matches(part);
  }

 private:
  std::ptrdiff_t matches(std::string_view part) const {
    return std::ranges::count_if(lines_,
                                 [&](const std::string& line) { return line.contains(part); });
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

class CardServerTest : public ::testing::Test {
 protected:
  CardServerTest() { make({}); }
  ~CardServerTest() override { end(); }

  void make(CardServerOptions options) {
    options.log = [this](std::string_view line) { log.add(line); };
    server.emplace(std::move(options));
  }
  void start() {
    runner = std::thread([this] { server->run(); });
  }
  void end() {
    if (!runner.joinable()) return;
    server->stop();
    runner.join();
  }
  /// Fails by the time limit of the test where run() does not end by itself.
  void wait_for_the_end() { runner.join(); }

  EchoCard card;
  Log log;
  std::optional<CardServer> server;
  std::thread runner;
};

// --- Listening ---

TEST_F(CardServerTest, AnswersAClient) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  EXPECT_EQ(Peer::to(address).ask("hello"), "\xE0hello");
}

TEST_F(CardServerTest, KeepsTheCardFromOneClientToTheNext) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  Peer first = Peer::to(address);
  ASSERT_TRUE(first.send("\x02"));
  EXPECT_EQ(first.ask("\x04"), "\x3B\x01");
  first.close();
  EXPECT_EQ(Peer::to(address).ask("\x04"), "\x3B\x01");
}

TEST_F(CardServerTest, LetsASecondClientWaitForTheFirst) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  Peer first = Peer::to(address), second = Peer::to(address);
  ASSERT_TRUE(second.send("two"));
  EXPECT_EQ(first.ask("one"), "\xE0one");
  EXPECT_EQ(first.ask("three"), "\xE0three");
  first.close();
  EXPECT_EQ(second.receive(), "\xE0two");
}

/// A card whose answers take their time.
class SlowCard final : public rsp::card::Card {
 public:
  explicit SlowCard(std::chrono::nanoseconds delay) : delay_(delay) {}
  Bytes reset() override { return {0x3B, 0x00}; }
  Bytes transmit(BytesView command) override { return rsp::to_bytes(command); }
  std::chrono::nanoseconds take_delay() override { return delay_; }

 private:
  std::chrono::nanoseconds delay_;
};

TEST_F(CardServerTest, ACardThatTakesItsTimeKeepsNoOtherWaiting) {
  SlowCard slow(std::chrono::hours(1));
  std::string there = server->listen("127.0.0.1:0", slow).value();
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  Peer patient = Peer::to(there), other = Peer::to(address);
  ASSERT_TRUE(patient.send("slow"));
  EXPECT_EQ(other.ask("hello"), "\xE0hello");
  EXPECT_EQ(other.ask("again"),
            "\xE0"
            "again");
  end();
  EXPECT_EQ(patient.receive(), "gone");
}

TEST_F(CardServerTest, AnAnswerComesWhenItsTimeIsOver) {
  constexpr std::chrono::milliseconds kDelay(2);
  SlowCard slow(kDelay);
  std::string address = server->listen("127.0.0.1:0", slow).value();
  start();
  Peer client = Peer::to(address);
  auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(client.ask("hello"), "hello");
  EXPECT_GE(std::chrono::steady_clock::now() - before, kDelay);
}

TEST_F(CardServerTest, TellsTheAddressThatItGot) {
  for (const char* wanted : {"127.0.0.1:0", "127.0.0.1", ":0", ""}) {
    std::string address = server->listen(wanted, card).value();
    EXPECT_THAT(address, StartsWith("127.0.0.1:")) << wanted;
    EXPECT_THAT(address, ::testing::Not(::testing::EndsWith(":0"))) << wanted;
  }
}

TEST_F(CardServerTest, TakesAnIpv6AddressInBrackets) {
  auto address = server->listen("[::1]:0", card);
  if (!address && address.error().text.contains("assign")) GTEST_SKIP() << "no IPv6 here";
  ASSERT_TRUE(address) << address.error().message();
  EXPECT_THAT(*address, StartsWith("[::1]:"));
}

TEST_F(CardServerTest, RefusesWhatIsNoAddress) {
  for (const char* wanted :
       {"127.0.0.1:x", "127.0.0.1:70000", "127.0.0.1:-1", "somewhere:0", ":1 "}) {
    auto refused = server->listen(wanted, card);
    ASSERT_FALSE(refused) << wanted;
    EXPECT_EQ(refused.error().layer, rsp::Layer::kTransport);
    EXPECT_EQ(refused.error().path, wanted);
  }
}

TEST_F(CardServerTest, RefusesAPortThatIsTaken) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  auto refused = server->listen(address, card);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr(address));
}

TEST_F(CardServerTest, ServesSeveralCardsAtATime) {
  EchoCard other(0xE1);
  std::string one = server->listen("127.0.0.1:0", card).value();
  std::string two = server->listen("127.0.0.1:0", other).value();
  start();
  Peer first = Peer::to(one), second = Peer::to(two);
  ASSERT_TRUE(first.send("\x02"));
  EXPECT_EQ(first.ask("one"), "\xE0one");
  EXPECT_EQ(second.ask("two"), "\xE1two");
  EXPECT_EQ(first.ask("\x04"), "\x3B\x01");
  EXPECT_EQ(second.ask("\x04"), "\x3B\x01");
}

// --- Connecting ---

TEST_F(CardServerTest, GoesToAReaderThatListensLater) {
  make({.least_pause = std::chrono::milliseconds(1), .most_pause = std::chrono::milliseconds(2)});
  BoundSocket reader;
  ASSERT_TRUE(server->connect(reader.address(), card));
  start();
  ASSERT_TRUE(log.has("refused"));
  reader.listen();
  EXPECT_EQ(Peer::accepted_by(reader).ask("hello"), "\xE0hello");
}

TEST_F(CardServerTest, ComesBackToAReaderThatHangsUp) {
  make({.least_pause = std::chrono::milliseconds(1)});
  BoundSocket reader;
  reader.listen();
  ASSERT_TRUE(server->connect(reader.address(), card));
  start();
  for (int time = 0; time < 3; ++time) {
    Peer slot = Peer::accepted_by(reader);
    ASSERT_TRUE(slot.send("\x01"));
    EXPECT_EQ(slot.ask("hello"), "\xE0hello");
  }
}

TEST_F(CardServerTest, FindsAReaderByName) {
  BoundSocket reader;
  reader.listen();
  ASSERT_TRUE(server->connect("localhost:" + std::to_string(reader.port), card));
  start();
  EXPECT_EQ(Peer::accepted_by(reader).ask("hello"), "\xE0hello");
}

TEST_F(CardServerTest, TellsOfAFailureOnce) {
  make({.least_pause = std::chrono::milliseconds(1), .most_pause = std::chrono::milliseconds(1)});
  BoundSocket silent, mute;
  mute.listen();
  ASSERT_TRUE(server->connect(silent.address(), card));
  ASSERT_TRUE(server->connect(mute.address(), card));
  start();
  // The one connects and loses its connection some times, while the other tries in vain.
  for (int time = 0; time < 20; ++time) Peer::accepted_by(mute).close();
  ASSERT_TRUE(log.has("connection is gone", 19));
  end();
  EXPECT_EQ(log.count(silent.address()), 1);
}

TEST_F(CardServerTest, EndsWhileItTriesToConnect) {
  make({.least_pause = std::chrono::hours(1)});
  BoundSocket reader;
  ASSERT_TRUE(server->connect(reader.address(), card));
  start();
  ASSERT_TRUE(log.has("refused"));
  end();
}

TEST_F(CardServerTest, ConnectsOnlyToAddressesWithAPort) {
  for (const char* wanted : {"", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:x", ":35963", "[::1]"}) {
    auto refused = server->connect(wanted, card);
    ASSERT_FALSE(refused) << wanted;
    EXPECT_EQ(refused.error().layer, rsp::Layer::kTransport);
    EXPECT_EQ(refused.error().path, wanted);
  }
}

TEST_F(CardServerTest, PutsNoSecondCardIntoASlot) {
  EXPECT_TRUE(server->connect("127.0.0.1:35963", card));
  auto refused = server->connect("127.0.0.1:35963", card);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().text, HasSubstr("another card"));
}

// --- Inherited sockets ---

TEST_F(CardServerTest, ServesAConnectedSocketUntilItsPeerGoes) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Peer peer{Descriptor(ends[0])};
  ASSERT_TRUE(server->adopt(ends[1], card));
  server->stop_on({SIGUSR1});  // which must not keep it running
  start();
  EXPECT_EQ(peer.ask("hello"), "\xE0hello");
  EXPECT_EQ(peer.ask("then"), "\xE0then");
  peer.close();
  wait_for_the_end();
}

TEST_F(CardServerTest, EndsWithTheLastOfItsConnectedSockets) {
  EchoCard other(0xE1);
  int one[2], two[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, one), 0);
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, two), 0);
  Peer first{Descriptor(one[0])}, second{Descriptor(two[0])};
  ASSERT_TRUE(server->adopt(one[1], card));
  ASSERT_TRUE(server->adopt(two[1], other));
  start();
  first.close();
  EXPECT_EQ(second.ask("hello"), "\xE1hello");
  second.close();
  wait_for_the_end();
}

TEST_F(CardServerTest, ServesAListeningSocketClientAfterClient) {
  BoundSocket inherited;
  inherited.listen();
  ASSERT_TRUE(server->adopt(inherited.descriptor.release(), card));
  start();
  EXPECT_EQ(Peer::to(inherited.address()).ask("one"), "\xE0one");
  EXPECT_EQ(Peer::to(inherited.address()).ask("two"), "\xE0two");
}

TEST_F(CardServerTest, AdoptsNothingElse) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe(pipe_ends), 0);
  Descriptor read_end(pipe_ends[0]), write_end(pipe_ends[1]);
  Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM, 0)), idle(::socket(AF_INET, SOCK_STREAM, 0));
  for (int number : {-1, 9999, read_end.get(), datagrams.get(), idle.get()}) {
    auto refused = server->adopt(number, card);
    ASSERT_FALSE(refused) << number;
    EXPECT_EQ(refused.error().layer, rsp::Layer::kTransport);
    EXPECT_EQ(refused.error().path, "descriptor " + std::to_string(number));
  }
  start();
  wait_for_the_end();  // nothing of it is left to serve
}

TEST_F(CardServerTest, AdoptsASocketOnce) {
  BoundSocket inherited;
  inherited.listen();
  ASSERT_TRUE(server->adopt(inherited.descriptor.get(), card));
  EXPECT_FALSE(server->adopt(inherited.descriptor.release(), card));
}

// --- Clients that misbehave ---

TEST_F(CardServerTest, HangsUpOnHalfAFrame) {
  make({.patience = std::chrono::milliseconds(20)});
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  for (const char* half : {"00", "0005", "0005AABB", "FFFF00", "000101000500"}) {
    Peer stuck = Peer::to(address);
    ASSERT_TRUE(stuck.send_raw(*rsp::from_hex(half)));
    Peer next = Peer::to(address);
    EXPECT_EQ(next.ask("hello"), "\xE0hello") << half;
    EXPECT_EQ(stuck.receive(), "gone") << half;
  }
}

TEST_F(CardServerTest, HangsUpOnAClientThatTakesNoAnswers) {
  make({.patience = std::chrono::milliseconds(50)});
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  Peer deaf = Peer::to(address);
  for (int i = 0; i < 1000 && deaf.send("a lot"); ++i) {
  }
  EXPECT_EQ(Peer::to(address).ask("hello"), "\xE0hello");
  EXPECT_TRUE(log.has("hung up"));
}

TEST_F(CardServerTest, LetsAClientThinkBetweenFrames) {
  make({.patience = std::chrono::milliseconds(20)});
  EchoCard other;
  std::string one = server->listen("127.0.0.1:0", card).value();
  std::string two = server->listen("127.0.0.1:0", other).value();
  start();
  Peer thoughtful = Peer::to(one);
  EXPECT_EQ(thoughtful.ask("hello"), "\xE0hello");
  for (int time = 0; time < 3; ++time) {  // these take as long as patience lasts, each
    Peer stuck = Peer::to(two);
    ASSERT_TRUE(stuck.send_raw(rsp::Octets<1>{0}));
    EXPECT_EQ(stuck.receive(), "gone");
  }
  EXPECT_EQ(thoughtful.ask("then"), "\xE0then");
}

// --- The end ---

TEST_F(CardServerTest, EndsBySignal) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  server->stop_on({SIGUSR1});
  start();
  EXPECT_EQ(Peer::to(address).ask("hello"), "\xE0hello");
  ASSERT_EQ(::kill(::getpid(), SIGUSR1), 0);
  wait_for_the_end();
}

TEST_F(CardServerTest, HangsUpWhenItIsStopped) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  start();
  Peer client = Peer::to(address);
  EXPECT_EQ(client.ask("hello"), "\xE0hello");
  end();
  EXPECT_EQ(client.receive(), "gone");
}

TEST_F(CardServerTest, StoppedBeforeItRunsItEndsAtOnce) {
  ASSERT_TRUE(server->listen("127.0.0.1:0", card));
  server->stop();
  server->run();
}

TEST_F(CardServerTest, LetsAFaultOfTheCardThrough) {
  std::string address = server->listen("127.0.0.1:0", card).value();
  std::string caught;
  runner = std::thread([&] {
    try {
      server->run();
    } catch (const std::logic_error& fault) {
      caught = fault.what();
    }
  });
  EXPECT_TRUE(Peer::to(address).send("throw"));
  runner.join();
  EXPECT_EQ(caught, "a fault of the card");
}

}  // namespace
}  // namespace sim::testing
