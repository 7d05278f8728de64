// The API of the management listener, without a socket.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_smdp/server_management.h"
#include "hil/faults/seams.h"
#include "hil/management.h"
#include "lpa/activation_code.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"

namespace smdp {
namespace {

using rsp::Json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kEid = "89049032123451234512345678901235";

class ManagementTest : public ::testing::Test {
 protected:
  rsp::http::Response send(std::string method, std::string target, std::string body = "",
                           std::vector<rsp::http::Header> headers = {},
                           std::string host = "127.0.0.1:8080") {
    return management_.handle({.method = std::move(method),
                               .target = std::move(target),
                               .body = std::move(body),
                               .headers = std::move(headers),
                               .host = std::move(host)});
  }
  /// The document of an answer that has this status.
  Json ask(std::string method, std::string target, const Json& body = {}, int status = 200) {
    auto response = send(std::move(method), std::move(target), body.is_null() ? "" : body.dump());
    EXPECT_EQ(response.status, status) << response.body;
    return Json::parse(response.body);
  }
  /// "status path: text" of what is refused.
  std::string refused(std::string method, std::string target, const std::string& body = "") {
    auto response = send(std::move(method), std::move(target), body);
    Json error = Json::parse(response.body, nullptr, false);
    if (!error.is_object() || !error.contains("error")) return "not refused: " + response.body;
    error = Json(error["error"]);
    return fmt::format("{} {}: {}", response.status, error["path"].get<std::string>(),
                       error["text"].get<std::string>());
  }
  std::vector<std::string> order_states() {
    std::vector<std::string> states;
    Json orders = ask("GET", "/api/orders");
    for (const Json& order : orders["orders"]) states.push_back(order["state"]);
    return states;
  }
  void call(std::string function, rsp::Bytes session, std::string outcome, std::string order = "",
            std::string request = "{}", std::string response = "{}") {
    journal_.begin("/gsma/rsp2/es9plus/" + function, std::move(request));
    JournalEntry& entry = journal_.current();
    entry.interface = "ES9+";
    entry.function = std::move(function);
    entry.transaction_id = std::move(session);
    entry.outcome = std::move(outcome);
    entry.order = std::move(order);
    journal_.end(200, std::move(response));
  }

