// ES10b: notifications, as they are made, listed, retrieved and removed (SGP.22 3.5, 5.7.9
// to 5.7.11).
#include "euicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Notifications = EuiccTest;

std::vector<std::string> listed(Bench& card, const rsp::asn1::BitString& filter) {
  std::vector<std::string> out;
  auto response = card.call(rsp::ListNotificationRequest{filter, {}});
  for (const auto& metadata : std::get<rsp::NotificationMetadataList>(response.result)) {
    out.push_back(std::to_string(metadata.seq_number));
  }
  return out;
}

std::vector<std::string> retrieved(
    Bench& card, const std::variant<std::uint32_t, rsp::asn1::BitString>& search) {
  std::vector<std::string> out;
  auto response = card.call(rsp::RetrieveNotificationsListRequest{search, {}});
  for (const auto& pending : std::get<rsp::PendingNotificationList>(response.result)) {
    out.push_back(std::to_string(rsp::metadata_of(pending).seq_number));
  }
  return out;
}

/// 1 install, 2 enable, 3 disable, 4 delete.
void make_one_of_each(Bench& card) {
  card.install(1);
  card.enable(iccid(1));
  card.disable(iccid(1));
  card.remove(iccid(1));
}

TEST_F(Notifications, ANewCardHasNone) {
  EXPECT_EQ(card.command("BF2800"), "BF2802A0009000");
  EXPECT_EQ(card.command("BF2B00"), "BF2B02A0009000");
}

TEST_F(Notifications, EachEventIsRecordedWithTheNextNumber) {
  make_one_of_each(card);
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 enable", "3 disable", "4 delete"));
}

TEST_F(Notifications, NameEventAddressAndProfile) {
  make_one_of_each(card);
  for (const auto& pending : card.pending()) {
    const auto& metadata = rsp::metadata_of(pending);
    EXPECT_EQ(metadata.profile_management_operation.bits().size(), 1U);
    EXPECT_EQ(metadata.notification_address, kHost);
    EXPECT_EQ(metadata.iccid, iccid(1));
  }
}

TEST_F(Notifications, OfEventsThatTheProfileDoesNotWantToldAreNotMade) {
  auto metadata = metadata_for(1);
  metadata.notification_configuration_info.reset();
  card.install(metadata);
  card.enable(iccid(1));
  card.disable(iccid(1));
  card.remove(iccid(1));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));  // the installation result
}

TEST_F(Notifications, GoToEachAddressThatIsConfigured) {
  auto metadata = metadata_for(1);
  metadata.notification_configuration_info = {
      {{rsp::kNotificationEnable}, "a.example", {}},
      {{rsp::kNotificationEnable, rsp::kNotificationDisable}, "b.example", {}}};
  card.install(metadata);
  card.enable(iccid(1));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 enable", "3 enable"));
  auto pending = card.pending();
  EXPECT_EQ(rsp::metadata_of(pending.at(1)).notification_address, "a.example");
  EXPECT_EQ(rsp::metadata_of(pending.at(2)).notification_address, "b.example");
}

// --- ListNotification and RetrieveNotificationsList ---

TEST_F(Notifications, ListIsFilteredByEvents) {
  make_one_of_each(card);
  EXPECT_THAT(listed(card, {rsp::kNotificationInstall}), ElementsAre("1"));
  EXPECT_THAT(listed(card, {rsp::kNotificationEnable}), ElementsAre("2"));
  EXPECT_THAT(listed(card, {rsp::kNotificationDisable}), ElementsAre("3"));
  EXPECT_THAT(listed(card, {rsp::kNotificationDelete}), ElementsAre("4"));
  EXPECT_THAT(listed(card, {rsp::kNotificationEnable, rsp::kNotificationDelete}),
              ElementsAre("2", "4"));
}

TEST_F(Notifications, AFilterWithoutEventsFindsNothing) {
  make_one_of_each(card);
  EXPECT_THAT(listed(card, {}), IsEmpty());
}

TEST_F(Notifications, AreRetrievedByEvents) {
  make_one_of_each(card);
  rsp::asn1::BitString switches{rsp::kNotificationEnable, rsp::kNotificationDisable};
  EXPECT_THAT(retrieved(card, switches), ElementsAre("2", "3"));
}

TEST_F(Notifications, AreRetrievedByNumber) {
  make_one_of_each(card);
  for (std::uint32_t number = 1; number <= 4; ++number) {
    EXPECT_THAT(retrieved(card, number), ElementsAre(std::to_string(number)));
  }
}

