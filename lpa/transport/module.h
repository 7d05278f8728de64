// What a module says of itself, its card and its network (27.007 5, 7, 8).
#pragma once

#include <optional>
#include <string>

#include "lpa/transport/at_dialects.h"
#include "lpa/transport/at_port.h"

namespace lpa {

struct ModuleIdentity {
  std::string manufacturer, model, revision, imei;
};

/// +CPIN (field faults F58, F59).
enum class SimState {
  kReady,
  kPin,       // the profile wants its PIN; asking again does not help
  kPuk,       // the same, of its PUK
  kLocked,    // the module does not take this card
  kAbsent,    // no card, or one without an enabled profile
  kFailure,   // the card does not answer, or has no enabled profile
  kNotReady,  // it is being read
};
std::string_view to_string(SimState state);
/// Of the answer to AT+CPIN?.
SimState sim_state_of(const AtAnswer& answer);
rsp::Result<SimState> sim_state(AtPort& port, rsp::Deadline deadline);

/// +CREG, +CGREG or +CEREG.
enum class Registration { kNone, kHome, kSearching, kDenied, kUnknown, kRoaming, kUiccFailure };
std::string_view to_string(Registration state);
/// The best of what the networks of all kinds say.
rsp::Result<Registration> registration(AtPort& port, rsp::Deadline deadline);

/// Each as far as the module tells it.
rsp::Result<ModuleIdentity> identity(AtPort& port, rsp::Deadline deadline);
/// All that a module says of its kind, to know its dialect by.
rsp::Result<std::string> identification(AtPort& port, rsp::Deadline deadline);

/// Digits of an ICCID without what pads them; nothing where there is none (field faults F31, F57).
std::optional<std::string> iccid_in(std::string_view text);
/// Whether two name one profile: with a check digit or without, padded or not, in either case.
bool same_iccid(std::string_view a, std::string_view b);
/// The ICCID of the enabled profile as the module has it. A card that is off (CFUN=0) is switched
/// on for it and off again (field fault F32). Error: the first refusal.
rsp::Result<std::string> module_iccid(AtPort& port, const AtDialect& dialect,
                                      rsp::Deadline deadline);

}  // namespace lpa
