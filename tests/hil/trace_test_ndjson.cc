// Traces as newline-delimited JSON, written and read.
#include "hil/trace/ndjson.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using testing::SizeIs;
using testing::StartsWith;

TEST(Ndjson, AnEventIsOneObjectWithItsMembersInOrder) {
  Records records{
      {std::chrono::microseconds(523), es10_response("ES10c.GetEID", "9000", "BF3E00"_x)}};
  EXPECT_EQ(
      to_ndjson(records),
      R"({"n":1,"t":523,"layer":"es10","from":"eUICC","to":"LPA","name":"ES10c.GetEID","detail":"9000","hex":"BF3E00"})"
      "\n");
}

TEST(Ndjson, WhatAnEventDoesNotHaveIsLeftOut) {
  Records records{{{}, {TraceKind::kCommit, Party::kEuicc, Party::kEuicc, "", "", {}}}};
  EXPECT_EQ(to_ndjson(records), R"({"n":1,"t":0,"layer":"commit","from":"eUICC","to":"eUICC"})"
                                "\n");
  EXPECT_EQ(to_ndjson(Records{}), "");
}

TEST(Ndjson, LineBreaksAndQuotesStayWithinTheLine) {
  std::string text = "a \"quoted\"\r\n\tline \\ end\x01";
  auto lines = lines_of(to_ndjson(records_of({step(Party::kLpa, "x", text)})));
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_EQ(Json::parse(lines[0]).at("detail"), text);
}

TEST(Ndjson, OctetsThatAreNoUtf8AreReplaced) {
  auto lines = lines_of(to_ndjson(records_of({step(Party::kLpa, "\xC3(", "ok \xFF\xFE end")})));
  ASSERT_THAT(lines, SizeIs(1));
  Json line = Json::parse(lines[0]);
  EXPECT_EQ(line.at("name"), "\xEF\xBF\xBD(");
  EXPECT_EQ(line.at("detail"), "ok \xEF\xBF\xBD\xEF\xBF\xBD end");
}

TEST(Ndjson, EveryEventOfADownloadIsALine) {
  auto lines = lines_of(to_ndjson(download()));
  ASSERT_EQ(lines.size(), download().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    Json line = Json::parse(lines[i]);
    EXPECT_EQ(line.at("n"), i + 1);
    EXPECT_EQ(line.value("hex", ""), rsp::to_hex(download()[i].event.bytes));
  }
}

// --- Reading ---

rsp::Trace read(std::string_view text) {
  auto trace = from_ndjson(text, "file");
  EXPECT_TRUE(trace) << trace.error().message();
  return trace ? *std::move(trace) : rsp::Trace();
}
rsp::Error error_of(std::string_view text, rsp::TraceLimits limits = {}) {
  auto trace = from_ndjson(text, "file", limits);
  return trace ? rsp::Error{.text = "no error"} : trace.error();
}

