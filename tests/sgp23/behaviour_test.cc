// SGP.23 5.2: what spans several functions. Retry of a download (5.2.1), forbidden policy rules
// (5.2.2), the files of the enabled profile (5.2.4), and the processes of deleting, enabling and
// disabling a profile with loss of power (5.2.5 to 5.2.7).
#include "profile_management_support.h"
#include "rsp/pki/test_pki.h"

namespace sgp23 {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

/// Storage of a card whose power is lost at a write: that one and all later ones do not happen,
/// until the power is back.
class PowerCutStorage final : public sim::Storage {
 public:
  rsp::Result<sim::StorageRecords> load() override { return kept_.load(); }
  rsp::Status commit(std::span<const sim::StorageWrite> writes) override {
    if (left_ == std::size_t{0})
      return rsp::failure({.layer = rsp::Layer::kStorage, .text = "power is lost"});
    if (left_) --*left_;
    return kept_.commit(writes);
  }
  void cut_after(std::size_t writes) { left_ = writes; }
  void restore() { left_.reset(); }

 private:
  sim::MemoryStorage kept_;
  std::optional<std::size_t> left_;
};

// --- 5.2.1 Retry ---

/// A card, an SM-DP+ and profile 1.
class RetryCase : public CardCase {
 protected:
  explicit RetryCase(Curve curve = Curve::kNistP256) : CardCase(curve), dp(card.pki) {}

  BppPlan plan() const { return dp.plan(metadata_for(1), package_for(metadata_for(1))); }
  std::string otpk() const { return to_hex(card.prepared.euicc_signed2.value.euicc_otpk); }
  void offer_otpk() { dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk; }

  /// PrepareDownload in the session: BF21 { A0 { 30 { 80, 5F49, 04? }, 5F37 } } with good
  /// signature.
  void expect_prepared() {
    auto request = dp.prepare_download(card.authenticated);
    ASSERT_EQ(card.prepare_download(request), "ok");
    std::string hash = dp.hash_cc ? tlv_text("04", to_hex(*dp.hash_cc)) : "";
    EXPECT_EQ(to_hex(card.prepared.euicc_signed2.der),
              tlv_text("30", tlv_text("80", to_hex(dp.transaction_id)) + tlv_text("5F49", otpk()) +
                                 hash));
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(),
                          {card.prepared.euicc_signed2.der, signature_tlv(request.smdp_signature2)},
                          card.prepared.euicc_signature2));
  }
  Dp dp;
};

using TC_eUICC_Retry_ConfirmationCode = RetryCase;
using TC_eUICC_Retry_OneTimeKey = RetryCase;
using TC_eUICC_Retry_Load = RetryCase;
class TC_eUICC_Retry_OneTimeKeyBRP : public RetryCase {
 protected:
  TC_eUICC_Retry_OneTimeKeyBRP() : RetryCase(Curve::kBrainpoolP256r1) {}
};

TEST_F(TC_eUICC_Retry_ConfirmationCode, S01_Nominal_AnotherHashInTheSameSession) {
  dp.confirmation_code_required = true;
  dp.hash_cc.emplace().fill(0x01);
  card.authenticate(dp);
  expect_prepared();
  dp.hash_cc->fill(0x02);
  expect_prepared();
  EXPECT_EQ(
      card.load(dp.protect(plan(), card.prepared.euicc_signed2.value.euicc_otpk, card.euicc->eid())
                    .segments()),
      "installed");
}

TEST_F(TC_eUICC_Retry_ConfirmationCode, S02_Nominal_AnotherHashInANewSessionWithTheSameKey) {
  dp.confirmation_code_required = true;
  dp.hash_cc.emplace().fill(0x01);
  card.authenticate(dp);
  expect_prepared();
  std::string first = otpk();
  offer_otpk();
  dp.hash_cc->fill(0x02);
  card.authenticate(dp);
  expect_prepared();
  EXPECT_EQ(otpk(), first);
}

