// SGP.23 4.2.7: ES8+.LoadProfileElements (SGP.22 5.5.5), the 86s in A3: the profile package of the
// TCA Interoperable Profile, cut into pieces of which each is protected.
#include "rsp/saip/profile_maker.h"
#include "rsp/saip/status.h"
#include "sgp23_test_support.h"

namespace sgp23 {
namespace {

namespace saip = rsp::saip;

constexpr unsigned kCommand = 5;  // bppCommandId loadProfileElements
constexpr unsigned kStructure = 7, kSecurity = 8, kInsufficientMemory = 10, kPeProcessing = 12,
                   kDataMismatch = 13, kTestProfileInvalidNaaKey = 14;
// Segments with session keys: 0 BF36 and BF23, 1 A0, 2 A1, 3 the 88, 4 A3, then the 86s.
constexpr std::size_t kHeader = 4, kFirst = 5;

/// An encoded package in pieces as large as they may be.
std::vector<Bytes> pieces(const Bytes& package, std::size_t size = 1007) {
  std::vector<Bytes> out;
  for (std::size_t at = 0; at < package.size(); at += size) {
    BytesView rest = BytesView(package).subspan(at);
    out.push_back(rsp::to_bytes(rest.first(std::min(size, rest.size()))));
  }
  return out;
}
/// The package of profile 1 before it is encoded: header, mf, pukCodes, pinCodes, usim, pinCodes,
/// akaParameter, securityDomain, two rfm, end.
saip::ProfilePackage made_package() {
  return saip::decode_package(package_for(metadata_for(1))).value();
}
saip::ProfileElement& element(saip::ProfilePackage& package, std::string_view name) {
  return *std::ranges::find(package.elements, name, &saip::ProfileElement::name);
}
/// Puts an element before the end, with an identification of its own.
void add(saip::ProfilePackage& package, std::string_view der) {
  saip::ProfileElement added = saip::decode_element(rsp::from_hex(der).value()).value();
  package.elements.insert(package.elements.end() - 1, std::move(added));
}

class TC_eUICC_ES8p_LoadProfileElements : public SessionCase {
 protected:
  /// A whole load of these pieces, with this metadata.
  std::string load_pieces(std::vector<Bytes> parts,
                          const rsp::StoreMetadataRequest& metadata = metadata_for(1),
                          KeyMode mode = KeyMode::kSessionKeys) {
    auto plan = dp.plan(metadata, package_for(metadata), mode);
    plan.package = std::move(parts);
    return load(card.bind(dp, plan).segments());
  }
  void expect_installed_in_pieces_of(std::size_t size, KeyMode mode = KeyMode::kSessionKeys) {
    Bytes package = package_for(metadata_for(1));
    EXPECT_TRUE(is_result(card, load_pieces(pieces(package, size), metadata_for(1), mode),
                          {.profile = 1, .final_result = success_result()}));
    EXPECT_EQ(*card.euicc->memory().find(iccid(1))->package, package);
    remove_notifications(card);
    EXPECT_EQ(card.euicc->memory().memory_used(), package.size() + sim::memory_of(metadata_for(1)));
    EXPECT_EQ(session_of(card), "none");
  }
  /// A package that installs with a warning: 0 for the whole of it, then the warning for an
  /// element.
  void expect_installed_with_warning(const saip::ProfilePackage& package, unsigned status,
                                     std::string_view identification) {
    std::string sima =
        tlv("30", tlv("A0", "3003800100" + tlv("30", fmt::format("8001{:02X}", status) +
                                                         tlv("81", identification))));
    EXPECT_TRUE(is_result(
        card, load_pieces(pieces(saip::encode_package(package))),
        {.profile = 1, .final_result = success_result("A0000005591010FFFFFFFF8900001000", sima)}));
    EXPECT_THAT(card.profiles(), ::testing::ElementsAre(iccid_digits(1) + " disabled"));
  }
};

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S01_Nominal_PiecesOf1007Octets) {
  expect_installed_in_pieces_of(1007);
}
TEST_F(TC_eUICC_ES8p_LoadProfileElements, S02_Nominal_PiecesOf1006Octets) {
  expect_installed_in_pieces_of(1006);
}
TEST_F(TC_eUICC_ES8p_LoadProfileElements, S03_Nominal_PiecesOfWholeBlocks) {
  expect_installed_in_pieces_of(16);
}
TEST_F(TC_eUICC_ES8p_LoadProfileElements, S04_Nominal_PiecesOfOneOctet) {
  expect_installed_in_pieces_of(1);
}
TEST_F(TC_eUICC_ES8p_LoadProfileElements, S05_Nominal_PiecesUnderProfileProtectionKeys) {
  expect_installed_in_pieces_of(100, KeyMode::kRandomKeys);
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S06_Nominal_CutBetweenProfileElements) {
  auto package = made_package();
  std::vector<Bytes> parts;
  for (const auto& pe : package.elements) {
    auto own = pieces(saip::encode_element(pe));
    parts.insert(parts.end(), own.begin(), own.end());
  }
  ASSERT_GT(parts.size(), package.elements.size() - 1);
  EXPECT_TRUE(
      is_result(card, load_pieces(parts), {.profile = 1, .final_result = success_result()}));
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S07_Nominal_AnEmptyPieceAtTheEnd) {
  auto parts = pieces(package_for(metadata_for(1)));
  parts.emplace_back();
  EXPECT_TRUE(
      is_result(card, load_pieces(parts), {.profile = 1, .final_result = success_result()}));
}

// An element of a later version, BF22, with the identification 777; mandated or not.
constexpr std::string_view kUnknown = "BF2206A00481020309",
                           kUnknownMandated = "BF2208A006800081020309";

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S08_Nominal_UnknownElementIsSkippedWithAWarning) {
  auto package = made_package();
  add(package, kUnknown);
  expect_installed_with_warning(package, 1, "0309");
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S09_Nominal_NonStandardElementOfAnUnknownIssuer) {
  auto package = made_package();
  add(package,
      "A90CA00481020309"
      "81028837"
      "8200");
  expect_installed_with_warning(package, 1, "0309");
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S10_Nominal_ASecondProfileBesideTheFirst) {
  card.install(2);
  EXPECT_TRUE(is_result(card, load_pieces(pieces(package_for(metadata_for(1)))),
                        {.sequence_number = 2,
                         .profile = 1,
                         .final_result = success_result("A0000005591010FFFFFFFF8900001100")}));
  EXPECT_THAT(card.profiles(),
              ::testing::ElementsAre(iccid_digits(2) + " disabled", iccid_digits(1) + " disabled"));
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S11_Nominal_ProfileOwnerThatEfImsiConfirms) {
  auto metadata = metadata_for(1);
  metadata.profile_owner = test_operator();
  EXPECT_TRUE(is_result(card, load_pieces(pieces(package_for(metadata)), metadata),
                        {.profile = 1, .final_result = success_result()}));
}

