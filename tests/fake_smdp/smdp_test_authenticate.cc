// ES9+.AuthenticateClient (SGP.22 v2, 5.6.3; SGP.23 4.3.14).
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

using rsp::crypto::Curve;
using rsp::pki::CertificateTemplate;
using rsp::pki::Extension;
using rsp::pki::Identity;
using testing_world::test_pki;

struct AuthenticateClient : SmdpTest {
  AuthenticateClient() { start(); }
  std::string code(const rsp::AuthenticateClientRequest& request) {
    return code_of(server().authenticate_client(request));
  }
};

// SGP.23 4.3.14.2.1 #11: an activation code that is not tied to an EID.
TEST_F(AuthenticateClient, AnswersWithTheOrdersMetadata) {
  auto client = device->authenticate();
  EXPECT_EQ(rsp::asn1::encode(client.profile_metadata), rsp::asn1::encode(order().metadata));
  EXPECT_FALSE(client.smdp_signed2.value.cc_required_flag);
  EXPECT_FALSE(client.smdp_signed2.value.bpp_euicc_otpk);
  EXPECT_EQ(client.smdp_signed2.value.transaction_id, client.transaction_id);
  EXPECT_EQ(client.smdp_certificate.der, rsp::to_bytes(world.pki.dp_pb->certificate.der()));
}

// SGP.22 5.6.3 and C.1 rule 8: smdpSignature2 by DPpb, over smdpSigned2 and euiccSignature1.
TEST_F(AuthenticateClient, SignsWithTheKeyOfDpPbOverBothParts) {
  auto request = device->client_request();
  auto client = must(server().authenticate_client(request));
  EXPECT_TRUE(world.pki.dp_pb->key.public_key().verify(
      {client.smdp_signed2.der, signature_tlv(ok_of(request).euicc_signature1)},
      client.smdp_signature2));
}

// SGP.23 4.3.14.2.1 #12.
TEST_F(AuthenticateClient, SaysThatAConfirmationCodeIsNeeded) {
  order().confirmation_code_hash = hash_confirmation_code("12345678");
  EXPECT_TRUE(device->authenticate().smdp_signed2.value.cc_required_flag);
}

// --- Who the eUICC is
// -------------------------------------------------------------------------------------------

/// An eUICC whose certificates are under the test CI and wrong in one way.
struct CertificateFault {
  std::string name;
  std::string expected;
  std::function<void(CertificateTemplate& eum, CertificateTemplate& euicc)> change;
  friend void PrintTo(const CertificateFault& fault, std::ostream* out) { *out << fault.name; }
};

struct BadCertificates : AuthenticateClient, ::testing::WithParamInterface<CertificateFault> {
  rsp::crypto::PrivateKey new_key() {
    return rsp::crypto::PrivateKey::generate(euicc_key().curve());
  }
};

const auto kNow = rsp::SystemClock().now();
constexpr auto kHour = std::chrono::hours(1);
constexpr auto kYear = std::chrono::hours(365 * 24);

void give_role(CertificateTemplate& what, rsp::pki::Role role) {
  what.policies = {rsp::pki::policy_of(role)};
}

