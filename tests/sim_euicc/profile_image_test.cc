// The image of a package that make_profile makes, and what an image says about its files.
#include "profile_image_test_support.h"

namespace sim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(MadeImage, BeginsWithTheMf) {
  ProfileImage image = install(made_package());
  EXPECT_EQ(image.files()[kMasterFile].type, FileType::kMf);
  EXPECT_EQ(image.files()[kMasterFile].id, 0x3F00);
  EXPECT_EQ(image.files()[kMasterFile].parent, kMasterFile);
}

TEST(MadeImage, HasDirectoriesBeforeWhatIsInThem) {
  ProfileImage image = install(made_package());
  for (std::size_t i = 1; i < image.files().size(); ++i) EXPECT_LT(image.files()[i].parent, i);
}

TEST(MadeImage, HasTheIccidAndTheImsi) {
  ProfileImage image = install(made_package());
  EXPECT_EQ(content_at(image, {0x2FE2}), "988803010000000010F3");
  EXPECT_EQ(content_at(image, {kUsim, kImsi}), "080910101032547698");
  EXPECT_EQ(to_hex(image.header_iccid()), "8988301000000000013F");
}

TEST(MadeImage, HasFilesOfAllElementsInOneApplication) {
  ProfileImage image = install(made_package());
  EXPECT_EQ(content_at(image, {kUsim, 0x6F56}), "00");                           // usim
  EXPECT_EQ(content_at(image, {kUsim, 0x6F40}).substr(20, 12), "0591942143F5");  // opt-usim
}

TEST(MadeImage, FillsEachRecordByItsPattern) {
  ProfileImage image = install(made_package());
  Bytes sms = image.content(at(image, {kUsim, 0x6F3C}));
  ASSERT_EQ(sms.size(), 1760U);
  for (std::size_t i = 0; i < sms.size(); ++i) EXPECT_EQ(sms[i], i % 176 == 0 ? 0x00 : 0xFF) << i;
}

TEST(MadeImage, HasTheUsimUnderItsAid) {
  ProfileImage image = install(made_package());
  FileIndex usim = at(image, {kUsim});
  EXPECT_EQ(image.files()[usim].type, FileType::kAdf);
  EXPECT_EQ(to_hex(image.aid(usim)), to_hex(rsp::saip::made_usim_aid()));
  EXPECT_EQ(to_hex(image.pin_status_template(usim)), "81010A");
  EXPECT_EQ(to_hex(image.pin_status_template(kMasterFile)), "010A");
}

TEST(MadeImage, HasTheKeysOfTheUsim) {
  ProfileImage image = install(made_package());
  ASSERT_EQ(image.akas().size(), 1U);
  const ImageAka& aka = image.akas()[0];
  EXPECT_EQ(aka.application, at(image, {kUsim}));
  EXPECT_EQ(aka.source, aka.application);
  const auto& algorithm = std::get<rsp::saip::AlgoParameter>(aka.parameter.algo_configuration);
  EXPECT_EQ(to_hex(algorithm.key), "465B5CE8B199B49FAA5F0A2EE238A6BC");
}

TEST(MadeImage, KeepsTheSecurityDomainAndTheRfms) {
  ProfileImage image = install(made_package());
  ASSERT_EQ(image.security_domains().size(), 1U);
  EXPECT_EQ(to_hex(image.security_domains()[0].instance.instance_aid), "A000000151000000");
  EXPECT_EQ(image.security_domains()[0].key_list->size(), 3U);
  ASSERT_EQ(image.rfms().size(), 2U);
  EXPECT_EQ(to_hex((*image.rfms()[0].tar_list)[0]), "B00120");
  EXPECT_EQ(to_hex((*image.rfms()[1].tar_list)[0]), "B00140");
  EXPECT_THAT(image.applications(), IsEmpty());
  EXPECT_THAT(image.cdma_parameters(), IsEmpty());
}

TEST(MadeImage, KeepsWhatItHasWhenThePackageIsOnlyItsOwn) {
  auto package = std::make_shared<const Bytes>(rsp::saip::encode_package(made_package()));
  ProfileImage image = ProfileImage::install(package, {}).value();
  package.reset();
  EXPECT_EQ(content_at(image, {kUsim, kImsi}), "080910101032547698");
}

