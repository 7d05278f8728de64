// Messages as octets, addresses as text and names to addresses, without a connection.
#include <gtest/gtest.h>

#include "rsp/http/lookup.h"
#include "rsp/http/wire.h"

namespace rsp::http {
namespace {

TEST(HttpHeaderTest, IsFoundInAnyCase) {
  Response response{.headers = {{"Content-Type", "a"}, {"content-type", "b"}}};
  EXPECT_EQ(response.header("CONTENT-TYPE"), "a");
  EXPECT_EQ(response.header("Content"), "");
}

TEST(HttpWireTest, WritesARequestAsOnePiece) {
  Request request{.target = "/a", .body = "xyz", .headers = {{"X-A", "b c"}}};
  EXPECT_EQ(to_wire(request, "h:1").value(),
            "POST /a HTTP/1.1\r\nHost: h:1\r\nX-A: b c\r\nContent-Length: 3\r\n\r\nxyz");
  EXPECT_EQ(to_wire(Request{.method = "GET"}, "h").value(), "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(to_wire(Request{}, "h").value(),
            "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
}

TEST(HttpWireTest, LetsHeadersOfTheCallerWin) {
  Request request{.body = "x", .headers = {{"host", "other"}, {"content-length", "9"}}};
  EXPECT_EQ(to_wire(request, "h").value(),
            "POST / HTTP/1.1\r\nhost: other\r\ncontent-length: 9\r\n\r\nx");
}

TEST(HttpWireTest, RefusesWhatWouldBecomeAnotherHeader) {
  auto path_of = [](const Request& request) { return to_wire(request, "h").error().path; };
  EXPECT_EQ(path_of({.headers = {{"X-A", "b\r\nX-B: c"}}}), "X-A");
  EXPECT_EQ(path_of({.headers = {{"X A", "b"}}}), "headers");
  EXPECT_EQ(path_of({.target = "/a HTTP/1.1"}), "target");
  EXPECT_EQ(path_of({.method = "GET /"}), "method");
}

TEST(HttpWireTest, WritesAResponse) {
  EXPECT_EQ(to_wire(Response{.body = "ab"}, "OK", Persistence::kKeep).value(),
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab");
  EXPECT_EQ(to_wire(Response{.status = 204}, "No Content", Persistence::kClose).value(),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
  EXPECT_FALSE(to_wire(Response{.status = 20}, "", Persistence::kKeep));
}

std::string parsed(std::string_view text) {
  auto authority = parse_authority(text);
  if (!authority) return "error";
  return authority->host + "|" + (authority->port ? std::to_string(*authority->port) : "");
}

TEST(HttpAuthorityTest, IsAHostWithOrWithoutAPort) {
  EXPECT_EQ(parsed("smdp.example"), "smdp.example|");
  EXPECT_EQ(parsed("smdp.example:8443"), "smdp.example|8443");
  EXPECT_EQ(parsed("127.0.0.1:1"), "127.0.0.1|1");
  EXPECT_EQ(parsed("::1"), "::1|");
  EXPECT_EQ(parsed("[::1]"), "::1|");
  EXPECT_EQ(parsed("[::1]:8443"), "::1|8443");
}

TEST(HttpAuthorityTest, IsNoUrlAndHasNoOddPort) {
  for (std::string_view text : {"", ":1", "https://a", "a/b", "a b", "a:", "a:0", "a:65536", "a:1x",
                                "[::1]8443", "[", "[]", ".example", "user@a", "a\n"}) {
    EXPECT_EQ(parsed(text), "error") << text;
  }
}

TEST(HttpLookupTest, FindsTheMachineItself) {
  auto found = look_up("localhost", Deadline::after(std::chrono::seconds(20)));
  ASSERT_TRUE(found) << found.error().message();
  for (const std::string& address : *found) EXPECT_TRUE(is_address(address)) << address;
}

TEST(HttpLookupTest, SaysThatANameIsUnknown) {
  // A label of more than 63 octets cannot be asked for, so this needs no network.
  auto found = look_up(std::string(64, 'a'), Deadline::after(std::chrono::seconds(20)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().layer, Layer::kTransport);
  EXPECT_NE(found.error().hint.find("--resolve"), std::string::npos);
}

TEST(HttpLookupTest, DoesNotWaitLongerThanAllowed) {
  auto found = look_up("localhost", Deadline::after(std::chrono::milliseconds(-1)));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().layer, Layer::kTimeout);
}

}  // namespace
}  // namespace rsp::http
