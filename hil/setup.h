// Putting the parts together: certificates, a simulated card, a mock server, as the command line
// and the tests need them.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "fake_smdp/server.h"
#include "fake_smdp/smdp.h"
#include "hil/persona_file.h"
#include "lpa/transport/apdu_transport.h"
#include "rsp/http/server.h"
#include "rsp/pki/store.h"
#include "sim_euicc/euicc.h"

namespace hil {

class FaultPlan;

/// Where this program keeps what it makes for itself: $XDG_STATE_HOME/esimbench, or
/// ~/.local/state/esimbench. Error: neither variable is set.
rsp::Result<std::filesystem::path> state_directory();

enum class PkiOrigin { kFound, kMade };
struct OpenedPki {
  rsp::pki::CertificateStore store;
  PkiOrigin origin;
};
/// The certificates in a directory. One that does not exist is made, with a test CI on each curve,
/// so that two processes that name the same one trust each other; without a directory it is "pki"
/// in the state directory. Error: a directory that exists and holds no certificates.
rsp::Result<OpenedPki> open_pki(const std::optional<std::filesystem::path>& directory,
                                const rsp::Clock& clock, rsp::Random& random);

/// Which curves' certificates are used; both where nothing is said.
struct CurveChoice {
  std::optional<rsp::crypto::Curve> only;
  bool takes(rsp::crypto::Curve curve) const { return !only || *only == curve; }
};

/// What a new card gets out of a store: the eUICC identities and CIs of the curves chosen.
rsp::Result<sim::Credentials> card_credentials(const rsp::pki::CertificateStore& store,
                                               CurveChoice curves = {});

/// The same for the card with this EID: the store's own certificates where it has some, else new
/// ones, which the EUMs of the store issue in the likeness of the store's own. Error: Layer::kInput
/// for an EID that is none (pki::check_eid()) or that the EUM may not name, and for a store without
/// the key of an EUM.
rsp::Result<sim::Credentials> card_credentials(const rsp::pki::CertificateStore& store,
                                               const std::string& eid, rsp::Random& random,
                                               CurveChoice curves = {});

/// The EID of the card that a store is for; empty where it is for none.
std::string store_eid(const rsp::pki::CertificateStore& store, CurveChoice curves = {});

/// What a server named `addresses` works with: the SM-DP+ identity of each CI whose TLS certificate
/// names the host, else the first one of each CI.
rsp::Result<smdp::SmdpConfig> smdp_config(const rsp::pki::CertificateStore& store,
                                          const std::string& host,
                                          std::vector<std::string> addresses,
                                          CurveChoice curves = {});

/// A new SM-DP+ with this OID under each CI of the store that has its key. Error: there is none.
rsp::Result<std::vector<rsp::pki::ServerIdentity>> new_smdp_identities(
    const rsp::pki::CertificateStore& store, const rsp::asn1::Oid& oid, const rsp::Clock& clock,
    rsp::Random& random, CurveChoice curves = {});

/// What an SM-DS works with: the first SM-DS identity of each CI. Error: there is none.
rsp::Result<smdp::SmdsConfig> smds_config(const rsp::pki::CertificateStore& store,
                                          std::vector<std::string> addresses,
                                          CurveChoice curves = {});

/// TLS certificates for a host: those in the store that are valid now, or new ones under the
/// store's CIs where there are none. Error: neither a certificate nor a CI key.
rsp::Result<std::vector<rsp::http::TlsIdentity>> tls_identities(
    const rsp::pki::CertificateStore& store, const std::string& host,
    const rsp::asn1::Oid& smdp_oid, const rsp::Clock& clock, rsp::Random& random,
    CurveChoice curves = {});

/// A certificate for TLS by a name of tls_certificate_names(), for faults, made by the CI of a
/// store. Error: the store has no key of a CI.
rsp::Result<rsp::http::TlsIdentity> tls_identity_of_fault(const rsp::pki::CertificateStore& store,
                                                          const std::string& host,
                                                          const rsp::asn1::Oid& smdp_oid,
                                                          const rsp::Clock& clock,
                                                          std::string_view name,
                                                          CurveChoice curves = {});

/// A certificate by a name of server_certificate_names(), for faults that put it in the place of a
/// good one: made for the keys of the first SM-DP+ of a store, and by its CI. Error: as of
/// smdp_config(), there is none of that name, or the store has no key of the CI.
rsp::Result<rsp::Bytes> certificate_of_fault(const rsp::pki::CertificateStore& store,
                                             const std::string& host, const rsp::Clock& clock,
                                             std::string_view name, CurveChoice curves = {});

/// The CI certificates (DER) of a store, for an LPA to trust.
std::vector<rsp::Bytes> ci_certificates(const rsp::pki::CertificateStore& store);

/// A software card with its storage.
class SimCard {
 public:
  /// A card in a file, or in memory without one. A storage without credentials is a new card,
  /// personalised out of `store`, with an EID of its own where one is given. A new card keeps the
  /// persona that it is given and stays so; EID, certificates and curve of a persona's file are for
  /// a card that is given none by the caller. With faults, those of hooks apdu, storage, message,
  /// signing and crypto strike, and their delays are part of take_delay(). `log` is told when the
  /// storage begins to fail, and when it does so no more. Error: as of the storage, a new card
  /// without a store, or a card that has another EID or persona already.
  static rsp::Result<std::unique_ptr<SimCard>> open(
      const std::optional<std::filesystem::path>& file, const rsp::pki::CertificateStore* store,
      rsp::Random& random, const std::optional<PersonaFile>& persona = {},
      rsp::TraceSink* trace = nullptr, CurveChoice curves = {}, FaultPlan* faults = nullptr,
      const std::optional<std::string>& eid = {}, std::function<void(const std::string&)> log = {});
  /// Whether a file holds a card with certificates of its own. One that does not exist, or is
  /// empty, does not. Error: as of the storage.
  static rsp::Result<bool> is_personalised(const std::filesystem::path& file);
  ~SimCard();
  sim::Euicc& euicc() { return *euicc_; }
  /// What front ends offer: the card, behind its faults where it has any.
  rsp::card::Card& card();

 private:
  SimCard() = default;
  struct Faulty;
  std::unique_ptr<sim::Storage> storage_;
  std::unique_ptr<Faulty> faulty_;
  std::unique_ptr<sim::Euicc> euicc_;
};

}  // namespace hil
