#include "rsp/json/es9_json.h"

#include <fmt/format.h>

#include <array>

#include "rsp/asn1/decoder.h"
#include "rsp/asn1/encoder.h"
#include "rsp/base/base64.h"
#include "rsp/json/asn1_json.h"

namespace rsp {
namespace {

// --- Each message's members, declared once for both directions ---

void members(auto&& f, auto& m, std::type_identity<InitiateAuthenticationRequest>) {
  f.octets("euiccChallenge", m.euicc_challenge);
  f.text("smdpAddress", m.smdp_address);
  f.element("euiccInfo1", EuiccInfo1::kTag, m.euicc_info1);
}
void members(auto&& f, auto& m, std::type_identity<InitiateAuthenticationOk>) {
  f.hex("transactionId", m.transaction_id);
  f.element("serverSigned1", asn1::kSequence, m.server_signed1);
  f.element("serverSignature1", kSignatureTag, m.server_signature1);
  f.element("euiccCiPKIdToBeUsed", asn1::kOctetString, m.euicc_ci_pkid_to_be_used);
  f.element("serverCertificate", asn1::kSequence, m.server_certificate);
}
void members(auto&& f, auto& m, std::type_identity<AuthenticateClientRequest>) {
  f.hex("transactionId", m.transaction_id);
  f.element("authenticateServerResponse", AuthenticateServerResponse::kTag,
            m.authenticate_server_response);
}
void members(auto&& f, auto& m, std::type_identity<AuthenticateClientOk>) {
  f.hex("transactionId", m.transaction_id);
  f.element("profileMetadata", StoreMetadataRequest::kTag, m.profile_metadata);
  f.element("smdpSigned2", asn1::kSequence, m.smdp_signed2);
  f.element("smdpSignature2", kSignatureTag, m.smdp_signature2);
  f.element("smdpCertificate", asn1::kSequence, m.smdp_certificate);
}
void members(auto&& f, auto& m, std::type_identity<GetBoundProfilePackageRequest>) {
  f.hex("transactionId", m.transaction_id);
  f.element("prepareDownloadResponse", PrepareDownloadResponse::kTag, m.prepare_download_response);
}
void members(auto&& f, auto& m, std::type_identity<GetBoundProfilePackageOk>) {
  f.hex("transactionId", m.transaction_id);
  f.element("boundProfilePackage", BoundProfilePackage::kTag, m.bound_profile_package);
}
void members(auto&& f, auto& m, std::type_identity<HandleNotificationRequest>) {
  f.choice("pendingNotification", m.pending_notification, kPendingNotification);
}
void members(auto&& f, auto& m, std::type_identity<CancelSessionRequestEs9>) {
  f.hex("transactionId", m.transaction_id);
  f.element("cancelSessionResponse", CancelSessionResponse::kTag, m.cancel_session_response);
}
void members(auto&&, auto&, std::type_identity<CancelSessionOk>) {}

class Writer {
 public:
  explicit Writer(Json& out) : out_(out) {}
  void octets(const char* name, BytesView value) { out_[name] = to_base64(value); }
  void text(const char* name, const std::string& value) { out_[name] = value; }
  void hex(const char* name, BytesView value) { out_[name] = to_hex(value); }
  template <class T>
  void element(const char* name, asn1::Tag tag, const T& value) {
    out_[name] = to_base64(asn1::encode_as(tag, value));
  }
  void choice(const char* name, const PendingNotification& value, const auto&) {
    out_[name] = to_base64(encode_pending_notification(value));
  }

 private:
  Json& out_;
};

class Reader {
 public:
  explicit Reader(const Json& in) : in_(in) {}

  template <std::size_t N>
  void octets(const char* name, Octets<N>& value) {
    auto found = base64_of(name);
    if (!found) return;
    if (found->size() != N)
      return fail(name, fmt::format("has {} octets and should have {}", found->size(), N));
    std::ranges::copy(*found, value.begin());
  }
  void text(const char* name, std::string& value) {
    if (auto* found = string_of(name)) value = *found;
  }
  void hex(const char* name, TransactionId& value) {
    auto* found = string_of(name);
    if (found == nullptr) return;
    auto octets = from_hex(*found);
    if (!octets || octets->empty() || octets->size() > 16)
      return fail(name, "should be 1 to 16 octets in hexadecimal");
    value = *std::move(octets);
  }
  template <class T>
  void element(const char* name, asn1::Tag tag, T& value) {
    auto octets = base64_of(name);
    if (!octets) return;
    auto decoded = asn1::decode_as<T>(tag, name, *octets);
    if (decoded) {
      value = *std::move(decoded);
    } else if (!error_) {
      error_ = std::move(decoded).error();
    }
  }
  void choice(const char* name, PendingNotification& value, const auto&) {
    auto octets = base64_of(name);
    if (!octets) return;
    auto decoded = decode_pending_notification(*octets);
    if (decoded) {
      value = *std::move(decoded);
    } else if (!error_) {
      error_ = std::move(decoded).error();
    }
  }
  std::optional<Error> take_error() { return std::move(error_); }

