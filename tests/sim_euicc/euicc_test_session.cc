// Download sessions up to the package: GetEUICCChallenge, AuthenticateServer, PrepareDownload,
// CancelSession (SGP.22 3.1.2, 3.1.3, 5.7.5, 5.7.7, 5.7.13, 5.7.14).
#include "euicc_test_support.h"
#include "rsp/pki/oids.h"

namespace sim::testing {
namespace {

using rsp::pki::CertificateTemplate;

class SessionTest : public EuiccTest {
 protected:
  SessionTest() : dp(card.pki) {}

  /// A certificate by a template for the server's own key, under the CI.
  Bytes issued(const CertificateTemplate& what, const rsp::pki::Identity& subject) {
    return rsp::pki::issue_der(what, card.pki.ci, subject.key.public_key(), card.random);
  }
  CertificateTemplate auth_template(std::string_view oid = rsp::pki::kTestDpOid) {
    return rsp::pki::dp_auth_template(oid, card.clock.now());
  }
  CertificateTemplate pb_template(std::string_view oid = rsp::pki::kTestDpOid) {
    return rsp::pki::dp_pb_template(oid, card.clock.now());
  }
  /// What a server gets that shows this certificate, all else being right.
  std::string authenticate_with(Bytes certificate) {
    auto request = dp.authenticate_server(card.challenge());
    request.server_certificate.der = std::move(certificate);
    return card.authenticate_server(request);
  }
  /// What a server gets that shows this certificate for profile binding, all else being right.
  std::string prepare_with(Bytes certificate) {
    card.authenticate(dp);
    auto request = dp.prepare_download(card.authenticated);
    request.smdp_certificate.der = std::move(certificate);
    return card.prepare_download(request);
  }
  Bytes euicc_otpk() const { return card.prepared.euicc_signed2.value.euicc_otpk; }

