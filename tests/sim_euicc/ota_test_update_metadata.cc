// ES6.UpdateMetadata: what an operator may change over the air (SGP.22 v2, 5.4.1).
#include "tests/sim_euicc/ota_test_support.h"

namespace sim::ota::testing {
namespace {

using Rules = rsp::asn1::BitString;
using Request = rsp::UpdateMetadataRequest;

/// Metadata as octets, which shows every field.
std::string shown(const rsp::StoreMetadataRequest& metadata) {
  return to_hex(rsp::asn1::encode(metadata));
}
std::string shown(const std::expected<rsp::StoreMetadataRequest, StatusWord>& result) {
  return result ? shown(*result) : to_string(result.error());
}

TEST(UpdateMetadata, ChangesTheFieldsThatAreThereAndNoOthers) {
  auto expected = metadata_with_pprs_and_icon();
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), {})), shown(expected));
  expected.service_provider_name = std::string("Other operator");
  Request request{.service_provider_name = std::string("Other operator")};
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), shown(expected));
  expected = metadata_with_pprs_and_icon();
  expected.profile_name = std::string();
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), {.profile_name = std::string()})),
            shown(expected))
      << "a text may become empty";
}

TEST(UpdateMetadata, KeepsWhatItKnowsNothingAbout) {
  auto current = metadata_with_pprs_and_icon();
  current.profile_owner.emplace().mcc_mnc = {0x00, 0xF1, 0x10};
  current.profile_class = rsp::ProfileClass::kTest;
  current.unknown.elements = "BF2203800101"_hex;
  auto expected = current;
  expected.profile_name = std::string("New");
  EXPECT_EQ(shown(update_metadata(current, {.profile_name = std::string("New")})), shown(expected));
}

// --- Icon ---

TEST(UpdateMetadata, ReplacesIconAndItsTypeTogether) {
  auto expected = metadata_with_pprs_and_icon();
  expected.icon_type = rsp::IconType::kJpg;
  expected.icon = "FFD8FF"_hex;
  Request request{.icon_type = rsp::IconType::kJpg, .icon = "FFD8FF"_hex};
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), shown(expected));
}

TEST(UpdateMetadata, RefusesAnIconWithoutItsTypeAndTheReverse) {
  auto current = metadata_with_pprs_and_icon();
  EXPECT_EQ(shown(update_metadata(current, {.icon = "FFD8FF"_hex})), "6A80");
  EXPECT_EQ(shown(update_metadata(current, {.icon_type = rsp::IconType::kJpg})), "6A80");
}

TEST(UpdateMetadata, RefusesAnUnknownIconType) {
  Request request{.icon_type = static_cast<rsp::IconType>(2), .icon = "FFD8FF"_hex};
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), "6A80");
}

TEST(UpdateMetadata, RemovesAnIconThatBecomesEmpty) {
  auto expected = metadata_with_pprs_and_icon();
  expected.icon_type.reset();
  expected.icon.reset();
  Request request{.icon_type = rsp::IconType::kPng, .icon = Bytes{}};
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), shown(expected));
}

// --- Profile policy rules ---

