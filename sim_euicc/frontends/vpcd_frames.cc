#include "sim_euicc/frontends/vpcd_frames.h"

namespace sim {
namespace {

constexpr std::size_t kLengthSize = 2;
constexpr std::uint8_t kPowerOff = 0x00, kPowerOn = 0x01, kReset = 0x02, kAskAtr = 0x04;
/// "No precise diagnosis" (ISO 7816-4), for an answer that no frame can carry: extended length goes
/// up to 65536 octets of data, a frame to 65535 in all.
constexpr rsp::Octets<2> kTooLong{0x6F, 0x00};

}  // namespace

std::optional<std::size_t> FrameBuffer::frame_size() const {
  if (end_ - begin_ < kLengthSize) return std::nullopt;
  rsp::BytesView length(octets_.data() + begin_, kLengthSize);
  return kLengthSize + static_cast<std::size_t>(rsp::big_endian(length));
}

std::span<std::uint8_t> FrameBuffer::space() {
  if (begin_ > 0) {
    std::copy(octets_.begin() + static_cast<std::ptrdiff_t>(begin_),
              octets_.begin() + static_cast<std::ptrdiff_t>(end_), octets_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (auto size = frame_size(); size && *size > octets_.size()) octets_.resize(*size);
  return std::span(octets_).subspan(end_);
}

std::optional<rsp::BytesView> FrameBuffer::next() {
  auto size = frame_size();
  if (!size || end_ - begin_ < *size) return std::nullopt;
  rsp::BytesView payload(octets_.data() + begin_ + kLengthSize, *size - kLengthSize);
  begin_ += *size;
  return payload;
}

void write_frame(rsp::Bytes& frame, rsp::BytesView payload) {
  frame.assign(
      {static_cast<std::uint8_t>(payload.size() >> 8), static_cast<std::uint8_t>(payload.size())});
  rsp::append(frame, payload);
}

void VpcdCard::power_on() {
  atr_ = card_.reset();
  powered_ = true;
}

std::optional<rsp::Bytes> VpcdCard::answer_to(rsp::BytesView payload) {
  if (payload.size() != 1) {
    if (!powered_) return rsp::Bytes{};
    rsp::Bytes answer = card_.transmit(payload);
    return answer.size() > kMostPayload ? rsp::to_bytes(kTooLong) : answer;
  }
  switch (payload[0]) {
    case kPowerOn:
    case kReset:
      power_on();
      return std::nullopt;
    case kPowerOff:
      powered_ = false;
      return std::nullopt;
    case kAskAtr:
      if (atr_.empty()) power_on();
      return atr_;
    default:
      return std::nullopt;
  }
}

}  // namespace sim
