// Folding a trace into the lines of a sequence diagram.
#include "hil/trace/explain.h"
#include "hil/trace/html.h"
#include "hil/trace/ndjson.h"
#include "rsp/base/random.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

// --- Folding ---

std::vector<std::string> functions_of(const std::vector<SequenceLine>& lines) {
  std::vector<std::string> names;
  for (const SequenceLine& line : lines) {
    if (line.event.from == Party::kLpa && !line.function.empty()) names.push_back(line.function);
  }
  return names;
}

// SGP.22 3.1.2 and 3.1.3, then 3.5 and 3.2.
TEST(Fold, ADownloadIsTheSequenceOfItsFunctions) {
  EXPECT_THAT(
      functions_of(fold(download())),
      ElementsAre("ES10b.GetEUICCInfo1", "ES10b.GetEUICCChallenge", "ES9+.InitiateAuthentication",
                  "ES10b.AuthenticateServer", "ES9+.AuthenticateClient", "ES10b.PrepareDownload",
                  "ES9+.GetBoundProfilePackage", "ES10b.LoadBoundProfilePackage",
                  "ES10b.ListNotification", "ES10b.RetrieveNotificationsList",
                  "ES9+.HandleNotification", "ES10b.RemoveNotificationFromList",
                  "ES10c.EnableProfile"));
}

TEST(Fold, EachApduStandsUnderExactlyOneLine) {
  std::multiset<std::size_t> folded;
  for (const SequenceLine& line : fold(download())) {
    for (const CardCommand& command : line.commands)
      folded.insert(command.apdus.begin(), command.apdus.end());
  }
  std::multiset<std::size_t> expected;
  for (std::size_t i = 0; i < download().size(); ++i) {
    if (download()[i].event.kind == TraceKind::kApdu) expected.insert(i);
  }
  EXPECT_EQ(folded, expected);
}

TEST(Fold, LinesOfAModuleAreNotesButForThoseThatCarryApdus) {
  auto at = [](std::string line) {
    return TraceEvent{TraceKind::kAt, Party::kLpa,     Party::kEuicc,
                      "AT command",   std::move(line), {}};
  };
  auto lines = fold(records_of({at("AT+CFUN=0"), at("OK"), at("AT+CGLA=1,8,\"00C00000\""),
                                at("AT+CSIM=8,\"00C00000\""), at("+CGLA: 4,\"9000\"")}));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].event.detail, "AT+CFUN=0");
}

