// ES10 over a card that answers from a script: chaining, blocks, status words, and cards that are
// broken.
#include "lpa/es10_client.h"

#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

using rsp::Bytes;
using rsp::card::Channel;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;
using ::testing::HasSubstr;

/// A road to a card that answers what a test says, and remembers what it was sent.
struct ScriptedCard final : rsp::card::CardTransport {
  std::function<rsp::Result<ResponseApdu>(const CommandApdu&)> answer = [](const CommandApdu&) {
    return ResponseApdu{{}, StatusWord(0x9000)};
  };
  rsp::Result<Channel> channel = Channel{1, 1};
  rsp::Status connecting, closing;

  std::vector<CommandApdu> sent;
  std::size_t connects = 0, opens = 0, closes = 0, resets = 0;
  Bytes selected;

  rsp::Result<Bytes> connect(rsp::Deadline) override {
    ++connects;
    if (!connecting) return rsp::failure(connecting.error());
    return Bytes{0x3B};
  }
  rsp::Result<Channel> open_channel(rsp::BytesView aid, rsp::Deadline) override {
    ++opens;
    selected = rsp::to_bytes(aid);
    return channel;
  }
  rsp::Status close_channel(Channel, rsp::Deadline) override {
    ++closes;
    return closing;
  }
  rsp::Result<ResponseApdu> transmit(Channel, const CommandApdu& command, rsp::Deadline) override {
    sent.push_back(command);
    return answer(command);
  }
  rsp::Status reset(rsp::Deadline) override {
    ++resets;
    return {};
  }

  /// Answers one after the other, and 6F00 when there are no more.
  void script(std::vector<ResponseApdu> answers) {
    answer = [answers = std::move(answers), next = std::size_t{0}](const CommandApdu&) mutable {
      return next < answers.size() ? answers[next++] : ResponseApdu{{}, StatusWord(0x6F00)};
    };
  }
  std::vector<std::string> sent_headers() const {
    std::vector<std::string> out;
    for (const CommandApdu& command : sent) {
      std::string le = command.le ? " Le " + std::to_string(*command.le) : "";
      out.push_back(rsp::to_hex(Bytes{command.cla, command.ins, command.p1, command.p2}) + le);
    }
    return out;
  }
};

ResponseApdu response(std::string_view hex, std::uint16_t status) {
  return {*rsp::from_hex(hex), StatusWord(status)};
}

constexpr const char* kEidAnswer = "BF3E125A1089049032123451234512345678901235";

struct Es10 : ::testing::Test {
  rsp::Result<rsp::GetEuiccDataResponse> eid() { return client.call(rsp::GetEuiccDataRequest{}); }
  static std::string text(const rsp::Result<rsp::GetEuiccDataResponse>& answer) {
    return answer ? rsp::to_hex(answer->eid_value) : summary(answer);
  }
  static constexpr const char* kEid = "89049032123451234512345678901235";

  ScriptedCard card;
  Es10Client client{card, {}};
};

// --- The channel
// ------------------------------------------------------------------------------------------------

