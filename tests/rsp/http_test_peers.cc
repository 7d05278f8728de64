// Client and server of rsp/http against peers that misbehave, written with sockets and OpenSSL.
#include <atomic>
#include <future>
#include <thread>

#include "rsp/base/random.h"
#include "tests/rsp/http_test_support.h"

namespace rsp::http {
namespace {

using Context = Owned<SSL_CTX, SSL_CTX_free>;
using Tls = Owned<SSL, SSL_free>;

template <class T, class Encode>
Bytes der(T* object, Encode encode) {
  Bytes out(static_cast<std::size_t>(encode(object, nullptr)));
  unsigned char* at = out.data();
  encode(object, &at);
  return out;
}

/// A certificate for smdp.example that signed itself; the client is told to trust just that one.
struct Identity {
  Identity() : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* x = certificate.get();
    X509_set_version(x, X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key.get());
    Owned<X509_EXTENSION, X509_EXTENSION_free> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:smdp.example"));
    X509_add_ext(x, names.get(), -1);
    X509_sign(x, key.get(), EVP_sha256());
  }

  TlsIdentity as_option() const {
    Owned<PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free> wrapped(EVP_PKEY2PKCS8(key.get()));
    return {.certificate = der(certificate.get(), i2d_X509),
            .chain = {},
            .private_key = der(wrapped.get(), i2d_PKCS8_PRIV_KEY_INFO)};
  }

  Owned<EVP_PKEY, EVP_PKEY_free> key;
  Owned<X509, X509_free> certificate;
};

/// A server that does what its script says on each connection, one after the other.
class ScriptedServer {
 public:
  explicit ScriptedServer(std::function<void(const Socket&)> script)
      : port_(listener_.listen_anywhere()), thread_([this, script = std::move(script)] {
          for (int fd = 0; (fd = accept(listener_.fd(), nullptr, nullptr)) >= 0;) {
            ++connections_;
            script(Socket(fd));
          }
        }) {}
  ~ScriptedServer() {
    shutdown(listener_.fd(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  int connections() const { return connections_; }

 private:
  Socket listener_;
  std::uint16_t port_;
  std::atomic<int> connections_ = 0;
  std::thread thread_;
};

/// Reads a request without a body, or until the client hangs up.
void read_request(SSL* tls) {
  std::string seen;
  char octet = 0;
  while (!seen.ends_with("\r\n\r\n") && SSL_read(tls, &octet, 1) == 1) seen += octet;
}

void write_text(SSL* tls, std::string_view text) {
  SSL_write(tls, text.data(), static_cast<int>(text.size()));
}

struct HttpPeerTest : testing::Test {
  /// A script that begins with a TLS handshake and goes on with `next`.
  std::function<void(const Socket&)> over_tls(std::function<void(SSL*)> next,
                                              const char* ciphers = "ECDHE+AESGCM") {
    return [this, next = std::move(next), ciphers](const Socket& socket) {
      Context context(SSL_CTX_new(TLS_server_method()));
      SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
      SSL_CTX_set_cipher_list(context.get(), ciphers);
      SSL_CTX_use_certificate(context.get(), identity.certificate.get());
      SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
      Tls tls(SSL_new(context.get()));
      SSL_set_fd(tls.get(), socket.fd());
      if (SSL_accept(tls.get()) == 1) next(tls.get());
    };
  }

  ClientOptions client_options(std::uint16_t port) const {
    ClientOptions out;
    out.trusted_certificates = {der(identity.certificate.get(), i2d_X509)};
    out.resolve = {{"smdp.example", fmt::format("127.0.0.1:{}", port)}};
    out.timeout = 20s;
    return out;
  }

  Error failure_of(std::uint16_t port, Deadline deadline = Deadline::after(20s)) const {
    auto response = Client(client_options(port)).send("smdp.example", {}, deadline);
    return response ? Error{.text = "no error"} : response.error();
  }

  static Response echo(const Request& request) {
    return {.body = request.method + " " + request.body};
  }

  std::unique_ptr<ServerThread> start(ServerOptions options = {}, Handler handler = echo) const {
    options.identities = {identity.as_option()};
    auto server = Server::listen(std::move(options), std::move(handler));
    if (!server) throw std::runtime_error(server.error().message());
    return std::make_unique<ServerThread>(*std::move(server));
  }

  /// What the server says to some octets, until it closes the connection.
  static std::string answer_to(std::uint16_t port, std::string_view octets) {
    TlsPeer peer;
    if (!peer.open(port)) return "no TLS";
    peer.send(octets);
    return peer.rest();
  }

  Identity identity;
};

TEST_F(HttpPeerTest, ClientSaysThatNobodyListens) {
  std::uint16_t port = Socket().listen_anywhere();
  Error error = failure_of(port);
  EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
  EXPECT_EQ(error.step, "HTTPS smdp.example");
  EXPECT_EQ(error.code, "ECONNREFUSED");
  EXPECT_EQ(error.hint, fmt::format("is the server running, and is {} its port?", port));
}

TEST_F(HttpPeerTest, ClientDoesNotWaitForASilentServer) {
  Socket silent;  // the system completes the connection, and nobody ever takes it
  Error error = failure_of(silent.listen_anywhere(), Deadline::after(100ms));
  EXPECT_EQ(error.layer, Layer::kTimeout) << error.message();
  EXPECT_EQ(error.text, "time ran out in the TLS handshake");
}

TEST_F(HttpPeerTest, ClientDoesNotWaitForAnAnswerThatNeverComes) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    read_request(tls);
    read_request(tls);  // returns when the client hangs up
  }));
  Client client(client_options(server.port()));
  ASSERT_TRUE(client.send("smdp.example", {}));
  auto second = client.send("smdp.example", {}, Deadline::after(100ms));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().layer, Layer::kTimeout);
  EXPECT_EQ(second.error().text, "time ran out while waiting for the answer");
}

