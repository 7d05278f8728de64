// ES10a, ES10b and ES10c functions that need no session and no profile, and what malformed commands
// get.
#include <set>

#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using Eid = EuiccTest;
using Addresses = EuiccTest;
using EuiccInfo = EuiccTest;
using Challenge = EuiccTest;
using Rat = EuiccTest;
using UnknownCommand = EuiccTest;

TEST_F(Eid, IsTheOneOfTheCertificate) {  // SGP.22 5.7.20
  EXPECT_EQ(card.command("BF3E035C015A"), "BF3E125A10890490321234512345123456789012359000");
}

// --- Addresses (SGP.22 5.7.3, 5.7.4) ---

TEST_F(Addresses, ANewCardNamesOnlyItsRootSmDs) {
  auto response = card.call(rsp::EuiccConfiguredAddressesRequest{});
  EXPECT_EQ(response.default_dp_address, std::nullopt);
  EXPECT_EQ(response.root_ds_address, "testrootsmds.example.com");
}

TEST_F(Addresses, TheDefaultSmDpIsWhatWasSetLast) {
  EXPECT_EQ(card.command("BF3F058003612E62"), "BF3F038001009000");
  EXPECT_EQ(card.command("BF3F058003632E64"), "BF3F038001009000");
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, "c.d");
}

TEST_F(Addresses, AnEmptyAddressClearsTheDefault) {
  EXPECT_EQ(card.command("BF3F058003612E62"), "BF3F038001009000");
  EXPECT_EQ(card.command("BF3F028000"), "BF3F038001009000");
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, std::nullopt);
}

TEST_F(Addresses, TheDefaultSurvivesPowerLoss) {
  EXPECT_EQ(card.command("BF3F058003612E62"), "BF3F038001009000");
  card.power_cycle();
  EXPECT_EQ(card.call(rsp::EuiccConfiguredAddressesRequest{}).default_dp_address, "a.b");
}

TEST(PersonaAddresses, AreThoseOfANewCard) {
  Bench card;
  card.persona.default_dp_address = "smdp.example";
  card.persona.root_ds_address = "smds.example";
  card.start();
  auto response = card.call(rsp::EuiccConfiguredAddressesRequest{});
  EXPECT_EQ(response.default_dp_address, "smdp.example");
  EXPECT_EQ(response.root_ds_address, "smds.example");
}

// --- EUICCInfo (SGP.22 5.7.8) ---

TEST_F(EuiccInfo, BothAgreeOnVersionAndCis) {
  auto info1 = card.call(rsp::GetEuiccInfo1Request{});
  auto info2 = card.call(rsp::GetEuiccInfo2Request{});
  EXPECT_EQ(info1.svn, info2.svn);
  EXPECT_EQ(info1.ci_pkid_list_for_verification, info2.ci_pkid_list_for_verification);
  EXPECT_EQ(info1.ci_pkid_list_for_signing, info2.ci_pkid_list_for_signing);
}

TEST_F(EuiccInfo, NamesTheCisByTheirSubjectKeyIdentifiers) {
  auto info = card.call(rsp::GetEuiccInfo1Request{});
  std::vector<Bytes> ci{rsp::to_bytes(card.pki.ci.certificate.subject_key_id())};
  EXPECT_EQ(info.ci_pkid_list_for_verification, ci);
  EXPECT_EQ(info.ci_pkid_list_for_signing, ci);
}

TEST(EuiccInfoOfAPersona, ShowsItsVersion) {
  Bench card;
  card.persona.svn = {2, 6, 1};
  card.start();
  EXPECT_EQ(rsp::version_text(card.call(rsp::GetEuiccInfo1Request{}).svn), "2.6.1");
  EXPECT_EQ(rsp::version_text(card.call(rsp::GetEuiccInfo2Request{}).svn), "2.6.1");
  EXPECT_THAT(card.apdu("00A4040010A0000005591010FFFFFFFF890000010000"),
              ::testing::HasSubstr("E0058203020601"));
}

/// Installed applications and free memory out of extCardResource (TS 102 226 8.2.1.7.2).
std::pair<std::uint64_t, std::uint64_t> resources(Bench& card) {
  Bytes octets = card.call(rsp::GetEuiccInfo2Request{}).ext_card_resource;
  rsp::asn1::Reader reader(octets);
  auto applications = reader.next_if(rsp::asn1::context(1));
  auto memory = reader.next_if(rsp::asn1::context(2));
  return {rsp::big_endian(applications->content), rsp::big_endian(memory->content)};
}

TEST_F(EuiccInfo, CountsProfilesAndFreeMemory) {
  auto [none, all] = resources(card);
  EXPECT_EQ(none, 0U);
  EXPECT_EQ(all, card.persona.memory);
  card.install(1);
  auto [one, left] = resources(card);
  EXPECT_EQ(one, 1U);
  EXPECT_EQ(left, all - package_for(metadata_for(1)).size() - memory_of(metadata_for(1)) -
                      card.result_der.size());
}

TEST(EuiccInfoOfAPersona, OffersMoreProfilesAsLongAsThereIsMemory) {
  Bench card;
  card.persona.memory = package_for(metadata_for(1)).size() + memory_of(metadata_for(1));
  card.start();
  EXPECT_TRUE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kAdditionalProfile));
  card.install(1);
  EXPECT_FALSE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kAdditionalProfile));
}

TEST(EuiccInfoOfAPersona, OffersTestProfilesWhereItTakesThem) {
  for (bool takes : {true, false}) {
    Bench card;
    card.persona.test_profiles = takes;
    card.start();
    EXPECT_EQ(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kTestProfileSupport),
              takes);
  }
}

