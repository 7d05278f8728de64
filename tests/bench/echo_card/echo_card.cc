// A card that only echoes, in a reader of vpcd: what pcscd and vpcd cost by themselves. Nothing of
// ours is in here.
//   echo_card PORT     connects to vpcd on this port of loopback, and ends when vpcd hangs up
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

/// T=0, and no more than it takes.
constexpr std::array<std::uint8_t, 4> kAtrFrame{0, 2, 0x3B, 0x00};

bool receive(int socket, std::uint8_t* to, std::size_t count) {
  int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  return ::recv(socket, to, count, MSG_WAITALL) == static_cast<ssize_t>(count);
}

bool send(int socket, const std::uint8_t* from, std::size_t count) {
  return ::send(socket, from, count, MSG_NOSIGNAL) == static_cast<ssize_t>(count);
}

/// False where the reader is gone.
bool serve_frame(int socket) {
  static std::array<std::uint8_t, 2 + 0xFFFF> frame;
  if (!receive(socket, frame.data(), 2)) return false;
  std::size_t size = static_cast<std::size_t>(frame[0]) << 8 | frame[1];
  if (!receive(socket, frame.data() + 2, size)) return false;
  if (size != 1) return send(socket, frame.data(), 2 + size);
  return frame[2] != 0x04 || send(socket, kAtrFrame.data(), kAtrFrame.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return std::fputs("usage: echo_card PORT\n", stderr), 2;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  int socket = ::socket(AF_INET, SOCK_STREAM, 0), on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
    return std::perror("echo_card"), 1;
  while (serve_frame(socket)) {
  }
  return 0;
}
