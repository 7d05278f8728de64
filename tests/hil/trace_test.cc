// Traces: NDJSON, what messages mean in words, folding into a sequence, and the HTML page.
#include <gmock/gmock.h>

#include <set>
#include <stack>

#include "fake_smdp/server.h"
#include "hil/trace/decode.h"
#include "hil/trace/explain.h"
#include "hil/trace/html.h"
#include "hil/trace/html_assets.h"
#include "hil/trace/markup.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/sequence.h"
#include "rsp/asn1/edit.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/json/es9_json.h"
#include "tests/world.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::Json;
using rsp::Party;
using rsp::TraceEvent;
using rsp::TraceKind;
using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
using testing_world::kHost;
using Records = std::vector<rsp::TraceRecorder::Record>;

/// Octets in hexadecimal, with blanks to show where elements begin.
Bytes operator""_x(const char* text, std::size_t size) {
  std::string digits(text, size);
  std::erase(digits, ' ');
  return rsp::from_hex(digits).value();
}

// --- Events and whole traces ---

TraceEvent es10_request(std::string name, Bytes command) {
  return {TraceKind::kEs10, Party::kLpa, Party::kEuicc, std::move(name), "", std::move(command)};
}
TraceEvent es10_response(std::string name, std::string sw, Bytes response) {
  return {TraceKind::kEs10, Party::kEuicc, Party::kLpa,
          std::move(name),  std::move(sw), std::move(response)};
}
TraceEvent http_request(std::string name, std::string body) {
  return {TraceKind::kHttp, Party::kLpa, Party::kServer, std::move(name), std::move(body), {}};
}
TraceEvent http_response(std::string name, std::string body) {
  return {TraceKind::kHttp, Party::kServer, Party::kLpa, std::move(name), std::move(body), {}};
}
TraceEvent c_apdu(Bytes octets) {
  return {TraceKind::kApdu, Party::kLpa, Party::kEuicc, "C-APDU", "", std::move(octets)};
}
TraceEvent r_apdu(Bytes octets) {
  return {TraceKind::kApdu, Party::kEuicc, Party::kLpa, "R-APDU", "", std::move(octets)};
}
TraceEvent step(Party party, std::string name, std::string detail) {
  return {TraceKind::kStep, party, party, std::move(name), std::move(detail), {}};
}

/// Events a millisecond apart.
Records records_of(std::vector<TraceEvent> events) {
  Records records;
  for (TraceEvent& event : events) {
    records.push_back({std::chrono::milliseconds(records.size()), std::move(event)});
  }
  return records;
}

/// Speaks the JSON binding to a server and records it as the HTTPS client does, without sockets.
class RecordedEs9 final : public lpa::Es9 {
 public:
  RecordedEs9(smdp::Smdp& server, rsp::TraceSink& trace, rsp::TraceSink* server_trace)
      : server_(server), trace_(trace), server_trace_(server_trace) {}

  rsp::Result<rsp::InitiateAuthenticationOk> initiate_authentication(
      const std::string&, const rsp::InitiateAuthenticationRequest& request,
      rsp::Deadline) override {
    return call(request);
  }
  rsp::Result<rsp::AuthenticateClientOk> authenticate_client(
      const std::string&, const rsp::AuthenticateClientRequest& request, rsp::Deadline) override {
    return call(request);
  }
  rsp::Result<rsp::GetBoundProfilePackageOk> get_bound_profile_package(
      const std::string&, const rsp::GetBoundProfilePackageRequest& request,
      rsp::Deadline) override {
    return call(request);
  }
  rsp::Status cancel_session(const std::string&, const rsp::CancelSessionRequestEs9& request,
                             rsp::Deadline) override {
    RSP_CHECK(call(request));
    return {};
  }
  rsp::Status handle_notification(const std::string&, const rsp::PendingNotification& notification,
                                  rsp::Deadline) override {
    rsp::HandleNotificationRequest request{notification, {}};
    EXPECT_EQ(post("HandleNotification", request.kFunction, rsp::es9_request_body(request)).status,
              204);
    return {};
  }

 private:
  template <class Request>
  rsp::Result<typename Request::Ok> call(const Request& request) {
    std::string name(Request::kFunction);
    name[0] = static_cast<char>(name[0] - 32);
    return rsp::parse_es9_response<typename Request::Ok>(
        post(name, Request::kFunction, rsp::es9_request_body(request)).body);
  }
  rsp::http::Response post(const std::string& name, std::string_view function, std::string body) {
    rsp::http::Request request;
    request.method = "POST";
    request.target = std::string(rsp::kEs9PathPrefix) + std::string(function);
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body;
    trace_.event(http_request("ES9+." + name, body));
    rsp::http::Response response = smdp::handle_es9(server_, request, server_trace_);
    trace_.event(
        http_response("ES9+." + name + " " + std::to_string(response.status), response.body));
    return response;
  }

  smdp::Smdp& server_;
  rsp::TraceSink& trace_;
  rsp::TraceSink* server_trace_;
};

enum class ServerTrace { kOff, kOn };

/// A world whose card and HTTP are traced.
struct TracedWorld {
  explicit TracedWorld(ServerTrace server_trace = ServerTrace::kOff) {
    world.add_order();
    world.start();
    world.lpa.reset();
    world.euicc = sim::Euicc::power_up(world.persona, testing_world::card_credentials(world.pki),
                                       {world.random, world.storage, &recorder})
                      .value();
    world.link.emplace(*world.euicc);
    world.transport.emplace(*world.link);
    es9.emplace(*world.server, recorder, server_trace == ServerTrace::kOn ? &recorder : nullptr);
    world.lpa.emplace(*world.transport, *es9);
  }
  testing_world::World world;
  rsp::TraceRecorder recorder;
  std::optional<RecordedEs9> es9;
};

/// A download with notification, enabled afterwards.
const Records& download() {
  static const Records records = [] {
    TracedWorld traced;
    auto done = traced.world.lpa->download(traced.world.activation_code());
    EXPECT_TRUE(done) << done.error().message();
    EXPECT_TRUE(traced.world.lpa->deliver_notifications());
    EXPECT_TRUE(traced.world.lpa->enable(done->metadata.iccid));
    return traced.recorder.records();
  }();
  return records;
}

