// ES8+: loading a Bound Profile Package, with every fault that sgp22.md C.5 names
// (SGP.22 2.5, 3.1.3.3, 5.5).
#include <functional>
#include <set>

#include "euicc_test_support.h"
#include "rsp/saip/status.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

using smdp::KeyMode;

// --- Packages with a fault ---

/// One fault: how a good package becomes a bad one, before it is protected, after, or once it is
/// cut into segments.
struct Fault {
  std::string name;
  std::string expected;  // "configureISDP: scp03tSecurityError"
  std::function<void(BppPlan&)> plan = [](BppPlan&) {};
  std::function<void(Bpp&)> bpp = [](Bpp&) {};
  std::function<void(std::vector<Bytes>&)> segments = [](std::vector<Bytes>&) {};
  Persona persona{};
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.name; }

/// A fault in the plaintext.
Fault planned(std::string name, std::string expected, std::function<void(BppPlan&)> change) {
  return {.name = std::move(name), .expected = std::move(expected), .plan = std::move(change)};
}
/// A fault in a protected TLV, as the way from the server may make it.
Fault damaged(std::string name, std::string expected, std::function<void(Bpp&)> change) {
  return {.name = std::move(name), .expected = std::move(expected), .bpp = std::move(change)};
}
/// A fault in how the package is cut.
Fault cut(std::string name, std::string expected, std::function<void(std::vector<Bytes>&)> change) {
  return {.name = std::move(name), .expected = std::move(expected), .segments = std::move(change)};
}

/// Metadata of the good package: so much of it that it takes two TLVs.
rsp::StoreMetadataRequest good_metadata() {
  auto metadata = metadata_for(1);
  metadata.icon_type = rsp::IconType::kPng;
  metadata.icon = Bytes(1000, 0x89);
  return metadata;
}

/// A fault in the metadata, which is then signed and protected as it should be.
Fault described(std::string name, std::string expected,
                std::function<void(rsp::StoreMetadataRequest&)> change, Persona persona = {}) {
  Fault fault = planned(std::move(name), std::move(expected), [change](BppPlan& plan) {
    auto metadata = metadata_for(1);
    change(metadata);
    plan.metadata = {rsp::asn1::encode(metadata)};
  });
  fault.persona = std::move(persona);
  return fault;
}

/// Metadata with one element changed, by the declaration of the message.
Bytes metadata_with(std::string_view path, const rsp::asn1::Mutation& mutation) {
  auto metadata = metadata_for(1);
  return rsp::asn1::mutate<rsp::StoreMetadataRequest>(rsp::asn1::encode(metadata), path, mutation)
      .value();
}

void break_mac(Bytes& tlv) { tlv.back() ^= 1; }
/// Turns a bit of the ciphertext.
void break_data(Bytes& tlv) { tlv.at(tlv.size() - 10) ^= 1; }

/// The segment that begins with this octet; the first of them.
Bytes& segment(std::vector<Bytes>& segments, std::uint8_t tag) {
  return *std::ranges::find(segments, tag, [](const Bytes& segment) { return segment.at(0); });
}
/// Where that segment is.
auto at(std::vector<Bytes>& segments, std::uint8_t tag) {
  return std::ranges::find(segments, tag, [](const Bytes& segment) { return segment.at(0); });
}
/// Adds to the length that a header says; the length's last octet must have room for it.
void add_to_length(Bytes& header, int by) {
  header.back() = static_cast<std::uint8_t>(header.back() + by);
}

