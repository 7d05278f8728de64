// Scenario files: what is refused before anything runs, and what each verdict takes.
#include "hil/scenario/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "hil/scenario/observations.h"
#include "hil/scenario/variables.h"

namespace hil {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A whole scenario around some members.
std::string scenario(const std::string& members) {
  return "{\"format\": 1, \"name\": \"it\",\n" + members + "}";
}

std::vector<std::string> problems(const std::string& text) {
  Problems found;
  auto cases = parse_scenario(text, "it.esim.json", &found);
  std::vector<std::string> list;
  for (const rsp::Error& one : found.list())
    list.push_back(one.path + ": " + one.text + " " + one.hint);
  if (list.empty() && !cases) list.push_back(cases.error().message());
  return list;
}

CaseResult run(const std::string& members, RunOptions options = {}) {
  auto cases = parse_scenario(scenario(members), "it.esim.json");
  EXPECT_TRUE(cases) << cases.error().message();
  if (!cases) return {};
  EXPECT_EQ(cases->size(), 1u);
  return run_case(cases->front(), options);
}

constexpr const char* kOrder = R"("given": {"orders": {"A": {}}}, )";
std::string with_order(const std::string& members) { return kOrder + members; }

// --- Refused before anything runs

struct Mistake {
  const char* members;
  const char* says;
};
void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.members; }
class ScenarioMistake : public ::testing::TestWithParam<Mistake> {};
TEST_P(ScenarioMistake, IsNamedWithLineAndRemedy) {
  auto found = problems(scenario(GetParam().members));
  ASSERT_FALSE(found.empty());
  EXPECT_THAT(found, ::testing::Contains(HasSubstr(GetParam().says)));
}
INSTANTIATE_TEST_SUITE_P(
    Files, ScenarioMistake,
    ::testing::Values(
        Mistake{R"("when": [])", "it.esim.json:2: /when: should be a list of steps"},
        Mistake{R"("when": [{"lpa.info": {}}], "them": {})", "did you mean 'then'?"},
        Mistake{R"("when": [{"lpa.inof": {}}])", "did you mean 'lpa.info'?"},
        Mistake{R"("when": [{"lpa.info": {}, "lpa.profiles": {}}])", "second step"},
        Mistake{R"("when": [{"lpa.info": {"x": 1}}])", "'x' is not known here"},
        Mistake{R"("when": [{"lpa.download": {"order": "B"}}])", "there is no order 'B'"},
        Mistake{R"("when": [{"lpa.download": {}}])", "give one of order and activationCode"},
        Mistake{R"("when": [{"lpa.enable": {"iccid": "${results.a.iccid}"}}])",
                "no earlier step has its result as 'a'"},
        Mistake{R"("when": [{"lpa.enable": {"iccid": "${order.A.iccid}"}}])",
                "did you mean 'orders'?"},
        Mistake{R"("when": [{"lpa.enable": {"iccid": "${certificates.eum.expird}"}}])",
                "did you mean 'eum.expired'?"},
        Mistake{R"("when": [{"lpa.enable": {"iccid": "${crls.dpAut}"}}])",
                "did you mean 'dpAuth'?"},
        Mistake{R"("when": [{"lpa.info": {}, "fails": {"layer": "crad"}}])",
                "did you mean 'card'?"},
        Mistake{R"("when": [{"lpa.info": {}, "fails": {}}])", "says nothing of the error"},
        Mistake{R"("when": [{"lpa.info": {}, "fails": {"code": "1"}, "as": "x"}])",
                "returns nothing"},
        Mistake{R"("when": [{"lpa.info": {}, "times": 0}])", "should be 1 to"},
        Mistake{R"("when": [{"card.command": {"function": "ES10b.GetEuiccInfo1"}}])",
                "did you mean 'ES10b.GetEUICCInfo1'?"},
        Mistake{
            R"("when": [{"card.command": {"function": "ES10b.CancelSession", "request": {"transactionId": "00"}}}])",
            "reason is missing"},
        Mistake{R"("when": [{"lpa.info": {}}], "then": {"orders": {"A": "installed"}})",
                "there is no order 'A'"},
        Mistake{R"("when": [{"lpa.info": {}}], "then": {"profiles": [{"stat": "enabled"}]})",
                "did you mean 'state'?"},
        Mistake{R"("when": [{"lpa.info": {}}], "then": {"session": "nun"})",
                "did you mean 'none'?"},
        Mistake{R"("when": [{"lpa.info": {}}], "then": {"calls": {"cancelSesion": 1}})",
                "did you mean 'cancelSession'?"},
        Mistake{R"("when": [{"lpa.info": {}}], "requires": ["virtual-tim"])",
                "did you mean 'virtual-time'?"},
        Mistake{R"("when": [{"lpa.info": {}}], "timeout": "2h")", "should be 1ms to 1h"},
        Mistake{R"("when": [{"lpa.info": {}}], "given": {"card": {"svn": "2.2"}}})",
                "it.esim.json"},
        Mistake{R"("when": [{"lpa.info": {}}], "given": {"card": {"svn": "2.2"}})",
                "should be a version"},
        Mistake{R"("when": [{"lpa.info": {}}], "given": {"orders": {"A": {"matchingId": ""}}})",
                "needs an EID"},
        Mistake{R"("when": [{"lpa.info": {}}], "faults": {})", "should be a list of faults"},
        Mistake{R"("when": [{"lpa.info": {}}], "cases": [])", "1 to 10000 rows"},
        Mistake{R"("when": [{"lpa.info": {}}], "cases": [{"name": "A B"}])", "needs a 'name'"},
        Mistake{R"("when": [{"lpa.info": {}}], "cases": [{"name": "a"}, {"name": "a"}])",
                "'a' already"},
        Mistake{R"("when": [{"lpa.info": {}}], "title": "${case.x}", "cases": [{"name": "a"}])",
                "the row has no 'x'"},
        Mistake{R"("when": [{"lpa.info": {}}], "cases": [{"name": "a", "x": "${case.name}"}])",
                "cannot refer to"},
        Mistake{R"("when": [{"lpa.info": {}}], "cases": [{"name": "a", "x": 1}])",
                "nothing asks for ${case.x}"},
        Mistake{R"("when": "${case.steps}", "cases": [{"name": "a", "steps": null}])",
                "/when: should be a list of steps"},
        Mistake{R"("when": null)", "/when: should be a list of steps"},
        Mistake{R"("when": [{"lpa.info": {}}], "then": {"sequence": []})", "expects nothing"},
        Mistake{
            R"("when": [{"lpa.info": {}}], "then": {"messages": [{"function": "ES10c.GetEID", "response": {"eid": null}}]})",
            "has no field 'eid'"},
        Mistake{R"("when": [{"lpa.info": {}, "returns": {"eidd": null}}])", "null stands for"},
        Mistake{
            R"("when": [{"card.command": {"function": "ES10c.GetEID", "request": {}}, "returns": {"eid": null}}])",
            "has no field 'eid'"},
        Mistake{R"("when": [{"lpa.info": {}, "as": "a.b"}])", "letters, digits"},
        Mistake{R"("when": [{"lpa.enable": {"iccid": "${case.x}"}}])",
                "there is no table of cases"},
        Mistake{R"("when": [{"lpa.info": {}}], "include": ["nowhere.json"])", "cannot include"}));

