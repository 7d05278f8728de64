// SGP.23 4.3.12: ES9+.InitiateAuthentication (SGP.22 5.6.1).
#include <set>

#include "server_case.h"

namespace sgp23_server {
namespace {

class TC_SM_DPp_ES9p_InitiateAuthenticationNIST : public ServerCase {
 protected:
  /// What the function answers; a session that was refused must leave nothing behind.
  std::string code(const Json& body) { return post("initiateAuthentication", body).code(); }
};

TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S01_Nominal_SignedAnswer) {
  begin();  // judges the answer
  EXPECT_EQ(journal(), "initiateAuthentication ok");
}

// Neither repeats, though the eUICC shows the same challenge each time.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S02_Nominal_TransactionIdAndChallengeAreUnique) {
  std::set<Bytes> transactions, challenges;
  for (int i = 0; i < 50; ++i) {
    Session session = begin();
    transactions.insert(session.transaction_id);
    challenges.insert(session.server_challenge);
  }
  EXPECT_EQ(transactions.size(), 50U);
  EXPECT_EQ(challenges.size(), 50U);
}

TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S03_Error_AddressOfAnotherServer) {
  for (const char* address : {"testsmdpplus2.example.com", "", "example.com",
                              "testsmdpplus1.example.com.", "testsmdpplus1.example.com:8443"}) {
    Json body = initiate_body(euicc);
    body["smdpAddress"] = address;
    Answer answer = post("initiateAuthentication", body);
    EXPECT_EQ(answer.code(), "8.8.1/3.8") << address;
  }
  EXPECT_EQ(server().journal().back().outcome, "8.8.1/3.8");
}

// No CI under which the eUICC signs is one that the server can verify.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S04_Error_NoCommonCiForSigning) {
  euicc.ci_for_signing = {Bytes(20, 0x11)};
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.2/3.1");
  euicc.ci_for_signing = {};
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.2/3.1");
  EXPECT_EQ(journal(), "initiateAuthentication 8.8.2/3.1, initiateAuthentication 8.8.2/3.1");
}

TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S05_Error_VersionNotSupported) {
  euicc.svn1 = "010000"_hex;
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.3/3.1");
  euicc.svn1 = "030000"_hex;
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.3/3.1");
  EXPECT_EQ(journal(), "initiateAuthentication 8.8.3/3.1, initiateAuthentication 8.8.3/3.1");
}

// The CI for signing is known, but no certificate of the server is under one that the eUICC
// verifies.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S06_Error_NoCertificateThatTheEuiccCanVerify) {
  euicc.ci_for_verification = {Bytes(20, 0x22)};
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.4/3.7");
  euicc.ci_for_verification = {};
  EXPECT_EQ(code(initiate_body(euicc)), "8.8.4/3.7");
  EXPECT_EQ(journal(), "initiateAuthentication 8.8.4/3.7, initiateAuthentication 8.8.4/3.7");
}

TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S07_Nominal_EuiccOfVersion221) {
  euicc.svn1 = "020201"_hex;
  begin();
}
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S08_Nominal_EuiccOfVersion222) {
  euicc.svn1 = "020202"_hex;
  begin();
}
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, S09_Nominal_EuiccOfVersion23) {
  euicc.svn1 = "020300"_hex;
  begin();
}

// Host names have no case (pitfall H 33); the server signs the address as the LPA wrote it.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, X01_Nominal_AddressInUpperCase) {
  Json body = initiate_body(euicc);
  body["smdpAddress"] = "TESTSMDPPLUS1.EXAMPLE.COM";
  Answer answer = post("initiateAuthentication", body);
  ASSERT_EQ(answer.code(), "ok");
  EXPECT_EQ(rsp::text_of(content_of(children(answer.binary("serverSigned1"), "30"), "83")),
            "TESTSMDPPLUS1.EXAMPLE.COM");
}

// The eUICC's order is its priority; what the server does not know is passed over.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, X02_Nominal_FirstCommonCiOfSeveral) {
  euicc.ci_for_signing.insert(euicc.ci_for_signing.begin(), Bytes(20, 0x11));
  euicc.ci_for_verification.insert(euicc.ci_for_verification.begin(), Bytes(20, 0x11));
  begin();
}

// The lowest and the highest version that the server serves are served.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST, X03_Nominal_EndsOfTheVersionsThatAreServed) {
  for (Bytes svn : {"020000"_hex, "0206FF"_hex, "02FFFF"_hex}) {
    euicc.svn1 = svn;
    begin();
  }
}

