// Events of an SM-DS in a file.
#include "fake_smdp/event_store.h"

#include <sqlite3.h>

#include "fake_smdp/order_store.h"
#include "fake_smdp/smds.h"
#include "smdp_test_support.h"
#include "tests/temp_dir.h"

namespace smdp::testing {
namespace {

rsp::Eid some_eid(std::uint8_t last) {
  rsp::Eid eid{};
  eid.back() = last;
  return eid;
}

struct EventFile : ::testing::Test {
  EventStore open() { return must(EventStore::open(must(StoreFile::open(file)))); }
  void sql(const char* statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, statements, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(database);
  }
  testing_files::TempDir folder;
  std::filesystem::path file = folder.path() / "orders.db";
  Event event{some_eid(0x35), "EVENT-1'; --", "smdp.example:8443", "2.999.10", true};
};

TEST_F(EventFile, KeepsWhatWasAddedAndNotWhatWasErased) {
  {
    EventStore store = open();
    ASSERT_TRUE(store.add(event));
    ASSERT_TRUE(store.add({some_eid(0x36), event.event_id, "other.example", "2.999.11", false}));
    ASSERT_TRUE(store.erase(some_eid(0x36), event.event_id));
    ASSERT_TRUE(store.erase(some_eid(0x37), "NEVER-THERE"));
  }
  EventStore store = open();
  ASSERT_EQ(store.all().size(), 1u);
  const Event* kept = store.find(event.eid, event.event_id);
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->rsp_server_address, event.rsp_server_address);
  EXPECT_EQ(kept->requester, event.requester);
  EXPECT_TRUE(kept->forwarded);
}

TEST_F(EventFile, IsTheOneOfTheOrders) {
  auto shared = must(StoreFile::open(file));
  OrderStore orders = must(OrderStore::open(shared));
  EventStore events = must(EventStore::open(shared));
  EXPECT_TRUE(events.add(event));
  EXPECT_TRUE(orders.all().empty());
}

TEST_F(EventFile, WithADamagedEventIsRefused) {
  ASSERT_TRUE(open().add(event));
  sql("UPDATE events SET eid = '12'");
  auto opened = EventStore::open(must(StoreFile::open(file)));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().path, file.string());
  EXPECT_THAT(opened.error().text, ::testing::HasSubstr("damaged: event EVENT-1"));
  EXPECT_NE(opened.error().hint, "");
}

// What cannot be written must not be told as done.
TEST_F(EventFile, ThatCannotBeWrittenIsToldToWhoRegisters) {
  open();
  sql("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(FAIL, 'disk is full'); END");
  EventStore events = open();
  rsp::ManualClock clock{rsp::Clock::TimePoint()};
  rsp::SeededRandom random{1};
  Journal journal(clock);
  Smds smds({.events = &events}, clock, random, journal);
  auto answer = smds.register_event(
      {"2.999.10", "1"}, {"89049032123451234512345678901235", "smdp.example", "EVENT-1", false});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error(), (rsp::StatusCode{"8.9", "4.2"}));
  EXPECT_THAT(answer.error().message, ::testing::HasSubstr("disk is full"));
  EXPECT_TRUE(smds.events().empty());
}

}  // namespace
}  // namespace smdp::testing
