#include "hil/scenario/scenario.h"

#include <fmt/format.h>

#include <set>

#include "hil/declare/reference.h"
#include "hil/scenario/observations.h"
#include "hil/scenario/variables.h"

namespace hil {
namespace {

constexpr std::string_view kEnding = ".esim.json";
constexpr std::size_t kMaxCases = 10'000;
const std::vector<std::string> kCapabilities{"virtual-time", "https", "faults", "power-cut"};

/// Everything around given, faults, when and then.
struct Frame {
  std::uint32_t format = 0;
  std::string name, title, description;
  std::vector<std::string> references, tags, needs;
  std::chrono::milliseconds timeout = std::chrono::seconds(60);
  std::optional<std::uint64_t> seed;
  std::optional<std::vector<std::string>> include;
  std::optional<Json> cases, given, faults, then;
  Json when;
  static void fields(auto&& f, auto& m) {
    f("format", m.format, "1", Range{1, 1});
    f("name", m.name, "small letters, digits and hyphens; unique among the scenarios of a run");
    f("title", m.title, "what this shows, as a sentence", kOptional);
    f("description", m.description, "more about it", kOptional);
    f("reference", m.references, "cases and clauses of specifications: SGP.23 4.3.12.2.1 #03",
      kOptional);
    f("tags", m.tags, "to choose by", kOptional);
    f("requires", m.needs,
      "what the bench must offer: virtual-time, https, faults, power-cut; not applicable without",
      kOptional);
    f("timeout", m.timeout, "of real time, until a case is ended; 60s where left out", kOptional);
    f("seed", m.seed, "in place of the one that comes out of the run's seed");
    f("include", m.include, "files beside this one whose members this one goes on from");
    f("cases", m.cases, "rows of values; each makes a case of its own, with ${case.NAME}");
    f("given", m.given, "what it starts from");
    f("faults", m.faults, "what goes wrong");
    f("when", m.when, "the steps, in order");
    f("then", m.then, "how things are in the end");
  }
};

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 100 &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == text.npos;
}

/// A name that variables can have in them.
bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}
constexpr const char* kNoWord = "a name has letters, digits, hyphens and underscores";

// --- Reading files with what they include
// ------------------------------------------------------------------------

constexpr std::size_t kMaxIncludes = 64;

/// The files that include each other, from the scenario on, and how many were read in all.
struct Stack : std::vector<std::filesystem::path> {
  std::size_t files = 0;
};

rsp::Result<Document> with_includes(Document document, const std::filesystem::path& folder,
                                    Stack& stack, Problems& problems);

/// A file as one path, so that a cycle is seen whatever way leads around.
std::filesystem::path one_path(const std::filesystem::path& file) {
  std::error_code ignored;
  auto path = std::filesystem::weakly_canonical(file, ignored);
  return path.empty() ? file : path;
}

rsp::Result<Document> load_included(const std::filesystem::path& file, const Place& place,
                                    Stack& stack, Problems& problems) {
  auto path = one_path(file);
  if (++stack.files > kMaxIncludes) {
    problems.add(place, fmt::format("more than {} files are included", kMaxIncludes));
    return rsp::failure(problems.as_error());
  }
  if (std::ranges::find(stack, path) != stack.end()) {
    std::string way;
    for (const auto& one : stack) way += one.filename().string() + " -> ";
    problems.add(place, "includes go round in a circle: " + way + path.filename().string());
    return rsp::failure(problems.as_error());
  }
  auto loaded = Document::load(file);
  if (!loaded) {
    problems.add(place, "cannot include: " + loaded.error().message());
    return rsp::failure(problems.as_error());
  }
  stack.push_back(path);
  auto whole = with_includes(*std::move(loaded), file.parent_path(), stack, problems);
  stack.pop_back();
  return whole;
}

rsp::Result<Document> with_includes(Document document, const std::filesystem::path& folder,
                                    Stack& stack, Problems& problems) {
  if (!document.json().is_object() || !document.json().contains("include")) return document;
  std::vector<std::string> files;
  std::size_t before = problems.size();
  read_value(document.json()["include"], Place(document).at("include"), problems,
             Variables::kResolved, files);
  if (problems.size() != before) return rsp::failure(problems.as_error());
  document.json().erase("include");
  std::optional<Document> base;
  for (std::size_t i = 0; i < files.size(); ++i) {
    RSP_TRY(Document one,
            load_included(folder / files[i], Place(document).at("include").at(i), stack, problems));
    base = base ? Document::merge(*std::move(base), one) : std::move(one);
  }
  return base ? Document::merge(*std::move(base), document) : std::move(document);
}

