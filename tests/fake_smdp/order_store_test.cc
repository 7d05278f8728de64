// Orders in memory and in a file.
#include "fake_smdp/order_store.h"

#include <fstream>

#include <sqlite3.h>
#include <unistd.h>

#include "smdp_test_support.h"
#include "tests/temp_dir.h"

namespace smdp::testing {
namespace {

using rsp::Layer;

rsp::Eid some_eid(std::uint8_t last = 0x35) {
  rsp::Eid eid{};
  eid.back() = last;
  return eid;
}

Order new_order(std::string matching_id) {
  Order order;
  order.matching_id = std::move(matching_id);
  order.metadata.iccid.fill(0x12);
  order.metadata.service_provider_name = "Provider";
  order.metadata.profile_name = "Profile";
  order.profile_package = std::make_shared<const rsp::Bytes>(rsp::Bytes{1, 2, 3});
  return order;
}

// --- In memory
// --------------------------------------------------------------------------------------------------

TEST(OrderStore, FindsAnOrderByItsMatchingId) {
  OrderStore store;
  ASSERT_TRUE(store.add(new_order("A")));
  EXPECT_NE(store.find("A"), nullptr);
  EXPECT_EQ(store.find("B"), nullptr);
  EXPECT_EQ(store.find(""), nullptr);
}

// One with a MatchingID is none for the default SM-DP+, though it is linked to the EID.
TEST(OrderStore, FindsADefaultOrderByItsEid) {
  OrderStore store;
  Order order = new_order("");
  order.eid = some_eid();
  ASSERT_TRUE(store.add(std::move(order)));
  EXPECT_NE(store.find_default(some_eid()), nullptr);
  EXPECT_EQ(store.find_default(some_eid(0x36)), nullptr);

  Order linked = new_order("A");
  linked.eid = some_eid(0x36);
  ASSERT_TRUE(store.add(std::move(linked)));
  EXPECT_EQ(store.find_default(some_eid(0x36)), nullptr);
}

TEST(OrderStore, FindsAnOrderByItsLastTransaction) {
  OrderStore store;
  ASSERT_TRUE(store.add(new_order("A")));
  ASSERT_TRUE(store.add(new_order("B")));
  Order& order = *store.find("B");
  order.binding = Binding{rsp::TransactionId(rsp::Bytes{7}), {}, {}, nullptr};
  ASSERT_TRUE(store.save(order));
  EXPECT_EQ(store.find_by_transaction(rsp::Bytes{7}), &order);
  order.binding->transaction_id = rsp::Bytes{9};
  ASSERT_TRUE(store.save(order));
  EXPECT_EQ(store.find_by_transaction(rsp::Bytes{7}), nullptr);
  EXPECT_EQ(store.find_by_transaction(rsp::Bytes{8}), nullptr);
  EXPECT_EQ(store.find_by_transaction(rsp::Bytes{}), nullptr);
}

TEST(OrderStore, RefusesASecondOrderWithTheSameMatchingId) {
  OrderStore store;
  ASSERT_TRUE(store.add(new_order("A")));
  auto again = store.add(new_order("A"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().layer, Layer::kInput);
  EXPECT_EQ(again.error().path, "matchingId");
  EXPECT_THAT(again.error().text, ::testing::HasSubstr("'A'"));
  EXPECT_NE(again.error().hint, "");
}

// SGP.22 5.3.2 (A.7: 8.1.1/2.2): without a MatchingID only the EID could lead to the order.
TEST(OrderStore, RefusesAnOrderThatNobodyCouldFind) {
  OrderStore store;
  auto added = store.add(new_order(""));
  ASSERT_FALSE(added);
  EXPECT_EQ(added.error().layer, Layer::kInput);
  EXPECT_NE(added.error().hint, "");
}

// A profile is there before anybody orders it, and is found by its ICCID and type.
TEST(OrderStore, KeepsProfilesInStock) {
  OrderStore store;
  Order stock = new_order("");
  stock.state = OrderState::kAvailable;
  stock.profile_type = "generic";
  ASSERT_TRUE(store.add(stock));
  ASSERT_TRUE(store.add(stock));
  EXPECT_EQ(store.all().size(), 2U);
  EXPECT_EQ(store.all()[1]->key, store.all()[0]->key + "#2");
  Order* first = store.find_available("generic");
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first, store.find_by_key(first->key));
  EXPECT_EQ(store.find_by_iccid(stock.metadata.iccid)->key, first->key + "#2");
  EXPECT_EQ(store.find_available("other"), nullptr);
  EXPECT_TRUE(store.knows_type("generic"));
  EXPECT_FALSE(store.knows_type("other"));
  first->move_to(OrderState::kAllocated);
  ASSERT_TRUE(store.save(*first));
  EXPECT_EQ(store.find_available("generic")->key, first->key + "#2");
}

// The MatchingID of a profile that goes back into stock is free again.
TEST(OrderStore, FindsAnOrderByItsMatchingIdOfNow) {
  OrderStore store;
  ASSERT_TRUE(store.add(new_order("A")));
  Order& order = *store.find("A");
  order.matching_id = "B";
  ASSERT_TRUE(store.save(order));
  EXPECT_EQ(store.find("A"), nullptr);
  EXPECT_EQ(store.find("B"), &order);
  EXPECT_TRUE(store.add(new_order("A")));
}

// Of orders that come together all are there, or none.
TEST(OrderStore, AddsAllOrdersOrNone) {
  OrderStore store;
  ASSERT_TRUE(store.add(new_order("OLD")));
  auto wrong = store.add_all({new_order("A"), new_order("B"), new_order("A")});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().index, 2U);
  EXPECT_EQ(wrong.error().error.path, "matchingId");
  EXPECT_EQ(store.all().size(), 1U);
  EXPECT_EQ(store.find("A"), nullptr);
  EXPECT_EQ(store.find_by_iccid(new_order("").metadata.iccid), store.find("OLD"));

