// Activation codes (SGP.22 v2, 4.1).
#pragma once

#include <optional>
#include <string>

#include "rsp/asn1/types.h"
#include "rsp/base/result.h"

namespace lpa {

struct ActivationCode {
  std::string address;      // "host" or "host:port" of the SM-DP+
  std::string matching_id;  // the token; may be empty
  std::optional<rsp::asn1::Oid> smdp_oid;
  bool confirmation_code_required = false;

  /// "LPA:1$address$matchingId[$OID][$1]". The prefix may be absent or in any case, as people type
  /// it, blanks around the parts are dropped, and an OID may be empty (field fault F73). Error:
  /// Layer::kInput naming the part, with the remedy where a shell has eaten the dollar signs.
  static rsp::Result<ActivationCode> parse(std::string_view text);
  /// In the form of a QR code, with the prefix.
  std::string to_string() const;
};

}  // namespace lpa
