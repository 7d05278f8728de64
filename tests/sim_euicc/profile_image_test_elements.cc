// What an eUICC does with each profile element, and how it refuses (E.5, E.7): one test a rule.
#include "profile_image_test_support.h"

namespace sim::testing {
namespace {

using namespace rsp::saip;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

std::vector<int> pins_of(const ProfileImage& image, std::initializer_list<std::uint16_t> path) {
  std::vector<int> references;
  for (const ImagePin& pin : image.pin_sets()[file_at(image, path).pin_set]) {
    references.push_back(pin.reference);
  }
  return references;
}

/// A second application with the files that it has to have.
FilePe isim() {
  FilePe pe(*layout_of("isim"));
  Fcp adf;
  adf.file_id = rsp::Octets<2>{0x7F, 0xB0};
  adf.df_name = "A0000000871004FF01FF0189"_hex;
  adf.pin_status_template_do = Bytes{0x81, 0x01};
  pe.file("adf-isim") = {adf};
  auto sized = [](std::uint8_t size) {
    Fcp fcp;
    fcp.ef_file_size = Bytes{size};
    return fcp;
  };
  pe.file("ef-impi") = {sized(4)};
  Fcp records;
  records.file_descriptor = Bytes{0x42, 0x21, 0x00, 0x08};
  pe.file("ef-impu") = {records};
  pe.file("ef-domain") = {sized(4)};
  pe.file("ef-ist") = {"0200"_hex};
  pe.file("ef-arr") = {linear_fixed_ef(ArrLevel::kAdf, {.id = 0x6F06}, 8, 1)};
  return pe;
}
FilePe telecom() {
  FilePe pe(*layout_of("telecom"));
  Fcp df;
  df.pin_status_template_do = Bytes{0x01};
  pe.file("df-telecom") = {df};
  return pe;
}
PinCodes local_pin(std::uint8_t reference) {
  PinCodes pe;
  pe.pin_codes = PinConfigurations{{.key_reference = reference}};
  return pe;
}
PinCodes shared_pins(Bytes path) {
  PinCodes pe;
  pe.pin_codes = FilePath(std::move(path));
  return pe;
}
AkaParameter aka(Bytes key = Bytes(16, 0x11)) {
  AlgoParameter algorithm;
  algorithm.key = std::move(key);
  algorithm.opc = Bytes(16, 0x22);
  AkaParameter pe;
  pe.algo_configuration = algorithm;
  return pe;
}
AkaParameter mapped_to(const ApplicationId& aid) {
  AkaParameter pe;
  pe.algo_configuration = MappingParameter{.mapping_source = aid};
  return pe;
}
/// The made package with an ISIM behind its USIM's keys.
ProfilePackage with_isim() {
  ProfilePackage package = made_package();
  insert(package, "securityDomain", isim());
  return package;
}

// --- Header ---

TEST(Header, NamesServicesThatTheCardMustOffer) {
  ProfilePackage package = made_package();
  body<ProfileHeader>(package, "header").mandatory_services.add(Service::kMbms);
  EXPECT_THAT(outcome(package), StartsWith("feature-not-supported: the mandatory service mbms"));
}
TEST(Header, NamesTemplatesThatTheCardMustKnow) {
  ProfilePackage package = made_package();
  body<ProfileHeader>(package, "header")
      .mandatory_gfste_list.push_back(*rsp::asn1::oid_from_text("2.23.143.1.2.99"));
  EXPECT_THAT(outcome(package), StartsWith("template-not-supported"));
}
TEST(Header, NamesLoadPackagesThatTheCardMustHave) {
  ProfilePackage package = made_package();
  body<ProfileHeader>(package, "header").mandatory_aids = {{.aid = "A000000151"_hex}};
  EXPECT_THAT(outcome(package), StartsWith("lib-not-supported"));
}
TEST(Header, HasAVersionThatTheCardKnows) {
  ProfilePackage package = made_package();
  body<ProfileHeader>(package, "header").major_version = 4;
  EXPECT_THAT(outcome(package), StartsWith("unsupported-profile-version"));
}

// --- Directories and applications ---

TEST(Telecom, IsInTheMf) {
  ProfilePackage package = made_package();
  insert(package, "usim", telecom());
  EXPECT_EQ(file_at(install(package), {0x7F10}).type, FileType::kDf);
}

TEST(OptionalFiles, AreInTheApplicationOfTheirKindThatCameLast) {
  ProfilePackage package = with_isim();
  // Behind the ISIM: a USIM's files are nevertheless the USIM's.
  ProfileElement opt_usim = element(package, "opt-usim");
  erase(package, "opt-usim");
  insert(package, "securityDomain", opt_usim.body);
  ProfileImage image = install(package);
  EXPECT_NE(at(image, {kUsim, 0x6F40}), kNoFile);
  EXPECT_EQ(at(image, {0x7FB0, 0x6F40}), kNoFile);
}

TEST(DirectoriesOfAnApplication, AreInIt) {
  ProfilePackage package = made_package();
  FilePe pe(*layout_of("df-5gs"));
  Fcp df;
  df.pin_status_template_do = Bytes{0x01};
  pe.file("df-df-5gs") = {df};
  pe.file("ef-routing-indicator") = {};
  insert(package, "akaParameter", pe);
  EXPECT_EQ(content_at(install(package), {kUsim, 0x5FC0, 0x4F0A}), "F0FFFFFF");
}

TEST(Eap, IsInTheApplicationInForce) {
  FilePe pe(*layout_of("eap"));
  Fcp df;
  df.file_id = rsp::Octets<2>{0x5F, 0x70};
  df.pin_status_template_do = Bytes{0x01};
  pe.file("df-eap") = {df};
  pe.file("ef-eapstatus") = {};
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", pe);
  EXPECT_EQ(content_at(install(package), {0x7FB0, 0x5F70, 0x4F02}), "00");
}

TEST(SecondUsim, IsAServiceThatTheCardMustOffer) {
  ProfilePackage package = made_package();
  FilePe second = files(package, "usim");
  Fcp& adf = descriptor(second.file("adf-usim"));
  adf.file_id = rsp::Octets<2>{0x7F, 0xD1};
  adf.df_name = "A0000000871002FF01FF018900000200"_hex;
  insert(package, "securityDomain", second);
  EXPECT_EQ(outcome(package), "installed");
  CardFeatures features;
  features.services.remove(Service::kMultipleUsim);
  EXPECT_EQ(outcome(package, features),
            "feature-not-supported in 912: usim: the service multiple-usim is not offered");
}

TEST(Applications, HaveTemporaryFileIdsAndNamesOfTheirOwn) {
  ProfilePackage package = with_isim();
  Fcp& adf = descriptor(files(package, "isim").file("adf-isim"));
  adf.file_id = rsp::Octets<2>{0x7F, 0xD0};
  EXPECT_THAT(outcome(package), HasSubstr("a second file 7FD0"));
  adf.file_id = rsp::Octets<2>{0x7F, 0xB0};
  adf.df_name = made_usim_aid();
  EXPECT_THAT(outcome(package), HasSubstr("a second ADF with the same dfName"));
}

TEST(SecondMf, IsRefused) {
  ProfilePackage package = made_package();
  FilePe iot(*layout_of("iot"));
  Fcp mf;
  mf.pin_status_template_do = Bytes{0x01};
  iot.file("mf") = {mf};
  iot.file("ef-imsi") = {};
  iot.file("ef-acc") = {};
  insert(package, "end", iot);
  EXPECT_THAT(outcome(package), HasSubstr("there is a second MF"));
}

// --- EF.UST and EF.IST ---

ProfilePackage with_services(std::initializer_list<unsigned> services) {
  ProfilePackage package = made_package();
  files(package, "usim").file("ef-ust") = {
      transparent_ef(ArrLevel::kAdf, {.id = kUst, .sfi = 4}, 17), ef_ust(services)};
  return package;
}

TEST(ServiceTable, LosesServicesThatTheCardDoesNotOffer) {
  ProfilePackage package = with_services({2, 68, 69, 70, 125});
  EXPECT_EQ(content_at(install(package), {kUsim, kUst}), to_hex(ef_ust({2, 68, 70, 125})));
  CardFeatures features;
  features.services.remove(Service::kGbaUsim);
  features.services.remove(Service::kGetIdentity);
  EXPECT_EQ(content_at(install(package, features), {kUsim, kUst}), to_hex(ef_ust({2, 70})));
}

TEST(ServiceTable, KeepsServicesThatTheCardOffers) {
  ProfilePackage package = with_services({2, 68, 69, 125});
  CardFeatures features;
  features.services.add(Service::kMbms);
  EXPECT_EQ(content_at(install(package, features), {kUsim, kUst}),
            to_hex(ef_ust({2, 68, 69, 125})));
}

TEST(ServiceTable, MayBeTooShortForAService) {
  ProfilePackage package = made_package();
  files(package, "usim").file("ef-ust") = {
      transparent_ef(ArrLevel::kAdf, {.id = kUst, .sfi = 4}, 2), "FFFF"_hex};
  EXPECT_EQ(content_at(install(package), {kUsim, kUst}), "FFFF");
}

TEST(ServiceTable, OfAnIsimLosesServicesAsWell) {
  CardFeatures features;
  EXPECT_EQ(content_at(install(with_isim()), {0x7FB0, 0x6F07}).substr(0, 4), "0200");
  features.services.remove(Service::kGbaIsim);
  EXPECT_EQ(content_at(install(with_isim(), features), {0x7FB0, 0x6F07}).substr(0, 4), "0000");
}

// --- PINs ---

TEST(PinCodes, AreThoseOfTheDirectoryThatWasCreatedLast) {
  ProfilePackage package = made_package();
  insert(package, "usim", telecom());
  insert(package, "usim", local_pin(130));
  ProfileImage image = install(package);
  EXPECT_THAT(pins_of(image, {0x7F10}), ElementsAre(130));
  EXPECT_THAT(pins_of(image, {}), ElementsAre(1, 10));
}

TEST(PinCodes, AreInheritedByDirectoriesWithoutAny) {
  ProfilePackage package = made_package();
  insert(package, "end", commands({directory(0x7F66), FilePath("7FD0"_hex), directory(0x5F70)}));
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {0x7F66}).pin_set, file_at(image, {}).pin_set);
  EXPECT_EQ(file_at(image, {kUsim, 0x5F70}).pin_set, file_at(image, {kUsim}).pin_set);
  EXPECT_NE(file_at(image, {kUsim}).pin_set, file_at(image, {}).pin_set);
}

