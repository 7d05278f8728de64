// The JSON binding of ES9+ against bodies written by hand, and the JSON view of messages
// (SGP.22 6.5; A.6, A.7).
#include <gtest/gtest.h>

#include "rsp/asn1/decoder.h"
#include "rsp/json/asn1_json.h"
#include "rsp/json/es9_json.h"
#include "rsp/messages/all.h"

namespace rsp {
namespace {

/// Members in any order.
nlohmann::json unordered(std::string_view text) { return nlohmann::json::parse(text); }

const Bytes kTransaction = "0A0B0C"_hex;

/// What a server answers where all is well, with further members.
std::string executed(const std::string& members) {
  std::string body = R"({"header":{"functionExecutionStatus":{"status":"Executed-Success"}})";
  if (!members.empty()) body += "," + members;
  return body + "}";
}

template <class T>
std::string text_of_error(const Result<T>& result) {
  if (result) return "accepted";
  return result.error().path + " | " + result.error().text;
}

// --- Requests: base64 of a TLV with its tag, but for euiccChallenge (pitfall H 28) ---

// euiccInfo1: BF20{82 020502, A9{04 F54172BD}, AA{04 F54172BD}}
constexpr char kInitiateAuthentication[] = R"({
  "euiccChallenge": "EBESExQVFhcYGRobHB0eHw==",
  "smdpAddress": "smdp.example.com",
  "euiccInfo1": "vyAVggMCBQKpBgQE9UFyvaoGBAT1QXK9"
})";

InitiateAuthenticationRequest initiate_authentication() {
  InitiateAuthenticationRequest request;
  for (std::uint8_t i = 0; i < 16; ++i)
    request.euicc_challenge[i] = static_cast<std::uint8_t>(0x10 + i);
  request.smdp_address = "smdp.example.com";
  request.euicc_info1.svn = {2, 5, 2};
  request.euicc_info1.ci_pkid_list_for_verification = {"F54172BD"_hex};
  request.euicc_info1.ci_pkid_list_for_signing = {"F54172BD"_hex};
  return request;
}

TEST(Es9Json, InitiateAuthenticationRequest) {
  EXPECT_EQ(unordered(es9_request_body(initiate_authentication())),
            unordered(kInitiateAuthentication));
  auto request = parse_es9_request<InitiateAuthenticationRequest>(kInitiateAuthentication);
  ASSERT_TRUE(request) << request.error().message();
  EXPECT_EQ(asn1::encode(*request), asn1::encode(initiate_authentication()));
}

// BF38{A1{80 0A0B0C, 02 06}}
constexpr char kAuthenticateClient[] = R"({
  "transactionId": "0A0B0C",
  "authenticateServerResponse": "vzgKoQiAAwoLDAIBBg=="
})";

TEST(Es9Json, AuthenticateClientRequest) {
  AuthenticateClientRequest request{
      kTransaction,
      {AuthenticateResponseError{kTransaction, AuthenticateErrorCode::kEuiccChallengeMismatch, {}}},
      {}};
  EXPECT_EQ(unordered(es9_request_body(request)), unordered(kAuthenticateClient));
  auto read = parse_es9_request<AuthenticateClientRequest>(kAuthenticateClient);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(asn1::encode(*read), asn1::encode(request));
}

// BF21{A1{80 0A0B0C, 02 03}}
constexpr char kGetBoundProfilePackage[] = R"({
  "transactionId": "0A0B0C",
  "prepareDownloadResponse": "vyEKoQiAAwoLDAIBAw=="
})";

TEST(Es9Json, GetBoundProfilePackageRequest) {
  GetBoundProfilePackageRequest request{
      kTransaction,
      {PrepareDownloadResponseError{kTransaction, DownloadErrorCode::kUnsupportedCurve, {}}},
      {}};
  EXPECT_EQ(unordered(es9_request_body(request)), unordered(kGetBoundProfilePackage));
  auto read = parse_es9_request<GetBoundProfilePackageRequest>(kGetBoundProfilePackage);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(asn1::encode(*read), asn1::encode(request));
}

// BF41{81 05}, with its own tag although the ASN.1 binding has A1 in its place
constexpr char kCancelSession[] = R"({
  "transactionId": "0A0B0C",
  "cancelSessionResponse": "v0EDgQEF"
})";

