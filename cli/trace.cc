// trace VERB: what traces say, in other forms, and without what identifies people.
#include <fmt/format.h>

#include <map>

#include "cli/command.h"
#include "hil/trace/explain.h"
#include "hil/trace/html.h"
#include "hil/trace/lua.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"
#include "hil/trace/redact.h"
#include "hil/trace/sequence.h"
#include "rsp/base/hex.h"

namespace cli {
namespace {

struct TraceArguments {
  std::filesystem::path file;
  std::optional<std::filesystem::path> out, map;
  std::optional<std::string> seed;
};

rsp::Result<rsp::Trace> read_trace(const std::filesystem::path& file) {
  constexpr std::uintmax_t kMost = 1 << 30;  // hexadecimal takes twice what a recorder keeps
  RSP_TRY(rsp::Bytes text, read_file(file, kMost));
  return hil::from_ndjson(rsp::text_of(text), file.string());
}

// --- show ---

/// The function that each HTTP answer belongs to, also one that is nothing but a status.
std::map<std::size_t, std::string> functions_of(const rsp::Trace& trace) {
  std::map<std::size_t, std::string> functions;
  for (const hil::SequenceLine& line : hil::fold(trace.records)) {
    functions[line.index] = line.function;
    for (std::size_t index : line.same) functions[index] = line.function;
  }
  return functions;
}

std::string_view name_of(hil::Outcome outcome) {
  switch (outcome) {
    case hil::Outcome::kOk:
      return "ok";
    case hil::Outcome::kFailed:
      return "failed";
    case hil::Outcome::kNone:
      break;
  }
  return "";
}

rsp::Json describe(std::size_t number, const rsp::TraceRecord& record,
                   const hil::Explanation& explained) {
  const rsp::TraceEvent& event = record.event;
  rsp::Json out{{"n", number},
                {"t", record.at.count()},
                {"layer", to_string(event.kind)},
                {"from", to_string(event.from)},
                {"to", to_string(event.to)}};
  auto add = [&](const char* name, std::string_view text) {
    if (!text.empty()) out[name] = text;
  };
  add("name", event.name);
  add("title", explained.title);
  add("outcome", name_of(explained.outcome));
  add("result", explained.result);
  add("sentence", explained.sentence);
  add("reference", explained.reference);
  for (const hil::DecodedMessage& message : explained.messages) {
    rsp::Json each{{"name", message.name}, {"json", hil::shortened(message.json)}};
    if (!message.error.empty()) each["error"] = message.error;
    out["messages"].push_back(std::move(each));
  }
  if (!event.bytes.empty()) out["hex"] = rsp::to_hex(event.bytes);
  out["text"] = hil::to_text(explained);
  return out;
}

Outcome show(const TraceArguments& arguments) {
  RSP_TRY(rsp::Trace trace, read_trace(arguments.file));
  auto functions = functions_of(trace);
  rsp::Json events = rsp::Json::array();
  for (std::size_t i = 0; i < trace.records.size(); ++i) {
    const rsp::TraceRecord& record = trace.records[i];
    events.push_back(describe(i + 1, record, hil::explain(record.event, functions[i])));
  }
  return rsp::Json{{"dropped", trace.dropped}, {"events", std::move(events)}};
}

/// What came out of a file of somebody else's, without what a terminal would act upon.
std::string printable(std::string text) {
  for (char& c : text) {
    auto octet = static_cast<unsigned char>(c);
    if ((octet < 0x20 && c != '\n') || octet == 0x7F) c = '?';
  }
  return text;
}

void print_event(const rsp::Json& event) {
  auto text = [&](const char* name) { return event.value(name, std::string()); };
  std::string from = text("from"), to = text("to");
  fmt::print("#{} {:.3f} ms {} {}\n", event.at("n").get<std::size_t>(),
             static_cast<double>(event.at("t").get<std::int64_t>()) / 1000, text("layer"),
             from == to ? from : from + " > " + to);
  std::string lines = printable(text("text"));
  for (std::size_t at = 0; at < lines.size();) {
    std::size_t end = std::min(lines.find('\n', at), lines.size());
    fmt::print("    {}\n", lines.substr(at, end - at));
    at = end + 1;
  }
  if (event.contains("hex")) fmt::print("    {}\n", text("hex"));
}

void print_events(const rsp::Json& document) {
  for (const rsp::Json& event : document.at("events")) print_event(event);
  if (auto dropped = document.at("dropped").get<std::size_t>(); dropped > 0)
    fmt::print("{} more events were not kept: the recorder was full\n", dropped);
}

// --- html, pcapng ---

Outcome write_as(const TraceArguments& arguments,
                 const std::function<std::string(const rsp::Trace&)>& convert) {
  RSP_TRY(rsp::Trace trace, read_trace(arguments.file));
  RSP_CHECK(write_file(*arguments.out, convert(trace)));
  return rsp::Json{{"out", arguments.out->string()},
                   {"events", trace.records.size()},
                   {"dropped", trace.dropped}};
}

void print_written(const rsp::Json& document) {
  fmt::print("{} events to {}\n", document.at("events").get<std::size_t>(),
             document.at("out").get<std::string>());
}

// --- redact ---

Outcome redact(App& app, const TraceArguments& arguments) {
  RSP_TRY(rsp::Trace trace, read_trace(arguments.file));
  auto random = app.random.octets<32>();
  rsp::BytesView salt = arguments.seed ? rsp::view_of(*arguments.seed) : rsp::BytesView(random);
  hil::Redaction redaction = hil::redact(trace, salt);
  RSP_CHECK(write_file(*arguments.out, hil::to_ndjson(redaction.trace)));
  rsp::Json counts = rsp::Json::object(), map = rsp::Json::array();
  for (const hil::Pseudonym& each : redaction.pseudonyms) {
    std::string kind(to_string(each.original.kind));
    counts[kind] = counts.value(kind, 0) + 1;
    map.push_back({{"kind", kind}, {"original", each.original.value}, {"pseudonym", each.value}});
  }
  if (arguments.map) RSP_CHECK(write_file(*arguments.map, rsp::dump(map, 2) + "\n"));
  return rsp::Json{{"out", arguments.out->string()},
                   {"events", redaction.trace.records.size()},
                   {"leftOut", redaction.left_out},
                   {"replaced", std::move(counts)}};
}

void print_redacted(const rsp::Json& document) {
  print_written(document);
  for (const auto& [kind, count] : document.at("replaced").items())
    fmt::print("{:<28} {}\n", kind, count.get<std::size_t>());
  fmt::print("{:<28} {}\n", "TLS events left out", document.at("leftOut").get<std::size_t>());
}

// --- lua ---

Outcome lua(const TraceArguments& arguments) {
  std::string script = hil::wireshark_script();
  if (!arguments.out) return rsp::Json{{"script", std::move(script)}};
  RSP_CHECK(write_file(*arguments.out, script));
  return rsp::Json{{"out", arguments.out->string()}};
}

void print_script(const rsp::Json& document) {
  if (document.contains("script")) fmt::print("{}", document.at("script").get<std::string>());
}

}  // namespace

void add_trace(App& app) {
  CLI::App* trace_app = app.parser.add_subcommand("trace", "traces: read, convert, make anonymous");
  trace_app->require_subcommand(1);
  auto arguments = std::make_shared<TraceArguments>();
  auto add = [&](const char* name, const char* description, Command command) {
    CLI::App* sub = app.add(*trace_app, name, description, std::move(command));
    sub->add_option("file", arguments->file, "trace as NDJSON, such as demo --out leaves")
        ->required();
    return sub;
  };
  auto to_file = [&](CLI::App* sub, const char* what) {
    sub->add_option("--out", arguments->out, what)->required();
    return sub;
  };

  add("show", "what each event means, in words and fields",
      {[arguments] { return show(*arguments); }, print_events});
  to_file(add("html", "a sequence diagram whose messages open",
              {[arguments] {
                 return write_as(*arguments, [&](const rsp::Trace& trace) {
                   return hil::to_html(arguments->file.filename().string(), trace);
                 });
               },
               print_written}),
          "HTML file to write");
  to_file(add("pcapng", "a capture for Wireshark, with the secrets that open its TLS",
              {[arguments] {
                 return write_as(*arguments, [](const rsp::Trace& trace) {
                   rsp::Bytes file = hil::to_pcapng(trace);
                   return std::string(rsp::text_of(file));
                 });
               },
               print_written}),
          "pcapng file to write");
  CLI::App* redact_app =
      to_file(add("redact", "the same trace with pseudonyms for what identifies anybody",
                  {[&app, arguments] { return redact(app, *arguments); }, print_redacted}),
              "NDJSON file to write");
  redact_app->add_option("--map", arguments->map,
                         "file that gets what each pseudonym stands for; keep it to yourself");
  redact_app->add_option("--seed", arguments->seed,
                         "the same seed gives the same pseudonyms (default: a random one)");
  CLI::App* lua_app = app.add(*trace_app, "lua", "a script that has Wireshark name ES10 functions",
                              {[arguments] { return lua(*arguments); }, print_script});
  lua_app->add_option("--out", arguments->out, "file to write (default: standard output)");
}

}  // namespace cli
