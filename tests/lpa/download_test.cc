// The rules of a download for an LPA (SGP.22 v2, 3.1.2, 3.1.3; C.1 rules 3, 4, 9, 10, 14 to 16).
#include "download_test_support.h"

namespace lpa::testing {
namespace {

using Consent = UserInterface::Consent;
using rsp::asn1::BitString;
using ::testing::HasSubstr;

struct DownloadRules : DownloadTest {};

// --- A good one
// -------------------------------------------------------------------------------------------------

TEST_F(DownloadRules, AnHonestDownloadLeavesADisabledProfileAndItsResult) {
  auto done = must(download());
  EXPECT_EQ(done.metadata.iccid, iccid_of());
  auto list = must(lpa->profiles());
  ASSERT_EQ(list.size(), 1u);
  EXPECT_EQ(list[0].iccid, iccid_of());
  EXPECT_EQ(list[0].isdp_aid, done.isdp_aid);
  EXPECT_EQ(list[0].profile_state, rsp::ProfileState::kDisabled);
  ASSERT_EQ(memory().notifications.size(), 1u);
  EXPECT_TRUE(memory().notifications.contains(done.notification));
  EXPECT_EQ(state(), "downloaded");
  EXPECT_EQ(told(), "");
  EXPECT_EQ(es9->calls, (std::vector<std::string>{"initiateAuthentication", "authenticateClient",
                                                  "getBoundProfilePackage"}));
}

TEST_F(DownloadRules, EachCallHasTheTimeThatTheOptionsGive) {
  options.http_timeout = std::chrono::milliseconds(1234);
  start();
  must(download());
  EXPECT_LE(es9->longest_wait.count(), 1234);
  EXPECT_GT(es9->longest_wait.count(), 600);
}

TEST_F(DownloadRules, TheUserHearsOfEverySegment) {
  std::vector<std::string> steps;
  std::vector<std::size_t> done;
  UserInterface user;
  user.progress = [&](const Progress& now) {
    steps.push_back(now.step);
    if (now.total > 0) done.push_back(now.done);
    EXPECT_LE(now.done, now.total);
  };
  must(download(user));
  EXPECT_EQ(steps.front(), "authenticating the server");
  ASSERT_GT(done.size(), 5u);
  EXPECT_EQ(done.front(), 0u);
  EXPECT_TRUE(std::ranges::is_sorted(done));
}

TEST_F(DownloadRules, SeveralDownloadsOneAfterTheOther) {
  for (int i = 0; i < 5; ++i) {
    std::string id = "ORDER" + std::to_string(i);
    world.add_order(id, "898821100000000050" + std::to_string(i));
    EXPECT_EQ(summary(download({}, id)), "ok") << id;
  }
  EXPECT_EQ(must(lpa->profiles()).size(), 5u);
}

// The same order a second time: it is downloaded, and the card has the profile already.
TEST_F(DownloadRules, TheSameProfileTwiceIsRefusedByTheCard) {
  must(download());
  auto again = download();
  EXPECT_EQ(summary(again),
            "card ES10b.LoadBoundProfilePackage installFailedDueToIccidAlreadyExistsOnEuicc");
  EXPECT_THAT(again.error().hint, HasSubstr("already"));
}

// --- The MatchingID (C.1 rule 3)
// --------------------------------------------------------------------------------

TEST_F(DownloadRules, AnActivationCodesTokenIsTheMatchingId) {
  must(download());
  EXPECT_EQ(es9->context.value().matching_id, "TEST");
}

TEST_F(DownloadRules, AnEmptyTokenIsAnEmptyMatchingId) {
  (void)download({}, "");
  EXPECT_EQ(es9->context.value().matching_id, "");
}

// From the default SM-DP+ it is absent, and not empty (pitfall H 34).
TEST_F(DownloadRules, FromTheDefaultServerThereIsNone) {
  smdp::Order waiting = order();
  waiting.matching_id.clear();
  waiting.eid = world.euicc->eid();
  ASSERT_TRUE(world.orders.add(waiting));
  must(lpa->set_default_smdp(std::string(kHost)));
  EXPECT_EQ(summary(lpa->download_from_default()), "ok");
  EXPECT_FALSE(es9->context.value().matching_id);
}

TEST_F(DownloadRules, WithoutADefaultServerThereIsAHint) {
  auto outcome = lpa->download_from_default();
  EXPECT_EQ(summary(outcome), "input download");
  EXPECT_NE(outcome.error().hint, "");
  EXPECT_TRUE(es9->calls.empty());
}

TEST_F(DownloadRules, TheDeviceIsDescribedAsTheOptionsSay) {
  options.device_info.imei = rsp::Octets<8>{0x53, 0x92, 0x60, 0x11, 0x22, 0x33, 0x44, 0x55};
  start();
  must(download());
  EXPECT_EQ(es9->context.value().device_info.imei, options.device_info.imei);
  EXPECT_EQ(es9->context.value().device_info.tac, (rsp::Octets<4>{0x35, 0x29, 0x06, 0x11}));
}

// --- Who the server is (SGP.22 3.1.2; SGP.33-3 4.4.21)
// ----------------------------------------------------------

// C.1 rule 4: the OID of the activation code is the one of CERT.DPauth.
TEST_F(DownloadRules, TheOidOfTheActivationCodeMustBeTheServers) {
  auto code = world.activation_code();
  code.smdp_oid = rsp::asn1::oid_from_text("2.999.12");
  auto outcome = lpa->download(code);
  EXPECT_EQ(summary(outcome), "server ES9+.InitiateAuthentication");
  EXPECT_EQ(outcome.error().path, "serverCertificate");
  EXPECT_THAT(outcome.error().text, HasSubstr("2.999.12"));
  EXPECT_THAT(outcome.error().text, HasSubstr("2.999.10"));
  EXPECT_FALSE(called("authenticateClient"));
  EXPECT_EQ(state(), "released");
  expect_recovery();

  code.smdp_oid = rsp::asn1::oid_from_text("2.999.10");
  EXPECT_EQ(summary(lpa->download(code)), "ok");
}

TEST_F(DownloadRules, AnotherAddressInsideServerSigned1IsRefused) {
  alter_server_signed1([](auto& signed1) { signed1.server_address = "elsewhere.example.com"; });
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "server ES9+.InitiateAuthentication");
  EXPECT_EQ(outcome.error().path, "serverSigned1.serverAddress");
  EXPECT_THAT(outcome.error().text, HasSubstr("elsewhere.example.com"));
  EXPECT_FALSE(called("authenticateClient"));
  expect_recovery();
}

// Pitfall H 33.
TEST_F(DownloadRules, TheAddressMayBeSpelledInAnotherCase) {
  auto code = world.activation_code();
  code.address = "TESTsmdpplus1.Example.COM";
  EXPECT_EQ(summary(lpa->download(code)), "ok");
}

TEST_F(DownloadRules, AnotherTransactionInsideServerSigned1IsRefused) {
  alter_server_signed1([](auto& signed1) { signed1.transaction_id = rsp::Bytes{1, 2, 3}; });
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "server ES9+.InitiateAuthentication");
  EXPECT_EQ(outcome.error().path, "serverSigned1.transactionId");
  expect_recovery();
}

