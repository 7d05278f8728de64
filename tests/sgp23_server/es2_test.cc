// SGP.23 4.3.1 to 4.3.5: ES2+ (SGP.22 5.3), an operator's calls as JSON made by hand, and what the
// states of the profile are after each.
#include <ctime>

#include "server_case.h"

namespace sgp23_server {
namespace {

constexpr std::string_view kOperator = "2.999.100";
constexpr std::string_view kType = "GSMA Generic";
constexpr std::string_view kIccidDigits = "8929901012345678905";

/// What the SM-DP+ said to SM-DSs.
class SmdsDouble final : public smdp::EventRegistrar {
 public:
  smdp::Answer<rsp::NoOutput> register_event(const std::string& smds,
                                             const rsp::RegisterEventRequest& request) override {
    calls.push_back(fmt::format("register {} at {} for {} to {}", request.event_id, smds,
                                request.eid, request.rsp_server_address));
    return answer;
  }
  smdp::Answer<rsp::NoOutput> delete_event(const std::string& smds,
                                           const rsp::DeleteEventRequest& request) override {
    calls.push_back(fmt::format("delete {} at {} for {}", request.event_id, smds, request.eid));
    return answer;
  }
  std::vector<std::string> calls;
  smdp::Answer<rsp::NoOutput> answer;
};

class ProgressDouble final : public smdp::ProgressSink {
 public:
  void progress(rsp::HandleDownloadProgressInfoRequest info, Subject) override {
    infos.push_back(std::move(info));
  }
  /// "1 ok, 3 8.2/3.7"
  std::string text() const {
    std::string out;
    for (const auto& info : infos) {
      const auto& failed = info.notification_point_status.status_code_data;
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", info.notification_point_id,
                         failed ? to_string(*failed) : info.notification_point_status.status);
    }
    return out;
  }
  std::vector<rsp::HandleDownloadProgressInfoRequest> infos;
};

class Es2Case : public ServerCase {
 protected:
  Es2Case() {
    config.journal = &journal_kept;
    config.smds = &smds;
    config.operator_of_profiles = &progress;
    road = [this](const rsp::http::Request& request) {
      smdp::Services services{.smdp = &server(), .es2 = &es2, .journal = &journal_kept};
      return smdp::handle(services, request, nullptr);
    };
  }

  /// A profile in stock.
  smdp::Order& stock(std::string_view type = kType, std::string_view owner = {}) {
    add_order({.matching_id = "IN-STOCK", .state = smdp::OrderState::kReleased});
    smdp::Order made = order("IN-STOCK");
    orders = smdp::OrderStore();
    made.matching_id.clear();
    made.history.clear();
    made.state = smdp::OrderState::kAvailable;
    made.profile_type = type;
    made.owner = owner;
    EXPECT_TRUE(orders.add(std::move(made)));
    return profile();
  }
  smdp::Order& profile() {
    rsp::Iccid iccid;
    std::ranges::copy(rsp::to_swapped_bcd(kIccidDigits, 10).value(), iccid.begin());
    return *orders.find_by_iccid(iccid);
  }
  std::string profile_state() { return rsp::asn1::name_of(profile().state); }
  std::string profile_history() { return fmt::format("{}", fmt::join(profile().history, ", ")); }

  Answer es2_post(std::string_view function, Json body, std::string_view requester = kOperator) {
    body["header"] = {{"functionRequesterIdentifier", requester},
                      {"functionCallIdentifier", "call-1"}};
    rsp::http::Request request;
    request.target = "/gsma/rsp2/es2plus/" + std::string(function);
    request.body = body.dump();
    request.headers = {{"Content-Type", "application/json"},
                       {"X-Admin-Protocol", "gsma/rsp/v2.2.0"}};
    rsp::http::Response response = road(request);
    Answer answer{response.status, response.body, Json::parse(response.body, nullptr, false)};
    return answer;
  }
  std::string code_of(std::string_view function, const Json& body) {
    return es2_post(function, body).code();
  }
  std::string own_eid() const { return to_hex(euicc.eid); }

