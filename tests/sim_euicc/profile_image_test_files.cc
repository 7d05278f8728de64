// How files come to be: by template, by descriptor and by fills (TCA IP 8.3; E.3 and E.6), one test
// a rule.
#include "profile_image_test_support.h"

namespace sim::testing {
namespace {

using rsp::saip::FilePath;
using rsp::saip::layout_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// A made package whose mf has another file in the place of this one.
ProfilePackage with_mf_file(std::string_view member, File file) {
  ProfilePackage package = made_package();
  files(package, "mf").file(member) = std::move(file);
  return package;
}
ProfilePackage with_usim_file(std::string_view member, File file) {
  ProfilePackage package = made_package();
  files(package, "usim").file(member) = std::move(file);
  return package;
}
ProfilePackage without_usim_file(std::string_view member) {
  ProfilePackage package = made_package();
  FilePe& pe = files(package, "usim");
  pe.files[*pe.layout->member_index(member)].reset();
  return package;
}
/// Commands that come before the end of a made package.
ProfilePackage with_commands(std::vector<rsp::saip::FileCommand> list) {
  ProfilePackage package = made_package();
  insert(package, "end", commands(std::move(list)));
  return package;
}
FilePe telecom() {
  FilePe pe(*layout_of("telecom"));
  Fcp df;
  df.pin_status_template_do = Bytes{0x01};
  pe.file("df-telecom") = {df};
  return pe;
}
Fcp sized(std::size_t size) {
  Fcp fcp;
  fcp.ef_file_size = Bytes{static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  return fcp;
}
Fcp with_pins() {
  Fcp fcp;
  fcp.pin_status_template_do = Bytes{0x01};
  return fcp;
}

// --- E.3: which files of a template exist ---

TEST(TemplateFiles, ExistWithoutBeingMentionedWhereTheyAreCreatedByDefault) {
  ProfileImage image = install(without_usim_file("ef-loci"));
  const ImageFile& loci = file_at(image, {kUsim, 0x6F7E});
  EXPECT_EQ(loci.type, FileType::kTransparent);
  EXPECT_EQ(loci.size, 11U);
  EXPECT_EQ(loci.sfi, 0x0B);
  EXPECT_EQ(loci.arr_file, 0x6F06);
  EXPECT_EQ(loci.arr_record, 5);
  EXPECT_EQ(loci.special_file_information, 0x80);
  EXPECT_EQ(loci.lcsi, 0x05);
  EXPECT_EQ(content_at(image, {kUsim, 0x6F7E}), "FFFFFFFFFFFFFF0000FF01");
}

TEST(TemplateFiles, ExistAsInTheTemplateWhereTheyAreMentionedAndNoMoreIsSaid) {
  ProfileImage image = install(with_usim_file("ef-fdn", {}));
  const ImageFile& fdn = file_at(image, {kUsim, 0x6F3B});
  EXPECT_EQ(fdn.type, FileType::kLinearFixed);
  EXPECT_EQ(fdn.record_length, 26);
  EXPECT_EQ(fdn.size, 520U);
}

TEST(TemplateFiles, DoNotExistWhereThePackageSaysDoNotCreate) {
  ProfileImage image = install(with_usim_file("ef-loci", {rsp::asn1::Null{}}));
  EXPECT_EQ(content_at(image, {kUsim, 0x6F7E}), "no file");
}

TEST(TemplateFiles, ExistInTheMfWhateverThePackageSays) {
  ProfileImage image = install(with_mf_file("ef-umpc", {rsp::asn1::Null{}}));
  EXPECT_EQ(content_at(image, {0x2F08}), "FFFFFFFFFF");
}

TEST(TemplateFiles, ExistOnlyWhenPresentWhereTheTemplateIsNotCreatedByDefault) {
  ProfilePackage package = made_package();
  FilePe pe = telecom();
  pe.file("ef-ice-dn") = {};
  insert(package, "usim", pe);
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {0x7F10, 0x6FE0}).size, 1200U);
  EXPECT_EQ(content_at(image, {0x7F10, 0x6F06}), "no file");
  EXPECT_EQ(content_at(image, {0x7F10, 0x5F50}), "no file");
}

TEST(TemplateFiles, HaveNoDoNotCreateWhereTheTemplateIsNotCreatedByDefault) {
  ProfilePackage package = made_package();
  FilePe pe = telecom();
  pe.file("ef-ice-dn") = {rsp::asn1::Null{}};
  insert(package, "usim", pe);
  EXPECT_THAT(outcome(package), StartsWith("invalid-parameter"));
}

TEST(TemplateFiles, NeedTheirDirectory) {
  ProfilePackage package = made_package();
  FilePe pe = telecom();
  pe.file("ef-img") = {
      rsp::saip::linear_fixed_ef(rsp::saip::ArrLevel::kAdf, {.id = 0x4F20}, 10, 1)};
  insert(package, "usim", pe);
  EXPECT_THAT(outcome(package), HasSubstr("ef-img: df-graphics is not created"));
  files(package, "telecom").file("df-graphics") = {with_pins()};
  EXPECT_EQ(content_at(install(package), {0x7F10, 0x5F50, 0x4F20}), "00FFFFFFFFFFFFFFFFFF");
}

TEST(TemplateFiles, OfAnApplicationNeedTheApplication) {
  EXPECT_THAT(outcome(with_usim_file("adf-usim", {rsp::asn1::Null{}})),
              StartsWith("invalid-request-format in 4: usim: adf-usim: "));
}

TEST(TemplateFiles, FollowTheVersionOfTheTemplate) {
  auto size_of_ust = [](std::string_view version) {
    ProfilePackage package = with_usim_file("ef-ust", {});
    files(package, "usim").template_id = *rsp::asn1::oid_from_text(version);
    return file_at(install(package), {kUsim, kUst}).size;
  };
  EXPECT_EQ(size_of_ust("2.23.143.1.2.4"), 14U);
  EXPECT_EQ(size_of_ust("2.23.143.1.2.4.2"), 17U);
}

TEST(TemplateFiles, WithNumbersTakeTheirIdFromThePackage) {
  ProfilePackage package = made_package();
  FilePe pe = telecom();
  pe.file("df-graphics") = {with_pins()};
  Fcp icon = sized(3);
  icon.file_id = rsp::Octets<2>{0x4F, 0x83};
  pe.file("ef-icon") = {icon, "010203"_hex};
  insert(package, "usim", pe);
  EXPECT_EQ(content_at(install(package), {0x7F10, 0x5F50, 0x4F83}), "010203");
}

TEST(TemplateFiles, WithNumbersAreAsManyAsThereAreDescriptors) {
  ProfilePackage package = made_package();
  FilePe pe = telecom();
  pe.file("df-graphics") = {with_pins()};
  Fcp first = sized(1), second = sized(2);
  second.file_id = rsp::Octets<2>{0x4F, 0x81};
  pe.file("ef-icon") = {first, "01"_hex, second, "0203"_hex};
  insert(package, "usim", pe);
  ProfileImage image = install(package);
  EXPECT_EQ(content_at(image, {0x7F10, 0x5F50, 0x4F80}), "01");
  EXPECT_EQ(content_at(image, {0x7F10, 0x5F50, 0x4F81}), "0203");
}

TEST(TemplateFiles, WithoutNumbersHaveOneDescriptor) {
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {Fcp{}, Fcp{}})), StartsWith("invalid-request-format"));
}

