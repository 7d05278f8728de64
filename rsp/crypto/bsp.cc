#include "rsp/crypto/bsp.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <stdexcept>

#include "rsp/crypto/digest.h"
#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {
namespace {

constexpr std::size_t kBlock = 16;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL: an AES operation failed");
}

/// Algorithms fetched once: fetching anew for every segment costs more than the segment.
struct Algorithms {
  CipherPtr ecb{EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr)};
  CipherPtr cbc{EVP_CIPHER_fetch(nullptr, "AES-128-CBC", nullptr)};
  MacPtr cmac{EVP_MAC_fetch(nullptr, "CMAC", nullptr)};
};

const Algorithms& algorithms() {
  static const Algorithms fetched;
  return fetched;
}

/// The header of a TLV: the tag and the length of data and MAC together, which the MAC covers.
Bytes header_of(std::uint8_t tag, std::size_t data_size) {
  std::size_t length = data_size + kBspMacSize;
  if (length < 0x80) return {tag, static_cast<std::uint8_t>(length)};
  if (length < 0x100) return {tag, 0x81, static_cast<std::uint8_t>(length)};
  return {tag, 0x82, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)};
}

struct Parts {
  BytesView header, data, mac;
};

std::expected<Parts, BspProblem> split(BytesView tlv, std::size_t max_segment) {
  if (tlv.size() < 2 || tlv.size() > max_segment) return std::unexpected(BspProblem::kStructure);
  std::size_t header = 2;
  std::size_t length = tlv[1];
  if ((length & 0x80) != 0) {
    std::size_t octets = length & 0x7F;
    header += octets;
    if (octets == 0 || octets > 3 || tlv.size() < header)
      return std::unexpected(BspProblem::kStructure);
    length = big_endian(tlv.subspan(2, octets));
  }
  if (length != tlv.size() - header || length < kBspMacSize)
    return std::unexpected(BspProblem::kStructure);
  std::size_t data = length - kBspMacSize;
  return Parts{tlv.first(header), tlv.subspan(header, data), tlv.last(kBspMacSize)};
}

}  // namespace

BspKeys derive_bsp_keys(BytesView shared_secret, BytesView host_id, BytesView eid) {
  Bytes info{0x88, 0x10, static_cast<std::uint8_t>(host_id.size())};
  append(info, host_id);
  info.push_back(static_cast<std::uint8_t>(eid.size()));
  append(info, eid);
  Bytes derived = x963_kdf(shared_secret, info, 48);
  BspKeys keys;
  std::copy_n(derived.begin(), 16, keys.initial_mac_chaining_value.begin());
  std::copy_n(derived.begin() + 16, 16, keys.enc.begin());
  std::copy_n(derived.begin() + 32, 16, keys.mac.begin());
  return keys;
}

struct Bsp::Impl {
  Impl(const BspKeys& keys, std::size_t max_segment)
      : enc(keys.enc), chaining(keys.initial_mac_chaining_value), max_segment(max_segment) {
    const Algorithms& fetched = algorithms();
    must(EVP_EncryptInit_ex2(ecb.get(), fetched.ecb.get(), enc.data(), nullptr, nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(ecb.get(), 0);
    char name[] = "AES-128-CBC";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER, name, 0),
                               OSSL_PARAM_construct_end()};
    must(EVP_MAC_init(mac.get(), keys.mac.data(), keys.mac.size(), parameters) == 1);
  }

  Octets<kBlock> next_icv() {
    Octets<kBlock> block{};
    for (std::size_t i = 0; i < 8; ++i)
      block[kBlock - 1 - i] = static_cast<std::uint8_t>(counter >> 8 * i);
    ++counter;
    Octets<kBlock> icv;
    int size = 0;
    must(EVP_EncryptUpdate(ecb.get(), icv.data(), &size, block.data(), kBlock) == 1);
    return icv;
  }

