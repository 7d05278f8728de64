#include "rsp/saip/lint.h"

#include <fmt/format.h>

#include <stdexcept>

#include "rsp/saip/check.h"
#include "rsp/saip/lint_run.h"

namespace rsp::saip {
namespace {

using enum Severity;

constexpr LintRule kRules[] = {
    // --- The package ---
    {"installation", kError, "an eUICC that offers every service refuses or skips the element",
     "mend the structure; TCA IP and the text of the finding say which rule it breaks"},
    {"iccid-differs", kError, "EF.ICCID holds another ICCID than the profile header",
     "give both the same digits; those of EF.ICCID have their nibbles swapped"},
    {"iccid-check-digit", kWarning, "the last digit of the ICCID is not its check digit (Luhn)",
     "order ICCIDs with check digits; some systems refuse others"},
    {"service-not-mandated", kWarning,
     "an element needs a service that the header does not name as mandatory",
     "add it to eUICC-Mandatory-services, so that a card without it refuses at once"},
    {"mandatory-service-unused", kWarning, "the header names a mandatory service that nothing uses",
     "take it out, or cards without it refuse the profile for nothing"},
    {"template-not-mandated", kNote, "an element follows a template that the header does not name",
     "add it to eUICC-Mandatory-GFSTEList"},
    {"mandatory-template-unused", kNote, "the header names a template that no element follows",
     "take it out of eUICC-Mandatory-GFSTEList"},
    // --- PIN and PUK ---
    {"puk-missing", kError, "a PIN is unblocked by a PUK that no pukCodes has",
     "add the PUK, or leave unblockingPINReference out"},
    {"pin-without-puk", kWarning, "a PIN of the user has no PUK, so that a blocked one stays so",
     "add a PUK and refer to it"},
    {"puk-unused", kNote, "no PIN is unblocked by the PUK", "take it out, or refer to it"},
    {"code-format", kError, "a PIN or PUK is not what a user can type in",
     "4 to 8 digits in ASCII with FF behind them; 8 digits for a PUK"},
    {"code-blocked", kWarning, "a PIN or PUK has no attempt left when the profile is new",
     "give both nibbles of maxNumOfAttemps-retryNumLeft the same number"},
    {"pin-missing", kWarning, "a directory's PIN status or an access rule names a PIN that is not",
     "add the PIN to pinCodes, or name another one"},
    // --- Authentication ---
    {"aka-missing", kError, "a USIM or ISIM has no akaParameter, so that no network admits it",
     "add an akaParameter behind the application, or one that maps to another's"},
    {"aka-key-missing", kError, "an akaParameter has no K, or no OPc or TOPc",
     "put in what the home network has of the subscriber"},
    {"aka-key-zero", kError, "K has the same octet throughout, as a template has it",
     "put in the subscriber's K"},
    {"aka-opc-zero", kWarning, "OPc or TOPc has the same octet throughout",
     "put in the subscriber's OPc"},
    {"aka-key-published", kNote, "K is one that a specification publishes",
     "use it in a laboratory only"},
    {"milenage-constants", kError, "two of Milenage's pairs of c and r are the same",
     "choose pairs that all differ (3GPP TS 35.206, 5.3)"},
    {"test-algorithm", kError, "the USIM test algorithm has no secrets to keep",
     "use Milenage or TUAK in operational profiles; eUICCs refuse it there"},
    // --- Over the air ---
    {"security-domain-missing", kWarning,
     "there is no securityDomain, which is the operator's (MNO-SD)",
     "add one, or nobody can manage the profile over the air"},
    {"ota-keys-missing", kWarning, "the operator's security domain has no keys",
     "add SCP80 keys, or nobody can manage the profile over the air"},
    {"ota-key-zero", kWarning, "a key of a security domain has the same octet throughout",
     "put in a key of the profile's own"},
    {"rfm-application-missing", kWarning,
     "remote file management is for an application that is not there",
     "name the AID of a USIM, ISIM or CSIM of the package"},
    {"tar-twice", kWarning, "two elements have the same TAR, so that one is never reached",
     "give each its own"},
    // --- Files ---
    {"fill-beyond-end", kError, "a file is filled beyond its end",
     "make the file larger, or the content shorter"},
    {"content-missing", kWarning, "a file is empty that its template leaves to the package",
     "fill it, or leave it out"},
    {"access-rule-missing", kError,
     "a file refers to a record of EF.ARR that is not there or is empty, so that nobody can use it",
     "add the rule, or refer to another record"},
    {"dir-entry-missing", kError, "EF.DIR does not name an application, so no terminal finds it",
     "add a record with its AID"},
    {"dir-entry-unknown", kNote, "EF.DIR names an AID that no element of a file system creates",
     "take the record out, unless an applet has this AID"},
    // --- Services ---
    {"service-without-file", kWarning, "the service table names a service whose file is missing",
     "add the file, or clear the service's bit"},
    {"file-without-service", kWarning, "a file is there whose service the table does not name",
     "set the service's bit; terminals do not read the file otherwise"},
    {"service-33", kNote, "service 33 of EF.UST shall be set", "set it (3GPP TS 31.102, 4.2.8)"},
    {"enabled-service", kWarning, "EF.EST enables a service that EF.UST does not name",
     "set the service's bit in EF.UST, or clear it in EF.EST"},
    {"suci-keys-missing", kWarning,
     "the service table promises a concealed identity, and the file with its keys is empty",
     "fill EF.SUCI_Calc_Info, or clear service 124"},
    // --- The subscription ---
    {"imsi-unreadable", kError, "EF.IMSI holds no IMSI",
     "length, parity and digits as TS 31.102 4.2.2 has them"},
    {"imsi-identities-differ", kWarning, "an ISIM's identity is made of another IMSI",
     "make EF.IMPI and EF.IMPU of the USIM's IMSI"},
    {"mnc-length", kError, "EF.AD does not say that the MNC has 2 or 3 digits",
     "put 02 or 03 into its fourth octet"},
    {"mnc-length-unusual", kWarning, "the country of the IMSI's MCC has MNCs of another length",
     "check the fourth octet of EF.AD"},
    {"home-network-differs", kWarning,
     "a list of home networks has entries, and the IMSI's network is none of them",
     "put the IMSI's MCC and MNC in"},
    {"owner-differs", kError, "the profile owner in the metadata is not the network of the IMSI",
     "give the metadata the MCC and MNC of the IMSI"},
    {"access-class", kWarning, "EF.ACC does not name exactly one of the classes 0 to 9",
     "set the class of the IMSI's last digit (3GPP TS 22.011, 4.2)"},
    {"spn-encoding", kWarning, "EF.SPN cannot be shown",
     "a display condition, then GSM 7-bit or UCS2 text with FF behind it"},
    {"msisdn-encoding", kWarning, "a record of EF.MSISDN is no number",
     "length, TON/NPI and digits as TS 31.102 4.2.26 has them"},
    {"sms-parameters", kWarning, "EF.SMSP has no service centre, so that no SMS can be sent",
     "fill in the TS-Service Centre Address, or have the user do it"},
};

void lint_installation(LintRun& run) {
  CardFeatures everything;
  for (const auto& [service, name] : enum_names(Service{})) everything.services.add(service);
  for (const PeStatus& status : check_order(run.package, everything)) {
    using enum PeStatusCode;
    // What one card has and another has not is no fault of the package.
    if (status.status == kLibNotSupported || status.status == kPeNotSupported) continue;
    // The rule of its own says it better.
    if (status.status == kBadValues && run.has("puk-missing", status.element)) continue;
    if (status.status == kBadValues && run.has("aka-key-missing", status.element)) continue;
    bool aborts = status.consequence == Consequence::kAborts;
    run.report("installation", status.element,
               fmt::format("{}: {}", asn1::name_of(status.status), status.text),
               aborts ? kError : kWarning);
  }
}

}  // namespace

std::span<const LintRule> lint_rules() { return kRules; }

LintRun::LintRun(const ProfilePackage& linted, const LintContext& linted_context)
    : package(linted), context(linted_context), contents(contents_of(linted)) {}

void LintRun::report(std::string_view rule, std::size_t element, std::string text,
                     std::optional<Severity> severity) {
  auto found = std::ranges::find(kRules, rule, &LintRule::name);
  if (found == std::end(kRules)) throw std::logic_error(fmt::format("no lint rule '{}'", rule));
  LintFinding finding{.rule = &*found, .severity = severity.value_or(found->severity)};
  finding.element = element;
  if (element < package.elements.size()) finding.element_name = package.elements[element].name();
  finding.text = std::move(text);
  findings.push_back(std::move(finding));
}

void LintRun::report(std::string_view rule, const PackageFile& file, std::string text,
                     std::optional<Severity> severity) {
  report(rule, file.element, std::move(text), severity);
  findings.back().file = file.path_text();
  if (!file.member.empty()) findings.back().file += fmt::format(" ({})", file.member);
}

bool LintRun::has(std::string_view rule, std::size_t element) const {
  return std::ranges::any_of(findings, [&](const LintFinding& finding) {
    return finding.element == element && finding.rule->name == rule;
  });
}

const PackageFile* LintRun::service_table(const PackageApplication& application) const {
  if (application.kind == "usim") return contents.in(application, {0x6F38});
  if (application.kind == "isim") return contents.in(application, {0x6F07});
  return nullptr;
}

bool LintRun::has_service(const PackageApplication& application, unsigned service) const {
  const PackageFile* table = service_table(application);
  std::size_t octet = (service - 1) / 8;
  if (table == nullptr || octet >= table->content.size()) return false;
  return (table->content[octet] >> (service - 1) % 8 & 1) != 0;
}

std::vector<LintFinding> lint(const ProfilePackage& package, const LintContext& context) {
  LintRun run(package, context);
  lint_header(run);
  lint_codes(run);
  lint_authentication(run);
  lint_over_the_air(run);
  lint_files(run);
  lint_services(run);
  lint_subscription(run);
  lint_installation(run);
  std::ranges::stable_sort(run.findings, {}, &LintFinding::element);
  return std::move(run.findings);
}

}  // namespace rsp::saip