std::vector<Fault> faults() {
  constexpr const char* kInitialise = "initialiseSecureChannel: ";
  constexpr const char* kConfigure = "configureISDP: ";
  constexpr const char* kMetadata = "storeMetadata: ";
  constexpr const char* kMetadata2 = "storeMetadata2: ";
  constexpr const char* kKeys = "replaceSessionKeys: ";
  constexpr const char* kLoad = "loadProfileElements: ";
  constexpr const char* kInput = "incorrectInputValues";
  constexpr const char* kStructure = "scp03tStructureError";
  constexpr const char* kSecurity = "scp03tSecurityError";
  auto said = [](std::string_view command, std::string_view reason) {
    return std::string(command) + std::string(reason);
  };
  Persona small;
  small.memory = 3000;
  Persona no_tests;
  no_tests.test_profiles = false;
  Persona no_rules;
  no_rules.rules_authorisation_table.clear();
  auto with_rule = [](rsp::Ppr rule) {
    return [rule](rsp::StoreMetadataRequest& metadata) {
      metadata.profile_policy_rules.emplace().set(rule);
      metadata.profile_owner = test_operator();
    };
  };

  return {
      // InitialiseSecureChannel (5.5.1)
      planned(
          "RemoteOperation", said(kInitialise, "unsupportedRemoteOperationType"),
          [](BppPlan& plan) { plan.initialise.remote_op_id = static_cast<rsp::RemoteOpId>(2); }),
      damaged("SmdpSign", said(kInitialise, "invalidSignature"),
              [](Bpp& bpp) { bpp.initialise.back() ^= 1; }),
      planned("TransactionId", said(kInitialise, "invalidTransactionId"),
              [](BppPlan& plan) { plan.initialise.transaction_id = Bytes(16, 0x77); }),
      planned("KeyType", said(kInitialise, "unsupportedCrtValues"),
              [](BppPlan& plan) { plan.initialise.control_ref_template.key_type = {0x89}; }),
      planned("KeyLength", said(kInitialise, "unsupportedCrtValues"),
              [](BppPlan& plan) { plan.initialise.control_ref_template.key_len = {0x20}; }),
      planned("HostIdTooLong", said(kInitialise, kInput),
              [](BppPlan& plan) { plan.initialise.control_ref_template.host_id.resize(17); }),
      planned("OneTimeKeyNotOnTheCurve", said(kInitialise, kInput),
              [](BppPlan& plan) { plan.initialise.smdp_otpk.back() ^= 1; }),
      damaged("InitialiseMalformed", said(kInitialise, kInput),
              [](Bpp& bpp) { bpp.initialise = "BF2300"_hex; }),
      damaged("InitialiseMissing", said(kInitialise, kInput),
              [](Bpp& bpp) { bpp.initialise.clear(); }),
      cut("HeaderOfThePackageAlone", said(kInitialise, kInput),
          [](std::vector<Bytes>& segments) { segments[0].resize(4); }),
      cut("SecondInitialise", said(kInitialise, kInput),
          [](std::vector<Bytes>& segments) {
            segments.insert(segments.begin() + 2, Bytes(segments[0]));
          }),
      cut("SecondInitialiseInThePackage", said(kInitialise, kInput),
          [](std::vector<Bytes>& segments) {
            segments.insert(segments.end() - 1, Bytes(segments[0]));
          }),

      // ConfigureISDP (5.5.2)
      damaged("ConfigureMac", said(kConfigure, kSecurity),
              [](Bpp& bpp) { break_mac(bpp.configure); }),
      damaged("ConfigureData", said(kConfigure, kSecurity),
              [](Bpp& bpp) { break_data(bpp.configure); }),
      damaged("ConfigureWithoutRoomForAMac", said(kConfigure, kStructure),
              [](Bpp& bpp) { bpp.configure = "870701020304050607"_hex; }),
      damaged("ConfigureWithAMacAlone", said(kConfigure, kSecurity),
              [](Bpp& bpp) { bpp.configure = "87080102030405060708"_hex; }),
      damaged("ConfigureUnderAnotherTag", said(kConfigure, kStructure),
              [](Bpp& bpp) { bpp.configure[0] = 0x86; }),
      damaged("ConfigureTwice", said(kConfigure, kStructure),
              [](Bpp& bpp) { rsp::append(bpp.configure, Bytes(bpp.configure)); }),
      damaged("ConfigureMissing", said(kConfigure, kStructure),
              [](Bpp& bpp) { bpp.configure.clear(); }),
      cut("ConfigureHeaderAlone", said(kConfigure, kStructure),
          [](std::vector<Bytes>& segments) { segment(segments, 0xA0).resize(2); }),
      cut("ConfigureLeftOut", said(kConfigure, kStructure),
          [](std::vector<Bytes>& segments) { segments.erase(at(segments, 0xA0)); }),
      planned("ConfigureIsAnotherCommand", said(kConfigure, kInput),
              [](BppPlan& plan) { plan.configure = "BF2500"_hex; }),
      planned("DpOidOfAnother", said(kConfigure, kInput),
              [](BppPlan& plan) { plan.configure = "BF2406B8048002883B"_hex; }),

      // StoreMetadata (5.5.3)
      damaged("MetadataMac", said(kMetadata, kSecurity),
              [](Bpp& bpp) { break_mac(bpp.metadata[0]); }),
      damaged("MetadataData", said(kMetadata, kSecurity),
              [](Bpp& bpp) { break_data(bpp.metadata[0]); }),
      damaged("MetadataMacOfTheSecondPart", said(kMetadata2, kSecurity),
              [](Bpp& bpp) { break_mac(bpp.metadata[1]); }),
      damaged("MetadataPartsInTheWrongOrder", said(kMetadata, kSecurity),
              [](Bpp& bpp) { std::swap(bpp.metadata[0], bpp.metadata[1]); }),
      damaged("MetadataUnderAnotherTag", said(kMetadata, kStructure),
              [](Bpp& bpp) { bpp.metadata[0][0] = 0x86; }),
      damaged("MetadataMissing", said(kMetadata, kStructure),
              [](Bpp& bpp) { bpp.metadata.clear(); }),
      cut("MetadataHeaderLeftOut", said(kMetadata, kStructure),
          [](std::vector<Bytes>& segments) { segments.erase(at(segments, 0xA1)); }),
      cut("MetadataHeaderWithItsContent", said(kMetadata, kStructure),
          [](std::vector<Bytes>& segments) {
            rsp::append(segment(segments, 0xA1), segment(segments, 0x88));
            segments.erase(at(segments, 0x88));
          }),
      cut("MetadataHeaderTooSmall", said(kMetadata2, kStructure),
          [](std::vector<Bytes>& segments) { add_to_length(segment(segments, 0xA1), -1); }),
      cut("MetadataHeaderTooLarge", said(kMetadata2, kStructure),
          [](std::vector<Bytes>& segments) { add_to_length(segment(segments, 0xA1), 1); }),
      planned("MetadataTooLongForASegment", said(kMetadata, kStructure),
              [](BppPlan& plan) { rsp::append(plan.metadata[0], Bytes(1, 0x00)); }),
      planned("MetadataIsAnotherCommand", said(kMetadata, kInput),
              [](BppPlan& plan) { plan.metadata = {"BF2400"_hex}; }),
      planned("MetadataWithoutIccid", said(kMetadata, kInput),
              [](BppPlan& plan) { plan.metadata = {metadata_with("iccid", rsp::asn1::omit())}; }),
      planned("MetadataWithoutProvider", said(kMetadata, kInput),
              [](BppPlan& plan) {
                plan.metadata = {metadata_with("serviceProviderName", rsp::asn1::omit())};
              }),
      planned(
          "MetadataWithoutName", said(kMetadata, kInput),
          [](BppPlan& plan) { plan.metadata = {metadata_with("profileName", rsp::asn1::omit())}; }),
      planned("MetadataNameTooLong", said(kMetadata, kInput),
              [](BppPlan& plan) {
                plan.metadata = {
                    metadata_with("profileName", rsp::asn1::set_content(Bytes(65, 'x')))};
              }),
      described("IconWithoutItsType", said(kMetadata, kInput),
                [](rsp::StoreMetadataRequest& metadata) { metadata.icon = Bytes(10, 0x89); }),
      described("UnknownClass", said(kMetadata, "unsupportedProfileClass"),
                [](rsp::StoreMetadataRequest& metadata) {
                  metadata.profile_class = static_cast<rsp::ProfileClass>(3);
                }),
      described(
          "TestProfileOnACardThatTakesNone", said(kMetadata, "unsupportedProfileClass"),
          [](rsp::StoreMetadataRequest& metadata) {
            metadata.profile_class = rsp::ProfileClass::kTest;
          },
          no_tests),
      described("Ppr1ThatNoRuleAuthorises", said(kMetadata, "pprNotAllowed"), with_rule(rsp::kPpr1),
                no_rules),
      described("Ppr2ThatNoRuleAuthorises", said(kMetadata, "pprNotAllowed"), with_rule(rsp::kPpr2),
                no_rules),
      described("PprWithoutAnOwner", said(kMetadata, "pprNotAllowed"),
                [](rsp::StoreMetadataRequest& metadata) {
                  metadata.profile_policy_rules.emplace().set(rsp::kPpr2);
                }),

      // ReplaceSessionKeys (5.5.4)
      damaged("KeysMac", said(kKeys, kSecurity), [](Bpp& bpp) { break_mac(*bpp.keys); }),
      damaged("KeysData", said(kKeys, kSecurity), [](Bpp& bpp) { break_data(*bpp.keys); }),
      damaged("KeysTwice", said(kKeys, kStructure),
              [](Bpp& bpp) { rsp::append(*bpp.keys, Bytes(*bpp.keys)); }),
      damaged("KeysUnderAnotherTag", said(kKeys, kStructure),
              [](Bpp& bpp) { (*bpp.keys)[0] = 0x88; }),
      cut("KeysHeaderAlone", said(kKeys, kStructure),
          [](std::vector<Bytes>& segments) { segment(segments, 0xA2).resize(2); }),
      planned("KeysAreAnotherCommand", said(kKeys, kInput),
              [](BppPlan& plan) { plan.keys = "BF2400"_hex; }),
      planned("KeysTooShort", said(kKeys, kInput),
              [](BppPlan& plan) {
                plan.keys = rsp::asn1::encode(rsp::ReplaceSessionKeysRequest{
                    Bytes(16, 0x01), Bytes(15, 0x02), Bytes(16, 0x03)});
              }),
      planned("KeysTooLong", said(kKeys, kInput),
              [](BppPlan& plan) {
                plan.keys = rsp::asn1::encode(rsp::ReplaceSessionKeysRequest{
                    Bytes(16, 0x01), Bytes(32, 0x02), Bytes(32, 0x03)});
              }),
      cut("KeysLeftOut", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { segments.erase(at(segments, 0xA2)); }),
      damaged("KeysLeftOutOfThePackage", said(kLoad, kSecurity),
              [](Bpp& bpp) { bpp.keys.reset(); }),
      cut("KeysSentTwice", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) {
            segments.insert(at(segments, 0xA2), Bytes(segment(segments, 0xA2)));
          }),

      // LoadProfileElements (5.5.5)
      damaged("PackageMac", said(kLoad, kSecurity), [](Bpp& bpp) { break_mac(bpp.package[0]); }),
      damaged("PackageData", said(kLoad, kSecurity),
              [](Bpp& bpp) { break_data(bpp.package.back()); }),
      damaged("PackagePartsInTheWrongOrder", said(kLoad, kSecurity),
              [](Bpp& bpp) { std::swap(bpp.package[0], bpp.package[1]); }),
      damaged("PackagePartRepeated", said(kLoad, kSecurity),
              [](Bpp& bpp) { bpp.package.insert(bpp.package.begin(), Bytes(bpp.package[0])); }),
      damaged("PackagePartLeftOut", said(kLoad, kSecurity),
              [](Bpp& bpp) { bpp.package.erase(bpp.package.begin()); }),
      damaged("PackageUnderAnotherTag", said(kLoad, kStructure),
              [](Bpp& bpp) { bpp.package[0][0] = 0x87; }),
      planned("PackageUnderOtherKeys", said(kLoad, kSecurity),
              [](BppPlan& plan) { plan.random_keys.mac[0] ^= 1; }),
      // What the splitter of a well-known test SM-DP+ sends (pitfall H 15).
      planned("PackageSegmentsOf1036Octets", said(kLoad, kStructure),
              [](BppPlan& plan) {
                ASSERT_GT(plan.package.size(), 1U);
                plan.package[0].push_back(plan.package[1].front());
                plan.package[1].erase(plan.package[1].begin());
              }),
      cut("PackageHeaderLeftOut", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { segments.erase(at(segments, 0xA3)); }),
      cut("PackageHeaderTooSmall", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { add_to_length(segment(segments, 0xA3), -1); }),
      cut("PackageHeaderTooLarge", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { add_to_length(segment(segments, 0xA3), 1); }),
      cut("PackageHeaderOfNothing", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { segment(segments, 0xA3) = "A300"_hex; }),
      cut("OuterLengthThatIsNotTheSum", said(kLoad, kStructure),
          [](std::vector<Bytes>& segments) { segments[0][4] ^= 0x01; }),
      planned("PackageOfNoElements", said(kLoad, "installFailedDueToPEProcessingError"),
              [](BppPlan& plan) { plan.package = {Bytes(500, 0x5A)}; }),
      planned("PackageWithoutItsEnd", said(kLoad, "installFailedDueToPEProcessingError"),
              [](BppPlan& plan) { plan.package.pop_back(); }),
      planned("PackageOfAnotherIccid", said(kLoad, "installFailedDueToDataMismatch"),
              [](BppPlan& plan) {
                Bytes other = testing_world::make_profile(iccid_digits(77));
                plan.package = {Bytes(other.begin(), other.begin() + 1000),
                                Bytes(other.begin() + 1000, other.end())};
              }),
      Fault{.name = "PackageLargerThanTheCard",
            .expected = said(kLoad, "installFailedDueToInsufficientMemoryForProfile"),
            .persona = small},
  };
}