/// A download of a profile that is on the card already.
const Records& failed_download() {
  static const Records records = [] {
    TracedWorld traced;
    traced.world.add_order("AGAIN");
    EXPECT_TRUE(traced.world.lpa->download(traced.world.activation_code()));
    std::size_t before = traced.recorder.records().size();
    EXPECT_FALSE(traced.world.lpa->download(traced.world.activation_code("AGAIN")));
    const Records& all = traced.recorder.records();
    return Records(all.begin() + static_cast<std::ptrdiff_t>(before), all.end());
  }();
  return records;
}

Records only(const Records& records, TraceKind kind) {
  Records out;
  for (const auto& record : records) {
    if (record.event.kind == kind) out.push_back(record);
  }
  return out;
}

// --- NDJSON ---

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find('\n', at);
    EXPECT_NE(end, std::string::npos) << "the last line has no end";
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(Ndjson, AnEventIsOneObjectWithItsMembersInOrder) {
  Records records{
      {std::chrono::microseconds(523), es10_response("ES10c.GetEID", "9000", "BF3E00"_x)}};
  EXPECT_EQ(
      to_ndjson(records),
      R"({"n":1,"t":523,"layer":"es10","from":"eUICC","to":"LPA","name":"ES10c.GetEID","detail":"9000","hex":"BF3E00"})"
      "\n");
}

TEST(Ndjson, WhatAnEventDoesNotHaveIsLeftOut) {
  Records records{{{}, {TraceKind::kCommit, Party::kEuicc, Party::kEuicc, "", "", {}}}};
  EXPECT_EQ(to_ndjson(records), R"({"n":1,"t":0,"layer":"commit","from":"eUICC","to":"eUICC"})"
                                "\n");
  EXPECT_EQ(to_ndjson(Records{}), "");
}

TEST(Ndjson, LineBreaksAndQuotesStayWithinTheLine) {
  std::string text = "a \"quoted\"\r\n\tline \\ end\x01";
  auto lines = lines_of(to_ndjson(records_of({step(Party::kLpa, "x", text)})));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(Json::parse(lines[0]).at("detail"), text);
}

TEST(Ndjson, OctetsThatAreNoUtf8AreReplaced) {
  auto lines = lines_of(to_ndjson(records_of({step(Party::kLpa, "\xC3(", "ok \xFF\xFE end")})));
  ASSERT_THAT(lines, SizeIs(1));
  Json line = Json::parse(lines[0]);
  EXPECT_EQ(line.at("name"), "\xEF\xBF\xBD(");
  EXPECT_EQ(line.at("detail"), "ok \xEF\xBF\xBD\xEF\xBF\xBD end");
}

TEST(Ndjson, EveryEventOfADownloadIsALine) {
  auto lines = lines_of(to_ndjson(download()));
  ASSERT_EQ(lines.size(), download().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Json line = Json::parse(lines[i]);
    EXPECT_EQ(line.at("n"), i + 1);
    EXPECT_EQ(line.value("hex", ""), rsp::to_hex(download()[i].event.bytes));
  }
}

// --- Messages as fields ---

std::string text_of(const std::vector<DecodedMessage>& messages) {
  std::string text;
  for (const DecodedMessage& message : messages) text += to_text(message);
  return text;
}

TEST(Decode, FieldsHaveTagOctetsAndMeaning) {
  EXPECT_EQ(
      text_of(decode_es10("BF29 10 5A0A 98881201000000001010 9002 4D79"_x, Direction::kRequest)),
      "setNicknameRequest BF29\n"
      "  iccid 5A 98881201000000001010 = 89882110000000000101\n"
      "  profileNickname 90 4D79 = My\n");
}

TEST(Decode, TheDirectionTellsRequestAndResponseOfOneTagApart) {
  Bytes eid = "BF3E12 5A10 89049032123451234512345678901235"_x;
  EXPECT_EQ(decode_es10(eid, Direction::kResponse)[0].name, "getEuiccDataResponse");
  EXPECT_EQ(decode_es10("BF3E03 5C015A"_x, Direction::kRequest)[0].name, "getEuiccDataRequest");
}

TEST(Decode, CodesVersionsAndBitsAreNamed) {
  // ListNotification (SGP.22 5.7.9): one entry, of an enabling.
  EXPECT_THAT(text_of(decode_es10("BF2813 A011 BF2F0E 800105 81020640 0C05 612E636F6D"_x,
                                  Direction::kResponse)),
              AllOf(HasSubstr("seqNumber 80 05 = 5\n"),
                    HasSubstr("profileManagementOperation 81 0640 = enable\n"),
                    HasSubstr("notificationAddress 0C 612E636F6D = a.com\n")));
  EXPECT_THAT(text_of(decode_es10("BF3103 800103"_x, Direction::kResponse)),
              HasSubstr("enableResult 80 03 = disallowedByPolicy\n"));
  EXPECT_THAT(text_of(decode_es10("BF2009 8203020503 A900 AA00"_x, Direction::kResponse)),
              HasSubstr("svn 82 020503 = 2.5.3\n"));
  // eUICCMemoryReset (SGP.22 5.7.19): operational profiles, and the default SM-DP+ address.
  EXPECT_THAT(text_of(decode_es10("BF3404 820205A0"_x, Direction::kRequest)),
              HasSubstr("= bit 0, bit 2\n"));
}

TEST(Decode, MeaningsOfListElementsBelongToTheirElement) {
  std::string text =
      text_of(decode_es10("BF2D1B A019 E309 9F700101 9203 4F6E65 E30C 9F700100 9206 536572766572"_x,
                          Direction::kResponse));
  EXPECT_THAT(
      text,
      HasSubstr(
          "[0] E3\n      profileState 9F70 01 = enabled\n      profileName 92 4F6E65 = One\n"));
  EXPECT_THAT(text, HasSubstr("[1] E3\n      profileState 9F70 00 = disabled\n      profileName 92 "
                              "536572766572 = Server\n"));
}

TEST(Decode, WhatIsMalformedIsShownUpToTheFault) {
  auto messages = decode_es10("BF3106 80010181020000"_x, Direction::kRequest);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(to_text(messages[0]),
              StartsWith("enableProfileRequest BF31\n"
                         "  profileIdentifier 80 01\n"
                         "error: enableProfileRequest.profileIdentifier is primitive"));
  EXPECT_TRUE(messages[0].json.is_null());
}

