// A trace that can be shown to strangers: what identifies a card, a subscription or an order is
// replaced by pseudonyms, and it still decodes.
#pragma once

#include <vector>

#include "hil/trace/identifiers.h"

namespace hil {

/// What became of one identifier. The pseudonym has the same length; digits stay digits, letters
/// stay letters of their case, and the leading 89 of EID and ICCID stays.
struct Pseudonym {
  Identifier original;
  std::string value;
};

struct Redaction {
  rsp::Trace trace;
  std::vector<Pseudonym> pseudonyms;
  std::size_t left_out = 0;  // TLS records and secrets: they would give everything away
};

/// Replaces each identifier that find_identifiers finds wherever it stands: in octets, in texts and
/// in bodies; as digits, as BCD with and without swapped nibbles, in hexadecimal of either case, in
/// base64, and across the blocks of STORE DATA and GET RESPONSE. Every length stays, so that what
/// decoded before decodes afterwards; signatures stay too and no longer fit what they sign.
///
/// The same salt gives the same pseudonyms, so that several traces of one card can be read
/// together. Whoever has the salt can try out which value a pseudonym stands for.
Redaction redact(const rsp::Trace& trace, rsp::BytesView salt);

}  // namespace hil
