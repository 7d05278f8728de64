// The results of a run in the forms that other tools read.
#include <fmt/format.h>

#include "hil/scenario/runner.h"
#include "rsp/pki/time.h"

namespace hil {
namespace {

/// Text for XML: what XML 1.0 does not allow at all becomes U+FFFD.
std::string escape_xml(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // U+FFFE and U+FFFF are no characters of XML either.
    if (text.substr(i, 2) == "\xEF\xBF" &&
        (text.substr(i + 2, 1) == "\xBE" || text.substr(i + 2, 1) == "\xBF")) {
      out += "\xEF\xBF\xBD";
      i += 2;
      continue;
    }
    char c = text[i];
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\n':
        out += "&#10;";
        break;
      default:
        bool forbidden = static_cast<unsigned char>(c) < 0x20 && c != '\t';
        out += forbidden ? std::string("\xEF\xBF\xBD") : std::string(1, c);
    }
  }
  return out;
}

std::string seconds(std::chrono::microseconds span) {
  return fmt::format("{:.6f}", static_cast<double>(span.count()) / 1e6);
}

void junit_case(std::string& out, const CaseResult& result) {
  std::string class_name = result.file;
  std::ranges::replace(class_name, '/', '.');
  out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" file=\"{}\" time=\"{}\">\n",
                     escape_xml(class_name), escape_xml(result.name), escape_xml(result.file),
                     seconds(result.took));
  out += "   <properties>\n";
  auto property = [&](std::string_view name, const std::string& value) {
    out += fmt::format("    <property name=\"{}\" value=\"{}\"/>\n", name, escape_xml(value));
  };
  property("seed", std::to_string(result.seed));
  for (const std::string& reference : result.references) property("reference", reference);
  for (const std::string& tag : result.tags) property("tag", tag);
  for (const auto& [kind, file] : result.traces) property("trace." + kind, file);
  out += "   </properties>\n";
  std::string text = escape_xml(result.text());
  std::string first = escape_xml(result.findings.empty() ? "" : result.findings.front().text);
  switch (result.verdict) {
    case Verdict::kPassed:
      break;
    case Verdict::kFailed:
      out += fmt::format("   <failure message=\"{}\">{}</failure>\n", first, text);
      break;
    case Verdict::kError:
      out += fmt::format("   <error message=\"{}\">{}</error>\n", first, text);
      break;
    case Verdict::kNotApplicable:
      out += fmt::format("   <skipped message=\"not applicable: {}\"/>\n", first);
      break;
  }
  out += "  </testcase>\n";
}

}  // namespace

std::string to_junit(const std::vector<CaseResult>& results, const RunSummary& summary) {
  // A run that was cut short must not look like a good one: it has an error of its own.
  std::size_t cut_short = summary.interrupted ? 1 : 0;
  std::string counts =
      fmt::format("tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"{}\"",
                  summary.done() + cut_short, summary.failed, summary.errors + cut_short,
                  summary.not_applicable, seconds(summary.took));
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  out += fmt::format("<testsuites {}>\n", counts);
  out += fmt::format(" <testsuite name=\"esimbench\" {} timestamp=\"{}\">\n", counts,
                     rsp::pki::time_text(rsp::SystemClock().now()));
  out += fmt::format("  <properties>\n   <property name=\"seed\" value=\"{}\"/>\n  </properties>\n",
                     summary.seed);
  if (summary.interrupted) {
    out +=
        "  <testcase classname=\"esimbench\" name=\"run\">\n"
        "   <error message=\"the run was interrupted; not all cases ran\"/>\n  </testcase>\n";
  }
  for (const CaseResult& result : results) junit_case(out, result);
  return out + " </testsuite>\n</testsuites>\n";
}

std::string to_tap(const std::vector<CaseResult>& results, const RunSummary& summary) {
  std::string out = fmt::format("TAP version 13\n1..{}\n", results.size());
  if (summary.interrupted) out += "Bail out! The run was interrupted; not all cases ran.\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const CaseResult& result = results[i];
    bool good = result.verdict == Verdict::kPassed || result.verdict == Verdict::kNotApplicable;
    out += fmt::format("{} {} - {}", good ? "ok" : "not ok", i + 1, result.name);
    if (result.verdict == Verdict::kNotApplicable) out += " # SKIP not applicable";
    out += "\n";
    if (good) continue;
    out += fmt::format("  ---\n  verdict: {}\n  seed: {}\n  findings:\n",
                       rsp::asn1::name_of(result.verdict), result.seed);
    for (const Finding& finding : result.findings) {
      out += fmt::format("    - place: {}\n      text: {}\n", rsp::dump(Json(finding.place)),
                         rsp::dump(Json(finding.text)));
    }
    out += "  ...\n";
  }
  return out;
}

std::string to_ndjson(const std::vector<CaseResult>& results, const RunSummary& summary) {
  std::string out;
  for (const CaseResult& result : results) {
    Json line{{"type", "case"}};
    line.update(to_json(result));
    out += rsp::dump(line) + "\n";
  }
  Json last{{"type", "summary"}};
  last.update(to_json(summary));
  return out + rsp::dump(last) + "\n";
}

CaseResult case_result_of(const Json& json) {
  CaseResult result;
  result.id = json.value("id", "");
  result.name = json.value("name", "");
  result.file = json.value("file", "");
  result.title = json.value("title", "");
  result.references = json.value("reference", std::vector<std::string>{});
  result.tags = json.value("tags", std::vector<std::string>{});
  (void)Scalar<Verdict>::read(json.value("verdict", Json("error")), result.verdict);
  result.took =
      std::chrono::microseconds(static_cast<std::int64_t>(json.value("seconds", 0.0) * 1e6));
  result.seed = json.value("seed", std::uint64_t{0});
  result.run_seed = json.value("runSeed", std::uint64_t{0});
  for (const Json& one : json.value("findings", Json::array())) {
    result.findings.push_back({one.value("place", ""), one.value("text", ""),
                               one.value("expected", Json()), one.value("actual", Json())});
  }
  for (const Json& one : json.value("faults", Json::array())) {
    result.faults.push_back({one.value("id", ""), one.value("where", ""), one.value("action", ""),
                             one.value("matched", std::uint64_t{0}),
                             one.value("used", std::uint64_t{0}), one.value("complaint", "")});
  }
  result.traces = json.value("traces", std::map<std::string, std::string>{});
  return result;
}

}  // namespace hil