  /// The MAC over the chaining value, the header and the data; the next chaining value is all of
  /// it.
  Octets<kBlock> mac_of(BytesView header, BytesView data) {
    Octets<kBlock> out;
    std::size_t size = 0;
    must(EVP_MAC_init(mac.get(), nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(mac.get(), chaining.data(), chaining.size()) == 1 &&
         EVP_MAC_update(mac.get(), header.data(), header.size()) == 1 &&
         EVP_MAC_update(mac.get(), data.data(), data.size()) == 1 &&
         EVP_MAC_final(mac.get(), out.data(), &size, out.size()) == 1);
    return out;
  }

  Bytes finish(std::uint8_t tag, BytesView data) {
    Bytes header = header_of(tag, data.size());
    chaining = mac_of(header, data);
    return concat({header, data, BytesView(chaining).first(kBspMacSize)});
  }

  std::expected<BytesView, BspProblem> verify(BytesView tlv) {
    auto parts = split(tlv, max_segment);
    if (!parts) return std::unexpected(parts.error());
    Octets<kBlock> expected = mac_of(parts->header, parts->data);
    if (CRYPTO_memcmp(expected.data(), parts->mac.data(), kBspMacSize) != 0) {
      return std::unexpected(BspProblem::kSecurity);
    }
    chaining = expected;
    return parts->data;
  }

  /// CBC without OpenSSL's padding; `encrypting` is what EVP_CipherInit wants: 1 or 0.
  void cbc(int encrypting, std::span<std::uint8_t> blocks) {
    Octets<kBlock> icv = next_icv();
    CipherContextPtr& context = encrypting == 1 ? encryptor : decryptor;
    if (!context) {
      context.reset(EVP_CIPHER_CTX_new());
      must(EVP_CipherInit_ex2(context.get(), algorithms().cbc.get(), enc.data(), icv.data(),
                              encrypting, nullptr) == 1);
      EVP_CIPHER_CTX_set_padding(context.get(), 0);
    }
    int size = 0;
    must(EVP_CipherInit_ex2(context.get(), nullptr, nullptr, icv.data(), encrypting, nullptr) ==
             1 &&
         EVP_CipherUpdate(context.get(), blocks.data(), &size, blocks.data(),
                          static_cast<int>(blocks.size())) == 1);
  }

  Octets<16> enc;
  Octets<16> chaining;
  std::uint64_t counter = 1;
  std::size_t max_segment;
  CipherContextPtr ecb{EVP_CIPHER_CTX_new()};
  CipherContextPtr encryptor, decryptor;
  MacContextPtr mac{EVP_MAC_CTX_new(algorithms().cmac.get())};
};

Bsp::Bsp(const BspKeys& keys, std::size_t max_segment)
    : impl_(std::make_unique<Impl>(keys, max_segment)) {}
Bsp::~Bsp() = default;
Bsp::Bsp(Bsp&&) noexcept = default;
Bsp& Bsp::operator=(Bsp&&) noexcept = default;

Bytes Bsp::encrypt_and_mac(std::uint8_t tag, BytesView plaintext) {
  Bytes data = to_bytes(plaintext);
  data.push_back(0x80);
  data.resize((data.size() + kBlock - 1) / kBlock * kBlock);
  impl_->cbc(1, data);
  return impl_->finish(tag, data);
}

Bytes Bsp::mac_only(std::uint8_t tag, BytesView plaintext) {
  ++impl_->counter;  // it runs over these TLVs too (SGP.22 pitfall H 13)
  return impl_->finish(tag, plaintext);
}

std::expected<Bytes, BspProblem> Bsp::verify_and_decrypt(BytesView tlv) {
  auto data = impl_->verify(tlv);
  if (!data) return std::unexpected(data.error());
  if (data->empty() || data->size() % kBlock != 0) return std::unexpected(BspProblem::kStructure);
  Bytes plaintext = to_bytes(*data);
  impl_->cbc(0, plaintext);
  std::size_t size = plaintext.size();
  while (size > 0 && plaintext[size - 1] == 0) --size;
  // The padding ends in the last block: 80 and at most fifteen zeros.
  if (size == 0 || plaintext[size - 1] != 0x80 || plaintext.size() - size >= kBlock) {
    return std::unexpected(BspProblem::kSecurity);
  }
  plaintext.resize(size - 1);
  return plaintext;
}

std::expected<Bytes, BspProblem> Bsp::verify_only(BytesView tlv) {
  auto data = impl_->verify(tlv);
  if (!data) return std::unexpected(data.error());
  ++impl_->counter;
  return to_bytes(*data);
}

void Bsp::skip_counter(std::uint64_t by) { impl_->counter += by; }

}  // namespace rsp::crypto
