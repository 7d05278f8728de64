#include "hil/scenario/observations.h"

#include <fmt/format.h>

#include "hil/faults/messages.h"
#include "hil/trace/explain.h"

namespace hil {
namespace {

/// The row of a pattern type and a function that looks.
template <class Pattern, Json (*look)(Run&)>
constexpr ObservationRow observation(std::string_view name, std::string_view description) {
  return {name,
          description,
          [](const Json& expected, const Place& place, Problems& problems, const Scope& scope) {
            Pattern pattern{};
            std::size_t before = problems.size();
            read_value(expected, place, problems, Variables::kPending, pattern);
            if constexpr (requires { pattern.check(scope); }) {
              if (problems.size() != before) return;
              if (std::string problem = pattern.check(scope); !problem.empty())
                problems.add(place, problem);
            }
          },
          look,
          nullptr,
          [] { return schema_of<Pattern>(); }};
}

constexpr ObservationRow judged_by(ObservationRow row,
                                   std::optional<Mismatch> (*judge)(const Json&, Run&)) {
  row.judge = judge;
  return row;
}

constexpr ObservationRow nothing_when_empty(ObservationRow row) {
  row.empty_says_nothing = true;
  return row;
}

// --- result
// -------------------------------------------------------------------------------------------------------

/// "ok", or how the last step failed.
struct ResultPattern {
  Json pattern;
};

}  // namespace

template <>
struct Scalar<ResultPattern> {
  static std::string read(const Json& json, ResultPattern& value) {
    value.pattern = json;
    if (json == "ok") return "";
    auto error = read_json<ErrorPattern>(json, "result");
    return error
               ? ""
               : error.error().text + (error.error().hint.empty() ? "" : "; ") + error.error().hint;
  }
  static Json schema() {
    return {{"oneOf", Json::array({Json{{"const", "ok"}}, schema_of<ErrorPattern>()})}};
  }
};

namespace {

Json look_result(Run& run) { return run.variables.value("last", Json::object()); }

std::optional<Mismatch> judge_result(const Json& expected, Run& run) {
  Json last = look_result(run);
  if (expected != "ok") return compare_error(expected, last);
  if (last.value("ok", false)) return std::nullopt;
  return Mismatch{"", "ok", last, "the last step failed"};
}

// --- profiles
// -----------------------------------------------------------------------------------------------------

struct ProfilePattern {
  std::optional<std::string> iccid, nickname, name, provider;
  std::optional<rsp::ProfileState> state;
  std::optional<rsp::ProfileClass> profile_class;
  static void fields(auto&& f, auto& m) {
    f("iccid", m.iccid, "digits");
    f("state", m.state, "disabled or enabled");
    f("class", m.profile_class, "test, provisioning or operational");
    f("nickname", m.nickname, "empty where it has none");
    f("name", m.name, "profileName");
    f("provider", m.provider, "serviceProviderName");
  }
};

Json look_profiles(Run& run) {
  Json list = Json::array();
  for (const auto& [aid, profile] : run.testbed.euicc().memory().profiles) {
    list.push_back({{"iccid", rsp::from_swapped_bcd(profile.metadata.iccid)},
                    {"state", rsp::asn1::name_of(profile.state)},
                    {"class", rsp::asn1::name_of(profile.metadata.profile_class)},
                    {"nickname", profile.nickname},
                    {"name", std::string(profile.metadata.profile_name)},
                    {"provider", std::string(profile.metadata.service_provider_name)}});
  }
  return list;
}

// --- orders
// -------------------------------------------------------------------------------------------------------

struct OrderPattern {
  std::optional<smdp::OrderState> state;
  std::optional<std::vector<std::string>> history;
  std::optional<ExpectedNumber> attempts, wrong_codes;
  std::optional<bool> linked;
  static void fields(auto&& f, auto& m) {
    f("state", m.state, "how far it is");
    f("history", m.history, "states and reports, in the order in which they came");
    f("downloadAttempts", m.attempts, "how many");
    f("wrongConfirmationCodes", m.wrong_codes, "how many");
    f("linked", m.linked, "whether it is tied to an eUICC");
  }
};
/// A state, or more about the order.
struct OrderOrState {
  OrderPattern pattern;
};

}  // namespace

template <>
struct Scalar<OrderOrState> {
  static std::string read(const Json& json, OrderOrState& value) {
    if (json.is_string())
      return Scalar<smdp::OrderState>::read(json, value.pattern.state.emplace());
    auto read = read_json<OrderPattern>(json, "order");
    return read ? ""
                : read.error().text + (read.error().hint.empty() ? "" : "; ") + read.error().hint;
  }
  static Json schema() {
    return {
        {"oneOf", Json::array({Scalar<smdp::OrderState>::schema(), schema_of<OrderPattern>()})}};
  }
};

namespace {

struct OrdersPattern {
  std::map<std::string, OrderOrState> orders;
};

Json look_orders(Run& run) {
  auto lock = run.testbed.server_lock();
  Json out = Json::object();
  for (const auto& [name, order] : run.orders) {
    out[name] = {{"state", rsp::asn1::name_of(order->state)},
                 {"history", order->history},
                 {"downloadAttempts", order->download_attempts},
                 {"wrongConfirmationCodes", order->wrong_confirmation_codes},
                 {"linked", order->eid.has_value()}};
  }
  return out;
}

std::optional<Mismatch> judge_orders(const Json& expected, Run& run) {
  Json actual = look_orders(run);
  for (const auto& [name, pattern] : expected.items()) {
    if (!actual.contains(name))
      return Mismatch{"." + name, pattern, nullptr, "there is no such order"};
    bool state_only = pattern.is_string();
    auto mismatch =
        compare(state_only ? Json{{"state", pattern}} : pattern, actual[name], "." + name);
    if (mismatch) return mismatch;
  }
  return std::nullopt;
}

void check_orders(const Json& expected, const Place& place, Problems& problems,
                  const Scope& scope) {
  std::map<std::string, OrderOrState> pattern;
  read_value(expected, place, problems, Variables::kPending, pattern);
  for (const auto& [name, one] : pattern) {
    if (std::ranges::find(scope.orders, name) == scope.orders.end())
      problems.add(place.at(name), "there is no order '" + name + "'",
                   suggestion(name, scope.orders));
  }
}

// --- notifications
// ------------------------------------------------------------------------------------------------

struct NotificationPattern {
  std::optional<std::string> event, iccid, address;
  static void fields(auto&& f, auto& m) {
    f("event", m.event,
      "installed, enable, disable, delete, install; of a result: installed or the ErrorReason");
    f("iccid", m.iccid, "digits");
    f("address", m.address, "where it goes to");
  }
};

Json look_pending(Run& run) {
  Json list = Json::array();
  for (const auto& [number, notification] : run.testbed.euicc().memory().notifications) {
    std::string event(
        rsp::notification_event_name(notification.metadata.profile_management_operation));
    if (auto result = notification.installation_result()) {
      auto* error = std::get_if<rsp::ErrorResult>(&result->data.value.final_result);
      event = error != nullptr ? rsp::asn1::name_of(error->error_reason) : "installed";
    }
    Json one{{"event", std::move(event)}, {"address", notification.metadata.notification_address}};
    if (notification.metadata.iccid)
      one["iccid"] = rsp::from_swapped_bcd(*notification.metadata.iccid);
    list.push_back(std::move(one));
  }
  return list;
}

Json look_received(Run& run) {
  auto lock = run.testbed.server_lock();
  Json list = Json::array();
  for (const smdp::JournalEntry& entry : run.testbed.server().journal()) {
    if (entry.function == rsp::HandleNotificationRequest::kFunction) list.push_back(entry.outcome);
  }
  return list;
}

// --- calls, session, memory
// ---------------------------------------------------------------------------------------

struct CallsPattern {
  std::map<std::string, ExpectedNumber> calls;
};

Json look_calls(Run& run) {
  auto lock = run.testbed.server_lock();
  Json out = Json::object();
  for (std::string_view function : es9_functions()) out[std::string(function)] = 0;
  for (const auto& [function, count] : run.testbed.calls()) out[function] = count;
  return out;
}

void check_functions(const auto& by_name, const Place& place, Problems& problems) {
  std::vector<std::string> known;
  for (std::string_view function : es9_functions()) known.emplace_back(function);
  for (const auto& [name, one] : by_name) {
    if (std::ranges::find(known, name) == known.end())
      problems.add(place.at(name), "'" + name + "' is no function of ES9+",
                   suggestion(name, known));
  }
}

void check_calls(const Json& expected, const Place& place, Problems& problems, const Scope&) {
  std::map<std::string, ExpectedNumber> pattern;
  read_value(expected, place, problems, Variables::kPending, pattern);
  check_functions(pattern, place, problems);
}

/// What the server answered, by function and in order: "ok", or the status code.
Json look_answers(Run& run) {
  auto lock = run.testbed.server_lock();
  Json out = Json::object();
  for (std::string_view function : es9_functions()) out[std::string(function)] = Json::array();
  for (const smdp::JournalEntry& entry : run.testbed.server().journal())
    out[entry.function].push_back(entry.outcome);
  return out;
}

void check_answers(const Json& expected, const Place& place, Problems& problems, const Scope&) {
  std::map<std::string, std::vector<std::string>> pattern;
  read_value(expected, place, problems, Variables::kPending, pattern);
  check_functions(pattern, place, problems);
}

enum class SessionName { kNone, kChallenged, kAuthenticated, kPrepared, kInstalling };
constexpr auto enum_names(SessionName) {
  using enum SessionName;
  return rsp::asn1::named<SessionName>({{kNone, "none"},
                                        {kChallenged, "challenged"},
                                        {kAuthenticated, "authenticated"},
                                        {kPrepared, "prepared"},
                                        {kInstalling, "installing"}});
}
Json look_session(Run& run) { return run.testbed.session(); }

/// A number of octets, or that nothing has changed.
struct MemoryPattern {
  bool unchanged = false;
  ExpectedNumber octets;
};

}  // namespace

template <>
struct Scalar<MemoryPattern> {
  static std::string read(const Json& json, MemoryPattern& value) {
    value.unchanged = json == "unchanged";
    if (value.unchanged) return "";
    std::string problem = Scalar<ExpectedNumber>::read(json, value.octets);
    return problem.empty() ? "" : problem + ", or \"unchanged\"";
  }
  static Json schema() {
    return {
        {"oneOf", Json::array({Json{{"const", "unchanged"}}, Scalar<ExpectedNumber>::schema()})}};
  }
};

namespace {

Json look_memory(Run& run) { return run.testbed.memory_used(); }

std::optional<Mismatch> judge_memory(const Json& expected, Run& run) {
  Json actual = look_memory(run);
  if (expected == "unchanged") return compare(run.variables.at("memoryBefore"), actual);
  return compare(expected, actual);
}

// --- what happened, in order
// --------------------------------------------------------------------------------------

/// Events as a sequence names them: "ES9+.HandleNotification", "ES9+.HandleNotification 204",
/// "ES10b.RemoveNotificationFromList", "fault lost answer", "write 3".
Json look_sequence(Run& run) {
  Json list = Json::array();
  for (const auto& record : run.testbed.trace().trace().records) {
    const rsp::TraceEvent& event = record.event;
    bool request = event.to != rsp::Party::kLpa;
    switch (event.kind) {
      case rsp::TraceKind::kHttp:
        list.push_back(event.name);
        break;
      case rsp::TraceKind::kEs10:
        if (request) list.push_back(event.name);
        break;
      case rsp::TraceKind::kFault:
        list.push_back("fault " + event.name);
        break;
      case rsp::TraceKind::kCommit:
      case rsp::TraceKind::kPower:
        list.push_back(event.name);
        break;
      default:
        break;
    }
  }
  return list;
}

std::optional<Mismatch> judge_sequence(const Json& expected, Run& run) {
  Json actual = look_sequence(run);
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    while (at < actual.size() && actual[at] != expected[i]) ++at;
    if (at == actual.size()) {
      return Mismatch{
          fmt::format("[{}]", i), expected[i], actual,
          i == 0 ? "did not happen"
                 : fmt::format("did not happen after '{}'", expected[i - 1].get<std::string>())};
    }
    ++at;
  }
  return std::nullopt;
}

// --- what was said
// ------------------------------------------------------------------------------------------------

/// The paths of all fields that a pattern names.
void collect_paths(const Json& pattern, const std::string& path, std::vector<std::string>& paths) {
  if (pattern.is_object() && !pattern.empty()) {
    for (const auto& [name, member] : pattern.items())
      collect_paths(member, path + (path.empty() ? "" : ".") + name, paths);
  } else if (pattern.is_array() && !pattern.empty()) {
    for (std::size_t i = 0; i < pattern.size(); ++i)
      collect_paths(pattern[i], fmt::format("{}[{}]", path, i), paths);
  } else {
    paths.push_back(path);
  }
}

/// A message with some of its fields.
struct SaidPattern {
  std::string function;
  std::optional<Json> request, response;
  static void fields(auto&& f, auto& m) {
    f("function", m.function, "such as ES9+.AuthenticateClient or ES10b.CancelSession");
    f("request", m.request, "fields of its request; null for one that is not there");
    f("response", m.response, "fields of its response");
  }
  std::string problem() const {
    auto names = message_functions();
    if (std::ranges::find(names, function) == names.end())
      return "'" + function + "' is no function: " + suggestion(function, names);
    if (request.has_value() == response.has_value()) return "give one of request and response";
    auto part = request ? MessagePart::kRequest : MessagePart::kResponse;
    return pattern_problem(function, part, request ? *request : *response);
  }
};

/// Every message that was traced: {"function": ..., "request": {...}} in the order in which they
/// went.
Json look_messages(Run& run) {
  Json list = Json::array();
  for (const auto& record : run.testbed.trace().trace().records) {
    const rsp::TraceEvent& event = record.event;
    bool request = event.to != rsp::Party::kLpa;
    auto direction = request ? Direction::kRequest : Direction::kResponse;
    std::vector<DecodedMessage> messages;
    std::string function = function_of(event);
    if (event.kind == rsp::TraceKind::kEs10) {
      messages = decode_es10(event.bytes, direction);
    } else if (event.kind == rsp::TraceKind::kHttp && function.starts_with("ES9+.")) {
      std::string path(function.substr(5));
      path[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(path[0])));
      messages = decode_es9(path, Json::parse(event.detail, nullptr, false), direction);
    }
    if (messages.empty()) continue;
    list.push_back(
        {{"function", function}, {request ? "request" : "response", messages.front().json}});
  }
  return list;
}

