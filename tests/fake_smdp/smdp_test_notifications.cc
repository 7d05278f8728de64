// ES9+.HandleNotification (SGP.22 v2, 5.6.4 and 3.5; SGP.23 4.3.15).
#include "smdp_test_support.h"
#include "tests/temp_dir.h"

namespace smdp::testing {
namespace {

struct HandleNotification : SmdpTest {
  HandleNotification() { start(); }
  /// What the server made of a notification.
  std::string outcome(rsp::PendingNotification notification) {
    server().handle_notification({std::move(notification), {}});
    return server().journal().back().outcome;
  }
};

// SGP.23 4.3.15.2.1 #01; C.1 rule 18.
TEST_F(HandleNotification, ASuccessfulResultMarksTheOrderAsInstalled) {
  auto result = device->download_and_install();
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(outcome(result), "install");
  EXPECT_EQ(state(), "installed");
  EXPECT_EQ(order().history, (std::vector<std::string>{"released", "downloaded", "installed"}));
}

// SGP.22 5.6.4: the LPA delivers again what it could not remove; that changes nothing.
TEST_F(HandleNotification, AResultDeliveredTwiceIsHarmless) {
  auto result = device->download_and_install();
  outcome(result);
  EXPECT_EQ(outcome(result), "install");
  EXPECT_EQ(state(), "installed");
  EXPECT_EQ(order().history, (std::vector<std::string>{"released", "downloaded", "installed"}));
}

TEST_F(HandleNotification, AResultEndsTheSession) {
  auto lost = device->download();
  auto cancel = device->cancel_request(lost.transaction_id, CancelSessionReason::kTimeout);
  auto result = device->download_and_install();
  outcome(result);
  cancel.transaction_id = result.data.value.transaction_id;
  cancel = altered(cancel, [&](auto& part) { part.transaction_id = cancel.transaction_id; });
  EXPECT_EQ(code_of(server().cancel_session(cancel)), "8.10.1/3.9");
}

// --- Failed installations
// ---------------------------------------------------------------------------------------

struct FailureReasons : HandleNotification, ::testing::WithParamInterface<rsp::ErrorReason> {};
INSTANTIATE_TEST_SUITE_P(SGP22_5_7_6, FailureReasons, ::testing::ValuesIn([] {
                           std::vector<rsp::ErrorReason> all;
                           for (const auto& row : enum_names(rsp::ErrorReason{})) {
                             all.push_back(row.first);
                           }
                           all.push_back(rsp::ErrorReason{31});  // of a later version
                           return all;
                         }()),
                         [](const auto& reason) { return "Reason" + name_of(reason.param); });

// SGP.23 4.3.15.2.1 #03 to #18. Reasons 10 and 11 are temporary (C.5), so the order can be tried
// again.
TEST_P(FailureReasons, EndTheOrderUnlessTheyAreTemporary) {
  auto result = altered(device->download_and_install(), [](auto& data) {
    data.final_result =
        rsp::ErrorResult{rsp::BppCommandId::kLoadProfileElements, GetParam(), {}, {}};
  });
  bool temporary = GetParam() == rsp::ErrorReason::kInsufficientMemoryForProfile ||
                   GetParam() == rsp::ErrorReason::kInterruption;
  EXPECT_EQ(outcome(result), "install failed: loadProfileElements, " + name_of(GetParam()));
  EXPECT_EQ(state(), temporary ? "released" : "error");
}

// The card's own report of a package that it cannot install.
TEST_F(HandleNotification, AFailureThatACardReports) {
  order().profile_package = std::make_shared<const rsp::Bytes>(100, std::uint8_t{0});
  auto result = device->download_and_install();
  EXPECT_EQ(outcome(result),
            "install failed: loadProfileElements, installFailedDueToPEProcessingError");
  EXPECT_EQ(state(), "error");
}

// Power was cut in the middle of the load: the card reports it, and the next try succeeds.
TEST_F(HandleNotification, AnInterruptedLoadCanBeTriedAgain) {
  auto package = device->download();
  auto segments = must(rsp::card::bpp_segments(package.bound_profile_package.der));
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    must(device->es10().load_segment(segments[i]));
  ASSERT_TRUE(device->es10().reset());
  auto waiting = device->notifications();
  ASSERT_EQ(waiting.size(), 1u);
  EXPECT_EQ(outcome(waiting[0]),
            "install failed: loadProfileElements, installFailedDueToInterruption");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(outcome_of(device->download_and_install()), "success");
}

// --- What is not believed
// ---------------------------------------------------------------------------------------

// C.1 rule 18: acknowledged and ignored.
TEST_F(HandleNotification, AnUnknownTransactionIsIgnored) {
  auto result = altered(device->download_and_install(),
                        [](auto& data) { data.transaction_id = kUnknownTransaction; });
  EXPECT_EQ(outcome(result), "ignored: unknown transaction");
  EXPECT_EQ(state(), "downloaded");
}

TEST_F(HandleNotification, AWrongSignatureIsRefused) {
  auto result = device->download_and_install();
  auto forged = result;
  flip(forged.euicc_sign_pir);
  EXPECT_EQ(outcome(forged), "refused: euiccSignPIR is wrong");
  forged = result;
  forged.data.der.back() ^= 0x01;
  EXPECT_EQ(outcome(forged), "refused: euiccSignPIR is wrong");
  forged = result;
  forged.euicc_sign_pir = rsp::to_bytes(world.pki.dp_pb->key.sign({result.data.der}));
  EXPECT_EQ(outcome(forged), "refused: euiccSignPIR is wrong");
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(outcome(result), "install");
}

// The result of a try that was bound anew since says nothing of the try that counts.
TEST_F(HandleNotification, AResultOfAnEarlierTryIsIgnored) {
  auto first = device->download();
  auto late = altered(device->download_and_install(), [&](auto& data) {
    data.transaction_id = first.transaction_id;
    data.final_result = rsp::ErrorResult{
        rsp::BppCommandId::kStoreMetadata, rsp::ErrorReason::kUnknownError, {}, {}};
  });
  EXPECT_EQ(outcome(late), "ignored: unknown transaction");
  EXPECT_EQ(state(), "downloaded");
}

// --- Enable, disable, delete
// ------------------------------------------------------------------------------------

struct OtherNotifications : HandleNotification {
  OtherNotifications() {
    auto result = device->download_and_install();
    profile = std::get<rsp::SuccessResult>(result.data.value.final_result).aid;
    outcome(result);
  }
  /// What the card has to say after an operation, without the result of the installation.
  rsp::OtherSignedNotification latest() {
    auto waiting = device->notifications();
    return must_be<rsp::OtherSignedNotification>(waiting.back());
  }
  rsp::OtherSignedNotification enable() {
    device->call(rsp::EnableProfileRequest{profile, false, {}});
    return latest();
  }

