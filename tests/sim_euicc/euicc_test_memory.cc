// What takes the card's memory, what extCardResource says of it, and what happens when it is full
// (SGP.22 3.5, 5.5.3, 5.5.5, 5.7.8; TS 102 226 8.2.1.7.2).
#include "euicc_test_support.h"
#include "rsp/pki/crl_issuer.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;

using FreeMemory = EuiccTest;

/// What EUICCInfo2 says.
std::size_t free_memory(Bench& card) {
  Bytes octets = card.call(rsp::GetEuiccInfo2Request{}).ext_card_resource;
  rsp::asn1::Reader reader(octets);
  EXPECT_TRUE(reader.next_if(rsp::asn1::context(1)));
  return rsp::big_endian(reader.next_if(rsp::asn1::context(2))->content);
}

std::string load_onto(Bench& card, unsigned number) {
  Dp dp(card.pki);
  auto metadata = metadata_for(number);
  return card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments());
}

/// A load that fails, and leaves its result.
void fail_a_load(Bench& card, unsigned number) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(number), Bytes(100, 0x5A));
  EXPECT_THAT(card.load(card.bind(dp, plan).segments()), Not("installed"));
}

std::size_t whole_profile(unsigned number) {
  return memory_of(metadata_for(number)) + package_for(metadata_for(number)).size();
}

TEST_F(FreeMemory, IsLessByPackageMetadataAndResult) {
  std::size_t before = free_memory(card);
  EXPECT_EQ(before, card.persona.memory);
  card.install(1);
  EXPECT_EQ(before - free_memory(card), whole_profile(1) + card.result_der.size());
}

TEST_F(FreeMemory, IsAsBeforeWhenAllIsGoneAgain) {
  std::size_t before = free_memory(card);
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  EXPECT_LT(free_memory(card), before) << "notifications wait";
  for (std::uint32_t number : {1U, 2U, 3U, 4U}) card.remove_notification(number);
  EXPECT_EQ(free_memory(card), before);
}

TEST_F(FreeMemory, IsTheSameAfterAPowerCycle) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  std::size_t before = free_memory(card);
  card.power_cycle();
  EXPECT_EQ(free_memory(card), before);
}

TEST_F(FreeMemory, ANotificationTakesNoRoomForItsCertificates) {
  card.install(1);
  std::size_t before = free_memory(card);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_LT(before - free_memory(card), 200U);
  auto other = std::get<rsp::OtherSignedNotification>(card.pending().at(1));
  EXPECT_TRUE(rsp::equal(other.eum_certificate.der, card.pki.eum->certificate.der()));
}

TEST_F(FreeMemory, WritingAFileTakesNone) {
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  std::size_t before = card.euicc->memory().memory_used();
  EXPECT_EQ(card.apdu("00A4040C10A0000000871002FF01FF018900000100"), "9000");
  EXPECT_EQ(card.apdu("00A4000C026F7B"), "9000");
  EXPECT_EQ(card.apdu("00D600000300F110"), "9000");
  EXPECT_EQ(card.euicc->memory().memory_used(), before);
}

TEST(FullMemory, AProfileThatFitsExactlyIsInstalled) {
  for (std::size_t missing : {0U, 1U}) {
    Bench card;
    card.persona.memory = whole_profile(1) - missing;
    card.start();
    EXPECT_EQ(load_onto(card, 1),
              missing == 0 ? "installed"
                           : "loadProfileElements: installFailedDueToInsufficientMemoryForProfile");
  }
}

TEST(FullMemory, MetadataThatDoNotFitAreRefusedAsSuch) {  // SGP.22 5.5.3
  Bench card;
  card.persona.memory = memory_of(metadata_for(1)) - 1;
  card.start();
  EXPECT_EQ(load_onto(card, 1), "storeMetadata: installFailedDueToInsufficientMemoryForProfile");
}

