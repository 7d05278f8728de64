#include "rsp/base/text.h"

#include <gtest/gtest.h>

namespace rsp {
namespace {

TEST(SameText, GoesByAsciiLettersOnly) {
  static_assert(same_text("LPA", "lpa"));
  EXPECT_TRUE(same_text("SM-DP.Example.COM", "sm-dp.example.com"));
  EXPECT_FALSE(same_text("a", "ab"));
  EXPECT_FALSE(same_text("@", "`")) << "these are 32 apart, and no letters";
  EXPECT_FALSE(same_text("\xC4", "\xE4")) << "whatever the locale";
}

TEST(LowerCase, LeavesAllElseAsItIs) { EXPECT_EQ(lower_case("Ab-Z9\xC4["), "ab-z9\xC4["); }

}  // namespace
}  // namespace rsp