TEST(Decode, WhatIsCutShortIsSaidToBe) {
  EXPECT_EQ(es10_function("BF3820300A"_x), "ES10b.AuthenticateServer");
  EXPECT_THAT(text_of(decode_es10("BF3820300A"_x, Direction::kResponse)),
              StartsWith("error: authenticateServerResponse is missing"));
}

TEST(Decode, ElementsThatAreNotDeclaredAreShown) {
  EXPECT_THAT(text_of(decode_es10("BF3106 800100 8F01AA"_x, Direction::kResponse)),
              HasSubstr("  unknown 8F01AA\n"));
}

TEST(Decode, OfALongListOfOctetStringsTheFirstAreShown) {
  Bytes list;
  for (int i = 0; i < 6; ++i) rsp::append(list, "0402ABCD"_x);
  Bytes info = rsp::concat({"BF2021 8203020202 A918"_x, list, "AA00"_x});
  std::string text = text_of(decode_es10(info, Direction::kResponse));
  EXPECT_THAT(text, HasSubstr("    [3] 04 ABCD\n    ... 2 more = 4 octets\n"));
}

TEST(Decode, CertificatesSayWhoseTheyAre) {
  auto request = std::ranges::find_if(download(), [](const auto& record) {
    return record.event.name == "ES10b.AuthenticateServer" && record.event.from == Party::kLpa;
  });
  ASSERT_NE(request, download().end());
  EXPECT_THAT(text_of(decode_es10(request->event.bytes, Direction::kRequest)),
              HasSubstr("serverCertificate 30 = SM-DP+ auth certificate of"));
}

TEST(Decode, OtherTagsAreNoEs10Message) {
  EXPECT_THAT(decode_es10("BF7F00"_x, Direction::kRequest), IsEmpty());
  EXPECT_THAT(decode_es10({}, Direction::kRequest), IsEmpty());
  EXPECT_EQ(es10_function("3000"_x), "");
  EXPECT_EQ(es10_function("BF3800"_x), "ES10b.AuthenticateServer");
}

TEST(DecodeEs9, MembersOfABodyAreDecoded) {
  Json body{{"euiccChallenge", rsp::to_base64(Bytes(16, 0x11))},
            {"smdpAddress", "smdp.example.com"},
            {"euiccInfo1", rsp::to_base64("BF2009 8203020202 A900 AA00"_x)}};
  EXPECT_EQ(text_of(decode_es9("initiateAuthentication", body, Direction::kRequest)),
            "euiccChallenge 11111111111111111111111111111111\n"
            "smdpAddress = smdp.example.com\n"
            "euiccInfo1 BF20\n"
            "  svn 82 020202 = 2.2.2\n"
            "  euiccCiPKIdListForVerification A9\n"
            "  euiccCiPKIdListForSigning AA\n");
}

TEST(DecodeEs9, ANotificationIsOneOfTwoKinds) {
  // SGP.22 5.6.4: BF37, or a SEQUENCE with the notification's metadata.
  Json body{{"pendingNotification", rsp::to_base64("3004 BF2F01 00"_x)}};
  EXPECT_THAT(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
              HasSubstr("otherSignedNotification 30\n"));
  body["pendingNotification"] = rsp::to_base64("BF3700"_x);
  EXPECT_THAT(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
              StartsWith("profileInstallationResult BF37\nerror: "));
  body["pendingNotification"] = rsp::to_base64("BF3800"_x);
  EXPECT_EQ(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
            "error: pendingNotification is none of its alternatives\n");
}

TEST(DecodeEs9, MembersThatAreNoneOfTheFunctionChangeNothing) {
  EXPECT_THAT(
      decode_es9("authenticateClient", Json{{"header", Json::object()}}, Direction::kResponse),
      IsEmpty());
  EXPECT_THAT(decode_es9("authenticateClient", Json("text"), Direction::kResponse), IsEmpty());
  EXPECT_THAT(decode_es9("noSuchFunction", Json::object(), Direction::kRequest), IsEmpty());
  Json wrong{{"transactionId", 7}, {"profileMetadata", "no base64 !"}, {"smdpSigned2", "AAAA"}};
  EXPECT_THAT(text_of(decode_es9("authenticateClient", wrong, Direction::kResponse)),
              HasSubstr("error: "));
}

TEST(Shortened, LongTextsAndListsAreCut) {
  EXPECT_EQ(shortened(Json{{"a", std::string(9, 'x')}, {"b", "short"}, {"c", 5}}, 6),
            (Json{{"a", "xxxxxx... (9 characters)"}, {"b", "short"}, {"c", 5}}));
  EXPECT_EQ(shortened(Json(std::vector<std::string>(9, "x"))),
            (Json{"x", "x", "x", "x", "... 5 more"}));
  EXPECT_THAT(shortened(Json(std::vector<int>(9, 1))), SizeIs(9));
}

// --- Explanations ---

TEST(Explain, EveryEs10FunctionHasWordsForBothDirections) {
  ASSERT_THAT(es10_functions(), Contains("ES10b.LoadCRL"));
  for (std::string_view function : es10_functions()) {
    Explanation request = explain(es10_request(std::string(function), {}));
    Explanation response = explain(es10_response(std::string(function), "9000", {}));
    EXPECT_THAT(request.sentence, testing::EndsWith(".")) << function;
    EXPECT_THAT(response.sentence, testing::EndsWith(".")) << function;
    EXPECT_NE(request.sentence, response.sentence) << function;
    EXPECT_THAT(request.reference, StartsWith("SGP.22 5.7.")) << function;
  }
}

TEST(Explain, EveryEs9FunctionHasWordsForBothDirections) {
  EXPECT_THAT(es9_functions(), SizeIs(5));
  for (std::string_view function : es9_functions()) {
    std::string path = std::string(rsp::kEs9PathPrefix) + std::string(function);
    Explanation request = explain(http_request("POST " + path, "{}"));
    Explanation response = explain(http_response("200", "{}"), request.title);
    EXPECT_THAT(request.sentence, testing::EndsWith(".")) << function;
    EXPECT_THAT(response.sentence, testing::EndsWith(".")) << function;
    EXPECT_THAT(request.reference, StartsWith("SGP.22 5.6.")) << function;
  }
}

