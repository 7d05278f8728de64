// SGP.23 4.2.2: ES6.UpdateMetadata (SGP.22 5.4.1), from the operator of the enabled profile by
// SMS-PP: INSTALL [for personalization] of the ISD-P and STORE DATA, in a command packet of TS 102
// 225. The card answers 91xx, and the proof of receipt is fetched as SEND SHORT MESSAGE.
#include "sgp23_test_support.h"
#include "tests/sim_euicc/ota_test_support.h"

namespace sgp23 {
namespace {

using rsp::crypto::scp80::ResponseStatus;
using sim::ota::testing::for_isd_p;
using sim::ota::testing::Operator;

/// Rules, names and icon of the profile.
constexpr std::string_view kMetadataTags = "5C059192939499";

/// A profile of ours with both rules and an icon, enabled, at a terminal with a toolkit.
class UpdateMetadata : public Case {
 protected:
  explicit UpdateMetadata(std::initializer_list<unsigned> rules = {rsp::kPpr1, rsp::kPpr2}) {
    auto metadata = metadata_for(1);
    metadata.profile_policy_rules.emplace();
    for (unsigned rule : rules) metadata.profile_policy_rules->set(rule);
    metadata.profile_owner = test_operator();
    metadata.icon_type = rsp::IconType::kPng;
    metadata.icon = "89504E47"_hex;
    card.install(metadata);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    start_terminal();
  }
  void start_terminal() {
    card.power_cycle();
    EXPECT_EQ(card.apdu("801000000400008000"), "9000");
  }

  /// The parts of one command packet; all but the last get 9000 alone. What the last one gets.
  std::string send(const std::vector<Bytes>& envelopes) {
    std::string last;
    for (std::size_t i = 0; i < envelopes.size(); ++i) {
      last = card.apdu(fmt::format("80C20000{:02X}{}", envelopes[i].size(), to_hex(envelopes[i])));
      if (i + 1 < envelopes.size()) EXPECT_EQ(last, "9000") << "part " << i;
    }
    return last;
  }
  /// What is fetched after 91xx, carried out: SEND SHORT MESSAGE.
  std::string fetch(const std::string& sw) {
    EXPECT_EQ(sw.substr(0, 2), "91") << sw;
    std::string fetched = card.apdu("80120000" + sw.substr(2));
    EXPECT_THAT(fetched, ::testing::HasSubstr("8103011300")) << "SEND SHORT MESSAGE";
    EXPECT_EQ(card.apdu("801400000C810301130082028281830100"), "9000");
    return fetched;
  }
  /// The proof of receipt of what was sent, protected as the operator wants it.
  rsp::crypto::scp80::ResponsePacket proof_of(const std::string& sw) {
    std::string fetched = fetch(sw);
    sim::ota::OtaOutcome outcome;
    outcome.proactive_commands = {rsp::from_hex(fetched.substr(0, fetched.size() - 4)).value()};
    auto proof = sender.response(outcome);
    EXPECT_TRUE(proof) << fetched;
    return proof ? *proof : rsp::crypto::scp80::ResponsePacket{};
  }
  /// The status word that the last command of a script got, in its proof of receipt.
  std::string receipt(const std::vector<Bytes>& envelopes) {
    auto proof = proof_of(send(envelopes));
    EXPECT_EQ(proof.status, ResponseStatus::kPorOk);
    auto result = sim::ota::read_script_result(proof.additional_data);
    EXPECT_TRUE(result && !result->responses.empty());
    return result ? fmt::format("{:04X}", result->responses.back().sw.value()) : "";
  }
  /// The same for BF2A with these elements.
  std::string update(std::string_view elements) {
    return receipt(sender.compact(for_isd_p(rsp::from_hex(tlv("BF2A", elements)).value())));
  }