TEST(PinCodes, MayBeNoneAtAll) {
  ProfilePackage package = made_package();
  erase(package, "pinCodes", 1);
  erase(package, "pinCodes", 0);
  EXPECT_THAT(pins_of(install(package), {kUsim}), IsEmpty());
}

TEST(PinCodes, MayBeSharedWithAnotherDirectory) {
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", shared_pins("7FD0"_hex));
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {0x7FB0}).pin_set, file_at(image, {kUsim}).pin_set);
}

TEST(PinCodes, AreSharedWithTheMfByAnEmptyPath) {
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", shared_pins({}));
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {0x7FB0}).pin_set, file_at(image, {}).pin_set);
}

TEST(PinCodes, CannotBeSharedWithADirectoryWithoutAny) {
  ProfilePackage package = with_isim();
  insert(package, "usim", telecom());
  insert(package, "securityDomain", shared_pins("7F10"_hex));
  EXPECT_THAT(outcome(package), StartsWith("pin-code-missing"));
}

TEST(PinCodes, CannotBeSharedByWayOfWhatIsNoDirectory) {
  // check_order only looks at the last two octets, which here are those of the USIM.
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", shared_pins("2F057FD0"_hex));
  EXPECT_THAT(outcome(package), HasSubstr("a path leads through an EF"));
}

