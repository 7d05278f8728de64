#include "sim_euicc/profile_image.h"

#include <fmt/format.h>

#include "rsp/asn1/reader.h"
#include "sim_euicc/image_builder.h"

namespace sim {
namespace {

/// The element that begins at this offset, which has been decoded before.
std::optional<rsp::saip::ProfileElement> element_at(rsp::BytesView package, std::size_t offset) {
  auto element = rsp::asn1::Reader(package.subspan(offset)).next();
  if (!element) return std::nullopt;
  auto decoded = rsp::saip::decode_element(element->whole);
  if (!decoded) return std::nullopt;
  return *std::move(decoded);
}

/// Copies as much of `from`, which begins at `at`, as falls into `to`, which begins at `start`.
void overlay(rsp::BytesView from, std::size_t at, std::span<std::uint8_t> to, std::size_t start) {
  std::size_t begin = std::max(at, start), end = std::min(at + from.size(), start + to.size());
  if (begin >= end) return;
  std::ranges::copy(from.subspan(begin - at, end - begin),
                    to.begin() + static_cast<std::ptrdiff_t>(begin - start));
}

}  // namespace

std::expected<ProfileImage, std::vector<rsp::saip::PeStatus>> ProfileImage::install(
    std::shared_ptr<const rsp::Bytes> package, const rsp::saip::CardFeatures& features) {
  auto profile = rsp::saip::read_package(*package);
  if (!profile) return std::unexpected(std::vector{profile.error().status()});
  auto findings = rsp::saip::check_order(*profile, features);
  return ImageBuilder(std::move(package), features).build(*profile, std::move(findings));
}

// --- What is in a file ---

std::span<const ProfileImage::Piece> ProfileImage::pieces_of(const ImageFile& file) const {
  return std::span(pieces_).subspan(file.first_piece, file.pieces);
}

rsp::BytesView ProfileImage::octets_of(const Piece& piece) const {
  rsp::BytesView package = *package_;
  if (piece.octets < package.size()) return package.subspan(piece.octets, piece.size);
  return rsp::BytesView(own_octets_).subspan(piece.octets - package.size(), piece.size);
}

rsp::BytesView ProfileImage::first_of(FileIndex file, Piece::Kind kind) const {
  std::span<const Piece> pieces = pieces_of(files_[file]);
  auto found = std::ranges::find(pieces, kind, &Piece::kind);
  return found == pieces.end() ? rsp::BytesView{} : octets_of(*found);
}

rsp::BytesView ProfileImage::aid(FileIndex file) const { return first_of(file, Piece::Kind::kAid); }
rsp::BytesView ProfileImage::pin_status_template(FileIndex file) const {
  return first_of(file, Piece::Kind::kPinStatusTemplate);
}

rsp::Bytes ProfileImage::content(FileIndex file) const {
  return content(file, 0, std::numeric_limits<std::size_t>::max());
}

rsp::Bytes ProfileImage::content(FileIndex index, std::size_t at, std::size_t count) const {
  const ImageFile& file = files_[target_of(index)];
  if (is_directory(file.type)) return {};
  std::span<const Piece> pieces = pieces_of(file);
  std::size_t size = file.size;
  if (file.type == FileType::kBerTlv) {
    // Only as much as has been filled.
    size = 0;
    for (const Piece& piece : pieces) size = std::max<std::size_t>(size, piece.at + piece.size);
  }
  rsp::Bytes content(std::min(count, size - std::min(at, size)), 0xFF);
  std::size_t unit = has_records(file.type) ? file.record_length : size;
  for (const Piece& piece : pieces) {
    rsp::BytesView octets = octets_of(piece);
    if (piece.kind == Piece::Kind::kFill) {
      overlay(octets, piece.at, content, at);
      continue;
    }
    // ETSI TS 102 222: record by record; what is not repeated goes on with its last octet.
    bool repeated = piece.kind == Piece::Kind::kRepeatedPattern;
    for (std::size_t i = 0; i < content.size(); ++i) {
      std::size_t place = (at + i) % unit;
      content[i] = octets[repeated ? place % octets.size() : std::min(place, octets.size() - 1)];
    }
  }
  return content;
}

FileIndex ProfileImage::child(FileIndex directory, std::uint16_t id) const {
  directory = target_of(directory);
  for (std::size_t i = directory + 1U; i < files_.size(); ++i) {
    if (files_[i].parent == directory && files_[i].id == id) return static_cast<FileIndex>(i);
  }
  return kNoFile;
}

std::string ProfileImage::path(FileIndex file) const {
  std::string path = fmt::format("{:04X}", files_[file].id);
  while (file != kMasterFile) {
    file = files_[file].parent;
    path = fmt::format("{:04X}{}", files_[file].id, path);
  }
  return path;
}

// --- What is only kept ---

template <class Pe>
std::vector<Pe> ProfileImage::kept_elements() const {
  std::vector<Pe> found;
  for (const Kept& kept : kept_) {
    auto element = element_at(*package_, kept.offset);
    if (!element) continue;
    if (Pe* pe = element->as<Pe>()) found.push_back(std::move(*pe));
  }
  return found;
}

std::vector<rsp::saip::SecurityDomain> ProfileImage::security_domains() const {
  return kept_elements<rsp::saip::SecurityDomain>();
}
std::vector<rsp::saip::Rfm> ProfileImage::rfms() const { return kept_elements<rsp::saip::Rfm>(); }

std::vector<rsp::saip::ApplicationInstance> ProfileImage::applications() const {
  std::vector<rsp::saip::ApplicationInstance> all;
  for (rsp::saip::Application& application : kept_elements<rsp::saip::Application>()) {
    if (!application.instance_list) continue;
    for (auto& instance : *application.instance_list) all.push_back(std::move(instance));
  }
  return all;
}

std::vector<ImageCdma> ProfileImage::cdma_parameters() const {
  std::vector<ImageCdma> all;
  for (const Kept& kept : kept_) {
    if (kept.application == kNoFile) continue;
    auto element = element_at(*package_, kept.offset);
    if (!element) continue;
    if (auto* pe = element->as<rsp::saip::CdmaParameter>()) {
      all.push_back({kept.application, std::move(*pe)});
    }
  }
  return all;
}

std::size_t ProfileImage::heap_size() const {
  auto size_of = [](const auto& list) { return list.capacity() * sizeof(list[0]); };
  std::size_t size = size_of(own_octets_) + size_of(files_) + size_of(pieces_) +
                     size_of(pin_sets_) + size_of(puks_) + size_of(akas_) + size_of(kept_) +
                     size_of(warnings_);
  for (const PinSet& set : pin_sets_) size += size_of(set);
  for (const ImageAka& aka : akas_) {
    size += size_of(aka.parameter.sqn_init);
    const auto* algorithm =
        std::get_if<rsp::saip::AlgoParameter>(&aka.parameter.algo_configuration);
    if (algorithm != nullptr) size += size_of(algorithm->key) + size_of(algorithm->opc);
  }
  return size;
}

}  // namespace sim