TEST_F(DownloadRules, AServerThatTheCardDoesNotAcceptIsReportedWithTheCardsCode) {
  es9->on_initiate = [](auto& ok) { ok.server_signature1[5] ^= 1; };
  EXPECT_EQ(summary(download()), "card ES10b.AuthenticateServer invalidSignature");
  es9->on_initiate = [&](auto& ok) {
    ok.server_certificate.der = rsp::to_bytes(world.pki.dp_pb->certificate.der());
  };
  EXPECT_EQ(summary(download()), "card ES10b.AuthenticateServer invalidOid");
  alter_server_signed1([](auto& signed1) { signed1.euicc_challenge[0] ^= 1; });
  EXPECT_EQ(summary(download()), "card ES10b.AuthenticateServer euiccChallengeMismatch");
  es9->on_initiate = [&](auto& ok) {
    const auto& other = testing_world::test_pki(rsp::crypto::Curve::kBrainpoolP256r1);
    ok.server_certificate.der = rsp::to_bytes(other.dp_auth->certificate.der());
  };
  EXPECT_EQ(summary(download()), "card ES10b.AuthenticateServer ciPKUnknown");
  EXPECT_FALSE(called("authenticateClient"));
  EXPECT_EQ(state(), "released");
  expect_recovery();
}

