// The server of rsp/http among clients that are idle, slow, or more than it has room for: whoever
// asks properly is served meanwhile.
#include <fcntl.h>
#include <sys/resource.h>

#include <csignal>
#include <list>

#include "tests/rsp/http_test_support.h"

namespace rsp::http {
namespace {

/// How many file descriptors this process may have, after asking for as many as the system allows.
rlim_t descriptors() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

struct HttpCrowdTest : HttpTest {
  HttpCrowdTest() { std::signal(SIGPIPE, SIG_IGN); }  // a peer may write to who has given way

  std::unique_ptr<ServerThread> start_with(std::function<void(ServerOptions&)> change) {
    ServerOptions options = server_options();
    change(options);
    return start(std::move(options));
  }
  /// A client that comes anew is served.
  void expect_service(const ServerThread& server) {
    EXPECT_EQ(failure_of(client_options(server)).text, "no error");
  }
};

TEST_F(HttpCrowdTest, TenThousandSilentConnectionsDoNotStopService) {
  // Both ends of a connection are in this process; the server holds only as many as it may.
  std::size_t room = descriptors();
  ASSERT_GT(room, 1000u);
  std::size_t count = std::min<std::size_t>(10'000, room - 700);
  auto server = start(server_options());
  Client regular(client_options(*server));
  std::list<Socket> crowd;
  for (std::size_t i = 0; i < count; ++i) {
    crowd.emplace_back().connect_to(server->port());
    if (i % 1000 != 0) continue;
    EXPECT_TRUE(regular.send("smdp.example", {})) << i;
    expect_service(*server);
  }
  expect_service(*server);
  std::size_t limit = ServerOptions().max_connections;
  EXPECT_GE(server->statistics().gave_way, count > limit ? count - limit : 0);
}

TEST_F(HttpCrowdTest, IdleConnectionsWithTlsDoNotStopService) {
  auto server = start_with([](auto& options) { options.max_connections = 20; });
  std::list<TlsPeer> crowd;
  for (int i = 0; i < 100; ++i) crowd.emplace_back(server->port());
  expect_service(*server);
  EXPECT_GE(server->statistics().gave_way, 80u);
}

TEST_F(HttpCrowdTest, WhoSendsOctetByOctetDoesNotStopService) {
  auto server = start_with([](auto& options) { options.max_connections = 3; });
  const std::string header =
      "POST / HTTP/1.1\r\nContent-Length: 1000\r\nX-Slow: " + std::string(1000, 'x') + "\r\n\r\n";
  const std::string hello("\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 11);
  TlsPeer slow_header(server->port()), slow_body(server->port());
  Socket slow_handshake;
  slow_handshake.connect_to(server->port());
  slow_body.send(header);
  for (std::size_t i = 0; i < hello.size(); ++i) {
    slow_header.send(header.substr(i, 1));
    slow_body.send("b");
    ::send(slow_handshake.fd(), &hello[i], 1, MSG_NOSIGNAL);
    expect_service(*server);
  }
}

TEST_F(HttpCrowdTest, AnAnswerThatNobodyReadsDoesNotStopService) {
  ServerOptions options = server_options();
  options.max_connections = 2;
  auto server = start(std::move(options), [](const Request& request) {
    return Response{.body = std::string(request.target == "/large" ? 8 << 20 : 1, 'x')};
  });
  std::list<TlsPeer> crowd;
  for (int i = 0; i < 6; ++i) {
    crowd.emplace_back(server->port()).send("GET /large HTTP/1.1\r\n\r\n");
    expect_service(*server);
  }
}

TEST_F(HttpCrowdTest, BodiesThatAreBeingReceivedHaveABoundTogether) {
  std::vector<std::string> log;
  auto server = start_with([&](auto& options) {
    options.max_buffered = 1 << 20;
    options.log = [&](std::string_view line) { log.emplace_back(line); };
  });
  std::list<TlsPeer> crowd;
  for (int i = 0; i < 4; ++i) {
    crowd.emplace_back(server->port())
        .send("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n" +
              std::string(400'000, 'x'));
    expect_service(*server);
  }
  crowd.back().send(std::string(600'000, 'x'));
  EXPECT_TRUE(crowd.back().rest().starts_with("HTTP/1.1 200 "));
  server->stop();
  EXPECT_EQ(server->statistics().gave_way, 3u) << "no two of these have room";
  EXPECT_EQ(log.at(0), "a connection gave way: too many octets of requests wait");
  EXPECT_EQ(crowd.front().rest(), "");
}

TEST_F(HttpCrowdTest, WithoutFileDescriptorsTheLongestIdleOneGivesWay) {
  auto server = start(server_options());
  TlsPeer early(server->port()), late;
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  // No number is left below the limit, but the one that the next open file would have had.
  int next = ::open("/dev/null", O_RDONLY);
  ASSERT_GE(next, 0);
  ::close(next);
  rlimit none{.rlim_cur = static_cast<rlim_t>(next), .rlim_max = before.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  bool served = late.open(server->port()) &&
                late.send("GET / HTTP/1.1\r\nConnection: close\r\n\r\n") &&
                late.rest().starts_with("HTTP/1.1 200 ");
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(served);
  EXPECT_EQ(server->statistics().gave_way, 1u);
  EXPECT_EQ(early.rest(), "");
}

// --- Connections that fail on purpose

TEST_F(HttpCrowdTest, AConnectionCanBeResetOrLeftWithoutAWord) {
  using Fate = Admission::Fate;
  auto server = start_with([](auto& options) {
    options.admit = [](std::uint64_t connection) {
      return Admission{.fate = connection == 1   ? Fate::kReset
                               : connection == 2 ? Fate::kSilent
                                                 : Fate::kServed};
    };
  });
  Error reset = failure_of(client_options(*server));
  EXPECT_EQ(reset.layer, Layer::kTransport) << reset.message();
  EXPECT_EQ(reset.code, "ECONNRESET") << "while connecting or in the handshake, as it happens";
  auto impatient = client_options(*server);
  impatient.timeout = 100ms;
  EXPECT_EQ(failure_of(impatient).text, "time ran out in the TLS handshake");
  expect_service(*server);
  EXPECT_EQ(server->statistics().connections, 1u);
}

TEST_F(HttpCrowdTest, AConnectionCanHaveAnIdentityOrAVersionOfItsOwn) {
  auto server = start_with([&](auto& options) {
    options.admit = [&](std::uint64_t connection) -> Admission {
      switch (connection) {
        case 1:
          return {.identity = ci.issue({.names = "DNS:other.example"})};
        case 2:
          return {.only = TlsVersion::k1_0};
        case 3:
          return {.only = TlsVersion::k1_1};
        case 4:
          return {.only = TlsVersion::k1_3};
        case 5:
          return {.identity = TlsIdentity{.certificate = {1, 2}}};
        default:
          return {};
      }
    };
  });
  EXPECT_EQ(failure_of(client_options(*server)).code, "HOSTNAME_MISMATCH");
  EXPECT_EQ(failure_of(client_options(*server)).code, "protocol_version");
  EXPECT_EQ(failure_of(client_options(*server)).code, "protocol_version");
  auto old = client_options(*server);
  old.max_tls = TlsVersion::k1_2;
  EXPECT_EQ(failure_of(old).code, "protocol_version");
  EXPECT_EQ(failure_of(client_options(*server)).layer, Layer::kTransport) << "not served at all";
  expect_service(*server);
}

TEST_F(HttpCrowdTest, AnAnswerCanComeInPieces) {
  auto server = start(server_options(), [](const Request&) {
    return Response{.body = "0123456789", .delivery = Delivery::kSlow, .sent = 3, .pause = 1ms};
  });
  Client client(client_options(*server));
  for (int i = 0; i < 2; ++i) {
    auto response = client.send("smdp.example", {});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "0123456789");
  }
  EXPECT_EQ(client.statistics().connections, 1u);
}

TEST_F(HttpCrowdTest, AnAnswerThatTakesForeverDoesNotKeepTheServerFromStopping) {
  auto server = start(server_options(), [](const Request& request) {
    if (request.target != "/slow") return Response{};
    return Response{.body = "0123456789", .delivery = Delivery::kSlow, .sent = 1, .pause = 24h};
  });
  Client client(client_options(*server));
  ASSERT_TRUE(client.send("smdp.example", {}));
  auto slow = client.send("smdp.example", {.target = "/slow"}, Deadline::after(500ms));
  ASSERT_FALSE(slow);
  EXPECT_EQ(slow.error().text, "time ran out while reading the answer");
  server->stop();
}

TEST_F(HttpCrowdTest, AnAnswerCanEndInItsHeader) {
  auto server = start(server_options(), [](const Request&) {
    return Response{.body = "x", .delivery = Delivery::kCutHeader, .sent = 20};
  });
  EXPECT_EQ(failure_of(client_options(*server)).text,
            "the answer was cut short after 0 octets of its body");
  TlsPeer peer(server->port());
  peer.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(peer.rest(), "HTTP/1.1 200 OK\r\nCon");
}

}  // namespace
}  // namespace rsp::http
