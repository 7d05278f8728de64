// Downloads that something outside breaks: the network, the card, the power (SGP.22 v2, 3.1.3.3;
// C.1 rules 15, 16).
#include "download_test_support.h"

namespace lpa::testing {
namespace {

// --- The network, at each call
// ----------------------------------------------------------------------------------

/// Which way a call is lost, and as what.
struct Loss {
  std::string function;
  bool request_arrives;  // and only the answer is lost
  rsp::Error error;
  friend void PrintTo(const Loss& loss, std::ostream* out) { *out << name(loss); }
  static std::string name(const Loss& loss) {
    return loss.function + (loss.request_arrives ? "Answer" : "Request") +
           (loss.error.layer == Layer::kTimeout ? "InTime" : "");
  }
};

std::vector<Loss> losses() {
  std::vector<Loss> all;
  for (const char* function :
       {"initiateAuthentication", "authenticateClient", "getBoundProfilePackage"}) {
    for (bool arrives : {false, true}) {
      all.push_back({function, arrives, AlteringEs9::no_network()});
      all.push_back({function, arrives, AlteringEs9::no_answer()});
    }
  }
  return all;
}

struct LostCalls : DownloadTest, ::testing::WithParamInterface<Loss> {
  void lose(const Loss& loss) {
    (loss.request_arrives ? es9->lost_answers : es9->lost_requests)[loss.function] = loss.error;
  }
};
INSTANTIATE_TEST_SUITE_P(Es9, LostCalls, ::testing::ValuesIn(losses()),
                         [](const auto& loss) { return Loss::name(loss.param); });

TEST_P(LostCalls, EndTheSessionAndLeaveTheOrderOpen) {
  const Loss& loss = GetParam();
  lose(loss);
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), loss.error);
  EXPECT_EQ(session_on_card(), "invalidTransactionId");
  bool server_knows_the_order = loss.function == "getBoundProfilePackage" ||
                                (loss.function == "authenticateClient" && loss.request_arrives);
  std::string reason = loss.error.layer == Layer::kTimeout ? "timeout" : "postponed";
  EXPECT_EQ(told(), server_knows_the_order ? reason : "");
  EXPECT_EQ(state(), "released");
  // The same order, as soon as the network is back.
  es9->be_honest();
  EXPECT_EQ(summary(download()), "ok");
  expect_recovery();
}

// The server cannot be told either: the card's session goes all the same, and the first cause is
// what is reported.
TEST_P(LostCalls, EndTheSessionThoughTheServerCannotBeTold) {
  const Loss& loss = GetParam();
  lose(loss);
  rsp::Error other{.layer = Layer::kHttp, .text = "another failure, of cancelSession"};
  es9->lost_requests["cancelSession"] = other;
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), loss.error);
  EXPECT_EQ(told(), "");
  expect_recovery();
  EXPECT_EQ(summary(download()), "ok");
}

// --- The server refuses, or talks nonsense
// ----------------------------------------------------------------------

struct Failures : DownloadTest {};

TEST_F(Failures, AnAnswerThatCannotBeReadLeavesTheOrderOpen) {
  rsp::Error nonsense{.layer = Layer::kDecode, .path = "smdpSigned2", .text = "is missing"};
  es9->lost_answers["authenticateClient"] = nonsense;
  auto outcome = download();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), nonsense);
  EXPECT_EQ(told(), "postponed");
  EXPECT_EQ(state(), "released");
  expect_recovery();
}

TEST_F(Failures, ARefusalOfTheServerAtTheBeginningLeavesNothingBehind) {
  auto code = world.activation_code();
  code.address = "elsewhere.example.com";
  EXPECT_EQ(summary(lpa->download(code)), "server 8.8.1/3.8");
  EXPECT_FALSE(called("cancelSession"));
  expect_recovery();
}

TEST_F(Failures, AnOrderThatIsNotReleasedIsReported) {
  order().state = smdp::OrderState::kConfirmed;
  EXPECT_EQ(summary(download()), "server 8.2/1.2");
  EXPECT_EQ(state(), "confirmed");
  expect_recovery();
}

// --- The card refuses a command
// ---------------------------------------------------------------------------------

struct CardRefusal {
  const char* begins_with;
  const char* step;
  const char* told;   // what the server hears; empty where it does not know the order yet
  const char* state;  // of the order afterwards
  friend void PrintTo(const CardRefusal& row, std::ostream* out) { *out << row.step; }
};