  /// What GetProfilesInfo shows of the profile, now and after a power cycle.
  void expect_metadata(std::string_view shown) {
    std::string command =
        tlv("BF2D", tlv("A0", "5A0A988812010000000000F1") + std::string(kMetadataTags));
    std::string answer = tlv("BF2D", tlv("A0", tlv("E3", shown))) + "9000";
    EXPECT_EQ(card.command(command), answer);
    start_terminal();
    EXPECT_EQ(card.command(command), answer);
  }
  /// DisableProfile and DeleteProfile by ICCID, without REFRESH.
  std::string disable() { return card.command("BF3211A00C5A0A988812010000000000F1810100"); }
  std::string erase() { return card.command("BF330C5A0A988812010000000000F1"); }

  Operator sender;
};

const std::string kNames =
    "9108"
    "50726F7669646572"
    "9209"
    "50726F66696C652031";
const std::string kIcon = "930101940489504E47";
const std::string kBothRules = "99020560";

using TC_eUICC_ES6_UpdateMetadata = UpdateMetadata;

TEST_F(TC_eUICC_ES6_UpdateMetadata, S01_Nominal_UnsetPpr1) {
  EXPECT_EQ(disable(), "BF32038001039000");
  EXPECT_EQ(update("99020520"), "9000");
  expect_metadata(kNames + kIcon + "99020520");
  EXPECT_EQ(disable(), "BF32038001009000");
  EXPECT_EQ(erase(), "BF33038001039000") << "PPR2 is still set";
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S02_Nominal_UnsetPpr2AndUpdateTheIcon) {
  EXPECT_EQ(update("9301009403FFD8FF99020640"), "9000");
  expect_metadata(kNames + "9301009403FFD8FF99020640");
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S03_Nominal_UnsetBothRules) {
  EXPECT_EQ(update("990100"), "9000");
  expect_metadata(kNames + kIcon + "990100");
  EXPECT_EQ(disable(), "BF32038001009000");
  EXPECT_EQ(erase(), "BF33038001009000");
  EXPECT_THAT(card.profiles(), ::testing::IsEmpty());
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S04_Nominal_UnsetBothRulesInTheFormOfThreeBits) {
  EXPECT_EQ(update("99020500"), "9000");
  expect_metadata(kNames + kIcon + "990100");
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S05_Nominal_ServiceProviderName) {
  EXPECT_EQ(update("91034E6577"), "9000");
  expect_metadata(
      "91034E6577"
      "920950726F66696C652031" +
      kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S06_Nominal_ProfileName) {
  EXPECT_EQ(update("92034E6577"), "9000");
  expect_metadata(
      "910850726F7669646572"
      "92034E6577" +
      kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S07_Nominal_EmptyNames) {
  EXPECT_EQ(update("91009200"), "9000");
  expect_metadata("91009200" + kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S08_Nominal_LongestNames) {
  std::string names = tlv("91", text(std::string(32, 's'))) + tlv("92", text(std::string(64, 'n')));
  EXPECT_EQ(update(names), "9000");
  expect_metadata(names + kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S09_Nominal_Icon) {
  EXPECT_EQ(update("9301009403FFD8FF"), "9000");
  expect_metadata(kNames + "9301009403FFD8FF" + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S10_Nominal_LargestIconInSeveralShortMessages) {
  std::string icon = "930101" + tlv("94", to_hex(Bytes(1024, 0xA5)));
  auto parts = sender.expanded(for_isd_p(rsp::from_hex(tlv("BF2A", icon)).value()));
  ASSERT_GT(parts.size(), 8U);
  EXPECT_EQ(receipt(parts), "9000");
  expect_metadata(kNames + icon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S11_Nominal_Everything) {
  EXPECT_EQ(update("910141"
                   "920142"
                   "9301009401FF"
                   "990100"),
            "9000");
  expect_metadata(
      "910141"
      "920142"
      "9301009401FF"
      "990100");
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S12_Nominal_Nothing) {
  std::string before = state_of(card);
  EXPECT_EQ(update(""), "9000");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S13_Nominal_RulesAsTheyAre) {
  std::string before = state_of(card);
  EXPECT_EQ(update(kBothRules), "9000");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S14_Nominal_SeveralInARow) {
  EXPECT_EQ(update("910141"), "9000");
  EXPECT_EQ(update("910142"), "9000");
  EXPECT_EQ(update("920143"), "9000");
  expect_metadata(
      "910142"
      "920143" +
      kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S15_Nominal_ExpandedFormat) {
  EXPECT_EQ(receipt(sender.expanded(for_isd_p(rsp::from_hex("BF2A03910141").value()))), "9000");
  expect_metadata(
      "910141"
      "920950726F66696C652031" +
      kIcon + kBothRules);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S16_Nominal_LeavesOtherProfilesAndNotifications) {
  auto other = metadata_for(2);
  card.install(other);
  auto notifications = card.notifications();
  EXPECT_EQ(update("910141"
                   "990100"),
            "9000");
  EXPECT_EQ(to_hex(rsp::asn1::encode(card.euicc->memory().find(iccid(2))->metadata)),
            to_hex(rsp::asn1::encode(other)));
  EXPECT_EQ(card.notifications(), notifications);
  EXPECT_THAT(card.profiles(),
              ::testing::ElementsAre(iccid_digits(1) + " enabled", iccid_digits(2) + " disabled"));
}

TEST_F(TC_eUICC_ES6_UpdateMetadata, S17_Nominal_NicknameOfTheUserIsKept) {
  EXPECT_EQ(card.command("BF29105A0A988812010000000000F190024D65"), "BF29038001009000");
  EXPECT_EQ(update("920141"), "9000");
  EXPECT_EQ(card.euicc->memory().find(iccid(1))->nickname, "Me");
}

/// A profile that has PPR2 alone.
class TC_eUICC_ES6_UpdateMetadata_Ppr2Alone : public UpdateMetadata {
 protected:
  TC_eUICC_ES6_UpdateMetadata_Ppr2Alone() : UpdateMetadata({rsp::kPpr2}) {}
};

TEST_F(TC_eUICC_ES6_UpdateMetadata_Ppr2Alone, S01_Nominal_RuleThatWasNotSetIsNotSetNow) {
  EXPECT_EQ(update(kBothRules), "9000");
  expect_metadata(kNames + kIcon + "99020520");
  EXPECT_EQ(disable(), "BF32038001009000");
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Ppr2Alone, S02_Nominal_AnotherRuleInItsPlaceUnsetsIt) {
  EXPECT_EQ(update("99020640"), "9000");
  expect_metadata(kNames + kIcon + "990100");
}

// --- Errors: in the receipt, and nothing is changed ---

struct Refused {
  std::string name, command, sw;
};
void PrintTo(const Refused& row, std::ostream* out) { *out << row.name; }

std::vector<Refused> refused() {
  auto elements = [](std::string name, std::string_view content) {
    return Refused{std::move(name), tlv("BF2A", content), "6A80"};
  };
  return {
      elements("S01_Error_UpdateControl", "990206C0"),
      elements("S02_Error_IconWithoutType", "9403FFD8FF"),
      elements("S03_Error_IconTypeWithoutIcon", "930100"),
      elements("S04_Error_UnknownIconType", "9301029403FFD8FF"),
      elements("S05_Error_IconOf1025Octets", "930101" + tlv("94", to_hex(Bytes(1025)))),
      elements("S06_Error_ServiceProviderNameOf33Characters",
               tlv("91", text(std::string(33, 's')))),
      elements("S07_Error_ProfileNameOf65Characters", tlv("92", text(std::string(65, 'n')))),
      elements("S08_Error_NameThatIsNoUtf8", "9102C328"),
      elements("S09_Error_Iccid", "5A0A988812010000000000F2"),
      elements("S10_Error_Nickname", "900141"),
      elements("S11_Error_ProfileClass", "950100"),
      elements("S12_Error_NotificationConfiguration", "B600"),
      elements("S13_Error_ProfileOwner", "B705800300F110"),
      elements("S14_Error_OneGoodAndOneBadElement",
               "910141"
               "950100"),
      elements("S15_Error_ServiceSpecificDataOfVersion24", "BF2203800101"),
      elements("S16_Error_EmptyRules", "9900"),
      {"S17_Error_LengthBeyondTheEnd", "BF2A09910141", "6A80"},
      {"S18_Error_AnotherFunction", "BF2500", "6A88"},
  };
}

class TC_eUICC_ES6_UpdateMetadataErrorCases : public UpdateMetadata,
                                              public ::testing::WithParamInterface<Refused> {};

TEST_P(TC_eUICC_ES6_UpdateMetadataErrorCases, Sequence) {
  std::string before = state_of(card);
  auto parts = sender.compact(for_isd_p(rsp::from_hex(GetParam().command).value()));
  EXPECT_EQ(receipt(parts), GetParam().sw);
  EXPECT_EQ(state_of(card), before);
  expect_metadata(kNames + kIcon + kBothRules);
}

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES6_UpdateMetadataErrorCases, ::testing::ValuesIn(refused()),
                         by_name());

// --- Errors of the road: another ISD-P, messages that are not the operator's ---

class TC_eUICC_ES6_UpdateMetadata_Bearer : public UpdateMetadata {
 protected:
  std::vector<Bytes> good() {
    return sender.compact(for_isd_p(rsp::from_hex("BF2A03910141").value()));
  }
};

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S01_Error_IsdPOfAnotherProfile) {
  rsp::Aid other = card.install(2);
  std::string before = state_of(card);
  auto commands = sim::ota::testing::store_data("BF2A03910141"_hex);
  commands.insert(commands.begin(), sim::ota::testing::install_for_personalization(other));
  // The script ends with what INSTALL gets.
  EXPECT_NE(receipt(sender.compact(commands)), "9000");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S02_Error_ReplayedMessage) {
  auto replay = good();
  EXPECT_EQ(receipt(replay), "9000");
  EXPECT_EQ(update("910142"), "9000");
  std::string before = state_of(card);
  EXPECT_EQ(proof_of(send(replay)).status, ResponseStatus::kCounterLow);
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S03_Error_ReplayedAfterAPowerCycle) {
  auto replay = good();
  EXPECT_EQ(receipt(replay), "9000");
  start_terminal();
  std::string before = state_of(card);
  EXPECT_EQ(proof_of(send(replay)).status, ResponseStatus::kCounterLow);
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S04_Error_MessageAltered) {
  auto altered = good();
  altered.back().back() ^= 0x01;
  std::string before = state_of(card);
  // The proof is not protected then: TAR, counter 0, no padding, status "RC/CC/DS failed".
  EXPECT_THAT(fetch(send(altered)), ::testing::EndsWith("027100000B0AB20100"
                                                        "0000000000"
                                                        "00"
                                                        "01"
                                                        "9000"));
  EXPECT_EQ(state_of(card), before);
  EXPECT_EQ(update("910142"), "9000");  // with the counter that the altered one did not use up
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S05_Error_ProfileThatIsNotEnabled) {
  EXPECT_EQ(update("990100"), "9000");
  EXPECT_EQ(disable(), "BF32038001009000");
  std::string before = state_of(card);
  EXPECT_EQ(send(good()), "9000");  // no toolkit application is there
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S06_Error_PartOfAMessageMissing) {
  std::string icon = "930101" + tlv("94", to_hex(Bytes(500, 0xA5)));
  auto parts = sender.compact(for_isd_p(rsp::from_hex(tlv("BF2A", icon)).value()));
  ASSERT_GT(parts.size(), 2U);
  parts.pop_back();
  std::string before = state_of(card);
  EXPECT_EQ(send(parts), "9000");
  EXPECT_EQ(state_of(card), before);
}

TEST_F(TC_eUICC_ES6_UpdateMetadata_Bearer, S07_Error_SwitchWhileTheReceiptWaits) {
  EXPECT_EQ(update("990100"), "9000");
  std::string sw = send(good());
  EXPECT_EQ(sw.substr(0, 2), "91");
  std::string before = state_of(card);
  EXPECT_EQ(disable().substr(0, 12), "BF3203800105") << "catBusy";
  EXPECT_EQ(state_of(card), before);
  EXPECT_EQ(proof_of(sw).status, ResponseStatus::kPorOk);
  EXPECT_EQ(disable(), "BF32038001009000");
}

}  // namespace
}  // namespace sgp23
