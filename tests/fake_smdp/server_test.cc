// The JSON binding of ES9+ over HTTP (SGP.22 v2, 6.5; A.6), and what comes in that is none.
#include "fake_smdp/server.h"

#include <nlohmann/json.hpp>

#include "rsp/base/base64.h"
#include "rsp/json/es9_json.h"
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

using Json = nlohmann::json;
using rsp::http::Request;
using rsp::http::Response;
using ::testing::HasSubstr;

constexpr std::array kFunctions = {"initiateAuthentication", "authenticateClient",
                                   "getBoundProfilePackage", "cancelSession", "handleNotification"};

/// "200 ok", "204", "200 8.2.6/3.8 at MATCHING": status, and functionExecutionStatus where there is
/// a body.
std::string summary(const Response& response) {
  std::string out = std::to_string(response.status);
  if (response.body.empty() || response.status != 200) return out;
  Json json = Json::parse(response.body, nullptr, false);
  if (!json.is_object()) return out + " no JSON object";
  const Json& execution = json["header"]["functionExecutionStatus"];
  if (execution["status"] == "Executed-Success") return out + " ok";
  const Json& data = execution["statusCodeData"];
  out += " " + data["subjectCode"].get<std::string>() + "/" + data["reasonCode"].get<std::string>();
  if (data.contains("subjectIdentifier"))
    out += " at " + data["subjectIdentifier"].get<std::string>();
  return out;
}

struct Es9Http : SmdpTest {
  Es9Http() { start(); }

  static Request request(const std::string& function, std::string body) {
    return {"POST",
            std::string(rsp::kEs9PathPrefix) + function,
            std::move(body),
            {{"Content-Type", "application/json"}, {"X-Admin-Protocol", "gsma/rsp/v2.2.2"}},
            ""};
  }
  Response post(const std::string& function, std::string body) {
    return handle_es9(server(), request(function, std::move(body)), nullptr);
  }
  Response handle(const Request& request) { return handle_es9(server(), request, nullptr); }

  /// A good body of each function, as a card signs it; they belong to different sessions.
  std::map<std::string, std::string> good_bodies() {
    std::map<std::string, std::string> bodies;
    bodies["cancelSession"] = rsp::es9_request_body(device->cancel_request(
        device->authenticate().transaction_id, CancelSessionReason::kPostponed));
    auto result = device->download_and_install();
    bodies["handleNotification"] =
        rsp::es9_request_body(rsp::HandleNotificationRequest{result, {}});
    order().state = OrderState::kReleased;
    bodies["authenticateClient"] = rsp::es9_request_body(device->client_request());
    bodies["getBoundProfilePackage"] =
        rsp::es9_request_body(device->package_request(device->authenticate()));
    bodies["initiateAuthentication"] = rsp::es9_request_body(device->initiate_request());
    return bodies;
  }
};

// --- Good requests
// ----------------------------------------------------------------------------------------------

// A.6: members and their forms, for every function.
TEST_F(Es9Http, ADownloadInJson) {
  auto begun = Json::parse(
      post("initiateAuthentication", rsp::es9_request_body(device->initiate_request())).body);
  EXPECT_EQ(begun["header"]["functionExecutionStatus"]["status"], "Executed-Success");
  std::string transaction = begun["transactionId"];
  EXPECT_THAT(transaction, ::testing::MatchesRegex("[0-9A-F]{32}"));
  // Binary members are base64 of the element with its tag: 30, 5F37, 04, 30.
  const std::pair<const char*, const char*> tags[] = {{"serverSigned1", "30"},
                                                      {"serverSignature1", "5F3740"},
                                                      {"euiccCiPKIdToBeUsed", "0414"},
                                                      {"serverCertificate", "30"}};
  for (const auto& [member, tag] : tags) {
    auto octets = must(rsp::from_base64(begun[member].get<std::string>()));
    EXPECT_THAT(rsp::to_hex(octets), ::testing::StartsWith(tag)) << member;
  }
  EXPECT_EQ(begun.size(), 6u) << begun.dump();

  auto client =
      Json::parse(post("authenticateClient", rsp::es9_request_body(device->client_request())).body);
  EXPECT_THAT(rsp::to_hex(must(rsp::from_base64(client["profileMetadata"].get<std::string>()))),
              ::testing::StartsWith("BF25"));
  EXPECT_EQ(client.size(), 6u) << client.dump();

  auto request = device->package_request(device->authenticate());
  auto package = Json::parse(post("getBoundProfilePackage", rsp::es9_request_body(request)).body);
  auto bpp = must(rsp::from_base64(package["boundProfilePackage"].get<std::string>()));
  EXPECT_THAT(rsp::to_hex(bpp), ::testing::StartsWith("BF36"));
  EXPECT_EQ(package.size(), 3u) << package.dump();
  EXPECT_EQ(outcome_of(device->install(bpp).value()), "success");
}

