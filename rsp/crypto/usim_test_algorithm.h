// The authentication algorithm of test USIMs (3GPP TS 34.108 8.1.2), which system simulators
// expect. It only adds K to the challenge and protects nothing.
#pragma once

#include "rsp/base/result.h"
#include "rsp/crypto/aka_algorithm.h"

namespace rsp::crypto {

/// With this AMF the network asks a test USIM to resynchronise, whatever the SQN (TS 34.108
/// 8.1.2.2).
inline constexpr Amf kAmfResynch{0xFF, 0xFF};

/// MAC of 64 bits, CK and IK of 128.
class UsimTestAlgorithm final : public AkaAlgorithm {
 public:
  /// `k` has 16 octets; `res_size` is 4 to 16 octets (TS 34.108 has 30 < n < 128 bits). Error:
  /// Layer::kCrypto for other sizes.
  static Result<UsimTestAlgorithm> create(BytesView k, std::size_t res_size = 16);

  std::size_t mac_size() const override { return 8; }
  Bytes f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  Bytes f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  AkaKeys f2345(const Rand& rand) const override;
  AnonymityKey f5_star(const Rand& rand) const override;

 private:
  UsimTestAlgorithm(BytesView k, std::size_t res_size);
  Octets<16> xdout(const Rand& rand) const;

  Octets<16> k_{};
  std::size_t res_size_;
};

}  // namespace rsp::crypto
