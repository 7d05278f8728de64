// SGP.23 4.3.14.2.1, .5 and .6: ES9+.AuthenticateClient that succeeds (SGP.22 5.6.3).
#include "server_case.h"

namespace sgp23_server {
namespace {

/// How a client came to this server, which shows in the order and in the MatchingID alone.
struct Road {
  const char* name;
  OrderPlan order;
  std::optional<std::string> matching_id;  // of ctxParams1
  void (*extend)(RawEuicc&) = nullptr;
};
void PrintTo(const Road& row, std::ostream* out) { *out << row.name; }

OrderPlan default_order(std::string_view code = {}) {
  return {.matching_id = "", .eid = rsp::pki::kTestEid, .code = code};
}
/// An order that was registered at an SM-DS: its MatchingID is the EventID.
OrderPlan event_order(std::string_view code = {}) {
  return {.matching_id = std::string(kEventId), .eid = rsp::pki::kTestEid, .code = code};
}
OrderPlan tied_order(std::string_view code = {}) {
  return {.eid = rsp::pki::kTestEid, .code = code};
}
OrderPlan untied_order(std::string_view code = {}) { return {.code = code}; }

const std::string kId(kMatchingId), kEvent(kEventId);

class RoadCase : public ServerCase, public ::testing::WithParamInterface<Road> {
 protected:
  explicit RoadCase(Curve curve = Curve::kNistP256) : ServerCase(curve) {}
  const std::string& key() const { return GetParam().order.matching_id; }

