// Roads to a card, as an LPA sees them.
#pragma once

#include <chrono>

#include "rsp/base/clock.h"
#include "rsp/card/apdu.h"

namespace rsp::card {

/// A logical channel that a transport opened. Over a modem the number is the modem's own handle, so
/// that APDUs may have to keep class bits of channel 0 (field fault F01); `cla_channel` says which.
struct Channel {
  std::uint32_t handle = 0;
  std::uint8_t cla_channel = 0;
};

/// Every call blocks until it is done or its deadline has passed. Errors: Layer::kTransport,
/// kTimeout, or kApdu where the card refused.
class CardTransport {
 public:
  virtual ~CardTransport() = default;
  /// Powers the card or attaches to it. The ATR, or nothing where the road does not tell it.
  virtual Result<Bytes> connect(Deadline deadline) = 0;
  /// Opens a logical channel and selects the application on it.
  virtual Result<Channel> open_channel(BytesView aid, Deadline deadline) = 0;
  virtual Status close_channel(Channel channel, Deadline deadline) = 0;
  /// One command, one response, as they are: 61xx and 6Cxx are the caller's business.
  virtual Result<ResponseApdu> transmit(Channel channel, const CommandApdu& command,
                                        Deadline deadline) = 0;
  /// How many octets of data one command may have on this road. It may become less: a road that
  /// finds a command too long for it says less from then on, and reports that command as failed
  /// (field fault F28).
  virtual std::size_t block_size() const { return 255; }
  /// Resets the card so that a profile switch takes effect. All channels are lost.
  virtual Status reset(Deadline deadline) = 0;
};

/// A card reduced to its electrical contract: power and APDUs as octets.
class Card {
 public:
  virtual ~Card() = default;
  /// Applies power, or resets. The ATR.
  virtual Bytes reset() = 0;
  /// Any octets get a response of at least a status word.
  virtual Bytes transmit(BytesView command) = 0;
  /// How much longer a real card would have taken for what this one has answered since it was asked
  /// last. Cards do not wait by themselves: whoever drives one lets time pass before the answer is
  /// out, be it a clock's or real.
  virtual std::chrono::nanoseconds take_delay() { return {}; }
};

}  // namespace rsp::card
