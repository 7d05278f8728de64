#include "rsp/crypto/ec.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {
namespace {

using BignumPtr = std::unique_ptr<BIGNUM, Freer<BN_free>>;

/// For what can fail only when memory or OpenSSL itself is broken.
void must(bool good, const char* what) {
  if (!good) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

const char* group_name(Curve curve) {
  return curve == Curve::kNistP256 ? "P-256" : "brainpoolP256r1";
}

/// Key generation contexts and parameter-only keys, made once a thread.
struct CurveTools {
  explicit CurveTools(Curve curve) : generator(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)) {
    must(generator && EVP_PKEY_keygen_init(generator.get()) == 1 &&
             EVP_PKEY_CTX_set_group_name(generator.get(), group_name(curve)) == 1,
         "cannot prepare key generation");
    parameters = generate();
  }
  PkeyPtr generate() {
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_generate(generator.get(), &key) == 1, "cannot generate a key");
    return PkeyPtr(key);
  }
  PkeyContextPtr generator;
  PkeyPtr parameters;  // any key of the curve, to copy its parameters from
};

CurveTools& tools(Curve curve) {
  thread_local CurveTools nist(Curve::kNistP256);
  if (curve == Curve::kNistP256) return nist;
  thread_local CurveTools brainpool(Curve::kBrainpoolP256r1);
  return brainpool;
}

// --- r ‖ s and SEQUENCE { INTEGER r, INTEGER s } ---

constexpr std::size_t kHalf = 32, kMaxDer = 72;

struct DerSignature {
  Octets<kMaxDer> octets;
  std::size_t size = 0;
};

DerSignature der_from_raw(BytesView raw) {
  DerSignature out;
  std::size_t at = 2;
  for (std::size_t half = 0; half < 2; ++half) {
    BytesView number = raw.subspan(half * kHalf, kHalf);
    while (number.size() > 1 && number[0] == 0) number = number.subspan(1);
    std::size_t pad = (number[0] & 0x80) != 0 ? 1 : 0;
    out.octets[at++] = 0x02;
    out.octets[at++] = static_cast<std::uint8_t>(number.size() + pad);
    if (pad != 0) out.octets[at++] = 0;
    std::ranges::copy(number, out.octets.begin() + static_cast<std::ptrdiff_t>(at));
    at += number.size();
  }
  out.octets[0] = 0x30;
  out.octets[1] = static_cast<std::uint8_t>(at - 2);
  out.size = at;
  return out;
}

/// Of a signature that OpenSSL made, so without checks of its form.
Octets<64> raw_from_der(BytesView der) {
  Octets<64> raw{};
  std::size_t at = 2;
  for (std::size_t half = 0; half < 2; ++half) {
    std::size_t size = der[at + 1];
    BytesView number = der.subspan(at + 2, size);
    at += 2 + size;
    if (number.size() > kHalf) number = number.subspan(number.size() - kHalf);
    std::ranges::copy(
        number, raw.begin() + static_cast<std::ptrdiff_t>((half + 1) * kHalf - number.size()));
  }
  return raw;
}

Error crypto_error(std::string text) { return {.layer = Layer::kCrypto, .text = std::move(text)}; }

Result<Curve> curve_of(EVP_PKEY* key) {
  char name[64] = {};
  std::size_t size = 0;
  if (EVP_PKEY_get_group_name(key, name, sizeof name, &size) == 1) {
    std::string_view group(name, size);
    if (group == "prime256v1" || group == "P-256") return Curve::kNistP256;
    if (group == "brainpoolP256r1") return Curve::kBrainpoolP256r1;
  }
  return failure(
      crypto_error("the key is on no curve that SGP.22 uses here: NIST P-256 or brainpoolP256r1"));
}

Octets<65> point_of(EVP_PKEY* key) {
  Octets<65> point{0x04};
  const char* names[] = {OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y};
  for (int i = 0; i < 2; ++i) {
    BIGNUM* number = nullptr;
    must(EVP_PKEY_get_bn_param(key, names[i], &number) == 1, "cannot read a public key");
    BignumPtr owner(number);
    must(BN_bn2binpad(number, point.data() + 1 + 32 * i, 32) == 32, "cannot read a public key");
  }
  return point;
}

}  // namespace

std::string_view to_string(Curve curve) {
  return curve == Curve::kNistP256 ? "NIST P-256" : "brainpoolP256r1";
}