// SGP.22 6.5.1.3: every JSON answer has its type, every answer the protocol version.
TEST_F(Es9Http, AnswersCarryTheirHeaders) {
  Response response =
      post("initiateAuthentication", rsp::es9_request_body(device->initiate_request()));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.header("Content-Type"), ::testing::StartsWith("application/json"));
  EXPECT_THAT(response.header("X-Admin-Protocol"), ::testing::StartsWith("gsma/rsp/v2."));
}

// A.6, pitfall H 30: a refusal is HTTP 200 with the status inside.
TEST_F(Es9Http, ARefusalIsStatus200WithTheCodeInside) {
  auto request = device->initiate_request();
  request.smdp_address = "elsewhere.example.com";
  Response response = post("initiateAuthentication", rsp::es9_request_body(request));
  EXPECT_EQ(summary(response), "200 8.8.1/3.8 at elsewhere.example.com");
  Json json = Json::parse(response.body);
  EXPECT_EQ(json["header"]["functionExecutionStatus"]["status"], "Failed");
  EXPECT_NE(json["header"]["functionExecutionStatus"]["statusCodeData"]["message"], "");
}

// SGP.22 6.5.1.4, pitfall H 29: 204 and no body.
TEST_F(Es9Http, ANotificationIsAcknowledgedWith204AndNoBody) {
  auto bodies = good_bodies();
  Response response = post("handleNotification", bodies["handleNotification"]);
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(state(), "installed");
}

// C.1 rule 18: what is not believed is acknowledged too, or the LPA would send it for ever.
TEST_F(Es9Http, ANotificationThatIsNotBelievedIsAcknowledgedAllTheSame) {
  auto result = device->download_and_install();
  flip(result.euicc_sign_pir);
  Response response =
      post("handleNotification", rsp::es9_request_body(rsp::HandleNotificationRequest{result, {}}));
  EXPECT_EQ(summary(response), "204");
  EXPECT_EQ(state(), "downloaded");
}

// A.6: a header of the caller is optional on ES9+ and ignored, and so is what later versions add.
TEST_F(Es9Http, ToleratesMembersThatItDoesNotKnow) {
  Json json = Json::parse(rsp::es9_request_body(device->initiate_request()));
  json["header"] = {{"functionRequesterIdentifier", "LPA"}, {"functionCallIdentifier", "1"}};
  json["lpaRspCapability"] = "AAA=";
  json["nested"] = {{"a", {1, 2, 3}}};
  EXPECT_EQ(summary(post("initiateAuthentication", json.dump())), "200 ok");
}

// transactionId is hexadecimal; lower case is as good.
TEST_F(Es9Http, TakesATransactionIdInLowerCase) {
  Json json = Json::parse(rsp::es9_request_body(device->client_request()));
  std::string id = json["transactionId"];
  std::ranges::transform(id, id.begin(), [](unsigned char c) { return std::tolower(c); });
  json["transactionId"] = id;
  EXPECT_EQ(summary(post("authenticateClient", json.dump())), "200 ok");
}

TEST_F(Es9Http, TheTraceHasRequestAndAnswer) {
  rsp::TraceRecorder trace;
  auto body = rsp::es9_request_body(device->initiate_request());
  handle_es9(server(), request("initiateAuthentication", body), &trace);
  ASSERT_EQ(trace.records().size(), 2u);
  EXPECT_EQ(trace.records()[0].event.name, "POST /gsma/rsp2/es9plus/initiateAuthentication");
  EXPECT_EQ(trace.records()[0].event.detail, body);
  EXPECT_EQ(trace.records()[1].event.name, "200");
}