TEST(Es9Json, CancelSessionRequest) {
  CancelSessionRequestEs9 request{kTransaction, {CancelSessionError::kInvalidTransactionId}, {}};
  EXPECT_EQ(unordered(es9_request_body(request)), unordered(kCancelSession));
  auto read = parse_es9_request<CancelSessionRequestEs9>(kCancelSession);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(asn1::encode(*read), asn1::encode(request));
}

// 30{BF2F{80 05, 81 enable, 0C "a.b"} 5F37 5152, 30{}, 30{}}
constexpr char kHandleNotification[] = R"({
  "pendingNotification": "MBi/LwyAAQWBAgZADANhLmJfNwJRUjAAMAA="
})";
// BF37{BF27{80 0A, BF2F{80 05, 81 install, 0C "a.b"}, 06 2.999.10, A2{A1{80 00, 81 02}}}, 5F37
// 5152}
constexpr char kHandleResult[] = R"({
  "pendingNotification": "vzcpvychgAEKvy8MgAEFgQIHgAwDYS5iBgOINwqiCKEGgAEAgQECXzcCUVI="
})";

OtherSignedNotification other_notification() {
  OtherSignedNotification other;
  other.tbs_other_notification.value = {5, {kNotificationEnable}, "a.b", std::nullopt, {}};
  other.euicc_notification_signature = "5152"_hex;
  other.euicc_certificate = {"3000"_hex};
  other.eum_certificate = {"3000"_hex};
  return other;
}

TEST(Es9Json, HandleNotificationOfAnEvent) {
  HandleNotificationRequest request{other_notification(), {}};
  EXPECT_EQ(unordered(es9_request_body(request)), unordered(kHandleNotification));
  auto read = parse_es9_request<HandleNotificationRequest>(kHandleNotification);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(metadata_of(read->pending_notification).notification_address, "a.b");
}

TEST(Es9Json, HandleNotificationOfAnInstallation) {
  auto read = parse_es9_request<HandleNotificationRequest>(kHandleResult);
  ASSERT_TRUE(read) << read.error().message();
  const auto& result = std::get<ProfileInstallationResult>(read->pending_notification);
  EXPECT_EQ(to_string(result.data.value.smdp_oid), "2.999.10");
  EXPECT_EQ(unordered(es9_request_body(*read)), unordered(kHandleResult));
}

// --- Responses ---

// serverSigned1: 30{80 0A0B0C, 81 16 octets, 83 "a.b", 84 16 octets}
const std::string kInitiateAuthenticationOk = executed(R"(
  "transactionId": "0A0B0C",
  "serverSigned1": "MC6AAwoLDIEQAAAAAAAAAAAAAAAAAAAAAIMDYS5ihBARERERERERERERERERERER",
  "serverSignature1": "XzcCUVI=",
  "euiccCiPKIdToBeUsed": "BAT1QXK9",
  "serverCertificate": "MAMCAQU="
)");

TEST(Es9Json, InitiateAuthenticationResponse) {
  InitiateAuthenticationOk ok;
  ok.transaction_id = kTransaction;
  ok.server_signed1.value = {kTransaction, {}, "a.b", {}, {}};
  ok.server_signed1.value.server_challenge.fill(0x11);
  ok.server_signature1 = "5152"_hex;
  ok.euicc_ci_pkid_to_be_used = "F54172BD"_hex;
  ok.server_certificate = {"3003020105"_hex};
  EXPECT_EQ(unordered(es9_ok_body(ok)), unordered(kInitiateAuthenticationOk));

  auto read = parse_es9_response<InitiateAuthenticationOk>(kInitiateAuthenticationOk);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(to_hex(read->server_signed1.der),
            to_hex(asn1::encode_as(asn1::kSequence, ok.server_signed1.value)))
      << "what the signature covers is kept";
  EXPECT_EQ(unordered(es9_ok_body(*read)), unordered(kInitiateAuthenticationOk));
}

// profileMetadata: BF25{5A iccid, 91 "P", 92 "N"}; smdpSigned2: 30{80 0A0B0C, 01 00}
const std::string kAuthenticateClientOk = executed(R"(
  "transactionId": "0A0B0C",
  "profileMetadata": "vyUSWgqYABAyVHaYEDIUkQFQkgFO",
  "smdpSigned2": "MAiAAwoLDAEBAA==",
  "smdpSignature2": "XzcCUVI=",
  "smdpCertificate": "MAMCAQU="
)");

