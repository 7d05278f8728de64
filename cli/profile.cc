// profile make, profile show, profile lint.
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/in_file.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/milenage.h"
#include "rsp/saip/check.h"
#include "rsp/saip/lint.h"
#include "rsp/saip/personalise.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"

namespace cli {
namespace {

namespace saip = rsp::saip;

struct MakeOptions {
  saip::ProfileParameters parameters;
  /// What a template gets instead of what it has; what is not given stays.
  saip::ProfileValues values;
  std::string k, opc, op;
  std::optional<std::filesystem::path> profile_template, csv;
  std::filesystem::path out;
};

Outcome describe(const rsp::Bytes& octets) {
  RSP_TRY(auto package, saip::decode_package(octets));
  rsp::Json out;
  out["size"] = octets.size();
  if (const auto* header = saip::header_of(package)) {
    out["version"] = fmt::format("{}.{}", header->major_version, header->minor_version);
    if (header->profile_type) out["profileType"] = *header->profile_type;
    out["iccid"] = saip::iccid_digits(*header);
  }
  if (auto imsi = saip::first_imsi(package)) out["imsi"] = *imsi;
  rsp::Json algorithms = rsp::Json::array();
  for (const auto& aka : saip::aka_summaries(package)) {
    algorithms.push_back({{"application", aka.application}, {"algorithm", aka.algorithm}});
  }
  out["authentication"] = algorithms;
  out["elements"] = saip::element_names(package);
  rsp::Json findings = rsp::Json::array();
  for (const auto& finding : saip::check_order(package, saip::CardFeatures{})) {
    bool aborts = finding.consequence == saip::Consequence::kAborts;
    findings.push_back({{"status", rsp::asn1::name_of(finding.status)},
                        {"consequence", aborts ? "aborts" : "warns"},
                        {"text", finding.text}});
  }
  out["findings"] = findings;
  return out;
}

void print(const rsp::Json& document) {
  for (const char* name : {"file", "profileType", "version", "iccid", "imsi"}) {
    if (document.contains(name))
      fmt::print("{:<12} {}\n", name, document.at(name).get<std::string>());
  }
  fmt::print("{:<12} {} octets\n", "size", document.at("size").get<std::size_t>());
  for (const auto& aka : document.at("authentication")) {
    fmt::print("{:<12} {} ({})\n", "algorithm", aka.at("algorithm").get<std::string>(),
               aka.at("application").get<std::string>());
  }
  std::string elements;
  for (const auto& element : document.at("elements")) elements += " " + element.get<std::string>();
  fmt::print("{:<12}{}\n", "elements", elements);
  for (const auto& finding : document.at("findings")) {
    fmt::print("{:<12} {}: {}\n", finding.at("consequence").get<std::string>(),
               finding.at("status").get<std::string>(), finding.at("text").get<std::string>());
  }
}

rsp::Result<rsp::Bytes> key_from(const std::string& option, const std::string& hex) {
  auto octets = rsp::from_hex(hex);
  if (!octets || (octets->size() != 16 && octets->size() != 32)) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .path = option,
         .text = fmt::format("{} takes 32 hexadecimal digits, or 64 for TUAK", option)});
  }
  return *std::move(octets);
}

/// A key of Milenage.
rsp::Result<rsp::Octets<16>> key_of_16(const std::string& option, rsp::BytesView octets) {
  rsp::Octets<16> key{};
  if (octets.size() != key.size()) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = option,
                         .text = fmt::format("{} takes 32 hexadecimal digits", option)});
  }
  std::ranges::copy(octets, key.begin());
  return key;
}

/// --k, --opc and --op into the values.
rsp::Status set_keys(MakeOptions& options) {
  if (!options.k.empty()) {
    RSP_TRY(options.values.k, key_from("--k", options.k));
  }
  if (!options.opc.empty()) {
    RSP_TRY(options.values.opc, key_from("--opc", options.opc));
  }
  if (options.op.empty()) return {};
  if (!options.values.k)
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--op",
                         .text = "--op takes --k as well, since an OPc is made of both"});
  RSP_TRY(auto k, key_of_16("--k", *options.values.k));
  RSP_TRY(rsp::Bytes given, key_from("--op", options.op));
  RSP_TRY(auto op, key_of_16("--op", given));
  options.values.opc = rsp::to_bytes(rsp::crypto::milenage_opc(k, op));
  return {};
}