TEST_F(HttpPeerTest, ClientDoesNotWaitForTheRestOfAnAnswer) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
    read_request(tls);
  }));
  Client client(client_options(server.port()));
  ASSERT_TRUE(client.send("smdp.example", {}));
  auto second = client.send("smdp.example", {}, Deadline::after(500ms));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().text, "time ran out while reading the answer");
}

TEST_F(HttpPeerTest, ClientDoesNothingAfterItsDeadline) {
  ScriptedServer server([](const Socket&) {});
  EXPECT_EQ(failure_of(server.port(), Deadline::after(-1ms)).layer, Layer::kTimeout);
}

TEST_F(HttpPeerTest, ClientNoticesAnAnswerThatIsCutShort) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  }));
  Error error = failure_of(server.port());
  EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
  EXPECT_EQ(error.text, "the answer was cut short after 4 octets of its body");
}

TEST_F(HttpPeerTest, ClientTakesABodyUpToTheEndOnlyWithCloseNotify) {
  std::atomic<bool> regular = true;
  ScriptedServer server(over_tls([&](SSL* tls) {
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\n\r\nbody");
    if (regular) SSL_shutdown(tls);
  }));
  EXPECT_EQ(Client(client_options(server.port())).send("smdp.example", {}).value().body, "body");
  regular = false;
  EXPECT_EQ(failure_of(server.port()).text, "the answer was cut short after 4 octets of its body");
}

TEST_F(HttpPeerTest, ClientNeverRepeatsARequestThatWasSent) {
  std::atomic<int> requests = 0;
  ScriptedServer server(over_tls([&](SSL* tls) {
    read_request(tls);
    ++requests;
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    read_request(tls);  // a request that comes over the kept connection, and is not answered
    ++requests;
  }));
  Client client(client_options(server.port()));
  ASSERT_TRUE(client.send("smdp.example", {}));
  auto second = client.send("smdp.example", {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().layer, Layer::kTransport) << second.error().message();
  EXPECT_EQ(second.error().text, "the server closed the connection without an answer");
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpPeerTest, ClientLeavesAConnectionWithUnexpectedOctets) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore");
    read_request(tls);
  }));
  Client client(client_options(server.port()));
  ASSERT_TRUE(client.send("smdp.example", {}));
  ASSERT_TRUE(client.send("smdp.example", {}));
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(HttpPeerTest, ClientSkipsInterimAnswers) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls,
               "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  }));
  EXPECT_EQ(Client(client_options(server.port())).send("smdp.example", {}).value().status, 201);
}