TEST_F(TC_eUICC_Retry_ConfirmationCode, S03_Nominal_AHashThatNobodyRequiredIsNotRepeated) {
  dp.hash_cc.emplace().fill(0x01);
  card.authenticate(dp);
  auto request = dp.prepare_download(card.authenticated);
  dp.hash_cc.reset();
  EXPECT_EQ(card.prepare_download(request), "ok");
  EXPECT_EQ(card.prepared.euicc_signed2.value.hash_cc, std::nullopt);
}

// Not specified: the code for a hash that is missing. The session stays for the next try.
TEST_F(TC_eUICC_Retry_ConfirmationCode, S04_Error_TheHashIsMissing) {
  dp.confirmation_code_required = true;
  card.authenticate(dp);
  Bytes request = rsp::asn1::encode(dp.prepare_download(card.authenticated));
  expect_refused(card, to_hex(request),
                 "BF2117A1158010" + to_hex(dp.transaction_id) + "02017F9000");
  dp.hash_cc.emplace().fill(0x02);
  expect_prepared();
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S01_Nominal_UsedAgainWhereOffered) {
  card.prepare(dp);
  std::string first = otpk();
  offer_otpk();
  card.authenticate(dp);
  expect_prepared();
  EXPECT_EQ(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKeyBRP, S01_Nominal_UsedAgainWhereOffered) {
  card.prepare(dp);
  std::string first = otpk();
  offer_otpk();
  card.power_cycle();
  card.authenticate(dp);
  expect_prepared();
  EXPECT_EQ(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S02_Nominal_NewWhereNotOffered) {
  card.prepare(dp);
  std::string first = otpk();
  card.prepare(dp);
  EXPECT_NE(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S03_Nominal_NewWhereAnotherIsOffered) {
  card.prepare(dp);
  std::string first = otpk();
  dp.offered_otpk = rsp::to_bytes(dp.otsk.public_key().point());
  card.prepare(dp);
  EXPECT_NE(otpk(), first);
  EXPECT_NE(otpk(), to_hex(*dp.offered_otpk));
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S04_Nominal_OnlyTheLastOneIsKept) {
  card.prepare(dp);
  std::string first = otpk();
  offer_otpk();
  Dp later = dp;
  later.offered_otpk.reset();
  card.prepare(later);
  card.prepare(dp);
  EXPECT_NE(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S05_Nominal_UsedAgainAfterCancelSession) {
  card.prepare(dp);
  std::string first = otpk();
  offer_otpk();
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "ok");
  card.prepare(dp);
  EXPECT_EQ(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S06_Nominal_UsedAgainAfterAnInterruptedLoad) {
  auto segments = card.bind(dp, plan()).segments();
  std::string first = otpk();
  segments.resize(4);
  EXPECT_EQ(card.load(segments), "waiting");
  card.power_cycle();
  offer_otpk();
  auto again = card.bind(dp, plan());
  EXPECT_EQ(otpk(), first);
  EXPECT_EQ(card.load(again.segments()), "installed");
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install"));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1)));
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S07_Nominal_NewAfterTheInstallation) {
  card.install(1);
  std::string first = otpk();
  offer_otpk();
  card.prepare(dp);
  EXPECT_NE(otpk(), first);
}

TEST_F(TC_eUICC_Retry_OneTimeKey, S08_Nominal_NotUsedForAnotherSmDp) {
  card.prepare(dp);
  std::string first = otpk();
  offer_otpk();
  constexpr std::string_view kOtherOid = "2.999.11";
  auto issued = [&](const rsp::pki::CertificateTemplate& what, const rsp::pki::Identity& subject) {
    return rsp::pki::issue(what, card.pki.ci, subject.key, card.random);
  };
  dp.auth = issued(rsp::pki::dp_auth_template(kOtherOid, card.clock.now()), dp.auth);
  dp.pb = issued(rsp::pki::dp_pb_template(kOtherOid, card.clock.now()), dp.pb);
  card.prepare(dp);
  EXPECT_NE(otpk(), first);
}

TEST(TC_eUICC_Retry_OneTimeKeyTwoCurves, S01_Nominal_NotUsedOnTheOtherCurve) {
  const auto& nist = testing_world::test_pki(Curve::kNistP256);
  const auto& brainpool = testing_world::test_pki(Curve::kBrainpoolP256r1);
  Bench card;
  card.credentials.trusted_cis.push_back(brainpool.ci.certificate);
  card.start();
  card.prepare(Dp(nist));
  Dp dp(brainpool);  // the same SM-DP+ by its OID
  dp.ci_pkid = rsp::to_bytes(nist.ci.certificate.subject_key_id());
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  card.prepare(dp);
  const Bytes& key = card.prepared.euicc_signed2.value.euicc_otpk;
  EXPECT_NE(to_hex(key), to_hex(*dp.offered_otpk));
  EXPECT_TRUE(rsp::crypto::PublicKey::from_point(Curve::kBrainpoolP256r1, key));
}

TEST_F(TC_eUICC_Retry_Load, S01_Nominal_TheSamePackageAfterAFailure) {
  auto bpp = card.bind(dp, plan());
  offer_otpk();
  Bpp damaged = bpp;
  damaged.configure.back() ^= 1;
  EXPECT_EQ(card.load(damaged.segments()), "configureISDP: scp03tSecurityError");
  EXPECT_THAT(card.profiles(), IsEmpty());
  card.prepare(dp);
  EXPECT_EQ(card.load(bpp.segments()), "installed");
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1)));
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install"));
}

TEST_F(TC_eUICC_Retry_Load, S02_Nominal_AnInterruptionIsReportedOnce) {
  auto segments = card.bind(dp, plan()).segments();
  EXPECT_EQ(card.load({segments[0], segments[1]}), "waiting");
  card.power_cycle();
  std::string list = card.command("BF2B00");
  auto result = std::get<rsp::ProfileInstallationResult>(card.pending().at(0));
  EXPECT_EQ(outcome_of(result), "loadProfileElements: installFailedDueToInterruption");
  EXPECT_EQ(result.data.value.transaction_id, dp.transaction_id);
  card.power_cycle();
  EXPECT_EQ(card.command("BF2B00"), list);
}

TEST_F(TC_eUICC_Retry_Load, S03_Error_TheInstalledProfileIsNotInstalledAgain) {
  card.install(1);
  std::string before = card.command("BF2D00");
  EXPECT_EQ(card.load(card.bind(dp, plan()).segments()),
            "storeMetadata: installFailedDueToIccidAlreadyExistsOnEuicc");
  EXPECT_EQ(card.command("BF2D00"), before);
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install"));
}

// --- 5.2.2 Forbidden PPRs ---

/// A Rules Authorisation Table, a profile's rules and owner, and what its installation says.
struct PprRow {
  std::string name;
  std::vector<rsp::ProfilePolicyAuthorisationRule> table;
  rsp::asn1::BitString rules;
  std::optional<rsp::OperatorId> owner;
  std::string_view outcome;
};
void PrintTo(const PprRow& row, std::ostream* out) { *out << row.name; }

constexpr std::string_view kInstalled = "installed", kNotAllowed = "storeMetadata: pprNotAllowed";
rsp::OperatorId with_gid1(rsp::OperatorId id, std::optional<Bytes> gid1) {
  id.gid1 = std::move(gid1);
  return id;
}
rsp::OperatorId any_operator() { return {{0xEE, 0xEE, 0xEE}, std::nullopt, std::nullopt, {}}; }
rsp::OperatorId other_operator() { return {{0x00, 0xF1, 0x20}, std::nullopt, std::nullopt, {}}; }
rsp::OperatorId any_mnc() { return {{0x00, 0xF1, 0xEE}, std::nullopt, std::nullopt, {}}; }
std::vector<rsp::ProfilePolicyAuthorisationRule> table(const rsp::asn1::BitString& rules,
                                                       const rsp::OperatorId& allowed) {
  return {{rules, {allowed}, {}, {}}};
}

/// The profile's package is loaded on a card with the row's table.
class PprCase : public ::testing::TestWithParam<PprRow> {
 protected:
  PprCase() {
    card.persona.rules_authorisation_table = GetParam().table;
    card.start();
    auto metadata = metadata_for(1);
    metadata.profile_policy_rules = GetParam().rules;
    metadata.profile_owner = GetParam().owner;
    Dp dp(card.pki);
    EXPECT_EQ(card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments()),
              GetParam().outcome);
  }
  /// The result, good or bad, is kept as it was answered.
  void expect_result_kept() {
    EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
    EXPECT_EQ(card.command("BF2B05A003800101"),
              tlv_text("BF2B", tlv_text("A0", to_hex(card.result_der))) + "9000");
  }
  Bench card;
};
class TC_eUICC_ForbiddenPPRs_AllowedByTheTable : public PprCase {};
class TC_eUICC_ForbiddenPPRs_RefusedByTheTable : public PprCase {};

