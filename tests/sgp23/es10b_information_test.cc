// SGP.23 4.2.12 and 4.2.13: ES10b.GetEUICCChallenge (SGP.22 5.7.7), ES10b.GetEUICCInfo1 and 2
// (5.7.8).
#include <set>

#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

using testing_world::test_pki;

// --- 4.2.12 ---

class TC_eUICC_ES10b_GetEUICCChallenge : public SessionCase {
 protected:
  /// The challenge, out of an answer that is nothing but a challenge.
  std::string challenge() {
    std::string answer = card.command("BF2E00");
    EXPECT_EQ(answer.size(), 2 * (3 + 2 + 16 + 2U)) << answer;
    EXPECT_EQ(answer.substr(0, 10), "BF2E128010");
    EXPECT_EQ(answer.substr(answer.size() - 4), "9000");
    EXPECT_EQ(session_of(card), "challenged");
    return answer.substr(10, 32);
  }
  rsp::Challenge octets(std::string_view hex) {
    rsp::Challenge out;
    std::ranges::copy(rsp::from_hex(hex).value(), out.begin());
    return out;
  }
};

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S01_Nominal_SixteenOctets) {
  std::string before = state_of(card);
  challenge();
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S02_Nominal_FreshForEachCall) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(challenge());
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S03_Nominal_FreshAfterAPowerCycle) {
  std::string first = challenge();
  card.power_cycle();
  EXPECT_EQ(session_of(card), "none");
  EXPECT_NE(challenge(), first);
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S04_Nominal_OneOfWhichTheCardSignsAnAnswer) {
  auto request = dp.authenticate_server(octets(challenge()));
  EXPECT_EQ(card.authenticate_server(request), "ok");
  EXPECT_EQ(session_of(card), "authenticated");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S05_Nominal_DropsTheChallengeBefore) {
  std::string first = challenge();
  challenge();
  EXPECT_EQ(card.command(to_hex(rsp::asn1::encode(dp.authenticate_server(octets(first))))),
            "BF3817A1158010" + std::string(kTransactionId) + "0201069000");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S06_Nominal_DropsASessionAfterAuthenticateServer) {
  card.authenticate(dp);
  challenge();
  expect_answer_and_no_change(card,
                              to_hex(rsp::asn1::encode(dp.prepare_download(card.authenticated))),
                              "BF2117A1158010" + std::string(kTransactionId) + "0201049000");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S07_Nominal_DropsASessionAfterPrepareDownload) {
  auto segments = segments_for(metadata_for(1));
  std::string before = state_of(card);  // with the one-time key, which stays for a retry
  challenge();
  EXPECT_EQ(state_of(card), before);
  expect_answer_and_no_change(card, to_hex(segments[0]), "6985");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S08_Nominal_DropsALoadWithItsResult) {
  auto segments = segments_for(metadata_for(1));
  std::string before = state_of(card);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    EXPECT_EQ(card.command(to_hex(segments[i])), "9000");
  challenge();
  EXPECT_EQ(state_of(card), before);
  expect_answer_and_no_change(card, to_hex(segments.back()), "6A88");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ::testing::IsEmpty());
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S09_Nominal_WithAnEnabledProfile) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  std::string before = state_of(card);
  challenge();
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S10_Nominal_ElementOfALaterVersionIsTolerated) {
  EXPECT_THAT(card.command("BF2E03850101"), ::testing::StartsWith("BF2E128010"));
  EXPECT_EQ(session_of(card), "challenged");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S11_Error_LengthBeyondTheEndLeavesTheSession) {
  card.authenticate(dp);
  expect_answer_and_no_change(card, "BF2E05", "6A80");
  EXPECT_EQ(session_of(card), "authenticated");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S12_Error_OctetsBehindTheCommandLeaveTheSession) {
  card.authenticate(dp);
  expect_answer_and_no_change(card, "BF2E00FF", "6A80");
  EXPECT_EQ(session_of(card), "authenticated");
}

TEST_F(TC_eUICC_ES10b_GetEUICCChallenge, S13_Error_LengthOfTheIndefiniteForm) {
  expect_answer_and_no_change(card, "BF2E800000", "6A80");
}

// --- 4.2.13 ---

/// A list of CIs by their subject key identifiers.
std::string ci_list(std::string_view tag, const std::vector<const rsp::pki::TestPki*>& pkis) {
  std::string content;
  for (const auto* pki : pkis) content += tlv("04", to_hex(pki->ci.certificate.subject_key_id()));
  return tlv(tag, content);
}
/// EUICCInfo1: SVN, CIs for verification, CIs for signing.
std::string info1(std::string_view svn, const std::vector<const rsp::pki::TestPki*>& pkis) {
  return tlv("BF20", tlv("82", svn) + ci_list("A9", pkis) + ci_list("AA", pkis)) + "9000";
}

/// What of EUICCInfo2 differs from card to card.
struct Info2 {
  std::string svn = "020202";
  unsigned profiles = 0;
  std::size_t free = sim::Persona{}.memory;
  std::string rsp_capability = "03D8";  // additional profile, CRLs, test profiles, deviceInfo
  std::vector<const rsp::pki::TestPki*> pkis{&test_pki(Curve::kNistP256)};
};
std::string info2(const Info2& info) {
  return tlv("BF22",
             tlv("81", "020301") + tlv("82", info.svn) + tlv("83", "010000") +
                 // TS 102 226: applications, free non-volatile and volatile memory
                 tlv("84",
                     fmt::format("8101{:02X}8204{:08X}830400008000", info.profiles, info.free)) +
                 // USIM, ISIM, Milenage, TUAK, several USIMs and ISIMs, BER-TLV, links, identity
                 tlv("85", "016A00DA") + tlv("86", "0D0100") + tlv("87", "020300") +
                 tlv("88", info.rsp_capability) + ci_list("A9", info.pkis) +
                 ci_list("AA", info.pkis) + tlv("8B", "02") + tlv("04", "010000") +
                 tlv("0C", text("TEST-SAS-UP-0000"))) +
         "9000";
}

