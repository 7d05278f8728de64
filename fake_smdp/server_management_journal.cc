// Journal, sessions and metrics of the management listener.
#include <fmt/format.h>

#include "fake_smdp/server_management_call.h"
#include "rsp/base/hex.h"

namespace smdp::management {
namespace {

constexpr std::uint64_t kDefaultLimit = 100, kMaxLimit = 1000;

bool is_utf8(std::string_view text) {
  // A string of nlohmann/json is checked when it is written.
  try {
    (void)Json(text).dump();
    return true;
  } catch (const Json::exception&) {
    return false;
  }
}

/// A body as a text, or in hexadecimal where it is none, such as those of the ASN.1 binding.
void put_body(Json& out, const std::string& name, const std::string& body) {
  bool text = is_utf8(body);
  out[text ? name + "Body" : name + "Octets"] = text ? body : rsp::to_hex(rsp::view_of(body));
}

enum class Bodies { kDecoded, kWhole };

Json describe(const ManagementConfig& config, const JournalEntry& entry, Bodies bodies) {
  Json out{{"number", entry.number},       {"at", time_text(entry.at)},
           {"interface", entry.interface}, {"function", function_of(entry)},
           {"outcome", entry.outcome},     {"tookMicroseconds", entry.took.count()}};
  if (!entry.transaction_id.empty()) out["session"] = rsp::to_hex(entry.transaction_id);
  if (!entry.order.empty()) out["order"] = entry.order;
  if (!entry.target.empty()) {
    out["target"] = entry.target;
    out["status"] = entry.status;
    out["requestSize"] = entry.request.size();
    out["responseSize"] = entry.response.size();
  }
  if (!entry.to.empty()) out["to"] = entry.to;
  if (entry.notification_point) out["notificationPointId"] = *entry.notification_point;
  if (!entry.faults.empty()) out["faults"] = entry.faults;
  if (!entry.spoilt.empty()) out["spoilt"] = entry.spoilt;
  if (entry.bodies_dropped) {
    out["bodiesDropped"] = true;
    return out;
  }
  if (config.decode) {
    Json decoded = config.decode(entry);
    for (const char* name : {"request", "response"}) {
      if (decoded.contains(name)) out[name] = std::move(decoded[name]);
    }
  }
  if (bodies == Bodies::kWhole) {
    put_body(out, "request", entry.request);
    put_body(out, "response", entry.response);
  }
  return out;
}

bool is_function(const JournalEntry& entry, std::string_view wanted) {
  std::string_view function = function_of(entry);
  auto dot = wanted.find('.');
  // "ES9+.authenticateClient"; a browser may write the plus sign as a blank.
  bool with_interface = wanted.starts_with("ES") && dot != wanted.npos;
  if (!with_interface) return function == wanted;
  std::string interface(wanted.substr(0, dot));
  if (interface.ends_with(' ')) interface.back() = '+';
  return function == wanted.substr(dot + 1) && entry.interface == interface;
}

std::expected<rsp::Bytes, Refusal> session_in(const Call& call) {
  auto id = rsp::from_hex(call.parameter("session"));
  if (!id) return refuse(400, "session", "is no transactionId in hexadecimal");
  return *std::move(id);
}

// --- Sessions ---

/// One session, out of the calls that belong to it.
class SessionSummary {
 public:
  void add(const JournalEntry& entry) {
    if (calls_.empty()) {
      begun_ = entry.at;
      id_ = entry.transaction_id;
    }
    last_ = entry.at;
    if (!entry.order.empty()) order_ = entry.order;
    calls_.push_back(entry.number);
    // What the operator makes of it is nothing to the download.
    if (!entry.to.empty()) return;
    if (!entry.interface.empty()) interface_ = entry.interface;
    bool good = entry.outcome == "ok" || entry.outcome == "install";
    if (entry.outcome == "install")
      state_ = "installed";
    else if (entry.function == "cancelSession" && good)
      state_ = "cancelled";
    else if (!good || !entry.spoilt.empty())
      state_ = "failed";
    outcome_ = entry.outcome;
  }
  Json describe(const ManagementConfig& config) const {
    bool open =
        std::ranges::any_of(config.smdps, [&](const Smdp* smdp) { return smdp->has_session(id_); });
    Json out{{"id", rsp::to_hex(id_)},
             {"interface", interface_},
             {"open", open},
             {"state", state_.empty() ? (open ? "running" : "ended") : state_},
             {"begun", time_text(begun_)},
             {"last", time_text(last_)},
             {"outcome", outcome_},
             {"calls", calls_}};
    if (!order_.empty()) {
      out["order"] = order_;
      const Order* order = config.orders.find_by_key(order_);
      if (order != nullptr && order->eid) out["eid"] = rsp::to_hex(*order->eid);
    }
    return out;
  }
  const std::string& order() const { return order_; }
  std::uint64_t first_call() const { return calls_.front(); }

 private:
  rsp::Bytes id_;
  std::string interface_, order_, state_, outcome_;
  rsp::Clock::TimePoint begun_, last_;
  std::vector<std::uint64_t> calls_;
};

// --- Metrics ---

/// Text of Prometheus, format 0.0.4.
class Metrics {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }
  void sample(std::initializer_list<std::pair<std::string_view, std::string_view>> labels,
              auto value) {
    std::string list;
    for (const auto& [label, text] : labels)
      list += fmt::format("{}{}=\"{}\"", list.empty() ? "" : ",", label, escaped(text));
    text_ += name_;
    if (!list.empty()) text_ += "{" + list + "}";
    text_ += fmt::format(" {}\n", value);
  }
  void value(std::string_view name, std::string_view type, std::string_view help, auto number) {
    family(name, type, help);
    sample({}, number);
  }
  std::string text() { return std::move(text_); }

