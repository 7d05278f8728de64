// Roads to a card that carry plain APDUs: channels are opened with MANAGE CHANNEL and SELECT.
#pragma once

#include "rsp/card/transport.h"

namespace lpa {

/// What carries APDUs: power, and octets out and in.
class ApduLink {
 public:
  virtual ~ApduLink() = default;
  /// Powers the card, or resets it. The ATR.
  virtual rsp::Result<rsp::Bytes> reset(rsp::Deadline deadline) = 0;
  virtual rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) = 0;
};

/// What an answer without any octets means.
std::unexpected<rsp::Error> card_gone();

/// A card in this process. One that answers nothing at all has lost its power.
class InProcessLink final : public ApduLink {
 public:
  explicit InProcessLink(rsp::card::Card& card) : card_(card) {}
  rsp::Result<rsp::Bytes> reset(rsp::Deadline) override { return card_.reset(); }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline deadline) override;

 private:
  rsp::card::Card& card_;
};

/// Who answers a card's proactive commands.
enum class Proactive {
  kLeave,   // somebody else, or nobody: a test that looks at them
  kAnswer,  // this transport, there being no telephone around the card: FETCH, TERMINAL RESPONSE
};

/// Any ApduLink as a CardTransport.
class ApduTransport final : public rsp::card::CardTransport {
 public:
  explicit ApduTransport(ApduLink& link, Proactive proactive = Proactive::kLeave)
      : link_(link), proactive_(proactive) {}

  rsp::Result<rsp::Bytes> connect(rsp::Deadline deadline) override;
  rsp::Result<rsp::card::Channel> open_channel(rsp::BytesView aid, rsp::Deadline deadline) override;
  rsp::Status close_channel(rsp::card::Channel channel, rsp::Deadline deadline) override;
  rsp::Result<rsp::card::ResponseApdu> transmit(rsp::card::Channel channel,
                                                const rsp::card::CommandApdu& command,
                                                rsp::Deadline deadline) override;
  rsp::Status reset(rsp::Deadline deadline) override;

 private:
  rsp::Result<rsp::card::ResponseApdu> send(const rsp::card::CommandApdu& command,
                                            rsp::Deadline deadline);
  rsp::Result<rsp::card::ResponseApdu> transmit_once(const rsp::card::CommandApdu& command,
                                                     rsp::Deadline deadline);
  /// TERMINAL CAPABILITY tells the card that it faces an LPA (field fault F90). What it answers
  /// does not matter.
  void announce(rsp::Deadline deadline);
  /// Fetches what waits after 91xx and answers it, until nothing waits any more.
  void answer_proactive(rsp::card::StatusWord sw, rsp::Deadline deadline);

  ApduLink& link_;
  Proactive proactive_;
};

}  // namespace lpa
