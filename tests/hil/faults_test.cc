// The plan of faults: reading, counting, and what every action does at its hook.
#include "hil/faults/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "hil/testbed/testbed.h"

namespace hil {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::unique_ptr<Testbed> testbed(const char* fault, TestbedOptions options = {}) {
  auto made = Testbed::create(std::move(options)).value();
  auto added = made->faults().add(Json::parse(fault));
  EXPECT_TRUE(added) << added.error().message();
  return made;
}

/// "ok", or layer, step and code of how a download ended.
std::string download(Testbed& bed, OrderInput input = {}) {
  auto order = bed.add_order(input).value();
  auto result = bed.lpa().download(bed.activation_code(*order));
  if (result) return "ok";
  return std::string(to_string(result.error().layer)) + " " + result.error().step + " " +
         result.error().code;
}

std::vector<std::string> complaints(const FaultPlan& plan) {
  std::vector<std::string> list;
  for (const FaultReport& report : plan.report()) {
    if (!report.complaint.empty()) list.push_back(report.complaint);
  }
  return list;
}

std::string problem(const char* fault) {
  auto added = FaultPlan().add(Json::parse(fault));
  return added ? "" : added.error().path + ": " + added.error().text + " " + added.error().hint;
}

// --- Reading

TEST(Faults, MistakesAreNamed) {
  EXPECT_THAT(problem("[]"), HasSubstr("should be an object"));
  EXPECT_THAT(problem("{}"), HasSubstr("'where' is missing"));
  EXPECT_THAT(problem(R"({"where": {}, "action": {}, "wen": 1})"),
              HasSubstr("did you mean 'when'?"));
  EXPECT_THAT(problem(R"({"where": {"apdo": {}}, "action": {}})"),
              HasSubstr("did you mean 'apdu'?"));
  EXPECT_THAT(problem(R"({"where": {"apdu": {}}, "action": {"stall": {}}})"),
              HasSubstr("'stall' is no action of the hook 'apdu'"));
  EXPECT_THAT(problem(R"({"where": {"transport": "authenticateClent"}, "action": {"drop": {}}})"),
              HasSubstr("did you mean 'authenticateClient'?"));
  EXPECT_THAT(problem(R"({"where": {"transport": "any", "http": "any"}, "action": {"drop": {}}})"),
              HasSubstr("a second place"));
  EXPECT_THAT(problem(R"({"where": {"message": {"function": "ES10b.AuthenticateServer"}},
                          "action": {"set": {"path": "authenticateResponseOk.euicSignature1", "value": "00"}}})"),
              HasSubstr("its fields are euiccSigned1, euiccSignature1"));
  EXPECT_THAT(
      problem(
          R"({"where": {"message": {"function": "ES9+.HandleNotification"}}, "action": {"omit": {"path": "x"}}})"),
      HasSubstr("has no response"));
  EXPECT_THAT(
      problem(R"({"where": {"crypto": {"of": "serverSigned1"}}, "action": {"skipMac": {}}})"),
      HasSubstr("a signature has no MAC"));
  EXPECT_THAT(
      problem(R"({"where": {"crypto": {"of": "configureISDP"}}, "action": {"wrongCurve": {}}})"),
      HasSubstr("only a signature"));
  EXPECT_THAT(
      problem(R"({"where": {"crypto": {"of": "serverSigned1"}}, "action": {"wrongHostId": {}}})"),
      HasSubstr("only sessionKeys"));
  for (const char* action : {"wrongKey", "skipMac", "wrongCounter", "pad", "wrongCurve"}) {
    std::string fault =
        std::string(R"({"where": {"crypto": {"of": "sessionKeys"}}, "action": {")") + action +
        R"(": {}}})";
    EXPECT_NE(problem(fault.c_str()), "") << action;
  }
  EXPECT_THAT(
      problem(R"({"where": {"crypto": {"of": "sesionKeys"}}, "action": {"wrongHostId": {}}})"),
      HasSubstr("did you mean 'sessionKeys'?"));
  EXPECT_THAT(
      problem(
          R"({"where": {"crypto": {"of": "serverSigned1", "segment": 2}}, "action": {"wrongKey": {}}})"),
      HasSubstr("has no segments"));
  EXPECT_THAT(
      problem(
          R"({"where": {"connection": {}}, "action": {"certificate": {"name": "dpTls.expird"}}})"),
      HasSubstr("did you mean 'dpTls.expired'?"));
  EXPECT_THAT(
      problem(R"({"where": {"connection": {}}, "action": {"certificate": {"name": "euicc"}}})"),
      HasSubstr("no certificate 'euicc' for TLS"));
  EXPECT_THAT(problem(R"({"where": {"bpp": "sequenceOf86"}, "action": {"drop": {"segment": 0}}})"),
              HasSubstr("counted from 1"));
  EXPECT_THAT(
      problem(
          R"({"where": {"header": "any"}, "action": {"fail": {"subject": "eight", "reason": "1"}}})"),
      HasSubstr("is no code"));
  EXPECT_THAT(
      problem(
          R"({"where": {"signing": "loadProfileElements"}, "action": {"set": {"path": "x", "value": 1}}})"),
      HasSubstr("no fields"));
  for (const char* when : {"{}", "\"never\"", "{\"nth\": 0}", "{\"nth\": -1}",
                           "{\"probability\": 2}", "{\"nth\": 1, \"first\": 2}"}) {
    std::string fault =
        std::string(R"({"where": {"apdu": {}}, "action": {"delay": {"by": "1s"}}, "when": )") +
        when + "}";
    EXPECT_THAT(problem(fault.c_str()), HasSubstr("/when")) << when;
  }
}

