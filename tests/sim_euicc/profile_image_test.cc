// An image of a package that rsp::saip::make_profile makes: files, PINs, keys.
#include <gmock/gmock.h>

#include "rsp/base/hex.h"
#include "rsp/saip/profile_maker.h"
#include "sim_euicc/profile_image.h"

namespace sim {
namespace {

using rsp::operator""_hex;

rsp::saip::ProfileParameters parameters() {
  rsp::saip::ProfileParameters p;
  p.iccid_digits = "8988301000000000013";
  p.imsi = "001010123456789";
  p.msisdn = "+4912345";
  return p;
}
ProfileImage made_image() {
  auto package = std::make_shared<const rsp::Bytes>(rsp::saip::make_profile(parameters()).value());
  return ProfileImage::install(package, {}).value();
}
FileIndex at(const ProfileImage& image, std::initializer_list<std::uint16_t> path) {
  FileIndex file = kMasterFile;
  for (std::uint16_t id : path) file = image.child(file, id);
  return file;
}

TEST(MadeImage, BeginsWithTheMf) {
  ProfileImage image = made_image();
  EXPECT_EQ(image.files()[kMasterFile].type, FileType::kMf);
  EXPECT_EQ(image.files()[kMasterFile].id, 0x3F00);
}

TEST(MadeImage, HasTheImsiInTheUsim) {
  ProfileImage image = made_image();
  FileIndex imsi = at(image, {0x7FD0, 0x6F07});
  ASSERT_NE(imsi, kNoFile);
  EXPECT_EQ(image.content(imsi), "080910101032547698"_hex);
  EXPECT_EQ(image.path(imsi), "3F007FD06F07");
}

TEST(MadeImage, HasTheKeysOfTheUsim) {
  ProfileImage image = made_image();
  ASSERT_EQ(image.akas().size(), 1U);
  EXPECT_TRUE(rsp::equal(image.aid(image.akas()[0].application), rsp::saip::made_usim_aid()));
}

}  // namespace
}  // namespace sim