  /// Allocated, or Linked with an EID.
  void ordered(std::optional<std::string> eid = {}) {
    stock();
    Json body{{"iccid", kIccidDigits}};
    if (eid) body["eid"] = *eid;
    ASSERT_EQ(code_of("downloadOrder", body), "ok");
  }
  void confirmed(const Json& more = Json::object()) {
    ordered();
    Json body{{"iccid", kIccidDigits}, {"releaseFlag", false}, {"matchingId", kMatchingId}};
    body.update(more);
    ASSERT_EQ(code_of("confirmOrder", body), "ok");
  }

  smdp::Journal journal_kept{clock};
  SmdsDouble smds;
  ProgressDouble progress;
  smdp::Es2 es2{orders, std::string(kHost), random, journal_kept, &smds};
};

// --- 4.3.1 DownloadOrder ---

class TC_SM_DPp_ES2p_DownloadOrder : public Es2Case {};

TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X01_Nominal_ByIccidIsAllocated) {
  stock();
  Answer answer = es2_post("downloadOrder", {{"iccid", kIccidDigits}});
  EXPECT_EQ(answer.code(), "ok");
  EXPECT_EQ(answer.members(), "header iccid");
  EXPECT_EQ(answer.json["iccid"], kIccidDigits);
  EXPECT_EQ(profile_history(), "available, allocated");
  EXPECT_EQ(journal_kept.entries().back().interface, "ES2+");
  EXPECT_EQ(journal_kept.entries().back().order, kIccidDigits);
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X02_Nominal_ByTypeIsAllocated) {
  stock();
  Answer answer = es2_post("downloadOrder", {{"profileType", kType}});
  EXPECT_EQ(answer.code(), "ok");
  EXPECT_EQ(answer.json["iccid"], kIccidDigits);
  EXPECT_EQ(profile_state(), "allocated");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X03_Nominal_WithAnEidIsLinked) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}, {"eid", own_eid()}}), "ok");
  EXPECT_EQ(profile_state(), "linked");
  EXPECT_EQ(to_hex(*profile().eid), own_eid());
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X04_Error_IccidInUseIsRefused) {
  ordered();
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}}), "8.2.1/3.3");
  EXPECT_EQ(profile_history(), "available, allocated");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X05_Error_UnknownIccidIsRefused) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", "8988211000000000027"}}), "8.2.1/3.9");
  EXPECT_EQ(profile_state(), "available");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X06_Error_UnknownTypeIsRefused) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"profileType", "no such type"}}), "8.2.5/3.9");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X07_Error_TypeOfWhichNoneIsLeftIsRefused) {
  ordered();
  EXPECT_EQ(code_of("downloadOrder", {{"profileType", kType}}), "8.2.5/3.7");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X08_Error_IccidOfAnotherTypeIsRefused) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}, {"profileType", "other"}}),
            "8.2.5/3.8");
  EXPECT_EQ(profile_state(), "available");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X09_Error_NeitherIccidNorTypeIsRefused) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"eid", own_eid()}}), "8.2.1/2.2");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X10_Error_AnotherOperatorsProfileIsRefused) {
  stock(kType, "2.999.200");
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}}), "8.2.1/1.2");
  EXPECT_EQ(code_of("downloadOrder", {{"profileType", kType}}), "8.2.5/1.2");
  EXPECT_EQ(es2_post("downloadOrder", {{"iccid", kIccidDigits}}, "2.999.200").code(), "ok");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X11_Error_WhatIsNoNumberOfItsKindIsNamed) {
  stock();
  for (const char* eid : {"", "8904903212345123451234567890133", "8904903212345123451234567890133X",
                          "AB049032123451234512345678901334"}) {
    Answer answer = es2_post("downloadOrder", {{"iccid", kIccidDigits}, {"eid", eid}});
    EXPECT_EQ(answer.code(), "8.1.1/2.1") << eid;
  }
  for (const char* iccid : {"", "898821", "898821100000000001X", "89882110000000000199999"})
    EXPECT_EQ(code_of("downloadOrder", {{"iccid", iccid}}), "8.2.1/2.1") << iccid;
  EXPECT_EQ(profile_state(), "available");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X12_Nominal_IccidMayHaveTheFOfEfIccid) {
  stock();
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", std::string(kIccidDigits) + "F"}}), "ok");
}
TEST_F(TC_SM_DPp_ES2p_DownloadOrder, X13_Error_WithoutItsHeaderACallIsMalformed) {
  stock();
  rsp::http::Request request;
  request.target = "/gsma/rsp2/es2plus/downloadOrder";
  request.headers = {{"Content-Type", "application/json"}};
  auto answer = [&](std::string body) {
    request.body = std::move(body);
    rsp::http::Response response = road(request);
    return Answer{response.status, response.body, Json::parse(response.body)};
  };
  std::string iccid(kIccidDigits);
  for (const std::string& body :
       {R"({"iccid":")" + iccid + R"("})", R"({"header":{},"iccid":")" + iccid + R"("})",
        R"({"header":{"functionRequesterIdentifier":"1"},"iccid":")" + iccid + R"("})",
        R"({"header":[],"iccid":")" + iccid + R"("})", std::string("[]"), std::string("{"),
        std::string()}) {
    EXPECT_EQ(answer(body).code(), "1.6/2.1") << body;
  }
  EXPECT_EQ(answer(R"({"header":{"functionRequesterIdentifier":"1","functionCallIdentifier":"2"},)"
                   R"("iccid":7})")
                .json["header"]["functionExecutionStatus"]["statusCodeData"]["subjectIdentifier"],
            "iccid");
  EXPECT_EQ(profile_state(), "available");
}