std::optional<Mismatch> judge_messages(const Json& expected, Run& run) {
  Json actual = look_messages(run);
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    // The nearest miss tells more than that there was none.
    Json nearest;
    while (at < actual.size() && compare(expected[i], actual[at])) {
      if (actual[at]["function"] == expected[i]["function"]) nearest = actual[at];
      ++at;
    }
    if (at == actual.size())
      return Mismatch{fmt::format("[{}]", i), expected[i], nearest, "was not said in this order"};
    ++at;
  }
  return std::nullopt;
}

Json look_invariants(Run& run) {
  auto broken = run.testbed.broken_invariants();
  if (broken.empty()) return "ok";
  return broken;
}
struct InvariantsPattern {};

Json look_default_smdp(Run& run) {
  return run.testbed.euicc().memory().settings.default_dp_address;
}
Json look_apdus(Run& run) { return run.testbed.card().apdus(); }

}  // namespace

template <>
struct Scalar<InvariantsPattern> {
  static std::string read(const Json& json, InvariantsPattern&) {
    return json == "ok" ? "" : "should be \"ok\"; invariants are checked in any case";
  }
  static Json schema() { return {{"const", "ok"}}; }
};

namespace {

constexpr ObservationRow with_check(ObservationRow row, void (*check)(const Json&, const Place&,
                                                                      Problems&, const Scope&)) {
  row.check = check;
  return row;
}

constexpr std::array kObservations{
    judged_by(observation<ResultPattern, look_result>(
                  "result", "How the last step ended: \"ok\", or its error."),
              judge_result),
    observation<std::vector<ProfilePattern>, look_profiles>(
        "profiles", "All profiles on the card, in the order of their AIDs."),
    nothing_when_empty(
        with_check(judged_by(observation<std::map<std::string, OrderOrState>, look_orders>(
                                 "orders", "Orders at the server, by name."),
                             judge_orders),
                   check_orders)),
    observation<std::vector<NotificationPattern>, look_pending>(
        "pending", "All notifications that wait on the card, in the order of their numbers."),
    observation<std::vector<std::string>, look_received>(
        "received",
        "What notifications told the server, in order: install, \"install failed: command, "
        "reason\", "
        "enable, disable, delete, \"refused: ...\", \"ignored: ...\"."),
    nothing_when_empty(with_check(
        observation<std::map<std::string, ExpectedNumber>, look_calls>(
            "calls", "Requests that came to the server, by function; 0 for one not made."),
        check_calls)),
    nothing_when_empty(
        with_check(observation<std::map<std::string, std::vector<std::string>>, look_answers>(
                       "answers",
                       "What the server answered, by function and in order: ok, or a status code "
                       "such as 8.2.6/3.8; of notifications, as in received."),
                   check_answers)),
    observation<SessionName, look_session>("session", "The download session on the card."),
    judged_by(observation<MemoryPattern, look_memory>(
                  "memory", "Octets that profiles and CRLs take on the card, or \"unchanged\"."),
              judge_memory),
    nothing_when_empty(judged_by(
        observation<std::vector<std::string>, look_sequence>(
            "sequence",
            "Events that happened in this order, others in between: ES9+.HandleNotification, "
            "\"ES9+.HandleNotification 204\", ES10b.RemoveNotificationFromList, \"fault ID\"."),
        judge_sequence)),
    nothing_when_empty(
        judged_by(observation<std::vector<SaidPattern>, look_messages>(
                      "messages",
                      "Messages that were exchanged in this order, others in between, with some of "
                      "their fields."),
                  judge_messages)),
    observation<ExpectedNumber, look_apdus>("apdus", "How many APDUs the card got."),
    observation<std::string, look_default_smdp>("defaultSmdp",
                                                "The card's default SM-DP+ address."),
    observation<InvariantsPattern, look_invariants>(
        "invariants", "What must hold of a card at any time; checked whether it is named or not."),
};

}  // namespace