TEST(PinCodes, AreGivenOnceForADirectory) {
  ProfilePackage package = made_package();
  insert(package, "akaParameter", local_pin(130));
  EXPECT_THAT(outcome(package), HasSubstr("the directory has PINs already"));
}

TEST(PinCodes, HaveAttemptsInBothNibbles) {
  ProfilePackage package = made_package();
  auto& pin = std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes").pin_codes)[0];
  pin.attempts = 0x52;
  ProfileImage image = install(package);
  EXPECT_EQ(image.pin_sets()[file_at(image, {}).pin_set][0].max_attempts, 5);
  EXPECT_EQ(image.pin_sets()[file_at(image, {}).pin_set][0].attempts_left, 2);
}

TEST(PinCodes, HaveNoMoreAttemptsLeftThanThereAre) {
  for (std::uint8_t attempts : {0x00, 0x23}) {
    ProfilePackage package = made_package();
    std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes").pin_codes)[0].attempts =
        attempts;
    EXPECT_THAT(outcome(package), StartsWith("bad-values in 3: pinCodes")) << int{attempts};
  }
}

TEST(PinCodes, AreGlobalInTheMfAndLocalBelow) {
  ProfilePackage package = made_package();
  std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes", 1).pin_codes)[0].key_reference =
      1;
  EXPECT_THAT(outcome(package), StartsWith("bad-values"));
}