// --- What the server answers to AuthenticateClient
// --------------------------------------------------------------

struct ClientAnswers : DownloadTest {
  /// Without signing again: the LPA looks before the card does.
  template <class Change>
  void alter_smdp_signed2(Change change) {
    es9->on_client = [change](rsp::AuthenticateClientOk& ok) {
      change(ok.smdp_signed2.value);
      ok.smdp_signed2.der = rsp::asn1::encode_as(kSequence, ok.smdp_signed2.value);
    };
  }
  void expect_refused_by_lpa(const rsp::Result<Download>& outcome) {
    EXPECT_EQ(summary(outcome), "server ES9+.AuthenticateClient");
    EXPECT_EQ(outcome.error().path, "transactionId");
    EXPECT_FALSE(called("getBoundProfilePackage"));
    EXPECT_EQ(told(), "undefinedReason");
    EXPECT_EQ(state(), "error");
    expect_recovery();
  }
};

TEST_F(ClientAnswers, ForAnotherTransactionAreRefused) {
  es9->on_client = [](auto& ok) { ok.transaction_id = rsp::Bytes{1}; };
  expect_refused_by_lpa(download());
}

TEST_F(ClientAnswers, WithAnotherTransactionInsideAreRefused) {
  alter_smdp_signed2([](auto& signed2) { signed2.transaction_id = rsp::Bytes{1}; });
  expect_refused_by_lpa(download());
}

// C.1 rule 11: what the card finds wrong ends the session with undefinedReason.
TEST_F(ClientAnswers, ThatTheCardDoesNotAcceptEndTheSession) {
  es9->on_client = [](auto& ok) { ok.smdp_signature2[5] ^= 1; };
  EXPECT_EQ(summary(download()), "card ES10b.PrepareDownload invalidSignature");
  EXPECT_EQ(told(), "undefinedReason");
  EXPECT_EQ(state(), "error");
  EXPECT_FALSE(called("getBoundProfilePackage"));
  expect_recovery();
}

// C.1 rule 11: CERT.DPauth and CERT.DPpb carry the same OID.
TEST_F(ClientAnswers, UnderACertificateOfAnotherServerEndTheSession) {
  auto what = rsp::pki::dp_pb_template("2.999.12", world.clock.now());
  auto identity = rsp::pki::issue(what, world.pki.ci, world.pki.dp_pb->key, world.random);
  es9->on_client = [&](auto& ok) {
    ok.smdp_certificate.der = rsp::to_bytes(identity.certificate.der());
  };
  EXPECT_EQ(summary(download()), "card ES10b.PrepareDownload invalidCertificate");
  EXPECT_EQ(told(), "undefinedReason");
  expect_recovery();
}

// The status code comes through as it is, and the session ends in a way that leaves the order
// alone.
TEST_F(ClientAnswers, ARefusalIsReportedWithItsStatusCode) {
  auto outcome = download({}, "NO-SUCH-ID");
  EXPECT_EQ(summary(outcome), "server 8.2.6/3.8");
  EXPECT_EQ(outcome.error().path, "NO-SUCH-ID");
  EXPECT_THAT(outcome.error().text, HasSubstr("MatchingID"));
  EXPECT_EQ(es9->calls.back(), "cancelSession");
  EXPECT_EQ(state(), "released");
  expect_recovery();
}

// --- Policy rules (C.1 rule 9; SGP.22 2.9.2)
// --------------------------------------------------------------------

