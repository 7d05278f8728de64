// What real cards do otherwise than the specification, each beside what a card without the quirk
// does. The numbers are those of the field faults in docs/personas.md.
#include <fmt/format.h>

#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kTerminalProfile = "801000000400008000";  // REFRESH is known
constexpr std::string_view kRefresh = "D009810301010482028182";
constexpr std::string_view kDone = "801400000C810301010482028281830100";
constexpr std::string_view kSelectIsdR = "00A4040C10A0000005591010FFFFFFFF8900000100";
constexpr std::string_view kGetEid = "BF3E035C015A";
constexpr std::string_view kEid = "BF3E125A1089049032123451234512345678901235";

/// A card whose persona a test changes before it starts it, and one that is left as it is.
class FieldFault : public ::testing::Test {
 protected:
  FieldFault() { normal.start(); }
  void start(unsigned profiles = 0) {
    card.start();
    for (unsigned number = 1; number <= profiles; ++number) {
      card.install(number);
      normal.install(number);
    }
  }
  /// Enables a profile with refreshFlag TRUE, which 01, or FALSE, which is 00.
  static std::string enable(Bench& bench, unsigned number, std::string_view refresh) {
    return bench.command("BF3111A00C5A0A" + to_hex(iccid(number)) + "8101" + std::string(refresh));
  }
  static std::string by_aid(Bench& bench, const rsp::Aid& aid, std::string_view refresh) {
    return bench.command("BF3117A0124F10" + to_hex(aid) + "8101" + std::string(refresh));
  }
  static std::string first_state(Bench& bench) {
    std::string first = bench.profiles().front();
    return first.substr(first.find(' ') + 1);
  }

  Bench card, normal;
  Quirks& quirks = card.persona.quirks;
};
using FieldFaultF27 = FieldFault;
using FieldFaultF41 = FieldFault;
using FieldFaultF42 = FieldFault;
using FieldFaultF43 = FieldFault;
using FieldFaultF44 = FieldFault;
using FieldFaultF45 = FieldFault;
using FieldFaultF46 = FieldFault;
using FieldFaultF50 = FieldFault;
using FieldFaultF51 = FieldFault;
using FieldFaultF53 = FieldFault;
using FieldFaultF54 = FieldFault;
using FieldFaultF55 = FieldFault;
using FieldFaultF56 = FieldFault;
using FieldFaultF57 = FieldFault;
using FieldFaultF60 = FieldFault;
using FieldFaultF61 = FieldFault;
using FieldFaultF64 = FieldFault;
using FieldFaultF90 = FieldFault;
using FieldFaultF91 = FieldFault;

TEST_F(FieldFaultF27, SelectOfAFileWantsP2With0C) {
  quirks.select_wants_p2_0c = true;
  start();
  EXPECT_EQ(card.apdu("00A40000023F00"), "6B00");
  EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
  EXPECT_THAT(card.apdu("00A4040010A0000005591010FFFFFFFF890000010000"), EndsWith("9000"));
  EXPECT_THAT(normal.apdu("00A40000023F0000"), EndsWith("9000"));
}

TEST_F(FieldFaultF41, Es10IsRefusedAfterASwitchUntilTheTerminalHasAnswered) {
  quirks.es10_waits_for_refresh = true;
  start(1);
  for (Bench* bench : {&card, &normal}) {
    bench->apdu(kTerminalProfile);
    EXPECT_EQ(enable(*bench, 1, "FF"), "BF3103800100910B");
  }
  EXPECT_EQ(card.command(kGetEid), "6985");
  EXPECT_EQ(normal.command(kGetEid), std::string(kEid) + "910B");
  EXPECT_EQ(card.apdu("801200000B"), std::string(kRefresh) + "9000");
  EXPECT_EQ(card.command(kGetEid), "6985");
  EXPECT_EQ(card.apdu(kDone), "9000");
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E29100"
                      "06BF3E035C015A00"),
            std::string(kEid) + "9000");
}

TEST_F(FieldFaultF41, AResetEndsTheWaitingToo) {
  quirks.es10_waits_for_refresh = true;
  start(1);
  card.apdu(kTerminalProfile);
  enable(card, 1, "FF");
  card.power_cycle();
  EXPECT_EQ(first_state(card), "enabled");
}

