// The network's end of an authentication: who has a subscriber's key challenges his USIM and knows
// what it must answer (3GPP TS 33.102 6.3).
#pragma once

#include <memory>

#include "rsp/crypto/aka_algorithm.h"
#include "rsp/saip/codes.h"

namespace hil {

class AuthenticationCentre {
 public:
  /// With the keys of a profile's PE-AKAParameter. Error: Layer::kInput where they fit no
  /// algorithm.
  static rsp::Result<AuthenticationCentre> create(const rsp::saip::AlgoParameter& parameter);

  /// AUTN = SQN ⊕ AK || AMF || MAC-A (6.3.2).
  rsp::Bytes autn(const rsp::crypto::Rand& rand, const rsp::crypto::Sqn& sqn,
                  const rsp::crypto::Amf& amf = {0x80, 0x00}) const;
  /// The RES that a USIM with the same key answers.
  rsp::Bytes expected_res(const rsp::crypto::Rand& rand) const;
  /// SQN_MS in an AUTS whose MAC-S is right (6.3.5); nothing where it is not.
  std::optional<rsp::crypto::Sqn> resolve(const rsp::crypto::Rand& rand, rsp::BytesView auts) const;

  const rsp::crypto::AkaAlgorithm& algorithm() const { return *algorithm_; }

 private:
  explicit AuthenticationCentre(std::unique_ptr<rsp::crypto::AkaAlgorithm> algorithm)
      : algorithm_(std::move(algorithm)) {}
  std::unique_ptr<rsp::crypto::AkaAlgorithm> algorithm_;
};

/// The data of AUTHENTICATE in the 3G context (3GPP TS 31.102 7.1.2.1).
rsp::Bytes authenticate_data(rsp::BytesView rand, rsp::BytesView autn);

}  // namespace hil