TEST_P(TC_eUICC_ForbiddenPPRs_AllowedByTheTable, S01_Nominal_IsInstalled) {
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1)));
  expect_result_kept();
}

TEST_P(TC_eUICC_ForbiddenPPRs_RefusedByTheTable, S01_Error_PprNotAllowedAndNothingInstalled) {
  EXPECT_THAT(card.profiles(), IsEmpty());
  expect_result_kept();
  // finalResult, A2, with errorResult, A1: storeMetadata, pprNotAllowed.
  EXPECT_NE(to_hex(card.result_der).find("A208A10680010281010F"), std::string::npos);
}

const std::vector<PprRow> kPprRows = {
    PprRow{"EmptyTableForbidsPpr1", {}, {rsp::kPpr1}, test_operator(), kNotAllowed},
    PprRow{"EmptyTableForbidsPpr2", {}, {rsp::kPpr2}, test_operator(), kNotAllowed},
    PprRow{"EmptyTableAllowsNoRule", {}, {}, test_operator(), kInstalled},
    PprRow{
        "EmptyTableAllowsUpdateControl", {}, {rsp::kPprUpdateControl}, test_operator(), kInstalled},
    PprRow{"Ppr1ForTheOwner",
           table({rsp::kPpr1}, test_operator()),
           {rsp::kPpr1},
           test_operator(),
           kInstalled},
    PprRow{"Ppr2WherePpr1IsAllowed",
           table({rsp::kPpr1}, test_operator()),
           {rsp::kPpr2},
           test_operator(),
           kNotAllowed},
    PprRow{"BothWhereOneIsAllowed",
           table({rsp::kPpr2}, test_operator()),
           {rsp::kPpr1, rsp::kPpr2},
           test_operator(),
           kNotAllowed},
    PprRow{"BothByTwoEntries",
           {{{rsp::kPpr1}, {test_operator()}, {}, {}}, {{rsp::kPpr2}, {any_operator()}, {}, {}}},
           {rsp::kPpr1, rsp::kPpr2},
           test_operator(),
           kInstalled},
    PprRow{"AnotherOperator",
           table({rsp::kPpr1}, other_operator()),
           {rsp::kPpr1},
           test_operator(),
           kNotAllowed},
    PprRow{"AnyOperator",
           table({rsp::kPpr1}, any_operator()),
           {rsp::kPpr1},
           test_operator(),
           kInstalled},
    PprRow{"AnyNetworkOfACountry",
           table({rsp::kPpr1}, any_mnc()),
           {rsp::kPpr1},
           test_operator(),
           kInstalled},
    PprRow{"NoOwner", table({rsp::kPpr1}, any_operator()), {rsp::kPpr1}, std::nullopt, kNotAllowed},
    PprRow{"GidThatTheTableDoesNotName",
           table({rsp::kPpr1}, test_operator()),
           {rsp::kPpr1},
           with_gid1(test_operator(), Bytes{0x01}),
           kNotAllowed},
    PprRow{"GidAsInTheTable",
           table({rsp::kPpr1}, with_gid1(test_operator(), Bytes{0x01})),
           {rsp::kPpr1},
           with_gid1(test_operator(), Bytes{0x01}),
           kInstalled},
    PprRow{"AnotherGid",
           table({rsp::kPpr1}, with_gid1(test_operator(), Bytes{0x01})),
           {rsp::kPpr1},
           with_gid1(test_operator(), Bytes{0x02}),
           kNotAllowed},
    PprRow{"AnEmptyGidOfTheTableMeansAny",
           table({rsp::kPpr1}, with_gid1(test_operator(), Bytes{})),
           {rsp::kPpr1},
           with_gid1(test_operator(), Bytes{0x02}),
           kInstalled}};
