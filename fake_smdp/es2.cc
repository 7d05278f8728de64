#include "fake_smdp/es2.h"

#include <fmt/format.h>

#include "rsp/base/hex.h"

namespace smdp {
namespace {

using rsp::FunctionCall;

/// A member that is no number of its kind. Not specified; 2.1 is "invalid".
std::unexpected<rsp::StatusCode> invalid(std::string_view subject, const std::string& value,
                                         std::string_view what) {
  return status(subject, "2.1", fmt::format("'{}' is no {}", value, what), value);
}

Answer<std::optional<rsp::Eid>> parse_eid(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  auto eid = rsp::parse_eid(*text);
  if (!eid) return invalid("8.1.1", *text, "EID of 32 digits");
  return eid;
}

/// 18 to 20 digits, perhaps with the F of EF.ICCID behind them.
Answer<rsp::Iccid> parse_iccid(const std::string& text) {
  std::string digits = text.substr(0, text.find_last_not_of("Ff") + 1);
  auto swapped = rsp::to_swapped_bcd(digits, 10);
  if (!swapped || digits.size() < 18) return invalid("8.2.1", text, "ICCID of 18 to 20 digits");
  rsp::Iccid iccid{};
  std::ranges::copy(*swapped, iccid.begin());
  return iccid;
}

bool may_order(const Order& order, const FunctionCall& call) {
  return order.owner.empty() || order.owner == call.requester_identifier;
}

}  // namespace

std::string random_matching_id(rsp::Random& random) {
  constexpr std::string_view kAlphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  std::string id;
  for (std::uint8_t octet : random.octets<20>()) {
    if (id.size() % 6 == 5) id += '-';
    id += kAlphabet[octet % kAlphabet.size()];
  }
  return id;
}

std::optional<std::string> matching_id_problem(std::string_view matching_id) {
  constexpr std::size_t kLongest = 255;
  if (matching_id.size() > kLongest)
    return fmt::format("it has {} characters, and {} are the most", matching_id.size(), kLongest);
  auto other = matching_id.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
  if (other == matching_id.npos) return std::nullopt;
  return fmt::format("'{}' is no digit, capital letter or hyphen", matching_id[other]);
}

void withdraw_event(Order& order, EventRegistrar* smds) {
  if (!order.event_registered || smds == nullptr) return;
  auto deleted = smds->delete_event(
      order.smds_address, {rsp::to_hex(order.eid.value_or(rsp::Eid{})), order.matching_id});
  order.event_registered = false;
  order.remember(deleted ? "event deleted" : "event not deleted: " + to_string(deleted.error()));
}

// --- The functions, as callers see them ---

template <class T>
Answer<T> Es2::record(std::string_view function, const std::optional<std::string>& iccid,
                      Answer<T> answer) {
  JournalEntry& entry = journal_.current();
  entry.interface = "ES2+";
  entry.function = function;
  entry.outcome = answer ? "ok" : to_string(answer.error());
  if (auto number = iccid ? parse_iccid(*iccid) : Answer<rsp::Iccid>(status("", ""))) {
    if (const Order* order = orders_.find_by_iccid(*number)) entry.order = order->key;
  }
  journal_.end_direct();
  return answer;
}

Answer<rsp::DownloadOrderOk> Es2::download_order(const FunctionCall& call,
                                                 const rsp::DownloadOrderRequest& request) {
  auto answer = order_download(call, request);
  std::optional<std::string> iccid = answer ? answer->iccid : request.iccid;
  return record(request.kFunction, iccid, std::move(answer));
}
Answer<rsp::ConfirmOrderOk> Es2::confirm_order(const FunctionCall& call,
                                               const rsp::ConfirmOrderRequest& request) {
  return record(request.kFunction, request.iccid, confirm(call, request));
}
Answer<rsp::NoOutput> Es2::cancel_order(const FunctionCall& call,
                                        const rsp::CancelOrderRequest& request) {
  return record(request.kFunction, request.iccid, cancel(call, request));
}
Answer<rsp::NoOutput> Es2::release_profile(const FunctionCall& call,
                                           const rsp::ReleaseProfileRequest& request) {
  return record(request.kFunction, request.iccid, release_confirmed(call, request));
}

// --- What they do ---

Answer<rsp::NoOutput> Es2::save(const Order& order) {
  auto saved = orders_.save(order);
  // Not specified: a disk that is full. 4.2 is "execution error".
  if (!saved) return status("8.8.5", "4.2", saved.error().message());
  return rsp::NoOutput{};
}

Answer<Order*> Es2::find(const FunctionCall& call, const std::string& iccid) {
  auto number = parse_iccid(iccid);
  if (!number) return std::unexpected(number.error());
  Order* order = orders_.find_by_iccid(*number);
  if (order == nullptr) return status("8.2.1", "3.9", "", iccid);
  if (!may_order(*order, call))
    return status("8.2.1", "1.2", "the profile belongs to another operator", iccid);
  return order;
}

Answer<Order*> Es2::find_by_type(const FunctionCall& call, const std::string& profile_type) {
  if (!orders_.knows_type(profile_type)) return status("8.2.5", "3.9", "", profile_type);
  Order* order = orders_.find_available(profile_type);
  if (order == nullptr) return status("8.2.5", "3.7", "", profile_type);
  if (!may_order(*order, call))
    return status("8.2.5", "1.2", "profiles of this type belong to another operator", profile_type);
  return order;
}

Answer<rsp::DownloadOrderOk> Es2::order_download(const FunctionCall& call,
                                                 const rsp::DownloadOrderRequest& request) {
  auto eid = parse_eid(request.eid);
  if (!eid) return std::unexpected(eid.error());
  if (!request.iccid && !request.profile_type) return status("8.2.1", "2.2");
  auto found =
      request.iccid ? find(call, *request.iccid) : find_by_type(call, *request.profile_type);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (order.state != OrderState::kAvailable) {
    return status("8.2.1", "3.3", "the profile is " + rsp::asn1::name_of(order.state),
                  request.iccid.value_or(""));
  }
  if (request.profile_type && order.profile_type != *request.profile_type)
    return status("8.2.5", "3.8", "it is of type " + order.profile_type, *request.profile_type);
  order.eid = *eid;
  order.move_to(order.eid ? OrderState::kLinked : OrderState::kAllocated);
  if (auto saved = save(order); !saved) return std::unexpected(saved.error());
  return rsp::DownloadOrderOk{rsp::from_swapped_bcd(order.metadata.iccid)};
}

Answer<rsp::ConfirmOrderOk> Es2::confirm(const FunctionCall& call,
                                         const rsp::ConfirmOrderRequest& request) {
  auto eid = parse_eid(request.eid);
  if (!eid) return std::unexpected(eid.error());
  auto found = find(call, request.iccid);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (order.state != OrderState::kAllocated && order.state != OrderState::kLinked) {
    return status("8.2.1", "1.2", "the profile is " + rsp::asn1::name_of(order.state),
                  request.iccid);
  }
  if (*eid && order.eid && *eid != order.eid)
    return status("8.1.1", "3.10", "", rsp::to_hex(**eid));
  std::optional<rsp::Eid> linked = *eid ? *eid : order.eid;
  // The default SM-DP+ and an SM-DS know an order by its eUICC (5.3.2).
  bool by_eid = (request.matching_id && request.matching_id->empty()) || request.smds_address;
  if (by_eid && !linked) return status("8.1.1", "2.2");
  std::string matching_id =
      request.matching_id ? *request.matching_id : random_matching_id(random_);
  if (auto problem = matching_id_problem(matching_id))
    return status("8.2.6", "2.1", *problem, matching_id);
  bool taken = matching_id.empty() ? orders_.find_default(*linked) != nullptr
                                   : orders_.find(matching_id) != nullptr;
  if (taken) return status("8.2.6", "3.3", "", matching_id);
  // An event has to have a name.
  if (request.smds_address && matching_id.empty())
    return status("8.2.6", "2.2", "an event at an SM-DS needs a MatchingID");

  Order before = order;
  order.eid = linked;
  order.matching_id = std::move(matching_id);
  order.smds_address = request.smds_address.value_or("");
  if (request.confirmation_code)
    order.confirmation_code_hash = rsp::crypto::sha256(rsp::view_of(*request.confirmation_code));
  order.move_to(OrderState::kConfirmed);
  auto done = request.release_flag ? release(order) : save(order);
  if (!done) {
    order = std::move(before);
    (void)orders_.save(order);
    return std::unexpected(done.error());
  }
  rsp::ConfirmOrderOk ok{std::nullopt, order.matching_id, address_};
  if (order.eid) ok.eid = rsp::to_hex(*order.eid);
  return ok;
}

Answer<rsp::NoOutput> Es2::release(Order& order) {
  if (!order.smds_address.empty()) {
    if (smds_ == nullptr)
      return status("8.9", "5.1", "this SM-DP+ reaches no SM-DS", order.smds_address);
    rsp::RegisterEventRequest event{rsp::to_hex(*order.eid), address_, order.matching_id, true};
    auto registered = smds_->register_event(order.smds_address, event);
    // No other order has this MatchingID, so the event is one of ours from before the server was
    // killed: it was registered, and the order not yet stored.
    if (!registered && registered.error() == rsp::StatusCode{"8.9.5", "3.3"} &&
        smds_->delete_event(order.smds_address, {event.eid, event.event_id}))
      registered = smds_->register_event(order.smds_address, event);
    if (!registered) return std::unexpected(registered.error());
    order.event_registered = true;
  }
  order.move_to(OrderState::kReleased);
  return save(order);
}

Answer<rsp::NoOutput> Es2::cancel(const FunctionCall& call,
                                  const rsp::CancelOrderRequest& request) {
  auto eid = parse_eid(request.eid);
  if (!eid) return std::unexpected(eid.error());
  auto found = find(call, request.iccid);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (!order.is_order() || order.state == OrderState::kInstalled) {
    return status("8.2.1", "1.2", "the profile is " + rsp::asn1::name_of(order.state),
                  request.iccid);
  }
  if (order.eid && !*eid) return status("8.1.1", "2.2");
  if (*eid && order.eid != *eid) return status("8.1.1", "3.10", "", rsp::to_hex(**eid));
  if (request.matching_id && *request.matching_id != order.matching_id)
    return status("8.2.6", "3.10", "", *request.matching_id);

  withdraw_event(order, smds_);
  bool again = request.final_profile_status_indicator == rsp::FinalProfileStatus::kAvailable;
  order.move_to(again ? OrderState::kAvailable : OrderState::kUnavailable);
  if (again) {
    order.eid.reset();
    order.matching_id.clear();
    order.confirmation_code_hash.reset();
    order.wrong_confirmation_codes = order.download_attempts = 0;
    order.smds_address.clear();
    order.binding.reset();
  }
  return save(order);
}

Answer<rsp::NoOutput> Es2::release_confirmed(const FunctionCall& call,
                                             const rsp::ReleaseProfileRequest& request) {
  auto found = find(call, request.iccid);
  if (!found) return std::unexpected(found.error());
  Order& order = **found;
  if (order.state != OrderState::kConfirmed) {
    return status("8.2.1", "3.5", "the profile is " + rsp::asn1::name_of(order.state),
                  request.iccid);
  }
  Order before = order;
  auto done = release(order);
  if (!done) order = std::move(before);
  return done;
}

}  // namespace smdp