TEST(PukCodes, AreThereOnce) {
  ProfilePackage package = made_package();
  insert(package, "end", body<PukCodes>(package, "pukCodes"));
  EXPECT_THAT(outcome(package), HasSubstr("PUK 1 is there already"));
}

TEST(PukCodes, HaveNoMoreAttemptsLeftThanThereAre) {
  ProfilePackage package = made_package();
  body<PukCodes>(package, "pukCodes").puk_codes[0].attempts = 0x1F;
  EXPECT_THAT(outcome(package), StartsWith("bad-values in 2: pukCodes"));
}

// --- Keys ---

TEST(AkaParameter, IsThatOfTheApplicationThatCameLast) {
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", aka());
  ProfileImage image = install(package);
  ASSERT_EQ(image.akas().size(), 2U);
  EXPECT_EQ(image.akas()[1].application, at(image, {0x7FB0}));
}

TEST(AkaParameter, MayBeThatOfAnotherApplication) {
  ProfilePackage package = with_isim();
  insert(package, "securityDomain", mapped_to(made_usim_aid()));
  ProfileImage image = install(package);
  ASSERT_EQ(image.akas().size(), 2U);
  EXPECT_EQ(image.akas()[1].application, at(image, {0x7FB0}));
  EXPECT_EQ(image.akas()[1].source, at(image, {kUsim}));
  const auto& algorithm = std::get<AlgoParameter>(image.akas()[1].parameter.algo_configuration);
  EXPECT_EQ(to_hex(algorithm.key), "465B5CE8B199B49FAA5F0A2EE238A6BC");
}

TEST(AkaParameter, CannotBeThatOfAnApplicationWithoutAny) {
  ProfilePackage package = made_package();
  erase(package, "akaParameter");
  insert(package, "securityDomain", isim());
  insert(package, "securityDomain", mapped_to(made_usim_aid()));
  EXPECT_THAT(outcome(package), HasSubstr("the application that is mapped to has no keys"));
}

TEST(AkaParameter, IsGivenOnceForAnApplication) {
  ProfilePackage package = made_package();
  insert(package, "securityDomain", aka());
  EXPECT_THAT(outcome(package), HasSubstr("the application has keys already"));
}

