// What an operator is told, and what the journal keeps of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_smdp/server_clients.h"

namespace smdp {
namespace {

struct Operator final : rsp::http::Transport {
  rsp::Result<rsp::http::Response> send(std::string_view, const rsp::http::Request& request,
                                        rsp::Deadline) override {
    requests.push_back(request);
    return answer;
  }
  rsp::Result<rsp::http::Response> answer = rsp::http::Response{204, ""};
  std::vector<rsp::http::Request> requests;
};

class ProgressReporterTest : public ::testing::Test {
 protected:
  /// The entries of two reports.
  std::vector<JournalEntry> report() {
    auto transport = std::make_unique<Operator>();
    transport->answer = answer;
    std::vector<JournalEntry> entries;
    ProgressReporter reporter(
        "2.999.10", "operator.example:8443", std::move(transport), clock,
        [&](std::string_view line) { lines.emplace_back(line); },
        [&](JournalEntry entry) { entries.push_back(std::move(entry)); });
    for (std::uint32_t point : {1u, 3u}) {
      rsp::HandleDownloadProgressInfoRequest info;
      info.iccid = "8988211000000000019";
      info.notification_point_id = point;
      reporter.progress(std::move(info), {"KEY", rsp::TransactionId(rsp::Bytes{7})});
    }
    reporter.flush();
    counts = reporter.counts();
    return entries;
  }
  rsp::Result<rsp::http::Response> answer = rsp::http::Response{204, ""};
  rsp::ManualClock clock{rsp::Clock::TimePoint(std::chrono::seconds(1'800'000'000))};
  std::vector<std::string> lines;
  ProgressReporter::Counts counts;
};

TEST_F(ProgressReporterTest, RecordsEachCall) {
  auto entries = report();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(counts.delivered, 2u);
  const JournalEntry& entry = entries[1];
  EXPECT_EQ(entry.interface, "ES2+");
  EXPECT_EQ(entry.function, "handleDownloadProgressInfo");
  EXPECT_EQ(entry.notification_point, 3u);
  EXPECT_EQ(entry.outcome, "ok");
  EXPECT_EQ(entry.to, "operator.example:8443");
  EXPECT_EQ(entry.order, "KEY");
  EXPECT_EQ(entry.transaction_id, rsp::Bytes{7});
  EXPECT_EQ(entry.status, 204);
  EXPECT_EQ(entry.at, clock.now());
  EXPECT_EQ(entry.target, "/gsma/rsp2/es2plus/handleDownloadProgressInfo");
  EXPECT_THAT(entry.request, ::testing::HasSubstr("\"notificationPointId\":3"));
  EXPECT_TRUE(lines.empty());
}

TEST_F(ProgressReporterTest, RecordsWhatTheOperatorRefused) {
  answer = rsp::http::Response{500, "no"};
  auto entries = report();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(counts.failed, 2u);
  EXPECT_EQ(entries[0].status, 500);
  EXPECT_EQ(entries[0].response, "no");
  EXPECT_EQ(entries[0].outcome, "failed: the answer has status 500, not 204");
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(ProgressReporterTest, RecordsThatNobodyAnswered) {
  answer = rsp::failure({.layer = rsp::Layer::kTransport, .text = "connection refused"});
  auto entries = report();
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].status, 0);
  EXPECT_EQ(entries[0].outcome, "failed: connection refused");
}

}  // namespace
}  // namespace smdp
