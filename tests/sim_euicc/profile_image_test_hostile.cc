// Packages that mean harm, or were damaged on their way: nothing crashes, hangs or grows.
#include <random>

#include "profile_image_test_support.h"

namespace sim::testing {
namespace {

using rsp::saip::FileCommand;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Asks an image everything that may be asked, whatever it was made of.
std::size_t read_everything(const ProfileImage& image) {
  std::size_t octets = 0;
  for (FileIndex file = 0; file < image.files().size(); ++file) {
    octets += image.content(file, 0, 300).size() + image.content(file, 0x7FF0, 300).size();
    octets += image.path(file).size() + image.aid(file).size();
    octets += image.pin_status_template(file).size();
    const ImageFile& entry = image.files()[file];
    EXPECT_LT(entry.parent, image.files().size());
    if (is_directory(entry.type)) {
      EXPECT_LT(entry.pin_set, image.pin_sets().size());
    }
    if (entry.link != kNoFile) {
      EXPECT_LT(entry.link, file);
    }
    EXPECT_NE(image.child(entry.parent, entry.id), file == kMasterFile ? file : kNoFile);
  }
  octets += image.security_domains().size() + image.rfms().size();
  octets += image.applications().size() + image.cdma_parameters().size();
  return octets;
}

/// Whether it installed.
bool install_and_read(Bytes package, const CardFeatures& features) {
  auto image = ProfileImage::install(std::make_shared<const Bytes>(std::move(package)), features);
  if (image) {
    EXPECT_GT(read_everything(*image), 0U);
    return true;
  }
  EXPECT_FALSE(image.error().empty());
  EXPECT_EQ(image.error().back().consequence, rsp::saip::Consequence::kAborts);
  EXPECT_FALSE(image.error().back().text.empty());
  return false;
}

/// More of everything than a made package has.
Bytes rich_package() {
  ProfilePackage package = made_package();
  Fcp link = transparent(0x2F41, 1);
  link.ef_file_size.reset();
  link.link_path = "7FD06F07"_hex;
  Fcp records = rsp::saip::linear_fixed_ef(rsp::saip::ArrLevel::kMf, {.id = 0x2F42}, 3, 2);
  records.proprietary_ef_info = rsp::saip::ProprietaryInfo{.repeat_pattern = "0102"_hex};
  insert(package, "end",
         commands({link, records, std::uint16_t{1}, "AABB"_hex, directory(0x7F66),
                   transparent(0x4F01, 2), "0102"_hex, rsp::saip::FilePath("7FD0"_hex),
                   transparent(0x6FF0, 2)}));
  return rsp::saip::encode_package(package);
}

TEST(DamagedPackage, IsRefusedWhereverItIsCut) {
  Bytes whole = rich_package();
  CardFeatures features;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_FALSE(install_and_read(std::move(cut), features)) << size;
  }
  EXPECT_TRUE(install_and_read(whole, features));
}

TEST(DamagedPackage, IsTakenOrRefusedWhateverOneOctetIs) {
  const Bytes whole = rich_package();
  CardFeatures features;
  std::minstd_rand random(20240607);
  std::size_t taken = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (int i = 0; i < 6; ++i) {
      Bytes package = whole;
      package[at] = static_cast<std::uint8_t>(random());
      taken += install_and_read(std::move(package), features) ? 1 : 0;
    }
  }
  // Most octets are keys and contents, whose value is nobody's business.
  EXPECT_GT(taken, whole.size());
}

TEST(DamagedPackage, IsTakenOrRefusedWhateverSeveralOctetsAre) {
  const Bytes whole = rich_package();
  CardFeatures features;
  features.services.add(Service::kJavacard);
  std::minstd_rand random(42);
  for (int round = 0; round < 5000; ++round) {
    Bytes package = whole;
    for (std::size_t changes = 1 + random() % 6; changes > 0; --changes) {
      std::size_t at = random() % package.size();
      switch (random() % 4) {
        case 0:
          package[at] = static_cast<std::uint8_t>(random());
          break;
        case 1:
          package[at] ^= static_cast<std::uint8_t>(1U << random() % 8);
          break;
        case 2:
          package.erase(package.begin() + static_cast<std::ptrdiff_t>(at));
          break;
        default:
          package.insert(package.begin() + static_cast<std::ptrdiff_t>(at), package[at]);
      }
    }
    install_and_read(std::move(package), features);
  }
}