// --- 4.3.2 ConfirmOrder ---

class TC_SM_DPp_ES2p_ConfirmOrder : public Es2Case {
 protected:
  Json body(const Json& more = Json::object()) const {
    Json out{{"iccid", kIccidDigits}, {"releaseFlag", true}};
    out.update(more);
    return out;
  }
};

TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X01_Nominal_WithReleaseFlagIsReleased) {
  ordered();
  Answer answer = es2_post("confirmOrder", body({{"matchingId", kMatchingId}}));
  EXPECT_EQ(answer.code(), "ok");
  EXPECT_EQ(answer.members(), "header matchingId smdpAddress");
  EXPECT_EQ(answer.json["matchingId"], kMatchingId);
  EXPECT_EQ(answer.json["smdpAddress"], kHost);
  EXPECT_EQ(profile_history(), "available, allocated, confirmed, released");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X02_Nominal_WithoutItIsConfirmed) {
  confirmed();
  EXPECT_EQ(profile_history(), "available, allocated, confirmed");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X03_Nominal_AMatchingIdIsMadeUpWhereNoneIsGiven) {
  ordered();
  Answer answer = es2_post("confirmOrder", body());
  EXPECT_EQ(answer.code(), "ok");
  std::string made = answer.json["matchingId"];
  EXPECT_EQ(made.size(), 20U + 3U);
  EXPECT_FALSE(smdp::matching_id_problem(made));
  EXPECT_EQ(profile().matching_id, made);
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X04_Nominal_WithAnEidIsLinkedAndSaysSo) {
  ordered();
  Answer answer = es2_post("confirmOrder", body({{"matchingId", kMatchingId}, {"eid", own_eid()}}));
  EXPECT_EQ(answer.code(), "ok");
  EXPECT_EQ(answer.json["eid"], own_eid());
  EXPECT_EQ(to_hex(*profile().eid), own_eid());
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X05_Error_UnknownIccidIsRefused) {
  stock();
  EXPECT_EQ(code_of("confirmOrder", {{"iccid", "8988211000000000027"}, {"releaseFlag", true}}),
            "8.2.1/3.9");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X06_Error_AvailableProfileIsRefused) {
  stock();
  EXPECT_EQ(code_of("confirmOrder", body()), "8.2.1/1.2");
  EXPECT_EQ(profile_history(), "available");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X07_Error_MatchingIdInUseIsRefused) {
  ordered();
  smdp::Order other = profile();
  other.matching_id = kMatchingId;
  other.state = smdp::OrderState::kReleased;
  ASSERT_TRUE(orders.add(std::move(other)));
  smdp::Order& mine = *orders.find_by_key(kIccidDigits);
  // By its key, for the ICCID now means the later one.
  EXPECT_EQ(mine.state, smdp::OrderState::kAllocated);
  EXPECT_EQ(
      es2.confirm_order({"1", "2"},
                        {std::string(kIccidDigits), {}, std::string(kMatchingId), {}, {}, true})
          .error()
          .subject,
      "8.2.1");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X08_Error_MatchingIdOfAnotherProfileIsRefused) {
  add_order();  // has the MatchingID
  smdp::Order other = order();
  rsp::Iccid iccid;
  std::ranges::copy(rsp::to_swapped_bcd("8988211000000000027", 10).value(), iccid.begin());
  other.metadata.iccid = iccid;
  other.matching_id.clear();
  other.state = smdp::OrderState::kAvailable;
  ASSERT_TRUE(orders.add(std::move(other)));
  ASSERT_EQ(code_of("downloadOrder", {{"iccid", "8988211000000000027"}}), "ok");
  EXPECT_EQ(code_of("confirmOrder", {{"iccid", "8988211000000000027"},
                                     {"matchingId", kMatchingId},
                                     {"releaseFlag", true}}),
            "8.2.6/3.3");
  EXPECT_EQ(orders.find_by_iccid(iccid)->state, smdp::OrderState::kAllocated);
  EXPECT_EQ(state(), "released");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X09_Error_SmdsThatCannotBeReachedIsReportedAndNothingChanges) {
  ordered(own_eid());
  smds.answer = smdp::status("8.9", "5.1");
  EXPECT_EQ(
      code_of("confirmOrder", body({{"matchingId", kEventId}, {"smdsAddress", "no.such.smds"}})),
      "8.9/5.1");
  EXPECT_EQ(profile_history(), "available, linked");
  EXPECT_TRUE(profile().matching_id.empty());
  // The MatchingID is free again.
  smds.answer = rsp::NoOutput{};
  EXPECT_EQ(code_of("confirmOrder", body({{"matchingId", kEventId}})), "ok");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X10_Error_SmdsOrEmptyMatchingIdWithoutEidIsRefused) {
  ordered();
  EXPECT_EQ(code_of("confirmOrder", body({{"smdsAddress", "smds.example"}})), "8.1.1/2.2");
  EXPECT_EQ(code_of("confirmOrder", body({{"matchingId", ""}})), "8.1.1/2.2");
  EXPECT_EQ(profile_history(), "available, allocated");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X11_Error_AnotherEidThanTheOrderedOneIsRefused) {
  ordered(own_eid());
  EXPECT_EQ(code_of("confirmOrder", body({{"eid", kOtherEid}})), "8.1.1/3.10");
  EXPECT_EQ(to_hex(*profile().eid), own_eid());
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X12_Nominal_AnEventIsRegisteredWithTheAddressOfTheServer) {
  ordered(own_eid());
  EXPECT_EQ(
      code_of("confirmOrder", body({{"matchingId", kEventId}, {"smdsAddress", "smds.example"}})),
      "ok");
  ASSERT_EQ(smds.calls.size(), 1U);
  EXPECT_EQ(smds.calls[0],
            fmt::format("register {} at smds.example for {} to {}", kEventId, own_eid(), kHost));
  EXPECT_TRUE(profile().event_registered);
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X13_Nominal_AConfirmationCodeIsAskedForAtTheDownload) {
  ordered();
  EXPECT_EQ(
      code_of("confirmOrder", body({{"matchingId", kMatchingId}, {"confirmationCode", kCode}})),
      "ok");
  EXPECT_EQ(to_hex(*profile().confirmation_code_hash), to_hex(sha256(rsp::view_of(kCode))));
  Session session = authenticated();
  EXPECT_TRUE(session.code_wanted);
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(package(session, kCode).code(), "ok");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X14_Nominal_EmptyMatchingIdIsForTheDefaultServer) {
  ordered(own_eid());
  EXPECT_EQ(code_of("confirmOrder", body({{"matchingId", ""}})), "ok");
  Session session = begin();
  EXPECT_EQ(authenticate(session, euicc, std::nullopt).code(), "ok");
}
TEST_F(TC_SM_DPp_ES2p_ConfirmOrder, X15_Error_AMatchingIdThatActivationCodesCannotHaveIsRefused) {
  ordered();
  for (const std::string& bad : {std::string("with$dollar"), std::string("lower"),
                                 std::string(256, 'A'), std::string("A B")})
    EXPECT_EQ(code_of("confirmOrder", body({{"matchingId", bad}})), "8.2.6/2.1") << bad;
  EXPECT_EQ(code_of("confirmOrder", body({{"matchingId", std::string(255, 'A')}})), "ok");
}

