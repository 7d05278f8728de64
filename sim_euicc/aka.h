// AUTHENTICATE of a USIM or an ISIM (3GPP TS 31.102 7.1, TS 31.103 7.1) over the parameters of a
// PE-AKAParameter, with the sequence numbers of TS 33.102 Annex C.
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "rsp/base/result.h"
#include "rsp/card/apdu.h"
#include "rsp/crypto/aka_algorithm.h"
#include "rsp/saip/codes.h"

namespace sim {

inline constexpr rsp::card::StatusWord kIncorrectMac{0x9862}, kContextNotSupported{0x9864};

/// The profile of TS 33.102 C.3 that profile packages imply: 32 values of IND.
inline constexpr std::size_t kIndBits = 5;
inline constexpr std::size_t kIndCount = std::size_t{1} << kIndBits;
inline constexpr std::uint64_t kMaxSeq = (std::uint64_t{1} << (48 - kIndBits)) - 1;

/// SEQ_MS(0) to SEQ_MS(31): the SEQ accepted last for each IND (TS 33.102 C.2.2). This is all that
/// AUTHENTICATE changes.
struct SqnState {
  std::array<std::uint64_t, kIndCount> seq{};

  /// SQN_MS, the highest one accepted, with its IND.
  rsp::crypto::Sqn highest() const;
  friend bool operator==(const SqnState&, const SqnState&) = default;
};

/// What a USIM checks beyond freshness, in steps of SEQ.
struct SqnLimits {
  std::optional<std::uint64_t> delta;      // the largest jump ahead (TS 33.102 C.2.1)
  std::optional<std::uint64_t> age_limit;  // L (C.2.2)
};

/// Which services of the application (EF.UST) bear on AUTHENTICATE. An ISIM has neither.
struct AkaServices {
  bool gsm_access = true;            // no. 27: Kc in the answer of the 3G context
  bool gsm_security_context = true;  // no. 38
};

struct AuthenticateAnswer {
  rsp::Bytes data;
  rsp::card::StatusWord sw;
  /// The state to commit before the answer goes out; none where it stays as it was.
  std::optional<SqnState> new_state;
};

/// An application's K and algorithm. Belongs to one thread at a time, as its algorithm does.
class Aka {
 public:
  /// Error: Layer::kInput for parameters that cannot work: sizes that the algorithm does not take,
  /// sequence numbers above 43 bits, an algorithm that is none, and a mapping to another
  /// application, which only the caller can follow. authCounterMax is not counted.
  static rsp::Result<Aka> create(const rsp::saip::AkaParameter& parameter);

  /// sqnInit: the state of a profile that has just been installed.
  const SqnState& initial_state() const { return initial_state_; }

  /// AUTHENTICATE with INS 88 and P1 00, its access conditions fulfilled. Takes any data; changes
  /// nothing itself.
  AuthenticateAnswer authenticate(std::uint8_t p2, rsp::BytesView data, const SqnState& state,
                                  const AkaServices& services) const;

 private:
  struct Challenge;
  Aka(std::unique_ptr<rsp::crypto::AkaAlgorithm> algorithm, std::optional<SqnLimits> limits,
      const SqnState& initial_state);
  AuthenticateAnswer gsm_context(rsp::BytesView data) const;
  AuthenticateAnswer umts_context(rsp::BytesView data, const SqnState& state,
                                  const AkaServices& services) const;
  bool acceptable(const Challenge& challenge, const SqnState& state) const;
  rsp::Bytes auts(const rsp::crypto::Rand& rand, const SqnState& state) const;

  std::unique_ptr<rsp::crypto::AkaAlgorithm> algorithm_;
  std::optional<SqnLimits> limits_;  // none: a test USIM, which checks no SQN
  SqnState initial_state_;
};

/// The algorithm of a PE-AKAParameter with its key, also for one that another application's
/// mappingParameter points to. Error: Layer::kInput.
rsp::Result<std::unique_ptr<rsp::crypto::AkaAlgorithm>> make_aka_algorithm(
    const rsp::saip::AlgoParameter& parameter);

}  // namespace sim
