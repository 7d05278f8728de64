#include "rsp/crypto/block_cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <memory>
#include <stdexcept>

namespace rsp::crypto {
namespace {

template <auto Free>
struct Freer {
  void operator()(auto* pointer) const { Free(pointer); }
};
using ContextPtr = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using MacPtr = std::unique_ptr<EVP_MAC, Freer<EVP_MAC_free>>;
using MacContextPtr = std::unique_ptr<EVP_MAC_CTX, Freer<EVP_MAC_CTX_free>>;

constexpr Octets<16> kZeros{};

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL: an operation of a block cipher failed");
}

void require_key(BlockCipher cipher, BytesView key) {
  if (!has_key_size(cipher, key.size())) throw std::logic_error("a key of the wrong size");
}

/// Two-key triple DES is K1 K2 K1.
Bytes whole_key(BlockCipher cipher, BytesView key) {
  Bytes whole = to_bytes(key);
  if (cipher == BlockCipher::kTripleDes && key.size() == 16) append(whole, key.first(8));
  return whole;
}

const EVP_CIPHER* algorithm(BlockCipher cipher, std::size_t key_size) {
  if (cipher == BlockCipher::kTripleDes) return EVP_des_ede3_cbc();
  if (key_size == 16) return EVP_aes_128_cbc();
  return key_size == 24 ? EVP_aes_192_cbc() : EVP_aes_256_cbc();
}

/// `encrypting` is what EVP_CipherInit wants: 1 or 0.
Bytes cbc(BlockCipher cipher, BytesView key, BytesView blocks, int encrypting) {
  require_key(cipher, key);
  if (blocks.size() % block_size(cipher) != 0) throw std::logic_error("not whole blocks");
  if (blocks.empty()) return {};
  Bytes whole = whole_key(cipher, key);
  Bytes out(blocks.size());
  ContextPtr context(EVP_CIPHER_CTX_new());
  int size = 0;
  must(EVP_CipherInit_ex2(context.get(), algorithm(cipher, whole.size()), whole.data(),
                          kZeros.data(), encrypting, nullptr) == 1 &&
       EVP_CIPHER_CTX_set_padding(context.get(), 0) == 1 &&
       EVP_CipherUpdate(context.get(), out.data(), &size, blocks.data(),
                        static_cast<int>(blocks.size())) == 1);
  return out;
}

Bytes aes_cmac(BytesView key, BytesView data) {
  static const MacPtr cmac(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  std::string name = "AES-" + std::to_string(8 * key.size()) + "-CBC";
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name.data(), 0),
      OSSL_PARAM_construct_end()};
  MacContextPtr context(EVP_MAC_CTX_new(cmac.get()));
  Bytes out(block_size(BlockCipher::kAes));
  std::size_t size = 0;
  must(EVP_MAC_init(context.get(), key.data(), key.size(), parameters) == 1 &&
       EVP_MAC_update(context.get(), data.data(), data.size()) == 1 &&
       EVP_MAC_final(context.get(), out.data(), &size, out.size()) == 1);
  return out;
}

}  // namespace

Bytes cbc_encrypt(BlockCipher cipher, BytesView key, BytesView blocks) {
  return cbc(cipher, key, blocks, 1);
}

Bytes cbc_decrypt(BlockCipher cipher, BytesView key, BytesView blocks) {
  return cbc(cipher, key, blocks, 0);
}

Bytes block_cipher_mac(BlockCipher cipher, BytesView key, BytesView data) {
  require_key(cipher, key);
  if (cipher == BlockCipher::kAes) return aes_cmac(key, data);
  std::size_t block = block_size(cipher);
  Bytes blocks = to_bytes(data);
  blocks.resize(std::max<std::size_t>(1, (data.size() + block - 1) / block) * block);
  Bytes encrypted = cbc_encrypt(cipher, key, blocks);
  return Bytes(encrypted.end() - static_cast<std::ptrdiff_t>(block), encrypted.end());
}

}  // namespace rsp::crypto
