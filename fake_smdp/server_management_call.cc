#include "fake_smdp/server_management_call.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "rsp/base/hex.h"

namespace smdp::management {
namespace {

/// As RFC 3986 has it. Nothing for a "%" that no two digits follow.
std::optional<std::string> percent_decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    auto octet = rsp::from_hex(text.substr(i + 1, 2));
    if (!octet || octet->size() != 1) return std::nullopt;
    out += static_cast<char>(octet->front());
    i += 2;
  }
  return out;
}

/// Calls f with each part between separators, until it returns false.
bool for_each_part(std::string_view text, char separator, auto&& f) {
  while (true) {
    auto end = text.find(separator);
    if (!f(text.substr(0, end))) return false;
    if (end == text.npos) return true;
    text.remove_prefix(end + 1);
  }
}

template <class Number>
std::optional<Number> digits(std::string_view text) {
  Number number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  bool whole = problem == std::errc() && end == text.data() + text.size() && !text.starts_with('-');
  return whole ? std::optional(number) : std::nullopt;
}

}  // namespace

std::unexpected<Refusal> refuse(const rsp::Error& error, int status, std::string_view path_prefix) {
  std::string path(path_prefix);
  if (!path.empty() && !error.path.empty()) path += ".";
  bool ours = error.layer == rsp::Layer::kStorage;
  return refuse(ours ? 500 : status, path + error.path, error.text, error.hint);
}

Response document(const Json& json, int status) {
  return {status, rsp::dump(json, 1) + "\n", {{"Content-Type", "application/json"}}};
}

Response to_response(const Refusal& refusal) {
  Json error{{"path", refusal.path}, {"text", refusal.text}, {"hint", refusal.hint}};
  return document({{"error", std::move(error)}}, refusal.status);
}

std::expected<Call, Refusal> take_apart(const rsp::http::Request& request) {
  Call call{.method = request.method == "HEAD" ? "GET" : request.method, .body = request.body};
  std::string_view target = request.target;
  auto question = target.find('?');
  std::string_view path = target.substr(0, question);
  if (path.starts_with('/')) path.remove_prefix(1);
  bool good = for_each_part(path, '/', [&](std::string_view part) {
    auto segment = percent_decoded(part);
    if (segment) call.path.push_back(*std::move(segment));
    return segment.has_value();
  });
  if (good && question != target.npos && question + 1 < target.size()) {
    good = for_each_part(target.substr(question + 1), '&', [&](std::string_view part) {
      auto equals = part.find('=');
      auto name = percent_decoded(part.substr(0, equals));
      auto value = percent_decoded(equals == part.npos ? "" : part.substr(equals + 1));
      if (!name || !value) return false;
      call.query.insert_or_assign(*std::move(name), *std::move(value));
      return true;
    });
  }
  if (!good)
    return refuse(400, request.target, "a '%' is not followed by two hexadecimal digits",
                  "write a percent sign as %25");
  return call;
}

std::expected<void, Refusal> check_query(const Call& call, const std::set<std::string>& known) {
  for (const auto& [name, value] : call.query) {
    if (known.contains(name)) continue;
    return refuse(
        400, name, fmt::format("'{}' is no parameter here", name),
        known.empty() ? "there are none" : fmt::format("there are {}", fmt::join(known, ", ")));
  }
  return {};
}

std::expected<std::uint64_t, Refusal> number_in(const Call& call, const std::string& name,
                                                std::uint64_t otherwise, std::uint64_t most) {
  auto found = call.query.find(name);
  if (found == call.query.end()) return otherwise;
  auto number = digits<std::uint64_t>(found->second);
  if (number && *number <= most) return *number;
  return refuse(400, name, fmt::format("'{}' is no number from 0 to {}", found->second, most));
}

std::expected<Json, Refusal> body_of(const Call& call) {
  if (call.body.find_first_not_of(" \t\r\n") == call.body.npos) return Json();
  // What is nested deeper would take a stack frame for each level wherever it is walked.
  constexpr int kDeepest = 32;
  bool too_deep = false;
  auto watch = [&](int depth, Json::parse_event_t, Json&) {
    too_deep |= depth > kDeepest;
    return depth <= kDeepest;
  };
  Json json = Json::parse(call.body, watch, /*allow_exceptions=*/false);
  if (too_deep)
    return refuse(400, "", fmt::format("the body is nested deeper than {} levels", kDeepest));
  if (json.is_discarded())
    return refuse(400, "", "the body is no JSON", "send a JSON document; /api/schema says which");
  return json;
}

// --- Members of an object ---

Members::Members(const Json& object, std::string path) : object_(object), path_(std::move(path)) {
  if (!object.is_object())
    refusal_ = {400, path_, "should be a JSON object", "/api/schema says what is in it"};
}

