// Orders out of a template and CSV.
#include "fake_smdp/order_batch.h"

#include "fake_smdp/smdp.h"
#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"
#include "smdp_test_support.h"

namespace smdp::testing {
namespace {

constexpr const char* kEid = "89049032123451234512345678901235";

struct OrderBatchTest : ::testing::Test {
  /// "path: text" of the error.
  std::string wrong(std::string_view csv) {
    auto batch = read_orders(csv, std::nullopt, common, random);
    if (!batch) return batch.error().path + ": " + batch.error().text;
    auto added = add_batch(store, *std::move(batch));
    return added ? "it is right" : added.error().path + ": " + added.error().text;
  }
  NewOrders common{"smdp.example", "Provider", "Profile", "T", "2.999.1"};
  rsp::SeededRandom random{1};
  OrderStore store;
};

TEST_F(OrderBatchTest, ARowIsAnOrder) {
  auto batch =
      must(read_orders("ICCID,IMSI,MATCHINGID,confirmationcode,Eid\n"
                       "8988211000000000011,001010000000001,ONE,1234,\n" +
                           std::string("8988211000000000029,,,,") + kEid + "\n" +
                           "8988211000000000037,,-,," + kEid + "\n",
                       std::nullopt, common, random));
  EXPECT_TRUE(batch.warnings.empty());
  auto keys = must(add_batch(store, std::move(batch)));
  EXPECT_THAT(keys, ::testing::ElementsAre("8988211000000000011", "8988211000000000029",
                                           "8988211000000000037"));
  const Order& first = *store.find("ONE");
  EXPECT_EQ(first.state, OrderState::kReleased);
  EXPECT_EQ(first.confirmation_code_hash, hash_confirmation_code("1234"));
  EXPECT_EQ(first.metadata.profile_name, "Profile");
  EXPECT_EQ(first.profile_type, "T");
  EXPECT_EQ(first.owner, "2.999.1");
  auto package = must(rsp::saip::decode_package(*first.profile_package));
  EXPECT_EQ(rsp::saip::first_imsi(package), "001010000000001");
  const Order& second = *store.find_by_key(keys[1]);
  EXPECT_NE(second.matching_id, "");
  EXPECT_FALSE(second.confirmation_code_hash);
  EXPECT_EQ(rsp::to_hex(second.eid.value()), kEid);
  EXPECT_EQ(store.find_default(*second.eid)->key, keys[2]);
}

TEST_F(OrderBatchTest, ARowIsAProfileInStock) {
  auto batch = must(read_stock("iccid\n8988211000000000011\n", std::nullopt, common));
  ASSERT_TRUE(add_batch(store, std::move(batch)));
  EXPECT_EQ(store.find_available("T")->key, "8988211000000000011");
  auto order = read_stock("iccid,matchingId\n8988211000000000011,A\n", std::nullopt, common);
  ASSERT_FALSE(order);
  EXPECT_EQ(order.error().path, "line 1, column matchingId");
}

TEST_F(OrderBatchTest, AMadeTemplateHasAPlaceForEverything) {
  auto made = read_orders(
      "iccid,msisdn,k,opc,pin1,puk1,pin2,puk2,adm1\n8988211000000000011,+41,"
      "00112233445566778899AABBCCDDEEFF,FFEEDDCCBBAA99887766554433221100,1111,22222222,3333,"
      "44444444,55555555\n",
      std::nullopt, common, random);
  EXPECT_TRUE(made);
}

TEST_F(OrderBatchTest, SaysWhereItIsWrongAndAddsNothing) {
  ASSERT_TRUE(must(read_orders("iccid,matchingId\n8988211000000000003,TAKEN\n", std::nullopt,
                               common, random))
                  .orders.size() == 1);
  EXPECT_EQ(wrong("iccid,matchingId\n8988211000000000003,TAKEN\n"), "it is right");
  using ::testing::StartsWith;
  EXPECT_THAT(wrong("iccid,eid\n8988211000000000011,\n8988211000000000029,8904\n"),
              StartsWith("line 3, column eid: '8904' is no EID"));
  EXPECT_THAT(wrong("iccid,matchingId\n8988211000000000011,a b\n"),
              StartsWith("line 2, column matchingId: 'a b' is no MatchingID"));
  EXPECT_THAT(wrong("iccid,matchingId\n8988211000000000011,-\n"),
              StartsWith("line 2, column matchingId: an order without MatchingID needs an EID"));
  EXPECT_THAT(wrong("iccid,matchingId\n8988211000000000011,A\n8988211000000000029,A\n"),
              StartsWith("line 3, column matchingId: there is an order 'A' already"));
  EXPECT_THAT(wrong("iccid,matchingId\n8988211000000000011,A\n8988211000000000029,TAKEN\n"),
              StartsWith("line 3, column matchingId: there is an order 'TAKEN' already"));
  EXPECT_THAT(wrong("iccid,colour\n"), StartsWith("line 1, column colour"));
  EXPECT_THAT(wrong("iccid,imsi\n8988211000000000011,1\n"), StartsWith("line 2, column imsi"));
  EXPECT_EQ(store.all().size(), 1u);
}

TEST_F(OrderBatchTest, ATemplateWithoutAPlaceForAValueIsNamedWithTheRow) {
  auto profile_template = must(rsp::saip::make_package({}));  // no EF.MSISDN
  auto batch =
      read_orders("iccid,msisdn\n8988211000000000011,123\n", profile_template, common, random);
  ASSERT_FALSE(batch);
  EXPECT_EQ(batch.error().path, "line 2, column msisdn");
  EXPECT_NE(batch.error().hint, "");
}

}  // namespace
}  // namespace smdp::testing
