// HTTPS by the module's own stack.
#include "lpa/transport/at_http.h"

#include "at_test_support.h"
#include "lpa/transport/recovery.h"

namespace lpa::testing {
namespace {

using ::testing::HasSubstr;

/// The HTTP stack of a module, in front of a server that a test writes.
struct AtHttpTest : AtTest {
  AtHttpTest() {
    on("AT+QHTTPURL=", expect_data);
    on("AT+QHTTPPOST=", expect_data);
    on("AT+QFUPL=", [this](const std::string& command) {
      module.data.clear();
      module.data_octets = number_behind(command, ',');
      return lines({"CONNECT"});
    });
    on("AT+QHTTPREAD=", [this](const std::string&) {
      return "\r\nCONNECT\r\n" + body + "\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n";
    });
    on("(data)", [this](const std::string&) {
      bool is_request = module.data.starts_with("POST");
      if (is_request) request = module.data;
      return is_request ? lines({"OK", result}) : lines({"OK"});
    });
  }
  static std::size_t number_behind(const std::string& command, char mark) {
    return std::stoul(command.substr(command.find(mark) + 1));
  }
  std::function<std::optional<std::string>(const std::string&)> expect_data =
      [this](const std::string& command) {
        module.data.clear();
        module.data_octets = number_behind(command, '=');
        return lines({"CONNECT"});
      };
  rsp::Result<rsp::http::Response> post(std::string text = "{}") {
    AtPort port(module, {});
    AtHttp http(port, settings);
    return http.send("smdp.example.com",
                     {.target = "/gsma/rsp2/es9plus/initiateAuthentication",
                      .body = std::move(text),
                      .headers = {{"Content-Type", "application/json"}}},
                     soon());
  }

  AtHttpOptions settings;
  std::string body = "{\"header\":{}}", result = "+QHTTPPOST: 0,200,13", request;
};

TEST_F(AtHttpTest, CarriesARequestAsItIs) {
  auto response = post();
  ASSERT_TRUE(response) << response.error().message();
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->body, body);
  EXPECT_THAT(request,
              ::testing::StartsWith("POST /gsma/rsp2/es9plus/initiateAuthentication HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(request, HasSubstr("smdp.example.com"));
  EXPECT_THAT(request, ::testing::EndsWith("\r\n\r\n{}"));
  EXPECT_EQ(count("AT+QHTTPCFG=\"requestheader\",1"), 1u);
}

// A body may look like anything, also like the end of the answer.
TEST_F(AtHttpTest, TakesABodyByItsLength) {
  body = "a\r\nOK\r\n\r\nb\r\nERROR\r\n";
  result = "+QHTTPPOST: 0,200," + std::to_string(body.size());
  EXPECT_EQ(must(post()).body, body);
}

TEST_F(AtHttpTest, TakesABodyThatCameInChunks) {
  result = "+QHTTPPOST: 0,200";
  body = std::string(100'000, 'x');
  EXPECT_EQ(must(post()).body, body);
}

// The result comes before the OK from some modules.
TEST_F(AtHttpTest, TakesABodyWhoseResultComesFirst) {
  result = "+QHTTPPOST: 0,200";
  on("AT+QHTTPREAD=", [this](const std::string&) {
    return "\r\nCONNECT\r\n" + body + "\r\n+QHTTPREAD: 0\r\n\r\nOK\r\n";
  });
  EXPECT_EQ(must(post()).body, body);
}

TEST_F(AtHttpTest, EndsARequestThatWentWrong) {
  result = "+QHTTPPOST: 702";
  EXPECT_FALSE(post());
  EXPECT_EQ(count("AT+QHTTPSTOP"), 1u);
}

TEST_F(AtHttpTest, TakesAStatusWithoutABody) {
  result = "+QHTTPPOST: 0,204,0";
  EXPECT_EQ(must(post()).status, 204);
  EXPECT_EQ(count("AT+QHTTPREAD"), 0u);
}

TEST_F(AtHttpTest, F77_ReportsTheModulesOwnError) {
  result = "+QHTTPPOST: 703";
  auto response = post();
  EXPECT_EQ(response.error().layer, Layer::kTransport);
  EXPECT_EQ(response.error().code, "QHTTPPOST 703");
  EXPECT_THAT(response.error().step, HasSubstr("HTTPS smdp.example.com"));
  for (const char* bad : {"+QHTTPPOST: ", "+QHTTPPOST: x", "+QHTTPPOST: 0", "+QHTTPPOST: 0,7",
                          "+QHTTPPOST: 0,200,99999999"}) {
    result = bad;
    EXPECT_FALSE(post()) << bad;
  }
}

TEST_F(AtHttpTest, AResultThatNeverComesIsATimeout) {
  result = "+QIND: 1";
  EXPECT_EQ(post().error().layer, Layer::kTimeout);
}

TEST_F(AtHttpTest, F76_AModuleWithoutHttpIsSaid) {
  on("AT+QHTTPCFG", lines({"ERROR"}));
  EXPECT_THAT(post().error().hint, HasSubstr("host's network"));
}

TEST_F(AtHttpTest, LoadsTheIssuersThatAreTrusted) {
  settings.tls.trusted_pem = "-----BEGIN CERTIFICATE-----\n";
  must(post());
  EXPECT_EQ(count("AT+QFUPL=\"UFS:esimbench_ci.pem\",28"), 1u);
  EXPECT_EQ(count("AT+QSSLCFG=\"seclevel\",1,1"), 1u);
}

// --- The recovery ladder ---

struct AtRecovery : AtTest {
  AtRecovery() {
    dialect.absent_for = std::chrono::milliseconds(0);
    options.port.ping = std::chrono::milliseconds(1);
    options.dialect = &dialect;
    is_good();
    on("AT+CCHO", [this](const std::string&) {
      return works ? lines({"+CCHO: 1", "OK"}) : lines({"+CME ERROR: 13"});
    });
    on("AT+CSIM", lines({"+CME ERROR: 0"}));
  }
  std::string done() {
    auto found = recover(transport(), recovery, soon());
    std::string out;
    for (const auto& step : found.steps) out += step.name + (step.result ? "!" : ",");
    return out;
  }
  bool works = false;
  RecoveryOptions recovery;
};

TEST_F(AtRecovery, EndsWithWhatHelps) {
  on("AT+CCHC", [this](const std::string&) {
    works = true;
    return lines({"OK"});
  });
  EXPECT_EQ(done(), "close channels!");
  EXPECT_EQ(count("AT+CFUN"), 0u);
}

TEST_F(AtRecovery, F15_TheSimIsSwitchedOffAndOn) {
  on("AT+CFUN=1", [this](const std::string&) {
    works = true;
    return lines({"OK"});
  });
  EXPECT_EQ(done(), "close channels,reopen port,SIM off and on!");
}

TEST_F(AtRecovery, GoesUpToThePower) {
  EXPECT_EQ(done(), "close channels,reopen port,SIM off and on,module reset,");
  recovery.power_cycle = [this](auto) -> rsp::Status {
    works = true;
    return {};
  };
  EXPECT_EQ(done(), "close channels,reopen port,SIM off and on,module reset,power!");
}

}  // namespace
}  // namespace lpa::testing
