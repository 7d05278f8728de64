// profile make, profile show.
#include <fmt/format.h>

#include "cli/command.h"
#include "rsp/base/hex.h"
#include "rsp/saip/check.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"

namespace cli {
namespace {

namespace saip = rsp::saip;

struct MakeOptions {
  saip::ProfileParameters parameters;
  std::string k, opc;
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

rsp::Result<rsp::Octets<16>> key_from(const std::string& option, const std::string& hex) {
  auto octets = rsp::from_hex(hex);
  if (!octets || octets->size() != 16) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = option,
                         .text = fmt::format("{} takes 32 hexadecimal digits", option)});
  }
  rsp::Octets<16> key;
  std::ranges::copy(*octets, key.begin());
  return key;
}

Outcome make(MakeOptions options) {
  if (!options.k.empty()) {
    RSP_TRY(options.parameters.k, key_from("--k", options.k));
  }
  if (!options.opc.empty()) {
    RSP_TRY(options.parameters.opc, key_from("--opc", options.opc));
  }
  RSP_TRY(rsp::Bytes octets, saip::make_profile(options.parameters));
  RSP_CHECK(write_file(options.out, rsp::text_of(octets)));
  RSP_TRY(rsp::Json document, describe(octets));
  rsp::Json out{{"file", options.out.string()}};
  out.update(document);
  return out;
}

Outcome show(const std::filesystem::path& file) {
  RSP_TRY(rsp::Bytes octets, read_file(file));
  auto document = describe(octets);
  if (!document) {
    rsp::Error error = std::move(document).error();
    error.step = file.string() + ", " + error.step;
    return rsp::failure(std::move(error));
  }
  rsp::Json out{{"file", file.string()}};
  out.update(*document);
  return out;
}

}  // namespace

void add_profile(App& app) {
  CLI::App* profile_app = app.parser.add_subcommand("profile", "profile packages");
  profile_app->require_subcommand(1);

  auto made = std::make_shared<MakeOptions>();
  made->parameters.iccid_digits = "8988211000000000019";
  made->parameters.imsi = "001010000000001";
  CLI::App* make_app = app.add(*profile_app, "make", "make a small USIM profile for a test network",
                               {[made] { return make(*made); }, print});
  make_app->add_option("--iccid", made->parameters.iccid_digits, "18 to 20 digits")
      ->capture_default_str();
  make_app->add_option("--imsi", made->parameters.imsi, "6 to 15 digits")->capture_default_str();
  make_app->add_option("--k", made->k,
                       "subscriber key, 32 hexadecimal digits (default: test set 1 of TS 35.208)");
  make_app->add_option("--opc", made->opc,
                       "OPc, 32 hexadecimal digits (default: of the same test set)");
  make_app
      ->add_option("--name", made->parameters.profile_type, "profile type in the package's header")
      ->capture_default_str();
  make_app->add_option("--spn", made->parameters.service_provider_name,
                       "service provider name in EF.SPN");
  make_app->add_option("--msisdn", made->parameters.msisdn, "telephone number");
  make_app->add_option("--mnc-length", made->parameters.mnc_length, "digits of the MNC: 2 or 3")
      ->capture_default_str();
  make_app->add_option("--out", made->out, "file to write")->required();

  auto shown = std::make_shared<std::filesystem::path>();
  CLI::App* show_app = app.add(*profile_app, "show",
                               "what a profile package holds, and what an eUICC would object to",
                               {[shown] { return show(*shown); }, print});
  show_app->add_option("FILE", *shown, "profile package in DER")->required();
}

}  // namespace cli