std::vector<PprRow> rows_of(std::string_view outcome) {
  std::vector<PprRow> out = kPprRows;
  std::erase_if(out, [&](const PprRow& row) { return row.outcome != outcome; });
  return out;
}
std::string name_of_ppr_row(const ::testing::TestParamInfo<PprRow>& row) { return row.param.name; }
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ForbiddenPPRs_AllowedByTheTable,
                         ::testing::ValuesIn(rows_of(kInstalled)), name_of_ppr_row);
INSTANTIATE_TEST_SUITE_P(Rows, TC_eUICC_ForbiddenPPRs_RefusedByTheTable,
                         ::testing::ValuesIn(rows_of(kNotAllowed)), name_of_ppr_row);

using TC_eUICC_ForbiddenPPRs_Ppr1 = CardCase;

TEST_F(TC_eUICC_ForbiddenPPRs_Ppr1, S01_Error_BesideAnOperationalProfile) {
  card.install(1);
  std::string before = card.command("BF2D00");
  Dp dp(card.pki);
  auto metadata = with_rules(2, {rsp::kPpr1});
  EXPECT_EQ(card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments()),
            kNotAllowed);
  EXPECT_EQ(card.command("BF2D00"), before);
}

TEST_F(TC_eUICC_ForbiddenPPRs_Ppr1, S02_Nominal_BesideTestAndProvisioningProfiles) {
  card.install(of_class(1, rsp::ProfileClass::kTest));
  card.install(of_class(2, rsp::ProfileClass::kProvisioning));
  card.install(with_rules(3, {rsp::kPpr1}));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_disabled(2), is_disabled(3)));
}