TEST(FromNdjson, GivesBackWhatWasWritten) {
  Records records = records_of({es10_request("ES10c.GetEID", "BF3E035C015A"_x),
                                http_response("ES9+.CancelSession 200", "{\"a\":\"\\n\"}"),
                                step(Party::kTest, "\xC3\xBC \"q\"", "two\nlines"),
                                {TraceKind::kFault, Party::kTest, Party::kServer, "", "", {}}});
  for (int i = 0; i <= static_cast<int>(TraceKind::kFault); ++i) {
    records.push_back(
        {std::chrono::microseconds(i),
         {static_cast<TraceKind>(i), Party::kTest, Party::kEuicc, "x", "y", "00FF"_x}});
  }
  rsp::Trace trace{.start = std::chrono::sys_time<std::chrono::microseconds>(
                       std::chrono::microseconds(1'772'366'400'000'007)),
                   .records = records,
                   .dropped = 3};
  std::string text = to_ndjson(trace);
  EXPECT_THAT(text, StartsWith("{\"format\":\"esimbench trace 1\",\"start\":"
                               "\"2026-03-01T12:00:00.000007Z\",\"dropped\":3}\n{\"n\":1,"));
  rsp::Trace back = read(text);
  EXPECT_EQ(back.start, trace.start);
  EXPECT_EQ(back.dropped, 3u);
  EXPECT_EQ(to_ndjson(back), text);
  ASSERT_EQ(back.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    EXPECT_EQ(back.records[i].at, records[i].at);
    EXPECT_EQ(back.records[i].event.kind, records[i].event.kind);
    EXPECT_EQ(back.records[i].event.detail, records[i].event.detail);
    EXPECT_EQ(back.records[i].event.bytes, records[i].event.bytes);
  }
}

TEST(FromNdjson, AWholeDownloadComesBack) {
  EXPECT_EQ(to_ndjson(read(to_ndjson(download())).records), to_ndjson(download()));
}

TEST(FromNdjson, LinesMayBeMissingAndMembersMayBeAdded) {
  std::string line = R"({"n":9,"t":5,"layer":"step","from":"test","to":"test","more":[1]})";
  EXPECT_THAT(read(line).records, SizeIs(1)) << "no first line, and no end of the last one";
  EXPECT_THAT(read("\n" + line + "\r\n \n" + line + "\n").records, SizeIs(2));
  EXPECT_THAT(read(to_ndjson(rsp::Trace{})).records, SizeIs(0)) << "a trace of nothing is one";
}

struct BadLine {
  const char* line;
  const char* text;
};
// In place of the second line of a trace.
const BadLine kBadLines[] = {
    {R"({"n":2,"t":5,"layer":"step","from":"test","to)", "the line is no JSON, or is cut short"},
    {"\x7F"
     "ELF\x02\x01",
     "the line is no JSON, or is cut short"},
    {"[[[[[[[[", "the line is no JSON, or is cut short"},
    {"[1,2]", "the line is no JSON object"},
    {"null", "the line is no JSON object"},
    {"{}", "member 't' is missing"},
    {R"({"t":"5","layer":"step","from":"test","to":"test"})",
     "member 't' should be a whole number"},
    {R"({"t":-5,"layer":"step","from":"test","to":"test"})", "member 't' should be a whole number"},
    {R"({"t":1.5,"layer":"step","from":"test","to":"test"})",
     "member 't' should be a whole number"},
    {R"({"t":99999999999999999999,"layer":"step","from":"test","to":"test"})",
     "member 't' should be a whole number"},
    {R"({"t":5,"from":"test","to":"test"})", "member 'layer' is missing"},
    {R"({"t":5,"layer":7,"from":"test","to":"test"})", "member 'layer' should be a text"},
    {R"({"t":5,"layer":"steps","from":"test","to":"test"})", "member 'layer' is none that"},
    {R"({"t":5,"layer":"step","from":"nobody","to":"test"})", "member 'from' is none that"},
    {R"({"t":5,"layer":"step","from":"test","to":null})", "member 'to' should be a text"},
    {R"({"t":5,"layer":"step","from":"test","to":"test","name":{}})", "member 'name' should be"},
    {R"({"t":5,"layer":"step","from":"test","to":"test","detail":1})", "member 'detail' should be"},
    {R"({"t":5,"layer":"step","from":"test","to":"test","hex":"0"})", "member 'hex' is no hexadec"},
    {R"({"t":5,"layer":"step","from":"test","to":"test","hex":"0G"})", "member 'hex' is no hexade"},
    {R"({"t":5,"layer":"step","from":"test","to":"test","hex":[]})", "member 'hex' should be a te"},
    {R"({"format":"esimbench trace 1","start":"2026-03-01T12:00:00.000000Z","dropped":0})",
     "a second trace begins here"},
};

TEST(FromNdjson, WhatIsWrongIsNamedWithItsLine) {
  std::string good = R"({"n":1,"t":5,"layer":"step","from":"test","to":"test"})";
  for (const auto& [line, text] : kBadLines) {
    rsp::Error error = error_of(good + "\n" + line + "\n" + good + "\n");
    EXPECT_EQ(error.layer, rsp::Layer::kInput) << line;
    EXPECT_EQ(error.path, "file:2") << line;
    EXPECT_THAT(error.text, StartsWith(text)) << line;
  }
}

TEST(FromNdjson, TheFirstLineIsChecked) {
  auto text_of = [](const char* line) { return error_of(line).text; };
  EXPECT_THAT(text_of(R"({"format":"other"})"), StartsWith("member 'format' is not"));
  for (const char* start : {"", "yesterday", "2026-02-30T12:00:00.000000Z",
                            "2026-03-01T25:00:00.000000Z", "2026-03-01T12:00:00.000000Z "}) {
    Json line{{"format", "esimbench trace 1"}, {"start", start}, {"dropped", 0}};
    EXPECT_THAT(error_of(line.dump()).text, StartsWith("member 'start' is no time")) << start;
  }
  EXPECT_THAT(text_of(R"({"format":"esimbench trace 1","start":"2026-03-01T12:00:00.000000Z"})"),
              StartsWith("member 'dropped' is missing"));
}

TEST(FromNdjson, AnEmptyFileIsNoTrace) {
  EXPECT_EQ(error_of("").text, "there is no trace in it");
  EXPECT_EQ(error_of("\n\n").text, "there is no trace in it");
}

TEST(FromNdjson, ThereAreLimits) {
  std::string text =
      to_ndjson(records_of({step(Party::kLpa, "12345", ""), step(Party::kLpa, "6", "")}));
  EXPECT_EQ(error_of(text, {.events = 2, .octets = 6}).text, "no error");
  EXPECT_EQ(error_of(text, {.events = 1}).text,
            "the trace has more than 1 events or 268435456 octets");
  EXPECT_EQ(error_of(text, {.octets = 5}).text,
            "the trace has more than 1000000 events or 5 octets");
}

TEST(FromNdjson, DeepNestingIsJustWrong) {
  std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  EXPECT_EQ(error_of(deep).text, "the line is no JSON object");
  EXPECT_EQ(error_of("{\"t\":" + deep + "}").text,
            "member 't' should be a whole number up to 3162240000000000");
}

}  // namespace
}  // namespace hil::testing_trace
