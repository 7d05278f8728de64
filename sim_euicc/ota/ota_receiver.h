// The card's end of commands over the air: from an ENVELOPE (SMS-PP DOWNLOAD) to the answer, with
// what has to be fetched and what has to be remembered (3GPP TS 31.115; ETSI TS 102 225, 102 226).
#pragma once

#include "sim_euicc/ota/ota_security_domain.h"
#include "sim_euicc/ota/remote_application_management.h"
#include "sim_euicc/ota/sms_pp.h"

namespace sim::ota {

/// A counter that was accepted, to be kept with the keys of that version.
struct CounterChange {
  std::uint8_t key_version = 0;
  std::uint64_t counter = 0;
  friend bool operator==(const CounterChange&, const CounterChange&) = default;
};

struct OtaOutcome {
  /// What ENVELOPE answers. With proactive commands its 9000 becomes 91xx.
  rsp::card::ResponseApdu envelope{.data = {}, .sw = rsp::card::kOk};
  /// To be fetched in this order, each after the terminal response to the one before.
  std::vector<rsp::Bytes> proactive_commands;
  std::optional<CounterChange> counter;
  /// What became of the command packet; nothing while parts of it are missing or there is none.
  std::optional<rsp::crypto::scp80::ResponseStatus> status;
  /// For the trace: why, where something was refused.
  std::string note;
};

/// Keeps only the parts of messages that are not complete.
class OtaReceiver {
 public:
  /// ENVELOPE: 9000 where the message was taken, 6A80 where it is none or carries no command
  /// packet, 6200 where the packet is refused and its sender asked for no proof of receipt. The
  /// commands reach `sink` before this returns; their changes and `counter` are for one commit.
  OtaOutcome receive(rsp::BytesView envelope_data, const OtaSecurityDomain& domain,
                     CommandSink& sink);
  /// The card was reset: what was not complete is gone.
  void reset() { assembler_.clear(); }

 private:
  ShortMessageAssembler assembler_;
  std::uint8_t next_reference_ = 0;
};

}  // namespace sim::ota
