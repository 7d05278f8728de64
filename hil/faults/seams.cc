#include "hil/faults/seams.h"

#include <fmt/format.h>

#include "hil/trace/decode.h"
#include "rsp/json/es9_json.h"

namespace hil {
namespace {

using rsp::Bytes;
using rsp::BytesView;

// --- The server's requests and answers ---

std::string function_of_target(std::string_view target) {
  if (!target.starts_with(rsp::kEs9PathPrefix)) return {};
  return std::string(target.substr(rsp::kEs9PathPrefix.size()));
}

void edit_body(FaultPlan& plan, const std::string& function, MessagePart part, std::string& body) {
  std::string name = es9_function_name(function);
  const MessageType* type = find_message(name, part);
  if (type == nullptr) return;
  Bytes octets = rsp::to_bytes(rsp::view_of(body));
  MessagePlace place{name, part, *type, octets};
  plan.apply<MessageHook>(place);
  body = rsp::text_of(octets);
}

// --- Structures before they are signed ---

void edit_signed(FaultPlan& plan, std::string_view what, Bytes& octets) {
  if (!plan.any<SigningHook>()) return;
  const MessageType* type = find_signed(what);
  if (type == nullptr) return;
  MessagePlace place{std::string(what), MessagePart::kResponse, *type, octets};
  plan.apply<SigningHook>(place);
}

void replace_key(FaultPlan& plan, std::string_view what, const rsp::crypto::PrivateKey*& key) {
  if (!plan.any<CryptoHook>()) return;
  CryptoPlace place{.name = std::string(what), .key = &key, .honest = {}, .protected_tlv = {}};
  plan.apply<CryptoHook>(place);
}

constexpr std::string_view kLoadFunction = "ES10b.LoadBoundProfilePackage";

/// The function of a command to the ISD-R; segments of a BPP belong to the one that loads it.
std::string card_function(BytesView command) {
  std::string_view name = es10_function(command);
  return std::string(name.empty() ? kLoadFunction : name);
}

}  // namespace

rsp::http::Handler with_faults(FaultPlan& plan, rsp::http::Handler next) {
  auto previous = std::make_shared<std::map<std::string, rsp::http::Response>>();
  return [&plan, next = std::move(next), previous](const rsp::http::Request& request) {
    Exchange exchange{function_of_target(request.target), request, next, std::nullopt};
    if (auto found = previous->find(exchange.function); found != previous->end())
      exchange.previous = &found->second;
    if (plan.any<MessageHook>())
      edit_body(plan, exchange.function, MessagePart::kRequest, exchange.request.body);
    plan.apply<TransportHook>(exchange);
    plan.apply<HeaderHook>(exchange);
    plan.apply<HttpHook>(exchange);
    rsp::http::Response& response = exchange.answer();
    using rsp::http::Delivery;
    bool whole = response.delivery == Delivery::kWhole || response.delivery == Delivery::kSlow;
    if (plan.any<MessageHook>() && whole)
      edit_body(plan, exchange.function, MessagePart::kResponse, response.body);
    // Only a fault of this hook asks for it, and packages are large.
    if (plan.any<HttpHook>() && whole && !exchange.function.empty())
      previous->insert_or_assign(exchange.function, response);
    return std::move(response);
  };
}

std::function<rsp::http::Admission(std::uint64_t)> admission(FaultPlan& plan, bool has_tls) {
  return [&plan, has_tls](std::uint64_t number) {
    Connection connection{.number = number, .has_tls = has_tls, .admission = {}};
    plan.apply<ConnectionHook>(connection);
    return std::move(connection.admission);
  };
}

void ServerSeam::about_to_sign(std::string_view what, Bytes& octets,
                               const rsp::crypto::PrivateKey*& key) {
  edit_signed(plan_, what, octets);
  replace_key(plan_, what, key);
}

void ServerSeam::about_to_derive(Bytes& host_id) {
  if (!plan_.any<CryptoHook>()) return;
  CryptoPlace place{
      .name = std::string(kSessionKeys), .host_id = &host_id, .honest = {}, .protected_tlv = {}};
  plan_.apply<CryptoHook>(place);
}

void ServerSeam::about_to_protect(std::string_view message, Bytes& plaintext) {
  edit_signed(plan_, message, plaintext);
}

Bytes ServerSeam::protect(const smdp::BppPart& part, rsp::crypto::Bsp& keys,
                          const std::function<Bytes(const smdp::BppPart&)>& honest) {
  if (!plan_.any<CryptoHook>()) return honest(part);
  CryptoPlace place{.name = std::string(part.message),
                    .segment = part.index + 1,
                    .part = &part,
                    .bsp = &keys,
                    .honest = honest,
                    .protected_tlv = {}};
  plan_.apply<CryptoHook>(place);
  return place.protected_tlv.empty() ? honest(part) : std::move(place.protected_tlv);
}

void ServerSeam::bound(rsp::BoundProfilePackage& package) {
  BppPlace place{package};
  plan_.apply<BppHook>(place);
}

void CardSeam::about_to_sign(std::string_view what, Bytes& octets,
                             const rsp::crypto::PrivateKey*& key) {
  edit_signed(plan_, what, octets);
  replace_key(plan_, what, key);
}

void CardSeam::command(Bytes& command) {
  if (!plan_.any<MessageHook>()) return;
  std::string name = card_function(command);
  const MessageType* type = find_message(name, MessagePart::kRequest);
  if (type == nullptr) return;
  Bytes before = command;
  MessagePlace place{name, MessagePart::kRequest, *type, command};
  plan_.apply<MessageHook>(place);
  if (command.empty()) command = std::move(before);
}

void CardSeam::answer(BytesView command, Bytes& data, rsp::card::StatusWord&) {
  if (!plan_.any<MessageHook>() || data.empty()) return;
  std::string name = card_function(command);
  const MessageType* type = find_message(name, MessagePart::kResponse);
  if (type == nullptr) return;
  MessagePlace place{name, MessagePart::kResponse, *type, data};
  plan_.apply<MessageHook>(place);
}

// --- The card's memory
// --------------------------------------------------------------------------------------------

rsp::Status FaultyStorage::commit(std::span<const sim::StorageWrite> writes) {
  StorageCommit commit{.number = ++number_, .records = {}};
  for (const sim::StorageWrite& write : writes) commit.records.push_back(write.key);
  plan_.apply<StorageHook>(commit);
  auto failed = [](std::string text) {
    return rsp::failure({.layer = rsp::Layer::kStorage, .text = std::move(text)});
  };
  using Fate = StorageCommit::Fate;
  if (commit.fate == Fate::kFailed) return failed("the write failed");
  if (commit.fate == Fate::kPowerLostBefore) {
    power_.on = false;
    return failed("the card lost its power before the write");
  }
  RSP_CHECK(honest_.commit(writes));
  if (commit.fate == Fate::kPowerLostAfter) power_.on = false;
  if (trace_ != nullptr) {
    trace_->event({rsp::TraceKind::kCommit,
                   rsp::Party::kEuicc,
                   rsp::Party::kEuicc,
                   fmt::format("write {}", number_),
                   fmt::format("{}", fmt::join(commit.records, ", ")),
                   {}});
  }
  return {};
}

// --- The card
// -----------------------------------------------------------------------------------------------------

Bytes FaultyCard::reset() {
  power_.on = true;
  tags_ = {};
  return honest_.reset();
}

void FaultyCard::power_off() {
  if (power_.on) tell("power off");
  power_.on = false;
}

Bytes FaultyCard::transmit(BytesView octets) {
  if (!power_.on) return {};
  ApduExchange apdu{.number = ++number_,
                    .command = {},
                    .tag = {},
                    .next = [&] { return honest_.transmit(octets); },
                    .response = {}};
  if (plan_.any<ApduHook>()) {
    if (auto command = rsp::card::CommandApdu::parse(octets)) apdu.command = *std::move(command);
    apdu.tag = tag_of(apdu.command);
    plan_.apply<ApduHook>(apdu);
    if (apdu.delay.count() > 0 && waited_) waited_(apdu.delay);
    if (!waited_) delay_ += apdu.delay;
    if (apdu.power_lost) power_off();
  }
  if (!power_.on) return {};
  Bytes response = std::move(apdu.answer());
  if (power_.on) return response;
  tell("power lost");
  return {};
}

std::chrono::nanoseconds FaultyCard::take_delay() {
  return std::exchange(delay_, std::chrono::nanoseconds(0)) + honest_.take_delay();
}

/// The leading tag of the command whose blocks come on a channel; it stands in the first block.
Bytes FaultyCard::tag_of(const rsp::card::CommandApdu& command) {
  if (command.ins != rsp::card::kStoreDataIns) return {};
  Bytes& tag = tags_[std::min(rsp::card::channel_of(command.cla), rsp::card::kMaxChannel)];
  if (command.p2 == 0 && !command.data.empty()) {
    bool two = (command.data[0] & 0x1F) == 0x1F && command.data.size() > 1;
    tag.assign(command.data.begin(), command.data.begin() + (two ? 2 : 1));
  }
  return tag;
}

void FaultyCard::tell(std::string name) {
  if (trace_ == nullptr) return;
  trace_->event(
      {rsp::TraceKind::kPower, rsp::Party::kEuicc, rsp::Party::kEuicc, std::move(name), "", {}});
}

}  // namespace hil