TEST_F(TC_eUICC_ES8p_LoadProfileElements, S12_Nominal_AFullCardAfterAProfileIsDeleted) {
  Bench small;
  small.persona.memory = room_for_one_and_a_half_profiles();
  small.start();
  small.install(1);
  auto second = [&] {
    Dp server(small.pki);
    auto plan = server.plan(metadata_for(2), package_for(metadata_for(2)));
    return small.load(small.bind(server, plan).segments());
  };
  EXPECT_EQ(second(), "loadProfileElements: installFailedDueToInsufficientMemoryForProfile");
  EXPECT_THAT(small.profiles(), ::testing::ElementsAre(iccid_digits(1) + " disabled"));
  EXPECT_EQ(small.remove(iccid(1)), "ok");
  EXPECT_EQ(second(), "installed");
  EXPECT_THAT(small.profiles(), ::testing::ElementsAre(iccid_digits(2) + " disabled"));
}

// --- Errors of the protection and of the list, each on a card with a profile ---

LoadFault fault(std::string name, std::size_t at, unsigned reason) {
  return {.name = std::move(name),
          .at = at,
          .command = kCommand,
          .reason = reason,
          .names_profile = true};
}
LoadFault planned(std::string name, std::size_t at, unsigned reason,
                  std::function<void(BppPlan&)> change) {
  LoadFault out = fault(std::move(name), at, reason);
  out.plan = std::move(change);
  return out;
}
LoadFault damaged(std::string name, std::size_t at, unsigned reason,
                  std::function<void(Bpp&)> change) {
  LoadFault out = fault(std::move(name), at, reason);
  out.bpp = std::move(change);
  return out;
}
LoadFault cut(std::string name, std::size_t at, std::function<void(std::vector<Bytes>&)> change) {
  LoadFault out = fault(std::move(name), at, kStructure);
  out.segments = std::move(change);
  return out;
}
/// Adds to the length that the header of A3 says.
void lengthen(std::vector<Bytes>& segments, int by) {
  segments[kHeader].back() = static_cast<std::uint8_t>(segments[kHeader].back() + by);
}
/// How many pieces the package of profile 1 has.
std::size_t piece_count() { return pieces(package_for(metadata_for(1))).size(); }