/// A template out of the parameters, where no file has one.
rsp::Result<saip::ProfilePackage> made_package(MakeOptions options) {
  saip::ProfileParameters& p = options.parameters;
  const saip::ProfileValues& values = options.values;
  p.iccid_digits = values.iccid.value_or(p.iccid_digits);
  p.imsi = values.imsi.value_or(p.imsi);
  p.msisdn = values.msisdn;
  if (values.k) {
    RSP_TRY(p.k, key_of_16("--k", *values.k));
  }
  if (values.opc) {
    RSP_TRY(p.opc, key_of_16("--opc", *values.opc));
  }
  p.pin1 = values.pin1.value_or(p.pin1);
  p.puk1 = values.puk1.value_or(p.puk1);
  p.pin2 = values.pin2.value_or(p.pin2);
  p.puk2 = values.puk2.value_or(p.puk2);
  p.adm1 = values.adm1.value_or(p.adm1);
  return saip::make_package(p);
}

rsp::Result<saip::ProfilePackage> template_for(const MakeOptions& options) {
  if (!options.profile_template) return made_package(options);
  RSP_TRY(rsp::Bytes octets, read_file(*options.profile_template));
  auto package = saip::decode_package(octets);
  if (!package) return rsp::failure(in_file(std::move(package).error(), *options.profile_template));
  auto personal = saip::personalise(*package, options.values);
  if (!personal)
    return rsp::failure(in_file(std::move(personal).error(), *options.profile_template));
  return personal;
}

Outcome make_one(const MakeOptions& options) {
  RSP_TRY(saip::ProfilePackage package, template_for(options));
  rsp::Bytes octets = saip::encode_package(package);
  RSP_CHECK(write_file(options.out, rsp::text_of(octets)));
  RSP_TRY(rsp::Json document, describe(octets));
  rsp::Json out{{"file", options.out.string()}};
  out.update(document);
  return out;
}

/// A package a line. Nothing is written where one of them cannot be made.
Outcome make_batch(MakeOptions options) {
  RSP_TRY(rsp::Bytes text, read_file(*options.csv));
  auto batch = saip::parse_profile_csv(rsp::text_of(text), rsp::crypto::milenage_opc);
  if (!batch) return rsp::failure(in_file(std::move(batch).error(), *options.csv));
  // A made template has a place for whatever a line may say.
  if (!options.profile_template && batch->has_msisdn() && !options.values.msisdn)
    options.values.msisdn = "0";
  RSP_TRY(saip::ProfilePackage profile_template, template_for(options));
  auto packages = saip::personalise(profile_template, *batch);
  if (!packages) return rsp::failure(in_file(std::move(packages).error(), *options.csv));
  std::error_code error;
  std::filesystem::create_directories(options.out, error);
  if (error)
    return rsp::failure({.layer = rsp::Layer::kStorage,
                         .path = options.out.string(),
                         .text = fmt::format("cannot make the folder: {}", error.message())});
  rsp::Json out{{"profiles", rsp::Json::array()}, {"warnings", batch->warnings}};
  for (std::size_t i = 0; i < packages->size(); ++i) {
    const saip::ProfileRow& row = batch->rows[i];
    std::filesystem::path file = options.out / (*row.values.iccid + ".der");
    RSP_CHECK(write_file(file, rsp::text_of(saip::encode_package((*packages)[i]))));
    rsp::Json entry{{"line", row.line}, {"iccid", *row.values.iccid}, {"file", file.string()}};
    if (row.values.imsi) entry["imsi"] = *row.values.imsi;
    out["profiles"].push_back(std::move(entry));
  }
  return out;
}

Outcome make(MakeOptions options) {
  RSP_CHECK(set_keys(options));
  return options.csv ? make_batch(std::move(options)) : make_one(options);
}

void print_made(const rsp::Json& document) {
  if (!document.contains("profiles")) return print(document);
  for (const auto& warning : document.at("warnings")) say(warning.get<std::string>());
  for (const auto& profile : document.at("profiles")) {
    fmt::print("{:<20} {}\n", profile.at("iccid").get<std::string>(),
               profile.at("file").get<std::string>());
  }
}

