// SGP.23 4.5: the SM-DS. ES12 RegisterEvent and DeleteEvent, ES11 InitiateAuthentication and
// AuthenticateClient, ES15 from an alternative SM-DS to the root (SGP.22 3.6, 5.8 to 5.10). The
// numbers of its cases are not public.
#include "fake_smdp/server_clients.h"
#include "server_case.h"

namespace sgp23_server {
namespace {

constexpr std::string_view kSmds = "testsmds.example.com", kRoot = "rootsmds.example.com";
constexpr std::string_view kSmdp = "2.999.10";

class SmdsCase : public ServerCase {
 protected:
  SmdsCase() {
    smds_config.addresses = {std::string(kSmds)};
    smds_config.identities = {{pki.ds_auth->certificate.registered_id(),
                               pki.ci.certificate,
                               *pki.ds_auth,
                               std::nullopt,
                               {}}};
    smds_config.trusted_cis = config.trusted_cis;
    road = [this](const rsp::http::Request& request) {
      return smdp::handle({.smds = &smds(), .journal = &kept}, request, nullptr);
    };
  }
  smdp::Smds& smds() {
    if (!smds_) smds_.emplace(smds_config, clock, random, kept);
    return *smds_;
  }
  Answer call(std::string_view path, Json body, std::string_view requester = kSmdp) {
    body["header"] = {{"functionRequesterIdentifier", requester},
                      {"functionCallIdentifier", "call-1"}};
    rsp::http::Request request;
    request.target = "/gsma/rsp2/" + std::string(path);
    request.body = body.dump();
    request.headers = {{"Content-Type", "application/json"}};
    rsp::http::Response response = road(request);
    return {response.status, response.body, Json::parse(response.body, nullptr, false)};
  }
  std::string own_eid() const { return to_hex(euicc.eid); }
  Json event(std::string_view id = kEventId) const {
    return {{"eid", own_eid()},
            {"rspServerAddress", kHost},
            {"eventId", id},
            {"forwardingIndicator", false}};
  }
  std::string register_event(const Json& body, std::string_view requester = kSmdp) {
    return call("es12/registerEvent", body, requester).code();
  }
  std::string delete_event(std::string_view id, std::string_view requester = kSmdp) {
    return call("es12/deleteEvent", {{"eid", own_eid()}, {"eventId", id}}, requester).code();
  }
  /// InitiateAuthentication with the SM-DS; the session of a good answer.
  Answer initiate(Session& session) {
    Json body = initiate_body(euicc);
    body["smdpAddress"] = kSmds;
    Answer answer = post("initiateAuthentication", body);
    if (answer.code() != "ok") return answer;
    session.transaction = answer.json["transactionId"];
    session.transaction_id = rsp::from_hex(session.transaction).value();
    Bytes signed1 = answer.binary("serverSigned1");
    session.server_challenge = content_of(children(signed1, "30"), "84");
    Bytes certificate = answer.binary("serverCertificate");
    EXPECT_TRUE(signed_by(certificate, signed1,
                          element(answer.binary("serverSignature1"), "5F37").content));
    EXPECT_EQ(rsp::to_bytes(pki.ds_auth->certificate.der()), certificate);
    return answer;
  }
  Answer ask(Session& session, std::optional<std::string> event_id) {
    Signed1 signed1 = signed1_of(session, euicc, std::move(event_id));
    signed1.server_address = kSmds;
    return post("authenticateClient", authenticate_body(session, euicc, signed1));
  }
  /// "EVENT-0001 at testsmdpplus1.example.com, ..." of the events that an eUICC is told of.
  std::string events_told(std::optional<std::string> event_id = std::nullopt) {
    Session session;
    EXPECT_EQ(initiate(session).code(), "ok");
    Answer answer = ask(session, std::move(event_id));
    if (answer.code() != "ok") return answer.code();
    EXPECT_EQ(answer.members(), "eventEntries header transactionId");
    std::string out;
    for (const Json& entry : answer.json["eventEntries"]) {
      out += fmt::format("{}{} at {}", out.empty() ? "" : ", ", entry["eventId"].get<std::string>(),
                         entry["rspServerAddress"].get<std::string>());
    }
    return out;
  }

  smdp::Journal kept{clock};
  smdp::SmdsConfig smds_config;

