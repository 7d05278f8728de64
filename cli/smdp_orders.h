// The orders that smdp serve begins with: profile packages, templates with CSV, and what the store
// has kept.
#pragma once

#include "cli/command.h"
#include "fake_smdp/event_store.h"
#include "fake_smdp/order_batch.h"

namespace cli {

struct OrderOptions {
  std::vector<std::filesystem::path> profiles, stock;
  std::optional<std::filesystem::path> profile_template, csv, stock_csv;
  std::string profile_type = "test", owner;
  std::vector<std::string> matching_ids, confirmation_codes, eids;
  std::string service_provider_name = "esimbench", profile_name = "Test profile";
  std::optional<std::filesystem::path> store;

  void add_to(CLI::App& app);
  /// Whether there is anything to begin with.
  bool any() const { return !profiles.empty() || !stock.empty() || csv || stock_csv || store; }
  /// Error: options that contradict each other.
  rsp::Status check() const;
};

/// What a server keeps, in the file of --store or in memory.
struct Stores {
  std::shared_ptr<const smdp::StoreFile> file;  // null: in memory
  smdp::OrderStore orders;
  smdp::EventStore events;
};

/// Opens the file, before anything else is begun. Error: as of smdp::StoreFile.
rsp::Result<Stores> open_stores(const OrderOptions& options);
/// Adds what the options name, unless a file has kept it from the last time. `address`: of the
/// SM-DP+. Error: with option, file and place in it; then nothing is to be served.
rsp::Status add_orders(const OrderOptions& options, const std::string& address,
                       smdp::OrderStore& orders, rsp::Random& random);

}  // namespace cli
