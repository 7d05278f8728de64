// SGP.23 4.2.5: ES8+.StoreMetadata (SGP.22 5.5.3), the 88s in A1.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

using Metadata = rsp::StoreMetadataRequest;

// bppCommandId storeMetadata, and storeMetadata2 for the TLVs after the first.
constexpr unsigned kFirst = 2, kSecond = 3;
constexpr unsigned kIncorrectInput = 1, kUnsupportedClass = 6, kStructure = 7, kSecurity = 8,
                   kIccidExists = 9, kPprNotAllowed = 15;

std::string repeated_text(std::string_view character, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += character;
  return out;
}

/// Metadata with rules, of an operator that the default rules authorisation table names.
Metadata with_rules(std::initializer_list<unsigned> rules) {
  Metadata metadata = metadata_for(1);
  metadata.profile_policy_rules.emplace();
  for (unsigned rule : rules) metadata.profile_policy_rules->set(rule);
  metadata.profile_owner = test_operator();
  return metadata;
}
/// So much metadata that it takes two TLVs.
Metadata long_metadata() {
  Metadata metadata = metadata_for(1);
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = Bytes(1000, 0x89);
  return metadata;
}

// --- Nominal: what GetProfilesInfo shows of the metadata that came ---

struct Stored {
  std::string name;
  Metadata metadata;
  std::string tags;   // for the tag list of GetProfilesInfo
  std::string shown;  // what is in E3
  KeyMode mode = KeyMode::kSessionKeys;
};
void PrintTo(const Stored& row, std::ostream* out) { *out << row.name; }

Metadata changed(std::function<void(Metadata&)> change) {
  Metadata metadata = metadata_for(1);
  change(metadata);
  return metadata;
}

std::vector<Stored> stored() {
  std::string wide = repeated_text("\xE6\xBC\xA2", 32);
  return {
      {"S01_Nominal_NamesAndIccid", metadata_for(1), "5A9192",
       "5A0A988812010000000000F1" + tlv("91", text("Provider")) + tlv("92", text("Profile 1"))},
      {"S02_Nominal_OperationalWhereNoClassIsNamed", metadata_for(1), "95", "950102"},
      {"S03_Nominal_ProvisioningProfile",
       changed([](Metadata& m) { m.profile_class = rsp::ProfileClass::kProvisioning; }), "95",
       "950101"},
      {"S04_Nominal_TestProfile",
       changed([](Metadata& m) { m.profile_class = rsp::ProfileClass::kTest; }), "95", "950100"},
      {"S05_Nominal_EmptyNames", changed([](Metadata& m) {
         m.service_provider_name = std::string();
         m.profile_name = std::string();
       }),
       "9192", "91009200"},
      {"S06_Nominal_LongestNames", changed([](Metadata& m) {
         m.service_provider_name = std::string(32, 's');
         m.profile_name = std::string(64, 'n');
       }),
       "9192", tlv("91", text(std::string(32, 's'))) + tlv("92", text(std::string(64, 'n')))},
      {"S07_Nominal_LongestNamesOfWideCharacters",
       changed([&](Metadata& m) { m.service_provider_name = wide; }), "91", tlv("91", text(wide))},
      {"S08_Nominal_IconPng", changed([](Metadata& m) {
         m.icon_type = rsp::IconType::kPng;
         m.icon = "89504E47"_hex;
       }),
       "9394", "930101940489504E47"},
      {"S09_Nominal_IconJpg", changed([](Metadata& m) {
         m.icon_type = rsp::IconType::kJpg;
         m.icon = "FFD8FF"_hex;
       }),
       "9394", "9301009403FFD8FF"},
      {"S10_Nominal_TwoSegments", long_metadata(), "94", tlv("94", to_hex(Bytes(1000, 0x89)))},
      {"S11_Nominal_TwoSegmentsAndProfileProtectionKeys", long_metadata(), "94",
       tlv("94", to_hex(Bytes(1000, 0x89))), KeyMode::kRandomKeys},
      {"S12_Nominal_LargestIcon", changed([](Metadata& m) {
         m.icon_type = rsp::IconType::kPng;
         m.icon = Bytes(1024, 0x42);
       }),
       "94", tlv("94", to_hex(Bytes(1024, 0x42)))},
      {"S13_Nominal_NotificationConfiguration", changed([](Metadata& m) {
         m.notification_configuration_info = {{{rsp::kNotificationDelete}, "a.example", {}},
                                              {{rsp::kNotificationEnable}, "b.example", {}}};
       }),
       "B6",
       tlv("B6", tlv("30", "80020410" + tlv("81", text("a.example"))) +
                     tlv("30", "80020640" + tlv("81", text("b.example"))))},
      {"S14_Nominal_WithoutNotificationConfiguration",
       changed([](Metadata& m) { m.notification_configuration_info.reset(); }), "B6", ""},
      {"S15_Nominal_ProfileOwner", changed([](Metadata& m) { m.profile_owner = test_operator(); }),
       "B7", "B705800300F110"},
      {"S16_Nominal_ProfileOwnerWithGids", changed([](Metadata& m) {
         m.profile_owner = rsp::OperatorId{{0x00, 0xF1, 0x10}, "01"_hex, "02FF"_hex, {}};
       }),
       "B7", "B70C800300F110810101820202FF"},
      {"S17_Nominal_Ppr2", with_rules({rsp::kPpr2}), "99", "99020520"},
      {"S18_Nominal_UpdateControlAlone", with_rules({rsp::kPprUpdateControl}), "99", "99020780"},
      {"S19_Nominal_NoRuleSet", with_rules({}), "99", "990100"},
      {"S20_Nominal_IconTypeWithoutIcon",  // 93 may stand alone, 94 may not
       changed([](Metadata& m) { m.icon_type = rsp::IconType::kPng; }), "9394", "930101"},
  };
}