const CertificateFault kCertificateFaults[] = {
    // The same way of making them, without a fault.
    {"Good", "ok", [](auto&, auto&) {}},
    // SGP.23 4.3.14.2.2 case 1: the EUM certificate is invalid.
    {"EumOfAnotherRole", "8.1.2/6.1",
     [](auto& eum, auto&) { give_role(eum, rsp::pki::Role::kDpAuth); }},
    {"EumWithoutPolicy", "8.1.2/6.1",
     [](auto& eum, auto&) { eum = eum.without(Extension::kCertificatePolicies); }},
    {"EumThatMayNotSign", "8.1.2/6.1",
     [](auto& eum, auto&) { eum.key_usage = {rsp::pki::kDigitalSignature}; }},
    {"EumWithoutKeyUsage", "8.1.2/6.1",
     [](auto& eum, auto&) { eum = eum.without(Extension::kKeyUsage); }},
    {"EumThatIsNoCa", "8.1.2/6.1",
     [](auto& eum, auto&) { eum.basic_constraints = {.ca = false, .path_length = {}}; }},
    {"EumWithoutNameConstraints", "8.1.2/6.1",
     [](auto& eum, auto&) { eum = eum.without(Extension::kNameConstraints); }},
    {"EumWithBadSignature", "8.1.2/6.1",
     [](auto& eum, auto&) { eum.signature = *rsp::from_hex("3006020101020101"); }},
    {"EumWithUnknownCriticalExtension", "8.1.2/6.1",
     [](auto& eum, auto&) {
       eum.more_extensions = {{*rsp::asn1::oid_from_text("2.999.77"), true, rsp::Bytes{5, 0}}};
     }},
    // Case 2: it has expired.
    {"EumExpired", "8.1.2/6.3", [](auto& eum, auto&) { eum.not_after = kNow - kHour; }},
    // Case 3: the eUICC certificate is invalid.
    {"EuiccOfAnotherRole", "8.1.3/6.1",
     [](auto&, auto& euicc) { give_role(euicc, rsp::pki::Role::kDpPb); }},
    {"EuiccThatMayNotSign", "8.1.3/6.1",
     [](auto&, auto& euicc) { euicc.key_usage = {rsp::pki::kKeyAgreement}; }},
    {"EuiccWithBadSignature", "8.1.3/6.1",
     [](auto&, auto& euicc) { euicc.signature = *rsp::from_hex("3006020101020101"); }},
    // SGP.22 4.5.2.1.0.3: the EID is outside what the EUM may issue.
    {"EuiccOutsideTheEumsRange", "8.1.3/6.1",
     [](auto&, auto& euicc) {
       euicc.subject = rsp::pki::euicc_template("89033023123451234512345678901235", kNow).subject;
     }},
    {"EuiccWhoseEidIsNoEid", "8.1.3/6.1",
     [](auto&, auto& euicc) {
       euicc.subject = rsp::pki::euicc_template("8904903212345", kNow).subject;
     }},
    {"EuiccOfAnotherEum", "8.1.3/6.1",
     [](auto&, auto& euicc) { euicc.authority_key_id = rsp::Bytes(20, 0x11); }},
    // Case 4.
    {"EuiccExpired", "8.1.3/6.3", [](auto&, auto& euicc) { euicc.not_after = kNow - kHour; }},
};

TEST_P(BadCertificates, AreRefusedWithTheCodeOfTheCertificateAtFault) {
  auto eum_template = rsp::pki::eum_template(rsp::pki::kTestEumRange, kNow - kYear);
  auto euicc_template = rsp::pki::euicc_template(rsp::pki::kTestEid, kNow - kYear);
  GetParam().change(eum_template, euicc_template);
  Identity eum = rsp::pki::issue(eum_template, world.pki.ci, new_key(), world.random);
  Identity euicc = rsp::pki::issue(euicc_template, eum, new_key(), world.random);

  auto request = device->client_request();
  auto& ok = ok_of(request);
  ok.eum_certificate.der = rsp::to_bytes(eum.certificate.der());
  ok.euicc_certificate.der = rsp::to_bytes(euicc.certificate.der());
  sign(ok, euicc.key);
  EXPECT_EQ(code(request), GetParam().expected);
}
INSTANTIATE_TEST_SUITE_P(Es9, BadCertificates, ::testing::ValuesIn(kCertificateFaults),
                         [](const auto& fault) { return fault.param.name; });

// SGP.23 4.3.14.2.2 cases 1 and 3, where the octets are no certificate at all.
TEST_F(AuthenticateClient, RefusesCertificatesThatCannotBeRead) {
  auto honest = device->client_request();
  auto request = honest;
  ok_of(request).eum_certificate.der = *rsp::from_hex("3003020101");
  EXPECT_EQ(code(request), "8.1.2/6.1");
  request = honest;
  ok_of(request).euicc_certificate.der = *rsp::from_hex("3000");
  EXPECT_EQ(code(request), "8.1.3/6.1");
}

// SGP.23 4.3.14.2.2 case 7.
TEST_F(AuthenticateClient, RefusesAnEumUnderACiThatItDoesNotKnow) {
  auto stranger = rsp::pki::make_test_pki(Curve::kNistP256, kNow, world.random);
  auto request = device->client_request();
  auto& ok = ok_of(request);
  ok.eum_certificate.der = rsp::to_bytes(stranger.eum->certificate.der());
  ok.euicc_certificate.der = rsp::to_bytes(stranger.euicc->certificate.der());
  sign(ok, stranger.euicc->key);
  EXPECT_EQ(code(request), "8.11.1/3.9");
}