TEST(Faults, TwoOfOneNameAreRefused) {
  FaultPlan plan;
  Json fault =
      Json::parse(R"({"id": "x", "where": {"apdu": {}}, "action": {"delay": {"by": "1s"}}})");
  ASSERT_TRUE(plan.add(fault));
  auto again = plan.add(fault);
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().text, HasSubstr("already"));
  EXPECT_TRUE(plan.remove("x"));
  EXPECT_FALSE(plan.remove("x"));
  EXPECT_TRUE(plan.add(fault));
}

TEST(Faults, TheCatalogueIsTheTableThatRuns) {
  std::vector<std::string> hooks;
  for (const Json& hook : FaultPlan::catalogue()) {
    hooks.push_back(hook["hook"]);
    EXPECT_FALSE(hook["actions"].empty());
    for (const Json& action : hook["actions"])
      EXPECT_FALSE(action["does"].get<std::string>().empty());
  }
  EXPECT_THAT(hooks, ElementsAre("connection", "transport", "http", "header", "message", "signing",
                                 "crypto", "bpp", "apdu", "storage", "at"));
  EXPECT_EQ(hooks, hook_names());
}

// --- When

TEST(FaultsWhen, StrikesAtTheNthMatchOnly) {
  When when{When::Kind::kNth, 3};
  rsp::SeededRandom random(1);
  std::vector<bool> due;
  for (std::uint64_t seen = 1; seen <= 4; ++seen) due.push_back(when.due(seen, random));
  EXPECT_THAT(due, ElementsAre(false, false, true, false));
  EXPECT_THAT(when.complaint(0, 0), HasSubstr("never used"));
  EXPECT_THAT(when.complaint(2, 0), HasSubstr("strikes at match 3, and there were 2"));
  EXPECT_EQ(when.complaint(9, 1), "");
}

