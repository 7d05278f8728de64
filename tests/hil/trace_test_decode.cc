// Messages of a trace as fields.
#include "hil/trace/decode.h"
#include "hil/trace/explain.h"
#include "rsp/base/base64.h"
#include "tests/hil/trace_support.h"

namespace hil::testing_trace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

// --- Messages as fields ---

std::string text_of(const std::vector<DecodedMessage>& messages) {
  std::string text;
  for (const DecodedMessage& message : messages) text += to_text(message);
  return text;
}

TEST(Decode, FieldsHaveTagOctetsAndMeaning) {
  EXPECT_EQ(
      text_of(decode_es10("BF29 10 5A0A 98881201000000001010 9002 4D79"_x, Direction::kRequest)),
      "setNicknameRequest BF29\n"
      "  iccid 5A 98881201000000001010 = 89882110000000000101\n"
      "  profileNickname 90 4D79 = My\n");
}

TEST(Decode, TheDirectionTellsRequestAndResponseOfOneTagApart) {
  Bytes eid = "BF3E12 5A10 89049032123451234512345678901235"_x;
  EXPECT_EQ(decode_es10(eid, Direction::kResponse)[0].name, "getEuiccDataResponse");
  EXPECT_EQ(decode_es10("BF3E03 5C015A"_x, Direction::kRequest)[0].name, "getEuiccDataRequest");
}

TEST(Decode, CodesVersionsAndBitsAreNamed) {
  // ListNotification (SGP.22 5.7.9): one entry, of an enabling.
  EXPECT_THAT(text_of(decode_es10("BF2813 A011 BF2F0E 800105 81020640 0C05 612E636F6D"_x,
                                  Direction::kResponse)),
              AllOf(HasSubstr("seqNumber 80 05 = 5\n"),
                    HasSubstr("profileManagementOperation 81 0640 = enable\n"),
                    HasSubstr("notificationAddress 0C 612E636F6D = a.com\n")));
  EXPECT_THAT(text_of(decode_es10("BF3103 800103"_x, Direction::kResponse)),
              HasSubstr("enableResult 80 03 = disallowedByPolicy\n"));
  EXPECT_THAT(text_of(decode_es10("BF2009 8203020503 A900 AA00"_x, Direction::kResponse)),
              HasSubstr("svn 82 020503 = 2.5.3\n"));
  // eUICCMemoryReset (SGP.22 5.7.19): operational profiles, and the default SM-DP+ address.
  EXPECT_THAT(text_of(decode_es10("BF3404 820205A0"_x, Direction::kRequest)),
              HasSubstr("= bit 0, bit 2\n"));
}

TEST(Decode, MeaningsOfListElementsBelongToTheirElement) {
  std::string text =
      text_of(decode_es10("BF2D1B A019 E309 9F700101 9203 4F6E65 E30C 9F700100 9206 536572766572"_x,
                          Direction::kResponse));
  EXPECT_THAT(
      text,
      HasSubstr(
          "[0] E3\n      profileState 9F70 01 = enabled\n      profileName 92 4F6E65 = One\n"));
  EXPECT_THAT(text, HasSubstr("[1] E3\n      profileState 9F70 00 = disabled\n      profileName 92 "
                              "536572766572 = Server\n"));
}

TEST(Decode, WhatIsMalformedIsShownUpToTheFault) {
  auto messages = decode_es10("BF3106 80010181020000"_x, Direction::kRequest);
  ASSERT_THAT(messages, SizeIs(1));
  EXPECT_THAT(to_text(messages[0]),
              StartsWith("enableProfileRequest BF31\n"
                         "  profileIdentifier 80 01\n"
                         "error: enableProfileRequest.profileIdentifier is primitive"));
  EXPECT_TRUE(messages[0].json.is_null());
}

TEST(Decode, WhatIsCutShortIsSaidToBe) {
  EXPECT_EQ(es10_function("BF3820300A"_x), "ES10b.AuthenticateServer");
  EXPECT_THAT(text_of(decode_es10("BF3820300A"_x, Direction::kResponse)),
              StartsWith("error: authenticateServerResponse is missing"));
}

TEST(Decode, ElementsThatAreNotDeclaredAreShown) {
  EXPECT_THAT(text_of(decode_es10("BF3106 800100 8F01AA"_x, Direction::kResponse)),
              HasSubstr("  unknown 8F01AA\n"));
}