TEST_F(FieldFaultF42, Es10IsRefusedUntilAResetAndNothingIsThereToFetch) {
  quirks.es10_waits_for_reset = true;
  start(1);
  card.apdu(kTerminalProfile);
  EXPECT_EQ(enable(card, 1, "FF"), "BF31038001009000");
  EXPECT_EQ(card.apdu("801200000B"), "6985");
  EXPECT_EQ(card.command(kGetEid), "6985");
  card.power_cycle();
  EXPECT_EQ(first_state(card), "enabled");
  EXPECT_EQ(card.command(kGetEid), std::string(kEid) + "9000");
}

TEST_F(FieldFaultF43, SuccessWithAProactiveCommandThatWaitsIs91) {
  start(1);
  normal.apdu(kTerminalProfile);
  EXPECT_EQ(enable(normal, 1, "FF"), "BF3103800100910B");
}

TEST_F(FieldFaultF44, ASwitchIsBusySoManyTimesAfterEachReset) {
  quirks.cat_busy = 2;
  start(1);
  EXPECT_EQ(card.enable(iccid(1)), "catBusy");
  EXPECT_EQ(card.enable(iccid(1)), "catBusy");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  card.power_cycle();
  EXPECT_EQ(card.disable(iccid(1)), "catBusy");
  EXPECT_EQ(normal.enable(iccid(1)), "ok");
}

TEST_F(FieldFaultF45, EnableWorksWithoutRefreshOnly) {
  quirks.enable_only_without_refresh = true;
  start(1);
  EXPECT_EQ(enable(card, 1, "FF"), "BF310380017F9000");
  EXPECT_EQ(first_state(card), "disabled");
  EXPECT_EQ(enable(card, 1, "00"), "BF31038001009000");
  EXPECT_EQ(enable(normal, 1, "FF"), "BF31038001009000");
}

TEST_F(FieldFaultF45, EnableWorksByAidAndWithRefreshOnly) {
  quirks.enable_only_by_aid_with_refresh = true;
  card.start();
  rsp::Aid aid = card.install(1);
  EXPECT_EQ(enable(card, 1, "FF"), "BF310380017F9000");
  EXPECT_EQ(by_aid(card, aid, "00"), "BF310380017F9000");
  EXPECT_EQ(first_state(card), "disabled");
  EXPECT_EQ(by_aid(card, aid, "FF"), "BF31038001009000");
}

TEST_F(FieldFaultF46, EnablingTheEnabledProfileIsOk) {
  quirks.enabling_again_is_ok = true;
  start(1);
  for (Bench* bench : {&card, &normal}) EXPECT_EQ(bench->enable(iccid(1)), "ok");
  std::size_t before = card.notifications().size();
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.notifications().size(), before);
  EXPECT_EQ(normal.enable(iccid(1)), "profileNotInDisabledState");
}

TEST_F(FieldFaultF50, LongBlocksOfAPackageAreWrongData) {
  quirks.longest_bpp_block = 120;
  card.start();
  Dp dp(card.pki);
  auto metadata = metadata_for(1);
  auto segments = card.bind(dp, dp.plan(metadata, package_for(metadata))).segments();
  EXPECT_EQ(card.command(segments[0]).sw, 0x6A80);
  for (std::size_t i = 0; i + 1 < segments.size(); ++i)
    ASSERT_EQ(card.command(segments[i], 120).sw, 0x9000) << i;
  EXPECT_THAT(to_hex(card.command(segments.back(), 120).data), StartsWith("BF37"));
  EXPECT_EQ(card.profiles().size(), 1U);
}

TEST_F(FieldFaultF51, PackagesOfOneTypeAreAProcessingError) {
  auto metadata = metadata_for(1);
  quirks.refused_profile_type = "test profile";
  card.start();
  Dp dp(card.pki);
  EXPECT_EQ(card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments()),
            "loadProfileElements: installFailedDueToPEProcessingError");
  EXPECT_THAT(card.profiles(), ElementsAre());
}

