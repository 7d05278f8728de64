// Delivering notifications (SGP.22 v2, 3.5; C.6; SGP.33-3 4.4 ES9+.HandleNotification).
#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

using Strings = std::vector<std::string>;

constexpr const char* kOtherHost = "notify.example.com";

struct Notifications : LpaTest {
  Notifications() { start(); }

  /// The operations that the order's profile reports, and to which addresses.
  void report_to(std::vector<std::string> addresses) {
    std::vector<rsp::NotificationConfiguration> all;
    for (const std::string& address : addresses) {
      all.push_back({{rsp::kNotificationInstall, rsp::kNotificationEnable,
                      rsp::kNotificationDisable, rsp::kNotificationDelete},
                     address,
                     {}});
    }
    order().metadata.notification_configuration_info = std::move(all);
  }
  void download_and_enable() {
    aid = must(download()).isdp_aid;
    must(lpa->enable(aid));
  }
  /// "sequence number: ok", or what went wrong with it.
  Strings deliver() {
    Strings out;
    for (const Delivery& delivery : must(lpa->deliver_notifications())) {
      std::string result = "ok";
      if (delivery.error) result = summary(rsp::Status(rsp::failure(*delivery.error)));
      out.push_back(std::to_string(delivery.metadata.seq_number) + ": " + result);
    }
    return out;
  }
  std::vector<std::uint32_t> waiting() {
    std::vector<std::uint32_t> numbers;
    for (const auto& metadata : must(lpa->notifications())) numbers.push_back(metadata.seq_number);
    return numbers;
  }
  static std::string to(const std::string& address, const char* what) {
    return address + ": " + what;
  }

  rsp::Aid aid;
  std::string host{kHost};
};

TEST_F(Notifications, NoneIsNoError) {
  EXPECT_EQ(deliver(), Strings{});
  EXPECT_EQ(es9->calls, Strings{});
}

// #1, #2: the result of the installation before what came after it.
TEST_F(Notifications, AreDeliveredInTheOrderOfTheirNumbers) {
  report_to({host});
  download_and_enable();
  EXPECT_EQ(deliver(), (Strings{"1: ok", "2: ok", "3: ok"}));
  EXPECT_EQ(es9->notified,
            (Strings{to(host, "result 1"), to(host, "install 2"), to(host, "enable 3")}));
  EXPECT_EQ(waiting(), std::vector<std::uint32_t>{});
  EXPECT_EQ(order().history, (Strings{"released", "downloaded", "installed", "install", "enable"}));
}

// #3, #9.
TEST_F(Notifications, OfADeletedProfileAreDeliveredToo) {
  report_to({host});
  download_and_enable();
  deliver();
  must(lpa->disable(aid));
  must(lpa->remove(aid));
  EXPECT_EQ(deliver(), (Strings{"4: ok", "5: ok"}));
  EXPECT_EQ(order().history.back(), "delete");
}

// #6.
TEST_F(Notifications, AFailedInstallationIsDelivered) {
  order().profile_package = std::make_shared<const rsp::Bytes>(100, std::uint8_t{0});
  EXPECT_FALSE(download());
  EXPECT_EQ(deliver(), Strings{"1: ok"});
  EXPECT_EQ(state(), "error");
}

// #4, #5: each goes to the address that it names.
TEST_F(Notifications, GoToTheirOwnAddresses) {
  report_to({host, kOtherHost});
  download_and_enable();
  EXPECT_EQ(deliver(), (Strings{"1: ok", "2: ok", "3: ok", "4: ok", "5: ok"}));
  EXPECT_EQ(es9->notified,
            (Strings{to(host, "result 1"), to(host, "install 2"), to(kOtherHost, "install 3"),
                     to(host, "enable 4"), to(kOtherHost, "enable 5")}));
}

// SGP.22 3.5: a notification is taken off the card when it was acknowledged, and not a moment
// before.
TEST_F(Notifications, StayOnTheCardUntilTheyAreAcknowledged) {
  report_to({host});
  download_and_enable();
  es9->on_notification = [&](const rsp::PendingNotification& notification) {
    EXPECT_TRUE(memory().notifications.contains(rsp::metadata_of(notification).seq_number));
  };
  EXPECT_EQ(deliver().size(), 3u);
  EXPECT_TRUE(memory().notifications.empty());
}

// #8: no acknowledgement, so nothing more to that address; the others go on.
TEST_F(Notifications, ASilentAddressGetsNoMoreWhileOthersGoOn) {
  report_to({host, kOtherHost});
  download_and_enable();
  es9->silent = {host};
  EXPECT_EQ(deliver(), (Strings{"1: transport HTTPS", "3: ok", "5: ok"}));
  EXPECT_EQ(es9->notified, (Strings{to(host, "result 1"), to(kOtherHost, "install 3"),
                                    to(kOtherHost, "enable 5")}));
  EXPECT_EQ(waiting(), (std::vector<std::uint32_t>{1, 2, 4}));
}

