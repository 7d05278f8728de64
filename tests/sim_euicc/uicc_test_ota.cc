// ES6.UpdateMetadata by short messages to the running profile (SGP.22 5.4.1; SGP.23 4.2.2): from
// ENVELOPE to the proof of receipt that is fetched.
#include "ota_test_support.h"
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// A profile with PPR2, and the operator who has its keys.
class OverTheAir : public EuiccTest {
 protected:
  OverTheAir() {
    auto metadata = metadata_for(1);
    metadata.profile_policy_rules.emplace().set(rsp::kPpr2);
    metadata.profile_owner = test_operator();
    card.install(metadata);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
    start_terminal();
  }
  void start_terminal() {
    card.power_cycle();
    EXPECT_EQ(card.apdu("801000000400008000"), "9000");
  }
  /// The status words of all parts.
  std::string send(const std::vector<Bytes>& envelopes) {
    std::string last;
    for (const Bytes& envelope : envelopes) {
      last = card.apdu("80C20000" + to_hex(Bytes{static_cast<std::uint8_t>(envelope.size())}) +
                       to_hex(envelope));
    }
    return last;
  }
  std::string update(const rsp::UpdateMetadataRequest& request) {
    return send(sender.compact(ota::testing::update_commands(request)));
  }
  std::string rules_and_name() {
    const auto& metadata = card.euicc->memory().profiles.begin()->second.metadata;
    std::string rules = metadata.profile_policy_rules ? "rules:" : "none";
    if (metadata.profile_policy_rules) {
      for (unsigned bit : metadata.profile_policy_rules->bits()) rules += std::to_string(bit);
    }
    return rules + " " + std::string(metadata.service_provider_name);
  }
  ota::testing::Operator sender;
};

rsp::UpdateMetadataRequest without_rules() {
  rsp::UpdateMetadataRequest request;
  request.profile_policy_rules.emplace();
  return request;
}

TEST_F(OverTheAir, UnsetsAPolicyRuleAndOffersTheProofOfReceipt) {
  EXPECT_EQ(rules_and_name(), "rules:2 Provider");
  std::string sw = update(without_rules());
  EXPECT_EQ(sw.substr(0, 2), "91");
  EXPECT_EQ(rules_and_name(), "rules: Provider");
  std::string proof = card.apdu("80120000" + sw.substr(2));
  EXPECT_THAT(proof, HasSubstr("8103011300")) << "SEND SHORT MESSAGE";
  EXPECT_EQ(card.apdu("801400000C810301130082028281830100"), "9000");
}

TEST_F(OverTheAir, AllowsThenWhatTheRuleForbade) {
  update(without_rules());
  start_terminal();
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  EXPECT_EQ(card.remove(iccid(1)), "ok");
}

TEST_F(OverTheAir, ChangesTheName) {
  rsp::UpdateMetadataRequest request;
  request.service_provider_name = std::string("Another");
  update(request);
  EXPECT_EQ(rules_and_name(), "rules:2 Another");
}

TEST_F(OverTheAir, AReplayedMessageChangesNothing) {
  auto envelopes = sender.compact(ota::testing::update_commands(without_rules()));
  send(envelopes);
  start_terminal();
  rsp::UpdateMetadataRequest named;
  named.service_provider_name = std::string("Newer");
  update(named);
  start_terminal();
  send(envelopes);
  EXPECT_EQ(rules_and_name(), "rules: Newer");
}

TEST_F(OverTheAir, TheCounterSurvivesAPowerCycle) {
  rsp::UpdateMetadataRequest first, second;
  first.service_provider_name = std::string("First");
  second.service_provider_name = std::string("Second");
  auto replay = sender.compact(ota::testing::update_commands(first));
  send(replay);
  update(second);
  start_terminal();
  send(replay);
  EXPECT_EQ(rules_and_name(), "rules:2 Second");
}

TEST_F(OverTheAir, OfAnotherKeyChangesNothing) {
  sender.keys = ota::testing::Operator().keys;
  auto envelopes = sender.compact(ota::testing::update_commands(without_rules()));
  envelopes.back().back() ^= 0x01;
  send(envelopes);
  EXPECT_EQ(rules_and_name(), "rules:2 Provider");
}

TEST_F(OverTheAir, WithoutTerminalProfileNoReceiptIsOffered) {  // TS 102 223 6.1
  card.power_cycle();
  EXPECT_EQ(update(without_rules()), "9000");
  EXPECT_EQ(rules_and_name(), "rules: Provider");
  EXPECT_EQ(card.disable(iccid(1)), "ok") << "nothing waits that nobody fetches";
}

TEST_F(OverTheAir, OfReceiptsThatNobodyFetchesTheFirstOnesWait) {
  for (std::size_t i = 0; i < Cat::kMaxWaiting + 5; ++i) update(without_rules());
  std::size_t count = 0;
  for (std::string sw = card.apdu("00A4000C023F00"); sw.starts_with("91"); ++count) {
    card.apdu("80120000" + sw.substr(2));
    sw = card.apdu("801400000C810301130082028281830100");
  }
  EXPECT_EQ(count, Cat::kMaxWaiting);
}

TEST_F(OverTheAir, IsBusyUntilTheProofOfReceiptIsSent) {
  update(without_rules());
  EXPECT_EQ(card.disable(iccid(1)), "catBusy");
}

TEST(WithoutAProfileOverTheAir, NothingHappens) {
  Bench card;
  card.start();
  ota::testing::Operator sender;
  Bytes envelope = sender.compact(ota::testing::update_commands(without_rules())).front();
  EXPECT_EQ(card.apdu("80C20000" + to_hex(Bytes{static_cast<std::uint8_t>(envelope.size())}) +
                      to_hex(envelope)),
            "9000");
}

}  // namespace
}  // namespace sim::testing
