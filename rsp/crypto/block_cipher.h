// AES and triple DES as over-the-air security uses them (ETSI TS 102 225, 5.1.2 and 5.1.3): CBC
// from an IV of zeros without padding of its own, and the MAC that belongs to each.
#pragma once

#include "rsp/base/bytes.h"

namespace rsp::crypto {

enum class BlockCipher { kAes, kTripleDes };

/// 16 for AES, 8 for triple DES.
constexpr std::size_t block_size(BlockCipher cipher) {
  return cipher == BlockCipher::kAes ? 16 : 8;
}

/// Whether the cipher has keys of so many octets: 16, 24 and 32 for AES; 16 (two keys) and 24
/// (three keys) for triple DES.
constexpr bool has_key_size(BlockCipher cipher, std::size_t octets) {
  return octets == 16 || octets == 24 || (octets == 32 && cipher == BlockCipher::kAes);
}

/// Both take whole blocks and a key of a size that the cipher has; anything else is a mistake of
/// the caller and throws std::logic_error.
Bytes cbc_encrypt(BlockCipher cipher, BytesView key, BytesView blocks);
Bytes cbc_decrypt(BlockCipher cipher, BytesView key, BytesView blocks);

/// A whole block. AES: CMAC (NIST SP 800-38B). Triple DES: the last block of the CBC encryption of
/// the data, filled up with zeros. Throws std::logic_error for a key of the wrong size.
Bytes block_cipher_mac(BlockCipher cipher, BytesView key, BytesView data);

}  // namespace rsp::crypto
