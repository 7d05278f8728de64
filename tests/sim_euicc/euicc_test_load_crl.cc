// ES10b.LoadCRL (SGP.22 5.7.12), and what revocation does to downloads.
#include <fmt/format.h>

#include "euicc_test_support.h"
#include "rsp/pki/crl_issuer.h"

namespace sim::testing {
namespace {

using rsp::pki::Crl;
using rsp::pki::CrlExtension;
using rsp::pki::CrlTemplate;
using rsp::pki::Identity;
using rsp::pki::RevocationReason;
using ::testing::IsEmpty;

constexpr std::string_view kOk = "ok";

/// A card and the CI that it trusts.
class LoadCrl : public EuiccTest {
 protected:
  CrlTemplate list(std::int64_t number) const {
    return rsp::pki::crl_template(card.clock.now(), number);
  }
  Crl issued(const CrlTemplate& what) const { return rsp::pki::issue_crl(what, card.pki.ci); }

  /// "ok", "missing 2 3", or the error.
  std::string load(BytesView der) {
    auto response = card.call(rsp::LoadCrlRequest{{rsp::to_bytes(der)}, {}});
    if (auto* error = std::get_if<rsp::LoadCrlError>(&response.result)) return name_of(*error);
    auto& ok = std::get<rsp::LoadCrlResponseOk>(response.result);
    if (!ok.missing_parts) return std::string(kOk);
    return fmt::format("missing {}", fmt::join(*ok.missing_parts, " "));
  }
  std::string load(const CrlTemplate& what) { return load(issued(what).der()); }

  /// What AuthenticateServer, and then PrepareDownload, say of the SM-DP+ now.
  std::string authenticate() {
    return card.authenticate_server(dp.authenticate_server(card.challenge()));
  }
  std::string prepare() {
    EXPECT_EQ(authenticate(), kOk);
    return card.prepare_download(dp.prepare_download(card.authenticated));
  }
  /// How many CRLs, or parts of one, the card keeps.
  std::size_t kept() const { return card.euicc->memory().crls.size(); }

  Dp dp{card.pki};
  const rsp::pki::Certificate& dp_auth = card.pki.dp_auth->certificate;
  const rsp::pki::Certificate& dp_pb = card.pki.dp_pb->certificate;
};

// --- The function itself ---

TEST_F(LoadCrl, AnswersOkWithoutPartsWhereNothingIsMissing) {
  Bytes der = rsp::to_bytes(issued(list(1)).der());
  EXPECT_EQ(card.command(rsp::asn1::encode(rsp::LoadCrlRequest{{der}, {}})).data, "BF3502A000"_hex);
  EXPECT_EQ(kept(), 1U);
}

TEST_F(LoadCrl, TakesAListOfAnyLengthThatACommandCanCarry) {
  CrlTemplate what = list(1);
  for (int i = 0; i < 800; ++i) {
    what = what.revoking(dp_auth);
    what.revoked.back().serial = {0x10, static_cast<std::uint8_t>(i >> 8),
                                  static_cast<std::uint8_t>(i)};
  }
  EXPECT_EQ(load(what), kOk);
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(2).revoking(dp_auth)), kOk);
  EXPECT_EQ(kept(), 1U);
}

TEST_F(LoadCrl, IsOfferedInRspCapability) {
  EXPECT_TRUE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kCrlSupport));
}

TEST(LoadCrlOfAPersona, IsAnUnknownCommandWhereItIsNotOffered) {  // optional (SGP.22 5.7.12)
  Bench card;
  card.persona.crl_support = false;
  card.start();
  EXPECT_FALSE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kCrlSupport));
  EXPECT_EQ(card.command("BF3500"), "6A88");
  EXPECT_EQ(card.command("BF3502A000"), "6A88");
}

TEST_F(LoadCrl, LeavesTheSessionAsItIs) {
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(1)), kOk);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), kOk);
}

TEST_F(LoadCrl, WaitsForTheEndOfALoad) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  EXPECT_EQ(card.command("BF3502A000"), "6985");
}

// --- Errors ---

TEST_F(LoadCrl, UndefinedErrorWhereTheCommandHoldsNoList) {
  EXPECT_EQ(card.command("BF3500"), "BF350381017F9000");
  EXPECT_EQ(card.command("BF3503800100"), "BF350381017F9000");
}

