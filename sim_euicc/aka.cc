#include "sim_euicc/aka.h"

#include <fmt/format.h>

#include "rsp/crypto/milenage.h"
#include "rsp/crypto/tuak.h"
#include "rsp/crypto/usim_test_algorithm.h"

namespace sim {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::crypto::AkaAlgorithm;
using rsp::crypto::AkaKeys;
using rsp::crypto::Amf;
using rsp::crypto::Rand;
using rsp::crypto::Sqn;
namespace crypto = rsp::crypto;
namespace saip = rsp::saip;

// --- Parameters of the profile ---

// sqnOptions (TCA IP 8.4.2). TS.48 says of 02 that it means wrap-around
// protection. Not verified: that the age limit is the bit below.
constexpr std::uint8_t kAgeLimitOption = 0x01, kWrapAroundOption = 0x02;

std::unexpected<rsp::Error> refused(std::string path, std::string text) {
  return rsp::failure(
      {.layer = rsp::Layer::kInput, .path = std::move(path), .text = std::move(text)});
}

rsp::Result<std::uint64_t> seq_of(BytesView octets, std::string_view name) {
  std::uint64_t seq = rsp::big_endian(octets);
  if (seq > kMaxSeq)
    return refused(std::string(name), "is above 07FFFFFFFFFF, the highest SEQ of 43 bits");
  return seq;
}

rsp::Result<SqnLimits> limits_of(const saip::AkaParameter& parameter) {
  RSP_TRY(std::uint64_t delta, seq_of(parameter.sqn_delta, "sqnDelta"));
  RSP_TRY(std::uint64_t age_limit, seq_of(parameter.sqn_age_limit, "sqnAgeLimit"));
  SqnLimits limits;
  if ((parameter.sqn_options[0] & kWrapAroundOption) != 0) limits.delta = delta;
  if ((parameter.sqn_options[0] & kAgeLimitOption) != 0) limits.age_limit = age_limit;
  return limits;
}

rsp::Result<SqnState> state_of(const saip::SqnInit& init) {
  if (init.size() != kIndCount)
    return refused("sqnInit", fmt::format("has {} entries instead of {}", init.size(), kIndCount));
  SqnState state;
  for (std::size_t ind = 0; ind < kIndCount; ++ind) {
    RSP_TRY(state.seq[ind], seq_of(init[ind], "sqnInit"));
  }
  return state;
}

// algorithmOptions (TCA IP 8.4.2). TS.48 says of 02 that RES has 128 bits.
// Not verified: that TUAK has its other sizes in the bits above, in the order of TS 35.231.
crypto::TuakParameters tuak_parameters(const saip::AlgoParameter& parameter) {
  unsigned options = parameter.algorithm_options[0];
  return {.mac_size = std::size_t{8} << (options >> 2 & 3),
          .res_size = std::size_t{4} << (options & 3),
          .ck_size = (options & 0x10) != 0 ? 32U : 16U,
          .ik_size = (options & 0x20) != 0 ? 32U : 16U,
          .iterations = parameter.number_of_keccak};
}

/// Milenage has no choice of sizes, and 34.108 suggests 128 bits for the test algorithm.
std::size_t test_res_size(const saip::AlgoParameter& parameter) {
  return (parameter.algorithm_options[0] & 3) == 1 ? 8 : 16;
}

crypto::MilenageConstants milenage_constants(const saip::AlgoParameter& parameter) {
  crypto::MilenageConstants constants{.rotations = parameter.rotation_constants};
  BytesView additions = parameter.xoring_constants;
  for (std::size_t i = 0; i < constants.additions.size(); ++i)
    std::ranges::copy(additions.subspan(16 * i, 16), constants.additions[i].begin());
  return constants;
}

template <class T>
rsp::Result<std::unique_ptr<AkaAlgorithm>> owned(rsp::Result<T> algorithm) {
  if (!algorithm) return refused("algoParameter", algorithm.error().text);
  return std::make_unique<T>(std::move(*algorithm));
}

// --- Octets of the command and the answer ---

/// Takes a length octet and as many octets off the front. Nothing if there are fewer.
std::optional<BytesView> take(BytesView& data) {
  if (data.empty() || data.size() - 1 < data[0]) return std::nullopt;
  BytesView value = data.subspan(1, data[0]);
  data = data.subspan(1 + value.size());
  return value;
}

void append_with_length(Bytes& to, BytesView value) {
  to.push_back(static_cast<std::uint8_t>(value.size()));
  rsp::append(to, value);
}

AuthenticateAnswer error(rsp::card::StatusWord sw) { return {{}, sw, std::nullopt}; }

Rand rand_of(BytesView octets) {
  Rand rand;
  std::ranges::copy(octets, rand.begin());
  return rand;
}

Sqn concealed(Sqn sqn, const crypto::AnonymityKey& ak) {
  for (std::size_t i = 0; i < sqn.size(); ++i) sqn[i] ^= ak[i];
  return sqn;
}

Sqn sqn_of(std::uint64_t number) {
  Sqn sqn;
  for (std::size_t i = 0; i < sqn.size(); ++i)
    sqn[i] = static_cast<std::uint8_t>(number >> 8 * (sqn.size() - 1 - i));
  return sqn;
}

/// All pieces of N octets of all keys, added; what is missing of the last one counts as zeros.
template <std::size_t N>
rsp::Octets<N> folded(std::initializer_list<BytesView> keys) {
  rsp::Octets<N> out{};
  for (BytesView key : keys) {
    for (std::size_t i = 0; i < key.size(); ++i) out[i % N] ^= key[i];
  }
  return out;
}

/// c2 (TS 33.102 6.8.1.2). Not specified: a RES of more than 128 bits, folded like a shorter one.
rsp::Octets<4> sres_of(const AkaKeys& keys) { return folded<4>({keys.res}); }

/// c3 (TS 33.102 6.8.1.2). Not specified: CK or IK of 256 bits, folded like shorter ones.
rsp::Octets<8> kc_of(const AkaKeys& keys) { return folded<8>({keys.ck, keys.ik}); }

Bytes success(const AkaKeys& keys, const AkaServices& services) {
  Bytes out{0xDB};
  append_with_length(out, keys.res);
  append_with_length(out, keys.ck);
  append_with_length(out, keys.ik);
  if (services.gsm_access) append_with_length(out, kc_of(keys));
  return out;
}

}  // namespace

