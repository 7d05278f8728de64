// Both ends of an authentication: a USIM that keeps its state, and the authentication centre that
// challenges it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/authentication_centre.h"
#include "rsp/base/hex.h"
#include "rsp/base/random.h"
#include "rsp/crypto/usim_test_algorithm.h"
#include "sim_euicc/aka.h"

namespace sim::testing {

using rsp::operator""_hex;
using rsp::Bytes;
using rsp::BytesView;
using rsp::to_hex;
using rsp::crypto::Amf;
using rsp::crypto::Rand;
using rsp::crypto::Sqn;
using rsp::saip::AkaParameter;
using rsp::saip::AlgoParameter;
using rsp::saip::Algorithm;

inline constexpr std::uint8_t kGsmContext = 0x80, kUmtsContext = 0x81;

template <std::size_t N>
rsp::Octets<N> octets(BytesView bytes) {
  EXPECT_EQ(bytes.size(), N);
  rsp::Octets<N> out{};
  std::copy_n(bytes.begin(), std::min(N, bytes.size()), out.begin());
  return out;
}

inline Sqn sqn_of(std::uint64_t seq, std::size_t ind) {
  std::uint64_t number = seq << kIndBits | ind;
  Sqn sqn;
  for (std::size_t i = 0; i < 6; ++i) sqn[5 - i] = static_cast<std::uint8_t>(number >> 8 * i);
  return sqn;
}

inline rsp::Octets<6> seq_octets(std::uint64_t seq) { return sqn_of(seq >> kIndBits, seq & 0x1F); }

/// K, OPc and RAND are those of TS 35.208, test set 1.
inline AkaParameter milenage() {
  AlgoParameter algorithm{.algorithm_id = Algorithm::kMilenage,
                          .algorithm_options = {0x01},
                          .key = "465B5CE8B199B49FAA5F0A2EE238A6BC"_hex,
                          .opc = "CD63CB71954A9F4E48A5994E37A02BAF"_hex};
  AkaParameter parameter;
  parameter.algo_configuration = algorithm;
  return parameter;
}
inline constexpr Rand kRand{0x23, 0x55, 0x3C, 0xBE, 0x96, 0x37, 0xA8, 0x9D,
                            0x21, 0x8A, 0xE6, 0x4D, 0xAE, 0x47, 0xBF, 0x35};

/// K is that of TS 34.108 8.2.
inline AkaParameter test_algorithm() {
  AlgoParameter algorithm{.algorithm_id = Algorithm::kUsimTest,
                          .algorithm_options = {0x02},
                          .key = "000102030405060708090A0B0C0D0E0F"_hex,
                          .opc = Bytes(16)};
  AkaParameter parameter;
  parameter.algo_configuration = algorithm;
  return parameter;
}

inline AlgoParameter& algorithm_of(AkaParameter& parameter) {
  return std::get<AlgoParameter>(parameter.algo_configuration);
}

inline Bytes challenge(BytesView rand, BytesView autn) {
  return hil::authenticate_data(rand, autn);
}

/// The data of AUTHENTICATE in the GSM context.
inline Bytes gsm_challenge(BytesView rand) {
  Bytes data{static_cast<std::uint8_t>(rand.size())};
  rsp::append(data, rand);
  return data;
}

inline std::string text_of(const AuthenticateAnswer& answer) {
  return to_hex(answer.data) + to_string(answer.sw);
}

/// The network that has the same K.
class AuthenticationCentre : public hil::AuthenticationCentre {
 public:
  explicit AuthenticationCentre(const AkaParameter& parameter)
      : hil::AuthenticationCentre(
            create(std::get<AlgoParameter>(parameter.algo_configuration)).value()) {}
};

/// A USIM that commits what AUTHENTICATE says.
struct Usim {
  explicit Usim(const AkaParameter& parameter)
      : aka(Aka::create(parameter).value()), state(aka.initial_state()), network(parameter) {}

  AuthenticateAnswer authenticate(std::uint8_t p2, BytesView data) {
    AuthenticateAnswer answer = aka.authenticate(p2, data, state, services);
    if (answer.new_state) state = *answer.new_state;
    return answer;
  }
  AuthenticateAnswer challenge_with(const Sqn& sqn, const Amf& amf = {0x80, 0x00}) {
    return authenticate(kUmtsContext, challenge(kRand, network.autn(kRand, sqn, amf)));
  }

  /// Whether the USIM accepts this sequence number. One that it does not accept gets AUTS with
  /// SQN_MS and changes nothing.
  bool accepts(std::uint64_t seq, std::size_t ind) {
    SqnState before = state;
    AuthenticateAnswer answer = challenge_with(sqn_of(seq, ind));
    EXPECT_EQ(answer.sw, rsp::card::kOk);
    if (!answer.data.empty() && answer.data[0] == 0xDB) return true;
    EXPECT_EQ(sqn_ms(answer), before.highest());
    EXPECT_FALSE(answer.new_state);
    return false;
  }
  /// What an AUTS in the answer says.
  std::optional<Sqn> sqn_ms(const AuthenticateAnswer& answer) const {
    BytesView data = answer.data;
    if (data.size() < 2 || data[0] != 0xDC || data[1] != data.size() - 2) return std::nullopt;
    return network.resolve(kRand, data.subspan(2));
  }

  Aka aka;
  SqnState state;
  AkaServices services;
  AuthenticationCentre network;
};

}  // namespace sim::testing