/// Elements in another order, some of them left out or doubled.
TEST(ShuffledPackage, IsTakenOrRefused) {
  const ProfilePackage whole = rsp::saip::decode_package(rich_package()).value();
  std::minstd_rand random(7);
  CardFeatures features;
  for (int round = 0; round < 3000; ++round) {
    ProfilePackage package = whole;
    for (std::size_t changes = 1 + random() % 3; changes > 0; --changes) {
      std::size_t from = 1 + random() % (package.elements.size() - 1);
      std::size_t to = 1 + random() % (package.elements.size() - 1);
      if (random() % 2 == 0) {
        std::swap(package.elements[from], package.elements[to]);
      } else {
        package.elements[from] = package.elements[to];
      }
    }
    install_and_read(rsp::saip::encode_package(package), features);
  }
}

// --- Limits ---

TEST(Limits, BoundTheSizeOfAllFilesTogether) {
  std::vector<FileCommand> list;
  for (std::uint16_t i = 0; i < 20; ++i) {
    list.emplace_back(transparent(static_cast<std::uint16_t>(0x2F40 + i), 0xFFFF));
  }
  ProfilePackage package = made_package();
  insert(package, "end", commands(list));
  EXPECT_THAT(outcome(package), StartsWith("not-enough-memory in 912"));
  CardFeatures features;
  features.file_memory = 2'000'000;
  ProfileImage image = install(package, features);
  // What they are filled with is one octet that goes on, and that is nowhere before it is read.
  EXPECT_LT(image.heap_size(), 5000U);
  EXPECT_EQ(image.content(at(image, {0x2F40})).size(), 65535U);
}

TEST(Limits, DoNotCountLinks) {
  Fcp large = transparent(0x2F40, 60000);
  std::vector<FileCommand> list{large};
  for (std::uint16_t i = 1; i < 20; ++i) {
    Fcp link = transparent(static_cast<std::uint16_t>(0x2F40 + i), 1);
    link.ef_file_size.reset();
    link.link_path = "2F40"_hex;
    list.emplace_back(link);
  }
  ProfilePackage package = made_package();
  insert(package, "end", commands(list));
  CardFeatures features;
  features.file_memory = 100'000;
  EXPECT_EQ(outcome(package, features), "installed");
}

TEST(Limits, BoundTheNumberOfFiles) {
  std::vector<FileCommand> list;
  for (std::uint16_t i = 0; i < 5000; ++i) {
    list.emplace_back(transparent(static_cast<std::uint16_t>(0x4000 + i), 1));
  }
  ProfilePackage package = made_package();
  insert(package, "end", commands(list));
  EXPECT_THAT(outcome(package), HasSubstr("4096 files"));
}

TEST(Limits, TakeOffsetsThatAddUpToMoreThanANumberHolds) {
  std::vector<FileCommand> list{transparent(0x2F40, 4)};
  for (int i = 0; i < 65537; ++i) list.emplace_back(std::uint16_t{0xFFFF});
  list.emplace_back("AA"_hex);
  ProfilePackage package = made_package();
  insert(package, "end", commands(list));
  // 65537 times 65535 is 2^32 - 1; the component count stops it first, or else the size does.
  EXPECT_THAT(outcome(package),
              ::testing::AnyOf(StartsWith("invalid-request-format"), StartsWith("bad-values")));
}

TEST(Limits, AreNotReachedByADeepTree) {
  std::vector<FileCommand> list;
  for (std::uint16_t i = 0; i < 1000; ++i) {
    list.emplace_back(directory(static_cast<std::uint16_t>(0x5000 + i)));
  }
  ProfilePackage package = made_package();
  insert(package, "end", commands(list));
  ProfileImage image = install(package);
  EXPECT_EQ(image.path(static_cast<FileIndex>(image.files().size() - 1)).size(), 4004U);
}

}  // namespace
}  // namespace sim::testing
