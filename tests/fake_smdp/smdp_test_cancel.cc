// ES9+.CancelSession (SGP.22 v2, 5.6.5; SGP.23 4.3.16).
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

struct CancelSession : SmdpTest {
  CancelSession() { start(); }
  std::string code(const rsp::CancelSessionRequestEs9& request) {
    return code_of(server().cancel_session(request));
  }
};

// --- Which reason leaves the order open (C.1 rule 19)
// -----------------------------------------------------------

struct Reason {
  CancelSessionReason reason;
  std::string state_afterwards;
  friend void PrintTo(const Reason& row, std::ostream* out) { *out << name_of(row.reason); }
};

const Reason kReasons[] = {{CancelSessionReason::kEndUserRejection, "error"},
                           {CancelSessionReason::kPostponed, "released"},
                           {CancelSessionReason::kTimeout, "released"},
                           {CancelSessionReason::kPprNotAllowed, "error"},
                           {CancelSessionReason::kMetadataMismatch, "error"},
                           {CancelSessionReason::kLoadBppExecutionError, "error"},
                           {CancelSessionReason::kUndefinedReason, "error"}};

struct CancelReasons : CancelSession, ::testing::WithParamInterface<Reason> {
  std::string told() const { return "cancelled: " + name_of(GetParam().reason); }
};
INSTANTIATE_TEST_SUITE_P(SGP22_5_6_5, CancelReasons, ::testing::ValuesIn(kReasons),
                         [](const auto& row) { return name_of(row.param.reason); });

// SGP.23 4.3.16.2.1 #01 to #05.
TEST_P(CancelReasons, MoveTheOrderAfterAuthenticateClient) {
  auto client = device->authenticate();
  EXPECT_EQ(code(device->cancel_request(client.transaction_id, GetParam().reason)), "ok");
  EXPECT_EQ(state(), GetParam().state_afterwards);
  EXPECT_THAT(order().history, ::testing::Contains(told()));
}

// SGP.23 4.3.16.2.2 #01 to #07.
TEST_P(CancelReasons, MoveTheOrderAfterGetBoundProfilePackage) {
  auto package = device->download();
  EXPECT_EQ(code(device->cancel_request(package.transaction_id, GetParam().reason)), "ok");
  EXPECT_EQ(state(), GetParam().state_afterwards);
  EXPECT_THAT(order().history, ::testing::Contains(told()));
}

TEST_F(CancelSession, APostponedDownloadCanBeDoneLater) {
  auto package = device->download();
  auto request = device->cancel_request(package.transaction_id, CancelSessionReason::kPostponed);
  EXPECT_EQ(code(request), "ok");
  EXPECT_EQ(outcome_of(device->download_and_install()), "success");
}

// A reason of a later version is none of those that leave the order open.
TEST_F(CancelSession, AReasonThatItDoesNotKnowEndsTheOrder) {
  auto client = device->authenticate();
  auto request =
      altered(device->cancel_request(client.transaction_id, CancelSessionReason::kTimeout),
              [](auto& signed_part) { signed_part.reason = CancelSessionReason{23}; });
  EXPECT_EQ(code(request), "ok");
  EXPECT_EQ(state(), "error");
}

// --- The session is over
// ----------------------------------------------------------------------------------------

TEST_F(CancelSession, EndsTheSession) {
  auto client = device->authenticate();
  auto prepared = device->package_request(client);
  auto cancel = device->cancel_request(client.transaction_id, CancelSessionReason::kPostponed);
  EXPECT_EQ(code(cancel), "ok");
  EXPECT_EQ(code_of(server().get_bound_profile_package(prepared)), "8.10.1/3.9");
  EXPECT_EQ(code(cancel), "8.10.1/3.9");
}

// --- Refusals, which change nothing
// -----------------------------------------------------------------------------

struct CancelRefused : CancelSession {
  CancelRefused()
      : client(device->authenticate()),
        honest(device->cancel_request(client.transaction_id,
                                      CancelSessionReason::kEndUserRejection)) {}
  /// After a refusal the honest request still works: session and order are as they were.
  void expect_nothing_changed() {
    EXPECT_EQ(state(), "released");
    EXPECT_EQ(code(honest), "ok");
    EXPECT_EQ(state(), "error");
  }

