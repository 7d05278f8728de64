// explain CODE: what an error code means and what to try.
#include <fmt/format.h>

#include "cli/command.h"
#include "hil/explain/explain.h"

namespace cli {
namespace {

struct ExplainOptions {
  std::string code;
  bool reference = false;
};

rsp::Json to_json(const std::vector<hil::KnownCode>& codes) {
  rsp::Json list = rsp::Json::array();
  for (const auto& [kind, row] : codes) {
    list.push_back({{"kind", std::string(kind->name)},
                    {"code", std::string(row->code)},
                    {"meaning", std::string(row->meaning)},
                    {"remedy", std::string(row->remedy)},
                    {"clause", std::string(row->clause)}});
  }
  return list;
}

Outcome explain(const ExplainOptions& options) {
  if (options.reference) return rsp::Json{{"reference", hil::error_reference()}};
  auto found = hil::meanings_of(options.code);
  if (!found.empty()) return rsp::Json{{"meanings", to_json(found)}};
  return rsp::failure(
      {.layer = rsp::Layer::kInput,
       .path = "CODE",
       .text = options.code.empty()
                   ? "there is no code to explain"
                   : fmt::format("'{}' is no code that is known here", options.code),
       .hint = "such as 6A82, 8.2.6/3.8, \"CME 13\", catBusy; --reference lists all"});
}

void print(const rsp::Json& document) {
  if (document.contains("reference")) {
    fmt::print("{}", document.at("reference").get<std::string>());
    return;
  }
  for (const auto& row : document.at("meanings")) {
    fmt::print("{} ({})\n  means: {}\n  try: {}\n", row.at("code").get<std::string>(),
               row.at("kind").get<std::string>(), row.at("meaning").get<std::string>(),
               row.at("remedy").get<std::string>());
    if (auto clause = row.at("clause").get<std::string>(); !clause.empty())
      fmt::print("  see: {}\n", clause);
  }
}

}  // namespace

void add_explain(App& app) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* sub = app.add(app.parser, "explain", "what an error code means, and what to try",
                          {[options] { return explain(*options); }, print});
  CLI::Option* code = sub->add_option("CODE", options->code, "the code as an error shows it");
  sub->add_flag("--reference", options->reference, "all codes, in Markdown")->excludes(code);
}

}  // namespace cli