struct ResultVector {
  const char* response;
  Outcome outcome;
  const char* result;
};
// One failure of each function that can fail (SGP.22 5.7), and successes of every form.
const ResultVector kResults[] = {
    {"BF3F03800100", Outcome::kOk, "ok"},
    {"BF3F0380017F", Outcome::kFailed, "undefinedError"},
    {"BF2108A106800101020102", Outcome::kFailed, "invalidSignature"},
    {"BF3808A106800101020107", Outcome::kFailed, "ciPKUnknown"},
    {"BF4103810105", Outcome::kFailed, "invalidTransactionId"},
    {"BF280381017F", Outcome::kFailed, "undefinedError"},
    {"BF2802A000", Outcome::kOk, "9000"},
    {"BF2B03810101", Outcome::kFailed, "noResultAvailable"},
    {"BF3003800101", Outcome::kFailed, "nothingToDelete"},
    {"BF3503810104", Outcome::kFailed, "verificationKeyNotFound"},
    {"BF3502A000", Outcome::kOk, "ok"},
    {"BF2D03810101", Outcome::kFailed, "incorrectInputValues"},
    {"BF2D02A000", Outcome::kOk, "ok"},
    {"BF3103800100", Outcome::kOk, "ok"},
    {"BF3103800102", Outcome::kFailed, "profileNotInDisabledState"},
    {"BF3203800105", Outcome::kFailed, "catBusy"},
    {"BF3303800101", Outcome::kFailed, "iccidOrAidNotFound"},
    {"BF3403800101", Outcome::kFailed, "nothingToDelete"},
    {"BF2903800101", Outcome::kFailed, "iccidNotFound"},
    {"BF3103800109", Outcome::kFailed, "9"},  // a code without a name
    {"BF4302A000", Outcome::kOk, "9000"},
    {"BF31028000", Outcome::kFailed, "malformed"},
};

TEST(Explain, AnAnswerHasItsFunctionsOwnResult) {
  for (const auto& [hex, outcome, result] : kResults) {
    Bytes response = rsp::from_hex(hex).value();
    Explanation explained =
        explain(es10_response(std::string(es10_function(response)), "9000", response));
    EXPECT_EQ(explained.outcome, outcome) << hex;
    EXPECT_EQ(explained.result, result) << hex;
    EXPECT_THAT(explained.messages, SizeIs(1)) << hex;
  }
}

TEST(Explain, AStatusWordThatIsNoSuccessIsTheResult) {
  Explanation refused = explain(es10_response("ES10c.EnableProfile", "6985", {}));
  EXPECT_EQ(refused.outcome, Outcome::kFailed);
  EXPECT_EQ(refused.result, "6985 conditions of use not satisfied");
  EXPECT_EQ(refused.sentence, "The eUICC answers with an error.");
  // SGP.22 5.7.2: 91xx is success with a proactive command waiting.
  EXPECT_EQ(explain(es10_response("ES10c.EnableProfile", "910B", "BF3103800100"_x)).result, "ok");
}

TEST(Explain, TheResultOfAnInstallationIsWithinIt) {
  auto lines = fold(failed_download());
  auto line = std::ranges::find_if(lines, [](const SequenceLine& each) {
    return each.function == "ES10b.LoadBoundProfilePackage" && each.event.from == Party::kEuicc;
  });
  ASSERT_NE(line, lines.end());
  Explanation explained = explain(line->event);
  EXPECT_EQ(explained.outcome, Outcome::kFailed);
  EXPECT_EQ(explained.result, "installFailedDueToIccidAlreadyExistsOnEuicc");
  EXPECT_THAT(to_text(explained), HasSubstr("bppCommandId 80 02 = storeMetadata\n"));
}

TEST(Explain, AServersRefusalIsItsStatusCode) {
  Explanation explained = explain(
      http_response("ES9+.AuthenticateClient 200", rsp::es9_failed_body({"8.2.6", "3.8", "", ""})));
  EXPECT_EQ(explained.outcome, Outcome::kFailed);
  EXPECT_EQ(explained.result, "8.2.6/3.8 the MatchingID was refused");
  EXPECT_EQ(explained.title, "ES9+.AuthenticateClient");
}

TEST(Explain, AnHttpAnswerNeedsNoBody) {
  EXPECT_EQ(explain(http_response("ES9+.HandleNotification 204", "")).result, "HTTP 204");
  EXPECT_EQ(explain(http_response("ES9+.HandleNotification 204", "")).outcome, Outcome::kOk);
  EXPECT_EQ(explain(http_response("ES9+.HandleNotification 500", "<html>")).outcome,
            Outcome::kFailed);
  EXPECT_EQ(explain(http_response("ES9+.HandleNotification 500", "<html>")).result, "HTTP 500");
  Explanation nothing =
      explain(http_response("ES9+.HandleNotification failed", "timeout: no answer"));
  EXPECT_EQ(nothing.result, "timeout: no answer");
  EXPECT_EQ(nothing.sentence, "No answer arrived.");
}

TEST(Explain, OddHttpBodiesAreTaken) {
  for (const char* body :
       {"", "no JSON", "[1,2]", "null", R"({"header":5})",
        R"({"header":{"functionExecutionStatus":[]}})",
        R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":"x"}}})"}) {
    EXPECT_EQ(explain(http_response("ES9+.AuthenticateClient 200", body)).title,
              "ES9+.AuthenticateClient")
        << body;
  }
  EXPECT_EQ(explain(http_response("ES9+.CancelSession 200",
                                  R"({"header":{"functionExecutionStatus":{"status":"Failed"}}})"))
                .result,
            "Failed");
}

TEST(Explain, ApdusAreDescribed) {
  auto title = [](const char* hex) { return explain(c_apdu(rsp::from_hex(hex).value())).title; };
  EXPECT_EQ(title("00A4040005A000000559"), "SELECT A000000559");
  EXPECT_EQ(title("0070000001"), "MANAGE CHANNEL, open");
  EXPECT_EQ(title("00708002"), "MANAGE CHANNEL, close 2");
  EXPECT_EQ(title("81E2910103BF2E00"), "STORE DATA, block 1, last, 3 octets");
  EXPECT_EQ(title("01C0000015"), "GET RESPONSE, 21 octets");
  EXPECT_EQ(title("00B2"), "malformed C-APDU");
  auto result = [](Bytes octets) { return explain(r_apdu(std::move(octets))).result; };
  EXPECT_EQ(result("019000"_x), "9000");
  EXPECT_EQ(result("6A82"_x), "6A82 file or application not found");
  EXPECT_EQ(result("90"_x), "no status word");
  EXPECT_EQ(explain(r_apdu("6A82"_x)).outcome, Outcome::kFailed);
  EXPECT_EQ(explain(r_apdu("6C10"_x)).outcome,
            Outcome::kNone);  // the command comes again with that Le
  EXPECT_EQ(explain(r_apdu("6110"_x)).outcome, Outcome::kOk);
}

