// SGP.23 4.2.18: ES10b.AuthenticateServer on both curves, and each of its errors (SGP.22 5.7.13).
#include "profile_management_support.h"
#include "rsp/pki/oids.h"

namespace sgp23 {
namespace {

using ::testing::StartsWith;

/// A card and an SM-DP+ that it accepts.
class ServerCase : public CardCase {
 protected:
  explicit ServerCase(Curve curve = Curve::kNistP256) : CardCase(curve), dp(card.pki) {}

  /// Sends a request that must be accepted, and judges the whole answer.
  void expect_accepted(const rsp::AuthenticateServerRequest& request) {
    std::string before = whole_state(card);
    std::string info = card.command("BF2200");
    Reply reply = card.command(rsp::asn1::encode(request));
    EXPECT_EQ(reply.sw, 0x9000);
    auto response = rsp::asn1::decode<rsp::AuthenticateServerResponse>(reply.data).value();
    auto* ok = std::get_if<rsp::AuthenticateResponseOk>(&response.result);
    ASSERT_NE(ok, nullptr) << to_hex(reply.data);
    const auto& sent = request.server_signed1.value;
    std::string signed1 = tlv_text("30", tlv_text("80", to_hex(sent.transaction_id)) +
                                             tlv_text("83", text_as_hex(sent.server_address)) +
                                             tlv_text("84", to_hex(sent.server_challenge)) +
                                             info.substr(0, info.size() - 4) + context_of(request));
    EXPECT_EQ(
        to_hex(reply.data),
        tlv_text("BF38", tlv_text("A0", signed1 + tlv_text("5F37", to_hex(ok->euicc_signature1)) +
                                            to_hex(card.pki.euicc->certificate.der()) +
                                            to_hex(card.pki.eum->certificate.der()))));
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {ok->euicc_signed1.der},
                          ok->euicc_signature1));
    EXPECT_EQ(whole_state(card), before);
  }

  /// What the request carries as ctxParams1, octet by octet.
  static std::string context_of(const rsp::AuthenticateServerRequest& request) {
    Bytes octets = rsp::asn1::encode(request);
    rsp::asn1::Reader reader(rsp::asn1::Reader(octets).peek()->content);
    std::string last;
    while (auto element = reader.next()) last = to_hex(element->whole);
    return last;
  }

  Dp dp;
};

// --- NIST P-256 ---

using TC_eUICC_ES10b_AuthenticateServerNIST = ServerCase;
class TC_eUICC_ES10b_AuthenticateServerBRP : public ServerCase {
 protected:
  TC_eUICC_ES10b_AuthenticateServerBRP() : ServerCase(Curve::kBrainpoolP256r1) {}
};

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S01_Nominal_SmDpPlus) {
  expect_accepted(dp.authenticate_server(card.challenge()));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok") << "there is a session";
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S02_Nominal_SmDs) {
  dp.auth = *card.pki.ds_auth;
  dp.address = rsp::pki::kTestDsHost;
  expect_accepted(dp.authenticate_server(card.challenge()));
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S03_Nominal_WithoutMatchingId) {
  dp.matching_id.reset();
  expect_accepted(dp.authenticate_server(card.challenge()));
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S04_Nominal_WithAnEmptyMatchingId) {
  dp.matching_id = "";
  expect_accepted(dp.authenticate_server(card.challenge()));
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S05_Nominal_DeviceInformationIsRepeatedAsItCame) {
  auto request = dp.authenticate_server(card.challenge());
  // In lengths that DER would not have, with an IMEI, and with elements that this card does not
  // know.
  request.ctx_params1.der =
      "A082002880810454455354A1811E800435290611A1810880030500008B0101820835290611000000008501FF"_hex;
  expect_accepted(request);
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S06_Nominal_TransactionIdOfOneOctet) {
  dp.transaction_id = Bytes{0x01};
  expect_accepted(dp.authenticate_server(card.challenge()));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S07_Nominal_InBlocksOfOneOctetToAll) {
  for (std::size_t block : {4U, 16U, 120U, 254U}) {
    Reply reply = card.command(rsp::asn1::encode(dp.authenticate_server(card.challenge())), block);
    EXPECT_EQ(reply.sw, 0x9000) << block;
    EXPECT_THAT(to_hex(reply.data).substr(0, 4), "BF38") << block;
    EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok") << block;
  }
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S08_Nominal_OneSessionAfterTheOther) {
  expect_accepted(dp.authenticate_server(card.challenge()));
  dp.transaction_id = Bytes(16, 0xB6);
  expect_accepted(dp.authenticate_server(card.challenge()));
  EXPECT_EQ(card.cancel_session(Bytes(16, 0xA5)), "invalidTransactionId") << "of the first";
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerNIST, S09_Nominal_WithAProfileEnabled) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  expect_accepted(dp.authenticate_server(card.challenge()));
}