TEST(TemplateFiles, AreDescribedBeforeTheyAreFilled) {
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {"FFFF"_hex, Fcp{}})),
              StartsWith("invalid-request-format"));
}

TEST(TemplateFiles, NeedWhatTheTemplateLeavesOpen) {
  EXPECT_EQ(outcome(with_mf_file("ef-dir", {})),
            "invalid-parameter in 1: mf: ef-dir: the file has no record length");
  Fcp record;
  record.file_descriptor = Bytes{0x42, 0x21, 0x00, 0x20};
  EXPECT_EQ(outcome(with_mf_file("ef-dir", {record})),
            "invalid-parameter in 1: mf: ef-dir: the file has no efFileSize");
  EXPECT_EQ(outcome(with_usim_file("adf-usim", {with_pins()})),
            "invalid-parameter in 4: usim: adf-usim: the file has no fileID");
}

// --- E.6: descriptors ---

TEST(Descriptor, OverridesTheSizeOfTheTemplate) {
  EXPECT_EQ(content_at(install(with_mf_file("ef-pl", {sized(5)})), {0x2F05}), "FFFFFFFFFF");
}

TEST(Descriptor, OverridesRecordLengthAndKeepsTheNumberOfRecords) {
  Fcp record;
  record.file_descriptor = Bytes{0x42, 0x21, 0x00, 0x20};
  const ImageFile fdn = file_at(install(with_usim_file("ef-fdn", {record})), {kUsim, 0x6F3B});
  EXPECT_EQ(fdn.record_length, 32);
  EXPECT_EQ(fdn.size, 640U);
}