TEST(Es9Json, AuthenticateClientResponse) {
  AuthenticateClientOk ok;
  ok.transaction_id = kTransaction;
  std::ranges::copy("98001032547698103214"_hex, ok.profile_metadata.iccid.begin());
  ok.profile_metadata.service_provider_name = "P";
  ok.profile_metadata.profile_name = "N";
  ok.smdp_signed2.value.transaction_id = kTransaction;
  ok.smdp_signature2 = "5152"_hex;
  ok.smdp_certificate = {"3003020105"_hex};
  EXPECT_EQ(unordered(es9_ok_body(ok)), unordered(kAuthenticateClientOk));
  auto read = parse_es9_response<AuthenticateClientOk>(kAuthenticateClientOk);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->profile_metadata.profile_class, ProfileClass::kOperational);
  EXPECT_EQ(unordered(es9_ok_body(*read)), unordered(kAuthenticateClientOk));
}

const std::string kGetBoundProfilePackageOk = executed(R"(
  "transactionId": "0A0B0C",
  "boundProfilePackage": "vzYJvyMAoAChAKMA"
)");

TEST(Es9Json, GetBoundProfilePackageResponseKeepsThePackageUnopened) {
  GetBoundProfilePackageOk ok{kTransaction, {"BF3609BF2300A000A100A300"_hex}, {}};
  EXPECT_EQ(unordered(es9_ok_body(ok)), unordered(kGetBoundProfilePackageOk));
  auto read = parse_es9_response<GetBoundProfilePackageOk>(kGetBoundProfilePackageOk);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(to_hex(read->bound_profile_package.der), "BF3609BF2300A000A100A300");
}

TEST(Es9Json, CancelSessionResponseIsTheHeaderAlone) {
  EXPECT_EQ(unordered(es9_ok_body(CancelSessionOk{})), unordered(executed("")));
  EXPECT_TRUE(parse_es9_response<CancelSessionOk>(executed("")));
}

// --- What is tolerated ---

// Field fault F72.
TEST(Es9Json, LineBreaksInBase64AreTaken) {
  std::string body = R"({"transactionId":"0A0B0C","cancelSessionResponse":"v0ED\r\ngQEF\r\n"})";
  EXPECT_TRUE(parse_es9_request<CancelSessionRequestEs9>(body));
}