TEST(UpdateMetadata, UnsetsRulesAndSetsNone) {
  struct Case {
    const char* what;
    std::optional<Rules> current;
    Rules request;
    std::optional<Rules> result;
  };
  const Case cases[] = {
      {"unset PPR1", Rules{rsp::kPpr1, rsp::kPpr2}, Rules{rsp::kPpr2}, Rules{rsp::kPpr2}},
      {"unset PPR2", Rules{rsp::kPpr1, rsp::kPpr2}, Rules{rsp::kPpr1}, Rules{rsp::kPpr1}},
      {"unset both", Rules{rsp::kPpr1, rsp::kPpr2}, Rules{}, Rules{}},
      {"keep both", Rules{rsp::kPpr1, rsp::kPpr2}, Rules{rsp::kPpr1, rsp::kPpr2},
       Rules{rsp::kPpr1, rsp::kPpr2}},
      {"set PPR1", Rules{rsp::kPpr2}, Rules{rsp::kPpr1, rsp::kPpr2}, Rules{rsp::kPpr2}},
      {"set PPR1, unset PPR2", Rules{rsp::kPpr2}, Rules{rsp::kPpr1}, Rules{}},
      {"set PPR2 where there were no rules", std::nullopt, Rules{rsp::kPpr2}, std::nullopt},
      {"a rule without a name", Rules{rsp::kPpr2}, Rules{rsp::kPpr2, 3}, Rules{rsp::kPpr2}},
  };
  for (const Case& c : cases) {
    auto current = metadata_with_pprs_and_icon();
    current.profile_policy_rules = c.current;
    auto updated = update_metadata(current, {.profile_policy_rules = c.request});
    ASSERT_TRUE(updated) << c.what;
    EXPECT_EQ(updated->profile_policy_rules, c.result) << c.what;
  }
}

TEST(UpdateMetadata, RefusesAnUpdateControlThatIsNotZero) {
  Request request{.profile_policy_rules = Rules{rsp::kPprUpdateControl, rsp::kPpr2}};
  EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), "6A80");
}

// --- What version 2 does not allow (SGP.22 v2 against what version 3 adds) ---

TEST(UpdateMetadata, RefusesElementsOfOtherVersionsAndFunctions) {
  const char* const elements[] = {
      "BF2203800101",  // serviceSpecificDataStoredInEuicc
      "9F670101",      // fallbackAllowed
      "9501"
      "00",      // profileClass
      "B600",    // notificationConfigurationInfo
      "B700",    // profileOwner
      "5C0195",  // the list of what version 3 deletes
  };
  for (const char* element : elements) {
    Request request{.profile_name = std::string("New")};
    request.unknown.elements = rsp::from_hex(element).value();
    EXPECT_EQ(shown(update_metadata(metadata_with_pprs_and_icon(), request)), "6A80") << element;
  }
}

/// STORE DATA with BF2A around elements, in a script for the ISD-P.
std::string stored(BytesView elements, ProfileSink& sink) {
  Bytes own = isd_p();
  RemoteApplicationManagement ram(own, own, sink);
  std::string last;
  Bytes whole = rsp::asn1::constructed_tlv(Request::kTag, elements);
  for (const CommandApdu& command : for_isd_p(whole)) last = to_hex(ram.execute(command).encode());
  return last;
}

TEST(UpdateMetadata, ItsTextsAndIconHaveLimits) {
  struct Case {
    const char* what;
    std::uint32_t tag;
    Bytes content;
    const char* sw;
  };
  auto text = [](std::size_t size, std::string_view character) {
    Bytes out;
    for (std::size_t i = 0; i < size; ++i) rsp::append(out, rsp::view_of(character));
    return out;
  };
  const Case cases[] = {{"32 characters", 17, text(32, "x"), "9000"},
                        {"33 characters", 17, text(33, "x"), "6A80"},
                        {"32 wide characters", 17, text(32, "\xE6\xBC\xA2"), "9000"},
                        {"33 wide characters", 17, text(33, "\xE6\xBC\xA2"), "6A80"},
                        {"64 characters", 18, text(64, "x"), "9000"},
                        {"65 characters", 18, text(65, "x"), "6A80"}};
  for (const Case& c : cases) {
    ProfileSink sink;
    EXPECT_EQ(stored(rsp::asn1::tlv(rsp::asn1::context(c.tag), c.content), sink), c.sw) << c.what;
  }
  for (std::size_t size : {1024, 1025}) {
    ProfileSink sink;
    Bytes icon = rsp::concat({"930101"_hex, rsp::asn1::tlv(rsp::asn1::context(20), Bytes(size))});
    EXPECT_EQ(stored(icon, sink), size == 1024 ? "9000" : "6A80") << size;
  }
}