TEST_F(HttpPeerTest, ClientSaysThatAnAnswerIsNotHttp) {
  ScriptedServer server(over_tls([](SSL* tls) {
    read_request(tls);
    write_text(tls, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  }));
  Error error = failure_of(server.port());
  EXPECT_EQ(error.layer, Layer::kHttp) << error.message();
  EXPECT_TRUE(error.text.starts_with("what came back is not HTTP/1.1")) << error.text;
}

TEST_F(HttpPeerTest, ClientSaysThatAServerDoesNotSpeakTls) {
  ScriptedServer server([](const Socket& socket) {
    std::string_view text = "HTTP/1.1 400 Bad Request\r\n\r\n";
    send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    char octets[1024];
    while (recv(socket.fd(), octets, sizeof octets, 0) > 0) continue;
  });
  ClientOptions options = client_options(server.port());
  Bytes received;
  options.wire_tap = [&](const WireEvent& event) {
    if (event.kind == WireEvent::Kind::kReceived) append(received, event.bytes);
  };
  auto response = Client(std::move(options)).send("smdp.example", {});
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().layer, Layer::kTransport) << response.error().message();
  EXPECT_EQ(response.error().text, "the server does not speak TLS");
  EXPECT_EQ(text_of(received).substr(0, 5), "HTTP/") << "what is no record is shown all the same";
}

TEST_F(HttpPeerTest, ClientSaysThatTheServerHungUpInTheHandshake) {
  ScriptedServer server([](const Socket& socket) {
    char octet = 0;
    recv(socket.fd(), &octet, 1, 0);
  });
  Error error = failure_of(server.port());
  EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
  EXPECT_EQ(error.text, "the server closed the connection in the TLS handshake");
}

TEST_F(HttpPeerTest, ClientNamesTheAlertThatEndsAHandshake) {
  ScriptedServer server(over_tls([](SSL*) {}, "ECDHE-ECDSA-AES256-SHA"));
  Error error = failure_of(server.port());
  EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
  EXPECT_EQ(error.code, "handshake_failure");
}

