// Proactive commands where no telephone is around the card (field faults F41 to F44).
#include "lpa/transport/proactive.h"

#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

rsp::Bytes octets(const char* hex) { return *rsp::from_hex(hex); }

// ETSI TS 102 223 6.8: details as they came, from the terminal to the UICC, done.
TEST(TerminalResponse, RepeatsTheCommandDetails) {
  EXPECT_EQ(rsp::to_hex(terminal_response(octets("D009810301010482028182"))),
            "8103010104"
            "82028281"
            "830100");
  EXPECT_EQ(rsp::to_hex(terminal_response(octets("D08109810301210082028182"))),
            "8103012100"
            "82028281"
            "830100");
}

TEST(TerminalResponse, OfWhatIsNoProactiveCommandIsNone) {
  for (const char* hex :
       {"", "D0", "D000", "D1098103010104", "D009820301010482028182", "D00981020101"})
    EXPECT_TRUE(terminal_response(octets(hex)).empty()) << hex;
}

/// A card that has a proactive command waiting after its first answer.
struct Waiting final : ApduLink {
  rsp::Result<rsp::Bytes> reset(rsp::Deadline) override { return octets("3B00"); }
  rsp::Result<rsp::Bytes> transmit(rsp::BytesView command, rsp::Deadline) override {
    auto parsed = must(rsp::card::CommandApdu::parse(command));
    seen.push_back(rsp::to_hex(command));
    if (parsed.ins == rsp::card::kFetchIns) return octets("D0098103010104820281829000");
    if (parsed.ins == rsp::card::kTerminalResponseIns) return sw(again-- > 0 ? 0x910B : 0x9000);
    return sw(parsed.ins == rsp::card::kManageChannelIns ? 0x910B : 0x9000);
  }
  std::vector<std::string> seen;
  int again = 0;
};

rsp::Deadline soon() { return rsp::Deadline::after(std::chrono::seconds(5)); }

TEST(Proactive, F41_RefreshIsFetchedAndAnswered) {
  Waiting card;
  ApduTransport transport(card, Proactive::kAnswer);
  EXPECT_TRUE(transport.close_channel({1, 1}, soon()));
  ASSERT_EQ(card.seen.size(), 3u);
  EXPECT_EQ(card.seen[1], "801200000B");
  EXPECT_EQ(card.seen[2], "801400000C810301010482028281830100");
}

TEST(Proactive, ACardWithoutEndIsLeft) {
  Waiting card;
  card.again = 1000;
  ApduTransport transport(card, Proactive::kAnswer);
  EXPECT_TRUE(transport.close_channel({1, 1}, soon()));
  EXPECT_LT(card.seen.size(), 50u);
}

TEST(Proactive, IsLeftToOthersUnlessWanted) {
  Waiting card;
  ApduTransport transport(card);
  EXPECT_TRUE(transport.close_channel({1, 1}, soon()));
  EXPECT_EQ(card.seen.size(), 1u);
}

}  // namespace
}  // namespace lpa::testing
