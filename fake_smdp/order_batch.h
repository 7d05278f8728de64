// New orders: out of a package, or many out of a template and a file with a line each.
#pragma once

#include "fake_smdp/order_store.h"
#include "rsp/base/random.h"
#include "rsp/saip/personalise.h"

namespace smdp {

/// What new orders have in common.
struct NewOrders {
  std::string address;  // of the SM-DP+, which their profiles notify
  std::string service_provider_name, profile_name;
  std::string profile_type, owner;
};

/// A profile in stock, out of its package. Error: as of metadata_for().
rsp::Result<Order> profile_in_stock(rsp::Bytes package, const NewOrders& common);

/// 32 digits. Error: Layer::kInput with "eid" as path.
rsp::Result<rsp::Eid> parse_eid(std::string_view digits);

/// An order's MatchingID as people give it: empty for a random one, "-" for none. Error:
/// Layer::kInput with "matchingId" as path; also for none without an EID.
rsp::Result<std::string> matching_id_from(std::string_view text, bool has_eid, rsp::Random& random);

/// Columns of a batch beside those of rsp::saip::parse_profile_csv().
inline constexpr std::string_view kOrderColumns[] = {"matchingId", "confirmationCode", "eid"};

/// Orders out of a batch.
struct OrderBatch {
  std::vector<Order> orders;
  std::vector<std::size_t> lines;     // where each comes from
  std::vector<std::string> warnings;  // of rsp::saip::ProfileBatch
};

/// Reads CSV with the columns of rsp::saip::parse_profile_csv() and kOrderColumns: a row is a
/// released order for the template with the row's values in it, or a profile in stock. Without a
/// template a made profile is it. Error: Layer::kInput with rsp::saip::place_in_csv() as path.
rsp::Result<OrderBatch> read_orders(
    std::string_view csv, const std::optional<rsp::saip::ProfilePackage>& profile_template,
    const NewOrders& common, rsp::Random& random);
rsp::Result<OrderBatch> read_stock(std::string_view csv,
                                   const std::optional<rsp::saip::ProfilePackage>& profile_template,
                                   const NewOrders& common);

/// Adds all, or none where one cannot be added. Their keys. Error: as of OrderStore::add(), with
/// the place in the CSV.
rsp::Result<std::vector<std::string>> add_batch(OrderStore& store, OrderBatch batch);

}  // namespace smdp
