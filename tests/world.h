// A whole world in one process for tests: test certificates, a mock SM-DP+, a software eUICC and an
// LPA between them.
#pragma once

#include <gtest/gtest.h>

#include "hil/direct_es9.h"
#include "hil/setup.h"
#include "lpa/lpa.h"
#include "rsp/saip/profile_maker.h"

namespace testing_world {

inline constexpr std::string_view kHost = "testsmdpplus1.example.com";

/// Certificates on a curve, made once a process: key generation on brainpool is slow.
inline const rsp::pki::TestPki& test_pki(rsp::crypto::Curve curve) {
  auto make = [](rsp::crypto::Curve which) {
    rsp::SystemClock clock;
    rsp::SeededRandom random(1);
    return rsp::pki::make_test_pki(which, clock.now(), random);
  };
  static const rsp::pki::TestPki nist = make(rsp::crypto::Curve::kNistP256);
  if (curve == rsp::crypto::Curve::kNistP256) return nist;
  static const rsp::pki::TestPki brainpool = make(rsp::crypto::Curve::kBrainpoolP256r1);
  return brainpool;
}

inline rsp::Bytes make_profile(std::string iccid = "8988211000000000019",
                               std::string imsi = "001010000000001") {
  rsp::saip::ProfileParameters parameters;
  parameters.iccid_digits = std::move(iccid);
  parameters.imsi = std::move(imsi);
  return rsp::saip::make_profile(parameters).value();
}

inline rsp::pki::ServerIdentity server_identity(const rsp::pki::TestPki& pki) {
  return {pki.dp_auth->certificate.registered_id(),
          pki.ci.certificate,
          *pki.dp_auth,
          pki.dp_pb,
          {*pki.dp_tls}};
}

inline smdp::SmdpConfig server_config(const rsp::pki::TestPki& pki) {
  smdp::SmdpConfig config;
  config.addresses = {std::string(kHost)};
  config.identities = {server_identity(pki)};
  EXPECT_TRUE(config.trusted_cis.add(pki.ci.certificate));
  return config;
}

inline sim::Credentials card_credentials(const rsp::pki::TestPki& pki) {
  return sim::make_credentials({pki.ci.certificate},
                               {{pki.euicc->certificate, pki.eum->certificate, pki.euicc->key, {}}})
      .value();
}

/// Everything, with defaults that work; a test changes `config` or `persona` before it calls
/// start().
struct World {
  explicit World(rsp::crypto::Curve curve = rsp::crypto::Curve::kNistP256)
      : pki(test_pki(curve)), config(server_config(pki)), credentials(card_credentials(pki)) {}

  void start() {
    server.emplace(config, orders, clock, random);
    power_up();
  }
  /// A card with what `storage` holds: also how a test cycles its power.
  void power_up() {
    lpa.reset();
    sim::Storage& memory = other_storage != nullptr ? *other_storage : storage;
    euicc = sim::Euicc::power_up(persona, credentials, {random, memory}).value();
    link.emplace(*euicc);
    transport.emplace(*link);
    es9.emplace(*server);
    lpa.emplace(*transport, *es9);
  }
  smdp::Order& add_order(std::string matching_id = "TEST",
                         std::string iccid = "8988211000000000019") {
    smdp::Order order;
    order.matching_id = matching_id;
    rsp::Bytes profile = make_profile(std::move(iccid));
    order.metadata =
        smdp::metadata_for(profile, "Provider", "Test profile", std::string(kHost)).value();
    order.profile_package = std::make_shared<const rsp::Bytes>(std::move(profile));
    EXPECT_TRUE(orders.add(std::move(order)));
    return *orders.find(matching_id);
  }
  lpa::ActivationCode activation_code(std::string matching_id = "TEST") const {
    return {std::string(kHost), std::move(matching_id), std::nullopt, false};
  }

  const rsp::pki::TestPki& pki;
  smdp::SmdpConfig config;
  sim::Persona persona;
  sim::Credentials credentials;
  rsp::SeededRandom random{42};
  rsp::ManualClock clock{rsp::SystemClock().now()};
  smdp::OrderStore orders;
  sim::MemoryStorage storage;
  sim::Storage* other_storage = nullptr;  // where the card's memory is, if not in `storage`
  std::optional<smdp::Smdp> server;
  std::unique_ptr<sim::Euicc> euicc;
  std::optional<lpa::InProcessLink> link;
  std::optional<lpa::ApduTransport> transport;
  std::optional<hil::DirectEs9> es9;
  std::optional<lpa::Lpa> lpa;
};

}  // namespace testing_world
