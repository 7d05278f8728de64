// A personalised template on a card: what the card says and computes is what the order said.
#include "aka_test_support.h"
#include "euicc_test_support.h"
#include "rsp/crypto/milenage.h"
#include "rsp/saip/personalise.h"

namespace sim::testing {
namespace {

using ::testing::StartsWith;

/// The profile is installed from a template with the values of a line of CSV, and enabled.
class PersonalisedUsim : public EuiccTest {
 protected:
  PersonalisedUsim() {
    auto batch =
        rsp::saip::parse_profile_csv("iccid,imsi,k,op,pin2\n" + iccid_digits(7) +
                                         ",001010000000042,00112233445566778899AABBCCDDEEFF,"
                                         "0F0E0D0C0B0A09080706050403020100,9876\n",
                                     rsp::crypto::milenage_opc);
    EXPECT_TRUE(batch) << batch.error().message();
    values = batch.value().rows.at(0).values;
    auto profile_template = rsp::saip::decode_package(package_for(metadata_for(1))).value();
    Bytes package =
        rsp::saip::encode_package(rsp::saip::personalise(profile_template, values).value());
    Dp dp(card.pki);
    EXPECT_EQ(card.load(card.bind(dp, dp.plan(metadata_for(7), package)).segments()), "installed");
    EXPECT_EQ(card.enable(iccid(7)), "ok");
    card.power_cycle();
    EXPECT_EQ(card.apdu("00A4040C10A0000000871002FF01FF018900000100"), "9000");
  }
  rsp::saip::ProfileValues values;
};

TEST_F(PersonalisedUsim, HasTheImsiAndItsAccessClass) {
  EXPECT_EQ(card.apdu("00A4000C026F07"), "9000");
  EXPECT_EQ(card.apdu("00B0000009"), "0809101000000000249000");
  EXPECT_EQ(card.apdu("00A4000C026F78"), "9000");
  EXPECT_EQ(card.apdu("00B0000002"), "00049000");
}

TEST_F(PersonalisedUsim, HasTheIccid) {
  EXPECT_EQ(card.apdu("00A4080C022FE2"), "9000");
  EXPECT_EQ(card.apdu("00B000000A"), to_hex(iccid(7)) + "9000");
}

TEST_F(PersonalisedUsim, AuthenticatesWithItsKey) {
  // What the network's side has comes from K and OP themselves, not from the package.
  AlgoParameter subscriber{.algorithm_id = Algorithm::kMilenage, .algorithm_options = {0x01}};
  subscriber.key = "00112233445566778899AABBCCDDEEFF"_hex;
  subscriber.opc =
      rsp::to_bytes(rsp::crypto::milenage_opc(octets<16>("00112233445566778899AABBCCDDEEFF"_hex),
                                              octets<16>("0F0E0D0C0B0A09080706050403020100"_hex)));
  auto network = hil::AuthenticationCentre::create(subscriber).value();
  Bytes data = hil::authenticate_data(kRand, network.autn(kRand, sqn_of(1, 0)));
  std::string answer = card.apdu(
      "00880081" + to_hex(Bytes{static_cast<std::uint8_t>(data.size())}) + to_hex(data) + "00");
  EXPECT_THAT(answer, StartsWith("DB08" + to_hex(network.expected_res(kRand))));
}

TEST_F(PersonalisedUsim, TakesItsPin) {
  EXPECT_EQ(card.apdu("0020008108"
                      "39383736FFFFFFFF"),
            "9000");
}

}  // namespace
}  // namespace sim::testing
