// The packages that GSMA TS.48 publishes: downloaded, enabled, and every file read back by APDU, as
// a terminal with all keys of the profile reads it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sim_euicc/access.h"
#include "sim_euicc/profile_image.h"
#include "uicc_test_support.h"

namespace sim::testing {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> published_packages() {
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  std::vector<fs::path> found;
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "profiles")) return found;
  for (const auto& entry : fs::directory_iterator(fs::path(folder) / "profiles")) {
    if (entry.path().extension() == ".der") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

Bytes octets_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string hex_octet(std::size_t value) { return to_hex(Bytes{static_cast<std::uint8_t>(value)}); }

/// A terminal that goes through a card's files, and what the package says they hold.
class ReadBack {
 public:
  ReadBack(Bench& card, const ProfileImage& image) : card_(card), image_(image) {}

  /// Files that were read, and that nobody may read.
  struct Counts {
    std::size_t read = 0, never = 0;
  };
  Counts run() {
    for (FileIndex file = 0; file < image_.files().size(); ++file) {
      if (!is_directory(image_.files()[file].type)) check(file);
    }
    return counts_;
  }

 private:
  std::string apdu(const std::string& command) {
    std::string answer = card_.apdu(command);
    if (answer.size() == 4 && answer.starts_with("61"))
      answer = card_.apdu("00C00000" + answer.substr(2));
    return answer;
  }

  void check(FileIndex file) {
    SCOPED_TRACE(image_.path(file));
    enter(image_.files()[file].parent);
    std::string id = to_hex(Bytes{static_cast<std::uint8_t>(image_.files()[file].id >> 8),
                                  static_cast<std::uint8_t>(image_.files()[file].id)});
    std::string selected = apdu("00A4000C02" + id);
    bool deactivated = selected == "6283";
    ASSERT_TRUE(selected == "9000" || deactivated) << selected;
    if (!readable(file)) {
      std::string refused = apdu(reading(image_.files()[file].type));
      EXPECT_EQ(refused, deactivated ? "6985" : "6982");
      ++counts_.never;
      return;
    }
    std::string content = read(file);
    EXPECT_EQ(content, to_hex(image_.content(file)));
    ++counts_.read;
  }

  static std::string reading(FileType type) {
    if (type == FileType::kTransparent) return "00B0000000";
    return type == FileType::kBerTlv ? "80CB0080018000" : "00B2010400";
  }

  /// Selects a directory from the MF on, and presents its keys.
  void enter(FileIndex directory) {
    if (directory == current_) return;
    std::vector<FileIndex> way;
    for (FileIndex at = directory; at != kMasterFile; at = image_.files()[at].parent)
      way.push_back(at);
    apdu("00A4000C023F00");
    present(kMasterFile);
    for (auto at = way.rbegin(); at != way.rend(); ++at) {
      const ImageFile& file = image_.files()[*at];
      std::string select =
          file.type == FileType::kAdf
              ? "00A4040C" + hex_octet(image_.aid(*at).size()) + to_hex(image_.aid(*at))
              : "00A4000C02" + hex_octet(file.id >> 8U) + hex_octet(file.id & 0xFF);
      EXPECT_EQ(apdu(select), "9000") << select;
      present(*at);
    }
    current_ = directory;
  }

  void present(FileIndex directory) {
    for (const ImagePin& pin : image_.pin_sets()[image_.files()[directory].pin_set]) {
      if ((pin.attributes & 1) == 0) continue;
      EXPECT_EQ(apdu("002000" + hex_octet(pin.reference) + "08" + to_hex(pin.value)), "9000")
          << int{pin.reference};
    }
  }

  /// By the access rule of the file, to who has every key.
  bool readable(FileIndex index) {
    const ImageFile& file = image_.files()[index];
    FileIndex directory = file.parent, arr = kNoFile;
    while ((arr = image_.child(directory, file.arr_file)) == kNoFile && directory != kMasterFile)
      directory = image_.files()[directory].parent;
    if (arr == kNoFile || file.arr_record == 0) return false;
    std::size_t length = image_.files()[arr].record_length;
    Bytes rule = image_.content(arr, (file.arr_record - std::size_t{1}) * length, length);
    bool usable = file.lcsi != 0x04 || (file.special_file_information & 0x40) != 0;
    return usable && access_allowed(rule, AccessMode::kRead, [&](std::uint8_t reference) {
             const auto& sets = image_.pin_sets();
             const PinSet& set =
                 sets[image_.files()[reference < 0x80 ? kMasterFile : file.parent].pin_set];
             return std::ranges::find(set, reference, &ImagePin::reference) != set.end();
           });
  }

  std::string read(FileIndex index) {
    const ImageFile& file = image_.files()[index];
    if (file.type == FileType::kTransparent) return read_binary(file.size);
    if (has_records(file.type)) return read_records(file);
    return read_objects(image_.content(index));
  }
  std::string read_binary(std::size_t size) {
    std::string content;
    for (std::size_t at = 0; at < size; at += 200) {
      std::string part = apdu("00B0" + hex_octet(at >> 8U) + hex_octet(at & 0xFF) +
                              hex_octet(std::min<std::size_t>(200, size - at)));
      EXPECT_TRUE(part.ends_with("9000")) << part;
      content += part.substr(0, part.size() - 4);
    }
    return content;
  }
  std::string read_records(const ImageFile& file) {
    std::string content;
    for (std::size_t number = 1; number <= file.size / file.record_length; ++number) {
      std::string record = apdu("00B2" + hex_octet(number) + "04" + hex_octet(file.record_length));
      EXPECT_TRUE(record.ends_with("9000")) << record;
      content += record.substr(0, record.size() - 4);
    }
    return content;
  }
  /// The objects that the package has put there, each asked for by its tag.
  std::string read_objects(const Bytes& installed) {
    std::string content;
    rsp::asn1::Reader reader(installed);
    while (auto object = reader.next()) {
      std::string tag = to_hex(object->whole.first(1));
      std::string part = apdu("80CB008001" + tag + "00");
      for (; part.ends_with("62F1"); part = apdu("80CB000000"))
        content += part.substr(0, part.size() - 4);
      EXPECT_TRUE(part.ends_with("9000")) << part;
      content += part.substr(0, part.size() - 4);
    }
    return content;
  }

  Bench& card_;
  const ProfileImage& image_;
  FileIndex current_ = kNoFile;
  Counts counts_;
};

TEST(PublishedPackages, AreInstalledAndEveryFileReadBackIsAsThePackageSays) {
  auto packages = published_packages();
  if (packages.empty()) GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
  for (const fs::path& path : packages) {
    SCOPED_TRACE(path.filename());
    Bench card;
    card.persona.features.services.add(rsp::saip::Service::kJavacard);  // version 1 demands it
    card.start();
    auto package = std::make_shared<const Bytes>(octets_of(path));
    auto image = ProfileImage::install(package, card.persona.features);
    ASSERT_TRUE(image);
    auto metadata = metadata_for(1);
    metadata.iccid = rsp::swapped_nibbles(image->header_iccid());
    Dp dp(card.pki);
    ASSERT_EQ(card.load(card.bind(dp, dp.plan(metadata, *package)).segments()), "installed");
    ASSERT_EQ(card.enable(metadata.iccid), "ok");
    auto counts = ReadBack(card, *image).run();
    std::cout << path.filename().string() << ": " << counts.read << " files read back, "
              << counts.never << " that nobody may read\n";
    EXPECT_GT(counts.read, 150U);
    EXPECT_LT(counts.never, counts.read);
  }
}

/// The package with DF.SAIP: its USIM computes SUCIs itself. The file that says how is filled with
/// FF but for the null scheme.
class GetIdentity : public EuiccTest {
 protected:
  void SetUp() override {
    for (const fs::path& path : published_packages()) {
      if (path.filename() == "TS48v7_SAIP2.3_BERTLV_SUCI.der") package_ = octets_of(path);
    }
    if (package_.empty())
      GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
    auto image = ProfileImage::install(std::make_shared<const Bytes>(package_), {});
    auto metadata = metadata_for(1);
    metadata.iccid = rsp::swapped_nibbles(image->header_iccid());
    Dp dp(card.pki);
    ASSERT_EQ(card.load(card.bind(dp, dp.plan(metadata, package_)).segments()), "installed");
    ASSERT_EQ(card.enable(metadata.iccid), "ok");
    ASSERT_EQ(card.apdu("00A4040C07A0000000871002"), "9000");
    for (const ImagePin& pin : image->pin_sets()[0]) {
      if ((pin.attributes & 1) != 0)
        card.apdu("002000" + hex_octet(pin.reference) + "08" + to_hex(pin.value));
    }
  }
  void write_calculation_information(const std::string& content) {
    ASSERT_EQ(card.apdu("00A4080C067FFF5FD04F01"), "9000");
    ASSERT_EQ(card.apdu("00D60000" + hex_octet(content.size() / 2) + content), "9000");
  }
  Bytes package_;
};

TEST_F(GetIdentity, WithTheNullSchemeTellsTheIdentityOpenly) {
  std::string suci = card.apdu("8078000100");
  EXPECT_THAT(suci, ::testing::MatchesRegex("A1..0100F110....0000[0-9A-F]*9000")) << suci;
}

TEST_F(GetIdentity, WithProfileAConcealsItEachTimeAnew) {
  // The key of TS 33.501 C.4.3.
  write_calculation_information(
      "A0020101A125800127"
      "81205A8D38864820197C3394B92613B20B91633CBD897119273BF8E4A6F4EEC0A650");
  std::string first = card.apdu("8078000100"), second = card.apdu("8078000100");
  EXPECT_THAT(first, ::testing::MatchesRegex("A1..0100F110....0127[0-9A-F]*9000")) << first;
  EXPECT_NE(first, second);
}

TEST_F(GetIdentity, OfAnotherContextIsRefused) {
  EXPECT_EQ(card.apdu("8078000200"), "6A86");
  EXPECT_EQ(card.apdu("0078000100"), "6E00");
}

TEST(GetIdentityWithoutService, IsRefused) {
  Bench card;
  card.start();
  card.install(1);
  card.enable(iccid(1));
  EXPECT_EQ(card.apdu("00A4040C07A0000000871002"), "9000");
  EXPECT_EQ(card.apdu("8078000100"), "6985");
}

}  // namespace
}  // namespace sim::testing