// --- brainpoolP256r1 ---

TEST_F(TC_eUICC_ES10b_AuthenticateServerBRP, S01_Nominal_SmDpPlus) {
  expect_accepted(dp.authenticate_server(card.challenge()));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerBRP, S02_Nominal_SmDs) {
  dp.auth = *card.pki.ds_auth;
  dp.address = rsp::pki::kTestDsHost;
  expect_accepted(dp.authenticate_server(card.challenge()));
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerBRP, S03_Nominal_WithoutMatchingId) {
  dp.matching_id.reset();
  expect_accepted(dp.authenticate_server(card.challenge()));
}

// --- A card of two CIs, one on each curve ---

class TC_eUICC_ES10b_AuthenticateServerTwoCurves : public ::testing::Test {
 protected:
  TC_eUICC_ES10b_AuthenticateServerTwoCurves() {
    card.credentials =
        sim::make_credentials(
            {nist.ci.certificate, brainpool.ci.certificate},
            {{nist.euicc->certificate, nist.eum->certificate, nist.euicc->key, {}},
             {brainpool.euicc->certificate, brainpool.eum->certificate, brainpool.euicc->key, {}}})
            .value();
    card.start();
  }
  /// A server under one CI asks the card to sign under the other or the same.
  void expect_signed_under(const rsp::pki::TestPki& server, const rsp::pki::TestPki& signer) {
    Dp dp(server);
    dp.ci_pkid = rsp::to_bytes(signer.ci.certificate.subject_key_id());
    card.authenticate(dp);
    EXPECT_EQ(to_hex(card.authenticated.euicc_certificate.der),
              to_hex(signer.euicc->certificate.der()));
    EXPECT_EQ(to_hex(card.authenticated.eum_certificate.der),
              to_hex(signer.eum->certificate.der()));
    EXPECT_TRUE(signed_by(signer.euicc->certificate.der(), {card.authenticated.euicc_signed1.der},
                          card.authenticated.euicc_signature1));
    EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
    EXPECT_TRUE(signed_by(signer.euicc->certificate.der(),
                          {card.cancelled.euicc_cancel_session_signed.der},
                          card.cancelled.euicc_cancel_session_signature));
  }
  const rsp::pki::TestPki& nist = testing_world::test_pki(Curve::kNistP256);
  const rsp::pki::TestPki& brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  Bench card;
};

TEST_F(TC_eUICC_ES10b_AuthenticateServerTwoCurves, S01_Nominal_NistServerAndNistSignature) {
  expect_signed_under(nist, nist);
}
TEST_F(TC_eUICC_ES10b_AuthenticateServerTwoCurves, S02_Nominal_NistServerAndBrainpoolSignature) {
  expect_signed_under(nist, brainpool);
}
TEST_F(TC_eUICC_ES10b_AuthenticateServerTwoCurves, S03_Nominal_BrainpoolServerAndNistSignature) {
  expect_signed_under(brainpool, nist);
}
TEST_F(TC_eUICC_ES10b_AuthenticateServerTwoCurves, S04_Nominal_BrainpoolServerAndSignature) {
  expect_signed_under(brainpool, brainpool);
}

// --- Errors: each on both curves ---

using rsp::pki::CertificateTemplate;
using rsp::pki::Extension;

/// What a row makes wrong. It gets the server and the challenge, and gives the request.
using MakeRequest = rsp::AuthenticateServerRequest (*)(Bench& card, Dp& dp,
                                                       const rsp::Challenge& challenge);
struct ErrorRow {
  std::string name;
  unsigned code;
  MakeRequest make;
};
void PrintTo(const ErrorRow& row, std::ostream* out) { *out << row.name; }

constexpr unsigned kInvalidCertificate = 1, kInvalidSignature = 2, kUnsupportedCurve = 3,
                   kNoSession = 4, kInvalidOid = 5, kMismatch = 6, kCiUnknown = 7;

/// The right request but for a certificate that is issued by this template for the server's key.
rsp::AuthenticateServerRequest with_certificate(Bench& card, Dp& dp,
                                                const rsp::Challenge& challenge,
                                                const CertificateTemplate& what) {
  auto request = dp.authenticate_server(challenge);
  request.server_certificate.der =
      rsp::pki::issue_der(what, card.pki.ci, dp.auth.key.public_key(), card.random);
  return request;
}
CertificateTemplate auth_template(const Bench& card) {
  return rsp::pki::dp_auth_template(rsp::pki::kTestDpOid, card.clock.now());
}
rsp::AuthenticateServerRequest by_server(Dp& dp, const rsp::pki::Identity& server,
                                         const rsp::Challenge& challenge) {
  dp.auth = server;
  return dp.authenticate_server(challenge);
}
/// Another CI, on the card's curve, with servers of its own.
rsp::pki::TestPki foreign_pki(Curve curve) {
  rsp::SeededRandom random(77);
  return rsp::pki::make_test_pki(curve, rsp::SystemClock().now(), random);
}