// --- 4.3.3 CancelOrder ---

class TC_SM_DPp_ES2p_CancelOrder : public Es2Case {
 protected:
  static Json body(std::string_view status, const Json& more = Json::object()) {
    Json out{{"iccid", kIccidDigits}, {"finalProfileStatusIndicator", status}};
    out.update(more);
    return out;
  }
};

TEST_F(TC_SM_DPp_ES2p_CancelOrder, X01_Nominal_ProfileIsInStockAgain) {
  confirmed({{"confirmationCode", kCode}, {"releaseFlag", true}});
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"matchingId", kMatchingId}})), "ok");
  EXPECT_EQ(profile_state(), "available");
  EXPECT_TRUE(profile().matching_id.empty());
  EXPECT_FALSE(profile().confirmation_code_hash);
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.2.6/3.8");
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}}), "ok");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X02_Nominal_ProfileIsUnavailable) {
  confirmed();
  EXPECT_EQ(code_of("cancelOrder", body("Unavailable")), "ok");
  EXPECT_EQ(profile_state(), "unavailable");
  EXPECT_EQ(code_of("downloadOrder", {{"iccid", kIccidDigits}}), "8.2.1/3.3");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X03_Error_UnknownIccidIsRefused) {
  confirmed();
  EXPECT_EQ(code_of("cancelOrder", {{"iccid", "8988211000000000027"},
                                    {"finalProfileStatusIndicator", "Available"}}),
            "8.2.1/3.9");
  EXPECT_EQ(profile_state(), "confirmed");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X04_Error_EidOfALinkedOrderMustBeGiven) {
  ordered(own_eid());
  EXPECT_EQ(code_of("cancelOrder", body("Available")), "8.1.1/2.2");
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"eid", kOtherEid}})), "8.1.1/3.10");
  EXPECT_EQ(profile_state(), "linked");
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"eid", own_eid()}})), "ok");
  EXPECT_FALSE(profile().eid);
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X05_Error_AnotherMatchingIdIsRefused) {
  confirmed();
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"matchingId", kUnknownId}})), "8.2.6/3.10");
  EXPECT_EQ(profile_state(), "confirmed");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X06_Error_AvailableProfileIsRefused) {
  stock();
  EXPECT_EQ(code_of("cancelOrder", body("Available")), "8.2.1/1.2");
  EXPECT_EQ(profile_history(), "available");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X07_Error_InstalledProfileIsRefused) {
  confirmed({{"releaseFlag", true}});
  Session session = authenticated();
  ASSERT_EQ(package(session).code(), "ok");
  post("handleNotification", notification_body(result(session, euicc, success_result())));
  ASSERT_EQ(profile_state(), "installed");
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"eid", own_eid()}})), "8.2.1/1.2");
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X08_Nominal_EventIsDeleted) {
  ordered(own_eid());
  ASSERT_EQ(code_of("confirmOrder", {{"iccid", kIccidDigits},
                                     {"matchingId", kEventId},
                                     {"smdsAddress", "smds.example"},
                                     {"releaseFlag", true}}),
            "ok");
  EXPECT_EQ(code_of("cancelOrder", body("Available", {{"eid", own_eid()}})), "ok");
  ASSERT_EQ(smds.calls.size(), 2U);
  EXPECT_EQ(smds.calls[1], fmt::format("delete {} at smds.example for {}", kEventId, own_eid()));
}
TEST_F(TC_SM_DPp_ES2p_CancelOrder, X09_Error_AnotherFinalStatusIsMalformed) {
  confirmed();
  EXPECT_EQ(code_of("cancelOrder", body("Gone")), "1.6/2.1");
}