class FaultyPackage : public ::testing::TestWithParam<Fault> {};

TEST_P(FaultyPackage, EndsInASignedErrorResultAndNothingElse) {
  const Fault& fault = GetParam();
  Bench card;
  card.persona = fault.persona;
  card.start();
  Dp dp(card.pki);
  auto plan = dp.plan(good_metadata(), package_for(good_metadata()));
  fault.plan(plan);
  Bpp bpp = card.bind(dp, plan);
  fault.bpp(bpp);
  auto segments = bpp.segments();
  fault.segments(segments);

  EXPECT_EQ(card.load(segments), fault.expected);
  EXPECT_THAT(card.profiles(), IsEmpty());
  // The result is signed, names the server, and is kept as it was returned (rule 17).
  ASSERT_TRUE(card.result);
  const auto& data = card.result->data.value;
  EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {card.result->data.der},
                        card.result->euicc_sign_pir));
  EXPECT_EQ(data.transaction_id, dp.transaction_id);
  EXPECT_EQ(rsp::asn1::to_string(data.smdp_oid), rsp::pki::kTestDpOid);
  EXPECT_EQ(data.notification_metadata.notification_address, dp.address);
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
  EXPECT_EQ(to_hex(rsp::encode_pending_notification(card.pending().at(0))),
            to_hex(card.result_der));
  // The session is over (rule 16).
  EXPECT_EQ(card.load({segments.back()}), "6A88");
  EXPECT_EQ(card.cancel_session(dp.transaction_id), "invalidTransactionId");
  // Neither a profile nor another result appears later, and the card works on.
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
  EXPECT_THAT(card.profiles(), IsEmpty());
  if (fault.persona.memory >= Persona{}.memory) card.install(2);
}

