// What is different from module to module, as rows of one table. A module that is not in it is
// spoken to as 3GPP TS 27.007 says, and every deviation that can be told from an answer alone is
// understood from every module.
#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "rsp/base/result.h"

namespace lpa {

/// How an APDU reaches the card: +CCHO, +CGLA and +CCHC, where the module opens the channel and has
/// a name for it; or +CSIM, where we do with MANAGE CHANNEL.
enum class AtRoute { kCcho, kCsim };
std::string_view to_string(AtRoute route);

/// A command that tells the ICCID, and the prefix of its answer where that is another.
struct IccidCommand {
  std::string_view text, prefix;
};

struct AtDialect {
  using Span = std::chrono::milliseconds;

  std::string_view name;
  /// Real parts that speak it, for people.
  std::string_view parts;
  /// Found in what ATI, +CGMI and +CGMM answer, in any case. An empty one ends the list.
  std::array<std::string_view, 8> known_by{};

  /// The route to take first, and the one to fall back to: +CCHO is there and does nothing on EC20
  /// firmware (F11), +CSIM opens channels that do not work on EG25 (F13).
  AtRoute first_route = AtRoute::kCcho;
  std::optional<AtRoute> second_route = AtRoute::kCsim;

  /// For an APDU. Key generation and the last segment of a package take a card seconds; 3 s are too
  /// few (F09, and VoCat's 30 s), a second try would be a second command (F21).
  Span apdu_deadline{60'000};
  /// For +CCHO and MANAGE CHANNEL, which may come while the module reads the card.
  Span open_deadline{30'000};
  Span close_deadline{30'000};
  /// For +CFUN; the manuals say 15 s, and 180 s were needed in the field (device-os).
  Span function_deadline{60'000};
  /// From a reset to a card that answers; 10 s and more after a profile switch (F40).
  Span ready_deadline{20'000};
  /// How long the module says that there is no card until it is believed: a card without an enabled
  /// profile looks like none to some (F59).
  Span absent_for{3'000};
  /// How long after a module's reset its port is back.
  Span boot_deadline{60'000};
  /// An answer is over after so much silence where the OK is missing (F36); 0: it never is.
  Span idle_end{0};

  /// Octets of data in one APDU to begin with; less is tried where that does not pass (F28). 120 is
  /// what works nearly everywhere (lpac, openpilot, sms_forwarding).
  std::size_t block_size = 120;

  /// In this order (F30): some refuse +CRSM, which is always asked last.
  std::array<IccidCommand, 4> iccid{{{"AT+CCID", ""}, {"AT+ICCID", ""}}};

  /// Off and on again, so that the module forgets what it knows of the card: some take no notice of
  /// REFRESH and go on with the old ICCID (F39).
  std::string_view sim_off = "AT+CFUN=0", sim_on = "AT+CFUN=1";
  /// The port goes away with sim_off, so that both have to be on their way before (F34).
  bool port_drops = false;
  std::string_view module_reset = "AT+CFUN=1,1";
  /// Has the module's own LPA let go of the ISD-R; effective after a reset of the module (F38).
  std::string_view internal_lpa_off{};
};

/// The first is plain 27.007.
std::span<const AtDialect> at_dialects();
/// The dialect of that name. Error: Layer::kInput with the names that there are.
rsp::Result<const AtDialect*> at_dialect(std::string_view name);
/// The dialect of the module that says this of itself; plain 27.007 where none fits.
const AtDialect& dialect_of(std::string_view identification);

}  // namespace lpa
