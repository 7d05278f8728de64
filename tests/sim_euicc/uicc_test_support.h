// What the tests of the file system share: a card whose made profile is running.
#pragma once

#include "euicc_test_support.h"

namespace sim::testing {

/// The made profile is enabled, and PIN1 is disabled as it is made. PIN2 is 0000, ADM1 is 55555555,
/// their PUKs 11111111 and 22222222.
class UiccTest : public EuiccTest {
 protected:
  UiccTest() {
    card.install(1);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    card.power_cycle();
  }
  /// The USIM is selected on the basic channel.
  void select_usim() { EXPECT_EQ(card.apdu("00A4040C10A0000000871002FF01FF018900000100"), "9000"); }
  void select(std::string_view file_id) {
    EXPECT_EQ(card.apdu("00A4000C02" + std::string(file_id)), "9000");
  }
  void verify_adm1() { EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000"); }
  void verify_pin2() { EXPECT_EQ(card.apdu("002000810830303030FFFFFFFF"), "9000"); }
};

}  // namespace sim::testing
