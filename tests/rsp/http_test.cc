// Client and server of rsp/http against each other: requests, certificates, connections.
#include <future>

#include "tests/rsp/http_test_support.h"

namespace rsp::http {
namespace {

TEST_F(HttpTest, CarriesRequestAndResponse) {
  auto server = start(server_options());
  Client client(client_options(*server));
  Request request{.target = "/gsma/rsp2/es9plus/x?y=1", .body = "{}", .headers = {{"X-Ask", "z"}}};
  auto response = client.send("smdp.example", request);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "POST /gsma/rsp2/es9plus/x?y=1 {}");
  EXPECT_EQ(response->header("x-host"), "smdp.example");
  EXPECT_EQ(response->header("x-given"), "z");
}

TEST_F(HttpTest, CarriesLargeBodiesBothWays) {
  auto server = start(server_options(), [](const Request& r) { return Response{.body = r.body}; });
  Client client(client_options(*server));
  Request request{.body = std::string(3 << 20, 'x')};
  auto response = client.send("smdp.example", request);
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->body.size(), request.body.size());
}

TEST_F(HttpTest, KeepsOneConnectionForManyRequests) {
  auto server = start(server_options(), [](const Request&) { return Response{.status = 204}; });
  Client client(client_options(*server));
  for (int i = 0; i < 5; ++i) {
    auto response = client.send(i % 2 ? "SMDP.example:443" : "smdp.example", {});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->status, 204);
  }
  EXPECT_EQ(client.statistics().requests, 5u);
  EXPECT_EQ(client.statistics().connections, 1u);
  EXPECT_EQ(server->statistics().requests, 5u);
  EXPECT_EQ(server->statistics().connections, 1u);
}

TEST_F(HttpTest, DoesNotReuseAConnectionThatWasIdleForTooLong) {
  auto server = start(server_options());
  auto options = client_options(*server);
  options.max_idle = 0ms;
  Client client(options);
  ASSERT_TRUE(client.send("smdp.example", {}));
  ASSERT_TRUE(client.send("smdp.example", {}));
  EXPECT_EQ(client.statistics().connections, 2u);
}

