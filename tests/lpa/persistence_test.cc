// What the LPA does where the outcome of a command is in doubt, and real cards need more than one
// try (Persistence::kUntilDone). Each test has the number of its field fault.
#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

struct Persistent : LpaTest {
  Persistent() {
    options.persistence = Persistence::kUntilDone;
    start();
  }
  std::string state_of(const rsp::Iccid& iccid) {
    for (const rsp::ProfileInfo& info : must(lpa->profiles())) {
      if (info.iccid == iccid) return name_of(info.profile_state.value());
    }
    return "none";
  }
  /// Enable commands that reached the card or who answers for it, as "iccid refresh", "aid".
  std::vector<std::string> tried;
  /// Answers each EnableProfile for which `refuses` says so with this code.
  void refuse(std::function<bool(const rsp::EnableProfileRequest&)> refuses, std::uint8_t code) {
    link->intercept =
        [this, refuses = std::move(refuses),
         code](const rsp::card::CommandApdu& command) -> std::optional<rsp::Result<rsp::Bytes>> {
      if (!begins(command, "BF31")) return std::nullopt;
      auto request = must(rsp::asn1::decode<rsp::EnableProfileRequest>(command.data));
      bool by_aid = std::holds_alternative<rsp::Aid>(request.profile_identifier);
      tried.push_back(std::string(by_aid ? "aid" : "iccid") +
                      (request.refresh_flag ? " refresh" : ""));
      if (!refuses(request)) return std::nullopt;
      return rsp::Bytes{0xBF, 0x31, 0x03, 0x80, 0x01, code, 0x90, 0x00};
    };
  }
};

bool by_aid(const rsp::EnableProfileRequest& request) {
  return std::holds_alternative<rsp::Aid>(request.profile_identifier);
}

TEST_F(Persistent, F45_EnablesOnlyWithoutRefresh) {
  must(download());
  refuse([](const auto& request) { return request.refresh_flag; }, 127);
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "ok");
  EXPECT_EQ(state_of(iccid_of()), "enabled");
  EXPECT_EQ(tried.back(), "iccid");
}

TEST_F(Persistent, F45_EnablesOnlyByAid) {
  must(download());
  refuse([](const auto& request) { return !by_aid(request); }, 1);
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "ok");
  EXPECT_EQ(state_of(iccid_of()), "enabled");
  EXPECT_EQ(tried.back(), "aid refresh");
}

TEST_F(Persistent, F44_CatBusyUntilAReset) {
  must(download());
  std::size_t before = link->resets;
  refuse([&](const auto&) { return link->resets == before; }, 5);
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "ok");
  EXPECT_EQ(state_of(iccid_of()), "enabled");
}

TEST_F(Persistent, WhatTheCardHasAReasonForIsNotTriedAgain) {
  must(download());
  refuse([](const auto&) { return true; }, 3);
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "card ES10c.EnableProfile disallowedByPolicy");
  EXPECT_EQ(tried.size(), 1u);
}

TEST_F(Persistent, WhatNothingHelpsAgainstSaysWhatWasTried) {
  must(download());
  refuse([](const auto&) { return true; }, 5);
  auto failed = lpa->enable(iccid_of());
  EXPECT_EQ(summary(failed), "card ES10c.EnableProfile catBusy");
  EXPECT_THAT(failed.error().hint, ::testing::HasSubstr("by ICCID and by AID"));
  EXPECT_EQ(tried.size(), 5u);
  EXPECT_EQ(state_of(iccid_of()), "disabled");
}

// The card has done it, and nobody heard.
TEST_F(Persistent, AnEnableWhoseAnswerIsLostIsFoundDone) {
  must(download());
  bool lost = false;
  link->intercept =
      [&](const rsp::card::CommandApdu& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (lost || !begins(command, "BF31")) return std::nullopt;
    lost = true;
    world.euicc->transmit(command.encode());
    return rsp::failure({.layer = Layer::kTimeout, .text = "no answer"});
  };
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "ok");
  EXPECT_TRUE(lost);
  EXPECT_EQ(state_of(iccid_of()), "enabled");
}

// Without it a doubt is a failure.
TEST_F(Persistent, OnceIsOnce) {
  must(download());
  options.persistence = Persistence::kOnce;
  lpa.emplace(*transport, *es9, options);
  refuse([](const auto& request) { return request.refresh_flag; }, 127);
  EXPECT_EQ(summary(lpa->enable(iccid_of())), "card ES10c.EnableProfile undefinedError");
  EXPECT_EQ(tried.size(), 1u);
}

// --- Downloads

/// Loses the answer of the last block of the last segment, after the card has had it.
struct LastAnswerLost {
  World& world;
  std::size_t loads = 0;
  bool lost = false;
  std::optional<rsp::Result<rsp::Bytes>> operator()(const rsp::card::CommandApdu& command) {
    if (lost || command.ins != rsp::card::kStoreDataIns) return std::nullopt;
    rsp::Bytes answer = world.euicc->transmit(command.encode());
    // The result is fetched with GET RESPONSE.
    bool is_result =
        answer.size() == 2 && answer[0] == 0x61 && world.euicc->memory().profiles.size() == 1;
    if (!is_result) return answer;
    lost = true;
    return rsp::failure({.layer = Layer::kTransport, .code = "ERROR", .text = "ERROR"});
  }
};

TEST_F(Persistent, F10_TheAnswerToTheLastSegmentIsLost) {
  LastAnswerLost loses{world};
  link->intercept = [&](const auto& command) { return loses(command); };
  auto done = download();
  EXPECT_EQ(summary(done), "ok");
  EXPECT_TRUE(loses.lost);
  EXPECT_EQ(must(lpa->deliver_notifications()).size(), 1u);
  EXPECT_EQ(state(), "installed");
}

TEST_F(Persistent, F10_OnceIsAFailure) {
  options.persistence = Persistence::kOnce;
  lpa.emplace(*transport, *es9, options);
  LastAnswerLost loses{world};
  link->intercept = [&](const auto& command) { return loses(command); };
  EXPECT_EQ(summary(download()), "transport ES10b.LoadBoundProfilePackage ERROR");
  EXPECT_TRUE(loses.lost);
}

TEST_F(Persistent, F77_TheConnectionBreaksInTheBoundProfilePackage) {
  es9->lost_answers["getBoundProfilePackage"] = AlteringEs9::no_network();
  auto failed = download();
  EXPECT_EQ(failed.error().layer, Layer::kTransport);
  EXPECT_EQ(std::ranges::count(es9->calls, "getBoundProfilePackage"), 2);
  EXPECT_EQ(es9->calls.back(), "cancelSession");
}

// --- Cards whose ISD-R has an AID of its own

TEST_F(Persistent, F53_TheIsdRHasAnotherAid) {
  world.persona.isd_r_aid = *rsp::from_hex("A0000005591010FFFFFFFF8900050500");
  start();
  EXPECT_EQ(lpa->eid().error().code, "6A82");
  for (std::string_view aid : known_isd_r_aids())
    options.es10.further_isd_r_aids.push_back(*rsp::from_hex(aid));
  start();
  EXPECT_EQ(summary(lpa->eid()), "ok");
  // The one that is known now is the first.
  std::size_t before = link->apdus;
  must(lpa->enable(must(download()).isdp_aid));
  before = link->apdus;
  must(lpa->eid());
  EXPECT_LT(link->apdus - before, 10u);
}

}  // namespace
}  // namespace lpa::testing