// --- 4.3.4 ReleaseProfile ---

class TC_SM_DPp_ES2p_ReleaseProfile : public Es2Case {};

TEST_F(TC_SM_DPp_ES2p_ReleaseProfile, X01_Nominal_ConfirmedProfileIsReleasedAndCanBeDownloaded) {
  confirmed();
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.2/1.2");
  EXPECT_EQ(code_of("releaseProfile", {{"iccid", kIccidDigits}}), "ok");
  EXPECT_EQ(profile_state(), "released");
  session = authenticated();
  EXPECT_EQ(package(session).code(), "ok");
}
TEST_F(TC_SM_DPp_ES2p_ReleaseProfile, X02_Error_UnknownIccidIsRefused) {
  confirmed();
  EXPECT_EQ(code_of("releaseProfile", {{"iccid", "8988211000000000027"}}), "8.2.1/3.9");
}
TEST_F(TC_SM_DPp_ES2p_ReleaseProfile, X03_Error_WhatIsNotConfirmedIsRefused) {
  ordered();
  EXPECT_EQ(code_of("releaseProfile", {{"iccid", kIccidDigits}}), "8.2.1/3.5");
  EXPECT_EQ(profile_history(), "available, allocated");
}
TEST_F(TC_SM_DPp_ES2p_ReleaseProfile, X04_Nominal_EventIsRegisteredOnlyNow) {
  ordered(own_eid());
  ASSERT_EQ(code_of("confirmOrder", {{"iccid", kIccidDigits},
                                     {"matchingId", kEventId},
                                     {"smdsAddress", "smds.example"},
                                     {"releaseFlag", false}}),
            "ok");
  EXPECT_TRUE(smds.calls.empty());
  smds.answer = smdp::status("8.9", "4.2");
  EXPECT_EQ(code_of("releaseProfile", {{"iccid", kIccidDigits}}), "8.9/4.2");
  EXPECT_EQ(profile_state(), "confirmed");
  smds.answer = rsp::NoOutput{};
  EXPECT_EQ(code_of("releaseProfile", {{"iccid", kIccidDigits}}), "ok");
  EXPECT_EQ(smds.calls.size(), 2U);
  EXPECT_EQ(profile_state(), "released");
}