  rsp::AuthenticateClientOk client;
  rsp::CancelSessionRequestEs9 honest;
};

// SGP.23 4.3.16.2.1 #06.
TEST_F(CancelRefused, ForATransactionThatItDoesNotKnow) {
  auto request = honest;
  request.transaction_id = kUnknownTransaction;
  EXPECT_EQ(code(request), "8.10.1/3.9");
  expect_nothing_changed();
}

// #07.
TEST_F(CancelRefused, ForAnotherTransactionInsideWhatTheEuiccSigned) {
  auto request =
      altered(honest, [](auto& signed_part) { signed_part.transaction_id = kUnknownTransaction; });
  EXPECT_EQ(code(request), "8.10.1/3.9");
  expect_nothing_changed();
}

// #08.
TEST_F(CancelRefused, ForAWrongSignature) {
  auto request = honest;
  flip(ok_of(request).euicc_cancel_session_signature);
  EXPECT_EQ(code(request), "8.1/6.1");
  expect_nothing_changed();
}

// #09; SGP.22 5.6.5: smdpOid is the one of CERT.DPauth.
TEST_F(CancelRefused, ForTheOidOfAnotherServer) {
  auto request = altered(honest, [](auto& signed_part) {
    signed_part.smdp_oid = *rsp::asn1::oid_from_text("2.999.12");
  });
  auto answer = server().cancel_session(request);
  EXPECT_EQ(code_of(answer), "8.8/3.10");
  EXPECT_EQ(answer.error().subject_identifier, "2.999.12");
  expect_nothing_changed();
}

TEST_F(CancelRefused, WhereTheEuiccDidNotCancel) {
  rsp::CancelSessionRequestEs9 request{client.transaction_id, {}, {}};
  request.cancel_session_response.result = rsp::CancelSessionError::kInvalidTransactionId;
  auto answer = server().cancel_session(request);
  EXPECT_EQ(code_of(answer), "8.1/4.2");
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("invalidTransactionId"));
  expect_nothing_changed();
}

// Before AuthenticateClient the server does not know whose key would have signed.
TEST_F(CancelSession, IsNotBelievedBeforeTheEuiccIsKnown) {
  auto begun = must(server().initiate_authentication(device->initiate_request()));
  device->authenticate_server(begun, "TEST");
  auto request =
      device->cancel_request(begun.transaction_id, CancelSessionReason::kUndefinedReason);
  EXPECT_EQ(code(request), "8.1/6.1");
  EXPECT_EQ(state(), "released");
}

// The eUICC is known and its order is not: there is nothing that could be moved.
TEST_F(CancelSession, MovesNothingWhereNoOrderWasFound) {
  auto request = device->client_request("NO-SUCH-ID");
  EXPECT_EQ(code_of(server().authenticate_client(request)), "8.2.6/3.8");
  auto cancel =
      device->cancel_request(request.transaction_id, CancelSessionReason::kUndefinedReason);
  EXPECT_EQ(code(cancel), "ok");
  EXPECT_EQ(state(), "released");
}

// Another session of the same order has installed the profile meanwhile.
TEST_F(CancelSession, DoesNotTakeBackAnInstalledProfile) {
  auto package = device->download();
  auto cancel = device->cancel_request(package.transaction_id, CancelSessionReason::kTimeout);
  order().state = OrderState::kInstalled;
  EXPECT_EQ(code(cancel), "ok");
  EXPECT_EQ(state(), "installed");
}

// SGP.22 3.1.6: an order that has ended in Error stays there.
TEST_F(CancelSession, DoesNotReopenAnOrderInError) {
  auto client = device->authenticate();
  order().state = OrderState::kError;
  EXPECT_EQ(code(device->cancel_request(client.transaction_id, CancelSessionReason::kPostponed)),
            "ok");
  EXPECT_EQ(state(), "error");
}

}  // namespace
}  // namespace smdp::testing
