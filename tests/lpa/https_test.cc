// Downloads over real HTTPS on loopback (SGP.22 v2, 2.6.6, 6.5), with servers that misbehave.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <latch>

#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

using namespace std::chrono_literals;
using rsp::crypto::Curve;
using rsp::http::Request;
using rsp::http::Response;
using rsp::http::TlsIdentity;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TlsIdentity tls(const rsp::pki::Identity& identity) {
  return {rsp::to_bytes(identity.certificate.der()), {}, identity.key.to_pkcs8()};
}

Response status(int code) { return {code, "", {}}; }
Response json(std::string body) {
  return {200, std::move(body), {{"Content-Type", "application/json"}}};
}

/// A World whose server is behind HTTPS. The server's thread and the test's take turns, since one
/// waits for the other.
struct HttpsTest : ::testing::Test {
  explicit HttpsTest(Curve curve = Curve::kNistP256) : world(curve) {
    world.add_order();
    world.start();
  }

  void serve() { serve(tls(*world.pki.dp_tls)); }
  void serve(TlsIdentity identity) {
    rsp::http::ServerOptions server_options;
    server_options.identities = {std::move(identity)};
    server = std::make_unique<rsp::http::ServerThread>(
        must(rsp::http::Server::listen(std::move(server_options), [this](const Request& request) {
          std::string function = request.target.substr(request.target.rfind('/') + 1);
          if (auto other = instead.find(function); other != instead.end())
            return other->second(request);
          return honest(request);
        })));
    connect(server->port());
  }
  Response honest(const Request& request) {
    return smdp::handle_es9(*world.server, request, nullptr);
  }
  /// An LPA that finds the server's name at a port of this machine.
  void connect(std::uint16_t port) {
    HttpsEs9Options https;
    https.trusted_cis = {rsp::to_bytes(world.pki.ci.certificate.der())};
    https.resolve = {{std::string(kHost), fmt::format("127.0.0.1:{}", port)}};
    es9.emplace(std::move(https));
    lpa.emplace(*world.transport, *es9, options);
  }

  rsp::Result<Download> download() {
    auto start = std::chrono::steady_clock::now();
    auto outcome = lpa->download(world.activation_code());
    elapsed = std::chrono::steady_clock::now() - start;
    return outcome;
  }
  /// Whether a CancelSession still finds the server's last transaction on the card.
  std::string session_on_card() {
    rsp::TransactionId last{rsp::Bytes{1}};
    for (const auto& entry : world.server->journal()) {
      if (!entry.transaction_id.empty()) last = entry.transaction_id;
    }
    SecondWay without_reset(*world.transport);
    Es10Client es10(without_reset, {});
    auto response = must(
        es10.call(rsp::CancelSessionRequest{last, rsp::CancelSessionReason::kUndefinedReason, {}}));
    auto* error = std::get_if<rsp::CancelSessionError>(&response.result);
    return error == nullptr ? "was still open" : name_of(*error);
  }
  /// The card has no session, and the same order is downloaded as soon as the server behaves.
  void expect_recovery() {
    EXPECT_EQ(session_on_card(), "invalidTransactionId");
    instead.clear();
    EXPECT_EQ(summary(download()), "ok");
  }
  std::vector<std::string> history() { return world.orders.find("TEST")->history; }

  World world;
  LpaOptions options{.http_timeout = 20s};
  /// What answers a function in place of the honest server.
  std::map<std::string, std::function<Response(const Request&)>> instead;
  std::optional<HttpsEs9> es9;
  std::optional<Lpa> lpa;
  std::chrono::steady_clock::duration elapsed{};
  std::unique_ptr<rsp::http::ServerThread>
      server;  // last, so that its thread ends before what it uses
};

// --- Good servers
// -----------------------------------------------------------------------------------------------

struct OnCurve : HttpsTest, ::testing::WithParamInterface<Curve> {
  OnCurve() : HttpsTest(GetParam()) {}
};
INSTANTIATE_TEST_SUITE_P(BothCurves, OnCurve,
                         ::testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& curve) {
                           return curve.param == Curve::kNistP256 ? "NistP256" : "BrainpoolP256r1";
                         });