Outcome show(const std::filesystem::path& file) {
  RSP_TRY(rsp::Bytes octets, read_file(file));
  auto document = describe(octets);
  if (!document) return rsp::failure(in_file(std::move(document).error(), file));
  rsp::Json out{{"file", file.string()}};
  out.update(*document);
  return out;
}

// --- profile lint ---

struct LintOptions {
  std::vector<std::filesystem::path> files;
  bool strict = false, list_rules = false;
  std::string use = "unknown", owner;
};

rsp::Json describe(const saip::LintRule& rule) {
  return {{"rule", rule.name},
          {"severity", rsp::asn1::name_of(rule.severity)},
          {"meaning", rule.meaning},
          {"remedy", rule.remedy}};
}

rsp::Json describe(const saip::LintFinding& finding) {
  rsp::Json out{{"rule", finding.rule->name},
                {"severity", rsp::asn1::name_of(finding.severity)},
                {"element", finding.element},
                {"name", finding.element_name}};
  if (!finding.file.empty()) out["path"] = finding.file;
  out["text"] = finding.text;
  out["meaning"] = finding.rule->meaning;
  out["remedy"] = finding.rule->remedy;
  return out;
}

rsp::Result<saip::LintContext> context_of(const LintOptions& options) {
  saip::LintContext context;
  if (options.use == "test") context.use = saip::ProfileUse::kTest;
  if (options.use == "operational") context.use = saip::ProfileUse::kOperational;
  if (options.owner.empty()) return context;
  bool digits = std::ranges::all_of(options.owner, [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || (options.owner.size() != 5 && options.owner.size() != 6))
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "--owner",
                         .text = fmt::format("'{}' is no MCC and MNC", options.owner),
                         .hint = "five or six digits, such as 00101"});
  context.owner = options.owner;
  return context;
}

Outcome lint(const LintOptions& options) {
  if (options.list_rules) {
    rsp::Json rules = rsp::Json::array();
    for (const saip::LintRule& rule : saip::lint_rules()) rules.push_back(describe(rule));
    return rsp::Json{{"rules", std::move(rules)}};
  }
  if (options.files.empty())
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = "FILE",
                         .text = "there is no profile package to read"});
  RSP_TRY(saip::LintContext context, context_of(options));
  rsp::Json out{{"files", rsp::Json::array()}};
  std::map<std::string, std::size_t> counts{{"error", 0}, {"warning", 0}, {"note", 0}};
  for (const std::filesystem::path& file : options.files) {
    RSP_TRY(rsp::Bytes octets, read_file(file));
    auto package = saip::decode_package(octets);
    if (!package) return rsp::failure(in_file(std::move(package).error(), file));
    rsp::Json findings = rsp::Json::array();
    for (const saip::LintFinding& finding : saip::lint(*package, context)) {
      ++counts[rsp::asn1::name_of(finding.severity)];
      findings.push_back(describe(finding));
    }
    out["files"].push_back({{"file", file.string()}, {"findings", std::move(findings)}});
  }
  out["counts"] = counts;
  // "failed" as a scenario's; the command itself was carried out.
  if (counts["error"] > 0 || (options.strict && counts["warning"] > 0)) out["result"] = "failed";
  return out;
}

int lint_status(const rsp::Json& document) {
  return document.value("result", "ok") == "ok" ? kDone : kFailed;
}

void print_lint(const rsp::Json& document) {
  if (document.contains("rules")) {
    for (const auto& rule : document.at("rules")) {
      fmt::print("{:<26} {:<8} {}\n", rule.at("rule").get<std::string>(),
                 rule.at("severity").get<std::string>(), rule.at("meaning").get<std::string>());
    }
    return;
  }
  for (const auto& file : document.at("files")) {
    for (const auto& finding : file.at("findings")) {
      std::string place = fmt::format("{} element {} ({})", file.at("file").get<std::string>(),
                                      finding.at("element").get<std::size_t>(),
                                      finding.at("name").get<std::string>());
      if (finding.contains("path")) place += " " + finding.at("path").get<std::string>();
      fmt::print("{}: {} [{}]: {}: {}\n", place, finding.at("severity").get<std::string>(),
                 finding.at("rule").get<std::string>(), finding.at("meaning").get<std::string>(),
                 finding.at("text").get<std::string>());
      fmt::print("    {}\n", finding.at("remedy").get<std::string>());
    }
  }
  const auto& counts = document.at("counts");
  say(fmt::format("{} error(s), {} warning(s), {} note(s)", counts.at("error").get<std::size_t>(),
                  counts.at("warning").get<std::size_t>(), counts.at("note").get<std::size_t>()));
}

}  // namespace

