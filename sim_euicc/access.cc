#include "sim_euicc/access.h"

#include "rsp/asn1/reader.h"

namespace sim {
namespace {

using rsp::asn1::context;
using rsp::asn1::Element;
using rsp::asn1::Reader;
using rsp::asn1::universal;

constexpr rsp::asn1::Tag kAccessModeByte = context(0);      // 80
constexpr rsp::asn1::Tag kInstructionCode = context(4);     // 84, also as content of A4 no more
constexpr rsp::asn1::Tag kAlways = context(16);             // 90
constexpr rsp::asn1::Tag kNever = context(23);              // 97
constexpr rsp::asn1::Tag kUserAuthentication = context(4);  // A4
constexpr rsp::asn1::Tag kOr = context(0);                  // A0
constexpr rsp::asn1::Tag kNot = context(7);                 // A7
constexpr rsp::asn1::Tag kAnd = context(15);                // AF
/// Conditions in conditions; no card in the field has more than two levels.
constexpr int kDeepest = 4;

/// A CRT with the key reference (83), and a usage qualifier that says "user authentication".
bool key_presented(const Element& crt, const KeyCheck& verified) {
  Reader reader(crt.content);
  while (auto item = reader.next()) {
    if (item->tag == context(3) && item->content.size() == 1) return verified(item->content[0]);
  }
  return false;
}

bool condition_met(const Element& condition, const KeyCheck& verified, int depth);

enum class Combination { kAny, kAll };
bool combined(const Element& list, Combination combination, const KeyCheck& verified, int depth) {
  if (depth == kDeepest) return false;
  bool any = false, all = true, some = false;
  Reader reader(list.content);
  while (auto item = reader.next()) {
    bool met = condition_met(*item, verified, depth + 1);
    any = any || met, all = all && met, some = true;
  }
  return some && (combination == Combination::kAny ? any : all);
}

bool condition_met(const Element& condition, const KeyCheck& verified, int depth) {
  if (condition.tag == kAlways) return true;
  if (condition.tag == kNever || !condition.constructed) return false;
  if (condition.tag == kUserAuthentication) return key_presented(condition, verified);
  if (condition.tag == kOr) return combined(condition, Combination::kAny, verified, depth);
  if (condition.tag == kAnd) return combined(condition, Combination::kAll, verified, depth);
  if (condition.tag == kNot) return !combined(condition, Combination::kAny, verified, depth);
  return false;
}

/// Access mode and security condition come in turn; `names` says whether a mode is the one wanted.
template <class Names>
bool allowed(rsp::BytesView record, const KeyCheck& verified, Names names) {
  Reader reader(record);
  while (auto mode = reader.next()) {
    // The unused end of a record is FF, which reads as the beginning of a tag and ends the list.
    auto condition = reader.next();
    if (!condition) return false;
    if (names(*mode)) return condition_met(*condition, verified, 0);
  }
  return false;
}

}  // namespace

bool access_allowed(rsp::BytesView record, AccessMode mode, const KeyCheck& verified) {
  return allowed(record, verified, [&](const Element& rule) {
    return rule.tag == kAccessModeByte && rule.content.size() == 1 &&
           (rule.content[0] & static_cast<std::uint8_t>(mode)) != 0;
  });
}

bool access_allowed_by_instruction(rsp::BytesView record, std::uint8_t ins,
                                   const KeyCheck& verified) {
  return allowed(record, verified, [&](const Element& rule) {
    return !rule.constructed && rule.tag == kInstructionCode && rule.content.size() == 1 &&
           rule.content[0] == ins;
  });
}

}  // namespace sim
