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

/// Writes the members of an object, one after the other. Base64 and hexadecimal need no escaping,
/// and a bound package is one text of tens of kilobytes, so they go into the body as they are.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  void octets(const char* name, BytesView value) { plain(name, to_base64(value)); }
  void text(const char* name, const std::string& value) {
    begin(name);
    out_ += dump(Json(value));
  }
  void hex(const char* name, BytesView value) { plain(name, to_hex(value)); }
  template <class T>
  void element(const char* name, asn1::Tag tag, const T& value) {
    plain(name, to_base64(asn1::encode_as(tag, value)));
  }
  void choice(const char* name, const PendingNotification& value, const auto&) {
    plain(name, to_base64(encode_pending_notification(value)));
  }

 private:
  void begin(const char* name) {
    if (out_.back() != '{') out_ += ',';
    ((out_ += '"') += name) += "\":";
  }
  void plain(const char* name, const std::string& value) {
    out_.reserve(out_.size() + value.size() + 64);
    begin(name);
    ((out_ += '"') += value) += '"';
  }

  std::string& out_;
};

/// A body, with its long plain texts apart: the JSON library takes texts character by character and
/// copies them, which for a bound package costs as much as the cryptography of a session.
class Body {
 public:
  static Result<Body> parse(std::string_view text);
  const Json& json() const { return json_; }
  /// The text of a member, whether it is apart or not. Null where it is no text.
  std::optional<std::string_view> text_of(const Json& member) const;

 private:
  /// Stands for a text that is apart; a body in which it occurs has none apart.
  static constexpr std::string_view kMark = "\\u0000";
  static constexpr std::size_t kLong = 256;

  std::string without_long_texts(std::string_view text);

  Json json_;
  std::vector<std::string_view> apart_;
};

class Reader {
 public:
  explicit Reader(const Body& in) : body_(in), in_(in.json()) {}

  template <std::size_t N>
  void octets(const char* name, Octets<N>& value) {
    auto found = base64_of(name);
    if (!found) return;
    if (found->size() != N)
      return fail(name, fmt::format("has {} octets and should have {}", found->size(), N));
    std::ranges::copy(*found, value.begin());
  }
  void text(const char* name, std::string& value) {
    if (auto found = string_of(name)) value = *found;
  }
  void hex(const char* name, TransactionId& value) {
    auto found = string_of(name);
    if (!found) return;
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
  std::optional<std::string_view> string_of(const char* name) {
    auto found = in_.find(name);
    if (found == in_.end()) return fail(name, "is missing"), std::nullopt;
    auto text = body_.text_of(*found);
    if (!text) fail(name, "should be a text");
    return text;
  }
  std::optional<Bytes> base64_of(const char* name) {
    auto found = string_of(name);
    if (!found) return std::nullopt;
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

  const Body& body_;
  const Json& in_;
  std::optional<Error> error_;
};

/// Whether a quote belongs to the text that it stands in: behind an odd number of backslashes.
bool is_escaped(std::string_view text, std::size_t quote) {
  std::size_t backslashes = 0;
  while (backslashes < quote && text[quote - 1 - backslashes] == '\\') ++backslashes;
  return backslashes % 2 == 1;
}

std::string Body::without_long_texts(std::string_view text) {
  std::string out;
  std::size_t copied = 0;
  for (auto start = text.find('"'); start != text.npos;) {
    auto end = text.find('"', start + 1);
    while (end != text.npos && is_escaped(text, end)) end = text.find('"', end + 1);
    if (end == text.npos) break;
    std::string_view content = text.substr(start + 1, end - start - 1);
    auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
    if (content.size() >= kLong && std::ranges::all_of(content, is_plain)) {
      out += text.substr(copied, start + 1 - copied);
      out += kMark;
      out += std::to_string(apart_.size());
      apart_.push_back(content);
      copied = end;
    }
    start = text.find('"', end + 1);
  }
  return out += text.substr(copied);
}

Result<Body> Body::parse(std::string_view text) {
  Body body;
  bool marked = text.contains(kMark);
  body.json_ = Json::parse(marked ? std::string(text) : body.without_long_texts(text), nullptr,
                           /*allow_exceptions=*/false);
  if (body.json_.is_object()) return body;
  return failure(
      {.layer = Layer::kDecode,
       .path = "body",
       .text = body.json_.is_discarded() ? "the body is no JSON" : "the body is no JSON object"});
}

std::optional<std::string_view> Body::text_of(const Json& member) const {
  if (!member.is_string()) return std::nullopt;
  const auto& text = member.get_ref<const std::string&>();
  if (apart_.empty() || !text.starts_with('\0')) return text;
  return apart_[std::stoul(text.substr(1))];
}

template <class T>
Result<T> read_members(const Body& body) {
  T value{};
  Reader reader(body);
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
          .code = status.subject.empty() && status.reason.empty() ? "" : to_string(status),
          .path = status.subject_identifier,
          .text = words};
}

template <class Request>
std::string es9_request_body(const Request& request) {
  std::string body = "{";
  members(Writer(body), request, std::type_identity<Request>{});
  return body += '}';
}

template <class Request>
Result<Request> parse_es9_request(std::string_view body) {
  RSP_TRY(Body parsed, Body::parse(body));
  return read_members<Request>(parsed);
}

template <class Ok>
std::string es9_ok_body(const Ok& ok) {
  std::string body = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}})";
  members(Writer(body), ok, std::type_identity<Ok>{});
  return body += '}';
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
  RSP_TRY(Body parsed, Body::parse(body));
  if (auto failed = failure_of(parsed.json())) return failure(*std::move(failed));
  return read_members<Ok>(parsed);
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
