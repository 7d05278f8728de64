// Download orders: which profile, for whom, and how far it has come (SGP.22 v2, 3.1.1 and 3.1.6).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rsp/base/clock.h"
#include "rsp/crypto/digest.h"
#include "rsp/messages/es9.h"

namespace smdp {

/// The states of a profile at an SM-DP+ (SGP.22 3.1.6, figure 7).
enum class OrderState {
  kAvailable = 0,
  kAllocated = 1,
  kLinked = 2,
  kConfirmed = 3,
  kReleased = 4,
  kDownloaded = 5,
  kInstalled = 6,
  kError = 7,
  kUnavailable = 8
};
constexpr auto enum_names(OrderState) {
  using enum OrderState;
  return rsp::asn1::named<OrderState>({{kAvailable, "available"},
                                       {kAllocated, "allocated"},
                                       {kLinked, "linked"},
                                       {kConfirmed, "confirmed"},
                                       {kReleased, "released"},
                                       {kDownloaded, "downloaded"},
                                       {kInstalled, "installed"},
                                       {kError, "error"},
                                       {kUnavailable, "unavailable"}});
}

/// The last download of an order: what is needed to bind its package again, and to believe its
/// reports.
struct Binding {
  rsp::TransactionId transaction_id;
  rsp::Bytes euicc_certificate, euicc_otpk;
  /// The package as it was bound, for a retry with the same otPK. Not kept over a restart of the
  /// server.
  std::shared_ptr<const rsp::BoundProfilePackage> package;
};

/// A profile at the SM-DP+ and, from Allocated on, the order for it.
struct Order {
  std::string key;          // given by the store: the digits of the ICCID, with "#2" where taken
  std::string matching_id;  // empty: for the default SM-DP+ of the eUICC with `eid`, or none yet
  std::optional<rsp::Eid> eid;  // linked by the order, or by the first download
  OrderState state = OrderState::kReleased;
  std::optional<rsp::crypto::Digest> confirmation_code_hash;  // SHA-256 of the code's characters
  std::uint32_t wrong_confirmation_codes = 0;
  std::uint32_t download_attempts = 0;
  std::optional<rsp::Clock::TimePoint> expires;
  rsp::StoreMetadataRequest metadata;
  std::shared_ptr<const rsp::Bytes> profile_package;
  std::string profile_type;  // what ES2+.DownloadOrder may ask for instead of an ICCID
  std::string owner;         // who alone may order it over ES2+; empty: anybody
  std::string smds_address;  // where the eUICC finds the event; empty: it needs none
  bool event_registered = false;
  std::optional<Binding> binding;
  /// States and reports in the order in which they came: "released", "downloaded", "installed",
  /// "enable". The latest, where there are more than a person would read.
  std::vector<std::string> history;
  static constexpr std::size_t kMaxHistory = 1000;

  /// Whether an eUICC may come for it.
  bool is_open() const {
    return state == OrderState::kReleased || state == OrderState::kDownloaded;
  }
  /// Whether it is an order, and not only a profile in stock.
  bool is_order() const {
    return state != OrderState::kAvailable && state != OrderState::kUnavailable;
  }
  void move_to(OrderState next) {
    if (state == next && !history.empty()) return;
    state = next;
    remember(rsp::asn1::name_of(next));
    if (binding && !is_open()) binding->package.reset();  // nobody comes for it any more
  }
  void remember(std::string what) {
    if (history.size() >= kMaxHistory) history.erase(history.begin());
    history.push_back(std::move(what));
  }
};

}  // namespace smdp
