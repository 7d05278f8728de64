// SGP.23 4.2.17: ES10b.LoadCRL (SGP.22 5.7.12), valid, refused, and what a revoked certificate gets
// afterwards.
#include "profile_management_support.h"
#include "rsp/pki/crl_issuer.h"

namespace sgp23 {
namespace {

using rsp::pki::CrlExtension;
using rsp::pki::CrlTemplate;

constexpr unsigned kInvalidSignature = 1, kInvalidFormat = 2, kNoMemory = 3, kNoKey = 4,
                   kFresherLoaded = 5, kBaseMissing = 6, kUndefined = 127;

/// LoadCRL with the DER of a list.
std::string load_command(BytesView crl) {
  return tlv_text("BF35", "A0" + to_hex(crl).substr(2));  // A0 in place of the 30
}
std::string load_error(unsigned code) { return fmt::format("BF35038101{:02X}9000", code); }
constexpr std::string_view kLoaded = "BF3502A0009000";

/// A card with its CI and an SM-DP+ under it.
class CrlCase : public CardCase {
 protected:
  explicit CrlCase(Curve curve = Curve::kNistP256) : CardCase(curve), dp(card.pki) {}

  CrlTemplate list(std::int64_t number) const {
    return rsp::pki::crl_template(card.clock.now(), number);
  }
  std::string load(const CrlTemplate& what) {
    return card.command(load_command(rsp::pki::issue_crl_der(what, card.pki.ci)));
  }
  /// LoadCRL that must be refused and leave the card as it was.
  void expect_error(const CrlTemplate& what, unsigned code) {
    expect_refused(card, load_command(rsp::pki::issue_crl_der(what, card.pki.ci)),
                   load_error(code));
  }
  std::string authenticate() {
    return card.authenticate_server(dp.authenticate_server(card.challenge()));
  }
  std::size_t kept() const { return card.euicc->memory().crls.size(); }

  Dp dp;
};
using TC_eUICC_ES10b_LoadCRL = CrlCase;
class TC_eUICC_ES10b_LoadCRLBRP : public CrlCase {
 protected:
  TC_eUICC_ES10b_LoadCRLBRP() : CrlCase(Curve::kBrainpoolP256r1) {}
};

// --- Nominal ---

TEST_F(TC_eUICC_ES10b_LoadCRL, S01_Nominal_ListInWhichNothingIsRevoked) {
  EXPECT_EQ(load(list(1)), kLoaded);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(authenticate(), "ok");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S02_Nominal_RevokedDpAuthIsRefusedAfterwards) {
  EXPECT_EQ(authenticate(), "ok");
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  auto request = rsp::asn1::encode(dp.authenticate_server(card.challenge()));
  EXPECT_EQ(card.command(to_hex(request)),
            "BF3817A1158010" + to_hex(dp.transaction_id) + "0201019000");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S03_Nominal_RevokedDpPbIsRefusedAfterwards) {
  EXPECT_EQ(load(list(1).revoking(dp.pb.certificate)), kLoaded);
  card.authenticate(dp);
  auto request = rsp::asn1::encode(dp.prepare_download(card.authenticated));
  EXPECT_EQ(card.command(to_hex(request)),
            "BF2117A1158010" + to_hex(dp.transaction_id) + "0201019000");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S04_Nominal_RevokedDsAuthIsRefusedAfterwards) {
  dp.auth = *card.pki.ds_auth;
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S05_Nominal_NewerListReplacesTheOlder) {
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  EXPECT_EQ(load(list(2)), kLoaded);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(authenticate(), "ok");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S06_Nominal_DeltaAfterItsBase) {
  EXPECT_EQ(load(list(1)), kLoaded);
  EXPECT_EQ(load(list(2).revoking(dp.auth.certificate).as_delta(1)), kLoaded);
  EXPECT_EQ(kept(), 2U);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S07_Nominal_PartsNameThoseThatAreMissing) {
  EXPECT_EQ(load(list(1).as_part(2, 3)), "BF350AA008A0060201010201039000");
  EXPECT_EQ(load(list(1).as_part(1, 3)), "BF3507A005A0030201039000");
  EXPECT_EQ(load(list(1).as_part(3, 3)), kLoaded);
  EXPECT_EQ(kept(), 3U);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S08_Nominal_SurvivesPowerCycle) {
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  std::string before = whole_state(card);
  card.power_cycle();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S09_Nominal_SurvivesMemoryReset) {
  card.install(1);
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  EXPECT_EQ(card.command(reset_command("05E0")), answered("BF34", 0));
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S10_Nominal_LeavesTheSession) {
  EXPECT_EQ(authenticate(), "ok");
  EXPECT_EQ(load(list(1)), kLoaded);
  EXPECT_EQ(card.prepare_download(dp.prepare_download(card.authenticated)), "ok");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S11_Nominal_LeavesInstalledProfilesOfARevokedServer) {
  card.install(1);
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate).revoking(dp.pb.certificate)), kLoaded);
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), answered("BF31", 0));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_ES10b_LoadCRLBRP, S01_Nominal_SignedOnBrainpool) {
  EXPECT_EQ(load(list(1).revoking(dp.auth.certificate)), kLoaded);
  EXPECT_EQ(kept(), 1U);
  EXPECT_EQ(authenticate(), "invalidCertificate");
}

