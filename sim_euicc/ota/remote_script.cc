#include "sim_euicc/ota/remote_script.h"

#include <array>

#include "rsp/asn1/reader.h"
#include "rsp/asn1/writer.h"

namespace sim::ota {
namespace {

using rsp::Bytes;
using rsp::BytesView;
using rsp::Result;
using rsp::asn1::Reader;
using rsp::card::CommandApdu;
using rsp::card::ResponseApdu;
using rsp::card::StatusWord;

// Templates and elements of the expanded format (TS 101 220, tables 7.18 to 7.20).
constexpr std::uint8_t kCommands = 0xAA, kCommandsIndefinite = 0xAE, kResponses = 0xAB,
                       kResponsesIndefinite = 0xAF;
constexpr std::uint8_t kCommandElement = 0x22, kResponseElement = 0x23;
constexpr std::uint8_t kComprehension = 0x80;  // may be set in the tag of either
constexpr std::uint8_t kImmediateAction = 0x81, kErrorAction = 0x82, kScriptChaining = 0x83;
constexpr std::uint8_t kNumberExecuted = 0x80, kBadFormat = 0x90;
/// Values of the Script Chaining Response and Immediate Action Response TLVs.
constexpr std::uint8_t kChainingNotSupported = 0x02, kSuspensionError = 0x01;

constexpr StatusWord kTruncated{0x62F1};
constexpr std::size_t kMaxCompactCommands = 255;

/// 64xx to 6Fxx end a script; warnings and everything that tells of success do not.
bool failed(StatusWord sw) { return sw.sw1() >= 0x64 && sw.sw1() <= 0x6F; }

bool is_response(std::uint8_t tag) { return (tag & ~kComprehension) == kResponseElement; }

/// Commands that only get data: P3 is Le (TS 102 226, 5.1.1).
bool is_outgoing(std::uint8_t instruction) {
  constexpr std::array<std::uint8_t, 5> kOutgoing{0x84, 0xB0, 0xB2, 0xC0, 0xCA};
  return std::ranges::find(kOutgoing, instruction) != kOutgoing.end();
}

/// The next command of a compact script. Nothing where it is cut short.
std::optional<CommandApdu> next_compact(BytesView& script) {
  if (script.size() < 5) return std::nullopt;
  CommandApdu command{.cla = script[0], .ins = script[1], .p1 = script[2], .p2 = script[3]};
  std::uint16_t p3 = script[4];
  script = script.subspan(5);
  if (is_outgoing(command.ins)) {
    command.le = p3 == 0 ? 256 : p3;
    return command;
  }
  command.le = 256;  // data is always welcome in this format
  if (p3 > script.size()) return std::nullopt;
  command.data = rsp::to_bytes(script.first(p3));
  script = script.subspan(p3);
  // Not specified: an Le after the data. A single octet cannot be a command of its own.
  if (script.size() == 1) script = {};
  return command;
}

/// Not specified: the result of a compact script that is malformed. 6700 for its last command.
Bytes run_compact(BytesView script, const CommandHandler& execute) {
  std::uint8_t executed = 0;
  ResponseApdu last{.data = {}, .sw = rsp::card::kOk};
  while (!script.empty() && executed < kMaxCompactCommands && !failed(last.sw)) {
    auto command = next_compact(script);
    ++executed;
    last = command ? execute(*command) : ResponseApdu{.data = {}, .sw = rsp::card::kWrongLength};
  }
  if (executed == 0) return {};
  Bytes result{executed, last.sw.sw1(), last.sw.sw2()};
  rsp::append(result, last.data);
  return result;
}

/// A TLV with its tag as it is on the wire, always one octet here.
Bytes element(std::uint8_t tag, BytesView content) {
  return rsp::concat({BytesView(&tag, 1), rsp::asn1::der_length(content.size()), content});
}

/// The result of an expanded script while it grows.
class ExpandedResult {
 public:
  void add_response(const ResponseApdu& response) {
    ++executed_;
    rsp::append(elements_, element(kResponseElement, response.encode()));
  }
  void add_error(std::uint8_t tag, std::uint8_t value) {
    rsp::append(elements_, element(tag, Bytes{value}));
  }
  bool has_room_for(const ResponseApdu& response) const {
    constexpr std::size_t kAround = 32;  // of the elements themselves
    return elements_.size() + response.data.size() + kAround <= kMaxScriptResult;
  }
  Bytes definite() const {
    rsp::asn1::Writer number;
    number.integer(rsp::asn1::context(0), static_cast<std::int64_t>(executed_));
    return element(kResponses, rsp::concat({number.written(), elements_}));
  }
  Bytes indefinite() const {
    return rsp::concat({Bytes{kResponsesIndefinite, 0x80}, elements_, Bytes{0x00, 0x00}});
  }

