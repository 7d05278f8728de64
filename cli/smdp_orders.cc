#include "cli/smdp_orders.h"

#include <fmt/format.h>

#include "cli/in_file.h"
#include "fake_smdp/smdp.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

std::unexpected<rsp::Error> usage(std::string option, std::string text, std::string hint = "") {
  return rsp::failure({.layer = rsp::Layer::kInput,
                       .path = std::move(option),
                       .text = std::move(text),
                       .hint = std::move(hint)});
}

/// The n-th of an option that may be given once an order; "-" is none.
std::string nth(const std::vector<std::string>& values, std::size_t n) {
  return n < values.size() && values[n] != "-" ? values[n] : "";
}

/// An error in one of the options, out of the name of the value.
rsp::Error of_option(rsp::Error error) {
  if (error.path == "matchingId") error.path = "--matching-id";
  if (error.path == "eid") error.path = "--eid";
  return error;
}

/// Reads everything before anything is added, so that a store never gets half of a command line.
class OrderLoader {
 public:
  OrderLoader(const OrderOptions& options, const std::string& address, smdp::OrderStore& orders,
              rsp::Random& random)
      : options_(options),
        common_{address, options.service_provider_name, options.profile_name, options.profile_type,
                options.owner},
        orders_(orders),
        random_(random) {}

  rsp::Status run() {
    for (std::size_t n = 0; n < options_.profiles.size(); ++n) {
      RSP_TRY(smdp::Order order, order_from(n));
      // The same command line again, with the orders of the last time in the store: those go on as
      // they were.
      if (options_.store && orders_.find(order.matching_id) != nullptr) continue;
      take(std::move(order), {});
    }
    for (const auto& file : options_.stock) {
      RSP_TRY(smdp::Order profile, profile_from(file));
      if (!is_kept(profile)) take(std::move(profile), {file});
    }
    RSP_CHECK(read_template());
    if (options_.csv)
      RSP_CHECK(read_batch(*options_.csv, [&](std::string_view text) {
        return smdp::read_orders(text, template_, common_, random_);
      }));
    if (options_.stock_csv)
      RSP_CHECK(read_batch(*options_.stock_csv, [&](std::string_view text) {
        return smdp::read_stock(text, template_, common_);
      }));
    auto added = orders_.add_all(std::move(new_));
    if (added) return {};
    auto [index, error] = std::move(added).error();
    if (error.layer != rsp::Layer::kInput) return rsp::failure(std::move(error));
    const Origin& origin = origins_.at(index);
    if (origin.file.empty()) return rsp::failure(of_option(std::move(error)));
    if (origin.line != 0) error.path = rsp::saip::place_in_csv(origin.line, error.path);
    return rsp::failure(in_file(std::move(error), origin.file));
  }

 private:
  struct Origin {
    std::filesystem::path file;  // empty: the options say it
    std::size_t line = 0;
  };
  void take(smdp::Order order, Origin origin) {
    new_.push_back(std::move(order));
    origins_.push_back(std::move(origin));
  }
  /// Whether the store has had the profile since the last time.
  bool is_kept(const smdp::Order& order) const {
    return options_.store && orders_.find_by_iccid(order.metadata.iccid) != nullptr;
  }

  rsp::Status read_template() {
    if (!options_.profile_template) return {};
    RSP_TRY(rsp::Bytes octets, read_file(*options_.profile_template));
    auto package = rsp::saip::decode_package(octets);
    if (!package)
      return rsp::failure(in_file(std::move(package).error(), *options_.profile_template));
    template_ = *std::move(package);
    return {};
  }

  rsp::Result<smdp::Order> profile_from(const std::filesystem::path& file) const {
    RSP_TRY(rsp::Bytes package, read_file(file));
    auto profile = smdp::profile_in_stock(std::move(package), common_);
    if (!profile) return rsp::failure(in_file(std::move(profile).error(), file));
    return profile;
  }

