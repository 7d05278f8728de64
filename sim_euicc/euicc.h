// The card itself: power, logical channels, and the one point where changes are committed.
#pragma once

#include <array>
#include <map>

#include "rsp/card/transport.h"
#include "sim_euicc/cat.h"
#include "sim_euicc/env.h"
#include "sim_euicc/isd_r.h"
#include "sim_euicc/non_volatile.h"
#include "sim_euicc/ota/ota_receiver.h"
#include "sim_euicc/persona.h"
#include "sim_euicc/uicc.h"

namespace sim {

class Euicc final : public rsp::card::Card {
 public:
  /// A card with what its storage holds. Error: the storage cannot be read, or holds what no card
  /// wrote.
  static rsp::Result<std::unique_ptr<Euicc>> power_up(Persona persona, Credentials credentials,
                                                      Env env);
  /// The same with a persona that other cards have as well.
  static rsp::Result<std::unique_ptr<Euicc>> power_up(std::shared_ptr<const Persona> persona,
                                                      Credentials credentials, Env env);

  /// The ATR (ISO 7816-3). Channels close, the session is lost, a load in progress becomes
  /// "interrupted".
  rsp::Bytes reset() override;
  /// One APDU. Non-volatile changes of a command are committed together before its answer is given.
  rsp::Bytes transmit(rsp::BytesView command) override;
  /// By the persona's timing.
  std::chrono::nanoseconds take_delay() override {
    return std::exchange(delay_, std::chrono::nanoseconds(0));
  }

  const rsp::Eid& eid() const { return credentials_.eid; }
  const Persona& persona() const { return *persona_; }
  const Credentials& credentials() const { return credentials_; }
  const NonVolatile& memory() const { return memory_.state(); }
  const Session& session() const { return isd_r_.session(); }
  /// Whether a profile is enabled whose package does not install any more, so that it has no files.
  bool runs_without_files() const { return without_files_; }

 private:
  /// What SELECT has chosen on a channel.
  enum class Application : std::uint8_t { kFileSystem, kIsdR, kEcasd, kIsdP, kSecurityDomain };
  /// Where a channel stands: what its commands go to.
  struct Position {
    Application selected = Application::kFileSystem;
    rsp::Bytes selected_aid;  // of all but the file system
    Selection at;             // in the file system
  };
  using Header = std::array<std::uint8_t, 4>;
  /// What a command has done that was answered 6Cxx: it is not carried out again.
  struct Withheld {
    Header header{};
    Answer answer;
    Position position;
  };
  struct Channel {
    bool open = false;
    std::uint32_t opening = 0;  // tells one opening of a channel from every other
    Position position;
    rsp::Bytes command;          // STORE DATA blocks so far
    std::size_t next_block = 0;  // the P2 that comes next
    rsp::Bytes response;         // what GET RESPONSE still has to give
    rsp::card::StatusWord response_sw = rsp::card::kOk;
    std::optional<Withheld> withheld;  // what the same command with the right Le gets
  };
  /// What an AID selects.
  struct Selectable {
    Application application;
    rsp::Bytes aid;
    FileIndex adf = kNoFile;
  };

  Euicc(std::shared_ptr<const Persona> persona, Credentials credentials, Env env, Memory memory);

  void begin_channels();
  bool is_open(std::uint8_t channel) const;
  Answer execute(const rsp::card::CommandApdu& command);
  Answer dispatch(const rsp::card::CommandApdu& command, Transaction& tx);
  /// Commands that are not for one application (ETSI TS 102 221, ISO 7816-4); nothing for others.
  std::optional<Answer> card_command(Channel& channel, const rsp::card::CommandApdu& command,
                                     Transaction& tx);
  Answer application_command(Channel& channel, const rsp::card::CommandApdu& command,
                             Transaction& tx);
  Answer select(Channel& channel, const rsp::card::CommandApdu& command, Transaction& tx);
  Answer select_by_aid(Channel& channel, const rsp::card::CommandApdu& command, Transaction& tx);
  std::vector<Selectable> selectables(rsp::BytesView aid) const;
  Answer manage_channel(const Channel& channel, const rsp::card::CommandApdu& command);
  Answer store_data(Channel& channel, const rsp::card::CommandApdu& command, Transaction& tx);
  Answer get_data(const Channel& channel, const rsp::card::CommandApdu& command);
  Answer get_response(Channel& channel, const rsp::card::CommandApdu& command);
  // The toolkit's commands (ETSI TS 102 221 11.2).
  Answer terminal_capability(const rsp::card::CommandApdu& command);
  Answer terminal_profile(const rsp::card::CommandApdu& command, Transaction& tx);
  Answer fetch(const rsp::card::CommandApdu& command);
  Answer terminal_response(const rsp::card::CommandApdu& command, Transaction& tx);
  Answer envelope(const rsp::card::CommandApdu& command, Transaction& tx);
  /// A short message for the running profile's security domain (3GPP TS 31.115).
  Answer short_message(rsp::BytesView envelope, Transaction& tx);
  /// What the command gets in the end: carried out, or withheld from the same one before.
  Answer carry_out(Channel& channel, const rsp::card::CommandApdu& command, Transaction& tx);
  /// Gives the data at once where the command has room for it, else 61xx and the data by GET
  /// RESPONSE, or 6Cxx and the data to the same command with that Le, as the transmission has it.
  Answer deliver(Channel& channel, const rsp::card::CommandApdu& command, Answer answer);
  /// After a commit: the running profile is the enabled one, and REFRESH waits where one is due.
  void settle();
  void run_enabled_profile();
  /// Of the profile that ran before, nothing is selected any more.
  static void leave_profile(Position& position);

  std::shared_ptr<const Persona> persona_;
  Credentials credentials_;
  Env env_;
  Memory memory_;
  Cat cat_;
  ota::OtaReceiver ota_;
  IsdR isd_r_;
  Uicc uicc_;
  std::map<std::uint8_t, Channel> channels_;    // what is not there was never open
  std::optional<std::uint8_t> lpa_capability_;  // of TERMINAL CAPABILITY, tag 83
  std::uint32_t openings_ = 0;
  bool without_files_ = false;
  bool first_get_response_ = true;
  std::chrono::nanoseconds delay_{0};
};

}  // namespace sim
