// Sessions of the mock SM-DP+ and what it remembers of its calls.
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

using std::chrono::milliseconds;

struct Sessions : SmdpTest {
  Sessions() { start(); }
  rsp::TransactionId begin() {
    return must(server().initiate_authentication(device->initiate_request())).transaction_id;
  }
};

// SGP.22 5.6 does not say how long; a session that is too old is unknown.
TEST_F(Sessions, ExpireAtEveryStage) {
  auto lifetime = world.config.session_lifetime;
  auto client_request = device->client_request();
  world.clock.advance(lifetime + milliseconds(1));
  EXPECT_EQ(code_of(server().authenticate_client(client_request)), "8.10.1/3.9");

  auto package_request = device->package_request(device->authenticate());
  world.clock.advance(lifetime + milliseconds(1));
  EXPECT_EQ(code_of(server().get_bound_profile_package(package_request)), "8.10.1/3.9");

  auto package = device->download();
  auto cancel = device->cancel_request(package.transaction_id, CancelSessionReason::kTimeout);
  world.clock.advance(lifetime + milliseconds(1));
  EXPECT_EQ(code_of(server().cancel_session(cancel)), "8.10.1/3.9");
}

TEST_F(Sessions, AreGoodUntilTheirLifetimeIsOver) {
  auto request = device->client_request();
  world.clock.advance(world.config.session_lifetime);
  EXPECT_EQ(code_of(server().authenticate_client(request)), "ok");
}

// A card may have been slow to install; its report is believed by the order's own record.
TEST_F(Sessions, AResultIsBelievedAfterItsSessionExpired) {
  auto result = device->download_and_install();
  world.clock.advance(world.config.session_lifetime * 2);
  server().handle_notification({result, {}});
  EXPECT_EQ(state(), "installed");
}

// So many sessions that are begun and never ended drop the oldest, and only those.
TEST_F(Sessions, AreBounded) {
  world.config.max_sessions = 3;
  start();
  auto oldest = device->client_request();
  world.clock.advance(milliseconds(1));
  begin();
  world.clock.advance(milliseconds(1));
  auto kept = device->client_request();
  world.clock.advance(milliseconds(1));
  auto newest = device->client_request();
  EXPECT_EQ(code_of(server().authenticate_client(oldest)), "8.10.1/3.9");
  EXPECT_EQ(code_of(server().authenticate_client(kept)), "ok");
  EXPECT_EQ(code_of(server().authenticate_client(newest)), "ok");
}

TEST_F(Sessions, OfTwoEuiccsDoNotDisturbEachOther) {
  world.add_order("OTHER", "8988211000000000027");
  auto other = other_device();
  auto mine = device->authenticate("TEST");
  auto theirs = other->authenticate("OTHER");
  auto their_package = must(server().get_bound_profile_package(other->package_request(theirs)));
  auto my_package = must(server().get_bound_profile_package(device->package_request(mine)));
  EXPECT_EQ(outcome_of(device->install(my_package.bound_profile_package.der).value()), "success");
  EXPECT_EQ(outcome_of(other->install(their_package.bound_profile_package.der).value()), "success");
}

// Signed by one eUICC, sent in the session of another.
TEST_F(Sessions, TakeOnlyTheSignatureOfTheirOwnEuicc) {
  world.add_order("OTHER", "8988211000000000027");
  auto other = other_device();
  auto mine = device->authenticate("TEST");
  auto theirs = other->authenticate("OTHER");
  auto request = other->package_request(theirs);
  auto& ok = ok_of(request);
  ok.euicc_signed2.value.transaction_id = mine.transaction_id;
  ok.euicc_signed2.der = rsp::asn1::encode_as(kSequence, ok.euicc_signed2.value);
  request.transaction_id = mine.transaction_id;
  EXPECT_EQ(code_of(server().get_bound_profile_package(request)), "8.1/6.1");
}

// A test asks afterwards what was called, for which transaction, and how it ended.
TEST_F(Sessions, TheJournalKeepsEveryCall) {
  auto refused = device->initiate_request();
  refused.smdp_address = "elsewhere.example.com";
  (void)server().initiate_authentication(refused);
  auto result = device->download_and_install();
  server().handle_notification({result, {}});
  rsp::CancelSessionRequestEs9 cancel{kUnknownTransaction, {}, {}};
  (void)server().cancel_session(cancel);

  std::vector<std::string> told;
  for (const JournalEntry& entry : server().journal())
    told.push_back(entry.function + " " + entry.outcome);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "initiateAuthentication 8.8.1/3.8", "initiateAuthentication ok",
                      "authenticateClient ok", "getBoundProfilePackage ok",
                      "handleNotification install", "cancelSession 8.10.1/3.9"}));
  const auto& journal = server().journal();
  EXPECT_EQ(journal[0].transaction_id, rsp::Bytes{});
  for (std::size_t i = 1; i <= 4; ++i) {
    EXPECT_EQ(journal[i].transaction_id, result.data.value.transaction_id) << i;
  }
  EXPECT_EQ(journal[5].transaction_id, kUnknownTransaction);
}

TEST_F(Sessions, TheTraceHearsOfEveryCall) {
  rsp::TraceRecorder trace;
  Smdp traced(world.config, orders(), world.clock, world.random, &trace);
  (void)traced.initiate_authentication(device->initiate_request());
  ASSERT_EQ(trace.records().size(), 1u);
  EXPECT_EQ(trace.records()[0].event.name, "ES9+.initiateAuthentication");
  EXPECT_EQ(trace.records()[0].event.detail, "ok");
}

}  // namespace
}  // namespace smdp::testing