TEST_F(Challenge, IsFreshForEachCall) {  // SGP.22 5.7.7
  std::set<Bytes> seen;
  for (int i = 0; i < 100; ++i) seen.insert(rsp::to_bytes(card.challenge()));
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(Rat, IsThatOfThePersona) {  // SGP.22 5.7.22
  // PPR1 and PPR2, for operators of any MCC and MNC with any GIDs or without, with the user's
  // consent.
  EXPECT_EQ(card.command("BF4300"),
            "BF4320A01E301C80020560A1123009"
            "8003EEEEEE81008200"
            "30058003EEEEEE82020780"
            "9000");
}

// --- Commands that are no ES10 functions ---

TEST_F(UnknownCommand, IsReferencedDataNotFound) {  // Not specified; what cards answer
  for (std::string_view command : {"BF7D00", "BF4200", "BF5100", "3000", "0000", "5A00", "E300"}) {
    EXPECT_EQ(card.command(command), "6A88") << command;
  }
}

TEST_F(UnknownCommand, HalfATagIsWrongData) { EXPECT_EQ(card.command("BF"), "6A80"); }

// --- Malformed commands: the function's own undefinedError where it has one, else 6A80 ---

struct Malformed {
  std::string name, command, answer;
};
void PrintTo(const Malformed& row, std::ostream* out) { *out << row.command; }

class MalformedCommand : public EuiccTest, public ::testing::WithParamInterface<Malformed> {};

TEST_P(MalformedCommand, IsAnsweredAndChangesNothing) {
  card.install(1);
  std::string before = text_of(card.euicc->memory());
  EXPECT_EQ(card.command(GetParam().command), GetParam().answer);
  EXPECT_EQ(text_of(card.euicc->memory()), before);
}

INSTANTIATE_TEST_SUITE_P(
    Es10, MalformedCommand,
    ::testing::Values(
        Malformed{"EnableWithoutBody", "BF3100", "BF310380017F9000"},
        Malformed{"EnableWithoutRefreshFlag", "BF310EA00C5A0A98881201000000000010",
                  "BF310380017F9000"},
        Malformed{"EnableWithoutA0", "BF310F5A0A988812010000000000108101FF", "BF310380017F9000"},
        Malformed{"EnableWithAShortIccid", "BF310DA0085A06988812010000810100", "BF310380017F9000"},
        Malformed{"DisableWithoutBody", "BF3200", "BF320380017F9000"},
        Malformed{"DeleteWithoutBody", "BF3300", "BF330380017F9000"},
        Malformed{"DeleteWithA0", "BF330EA00C5A0A98881201000000000010", "BF330380017F9000"},
        Malformed{"DeleteWithMore", "BF330F5A0A98881201000000000010810100", "BF330380017F9000"},
        Malformed{"ResetWithoutOptions", "BF3400", "BF340380017F9000"},
        Malformed{"ResetWithEmptyBitString", "BF34028200", "BF340380017F9000"},
        Malformed{"NicknameWithoutText", "BF290C5A0A98881201000000000010", "BF290380017F9000"},
        Malformed{"RemoveWithoutNumber", "BF3000", "BF300380017F9000"},
        Malformed{"RemoveWithEmptyNumber", "BF30028000", "BF300380017F9000"},
        Malformed{"DefaultAddressMissing", "BF3F00", "BF3F0380017F9000"},
        Malformed{"ProfilesWithEmptySearch", "BF2D02A000", "BF2D038101019000"},
        Malformed{"ProfilesWithTwoSearches", "BF2D08A006950100950102", "BF2D038101019000"},
        Malformed{"ListWithEmptyBitString", "BF28028100", "BF280381017F9000"},
        Malformed{"RetrieveWithEmptySearch", "BF2B02A000", "BF2B0381017F9000"},
        Malformed{"AuthenticateWithoutBody", "BF3800", "6A80"},
        Malformed{"PrepareWithoutBody", "BF2100", "6A80"},
        Malformed{"CancelWithoutBody", "BF4100", "6A80"},
        Malformed{"CancelWithoutReason", "BF4103800101", "6A80"},
        Malformed{"LoadCrlWithoutBody", "BF3500", "BF350381017F9000"},
        Malformed{"EidWithoutTagList", "BF3E00", "6A80"},
        Malformed{"LengthBeyondTheEnd", "BF2E05", "6A80"},
        Malformed{"LengthOfIndefiniteForm", "BF2E800000", "6A80"},
        Malformed{"OctetsAfterTheEnd", "BF2E00FF", "6A80"}, Malformed{"NoLength", "BF2E", "6A80"}),
    [](const auto& row) { return row.param.name; });

TEST_F(EuiccTest, ElementsThatAreNotKnownAreTolerated) {  // EXTENSIBILITY IMPLIED (SGP.22 Annex H)
  EXPECT_THAT(card.command("BF2E03850101"), ::testing::StartsWith("BF2E128010"));
  EXPECT_EQ(card.command("BF3E065C015A850101"), "BF3E125A10890490321234512345123456789012359000");
}

TEST_F(EuiccTest, LengthsNeedNotBeTheShortest) {  // pitfall H 6
  EXPECT_EQ(card.command("BF3E81035C015A"), "BF3E125A10890490321234512345123456789012359000");
  EXPECT_EQ(card.command("BF3E8200045C81015A"), "BF3E125A10890490321234512345123456789012359000");
}

}  // namespace
}  // namespace sim::testing
