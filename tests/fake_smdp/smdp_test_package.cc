// ES9+.GetBoundProfilePackage and the package itself (SGP.22 v2, 5.6.2, 2.5, 5.5; SGP.23 4.3.13).
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

rsp::BoundProfilePackage decoded(const rsp::GetBoundProfilePackageOk& ok) {
  return must(rsp::asn1::decode<rsp::BoundProfilePackage>(ok.bound_profile_package.der));
}

struct GetBoundProfilePackage : SmdpTest {
  GetBoundProfilePackage() { start(); }
  std::string code(const rsp::GetBoundProfilePackageRequest& request) {
    return code_of(server().get_bound_profile_package(request));
  }
  /// A card that is the same eUICC and has forgotten its one-time keys.
  void forget_one_time_keys() {
    device.emplace(server(), testing_world::card_credentials(world.pki), world.persona);
  }
};

// --- Both ways to protect the profile
// ---------------------------------------------------------------------------

struct KeyModes : GetBoundProfilePackage, ::testing::WithParamInterface<KeyMode> {
  KeyModes() {
    world.config.key_mode = GetParam();
    start();
  }
};
INSTANTIATE_TEST_SUITE_P(SGP22_2_5_3, KeyModes,
                         ::testing::Values(KeyMode::kSessionKeys, KeyMode::kRandomKeys),
                         [](const auto& mode) {
                           return mode.param == KeyMode::kSessionKeys ? "SessionKeys"
                                                                      : "RandomKeys";
                         });

// SGP.23 4.3.13.2.1 #01, #03.
TEST_P(KeyModes, GiveAPackageThatTheEuiccInstalls) {
  EXPECT_EQ(outcome_of(device->download_and_install()), "success");
}

// #02, #04.
TEST_P(KeyModes, GiveAPackageAfterTheConfirmationCode) {
  order().confirmation_code_hash = hash_confirmation_code("12345678");
  auto client = device->authenticate();
  auto request = device->package_request(client, hash_cc("12345678", client.transaction_id));
  auto package = must(server().get_bound_profile_package(request));
  EXPECT_EQ(outcome_of(device->install(package.bound_profile_package.der).value()), "success");
}

// #05, #06: metadata of more than 1008 octets goes in two segments.
TEST_P(KeyModes, CutLongMetadataIntoTwoSegments) {
  order().metadata.icon_type = rsp::IconType::kPng;
  order().metadata.icon = rsp::Bytes(1024, 0x5A);
  auto package = device->download();
  auto segments = decoded(package).sequence_of_88;
  ASSERT_EQ(segments.size(), 2u);
  EXPECT_EQ(segments[0].size(), rsp::crypto::kMaxMacOnlyPlaintext + rsp::crypto::kBspMacSize);
  EXPECT_EQ(outcome_of(device->install(package.bound_profile_package.der).value()), "success");
}

// SGP.22 2.5.3: ReplaceSessionKeys is there in the one mode and not in the other.
TEST_P(KeyModes, SayItByReplaceSessionKeys) {
  EXPECT_EQ(decoded(device->download()).second_sequence_of_87.has_value(),
            GetParam() == KeyMode::kRandomKeys);
}

// SGP.22 2.5.3, pitfall H 15: a TLV has 1020 octets with all it carries, so 1007 of plaintext. The
// last one is shorter.
TEST_P(KeyModes, KeepEverySegmentWithin1020Octets) {
  const std::pair<std::size_t, std::vector<std::size_t>> cases[] = {{1006, {1020}},
                                                                    {1007, {1020}},
                                                                    {1008, {1020, 26}},
                                                                    {2014, {1020, 1020}},
                                                                    {2015, {1020, 1020, 26}}};
  for (const auto& [size, expected] : cases) {
    order().profile_package = std::make_shared<const rsp::Bytes>(size, std::uint8_t{0x77});
    forget_one_time_keys();
    auto package = device->download();
    std::vector<std::size_t> sizes;
    for (rsp::BytesView segment :
         must(rsp::card::bpp_segments(package.bound_profile_package.der))) {
      if (segment[0] == 0x86) sizes.push_back(segment.size());
      // BF36 with BF23 and the 87s have no limit of their own; all are far below.
      EXPECT_LE(segment.size(), rsp::crypto::kMaxBspSegment) << rsp::to_hex(segment.first(2));
    }
    EXPECT_EQ(sizes, expected) << "a profile of " << size << " octets";
  }
}

