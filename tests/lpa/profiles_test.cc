// Profiles and settings of a card (SGP.22 v2, 3.2, 5.7.3, 5.7.4, 5.7.15 to 5.7.22).
#include "lpa_test_support.h"
#include "rsp/pki/crl_issuer.h"

namespace lpa::testing {
namespace {

struct Profiles : LpaTest {
  Profiles() {
    start();
    world.add_order("SECOND", "8988211000000000027");
    first = must(download()).isdp_aid;
    second = must(download({}, "SECOND")).isdp_aid;
  }
  /// "enabled, disabled", in the order of the card's list.
  std::string states() {
    std::string out;
    for (const rsp::ProfileInfo& info : must(lpa->profiles())) {
      out += (out.empty() ? "" : ", ") + name_of(info.profile_state.value());
    }
    return out;
  }

  rsp::Aid first, second;
};

// 3.2.1. A profile is named by its AID or by its ICCID.
TEST_F(Profiles, AreEnabledByAidAndByIccid) {
  EXPECT_EQ(summary(lpa->enable(first)), "ok");
  EXPECT_EQ(states(), "enabled, disabled");
  EXPECT_EQ(summary(lpa->enable(iccid_of("SECOND"))), "ok");
  EXPECT_EQ(states(), "disabled, enabled");
}

// A switch takes effect with a reset, and the channel that it costs is opened again.
TEST_F(Profiles, ASwitchResetsTheCard) {
  std::size_t before = link->resets;
  EXPECT_EQ(summary(lpa->enable(first)), "ok");
  EXPECT_EQ(link->resets, before + 1);
  EXPECT_EQ(summary(lpa->disable(first)), "ok");
  EXPECT_EQ(link->resets, before + 2);
  EXPECT_EQ(states(), "disabled, disabled");
}

// F46: what was wanted is so already.
TEST_F(Profiles, EnablingAnEnabledOneIsNoError) {
  must(lpa->enable(first));
  EXPECT_EQ(summary(lpa->enable(first)), "ok");
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "ok");
  EXPECT_EQ(states(), "enabled, disabled");
}

// A card that says "not in disabled state" of a profile that is not enabled either has another
// reason.
TEST_F(Profiles, TheSameCodeForAnotherReasonIsAnError) {
  link->intercept = instead_of("BF31", *rsp::from_hex("BF31038001029000"));
  EXPECT_EQ(summary(lpa->enable(first)), "card ES10c.EnableProfile profileNotInDisabledState");
}

// 3.2.3. The hint says what to do first.
TEST_F(Profiles, AnEnabledOneIsNotDeleted) {
  must(lpa->enable(first));
  auto refused = lpa->remove(first);
  EXPECT_EQ(summary(refused), "card ES10c.DeleteProfile profileNotInDisabledState");
  EXPECT_THAT(refused.error().hint, ::testing::HasSubstr("disable"));
  EXPECT_EQ(states(), "enabled, disabled");
}

TEST_F(Profiles, ADisabledOneIsDeleted) {
  EXPECT_EQ(summary(lpa->remove(first)), "ok");
  auto left = must(lpa->profiles());
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left[0].iccid, iccid_of("SECOND"));
}

TEST_F(Profiles, ADisabledOneIsNotDisabledAgain) {
  EXPECT_EQ(summary(lpa->disable(first)), "card ES10c.DisableProfile profileNotInEnabledState");
}

TEST_F(Profiles, ThatAreNotThereAreReported) {
  rsp::Iccid unknown{};
  EXPECT_EQ(summary(lpa->enable(unknown)), "card ES10c.EnableProfile iccidOrAidNotFound");
  EXPECT_EQ(summary(lpa->disable(unknown)), "card ES10c.DisableProfile iccidOrAidNotFound");
  EXPECT_EQ(summary(lpa->remove(unknown)), "card ES10c.DeleteProfile iccidOrAidNotFound");
  EXPECT_EQ(summary(lpa->set_nickname(unknown, "x")), "card ES10c.SetNickname iccidNotFound");
}

// A.4: every result code has its name in the error.
TEST_F(Profiles, EveryResultCodeIsReportedByName) {
  for (const auto& [value, name] : enum_names(rsp::EnableResult{})) {
    if (value == rsp::EnableResult::kOk) continue;
    auto answer = rsp::asn1::encode(rsp::EnableProfileResponse{.enable_result = value});
    link->intercept = instead_of("BF31", rsp::concat({answer, sw(0x9000)}));
    auto outcome = lpa->enable(first);
    EXPECT_EQ(summary(outcome), "card ES10c.EnableProfile " + std::string(name));
  }
}

// No reset where nothing was switched.
TEST_F(Profiles, ARefusedSwitchDoesNotResetTheCard) {
  std::size_t before = link->resets;
  (void)lpa->disable(first);
  (void)lpa->enable(rsp::Iccid{});
  EXPECT_EQ(link->resets, before);
}

