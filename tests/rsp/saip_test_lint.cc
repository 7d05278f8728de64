// Rules of the linter, each shown by a change to a made profile that has no findings; and the
// packages of TS.48, which work in the field.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "rsp/base/hex.h"
#include "rsp/saip/lint.h"
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/usim_files.h"

namespace rsp::saip {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

template <class T>
T& nth(ProfilePackage& package, std::size_t n = 0) {
  for (ProfileElement& element : package.elements) {
    T* body = element.as<T>();
    if (body != nullptr && n-- == 0) return *body;
  }
  throw std::logic_error("the package has no such element");
}

FilePe& files(ProfilePackage& package, std::string_view name) {
  for (ProfileElement& element : package.elements) {
    if (element.name() == name) return std::get<FilePe>(element.body);
  }
  throw std::logic_error("the package has no such element");
}

/// All that a file is filled with.
Bytes& content(ProfilePackage& package, std::string_view element, std::string_view member) {
  return std::get<Bytes>(files(package, element).file(member).back());
}

Fcp& descriptor(ProfilePackage& package, std::string_view element, std::string_view member) {
  return *std::get<asn1::Boxed<Fcp>>(files(package, element).file(member).front());
}

void remove(ProfilePackage& package, std::string_view name) {
  std::erase_if(package.elements, [&](const auto& element) { return element.name() == name; });
}

template <class T>
void add(ProfilePackage& package, T body) {
  body.header.identification = static_cast<std::uint16_t>(900 + package.elements.size());
  package.elements.insert(package.elements.end() - 1, {.body = std::move(body), .offset = 0});
}

AlgoParameter& algorithm(ProfilePackage& package) {
  return std::get<AlgoParameter>(nth<AkaParameter>(package).algo_configuration);
}

PinConfiguration& pin(ProfilePackage& package, PinReference reference) {
  for (std::size_t n = 0;; ++n) {
    for (auto& candidate : std::get<PinConfigurations>(nth<PinCodes>(package, n).pin_codes)) {
      if (candidate.key_reference == reference) return candidate;
    }
  }
}

void set_service(ProfilePackage& package, unsigned service, bool value = true) {
  std::uint8_t& octet = content(package, "usim", "ef-ust").at((service - 1) / 8);
  auto bit = static_cast<std::uint8_t>(1U << (service - 1) % 8);
  octet = static_cast<std::uint8_t>(value ? octet | bit : octet & ~bit);
}

/// A profile without anything to object to.
ProfilePackage clean() {
  ProfileParameters p{.iccid_digits = "8988211000000000011", .imsi = "001010000000001"};
  p.k.fill(0x5A);
  p.service_provider_name = "Bench";
  p.msisdn = "+41791234567";
  ProfilePackage package = make_package(p).value();
  // A service centre: name, parameters present, no destination, +41 79 499 9000.
  Bytes record(10, 0xFF);
  append(record, "FD"_hex);
  record.resize(23, 0xFF);
  append(record, "0791149794990900"_hex);
  record.resize(38, 0xFF);
  files(package, "usim").file("ef-smsp").emplace_back(record);
  return package;
}

/// "error iccid-differs, mf 3F00/2FE2 (ef-iccid): text" a finding.
std::vector<std::string> findings(const ProfilePackage& package, const LintContext& context = {}) {
  std::vector<std::string> lines;
  for (const LintFinding& finding : lint(package, context)) {
    std::string place = finding.element_name + (finding.file.empty() ? "" : " " + finding.file);
    lines.push_back(asn1::name_of(finding.severity) + " " + std::string(finding.rule->name) + ", " +
                    place + ": " + finding.text);
  }
  return lines;
}

/// What a change to a clean profile brings up.
std::vector<std::string> after(const std::function<void(ProfilePackage&)>& change,
                               const LintContext& context = {}) {
  ProfilePackage package = clean();
  change(package);
  return findings(package, context);
}

TEST(Lint, HasNothingAgainstACleanProfile) { EXPECT_THAT(findings(clean()), IsEmpty()); }

TEST(Lint, TakesAPackageWithoutElements) {
  EXPECT_THAT(findings({}), Contains(StartsWith("error installation")));
}

TEST(Lint, TakesPackagesThatLackAnyOneElement) {
  for (std::size_t i = 0; i < clean().elements.size(); ++i) {
    ProfilePackage package = clean();
    package.elements.erase(package.elements.begin() + static_cast<std::ptrdiff_t>(i));
    // Remote file management is nothing that a profile must have.
    EXPECT_EQ(lint(package).empty(), clean().elements[i].name() == "rfm") << i;
  }
}

// --- The package ---

TEST(Lint, Installation) {
  EXPECT_THAT(after([](auto& p) { remove(p, "end"); }),
              Contains(HasSubstr("error installation, rfm: invalid-request-format: the package "
                                 "does not end with end")));
}

TEST(Lint, IccidDiffers) {
  EXPECT_THAT(
      after([](auto& p) { content(p, "mf", "ef-iccid")[9] = 0xF9; }),
      ElementsAre("error iccid-differs, mf 3F00/2FE2 (ef-iccid): it holds 8988211000000000019, the "
                  "header has 8988211000000000011"));
}

TEST(Lint, IccidCheckDigit) {
  EXPECT_THAT(after([](auto& p) {
                nth<ProfileHeader>(p).iccid[9] = 0x2F;
                content(p, "mf", "ef-iccid")[9] = 0xF2;
              }),
              ElementsAre("warning iccid-check-digit, header: the ICCID is 8988211000000000012"));
}

TEST(Lint, ServiceNotMandated) {
  EXPECT_THAT(
      after([](auto& p) { nth<ProfileHeader>(p).mandatory_services.remove(Service::kMilenage); }),
      ElementsAre("warning service-not-mandated, akaParameter: it needs the service milenage"));
}

TEST(Lint, MandatoryServiceUnused) {
  EXPECT_THAT(
      after([](auto& p) {
        nth<ProfileHeader>(p).mandatory_services.add(Service::kIsim);
        nth<ProfileHeader>(p).mandatory_services.add(Service::kJavacard);
      }),
      ElementsAre(
          "warning mandatory-service-unused, header: nothing uses the service isim",
          "warning mandatory-service-unused, header: there is no application for javacard"));
}

TEST(Lint, TemplatesOfTheHeader) {
  EXPECT_THAT(after([](auto& p) {
                auto& list = nth<ProfileHeader>(p).mandatory_gfste_list;
                list.back() = asn1::oid_from_text("2.23.143.1.2.8").value();
              }),
              ElementsAre("note mandatory-template-unused, header: no element follows the template "
                          "2.23.143.1.2.8",
                          "note template-not-mandated, opt-usim: its template is 2.23.143.1.2.5"));
}

// --- PIN and PUK ---

TEST(Lint, PukMissing) {
  EXPECT_THAT(after([](auto& p) { nth<PukCodes>(p).puk_codes.pop_back(); }),
              ElementsAre("error puk-missing, pinCodes: PIN 129 is unblocked by PUK 129, which no "
                          "pukCodes has"));
}

TEST(Lint, PinWithoutPuk) {
  EXPECT_THAT(after([](auto& p) { pin(p, kPinAppl1).unblocking_pin_reference.reset(); }),
              ElementsAre("note puk-unused, pukCodes: PUK 1 unblocks nothing",
                          "warning pin-without-puk, pinCodes: PIN 1 has no PUK"));
}

TEST(Lint, CodeFormat) {
  EXPECT_THAT(after([](auto& p) {
                pin(p, kPinAppl1).pin_value = {0x31, 0x32, 0x33, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
                pin(p, kSecondPinAppl1).pin_value = {0x31, 0x32, 0x33, 0x34,
                                                     0xFF, 0x35, 0xFF, 0xFF};
                nth<PukCodes>(p).puk_codes[0].puk_value[7] = 0xFF;
              }),
              ElementsAre("error code-format, pukCodes: PUK 1 has no 8 digits",
                          "error code-format, pinCodes: PIN 1 has no 4 to 8 digits",
                          "error code-format, pinCodes: PIN 129 has no 4 to 8 digits"));
}

TEST(Lint, CodeFormatLeavesAdmKeysAlone) {
  EXPECT_THAT(after([](auto& p) { pin(p, kAdm1).pin_value = {1, 2, 3, 4, 5, 6, 7, 8}; }),
              IsEmpty());
}

TEST(Lint, CodeBlocked) {
  EXPECT_THAT(after([](auto& p) {
                pin(p, kAdm1).attempts = 0xA0;
                nth<PukCodes>(p).puk_codes[0].attempts = 0xA0;
              }),
              ElementsAre("warning code-blocked, pukCodes: PUK 1 has no attempt left",
                          "warning code-blocked, pinCodes: PIN 10 has no attempt left"));
}

TEST(Lint, PinMissing) {
  auto lines = after([](auto& p) { pin(p, kSecondPinAppl1).key_reference = 130; });
  EXPECT_THAT(lines, Contains("warning pin-missing, usim 3F00/7FD0 (adf-usim): its PIN status "
                              "names PIN 129"));
  EXPECT_THAT(lines,
              Contains("warning pin-missing, usim 3F00/7FD0/6F06 (ef-arr): its record 4 asks "
                       "for PIN 129"));
}

// --- Authentication ---

TEST(Lint, AkaMissing) {
  EXPECT_THAT(after([](auto& p) { remove(p, "akaParameter"); }),
              Contains("error aka-missing, usim: the usim has no keys to authenticate with"));
}

TEST(Lint, AkaKeyMissing) {
  EXPECT_THAT(after([](auto& p) {
                algorithm(p).key.clear();
                algorithm(p).opc.clear();
              }),
              ElementsAre("error aka-key-missing, akaParameter: there is no key",
                          "error aka-key-missing, akaParameter: there is no opc"));
}

TEST(Lint, AkaKeyZero) {
  EXPECT_THAT(after([](auto& p) {
                algorithm(p).key = Bytes(16);
                algorithm(p).opc = Bytes(16, 0xFF);
              }),
              ElementsAre("error aka-key-zero, akaParameter: K is 00 throughout",
                          "warning aka-opc-zero, akaParameter: OPc is FF throughout"));
}

TEST(Lint, AkaKeyPublished) {
  EXPECT_THAT(after([](auto& p) { algorithm(p).key = "465B5CE8B199B49FAA5F0A2EE238A6BC"_hex; }),
              ElementsAre(StartsWith("note aka-key-published, akaParameter: ")));
}

TEST(Lint, MilenageConstants) {
  EXPECT_THAT(after([](auto& p) {
                algorithm(p).rotation_constants[1] = 0x40;
                algorithm(p).xoring_constants = {};
              }),
              Contains("error milenage-constants, akaParameter: c1 and r1 are c2 and r2"));
}

TEST(Lint, TestAlgorithm) {
  auto change = [](ProfilePackage& p) {
    algorithm(p).algorithm_id = Algorithm::kUsimTest;
    auto& services = nth<ProfileHeader>(p).mandatory_services;
    services.remove(Service::kMilenage);
    services.add(Service::kUsimTestAlgorithm);
  };
  const std::string text = " test-algorithm, akaParameter: its algorithm is usim-test-algorithm";
  EXPECT_THAT(after(change), ElementsAre("warning" + text));
  EXPECT_THAT(after(change, {.use = ProfileUse::kOperational}), ElementsAre("error" + text));
  EXPECT_THAT(after(change, {.use = ProfileUse::kTest}), IsEmpty());
}

// --- Over the air ---

TEST(Lint, SecurityDomainMissing) {
  EXPECT_THAT(after([](auto& p) { remove(p, "securityDomain"); }),
              ElementsAre("warning security-domain-missing, end: no element is a securityDomain"));
}

TEST(Lint, OtaKeys) {
  EXPECT_THAT(after([](auto& p) { nth<SecurityDomain>(p).key_list.reset(); }),
              ElementsAre("warning ota-keys-missing, securityDomain: its keyList is empty"));
  EXPECT_THAT(after([](auto& p) {
                nth<SecurityDomain>(p).key_list->at(1).key_components[0].key_data = Bytes(16);
              }),
              ElementsAre("warning ota-key-zero, securityDomain: key 02 of version 01"));
}

TEST(Lint, RfmApplicationMissing) {
  EXPECT_THAT(after([](auto& p) { nth<Rfm>(p, 1).adf_rfm_access->adf_aid.back() = 0x77; }),
              ElementsAre("warning rfm-application-missing, rfm: there is no "
                          "A0000000871002FF01FF018900000177"));
}

TEST(Lint, TarTwice) {
  EXPECT_THAT(after([](auto& p) { nth<Rfm>(p, 1).tar_list = nth<Rfm>(p, 0).tar_list; }),
              ElementsAre("warning tar-twice, rfm: element 9 has the TAR B00120 as well"));
}

// --- Files ---

TEST(Lint, FillBeyondEnd) {
  EXPECT_THAT(
      after([](auto& p) { content(p, "usim", "ef-est").push_back(0); }),
      Contains(StartsWith("error fill-beyond-end, usim 3F00/7FD0/6F56 (ef-est): 2 octets")));
}

TEST(Lint, ContentMissing) {
  EXPECT_THAT(
      after([](auto& p) { files(p, "usim").file("ef-ecc").pop_back(); }),
      ElementsAre("warning content-missing, usim 3F00/7FD0/6FB7 (ef-ecc): nothing is filled "
                  "in"));
}

TEST(Lint, AccessRuleMissing) {
  auto with_rule = [](Bytes reference) {
    return after([&](auto& p) {
      descriptor(p, "usim", "ef-spn").security_attributes_referenced = reference;
    });
  };
  const std::string place = " access-rule-missing, usim 3F00/7FD0/6F46 (ef-spn): it ";
  EXPECT_THAT(with_rule({0x6F, 0x06, 0x09}),
              ElementsAre("error" + place + "refers to record 9 of 6F06, which has 4 records"));
  EXPECT_THAT(with_rule({0x05}),
              ElementsAre("error" + place + "refers to record 5 of 6F06, which has 4 records"));
  EXPECT_THAT(with_rule({0x6F, 0x99, 0x01}),
              ElementsAre("error" + place +
                          "refers to record 1 of 6F99, and there is no such "
                          "file"));
  EXPECT_THAT(with_rule({0x00}), ElementsAre("warning" + place + "names no access rule"));
  EXPECT_THAT(with_rule({0x2F, 0x06, 0x02}), IsEmpty());  // that of the MF is above it
}

TEST(Lint, AccessRuleThatIsEmpty) {
  EXPECT_THAT(after([](auto& p) {
                Bytes& rules = content(p, "usim", "ef-arr");
                std::fill(rules.end() - static_cast<std::ptrdiff_t>(rules.size() / 4), rules.end(),
                          0xFF);
              }),
              Contains("warning access-rule-missing, usim 3F00/7FD0/6F3B (ef-fdn): it refers to "
                       "record 4 of 6F06, which is empty"));
}

TEST(Lint, DirEntries) {
  EXPECT_THAT(after([](auto& p) { content(p, "mf", "ef-dir")[4 + 15] = 0x77; }),
              ElementsAre("note dir-entry-unknown, mf 3F00/2F00 (ef-dir): its record 1 names "
                          "A0000000871002FF01FF018900000177",
                          "error dir-entry-missing, mf 3F00/2F00 (ef-dir): the usim "
                          "A0000000871002FF01FF018900000100 is in no record"));
}

// --- Services ---

TEST(Lint, ServiceWithoutFile) {
  EXPECT_THAT(after([](auto& p) { set_service(p, 17); }),
              ElementsAre("warning service-without-file, usim 3F00/7FD0/6F38 (ef-ust): service 17 "
                          "(group identifier level 1) has no file 6F3E"));
  EXPECT_THAT(after([](auto& p) { set_service(p, 122); }).size(), 4U);
}

TEST(Lint, ServiceWithAFileOfGenericFileManagement) {
  EXPECT_THAT(after([](auto& p) {
                set_service(p, 17);
                GenericFileManagement pe;
                auto& commands = pe.file_management_cmd.emplace_back();
                commands.emplace_back(FilePath(Bytes{0x7F, 0xD0}));
                commands.emplace_back(transparent_ef(ArrLevel::kAdf, {0x6F3E, 0, 3}, 1));
                commands.emplace_back(Bytes{0x01});
                add(p, std::move(pe));
              }),
              IsEmpty());
}

TEST(Lint, FileWithoutService) {
  EXPECT_THAT(after([](auto& p) { set_service(p, 21, false); }),
              ElementsAre("warning file-without-service, opt-usim 3F00/7FD0/6F40 (ef-msisdn): it "
                          "belongs to service 21 (MSISDN)"));
  // EF.SPN is there because PE-USIM must carry it.
  EXPECT_THAT(after([](auto& p) { set_service(p, 19, false); }), IsEmpty());
}

TEST(Lint, Service33) {
  EXPECT_THAT(after([](auto& p) { set_service(p, 33, false); }),
              ElementsAre("note service-33, usim 3F00/7FD0/6F38 (ef-ust): it is not set"));
}

TEST(Lint, EnabledService) {
  EXPECT_THAT(
      after([](auto& p) { content(p, "usim", "ef-est")[0] = 0x03; }),
      ElementsAre("warning enabled-service, usim 3F00/7FD0/6F56 (ef-est): it enables barred "
                  "dialling numbers, service 6"));
}

TEST(Lint, SuciKeysMissing) {
  auto lines = after([](auto& p) { set_service(p, 124); });
  EXPECT_THAT(lines,
              Contains("warning suci-keys-missing, usim 3F00/7FD0/6F38 (ef-ust): service 124 "
                       "is set, and 5FC0/4F07 has no keys"));
  lines = after([](auto& p) {
    set_service(p, 124);
    set_service(p, 125);
  });
  EXPECT_THAT(lines, Contains(HasSubstr("service 124 with 125 is set, and 5FD0/4F01")));
}

// --- The subscription ---

TEST(Lint, ImsiUnreadable) {
  auto with_imsi = [](Bytes imsi) {
    return after([&](auto& p) { content(p, "usim", "ef-imsi") = imsi; });
  };
  const std::string place = "error imsi-unreadable, usim 3F00/7FD0/6F07 (ef-imsi): ";
  EXPECT_THAT(with_imsi(Bytes(9, 0xFF)), ElementsAre(place + "its length is 255"));
  EXPECT_THAT(with_imsi("080910100000000010"_hex), IsEmpty());
  EXPECT_THAT(with_imsi("080110100000000010"_hex),
              ElementsAre(place + "its first nibble is 1 before 15 digits"));
  EXPECT_THAT(with_imsi("08091010000000A010"_hex),
              ElementsAre(place + "08091010000000A010 has no digits of an IMSI"));
  EXPECT_THAT(with_imsi("020910FFFFFFFFFFFF"_hex), ElementsAre(place + "001 has 3 digits"));
}

TEST(Lint, MncLength) {
  EXPECT_THAT(after([](auto& p) { content(p, "usim", "ef-ad")[3] = 0x04; }),
              ElementsAre("error mnc-length, usim 3F00/7FD0/6FAD (ef-ad): its fourth octet is 04"));
  EXPECT_THAT(after([](auto& p) {
                content(p, "usim", "ef-ad").resize(3);
                descriptor(p, "usim", "ef-ad").ef_file_size = Bytes{3};
              }),
              ElementsAre("warning mnc-length, usim 3F00/7FD0/6FAD (ef-ad): it has 3 octets only"));
}

TEST(Lint, MncLengthUnusual) {
  EXPECT_THAT(
      after([](auto& p) { content(p, "usim", "ef-imsi") = ef_imsi("310410000000001").value(); }),
      ElementsAre("warning mnc-length-unusual, usim 3F00/7FD0/6FAD (ef-ad): it says 2 digits; "
                  "MCC 310 has MNCs of 3"));
}

TEST(Lint, HomeNetworkDiffers) {
  auto with_list = [](Bytes list) {
    return after([&](auto& p) {
      set_service(p, 71);
      EfKind kind{.id = 0x6FD9, .access_rule = 3};
      files(p, "opt-usim").file("ef-ehplmn") =
          file_of(transparent_ef(ArrLevel::kAdf, kind, list.size()), list);
    });
  };
  EXPECT_THAT(with_list("22F810FFFFFF"_hex),
              ElementsAre("warning home-network-differs, opt-usim 3F00/7FD0/6FD9 (ef-ehplmn): the "
                          "network of the IMSI, 00F110, is not in it"));
  EXPECT_THAT(with_list("22F81000F110"_hex), IsEmpty());
  EXPECT_THAT(with_list("FFFFFFFFFFFF"_hex), IsEmpty());
}

TEST(Lint, OwnerDiffers) {
  auto none = [](ProfilePackage&) {};
  EXPECT_THAT(after(none, {.owner = "00101"}), IsEmpty());
  EXPECT_THAT(after(none, {.owner = "00102"}),
              ElementsAre("error owner-differs, usim 3F00/7FD0/6F07 (ef-imsi): the owner is 00102, "
                          "the IMSI begins with 00101"));
  EXPECT_THAT(after(none, {.owner = "001010"}), Not(IsEmpty()));
}

TEST(Lint, AccessClass) {
  auto with_classes = [](Bytes classes) {
    return after([&](auto& p) { content(p, "usim", "ef-acc") = classes; });
  };
  const std::string place = " access-class, usim 3F00/7FD0/6F78 (ef-acc): it holds ";
  EXPECT_THAT(with_classes({0x00, 0x00}), ElementsAre("warning" + place + "0000"));
  EXPECT_THAT(with_classes({0x00, 0x03}), ElementsAre("warning" + place + "0003"));
  EXPECT_THAT(with_classes({0x04, 0x02}), ElementsAre("warning" + place + "0402"));
  EXPECT_THAT(with_classes({0x80, 0x02}), IsEmpty());  // class 15 beside the ordinary one
  EXPECT_THAT(with_classes({0x00, 0x04}),
              ElementsAre("note" + place + "0004, the last digit of the IMSI is 1"));
}

TEST(Lint, ImsiIdentitiesDiffer) {
  auto with_impi = [](std::string_view identity) {
    return after([&](auto& p) {
      FilePe isim(*layout_of("isim"));
      Fcp adf;
      adf.file_id = Octets<2>{0x7F, 0xD1};
      adf.df_name = ApplicationId("A0000000871004FF01FF018900000100"_hex);
      isim.file("adf-isim") = {adf};
      Bytes content{0x80, static_cast<std::uint8_t>(identity.size())};
      append(content, view_of(identity));
      isim.file("ef-impi") =
          file_of(transparent_ef(ArrLevel::kAdf, {0x6F02, 2, 3}, content.size()), content);
      add(p, std::move(isim));
    });
  };
  EXPECT_THAT(
      with_impi("001010000000002@ims.mnc001.mcc001.3gppnetwork.org"),
      Contains("warning imsi-identities-differ, isim 3F00/7FD1/6F02 (ef-impi): it is made of "
               "001010000000002, the USIM has 001010000000001"));
  for (const char* good :
       {"001010000000001@ims.mnc001.mcc001.3gppnetwork.org", "someone@example.com"}) {
    EXPECT_THAT(with_impi(good), Not(Contains(HasSubstr("imsi-identities-differ")))) << good;
  }
}

TEST(Lint, SpnEncoding) {
  auto with_spn = [](std::string_view hex) {
    return after([&](auto& p) {
      Bytes spn = from_hex(hex).value();
      spn.resize(17, 0xFF);
      content(p, "usim", "ef-spn") = spn;
    });
  };
  const std::string place = "warning spn-encoding, usim 3F00/7FD0/6F46 (ef-spn): ";
  EXPECT_THAT(with_spn("0142656E6368"), IsEmpty());
  EXPECT_THAT(with_spn("018000420065"), IsEmpty());
  EXPECT_THAT(with_spn("01810208C2C3"), IsEmpty());
  EXPECT_THAT(with_spn("01"), ElementsAre(place + "it is empty"));
  EXPECT_THAT(with_spn("0142FC"), ElementsAre(place + "FC is no character of the 7-bit alphabet"));
  EXPECT_THAT(with_spn("0180004265"), ElementsAre(place + "its UCS2 text has half a character"));
  EXPECT_THAT(with_spn("01810908C2C3"),
              ElementsAre(place + "its UCS2 text is shorter than it says"));
  EXPECT_THAT(with_spn("4242656E6368"), ElementsAre(place + "its display condition is 42"));
}

TEST(Lint, MsisdnEncoding) {
  auto with_number = [](std::string_view hex) {
    return after([&](auto& p) {
      Bytes record(10, 0xFF);
      append(record, from_hex(hex).value());
      record.resize(24, 0xFF);
      content(p, "opt-usim", "ef-msisdn") = record;
    });
  };
  const std::string place =
      "warning msisdn-encoding, opt-usim 3F00/7FD0/6F40 (ef-msisdn): record 1: ";
  EXPECT_THAT(with_number("0391F421"), ElementsAre(place + "a digit stands behind its end"));
  EXPECT_THAT(with_number("0D911421"), ElementsAre(place + "its length is 13"));
  EXPECT_THAT(with_number("03111421"), ElementsAre(place + "its TON/NPI is 11"));
  EXPECT_THAT(with_number("FF"), IsEmpty());
}

TEST(Lint, SmsParameters) {
  auto with_record = [](Bytes record, std::uint8_t length) {
    return after([&](auto& p) {
      Fcp& fcp = descriptor(p, "usim", "ef-smsp");
      fcp.file_descriptor = Bytes{0x42, 0x21, 0x00, length};
      fcp.ef_file_size = Bytes{length};
      content(p, "usim", "ef-smsp") = record;
    });
  };
  const std::string place = " sms-parameters, usim 3F00/7FD0/6F42 (ef-smsp): ";
  EXPECT_THAT(with_record(Bytes(28, 0xFF), 28),
              ElementsAre("warning" + place + "no record has a service centre"));
  EXPECT_THAT(with_record(Bytes(20, 0xFF), 20),
              ElementsAre("error" + place + "its records have 20 octets, at least 28 are needed"));
  EXPECT_THAT(after([](auto& p) {
                set_service(p, 12, false);
                content(p, "usim", "ef-smsp") = Bytes(38, 0xFF);
              }),
              ElementsAre(HasSubstr("file-without-service")));
}

// --- Published packages ---

TEST(Lint, FindsNoErrorsInThePackagesOfTs48) {
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  if (folder == nullptr ||
      !std::filesystem::is_directory(std::filesystem::path(folder) / "profiles"))
    GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(folder) / "profiles")) {
    if (entry.path().extension() != ".der") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream octets;
    octets << in.rdbuf();
    auto package = decode_package(view_of(octets.str()));
    ASSERT_TRUE(package) << entry.path();
    EXPECT_THAT(findings(*package), Not(Contains(StartsWith("error ")))) << entry.path();
  }
}

}  // namespace
}  // namespace rsp::saip