  rsp::ManualClock base_{rsp::Clock::TimePoint(std::chrono::seconds(1'800'000'000))};
  rsp::OffsetClock clock_{base_};
  rsp::SeededRandom random_{1};
  OrderStore orders_;
  Journal journal_{clock_};
  hil::FaultPlan plan_;
  hil::PlanSwitches switches_{
      plan_, {"connection", "transport", "http", "header", "message", "signing", "crypto", "bpp"}};
  Management management_{{.orders = orders_,
                          .journal = journal_,
                          .clock = clock_,
                          .random = random_,
                          .address = "smdp.example:8443",
                          .faults = &switches_,
                          .decode = hil::decoded,
                          .max_orders = 5,
                          .max_faults = 20}};
};

// --- Who may ask

TEST_F(ManagementTest, AnswersAddressesAndLocalhostOnly) {
  for (const char* host :
       {"127.0.0.1", "127.0.0.1:80", "localhost:80", "LOCALHOST", "[::1]:80", "192.168.1.20:8080"})
    EXPECT_EQ(send("GET", "/health", "", {}, host).status, 200) << host;
  for (const char* host : {"", "evil.example", "evil.example:80", "127.0.0.1.evil.example",
                           "localhost.evil.example", "[evil]", "[::1"})
    EXPECT_EQ(send("GET", "/health", "", {}, host).status, 403) << host;
}

TEST_F(ManagementTest, TakesNoChangesFromForeignPages) {
  const std::string body = R"({"offsetSeconds": 60})";
  for (const char* origin :
       {"http://evil.example", "null", "http://127.0.0.1:9999", "https://127.0.0.1:8080"})
    EXPECT_EQ(send("PUT", "/api/clock", body, {{"Origin", origin}}).status, 403) << origin;
  EXPECT_EQ(send("PUT", "/api/clock", body, {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  EXPECT_EQ(clock_.offset().count(), 0);
  EXPECT_EQ(send("PUT", "/api/clock", body, {{"Origin", "http://127.0.0.1:8080"}}).status, 200);
  EXPECT_EQ(clock_.offset(), std::chrono::minutes(1));
}

TEST_F(ManagementTest, SaysWhatThereIs) {
  EXPECT_THAT(refused("GET", "/api/order"), HasSubstr("404 /api/order: there is nothing here"));
  auto wrong = send("DELETE", "/api/clock");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("Allow"), "GET, PUT");
  EXPECT_THAT(refused("GET", "/api/orders/%2"), HasSubstr("400 /api/orders/%2: a '%' is not"));
  EXPECT_THAT(refused("GET", "/api/journal?limitt=1"), HasSubstr("400 limitt: 'limitt' is no"));
  EXPECT_THAT(refused("GET", "/api/journal?limit=-1"), HasSubstr("400 limit: '-1' is no number"));
  EXPECT_EQ(send("HEAD", "/health").status, 200);
}

TEST_F(ManagementTest, HasAPageThatLoadsNothingFromElsewhere) {
  auto page = send("GET", "/");
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_THAT(page.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
  EXPECT_EQ(page.body.find("http://"), page.body.npos);
  EXPECT_EQ(page.body.find("https://"), page.body.npos);
  EXPECT_TRUE(Json::parse(send("GET", "/api/schema").body).contains("$defs"));
}

// --- Orders

TEST_F(ManagementTest, MakesAnOrderOutOfDefaults) {
  auto response = send("POST", "/api/orders", R"({"profile": {}})");
  ASSERT_EQ(response.status, 201) << response.body;
  Json order = Json::parse(response.body);
  EXPECT_EQ(order["state"], "released");
  EXPECT_EQ(order["history"], Json::array({"released"}));
  EXPECT_EQ(response.header("Location"), order["url"].get<std::string>());
  EXPECT_EQ(ask("GET", order["url"]), order);
  auto code = lpa::ActivationCode::parse(order["activationCode"].get<std::string>()).value();
  EXPECT_EQ(code.address, "smdp.example:8443");
  EXPECT_NE(orders_.find(code.matching_id), nullptr);
  EXPECT_FALSE(code.confirmation_code_required);
}

TEST_F(ManagementTest, MakesAnOrderOutOfEverythingThatCanBeSaid) {
  Json order = ask("POST", "/api/orders",
                   {{"profile", {{"iccid", "8988211000000000019"}, {"imsi", "001010000000001"}}},
                    {"matchingId", "ONE-2"},
                    {"confirmationCode", "1234"},
                    {"eid", kEid},
                    {"expires", "2027-02-01T12:00:00+01:00"},
                    {"owner", "1.3.6.1"},
                    {"profileType", "P"},
                    {"profileName", "Name"},
                    {"serviceProviderName", "Provider"}},
                   201);
  EXPECT_EQ(order["iccid"], "8988211000000000019");
  EXPECT_EQ(order["activationCode"], "LPA:1$smdp.example:8443$ONE-2$$1");
  EXPECT_EQ(order["eid"], kEid);
  EXPECT_EQ(order["expires"], "2027-02-01T11:00:00.000Z");
  EXPECT_EQ(order["owner"], "1.3.6.1");
  EXPECT_EQ(order["profileName"], "Name");
  EXPECT_EQ(order["serviceProviderName"], "Provider");
  EXPECT_EQ(orders_.find("ONE-2")->confirmation_code_hash, hash_confirmation_code("1234"));
}

TEST_F(ManagementTest, TakesAPackage) {
  rsp::saip::ProfileParameters parameters{.iccid_digits = "8988211000000000027",
                                          .imsi = "001010000000001"};
  auto package = rsp::saip::make_profile(parameters).value();
  Json order = ask("POST", "/api/orders", {{"package", rsp::to_base64(package)}}, 201);
  EXPECT_EQ(order["iccid"], "8988211000000000027");
  EXPECT_EQ(order["packageSize"], package.size());
}

TEST_F(ManagementTest, PersonalisesATemplate) {
  std::string package = rsp::to_base64(rsp::saip::make_profile({}).value());
  Json order = ask("POST", "/api/orders",
                   {{"template", package},
                    {"values", {{"iccid", "8988211000000000027"}, {"imsi", "001010000000007"}}},
                    {"matchingId", "M"}},
                   201);
  EXPECT_EQ(order["iccid"], "8988211000000000027");
  auto made = rsp::saip::decode_package(*orders_.find("M")->profile_package).value();
  EXPECT_EQ(rsp::saip::first_imsi(made), "001010000000007");

  auto wrong = [&](const Json& body) { return refused("POST", "/api/orders", body.dump()); };
  auto with = [&](const Json& values) {
    return wrong({{"template", package}, {"values", values}});
  };
  EXPECT_THAT(with({{"imsi", "1"}}), HasSubstr("400 values.imsi"));
  EXPECT_THAT(with({{"k", "xx"}}), HasSubstr("400 values.k"));
  EXPECT_THAT(with({{"op", std::string(32, '0')}}), HasSubstr("400 values.op: there is no k"));
  EXPECT_THAT(with({{"msisdn", "123"}}), HasSubstr("400 values.msisdn: the template has no"));
  EXPECT_THAT(with({{"imsy", "1"}}), HasSubstr("400 values.imsy: 'imsy' is not known here"));
  EXPECT_THAT(with({{"imsi", 1}}), HasSubstr("400 values.imsi: should be a text"));
  EXPECT_THAT(wrong({{"template", "%"}}), HasSubstr("400 template: is no base64"));
  EXPECT_THAT(wrong({{"template", "AAAA"}}), HasSubstr("400 template: is no profile package"));
  EXPECT_THAT(wrong({{"profile", Json::object()}, {"values", Json::object()}}),
              HasSubstr("400 values: there is no template"));
  EXPECT_EQ(orders_.all().size(), 1u);
}

TEST_F(ManagementTest, MakesAnOrderOfEachLine) {
  std::string package = rsp::to_base64(rsp::saip::make_profile({}).value());
  std::string csv =
      "iccid,matchingId,confirmationCode\n8988211000000000011,A,1234\n8988211000000000012,B,\n";
  Json made = ask("POST", "/api/batch",
                  {{"csv", csv}, {"template", package}, {"profileName", "Name"}}, 201);
  ASSERT_EQ(made["orders"].size(), 2u);
  EXPECT_EQ(made["orders"][0]["activationCode"], "LPA:1$smdp.example:8443$A$$1");
  EXPECT_EQ(made["orders"][1]["profileName"], "Name");
  EXPECT_THAT(made["warnings"][0].get<std::string>(), HasSubstr("line 3, column iccid"));

  auto wrong = [&](const Json& body) { return refused("POST", "/api/batch", body.dump()); };
  EXPECT_THAT(wrong({{"csv", "iccid,matchingId\n8988211000000000029,C\n8988211000000000037,A\n"}}),
              HasSubstr("409 csv, line 3, column matchingId: there is an order 'A' already"));
  EXPECT_THAT(wrong({{"csv", "iccid,imsi\n8988211000000000029,1\n"}}),
              HasSubstr("400 csv, line 2, column imsi"));
  EXPECT_THAT(wrong({{"csv", csv}, {"state", "available"}}),
              HasSubstr("400 csv, line 1, column matchingId: there is no such column"));
  EXPECT_THAT(wrong(Json::object()), HasSubstr("400 csv: is missing"));
  EXPECT_THAT(wrong({{"csv", "iccid\n"}, {"csw", ""}}), HasSubstr("400 csw"));
  EXPECT_EQ(orders_.all().size(), 2u);
  std::string four =
      "iccid\n8988211000000000101\n8988211000000000102\n8988211000000000103\n"
      "8988211000000000104\n";
  EXPECT_THAT(wrong({{"csv", four}}), HasSubstr("409 : there are 2 orders, and 5 are the most"));
  Json stock = ask("POST", "/api/batch",
                   {{"csv", "iccid\n8988211000000000029\n"}, {"state", "available"}}, 201);
  EXPECT_EQ(stock["orders"][0]["state"], "available");
}

TEST_F(ManagementTest, TakesAProfileOutOfStockAndPutsItBack) {
  Json stock =
      ask("POST", "/api/orders",
          {{"profile", Json::object()}, {"state", "available"}, {"profileType", "P"}}, 201);
  EXPECT_FALSE(stock.contains("activationCode"));
  Json order = ask("POST", "/api/orders", {{"profileType", "P"}, {"matchingId", "M"}}, 201);
  EXPECT_EQ(order["key"], stock["key"]);
  EXPECT_EQ(order["state"], "released");
  EXPECT_EQ(refused("POST", "/api/orders", Json{{"stock", stock["key"]}}.dump()),
            "409 stock: the profile is released");
  std::string url = order["url"];
  Json back = ask("POST", url + "/cancel", {{"backToStock", true}});
  EXPECT_EQ(back["state"], "available");
  EXPECT_EQ(orders_.find("M"), nullptr);
  EXPECT_EQ(ask("POST", "/api/orders", {{"stock", stock["key"]}}, 201)["state"], "released");
  EXPECT_EQ(ask("DELETE", url)["state"], "unavailable");
  EXPECT_THAT(refused("DELETE", url), HasSubstr("the profile is unavailable"));
  EXPECT_THAT(order_states(), ElementsAre("unavailable"));
}

TEST_F(ManagementTest, AnOrderThatIsInstalledCanBeReleasedAgainAndNotCancelled) {
  Json order = ask("POST", "/api/orders", {{"profile", Json::object()}}, 201);
  Order* stored = orders_.find_by_key(order["key"].get<std::string>());
  stored->move_to(OrderState::kInstalled);
  stored->download_attempts = 3;
  std::string url = order["url"];
  EXPECT_THAT(refused("DELETE", url), HasSubstr("409"));
  Json again = ask("POST", url + "/release");
  EXPECT_EQ(again["state"], "released");
  EXPECT_EQ(again["downloadAttempts"], 0);
}

TEST_F(ManagementTest, KeysWithANumberSignAreFound) {
  Json profile{{"profile", {{"iccid", "8988211000000000019"}}}};
  ask("POST", "/api/orders", profile, 201);
  Json second = ask("POST", "/api/orders", profile, 201);
  EXPECT_EQ(second["key"], "8988211000000000019#2");
  EXPECT_EQ(second["url"], "/api/orders/8988211000000000019%232");
  EXPECT_EQ(ask("GET", second["url"])["key"], second["key"]);
}

TEST_F(ManagementTest, SaysWhatIsWrongWithAnOrder) {
  auto wrong = [&](const char* body) { return refused("POST", "/api/orders", body); };
  EXPECT_THAT(wrong("{"), HasSubstr("400 : the body is no JSON"));
  EXPECT_THAT(wrong(""), HasSubstr("should be a JSON object"));
  EXPECT_THAT(wrong("[]"), HasSubstr("should be a JSON object"));
  EXPECT_THAT(wrong(std::string(100'000, '[').c_str()), HasSubstr("nested deeper"));
  EXPECT_THAT(wrong("{}"), HasSubstr("400 profile: it does not say which profile"));
  EXPECT_THAT(wrong(R"({"profile": {}, "package": ""})"), HasSubstr("an order has one profile"));
  EXPECT_THAT(wrong(R"({"profile": 1})"), HasSubstr("400 profile: should be a JSON object"));
  EXPECT_THAT(wrong(R"({"profile": {"imsi": "1"}})"), HasSubstr("400 profile.imsi"));
  EXPECT_THAT(wrong(R"({"profile": {"imsy": "1"}})"),
              HasSubstr("400 profile.imsy: 'imsy' is not known here"));
  EXPECT_THAT(wrong(R"({"profile": {"k": "00"}})"), HasSubstr("400 profile.k: '00' is not 32"));
  EXPECT_THAT(wrong(R"({"profile": {"filler": 1e30}})"), HasSubstr("400 profile.filler"));
  EXPECT_THAT(wrong(R"({"profile": {"filler": 18446744073709551615}})"),
              HasSubstr("400 profile.filler"));
  EXPECT_THAT(wrong(R"({"profile": {}, "matchingId": "a b"})"), HasSubstr("400 matchingId: 'a'"));
  EXPECT_THAT(wrong(R"({"profile": {}, "matchingId": ""})"), HasSubstr("400 eid"));
  EXPECT_THAT(wrong(R"({"profile": {}, "eid": "12"})"), HasSubstr("400 eid: '12' is not 32"));
  EXPECT_THAT(wrong(R"({"profile": {}, "expires": "tomorrow"})"), HasSubstr("400 expires"));
  EXPECT_THAT(wrong(R"({"profile": {}, "expires": "2027-02-30"})"), HasSubstr("400 expires"));
  EXPECT_THAT(wrong(R"({"profile": {}, "state": "installed"})"), HasSubstr("400 state"));
  EXPECT_THAT(wrong(R"({"profile": {}, "state": "available", "matchingId": "M"})"),
              HasSubstr("400 state"));
  EXPECT_THAT(wrong(R"({"package": "%"})"), HasSubstr("400 package: is no base64"));
  EXPECT_THAT(wrong(R"({"package": "AAAA"})"), HasSubstr("400 package: is no profile package"));
  EXPECT_THAT(wrong(R"({"profileType": "none"})"), HasSubstr("409 profileType"));
  EXPECT_TRUE(orders_.all().empty());
}

TEST_F(ManagementTest, MatchingIdsAreTakenOnce) {
  Json wanted{{"profile", Json::object()}, {"matchingId", "M"}};
  ask("POST", "/api/orders", wanted, 201);
  EXPECT_THAT(refused("POST", "/api/orders", wanted.dump()), HasSubstr("409 matchingId"));
  Json stock =
      ask("POST", "/api/orders", {{"profile", Json::object()}, {"state", "available"}}, 201);
  EXPECT_THAT(
      refused("POST", "/api/orders", Json{{"stock", stock["key"]}, {"matchingId", "M"}}.dump()),
      HasSubstr("409 matchingId"));
}

TEST_F(ManagementTest, ThereAreNoMoreOrdersThanAllowed) {
  for (int i = 0; i < 5; ++i) ask("POST", "/api/orders", {{"profile", Json::object()}}, 201);
  EXPECT_THAT(refused("POST", "/api/orders", R"({"profile": {}})"),
              HasSubstr("there are 5 orders, and 5 are the most"));
}

TEST_F(ManagementTest, AnOrderExpiresWhenTheClockIsPutForward) {
  Json order = ask("POST", "/api/orders",
                   {{"profile", Json::object()}, {"expires", "2027-01-16T00:00:00Z"}}, 201);
  EXPECT_EQ(order["expired"], false);
  ask("PUT", "/api/clock", {{"forwardSeconds", 86'400}});
  EXPECT_EQ(ask("GET", order["url"])["expired"], true);
}

// --- Clock

TEST_F(ManagementTest, TheClockIsSetInThreeWays) {
  EXPECT_EQ(ask("GET", "/api/clock")["now"], "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(ask("PUT", "/api/clock", {{"now", "2030-01-01"}})["now"], "2030-01-01T00:00:00.000Z");
  EXPECT_EQ(ask("PUT", "/api/clock", {{"forwardSeconds", -60}})["now"], "2029-12-31T23:59:00.000Z");
  EXPECT_EQ(ask("PUT", "/api/clock", {{"offsetSeconds", 0}})["now"], "2027-01-15T08:00:00.000Z");
  EXPECT_THAT(refused("PUT", "/api/clock", "{}"), HasSubstr("400 now"));
  EXPECT_THAT(refused("PUT", "/api/clock", R"({"offsetSeconds": 1, "forwardSeconds": 1})"),
              HasSubstr("400 now"));
  EXPECT_THAT(refused("PUT", "/api/clock", R"({"forwardSeconds": 99999999999})"),
              HasSubstr("400 forwardSeconds"));
  EXPECT_THAT(refused("PUT", "/api/clock", R"({"offsetSeconds": -2000000000})"), HasSubstr("1970"));
}

// --- Journal, sessions, metrics

TEST_F(ManagementTest, TheJournalIsAskedBySessionOrderAndFunction) {
  call("initiateAuthentication", {1}, "ok");
  call("authenticateClient", {1}, "ok", "K1");
  call("initiateAuthentication", {2}, "8.8.1/3.8");
  call("handleNotification", {}, "enable", "K1");
  auto numbers = [&](const std::string& query) {
    Json answer = ask("GET", "/api/journal?" + query);
    std::vector<std::uint64_t> list;
    for (const Json& entry : answer["journal"]) list.push_back(entry["number"]);
    return list;
  };
  EXPECT_THAT(numbers(""), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(numbers("session=01"), ElementsAre(1, 2));
  EXPECT_THAT(numbers("order=K1"), ElementsAre(2, 4));
  EXPECT_THAT(numbers("function=initiateAuthentication"), ElementsAre(1, 3));
  EXPECT_THAT(numbers("function=ES9%2B.initiateAuthentication&after=1"), ElementsAre(3));
  EXPECT_THAT(numbers("function=ES11.initiateAuthentication"), ElementsAre());
  EXPECT_THAT(numbers("session=01&function=authenticateClient"), ElementsAre(2));
  EXPECT_THAT(numbers("session=02&order=K1"), ElementsAre());
  EXPECT_THAT(numbers("order=unknown"), ElementsAre());
  EXPECT_THAT(numbers("limit=2"), ElementsAre(1, 2));
  EXPECT_EQ(ask("GET", "/api/journal?limit=2")["more"], true);
  EXPECT_EQ(ask("GET", "/api/journal?after=4")["count"], 4);
  EXPECT_THAT(refused("GET", "/api/journal?session=xyz"), HasSubstr("400 session"));
  EXPECT_THAT(refused("GET", "/api/journal/5"), HasSubstr("404 5: there is no such call"));
  EXPECT_THAT(refused("GET", "/api/journal/99999999999999999999999"), HasSubstr("404"));
}

TEST_F(ManagementTest, BodiesAreDecodedAndKept) {
  call("initiateAuthentication", {1}, "ok", "",
       R"({"euiccChallenge": "AAECAwQFBgcICQoLDA0ODw==", "smdpAddress": "smdp.example"})",
       "\xff\xfe");
  Json entry = ask("GET", "/api/journal")["journal"][0];
  EXPECT_EQ(entry["request"]["euiccChallenge"], "000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(entry["request"]["smdpAddress"], "smdp.example");
  EXPECT_FALSE(entry.contains("requestBody"));
  Json whole = ask("GET", "/api/journal/1");
  EXPECT_THAT(whole["requestBody"].get<std::string>(), HasSubstr("AAECAwQFBgcICQoLDA0ODw=="));
  EXPECT_EQ(whole["responseOctets"], "FFFE");
}

// In the octets of a message an ICCID has its digits swapped.
TEST_F(ManagementTest, NumbersAreShownAsPeopleReadThem) {
  rsp::StoreMetadataRequest metadata;
  metadata.iccid = {0x98, 0x88, 0x12, 0x01, 0x00, 0x00, 0x00, 0x00, 0x10, 0xF9};
  metadata.service_provider_name = "Provider";
  metadata.profile_name = "Profile";
  Json body{{"profileMetadata", rsp::to_base64(rsp::asn1::encode(metadata))}};
  call("authenticateClient", {1}, "ok", "", "{}", body.dump());
  Json shown = ask("GET", "/api/journal/1");
  EXPECT_EQ(shown["response"]["profileMetadata"]["iccid"], "8988211000000000019");
  // A function with a JSON binding only has digits from the beginning.
  call("confirmOrder", {}, "ok", "", R"({"iccid": "89882110000000000191"})");
  EXPECT_EQ(ask("GET", "/api/journal/2")["request"]["iccid"], "89882110000000000191");
}

TEST_F(ManagementTest, CallsToAnOperatorAreInTheJournalAndChangeNoSession) {
  call("initiateAuthentication", {1}, "ok");
  call("handleNotification", {1}, "install", "K");
  journal_.add_outgoing({.interface = "ES2+",
                         .function = "handleDownloadProgressInfo",
                         .transaction_id = {1},
                         .order = "K",
                         .outcome = "failed: the answer has status 500, not 204",
                         .target = "/gsma/rsp2/es2plus/handleDownloadProgressInfo",
                         .request = R"({"notificationPointId": 4, "iccid": "8988211000000000019"})",
                         .status = 500,
                         .to = "operator.example",
                         .notification_point = 4});
  Json found =
      ask("GET", "/api/journal?session=01&order=K&function=ES2%2B.handleDownloadProgressInfo");
  ASSERT_EQ(found["journal"].size(), 1u);
  Json entry = found["journal"][0];
  EXPECT_EQ(entry["number"], 3);
  EXPECT_EQ(entry["to"], "operator.example");
  EXPECT_EQ(entry["notificationPointId"], 4);
  EXPECT_EQ(entry["status"], 500);
  EXPECT_EQ(entry["request"]["iccid"], "8988211000000000019");
  EXPECT_FALSE(ask("GET", "/api/journal/1").contains("to"));
  EXPECT_THAT(ask("GET", "/api/journal/3")["requestBody"].get<std::string>(),
              HasSubstr("notificationPointId"));
  Json session = ask("GET", "/api/sessions")["sessions"][0];
  EXPECT_EQ(session["state"], "installed");
  EXPECT_EQ(session["interface"], "ES9+");
  EXPECT_EQ(session["calls"], Json::array({1, 2, 3}));
  EXPECT_THAT(
      send("GET", "/metrics").body,
      HasSubstr(
          "interface=\"ES2+\",function=\"handleDownloadProgressInfo\",outcome=\"failed\"} 1"));
}

TEST_F(ManagementTest, HealthSaysHowMuchHasBeenDone) {
  Json before = ask("GET", "/health");
  EXPECT_EQ(before["status"], "ok");
  EXPECT_EQ(before["calls"], 0);
  call("initiateAuthentication", {1}, "ok");
  ask("POST", "/api/orders", {{"profile", Json::object()}}, 201);
  ask("PUT", "/api/clock", {{"forwardSeconds", 60}});
  Json after = ask("GET", "/health");
  EXPECT_EQ(after["calls"], 1);
  EXPECT_EQ(after["orders"], 1);
  EXPECT_EQ(after["openSessions"], 0);
  EXPECT_EQ(after["address"], "smdp.example:8443");
  EXPECT_EQ(after["now"], "2027-01-15T08:01:00.000Z");
}

TEST_F(ManagementTest, SessionsAreWhatTheirCallsMakeOfThem) {
  call("initiateAuthentication", {1}, "ok");
  call("initiateAuthentication", {2}, "ok");
  call("authenticateClient", {1}, "8.2.6/3.8");
  call("handleNotification", {2}, "install", "K");
  Json answer = ask("GET", "/api/sessions");
  ASSERT_EQ(answer["sessions"].size(), 2u);
  EXPECT_EQ(answer["sessions"][0]["id"], "01");
  EXPECT_EQ(answer["sessions"][0]["state"], "failed");
  EXPECT_EQ(answer["sessions"][0]["calls"], Json::array({1, 3}));
  EXPECT_EQ(answer["sessions"][1]["state"], "installed");
  EXPECT_EQ(answer["sessions"][1]["open"], false);
  EXPECT_EQ(ask("GET", "/api/sessions?order=K")["sessions"].size(), 1u);
}

TEST_F(ManagementTest, MetricsCountCallsAndOrders) {
  call("initiateAuthentication", {1}, "ok");
  call("initiateAuthentication", {2}, "ok");
  call("handleNotification", {}, "refused: the \"signature\" is wrong");
  ask("POST", "/api/orders", {{"profile", Json::object()}}, 201);
  std::string text = send("GET", "/metrics").body;
  EXPECT_THAT(text, HasSubstr("esimbench_calls_total{interface=\"ES9+\",function="
                              "\"initiateAuthentication\",outcome=\"ok\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("outcome=\"refused\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("esimbench_orders{state=\"released\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("esimbench_orders{state=\"error\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("# TYPE esimbench_sessions_open gauge\nesimbench_sessions_open 0\n"));
}

TEST_F(ManagementTest, WhatReachesNoFunctionIsCountedTogether) {
  for (int i = 0; i < 2000; ++i) {
    journal_.begin(fmt::format("/{}", i), "");
    journal_.end(404, "");
  }
  EXPECT_EQ(journal_.totals().size(), 1u);
}

// --- Faults

TEST_F(ManagementTest, FaultsAreAddedSwitchedAndTakenAway) {
  Json definition{
      {"id", "a/b #1"}, {"where", {{"transport", "any"}}}, {"action", {{"drop", Json::object()}}}};
  Json fault = ask("POST", "/api/faults", definition, 201);
  EXPECT_EQ(fault["enabled"], true);
  EXPECT_EQ(fault["definition"], definition);
  EXPECT_EQ(ask("PUT", "/api/faults/a%2Fb%20%231", {{"enabled", false}})["enabled"], false);
  EXPECT_EQ(ask("GET", "/api/faults/a%2Fb%20%231")["enabled"], false);
  EXPECT_THAT(refused("PUT", "/api/faults/x", R"({"enabled": false})"), HasSubstr("404 x"));
  EXPECT_THAT(refused("PUT", "/api/faults/a%2Fb%20%231", "{}"), HasSubstr("400 enabled"));
  EXPECT_EQ(ask("DELETE", "/api/faults/a%2Fb%20%231")["faults"].size(), 0u);
}

TEST_F(ManagementTest, AListThatIsNotRightChangesNothing) {
  Json good = Json::parse(R"([{"id": "one", "where": {"http": "any"},
                               "action": {"status": {"code": 503}}}])");
  ask("PUT", "/api/faults", good);
  EXPECT_THAT(refused("PUT", "/api/faults", "{}"), HasSubstr("400"));
  EXPECT_THAT(refused("PUT", "/api/faults", "null"), HasSubstr("400"));
  EXPECT_THAT(refused("PUT", "/api/faults", R"([{"where": {"apdu": {}},
                                                "action": {"delay": {"by": "1s"}}}])"),
              HasSubstr("nothing comes to the hook 'apdu' here"));
  EXPECT_THAT(
      refused("PUT", "/api/faults", R"([{"where": {"http": "any"}, "action": {"statuss": {}}}])"),
      HasSubstr("'statuss' is no action"));
  EXPECT_EQ(ask("GET", "/api/faults")["faults"][0]["id"], "one");
  EXPECT_EQ(ask("PUT", "/api/faults", {{"faults", Json::array()}})["faults"].size(), 0u);
  Json many = Json::array();
  for (int i = 0; i < 21; ++i) many.push_back(good[0]);
  EXPECT_THAT(refused("PUT", "/api/faults", many.dump()), HasSubstr("20 are the most"));
}

TEST_F(ManagementTest, WhatComesReadyMadeIsRight) {
  Json offered = ask("GET", "/api/faults")["readyMade"];
  ASSERT_GT(offered.size(), 5u);
  for (const Json& fault : offered) {
    EXPECT_NE(fault["description"], "");
    EXPECT_EQ(ask("POST", "/api/faults", fault["definition"], 201)["id"], fault["id"]);
  }
}

TEST_F(ManagementTest, AFaultStrikesOnlyWhileItIsOnAndIsWrittenDown) {
  ask("POST", "/api/faults",
      Json::parse(R"({"id": "f", "where": {"transport": "any"}, "action": {"resetBefore": {}}})"),
      201);
  rsp::http::Handler honest = [&](const rsp::http::Request& request) {
    journal_.begin(request.target, request.body);
    journal_.end(200, "honest");
    return rsp::http::Response{200, "honest"};
  };
  auto handler =
      hil::with_faults_in_journal(journal_, plan_, hil::with_faults(plan_, std::move(honest)));
  rsp::http::Request request{.target = "/gsma/rsp2/es9plus/cancelSession", .body = "{}"};
  EXPECT_EQ(handler(request).delivery, rsp::http::Delivery::kReset);
  EXPECT_EQ(handler(request).delivery, rsp::http::Delivery::kWhole);  // once, by default
  Json entry = ask("GET", "/api/journal/1");
  EXPECT_EQ(entry["function"], "cancelSession");
  EXPECT_EQ(entry["faults"], Json::array({"f"}));
  EXPECT_EQ(entry["spoilt"], "reset");
  EXPECT_EQ(entry["requestBody"], "{}");
  EXPECT_FALSE(ask("GET", "/api/journal/2").contains("faults"));
  // Off and on again, it strikes once more.
  ask("PUT", "/api/faults/f", {{"enabled", false}});
  EXPECT_EQ(handler(request).delivery, rsp::http::Delivery::kWhole);
  ask("PUT", "/api/faults/f", {{"enabled", true}});
  EXPECT_EQ(handler(request).delivery, rsp::http::Delivery::kReset);
  Json fault = ask("GET", "/api/faults/f");
  EXPECT_EQ(fault["matched"], 3);
  EXPECT_EQ(fault["used"], 2);
}

TEST_F(ManagementTest, AFaultOfAConnectionIsWrittenDownThoughNoRequestCame) {
  ask("POST", "/api/faults",
      Json::parse(
          R"({"id": "f", "where": {"connection": {"number": 2}}, "action": {"reset": {}}})"),
      201);
  std::mutex mutex;
  auto admit = hil::with_faults_in_journal(journal_, plan_, mutex, hil::admission(plan_, true));
  EXPECT_EQ(admit(1).fate, rsp::http::Admission::Fate::kServed);
  EXPECT_EQ(journal_.count(), 0u);
  EXPECT_EQ(admit(2).fate, rsp::http::Admission::Fate::kReset);
  Json entry = ask("GET", "/api/journal/1");
  EXPECT_EQ(entry["function"], "connection 2");
  EXPECT_EQ(entry["faults"], Json::array({"f"}));
  EXPECT_EQ(entry["spoilt"], "reset");
}

}  // namespace
}  // namespace smdp