const std::vector<ErrorRow> kErrors = {
    {"CertificateThatIsNone", kInvalidCertificate,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_certificate.der = "3000"_hex;
       return request;
     }},
    {"CertificateWithABrokenSignature", kInvalidCertificate,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_certificate.der.back() ^= 1;
       return request;
     }},
    {"CertificateOfAnotherIssuersName", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.issuer = rsp::pki::Name{{rsp::pki::NameField::kCommonName, "Somebody else"}};
       return with_certificate(card, dp, challenge, what);
     }},
    {"CertificateWithoutKeyUsage", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return with_certificate(card, dp, challenge,
                               auth_template(card).without(Extension::kKeyUsage));
     }},
    {"CertificateForKeyAgreement", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.key_usage = {rsp::pki::kKeyAgreement};
       return with_certificate(card, dp, challenge, what);
     }},
    {"CertificateWithoutSubjectAltName", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return with_certificate(card, dp, challenge,
                               auth_template(card).without(Extension::kSubjectAltName));
     }},
    {"CertificateWithAnUnknownCriticalExtension", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.more_extensions.push_back({*rsp::asn1::oid_from_text("2.999.7"), true, "0500"_hex});
       return with_certificate(card, dp, challenge, what);
     }},
    {"CertificateOfAPointThatIsNotOnTheCurve", kInvalidCertificate,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.public_point = rsp::to_bytes(dp.auth.key.public_key().point());
       what.public_point->back() ^= 1;
       return with_certificate(card, dp, challenge, what);
     }},
    {"SignatureBroken", kInvalidSignature,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_signature1.back() ^= 1;
       return request;
     }},
    {"SignatureOfZeros", kInvalidSignature,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_signature1 = Bytes(64, 0);
       return request;
     }},
    {"SignatureByDpPb", kInvalidSignature,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_signature1 = rsp::to_bytes(dp.pb.key.sign({request.server_signed1.der}));
       return request;
     }},
    {"SignatureOverAnotherAddress", kInvalidSignature,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       dp.address = "other.example";
       request.server_signed1 = dp.authenticate_server(challenge).server_signed1;
       return request;
     }},
    {"SignatureInDer", kInvalidSignature,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       auto request = dp.authenticate_server(challenge);
       request.server_signature1 = dp.auth.key.sign_der({request.server_signed1.der});
       return request;
     }},
    {"CurveFrp256v1", kUnsupportedCurve,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.curve = *rsp::asn1::oid_from_text("1.2.250.1.223.101.256.1");
       return with_certificate(card, dp, challenge, what);
     }},
    {"RoleDpPb", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return by_server(dp, *card.pki.dp_pb, challenge);
     }},
    {"RoleDpTls", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return by_server(dp, *card.pki.dp_tls, challenge);
     }},
    {"RoleDsTls", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return by_server(dp, *card.pki.ds_tls, challenge);
     }},
    {"RoleEum", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return by_server(dp, *card.pki.eum, challenge);
     }},
    {"RoleUnknown", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       auto what = auth_template(card);
       what.policies = {*rsp::asn1::oid_from_text("2.23.146.1.2.1.99")};
       return with_certificate(card, dp, challenge, what);
     }},
    {"RoleMissing", kInvalidOid,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return with_certificate(card, dp, challenge,
                               auth_template(card).without(Extension::kCertificatePolicies));
     }},
    {"ChallengeWithAWrongBit", kMismatch,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       rsp::Challenge other = challenge;
       other[15] ^= 1;
       return dp.authenticate_server(other);
     }},
    {"ChallengeOfTheSessionBefore", kMismatch,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       card.challenge();
       return dp.authenticate_server(challenge);
     }},
    {"CiOfTheServerUnknown", kCiUnknown,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       return by_server(dp, *foreign_pki(card.pki.ci.key.curve()).dp_auth, challenge);
     }},
    {"CiOfTheServerOnTheOtherCurve", kCiUnknown,
     [](Bench& card, Dp& dp, const rsp::Challenge& challenge) {
       Curve other =
           card.pki.ci.key.curve() == Curve::kNistP256 ? Curve::kBrainpoolP256r1 : Curve::kNistP256;
       return by_server(dp, *testing_world::test_pki(other).dp_auth, challenge);
     }},
    {"CiToSignUnderUnknown", kCiUnknown,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       dp.ci_pkid = Bytes(20, 0x11);
       return dp.authenticate_server(challenge);
     }},
    {"CiToSignUnderCutShort", kCiUnknown,
     [](Bench&, Dp& dp, const rsp::Challenge& challenge) {
       dp.ci_pkid.pop_back();
       return dp.authenticate_server(challenge);
     }},
};