INSTANTIATE_TEST_SUITE_P(Bpp, FaultyPackage, ::testing::ValuesIn(faults()),
                         [](const auto& info) { return info.param.name; });

// --- Faults that need a card with a profile ---

using LoadBpp = EuiccTest;

std::string load_onto(Bench& card, const rsp::StoreMetadataRequest& metadata) {
  Dp dp(card.pki);
  return card.load(card.bind(dp, dp.plan(metadata, package_for(metadata))).segments());
}

TEST_F(LoadBpp, AnIccidCannotBeInstalledTwice) {
  card.install(1);
  EXPECT_EQ(load_onto(card, metadata_for(1)),
            "storeMetadata: installFailedDueToIccidAlreadyExistsOnEuicc");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
}

TEST_F(LoadBpp, Ppr1NeedsACardWithoutAnOperationalProfile) {  // SGP.22 2.9.2.4
  auto metadata = metadata_for(2);
  metadata.profile_policy_rules.emplace().set(rsp::kPpr1);
  metadata.profile_owner = test_operator();
  card.install(1);
  EXPECT_EQ(load_onto(card, metadata), "storeMetadata: pprNotAllowed");
  card.remove(iccid(1));
  EXPECT_EQ(load_onto(card, metadata), "installed");
}

TEST_F(LoadBpp, Ppr1MayStandBesideATestProfile) {
  auto test = metadata_for(1);
  test.profile_class = rsp::ProfileClass::kTest;
  card.install(test);
  auto metadata = metadata_for(2);
  metadata.profile_policy_rules.emplace().set(rsp::kPpr1);
  metadata.profile_owner = test_operator();
  EXPECT_EQ(load_onto(card, metadata), "installed");
}