 private:
  std::optional<smdp::Smds> smds_;
};

// --- ES12 ---

class TC_SM_DS_ES12_RegisterEvent : public SmdsCase {};
class TC_SM_DS_ES12_DeleteEvent : public SmdsCase {};

TEST_F(TC_SM_DS_ES12_RegisterEvent, X01_Nominal_AnEventWaitsForItsEuicc) {
  EXPECT_EQ(register_event(event()), "ok");
  ASSERT_EQ(smds().events().size(), 1U);
  EXPECT_EQ(smds().events()[0].rsp_server_address, kHost);
  EXPECT_EQ(smds().events()[0].requester, kSmdp);
  EXPECT_EQ(kept.entries().back().interface, "ES12");
}
TEST_F(TC_SM_DS_ES12_RegisterEvent, X02_Error_TheSameEventTwiceIsRefused) {
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_EQ(register_event(event()), "8.9.5/3.3");
  EXPECT_EQ(smds().events().size(), 1U);
  EXPECT_EQ(register_event(event("EVENT-0002")), "ok");
}
TEST_F(TC_SM_DS_ES12_RegisterEvent, X03_Error_WhatIsMissingOrNoEidIsRefused) {
  Json body = event();
  body["eid"] = "123";
  EXPECT_EQ(register_event(body), "8.1.1/2.1");
  EXPECT_EQ(register_event(event("")), "8.9.5/2.2");
  body = event();
  body["rspServerAddress"] = "";
  EXPECT_EQ(register_event(body), "8.9.5/2.2");
  body = event();
  body.erase("eventId");
  EXPECT_EQ(register_event(body), "1.6/2.1");
  EXPECT_TRUE(smds().events().empty());
}
TEST_F(TC_SM_DS_ES12_RegisterEvent, X04_Error_NoMoreEventsThanTheMemoryIsFor) {
  smds_config.max_events = 1;
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_EQ(register_event(event("EVENT-0002")), "8.9/4.8");
}
TEST_F(TC_SM_DS_ES12_DeleteEvent, X01_Nominal_TheEventIsGone) {
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_EQ(delete_event(kEventId), "ok");
  EXPECT_TRUE(smds().events().empty());
}
TEST_F(TC_SM_DS_ES12_DeleteEvent, X02_Error_AnUnknownEventIsRefused) {
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_EQ(delete_event(kUnknownId), "8.9.5/3.9");
  EXPECT_EQ(smds().events().size(), 1U);
}
TEST_F(TC_SM_DS_ES12_DeleteEvent, X03_Error_AnotherServersEventIsRefused) {
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_EQ(delete_event(kEventId, "2.999.12"), "8.9.5/3.9");
  EXPECT_EQ(smds().events().size(), 1U);
}

// --- ES11 ---

class TC_SM_DS_ES11_InitiateAuthentication : public SmdsCase {
 protected:
  std::string code_of(const Json& body) { return post("initiateAuthentication", body).code(); }
};

TEST_F(TC_SM_DS_ES11_InitiateAuthentication, X01_Nominal_IsSignedWithTheCertificateOfTheSmds) {
  Session session;
  EXPECT_EQ(initiate(session).code(), "ok");
  EXPECT_EQ(kept.entries().back().interface, "ES11");
}
TEST_F(TC_SM_DS_ES11_InitiateAuthentication, X02_Error_AnotherServersAddressIsRefused) {
  EXPECT_EQ(code_of(initiate_body(euicc)), "8.9.1/3.8");
}
TEST_F(TC_SM_DS_ES11_InitiateAuthentication, X03_Error_NoCommonCiIsRefused) {
  euicc.ci_for_signing = {Bytes(20, 0x11)};
  Session session;
  EXPECT_EQ(initiate(session).code(), "8.9.2/3.1");
}
TEST_F(TC_SM_DS_ES11_InitiateAuthentication, X04_Error_AnotherVersionIsRefused) {
  euicc.svn1 = "010000"_hex;
  Session session;
  EXPECT_EQ(initiate(session).code(), "8.9.3/3.1");
}
TEST_F(TC_SM_DS_ES11_InitiateAuthentication, X05_Error_NoCertificateUnderTheCiIsRefused) {
  euicc.ci_for_verification = {Bytes(20, 0x11)};
  Session session;
  EXPECT_EQ(initiate(session).code(), "8.9.4/3.7");
}

class TC_SM_DS_ES11_AuthenticateClient : public SmdsCase {};

TEST_F(TC_SM_DS_ES11_AuthenticateClient, X01_Nominal_AllEventsWithoutAMatchingId) {
  register_event(event());
  register_event(event("EVENT-0002"));
  std::string both = fmt::format("EVENT-0001 at {0}, EVENT-0002 at {0}", kHost);
  EXPECT_EQ(events_told(), both);
  EXPECT_EQ(events_told(""), both);
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X02_Nominal_OneEventByItsId) {
  register_event(event());
  register_event(event("EVENT-0002"));
  EXPECT_EQ(events_told("EVENT-0002"), fmt::format("EVENT-0002 at {}", kHost));
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X03_Nominal_NoEventsAreAnEmptyList) {
  Json other = event();
  other["eid"] = kOtherEid;
  register_event(other);
  EXPECT_EQ(events_told(), "");
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X04_Error_AnUnknownEventIsRefused) {
  Json other = event();
  other["eid"] = kOtherEid;
  register_event(other);
  EXPECT_EQ(events_told(std::string(kEventId)), "8.9.5/3.9");
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X05_Error_UnknownTransactionIsRefused) {
  Session session;
  ASSERT_EQ(initiate(session).code(), "ok");
  Session other = session;
  other.transaction = "0123456789ABCDEF";
  EXPECT_EQ(ask(other, {}).code(), "8.10.1/3.9");
  other = session;
  other.transaction_id.back() ^= 1;
  EXPECT_EQ(ask(other, {}).code(), "8.10.1/3.9") << "inside of what is signed";
  EXPECT_EQ(ask(session, {}).code(), "8.10.1/3.9") << "a session is for one try";
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X06_Error_SignatureChallengeAndChainAreChecked) {
  Session session;
  ASSERT_EQ(initiate(session).code(), "ok");
  session.server_challenge[0] ^= 1;
  EXPECT_EQ(ask(session, {}).code(), "8.1/6.1");
  ASSERT_EQ(initiate(session).code(), "ok");
  RawEuicc other = RawEuicc::with_eid(pki, kOtherEid, random);
  std::swap(other.key, euicc.key);
  EXPECT_EQ(ask(session, {}).code(), "8.1/6.1");
}
TEST_F(TC_SM_DS_ES11_AuthenticateClient, X07_Error_ASessionEnds) {
  Session session;
  ASSERT_EQ(initiate(session).code(), "ok");
  clock.set(clock.now() + smds_config.session_lifetime + std::chrono::milliseconds(1));
  EXPECT_EQ(ask(session, {}).code(), "8.10.1/3.9");
}

// --- ES15 ---

class TC_SM_DS_ES15_Cascade : public SmdsCase {
 protected:
  TC_SM_DS_ES15_Cascade() {
    smds_config.root = kRoot;
    smds_config.registrar = &road_to_root;
    smdp::SmdsConfig root_config = smds_config;
    root_config.addresses = {std::string(kRoot)};
    root_config.root.clear();
    root.emplace(root_config, clock, random, kept);
    road_to_root.add_local(std::string(kRoot), *root);
  }
  Json forwarded() const {
    Json body = event();
    body["forwardingIndicator"] = true;
    return body;
  }
  smdp::SmdsRoad road_to_root{"2.999.15", nullptr, rsp::kEs15PathPrefix};
  std::optional<smdp::Smds> root;
};

TEST_F(TC_SM_DS_ES15_Cascade, X01_Nominal_TheRootSendsTheEuiccToTheAlternativeOne) {
  EXPECT_EQ(register_event(forwarded()), "ok");
  ASSERT_EQ(root->events().size(), 1U);
  EXPECT_EQ(root->events()[0].event_id, kEventId);
  EXPECT_EQ(root->events()[0].rsp_server_address, kSmds);
  EXPECT_EQ(delete_event(kEventId), "ok");
  EXPECT_TRUE(root->events().empty());
}
TEST_F(TC_SM_DS_ES15_Cascade, X02_Nominal_WithoutForwardingTheRootHearsNothing) {
  EXPECT_EQ(register_event(event()), "ok");
  EXPECT_TRUE(root->events().empty());
  EXPECT_EQ(delete_event(kEventId), "ok");
}
TEST_F(TC_SM_DS_ES15_Cascade, X03_Error_WhatTheRootRefusesIsNotKept) {
  ASSERT_TRUE(root->register_event({"2.999.15", "1"},
                                   {own_eid(), "elsewhere", std::string(kEventId), false}));
  EXPECT_EQ(register_event(forwarded()), "8.9.5/3.3");
  EXPECT_TRUE(smds().events().empty());
}
TEST_F(TC_SM_DS_ES15_Cascade, X04_Error_ARootThatIsNotThereIsReported) {
  smds_config.root = "nowhere.example.com";
  EXPECT_EQ(register_event(forwarded()), "8.9/5.1");
  EXPECT_TRUE(smds().events().empty());
}

}  // namespace
}  // namespace sgp23_server
