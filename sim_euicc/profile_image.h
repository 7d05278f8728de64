// What a profile consists of when it has just been installed: its files, its PINs and the keys of
// its applications. Made from the profile package, and never changed: what a terminal writes later
// is kept beside it (profile_data.h), so that cards with the same package can share one image.
#pragma once

#include <memory>

#include "rsp/saip/check.h"
#include "rsp/saip/package.h"

namespace sim {

enum class FileType : std::uint8_t { kMf, kDf, kAdf, kTransparent, kLinearFixed, kCyclic, kBerTlv };
constexpr bool is_directory(FileType type) { return type <= FileType::kAdf; }
constexpr bool has_records(FileType type) {
  return type == FileType::kLinearFixed || type == FileType::kCyclic;
}

/// Index into ProfileImage::files().
using FileIndex = std::uint32_t;
inline constexpr FileIndex kMasterFile = 0;
inline constexpr FileIndex kNoFile = 0xFFFFFFFF;

/// One file as the package creates it (ETSI TS 102 221, 8 and 11.1.1.3).
struct ImageFile {
  FileType type = FileType::kDf;
  std::uint16_t id = 0;  // of an ADF: the temporary one, by which paths of the package name it
  FileIndex parent = kMasterFile;             // the MF is its own
  FileIndex link = kNoFile;                   // an EF whose content is that of another one
  std::uint8_t sfi = 0;                       // 0: none
  std::uint8_t lcsi = 0x05;                   // life cycle status integer: 05 activated
  std::uint8_t special_file_information = 0;  // 80: high update activity; 40: readable inactive
  std::uint16_t arr_file = 0;                 // the EF.ARR in charge, in this directory or above it
  std::uint8_t arr_record = 0;                // 0: no rule, so nobody may do anything
  std::uint16_t record_length = 0;
  std::uint32_t size = 0;          // octets of an EF; of BER-TLV: the most that it may hold
  rsp::Bytes aid;                  // of an ADF
  rsp::Bytes pin_status_template;  // of a directory: the key references, most important first
  std::uint32_t pin_set = 0;       // of a directory: index into pin_sets()
  std::uint32_t first_fill = 0, fills = 0;  // in the image's list of fills
  rsp::Bytes pattern;            // what is not filled; its last octet goes on, none is FF
  bool repeats_pattern = false;  // the pattern is repeated instead
};

/// A PIN or ADM key with its start values (TCA IP 8.4).
struct ImagePin {
  std::uint8_t reference = 0;  // ETSI TS 102 221 9.5.1
  rsp::Octets<8> value{};
  std::optional<std::uint8_t> puk;  // reference of its unblocking PIN
  std::uint8_t attributes = 0;  // bit 1: enabled; 2: may be disabled ... as PE-PINCodes has them
  std::uint8_t max_attempts = 3, attempts_left = 3;
};
struct ImagePuk {
  std::uint8_t reference = 0;
  rsp::Octets<8> value{};
  std::uint8_t max_attempts = 10, attempts_left = 10;
};
/// The PINs of one directory: those of the MF are global, those of an ADF its own.
using PinSet = std::vector<ImagePin>;

/// The keys of one network access application.
struct ImageAka {
  FileIndex application = kNoFile;    // the ADF
  rsp::saip::AkaParameter parameter;  // a mapping is resolved already
};

/// The immutable outcome of installing a package.
class ProfileImage {
 public:
  /// Carries the package out. Error: every finding up to the first that aborts, for
  /// rsp::saip::response_for. Warnings of a package that installs are in warnings().
  static std::expected<ProfileImage, std::vector<rsp::saip::PeStatus>> install(
      std::shared_ptr<const rsp::Bytes> package, const rsp::saip::CardFeatures& features);

  /// The MF first; a directory before what is in it.
  std::span<const ImageFile> files() const { return files_; }
  /// An EF's content as installed: `size` octets, of a BER-TLV file the objects that it holds.
  rsp::Bytes content(FileIndex file) const;
  /// The file with this ID directly in a directory; kNoFile where there is none.
  FileIndex child(FileIndex directory, std::uint16_t id) const;
  /// "3F007FF06F07": file IDs from the MF on, that of an ADF the temporary one. The same package
  /// gives the same paths in every version of this program.
  std::string path(FileIndex file) const;

  const std::vector<PinSet>& pin_sets() const { return pin_sets_; }
  const std::vector<ImagePuk>& puks() const { return puks_; }
  const std::vector<ImageAka>& akas() const { return akas_; }
  /// The first one is the operator's, MNO-SD.
  const std::vector<rsp::saip::SecurityDomain>& security_domains() const {
    return security_domains_;
  }
  const std::vector<rsp::saip::Rfm>& rfms() const { return rfms_; }
  const std::vector<rsp::saip::ApplicationInstance>& applications() const { return applications_; }
  const std::vector<rsp::saip::PeStatus>& warnings() const { return warnings_; }
  /// Digits in reading order, as the profile header has them.
  const rsp::Octets<10>& header_iccid() const { return header_iccid_; }

 private:
  friend class ImageBuilder;
  /// Octets of a file at a place; mostly a view of the package.
  struct Fill {
    std::uint32_t at = 0;
    rsp::BytesView octets;
  };

  std::shared_ptr<const rsp::Bytes> package_;
  std::vector<std::unique_ptr<const rsp::Bytes>> own_octets_;  // what the package has not as it is
  std::vector<ImageFile> files_;
  std::vector<Fill> fills_;
  std::vector<PinSet> pin_sets_;
  std::vector<ImagePuk> puks_;
  std::vector<ImageAka> akas_;
  std::vector<rsp::saip::SecurityDomain> security_domains_;
  std::vector<rsp::saip::Rfm> rfms_;
  std::vector<rsp::saip::ApplicationInstance> applications_;
  std::vector<rsp::saip::PeStatus> warnings_;
  rsp::Octets<10> header_iccid_{};
};

}  // namespace sim