TEST_F(HttpPeerTest, ServerAnswersNonsenseWith400AndCloses) {
  auto server = start();
  std::string answer = answer_to(server->port(), "nonsense\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos) << answer;
}

TEST_F(HttpPeerTest, ServerRefusesALongHeader) {
  auto server = start();
  std::string request = "GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n";
  EXPECT_TRUE(answer_to(server->port(), request).starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpPeerTest, ServerAnswersRequestsThatCameTogether) {
  auto server = start();
  EXPECT_EQ(answer_to(server->port(),
                      "PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\na"
                      "HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nPUT a"
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\n");
}

TEST_F(HttpPeerTest, ServerInvitesTheBodyOfAClientThatWaitsForThat) {
  auto server = start();
  std::string answer = answer_to(server->port(),
                                 "PUT / HTTP/1.1\r\nContent-Length: 1\r\nConnection: close\r\n"
                                 "Expect: 100-continue\r\n\r\na");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")) << answer;
}

TEST_F(HttpPeerTest, ServerClosesAfterAnAnswerToHttp10) {
  auto server = start();
  EXPECT_TRUE(answer_to(server->port(), "GET / HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nGET "));
}

TEST_F(HttpPeerTest, ServerSendsFalseHeadersOfAHandlerAsTheyAre) {
  auto server = start({}, [](const Request&) {
    return Response{.body = "half", .headers = {{"Content-Length", "10"}, {"Connection", "close"}}};
  });
  EXPECT_EQ(answer_to(server->port(), "GET / HTTP/1.1\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\nhalf");
  EXPECT_EQ(failure_of(server->port()).text, "the answer was cut short after 4 octets of its body");
}

TEST_F(HttpPeerTest, ServerDropsAClientThatNeverBegins) {
  auto server = start({.idle_timeout = 20ms});
  EXPECT_EQ(answer_to(server->port(), ""), "");
}

TEST_F(HttpPeerTest, ServerDropsAClientThatStalls) {
  auto server = start({.request_timeout = 1s});
  for (const char* half : {"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf", "POST / HT"}) {
    std::string answer = answer_to(server->port(), half);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 Request Timeout\r\n")) << answer;
  }
}

using std::string_literals::operator""s;

/// Requests that are none, and the status that each gets.
struct BadRequest {
  std::string octets;
  int status;
};
const std::string kChunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
const std::vector<BadRequest> kBadRequests{
    {"GET /\r\n\r\n", 400},
    {"GET / HTTP/9.9\r\n\r\n", 400},
    {"G\x01T / HTTP/1.1\r\n\r\n", 400},
    {"GET /a\0b HTTP/1.1\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n"s, 400},
    {"GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n: no name\r\n\r\n", 400},
    {"GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n", 431},
    {std::string(100'000, 'a'), 431},
    {"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nContent-Length: 1x\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", 400},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", 400},
    {"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", 400},
    {"POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n", 413},
    {kChunked + "FFFFFFF\r\n", 413},
    {kChunked + "zz\r\n", 400},
    {kChunked + "1;" + std::string(200'000, 'a'), 400},
    {kChunked + "1;a=\x01\r\na\r\n0\r\n\r\n", 400},
    {kChunked + "0\r\nX: " + std::string(200'000, 'a'), 400},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\na", 501},
    {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501},
    {"POST / HTTP/1.1\r\nExpect: a miracle\r\nContent-Length: 1\r\n\r\na", 417},
};

TEST_F(HttpPeerTest, ServerAnswersEachBadRequestAndServesTheNextClient) {
  auto server = start();
  for (const BadRequest& bad : kBadRequests) {
    std::string answer = answer_to(server->port(), bad.octets);
    EXPECT_TRUE(answer.starts_with(fmt::format("HTTP/1.1 {} ", bad.status)))
        << bad.octets.substr(0, 80) << "\n"
        << answer;
    EXPECT_EQ(failure_of(server->port()).text, "no error");
  }
}

// However many pieces a message has, and however many requests come at once.
TEST_F(HttpPeerTest, ServerTakesMessagesThatComeInOnePiece) {
  auto server = start();
  const std::string close = "POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1\r\n\r\nz";
  for (const std::string& first :
       {kChunked + "1\r\na\r\n0\r\n\r\n", kChunked + "1\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\n\r\n",
        kChunked + "0\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"s}) {
    std::string answer = answer_to(server->port(), first + first + close);
    std::size_t answers = 0;
    for (auto at = answer.find("HTTP/1.1 200 "); at != answer.npos;
         at = answer.find("HTTP/1.1 200 ", at + 1))
      ++answers;
    EXPECT_EQ(answers, 3u) << first << answer;
    EXPECT_TRUE(answer.ends_with("POST z")) << answer;
  }
}

// An answer under way is still sent when the server stops, but nobody is waited for for ever.
TEST_F(HttpPeerTest, ServerStopsAlthoughAClientDoesNotTakeItsAnswer) {
  std::promise<void> asked;
  auto server = start({.request_timeout = 200ms}, [&](const Request&) {
    asked.set_value();
    return Response{.body = std::string(64 << 20, 'x')};
  });
  TlsPeer peer;
  ASSERT_TRUE(peer.open(server->port()));
  peer.send("GET / HTTP/1.1\r\n\r\n");
  asked.get_future().wait();
  server->stop();
}

/// Octets out of a seed.
std::string noise(std::uint64_t seed, std::size_t size) {
  SeededRandom random(seed);
  Bytes out(size);
  random.fill(out);
  return std::string(text_of(out));
}

TEST_F(HttpPeerTest, ServerOutlivesNoiseOnItsPortAndWithinTls) {
  auto server = start();
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    Socket socket;
    socket.connect_to(server->port());
    std::string octets = noise(seed, seed * 7);
    // A record of TLS, as far as its header goes, gets further.
    if (seed % 2 == 0) octets.replace(0, 5, "\x16\x03\x01\x00\x20"s);
    send(socket.fd(), octets.data(), octets.size(), MSG_NOSIGNAL);
    std::string answer = answer_to(server->port(), noise(seed + 1000, seed * 50) + "\r\n\r\n");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 4")) << "seed " << seed << ": " << answer;
  }
  EXPECT_EQ(failure_of(server->port()).text, "no error");
}

TEST_F(HttpPeerTest, ServerDropsAClientThatDoesNotSpeakTls) {
  auto server = start();
  Socket socket;
  socket.connect_to(server->port());
  std::string_view text = "GET / HTTP/1.1\r\n\r\n";
  send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
  char octets[1024];
  ssize_t size = 0;
  while ((size = recv(socket.fd(), octets, sizeof octets, 0)) > 0) continue;
  EXPECT_EQ(server->statistics().connections, 0u);
}

}  // namespace
}  // namespace rsp::http
