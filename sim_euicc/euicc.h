// The card itself: power, logical channels, and the one point where changes are committed.
#pragma once

#include <array>

#include "rsp/base/random.h"
#include "rsp/card/transport.h"
#include "sim_euicc/isd_r.h"
#include "sim_euicc/non_volatile.h"
#include "sim_euicc/persona.h"
#include "sim_euicc/seam.h"

namespace sim {

/// The world outside a card, passed in. All of it must outlive the card.
struct Env {
  rsp::Random& random;
  Storage& storage;
  rsp::TraceSink* trace = nullptr;
  Seam* seam = nullptr;
};

class Euicc final : public rsp::card::Card {
 public:
  /// A card with what its storage holds. Error: the storage cannot be read, or holds what no card
  /// wrote.
  static rsp::Result<std::unique_ptr<Euicc>> power_up(Persona persona, Credentials credentials,
                                                      Env env);

  /// The ATR (ISO 7816-3). Channels close, the session is lost, a load in progress becomes
  /// "interrupted".
  rsp::Bytes reset() override;
  /// One APDU. Non-volatile changes of a command are committed together before its answer is given.
  rsp::Bytes transmit(rsp::BytesView command) override;

  const rsp::Eid& eid() const { return credentials_.eid; }
  const Persona& persona() const { return persona_; }
  const NonVolatile& memory() const { return memory_.state(); }
  const Session& session() const { return isd_r_.session(); }

 private:
  enum class Application { kMf, kIsdR };
  struct Channel {
    bool open = false;
    Application selected = Application::kMf;
    rsp::Bytes command;          // STORE DATA blocks so far
    std::size_t next_block = 0;  // the P2 that comes next
    rsp::Bytes response;         // what GET RESPONSE still has to give
    rsp::card::StatusWord response_sw = rsp::card::kOk;
  };

  Euicc(Persona persona, Credentials credentials, Env env, Memory memory);

  Answer dispatch(const rsp::card::CommandApdu& command, Transaction& tx);
  Answer select(Channel& channel, const rsp::card::CommandApdu& command);
  Answer manage_channel(const rsp::card::CommandApdu& command);
  Answer store_data(Channel& channel, const rsp::card::CommandApdu& command, Transaction& tx);
  Answer get_response(Channel& channel, const rsp::card::CommandApdu& command);
  /// Gives the data at once where the command has room for it, else 61xx and the data by GET
  /// RESPONSE.
  Answer deliver(Channel& channel, const rsp::card::CommandApdu& command, Answer answer);

  Persona persona_;
  Credentials credentials_;
  Env env_;
  Memory memory_;
  IsdR isd_r_;
  std::array<Channel, rsp::card::kMaxChannel + 1> channels_;
};

}  // namespace sim
