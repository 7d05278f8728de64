// SGP.23 4.2.10: ES10b.PrepareDownload (SGP.22 5.7.5), on both curves.
#include "rsp/pki/crl_issuer.h"
#include "rsp/pki/oids.h"
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

using rsp::pki::CertificateTemplate;

/// A request in hexadecimal.
std::string hex_of(const rsp::PrepareDownloadRequest& request) {
  return to_hex(rsp::asn1::encode(request));
}

/// A card on either curve with what every sequence needs.
class PrepareDownload : public SessionCase {
 protected:
  using SessionCase::SessionCase;

  /// PrepareDownload of an authenticated session. Expects BF21 { A0 { 30 { 80 transactionId, 5F49
  /// otPK.EUICC, 04 hashCc where it is expected }, 5F37 euiccSignature2 } }, signed over
  /// euiccSigned2 and smdpSignature2, a key on the curve of CERT.DPpb that is kept for a retry, and
  /// nothing else that is new. The key, in hexadecimal.
  std::string expect_prepared(std::string_view hash_cc = "", std::size_t block_size = 255) {
    std::size_t profiles = card.euicc->memory().profiles.size();
    std::size_t notifications = card.euicc->memory().notifications.size();
    auto request = dp.prepare_download(card.authenticated);
    std::string answer = card.command(hex_of(request), block_size);
    std::size_t key = answer.find("5F4941");
    if (key == std::string::npos || answer.size() < 132 + 130) {
      ADD_FAILURE() << "the answer is " << answer;
      return "";
    }
    std::string otpk = answer.substr(key + 6, 130);
    std::string signature = answer.substr(answer.size() - 132, 128);
    std::string content = tlv("80", kTransactionId) + tlv("5F49", otpk);
    if (!hash_cc.empty()) content += tlv("04", hash_cc);
    std::string signed2 = tlv("30", content);
    EXPECT_EQ(answer, tlv("BF21", tlv("A0", signed2 + tlv("5F37", signature))) + "9000");
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(),
                          {rsp::from_hex(signed2).value(), signature_tlv(request.smdp_signature2)},
                          rsp::from_hex(signature).value()));
    EXPECT_TRUE(rsp::crypto::PublicKey::from_point(dp.pb.key.curve(), rsp::from_hex(otpk).value()));
    const sim::NonVolatile& memory = card.euicc->memory();
    EXPECT_TRUE(memory.unused_otpk);
    if (memory.unused_otpk) {
      EXPECT_EQ(to_hex(memory.unused_otpk->key.public_key().point()), otpk);
    }
    EXPECT_EQ(memory.profiles.size(), profiles);
    EXPECT_EQ(memory.notifications.size(), notifications);
    EXPECT_FALSE(memory.load_in_progress);
    EXPECT_EQ(session_of(card), "prepared");
    return otpk;
  }
  /// The same in a session of its own.
  std::string expect_prepared_anew() {
    card.authenticate(dp);
    return expect_prepared();
  }
  Bytes octets(std::string_view hex) { return rsp::from_hex(hex).value(); }

  // --- The sequences of both curves ---

  void S01_Nominal_WithoutConfirmationCode() { expect_prepared_anew(); }

  void S02_Nominal_WithConfirmationCode() {
    dp.confirmation_code_required = true;
    dp.hash_cc.emplace().fill(0xCC);
    card.authenticate(dp);
    expect_prepared(to_hex(*dp.hash_cc));
  }

  void S03_Nominal_HashThatNobodyRequiredIsLeftOut() {
    dp.hash_cc.emplace().fill(0xCC);
    card.authenticate(dp);
    expect_prepared();
  }

  void S04_Nominal_NewKeyForEachSession() {
    std::string first = expect_prepared_anew();
    EXPECT_NE(expect_prepared_anew(), first);
  }

  void S05_Nominal_ReuseOfTheOneTimeKey() {
    std::string first = expect_prepared_anew();
    dp.offered_otpk = octets(first);
    EXPECT_EQ(expect_prepared_anew(), first);
  }

  void S06_Nominal_ReuseOfTheOneTimeKeyWithConfirmationCode() {
    std::string first = expect_prepared_anew();
    dp.offered_otpk = octets(first);
    dp.confirmation_code_required = true;
    dp.hash_cc.emplace().fill(0xCC);
    card.authenticate(dp);
    EXPECT_EQ(expect_prepared(to_hex(*dp.hash_cc)), first);
  }

  void S07_Nominal_ReuseAfterAPowerCycle() {
    std::string first = expect_prepared_anew();
    card.power_cycle();
    dp.offered_otpk = octets(first);
    EXPECT_EQ(expect_prepared_anew(), first);
  }

  void S08_Nominal_ReuseAfterCancelSession() {
    std::string first = expect_prepared_anew();
    EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
    dp.offered_otpk = octets(first);
    EXPECT_EQ(expect_prepared_anew(), first);
  }

  void S09_Nominal_ReuseAfterAFailedLoad() {
    auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
    dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
    bpp.configure.back() ^= 1;
    EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
    EXPECT_EQ(expect_prepared_anew(), to_hex(*dp.offered_otpk));
  }

  void S10_Nominal_OfferOfAnotherKeyGetsANewOne() {
    std::string first = expect_prepared_anew();
    dp.offered_otpk = rsp::to_bytes(dp.otsk.public_key().point());
    std::string second = expect_prepared_anew();
    EXPECT_NE(second, first);
    EXPECT_NE(second, to_hex(*dp.offered_otpk));
  }

  void S11_Nominal_OfferOfAKeyThatWasUsedUpGetsANewOne() {
    dp.offered_otpk = octets(expect_prepared_anew());
    EXPECT_EQ(
        card.load(card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments()),
        "installed");
    EXPECT_NE(expect_prepared_anew(), to_hex(*dp.offered_otpk));
  }

  void S12_Nominal_OfferOfNoPointGetsANewOne() {
    std::string first = expect_prepared_anew();
    dp.offered_otpk = Bytes(65, 0x04);
    EXPECT_NE(expect_prepared_anew(), first);
  }

  void S13_Nominal_SecondTryAfterARefusedConfirmationCode() {
    dp.confirmation_code_required = true;
    dp.hash_cc.emplace().fill(0x01);
    card.authenticate(dp);
    expect_prepared(to_hex(*dp.hash_cc));
    dp.hash_cc->fill(0x02);
    expect_prepared(to_hex(*dp.hash_cc));
  }

  void S14_Nominal_InBlocksOf120Octets() {
    card.authenticate(dp);
    expect_prepared("", 120);
  }

  void S15_Nominal_KeyThatAPackageCanBeProtectedFor() {
    std::string key = expect_prepared_anew();
    auto bpp = dp.protect(dp.plan(metadata_for(1), package_for(metadata_for(1))), octets(key),
                          card.euicc->eid());
    EXPECT_EQ(card.load(bpp.segments()), "installed");
    EXPECT_FALSE(card.euicc->memory().unused_otpk);
  }

  void S16_Error_SignatureOfAnotherKey() {
    card.authenticate(dp);
    dp.pb.key = dp.auth.key;
    expect_answer_and_no_change(card, hex_of(dp.prepare_download(card.authenticated)),
                                "BF2117A1158010" + std::string(kTransactionId) + "0201029000");
  }

  void S17_Error_CertificateThatTheCiDidNotSign() {
    card.authenticate(dp);
    auto request = dp.prepare_download(card.authenticated);
    request.smdp_certificate.der.back() ^= 1;
    expect_answer_and_no_change(card, hex_of(request),
                                "BF2117A1158010" + std::string(kTransactionId) + "0201019000");
  }
};

