#include "hil/setup.h"

#include <fmt/format.h>

#include <cstdlib>

#include "hil/faults/seams.h"
#include "hil/testbed/certificates.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"
#include "rsp/pki/eid.h"

namespace hil {
namespace {

using rsp::Layer;
namespace pki = rsp::pki;

std::unexpected<rsp::Error> missing(const pki::CertificateStore& store, std::string what) {
  return rsp::failure({.layer = Layer::kInput,
                       .path = store.directory().string(),
                       .text = fmt::format("{} holds no {}", store.directory().string(), what),
                       .hint = "`esimbench pki create DIR` makes a complete set; `esimbench pki "
                               "show DIR` lists what is there"});
}

bool takes(CurveChoice curves, const pki::Certificate& certificate) {
  auto curve = certificate.curve();
  return curve && curves.takes(*curve);
}

bool names_host(const pki::Identity& tls, const std::string& host) {
  return std::ranges::any_of(tls.certificate.extensions().dns_names,
                             [&](std::string_view name) { return rsp::same_text(name, host); });
}

rsp::http::TlsIdentity tls_identity(const pki::Identity& identity) {
  return {rsp::to_bytes(identity.certificate.der()), {}, identity.key.to_pkcs8()};
}

}  // namespace

rsp::Result<std::filesystem::path> state_directory() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    return std::filesystem::path(state) / "esimbench";
  }
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
    return std::filesystem::path(home) / ".local" / "state" / "esimbench";
  }
  return rsp::failure(
      {.layer = Layer::kInput,
       .text =
           "there is no place for the test certificates: neither XDG_STATE_HOME nor HOME is set",
       .hint = "name a directory with --pki"});
}

rsp::Result<OpenedPki> open_pki(const std::optional<std::filesystem::path>& directory,
                                const rsp::Clock& clock, rsp::Random& random) {
  std::filesystem::path path;
  if (directory) {
    path = *directory;
  } else {
    RSP_TRY(path, state_directory());
    path /= "pki";
  }
  PkiOrigin origin = PkiOrigin::kFound;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    std::vector<pki::TestPki> pkis;
    for (auto curve : {rsp::crypto::Curve::kNistP256, rsp::crypto::Curve::kBrainpoolP256r1}) {
      pkis.push_back(pki::make_test_pki(curve, clock.now(), random));
    }
    RSP_TRY(auto outcome, pki::save(pkis, path));
    if (outcome == pki::SaveOutcome::kWritten) origin = PkiOrigin::kMade;
  }
  RSP_TRY(auto store, pki::CertificateStore::load(path));
  return OpenedPki{std::move(store), origin};
}

namespace {

/// What a card gets that signs with the identities that `choose` makes of a store's.
template <class Choose>
rsp::Result<sim::Credentials> credentials_of(const pki::CertificateStore& store, CurveChoice curves,
                                             Choose choose) {
  std::vector<pki::Certificate> cis;
  std::vector<sim::SigningIdentity> signing;
  for (const pki::CardIdentity& card : store.cards()) {
    if (!takes(curves, card.euicc.certificate)) continue;
    RSP_TRY(std::optional<pki::Identity> chosen, choose(card));
    if (chosen) signing.push_back({chosen->certificate, card.eum, chosen->key, {}});
  }
  for (const pki::Certificate& ci : store.trust_anchors().all()) {
    if (takes(curves, ci)) cis.push_back(ci);
  }
  if (signing.empty()) return missing(store, "eUICC certificate with its key, EUM and CI");
  return sim::make_credentials(std::move(cis), std::move(signing));
}

pki::Name likeness(const pki::NameView& subject, const std::string& eid) {
  pki::Name name;
  for (auto [field, text] : {std::pair{pki::NameField::kCountry, subject.country},
                             {pki::NameField::kOrganization, subject.organization},
                             {pki::NameField::kSerialNumber, std::string_view(eid)},
                             {pki::NameField::kCommonName, subject.common_name}}) {
    if (!text.empty()) name.push_back({field, std::string(text)});
  }
  return name;
}

/// A sister of a store's eUICC, from the same EUM.
rsp::Result<pki::Identity> issue_sister(const pki::CardIdentity& card, const std::string& eid,
                                        rsp::Random& random) {
  const pki::Certificate& like = card.euicc.certificate;
  pki::CertificateTemplate what = pki::euicc_template(eid, like.not_before());
  what.subject = likeness(like.subject_name(), eid);
  auto key = rsp::crypto::PrivateKey::generate(card.eum_key->curve());
  pki::Identity issued = pki::issue(what, {card.eum, *card.eum_key}, std::move(key), random);
  if (auto fault = pki::check_euicc_chain(issued.certificate, card.eum, card.ci)) {
    return rsp::failure({.layer = Layer::kInput,
                         .code = std::string(to_string(fault->problem.kind)),
                         .path = "eid",
                         .text = fault->problem.text,
                         .hint = fmt::format("the EUM of the certificates there names eUICCs such "
                                             "as {}",
                                             pki::eid_of(like))});
  }
  return issued;
}

}  // namespace