TEST_F(FieldFaultF51, OtherTypesAreInstalled) {
  quirks.refused_profile_type = "SKT";
  start(1);
  EXPECT_EQ(card.profiles().size(), 1U);
}

TEST_F(FieldFaultF53, TheIsdRHasAnotherAid) {
  card.persona.isd_r_aid = "A0000005591010FFFFFFFF8900050500"_hex;
  start(1);
  EXPECT_EQ(card.apdu(kSelectIsdR), "6A82");
  EXPECT_THAT(card.apdu("00A4040010A0000005591010FFFFFFFF890005050000"),
              StartsWith("6F1F8410A0000005591010FFFFFFFF8900050500"));
  EXPECT_EQ(normal.apdu("00A4040C10A0000005591010FFFFFFFF8900050500"), "6A82");
}

TEST_F(FieldFaultF53, AnAliasSelectsTheIsdRAndIsShownAsItsName) {
  card.persona.isd_r_aid = "A06573746B6D65FFFFFFFF4953442D52"_hex;
  card.persona.isd_r_aliases = {"A0000005591010FFFFFFFF8900000100"_hex};
  card.start();
  EXPECT_THAT(card.apdu("00A4040010A0000005591010FFFFFFFF890000010000"),
              StartsWith("6F1F8410A0000005591010FFFFFFFF8900000100"));
  EXPECT_EQ(card.apdu("80E2910006BF3E035C015A00"), std::string(kEid) + "9000");
  EXPECT_THAT(card.apdu("00A4040010A06573746B6D65FFFFFFFF4953442D5200"),
              StartsWith("6F1F8410A06573746B6D65FFFFFFFF4953442D52"));
}

TEST_F(FieldFaultF54, AnM2mCardAnswersSelectAndKnowsNoFunction) {
  quirks.m2m_only = true;
  start();
  EXPECT_EQ(card.apdu("00A4040010A0000005591010FFFFFFFF890000010000"),
            "6F188410A0000005591010FFFFFFFF8900000100A5049F6501FF9000");
  for (std::string_view command : {"BF3E035C015A", "BF2000", "BF2D00", "BF2E00"})
    EXPECT_EQ(card.command(command), "6A88") << command;
}

TEST_F(FieldFaultF54, AnM2mCardTellsItsEidAtTheEcasd) {
  quirks.m2m_only = true;
  start();
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000200"), "9000");
  EXPECT_EQ(card.apdu("80CA005A00"), "5A10890490321234512345123456789012359000");
}

TEST_F(FieldFaultF55, ThereIsTheBasicChannelOnly) {
  quirks.basic_channel_only = true;
  start();
  EXPECT_EQ(card.apdu("0070000001"), "6881");
  EXPECT_EQ(card.apdu("00700001"), "6881");
  EXPECT_EQ(card.apdu(kSelectIsdR), "9000");
  EXPECT_EQ(card.apdu("80E2910006BF3E035C015A00"), std::string(kEid) + "9000");
  EXPECT_EQ(normal.apdu("0070000001"), "019000");
}

TEST_F(FieldFaultF56, ATagListIsRefusedAndNoneIsServed) {
  quirks.refuses_tag_list = true;
  start(1);
  EXPECT_EQ(card.command("BF2D045C025A4F"), "BF2D038101019000");
  EXPECT_THAT(card.command("BF2D00"), StartsWith("BF2D"));
  EXPECT_THAT(card.command("BF2D00"), HasSubstr(to_hex(iccid(1))));
  EXPECT_THAT(normal.command("BF2D045C025A4F"), HasSubstr(to_hex(iccid(1))));
}

TEST_F(FieldFaultF57, AnIccidWithAnFInItsMiddleIsKeptOctetByOctet) {
  auto metadata = metadata_for(1);
  Bytes package = package_for(metadata);
  auto replace = [&](BytesView from, BytesView to) {
    auto at = std::ranges::search(package, from);
    ASSERT_FALSE(at.empty());
    std::ranges::copy(to, at.begin());
  };
  replace("8988211000000000001F"_hex, "89860110F9900160570F"_hex);
  replace(metadata.iccid, "986810019F09100675F0"_hex);
  std::ranges::copy("986810019F09100675F0"_hex, metadata.iccid.begin());
  normal.result.reset();
  Dp dp(normal.pki);
  EXPECT_EQ(normal.load(normal.bind(dp, dp.plan(metadata, package)).segments()), "installed");
  EXPECT_THAT(normal.command("BF2D00"), HasSubstr("5A0A986810019F09100675F0"));
  EXPECT_EQ(normal.enable(metadata.iccid), "ok");
}

