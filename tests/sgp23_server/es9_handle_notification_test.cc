// SGP.23 4.3.15: ES9+.HandleNotification (SGP.22 5.6.4). Whatever comes is acknowledged with 204
// and no body, or an LPA would send it for ever (C.1 rule 18).
#include "server_case.h"

namespace sgp23_server {
namespace {

class NotificationCase : public ServerCase {
 protected:
  explicit NotificationCase(Curve curve = Curve::kNistP256) : ServerCase(curve) { add_order(); }

  /// Sends a notification, which must be acknowledged; what the journal says of it.
  std::string outcome_of(BytesView pending) {
    EXPECT_EQ(post("handleNotification", notification_body(pending)).code(), "204");
    const auto& last = server().journal().back();
    EXPECT_EQ(last.function, "handleNotification");
    return last.outcome;
  }
  void every_notification() {
    Session session = downloaded();
    EXPECT_EQ(outcome_of(result(session, euicc, success_result())), "install");
    EXPECT_EQ(server().journal().back().transaction_id, session.transaction_id);
    EXPECT_EQ(state(), "installed");
    EXPECT_EQ(outcome_of(notification(euicc, Event::kInstall, 2)), "install");
    EXPECT_EQ(outcome_of(notification(euicc, Event::kEnable, 3)), "enable");
    EXPECT_EQ(outcome_of(notification(euicc, Event::kDisable, 4)), "disable");
    EXPECT_EQ(outcome_of(notification(euicc, Event::kDelete, 5)), "delete");
    EXPECT_EQ(history(), "released, downloaded, installed, install, enable, disable, delete");
    EXPECT_EQ(state(), "installed");
  }
};

class TC_SM_DPp_ES9p_HandleNotificationNIST : public NotificationCase {};

TEST_F(TC_SM_DPp_ES9p_HandleNotificationNIST, S01_Nominal_AllNotifications) {
  every_notification();
}

// Those that the profile's metadata asks for, and no more.
TEST_F(TC_SM_DPp_ES9p_HandleNotificationNIST, S02_Nominal_ResultAndSelectedNotifications) {
  Session session = downloaded();
  EXPECT_EQ(outcome_of(result(session, euicc, success_result())), "install");
  EXPECT_EQ(outcome_of(notification(euicc, Event::kEnable, 2)), "enable");
  EXPECT_EQ(outcome_of(notification(euicc, Event::kDelete, 3)), "delete");
  EXPECT_EQ(history(), "released, downloaded, installed, enable, delete");
}

/// A load that failed: which part of the package, why, and what becomes of the order.
struct Failure {
  const char* name;
  unsigned command, reason;
  const char* text;
  const char* state = "error";
  bool names_profile = false;  // once the metadata was taken
};
void PrintTo(const Failure& row, std::ostream* out) { *out << row.name; }

class TC_SM_DPp_ES9p_HandleNotificationNIST_Failures
    : public NotificationCase,
      public ::testing::WithParamInterface<Failure> {};
TEST_P(TC_SM_DPp_ES9p_HandleNotificationNIST_Failures, Sequence) {
  const Failure& row = GetParam();
  Session session = downloaded();
  std::string outcome = fmt::format("install failed: {}", row.text);
  EXPECT_EQ(
      outcome_of(result(session, euicc, error_result(row.command, row.reason), row.names_profile)),
      outcome);
  EXPECT_EQ(state(), row.state);
  EXPECT_EQ(history(), fmt::format("released, downloaded, {}, {}", outcome, row.state));
  // The session is over, whatever comes of it.
  EXPECT_EQ(post("cancelSession", cancel_body(session, euicc, 0)).code(), "8.10.1/3.9");
  Session next = begin();
  EXPECT_EQ(authenticate(next).code(), state() == "released" ? "ok" : "8.2/1.2");
}
// Reasons 10 and 11 may pass, so the order may be tried again (sgp22.md C.5).
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_HandleNotificationNIST_Failures,
    ::testing::Values(
        Failure{"S03_Nominal_InvalidTransactionId", 0, 3,
                "initialiseSecureChannel, invalidTransactionId"},
        Failure{"S04_Nominal_IncorrectInputValues", 0, 1,
                "initialiseSecureChannel, incorrectInputValues"},
        Failure{"S05_Nominal_InvalidSignature", 0, 2, "initialiseSecureChannel, invalidSignature"},
        Failure{"S06_Nominal_UnsupportedCrtValues", 0, 4,
                "initialiseSecureChannel, unsupportedCrtValues"},
        Failure{"S07_Nominal_UnsupportedRemoteOperationType", 0, 5,
                "initialiseSecureChannel, unsupportedRemoteOperationType"},
        Failure{"S08_Nominal_UnsupportedProfileClass", 2, 6,
                "storeMetadata, unsupportedProfileClass"},
        Failure{"S09_Nominal_Scp03tStructureError", 1, 7, "configureISDP, scp03tStructureError"},
        Failure{"S10_Nominal_Scp03tSecurityError", 4, 8, "replaceSessionKeys, scp03tSecurityError",
                "error", true},
        Failure{"S11_Nominal_IccidAlreadyExists", 2, 9,
                "storeMetadata, installFailedDueToIccidAlreadyExistsOnEuicc"},
        Failure{"S12_Nominal_InsufficientMemory", 5, 10,
                "loadProfileElements, installFailedDueToInsufficientMemoryForProfile", "released",
                true},
        Failure{"S13_Nominal_Interruption", 5, 11,
                "loadProfileElements, installFailedDueToInterruption", "released", true},
        Failure{"S14_Nominal_PeProcessingError", 5, 12,
                "loadProfileElements, installFailedDueToPEProcessingError", "error", true},
        Failure{"S15_Nominal_DataMismatch", 5, 13,
                "loadProfileElements, installFailedDueToDataMismatch", "error", true},
        Failure{"S16_Nominal_TestProfileInvalidNaaKey", 5, 14,
                "loadProfileElements, testProfileInstallFailedDueToInvalidNaaKey", "error", true},
        Failure{"S17_Nominal_PprNotAllowed", 2, 15, "storeMetadata, pprNotAllowed"},
        Failure{"S18_Nominal_UnknownError", 5, 127,
                "loadProfileElements, installFailedDueToUnknownError", "error", true},
        // Reasons that SGP.22 v2.2 does not name: 16 as a known test suite sends it, 31 of v2.6
        // and 22 of v3.
        Failure{"X01_Nominal_Reason16", 5, 16, "loadProfileElements, 16", "error", true},
        Failure{"X02_Nominal_Reason31", 2, 31, "storeMetadata, 31"},
        Failure{"X03_Nominal_Reason22", 5, 22, "loadProfileElements, 22", "error", true},
        Failure{"X04_Nominal_StoreMetadata2", 3, 1, "storeMetadata2, incorrectInputValues"}),
    by_name());

class TC_SM_DPp_ES9p_HandleNotificationBRP : public NotificationCase {
 protected:
  TC_SM_DPp_ES9p_HandleNotificationBRP() : NotificationCase(Curve::kBrainpoolP256r1) {}
};
TEST_F(TC_SM_DPp_ES9p_HandleNotificationBRP, S01_Nominal_AllNotifications) { every_notification(); }

// --- What is not believed is acknowledged all the same, and changes nothing ---

class TC_SM_DPp_ES9p_HandleNotification_NotBelieved : public NotificationCase {
 protected:
  void expect_no_change() { EXPECT_EQ(history(), "released, downloaded"); }
};

TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X11_Error_ResultOfAnUnknownTransaction) {
  Session session = downloaded();
  session.transaction_id.back() ^= 0x01;
  EXPECT_EQ(outcome_of(result(session, euicc, success_result())), "ignored: unknown transaction");
  expect_no_change();
}

TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X12_Error_ResultSignedByAnotherEuicc) {
  Session session = downloaded();
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  EXPECT_EQ(outcome_of(result(session, other, success_result())), "refused: euiccSignPIR is wrong");
  EXPECT_EQ(outcome_of(result(session, other, error_result(5, 12))),
            "refused: euiccSignPIR is wrong");
  expect_no_change();
}

TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X13_Error_ResultWithoutASignature) {
  Session session = downloaded();
  auto parts = children(result(session, euicc, success_result()), "BF37");
  EXPECT_EQ(outcome_of(tlv("BF37", {parts[0].whole, tlv("5F37", Bytes{})})),
            "refused: euiccSignPIR is wrong");
  expect_no_change();
}

TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X14_Error_NotificationOfAWrongSignature) {
  ASSERT_EQ(outcome_of(result(downloaded(), euicc, success_result())), "install");
  RawEuicc forger = euicc;
  forger.key = rsp::crypto::PrivateKey::generate(Curve::kNistP256);
  EXPECT_EQ(outcome_of(notification(forger, Event::kDelete, 2)), "refused: the signature is wrong");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X15_Error_NotificationUnderAnUnknownCi) {
  ASSERT_EQ(outcome_of(result(downloaded(), euicc, success_result())), "install");
  RawEuicc stranger(pki_of(Curve::kBrainpoolP256r1));
  EXPECT_EQ(outcome_of(notification(stranger, Event::kDelete, 2)), "refused: unknown CI");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// The same ICCID on another eUICC is not this order's profile.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_NotBelieved, X16_Error_NotificationOfAnotherEuicc) {
  ASSERT_EQ(outcome_of(result(downloaded(), euicc, success_result())), "install");
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  EXPECT_EQ(outcome_of(notification(other, Event::kEnable, 2)), "enable: no order of ours");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// --- Results that come twice, late, or over another road ---

class TC_SM_DPp_ES9p_HandleNotification_Again : public NotificationCase {};

// An LPA whose acknowledgement was lost sends the same again.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_Again, X21_Nominal_TheSameResult) {
  Bytes once = result(downloaded(), euicc, success_result());
  EXPECT_EQ(outcome_of(once), "install");
  EXPECT_EQ(outcome_of(once), "install");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// SGP.22 3.1.6: from Installed no way leads to Error.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_Again, X22_Error_FailureOfWhatIsInstalled) {
  Session session = downloaded();
  EXPECT_EQ(outcome_of(result(session, euicc, success_result())), "install");
  EXPECT_EQ(outcome_of(result(session, euicc, error_result(5, 12))),
            "ignored: the profile is installed");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// A result is believed by the certificate of the download, long after its session.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_Again, X23_Nominal_AfterTheSessionHasExpired) {
  Session session = downloaded();
  clock.advance(config.session_lifetime * 100);
  EXPECT_EQ(outcome_of(result(session, euicc, success_result())), "install");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// The result of the first of two downloads says nothing about the second.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_Again, X24_Error_ResultOfTheDownloadBefore) {
  Session first = downloaded();
  Session second = downloaded();
  EXPECT_EQ(outcome_of(result(first, euicc, error_result(5, 12))), "ignored: unknown transaction");
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(outcome_of(result(second, euicc, success_result())), "install");
  EXPECT_EQ(state(), "installed");
}

// An order that a CancelSession has ended is not opened again by a failure that may pass.
TEST_F(TC_SM_DPp_ES9p_HandleNotification_Again, X25_Nominal_InterruptionAfterCancelSession) {
  Session session = downloaded();
  ASSERT_EQ(post("cancelSession", cancel_body(session, euicc, 5)).code(), "ok");
  EXPECT_EQ(outcome_of(result(session, euicc, error_result(5, 11))),
            "install failed: loadProfileElements, installFailedDueToInterruption");
  EXPECT_EQ(history(),
            "released, downloaded, cancelled: loadBppExecutionError, error, "
            "install failed: loadProfileElements, installFailedDueToInterruption");
  EXPECT_EQ(state(), "error");
}

}  // namespace
}  // namespace sgp23_server