  Dp dp;
};
using AuthenticateServer = SessionTest;
using PrepareDownload = SessionTest;
using OneTimeKey = SessionTest;
using CancelSession = SessionTest;
using SessionOrder = SessionTest;

/// FRP256v1, the French curve that SGP.22 once allowed.
rsp::asn1::Oid frp256v1() { return *rsp::asn1::oid_from_text("1.2.250.1.223.101.256.1"); }

Bytes broken(Bytes octets) {
  octets.back() ^= 1;
  return octets;
}

/// Another CI with servers of its own, on the same curve.
const rsp::pki::TestPki& foreign_pki() {
  static const rsp::pki::TestPki pki = [] {
    rsp::SeededRandom random(2);
    return rsp::pki::make_test_pki(Curve::kNistP256, rsp::SystemClock().now(), random);
  }();
  return pki;
}

// --- AuthenticateServer: what the card answers to a server that it accepts ---

TEST_F(AuthenticateServer, RepeatsWhatTheServerSaid) {
  auto request = dp.authenticate_server(card.challenge());
  EXPECT_EQ(card.authenticate_server(request), "ok");
  const auto& answer = card.authenticated.euicc_signed1.value;
  EXPECT_EQ(answer.transaction_id, dp.transaction_id);
  EXPECT_EQ(answer.server_address, dp.address);
  EXPECT_EQ(answer.server_challenge, request.server_signed1.value.server_challenge);
}

TEST_F(AuthenticateServer, RepeatsTheParametersOfTheLpaOctetByOctet) {  // pitfall H 34
  // Written in a way that DER would not have, with elements that this card does not know.
  Bytes parameters =
      "A082002880810454455354A1811E800435290611A1810880030500008B0101820835290611000000008501FF"_hex;
  auto request = dp.authenticate_server(card.challenge());
  request.ctx_params1.der = parameters;
  EXPECT_EQ(card.authenticate_server(request), "ok");
  EXPECT_EQ(to_hex(card.authenticated.euicc_signed1.value.ctx_params1.der), to_hex(parameters));
}

TEST_F(AuthenticateServer, KeepsAbsentAndEmptyMatchingIdApart) {  // pitfall H 34
  for (std::optional<std::string> matching_id :
       {std::optional<std::string>(), std::optional<std::string>("")}) {
    dp.matching_id = matching_id;
    card.authenticate(dp);
    EXPECT_EQ(card.authenticated.euicc_signed1.value.ctx_params1.value.matching_id, matching_id);
  }
}

TEST_F(AuthenticateServer, ShowsTheEuiccInfo2OfTheMoment) {
  card.install(1);
  card.authenticate(dp);
  EXPECT_EQ(to_hex(rsp::asn1::encode(card.authenticated.euicc_signed1.value.euicc_info2)) + "9000",
            card.command("BF2200"));
}

TEST_F(AuthenticateServer, SignsItsAnswerAndShowsItsCertificates) {
  card.authenticate(dp);
  EXPECT_TRUE(
      rsp::equal(card.authenticated.euicc_certificate.der, card.pki.euicc->certificate.der()));
  EXPECT_TRUE(rsp::equal(card.authenticated.eum_certificate.der, card.pki.eum->certificate.der()));
  EXPECT_TRUE(signed_by(card.authenticated.euicc_certificate.der,
                        {card.authenticated.euicc_signed1.der},
                        card.authenticated.euicc_signature1));
}

TEST_F(AuthenticateServer, TakesAnSmDsToo) {
  dp.auth = *card.pki.ds_auth;
  card.authenticate(dp);
}

TEST_F(AuthenticateServer, HasNoClockToFindACertificateExpired) {
  auto what = auth_template();
  what.not_before -= std::chrono::years(10);
  what.not_after -= std::chrono::years(10);
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "ok");
}

/// A card of two CIs, one on each curve.
class TwoCis : public ::testing::Test {
 protected:
  TwoCis() {
    card.credentials =
        sim::make_credentials(
            {nist.ci.certificate, brainpool.ci.certificate},
            {{nist.euicc->certificate, nist.eum->certificate, nist.euicc->key, {}},
             {brainpool.euicc->certificate, brainpool.eum->certificate, brainpool.euicc->key, {}}})
            .value();
    card.start();
  }
  /// An SM-DP+ under one CI, to which the card shall sign under the other or the same.
  Dp server(const rsp::pki::TestPki& verified, const rsp::pki::TestPki& signing) const {
    Dp dp(verified);
    dp.ci_pkid = rsp::to_bytes(signing.ci.certificate.subject_key_id());
    return dp;
  }
  const rsp::pki::TestPki& nist = testing_world::test_pki(Curve::kNistP256);
  const rsp::pki::TestPki& brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  Bench card;
};

TEST_F(TwoCis, AuthenticateServerSignsUnderTheOneThatTheServerNames) {
  for (const auto* verified : {&nist, &brainpool}) {
    for (const auto* signing : {&nist, &brainpool}) {
      card.authenticate(server(*verified, *signing));
      EXPECT_TRUE(
          rsp::equal(card.authenticated.euicc_certificate.der, signing->euicc->certificate.der()));
      EXPECT_TRUE(signed_by(signing->euicc->certificate.der(),
                            {card.authenticated.euicc_signed1.der},
                            card.authenticated.euicc_signature1));
    }
  }
}

TEST_F(TwoCis, TheRestOfTheSessionIsSignedUnderTheSame) {  // sgp22.md C.1 rule 12, C.6
  Dp dp = server(nist, brainpool);
  BytesView certificate = brainpool.euicc->certificate.der();
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  EXPECT_EQ(card.prepare_download(request), "ok");
  EXPECT_TRUE(signed_by(certificate,
                        {card.prepared.euicc_signed2.der, signature_tlv(request.smdp_signature2)},
                        card.prepared.euicc_signature2));
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  EXPECT_TRUE(signed_by(certificate, {card.cancelled.euicc_cancel_session_signed.der},
                        card.cancelled.euicc_cancel_session_signature));
}

TEST_F(TwoCis, TheInstallationResultIsSignedUnderTheOneOfTheSession) {  // sgp22.md C.6
  Dp dp = server(nist, brainpool);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load(segments), "installed");
  EXPECT_TRUE(signed_by(brainpool.euicc->certificate.der(), {card.result->data.der},
                        card.result->euicc_sign_pir));
}

TEST_F(TwoCis, TheResultOfAnInterruptedLoadIsToo) {
  Dp dp = server(nist, brainpool);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  card.power_cycle();
  auto result = std::get<rsp::ProfileInstallationResult>(card.pending().at(0));
  EXPECT_TRUE(
      signed_by(brainpool.euicc->certificate.der(), {result.data.der}, result.euicc_sign_pir));
}

// --- AuthenticateServer: error codes, in the order of their numbers ---