class ErrorCase : public ServerCase, public ::testing::WithParamInterface<ErrorRow> {
 protected:
  explicit ErrorCase(Curve curve) : ServerCase(curve) {}

  /// The whole answer with the row's code; nothing changed; and the challenge used up.
  void expect_error() {
    rsp::Challenge challenge = card.challenge();
    Dp good = dp;
    auto request = GetParam().make(card, dp, challenge);
    std::string refused = "BF3817A1158010" + to_hex(good.transaction_id);
    expect_refused(card, to_hex(rsp::asn1::encode(request)),
                   refused + fmt::format("0201{:02X}9000", GetParam().code));
    expect_refused(card, to_hex(rsp::asn1::encode(good.authenticate_server(challenge))),
                   refused + "0201049000");
    EXPECT_EQ(card.cancel_session(good.transaction_id), "invalidTransactionId");
    EXPECT_EQ(card.authenticate_server(good.authenticate_server(card.challenge())), "ok");
  }
};
class TC_eUICC_ES10b_AuthenticateServerErrorCases : public ErrorCase {
 protected:
  TC_eUICC_ES10b_AuthenticateServerErrorCases() : ErrorCase(Curve::kNistP256) {}
};
class TC_eUICC_ES10b_AuthenticateServerErrorCasesBRP : public ErrorCase {
 protected:
  TC_eUICC_ES10b_AuthenticateServerErrorCasesBRP() : ErrorCase(Curve::kBrainpoolP256r1) {}
};
std::string name_of_error(const ::testing::TestParamInfo<ErrorRow>& row) { return row.param.name; }

TEST_P(TC_eUICC_ES10b_AuthenticateServerErrorCases, S01_Error_IsAnsweredWithItsCode) {
  expect_error();
}
TEST_P(TC_eUICC_ES10b_AuthenticateServerErrorCasesBRP, S01_Error_IsAnsweredWithItsCode) {
  expect_error();
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ES10b_AuthenticateServerErrorCases,
                         ::testing::ValuesIn(kErrors), name_of_error);
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ES10b_AuthenticateServerErrorCasesBRP,
                         ::testing::ValuesIn(kErrors), name_of_error);

// --- Wrong order, malformed ---

using TC_eUICC_ES10b_AuthenticateServerOrder = ServerCase;

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S01_Error_NoSessionWithoutAChallenge) {
  auto request = rsp::asn1::encode(dp.authenticate_server({}));
  expect_refused(card, to_hex(request),
                 "BF3817A1158010" + to_hex(dp.transaction_id) + "0201049000");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S02_Error_NoSessionTheSecondTime) {
  auto request = dp.authenticate_server(card.challenge());
  EXPECT_EQ(card.authenticate_server(request), "ok");
  expect_refused(card, to_hex(rsp::asn1::encode(request)),
                 "BF3817A1158010" + to_hex(dp.transaction_id) + "0201049000");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S03_Error_NoSessionAfterPowerCycle) {
  auto request = dp.authenticate_server(card.challenge());
  card.power_cycle();
  expect_refused(card, to_hex(rsp::asn1::encode(request)),
                 "BF3817A1158010" + to_hex(dp.transaction_id) + "0201049000");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S04_Error_NoSessionAfterMemoryReset) {
  card.install(1);
  auto request = dp.authenticate_server(card.challenge());
  EXPECT_EQ(card.command(reset_command("0780")), answered("BF34", 0));
  EXPECT_EQ(card.authenticate_server(request), "noSessionContext");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S05_Error_ConditionsNotSatisfiedWhileLoading) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, to_hex(rsp::asn1::encode(dp.authenticate_server({}))), "6985");
}

TEST_F(TC_eUICC_ES10b_AuthenticateServerOrder, S06_Error_AMalformedRequestLeavesTheChallenge) {
  auto request = dp.authenticate_server(card.challenge());
  Bytes octets = rsp::asn1::encode(request);
  expect_refused(card, "BF3800", "6A80");
  expect_refused(card, "BF3804A0028000", "6A80");
  for (std::size_t size : {4U, 40U, 120U, 400U})
    expect_refused(card, to_hex(BytesView(octets).first(size)), "6A80");
  EXPECT_EQ(card.authenticate_server(request), "ok");
}

}  // namespace
}  // namespace sgp23
