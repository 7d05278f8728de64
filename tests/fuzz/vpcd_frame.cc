// Any octets from the peer of a socket front end, cut into any pieces. Input: an octet with the
// size of what arrives at once, then the stream.
//
// Promises: frames are the same however they arrive; every command is answered with a frame that
// fits.
#include "sim_euicc/frontends/vpcd_frames.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/input.h"

using fuzz::require;
using rsp::Bytes;
using rsp::BytesView;

namespace {

/// Answers with what it was sent.
class EchoCard final : public rsp::card::Card {
 public:
  Bytes reset() override { return {0x3B, 0x00}; }
  Bytes transmit(BytesView command) override { return rsp::to_bytes(command); }
};

std::vector<Bytes> frames_of(BytesView stream, std::size_t piece) {
  std::vector<Bytes> out;
  sim::FrameBuffer buffer;
  while (!stream.empty()) {
    auto space = buffer.space();
    require(!space.empty(), "there is always room for more");
    std::size_t count = std::min({piece, space.size(), stream.size()});
    std::ranges::copy(stream.first(count), space.begin());
    buffer.filled(count);
    stream = stream.subspan(count);
    while (auto payload = buffer.next()) out.push_back(rsp::to_bytes(*payload));
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::size_t piece = std::max<std::size_t>(input.octet(), 1);
  auto frames = frames_of(input.rest(), piece);
  require(frames == frames_of(input.rest(), SIZE_MAX), "frames are the same however they arrive");
  EchoCard echo;
  sim::VpcdCard card(echo);
  Bytes frame;
  for (const Bytes& payload : frames) {
    auto answer = card.answer_to(payload);
    if (!answer) continue;
    require(answer->size() <= sim::kMostPayload, "an answer fits into a frame");
    sim::write_frame(frame, *answer);
    require(frame.size() == answer->size() + 2, "a frame is a length and its payload");
  }
  return 0;
}
