// SGP.23 4.2.14 to 4.2.16: ES10b.ListNotification, RetrieveNotificationsList and
// RemoveNotificationFromList (SGP.22 5.7.9 to 5.7.11).
#include "profile_management_support.h"

namespace sgp23 {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::StartsWith;

/// A card on which each kind of notification waits: 1 install, 2 enable, 3 disable, 4 delete.
class NotificationCase : public CardCase {
 protected:
  explicit NotificationCase(Curve curve = Curve::kNistP256) : CardCase(curve) {
    card.install(1);
    installation_result = card.result_der;
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    EXPECT_EQ(card.disable(iccid(1)), "ok");
    EXPECT_EQ(card.remove(iccid(1)), "ok");
  }
  /// The numbers of the notifications in an A0 list of either function.
  std::vector<unsigned> numbers_in(std::string_view answer) {
    Bytes octets = rsp::from_hex(answer.substr(0, answer.size() - 4)).value();
    auto list = rsp::asn1::Reader(rsp::asn1::Reader(octets).peek()->content).peek();
    EXPECT_EQ(to_string(list->tag, list->constructed), "A0") << answer;
    std::vector<unsigned> out;
    rsp::asn1::Reader items(list->content);
    while (auto item = items.next()) out.push_back(number_of(*item));
    return out;
  }

  Bytes installation_result;

 private:
  /// BF2F is the element itself (ListNotification), the first in a 30, or the second in BF27 in
  /// BF37.
  static unsigned number_of(const rsp::asn1::Element& item) {
    rsp::asn1::Reader reader(item.content);
    auto first = reader.next();
    if (first->tag == rsp::asn1::context(0)) return first->content.back();
    if (first->tag == rsp::asn1::context(47))
      return rsp::asn1::Reader(first->content).peek()->content.back();
    rsp::asn1::Reader data(first->content);
    (void)data.next();
    return rsp::asn1::Reader(data.next()->content).peek()->content.back();
  }
};

std::string all_metadata() {
  return notification_metadata(1, kInstallBit, 1) + notification_metadata(2, kEnableBit, 1) +
         notification_metadata(3, kDisableBit, 1) + notification_metadata(4, kDeleteBit, 1);
}

// --- 4.2.14 ListNotification ---

using TC_eUICC_ES10b_ListNotification = NotificationCase;
using TC_eUICC_ES10b_ListNotification_NewCard = CardCase;

TEST_F(TC_eUICC_ES10b_ListNotification_NewCard, S01_Nominal_NoNotificationIsAnEmptyList) {
  expect_refused(card, "BF2800", "BF2802A0009000");
}

TEST_F(TC_eUICC_ES10b_ListNotification_NewCard, S02_Nominal_FilterOnACardWithoutNotification) {
  expect_refused(card, "BF2804810204F0", "BF2802A0009000");
}

TEST_F(TC_eUICC_ES10b_ListNotification_NewCard, S03_Nominal_ResultOfAFailedLoadHasNoIccidYet) {
  Dp dp(card.pki);
  auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  bpp.configure.back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
  std::string metadata = tlv_text(
      "BF2F", "8001018102" + std::string(kInstallBit) + tlv_text("0C", text_as_hex(kHost)));
  expect_refused(card, "BF2800", tlv_text("BF28", tlv_text("A0", metadata)) + "9000");
}

TEST_F(TC_eUICC_ES10b_ListNotification, S01_Nominal_AllInOrderOfTheirNumbers) {
  expect_refused(card, "BF2800", tlv_text("BF28", tlv_text("A0", all_metadata())) + "9000");
}

TEST_F(TC_eUICC_ES10b_ListNotification, S02_Nominal_TheSameAfterPowerCycle) {
  card.power_cycle();
  EXPECT_EQ(card.command("BF2800"), tlv_text("BF28", tlv_text("A0", all_metadata())) + "9000");
}

TEST_F(TC_eUICC_ES10b_ListNotification, S03_Nominal_WithoutTheOneThatWasRemoved) {
  EXPECT_EQ(card.command("BF3003800102"), "BF30038001009000");
  EXPECT_THAT(numbers_in(card.command("BF2800")), ElementsAre(1, 3, 4));
}

/// Bits of a filter, and the notifications that have one of them.
struct FilterRow {
  std::string name, bits;
  std::vector<unsigned> numbers;
};
void PrintTo(const FilterRow& row, std::ostream* out) { *out << row.bits; }

const std::vector<FilterRow> kFilters = {
    {"Install", "0780", {1}},
    {"Enable", "0640", {2}},
    {"Disable", "0520", {3}},
    {"Delete", "0410", {4}},
    {"InstallAndDelete", "0490", {1, 4}},
    {"EnableAndDisable", "0560", {2, 3}},
    {"AllFour", "04F0", {1, 2, 3, 4}},
    {"AllFourInAnUnshortenedOctet", "00F0", {1, 2, 3, 4}},
    {"InstallInTwoOctets", "008000", {1}},
    {"NoBit", "00", {}},
    {"NoBitInAnOctet", "0400", {}},
    {"OnlyBitsOfLaterVersions", "000F", {}},
    {"DeleteAndBitsOfLaterVersions", "001F", {4}},
};
std::string name_of_filter(const ::testing::TestParamInfo<FilterRow>& row) {
  return row.param.name;
}

class TC_eUICC_ES10b_ListNotification_Filter : public NotificationCase,
                                               public ::testing::WithParamInterface<FilterRow> {};

TEST_P(TC_eUICC_ES10b_ListNotification_Filter, S01_Nominal_GivesThoseOfTheseEvents) {
  std::string before = whole_state(card);
  std::string answer = card.command(tlv_text("BF28", tlv_text("81", GetParam().bits)));
  std::string expected;
  for (unsigned number : GetParam().numbers) {
    constexpr std::string_view kBits[] = {kInstallBit, kEnableBit, kDisableBit, kDeleteBit};
    expected += notification_metadata(number, kBits[number - 1], 1);
  }
  EXPECT_EQ(answer, tlv_text("BF28", tlv_text("A0", expected)) + "9000");
  EXPECT_EQ(whole_state(card), before);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ES10b_ListNotification_Filter,
                         ::testing::ValuesIn(kFilters), name_of_filter);

class TC_eUICC_ES10b_ListNotification_Malformed
    : public NotificationCase,
      public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10b_ListNotification_Malformed, S01_Error_ChangesNothing) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10b_ListNotification_Malformed,
    ::testing::Values(MalformedRow{"FilterWithoutOctets", "BF28028100", "BF280381017F9000"},
                      MalformedRow{"EightUnusedBits", "BF280481020880", "BF280381017F9000"},
                      MalformedRow{"UnusedBitsOfNothing", "BF2803810107", "BF280381017F9000"},
                      MalformedRow{"FilterCutShort", "BF28038102", "BF280381017F9000"},
                      MalformedRow{"LengthBeyondTheEnd", "BF2805810204F0", "BF280381017F9000"}),
    name_of_row);

