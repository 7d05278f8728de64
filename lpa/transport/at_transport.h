// A card in a module, over the module's AT port.
#pragma once

#include <map>

#include "lpa/transport/at_dialects.h"
#include "lpa/transport/at_port.h"
#include "lpa/transport/module.h"
#include "rsp/card/transport.h"

namespace lpa {

struct AtTransportOptions {
  /// Null: the module is asked.
  const AtDialect* dialect = nullptr;
  /// This one and no other.
  std::optional<AtRoute> route;
  /// In place of the dialect's; 1 to 255.
  std::optional<std::size_t> block_size;
  /// First pause before a command is repeated that the module was too busy for (+CME ERROR: 14),
  /// and how often; each pause is twice the one before (field fault F37).
  std::chrono::milliseconds back_off{250};
  int busy_tries = 6;
  AtPortOptions port;
  /// Gets APDUs and AT lines.
  rsp::TraceSink* trace = nullptr;
};

/// Channels are the module's own where it opens them (+CCHO), and then commands keep the class of
/// channel 0; otherwise ours over +CSIM. What one route refuses is tried on the other.
///
/// Errors: Layer::kApdu where the card itself refused; kTransport with the module's final result as
/// code ("CME 13", "ERROR"); kTimeout; kDecode for an answer that is cut or mixed with others. The
/// step is the AT command.
class AtTransport final : public rsp::card::CardTransport {
 public:
  /// `stream` must outlive it.
  AtTransport(ByteStream& stream, AtTransportOptions options = {});

  /// Opens the port, finds the dialect, waits for the card and tells it that there is an LPA.
  /// Modules do not tell the ATR.
  rsp::Result<rsp::Bytes> connect(rsp::Deadline deadline) override;
  rsp::Result<rsp::card::Channel> open_channel(rsp::BytesView aid, rsp::Deadline deadline) override;
  /// A module that does not close has nothing open (field fault F08): only a lost port is an error.
  rsp::Status close_channel(rsp::card::Channel channel, rsp::Deadline deadline) override;
  rsp::Result<rsp::card::ResponseApdu> transmit(rsp::card::Channel channel,
                                                const rsp::card::CommandApdu& command,
                                                rsp::Deadline deadline) override;
  /// Switches the card off and on as the dialect says, and waits until it answers. A card without
  /// an enabled profile is taken as it is (field fault F59).
  rsp::Status reset(rsp::Deadline deadline) override;
  std::size_t block_size() const override;

  // --- Beside the card ---
  AtPort& port() { return port_; }
  const AtDialect& dialect() const { return *dialect_; }
  /// The route of the last channel that was opened.
  std::optional<AtRoute> route() const { return working_route_; }
  /// Closes channels 1 to 3, whoever has opened them (field fault F16).
  rsp::Status close_all_channels(rsp::Deadline deadline);
  /// Has the module start anew, and waits for its port and its card.
  rsp::Status reset_module(rsp::Deadline deadline);
  /// Waits for port and card of a module that starts anew.
  rsp::Status rejoin(rsp::Deadline deadline);
  /// Closes the port and opens it again, as long as that takes up to the deadline.
  rsp::Status reopen(rsp::Deadline deadline);
  /// Waits for a card that answers, or for a module that is sure that there is none.
  rsp::Status wait_for_card(rsp::Deadline deadline);

 private:
  struct Open {
    AtRoute route;
    std::string handle;       // +CCHO's, as the module writes it (field faults F01 to F03)
    std::size_t session = 0;  // of the port, in which it was opened
  };

  std::vector<AtRoute> routes() const;
  rsp::Result<rsp::card::Channel> open_once(rsp::BytesView aid, rsp::Deadline deadline);
  rsp::Result<rsp::card::Channel> open_on(AtRoute route, rsp::BytesView aid,
                                          rsp::Deadline deadline);
  rsp::Result<rsp::card::Channel> open_ccho(rsp::BytesView aid, rsp::Deadline deadline);
  rsp::Result<rsp::card::Channel> open_csim(rsp::BytesView aid, std::uint8_t le,
                                            rsp::Deadline deadline);
  rsp::card::Channel remember(Open open, std::uint8_t cla_channel);
  rsp::Error unreachable(const std::vector<std::pair<AtRoute, rsp::Error>>& reasons) const;

  rsp::Result<rsp::card::ResponseApdu> send_apdu(const Open& over,
                                                 const rsp::card::CommandApdu& command,
                                                 rsp::Deadline deadline);
  /// A command that is sent again only where the module says that it was too busy for it.
  rsp::Result<AtAnswer> send_patiently(const AtCommand& command, rsp::Deadline deadline);
  /// After a block that did not pass.
  void shrink_blocks(const rsp::card::CommandApdu& command);
  void announce(rsp::Deadline deadline);
  rsp::Status find_dialect(rsp::Deadline deadline);
  void forget_channels();
  void pause(rsp::Deadline deadline);

  AtTransportOptions options_;
  AtPort port_;
  const AtDialect* dialect_;
  bool dialect_known_;
  bool connected_ = false;
  bool mute_ = false;  // it does not answer +CSIM
  std::optional<AtRoute> working_route_;
  std::map<std::uint32_t, Open> channels_;
  std::uint32_t next_handle_ = 0;
  std::size_t block_size_;
  std::size_t proven_block_ = 0;  // octets of the longest block that has passed
  std::optional<rsp::Deadline::Steady::time_point> settling_until_;
};

}  // namespace lpa
