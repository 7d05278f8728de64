#include "hil/authentication_centre.h"

#include <algorithm>

#include "sim_euicc/aka.h"

namespace hil {
namespace {

using rsp::crypto::AnonymityKey;

void hide(rsp::Bytes& octets, const AnonymityKey& key) {
  for (std::size_t i = 0; i < key.size(); ++i) octets[i] ^= key[i];
}

}  // namespace

rsp::Result<AuthenticationCentre> AuthenticationCentre::create(
    const rsp::saip::AlgoParameter& parameter) {
  RSP_TRY(auto algorithm, sim::make_aka_algorithm(parameter));
  return AuthenticationCentre(std::move(algorithm));
}

rsp::Bytes AuthenticationCentre::autn(const rsp::crypto::Rand& rand, const rsp::crypto::Sqn& sqn,
                                      const rsp::crypto::Amf& amf) const {
  rsp::Bytes autn = rsp::concat({sqn, amf, algorithm_->f1(rand, sqn, amf)});
  hide(autn, algorithm_->f2345(rand).ak);
  return autn;
}

rsp::Bytes AuthenticationCentre::expected_res(const rsp::crypto::Rand& rand) const {
  return algorithm_->f2345(rand).res;
}

std::optional<rsp::crypto::Sqn> AuthenticationCentre::resolve(const rsp::crypto::Rand& rand,
                                                              rsp::BytesView auts) const {
  rsp::crypto::Sqn sqn{};
  if (auts.size() != sqn.size() + algorithm_->mac_size()) return std::nullopt;
  rsp::Bytes open = rsp::to_bytes(auts);
  hide(open, algorithm_->f5_star(rand));
  std::copy_n(open.begin(), sqn.size(), sqn.begin());
  bool genuine =
      rsp::equal(algorithm_->f1_star(rand, sqn, {}), rsp::BytesView(open).subspan(sqn.size()));
  if (!genuine) return std::nullopt;
  return sqn;
}

rsp::Bytes authenticate_data(rsp::BytesView rand, rsp::BytesView autn) {
  rsp::Bytes data{static_cast<std::uint8_t>(rand.size())};
  rsp::append(data, rand);
  data.push_back(static_cast<std::uint8_t>(autn.size()));
  rsp::append(data, autn);
  return data;
}

}  // namespace hil