// --- 4.2.15 RetrieveNotificationsList ---

using TC_eUICC_ES10b_RetrieveNotificationsList = NotificationCase;
using TC_eUICC_ES10b_RetrieveNotificationsList_NewCard = CardCase;

class TC_eUICC_ES10b_RetrieveNotificationsListBRP : public NotificationCase {
 protected:
  TC_eUICC_ES10b_RetrieveNotificationsListBRP() : NotificationCase(Curve::kBrainpoolP256r1) {}
};

/// The answer for number 2 to 4: BF2F as it must be, a good signature over it, both certificates.
void expect_other_notification(Bench& card, unsigned number, std::string_view event_bits) {
  Reply reply = card.command(rsp::from_hex(fmt::format("BF2B05A0038001{:02X}", number)).value());
  EXPECT_EQ(reply.sw, 0x9000);
  auto response = rsp::asn1::decode<rsp::RetrieveNotificationsListResponse>(reply.data).value();
  auto& list = std::get<rsp::PendingNotificationList>(response.result);
  ASSERT_EQ(list.size(), 1U);
  auto& other = std::get<rsp::OtherSignedNotification>(list[0]);
  EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {other.tbs_other_notification.der},
                        other.euicc_notification_signature));
  std::string expected =
      tlv_text("30", notification_metadata(number, event_bits, 1) +
                         tlv_text("5F37", to_hex(other.euicc_notification_signature)) +
                         to_hex(card.pki.euicc->certificate.der()) +
                         to_hex(card.pki.eum->certificate.der()));
  EXPECT_EQ(to_hex(reply.data), tlv_text("BF2B", tlv_text("A0", expected)));
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList_NewCard, S01_Nominal_NoneIsAnEmptyList) {
  expect_refused(card, "BF2B00", "BF2B02A0009000");
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList_NewCard, S02_Nominal_NumberOnACardWithoutAny) {
  expect_refused(card, "BF2B05A003800101", "BF2B02A0009000");
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S01_Nominal_InstallationResultByNumber) {
  expect_refused(card, "BF2B05A003800101",
                 tlv_text("BF2B", tlv_text("A0", to_hex(installation_result))) + "9000");
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S02_Nominal_EnableNotificationByNumber) {
  expect_other_notification(card, 2, kEnableBit);
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S03_Nominal_DisableNotificationByNumber) {
  expect_other_notification(card, 3, kDisableBit);
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S04_Nominal_DeleteNotificationByNumber) {
  expect_other_notification(card, 4, kDeleteBit);
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsListBRP, S01_Nominal_SignedOnBrainpool) {
  auto result = std::get<rsp::ProfileInstallationResult>(card.pending().at(0));
  EXPECT_TRUE(
      signed_by(card.pki.euicc->certificate.der(), {result.data.der}, result.euicc_sign_pir));
  expect_other_notification(card, 2, kEnableBit);
  expect_other_notification(card, 3, kDisableBit);
  expect_other_notification(card, 4, kDeleteBit);
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S05_Nominal_AllWithoutCriteria) {
  EXPECT_THAT(numbers_in(card.command("BF2B00")), ElementsAre(1, 2, 3, 4));
}