// --- What a delivery leaves behind
// ------------------------------------------------------------------------------

// C.1 rule 13; SGP.22 3.1.6.
TEST_F(GetBoundProfilePackage, LinksTheEidAndMarksTheOrderAsDownloaded) {
  ASSERT_FALSE(order().eid);
  auto package = device->download();
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(rsp::to_hex(order().eid.value()), rsp::pki::kTestEid);
  EXPECT_EQ(order().binding.value().transaction_id, package.transaction_id);
}

// The package is bound to the eUICC that asked: its EID goes into the keys.
TEST_F(GetBoundProfilePackage, SecondEuiccIsRefusedOnceAnEidIsLinked) {
  auto package = device->download();
  auto other = other_device();
  EXPECT_EQ(code_of(server().authenticate_client(other->client_request())), "8.1.1/3.8");
  EXPECT_EQ(rsp::to_hex(order().eid.value()), rsp::pki::kTestEid);
}

// The same where both eUICCs had authenticated before the first one got its package.
TEST_F(GetBoundProfilePackage, SecondEuiccIsRefusedThoughItAuthenticatedFirst) {
  auto other = other_device();
  auto other_request = other->package_request(other->authenticate());
  device->download();
  EXPECT_EQ(code(other_request), "8.1.1/3.8");
  EXPECT_EQ(rsp::to_hex(order().eid.value()), rsp::pki::kTestEid);
}

// A package that was lost on its way is asked for again within the session.
TEST_F(GetBoundProfilePackage, GivesTheSamePackageWhenItIsAskedAgain) {
  auto request = device->package_request(device->authenticate());
  auto first = must(server().get_bound_profile_package(request));
  auto again = must(server().get_bound_profile_package(request));
  EXPECT_EQ(decoded(first).sequence_of_86, decoded(again).sequence_of_86);
  EXPECT_EQ(outcome_of(device->install(again.bound_profile_package.der).value()), "success");
}

// --- Refusals
// ---------------------------------------------------------------------------------------------------

// SGP.23 4.3.13.2.10 #01.
TEST_F(GetBoundProfilePackage, RefusesAWrongSignature) {
  auto request = device->package_request(device->authenticate());
  auto forged = request;
  flip(ok_of(forged).euicc_signature2);
  EXPECT_EQ(code(forged), "8.1/6.1");
  ok_of(forged).euicc_signature2.clear();
  EXPECT_EQ(code(forged), "8.1/6.1");
  forged = request;
  ok_of(forged).euicc_signed2.der.back() ^= 0x01;
  EXPECT_EQ(code(forged), "8.1/6.1");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(code(request), "ok");
}

// SGP.22 5.7.5: euiccSignature2 covers smdpSignature2 too, which ties it to this session.
TEST_F(GetBoundProfilePackage, RefusesASignatureThatDoesNotCoverTheServersOwn) {
  auto request = device->package_request(device->authenticate());
  auto& ok = ok_of(request);
  ok.euicc_signature2 = rsp::to_bytes(euicc_key().sign({ok.euicc_signed2.der}));
  EXPECT_EQ(code(request), "8.1/6.1");
}

// SGP.23 4.3.13.2.10 #02: unknown in JSON.
TEST_F(GetBoundProfilePackage, RefusesATransactionThatItDoesNotKnow) {
  auto request = device->package_request(device->authenticate());
  request.transaction_id = kUnknownTransaction;
  EXPECT_EQ(code(request), "8.10.1/3.9");
}

// #03: another one inside euiccSigned2, correctly signed.
TEST_F(GetBoundProfilePackage, RefusesAnotherTransactionInsideWhatTheEuiccSigned) {
  auto client = device->authenticate();
  auto request = altered(device->package_request(client), client,
                         [](auto& signed2) { signed2.transaction_id = kUnknownTransaction; });
  EXPECT_EQ(code(request), "8.10.1/3.9");
}

