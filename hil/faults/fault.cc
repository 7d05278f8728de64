#include "hil/faults/fault.h"

#include <fmt/format.h>

namespace hil {

bool When::due(std::uint64_t seen, rsp::SeededRandom& random) const {
  switch (kind) {
    case Kind::kNth:
      return seen == number;
    case Kind::kFirst:
    case Kind::kCount:
      return seen <= number;
    case Kind::kAlways:
      return true;
    case Kind::kProbability:
      // 53 bits, as many as a double holds.
      return static_cast<double>(random.next() >> 11) * 0x1p-53 < probability;
  }
  return false;
}

std::string When::complaint(std::uint64_t seen, std::uint64_t used) const {
  if (seen == 0) return "was never used: nothing came to the place where it strikes";
  switch (kind) {
    case Kind::kNth:
      if (used == 0)
        return fmt::format("was never used: it strikes at match {}, and there were {}", number,
                           seen);
      break;
    case Kind::kFirst:
      if (used < number) return fmt::format("was used {} times of {}", used, number);
      break;
    case Kind::kCount:
      if (seen != number)
        return fmt::format("was planned for {} matches, and there were {}", number, seen);
      break;
    case Kind::kAlways:
    case Kind::kProbability:
      break;
  }
  return "";
}

std::string Scalar<When>::read(const Json& json, When& value) {
  constexpr std::string_view wrong =
      "should be \"always\", {\"nth\": 3}, {\"first\": 2}, {\"count\": 2} or {\"probability\": "
      "0.5}";
  if (json == "always") {
    value.kind = When::Kind::kAlways;
    return "";
  }
  if (!json.is_object() || json.size() != 1) return std::string(wrong);
  auto [name, number] = *json.items().begin();
  if (name == "probability") {
    if (!number.is_number() || number.get<double>() <= 0 || number.get<double>() > 1)
      return "probability should be more than 0, and 1 at most";
    value.kind = When::Kind::kProbability;
    value.probability = number.get<double>();
    return "";
  }
  std::string key = name;
  auto kind = key == "nth"     ? std::optional(When::Kind::kNth)
              : key == "first" ? std::optional(When::Kind::kFirst)
              : key == "count" ? std::optional(When::Kind::kCount)
                               : std::nullopt;
  if (!kind)
    return "'" + key +
           "' is not known here: " + suggestion(key, {"nth", "first", "count", "probability"});
  if (std::string problem = Scalar<std::uint32_t>::read(number, value.number);
      !problem.empty() || value.number < 1 || value.number > 1'000'000)
    return key + " should be 1 to 1000000";
  value.kind = *kind;
  return "";
}

Json Scalar<When>::schema() {
  auto one = [](const char* name, Json schema) {
    return Json{{"type", "object"},
                {"properties", {{name, std::move(schema)}}},
                {"required", Json::array({name})},
                {"additionalProperties", false}};
  };
  auto number = [](const char* description) {
    Json schema = or_variable({{"type", "integer"}, {"minimum", 1}});
    schema["description"] = description;
    return schema;
  };
  return {{"oneOf",
           Json::array(
               {Json{{"const", "always"}}, one("nth", number("at this match only")),
                one("first", number("at the first matches; later ones are left alone")),
                one("count", number("at each of so many matches, and no more may come")),
                one("probability",
                    or_variable({{"type", "number"}, {"exclusiveMinimum", 0}, {"maximum", 1}}))})}};
}

std::string ExpectedNumber::text() const {
  if (min == max) return std::to_string(min);
  if (max == UINT64_MAX) return fmt::format("{} or more", min);
  return fmt::format("{} to {}", min, max);
}

std::string Scalar<ExpectedNumber>::read(const Json& json, ExpectedNumber& value) {
  auto read_count = [](const Json& number, std::uint64_t& count) {
    bool good = number.is_number_integer() && (number.is_number_unsigned() || number >= 0);
    if (good) count = number.get<std::uint64_t>();
    return good;
  };
  if (read_count(json, value.min)) {
    value.max = value.min;
    return "";
  }
  if (!json.is_object() || json.empty()) return "should be a number, or {\"min\": 1, \"max\": 4}";
  value = {0, UINT64_MAX};
  for (const auto& [name, bound] : json.items()) {
    if (name != "min" && name != "max")
      return "'" + name + "' is not known here: " + suggestion(name, {"min", "max"});
    if (!read_count(bound, name == "min" ? value.min : value.max))
      return name + " should be a whole number";
  }
  return value.min > value.max ? "min is larger than max" : "";
}

Json Scalar<ExpectedNumber>::schema() {
  Json bound = or_variable({{"type", "integer"}, {"minimum", 0}});
  return {{"oneOf", Json::array({bound, Json{{"type", "object"},
                                             {"properties", {{"min", bound}, {"max", bound}}},
                                             {"additionalProperties", false}}})}};
}

}  // namespace hil