TEST_F(LoadBpp, UpdateControlNeedsNoAuthorisation) {  // it is no policy rule of its own
  auto metadata = metadata_for(1);
  metadata.profile_policy_rules.emplace().set(rsp::kPprUpdateControl);
  EXPECT_EQ(load_onto(card, metadata), "installed");
}

TEST(LoadBppOnAPersona, PolicyRulesAreAuthorisedForTheOwnersThatTheTableNames) {  // SGP.22 2.9.2.1
  Bench card;
  rsp::OperatorId allowed{
      {0x00, 0xF1, 0xE0}, std::nullopt, std::nullopt, {}};  // MCC 001, MNC 0 and any digit
  card.persona.rules_authorisation_table = {{{rsp::kPpr2}, {allowed}, {}, {}}};
  card.start();
  auto metadata = metadata_for(1);
  metadata.profile_policy_rules.emplace().set(rsp::kPpr2);
  metadata.profile_owner = {{0x00, 0xF1, 0x21}, std::nullopt, std::nullopt, {}};
  EXPECT_EQ(load_onto(card, metadata), "storeMetadata: pprNotAllowed");
  metadata.profile_owner = {{0x00, 0xF1, 0x20}, std::nullopt, Bytes{0x01}, {}};
  EXPECT_EQ(load_onto(card, metadata), "storeMetadata: pprNotAllowed")
      << "a GID that the table does not name";
  metadata.profile_owner = {{0x00, 0xF1, 0x20}, std::nullopt, std::nullopt, {}};
  EXPECT_EQ(load_onto(card, metadata), "installed");
}

TEST(LoadBppOnAPersona, AFullCardTakesNoMoreUntilAProfileIsDeleted) {
  Bench card;
  card.persona.memory = package_for(metadata_for(1)).size() * 3 / 2;
  card.start();
  card.install(1);
  EXPECT_EQ(load_onto(card, metadata_for(2)),
            "loadProfileElements: installFailedDueToInsufficientMemoryForProfile");
  EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
  EXPECT_EQ(card.remove(iccid(1)), "ok");
  EXPECT_EQ(load_onto(card, metadata_for(2)), "installed");
}

TEST_F(LoadBpp, AnErrorResultBeforeTheMetadataNamesNoProfile) {  // sgp22.md C.6
  Dp dp(card.pki);
  auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  bpp.configure.back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
  EXPECT_EQ(card.result->data.value.notification_metadata.iccid, std::nullopt);
}

TEST_F(LoadBpp, AnErrorResultAfterTheMetadataNamesTheProfile) {
  Dp dp(card.pki);
  auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1))));
  bpp.package.back().back() ^= 1;
  EXPECT_EQ(card.load(bpp.segments()), "loadProfileElements: scp03tSecurityError");
  EXPECT_EQ(card.result->data.value.notification_metadata.iccid, iccid(1));
}

TEST_F(LoadBpp, AProfileElementThatCannotBeProcessedIsReportedInSimaResponse) {  // sgp22.md E.7
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  plan.package = {Bytes(500, 0x5A)};
  EXPECT_EQ(card.load(card.bind(dp, plan).segments()),
            "loadProfileElements: installFailedDueToPEProcessingError");
  auto& error = std::get<rsp::ErrorResult>(card.result->data.value.final_result);
  ASSERT_TRUE(error.sima_response);
  auto response = rsp::saip::decode_response(*error.sima_response).value();
  EXPECT_EQ(name_of(response.pe_status.at(0).status), "invalid-request-format");
  EXPECT_TRUE(response.profile_installation_aborted);
}

// --- Data of the SM-DP+ beside the profile (5.5.2) ---