  void authenticate_nominal() {
    add_order(GetParam().order);
    if (GetParam().extend != nullptr) GetParam().extend(euicc);
    Session session = begin();
    ASSERT_EQ(authenticate(session, GetParam().matching_id).code(), "ok");  // judges the answer
    EXPECT_EQ(session.code_wanted, !GetParam().order.code.empty());
    EXPECT_EQ(session.offered_otpk, std::nullopt);
    EXPECT_EQ(history(key()), "released");
    EXPECT_EQ(order(key()).download_attempts, 1U);
    EXPECT_EQ(order(key()).eid.has_value(), GetParam().order.eid.has_value())
        << "a package links the order, and not the question for it";
    EXPECT_EQ(journal(), "initiateAuthentication ok, authenticateClient ok");
    // And the session leads to the package of that order.
    opened(package(session, GetParam().order.code), session);
    EXPECT_EQ(history(key()), "released, downloaded");
  }
};

class TC_SM_DPp_ES9p_AuthenticateClientNIST : public RoadCase {};
TEST_P(TC_SM_DPp_ES9p_AuthenticateClientNIST, Sequence) { authenticate_nominal(); }

// #04, #07, #10 and #13 are void. #15 to #18: whoever came over an SM-DS or with an activation code
// without a MatchingID is found by the EID.
INSTANTIATE_TEST_SUITE_P(
    Rows, TC_SM_DPp_ES9p_AuthenticateClientNIST,
    ::testing::Values(
        Road{"S01_Nominal_DefaultSmdp", default_order(), ""},
        Road{"S02_Nominal_DefaultSmdpAndCode", default_order(kCode), ""},
        Road{"S05_Nominal_Smds", event_order(), kEvent},
        Road{"S06_Nominal_SmdsAndCode", event_order(kCode), kEvent},
        Road{"S08_Nominal_ActivationCode", tied_order(), kId},
        Road{"S09_Nominal_ActivationCodeAndCode", tied_order(kCode), kId},
        Road{"S11_Nominal_ActivationCodeNotTiedToTheEid", untied_order(), kId},
        Road{"S12_Nominal_ActivationCodeNotTiedToTheEidAndCode", untied_order(kCode), kId},
        Road{"S14_Nominal_DefaultSmdpWithoutMatchingId", default_order(), std::nullopt},
        Road{"S15_Nominal_SmdsWithoutMatchingId", default_order(), std::nullopt},
        Road{"S16_Nominal_SmdsWithEmptyMatchingId", default_order(kCode), ""},
        Road{"S17_Nominal_ActivationCodeWithoutMatchingId", default_order(kCode), std::nullopt},
        Road{"S18_Nominal_ActivationCodeWithEmptyMatchingId", default_order(), ""},
        // 40 bits, where version 2.2 has 23.
        Road{"S19_Nominal_LongerUiccCapability", untied_order(), kId,
             [](RawEuicc& card) { card.uicc_capability = "007F36C0FFFF"_hex; }},
        // Releases of technologies to come, and elements behind the IMEI.
        Road{"S20_Nominal_ExtendedDeviceInfo", untied_order(), kId,
             [](RawEuicc& card) {
               card.device_info =
                   "800435290611"
                   "A1178003060000"
                   "85030E0000"
                   "88030F0000"
                   "8B03100000"
                   "8F0101"
                   "8208351234567890123F"
                   "A3040C02656E"
                   "9F210100"_hex;
             }},
        // treProperties, treProductReference and more versions of profile packages, and an element
        // that is not defined yet.
        Road{"S21_Nominal_ExtendedEuiccInfo2", untied_order(), kId,
             [](RawEuicc& card) {
               card.more_of_info2 =
                   "8D0205E0"
                   "8E03545245"
                   "AF050403020301"
                   "9F500100"_hex;
             }},
        Road{"X01_Nominal_ImeiAndNoCapabilities", untied_order(), kId,
             [](RawEuicc& card) { card.device_info = "800435290611A1008208351234567890123F"_hex; }},
        Road{"X02_Nominal_RspCapabilityOfVersion25", untied_order(), kId,
             [](RawEuicc& card) { card.rsp_capability = "02DC"_hex; }},
        Road{"X03_Nominal_CardThatDoesNotSayHowMuchMemoryItHas", untied_order(), kId,
             [](RawEuicc& card) { card.free_memory.reset(); }}),
    by_name());

/// The first attempt has a MatchingID that the server does not know.
class TC_SM_DPp_ES9p_AuthenticateClientNIST_SecondAttempt : public ServerCase {};
TEST_F(TC_SM_DPp_ES9p_AuthenticateClientNIST_SecondAttempt, S03_Nominal_AfterABadMatchingId) {
  add_order(default_order());
  Session first = begin();
  EXPECT_EQ(authenticate(first, std::string(kUnknownId)).code(), "8.2.6/3.8");
  EXPECT_EQ(order("").download_attempts, 0U);
  Session second = begin();
  EXPECT_EQ(authenticate(second, "").code(), "ok");
  EXPECT_EQ(history(""), "released");
  EXPECT_EQ(order("").download_attempts, 1U);
}

class TC_SM_DPp_ES9p_AuthenticateClientBRP : public RoadCase {
 protected:
  TC_SM_DPp_ES9p_AuthenticateClientBRP() : RoadCase(Curve::kBrainpoolP256r1) {}
};
TEST_P(TC_SM_DPp_ES9p_AuthenticateClientBRP, Sequence) { authenticate_nominal(); }
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_AuthenticateClientBRP,
                         ::testing::Values(Road{"S01_Nominal_DefaultSmdp", default_order(), ""},
                                           Road{"X01_Nominal_ActivationCodeAndCode",
                                                tied_order(kCode), kId}),
                         by_name());

// --- Retries: the server offers the one-time key of the last try ---

class TC_SM_DPp_ES9p_AuthenticateClient_RetryCases_Reuse_OTPK : public RoadCase {};
TEST_P(TC_SM_DPp_ES9p_AuthenticateClient_RetryCases_Reuse_OTPK, Sequence) {
  add_order(GetParam().order);
  Session first = authenticated(GetParam().matching_id);
  EXPECT_EQ(first.offered_otpk, std::nullopt);
  ASSERT_EQ(package(first).code(), "ok");
  Session second = authenticated(GetParam().matching_id);
  EXPECT_EQ(second.offered_otpk, rsp::to_bytes(first.otsk->public_key().point()));
  EXPECT_NE(second.transaction_id, first.transaction_id);
  EXPECT_EQ(history(key()), "released, downloaded");
  EXPECT_EQ(order(key()).download_attempts, 2U);
  EXPECT_EQ(rsp::to_bytes(*order(key()).eid), euicc.eid);
}
INSTANTIATE_TEST_SUITE_P(Rows, TC_SM_DPp_ES9p_AuthenticateClient_RetryCases_Reuse_OTPK,
                         ::testing::Values(Road{"S01_Nominal_DefaultSmdp", default_order(), ""},
                                           Road{"S02_Nominal_Smds", event_order(), kEvent},
                                           Road{"S03_Nominal_ActivationCode", tied_order(), kId},
                                           Road{"S04_Nominal_ActivationCodeWithoutEid",
                                                untied_order(), kId}),
                         by_name());

// The key belongs to the eUICC that showed it: the order is linked, and nobody else is told.
class TC_SM_DPp_ES9p_AuthenticateClient_RetryCases_Reuse_OTPK_Others : public ServerCase {};
TEST_F(TC_SM_DPp_ES9p_AuthenticateClient_RetryCases_Reuse_OTPK_Others, X01_Error_AnotherEuicc) {
  add_order(untied_order());
  downloaded();
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  Session theirs = begin(other);
  EXPECT_EQ(authenticate(theirs, other, kId).code(), "8.1.1/3.8");
  EXPECT_EQ(order().download_attempts, 1U);
}

}  // namespace
}  // namespace sgp23_server
