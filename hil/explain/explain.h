// What an error means and what to do about it: the same for the same failure, whatever road it came
// by.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/result.h"
#include "rsp/json/asn1_json.h"

namespace hil {

/// One code of one kind, as the tables have it.
struct ErrorMeaning {
  std::string_view code;    // as in rsp::Error::code; the last digits of a status word may be "xx"
  std::string_view clause;  // where it is defined: "SGP.22 5.6.3"
  std::string_view meaning, remedy;
};

/// What errors of one kind share.
struct ErrorKind {
  std::string_view name;    // "status words"
  std::string_view prefix;  // of a step to which the codes belong; empty: of any
  rsp::Layer layer;
  std::span<const ErrorMeaning> rows;
};
std::span<const ErrorKind> error_kinds();

/// A code in one kind.
struct KnownCode {
  const ErrorKind* kind = nullptr;
  const ErrorMeaning* meaning = nullptr;
};
/// All that a code may stand for, in either case of its letters.
std::vector<KnownCode> meanings_of(std::string_view code);

/// What is known of an error, as far as each is.
struct Explanation {
  std::string clause, meaning, remedy;
};
/// The remedy is the error's own hint where it has one, and what the tables say.
Explanation explain(const rsp::Error& error);

/// All that can be said of an error: layer, step, apdu, code, path, text, hint; the code taken
/// apart as sw, cme, subjectCode and reasonCode, or bppCommandId and errorReason; clause, meaning,
/// remedy. What there is nothing to say of is left out.
rsp::Json describe_error(const rsp::Error& error);

/// The same for a person: the cause, and in lines of their own what it means and what to try.
std::string error_for_people(const rsp::Error& error);

/// The tables in Markdown, for the manual.
std::string error_reference();

}  // namespace hil