// --- Variables
// ----------------------------------------------------------------------------------------------------

/// What is wrong with a variable of the run; empty where nothing is.
std::string variable_problem(const std::string& name, const Scope& scope) {
  static const std::vector<std::string> members{"activationCode", "matchingId", "iccid",
                                                "iccidOctets"};
  auto dot = name.find('.');
  std::string root = name.substr(0, dot);
  std::string rest = dot == name.npos ? "" : name.substr(dot + 1);
  auto known = [](const std::vector<std::string>& list, const std::string& one) {
    return std::ranges::find(list, one) != list.end();
  };
  if (rest.empty() && known({"eid", "address", "smds", "seed"}, root)) return "";
  if (root == "certificates") {
    auto names = testbed_certificate_names();
    return known(names, rest)
               ? ""
               : "there is no certificate '" + rest + "': " + suggestion(rest, names);
  }
  if (root == "crls") {
    auto names = testbed_crl_names();
    return known(names, rest) ? "" : "there is no CRL '" + rest + "': " + suggestion(rest, names);
  }
  std::string one = rest.substr(0, rest.find('.'));
  std::string member = one.size() == rest.size() ? "" : rest.substr(one.size() + 1);
  if (root == "results") {
    return known(scope.results, one) ? ""
                                     : "no earlier step has its result as '" + one +
                                           "': " + suggestion(one, scope.results);
  }
  if (root == "case") return "there is no table of cases";
  if (root == "orders") {
    if (!known(scope.orders, one))
      return "there is no order '" + one + "': " + suggestion(one, scope.orders);
    return known(members, member)
               ? ""
               : "an order has no '" + member + "': " + suggestion(member, members);
  }
  return "there is no variable '" + name + "': " +
         suggestion(root, {"case", "certificates", "crls", "eid", "address", "smds", "orders",
                           "results", "seed"});
}

void check_variables(const Json& json, const Place& place, const Scope& scope, Problems& problems) {
  if (json.is_string()) {
    for (const std::string& name : variables_in(json.get_ref<const std::string&>())) {
      if (std::string problem = variable_problem(name, scope); !problem.empty())
        problems.add(place, problem);
    }
  } else if (json.is_object()) {
    for (const auto& [name, member] : json.items()) {
      check_variables(name, place.at(name), scope, problems);
      check_variables(member, place.at(name), scope, problems);
    }
  } else if (json.is_array()) {
    for (std::size_t i = 0; i < json.size(); ++i)
      check_variables(json[i], place.at(i), scope, problems);
  }
}

// --- The rows of a table of cases
// ---------------------------------------------------------------------------------

struct CaseRow {
  std::string name;
  Document document;
};

std::vector<CaseRow> rows_of(const Document& whole, Problems& problems) {
  auto table = whole.json().find("cases");
  if (table == whole.json().end()) return {{"", whole}};
  Place place = Place(whole).at("cases");
  std::vector<CaseRow> rows;
  if (!table->is_array() || table->empty() || table->size() > kMaxCases) {
    problems.add(place, fmt::format("should be a list of 1 to {} rows", kMaxCases));
    return rows;
  }
  std::set<std::string> names;
  for (std::size_t i = 0; i < table->size(); ++i) {
    const Json& row = (*table)[i];
    Place here = place.at(i);
    if (!row.is_object() || !row.contains("name") || !row.at("name").is_string() ||
        !is_name(row.at("name").get_ref<const std::string&>())) {
      problems.add(here, "a row needs a 'name' of small letters, digits and hyphens");
      continue;
    }
    std::string name = row.at("name").get<std::string>();
    if (!names.insert(name).second) {
      problems.add(here.at("name"), "there is a case '" + name + "' already");
      continue;
    }
    if (rsp::dump(row).contains("${case.")) {
      problems.add(here, "a row cannot refer to ${case...}", "write the value out");
      continue;
    }
    std::vector<std::string> known;
    for (const auto& [member, value] : row.items()) known.push_back(member);
    std::set<std::string> unknown, used{"name"};
    Json made = whole.json();
    made.erase("cases");
    made = substitute(made, [&](const std::string& variable) -> const Json* {
      if (!variable.starts_with("case.")) return nullptr;
      const Json* value = find_dotted(row, variable.substr(5));
      if (value == nullptr) unknown.insert(variable.substr(5));
      used.insert(variable.substr(5, variable.find('.', 5) - 5));
      return value;
    });
    for (const std::string& member : unknown) {
      problems.add(here, "the row has no '" + member + "', which ${case." + member + "} asks for",
                   suggestion(member, known));
    }
    // What is written in a row must be looked at, or a case shows less than it says.
    for (const std::string& member : known) {
      if (!used.contains(member))
        problems.add(here.at(member), "nothing asks for ${case." + member + "}",
                     "use it, or take it out of the row");
    }
    Document document = whole;
    document.json() = std::move(made);
    rows.push_back({std::move(name), std::move(document)});
  }
  return rows;
}

