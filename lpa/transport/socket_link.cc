#include "lpa/transport/socket_link.h"

#include <fmt/format.h>

#include "lpa/transport/tcp_stream.h"

namespace lpa {
namespace {

constexpr rsp::Octets<1> kReset{0x02}, kAskAtr{0x04};

rsp::Bytes framed(rsp::BytesView payload) {
  rsp::Bytes frame{static_cast<std::uint8_t>(payload.size() >> 8),
                   static_cast<std::uint8_t>(payload.size())};
  rsp::append(frame, payload);
  return frame;
}

}  // namespace

class SocketLink::Impl {
 public:
  explicit Impl(std::string address)
      : line_(std::move(address),
              {.name = "card",
               .hint = "is `esimbench euicc serve --frontend socket` running there?"}) {}

  rsp::Status connect(rsp::Deadline deadline) { return line_.open(deadline); }

  rsp::Status send(rsp::BytesView payload, rsp::Deadline deadline) {
    auto sent = line_.write(framed(payload), deadline);
    // The next answer could be an old one.
    if (!sent) line_.close();
    return sent;
  }

  rsp::Result<rsp::Bytes> receive(rsp::Deadline deadline) {
    RSP_TRY(rsp::Bytes length, octets(2, deadline));
    return octets(rsp::big_endian(length), deadline);
  }

 private:
  rsp::Result<rsp::Bytes> octets(std::size_t count, rsp::Deadline deadline) {
    rsp::Bytes out(count);
    for (std::size_t at = 0; at < count;) {
      RSP_TRY(std::size_t got, line_.read(std::span(out).subspan(at), deadline));
      at += got;
      if (got > 0) continue;
      line_.close();
      return rsp::failure(
          {.layer = rsp::Layer::kTimeout,
           .step = "receive",
           .path = line_.name(),
           .text = fmt::format("the card at {} did not answer in time", line_.name())});
    }
    return out;
  }

  TcpStream line_;
};

SocketLink::SocketLink(std::string address) : impl_(std::make_unique<Impl>(std::move(address))) {}
SocketLink::~SocketLink() = default;

rsp::Result<rsp::Bytes> SocketLink::reset(rsp::Deadline deadline) {
  RSP_CHECK(impl_->connect(deadline));
  RSP_CHECK(impl_->send(kReset, deadline));
  RSP_CHECK(impl_->send(kAskAtr, deadline));
  return impl_->receive(deadline);
}

rsp::Result<rsp::Bytes> SocketLink::transmit(rsp::BytesView command, rsp::Deadline deadline) {
  RSP_CHECK(impl_->connect(deadline));
  RSP_CHECK(impl_->send(command, deadline));
  RSP_TRY(rsp::Bytes response, impl_->receive(deadline));
  if (response.empty()) return card_gone();
  return response;
}

}  // namespace lpa
