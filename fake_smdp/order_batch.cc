#include "fake_smdp/order_batch.h"

#include <fmt/format.h>

#include "fake_smdp/es2.h"
#include "fake_smdp/smdp.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/milenage.h"
#include "rsp/saip/profile_maker.h"

namespace smdp {
namespace {

namespace saip = rsp::saip;

std::unexpected<rsp::Error> refused(std::string path, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(path),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// The template that is taken where there is none: it has a place for whatever a row may say.
rsp::Result<saip::ProfilePackage> made_template(const saip::ProfileBatch& batch) {
  saip::ProfileParameters parameters;
  if (batch.has_msisdn()) parameters.msisdn.emplace("0");
  return saip::make_package(parameters);
}

/// Profiles in stock, each with its row.
rsp::Result<std::pair<OrderBatch, saip::ProfileBatch>> read_profiles(
    std::string_view csv, const std::optional<saip::ProfilePackage>& profile_template,
    const NewOrders& common, std::span<const std::string_view> further) {
  RSP_TRY(auto rows, saip::parse_profile_csv(csv, rsp::crypto::milenage_opc, further));
  saip::ProfilePackage made;
  if (!profile_template) {
    RSP_TRY(made, made_template(rows));
  }
  RSP_TRY(auto packages, saip::personalise(profile_template ? *profile_template : made, rows));
  OrderBatch batch{.warnings = rows.warnings};
  for (std::size_t i = 0; i < packages.size(); ++i) {
    RSP_TRY(Order order, profile_in_stock(saip::encode_package(packages[i]), common));
    batch.orders.push_back(std::move(order));
    batch.lines.push_back(rows.rows[i].line);
  }
  return std::pair{std::move(batch), std::move(rows)};
}

/// Makes an order of a profile in stock, by what its row says.
rsp::Status release(Order& order, const saip::ProfileRow& row, rsp::Random& random) {
  auto further = [&](std::string_view name) {
    auto found = row.further.find(name);
    return found == row.further.end() ? std::string() : found->second;
  };
  if (std::string eid = further("eid"); !eid.empty()) {
    RSP_TRY(order.eid, parse_eid(eid));
  }
  RSP_TRY(order.matching_id,
          matching_id_from(further("matchingId"), order.eid.has_value(), random));
  if (std::string code = further("confirmationCode"); !code.empty())
    order.confirmation_code_hash = hash_confirmation_code(code);
  order.state = OrderState::kReleased;
  return {};
}

}  // namespace

rsp::Result<Order> profile_in_stock(rsp::Bytes package, const NewOrders& common) {
  Order order;
  RSP_TRY(order.metadata,
          metadata_for(package, common.service_provider_name, common.profile_name, common.address));
  order.state = OrderState::kAvailable;
  order.profile_package = std::make_shared<const rsp::Bytes>(std::move(package));
  order.profile_type = common.profile_type;
  order.owner = common.owner;
  return order;
}

rsp::Result<rsp::Eid> parse_eid(std::string_view digits) {
  auto eid = rsp::parse_eid(digits);
  if (!eid) return refused("eid", fmt::format("'{}' is no EID of 32 digits", digits));
  return *eid;
}

rsp::Result<std::string> matching_id_from(std::string_view text, bool has_eid,
                                          rsp::Random& random) {
  if (text.empty()) return random_matching_id(random);
  if (text == "-") {
    if (has_eid) return std::string();
    return refused("matchingId", "an order without MatchingID needs an EID",
                   "the default SM-DP+ of an eUICC knows its orders by the EID");
  }
  if (auto problem = matching_id_problem(text))
    return refused("matchingId", fmt::format("'{}' is no MatchingID: {}", text, *problem),
                   "digits, capital letters and hyphens, at most 255 (SGP.22 4.1.1)");
  return std::string(text);
}

rsp::Result<OrderBatch> read_orders(std::string_view csv,
                                    const std::optional<saip::ProfilePackage>& profile_template,
                                    const NewOrders& common, rsp::Random& random) {
  RSP_TRY(auto read, read_profiles(csv, profile_template, common, kOrderColumns));
  auto& [batch, rows] = read;
  for (std::size_t i = 0; i < batch.orders.size(); ++i) {
    auto released = release(batch.orders[i], rows.rows[i], random);
    if (released) continue;
    rsp::Error error = std::move(released).error();
    error.path = saip::place_in_csv(batch.lines[i], error.path);
    return rsp::failure(std::move(error));
  }
  return std::move(batch);
}

rsp::Result<OrderBatch> read_stock(std::string_view csv,
                                   const std::optional<saip::ProfilePackage>& profile_template,
                                   const NewOrders& common) {
  RSP_TRY(auto read, read_profiles(csv, profile_template, common, {}));
  return std::move(read.first);
}

rsp::Result<std::vector<std::string>> add_batch(OrderStore& store, OrderBatch batch) {
  auto added = store.add_all(std::move(batch.orders));
  if (added) return *std::move(added);
  auto [index, error] = std::move(added).error();
  if (error.layer == rsp::Layer::kInput)
    error.path = saip::place_in_csv(batch.lines.at(index), error.path);
  return rsp::failure(std::move(error));
}

}  // namespace smdp
