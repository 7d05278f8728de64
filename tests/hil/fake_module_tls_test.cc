// The TLS sockets of a Quectel module: how they are opened, what goes out and comes back by them,
// and how they fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/hil/fake_module_support.h"

namespace hil {
namespace {

using std::chrono::seconds;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string kRequest =
    "POST /gsma HTTP/1.1\r\nHost: smdp.example.com\r\nContent-Length: 2\r\nX-Mine: 1\r\n\r\n{}";

class Tls : public ServedModuleTest {
 protected:
  Tls() { server.answer = {200, "body", {{"X-Test", "1"}}}; }
  std::string open(int socket = 1) {
    return say("AT+QSSLOPEN=1,1," + std::to_string(socket) + ",\"smdp.example.com\",8443,0");
  }
  std::string send(const std::string& octets, int socket = 1) {
    EXPECT_EQ(say("AT+QSSLSEND=" + std::to_string(socket) + "," + std::to_string(octets.size())),
              "\r\n> ");
    module->receive(kPrimary, octets, now);
    return taken();
  }
  std::string receive(int octets) { return say("AT+QSSLRECV=1," + std::to_string(octets)); }
};

TEST_F(Tls, ARequestGoesOutAndItsAnswerIsRead) {
  begin();
  EXPECT_EQ(open(), "\r\nOK\r\n\r\n+QSSLOPEN: 1,0\r\n");
  EXPECT_EQ(server.host, "smdp.example.com:8443");
  EXPECT_EQ(
      ask("AT+QSSLSTATE"),
      "+QSSLSTATE: 1,\"SSLClient\",\"smdp.example.com\",8443,0,2,1,1,0,\"usbat\",1\r\n\r\nOK");
  EXPECT_EQ(receive(1500), "\r\n+QSSLRECV: 0\r\n\r\nOK\r\n") << "nothing yet";
  EXPECT_EQ(send(kRequest), "\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",1\r\n");
  ASSERT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(server.host, "smdp.example.com:8443");
  EXPECT_EQ(server.requests[0].method + server.requests[0].target + server.requests[0].body,
            "POST/gsma{}");
  EXPECT_EQ(server.requests[0].header("X-Mine"), "1");
  EXPECT_EQ(receive(9), "\r\n+QSSLRECV: 9\r\nHTTP/1.1 \r\n\r\nOK\r\n");
  std::string rest = receive(1500);
  EXPECT_THAT(rest, HasSubstr("200 "));
  EXPECT_THAT(rest, HasSubstr("\r\nX-Test: 1\r\n"));
  EXPECT_THAT(rest, HasSubstr("\r\nContent-Length: 4\r\n"));
  EXPECT_THAT(rest, EndsWith("\r\n\r\nbody\r\n\r\nOK\r\n"));
  EXPECT_EQ(receive(1500), "\r\n+QSSLRECV: 0\r\n\r\nOK\r\n");
  EXPECT_EQ(ask("AT+QSSLCLOSE=1"), "OK");
  EXPECT_EQ(ask("AT+QSSLSTATE"), "OK");
  EXPECT_EQ(receive(1), "\r\nERROR\r\n");
}

TEST_F(Tls, ARequestMayComeInPiecesAndTwoAtOnce) {
  begin();
  open();
  EXPECT_EQ(send(kRequest.substr(0, 30)), "\r\nSEND OK\r\n");
  EXPECT_EQ(send(kRequest.substr(30, kRequest.size() - 31)), "\r\nSEND OK\r\n")
      << "one octet of its body is missing";
  EXPECT_EQ(send("}" + kRequest), "\r\nSEND OK\r\n\r\n+QSSLURC: \"recv\",1\r\n")
      << "what comes before the first answer is read is not told again";
  EXPECT_EQ(server.requests.size(), 2U);
  std::string both = receive(1500);
  EXPECT_THAT(both, StartsWith("\r\n+QSSLRECV: "));
  EXPECT_THAT(both.substr(both.find("body") + 4), StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(send(kRequest), EndsWith("+QSSLURC: \"recv\",1\r\n")) << "all was read: told again";
}

TEST_F(Tls, WhatIsNoRequestGetsWhatAServerWouldSay) {
  begin();
  open();
  EXPECT_THAT(send("garbage\r\n\r\n"), EndsWith("+QSSLURC: \"recv\",1\r\n"));
  EXPECT_THAT(receive(1500), HasSubstr("HTTP/1.1 400"));
  EXPECT_TRUE(server.requests.empty());
  std::string endless(1460, 'x'), out;
  for (int i = 0; i < 1000 && !out.contains("closed"); ++i) out = send(endless);
  EXPECT_EQ(out, "\r\nSEND OK\r\n\r\n+QSSLURC: \"closed\",1\r\n") << "a request has an end";
}

TEST_F(Tls, AServerThatHangsUpIsTold) {
  begin();
  open();
  server.failure = rsp::Error{.layer = rsp::Layer::kTransport};
  EXPECT_EQ(send(kRequest), "\r\nSEND OK\r\n\r\n+QSSLURC: \"closed\",1\r\n");
  EXPECT_THAT(ask("AT+QSSLSTATE"), HasSubstr(",8443,0,4,"));
  EXPECT_EQ(ask("AT+QSSLSEND=1,5"), "ERROR");
  EXPECT_EQ(ask("AT+QSSLCLOSE=1"), "OK");
}

TEST_F(Tls, FailuresHaveTheirNumbers) {
  begin();
  open();
  EXPECT_EQ(open(), "\r\nOK\r\n\r\n+QSSLOPEN: 1,563\r\n") << "in use";
  EXPECT_EQ(open(2), "\r\nOK\r\n\r\n+QSSLOPEN: 2,0\r\n");
  server.failure = rsp::Error{.layer = rsp::Layer::kTransport};
  EXPECT_EQ(open(3), "\r\nOK\r\n\r\n+QSSLOPEN: 3,566\r\n");
  EXPECT_EQ(ask("AT+QSSLSEND=3,5"), "ERROR") << "there is no such socket";
  EXPECT_EQ(open(12), "\r\n+CME ERROR: 50\r\n");
  EXPECT_EQ(ask("AT+QSSLOPEN=1,1,4,\"\",443,0"), "+CME ERROR: 50");
  EXPECT_EQ(ask("AT+QSSLOPEN=1,1,4,\"a\",443,1"), "+CME ERROR: 4") << "another access mode";
  EXPECT_EQ(ask("AT+QSSLSEND=1,1461"), "+CME ERROR: 50");
  EXPECT_EQ(ask("AT+QSSLRECV=1,1501"), "+CME ERROR: 50");
  EXPECT_EQ(ask("AT+QSSLCLOSE=12"), "+CME ERROR: 50");
  ask("AT+CFUN=4");
  EXPECT_EQ(open(5), "\r\nOK\r\n\r\n+QSSLOPEN: 5,561\r\n") << "there is no network";
}

TEST_F(Tls, F75AClockIn1980FindsNoCertificateValid) {
  begin({"clock-1980"});
  EXPECT_THAT(open(), EndsWith("+QSSLOPEN: 1,566\r\n"));
  ask("AT+QSSLCFG=\"ignorelocaltime\",1,1");
  EXPECT_THAT(open(), EndsWith("+QSSLOPEN: 1,0\r\n"));
}

TEST_F(Tls, F76TheNumberOfAQuirk) {
  begin({"qssl-566"});
  EXPECT_EQ(open(), "\r\nOK\r\n\r\n+QSSLOPEN: 1,566\r\n");
  EXPECT_EQ(server.host, "") << "nobody was called";
  EXPECT_EQ(met("qssl-566").used, 1U);
}

TEST_F(Tls, DataThatDoesNotComeIsNotWaitedForForEver) {
  begin();
  open();
  EXPECT_EQ(say("AT+QSSLSEND=1,5"), "\r\n> ");
  EXPECT_EQ(pass(seconds(60)), "\r\n+CME ERROR: 726\r\n");
  EXPECT_EQ(say("AT"), "\r\nOK\r\n");
}

TEST_F(Tls, SocketsAreConnectedAndServedWhileTheModuleAnswersOthers) {
  begin();
  std::vector<Errand> errands;
  module->set_worker([&](Errand errand) { errands.push_back(std::move(errand)); });
  auto end = [&] {
    Errand errand = std::move(errands.back());
    errands.pop_back();
    errand.work(*errand.stop);
    module->finish(errand, now);
    module->advance(now);
    return taken();
  };
  EXPECT_EQ(open(), "\r\nOK\r\n");
  EXPECT_THAT(ask("AT+QSSLSTATE"), HasSubstr(",8443,0,1,")) << "it is being opened";
  EXPECT_EQ(ask("AT+QSSLSEND=1,5"), "ERROR");
  EXPECT_EQ(open(), "\r\nOK\r\n\r\n+QSSLOPEN: 1,563\r\n");
  EXPECT_EQ(end(), "\r\n+QSSLOPEN: 1,0\r\n");
  EXPECT_EQ(send(kRequest + kRequest), "\r\nSEND OK\r\n");
  EXPECT_EQ(errands.size(), 1U) << "the second waits for the first";
  EXPECT_EQ(end(), "\r\n+QSSLURC: \"recv\",1\r\n");
  ASSERT_EQ(errands.size(), 1U);
  say("AT+QSSLCLOSE=1");
  EXPECT_TRUE(errands[0].stop->requested());
  EXPECT_EQ(end(), "") << "it is closed";
}

TEST_F(Tls, AClientThatDoesNotReadIsNotServedForEver) {
  begin();
  open();
  server.answer.body = std::string(600'000, 'x');
  for (int i = 0; i < 5; ++i) send(kRequest);
  EXPECT_EQ(server.requests.size(), 2U) << "more than a megabyte waits";
  while (server.requests.size() < 3) ASSERT_THAT(receive(1500), HasSubstr("OK"));
}

}  // namespace
}  // namespace hil