TEST(AkaParameter, HasSequenceNumbersWithinTheirBounds) {
  auto outcome_with = [](auto change) {
    ProfilePackage package = made_package();
    change(body<AkaParameter>(package, "akaParameter"));
    return outcome(package);
  };
  const rsp::Octets<6> most{0x07, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, more{0x08};
  EXPECT_EQ(outcome_with([&](AkaParameter& pe) { pe.sqn_init[31] = most; }), "installed");
  EXPECT_THAT(outcome_with([&](AkaParameter& pe) { pe.sqn_init[31] = more; }),
              StartsWith("bad-values in 7: akaParameter: sqnInit"));
  EXPECT_THAT(outcome_with([&](AkaParameter& pe) { pe.sqn_delta = more; }), HasSubstr("sqnDelta"));
  EXPECT_THAT(outcome_with([&](AkaParameter& pe) { pe.sqn_age_limit = more; }),
              HasSubstr("sqnAgeLimit"));
}

TEST(AkaParameter, HasAKeyThatTheAlgorithmTakes) {
  auto outcome_with = [](Algorithm algorithm, std::size_t key, std::size_t opc) {
    ProfilePackage package = made_package();
    auto& parameter =
        std::get<AlgoParameter>(body<AkaParameter>(package, "akaParameter").algo_configuration);
    parameter.algorithm_id = algorithm;
    parameter.key = Bytes(key);
    parameter.opc = Bytes(opc);
    return outcome(package);
  };
  EXPECT_EQ(outcome_with(Algorithm::kUsimTest, 16, 0), "installed");
  EXPECT_THAT(outcome_with(Algorithm::kUsimTest, 15, 16), StartsWith("bad-values"));
  EXPECT_EQ(outcome_with(Algorithm::kTuak, 32, 32), "installed");
  EXPECT_THAT(outcome_with(Algorithm::kMilenage, 32, 16), StartsWith("bad-values"));
}

TEST(AkaParameter, HasAtLeastOneIterationOfKeccak) {
  ProfilePackage package = made_package();
  auto& parameter =
      std::get<AlgoParameter>(body<AkaParameter>(package, "akaParameter").algo_configuration);
  parameter.algorithm_id = Algorithm::kTuak;
  parameter.opc = Bytes(32);
  parameter.number_of_keccak = 0;
  EXPECT_THAT(outcome(package), HasSubstr("iterations of at least 1"));
}

FilePe csim() {
  FilePe pe(*layout_of("csim"));
  for (std::size_t i = 0; i < pe.files.size(); ++i) {
    Fcp fcp;
    if (i == 0) {
      fcp.file_id = rsp::Octets<2>{0x7F, 0xC0};
      fcp.df_name = "A0000003431002FF01FF018900000000"_hex;
      fcp.pin_status_template_do = Bytes{0x81};
    } else if (pe.layout->members[i].name == "ef-arr") {
      fcp = linear_fixed_ef(ArrLevel::kAdf, {.id = 0x6F06}, 8, 1);
    } else {
      fcp.ef_file_size = Bytes{16};  // a multiple of every record length
      if (pe.layout->members[i].name == "ef-cdmahome") fcp.ef_file_size = Bytes{15};
    }
    pe.files[i] = {fcp};
  }
  return pe;
}

TEST(CdmaParameter, IsKeptForTheCsim) {
  ProfilePackage package = made_package();
  insert(package, "securityDomain", csim());
  insert(package, "securityDomain", rsp::saip::CdmaParameter{.authentication_key = {1, 2, 3}});
  ProfileImage image = install(package);
  ASSERT_EQ(image.cdma_parameters().size(), 1U);
  EXPECT_EQ(image.cdma_parameters()[0].application, at(image, {0x7FC0}));
  EXPECT_EQ(image.cdma_parameters()[0].parameter.authentication_key[2], 3);
}

// --- Security domains, remote file management, applications ---

TEST(SecurityDomains, HaveInstancesOfTheirOwn) {
  ProfilePackage package = made_package();
  SecurityDomain second = body<SecurityDomain>(package, "securityDomain");
  insert(package, "end", second);
  EXPECT_THAT(outcome(package), HasSubstr("a second instance with the same AID"));
  body<SecurityDomain>(package, "securityDomain", 1).instance.instance_aid = "A000000151000001"_hex;
  ProfileImage image = install(package);
  ASSERT_EQ(image.security_domains().size(), 2U);
  EXPECT_EQ(to_hex(image.security_domains()[0].instance.instance_aid), "A000000151000000");
}

TEST(RemoteFileManagement, IsOfAnApplicationThatIsThere) {
  ProfilePackage package = made_package();
  body<Rfm>(package, "rfm", 1).adf_rfm_access->adf_aid = "A0000000871004"_hex;
  EXPECT_THAT(outcome(package), StartsWith("bad-values in 10: rfm"));
}

Application applet() {
  Application pe;
  ApplicationInstance& instance = pe.instance_list.emplace().emplace_back();
  instance.application_load_package_aid = "A0000001515350"_hex;
  instance.class_aid = "A000000151535041"_hex;
  instance.instance_aid = "A000000151AA"_hex;
  return pe;
}

TEST(Applets, NeedARuntimeEnvironment) {
  ProfilePackage package = made_package();
  insert(package, "end", applet());
  EXPECT_THAT(outcome(package), StartsWith("runtime-not-supported"));
}

TEST(Applets, AreSkippedWhereTheyAreNotMandated) {
  ProfilePackage package = made_package();
  insert(package, "end", applet(), Mandated::kNo);
  EXPECT_THAT(outcome(package), StartsWith("installed with runtime-not-supported in 912"));
  EXPECT_THAT(install(package).applications(), IsEmpty());
}

TEST(Applets, AreKeptWhereTheCardTakesThem) {
  ProfilePackage package = made_package();
  insert(package, "end", applet());
  CardFeatures features;
  features.services.add(Service::kJavacard);
  ProfileImage image = install(package, features);
  ASSERT_EQ(image.applications().size(), 1U);
  EXPECT_EQ(to_hex(image.applications()[0].instance_aid), "A000000151AA");
}

// --- What the card does not know ---

UnknownPe unknown(std::uint16_t identification, Mandated mandated) {
  // BF22 with a PEHeader.
  Bytes header = mandated == Mandated::kYes ? "A00680008102"_hex : "A0048102"_hex;
  rsp::append(header, Bytes{static_cast<std::uint8_t>(identification >> 8),
                            static_cast<std::uint8_t>(identification)});
  UnknownPe pe;
  pe.tag = rsp::asn1::context(34);
  pe.der = Bytes{0xBF, 0x22, static_cast<std::uint8_t>(header.size())};
  rsp::append(pe.der, header);
  return pe;
}

TEST(UnknownElements, AbortWhereTheyAreMandated) {
  ProfilePackage package = made_package();
  insert(package, "end", unknown(777, Mandated::kYes));
  EXPECT_THAT(outcome(package), StartsWith("pe-not-supported in 777"));
}
TEST(UnknownElements, AreSkippedWithAWarningWhereTheyAreNot) {
  ProfilePackage package = made_package();
  insert(package, "end", unknown(777, Mandated::kNo));
  EXPECT_THAT(outcome(package), StartsWith("installed with pe-not-supported in 777"));
}
TEST(NonStandardElements, AreForIssuersThatTheCardKnows) {
  ProfilePackage package = made_package();
  NonStandard pe;
  pe.issuer_id = *rsp::asn1::oid_from_text("1.3.6.1.4.1.1");
  insert(package, "end", pe);
  EXPECT_THAT(outcome(package), StartsWith("pe-not-supported in 912"));
  CardFeatures features;
  features.non_standard_issuers = {pe.issuer_id};
  EXPECT_EQ(outcome(package, features), "installed");
}

// --- What belongs to something that was skipped ---

TEST(SkippedApplication, TakesWhatBelongsToItWithIt) {
  ProfilePackage package = made_package();
  insert(package, "securityDomain", isim(), Mandated::kNo);
  insert(package, "securityDomain", local_pin(130), Mandated::kNo);
  insert(package, "securityDomain", aka(), Mandated::kNo);
  CardFeatures features;
  features.services.remove(Service::kIsim);
  ProfileImage image = install(package, features);
  std::vector<std::string> warnings;
  for (const PeStatus& warning : image.warnings()) {
    warnings.push_back(rsp::asn1::name_of(warning.status));
  }
  EXPECT_THAT(warnings,
              ElementsAre("feature-not-supported", "pe-not-supported", "pe-not-supported"));
  EXPECT_EQ(image.akas().size(), 1U);
  EXPECT_EQ(image.pin_sets().size(), 2U);
}

TEST(SkippedApplication, AbortsWhereWhatBelongsToItIsMandated) {
  ProfilePackage package = made_package();
  insert(package, "securityDomain", isim(), Mandated::kNo);
  insert(package, "securityDomain", aka());
  CardFeatures features;
  features.services.remove(Service::kIsim);
  EXPECT_THAT(outcome(package, features), StartsWith("pe-not-supported in 913: akaParameter"));
}

TEST(SkippedElement, LeavesNothingBehind) {
  // The fourth command needs a service; the three before it have been carried out by then.
  Fcp objects = transparent(0x2F41, 16);
  objects.file_descriptor = Bytes{0x79, 0x21};
  auto pe = commands({FilePath("2F08"_hex), "AB"_hex, transparent(0x2F40, 1), objects});
  ProfilePackage package = made_package();
  insert(package, "end", pe, Mandated::kNo);
  CardFeatures features;
  features.services.remove(Service::kBerTlv);
  ProfileImage image = install(package, features);
  EXPECT_EQ(image.warnings().size(), 1U);
  EXPECT_EQ(content_at(image, {0x2F40}), "no file");
  EXPECT_EQ(content_at(image, {0x2F08}), "3C3C000000");
  EXPECT_EQ(image.files().size(), install(made_package()).files().size());
}

TEST(SkippedMf, LeavesNothingToInstallInto) {
  ProfilePackage package = made_package();
  package.elements.resize(2);
  insert(package, "mf", End{});
  std::swap(package.elements[1], package.elements[2]);
  files(package, "mf").header.mandated.reset();
  CardFeatures features;
  features.templates.clear();
  body<ProfileHeader>(package, "header").mandatory_gfste_list.clear();
  EXPECT_THAT(outcome(package, features),
              StartsWith("invalid-request-format in 902: end: there is no MF"));
}

// --- The IoT Minimal Profile ---

ProfilePackage minimal() {
  ProfilePackage package = made_package();
  ProfilePackage small;
  small.elements.push_back(element(package, "header"));
  auto& header = body<ProfileHeader>(small, "header");
  header.mandatory_gfste_list.clear();
  header.iot_options = IotOptions{.pix = "1002FF01FF018900000100"_hex};
  FilePe iot(*layout_of("iot"));
  iot.header.identification = 1;
  iot.file("ef-imsi") = {"080910101032547698"_hex};
  iot.file("ef-acc") = {"0001"_hex};
  small.elements.push_back({.body = iot, .offset = 0});
  small.elements.push_back(element(package, "akaParameter"));
  small.elements.push_back(element(package, "end"));
  return small;
}

TEST(MinimalProfile, HasTheFilesThatItsHeaderSays) {
  ProfileImage image = install(minimal());
  EXPECT_EQ(content_at(image, {0x2FE2}), "988803010000000010F3");
  EXPECT_THAT(content_at(image, {0x2F00}), StartsWith("61184F10A0000000871002FF01FF018900000100"));
  EXPECT_EQ(content_at(image, {0x7FF0, kImsi}), "080910101032547698");
  EXPECT_EQ(to_hex(image.aid(at(image, {0x7FF0}))), "A0000000871002FF01FF018900000100");
  EXPECT_EQ(image.akas()[0].application, at(image, {0x7FF0}));
}

TEST(MinimalProfile, HasAccessRulesForAllItsFiles) {
  ProfileImage image = install(minimal());
  for (const ImageFile& file : image.files()) EXPECT_NE(file.arr_record, 0);
  EXPECT_EQ(file_at(image, {0x2F06}).size % 14, 0U);
  EXPECT_EQ(file_at(image, {0x7FF0, 0x6F06}).record_length, file_at(image, {0x2F06}).record_length);
}

TEST(MinimalProfile, NeedsTheOptionsOfItsHeader) {
  ProfilePackage package = minimal();
  body<ProfileHeader>(package, "header").iot_options.reset();
  EXPECT_THAT(outcome(package), StartsWith("invalid-parameter in 1: iot: ef-dir"));
}

TEST(MinimalProfile, HasThePinsOfTheMfAndOfTheUsimInOneElement) {
  ProfilePackage package = minimal();
  PinCodes pins;
  pins.pin_codes = PinConfigurations{{.key_reference = 1}, {.key_reference = 129}};
  insert(package, "akaParameter", pins);
  ProfileImage image = install(package);
  EXPECT_THAT(pins_of(image, {}), ElementsAre(1));
  EXPECT_THAT(pins_of(image, {0x7FF0}), ElementsAre(129));
}

TEST(MinimalProfile, IsExtendedByItsOptionalFiles) {
  ProfilePackage package = minimal();
  FilePe optional(*layout_of("opt-iot"));
  optional.file("ef-sms") = {};
  Fcp df;
  df.pin_status_template_do = Bytes{0x01};
  optional.file("df-df-5gs") = {df};
  optional.file("ef-tn3gppsnn") = {};
  insert(package, "akaParameter", optional);
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {0x7FF0, 0x6F3C}).size, 1760U);
  EXPECT_EQ(content_at(image, {0x7FF0, 0x5FC0, 0x4F0C}), "00");
}

