#include "sim_euicc/default_file_system.h"

#include "rsp/base/hex.h"

namespace sim {
namespace {

using rsp::operator""_hex;

constexpr std::uint16_t kArrFile = 0x2F06;
constexpr std::uint8_t kReadOnlyRule = 1;

}  // namespace

/// Puts files into an image by hand, since there is no package.
class DefaultFileSystem {
 public:
  std::shared_ptr<const ProfileImage> make(const std::optional<rsp::Octets<10>>& iccid) && {
    image_.files_.push_back(
        {.type = FileType::kMf, .id = 0x3F00, .arr_file = kArrFile, .arr_record = kReadOnlyRule});
    image_.pin_sets_.emplace_back();
    rsp::Bytes rule = "8001019000"_hex;  // to read: always
    add({.type = FileType::kLinearFixed,
         .sfi = 0x06,
         .id = kArrFile,
         .record_length = static_cast<std::uint16_t>(rule.size())},
        rule);
    if (iccid) add({.type = FileType::kTransparent, .sfi = 0x02, .id = 0x2FE2}, *iccid);
    // At most 60 mA and 60 s, without anything optional (ETSI TS 102 221, 13.7).
    add({.type = FileType::kTransparent, .sfi = 0x08, .id = 0x2F08}, "3C3C000000"_hex);
    image_.package_ = std::make_shared<const rsp::Bytes>();
    return std::make_shared<const ProfileImage>(std::move(image_));
  }

 private:
  void add(ImageFile file, rsp::BytesView content) {
    file.parent = kMasterFile;
    file.arr_file = kArrFile;
    file.arr_record = kReadOnlyRule;
    file.size = static_cast<std::uint32_t>(content.size());
    file.first_piece = static_cast<std::uint32_t>(image_.pieces_.size());
    file.pieces = 1;
    image_.pieces_.push_back({.kind = ProfileImage::Piece::Kind::kFill,
                              .size = static_cast<std::uint16_t>(content.size()),
                              .octets = static_cast<std::uint32_t>(image_.own_octets_.size())});
    rsp::append(image_.own_octets_, content);
    image_.files_.push_back(std::move(file));
  }

  ProfileImage image_;
};

std::shared_ptr<const ProfileImage> default_file_system(
    const std::optional<rsp::Octets<10>>& iccid) {
  return DefaultFileSystem().make(iccid);
}

}  // namespace sim
