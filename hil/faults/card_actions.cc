// What faults do to a card: APDUs, delays, power, and its memory.
#include <fmt/format.h>

#include "hil/faults/hooks.h"
#include "rsp/asn1/edit.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::Status;

enum class Moment { kBefore, kAfter };
constexpr auto enum_names(Moment) {
  return rsp::asn1::named<Moment>({{Moment::kBefore, "before"}, {Moment::kAfter, "after"}});
}

struct AnswerStatus {
  static constexpr std::string_view kDoc = "Answers with a status word.";
  rsp::card::StatusWord sw;
  Bytes data;
  bool processed = false;
  static void fields(auto&& f, auto& m) {
    f("sw", m.sw, "such as 6F00");
    f("data", m.data, "octets before it", kOptional);
    f("processed", m.processed, "whether the card has carried the command out all the same",
      kOptional);
  }
  Status apply(ApduExchange& apdu, FaultContext&) const {
    if (apdu.response) return rsp::failure({.text = "another fault has had it answered already"});
    if (processed) apdu.answer();
    apdu.response = rsp::card::ResponseApdu{data, sw}.encode();
    return {};
  }
};
struct Delay {
  static constexpr std::string_view kDoc =
      "The card takes longer: on the run's clock, or in real time behind a front end.";
  std::chrono::milliseconds by{};
  static void fields(auto&& f, auto& m) { f("by", m.by, "such as 5s"); }
  Status apply(ApduExchange& apdu, FaultContext&) const {
    apdu.delay += by;
    return {};
  }
};
struct CutPower {
  static constexpr std::string_view kDoc =
      "The card loses its power before it has carried out the command, or before its answer is "
      "out.";
  Moment moment = Moment::kBefore;
  static void fields(auto&& f, auto& m) {
    f("moment", m.moment, "before (the default) or after", kOptional);
  }
  Status apply(ApduExchange& apdu, FaultContext&) const {
    if (moment == Moment::kAfter) apdu.answer();
    apdu.power_lost = true;
    return {};
  }
};
struct CutResponse {
  static constexpr std::string_view kDoc = "Only the first octets of the answer arrive.";
  std::uint32_t octets = 0;
  static void fields(auto&& f, auto& m) {
    f("octets", m.octets, "how many, from 1", Range{1, 65'536});
  }
  Status apply(ApduExchange& apdu, FaultContext&) const {
    Bytes& response = apdu.answer();
    if (octets >= response.size())
      return rsp::failure({.text = fmt::format("the answer has only {} octets", response.size())});
    response.resize(octets);
    return {};
  }
};
struct FlipResponse {
  static constexpr std::string_view kDoc = "Turns one bit of the answer.";
  std::uint32_t bit = 0;
  static void fields(auto&& f, auto& m) {
    f("bit", m.bit, "from the highest of the first octet; counts around at the end");
  }
  Status apply(ApduExchange& apdu, FaultContext&) const {
    rsp::asn1::flip_bit(apdu.answer(), bit);
    return {};
  }
};
Status undecided(const StorageCommit& commit) {
  if (commit.fate == StorageCommit::Fate::kDone) return {};
  return rsp::failure({.text = "another fault has decided about this write already"});
}

struct CutPowerAtWrite {
  static constexpr std::string_view kDoc =
      "The card loses its power just before a write is done, or just after.";
  Moment moment = Moment::kBefore;
  static void fields(auto&& f, auto& m) {
    f("moment", m.moment, "before (the default) or after", kOptional);
  }
  Status apply(StorageCommit& commit, FaultContext&) const {
    RSP_CHECK(undecided(commit));
    commit.fate = moment == Moment::kBefore ? StorageCommit::Fate::kPowerLostBefore
                                            : StorageCommit::Fate::kPowerLostAfter;
    return {};
  }
};
struct FailWrite {
  static constexpr std::string_view kDoc = "The write fails, as where memory cells are worn out.";
  static void fields(auto&&, auto&) {}
  Status apply(StorageCommit& commit, FaultContext&) const {
    RSP_CHECK(undecided(commit));
    commit.fate = StorageCommit::Fate::kFailed;
    return {};
  }
};

}  // namespace

bool WhichApdu::matches(const ApduExchange& apdu) const {
  if (ins && *ins != apdu.command.ins) return false;
  if (number && *number != apdu.number) return false;
  if (tag && (apdu.command.ins != rsp::card::kStoreDataIns || *tag != apdu.tag)) return false;
  bool last =
      apdu.command.ins != rsp::card::kStoreDataIns || apdu.command.p1 == rsp::card::kP1LastBlock;
  return !last_block || last;
}

std::string WhichApdu::text() const {
  std::string out;
  if (ins) out += fmt::format("ins {:02X} ", *ins);
  if (tag) out += "tag " + rsp::to_hex(*tag) + " ";
  if (number) out += fmt::format("number {} ", *number);
  if (last_block) out += "last block ";
  if (out.empty()) return "any";
  out.pop_back();
  return out;
}

std::string WhichCommit::problem() const {
  static const std::vector<std::string> kinds{"profile", "package", "notification", "settings",
                                              "otpk",    "load",    "crl",          "file",
                                              "codes",   "sqn"};
  if (!record || record->contains("${") || std::ranges::find(kinds, *record) != kinds.end())
    return "";
  return "the card keeps no '" + *record + "': " + suggestion(*record, kinds);
}

bool WhichCommit::matches(const StorageCommit& commit) const {
  if (number && *number != commit.number) return false;
  return !record || std::ranges::any_of(commit.records, [&](const std::string& written) {
    return written.substr(0, written.find('/')) == *record;
  });
}

std::string WhichCommit::text() const {
  std::string out;
  if (number) out += fmt::format("write {} ", *number);
  if (record) out += "record " + *record + " ";
  if (out.empty()) return "any";
  out.pop_back();
  return out;
}

std::span<const Action<ApduHook>> ApduHook::actions() {
  using Hook = ApduHook;
  static constexpr std::array rows{
      action<Hook, AnswerStatus>("answer"), action<Hook, Delay>("delay"),
      action<Hook, CutPower>("powerCut"),   action<Hook, CutResponse>("truncate"),
      action<Hook, FlipResponse>("flip"),   action<Hook, AdvanceClock<Hook>>("clock"),
  };
  return rows;
}

std::span<const Action<StorageHook>> StorageHook::actions() {
  using Hook = StorageHook;
  static constexpr std::array rows{
      action<Hook, CutPowerAtWrite>("powerCut"),
      action<Hook, FailWrite>("fail"),
  };
  return rows;
}

}  // namespace hil
