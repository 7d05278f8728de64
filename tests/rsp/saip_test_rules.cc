// Made profiles, and the rules by which an eUICC takes or refuses a package (E.5): one test a rule.
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>

#include "rsp/base/hex.h"
#include "rsp/saip/check.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/summary.h"

namespace rsp::saip {
namespace {

ProfileParameters parameters() {
  ProfileParameters p{.iccid_digits = "8900101234567890123", .imsi = "001010123456789"};
  p.service_provider_name = "Bench_1";
  p.msisdn = "+15550100";
  return p;
}

ProfilePackage made() { return make_package(parameters()).value(); }

ProfileElement& element(ProfilePackage& package, std::string_view name, std::size_t nth = 0) {
  for (ProfileElement& candidate : package.elements) {
    if (candidate.name() == name && nth-- == 0) return candidate;
  }
  throw std::logic_error("the package has no such element");
}

template <class T>
T& body(ProfilePackage& package, std::string_view name, std::size_t nth = 0) {
  return std::get<T>(element(package, name, nth).body);
}

auto place(ProfilePackage& package, std::string_view name, std::size_t nth = 0) {
  return package.elements.begin() + (&element(package, name, nth) - package.elements.data());
}

ProfileElement take(ProfilePackage& package, std::string_view name, std::size_t nth = 0) {
  ProfileElement taken = element(package, name, nth);
  package.elements.erase(place(package, name, nth));
  return taken;
}

/// With an identification that no other element has.
ProfileElement numbered(ProfileElement::Body body, std::uint16_t identification = 900) {
  ProfileElement element{.body = std::move(body), .offset = 0};
  element.header()->identification = identification;
  element.header()->mandated.emplace();
  return element;
}

/// "pe-not-supported: text" a line, with "(warning)" where it does not abort.
std::string findings(const ProfilePackage& package, const CardFeatures& features = {}) {
  std::string lines;
  for (const PeStatus& finding : check_order(package, features)) {
    if (!lines.empty()) lines += "\n";
    lines += asn1::name_of(finding.status) + ": " + finding.text;
    if (finding.consequence == Consequence::kWarns) lines += " (warning)";
  }
  return lines;
}

// --- Order (E.5: header first, mf second, end last, one of each) ---

TEST(SaipRules, AMadeProfilePasses) { EXPECT_EQ(findings(made()), ""); }

TEST(SaipRules, AnEmptyPackageIsNone) {
  EXPECT_EQ(findings({}), "invalid-request-format: the package has no profile elements");
}

TEST(SaipRules, HeaderIsFirst) {
  auto package = made();
  take(package, "header");
  EXPECT_EQ(findings(package),
            "invalid-request-format: the package begins with mf instead of header");
}

TEST(SaipRules, HeaderMfAndEndAreThereOnce) {
  auto package = made();
  package.elements.insert(place(package, "mf"), element(package, "header"));
  EXPECT_EQ(findings(package), "invalid-request-format: there is more than one header");
}

TEST(SaipRules, MfIsBeforeOthers) {
  auto package = made();
  ProfileElement puks = take(package, "pukCodes");
  package.elements.insert(place(package, "mf"), puks);
  EXPECT_EQ(findings(package), "invalid-request-format: pukCodes comes before mf");
}

TEST(SaipRules, EndIsLast) {
  auto package = made();
  ProfileElement end = take(package, "end");
  EXPECT_EQ(findings(package), "invalid-request-format: the package does not end with end");
  package.elements.insert(package.elements.end() - 1, end);
  EXPECT_EQ(findings(package), "invalid-request-format: rfm comes after end");
}

TEST(SaipRules, IdentificationIsUnique) {
  auto package = made();
  element(package, "end").header()->identification = 1;
  auto found = check_order(package, {});
  EXPECT_EQ(findings(package),
            "invalid-request-format: end has the identification 1 of an earlier profile element");
  EXPECT_EQ(found.at(0).identification, 1);
  EXPECT_EQ(found.at(0).element, package.elements.size() - 1);
}

TEST(SaipRules, OptionalElementsFollowTheirBase) {
  auto package = made();
  ProfileElement optional = take(package, "opt-usim");
  package.elements.insert(place(package, "usim"), optional);
  EXPECT_EQ(findings(package), "invalid-request-format: opt-usim comes before usim");
}

// --- Header (E.2) ---

TEST(SaipRules, VersionIsSupported) {
  auto package = made();
  body<ProfileHeader>(package, "header").major_version = 4;
  EXPECT_EQ(findings(package), "unsupported-profile-version: version 4.3 is not one of 2.x to 3.x");
  body<ProfileHeader>(package, "header").major_version = 3;
  EXPECT_EQ(findings(package), "");
}

TEST(SaipRules, MandatoryServicesAreOffered) {
  auto package = made();
  body<ProfileHeader>(package, "header").mandatory_services.add(Service::kJavacard);
  EXPECT_EQ(findings(package),
            "feature-not-supported: the mandatory service javacard is not offered");
  CardFeatures features;
  features.services.add(Service::kJavacard);
  EXPECT_EQ(findings(package, features), "");
}

TEST(SaipRules, MandatoryTemplatesAreKnown) {
  auto package = made();
  auto& header = body<ProfileHeader>(package, "header");
  header.mandatory_gfste_list.push_back(*asn1::oid_from_text("2.23.143.1.2.99"));
  EXPECT_EQ(findings(package),
            "template-not-supported: the mandatory template 2.23.143.1.2.99 is not known");
}

TEST(SaipRules, MandatoryLoadPackagesAreThere) {
  auto package = made();
  ApplicationId aid("A000000001"_hex);
  body<ProfileHeader>(package, "header").mandatory_aids = {{.aid = aid}};
  EXPECT_EQ(findings(package), "lib-not-supported: a mandatory load package is not there");
  CardFeatures features;
  features.load_packages = {aid};
  EXPECT_EQ(findings(package, features), "");
}

// --- What the eUICC does not know: aborts where mandated, else is skipped ---

TEST(SaipRules, TemplatesBelongToTheirElement) {
  auto package = made();
  auto& usim = body<FilePe>(package, "usim");
  usim.template_id = body<FilePe>(package, "mf").template_id;
  EXPECT_EQ(findings(package),
            "template-not-supported: usim names the template 2.23.143.1.2.1, which is not known "
            "for it");
  usim.header.mandated.reset();
  EXPECT_EQ(check_order(package, {}).at(0).consequence, Consequence::kWarns);
}

TEST(SaipRules, UnknownElementsAbortWhereMandated) {
  auto package = made();
  auto unknown = decode_element("BF2207A005800081017F"_hex);
  ASSERT_TRUE(unknown);
  package.elements.insert(place(package, "end"), *unknown);
  EXPECT_EQ(findings(package), "pe-not-supported: the profile element BF22 is not known");
  element(package, "BF22").header()->mandated.reset();
  EXPECT_EQ(findings(package), "pe-not-supported: the profile element BF22 is not known (warning)");
}

TEST(SaipRules, NonStandardNeedsAKnownIssuer) {
  auto package = made();
  NonStandard pe{.issuer_id = *asn1::oid_from_text("2.999.1")};
  CardFeatures features{.non_standard_issuers = {pe.issuer_id}};
  package.elements.insert(place(package, "end"), numbered(pe));
  EXPECT_EQ(findings(package), "pe-not-supported: nonStandard of the issuer 2.999.1 is not known");
  EXPECT_EQ(findings(package, features), "");
}

TEST(SaipRules, ApplicationsNeedARuntime) {
  auto package = made();
  package.elements.insert(place(package, "end"), numbered(Application{}));
  EXPECT_EQ(findings(package),
            "runtime-not-supported: there is no runtime environment for applications");
}

TEST(SaipRules, ApplicationElementsNeedTheirService) {
  auto package = made();
  CardFeatures features;
  features.services.remove(Service::kUsim);
  body<ProfileHeader>(package, "header").mandatory_services.remove(Service::kUsim);
  EXPECT_EQ(findings(package, features), "feature-not-supported: the service usim is not offered");
}

// --- PIN and PUK ---

TEST(SaipRules, PukReferencesAreInRangeAndOnce) {
  auto package = made();
  auto& puks = body<PukCodes>(package, "pukCodes").puk_codes;
  puks.push_back({.key_reference = 9});
  EXPECT_EQ(findings(package), "bad-values: 9 is no PUK reference");
  puks.back().key_reference = kPukAppl1;
  EXPECT_EQ(findings(package), "bad-values: PUK 1 is there twice");
}

TEST(SaipRules, PinsOfTheMfAreGlobal) {
  auto package = made();
  auto& pins = std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes").pin_codes);
  pins.push_back({.key_reference = 130});
  EXPECT_EQ(findings(package), "bad-values: PIN 130 is no global reference, which the MF wants");
}

TEST(SaipRules, PinsOfAnAdfAreLocal) {
  auto package = made();
  auto& pins = std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes", 1).pin_codes);
  pins.push_back({.key_reference = 1});
  EXPECT_EQ(findings(package), "bad-values: PIN 1 is no local reference, which an ADF or DF wants");
}

TEST(SaipRules, APinIsThereOnce) {
  auto package = made();
  auto& pins = std::get<PinConfigurations>(body<PinCodes>(package, "pinCodes").pin_codes);
  pins.push_back(pins.front());
  EXPECT_EQ(findings(package), "bad-values: PIN 1 is there twice");
  pins.clear();
  EXPECT_EQ(findings(package), "bad-values: pinCodes has 0 entries, allowed are 1 to 26");
}

TEST(SaipRules, AnUnblockingPukComesBeforeItsPin) {
  auto package = made();
  ProfileElement puks = take(package, "pukCodes");
  package.elements.insert(place(package, "usim"), puks);
  EXPECT_EQ(findings(package),
            "bad-values: PIN 1 is unblocked by PUK 1, which no pukCodes before it has");
}

TEST(SaipRules, SharedPinsExist) {
  auto package = made();
  auto& pins = body<PinCodes>(package, "pinCodes", 1).pin_codes;
  pins = FilePath{};  // the MF, which has some
  EXPECT_EQ(findings(package), "");
  pins = FilePath("7FB0"_hex);
  EXPECT_EQ(findings(package),
            "pin-code-missing: pinCodes shares the PINs of a directory that has none so far");
}

// --- Authentication ---

TEST(SaipRules, AkaFollowsAnApplication) {
  auto package = made();
  ProfileElement aka = take(package, "akaParameter");
  package.elements.insert(place(package, "usim"), aka);
  EXPECT_EQ(findings(package),
            "invalid-request-format: akaParameter comes before any usim, isim or csim");
}

TEST(SaipRules, AlgorithmsAreOffered) {
  auto package = made();
  auto& aka = body<AkaParameter>(package, "akaParameter");
  std::get<AlgoParameter>(aka.algo_configuration).algorithm_id = Algorithm::kUsimTest;
  CardFeatures features;
  features.services.remove(Service::kUsimTestAlgorithm);
  EXPECT_EQ(findings(package), "");
  EXPECT_EQ(findings(package, features),
            "feature-not-supported: the service usim-test-algorithm is not offered");
}

TEST(SaipRules, KeysFitTheirAlgorithm) {
  auto package = made();
  auto& aka = body<AkaParameter>(package, "akaParameter");
  auto& algorithm = std::get<AlgoParameter>(aka.algo_configuration);
  algorithm.key.pop_back();
  EXPECT_EQ(findings(package),
            "bad-values: a key of 15 and an opc of 16 octets do not fit milenage");
  algorithm.algorithm_id = Algorithm{7};
  EXPECT_EQ(findings(package), "bad-values: 7 is no algorithm");
}

TEST(SaipRules, SequenceNumbersAreThirtyTwo) {
  auto package = made();
  body<AkaParameter>(package, "akaParameter").sqn_init.pop_back();
  EXPECT_EQ(findings(package), "bad-values: sqnInit has 31 entries instead of 32");
}

TEST(SaipRules, MappingNamesAnEarlierApplication) {
  auto package = made();
  auto& aka = body<AkaParameter>(package, "akaParameter");
  aka.algo_configuration = MappingParameter{.mapping_source = made_usim_aid()};
  EXPECT_EQ(findings(package), "");
  aka.algo_configuration = MappingParameter{.mapping_source = ApplicationId("A000000001"_hex)};
  EXPECT_EQ(findings(package),
            "bad-values: akaParameter maps to an application that is not there so far");
}

TEST(SaipRules, CdmaFollowsCsim) {
  auto package = made();
  package.elements.insert(place(package, "end"), numbered(CdmaParameter{}));
  EXPECT_EQ(findings(package), "invalid-request-format: cdmaParameter comes before csim");
}

// --- Made profiles ---

const File& file_in(ProfilePackage& package, std::string_view pe, std::string_view file) {
  return *body<FilePe>(package, pe).find(file);
}

std::string content_of(const File& file) {
  const Fcp& fcp = *descriptor_of(file);
  return to_hex(initial_content(file, big_endian(*fcp.ef_file_size)).value());
}

TEST(SaipMaker, DecodesBackToItsParameters) {
  ProfileParameters p = parameters();
  Bytes upp = make_profile(p).value();
  auto package = decode_package(upp);
  ASSERT_TRUE(package) << package.error().message();
  EXPECT_EQ(encode_package(*package), upp);
  EXPECT_EQ(iccid_digits(*header_of(*package)), p.iccid_digits);
  EXPECT_EQ(*header_of(*package)->profile_type, p.profile_type);
  EXPECT_EQ(first_imsi(*package), p.imsi);
  EXPECT_FALSE(has_test_algorithm(*package));
  auto aka = aka_summaries(*package);
  ASSERT_EQ(aka.size(), 1U);
  EXPECT_EQ(aka[0].application, "usim");
  EXPECT_EQ(aka[0].algorithm, "milenage");
  EXPECT_TRUE(aka[0].has_key && aka[0].has_opc);
  const auto& parameter = body<AkaParameter>(*package, "akaParameter");
  const auto& algorithm = std::get<AlgoParameter>(parameter.algo_configuration);
  EXPECT_TRUE(equal(algorithm.key, p.k));
  EXPECT_TRUE(equal(algorithm.opc, p.opc));
}

TEST(SaipMaker, HasTheShapeThatRealCardsTake) {
  EXPECT_EQ(element_names(made()),
            (std::vector<std::string>{"header", "mf", "pukCodes", "pinCodes", "usim", "opt-usim",
                                      "pinCodes", "akaParameter", "securityDomain", "rfm", "rfm",
                                      "end"}));
}

TEST(SaipMaker, FilesHoldTheSubscription) {
  auto package = made();
  EXPECT_EQ(content_of(file_in(package, "mf", "ef-iccid")), "980001214365870921F3");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-imsi")), "080910101032547698");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-acc")), "0200");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-ad")), "00000002");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-spn")), "0042656E63681131FFFFFFFFFFFFFFFFFF");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-loci")), "FFFFFFFF00F110FFFEFF01");
  EXPECT_EQ(content_of(file_in(package, "opt-usim", "ef-msisdn")),
            "FFFFFFFFFFFFFFFFFFFF059151551000FFFFFFFFFFFFFFFF");
  EXPECT_EQ(content_of(file_in(package, "mf", "ef-dir")),
            "61184F10A0000000871002FF01FF01890000010050045553494D");
}