// --- Error ---

TEST_F(TC_eUICC_ES10b_LoadCRL, S12_Error_InvalidSignature) {
  auto crl = rsp::pki::with_broken_signature(rsp::pki::issue_crl(list(1), card.pki.ci));
  expect_refused(card, load_command(crl.der()), load_error(kInvalidSignature));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S13_Error_InvalidSignatureByAnotherKeyOfTheSameName) {
  rsp::pki::Identity impostor{card.pki.ci.certificate,
                              rsp::crypto::PrivateKey::generate(Curve::kNistP256)};
  auto crl = rsp::pki::issue_crl(list(1), impostor);
  expect_refused(card, load_command(crl.der()), load_error(kInvalidSignature));
}

TEST_F(TC_eUICC_ES10b_LoadCRLBRP, S02_Error_InvalidSignature) {
  auto crl = rsp::pki::with_broken_signature(rsp::pki::issue_crl(list(1), card.pki.ci));
  expect_refused(card, load_command(crl.der()), load_error(kInvalidSignature));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S14_Error_InvalidFormatWithoutNumber) {
  expect_error(list(1).without(CrlExtension::kCrlNumber), kInvalidFormat);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S15_Error_InvalidFormatWithoutAuthorityKeyIdentifier) {
  expect_error(list(1).without(CrlExtension::kAuthorityKeyId), kInvalidFormat);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S16_Error_InvalidFormatWithoutNextUpdate) {
  auto what = list(1);
  what.next_update.reset();
  expect_error(what, kInvalidFormat);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S17_Error_InvalidFormatOfACertificate) {
  expect_refused(card, load_command(dp.auth.certificate.der()), load_error(kInvalidFormat));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S18_Error_InvalidFormatOfAPartBeyondTheTotal) {
  expect_error(list(1).as_part(3, 2), kInvalidFormat);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S19_Error_VerificationKeyNotFoundForAnUnknownCi) {
  const auto& other = testing_world::test_pki(Curve::kBrainpoolP256r1).ci;
  expect_refused(card, load_command(rsp::pki::issue_crl_der(list(1), other)), load_error(kNoKey));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S20_Error_VerificationKeyNotFoundForAnEum) {
  expect_refused(card, load_command(rsp::pki::issue_crl_der(list(1), *card.pki.eum)),
                 load_error(kNoKey));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S21_Error_FresherLoadedForTheSameNumber) {
  EXPECT_EQ(load(list(5)), kLoaded);
  expect_error(list(5), kFresherLoaded);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S22_Error_FresherLoadedForALowerNumberAlsoAfterPowerCycle) {
  EXPECT_EQ(load(list(5)), kLoaded);
  card.power_cycle();
  expect_error(list(4).revoking(dp.auth.certificate), kFresherLoaded);
  EXPECT_EQ(authenticate(), "ok");
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S23_Error_BaseMissing) {
  expect_error(list(2).as_delta(1), kBaseMissing);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S24_Error_BaseTooOld) {
  EXPECT_EQ(load(list(1)), kLoaded);
  expect_error(list(3).as_delta(2), kBaseMissing);
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S25_Error_UndefinedWithoutList) {
  expect_refused(card, "BF3500", load_error(kUndefined));
  expect_refused(card, "BF3503800100", load_error(kUndefined));
}

TEST_F(TC_eUICC_ES10b_LoadCRL, S26_Error_ConditionsNotSatisfiedWhileAPackageIsLoaded) {
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0]}), "waiting");
  expect_refused(card, load_command(rsp::pki::issue_crl_der(list(1), card.pki.ci)), "6985");
}

TEST(TC_eUICC_ES10b_LoadCRL_SmallCard, S01_Error_NotEnoughMemoryForOneOctetMore) {
  Bench card;
  Bytes crl = rsp::pki::issue_crl_der(rsp::pki::crl_template(card.clock.now(), 1), card.pki.ci);
  card.persona.memory = crl.size() - 1;
  card.start();
  expect_refused(card, load_command(crl), load_error(kNoMemory));
}

TEST(TC_eUICC_ES10b_LoadCRL_NotOffered, S01_Error_TheFunctionIsUnknown) {
  Bench card;
  card.persona.crl_support = false;
  card.start();
  Bytes crl = rsp::pki::issue_crl_der(rsp::pki::crl_template(card.clock.now(), 1), card.pki.ci);
  expect_refused(card, load_command(crl), "6A88");
}

}  // namespace
}  // namespace sgp23