TEST(FaultsWhen, CountsAreWhatWasPlanned) {
  When first{When::Kind::kFirst, 2}, count{When::Kind::kCount, 2}, always{When::Kind::kAlways, 1};
  EXPECT_THAT(first.complaint(1, 1), HasSubstr("used 1 times of 2"));
  EXPECT_EQ(first.complaint(5, 2), "") << "later matches are left alone";
  EXPECT_THAT(count.complaint(3, 2), HasSubstr("planned for 2 matches, and there were 3"));
  EXPECT_THAT(count.complaint(1, 1), HasSubstr("planned for 2 matches, and there were 1"));
  EXPECT_EQ(count.complaint(2, 2), "");
  EXPECT_THAT(always.complaint(0, 0), HasSubstr("never used"));
  EXPECT_EQ(always.complaint(7, 7), "");
}

TEST(FaultsWhen, ProbabilityComesOutOfTheSeed) {
  When when{When::Kind::kProbability, 1, 0.5};
  auto draws = [&](std::uint64_t seed) {
    rsp::SeededRandom random(seed);
    std::string out;
    for (int i = 0; i < 64; ++i) out += when.due(1, random) ? '1' : '0';
    return out;
  };
  EXPECT_EQ(draws(1), draws(1));
  EXPECT_NE(draws(1), draws(2));
  auto ones = std::ranges::count(draws(3), '1');
  EXPECT_GT(ones, 16);
  EXPECT_LT(ones, 48);
  rsp::SeededRandom random(1);
  EXPECT_FALSE((When{When::Kind::kProbability, 1, 0.0}).due(1, random));
  EXPECT_TRUE((When{When::Kind::kProbability, 1, 1.0}).due(1, random));
}

TEST(Faults, MatchesMayBeExpected) {
  auto bed = testbed(
      R"({"where": {"apdu": {"tag": "BF2E"}}, "when": "always", "matches": 2, "action": {"delay": {"by": "1ms"}}})");
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_THAT(complaints(bed->faults()),
              ElementsAre(HasSubstr("should have been matched 2 times, and was matched 1 times")));
}

TEST(Faults, OneThatCannotActSaysSo) {
  auto bed =
      testbed(R"({"where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 99}}})");
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_THAT(complaints(bed->faults()), ElementsAre(HasSubstr("there is no segment 99")));
}

TEST(Faults, ThereIsNoTlsToSpoilInProcess) {
  for (const char* action :
       {R"({"certificate": {"name": "dpTls.expired"}})", R"({"tlsVersion": {"version": "1.0"}})"}) {
    auto bed = Testbed::create().value();
    ASSERT_TRUE(bed->faults().add(
        {{"where", {{"connection", Json::object()}}}, {"action", Json::parse(action)}}));
    EXPECT_EQ(download(*bed), "ok");
    EXPECT_THAT(complaints(bed->faults()), ElementsAre(HasSubstr("no TLS on this road")));
  }
}

TEST(Faults, TwoThatDecideOverOneConnectionAreOneTooMany) {
  auto bed = testbed(R"({"where": {"connection": {}}, "action": {"refuse": {}}})");
  ASSERT_TRUE(bed->faults().add(
      Json::parse(R"({"where": {"connection": {"number": 1}}, "action": {"reset": {}}})")));
  EXPECT_EQ(download(*bed),
            "transport ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com ECONNREFUSED");
  EXPECT_THAT(complaints(bed->faults()),
              ElementsAre(HasSubstr("has decided over this connection")));
}

TEST(Faults, AConnectionIsKeptForManyRequests) {
  for (bool hang_up : {false, true}) {
    auto bed = testbed(
        R"({"where": {"connection": {}}, "when": "always", "action": {"clock": {"by": "1ms"}}})");
    if (hang_up) {
      ASSERT_TRUE(bed->faults().add(Json::parse(
          R"({"where": {"transport": "any"}, "when": "always", "action": {"hangUp": {}}})")));
    }
    EXPECT_EQ(download(*bed), "ok");
    EXPECT_EQ(bed->faults().report()[0].seen, hang_up ? 3u : 1u);
  }
}

TEST(Faults, AnAnswerIsReplayedToTheNextTransaction) {
  auto bed = testbed(
      R"({"where": {"http": "authenticateClient"}, "when": {"nth": 2}, "action": {"replay": {}}})");
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_EQ(download(*bed), "server ES9+.AuthenticateClient ");
  EXPECT_THAT(complaints(bed->faults()), IsEmpty());
}