TEST(SaipMaker, ServiceTableFollowsWhatIsThere) {
  auto package = made();
  // 2, 10, 12, 19, 21, 28, 33, 34 and 85.
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-ust")), "020A140803000000000010000000000000");
  ProfileParameters plain = parameters();
  plain.service_provider_name.reset();
  plain.msisdn.reset();
  auto without = make_package(plain).value();
  EXPECT_EQ(content_of(file_in(without, "usim", "ef-ust")), "020A000803000000000010000000000000");
  EXPECT_EQ(findings(without), "");
  EXPECT_EQ(without.elements.size(), package.elements.size() - 1);
}

TEST(SaipMaker, EveryAccessRuleExists) {
  auto package = made();
  for (std::string_view pe : {"mf", "usim", "opt-usim"}) {
    const auto& files = body<FilePe>(package, pe);
    for (std::size_t i = 0; i < files.files.size(); ++i) {
      if (!files.files[i]) continue;
      const Bytes& reference = *descriptor_of(*files.files[i])->security_attributes_referenced;
      const File& arr = file_in(package, reference[0] == 0x2F ? "mf" : "usim", "ef-arr");
      std::size_t records = big_endian(*descriptor_of(arr)->ef_file_size) /
                            record_length(*descriptor_of(arr)).value();
      EXPECT_GE(reference[2], 1) << files.layout->members[i].name;
      EXPECT_LE(reference[2], records) << files.layout->members[i].name;
    }
  }
}