std::string store_eid(const pki::CertificateStore& store, CurveChoice curves) {
  for (const pki::CardIdentity& card : store.cards()) {
    if (takes(curves, card.euicc.certificate)) return pki::eid_of(card.euicc.certificate);
  }
  return "";
}

rsp::Result<sim::Credentials> card_credentials(const pki::CertificateStore& store,
                                               CurveChoice curves) {
  std::string eid = store_eid(store, curves);
  // Others are another card's; the first one is the store's own.
  auto own = [&](const pki::CardIdentity& card) -> rsp::Result<std::optional<pki::Identity>> {
    if (pki::eid_of(card.euicc.certificate) != eid) return std::nullopt;
    return card.euicc;
  };
  return credentials_of(store, curves, own);
}

rsp::Result<sim::Credentials> card_credentials(const pki::CertificateStore& store,
                                               const std::string& eid, rsp::Random& random,
                                               CurveChoice curves) {
  RSP_CHECK(pki::check_eid(eid));
  std::string like = store_eid(store, curves);
  bool there = false, keys = false;
  for (const pki::CardIdentity& card : store.cards()) {
    if (!takes(curves, card.euicc.certificate)) continue;
    there |= pki::eid_of(card.euicc.certificate) == eid;
    keys |= card.eum_key.has_value();
  }
  if (!there && !keys && !like.empty())
    return missing(store, fmt::format("key of an EUM, which issuing a certificate for the EID {} "
                                      "takes",
                                      eid));
  auto take_or_issue =
      [&](const pki::CardIdentity& card) -> rsp::Result<std::optional<pki::Identity>> {
    std::string its = pki::eid_of(card.euicc.certificate);
    if (there && its == eid) return card.euicc;
    if (there || its != like || !card.eum_key) return std::nullopt;
    RSP_TRY(pki::Identity issued, issue_sister(card, eid, random));
    return issued;
  };
  return credentials_of(store, curves, take_or_issue);
}

rsp::Result<smdp::SmdpConfig> smdp_config(const pki::CertificateStore& store,
                                          const std::string& host,
                                          std::vector<std::string> addresses, CurveChoice curves) {
  smdp::SmdpConfig config;
  config.addresses = std::move(addresses);
  config.trusted_cis = store.trust_anchors();
  auto all = store.smdps();
  std::erase_if(all, [&](const pki::ServerIdentity& identity) {
    return !takes(curves, identity.auth.certificate);
  });
  // Where a store holds several SM-DP+, the host decides which one this is.
  auto named = std::ranges::find_if(all, [&](const pki::ServerIdentity& identity) {
    return std::ranges::any_of(identity.tls,
                               [&](const pki::Identity& tls) { return names_host(tls, host); });
  });
  if (all.empty()) return missing(store, "SM-DP+ (DPauth and DPpb certificates with keys)");
  rsp::asn1::Oid oid = named != all.end() ? named->oid : all.front().oid;
  std::erase_if(all, [&](const pki::ServerIdentity& identity) { return identity.oid != oid; });
  config.identities = std::move(all);
  return config;
}

rsp::Result<std::vector<pki::ServerIdentity>> new_smdp_identities(
    const pki::CertificateStore& store, const rsp::asn1::Oid& oid, const rsp::Clock& clock,
    rsp::Random& random, CurveChoice curves) {
  std::vector<pki::ServerIdentity> made;
  std::string dotted = to_string(oid);
  for (const pki::Certificate& ci : store.trust_anchors().all()) {
    auto issuer = store.ci_identity(ci.subject_key_id());
    auto curve = ci.curve();
    if (!issuer || !curve || !curves.takes(*curve)) continue;
    auto issue = [&](const pki::CertificateTemplate& what) {
      return pki::issue(what, *issuer, rsp::crypto::PrivateKey::generate(*curve), random);
    };
    made.push_back({oid,
                    ci,
                    issue(pki::dp_auth_template(dotted, clock.now())),
                    issue(pki::dp_pb_template(dotted, clock.now())),
                    {}});
  }
  if (made.empty()) return missing(store, "CI key to make an SM-DP+ with the OID " + dotted);
  return made;
}

rsp::Result<smdp::SmdsConfig> smds_config(const pki::CertificateStore& store,
                                          std::vector<std::string> addresses, CurveChoice curves) {
  smdp::SmdsConfig config;
  config.addresses = std::move(addresses);
  config.trusted_cis = store.trust_anchors();
  for (pki::ServerIdentity& identity : store.smdss()) {
    bool another = !config.identities.empty() && identity.oid != config.identities.front().oid;
    if (takes(curves, identity.auth.certificate) && !another)
      config.identities.push_back(std::move(identity));
  }
  if (config.identities.empty()) return missing(store, "SM-DS (DSauth certificate with its key)");
  return config;
}

