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
void members(auto&& f, auto& m, std::type_identity<AuthenticateClientOkEs11>) {
  f.hex("transactionId", m.transaction_id);
  f.events("eventEntries", m.event_entries);
}

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
  void events(const char* name, const std::vector<EventEntry>& entries) {
    Json list = Json::array();
    for (const EventEntry& entry : entries)
      list.push_back({{"eventId", entry.event_id}, {"rspServerAddress", entry.rsp_server_address}});
    begin(name);
    out_ += list.dump();
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
  void events(const char* name, std::vector<EventEntry>& entries) {
    auto found = in_.find(name);
    if (found == in_.end()) return fail(name, "is missing");
    if (!found->is_array()) return fail(name, "should be a list");
    for (const Json& item : *found) {
      const Json &id = member(item, "eventId"), &address = member(item, "rspServerAddress");
      auto id_text = body_.text_of(id), address_text = body_.text_of(address);
      if (!id_text || !address_text)
        return fail(name, "needs eventId and rspServerAddress in each");
      entries.push_back({std::string(*id_text), std::string(*address_text), {}});
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

}  // namespace

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

template <class Ok>
Result<Ok> parse_es9_response(std::string_view body) {
  RSP_TRY(Body parsed, Body::parse(body));
  if (auto failed = reported_failure(parsed.json())) return failure(*std::move(failed));
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
template std::string es9_ok_body(const AuthenticateClientOkEs11&);
template Result<InitiateAuthenticationOk> parse_es9_response(std::string_view);
template Result<AuthenticateClientOk> parse_es9_response(std::string_view);
template Result<GetBoundProfilePackageOk> parse_es9_response(std::string_view);
template Result<CancelSessionOk> parse_es9_response(std::string_view);
template Result<AuthenticateClientOkEs11> parse_es9_response(std::string_view);

}  // namespace rsp