// SGP.23 4.3.14.2.2 case 5.
TEST_F(AuthenticateClient, RefusesAWrongSignature) {
  auto honest = device->client_request();
  auto request = honest;
  flip(ok_of(request).euicc_signature1);
  EXPECT_EQ(code(request), "8.1/6.1");
  ok_of(request).euicc_signature1.clear();
  EXPECT_EQ(code(request), "8.1/6.1");
  ok_of(request).euicc_signature1.assign(64, 0);
  EXPECT_EQ(code(request), "8.1/6.1");
  ok_of(request).euicc_signature1.assign(4096, 0xFF);
  EXPECT_EQ(code(request), "8.1/6.1");
  request = honest;
  sign(ok_of(request), world.pki.dp_auth->key);  // a good key, and not this eUICC's
  EXPECT_EQ(code(request), "8.1/6.1");
  EXPECT_EQ(code(honest), "ok");
}

// SGP.22 2.6.2: the signature covers the octets as they came, so a change of one bit is seen.
TEST_F(AuthenticateClient, RefusesSignedOctetsThatWereChanged) {
  auto request = device->client_request();
  ok_of(request).euicc_signed1.der.back() ^= 0x01;
  EXPECT_EQ(code(request), "8.1/6.1");
}

// SGP.23 4.3.14.2.2 case 6: an answer to another session's challenge, correctly signed.
TEST_F(AuthenticateClient, RefusesTheAnswerToAnotherChallenge) {
  auto request =
      altered(device->client_request(), [](auto& signed1) { signed1.server_challenge[0] ^= 0x80; });
  EXPECT_EQ(code(request), "8.1/6.1");
}

// Not specified: the code for an eUICC that did not accept the server.
TEST_F(AuthenticateClient, ReportsThatTheEuiccRefusedTheServer) {
  auto request = device->client_request();
  request.authenticate_server_response.result = rsp::AuthenticateResponseError{
      request.transaction_id, rsp::AuthenticateErrorCode::kInvalidSignature, {}};
  auto answer = server().authenticate_client(request);
  EXPECT_EQ(code_of(answer), "8.1/4.2");
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("invalidSignature"));
}

// --- The transaction
// --------------------------------------------------------------------------------------------

// SGP.23 4.3.14.2.2 case 9: unknown in JSON.
TEST_F(AuthenticateClient, RefusesATransactionThatItDoesNotKnow) {
  auto request = device->client_request();
  request.transaction_id = kUnknownTransaction;
  auto answer = server().authenticate_client(request);
  EXPECT_EQ(code_of(answer), "8.10.1/3.9");
  EXPECT_EQ(answer.error().subject_identifier, "DEAD");
}

// Case 10: another one inside euiccSigned1, correctly signed.
TEST_F(AuthenticateClient, RefusesAnotherTransactionInsideWhatTheEuiccSigned) {
  auto request = altered(device->client_request(),
                         [](auto& signed1) { signed1.transaction_id = kUnknownTransaction; });
  EXPECT_EQ(code(request), "8.10.1/3.9");
}

// SGP.23 4.3.14.2.1 #03: a second attempt after a MatchingID that was refused.
TEST_F(AuthenticateClient, AFailureLeavesTheSessionOpenForAnotherTry) {
  auto good = device->client_request();
  auto refused = altered(good, [](auto& signed1) {
    signed1.ctx_params1.value.matching_id = "NO-SUCH-ID";
    signed1.ctx_params1.der.clear();
  });
  EXPECT_EQ(code(refused), "8.2.6/3.8");
  EXPECT_EQ(code(good), "ok");
}

// --- The order
// --------------------------------------------------------------------------------------------------

// SGP.23 4.3.14.2.2 case 8; SGP.22 3.1.6: only a released profile is downloaded, or one whose
// download did not end.
TEST_F(AuthenticateClient, ServesOnlyReleasedAndDownloadedOrders) {
  using enum OrderState;
  const std::pair<OrderState, std::string> cases[] = {
      {kAvailable, "8.2/1.2"}, {kAllocated, "8.2/1.2"}, {kLinked, "8.2/1.2"},
      {kConfirmed, "8.2/1.2"}, {kReleased, "ok"},       {kDownloaded, "ok"},
      {kInstalled, "8.2/1.2"}, {kError, "8.2/1.2"},     {kUnavailable, "8.2/1.2"}};
  for (const auto& [state, expected] : cases) {
    order().state = state;
    EXPECT_EQ(code(device->client_request()), expected) << name_of(state);
    EXPECT_EQ(order().state, state);
  }
}