TEST(Descriptor, OverridesTheNumberOfRecordsByTheSize) {
  const ImageFile fdn = file_at(install(with_usim_file("ef-fdn", {sized(52)})), {kUsim, 0x6F3B});
  EXPECT_EQ(fdn.record_length, 26);
  EXPECT_EQ(fdn.size, 52U);
}

TEST(Descriptor, HasAWholeNumberOfRecords) {
  EXPECT_THAT(outcome(with_usim_file("ef-fdn", {sized(27)})),
              StartsWith("bad-values in 4: usim: ef-fdn: 27 octets are no"));
}

TEST(Descriptor, HasAtMost254Records) {
  ProfilePackage package = with_usim_file("ef-smss", {});
  Fcp many = rsp::saip::linear_fixed_ef(rsp::saip::ArrLevel::kMf, {.id = 0x2F40}, 1, 254);
  insert(package, "end", commands({many}));
  EXPECT_EQ(outcome(package), "installed");
  many.ef_file_size = Bytes{0xFF};
  body<rsp::saip::GenericFileManagement>(package, "genericFileManagement")
      .file_management_cmd[0] = {many};
  EXPECT_THAT(outcome(package), HasSubstr("255 octets are no 1 to 254 records of 1"));
}

TEST(Descriptor, MayHaveASizeWithZerosBeforeIt) {
  Fcp fcp;
  fcp.ef_file_size = "000000000003"_hex;
  EXPECT_EQ(content_at(install(with_mf_file("ef-pl", {fcp})), {0x2F05}), "FFFFFF");
}

TEST(Descriptor, HasASizeThatAFileCanHave) {
  Fcp fcp;
  fcp.ef_file_size = Bytes{0x00};
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("bad-values"));
  fcp.ef_file_size = Bytes{};
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("bad-values"));
  fcp.ef_file_size = "0100000000"_hex;
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("not-enough-memory"));
}

TEST(Descriptor, HasAType) {
  auto type = [](std::uint8_t octet) {
    Fcp fcp = transparent(0x2F40, 4);
    fcp.file_descriptor = Bytes{octet, 0x21, 0x00, 0x02};
    ProfilePackage package = made_package();
    insert(package, "end", commands({fcp}));
    auto image = try_install(package);
    return image ? static_cast<int>(file_at(*image, {0x2F40}).type) : -1;
  };
  EXPECT_EQ(type(0x41), static_cast<int>(FileType::kTransparent));
  EXPECT_EQ(type(0x01), static_cast<int>(FileType::kTransparent));
  EXPECT_EQ(type(0x49), static_cast<int>(FileType::kTransparent));  // internal
  EXPECT_EQ(type(0x42), static_cast<int>(FileType::kLinearFixed));
  EXPECT_EQ(type(0x46), static_cast<int>(FileType::kCyclic));
  EXPECT_EQ(type(0x79), static_cast<int>(FileType::kBerTlv));
  for (std::uint8_t none : {0x00, 0x40, 0x43, 0x44, 0x7A, 0xC1}) EXPECT_EQ(type(none), -1);
}

TEST(Descriptor, DoesNotTurnAnEfIntoADirectory) {
  Fcp fcp;
  fcp.file_descriptor = Bytes{0x78, 0x21};
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("bad-values"));
  fcp.file_descriptor = Bytes{0x41, 0x21};
  fcp.pin_status_template_do = Bytes{0x01};
  EXPECT_THAT(outcome(with_mf_file("mf", {fcp})), StartsWith("bad-values"));
}

TEST(Descriptor, HasNoReservedFileId) {
  for (std::uint16_t id : {0x3F00, 0x3FFF, 0x7FFF, 0xFFFF}) {
    EXPECT_THAT(outcome(with_commands({transparent(id, 1)})), StartsWith("bad-values")) << id;
  }
}

TEST(Descriptor, HasAFileIdThatIsNewInItsDirectory) {
  EXPECT_EQ(
      outcome(with_commands({transparent(0x2FE2, 1)})),
      "bad-values in 912: genericFileManagement: there is a second file 2FE2 in one directory");
  EXPECT_EQ(outcome(with_commands({FilePath("7FD0"_hex), transparent(0x2FE2, 1)})), "installed");
}

