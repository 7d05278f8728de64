#include "fake_smdp/order_store.h"

#include <fmt/format.h>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/hex.h"

namespace smdp {
namespace {

using rsp::Layer;
using rsp::asn1::context;

/// An order as it is stored, declared like a message.
struct OrderRecord {
  static constexpr rsp::asn1::Tag kTag = rsp::asn1::kSequence;
  static constexpr std::string_view kName = "order";
  std::string matching_id;
  std::optional<rsp::Eid> eid;
  OrderState state{};
  std::optional<rsp::crypto::Digest> confirmation_code_hash;
  std::uint32_t wrong_confirmation_codes = 0, download_attempts = 0;
  std::optional<std::int64_t> expires;  // milliseconds since 1970
  rsp::StoreMetadataRequest metadata;
  std::optional<rsp::TransactionId> transaction_id;
  std::optional<rsp::Bytes> euicc_certificate, euicc_otpk;
  std::vector<std::string> history;
  std::optional<std::string> profile_type, owner, smds_address;
  std::optional<bool> event_registered;
  static void fields(auto&& f, auto& m) {
    f(context(0), "matchingId", m.matching_id);
    f(context(1), "eid", m.eid);
    f(context(2), "state", m.state);
    f(context(3), "confirmationCodeHash", m.confirmation_code_hash);
    f(context(4), "wrongConfirmationCodes", m.wrong_confirmation_codes);
    f(context(5), "downloadAttempts", m.download_attempts);
    f(context(6), "expires", m.expires);
    f(context(7), "metadata", m.metadata);
    f(context(8), "transactionId", m.transaction_id);
    f(context(9), "euiccCertificate", m.euicc_certificate);
    f(context(10), "euiccOtpk", m.euicc_otpk);
    f(context(11), "history", m.history, rsp::Each{rsp::asn1::kUtf8String});
    f(context(12), "profileType", m.profile_type);
    f(context(13), "owner", m.owner);
    f(context(14), "smdsAddress", m.smds_address);
    f(context(15), "eventRegistered", m.event_registered);
  }
};

OrderRecord record_of(const Order& order) {
  OrderRecord record{order.matching_id,
                     order.eid,
                     order.state,
                     order.confirmation_code_hash,
                     order.wrong_confirmation_codes,
                     order.download_attempts,
                     std::nullopt,
                     order.metadata,
                     std::nullopt,
                     std::nullopt,
                     std::nullopt,
                     order.history,
                     order.profile_type,
                     order.owner,
                     order.smds_address,
                     order.event_registered};
  if (order.expires) record.expires = order.expires->time_since_epoch().count();
  if (order.binding) {
    record.transaction_id = order.binding->transaction_id;
    record.euicc_certificate = order.binding->euicc_certificate;
    record.euicc_otpk = order.binding->euicc_otpk;
  }
  return record;
}

Order order_of(std::string key, OrderRecord record, rsp::Bytes package) {
  Order order;
  order.key = std::move(key);
  order.matching_id = std::move(record.matching_id);
  order.eid = record.eid;
  order.state = record.state;
  order.confirmation_code_hash = record.confirmation_code_hash;
  order.wrong_confirmation_codes = record.wrong_confirmation_codes;
  order.download_attempts = record.download_attempts;
  if (record.expires)
    order.expires = rsp::Clock::TimePoint(std::chrono::milliseconds(*record.expires));
  order.metadata = std::move(record.metadata);
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  if (record.transaction_id) {
    order.binding = Binding{*record.transaction_id, record.euicc_certificate.value_or(rsp::Bytes{}),
                            record.euicc_otpk.value_or(rsp::Bytes{}), nullptr};
  }
  order.history = std::move(record.history);
  order.profile_type = record.profile_type.value_or("");
  order.owner = record.owner.value_or("");
  order.smds_address = record.smds_address.value_or("");
  order.event_registered = record.event_registered.value_or(false);
  return order;
}

}  // namespace

rsp::Result<OrderStore> OrderStore::open(const std::filesystem::path& file) {
  RSP_TRY(auto opened, StoreFile::open(file));
  return open(std::move(opened));
}

rsp::Result<OrderStore> OrderStore::open(std::shared_ptr<const StoreFile> file) {
  OrderStore store;
  RSP_TRY(auto select, file->prepare("SELECT key, record, package FROM orders"));
  while (true) {
    RSP_TRY(bool row, select.step());
    if (!row) break;
    std::string key = select.text(0);
    auto record = rsp::asn1::decode<OrderRecord>(select.octets(1));
    if (!record) return file->damaged(fmt::format("order {}: {}", key, record.error().text));
    Order order = order_of(key, *std::move(record), rsp::to_bytes(select.octets(2)));
    const Order& kept = store.orders_.emplace(key, std::move(order)).first->second;
    store.by_iccid_.emplace(kept.metadata.iccid, kept.key);
    store.index(kept, names_of(kept));
  }
  store.file_ = std::move(file);
  return store;
}

/// The package of an order never changes, and is written once.
rsp::Status OrderStore::write(const Order& order) const {
  if (file_ == nullptr) return {};
  rsp::Bytes record = rsp::asn1::encode(record_of(order));
  RSP_TRY(auto put, file_->prepare("INSERT INTO orders VALUES (?1, ?2, ?3) ON CONFLICT (key) DO "
                                   "UPDATE SET record = excluded.record"));
  put.bind(order.key).bind(record).bind(*order.profile_package);
  RSP_CHECK(put.step());
  return {};
}

// --- Finding orders ---

OrderStore::Names OrderStore::names_of(const Order& order) {
  Names names;
  names.matching_id = order.matching_id;
  // Before it is confirmed nobody knows whether it will have a MatchingID.
  bool confirmed = order.is_order() && order.state != OrderState::kAllocated &&
                   order.state != OrderState::kLinked;
  if (confirmed && order.matching_id.empty() && order.eid)
    names.default_eid = rsp::to_hex(*order.eid);
  if (order.binding) names.transaction_id = rsp::to_hex(order.binding->transaction_id);
  return names;
}

void OrderStore::index(const Order& order, const Names& now) {
  auto put = [&](Index& index, const std::string& before, const std::string& now) {
    auto found = index.find(before);
    if (found != index.end() && found->second == order.key) index.erase(found);
    if (!now.empty()) index.insert_or_assign(now, order.key);
  };
  Names& before = indexed_[order.key];
  put(by_matching_id_, before.matching_id, now.matching_id);
  put(by_default_eid_, before.default_eid, now.default_eid);
  put(by_transaction_id_, before.transaction_id, now.transaction_id);
  before = now;
}

Order* OrderStore::find_in(const Index& index, std::string_view name) {
  auto found = index.find(name);
  return found == index.end() ? nullptr : find_by_key(found->second);
}

Order* OrderStore::find_by_key(std::string_view key) {
  auto found = orders_.find(key);
  return found == orders_.end() ? nullptr : &found->second;
}

Order* OrderStore::find(std::string_view matching_id) {
  return find_in(by_matching_id_, matching_id);
}

Order* OrderStore::find_default(const rsp::Eid& eid) {
  return find_in(by_default_eid_, rsp::to_hex(eid));
}

Order* OrderStore::find_by_transaction(const rsp::TransactionId& transaction_id) {
  return find_in(by_transaction_id_, rsp::to_hex(transaction_id));
}

Order* OrderStore::find_by_iccid(const rsp::Iccid& iccid, const rsp::Eid& eid) {
  auto [begin, end] = by_iccid_.equal_range(iccid);
  for (auto entry = begin; entry != end; ++entry) {
    Order* order = find_by_key(entry->second);
    if (order->eid == eid) return order;
  }
  return nullptr;
}

Order* OrderStore::find_by_iccid(const rsp::Iccid& iccid) {
  auto [begin, end] = by_iccid_.equal_range(iccid);
  return begin == end ? nullptr : find_by_key(std::prev(end)->second);
}

Order* OrderStore::find_available(std::string_view profile_type) {
  for (auto& [key, order] : orders_) {
    if (order.state == OrderState::kAvailable && order.profile_type == profile_type) return &order;
  }
  return nullptr;
}

bool OrderStore::knows_type(std::string_view profile_type) const {
  return std::ranges::any_of(
      orders_, [&](const auto& entry) { return entry.second.profile_type == profile_type; });
}

std::vector<const Order*> OrderStore::all() const {
  std::vector<const Order*> orders;
  for (const auto& [key, order] : orders_) orders.push_back(&order);
  return orders;
}

// --- Changing them ---

rsp::Result<std::string> OrderStore::insert(Order order) {
  auto refused = [](std::string path, std::string text, std::string hint) {
    return rsp::failure({.layer = Layer::kInput,
                         .path = std::move(path),
                         .text = std::move(text),
                         .hint = std::move(hint)});
  };
  if (order.is_open() && order.matching_id.empty() && !order.eid) {
    return refused("matchingId",
                   "an order needs a MatchingID or an EID, or no eUICC could ever ask for it",
                   "give one of them");
  }
  Names names = names_of(order);
  if (by_matching_id_.contains(names.matching_id))
    return refused("matchingId", fmt::format("there is an order '{}' already", order.matching_id),
                   "choose another MatchingID");
  if (by_default_eid_.contains(names.default_eid))
    return refused(
        "eid",
        fmt::format("there is an order for the default SM-DP+ of {} already", names.default_eid),
        "give one of them a MatchingID");
  std::string iccid = rsp::from_swapped_bcd(order.metadata.iccid);
  order.key = iccid;
  for (int n = 2; orders_.contains(order.key); ++n) order.key = fmt::format("{}#{}", iccid, n);
  if (order.history.empty()) order.remember(rsp::asn1::name_of(order.state));
  const Order& kept = orders_.emplace(order.key, std::move(order)).first->second;
  by_iccid_.emplace(kept.metadata.iccid, kept.key);
  index(kept, names);
  return kept.key;
}

void OrderStore::forget(const std::string& key) {
  const Order& order = orders_.at(key);
  index(order, {});
  indexed_.erase(key);
  auto [begin, end] = by_iccid_.equal_range(order.metadata.iccid);
  by_iccid_.erase(std::find_if(begin, end, [&](const auto& entry) { return entry.second == key; }));
  orders_.erase(key);
}

rsp::Status OrderStore::add(Order order) {
  std::vector<Order> one;
  one.push_back(std::move(order));
  auto added = add_all(std::move(one));
  if (!added) return rsp::failure(std::move(added).error().error);
  return {};
}

std::expected<std::vector<std::string>, AddFailure> OrderStore::add_all(std::vector<Order> orders) {
  std::vector<std::string> keys;
  auto add_each = [&]() -> rsp::Status {
    for (Order& order : orders) {
      RSP_TRY(std::string key, insert(std::move(order)));
      keys.push_back(std::move(key));
      RSP_CHECK(write(orders_.at(keys.back())));
    }
    return {};
  };
  rsp::Status added = file_ != nullptr ? file_->transaction(add_each) : add_each();
  if (added) return keys;
  // The one at fault is the first that has no key yet, or has just got it.
  std::size_t index =
      added.error().layer == Layer::kStorage && !keys.empty() ? keys.size() - 1 : keys.size();
  for (const std::string& key : keys) forget(key);
  return std::unexpected(AddFailure{index, std::move(added).error()});
}

rsp::Status OrderStore::save(const Order& order) {
  index(order, names_of(order));
  return write(order);
}

}  // namespace smdp
