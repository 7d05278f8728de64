// ES9+.InitiateAuthentication (SGP.22 v2, 5.6.1; SGP.23 4.3.12.2.1).
#include <set>

#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

using rsp::crypto::Curve;
using testing_world::kHost;
using testing_world::test_pki;

struct InitiateAuthentication : SmdpTest {
  InitiateAuthentication() { start(); }
  Answer<rsp::InitiateAuthenticationOk> initiate(
      const rsp::InitiateAuthenticationRequest& request) {
    return server().initiate_authentication(request);
  }
};

// SGP.23 4.3.12.2.1 #01; SGP.22 5.6.1: what stands in serverSigned1.
TEST_F(InitiateAuthentication, AnswersForTheChallengeAndTheAddressThatItWasAsked) {
  auto request = device->initiate_request();
  auto ok = must(initiate(request));
  const rsp::ServerSigned1& signed1 = ok.server_signed1.value;
  EXPECT_EQ(signed1.transaction_id, ok.transaction_id);
  EXPECT_EQ(signed1.euicc_challenge, request.euicc_challenge);
  EXPECT_EQ(signed1.server_address, kHost);
  EXPECT_EQ(ok.server_certificate.der, rsp::to_bytes(world.pki.dp_auth->certificate.der()));
  EXPECT_EQ(rsp::to_hex(ok.euicc_ci_pkid_to_be_used),
            rsp::to_hex(world.pki.ci.certificate.subject_key_id()));
}

// SGP.22 5.6.1: serverSignature1 is made with the key of CERT.DPauth over serverSigned1.
TEST_F(InitiateAuthentication, SignsWithTheKeyOfDpAuth) {
  auto ok = must(initiate(device->initiate_request()));
  const auto& key = world.pki.dp_auth->key.public_key();
  EXPECT_TRUE(key.verify({ok.server_signed1.der}, ok.server_signature1));
  EXPECT_EQ(ok.server_signature1.size(), 64u);
}

TEST_F(InitiateAuthentication, GivesWhatTheEuiccAccepts) {
  auto response = device->authenticate_server(must(initiate(device->initiate_request())), "TEST");
  EXPECT_TRUE(std::holds_alternative<rsp::AuthenticateResponseOk>(response.result));
}

// SGP.23 4.3.12.2.1 #02.
TEST_F(InitiateAuthentication, NeverRepeatsTransactionIdsAndChallenges) {
  std::set<rsp::Bytes> transactions;
  std::set<rsp::Challenge> challenges;
  auto request = device->initiate_request();
  constexpr std::size_t kCalls = 300;
  for (std::size_t i = 0; i < kCalls; ++i) {
    auto ok = must(initiate(request));
    transactions.insert(ok.transaction_id);
    challenges.insert(ok.server_signed1.value.server_challenge);
  }
  EXPECT_EQ(transactions.size(), kCalls);
  EXPECT_EQ(challenges.size(), kCalls);
}

// SGP.23 4.3.12.2.1 #03; SGP.22 5.6.1: 8.8.1/3.8.
TEST_F(InitiateAuthentication, RefusesTheAddressOfAnotherServer) {
  auto request = device->initiate_request();
  for (std::string address : {"testsmdpplus2.example.com", "", "testsmdpplus1.example.com.",
                              "testsmdpplus1.example.co", "testsmdpplus1.example.com:443",
                              // U+212A, which Unicode folds to k and ASCII does not
                              "testsmdpplus1.example.com\u212A"}) {
    request.smdp_address = address;
    auto answer = initiate(request);
    EXPECT_EQ(code_of(answer), "8.8.1/3.8") << address;
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().subject_identifier, address);
  }
}

// Pitfall H 33: addresses are compared without regard to case. The eUICC compares what it gets back
// with what the LPA called, so the answer repeats the LPA's spelling.
TEST_F(InitiateAuthentication, ComparesTheAddressWithoutRegardToCase) {
  auto request = device->initiate_request();
  request.smdp_address = "TestSMDPplus1.EXAMPLE.com";
  auto ok = must(initiate(request));
  EXPECT_EQ(ok.server_signed1.value.server_address, "TestSMDPplus1.EXAMPLE.com");
}

TEST_F(InitiateAuthentication, TakesAnAliasWithPort) {
  world.config.addresses.push_back(std::string(kHost) + ":8443");
  start();
  auto request = device->initiate_request();
  request.smdp_address = "TESTSMDPPLUS1.example.com:8443";
  EXPECT_EQ(code_of(initiate(request)), "ok");
  request.smdp_address = std::string(kHost) + ":8444";
  EXPECT_EQ(code_of(initiate(request)), "8.8.1/3.8");
}

// SGP.23 4.3.12.2.1 #04: no CI in euiccCiPKIdListForSigning that the server trusts.
TEST_F(InitiateAuthentication, NeedsACommonCiForSigning) {
  auto request = device->initiate_request();
  request.euicc_info1.ci_pkid_list_for_signing = {rsp::Bytes(20, 0xAB)};
  EXPECT_EQ(code_of(initiate(request)), "8.8.2/3.1");
  request.euicc_info1.ci_pkid_list_for_signing.clear();
  EXPECT_EQ(code_of(initiate(request)), "8.8.2/3.1");
}

