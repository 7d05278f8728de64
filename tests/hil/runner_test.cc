// Many cases in processes of their own, and the reports of a run.
#include "hil/scenario/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace hil {
namespace {

using ::testing::HasSubstr;

std::vector<Case> cases_of(const std::string& text) {
  return parse_scenario(text, "r.esim.json").value();
}

/// Cases that only ask the card who it is; every third fails.
std::vector<Case> many(int count) {
  Json rows = Json::array();
  for (int i = 0; i < count; ++i) {
    rows.push_back(
        {{"name", "n" + std::to_string(i)}, {"session", i % 3 == 2 ? "prepared" : "none"}});
  }
  return cases_of(Json{{"format", 1},
                       {"name", "many"},
                       {"cases", rows},
                       {"when", Json::parse(R"([{"lpa.info": {}}])")},
                       {"then", {{"session", "${case.session}"}}}}
                      .dump());
}

struct Outcome {
  RunSummary summary;
  std::vector<CaseResult> results;
};
Outcome run(
    RunPlan plan, std::function<void(const CaseResult&)> on_result = [](const auto&) {},
    const volatile std::sig_atomic_t* stop = nullptr) {
  static const volatile std::sig_atomic_t never = 0;
  Outcome outcome;
  outcome.summary = run_cases(
      plan,
      [&](const CaseResult& result, const RunSummary&) {
        outcome.results.push_back(result);
        on_result(result);
      },
      stop == nullptr ? never : *stop);
  std::ranges::sort(outcome.results, {}, &CaseResult::id);
  return outcome;
}

TEST(RunnerTest, AnyNumberOfProcessesGivesTheSameVerdictsAndSeeds) {
  auto one = run({.cases = many(12), .options = {.seed = 9}, .jobs = 1});
  auto three = run({.cases = many(12), .options = {.seed = 9}, .jobs = 3});
  EXPECT_EQ(one.summary.passed, 8u);
  EXPECT_EQ(one.summary.failed, 4u);
  ASSERT_EQ(one.results.size(), 12u);
  ASSERT_EQ(three.results.size(), 12u);
  for (std::size_t i = 0; i < 12; ++i) {
    EXPECT_EQ(one.results[i].id, three.results[i].id);
    EXPECT_EQ(one.results[i].verdict, three.results[i].verdict);
    EXPECT_EQ(one.results[i].seed, three.results[i].seed);
  }
}

TEST(RunnerTest, RoundsHaveSeedsOfTheirOwn) {
  auto outcome = run({.cases = many(1), .options = {.seed = 9}, .repeat = 3});
  EXPECT_EQ(outcome.summary.planned, 3u);
  ASSERT_EQ(outcome.results.size(), 3u);
  EXPECT_NE(outcome.results[0].seed, outcome.results[1].seed);
  EXPECT_NE(outcome.results[1].seed, outcome.results[2].seed);
}

TEST(RunnerTest, GoesOnUntilTheFirstFailure) {
  auto outcome = run({.cases = many(3), .until_failure = true});
  EXPECT_EQ(outcome.summary.failed, 1u);
  EXPECT_LE(outcome.results.size(), 3u);
}

TEST(RunnerTest, AskedToStopItEndsWithWhatIsDone) {
  static volatile std::sig_atomic_t stop;
  stop = 0;
  auto outcome = run(
      {.cases = many(30), .repeat = 1000}, [](const auto&) { stop = 1; }, &stop);
  EXPECT_TRUE(outcome.summary.interrupted);
  EXPECT_FALSE(outcome.summary.good());
  EXPECT_GE(outcome.results.size(), 1u);
  EXPECT_LT(outcome.results.size(), 30'000u);
}

TEST(RunnerTest, ACaseThatCrashesIsAnErrorAndTheOthersGoOn) {
  auto cases = many(4);
  RunPlan plan{.cases = cases, .jobs = 1};
  // Kills the process of the second case as a crash would, from inside it.
  struct Crash final : rsp::Interrupt {
    bool requested() override {
      if (++asked == 3) std::raise(SIGKILL);
      return false;
    }
    int asked = 0;
  } crash;
  plan.options.interrupt = &crash;
  auto outcome = run(plan);
  EXPECT_EQ(outcome.summary.done(), 4u);
  EXPECT_GE(outcome.summary.errors, 1u);
  bool named = std::ranges::any_of(outcome.results, [](const CaseResult& result) {
    return result.text().contains("ended by signal 9");
  });
  EXPECT_TRUE(named);
}

TEST(RunnerTest, ACaseThatDoesNotEndWhenAskedIsEndedAndTheOthersGoOn) {
  auto cases = many(2);
  for (Case& one : cases) one.timeout = std::chrono::milliseconds(100);
  RunPlan plan{.cases = cases, .jobs = 1};
  // A fault of ours: a loop that nobody ends.
  struct Loop final : rsp::Interrupt {
    bool requested() override {
      while (true) {
      }
    }
  } loop;
  plan.options.interrupt = &loop;
  auto outcome = run(plan);
  EXPECT_EQ(outcome.summary.errors, 2u);
  EXPECT_THAT(outcome.results[0].text(), HasSubstr("did not end when asked"));
}

// --- Reports

CaseResult sample() {
  CaseResult result;
  result.id = "d/x.esim.json::a";
  result.name = "x/a";
  result.file = "d/x.esim.json";
  result.references = {"SGP.23 4.3 <1>"};
  result.tags = {"t"};
  result.verdict = Verdict::kFailed;
  result.seed = 5;
  result.took = std::chrono::microseconds(1500);
  result.findings = {{"d/x.esim.json:3: /then", "a \"b\" & <c>\x01", 1, 2}};
  result.faults = {{"f", "apdu any", "delay", 2, 1, "odd"}};
  result.traces = {{"ndjson", "t/x.ndjson"}};
  return result;
}

TEST(Reports, ResultsSurviveTheWayBetweenProcesses) {
  CaseResult back = case_result_of(to_json(sample()));
  EXPECT_EQ(to_json(back), to_json(sample()));
  EXPECT_EQ(back.file, "d/x.esim.json");
  EXPECT_EQ(back.findings[0].actual, 2);
}

TEST(Reports, JunitEscapesAndCounts) {
  RunSummary summary;
  summary.count(Verdict::kFailed);
  summary.count(Verdict::kNotApplicable);
  CaseResult skipped = sample();
  skipped.verdict = Verdict::kNotApplicable;
  std::string xml = to_junit({sample(), skipped}, summary);
  EXPECT_THAT(xml, HasSubstr("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""));
  EXPECT_THAT(xml, HasSubstr("a &quot;b&quot; &amp; &lt;c&gt;\xEF\xBF\xBD"));
  EXPECT_THAT(xml, HasSubstr("<property name=\"trace.ndjson\" value=\"t/x.ndjson\"/>"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"not applicable: "));
}

TEST(Reports, TapSaysWhatFailed) {
  std::string tap = to_tap({sample()}, {});
  EXPECT_THAT(tap, ::testing::StartsWith("TAP version 13\n1..1\nnot ok 1 - x/a\n  ---\n"));
}

TEST(Reports, NdjsonIsOneObjectALine) {
  std::string text = to_ndjson({sample()}, {});
  EXPECT_EQ(std::ranges::count(text, '\n'), 2);
  EXPECT_TRUE(Json::accept(text.substr(0, text.find('\n'))));
  EXPECT_THAT(text, HasSubstr(R"({"type":"summary","passed":0)"));
}

}  // namespace
}  // namespace hil