TEST(Scenario, FrameMembersAreChecked) {
  EXPECT_THAT(problems(R"({"format": 2, "name": "x", "when": [{"lpa.info": {}}]})"),
              ElementsAre(HasSubstr("/format: should be 1 to 1")));
  EXPECT_THAT(problems(R"({"format": 1, "name": "Not A Name", "when": [{"lpa.info": {}}]})"),
              ElementsAre(HasSubstr("small letters")));
  EXPECT_THAT(problems(R"({"format": 1, "when": [{"lpa.info": {}}]})"),
              ElementsAre(HasSubstr("'name' is missing")));
  EXPECT_THAT(problems("[]"), ElementsAre(HasSubstr("should be an object")));
}

// --- Tables of cases, includes

TEST(Scenario, EachRowIsACaseAndValuesKeepTheirType) {
  auto cases = parse_scenario(scenario(R"("title": "t ${case.n}", "tags": "${case.tags}",
      "cases": [{"name": "one", "n": 1, "tags": ["x"]}, {"name": "two", "n": 2, "tags": []}],
      "when": [{"lpa.info": {}, "times": "${case.n}"}])"),
                              "f.esim.json");
  ASSERT_TRUE(cases) << cases.error().message();
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_EQ((*cases)[0].name, "it/one");
  EXPECT_EQ((*cases)[0].id, "f.esim.json::one");
  EXPECT_EQ((*cases)[1].title, "t 2");
  EXPECT_THAT((*cases)[0].tags, ElementsAre("x"));
  EXPECT_EQ((*cases)[1].document.json()["when"][0]["times"], 2);
}