// 3.1, 3.2, 3.5: from the activation code to the enabled profile and the delivered reports.
TEST_P(OnCurve, AProfileIsDownloadedEnabledAndReported) {
  serve();
  auto done = must(download());
  must(lpa->enable(done.isdp_aid));
  for (const Delivery& delivery : must(lpa->deliver_notifications())) {
    EXPECT_FALSE(delivery.error) << delivery.error->message();
  }
  EXPECT_TRUE(world.euicc->memory().notifications.empty());
  EXPECT_EQ(history(), (std::vector<std::string>{"released", "downloaded", "installed", "enable"}));
}

// A handshake costs more than all else of a call, so there is one for a whole download.
TEST_F(HttpsTest, AWholeDownloadTakesOneConnection) {
  serve();
  must(download());
  must(lpa->deliver_notifications());
  EXPECT_EQ(es9->statistics().connections, 1u);
  EXPECT_EQ(es9->statistics().requests, 4u);
  server->stop();
  EXPECT_EQ(server->statistics().connections, 1u);
  EXPECT_EQ(server->statistics().requests, 4u);
}

TEST_F(HttpsTest, ATraceHasTheRecordsAndTheSecretsThatOpenThem) {
  serve();
  rsp::TraceRecorder recorder;
  std::vector<std::string> lines;
  HttpsEs9Options https;
  https.trusted_cis = {rsp::to_bytes(world.pki.ci.certificate.der())};
  https.resolve = {{std::string(kHost), fmt::format("127.0.0.1:{}", server->port())}};
  https.key_log = [&](std::string_view line) { lines.emplace_back(line); };
  https.trace = &recorder;
  es9.emplace(std::move(https));
  lpa.emplace(*world.transport, *es9, options);
  ASSERT_TRUE(download());
  lpa.reset();
  es9.reset();

  std::vector<std::string> traced, places;
  std::size_t sent = 0, received = 0;
  for (const auto& [at, event] : recorder.records()) {
    if (event.kind == rsp::TraceKind::kKeys) traced.push_back(event.detail);
    if (event.kind != rsp::TraceKind::kTls) continue;
    EXPECT_EQ(event.name, "connection 1");
    if (event.bytes.empty()) places.push_back(event.detail);
    (event.from == rsp::Party::kLpa ? sent : received) += event.bytes.size();
  }
  EXPECT_EQ(places, (std::vector<std::string>{"opened", "closed"}));
  EXPECT_GT(sent, 1000u);
  EXPECT_GT(received, 1000u);
  EXPECT_FALSE(lines.empty());
  EXPECT_EQ(traced, lines) << "both get the secrets";
}

TEST_F(HttpsTest, AServerThatHangsUpAfterEachAnswerIsCalledAgain) {
  serve();
  for (const char* function :
       {"initiateAuthentication", "authenticateClient", "getBoundProfilePackage"}) {
    instead[function] = [this](const Request& request) {
      Response response = honest(request);
      response.headers.push_back({"Connection", "close"});
      return response;
    };
  }
  EXPECT_EQ(summary(download()), "ok");
  EXPECT_EQ(es9->statistics().connections, 3u);
}

// 6.5.1.1: what the LPA sends with each call.
TEST_F(HttpsTest, TheRequestsHaveTheHeadersOfTheProtocol) {
  serve();
  Request seen;
  instead["initiateAuthentication"] = [&](const Request& request) {
    seen = request;
    return honest(request);
  };
  EXPECT_EQ(summary(download()), "ok");
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/gsma/rsp2/es9plus/initiateAuthentication");
  EXPECT_EQ(seen.header("User-Agent"), "gsma-rsp-lpad");
  EXPECT_EQ(seen.header("X-Admin-Protocol"), "gsma/rsp/v2.2.2");
  EXPECT_THAT(std::string(seen.header("Content-Type")), StartsWith("application/json"));
  EXPECT_EQ(seen.host, kHost);
}