TEST(SaipMaker, EveryFileOfTheUsimIsSpelledOut) {
  auto package = made();
  const auto& usim = body<FilePe>(package, "usim");
  for (std::size_t i = 0; i < usim.files.size(); ++i) {
    EXPECT_TRUE(usim.files[i]) << usim.layout->members[i].name;
  }
}

TEST(SaipMaker, AccessRulesAreReadable) {
  auto package = made();
  const File& arr = file_in(package, "usim", "ef-arr");
  EXPECT_EQ(record_length(*descriptor_of(arr)), 44U);
  EXPECT_EQ(content_of(arr).substr(3 * 88),
            "800101A406830101950108"
            "800102A406830181950108"
            "800158A40683010A950108"
            "8401D4A40683010A950108");
}

TEST(SaipMaker, OtherNetworksAndNames) {
  ProfileParameters p = parameters();
  p.imsi = "31041012345678";
  p.mnc_length = 3;
  p.service_provider_name = "\u0416\u20AC";
  auto package = make_package(p).value();
  EXPECT_EQ(first_imsi(package), p.imsi);
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-imsi")), "0831011410325476F8");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-loci")), "FFFFFFFF130014FFFEFF01");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-ad")), "00000003");
  EXPECT_EQ(content_of(file_in(package, "usim", "ef-spn")), "0080041620ACFFFFFFFFFFFFFFFFFFFFFF");
}