// --- HTTP that is not as it should be
// ---------------------------------------------------------------------------

TEST_F(Es9Http, UnknownPathsAre404) {
  for (std::string target :
       {"/", "", "/gsma/rsp2/es9plus", "/gsma/rsp2/es9plus/", "/gsma/rsp2/asn2",
        "/gsma/rsp2/es9plus/InitiateAuthentication", "/gsma/rsp2/es9plus/initiateAuthentication/",
        "/gsma/rsp2/es2plus/downloadOrder", "//gsma/rsp2/es9plus/cancelSession"}) {
    Request wrong = request("", "{}");
    wrong.target = target;
    EXPECT_EQ(handle(wrong).status, 404) << target;
  }
}

TEST_F(Es9Http, OtherMethodsThanPostAre405) {
  for (std::string method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "post"}) {
    for (std::string function : kFunctions) {
      Request wrong = request(function, "");
      wrong.method = method;
      EXPECT_EQ(handle(wrong).status, 405) << method << " " << function;
      EXPECT_EQ(handle(wrong).header("Allow"), "POST");
    }
  }
}

// A.7: 1.2.1/2.1.
TEST_F(Es9Http, RefusesAnotherContentType) {
  Request wrong =
      request("initiateAuthentication", rsp::es9_request_body(device->initiate_request()));
  for (std::string type :
       {"text/plain", "application/x-gsma-rsp-asn1", "application/jsonp", "json", ""}) {
    wrong.headers[0].value = type;
    EXPECT_THAT(summary(handle(wrong)), ::testing::StartsWith("200 1.2.1/2.1")) << type;
  }
  wrong.headers.erase(wrong.headers.begin());
  EXPECT_EQ(summary(handle(wrong)), "200 1.2.1/2.1");
}

// RFC 9110 8.3.1: types are compared without regard to case, parameters follow a semicolon.
TEST_F(Es9Http, TakesJsonHoweverItIsWritten) {
  Request good =
      request("initiateAuthentication", rsp::es9_request_body(device->initiate_request()));
  for (std::string type :
       {"application/json", "application/json;charset=UTF-8", "application/json; charset=utf-8",
        "Application/JSON", "application/json ; charset=utf-8"}) {
    good.headers[0].value = type;
    EXPECT_EQ(summary(handle(good)), "200 ok") << type;
  }
}

// A.7: 1.2.2/2.1.
TEST_F(Es9Http, RefusesAnotherProtocolVersion) {
  Request wrong =
      request("initiateAuthentication", rsp::es9_request_body(device->initiate_request()));
  for (std::string version : {"gsma/rsp/v3.1.0", "gsma/rsp/v1.0.0", "gsma/rsp/2.2.2", "2.2.2"}) {
    wrong.headers[1].value = version;
    EXPECT_EQ(summary(handle(wrong)), "200 1.2.2/2.1 at " + version);
  }
}

// Real LPAs leave it out.
TEST_F(Es9Http, ToleratesAMissingProtocolVersion) {
  Request good =
      request("initiateAuthentication", rsp::es9_request_body(device->initiate_request()));
  good.headers.pop_back();
  EXPECT_EQ(summary(handle(good)), "200 ok");
}

// --- Bodies that are none
// ---------------------------------------------------------------------------------------

TEST_F(Es9Http, BodiesThatAreNoJsonObjectAreRefusedAsSuch) {
  for (std::string function : kFunctions) {
    for (std::string body : {"", " ", "hello", "[]", "[{}]", "null", "1", "\"text\"", "{", "{}}",
                             "{\"a\":}", "<html></html>", "\xFF\xFE\xFD"}) {
      EXPECT_EQ(summary(post(function, body)), "200 1.6/2.1 at body") << function << " " << body;
    }
  }
}