class TC_eUICC_ES8p_StoreMetadata : public SessionCase,
                                    public ::testing::WithParamInterface<Stored> {};

TEST_P(TC_eUICC_ES8p_StoreMetadata, Sequence) {
  const Stored& row = GetParam();
  auto segments = segments_for(row.metadata, row.mode);
  EXPECT_TRUE(is_result(card, load(segments), {.profile = 1, .final_result = success_result()}));
  std::string shown = tlv("BF2D", tlv("A0", tlv("E3", row.shown))) + "9000";
  for (bool cycled : {false, true}) {
    if (cycled) card.power_cycle();
    EXPECT_EQ(card.command(tlv("BF2D", tlv("5C", row.tags))), shown);
  }
  EXPECT_THAT(card.profiles(), ::testing::ElementsAre(iccid_digits(1) + " disabled"));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAre("1 install"));
}

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_StoreMetadata, ::testing::ValuesIn(stored()), by_name());

/// Policy rules against what is on the card and in its rules authorisation table.
class TC_eUICC_ES8p_StoreMetadata_PPR : public ::testing::Test {
 protected:
  /// What becomes of profile 1.
  std::string load(const Metadata& metadata) {
    Dp dp(card.pki);
    return card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments());
  }
  void expect_shown(std::string_view rules) {
    EXPECT_EQ(card.command("BF2D11A00C5A0A988812010000000000F15C0199"),
              tlv("BF2D", tlv("A0", tlv("E3", rules))) + "9000");
  }
  Bench card;
};

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S01_Nominal_Ppr1OnACardWithoutOperationalProfile) {
  card.start();
  EXPECT_EQ(load(with_rules({rsp::kPpr1})), "installed");
  expect_shown("99020640");
}

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S02_Nominal_BothRules) {
  card.start();
  EXPECT_EQ(load(with_rules({rsp::kPpr1, rsp::kPpr2})), "installed");
  expect_shown("99020560");
}

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S03_Nominal_Ppr1BesideATestProfile) {
  card.start();
  Metadata test = metadata_for(2);
  test.profile_class = rsp::ProfileClass::kTest;
  card.install(test);
  EXPECT_EQ(load(with_rules({rsp::kPpr1})), "installed");
  expect_shown("99020640");
}

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S04_Nominal_Ppr1AfterTheOtherProfileIsDeleted) {
  card.start();
  card.install(2);
  EXPECT_EQ(load(with_rules({rsp::kPpr1})), "storeMetadata: pprNotAllowed");
  EXPECT_EQ(card.remove(iccid(2)), "ok");
  EXPECT_EQ(load(with_rules({rsp::kPpr1})), "installed");
  expect_shown("99020640");
}

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S05_Nominal_RuleOfAnOperatorWithAWildcardDigit) {
  rsp::OperatorId allowed{{0x00, 0xF1, 0xE0}, std::nullopt, std::nullopt, {}};
  card.persona.rules_authorisation_table = {{{rsp::kPpr2}, {allowed}, {}, {}}};
  card.start();
  EXPECT_EQ(load(with_rules({rsp::kPpr2})), "installed");
  expect_shown("99020520");
}