TEST_F(AuthenticateServer, ACertificateThatIsNoneIsInvalid) {
  EXPECT_EQ(authenticate_with("3000"_hex), "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateThatTheCiDidNotSignIsInvalid) {
  EXPECT_EQ(authenticate_with(broken(rsp::to_bytes(dp.auth.certificate.der()))),
            "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateOfAnotherIssuersNameIsInvalid) {
  auto what = auth_template();
  what.issuer = rsp::pki::Name{{rsp::pki::NameField::kCommonName, "Somebody else"}};
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateWithoutItsKeyUsageIsInvalid) {
  EXPECT_EQ(
      authenticate_with(issued(auth_template().without(rsp::pki::Extension::kKeyUsage), dp.auth)),
      "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateForAnotherUseIsInvalid) {
  auto what = auth_template();
  what.key_usage = {rsp::pki::kKeyAgreement};
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateWithoutAnOidIsInvalid) {
  EXPECT_EQ(authenticate_with(
                issued(auth_template().without(rsp::pki::Extension::kSubjectAltName), dp.auth)),
            "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateWithAnUnknownCriticalExtensionIsInvalid) {
  auto what = auth_template();
  what.more_extensions.push_back({*rsp::asn1::oid_from_text("2.999.7"), true, "0500"_hex});
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "invalidCertificate");
}

TEST_F(AuthenticateServer, ACertificateWhoseKeyIsNotOnItsCurveIsInvalid) {
  auto what = auth_template();
  what.public_point = broken(rsp::to_bytes(dp.auth.key.public_key().point()));
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "invalidCertificate");
}

TEST_F(AuthenticateServer, ASignatureOfAnotherKeyIsInvalid) {
  auto request = dp.authenticate_server(card.challenge());
  request.server_signature1 = rsp::to_bytes(dp.pb.key.sign({request.server_signed1.der}));
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
}

TEST_F(AuthenticateServer, ASignatureOverSomethingElseIsInvalid) {
  auto request = dp.authenticate_server(card.challenge());
  auto other = dp;
  other.address = "other.example";
  request.server_signed1 =
      other.authenticate_server(request.server_signed1.value.euicc_challenge).server_signed1;
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
}

TEST_F(AuthenticateServer, ASignatureInDerIsInvalid) {  // pitfall H 3: r and s as they are
  auto request = dp.authenticate_server(card.challenge());
  request.server_signature1 = dp.auth.key.sign_der({request.server_signed1.der});
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
}

TEST_F(AuthenticateServer, ASignatureOfAnotherLengthIsInvalid) {
  auto request = dp.authenticate_server(card.challenge());
  request.server_signature1.push_back(0);
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
  request = dp.authenticate_server(card.challenge());
  request.server_signature1.clear();
  EXPECT_EQ(card.authenticate_server(request), "invalidSignature");
}

TEST_F(AuthenticateServer, ACertificateOnTheFrenchCurveHasAnUnsupportedCurve) {
  auto what = auth_template();
  what.curve = frp256v1();
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "unsupportedCurve");
}

TEST_F(AuthenticateServer, WithoutAChallengeThereIsNoSession) {
  EXPECT_EQ(card.authenticate_server(dp.authenticate_server({})), "noSessionContext");
}

TEST_F(AuthenticateServer, AChallengeIsAnsweredOnce) {
  auto request = dp.authenticate_server(card.challenge());
  EXPECT_EQ(card.authenticate_server(request), "ok");
  EXPECT_EQ(card.authenticate_server(request), "noSessionContext");
}

TEST_F(AuthenticateServer,
       AChallengeIsGoneAfterARefusal) {  // Not specified; a card answers each challenge once
  auto request = dp.authenticate_server(card.challenge());
  auto bad = request;
  bad.server_signature1 = broken(bad.server_signature1);
  EXPECT_EQ(card.authenticate_server(bad), "invalidSignature");
  EXPECT_EQ(card.authenticate_server(request), "noSessionContext");
}

TEST_F(AuthenticateServer, AMalformedRequestLeavesTheChallenge) {
  auto request = dp.authenticate_server(card.challenge());
  EXPECT_EQ(card.command("BF3800"), "6A80");
  EXPECT_EQ(card.authenticate_server(request), "ok");
}

TEST_F(AuthenticateServer, ACertificateOfAnotherRoleHasAnInvalidOid) {
  const rsp::pki::TestPki& pki = card.pki;
  for (const auto* other : {&pki.dp_pb, &pki.dp_tls, &pki.ds_tls, &pki.eum}) {
    dp.auth = **other;
    EXPECT_EQ(card.authenticate_server(dp.authenticate_server(card.challenge())), "invalidOid")
        << to_string(*rsp::pki::role_of(dp.auth.certificate));
  }
}

TEST_F(AuthenticateServer, ACertificateWithoutARoleHasAnInvalidOid) {
  auto what = auth_template();
  what.policies = {*rsp::asn1::oid_from_text("2.23.146.1.2.1.8")};
  EXPECT_EQ(authenticate_with(issued(what, dp.auth)), "invalidOid");
  EXPECT_EQ(authenticate_with(issued(
                auth_template().without(rsp::pki::Extension::kCertificatePolicies), dp.auth)),
            "invalidOid");
}

TEST_F(AuthenticateServer, AnotherChallengeIsAMismatch) {
  rsp::Challenge challenge = card.challenge();
  challenge[0] ^= 1;
  EXPECT_EQ(card.authenticate_server(dp.authenticate_server(challenge)), "euiccChallengeMismatch");
}

TEST_F(AuthenticateServer, TheChallengeBeforeIsAMismatch) {
  rsp::Challenge first = card.challenge();
  card.challenge();
  EXPECT_EQ(card.authenticate_server(dp.authenticate_server(first)), "euiccChallengeMismatch");
}

TEST_F(AuthenticateServer, AServerOfAnUnknownCi) {
  Dp foreign(foreign_pki());
  foreign.ci_pkid = dp.ci_pkid;
  EXPECT_EQ(card.authenticate_server(foreign.authenticate_server(card.challenge())), "ciPKUnknown");
}

TEST_F(AuthenticateServer, AServerOnTheOtherCurveIsOfAnUnknownCi) {
  Dp foreign(testing_world::test_pki(Curve::kBrainpoolP256r1));
  foreign.ci_pkid = dp.ci_pkid;
  EXPECT_EQ(card.authenticate_server(foreign.authenticate_server(card.challenge())), "ciPKUnknown");
}

TEST_F(AuthenticateServer, ACiToSignUnderThatTheCardDoesNotHave) {
  for (const Bytes& ci :
       {Bytes(20, 0x11), Bytes{}, Bytes(dp.ci_pkid.begin(), dp.ci_pkid.end() - 1)}) {
    dp.ci_pkid = ci;
    EXPECT_EQ(card.authenticate_server(dp.authenticate_server(card.challenge())), "ciPKUnknown")
        << to_hex(ci);
  }
}

TEST_F(AuthenticateServer, ARefusalNamesTheTransaction) {
  auto request = dp.authenticate_server(card.challenge());
  request.server_signature1 = broken(request.server_signature1);
  // BF38 { A1 { 80 transactionId, 02 code } }
  EXPECT_EQ(card.command(to_hex(rsp::asn1::encode(request))),
            "BF3817A1158010" + to_hex(dp.transaction_id) + "0201029000");
}

// --- PrepareDownload: what the card answers ---

TEST_F(PrepareDownload, SignsAOneTimeKeyOnTheCurveOfTheServer) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    Bench bench(curve);
    bench.start();
    Dp server(bench.pki);
    bench.authenticate(server);
    auto request = server.prepare_download(bench.authenticated);
    EXPECT_EQ(bench.prepare_download(request), "ok");
    const auto& signed2 = bench.prepared.euicc_signed2;
    EXPECT_EQ(signed2.value.transaction_id, server.transaction_id);
    EXPECT_TRUE(rsp::crypto::PublicKey::from_point(curve, signed2.value.euicc_otpk));
    EXPECT_TRUE(signed_by(bench.pki.euicc->certificate.der(),
                          {signed2.der, signature_tlv(request.smdp_signature2)},
                          bench.prepared.euicc_signature2));
  }
}