rsp::Result<std::vector<rsp::http::TlsIdentity>> tls_identities(
    const pki::CertificateStore& store, const std::string& host, const rsp::asn1::Oid& smdp_oid,
    const rsp::Clock& clock, rsp::Random& random, CurveChoice curves) {
  std::vector<rsp::http::TlsIdentity> found;
  auto curves_in_order = {rsp::crypto::Curve::kNistP256, rsp::crypto::Curve::kBrainpoolP256r1};
  for (auto curve : curves_in_order) {
    if (!curves.takes(curve)) continue;
    for (const pki::Identity& identity : store.identities(pki::Role::kDpTls, curve)) {
      bool valid = !pki::check_validity(identity.certificate, clock.now());
      if (valid && names_host(identity, host)) found.push_back(tls_identity(identity));
    }
  }
  if (!found.empty()) return found;
  for (auto curve : curves_in_order) {
    if (!curves.takes(curve)) continue;
    for (const pki::Certificate& ci : store.trust_anchors(curve)) {
      auto issuer = store.ci_identity(ci.subject_key_id());
      if (!issuer) continue;
      auto what = pki::dp_tls_template({host}, to_string(smdp_oid), clock.now());
      found.push_back(tls_identity(
          pki::issue(what, *issuer, rsp::crypto::PrivateKey::generate(curve), random)));
    }
  }
  if (found.empty())
    return missing(
        store,
        fmt::format("TLS certificate for {} that is valid now, nor a CI key to make one", host));
  return found;
}

rsp::Result<rsp::http::TlsIdentity> tls_identity_of_fault(
    const pki::CertificateStore& store, const std::string& host, const rsp::asn1::Oid& smdp_oid,
    const rsp::Clock& clock, std::string_view name, CurveChoice curves) {
  for (const pki::Certificate& ci : store.trust_anchors().all()) {
    if (!takes(curves, ci)) continue;
    auto issuer = store.ci_identity(ci.subject_key_id());
    if (issuer) return make_tls_identity({host, to_string(smdp_oid), clock.now(), *issuer}, name);
  }
  return missing(store, fmt::format("CI key to make the certificate {} with", name));
}

rsp::Result<rsp::Bytes> certificate_of_fault(const pki::CertificateStore& store,
                                             const std::string& host, const rsp::Clock& clock,
                                             std::string_view name, CurveChoice curves) {
  RSP_TRY(smdp::SmdpConfig config, smdp_config(store, host, {}, curves));
  const pki::ServerIdentity& smdp = config.identities.front();
  auto issuer = store.ci_identity(smdp.ci.subject_key_id());
  if (!issuer) return missing(store, fmt::format("CI key to make the certificate {} with", name));
  const auto& key = name.starts_with("dpPb") && smdp.pb ? smdp.pb->key : smdp.auth.key;
  return make_certificate({host, to_string(smdp.oid), clock.now(), *issuer}, name, key);
}

std::vector<rsp::Bytes> ci_certificates(const pki::CertificateStore& store) {
  std::vector<rsp::Bytes> out;
  for (const pki::Certificate& ci : store.trust_anchors().all())
    out.push_back(rsp::to_bytes(ci.der()));
  return out;
}

/// What stands between a card and the world when faults strike.
struct SimCard::Faulty {
  Faulty(FaultPlan& plan, sim::Storage& honest, rsp::TraceSink* trace)
      : seam(plan), storage(plan, honest, power, trace) {}
  CardPower power;
  CardSeam seam;
  FaultyStorage storage;
  std::optional<FaultyCard> card;
};

SimCard::~SimCard() = default;

rsp::card::Card& SimCard::card() {
  return faulty_ == nullptr ? static_cast<rsp::card::Card&>(*euicc_) : *faulty_->card;
}

namespace {

/// Tells when commits begin to fail, and when they do so no more.
class WatchedStorage final : public sim::Storage {
 public:
  WatchedStorage(std::unique_ptr<sim::Storage> storage, std::function<void(const std::string&)> log)
      : storage_(std::move(storage)), log_(std::move(log)) {}
  std::string name() const override { return storage_->name(); }
  rsp::Result<sim::StorageRecords> load() override { return storage_->load(); }
  rsp::Status commit(std::span<const sim::StorageWrite> writes) override {
    auto done = storage_->commit(writes);
    if (!done && !failing_) log_("the card keeps no changes: " + done.error().message());
    if (done && failing_) log_("the card keeps changes again in " + name());
    failing_ = !done;
    return done;
  }

