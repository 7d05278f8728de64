// GetEUICCChallenge through the socket front end against an echo of the same octets over the same
// kind of socket, in paired rounds of one run. The echo is the least that anybody can do: what came
// by one call goes back by another, on a blocking socket.
#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "rsp/base/hex.h"
#include "sim_euicc/frontends/card_server.h"
#include "tests/bench/floor.h"
#include "tests/world.h"

namespace {

constexpr std::size_t kRounds = 31, kBatches = 20, kExchangesPerBatch = 20;
/// What a client says before the measured part: power, a channel, the ISD-R.
constexpr const char* kOpening[] = {"0070000001", "01A4040010A0000005591010FFFFFFFF8900000100"};
/// GetEUICCChallenge as LPAs send it: STORE DATA, and GET RESPONSE for the 21 octets.
constexpr const char* kCommands[] = {"81E2910003BF2E00", "81C0000015"};
constexpr std::size_t kChallengeAnswer = 21 + 2;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

rsp::Bytes framed(std::string_view hex) {
  rsp::Bytes payload = *rsp::from_hex(hex);
  return rsp::concat({rsp::Octets<2>{0, static_cast<std::uint8_t>(payload.size())}, payload});
}

struct Pair {
  int client = -1, server = -1;
};

Pair connected_tcp() {
  int listening = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  must(::bind(listening, any, size) == 0 && ::listen(listening, 1) == 0 &&
           ::getsockname(listening, any, &size) == 0,
       "no port");
  Pair pair{::socket(AF_INET, SOCK_STREAM, 0), -1};
  must(::connect(pair.client, any, size) == 0, "no connection");
  pair.server = ::accept(listening, nullptr, nullptr);
  ::close(listening);
  int on = 1;
  for (int end : {pair.client, pair.server})
    ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return pair;
}

Pair connected_unix() {
  int ends[2];
  must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "no pair of sockets");
  return {ends[0], ends[1]};
}

/// One command after the other over a socket, each as one frame.
class Client {
 public:
  explicit Client(int socket) : socket_(socket) {}
  ~Client() { ::close(socket_); }
  void send(const rsp::Bytes& frame) {
    must(::send(socket_, frame.data(), frame.size(), 0) == static_cast<ssize_t>(frame.size()),
         "sending failed");
  }
  /// Octets of payload that came.
  std::size_t receive() {
    std::size_t have = 0;
    do {
      ssize_t more = ::recv(socket_, buffer_.data() + have, buffer_.size() - have, 0);
      must(more > 0, "receiving failed");
      have += static_cast<std::size_t>(more);
    } while (have < 2 || have < 2 + rsp::big_endian(rsp::BytesView(buffer_).first(2)));
    return have - 2;
  }
  std::size_t ask(const rsp::Bytes& frame) {
    send(frame);
    return receive();
  }

 private:
  int socket_;
  rsp::Bytes buffer_ = rsp::Bytes(4096);
};

/// Serves on a thread until its client goes.
class EchoThread {
 public:
  explicit EchoThread(int socket)
      : thread_([socket] {
          std::array<std::uint8_t, 4096> buffer;
          ssize_t count = 0;
          while ((count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0)
            if (::send(socket, buffer.data(), static_cast<std::size_t>(count), 0) != count) break;
          ::close(socket);
        }) {}
  ~EchoThread() { thread_.join(); }

 private:
  std::thread thread_;
};

class CardThread {
 public:
  explicit CardThread(int socket) {
    world_.start();
    must(server_.adopt(socket, *world_.euicc).has_value(), "the socket was refused");
    thread_ = std::thread([this] { server_.run(); });
  }
  ~CardThread() { thread_.join(); }

 private:
  testing_world::World world_;
  sim::CardServer server_;
  std::thread thread_;
};

struct Times {
  double cpu = 0, wall = 0;  // microseconds
  Times& operator+=(const Times& other) {
    cpu += other.cpu;
    wall += other.wall;
    return *this;
  }
};

template <class F>
Times time_of(F&& work) {
  auto begin = std::chrono::steady_clock::now();
  double cpu = bench::cpu_microseconds();
  work();
  std::chrono::duration<double, std::micro> wall = std::chrono::steady_clock::now() - begin;
  return {bench::cpu_microseconds() - cpu, wall.count()};
}

double middle(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct Round {
  Times echo, card;
};

Round measure(Client& to_echo, Client& to_card, const std::vector<rsp::Bytes>& commands) {
  Round round;
  for (std::size_t batch = 0; batch < kBatches; ++batch) {
    round.echo += time_of([&] {
      for (std::size_t i = 0; i < kExchangesPerBatch; ++i)
        for (const rsp::Bytes& command : commands) to_echo.ask(command);
    });
    round.card += time_of([&] {
      for (std::size_t i = 0; i < kExchangesPerBatch; ++i) {
        to_card.ask(commands[0]);
        must(to_card.ask(commands[1]) == kChallengeAnswer, "that is no challenge");
      }
    });
  }
  return round;
}

void challenge_over(benchmark::State& state, Pair (*connect)()) {
  Pair echo_pair = connect(), card_pair = connect();
  // The threads end when their clients are gone, and those go first.
  EchoThread echo(echo_pair.server);
  CardThread card(card_pair.server);
  Client to_echo(echo_pair.client), to_card(card_pair.client);
  to_card.send(rsp::Bytes{0, 1, 1});
  for (const char* command : kOpening) to_card.ask(framed(command));
  std::vector<rsp::Bytes> commands;
  for (const char* command : kCommands) commands.push_back(framed(command));

  measure(to_echo, to_card, commands);  // warms what there is to warm
  std::vector<double> ratios, wall_ratios, echoes, cards, echo_cpu, card_cpu;
  constexpr double kExchanges = kBatches * kExchangesPerBatch;
  for (auto _ : state) {
    Round round = measure(to_echo, to_card, commands);
    ratios.push_back(round.card.cpu / round.echo.cpu);
    wall_ratios.push_back(round.card.wall / round.echo.wall);
    echoes.push_back(round.echo.wall / kExchanges);
    cards.push_back(round.card.wall / kExchanges);
    echo_cpu.push_back(round.echo.cpu / kExchanges);
    card_cpu.push_back(round.card.cpu / kExchanges);
    state.SetIterationTime(round.card.wall / 1e6);
  }
  state.counters["ratio_median"] = middle(ratios);
  state.counters["wall_ratio_median"] = middle(wall_ratios);
  state.counters["echo_us"] = middle(echoes);
  state.counters["card_us"] = middle(cards);
  state.counters["echo_cpu_us"] = middle(echo_cpu);
  state.counters["card_cpu_us"] = middle(card_cpu);
}

void challenge_over_tcp(benchmark::State& state) { challenge_over(state, connected_tcp); }
void challenge_over_unix(benchmark::State& state) { challenge_over(state, connected_unix); }
BENCHMARK(challenge_over_tcp)->Iterations(kRounds)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(challenge_over_unix)->Iterations(kRounds)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
