#include "rsp/crypto/milenage.h"

#include <fmt/format.h>

#include <stdexcept>

#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {
namespace {

using Block = Octets<16>;

void must(bool good) {
  if (!good) throw std::runtime_error("OpenSSL: an AES operation failed");
}

/// AES-128 under one key, its schedule computed once.
class Aes {
 public:
  explicit Aes(BytesView key) : context_(EVP_CIPHER_CTX_new()) {
    static const CipherPtr ecb(EVP_CIPHER_fetch(nullptr, "AES-128-ECB", nullptr));
    must(context_ != nullptr &&
         EVP_EncryptInit_ex2(context_.get(), ecb.get(), key.data(), nullptr, nullptr) == 1);
    EVP_CIPHER_CTX_set_padding(context_.get(), 0);
  }
  Block encrypt(const Block& in) const {
    Block out;
    int size = 0;
    must(EVP_EncryptUpdate(context_.get(), out.data(), &size, in.data(), 16) == 1 && size == 16);
    return out;
  }

 private:
  CipherContextPtr context_;
};

Block operator^(Block left, const Block& right) {
  for (std::size_t i = 0; i < left.size(); ++i) left[i] ^= right[i];
  return left;
}

/// Cyclic rotation towards the most significant end.
Block rotated(const Block& in, std::size_t bits) {
  Block out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    unsigned high = in[(i + bits / 8) % 16], low = in[(i + bits / 8 + 1) % 16];
    out[i] = static_cast<std::uint8_t>((high << 8 | low) >> (8 - bits % 8));
  }
  return out;
}

/// SQN || AMF || SQN || AMF.
Block in1(const Sqn& sqn, const Amf& amf) {
  Block out;
  for (std::size_t half : {0, 8}) {
    std::copy(sqn.begin(), sqn.end(), out.begin() + static_cast<std::ptrdiff_t>(half));
    std::copy(amf.begin(), amf.end(), out.begin() + static_cast<std::ptrdiff_t>(half + 6));
  }
  return out;
}

AnonymityKey first_six(const Block& block) {
  AnonymityKey out;
  std::copy_n(block.begin(), out.size(), out.begin());
  return out;
}

Error crypto_error(std::string text) { return {.layer = Layer::kCrypto, .text = std::move(text)}; }

}  // namespace

struct Milenage::Impl {
  Impl(BytesView k, BytesView opc_octets, const MilenageConstants& chosen)
      : aes(k), constants(chosen) {
    std::ranges::copy(opc_octets, opc.begin());
  }

  Block temp(const Rand& rand) const { return aes.encrypt(rand ^ opc); }
  /// OUT1 (TS 35.206 4.1): MAC-A, then MAC-S.
  Block out1(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
    Block turned = rotated(in1(sqn, amf) ^ opc, constants.rotations[0]);
    return aes.encrypt(temp(rand) ^ turned ^ constants.additions[0]) ^ opc;
  }
  /// OUT2 to OUT5; `number` is 2 to 5.
  Block out(std::size_t number, const Block& temp) const {
    Block turned = rotated(temp ^ opc, constants.rotations[number - 1]);
    return aes.encrypt(turned ^ constants.additions[number - 1]) ^ opc;
  }

  Aes aes;
  Block opc;
  MilenageConstants constants;
};

Milenage::Milenage(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Milenage::~Milenage() = default;
Milenage::Milenage(Milenage&&) noexcept = default;
Milenage& Milenage::operator=(Milenage&&) noexcept = default;

Result<Milenage> Milenage::create(BytesView k, BytesView opc, const MilenageConstants& constants) {
  if (k.size() != 16 || opc.size() != 16) {
    return failure(crypto_error(
        fmt::format("Milenage takes a key and an OPc of 16 octets each, these have {} and {}",
                    k.size(), opc.size())));
  }
  for (std::uint8_t bits : constants.rotations) {
    if (bits > 127)
      return failure(crypto_error(fmt::format("Milenage rotates by 0 to 127 bits, not {}", bits)));
  }
  return Milenage(std::make_unique<Impl>(k, opc, constants));
}

Bytes Milenage::f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  return to_bytes(BytesView(impl_->out1(rand, sqn, amf)).first(8));
}

Bytes Milenage::f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  return to_bytes(BytesView(impl_->out1(rand, sqn, amf)).last(8));
}

AkaKeys Milenage::f2345(const Rand& rand) const {
  Block temp = impl_->temp(rand);
  Block out2 = impl_->out(2, temp);
  return {.res = to_bytes(BytesView(out2).last(8)),
          .ck = to_bytes(impl_->out(3, temp)),
          .ik = to_bytes(impl_->out(4, temp)),
          .ak = first_six(out2)};
}

AnonymityKey Milenage::f5_star(const Rand& rand) const {
  return first_six(impl_->out(5, impl_->temp(rand)));
}

Octets<16> milenage_opc(const Octets<16>& k, const Octets<16>& op) {
  return Aes(k).encrypt(op) ^ op;
}

}  // namespace rsp::crypto