std::span<const ObservationRow> observation_rows() { return kObservations; }

const ObservationRow* find_observation(std::string_view name) {
  auto row = std::ranges::find(kObservations, name, &ObservationRow::name);
  return row == kObservations.end() ? nullptr : &*row;
}

std::string pattern_problem(const std::string& function, MessagePart part, const Json& pattern) {
  const MessageType* type = find_message(function, part);
  if (type == nullptr) return function + " has no " + rsp::asn1::name_of(part) + " with fields";
  if (!pattern.is_object() || pattern.empty()) return "should be an object with some of its fields";
  std::vector<std::string> paths;
  collect_paths(pattern, "", paths);
  for (const std::string& path : paths) {
    if (path.contains("${") || path.ends_with("unknown") || path.ends_with(".min") ||
        path.ends_with(".max"))
      continue;
    if (auto checked = type->check(path, nullptr); !checked)
      return checked.error().text + "; " + checked.error().hint;
  }
  return "";
}

std::optional<Mismatch> compare(const Json& expected, const Json& actual, std::string path) {
  if (expected.is_object() && actual.is_number_integer()) {
    ExpectedNumber number;
    bool bounds = Scalar<ExpectedNumber>::read(expected, number).empty() && actual >= 0;
    if (bounds && number.holds(actual.get<std::uint64_t>())) return std::nullopt;
    return Mismatch{path, expected, actual, ""};
  }
  if (expected.is_object()) {
    if (!actual.is_object()) return Mismatch{path, expected, actual, ""};
    for (const auto& [name, value] : expected.items()) {
      auto found = actual.find(name);
      if (found == actual.end() && value.is_null()) continue;  // it is not to be there
      if (found == actual.end()) return Mismatch{path + "." + name, value, nullptr, "is not there"};
      if (auto mismatch = compare(value, *found, path + "." + name)) return mismatch;
    }
    return std::nullopt;
  }
  if (expected.is_array() && actual.is_array()) {
    if (expected.size() != actual.size()) {
      return Mismatch{path, expected, actual,
                      fmt::format("has {} elements, expected {}", actual.size(), expected.size())};
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (auto mismatch = compare(expected[i], actual[i], fmt::format("{}[{}]", path, i)))
        return mismatch;
    }
    return std::nullopt;
  }
  if (expected == actual) return std::nullopt;
  return Mismatch{path, expected, actual, ""};
}