Sqn SqnState::highest() const {
  std::uint64_t highest = 0;
  for (std::size_t ind = 0; ind < seq.size(); ++ind) {
    // No SQN with a SEQ of 0 can have been accepted, so such an entry has no IND either.
    if (seq[ind] != 0) highest = std::max(highest, seq[ind] << kIndBits | ind);
  }
  return sqn_of(highest);
}

/// RAND and AUTN, with SQN laid open.
struct Aka::Challenge {
  Rand rand;
  Sqn sqn;
  Amf amf;
  BytesView mac;

  std::uint64_t seq() const { return rsp::big_endian(sqn) >> kIndBits; }
  std::size_t ind() const { return sqn.back() & (kIndCount - 1); }
};

rsp::Result<std::unique_ptr<AkaAlgorithm>> make_aka_algorithm(
    const saip::AlgoParameter& parameter) {
  switch (parameter.algorithm_id) {
    case saip::Algorithm::kMilenage:
      return owned(
          crypto::Milenage::create(parameter.key, parameter.opc, milenage_constants(parameter)));
    case saip::Algorithm::kTuak:
      return owned(crypto::Tuak::create(parameter.key, parameter.opc, tuak_parameters(parameter)));
    case saip::Algorithm::kUsimTest:
      return owned(crypto::UsimTestAlgorithm::create(parameter.key, test_res_size(parameter)));
  }
  return refused("algorithmID",
                 fmt::format("{} is no algorithm", static_cast<int>(parameter.algorithm_id)));
}

Aka::Aka(std::unique_ptr<AkaAlgorithm> algorithm, std::optional<SqnLimits> limits,
         const SqnState& initial_state)
    : algorithm_(std::move(algorithm)), limits_(limits), initial_state_(initial_state) {}

