// Status codes of the RSP functions (SGP.22 v2, 5.2.6).
#pragma once

#include <string>

namespace rsp {

/// Why a function failed: statusCodeData of the JSON binding (6.5.1).
struct StatusCode {
  std::string subject;  // "8.2.6"
  std::string reason;   // "3.8"
  std::string subject_identifier;
  std::string message;
  friend bool operator==(const StatusCode& a, const StatusCode& b) {
    return a.subject == b.subject && a.reason == b.reason;
  }
};
/// "8.2.6/3.8".
std::string to_string(const StatusCode& code);

}  // namespace rsp
