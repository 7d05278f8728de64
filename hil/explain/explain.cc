#include "hil/explain/explain.h"

#include <fmt/format.h>

#include "rsp/base/text.h"
#include "rsp/json/status_json.h"

namespace hil {
namespace {

/// "61xx" stands for all status words from 6100 on.
bool fits(std::string_view code, std::string_view actual) {
  std::size_t known = code.ends_with("xx") ? code.size() - 2 : code.size();
  return actual.size() == code.size() &&
         rsp::same_text(code.substr(0, known), actual.substr(0, known));
}

/// The codes of a kind are for its layer, and for those steps that begin with its prefix.
bool is_of(const ErrorKind& kind, const rsp::Error& error) {
  return kind.layer == error.layer && error.step.starts_with(kind.prefix);
}

const ErrorMeaning* find(const rsp::Error& error) {
  for (const ErrorKind& kind : error_kinds()) {
    if (!is_of(kind, error)) continue;
    for (const ErrorMeaning& row : kind.rows) {
      if (fits(row.code, error.code)) return &row;
    }
  }
  return nullptr;
}

bool is_status_word(std::string_view code) {
  return code.size() == 4 && code.find_first_not_of("0123456789ABCDEF") == code.npos;
}

/// The parts of which a code consists, by the names of their specification.
void add_parts(const rsp::Error& error, rsp::Json& out) {
  using rsp::Layer;
  std::string_view code = error.code;
  if (error.layer == Layer::kApdu && is_status_word(code)) out["sw"] = code;
  if (code.starts_with("CME ")) out["cme"] = code.substr(4);
  std::size_t slash = code.find('/');
  if (error.layer == Layer::kServer && slash != code.npos) {
    out["subjectCode"] = code.substr(0, slash);
    out["reasonCode"] = code.substr(slash + 1);
  }
  bool of_load = error.step.starts_with("ES10b.LoadBoundProfilePackage");
  if (error.layer == Layer::kCard && of_load && !code.empty()) {
    out["bppCommandId"] = error.path;
    out["errorReason"] = code;
  }
}

}  // namespace

std::vector<KnownCode> meanings_of(std::string_view code) {
  std::vector<KnownCode> found;
  for (const ErrorKind& kind : error_kinds()) {
    for (const ErrorMeaning& row : kind.rows) {
      if (!row.code.empty() && fits(row.code, code)) found.push_back({&kind, &row});
    }
  }
  return found;
}

Explanation explain(const rsp::Error& error) {
  Explanation out{.clause = "", .meaning = "", .remedy = error.hint};
  const ErrorMeaning* row = find(error);
  if (row == nullptr) return out;
  out.clause = row->clause;
  out.meaning = row->meaning;
  if (out.remedy.empty()) out.remedy = row->remedy;
  return out;
}

rsp::Json describe_error(const rsp::Error& error) {
  rsp::Json out{{"layer", std::string(to_string(error.layer))}};
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("step", error.step);
  if (error.apdu > 0) out["apdu"] = error.apdu;
  add("code", error.code);
  add_parts(error, out);
  add("path", error.path);
  add("text", error.text);
  add("hint", error.hint);
  Explanation known = explain(error);
  add("clause", known.clause);
  add("meaning", known.meaning);
  add("remedy", known.remedy);
  return out;
}

std::string error_for_people(const rsp::Error& error) {
  rsp::Error cause = error;
  cause.hint.clear();
  std::string out = cause.message();
  if (error.apdu > 0) out += fmt::format("\n  at APDU {} of this run", error.apdu);
  Explanation known = explain(error);
  if (!known.meaning.empty()) out += "\n  means: " + known.meaning;
  if (!known.remedy.empty()) out += "\n  try: " + known.remedy;
  if (!known.clause.empty()) out += "\n  see: " + known.clause;
  return out;
}

std::string error_reference() {
  std::string out =
      "# Error codes\n\nMade by `esimbench explain --reference`. `esimbench explain CODE` shows "
      "one "
      "of them.\n";
  for (const ErrorKind& kind : error_kinds()) {
    out +=
        fmt::format("\n## {}\n\nLayer `{}`.\n\n| code | means | try | see |\n|---|---|---|---|\n",
                    kind.name, to_string(kind.layer));
    for (const ErrorMeaning& row : kind.rows)
      out += fmt::format("| {} | {} | {} | {} |\n",
                         row.code.empty() ? "(none)" : fmt::format("`{}`", row.code), row.meaning,
                         row.remedy, row.clause);
  }
  return out;
}

}  // namespace hil