// Of SGP.22 the list of errors first had noResultAvailable(1); later versions answer an empty list
// (sgp22.md A.4).
TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S06_Nominal_UnknownNumberIsAnEmptyList) {
  expect_refused(card, "BF2B05A003800105", "BF2B02A0009000");
  expect_refused(card, "BF2B05A003800100", "BF2B02A0009000");
  expect_refused(card, "BF2B09A007800500FFFFFFFF", "BF2B02A0009000");
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S07_Nominal_RetrievingTwiceGivesTheSameOctets) {
  std::string first = card.command("BF2B00");
  expect_refused(card, "BF2B00", first);
  card.power_cycle();
  expect_refused(card, "BF2B00", first);
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S08_Nominal_ARemovedOneIsNotRetrieved) {
  EXPECT_EQ(card.command("BF3003800103"), "BF30038001009000");
  EXPECT_EQ(card.command("BF2B05A003800103"), "BF2B02A0009000");
  EXPECT_THAT(numbers_in(card.command("BF2B00")), ElementsAre(1, 2, 4));
}

TEST_F(TC_eUICC_ES10b_RetrieveNotificationsList, S09_Nominal_LongAnswerComesByGetResponse) {
  std::string whole = card.command("BF2B00");
  EXPECT_EQ(card.apdu("00A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  std::string part = card.apdu("80E2910003BF2B0000"), octets;
  while (part.substr(part.size() - 4, 2) == "61") {
    octets += part.substr(0, part.size() - 4);
    part = card.apdu("00C0000000");
    ASSERT_LE(part.size(), 2U * 256 + 4);
  }
  EXPECT_EQ(octets + part, whole);
}

class TC_eUICC_ES10b_RetrieveNotificationsList_Filter
    : public NotificationCase,
      public ::testing::WithParamInterface<FilterRow> {};

TEST_P(TC_eUICC_ES10b_RetrieveNotificationsList_Filter, S01_Nominal_GivesThoseOfTheseEvents) {
  std::string before = whole_state(card);
  std::string answer =
      card.command(tlv_text("BF2B", tlv_text("A0", tlv_text("81", GetParam().bits))));
  EXPECT_EQ(numbers_in(answer), GetParam().numbers);
  EXPECT_EQ(whole_state(card), before);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ES10b_RetrieveNotificationsList_Filter,
                         ::testing::ValuesIn(kFilters), name_of_filter);

class TC_eUICC_ES10b_RetrieveNotificationsList_Malformed
    : public NotificationCase,
      public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10b_RetrieveNotificationsList_Malformed, S01_Error_ChangesNothing) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10b_RetrieveNotificationsList_Malformed,
    ::testing::Values(MalformedRow{"EmptyCriteria", "BF2B02A000", "BF2B0381017F9000"},
                      MalformedRow{"NumberWithoutOctets", "BF2B04A0028000", "BF2B0381017F9000"},
                      MalformedRow{"NegativeNumber", "BF2B05A0038001FF", "BF2B0381017F9000"},
                      MalformedRow{"NumberOfFiveOctets", "BF2B09A00780050100000000",
                                   "BF2B0381017F9000"},
                      MalformedRow{"TwoCriteria", "BF2B09A00780010181020780", "BF2B0381017F9000"},
                      MalformedRow{"UnknownCriterion", "BF2B05A003830101", "BF2B0381017F9000"},
                      MalformedRow{"CriteriaCutShort", "BF2B04A0038001", "BF2B0381017F9000"}),
    name_of_row);