void add_profile(App& app) {
  CLI::App* profile_app = app.parser.add_subcommand("profile", "profile packages");
  profile_app->require_subcommand(1);

  auto made = std::make_shared<MakeOptions>();
  saip::ProfileValues& values = made->values;
  CLI::App* make_app = app.add(*profile_app, "make",
                               "make a small USIM profile for a test network, or profiles of a "
                               "template",
                               {[made] { return make(*made); }, print_made});
  make_app->add_option("--template", made->profile_template,
                       "profile package (DER) to put the values into (default: a made one)");
  make_app->add_option("--csv", made->csv,
                       "file with a profile a line; its first line names the columns: iccid, imsi, "
                       "msisdn, k, opc, op, pin1, puk1, pin2, puk2, adm1");
  make_app->add_option("--iccid", values.iccid,
                       "18 to 20 digits (default: " + made->parameters.iccid_digits + ")");
  make_app->add_option("--imsi", values.imsi,
                       "6 to 15 digits (default: " + made->parameters.imsi + ")");
  make_app->add_option("--k", made->k,
                       "subscriber key, 32 hexadecimal digits (default: test set 1 of TS 35.208)");
  CLI::Option* opc = make_app->add_option(
      "--opc", made->opc, "OPc, 32 hexadecimal digits (default: of the same test set)");
  make_app->add_option("--op", made->op, "OP, from which the OPc is made with K")->excludes(opc);
  make_app->add_option("--msisdn", values.msisdn, "telephone number");
  for (auto [name, value] : {std::pair{"--pin1", &values.pin1},
                             {"--puk1", &values.puk1},
                             {"--pin2", &values.pin2},
                             {"--puk2", &values.puk2},
                             {"--adm1", &values.adm1}})
    make_app->add_option(name, *value, "4 to 8 digits, or 16 hexadecimal ones");
  // What a template has of its own.
  for (CLI::Option* option :
       {make_app
            ->add_option("--name", made->parameters.profile_type,
                         "profile type in the package's header")
            ->capture_default_str(),
        make_app->add_option("--spn", made->parameters.service_provider_name,
                             "service provider name in EF.SPN"),
        make_app
            ->add_option("--mnc-length", made->parameters.mnc_length, "digits of the MNC: 2 or 3")
            ->capture_default_str(),
        make_app
            ->add_option("--filler", made->parameters.filler,
                         "octets of one more file, for a package as large as those of operators")
            ->check(CLI::Range(0, 0xFFFF))})
    option->excludes("--template");
  make_app->add_option("--out", made->out, "file to write; with --csv the folder for the files")
      ->required();

  auto shown = std::make_shared<std::filesystem::path>();
  CLI::App* show_app = app.add(*profile_app, "show",
                               "what a profile package holds, and what an eUICC would object to",
                               {[shown] { return show(*shown); }, print});
  show_app->add_option("FILE", *shown, "profile package in DER")->required();

  auto linted = std::make_shared<LintOptions>();
  CLI::App* lint_app =
      app.add(*profile_app, "lint",
              "what a card would take and a network, a terminal or an operator would not",
              {[linted] { return lint(*linted); }, print_lint, lint_status});
  lint_app->add_option("FILE", linted->files, "profile packages in DER");
  lint_app->add_flag("--strict", linted->strict, "warnings fail as well");
  lint_app->add_option("--use", linted->use, "what the profile is for: test or operational")
      ->check(CLI::IsMember({"test", "operational"}));
  lint_app->add_option("--owner", linted->owner,
                       "MCC and MNC of the profile owner, as the metadata has them");
  lint_app->add_flag("--list-rules", linted->list_rules, "show the rules instead");
}

}  // namespace cli