 private:
  const std::string* string_of(const char* name) {
    auto found = in_.find(name);
    if (found == in_.end()) return fail(name, "is missing"), nullptr;
    if (!found->is_string()) return fail(name, "should be a text"), nullptr;
    return &found->get_ref<const std::string&>();
  }
  std::optional<Bytes> base64_of(const char* name) {
    auto* found = string_of(name);
    if (found == nullptr) return std::nullopt;
    auto octets = from_base64(*found);
    if (octets) return *std::move(octets);
    fail(name, octets.error().text);
    return std::nullopt;
  }
  void fail(const char* name, std::string_view what) {
    if (!error_)
      error_ =
          Error{.layer = Layer::kDecode, .path = name, .text = fmt::format("{} {}", name, what)};
  }

  const Json& in_;
  std::optional<Error> error_;
};

Result<Json> parse_object(std::string_view body) {
  Json json = Json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (json.is_object()) return json;
  return failure(
      {.layer = Layer::kDecode,
       .path = "body",
       .text = json.is_discarded() ? "the body is no JSON" : "the body is no JSON object"});
}

template <class T>
Result<T> read_members(const Json& json) {
  T value{};
  Reader reader(json);
  members(reader, value, std::type_identity<T>{});
  if (auto error = reader.take_error()) return failure(*std::move(error));
  return value;
}

/// A member of an object as text; empty where it is absent or something else.
std::string text_member(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& member(const Json& object, const char* name) {
  static const Json nothing;
  if (!object.is_object()) return nothing;
  auto found = object.find(name);
  return found == object.end() ? nothing : *found;
}

/// functionExecutionStatus: nothing where it reports success.
std::optional<Error> failure_of(const Json& json) {
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

/// The codes that ES9+ and ES11 can return (SGP.22 5.6, 5.8, 5.2.6).
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
};

}  // namespace

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
          .code = to_string(status),
          .path = status.subject_identifier,
          .text = words};
}

template <class Request>
std::string es9_request_body(const Request& request) {
  Json json = Json::object();
  members(Writer(json), request, std::type_identity<Request>{});
  return dump(json);
}

template <class Request>
Result<Request> parse_es9_request(std::string_view body) {
  RSP_TRY(Json json, parse_object(body));
  return read_members<Request>(json);
}

template <class Ok>
std::string es9_ok_body(const Ok& ok) {
  Json json;
  json["header"]["functionExecutionStatus"]["status"] = "Executed-Success";
  members(Writer(json), ok, std::type_identity<Ok>{});
  return dump(json);
}

std::string es9_failed_body(const StatusCode& status) {
  Json data;
  data["subjectCode"] = status.subject;
  data["reasonCode"] = status.reason;
  if (!status.subject_identifier.empty()) data["subjectIdentifier"] = status.subject_identifier;
  data["message"] = status.message.empty() ? std::string(meaning(status)) : status.message;
  Json json;
  json["header"]["functionExecutionStatus"] = {{"status", "Failed"}, {"statusCodeData", data}};
  return dump(json);
}

template <class Ok>
Result<Ok> parse_es9_response(std::string_view body) {
  RSP_TRY(Json json, parse_object(body));
  if (auto failed = failure_of(json)) return failure(*std::move(failed));
  return read_members<Ok>(json);
}

template std::string es9_request_body(const InitiateAuthenticationRequest&);
template std::string es9_request_body(const AuthenticateClientRequest&);
template std::string es9_request_body(const GetBoundProfilePackageRequest&);
template std::string es9_request_body(const HandleNotificationRequest&);
template std::string es9_request_body(const CancelSessionRequestEs9&);
template Result<InitiateAuthenticationRequest> parse_es9_request(std::string_view);
template Result<AuthenticateClientRequest> parse_es9_request(std::string_view);
template Result<GetBoundProfilePackageRequest> parse_es9_request(std::string_view);
template Result<HandleNotificationRequest> parse_es9_request(std::string_view);
template Result<CancelSessionRequestEs9> parse_es9_request(std::string_view);
template std::string es9_ok_body(const InitiateAuthenticationOk&);
template std::string es9_ok_body(const AuthenticateClientOk&);
template std::string es9_ok_body(const GetBoundProfilePackageOk&);
template std::string es9_ok_body(const CancelSessionOk&);
template Result<InitiateAuthenticationOk> parse_es9_response(std::string_view);
template Result<AuthenticateClientOk> parse_es9_response(std::string_view);
template Result<GetBoundProfilePackageOk> parse_es9_response(std::string_view);
template Result<CancelSessionOk> parse_es9_response(std::string_view);

}  // namespace rsp
