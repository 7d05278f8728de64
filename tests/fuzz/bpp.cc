// Any content of a Bound Profile Package, protected as a good SM-DP+ does, so that what lies behind
// SCP03t is reached. Input: an octet of flags, an octet with the size of pieces, then the
// plaintexts: an element for ConfigureISDP, one for StoreMetadata, and the rest is the profile
// package.
//
// Flags: 01 with ReplaceSessionKeys; 02 its plaintext is the first element; 04 a bit of a
// segment is turned; 08 a segment is missing; 10 commands come between the segments; 20 the power
// goes before the last segment.
//
// Promises: those of fuzz::Card; a load ends with a result or is still going on; and a profile is
// there if and only if the result says so.
#include "rsp/asn1/decoder.h"
#include "rsp/asn1/edit.h"
#include "rsp/base/hex.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/support/card.h"
#include "tests/fuzz/support/custom_mutator.h"

using fuzz::require;
using rsp::Bytes;
using rsp::operator""_hex;

namespace {

enum Flag : std::uint8_t {
  kReplaceKeys = 0x01,
  kKeysGiven = 0x02,
  kTurnBit = 0x04,
  kLeaveOut = 0x08,
  kBetween = 0x10,
  kPowerLoss = 0x20
};

/// The first element of what is left; all of that where it is none.
Bytes element_of(fuzz::Input& input) {
  auto element = rsp::asn1::Reader(input.rest()).peek();
  return rsp::to_bytes(input.take(element ? element->whole.size() : input.rest().size()));
}

fuzz::BppPlan plan_of(fuzz::Input& input, std::uint8_t flags) {
  bool replace = (flags & kReplaceKeys) != 0;
  auto plan = fuzz::plan_for(3, replace ? fuzz::KeyMode::kRandomKeys : fuzz::KeyMode::kSessionKeys);
  plan.piece = 1 + input.octet() * 4;
  plan.piece = std::min(plan.piece, rsp::crypto::kMaxEncryptedPlaintext);
  if (replace && (flags & kKeysGiven) != 0) plan.replace_keys = element_of(input);
  plan.configure = element_of(input);
  plan.metadata = element_of(input);
  plan.package = rsp::to_bytes(input.rest());
  // One piece a segment, and ConfigureISDP is never in several.
  plan.configure.resize(std::min(plan.configure.size(), rsp::crypto::kMaxEncryptedPlaintext));
  if (plan.replace_keys)
    plan.replace_keys->resize(
        std::min(plan.replace_keys->size(), rsp::crypto::kMaxEncryptedPlaintext));
  return plan;
}

/// The one-time key of the card that is prepared: it is always the same.
const Bytes& euicc_otpk(const fuzz::Card& card) {
  static const Bytes otpk = rsp::to_bytes(
      std::get<sim::DownloadPrepared>(card.euicc().session()).otsk.public_key().point());
  return otpk;
}

void spoil(std::vector<Bytes>& segments, std::uint8_t flags, std::size_t which) {
  Bytes& one = segments[which % segments.size()];
  if ((flags & kTurnBit) != 0) rsp::asn1::flip_bit(one, which * 7);
  if ((flags & kLeaveOut) != 0)
    segments.erase(segments.begin() + static_cast<std::ptrdiff_t>(which % segments.size()));
}

void check_result(const Bytes& answer, bool installed) {
  auto result = rsp::asn1::decode<rsp::ProfileInstallationResult>(answer);
  require(result.has_value(), "a load ends with a result");
  bool success = std::holds_alternative<rsp::SuccessResult>(result->data.value.final_result);
  require(success == installed, "a profile is there if and only if the result says so");
}

}  // namespace

ESIMBENCH_TLVS_BEHIND(2)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  fuzz::Input input(data, size);
  std::uint8_t flags = input.octet();
  auto plan = plan_of(input, flags);
  fuzz::Card& card = fuzz::card_in(fuzz::Start::kPrepared, 0);
  std::size_t before = card.euicc().memory().profiles.size();
  auto segments = fuzz::Server::segments(plan, euicc_otpk(card), card.euicc().eid());
  spoil(segments, flags, size);

  for (std::size_t i = 0; i < segments.size(); ++i) {
    if ((flags & kPowerLoss) != 0 && i + 1 == segments.size()) {
      card.power_cycle();
      card.select_isd_r();
    }
    if ((flags & kBetween) != 0) static_cast<void>(card.store_data("BF2E00"_hex));
    auto answer = card.store_data(segments[i]);
    if (!answer.sw.success()) break;
    if (answer.data.empty()) continue;
    check_result(answer.data, card.euicc().memory().profiles.size() > before);
    break;
  }
  card.check_storage();
  return 0;
}