TEST(Explain, StepsThatReportTroubleHaveFailed) {
  EXPECT_EQ(explain(step(Party::kEuicc, "AuthenticateServer refused", "invalidOid")).outcome,
            Outcome::kFailed);
  EXPECT_EQ(explain(step(Party::kServer, "ES9+.initiateAuthentication", "ok")).outcome,
            Outcome::kOk);
  EXPECT_EQ(explain(step(Party::kServer, "ES9+.initiateAuthentication", "8.8.1/3.8")).outcome,
            Outcome::kFailed);
  EXPECT_EQ(explain(step(Party::kLpa, "installing", "segment 1")).outcome, Outcome::kNone);
}

TEST(Explain, EverySegmentOfAPackageHasItsKind) {
  // SGP.22 2.5.5: in this order, and each segment of a package begins with one of them.
  std::vector<std::string> names;
  for (const SequenceLine& line : fold(download())) {
    if (line.kind != SequenceLine::Kind::kSegments) continue;
    for (const CardCommand& command : line.commands) {
      const SegmentKind* kind = segment_kind(command.octets);
      ASSERT_NE(kind, nullptr) << rsp::to_hex(command.octets);
      if (names.empty() || names.back() != kind->name) names.emplace_back(kind->name);
    }
  }
  EXPECT_THAT(names, ElementsAre("InitialiseSecureChannel", "ConfigureISDP",
                                 "StoreMetadata, header", "StoreMetadata", "ReplaceSessionKeys",
                                 "LoadProfileElements, header", "LoadProfileElements"));
  EXPECT_EQ(segment_kind("BF3800"_x), nullptr);
  EXPECT_EQ(segment_kind({}), nullptr);
}

TEST(Explain, ASegmentEventIsOfItsKind) {
  Explanation explained =
      explain({TraceKind::kEs8, Party::kLpa, Party::kEuicc, "", "", "A0038701FF"_x});
  EXPECT_EQ(explained.title, "ConfigureISDP");
  EXPECT_THAT(explained.sentence, HasSubstr("Encrypted"));
}

// --- Folding ---

std::vector<std::string> functions_of(const std::vector<SequenceLine>& lines) {
  std::vector<std::string> names;
  for (const SequenceLine& line : lines) {
    if (line.event.from == Party::kLpa && !line.function.empty()) names.push_back(line.function);
  }
  return names;
}

// SGP.22 3.1.2 and 3.1.3, then 3.5 and 3.2.
TEST(Fold, ADownloadIsTheSequenceOfItsFunctions) {
  EXPECT_THAT(
      functions_of(fold(download())),
      ElementsAre("ES10b.GetEUICCInfo1", "ES10b.GetEUICCChallenge", "ES9+.InitiateAuthentication",
                  "ES10b.AuthenticateServer", "ES9+.AuthenticateClient", "ES10b.PrepareDownload",
                  "ES9+.GetBoundProfilePackage", "ES10b.LoadBoundProfilePackage",
                  "ES10b.ListNotification", "ES10b.RetrieveNotificationsList",
                  "ES9+.HandleNotification", "ES10b.RemoveNotificationFromList",
                  "ES10c.EnableProfile"));
}

TEST(Fold, EachApduStandsUnderExactlyOneLine) {
  std::multiset<std::size_t> folded;
  for (const SequenceLine& line : fold(download())) {
    for (const CardCommand& command : line.commands)
      folded.insert(command.apdus.begin(), command.apdus.end());
  }
  std::multiset<std::size_t> expected;
  for (std::size_t i = 0; i < download().size(); ++i) {
    if (download()[i].event.kind == TraceKind::kApdu) expected.insert(i);
  }
  EXPECT_EQ(folded, expected);
}

