// What an event of a trace means, in words: for the sequence diagram and for everybody who reads a
// trace.
#pragma once

#include <optional>
#include <span>

#include "hil/trace/decode.h"
#include "rsp/base/trace.h"
#include "rsp/card/apdu.h"

namespace hil {

enum class Outcome { kNone, kOk, kFailed };

struct Explanation {
  std::string title;      // "ES10b.AuthenticateServer", "SELECT", "reset"
  std::string sentence;   // what this does in its procedure; empty where there is nothing to say
  std::string reference;  // "SGP.22 5.7.13"; empty where the event is none of a function
  Outcome outcome = Outcome::kNone;
  std::string result;  // "ok", "invalidSignature", "9000", "8.2.6/3.8 the MatchingID is refused"
  std::vector<DecodedMessage> messages;
  rsp::Json body;  // of an HTTP message, shortened for people; null where there is none
};

/// `function` helps with an answer that does not say what it answers, such as the bare status of a
/// server's HTTP response.
Explanation explain(const rsp::TraceEvent& event, std::string_view function = {});

/// All of it as text: title, result, sentence, fields.
std::string to_text(const Explanation& explanation);

/// LPAs and tests ask, cards and servers answer.
Direction direction_of(const rsp::TraceEvent& event);

/// "ES10b.AuthenticateServer" or "ES9+.InitiateAuthentication" of an event that names its function;
/// empty otherwise.
std::string function_of(const rsp::TraceEvent& event);

/// The procedure that a function belongs to, and its clause. Functions that several procedures use
/// have none.
struct Procedure {
  std::string_view name, reference;
  friend bool operator==(const Procedure&, const Procedure&) = default;
};
std::optional<Procedure> procedure_of(std::string_view function);

/// A segment of a Bound Profile Package by its first octet: what it is, and what it is for.
struct SegmentKind {
  std::uint8_t first_octet;
  std::string_view name, sentence;
};
std::span<const SegmentKind> segment_kinds();
/// The function that all of them belong to.
inline constexpr std::string_view kLoadFunction = "ES10b.LoadBoundProfilePackage";
/// Nothing where no segment begins like this.
const SegmentKind* segment_kind(rsp::BytesView segment);

/// "STORE DATA, block 3, last", "SELECT A0000005591010FFFFFFFF8900000100".
std::string describe(const rsp::card::CommandApdu& command);
Outcome outcome_of(rsp::card::StatusWord sw);

}  // namespace hil