struct PolicyRules : DownloadTest {
  static rsp::OperatorId an_operator() {
    return {{0x00, 0xF1, 0x10}, std::nullopt, std::nullopt, {}};
  }
  void give_rules(BitString rules) {
    order().metadata.profile_policy_rules = std::move(rules);
    order().metadata.profile_owner = an_operator();
  }
  void give_table(std::vector<rsp::ProfilePolicyAuthorisationRule> table) {
    world.persona.rules_authorisation_table = std::move(table);
    start();
  }
  void expect_not_allowed(const rsp::Result<Download>& outcome) {
    EXPECT_EQ(summary(outcome), "server profile policy rules pprNotAllowed");
    EXPECT_EQ(told(), "pprNotAllowed");
    EXPECT_EQ(state(), "error");
    EXPECT_FALSE(called("getBoundProfilePackage"));
    expect_recovery();
  }
};

TEST_F(PolicyRules, ThatTheTableAuthorisesAreDownloaded) {
  give_rules({rsp::kPpr1, rsp::kPpr2});
  EXPECT_EQ(summary(download()), "ok");
}

TEST_F(PolicyRules, WithoutAnEntryInTheTableAreNotAllowed) {
  give_table({});
  give_rules({rsp::kPpr2});
  expect_not_allowed(download());
}

TEST_F(PolicyRules, WithAnEntryForAnotherRuleAreNotAllowed) {
  give_table({{{rsp::kPpr1}, {{{0xEE, 0xEE, 0xEE}, rsp::Bytes{}, rsp::Bytes{}, {}}}, {}, {}}});
  give_rules({rsp::kPpr2});
  expect_not_allowed(download());
}

// C.7: an entry counts for its operators.
TEST_F(PolicyRules, WithAnEntryForAnotherOperatorAreNotAllowed) {
  give_table({{{rsp::kPpr2}, {{{0x00, 0xF1, 0x20}, rsp::Bytes{}, rsp::Bytes{}, {}}}, {}, {}}});
  give_rules({rsp::kPpr2});
  expect_not_allowed(download());
}

TEST_F(PolicyRules, OfAProfileWithoutAnOwnerAreNotAllowed) {
  give_rules({rsp::kPpr2});
  order().metadata.profile_owner.reset();
  expect_not_allowed(download());
}

// C.7: E in a digit of mccMnc is any digit; an absent GID matches only an absent one, an empty one
// any.
TEST_F(PolicyRules, MatchOperatorsByTheirWildcards) {
  struct Case {
    const char* name;
    rsp::OperatorId allowed;
    std::optional<rsp::Bytes> gid1;
    bool authorised;
  };
  const rsp::Octets<3> same = an_operator().mcc_mnc, any_mnc{0x00, 0xE1, 0xEE},
                       any{0xEE, 0xEE, 0xEE};
  const Case cases[] = {
      {"any operator", {any, rsp::Bytes{}, rsp::Bytes{}, {}}, std::nullopt, true},
      {"any network of the country",
       {any_mnc, rsp::Bytes{}, rsp::Bytes{}, {}},
       rsp::Bytes{7},
       true},
      {"this operator", {same, std::nullopt, std::nullopt, {}}, std::nullopt, true},
      {"this operator without GID", {same, std::nullopt, std::nullopt, {}}, rsp::Bytes{7}, false},
      {"this operator with this GID", {same, rsp::Bytes{7}, rsp::Bytes{}, {}}, rsp::Bytes{7}, true},
      {"this operator with another GID",
       {same, rsp::Bytes{8}, rsp::Bytes{}, {}},
       rsp::Bytes{7},
       false},
      {"this operator with a GID", {same, rsp::Bytes{8}, rsp::Bytes{}, {}}, std::nullopt, false}};
  int number = 0;
  for (const Case& row : cases) {
    give_table({{{rsp::kPpr2}, {row.allowed}, {}, {}}});
    std::string id = "CASE" + std::to_string(number);
    world.add_order(id, "898821100000000060" + std::to_string(number++));
    order(id).metadata.profile_policy_rules = {rsp::kPpr2};
    order(id).metadata.profile_owner = an_operator();
    order(id).metadata.profile_owner->gid1 = row.gid1;
    EXPECT_EQ(summary(download({}, id)),
              row.authorised ? "ok" : "server profile policy rules pprNotAllowed")
        << row.name;
  }
}