TEST_F(TC_eUICC_ES8p_StoreMetadata_PPR, S06_Nominal_UpdateControlNeedsNoAuthorisation) {
  card.persona.rules_authorisation_table.clear();
  card.start();
  EXPECT_EQ(load(with_rules({rsp::kPprUpdateControl})), "installed");
  expect_shown("99020780");
}

// --- Errors, each on a card with an operational profile ---

/// Metadata that is well formed and not allowed.
LoadFault described(std::string name, unsigned reason, Metadata metadata,
                    sim::Persona persona = {}) {
  return {.name = std::move(name),
          .at = 3,
          .command = kFirst,
          .reason = reason,
          .plan = [metadata](BppPlan& plan) { plan.metadata = {rsp::asn1::encode(metadata)}; },
          .persona = std::move(persona)};
}
/// Metadata in octets of our own.
LoadFault written(std::string name, std::string_view octets) {
  return {.name = std::move(name),
          .at = 3,
          .command = kFirst,
          .reason = kIncorrectInput,
          .plan = [metadata = rsp::from_hex(octets).value()](BppPlan& plan) {
            plan.metadata = {metadata};
          }};
}
LoadFault damaged(std::string name, std::size_t at, unsigned command, unsigned reason,
                  std::function<void(Bpp&)> change) {
  return {.name = std::move(name),
          .at = at,
          .command = command,
          .reason = reason,
          .bpp = std::move(change),
          .metadata = long_metadata()};
}
LoadFault cut(std::string name, std::size_t at, unsigned command,
              std::function<void(std::vector<Bytes>&)> change) {
  return {.name = std::move(name),
          .at = at,
          .command = command,
          .reason = kStructure,
          .segments = std::move(change),
          .metadata = long_metadata()};
}

const std::string kIccid = "5A0A988812010000000000F1";

