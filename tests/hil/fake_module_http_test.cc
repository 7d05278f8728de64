// The HTTP stack of a Quectel module: what goes out by the transport, what comes back, and how it
// fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hil/fake_module_support.h"

namespace hil {
namespace {

using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Http : public ServedModuleTest {
 protected:
  /// The two steps of a command that takes octets.
  std::string give(const std::string& command, const std::string& octets) {
    EXPECT_EQ(say(command), "\r\nCONNECT\r\n") << command;
    module->receive(kPrimary, octets, now);
    return taken();
  }
  std::string url(const std::string& text) {
    return give("AT+QHTTPURL=" + std::to_string(text.size()) + ",10", text);
  }
  std::string post(const std::string& octets) {
    return give("AT+QHTTPPOST=" + std::to_string(octets.size()) + ",10,10", octets);
  }
};

const std::string kUrl = "https://smdp.example.com:8443/gsma/rsp2/es9plus/initiateAuthentication";

TEST_F(Http, ABodyIsPostedAndItsAnswerRead) {
  begin();
  EXPECT_EQ(ask("AT+QHTTPCFG=\"contextid\",1"), "OK");
  EXPECT_EQ(ask("AT+QHTTPCFG=\"contenttype\",1"), "OK");
  EXPECT_EQ(ask("AT+QHTTPCFG=\"contextid\""), "+QHTTPCFG: \"contextid\",1\r\n\r\nOK");
  EXPECT_EQ(ask("AT+QSSLCFG=\"seclevel\",1,2"), "OK");
  EXPECT_EQ(ask("AT+QSSLCFG=\"seclevel\",1"), "+QSSLCFG: \"seclevel\",1,2\r\n\r\nOK");
  EXPECT_EQ(url(kUrl), "\r\nOK\r\n");
  EXPECT_EQ(post("{}"), "\r\nOK\r\n\r\n+QHTTPPOST: 0,200,7\r\n");
  ASSERT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(server.host, "smdp.example.com:8443");
  EXPECT_EQ(server.requests[0].target, "/gsma/rsp2/es9plus/initiateAuthentication");
  EXPECT_EQ(server.requests[0].body, "{}");
  EXPECT_EQ(server.requests[0].header("content-type"), "text/plain");
  EXPECT_EQ(say("AT+QHTTPREAD=10"), "\r\nCONNECT\r\n{\"a\":1}\r\n\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n");
  EXPECT_EQ(ask("AT+QHTTPREAD=10"), "+CME ERROR: 705") << "it was read";
}

TEST_F(Http, AWholeRequestGoesOutAsTheClientWroteIt) {
  begin();
  ask("AT+QHTTPCFG=\"requestheader\",1");
  ask("AT+QHTTPCFG=\"responseheader\",1");
  url(kUrl);
  EXPECT_EQ(post("POST /other HTTP/1.1\r\nHost: smdp.example.com\r\nContent-Length: 4\r\n"
                 "Content-Type: application/json\r\nX-Admin-Protocol: gsma/rsp/v2.2.2\r\n\r\nbody"),
            "\r\nOK\r\n\r\n+QHTTPPOST: 0,200,7\r\n");
  ASSERT_EQ(server.requests.size(), 1U);
  const rsp::http::Request& sent = server.requests[0];
  EXPECT_EQ(sent.method + " " + sent.target + " " + sent.body, "POST /other body");
  EXPECT_EQ(sent.headers.size(), 2U);
  EXPECT_EQ(sent.header("X-Admin-Protocol"), "gsma/rsp/v2.2.2");
  EXPECT_THAT(say("AT+QHTTPREAD=10"),
              StartsWith("\r\nCONNECT\r\nHTTP/1.1 200\r\nContent-Type: application/json\r\n\r\n{"));
  EXPECT_EQ(post("no request"), "\r\n+CME ERROR: 50\r\n");
  EXPECT_EQ(post("POST / HTTP/1.1\r\nno header\r\n\r\n"), "\r\n+CME ERROR: 50\r\n");
}

TEST_F(Http, AGetNeedsNoBody) {
  begin();
  url("https://smdp.example.com");
  EXPECT_EQ(say("AT+QHTTPGET=10"), "\r\nOK\r\n\r\n+QHTTPGET: 0,200,7\r\n");
  EXPECT_EQ(server.requests[0].method + server.requests[0].target, "GET/");
}

TEST_F(Http, WrongOrderAndWrongNumbersAreRefused) {
  begin();
  EXPECT_EQ(ask("AT+QHTTPPOST=10,10,10"), "+CME ERROR: 711") << "no URL yet";
  EXPECT_EQ(url("ftp://x"), "\r\n+CME ERROR: 711\r\n");
  EXPECT_EQ(url("http://smdp.example.com"), "\r\n+CME ERROR: 711\r\n")
      << "it would not be HTTPS, which is all that the transport can do";
  for (const char* line : {"AT+QHTTPURL=0,10", "AT+QHTTPURL=4096", "AT+QHTTPURL=x",
                           "AT+QHTTPPOST=1048577", "AT+QHTTPCFG", "AT+QSSLCFG=\"seclevel\""})
    EXPECT_EQ(ask(line), "+CME ERROR: 50") << line;
  EXPECT_EQ(ask("AT+QHTTPSTOP"), "OK");
}

TEST_F(Http, APortWaitsForOctetsUntilTimeIsUp) {
  begin();
  EXPECT_EQ(say("AT+QHTTPURL=20,10"), "\r\nCONNECT\r\n");
  module->receive(kPrimary, "https://a\rAT\r", now);
  EXPECT_EQ(taken(), "") << "what looks like a command is data";
  EXPECT_EQ(pass(seconds(9)), "");
  EXPECT_EQ(pass(seconds(1)), "\r\n+CME ERROR: 726\r\n");
  EXPECT_EQ(say("AT"), "\r\nOK\r\n");
}

// Each of these leaves a patience of a whole day behind, if it is not taken away.
TEST_F(Http, AnyNumberOfShortDataLeavesNoTimers) {
  begin();
  for (int i = 0; i < 200'001; ++i) module->receive(kPrimary, "AT+QHTTPURL=1,65535\rx", now);
  taken();
  EXPECT_EQ(say("AT"), "\r\nOK\r\n");
  EXPECT_FALSE(module->next_due());
}

TEST_F(Http, AnAnswerThatIsTooLargeIsAnError) {
  begin();
  url(kUrl);
  server.answer.body = std::string(2 << 20, 'x');
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 0,200,2097152\r\n"));
  EXPECT_THAT(say("AT+QHTTPREAD=10"), EndsWith("x\r\n\r\nOK\r\n\r\n+QHTTPREAD: 0\r\n"));
  server.answer.body += "x";
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 723\r\n"));
}

// With somebody who does what takes its time, OK is said at once, and both ports go on.
TEST_F(Http, ARequestGoesOnWhileTheModuleAnswersOthers) {
  begin();
  std::vector<Errand> errands;
  module->set_worker([&](Errand errand) { errands.push_back(std::move(errand)); });
  url(kUrl);
  EXPECT_EQ(post("{}"), "\r\nOK\r\n");
  ASSERT_EQ(errands.size(), 1U);
  EXPECT_EQ(say("AT"), "\r\nOK\r\n");
  EXPECT_EQ(ask("AT+QHTTPGET=10"), "+CME ERROR: 703") << "one at a time";
  EXPECT_EQ(ask("AT+QHTTPPOST=2,10,10"), "+CME ERROR: 703");
  EXPECT_EQ(ask("AT+QHTTPREAD=10"), "+CME ERROR: 705");
  errands[0].work(*errands[0].stop);
  EXPECT_EQ(pass(seconds(1)), "") << "it is for the module's own thread to say";
  module->finish(errands[0], now);
  module->advance(now);
  EXPECT_EQ(taken(), "\r\n+QHTTPPOST: 0,200,7\r\n");
  EXPECT_THAT(say("AT+QHTTPREAD=10"), HasSubstr("{\"a\":1}"));
}

TEST_F(Http, ARequestThatIsStoppedIsNotTold) {
  begin();
  std::vector<Errand> errands;
  module->set_worker([&](Errand errand) { errands.push_back(std::move(errand)); });
  for (const char* line : {"AT+QHTTPSTOP", "AT+CFUN=1,1", "AT+QPOWD"}) {
    module->switch_on(now);
    pass(std::chrono::minutes(1));
    ask("ATE0");
    url(kUrl);
    say("AT+QHTTPGET=10");
    say(line);
    pass(std::chrono::minutes(1));
    ASSERT_EQ(errands.size(), 1U) << line;
    EXPECT_TRUE(errands[0].stop->requested()) << line;
    module->finish(errands[0], now);
    EXPECT_EQ(pass(seconds(1)), "") << line;
    errands.clear();
  }
}

TEST_F(Http, FailuresHaveTheirNumbers) {
  begin();
  url(kUrl);
  server.failure = rsp::Error{.layer = rsp::Layer::kTransport};
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 716\r\n"));
  server.failure = rsp::Error{.layer = rsp::Layer::kTimeout};
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 728\r\n"));
  server.failure.reset();
  ask("AT+CFUN=4");
  ask("AT+CFUN=0");
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 716\r\n")) << "there is no network";
}

TEST_F(Http, F76F77NumbersOfQuirks) {
  begin({"http-703"});
  url(kUrl);
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 703\r\n"));
  begin({"http-715"});
  url(kUrl);
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 715\r\n"));
  EXPECT_EQ(effect("httpError"), 1U);
  EXPECT_TRUE(server.requests.empty());
}

TEST_F(Http, F75AClockIn1980FindsNoCertificateValid) {
  begin({"clock-1980"});
  EXPECT_THAT(ask("AT+CCLK?"), StartsWith("+CCLK: \"80/01/06,"));
  url(kUrl);
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 716\r\n"));
  ask("AT+QSSLCFG=\"ignorelocaltime\",1,1");
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 0,200,7\r\n"));
  ask("AT+QSSLCFG=\"ignorelocaltime\",1,0");
  ask("AT+CCLK=\"26/02/03,04:05:06+00\"");
  EXPECT_THAT(post("{}"), EndsWith("\r\n+QHTTPPOST: 0,200,7\r\n"));
}

}  // namespace
}  // namespace hil
