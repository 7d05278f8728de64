#include "fake_smdp/server_management.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "fake_smdp/server_management_call.h"
#include "rsp/base/hex.h"
#include "rsp/base/text.h"

namespace smdp {
namespace management {
namespace {

// --- Who may ask ---

/// Whether a Host header can be no name that somebody else's DNS points here: an address, or
/// localhost, each with a port or without.
bool is_local_host(std::string_view host) {
  if (host.starts_with('[')) {
    auto end = host.find(']');
    return end != host.npos &&
           host.substr(1, end - 1).find_first_not_of("0123456789abcdefABCDEF:.") == host.npos;
  }
  std::string_view name = host.substr(0, host.find(':'));
  bool digits = !name.empty() && name.find_first_not_of("0123456789.") == name.npos;
  return digits || rsp::same_text(name, "localhost");
}

std::expected<void, Refusal> check_origin(const rsp::http::Request& request) {
  if (!is_local_host(request.host))
    return refuse(403, "Host",
                  fmt::format("'{}' is neither an address nor localhost", request.host),
                  "open http://127.0.0.1 or http://localhost with the listener's port");
  if (request.method == "GET" || request.method == "HEAD") return {};
  std::string_view origin = request.header("Origin");
  bool own = origin.empty() || rsp::same_text(origin, "http://" + request.host);
  if (own && request.header("Sec-Fetch-Site") != "cross-site") return {};
  return refuse(403, "Origin", fmt::format("a page from '{}' may change nothing here", origin),
                "use this server's own page, or a program that is no browser");
}

// --- Page, schema, health ---

Response text(std::string_view body, std::string type) {
  return {200,
          std::string(body),
          {{"Content-Type", std::move(type)}, {"X-Content-Type-Options", "nosniff"}}};
}

Reply show_page(const ManagementConfig&, const Call&) {
  Response response = text(management_page(), "text/html; charset=utf-8");
  response.headers.push_back(
      {"Content-Security-Policy",
       "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
       "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'none'; "
       "frame-ancestors 'none'"});
  response.headers.push_back({"Cache-Control", "no-store"});
  return response;
}

Reply show_schema(const ManagementConfig&, const Call&) {
  return text(management_schema(), "application/schema+json");
}

Reply show_health(const ManagementConfig& config, const Call&) {
  std::size_t open = 0;
  for (const Smdp* smdp : config.smdps) open += smdp->open_sessions();
  return document({{"status", "ok"},
                   {"address", config.address},
                   {"now", time_text(config.clock.now())},
                   {"calls", config.journal.count()},
                   {"openSessions", open},
                   {"orders", config.orders.all().size()}});
}

// --- Clock ---

Json describe_clock(const rsp::OffsetClock& clock) {
  return {{"now", time_text(clock.now())},
          {"offsetSeconds", static_cast<double>(clock.offset().count()) / 1000}};
}

Reply show_clock(const ManagementConfig& config, const Call&) {
  return document(describe_clock(config.clock));
}

Reply set_clock(const ManagementConfig& config, const Call& call) {
  using std::chrono::milliseconds, std::chrono::seconds;
  constexpr std::int64_t kFarthest = 3'000'000'000;  // seconds, about a century
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  Members members(*body, "");
  auto now = members.time("now");
  auto forward = members.integer("forwardSeconds", -kFarthest, kFarthest);
  auto offset = members.integer("offsetSeconds", -kFarthest, kFarthest);
  if (now.has_value() + forward.has_value() + offset.has_value() != 1)
    members.wrong("now", "it does not say, or says twice, where to set the clock",
                  "give one of now, forwardSeconds and offsetSeconds; offsetSeconds 0 is the "
                  "machine's own time");
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  rsp::OffsetClock& clock = config.clock;
  milliseconds target = offset    ? milliseconds(seconds(*offset))
                        : forward ? clock.offset() + seconds(*forward)
                                  : clock.offset() + (*now - clock.now());
  auto then = clock.now() - clock.offset() + target;
  if (then < *parse_time("1970-01-01") || then > *parse_time("9999-12-31"))
    return refuse(400, "now", "the clock goes from 1970 to 9999");
  clock.set_offset(target);
  return document(describe_clock(clock));
}

// --- Events of the SM-DSs ---

Reply list_events(const ManagementConfig& config, const Call&) {
  Json list = Json::array();
  for (const Smds* smds : config.smdss) {
    std::string name = smds->config().addresses.empty() ? "" : smds->config().addresses.front();
    for (const Event& event : smds->events())
      list.push_back({{"smds", name},
                      {"eid", rsp::to_hex(event.eid)},
                      {"eventId", event.event_id},
                      {"rspServerAddress", event.rsp_server_address},
                      {"requester", event.requester},
                      {"forwarded", event.forwarded}});
  }
  return document({{"events", std::move(list)}});
}

// --- Faults ---

Json describe_faults(const FaultSwitches* faults) {
  return {{"faults", faults == nullptr ? Json::array() : faults->list()},
          {"readyMade", faults == nullptr ? Json::array() : faults->ready_made()}};
}

std::unexpected<Refusal> no_faults() {
  return refuse(409, "faults", "this server has no place for faults");
}

Reply list_faults(const ManagementConfig& config, const Call&) {
  return document(describe_faults(config.faults));
}

/// The list, or an object whose "faults" is one, as files of faults have it.
Reply replace_faults(const ManagementConfig& config, const Call& call) {
  if (config.faults == nullptr) return no_faults();
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  Json list = *body;
  if (list.is_object() && list.contains("faults")) list = Json(list.at("faults"));
  if (list.is_array() && list.size() > config.max_faults)
    return refuse(
        400, "",
        fmt::format("there are {} faults, and {} are the most", list.size(), config.max_faults));
  if (auto replaced = config.faults->replace(list); !replaced) return refuse(replaced.error());
  return document(describe_faults(config.faults));
}

Json fault_of(const FaultSwitches& faults, std::string_view id) {
  for (Json& fault : faults.list()) {
    if (fault.at("id") == id) return std::move(fault);
  }
  return {};
}

std::unexpected<Refusal> unknown_fault(const Call& call) {
  return refuse(404, call.arguments.front(), "there is no fault of this id",
                "GET /api/faults lists them");
}

Reply add_fault(const ManagementConfig& config, const Call& call) {
  if (config.faults == nullptr) return no_faults();
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  if (config.faults->list().size() >= config.max_faults)
    return refuse(409, "",
                  fmt::format("there are {} faults, as many as allowed", config.max_faults),
                  "take some away: DELETE /api/faults/ID");
  auto id = config.faults->add(*body);
  if (!id) return refuse(id.error());
  return document(fault_of(*config.faults, *id), 201);
}

Reply show_fault(const ManagementConfig& config, const Call& call) {
  Json fault = config.faults == nullptr ? Json() : fault_of(*config.faults, call.arguments.front());
  if (fault.is_null()) return unknown_fault(call);
  return document(fault);
}

Reply switch_fault(const ManagementConfig& config, const Call& call) {
  if (config.faults == nullptr) return no_faults();
  auto body = body_of(call);
  if (!body) return std::unexpected(body.error());
  Members members(*body, "");
  auto enabled = members.boolean("enabled");
  if (!enabled) members.wrong("enabled", "is missing", "give true or false");
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  if (!config.faults->set_enabled(call.arguments.front(), *enabled)) return unknown_fault(call);
  return document(fault_of(*config.faults, call.arguments.front()));
}

Reply remove_fault(const ManagementConfig& config, const Call& call) {
  if (config.faults == nullptr) return no_faults();
  if (!config.faults->remove(call.arguments.front())) return unknown_fault(call);
  return document(describe_faults(config.faults));
}

// --- Which request is whose ---

struct Route {
  std::string_view method, path;  // {} is a gap for one segment
  Reply (*run)(const ManagementConfig&, const Call&);
};
constexpr Route kRoutes[] = {
    {"GET", "", show_page},
    {"GET", "health", show_health},
    {"GET", "metrics", show_metrics},
    {"GET", "api/schema", show_schema},
    {"GET", "api/orders", list_orders},
    {"POST", "api/orders", create_order},
    {"POST", "api/batch", create_batch},
    {"GET", "api/orders/{}", show_order},
    {"DELETE", "api/orders/{}", cancel_order},
    {"POST", "api/orders/{}/cancel", cancel_order},
    {"POST", "api/orders/{}/release", release_order},
    {"GET", "api/orders/{}/qr.svg", show_qr},
    {"GET", "api/sessions", list_sessions},
    {"GET", "api/journal", list_journal},
    {"GET", "api/journal/{}", show_journal_entry},
    {"GET", "api/faults", list_faults},
    {"PUT", "api/faults", replace_faults},
    {"POST", "api/faults", add_fault},
    {"GET", "api/faults/{}", show_fault},
    {"PUT", "api/faults/{}", switch_fault},
    {"DELETE", "api/faults/{}", remove_fault},
    {"GET", "api/clock", show_clock},
    {"PUT", "api/clock", set_clock},
    {"GET", "api/events", list_events},
};

/// What stands in the gaps of a pattern; nothing where the path is another one.
std::optional<std::vector<std::string>> match(std::string_view pattern,
                                              const std::vector<std::string>& path) {
  std::vector<std::string> arguments;
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto end = pattern.find('/');
    std::string_view segment = pattern.substr(0, end);
    if (segment == "{}") {
      arguments.push_back(path[i]);
    } else if (segment != path[i]) {
      return std::nullopt;
    }
    bool last = i + 1 == path.size();
    if (last != (end == pattern.npos)) return std::nullopt;
    if (!last) pattern.remove_prefix(end + 1);
  }
  return arguments;
}

Reply dispatch(const ManagementConfig& config, const rsp::http::Request& request) {
  if (auto good = check_origin(request); !good) return std::unexpected(good.error());
  auto call = take_apart(request);
  if (!call) return std::unexpected(call.error());
  std::vector<std::string_view> methods;
  for (const Route& route : kRoutes) {
    auto arguments = match(route.path, call->path);
    if (!arguments) continue;
    methods.push_back(route.method);
    if (route.method != call->method) continue;
    call->arguments = *std::move(arguments);
    return route.run(config, *call);
  }
  if (methods.empty())
    return refuse(404, request.target, "there is nothing here",
                  "the page is at /, the API at /api, its schema at /api/schema");
  Response response =
      to_response({405, request.target, fmt::format("{} does nothing here", request.method),
                   fmt::format("use {}", fmt::join(methods, ", "))});
  response.headers.push_back({"Allow", fmt::format("{}", fmt::join(methods, ", "))});
  return response;
}

}  // namespace
}  // namespace management

rsp::http::Response Management::handle(const rsp::http::Request& request) {
  management::Reply reply = management::dispatch(config_, request);
  return reply ? *std::move(reply) : management::to_response(reply.error());
}

}  // namespace smdp