struct Folder {
  Folder() { std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name) << text;
  }
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("esimbench-scenario-" + std::to_string(getpid()) + "-" +
                                ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST(Scenario, IncludesGiveWhatTheFileDoesNotSay) {
  Folder folder;
  folder.write("base.json",
               R"({"tags": ["base"], "given": {"orders": {"A": {"name": "from base"}}}})");
  folder.write("it.esim.json", R"({"format": 1, "name": "it", "include": ["base.json"],
      "given": {"orders": {"A": {"provider": "from file"}}}, "when": [{"lpa.download": {"order": "A"}}],
      "then": {"profiles": [{"name": "from base", "provider": "from file"}]}})");
  auto cases = load_scenario(folder.path / "it.esim.json");
  ASSERT_TRUE(cases) << cases.error().message();
  EXPECT_THAT(cases->front().tags, ElementsAre("base"));
  EXPECT_EQ(run_case(cases->front(), {}).text(), "");
}

TEST(Scenario, AMistakeInAnIncludedFileIsShownThere) {
  Folder folder;
  folder.write("base.json", "{\n\n\"given\": {\"ordrs\": {}}}");
  folder.write(
      "it.esim.json",
      R"({"format": 1, "name": "it", "include": ["base.json"], "when": [{"lpa.info": {}}]})");
  auto cases = load_scenario(folder.path / "it.esim.json");
  ASSERT_FALSE(cases);
  EXPECT_THAT(cases.error().path, HasSubstr("base.json:3: /given/ordrs"));
}

TEST(Scenario, ACircleOfIncludesIsShown) {
  Folder folder;
  folder.write("a.json", R"({"include": ["b.json"]})");
  folder.write("b.json", R"({"include": ["./a.json"]})");
  folder.write("it.esim.json",
               R"({"format": 1, "name": "it", "include": ["a.json"], "when": [{"lpa.info": {}}]})");
  auto cases = load_scenario(folder.path / "it.esim.json");
  ASSERT_FALSE(cases);
  EXPECT_THAT(cases.error().text, HasSubstr("it.esim.json -> a.json -> b.json -> a.json"));
}

TEST(Scenario, FilesAreFoundInFolders) {
  Folder folder;
  std::filesystem::create_directories(folder.path / "deep" / "er");
  folder.write("b.esim.json", "{}");
  folder.write("deep/er/a.esim.json", "{}");
  folder.write("deep/other.json", "{}");
  auto files = find_scenarios(folder.path);
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 2u);
  EXPECT_FALSE(find_scenarios(folder.path / "nowhere"));
  std::filesystem::create_directories(folder.path / "empty");
  EXPECT_FALSE(find_scenarios(folder.path / "empty"));
}

// --- Verdicts

TEST(ScenarioRun, PassesWhereAllIsAsExpected) {
  auto result = run(with_order(R"("when": [{"lpa.download": {"order": "A"}, "as": "d"},
      {"lpa.enable": {"iccid": "${results.d.iccid}"}}, {"lpa.deliverNotifications": {}, "returns": {"delivered": ["install", "enable"]}}],
      "then": {"profiles": [{"iccid": "${orders.A.iccid}", "state": "enabled"}], "orders": {"A": {"state": "installed", "downloadAttempts": 1}},
               "received": ["install", "enable"], "pending": [], "calls": {"authenticateClient": 1, "cancelSession": 0, "handleNotification": {"min": 1}},
               "session": "none", "memory": {"min": 1000}, "invariants": "ok",
               "sequence": ["ES10b.AuthenticateServer", "ES9+.AuthenticateClient", "ES9+.HandleNotification 204", "ES10b.RemoveNotificationFromList"]})"));
  EXPECT_EQ(result.verdict, Verdict::kPassed) << result.text();
}

TEST(ScenarioRun, AStepThatFailsIsShownWithItsCause) {
  auto result = run(R"("when": [{"lpa.download": {"activationCode": "LPA:1$${address}$NOPE"}}])");
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_THAT(result.text(), HasSubstr("it.esim.json:2: /when/0"));
  EXPECT_THAT(result.text(),
              HasSubstr("step lpa.download failed: server, ES9+.AuthenticateClient [8.2.6/3.8]"));
  EXPECT_THAT(result.text(), HasSubstr("again with: --seed 1 --name it"));
}