TEST(Es9Json, TransactionIdIsWrittenInUpperCaseAndReadInAny) {
  auto read = parse_es9_request<CancelSessionRequestEs9>(
      R"({"transactionId":"0a0b0c","cancelSessionResponse":"v0EDgQEF"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->transaction_id, kTransaction);
  EXPECT_NE(es9_request_body(*read).find("\"0A0B0C\""), std::string::npos);
}

// A header in an ES9+ request is optional and means nothing (A.6).
TEST(Es9Json, HeaderAndForeignMembersOfARequestAreIgnored) {
  std::string body(kCancelSession);
  body.insert(
      1,
      R"("header":{"functionRequesterIdentifier":"x","functionCallIdentifier":"y"},"other":[1],)");
  EXPECT_TRUE(parse_es9_request<CancelSessionRequestEs9>(body));
}

// --- What is refused ---

TEST(Es9Json, MissingMembersAreNamed) {
  for (const char* name : {"euiccChallenge", "smdpAddress", "euiccInfo1"}) {
    auto body = unordered(kInitiateAuthentication);
    body.erase(name);
    EXPECT_EQ(text_of_error(parse_es9_request<InitiateAuthenticationRequest>(body.dump())),
              std::string(name) + " | " + name + " is missing");
  }
  for (const char* name : {"transactionId", "serverSigned1", "serverSignature1",
                           "euiccCiPKIdToBeUsed", "serverCertificate"}) {
    auto body = unordered(kInitiateAuthenticationOk);
    body.erase(name);
    EXPECT_EQ(text_of_error(parse_es9_response<InitiateAuthenticationOk>(body.dump())),
              std::string(name) + " | " + name + " is missing");
  }
  for (const char* name :
       {"transactionId", "profileMetadata", "smdpSigned2", "smdpSignature2", "smdpCertificate"}) {
    auto body = unordered(kAuthenticateClientOk);
    body.erase(name);
    EXPECT_EQ(text_of_error(parse_es9_response<AuthenticateClientOk>(body.dump())),
              std::string(name) + " | " + name + " is missing");
  }
}

/// The error of a CancelSession request with one member set to something else.
std::string cancel_with(const char* name, const nlohmann::json& value) {
  auto body = unordered(kCancelSession);
  body[name] = value;
  return text_of_error(parse_es9_request<CancelSessionRequestEs9>(body.dump()));
}

TEST(Es9Json, MembersOfAnotherKindAreNamed) {
  EXPECT_EQ(cancel_with("transactionId", 5), "transactionId | transactionId should be a text");
  EXPECT_EQ(cancel_with("transactionId", nullptr),
            "transactionId | transactionId should be a text");
  EXPECT_EQ(cancel_with("transactionId", ""),
            "transactionId | transactionId should be 1 to 16 octets in hexadecimal");
  EXPECT_EQ(cancel_with("transactionId", "0A0"),
            "transactionId | transactionId should be 1 to 16 octets in hexadecimal");
  EXPECT_EQ(cancel_with("transactionId", std::string(34, '0')),
            "transactionId | transactionId should be 1 to 16 octets in hexadecimal");
  EXPECT_EQ(
      cancel_with("cancelSessionResponse", "v0E*"),
      "cancelSessionResponse | cancelSessionResponse character 4 does not belong into base64");
}

TEST(Es9Json, MembersThatDoNotDecodeAreNamedDownToTheField) {
  EXPECT_EQ(
      cancel_with("cancelSessionResponse", "v0ECgQA="),
      "cancelSessionResponse.cancelSessionResponseError | "
      "cancelSessionResponse.cancelSessionResponseError is an INTEGER of no or too many octets");
  EXPECT_EQ(cancel_with("cancelSessionResponse", "oQOBAQU="),
            "cancelSessionResponse | cancelSessionResponse is missing: expected tag 9F41 or BF41, "
            "found A1");
  auto body = unordered(kInitiateAuthentication);
  body["euiccChallenge"] = "BBAQERITFBUWFxgZGhscHR4f";
  EXPECT_EQ(text_of_error(parse_es9_request<InitiateAuthenticationRequest>(body.dump())),
            "euiccChallenge | euiccChallenge has 18 octets and should have 16")
      << "the one member that is bare octets";
}

TEST(Es9Json, WhatIsNoObjectIsRefused) {
  using Request = CancelSessionRequestEs9;
  EXPECT_EQ(text_of_error(parse_es9_request<Request>("")), "body | the body is no JSON");
  EXPECT_EQ(text_of_error(parse_es9_request<Request>("{")), "body | the body is no JSON");
  EXPECT_EQ(text_of_error(parse_es9_request<Request>("[]")), "body | the body is no JSON object");
  EXPECT_EQ(text_of_error(parse_es9_request<Request>("null")), "body | the body is no JSON object");
  EXPECT_EQ(text_of_error(parse_es9_request<Request>("{\"transactionId\":\"\xFF\"}")),
            "body | the body is no JSON");
}

// --- functionExecutionStatus ---

template <class Ok = CancelSessionOk>
Error failed(const std::string& body) {
  auto read = parse_es9_response<Ok>(body);
  EXPECT_FALSE(read) << body;
  return read ? Error{} : read.error();
}

TEST(Es9Status, FailedIsAnErrorOfTheServerWithItsCodes) {
  Error error = failed(R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{
      "subjectCode":"8.2.6","reasonCode":"3.8","subjectIdentifier":"QA-1","message":"Refused"}}}})");
  EXPECT_EQ(error.layer, Layer::kServer);
  EXPECT_EQ(error.code, "8.2.6/3.8");
  EXPECT_EQ(error.path, "QA-1");
  EXPECT_EQ(error.text, "the MatchingID was refused: Refused");
}

// Pitfall H 30: the words and the identifier are optional, and a client must not lose the rest for
// want of them.
TEST(Es9Status, FailedWithoutOptionalMembersKeepsItsCodes) {
  Error error = failed(R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{
      "subjectCode":"8.1.1","reasonCode":"3.8"}}}})");
  EXPECT_EQ(error.code, "8.1.1/3.8");
  EXPECT_EQ(error.text, "the EID does not match the order");
}

