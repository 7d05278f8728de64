// pki create, pki show, pki crl.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include "cli/command.h"
#include "rsp/base/hex.h"
#include "rsp/pki/chain.h"
#include "rsp/pki/crl_issuer.h"
#include "rsp/pki/pem.h"

namespace cli {
namespace {

namespace pki = rsp::pki;

struct CreateOptions {
  std::filesystem::path directory;
  std::string curve = "both";
  std::string eid{pki::kTestEid};
  std::vector<std::string> hosts{std::string(pki::kTestDpHost)};
};

std::string date_text(rsp::Clock::TimePoint when) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(when)));
}

rsp::Json describe(const pki::StoredCertificate& stored, rsp::Clock::TimePoint now) {
  const pki::Certificate& certificate = stored.certificate;
  rsp::Json out;
  out["file"] = stored.path.string();
  out["role"] = stored.role ? std::string(to_string(*stored.role)) : "none";
  auto curve = certificate.curve();
  out["curve"] = curve ? std::string(to_string(*curve)) : "unsupported";
  out["subject"] = std::string(certificate.subject_name().common_name);
  if (stored.role == pki::Role::kEuicc) out["eid"] = pki::eid_of(certificate);
  if (!certificate.registered_id().content.empty())
    out["oid"] = to_string(certificate.registered_id());
  std::vector<std::string> names(certificate.extensions().dns_names.begin(),
                                 certificate.extensions().dns_names.end());
  if (!names.empty()) out["hosts"] = names;
  out["subjectKeyId"] = rsp::to_hex(certificate.subject_key_id());
  out["notAfter"] = date_text(certificate.not_after());
  out["key"] = stored.key.has_value();
  if (auto problem = pki::check_validity(certificate, now)) out["problem"] = problem->text;
  if (!stored.issuer)
    out["problem"] = "no certificate in this directory has issued it by the rules of SGP.22";
  return out;
}

Outcome show_store(App& app, const std::filesystem::path& directory) {
  RSP_TRY(auto store, pki::CertificateStore::load(directory));
  rsp::Json certificates = rsp::Json::array();
  for (const auto& stored : store.certificates())
    certificates.push_back(describe(stored, app.clock.now()));
  rsp::Json unused = rsp::Json::array();
  for (const auto& file : store.unused())
    unused.push_back({{"file", file.path.string()}, {"reason", file.reason}});
  return rsp::Json{
      {"directory", directory.string()}, {"certificates", certificates}, {"unused", unused}};
}

void print_store(const rsp::Json& document) {
  for (const auto& certificate : document.at("certificates")) {
    fmt::print(
        "{:<12} {:<16} {:<4} until {}  {}\n", certificate.at("role").get<std::string>(),
        certificate.at("curve").get<std::string>(), certificate.at("key").get<bool>() ? "key" : "",
        certificate.at("notAfter").get<std::string>(), certificate.at("file").get<std::string>());
    for (const char* detail : {"eid", "oid", "problem"}) {
      if (certificate.contains(detail))
        fmt::print("             {}: {}\n", detail, certificate.at(detail).get<std::string>());
    }
  }
  for (const auto& file : document.at("unused")) {
    fmt::print("not used: {}: {}\n", file.at("file").get<std::string>(),
               file.at("reason").get<std::string>());
  }
}

Outcome create(App& app, const CreateOptions& options) {
  pki::TestPkiOptions made;
  made.eid = options.eid;
  made.dp_hosts = options.hosts;
  if (options.eid.size() != 32 ||
      options.eid.find_first_not_of("0123456789") != std::string::npos) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput, .path = "--eid", .text = "an EID has 32 digits"});
  }
  made.eid_range = options.eid.substr(0, 8);
  std::vector<pki::TestPki> pkis;
  if (options.curve != "brainpool") {
    pkis.push_back(
        pki::make_test_pki(rsp::crypto::Curve::kNistP256, app.clock.now(), app.random, made));
  }
  if (options.curve != "nist") {
    pkis.push_back(pki::make_test_pki(rsp::crypto::Curve::kBrainpoolP256r1, app.clock.now(),
                                      app.random, made));
  }
  RSP_TRY(auto outcome, pki::save(pkis, options.directory));
  if (outcome == pki::SaveOutcome::kAlreadyThere) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput,
         .path = options.directory.string(),
         .text = fmt::format("{} is not empty and was left as it is", options.directory.string()),
         .hint = "name another directory, or remove this one"});
  }
  return show_store(app, options.directory);
}

// --- pki crl

struct CrlOptions {
  std::filesystem::path directory, out;
  std::vector<std::filesystem::path> revoked;
  std::string curve = "nist";
  std::optional<std::int64_t> number;
};

rsp::Result<pki::Certificate> read_certificate(const std::filesystem::path& file) {
  RSP_TRY(rsp::Bytes der, read_der(file, "CERTIFICATE"));
  auto certificate = pki::Certificate::parse(der);
  if (certificate) return certificate;
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = file.string(),
                       .text = fmt::format("{} is no certificate: {}", file.string(),
                                           certificate.error().message())});
}

