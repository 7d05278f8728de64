// Values of more than one kind of file.
#pragma once

#include "hil/declare/declare.h"
#include "rsp/messages/common.h"

namespace hil {

enum class CurveName { kNist, kBrainpool };
constexpr auto enum_names(CurveName) {
  return rsp::asn1::named<CurveName>(
      {{CurveName::kNist, "nist"}, {CurveName::kBrainpool, "brainpool"}});
}
enum class PolicyRule { kUpdateControl = 0, kPpr1 = 1, kPpr2 = 2 };
constexpr auto enum_names(PolicyRule) {
  return rsp::asn1::named<PolicyRule>({{PolicyRule::kUpdateControl, "updateControl"},
                                       {PolicyRule::kPpr1, "ppr1"},
                                       {PolicyRule::kPpr2, "ppr2"}});
}

/// "2.2.2".
template <>
struct Scalar<rsp::VersionType> {
  static std::string read(const Json& json, rsp::VersionType& value);
  static Json schema() { return {{"type", "string"}, {"pattern", "^[0-9]+\\.[0-9]+\\.[0-9]+$"}}; }
};

/// Whether a text is so many decimal digits.
bool is_digits(std::string_view text, std::size_t least, std::size_t most);

}  // namespace hil
