// SGP.23 4.2.20: ES10c.GetProfilesInfo (SGP.22 5.7.15): the default set, searches, tag lists.
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::StartsWith;

/// Content of E3 with the default set, for what metadata_for() describes.
std::string default_info(unsigned number, const rsp::Aid& aid, unsigned state,
                         unsigned profile_class) {
  return by_iccid(number) + by_aid(aid) + fmt::format("9F7001{:02X}", state) +
         tlv_text("91", text_as_hex("Provider")) +
         tlv_text("92", text_as_hex(fmt::format("Profile {}", number))) +
         fmt::format("9501{:02X}", profile_class);
}
std::string list_answer(const std::vector<std::string>& profiles) {
  std::string list;
  for (const std::string& profile : profiles) list += tlv_text("E3", profile);
  return tlv_text("BF2D", tlv_text("A0", list)) + "9000";
}
constexpr unsigned kDisabled = 0, kEnabled = 1;
constexpr unsigned kTest = 0, kProvisioning = 1, kOperational = 2;

using TC_eUICC_ES10c_GetProfilesInfo_NewCard = CardCase;

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_NewCard, S01_Nominal_EmptyList) {
  expect_refused(card, "BF2D00", "BF2D02A0009000");
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_NewCard, S02_Nominal_EmptyListWithATagList) {
  expect_refused(card, "BF2D055C035A9F70", "BF2D02A0009000");
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_NewCard, S03_Nominal_EmptyListForASearch) {
  expect_refused(card, "BF2D05A003950102", "BF2D02A0009000");
}

/// An operational, a test and a provisioning profile; the operational one is enabled.
class ThreeProfiles : public CardCase {
 protected:
  ThreeProfiles() {
    operational = card.install(1);
    test = card.install(of_class(2, rsp::ProfileClass::kTest));
    provisioning = card.install(of_class(3, rsp::ProfileClass::kProvisioning));
    EXPECT_EQ(card.enable(iccid(1)), "ok");
  }
  std::string first() const { return default_info(1, operational, kEnabled, kOperational); }
  std::string second() const { return default_info(2, test, kDisabled, kTest); }
  std::string third() const { return default_info(3, provisioning, kDisabled, kProvisioning); }