TEST_F(TC_eUICC_ForbiddenPPRs_Ppr1, S03_Nominal_AfterTheOperationalProfileIsDeleted) {
  card.install(1);
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), answered("BF33", 0));
  card.install(with_rules(2, {rsp::kPpr1}));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(2)));
}

TEST_F(TC_eUICC_ForbiddenPPRs_Ppr1, S04_Nominal_Ppr2BesideAnOperationalProfile) {
  card.install(1);
  card.install(with_rules(2, {rsp::kPpr2}));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_disabled(2)));
}

// --- 5.2.4 File structure ---

class TC_eUICC_FileStructure : public CardCase {
 protected:
  TC_eUICC_FileStructure() {
    card.install(1);
    card.install(2);
  }
  /// The status word of a SELECT below the MF.
  std::string select(std::string_view file) {
    EXPECT_EQ(card.apdu("00A4000C023F00"), "9000");
    return card.apdu("00A4000C02" + std::string(file));
  }
  std::string select_in_usim(std::string_view file) {
    EXPECT_EQ(card.apdu("00A4040C07A0000000871002"), "9000");
    return card.apdu("00A4000C02" + std::string(file));
  }
};
constexpr std::string_view kUsimAid = "A0000000871002FF01FF018900000100";

TEST_F(TC_eUICC_FileStructure, S01_Nominal_NothingOfAProfileThatIsDisabled) {
  for (std::string_view file : {"2FE2", "2F00", "2F05"}) EXPECT_EQ(select(file), "6A82") << file;
  EXPECT_EQ(card.apdu("00A4040C10" + std::string(kUsimAid)), "6A82");
}

TEST_F(TC_eUICC_FileStructure, S02_Nominal_Iccid) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select("2FE2"), "9000");
  EXPECT_EQ(card.apdu("00B0000000"), "988812010000000000F19000");
}

TEST_F(TC_eUICC_FileStructure, S03_Nominal_DirNamesTheUsim) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select("2F00"), "9000");
  EXPECT_EQ(
      card.apdu("00B2010400"),
      tlv_text("61", tlv_text("4F", kUsimAid) + tlv_text("50", text_as_hex("USIM"))) + "9000");
  EXPECT_EQ(card.apdu("00B2020400"), "6A83");
}

