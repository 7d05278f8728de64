// The testbed itself: both roads fail alike, power comes and goes, and broken cards are noticed.
#include "hil/testbed/testbed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hil {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Testbed> make(Road road = Road::kInProcess) {
  TestbedOptions options;
  options.road = road;
  options.http_timeout = std::chrono::milliseconds(150);
  return Testbed::create(options).value();
}

rsp::Result<lpa::Download> download(Testbed& bed) {
  auto order = bed.add_order({}).value();
  return bed.lpa().download(bed.activation_code(*order));
}

class BothRoads : public ::testing::TestWithParam<const char*> {};

// What is spoiled in process must look to the LPA as it does over a wire.
TEST_P(BothRoads, FailAlike) {
  std::vector<rsp::Error> errors;
  for (Road road : {Road::kInProcess, Road::kHttps}) {
    auto bed = make(road);
    ASSERT_TRUE(bed->faults().add(
        {{"where", {{"transport", "authenticateClient"}}}, {"action", Json::parse(GetParam())}}));
    auto result = download(*bed);
    ASSERT_FALSE(result);
    errors.push_back(result.error());
    EXPECT_EQ(bed->session(), "none") << "the LPA has cancelled";
    EXPECT_TRUE(download(*bed)) << "and the next one works";
  }
  EXPECT_EQ(errors[0].layer, errors[1].layer) << errors[0].message() << "\n" << errors[1].message();
  // The port is in the one name and not in the other.
  EXPECT_THAT(errors[1].step, ::testing::StartsWith(errors[0].step));
  EXPECT_EQ(errors[0].code, errors[1].code);
  EXPECT_EQ(errors[0].text.substr(0, 24), errors[1].text.substr(0, 24));
}
INSTANTIATE_TEST_SUITE_P(Actions, BothRoads,
                         ::testing::Values(R"({"drop": {}})", R"({"stall": {}})",
                                           R"({"resetBefore": {}})", R"({"resetAfter": {}})",
                                           R"({"truncate": {"octets": 70}})",
                                           R"({"truncateHeader": {}})",
                                           R"({"truncateHeader": {"octets": 0}})",
                                           R"({"slow": {"pause": "50ms"}})", R"({"garbage": {}})"));

TEST(Testbed, ConnectionsFailAlikeOnBothRoads) {
  for (const char* action : {"reset", "stall"}) {
    std::vector<rsp::Error> errors;
    for (Road road : {Road::kInProcess, Road::kHttps}) {
      auto bed = make(road);
      ASSERT_TRUE(bed->faults().add({{"where", {{"transport", "initiateAuthentication"}}},
                                     {"action", {{"hangUp", Json::object()}}}}));
      ASSERT_TRUE(bed->faults().add(
          {{"where", {{"connection", {{"number", 2}}}}}, {"action", {{action, Json::object()}}}}));
      auto result = download(*bed);
      ASSERT_FALSE(result);
      errors.push_back(result.error());
      EXPECT_TRUE(download(*bed)) << "and the next one works";
      for (const FaultReport& report : bed->faults().report()) EXPECT_EQ(report.complaint, "");
    }
    EXPECT_EQ(errors[0].layer, errors[1].layer) << errors[1].message();
    EXPECT_EQ(errors[0].code, errors[1].code);
    // A reset may come before the client knows that it is connected.
    if (action == std::string_view("stall")) {
      EXPECT_EQ(errors[0].text, errors[1].text);
    }
    EXPECT_THAT(errors[0].step, ::testing::StartsWith("ES9+.AuthenticateClient"));
  }
}

// What a card refuses is told in the same words, whether the LPA has the card itself or a module
// around it.
class BothCards : public ::testing::TestWithParam<const char*> {};

TEST_P(BothCards, FailAlike) {
  std::vector<rsp::Error> errors;
  for (const char* dialect : {"", "plain", "quectel-eg25", "simcom-7600", "fibocom-fm350"}) {
    TestbedOptions options;
    if (*dialect != '\0') options.module = ModuleChoice{.dialect = dialect};
    auto bed = Testbed::create(options).value();
    ASSERT_TRUE(bed->faults().add(Json::parse(GetParam())));
    auto result = download(*bed);
    ASSERT_FALSE(result) << dialect;
    errors.push_back(result.error());
  }
  for (const rsp::Error& error : errors) {
    EXPECT_EQ(error.layer, errors[0].layer) << error.message();
    EXPECT_EQ(error.step, errors[0].step);
    EXPECT_EQ(error.code, errors[0].code);
    EXPECT_EQ(error.text, errors[0].text);
    EXPECT_EQ(error.hint, errors[0].hint);
  }
}
INSTANTIATE_TEST_SUITE_P(
    Faults, BothCards,
    ::testing::Values(
        R"({"where": {"apdu": {"tag": "86"}}, "when": {"nth": 2}, "action": {"answer": {"sw": "6F00"}}})",
        R"({"where": {"apdu": {"tag": "BF38"}}, "action": {"answer": {"sw": "6985"}}})",
        R"({"where": {"apdu": {"tag": "BF21"}}, "action": {"answer": {"sw": "6A80"}}})",
        R"({"where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 2}}})"));