 private:
  static std::string escaped(std::string_view text) {
    std::string out;
    for (char c : text) {
      if (c == '\\' || c == '"') out += '\\';
      if (c == '\n')
        out += "\\n";
      else
        out += c;
    }
    return out;
  }
  std::string text_, name_;
};

}  // namespace

Reply list_journal(const ManagementConfig& config, const Call& call) {
  if (auto good = check_query(call, {"session", "order", "function", "after", "limit"}); !good)
    return std::unexpected(good.error());
  auto after = number_in(call, "after", 0, UINT64_MAX);
  auto limit = number_in(call, "limit", kDefaultLimit, kMaxLimit);
  auto session = session_in(call);
  if (!after) return std::unexpected(after.error());
  if (!limit) return std::unexpected(limit.error());
  if (!session) return std::unexpected(session.error());
  std::string order = call.parameter("order"), function = call.parameter("function");
  Json list = Json::array();
  bool more = false;
  const auto& entries = config.journal.entries();
  auto entry = std::ranges::upper_bound(entries, *after, {}, &JournalEntry::number);
  for (; entry != entries.end(); ++entry) {
    bool wanted = (session->empty() || entry->transaction_id == *session) &&
                  (order.empty() || entry->order == order) &&
                  (function.empty() || is_function(*entry, function));
    if (!wanted) continue;
    more = list.size() == *limit;
    if (more) break;
    list.push_back(describe(config, *entry, Bodies::kDecoded));
  }
  return document({{"journal", std::move(list)},
                   {"more", more},
                   {"count", config.journal.count()},
                   {"oldest", entries.empty() ? config.journal.count() : entries.front().number}});
}

Reply show_journal_entry(const ManagementConfig& config, const Call& call) {
  const std::string& text = call.arguments.front();
  bool number =
      !text.empty() && text.size() < 19 && text.find_first_not_of("0123456789") == text.npos;
  const JournalEntry* entry = number ? config.journal.find(std::stoull(text)) : nullptr;
  if (entry == nullptr)
    return refuse(404, text, "there is no such call in the journal, or no longer",
                  fmt::format("{} calls have come; GET /api/journal has what is kept of them",
                              config.journal.count()));
  return document(describe(config, *entry, Bodies::kWhole));
}

Reply list_sessions(const ManagementConfig& config, const Call& call) {
  if (auto good = check_query(call, {"order"}); !good) return std::unexpected(good.error());
  std::map<rsp::Bytes, SessionSummary> sessions;
  for (const JournalEntry& entry : config.journal.entries()) {
    if (!entry.transaction_id.empty()) sessions[entry.transaction_id].add(entry);
  }
  std::vector<const SessionSummary*> sorted;
  std::string order = call.parameter("order");
  for (const auto& [id, session] : sessions) {
    if (order.empty() || session.order() == order) sorted.push_back(&session);
  }
  std::ranges::sort(sorted, {}, &SessionSummary::first_call);
  Json list = Json::array();
  for (const SessionSummary* session : sorted) list.push_back(session->describe(config));
  return document({{"sessions", std::move(list)}});
}

Reply show_metrics(const ManagementConfig& config, const Call& call) {
  if (auto good = check_query(call, {}); !good) return std::unexpected(good.error());
  Metrics metrics;
  metrics.family("esimbench_calls_total", "counter",
                 "Calls of functions, by interface, function and outcome.");
  for (const auto& [kind, count] : config.journal.totals())
    metrics.sample(
        {{"interface", kind.interface}, {"function", kind.function}, {"outcome", kind.outcome}},
        count);
  std::size_t open = 0, events = 0;
  for (const Smdp* smdp : config.smdps) open += smdp->open_sessions();
  for (const Smds* smds : config.smdss) events += smds->events().size();
  metrics.value("esimbench_sessions_open", "gauge", "Sessions of ES9+ that have not ended.", open);
  std::map<OrderState, std::size_t> states;
  for (OrderState state : {OrderState::kAvailable, OrderState::kAllocated, OrderState::kLinked,
                           OrderState::kConfirmed, OrderState::kReleased, OrderState::kDownloaded,
                           OrderState::kInstalled, OrderState::kError, OrderState::kUnavailable})
    states[state] = 0;
  for (const Order* order : config.orders.all()) ++states[order->state];
  metrics.family("esimbench_orders", "gauge", "Orders and profiles in stock, by state.");
  for (auto [state, count] : states) metrics.sample({{"state", rsp::asn1::name_of(state)}}, count);
  metrics.value("esimbench_events", "gauge", "Events that wait at the SM-DSs.", events);
  if (config.connections) {
    rsp::http::Statistics statistics = config.connections();
    metrics.value("esimbench_connections_total", "counter", "Connections of the protocol listener.",
                  statistics.connections);
    metrics.value("esimbench_http_requests_total", "counter", "Requests that it has answered.",
                  statistics.requests);
  }
  if (config.faults != nullptr) {
    metrics.family("esimbench_fault_strikes_total", "counter", "How often each fault struck.");
    for (const Json& fault : config.faults->list())
      metrics.sample({{"fault", fault.at("id").get<std::string>()}},
                     fault.at("used").get<std::uint64_t>());
  }
  metrics.value("esimbench_clock_offset_seconds", "gauge", "How far the clock is put forward.",
                static_cast<double>(config.clock.offset().count()) / 1000);
  return Response{
      200, metrics.text(), {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"}}};
}

}  // namespace smdp::management