std::string ErrorPattern::problem() const {
  if (!layer && !step && !code && !path && (!text || text->empty()))
    return "says nothing of the error";
  if (!layer) return "";
  constexpr std::array layers{rsp::Layer::kInput,  rsp::Layer::kTransport, rsp::Layer::kApdu,
                              rsp::Layer::kCard,   rsp::Layer::kDecode,    rsp::Layer::kCrypto,
                              rsp::Layer::kHttp,   rsp::Layer::kServer,    rsp::Layer::kTimeout,
                              rsp::Layer::kStorage};
  std::vector<std::string> names;
  for (rsp::Layer one : layers) names.emplace_back(to_string(one));
  if (std::ranges::find(names, *layer) != names.end()) return "";
  return "'" + *layer + "' is no layer: " + suggestion(*layer, names);
}

std::optional<Mismatch> compare_error(const Json& expected, const Json& outcome) {
  if (outcome.value("ok", false)) return Mismatch{"", expected, outcome, "did not fail"};
  for (const auto& [name, value] : expected.items()) {
    std::string actual = outcome.value(name, "");
    std::string wanted = value.is_string() ? value.get<std::string>() : rsp::dump(value);
    bool good = name == "text" ? actual.contains(wanted) : actual == wanted;
    if (!good) return Mismatch{"." + name, value, outcome, ""};
  }
  return std::nullopt;
}

}  // namespace hil
