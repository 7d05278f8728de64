// The functions f1 to f5* with which a USIM and its authentication centre know each other
// (3GPP TS 33.102 6.3), whichever algorithm computes them.
//
// An algorithm object belongs to one thread at a time, because it may reuse OpenSSL contexts.
#pragma once

#include "rsp/base/bytes.h"

namespace rsp::crypto {

using Rand = Octets<16>;
using Sqn = Octets<6>;  // SEQ (43 bits) and IND (5 bits) in the profile of TS 33.102 C.3
using Amf = Octets<2>;
using AnonymityKey = Octets<6>;  // AK, AK*

/// What f2, f3, f4 and f5 give for one challenge.
struct AkaKeys {
  Bytes res, ck, ik;
  AnonymityKey ak{};
  friend bool operator==(const AkaKeys&, const AkaKeys&) = default;
};

class AkaAlgorithm {
 public:
  virtual ~AkaAlgorithm() = default;

  /// Octets of MAC-A and of MAC-S.
  virtual std::size_t mac_size() const = 0;
  /// MAC-A, which the network puts into AUTN.
  virtual Bytes f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const = 0;
  /// MAC-S, which the USIM puts into AUTS.
  virtual Bytes f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const = 0;
  /// RES, CK, IK and AK.
  virtual AkaKeys f2345(const Rand& rand) const = 0;
  /// AK*, which hides SQN_MS in AUTS.
  virtual AnonymityKey f5_star(const Rand& rand) const = 0;
};

}  // namespace rsp::crypto
