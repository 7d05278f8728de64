// What stands between a module and its SIM: power, the module's own logical channels, the files
// that it reads for itself, and proactive commands.
#pragma once

#include <map>
#include <set>

#include "hil/fake_module/settings.h"
#include "rsp/card/transport.h"

namespace hil {

enum class SimState { kOff, kReady, kPin, kPuk };

class SimSlot {
 public:
  /// Called with the name of a setting that has had an effect.
  using Note = std::function<void(std::string_view setting)>;
  SimSlot(rsp::card::Card& card, const ModuleSettings& settings, Note note);

  void power_on();
  void power_off();
  bool powered() const { return powered_; }
  /// The same for a client that wants something of the SIM. Where it finds an empty slot, that has
  /// had an effect.
  bool answers() const;
  SimState state() const { return state_; }
  /// Digits as the settings show them; empty where the card has none, or is off.
  std::string iccid() const;
  /// The octets of EF.ICCID.
  const rsp::Bytes& ef_iccid() const { return iccid_; }
  /// Empty where no USIM tells one.
  const std::string& imsi() const { return imsi_; }

  /// An APDU as +CSIM has it: the class names the channel. Nothing where the card is off.
  std::optional<rsp::Bytes> transmit(rsp::BytesView apdu);

  /// As +CCHO: a channel with the application selected on it. The session's name, without a
  /// prefix. Error: the code of +CME ERROR in `code`.
  rsp::Result<std::string> open_session(rsp::BytesView aid);
  /// As +CGLA: the class bits of the channel are the session's, whatever the APDU has.
  rsp::Result<rsp::Bytes> transmit_in(const std::string& session, rsp::BytesView apdu);
  rsp::Status close_session(const std::string& session);
  const auto& sessions() const { return sessions_; }

  /// A command of the module's own on the basic channel, with GET RESPONSE and a right Le.
  rsp::card::ResponseApdu command(rsp::card::CommandApdu apdu);
  /// VERIFY of PIN1. Digits of PIN and PUK are four to eight.
  rsp::card::StatusWord verify_pin(std::string_view digits);
  /// UNBLOCK PIN of PIN1, which is another one then.
  rsp::card::StatusWord unblock_pin(std::string_view puk, std::string_view digits);

  /// What has become of the SIM since this was asked last.
  enum class Change { kNone, kReset, kRefreshed, kUnlocked };
  Change take_change() { return std::exchange(change_, Change::kNone); }
  /// For how long ES10 is refused after a REFRESH; who has a clock says when that is over.
  void set_busy(bool busy) { busy_ = busy; }
  void set_internal_lpa(bool on) { internal_lpa_ = on; }
  bool internal_lpa() const { return internal_lpa_; }
  std::chrono::nanoseconds take_delay() { return card_.take_delay(); }

 private:
  enum class Memory { kKept, kForgotten };
  void start(Memory memory);
  rsp::Result<std::uint8_t> open_channel();
  std::string new_session(std::uint8_t channel);
  void note_opening();
  rsp::card::StatusWord enter_code(std::uint8_t ins, rsp::Bytes value);
  void read_files();
  rsp::Bytes read_file(rsp::BytesView path_or_id, std::uint16_t octets);
  rsp::Bytes send(rsp::BytesView apdu);
  rsp::Bytes send_and_get(rsp::BytesView apdu);
  void follow_proactive(rsp::BytesView response);
  rsp::card::StatusWord answer_proactive(rsp::BytesView command);
  bool refused_here(const rsp::card::CommandApdu& apdu) const;

  rsp::card::Card& card_;
  const ModuleSettings& settings_;
  Note note_;
  bool powered_ = false, busy_ = false, was_started_ = false, internal_lpa_ = false,
       refreshing_ = false;
  SimState state_ = SimState::kOff;
  Change change_ = Change::kNone;
  rsp::Bytes iccid_;  // octets of EF.ICCID
  std::string imsi_;
  std::map<std::string, std::uint8_t> sessions_;  // to the card's channel; 0: the card forgot it
  std::set<std::string> left_;                    // of sessions_: those of a client that was killed
  std::map<std::uint8_t, bool> csim_channels_;    // by +CSIM; whether it was with Le 00
  std::uint32_t own_channels_ = 0;
  std::uint32_t next_handle_ = 1;
};

}  // namespace hil