  rsp::Aid operational, test, provisioning;
};
using TC_eUICC_ES10c_GetProfilesInfo = ThreeProfiles;
using TC_eUICC_ES10c_GetProfilesInfo_Search = ThreeProfiles;

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S01_Nominal_DefaultSetOfAllProfiles) {
  expect_refused(card, "BF2D00", list_answer({first(), second(), third()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S02_Nominal_AidsAreOfTheRangeOfIsdPs) {
  for (const rsp::Aid& aid : {operational, test, provisioning})
    EXPECT_THAT(to_hex(aid), StartsWith("A0000005591010FFFFFFFF8900"));
  EXPECT_NE(to_hex(operational), to_hex(test));
  EXPECT_NE(to_hex(test), to_hex(provisioning));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S03_Nominal_TheSameAfterPowerCycle) {
  card.power_cycle();
  EXPECT_EQ(card.command("BF2D00"), list_answer({first(), second(), third()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S04_Nominal_StatesAfterASwitch) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), answered("BF32", 0));
  EXPECT_EQ(
      card.command("BF2D00"),
      list_answer({default_info(1, operational, kDisabled, kOperational), second(), third()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S05_Nominal_WithoutTheOneThatWasDeleted) {
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  EXPECT_EQ(card.command("BF2D00"), list_answer({first(), third()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo, S06_Nominal_NicknameInTheDefaultSet) {
  EXPECT_EQ(card.command(tlv_text("BF29", by_iccid(2) + "9004776F726B")), answered("BF29", 0));
  std::string renamed = second();
  renamed.insert(renamed.find("9108"), "9004776F726B");
  EXPECT_EQ(card.command("BF2D00"), list_answer({first(), renamed, third()}));
}

// Each search finds what it names, and an unknown target is no error (sgp22.md A.5).
TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S01_Nominal_ByIccid) {
  expect_refused(card, tlv_text("BF2D", tlv_text("A0", by_iccid(2))), list_answer({second()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S02_Nominal_ByAid) {
  expect_refused(card, tlv_text("BF2D", tlv_text("A0", by_aid(operational))),
                 list_answer({first()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S03_Nominal_ByEachClass) {
  expect_refused(card, "BF2D05A003950100", list_answer({second()}));
  expect_refused(card, "BF2D05A003950101", list_answer({third()}));
  expect_refused(card, "BF2D05A003950102", list_answer({first()}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S04_Nominal_ByClassFindsAllOfIt) {
  rsp::Aid fourth = card.install(4);
  EXPECT_EQ(card.command("BF2D05A003950102"),
            list_answer({first(), default_info(4, fourth, kDisabled, kOperational)}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S05_Nominal_UnknownIccidAndAidGiveAnEmptyList) {
  expect_refused(card, tlv_text("BF2D", tlv_text("A0", by_iccid(9))), list_answer({}));
  expect_refused(card, tlv_text("BF2D", tlv_text("A0", unknown_aid())), list_answer({}));
}

TEST_F(TC_eUICC_ES10c_GetProfilesInfo_Search, S06_Nominal_SearchWithATagList) {
  expect_refused(card, tlv_text("BF2D", tlv_text("A0", by_iccid(2)) + "5C039F7095"),
                 list_answer({"9F700100950100"}));
}

// --- Tag lists ---

/// A profile with everything that a tag can ask for but the nickname.
class RichProfile : public CardCase {
 protected:
  RichProfile() {
    auto metadata = with_rules(1, {rsp::kPpr2});
    metadata.icon_type = rsp::IconType::kPng;
    metadata.icon = Bytes(200, 0x89);
    aid = card.install(metadata);
  }
  rsp::Aid aid;
};
struct TagRow {
  std::string name, tags, content;
};
void PrintTo(const TagRow& row, std::ostream* out) { *out << row.tags; }

std::string notification_configuration() {
  std::string list;
  for (std::string_view bit : {kEnableBit, kDisableBit, kDeleteBit})
    list += tlv_text("30", tlv_text("80", bit) + tlv_text("81", text_as_hex(kHost)));
  return tlv_text("B6", list);
}

class TC_eUICC_ES10c_GetProfilesInfo_TagList : public RichProfile,
                                               public ::testing::WithParamInterface<TagRow> {};

TEST_P(TC_eUICC_ES10c_GetProfilesInfo_TagList, S01_Nominal_GivesExactlyTheTagsThatThereAre) {
  expect_refused(card, tlv_text("BF2D", tlv_text("5C", GetParam().tags)),
                 list_answer({GetParam().content}));
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_GetProfilesInfo_TagList,
    ::testing::Values(
        TagRow{"Iccid", "5A", by_iccid(1)},
        TagRow{"Aid", "4F", "4F10A0000005591010FFFFFFFF8900001000"},
        TagRow{"State", "9F70", "9F700100"}, TagRow{"NicknameThatThereIsNot", "90", ""},
        TagRow{"ServiceProviderName", "91", tlv_text("91", text_as_hex("Provider"))},
        TagRow{"ProfileName", "92", tlv_text("92", text_as_hex("Profile 1"))},
        TagRow{"IconType", "93", "930101"},
        TagRow{"Icon", "94", "9481C8" + to_hex(Bytes(200, 0x89))}, TagRow{"Class", "95", "950102"},
        TagRow{"NotificationConfiguration", "B6", notification_configuration()},
        TagRow{"Owner", "B7", "B705800300F110"}, TagRow{"ProprietaryData", "B8", "B805800388370A"},
        TagRow{"PolicyRules", "99", "99020520"},
        TagRow{"InAnotherOrder", "99929F705A",
               by_iccid(1) + "9F700100" + tlv_text("92", text_as_hex("Profile 1")) + "99020520"},
        TagRow{"OneTwice", "5A5A", by_iccid(1)},
        TagRow{"TagsOfLaterVersions", "9F1FBA9F245A", by_iccid(1)},
        TagRow{"OnlyUnknownTags", "9F7BC1", ""}, TagRow{"NoTag", "", ""}),
    [](const auto& row) { return row.param.name; });

// --- Errors ---

class TC_eUICC_ES10c_GetProfilesInfo_Malformed
    : public ThreeProfiles,
      public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10c_GetProfilesInfo_Malformed, S01_Error_IncorrectInputValues) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
constexpr std::string_view kIncorrect = "BF2D038101019000";
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10c_GetProfilesInfo_Malformed,
    ::testing::Values(MalformedRow{"EmptySearch", "BF2D02A000", std::string(kIncorrect)},
                      MalformedRow{"TwoCriteria", "BF2D11A00F5A0A988812010000000000F1950102",
                                   std::string(kIncorrect)},
                      MalformedRow{"UnknownCriterion", "BF2D05A003910101", std::string(kIncorrect)},
                      MalformedRow{"IccidOfNineOctets", "BF2D0DA00B5A09988812010000000000",
                                   std::string(kIncorrect)},
                      MalformedRow{"AidOf17Octets",
                                   "BF2D15A0134F11A0000005591010FFFFFFFF890000100000",
                                   std::string(kIncorrect)},
                      MalformedRow{"ClassWithoutOctets", "BF2D04A0029500", std::string(kIncorrect)},
                      MalformedRow{"TagCutShort", "BF2D045C025A9F", std::string(kIncorrect)},
                      MalformedRow{"TagListCutShort", "BF2D055C055A9F70", std::string(kIncorrect)}),
    name_of_row);

}  // namespace
}  // namespace sgp23
