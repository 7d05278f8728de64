// Milenage, the example algorithm set of 3GPP TS 35.206: AES-128 between rotations and additions.
#pragma once

#include <memory>

#include "rsp/base/result.h"
#include "rsp/crypto/aka_algorithm.h"

namespace rsp::crypto {

/// r1 to r5 and c1 to c5 (TS 35.206 4.1), which an operator may choose. The defaults are the
/// specification's own.
struct MilenageConstants {
  /// Bits by which to rotate towards the most significant end, 0 to 127 each.
  Octets<5> rotations{64, 0, 32, 64, 96};
  std::array<Octets<16>, 5> additions{{{},
                                       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                                       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2},
                                       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4},
                                       {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8}}};
};

/// MAC of 64 bits, RES of 64, CK and IK of 128.
class Milenage final : public AkaAlgorithm {
 public:
  /// `k` and `opc` have 16 octets each. Error: Layer::kCrypto for other sizes, or a rotation above
  /// 127.
  static Result<Milenage> create(BytesView k, BytesView opc, const MilenageConstants& = {});
  ~Milenage() override;
  Milenage(Milenage&&) noexcept;
  Milenage& operator=(Milenage&&) noexcept;

  std::size_t mac_size() const override { return 8; }
  Bytes f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  Bytes f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const override;
  AkaKeys f2345(const Rand& rand) const override;
  AnonymityKey f5_star(const Rand& rand) const override;

 private:
  struct Impl;
  explicit Milenage(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// OPc of a subscriber from the operator's OP (TS 35.206 4.1).
Octets<16> milenage_opc(const Octets<16>& k, const Octets<16>& op);

}  // namespace rsp::crypto