// SGP.33-3 4.4 CancelSession: PPR1 while an operational profile is installed.
TEST_F(PolicyRules, Ppr1OnlyForTheFirstOperationalProfile) {
  world.add_order("FIRST", "8988211000000000704");
  must(download({}, "FIRST"));
  es9->calls.clear();
  give_rules({rsp::kPpr1});
  expect_not_allowed(download());
}

TEST_F(PolicyRules, Ppr1BesideATestProfile) {
  world.add_order("FIRST", "8988211000000000704");
  order("FIRST").metadata.profile_class = rsp::ProfileClass::kTest;
  must(download({}, "FIRST"));
  give_rules({rsp::kPpr1});
  EXPECT_EQ(summary(download()), "ok");
}

TEST_F(PolicyRules, Ppr2BesideAnOperationalProfile) {
  world.add_order("FIRST", "8988211000000000704");
  must(download({}, "FIRST"));
  give_rules({rsp::kPpr2});
  EXPECT_EQ(summary(download()), "ok");
}

// pprUpdateControl is no rule that anybody must authorise.
TEST_F(PolicyRules, UpdateControlAloneNeedsNoEntry) {
  give_table({});
  give_rules({rsp::kPprUpdateControl});
  EXPECT_EQ(summary(download()), "ok");
}

TEST_F(PolicyRules, NoneAtAllNeedsNoEntry) {
  give_table({});
  give_rules({});
  EXPECT_EQ(summary(download()), "ok");
}

// SGP.22 2.9.2: the table says for which rules the user must agree.
TEST_F(PolicyRules, TheUserIsAskedForThoseThatNeedConsent) {
  rsp::OperatorId any{{0xEE, 0xEE, 0xEE}, rsp::Bytes{}, rsp::Bytes{}, {}};
  give_table({{{rsp::kPpr1}, {any}, {}, {}}, {{rsp::kPpr2}, {any}, {rsp::kConsentRequired}, {}}});
  give_rules({rsp::kPpr1, rsp::kPpr2});
  std::vector<std::vector<unsigned>> asked;
  UserInterface user;
  user.policy_consent = [&](const BitString& rules) {
    asked.push_back(rules.bits());
    return Consent::kYes;
  };
  EXPECT_EQ(summary(download(user)), "ok");
  EXPECT_EQ(asked, (std::vector<std::vector<unsigned>>{{rsp::kPpr2}}));
}

// C.7: the first entry that matches counts, also for the consent.
TEST_F(PolicyRules, TheFirstEntryThatMatchesSaysWhetherConsentIsNeeded) {
  rsp::OperatorId any{{0xEE, 0xEE, 0xEE}, rsp::Bytes{}, rsp::Bytes{}, {}};
  rsp::OperatorId other{{0x00, 0xF1, 0x20}, rsp::Bytes{}, rsp::Bytes{}, {}};
  give_table({{{rsp::kPpr2}, {other}, {rsp::kConsentRequired}, {}},
              {{rsp::kPpr2}, {any}, {}, {}},
              {{rsp::kPpr2}, {any}, {rsp::kConsentRequired}, {}}});
  give_rules({rsp::kPpr2});
  UserInterface user;
  user.policy_consent = [&](const BitString&) {
    ADD_FAILURE() << "the user was asked";
    return Consent::kNo;
  };
  EXPECT_EQ(summary(download(user)), "ok");
}

TEST_F(PolicyRules, ThatTheUserRefusesEndTheOrder) {
  give_rules({rsp::kPpr2});
  UserInterface user;
  user.policy_consent = [](const auto&) { return Consent::kNo; };
  EXPECT_EQ(summary(download(user)), "input end user endUserRejection");
  EXPECT_EQ(told(), "endUserRejection");
  EXPECT_EQ(state(), "error");
  expect_recovery();
}

