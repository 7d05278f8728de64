// Enabling and disabling a profile (SGP.22 v2, 3.2.1 and 3.2.2), and what real cards need for it.
#pragma once

#include "lpa/lpa.h"

namespace lpa {

class ProfileSwitch {
 public:
  /// `wanted`: the state in which the profile should be.
  ProfileSwitch(Lpa& lpa, rsp::ProfileState wanted) : lpa_(lpa), wanted_(wanted) {}

  /// Switches and resets the card. Enabling a profile that is enabled is no error (field fault
  /// F46). Error: the first cause, with what else was tried in its hint.
  rsp::Status run(const rsp::ProfileIdentifier& profile);

 private:
  /// One way to ask for it. Cards were met that know a profile by its AID only, and some that
  /// switch only where no REFRESH is asked for (field fault F45).
  struct Way {
    rsp::ProfileIdentifier profile;
    bool refresh;
  };
  std::vector<Way> ways(const rsp::ProfileIdentifier& profile);
  rsp::Status attempt(const Way& way);
  /// The profile as the card lists it; nothing where it does not, or does not answer.
  std::optional<rsp::ProfileInfo> listed(const rsp::ProfileIdentifier& profile);
  bool is_done(const rsp::ProfileIdentifier& profile);

  Lpa& lpa_;
  rsp::ProfileState wanted_;
};

}  // namespace lpa
