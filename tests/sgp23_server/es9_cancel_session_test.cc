// SGP.23 4.3.16: ES9+.CancelSession (SGP.22 5.6.5, 3.1.3.2, 3.1.3.3).
#include "server_case.h"

namespace sgp23_server {
namespace {

/// A reason, and whether the order may be tried again after it (C.1 rule 19).
struct Reason {
  const char* name;
  unsigned reason;
  const char* text;
  bool retry = false;
};
void PrintTo(const Reason& row, std::ostream* out) { *out << row.name; }

class CancelCase : public ServerCase {
 protected:
  explicit CancelCase(Curve curve = Curve::kNistP256) : ServerCase(curve) { add_order(); }
  std::string code_of(const Json& body) { return post("cancelSession", body).code(); }

  void expect_cancelled(Session session, const Reason& row) {
    bool delivered = state() == "downloaded";
    Answer answer = post("cancelSession", cancel_body(session, euicc, row.reason));
    EXPECT_EQ(answer.code(), "ok");
    EXPECT_EQ(answer.members(), "header");
    EXPECT_EQ(state(), row.retry ? "released" : "error");
    // Where the order was only authenticated for and may be tried again, its state stays.
    std::string expected = delivered ? "released, downloaded" : "released";
    expected += fmt::format(", cancelled: {}", row.text);
    if (!row.retry) expected += ", error";
    if (row.retry && delivered) expected += ", released";
    EXPECT_EQ(history(), expected);
    EXPECT_EQ(server().journal().back().function, "cancelSession");
    EXPECT_EQ(server().journal().back().outcome, "ok");
    // The session is gone.
    EXPECT_EQ(code_of(cancel_body(session, euicc, row.reason)), "8.10.1/3.9");
    EXPECT_EQ(package(session).code(), "8.10.1/3.9");
    Session next = begin();
    EXPECT_EQ(authenticate(next).code(), row.retry ? "ok" : "8.2/1.2");
  }

  // --- The error sequences, which are the same before and after the package ---
  void expect_alive(Session& session, std::string_view state_before) {
    EXPECT_EQ(state(), state_before);
    EXPECT_EQ(code_of(cancel_body(session, euicc, 1)), "ok") << "the session was not ended";
  }
  void transaction_in_json(Session session) {
    std::string before = state();
    Json body = cancel_body(session, euicc, 0);
    body["transactionId"] = "0123456789ABCDEF";
    EXPECT_EQ(code_of(body), "8.10.1/3.9");
    expect_alive(session, before);
  }
  void transaction_in_asn1(Session session) {
    std::string before = state();
    Session other = session;
    other.transaction_id.back() ^= 0x01;
    EXPECT_EQ(code_of(cancel_body(other, euicc, 0)), "8.10.1/3.9");
    expect_alive(session, before);
  }
  void signature(Session session) {
    std::string before = state();
    RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
    EXPECT_EQ(code_of(cancel_body(session, other, 0)), "8.1/6.1");
    // A signature over octets that were changed afterwards: postponed made a rejection.
    Bytes signed_part = tlv("30", {tlv("80", session.transaction_id), "810388370A820101"_hex});
    Bytes changed = tlv("30", {tlv("80", session.transaction_id), "810388370A820100"_hex});
    Json body = {
        {"transactionId", session.transaction},
        {"cancelSessionResponse",
         to_base64(tlv("BF41", tlv("A0", {changed, tlv("5F37", euicc.sign(signed_part))})))}};
    EXPECT_EQ(code_of(body), "8.1/6.1");
    expect_alive(session, before);
  }
  void oid(Session session) {
    std::string before = state();
    EXPECT_EQ(code_of(cancel_body(session, euicc, 0, kOtherDpOid)), "8.8/3.10");
    expect_alive(session, before);
  }
};

class ReasonCase : public CancelCase, public ::testing::WithParamInterface<Reason> {
 protected:
  using CancelCase::CancelCase;
};

// --- After AuthenticateClient ---

class TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST_Reasons : public ReasonCase {};
TEST_P(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST_Reasons, Sequence) {
  expect_cancelled(authenticated(), GetParam());
}
const auto kReasonsBefore =
    ::testing::Values(Reason{"S01_Nominal_EndUserRejection", 0, "endUserRejection"},
                      Reason{"S02_Nominal_Postponed", 1, "postponed", true},
                      Reason{"S03_Nominal_Timeout", 2, "timeout", true},
                      Reason{"S04_Nominal_PprNotAllowed", 3, "pprNotAllowed"},
                      Reason{"S05_Nominal_UndefinedReason", 127, "undefinedReason"});
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST_Reasons,
                         kReasonsBefore, by_name());

class TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST : public CancelCase {};
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, S06_Error_TransactionIdInJson) {
  transaction_in_json(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, S07_Error_TransactionIdInAsn1) {
  transaction_in_asn1(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, S08_Error_Signature) {
  signature(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, S09_Error_Oid) {
  oid(authenticated());
}

// Before AuthenticateClient the server does not know whose signature it would be.
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST,
       X01_Error_BeforeAuthenticateClient) {
  Session session = begin();
  EXPECT_EQ(code_of(cancel_body(session, euicc, 0)), "8.1/6.1");
  EXPECT_EQ(history(), "released");
  EXPECT_EQ(authenticate(session).code(), "ok");
}

// Not specified: the status for an eUICC that did not cancel; 4.2 is "execution error".
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, X02_Error_EuiccDidNotCancel) {
  Session session = authenticated();
  EXPECT_EQ(code_of({{"transactionId", session.transaction},
                     {"cancelSessionResponse", to_base64("BF4103810105"_hex)}}),
            "8.1/4.2");
  expect_alive(session, "released");
}

TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientNIST, X03_Error_ExpiredSession) {
  Session session = authenticated();
  clock.advance(config.session_lifetime + std::chrono::milliseconds(1));
  EXPECT_EQ(code_of(cancel_body(session, euicc, 0)), "8.10.1/3.9");
  EXPECT_EQ(history(), "released");
}