TEST(Fold, ACommandHasItsApdusUnderItAlsoThoseBeforeItsEvent) {
  // Two blocks: the card reports the command when the second one is in, before it reports that
  // APDU.
  Records records =
      records_of({c_apdu("81E2110004BF3E035C"_x), r_apdu("9000"_x),
                  es10_request("ES10c.GetEID", "BF3E035C015A"_x),
                  es10_response("ES10c.GetEID", "9000", "BF3E00"_x), c_apdu("81E2910102015A"_x),
                  r_apdu("6103"_x), c_apdu("01C0000003"_x), r_apdu("BF3E009000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(2));
  ASSERT_THAT(lines[0].commands, SizeIs(1));
  EXPECT_THAT(lines[0].commands[0].apdus, ElementsAre(0, 1, 4, 5, 6, 7));
  EXPECT_EQ(rsp::to_hex(lines[0].commands[0].answer), "BF3E00");
  EXPECT_EQ(lines[0].index, 2u);
  EXPECT_EQ(lines[0].at, std::chrono::milliseconds(0)) << "it began with its first APDU";
  EXPECT_EQ(lines[1].took, std::chrono::milliseconds(3));
}

TEST(Fold, ApdusAloneGiveTheSameCommands) {
  auto card_side = [](const Records& records) {
    std::vector<std::string> names;
    for (const SequenceLine& line : fold(records)) {
      if (line.event.kind != TraceKind::kHttp && !line.function.empty()) {
        names.push_back(line.function +
                        (line.event.from == Party::kLpa ? " ?" : " " + explain(line.event).result));
      }
    }
    return names;
  };
  EXPECT_EQ(card_side(only(download(), TraceKind::kApdu)), card_side(download()));
  EXPECT_EQ(card_side(only(failed_download(), TraceKind::kApdu)), card_side(failed_download()));
}

TEST(Fold, SegmentsOfOnePackageAreOneLine) {
  std::size_t groups = 0;
  for (const SequenceLine& line : fold(download())) {
    if (line.kind != SequenceLine::Kind::kSegments) continue;
    ++groups;
    // BF36 with BF23, A0, A1, 88, A2, A3 and at least one 86.
    EXPECT_GE(line.commands.size(), 7u);
    EXPECT_EQ(rsp::to_hex(rsp::BytesView(line.commands[0].octets).first(2)), "BF36");
  }
  EXPECT_EQ(groups, 1u);
}

TEST(Fold, ARefusedSegmentEndsThePackage) {
  Records records = records_of({c_apdu("81E2910005A0038701FF"_x), r_apdu("6985"_x),
                                c_apdu("81E2910005A0038701FF"_x), r_apdu("9000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[1].event.detail, "6985");
  EXPECT_EQ(lines[1].event.from, Party::kEuicc);
  EXPECT_EQ(lines[2].kind, SequenceLine::Kind::kSegments);
}

TEST(Fold, SegmentEventsAreOneLineWithTheirApdus) {
  TraceEvent segment{TraceKind::kEs8, Party::kLpa, Party::kEuicc, "", "", "A0038701FF"_x};
  auto with_apdus = fold(records_of({segment, c_apdu("81E2910005A0038701FF"_x), r_apdu("9000"_x)}));
  ASSERT_THAT(with_apdus, SizeIs(1));
  EXPECT_THAT(with_apdus[0].commands[0].apdus, ElementsAre(1, 2));
  auto without = fold(records_of({segment, segment}));
  ASSERT_THAT(without, SizeIs(1));
  EXPECT_THAT(without[0].commands, SizeIs(2));
}

TEST(Fold, ApdusInBetweenAreOneLine) {
  auto lines =
      fold(records_of({c_apdu("0070000001"_x), r_apdu("019000"_x), c_apdu("01A4040005A000000559"_x),
                       r_apdu("6102"_x), c_apdu("01C0000002"_x), r_apdu("6F009000"_x)}));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].kind, SequenceLine::Kind::kCardCommands);
  ASSERT_THAT(lines[0].commands, SizeIs(2));
  EXPECT_EQ(rsp::to_hex(lines[0].commands[1].answer), "6F00");
}

TEST(Fold, ACommandThatTheCardDidNotReportIsALineOfItsOwn) {
  // Refused before it was looked at, and the same command again, which was served.
  Bytes eid = "BF3E035C015A"_x;
  Records records = records_of({c_apdu("81E2910006BF3E035C015A"_x), r_apdu("6985"_x),
                                es10_request("ES10c.GetEID", eid),
                                es10_response("ES10c.GetEID", "9000", "BF3E00"_x),
                                c_apdu("81E2910006BF3E035C015A"_x), r_apdu("BF3E009000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0].commands[0].apdus, ElementsAre(0, 1));
  EXPECT_EQ(lines[1].event.detail, "6985");
  EXPECT_THAT(lines[2].commands[0].apdus, ElementsAre(4, 5));
}

TEST(Fold, ACommandRepeatedWithAnotherLeIsOne) {
  auto commands =
      card_commands(records_of({c_apdu("81E2910003BF2E00"_x), r_apdu("6C15"_x),
                                c_apdu("81E2910003BF2E0015"_x), r_apdu("BF2E009000"_x)}));
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(rsp::to_hex(commands[0].octets), "BF2E00");
  EXPECT_EQ(rsp::to_hex(commands[0].answer), "BF2E00");
}

TEST(Fold, AMessageThatBothEndsRecordedIsOneLine) {
  TracedWorld traced(ServerTrace::kOn);
  ASSERT_TRUE(traced.world.lpa->download(traced.world.activation_code()));
  const Records& records = traced.recorder.records();
  EXPECT_THAT(only(records, TraceKind::kHttp), SizeIs(12));
  std::size_t lines = 0, same = 0;
  for (const SequenceLine& line : fold(records)) {
    if (line.event.kind != TraceKind::kHttp) continue;
    ++lines;
    same += line.same.size();
    EXPECT_THAT(line.function, StartsWith("ES9+.")) << line.event.name;
  }
  EXPECT_EQ(lines, 6u);
  EXPECT_EQ(same, 6u);
}

TEST(Fold, ARequestSentAgainIsALineOfItsOwn) {
  auto lines = fold(records_of({http_request("ES9+.HandleNotification", "{}"),
                                http_response("ES9+.HandleNotification failed", "no route"),
                                http_request("ES9+.HandleNotification", "{}"),
                                http_response("ES9+.HandleNotification 204", "")}));
  EXPECT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[3].took, std::chrono::milliseconds(1));
}

TEST(Fold, NotesStayWhereTheyWere) {
  auto lines = fold(
      records_of({step(Party::kLpa, "a", ""), c_apdu("81E2910003BF2E00"_x),
                  step(Party::kEuicc, "b", ""), r_apdu("9000"_x), step(Party::kServer, "c", "")}));
  std::vector<std::string> names;
  for (const SequenceLine& line : lines) names.push_back(line.event.name);
  EXPECT_THAT(names,
              ElementsAre("a", "ES10b.GetEUICCChallenge", "b", "ES10b.GetEUICCChallenge", "c"));
}

TEST(Fold, AnythingCanBeFoldedAndShown) {
  rsp::SeededRandom random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<TraceEvent> events;
    for (int i = 0; i < 12; ++i) {
      auto dice = random.octets<4>();
      Bytes octets(dice[0] % 24);
      random.fill(octets);
      // STORE DATA and tags of ES10 often enough to get beyond the first check.
      if (dice[1] % 2 == 0)
        octets.insert(octets.begin(),
                      {0x81, 0xE2, static_cast<std::uint8_t>(dice[2] % 2 ? 0x91 : 0x11), 0});
      if (dice[1] % 3 == 0)
        octets.insert(octets.begin(), {0xBF, static_cast<std::uint8_t>(0x20 + dice[2] % 40)});
      std::string text(octets.begin(), octets.end());
      events.push_back({static_cast<TraceKind>(dice[1] % 7), static_cast<Party>(dice[2] % 3),
                        static_cast<Party>(dice[3] % 3), text, text, octets});
    }
    Records records = records_of(std::move(events));
    EXPECT_THAT(to_html("", records), HasSubstr("</html>"));
    EXPECT_THAT(lines_of(to_ndjson(records)), SizeIs(records.size()));
  }
}

// --- Escaping ---

struct EscapeVector {
  std::string text, html;
};
const EscapeVector kEscapes[] = {
    {"plain \xC3\xBC", "plain \xC3\xBC"},
    {"<b> & \"q\" 'a'", "&lt;b&gt; &amp; &quot;q&quot; &#39;a&#39;"},
    {"a\nb\tc", "a\nb\tc"},
    {std::string("nul\0!", 5), "nul&lt;U+0000&gt;!"},
    {"\x1B[31m", "&lt;U+001B&gt;[31m"},
    {"\x7F", "&lt;U+007F&gt;"},
    {"\xC2\x9F", "&lt;U+009F&gt;"},  // a C1 control character
    {"\xE2\x80\xAE"
     "gpj",
     "&lt;U+202E&gt;gpj"},               // right-to-left override
    {"\xE2\x81\xA6", "&lt;U+2066&gt;"},  // left-to-right isolate
    {"\xD8\x9C", "&lt;U+061C&gt;"},      // Arabic letter mark
    {"\xE2\x82\xAC \xF0\x9F\x98\x80", "\xE2\x82\xAC \xF0\x9F\x98\x80"},
    {"\xFF", "\xEF\xBF\xBD"},
    {"\xC0\xBC", "\xEF\xBF\xBD\xEF\xBF\xBD"},  // an overlong '<'
    {"cut \xE2\x82", "cut \xEF\xBF\xBD"},
};

TEST(EscapeHtml, NothingIsLeftThatMeansSomethingElse) {
  for (const auto& [text, html] : kEscapes) EXPECT_EQ(escape_html(text), html);
}

TEST(Element, EscapesTextAndAttributesAndKeepsMarkup) {
  EXPECT_EQ(element("a", {{"href", "\"><b>"}, {"", "left out"}}, "<i>", Markup{"<br>"}).html,
            "<a href=\"&quot;&gt;&lt;b&gt;\">&lt;i&gt;<br></a>");
}

// --- The page ---

struct Tag {
  std::string name;
  std::map<std::string, std::string> attributes;
};

/// The tags of a page. Fails the test where they are not balanced, or where a raw '<' or '>' stands
/// anywhere else.
std::vector<Tag> tags_of(std::string_view page) {
  std::vector<Tag> tags;
  std::stack<std::string> open;
  EXPECT_THAT(page, StartsWith("<!DOCTYPE html>\n"));
  for (std::size_t at = page.find("<html"); at != std::string_view::npos; at = page.find('<', at)) {
    std::size_t end = page.find('>', at);
    std::string_view inner = page.substr(at + 1, end - at - 1);
    at = end;
    if (inner.starts_with('/')) {
      EXPECT_FALSE(open.empty());
      EXPECT_EQ(open.top(), inner.substr(1));
      open.pop();
    } else {
      Tag tag{std::string(inner.substr(0, inner.find(' '))), {}};
      for (inner.remove_prefix(tag.name.size()); !inner.empty();) {
        std::size_t equals = inner.find("=\""), quote = inner.find('"', equals + 2);
        EXPECT_NE(equals, std::string_view::npos) << inner;
        tag.attributes[std::string(inner.substr(1, equals - 1))] =
            inner.substr(equals + 2, quote - equals - 2);
        inner.remove_prefix(quote + 1);
      }
      static const std::set<std::string> kVoid{"meta", "input"};
      if (!kVoid.contains(tag.name)) open.push(tag.name);
      if (tag.name == "style" || tag.name == "script") at = page.find("</" + tag.name, at) - 1;
      tags.push_back(std::move(tag));
    }
    std::size_t next = page.find('<', at);
    if (next != std::string_view::npos && page[at] == '>') {
      EXPECT_EQ(page.substr(at + 1, next - at - 1).find('>'), std::string_view::npos);
    }
  }
  EXPECT_TRUE(open.empty());
  return tags;
}

std::set<std::string> kinds_of(const std::vector<Tag>& tags) {
  std::set<std::string> kinds;
  for (const Tag& tag : tags) {
    kinds.insert(tag.name);
    for (const auto& [name, value] : tag.attributes) kinds.insert(tag.name + "." + name);
  }
  return kinds;
}

const std::string& download_page() {
  static const std::string page = to_html("Download", download());
  return page;
}

TEST(Html, IsWellFormed) {
  auto tags = tags_of(download_page());
  EXPECT_GT(tags.size(), 500u);
  tags_of(to_html("Failed", failed_download()));
  tags_of(to_html("", Records{}));
}

TEST(Html, ALineIsDetailsThatOpenWithoutAScript) {
  auto tags = tags_of(download_page());
  std::size_t rows = 0;
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].name != "details") continue;
    EXPECT_EQ(tags[i + 1].name, "summary");
    rows += tags[i].attributes["class"].starts_with("row");
  }
  EXPECT_EQ(rows, fold(download()).size());
}

TEST(Html, LinesHaveIdsOfTheirOwnAndLinksLeadToThem) {
  std::set<std::string> ids;
  std::vector<std::string> links;
  for (Tag& tag : tags_of(to_html("Failed", failed_download()))) {
    if (tag.attributes.contains("id")) {
      EXPECT_TRUE(ids.insert(tag.attributes["id"]).second) << tag.attributes["id"];
    }
    if (tag.name == "a") links.push_back(tag.attributes["href"]);
  }
  EXPECT_THAT(links, Not(IsEmpty()));
  for (const std::string& link : links) EXPECT_TRUE(ids.contains(link.substr(1))) << link;
}

TEST(Html, NeedsNothingFromElsewhere) {
  std::string page = to_html("Download", download());
  for (const char* reference : {"src=", "<link", "@import", "url(", "http://", "https://"}) {
    EXPECT_THAT(page, Not(HasSubstr(reference)));
  }
}

TEST(Html, ThePolicyAdmitsItsOwnStyleAndScriptOnly) {
  auto hash = [](std::string_view element) {
    std::string open = "<" + std::string(element) + ">", close = "</" + std::string(element) + ">";
    std::size_t begin = download_page().find(open) + open.size();
    std::string text = download_page().substr(begin, download_page().find(close) - begin);
    return rsp::to_base64(rsp::crypto::sha256(rsp::view_of(text)));
  };
  auto tags = tags_of(download_page());
  auto policy = std::ranges::find_if(
      tags, [](Tag& tag) { return tag.attributes["http-equiv"] == "Content-Security-Policy"; });
  ASSERT_NE(policy, tags.end());
  // Base64 has nothing that HTML escapes; the quotes around it are escaped.
  EXPECT_EQ(policy->attributes["content"],
            "default-src &#39;none&#39;; style-src &#39;sha256-" + hash("style") +
                "&#39;; script-src &#39;sha256-" + hash("script") +
                "&#39;; base-uri &#39;none&#39;; form-action &#39;none&#39;");
}

constexpr std::string_view kHostile =
    "</span></details><script>alert(1)</script><img src=x onerror=alert(2)>\" onclick='x' &lt;";

// What a peer sends stands in names, texts of messages, JSON bodies and errors.
TEST(Html, NothingInATraceBecomesMarkup) {
  std::string hostile(kHostile);
  Json body{{"transactionId", hostile}, {"smdpAddress", hostile}, {hostile, hostile}};
  rsp::SetNicknameRequest nickname{{}, rsp::asn1::TextOf<0, 64>(hostile.substr(7, 60)), {}};
  std::vector<TraceEvent> events{
      es10_request(hostile, rsp::asn1::encode(nickname)),
      es10_response(hostile, hostile, "BF2903800100"_x),
      es10_request("ES10c.SetNickname", rsp::asn1::encode(nickname)),
      http_request("ES9+.InitiateAuthentication", rsp::dump(body)),
      http_response("ES9+.InitiateAuthentication 200",
                    rsp::es9_failed_body({"8.2.6", "3.8", hostile, hostile})),
      http_response("ES9+.InitiateAuthentication failed", hostile),
      http_response(hostile, hostile),
      {TraceKind::kEs8, Party::kLpa, Party::kEuicc, hostile, hostile, "A0038701FF"_x},
      {TraceKind::kPower, Party::kEuicc, Party::kLpa, hostile, hostile, {}},
      {TraceKind::kCommit, Party::kEuicc, Party::kEuicc, hostile, hostile, {}},
      step(Party::kServer, hostile, hostile),
      {TraceKind::kApdu, Party::kEuicc, Party::kLpa, hostile, hostile, "9000"_x},
  };
  auto hostile_tags = tags_of(to_html(hostile, records_of(std::move(events))));
  std::set<std::string> allowed = kinds_of(tags_of(download_page()));
  allowed.merge(kinds_of(tags_of(to_html("Failed", failed_download()))));
  std::set<std::string> kinds = kinds_of(hostile_tags);
  EXPECT_TRUE(std::ranges::includes(allowed, kinds)) << testing::PrintToString(kinds);
  EXPECT_EQ(std::ranges::count(hostile_tags, "script", &Tag::name), 1);
}

TEST(Html, AHostileProfileNameIsText) {
  TracedWorld traced;
  smdp::Order& order = traced.world.add_order("EVIL", "8988211000000000027");
  order.metadata.profile_name = "<script>alert(1)</script>";
  ASSERT_TRUE(traced.world.lpa->download(traced.world.activation_code("EVIL")));
  std::string page = to_html("x", traced.recorder.records());
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
}

TEST(Html, ApdusAndSegmentsAreFoldedWithTheirNumber) {
  auto lines = fold(download());
  auto challenge = std::ranges::find(lines, "ES10b.GetEUICCChallenge", &SequenceLine::function);
  ASSERT_NE(challenge, lines.end());
  EXPECT_THAT(challenge->commands[0].apdus,
              SizeIs(4));  // STORE DATA and GET RESPONSE, and what they got
  EXPECT_THAT(download_page(), HasSubstr("<details><summary>2 APDUs</summary>"));
  auto load = std::ranges::find(lines, SequenceLine::Kind::kSegments, &SequenceLine::kind);
  ASSERT_NE(load, lines.end());
  EXPECT_THAT(download_page(),
              HasSubstr("<details><summary>" + std::to_string(load->commands.size()) +
                        " segments</summary>"));
}

TEST(Html, ProceduresAreHeadings) {
  std::vector<std::string> headings;
  const std::string& page = download_page();
  std::string begin = "<h2 class=\"procedure\"><span>";
  for (std::size_t at = page.find(begin); at != std::string::npos; at = page.find(begin, at + 1)) {
    std::size_t text = at + begin.size();
    headings.push_back(page.substr(text, page.find('<', text) - text));
  }
  EXPECT_THAT(headings,
              ElementsAre("Common mutual authentication", "Profile download and installation",
                          "Notifications", "Local profile management"));
}

TEST(Html, FailuresAreListedFirstAndMarked) {
  EXPECT_THAT(download_page(), Not(HasSubstr("What failed")));
  std::string page = to_html("Failed", failed_download());
  EXPECT_THAT(page, HasSubstr("What failed"));
  EXPECT_THAT(
      page,
      HasSubstr(
          "ES10b.LoadBoundProfilePackage</a>: installFailedDueToIccidAlreadyExistsOnEuicc</li>"));
  auto tags = tags_of(page);
  auto bad = std::ranges::count_if(
      tags, [](Tag& tag) { return tag.attributes["class"].ends_with(" bad"); });
  EXPECT_EQ(bad, 2) << "the answer, and the card's note about it";
}

TEST(Html, AStepThatSaysWhyIsNoFailureOfItsOwn) {
  std::string page = to_html("Failed", failed_download());
  EXPECT_THAT(page, HasSubstr("BPP refused: <span class=\"failed\">"));
  EXPECT_THAT(page, HasSubstr("<dt>Failures</dt><dd class=\"failed\">1</dd>"));
}

TEST(Html, MessagesOpenToFieldsJsonAndOctets) {
  EXPECT_THAT(download_page(),
              AllOf(HasSubstr("authenticateServerRequest as JSON</summary>"),
                    HasSubstr("HTTP body</summary>"),
                    HasSubstr("<summary>Hexadecimal, 3 octets</summary><pre>BF2E00</pre>"),
                    HasSubstr("The server proves who it is: its certificate and a signature over "
                              "the eUICC&#39;s challenge.")));
}

TEST(Html, ATraceWithoutEventsIsAPage) {
  EXPECT_THAT(to_html("Nothing", Records{}), HasSubstr("<h1>Nothing</h1>"));
}

}  // namespace
}  // namespace hil