// A refusal inside HTTP 200 is the server's, with its status code.
TEST_F(HttpsTest, ARefusalIsReportedWithItsStatusCode) {
  serve();
  world.orders.find("TEST")->state = smdp::OrderState::kConfirmed;
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "server ES9+.AuthenticateClient 8.2/1.2");
  world.orders.find("TEST")->state = smdp::OrderState::kReleased;
  expect_recovery();
}

// --- TLS (2.6.6)
// ------------------------------------------------------------------------------------------------

struct BadTls : HttpsTest {
  /// A TLS certificate of the server, changed.
  template <class Change>
  void serve_with(Change change, const rsp::pki::Identity& ci) {
    auto what = rsp::pki::dp_tls_template({std::string(kHost)}, rsp::pki::kTestDpOid,
                                          world.clock.now() - 24h);
    change(what);
    serve(tls(rsp::pki::issue(what, ci, world.pki.dp_tls->key, world.random)));
  }
  template <class Change>
  void serve_with(Change change) {
    serve_with(change, world.pki.ci);
  }
  /// The LPA said nothing to this server, and the card knows of nothing.
  void expect_refused(const rsp::Result<Download>& outcome, const std::string& code) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().layer, Layer::kCrypto) << outcome.error().message();
    EXPECT_THAT(outcome.error().step, StartsWith("ES9+.InitiateAuthentication"));
    if (!code.empty()) {
      EXPECT_EQ(outcome.error().code, code);
    }
    server->stop();
    EXPECT_TRUE(world.server->journal().empty());
    EXPECT_EQ(server->statistics().requests, 0u);
    serve();
    expect_recovery();
  }
};

TEST_F(BadTls, AGoodCertificateMadeInTheSameWay) {
  serve_with([](auto&) {});
  EXPECT_EQ(summary(download()), "ok");
}

// The certificate is for TLS, for this host, under the right CI, and of another role.
TEST_F(BadTls, ACertificateOfAnotherRoleIsRefused) {
  serve_with([](auto& what) { what.policies = {rsp::pki::policy_of(rsp::pki::Role::kDpAuth)}; });
  expect_refused(download(), "wrongRole");
}

TEST_F(BadTls, ACertificateWithoutARoleIsRefused) {
  serve_with([](auto& what) {
    what.policies = {};
    what = what.without(rsp::pki::Extension::kCertificatePolicies);
  });
  expect_refused(download(), "wrongRole");
}

TEST_F(BadTls, ACertificateOfAnotherCiIsRefused) {
  rsp::SeededRandom random(2);
  auto stranger = rsp::pki::make_test_pki(Curve::kNistP256, world.clock.now(), random);
  serve_with([](auto&) {}, stranger.ci);
  expect_refused(download(), "");
}

TEST_F(BadTls, ACertificateForAnotherHostIsRefused) {
  serve_with([](auto& what) { what.dns_names = {"elsewhere.example.com"}; });
  expect_refused(download(), "");
}

TEST_F(BadTls, AnExpiredCertificateIsRefused) {
  serve_with([&](auto& what) { what.not_after = world.clock.now() - 1h; });
  expect_refused(download(), "");
}

TEST_F(BadTls, ACertificateThatMayNotSignIsRefused) {
  serve_with([](auto& what) {
    what.extended_key_usage = {*rsp::asn1::oid_from_text("1.3.6.1.5.5.7.3.2")};
  });
  expect_refused(download(), "");
}

// --- Servers that are not there
// ---------------------------------------------------------------------------------

/// A port of this machine on which something listens that never says a word; nothing at all after
/// hang_up().
class SilentPort {
 public:
  SilentPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    if (::bind(socket_, reinterpret_cast<sockaddr*>(&at), size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&at), &size) != 0) {
      throw std::runtime_error("no port to listen on");
    }
    port_ = ntohs(at.sin_port);
  }
  ~SilentPort() { hang_up(); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;

  std::uint16_t port() const { return port_; }
  void hang_up() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

TEST_F(HttpsTest, AServerThatIsNotThereIsReportedAtOnce) {
  SilentPort nobody;
  nobody.hang_up();
  connect(nobody.port());
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().layer, Layer::kTransport) << outcome.error().message();
  EXPECT_THAT(outcome.error().step, StartsWith("ES9+.InitiateAuthentication"));
  EXPECT_LT(elapsed, options.http_timeout);
  serve();
  expect_recovery();
}