TEST_F(PrepareDownload, ShowsTheHashOfTheConfirmationCodeWhereOneIsRequired) {
  dp.confirmation_code_required = true;
  dp.hash_cc.emplace().fill(0xCC);
  card.prepare(dp);
  EXPECT_EQ(card.prepared.euicc_signed2.value.hash_cc, dp.hash_cc);
}

TEST_F(PrepareDownload, DropsAHashThatNobodyRequired) {
  dp.hash_cc.emplace().fill(0xCC);
  card.prepare(dp);
  EXPECT_EQ(card.prepared.euicc_signed2.value.hash_cc, std::nullopt);
}

TEST_F(PrepareDownload,
       MayBeRepeatedAfterARefusedConfirmationCode) {  // SGP.22 3.1.3.2: a second try
  dp.confirmation_code_required = true;
  dp.hash_cc.emplace().fill(0x01);
  card.prepare(dp);
  dp.hash_cc->fill(0x02);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
  EXPECT_EQ(card.prepared.euicc_signed2.value.hash_cc, dp.hash_cc);
}

// --- PrepareDownload: error codes ---

TEST_F(PrepareDownload, ACertificateThatIsNoneIsInvalid) {
  EXPECT_EQ(prepare_with("3000"_hex), "invalidCertificate");
}

