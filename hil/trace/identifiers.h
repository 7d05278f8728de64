// What in a trace says whose card, whose subscription or whose order it is.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "rsp/base/trace.h"

namespace hil {

enum class IdentifierKind {
  kEid,
  kIccid,
  kImsi,
  kMsisdn,
  kImei,
  kMatchingId,        // also an EventID, which leads to one
  kConfirmationCode,  // the code
  kConfirmationHash,  // SHA-256 of it; four digits are found from that in no time
  kNickname,          // a user's own words
  kKey,               // profile protection keys, and what AUTHENTICATE gives
  kCertificate,       // serial number, key and its identifier in an eUICC's certificate
};
std::string_view to_string(IdentifierKind kind);

/// How the value of an identifier is written here.
enum class IdentifierForm { kDigits, kText, kHex };
IdentifierForm form_of(IdentifierKind kind);

struct Identifier {
  IdentifierKind kind;
  std::string value;  // as form_of says; hexadecimal in upper case
  friend auto operator<=>(const Identifier&, const Identifier&) = default;
};

/// All that the declarations of the messages know by name, in ES10 commands (also where nothing but
/// their APDUs were traced), in HTTP bodies and in eUICC certificates; EF.ICCID, EF.IMSI and
/// EF.MSISDN as they are read or written; activation codes and long numbers in texts.
std::set<Identifier> find_identifiers(const rsp::Trace& trace);

}  // namespace hil