struct PublicKey::Impl {
  PkeyPtr key;
  PkeyContextPtr verifier;
  Curve curve;
  Octets<65> point;

  /// Signatures of certificates that were found good. The same few come with every session, and
  /// what was good once is good again: it depends on nothing but these octets.
  struct Good {
    Digest digest;
    Bytes der;
    bool operator==(const Good&) const = default;
  };
  static constexpr std::size_t kMostGood = 8;
  std::vector<Good> good;

  bool verify_once(const Digest& digest, BytesView der) {
    Good wanted{digest, to_bytes(der)};
    if (std::ranges::find(good, wanted) != good.end()) return true;
    if (!verify_digest(digest, der)) return false;
    if (good.size() == kMostGood) good.erase(good.begin());
    good.push_back(std::move(wanted));
    return true;
  }

  bool verify_digest(const Digest& digest, BytesView der) {
    if (!verifier) {
      verifier.reset(EVP_PKEY_CTX_new(key.get(), nullptr));
      must(verifier && EVP_PKEY_verify_init(verifier.get()) == 1, "cannot prepare verification");
    }
    bool good =
        EVP_PKEY_verify(verifier.get(), der.data(), der.size(), digest.data(), digest.size()) == 1;
    if (!good)
      ERR_clear_error();  // what OpenSSL notes of a bad signature would puzzle the next TLS call
    return good;
  }
};

Result<PublicKey> PublicKey::from_point(Curve curve, BytesView point) {
  if (point.size() != 65 || point[0] != 0x04) {
    return failure(crypto_error("a public key must be 65 octets, 04 x y"));
  }
  PkeyPtr key(EVP_PKEY_new());
  must(key && EVP_PKEY_copy_parameters(key.get(), tools(curve).parameters.get()) == 1,
       "cannot copy curve parameters");
  // Checks that the point is on the curve; both curves have cofactor 1, so that is all there is to
  // check.
  if (EVP_PKEY_set1_encoded_public_key(key.get(), point.data(), point.size()) != 1) {
    ERR_clear_error();
    return failure(crypto_error("the public key is no point on " + std::string(to_string(curve))));
  }
  auto impl = std::make_shared<Impl>(Impl{std::move(key), nullptr, curve, {}, {}});
  std::ranges::copy(point, impl->point.begin());
  return PublicKey(std::move(impl));
}

Curve PublicKey::curve() const { return impl_->curve; }
const Octets<65>& PublicKey::point() const { return impl_->point; }

bool PublicKey::verify(MessageParts message, BytesView raw_signature) const {
  if (raw_signature.size() != 2 * kHalf) return false;
  DerSignature der = der_from_raw(raw_signature);
  return impl_->verify_digest(sha256(message), BytesView(der.octets).first(der.size));
}

bool PublicKey::verify_der(MessageParts message, BytesView der_signature) const {
  return impl_->verify_once(sha256(message), der_signature);
}

struct PrivateKey::Impl {
  PkeyPtr key;
  PkeyContextPtr signer;
  PublicKey public_key;

  /// OpenSSL's object is the same one for both halves.
  static PrivateKey with_public_part(PkeyPtr key, Curve curve, BytesView point) {
    EVP_PKEY_up_ref(key.get());
    auto half = std::make_shared<PublicKey::Impl>(
        PublicKey::Impl{PkeyPtr(key.get()), nullptr, curve, {}, {}});
    std::ranges::copy(point, half->point.begin());
    return PrivateKey(
        std::make_shared<Impl>(Impl{std::move(key), nullptr, PublicKey(std::move(half))}));
  }
};

PrivateKey PrivateKey::generate(Curve curve) {
  PkeyPtr key = tools(curve).generate();
  Octets<65> point;
  std::size_t size = 0;
  must(EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size(), &size) == 1 &&
           size == point.size(),
       "cannot read a public key");
  return Impl::with_public_part(std::move(key), curve, point);
}