TEST_F(LoadCrl, InvalidSignature) {
  Bytes der = rsp::to_bytes(rsp::pki::with_broken_signature(issued(list(1))).der());
  EXPECT_EQ(card.command(rsp::asn1::encode(rsp::LoadCrlRequest{{der}, {}})).data,
            "BF3503810101"_hex);
  EXPECT_EQ(kept(), 0U);
}

TEST_F(LoadCrl, InvalidSignatureByAnotherKeyOfTheSameName) {
  Identity impostor{card.pki.ci.certificate, rsp::crypto::PrivateKey::generate(Curve::kNistP256)};
  EXPECT_EQ(load(rsp::pki::issue_crl(list(1), impostor).der()), "invalidSignature");
}

TEST_F(LoadCrl, InvalidSignatureOfAnAlgorithmThatTheCardDoesNotHave) {
  CrlTemplate what = list(1);
  what.signature_algorithm = rsp::asn1::oid_from_text("1.2.840.10045.4.3.3");
  EXPECT_EQ(load(what), "invalidSignature");
}

TEST_F(LoadCrl, InvalidCrlFormat) {
  std::vector<std::pair<std::string, CrlTemplate>> rows{
      {"no authorityKeyIdentifier", list(1).without(CrlExtension::kAuthorityKeyId)},
      {"no cRLNumber", list(1).without(CrlExtension::kCrlNumber)},
      {"no nextUpdate", list(1)},
      {"an unknown critical extension", list(1)},
      {"an unknown critical extension of an entry", list(1).revoking(dp_auth)},
      {"part 0", list(1).as_part(0, 2)},
      {"part 3 of 2", list(1).as_part(3, 2)},
      {"2^31 parts", list(1).as_part(1, std::int64_t{1} << 31)},
      {"a part of nobody knows how many",
       list(1).as_part(1, 2).without(CrlExtension::kTotalPartialCrlNumber)},
      {"a delta CRL in parts", list(1).as_delta(0).as_part(1, 2)},
      {"of other issuers", list(1)},
  };
  rsp::pki::RawExtension unknown{*rsp::asn1::oid_from_text("1.2.3"), true, "0500"_hex};
  rows[2].second.next_update.reset();
  rows[3].second.more_extensions = {unknown};
  rows[4].second.revoked[0].more_extensions = {unknown};
  rows[10].second.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
  rows[10].second.indirect = true;
  for (const auto& [name, what] : rows) EXPECT_EQ(load(what), "invalidCRLFormat") << name;
  EXPECT_EQ(load("3000"_hex), "invalidCRLFormat");
  EXPECT_EQ(load(dp_auth.der()), "invalidCRLFormat") << "a certificate";
  EXPECT_EQ(kept(), 0U);
}

TEST_F(LoadCrl, VerificationKeyNotFoundForACiThatTheCardDoesNotTrust) {
  auto& other = testing_world::test_pki(Curve::kBrainpoolP256r1).ci;
  EXPECT_EQ(load(rsp::pki::issue_crl(list(1), other).der()), "verificationKeyNotFound");
  EXPECT_EQ(load(rsp::pki::issue_crl(list(1), *card.pki.eum).der()), "verificationKeyNotFound")
      << "an EUM issues no CRLs for cards";
}

TEST_F(LoadCrl, VerificationKeyNotFoundWhereTheNameIsNotThatOfTheKey) {
  CrlTemplate what = list(1);
  what.issuer = rsp::pki::Name{{rsp::pki::NameField::kCommonName, "somebody else"}};
  EXPECT_EQ(load(what), "verificationKeyNotFound");
}

TEST(LoadCrlOfACi, VerificationKeyNotFoundWhereTheCiMayNotSignCrls) {
  Bench card;
  auto what = rsp::pki::ci_template(card.clock.now());
  what.key_usage = {rsp::pki::kKeyCertSign};
  Identity ci = rsp::pki::issue_self_signed(what, card.pki.ci.key, card.random);
  card.credentials.trusted_cis = {ci.certificate};
  card.start();
  Crl crl = rsp::pki::issue_crl(rsp::pki::crl_template(card.clock.now(), 1), ci);
  auto response = card.call(rsp::LoadCrlRequest{{rsp::to_bytes(crl.der())}, {}});
  EXPECT_EQ(std::get<rsp::LoadCrlError>(response.result),
            rsp::LoadCrlError::kVerificationKeyNotFound);
}