std::vector<LoadFault> faults() {
  const std::size_t last = kFirst + piece_count() - 1;
  auto mismatch = [](std::string name, std::function<void(LoadFault&)> change) {
    LoadFault out = fault(std::move(name), kFirst + piece_count() - 1, kDataMismatch);
    change(out);
    return out;
  };
  sim::Persona small;
  small.memory = room_for_one_and_a_half_profiles();
  LoadFault full = fault("S20_Error_NotEnoughMemory", last, kInsufficientMemory);
  full.persona = small;
  LoadFault operator_key =
      fault("S21_Error_TestProfileWithAnOperatorsKey", last, kTestProfileInvalidNaaKey);
  operator_key.metadata.profile_class = rsp::ProfileClass::kTest;
  operator_key.plan = [](BppPlan& plan) {
    saip::ProfileParameters parameters;
    parameters.iccid_digits = iccid_digits(1);
    parameters.imsi = "001010000000001";
    parameters.k.fill(0x5A);
    plan.package = pieces(saip::make_profile(parameters).value());
  };

  return {
      damaged("S01_Error_Mac", kFirst, kSecurity, [](Bpp& bpp) { bpp.package[0].back() ^= 1; }),
      damaged("S02_Error_CiphertextAltered", kFirst, kSecurity,
              [](Bpp& bpp) { bpp.package[0].at(100) ^= 1; }),
      damaged("S03_Error_MacOfTheLastPiece", last, kSecurity,
              [](Bpp& bpp) { bpp.package.back().back() ^= 1; }),
      damaged("S04_Error_PiecesInTheWrongOrder", kFirst, kSecurity,
              [](Bpp& bpp) { std::swap(bpp.package[0], bpp.package[1]); }),
      damaged("S05_Error_PieceRepeated", kFirst + 1, kSecurity,
              [](Bpp& bpp) { bpp.package.insert(bpp.package.begin(), Bytes(bpp.package[0])); }),
      damaged("S06_Error_PieceLeftOut", kFirst, kSecurity,
              [](Bpp& bpp) { bpp.package.erase(bpp.package.begin()); }),
      damaged("S07_Error_Tag87", kFirst, kStructure, [](Bpp& bpp) { bpp.package[0][0] = 0x87; }),
      damaged("S08_Error_Tag88", kFirst, kStructure, [](Bpp& bpp) { bpp.package[0][0] = 0x88; }),
      // What the splitter of a well-known test SM-DP+ sends (sgp22.md H 15).
      planned("S09_Error_PieceOf1008Octets", kFirst, kStructure,
              [](BppPlan& plan) {
                plan.package[0].push_back(plan.package[1].front());
                plan.package[1].erase(plan.package[1].begin());
              }),
      cut("S10_Error_HeaderLeftOut", kHeader,
          [](std::vector<Bytes>& segments) { segments.erase(segments.begin() + kHeader); }),
      cut("S11_Error_HeaderWithItsContent", kHeader,
          [](std::vector<Bytes>& segments) {
            rsp::append(segments[kHeader], Bytes(segments[kFirst]));
          }),
      cut("S12_Error_HeaderOneTooSmall", kHeader,
          [](std::vector<Bytes>& segments) { lengthen(segments, -1); }),
      cut("S13_Error_HeaderOneTooLarge", kHeader,
          [](std::vector<Bytes>& segments) { lengthen(segments, 1); }),
      cut("S14_Error_HeaderOfNothing", kHeader,
          [](std::vector<Bytes>& segments) { segments[kHeader] = "A300"_hex; }),
      cut("S15_Error_LengthOfThePackageThatIsNotTheSum", kHeader,
          [](std::vector<Bytes>& segments) { segments[0][4] ^= 0x01; }),
      cut("S16_Error_SecondList", kFirst,
          [](std::vector<Bytes>& segments) {
            segments.insert(segments.begin() + kFirst, Bytes(segments[kHeader]));
          }),
      mismatch("S17_Error_IccidOfAnotherProfile",
               [](LoadFault& out) {
                 out.plan = [](BppPlan& plan) {
                   plan.package = pieces(testing_world::make_profile(iccid_digits(77)));
                 };
               }),
      mismatch("S18_Error_OwnerThatEfImsiDenies",
               [](LoadFault& out) {
                 out.metadata.profile_owner = {{0x00, 0xF1, 0x20}, std::nullopt, std::nullopt, {}};
                 out.plan = [](BppPlan& plan) {  // of 001-01
                   plan.package = pieces(package_for(metadata_for(1)));
                 };
               }),
      mismatch("S19_Error_IccidOfTheOtherSpelling",  // not swapped as EF.ICCID and metadata have it
               [](LoadFault& out) {
                 out.plan = [](BppPlan& plan) {
                   auto package = made_package();
                   auto& header = std::get<saip::ProfileHeader>(package.elements[0].body);
                   std::ranges::copy(iccid(1), header.iccid.begin());
                   plan.package = pieces(saip::encode_package(package));
                 };
               }),
      full,
      operator_key,
  };
}