/// The CI that issues the list: that of the certificates, or the one on the curve.
rsp::Result<pki::Identity> issuer_of(const pki::CertificateStore& store,
                                     const std::vector<pki::Certificate>& revoked,
                                     rsp::crypto::Curve curve) {
  auto refused = [&](std::string text) {
    return rsp::failure(
        {.layer = rsp::Layer::kInput, .path = store.directory().string(), .text = std::move(text)});
  };
  const pki::Certificate* ci = nullptr;
  for (const auto& certificate : revoked) {
    const auto* found = store.trust_anchors().issuer_of(certificate);
    if (found == nullptr)
      return refused("no CI of this directory has issued what is to be revoked");
    if (ci != nullptr && !(*ci == *found))
      return refused("a CRL is of one CI, and these certificates are of two");
    ci = found;
  }
  for (const auto& anchor : store.trust_anchors().all()) {
    if (ci == nullptr && anchor.curve() == curve) ci = &anchor;
  }
  if (ci == nullptr) return refused("there is no CI on this curve");
  auto identity = store.ci_identity(ci->subject_key_id());
  if (!identity) return refused("the private key of the CI is not there");
  return *std::move(identity);
}

Outcome issue_crl(App& app, const CrlOptions& options) {
  RSP_TRY(auto store, pki::CertificateStore::load(options.directory));
  std::vector<pki::Certificate> revoked;
  for (const auto& file : options.revoked) {
    RSP_TRY(auto certificate, read_certificate(file));
    revoked.push_back(std::move(certificate));
  }
  RSP_TRY(auto issuer, issuer_of(store, revoked,
                                 options.curve == "nist" ? rsp::crypto::Curve::kNistP256
                                                         : rsp::crypto::Curve::kBrainpoolP256r1));
  auto now = app.clock.now();
  // Seconds since 1970, where nothing else is said: a later list has a higher number.
  auto number = options.number.value_or(std::chrono::system_clock::to_time_t(now));
  auto what = pki::crl_template(now, number);
  for (const auto& certificate : revoked) what = what.revoking(certificate);
  rsp::Bytes der = pki::issue_crl_der(what, issuer);
  bool pem = options.out.extension() == ".pem";
  RSP_CHECK(
      write_file(options.out, pem ? pki::to_pem("X509 CRL", der) : std::string(rsp::text_of(der))));
  return rsp::Json{{"file", options.out.string()},
                   {"issuer", to_string(issuer.certificate.subject_name())},
                   {"number", number},
                   {"revoked", revoked.size()}};
}

void print_crl(const rsp::Json& document) {
  fmt::print("{}: CRL {} of {}, {} revoked\n", document.at("file").get<std::string>(),
             document.at("number").get<std::int64_t>(), document.at("issuer").get<std::string>(),
             document.at("revoked").get<std::size_t>());
}

void add_crl(App& app, CLI::App& parent) {
  auto made = std::make_shared<CrlOptions>();
  CLI::App* crl_app = app.add(parent, "crl", "issue a certificate revocation list of a test CI",
                              {[&app, made] { return issue_crl(app, *made); }, print_crl});
  crl_app->add_option("DIR", made->directory, "directory with the CI and its key")->required();
  crl_app->add_option("--revoke", made->revoked, "certificates to list, PEM or DER files");
  crl_app->add_option("--curve", made->curve, "whose CI, where nothing is revoked")
      ->check(CLI::IsMember({"nist", "brainpool"}))
      ->capture_default_str();
  crl_app
      ->add_option("--number", made->number,
                   "cRLNumber (default: the time in seconds, so that each is higher)")
      ->check(CLI::NonNegativeNumber);
  crl_app->add_option("--out", made->out, "file to write: PEM where it ends in .pem, else DER")
      ->required();
}

}  // namespace

void add_pki(App& app) {
  CLI::App* pki_app = app.parser.add_subcommand("pki", "test certificates");
  pki_app->require_subcommand(1);

  auto made = std::make_shared<CreateOptions>();
  CLI::App* create_app =
      app.add(*pki_app, "create", "make a test CI and certificates of every role under it",
              {[&app, made] { return create(app, *made); }, print_store});
  create_app
      ->add_option("DIR", made->directory, "directory to write; it must not hold anything yet")
      ->required();
  create_app->add_option("--curve", made->curve, "nist, brainpool or both")
      ->check(CLI::IsMember({"nist", "brainpool", "both"}))
      ->capture_default_str();
  create_app->add_option("--eid", made->eid, "EID of the eUICC certificate")->capture_default_str();
  create_app->add_option("--host", made->hosts, "host names in the TLS certificate")
      ->capture_default_str();

  auto shown = std::make_shared<std::filesystem::path>();
  CLI::App* show_app =
      app.add(*pki_app, "show", "list the certificates in a directory, and what is wrong with them",
              {[&app, shown] { return show_store(app, *shown); }, print_store});
  show_app->add_option("DIR", *shown, "directory to read")->required();

  add_crl(app, *pki_app);
}

}  // namespace cli