// A server under two CIs: the eUICC's order says which one, for both ends where that is possible.
class TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis : public ServerCase {
 protected:
  TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis() {
    config.identities.push_back({brainpool.dp_auth->certificate.registered_id(),
                                 brainpool.ci.certificate,
                                 *brainpool.dp_auth,
                                 brainpool.dp_pb,
                                 {}});
    EXPECT_TRUE(config.trusted_cis.add(brainpool.ci.certificate));
  }
  /// Which CI the eUICC is to sign under, and whose certificate the server shows.
  void expect_choice(const TestPki& signing, const TestPki& shown) {
    Answer answer = post("initiateAuthentication", initiate_body(euicc));
    ASSERT_EQ(answer.code(), "ok");
    EXPECT_EQ(element(answer.binary("euiccCiPKIdToBeUsed"), "04").content, id_of(signing));
    Bytes certificate = answer.binary("serverCertificate");
    EXPECT_EQ(to_hex(certificate), to_hex(shown.dp_auth->certificate.der()));
    EXPECT_TRUE(signed_by(certificate, answer.binary("serverSigned1"),
                          element(answer.binary("serverSignature1"), "5F37").content));
  }
  static Bytes id_of(const TestPki& one) { return key_id_of(one.ci.certificate.der()); }
  const TestPki& brainpool = pki_of(Curve::kBrainpoolP256r1);
};

TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis, X04_Nominal_NistFirst) {
  euicc.ci_for_signing = euicc.ci_for_verification = {id_of(pki), id_of(brainpool)};
  expect_choice(pki, pki);
}
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis, X05_Nominal_BrainpoolFirst) {
  euicc.ci_for_signing = euicc.ci_for_verification = {id_of(brainpool), id_of(pki)};
  expect_choice(brainpool, brainpool);
}
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis, X06_Nominal_BrainpoolAlone) {
  euicc.ci_for_signing = euicc.ci_for_verification = {id_of(brainpool)};
  expect_choice(brainpool, brainpool);
}
// The eUICC can verify under one CI and sign under the other.
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationNIST_TwoCis, X07_Nominal_OneForEachPurpose) {
  euicc.ci_for_signing = {id_of(brainpool)};
  euicc.ci_for_verification = {id_of(pki)};
  expect_choice(brainpool, pki);
}

struct Malformed {
  const char* name;
  std::function<void(Json&)> change;
};
void PrintTo(const Malformed& row, std::ostream* out) { *out << row.name; }

class TC_SM_DPp_ES9p_InitiateAuthenticationMalformed
    : public ServerCase,
      public ::testing::WithParamInterface<Malformed> {};

// Not specified: the status of a request that cannot be read. 1.6/2.1 of GSMA's general list.
TEST_P(TC_SM_DPp_ES9p_InitiateAuthenticationMalformed, Sequence) {
  Json body = initiate_body(euicc);
  GetParam().change(body);
  EXPECT_EQ(post("initiateAuthentication", body).code(), "1.6/2.1");
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_InitiateAuthenticationMalformed,
    ::testing::Values(
        Malformed{"X11_Error_NoChallenge", [](Json& body) { body.erase("euiccChallenge"); }},
        Malformed{"X12_Error_ShortChallenge",
                  [](Json& body) { body["euiccChallenge"] = to_base64(Bytes(15, 1)); }},
        Malformed{"X13_Error_NoInfo1", [](Json& body) { body.erase("euiccInfo1"); }},
        Malformed{"X14_Error_Info2InPlaceOfInfo1",
                  [](Json& body) { body["euiccInfo1"] = to_base64("BF2200"_hex); }},
        Malformed{"X15_Error_NoAddress", [](Json& body) { body.erase("smdpAddress"); }},
        Malformed{"X16_Error_AddressThatIsANumber", [](Json& body) { body["smdpAddress"] = 1; }}),
    by_name());

// A case of each curve that the server has.
class TC_SM_DPp_ES9p_InitiateAuthenticationBRP : public ServerCase {
 protected:
  TC_SM_DPp_ES9p_InitiateAuthenticationBRP() : ServerCase(Curve::kBrainpoolP256r1) {}
};
TEST_F(TC_SM_DPp_ES9p_InitiateAuthenticationBRP, S01_Nominal_SignedAnswer) {
  begin();
  EXPECT_EQ(journal(), "initiateAuthentication ok");
}

}  // namespace
}  // namespace sgp23_server
