// The server without TLS, as the management listener uses it, against a bare socket.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "rsp/http/server.h"

namespace rsp::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class PlainHttp : public ::testing::Test {
 protected:
  PlainHttp() {
    ServerOptions options{.security = Security::kNone,
                          .idle_timeout = std::chrono::seconds(5),
                          .request_timeout = std::chrono::seconds(5),
                          .max_body = 1000};
    auto server = Server::listen(std::move(options), [](const Request& request) {
      return Response{200, request.method + " " + request.target + " " + request.body};
    });
    thread_.emplace(*std::move(server));
  }
  /// All that comes back until the server closes the connection, or nothing more comes.
  std::string send(const std::string& octets) {
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(thread_->port())};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_EQ(write(fd, octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
    shutdown(fd, SHUT_WR);
    std::string got(65536, '\0');
    std::size_t size = 0;
    for (ssize_t n = 0; (n = read(fd, got.data() + size, got.size() - size)) > 0;)
      size += static_cast<std::size_t>(n);
    close(fd);
    got.resize(size);
    return got;
  }
  std::optional<ServerThread> thread_;
};

TEST_F(PlainHttp, AnswersAndKeepsTheConnection) {
  std::string got = send(
      "GET /one HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /two HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, HasSubstr("\r\n\r\nGET /one HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(got, EndsWith("\r\n\r\nPOST /two body"));
  EXPECT_EQ(thread_->statistics().connections, 1u);
  EXPECT_EQ(thread_->statistics().requests, 2u);
}

TEST_F(PlainHttp, RefusesWhatIsTooLongAndWhatIsTls) {
  EXPECT_THAT(send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(send(std::string("\x16\x03\x01\x00\x05hello", 10)), StartsWith("HTTP/1.1 400"));
}

TEST_F(PlainHttp, StopsWithConnectionsOpen) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(thread_->port())};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
  thread_->stop();
  char octet = 0;
  EXPECT_LE(read(fd, &octet, 1), 0);
  close(fd);
}

}  // namespace
}  // namespace rsp::http