/// Much more than the timeouts of these tests, much less than a hanging call would take.
constexpr auto kSlack = 15s;

TEST_F(HttpsTest, AServerThatSaysNothingIsGivenUpAtTheDeadline) {
  options.http_timeout = 150ms;
  SilentPort silent;
  connect(silent.port());
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().layer, Layer::kTimeout) << outcome.error().message();
  EXPECT_LT(elapsed, kSlack);
  options.http_timeout = 20s;
  serve();
  expect_recovery();
}

// --- Servers that misbehave at one of the calls
// -----------------------------------------------------------------

struct AtEachCall : HttpsTest, ::testing::WithParamInterface<std::string> {
  std::string step() const {
    std::string name = GetParam();
    name[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(name[0])));
    return "ES9+." + name;
  }
  /// The server acts on the call, and its answer is replaced.
  void answer_with(Response response) {
    instead[GetParam()] = [this, response](const Request& request) {
      honest(request);
      return response;
    };
  }
  /// As the server acted, it knows the order from AuthenticateClient on, and hears that the
  /// download ended.
  void expect_postponed() {
    bool knows_the_order = GetParam() != "initiateAuthentication";
    EXPECT_EQ(std::ranges::count(history(), "cancelled: postponed"), knows_the_order ? 1 : 0);
    EXPECT_LT(elapsed, kSlack);
    expect_recovery();
  }
};
INSTANTIATE_TEST_SUITE_P(Es9, AtEachCall,
                         ::testing::Values("initiateAuthentication", "authenticateClient",
                                           "getBoundProfilePackage"),
                         [](const auto& function) { return function.param; });

TEST_P(AtEachCall, AnHttpErrorEndsTheSession) {
  serve();
  for (int code : {500, 503, 404, 401, 301, 302}) {
    world.orders.find("TEST")->history.clear();
    answer_with(status(code));
    EXPECT_EQ(summary(download()), fmt::format("http {} {}", step(), code));
  }
  EXPECT_EQ(session_on_card(), "invalidTransactionId");
  expect_postponed();
}

// 204 is an answer to notifications only.
TEST_P(AtEachCall, AnEmptyAnswerEndsTheSession) {
  serve();
  answer_with(status(204));
  EXPECT_EQ(summary(download()), "decode " + step());
  expect_postponed();
}

TEST_P(AtEachCall, NonsenseEndsTheSession) {
  serve();
  for (const char* body :
       {"", "<html>It works!</html>", "[]", "null", "{}", "{\"header\":{}}",
        "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}}",
        "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Maybe\"", "\xFF\xFE"}) {
    world.orders.find("TEST")->history.clear();
    answer_with(json(body));
    EXPECT_EQ(summary(download()), "decode " + step()) << body;
  }
  expect_postponed();
}

// A failure without a code is one all the same.
TEST_P(AtEachCall, AFailureWithoutACodeEndsTheSession) {
  serve();
  answer_with(json("{\"header\":{\"functionExecutionStatus\":{\"status\":\"Failed\"}}}"));
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().layer, Layer::kServer) << outcome.error().message();
  EXPECT_EQ(outcome.error().step, step());
  expect_postponed();
}

TEST_P(AtEachCall, AnAnswerThatIsCutShortEndsTheSession) {
  serve();
  instead[GetParam()] = [this](const Request& request) {
    Response response = honest(request);
    response.headers.push_back({"Content-Length", std::to_string(response.body.size())});
    response.headers.push_back({"Connection", "close"});
    response.body.resize(response.body.size() / 2);
    return response;
  };
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().layer, Layer::kTransport) << outcome.error().message();
  EXPECT_THAT(outcome.error().step, StartsWith(step()));
  expect_postponed();
}