// --- 4.3.5 HandleDownloadProgressInfo ---

class TC_SM_DPp_ES2p_HandleDownloadProgressInfo : public Es2Case {};

TEST_F(TC_SM_DPp_ES2p_HandleDownloadProgressInfo, X01_Nominal_EveryPointOfADownloadIsReported) {
  add_order();
  order().profile_type = kType;
  Session session = authenticated();
  ASSERT_EQ(package(session).code(), "ok");
  Bytes installed = result(session, euicc, success_result());
  post("handleNotification", notification_body(installed));
  EXPECT_EQ(progress.text(), "1 Executed-Success, 3 Executed-Success, 4 Executed-Success");
  const auto& last = progress.infos.back();
  EXPECT_EQ(last.iccid, kIccidDigits);
  EXPECT_EQ(last.eid, own_eid());
  EXPECT_EQ(last.profile_type, kType);
  EXPECT_EQ(from_base64(*last.result_data), installed);
  std::time_t now = std::chrono::system_clock::to_time_t(clock.now());
  char expected[32];
  std::strftime(expected, sizeof expected, "%Y-%m-%dT%H:%M:%SZ", std::gmtime(&now));
  EXPECT_EQ(last.timestamp, expected);
}
TEST_F(TC_SM_DPp_ES2p_HandleDownloadProgressInfo, X02_Error_WhatIsNotEligibleIsReported) {
  add_order();
  euicc.free_memory = 10;
  Session session = begin();
  EXPECT_EQ(authenticate(session).code(), "8.1/4.8");
  EXPECT_EQ(progress.text(), "1 8.1/4.8");
}
TEST_F(TC_SM_DPp_ES2p_HandleDownloadProgressInfo, X03_Error_AWrongCodeIsReported) {
  add_order({.code = kCode});
  Session session = authenticated();
  EXPECT_EQ(package(session, kWrongCode).code(), "8.2.7/3.8");
  EXPECT_EQ(progress.text(), "1 Executed-Success, 2 8.2.7/3.8");
}
TEST_F(TC_SM_DPp_ES2p_HandleDownloadProgressInfo, X04_Error_AFailedInstallationIsReported) {
  add_order();
  Session session = authenticated();
  ASSERT_EQ(package(session).code(), "ok");
  post("handleNotification", notification_body(result(session, euicc, error_result(5, 2))));
  EXPECT_EQ(progress.text(), "1 Executed-Success, 3 Executed-Success, 4 8.1/4.2");
}
TEST_F(TC_SM_DPp_ES2p_HandleDownloadProgressInfo, X05_Error_ACancelledSessionIsReported) {
  add_order();
  Session session = authenticated();
  ASSERT_EQ(post("cancelSession", cancel_body(session, euicc, 0)).code(), "ok");
  EXPECT_EQ(progress.text(), "1 Executed-Success, 3 8.2/4.2");
  EXPECT_EQ(progress.infos.back().notification_point_status.status, "Failed");
}

}  // namespace
}  // namespace sgp23_server