/// ConfigureISDP whose dpProprietaryData has so many octets with tag and length.
std::string configured_with(Bench& card, std::size_t size) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  rsp::DpProprietaryData data{dp.pb.certificate.registered_id(), {}};
  std::size_t without = rsp::asn1::encode_as(rsp::asn1::context(24), data).size();
  data.unknown.elements = rsp::asn1::tlv(rsp::asn1::context(1), Bytes(size - without - 2, 0x11));
  EXPECT_EQ(rsp::asn1::encode_as(rsp::asn1::context(24), data).size(), size);
  plan.configure = rsp::asn1::encode(rsp::ConfigureIsdpRequest{data, {}});
  return card.load(card.bind(dp, plan).segments());
}

TEST_F(LoadBpp, DataOfTheSmDpHasUpTo128Octets) {
  EXPECT_EQ(configured_with(card, 128), "installed");
  rsp::ProfileInfoListRequest request;
  request.tag_list = "B8"_hex;
  auto info = std::get<rsp::ProfileInfoList>(card.call(request).result).at(0);
  EXPECT_EQ(rsp::asn1::encode_as(rsp::asn1::context(24), *info.dp_proprietary_data).size(), 128U);
}

TEST_F(LoadBpp, DataOfTheSmDpBeyond128OctetsIsRefused) {
  EXPECT_EQ(configured_with(card, 129), "configureISDP: incorrectInputValues");
}

TEST_F(LoadBpp, DataOfTheSmDpMayBeLeftOut) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  plan.configure = "BF2400"_hex;
  EXPECT_EQ(card.load(card.bind(dp, plan).segments()), "installed");
}

// --- The protection itself (sgp22.md C.3) ---

/// What both ends derive after PrepareDownload.
rsp::crypto::BspKeys session_keys(const Bench& card, const Dp& dp, const BppPlan& plan) {
  const Bytes& otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  auto peer = rsp::crypto::PublicKey::from_point(dp.otsk.curve(), otpk).value();
  return rsp::crypto::derive_bsp_keys(
      dp.otsk.agree(peer).value(), plan.initialise.control_ref_template.host_id, card.euicc->eid());
}

TEST_F(LoadBpp, PaddingThatIsNoneIsASecurityError) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  auto bpp = card.bind(dp, plan);
  auto keys = session_keys(card, dp, plan);
  // One block of plaintext without any 80, encrypted: what encrypt_and_mac() makes of it less its
  // block of padding.
  Bytes padded = rsp::crypto::Bsp(keys).encrypt_and_mac(0x87, Bytes(16, 0x11));
  bpp.configure = rsp::crypto::Bsp(keys).mac_only(0x87, BytesView(padded).subspan(2, 16));
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
}

TEST_F(LoadBpp, DataThatIsNotWholeBlocksIsAStructureError) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  auto bpp = card.bind(dp, plan);
  auto keys = session_keys(card, dp, plan);
  bpp.configure = rsp::crypto::Bsp(keys).mac_only(0x87, Bytes(15, 0x11));
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tStructureError");
}

TEST_F(LoadBpp, APackageForAnotherEuiccIsASecurityError) {
  Dp dp(card.pki);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  card.prepare(dp);
  rsp::Eid other = card.euicc->eid();
  other[15] ^= 1;
  auto bpp = dp.protect(plan, card.prepared.euicc_signed2.value.euicc_otpk, other);
  EXPECT_EQ(card.load(bpp.segments()), "configureISDP: scp03tSecurityError");
}

// --- Packages that are good ---

TEST(GoodPackage, OnBothCurvesAndInBothKeyModesIsInstalled) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    for (KeyMode mode : {KeyMode::kSessionKeys, KeyMode::kRandomKeys}) {
      Bench card(curve);
      card.start();
      Dp dp(card.pki);
      auto bpp = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)), mode));
      EXPECT_EQ(bpp.keys.has_value(), mode == KeyMode::kRandomKeys);
      EXPECT_EQ(card.load(bpp.segments()), "installed");
      EXPECT_THAT(card.profiles(), ElementsAre(iccid_digits(1) + " disabled"));
    }
  }
}

TEST(GoodPackage, OfTheMockServerIsInstalledOnBothCurvesAndInBothKeyModes) {
  for (Curve curve : {Curve::kNistP256, Curve::kBrainpoolP256r1}) {
    for (KeyMode mode : {KeyMode::kSessionKeys, KeyMode::kRandomKeys}) {
      testing_world::World world(curve);
      world.config.key_mode = mode;
      world.start();
      world.add_order();
      auto download = world.lpa->download(world.activation_code());
      EXPECT_TRUE(download) << download.error().message();
      EXPECT_EQ(world.euicc->memory().profiles.size(), 1U);
    }
  }
}

TEST_F(LoadBpp, MetadataMayComeInTwoSegments) {
  auto metadata = good_metadata();
  Dp dp(card.pki);
  auto plan = dp.plan(metadata, package_for(metadata));
  ASSERT_EQ(plan.metadata.size(), 2U);
  EXPECT_EQ(card.load(card.bind(dp, plan).segments()), "installed");
  EXPECT_EQ(card.euicc->memory().profiles.begin()->second.metadata.icon, metadata.icon);
}