// --- 4.2.16 RemoveNotificationFromList ---

using TC_eUICC_ES10b_RemoveNotificationFromList = NotificationCase;
using TC_eUICC_ES10b_RemoveNotificationFromList_NewCard = CardCase;

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S01_Nominal_InstallationResult) {
  EXPECT_EQ(card.command("BF3003800101"), answered("BF30", 0));
  EXPECT_THAT(card.notifications(), ElementsAre("2 enable", "3 disable", "4 delete"));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S02_Nominal_OneInTheMiddle) {
  EXPECT_EQ(card.command("BF3003800103"), answered("BF30", 0));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 enable", "4 delete"));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S03_Nominal_AllFromTheLastToTheFirst) {
  for (unsigned number : {4U, 3U, 2U, 1U})
    EXPECT_EQ(card.command(fmt::format("BF30038001{:02X}", number)), answered("BF30", 0));
  EXPECT_EQ(card.command("BF2800"), "BF2802A0009000");
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S04_Nominal_StaysRemovedAfterPowerCycle) {
  EXPECT_EQ(card.command("BF3003800102"), answered("BF30", 0));
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "3 disable", "4 delete"));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S05_Nominal_ItsNumberIsNotUsedAgain) {
  for (unsigned number : {1U, 2U, 3U, 4U})
    EXPECT_EQ(card.command(fmt::format("BF30038001{:02X}", number)), answered("BF30", 0));
  card.power_cycle();
  card.install(2);
  EXPECT_THAT(card.notifications(), ElementsAre("5 install"));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S06_Nominal_NumberOfTwoOctets) {
  auto many = metadata_for(2);
  many.notification_configuration_info->assign(150, {{rsp::kNotificationEnable}, "a.example", {}});
  card.install(many);                                              // 5
  EXPECT_EQ(card.enable(iccid(2)), "ok");                          // 6 to 155
  EXPECT_EQ(card.command("BF300480020080"), answered("BF30", 0));  // 128
  EXPECT_EQ(card.command("BF300480020080"), answered("BF30", 1));
  EXPECT_EQ(card.notifications().size(), 154U);
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S07_Error_NothingToDeleteTheSecondTime) {
  EXPECT_EQ(card.command("BF3003800102"), answered("BF30", 0));
  expect_refused(card, "BF3003800102", answered("BF30", 1));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList, S08_Error_NothingToDeleteForAnUnknownNumber) {
  expect_refused(card, "BF3003800105", answered("BF30", 1));
  expect_refused(card, "BF3003800100", answered("BF30", 1));
  expect_refused(card, "BF3007800500FFFFFFFF", answered("BF30", 1));
}

TEST_F(TC_eUICC_ES10b_RemoveNotificationFromList_NewCard, S01_Error_NothingToDelete) {
  expect_refused(card, "BF3003800101", answered("BF30", 1));
}

class TC_eUICC_ES10b_RemoveNotificationFromList_Malformed
    : public NotificationCase,
      public ::testing::WithParamInterface<MalformedRow> {};

TEST_P(TC_eUICC_ES10b_RemoveNotificationFromList_Malformed, S01_Error_ChangesNothing) {
  expect_refused(card, GetParam().command, GetParam().answer);
}
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_eUICC_ES10b_RemoveNotificationFromList_Malformed,
    ::testing::Values(MalformedRow{"WithoutNumber", "BF3000", "BF300380017F9000"},
                      MalformedRow{"NumberWithoutOctets", "BF30028000", "BF300380017F9000"},
                      MalformedRow{"NegativeNumber", "BF30038001FF", "BF300380017F9000"},
                      MalformedRow{"NumberOfFiveOctets", "BF300780050100000000",
                                   "BF300380017F9000"},
                      MalformedRow{"WrongTag", "BF3003020101", "BF300380017F9000"},
                      MalformedRow{"CutShort", "BF30038001", "BF300380017F9000"}),
    name_of_row);

}  // namespace
}  // namespace sgp23