class TC_eUICC_ES10b_PrepareDownloadNIST : public PrepareDownload {
 protected:
  TC_eUICC_ES10b_PrepareDownloadNIST() : PrepareDownload(Curve::kNistP256) {}
};
class TC_eUICC_ES10b_PrepareDownloadBRP : public PrepareDownload {
 protected:
  TC_eUICC_ES10b_PrepareDownloadBRP() : PrepareDownload(Curve::kBrainpoolP256r1) {}
};

#define ON_BOTH_CURVES(sequence)                                       \
  TEST_F(TC_eUICC_ES10b_PrepareDownloadNIST, sequence) { sequence(); } \
  TEST_F(TC_eUICC_ES10b_PrepareDownloadBRP, sequence) { sequence(); }

ON_BOTH_CURVES(S01_Nominal_WithoutConfirmationCode)
ON_BOTH_CURVES(S02_Nominal_WithConfirmationCode)
ON_BOTH_CURVES(S03_Nominal_HashThatNobodyRequiredIsLeftOut)
ON_BOTH_CURVES(S04_Nominal_NewKeyForEachSession)
ON_BOTH_CURVES(S05_Nominal_ReuseOfTheOneTimeKey)
ON_BOTH_CURVES(S06_Nominal_ReuseOfTheOneTimeKeyWithConfirmationCode)
ON_BOTH_CURVES(S07_Nominal_ReuseAfterAPowerCycle)
ON_BOTH_CURVES(S08_Nominal_ReuseAfterCancelSession)
ON_BOTH_CURVES(S09_Nominal_ReuseAfterAFailedLoad)
ON_BOTH_CURVES(S10_Nominal_OfferOfAnotherKeyGetsANewOne)
ON_BOTH_CURVES(S11_Nominal_OfferOfAKeyThatWasUsedUpGetsANewOne)
ON_BOTH_CURVES(S12_Nominal_OfferOfNoPointGetsANewOne)
ON_BOTH_CURVES(S13_Nominal_SecondTryAfterARefusedConfirmationCode)
ON_BOTH_CURVES(S14_Nominal_InBlocksOf120Octets)
ON_BOTH_CURVES(S15_Nominal_KeyThatAPackageCanBeProtectedFor)
ON_BOTH_CURVES(S16_Error_SignatureOfAnotherKey)
ON_BOTH_CURVES(S17_Error_CertificateThatTheCiDidNotSign)