// --- Checking one case
// --------------------------------------------------------------------------------------------

bool has_null(const Json& json) {
  if (json.is_null()) return true;
  return json.is_structured() &&
         std::ranges::any_of(json, [](const Json& member) { return has_null(member); });
}

/// The names in what a step is to return, as far as they are known.
void check_returns(const std::string& step, const Json& object, const Json& returns,
                   const Place& place, Problems& problems) {
  if (!returns.is_object() || returns.empty()) {
    if (!has_variable(returns)) problems.add(place, "should be an object with some members");
    return;
  }
  const Json& parameters = object.at(step);
  bool typed = step == "card.command" && parameters.is_object() && !parameters.contains("octets");
  if (typed) {
    std::string function = parameters.value("function", "");
    if (function.contains("${")) return;
    std::string problem = pattern_problem(function, MessagePart::kResponse, returns);
    if (!problem.empty()) problems.add(place, problem);
  } else if (has_null(returns)) {
    problems.add(place,
                 "null stands for a member that is not there, and which members there can be "
                 "is known of card.command only");
  }
}

void check_steps(const Json& steps, const Place& place, Scope& scope, Problems& problems) {
  if (!steps.is_array() || steps.empty()) return problems.add(place, "should be a list of steps");
  std::vector<std::string> names;
  for (const StepRow& row : step_rows()) names.emplace_back(row.name);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    Place here = place.at(i);
    auto name = one_of(steps[i], here, names, step_frame_names(), "step", problems);
    if (!name) continue;
    check_variables(steps[i], here, scope, problems);
    find_step(*name)->check(steps[i].at(*name), here.at(*name), problems, scope);
    Json beside = steps[i];
    beside.erase(*name);
    StepFrame frame;
    read_value(beside, here, problems, Variables::kPending, frame);
    if (frame.fails) {
      ErrorPattern pattern;
      read_value(*frame.fails, here.at("fails"), problems, Variables::kPending, pattern);
    }
    if (frame.returns) check_returns(*name, steps[i], *frame.returns, here.at("returns"), problems);
    if (frame.fails && (frame.returns || frame.as))
      problems.add(here, "a step that is to fail returns nothing");
    if (frame.as && !is_word(*frame.as)) problems.add(here.at("as"), kNoWord);
    if (frame.as) scope.results.push_back(*frame.as);
  }
}

void check_then(const Json& then, const Place& place, const Scope& scope, Problems& problems) {
  if (!then.is_object()) return problems.add(place, "should be an object");
  std::vector<std::string> names;
  for (const ObservationRow& row : observation_rows()) names.emplace_back(row.name);
  for (const auto& [name, expected] : then.items()) {
    if (name.starts_with("$") || name.starts_with("//")) continue;
    const ObservationRow* row = find_observation(name);
    if (row == nullptr) {
      problems.add(place.at(name), "'" + name + "' is nothing that can be looked at",
                   suggestion(name, names));
      continue;
    }
    if (row->empty_says_nothing && expected.is_structured() && expected.empty())
      problems.add(place.at(name), "is empty, and so expects nothing");
    check_variables(expected, place.at(name), scope, problems);
    row->check(expected, place.at(name), problems, scope);
  }
}

void check_case(const Document& document, const Frame& frame, Problems& problems) {
  Place root(document);
  Scope scope;
  if (frame.given) {
    Given given;
    Place place = root.at("given");
    read_value(*frame.given, place, problems, Variables::kResolved, given);
    for (const auto& [name, order] : given.orders) {
      scope.orders.push_back(name);
      if (!is_word(name)) problems.add(place.at("orders").at(name), kNoWord);
    }
  }
  Scope before = scope;
  if (document.json().contains("when")) check_steps(frame.when, root.at("when"), scope, problems);
  if (frame.faults) {
    // Faults are made before the first step, so they cannot know what steps return.
    check_variables(*frame.faults, root.at("faults"), before, problems);
    FaultPlan().add(*frame.faults, root.at("faults"), problems, Variables::kPending);
  }
  if (frame.then) check_then(*frame.then, root.at("then"), scope, problems);
}