rsp::Result<Aka> Aka::create(const saip::AkaParameter& parameter) {
  const auto* own = std::get_if<saip::AlgoParameter>(&parameter.algo_configuration);
  if (own == nullptr)
    return refused("mappingParameter", "the parameters are those of another application");
  RSP_TRY(auto algorithm, make_aka_algorithm(*own));
  RSP_TRY(SqnState state, state_of(parameter.sqn_init));
  // The test algorithm ignores the options of sequence numbers (TCA IP 8.4.2).
  if (own->algorithm_id == saip::Algorithm::kUsimTest)
    return Aka(std::move(algorithm), std::nullopt, state);
  RSP_TRY(SqnLimits limits, limits_of(parameter));
  return Aka(std::move(algorithm), limits, state);
}

AuthenticateAnswer Aka::authenticate(std::uint8_t p2, BytesView data, const SqnState& state,
                                     const AkaServices& services) const {
  // b8 asks for the application's own key, b3 to b1 are the context (TS 31.102 7.1.2, table 1).
  switch (p2) {
    case 0x80:
      return services.gsm_security_context ? gsm_context(data) : error(kContextNotSupported);
    case 0x81:
      return umts_context(data, state, services);
    case 0x82:  // VGCS/VBS
    case 0x84:  // GBA
      return error(kContextNotSupported);
    default:
      return error(rsp::card::kIncorrectP1P2);
  }
}

AuthenticateAnswer Aka::gsm_context(BytesView data) const {
  auto rand = take(data);
  if (!rand || !data.empty()) return error(rsp::card::kWrongLength);
  if (rand->size() != Rand{}.size()) return error(rsp::card::kWrongData);
  AkaKeys keys = algorithm_->f2345(rand_of(*rand));
  Bytes answer;
  append_with_length(answer, sres_of(keys));
  append_with_length(answer, kc_of(keys));
  return {std::move(answer), rsp::card::kOk, std::nullopt};
}

AuthenticateAnswer Aka::umts_context(BytesView data, const SqnState& state,
                                     const AkaServices& services) const {
  auto rand = take(data), autn = take(data);
  if (!rand || !autn || !data.empty()) return error(rsp::card::kWrongLength);
  if (rand->size() != Rand{}.size() || autn->size() != 8 + algorithm_->mac_size())
    return error(rsp::card::kWrongData);

  Challenge challenge{.rand = rand_of(*rand), .mac = autn->subspan(8)};
  AkaKeys keys = algorithm_->f2345(challenge.rand);
  std::ranges::copy(autn->first(6), challenge.sqn.begin());
  challenge.sqn = concealed(challenge.sqn, keys.ak);
  std::ranges::copy(autn->subspan(6, 2), challenge.amf.begin());

  // First the MAC, so that nobody else learns anything of SQN_MS (TS 33.102 6.3.3).
  if (!rsp::equal(algorithm_->f1(challenge.rand, challenge.sqn, challenge.amf), challenge.mac))
    return error(kIncorrectMac);
  if (!acceptable(challenge, state))
    return {auts(challenge.rand, state), rsp::card::kOk, std::nullopt};

  SqnState next = state;
  std::uint64_t& seq = next.seq[challenge.ind()];
  seq = std::max(seq, challenge.seq());  // a test USIM accepts lower ones too
  AuthenticateAnswer answer{success(keys, services), rsp::card::kOk, std::nullopt};
  if (next != state) answer.new_state = next;
  return answer;
}

/// TS 33.102 C.2, and TS 34.108 8.1.2 for a test USIM.
bool Aka::acceptable(const Challenge& challenge, const SqnState& state) const {
  if (!limits_) return challenge.amf != crypto::kAmfResynch;
  std::uint64_t seq = challenge.seq(), seq_ms = std::ranges::max(state.seq);
  if (limits_->delta && seq > seq_ms && seq - seq_ms > *limits_->delta) return false;
  if (limits_->age_limit && seq <= seq_ms && seq_ms - seq >= *limits_->age_limit) return false;
  return seq > state.seq[challenge.ind()];
}

/// DC and AUTS = SQN_MS ⊕ AK* || MAC-S, with an AMF of zeros (TS 33.102 6.3.3).
Bytes Aka::auts(const Rand& rand, const SqnState& state) const {
  Sqn sqn_ms = state.highest();
  Bytes out{0xDC};
  append_with_length(out, rsp::concat({concealed(sqn_ms, algorithm_->f5_star(rand)),
                                       algorithm_->f1_star(rand, sqn_ms, Amf{})}));
  return out;
}

}  // namespace sim