TEST_F(Profiles, AStatusWordIsReportedWithTheFunction) {
  link->intercept = instead_of("", sw(0x6F00));
  EXPECT_EQ(summary(lpa->enable(first)), "apdu ES10c.EnableProfile 6F00");
  EXPECT_EQ(summary(lpa->disable(first)), "apdu ES10c.DisableProfile 6F00");
  EXPECT_EQ(summary(lpa->remove(first)), "apdu ES10c.DeleteProfile 6F00");
  EXPECT_EQ(summary(lpa->profiles()), "apdu ES10c.GetProfilesInfo 6F00");
  EXPECT_EQ(summary(lpa->eid()), "apdu ES10c.GetEID 6F00");
  EXPECT_EQ(summary(lpa->info1()), "apdu ES10b.GetEUICCInfo1 6F00");
  EXPECT_EQ(summary(lpa->info2()), "apdu ES10b.GetEUICCInfo2 6F00");
  EXPECT_EQ(summary(lpa->rules_authorisation_table()), "apdu ES10b.GetRAT 6F00");
  EXPECT_EQ(summary(lpa->notifications()), "apdu ES10b.ListNotification 6F00");
  EXPECT_EQ(summary(lpa->memory_reset({0})), "apdu ES10c.eUICCMemoryReset 6F00");
}

TEST_F(Profiles, AListThatTheCardRefusesIsReported) {
  link->intercept = instead_of("BF2D", *rsp::from_hex("BF2D038101019000"));
  EXPECT_EQ(summary(lpa->profiles()), "card ES10c.GetProfilesInfo incorrectInputValues");
}

// 3.2.6, 5.7.21: an empty nickname takes it away.
TEST_F(Profiles, HaveNicknames) {
  EXPECT_EQ(summary(lpa->set_nickname(iccid_of(), "Travel \xE2\x9C\x88")), "ok");
  EXPECT_EQ(must(lpa->profiles())[0].profile_nickname, "Travel \xE2\x9C\x88");
  EXPECT_EQ(summary(lpa->set_nickname(iccid_of(), "")), "ok");
  EXPECT_FALSE(must(lpa->profiles())[0].profile_nickname);
}

// 3.3.2, 5.7.19.
TEST_F(Profiles, AreGoneAfterAMemoryReset) {
  must(lpa->enable(first));
  std::size_t before = link->resets;
  EXPECT_EQ(summary(lpa->memory_reset({0})), "ok");
  EXPECT_EQ(link->resets, before + 1);
  EXPECT_TRUE(must(lpa->profiles()).empty());
  EXPECT_EQ(summary(lpa->memory_reset({0})), "card ES10c.eUICCMemoryReset nothingToDelete");
}

// --- The card itself
// --------------------------------------------------------------------------------------------

struct CardQuestions : LpaTest {
  CardQuestions() { start(); }
};

TEST_F(CardQuestions, WhoItIs) {
  EXPECT_EQ(rsp::to_hex(must(lpa->eid())), rsp::pki::kTestEid);
  EXPECT_EQ(must(lpa->info1()).svn, world.persona.svn);
  EXPECT_EQ(must(lpa->info2()).svn, world.persona.svn);
  EXPECT_EQ(must(lpa->rules_authorisation_table()).size(),
            world.persona.rules_authorisation_table.size());
  EXPECT_TRUE(must(lpa->profiles()).empty());
}

// 5.7.3, 5.7.4: an empty address takes it away.
TEST_F(CardQuestions, ItsDefaultServer) {
  EXPECT_EQ(summary(lpa->set_default_smdp("smdp.example.com")), "ok");
  EXPECT_EQ(must(lpa->addresses()).default_dp_address, "smdp.example.com");
  EXPECT_EQ(must(lpa->addresses()).root_ds_address, world.persona.root_ds_address);
  EXPECT_EQ(summary(lpa->set_default_smdp("")), "ok");
  EXPECT_EQ(must(lpa->addresses()).default_dp_address.value_or(""), "");
}

// --- CRLs (5.7.12)

struct Crls : LpaTest {
  Crls() { start(); }
  rsp::Bytes crl(const rsp::pki::CrlTemplate& what) const {
    return rsp::pki::issue_crl_der(what, world.pki.ci);
  }
  rsp::pki::CrlTemplate list(std::int64_t number) const {
    return rsp::pki::crl_template(world.clock.now(), number);
  }
};

TEST_F(Crls, AreLoadedAndTheCardSaysWhichPartsAreMissing) {
  EXPECT_EQ(must(lpa->load_crl(crl(list(1)))), std::vector<std::int64_t>{});
  EXPECT_EQ(must(lpa->load_crl(crl(list(2).as_part(2, 3)))), (std::vector<std::int64_t>{1, 3}));
}

TEST_F(Crls, ThatTheCardRefusesAreAnErrorWithItsCode) {
  must(lpa->load_crl(crl(list(1))));
  EXPECT_EQ(summary(lpa->load_crl(crl(list(1)))), "card ES10b.LoadCRL fresherCrlAlreadyLoaded");
}

TEST_F(Crls, ThatAreNoOneElementAreNotSent) {
  std::size_t before = lpa->apdu_count();
  rsp::Bytes two = crl(list(1));
  rsp::append(two, crl(list(2)));
  for (const rsp::Bytes& octets : {rsp::Bytes{}, rsp::Bytes{0x30}, rsp::Bytes{0x04, 0x00}, two}) {
    EXPECT_EQ(summary(lpa->load_crl(octets)), "input ES10b.LoadCRL");
  }
  EXPECT_EQ(lpa->apdu_count(), before);
}

// A card without the function answers with a status word.
TEST(CrlsOfACardWithoutThem, AreRefusedByIt) {
  World world;
  world.persona.crl_support = false;
  world.start();
  auto der = rsp::pki::issue_crl_der(rsp::pki::crl_template(world.clock.now(), 1), world.pki.ci);
  EXPECT_EQ(summary(world.lpa->load_crl(der)), "apdu ES10b.LoadCRL 6A88");
}

}  // namespace
}  // namespace lpa::testing
