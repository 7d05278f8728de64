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
using FileIndex = std::uint16_t;
inline constexpr FileIndex kMasterFile = 0;
inline constexpr FileIndex kNoFile = 0xFFFF;

/// One file as the package creates it (ETSI TS 102 221, 8 and 11.1.1.3). Its octets, its AID and
/// its PIN status template are asked of the image.
struct ImageFile {
  FileType type = FileType::kDf;
  std::uint8_t sfi = 0;                       // 0: none
  std::uint8_t lcsi = 0x05;                   // life cycle status integer: 05 activated
  std::uint8_t special_file_information = 0;  // 80: high update activity; 40: readable inactive
  std::uint16_t id = 0;  // of an ADF: the temporary one, by which paths of the package name it
  FileIndex parent = kMasterFile;  // the MF is its own
  /// An EF whose content is that of another one, or a DF that holds what another one holds. It is
  /// never a link itself, and type, record length and size are its as well.
  FileIndex link = kNoFile;
  std::uint16_t arr_file = 0;   // the EF.ARR in charge, in this directory or above it
  std::uint8_t arr_record = 0;  // 0: no rule, so nobody may do anything
  std::uint16_t record_length = 0;
  std::uint16_t pin_set = 0;      // of a directory: index into pin_sets()
  std::uint32_t size = 0;         // octets of an EF; of BER-TLV: the most that it may hold
  std::uint16_t pieces = 0;       // for the image alone: what it knows of the file's octets,
  std::uint32_t first_piece = 0;  // and where that begins
};

/// A PIN or ADM key with its start values (TCA IP 8.4).
struct ImagePin {
  std::uint8_t reference = 0;  // ETSI TS 102 221 9.5.1
  rsp::Octets<8> value{};
  std::optional<std::uint8_t> puk;  // reference of its unblocking PIN
  std::uint8_t attributes = 0;      // bit 1: enabled; 2: may be changed; 3: may be disabled
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
  /// Where the parameters come from: the application itself, or the one that it is mapped to, with
  /// which it then shares its sequence numbers.
  FileIndex source = kNoFile;
};

/// PE-CDMAParameter, kept as data.
struct ImageCdma {
  FileIndex application = kNoFile;
  rsp::saip::CdmaParameter parameter;
};

/// The immutable outcome of installing a package.
class ProfileImage {
 public:
  /// Carries the package out. Error: every finding up to the first that aborts, for
  /// rsp::saip::response_for. Warnings of a package that installs are in warnings().
  static std::expected<ProfileImage, std::vector<rsp::saip::PeStatus>> install(
      std::shared_ptr<const rsp::Bytes> package, const rsp::saip::CardFeatures& features);

  /// What it was made from.
  const std::shared_ptr<const rsp::Bytes>& package() const { return package_; }
  /// The MF first; a directory before what is in it.
  std::span<const ImageFile> files() const { return files_; }
  /// The file itself, or the one that it is a link to.
  FileIndex target_of(FileIndex file) const {
    return files_[file].link == kNoFile ? file : files_[file].link;
  }
  /// An EF's content as installed: `size` octets, of a BER-TLV file the objects that it holds.
  rsp::Bytes content(FileIndex file) const;
  /// `count` of these octets from `at` on; fewer where the content ends before.
  rsp::Bytes content(FileIndex file, std::size_t at, std::size_t count) const;
  /// Of an ADF; empty for everything else. Lives as long as the image.
  rsp::BytesView aid(FileIndex file) const;
  /// Of a directory: the key references, most important first. Lives as long as the image.
  rsp::BytesView pin_status_template(FileIndex file) const;
  /// The file with this ID directly in a directory, or in the one that it is a link to; kNoFile
  /// where there is none.
  FileIndex child(FileIndex directory, std::uint16_t id) const;
  /// "3F007FF06F07": file IDs from the MF on, that of an ADF the temporary one. The same package
  /// gives the same paths in every version of this program.
  std::string path(FileIndex file) const;

  const std::vector<PinSet>& pin_sets() const { return pin_sets_; }
  const std::vector<ImagePuk>& puks() const { return puks_; }
  const std::vector<ImageAka>& akas() const { return akas_; }
  const std::vector<rsp::saip::PeStatus>& warnings() const { return warnings_; }
  /// Digits in reading order, as the profile header has them.
  const rsp::Octets<10>& header_iccid() const { return header_iccid_; }

  // --- What is only kept: decoded from the package whenever it is asked for ---
  /// The first one is the operator's, MNO-SD.
  std::vector<rsp::saip::SecurityDomain> security_domains() const;
  std::vector<rsp::saip::Rfm> rfms() const;
  std::vector<rsp::saip::ApplicationInstance> applications() const;
  std::vector<ImageCdma> cdma_parameters() const;

  /// Octets on the heap, without the package and without the texts of warnings.
  std::size_t heap_size() const;

 private:
  friend class ImageBuilder;
  friend class DefaultFileSystem;
  friend class FileTree;

  /// Something that the package or a template says about a file.
  struct Piece {
    enum class Kind : std::uint8_t { kFill, kPattern, kRepeatedPattern, kAid, kPinStatusTemplate };
    Kind kind = Kind::kFill;
    std::uint16_t size = 0;
    std::uint32_t at = 0;      // of a fill: where it goes
    std::uint32_t octets = 0;  // where they are: in the package, and beyond its end in own_octets_
  };
  /// A profile element that is decoded when somebody asks for it.
  struct Kept {
    std::uint32_t offset = 0;  // in the package
    FileIndex application = kNoFile;
  };

  std::span<const Piece> pieces_of(const ImageFile& file) const;
  rsp::BytesView octets_of(const Piece& piece) const;
  rsp::BytesView first_of(FileIndex file, Piece::Kind kind) const;
  template <class Pe>
  std::vector<Pe> kept_elements() const;

  std::shared_ptr<const rsp::Bytes> package_;
  rsp::Bytes own_octets_;  // what the package has not as it is
  std::vector<ImageFile> files_;
  std::vector<Piece> pieces_;  // file by file; of two fills the later one holds
  std::vector<PinSet> pin_sets_;
  std::vector<ImagePuk> puks_;
  std::vector<ImageAka> akas_;
  std::vector<Kept> kept_;
  std::vector<rsp::saip::PeStatus> warnings_;
  rsp::Octets<10> header_iccid_{};
};

}  // namespace sim