// SGP.23 4.3.12.2.1 #06: no DPauth under a CI in euiccCiPKIdListForVerification.
TEST_F(InitiateAuthentication, NeedsACertificateThatTheEuiccCanVerify) {
  auto request = device->initiate_request();
  request.euicc_info1.ci_pkid_list_for_verification = {rsp::Bytes(20, 0xAB)};
  EXPECT_EQ(code_of(initiate(request)), "8.8.4/3.7");
  request.euicc_info1.ci_pkid_list_for_verification.clear();
  EXPECT_EQ(code_of(initiate(request)), "8.8.4/3.7");
}

// Without CERT.DPpb no profile could be bound later.
TEST_F(InitiateAuthentication, DoesNotBeginUnderAnIdentityWithoutDpPb) {
  world.config.identities.front().pb.reset();
  start();
  EXPECT_EQ(code_of(initiate(device->initiate_request())), "8.8.4/3.7");
}

// SGP.23 4.3.12.2.1 #05, #07 to #09.
TEST_F(InitiateAuthentication, ServesTheVersionsThatItIsConfiguredFor) {
  world.config.lowest_svn = {2, 1, 0};
  world.config.highest_svn = {2, 3, 0};
  start();
  const std::pair<rsp::VersionType, std::string> cases[] = {{{1, 255, 255}, "8.8.3/3.1"},
                                                            {{2, 0, 255}, "8.8.3/3.1"},
                                                            {{2, 1, 0}, "ok"},
                                                            {{2, 2, 1}, "ok"},
                                                            {{2, 2, 2}, "ok"},
                                                            {{2, 3, 0}, "ok"},
                                                            {{2, 3, 1}, "8.8.3/3.1"},
                                                            {{3, 0, 0}, "8.8.3/3.1"},
                                                            {{0, 0, 0}, "8.8.3/3.1"}};
  auto request = device->initiate_request();
  for (const auto& [svn, expected] : cases) {
    request.euicc_info1.svn = svn;
    EXPECT_EQ(code_of(initiate(request)), expected) << rsp::version_text(svn);
  }
}

/// A server with an identity on each curve.
struct TwoCis : InitiateAuthentication {
  TwoCis() {
    world.config.identities.push_back(testing_world::server_identity(brainpool));
    EXPECT_TRUE(world.config.trusted_cis.add(brainpool.ci.certificate));
    start();
  }
  static rsp::Bytes id(const rsp::pki::TestPki& pki) {
    return rsp::to_bytes(pki.ci.certificate.subject_key_id());
  }
  /// "signing CI, identity" of the answer.
  std::string choice(std::vector<rsp::Bytes> signing, std::vector<rsp::Bytes> verification) {
    auto request = device->initiate_request();
    request.euicc_info1.ci_pkid_list_for_signing = std::move(signing);
    request.euicc_info1.ci_pkid_list_for_verification = std::move(verification);
    auto answer = initiate(request);
    if (!answer) return to_string(answer.error());
    auto name = [&](bool is_nist) { return is_nist ? "nist" : "brainpool"; };
    return std::string(name(answer->euicc_ci_pkid_to_be_used == id(nist))) + ", " +
           name(answer->server_certificate.der == rsp::to_bytes(nist.dp_auth->certificate.der()));
  }

  const rsp::pki::TestPki& nist = test_pki(Curve::kNistP256);
  const rsp::pki::TestPki& brainpool = test_pki(Curve::kBrainpoolP256r1);
};

// SGP.22 5.6.1: the lists are in the eUICC's order of priority; the first that both know is taken.
TEST_F(TwoCis, FollowsTheEuiccsOrderOfPriority) {
  rsp::Bytes n = id(nist), b = id(brainpool), unknown(20, 0xAB);
  EXPECT_EQ(choice({n, b}, {n, b}), "nist, nist");
  EXPECT_EQ(choice({b, n}, {n, b}), "brainpool, brainpool");
  EXPECT_EQ(choice({unknown, b, n}, {n, b}), "brainpool, brainpool");
  EXPECT_EQ(choice({unknown, n}, {unknown, b, n}), "nist, nist");
}

// A CI later in the list is taken where the first one has no certificate that the eUICC could
// verify.
TEST_F(TwoCis, PrefersOneCiForBothDirections) {
  EXPECT_EQ(choice({id(brainpool), id(nist)}, {id(nist)}), "nist, nist");
}

// The lists may differ: the eUICC signs under one CI and verifies under another.
TEST_F(TwoCis, SignsUnderAnotherCiWhereTheEuiccVerifiesNoOther) {
  EXPECT_EQ(choice({id(brainpool)}, {id(nist)}), "brainpool, nist");
}

struct OnCurve : SmdpTest, ::testing::WithParamInterface<Curve> {};

// SGP.23 4.3.12.2.1 and .2.3: NIST P-256 and brainpoolP256r1, from the challenge to the delivered
// result.
TEST_P(OnCurve, ADownloadWorksFromEndToEnd) {
  World on_curve(GetParam());
  on_curve.add_order();
  on_curve.start();
  Device card(*on_curve.server, testing_world::card_credentials(on_curve.pki));
  auto result = card.download_and_install();
  EXPECT_EQ(outcome_of(result), "success");
  on_curve.server->handle_notification({result, {}});
  EXPECT_EQ(name_of(on_curve.orders.find("TEST")->state), "installed");
}
INSTANTIATE_TEST_SUITE_P(BothCurves, OnCurve,
                         ::testing::Values(Curve::kNistP256, Curve::kBrainpoolP256r1),
                         [](const auto& curve) {
                           return curve.param == Curve::kNistP256 ? "NistP256" : "BrainpoolP256r1";
                         });

}  // namespace
}  // namespace smdp::testing
