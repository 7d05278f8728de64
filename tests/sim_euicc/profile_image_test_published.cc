// The packages that GSMA TS.48 publishes, where ESIMBENCH_SHARED_DATA names a folder with
// `profiles` in it: all of them install, and every file is what an independent reading of the value
// dumps beside them says.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>

#include "profile_image_test_support.h"

namespace sim::testing {
namespace {

namespace fs = std::filesystem;

// --- The published files ---

std::optional<fs::path> profiles() {
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "profiles")) return std::nullopt;
  return fs::path(folder) / "profiles";
}
#define SKIP_WITHOUT_DATA() \
  if (!profiles()) GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it"

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> files_of_kind(std::string_view extension) {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(*profiles())) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

/// A card with a runtime environment, which version 1 demands.
CardFeatures features() {
  CardFeatures features;
  features.services.add(Service::kJavacard);
  return features;
}

ProfileImage image_of(const fs::path& path) {
  auto package = std::make_shared<const Bytes>(rsp::to_bytes(rsp::view_of(read_file(path))));
  auto image = ProfileImage::install(package, features());
  if (!image) throw std::runtime_error(in_words(image.error().back()));
  return *std::move(image);
}

TEST(PublishedImage, OfEveryPackageInstallsWithoutFindings) {
  SKIP_WITHOUT_DATA();
  ASSERT_GE(files_of_kind(".der").size(), 10U);
  for (const fs::path& path : files_of_kind(".der")) {
    ProfileImage image = image_of(path);
    for (const PeStatus& warning : image.warnings()) {
      ADD_FAILURE() << path.filename() << ": " << in_words(warning);
    }
    EXPECT_GT(image.files().size(), 200U) << path.filename();
    EXPECT_EQ(image.akas().size(), 2U) << path.filename();
  }
}

