// What events mean in words.
#include "hil/trace/explain.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

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
      http_response("ES9+.AuthenticateClient 200", rsp::failed_body({"8.2.6", "3.8", "", ""})));
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

}  // namespace
}  // namespace hil::testing_trace