TEST(Fold, ACommandHasItsApdusUnderItAlsoThoseBeforeItsEvent) {
  // Two blocks: the card reports the command when the second one is in, before it reports that
  // APDU.
  Records records =
      records_of({c_apdu("81E2110004BF3E035C"_x), r_apdu("9000"_x),
                  es10_request("ES10c.GetEID", "BF3E035C015A"_x),
                  es10_response("ES10c.GetEID", "9000", "BF3E00"_x), c_apdu("81E2910102015A"_x),
                  r_apdu("6103"_x), c_apdu("01C0000003"_x), r_apdu("BF3E009000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(2));
  ASSERT_THAT(lines[0].commands, SizeIs(1));
  EXPECT_THAT(lines[0].commands[0].apdus, ElementsAre(0, 1, 4, 5, 6, 7));
  EXPECT_EQ(rsp::to_hex(lines[0].commands[0].answer), "BF3E00");
  EXPECT_EQ(lines[0].index, 2u);
  EXPECT_EQ(lines[0].at, std::chrono::milliseconds(0)) << "it began with its first APDU";
  EXPECT_EQ(lines[1].took, std::chrono::milliseconds(3));
}

TEST(Fold, ApdusAloneGiveTheSameCommands) {
  auto card_side = [](const Records& records) {
    std::vector<std::string> names;
    for (const SequenceLine& line : fold(records)) {
      if (line.event.kind != TraceKind::kHttp && !line.function.empty()) {
        names.push_back(line.function +
                        (line.event.from == Party::kLpa ? " ?" : " " + explain(line.event).result));
      }
    }
    return names;
  };
  EXPECT_EQ(card_side(only(download(), TraceKind::kApdu)), card_side(download()));
  EXPECT_EQ(card_side(only(failed_download(), TraceKind::kApdu)), card_side(failed_download()));
}

TEST(Fold, SegmentsOfOnePackageAreOneLine) {
  std::size_t groups = 0;
  for (const SequenceLine& line : fold(download())) {
    if (line.kind != SequenceLine::Kind::kSegments) continue;
    ++groups;
    // BF36 with BF23, A0, A1, 88, A2, A3 and at least one 86.
    EXPECT_GE(line.commands.size(), 7u);
    EXPECT_EQ(rsp::to_hex(rsp::BytesView(line.commands[0].octets).first(2)), "BF36");
  }
  EXPECT_EQ(groups, 1u);
}

TEST(Fold, ARefusedSegmentEndsThePackage) {
  Records records = records_of({c_apdu("81E2910005A0038701FF"_x), r_apdu("6985"_x),
                                c_apdu("81E2910005A0038701FF"_x), r_apdu("9000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(3));
  EXPECT_EQ(lines[1].event.detail, "6985");
  EXPECT_EQ(lines[1].event.from, Party::kEuicc);
  EXPECT_EQ(lines[2].kind, SequenceLine::Kind::kSegments);
}

TEST(Fold, SegmentEventsAreOneLineWithTheirApdus) {
  TraceEvent segment{TraceKind::kEs8, Party::kLpa, Party::kEuicc, "", "", "A0038701FF"_x};
  auto with_apdus = fold(records_of({segment, c_apdu("81E2910005A0038701FF"_x), r_apdu("9000"_x)}));
  ASSERT_THAT(with_apdus, SizeIs(1));
  EXPECT_THAT(with_apdus[0].commands[0].apdus, ElementsAre(1, 2));
  auto without = fold(records_of({segment, segment}));
  ASSERT_THAT(without, SizeIs(1));
  EXPECT_THAT(without[0].commands, SizeIs(2));
}

TEST(Fold, ApdusInBetweenAreOneLine) {
  auto lines =
      fold(records_of({c_apdu("0070000001"_x), r_apdu("019000"_x), c_apdu("01A4040005A000000559"_x),
                       r_apdu("6102"_x), c_apdu("01C0000002"_x), r_apdu("6F009000"_x)}));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(lines[0].kind, SequenceLine::Kind::kCardCommands);
  ASSERT_THAT(lines[0].commands, SizeIs(2));
  EXPECT_EQ(rsp::to_hex(lines[0].commands[1].answer), "6F00");
}

TEST(Fold, ACommandThatTheCardDidNotReportIsALineOfItsOwn) {
  // Refused before it was looked at, and the same command again, which was served.
  Bytes eid = "BF3E035C015A"_x;
  Records records = records_of({c_apdu("81E2910006BF3E035C015A"_x), r_apdu("6985"_x),
                                es10_request("ES10c.GetEID", eid),
                                es10_response("ES10c.GetEID", "9000", "BF3E00"_x),
                                c_apdu("81E2910006BF3E035C015A"_x), r_apdu("BF3E009000"_x)});
  auto lines = fold(records);
  ASSERT_THAT(lines, SizeIs(4));
  EXPECT_THAT(lines[0].commands[0].apdus, ElementsAre(0, 1));
  EXPECT_EQ(lines[1].event.detail, "6985");
  EXPECT_THAT(lines[2].commands[0].apdus, ElementsAre(4, 5));
}

TEST(Fold, ACommandRepeatedWithAnotherLeIsOne) {
  auto commands =
      card_commands(records_of({c_apdu("81E2910003BF2E00"_x), r_apdu("6C15"_x),
                                c_apdu("81E2910003BF2E0015"_x), r_apdu("BF2E009000"_x)}));
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(rsp::to_hex(commands[0].octets), "BF2E00");
  EXPECT_EQ(rsp::to_hex(commands[0].answer), "BF2E00");
}

TEST(Fold, AMessageThatBothEndsRecordedIsOneLine) {
  TracedWorld traced(ServerTrace::kOn);
  ASSERT_TRUE(traced.world.lpa->download(traced.world.activation_code()));
  const Records& records = traced.recorder.records();
  EXPECT_THAT(only(records, TraceKind::kHttp), SizeIs(12));
  std::size_t lines = 0, same = 0;
  for (const SequenceLine& line : fold(records)) {
    if (line.event.kind != TraceKind::kHttp) continue;
    ++lines;
    same += line.same.size();
    EXPECT_THAT(line.function, StartsWith("ES9+.")) << line.event.name;
  }
  EXPECT_EQ(lines, 6u);
  EXPECT_EQ(same, 6u);
}

TEST(Fold, ARequestSentAgainIsALineOfItsOwn) {
  auto lines = fold(records_of({http_request("ES9+.HandleNotification", "{}"),
                                http_response("ES9+.HandleNotification failed", "no route"),
                                http_request("ES9+.HandleNotification", "{}"),
                                http_response("ES9+.HandleNotification 204", "")}));
  EXPECT_THAT(lines, SizeIs(4));
  EXPECT_EQ(lines[3].took, std::chrono::milliseconds(1));
}

TEST(Fold, NotesStayWhereTheyWere) {
  auto lines = fold(
      records_of({step(Party::kLpa, "a", ""), c_apdu("81E2910003BF2E00"_x),
                  step(Party::kEuicc, "b", ""), r_apdu("9000"_x), step(Party::kServer, "c", "")}));
  std::vector<std::string> names;
  for (const SequenceLine& line : lines) names.push_back(line.event.name);
  EXPECT_THAT(names,
              ElementsAre("a", "ES10b.GetEUICCChallenge", "b", "ES10b.GetEUICCChallenge", "c"));
}

TEST(Fold, AnythingCanBeFoldedAndShown) {
  rsp::SeededRandom random(11);
  for (int round = 0; round < 200; ++round) {
    std::vector<TraceEvent> events;
    for (int i = 0; i < 12; ++i) {
      auto dice = random.octets<4>();
      Bytes octets(dice[0] % 24);
      random.fill(octets);
      // STORE DATA and tags of ES10 often enough to get beyond the first check.
      if (dice[1] % 2 == 0)
        octets.insert(octets.begin(),
                      {0x81, 0xE2, static_cast<std::uint8_t>(dice[2] % 2 ? 0x91 : 0x11), 0});
      if (dice[1] % 3 == 0)
        octets.insert(octets.begin(), {0xBF, static_cast<std::uint8_t>(0x20 + dice[2] % 40)});
      std::string text(octets.begin(), octets.end());
      events.push_back({static_cast<TraceKind>(dice[1] % 10), static_cast<Party>(dice[2] % 4),
                        static_cast<Party>(dice[3] % 4), text, text, octets});
    }
    Records records = records_of(std::move(events));
    EXPECT_THAT(to_html("", records), HasSubstr("</html>"));
    EXPECT_THAT(lines_of(to_ndjson(records)), SizeIs(records.size()));
  }
}

}  // namespace
}  // namespace hil::testing_trace