  rsp::Result<smdp::Order> order_from(std::size_t n) const {
    RSP_TRY(smdp::Order order, profile_from(options_.profiles[n]));
    order.state = smdp::OrderState::kReleased;
    if (std::string eid = nth(options_.eids, n); !eid.empty()) {
      auto parsed = smdp::parse_eid(eid);
      if (!parsed) return rsp::failure(of_option(std::move(parsed).error()));
      order.eid = *parsed;
    }
    bool named = n < options_.matching_ids.size();
    std::string wanted = named ? options_.matching_ids[n] : "";
    // An empty one is as good as none here, as it is a word of the command line.
    if (named && wanted.empty()) wanted = "-";
    auto matching_id = smdp::matching_id_from(wanted, order.eid.has_value(), random_);
    if (!matching_id) return rsp::failure(of_option(std::move(matching_id).error()));
    order.matching_id = *std::move(matching_id);
    if (std::string code = nth(options_.confirmation_codes, n); !code.empty())
      order.confirmation_code_hash = smdp::hash_confirmation_code(code);
    return order;
  }

  rsp::Status read_batch(const std::filesystem::path& file, const auto& read) {
    RSP_TRY(rsp::Bytes text, read_file(file));
    auto batch = read(rsp::text_of(text));
    if (!batch) return rsp::failure(in_file(std::move(batch).error(), file));
    for (const std::string& warning : batch->warnings)
      say(fmt::format("{}, {}", file.string(), warning));
    for (std::size_t i = 0; i < batch->orders.size(); ++i) {
      if (!is_kept(batch->orders[i])) take(std::move(batch->orders[i]), {file, batch->lines[i]});
    }
    return {};
  }

  const OrderOptions& options_;
  smdp::NewOrders common_;
  smdp::OrderStore& orders_;
  rsp::Random& random_;
  std::optional<rsp::saip::ProfilePackage> template_;
  std::vector<smdp::Order> new_;
  std::vector<Origin> origins_;
};

}  // namespace

void OrderOptions::add_to(CLI::App& app) {
  app.add_option("--profile", profiles, "profile package (DER); each is an order");
  app.add_option("--matching-id", matching_ids,
                 "MatchingID of each order (default: random); - for none");
  app.add_option("--confirmation-code", confirmation_codes,
                 "confirmation code of each order; - for none");
  app.add_option("--eid", eids, "EID that each order is linked to; - for none");
  app.add_option("--csv", csv,
                 "file with an order a line: the columns of profile make --csv, and matchingId (- "
                 "for none), confirmationCode, eid");
  app.add_option("--stock", stock, "profile package that waits for an order over ES2+");
  app.add_option("--stock-csv", stock_csv, "file with a profile in stock a line");
  app.add_option("--template", profile_template,
                 "profile package (DER) that the lines' values are put into (default: a made one)");
  app.add_option("--spn", service_provider_name, "service provider name in the metadata")
      ->capture_default_str();
  app.add_option("--name", profile_name, "profile name in the metadata")->capture_default_str();
  app.add_option("--profile-type", profile_type, "profileType of the profiles (ES2+)")
      ->capture_default_str();
  app.add_option("--owner", owner,
                 "functionRequesterIdentifier of who alone may order them (default: anybody)");
  app.add_option("--store", store, "file that keeps orders, and the events of an SM-DS");
}

rsp::Status OrderOptions::check() const {
  for (auto [option, count] : {std::pair{"--matching-id", matching_ids.size()},
                               {"--confirmation-code", confirmation_codes.size()},
                               {"--eid", eids.size()}}) {
    if (count > profiles.size()) {
      return usage(option,
                   fmt::format("it is given {} times, --profile {} times", count, profiles.size()),
                   "each --profile is an order; use - where one order has none");
    }
  }
  if (profile_template && !csv && !stock_csv)
    return usage("--template", "there is nothing to put into the template",
                 "name the values with --csv or --stock-csv; --profile takes a package as it is");
  return {};
}

rsp::Result<Stores> open_stores(const OrderOptions& options) {
  Stores stores;
  if (!options.store) return stores;
  RSP_TRY(stores.file, smdp::StoreFile::open(*options.store));
  RSP_TRY(stores.orders, smdp::OrderStore::open(stores.file));
  RSP_TRY(stores.events, smdp::EventStore::open(stores.file));
  return stores;
}

rsp::Status add_orders(const OrderOptions& options, const std::string& address,
                       smdp::OrderStore& orders, rsp::Random& random) {
  return OrderLoader(options, address, orders, random).run();
}

}  // namespace cli