  auto keys = store.add_all({new_order("A"), new_order("B")});
  ASSERT_TRUE(keys);
  EXPECT_EQ(store.find("A")->key, keys->at(0));
  EXPECT_EQ(store.find("B")->key, keys->at(1));
}

// --- In a file
// --------------------------------------------------------------------------------------------------

struct OrderFile : ::testing::Test {
  rsp::Result<OrderStore> open() { return OrderStore::open(file); }
  /// The error of opening, which must name the file and a remedy.
  rsp::Error refusal() {
    auto opened = open();
    if (opened) throw std::runtime_error("the file was opened");
    EXPECT_EQ(opened.error().layer, Layer::kStorage);
    EXPECT_EQ(opened.error().path, file.string());
    EXPECT_THAT(opened.error().text, ::testing::HasSubstr(file.string()));
    EXPECT_NE(opened.error().hint, "");
    return opened.error();
  }
  void sql(const char* statements) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file.c_str(), &database), SQLITE_OK);
    char* why = nullptr;
    EXPECT_EQ(sqlite3_exec(database, statements, nullptr, nullptr, &why), SQLITE_OK) << why;
    sqlite3_free(why);
    sqlite3_close(database);
  }
  void put(std::string_view content) { std::ofstream(file, std::ios::binary) << content; }

  testing_files::TempDir folder;
  std::filesystem::path file = folder.path() / "orders.db";
};

