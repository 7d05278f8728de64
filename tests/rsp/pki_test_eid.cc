// Check digits of EIDs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/pki/eid.h"

namespace rsp::pki::testing {
namespace {

using ::testing::HasSubstr;

// The EID of the SGP.26 test certificates, and the example of SGP.02.
TEST(Eid, AcceptsPublishedOnes) {
  for (const char* eid : {"89049032123451234512345678901235", "89001012012341234012345678901224"}) {
    EXPECT_TRUE(check_eid(eid)) << eid;
  }
}

TEST(Eid, NoticesEveryWrongDigit) {
  const std::string good = "89049032123451234512345678901235";
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      std::string other = good;
      other[at] = digit;
      EXPECT_EQ(check_eid(other).has_value(), other == good) << other;
    }
  }
}

TEST(Eid, TellsTheRightCheckDigits) {
  auto refused = check_eid("89049032123451234512345678901234");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().layer, Layer::kInput);
  EXPECT_EQ(refused.error().hint, "they would be 35");
}

TEST(Eid, HasThirtyTwoDigits) {
  for (const char* eid :
       {"", "8904903212345123451234567890123", "890490321234512345123456789012350",
        "8904903212345123451234567890123A", "-9049032123451234512345678901235"}) {
    auto refused = check_eid(eid);
    ASSERT_FALSE(refused) << eid;
    EXPECT_THAT(refused.error().text, HasSubstr("is no EID"));
  }
}

// The digits were computed elsewhere, by integer arithmetic.
TEST(Eid, TheNextOneHasCheckDigitsOfItsOwn) {
  EXPECT_EQ(next_eid("89049032123451234512345678901235"), "89049032123451234512345678901332");
  EXPECT_EQ(next_eid("89049032000000000000000000009999"), "89049032000000000000000000010057");
  EXPECT_EQ(next_eid("89049032099999999999999999999900"), "89049032100000000000000000000010");
  EXPECT_EQ(next_eid("99999999999999999999999999999900"), "00000000000000000000000000000098");
}

TEST(Eid, CheckDigitsBelowTenHaveAZero) {
  std::string eid = "89049032123451234512345678901235";
  bool seen = false;
  for (int i = 0; i < 97; ++i) {
    eid = next_eid(eid);
    EXPECT_TRUE(check_eid(eid)) << eid;
    seen |= eid[30] == '0';
  }
  EXPECT_TRUE(seen);
}

}  // namespace
}  // namespace rsp::pki::testing