/// The path and text of the error that a change to good parameters causes.
std::string complaint(const std::function<void(ProfileParameters&)>& change) {
  ProfileParameters p = parameters();
  change(p);
  auto upp = make_profile(p);
  if (upp) return "";
  EXPECT_EQ(upp.error().layer, Layer::kInput);
  return upp.error().path + ": " + upp.error().text;
}

TEST(SaipMaker, BadParametersAreNamed) {
  using P = ProfileParameters;
  EXPECT_EQ(complaint([](P& p) { p.iccid_digits = "89001012345678901"; }),
            "iccid_digits: an ICCID has 18 to 20 digits, not 17");
  EXPECT_EQ(complaint([](P& p) { p.iccid_digits = "8900101234567890F"; }),
            "iccid_digits: an ICCID has digits only");
  EXPECT_EQ(complaint([](P& p) { p.imsi = "00101"; }), "imsi: an IMSI has 6 to 15 digits, not 5");
  EXPECT_EQ(complaint([](P& p) { p.imsi = "0010101234567890"; }),
            "imsi: an IMSI has 6 to 15 digits, not 16");
  EXPECT_EQ(complaint([](P& p) { p.imsi = "00101 12345"; }), "imsi: an IMSI has digits only");
  EXPECT_EQ(complaint([](P& p) { p.mnc_length = 4; }),
            "mnc_length: an MNC has 2 or 3 digits, not 4");
  EXPECT_EQ(complaint([](P& p) { p.profile_type = ""; }),
            "profile_type: a profile type has 1 to 100 octets");
  EXPECT_EQ(complaint([](P& p) { p.service_provider_name = "seventeen letters"; }),
            "service_provider_name: the name takes more than 16 octets (16 plain characters, 7 "
            "others)");
  for (const char* name : {"\xFF", "\xC0\x80", "\xED\xA0\x80", "\xE2\x82", "\xF0\x9F\x98\x80"}) {
    EXPECT_EQ(complaint([&](P& p) { p.service_provider_name = name; }),
              "service_provider_name: the name is no UTF-8 of the basic multilingual plane");
  }
  EXPECT_EQ(complaint([](P& p) { p.msisdn = "+"; }),
            "msisdn: an MSISDN has 1 to 20 digits after an optional +");
  EXPECT_EQ(complaint([](P& p) { p.pin1 = "12"; }),
            "pin1: a code has 4 to 8 digits, or 16 hexadecimal ones");
  EXPECT_EQ(complaint([](P& p) { p.adm1 = "0123456789ABCDEG"; }),
            "adm1: 16 characters must be hexadecimal digits");
  EXPECT_EQ(complaint([](P& p) { p.adm1 = "0123456789ABCDEF"; }), "");
}