// --- A card of both curves ---

class TC_eUICC_ES10b_PrepareDownload_TwoCIs : public ::testing::Test {
 protected:
  TC_eUICC_ES10b_PrepareDownload_TwoCIs() {
    card.credentials = credentials_of_two_cis();
    card.start();
  }
  /// An SM-DP+ under one CI, to which the card shall sign under the other or the same.
  Dp server(const rsp::pki::TestPki& verified, const rsp::pki::TestPki& signing) const {
    Dp dp(verified);
    dp.ci_pkid = rsp::to_bytes(signing.ci.certificate.subject_key_id());
    return dp;
  }
  /// Authenticates and prepares; whether euiccSignature2 is by the key under that CI.
  ::testing::AssertionResult prepared_and_signed_under(const Dp& dp,
                                                       const rsp::pki::TestPki& signing) {
    card.authenticate(dp);
    auto request = dp.prepare_download(card.authenticated);
    EXPECT_EQ(card.prepare_download(request), "ok");
    return signed_by(signing.euicc->certificate.der(),
                     {card.prepared.euicc_signed2.der, signature_tlv(request.smdp_signature2)},
                     card.prepared.euicc_signature2);
  }
  bool key_is_on(Curve curve) const {
    return rsp::crypto::PublicKey::from_point(curve, card.prepared.euicc_signed2.value.euicc_otpk)
        .has_value();
  }
  const rsp::pki::TestPki& nist = testing_world::test_pki(Curve::kNistP256);
  const rsp::pki::TestPki& brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  Bench card;
};

