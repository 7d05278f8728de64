// Where orders are kept: in memory, and in SQLite where there is a file.
#pragma once

#include <map>

#include "fake_smdp/order.h"
#include "fake_smdp/store_file.h"

namespace smdp {

/// Which of several orders could not be added, and why.
struct AddFailure {
  std::size_t index = 0;
  rsp::Error error;
};

class OrderStore {
 public:
  /// Orders that last as long as the process.
  OrderStore() = default;
  /// Orders in a file. Error: as of StoreFile.
  static rsp::Result<OrderStore> open(std::shared_ptr<const StoreFile> file);
  static rsp::Result<OrderStore> open(const std::filesystem::path& file);

  /// A new order, or a profile in stock, which gets its key. Error: Layer::kInput where an order
  /// has the same MatchingID, or none and the same EID, or neither of them though it is released.
  rsp::Status add(Order order);
  /// All of them, or none where one cannot be added. Their keys.
  std::expected<std::vector<std::string>, AddFailure> add_all(std::vector<Order> orders);
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
  /// Under what an order can be looked for. Entries of an order are made anew when it is saved.
  using Index = std::map<std::string, std::string, std::less<>>;  // to keys
  struct Names {
    std::string matching_id, default_eid, transaction_id;
  };
  static Names names_of(const Order& order);
  void index(const Order& order, const Names& now);
  /// Adds it in memory. Its key.
  rsp::Result<std::string> insert(Order order);
  void forget(const std::string& key);
  rsp::Status write(const Order& order) const;
  Order* find_in(const Index& index, std::string_view name);

  std::map<std::string, Order, std::less<>> orders_;  // by key
  Index by_matching_id_, by_default_eid_, by_transaction_id_;
  std::map<std::string, Names> indexed_;  // by key: what stands in the indexes
  std::multimap<rsp::Iccid, std::string> by_iccid_;
  std::shared_ptr<const StoreFile> file_;
};

}  // namespace smdp