// --- Hostile input ---

/// Whatever decodes is also checked, shown and encoded.
bool is_complete(BytesView upp) {
  auto package = decode_package(upp);
  if (!package) {
    EXPECT_EQ(package.error().layer, Layer::kDecode);
    EXPECT_FALSE(package.error().text.empty());
    return false;
  }
  encode_package(*package);
  first_imsi(*package);
  aka_summaries(*package);
  auto found = check_order(*package, {});
  encode_response(response_for(found));
  return found.empty();
}

TEST(SaipHostile, NoTruncationIsAWholePackage) {
  Bytes upp = make_profile(parameters()).value();
  EXPECT_TRUE(is_complete(upp));
  for (std::size_t size = 0; size < upp.size(); ++size) {
    // A copy of exactly that size, so that a sanitizer sees a read beyond it.
    EXPECT_FALSE(is_complete(Bytes(upp.begin(), upp.begin() + static_cast<std::ptrdiff_t>(size))));
  }
}

TEST(SaipHostile, NoFlippedBitDoesHarm) {
  Bytes upp = make_profile(parameters()).value();
  for (std::size_t i = 0; i < upp.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Bytes flipped = upp;
      flipped[i] ^= static_cast<std::uint8_t>(1 << bit);
      is_complete(flipped);
    }
  }
}

}  // namespace
}  // namespace rsp::saip