using TC_eUICC_ES10b_GetEUICCInfo1 = Case;
using TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_1 = Case;
using TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x = Case;
using TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_6_1 = Case;

/// A card whose persona a test changes before it is switched on.
template <class Change>
std::unique_ptr<Bench> card_with(Change change) {
  auto card = std::make_unique<Bench>();
  change(card->persona);
  card->start();
  return card;
}
/// A card of two CIs, one on each curve.
std::unique_ptr<Bench> card_of_two_cis() {
  auto card = std::make_unique<Bench>();
  card->credentials = credentials_of_two_cis();
  card->start();
  return card;
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S01_Nominal_Nist) {
  expect_answer_and_no_change(card, "BF2000", info1("020202", {&card.pki}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S02_Nominal_Brainpool) {
  Bench other(Curve::kBrainpoolP256r1);
  other.start();
  expect_answer_and_no_change(other, "BF2000", info1("020202", {&other.pki}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S03_Nominal_BothCurvesInOrderOfPriority) {
  expect_answer_and_no_change(
      *card_of_two_cis(), "BF2000",
      info1("020202", {&test_pki(Curve::kNistP256), &test_pki(Curve::kBrainpoolP256r1)}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S04_Nominal_Version261) {
  auto other = card_with([](sim::Persona& persona) { persona.svn = {2, 6, 1}; });
  expect_answer_and_no_change(*other, "BF2000", info1("020601", {&other->pki}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S05_Nominal_TheSameAfterAnInstallationAndAPowerCycle) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  card.power_cycle();
  expect_answer_and_no_change(card, "BF2000", info1("020202", {&card.pki}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S06_Nominal_InASession) {
  card.challenge();
  expect_answer_and_no_change(card, "BF2000", info1("020202", {&card.pki}));
  EXPECT_EQ(session_of(card), "challenged");
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo1, S07_Error_OctetsBehindTheCommand) {
  expect_answer_and_no_change(card, "BF2000FF", "6A80");
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S01_Nominal_NewCard) {
  expect_answer_and_no_change(card, "BF2200", info2({}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_1, S01_Nominal_NewCard) {
  auto other = card_with([](sim::Persona& persona) { persona.svn = {2, 1, 0}; });
  expect_answer_and_no_change(*other, "BF2200", info2({.svn = "020100"}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_6_1, S01_Nominal_NewCard) {
  auto other = card_with([](sim::Persona& persona) { persona.svn = {2, 6, 1}; });
  expect_answer_and_no_change(*other, "BF2200", info2({.svn = "020601"}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S02_Nominal_OneProfileMoreAndLessFreeMemory) {
  std::size_t size = package_for(metadata_for(1)).size();
  size += sim::memory_of(metadata_for(1));
  card.install(1);
  remove_notifications(card);
  expect_answer_and_no_change(card, "BF2200",
                              info2({.profiles = 1, .free = sim::Persona{}.memory - size}));
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  remove_notifications(card);
  expect_answer_and_no_change(card, "BF2200", info2({}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S03_Nominal_FullCardOffersNoAdditionalProfile) {
  auto full = card_with([](sim::Persona& persona) {
    persona.memory = package_for(metadata_for(1)).size() + sim::memory_of(metadata_for(1));
  });
  full->install(1);
  expect_answer_and_no_change(*full, "BF2200",
                              info2({.profiles = 1, .free = 0, .rsp_capability = "0358"}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S04_Nominal_WithoutCrls) {
  auto other = card_with([](sim::Persona& persona) { persona.crl_support = false; });
  expect_answer_and_no_change(*other, "BF2200", info2({.rsp_capability = "0398"}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S05_Nominal_WithoutTestProfiles) {
  auto other = card_with([](sim::Persona& persona) { persona.test_profiles = false; });
  expect_answer_and_no_change(*other, "BF2200", info2({.rsp_capability = "03C8"}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S06_Nominal_BothCurves) {
  expect_answer_and_no_change(
      *card_of_two_cis(), "BF2200",
      info2({.pkis = {&test_pki(Curve::kNistP256), &test_pki(Curve::kBrainpoolP256r1)}}));
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S07_Nominal_TheOneThatAuthenticateServerSigns) {
  card.install(1);
  Dp dp(card.pki);
  card.authenticate(dp);
  std::string shown = card.command("BF2200");
  EXPECT_THAT(to_hex(card.authenticated.euicc_signed1.der),
              ::testing::HasSubstr(shown.substr(0, shown.size() - 4)));
  EXPECT_EQ(session_of(card), "authenticated");
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S08_Error_OctetsBehindTheCommand) {
  expect_answer_and_no_change(card, "BF2200FF", "6A80");
}

TEST_F(TC_eUICC_ES10b_GetEUICCInfo2_RSP_V2_2_x, S09_Error_WhileAPackageIsLoaded) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.command(to_hex(segments[0])), "9000");
  expect_answer_and_no_change(card, "BF2200", "6985");
  expect_answer_and_no_change(card, "BF2000", "6985");
}

}  // namespace
}  // namespace sgp23
