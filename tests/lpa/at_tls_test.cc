// HTTPS over the module's TLS sockets.
#include "lpa/transport/at_tls.h"

#include "at_test_support.h"

namespace lpa::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The TLS sockets of a module, in front of a server that a test writes.
struct AtTlsTest : AtTest {
  AtTlsTest() {
    on("AT+QSSLOPEN=", [this](const std::string&) { return lines({"OK", opened}); });
    on("AT+QSSLSEND=", [this](const std::string& command) {
      pieces.push_back(std::stoul(command.substr(command.rfind(',') + 1)));
      module.data.clear();
      module.data_octets = pieces.back();
      return "\r\n> ";
    });
    on("(data)", [this](const std::string&) {
      if (module.data.starts_with("-----")) return lines({"OK"});
      request += module.data;
      std::string said = lines({sent});
      bool whole = request.ends_with(body_of_request);
      if (!whole || silent) return said;
      waiting += answer;
      return said + lines({"+QSSLURC: \"recv\",0"});
    });
    on("AT+QFUPL=", [this](const std::string& command) {
      module.data.clear();
      module.data_octets = std::stoul(command.substr(command.find(',') + 1));
      return lines({"CONNECT"});
    });
    on("AT+QSSLRECV=", [this](const std::string& command) {
      std::size_t most = std::stoul(command.substr(command.rfind(',') + 1));
      std::string piece = waiting.substr(0, std::min(most, at_once));
      waiting.erase(0, piece.size());
      std::string out = "\r\n+QSSLRECV: " + std::to_string(piece.size()) + "\r\n";
      if (!piece.empty()) out += piece + "\r\n";
      out += "\r\nOK\r\n";
      if (piece.empty() && closes) out += lines({"+QSSLURC: \"closed\",0"});
      return out;
    });
  }
  rsp::Result<rsp::http::Response> post(std::string text = "{}",
                                        std::string host = "smdp.example.com") {
    body_of_request = text;
    request.clear();
    return http.send(host,
                     {.target = "/gsma/rsp2/es9plus/initiateAuthentication",
                      .body = std::move(text),
                      .headers = {{"Content-Type", "application/json"}}},
                     soon());
  }
  static std::string response(std::string_view body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           std::string(body);
  }

  AtPort port{module, {}};
  AtTls http{port, {}};
  std::string opened = "+QSSLOPEN: 0,0", sent = "SEND OK", answer = response("{\"header\":{}}");
  std::string request, body_of_request, waiting;
  std::vector<std::size_t> pieces;
  std::size_t at_once = 1500;
  bool silent = false, closes = false;
};

TEST_F(AtTlsTest, CarriesARequestAndItsAnswer) {
  auto response = post();
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, "{\"header\":{}}");
  EXPECT_THAT(request,
              ::testing::StartsWith("POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Host: smdp.example.com\r\n"));
  EXPECT_EQ(count("AT+QSSLOPEN=1,1,0,\"smdp.example.com\",443,0"), 1u);
}