TEST(Es9Status, FailedWithoutCodesIsStillAFailure) {
  Error error = failed(R"({"header":{"functionExecutionStatus":{"status":"Failed"}}})");
  EXPECT_EQ(error.layer, Layer::kServer);
  EXPECT_EQ(error.text, "the server reports failure");
  EXPECT_EQ(
      failed(R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":[1]}}})")
          .layer,
      Layer::kServer);
  EXPECT_EQ(failed(R"({"header":{"functionExecutionStatus":{"status":"Failed","statusCodeData":{
      "subjectCode":8,"reasonCode":null}}}})")
                .layer,
            Layer::kServer);
}

TEST(Es9Status, ExpiredIsAFailureToo) {
  EXPECT_EQ(failed(R"({"header":{"functionExecutionStatus":{"status":"Expired"}}})").layer,
            Layer::kServer);
}

TEST(Es9Status, ExecutedWithWarningIsSuccess) {
  EXPECT_TRUE(parse_es9_response<CancelSessionOk>(
      R"({"header":{"functionExecutionStatus":{"status":"Executed-WithWarning"}}})"));
}

TEST(Es9Status, MissingOrBrokenHeadersAreRefused) {
  for (const char* body : {"{}", R"({"header":null})", R"({"header":[]})", R"({"header":{}})",
                           R"({"header":{"functionExecutionStatus":"Executed-Success"}})",
                           R"({"header":{"functionExecutionStatus":{}}})",
                           R"({"header":{"functionExecutionStatus":{"status":1}}})",
                           R"({"header":{"functionExecutionStatus":{"status":""}}})"}) {
    Error error = failed(body);
    EXPECT_EQ(error.layer, Layer::kDecode) << body;
    EXPECT_EQ(error.path, "header.functionExecutionStatus.status") << body;
  }
}

TEST(Es9Status, FailedBodyComesBackAsTheSameCodes) {
  StatusCode status{"8.2.7", "6.4", "1234", ""};
  EXPECT_EQ(unordered(failed_body(status)),
            unordered(R"({"header":{"functionExecutionStatus":{"status":"Failed",
      "statusCodeData":{"subjectCode":"8.2.7","reasonCode":"6.4","subjectIdentifier":"1234",
      "message":"the confirmation code was wrong too often"}}}})"));
  Error error = failed(failed_body(status));
  EXPECT_EQ(error.code, "8.2.7/6.4");
  EXPECT_EQ(error.text, "the confirmation code was wrong too often")
      << "our own words are not said twice";
}

struct MeaningVector {
  const char *subject, *reason, *text;
};
// SGP.22 5.6; sgp22.md A.7. The codes that ES9+ and ES11 name, each with the words that a user
// reads.
const MeaningVector kMeanings[] = {
    {"8.1", "4.8", "the eUICC has not enough memory"},
    {"8.1", "6.1", "the eUICC's signature or the serverChallenge is wrong"},
    {"8.1.1", "3.8", "the EID does not match the order"},
    {"8.1.2", "6.1", "the EUM certificate is invalid"},
    {"8.1.2", "6.3", "the EUM certificate has expired"},
    {"8.1.3", "6.1", "the eUICC certificate is invalid"},
    {"8.1.3", "6.3", "the eUICC certificate has expired"},
    {"8.2", "1.2", "the profile is not released"},
    {"8.2", "3.7", "the Bound Profile Package is not available for a new binding"},
    {"8.2.5", "4.3", "there is no profile that this eUICC could take"},
    {"8.2.6", "3.8", "the MatchingID was refused"},
    {"8.2.7", "2.2", "the confirmation code is missing"},
    {"8.2.7", "3.8", "the confirmation code was refused"},
    {"8.2.7", "6.4", "the confirmation code was wrong too often"},
    {"8.8", "3.10", "the OID is not the one of this SM-DP+"},
    {"8.8.1", "3.8", "the address is not the one of this SM-DP+"},
    {"8.8.2", "3.1", "no CI key that both sides support"},
    {"8.8.3", "3.1", "the version of SGP.22 is not supported"},
    {"8.8.4", "3.7", "the SM-DP+ has no certificate under a CI that the eUICC knows"},
    {"8.8.5", "4.10", "the download order has expired"},
    {"8.8.5", "6.4", "the download was tried too often"},
    {"8.9.1", "3.8", "the address is not the one of this SM-DS"},
    {"8.9.2", "3.1", "no CI key that both sides support"},
    {"8.9.3", "3.1", "the version of SGP.22 is not supported"},
    {"8.9.4", "3.7", "the SM-DS has no certificate under a CI that the eUICC knows"},
    {"8.9.5", "3.9", "the event is unknown"},
    {"8.10.1", "3.9", "the TransactionID is unknown"},
    {"8.11.1", "3.9", "the CI of the EUM certificate is unknown"},
};

