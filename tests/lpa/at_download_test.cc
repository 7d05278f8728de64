// A whole download to a card behind a module.
#include "at_test_support.h"
#include "lpa_test_support.h"

namespace lpa::testing {
namespace {

struct AtDownload : LpaTest {
  void run(AtRoute route) {
    start();
    CardBehindAt card(*world.euicc);
    ScriptedModule module;
    module.answer = std::ref(card);
    AtDialect dialect = hurried();
    rsp::TraceRecorder trace;
    AtTransport transport(module, {.dialect = &dialect, .route = route, .trace = &trace});
    Lpa over_at(transport, *es9, options);
    auto result = over_at.download(world.activation_code());
    ASSERT_TRUE(result) << result.error().message();
    must(over_at.enable(rsp::ProfileIdentifier(result->metadata.iccid)));
    auto profiles = must(over_at.profiles());
    ASSERT_EQ(profiles.size(), 1u);
    EXPECT_EQ(profiles[0].profile_state, rsp::ProfileState::kEnabled);
    EXPECT_TRUE(must(over_at.deliver_notifications()).size() > 0);
    std::size_t at_lines = 0, apdus = 0;
    for (const auto& record : trace.records()) {
      at_lines += record.event.kind == rsp::TraceKind::kAt;
      apdus += record.event.kind == rsp::TraceKind::kApdu;
    }
    EXPECT_GT(apdus, 100u);
    EXPECT_GT(at_lines, apdus);
  }
};

TEST_F(AtDownload, PassesOverCcho) { run(AtRoute::kCcho); }
TEST_F(AtDownload, PassesOverCsim) { run(AtRoute::kCsim); }

}  // namespace
}  // namespace lpa::testing
