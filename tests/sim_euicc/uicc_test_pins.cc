// PINs, ADM keys and PUKs of the running profile (ETSI TS 102 221, 9.5 and 11.1.9 to 11.1.13).
#include "profile_image_test_support.h"
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using VerifyPin = UiccTest;
using ChangePin = UiccTest;
using DisablePin = UiccTest;
using EnablePin = UiccTest;
using UnblockPin = UiccTest;

constexpr std::string_view kWrong = "3939393939393939";

TEST_F(VerifyPin, RightIsDone) { EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000"); }

TEST_F(VerifyPin, WrongCountsDown) {
  EXPECT_EQ(card.apdu("0020000A08" + std::string(kWrong)), "63C9");
  EXPECT_EQ(card.apdu("0020000A08" + std::string(kWrong)), "63C8");
}

TEST_F(VerifyPin, WithoutAValueTellsHowManyAttemptsAreLeft) {
  EXPECT_EQ(card.apdu("0020000A"), "63CA");
  select_usim();
  EXPECT_EQ(card.apdu("00200081"), "63C3");
}

TEST_F(VerifyPin, RightBringsTheAttemptsBack) {
  card.apdu("0020000A08" + std::string(kWrong));
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000");
  EXPECT_EQ(card.apdu("0020000A"), "63CA");
}

TEST_F(VerifyPin, TheAttemptsSurviveAPowerCycle) {
  select_usim();
  card.apdu("0020008108" + std::string(kWrong));
  card.power_cycle();
  select_usim();
  EXPECT_EQ(card.apdu("00200081"), "63C2");
}

TEST_F(VerifyPin, ThreeTimesWrongBlocks) {
  select_usim();
  EXPECT_EQ(card.apdu("0020008108" + std::string(kWrong)), "63C2");
  EXPECT_EQ(card.apdu("0020008108" + std::string(kWrong)), "63C1");
  EXPECT_EQ(card.apdu("0020008108" + std::string(kWrong)), "63C0");
  EXPECT_EQ(card.apdu("0020008108" + std::string(kWrong)), "6983");
  EXPECT_EQ(card.apdu("002000810830303030FFFFFFFF"), "6983") << "the right one is too late";
}

TEST_F(VerifyPin, WrongTakesBackWhatARightOneAllowed) {
  select_usim();
  verify_pin2();
  EXPECT_EQ(card.apdu("0020008108" + std::string(kWrong)), "63C2");
  EXPECT_EQ(card.apdu("00A4000C026F3B"), "9000");
  EXPECT_EQ(card.apdu("00DC01041A" + std::string(52, 'F')), "6982");
}

TEST_F(VerifyPin, ThatIsDisabledNeedsNoVerification) {
  EXPECT_EQ(card.apdu("002000010830303030FFFFFFFF"), "6984");
}

TEST_F(VerifyPin, ThatNobodyHasIsNotFound) {
  EXPECT_EQ(card.apdu("00200002083535353535353535"), "6A88");
  EXPECT_EQ(card.apdu("00200081083535353535353535"), "6A88") << "PIN2 is the USIM's";
}

TEST_F(VerifyPin, OfAnotherLengthIsRefusedAndNotCounted) {
  EXPECT_EQ(card.apdu("0020000A0735353535353535"), "6700");
  EXPECT_EQ(card.apdu("0020000A"), "63CA");
}

TEST_F(VerifyPin, WithP1IsRefused) { EXPECT_EQ(card.apdu("0020010A083535353535353535"), "6A86"); }

TEST_F(VerifyPin, IsRememberedOnEveryChannel) {
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01A4040C07A0000000871002"), "9000");
  EXPECT_EQ(card.apdu("01A4000C026F46"), "9000");
  EXPECT_EQ(card.apdu("01D600000101"), "9000");
}

TEST_F(ChangePin, TakesTheNewOneFromNowOn) {
  EXPECT_EQ(card.apdu("0024000A1035353535353535353131313131313131"), "9000");
  card.power_cycle();
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "63C9");
  EXPECT_EQ(card.apdu("0020000A083131313131313131"), "9000");
}

TEST_F(ChangePin, WithAWrongOldOneChangesNothing) {
  EXPECT_EQ(card.apdu("0024000A10" + std::string(kWrong) + "3131313131313131"), "63C9");
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000");
}

TEST(Changing, APinThatMayNotBeChangedIsRefused) {  // bit 2 of pinAttributes
  Bench card;
  card.start();
  auto metadata = metadata_for(1);
  auto package = rsp::saip::decode_package(package_for(metadata)).value();
  auto& pins = body<rsp::saip::PinCodes>(package, "pinCodes").pin_codes;
  std::get<rsp::saip::PinConfigurations>(pins).back().pin_attributes = 1;  // ADM1
  Dp dp(card.pki);
  auto plan = dp.plan(metadata, rsp::saip::encode_package(package));
  EXPECT_EQ(card.load(card.bind(dp, plan).segments()), "installed");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu("0024000A1035353535353535353131313131313131"), "6985");
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000");
}

TEST_F(ChangePin, OfADisabledPinIsRefused) {
  EXPECT_EQ(card.apdu("002400011030303030FFFFFFFF3131313131313131"), "6984");
}

TEST_F(EnablePin, MakesItNecessary) {
  EXPECT_EQ(card.apdu("002800010830303030FFFFFFFF"), "9000");
  EXPECT_EQ(card.apdu("002800010830303030FFFFFFFF"), "6984") << "it is enabled already";
}

TEST_F(DisablePin, MakesItUnnecessary) {
  EXPECT_EQ(card.apdu("002800010830303030FFFFFFFF"), "9000");
  EXPECT_EQ(card.apdu("002600010830303030FFFFFFFF"), "9000");
  card.power_cycle();
  select_usim();
  EXPECT_EQ(card.apdu("00A4000C026F07"), "9000");
  EXPECT_THAT(card.apdu("00B0000009"), ::testing::EndsWith("9000"));
}

TEST_F(DisablePin, ThatMayNotBeDisabledIsRefused) {
  EXPECT_EQ(card.apdu("0026000A083535353535353535"), "6985");
}

TEST_F(UnblockPin, GivesANewPinAndItsAttempts) {
  select_usim();
  for (int i = 0; i < 3; ++i) card.apdu("0020008108" + std::string(kWrong));
  EXPECT_EQ(card.apdu("002C00811032323232323232323131313131313131"), "9000");
  EXPECT_EQ(card.apdu("00200081"), "63C3");
  EXPECT_EQ(card.apdu("0020008108"
                      "3131313131313131"),
            "9000");
}

TEST_F(UnblockPin, WithAWrongPukCountsDown) {
  select_usim();
  EXPECT_EQ(card.apdu("002C0081"), "63CA");
  EXPECT_EQ(card.apdu("002C008110" + std::string(kWrong) + "3131313131313131"), "63C9");
  card.power_cycle();
  select_usim();
  EXPECT_EQ(card.apdu("002C0081"), "63C9");
}

TEST_F(UnblockPin, TenTimesWrongBlocksForEver) {
  select_usim();
  for (int i = 0; i < 10; ++i) card.apdu("002C008110" + std::string(kWrong) + "3131313131313131");
  EXPECT_EQ(card.apdu("002C00811032323232323232323131313131313131"), "6983");
}

TEST_F(UnblockPin, OfAKeyWithoutPukIsNotFound) {
  EXPECT_EQ(card.apdu("002C000A1032323232323232323131313131313131"), "6A88");
}

}  // namespace
}  // namespace sim::testing