TEST(Faults, ThereIsNothingToReplayAtFirst) {
  auto bed = testbed(R"({"where": {"http": "authenticateClient"}, "action": {"replay": {}}})");
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_THAT(complaints(bed->faults()), ElementsAre(HasSubstr("has given no answer before")));
}

TEST(Faults, ASlowAnswerTakesTheTimeOfTheClock) {
  auto bed = testbed(
      R"({"where": {"transport": "authenticateClient"}, "action": {"slow": {"octets": 1000, "pause": "2s"}}})");
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_GE(bed->clock().now() - testbed_epoch(), std::chrono::seconds(2));
  EXPECT_LE(bed->clock().now() - testbed_epoch(), std::chrono::seconds(20));
}

TEST(Faults, EveryUseIsInTheTrace) {
  auto bed = testbed(
      R"({"id": "late", "where": {"apdu": {"ins": "A4"}}, "action": {"delay": {"by": "1s"}}})");
  EXPECT_EQ(download(*bed), "ok");
  std::vector<std::string> uses;
  for (const auto& record : bed->trace().records()) {
    if (record.event.kind == rsp::TraceKind::kFault)
      uses.push_back(record.event.name + ": " + record.event.detail);
  }
  EXPECT_THAT(uses, ElementsAre("late: delay at apdu ins A4, match 1"));
}

TEST(Faults, HonestRunsHaveNone) {
  auto bed = Testbed::create().value();
  EXPECT_EQ(download(*bed), "ok");
  EXPECT_THAT(bed->broken_invariants(), IsEmpty());
}

// --- What each action does: how a download ends with it

struct Effect {
  const char* fault;
  const char* outcome;
};
void PrintTo(const Effect& effect, std::ostream* out) { *out << effect.fault; }

class FaultEffect : public ::testing::TestWithParam<Effect> {};

TEST_P(FaultEffect, EndsTheDownloadAsItShould) {
  auto bed = testbed(GetParam().fault);
  EXPECT_EQ(download(*bed), GetParam().outcome);
  EXPECT_THAT(complaints(bed->faults()), IsEmpty());
  if (!bed->card().powered()) bed->power_on();
  EXPECT_THAT(bed->broken_invariants(), IsEmpty());
  bed->faults().clear();
  EXPECT_EQ(download(*bed), "ok") << "after the fault everything works again";
}

constexpr const char* kInitiate = "ES9+.InitiateAuthentication";
INSTANTIATE_TEST_SUITE_P(
    Connection, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"connection": {}}, "action": {"refuse": {}}})",
            "transport ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com ECONNREFUSED"},
        Effect{R"({"where": {"connection": {"number": 1}}, "action": {"reset": {}}})",
               "transport ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com ECONNRESET"},
        Effect{R"({"where": {"connection": {}}, "action": {"stall": {}}})",
               "timeout ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "}));
INSTANTIATE_TEST_SUITE_P(
    Transport, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"transport": "initiateAuthentication"}, "action": {"truncateHeader": {}}})",
            "transport ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "
            "truncatedAnswer"},
        Effect{
            R"({"where": {"transport": "initiateAuthentication"}, "action": {"slow": {"pause": "1s"}}})",
            "timeout ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "},
        Effect{R"({"where": {"transport": "initiateAuthentication"}, "action": {"hangUp": {}}})",
               "ok"},
        Effect{R"({"where": {"transport": "initiateAuthentication"}, "action": {"drop": {}}})",
               "timeout ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "},
        Effect{R"({"where": {"transport": "authenticateClient"}, "action": {"stall": {}}})",
               "timeout ES9+.AuthenticateClient, HTTPS testsmdpplus1.example.com "},
        Effect{
            R"({"where": {"transport": "initiateAuthentication"}, "action": {"resetBefore": {}}})",
            "transport ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com ECONNRESET"},
        Effect{
            R"({"where": {"transport": "any"}, "when": {"nth": 2}, "action": {"resetAfter": {}}})",
            "transport ES9+.AuthenticateClient, HTTPS testsmdpplus1.example.com ECONNRESET"},
        Effect{
            R"({"where": {"transport": "getBoundProfilePackage"}, "action": {"truncate": {"octets": 100}}})",
            "transport ES9+.GetBoundProfilePackage, HTTPS testsmdpplus1.example.com "
            "truncatedAnswer"},
        Effect{
            R"({"where": {"transport": "initiateAuthentication"}, "action": {"garbage": {"octets": 20}}})",
            "http ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "}));