TEST_F(PrepareDownload, ACertificateThatTheCiDidNotSignIsInvalid) {
  EXPECT_EQ(prepare_with(broken(rsp::to_bytes(dp.pb.certificate.der()))), "invalidCertificate");
}

TEST_F(PrepareDownload, ACertificateOfAnUnknownCiIsInvalid) {
  dp.pb = *foreign_pki().dp_pb;
  EXPECT_EQ(prepare_with(rsp::to_bytes(dp.pb.certificate.der())), "invalidCertificate");
}

TEST_F(PrepareDownload, ACertificateOfAnotherRoleIsInvalid) {
  dp.pb = dp.auth;
  EXPECT_EQ(prepare_with(rsp::to_bytes(dp.auth.certificate.der())), "invalidCertificate");
}

TEST_F(PrepareDownload, ACertificateOfAnotherSmDpIsInvalid) {  // sgp22.md C.1 rule 11: the same OID
  EXPECT_EQ(prepare_with(issued(pb_template("2.999.11"), dp.pb)), "invalidCertificate");
}

TEST_F(PrepareDownload, AfterAnSmDsThereIsNoCertificateThatFits) {
  dp.auth = *card.pki.ds_auth;
  EXPECT_EQ(prepare_with(rsp::to_bytes(dp.pb.certificate.der())), "invalidCertificate");
}

TEST_F(PrepareDownload, ASignatureOfAnotherKeyIsInvalid) {
  dp.pb.key = dp.auth.key;  // the certificate stays
  EXPECT_EQ(prepare_with(rsp::to_bytes(dp.pb.certificate.der())), "invalidSignature");
}

TEST_F(PrepareDownload, ASignatureThatDoesNotCoverEuiccSignature1IsInvalid) {
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  request.smdp_signature2 = rsp::to_bytes(dp.pb.key.sign({request.smdp_signed2.der}));
  EXPECT_EQ(card.prepare_download(request), "invalidSignature");
}

TEST_F(PrepareDownload, ASignatureForTheSessionBeforeIsInvalid) {
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  card.authenticate(dp);
  EXPECT_EQ(card.prepare_download(request), "invalidSignature");
}

TEST_F(PrepareDownload, ACertificateOnTheFrenchCurveHasAnUnsupportedCurve) {
  auto what = pb_template();
  what.curve = frp256v1();
  EXPECT_EQ(prepare_with(issued(what, dp.pb)), "unsupportedCurve");
}

TEST_F(PrepareDownload, WithoutAuthenticateServerThereIsNoSession) {
  rsp::AuthenticateResponseOk nobody;
  EXPECT_EQ(card.prepare_download(dp.prepare_download(nobody)), "noSessionContext");
  card.challenge();
  EXPECT_EQ(card.prepare_download(dp.prepare_download(nobody)), "noSessionContext");
}

TEST_F(PrepareDownload, AnotherTransactionIdIsInvalid) {
  card.authenticate(dp);
  dp.transaction_id = Bytes(16, 0x77);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "invalidTransactionId");
}

TEST_F(PrepareDownload,
       ARequiredConfirmationCodeThatIsMissing) {  // Not specified which code it gets
  dp.confirmation_code_required = true;
  card.authenticate(dp);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "undefinedError");
}

TEST_F(PrepareDownload, ARefusalLeavesTheSession) {
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  auto bad = request;
  bad.smdp_signature2 = broken(bad.smdp_signature2);
  EXPECT_EQ(card.prepare_download(bad), "invalidSignature");
  EXPECT_EQ(card.command("BF2100"), "6A80");
  EXPECT_EQ(card.prepare_download(request), "ok");
}

