// Trace: what happened, to look at, to search, and to write.
#include <fmt/format.h>

#include "bindings/bench.h"
#include "bindings/trace_text.h"
#include "hil/trace/html.h"
#include "hil/trace/ndjson.h"
#include "hil/trace/pcapng.h"

namespace bindings {
namespace {

using Records = std::vector<rsp::TraceRecord>;

/// A copy. The recorder takes care of itself, so that this works while another thread is blocked.
rsp::Trace recorded(const PyTrace& trace) { return trace.bench->open().trace().trace(); }
Records records_of(const PyTrace& trace) { return recorded(trace).records; }

py::object to_event(const rsp::TraceRecord& record) {
  const rsp::TraceEvent& event = record.event;
  auto text = [](std::string_view t) { return to_python(rsp::Json(t)); };
  return python_class("values", "TraceEvent")(
      py::arg("at") = std::chrono::duration<double>(record.at).count(),
      py::arg("kind") = text(to_string(event.kind)),
      py::arg("sender") = text(to_string(event.from)),
      py::arg("receiver") = text(to_string(event.to)), py::arg("name") = text(event.name),
      py::arg("detail") = text(event.detail), py::arg("bytes") = octets_to_python(event.bytes),
      py::arg("line") = text(trace_line(record)));
}

bool matches(const rsp::TraceRecord& record, const std::string& text,
             const std::optional<std::string>& kind) {
  if (kind && *kind != to_string(record.event.kind)) return false;
  return trace_has(record, text);
}

std::optional<std::size_t> find(const Records& records, const std::string& text,
                                const std::optional<std::string>& kind, std::size_t from) {
  for (std::size_t i = from; i < records.size(); ++i) {
    if (matches(records[i], text, kind)) return i;
  }
  return std::nullopt;
}

std::size_t index(const PyTrace& trace, const std::string& text,
                  const std::optional<std::string>& kind, std::size_t start) {
  if (auto found = find(records_of(trace), text, kind, start)) return *found;
  throw py::value_error("no event of the trace has '" + text + "'");
}

py::list sequence(const PyTrace& trace, const py::args& texts) {
  Records records = records_of(trace);
  py::list out;
  std::size_t from = 0;
  std::string before = "the start";
  for (py::handle wanted : texts) {
    auto text = wanted.cast<std::string>();
    auto found = find(records, text, std::nullopt, from);
    if (!found) {
      bool earlier = find(records, text, std::nullopt, 0).has_value();
      throw py::value_error(fmt::format("'{}' does not come after {}{}", text, before,
                                        earlier ? ", only earlier" : " or at all"));
    }
    out.append(to_event(records[*found]));
    from = *found + 1;
    before = "'" + text + "'";
  }
  return out;
}

}  // namespace

void bind_trace(py::module_& module) {
  py::class_<PyTrace>(module, "Trace",
                      "Everything that happened on a testbed: APDUs, ES10, HTTP, commits, power, "
                      "faults, steps.\n\n>>> eid = testbed.lpa.eid()\n>>> \"ES10c.GetEID\" in "
                      "testbed.trace\nTrue\n")
      .def_property_readonly(
          "events",
          [](const PyTrace& trace) {
            py::list out;
            for (const auto& record : records_of(trace)) out.append(to_event(record));
            return out;
          },
          "Every event so far, as a list of TraceEvent.")
      .def("__len__", [](const PyTrace& trace) { return records_of(trace).size(); })
      .def(
          "__contains__",
          [](const PyTrace& trace, const std::string& text) {
            return find(records_of(trace), text, std::nullopt, 0).has_value();
          },
          py::arg("text"),
          "Whether an event has this text: in \"kind sender -> receiver: name detail bytes\".")
      .def(
          "contains",
          [](const PyTrace& trace, const std::string& text,
             const std::optional<std::string>& kind) {
            return find(records_of(trace), text, kind, 0).has_value();
          },
          py::arg("text"), py::kw_only(), py::arg("kind") = py::none(),
          "The same among the events of one kind: apdu, es10, es8, http, commit, power, step, "
          "fault.")
      .def("index", &index, py::arg("text"), py::kw_only(), py::arg("kind") = py::none(),
           py::arg("start") = 0,
           "The number of the first event, from `start`, that has this text. Raises "
           "ValueError.")
      .def(
          "sequence", &sequence,
          "The first events with these texts that come one after the other. Raises ValueError that "
          "names the one that does not.\n\n"
          ">>> download = testbed.lpa.download(testbed.smdp.order())\n"
          ">>> prepared, stored = testbed.trace.sequence(\"ES10b.PrepareDownload\", "
          "\"profile/A0\")\n>>> prepared.kind, stored.kind\n('es10', 'commit')\n")
      .def(
          "text",
          [](const PyTrace& trace) { return to_python(rsp::Json(trace_text(records_of(trace)))); },
          "One line an event: milliseconds, kind, who to whom, what.")
      .def(
          "to_ndjson",
          [](const PyTrace& trace) {
            return to_python(rsp::Json(hil::to_ndjson(recorded(trace))));
          },
          "A line about the whole, and one JSON object an event, a line each.")
      .def(
          "to_pcapng",
          [](const PyTrace& trace) { return octets_to_python(hil::to_pcapng(recorded(trace))); },
          "A capture that Wireshark opens: APDUs as GSMTAP, HTTP with what opens its TLS.")
      .def(
          "to_html",
          [](const PyTrace& trace, const std::string& title) {
            return to_python(rsp::Json(hil::to_html(title, recorded(trace))));
          },
          py::arg("title") = "esimbench", "A page with a sequence diagram whose messages open.");
}

}  // namespace bindings