const CardRefusal kCardRefusals[] = {
    {"BF20", "ES10b.GetEUICCInfo1", "", "released"},
    {"BF2E", "ES10b.GetEUICCChallenge", "", "released"},
    {"BF38", "ES10b.AuthenticateServer", "", "released"},
    {"BF21", "ES10b.PrepareDownload", "undefinedReason", "error"},
    {"BF36", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"A0", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"A1", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"88", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"A2", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"A3", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
    {"86", "ES10b.LoadBoundProfilePackage", "loadBppExecutionError", "error"},
};

struct CardRefuses : DownloadTest, ::testing::WithParamInterface<CardRefusal> {
  void answer_with(rsp::Result<rsp::Bytes> answer) {
    link->intercept = instead_of(GetParam().begins_with, std::move(answer));
  }
  void expect_cancelled() {
    EXPECT_EQ(told(), GetParam().told);
    EXPECT_EQ(state(), GetParam().state);
    EXPECT_TRUE(memory().profiles.empty());
    EXPECT_TRUE(memory().notifications.empty());
    expect_recovery();
  }
};
INSTANTIATE_TEST_SUITE_P(At, CardRefuses, ::testing::ValuesIn(kCardRefusals),
                         [](const auto& row) { return std::string(row.param.begins_with); });

// SGP.22 3.1.3.3: a status word other than 9000 and 91xx.
TEST_P(CardRefuses, AStatusWordEndsTheSession) {
  answer_with(sw(0x6985));
  EXPECT_EQ(summary(download()), "apdu " + std::string(GetParam().step) + " 6985");
  expect_cancelled();
}

// The road to the card fails once, and works again when the session is cancelled.
TEST_P(CardRefuses, ATransportErrorEndsTheSession) {
  answer_with(rsp::failure({.layer = Layer::kTransport, .text = "the reader stumbled"}));
  EXPECT_EQ(summary(download()), "transport " + std::string(GetParam().step));
  expect_cancelled();
}

TEST_P(CardRefuses, AnAnswerThatIsNoneEndsTheSession) {
  answer_with(*rsp::from_hex("DEADBEEF9000"));
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "decode " + std::string(GetParam().step));
  expect_cancelled();
}

// The card is gone for good: the first cause is reported, and nothing hangs.
TEST_P(CardRefuses, ACardThatIsTakenAwayIsReported) {
  bool gone = false;
  rsp::Error away{.layer = Layer::kTransport, .text = "the card was taken away"};
  link->intercept = [&](const auto& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (begins(command, GetParam().begins_with)) gone = true;
    if (gone) return rsp::Result<rsp::Bytes>(rsp::failure(away));
    return std::nullopt;
  };
  EXPECT_EQ(summary(download()), "transport " + std::string(GetParam().step));
  EXPECT_FALSE(called("cancelSession"));
}

TEST_F(Failures, TheSegmentThatFailedIsNamed) {
  link->intercept = instead_of("A3", sw(0x6A80));
  EXPECT_THAT(download().error().path, ::testing::MatchesRegex("segment 6 of [0-9]+"));
}

// Power fails in the middle of the load: the card reports the interruption, and the order can be
// tried again.
TEST_F(Failures, AResetInTheMiddleOfALoadIsAnInterruption) {
  link->intercept = [&](const auto& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (!begins(command, "86")) return std::nullopt;
    world.euicc->reset();
    return std::nullopt;
  };
  auto outcome = download();
  EXPECT_EQ(summary(outcome),
            "apdu ES10b.LoadBoundProfilePackage 6881");  // the channel is gone too
  link->intercept = nullptr;
  ASSERT_EQ(memory().notifications.size(), 1u);
  must(lpa->deliver_notifications());
  EXPECT_EQ(es9->notified.size(), 1u);
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(summary(download()), "ok");
}

// A card that took everything and said nothing has not said that it succeeded.
TEST_F(Failures, ALoadWithoutAResultIsAnError) {
  link->intercept = instead_of("86", sw(0x9000));
  EXPECT_EQ(summary(download()), "card ES10b.LoadBoundProfilePackage");
  EXPECT_EQ(told(), "loadBppExecutionError");
  expect_recovery();
}

// The last answer is lost, so nobody knows here that the profile is installed. Its report still
// waits on the card.
TEST_F(Failures, AResultThatIsLostStillWaitsOnTheCard) {
  std::size_t packages = 0;
  link->intercept = [&](const auto& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (command.ins == rsp::card::kGetResponseIns && packages > 0 &&
        memory().profiles.size() == 1) {
      return rsp::Result<rsp::Bytes>(rsp::failure({.layer = Layer::kTransport, .text = "lost"}));
    }
    if (begins(command, "86")) ++packages;
    return std::nullopt;
  };
  EXPECT_EQ(summary(download()), "transport ES10b.LoadBoundProfilePackage");
  link->intercept = nullptr;
  EXPECT_EQ(memory().notifications.size(), 1u);
  must(lpa->deliver_notifications());
  EXPECT_EQ(state(), "installed");
  expect_recovery();
}

// Pitfall H 26: 91xx on a segment is success.
TEST_F(Failures, AProactiveCommandInTheMiddleIsNoError) {
  link->intercept = [&](const auto& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (!begins(command, "A1")) return std::nullopt;
    auto answer = world.euicc->transmit(command.encode());
    EXPECT_EQ(rsp::to_hex(answer), "9000");
    return sw(0x910B);
  };
  EXPECT_EQ(summary(download()), "ok");
}

// Any one bit that turns on its way in the package: the card reports it or the LPA cancels, and
// both recover.
TEST_F(Failures, AnyTurnedBitInThePackageIsFound) {
  constexpr std::uint64_t kSeed = 3131;
  rsp::SeededRandom random(kSeed);
  for (int round = 0; round < 60; ++round) {
    order().state = smdp::OrderState::kReleased;
    es9->on_package = [&](auto& ok) {
      auto& der = ok.bound_profile_package.der;
      der[random.next() % der.size()] ^= static_cast<std::uint8_t>(1u << random.next() % 8);
    };
    auto outcome = download();
    ASSERT_FALSE(outcome) << "seed " << kSeed << ", round " << round;
    EXPECT_EQ(session_on_card(), "invalidTransactionId") << outcome.error().message();
    EXPECT_TRUE(memory().profiles.empty());
  }
  expect_recovery();
}

}  // namespace
}  // namespace lpa::testing
