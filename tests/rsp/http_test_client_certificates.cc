// Mutual TLS of rsp/http: who must show a certificate, which ones are taken, and what both ends say
// where one is not. curl and openssl are asked as well.
#include <cstdlib>

#include "tests/rsp/http_test_support.h"
#include "tests/temp_dir.h"

namespace rsp::http {
namespace {

struct ClientCertificateTest : HttpTest {
  /// A server that wants certificates of `operators`, and answers with the size of what it saw.
  std::unique_ptr<ServerThread> start_asking(ClientCertificates mode,
                                             TlsVersion newest = TlsVersion::k1_3) {
    ServerOptions options = server_options();
    options.client_certificates = mode;
    options.client_cas = {operators.certificate()};
    options.max_tls = newest;
    options.clock = clock;
    options.log = [this](std::string_view line) { log += line; };
    return start(std::move(options), [this](const Request& request) {
      seen = request.client_certificate;
      return Response{.body = seen.empty() ? "nobody" : "somebody"};
    });
  }

  Error failure_with(const ServerThread& server, std::optional<TlsIdentity> identity) {
    auto options = client_options(server);
    options.identity = std::move(identity);
    return failure_of(std::move(options));
  }

  TestCi operators{kP256, "Operators"};
  const Clock* clock = nullptr;
  Bytes seen;
  std::string log;
};

TEST_F(ClientCertificateTest, TheHandlerIsToldWhoAsks) {
  auto server = start_asking(ClientCertificates::kRequired);
  TlsIdentity own = operators.issue();
  auto options = client_options(*server);
  options.identity = own;
  Client client(options);
  for (int i = 0; i < 2; ++i) {
    auto response = client.send("smdp.example", {});
    ASSERT_TRUE(response) << response.error().message();
    EXPECT_EQ(response->body, "somebody");
    EXPECT_EQ(seen, own.certificate);
    seen.clear();
  }
  EXPECT_EQ(client.statistics().connections, 1u);
}

TEST_F(ClientCertificateTest, AnOptionalCertificateMayBeMissingButNotWrong) {
  auto server = start_asking(ClientCertificates::kOptional);
  EXPECT_EQ(failure_with(*server, std::nullopt).text, "no error");
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(failure_with(*server, operators.issue()).text, "no error");
  EXPECT_FALSE(seen.empty());
  EXPECT_EQ(failure_with(*server, ci.issue()).code, "unknown_CA");
}

TEST_F(ClientCertificateTest, WhoIsNotAskedShowsNothing) {
  auto server = start_asking(ClientCertificates::kNone);
  EXPECT_EQ(failure_with(*server, operators.issue()).text, "no error");
  EXPECT_TRUE(seen.empty());
}

TEST_F(ClientCertificateTest, BothEndsSayThatACertificateIsMissing) {
  for (auto [version, code] : {std::pair{TlsVersion::k1_3, "certificate_required"},
                               std::pair{TlsVersion::k1_2, "handshake_failure"}}) {
    auto server = start_asking(ClientCertificates::kRequired, version);
    Error error = failure_with(*server, std::nullopt);
    EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
    EXPECT_EQ(error.code, code);
    EXPECT_FALSE(error.hint.empty());
    server->stop();
    EXPECT_EQ(log,
              "TLS handshake failed: the client has shown no certificate, and one is required");
    log.clear();
  }
  EXPECT_TRUE(seen.empty());
}

TEST_F(ClientCertificateTest, BothEndsSayThatTheCiIsAnother) {
  for (TlsVersion version : {TlsVersion::k1_3, TlsVersion::k1_2}) {
    auto server = start_asking(ClientCertificates::kRequired, version);
    Error error = failure_with(*server, ci.issue());
    EXPECT_EQ(error.layer, Layer::kTransport) << error.message();
    EXPECT_EQ(error.code, "unknown_CA");
    EXPECT_NE(error.hint.find("was not accepted"), std::string::npos) << error.hint;
    server->stop();
    EXPECT_TRUE(
        log.starts_with("TLS handshake failed: the client's certificate CN=TLS, issued by "
                        "CN=Test CI, is not accepted: unable to get"))
        << log;
    log.clear();
  }
  EXPECT_TRUE(seen.empty());
}

TEST_F(ClientCertificateTest, ACertificateOutsideItsTimeIsRefusedByTheClockThatIsGiven) {
  auto server = start_asking(ClientCertificates::kRequired);
  EXPECT_EQ(failure_with(*server, operators.issue({.begin = -2 * kDay, .end = -kDay})).code,
            "certificate_expired");
  server->stop();
  EXPECT_NE(log.find("certificate has expired"), std::string::npos) << log;
  ManualClock later(SystemClock().now() + std::chrono::hours(12));
  clock = &later;
  server = start_asking(ClientCertificates::kRequired);
  EXPECT_EQ(failure_with(*server, operators.issue({.begin = kDay / 4})).text, "no error");
  EXPECT_EQ(failure_with(*server, operators.issue({.end = kDay / 4})).code, "certificate_expired");
}

TEST_F(ClientCertificateTest, AChainLeadsToTheCiThatIsTrusted) {
  auto server = start_asking(ClientCertificates::kRequired);
  TlsIdentity own = operators.issue();
  own.chain = {operators.certificate()};
  EXPECT_EQ(failure_with(*server, own).text, "no error");
}

TEST_F(ClientCertificateTest, ABrainpoolCertificateIsShownOverTls12) {
  TestCi brainpool(kBrainpool, "Operators");
  operators = std::move(brainpool);
  auto server = start_asking(ClientCertificates::kRequired);
  EXPECT_EQ(failure_with(*server, operators.issue({.curve = kBrainpool})).text, "no error");
  EXPECT_FALSE(seen.empty());
}

TEST_F(ClientCertificateTest, OptionsThatCannotBeAreNamed) {
  ServerOptions options = server_options();
  options.client_certificates = ClientCertificates::kRequired;
  auto path_of = [](ServerOptions with) {
    return Server::listen(std::move(with), echo).error().path;
  };
  EXPECT_EQ(path_of(options), "client_cas");
  options.client_cas = {operators.certificate(), {1}};
  EXPECT_EQ(path_of(options), "client_cas[1]");
  TlsIdentity mixed = operators.issue();
  mixed.private_key = operators.issue().private_key;
  Error error = failure_of({.trusted_certificates = {ci.certificate()}, .identity = mixed});
  EXPECT_EQ(error.layer, Layer::kCrypto);
  EXPECT_EQ(error.path, "identity.private_key");
}

// --- Other people's programs

/// What a command prints, both outputs; the test is skipped where the program is missing.
std::string output_of(const std::string& command) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1 </dev/null").c_str(), "r");
  std::array<char, 4096> piece;
  while (std::size_t size = fread(piece.data(), 1, piece.size(), pipe))
    out.append(piece.data(), size);
  pclose(pipe);
  return out;
}

bool is_there(const char* program) {
  return std::system(fmt::format("command -v {} >/dev/null", program).c_str()) == 0;
}

TEST_F(ClientCertificateTest, CurlIsServedWithItsCertificateAndRefusedWithout) {
  if (!is_there("curl")) GTEST_SKIP() << "curl is not installed";
  auto server = start_asking(ClientCertificates::kRequired);
  testing_files::TempDir folder;
  TlsIdentity own = operators.issue();
  std::string url = fmt::format("https://127.0.0.1:{}/", server->port());
  std::string with = fmt::format("curl -sSk --cert-type DER --cert {} --key-type DER --key {} {}",
                                 folder.write("c.der", own.certificate).string(),
                                 folder.write("k.der", own.private_key).string(), url);
  EXPECT_EQ(output_of(with), "somebody");
  EXPECT_EQ(seen, own.certificate);
  EXPECT_NE(output_of("curl -sSk " + url).find("certificate required"), std::string::npos);
}

TEST_F(ClientCertificateTest, OpensslSeesWhichCisAreTrustedAndTheAlert) {
  if (!is_there("openssl")) GTEST_SKIP() << "openssl is not installed";
  auto server = start_asking(ClientCertificates::kRequired);
  testing_files::TempDir folder;
  TlsIdentity wrong = ci.issue();
  std::string out =
      output_of(fmt::format("openssl s_client -connect 127.0.0.1:{} -cert {} -certform DER -key {} "
                            "-keyform DER -ign_eof",
                            server->port(), folder.write("c.der", wrong.certificate).string(),
                            folder.write("k.der", wrong.private_key).string()));
  EXPECT_NE(out.find("Acceptable client certificate CA names\nCN = Operators"), std::string::npos)
      << out;
  EXPECT_NE(out.find("alert unknown ca"), std::string::npos) << out;
}

}  // namespace
}  // namespace rsp::http