TEST(MadeImage, MayBeMoved) {
  ProfileImage first = install(made_package());
  ProfileImage second = std::move(first);
  EXPECT_EQ(content_at(second, {kUsim, kImsi}), "080910101032547698");
  EXPECT_EQ(second.aid(at(second, {kUsim})).size(), 16U);
}

TEST(MadeImage, TakesLittleMemory) {
  ProfilePackage package = made_package();
  ProfileImage image = install(package);
  EXPECT_LT(image.heap_size(), 3000U);
  // Octets that the package has are not kept a second time: in 48,000 more there are 240 pieces.
  insert(package, "end", commands({transparent(0x2F50, 48000), Bytes(48000, 0x5A)}));
  EXPECT_LT(install(package).heap_size() - image.heap_size(), 300U);
}

// --- Questions to an image ---

TEST(ImagePath, HasFileIdsFromTheMfOn) {
  ProfileImage image = install(made_package());
  EXPECT_EQ(image.path(kMasterFile), "3F00");
  EXPECT_EQ(image.path(at(image, {kUsim, kImsi})), "3F007FD06F07");
}

TEST(ImageChild, IsNothingWhereThereIsNoSuchFile) {
  ProfileImage image = install(made_package());
  EXPECT_EQ(image.child(kMasterFile, 0x6F07), kNoFile);
  EXPECT_EQ(image.child(kMasterFile, 0x3F00), kNoFile);
  EXPECT_EQ(image.child(at(image, {kUsim}), 0x2FE2), kNoFile);
}

TEST(ImageContent, OfAPartIsThatPartOfTheWhole) {
  ProfileImage image = install(made_package());
  for (FileIndex file = 0; file < image.files().size(); ++file) {
    Bytes whole = image.content(file);
    for (std::size_t at = 0; at <= whole.size(); at += 7) {
      for (std::size_t count : {std::size_t{0}, std::size_t{1}, std::size_t{50}}) {
        std::size_t end = std::min(whole.size(), at + count);
        ASSERT_EQ(image.content(file, at, count),
                  Bytes(whole.begin() + static_cast<std::ptrdiff_t>(at),
                        whole.begin() + static_cast<std::ptrdiff_t>(end)))
            << image.path(file) << " " << at;
      }
    }
  }
}

TEST(ImageContent, EndsWithTheFile) {
  ProfileImage image = install(made_package());
  FileIndex imsi = at(image, {kUsim, kImsi});
  EXPECT_EQ(to_hex(image.content(imsi, 7, 10)), "7698");
  EXPECT_THAT(image.content(imsi, 9, 1), IsEmpty());
  EXPECT_THAT(image.content(imsi, 100, 1), IsEmpty());
}

TEST(ImageContent, OfADirectoryIsEmpty) {
  EXPECT_THAT(install(made_package()).content(kMasterFile), IsEmpty());
}

// --- PINs ---

std::vector<int> references(const PinSet& pins) {
  std::vector<int> list;
  for (const ImagePin& pin : pins) list.push_back(pin.reference);
  return list;
}

TEST(MadeImage, HasGlobalPinsInTheMfAndLocalOnesInTheUsim) {
  ProfileImage image = install(made_package());
  auto pins = [&](FileIndex file) {
    return references(image.pin_sets()[image.files()[file].pin_set]);
  };
  EXPECT_THAT(pins(kMasterFile), ElementsAre(1, 10));
  EXPECT_THAT(pins(at(image, {kUsim})), ElementsAre(129));
}

TEST(MadeImage, HasPinsWithTheirStartValues) {
  ProfileImage image = install(made_package());
  const ImagePin& pin = image.pin_sets()[image.files()[kMasterFile].pin_set][0];
  EXPECT_EQ(to_hex(pin.value), "30303030FFFFFFFF");
  EXPECT_EQ(pin.puk, 1);
  EXPECT_EQ(pin.attributes, 6);
  EXPECT_EQ(pin.max_attempts, 3);
  EXPECT_EQ(pin.attempts_left, 3);
  ASSERT_EQ(image.puks().size(), 2U);
  EXPECT_EQ(to_hex(image.puks()[1].value), "3232323232323232");
  EXPECT_EQ(image.puks()[1].reference, 129);
  EXPECT_EQ(image.puks()[1].max_attempts, 10);
}

}  // namespace
}  // namespace sim::testing