TEST_F(TC_eUICC_ES10b_PrepareDownload_TwoCIs, S01_Nominal_SignedUnderTheCiOfAuthenticateServer) {
  EXPECT_TRUE(prepared_and_signed_under(server(nist, brainpool), brainpool));
  EXPECT_TRUE(key_is_on(Curve::kNistP256)) << "the curve of CERT.DPpb";
  EXPECT_TRUE(prepared_and_signed_under(server(brainpool, nist), nist));
  EXPECT_TRUE(key_is_on(Curve::kBrainpoolP256r1));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_TwoCIs, S02_Nominal_DpPbOnAnotherCurveThanDpAuth) {
  Dp dp = server(nist, nist);
  dp.pb = *brainpool.dp_pb;
  EXPECT_TRUE(prepared_and_signed_under(dp, nist));
  EXPECT_TRUE(key_is_on(Curve::kBrainpoolP256r1));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_TwoCIs, S03_Nominal_OneTimeKeyIsNotReusedOnAnotherCurve) {
  card.prepare(server(nist, nist));
  Dp dp = server(brainpool, nist);  // the same SM-DP+ by its OID
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  EXPECT_TRUE(prepared_and_signed_under(dp, nist));
  EXPECT_TRUE(key_is_on(Curve::kBrainpoolP256r1));
}

// --- Errors: BF21 { A1 { 80 transactionId, 02 downloadErrorCode } } ---

constexpr unsigned kInvalidCertificate = 1, kInvalidSignature = 2, kUnsupportedCurve = 3,
                   kNoSessionContext = 4, kInvalidTransactionId = 5, kUndefinedError = 127;

/// What a request is made of, where one thing of it can be wrong.
struct Server {
  const Bench& card;
  Dp& dp;
  rsp::SeededRandom random{7};

  /// A certificate by a template for the DPpb key, under the CI.
  Bytes issued(const CertificateTemplate& what) {
    return rsp::pki::issue_der(what, card.pki.ci, dp.pb.key.public_key(), random);
  }
  CertificateTemplate pb(std::string_view oid = rsp::pki::kTestDpOid) {
    return rsp::pki::dp_pb_template(oid, card.clock.now());
  }
};

struct PrepareFault {
  std::string name;
  unsigned code;
  /// Makes the server another one before it signs.
  std::function<void(Server&)> server = [](Server&) {};
  /// Makes the request another one after it was signed.
  std::function<void(rsp::PrepareDownloadRequest&, Server&)> request =
      [](rsp::PrepareDownloadRequest&, Server&) {};
};
void PrintTo(const PrepareFault& row, std::ostream* out) { *out << row.name; }

/// A certificate that is signed for as it should be, but is another one.
PrepareFault certificate(std::string name, unsigned code, std::function<Bytes(Server&)> make) {
  return {
      .name = std::move(name),
      .code = code,
      .request = [make = std::move(make)](rsp::PrepareDownloadRequest& request, Server& server) {
        request.smdp_certificate.der = make(server);
      }};
}
PrepareFault signature(std::string name, std::function<void(Bytes&)> change) {
  return {.name = std::move(name),
          .code = kInvalidSignature,
          .request = [change = std::move(change)](rsp::PrepareDownloadRequest& request, Server&) {
            change(request.smdp_signature2);
          }};
}