Result<PrivateKey> PrivateKey::from_der(BytesView der) {
  const unsigned char* at = der.data();
  PkeyPtr key(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
  if (!key) {
    ERR_clear_error();
    return failure(crypto_error("this is no private key in PKCS#8 or SEC 1 DER"));
  }
  RSP_TRY(Curve curve, curve_of(key.get()));
  Octets<65> point = point_of(key.get());
  return Impl::with_public_part(std::move(key), curve, point);
}

Bytes PrivateKey::to_pkcs8() const {
  std::unique_ptr<PKCS8_PRIV_KEY_INFO, Freer<PKCS8_PRIV_KEY_INFO_free>> info(
      EVP_PKEY2PKCS8(impl_->key.get()));
  must(info != nullptr, "cannot export a private key");
  unsigned char* buffer = nullptr;
  int size = i2d_PKCS8_PRIV_KEY_INFO(info.get(), &buffer);
  must(size > 0, "cannot export a private key");
  Bytes out(buffer, buffer + size);
  OPENSSL_free(buffer);
  return out;
}

Result<PrivateKey> PrivateKey::from_scalar(Curve curve, const Octets<32>& scalar, BytesView point) {
  BignumPtr number(BN_bin2bn(scalar.data(), scalar.size(), nullptr));
  BIGNUM* raw_order = nullptr;
  must(EVP_PKEY_get_bn_param(tools(curve).parameters.get(), OSSL_PKEY_PARAM_EC_ORDER, &raw_order) ==
           1,
       "cannot read the order of a curve");
  BignumPtr order(raw_order);
  // EVP_PKEY_fromdata takes any number, and only signing with it would fail.
  if (BN_is_zero(number.get()) || BN_cmp(number.get(), order.get()) >= 0) {
    return failure(
        crypto_error("the scalar is no private key on " + std::string(to_string(curve))));
  }
  std::unique_ptr<OSSL_PARAM_BLD, Freer<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  must(number && builder &&
           OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                           group_name(curve), 0) == 1 &&
           OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                            point.size()) == 1 &&
           OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get()) == 1,
       "cannot describe a private key");
  std::unique_ptr<OSSL_PARAM, Freer<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  PkeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  must(parameters && context && EVP_PKEY_fromdata_init(context.get()) == 1,
       "cannot prepare a private key");
  // Checks that the point is on the curve, and no more than that: not that it belongs to the
  // scalar.
  if (point.size() != 65 || point[0] != 0x04 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1) {
    ERR_clear_error();
    return failure(crypto_error("the public key is no point on " + std::string(to_string(curve))));
  }
  return Impl::with_public_part(PkeyPtr(key), curve, point);
}

Octets<32> PrivateKey::scalar() const {
  BIGNUM* number = nullptr;
  must(EVP_PKEY_get_bn_param(impl_->key.get(), OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1,
       "cannot read a private key");
  BignumPtr owner(number);
  Octets<32> out;
  must(BN_bn2binpad(number, out.data(), 32) == 32, "cannot read a private key");
  return out;
}

const PublicKey& PrivateKey::public_key() const { return impl_->public_key; }

Bytes PrivateKey::sign_der(MessageParts message) const {
  if (!impl_->signer) {
    impl_->signer.reset(EVP_PKEY_CTX_new(impl_->key.get(), nullptr));
    must(impl_->signer && EVP_PKEY_sign_init(impl_->signer.get()) == 1, "cannot prepare signing");
  }
  Digest digest = sha256(message);
  Bytes der(kMaxDer);
  std::size_t size = der.size();
  must(EVP_PKEY_sign(impl_->signer.get(), der.data(), &size, digest.data(), digest.size()) == 1,
       "cannot sign");
  der.resize(size);
  return der;
}

Octets<64> PrivateKey::sign(MessageParts message) const { return raw_from_der(sign_der(message)); }

Result<Octets<32>> PrivateKey::agree(const PublicKey& peer) const {
  if (peer.curve() != curve()) {
    return failure(crypto_error("key agreement needs two keys on one curve, these are on " +
                                std::string(to_string(curve())) + " and " +
                                std::string(to_string(peer.curve()))));
  }
  PkeyContextPtr context(EVP_PKEY_CTX_new(impl_->key.get(), nullptr));
  Octets<32> secret;
  std::size_t size = secret.size();
  // No second validation of the peer: from_point() has checked the point.
  must(context && EVP_PKEY_derive_init(context.get()) == 1 &&
           EVP_PKEY_derive_set_peer_ex(context.get(), peer.impl_->key.get(), 0) == 1 &&
           EVP_PKEY_derive(context.get(), secret.data(), &size) == 1 && size == secret.size(),
       "key agreement failed");
  return secret;
}

}  // namespace rsp::crypto