TEST_F(LoadBpp, ThePackageMayBeCutAnywhere) {  // not only between profile elements
  unsigned number = 1;
  for (std::size_t size : {std::size_t{1}, std::size_t{15}, std::size_t{16}, std::size_t{100},
                           std::size_t{1006}, std::size_t{1007}}) {
    auto metadata = metadata_for(number++);
    Bytes package = package_for(metadata);
    Dp dp(card.pki);
    auto plan = dp.plan(metadata, package);
    plan.package.clear();
    for (std::size_t begin = 0; begin < package.size(); begin += size) {
      auto from = package.begin() + static_cast<std::ptrdiff_t>(begin);
      auto count = static_cast<std::ptrdiff_t>(std::min(size, package.size() - begin));
      plan.package.emplace_back(from, from + count);
    }
    EXPECT_EQ(card.load(card.bind(dp, plan).segments()), "installed") << size;
    EXPECT_EQ(*card.euicc->memory().find(metadata.iccid)->package, package);
  }
}

TEST_F(LoadBpp, ASegmentMayComeInBlocksOfAnySize) {
  unsigned number = 1;
  for (std::size_t size :
       {std::size_t{4}, std::size_t{60}, std::size_t{120}, std::size_t{254}, std::size_t{255}}) {
    auto metadata = metadata_for(number++);
    Dp dp(card.pki);
    auto segments = card.bind(dp, dp.plan(metadata, package_for(metadata))).segments();
    Bytes last;
    for (const Bytes& segment : segments) {
      Reply reply = card.command(segment, size);
      ASSERT_EQ(reply.sw, 0x9000);
      last = reply.data;
    }
    EXPECT_TRUE(rsp::asn1::decode<rsp::ProfileInstallationResult>(last)) << size;
  }
  EXPECT_EQ(card.profiles().size(), 5U);
}

TEST_F(LoadBpp, OnlyTheLastSegmentAnswersWithData) {  // sgp22.md B.2
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  for (std::size_t i = 0; i + 1 < segments.size(); ++i) {
    Reply reply = card.command(segments[i]);
    EXPECT_EQ(reply.sw, 0x9000) << i;
    EXPECT_THAT(reply.data, IsEmpty()) << i;
  }
  EXPECT_THAT(to_hex(card.command(segments.back()).data), ::testing::StartsWith("BF37"));
}

TEST_F(LoadBpp, TheResultNamesTheIsdPAndSaysOk) {
  rsp::Aid aid = card.install(1);
  auto& success = std::get<rsp::SuccessResult>(card.result->data.value.final_result);
  EXPECT_EQ(success.aid, aid);
  EXPECT_EQ(to_hex(success.sima_response), "3007A0053003800100");  // sgp22.md E.7
  EXPECT_EQ(card.result->data.value.notification_metadata.iccid, iccid(1));
  EXPECT_TRUE(signed_by(card.pki.euicc->certificate.der(), {card.result->data.der},
                        card.result->euicc_sign_pir));
}

TEST_F(LoadBpp, TheResultIsKeptBeforeItIsReturned) {  // sgp22.md C.1 rule 17
  card.install(1);
  Bytes returned = card.result_der;
  card.power_cycle();
  EXPECT_EQ(to_hex(rsp::encode_pending_notification(card.pending().at(0))), to_hex(returned));
}

TEST_F(LoadBpp, InstallIsNotifiedWhereTheMetadataWantsIt) {
  auto metadata = metadata_for(1);
  metadata.notification_configuration_info = {
      {{rsp::kNotificationInstall}, "operator.example", {}}};
  card.install(metadata);
  EXPECT_THAT(card.notifications(), ElementsAre("1 install", "2 install"));
  auto pending = card.pending();
  EXPECT_EQ(rsp::metadata_of(pending.at(0)).notification_address, kHost);
  EXPECT_EQ(rsp::metadata_of(pending.at(1)).notification_address, "operator.example");
  EXPECT_TRUE(std::holds_alternative<rsp::OtherSignedNotification>(pending.at(1)));
}

TEST_F(LoadBpp, EachProfileHasAnIsdPOfItsOwn) {  // sgp22.md B.1: bytes 14 and 15 tell them apart
  std::set<std::string> aids;
  for (unsigned number = 1; number <= 5; ++number) aids.insert(to_hex(card.install(number)));
  EXPECT_EQ(aids.size(), 5U);
  for (const std::string& aid : aids) {
    EXPECT_EQ(aid.size(), 32U);
    EXPECT_THAT(aid, ::testing::StartsWith("A0000005591010FFFFFFFF8900"));
    EXPECT_THAT(aid, ::testing::EndsWith("00"));
  }
}

TEST_F(LoadBpp, ANewIsdPHasNoAidThatIsInUse) {
  card.install(1);
  rsp::Aid second = card.install(2);
  card.remove(iccid(1));
  rsp::Aid third = card.install(3);
  EXPECT_NE(second, third);
  EXPECT_EQ(card.profiles().size(), 2U);
}