TEST(Descriptor, OfADirectoryHasAPinStatusTemplateAndNothingOfAnEf) {
  EXPECT_THAT(
      outcome(with_mf_file("mf", {Fcp{}})),
      HasSubstr("invalid-parameter in 1: mf: mf: the directory has no pinStatusTemplateDO"));
  Fcp fcp = with_pins();
  fcp.short_ef_id = Bytes{};
  EXPECT_THAT(outcome(with_mf_file("mf", {fcp})), StartsWith("invalid-parameter"));
  fcp = with_pins();
  fcp.ef_file_size = Bytes{0x01};
  EXPECT_THAT(outcome(with_mf_file("mf", {fcp})), StartsWith("invalid-parameter"));
  fcp = with_pins();
  fcp.df_name = rsp::saip::made_usim_aid();
  EXPECT_THAT(outcome(with_mf_file("mf", {fcp})), StartsWith("invalid-parameter"));
}

TEST(Descriptor, OfAnEfHasNothingOfADirectory) {
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {with_pins()})), StartsWith("invalid-parameter"));
}

TEST(Descriptor, OfAnApplicationHasAName) {
  ProfilePackage package = made_package();
  descriptor(files(package, "usim").file("adf-usim")).df_name.reset();
  EXPECT_THAT(outcome(package), HasSubstr("adf-usim: the ADF has no dfName"));
}

TEST(Descriptor, MayLeaveTheFileInactive) {
  Fcp fcp = transparent(0x2F40, 1);
  fcp.lcsi = {0x04};
  EXPECT_EQ(file_at(install(with_commands({fcp})), {0x2F40}).lcsi, 0x04);
}

// --- Short file identifiers ---

std::uint8_t sfi_of_pl(std::optional<Bytes> octets) {
  Fcp fcp;
  if (octets) fcp.short_ef_id = *octets;
  return file_at(install(with_mf_file("ef-pl", {fcp})), {0x2F05}).sfi;
}

TEST(ShortFileIdentifier, IsInTheUpperFiveBits) { EXPECT_EQ(sfi_of_pl(Bytes{0xF0}), 30); }
TEST(ShortFileIdentifier, IsNoneWhereItHasNoOctets) { EXPECT_EQ(sfi_of_pl(Bytes{}), 0); }
TEST(ShortFileIdentifier, IsTheTemplatesWhereNothingIsSaid) {
  EXPECT_EQ(sfi_of_pl(std::nullopt), 5);
}
TEST(ShortFileIdentifier, IsFromTheFileIdWithoutATemplate) {
  EXPECT_EQ(file_at(install(with_commands({transparent(0x2F47, 1)})), {0x2F47}).sfi, 0x07);
  EXPECT_EQ(file_at(install(with_commands({transparent(0x2F40, 1)})), {0x2F40}).sfi, 0);
  EXPECT_EQ(file_at(install(with_commands({transparent(0x2F5F, 1)})), {0x2F5F}).sfi, 0);
}
TEST(ShortFileIdentifier, IsFrom1To30WithZerosBehindIt) {
  for (std::uint8_t octet : {0x00, 0xF8, 0x29}) {
    Fcp fcp;
    fcp.short_ef_id = Bytes{octet};
    EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("bad-values")) << int{octet};
  }
}

// --- Access rules ---

TEST(AccessRule, OfARecordAloneIsIn2F06InAndDirectlyUnderTheMf) {
  ProfilePackage package = made_package();
  descriptor(files(package, "mf").file("mf")).security_attributes_referenced = Bytes{0x03};
  descriptor(files(package, "mf").file("ef-pl")).security_attributes_referenced = Bytes{0x04};
  descriptor(files(package, "usim").file("adf-usim")).security_attributes_referenced = Bytes{0x02};
  ProfileImage image = install(package);
  EXPECT_EQ(image.files()[kMasterFile].arr_file, 0x2F06);
  EXPECT_EQ(image.files()[kMasterFile].arr_record, 3);
  EXPECT_EQ(file_at(image, {0x2F05}).arr_file, 0x2F06);
  EXPECT_EQ(file_at(image, {0x2F05}).arr_record, 4);
  EXPECT_EQ(file_at(image, {kUsim}).arr_file, 0x2F06);
}