TEST_F(OrderFile, KeepsEverythingOfAnOrder) {
  Order order = new_order("A");
  order.eid = some_eid();
  order.state = OrderState::kDownloaded;
  order.confirmation_code_hash = hash_confirmation_code("1234");
  order.wrong_confirmation_codes = 2;
  order.download_attempts = 5;
  order.expires = rsp::Clock::TimePoint(std::chrono::milliseconds(1'900'000'000'123));
  order.metadata.icon_type = rsp::IconType::kPng;
  order.metadata.icon = rsp::Bytes(1024, 0x11);
  order.metadata.profile_class = rsp::ProfileClass::kTest;
  order.metadata.profile_policy_rules = {rsp::kPpr1};
  order.metadata.unknown.elements = {0x9F, 0x21, 0x01, 0x05};
  order.profile_package = std::make_shared<const rsp::Bytes>(200'000, std::uint8_t{0x33});
  order.binding = Binding{rsp::TransactionId(rsp::Bytes{1, 2}), {3, 4}, {5, 6}, nullptr};
  order.history = {"released", "downloaded", "J\xC3\xBCrgen; '--"};
  ASSERT_TRUE(must(open()).add(order));

  OrderStore again = must(open());
  const Order* kept = again.find("A");
  ASSERT_NE(kept, nullptr);
  EXPECT_EQ(kept->matching_id, order.matching_id);
  EXPECT_EQ(kept->eid, order.eid);
  EXPECT_EQ(kept->state, order.state);
  EXPECT_EQ(kept->confirmation_code_hash, order.confirmation_code_hash);
  EXPECT_EQ(kept->wrong_confirmation_codes, order.wrong_confirmation_codes);
  EXPECT_EQ(kept->download_attempts, order.download_attempts);
  EXPECT_EQ(kept->expires, order.expires);
  EXPECT_EQ(rsp::asn1::encode(kept->metadata), rsp::asn1::encode(order.metadata));
  EXPECT_EQ(*kept->profile_package, *order.profile_package);
  EXPECT_EQ(kept->binding.value().transaction_id, order.binding->transaction_id);
  EXPECT_EQ(kept->binding.value().euicc_certificate, order.binding->euicc_certificate);
  EXPECT_EQ(kept->binding.value().euicc_otpk, order.binding->euicc_otpk);
  EXPECT_EQ(kept->history, order.history);
}

TEST_F(OrderFile, KeepsAnOrderWithoutAnythingOptional) {
  ASSERT_TRUE(must(open()).add(new_order("A")));
  OrderStore again = must(open());
  const Order* kept = again.find("A");
  ASSERT_NE(kept, nullptr);
  EXPECT_FALSE(kept->eid || kept->confirmation_code_hash || kept->expires || kept->binding);
  EXPECT_EQ(kept->history, std::vector<std::string>{"released"});
}

TEST_F(OrderFile, KeepsWhatChangedSince) {
  {
    OrderStore store = must(open());
    ASSERT_TRUE(store.add(new_order("A")));
    ASSERT_TRUE(store.add(new_order("B")));
    store.find("A")->move_to(OrderState::kError);
    ASSERT_TRUE(store.save(*store.find("A")));
  }
  OrderStore again = must(open());
  EXPECT_EQ(again.all().size(), 2u);
  EXPECT_EQ(again.find("A")->state, OrderState::kError);
  EXPECT_EQ(again.find("B")->state, OrderState::kReleased);
}

TEST_F(OrderFile, KeepsADefaultOrderByItsEid) {
  Order order = new_order("");
  order.eid = some_eid();
  ASSERT_TRUE(must(open()).add(order));
  OrderStore again = must(open());
  EXPECT_NE(again.find_default(some_eid()), nullptr);
}

// A MatchingID that is taken is refused after a restart too.
TEST_F(OrderFile, RefusesASecondOrderAfterReopening) {
  ASSERT_TRUE(must(open()).add(new_order("A")));
  OrderStore again = must(open());
  EXPECT_FALSE(again.add(new_order("A")));
}

TEST_F(OrderFile, OfAnotherProgramIsRefused) {
  sql("CREATE TABLE recipes (name TEXT)");
  EXPECT_THAT(refusal().text, ::testing::HasSubstr("another program"));
  sql("SELECT * FROM recipes");  // and it is as it was
}

TEST_F(OrderFile, OfALaterFormatIsRefused) {
  ASSERT_TRUE(open());
  sql("PRAGMA user_version = 99");
  EXPECT_THAT(refusal().text, ::testing::HasSubstr("later version"));
}

// What is in it is in memory as well, so two servers would overwrite each other's orders.
TEST_F(OrderFile, ThatAnotherServerHasIsRefused) {
  auto first = open();
  ASSERT_TRUE(first);
  auto error = refusal();
  EXPECT_THAT(error.text, ::testing::HasSubstr("another program has it open"));
  EXPECT_THAT(error.hint, ::testing::HasSubstr("end that program"));
  first = OrderStore();
  EXPECT_TRUE(open());
}

// Those of before there were events.
TEST_F(OrderFile, OfAnEarlierFormatIsTaken) {
  ASSERT_TRUE(must(open()).add(new_order("A")));
  sql("DROP TABLE events; PRAGMA user_version = 1");
  EXPECT_NE(must(open()).find("A"), nullptr);
  sql("SELECT * FROM events");
}

TEST_F(OrderFile, AddsAllOrdersOrNone) {
  ASSERT_TRUE(must(open()).add(new_order("OLD")));
  EXPECT_FALSE(must(open()).add_all({new_order("A"), new_order("OLD")}));
  EXPECT_EQ(must(open()).all().size(), 1U);
  EXPECT_TRUE(must(open()).add_all({new_order("A"), new_order("B")}));
  EXPECT_EQ(must(open()).all().size(), 3U);
}

TEST_F(OrderFile, ThatIsCutOffIsRefused) {
  {
    OrderStore store = must(open());
    Order order = new_order("A");
    order.profile_package = std::make_shared<const rsp::Bytes>(100'000, std::uint8_t{0x44});
    ASSERT_TRUE(store.add(std::move(order)));
  }
  auto whole = std::filesystem::file_size(file);
  for (std::uintmax_t kept : {whole - 4096, whole / 2, std::uintmax_t{4096}, std::uintmax_t{100}}) {
    std::filesystem::resize_file(file, kept);
    refusal();
  }
}

TEST_F(OrderFile, ThatIsNoDatabaseIsRefused) {
  put("this is a shopping list, and a rather long one: " + std::string(500, '.'));
  refusal();
}

TEST_F(OrderFile, WithADamagedRecordIsRefusedByName) {
  std::string key;
  {
    OrderStore store = must(open());
    ASSERT_TRUE(store.add(new_order("A")));
    key = store.find("A")->key;
  }
  sql("UPDATE orders SET record = x'3003800141'");
  EXPECT_THAT(refusal().text, ::testing::HasSubstr("it is damaged: order " + key));
}

// A page of the file itself is damaged: orders must not silently be fewer.
TEST_F(OrderFile, WithADamagedPageIsRefused) {
  {
    OrderStore store = must(open());
    for (int i = 0; i < 40; ++i) {
      Order order = new_order("ORDER" + std::to_string(i));
      order.profile_package = std::make_shared<const rsp::Bytes>(3000, std::uint8_t{0x44});
      ASSERT_TRUE(store.add(std::move(order)));
    }
  }
  sql("PRAGMA wal_checkpoint(TRUNCATE)");
  auto size = std::filesystem::file_size(file);
  ASSERT_GT(size, 40'000u);
  {
    std::fstream out(file, std::ios::binary | std::ios::in | std::ios::out);
    for (std::uintmax_t page = 16'384; page + 4096 < size; page += 8192) {
      out.seekp(static_cast<std::streamoff>(page));
      out << std::string(4096, '\x7E');
    }
  }
  refusal();
}

TEST_F(OrderFile, InAFolderThatDoesNotExistIsRefused) {
  file = folder.path() / "missing" / "orders.db";
  EXPECT_THAT(refusal().hint, ::testing::HasSubstr("folder"));
}

TEST_F(OrderFile, InAFolderThatIsAFileIsRefused) {
  put("not a folder");
  file /= "orders.db";
  EXPECT_THAT(refusal().hint, ::testing::HasSubstr("folder"));
}

TEST_F(OrderFile, InAFolderThatMayNotBeWrittenIsRefused) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  std::filesystem::permissions(
      folder.path(), std::filesystem::perms::owner_read | std::filesystem::perms::owner_exec);
  EXPECT_THAT(refusal().hint, ::testing::HasSubstr("write"));
}

TEST_F(OrderFile, ThatIsAFolderIsRefused) {
  file = folder.path();
  refusal();
}

// What cannot be written must not be told as done.
TEST_F(OrderFile, ThatCannotBeWrittenAnyMoreIsReported) {
  ASSERT_TRUE(open());
  sql("CREATE TRIGGER full BEFORE UPDATE ON orders BEGIN SELECT RAISE(FAIL, 'disk is full'); END;"
      "CREATE TRIGGER fuller BEFORE INSERT ON orders WHEN (SELECT count(*) FROM orders) = 1 BEGIN "
      "SELECT RAISE(FAIL, 'disk is full'); END");
  OrderStore store = must(open());
  ASSERT_TRUE(store.add(new_order("A")));
  auto saved = store.save(*store.find("A"));
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().layer, Layer::kStorage);
  EXPECT_EQ(saved.error().path, file.string());
  EXPECT_NE(saved.error().hint, "");
  EXPECT_FALSE(store.add(new_order("B")));
  EXPECT_EQ(store.find("B"), nullptr);
}

TEST(Order, HistoryKeepsTheLatest) {
  Order order;
  for (std::size_t i = 0; i < Order::kMaxHistory + 5; ++i) order.remember(std::to_string(i));
  EXPECT_EQ(order.history.size(), Order::kMaxHistory);
  EXPECT_EQ(order.history.front(), "5");
  EXPECT_EQ(order.history.back(), std::to_string(Order::kMaxHistory + 4));
}

// A server of many orders would else hold a package for each that is done.
TEST(Order, KeepsItsBoundPackageAsLongAsSomebodyMayComeForIt) {
  Order order;
  order.binding = Binding{.package = std::make_shared<const rsp::BoundProfilePackage>()};
  order.move_to(OrderState::kReleased);
  order.move_to(OrderState::kDownloaded);
  EXPECT_NE(order.binding->package, nullptr);
  order.move_to(OrderState::kInstalled);
  EXPECT_EQ(order.binding->package, nullptr);
}

}  // namespace
}  // namespace smdp::testing