TEST(PublishedImage, TakesLittleMoreThanItsPackage) {
  SKIP_WITHOUT_DATA();
  for (const fs::path& path : files_of_kind(".der")) {
    EXPECT_LT(image_of(path).heap_size(), 16'000U) << path.filename();
  }
}

// --- ASN.1 value notation, as far as the dumps use it ---

struct Value {
  std::string name;         // of a component or a chosen alternative
  std::string text;         // of a leaf: octets in hexadecimal, a number, an identifier
  std::vector<Value> list;  // between braces

  const Value* find(std::string_view component) const {
    auto found = std::ranges::find(list, component, &Value::name);
    return found == list.end() ? nullptr : &*found;
  }
};

class ValueReader {
 public:
  explicit ValueReader(std::string text) : in_(std::move(text)) {}

  /// "value1 ProfileElement ::= mf : { ... }" over and over.
  std::vector<Value> elements() {
    std::vector<Value> all;
    while (!token().empty()) {
      for (int i = 0; i < 2; ++i) next();  // the type, and ::=
      next();
      all.push_back(item());
    }
    return all;
  }

 private:
  const std::string& token() {
    if (!looked_) next();
    return token_;
  }
  void next() {
    looked_ = true;
    token_.clear();
    in_ >> std::ws;
    int c = in_.get();
    if (c == EOF) return;
    token_ = static_cast<char>(c);
    if (c == '\'' || c == '"') {
      std::getline(in_, token_, static_cast<char>(c));
      if (c == '\'') in_.get();  // H
      quoted_ = true;
      return;
    }
    quoted_ = false;
    if (c == '{' || c == '}' || c == ',') return;
    if (c == ':') {
      while (in_.peek() == ':' || in_.peek() == '=') token_ += static_cast<char>(in_.get());
      return;
    }
    while (in_.peek() != EOF &&
           std::string_view(" \n\r\t{},:").find(static_cast<char>(in_.peek())) ==
               std::string_view::npos) {
      token_ += static_cast<char>(in_.get());
    }
  }

  /// name value, name : value, or a value alone. The token stands on its beginning, and afterwards
  /// behind its end.
  Value item() {
    if (quoted_ || token() == "{") return value();
    Value item;
    std::string first = token();
    next();
    if (!quoted_ && token() == ":") {
      next();
      item = this->item();  // a choice in a choice keeps the outer name
    } else if (!quoted_ && (token() == "," || token() == "}" || token().empty())) {
      item.text = first;
      return item;
    } else {
      item = is_number(first) ? Value{.text = first} : this->item();
    }
    item.name = first;
    return item;
  }
  Value value() {
    Value value;
    if (quoted_ || token() != "{") {
      value.text = token();
      next();
      return value;
    }
    next();
    while (quoted_ || token() != "}") {
      if (token().empty() && !quoted_) throw std::runtime_error("the dump ends too early");
      if (!quoted_ && token() == ",") {
        next();
        continue;
      }
      value.list.push_back(item());
    }
    next();
    return value;
  }
  static bool is_number(const std::string& text) {
    return text.find_first_not_of("0123456789") == std::string::npos;
  }

  std::istringstream in_;
  std::string token_;
  bool looked_ = false, quoted_ = false;
};

std::vector<Value> dump_of(const fs::path& path) { return ValueReader(read_file(path)).elements(); }

// --- What the dump says about each file: E.6, a second time ---

struct Expected {
  std::optional<std::size_t> size;
  std::size_t record = 0;
  std::optional<std::uint8_t> sfi;
  std::string rule;
  std::map<std::size_t, std::uint8_t> octets;  // by place, as far as the dump says them
  std::string fill, repeat;                    // patterns
  std::string link;
  std::string pins;
  std::string special;
  bool directory = false;
};

class DumpReader {
 public:
  explicit DumpReader(const std::vector<Value>& elements) {
    for (const Value& element : elements) read(element);
  }
  /// By path: "3F007FD06F07".
  std::map<std::string, Expected> files;

 private:
  void read(const Value& element) {
    if (element.name == "genericFileManagement") return read_commands(element);
    if (element.find("templateID") == nullptr) return;
    // An element's EFs are in the directory before them; "opt-" goes on in its application.
    bool optional = element.name.starts_with("opt-");
    std::string application = optional ? applications_[element.name.substr(4)] : "";
    std::string root, current = application;
    for (const Value& file : element.list) {
      if (file.name.ends_with("-header")) continue;
      bool directory =
          file.name == "mf" || file.name.starts_with("df-") || file.name.starts_with("adf-");
      if (!directory && !file.name.starts_with("ef-")) continue;
      const Value& fcp = *file.find("fileDescriptor");
      std::string id = file.name == "mf" ? "" : fcp.find("fileID")->text;
      std::string parent = current;
      if (directory) {
        parent = root.empty() ? parent_of(element.name) : root;
        current = parent + id;
        if (root.empty()) root = current;
      }
      std::string path = (directory ? current : parent + id);
      describe(files["3F00" + path], fcp, directory);
      fill(files["3F00" + path], file);
      if (file.name.starts_with("adf-")) applications_[element.name] = current;
    }
  }
  /// Which directory a template's own one is in.
  std::string parent_of(const std::string& element) {
    bool in_usim = element == "gsm-access" || element == "phonebook" || element.starts_with("df-");
    return in_usim ? applications_["usim"] : "";
  }

  void describe(Expected& file, const Value& fcp, bool directory) {
    file.directory = directory;
    if (const Value* said = fcp.find("fileDescriptor")) {
      if (said->text.size() == 8) file.record = std::stoul(said->text.substr(4), nullptr, 16);
    }
    if (const Value* said = fcp.find("efFileSize")) file.size = std::stoul(said->text, nullptr, 16);
    if (const Value* said = fcp.find("shortEFID")) {
      file.sfi = said->text.empty() ? 0 : std::stoul(said->text, nullptr, 16) / 8;
    }
    if (const Value* said = fcp.find("securityAttributesReferenced")) file.rule = said->text;
    if (const Value* said = fcp.find("linkPath")) file.link = said->text;
    if (const Value* said = fcp.find("pinStatusTemplateDO")) file.pins = said->text;
    const Value* info = fcp.find("proprietaryEFInfo");
    if (info == nullptr) return;
    if (const Value* said = info->find("specialFileInformation")) file.special = said->text;
    if (const Value* said = info->find("fillPattern")) file.fill = said->text;
    if (const Value* said = info->find("repeatPattern")) file.repeat = said->text;
  }

  void put(Expected& file, std::size_t& position, const Value& item) {
    if (item.name == "fillFileOffset") position += std::stoul(item.text);
    if (item.name != "fillFileContent") return;
    const Bytes octets = rsp::from_hex(item.text).value();
    for (std::uint8_t octet : octets) file.octets[position++] = octet;
  }
  void fill(Expected& file, const Value& items) {
    std::size_t position = 0;
    for (const Value& item : items.list) put(file, position, item);
  }

  void read_commands(const Value& element) {
    for (const Value& list : element.find("fileManagementCMD")->list) {
      std::string directory = "3F00", current;
      std::size_t position = 0;
      for (const Value& command : list.list) {
        if (command.name == "filePath") directory = "3F00" + command.text;
        if (command.name == "createFCP") {
          current = directory + command.find("fileID")->text;
          position = 0;
          describe(files[current], command, command.find("fileDescriptor")->text.starts_with("78"));
        }
        put(files[current], position, command);
      }
    }
    files.erase("");
  }

  std::map<std::string, std::string> applications_;  // path by element
};

FileIndex file_at(const ProfileImage& image, const std::string& path) {
  FileIndex file = kMasterFile;
  for (std::size_t at = 4; at + 4 <= path.size() && file != kNoFile; at += 4) {
    auto id = static_cast<std::uint16_t>(std::stoul(path.substr(at, 4), nullptr, 16));
    file = image.child(file, id);
  }
  return file;
}

/// What the file holds, octet by octet; nothing where only the template would say it.
std::optional<std::uint8_t> expected_octet(const Expected& file, std::size_t size,
                                           std::size_t place) {
  auto filled = file.octets.find(place);
  if (filled != file.octets.end()) return filled->second;
  std::string pattern = file.repeat.empty() ? file.fill : file.repeat;
  if (pattern.empty()) return std::nullopt;
  std::size_t unit = file.record == 0 ? size : file.record;
  std::size_t length = pattern.size() / 2, at = place % unit;
  at = file.repeat.empty() ? std::min(at, length - 1) : at % length;
  return static_cast<std::uint8_t>(std::stoul(pattern.substr(2 * at, 2), nullptr, 16));
}

/// EF.ARR and record, as a descriptor has them.
std::string rule_of(const ImageFile& file) {
  return to_hex(Bytes{static_cast<std::uint8_t>(file.arr_file >> 8),
                      static_cast<std::uint8_t>(file.arr_file), file.arr_record});
}

struct Compared {
  std::size_t files = 0, octets = 0;
};

void compare_content(const std::string& path, const Expected& file, const Bytes& content,
                     Compared& compared) {
  for (std::size_t place = 0; place < content.size(); ++place) {
    // Where nobody says anything it is FF, in all of these packages.
    std::uint8_t octet = expected_octet(file, content.size(), place).value_or(0xFF);
    ASSERT_EQ(content[place], octet) << path << " at " << place;
    ++compared.octets;
  }
}

void compare(const ProfileImage& image, const std::string& path, const Expected& file,
             Compared& compared) {
  FileIndex index = file_at(image, path);
  ASSERT_NE(index, kNoFile) << path;
  const ImageFile& made = image.files()[index];
  EXPECT_EQ(is_directory(made.type), file.directory) << path;
  EXPECT_EQ(rule_of(made), file.rule) << path;
  EXPECT_EQ(made.lcsi, 0x05) << path;
  ++compared.files;
  if (file.directory) {
    EXPECT_EQ(to_hex(image.pin_status_template(index)), file.pins) << path;
    return;
  }
  if (file.sfi) {
    EXPECT_EQ(made.sfi, *file.sfi) << path;
  }
  if (!file.link.empty()) {
    FileIndex other = file_at(image, "3F00" + file.link);
    EXPECT_EQ(made.link, other) << path;
    EXPECT_EQ(image.content(index), image.content(other)) << path;
    return;
  }
  EXPECT_EQ(made.link, kNoFile) << path;
  if (made.type != FileType::kTransparent && made.type != FileType::kBerTlv) {
    EXPECT_EQ(made.record_length, file.record) << path;
  }
  if (!file.special.empty()) {
    EXPECT_EQ(to_hex(Bytes{made.special_file_information}), file.special) << path;
  }
  if (file.size) {
    EXPECT_EQ(made.size, *file.size) << path;
  }
  Bytes content = image.content(index);
  // What has been filled ends within the file, and beyond BER-TLV objects there is nothing.
  std::size_t end = file.octets.empty() ? 0 : file.octets.rbegin()->first + 1;
  if (made.type == FileType::kBerTlv) {
    EXPECT_EQ(content.size(), end) << path;
  } else {
    EXPECT_EQ(content.size(), made.size) << path;
  }
  EXPECT_LE(end, content.size()) << path;
  compare_content(path, file, content, compared);
}

TEST(PublishedImage, HasEveryFileAsTheDumpHasIt) {
  SKIP_WITHOUT_DATA();
  ASSERT_EQ(files_of_kind(".txt").size(), 4U);
  Compared compared;
  for (const fs::path& dump : files_of_kind(".txt")) {
    ProfileImage image = image_of(fs::path(dump).replace_extension(".der"));
    DumpReader expected(dump_of(dump));
    for (const auto& [path, file] : expected.files) compare(image, path, file, compared);
    // Beyond what the dump mentions there is nothing that it would not mention by default.
    EXPECT_EQ(image.files().size(), expected.files.size()) << dump.filename();
  }
  EXPECT_GT(compared.files, 1000U);
  EXPECT_GT(compared.octets, 60'000U);
  RecordProperty("files", static_cast<int>(compared.files));
  RecordProperty("octets", static_cast<int>(compared.octets));
}

// --- PINs and keys ---

TEST(PublishedImage, HasThePinsThatTheDumpHas) {
  SKIP_WITHOUT_DATA();
  ProfileImage image = image_of(*profiles() / "TS48v7_SAIP2.3_BERTLV_SUCI.der");
  const PinSet& global = image.pin_sets()[image.files()[kMasterFile].pin_set];
  ASSERT_EQ(global.size(), 3U);
  EXPECT_EQ(to_hex(global[2].value), "3636363636363636");
  EXPECT_EQ(global[2].max_attempts, 10);
  for (const char* path : {"3F007F10", "3F007FD0", "3F007FC0", "3F007FB0"}) {
    const PinSet& local = image.pin_sets()[image.files()[file_at(image, path)].pin_set];
    ASSERT_EQ(local.size(), 1U) << path;
    EXPECT_EQ(local[0].reference, 129) << path;
    EXPECT_EQ(local[0].puk, 129) << path;
    EXPECT_EQ(to_hex(local[0].value), "39393939FFFFFFFF") << path;
  }
}

TEST(PublishedImage, HasTheKeysOfUsimAndIsim) {
  SKIP_WITHOUT_DATA();
  ProfileImage image = image_of(*profiles() / "TS48v7_SAIP2.3_BERTLV_SUCI.der");
  ASSERT_EQ(image.akas().size(), 2U);
  EXPECT_EQ(image.path(image.akas()[0].application), "3F007FD0");
  EXPECT_EQ(image.path(image.akas()[1].application), "3F007FB0");
  const auto& algorithm =
      std::get<rsp::saip::AlgoParameter>(image.akas()[1].parameter.algo_configuration);
  EXPECT_EQ(algorithm.algorithm_id, rsp::saip::Algorithm::kUsimTest);
  EXPECT_EQ(to_hex(algorithm.key), "000102030405060708090A0B0C0D0E0F");
  EXPECT_EQ(image.cdma_parameters().size(), 1U);
  EXPECT_EQ(image.security_domains().size(), 1U);
  EXPECT_EQ(image.rfms().size(), 4U);
}

}  // namespace
}  // namespace sim::testing