TEST(AccessRule, OfARecordAloneIsIn6F06EverywhereElse) {
  ProfilePackage package = with_commands({FilePath("7FD0"_hex), directory(0x5F70)});
  descriptor(files(package, "usim").file("ef-imsi")).security_attributes_referenced = Bytes{0x02};
  ProfileImage image = install(package);
  EXPECT_EQ(file_at(image, {kUsim, kImsi}).arr_file, 0x6F06);
  EXPECT_EQ(file_at(image, {kUsim, 0x5F70}).arr_file, 0x6F06);
}

TEST(AccessRule, MayNameItsFile) {
  Fcp fcp;
  fcp.security_attributes_referenced = "6F0609"_hex;
  const ImageFile file = file_at(install(with_mf_file("ef-pl", {fcp})), {0x2F05});
  EXPECT_EQ(file.arr_file, 0x6F06);
  EXPECT_EQ(file.arr_record, 9);
}

TEST(AccessRule, HasOneOctetOrThree) {
  Fcp fcp;
  fcp.security_attributes_referenced = "0609"_hex;
  EXPECT_THAT(outcome(with_mf_file("ef-pl", {fcp})), StartsWith("bad-values"));
}

TEST(AccessRule, IsNoneWhereNeitherTemplateNorDescriptorHasOne) {
  Fcp fcp = transparent(0x2F40, 1);
  fcp.security_attributes_referenced.reset();
  EXPECT_EQ(file_at(install(with_commands({fcp})), {0x2F40}).arr_record, 0);
}

// --- Proprietary information ---

Fcp with_info(rsp::saip::ProprietaryInfo info, std::size_t size = 8) {
  Fcp fcp = sized(size);
  fcp.proprietary_ef_info = std::move(info);
  return fcp;
}
std::string pl_with(rsp::saip::ProprietaryInfo info, File fills = {}) {
  fills.insert(fills.begin(), with_info(std::move(info)));
  return content_at(install(with_mf_file("ef-pl", fills)), {0x2F05});
}

TEST(Pattern, OfAFillGoesOnWithItsLastOctet) {
  EXPECT_EQ(pl_with({.fill_pattern = "656E00"_hex}), "656E000000000000");
}
TEST(Pattern, ThatIsRepeatedGoesOnFromItsBeginning) {
  EXPECT_EQ(pl_with({.repeat_pattern = "656E00"_hex}), "656E00656E00656E");
}
TEST(Pattern, ThatIsLongerThanTheFileIsCut) {
  EXPECT_EQ(pl_with({.fill_pattern = Bytes(200, 0x11)}), "1111111111111111");
}
TEST(Pattern, StaysWhereNothingIsFilled) {
  EXPECT_EQ(pl_with({.repeat_pattern = "00"_hex}, {std::uint16_t{2}, "AABB"_hex}),
            "0000AABB00000000");
}
TEST(Pattern, BeginsAgainWithEachRecord) {
  Fcp fcp = rsp::saip::linear_fixed_ef(rsp::saip::ArrLevel::kMf, {.id = 0x2F40}, 3, 2);
  fcp.proprietary_ef_info = rsp::saip::ProprietaryInfo{.repeat_pattern = "0102"_hex};
  EXPECT_EQ(content_at(install(with_commands({fcp})), {0x2F40}), "010201010201");
  fcp.proprietary_ef_info = rsp::saip::ProprietaryInfo{.fill_pattern = "0102"_hex};
  EXPECT_EQ(content_at(install(with_commands({fcp})), {0x2F40}), "010202010202");
}
TEST(Pattern, IsOnlyOneOfTheTwo) {
  EXPECT_THAT(outcome(with_mf_file(
                  "ef-pl", {with_info({.fill_pattern = "00"_hex, .repeat_pattern = "00"_hex})})),
              StartsWith("invalid-parameter"));
}
TEST(Pattern, OfTheTemplateStaysWhereThePackageHasNone) {
  ProfileImage image = install(with_usim_file("ef-loci", {std::uint16_t{4}, "010203"_hex}));
  EXPECT_EQ(content_at(image, {kUsim, 0x6F7E}), "FFFFFFFF0102030000FF01");
}
TEST(Pattern, OfTheTemplateIsAsLongAsTheFileIs) {
  Fcp nine = sized(9);
  EXPECT_EQ(content_at(install(with_usim_file("ef-loci", {nine})), {kUsim, 0x6F7E}),
            "FFFFFFFFFF0000FF01");
}

