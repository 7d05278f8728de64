#include "hil/trace/packets.h"

#include <algorithm>

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;

constexpr std::uint8_t kTcp = 6, kUdp = 17;
constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kPush = 0x08, kAck = 0x10;
/// Fits one IP packet with its headers, and leaves one TLS record in one piece.
constexpr std::size_t kMaxSegment = 32'768;

Bytes be16(std::size_t value) {
  return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
}
Bytes be32(std::uint32_t value) { return rsp::concat({be16(value >> 16), be16(value & 0xFFFF)}); }
void put16(Bytes& packet, std::size_t at, std::uint16_t value) {
  std::ranges::copy(be16(value), packet.begin() + static_cast<std::ptrdiff_t>(at));
}

/// RFC 1071.
std::uint16_t checksum(BytesView octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) sum += octets[i] << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// An IPv4 packet around a datagram or segment, whose checksum field at `checksum_at` is zero so
/// far.
Bytes ip_packet(std::uint8_t protocol, const Endpoint& from, const Endpoint& to, Bytes body,
                std::size_t checksum_at) {
  // RFC 9293, 3.1, and RFC 768: the checksum covers a pseudo header too.
  Bytes pseudo = rsp::concat(
      {from.address, to.address, Bytes{0, protocol}, be16(body.size()), BytesView(body)});
  std::uint16_t sum = checksum(pseudo);
  // RFC 768: zero would say that there is none.
  put16(body, checksum_at, protocol == kUdp && sum == 0 ? 0xFFFF : sum);
  Bytes header = rsp::concat({Bytes{0x45, 0}, be16(20 + body.size()),
                              Bytes{0, 0, 0x40, 0, 64, protocol, 0, 0}, from.address, to.address});
  put16(header, 10, checksum(header));
  return rsp::concat({header, body});
}

std::size_t index_of(TcpConversation::Side side) {
  return side == TcpConversation::Side::kClient ? 0 : 1;
}

}  // namespace

Bytes udp_packet(const Endpoint& from, const Endpoint& to, BytesView payload) {
  Bytes datagram =
      rsp::concat({be16(from.port), be16(to.port), be16(8 + payload.size()), Bytes{0, 0}, payload});
  return ip_packet(kUdp, from, to, std::move(datagram), 6);
}

Bytes gsmtap_sim(SimTraffic kind, BytesView payload) {
  constexpr std::uint8_t kVersion = 2, kHeaderWords = 4, kTypeSim = 4;
  Bytes header(4 * kHeaderWords);
  header[0] = kVersion;
  header[1] = kHeaderWords;
  header[2] = kTypeSim;
  header[12] = static_cast<std::uint8_t>(kind);
  return rsp::concat({header, payload});
}

std::vector<Bytes> TcpConversation::open() {
  // Largest segment, and windows of 1 GiB, so that nobody wonders why nobody waits.
  Bytes options{2, 4, 0xFF, 0xD7, 3, 3, 14, 0};
  std::vector<Bytes> packets;
  packets.push_back(segment(Side::kClient, kSyn, options, {}));
  packets.push_back(segment(Side::kServer, kSyn | kAck, options, {}));
  packets.push_back(segment(Side::kClient, kAck, {}, {}));
  return packets;
}

std::vector<Bytes> TcpConversation::send(Side from, BytesView octets) {
  std::vector<Bytes> packets;
  while (!octets.empty()) {
    std::size_t size = std::min(octets.size(), kMaxSegment);
    packets.push_back(segment(from, kPush | kAck, {}, octets.first(size)));
    octets = octets.subspan(size);
  }
  return packets;
}

std::vector<Bytes> TcpConversation::close() {
  std::vector<Bytes> packets;
  packets.push_back(segment(Side::kClient, kFin | kAck, {}, {}));
  packets.push_back(segment(Side::kServer, kFin | kAck, {}, {}));
  packets.push_back(segment(Side::kClient, kAck, {}, {}));
  return packets;
}

Bytes TcpConversation::segment(Side from, std::uint8_t flags, BytesView options, BytesView octets) {
  std::size_t self = index_of(from), other = 1 - self;
  std::uint32_t acknowledged = (flags & kAck) != 0 ? next_[other] : 0;
  auto header_words = static_cast<std::uint8_t>((20 + options.size()) / 4);
  Bytes body = rsp::concat({be16(ends_[self].port), be16(ends_[other].port), be32(next_[self]),
                            be32(acknowledged), Bytes{static_cast<std::uint8_t>(header_words << 4)},
                            Bytes{flags, 0xFF, 0xFF, 0, 0, 0, 0}, options, octets});
  // SYN and FIN count as an octet each.
  next_[self] += static_cast<std::uint32_t>(octets.size());
  if ((flags & (kSyn | kFin)) != 0) ++next_[self];
  return ip_packet(kTcp, ends_[self], ends_[other], std::move(body), 16);
}

}  // namespace hil
