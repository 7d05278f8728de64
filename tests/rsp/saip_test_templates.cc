// The table of templates: that it fits the layouts, that no two of its rows contradict each other,
// and single figures of ETSI TS 102 221, 3GPP TS 31.102 and TCA IP, Annex A.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include "rsp/asn1/reader.h"
#include "rsp/base/hex.h"
#include "rsp/saip/package.h"
#include "rsp/saip/templates.h"

namespace rsp::saip {
namespace {

using enum TemplateFileType;

bool is_directory(const TemplateFile& file) { return file.type <= kAdf; }

const TemplateFile& row(std::string_view layout, std::string_view member, std::size_t version = 0) {
  const FileLayout& of = *layout_of(layout);
  return template_file(of, of.member_index(member).value(), version);
}
/// The directory of a member by its name; "" where that is not in the layout.
std::string directory(std::string_view layout, std::string_view member) {
  const FileLayout& of = *layout_of(layout);
  auto index = template_directory(of, of.member_index(member).value());
  return index ? std::string(of.members[*index].name) : "";
}
std::string content(const TemplateFile& file, std::size_t size) {
  return to_hex(default_content(file, size));
}

TEST(Templates, HaveExactlyOneRowForEachMemberInTheSameOrder) {
  for (const FileLayout& layout : file_layouts()) {
    std::vector<std::string> members, rows;
    for (const FileMember& member : layout.members) members.emplace_back(member.name);
    for (const TemplateFile& file : template_files(layout)) rows.emplace_back(file.member);
    EXPECT_EQ(rows, members) << layout.name;
  }
}

TEST(Templates, HaveDirectoriesWhereTheNameSaysSo) {
  for (const FileLayout& layout : file_layouts()) {
    for (const TemplateFile& file : template_files(layout)) {
      EXPECT_EQ(is_directory(file), !file.member.starts_with("ef-")) << layout.name << file.member;
      EXPECT_EQ(file.type == kAdf, file.member.starts_with("adf-")) << file.member;
      EXPECT_EQ(file.type == kMf, file.member == "mf") << file.member;
    }
  }
}

TEST(Templates, SayNothingOfADirectoryThatOnlyAnEfHas) {
  for (const FileLayout& layout : file_layouts()) {
    for (const TemplateFile& file : template_files(layout)) {
      if (!is_directory(file)) continue;
      EXPECT_TRUE(file.size == 0 && file.records == 0 && file.sfi == 0 && file.content.empty())
          << layout.name << " " << file.member;
      EXPECT_EQ(file.rule, 14) << file.member;
    }
  }
}

TEST(Templates, GiveEveryFileARuleThatThereIs) {
  for (const FileLayout& layout : file_layouts()) {
    for (const TemplateFile& file : template_files(layout)) {
      EXPECT_GE(file.rule, 1) << layout.name << " " << file.member;
      EXPECT_LE(file.rule, access_rules().size()) << layout.name << " " << file.member;
    }
  }
}

TEST(Templates, HaveRecordsOnlyWhereTheTypeHasThem) {
  for (const FileLayout& layout : file_layouts()) {
    for (const TemplateFile& file : template_files(layout)) {
      bool records = file.type == kLinearFixed || file.type == kCyclic;
      if (!records) {
        EXPECT_EQ(file.records, 0) << layout.name << " " << file.member;
      }
      EXPECT_LE(file.size * file.records, 0xFFFF) << file.member;
    }
  }
}

/// Of a layout and what it extends: rows by directory.
std::map<std::string, std::vector<const TemplateFile*>> by_directory(const FileLayout& layout) {
  std::map<std::string, std::vector<const TemplateFile*>> files;
  for (const TemplateFile& file : template_files(layout)) {
    files[directory(layout.name, file.member)].push_back(&file);
  }
  return files;
}

TEST(Templates, UseNoFileIdTwiceInADirectory) {
  for (const FileLayout& layout : file_layouts()) {
    for (const auto& [name, files] : by_directory(layout)) {
      std::set<unsigned> ids;
      for (const TemplateFile* file : files) {
        if (file->id == 0) continue;
        for (unsigned id = file->id; id <= std::max(file->id, file->last_id); ++id) {
          EXPECT_TRUE(ids.insert(id).second) << layout.name << " " << name << " " << file->member;
        }
      }
    }
  }
}

TEST(Templates, UseNoFileIdOfAnElementInTheOneThatExtendsIt) {
  for (std::string_view base : {"usim", "isim", "csim"}) {
    std::set<std::uint16_t> ids;
    for (const std::string& layout : {std::string(base), "opt-" + std::string(base)}) {
      for (const TemplateFile& file : template_files(*layout_of(layout))) {
        EXPECT_TRUE(ids.insert(file.id).second) << layout << " " << file.member;
      }
    }
  }
}

TEST(Templates, UseNoShortFileIdentifierTwiceInADirectory) {
  for (const FileLayout& layout : file_layouts()) {
    for (const auto& [name, files] : by_directory(layout)) {
      std::set<std::uint8_t> used;
      for (const TemplateFile* file : files) {
        EXPECT_LE(file->sfi, 30) << file->member;
        if (file->sfi == 0) continue;
        EXPECT_TRUE(used.insert(file->sfi).second) << layout.name << " " << file->member;
      }
    }
  }
}

TEST(Templates, HaveContentThatFitsIntoTheFile) {
  for (const FileLayout& layout : file_layouts()) {
    for (const TemplateFile& file : template_files(layout)) {
      std::string hex(file.content);
      std::erase(hex, '.');
      EXPECT_TRUE(from_hex(hex)) << file.member << " " << file.content;
      if (file.size != 0) {
        EXPECT_LE(hex.size() / 2, file.size) << file.member;
      }
      if (file.content_required) {
        EXPECT_TRUE(file.content.empty()) << file.member;
      }
    }
  }
}

TEST(Templates, PutFilesIntoTheDirectoryBeforeThem) {
  EXPECT_EQ(directory("telecom", "df-telecom"), "");
  EXPECT_EQ(directory("telecom", "ef-arr"), "df-telecom");
  EXPECT_EQ(directory("telecom", "df-graphics"), "df-telecom");
  EXPECT_EQ(directory("telecom", "ef-icon"), "df-graphics");
  EXPECT_EQ(directory("telecom", "df-phonebook"), "df-telecom");
  EXPECT_EQ(directory("telecom", "ef-ccp1"), "df-phonebook");
  EXPECT_EQ(directory("telecom", "ef-v2xp-Uu"), "df-v2x");
}

TEST(Templates, PutFilesOfAnExtendingElementIntoTheApplication) {
  EXPECT_EQ(directory("opt-usim", "ef-li"), "");
  EXPECT_EQ(directory("opt-iot", "ef-fdn"), "");
  EXPECT_EQ(directory("opt-iot", "df-df-5gs"), "");
  EXPECT_EQ(directory("opt-iot", "df-df-saip"), "");
  EXPECT_EQ(directory("opt-iot", "ef-suci-calc-info-usim"), "df-df-saip");
}

TEST(Templates, PutTheUsimOfAMinimalProfileIntoItsMf) {
  EXPECT_EQ(directory("iot", "ef-dir"), "mf");
  EXPECT_EQ(directory("iot", "adf-usim"), "mf");
  EXPECT_EQ(directory("iot", "ef-imsi"), "adf-usim");
}

TEST(Templates, HaveTheFileIdsOfTheStandards) {
  EXPECT_EQ(row("mf", "ef-iccid").id, 0x2FE2);          // ETSI TS 102 221, 13.2
  EXPECT_EQ(row("telecom", "df-telecom").id, 0x7F10);   // ETSI TS 102 221, 8.6
  EXPECT_EQ(row("opt-usim", "ef-ext7").id, 0x6FCC);     // 3GPP TS 31.102, 4.2.65
  EXPECT_EQ(row("telecom", "ef-mmssmode").id, 0x4F22);  // 3GPP2 C.S0074
  EXPECT_EQ(row("df-5gs", "df-df-5gs").id, 0x5FC0);     // 3GPP TS 31.102, 4.4.11
  EXPECT_EQ(row("opt-isim", "ef-mudmidconfigdata").id, 0x6FFE);
}

TEST(Templates, ChangeWithTheirVersion) {
  const FileLayout& usim = *layout_of("usim");
  EXPECT_EQ(template_version(usim, *asn1::oid_from_text("2.23.143.1.2.4")), 0U);
  EXPECT_EQ(template_version(usim, *asn1::oid_from_text("2.23.143.1.2.4.2")), 1U);
  EXPECT_EQ(template_version(usim, *asn1::oid_from_text("2.23.143.1.2.5")), std::nullopt);
  EXPECT_EQ(row("usim", "ef-ust", 0).size, 14);
  EXPECT_EQ(row("usim", "ef-ust", 1).size, 17);
  EXPECT_EQ(row("df-5gs", "ef-5gs3gppnsc", 1).size, 57);
  EXPECT_EQ(row("df-5gs", "ef-5gs3gppnsc", 2).size, 62);
  EXPECT_EQ(row("df-5gs", "ef-5gs3gppnsc", 3).records, 2);
  EXPECT_EQ(row("df-5gs", "ef-routing-indicator", 3).content, "F0FF0000");
}

TEST(Templates, RepeatTheLastOctetOfAContentThatGoesOn) {
  EXPECT_EQ(content(row("usim", "ef-keys"), 33), "07FF");
  EXPECT_EQ(content(row("usim", "ef-sms"), 176), "00FF");
  EXPECT_EQ(content(row("opt-usim", "ef-cfis"), 16), "0100FF");
}

TEST(Templates, PutTheEndOfAContentAtTheEndOfTheRecord) {
  EXPECT_EQ(content(row("gsm-access", "ef-kc"), 9), "FFFFFFFFFFFFFFFF07");
  EXPECT_EQ(content(row("usim", "ef-loci"), 11), "FFFFFFFFFFFFFF0000FF01");
  EXPECT_EQ(content(row("usim", "ef-psloci"), 14), "FFFFFFFFFFFFFFFFFFFF0000FF01");
  EXPECT_EQ(content(row("usim", "ef-epsloci"), 18), "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFF000001");
  EXPECT_EQ(default_content(row("opt-usim", "ef-ici"), 38).size(), 37U);  // its last octet repeats
  EXPECT_EQ(content(row("opt-usim", "ef-oci"), 12), "FFFFFFFFFFFF00000001FF");
}

TEST(Templates, CutAContentThatIsLongerThanTheFile) {
  EXPECT_EQ(content(row("usim", "ef-ad"), 3), "00");
  EXPECT_EQ(content(row("usim", "ef-loci"), 2), "FF00");
}

TEST(Templates, SayNothingWhereAFileIsAllFf) {
  EXPECT_EQ(content(row("usim", "ef-fplmn"), 12), "");
}

TEST(Templates, RepeatPlmnsWithTheirAccessTechnology) {
  EXPECT_TRUE(row("opt-usim", "ef-plmnwact").repeated);
  EXPECT_EQ(content(row("opt-usim", "ef-plmnwact"), 40), "FFFFFF0000");
}

TEST(Templates, HaveAccessRulesThatAreTlv) {
  ASSERT_EQ(access_rules().size(), 14U);
  for (std::string_view rule : access_rules()) {
    Bytes octets = from_hex(rule).value();
    asn1::Reader reader(octets);
    while (!reader.at_end()) ASSERT_TRUE(reader.next()) << rule;
  }
}

/// GSMA TS.48 spells nearly every file ID out.
TEST(Templates, HaveTheFileIdsThatPublishedPackagesHave) {
  const char* folder = std::getenv("ESIMBENCH_SHARED_DATA");
  std::filesystem::path profiles = std::filesystem::path(folder ? folder : "") / "profiles";
  if (folder == nullptr || !std::filesystem::is_directory(profiles)) {
    GTEST_SKIP() << "ESIMBENCH_SHARED_DATA names no folder with profiles in it";
  }
  std::size_t compared = 0;
  for (const auto& entry : std::filesystem::directory_iterator(profiles)) {
    if (entry.path().extension() != ".der") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    Bytes upp((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    ProfilePackage package = decode_package(upp).value();
    for (const ProfileElement& element : package.elements) {
      const auto* pe = element.as<FilePe>();
      for (std::size_t i = 0; pe != nullptr && i < pe->files.size(); ++i) {
        const Fcp* fcp = pe->files[i] ? descriptor_of(*pe->files[i]) : nullptr;
        const TemplateFile& file = template_files(*pe->layout)[i];
        if (fcp == nullptr || !fcp->file_id || file.id == 0) continue;
        ++compared;
        EXPECT_EQ(big_endian(*fcp->file_id), file.id) << pe->layout->name << " " << file.member;
      }
    }
  }
  EXPECT_GT(compared, 2000U);
}

}  // namespace
}  // namespace rsp::saip
