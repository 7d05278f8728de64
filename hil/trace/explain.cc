#include "hil/trace/explain.h"

#include <fmt/format.h>

#include <array>

#include "rsp/base/hex.h"
#include "rsp/card/store_data.h"
#include "rsp/json/es9_json.h"

namespace hil {
namespace {

using rsp::Json;
using rsp::Party;
using rsp::TraceEvent;
using rsp::TraceKind;
using rsp::card::StatusWord;

constexpr std::string_view kLoad = kLoadFunction;
constexpr std::string_view kRefusal = "The eUICC answers with an error.";

constexpr Procedure kNoProcedure{};
constexpr Procedure kAuthentication{"Common mutual authentication", "SGP.22 3.1.2"};
constexpr Procedure kDownload{"Profile download and installation", "SGP.22 3.1.3"};
constexpr Procedure kManagement{"Local profile management", "SGP.22 3.2"};
constexpr Procedure kNotifications{"Notifications", "SGP.22 3.5"};
constexpr Procedure kCancellation{"Cancelling the session", "SGP.22 5.7.14"};

/// What a function's request and response do.
struct Words {
  std::string_view function, clause;
  Procedure procedure;
  std::string_view request, response;
};

constexpr std::array kWords = {
    Words{"ES10a.GetEuiccConfiguredAddresses", "5.7.3", kNoProcedure,
          "The LPA asks which servers the eUICC has stored.",
          "The default SM-DP+, if one is set, and the root SM-DS."},
    Words{"ES10a.SetDefaultDpAddress", "5.7.4", kManagement,
          "The LPA sets the SM-DP+ to ask where no activation code names one; an empty address "
          "clears it.",
          "Whether the address was stored."},
    Words{"ES10b.PrepareDownload", "5.7.5", kDownload,
          "The server offers to bind the profile to this session, signed with the key that will "
          "also open the secure "
          "channel; with the hash of the confirmation code where one is needed.",
          "The eUICC agrees: a one-time public key, to which the package will be bound, under its "
          "signature."},
    Words{kLoad, "5.7.6", kDownload,
          "The profile package goes to the eUICC segment by segment. The LPA cannot read what is "
          "encrypted in it.",
          "The eUICC's signed result: it ends the session and waits as a notification for the "
          "server."},
    Words{"ES10b.GetEUICCChallenge", "5.7.7", kAuthentication,
          "The LPA asks for a random number that the server will have to sign. A session that was "
          "open is dropped.",
          "16 octets that were never used before, so that no old answer of a server can be "
          "replayed."},
    Words{
        "ES10b.GetEUICCInfo1", "5.7.8", kAuthentication,
        "The LPA asks for what a server must know before it can prove who it is.",
        "The supported SGP.22 version, and the CI keys under which the eUICC verifies and signs."},
    Words{"ES10b.GetEUICCInfo2", "5.7.8", kNoProcedure,
          "The LPA asks for the eUICC's capabilities in full.",
          "Versions, memory, capabilities and CI keys of the eUICC."},
    Words{"ES10b.ListNotification", "5.7.9", kNotifications,
          "The LPA asks which notifications wait to be delivered.",
          "Sequence number, event and address of each notification."},
    Words{"ES10b.RetrieveNotificationsList", "5.7.10", kNotifications,
          "The LPA fetches notifications with their signatures, to pass them on.",
          "The notifications, signed by the eUICC for the server."},
    Words{"ES10b.RemoveNotificationFromList", "5.7.11", kNotifications,
          "The server has acknowledged the notification, so the eUICC may forget it.",
          "Whether there was such a notification."},
    Words{"ES10b.LoadCRL", "5.7.12", kNoProcedure,
          "The LPA passes on a list of revoked certificates.",
          "Whether the list was taken, and which parts of it are still missing."},
    Words{
        "ES10b.AuthenticateServer", "5.7.13", kAuthentication,
        "The server proves who it is: its certificate and a signature over the eUICC's challenge.",
        "The eUICC accepts the server and proves who it is: its certificates and a signature over "
        "the server's challenge."},
    Words{"ES10b.CancelSession", "5.7.14", kCancellation, "The LPA ends the session and says why.",
          "The eUICC has dropped the session, and signs the reason for the server."},
    Words{"ES10c.GetProfilesInfo", "5.7.15", kManagement,
          "The LPA asks which profiles are installed.",
          "The profiles, with their names and states."},
    Words{"ES10c.EnableProfile", "5.7.16", kManagement,
          "The LPA enables a profile; the one that was enabled is disabled by it.",
          "Whether the profile could be enabled."},
    Words{"ES10c.DisableProfile", "5.7.17", kManagement, "The LPA disables a profile.",
          "Whether the profile could be disabled."},
    Words{"ES10c.DeleteProfile", "5.7.18", kManagement, "The LPA deletes a profile for good.",
          "Whether the profile was deleted."},
    Words{"ES10c.eUICCMemoryReset", "5.7.19", kManagement,
          "The LPA deletes all that the options name.", "Whether there was anything to delete."},
    Words{"ES10c.GetEID", "5.7.20", kNoProcedure, "The LPA asks which eUICC this is.",
          "The EID, 32 digits."},
    Words{"ES10c.SetNickname", "5.7.21", kManagement,
          "The LPA gives a profile a name of the user's own.", "Whether the name was stored."},
    Words{"ES10b.GetRAT", "5.7.22", kNoProcedure,
          "The LPA asks which policy rules a profile may bring, before it downloads one that has "
          "some.",
          "The Rules Authorisation Table: rules, and the operators to whom they are allowed."},
    Words{"ES9+.InitiateAuthentication", "5.6.1", kAuthentication,
          "The LPA passes on the eUICC's challenge, names the server it means, and says under "
          "which CIs it can verify.",
          "The server proves who it is: its certificate and a signature over the eUICC's "
          "challenge. It adds a challenge of "
          "its own and the number of the transaction."},
    Words{"ES9+.GetBoundProfilePackage", "5.6.2", kDownload,
          "The LPA passes on the eUICC's one-time key, to which the server binds the profile "
          "package.",
          "The profile package, encrypted for this eUICC and for this session."},
    Words{"ES9+.AuthenticateClient", "5.6.3", kAuthentication,
          "The LPA passes on the eUICC's proof of who it is, with the MatchingID that says which "
          "profile is wanted.",
          "The server has found the order: what the profile is, and the certificate and signature "
          "that bind the download."},
    Words{"ES9+.HandleNotification", "5.6.4", kNotifications,
          "The LPA delivers a notification that the eUICC has signed.",
          "The server acknowledges with 204 and no body, whatever it thinks of it."},
    Words{"ES9+.CancelSession", "5.6.5", kCancellation,
          "The LPA tells the server that the session ended, and why.",
          "The server has closed the transaction."},
};

// SGP.22 2.5.4 and 5.5. The tags alone tell the segments apart, as each may come only in its place.
constexpr std::array kSegments = {
    SegmentKind{0xBF, "InitialiseSecureChannel",
                "The server's one-time key under its signature; both sides derive the session keys "
                "from it."},
    SegmentKind{0xA0, "ConfigureISDP",
                "The eUICC makes room for a profile. Encrypted and with a MAC."},
    SegmentKind{0xA1, "StoreMetadata, header", "Announces how much metadata follows."},
    SegmentKind{0x88, "StoreMetadata",
                "Names and policy rules of the profile. With a MAC, but readable."},
    SegmentKind{0xA2, "ReplaceSessionKeys",
                "From here on the keys with which the package was protected beforehand."},
    SegmentKind{0xA3, "LoadProfileElements, header", "Announces how much of the profile follows."},
    SegmentKind{0x86, "LoadProfileElements", "A piece of the profile. Encrypted and with a MAC."},
};

const Words* words_for(std::string_view function) {
  auto row = std::ranges::find(kWords, function, &Words::function);
  return row == kWords.end() ? nullptr : &*row;
}

void add_words(Explanation& explanation, std::string_view function, Direction direction) {
  const Words* words = words_for(function);
  if (words == nullptr) return;
  explanation.sentence = direction == Direction::kRequest ? words->request : words->response;
  explanation.reference = fmt::format("SGP.22 {}", words->clause);
}

// --- Results of ES10 functions ---
// Each is told by its JSON view: "enableResult": "ok", "authenticateResponseError":
// {"authenticateErrorCode": ...}.

struct Verdict {
  Outcome outcome;
  std::string text;
};

/// The name of the code within an error; a code without a name is a number.
std::string code_within(const Json& error) {
  if (error.is_string()) return error.get<std::string>();
  std::string code;
  if (error.is_object()) {
    for (const auto& [name, member] : error.items()) {
      if (name.ends_with("Code") || name.ends_with("Reason")) code = code_within(member);
    }
  }
  return code.empty() ? rsp::dump(error) : code;
}

std::optional<Verdict> verdict_of(const Json& message) {
  if (!message.is_object()) return std::nullopt;
  for (const auto& [name, member] : message.items()) {
    if (name.ends_with("Error") || name == "errorResult")
      return Verdict{Outcome::kFailed, code_within(member)};
    if (name.ends_with("Ok") || name == "successResult") return Verdict{Outcome::kOk, "ok"};
    bool code = name.ends_with("Result") || name.ends_with("Status");
    if (code && !member.is_object()) {
      bool ok = member == "ok";
      return Verdict{ok ? Outcome::kOk : Outcome::kFailed, code_within(member)};
    }
    if (auto verdict = verdict_of(member)) return verdict;
  }
  return std::nullopt;
}

std::optional<StatusWord> status_word(std::string_view text) {
  auto octets = rsp::from_hex(text);
  if (!octets || octets->size() != 2) return std::nullopt;
  return StatusWord(static_cast<std::uint16_t>(rsp::big_endian(*octets)));
}

std::string status_text(StatusWord sw) {
  if (sw == rsp::card::kOk) return to_string(sw);
  return fmt::format("{} {}", to_string(sw), rsp::card::meaning(sw));
}

void explain_es10(const TraceEvent& event, std::string_view function, Explanation& explanation) {
  Direction direction = direction_of(event);
  if (function == kLoad && direction == Direction::kRequest) {
    rsp::BytesView segment = event.bytes;
    explanation.messages = decode_segments({&segment, 1});
  } else {
    explanation.messages = decode_es10(event.bytes, direction);
  }
  add_words(explanation, function, direction);
  if (direction == Direction::kRequest) return;
  // A status word other than success is the whole answer; else the answer has its own result, if
  // the function has one.
  auto sw = status_word(event.detail);
  if (sw) {
    explanation.outcome = outcome_of(*sw);
    explanation.result = status_text(*sw);
  }
  if (explanation.outcome == Outcome::kFailed) explanation.sentence = kRefusal;
  if (explanation.outcome == Outcome::kFailed || explanation.messages.empty()) return;
  if (!explanation.messages[0].error.empty()) {
    explanation.outcome = Outcome::kFailed;
    explanation.result = "malformed";
  } else if (auto verdict = verdict_of(explanation.messages[0].json)) {
    explanation.outcome = verdict->outcome;
    explanation.result = verdict->text;
  }
  // The sentence tells what the function gives, which a failure does not; a failed load gives its
  // signed result as well.
  if (explanation.outcome == Outcome::kFailed && function != kLoad) explanation.sentence = kRefusal;
}

void explain_segment(const TraceEvent& event, Explanation& explanation) {
  if (direction_of(event) == Direction::kResponse) return explain_es10(event, kLoad, explanation);
  rsp::BytesView segment = event.bytes;
  explanation.messages = decode_segments({&segment, 1});
  const SegmentKind* kind = segment_kind(segment);
  if (kind == nullptr) return;
  if (explanation.title.empty()) explanation.title = kind->name;
  explanation.sentence = kind->sentence;
  explanation.reference = "SGP.22 2.5.4";
}

// --- HTTP ---

/// "initiateAuthentication" of "ES9+.InitiateAuthentication".
std::string path_name(std::string_view function) {
  std::string name(function.substr(function.find('.') + 1));
  if (!name.empty() && name[0] >= 'A' && name[0] <= 'Z') name[0] = static_cast<char>(name[0] + 32);
  return name;
}

/// The status in "200" or "ES9+.InitiateAuthentication 200"; zero where none came back.
int http_status(std::string_view name) {
  std::string_view last = name.substr(name.rfind(' ') + 1);
  if (last.size() != 3 || last.find_first_not_of("0123456789") != std::string_view::npos) return 0;
  return (last[0] - '0') * 100 + (last[1] - '0') * 10 + (last[2] - '0');
}

std::string member_text(const Json& object, const char* name) {
  if (!object.is_object() || !object.contains(name) || !object[name].is_string()) return {};
  return object[name].get<std::string>();
}

Verdict http_verdict(const TraceEvent& event, const Json& body) {
  int status = http_status(event.name);
  if (status == 0) return {Outcome::kFailed, event.detail};
  if (status < 200 || status > 299) return {Outcome::kFailed, fmt::format("HTTP {}", status)};
  Json execution;
  if (body.is_object() && body.contains("header") && body["header"].is_object() &&
      body["header"].contains("functionExecutionStatus")) {
    execution = body["header"]["functionExecutionStatus"];
  }
  std::string said = member_text(execution, "status");
  if (said.empty() || said.starts_with("Executed-")) {
    return {Outcome::kOk, said.empty() ? fmt::format("HTTP {}", status) : said};
  }
  if (!execution.contains("statusCodeData")) return {Outcome::kFailed, said};
  const Json& data = execution["statusCodeData"];
  rsp::StatusCode code{member_text(data, "subjectCode"), member_text(data, "reasonCode"),
                       member_text(data, "subjectIdentifier"), member_text(data, "message")};
  rsp::Error error = rsp::to_error(code);
  return {Outcome::kFailed, fmt::format("{} {}", error.code, error.text)};
}

void explain_http(const TraceEvent& event, std::string_view function, Explanation& explanation) {
  Direction direction = direction_of(event);
  Json body = Json::parse(event.detail, nullptr, /*allow_exceptions=*/false);
  if (body.is_discarded()) body = nullptr;
  explanation.messages = decode_es9(path_name(function), body, direction);
  explanation.body = shortened(body);
  add_words(explanation, function, direction);
  if (direction == Direction::kRequest) return;
  Verdict verdict = http_verdict(event, body);
  explanation.outcome = verdict.outcome;
  explanation.result = std::move(verdict.text);
  if (verdict.outcome == Outcome::kFailed) {
    explanation.sentence =
        http_status(event.name) == 0 ? "No answer arrived." : "The server refuses.";
  }
}

/// An instruction of ETSI TS 102 221 table 10.5: its name, and what it is for.
struct InstructionWords {
  std::uint8_t ins;
  std::string_view name, purpose;
};
constexpr InstructionWords kInstructions[] = {
    {0x04, "DEACTIVATE FILE", "The file is not to be used any more."},
    {0x10, "TERMINAL PROFILE", "The device tells what it can do for the card's toolkit."},
    {0x12, "FETCH", "The device asks for the proactive command that waits."},
    {0x14, "TERMINAL RESPONSE", "The device says how a proactive command went."},
    {0x20, "VERIFY PIN", "A PIN is presented, or asked how many attempts are left."},
    {0x24, "CHANGE PIN", "A PIN gets a new value."},
    {0x26, "DISABLE PIN", "A PIN is not to be asked for any more."},
    {0x28, "ENABLE PIN", "A PIN is to be asked for from now on."},
    {0x2C, "UNBLOCK PIN", "A PIN gets a new value with its PUK."},
    {0x32, "INCREASE", "A counter in a cyclic file goes up."},
    {0x44, "ACTIVATE FILE", "The file may be used again."},
    {0x78, "GET IDENTITY", "The card conceals the subscriber's identity for his network."},
    {0x84, "GET CHALLENGE", "The card gives random octets."},
    {0x88, "AUTHENTICATE", "The network challenges the card, and the card checks the network."},
    {0xA2, "SEARCH RECORD", "Records are looked for by what they hold."},
    {0xAA, "TERMINAL CAPABILITY", "The device tells the card that it has an LPA."},
    {0xB0, "READ BINARY", "The device reads a file."},
    {0xB2, "READ RECORD", "The device reads a record of a file."},
    {0xC2, "ENVELOPE", "The device passes on what has arrived for the card."},
    {0xCA, "GET DATA", "The device asks for an object of the application."},
    {0xCB, "RETRIEVE DATA", "The device reads an object of a BER-TLV file."},
    {0xD6, "UPDATE BINARY", "The device writes into a file."},
    {0xDB, "SET DATA", "The device writes an object of a BER-TLV file."},
    {0xDC, "UPDATE RECORD", "The device writes a record of a file."},
    {0xF2, "STATUS", "The device asks where the channel stands in the file system."},
};
const InstructionWords* instruction(std::uint8_t ins) {
  auto row = std::ranges::find(kInstructions, ins, &InstructionWords::ins);
  return row == std::end(kInstructions) ? nullptr : &*row;
}

/// What a command is for that is no part of an ES10 command.
std::string_view purpose(const rsp::card::CommandApdu& command) {
  constexpr std::uint8_t kByAid = 0x04;
  switch (command.ins) {
    case rsp::card::kManageChannelIns:
      return command.p1 == 0x80 ? "The logical channel is closed." : "A logical channel is opened.";
    case rsp::card::kSelectIns:
      return command.p1 == kByAid ? "An application is selected on the channel."
                                  : "A file is selected on the channel.";
    default:
      break;
  }
  const InstructionWords* words = instruction(command.ins);
  return words == nullptr ? std::string_view() : words->purpose;
}

void explain_apdu(const TraceEvent& event, Explanation& explanation) {
  if (direction_of(event) == Direction::kRequest) {
    auto command = rsp::card::CommandApdu::parse(event.bytes);
    explanation.title = command ? describe(*command) : "malformed C-APDU";
    if (command) explanation.sentence = purpose(*command);
    return;
  }
  auto response = rsp::card::ResponseApdu::parse(event.bytes);
  explanation.outcome = response ? outcome_of(response->sw) : Outcome::kFailed;
  explanation.result = response ? status_text(response->sw) : "no status word";
}

/// Steps and commits have no code of their own; those that report trouble say so in their names.
void explain_note(const TraceEvent& event, Explanation& explanation) {
  explanation.result = event.detail;
  for (std::string_view trouble : {"refused", "failed", "malformed"}) {
    if (event.name.find(trouble) != std::string::npos) explanation.outcome = Outcome::kFailed;
  }
  if (event.from == Party::kServer && event.name.starts_with("ES9+.")) {
    explanation.outcome = event.detail == "ok" ? Outcome::kOk : Outcome::kFailed;
  }
  if (event.kind == TraceKind::kPower) {
    explanation.sentence =
        "The card starts anew: channels are closed, and a session that was open is gone.";
  }
}

}  // namespace

Direction direction_of(const TraceEvent& event) {
  bool asks = event.from == Party::kLpa || event.from == Party::kTest;
  return asks ? Direction::kRequest : Direction::kResponse;
}

std::string function_of(const TraceEvent& event) {
  std::string_view name = event.name;
  if (event.kind == TraceKind::kEs10) return event.name;
  if (event.kind == TraceKind::kEs8) return std::string(kLoad);
  if (event.kind != TraceKind::kHttp) return {};
  if (name.starts_with("ES9+.")) return std::string(name.substr(0, name.find(' ')));
  auto path = name.find(rsp::kEs9PathPrefix);
  if (path == std::string_view::npos) return {};
  std::string function(name.substr(path + rsp::kEs9PathPrefix.size()));
  if (!function.empty() && function[0] >= 'a' && function[0] <= 'z')
    function[0] = static_cast<char>(function[0] - 32);
  return "ES9+." + function;
}

std::optional<Procedure> procedure_of(std::string_view function) {
  const Words* words = words_for(function);
  if (words == nullptr || words->procedure == kNoProcedure) return std::nullopt;
  return words->procedure;
}

std::span<const SegmentKind> segment_kinds() { return kSegments; }

const SegmentKind* segment_kind(rsp::BytesView segment) {
  if (segment.empty() || (segment[0] == 0xBF && (segment.size() < 2 || segment[1] != 0x36)))
    return nullptr;
  auto row = std::ranges::find(kSegments, segment[0], &SegmentKind::first_octet);
  return row == kSegments.end() ? nullptr : &*row;
}

std::string describe(const rsp::card::CommandApdu& command) {
  switch (command.ins) {
    case rsp::card::kSelectIns:
      return fmt::format("SELECT {}", command.data.empty() ? "MF" : rsp::to_hex(command.data));
    case rsp::card::kManageChannelIns:
      return command.p1 == 0x80 ? fmt::format("MANAGE CHANNEL, close {}", command.p2)
                                : "MANAGE CHANNEL, open";
    case rsp::card::kGetResponseIns:
      return fmt::format("GET RESPONSE, {} octets", command.le.value_or(256));
    case rsp::card::kStoreDataIns:
      return fmt::format("STORE DATA, block {}{}, {} octets", command.p2,
                         command.p1 == rsp::card::kP1LastBlock ? ", last" : "",
                         command.data.size());
    default:
      break;
  }
  if (const InstructionWords* words = instruction(command.ins)) return std::string(words->name);
  return fmt::format("INS {:02X}", command.ins);
}

Outcome outcome_of(StatusWord sw) {
  if (sw.success() || sw.more_data()) return Outcome::kOk;
  return sw.wrong_length() ? Outcome::kNone : Outcome::kFailed;
}

Explanation explain(const TraceEvent& event, std::string_view function) {
  std::string own = function_of(event);
  if (!own.empty()) function = own;
  Explanation explanation{.title = function.empty() || event.kind == TraceKind::kEs8
                                       ? event.name
                                       : std::string(function)};
  switch (event.kind) {
    case TraceKind::kEs10:
      explain_es10(event, function, explanation);
      break;
    case TraceKind::kEs8:
      explain_segment(event, explanation);
      break;
    case TraceKind::kHttp:
      explain_http(event, function, explanation);
      break;
    case TraceKind::kApdu:
      explain_apdu(event, explanation);
      break;
    case TraceKind::kAt:
    case TraceKind::kCommit:
    case TraceKind::kPower:
    case TraceKind::kStep:
    case TraceKind::kFault:
    case TraceKind::kTls:
    case TraceKind::kKeys:
      explain_note(event, explanation);
      break;
  }
  return explanation;
}

std::string to_text(const Explanation& explanation) {
  std::string text = explanation.title;
  if (!explanation.result.empty()) text += ": " + explanation.result;
  text += "\n";
  if (!explanation.sentence.empty()) text += explanation.sentence + "\n";
  for (const DecodedMessage& message : explanation.messages) text += to_text(message);
  return text;
}

}  // namespace hil