TEST(Es9Status, EveryCodeHasAMeaning) {
  for (const auto& [subject, reason, text] : kMeanings) {
    EXPECT_EQ(meaning({subject, reason, "", ""}), text) << subject << "/" << reason;
  }
}

// Pitfall H 31: 3.1 is not 3.10, and 4.1 is not 4.10.
TEST(Es9Status, CodesAreComparedAsText) {
  EXPECT_EQ(meaning({"8.8", "3.1", "", ""}), "");
  EXPECT_EQ(meaning({"8.8.5", "4.1", "", ""}), "");
  EXPECT_EQ(meaning({"8.2.60", "3.8", "", ""}), "");
}

TEST(Es9Status, UnknownCodesKeepTheServersWords) {
  EXPECT_EQ(to_error({"9.9", "9.9", "", "out of order"}).text, "out of order");
  EXPECT_EQ(to_error({"9.9", "9.9", "", ""}).text, "the server reports failure");
  EXPECT_EQ(to_error({"9.9", "9.9", "", ""}).code, "9.9/9.9");
}

// --- dump ---

TEST(JsonDump, NeverThrowsOnWhatIsNoUtf8) {
  EXPECT_EQ(dump(Json{{"a", "x\xFFy"}}), "{\"a\":\"x\xEF\xBF\xBDy\"}");
  EXPECT_EQ(dump(Json("\xC3")), "\"\xEF\xBF\xBD\"");
  EXPECT_NO_THROW(failed_body({"\xFF", "\x80", "\xC3(", "\xED\xA0\x80"}));
  InitiateAuthenticationRequest request = initiate_authentication();
  request.smdp_address = "\xFF\xFE";
  EXPECT_NO_THROW(es9_request_body(request));
}

TEST(JsonDump, KeepsTheOrderOfMembers) {
  Json json;
  json["b"] = 1;
  json["a"] = 2;
  EXPECT_EQ(dump(json), R"({"b":1,"a":2})");
  EXPECT_EQ(dump(json, 2), "{\n  \"b\": 1,\n  \"a\": 2\n}");
}

// --- The JSON view of messages: reading ---

template <class M>
std::string view_error(const char* json) {
  auto message = from_json<M>(Json::parse(json));
  if (message) return "accepted";
  EXPECT_EQ(message.error().layer, Layer::kInput);
  return message.error().text;
}

TEST(JsonView, MissingMembersAreNamed) {
  EXPECT_EQ(view_error<SetNicknameRequest>(R"({"iccid":"98001032547698103214"})"),
            "setNicknameRequest.profileNickname is missing");
  EXPECT_EQ(view_error<AuthenticateServerRequest>(R"({"serverSigned1":{"transactionId":"01"}})"),
            "authenticateServerRequest.serverSigned1.euiccChallenge is missing");
}

TEST(JsonView, UnknownMembersAreRefused) {
  EXPECT_EQ(view_error<NotificationSentRequest>(R"({"seqNumber":1,"sequence":1})"),
            "notificationSentRequest.sequence is not known here");
}

