// What the files of a USIM say, where the card itself must understand it (3GPP TS 31.102, 4.2).
#pragma once

#include <optional>

#include "rsp/base/bytes.h"

namespace sim {

/// A service of EF.UST, counted from 1 (4.2.8).
bool has_service(rsp::BytesView table, unsigned number);

/// An IMSI in its parts.
struct Subscriber {
  rsp::Octets<3> network{};  // MCC and MNC as 3GPP TS 24.008 10.5.1.3 codes them
  rsp::Bytes msin;           // two digits an octet, the first one low, F at the end
};
/// Out of EF.IMSI; nothing where that holds no identity. The MNC has 2 or 3 digits.
std::optional<Subscriber> subscriber_of(rsp::BytesView ef_imsi, unsigned mnc_length);

/// The length of the MNC in EF.AD; nothing where that says none.
std::optional<unsigned> mnc_length_of(rsp::BytesView ef_ad);

}  // namespace sim