TEST_F(TC_eUICC_FileStructure, S04_Nominal_ArrOfTheMfSaysWhoMayReadIccidAndWhoMayWriteDir) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select("2F06"), "9000");
  // Record 2: to read, always; all else, and to resize, ADM1. Record 3, of EF.ICCID: no updating.
  EXPECT_EQ(card.apdu("00B2020400").substr(0, 26), "800101900080015AA40683010A");
  EXPECT_EQ(card.apdu("00B2030400").substr(0, 26), "8001019000800118A40683010A");
}

TEST_F(TC_eUICC_FileStructure, S05_Nominal_IccidAndDirPointToTheirAccessRules) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu("00A40004022FE200"),
            "62178202412183022FE28A01058B032F06038002000A8801109000");
  EXPECT_NE(card.apdu("00A40004022F0000").find("8B032F0602"), std::string::npos);
}

TEST_F(TC_eUICC_FileStructure, S06_Nominal_UstNamesTheServicesOfThePackage) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select_in_usim("6F38"), "9000");
  // 2 FDN, 10 SMS, 12 SMS parameters, 28 SMS-PP download, 33, 34 enabled services, 85 EPS.
  EXPECT_EQ(card.apdu("00B000000B"),
            "020A000803000000000010"
            "9000");
}

TEST_F(TC_eUICC_FileStructure, S07_Nominal_ImsiOfThePackage) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select_in_usim("6F07"), "9000");
  EXPECT_EQ(card.apdu("00B0000009"), "0809101000000000109000");  // 001010000000001
}

TEST_F(TC_eUICC_FileStructure, S08_Nominal_ArrOfTheUsim) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select_in_usim("6F06"), "9000");
  EXPECT_EQ(card.apdu("00B2010400").substr(0, 6), "800103") << "to read and to update";
}

TEST_F(TC_eUICC_FileStructure, S09_Nominal_OfTheOtherProfileAfterASwitch) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(select("2FE2"), "9000");
  EXPECT_EQ(card.apdu("00B0000000"), "988812010000000000F29000");
}

TEST_F(TC_eUICC_FileStructure, S10_Nominal_WhatIsWrittenStaysWithItsProfile) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select_in_usim("6F7B"), "9000");  // EF.FPLMN
  EXPECT_EQ(card.apdu("00D600000300F120"), "9000");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(select_in_usim("6F7B"), "9000");
  EXPECT_EQ(card.apdu("00B0000003"), "FFFFFF9000");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select_in_usim("6F7B"), "9000");
  EXPECT_EQ(card.apdu("00B0000003"), "00F1209000");
}

TEST_F(TC_eUICC_FileStructure, S11_Error_TheIccidIsNotUpdated) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select("2FE2"), "9000");
  EXPECT_EQ(card.apdu("00D6000001FF"), "6982");
  EXPECT_EQ(running_iccid(card), "988812010000000000F1");
}

TEST_F(TC_eUICC_FileStructure, S12_Error_AVerifiedCodeDoesNotOutliveASwitch) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.apdu("0020000A083535353535353535"), "9000");  // ADM1
  EXPECT_EQ(select("2F08"), "9000");
  EXPECT_EQ(card.apdu("00D60000013C"), "9000");
  EXPECT_EQ(card.enable(iccid(2)), "ok");
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(select("2F08"), "9000");
  EXPECT_EQ(card.apdu("00D60000013C"), "6982");
}

TEST_F(TC_eUICC_FileStructure, S13_Nominal_TheDefaultFileSystemWithNoneEnabled) {
  EXPECT_EQ(card.enable(iccid(1)), "ok");
  EXPECT_EQ(card.disable(iccid(1)), "ok");
  for (std::string_view file : {"2FE2", "2F00", "2F05"}) EXPECT_EQ(select(file), "6A82") << file;
  EXPECT_EQ(select("2F08"), "9000");
  EXPECT_EQ(card.apdu("00B0000000"), "3C3C0000009000");
}

// --- 5.2.5 Delete profile process ---

