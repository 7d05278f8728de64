// Bytes of a trace as named fields, out of the declarations of the messages.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rsp/base/bytes.h"
#include "rsp/json/asn1_json.h"

namespace hil {

/// One element of a message.
struct DecodedField {
  std::size_t depth = 0;
  std::string name;    // "serverAddress", "[2]" in a list
  std::string tag;     // "83"; empty where a member of a JSON body is no element
  std::string octets;  // content of a primitive element in hexadecimal, cut where it is long
  std::string
      meaning;  // what the octets say: a text, a number, the name of a code; empty otherwise
};

/// A message as far as it could be decoded.
struct DecodedMessage {
  std::string name;  // "authenticateServerRequest"
  std::vector<DecodedField> fields;
  rsp::Json json;     // its JSON view; null where it does not decode
  std::string error;  // why it does not; empty where it does
};

/// As rsp::asn1::dump has it, one line an element, with what each one means behind an equals sign.
std::string to_text(const DecodedMessage& message);

/// A tag of ES10, as specifications print it ("BF38"), and the function whose request and response
/// have it.
struct Es10Tag {
  std::string tag;
  std::string_view function;
};
std::vector<Es10Tag> es10_tags();

enum class Direction { kRequest, kResponse };

/// "ES10b.AuthenticateServer" of a command or response that begins with BF38; empty where the tag
/// is none of ES10.
std::string_view es10_function(rsp::BytesView message);
/// The functions of ES10, and those of ES9+ as their paths have them.
std::vector<std::string_view> es10_functions();
std::vector<std::string_view> es9_functions();

/// Requests and responses share tags, so the direction decides. Nothing where the tag is none of
/// ES10, or BF37.
std::vector<DecodedMessage> decode_es10(rsp::BytesView message, Direction direction);

/// What of a Bound Profile Package can be read without keys: BF23, and BF25 out of all 88 segments
/// together.
std::vector<DecodedMessage> decode_segments(std::span<const rsp::BytesView> segments);

/// The members of a JSON body; `function` as in the path of the request, "initiateAuthentication".
std::vector<DecodedMessage> decode_es9(std::string_view function, const rsp::Json& body,
                                       Direction direction);

/// The JSON view of a message with the numbers that are octets in it as people read them: an ICCID
/// has its nibbles swapped there. Where a member has another form, it stays.
rsp::Json with_digits(rsp::Json view);

/// A document for people: texts of more than `max_text` characters, and lists of many texts, are
/// cut and say how long they were.
rsp::Json shortened(const rsp::Json& json, std::size_t max_text = 240);

}  // namespace hil
