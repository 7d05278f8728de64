#include "hil/trace/html.h"

#include <fmt/format.h>

#include <array>
#include <optional>

#include "hil/trace/explain.h"
#include "hil/trace/html_assets.h"
#include "hil/trace/markup.h"
#include "hil/trace/sequence.h"
#include "rsp/base/base64.h"
#include "rsp/base/hex.h"
#include "rsp/crypto/digest.h"
#include "rsp/pki/time.h"

namespace hil {
namespace {

using rsp::Party;
using rsp::TraceKind;
using Records = std::span<const rsp::TraceRecorder::Record>;
using Kind = SequenceLine::Kind;

/// The LPA stands in the middle, because it is who talks to both others.
constexpr std::array kLanes = {Party::kEuicc, Party::kLpa, Party::kServer};
/// More of one message than anybody reads; the NDJSON trace has it all.
constexpr std::size_t kMaxHexOctets = 8192;

std::size_t lane_of(Party party) {
  return static_cast<std::size_t>(std::ranges::find(kLanes, party) - kLanes.begin());
}

std::string milliseconds(std::chrono::microseconds time) {
  return fmt::format("{:.3f}", static_cast<double>(time.count()) / 1000);
}

std::string counted(std::size_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string_view class_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return "ok";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kNone:
      break;
  }
  return "muted";
}

Markup coloured(Outcome outcome, std::string_view text) {
  return element("span", {{"class", std::string(class_of(outcome))}}, text);
}

/// A part that opens by itself.
template <class... Children>
Markup fold_away(std::string_view summary, const Children&... children) {
  return element("details", {}, element("summary", {}, summary), children...);
}

// --- The panel that a message opens ---

Markup field_row(const DecodedField& field) {
  std::vector<Markup> value;
  if (!field.meaning.empty())
    value.push_back(element("span", {{"class", "meaning"}}, field.meaning));
  if (!field.octets.empty())
    value.push_back(element("span", {{"class", "mono hex"}}, field.octets));
  std::string indent = fmt::format("d{}", std::min<std::size_t>(field.depth, 8));
  return element(
      "tr", {},
      element("td", {{"class", "narrow"}}, element("div", {{"class", indent}}, field.name)),
      element("td", {{"class", "narrow mono"}}, field.tag), element("td", {}, value));
}

Markup message_part(const DecodedMessage& message) {
  std::vector<Markup> parts;
  // Where the message is an element itself, its first row is its heading.
  bool named = !message.fields.empty() && message.fields[0].name == message.name;
  if (!named) parts.push_back(element("h3", {}, message.name));
  if (!message.fields.empty()) {
    std::vector<Markup> rows;
    for (const DecodedField& field : message.fields) rows.push_back(field_row(field));
    Markup head = element("thead", {},
                          element("tr", {}, element("th", {}, "Field"), element("th", {}, "Tag"),
                                  element("th", {}, "Value")));
    parts.push_back(element("table", {{"class", "data"}}, head, element("tbody", {}, rows)));
  }
  if (!message.error.empty()) parts.push_back(element("p", {{"class", "failed"}}, message.error));
  return element("div", {{"class", "message"}}, parts);
}

Markup json_part(std::string_view summary, const rsp::Json& json) {
  return fold_away(summary, element("pre", {}, rsp::dump(json, 2)));
}

Markup hex_part(rsp::BytesView octets) {
  std::string hex = rsp::to_hex(octets.first(std::min(octets.size(), kMaxHexOctets)));
  if (octets.size() > kMaxHexOctets)
    hex += fmt::format("... and {} more octets", octets.size() - kMaxHexOctets);
  return fold_away(fmt::format("Hexadecimal, {}", counted(octets.size(), "octet")),
                   element("pre", {}, hex));
}

Markup apdu_row(Records records, std::size_t index) {
  const rsp::TraceEvent& event = records[index].event;
  Explanation explained = explain(event);
  Markup what = event.from == Party::kLpa ? element("span", {}, explained.title)
                                          : coloured(explained.outcome, explained.result);
  return element(
      "tr", {}, element("td", {{"class", "narrow muted"}}, fmt::format("#{}", index + 1)),
      element("td", {{"class", "narrow"}}, what),
      element("td", {}, element("span", {{"class", "mono hex"}}, rsp::to_hex(event.bytes))));
}

Markup apdu_table(Records records, std::span<const CardCommand> commands) {
  std::vector<Markup> rows;
  for (const CardCommand& command : commands) {
    for (std::size_t index : command.apdus) rows.push_back(apdu_row(records, index));
  }
  return element("table", {{"class", "data"}}, element("tbody", {}, rows));
}

std::size_t apdu_count(const SequenceLine& line) {
  std::size_t records = 0;
  for (const CardCommand& command : line.commands) records += command.apdus.size();
  return (records + 1) / 2;  // a command and its response count as one
}

Markup segment_part(Records records, const CardCommand& command, std::size_t number) {
  const SegmentKind* kind = segment_kind(command.octets);
  std::vector<Markup> summary{
      element("span", {}, fmt::format("{}. {} ", number, kind == nullptr ? "segment" : kind->name)),
      element("span", {{"class", "muted"}},
              fmt::format("{}, {} ", counted(command.octets.size(), "octet"),
                          counted((command.apdus.size() + 1) / 2, "APDU")))};
  if (command.sw) summary.push_back(coloured(outcome_of(*command.sw), to_string(*command.sw)));
  std::vector<Markup> parts{element("summary", {}, summary)};
  if (kind != nullptr) parts.push_back(element("p", {}, kind->sentence));
  parts.push_back(command.apdus.empty() ? element("pre", {}, rsp::to_hex(command.octets))
                                        : apdu_table(records, {&command, 1}));
  return element("details", {{"class", "segment"}}, parts);
}

/// Where, from whom, how large: what does not fit beside an arrow.
std::string particulars(const SequenceLine& line, const Explanation& explained) {
  std::string text = fmt::format("#{}, {} ms", line.index + 1, milliseconds(line.at));
  if (line.event.from != line.event.to) {
    text += fmt::format(", {} to {}", to_string(line.event.from), to_string(line.event.to));
  }
  if (!explained.reference.empty()) text += ", " + explained.reference;
  for (std::size_t index : line.same)
    text += fmt::format(", also recorded by the other end as #{}", index + 1);
  return text;
}

/// "MANAGE CHANNEL, SELECT" of the commands in between, each word once.
Explanation explain_card_commands(Records records, const SequenceLine& line) {
  Explanation all;
  std::vector<std::string> seen;
  for (const CardCommand& command : line.commands) {
    Explanation one = explain(records[command.apdus.front()].event);
    std::string name =
        one.title.starts_with("SELECT") ? "SELECT" : one.title.substr(0, one.title.find(','));
    if (std::ranges::find(seen, name) == seen.end()) all.title += (seen.empty() ? "" : ", ") + name;
    if (!all.sentence.ends_with(one.sentence))
      all.sentence += (all.sentence.empty() ? "" : " ") + one.sentence;
    seen.push_back(std::move(name));
  }
  return all;
}

Explanation explain_segments(const SequenceLine& line) {
  std::vector<rsp::BytesView> segments;
  for (const CardCommand& command : line.commands) segments.push_back(command.octets);
  // The function's sentence and not the one of a single segment.
  Explanation all = explain({TraceKind::kEs10, Party::kLpa, Party::kEuicc, line.function, "", {}});
  all.messages = decode_segments(segments);
  return all;
}

Explanation explain_line(Records records, const SequenceLine& line) {
  if (line.kind == Kind::kCardCommands) return explain_card_commands(records, line);
  if (line.kind == Kind::kSegments) return explain_segments(line);
  return explain(line.event, line.function);
}

Markup panel(Records records, const SequenceLine& line, const Explanation& explained) {
  std::vector<Markup> parts;
  if (!explained.sentence.empty()) parts.push_back(element("p", {}, explained.sentence));
  if (!explained.result.empty())
    parts.push_back(element("p", {}, coloured(explained.outcome, explained.result)));
  parts.push_back(element("p", {{"class", "muted"}}, particulars(line, explained)));
  for (const DecodedMessage& message : explained.messages) parts.push_back(message_part(message));
  for (const DecodedMessage& message : explained.messages) {
    if (!message.json.is_null())
      parts.push_back(json_part(fmt::format("{} as JSON", message.name), shortened(message.json)));
  }
  if (!explained.body.is_null()) parts.push_back(json_part("HTTP body", explained.body));
  bool other_body =
      line.event.kind == TraceKind::kHttp && explained.body.is_null() && !line.event.detail.empty();
  if (other_body) parts.push_back(fold_away("HTTP body", element("pre", {}, line.event.detail)));
  if (!line.event.bytes.empty() && line.kind != Kind::kCardCommands)
    parts.push_back(hex_part(line.event.bytes));
  if (line.kind == Kind::kSegments) {
    std::vector<Markup> segments;
    for (std::size_t i = 0; i < line.commands.size(); ++i) {
      segments.push_back(segment_part(records, line.commands[i], i + 1));
    }
    parts.push_back(fold_away(counted(line.commands.size(), "segment"),
                              element("div", {{"class", "segments"}}, segments)));
  } else if (line.kind == Kind::kCardCommands) {
    parts.push_back(apdu_table(records, line.commands));
  } else if (!line.commands.empty()) {
    parts.push_back(
        fold_away(counted(apdu_count(line), "APDU"), apdu_table(records, line.commands)));
  }
  return element("div", {{"class", "panel"}}, parts);
}

// --- One line of the diagram ---

Outcome outcome_of_line(const SequenceLine& line, const Explanation& explained) {
  if (line.kind == Kind::kMessage || line.kind == Kind::kNote) return explained.outcome;
  bool failed = std::ranges::any_of(line.commands, [](const CardCommand& command) {
    return command.sw && outcome_of(*command.sw) == Outcome::kFailed;
  });
  return failed ? Outcome::kFailed : Outcome::kNone;
}

/// What stands under the arrow: result, size, time taken.
std::vector<Markup> about(const SequenceLine& line, const Explanation& explained) {
  std::vector<Markup> parts;
  auto add = [&](Markup part) {
    if (!parts.empty()) parts.push_back({" \xC2\xB7 "});
    parts.push_back(std::move(part));
  };
  auto plain = [&](std::string_view text) { add({escape_html(text)}); };
  if (!explained.result.empty() && line.kind == Kind::kMessage)
    add(coloured(explained.outcome, explained.result));
  if (line.kind == Kind::kSegments) plain(counted(line.commands.size(), "segment"));
  std::size_t size =
      line.event.kind == TraceKind::kHttp ? line.event.detail.size() : line.event.bytes.size();
  for (const CardCommand& command : line.commands) {
    if (line.kind == Kind::kSegments) size += command.octets.size();
    if (line.kind == Kind::kCardCommands && command.sw && outcome_of(*command.sw) != Outcome::kOk) {
      add(coloured(outcome_of(*command.sw), to_string(*command.sw)));
    }
  }
  if (size > 0 && line.kind != Kind::kCardCommands) plain(counted(size, "octet"));
  if (apdu_count(line) > 0) plain(counted(apdu_count(line), "APDU"));
  if (line.took) plain(milliseconds(*line.took) + " ms");
  return parts;
}

/// What whoever drives the others does is in no lane: it stands across all of them.
bool is_across(const SequenceLine& line) {
  return line.event.kind == TraceKind::kFault || line.event.from == Party::kTest ||
         line.event.to == Party::kTest;
}
bool is_note(const SequenceLine& line) { return line.kind == Kind::kNote || is_across(line); }

Markup label(const SequenceLine& line, const Explanation& explained) {
  if (is_note(line)) {
    std::vector<Markup> text;
    if (line.event.kind == TraceKind::kFault)
      text.push_back(element("strong", {{"class", "badge"}}, "fault "));
    text.push_back({escape_html(line.event.name)});
    if (!line.event.detail.empty() && line.event.kind != TraceKind::kPower) {
      text.push_back({": "});
      text.push_back(coloured(explained.outcome, line.event.detail));
    }
    return element("span", {{"class", "label"}}, element("span", {}, text));
  }
  return element("span", {{"class", "label"}},
                 element("span", {{"class", "name"}}, explained.title),
                 element("span", {{"class", "arrow"}}),
                 element("span", {{"class", "about"}}, about(line, explained)));
}

std::string row_class(const SequenceLine& line, Outcome outcome) {
  std::string names = "row";
  std::size_t from = lane_of(line.event.from), to = lane_of(line.event.to);
  if (is_across(line)) {
    names += line.event.kind == TraceKind::kFault ? " note across fault" : " note across step";
  } else if (line.kind == Kind::kNote) {
    names += fmt::format(" note at{}", from);
  } else {
    names += line.kind == Kind::kCardCommands      ? " cards"
             : line.event.kind == TraceKind::kHttp ? " http"
                                                   : " es10";
    names += fmt::format(" span{}{}", std::min(from, to), std::max(from, to));
    if (to < from) names += " leftwards";
    if (line.event.from != Party::kLpa) names += " answer";
  }
  if (outcome == Outcome::kFailed) names += " bad";
  return names;
}

struct Row {
  const SequenceLine& line;
  Explanation explained;
  Outcome outcome;
};
bool is_fault(const Row& row) { return row.line.event.kind == TraceKind::kFault; }

std::vector<Markup> why(const Row& row) {
  if (is_note(row.line) || row.explained.sentence.empty()) return {};
  return {element("span", {{"class", "why"}}, row.explained.sentence)};
}

Markup row(Records records, const Row& row) {
  Markup time = element("span", {{"class", "time"}}, element("b", {}, milliseconds(row.line.at)),
                        fmt::format(" #{}", row.line.index + 1));
  return element(
      "details",
      {{"class", row_class(row.line, row.outcome)}, {"id", fmt::format("n{}", row.line.index + 1)}},
      element("summary", {}, time, label(row.line, row.explained), why(row)),
      panel(records, row.line, row.explained));
}

/// The lines, with a heading wherever another procedure begins.
std::vector<Markup> diagram(Records records, const std::vector<Row>& rows) {
  std::vector<Markup> out;
  std::optional<Procedure> current;
  for (const Row& each : rows) {
    auto procedure = procedure_of(each.line.function);
    if (procedure && procedure != current) {
      out.push_back(element("h2", {{"class", "procedure"}},
                            element("span", {}, procedure->name,
                                    element("span", {{"class", "muted"}}, procedure->reference))));
      current = procedure;
    }
    out.push_back(row(records, each));
  }
  return out;
}

// --- What stands above the diagram ---

/// A step that reports trouble tells why the message after it failed, and is no failure of its own;
/// nor is what was put in on purpose.
bool counts_as_failure(const Row& row) {
  return row.outcome == Outcome::kFailed && row.line.event.kind != TraceKind::kStep &&
         !is_fault(row);
}

Markup fact(std::string_view name, std::string_view value, Outcome outcome = Outcome::kNone) {
  std::string colour = outcome == Outcome::kNone ? "" : std::string(class_of(outcome));
  return element("div", {}, element("dt", {}, name), element("dd", {{"class", colour}}, value));
}

/// Empty where nobody knows.
std::string begin_of(const rsp::Trace& trace) {
  if (trace.start == decltype(trace.start){}) return {};
  return rsp::pki::time_text(std::chrono::floor<std::chrono::milliseconds>(trace.start));
}

std::vector<Markup> more_facts(const rsp::Trace& trace, const std::vector<Row>& rows) {
  std::vector<Markup> out;
  if (auto faults = std::ranges::count_if(rows, is_fault); faults > 0)
    out.push_back(fact("Faults put in", std::to_string(faults)));
  if (trace.dropped > 0)
    out.push_back(fact("Events not kept", std::to_string(trace.dropped), Outcome::kFailed));
  if (std::string begin = begin_of(trace); !begin.empty()) out.push_back(fact("Began", begin));
  return out;
}

Markup facts(const rsp::Trace& trace, const std::vector<Row>& rows) {
  const Records records = trace.records;
  std::size_t messages = 0, apdus = 0, http = 0, failed = 0;
  for (const Row& each : rows) {
    messages += each.line.kind == Kind::kMessage || each.line.kind == Kind::kSegments;
    apdus += apdu_count(each.line);
    http += each.line.event.kind == TraceKind::kHttp && each.line.event.from == Party::kLpa;
    failed += counts_as_failure(each);
  }
  auto length =
      records.empty() ? std::chrono::microseconds{} : records.back().at - records.front().at;
  return element("dl", {{"class", "facts"}},
                 fact("Failures", failed == 0 ? "none" : std::to_string(failed),
                      failed == 0 ? Outcome::kOk : Outcome::kFailed),
                 fact("Duration", milliseconds(length) + " ms"),
                 fact("Messages", std::to_string(messages)), fact("APDUs", std::to_string(apdus)),
                 fact("HTTP requests", std::to_string(http)),
                 fact("Events", std::to_string(records.size())), more_facts(trace, rows));
}

/// A list of links to some of the lines; nothing where there are none.
std::vector<Markup> links(const std::vector<Row>& rows, bool (*wanted)(const Row&),
                          std::string colours, std::string_view heading) {
  std::vector<Markup> items;
  for (const Row& each : rows) {
    if (!wanted(each)) continue;
    std::string name = fmt::format("#{} {}", each.line.index + 1, each.explained.title);
    items.push_back(
        element("li", {}, element("a", {{"href", fmt::format("#n{}", each.line.index + 1)}}, name),
                each.explained.result.empty() ? "" : ": " + each.explained.result));
  }
  if (items.empty()) return {};
  return {element("nav", {{"class", std::move(colours)}}, element("strong", {}, heading),
                  element("ol", {}, items))};
}

Markup filter(std::string id, std::string_view text, bool checked) {
  Markup box{start_tag(
      "input", {{"type", "checkbox"}, {"id", std::move(id)}, {checked ? "checked" : "", ""}})};
  return element("label", {}, box, text);
}

Markup tools() {
  Markup expand = element(
      "button", {{"type", "button"}, {"id", "expand"}, {"aria-pressed", "false"}, {"hidden", ""}},
      "Expand all");
  return element("div", {{"class", "tools"}}, expand, filter("show-es10", "ES10", true),
                 filter("show-http", "HTTP", true),
                 filter("show-cards", "Other card commands", true),
                 filter("show-notes", "Notes", true), filter("show-why", "Explanations", true),
                 filter("show-failed", "Failures only", false));
}

Markup lane_names() {
  std::vector<Markup> names;
  for (Party party : kLanes) names.push_back(element("span", {}, to_string(party)));
  return element("div", {{"class", "lanes"}}, element("span", {{"class", "axis"}}, "ms"),
                 element("div", {{"class", "names"}}, names));
}

/// The hash by which a policy admits an inline style or script.
std::string source_hash(std::string_view source) {
  return fmt::format("'sha256-{}'", rsp::to_base64(rsp::crypto::sha256(rsp::view_of(source))));
}

Markup head(std::string_view title) {
  std::string policy = fmt::format(
      "default-src 'none'; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
      source_hash(kTraceStyle), source_hash(kTraceScript));
  Markup meta{start_tag("meta", {{"charset", "utf-8"}}) +
              start_tag("meta", {{"http-equiv", "Content-Security-Policy"}, {"content", policy}}) +
              start_tag("meta", {{"name", "viewport"},
                                 {"content", "width=device-width, initial-scale=1"}})};
  return element("head", {}, meta, element("title", {}, title),
                 element("style", {}, Markup{std::string(kTraceStyle)}));
}

}  // namespace

