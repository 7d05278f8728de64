// The framing of vpcd, by which a virtual card and a virtual reader talk over a stream.
//
// Frames, both ways: two octets of length, big endian, and the payload. A payload of one octet
// controls power: 00 off, 01 on, 02 reset, without an answer, and 04 asks for the ATR. Any other
// payload of one octet is ignored, as vpcd's own card does. Anything else is a command APDU and
// gets its response APDU.
#pragma once

#include <optional>

#include "rsp/card/transport.h"

namespace sim {

inline constexpr std::size_t kMostPayload = 0xFFFF;

/// Cuts a stream of octets into frames, however they arrive. Holds no more than one frame and a
/// read's worth.
class FrameBuffer {
 public:
  /// Where the next octets go; never empty once next() has given all it can. Views that it gave end
  /// here.
  std::span<std::uint8_t> space();
  /// So many octets have been written to the space.
  void filled(std::size_t count) { end_ += count; }
  /// The payload of the next complete frame; nothing where more octets must come first.
  std::optional<rsp::BytesView> next();
  /// Whether a part of a frame is here and waits for its rest.
  bool midway() const { return begin_ != end_; }
  void clear() { begin_ = end_ = 0; }

 private:
  /// How many octets the frame at the beginning has, with its length; nothing where the length is
  /// not here yet.
  std::optional<std::size_t> frame_size() const;

  rsp::Bytes octets_ = rsp::Bytes(4096);
  std::size_t begin_ = 0, end_ = 0;
};

/// Writes a frame over what `frame` held. No more than kMostPayload octets of payload.
void write_frame(rsp::Bytes& frame, rsp::BytesView payload);

/// A card at its end of the protocol: power, ATR and APDUs.
class VpcdCard {
 public:
  explicit VpcdCard(rsp::card::Card& card) : card_(card) {}

  /// What the payload of one frame gets; nothing where no answer is due. An APDU to a card whose
  /// power is off gets an empty answer, which vpcd takes for a card that is gone.
  std::optional<rsp::Bytes> answer_to(rsp::BytesView payload);
  /// How long the answer is to be kept back.
  std::chrono::nanoseconds take_delay() { return card_.take_delay(); }

 private:
  void power_on();

  rsp::card::Card& card_;
  /// Asked for even while the power is off: vpcd finds out in this way, several times a second,
  /// whether a card is in the slot.
  rsp::Bytes atr_;
  bool powered_ = true;
};

}  // namespace sim