 private:
  std::size_t executed_ = 0;
  Bytes elements_;
};

/// Executes one C-APDU of an expanded script. False where the script ends with it.
bool run_expanded_command(BytesView octets, const CommandHandler& execute, ExpandedResult& result) {
  auto command = CommandApdu::parse(octets);
  ResponseApdu response =
      command ? execute(*command) : ResponseApdu{.data = {}, .sw = rsp::card::kWrongLength};
  // Without Le a command asks for no data (TS 102 226, 5.2.1.1).
  if (command && !command->le) response.data.clear();
  if (!result.has_room_for(response)) response = {.data = {}, .sw = kTruncated};
  result.add_response(response);
  return !failed(response.sw) && response.sw != kTruncated;
}

/// Length octets at the beginning of `rest`, consumed. Nothing where there is no length that can be
/// read; more than `rest` has is the caller's business.
std::optional<std::size_t> take_length(BytesView& rest) {
  if (rest.empty()) return std::nullopt;
  std::size_t length = rest[0], octets = 0;
  if ((length & 0x80) != 0) {
    octets = length & 0x7F;
    if (octets == 0 || octets > 3 || octets >= rest.size()) return std::nullopt;
    length = rsp::big_endian(rest.subspan(1, octets));
  }
  rest = rest.subspan(1 + octets);
  return length;
}

/// The elements of a Command Scripting template, one after the other. Error Action TLVs are passed
/// over, because the action that they change, to stop, is the only one there is.
void run_elements(BytesView rest, const CommandHandler& execute, ExpandedResult& result) {
  auto bad = [&](BadFormat what) { result.add_error(kBadFormat, static_cast<std::uint8_t>(what)); };
  while (!rest.empty()) {
    std::uint8_t tag = rest[0];
    rest = rest.subspan(1);
    bool is_command = (tag & ~kComprehension) == kCommandElement;
    if (!is_command && (tag < kImmediateAction || tag > kScriptChaining))
      return bad(BadFormat::kUnknownTag);
    auto length = take_length(rest);
    if (!length) return bad(BadFormat::kLengthNotFound);
    if (*length > rest.size()) return bad(BadFormat::kWrongLength);
    BytesView content = rest.first(*length);
    rest = rest.subspan(*length);
    if (tag == kImmediateAction) return result.add_error(kImmediateAction, kSuspensionError);
    if (tag == kScriptChaining) return result.add_error(kScriptChaining, kChainingNotSupported);
    if (is_command && !run_expanded_command(content, execute, result)) return;
  }
}

Bytes run_definite(BytesView script, const CommandHandler& execute) {
  ExpandedResult result;
  BytesView rest = script.subspan(1);
  auto length = take_length(rest);
  if (!length) {
    result.add_error(kBadFormat, static_cast<std::uint8_t>(BadFormat::kLengthNotFound));
  } else if (*length != rest.size()) {
    result.add_error(kBadFormat, static_cast<std::uint8_t>(BadFormat::kWrongLength));
  } else {
    run_elements(rest, execute, result);
  }
  return result.definite();
}

/// AE 80 elements 00 00.
Bytes run_indefinite(BytesView script, const CommandHandler& execute) {
  ExpandedResult result;
  constexpr std::size_t kFrame = 4;
  bool framed =
      script.size() >= kFrame && script[1] == 0x80 && rsp::equal(script.last(2), Bytes{0x00, 0x00});
  if (framed) {
    run_elements(script.subspan(2, script.size() - kFrame), execute, result);
  } else {
    result.add_error(kBadFormat, static_cast<std::uint8_t>(BadFormat::kWrongLength));
  }
  return result.indefinite();
}

// --- Reading results ---

std::unexpected<rsp::Error> bad(std::string text) {
  return rsp::failure(
      {.layer = rsp::Layer::kDecode, .step = "script result", .text = std::move(text)});
}

Result<ScriptResult> read_compact(BytesView result) {
  if (result.size() < 3) return bad("is cut short");
  ResponseApdu last{.data = rsp::to_bytes(result.subspan(3)),
                    .sw = StatusWord(static_cast<std::uint16_t>(result[1] << 8 | result[2]))};
  return ScriptResult{.executed = result[0], .responses = {std::move(last)}};
}

rsp::Status read_element(const rsp::asn1::Element& element, ScriptResult& out) {
  std::uint8_t tag = element.whole[0];
  if (is_response(tag)) {
    RSP_TRY(ResponseApdu response, ResponseApdu::parse(element.content));
    out.responses.push_back(std::move(response));
    return {};
  }
  if (element.content.empty()) return bad("has an element without content");
  if (tag == kNumberExecuted) out.executed = rsp::big_endian(element.content);
  if (tag == kBadFormat) out.bad_format = static_cast<BadFormat>(element.content[0]);
  if (tag == kScriptChaining) out.chaining_error = element.content[0];
  if (tag == kImmediateAction) out.immediate_action_error = element.content[0];
  return {};
}

Result<ScriptResult> read_elements(BytesView elements) {
  ScriptResult out;
  for (Reader reader(elements); !reader.at_end();) {
    auto element = reader.next();
    if (!element) return bad(std::string(element.error()));
    RSP_CHECK(read_element(*element, out));
  }
  return out;
}

}  // namespace

Bytes run_script(BytesView script, const CommandHandler& execute) {
  if (script.empty()) return {};
  // No command has these octets as its class, so they tell the formats apart. TS 101 220 tells them
  // apart by the TAR; operators' profiles use one TAR for either.
  if (script[0] == kCommands) return run_definite(script, execute);
  if (script[0] == kCommandsIndefinite) return run_indefinite(script, execute);
  return run_compact(script, execute);
}

Bytes compact_script(std::span<const CommandApdu> commands) {
  Bytes out;
  for (CommandApdu command : commands) {
    if (!command.data.empty()) command.le.reset();  // its response comes without being asked for
    rsp::append(out, command.encode());
    if (command.data.empty() && !command.le) out.push_back(0x00);  // P3 is always there
  }
  return out;
}

Bytes expanded_script(std::span<const CommandApdu> commands) {
  Bytes elements;
  for (const CommandApdu& command : commands)
    rsp::append(elements, element(kCommandElement, command.encode()));
  return element(kCommands, elements);
}

Result<ScriptResult> read_script_result(BytesView result) {
  if (result.empty()) return ScriptResult{};
  if (result[0] == kResponsesIndefinite) {
    if (result.size() < 4 || result[1] != 0x80 || !rsp::equal(result.last(2), Bytes{0x00, 0x00}))
      return bad("has no end");
    RSP_TRY(ScriptResult out, read_elements(result.subspan(2, result.size() - 4)));
    out.executed = out.responses.size();  // this form does not say it
    return out;
  }
  if (result[0] != kResponses) return read_compact(result);
  Reader reader(result);
  auto whole = reader.next();
  if (!whole) return bad(std::string(whole.error()));
  if (!reader.at_end()) return bad("has octets after its end");
  return read_elements(whole->content);
}

}  // namespace sim::ota
