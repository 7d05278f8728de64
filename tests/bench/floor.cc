#include "tests/bench/floor.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <time.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace bench {
namespace {

void must(bool good) {
  if (!good) throw std::runtime_error("an OpenSSL operation failed");
}

/// Processor time of one call, out of batches long enough for the clock not to matter.
template <class F>
double time_of(F&& operation, double budget_microseconds) {
  std::uint64_t done = 0, batch = 1;
  double start = cpu_microseconds(), spent = 0;
  do {
    for (std::uint64_t i = 0; i < batch; ++i) operation();
    done += batch;
    spent = cpu_microseconds() - start;
    if (spent < 200) batch *= 2;
  } while (spent < budget_microseconds);
  return spent / static_cast<double>(done);
}

using Block = std::array<unsigned char, 16>;

/// AES-CBC and CMAC as BSP uses them, over contexts that stay.
struct Segment {
  Segment() {
    cbc = EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr);
    ecb = EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr);
    cmac = EVP_MAC_fetch(nullptr, "CMAC", nullptr);
    Block zero{};
    must(EVP_CipherInit_ex2(encryptor, cbc, key.data(), zero.data(), 1, nullptr) == 1);
    must(EVP_CipherInit_ex2(decryptor, cbc, key.data(), zero.data(), 0, nullptr) == 1);
    must(EVP_CipherInit_ex2(icv_maker, ecb, key.data(), nullptr, 1, nullptr) == 1);
    for (EVP_CIPHER_CTX* context : {encryptor, decryptor, icv_maker})
      EVP_CIPHER_CTX_set_padding(context, 0);
    mac = EVP_MAC_CTX_new(cmac);
    char name[] = "AES-128-CBC";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("cipher", name, 0),
                               OSSL_PARAM_construct_end()};
    must(EVP_MAC_init(mac, key.data(), key.size(), parameters) == 1);
  }
  ~Segment() {
    for (EVP_CIPHER_CTX* context : {encryptor, decryptor, icv_maker}) EVP_CIPHER_CTX_free(context);
    EVP_MAC_CTX_free(mac);
    EVP_CIPHER_free(cbc);
    EVP_CIPHER_free(ecb);
    EVP_MAC_free(cmac);
  }

  void crypt(EVP_CIPHER_CTX* context, int encrypting) {
    Block icv;
    int size = 0;
    must(EVP_EncryptUpdate(icv_maker, icv.data(), &size, counter.data(), 16) == 1);
    must(EVP_CipherInit_ex2(context, nullptr, nullptr, icv.data(), encrypting, nullptr) == 1);
    must(EVP_CipherUpdate(context, data.data(), &size, data.data(),
                          static_cast<int>(data.size())) == 1);
  }
  void authenticate() {
    std::size_t size = 0;
    must(EVP_MAC_init(mac, nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(mac, chaining.data(), 16) == 1 &&
         EVP_MAC_update(mac, header.data(), header.size()) == 1 &&
         EVP_MAC_update(mac, data.data(), data.size()) == 1 &&
         EVP_MAC_final(mac, chaining.data(), &size, 16) == 1);
  }
  void protect() {
    crypt(encryptor, 1);
    authenticate();
  }
  void unprotect() {
    authenticate();
    crypt(decryptor, 0);
  }

  EVP_CIPHER *cbc, *ecb;
  EVP_MAC* cmac;
  EVP_CIPHER_CTX *encryptor = EVP_CIPHER_CTX_new(), *decryptor = EVP_CIPHER_CTX_new(),
                 *icv_maker = EVP_CIPHER_CTX_new();
  EVP_MAC_CTX* mac;
  Block key{1}, chaining{2}, counter{};
  std::array<unsigned char, 4> header{0x86, 0x82, 0x03, 0xF8};
  std::array<unsigned char, 1008> data{};  // 1007 octets and their padding
};

}  // namespace