 private:
  std::unique_ptr<sim::Storage> storage_;
  std::function<void(const std::string&)> log_;
  bool failing_ = false;
};

std::unexpected<rsp::Error> stays_with_card(std::string what, std::string text) {
  std::string hint = fmt::format("{} is for a new card; it stays with the card", what);
  return rsp::failure({.layer = Layer::kInput,
                       .path = std::move(what),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// What a card that is there was made as, which must be what it is to be now, if anything. A card
/// without a record is the default one.
rsp::Result<sim::Persona> persona_of(sim::Storage& storage,
                                     const std::optional<PersonaFile>& wanted) {
  RSP_TRY(auto text, sim::load_persona_text(storage));
  PersonaFile made;
  if (text) {
    RSP_TRY(made, read_persona_record(*text, storage.name()));
  } else {
    RSP_TRY(made, load_persona("default"));
  }
  bool same = !wanted || (wanted->name == made.name && wanted->document == made.document);
  if (!same)
    return stays_with_card(
        "persona",
        fmt::format("the card in {} was made as '{}'{}", storage.name(), made.name,
                    wanted->name == made.name ? ", and its file says something else by now" : ""));
  return std::move(made.persona);
}

/// Makes an empty storage a card.
rsp::Result<sim::Credentials> personalise(sim::Storage& storage, const pki::CertificateStore* store,
                                          rsp::Random& random, const PersonaFile* persona,
                                          CurveChoice curves,
                                          const std::optional<std::string>& eid) {
  std::optional<pki::CertificateStore> own;
  if (persona != nullptr && persona->certificates) {
    RSP_TRY(own, pki::CertificateStore::load(*persona->certificates));
    store = &*own;
  }
  if (store == nullptr) {
    return rsp::failure({.layer = Layer::kInput,
                         .path = storage.name(),
                         .text = "a new card needs certificates",
                         .hint = "name them with --pki DIR"});
  }
  if (persona != nullptr && persona->curve) curves = {persona->curve};
  std::optional<std::string> its_eid = eid;
  if (!its_eid && persona != nullptr) its_eid = persona->eid;
  RSP_TRY(auto credentials, its_eid ? card_credentials(*store, *its_eid, random, curves)
                                    : card_credentials(*store, curves));
  // Credentials come last: with them it is a card.
  if (persona != nullptr) RSP_CHECK(sim::store_persona_text(storage, persona_record(*persona)));
  RSP_CHECK(sim::store_credentials(storage, credentials));
  return credentials;
}

}  // namespace

rsp::Result<std::unique_ptr<SimCard>> SimCard::open(
    const std::optional<std::filesystem::path>& file, const pki::CertificateStore* store,
    rsp::Random& random, const std::optional<PersonaFile>& wanted, rsp::TraceSink* trace,
    CurveChoice curves, FaultPlan* faults, const std::optional<std::string>& eid,
    std::function<void(const std::string&)> log) {
  std::unique_ptr<SimCard> card(new SimCard());
  if (file) {
    RSP_TRY(card->storage_, sim::open_sqlite_storage(*file));
  } else {
    card->storage_ = std::make_unique<sim::MemoryStorage>();
  }
  if (log)
    card->storage_ = std::make_unique<WatchedStorage>(std::move(card->storage_), std::move(log));
  RSP_TRY(auto credentials, sim::load_credentials(*card->storage_));
  sim::Persona persona;
  if (credentials) {
    RSP_TRY(persona, persona_of(*card->storage_, wanted));
    if (eid && rsp::to_hex(credentials->eid) != *eid)
      return stays_with_card("eid", fmt::format("the card in {} has the EID {}", file->string(),
                                                rsp::to_hex(credentials->eid)));
  } else {
    if (wanted) persona = wanted->persona;
    RSP_TRY(credentials,
            personalise(*card->storage_, store, random, wanted ? &*wanted : nullptr, curves, eid));
  }
  if (faults == nullptr) {
    RSP_TRY(card->euicc_, sim::Euicc::power_up(std::move(persona), *std::move(credentials),
                                               {random, *card->storage_, trace}));
    return card;
  }
  card->faulty_ = std::make_unique<Faulty>(*faults, *card->storage_, trace);
  Faulty& faulty = *card->faulty_;
  RSP_TRY(card->euicc_, sim::Euicc::power_up(std::move(persona), *std::move(credentials),
                                             {random, faulty.storage, trace, &faulty.seam}));
  faulty.card.emplace(*faults, *card->euicc_, faulty.power, nullptr, trace);
  return card;
}

rsp::Result<bool> SimCard::is_personalised(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  RSP_TRY(auto storage, sim::open_sqlite_storage(file));
  RSP_TRY(auto credentials, sim::load_credentials(*storage));
  return credentials.has_value();
}

}  // namespace hil