std::vector<LoadFault> faults() {
  sim::Persona no_tests, no_rules, other_rules;
  no_tests.test_profiles = false;
  no_rules.rules_authorisation_table.clear();
  rsp::OperatorId other{{0x00, 0xF1, 0x20}, std::nullopt, std::nullopt, {}};
  other_rules.rules_authorisation_table = {{{rsp::kPpr2}, {other}, {}, {}}};
  auto without_owner = with_rules({rsp::kPpr2});
  without_owner.profile_owner.reset();
  auto with_gid = with_rules({rsp::kPpr2});
  with_gid.profile_owner->gid1 = "01"_hex;
  sim::Persona no_gids;
  no_gids.rules_authorisation_table = {{{rsp::kPpr2}, {test_operator()}, {}, {}}};

  return {
      described("S01_Error_IccidExists", kIccidExists, metadata_for(9)),
      described("S02_Error_UnknownClass", kUnsupportedClass,
                changed([](Metadata& m) { m.profile_class = static_cast<rsp::ProfileClass>(3); })),
      described("S03_Error_TestProfileWhereNoneIsSupported", kUnsupportedClass,
                changed([](Metadata& m) { m.profile_class = rsp::ProfileClass::kTest; }), no_tests),
      described("S04_Error_Ppr1BesideAnOperationalProfile", kPprNotAllowed,
                with_rules({rsp::kPpr1})),
      described("S05_Error_Ppr1OfAnEmptyTable", kPprNotAllowed, with_rules({rsp::kPpr1}), no_rules),
      described("S06_Error_Ppr2OfAnEmptyTable", kPprNotAllowed, with_rules({rsp::kPpr2}), no_rules),
      described("S07_Error_Ppr2OfAnotherOperator", kPprNotAllowed, with_rules({rsp::kPpr2}),
                other_rules),
      described("S08_Error_Ppr2OfAGidThatIsNotNamed", kPprNotAllowed, with_gid, no_gids),
      described("S09_Error_Ppr2WithoutOwner", kPprNotAllowed, without_owner),
      described("S10_Error_IconWithoutType", kIncorrectInput,
                changed([](Metadata& m) { m.icon = "89504E47"_hex; })),
      written("S11_Error_WithoutIccid",
              "BF250A9104616263649202"
              "6E6D"),
      written("S12_Error_WithoutServiceProviderName", tlv("BF25", kIccid + "92026E6D")),
      written("S13_Error_WithoutProfileName", tlv("BF25", kIccid + "91026E6D")),
      written("S14_Error_IccidOf9Octets", tlv("BF25",
                                              "5A09988812010000000000"
                                              "91009200")),
      written("S15_Error_IccidOf11Octets", tlv("BF25",
                                               "5A0B988812010000000000F1FF"
                                               "91009200")),
      written("S16_Error_ServiceProviderNameOf33Characters",
              tlv("BF25", kIccid + tlv("91", text(std::string(33, 's'))) + "9200")),
      written("S17_Error_ProfileNameOf65Characters",
              tlv("BF25", kIccid + "9100" + tlv("92", text(std::string(65, 'n'))))),
      written("S18_Error_NameThatIsNoUtf8", tlv("BF25", kIccid + "9102C3289200")),
      written("S19_Error_EmptyRequest", "BF2500"),
      written("S20_Error_AnotherCommand", "BF2400"),
      written("S21_Error_OctetsBehindTheRequest", tlv("BF25", kIccid + "91009200") + "00"),
      written("S22_Error_MccMncOfTwoOctets", tlv("BF25", kIccid + "91009200" + "B704800200F1")),
      written("S23_Error_NotificationWithoutAddress", tlv("BF25", kIccid + "91009200" +
                                                                      "B60630048002"
                                                                      "0780")),
      damaged("S24_Error_Mac", 3, kFirst, kSecurity, [](Bpp& bpp) { bpp.metadata[0].back() ^= 1; }),
      damaged("S25_Error_TextAltered", 3, kFirst, kSecurity,
              [](Bpp& bpp) { bpp.metadata[0].at(30) ^= 1; }),
      damaged("S26_Error_MacOfTheSecondSegment", 4, kSecond, kSecurity,
              [](Bpp& bpp) { bpp.metadata[1].back() ^= 1; }),
      damaged("S27_Error_SegmentsInTheWrongOrder", 3, kFirst, kSecurity,
              [](Bpp& bpp) { std::swap(bpp.metadata[0], bpp.metadata[1]); }),
      damaged("S28_Error_Tag86", 3, kFirst, kStructure,
              [](Bpp& bpp) { bpp.metadata[0][0] = 0x86; }),
      damaged("S29_Error_Tag87", 3, kFirst, kStructure,
              [](Bpp& bpp) { bpp.metadata[0][0] = 0x87; }),
      damaged("S30_Error_EmptyList", 2, kFirst, kStructure, [](Bpp& bpp) { bpp.metadata.clear(); }),
      cut("S31_Error_HeaderLeftOut", 2, kFirst,
          [](std::vector<Bytes>& segments) { segments.erase(segments.begin() + 2); }),
      cut("S32_Error_HeaderWithItsContent", 2, kFirst,
          [](std::vector<Bytes>& segments) { rsp::append(segments[2], Bytes(segments[3])); }),
      cut("S33_Error_ListLeftOut", 2, kFirst,
          [](std::vector<Bytes>& segments) {
            segments.erase(segments.begin() + 2, segments.begin() + 5);
          }),
      cut("S34_Error_SecondSegmentLeftOut", 4, kSecond,
          [](std::vector<Bytes>& segments) { segments.erase(segments.begin() + 4); }),
      LoadFault{.name = "S35_Error_SegmentOf1021Octets",
                .at = 3,
                .command = kFirst,
                .reason = kStructure,
                .plan =
                    [](BppPlan& plan) {
                      plan.metadata[0].push_back(plan.metadata[1].front());
                      plan.metadata[1].erase(plan.metadata[1].begin());
                    },
                .metadata = long_metadata()},
  };
}

class TC_eUICC_ES8p_StoreMetadataErrorCases : public ::testing::TestWithParam<LoadFault> {};

TEST_P(TC_eUICC_ES8p_StoreMetadataErrorCases, Sequence) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_StoreMetadataErrorCases, ::testing::ValuesIn(faults()),
                         by_name());

}  // namespace
}  // namespace sgp23