struct Floor::Contexts {
  EVP_PKEY *own = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"),
           *peer = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  EVP_PKEY_CTX *signer = EVP_PKEY_CTX_new(own, nullptr), *verifier = EVP_PKEY_CTX_new(own, nullptr),
               *agreement = EVP_PKEY_CTX_new(own, nullptr),
               *generator = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_MD* sha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* hasher = EVP_MD_CTX_new();
  EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "X963KDF", nullptr);
  EVP_KDF_CTX* deriver = EVP_KDF_CTX_new(kdf);
  Segment segment;
  std::array<unsigned char, 32> digest{1}, secret{};
  std::array<unsigned char, 80> signature{};
  std::size_t signature_size = 80;
  std::array<unsigned char, 256> message{};

  Contexts() {
    must(EVP_PKEY_sign_init(signer) == 1 && EVP_PKEY_verify_init(verifier) == 1 &&
         EVP_PKEY_derive_init(agreement) == 1 &&
         EVP_PKEY_derive_set_peer_ex(agreement, peer, 0) == 1 &&
         EVP_PKEY_keygen_init(generator) == 1 &&
         EVP_PKEY_CTX_set_group_name(generator, "P-256") == 1);
    sign();
  }
  ~Contexts() {
    for (EVP_PKEY_CTX* context : {signer, verifier, agreement, generator})
      EVP_PKEY_CTX_free(context);
    for (EVP_PKEY* key : {own, peer}) EVP_PKEY_free(key);
    EVP_KDF_CTX_free(deriver);
    EVP_KDF_free(kdf);
    EVP_MD_CTX_free(hasher);
    EVP_MD_free(sha256);
  }

  void sign() {
    signature_size = signature.size();
    must(EVP_PKEY_sign(signer, signature.data(), &signature_size, digest.data(), digest.size()) ==
         1);
  }
  void verify() {
    must(EVP_PKEY_verify(verifier, signature.data(), signature_size, digest.data(),
                         digest.size()) == 1);
  }
  void generate() {
    EVP_PKEY* key = nullptr;
    must(EVP_PKEY_generate(generator, &key) == 1);
    EVP_PKEY_free(key);
  }
  void agree() {
    std::size_t size = secret.size();
    must(EVP_PKEY_derive(agreement, secret.data(), &size) == 1);
  }
  void hash() {
    std::array<unsigned char, 32> out;
    must(EVP_DigestInit_ex2(hasher, sha256, nullptr) == 1 &&
         EVP_DigestUpdate(hasher, message.data(), message.size()) == 1 &&
         EVP_DigestFinal_ex(hasher, out.data(), nullptr) == 1);
  }
  void derive() {
    std::array<unsigned char, 48> out;
    char name[] = "SHA256";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string("digest", name, 0),
        OSSL_PARAM_construct_octet_string("key", secret.data(), secret.size()),
        OSSL_PARAM_construct_octet_string("info", message.data(), 28), OSSL_PARAM_construct_end()};
    must(EVP_KDF_derive(deriver, out.data(), out.size(), parameters) == 1);
  }
};

Floor::Floor() : contexts_(new Contexts()) {}
Floor::~Floor() { delete contexts_; }

Primitives Floor::measure() {
  Contexts& c = *contexts_;
  return {.sign = time_of([&] { c.sign(); }, 6000),
          .verify = time_of([&] { c.verify(); }, 12000),
          .generate = time_of([&] { c.generate(); }, 3000),
          .agree = time_of([&] { c.agree(); }, 6000),
          .protect = time_of([&] { c.segment.protect(); }, 3000),
          .unprotect = time_of([&] { c.segment.unprotect(); }, 3000),
          .hash = time_of([&] { c.hash(); }, 2000),
          .derive = time_of([&] { c.derive(); }, 2000)};
}

double Floor::microseconds(const Primitives& p, std::size_t octets) {
  auto n = static_cast<double>(segments(octets));
  return 7 * p.sign + 13 * p.verify + 2 * p.generate + 2 * p.agree + n * (p.protect + p.unprotect) +
         20 * p.hash + 2 * p.derive;
}

double Floor::server_microseconds(const Primitives& p, std::size_t octets) {
  return 3 * p.sign + 8 * p.verify + p.generate + p.agree +
         static_cast<double>(segments(octets)) * p.protect + 11 * p.hash + p.derive;
}

std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION); }

double cpu_microseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

}  // namespace bench
