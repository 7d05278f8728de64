#include "rsp/crypto/digest.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

namespace rsp::crypto {
namespace {

/// A context with SHA-256 fetched once: an implicit fetch costs as much as hashing 256 octets.
struct Hasher {
  Hasher() {
    if (algorithm == nullptr || context == nullptr)
      throw std::runtime_error("OpenSSL has no SHA-256");
  }
  ~Hasher() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(algorithm);
  }
  EVP_MD* algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
};

}  // namespace

Digest sha256(std::initializer_list<BytesView> parts) {
  thread_local Hasher hasher;
  Digest digest;
  bool good = EVP_DigestInit_ex2(hasher.context, hasher.algorithm, nullptr) == 1;
  for (BytesView part : parts) {
    good = good && EVP_DigestUpdate(hasher.context, part.data(), part.size()) == 1;
  }
  good = good && EVP_DigestFinal_ex(hasher.context, digest.data(), nullptr) == 1;
  if (!good) throw std::runtime_error("OpenSSL failed to hash");
  return digest;
}

Bytes x963_kdf(BytesView shared_secret, BytesView shared_info, std::size_t size) {
  Bytes out;
  for (std::uint8_t counter = 1; out.size() < size; ++counter) {
    Octets<4> block{0, 0, 0, counter};
    append(out, sha256({shared_secret, block, shared_info}));
  }
  out.resize(size);
  return out;
}

}  // namespace rsp::crypto
