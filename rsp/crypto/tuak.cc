#include "rsp/crypto/tuak.h"

#include <fmt/format.h>

#include <stdexcept>

#include "rsp/crypto/openssl_pointers.h"

namespace rsp::crypto {
namespace {

// INSTANCE says which function is asked for, and with which sizes (TS 35.231 6).
constexpr std::uint8_t kTopcInstance = 0x00, kF1 = 0x00, kF1Star = 0x80, kF2345 = 0x40,
                       kF5Star = 0xC0;
constexpr std::uint8_t kLongCk = 0x04, kLongIk = 0x02, kLongK = 0x01;

/// 64, 128 and 256 bits are a bit each; the 32 bits that only RES may have are none.
std::uint8_t size_bits(std::size_t octets) {
  return octets == 4 ? 0x00 : static_cast<std::uint8_t>(octets);
}

std::uint8_t key_bit(BytesView k) { return k.size() == 32 ? kLongK : 0; }

/// What goes into Keccak beside TOPc and K; unused inputs stay zero.
struct Inputs {
  Rand rand{};
  Amf amf{};
  Sqn sqn{};
};

/// TUAK numbers octets from the end: every field goes in and comes out with its last octet first
/// (TS 35.231 5.2).
void append_reversed(Bytes& to, BytesView field) {
  to.insert(to.end(), field.rbegin(), field.rend());
}

Bytes reversed(BytesView field) { return Bytes(field.rbegin(), field.rend()); }

/// IN (TS 35.231 6), without the padding and the zeros behind it.
Bytes message(BytesView k, BytesView topc, std::uint8_t instance, const Inputs& inputs) {
  Bytes out;
  out.reserve(96);
  append_reversed(out, topc);
  out.push_back(instance);
  append_reversed(out, view_of("TUAK1.0"));
  append_reversed(out, inputs.rand);
  append_reversed(out, inputs.amf);
  append_reversed(out, inputs.sqn);
  append_reversed(out, k);
  out.resize(96);
  return out;
}

/// SHAKE256 fetched once: an implicit fetch costs as much as the permutation.
struct Shake {
  DigestPtr algorithm{EVP_MD_fetch(nullptr, "SHAKE256", nullptr)};
  DigestContextPtr context{EVP_MD_CTX_new()};
};

constexpr std::size_t kRate = 136;

/// OUT after so many iterations. The padding of TUAK is that of SHAKE256, and squeezing a block out
/// of that is one more permutation, so the nth block of its output begins OUT after n iterations.
Bytes keccak(BytesView in, std::size_t iterations) {
  thread_local Shake shake;
  Bytes out(kRate * iterations);
  bool good = shake.algorithm && shake.context &&
              EVP_DigestInit_ex2(shake.context.get(), shake.algorithm.get(), nullptr) == 1 &&
              EVP_DigestUpdate(shake.context.get(), in.data(), in.size()) == 1 &&
              EVP_DigestFinalXOF(shake.context.get(), out.data(), out.size()) == 1;
  if (!good) throw std::runtime_error("OpenSSL failed to compute SHAKE256");
  out.erase(out.begin(), out.end() - static_cast<std::ptrdiff_t>(kRate));
  return out;
}

AnonymityKey anonymity_key(BytesView out) {
  AnonymityKey ak;
  std::ranges::reverse_copy(out.subspan(96, ak.size()), ak.begin());
  return ak;
}

Status check(BytesView k, BytesView topc, const TuakParameters& parameters) {
  auto refuse = [](std::string_view what, std::size_t is, std::string_view allowed) {
    return failure({.layer = Layer::kCrypto,
                    .text = fmt::format("TUAK takes {} of {}, not {}", what, allowed, is)});
  };
  auto is_one_of = [](std::size_t value, std::initializer_list<std::size_t> allowed) {
    return std::ranges::find(allowed, value) != allowed.end();
  };
  const TuakParameters& p = parameters;
  if (!is_one_of(k.size(), {16, 32})) return refuse("a key", k.size(), "16 or 32 octets");
  if (topc.size() != 32) return refuse("a TOPc", topc.size(), "32 octets");
  if (!is_one_of(p.mac_size, {8, 16, 32})) return refuse("a MAC", p.mac_size, "8, 16 or 32 octets");
  if (!is_one_of(p.res_size, {4, 8, 16, 32}))
    return refuse("a RES", p.res_size, "4, 8, 16 or 32 octets");
  if (!is_one_of(p.ck_size, {16, 32})) return refuse("a CK", p.ck_size, "16 or 32 octets");
  if (!is_one_of(p.ik_size, {16, 32})) return refuse("an IK", p.ik_size, "16 or 32 octets");
  if (p.iterations == 0) return refuse("a number of iterations", 0, "at least 1");
  return {};
}

}  // namespace

Tuak::Tuak(BytesView k, BytesView topc, const TuakParameters& parameters)
    : k_(to_bytes(k)), parameters_(parameters) {
  std::ranges::copy(topc, topc_.begin());
}

Result<Tuak> Tuak::create(BytesView k, BytesView topc, const TuakParameters& parameters) {
  RSP_CHECK(check(k, topc, parameters));
  return Tuak(k, topc, parameters);
}

Bytes Tuak::mac(std::uint8_t function, const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  auto instance =
      static_cast<std::uint8_t>(function | size_bits(parameters_.mac_size) | key_bit(k_));
  Bytes out = keccak(message(k_, topc_, instance, {.rand = rand, .amf = amf, .sqn = sqn}),
                     parameters_.iterations);
  return reversed(BytesView(out).first(parameters_.mac_size));
}

Bytes Tuak::f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  return mac(kF1, rand, sqn, amf);
}

Bytes Tuak::f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  return mac(kF1Star, rand, sqn, amf);
}

AkaKeys Tuak::f2345(const Rand& rand) const {
  const TuakParameters& p = parameters_;
  auto instance =
      static_cast<std::uint8_t>(kF2345 | size_bits(p.res_size) | (p.ck_size == 32 ? kLongCk : 0) |
                                (p.ik_size == 32 ? kLongIk : 0) | key_bit(k_));
  Bytes octets = keccak(message(k_, topc_, instance, {.rand = rand}), p.iterations);
  BytesView out = octets;
  return {.res = reversed(out.first(p.res_size)),
          .ck = reversed(out.subspan(32, p.ck_size)),
          .ik = reversed(out.subspan(64, p.ik_size)),
          .ak = anonymity_key(out)};
}

AnonymityKey Tuak::f5_star(const Rand& rand) const {
  auto instance = static_cast<std::uint8_t>(kF5Star | key_bit(k_));
  return anonymity_key(
      keccak(message(k_, topc_, instance, {.rand = rand}), parameters_.iterations));
}

Result<Octets<32>> tuak_topc(BytesView k, BytesView top, std::uint8_t iterations) {
  RSP_CHECK(check(k, top, {.iterations = iterations}));
  auto instance = static_cast<std::uint8_t>(kTopcInstance | key_bit(k));
  Bytes out = keccak(message(k, top, instance, {}), iterations);
  Octets<32> topc;
  std::ranges::reverse_copy(BytesView(out).first(topc.size()), topc.begin());
  return topc;
}

}  // namespace rsp::crypto
