#include "sim_euicc/file_tree.h"

#include <fmt/format.h>

namespace sim {

using rsp::saip::Service;

namespace {

std::size_t bucket(FileIndex directory, std::uint16_t id, std::size_t buckets) {
  // IDs of one directory differ in their low bits, those of two directories are often the same.
  return (id + std::size_t{directory} * 37) % buckets;
}

}  // namespace

FileIndex FileTree::child(FileIndex directory, std::uint16_t id) const {
  if (files_[directory].link != kNoFile) directory = files_[directory].link;
  FileIndex file = newest_[bucket(directory, id, kBuckets)];
  while (file != kNoFile && (files_[file].parent != directory || files_[file].id != id)) {
    file = older_[file];
  }
  return file;
}

void FileTree::append(const ImageFile& file) {
  FileIndex& newest = newest_[bucket(file.parent, file.id, kBuckets)];
  older_.push_back(newest);
  newest = static_cast<FileIndex>(files_.size());
  files_.push_back(file);
}

void FileTree::drop_last() {
  const ImageFile& file = files_.back();
  newest_[bucket(file.parent, file.id, kBuckets)] = older_.back();
  older_.pop_back();
  files_.pop_back();
}

OrRefusal<FileIndex> FileTree::resolve(rsp::BytesView path) const {
  if (path.size() % 2 != 0) return bad_value("a path has an odd number of octets");
  FileIndex file = kMasterFile;
  for (; !path.empty(); path = path.subspan(2)) {
    if (!is_directory(files_[file].type)) return bad_value("a path leads through an EF");
    auto id = static_cast<std::uint16_t>(rsp::big_endian(path.first(2)));
    file = child(file, id);
    if (file == kNoFile)
      return bad_value(fmt::format("a path leads to {:04X}, which is not there", id));
  }
  return file;
}

FileIndex FileTree::application(rsp::BytesView aid) const {
  auto found = std::ranges::find_if(
      aids_, [&](const Aid& candidate) { return rsp::equal(candidate.aid, aid); });
  return found == aids_.end() ? kNoFile : found->adf;
}

// --- Creation: everything is checked before anything is kept ---

OrRefusal<FileIndex> FileTree::add(const FileDescription& description, FileIndex parent) {
  ImageFile file = description.file;
  bool mf = file.type == FileType::kMf;
  if (mf != files_.empty()) {
    return bad_structure(mf ? "there is a second MF" : "there is no MF so far");
  }
  file.parent = mf ? kMasterFile : parent;
  if (is_directory(file.type)) file.pin_set = kInheritedPins;
  if (description.link) {
    RSP_CHECK(set_link(file, *description.link));
  }
  RSP_CHECK(check_offered(file));
  if (!mf) {
    RSP_CHECK(check_unique(file, description.aid));
  }
  RSP_CHECK(take_memory(file));
  auto index = static_cast<FileIndex>(files_.size());
  append(file);
  if (!description.aid.empty()) aids_.push_back({index, description.aid});
  // In the order in which a descriptor has them, for the pool.
  keep(index, Piece::Kind::kAid, description.aid);
  keep(index, Piece::Kind::kPinStatusTemplate, description.pin_status_template);
  keep_pattern(index, description);
  return index;
}

OrRefusal<void> FileTree::set_link(ImageFile& file, rsp::BytesView path) const {
  if (file.type == FileType::kMf) return bad_value("the MF is no link");
  RSP_TRY(FileIndex target, resolve(path));
  if (files_[target].link != kNoFile) target = files_[target].link;
  const ImageFile& other = files_[target];
  if (is_directory(other.type) != is_directory(file.type)) {
    return bad_value("a link and the file that it leads to are no two EFs and no two DFs");
  }
  if (is_directory(file.type) && is_within(target, file.parent)) {
    return bad_value("a DF is linked to a directory that it is in");
  }
  file.link = target;
  if (is_directory(file.type)) return {};
  file.type = other.type;
  file.size = other.size;
  file.record_length = other.record_length;
  return {};
}

bool FileTree::is_within(FileIndex directory, FileIndex file) const {
  while (file != directory && file != kMasterFile) file = files_[file].parent;
  return file == directory;
}

OrRefusal<void> FileTree::check_offered(const ImageFile& file) const {
  const auto& services = features_.services;
  if (file.type == FileType::kBerTlv && !services.has(Service::kBerTlv)) {
    return not_offered(Service::kBerTlv);
  }
  bool linked_directory = file.link != kNoFile && is_directory(file.type);
  if (linked_directory && !services.has(Service::kDfLink)) return not_offered(Service::kDfLink);
  return {};
}

OrRefusal<void> FileTree::check_unique(const ImageFile& file, rsp::BytesView aid) const {
  if (files_[file.parent].link != kNoFile) return bad_value("a linked DF gets no files of its own");
  if (child(file.parent, file.id) != kNoFile) {
    return bad_value(fmt::format("there is a second file {:04X} in one directory", file.id));
  }
  if (!aid.empty() && application(aid) != kNoFile) {
    return bad_value("there is a second ADF with the same dfName");
  }
  return {};
}

OrRefusal<void> FileTree::take_memory(const ImageFile& file) {
  std::size_t more = file.link == kNoFile ? file.size : 0;
  if (files_.size() >= kMaxFiles || more > features_.file_memory - memory_) {
    return std::unexpected(
        Refusal{.status = rsp::saip::PeStatusCode::kNotEnoughMemory,
                .text = fmt::format("the files take more than {} octets or {} files",
                                    features_.file_memory, kMaxFiles)});
  }
  memory_ += more;
  return {};
}

void FileTree::keep(FileIndex file, Piece::Kind kind, rsp::BytesView octets) {
  if (octets.empty()) return;
  drafts_.push_back({file,
                     {.kind = kind,
                      .size = static_cast<std::uint16_t>(octets.size()),
                      .octets = pool_.place(octets)}});
}

void FileTree::keep_pattern(FileIndex file, const FileDescription& description) {
  const rsp::Bytes& pattern = description.pattern;
  if (pattern.empty()) return;
  Piece piece{
      .kind = description.repeats_pattern ? Piece::Kind::kRepeatedPattern : Piece::Kind::kPattern,
      .size = static_cast<std::uint16_t>(pattern.size())};
  piece.octets = description.default_pattern ? pool_.place_own(pattern) : pool_.place(pattern);
  drafts_.push_back({file, piece});
}

OrRefusal<void> FileTree::fill(FillPosition& position, rsp::BytesView octets) {
  if (position.file == kNoFile || is_directory(files_[position.file].type)) {
    return bad_structure("fillFileContent comes without an EF to fill");
  }
  const ImageFile& file = files_[position.file];
  if (file.link != kNoFile) return bad_structure("a link cannot be filled");
  if (position.at > file.size || octets.size() > file.size - position.at) {
    return bad_value(fmt::format("{} octets at {} do not fit into the {} of {:04X}", octets.size(),
                                 position.at, file.size, file.id));
  }
  for (rsp::BytesView rest = octets; !rest.empty();) {
    constexpr std::size_t kMost = 0xFFFF;
    rsp::BytesView now = rest.first(std::min(rest.size(), kMost));
    keep(position.file, Piece::Kind::kFill, now);
    drafts_.back().piece.at = static_cast<std::uint32_t>(position.at);
    position.at += now.size();
    rest = rest.subspan(now.size());
  }
  return {};
}

void FileTree::change(FileIndex file, std::uint32_t at, std::uint8_t octet) {
  Piece piece{.kind = Piece::Kind::kFill, .size = 1, .at = at};
  piece.octets = pool_.place_own(rsp::BytesView(&octet, 1));
  drafts_.push_back({file, piece});
}

void FileTree::return_to(const Mark& mark) {
  while (files_.size() > mark.files) drop_last();
  drafts_.resize(mark.drafts);
  aids_.resize(mark.aids);
  memory_ = mark.memory;
}

void FileTree::put_into(ProfileImage& image) {
  std::vector<std::uint32_t> next(files_.size() + 1);
  for (const Draft& draft : drafts_) ++next[draft.file + 1U];
  for (std::size_t i = 0; i < files_.size(); ++i) {
    files_[i].first_piece = next[i];
    files_[i].pieces = static_cast<std::uint16_t>(next[i + 1]);
    next[i + 1] += next[i];
  }
  // Those of one file stay in order, for the later of two fills holds.
  image.pieces_.resize(drafts_.size());
  for (const Draft& draft : drafts_) image.pieces_[next[draft.file]++] = draft.piece;
  image.files_ = files_;  // as large as need be, where the tree's own has room to grow
  image.own_octets_ = pool_.own();
}

}  // namespace sim