// Pitfall H 33: an address in another case is the same address.
TEST_F(Notifications, ASilentAddressIsSilentInEveryCase) {
  report_to({"TESTSMDPPLUS1.example.com", kOtherHost});
  download_and_enable();
  es9->silent = {host, "TESTSMDPPLUS1.example.com"};
  EXPECT_EQ(deliver(), (Strings{"1: transport HTTPS", "3: ok", "5: ok"}));
}

// #7: as soon as the address answers again, all of it comes, in order.
TEST_F(Notifications, AreDeliveredLaterInTheirOrder) {
  report_to({host});
  download_and_enable();
  es9->silent = {host};
  EXPECT_EQ(deliver(), Strings{"1: transport HTTPS"});
  EXPECT_EQ(waiting().size(), 3u);
  es9->be_honest();
  es9->notified.clear();
  EXPECT_EQ(deliver(), (Strings{"1: ok", "2: ok", "3: ok"}));
  EXPECT_EQ(es9->notified,
            (Strings{to(host, "result 1"), to(host, "install 2"), to(host, "enable 3")}));
}

// An address that falls silent in the middle keeps the order too.
TEST_F(Notifications, StopWhereAnAddressFallsSilent) {
  report_to({host});
  download_and_enable();
  es9->on_notification = [&](const auto&) { es9->silent = {host}; };
  EXPECT_EQ(deliver(), (Strings{"1: ok", "2: transport HTTPS"}));
  EXPECT_EQ(waiting(), (std::vector<std::uint32_t>{2, 3}));
}

// The acknowledgement was lost: it is delivered again, and the server has seen it before.
TEST_F(Notifications, WhoseAcknowledgementWasLostAreDeliveredAgain) {
  download_and_enable();
  es9->lost_answers["handleNotification"] = AlteringEs9::no_answer();
  EXPECT_EQ(deliver(), Strings{"1: timeout HTTPS"});
  EXPECT_EQ(state(), "installed");
  es9->be_honest();
  EXPECT_EQ(deliver(), (Strings{"1: ok", "2: ok"}));
  EXPECT_EQ(state(), "installed");
}

// C.6: only RemoveNotificationFromList removes; a card that refuses that keeps it.
TEST_F(Notifications, ThatCannotBeRemovedAreReported) {
  download_and_enable();
  link->intercept = instead_of("BF30", sw(0x6985));
  EXPECT_EQ(deliver(), Strings{"1: apdu ES10b.RemoveNotificationFromList 6985"});
  EXPECT_EQ(waiting(), (std::vector<std::uint32_t>{1, 2}));
  link->intercept = instead_of("BF30", *rsp::from_hex("BF300380017F9000"));
  EXPECT_EQ(deliver(), Strings{"1: card ES10b.RemoveNotificationFromList undefinedError"});
}

TEST_F(Notifications, ThatTheCardDoesNotGiveAreReported) {
  download_and_enable();
  link->intercept = instead_of("BF2B", *rsp::from_hex("BF2B02A0009000"));
  EXPECT_EQ(deliver(), Strings{"1: card ES10b.RetrieveNotificationsList"});
  EXPECT_EQ(es9->notified, Strings{});
}

TEST_F(Notifications, AListThatCannotBeReadIsAnError) {
  link->intercept = instead_of("BF28", *rsp::from_hex("BF280381017F9000"));
  EXPECT_EQ(summary(lpa->deliver_notifications()), "card ES10b.ListNotification undefinedError");
}

// C.6: numbers may have gaps and any size, and a card may list them in any order.
TEST_F(Notifications, AreSortedWhateverTheCardsOrder) {
  rsp::NotificationMetadataList list;
  for (std::uint32_t number : {70'000u, 3u, 4'000'000'000u, 250u}) {
    list.push_back({number, {rsp::kNotificationEnable}, "host.example.com", std::nullopt, {}});
  }
  auto answer = rsp::asn1::encode(rsp::ListNotificationResponse{list});
  link->intercept = instead_of("BF28", rsp::concat({answer, sw(0x9000)}));
  EXPECT_EQ(waiting(), (std::vector<std::uint32_t>{3, 250, 70'000, 4'000'000'000}));
}

TEST_F(Notifications, OneCanBeRemovedByItsNumber) {
  download_and_enable();
  EXPECT_EQ(summary(lpa->remove_notification(1)), "ok");
  EXPECT_EQ(waiting(), std::vector<std::uint32_t>{2});
  EXPECT_EQ(summary(lpa->remove_notification(1)),
            "card ES10b.RemoveNotificationFromList nothingToDelete");
}

}  // namespace
}  // namespace lpa::testing