TEST_F(PrepareDownload, ARefusalNamesTheTransaction) {
  // BF21 { A1 { 80 transactionId, 02 code } }
  auto request = dp.prepare_download({});
  EXPECT_EQ(card.command(to_hex(rsp::asn1::encode(request))),
            "BF2117A1158010" + to_hex(dp.transaction_id) + "0201049000");
}

// --- The one-time key (sgp22.md C.1 rule 12) ---

TEST_F(OneTimeKey, IsNewForEachDownload) {
  card.prepare(dp);
  Bytes first = euicc_otpk();
  card.prepare(dp);
  EXPECT_NE(to_hex(euicc_otpk()), to_hex(first));
}

TEST_F(OneTimeKey, IsUsedAgainWhereTheServerOffersIt) {
  card.prepare(dp);
  Bytes first = euicc_otpk();
  dp.offered_otpk = first;
  card.prepare(dp);
  EXPECT_EQ(to_hex(euicc_otpk()), to_hex(first));
}

TEST_F(OneTimeKey, IsUsedAgainAfterPowerLoss) {
  card.prepare(dp);
  Bytes first = euicc_otpk();
  card.power_cycle();
  dp.offered_otpk = first;
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  auto bpp = card.bind(dp, plan);
  EXPECT_EQ(to_hex(euicc_otpk()), to_hex(first));
  EXPECT_EQ(card.load(bpp.segments()), "installed");
}

TEST_F(OneTimeKey, IsUsedAgainAfterAFailedLoad) {
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  auto bpp = card.bind(dp, plan);
  Bytes first = euicc_otpk();
  bpp.configure.back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
  dp.offered_otpk = first;
  bpp = card.bind(dp, plan);
  EXPECT_EQ(to_hex(euicc_otpk()), to_hex(first));
  EXPECT_EQ(card.load(bpp.segments()), "installed");
}

TEST_F(OneTimeKey, IsNewWhereTheServerOffersAnother) {
  card.prepare(dp);
  Bytes first = euicc_otpk();
  dp.offered_otpk = rsp::to_bytes(dp.otsk.public_key().point());
  card.prepare(dp);
  EXPECT_NE(to_hex(euicc_otpk()), to_hex(*dp.offered_otpk));
  EXPECT_NE(to_hex(euicc_otpk()), to_hex(first));
}

TEST_F(OneTimeKey, IsNotUsedForAnotherSmDp) {
  card.prepare(dp);
  Bytes first = euicc_otpk();
  auto parsed = [](const Bytes& der) { return rsp::pki::Certificate::parse(der).value(); };
  dp.auth.certificate = parsed(issued(auth_template("2.999.11"), dp.auth));
  dp.pb.certificate = parsed(issued(pb_template("2.999.11"), dp.pb));
  dp.offered_otpk = first;
  card.prepare(dp);
  EXPECT_NE(to_hex(euicc_otpk()), to_hex(first));
}

TEST_F(OneTimeKey, IsGoneAfterAnInstallation) {
  card.install(1);
  dp.offered_otpk = euicc_otpk();
  card.prepare(dp);
  EXPECT_NE(to_hex(euicc_otpk()), to_hex(*dp.offered_otpk));
}

TEST_F(TwoCis, AOneTimeKeyIsNotUsedOnTheOtherCurve) {
  card.prepare(server(nist, nist));
  Dp dp = server(brainpool, nist);  // the same SM-DP+ by its OID
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  card.prepare(dp);
  EXPECT_TRUE(rsp::crypto::PublicKey::from_point(Curve::kBrainpoolP256r1,
                                                 card.prepared.euicc_signed2.value.euicc_otpk));
}

// --- CancelSession (SGP.22 5.7.14) ---

