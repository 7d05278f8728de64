// What the parts of the linter share; lint.h is for everybody else.
#pragma once

#include <set>

#include "rsp/saip/lint.h"
#include "rsp/saip/package_files.h"

namespace rsp::saip {

/// One run over one package.
struct LintRun {
  LintRun(const ProfilePackage& linted, const LintContext& linted_context);

  /// A finding of a rule, with the rule's severity where no other is given. A name that is no
  /// rule's is a bug: std::logic_error.
  void report(std::string_view rule, std::size_t element, std::string text,
              std::optional<Severity> severity = {});
  void report(std::string_view rule, const PackageFile& file, std::string text,
              std::optional<Severity> severity = {});
  bool has(std::string_view rule, std::size_t element) const;

  /// Whether a service table of an application names a service; false without a table.
  bool has_service(const PackageApplication& application, unsigned service) const;
  /// EF.UST or EF.IST; null where there is none.
  const PackageFile* service_table(const PackageApplication& application) const;
  /// The first profile element of a kind, and its index; null where there is none.
  template <class T>
  const T* first(std::size_t* index = nullptr) const {
    for (std::size_t i = 0; i < package.elements.size(); ++i) {
      const T* body = package.elements[i].as<T>();
      if (body != nullptr && index != nullptr) *index = i;
      if (body != nullptr) return body;
    }
    return nullptr;
  }

  const ProfilePackage& package;
  const LintContext& context;
  const PackageContents contents;
  std::vector<LintFinding> findings;
};

void lint_header(LintRun& run);
void lint_codes(LintRun& run);
void lint_authentication(LintRun& run);
void lint_over_the_air(LintRun& run);
void lint_files(LintRun& run);
void lint_services(LintRun& run);
void lint_subscription(LintRun& run);

}  // namespace rsp::saip