// --- Segments that do not belong ---

TEST_F(LoadBpp, AnUnknownTagIsRefusedAndTheLoadGoesOn) {  // SGP.22 3.1.5
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    std::string outcome = card.load({segments[i]});
    if (i + 1 == segments.size()) {
      EXPECT_EQ(outcome, "installed");
      break;
    }
    ASSERT_EQ(outcome, "waiting") << i;
    for (std::string_view unknown : {"A40102", "BF7F00", "3000", "890101", "DF0100", "BF2300"}) {
      EXPECT_EQ(card.command(unknown), "6A88") << unknown << " after segment " << i;
    }
  }
}

TEST_F(LoadBpp, SegmentsAfterTheResultAreNotKnown) {  // pitfall H 19
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load(segments), "installed");
  for (std::size_t i = 1; i < segments.size(); ++i)
    EXPECT_EQ(card.load({segments[i]}), "6A88") << i;
  EXPECT_EQ(card.load({segments[0]}), "6985");
  EXPECT_EQ(card.profiles().size(), 1U);
}

TEST_F(LoadBpp, APackageCannotBeLoadedASecondTime) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load(segments), "installed");
  card.remove(iccid(1));
  dp.offered_otpk = card.prepared.euicc_signed2.value.euicc_otpk;
  card.prepare(dp);  // the same transaction, but a new one-time key
  EXPECT_EQ(card.load(segments), "initialiseSecureChannel: invalidSignature");
}

// --- Loads that are cut off ---

TEST(InterruptedLoad, IsReportedOnceAndCanBeRepeatedWhereverItWasCutOff) {  // ErrorReason 11
  std::size_t count = 0;
  for (std::size_t sent = 0; sent == 0 || sent < count; ++sent) {
    Bench fresh;
    fresh.start();
    fresh.add_order();
    Dp dp(fresh.pki);
    auto segments =
        fresh.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
    count = segments.size();
    segments.resize(sent);
    EXPECT_EQ(fresh.load(segments), "waiting");
    fresh.power_cycle();
    if (sent == 0) {
      EXPECT_THAT(fresh.notifications(), IsEmpty()) << "no load had begun";
    } else {
      ASSERT_THAT(fresh.notifications(), ElementsAre("1 install")) << "after segment " << sent;
      auto result = std::get<rsp::ProfileInstallationResult>(fresh.pending().at(0));
      EXPECT_THAT(outcome_of(result), ::testing::EndsWith("installFailedDueToInterruption"));
      EXPECT_EQ(result.data.value.transaction_id, dp.transaction_id);
      EXPECT_EQ(result.data.value.notification_metadata.notification_address, dp.address);
      EXPECT_TRUE(
          signed_by(fresh.pki.euicc->certificate.der(), {result.data.der}, result.euicc_sign_pir));
    }
    EXPECT_THAT(fresh.profiles(), IsEmpty());
    std::size_t results = fresh.notifications().size();
    fresh.power_cycle();
    EXPECT_EQ(fresh.notifications().size(), results) << "reported again after segment " << sent;
    EXPECT_TRUE(fresh.lpa->download(fresh.activation_code())) << "after segment " << sent;
    EXPECT_EQ(fresh.euicc->memory().profiles.size(), 1U);
  }
}

TEST_F(LoadBpp, AResetWithoutPowerLossInterruptsItToo) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  segments.pop_back();
  EXPECT_EQ(card.load(segments), "waiting");
  card.euicc->reset();
  EXPECT_EQ(text_of(card.euicc->memory()),
            "notification 1 loadProfileElements: installFailedDueToInterruption\n"
            "next number 2, default SM-DP+ '', one-time key kept, load none\n");
}

TEST_F(LoadBpp, ComesOnOneOpeningOfAChannel) {  // field fault F48
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  EXPECT_EQ(card.load({segments[0], segments[1]}), "waiting");
  EXPECT_EQ(card.apdu("00708001"), "9000");
  EXPECT_EQ(card.apdu("0070000001"), "019000");
  EXPECT_EQ(card.apdu("01A4040C10A0000005591010FFFFFFFF8900000100"), "9000");
  EXPECT_EQ(card.load({segments[2]}), "6985");
}

TEST_F(LoadBpp, AResetInTheMiddleOfASegmentInterruptsItToo) {
  Dp dp(card.pki);
  auto segments = card.bind(dp, dp.plan(metadata_for(1), package_for(metadata_for(1)))).segments();
  Bytes last = segments.back();
  segments.pop_back();
  EXPECT_EQ(card.load(segments), "waiting");
  last.resize(100);
  auto blocks = rsp::card::store_data_blocks(last, 50).value();
  blocks[0].cla = 0x81;  // the channel that load() has opened
  EXPECT_EQ(to_hex(card.euicc->transmit(blocks[0].encode())), "9000");
  card.power_cycle();
  EXPECT_THAT(card.notifications(), ElementsAre("1 install"));
  EXPECT_THAT(card.profiles(), IsEmpty());
}

}  // namespace
}  // namespace sim::testing
