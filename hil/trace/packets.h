// IP packets that never were: what a sniffer would have seen of a trace's messages.
#pragma once

#include <array>
#include <vector>

#include "rsp/base/bytes.h"

namespace hil {

/// One end of a made-up conversation.
struct Endpoint {
  rsp::Octets<4> address;  // IPv4
  std::uint16_t port;
};

/// An IPv4 packet with one UDP datagram, checksums in place.
rsp::Bytes udp_packet(const Endpoint& from, const Endpoint& to, rsp::BytesView payload);

/// GSMTAP (libosmocore, gsmtap.h, version 2): what kind of SIM traffic follows.
enum class SimTraffic : std::uint8_t { kApdu = 0, kAtr = 1 };
rsp::Bytes gsmtap_sim(SimTraffic kind, rsp::BytesView payload);

/// A TCP connection whose every octet arrives at once: numbers follow each other, nothing is lost,
/// and what one end has sent, the other end acknowledges with its next segment.
class TcpConversation {
 public:
  TcpConversation(Endpoint client, Endpoint server) : ends_{client, server} {}

  enum class Side { kClient, kServer };
  /// SYN, SYN and ACK, ACK.
  std::vector<rsp::Bytes> open();
  /// In as many segments as needed.
  std::vector<rsp::Bytes> send(Side from, rsp::BytesView octets);
  /// FIN and ACK both ways, from the client first.
  std::vector<rsp::Bytes> close();

 private:
  rsp::Bytes segment(Side from, std::uint8_t flags, rsp::BytesView options, rsp::BytesView octets);

  std::array<Endpoint, 2> ends_;
  std::array<std::uint32_t, 2> next_{};  // sequence number of each end's next octet
};

}  // namespace hil