TEST(SpecialFileInformation, IsThePackagesWhereItHasAny) {
  auto of_loci = [](File file) {
    return file_at(install(with_usim_file("ef-loci", std::move(file))), {kUsim, 0x6F7E})
        .special_file_information;
  };
  EXPECT_EQ(of_loci({}), 0x80);
  Fcp fcp;
  fcp.proprietary_ef_info.emplace().special_file_information = {0x40};
  EXPECT_EQ(of_loci({fcp}), 0x40);
  fcp.proprietary_ef_info = rsp::saip::ProprietaryInfo{};
  EXPECT_EQ(of_loci({fcp}), 0x00);
}

TEST(BerTlvFile, HoldsWhatHasBeenFilledAndNoMore) {
  Fcp fcp = transparent(0x2F40, 16);
  fcp.file_descriptor = Bytes{0x79, 0x21};
  EXPECT_EQ(content_at(install(with_commands({fcp})), {0x2F40}), "");
  ProfileImage image = install(with_commands({fcp, "8001AA"_hex, "8101BB"_hex}));
  EXPECT_EQ(content_at(image, {0x2F40}), "8001AA8101BB");
  EXPECT_EQ(file_at(image, {0x2F40}).size, 16U);
}

TEST(BerTlvFile, HasItsLargestSizeFromTheProprietaryInformation) {
  Fcp fcp = transparent(0x2F40, 16);
  fcp.file_descriptor = Bytes{0x79, 0x21};
  fcp.proprietary_ef_info.emplace().maximum_file_size = "0100"_hex;
  EXPECT_EQ(file_at(install(with_commands({fcp})), {0x2F40}).size, 256U);
}

TEST(BerTlvFile, IsAServiceThatTheCardMustOffer) {
  Fcp fcp = transparent(0x2F40, 16);
  fcp.file_descriptor = Bytes{0x79, 0x21};
  CardFeatures features;
  features.services.remove(Service::kBerTlv);
  EXPECT_EQ(
      outcome(with_commands({fcp}), features),
      "feature-not-supported in 912: genericFileManagement: the service ber-tlv is not offered");
}

// --- Fills ---

TEST(Fill, MovesThePositionOn) {
  ProfileImage image = install(
      with_mf_file("ef-umpc", {"01"_hex, std::uint16_t{1}, "02"_hex, std::uint16_t{1}, "03"_hex}));
  EXPECT_EQ(content_at(image, {0x2F08}), "01FF02FF03");
}
TEST(Fill, HasOffsetsThatAddUp) {
  ProfileImage image =
      install(with_mf_file("ef-umpc", {std::uint16_t{1}, std::uint16_t{2}, "03"_hex}));
  EXPECT_EQ(content_at(image, {0x2F08}), "FFFFFF03FF");
}
TEST(Fill, StaysWithinTheFile) {
  EXPECT_EQ(outcome(with_mf_file("ef-umpc", {"010203040506"_hex})),
            "bad-values in 1: mf: ef-umpc: 6 octets at 0 do not fit into the 5 of 2F08");
  EXPECT_THAT(outcome(with_mf_file("ef-umpc", {std::uint16_t{5}, "01"_hex})),
              StartsWith("bad-values"));
  EXPECT_EQ(outcome(with_mf_file("ef-umpc", {std::uint16_t{4}, "01"_hex})), "installed");
}
TEST(Fill, MayBeEmpty) { EXPECT_EQ(outcome(with_mf_file("ef-umpc", {Bytes{}})), "installed"); }
TEST(Fill, IsForEfsOnly) {
  EXPECT_THAT(outcome(with_mf_file("mf", {with_pins(), "00"_hex})),
              StartsWith("invalid-request-format"));
}
TEST(Fill, MayBeLargerThan64Kilobytes) {
  Bytes octets(70000);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i * i / 7);
  Fcp fcp = transparent(0x2F40, 1);
  fcp.ef_file_size = "011170"_hex;
  ProfileImage image = install(with_commands({fcp, octets}));
  EXPECT_EQ(image.content(at(image, {0x2F40})), octets);
}

// --- Links ---

Fcp linked(std::uint16_t id, Bytes path) {
  Fcp fcp = transparent(id, 1);
  fcp.ef_file_size.reset();
  fcp.link_path = std::move(path);
  return fcp;
}