TEST_F(CancelSession, WithoutASessionHasNoValidTransactionId) {
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(CancelSession, AfterTheChallengeHasNoValidTransactionId) {
  card.challenge();
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(CancelSession, AfterAuthenticateServer) {
  card.authenticate(dp);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(CancelSession, AfterPrepareDownload) {
  card.prepare(dp);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
}

TEST_F(CancelSession, DuringALoadLeavesNoResult) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  segments.resize(3);
  EXPECT_EQ(card.load(segments), "waiting");
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::IsEmpty());
}

TEST_F(CancelSession, AfterTheInstallationHasNoValidTransactionId) {
  card.install(1);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(CancelSession, OfAnotherTransactionLeavesTheSession) {
  card.authenticate(dp);
  EXPECT_EQ(card.cancel_session(Bytes(16, 0x77)), "invalidTransactionId");
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
}

TEST_F(CancelSession, EndsTheSession) {
  card.authenticate(dp);
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "noSessionContext");
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(CancelSession, SignsTransactionServerAndReason) {
  using enum rsp::CancelSessionReason;
  for (auto reason : {kEndUserRejection, kPostponed, kTimeout, kPprNotAllowed, kMetadataMismatch,
                      kLoadBppExecutionError, kUndefinedReason}) {
    card.authenticate(dp);
    EXPECT_EQ(card.cancel_session(dp.transaction_id, reason), "ok");
    const auto& sealed = card.cancelled.euicc_cancel_session_signed;
    EXPECT_EQ(sealed.value.transaction_id, dp.transaction_id);
    EXPECT_EQ(rsp::asn1::to_string(sealed.value.smdp_oid), rsp::pki::kTestDpOid);
    EXPECT_EQ(name_of(sealed.value.reason), name_of(reason));
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {sealed.der},
                          card.cancelled.euicc_cancel_session_signature));
  }
}

TEST_F(CancelSession, KeepsTheOneTimeKeyForARetry) {
  card.prepare(dp);
  dp.offered_otpk = euicc_otpk();
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  card.prepare(dp);
  EXPECT_EQ(to_hex(euicc_otpk()), to_hex(*dp.offered_otpk));
}

// --- What may come when (sgp22.md C.1) ---

TEST_F(SessionOrder, APackageWithoutPrepareDownloadIsRefused) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  card.power_cycle();
  EXPECT_EQ(card.load(segments), "6985");
  card.challenge();
  EXPECT_EQ(card.load(segments), "6985");
  card.authenticate(dp);
  EXPECT_EQ(card.load(segments), "6985");
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
  EXPECT_THAT(card.notifications(), ::testing::IsEmpty());
}

TEST_F(SessionOrder, AnotherSegmentThanTheFirstWithoutALoadIsNotKnown) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  segments.erase(segments.begin());
  EXPECT_EQ(card.load(segments), "6A88");
}

TEST_F(SessionOrder, ANewChallengeDropsTheSession) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  card.challenge();
  EXPECT_EQ(card.load(segments), "6985");
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "noSessionContext");
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
}

TEST_F(SessionOrder, ANewChallengeDropsALoadWithItsResult) {  // rule 1: the result too
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  std::vector<Bytes> first(segments.begin(), segments.end() - 1);
  EXPECT_EQ(card.load(first), "waiting");
  card.challenge();
  EXPECT_EQ(card.load({segments.back()}), "6A88");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::IsEmpty());
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

TEST_F(SessionOrder, AResetDropsTheSession) {
  card.authenticate(dp);
  card.power_cycle();
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "noSessionContext");
}

TEST_F(SessionOrder, OtherFunctionsDoNotTouchTheSession) {
  card.authenticate(dp);
  for (std::string_view command :
       {"BF2000", "BF2200", "BF2800", "BF2B00", "BF2D00", "BF3C00", "BF3E035C015A", "BF4300"}) {
    EXPECT_THAT(card.command(command), ::testing::EndsWith("9000"));
  }
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
}

TEST_F(SessionOrder, DuringALoadOtherFunctionsHaveToWait) {  // SGP.22 3.1.5
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  for (std::size_t sent = 0; sent < segments.size(); ++sent) {
    std::string outcome = card.load({segments[sent]});
    if (sent + 1 == segments.size()) {
      EXPECT_EQ(outcome, "installed");
      break;
    }
    ASSERT_EQ(outcome, "waiting") << sent;
    for (std::string_view command :
         {"BF2000", "BF2200", "BF2100", "BF2800", "BF2900", "BF2B00", "BF2D00", "BF3000", "BF3100",
          "BF3200", "BF3300", "BF3400", "BF3800", "BF3C00", "BF3F00", "BF3E035C015A", "BF4300"}) {
      EXPECT_EQ(card.command(command), "6985") << command << " after segment " << sent;
    }
  }
}

TEST_F(SessionOrder, DuringALoadAnotherTransactionCannotBeCancelled) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  Bytes last = segments.back();
  segments.pop_back();
  EXPECT_EQ(card.load(segments), "waiting");
  EXPECT_EQ(card.cancel_session(Bytes(16, 0x77)), "invalidTransactionId");
  EXPECT_EQ(card.load({last}), "installed");
}

}  // namespace
}  // namespace sim::testing