TEST_F(Notifications,
       ANumberThatIsNotThereIsAnEmptyList) {  // sgp22.md A.4: noResultAvailable is gone
  make_one_of_each(card);
  EXPECT_THAT(retrieved(card, std::uint32_t{5}), IsEmpty());
  EXPECT_EQ(card.command("BF2B05A003800105"), "BF2B02A0009000");
}

TEST_F(Notifications, RetrievingDoesNotRemove) {
  make_one_of_each(card);
  std::string first = card.command("BF2B00");
  EXPECT_EQ(card.command("BF2B00"), first);
}

TEST_F(Notifications, AreTheSameOctetsAfterPowerLoss) {
  make_one_of_each(card);
  std::string before = card.command("BF2B00");
  card.power_cycle();
  EXPECT_EQ(card.command("BF2B00"), before);
}

TEST_F(Notifications, OutliveTheirProfile) {
  make_one_of_each(card);
  EXPECT_THAT(card.profiles(), IsEmpty());
  EXPECT_THAT(retrieved(card, std::uint32_t{4}), ElementsAre("4"));
}

// --- RemoveNotificationFromList ---

TEST_F(Notifications, AreRemovedOneByOne) {
  make_one_of_each(card);
  EXPECT_EQ(card.command("BF3003800102"), "BF30038001009000");
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "3 disable", "4 delete"));
}

TEST_F(Notifications, OneThatIsNotThereCannotBeRemoved) {
  make_one_of_each(card);
  EXPECT_EQ(card.remove_notification(2), "ok");
  EXPECT_EQ(card.remove_notification(2), "nothingToDelete");
  EXPECT_EQ(card.remove_notification(5), "nothingToDelete");
  EXPECT_EQ(card.remove_notification(0xFFFFFFFF), "nothingToDelete");
}

TEST_F(Notifications, StayRemovedAfterPowerLoss) {
  make_one_of_each(card);
  card.remove_notification(1);
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ElementsAre("2 enable", "3 disable", "4 delete"));
}

TEST_F(Notifications, NumbersAreNotUsedAgain) {  // SGP.22 3.5
  make_one_of_each(card);
  for (std::uint32_t number = 1; number <= 4; ++number) card.remove_notification(number);
  card.install(2);
  card.power_cycle();
  card.remove_notification(5);
  card.power_cycle();
  card.enable(iccid(2));
  EXPECT_THAT(card.notifications(), ElementsAre("6 enable"));
}

TEST_F(Notifications, NumbersBeyondOneOctetAreShownInFull) {  // pitfall H 21
  auto metadata = metadata_for(1);
  std::vector<rsp::NotificationConfiguration> many(60,
                                                   {{rsp::kNotificationEnable}, "a.example", {}});
  metadata.notification_configuration_info = many;
  card.install(metadata);
  for (int i = 0; i < 3; ++i) {
    card.enable(iccid(1));
    card.disable(iccid(1));
  }
  EXPECT_EQ(card.notifications().back(), "181 enable");
  EXPECT_THAT(retrieved(card, std::uint32_t{181}), ElementsAre("181"));
  EXPECT_EQ(card.command("BF3004800200B5"), "BF30038001009000");
}

// --- Signatures ---

TEST_F(Notifications, TheInstallationResultIsSignedByTheEuicc) {  // SGP.22 2.5.6: over the BF27 TLV
  card.install(1);
  auto result = std::get<rsp::ProfileInstallationResult>(card.pending().at(0));
  EXPECT_TRUE(
      signed_by(card.pki.euicc->certificate.der(), {result.data.der}, result.euicc_sign_pir));
}

TEST_F(Notifications, OthersAreSignedAndBringTheirCertificates) {  // over the BF2F TLV
  make_one_of_each(card);
  auto pending = card.pending();
  ASSERT_EQ(pending.size(), 4U);
  for (std::size_t i = 1; i < pending.size(); ++i) {
    auto& other = std::get<rsp::OtherSignedNotification>(pending[i]);
    EXPECT_TRUE(rsp::equal(other.euicc_certificate.der, card.pki.euicc->certificate.der()));
    EXPECT_TRUE(rsp::equal(other.eum_certificate.der, card.pki.eum->certificate.der()));
    EXPECT_TRUE(signed_by(other.euicc_certificate.der, {other.tbs_other_notification.der},
                          other.euicc_notification_signature));
  }
}

}  // namespace
}  // namespace sim::testing