// --- Reports ---

TEST(Report, HasWarningsAndTheFirstElementThatAborts) {
  ProfilePackage package = made_package();
  insert(package, "pukCodes", unknown(777, Mandated::kNo));
  files(package, "usim").file("ef-acc") = {"000102"_hex};  // too long
  insert(package, "end", unknown(778, Mandated::kYes));
  auto image = try_install(package);
  ASSERT_FALSE(image);
  ASSERT_EQ(image.error().size(), 2U);
  EXPECT_EQ(image.error()[0].identification, 777);
  EXPECT_EQ(image.error()[0].consequence, Consequence::kWarns);
  EXPECT_EQ(image.error()[1].identification, 4);
  EXPECT_EQ(image.error()[1].consequence, Consequence::kAborts);
}

TEST(Report, HasWhatIsWrongWithTheOrderWhereThatComesFirst) {
  ProfilePackage package = made_package();
  insert(package, "pukCodes", unknown(777, Mandated::kYes));
  files(package, "usim").file("ef-acc") = {"000102"_hex};
  EXPECT_THAT(outcome(package), StartsWith("pe-not-supported in 777"));
}

TEST(Report, SaysWhereTheFileIs) {
  ProfilePackage package = made_package();
  files(package, "usim").file("ef-acc") = {"000102"_hex};
  auto image = try_install(package);
  ASSERT_FALSE(image);
  Bytes usim = rsp::saip::encode_element(element(package, "usim"));
  ASSERT_TRUE(image.error().back().offset);
  std::uint32_t offset = *image.error().back().offset;
  EXPECT_EQ(to_hex(BytesView(usim).subspan(offset, 7)), "B2058303000102");  // ef-acc is [18]
}

TEST(Report, SaysWhereTheCommandIs) {
  ProfilePackage package = made_package();
  auto pe = commands({transparent(0x2F40, 1), "AA"_hex});
  pe.file_management_cmd.push_back({FilePath("7FD0"_hex), "BB"_hex});
  insert(package, "end", pe);
  auto image = try_install(package);
  ASSERT_FALSE(image);
  Bytes whole = rsp::saip::encode_element(element(package, "genericFileManagement"));
  EXPECT_EQ(to_hex(BytesView(whole).subspan(image.error().back().offset.value())), "8101BB");
}

TEST(Report, OfWhatCannotBeReadIsInvalidRequestFormat) {
  auto image = ProfileImage::install(std::make_shared<const Bytes>("A003800102"_hex), {});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().back().status, PeStatusCode::kInvalidRequestFormat);
}

TEST(Report, OfAnEmptyPackageIsInvalidRequestFormat) {
  auto image = ProfileImage::install(std::make_shared<const Bytes>(), {});
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error().back().status, PeStatusCode::kInvalidRequestFormat);
}

}  // namespace
}  // namespace sim::testing
