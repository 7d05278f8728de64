#include "tests/fuzz/support/cheap_ec.h"

#include "rsp/crypto/ec.h"

namespace {

/// What the keys of this thread are made from; the harness sets it before each input.
thread_local std::uint64_t next_key = 1;

/// FNV-1a, spread over 32 octets. No digest, but every octet changes all of it.
class Mixer {
 public:
  Mixer& add(rsp::BytesView octets) {
    for (std::uint8_t octet : octets) state_ = (state_ ^ octet) * 0x100000001B3;
    return *this;
  }
  rsp::Octets<32> result() const {
    rsp::Octets<32> out;
    std::uint64_t word = state_;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (i % 8 == 0) word = (word ^ word >> 31) * 0x9E3779B97F4A7C15;
      out[i] = static_cast<std::uint8_t>(word >> 8 * (i % 8));
    }
    // So that it is always a short positive INTEGER.
    out[0] = static_cast<std::uint8_t>((out[0] & 0x7F) | 0x40);
    return out;
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325;
};

rsp::Octets<32> mix(rsp::BytesView octets) { return Mixer().add(octets).result(); }

rsp::Octets<65> point_of(const rsp::Octets<32>& scalar) {
  rsp::Octets<65> point{0x04};
  std::ranges::copy(scalar, point.begin() + 1);
  std::ranges::copy(mix(scalar), point.begin() + 33);
  return point;
}

rsp::Octets<64> signature_of(const rsp::Octets<65>& point, rsp::crypto::MessageParts message) {
  Mixer mixer;
  mixer.add(point);
  for (rsp::BytesView part : message) mixer.add(part);
  rsp::Octets<64> out;
  rsp::Octets<32> r = mixer.result();
  std::ranges::copy(r, out.begin());
  std::ranges::copy(mix(r), out.begin() + 32);
  return out;
}

/// Both halves begin with 40 to 7F, so neither is ever shorter or longer than 32 octets.
rsp::Bytes der_of(const rsp::Octets<64>& raw) {
  rsp::Bytes out{0x30, 68, 0x02, 32};
  rsp::append(out, rsp::BytesView(raw).first(32));
  out.insert(out.end(), {0x02, 32});
  rsp::append(out, rsp::BytesView(raw).subspan(32));
  return out;
}

rsp::Error crypto_error(std::string text) {
  return {.layer = rsp::Layer::kCrypto, .text = std::move(text)};
}

}  // namespace

namespace fuzz {
void restart_keys(std::uint64_t first) { next_key = first; }
}  // namespace fuzz

namespace rsp::crypto {

std::string_view to_string(Curve curve) {
  return curve == Curve::kNistP256 ? "NIST P-256" : "brainpoolP256r1";
}

struct PublicKey::Impl {
  Curve curve;
  Octets<65> point;
};

Result<PublicKey> PublicKey::from_point(Curve curve, BytesView point) {
  if (point.size() != 65 || point[0] != 0x04)
    return failure(crypto_error("a public key must be 65 octets, 04 x y"));
  if (!equal(point.subspan(33), mix(point.subspan(1, 32))))
    return failure(crypto_error("the point is not on the curve"));
  auto impl = std::make_shared<Impl>(Impl{curve, {}});
  std::ranges::copy(point, impl->point.begin());
  return PublicKey(std::move(impl));
}

Curve PublicKey::curve() const { return impl_->curve; }
const Octets<65>& PublicKey::point() const { return impl_->point; }

bool PublicKey::verify(MessageParts message, BytesView raw_signature) const {
  return equal(raw_signature, signature_of(impl_->point, message));
}
bool PublicKey::verify_der(MessageParts message, BytesView der_signature) const {
  return equal(der_signature, der_of(signature_of(impl_->point, message)));
}

struct PrivateKey::Impl {
  Octets<32> scalar;
  PublicKey public_key;
};

PrivateKey PrivateKey::generate(Curve curve) {
  Octets<8> number;
  for (std::size_t i = 0; i < 8; ++i) number[i] = static_cast<std::uint8_t>(next_key >> 8 * i);
  ++next_key;
  Octets<32> scalar = mix(number);
  return from_scalar(curve, scalar, point_of(scalar)).value();
}

namespace {
constexpr std::size_t kDerSize = 33;  // in truth the curve and the scalar
}

Result<PrivateKey> PrivateKey::from_der(BytesView der) {
  if (der.size() != kDerSize || der[0] > 1) return failure(crypto_error("this is no private key"));
  Octets<32> scalar;
  std::ranges::copy(der.subspan(1), scalar.begin());
  return from_scalar(static_cast<Curve>(der[0]), scalar, point_of(scalar));
}

Bytes PrivateKey::to_pkcs8() const {
  return concat({Bytes{static_cast<std::uint8_t>(curve())}, impl_->scalar});
}

Result<PrivateKey> PrivateKey::from_scalar(Curve curve, const Octets<32>& scalar, BytesView point) {
  if (!equal(point, point_of(scalar)))
    return failure(crypto_error("the point does not belong to the private key"));
  auto key = PublicKey::from_point(curve, point);
  if (!key) return failure(std::move(key).error());
  return PrivateKey(std::make_shared<Impl>(Impl{scalar, *std::move(key)}));
}

Octets<32> PrivateKey::scalar() const { return impl_->scalar; }
const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

Octets<64> PrivateKey::sign(MessageParts message) const {
  return signature_of(impl_->public_key.point(), message);
}
Bytes PrivateKey::sign_der(MessageParts message) const { return der_of(sign(message)); }

Result<Octets<32>> PrivateKey::agree(const PublicKey& peer) const {
  if (peer.curve() != curve()) return failure(crypto_error("the keys are on different curves"));
  // The same from both ends.
  Octets<32> secret;
  for (std::size_t i = 0; i < 32; ++i)
    secret[i] = static_cast<std::uint8_t>(impl_->scalar[i] ^ peer.point()[i + 1]);
  return mix(secret);
}

}  // namespace rsp::crypto