INSTANTIATE_TEST_SUITE_P(
    Sessions, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"transport": "authenticateClient"}, "action": {"forgetSessions": {}}})",
            "server ES9+.AuthenticateClient 8.10.1/3.9"},
        Effect{
            R"({"where": {"transport": "getBoundProfilePackage"}, "action": {"clock": {"by": "31min"}}})",
            "server ES9+.GetBoundProfilePackage 8.10.1/3.9"}));
INSTANTIATE_TEST_SUITE_P(
    Http, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"http": "initiateAuthentication"}, "action": {"pad": {"octets": 9000}}})",
            "ok"},
        Effect{
            R"({"where": {"http": "initiateAuthentication"}, "action": {"pad": {"octets": 17000000}}})",
            "http ES9+.InitiateAuthentication, HTTPS testsmdpplus1.example.com "},
        Effect{
            R"({"where": {"http": "initiateAuthentication"}, "action": {"status": {"code": 503}}})",
            "http ES9+.InitiateAuthentication 503"},
        Effect{
            R"({"where": {"http": "initiateAuthentication"}, "action": {"body": {"text": "hello"}}})",
            "decode ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"http": "initiateAuthentication"}, "action": {"headers": {"set": {"X-More": "1"}, "remove": ["content-type"]}}})",
            "ok"},
        Effect{
            R"({"where": {"header": "authenticateClient"}, "action": {"fail": {"subject": "8.2.6", "reason": "3.8"}}})",
            "server ES9+.AuthenticateClient 8.2.6/3.8"},
        Effect{
            R"({"where": {"header": "authenticateClient"}, "action": {"status": {"status": "Executed-WithWarning"}}})",
            "ok"},
        Effect{R"({"where": {"header": "authenticateClient"}, "action": {"omit": {}}})",
               "decode ES9+.AuthenticateClient "}));
INSTANTIATE_TEST_SUITE_P(
    Message, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"set": {"path": "serverSigned1.serverAddress", "value": "other.example.com"}}})",
            "server ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"flip": {"path": "serverSignature1", "bit": 9}}})",
            "card ES10b.AuthenticateServer invalidSignature"},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"omit": {"path": "serverCertificate"}}})",
            "decode ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"reorder": {"path": "serverSignature1", "with": "serverCertificate"}}})",
            "decode ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"reorder": {"path": "serverSigned1.transactionId", "with": "serverSigned1.euiccChallenge"}}})",
            "decode ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication"}}, "action": {"duplicate": {"path": "serverSigned1.serverChallenge"}}})",
            "decode ES9+.InitiateAuthentication "},
        Effect{
            R"({"where": {"message": {"function": "ES9+.InitiateAuthentication", "part": "request"}}, "action": {"set": {"path": "smdpAddress", "value": "x.example.com"}}})",
            "server ES9+.InitiateAuthentication 8.8.1/3.8"},
        Effect{
            R"({"where": {"message": {"function": "ES10b.AuthenticateServer"}}, "action": {"flip": {"path": "authenticateResponseOk.euiccSignature1", "bit": 9}}})",
            "server ES9+.AuthenticateClient 8.1/6.1"},
        Effect{
            R"({"where": {"message": {"function": "ES10b.AuthenticateServer"}}, "action": {"truncate": {"octets": 40}}})",
            "decode ES10b.AuthenticateServer "},
        Effect{
            R"({"where": {"message": {"function": "ES10b.AuthenticateServer", "part": "request"}}, "action": {"octets": {"path": "serverSigned1.euiccChallenge", "content": "00"}}})",
            "apdu ES10b.AuthenticateServer 6A80"},
        Effect{
            R"({"where": {"message": {"function": "ES10b.LoadBoundProfilePackage"}}, "action": {"octets": {"path": "", "content": "BF3700"}}})",
            "decode ES10b.LoadBoundProfilePackage "}));