void Members::wrong(const std::string& name, std::string text, std::string hint) {
  if (!refusal_) refusal_ = {400, path_of(name), std::move(text), std::move(hint)};
}

const Json* Members::any(const std::string& name) {
  known_.insert(name);
  if (!object_.is_object()) return nullptr;
  auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

std::optional<std::string> Members::text(const std::string& name, std::size_t longest) {
  const Json* member = any(name);
  if (member == nullptr) return std::nullopt;
  if (!member->is_string()) {
    wrong(name, "should be a text");
    return std::nullopt;
  }
  const auto& value = member->get_ref<const std::string&>();
  if (value.size() <= longest) return value;
  wrong(name, fmt::format("has {} octets, and {} are the most", value.size(), longest));
  return std::nullopt;
}

std::optional<std::int64_t> Members::integer(const std::string& name, std::int64_t least,
                                             std::int64_t most) {
  const Json* member = any(name);
  if (member == nullptr) return std::nullopt;
  // A number that fits no std::int64_t is one of the unsigned ones, or none of the integers.
  bool fits = member->is_number_integer() &&
              (!member->is_number_unsigned() ||
               member->get<std::uint64_t>() <= static_cast<std::uint64_t>(INT64_MAX));
  if (fits && member->get<std::int64_t>() >= least && member->get<std::int64_t>() <= most)
    return member->get<std::int64_t>();
  wrong(name, fmt::format("should be a whole number from {} to {}", least, most));
  return std::nullopt;
}

std::optional<bool> Members::boolean(const std::string& name) {
  const Json* member = any(name);
  if (member == nullptr) return std::nullopt;
  if (member->is_boolean()) return member->get<bool>();
  wrong(name, "should be true or false");
  return std::nullopt;
}

std::optional<rsp::Clock::TimePoint> Members::time(const std::string& name) {
  auto value = text(name);
  if (!value) return std::nullopt;
  auto time = parse_time(*value);
  if (!time)
    wrong(name, fmt::format("'{}' is no time between 1970 and 9999", *value),
          "write it like 2027-01-31T12:00:00Z");
  return time;
}

std::optional<rsp::Octets<16>> Members::octets16(const std::string& name) {
  auto value = text(name);
  if (!value) return std::nullopt;
  auto octets = rsp::from_hex(*value);
  if (!octets || octets->size() != 16) {
    wrong(name, fmt::format("'{}' is not 32 hexadecimal digits", *value));
    return std::nullopt;
  }
  rsp::Octets<16> out;
  std::ranges::copy(*octets, out.begin());
  return out;
}

std::expected<void, Refusal> Members::finish() {
  if (!refusal_) {
    for (const auto& [name, value] : object_.items()) {
      if (!known_.contains(name))
        wrong(name, fmt::format("'{}' is not known here", name),
              known_.empty() ? "there is nothing to say here"
                             : fmt::format("known are {}", fmt::join(known_, ", ")));
    }
  }
  if (refusal_) return std::unexpected(*refusal_);
  return {};
}

// --- Times ---

std::string time_text(rsp::Clock::TimePoint time) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds), (time - seconds).count());
}

std::optional<rsp::Clock::TimePoint> parse_time(std::string_view text) {
  using namespace std::chrono;
  // Takes so many digits.
  auto take = [&](std::size_t count, int& value) {
    auto number = digits<int>(text.substr(0, count));
    if (text.size() < count || !number) return false;
    value = *number;
    text.remove_prefix(count);
    return true;
  };
  auto take_char = [&](std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == any_of.npos) return false;
    text.remove_prefix(1);
    return true;
  };
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0;
  if (!take(4, y) || !take_char("-") || !take(2, mo) || !take_char("-") || !take(2, d))
    return std::nullopt;
  year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  milliseconds fraction{0};
  minutes zone{0};
  if (take_char("Tt ")) {
    if (!take(2, h) || !take_char(":") || !take(2, mi)) return std::nullopt;
    if (take_char(":") && !take(2, s)) return std::nullopt;
    if (take_char(".")) {
      int digit = 0, count = 0;
      for (int scale = 100; take(1, digit); scale /= 10, ++count)
        fraction += milliseconds(digit * scale);
      if (count == 0) return std::nullopt;
    }
    bool behind = text.starts_with('-');
    if (take_char("+-")) {
      int zh = 0, zm = 0;
      if (!take(2, zh) || !take_char(":") || !take(2, zm)) return std::nullopt;
      zone = (behind ? -1 : 1) * (hours(zh) + minutes(zm));
    } else {
      (void)take_char("Zz");
    }
  }
  if (!text.empty() || !date.ok() || y < 1970 || h > 23 || mi > 59 || s > 59) return std::nullopt;
  rsp::Clock::TimePoint time = sys_days(date) + hours(h) + minutes(mi) + seconds(s) + fraction;
  return time - zone;
}

}  // namespace smdp::management