TEST(Testbed, DownloadsOverRealHttps) {
  auto bed = make(Road::kHttps);
  EXPECT_THAT(bed->address(), ::testing::StartsWith("testsmdpplus1.example.com:"));
  EXPECT_TRUE(download(*bed));
  EXPECT_EQ(bed->calls().at("initiateAuthentication"), 1u);
}

TEST(Testbed, TheSameSeedMakesTheSameRun) {
  auto challenge = [](std::uint64_t seed) {
    TestbedOptions options;
    options.seed = seed;
    auto bed = Testbed::create(options).value();
    return bed->lpa().es10().call(rsp::GetEuiccChallengeRequest{})->euicc_challenge;
  };
  EXPECT_EQ(challenge(5), challenge(5));
  EXPECT_NE(challenge(5), challenge(6));
}

TEST(Testbed, WaitingInProcessTakesNoTimeButTheClockMoves) {
  TestbedOptions options;
  options.http_timeout = std::chrono::hours(3);
  auto bed = Testbed::create(options).value();
  ASSERT_TRUE(
      bed->faults().add(Json::parse(R"({"where": {"transport": "any"}, "action": {"drop": {}}})")));
  auto begun = std::chrono::steady_clock::now();
  auto result = download(*bed);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().layer, rsp::Layer::kTimeout);
  EXPECT_GE(bed->clock().now() - testbed_epoch(), std::chrono::minutes(179));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
}

TEST(Testbed, ACardWithoutPowerAnswersNothingUntilItIsReset) {
  auto bed = make();
  ASSERT_TRUE(bed->lpa().eid());
  bed->power_off();
  auto gone = bed->lpa().eid();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "cardGone");
  bed->power_on();
  EXPECT_TRUE(bed->lpa().eid());
}

TEST(Testbed, AnInterruptedLoadIsReportedAfterPowerOn) {
  auto bed = make();
  ASSERT_TRUE(bed->faults().add(Json::parse(
      R"({"where": {"apdu": {"tag": "86"}}, "when": {"nth": 2}, "action": {"powerCut": {"moment": "after"}}})")));
  ASSERT_FALSE(download(*bed));
  bed->power_on();
  EXPECT_THAT(bed->broken_invariants(), IsEmpty());
  auto delivered = bed->lpa().deliver_notifications().value();
  ASSERT_EQ(delivered.size(), 1u);
  EXPECT_THAT(bed->server().journal().back().outcome, HasSubstr("installFailedDueToInterruption"));
}

TEST(Testbed, OrdersSayWhatIsWrongWithThem) {
  auto bed = make();
  auto refused = bed->add_order({.iccid = "12ab"});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().layer, rsp::Layer::kInput);
  EXPECT_FALSE(bed->add_order({.matching_id = ""})) << "neither MatchingID nor EID";
  EXPECT_TRUE(bed->add_order({.matching_id = "", .for_this_card = true}));
}

class Countdown final : public rsp::Interrupt {
 public:
  bool requested() override { return ++asked > 3; }
  int asked = 0;
};

TEST(Testbed, AnInterruptEndsWhatBlocks) {
  Countdown interrupt;
  TestbedOptions options;
  options.road = Road::kHttps;
  options.http_timeout = std::chrono::minutes(10);
  options.interrupt = &interrupt;
  auto bed = Testbed::create(options).value();
  ASSERT_TRUE(bed->faults().add(
      Json::parse(R"({"where": {"transport": "any"}, "action": {"stall": {}}})")));
  auto begun = std::chrono::steady_clock::now();
  auto result = download(*bed);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().layer, rsp::Layer::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::minutes(1));
  EXPECT_GT(interrupt.asked, 3);
}

TEST(TestbedCertificates, EachWrongOneIsAnotherForTheSameKey) {
  auto good =
      rsp::pki::Certificate::parse(testbed_certificate(rsp::crypto::Curve::kNistP256, "eum"))
          .value();
  for (const std::string& name : testbed_certificate_names()) {
    rsp::Bytes der = testbed_certificate(rsp::crypto::Curve::kNistP256, name);
    ASSERT_FALSE(der.empty()) << name;
    auto parsed = rsp::pki::Certificate::parse(der);
    ASSERT_TRUE(parsed) << name;
    if (!name.starts_with("eum.")) continue;
    EXPECT_TRUE(rsp::equal(parsed->public_point(), good.public_point())) << name;
    EXPECT_FALSE(rsp::equal(parsed->der(), good.der())) << name;
  }
  EXPECT_TRUE(testbed_certificate(rsp::crypto::Curve::kNistP256, "eum.excellent").empty());
}

}  // namespace
}  // namespace hil
