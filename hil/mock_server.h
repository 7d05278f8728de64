// The mock servers of one process behind one HTTPS listener, told apart by their host names: an
// SM-DP+ with ES9+ and ES2+, further SM-DP+ over the same orders, and an SM-DS.
#pragma once

#include "fake_smdp/server_clients.h"
#include "hil/setup.h"

namespace hil {

/// An SM-DP+ beside the first one.
struct FurtherSmdp {
  std::string host;
  /// Another OID than that of the certificates which name the host. They are made.
  std::optional<rsp::asn1::Oid> oid;
  /// A wrong certificate for TLS, by a name of tls_certificate_names(); empty: good ones.
  std::string tls;
  CurveChoice curves;
};
/// "HOST[,oid=OID][,curve=nist|brainpool][,tls=CERTIFICATE]". Error: Layer::kInput.
rsp::Result<FurtherSmdp> parse_further_smdp(std::string_view text);

struct MockServerOptions {
  std::string host;  // of the first SM-DP+
  std::vector<FurtherSmdp> also;
  std::string smds, root_smds;  // empty: none
  std::string operator_host;    // who gets ES2+.HandleDownloadProgressInfo; empty: nobody
  bool servers_need_certificates = false;  // as smdp::Services says
  CurveChoice curves;
  smdp::KeyMode key_mode = smdp::KeyMode::kRandomKeys;
  smdp::Seam* seam = nullptr;          // of every SM-DP+
  smdp::EventStore* events = nullptr;  // of the SM-DS; must outlive it. Null: in its memory
  /// As ClientOptions::resolve, for the SM-DSs and the operator that are called.
  std::map<std::string, std::string> resolve;
  /// A line for what went wrong on a road to somebody else.
  std::function<void(std::string_view)> log = [](std::string_view) {};
};

class MockServer {
 public:
  /// `store`, `clock` and `random` must outlive it. Error: no certificates for a server.
  static rsp::Result<std::unique_ptr<MockServer>> create(const rsp::pki::CertificateStore& store,
                                                         MockServerOptions options,
                                                         const rsp::Clock& clock,
                                                         rsp::Random& random);

  /// For the listener: TLS certificates for all hosts.
  const std::vector<rsp::http::TlsIdentity>& tls_identities() const { return tls_identities_; }
  /// Once the port is known, and before the first request. `orders` must outlive the server.
  void start(smdp::OrderStore& orders, std::uint16_t port);
  /// By the Host header; a host that is not known is taken for the first SM-DP+. `callers`: whom
  /// the listener is for at which the request came.
  rsp::http::Response handle(const rsp::http::Request& request,
                             smdp::Callers callers = smdp::Callers::kAll);

  /// "host:port", or "host" on port 443.
  std::string address_of(const std::string& host) const;
  /// Of the first SM-DP+.
  const rsp::asn1::Oid& oid() const { return oid_; }
  smdp::Smdp& smdp() { return *sites_.front()->smdp; }
  smdp::Smds* smds();
  /// All of them, the first one first.
  std::vector<const smdp::Smdp*> smdps() const;
  /// Every SM-DP+ loses its sessions, as by a restart.
  void forget_sessions();
  /// The road of the first SM-DP+ to SM-DSs. Null before start().
  smdp::EventRegistrar* event_registrar() { return sites_.front()->road.get(); }
  smdp::Journal& journal() { return journal_; }
  /// Held by whoever calls handle() or reads the journal while the server runs, since the calls to
  /// the operator are written into it from a thread of their own.
  std::mutex& mutex() { return mutex_; }
  /// Null where no operator is told.
  smdp::ProgressReporter* progress() { return progress_.get(); }

 private:
  struct Site {
    std::string host;
    rsp::http::TlsIdentity tls;  // which it shows as a client, too
    std::optional<smdp::SmdpConfig> smdp_config;
    std::optional<smdp::SmdsConfig> smds_config;
    std::unique_ptr<smdp::Smdp> smdp;
    std::unique_ptr<smdp::Smds> smds;
    std::unique_ptr<smdp::Es2> es2;
    std::unique_ptr<rsp::http::Client> outward;  // to SM-DSs
    std::unique_ptr<smdp::SmdsRoad> road;
  };
  MockServer(MockServerOptions options, const rsp::Clock& clock, rsp::Random& random)
      : options_(std::move(options)), clock_(clock), random_(random), journal_(clock) {}
  rsp::Status add_smdp(const rsp::pki::CertificateStore& store, const FurtherSmdp& wanted);
  rsp::Status add_smds(const rsp::pki::CertificateStore& store);
  rsp::Status add_tls(const rsp::pki::CertificateStore& store, Site& site,
                      const rsp::asn1::Oid& oid, CurveChoice curves, const std::string& wrong = "");
  std::unique_ptr<rsp::http::Client> client(const Site& site) const;
  void start_smdp(Site& site, smdp::OrderStore& orders);
  void start_smds(Site& site);

  MockServerOptions options_;
  const rsp::Clock& clock_;
  rsp::Random& random_;
  smdp::Journal journal_;
  std::mutex mutex_;
  rsp::asn1::Oid oid_;
  std::vector<rsp::Bytes> trusted_;
  std::vector<rsp::http::TlsIdentity> tls_identities_;
  std::uint16_t port_ = 0;
  std::vector<std::unique_ptr<Site>> sites_;  // the first SM-DP+ first
  std::unique_ptr<smdp::ProgressReporter> progress_;
};

}  // namespace hil