  rsp::Aid profile;
};

// SGP.23 4.3.15.2.1 #01, #02.
TEST_F(OtherNotifications, AreVerifiedAndRememberedWithTheOrder) {
  EXPECT_EQ(outcome(enable()), "enable");
  device->call(rsp::DisableProfileRequest{profile, false, {}});
  EXPECT_EQ(outcome(latest()), "disable");
  device->call(rsp::DeleteProfileRequest{profile});
  EXPECT_EQ(outcome(latest()), "delete");
  EXPECT_EQ(order().history, (std::vector<std::string>{"released", "downloaded", "installed",
                                                       "enable", "disable", "delete"}));
  EXPECT_EQ(state(), "installed");
}

TEST_F(OtherNotifications, WithAWrongSignatureAreRefused) {
  auto forged = enable();
  flip(forged.euicc_notification_signature);
  EXPECT_EQ(outcome(forged), "refused: the signature is wrong");
  forged = latest();
  forged.tbs_other_notification.der.back() ^= 0x01;
  EXPECT_EQ(outcome(forged), "refused: the signature is wrong");
  EXPECT_EQ(order().history.back(), "installed");
}

TEST_F(OtherNotifications, OfAStrangerAreRefused) {
  auto stranger =
      rsp::pki::make_test_pki(rsp::crypto::Curve::kNistP256, world.clock.now(), world.random);
  auto forged = enable();
  forged.eum_certificate.der = rsp::to_bytes(stranger.eum->certificate.der());
  forged.euicc_certificate.der = rsp::to_bytes(stranger.euicc->certificate.der());
  forged.euicc_notification_signature =
      rsp::to_bytes(stranger.euicc->key.sign({forged.tbs_other_notification.der}));
  EXPECT_EQ(outcome(forged), "refused: unknown CI");
  EXPECT_EQ(order().history.back(), "installed");
}

TEST_F(OtherNotifications, WithBadCertificatesAreRefused) {
  auto honest = enable();
  auto forged = honest;
  forged.euicc_certificate.der = *rsp::from_hex("3000");
  EXPECT_EQ(outcome(forged), "refused: a certificate cannot be read");
  forged = honest;
  forged.euicc_certificate.der =
      rsp::to_bytes(rsp::pki::with_broken_signature(world.pki.euicc->certificate).der());
  EXPECT_THAT(outcome(forged), ::testing::StartsWith("refused: "));
  EXPECT_EQ(order().history.back(), "installed");
}

// A good eUICC speaks of a profile that is linked to another one.
TEST_F(OtherNotifications, OfAnotherEuiccTouchNoOrder) {
  auto other = other_device();
  world.add_order("OTHER", "8988211000000000027");
  auto profile_of_other =
      std::get<rsp::SuccessResult>(other->download_and_install("OTHER").data.value.final_result)
          .aid;
  other->call(rsp::EnableProfileRequest{profile_of_other, false, {}});
  auto waiting = other->notifications();
  auto notification = must_be<rsp::OtherSignedNotification>(waiting.back());
  EXPECT_EQ(outcome(notification), "enable");
  order("OTHER").eid = device->euicc().eid();
  EXPECT_EQ(outcome(notification), "enable: no order of ours");
}

// --- After a restart
// --------------------------------------------------------------------------------------------

// The session is gone with the process; the order's binding in the file vouches for the eUICC.
TEST_F(HandleNotification, AResultIsBelievedAfterARestart) {
  testing_files::TempDir folder;
  auto file = folder.path() / "orders.db";
  Order wanted = order();
  world.orders = must(OrderStore::open(file));
  ASSERT_TRUE(world.orders.add(std::move(wanted)));
  auto result = device->download_and_install();

  world.orders = OrderStore();  // closes the file
  world.orders = must(OrderStore::open(file));
  world.server.emplace(world.config, world.orders, world.clock, world.random);
  EXPECT_EQ(state(), "downloaded");
  auto forged = result;
  flip(forged.euicc_sign_pir);
  EXPECT_EQ(outcome(forged), "refused: euiccSignPIR is wrong");
  EXPECT_EQ(outcome(result), "install");
  EXPECT_EQ(state(), "installed");

  world.orders = OrderStore();
  world.orders = must(OrderStore::open(file));
  EXPECT_EQ(state(), "installed");
}

}  // namespace
}  // namespace smdp::testing