TEST(FullMemory, APackageIsRefusedWithTheSegmentThatDoesNotFit) {
  Bench card;
  card.persona.memory = memory_of(metadata_for(1)) + 100;
  card.start();
  Dp dp(card.pki);
  auto whole = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  auto segments = whole.segments();
  segments.resize(segments.size() - whole.package.size() + 1);
  EXPECT_EQ(card.load(segments),
            "loadProfileElements: installFailedDueToInsufficientMemoryForProfile");
}

TEST(FullMemory, OffersNoAdditionalProfile) {
  Bench card;
  card.persona.memory = whole_profile(1);
  card.start();
  EXPECT_TRUE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kAdditionalProfile));
  card.install(1);
  EXPECT_FALSE(card.call(rsp::GetEuiccInfo2Request{}).rsp_capability.test(rsp::kAdditionalProfile));
  EXPECT_EQ(free_memory(card), 0U);
}

TEST(FullMemory, TakesNoCrl) {
  Bench card;
  card.persona.memory = whole_profile(1);
  card.start();
  card.install(1);
  auto what = rsp::pki::crl_template(card.clock.now(), 1);
  auto answer = card.call(rsp::LoadCrlRequest{{rsp::pki::issue_crl_der(what, card.pki.ci)}, {}});
  EXPECT_EQ(name_of(std::get<rsp::LoadCrlError>(answer.result)), "notEnoughMemorySpace");
}

TEST(FullMemory, TheOldestResultGivesWayToANewOne) {  // SGP.22 3.5
  Bench card;
  card.persona.memory = whole_profile(1) + 500;  // one other, and two results
  card.start();
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  for (unsigned i = 0; i < 3; ++i) fail_a_load(card, 2);
  EXPECT_THAT(card.notifications(), ElementsAre("2 enable", "4 install", "5 install"));
}

TEST(FullMemory, NotificationsOfOtherKindsStay) {
  Bench card;
  card.persona.memory = whole_profile(1);
  card.start();
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  fail_a_load(card, 2);
  EXPECT_THAT(card.notifications(), ElementsAre("2 enable", "3 disable", "4 install"));
}

// --- A card that is never read out ---

class FewNotifications : public ::testing::Test {
 protected:
  FewNotifications() {
    card.persona.max_notifications = 4;
    card.start();
  }
  Bench card;
};

TEST_F(FewNotifications, KeepsTheNewestResults) {
  for (unsigned i = 0; i < 10; ++i) fail_a_load(card, 1);
  EXPECT_THAT(card.notifications(),
              ElementsAre("7 install", "8 install", "9 install", "10 install"));
}

TEST_F(FewNotifications, RefusesWhatWouldMakeOneMore) {  // Not specified: the error
  card.install(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    EXPECT_EQ(card.disable(iccid(1)), "ok");
  }
  EXPECT_THAT(card.notifications(), ElementsAre("2 enable", "3 disable", "4 enable", "5 disable"));
  EXPECT_EQ(card.enable(iccid(1)), "undefinedError");
  EXPECT_EQ(card.remove(iccid(1)), "undefinedError");
  EXPECT_EQ(card.memory_reset({rsp::kDeleteOperationalProfiles}), "undefinedError");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
  EXPECT_EQ(card.remove_notification(2), "ok");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
}

TEST_F(FewNotifications, StillGivesTheResultOfALoad) {
  card.install(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    EXPECT_EQ(card.disable(iccid(1)), "ok");
  }
  for (unsigned i = 0; i < 3; ++i) fail_a_load(card, 2);
  EXPECT_THAT(card.notifications(),
              ElementsAre("2 enable", "3 disable", "4 enable", "5 disable", "8 install"));
}

// --- Records of earlier versions ---

TEST(NotificationRecord, WithItsCertificatesIsRead) {
  Bench card;
  card.start();
  card.install(1);
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  Bytes whole = rsp::encode_pending_notification(card.pending().at(1));
  StorageRecords records = card.storage.records();
  records.at("notification/00000002") = std::make_shared<const Bytes>(whole);
  MemoryStorage old(records);
  card.other_storage = &old;
  card.power_cycle();
  EXPECT_EQ(to_hex(rsp::encode_pending_notification(card.pending().at(1))), to_hex(whole));
}

}  // namespace
}  // namespace sim::testing