TEST(Link, HasTheContentSizeAndTypeOfTheOtherFile) {
  ProfileImage image = install(with_commands({linked(0x2F40, "7FD06F3B"_hex)}));
  const ImageFile& link = file_at(image, {0x2F40});
  EXPECT_EQ(link.link, at(image, {kUsim, 0x6F3B}));
  EXPECT_EQ(link.type, FileType::kLinearFixed);
  EXPECT_EQ(link.record_length, 26);
  EXPECT_EQ(link.size, 260U);
  EXPECT_EQ(content_at(image, {0x2F40}), content_at(image, {kUsim, 0x6F3B}));
}

TEST(Link, MayBeInATemplate) {
  ProfilePackage package = made_package();
  Fcp fcp;
  fcp.link_path = "2F05"_hex;
  files(package, "opt-usim").file("ef-li") = {fcp};
  EXPECT_EQ(content_at(install(package), {kUsim, 0x6F05}), "FFFF");
}

TEST(Link, ToALinkLeadsToTheFileItself) {
  ProfileImage image =
      install(with_commands({linked(0x2F40, "7FD06F07"_hex), linked(0x2F41, "2F40"_hex)}));
  EXPECT_EQ(file_at(image, {0x2F41}).link, at(image, {kUsim, kImsi}));
}

TEST(Link, WithAnEmptyPathIsAFileOfItsOwn) {
  ProfilePackage package = made_package();
  Fcp fcp;
  fcp.link_path = Bytes{};
  files(package, "opt-usim").file("ef-li") = {fcp};
  EXPECT_EQ(content_at(install(package), {kUsim, 0x6F05}), "FFFFFFFFFFFF");
}

TEST(Link, LeadsToAFileThatIsThere) {
  EXPECT_THAT(outcome(with_commands({linked(0x2F40, "7FD06F99"_hex)})),
              HasSubstr("a path leads to 6F99, which is not there"));
  EXPECT_THAT(outcome(with_commands({linked(0x2F40, "7FD06F076F07"_hex)})),
              StartsWith("bad-values"));
  EXPECT_THAT(outcome(with_commands({linked(0x2F40, "7FD06F"_hex)})), StartsWith("bad-values"));
}

TEST(Link, HasNoSizeAndIsNotFilled) {
  Fcp fcp = linked(0x2F40, "2F05"_hex);
  EXPECT_THAT(outcome(with_commands({fcp, "00"_hex})), StartsWith("invalid-request-format"));
  fcp.ef_file_size = Bytes{0x02};
  EXPECT_THAT(outcome(with_commands({fcp})), StartsWith("invalid-parameter"));
}

Fcp linked_directory(std::uint16_t id, Bytes path) {
  Fcp fcp = directory(id);
  fcp.link_path = std::move(path);
  return fcp;
}

TEST(Link, OfADirectoryHasTheFilesOfTheOtherOne) {
  ProfileImage image = install(with_commands({directory(0x7F66), transparent(0x4F01, 2), "0102"_hex,
                                              FilePath{}, linked_directory(0x7F67, "7F66"_hex)}));
  EXPECT_EQ(content_at(image, {0x7F67, 0x4F01}), "0102");
  EXPECT_EQ(image.path(at(image, {0x7F67, 0x4F01})), "3F007F664F01");
}

TEST(Link, OfADirectoryIsAServiceThatTheCardMustOffer) {
  ProfilePackage package =
      with_commands({directory(0x7F66), FilePath{}, linked_directory(0x7F67, "7F66"_hex)});
  CardFeatures features;
  features.services.remove(Service::kDfLink);
  EXPECT_THAT(outcome(package, features), StartsWith("feature-not-supported"));
}

TEST(Link, OfADirectoryLeadsToADirectoryThatItIsNotIn) {
  EXPECT_THAT(outcome(with_commands({linked_directory(0x7F67, "2F05"_hex)})),
              StartsWith("bad-values"));
  EXPECT_THAT(outcome(with_commands({directory(0x7F66), linked_directory(0x5F01, "7F66"_hex)})),
              HasSubstr("a DF is linked to a directory that it is in"));
}

TEST(Link, OfADirectoryGetsNoFilesOfItsOwn) {
  EXPECT_THAT(
      outcome(with_commands({directory(0x7F66), FilePath{}, linked_directory(0x7F67, "7F66"_hex),
                             transparent(0x4F01, 1)})),
      StartsWith("bad-values"));
}