TEST_F(PolicyRules, ThatTheUserWantsToThinkAboutLeaveTheOrderOpen) {
  give_rules({rsp::kPpr2});
  UserInterface user;
  user.policy_consent = [](const auto&) { return Consent::kLater; };
  EXPECT_EQ(summary(download(user)), "input end user postponed");
  EXPECT_EQ(told(), "postponed");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(summary(download()), "ok");
}

// --- The end user
// -----------------------------------------------------------------------------------------------

struct EndUser : DownloadTest {};

TEST_F(EndUser, SeesTheMetadataBeforeTheDownload) {
  std::string shown;
  UserInterface user;
  user.consent = [&](const rsp::StoreMetadataRequest& metadata) {
    shown = metadata.service_provider_name + ", " + metadata.profile_name;
    EXPECT_FALSE(called("getBoundProfilePackage"));
    return Consent::kYes;
  };
  must(download(user));
  EXPECT_EQ(shown, "Provider, Test profile");
}

TEST_F(EndUser, WhoRefusesEndsTheOrder) {
  UserInterface user;
  user.consent = [](const auto&) { return Consent::kNo; };
  EXPECT_EQ(summary(download(user)), "input end user endUserRejection");
  EXPECT_EQ(told(), "endUserRejection");
  EXPECT_EQ(state(), "error");
  EXPECT_FALSE(called("getBoundProfilePackage"));
  expect_recovery();
}

TEST_F(EndUser, WhoPostponesFindsTheOrderLater) {
  UserInterface user;
  user.consent = [](const auto&) { return Consent::kLater; };
  EXPECT_EQ(summary(download(user)), "input end user postponed");
  EXPECT_EQ(told(), "postponed");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(session_on_card(), "invalidTransactionId");
  EXPECT_EQ(summary(download()), "ok");
}

// --- The confirmation code (C.1 rule 10)
// ------------------------------------------------------------------------

struct ConfirmationCodes : DownloadTest {
  ConfirmationCodes() { order().confirmation_code_hash = smdp::hash_confirmation_code("12345678"); }
  static UserInterface user_with(std::optional<std::string> code) {
    UserInterface user;
    user.confirmation_code = [code] { return code; };
    return user;
  }
};

TEST_F(ConfirmationCodes, ThatAreRightOpenTheDownload) {
  EXPECT_EQ(summary(download(user_with("12345678"))), "ok");
}

TEST_F(ConfirmationCodes, ThatAreMissingPostponeTheDownload) {
  for (std::optional<std::string> none :
       {std::optional<std::string>(), std::optional<std::string>("")}) {
    auto outcome = download(user_with(none));
    EXPECT_EQ(summary(outcome), "input confirmation code confirmationCodeMissing");
    EXPECT_NE(outcome.error().hint, "");
    EXPECT_EQ(told(), "postponed");
    EXPECT_EQ(state(), "released");
    EXPECT_FALSE(called("getBoundProfilePackage"));
  }
  EXPECT_EQ(order().wrong_confirmation_codes, 0u);
  expect_recovery();
  EXPECT_EQ(summary(download(user_with("12345678"))), "ok");
}

TEST_F(ConfirmationCodes, ThatAreWrongCanBeGivenAgain) {
  EXPECT_EQ(summary(download(user_with("87654321"))), "server 8.2.7/3.8");
  EXPECT_EQ(told(), "postponed");
  EXPECT_EQ(state(), "released");
  EXPECT_EQ(session_on_card(), "invalidTransactionId");
  EXPECT_EQ(summary(download(user_with("12345678"))), "ok");
}

TEST_F(ConfirmationCodes, ThatAreWrongTooOftenEndTheOrder) {
  EXPECT_EQ(summary(download(user_with("1"))), "server 8.2.7/3.8");
  EXPECT_EQ(summary(download(user_with("2"))), "server 8.2.7/3.8");
  EXPECT_EQ(summary(download(user_with("3"))), "server 8.2.7/6.4");
  EXPECT_EQ(state(), "error");
  EXPECT_EQ(summary(download(user_with("12345678"))), "server 8.2/1.2");
  expect_recovery();
}