TEST(Decode, OfALongListOfOctetStringsTheFirstAreShown) {
  Bytes list;
  for (int i = 0; i < 6; ++i) rsp::append(list, "0402ABCD"_x);
  Bytes info = rsp::concat({"BF2021 8203020202 A918"_x, list, "AA00"_x});
  std::string text = text_of(decode_es10(info, Direction::kResponse));
  EXPECT_THAT(text, HasSubstr("    [3] 04 ABCD\n    ... 2 more = 4 octets\n"));
}

TEST(Decode, CertificatesSayWhoseTheyAre) {
  auto request = std::ranges::find_if(download(), [](const auto& record) {
    return record.event.name == "ES10b.AuthenticateServer" && record.event.from == Party::kLpa;
  });
  ASSERT_NE(request, download().end());
  EXPECT_THAT(text_of(decode_es10(request->event.bytes, Direction::kRequest)),
              HasSubstr("serverCertificate 30 = SM-DP+ auth certificate of"));
}

TEST(Decode, OtherTagsAreNoEs10Message) {
  EXPECT_THAT(decode_es10("BF7F00"_x, Direction::kRequest), IsEmpty());
  EXPECT_THAT(decode_es10({}, Direction::kRequest), IsEmpty());
  EXPECT_EQ(es10_function("3000"_x), "");
  EXPECT_EQ(es10_function("BF3800"_x), "ES10b.AuthenticateServer");
}

TEST(DecodeEs9, MembersOfABodyAreDecoded) {
  Json body{{"euiccChallenge", rsp::to_base64(Bytes(16, 0x11))},
            {"smdpAddress", "smdp.example.com"},
            {"euiccInfo1", rsp::to_base64("BF2009 8203020202 A900 AA00"_x)}};
  EXPECT_EQ(text_of(decode_es9("initiateAuthentication", body, Direction::kRequest)),
            "euiccChallenge 11111111111111111111111111111111\n"
            "smdpAddress = smdp.example.com\n"
            "euiccInfo1 BF20\n"
            "  svn 82 020202 = 2.2.2\n"
            "  euiccCiPKIdListForVerification A9\n"
            "  euiccCiPKIdListForSigning AA\n");
}

TEST(DecodeEs9, ANotificationIsOneOfTwoKinds) {
  // SGP.22 5.6.4: BF37, or a SEQUENCE with the notification's metadata.
  Json body{{"pendingNotification", rsp::to_base64("3004 BF2F01 00"_x)}};
  EXPECT_THAT(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
              HasSubstr("otherSignedNotification 30\n"));
  body["pendingNotification"] = rsp::to_base64("BF3700"_x);
  EXPECT_THAT(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
              StartsWith("profileInstallationResult BF37\nerror: "));
  body["pendingNotification"] = rsp::to_base64("BF3800"_x);
  EXPECT_EQ(text_of(decode_es9("handleNotification", body, Direction::kRequest)),
            "error: pendingNotification is none of its alternatives\n");
}

TEST(DecodeEs9, MembersThatAreNoneOfTheFunctionChangeNothing) {
  EXPECT_THAT(
      decode_es9("authenticateClient", Json{{"header", Json::object()}}, Direction::kResponse),
      IsEmpty());
  EXPECT_THAT(decode_es9("authenticateClient", Json("text"), Direction::kResponse), IsEmpty());
  EXPECT_THAT(decode_es9("noSuchFunction", Json::object(), Direction::kRequest), IsEmpty());
  Json wrong{{"transactionId", 7}, {"profileMetadata", "no base64 !"}, {"smdpSigned2", "AAAA"}};
  EXPECT_THAT(text_of(decode_es9("authenticateClient", wrong, Direction::kResponse)),
              HasSubstr("error: "));
}

TEST(Shortened, LongTextsAndListsAreCut) {
  EXPECT_EQ(shortened(Json{{"a", std::string(9, 'x')}, {"b", "short"}, {"c", 5}}, 6),
            (Json{{"a", "xxxxxx... (9 characters)"}, {"b", "short"}, {"c", 5}}));
  EXPECT_EQ(shortened(Json(std::vector<std::string>(9, "x"))),
            (Json{"x", "x", "x", "x", "... 5 more"}));
  EXPECT_THAT(shortened(Json(std::vector<int>(9, 1))), SizeIs(9));
}

}  // namespace
}  // namespace hil::testing_trace
