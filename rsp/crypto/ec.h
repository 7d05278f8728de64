// Elliptic curve keys: ECDSA in the raw form of SGP.22 and the DER form of X.509, and key
// agreement.
//
// Keys reuse their OpenSSL contexts, because making one anew costs as much as using it; so a key
// object belongs to one thread at a time.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>

#include "rsp/base/bytes.h"
#include "rsp/base/result.h"
#include "rsp/crypto/digest.h"

namespace rsp::crypto {

enum class Curve { kNistP256, kBrainpoolP256r1 };
/// "NIST P-256", "brainpoolP256r1".
std::string_view to_string(Curve curve);

/// Pieces of a message, signed as if they were one.
using MessageParts = std::initializer_list<BytesView>;

class PublicKey {
 public:
  /// From 04 x y (65 octets), checked to be on the curve. Error: Layer::kCrypto.
  static Result<PublicKey> from_point(Curve curve, BytesView point);

  Curve curve() const;
  /// 04 x y.
  const Octets<65>& point() const;

  /// ECDSA with SHA-256, signature as r then s, 32 octets each. False for anything that is not a
  /// good signature.
  bool verify(MessageParts message, BytesView raw_signature) const;
  /// The same for a signature as X.509 carries it: SEQUENCE { INTEGER r, INTEGER s }. One that was
  /// found good lately costs no more than the hash of the message.
  bool verify_der(MessageParts message, BytesView der_signature) const;

 private:
  friend class PrivateKey;
  struct Impl;
  explicit PublicKey(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

class PrivateKey {
 public:
  static PrivateKey generate(Curve curve);
  /// PKCS#8 or SEC 1 DER. Error: Layer::kCrypto for what is no EC key on a supported curve.
  static Result<PrivateKey> from_der(BytesView der);
  /// PKCS#8 DER.
  Bytes to_pkcs8() const;
  /// From the private scalar and the point that belongs to it; far cheaper than from_der(). Error:
  /// Layer::kCrypto.
  static Result<PrivateKey> from_scalar(Curve curve, const Octets<32>& scalar, BytesView point);
  Octets<32> scalar() const;

  const PublicKey& public_key() const;
  Curve curve() const { return public_key().curve(); }

  /// ECDSA with SHA-256; r then s, 32 octets each.
  Octets<64> sign(MessageParts message) const;
  /// The same as SEQUENCE { INTEGER r, INTEGER s }.
  Bytes sign_der(MessageParts message) const;
  /// The x-coordinate of the shared point. Error: the peer's key is on another curve.
  Result<Octets<32>> agree(const PublicKey& peer) const;

 private:
  struct Impl;
  explicit PrivateKey(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

}  // namespace rsp::crypto
