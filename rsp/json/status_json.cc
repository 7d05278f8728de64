#include "rsp/json/status_json.h"

#include <array>

namespace rsp {
namespace {

/// A member of an object as text; empty where it is absent or something else.
std::string text_member(const Json& object, const char* name) {
  const Json& found = member(object, name);
  return found.is_string() ? found.get<std::string>() : std::string();
}

/// The codes that functions can return (SGP.22 5.2.6; 5.6 ES9+, 5.8 ES11).
struct Meaning {
  std::string_view subject, reason, text;
};
constexpr std::array kMeanings = {
    Meaning{"8.1", "4.8", "the eUICC has not enough memory"},
    Meaning{"8.1", "6.1", "the eUICC's signature or the serverChallenge is wrong"},
    Meaning{"8.1.1", "3.8", "the EID does not match the order"},
    Meaning{"8.1.2", "6.1", "the EUM certificate is invalid"},
    Meaning{"8.1.2", "6.3", "the EUM certificate has expired"},
    Meaning{"8.1.3", "6.1", "the eUICC certificate is invalid"},
    Meaning{"8.1.3", "6.3", "the eUICC certificate has expired"},
    Meaning{"8.2", "1.2", "the profile is not released"},
    Meaning{"8.2", "3.7", "the Bound Profile Package is not available for a new binding"},
    Meaning{"8.2.5", "4.3", "there is no profile that this eUICC could take"},
    Meaning{"8.2.6", "3.8", "the MatchingID was refused"},
    Meaning{"8.2.7", "2.2", "the confirmation code is missing"},
    Meaning{"8.2.7", "3.8", "the confirmation code was refused"},
    Meaning{"8.2.7", "6.4", "the confirmation code was wrong too often"},
    Meaning{"8.8", "3.10", "the OID is not the one of this SM-DP+"},
    Meaning{"8.8.1", "3.8", "the address is not the one of this SM-DP+"},
    Meaning{"8.8.2", "3.1", "no CI key that both sides support"},
    Meaning{"8.8.3", "3.1", "the version of SGP.22 is not supported"},
    Meaning{"8.8.4", "3.7", "the SM-DP+ has no certificate under a CI that the eUICC knows"},
    Meaning{"8.8.5", "4.10", "the download order has expired"},
    Meaning{"8.8.5", "6.4", "the download was tried too often"},
    Meaning{"8.9.1", "3.8", "the address is not the one of this SM-DS"},
    Meaning{"8.9.2", "3.1", "no CI key that both sides support"},
    Meaning{"8.9.3", "3.1", "the version of SGP.22 is not supported"},
    Meaning{"8.9.4", "3.7", "the SM-DS has no certificate under a CI that the eUICC knows"},
    Meaning{"8.9.5", "3.9", "the event is unknown"},
    Meaning{"8.10.1", "3.9", "the TransactionID is unknown"},
    Meaning{"8.11.1", "3.9", "the CI of the EUM certificate is unknown"},
    // ES2+ and ES12 (5.3, 5.9)
    Meaning{"8.1.1", "2.2", "the EID is missing"},
    Meaning{"8.1.1", "3.10", "another EID belongs to the profile"},
    Meaning{"8.2.1", "1.2", "the caller may not do this with the profile, or not in its state"},
    Meaning{"8.2.1", "2.2", "neither an ICCID nor a profile type was given"},
    Meaning{"8.2.1", "3.3", "the profile is in use"},
    Meaning{"8.2.1", "3.5", "the profile cannot be released in its state"},
    Meaning{"8.2.1", "3.9", "the ICCID is unknown"},
    Meaning{"8.2.5", "3.7", "no profile of the type is left"},
    Meaning{"8.2.5", "3.8", "the profile is of another type"},
    Meaning{"8.2.5", "3.9", "the profile type is unknown"},
    Meaning{"8.2.6", "3.3", "the MatchingID is in use"},
    Meaning{"8.2.6", "3.10", "another MatchingID belongs to the profile"},
    Meaning{"8.9", "4.2", "the SM-DS has failed"},
    Meaning{"8.9", "5.1", "the SM-DS cannot be reached"},
    Meaning{"8.9.5", "3.3", "the event exists already"},
};

}  // namespace

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

std::string_view meaning(const StatusCode& status) {
  for (const Meaning& row : kMeanings) {
    if (row.subject == status.subject && row.reason == status.reason) return row.text;
  }
  return {};
}

Error to_error(const StatusCode& status) {
  std::string words(meaning(status));
  if (!status.message.empty() && status.message != words)
    words += (words.empty() ? "" : ": ") + status.message;
  if (words.empty()) words = "the server reports failure";
  return {.layer = Layer::kServer,
          .code = status.subject.empty() && status.reason.empty() ? "" : to_string(status),
          .path = status.subject_identifier,
          .text = words};
}

std::optional<Error> reported_failure(const Json& json) {
  const Json& execution = member(member(json, "header"), "functionExecutionStatus");
  std::string status = text_member(execution, "status");
  if (status.starts_with("Executed-")) return std::nullopt;
  if (status.empty()) {
    return Error{.layer = Layer::kDecode,
                 .path = "header.functionExecutionStatus.status",
                 .text = "the response does not say whether it was executed"};
  }
  const Json& data = member(execution, "statusCodeData");
  StatusCode code{text_member(data, "subjectCode"), text_member(data, "reasonCode"),
                  text_member(data, "subjectIdentifier"), text_member(data, "message")};
  return to_error(code);
}

std::string failed_body(const StatusCode& status) {
  Json data;
  data["subjectCode"] = status.subject;
  data["reasonCode"] = status.reason;
  if (!status.subject_identifier.empty()) data["subjectIdentifier"] = status.subject_identifier;
  data["message"] = status.message.empty() ? std::string(meaning(status)) : status.message;
  Json json;
  json["header"]["functionExecutionStatus"] = {{"status", "Failed"}, {"statusCodeData", data}};
  return dump(json);
}

}  // namespace rsp