TEST(UpdateMetadata, ElementsOutOfPlaceAreRefusedOnTheWireToo) {
  for (const char* elements : {"900141", "950102",
                               "91014E"
                               "950102",
                               "5A0A98001032547698103214"}) {
    ProfileSink sink;
    EXPECT_EQ(stored(rsp::from_hex(elements).value(), sink), "6A80") << elements;
    EXPECT_EQ(sink.updates, 0u);
  }
}

// --- SGP.23 4.2.2.2.1, TC_eUICC_ES6.UpdateMetadata: SMS-PP in, status word 91xx, proof of receipt
// in SEND SHORT MESSAGE ---

/// The status word in the receipt of the last command; the envelope's where there is none.
std::string receipt(const Operator& op, const OtaOutcome& outcome) {
  EXPECT_EQ(outcome.envelope.sw, rsp::card::kOk) << "91xx, since a command waits";
  EXPECT_EQ(outcome.proactive_commands.size(), 1u);
  auto response = op.response(outcome);
  if (!response) return response.error().message();
  EXPECT_EQ(response->status, scp80::ResponseStatus::kPorOk);
  auto result = read_script_result(response->additional_data);
  return result ? to_string(result->responses.back().sw) : result.error().message();
}

TEST(TcEuiccEs6UpdateMetadata, Seq01NominalUnsetPpr1) {
  Operator op;
  CardUnderTest card;
  auto outcome =
      card.receive(op.compact(update_commands({.profile_policy_rules = Rules{rsp::kPpr2}})));
  EXPECT_EQ(receipt(op, outcome), "9000");
  EXPECT_EQ(card.sink.metadata.profile_policy_rules, Rules{rsp::kPpr2});
  EXPECT_EQ(card.sink.metadata.icon, Bytes("89504E47"_hex)) << "and nothing else";
}

TEST(TcEuiccEs6UpdateMetadata, Seq02NominalUnsetPpr2AndUpdateIcon) {
  Operator op;
  CardUnderTest card;
  Bytes icon(1024, 0xA5);
  auto envelopes = op.expanded(update_commands(
      {.icon_type = rsp::IconType::kJpg, .icon = icon, .profile_policy_rules = Rules{rsp::kPpr1}}));
  EXPECT_GT(envelopes.size(), 8u) << "an icon needs several short messages";
  EXPECT_EQ(receipt(op, card.receive(envelopes)), "9000");
  EXPECT_EQ(card.sink.metadata.profile_policy_rules, Rules{rsp::kPpr1});
  EXPECT_EQ(card.sink.metadata.icon_type, rsp::IconType::kJpg);
  EXPECT_EQ(card.sink.metadata.icon, icon);
}

TEST(TcEuiccEs6UpdateMetadata, ErrorsChangeNothingAndAreInTheReceipt) {
  struct Case {
    const char *what, *elements, *sw;
  };
  const Case cases[] = {{"update control", "990206C0", "6A80"},
                        {"icon without type", "9403FFD8FF", "6A80"},
                        {"type without icon", "930100", "6A80"},
                        {"an element of StoreMetadata",
                         "91014E"
                         "950102",
                         "6A80"}};
  for (const Case& c : cases) {
    Operator op;
    CardUnderTest card;
    auto before = shown(card.sink.metadata);
    Bytes request = rsp::asn1::constructed_tlv(Request::kTag, rsp::from_hex(c.elements).value());
    EXPECT_EQ(receipt(op, card.receive(op.compact(for_isd_p(request)))), c.sw) << c.what;
    EXPECT_EQ(shown(card.sink.metadata), before) << c.what;
  }
}

TEST(TcEuiccEs6UpdateMetadata, AnotherProfilesIsdPIsNotFound) {
  Operator op;
  CardUnderTest card;
  Bytes other = isd_p();
  other[14] = 0x11;
  auto commands = store_data("BF2A00"_hex);
  commands.insert(commands.begin(), install_for_personalization(other));
  EXPECT_EQ(receipt(op, card.receive(op.compact(commands))), "6A88");
  EXPECT_EQ(card.sink.updates, 0u);
}

}  // namespace
}  // namespace sim::ota::testing