TEST_F(LoadCrl, FresherCrlAlreadyLoadedForTheSameOrALowerNumber) {
  EXPECT_EQ(load(list(256)), kOk);
  EXPECT_EQ(load(list(256)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(256).revoking(dp_auth)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(255).revoking(dp_auth)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(257)), kOk);
}

TEST_F(LoadCrl, FresherCrlAlreadyLoadedForOneThatWasMadeEarlier) {
  EXPECT_EQ(load(list(1)), kOk);
  CrlTemplate earlier = list(2);
  earlier.this_update -= std::chrono::seconds(1);
  EXPECT_EQ(load(earlier), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(2)), kOk);
}

TEST_F(LoadCrl, BaseCrlMissing) {
  EXPECT_EQ(load(list(2).as_delta(1)), "baseCrlMissing");
  EXPECT_EQ(load(list(1)), kOk);
  EXPECT_EQ(load(list(3).as_delta(2)), "baseCrlMissing") << "the one that is there is older";
  EXPECT_EQ(load(list(2).as_delta(1)), kOk);
}

TEST_F(LoadCrl, BaseCrlMissingWhileThatIsIncomplete) {
  EXPECT_EQ(load(list(1).as_part(1, 2)), "missing 2");
  EXPECT_EQ(load(list(2).as_delta(1)), "baseCrlMissing");
  EXPECT_EQ(load(list(1).as_part(2, 2)), kOk);
  EXPECT_EQ(load(list(2).as_delta(1)), kOk);
}

TEST(LoadCrlMemory, NotEnoughMemorySpaceForOneOctetMoreThanThereIs) {
  for (bool fits : {true, false}) {
    Bench card;
    Crl crl = rsp::pki::issue_crl(rsp::pki::crl_template(card.clock.now(), 1), card.pki.ci);
    card.persona.memory = crl.der().size() - (fits ? 0 : 1);
    card.start();
    EXPECT_EQ(
        card.command(rsp::asn1::encode(rsp::LoadCrlRequest{{rsp::to_bytes(crl.der())}, {}})).data,
        fits ? "BF3502A000"_hex : "BF3503810103"_hex);
    EXPECT_EQ(card.euicc->memory().crls.size(), fits ? 1U : 0U);
  }
}

TEST_F(LoadCrl, WhatIsReplacedMakesRoom) {
  Crl first = issued(list(1)), second = issued(list(2).revoking(dp_auth));
  Bench small;
  small.persona.memory = second.der().size();
  small.start();
  for (const Crl& crl : {first, second}) {
    auto response = small.call(rsp::LoadCrlRequest{{rsp::to_bytes(crl.der())}, {}});
    EXPECT_TRUE(std::holds_alternative<rsp::LoadCrlResponseOk>(response.result));
  }
  EXPECT_EQ(small.euicc->memory().memory_used(), second.der().size());
}

// --- Revocation (SGP.22 5.7.5, 5.7.13) ---

TEST_F(LoadCrl, AServerThatIsNotListedIsTakenAsBefore) {
  EXPECT_EQ(load(list(1).revoking(card.pki.ds_tls->certificate)), kOk);
  EXPECT_EQ(prepare(), kOk);
  EXPECT_EQ(card.install(1).size(), 16U);
}

TEST_F(LoadCrl, ARevokedDpAuthIsAnInvalidCertificate) {
  EXPECT_EQ(load(list(1).revoking(dp_auth)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, ARevokedDsAuthIsAnInvalidCertificate) {
  dp.auth = *card.pki.ds_auth;
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(1).revoking(card.pki.ds_auth->certificate)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, ARevokedDpPbIsAnInvalidCertificate) {
  EXPECT_EQ(load(list(1).revoking(dp_pb)), kOk);
  EXPECT_EQ(prepare(), "invalidCertificate");
}

TEST_F(LoadCrl, ADpPbIsRevokedAlsoInTheMiddleOfASession) {
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(1).revoking(dp_pb)), kOk);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "invalidCertificate");
}

