// The ASN.1 binding (SGP.22 6.6): the same functions on one path, with DER made by hand.
#include "fake_smdp/server_asn1.h"
#include "server_case.h"

namespace sgp23_server {
namespace {

class TC_SM_DPp_ES9p_Asn1Binding : public ServerCase {
 protected:
  TC_SM_DPp_ES9p_Asn1Binding() { add_order(); }
  rsp::http::Response send(BytesView body, std::string content_type = "application/x-gsma-rsp-asn1",
                           std::string method = "POST") {
    rsp::http::Request request;
    request.method = std::move(method);
    request.target = "/gsma/rsp2/asn1";
    request.body = rsp::text_of(body);
    request.headers = {{"Content-Type", std::move(content_type)},
                       {"X-Admin-Protocol", "gsma/rsp/v2.2.0"}};
    return smdp::handle({.smdp = &server()}, request, nullptr);
  }
  /// What is in the function's element of the answer: its one child, A0 or A1.
  Element result_of(BytesView body, std::string_view function) {
    rsp::http::Response response = send(body);
    EXPECT_EQ(response.status, 200) << response.body;
    EXPECT_EQ(response.header("Content-Type"), "application/x-gsma-rsp-asn1");
    auto inside = children(rsp::view_of(response.body), "A2");
    EXPECT_EQ(tags_of(inside), function);
    auto result = elements(inside.at(0).content);
    EXPECT_EQ(result.size(), 1U);
    return result.at(0);
  }
  Bytes initiate(std::string_view address = kHost) const {
    return tlv("A2",
               tlv("BF39", {tlv("81", euicc.challenge), text_tlv("83", address), euicc.info1()}));
  }
  Session begun() {
    Element ok = result_of(initiate(), "BF39");
    EXPECT_EQ(ok.tag, "A0");
    auto parts = elements(ok.content);
    EXPECT_EQ(tags_of(parts), "80 30 5F37 04 30");
    Session session;
    session.transaction_id = parts[0].content;
    session.transaction = to_hex(parts[0].content);
    session.server_challenge = content_of(elements(parts[1].content), "84");
    return session;
  }
  Bytes authenticate_der(Session& session, std::string matching_id = std::string(kMatchingId)) {
    Json body =
        authenticate_body(session, euicc, signed1_of(session, euicc, std::move(matching_id)));
    return tlv("A2",
               tlv("BF3B", {tlv("80", session.transaction_id),
                            from_base64(body["authenticateServerResponse"].get<std::string>())}));
  }
};

TEST_F(TC_SM_DPp_ES9p_Asn1Binding, X01_Nominal_AWholeSessionUpToTheResult) {
  Session session = begun();
  Element ok = result_of(authenticate_der(session), "BF3B");
  ASSERT_EQ(ok.tag, "A0");
  auto parts = elements(ok.content);
  ASSERT_EQ(tags_of(parts), "80 BF25 30 5F37 30");
  session.smdp_signature2 = parts[3].content;
  EXPECT_TRUE(signed_by(parts[4].whole,
                        rsp::concat({parts[2].whole, tlv("5F37", session.euicc_signature1)}),
                        session.smdp_signature2));
  Json body = package_body(session, euicc, signed2_of(session, std::nullopt, ""));
  Element package = result_of(
      tlv("A2", tlv("BF3A", {tlv("80", session.transaction_id),
                             from_base64(body["prepareDownloadResponse"].get<std::string>())})),
      "BF3A");
  ASSERT_EQ(package.tag, "A0");
  EXPECT_EQ(tags_of(elements(package.content)), "80 BF36");
  EXPECT_EQ(state(), "downloaded");
  // handleNotification has no answer.
  rsp::http::Response done =
      send(tlv("A2", tlv("BF3D", tlv("A0", result(session, euicc, success_result())))));
  EXPECT_EQ(done.status, 204);
  EXPECT_EQ(done.body, "");
  EXPECT_EQ(state(), "installed");
}
TEST_F(TC_SM_DPp_ES9p_Asn1Binding, X02_Nominal_CancelSession) {
  Session session = begun();
  ASSERT_EQ(result_of(authenticate_der(session), "BF3B").tag, "A0");
  Json body = cancel_body(session, euicc, 0);
  Element ok = result_of(
      tlv("A2",
          tlv("BF41",
              {tlv("80", session.transaction_id),
               tlv("A1",
                   element(from_base64(body["cancelSessionResponse"].get<std::string>()), "BF41")
                       .content)})),
      "BF41");
  EXPECT_EQ(ok.tag, "A0");
  EXPECT_EQ(state(), "error");
}
TEST_F(TC_SM_DPp_ES9p_Asn1Binding, X03_Error_StatusCodesAreItsNumbers) {
  Element error = result_of(initiate("another.example.com"), "BF39");
  EXPECT_EQ(error.tag, "81");
  EXPECT_EQ(to_hex(error.content), "01") << "invalidDpAddress";
  euicc.svn1 = "010000"_hex;
  EXPECT_EQ(to_hex(result_of(initiate(), "BF39").content), "02") << "euiccVersionNotSupportedByDp";
  euicc.svn1 = "020202"_hex;
  Session session = begun();
  EXPECT_EQ(to_hex(result_of(authenticate_der(session, std::string(kUnknownId)), "BF3B").content),
            "06")
      << "matchingIdRefused";
  Session other = session;
  other.transaction_id.back() ^= 1;
  EXPECT_EQ(to_hex(result_of(authenticate_der(other), "BF3B").content), "0A")
      << "invalidTransactionId";
}
TEST_F(TC_SM_DPp_ES9p_Asn1Binding, X04_Error_WhatIsNoRequestIsRefused) {
  for (const Bytes& body : {Bytes{}, "A200"_hex, "A203BF3900"_hex, "A2"_hex, "3000"_hex,
                            rsp::concat({initiate(), "00"_hex})}) {
    EXPECT_EQ(send(body).status, 400) << to_hex(body);
  }
  EXPECT_EQ(send(initiate(), "application/x-gsma-rsp-asn1", "GET").status, 405);
  rsp::http::Response wrong_type = send(initiate(), "application/json");
  EXPECT_EQ(wrong_type.status, 200);
  EXPECT_NE(wrong_type.body.find("1.2.1"), std::string::npos);
}

}  // namespace
}  // namespace sgp23_server
