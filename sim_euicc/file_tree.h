// The files of an image while they are being created (TCA IP 8.3; E.6).
#pragma once

#include "sim_euicc/file_description.h"
#include "sim_euicc/octet_pool.h"

namespace sim {

/// More files than any real profile has; each costs memory that a package of a few octets could
/// claim.
inline constexpr std::size_t kMaxFiles = 4096;

/// Where in an EF the next content goes.
struct FillPosition {
  FileIndex file = kNoFile;
  std::uint64_t at = 0;  // many offsets together may be more than any file has
};

/// The pin_set of a directory whose PINs are those of the directory that it is in.
inline constexpr std::uint16_t kInheritedPins = 0xFFFF;

class FileTree {
 public:
  /// `package` must outlive the tree.
  FileTree(rsp::BytesView package, const rsp::saip::CardFeatures& features)
      : features_(features), pool_(package) {
    newest_.fill(kNoFile);
  }

  /// The octets that come next are from a profile element that begins here.
  void enter(std::size_t offset) { pool_.enter(offset); }
  /// Creates a file with what its description says is in it. The first one is the MF.
  OrRefusal<FileIndex> add(const FileDescription& description, FileIndex parent);
  /// Puts octets where the position is, and moves it behind them.
  OrRefusal<void> fill(FillPosition& position, rsp::BytesView octets);
  /// Makes one octet of an EF another one.
  void change(FileIndex file, std::uint32_t at, std::uint8_t octet);

  bool empty() const { return files_.empty(); }
  ImageFile& operator[](FileIndex file) { return files_[file]; }
  const ImageFile& operator[](FileIndex file) const { return files_[file]; }
  std::size_t size() const { return files_.size(); }
  FileIndex child(FileIndex directory, std::uint16_t id) const;
  /// A path from the MF on, without it; an ADF goes by its temporary file ID.
  OrRefusal<FileIndex> resolve(rsp::BytesView path) const;
  FileIndex application(rsp::BytesView aid) const;

  /// Whatever has been created since a mark can be undone.
  struct Mark {
    std::size_t files, drafts, aids, memory;
  };
  Mark mark() const { return {files_.size(), drafts_.size(), aids_.size(), memory_}; }
  void return_to(const Mark& mark);

  /// Gives the files as they are now.
  void put_into(ProfileImage& image);

 private:
  using Piece = ProfileImage::Piece;
  /// A piece, before those of one file are put together.
  struct Draft {
    FileIndex file = kNoFile;
    Piece piece;
  };
  struct Aid {
    FileIndex adf = kNoFile;
    rsp::Bytes aid;
  };

  OrRefusal<void> set_link(ImageFile& file, rsp::BytesView path) const;
  bool is_within(FileIndex directory, FileIndex file) const;
  OrRefusal<void> check_offered(const ImageFile& file) const;
  OrRefusal<void> check_unique(const ImageFile& file, rsp::BytesView aid) const;
  OrRefusal<void> take_memory(const ImageFile& file);
  void keep(FileIndex file, Piece::Kind kind, rsp::BytesView octets);
  void keep_pattern(FileIndex file, const FileDescription& description);
  void append(const ImageFile& file);
  void drop_last();

  const rsp::saip::CardFeatures& features_;
  OctetPool pool_;
  std::vector<ImageFile> files_;
  // Files by directory and ID: the newest one in each bucket, and for each file the one before it.
  static constexpr std::size_t kBuckets = 1024;
  std::array<FileIndex, kBuckets> newest_;
  std::vector<FileIndex> older_;
  std::vector<Draft> drafts_;
  std::vector<Aid> aids_;
  std::size_t memory_ = 0;  // octets of all EFs
};

}  // namespace sim
