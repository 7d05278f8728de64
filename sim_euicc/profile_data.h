// What has changed in a profile since it was installed: written files, PINs, sequence numbers. An
// overlay over its image (profile_image.h), so that what was never written costs nothing.
#pragma once

#include <map>
#include <string>

#include "rsp/asn1/types.h"

namespace sim {

/// A file that was written, or whose life cycle has changed.
struct FileData {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "file";
  std::optional<rsp::Bytes> content;
  std::optional<std::uint8_t> lcsi;
  /// Octets that a BER-TLV file holds beyond those it was installed with.
  std::optional<std::uint32_t> grown;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "content", m.content);
    f(rsp::asn1::context(1), "lifeCycleStatus", m.lcsi);
    f(rsp::asn1::context(2), "grown", m.grown);
  }
};

/// A PIN or ADM key that is not as it was installed.
struct PinData {
  std::uint32_t pin_set = 0;  // index into ProfileImage::pin_sets()
  std::uint8_t reference = 0;
  rsp::Octets<8> value{};
  std::uint8_t attempts_left = 0;
  bool enabled = false;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "pinSet", m.pin_set);
    f(rsp::asn1::context(1), "reference", m.reference);
    f(rsp::asn1::context(2), "value", m.value);
    f(rsp::asn1::context(3), "attemptsLeft", m.attempts_left);
    f(rsp::asn1::context(4), "enabled", m.enabled);
  }
};

/// An unblocking PIN with which somebody has failed.
struct PukData {
  std::uint8_t reference = 0;
  std::uint8_t attempts_left = 0;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "reference", m.reference);
    f(rsp::asn1::context(1), "attemptsLeft", m.attempts_left);
  }
};

/// All codes of a profile that are not as installed.
struct CodesData {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "codes";
  std::vector<PinData> pins;
  std::vector<PukData> puks;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "pins", m.pins, rsp::asn1::Each{rsp::asn1::kSequence});
    f(rsp::asn1::context(1), "puks", m.puks, rsp::asn1::Each{rsp::asn1::kSequence});
  }
};

/// The sequence numbers of one application after its first successful authentication (3GPP TS
/// 33.102 Annex C): one for each index.
struct SqnData {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "sequenceNumbers";
  std::vector<rsp::Octets<6>> sqn;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "sqn", m.sqn, rsp::asn1::Each{rsp::asn1::kOctetString});
  }
};

/// The last counter that a key version of the operator's security domain has accepted (ETSI TS 102
/// 225 5.1.4).
struct OtaCounter {
  std::uint8_t key_version = 0;
  std::uint64_t counter = 0;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "keyVersion", m.key_version);
    f(rsp::asn1::context(1), "counter", m.counter);
  }
};
struct OtaCounters {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "otaCounters";
  std::vector<OtaCounter> counters;
  static void fields(auto&& f, auto& m) {
    f(rsp::asn1::context(0), "counters", m.counters, rsp::asn1::Each{rsp::asn1::kSequence});
  }
};

struct ProfileData {
  std::map<std::string, FileData> files;  // by ProfileImage::path
  CodesData codes;
  std::map<std::string, SqnData> sequence_numbers;  // by the path of the application's ADF
  OtaCounters ota;
};

}  // namespace sim