TEST_F(AtTlsTest, SendsNoMoreThanAModuleTakesAtOnce) {
  must(post(std::string(4'000, 'x')));
  EXPECT_THAT(pieces, ElementsAre(1460, 1460, request.size() - 2 * 1460));
}

TEST_F(AtTlsTest, PutsAnAnswerTogether) {
  std::string body(10'000, 'y');
  answer = response(body + "\r\nOK\r\n");
  at_once = 37;
  EXPECT_EQ(must(post()).body, body + "\r\nOK\r\n");
}

TEST_F(AtTlsTest, KeepsTheConnectionForTheSameServer) {
  must(post());
  must(post());
  EXPECT_EQ(count("AT+QSSLOPEN"), 1u);
  must(post("{}", "other.example.com:8443"));
  EXPECT_EQ(count("AT+QSSLOPEN=1,1,0,\"other.example.com\",8443,0"), 1u);
  answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
  must(post("{}", "other.example.com:8443"));
  must(post("{}", "other.example.com:8443"));
  EXPECT_EQ(count("AT+QSSLOPEN"), 3u);
}

// Nothing of the request had reached the server.
TEST_F(AtTlsTest, OpensAnewWhereTheServerHadHungUp) {
  must(post());
  int refusals = 1;
  auto send = rules.back();
  on("AT+QSSLSEND=", [&](const std::string& command) -> std::optional<std::string> {
    if (refusals-- > 0) return lines({"ERROR"});
    pieces.push_back(std::stoul(command.substr(command.rfind(',') + 1)));
    module.data.clear();
    module.data_octets = pieces.back();
    return "\r\n> ";
  });
  EXPECT_TRUE(post());
  EXPECT_EQ(count("AT+QSSLOPEN"), 2u);
}

TEST_F(AtTlsTest, NeverSendsTwiceWhatTheServerMayHave) {
  must(post());
  closes = true;
  answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this";
  auto cut = post();
  EXPECT_EQ(cut.error().code, "truncatedAnswer");
  EXPECT_THAT(cut.error().step, HasSubstr("HTTPS smdp.example.com"));
  EXPECT_EQ(count("AT+QSSLSEND"), 2u);
  EXPECT_GE(count("AT+QSSLCLOSE=0"), 2u);
}

TEST_F(AtTlsTest, F74_AConnectionThatFailsIsNamedWithItsNumber) {
  for (const char* code : {"566", "565", "569"}) {
    opened = std::string("+QSSLOPEN: 0,") + code;
    auto failed = post();
    EXPECT_EQ(failed.error().layer, Layer::kTransport);
    EXPECT_EQ(failed.error().code, std::string("QSSLOPEN ") + code);
  }
}

TEST_F(AtTlsTest, AnAnswerThatNeverComesIsATimeout) {
  silent = true;
  EXPECT_EQ(post().error().layer, Layer::kTimeout);
  opened = "+QIND: 1";
  EXPECT_EQ(post().error().layer, Layer::kTimeout);
}

TEST_F(AtTlsTest, BadAnswersAreErrors) {
  for (const char* bad :
       {"+QSSLRECV: x", "+QSSLRECV: 1501", "+QSSLRECV: ", "ERROR", "+CME ERROR: 3"}) {
    on("AT+QSSLRECV=", lines({bad, "OK"}));
    EXPECT_FALSE(post()) << bad;
  }
  on("AT+QSSLRECV=", lines({"OK"}));
  EXPECT_EQ(post().error().code, "noAnswer");
  on("AT+QSSLRECV=", "\r\n+QSSLRECV: 5\r\nhello\r\n\r\nOK\r\n");
  EXPECT_EQ(post().error().layer, Layer::kHttp);
  sent = "SEND FAIL";
  EXPECT_EQ(post().error().code, "SEND FAIL");
}

TEST_F(AtTlsTest, F76_AModuleWithoutTlsIsSaid) {
  on("AT+QSSLCFG", lines({"ERROR"}));
  EXPECT_THAT(post().error().hint, HasSubstr("host's network"));
}

// A module that was started anew has forgotten whom it trusts.
TEST_F(AtTlsTest, TheSettingsAreMadeAgainForASessionOfThePort) {
  AtTls careful(port, {.tls = {.trusted_pem = "-----BEGIN CERTIFICATE-----\n"}});
  auto call = [&] {
    request.clear();
    body_of_request = "{}";
    return careful.send("smdp.example.com", {.method = "POST", .target = "/", .body = "{}"},
                        soon());
  };
  must(call());
  must(call());
  EXPECT_EQ(count("AT+QSSLCFG=\"seclevel\",1,1"), 1u);
  port.close();
  must(call());
  EXPECT_EQ(count("AT+QSSLCFG=\"seclevel\",1,1"), 2u);
  EXPECT_EQ(count("AT+QFUPL"), 2u);
}

}  // namespace
}  // namespace lpa::testing
