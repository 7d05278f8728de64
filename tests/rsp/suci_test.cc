// Concealment of a SUPI against the implementers' test data of 3GPP TS 33.501 Annex C.4.
#include <gtest/gtest.h>

#include "rsp/base/hex.h"
#include "rsp/crypto/suci.h"

namespace rsp::crypto {
namespace {

constexpr const char* kProfileAKey =
    "5A8D38864820197C3394B92613B20B91633CBD897119273BF8E4A6F4EEC0A650";
constexpr const char* kProfileBKey =
    "0272DA71976234CE833A6907425867B82E074D44EF907DFB4B3E21C1C2256EBCD1";
constexpr const char* kProfileBKeyUncompressed =
    "0472DA71976234CE833A6907425867B82E074D44EF907DFB4B3E21C1C2256EBCD1"
    "5A7DED52FCBB097A4ED250E036C7B9C8C7004C4EEDC4F068CD7BF8D3F900E3B4";
constexpr const char* kEphemeralA =
    "C80949F13EBE61AF4EBDBD293EA4F942696B9E815D7E8F0096BBF6ED7DE62256";
constexpr const char* kEphemeralB =
    "99798858A1DC6A2C68637149A4B1DBFD1FDFF5ADDD62A2142F06699ED7602529";

Result<Bytes> conceal(SuciProfile profile, const char* home_network_key, const char* ephemeral,
                      const char* plaintext) {
  Octets<32> scalar;
  std::ranges::copy(from_hex(ephemeral).value(), scalar.begin());
  return suci_scheme_output(profile, from_hex(home_network_key).value(), scalar,
                            from_hex(plaintext).value());
}

std::string refusal(SuciProfile profile, const char* home_network_key, const char* ephemeral) {
  auto output = conceal(profile, home_network_key, ephemeral, "00012080F6");
  EXPECT_FALSE(output.has_value());
  if (output) return "";
  EXPECT_EQ(output.error().layer, Layer::kCrypto);
  return output.error().text;
}

TEST(Suci, C4_3_1_ConcealsAnImsiInProfileA) {
  EXPECT_EQ(to_hex(conceal(SuciProfile::kA, kProfileAKey, kEphemeralA, "00012080F6").value()),
            "B2E92F836055A255837DEBF850B528997CE0201CB82ADFE4BE1F587D07D8457D"
            "CB02352410"
            "CDDD9E730EF3FA87");
}

TEST(Suci, C4_3_2_ConcealsANetworkSpecificIdentifierInProfileA) {
  EXPECT_EQ(to_hex(conceal(SuciProfile::kA, kProfileAKey,
                           "BE9EFF3E9F22A4B42A3D236E7A6C500B3F2E7E0C7449988BA800D664BF4FCD97",
                           "766572796C6F6E67757365726E616D6531")
                       .value()),
            "977D8B2FDAA7B64AA700D04227D5B440630EA4EC50F9082273A26BB678C92222"
            "8E358A1582ADB15322C10E515141D2039A"
            "12E1D7783A97F1AC");
}

TEST(Suci, C4_4_1_ConcealsAnImsiInProfileB) {
  EXPECT_EQ(to_hex(conceal(SuciProfile::kB, kProfileBKey, kEphemeralB, "00012080F6").value()),
            "039AAB8376597021E855679A9778EA0B67396E68C66DF32C0F41E9ACCA2DA9B9D1"
            "46A33FC271"
            "6AC7DAE96AA30A4D");
}

TEST(Suci, C4_4_2_ConcealsANetworkSpecificIdentifierInProfileB) {
  EXPECT_EQ(to_hex(conceal(SuciProfile::kB, kProfileBKey,
                           "90A5898BD29FFA3F261E00E980067C70A2B1B992A21F5B4FEF6D4DF69FE804AD",
                           "766572796C6F6E67757365726E616D6531")
                       .value()),
            "03759BB22C563D9F4A6B3C1419E543FC2F39D6823F02A9D71162B39399218B244B"
            "BE22D8B9F856A52ED381CD7EAF4CF2D525"
            "3CDDC61A0A7882EB");
}

TEST(Suci, TakesAnUncompressedKeyInProfileB) {
  EXPECT_EQ(conceal(SuciProfile::kB, kProfileBKeyUncompressed, kEphemeralB, "00012080F6"),
            conceal(SuciProfile::kB, kProfileBKey, kEphemeralB, "00012080F6"));
}

TEST(Suci, ConcealsNothingAsNothing) {
  EXPECT_EQ(conceal(SuciProfile::kA, kProfileAKey, kEphemeralA, "").value().size(), 32 + 8U);
  EXPECT_EQ(conceal(SuciProfile::kB, kProfileBKey, kEphemeralB, "").value().size(), 33 + 8U);
}

TEST(Suci, RefusesKeysOfTheOtherProfile) {
  EXPECT_EQ(refusal(SuciProfile::kA, kProfileBKey, kEphemeralA),
            "the home network public key of profile A has 32 octets");
  EXPECT_EQ(refusal(SuciProfile::kB, kProfileAKey, kEphemeralB),
            "the home network public key is no point on NIST P-256");
  EXPECT_EQ(refusal(SuciProfile::kA, "", kEphemeralA),
            "the home network public key of profile A has 32 octets");
}

TEST(Suci, RefusesAPointOfSmallOrderInProfileA) {
  for (const char* point : {"0000000000000000000000000000000000000000000000000000000000000000",
                            "0100000000000000000000000000000000000000000000000000000000000000"})
    EXPECT_EQ(refusal(SuciProfile::kA, point, kEphemeralA),
              "the home network public key is of small order");
}

TEST(Suci, RefusesWhatIsNoPointInProfileB) {
  for (const char* point : {"", "00",  // the point at infinity
                            "05"
                            "72DA71976234CE833A6907425867B82E074D44EF907DFB4B3E21C1C2256EBCD1",
                            "02"
                            "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
                            "0472DA71976234CE833A6907425867B82E074D44EF907DFB4B3E21C1C2256EBCD1"
                            "5A7DED52FCBB097A4ED250E036C7B9C8C7004C4EEDC4F068CD7BF8D3F900E3B5"})
    EXPECT_EQ(refusal(SuciProfile::kB, point, kEphemeralB),
              "the home network public key is no point on NIST P-256");
}

TEST(Suci, RefusesScalarsOutsideTheGroupInProfileB) {
  for (const char* scalar : {"0000000000000000000000000000000000000000000000000000000000000000",
                             "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
                             "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"})
    EXPECT_EQ(refusal(SuciProfile::kB, kProfileBKey, scalar),
              "the ephemeral private key is none on NIST P-256");
}

}  // namespace
}  // namespace rsp::crypto