TEST_F(HttpTest, ReplacesAConnectionThatTheServerHasClosed) {
  auto options = server_options();
  auto server = start(options);
  Client client(client_options(*server));
  ASSERT_TRUE(client.send("smdp.example", {}));
  options.port = server->port();
  server.reset();
  server = start(options);
  auto response = client.send("smdp.example", {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(client.statistics().connections, 2u);
  EXPECT_EQ(server->statistics().requests, 1u);
}

/// The protocol version of one request, as the key log of both ends gives it away.
std::string version_of(ServerOptions server_options, ClientOptions options) {
  std::vector<std::string> at_client;
  std::vector<std::string> at_server;
  server_options.key_log = [&](std::string_view line) { at_server.emplace_back(line); };
  options.key_log = [&](std::string_view line) { at_client.emplace_back(line); };
  auto server = HttpTest::start(std::move(server_options));
  options.resolve = {{"smdp.example", fmt::format("127.0.0.1:{}", server->port())}};
  auto response = Client(options).send("smdp.example", {});
  if (!response) return response.error().message();
  server->stop();
  std::ranges::sort(at_client);
  std::ranges::sort(at_server);
  if (at_client.empty() || at_client != at_server) return "the key logs differ";
  return at_client[0].starts_with("CLIENT_RANDOM") ? "1.2" : "1.3";
}

TEST_F(HttpTest, UsesTls13WhereBothEndsHaveIt) {
  EXPECT_EQ(version_of(server_options(), {.trusted_certificates = {ci.certificate()}}), "1.3");
}

TEST_F(HttpTest, UsesTls12WhereOneEndHasNoMore) {
  auto old_server = server_options();
  old_server.max_tls = TlsVersion::k1_2;
  EXPECT_EQ(version_of(old_server, {.trusted_certificates = {ci.certificate()}}), "1.2");
  EXPECT_EQ(version_of(server_options(),
                       {.trusted_certificates = {ci.certificate()}, .max_tls = TlsVersion::k1_2}),
            "1.2");
}

TEST_F(HttpTest, UsesTls12ForBrainpoolCertificates) {
  TestCi brainpool_ci(kBrainpool);
  ServerOptions options;
  options.identities = {brainpool_ci.issue({.curve = kBrainpool})};
  EXPECT_EQ(version_of(options, {.trusted_certificates = {brainpool_ci.certificate()}}), "1.2");
}

TEST_F(HttpTest, RefusesACertificateOfAnotherCi) {
  auto server = start(server_options());
  auto options = client_options(*server);
  options.trusted_certificates = {TestCi(kP256, "Other CI").certificate()};
  Error error = failure_of(options);
  EXPECT_EQ(error.layer, Layer::kCrypto) << error.message();
  EXPECT_EQ(error.step, "HTTPS smdp.example");
  EXPECT_EQ(error.code, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY");
  EXPECT_NE(error.text.find("not issued by a trusted CI, but by CN=Test CI"), std::string::npos)
      << error.text;
  EXPECT_NE(error.hint.find("--pki"), std::string::npos);
  EXPECT_EQ(server->statistics().requests, 0u);
}

TEST_F(HttpTest, RefusesACertificateOfACiThatHasOnlyTheSameName) {
  auto server = start(server_options());
  auto options = client_options(*server);
  options.trusted_certificates = {TestCi().certificate()};
  Error error = failure_of(options);
  EXPECT_EQ(error.layer, Layer::kCrypto) << error.message();
  EXPECT_EQ(error.code, "CERT_SIGNATURE_FAILURE");
}

TEST_F(HttpTest, RefusesEverybodyWithoutATrustedCi) {
  auto server = start(server_options());
  auto options = client_options(*server);
  options.trusted_certificates.clear();
  EXPECT_EQ(failure_of(options).layer, Layer::kCrypto);
}

TEST_F(HttpTest, RefusesAnExpiredCertificate) {
  auto options = server_options();
  options.identities = {ci.issue({.begin = -2 * kDay, .end = -kDay})};
  auto server = start(options);
  Error error = failure_of(client_options(*server));
  EXPECT_EQ(error.layer, Layer::kCrypto) << error.message();
  EXPECT_EQ(error.code, "CERT_HAS_EXPIRED");
  EXPECT_NE(error.text.find("CN=TLS expired on 20"), std::string::npos) << error.text;
}

TEST_F(HttpTest, TakesTheDateFromTheClockItIsGiven) {
  auto server = start(server_options());
  ManualClock clock(SystemClock().now() - std::chrono::hours(24 * 30));
  auto options = client_options(*server);
  options.clock = &clock;
  EXPECT_EQ(failure_of(options).code, "CERT_NOT_YET_VALID");
  clock.advance(std::chrono::hours(24 * 30));
  EXPECT_EQ(failure_of(options).text, "no error");
}

TEST_F(HttpTest, RefusesACertificateForAnotherHostAndSaysWhoseItIs) {
  auto options = server_options();
  options.identities = {ci.issue({.names = "DNS:a.example,DNS:b.example,RID:2.999.10"})};
  auto server = start(options);
  Error error = failure_of(client_options(*server));
  EXPECT_EQ(error.layer, Layer::kCrypto) << error.message();
  EXPECT_EQ(error.code, "HOSTNAME_MISMATCH");
  EXPECT_EQ(error.text, "the certificate is for a.example, b.example, not for smdp.example");
}

TEST_F(HttpTest, ComparesHostNamesWithoutCase) {
  auto server = start(server_options());
  EXPECT_EQ(failure_of(client_options(*server), "SmDp.EXAMPLE").text, "no error");
}

TEST_F(HttpTest, ChecksAnAddressAgainstTheAddressesOfTheCertificate) {
  auto options = server_options();
  options.identities = {ci.issue({.names = "IP:127.0.0.1"})};
  auto right = start(options);
  auto wrong = start(server_options());
  auto host = [](const ServerThread& s) { return fmt::format("127.0.0.1:{}", s.port()); };
  EXPECT_EQ(failure_of(client_options(*right), host(*right)).text, "no error");
  EXPECT_EQ(failure_of(client_options(*wrong), host(*wrong)).code, "IP_ADDRESS_MISMATCH");
}

TEST_F(HttpTest, ResolvesAHostToAnAddressAndKeepsItsPort) {
  auto server = start(server_options());
  auto options = client_options(*server);
  options.resolve = {{"SMDP.example", "localhost"}};
  auto response = Client(options).send(fmt::format("smdp.example:{}", server->port()), {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->header("X-Host"), fmt::format("smdp.example:{}", server->port()));
}

TEST_F(HttpTest, AsksForMoreRulesOnTheCertificate) {
  auto server_with = server_options();
  auto server = start(server_with);
  auto options = client_options(*server);
  Bytes seen;
  options.check_peer = [&](BytesView certificate) -> Status {
    seen = to_bytes(certificate);
    return failure({.layer = Layer::kCrypto, .code = "wrongRole"});
  };
  Error error = failure_of(options);
  EXPECT_EQ(error.code, "wrongRole");
  EXPECT_EQ(error.step, "HTTPS smdp.example");
  EXPECT_EQ(seen, server_with.identities[0].certificate);
  EXPECT_EQ(server->statistics().requests, 0u);
}

/// The certificate that a server shows to one request.
Bytes certificate_for(ClientOptions options, std::string_view host) {
  Bytes seen;
  options.check_peer = [&](BytesView certificate) -> Status {
    seen = to_bytes(certificate);
    return {};
  };
  auto response = Client(std::move(options)).send(host, {});
  EXPECT_TRUE(response) << response.error().message();
  return seen;
}

TEST_F(HttpTest, ChoosesTheIdentityByTheNameThatIsAskedFor) {
  auto with = server_options();
  with.identities = {ci.issue({.names = "DNS:a.example"}), ci.issue({.names = "DNS:b.example"})};
  auto server = start(with);
  auto options = client_options(*server);
  std::string address = options.resolve["smdp.example"];
  options.resolve = {{"a.example", address}, {"b.example", address}, {"c.example", address}};
  EXPECT_EQ(certificate_for(options, "b.example"), with.identities[1].certificate);
  EXPECT_EQ(certificate_for(options, "a.example"), with.identities[0].certificate);
  EXPECT_EQ(failure_of(options, "c.example").text,
            "the certificate is for a.example, not for c.example");
}

TEST_F(HttpTest, ServesABrainpoolAndANistIdentityNextToEachOther) {
  TestCi brainpool_ci(kBrainpool, "Brainpool CI");
  auto with = server_options();
  with.identities = {ci.issue({.names = "DNS:nist.example"}),
                     brainpool_ci.issue({.names = "DNS:brp.example", .curve = kBrainpool})};
  auto server = start(with);
  auto options = client_options(*server);
  options.trusted_certificates.push_back(brainpool_ci.certificate());
  std::string address = options.resolve["smdp.example"];
  options.resolve = {{"nist.example", address}, {"brp.example", address}};
  EXPECT_EQ(certificate_for(options, "brp.example"), with.identities[1].certificate);
  EXPECT_EQ(certificate_for(options, "nist.example"), with.identities[0].certificate);
}

TEST_F(HttpTest, AnswersAnExceptionOfTheHandlerWith500AndGoesOn) {
  std::vector<std::string> log;
  auto options = server_options();
  options.log = [&](std::string_view line) { log.emplace_back(line); };
  auto server = start(options, [](const Request& request) {
    if (request.target == "/bad") throw std::runtime_error("secret");
    return Response{};
  });
  Client client(client_options(*server));
  auto response = client.send("smdp.example", {.target = "/bad"});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 500);
  EXPECT_EQ(response->body, R"({"error":"internal server error"})");
  EXPECT_EQ(client.send("smdp.example", {}).value().status, 200);
  EXPECT_EQ(client.statistics().connections, 1u);
  server->stop();
  EXPECT_EQ(log, std::vector<std::string>{"POST /bad threw: secret"});
}

TEST_F(HttpTest, LimitsTheBodyOfAResponse) {
  auto server = start(server_options(), [](const Request&) { return Response{.body = "12345"}; });
  auto options = client_options(*server);
  options.max_body = 4;
  Error error = failure_of(options);
  EXPECT_EQ(error.layer, Layer::kHttp) << error.message();
  EXPECT_EQ(error.text, "the answer's body is larger than 4 octets");
}

TEST_F(HttpTest, LimitsTheHeaderOfAResponse) {
  auto server = start(server_options(), [](const Request&) {
    return Response{.headers = {{"X-Long", std::string(500, 'x')}}};
  });
  auto options = client_options(*server);
  options.max_header = 300;
  EXPECT_EQ(failure_of(options).text, "the answer's header is larger than 300 octets");
}

TEST_F(HttpTest, LimitsTheBodyOfARequest) {
  auto options = server_options();
  options.max_body = 1000;
  auto server = start(options);
  Client client(client_options(*server));
  // Larger than all buffers on the way, so that the server has to take in what it does not want.
  auto refused = client.send("smdp.example", {.body = std::string(8 << 20, 'x')});
  ASSERT_TRUE(refused) << refused.error().message();
  EXPECT_EQ(refused->status, 413);
  EXPECT_EQ(client.send("smdp.example", {.body = "small"}).value().status, 200);
}

TEST_F(HttpTest, TakesOnlyAsManyConnectionsAsAllowedAndTheLongestIdleOneGivesWay) {
  std::vector<std::string> log;
  auto with = server_options();
  with.max_connections = 2;
  with.log = [&](std::string_view line) { log.emplace_back(line); };
  auto server = start(with);
  Client first(client_options(*server)), second(client_options(*server));
  ASSERT_TRUE(first.send("smdp.example", {}));
  ASSERT_TRUE(second.send("smdp.example", {}));
  ASSERT_TRUE(first.send("smdp.example", {}));
  EXPECT_EQ(failure_of(client_options(*server)).text, "no error");
  ASSERT_TRUE(first.send("smdp.example", {}));
  ASSERT_TRUE(second.send("smdp.example", {}));
  EXPECT_EQ(first.statistics().connections, 1u) << "it had asked later than the second";
  EXPECT_EQ(second.statistics().connections, 2u);
  server->stop();
  ASSERT_FALSE(log.empty());
  EXPECT_EQ(log[0], "a connection gave way: there are as many connections as allowed");
  EXPECT_EQ(log.size(), server->statistics().gave_way);
}

TEST_F(HttpTest, StopEndsRunWithConnectionsOpen) {
  auto server = start(server_options());
  Client client(client_options(*server));
  ASSERT_TRUE(client.send("smdp.example", {}));
  auto stopped = std::async(std::launch::async, [&] { server->stop(); });
  EXPECT_EQ(stopped.wait_for(5s), std::future_status::ready);
}

TEST_F(HttpTest, StopBeforeRunEndsIt) {
  auto server = Server::listen(server_options(), echo).value();
  server->stop();
  server->run();
  EXPECT_EQ(server->statistics().connections, 0u);
}

TEST_F(HttpTest, StopInAHandlerStillSendsItsAnswer) {
  Server* itself = nullptr;
  auto server = Server::listen(server_options(), [&](const Request&) {
                  itself->stop();
                  return Response{.body = std::string(1 << 20, 'x')};
                }).value();
  itself = server.get();
  auto ended = std::async(std::launch::async, [&] { server->run(); });
  ClientOptions options{.trusted_certificates = {ci.certificate()},
                        .resolve = {{"smdp.example", fmt::format("127.0.0.1:{}", server->port())}}};
  Client client(options);
  auto response = client.send("smdp.example", {});
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(ended.wait_for(5s), std::future_status::ready);
}

TEST_F(HttpTest, SaysThatAPortIsTaken) {
  auto server = start(server_options());
  auto options = server_options();
  options.port = server->port();
  auto second = Server::listen(options, echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().layer, Layer::kTransport);
  EXPECT_NE(second.error().text.find(fmt::format("127.0.0.1 port {}", options.port)),
            std::string::npos);
}

TEST_F(HttpTest, SaysWhichOptionOfTheServerIsWrong) {
  auto error_of = [](ServerOptions options) {
    auto server = Server::listen(std::move(options), echo);
    return server ? Error{} : server.error();
  };
  auto options = server_options();
  options.address = "nowhere";
  EXPECT_EQ(error_of(options).path, "address");
  EXPECT_EQ(error_of({}).path, "identities");
  options = server_options();
  options.max_connections = 0;
  EXPECT_EQ(error_of(options).path, "max_connections");
  options = server_options();
  options.identities[0].private_key = ci.issue().private_key;
  EXPECT_EQ(error_of(options).path, "identities[0].private_key");
  EXPECT_EQ(error_of(options).layer, Layer::kCrypto);
  options.identities[0].private_key = {1, 2, 3};
  EXPECT_EQ(error_of(options).layer, Layer::kInput);
  options.identities[0].certificate = {1, 2, 3};
  EXPECT_EQ(error_of(options).path, "identities[0].certificate");
}

TEST_F(HttpTest, SaysWhichTrustedCertificateIsNone) {
  Error error = failure_of({.trusted_certificates = {ci.certificate(), {0x30, 0x00}}});
  EXPECT_EQ(error.layer, Layer::kInput);
  EXPECT_EQ(error.path, "trusted_certificates[1]");
}

// --- Looking on at the wire ---

/// All that a tap saw, with the octets it saw them in.
struct Wire {
  struct Seen {
    WireEvent::Kind kind;
    std::uint32_t connection;
    Bytes bytes;
  };
  WireTap tap() {
    return [this](const WireEvent& event) {
      seen.push_back({event.kind, event.connection, to_bytes(event.bytes)});
    };
  }
  std::vector<WireEvent::Kind> kinds(std::uint32_t connection) const {
    std::vector<WireEvent::Kind> out;
    for (const Seen& each : seen) {
      if (each.connection == connection) out.push_back(each.kind);
    }
    return out;
  }
  std::vector<Seen> seen;
};

TEST_F(HttpTest, ATapSeesEveryRecordBothWays) {
  using enum WireEvent::Kind;
  Wire wire;
  auto server = start(server_options());
  {
    ClientOptions options = client_options(*server);
    options.wire_tap = wire.tap();
    Client client(std::move(options));
    ASSERT_TRUE(client.send("smdp.example", {.target = "/secret-target"}));
    ASSERT_TRUE(client.send("smdp.example", {}));
  }
  auto kinds = wire.kinds(1);
  ASSERT_EQ(kinds.size(), wire.seen.size()) << "one connection for both";
  EXPECT_EQ(kinds.front(), kOpened);
  EXPECT_EQ(kinds.back(), kClosed);
  // Our close_notify is the last that is sent; the server's may come in time to be seen, or not.
  bool answered = kinds[kinds.size() - 2] == kReceived;
  EXPECT_EQ(kinds[kinds.size() - (answered ? 3 : 2)], kSent) << "close_notify";
  EXPECT_EQ(std::ranges::count(kinds, kOpened) + std::ranges::count(kinds, kClosed), 2);
  for (const Wire::Seen& each : wire.seen) {
    if (each.kind == kOpened || each.kind == kClosed) {
      EXPECT_TRUE(each.bytes.empty());
      continue;
    }
    // RFC 8446, 5.1: type 20 to 23, version, length.
    ASSERT_GE(each.bytes.size(), 5u);
    EXPECT_TRUE(each.bytes[0] >= 20 && each.bytes[0] <= 23);
    EXPECT_EQ(each.bytes.size(), 5 + big_endian(BytesView(each.bytes).subspan(3, 2)));
    EXPECT_EQ(text_of(each.bytes).find("secret-target"), std::string_view::npos);
  }
}

TEST_F(HttpTest, ATapTellsConnectionsApart) {
  using enum WireEvent::Kind;
  Wire wire;
  auto server = start(server_options(), [](const Request&) {
    return Response{.headers = {{"Connection", "close"}}};
  });
  {
    ClientOptions options = client_options(*server);
    options.wire_tap = wire.tap();
    Client client(std::move(options));
    ASSERT_TRUE(client.send("smdp.example", {}));
    ASSERT_TRUE(client.send("smdp.example", {}));
  }
  for (std::uint32_t connection : {1u, 2u}) {
    auto kinds = wire.kinds(connection);
    ASSERT_FALSE(kinds.empty());
    EXPECT_EQ(kinds.front(), kOpened);
    EXPECT_EQ(kinds.back(), kClosed);
  }
  EXPECT_TRUE(wire.kinds(3).empty());
}

TEST_F(HttpTest, ATapSeesAHandshakeThatFails) {
  using enum WireEvent::Kind;
  Wire wire;
  auto server = start(server_options());
  ClientOptions options = client_options(*server);
  options.trusted_certificates = {TestCi().certificate()};
  options.wire_tap = wire.tap();
  EXPECT_EQ(failure_of(std::move(options)).layer, Layer::kCrypto);
  ASSERT_FALSE(wire.seen.empty());
  EXPECT_EQ(wire.seen.back().kind, kClosed);
  // TLS 1.3 sends the alert under the keys of the handshake.
  EXPECT_EQ(wire.seen[wire.seen.size() - 2].kind, kSent);
}

TEST_F(HttpTest, ATapSeesNothingWhereNobodyListens) {
  Wire wire;
  auto server = start(server_options());
  ClientOptions options = client_options(*server);
  options.wire_tap = wire.tap();
  server->stop();
  server.reset();
  EXPECT_EQ(failure_of(std::move(options)).layer, Layer::kTransport);
  EXPECT_TRUE(wire.seen.empty());
}

}  // namespace
}  // namespace rsp::http
