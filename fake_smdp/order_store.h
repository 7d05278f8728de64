// Where orders are kept: in memory, and in SQLite where there is a file.
#pragma once

#include <filesystem>
#include <map>

#include "fake_smdp/order.h"

namespace smdp {

class OrderStore {
 public:
  /// Orders that last as long as the process.
  OrderStore();
  /// Orders in a file, which is made where it does not exist. Error: Layer::kStorage with the file.
  static rsp::Result<OrderStore> open(const std::filesystem::path& file);
  ~OrderStore();
  OrderStore(OrderStore&&) noexcept;
  OrderStore& operator=(OrderStore&&) noexcept;

  /// A new order. Error: Layer::kInput where there is one with the same MatchingID, or none and the
  /// same EID, and where there is neither.
  rsp::Status add(Order order);
  /// Stores what has changed of an order that find...() returned.
  rsp::Status save(const Order& order);
  /// Null where there is none.
  Order* find(std::string_view matching_id);
  /// The order for an eUICC's default SM-DP+: linked to the EID, without a MatchingID of its own.
  Order* find_default(const rsp::Eid& eid);
  Order* find_by_transaction(const rsp::TransactionId& transaction_id);
  Order* find_by_iccid(const rsp::Iccid& iccid, const rsp::Eid& eid);
  std::vector<const Order*> all() const;

 private:
  class Database;
  std::map<std::string, Order> orders_;  // by key: the MatchingID, or "eid:" and the EID
  std::unique_ptr<Database> database_;
};

}  // namespace smdp
