// SGP.23 4.2.1: the ATR, and the selection of the ISD-R.
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

using TC_eUICC_ATR_And_ISDR_Selection = Case;

TEST_F(TC_eUICC_ATR_And_ISDR_Selection, S01_Nominal_AtrSaysThatEuiccFunctionsAreSupported) {
  // ETSI TS 102 221 6.3.3: the first TB after the first T=15 has b8 and b2 set.
  EXPECT_EQ(to_hex(card.euicc->reset()), "3B9F96803FC7828031E073FE211F65D002000000000004");
}

}  // namespace
}  // namespace sgp23