// --- After GetBoundProfilePackage ---

class TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST_Reasons : public ReasonCase {};
TEST_P(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST_Reasons, Sequence) {
  expect_cancelled(downloaded(), GetParam());
}
const auto kReasonsAfter =
    ::testing::Values(Reason{"S01_Nominal_EndUserRejection", 0, "endUserRejection"},
                      Reason{"S02_Nominal_Postponed", 1, "postponed", true},
                      Reason{"S03_Nominal_Timeout", 2, "timeout", true},
                      Reason{"S04_Nominal_PprNotAllowed", 3, "pprNotAllowed"},
                      Reason{"S05_Nominal_MetadataMismatch", 4, "metadataMismatch"},
                      Reason{"S06_Nominal_LoadBppExecutionError", 5, "loadBppExecutionError"},
                      Reason{"S07_Nominal_UndefinedReason", 127, "undefinedReason"});
INSTANTIATE_TEST_SUITE_P(Rows,
                         TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST_Reasons,
                         kReasonsAfter, by_name());

class TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST : public CancelCase {};
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST,
       S08_Error_TransactionIdInJson) {
  transaction_in_json(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST,
       S09_Error_TransactionIdInAsn1) {
  transaction_in_asn1(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST, S10_Error_Signature) {
  signature(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST, S11_Error_Oid) {
  oid(downloaded());
}

// After the result of the installation there is no session to be cancelled.
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST, X01_Error_AfterTheResult) {
  Session session = downloaded();
  ASSERT_EQ(post("handleNotification", notification_body(result(session, euicc, success_result())))
                .code(),
            "204");
  EXPECT_EQ(code_of(cancel_body(session, euicc, 0)), "8.10.1/3.9");
  EXPECT_EQ(history(), "released, downloaded, installed");
}

// A session that was overtaken says nothing about the order that another one has installed.
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST,
       X02_Nominal_OfASessionThatWasOvertaken) {
  Session first = downloaded(), second = downloaded();
  ASSERT_EQ(
      post("handleNotification", notification_body(result(second, euicc, success_result()))).code(),
      "204");
  EXPECT_EQ(code_of(cancel_body(first, euicc, 0)), "ok");
  EXPECT_EQ(state(), "installed");
}

// Two eUICCs authenticated for an order that was nobody's, and the other one was faster.
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageNIST,
       X03_Nominal_OfAnEuiccThatWasOvertaken) {
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  Session theirs = begin(other);
  ASSERT_EQ(authenticate(theirs, other, std::string(kMatchingId)).code(), "ok");
  downloaded();
  EXPECT_EQ(code_of(cancel_body(theirs, other, 0)), "ok");
  EXPECT_EQ(history(), "released, downloaded");
}

// --- brainpool ---

class TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP : public ReasonCase {
 protected:
  TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP()
      : ReasonCase(Curve::kBrainpoolP256r1) {}
};
TEST_P(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP, Sequence) {
  expect_cancelled(authenticated(), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP,
                         kReasonsBefore, by_name());

class TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP : public ReasonCase {
 protected:
  TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP()
      : ReasonCase(Curve::kBrainpoolP256r1) {}
};
TEST_P(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP, Sequence) {
  expect_cancelled(downloaded(), GetParam());
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP,
                         kReasonsAfter, by_name());

class TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors : public CancelCase {
 protected:
  TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors()
      : CancelCase(Curve::kBrainpoolP256r1) {}
};
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors,
       S06_Error_TransactionIdInJson) {
  transaction_in_json(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors,
       S07_Error_TransactionIdInAsn1) {
  transaction_in_asn1(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors, S08_Error_Signature) {
  signature(authenticated());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_AuthenticateClientBRP_Errors, S09_Error_Oid) {
  oid(authenticated());
}

class TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors : public CancelCase {
 protected:
  TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors()
      : CancelCase(Curve::kBrainpoolP256r1) {}
};
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors,
       S08_Error_TransactionIdInJson) {
  transaction_in_json(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors,
       S09_Error_TransactionIdInAsn1) {
  transaction_in_asn1(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors, S10_Error_Signature) {
  signature(downloaded());
}
TEST_F(TC_SM_DPp_ES9p_CancelSession_After_GetBoundProfilePackageBRP_Errors, S11_Error_Oid) {
  oid(downloaded());
}

}  // namespace
}  // namespace sgp23_server