std::optional<Case> read_case(CaseRow row, const std::filesystem::path& file, Problems& problems) {
  Frame frame;
  std::size_t before = problems.size();
  Place root(row.document);
  read_value(row.document.json(), root, problems, Variables::kResolved, frame);
  if (!row.document.json().is_object()) return std::nullopt;
  if (row.document.json().contains("name") && !is_name(frame.name))
    problems.add(root.at("name"), "should be small letters, digits and hyphens");
  for (std::size_t i = 0; i < frame.needs.size(); ++i) {
    if (std::ranges::find(kCapabilities, frame.needs[i]) == kCapabilities.end())
      problems.add(root.at("requires").at(i), "no bench offers '" + frame.needs[i] + "'",
                   suggestion(frame.needs[i], kCapabilities));
  }
  if (frame.timeout.count() < 1 || frame.timeout > std::chrono::hours(1))
    problems.add(root.at("timeout"), "should be 1ms to 1h");
  check_case(row.document, frame, problems);
  if (problems.size() != before) return std::nullopt;

  Case out{.document = std::move(row.document)};
  out.file = file;
  out.id = row.name.empty() ? file.generic_string() : file.generic_string() + "::" + row.name;
  out.name = row.name.empty() ? frame.name : frame.name + "/" + row.name;
  out.title = frame.title;
  out.references = frame.references;
  out.tags = frame.tags;
  out.needs = frame.needs;
  out.timeout = frame.timeout;
  out.seed = frame.seed;
  return out;
}

rsp::Result<std::vector<Case>> cases_of(Document document, const std::filesystem::path& file,
                                        Problems& problems) {
  Stack stack;
  stack.push_back(one_path(file));
  auto whole = with_includes(std::move(document), file.parent_path(), stack, problems);
  std::vector<Case> cases;
  if (whole) {
    for (CaseRow& row : rows_of(*whole, problems)) {
      // One mistake in a table would be told once a row.
      if (!problems.empty()) break;
      if (auto one = read_case(std::move(row), file, problems)) cases.push_back(*std::move(one));
    }
  }
  if (!problems.empty()) return rsp::failure(problems.as_error());
  return cases;
}

}  // namespace

rsp::Result<std::vector<Case>> load_scenario(const std::filesystem::path& file,
                                             Problems* problems) {
  RSP_TRY(Document document, Document::load(file));
  Problems own;
  return cases_of(std::move(document), file, problems == nullptr ? own : *problems);
}

rsp::Result<std::vector<Case>> parse_scenario(std::string_view text, const std::string& name,
                                              Problems* problems) {
  RSP_TRY(Document document, Document::parse(text, name));
  Problems own;
  return cases_of(std::move(document), name, problems == nullptr ? own : *problems);
}

rsp::Result<std::vector<std::filesystem::path>> find_scenarios(const std::filesystem::path& where) {
  namespace fs = std::filesystem;
  auto refused = [&](std::string text, std::string hint) {
    return rsp::failure({.layer = rsp::Layer::kInput,
                         .path = where.string(),
                         .text = std::move(text),
                         .hint = std::move(hint)});
  };
  std::error_code error;
  if (fs::is_regular_file(where, error)) return std::vector{where};
  if (!fs::is_directory(where, error)) return refused("there is no such file or folder", "");
  std::vector<fs::path> files;
  for (auto it = fs::recursive_directory_iterator(where, error);
       !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
    if (it->path().filename().string().ends_with(kEnding)) files.push_back(it->path());
  }
  if (error) return refused("cannot be read: " + error.message(), "");
  if (files.empty())
    return refused("holds no scenarios", fmt::format("their names end in {}", kEnding));
  std::ranges::sort(files);
  return files;
}

// --- Schema and reference
// -----------------------------------------------------------------------------------------

