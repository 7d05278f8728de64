// The packages that GSMA TS.48 publishes, where ESIMBENCH_SHARED_DATA names a folder with
// `profiles` in it: round trips, and a comparison with the value dumps that an independent decoder
// made of three of them.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "rsp/base/hex.h"
#include "rsp/saip/check.h"
#include "rsp/saip/summary.h"

namespace rsp::saip {
namespace {

namespace fs = std::filesystem;

std::optional<fs::path> profiles() {
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  if (folder == nullptr || !fs::is_directory(fs::path(folder) / "profiles")) return std::nullopt;
  return fs::path(folder) / "profiles";
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<fs::path> files_of_kind(std::string_view extension) {
  std::vector<fs::path> found;
  if (!profiles()) return found;
  for (const auto& entry : fs::directory_iterator(*profiles())) {
    if (entry.path().extension() == extension) found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

ProfilePackage decoded(const fs::path& path) {
  auto package = decode_package(view_of(read_file(path)));
  EXPECT_TRUE(package) << path.filename() << ": " << package.error().message();
  return package ? *std::move(package) : ProfilePackage{};
}

#define SKIP_WITHOUT_DATA() \
  if (!profiles()) GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it"

TEST(SaipPublished, EveryPackageRoundTripsToItsBytes) {
  SKIP_WITHOUT_DATA();
  for (const fs::path& path : files_of_kind(".der")) {
    ProfilePackage package = decoded(path);
    EXPECT_EQ(text_of(encode_package(package)), read_file(path)) << path.filename();
    for (const ProfileElement& element : package.elements) {
      EXPECT_EQ(element.as<UnknownPe>(), nullptr) << path.filename() << " " << element.name();
    }
  }
}

TEST(SaipPublished, EveryPackagePassesTheRulesOnACardWithJavaCard) {
  SKIP_WITHOUT_DATA();
  CardFeatures features;
  features.services.add(Service::kJavacard);  // version 1 demands it
  for (const fs::path& path : files_of_kind(".der")) {
    for (const PeStatus& finding : check_order(decoded(path), features)) {
      ADD_FAILURE() << path.filename() << ": " << finding.text;
    }
  }
}

TEST(SaipPublished, SummariesSayWhatTheDumpSays) {
  SKIP_WITHOUT_DATA();
  ProfilePackage package = decoded(*profiles() / "TS48v7_SAIP2.3_BERTLV_SUCI.der");
  ASSERT_NE(header_of(package), nullptr);
  EXPECT_EQ(iccid_digits(*header_of(package)), "89000123456789012341");
  EXPECT_EQ(*header_of(package)->profile_type, "GSMA Generic eUICC Test Profile");
  EXPECT_EQ(first_imsi(package), "001010123456789");
  EXPECT_TRUE(has_test_algorithm(package));
  auto aka = aka_summaries(package);
  ASSERT_EQ(aka.size(), 2U);
  EXPECT_EQ(aka[0].application, "usim");
  EXPECT_EQ(aka[0].identification, 11);
  EXPECT_EQ(aka[1].application, "isim");
  EXPECT_EQ(aka[1].algorithm, "usim-test-algorithm");
  EXPECT_TRUE(aka[1].has_key);
  EXPECT_EQ(element_names(package).size(), 30U);
}

// --- Every value of the dumps ---

/// "name value" for every component of a decoded element that is octets, a number or a NULL,
/// defaults included.
class Leaves {
 public:
  std::vector<std::string> lines;

  template <class T, class... Spec>
  void operator()(asn1::Tag, std::string_view name, const T& value, const Spec&... spec) {
    leaf(name, value, spec...);
  }
  template <class T, class... Spec>
  void operator()(asn1::Tag, std::string_view name, const std::optional<T>& value,
                  const Spec&... spec) {
    if (value) leaf(name, *value, spec...);
  }
  template <class T, class D>
  void operator()(asn1::Tag, std::string_view name, const T& value, const Default<D>&) {
    leaf(name, value);
  }

 private:
  void line(std::string_view name, const std::string& value) {
    lines.push_back(std::string(name) + " " + value);
  }
  void leaf(std::string_view name, const asn1::OctetVector auto& value) {
    line(name, to_hex(value));
  }
  void leaf(std::string_view name, const asn1::Text auto& value) { line(name, value); }
  template <std::size_t N>
  void leaf(std::string_view name, const Octets<N>& value) {
    line(name, to_hex(value));
  }
  void leaf(std::string_view name, asn1::Number auto value) {
    line(name, std::to_string(static_cast<std::int64_t>(value)));
  }
  void leaf(std::string_view name, asn1::Null) { line(name, "NULL"); }
  void leaf(std::string_view name, const asn1::Oid& value) { line(name, asn1::to_string(value)); }
  template <asn1::Message T>
  void leaf(std::string_view, const T& value) {
    T::fields(*this, value);
  }
  template <class T>
  void leaf(std::string_view name, const asn1::Boxed<T>& value) {
    leaf(name, *value);
  }
  template <class T>
  void leaf(std::string_view, const std::vector<T>& list, Each) {
    for (const T& one : list) leaf("", one);
  }
  template <class... A, std::size_t N>
  void leaf(std::string_view, const std::vector<std::variant<A...>>& list, const OneOf<N>& of) {
    for (const auto& one : list) leaf("", one, of);
  }
  template <class... A, std::size_t N>
  void leaf(std::string_view, const std::variant<A...>& choice, const OneOf<N>& of) {
    std::visit([&](const auto& one) { leaf(of.alternatives[choice.index()].name, one); }, choice);
  }
  template <asn1::DescribedList T>
  void leaf(std::string_view name, const T& list) {
    leaf(name, static_cast<const std::vector<typename T::value_type>&>(list), T::kSpec);
  }
};

std::vector<std::string> leaves_of(const ProfilePackage& package) {
  Leaves leaves;
  for (const ProfileElement& element : package.elements) {
    std::visit(
        [&]<class T>(const T& body) {
          if constexpr (asn1::Message<T>) T::fields(leaves, body);
        },
        element.body);
  }
  return leaves.lines;
}

/// One value as the dumps write it: 'AB'H, "text", { 2 23 143 }, 12, NULL.
std::string plain(std::string value) {
  std::erase(value, '\'');
  if (value.ends_with('H') && value.find_first_not_of("0123456789ABCDEF") == value.size() - 1) {
    value.pop_back();
  }
  std::erase(value, '"');
  if (!value.starts_with("{ ")) return value;
  value = value.substr(2, value.size() - 4);
  std::ranges::replace(value, ' ', '.');
  return value;
}

/// The same lines out of a dump.
std::vector<std::string> leaves_of_dump(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    std::erase(line, '\r');
    line.erase(0, line.find_first_not_of(' '));
    if (line.ends_with(',')) line.pop_back();
    if (line.empty() || line == "}" || line.ends_with('{')) continue;  // around values
    bool unnamed = line.starts_with('\'') || line.starts_with('{');
    std::size_t blank = unnamed ? 0 : line.find(' ');
    std::string name = line.substr(0, blank);
    std::string value = unnamed ? line : line.substr(blank + 1);
    if (value.starts_with(": ")) value.erase(0, 2);
    lines.push_back(name + " " + plain(value));
  }
  return lines;
}

/// The dumps write these numbers as names, and do not know fileDetails.
bool comparable(const std::string& line) {
  for (std::string_view name :
       {"keyReference ", "unblockingPINReference ", "algorithmID ", "fileDetails "}) {
    if (line.starts_with(name)) return false;
  }
  return true;
}

TEST(SaipPublished, EveryValueIsTheOneOfTheDump) {
  SKIP_WITHOUT_DATA();
  ASSERT_FALSE(files_of_kind(".txt").empty());
  for (fs::path path : files_of_kind(".txt")) {
    std::vector<std::string> expected = leaves_of_dump(read_file(path));
    std::vector<std::string> actual = leaves_of(decoded(path.replace_extension(".der")));
    std::erase_if(expected, std::not_fn(comparable));
    std::erase_if(actual, std::not_fn(comparable));
    EXPECT_GT(expected.size(), 1000U);
    EXPECT_EQ(actual.size(), expected.size()) << path.filename();
    for (std::size_t i = 0; i < std::min(actual.size(), expected.size()); ++i) {
      ASSERT_EQ(actual[i], expected[i]) << path.filename() << ", value " << i;
    }
  }
}

}  // namespace
}  // namespace rsp::saip
