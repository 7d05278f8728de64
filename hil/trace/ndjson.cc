#include "hil/trace/ndjson.h"

#include <fmt/format.h>

#include <cstdio>

#include "rsp/base/hex.h"
#include "rsp/json/asn1_json.h"

namespace hil {
namespace {

using rsp::Json;
using Start = std::chrono::sys_time<std::chrono::microseconds>;

constexpr std::string_view kFormat = "esimbench trace 1";
constexpr std::string_view kHint = "a trace has one JSON object a line, as demo --out writes it";
/// A hundred years: times beyond are none that a trace can have, and would not fit everywhere.
constexpr std::int64_t kMaxTime = 100LL * 366 * 86'400 * 1'000'000;

std::string start_text(Start start) {
  auto day = std::chrono::floor<std::chrono::days>(start);
  std::chrono::year_month_day date(day);
  std::int64_t since = (start - day).count(), seconds = since / 1'000'000;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     seconds / 3600, seconds / 60 % 60, seconds % 60, since % 1'000'000);
}

std::optional<Start> start_from_text(const std::string& text) {
  int year = 0, end = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0, micros = 0;
  int read = std::sscanf(text.c_str(), "%4d-%2u-%2uT%2u:%2u:%2u.%6uZ%n", &year, &month, &day, &hour,
                         &minute, &second, &micros, &end);
  if (read != 7 || static_cast<std::size_t>(end) != text.size()) return std::nullopt;
  std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                   std::chrono::day(day)};
  if (!date.ok() || year < 1970 || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) + std::chrono::microseconds(micros);
}

/// Reads the members of one line; the first that is wrong is remembered.
class Line {
 public:
  Line(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

  /// Empty where there is none.
  std::string text(const char* name) {
    auto member = json_.find(name);
    if (member == json_.end()) return {};
    if (!member->is_string()) return fail(name, "should be a text"), std::string();
    return member->get<std::string>();
  }
  std::int64_t count(const char* name, std::int64_t most) {
    auto member = json_.find(name);
    if (member == json_.end()) return fail(name, "is missing"), 0;
    // A number beyond 64 bits is a floating point number by now.
    bool fits = member->is_number_unsigned() &&
                member->get<std::uint64_t>() <= static_cast<std::uint64_t>(most);
    if (!fits) return fail(name, fmt::format("should be a whole number up to {}", most)), 0;
    return member->get<std::int64_t>();
  }
  template <class Enum>
  Enum one_of(const char* name, std::optional<Enum> (*by_name)(std::string_view)) {
    auto member = json_.find(name);
    if (member == json_.end()) return fail(name, "is missing"), Enum{};
    if (!member->is_string()) return fail(name, "should be a text"), Enum{};
    auto found = by_name(member->get_ref<const std::string&>());
    if (!found) fail(name, "is none that a trace knows");
    return found.value_or(Enum{});
  }
  rsp::Bytes octets(const char* name) {
    auto octets = rsp::from_hex(text(name));
    if (!octets) return fail(name, "is no hexadecimal: " + octets.error().text), rsp::Bytes();
    return *std::move(octets);
  }
  void fail(const char* name, std::string_view what) {
    if (error_) return;
    error_ = {.layer = rsp::Layer::kInput,
              .path = place_,
              .text = fmt::format("member '{}' {}", name, what),
              .hint = std::string(kHint)};
  }
  const std::optional<rsp::Error>& error() const { return error_; }

 private:
  const Json& json_;
  std::string place_;
  std::optional<rsp::Error> error_;
};

rsp::Status read_header(Line line, rsp::Trace& trace) {
  if (line.text("format") != kFormat) line.fail("format", fmt::format("is not '{}'", kFormat));
  auto start = start_from_text(line.text("start"));
  if (!start) line.fail("start", "is no time such as 2026-03-01T12:00:00.000000Z");
  trace.start = start.value_or(Start{});
  trace.dropped = static_cast<std::size_t>(line.count("dropped", kMaxTime));
  if (line.error()) return rsp::failure(*line.error());
  return {};
}

rsp::Result<rsp::TraceRecord> read_event(Line line) {
  rsp::TraceRecord record;
  record.at = std::chrono::microseconds(line.count("t", kMaxTime));
  record.event.kind = line.one_of<rsp::TraceKind>("layer", rsp::trace_kind);
  record.event.from = line.one_of<rsp::Party>("from", rsp::party);
  record.event.to = line.one_of<rsp::Party>("to", rsp::party);
  record.event.name = line.text("name");
  record.event.detail = line.text("detail");
  record.event.bytes = line.octets("hex");
  if (line.error()) return rsp::failure(*line.error());
  return record;
}

std::size_t size_of(const rsp::TraceEvent& event) {
  return event.name.size() + event.detail.size() + event.bytes.size();
}

}  // namespace

std::string to_ndjson(std::span<const rsp::TraceRecord> records) {
  std::string out;
  std::size_t number = 0;
  for (const auto& [at, event] : records) {
    Json line;
    line["n"] = ++number;
    line["t"] = at.count();
    line["layer"] = to_string(event.kind);
    line["from"] = to_string(event.from);
    line["to"] = to_string(event.to);
    if (!event.name.empty()) line["name"] = event.name;
    if (!event.detail.empty()) line["detail"] = event.detail;
    if (!event.bytes.empty()) line["hex"] = rsp::to_hex(event.bytes);
    out += rsp::dump(line) + "\n";
  }
  return out;
}

std::string to_ndjson(const rsp::Trace& trace) {
  Json header;
  header["format"] = kFormat;
  header["start"] = start_text(trace.start);
  header["dropped"] = trace.dropped;
  return rsp::dump(header) + "\n" + to_ndjson(trace.records);
}

rsp::Result<rsp::Trace> from_ndjson(std::string_view text, std::string_view file,
                                    rsp::TraceLimits limits) {
  rsp::Trace trace;
  std::size_t number = 0, octets = 0;
  bool header = false;
  auto refused = [&](std::string_view why) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = fmt::format("{}:{}", file, number),
                         .text = std::string(why),
                         .hint = std::string(kHint)});
  };
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (json.is_discarded()) return refused("the line is no JSON, or is cut short");
    if (!json.is_object()) return refused("the line is no JSON object");
    std::string place = fmt::format("{}:{}", file, number);
    if (json.contains("format")) {
      if (header || !trace.records.empty()) return refused("a second trace begins here");
      header = true;
      RSP_CHECK(read_header(Line(json, std::move(place)), trace));
      continue;
    }
    RSP_TRY(rsp::TraceRecord record, read_event(Line(json, std::move(place))));
    octets += size_of(record.event);
    if (trace.records.size() >= limits.events || octets > limits.octets)
      return refused(fmt::format("the trace has more than {} events or {} octets", limits.events,
                                 limits.octets));
    trace.records.push_back(std::move(record));
  }
  if (number == 0 || (!header && trace.records.empty())) return refused("there is no trace in it");
  return trace;
}

}  // namespace hil