Json scenario_schema() {
  Json steps = Json::object();
  for (const StepRow& row : step_rows()) {
    Json schema = row.schema();
    schema["description"] = row.description;
    steps[std::string(row.name)] = std::move(schema);
  }
  Json frame = object_schema_of<StepFrame>();
  for (const auto& [name, schema] : frame["properties"].items()) steps[name] = schema;
  steps["fails"] = schema_of<ErrorPattern>();
  steps["fails"]["description"] = "the step is to fail like this";
  Json then = Json::object();
  for (const ObservationRow& row : observation_rows()) {
    Json schema = row.schema();
    schema["description"] = row.description;
    then[std::string(row.name)] = std::move(schema);
  }
  Json comments{{"^(\\$|//)", Json::object()}};

  Json schema = object_schema_of<Frame>();
  auto& properties = schema["properties"];
  properties["given"] = schema_of<Given>();
  properties["faults"] = or_variable(FaultPlan::schema());
  Json step{{"type", "object"},
            {"properties", std::move(steps)},
            {"minProperties", 1},
            {"patternProperties", comments},
            {"additionalProperties", false}};
  properties["when"] =
      or_variable({{"type", "array"}, {"minItems", 1}, {"items", or_variable(std::move(step))}});
  properties["then"] = or_variable({{"type", "object"},
                                    {"properties", std::move(then)},
                                    {"patternProperties", comments},
                                    {"additionalProperties", false}});
  properties["cases"] = {{"type", "array"},
                         {"minItems", 1},
                         {"items",
                          {{"type", "object"},
                           {"properties", {{"name", {{"type", "string"}}}}},
                           {"required", Json::array({"name"})}}}};
  properties["name"]["pattern"] = "^[a-z0-9-]+$";
  // A file that others include need not be whole.
  schema.erase("required");
  Json out{{"$schema", "http://json-schema.org/draft-07/schema#"},
           {"title", "esimbench scenario"},
           {"description", "What is given, what goes wrong, what happens, and how it should end."}};
  out.update(schema);
  return out;
}

std::string scenario_reference() {
  std::string out =
      "# Scenario reference\n\n"
      "Made by `esimbench schema scenario --reference`; a star marks what must be there.\n\n"
      "## A file\n" +
      table_of(schema_of<Frame>()) + "\n## given\n" + table_of(schema_of<Given>());
  auto part = [&](const std::string& name, const Json& schema) {
    out += "\n### " + name + "\n" + table_of(schema);
  };
  part("card", schema_of<CardGiven>());
  part("server", schema_of<ServerGiven>());
  part("lpa", schema_of<LpaGiven>());
  part("orders", schema_of<OrderGiven>());
  part("owner of an order", schema_of<OwnerGiven>());
  out += "\n## faults\n";
  out += table_of(FaultPlan::schema()["items"]["anyOf"][0]);
  for (const Json& hook : FaultPlan::catalogue()) {
    out += fmt::format("\n### where: {}\n\n{}\n", hook["hook"].get<std::string>(),
                       hook["is"].get<std::string>());
    std::string where = table_of(hook["where"]);
    out += where.empty() ? "\nThe place is " + type_text(hook["where"]) + ".\n" : where;
    for (const Json& action : hook["actions"]) {
      out += fmt::format("\n#### {}: {}\n\n{}\n", hook["hook"].get<std::string>(),
                         action["name"].get<std::string>(), action["does"].get<std::string>());
      out += table_of(action["parameters"]);
    }
  }
  out += "\n## when\n\nEach step is an object with the step and, beside it:\n" +
         table_of(schema_of<StepFrame>());
  for (const StepRow& row : step_rows()) {
    out += fmt::format("\n### {}\n\n{}\n", row.name, row.description) + table_of(row.schema());
  }
  out += "\n### fails, and then.result\n" + table_of(schema_of<ErrorPattern>());
  out += "\n## then\n\n| what | is | expected as |\n|---|---|---|\n";
  for (const ObservationRow& row : observation_rows()) {
    out += fmt::format("| `{}` | {} | {} |\n", row.name, escape_cell(std::string(row.description)),
                       escape_cell(type_text(row.schema())));
  }
  out +=
      "\n## Variables\n\n"
      "| variable | is |\n|---|---|\n"
      "| `${case.NAME}` | the value of the row of `cases`, of whatever type it is |\n"
      "| `${orders.ORDER.activationCode}`, `.matchingId`, `.iccid`, `.iccidOctets` | of an order "
      "|\n"
      "| `${results.NAME.MEMBER}` | what an earlier step with `\"as\": \"NAME\"` has returned |\n"
      "| `${eid}`, `${address}`, `${seed}` | of the card, of the server, of the case |\n"
      "| `${certificates.NAME}` | a certificate in hexadecimal, good or wrong on purpose: " +
      fmt::format("{}", fmt::join(testbed_certificate_names(), ", ")) +
      " |\n"
      "| `${crls.NAME}` | a CRL in hexadecimal: " +
      fmt::format("{}", fmt::join(testbed_crl_names(), ", ")) + " |\n";
  return out;
}

}  // namespace hil