// The JSON is whole, and what it carries is not.
TEST_P(AtEachCall, AnElementThatIsCutShortEndsTheSession) {
  serve();
  instead[GetParam()] = [this](const Request& request) {
    Response response = honest(request);
    auto quote = response.body.rfind("\"}");
    response.body.erase(quote - 8, 8);  // of the last member's base64
    return response;
  };
  EXPECT_EQ(summary(download()), "decode " + step());
  expect_postponed();
}

/// A server that holds an answer back until it may go.
struct Slow : AtEachCall {
  void TearDown() override {
    if (!opened) gate.count_down();
  }
  void open() {
    opened = true;
    gate.count_down();
  }
  std::latch gate{1};
  bool opened = false;
};
INSTANTIATE_TEST_SUITE_P(Es9, Slow,
                         ::testing::Values("initiateAuthentication", "authenticateClient",
                                           "getBoundProfilePackage"),
                         [](const auto& function) { return function.param; });

// The deadline holds for each call, the one that cancels too; so a download that fails ends after
// two of them.
TEST_P(Slow, AnAnswerThatDoesNotComeIsGivenUpAtTheDeadline) {
  options.http_timeout = 1s;
  serve();
  instead[GetParam()] = [this](const Request&) {
    gate.wait();
    return status(503);
  };
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().layer, Layer::kTimeout) << outcome.error().message();
  EXPECT_THAT(outcome.error().step, StartsWith(step()));
  EXPECT_LT(elapsed, 2 * options.http_timeout + kSlack);
  open();
  server->stop();
  EXPECT_EQ(session_on_card(), "invalidTransactionId");
  options.http_timeout = 20s;
  instead.clear();
  serve();
  expect_recovery();
}

// --- Notifications (6.5.1.4)
// ------------------------------------------------------------------------------------

struct Acknowledgements : HttpsTest {
  Acknowledgements() {
    serve();
    must(download());
  }
  /// The one delivery, when the server answers so.
  std::string delivery(Response response) {
    instead["handleNotification"] = [response](const Request&) { return response; };
    auto deliveries = must(lpa->deliver_notifications());
    if (deliveries.size() != 1) return fmt::format("{} deliveries", deliveries.size());
    return deliveries[0].error ? summary(rsp::Status(rsp::failure(*deliveries[0].error))) : "ok";
  }
  std::size_t waiting() const { return world.euicc->memory().notifications.size(); }
};

TEST_F(Acknowledgements, AreStatus204) {
  EXPECT_EQ(delivery(status(204)), "ok");
  EXPECT_EQ(waiting(), 0u);
}

// Another 2xx says that somebody answered, not that the notification was taken.
TEST_F(Acknowledgements, AreNoOtherStatus) {
  for (int code : {200, 201, 202, 301, 400, 404, 500, 503}) {
    EXPECT_EQ(delivery(status(code)), fmt::format("http ES9+.HandleNotification {}", code));
    EXPECT_EQ(waiting(), 1u);
  }
  EXPECT_EQ(delivery(json(
                "{\"header\":{\"functionExecutionStatus\":{\"status\":\"Executed-Success\"}}}")),
            "http ES9+.HandleNotification 200");
  EXPECT_EQ(waiting(), 1u);
  instead.clear();
  EXPECT_FALSE(must(lpa->deliver_notifications()).at(0).error);
  EXPECT_EQ(waiting(), 0u);
  EXPECT_EQ(history().back(), "installed");
}

TEST_F(Acknowledgements, DoNotComeFromAServerThatIsGone) {
  server.reset();
  auto deliveries = must(lpa->deliver_notifications());
  ASSERT_EQ(deliveries.size(), 1u);
  ASSERT_TRUE(deliveries[0].error);
  EXPECT_EQ(deliveries[0].error->layer, Layer::kTransport) << deliveries[0].error->message();
  EXPECT_EQ(waiting(), 1u);
}

}  // namespace
}  // namespace lpa::testing