// B.1: the ISD-R of SGP.02 Annex H, selected on a channel of its own.
TEST_F(Es10, SelectsTheIsdROnceForAllCalls) {
  card.script({response(kEidAnswer, 0x9000), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.connects, 1u);
  EXPECT_EQ(card.opens, 1u);
  EXPECT_EQ(rsp::to_hex(card.selected), "A0000005591010FFFFFFFF8900000100");
}

TEST_F(Es10, SelectsTheAidThatItWasGiven) {
  Es10Client other(card, {.isd_r_aid = {1, 2, 3, 4, 5}});
  EXPECT_TRUE(other.open());
  EXPECT_EQ(rsp::to_hex(card.selected), "0102030405");
}

TEST_F(Es10, ClosesTheChannelWhenItGoes) {
  {
    Es10Client passing(card, {});
    EXPECT_TRUE(passing.open());
  }
  EXPECT_EQ(card.closes, 1u);
}

// F08: a card that does not answer now has no channel to free either.
TEST_F(Es10, AFailingCloseIsNoError) {
  card.closing = rsp::failure({.layer = Layer::kTimeout, .text = "no answer"});
  EXPECT_TRUE(client.open());
  client.close();
  EXPECT_TRUE(client.open());
  EXPECT_EQ(card.opens, 2u);
}

// A reset loses all channels; the next call opens one and does not connect again.
TEST_F(Es10, OpensANewChannelAfterAReset) {
  card.script({response(kEidAnswer, 0x9000), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_TRUE(client.reset());
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.resets, 1u);
  EXPECT_EQ(card.opens, 2u);
  EXPECT_EQ(card.closes, 0u);
}

// B.3: a card that somebody else has reset knows the channel no more.
TEST_F(Es10, OpensANewChannelWhereTheCardHasLostIt) {
  card.script({response("", 0x6881), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), "apdu ES10c.GetEID 6881");
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.opens, 2u);
  EXPECT_EQ(card.connects, 1u);
}

TEST_F(Es10, ACardThatIsNotThereIsReportedAndTriedAgain) {
  card.connecting =
      rsp::failure({.layer = Layer::kTransport, .step = "connect", .text = "no card"});
  EXPECT_EQ(text(eid()), "transport connect");
  card.connecting = {};
  card.script({response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.connects, 2u);
}

// F11: no ISD-R, so no eUICC.
TEST_F(Es10, ACardWithoutIsdRGetsAHint) {
  card.channel =
      rsp::failure({.layer = Layer::kApdu, .step = "SELECT", .code = "6A82", .text = "not found"});
  auto answer = eid();
  EXPECT_EQ(text(answer), "apdu SELECT 6A82");
  EXPECT_THAT(answer.error().hint, HasSubstr("eUICC"));
}

// --- Requests in blocks (SGP.22 5.7.2; B.2)
// ---------------------------------------------------------------------

struct BlockSizes : Es10, ::testing::WithParamInterface<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(SGP22_5_7_2, BlockSizes, ::testing::Values(1, 2, 120, 253, 254, 255));

TEST_P(BlockSizes, CarryACommandWhole) {
  Es10Client cutting(card, {.block_size = GetParam()});
  Bytes segment(300, 0);
  for (std::size_t i = 0; i < segment.size(); ++i) segment[i] = static_cast<std::uint8_t>(i * 7);
  segment.resize(std::min<std::size_t>(segment.size(), 256 * GetParam()));
  ASSERT_TRUE(cutting.load_segment(segment));

  Bytes arrived;
  std::size_t blocks = (segment.size() + GetParam() - 1) / GetParam();
  ASSERT_EQ(card.sent.size(), blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    const CommandApdu& block = card.sent[i];
    EXPECT_EQ(
        rsp::to_hex(Bytes{block.cla, block.ins, block.p1, block.p2}),
        rsp::to_hex(Bytes{0x81, 0xE2, static_cast<std::uint8_t>(i + 1 == blocks ? 0x91 : 0x11),
                          static_cast<std::uint8_t>(i)}));
    EXPECT_FALSE(block.le);
    EXPECT_LE(block.data.size(), GetParam());
    rsp::append(arrived, block.data);
  }
  EXPECT_EQ(rsp::to_hex(arrived), rsp::to_hex(segment));
}

// The software card takes them all.
TEST_P(BlockSizes, WorkOnACard) {
  World world;
  world.add_order();
  world.start();
  LpaOptions options;
  options.es10.block_size = std::max<std::size_t>(GetParam(), 8);  // 256 blocks are the most
  Lpa lpa(*world.transport, *world.es9, options);
  EXPECT_EQ(summary(lpa.download(world.activation_code())), "ok");
}

TEST_F(Es10, ABlockHas1To255Octets) {
  for (std::size_t size : {0, 256, 100'000}) {
    Es10Client wrong(card, {.block_size = size});
    auto answer = wrong.load_segment(Bytes{1, 2, 3});
    ASSERT_FALSE(answer) << size;
    EXPECT_EQ(answer.error().layer, Layer::kInput) << size;
  }
  EXPECT_TRUE(card.sent.empty());
}

// P2 counts blocks in one octet.
TEST_F(Es10, MoreThan256BlocksAreRefused) {
  Es10Client small(card, {.block_size = 4});
  EXPECT_TRUE(small.load_segment(Bytes(256 * 4, 0x55)));
  EXPECT_EQ(card.sent.back().p2, 0xFF);
  card.sent.clear();
  auto answer = small.load_segment(Bytes(256 * 4 + 1, 0x55));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().layer, Layer::kInput);
  EXPECT_NE(answer.error().hint, "");
  EXPECT_TRUE(card.sent.empty());
}

// B.1: channels 0 to 3 and 4 to 19 have class bytes of different forms.
TEST_F(Es10, TheClassByteNamesTheChannel) {
  const std::tuple<int, std::uint8_t, std::uint8_t> cases[] = {
      {0, 0x80, 0x00}, {1, 0x81, 0x01}, {3, 0x83, 0x03}, {4, 0xC0, 0x40}, {19, 0xCF, 0x4F}};
  for (const auto& [channel, store, get] : cases) {
    // F01: over a modem the handle is the modem's own number.
    card.channel = Channel{77, static_cast<std::uint8_t>(channel)};
    card.script({response("", 0x6117), response(kEidAnswer, 0x9000)});
    card.sent.clear();
    Es10Client on_channel(card, {});
    EXPECT_TRUE(on_channel.call(rsp::GetEuiccDataRequest{}));
    ASSERT_EQ(card.sent.size(), 2u);
    EXPECT_EQ(rsp::to_hex(Bytes{card.sent[0].cla, card.sent[1].cla}),
              rsp::to_hex(Bytes{store, get}))
        << "channel " << channel;
  }
}

// An error in the middle ends the command: what follows would be no command any more.
TEST_F(Es10, AnErrorEndsTheBlocks) {
  Es10Client cutting(card, {.block_size = 10});
  card.script({response("", 0x9000), response("", 0x6A84), response("", 0x9000)});
  auto answer = cutting.load_segment(Bytes(100, 1));
  EXPECT_EQ(summary(answer), "apdu ES10b.LoadBoundProfilePackage 6A84");
  EXPECT_EQ(card.sent.size(), 2u);
}

// --- Answers in parts (B.2)
// -------------------------------------------------------------------------------------

TEST_F(Es10, CollectsAnswersWithGetResponse) {
  std::string whole = kEidAnswer;
  card.script({response("", 0x610A), response(whole.substr(0, 20), 0x6107),
               response(whole.substr(20, 14), 0x6104), response(whole.substr(34), 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.sent_headers(), (std::vector<std::string>{"81E29100", "01C00000 Le 10",
                                                           "01C00000 Le 7", "01C00000 Le 4"}));
}

// 6100 stands for 256 octets or more.
TEST_F(Es10, AsksFor256Octets) {
  card.script({response("", 0x6100), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.sent_headers()[1], "01C00000 Le 256");
}

// A card may give a part at once and announce the rest.
TEST_F(Es10, KeepsWhatCameWithA61) {
  std::string whole = kEidAnswer;
  card.script({response(whole.substr(0, 8), 0x6111), response(whole.substr(8), 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
}

// Pitfall H 26: 91xx is success with a proactive command waiting.
TEST_F(Es10, TakesA91xxForSuccess) {
  card.script({response(kEidAnswer, 0x910B)});
  EXPECT_EQ(text(eid()), kEid);
  card.script({response("", 0x6115), response(kEidAnswer, 0x910B)});
  EXPECT_EQ(text(eid()), kEid);
}

// 6Cxx: the same again with the Le that the card names.
TEST_F(Es10, RepeatsACommandWithTheLengthThatTheCardNames) {
  card.script({response("", 0x6C15), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.sent_headers(), (std::vector<std::string>{"81E29100", "81E29100 Le 21"}));
  EXPECT_EQ(rsp::to_hex(card.sent[0].data), rsp::to_hex(card.sent[1].data));
}

TEST_F(Es10, RepeatsAGetResponseWithTheLengthThatTheCardNames) {
  card.script({response("", 0x6120), response("", 0x6C15), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.sent_headers(),
            (std::vector<std::string>{"81E29100", "01C00000 Le 32", "01C00000 Le 21"}));
}

// ISO 7816-4 5.1: SW2 00 stands for 256, as Le 00 does.
TEST_F(Es10, Takes6C00For256) {
  card.script({response("", 0x6C00), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(card.sent_headers()[1], "81E29100 Le 256");
}

// --- Cards that are broken
// --------------------------------------------------------------------------------------

TEST_F(Es10, AStatusWordIsReportedWithItsMeaning) {
  for (std::uint16_t status : {0x6A80, 0x6985, 0x6D00, 0x6881, 0x6F00, 0x6283, 0x0000, 0xFFFF}) {
    card.script({response("", status)});
    auto answer = eid();
    ASSERT_FALSE(answer);
    std::string code = to_string(StatusWord(status));
    EXPECT_EQ(text(answer), "apdu ES10c.GetEID " + code);
    EXPECT_THAT(answer.error().text,
                HasSubstr(std::string(rsp::card::meaning(StatusWord(status)))));
  }
}

/// What a broken card may keep a client busy with at most.
constexpr std::size_t kPatience = 10'000;

TEST_F(Es10, A6CThatNeverEndsIsGivenUp) {
  card.answer = [](const CommandApdu&) { return response("", 0x6C15); };
  EXPECT_EQ(text(eid()), "apdu ES10c.GetEID 6C15");
  EXPECT_EQ(card.sent.size(), 2u);
}

// A card that names another length each time.
TEST_F(Es10, A6CThatChangesIsGivenUp) {
  std::uint16_t next = 0;
  card.answer = [&](const CommandApdu&) {
    if (card.sent.size() > kPatience) throw std::runtime_error("still asking");
    return response("", static_cast<std::uint16_t>(0x6C00 | (++next & 0xFF)));
  };
  EXPECT_EQ(text(eid()), "apdu ES10c.GetEID 6C02");
}

TEST_F(Es10, A61WithoutAnythingBehindItIsGivenUp) {
  card.answer = [](const CommandApdu&) { return response("", 0x6110); };
  EXPECT_EQ(text(eid()), "apdu ES10c.GetEID 6110");
  EXPECT_EQ(card.sent.size(), 2u);
}

TEST_F(Es10, AnAnswerThatNeverEndsIsGivenUp) {
  card.answer = [&](const CommandApdu& command) {
    if (card.sent.size() > kPatience) throw std::runtime_error("still asking");
    return ResponseApdu{Bytes(command.le.value_or(0), 0xAA), StatusWord(0x6100)};
  };
  EXPECT_EQ(text(eid()), "apdu ES10c.GetEID 6100");
}

// The same, an octet at a time: it would take hours, but for the deadline.
TEST_F(Es10, AnAnswerThatTricklesEndsWithTheDeadline) {
  Es10Client hurried(card, {.timeout = std::chrono::milliseconds(20)});
  card.answer = [&](const CommandApdu&) {
    if (card.sent.size() > 100'000'000) throw std::runtime_error("still asking");
    card.sent.clear();
    return response("AA", 0x6101);
  };
  EXPECT_EQ(summary(hurried.call(rsp::GetEuiccDataRequest{})), "timeout ES10c.GetEID");
}

// A card that does not answer: what the transport says, with the function that waited.
TEST_F(Es10, SilenceIsATimeoutOfTheFunction) {
  card.answer = [](const CommandApdu&) -> rsp::Result<ResponseApdu> {
    return rsp::failure({.layer = Layer::kTimeout, .text = "the card does not answer"});
  };
  EXPECT_EQ(text(eid()), "timeout ES10c.GetEID");
  EXPECT_EQ(card.sent.size(), 1u);
}

TEST_F(Es10, AnAnswerThatIsNoneOfTheFunctionIsADecodeError) {
  for (const char* answer :
       {"", "00", "BF", "BF3E", "BF3E00", "BF3E80", "BF3E035A0189", "BF22125A1089049032",
        "BF3E125A108904903212345123451234567890123500", "5A1089049032123451234512345678901235",
        "BF3E84FFFFFFFF", "FFFFFFFFFFFFFFFFFFFF"}) {
    card.script({response(answer, 0x9000)});
    EXPECT_EQ(text(eid()), "decode ES10c.GetEID") << answer;
  }
}

constexpr std::uint64_t kSeed = 7816;

// Any octets get an error, whatever was asked.
TEST_F(Es10, AnyGarbageIsADecodeError) {
  rsp::SeededRandom random(kSeed);
  auto one = [&](const auto& request) {
    Bytes garbage(random.next() % 64);
    random.fill(garbage);
    if (random.next() % 2 == 0) {  // the right tag, and garbage behind it
      Bytes tagged = rsp::asn1::encode(request);
      tagged.resize(2);
      tagged.push_back(static_cast<std::uint8_t>(std::min<std::size_t>(garbage.size(), 0x7F)));
      rsp::append(tagged, garbage);
      garbage = tagged;
    }
    card.script({{garbage, StatusWord(0x9000)}});
    auto answer = client.call(request);
    if (answer) return;  // by chance it was one
    EXPECT_EQ(answer.error().layer, Layer::kDecode)
        << "seed " << kSeed << ": " << rsp::to_hex(garbage);
    EXPECT_EQ(answer.error().step, request.kFunction);
  };
  for (int round = 0; round < 2000; ++round) {
    one(rsp::GetEuiccDataRequest{});
    one(rsp::GetEuiccInfo1Request{});
    one(rsp::GetEuiccInfo2Request{});
    one(rsp::GetEuiccChallengeRequest{});
    one(rsp::ProfileInfoListRequest{});
    one(rsp::ListNotificationRequest{});
    one(rsp::RetrieveNotificationsListRequest{});
    one(rsp::GetRatRequest{});
  }
}

TEST_F(Es10, CountsItsApdus) {
  card.script({response("", 0x610A), response("", 0x6C15), response(kEidAnswer, 0x9000)});
  EXPECT_EQ(text(eid()), kEid);
  EXPECT_EQ(client.apdu_count(), 3u);
}

// --- Plain APDUs: MANAGE CHANNEL and SELECT
// ---------------------------------------------------------------------

/// A link that answers from a script, and remembers what it was sent.
struct ScriptedLink final : ApduLink {
  std::vector<const char*> answers;  // hexadecimal; 6F00 when there are no more
  std::vector<std::string> sent;
  rsp::Result<Bytes> reset(rsp::Deadline) override { return Bytes{0x3B, 0x00}; }
  rsp::Result<Bytes> transmit(rsp::BytesView command, rsp::Deadline) override {
    sent.push_back(rsp::to_hex(command));
    if (answers.empty()) return Bytes{0x6F, 0x00};
    Bytes answer = *rsp::from_hex(answers.front());
    answers.erase(answers.begin());
    return answer;
  }
};

struct PlainApdus : ::testing::Test {
  rsp::Result<Channel> open(std::vector<const char*> answers) {
    link.answers = std::move(answers);
    return transport.open_channel(*rsp::from_hex("A000000559"),
                                  rsp::Deadline::after(std::chrono::seconds(1)));
  }
  ScriptedLink link;
  ApduTransport transport{link};
};

// B.1; F12: MANAGE CHANNEL with Le 01, then SELECT with the class of the new channel.
TEST_F(PlainApdus, OpenAChannelAndSelectOnIt) {
  auto channel = must(open({"029000", "9000"}));
  EXPECT_EQ(int(channel.cla_channel), 2);
  EXPECT_EQ(link.sent, (std::vector<std::string>{"0070000001", "02A4040005A000000559"}));
}

TEST_F(PlainApdus, OpenAChannelOfTheFurtherCoding) {
  auto channel = must(open({"139000", "6121"}));  // pitfall H 27: SELECT may answer 61xx
  EXPECT_EQ(int(channel.cla_channel), 19);
  EXPECT_EQ(link.sent[1].substr(0, 4), "4FA4");
}

TEST_F(PlainApdus, ReportACardWithoutAFreeChannel) {
  EXPECT_EQ(summary(open({"6A81"})), "apdu MANAGE CHANNEL 6A81");
}

TEST_F(PlainApdus, RefuseWhatIsNoChannelNumber) {
  for (const char* answer : {"9000", "009000", "149000", "FF9000", "01029000"}) {
    EXPECT_EQ(summary(open({answer})), "apdu MANAGE CHANNEL") << answer;
  }
}

// A channel with nothing selected on it must not stay open: cards have few.
TEST_F(PlainApdus, CloseTheChannelWhereSelectFails) {
  EXPECT_EQ(summary(open({"019000", "6A82", "9000"})), "apdu SELECT 6A82");
  ASSERT_EQ(link.sent.size(), 3u);
  EXPECT_EQ(link.sent[2], "00708001");
}

TEST_F(PlainApdus, RefuseAnAnswerWithoutAStatusWord) {
  for (const char* answer : {"", "90"}) {
    EXPECT_EQ(open({answer}).error().layer, Layer::kDecode) << answer;
  }
}

// F90: TERMINAL CAPABILITY says that there is an LPA; what a card answers to it does not matter.
TEST_F(PlainApdus, AnnounceThatThereIsAnLpa) {
  for (const char* answer : {"9000", "6D00", "6E00", "6F00"}) {
    link.sent.clear();
    link.answers = {answer};
    EXPECT_TRUE(transport.connect(rsp::Deadline::after(std::chrono::seconds(1)))) << answer;
    EXPECT_EQ(link.sent, std::vector<std::string>{"80AA00000AA9088100820101830107"});
  }
}

}  // namespace
}  // namespace lpa::testing