TEST(ScenarioRun, AStepThatShouldHaveFailedIsShown) {
  auto result =
      run(with_order(R"("when": [{"lpa.download": {"order": "A"}, "fails": {"code": "x"}}])"));
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_THAT(result.text(), HasSubstr("succeeded, and was to fail otherwise"));
}

TEST(ScenarioRun, AStepThatFailsOtherwiseIsShownWithBoth) {
  auto result = run(
      R"("when": [{"lpa.download": {"activationCode": "LPA:1$${address}$NOPE"}, "fails": {"layer": "card"}}])");
  EXPECT_THAT(result.text(),
              ::testing::AllOf(HasSubstr("8.2.6/3.8"), HasSubstr(R"(expected {"layer":"card"})")));
}

TEST(ScenarioRun, TheEndStateIsComparedOneByOne) {
  auto result = run(with_order(R"("when": [{"lpa.download": {"order": "A"}}],
      "then": {"profiles": [], "orders": {"A": "installed"}, "session": "prepared", "calls": {"initiateAuthentication": 3}})"));
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  std::vector<std::string> texts;
  for (const Finding& finding : result.findings) texts.push_back(finding.text);
  EXPECT_THAT(texts, ElementsAre(HasSubstr("profiles is"),
                                 "orders.A.state is \"downloaded\", expected \"installed\"",
                                 "session is \"none\", expected \"prepared\"",
                                 "calls.initiateAuthentication is 1, expected 3"));
}

TEST(ScenarioRun, ThenResultJudgesTheLastStep) {
  EXPECT_EQ(
      run(R"("when": [{"lpa.download": {"activationCode": "LPA:1$${address}$NOPE"}}], "then": {"result": {"code": "8.2.6/3.8"}})")
          .text(),
      "");
  EXPECT_EQ(run(R"("when": [{"lpa.info": {}}], "then": {"result": "ok"})").text(), "");
  EXPECT_THAT(
      run(R"("when": [{"lpa.info": {}}], "then": {"result": {"code": "8.2.6/3.8"}})").text(),
      HasSubstr("did not fail"));
}

TEST(ScenarioRun, AnUnusedFaultTurnsItRedAndSaysWhy) {
  auto result = run(with_order(
      R"("faults": [{"id": "spare", "where": {"transport": "cancelSession"}, "action": {"drop": {}}}],
      "when": [{"lpa.download": {"order": "A"}}])"));
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_THAT(result.text(), HasSubstr("'spare' (drop at transport cancelSession) was never used"));
}

TEST(ScenarioRun, AFaultMatchedOftenerThanPlannedTurnsItRed) {
  auto result = run(with_order(
      R"("faults": [{"id": "twice", "where": {"apdu": {"ins": "E2"}}, "when": {"count": 2}, "action": {"delay": {"by": "1ms"}}}],
      "when": [{"lpa.download": {"order": "A"}}])"));
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_THAT(result.text(), HasSubstr("was planned for 2 matches, and there were"));
}

TEST(ScenarioRun, WhatTheBenchDoesNotOfferIsNotApplicable) {
  auto result = run(R"("requires": ["https"], "when": [{"lpa.info": {}}])");
  EXPECT_EQ(result.verdict, Verdict::kNotApplicable);
  EXPECT_THAT(result.findings[0].text, HasSubstr("does not offer https"));
  EXPECT_EQ(run(R"("given": {"road": "https"}, "requires": ["https"], "when": [{"lpa.info": {}}])")
                .verdict,
            Verdict::kPassed);
}

TEST(ScenarioRun, OneThatHangsEndsAtItsTimeoutWithItsTrace) {
  Folder folder;
  RunOptions options{.keep = RunOptions::Keep::kNotPassed, .trace_directory = folder.path};
  auto result = run(
      R"("timeout": "200ms", "given": {"road": "https", "lpa": {"httpTimeout": "1h"}, "orders": {"A": {}}},
      "faults": [{"where": {"transport": "authenticateClient"}, "action": {"stall": {}}}], "when": [{"lpa.download": {"order": "A"}}])",
      options);
  EXPECT_EQ(result.verdict, Verdict::kError);
  EXPECT_THAT(result.text(), HasSubstr("went on beyond the timeout of 200 ms"));
  EXPECT_LT(result.took, std::chrono::seconds(20));
  ASSERT_TRUE(result.traces.contains("ndjson"));
  EXPECT_GT(std::filesystem::file_size(result.traces["ndjson"]), 1000u);
}

TEST(ScenarioRun, VariablesOfTheRunReachFaults) {
  // The second profile gets the ICCID of the first, in what is announced and in what is bound.
  auto result = run(R"("given": {"orders": {"A": {}, "B": {}}}, "faults": [
      {"where": {"signing": "storeMetadata"}, "when": {"nth": 2}, "action": {"set": {"path": "iccid", "value": "${orders.A.iccidOctets}"}}},
      {"where": {"message": {"function": "ES9+.AuthenticateClient"}}, "when": {"nth": 2}, "action": {"set": {"path": "profileMetadata.iccid", "value": "${orders.A.iccidOctets}"}}}],
      "when": [{"lpa.download": {"order": "A"}},
               {"lpa.download": {"order": "B"}, "fails": {"code": "installFailedDueToIccidAlreadyExistsOnEuicc"}}])");
  EXPECT_EQ(result.text(), "");
}

// --- What is written must have been looked at

TEST(ScenarioRun, AFaultThatChangesNothingTurnsItRed) {
  for (
      const char* fault :
      {R"({"where": {"signing": "storeMetadata"}, "action": {"set": {"path": "iccid", "value": "${orders.A.iccidOctets}"}}})",
       R"({"where": {"bpp": "sequenceOf86"}, "action": {"truncate": {"segment": 1, "octets": 5000}}})",
       R"({"where": {"apdu": {"tag": "BF2E"}}, "action": {"truncate": {"octets": 5000}}})",
       R"({"where": {"transport": "authenticateClient"}, "action": {"truncate": {"octets": 500000}}})",
       R"({"where": {"http": "authenticateClient"}, "action": {"headers": {"remove": ["X-Not-There"]}}})"}) {
    auto result = run(with_order(std::string("\"faults\": [") + fault +
                                 R"(], "when": [{"lpa.download": {"order": "A"}}])"));
    EXPECT_EQ(result.verdict, Verdict::kFailed) << fault;
    EXPECT_THAT(result.text(), HasSubstr("could not act")) << fault;
  }
}

TEST(ScenarioRun, TwoFaultsThatUndoEachOtherTurnItRed) {
  auto result = run(with_order(R"("faults": [
      {"where": {"transport": "authenticateClient"}, "action": {"resetBefore": {}}},
      {"where": {"http": "authenticateClient"}, "action": {"body": {"text": "x"}}}],
      "when": [{"lpa.download": {"order": "A"}, "fails": {"layer": "transport"}}])"));
  EXPECT_EQ(result.verdict, Verdict::kFailed);
  EXPECT_THAT(result.text(), HasSubstr("another fault has spoiled the answer already"));
}

TEST(ScenarioRun, MatchesDoNotExcuseAFaultThatNeverStruck) {
  auto result = run(with_order(
      R"("faults": [{"where": {"apdu": {"tag": "BF2E"}}, "when": {"nth": 5}, "matches": 1, "action": {"delay": {"by": "1s"}}}],
      "when": [{"lpa.download": {"order": "A"}}])"));
  EXPECT_THAT(result.text(), HasSubstr("was never used: it strikes at match 5"));
  result = run(with_order(
      R"("faults": [{"where": {"apdu": {"tag": "BF99"}}, "when": "always", "matches": 0, "action": {"delay": {"by": "1s"}}}],
      "when": [{"lpa.download": {"order": "A"}}])"));
  EXPECT_EQ(result.text(), "");
}

TEST(ScenarioRun, EveryTurnOfARepeatedStepCounts) {
  auto result =
      run(R"("faults": [{"where": {"apdu": {"tag": "BF3E"}}, "action": {"answer": {"sw": "6F00"}}}],
      "when": [{"lpa.info": {}, "times": 2}], "then": {"result": "ok"})");
  EXPECT_EQ(result.verdict, Verdict::kFailed) << "the first turn failed";
}

TEST(ScenarioRun, AVariableWithoutAValueIsAnError) {
  auto result = run(
      R"("when": [{"lpa.info": {}, "as": "i"}, {"lpa.setDefaultSmdp": {"address": "${results.i.eidd}"}}])");
  EXPECT_EQ(result.verdict, Verdict::kError);
  EXPECT_THAT(result.text(), HasSubstr("${results.i.eidd} has no value: did you mean 'eid'?"));
}

TEST(ScenarioRun, ALostAnswerToAForeignCallIsAFailure) {
  auto result =
      run(R"("faults": [{"where": {"transport": "cancelSession"}, "action": {"resetAfter": {}}}],
      "when": [{"server.call": {"function": "cancelSession"}, "fails": {"layer": "transport"}}])");
  EXPECT_EQ(result.text(), "");
}

TEST(ScenarioRun, AnswersOfTheServerAreSeen) {
  EXPECT_EQ(
      run(R"("when": [{"lpa.download": {"activationCode": "LPA:1$${address}$NOPE"}, "fails": {"code": "8.2.6/3.8"}}],
      "then": {"answers": {"initiateAuthentication": ["ok"], "authenticateClient": ["8.2.6/3.8"], "getBoundProfilePackage": []}})")
          .text(),
      "");
}

TEST(ScenarioRun, TheSeedOfACaseDependsOnItsNameAndTheRunsSeed) {
  auto seed = [](std::uint64_t of_run) {
    return run(R"("when": [{"lpa.info": {}}])", {.seed = of_run}).seed;
  };
  EXPECT_EQ(seed(1), seed(1));
  EXPECT_NE(seed(1), seed(2));
  EXPECT_EQ(run(R"("seed": 77, "when": [{"lpa.info": {}}])").seed, 77u);
}

TEST(ScenarioRun, StepsMayRepeat) {
  EXPECT_EQ(
      run(R"("when": [{"lpa.info": {}, "times": 3}], "then": {"sequence": ["ES10c.GetEID", "ES10c.GetEID", "ES10c.GetEID"]})")
          .text(),
      "");
}

TEST(ScenarioRun, ForeignRequestsReachTheServer) {
  EXPECT_EQ(run(R"("when": [
      {"server.call": {"function": "cancelSession", "body": {"transactionId": "00", "cancelSessionResponse": "v0EDgQF/"}}, "returns": {"status": 200, "code": "8.10.1/3.9"}},
      {"server.call": {"target": "/nowhere", "text": "x"}, "returns": {"status": 404}}])")
                .text(),
            "");
}

TEST(ScenarioRun, CardCommandsAreTypedBothWays) {
  EXPECT_EQ(run(R"("when": [
      {"card.command": {"function": "ES10b.CancelSession", "request": {"transactionId": "0011", "reason": "timeout"}}, "returns": {"cancelSessionResponseError": "invalidTransactionId"}},
      {"card.command": {"function": "rubbish", "octets": "BF9900"}, "fails": {"layer": "apdu", "code": "6A88"}},
      {"card.apdu": {"command": "00A4000C023F00"}, "returns": {"sw": "9000"}}])")
                .text(),
            "");
}

// --- Comparing

TEST(Compare, ObjectsMayHaveMoreAndListsMayNot) {
  EXPECT_FALSE(compare({{"a", 1}}, {{"a", 1}, {"b", 2}}));
  EXPECT_TRUE(compare(Json::array({1}), Json::array({1, 2})));
  auto mismatch =
      compare({{"a", Json::array({Json{{"b", 1}}})}}, {{"a", Json::array({Json{{"b", 2}}})}});
  ASSERT_TRUE(mismatch);
  EXPECT_EQ(mismatch->path, ".a[0].b");
  EXPECT_TRUE(compare({{"min", 2}}, 1u));
  EXPECT_FALSE(compare({{"min", 2}, {"max", 3}}, 3));
  EXPECT_TRUE(compare({{"min", 2}, {"max", 3}}, 4));
  EXPECT_TRUE(compare("1", 1));
}

TEST(VariablesTest, AreFoundAndReplaced) {
  EXPECT_THAT(variables_in("a${b.c}d${e}${"), ElementsAre("b.c", "e"));
  Json values{{"n", 5}, {"o", {{"x.y", "dotted"}}}};
  auto value_of = [&](const std::string& name) { return find_dotted(values, name); };
  EXPECT_EQ(substitute("${n}", value_of), 5);
  EXPECT_EQ(substitute("<${n}>", value_of), "<5>");
  EXPECT_EQ(substitute("${o.x.y}", value_of), "dotted");
  EXPECT_EQ(substitute("${unknown}", value_of), "${unknown}");
  EXPECT_EQ(substitute({{"${n}", Json::array({"${n}"})}}, value_of),
            (Json{{"5", Json::array({5})}}));
}

}  // namespace
}  // namespace hil