std::vector<PrepareFault> faults() {
  using rsp::pki::Extension;
  auto without = [](Extension extension) {
    return [extension](Server& server) { return server.issued(server.pb().without(extension)); };
  };
  auto with = [](std::function<void(CertificateTemplate&, Server&)> change) {
    return [change](Server& server) {
      auto what = server.pb();
      change(what, server);
      return server.issued(what);
    };
  };
  auto of_role = [](const rsp::pki::Identity& identity) {
    return [&identity](Server&) { return rsp::to_bytes(identity.certificate.der()); };
  };
  const auto& pki = testing_world::test_pki(Curve::kNistP256);
  const auto& brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  return {
      certificate("S01_Error_CertificateThatIsNone", kInvalidCertificate,
                  [](Server&) { return "3000"_hex; }),
      certificate("S02_Error_CertificateAltered", kInvalidCertificate,
                  [](Server& server) {
                    Bytes der = rsp::to_bytes(server.dp.pb.certificate.der());
                    der.back() ^= 1;
                    return der;
                  }),
      certificate("S03_Error_CertificateOfAnUnknownCi", kInvalidCertificate,
                  of_role(*brainpool.dp_pb)),
      certificate("S04_Error_CertificateOfDpAuth", kInvalidCertificate, of_role(*pki.dp_auth)),
      certificate("S05_Error_CertificateOfDpTls", kInvalidCertificate, of_role(*pki.dp_tls)),
      certificate("S06_Error_CertificateOfDsAuth", kInvalidCertificate, of_role(*pki.ds_auth)),
      certificate("S07_Error_CertificateOfAnEum", kInvalidCertificate, of_role(*pki.eum)),
      certificate("S08_Error_OidOfAnotherSmDp", kInvalidCertificate,
                  [](Server& server) { return server.issued(server.pb("2.999.12")); }),
      certificate("S09_Error_CertificateWithoutOid", kInvalidCertificate,
                  without(Extension::kSubjectAltName)),
      certificate("S10_Error_CertificateWithoutKeyUsage", kInvalidCertificate,
                  without(Extension::kKeyUsage)),
      certificate("S11_Error_CertificateForKeyAgreement", kInvalidCertificate,
                  with([](CertificateTemplate& what, Server&) {
                    what.key_usage = {rsp::pki::kKeyAgreement};
                  })),
      certificate("S12_Error_CertificateWithoutPolicy", kInvalidCertificate,
                  without(Extension::kCertificatePolicies)),
      certificate("S13_Error_CertificateWithAnUnknownCriticalExtension", kInvalidCertificate,
                  with([](CertificateTemplate& what, Server&) {
                    what.more_extensions.push_back(
                        {*rsp::asn1::oid_from_text("2.999.7"), true, "0500"_hex});
                  })),
      certificate(
          "S14_Error_CertificateOfAnotherIssuersName", kInvalidCertificate,
          with([](CertificateTemplate& what, Server&) {
            what.issuer = rsp::pki::Name{{rsp::pki::NameField::kCommonName, "Somebody else"}};
          })),
      certificate("S15_Error_KeyThatIsNotOnItsCurve", kInvalidCertificate,
                  with([](CertificateTemplate& what, Server& server) {
                    what.public_point = rsp::to_bytes(server.dp.pb.key.public_key().point());
                    what.public_point->back() ^= 1;
                  })),
      certificate("S16_Error_CertificateOnTheFrenchCurve", kUnsupportedCurve,
                  with([](CertificateTemplate& what, Server&) {
                    what.curve = *rsp::asn1::oid_from_text("1.2.250.1.223.101.256.1");
                  })),
      {.name = "S17_Error_SignatureOfTheDpAuthKey",
       .code = kInvalidSignature,
       .server = [](Server& server) { server.dp.pb.key = server.dp.auth.key; }},
      signature("S18_Error_SignatureAltered", [](Bytes& octets) { octets.back() ^= 1; }),
      signature("S19_Error_SignatureOf63Octets", [](Bytes& octets) { octets.pop_back(); }),
      signature("S20_Error_SignatureOf65Octets", [](Bytes& octets) { octets.push_back(0); }),
      signature("S21_Error_SignatureOfNothing", [](Bytes& octets) { octets.clear(); }),
      signature("S22_Error_SignatureOfZeros", [](Bytes& octets) { octets.assign(64, 0); }),
      {.name = "S23_Error_SignatureWithoutEuiccSignature1",
       .code = kInvalidSignature,
       .request =
           [](rsp::PrepareDownloadRequest& request, Server& server) {
             request.smdp_signature2 =
                 rsp::to_bytes(server.dp.pb.key.sign({request.smdp_signed2.der}));
           }},
      {.name = "S24_Error_SignatureInDer",
       .code = kInvalidSignature,
       .request =
           [](rsp::PrepareDownloadRequest& request, Server& server) {
             request.smdp_signature2 = server.dp.pb.key.sign_der(
                 {request.smdp_signed2.der,
                  signature_tlv(server.card.authenticated.euicc_signature1)});
           }},
      {.name = "S25_Error_SignedDataAltered",
       .code = kInvalidSignature,
       .request =
           [](rsp::PrepareDownloadRequest& request, Server&) {
             request.smdp_signed2.der.back() ^= 0xFF;  // ccRequiredFlag
           }},
      {.name = "S26_Error_TransactionIdOfAnother",
       .code = kInvalidTransactionId,
       .server = [](Server& server) { server.dp.transaction_id = Bytes(16, 0x77); }},
      {.name = "S27_Error_TransactionIdCutShort",
       .code = kInvalidTransactionId,
       .server = [](Server& server) { server.dp.transaction_id = Bytes(15, 0xA5); }},
      // Not specified: a missing hash has no code of its own.
      {.name = "S28_Error_ConfirmationCodeMissing",
       .code = kUndefinedError,
       .server = [](Server& server) { server.dp.confirmation_code_required = true; }},
  };
}