// Deep nesting must cost an error and not the stack.
TEST_F(Es9Http, SurvivesDeepNesting) {
  for (std::string function : kFunctions) {
    std::string deep = std::string(200'000, '[');
    EXPECT_EQ(summary(post(function, deep)), "200 1.6/2.1 at body") << function;
    std::string closed = "{\"a\":" + std::string(100'000, '[') + std::string(100'000, ']') + "}";
    EXPECT_THAT(summary(post(function, closed)), ::testing::StartsWith("200 1.6/2.1")) << function;
  }
}

// Each member of each function: missing, of another type, no base64, base64 of nothing.
TEST_F(Es9Http, AWrongMemberIsNamed) {
  const Json wrong_values[] = {
      nullptr, 7,   true,           Json::array(), Json::object(), Json::array({"AA=="}), 1.5,
      "*",     "A", "\u00e4\u00f6", "\n"};
  for (const auto& [function, body] : good_bodies()) {
    Json good = Json::parse(body);
    for (const auto& [member, value] : good.items()) {
      Json missing = good;
      missing.erase(member);
      EXPECT_EQ(summary(post(function, missing.dump())), "200 1.6/2.1 at " + member) << function;
      if (member == "smdpAddress") continue;  // any text is one; it is refused by its value
      for (const Json& wrong : wrong_values) {
        Json changed = good;
        changed[member] = wrong;
        EXPECT_EQ(summary(post(function, changed.dump())), "200 1.6/2.1 at " + member)
            << function << " " << wrong.dump();
      }
    }
  }
}

TEST_F(Es9Http, AnAddressOfAnotherTypeIsNamed) {
  Json json = Json::parse(rsp::es9_request_body(device->initiate_request()));
  json["smdpAddress"] = 7;
  EXPECT_EQ(summary(post("initiateAuthentication", json.dump())), "200 1.6/2.1 at smdpAddress");
}

// The path goes down into the ASN.1.
TEST_F(Es9Http, AWrongFieldInsideAnElementIsNamed) {
  Json json = Json::parse(rsp::es9_request_body(device->initiate_request()));
  json["euiccInfo1"] = rsp::to_base64(*rsp::from_hex("BF200C82020202A9020400AA020400"));
  EXPECT_EQ(summary(post("initiateAuthentication", json.dump())), "200 1.6/2.1 at euiccInfo1.svn");
}

TEST_F(Es9Http, TransactionIdsHaveOneTo16Octets) {
  Json json = Json::parse(rsp::es9_request_body(device->client_request()));
  for (const std::string& id :
       std::vector<std::string>{"", "0", "XY", "0x12", std::string(34, '0')}) {
    json["transactionId"] = id;
    EXPECT_EQ(summary(post("authenticateClient", json.dump())), "200 1.6/2.1 at transactionId")
        << id;
  }
  json["transactionId"] = "00";
  EXPECT_EQ(summary(post("authenticateClient", json.dump())), "200 8.10.1/3.9 at 00");
}

// Every element of every function cut short at every octet. The member is named, nothing is
// changed.
TEST_F(Es9Http, EveryTruncationOfEveryElementIsRefusedByName) {
  for (const auto& [function, body] : good_bodies()) {
    Json good = Json::parse(body);
    for (const auto& [member, value] : good.items()) {
      if (member == "smdpAddress" || member == "transactionId") continue;
      auto octets = must(rsp::from_base64(value.get<std::string>()));
      Json cut = good;
      for (std::size_t size = 0; size < octets.size(); ++size) {
        cut[member] = rsp::to_base64(rsp::BytesView(octets).first(size));
        ASSERT_THAT(summary(post(function, cut.dump())),
                    ::testing::StartsWith("200 1.6/2.1 at " + member))
            << function << " cut to " << size << " of " << octets.size();
      }
    }
  }
}

// The body itself cut short at every character.
TEST_F(Es9Http, EveryTruncationOfEveryBodyIsRefused) {
  for (const auto& [function, body] : good_bodies()) {
    for (std::size_t size = 0; size < body.size(); ++size) {
      ASSERT_EQ(summary(post(function, body.substr(0, size))), "200 1.6/2.1 at body")
          << function << " cut to " << size << " of " << body.size();
    }
  }
}

// Octets after an element are no part of it.
TEST_F(Es9Http, OctetsAfterAnElementAreRefused) {
  for (const auto& [function, body] : good_bodies()) {
    Json good = Json::parse(body);
    for (const auto& [member, value] : good.items()) {
      if (member == "smdpAddress" || member == "transactionId") continue;
      auto octets = must(rsp::from_base64(value.get<std::string>()));
      octets.push_back(0x00);
      Json longer = good;
      longer[member] = rsp::to_base64(octets);
      EXPECT_THAT(summary(post(function, longer.dump())),
                  ::testing::StartsWith("200 1.6/2.1 at " + member))
          << function;
    }
  }
}

constexpr std::uint64_t kSeed = 20'260'119;

// Whatever comes in, an answer goes out that is well formed, and the server serves on.
TEST_F(Es9Http, RandomChangesOfElementsNeverBreakTheServer) {
  rsp::SeededRandom random(kSeed);
  auto bodies = good_bodies();
  for (const auto& [function, body] : bodies) {
    Json good = Json::parse(body);
    for (int round = 0; round < 1500; ++round) {
      Json changed = good;
      for (auto& [member, value] : changed.items()) {
        if (member == "smdpAddress" || member == "transactionId") continue;
        auto octets = must(rsp::from_base64(value.get<std::string>()));
        for (std::uint64_t i = random.next() % 3; i < 3; ++i) {
          // Most changes near the front, where tags and lengths are.
          std::size_t reach =
              random.next() % 2 == 0 ? std::min<std::size_t>(octets.size(), 64) : octets.size();
          octets[random.next() % reach] = static_cast<std::uint8_t>(random.next());
        }
        value = rsp::to_base64(octets);
      }
      Response response = post(function, changed.dump());
      bool answered = response.status == 204
                          ? function == "handleNotification" && response.body.empty()
                          : response.status == 200 && Json::accept(response.body);
      ASSERT_TRUE(answered) << "seed " << kSeed << ", " << function << ", round " << round << ": "
                            << response.status << " " << response.body << "\n"
                            << changed.dump();
    }
  }
  EXPECT_EQ(summary(post("initiateAuthentication", bodies["initiateAuthentication"])), "200 ok");
}

TEST_F(Es9Http, RandomChangesOfBodiesNeverBreakTheServer) {
  rsp::SeededRandom random(kSeed);
  for (const auto& [function, body] : good_bodies()) {
    for (int round = 0; round < 1500; ++round) {
      std::string changed = body;
      for (std::uint64_t i = random.next() % 4; i < 4; ++i) {
        switch (random.next() % 3) {
          case 0:
            changed[random.next() % changed.size()] = static_cast<char>(random.next());
            break;
          case 1:
            changed.erase(random.next() % changed.size(), 1 + random.next() % 5);
            break;
          default:
            changed.insert(random.next() % changed.size(), 1, "{}[]\",:\\0"[random.next() % 9]);
        }
      }
      Response response = post(function, changed);
      bool answered = response.status == 204
                          ? response.body.empty()
                          : response.status == 200 && Json::accept(response.body);
      ASSERT_TRUE(answered) << "seed " << kSeed << ", " << function << ", round " << round << ": "
                            << response.status << " " << response.body << "\n"
                            << changed;
    }
  }
}

// What a peer says comes back in an answer, whatever it is and however long.
TEST_F(Es9Http, GivesBackForeignTextAsGoodJson) {
  std::string strange = "\"\\\n\x01</script>\u20ac";
  auto request = device->client_request(strange);
  Response response = post("authenticateClient", rsp::es9_request_body(request));
  ASSERT_TRUE(Json::accept(response.body)) << response.body;
  EXPECT_EQ(summary(response), "200 8.2.6/3.8 at " + strange);

  Json json = Json::parse(rsp::es9_request_body(device->initiate_request()));
  json["smdpAddress"] = std::string(100'000, 'x');
  response = post("initiateAuthentication", json.dump());
  EXPECT_EQ(summary(response), "200 8.8.1/3.8 at " + std::string(100'000, 'x'));
}

// Octets that are no UTF-8 are refused with the path of the field.
TEST_F(Es9Http, RefusesATextThatIsNoUtf8) {
  auto request = altered(device->client_request(), [](auto& signed1) {
    signed1.ctx_params1.value.matching_id = "\xFF\xC0\x80";
    signed1.ctx_params1.der.clear();
  });
  EXPECT_EQ(summary(post("authenticateClient", rsp::es9_request_body(request))),
            "200 1.6/2.1 at authenticateServerResponse.authenticateResponseOk.euiccSigned1."
            "ctxParams1.matchingId");
}

}  // namespace
}  // namespace smdp::testing