INSTANTIATE_TEST_SUITE_P(
    Signing, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"signing": "serverSigned1"}, "action": {"set": {"path": "euiccChallenge", "value": "00000000000000000000000000000000"}}})",
            "card ES10b.AuthenticateServer euiccChallengeMismatch"},
        Effect{
            R"({"where": {"signing": "smdpSigned2"}, "action": {"set": {"path": "transactionId", "value": "0102"}}})",
            "server ES9+.AuthenticateClient "},
        Effect{
            R"({"where": {"signing": "euiccSigned1"}, "action": {"set": {"path": "serverChallenge", "value": "00000000000000000000000000000000"}}})",
            "server ES9+.AuthenticateClient 8.1/6.1"},
        Effect{
            R"({"where": {"signing": "initialiseSecureChannelRequest"}, "action": {"set": {"path": "remoteOpId", "value": 2}}})",
            "card ES10b.LoadBoundProfilePackage unsupportedRemoteOperationType"},
        Effect{
            R"({"where": {"signing": "configureISDP"}, "action": {"set": {"path": "dpProprietaryData.dpOid", "value": "2.999.77"}}})",
            "card ES10b.LoadBoundProfilePackage incorrectInputValues"},
        Effect{
            R"({"where": {"signing": "loadProfileElements"}, "action": {"flip": {"path": "", "bit": 3}}})",
            "card ES10b.LoadBoundProfilePackage installFailedDueToPEProcessingError"},
        Effect{
            R"({"where": {"signing": "profileInstallationResultData"}, "action": {"set": {"path": "finalResult.errorResult.errorReason", "value": "testProfileInstallFailedDueToInvalidNaaKey"}}})",
            "card ES10b.LoadBoundProfilePackage testProfileInstallFailedDueToInvalidNaaKey"}));
INSTANTIATE_TEST_SUITE_P(
    Crypto, FaultEffect,
    ::testing::Values(
        Effect{R"({"where": {"crypto": {"of": "serverSigned1"}}, "action": {"wrongKey": {}}})",
               "card ES10b.AuthenticateServer invalidSignature"},
        Effect{R"({"where": {"crypto": {"of": "smdpSigned2"}}, "action": {"wrongKey": {}}})",
               "card ES10b.PrepareDownload invalidSignature"},
        Effect{R"({"where": {"crypto": {"of": "euiccSigned2"}}, "action": {"wrongKey": {}}})",
               "server ES9+.GetBoundProfilePackage 8.1/6.1"},
        Effect{R"({"where": {"crypto": {"of": "configureISDP"}}, "action": {"wrongKey": {}}})",
               "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{R"({"where": {"crypto": {"of": "serverSigned1"}}, "action": {"wrongCurve": {}}})",
               "card ES10b.AuthenticateServer invalidSignature"},
        Effect{R"({"where": {"crypto": {"of": "sessionKeys"}}, "action": {"wrongHostId": {}}})",
               "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{R"({"where": {"crypto": {"of": "configureISDP"}}, "action": {"pad": {}}})",
               "card ES10b.LoadBoundProfilePackage scp03tStructureError"},
        Effect{R"({"where": {"crypto": {"of": "configureISDP"}}, "action": {"wrongCounter": {}}})",
               "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{
            R"({"where": {"crypto": {"of": "loadProfileElements", "segment": 2}}, "action": {"skipMac": {}}})",
            "card ES10b.LoadBoundProfilePackage scp03tSecurityError"}));
