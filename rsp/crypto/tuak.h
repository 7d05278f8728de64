// TUAK, the second example algorithm set (3GPP TS 35.231): Keccak-f[1600] over all inputs at once.
#pragma once

#include "rsp/base/result.h"
#include "rsp/crypto/aka_algorithm.h"

namespace rsp::crypto {

/// What TS 35.231 leaves to the operator; sizes in octets.
struct TuakParameters {
  std::size_t mac_size = 8;     // 8, 16 or 32
  std::size_t res_size = 8;     // 4, 8, 16 or 32
  std::size_t ck_size = 16;     // 16 or 32
  std::size_t ik_size = 16;     // 16 or 32
  std::uint8_t iterations = 1;  // of Keccak-f[1600], at least 1
};

class Tuak final : public AkaAlgorithm {
 public:
  /// `k` has 16 or 32 octets, `topc` 32. Error: Layer::kCrypto for other sizes, and for parameters
  /// that are none of those above.
  static Result<Tuak> create(BytesView k, BytesView topc, const TuakParameters& parameters);

  std::size_t mac_size() const override { return parameters_.mac_size; }
  Bytes f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  Bytes f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  AkaKeys f2345(const Rand& rand) const override;
  AnonymityKey f5_star(const Rand& rand) const override;

 private:
  Tuak(BytesView k, BytesView topc, const TuakParameters& parameters);
  Bytes mac(std::uint8_t function, const Rand& rand, const Sqn& sqn, const Amf& amf) const;

  Bytes k_;
  Octets<32> topc_{};
  TuakParameters parameters_;
};

/// TOPc of a subscriber from the operator's TOP (TS 35.231 6). Error: as Tuak::create().
Result<Octets<32>> tuak_topc(BytesView k, BytesView top, std::uint8_t iterations);

}  // namespace rsp::crypto