/// Profiles 1 and 2, of which 1 runs, in a storage whose power can be cut.
class ProcessCase : public ::testing::Test {
 protected:
  ProcessCase() {
    card.other_storage = &storage;
    card.start();
    card.install(1);
    card.install(2);
    EXPECT_EQ(card.enable(iccid(1)), "ok");
  }
  /// Power is lost at the write after so many more, and all later ones are lost.
  void cut_after(std::size_t writes) { storage.cut_after(writes); }
  void power_back() {
    storage.restore();
    card.power_cycle();
  }
  PowerCutStorage storage;
  Bench card;
};
using TC_eUICC_DeleteProfileProcess = ProcessCase;
using TC_eUICC_EnableProfileProcess = ProcessCase;
using TC_eUICC_DisableProfileProcess = ProcessCase;

TEST_F(TC_eUICC_DeleteProfileProcess, S01_Nominal_DisabledDeletedNotifiedAndAcknowledged) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), answered("BF32", 0));
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), answered("BF33", 0));
  EXPECT_THAT(card.notifications(),
              ElementsAre("1 install", "2 install", "3 enable", "4 disable", "5 delete"));
  for (unsigned number = 1; number <= 5; ++number)
    EXPECT_EQ(card.command(fmt::format("BF30038001{:02X}", number)), answered("BF30", 0));
  card.power_cycle();
  EXPECT_EQ(card.command("BF2800"), "BF2802A0009000");
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(2)));
}

TEST_F(TC_eUICC_DeleteProfileProcess, S02_Nominal_PowerLossAfterwards) {
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  std::string before = whole_state(card);
  power_back();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_THAT(card.profiles(), ElementsAre(is_enabled(1)));
  EXPECT_THAT(card.notifications(), Contains("4 delete"));
}

TEST_F(TC_eUICC_DeleteProfileProcess, S03_Error_PowerLossAtTheWriteLeavesTheProfile) {
  std::string before = whole_state(card);
  cut_after(0);
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), "6581");
  power_back();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0)) << "the second try";
  EXPECT_THAT(card.notifications(), Contains("4 delete"));
}

TEST_F(TC_eUICC_DeleteProfileProcess, S04_Error_PowerLossAtAMemoryResetLeavesAll) {
  std::string before = whole_state(card);
  cut_after(0);
  EXPECT_EQ(card.command(reset_command("05E0")), "6581");
  power_back();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_EQ(card.command(reset_command("05E0")), answered("BF34", 0));
  EXPECT_THAT(card.profiles(), IsEmpty());
}

TEST_F(TC_eUICC_DeleteProfileProcess, S05_Nominal_InstalledAgainAfterwards) {
  EXPECT_EQ(card.command(delete_command(by_iccid(2))), answered("BF33", 0));
  card.install(2);
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), answered("BF31", 0));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
}

TEST_F(TC_eUICC_DeleteProfileProcess,
       S06_Error_PowerLossAtTheAcknowledgementLeavesTheNotification) {
  cut_after(0);
  EXPECT_EQ(card.command("BF3003800101"), "6581");
  power_back();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable"));
  EXPECT_EQ(card.command("BF3003800101"), answered("BF30", 0));
}

// --- 5.2.6 Enable profile process ---

constexpr std::string_view kAfterSwitch[] = {"1 install", "2 install", "3 enable", "4 disable",
                                             "5 enable"};

TEST_F(TC_eUICC_EnableProfileProcess, S01_Nominal_SwitchNotifiedSignedAndAcknowledged) {
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), answered("BF31", 0));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
  for (unsigned number : {4U, 5U}) {
    auto pending = card.pending();
    auto& other = std::get<rsp::OtherSignedNotification>(pending.back());
    EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {other.tbs_other_notification.der},
                          other.euicc_notification_signature));
    EXPECT_EQ(card.command(fmt::format("BF30038001{:02X}", 9 - number)), answered("BF30", 0));
  }
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable"));
}

TEST_F(TC_eUICC_EnableProfileProcess, S02_Nominal_PowerLossAfterwards) {
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), answered("BF31", 0));
  power_back();
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
}

TEST_F(TC_eUICC_EnableProfileProcess, S03_Error_PowerLossAtTheWriteLeavesTheOldOne) {
  std::string before = whole_state(card);
  cut_after(0);
  EXPECT_EQ(card.command(enable_command(by_iccid(2))), "6581");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  power_back();
  EXPECT_EQ(whole_state(card), before);
}