INSTANTIATE_TEST_SUITE_P(
    Bpp, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"bpp": "sequenceOf86"}, "action": {"corrupt": {"segment": 3, "bit": 5}}})",
            "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{R"({"where": {"bpp": "sequenceOf86"}, "action": {"drop": {"segment": 2}}})",
               "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{
            R"({"where": {"bpp": "sequenceOf86"}, "action": {"swap": {"segment": 1, "with": -1}}})",
            "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{R"({"where": {"bpp": "sequenceOf86"}, "action": {"repeat": {"segment": 1}}})",
               "card ES10b.LoadBoundProfilePackage scp03tSecurityError"},
        Effect{
            R"({"where": {"bpp": "firstSequenceOf87"}, "action": {"truncate": {"segment": 1, "octets": 3}}})",
            "card ES10b.LoadBoundProfilePackage scp03tStructureError"}));
INSTANTIATE_TEST_SUITE_P(
    Card, FaultEffect,
    ::testing::Values(
        Effect{
            R"({"where": {"apdu": {"tag": "BF38", "lastBlock": true}}, "action": {"answer": {"sw": "6F00"}}})",
            "apdu ES10b.AuthenticateServer 6F00"},
        Effect{R"({"where": {"apdu": {"number": 3}}, "action": {"answer": {"sw": "6A82"}}})",
               "apdu SELECT 6A82"},
        Effect{R"({"where": {"apdu": {"tag": "BF21"}}, "action": {"delay": {"by": "2min"}}})",
               "timeout ES10b.PrepareDownload "},
        Effect{R"({"where": {"apdu": {"tag": "BF21"}}, "action": {"delay": {"by": "2s"}}})", "ok"},
        Effect{
            R"({"where": {"apdu": {"tag": "86"}}, "when": {"nth": 3}, "action": {"powerCut": {}}})",
            "transport ES10b.LoadBoundProfilePackage cardGone"},
        Effect{R"({"where": {"apdu": {"tag": "BF2E"}}, "action": {"truncate": {"octets": 1}}})",
               "decode ES10b.GetEUICCChallenge "},
        Effect{R"({"where": {"apdu": {"tag": "BF2E"}}, "action": {"flip": {"bit": 0}}})",
               "apdu ES10b.GetEUICCChallenge E115"},
        Effect{
            R"({"where": {"storage": {"record": "load"}}, "action": {"powerCut": {"moment": "after"}}})",
            "transport ES10b.LoadBoundProfilePackage cardGone"},
        Effect{R"({"where": {"storage": {"record": "otpk"}}, "action": {"fail": {}}})",
               "apdu ES10b.PrepareDownload 6581"}));

TEST(Faults, TheClockMovesWhereAPlaceIsReached) {
  auto bed = testbed(
      R"({"where": {"transport": "authenticateClient"}, "action": {"clock": {"by": "31d"}}})");
  EXPECT_EQ(download(*bed), "server ES9+.AuthenticateClient 8.10.1/3.9")
      << "the session is too old";
  EXPECT_GT(bed->clock().now() - testbed_epoch(), std::chrono::days(31) - std::chrono::seconds(1));
}

TEST(Faults, AFaultInARetryLeavesWhatWasBoundAsItWas) {
  auto bed = testbed(R"({"where": {"bpp": "sequenceOf86"}, "action": {"drop": {"segment": 1}}})");
  bed->faults().clear();
  ASSERT_TRUE(bed->faults().add(Json::parse(
      R"({"where": {"apdu": {"tag": "86"}}, "when": {"nth": 2}, "action": {"powerCut": {}}})")));
  auto order = bed->add_order({}).value();
  EXPECT_FALSE(bed->lpa().download(bed->activation_code(*order)));
  bed->power_on();
  EXPECT_TRUE(bed->lpa().download(bed->activation_code(*order)));
}

}  // namespace
}  // namespace hil
