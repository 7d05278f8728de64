#include "hil/mock_server.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hil/testbed/certificates.h"

#include "rsp/base/text.h"
#include "rsp/http/wire.h"

namespace hil {

rsp::Result<FurtherSmdp> parse_further_smdp(std::string_view text) {
  auto refused = [&](std::string what, std::string hint) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = std::string(text),
                         .text = std::move(what),
                         .hint = std::move(hint)});
  };
  FurtherSmdp out;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = std::min(text.find(',', at), text.size());
    std::string_view part = text.substr(at, end - at);
    std::string_view value = part.substr(std::min(part.find('=') + 1, part.size()));
    if (at == 0) {
      out.host = part;
    } else if (part.starts_with("oid=")) {
      out.oid = rsp::asn1::oid_from_text(value);
      if (!out.oid) return refused(fmt::format("'{}' is no OID", value), "such as 2.999.20");
    } else if (part == "curve=nist" || part == "curve=brainpool") {
      out.curves.only =
          value == "nist" ? rsp::crypto::Curve::kNistP256 : rsp::crypto::Curve::kBrainpoolP256r1;
    } else if (part.starts_with("tls=")) {
      out.tls = value;
      auto names = tls_certificate_names();
      if (std::ranges::find(names, value) == names.end())
        return refused(fmt::format("there is no certificate for TLS '{}'", value),
                       fmt::format("one of: {}", fmt::join(names, ", ")));
    } else {
      return refused(fmt::format("'{}' says nothing about an SM-DP+", part),
                     "HOST[,oid=OID][,curve=nist|brainpool][,tls=CERTIFICATE]");
    }
    at = end + 1;
  }
  if (out.host.empty()) return refused("it has no host name", "such as smdp2.example.com");
  return out;
}

rsp::Result<std::unique_ptr<MockServer>> MockServer::create(const rsp::pki::CertificateStore& store,
                                                            MockServerOptions options,
                                                            const rsp::Clock& clock,
                                                            rsp::Random& random) {
  std::unique_ptr<MockServer> server(new MockServer(std::move(options), clock, random));
  server->trusted_ = ci_certificates(store);
  RSP_CHECK(server->add_smdp(store, {.host = server->options_.host}));
  for (const FurtherSmdp& one : server->options_.also) RSP_CHECK(server->add_smdp(store, one));
  if (!server->options_.smds.empty()) RSP_CHECK(server->add_smds(store));
  return server;
}

rsp::Status MockServer::add_tls(const rsp::pki::CertificateStore& store, Site& site,
                                const rsp::asn1::Oid& oid, CurveChoice curves,
                                const std::string& wrong) {
  std::vector<rsp::http::TlsIdentity> identities;
  if (wrong.empty()) {
    RSP_TRY(identities, hil::tls_identities(store, site.host, oid, clock_, random_, curves));
  } else {
    RSP_TRY(auto identity, tls_identity_of_fault(store, site.host, oid, clock_, wrong, curves));
    identities.push_back(std::move(identity));
  }
  site.tls = identities.front();
  for (auto& identity : identities) tls_identities_.push_back(std::move(identity));
  return {};
}

rsp::Status MockServer::add_smdp(const rsp::pki::CertificateStore& store,
                                 const FurtherSmdp& wanted) {
  CurveChoice curves = wanted.curves.only ? wanted.curves : options_.curves;
  auto site = std::make_unique<Site>();
  site->host = wanted.host;
  RSP_TRY(site->smdp_config, smdp_config(store, wanted.host, {}, curves));
  smdp::SmdpConfig& config = *site->smdp_config;
  if (wanted.oid) {
    RSP_TRY(config.identities, new_smdp_identities(store, *wanted.oid, clock_, random_, curves));
  }
  config.key_mode = options_.key_mode;
  config.journal = &journal_;
  config.seam = options_.seam;
  const rsp::asn1::Oid oid = config.identities.front().oid;
  RSP_CHECK(add_tls(store, *site, oid, curves, wanted.tls));
  if (sites_.empty()) oid_ = oid;
  sites_.push_back(std::move(site));
  return {};
}