// The functions come in their order.
TEST_F(GetBoundProfilePackage, RefusesASessionThatHasNotAuthenticatedTheClient) {
  auto old = device->package_request(device->authenticate());
  auto begun = must(server().initiate_authentication(device->initiate_request()));
  old.transaction_id = begun.transaction_id;
  EXPECT_EQ(code(old), "8.10.1/3.9");
}

TEST_F(GetBoundProfilePackage, ReportsThatTheEuiccRefusedTheDownload) {
  auto client = device->authenticate();
  rsp::GetBoundProfilePackageRequest request{client.transaction_id, {}, {}};
  request.prepare_download_response.result = rsp::PrepareDownloadResponseError{
      client.transaction_id, rsp::DownloadErrorCode::kInvalidSignature, {}};
  auto answer = server().get_bound_profile_package(request);
  EXPECT_EQ(code_of(answer), "8.1/4.2");
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("invalidSignature"));
}

TEST_F(GetBoundProfilePackage, RefusesAOneTimeKeyThatIsNoPointOnTheCurve) {
  auto client = device->authenticate();
  auto honest = device->package_request(client);
  for (rsp::Bytes point : {rsp::Bytes{}, rsp::Bytes(65, 0x04), rsp::Bytes(64, 0x04)}) {
    auto request = altered(honest, client, [&](auto& signed2) { signed2.euicc_otpk = point; });
    EXPECT_EQ(code(request), "8.1/6.1") << point.size() << " octets";
  }
  EXPECT_EQ(code(honest), "ok");
}

TEST_F(GetBoundProfilePackage, RefusesAnOrderThatExpiredSinceTheEuiccAuthenticated) {
  order().expires = world.clock.now() + std::chrono::minutes(5);
  auto request = device->package_request(device->authenticate());
  world.clock.advance(std::chrono::minutes(6));
  EXPECT_EQ(code(request), "8.8.5/4.10");
}

TEST_F(GetBoundProfilePackage, RefusesAnOrderThatIsNoLongerReleased) {
  auto request = device->package_request(device->authenticate());
  order().state = OrderState::kUnavailable;
  EXPECT_EQ(code(request), "8.2/1.2");
}

// --- The confirmation code (C.1 rules 10 and 13)
// ----------------------------------------------------------------

struct ConfirmationCode : GetBoundProfilePackage {
  ConfirmationCode() { order().confirmation_code_hash = hash_confirmation_code(kCode); }
  static constexpr std::string_view kCode = "Open Sesame 7!";
  std::string try_code(std::string_view code_given) {
    auto client = device->authenticate();
    return code(device->package_request(client, hash_cc(code_given, client.transaction_id)));
  }
};

// SGP.22 3.1.3 step 6, pitfall H 4: SHA-256 over SHA-256 of the characters and the octets of the
// transaction.
TEST_F(ConfirmationCode, IsHashedWithTheTransaction) {
  auto client = device->authenticate();
  auto inner = rsp::crypto::sha256(rsp::view_of(kCode));
  auto outer = rsp::crypto::sha256(rsp::concat({inner, client.transaction_id}));
  EXPECT_EQ(code(device->package_request(client, outer)), "ok");
}

// SGP.23 4.3.13.2.10 #04. A card would not leave it out, so it is taken away from what one signed.
TEST_F(ConfirmationCode, IsMissed) {
  auto client = device->authenticate();
  auto request = device->package_request(client, hash_cc(kCode, client.transaction_id));
  EXPECT_EQ(code(altered(request, client, [](auto& signed2) { signed2.hash_cc.reset(); })),
            "8.2.7/2.2");
  EXPECT_EQ(order().wrong_confirmation_codes, 0u);
}

// #05.
TEST_F(ConfirmationCode, IsRefusedWhenWrong) {
  EXPECT_EQ(try_code("open sesame 7!"), "8.2.7/3.8");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(order().wrong_confirmation_codes, 1u);
}

// SGP.22 3.1.3.2; A.7: 8.2.7/6.4 with the last of the tries allowed, and the order ends.
TEST_F(ConfirmationCode, IsWrongTooOftenAtTheThirdTime) {
  EXPECT_EQ(try_code("1"), "8.2.7/3.8");
  EXPECT_EQ(try_code("2"), "8.2.7/3.8");
  EXPECT_EQ(try_code("3"), "8.2.7/6.4");
  EXPECT_EQ(state(), "error");
  EXPECT_EQ(code_of(server().authenticate_client(device->client_request())), "8.2/1.2");
}