// --- Generic file management ---

TEST(FileManagement, BeginsInTheMf) {
  EXPECT_EQ(content_at(install(with_commands({transparent(0x2F40, 1), "AA"_hex})), {0x2F40}), "AA");
}

TEST(FileManagement, CreatesInTheDirectoryThatAPathNames) {
  ProfileImage image =
      install(with_commands({FilePath("7FD0"_hex), transparent(0x6FF0, 2), "AABB"_hex}));
  EXPECT_EQ(content_at(image, {kUsim, 0x6FF0}), "AABB");
}

TEST(FileManagement, GoesBackToTheMfByAnEmptyPath) {
  ProfileImage image =
      install(with_commands({FilePath("7FD0"_hex), FilePath{}, transparent(0x2F40, 1)}));
  EXPECT_EQ(content_at(image, {0x2F40}), "FF");
}

TEST(FileManagement, SelectsADirectoryThatItCreates) {
  ProfileImage image =
      install(with_commands({directory(0x7F66), directory(0x5F40), transparent(0x4F40, 1)}));
  EXPECT_EQ(content_at(image, {0x7F66, 0x5F40, 0x4F40}), "FF");
}

TEST(FileManagement, FillsAFileThatAPathNames) {
  ProfileImage image = install(with_commands({FilePath("2F08"_hex), std::uint16_t{1}, "AB"_hex}));
  EXPECT_EQ(content_at(image, {0x2F08}), "3CAB000000");
}

TEST(FileManagement, CreatesBesideAFileThatAPathNames) {
  ProfileImage image = install(with_commands({FilePath("7FD06F07"_hex), transparent(0x6FF0, 1)}));
  EXPECT_EQ(content_at(image, {kUsim, 0x6FF0}), "FF");
}

TEST(FileManagement, BeginsAnewWithEachListOfCommands) {
  ProfilePackage package = with_commands({FilePath("7FD0"_hex)});
  auto& lists =
      body<rsp::saip::GenericFileManagement>(package, "genericFileManagement").file_management_cmd;
  lists.push_back({transparent(0x2F40, 1)});
  EXPECT_EQ(content_at(install(package), {0x2F40}), "FF");
}

TEST(FileManagement, CreatesApplications) {
  Fcp adf = directory(0x7FE0);
  adf.df_name = "A0000000871004FF01FF0189"_hex;
  ProfileImage image = install(with_commands({adf}));
  EXPECT_EQ(file_at(image, {0x7FE0}).type, FileType::kAdf);
  EXPECT_EQ(to_hex(image.aid(at(image, {0x7FE0}))), "A0000000871004FF01FF0189");
  adf.df_name = rsp::saip::made_usim_aid();
  EXPECT_THAT(outcome(with_commands({adf})), HasSubstr("a second ADF with the same dfName"));
}

TEST(FileManagement, NeedsAWholeDescriptor) {
  Fcp fcp = transparent(0x2F40, 1);
  fcp.file_descriptor.reset();
  EXPECT_THAT(outcome(with_commands({fcp})), HasSubstr("createFCP has no fileDescriptor"));
  fcp = transparent(0x2F40, 1);
  fcp.file_id.reset();
  EXPECT_THAT(outcome(with_commands({fcp})), HasSubstr("the file has no fileID"));
  fcp = transparent(0x2F40, 1);
  fcp.ef_file_size.reset();
  EXPECT_THAT(outcome(with_commands({fcp})), HasSubstr("the file has no efFileSize"));
}

TEST(FileManagement, FillsOnlyWhereAFileIsSelected) {
  EXPECT_THAT(outcome(with_commands({"AA"_hex})), StartsWith("invalid-request-format"));
  EXPECT_THAT(outcome(with_commands({std::uint16_t{1}})), StartsWith("invalid-request-format"));
  EXPECT_THAT(outcome(with_commands({directory(0x7F66), "AA"_hex})),
              StartsWith("invalid-request-format"));
}

TEST(FileManagement, HasPathsThatLeadSomewhere) {
  for (const char* path : {"7F99", "7FFF", "7F", "7FD06F99", "2F056F07"}) {
    EXPECT_THAT(outcome(with_commands({FilePath(*rsp::from_hex(path))})), StartsWith("bad-values"))
        << path;
  }
}

}  // namespace
}  // namespace sim::testing