rsp::Status MockServer::add_smds(const rsp::pki::CertificateStore& store) {
  auto site = std::make_unique<Site>();
  site->host = options_.smds;
  RSP_TRY(site->smds_config, smds_config(store, {}, options_.curves));
  site->smds_config->root = options_.root_smds;
  RSP_CHECK(add_tls(store, *site, site->smds_config->identities.front().oid, options_.curves));
  sites_.push_back(std::move(site));
  return {};
}

std::unique_ptr<rsp::http::Client> MockServer::client(const Site& site) const {
  rsp::http::ClientOptions http;
  http.trusted_certificates = trusted_;
  http.resolve = options_.resolve;
  http.clock = &clock_;
  http.identity = site.tls;
  return std::make_unique<rsp::http::Client>(std::move(http));
}

std::string MockServer::address_of(const std::string& host) const {
  return port_ == 443 ? host : fmt::format("{}:{}", host, port_);
}

void MockServer::start(smdp::OrderStore& orders, std::uint16_t port) {
  port_ = port;
  if (!options_.operator_host.empty()) {
    progress_ = std::make_unique<smdp::ProgressReporter>(
        to_string(sites_.front()->smdp_config->identities.front().oid), options_.operator_host,
        client(*sites_.front()), clock_, options_.log, [this](smdp::JournalEntry entry) {
          std::lock_guard lock(mutex_);
          journal_.add_outgoing(std::move(entry));
        });
  }
  // An SM-DS first: the SM-DP+ of this process reach it without a connection.
  for (auto& site : sites_) {
    if (site->smds_config) start_smds(*site);
  }
  for (auto& site : sites_) {
    if (site->smdp_config) start_smdp(*site, orders);
  }
}

void MockServer::start_smds(Site& site) {
  site.outward = client(site);
  site.road = std::make_unique<smdp::SmdsRoad>(to_string(site.smds_config->identities.front().oid),
                                               site.outward.get(), rsp::kEs15PathPrefix);
  site.smds_config->addresses = {address_of(site.host), site.host};
  site.smds_config->registrar = site.road.get();
  site.smds_config->events = options_.events;
  site.smds = std::make_unique<smdp::Smds>(*std::move(site.smds_config), clock_, random_, journal_);
}

void MockServer::start_smdp(Site& site, smdp::OrderStore& orders) {
  smdp::SmdpConfig& config = *site.smdp_config;
  config.addresses = {address_of(site.host), site.host};
  site.outward = client(site);
  site.road = std::make_unique<smdp::SmdsRoad>(to_string(config.identities.front().oid),
                                               site.outward.get());
  for (auto& other : sites_) {
    if (other->smds == nullptr) continue;
    for (const std::string& name : other->smds->config().addresses)
      site.road->add_local(name, *other->smds);
  }
  config.smds = site.road.get();
  config.operator_of_profiles = progress_.get();
  std::string address = config.addresses.front();
  site.smdp = std::make_unique<smdp::Smdp>(std::move(config), orders, clock_, random_);
  site.es2 =
      std::make_unique<smdp::Es2>(orders, std::move(address), random_, journal_, site.road.get());
}

smdp::Smds* MockServer::smds() {
  for (auto& site : sites_) {
    if (site->smds != nullptr) return site->smds.get();
  }
  return nullptr;
}

std::vector<const smdp::Smdp*> MockServer::smdps() const {
  std::vector<const smdp::Smdp*> all;
  for (const auto& site : sites_) {
    if (site->smdp != nullptr) all.push_back(site->smdp.get());
  }
  return all;
}

void MockServer::forget_sessions() {
  for (auto& site : sites_) {
    if (site->smdp != nullptr) site->smdp->forget_sessions();
  }
}

rsp::http::Response MockServer::handle(const rsp::http::Request& request, smdp::Callers callers) {
  auto called = rsp::http::parse_authority(request.host);
  const std::string& host = called ? called->host : request.host;
  auto found = std::ranges::find_if(
      sites_, [&](const auto& site) { return rsp::same_text(site->host, host); });
  Site& site = found == sites_.end() ? *sites_.front() : **found;
  return smdp::handle({.smdp = site.smdp.get(),
                       .smds = site.smds.get(),
                       .es2 = site.es2.get(),
                       .journal = &journal_,
                       .callers = callers,
                       .servers_need_certificates = options_.servers_need_certificates},
                      request, nullptr);
}

}  // namespace hil
