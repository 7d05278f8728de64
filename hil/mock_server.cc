#include "hil/mock_server.h"

#include <fmt/format.h>

namespace hil {

rsp::Result<std::unique_ptr<MockServer>> MockServer::create(const rsp::pki::CertificateStore& store,
                                                            MockServerOptions options,
                                                            const rsp::Clock& clock,
                                                            rsp::Random& random) {
  std::unique_ptr<MockServer> server(new MockServer(std::move(options), clock, random));
  server->trusted_ = ci_certificates(store);
  RSP_CHECK(server->add_smdp(store, server->options_.host));
  for (const std::string& host : server->options_.also) RSP_CHECK(server->add_smdp(store, host));
  if (!server->options_.smds.empty()) RSP_CHECK(server->add_smds(store));
  return server;
}

rsp::Status MockServer::add_tls(const rsp::pki::CertificateStore& store, const std::string& host,
                                const rsp::asn1::Oid& oid) {
  RSP_TRY(auto identities, hil::tls_identities(store, host, oid, clock_, random_, options_.curves));
  for (auto& identity : identities) tls_identities_.push_back(std::move(identity));
  return {};
}

rsp::Status MockServer::add_smdp(const rsp::pki::CertificateStore& store, const std::string& host) {
  auto site = std::make_unique<Site>();
  site->host = host;
  RSP_TRY(site->smdp_config, smdp_config(store, host, {}, options_.curves));
  site->smdp_config->key_mode = options_.key_mode;
  site->smdp_config->journal = &journal_;
  site->smdp_config->seam = options_.seam;
  RSP_CHECK(add_tls(store, host, site->smdp_config->identities.front().oid));
  if (sites_.empty()) oid_ = site->smdp_config->identities.front().oid;
  sites_.push_back(std::move(site));
  return {};
}

rsp::Status MockServer::add_smds(const rsp::pki::CertificateStore& store) {
  auto site = std::make_unique<Site>();
  site->host = options_.smds;
  RSP_TRY(site->smds_config, smds_config(store, {}, options_.curves));
  site->smds_config->root = options_.root_smds;
  RSP_CHECK(add_tls(store, site->host, site->smds_config->identities.front().oid));
  sites_.push_back(std::move(site));
  return {};
}

std::unique_ptr<rsp::http::Client> MockServer::client() const {
  rsp::http::ClientOptions http;
  http.trusted_certificates = trusted_;
  http.resolve = options_.resolve;
  http.clock = &clock_;
  return std::make_unique<rsp::http::Client>(std::move(http));
}

std::string MockServer::address_of(const std::string& host) const {
  return port_ == 443 ? host : fmt::format("{}:{}", host, port_);
}

void MockServer::start(smdp::OrderStore& orders, std::uint16_t port) {
  port_ = port;
  outward_ = client();
  if (!options_.operator_host.empty()) {
    progress_ = std::make_unique<smdp::ProgressReporter>(
        to_string(sites_.front()->smdp_config->identities.front().oid), options_.operator_host,
        client(), options_.log);
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
  site.road = std::make_unique<smdp::SmdsRoad>(to_string(site.smds_config->identities.front().oid),
                                               outward_.get(), rsp::kEs15PathPrefix);
  site.smds_config->addresses = {address_of(site.host), site.host};
  site.smds_config->registrar = site.road.get();
  site.smds = std::make_unique<smdp::Smds>(*std::move(site.smds_config), clock_, random_, journal_);
}

void MockServer::start_smdp(Site& site, smdp::OrderStore& orders) {
  smdp::SmdpConfig& config = *site.smdp_config;
  config.addresses = {address_of(site.host), site.host};
  site.road =
      std::make_unique<smdp::SmdsRoad>(to_string(config.identities.front().oid), outward_.get());
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

rsp::http::Response MockServer::handle(const rsp::http::Request& request) {
  std::string host = request.host.substr(0, request.host.rfind(':'));
  auto lower = [](unsigned char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
  auto found = std::ranges::find_if(sites_, [&](const auto& site) {
    return std::ranges::equal(site->host, host, {}, lower, lower);
  });
  Site& site = found == sites_.end() ? *sites_.front() : **found;
  return smdp::handle({.smdp = site.smdp.get(),
                       .smds = site.smds.get(),
                       .es2 = site.es2.get(),
                       .journal = &journal_},
                      request, nullptr);
}

}  // namespace hil
