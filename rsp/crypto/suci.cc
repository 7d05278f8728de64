#include "rsp/crypto/suci.h"

#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/obj_mac.h>

#include <stdexcept>

#include "rsp/crypto/digest.h"
#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {
namespace {

using GroupPtr = std::unique_ptr<EC_GROUP, Freer<EC_GROUP_free>>;
using PointPtr = std::unique_ptr<EC_POINT, Freer<EC_POINT_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Freer<BN_clear_free>>;

constexpr std::size_t kEncKeySize = 16, kIcbSize = 16, kMacKeySize = 32, kMacTagSize = 8;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL: concealing a SUPI failed");
}

std::unexpected<Error> refused(std::string text) {
  ERR_clear_error();
  return failure({.layer = Layer::kCrypto, .text = std::move(text)});
}

/// What key agreement gives: the public key that travels, and the secret that does not.
struct Agreed {
  Bytes ephemeral_public_key, shared_key;
};

Result<Agreed> agree_x25519(BytesView home_network_key, const Octets<32>& scalar) {
  if (home_network_key.size() != 32)
    return refused("the home network public key of profile A has 32 octets");
  PkeyPtr own(EVP_PKEY_new_raw_private_key_ex(nullptr, "X25519", nullptr, scalar.data(), 32));
  PkeyPtr peer(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "X25519", nullptr, home_network_key.data(), 32));
  PkeyContextPtr context(EVP_PKEY_CTX_new(own.get(), nullptr));
  Agreed agreed{Bytes(32), Bytes(32)};
  std::size_t size = 32;
  must(own && peer && context && EVP_PKEY_derive_init(context.get()) == 1 &&
       EVP_PKEY_get_raw_public_key(own.get(), agreed.ephemeral_public_key.data(), &size) == 1);
  // Refuses the points of small order, whose secret everybody knows (RFC 7748 6.1).
  if (EVP_PKEY_derive_set_peer_ex(context.get(), peer.get(), 0) != 1 ||
      EVP_PKEY_derive(context.get(), agreed.shared_key.data(), &size) != 1)
    return refused("the home network public key is of small order");
  return agreed;
}

/// `k` times the generator, compressed.
Bytes public_key_of(const EC_GROUP* group, const BIGNUM* k) {
  PointPtr point(EC_POINT_new(group));
  Bytes out(33);
  must(point && EC_POINT_mul(group, point.get(), k, nullptr, nullptr, nullptr) == 1 &&
       EC_POINT_point2oct(group, point.get(), POINT_CONVERSION_COMPRESSED, out.data(), out.size(),
                          nullptr) == out.size());
  return out;
}

Result<Agreed> agree_p256(BytesView home_network_key, const Octets<32>& scalar) {
  GroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  PointPtr point(EC_POINT_new(group.get()));
  BignumPtr k(BN_bin2bn(scalar.data(), scalar.size(), nullptr)), x(BN_new());
  must(group && point && k && x);
  if (BN_is_zero(k.get()) || BN_cmp(k.get(), EC_GROUP_get0_order(group.get())) >= 0)
    return refused("the ephemeral private key is none on NIST P-256");
  if ((home_network_key.size() != 33 && home_network_key.size() != 65) ||
      EC_POINT_oct2point(group.get(), point.get(), home_network_key.data(), home_network_key.size(),
                         nullptr) != 1)
    return refused("the home network public key is no point on NIST P-256");
  Agreed agreed{public_key_of(group.get(), k.get()), Bytes(32)};
  must(EC_POINT_mul(group.get(), point.get(), nullptr, point.get(), k.get(), nullptr) == 1 &&
       EC_POINT_get_affine_coordinates(group.get(), point.get(), x.get(), nullptr, nullptr) == 1 &&
       BN_bn2binpad(x.get(), agreed.shared_key.data(), 32) == 32);
  return agreed;
}

Bytes aes_ctr(BytesView key, BytesView icb, BytesView plaintext) {
  static const CipherPtr cipher(EVP_CIPHER_fetch(nullptr, "AES-128-CTR", nullptr));
  CipherContextPtr context(EVP_CIPHER_CTX_new());
  Bytes out(plaintext.size());
  int size = 0;
  must(cipher && context &&
       EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), icb.data(), nullptr) == 1 &&
       EVP_EncryptUpdate(context.get(), out.data(), &size, plaintext.data(),
                         static_cast<int>(plaintext.size())) == 1);
  return out;
}

Bytes hmac_tag(BytesView key, BytesView message) {
  Digest digest;
  unsigned size = digest.size();
  must(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
            digest.data(), &size) != nullptr);
  return to_bytes(BytesView(digest).first(kMacTagSize));
}

}  // namespace

Result<Bytes> suci_scheme_output(SuciProfile profile, BytesView home_network_public_key,
                                 const Octets<32>& ephemeral_private_key, BytesView plaintext) {
  auto agree = profile == SuciProfile::kA ? agree_x25519 : agree_p256;
  RSP_TRY(Agreed agreed, agree(home_network_public_key, ephemeral_private_key));
  // SharedInfo1 is the ephemeral public key as it travels (C.3.4).
  Bytes keys = x963_kdf(agreed.shared_key, agreed.ephemeral_public_key,
                        kEncKeySize + kIcbSize + kMacKeySize);
  BytesView view = keys;
  Bytes ciphertext =
      aes_ctr(view.first(kEncKeySize), view.subspan(kEncKeySize, kIcbSize), plaintext);
  Bytes tag = hmac_tag(view.last(kMacKeySize), ciphertext);
  return concat({agreed.ephemeral_public_key, ciphertext, tag});
}

}  // namespace rsp::crypto