class TC_eUICC_ES8p_LoadProfileElementsErrorCases : public ::testing::TestWithParam<LoadFault> {};

TEST_P(TC_eUICC_ES8p_LoadProfileElementsErrorCases, Sequence) { expect_refused(GetParam()); }

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_LoadProfileElementsErrorCases,
                         ::testing::ValuesIn(faults()), by_name());

// --- Errors of the profile package: PEProcessingError with the PEStatus of the element ---

struct PackageFault {
  std::string name;
  std::string status;  // of the last PEStatus, by its name
  std::function<void(saip::ProfilePackage&)> change;
  std::string identification = "";  // the element's, in hexadecimal; empty where it has none
  std::function<void(Bytes&)> encoded = [](Bytes&) {};  // a change after it is encoded
};
void PrintTo(const PackageFault& row, std::ostream* out) { *out << row.name; }

/// Removes an element.
std::function<void(saip::ProfilePackage&)> without(std::string name) {
  return [name](saip::ProfilePackage& package) {
    std::erase_if(package.elements, [&](const auto& pe) { return pe.name() == name; });
  };
}
std::function<void(saip::ProfilePackage&)> in_header(
    std::function<void(saip::ProfileHeader&)> change) {
  return [change](saip::ProfilePackage& package) {
    change(std::get<saip::ProfileHeader>(package.elements[0].body));
  };
}

PackageFault encoded(std::string name, std::function<void(Bytes&)> change) {
  return {.name = std::move(name),
          .status = "invalid-request-format",
          .change = [](saip::ProfilePackage&) {},
          .encoded = std::move(change)};
}