// The flag of the activation code asks too, also where the server would not have (SGP.22 4.1).
TEST_F(ConfirmationCodes, AreAskedForWhereTheActivationCodeSaysSo) {
  order().confirmation_code_hash.reset();
  auto code = world.activation_code();
  code.confirmation_code_required = true;
  EXPECT_EQ(summary(lpa->download(code)), "input confirmation code confirmationCodeMissing");
  EXPECT_EQ(summary(lpa->download(code, user_with("anything"))), "ok");
}

TEST_F(ConfirmationCodes, AreNotAskedForWhereNobodyWantsThem) {
  order().confirmation_code_hash.reset();
  UserInterface user;
  user.confirmation_code = []() -> std::optional<std::string> {
    ADD_FAILURE() << "the user was asked";
    return std::nullopt;
  };
  EXPECT_EQ(summary(download(user)), "ok");
}

// --- What is in the package (C.1 rule 14)
// -----------------------------------------------------------------------

struct Packages : DownloadTest {};

TEST_F(Packages, WithOtherMetadataThanAnnouncedAreNotLoaded) {
  es9->on_client = [](auto& ok) { ok.profile_metadata.profile_name = "Something better"; };
  EXPECT_EQ(summary(download()), "server Bound Profile Package metadataMismatch");
  EXPECT_EQ(told(), "metadataMismatch");
  EXPECT_EQ(state(), "error");
  EXPECT_TRUE(memory().profiles.empty());
  EXPECT_TRUE(memory().notifications.empty());
  expect_recovery();
}

// Any member counts, also one that this version does not know.
TEST_F(Packages, WithAnythingElseInTheMetadataAreNotLoaded) {
  const std::pair<const char*, std::function<void(rsp::StoreMetadataRequest&)>> cases[] = {
      {"iccid", [](auto& m) { m.iccid[3] ^= 1; }},
      {"serviceProviderName", [](auto& m) { m.service_provider_name = "Other"; }},
      {"icon",
       [](auto& m) {
         m.icon_type = rsp::IconType::kPng;
         m.icon = rsp::Bytes{1};
       }},
      {"profileClass", [](auto& m) { m.profile_class = rsp::ProfileClass::kProvisioning; }},
      {"notificationConfigurationInfo", [](auto& m) { m.notification_configuration_info.reset(); }},
      {"profileOwner",
       [](auto& m) {
         m.profile_owner = rsp::OperatorId{{1, 2, 3}, {}, {}, {}};
       }},
      {"unknown", [](auto& m) { m.unknown.elements = *rsp::from_hex("9F2103010203"); }}};
  for (const auto& [member, change] : cases) {
    order().state = smdp::OrderState::kReleased;
    es9->on_client = [&change](auto& ok) { change(ok.profile_metadata); };
    EXPECT_EQ(summary(download()), "server Bound Profile Package metadataMismatch") << member;
  }
  EXPECT_TRUE(memory().profiles.empty());
}

// Rules that were not announced were not agreed to.
TEST_F(Packages, WithOtherPolicyRulesThanAnnouncedAreNotAllowed) {
  order().metadata.profile_policy_rules = {rsp::kPpr2};
  order().metadata.profile_owner = rsp::OperatorId{{0x00, 0xF1, 0x10}, {}, {}, {}};
  es9->on_client = [](auto& ok) { ok.profile_metadata.profile_policy_rules.reset(); };
  EXPECT_EQ(summary(download()), "server Bound Profile Package pprNotAllowed");
  EXPECT_EQ(told(), "pprNotAllowed");
  EXPECT_EQ(state(), "error");
  EXPECT_TRUE(memory().profiles.empty());
  expect_recovery();
}

// Metadata in two segments is put together before it is compared.
TEST_F(Packages, WithMetadataInTwoSegmentsAreLoaded) {
  order().metadata.icon_type = rsp::IconType::kPng;
  order().metadata.icon = rsp::Bytes(1024, 0x5A);
  EXPECT_EQ(summary(download()), "ok");
}

TEST_F(Packages, ForAnotherTransactionAreRefused) {
  es9->on_package = [](auto& ok) { ok.transaction_id = rsp::Bytes{1}; };
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "server ES9+.GetBoundProfilePackage");
  EXPECT_EQ(outcome.error().path, "transactionId");
  EXPECT_EQ(told(), "undefinedReason");
  expect_recovery();
}