// SGP.23 4.3.13.2.4 #09: right after it was wrong.
TEST_F(ConfirmationCode, IsTakenAfterTwoWrongOnes) {
  EXPECT_EQ(try_code("1"), "8.2.7/3.8");
  EXPECT_EQ(try_code("2"), "8.2.7/3.8");
  EXPECT_EQ(try_code(kCode), "ok");
  EXPECT_EQ(state(), "downloaded");
}

// The same within one session: PrepareDownload again.
TEST_F(ConfirmationCode, IsTakenAtTheSecondTryOfOneSession) {
  auto client = device->authenticate();
  EXPECT_EQ(code(device->package_request(client, hash_cc("1", client.transaction_id))),
            "8.2.7/3.8");
  auto request = device->package_request(client, hash_cc(kCode, client.transaction_id));
  auto package = must(server().get_bound_profile_package(request));
  EXPECT_EQ(outcome_of(device->install(package.bound_profile_package.der).value()), "success");
}

// A hash for another transaction is a wrong one: it cannot be replayed.
TEST_F(ConfirmationCode, IsWorthNothingInAnotherSession) {
  auto first = device->authenticate();
  auto old_hash = hash_cc(kCode, first.transaction_id);
  EXPECT_EQ(code(device->package_request(device->authenticate(), old_hash)), "8.2.7/3.8");
}

// --- A second try (SGP.22 3.1.3.2; SGP.23 4.3.13.2.4 and .2.7)
// --------------------------------------------------

// 4.3.13.2.4 #01, #03: the eUICC shows the same otPK, so only InitialiseSecureChannel is signed
// again.
TEST_P(KeyModes, SignTheSamePackageAgainForTheSameOneTimeKey) {
  auto first = device->download();
  auto client = device->authenticate();
  auto second = must(server().get_bound_profile_package(device->package_request(client)));
  auto a = decoded(first), b = decoded(second);
  EXPECT_EQ(client.smdp_signed2.value.bpp_euicc_otpk, order().binding.value().euicc_otpk);
  EXPECT_EQ(a.initialise_secure_channel_request.smdp_otpk,
            b.initialise_secure_channel_request.smdp_otpk);
  EXPECT_EQ(a.first_sequence_of_87, b.first_sequence_of_87);
  EXPECT_EQ(a.sequence_of_88, b.sequence_of_88);
  EXPECT_EQ(a.second_sequence_of_87, b.second_sequence_of_87);
  EXPECT_EQ(a.sequence_of_86, b.sequence_of_86);
  EXPECT_EQ(b.initialise_secure_channel_request.transaction_id, client.transaction_id);
  EXPECT_EQ(outcome_of(device->install(second.bound_profile_package.der).value()), "success");
}

// 4.3.13.2.4 #05, #07: the eUICC does not know the otPK any more that it is offered.
TEST_P(KeyModes, BindAgainForAnotherOneTimeKey) {
  auto first = decoded(device->download());
  forget_one_time_keys();
  auto second = device->download();
  auto b = decoded(second);
  EXPECT_NE(first.initialise_secure_channel_request.smdp_otpk,
            b.initialise_secure_channel_request.smdp_otpk);
  EXPECT_NE(first.sequence_of_86, b.sequence_of_86);
  EXPECT_EQ(outcome_of(device->install(second.bound_profile_package.der).value()), "success");
}

// C.1 rule 7: an otPK is offered only to the eUICC that once showed it.
TEST_F(GetBoundProfilePackage, OffersNoOneTimeKeyBeforeTheFirstDelivery) {
  device->authenticate();
  EXPECT_FALSE(device->authenticate().smdp_signed2.value.bpp_euicc_otpk);
}

// The bound package is not kept over a restart, the otPK is: it is bound anew under the same key.
TEST_F(GetBoundProfilePackage, BindsAgainWhereThePackageWasNotKept) {
  device->download();
  order().binding->package.reset();
  auto package = device->download();
  EXPECT_EQ(outcome_of(device->install(package.bound_profile_package.der).value()), "success");
}

}  // namespace
}  // namespace smdp::testing