// SGP.23 4.3.14.2.2 case 12.
TEST_F(AuthenticateClient, RefusesAMatchingIdThatItDoesNotKnow) {
  for (std::string id : {"TEST2", "TES", "test", "TEST ", "eid:89049032123451234512345678901235"}) {
    auto answer = server().authenticate_client(device->client_request(id));
    EXPECT_EQ(code_of(answer), "8.2.6/3.8") << id;
    EXPECT_EQ(answer.error().subject_identifier, id);
  }
}

/// An order for the default SM-DP+ of one eUICC: without a MatchingID, linked to an EID.
struct DefaultOrder : AuthenticateClient {
  void add_default_order(rsp::Eid eid) {
    Order order;
    order.eid = eid;
    rsp::Bytes profile = testing_world::make_profile("8988211000000000027");
    order.metadata =
        must(metadata_for(profile, "Provider", "Default", "testsmdpplus1.example.com"));
    order.profile_package = std::make_shared<const rsp::Bytes>(std::move(profile));
    ASSERT_TRUE(orders().add(std::move(order)));
  }
};

// SGP.23 4.3.14.2.1 #01, #14, #17, #18; pitfall H 34: absent and empty are different on the wire
// and mean the same.
TEST_F(DefaultOrder, IsFoundByTheEidWithoutAMatchingIdAndWithAnEmptyOne) {
  add_default_order(device->euicc().eid());
  for (std::optional<std::string> id :
       {std::optional<std::string>(), std::optional<std::string>("")}) {
    auto answer = server().authenticate_client(device->client_request(id));
    ASSERT_EQ(code_of(answer), "ok");
    EXPECT_EQ(answer->profile_metadata.profile_name, "Default");
  }
}

// SGP.23 4.3.14.2.2 case 11: nothing for any default SM-DP+.
TEST_F(DefaultOrder, WithoutOneAnEmptyMatchingIdIsRefused) {
  EXPECT_EQ(code(device->client_request(std::nullopt)), "8.2.6/3.8");
  EXPECT_EQ(code(device->client_request("")), "8.2.6/3.8");
}

// SGP.23 4.3.14.2.2 case 14: an order waits, for another eUICC.
TEST_F(DefaultOrder, OfAnotherEuiccIsRefusedByTheEid) {
  rsp::Eid other{};
  std::ranges::copy(*rsp::from_hex(kOtherEid), other.begin());
  add_default_order(other);
  EXPECT_EQ(code(device->client_request(std::nullopt)), "8.1.1/3.8");
  EXPECT_EQ(code(device->client_request("")), "8.1.1/3.8");
}

// SGP.23 4.3.14.2.2 case 20, and .2.1 #08.
TEST_F(AuthenticateClient, RefusesAnotherEuiccThanTheOneLinked) {
  order().eid.emplace();
  std::ranges::copy(*rsp::from_hex(kOtherEid), order().eid->begin());
  auto answer = server().authenticate_client(device->client_request());
  EXPECT_EQ(code_of(answer), "8.1.1/3.8");
  EXPECT_EQ(answer.error().subject_identifier, rsp::pki::kTestEid);
  EXPECT_EQ(state(), "released");
  order().eid = device->euicc().eid();
  EXPECT_EQ(code(device->client_request()), "ok");
}

// SGP.23 4.3.14.2.2 case 15; C.1 rule 6: an eUICC without testProfileSupport cannot take a test
// profile.
TEST_F(AuthenticateClient, HasNoTestProfileForAnEuiccThatTakesNone) {
  world.persona.test_profiles = false;
  start();
  order().metadata.profile_class = rsp::ProfileClass::kTest;
  EXPECT_EQ(code(device->client_request()), "8.2.5/4.3");
  EXPECT_EQ(state(), "error");
}
TEST_F(AuthenticateClient, HasATestProfileForAnEuiccThatTakesThem) {
  order().metadata.profile_class = rsp::ProfileClass::kTest;
  EXPECT_EQ(code(device->client_request()), "ok");
}

// SGP.23 4.3.14.2.2 case 16. The moment named still belongs to the order.
TEST_F(AuthenticateClient, RefusesAnExpiredOrder) {
  order().expires = world.clock.now() + kHour;
  world.clock.advance(kHour);
  EXPECT_EQ(code(device->client_request()), "ok");
  world.clock.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(code(device->client_request()), "8.8.5/4.10");
  EXPECT_EQ(state(), "error");
}