TEST_F(TC_eUICC_EnableProfileProcess, S04_Error_PowerLossBeforeTheSwitchIsPending) {
  std::string before = whole_state(card);
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  cut_after(0);
  EXPECT_EQ(card.command(enable_command(by_iccid(2), kRefresh)), "6581");
  EXPECT_EQ(card.apdu(kFetch), "6985") << "no REFRESH for what has not happened";
  power_back();
  EXPECT_EQ(whole_state(card), before);
}

TEST_F(TC_eUICC_EnableProfileProcess, S05_Nominal_PowerLossAtEachStepOfRefreshSwitchesOnce) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  cut_after(1);  // the pending switch is written, the switch itself is not
  EXPECT_EQ(card.command(enable_command(by_iccid(2), kRefresh)), answered("BF31", 0, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  EXPECT_EQ(card.apdu(kPerformed), "6581");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  card.power_cycle();  // still too little power to write
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  power_back();
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
  power_back();
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
}

TEST_F(TC_eUICC_EnableProfileProcess, S06_Nominal_PowerLossAfterTheTerminalResponse) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  EXPECT_EQ(card.command(enable_command(by_iccid(2), kRefresh)), answered("BF31", 0, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  EXPECT_EQ(card.apdu(kPerformed), "9000");
  power_back();
  EXPECT_EQ(running_iccid(card), to_hex(iccid(2)));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_enabled(2)));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
}

TEST_F(TC_eUICC_EnableProfileProcess, S07_Nominal_DownloadEnableDeleteTheOldOne) {
  card.install(3);
  EXPECT_EQ(card.command(enable_command(by_iccid(3))), answered("BF31", 0));
  EXPECT_EQ(card.command(delete_command(by_iccid(1))), answered("BF33", 0));
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(2), is_enabled(3)));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

// --- 5.2.7 Disable profile process ---

TEST_F(TC_eUICC_DisableProfileProcess, S01_Nominal_DisabledNotifiedAndEnabledAgain) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), answered("BF32", 0));
  EXPECT_EQ(running_iccid(card), "none");
  EXPECT_EQ(card.command(enable_command(by_iccid(1))), answered("BF31", 0));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  EXPECT_THAT(card.notifications(), ::testing::ElementsAreArray(kAfterSwitch));
}

TEST_F(TC_eUICC_DisableProfileProcess, S02_Nominal_PowerLossAfterwards) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), answered("BF32", 0));
  power_back();
  EXPECT_EQ(running_iccid(card), "none");
  EXPECT_THAT(card.profiles(), ElementsAre(is_disabled(1), is_disabled(2)));
  EXPECT_THAT(card.notifications(), Contains("4 disable"));
}

TEST_F(TC_eUICC_DisableProfileProcess, S03_Error_PowerLossAtTheWriteLeavesItEnabled) {
  std::string before = whole_state(card);
  cut_after(0);
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), "6581");
  power_back();
  EXPECT_EQ(whole_state(card), before);
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
}

TEST_F(TC_eUICC_DisableProfileProcess, S04_Nominal_PowerLossAtEachStepOfRefreshDisablesOnce) {
  EXPECT_EQ(card.apdu(kTerminalProfile), "9000");
  cut_after(1);
  EXPECT_EQ(card.command(disable_command(by_iccid(1), kRefresh)), answered("BF32", 0, "910B"));
  EXPECT_EQ(card.apdu(kFetch), std::string(kRefreshCommand) + "9000");
  EXPECT_EQ(card.apdu(kPerformed), "6581");
  EXPECT_EQ(running_iccid(card), to_hex(iccid(1)));
  power_back();
  EXPECT_EQ(running_iccid(card), "none");
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable", "4 disable"));
  power_back();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install", "3 enable", "4 disable"));
}

TEST_F(TC_eUICC_DisableProfileProcess, S05_Nominal_TheLpaWorksWithNoneEnabled) {
  EXPECT_EQ(card.command(disable_command(by_iccid(1))), answered("BF32", 0));
  card.power_cycle();
  card.install(3);
  EXPECT_EQ(card.command(enable_command(by_iccid(3))), answered("BF31", 0));
  EXPECT_EQ(running_iccid(card), to_hex(iccid(3)));
}

}  // namespace
}  // namespace sgp23
