#include "hil/declare/declare.h"

#include <charconv>

namespace hil {

std::string Scalar<std::chrono::milliseconds>::read(const Json& json,
                                                    std::chrono::milliseconds& value) {
  constexpr std::string_view wrong = "should be a span of time: a number and ms, s, min, h or d";
  if (!json.is_string()) return std::string(wrong);
  const auto& text = json.get_ref<const std::string&>();
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, text.data() + text.size());
  std::int64_t factor = unit == "ms"    ? 1
                        : unit == "s"   ? 1000
                        : unit == "min" ? 60'000
                        : unit == "h"   ? 3'600'000
                        : unit == "d"   ? 86'400'000
                                        : 0;
  if (error != std::errc() || factor == 0) return "'" + text + "' " + std::string(wrong);
  value = std::chrono::milliseconds(number * factor);
  return "";
}

bool has_variable(const Json& json) {
  if (json.is_string()) return json.get_ref<const std::string&>().contains("${");
  if (!json.is_structured()) return false;
  return std::ranges::any_of(json, [](const Json& member) { return has_variable(member); });
}

void ObjectReader::refuse_others() {
  for (const auto& [name, member] : json_.items()) {
    if (name.starts_with("$") || name.starts_with("//")) continue;
    if (std::ranges::find(known_, name) != known_.end()) continue;
    problems_.add(place_.at(name), "'" + name + "' is not known here", suggestion(name, known_));
  }
}

std::optional<std::string> one_of(const Json& json, const Place& place,
                                  const std::vector<std::string>& names,
                                  const std::vector<std::string>& beside, std::string_view what,
                                  Problems& problems) {
  if (!json.is_object()) {
    problems.add(place, "should be an object with one " + std::string(what));
    return std::nullopt;
  }
  std::optional<std::string> found;
  std::size_t before = problems.size();
  for (const auto& [name, member] : json.items()) {
    if (name.starts_with("$") || name.starts_with("//")) continue;
    if (std::ranges::find(beside, name) != beside.end()) continue;
    if (std::ranges::find(names, name) == names.end()) {
      std::vector<std::string> all = names;
      all.insert(all.end(), beside.begin(), beside.end());
      problems.add(place.at(name), "'" + name + "' is no " + std::string(what),
                   suggestion(name, all));
    } else if (found) {
      problems.add(place.at(name),
                   "is a second " + std::string(what) + " in one object, after '" + *found + "'",
                   "give each an object of its own");
    } else {
      found = name;
    }
  }
  if (problems.size() != before) return std::nullopt;
  if (!found) problems.add(place, "has no " + std::string(what), suggestion("", names));
  return found;
}

}  // namespace hil
