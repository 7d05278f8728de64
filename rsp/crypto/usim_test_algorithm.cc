#include "rsp/crypto/usim_test_algorithm.h"

#include <fmt/format.h>

namespace rsp::crypto {
namespace {

Bytes rotated(BytesView in, std::size_t octets) {
  return concat({in.subspan(octets), in.first(octets)});
}

AnonymityKey anonymity_key(BytesView xdout) {
  AnonymityKey ak;
  std::ranges::copy(xdout.subspan(3, ak.size()), ak.begin());
  return ak;
}

}  // namespace

UsimTestAlgorithm::UsimTestAlgorithm(BytesView k, std::size_t res_size) : res_size_(res_size) {
  std::ranges::copy(k, k_.begin());
}

Result<UsimTestAlgorithm> UsimTestAlgorithm::create(BytesView k, std::size_t res_size) {
  if (k.size() != 16 || res_size < 4 || res_size > 16) {
    return failure(
        {.layer = Layer::kCrypto,
         .text = fmt::format("the USIM test algorithm takes a key of 16 octets and a RES of 4 to "
                             "16, these have {} and {}",
                             k.size(), res_size)});
  }
  return UsimTestAlgorithm(k, res_size);
}

Octets<16> UsimTestAlgorithm::xdout(const Rand& rand) const {
  Octets<16> out = k_;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] ^= rand[i];
  return out;
}

Bytes UsimTestAlgorithm::f1(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  Bytes cdout = concat({sqn, amf});
  Octets<16> challenge = xdout(rand);
  for (std::size_t i = 0; i < cdout.size(); ++i) cdout[i] ^= challenge[i];
  return cdout;
}

Bytes UsimTestAlgorithm::f1_star(const Rand& rand, const Sqn& sqn, const Amf& amf) const {
  return f1(rand, sqn, amf);
}

AkaKeys UsimTestAlgorithm::f2345(const Rand& rand) const {
  Octets<16> challenge = xdout(rand);
  return {.res = to_bytes(BytesView(challenge).first(res_size_)),
          .ck = rotated(challenge, 1),
          .ik = rotated(challenge, 2),
          .ak = anonymity_key(challenge)};
}

AnonymityKey UsimTestAlgorithm::f5_star(const Rand& rand) const {
  return anonymity_key(xdout(rand));
}

}  // namespace rsp::crypto
