// What the end of a scenario may say of how things are: one table, of which reading, schema and
// documentation are made.
#pragma once

#include "hil/scenario/steps.h"

namespace hil {

/// Where two values part: the way to it below the whole, and both values there.
struct Mismatch {
  std::string path;  // ".orders.A.state"; empty for the whole
  Json expected, actual;
  std::string text;
};

/// Whether `actual` is as `expected` says: objects may have more members than are expected, lists
/// may not; {"min": 1, "max": 3} stands for a number within.
std::optional<Mismatch> compare(const Json& expected, const Json& actual, std::string path = "");

struct ObservationRow {
  std::string_view name, description;
  void (*check)(const Json& expected, const Place& place, Problems& problems, const Scope& scope);
  Json (*observe)(Run& run);
  /// In place of compare(), where what is expected is not simply what is.
  std::optional<Mismatch> (*judge)(const Json& expected, Run& run);
  Json (*schema)();
  /// Whether an empty list or object would be met by everything.
  bool empty_says_nothing = false;
};
std::span<const ObservationRow> observation_rows();
const ObservationRow* find_observation(std::string_view name);

/// Names in a pattern of a message that its declaration does not have, in words; empty where all is
/// well.
std::string pattern_problem(const std::string& function, MessagePart part, const Json& pattern);

/// What a step's error is to look like.
struct ErrorPattern {
  std::optional<std::string> layer, step, code, path, text;
  static void fields(auto&& f, auto& m) {
    f("layer", m.layer, "input, transport, apdu, card, decode, crypto, http, server, timeout");
    f("step", m.step, "such as ES9+.AuthenticateClient");
    f("code", m.code, "such as 8.2.6/3.8, 6F00, invalidSignature");
    f("path", m.path, "the field at fault");
    f("text", m.text, "a part of the error's text");
  }
  std::string problem() const;
};
/// Of an outcome as outcome_of() has it.
std::optional<Mismatch> compare_error(const Json& expected, const Json& outcome);

}  // namespace hil
