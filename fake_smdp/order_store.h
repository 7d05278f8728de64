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

  /// A new order, or a profile in stock, which gets its key. Error: Layer::kInput where an order
  /// has the same MatchingID, or none and the same EID, or neither of them though it is released.
  rsp::Status add(Order order);
  /// Stores what has changed of an order that find...() returned. After an error the order is as it
  /// is in memory and not in the file.
  rsp::Status save(const Order& order);
  /// Null where there is none.
  Order* find(std::string_view matching_id);
  /// The order for an eUICC's default SM-DP+: linked to the EID, without a MatchingID of its own.
  Order* find_default(const rsp::Eid& eid);
  Order* find_by_transaction(const rsp::TransactionId& transaction_id);
  Order* find_by_iccid(const rsp::Iccid& iccid, const rsp::Eid& eid);
  /// The profile with this ICCID; of several the one that came last.
  Order* find_by_iccid(const rsp::Iccid& iccid);
  Order* find_by_key(std::string_view key);
  /// By key.
  std::vector<const Order*> all() const;
  /// The first profile in stock of a type. Null where none is left.
  Order* find_available(std::string_view profile_type);
  bool knows_type(std::string_view profile_type) const;

 private:
  class Database;
  /// Under what an order can be looked for. Entries of an order are made anew when it is saved.
  using Index = std::map<std::string, std::string, std::less<>>;  // to keys
  struct Names {
    std::string matching_id, default_eid, transaction_id;
  };
  static Names names_of(const Order& order);
  void index(const Order& order);
  Order* find_in(const Index& index, std::string_view name);

  std::map<std::string, Order, std::less<>> orders_;  // by key
  Index by_matching_id_, by_default_eid_, by_transaction_id_;
  std::map<std::string, Names> indexed_;  // by key: what stands in the indexes
  std::multimap<rsp::Iccid, std::string> by_iccid_;
  std::unique_ptr<Database> database_;
};

}  // namespace smdp