// C.1 rule 15; SGP.33-3 4.4: a package that cannot be cut into segments, an unknown tag among them.
TEST_F(Packages, ThatCannotBeSegmentedAreCancelled) {
  const std::pair<const char*, std::function<void(rsp::Bytes&)>> cases[] = {
      {"empty", [](auto& der) { der.clear(); }},
      {"cut short", [](auto& der) { der.resize(der.size() / 2); }},
      {"cut in its header", [](auto& der) { der.resize(3); }},
      {"something else", [](auto& der) { der = *rsp::from_hex("BF3600"); }},
      {"another tag", [](auto& der) { der[1] = 0x35; }},
      {"octets after its end", [](auto& der) { der.push_back(0); }},
      {"an unknown element at its end",
       [](auto& der) {
         auto chain = must(rsp::asn1::locate<rsp::BoundProfilePackage>(der, "sequenceOf86"));
         auto more = rsp::concat({chain.back().whole, *rsp::from_hex("A40486020102")});
         der = rsp::asn1::replace(der, chain, more);
       }},
      {"an unknown element among the 86",
       [](auto& der) {
         auto chain = must(rsp::asn1::locate<rsp::BoundProfilePackage>(der, "sequenceOf86[0]"));
         der = rsp::asn1::replace(der, chain, *rsp::from_hex("890101"));
       }},
      {"no metadata", [](auto& der) {
         der = must(
             rsp::asn1::mutate<rsp::BoundProfilePackage>(der, "sequenceOf88", rsp::asn1::omit()));
       }}};
  for (const auto& [name, change] : cases) {
    order().state = smdp::OrderState::kReleased;
    order().history.clear();
    es9->on_package = [&change](auto& ok) { change(ok.bound_profile_package.der); };
    auto outcome = download();
    ASSERT_FALSE(outcome) << name;
    EXPECT_EQ(outcome.error().layer, Layer::kDecode) << name << ": " << outcome.error().message();
    EXPECT_EQ(told(), "loadBppExecutionError") << name;
    EXPECT_EQ(state(), "error") << name;
    EXPECT_EQ(session_on_card(), "invalidTransactionId") << name;
  }
  EXPECT_TRUE(memory().notifications.empty());
  expect_recovery();
}

// C.1 rule 16: the card's report ends the load; there is nothing left to cancel, and nothing more
// is sent.
TEST_F(Packages, ThatTheCardRefusesEndWithItsReport) {
  alter_package([](rsp::BoundProfilePackage& package) { package.first_sequence_of_87[0][0] ^= 1; });
  std::size_t segments = 0;
  link->intercept = [&](const auto& command) -> std::optional<rsp::Result<rsp::Bytes>> {
    if (begins(command, "BF36") || begins(command, "A0") || begins(command, "A1") ||
        begins(command, "88") || begins(command, "A2") || begins(command, "A3") ||
        begins(command, "86")) {
      ++segments;
    }
    return std::nullopt;
  };
  auto outcome = download();
  EXPECT_EQ(summary(outcome), "card ES10b.LoadBoundProfilePackage scp03tSecurityError");
  EXPECT_EQ(outcome.error().path, "configureISDP");
  EXPECT_EQ(segments, 2u);
  EXPECT_FALSE(called("cancelSession"));
  // The server hears of it by the notification.
  EXPECT_EQ(state(), "downloaded");
  must(lpa->deliver_notifications());
  EXPECT_EQ(state(), "error");
  expect_recovery();
}

TEST_F(Packages, ThatTheCardCannotInstallEndWithItsReport) {
  order().profile_package = std::make_shared<const rsp::Bytes>(200, std::uint8_t{0x55});
  EXPECT_EQ(summary(download()),
            "card ES10b.LoadBoundProfilePackage installFailedDueToPEProcessingError");
  EXPECT_TRUE(memory().profiles.empty());
  expect_recovery();
}

}  // namespace
}  // namespace lpa::testing
