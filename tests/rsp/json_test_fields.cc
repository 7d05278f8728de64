// Fields by path, and bodies whose long texts are kept apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rsp/asn1/decoder.h"
#include "rsp/json/es9_json.h"
#include "rsp/json/field_path.h"
#include "rsp/messages/all.h"

namespace rsp {
namespace {

using ::testing::HasSubstr;

template <class T>
std::string problem(std::string_view path, const Json* value = nullptr) {
  auto checked = check_field<T>(path, value);
  return checked ? "" : checked.error().text + "; " + checked.error().hint;
}

TEST(FieldPath, FindsFieldsOfEveryKindOfStructure) {
  EXPECT_EQ(problem<AuthenticateServerRequest>("serverSigned1.serverChallenge"), "");
  EXPECT_EQ(
      problem<AuthenticateServerResponse>("authenticateResponseOk.euiccSigned1.euiccInfo2.svn"),
      "");
  EXPECT_EQ(problem<AuthenticateServerResponse>("authenticateResponseError.authenticateErrorCode"),
            "");
  EXPECT_EQ(problem<ProfileInstallationResult>(
                "profileInstallationResultData.finalResult.errorResult.errorReason"),
            "");
  EXPECT_EQ(problem<EuiccInfo1>("euiccCiPKIdListForSigning[1]"), "");
  EXPECT_EQ(problem<GetRatResponse>("rat[0].allowedOperators[2].gid1"), "");
  EXPECT_EQ(problem<EnableProfileRequest>("profileIdentifier.iccid"), "");
}

TEST(FieldPath, SaysWhatThereIsWhereThePathIsWrong) {
  EXPECT_THAT(problem<AuthenticateServerRequest>("serverSigned1.challenge"),
              HasSubstr("serverSigned1 has no field 'challenge'; its fields are transactionId, "
                        "euiccChallenge, serverAddress, serverChallenge"));
  EXPECT_THAT(problem<AuthenticateServerResponse>("authenticateResponseOkay"),
              HasSubstr("has no field"));
  EXPECT_THAT(problem<AuthenticateServerRequest>("serverSignature1.r"),
              HasSubstr("has no fields inside"));
  EXPECT_THAT(problem<AuthenticateServerRequest>("serverSignature1[0]"), HasSubstr("is no list"));
  EXPECT_THAT(problem<ProfileInstallationResultData>("finalResult.maybe"),
              HasSubstr("its alternatives are successResult, errorResult"));
  for (const char* path : {"", ".", "a..b", "a[", "a[x]", "a[-1]", "a[1", "a]"})
    EXPECT_THAT(problem<EuiccInfo1>(path), HasSubstr("is no path")) << path;
}

TEST(FieldPath, ChecksValuesAgainstTheFieldsType) {
  Json good = "0102030405060708090A0B0C0D0E0F10", bad = "0102", number = 5;
  EXPECT_EQ(problem<AuthenticateServerRequest>("serverSigned1.serverChallenge", &good), "");
  EXPECT_THAT(problem<AuthenticateServerRequest>("serverSigned1.serverChallenge", &bad),
              HasSubstr("16 octets"));
  EXPECT_THAT(problem<AuthenticateServerRequest>("serverSigned1.serverAddress", &number),
              HasSubstr("should be a text"));
}

TEST(FieldPath, SetsWhatIsThereAndMakesWhatIsNot) {
  StoreMetadataRequest metadata;
  metadata.profile_name = "old";
  EXPECT_TRUE(set_field(metadata, "profileName", "new"));
  EXPECT_TRUE(set_field(metadata, "profileOwner.gid1", "AB"));
  EXPECT_TRUE(set_field(metadata, "profileClass", "test"));
  EXPECT_EQ(metadata.profile_name, "new");
  EXPECT_EQ(metadata.profile_owner->gid1, (Bytes{0xAB}));
  EXPECT_EQ(metadata.profile_class, ProfileClass::kTest);
}

TEST(FieldPath, ChangesTheAlternative) {
  AuthenticateServerResponse response{AuthenticateResponseOk{}};
  EXPECT_TRUE(set_field(response, "authenticateResponseError.authenticateErrorCode", "invalidOid"));
  EXPECT_EQ(std::get<AuthenticateResponseError>(response.result).authenticate_error_code,
            AuthenticateErrorCode::kInvalidOid);
}

TEST(FieldPath, WhatWasSignedIsMadeAnew) {
  auto request = AuthenticateServerRequest{};
  request.server_signed1 =
      asn1::seal(asn1::kSequence, ServerSigned1{TransactionId(Bytes{1}), {}, "a", {}, {}});
  EXPECT_TRUE(set_field(request, "serverSigned1.serverAddress", "other"));
  auto again = asn1::decode<AuthenticateServerRequest>(asn1::encode(request));
  ASSERT_FALSE(again) << "the certificate is empty, so this is no whole message";
  EXPECT_TRUE(request.server_signed1.der.empty());
}

TEST(FieldPath, AnElementThatIsNotThereCannotBeSet) {
  EuiccInfo1 info;
  info.ci_pkid_list_for_signing = {Bytes(20, 1)};
  EXPECT_TRUE(set_field(info, "euiccCiPKIdListForSigning[0]", "00"));
  auto failed = set_field(info, "euiccCiPKIdListForSigning[1]", "00");
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().text, HasSubstr("has only 1 elements"));
}

TEST(FieldPath, EveryFieldThatASchemaHasCanBeNamed) {
  // The paths that a decoder reports are those that faults may name.
  struct Paths final : asn1::DecodeObserver {
    void element(const asn1::Path& path) override { all.push_back(to_string(path)); }
    std::vector<std::string> all;
  } paths;
  EuiccInfo2 info;
  info.certification_data_object.emplace();
  info.ci_pkid_list_for_signing = {Bytes(20, 1)};
  ASSERT_TRUE(asn1::decode<EuiccInfo2>(asn1::encode(info), &paths));
  ASSERT_GT(paths.all.size(), 10u);
  for (const std::string& path : paths.all) {
    if (path == "euiccInfo2") continue;
    EXPECT_EQ(problem<EuiccInfo2>(path.substr(path.find('.') + 1)), "") << path;
  }
}

// --- Bodies of ES9+ with long texts

GetBoundProfilePackageOk package(std::size_t octets) {
  Bytes der{0xBF, 0x36, 0x82, static_cast<std::uint8_t>(octets >> 8),
            static_cast<std::uint8_t>(octets)};
  der.resize(der.size() + octets, 0x5A);
  return {TransactionId(Bytes{1, 2}), {std::move(der)}, {}};
}

TEST(Es9JsonLong, TextsOfAnyLengthComeBack) {
  for (std::size_t octets : {1u, 180u, 190u, 200u, 20'000u}) {
    auto ok = package(octets);
    std::string body = es9_ok_body(ok);
    EXPECT_TRUE(Json::accept(body));
    auto back = parse_es9_response<GetBoundProfilePackageOk>(body);
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(back->bound_profile_package.der, ok.bound_profile_package.der);
  }
}

/// A body with one more member before the long one.
std::string with_member(const std::string& member) {
  std::string body = es9_ok_body(package(1000));
  return body.insert(1, member + ",");
}

TEST(Es9JsonLong, TextsWithQuotesAndBackslashesBeforeALongOneDoNotConfuseIt) {
  for (const char* member : {R"("a":"x\\")", R"("a":"\"")", R"("a":"\\\"")", R"("a\\":"\\\\")",
                             R"("a":"\u0000")", R"("a":"")", R"("\"":1)", R"("a":[ "b", "\\" ])"}) {
    auto back = parse_es9_response<GetBoundProfilePackageOk>(with_member(member));
    ASSERT_TRUE(back) << member << ": " << back.error().message();
    EXPECT_EQ(back->bound_profile_package.der.size(), 1005u);
  }
}

TEST(Es9JsonLong, ALongTextThatIsNoBase64IsAnErrorOfItsMember) {
  std::string body = es9_ok_body(package(1000));
  body[body.size() - 100] = '*';
  auto back = parse_es9_response<GetBoundProfilePackageOk>(body);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().path, "boundProfilePackage");
}

TEST(Es9JsonLong, ALongTextWithEscapesIsTaken) {
  std::string body = es9_ok_body(package(1000));
  auto slash = body.find("Wlpa");  // of the base64 of 5A 5A 5A
  ASSERT_NE(slash, body.npos);
  body.replace(slash, 1, "\\u0057");
  auto back = parse_es9_response<GetBoundProfilePackageOk>(body);
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->bound_profile_package.der.size(), 1005u);
}

TEST(Es9JsonLong, WhatIsCutShortIsNoJson) {
  std::string body = es9_ok_body(package(1000));
  for (std::size_t size : {body.size() - 1, body.size() - 2, body.size() - 500, std::size_t{3}}) {
    auto back = parse_es9_response<GetBoundProfilePackageOk>(body.substr(0, size));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().layer, Layer::kDecode);
  }
}

TEST(Es9JsonLong, AddressesAreEscaped) {
  InitiateAuthenticationRequest request;
  request.smdp_address = "a\"b\\c\n";
  auto back = parse_es9_request<InitiateAuthenticationRequest>(es9_request_body(request));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->smdp_address, request.smdp_address);
}

}  // namespace
}  // namespace rsp