std::vector<PackageFault> package_faults() {
  using saip::ProfilePackage;
  return {
      {"S01_Error_ProfileVersion1", "unsupported-profile-version",
       in_header([](saip::ProfileHeader& header) { header.major_version = 1; })},
      {"S02_Error_ProfileVersion4", "unsupported-profile-version",
       in_header([](saip::ProfileHeader& header) { header.major_version = 4; })},
      {"S03_Error_MandatoryServiceMultos", "feature-not-supported",
       in_header([](saip::ProfileHeader& header) {
         header.mandatory_services.add(saip::Service::kMultos);
       })},
      {"S04_Error_MandatoryServiceContactless", "feature-not-supported",
       in_header([](saip::ProfileHeader& header) {
         header.mandatory_services.add(saip::Service::kContactless);
       })},
      {"S05_Error_MandatoryServiceOfALaterVersion", "feature-not-supported",
       in_header([](saip::ProfileHeader& header) {
         header.mandatory_services.unknown.elements = "9F4000"_hex;
       })},
      {"S06_Error_MandatoryTemplateThatIsNotKnown", "template-not-supported",
       in_header([](saip::ProfileHeader& header) {
         header.mandatory_gfste_list.push_back(rsp::asn1::oid_from_text("2.23.143.1.2.99").value());
       })},
      {"S07_Error_MandatoryLoadPackage", "lib-not-supported",
       in_header([](saip::ProfileHeader& header) {
         header.mandatory_aids.emplace().push_back({"A000000151000000"_hex, {1, 0}, {}});
       })},
      {"S08_Error_UnknownElementThatIsMandated", "pe-not-supported",
       [](ProfilePackage& package) { add(package, kUnknownMandated); }, "0309"},
      {"S09_Error_HeaderLeftOut", "invalid-request-format", without("header")},
      {"S10_Error_HeaderTwice", "invalid-request-format",
       [](ProfilePackage& package) {
         package.elements.insert(package.elements.begin(),
                                 saip::ProfileElement(package.elements[0]));
       }},
      {"S11_Error_MfLeftOut", "invalid-request-format", without("mf")},
      {"S12_Error_EndLeftOut", "invalid-request-format", without("end")},
      {"S13_Error_ElementAfterTheEnd", "invalid-request-format",
       [](ProfilePackage& package) {
         package.elements.push_back(saip::decode_element("BF2206A00481020309"_hex).value());
       },
       "0309"},
      {"S14_Error_IdentificationTwice", "invalid-request-format",
       [](ProfilePackage& package) {
         add(package, kUnknown);
         add(package, kUnknown);
       },
       "0309"},
      {"S15_Error_AkaBeforeAnyApplication", "invalid-request-format",
       [](ProfilePackage& package) {
         auto aka = element(package, "akaParameter");
         without("akaParameter")(package);
         auto usim = std::ranges::find(package.elements, "usim", &saip::ProfileElement::name);
         package.elements.insert(usim, std::move(aka));
       }},
      {"S16_Error_PinWithoutItsPuk", "bad-values", without("pukCodes")},
      {"S17_Error_KeyOf15Octets", "bad-values",
       [](ProfilePackage& package) {
         auto& aka = std::get<saip::AkaParameter>(element(package, "akaParameter").body);
         std::get<saip::AlgoParameter>(aka.algo_configuration).key.pop_back();
       }},
      encoded("S18_Error_PackageOfNothing", [](Bytes& package) { package.clear(); }),
      encoded("S19_Error_PackageOfNoElements", [](Bytes& package) { package.assign(500, 0x5A); }),
      encoded("S20_Error_PackageCutShort",
              [](Bytes& package) { package.resize(package.size() - 3); }),
      encoded("S21_Error_OctetsBehindTheEnd",
              [](Bytes& package) { rsp::append(package, Bytes(4, 0x00)); }),
  };
}

class TC_eUICC_ES8p_LoadProfileElementsPEErrorCases
    : public SessionCase,
      public ::testing::WithParamInterface<PackageFault> {};

TEST_P(TC_eUICC_ES8p_LoadProfileElementsPEErrorCases, Sequence) {
  const PackageFault& row = GetParam();
  auto package = made_package();
  row.change(package);
  auto plan = dp.plan(metadata_for(1), package_for(metadata_for(1)));
  Bytes octets = saip::encode_package(package);
  row.encoded(octets);
  plan.package = pieces(octets);
  if (plan.package.empty()) plan.package.emplace_back();
  auto segments = card.bind(dp, plan).segments();
  std::string answer = load(segments);

  auto result = rsp::asn1::decode<rsp::ProfileInstallationResult>(
      rsp::from_hex(answer.substr(0, answer.size() - 4)).value());
  ASSERT_TRUE(result) << answer;
  auto* error = std::get_if<rsp::ErrorResult>(&result->data.value.final_result);
  ASSERT_TRUE(error != nullptr && error->sima_response) << answer;
  // The text in it is ours; the rest is not.
  auto response = saip::decode_response(*error->sima_response).value();
  EXPECT_EQ(rsp::asn1::name_of(response.pe_status.back().status), row.status);
  EXPECT_TRUE(response.profile_installation_aborted);
  if (!row.identification.empty()) {
    EXPECT_EQ(response.pe_status.back().identification,
              rsp::big_endian(rsp::from_hex(row.identification).value()));
  }
  EXPECT_TRUE(is_result(
      card, answer,
      {.profile = 1,
       .final_result = error_result(kCommand, kPeProcessing, to_hex(*error->sima_response))}));
  EXPECT_EQ(text_of(card.euicc->memory()),
            "notification 1 loadProfileElements: installFailedDueToPEProcessingError\n"
            "next number 2, default SM-DP+ '', one-time key kept, load none\n");
  EXPECT_EQ(session_of(card), "none");
}

INSTANTIATE_TEST_SUITE_P(, TC_eUICC_ES8p_LoadProfileElementsPEErrorCases,
                         ::testing::ValuesIn(package_faults()), by_name());

}  // namespace
}  // namespace sgp23