TEST_F(FieldFaultF60, EachResetBringsTheFallbackProfileBack) {
  quirks.fallback_iccid = iccid_digits(1);
  start(2);
  for (Bench* bench : {&card, &normal}) {
    EXPECT_EQ(bench->enable(iccid(2)), "ok");
    bench->power_cycle();
  }
  EXPECT_THAT(card.profiles(), ElementsAre(EndsWith("1 enabled"), EndsWith("2 disabled")));
  EXPECT_THAT(normal.profiles(), ElementsAre(EndsWith("1 disabled"), EndsWith("2 enabled")));
}

TEST_F(FieldFaultF61, TheFirstNotificationHasTheNumberZero) {
  card.persona.first_sequence_number = 0;
  start(1);
  EXPECT_THAT(card.notifications(), ElementsAre("0 install"));
  EXPECT_THAT(normal.notifications(), ElementsAre("1 install"));
  EXPECT_EQ(card.remove_notification(0), "ok");
  card.power_cycle();
  card.enable(iccid(1));
  EXPECT_THAT(card.notifications(), ElementsAre("1 enable"));
}

TEST_F(FieldFaultF64, EventsAreFourBitsWithTheirZeros) {
  quirks.event_bits_with_zeros = true;
  start(1);
  // Install is bit 0: one bit in DER, and four with trailing zeros.
  EXPECT_THAT(card.command("BF2800"), HasSubstr("81020480"));
  EXPECT_THAT(normal.command("BF2800"), HasSubstr("81020780"));
  EXPECT_THAT(card.command("BF2B00"), HasSubstr("81020480"));
  EXPECT_THAT(card.command("BF2B00"), Not(HasSubstr("81020780")));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
}

TEST_F(FieldFaultF64, WhatIsSignedIsWhatIsSent) {
  quirks.event_bits_with_zeros = true;
  start(1);
  card.enable(iccid(1));
  auto pending = card.pending();
  ASSERT_EQ(pending.size(), 2U);
  const auto& other = std::get<rsp::OtherSignedNotification>(pending[1]);
  EXPECT_THAT(to_hex(other.tbs_other_notification.der), HasSubstr("81020440"));
  EXPECT_TRUE(signed_by(other.euicc_certificate.der, {other.tbs_other_notification.der},
                        other.euicc_notification_signature));
}

TEST_F(FieldFaultF90, FunctionsAreThereOnceTheTerminalHasAnnouncedAnLpa) {
  quirks.needs_terminal_capability = true;
  start();
  EXPECT_EQ(card.command(kGetEid), "6985");
  EXPECT_EQ(normal.command(kGetEid), std::string(kEid) + "9000");
  EXPECT_EQ(card.apdu("80AA000005A903830107"), "9000");
  EXPECT_EQ(card.command(kGetEid), std::string(kEid) + "9000");
  card.power_cycle();
  EXPECT_EQ(card.command(kGetEid), "6985");
}

TEST_F(FieldFaultF91, TheFirstGetResponseFailsThoughTheCommandWasDone) {
  quirks.first_get_response_fails = true;
  start();
  for (Bench* bench : {&card, &normal}) {
    EXPECT_EQ(bench->apdu(kSelectIsdR), "9000");
    EXPECT_EQ(bench->apdu("80E2910006BF3E035C015A"), "6115");
  }
  EXPECT_EQ(card.apdu("00C0000015"), "6F00");
  EXPECT_EQ(card.apdu("00C0000015"), std::string(kEid) + "9000");
  EXPECT_EQ(normal.apdu("00C0000015"), std::string(kEid) + "9000");
}

}  // namespace
}  // namespace sim::testing
