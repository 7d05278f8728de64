// BER-TLV files and cyclic files of a running profile (ETSI TS 102 221, 11.1.8, 11.3).
#include <fmt/format.h>

#include "profile_image_test_support.h"
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

/// A card whose running profile has, in the MF, two BER-TLV files, 2F40 (SFI 0A) and 2F41 (SFI 0B),
/// and the cyclic file 2F42 of two records of two octets. Everybody may do anything with them.
class Objects : public EuiccTest {
 protected:
  Objects() {
    auto metadata = metadata_for(1);
    auto package = rsp::saip::decode_package(package_for(metadata)).value();
    auto rule =
        "8001FF9000"
        "8401329000"_hex;
    Fcp rules = rsp::saip::linear_fixed_ef(rsp::saip::ArrLevel::kMf, {.id = 0x2F3F}, 10, 1);
    auto ef = [](std::uint16_t id, std::uint8_t sfi, std::size_t size, Bytes descriptor) {
      Fcp fcp = transparent(id, size);
      fcp.file_descriptor = std::move(descriptor);
      fcp.security_attributes_referenced = "2F3F01"_hex;
      fcp.short_ef_id = Bytes{static_cast<std::uint8_t>(sfi << 3)};
      return fcp;
    };
    insert(
        package, "end",
        commands({rules, rule, ef(0x2F40, 0x0A, 600, "7921"_hex), ef(0x2F41, 0x0B, 600, "7921"_hex),
                  ef(0x2F42, 0x0C, 4, "46210002"_hex), "00010002"_hex}));
    Dp dp(card.pki);
    auto plan = dp.plan(metadata, rsp::saip::encode_package(package));
    EXPECT_EQ(card.load(card.bind(dp, plan).segments()), "installed");
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    card.power_cycle();
  }
  void select(std::string_view file_id) {
    EXPECT_EQ(card.apdu("00A4000C02" + std::string(file_id)), "9000");
  }
};

TEST_F(Objects, AreSetAndRetrieved) {
  select("2F40");
  EXPECT_EQ(card.apdu("80DB008003800155"), "9000");
  EXPECT_EQ(card.apdu("80CB0080018000"), "8001559000");
}

TEST_F(Objects, ALongListOfTagsHasALongLength) {  // ISO 7816-4 5.2.2.2
  select("2F40");
  std::string tags;
  for (unsigned number = 0; number < 50; ++number) {
    std::string tag = fmt::format("DF81{:02X}", number);
    EXPECT_EQ(card.apdu("80DB008004" + tag + "00"), "9000") << tag;
    tags += tag;
  }
  EXPECT_EQ(card.apdu("80CB0080015C00"), "5C8196" + tags + "9000");
}

TEST_F(Objects, WhatIsLeftToRetrieveIsOfTheFileItBeganIn) {
  select("2F40");
  EXPECT_EQ(card.apdu("80DB008006800401020304"), "9000");
  EXPECT_EQ(card.apdu("80CB0080018002"), "800462F1");
  select("2F41");
  EXPECT_EQ(card.apdu("80CB000002"), "6985");
  select("2F40");
  EXPECT_EQ(card.apdu("80CB0080018002"), "800462F1");
  EXPECT_EQ(card.apdu("80CB000B02"), "6985") << "nor by short file identifier";
}

TEST_F(Objects, ThePiecesOfOneAreOfOneFile) {
  select("2F40");
  EXPECT_EQ(card.apdu("80DB008A0480040102"), "63F1");
  EXPECT_EQ(card.apdu("80DB000B020304"), "6985");
  EXPECT_EQ(card.apdu("80CB008B018000"), "6A88");
}

TEST_F(Objects, ThePiecesOfOneComeOnOneChannel) {
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("80DB008A0480040102"), "63F1");
  EXPECT_EQ(card.apdu("81DB000A020506"), "6985");
  EXPECT_EQ(card.apdu("80DB000A020304"), "9000");
  EXPECT_EQ(card.apdu("80CB008A018000"), "8004010203049000");
}

TEST_F(Objects, ACyclicFileIsIncreased) {
  select("2F42");
  EXPECT_EQ(card.apdu("80320000010300"), "0004039000");
}

TEST_F(Objects, ADeactivatedFileIsNotIncreased) {
  select("2F42");
  EXPECT_EQ(card.apdu("00040000"), "9000");
  EXPECT_EQ(card.apdu("803200000103"), "6985");
  EXPECT_EQ(card.apdu("00440000"), "9000");
  EXPECT_EQ(card.apdu("80320000010300"), "0004039000");
}

}  // namespace
}  // namespace sim::testing