std::string to_html(std::string_view title, Records records) {
  return to_html(title, rsp::Trace{.records = {records.begin(), records.end()}});
}

std::string to_html(std::string_view title, const rsp::Trace& trace) {
  const Records records = trace.records;
  std::vector<SequenceLine> lines = fold(records);
  std::vector<Row> rows;
  rows.reserve(lines.size());
  for (const SequenceLine& line : lines) {
    Explanation explained = explain_line(records, line);
    Outcome outcome = outcome_of_line(line, explained);
    rows.push_back({line, std::move(explained), outcome});
  }
  Markup lifelines = element("div", {{"class", "lifelines"}, {"aria-hidden", "true"}},
                             element("i", {}), element("i", {}), element("i", {}));
  Markup main = element("main", {}, element("h1", {}, title), facts(trace, rows),
                        links(rows, counts_as_failure, "failures", "What failed"),
                        links(rows, is_fault, "failures faults", "What was put in on purpose"),
                        tools(), lane_names(),
                        element("div", {{"class", "diagram"}}, lifelines, diagram(records, rows)));
  Markup body = element("body", {}, main, element("script", {}, Markup{std::string(kTraceScript)}));
  return "<!DOCTYPE html>\n" + element("html", {{"lang", "en"}}, head(title), body).html + "\n";
}

}  // namespace hil