// SGP.23 4.3.14.2.2 case 17.
TEST_F(AuthenticateClient, RefusesAfterTooManyAttempts) {
  world.config.max_download_attempts = 2;
  start();
  EXPECT_EQ(code(device->client_request()), "ok");
  EXPECT_EQ(code(device->client_request()), "ok");
  EXPECT_EQ(code(device->client_request()), "8.8.5/6.4");
  EXPECT_EQ(state(), "error");
}

// A wrong MatchingID or a stranger is no attempt at this order.
TEST_F(AuthenticateClient, CountsOnlyAttemptsAtTheOrder) {
  auto request = device->client_request("NO-SUCH-ID");
  EXPECT_EQ(code(request), "8.2.6/3.8");
  request = device->client_request();
  flip(ok_of(request).euicc_signature1);
  EXPECT_EQ(code(request), "8.1/6.1");
  EXPECT_EQ(order().download_attempts, 0u);
}

// SGP.22 5.6.3: 8.1/4.8. extCardResource tells what is free (TS 102 226).
TEST_F(AuthenticateClient, RefusesAnEuiccWithTooLittleMemory) {
  world.persona.memory = order().profile_package->size() - 1;
  start();
  EXPECT_EQ(code(device->client_request()), "8.1/4.8");
  order().state = OrderState::kReleased;
  world.persona.memory = order().profile_package->size();
  start();
  EXPECT_EQ(code(device->client_request()), "ok");
}

// C.1 rule 6: an eUICC that is not eligible ends the order, and the try counts.
TEST_F(AuthenticateClient, EndsTheOrderOfAnEuiccThatIsNotEligible) {
  world.persona.memory = 10;
  start();
  EXPECT_EQ(code(device->client_request()), "8.1/4.8");
  EXPECT_EQ(state(), "error");
  EXPECT_EQ(order().download_attempts, 1u);
}

TEST_F(AuthenticateClient, RefusesAnEuiccThatTakesNoMoreProfiles) {
  auto request = altered(device->client_request(), [](auto& signed1) {
    signed1.euicc_info2.rsp_capability = {rsp::kTestProfileSupport};  // without additionalProfile
  });
  EXPECT_EQ(code(request), "8.1/4.8");
}

// An eUICC need not say how much is free; what it says may be nonsense.
TEST_F(AuthenticateClient, TakesAnyExtCardResource) {
  for (const char* resource : {"", "8100", "82", "8209010203040506070809", "FFFFFFFF", "8280"}) {
    auto request = altered(device->client_request(), [&](auto& signed1) {
      signed1.euicc_info2.ext_card_resource = *rsp::from_hex(resource);
    });
    EXPECT_EQ(code(request), "ok") << resource;
  }
}

// C.1 rule 5: the svn of EUICCInfo1, on which the server agreed, is the one of EUICCInfo2.
TEST_F(AuthenticateClient, RefusesAnotherSvnThanThatOfEuiccInfo1) {
  auto request = altered(device->client_request(), [](auto& signed1) {
    signed1.euicc_info2.svn = {2, 2, 1};
  });
  EXPECT_EQ(code(request), "8.8.3/3.1");
}

// --- What later versions add
// ------------------------------------------------------------------------------------

// SGP.23 4.3.14.2.1 #19.
TEST_F(AuthenticateClient, TakesALongerUiccCapability) {
  auto request = altered(device->client_request(),
                         [](auto& signed1) { signed1.euicc_info2.uicc_capability.set(47); });
  EXPECT_EQ(code(request), "ok");
}

// #20. The LPA extends DeviceInfo and the card repeats it.
TEST_F(AuthenticateClient, TakesAnExtendedDeviceInfo) {
  auto info = Device::device_info();
  info.unknown.elements = *rsp::from_hex("830101BF500401020304");
  info.device_capabilities.unknown.elements = *rsp::from_hex("8B03010203");
  EXPECT_EQ(code(device->client_request("TEST", info)), "ok");
}

// #21.
TEST_F(AuthenticateClient, TakesAnExtendedEuiccInfo2) {
  auto request = altered(device->client_request(), [](auto& signed1) {
    signed1.euicc_info2.unknown.elements = *rsp::from_hex("8D020102B10304010A");
    signed1.unknown.elements = *rsp::from_hex("9F7F0100");
  });
  EXPECT_EQ(code(request), "ok");
}

}  // namespace
}  // namespace smdp::testing