TEST_F(LoadCrl, ARevokedCiTakesAllWithIt) {
  EXPECT_EQ(load(list(1).revoking(card.pki.ci.certificate)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, ANewerListThatDoesNotNameItEndsTheRevocation) {
  EXPECT_EQ(load(list(1).revoking(dp_auth, RevocationReason::kCertificateHold)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
  EXPECT_EQ(load(list(2)), kOk);
  EXPECT_EQ(authenticate(), kOk);
}

TEST(LoadCrlOfTwoCis, EachCiRevokesOnlyItsOwn) {
  Bench card;
  const auto& other = testing_world::test_pki(Curve::kBrainpoolP256r1);
  card.credentials.trusted_cis.push_back(other.ci.certificate);
  card.start();
  Dp dp(card.pki);
  auto what = rsp::pki::crl_template(card.clock.now(), 1).revoking(dp.auth.certificate);
  auto load = [&](const Identity& ci) {
    Crl crl = rsp::pki::issue_crl(what, ci);
    auto response = card.call(rsp::LoadCrlRequest{{rsp::to_bytes(crl.der())}, {}});
    EXPECT_TRUE(std::holds_alternative<rsp::LoadCrlResponseOk>(response.result));
  };
  load(other.ci);  // it happens to have given the same serial number
  EXPECT_EQ(card.authenticate_server(dp.authenticate_server(card.challenge())), kOk);
  load(card.pki.ci);
  EXPECT_EQ(card.authenticate_server(dp.authenticate_server(card.challenge())),
            "invalidCertificate");
}

// --- Delta CRLs (RFC 5280 5.2.4) ---

TEST_F(LoadCrl, ADeltaAddsToItsBase) {
  EXPECT_EQ(load(list(1).revoking(dp_pb)), kOk);
  EXPECT_EQ(load(list(2).revoking(dp_auth).as_delta(1)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
  EXPECT_EQ(kept(), 2U);
}

TEST_F(LoadCrl, ADeltaTakesBackWhatItSaysIsRemoved) {
  EXPECT_EQ(load(list(1).revoking(dp_auth, RevocationReason::kCertificateHold).revoking(dp_pb)),
            kOk);
  EXPECT_EQ(load(list(2).revoking(dp_auth, RevocationReason::kRemoveFromCrl).as_delta(1)), kOk);
  EXPECT_EQ(prepare(), "invalidCertificate") << "DPpb is revoked as before";
}

TEST_F(LoadCrl, ALaterDeltaReplacesAnEarlierOne) {
  EXPECT_EQ(load(list(1).revoking(dp_auth, RevocationReason::kCertificateHold)), kOk);
  EXPECT_EQ(load(list(2).revoking(dp_auth, RevocationReason::kRemoveFromCrl).as_delta(1)), kOk);
  EXPECT_EQ(authenticate(), kOk);
  EXPECT_EQ(load(list(3).revoking(dp_auth).as_delta(1)), kOk);
  EXPECT_EQ(authenticate(), "invalidCertificate");
  EXPECT_EQ(kept(), 2U);
}

TEST_F(LoadCrl, WhatADeltaTakesBackALaterListMayRevokeAgain) {
  EXPECT_EQ(load(list(1).revoking(dp_auth, RevocationReason::kCertificateHold)), kOk);
  EXPECT_EQ(load(list(2).revoking(dp_auth, RevocationReason::kRemoveFromCrl).as_delta(1)), kOk);
  EXPECT_EQ(load(list(3).revoking(dp_auth).as_part(1, 2)), "missing 2");
  EXPECT_EQ(kept(), 3U) << "the delta is still there";
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, ADeltaMustBeFresherThanItsBaseAndOtherDeltas) {
  EXPECT_EQ(load(list(5)), kOk);
  EXPECT_EQ(load(list(5).as_delta(4)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(7).as_delta(5)), kOk);
  EXPECT_EQ(load(list(7).as_delta(5)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(6).as_delta(5)), "fresherCrlAlreadyLoaded");
}

TEST_F(LoadCrl, AWholeListReplacesBaseAndDeltasOfItsNumberAndBefore) {
  EXPECT_EQ(load(list(1)), kOk);
  EXPECT_EQ(load(list(3).revoking(dp_auth).as_delta(1)), kOk);
  EXPECT_EQ(load(list(2)), kOk) << "a delta is no whole list";
  EXPECT_EQ(kept(), 2U);
  EXPECT_EQ(authenticate(), "invalidCertificate") << "the delta is later";
  EXPECT_EQ(load(list(3)), kOk);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(authenticate(), kOk);
}

// --- Parts ---

TEST_F(LoadCrl, PartsComeInAnyOrderAndTheAnswerNamesThoseThatAreMissing) {
  EXPECT_EQ(load(list(1).as_part(3, 4)), "missing 1 2 4");
  EXPECT_EQ(load(list(1).as_part(1, 4)), "missing 2 4");
  EXPECT_EQ(load(list(1).as_part(4, 4)), "missing 2");
  EXPECT_EQ(load(list(1).as_part(2, 4)), kOk);
  EXPECT_EQ(kept(), 4U);
}

TEST_F(LoadCrl, APartThatIsThereIsNotTakenAgain) {
  EXPECT_EQ(load(list(1).as_part(1, 2)), "missing 2");
  EXPECT_EQ(load(list(1).as_part(1, 2)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(1).as_part(2, 2)), kOk);
  EXPECT_EQ(load(list(1).as_part(2, 2)), "fresherCrlAlreadyLoaded");
}

TEST_F(LoadCrl, PartsOfOneListAgreeOnTheirNumber) {
  EXPECT_EQ(load(list(1).as_part(1, 3)), "missing 2 3");
  EXPECT_EQ(load(list(1).as_part(2, 2)), "invalidCRLFormat");
  EXPECT_EQ(load(list(1).as_part(2, 3)), "missing 3");
}

TEST_F(LoadCrl, WhatAPartListsIsRevokedBeforeTheOthersAreThere) {
  EXPECT_EQ(load(list(1).revoking(dp_auth).as_part(1, 2)), "missing 2");
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, TheOldListStaysInForceUntilTheNewOneIsComplete) {
  EXPECT_EQ(load(list(1).revoking(dp_auth)), kOk);
  EXPECT_EQ(load(list(2).as_part(2, 2)), "missing 1");
  EXPECT_EQ(authenticate(), "invalidCertificate");
  EXPECT_EQ(load(list(1)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(2).as_part(1, 2)), kOk);
  EXPECT_EQ(kept(), 2U);
  EXPECT_EQ(authenticate(), kOk);
}

TEST_F(LoadCrl, PartsThatWereNeverCompletedGoWithTheNextWholeList) {
  EXPECT_EQ(load(list(1).as_part(1, 2)), "missing 2");
  EXPECT_EQ(load(list(2).as_part(1, 3)), "missing 2 3");
  EXPECT_EQ(load(list(1).as_part(2, 2)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(3)), kOk);
  EXPECT_EQ(kept(), 1U);
}

// --- Scopes (RFC 5280 5.2.5) ---

TEST_F(LoadCrl, ListsOfDifferentScopesAreNumberedByThemselves) {
  auto about = [&](std::int64_t number, const char* uri) {
    CrlTemplate what = list(number);
    what.extensions.push_back(CrlExtension::kIssuingDistributionPoint);
    what.distribution_point_uri = uri;
    return what;
  };
  EXPECT_EQ(load(about(9, "http://ci.test.example.com/CRL-A.crl").revoking(dp_auth)), kOk);
  EXPECT_EQ(load(about(3, "http://ci.test.example.com/CRL-B.crl")), kOk);
  EXPECT_EQ(load(list(1)), kOk);
  EXPECT_EQ(kept(), 3U);
  EXPECT_EQ(authenticate(), "invalidCertificate") << "another scope does not take it back";
  EXPECT_EQ(load(about(8, "http://ci.test.example.com/CRL-A.crl")), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(about(4, "http://ci.test.example.com/CRL-B.crl").as_delta(9)), "baseCrlMissing");
}

// --- What survives ---

TEST_F(LoadCrl, SurvivesPowerLoss) {
  EXPECT_EQ(load(list(5).revoking(dp_auth)), kOk);
  EXPECT_EQ(load(list(6).revoking(dp_pb).as_part(2, 3)), "missing 1 3");
  std::string before = text_of(card.euicc->memory());
  card.power_cycle();
  EXPECT_EQ(text_of(card.euicc->memory()), before);
  EXPECT_EQ(authenticate(), "invalidCertificate");
  EXPECT_EQ(load(list(5)), "fresherCrlAlreadyLoaded");
  EXPECT_EQ(load(list(6).as_part(1, 3)), "missing 3");
}

TEST_F(LoadCrl, SurvivesAReset) {
  EXPECT_EQ(load(list(5).revoking(dp_auth)), kOk);
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles, rsp::kResetDefaultSmdpAddress}),
            "nothingToDelete");
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(LoadCrl, CountsInTheMemoryThatIsLeft) {
  for (std::int64_t number : {1, 2}) {
    Crl crl = issued(list(number));
    EXPECT_EQ(load(crl.der()), kOk);
    EXPECT_EQ(card.euicc->memory().memory_used(), crl.der().size());
  }
}

// --- Anything at all ---

TEST_F(LoadCrl, WhatIsCutShortOrHasAWrongBitIsRefusedAndChangesNothing) {
  EXPECT_EQ(load(list(1)), kOk);
  std::string before = text_of(card.euicc->memory());
  Bytes der = rsp::to_bytes(issued(list(2).revoking(dp_auth).as_part(1, 2)).der());
  for (std::size_t bit = 0; bit < 8 * der.size(); ++bit) {
    Bytes wrong = der;
    wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ 0x80 >> bit % 8);
    // The tag on the wire is always A0, whatever the list begins with.
    if (bit < 8) continue;
    Reply reply = card.command(rsp::asn1::encode(rsp::LoadCrlRequest{{wrong}, {}}));
    EXPECT_EQ(reply.sw, 0x9000);
    EXPECT_THAT(to_hex(reply.data), ::testing::StartsWith("BF350381")) << bit;
  }
  Bytes command = rsp::asn1::encode(rsp::LoadCrlRequest{{der}, {}});
  for (std::size_t size = 3; size < command.size(); ++size) {
    Reply reply = card.command(BytesView(command).first(size));
    EXPECT_EQ(to_hex(reply.data), "BF350381017F") << size;
  }
  EXPECT_EQ(text_of(card.euicc->memory()), before);
}

/// A CI that signs whatever it is given: what such a list says is taken or refused, and all that is
/// taken is there after power loss.
TEST_F(LoadCrl, NonsenseThatIsSignedWellDoesNoHarm) {
  rsp::SeededRandom random(535);
  std::size_t taken = 0;
  for (int turn = 0; turn < 600; ++turn) {
    CrlTemplate what = list(turn).revoking(dp_pb).revoking(card.pki.eum->certificate);
    if (turn % 3 == 1) what = what.as_part(1 + turn % 4, 4);
    if (turn % 3 == 2) what = what.as_delta(turn / 2);
    Bytes tbs = rsp::to_bytes(issued(what).tbs());
    auto dice = random.octets<8>();
    for (std::size_t i = 0; i < dice[0] % 3U; ++i) {
      std::size_t at = (dice[1 + 2 * i] * 256U + dice[2 + 2 * i]) % tbs.size();
      tbs[at] = static_cast<std::uint8_t>(tbs[at] ^ 1U << dice[7] % 8);
    }
    rsp::asn1::Writer writer;
    writer.constructed(rsp::asn1::kSequence, [&] {
      writer.raw(tbs);
      writer.raw("300A06082A8648CE3D040302"_hex);
      writer.primitive(rsp::asn1::kBitString,
                       rsp::concat({Bytes{0}, card.pki.ci.key.sign_der({tbs})}));
    });
    Reply reply = card.command(rsp::asn1::encode(rsp::LoadCrlRequest{{writer.take()}, {}}));
    ASSERT_EQ(reply.sw, 0x9000);
    taken += to_hex(reply.data).starts_with("BF350381") ? 0 : 1;
    authenticate();
    if (turn % 20 == 0) {
      std::string before = text_of(card.euicc->memory());
      card.power_cycle();
      ASSERT_EQ(text_of(card.euicc->memory()), before) << turn;
    }
  }
  EXPECT_GT(taken, 100U);
}

}  // namespace
}  // namespace sim::testing
