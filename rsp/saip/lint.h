// What a card takes without a word and a network, a terminal or an operator stumbles over: parts of
// a profile package that contradict each other, or that are missing where another part needs them.
#pragma once

#include "rsp/saip/package.h"

namespace rsp::saip {

enum class Severity : std::uint8_t {
  kError = 0,    // the profile does not work, or not for everybody who uses it
  kWarning = 1,  // something that it claims to have does not work
  kNote = 2      // worth a look
};
constexpr auto enum_names(Severity) {
  return asn1::named<Severity>(
      {{Severity::kError, "error"}, {Severity::kWarning, "warning"}, {Severity::kNote, "note"}});
}

struct LintRule {
  std::string_view name;  // "iccid-differs"
  Severity severity;      // the gravest that it has
  std::string_view meaning, remedy;
};
/// Every rule that there is, in the order of the documentation.
std::span<const LintRule> lint_rules();

struct LintFinding {
  const LintRule* rule = nullptr;
  Severity severity = Severity::kWarning;
  std::size_t element = 0;   // index in the package
  std::string element_name;  // "usim"
  std::string file;          // "3F00/7FD0/6F07 (ef-imsi)"; empty: the element itself
  std::string text;          // what is so in this package
};

enum class ProfileUse : std::uint8_t { kUnknown, kTest, kOperational };

/// What a package does not say itself.
struct LintContext {
  ProfileUse use = ProfileUse::kUnknown;
  /// Of the profile owner in the metadata: MCC and MNC, 5 or 6 digits.
  std::optional<std::string> owner;
};

/// All findings, in the order of the package.
std::vector<LintFinding> lint(const ProfilePackage& package, const LintContext& context = {});

}  // namespace rsp::saip