class TC_eUICC_ES10b_PrepareDownloadErrorCases
    : public SessionCase,
      public ::testing::WithParamInterface<PrepareFault> {};

TEST_P(TC_eUICC_ES10b_PrepareDownloadErrorCases, Sequence) {
  const PrepareFault& row = GetParam();
  card.install(9);
  card.authenticate(dp);
  auto good = dp.prepare_download(card.authenticated);
  Dp other = dp;
  Server server{card, other};
  row.server(server);
  auto bad = other.prepare_download(card.authenticated);
  row.request(bad, server);
  std::string transaction = to_hex(other.transaction_id);
  expect_answer_and_no_change(
      card, hex_of(bad),
      tlv("BF21", tlv("A1", tlv("80", transaction) + fmt::format("0201{:02X}", row.code))) +
          "9000");
  // The session is still there (expect_answer_and_no_change), and what is right is taken.
  EXPECT_EQ(card.prepare_download(good), "ok");
}

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES10b_PrepareDownloadErrorCases, ::testing::ValuesIn(faults()),
                         by_name());

// --- Errors of order, and requests that are not well formed ---

class TC_eUICC_ES10b_PrepareDownload_Session : public SessionCase {
 protected:
  /// The request of a session gets noSessionContext.
  void expect_no_session() {
    expect_answer_and_no_change(card, hex_of(dp.prepare_download(card.authenticated)),
                                "BF2117A1158010" + std::string(kTransactionId) +
                                    fmt::format("0201{:02X}9000", kNoSessionContext));
  }
  /// A request of octets that are no message gets 6A80, and the session is as it was.
  void expect_malformed(const Bytes& request) {
    expect_answer_and_no_change(card, to_hex(request), "6A80");
    EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
  }
  /// A good request with one element changed.
  Bytes with(std::string_view path, const rsp::asn1::Mutation& mutation) {
    card.authenticate(dp);
    return rsp::asn1::mutate<rsp::PrepareDownloadRequest>(
               rsp::asn1::encode(dp.prepare_download(card.authenticated)), path, mutation)
        .value();
  }
};

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S01_Error_WithoutChallenge) { expect_no_session(); }

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S02_Error_AfterTheChallenge) {
  card.challenge();
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S03_Error_AfterANewChallenge) {
  card.authenticate(dp);
  card.challenge();
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S04_Error_AfterARefusedServer) {
  auto request = dp.authenticate_server(card.challenge());
  request.server_signature1.back() ^= 1;
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S05_Error_AfterCancelSession) {
  card.authenticate(dp);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S06_Error_AfterAPowerCycle) {
  card.authenticate(dp);
  card.power_cycle();
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S07_Error_AfterTheInstallation) {
  EXPECT_THAT(load(segments_for(metadata_for(1))), ::testing::StartsWith("BF37"));
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S08_Error_AfterAFailedLoad) {
  auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  bpp.configure.back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
  expect_no_session();
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S09_Error_WhileAPackageIsLoaded) {
  auto segments = segments_for(metadata_for(1));
  EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
  expect_answer_and_no_change(card, hex_of(dp.prepare_download(card.authenticated)), "6985");
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S10_Error_RequestOfTheSessionBefore) {
  card.authenticate(dp);
  std::string before = hex_of(dp.prepare_download(card.authenticated));
  card.authenticate(dp);
  expect_answer_and_no_change(card, before,
                              "BF2117A1158010" + std::string(kTransactionId) + "0201029000");
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S11_Nominal_OneTimeKeyOfAnotherSmDpIsNotUsed) {
  card.prepare(dp);
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  Dp other = dp;
  auto certificate = [&](const CertificateTemplate& what, const rsp::pki::Identity& subject) {
    return rsp::pki::Certificate::parse(
               rsp::pki::issue_der(what, card.pki.ci, subject.key.public_key(), card.random))
        .value();
  };
  auto now = card.clock.now();
  other.auth.certificate = certificate(rsp::pki::dp_auth_template("2.999.12", now), other.auth);
  other.pb.certificate = certificate(rsp::pki::dp_pb_template("2.999.12", now), other.pb);
  card.prepare(other);
  EXPECT_NE(to_hex(card.prepared.euicc_signed2.value.euicc_otpk), to_hex(*dp.offered_otpk));
  EXPECT_EQ(session_of(card), "prepared");
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S12_Error_CertificateThatACrlRevokes) {
  auto what = rsp::pki::crl_template(card.clock.now(), 1);
  what.revoked.push_back(
      {.serial = rsp::to_bytes(dp.pb.certificate.serial()), .revocation_date = card.clock.now()});
  card.authenticate(dp);
  EXPECT_EQ(to_hex(card.command(rsp::asn1::encode(rsp::LoadCrlRequest{
                                    {rsp::pki::issue_crl_der(what, card.pki.ci)}, {}}))
                       .data),
            "BF3502A000");
  expect_answer_and_no_change(card, hex_of(dp.prepare_download(card.authenticated)),
                              "BF2117A1158010" + std::string(kTransactionId) + "0201019000");
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S13_Error_WithoutBody) {
  card.authenticate(dp);
  expect_malformed("BF2100"_hex);
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S14_Error_WithoutCertificate) {
  expect_malformed(with("smdpCertificate", rsp::asn1::omit()));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S15_Error_WithoutSignature) {
  expect_malformed(with("smdpSignature2", rsp::asn1::omit()));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S16_Error_TransactionIdOf17Octets) {
  expect_malformed(with("smdpSigned2.transactionId", rsp::asn1::set_content(Bytes(17, 0xA5))));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S17_Error_HashOf31Octets) {
  dp.hash_cc.emplace().fill(0xCC);
  expect_malformed(with("hashCc", rsp::asn1::set_content(Bytes(31, 0xCC))));
}

TEST_F(TC_eUICC_ES10b_PrepareDownload_Session, S18_Error_OctetsBehindTheRequest) {
  Bytes request = with("", [](const rsp::asn1::Element& all) { return rsp::to_bytes(all.whole); });
  request.push_back(0x00);
  expect_malformed(request);
}

}  // namespace
}  // namespace sgp23