TEST(JsonView, MembersOfAnotherKindAreNamed) {
  EXPECT_EQ(view_error<NotificationSentRequest>("5"),
            "notificationSentRequest should be an object");
  EXPECT_EQ(view_error<NotificationSentRequest>(R"({"seqNumber":"1"})"),
            "notificationSentRequest.seqNumber should be a whole number");
  EXPECT_EQ(view_error<NotificationSentRequest>(R"({"seqNumber":1.5})"),
            "notificationSentRequest.seqNumber should be a whole number");
  EXPECT_EQ(view_error<SetNicknameRequest>(R"({"iccid":"98","profileNickname":"x"})"),
            "setNicknameRequest.iccid should have 10 octets");
  EXPECT_EQ(view_error<SetNicknameRequest>(R"({"iccid":"9","profileNickname":"x"})"),
            "setNicknameRequest.iccid should be octets in hexadecimal");
  EXPECT_EQ(view_error<SetDefaultDpAddressRequest>(R"({"defaultDpAddress":1})"),
            "setDefaultDpAddressRequest.defaultDpAddress should be a text");
  EXPECT_EQ(view_error<EnableProfileRequest>(
                R"({"profileIdentifier":{"iccid":"98001032547698103214"},"refreshFlag":1})"),
            "enableProfileRequest.refreshFlag should be true or false");
  EXPECT_EQ(view_error<EnableProfileResponse>(R"({"enableResult":"fine"})"),
            "enableProfileResponse.enableResult is no name of this enumeration");
  EXPECT_EQ(view_error<ConfigureIsdpRequest>(R"({"dpProprietaryData":{"dpOid":"3.1"}})"),
            "configureISDPRequest.dpProprietaryData.dpOid should be an object identifier such as "
            "2.999.10");
  EXPECT_EQ(view_error<EuiccMemoryResetRequest>(R"({"resetOptions":"012"})"),
            "euiccMemoryResetRequest.resetOptions should be a text of 0s and 1s, bit 0 first");
  EXPECT_EQ(
      view_error<EuiccInfo1>(
          R"({"svn":"020000","euiccCiPKIdListForVerification":["00","x"],"euiccCiPKIdListForSigning":[]})"),
      "euiccInfo1.euiccCiPKIdListForVerification[1] should be octets in hexadecimal");
  EXPECT_EQ(
      view_error<EuiccInfo1>(
          R"({"svn":"020000","euiccCiPKIdListForVerification":{},"euiccCiPKIdListForSigning":[]})"),
      "euiccInfo1.euiccCiPKIdListForVerification should be a list");
}

TEST(JsonView, NumbersOutOfTheirRangeAreRefused) {
  EXPECT_EQ(view_error<NotificationSentRequest>(R"({"seqNumber":4294967295})"), "accepted");
  for (const char* json : {R"({"seqNumber":-1})", R"({"seqNumber":4294967296})",
                           R"({"seqNumber":18446744073709551615})"}) {
    EXPECT_EQ(view_error<NotificationSentRequest>(json),
              "notificationSentRequest.seqNumber is out of range")
        << json;
  }
  EXPECT_EQ(view_error<EnableProfileResponse>(R"({"enableResult":4294967296})"),
            "enableProfileResponse.enableResult is out of range");
}

TEST(JsonView, SizesAreThoseOfTheAsn1) {
  EXPECT_EQ(view_error<CancelSessionRequest>(R"({"transactionId":"","reason":"postponed"})"),
            "cancelSessionRequest.transactionId has 0 octets, allowed are 1 to 16");
  std::string long_name =
      R"({"iccid":"98001032547698103214","profileNickname":")" + std::string(65, 'n') + "\"}";
  EXPECT_EQ(view_error<SetNicknameRequest>(long_name.c_str()),
            "setNicknameRequest.profileNickname has 65 characters, allowed are 0 to 64");
}

TEST(JsonView, ChoicesNeedAnAlternative) {
  EXPECT_EQ(view_error<DeleteProfileRequest>("{}"),
            "deleteProfileRequest has none of the alternatives of this CHOICE");
  EXPECT_EQ(
      view_error<EnableProfileRequest>(R"({"profileIdentifier":{"eid":"00"},"refreshFlag":true})"),
      "enableProfileRequest.profileIdentifier has none of the alternatives of this CHOICE");
  EXPECT_EQ(view_error<CancelSessionResponse>(R"({"cancelSessionResponseOk":5})"),
            "cancelSessionResponse.cancelSessionResponseOk should be an object");
}

TEST(JsonView, SignedStructuresGetTheirBytes) {
  auto message = from_json<PrepareDownloadRequest>(Json::parse(R"({
      "smdpSigned2":{"transactionId":"0A0B0C","ccRequiredFlag":true},"smdpSignature2":"5152","smdpCertificate":"3000"})"));
  ASSERT_TRUE(message) << message.error().message();
  EXPECT_EQ(to_hex(message->smdp_signed2.der), "300880030A0B0C0101FF");
}

}  // namespace
}  // namespace rsp
